/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ISO 8601 durations and periods (spec/policy-engine.md 2, spec/crm-tools.md 12): "P1Y2M3DT4H5M6S", "P2W";
 * "START/END", "START/P1D", "P1D/END".
 */
#ifndef CRM_COMMON_DURATIONS_H
#define CRM_COMMON_DURATIONS_H

#include "crm/common/dates.h"

/* How many of each; they may be negative, and are not converted into one another except weeks into days, hours and
 * minutes into seconds.  All together are not longer than DURATION_SECONDS_MAX (some 34000 years). */
#define DURATION_SECONDS_MAX (1LL << 40)
struct duration {
	int64_t years, months, days, seconds;
};

/* "P" and pairs of a number and a letter, which T divides: behind it M are minutes.  H and S are taken without T,
 * too.  0 or -EINVAL.  *END, if asked for, is where it ends; else only blanks may follow. */
int duration_parse(const char *text, struct duration *duration, const char **end);
/* As an interval: a year has 365 days, a month has 30. */
int64_t duration_seconds(const struct duration *duration);
#define DURATION_TEXT_MAX 192
/* "   1 year  2 months  3 days 14706 seconds (4 hours 5 minutes 6 seconds)": what is zero is left out, unless all is.
 * BUF, of DURATION_TEXT_MAX bytes, is returned. */
const char *duration_text(const struct duration *duration, char *buf);

struct period {
	struct date start, end;
};
/* 0, -EINVAL or -ERANGE. */
int period_parse(const char *text, struct period *period);

#endif
