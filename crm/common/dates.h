/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ISO 8601 dates as a CIB has them (spec/policy-engine.md 5.3): calendar, ordinal and week dates, with
 * or without a time, with or without an offset.  The calendar is Gregorian, also before there was one.
 */
#ifndef CRM_COMMON_DATES_H
#define CRM_COMMON_DATES_H

#include <stdbool.h>
#include <stdint.h>

struct date {
	int64_t seconds; /* since 1970-01-01 UTC */
	int offset;      /* seconds east of UTC in which it is read and written */
};

/* One instant as people read it, in the date's own offset. */
struct date_fields {
	int year, month, monthday, yearday; /* from 1 */
	int weekyear, week, weekday;        /* 1 = Monday */
	int hours, minutes, seconds;
	int moon; /* 0 = new ... 4 = full ... 7 */
};

#define DATE_YEAR_MAX 9999 /* no date is later: -ERANGE */

/* YYYY-MM[-DD], YYYYMMDD, YYYY-DDD, YYYYDDD, YYYY-Www[-D], then perhaps "T" or blanks and
 * HH[:MM[:SS[.FRACTION]]], then perhaps "Z" or +-HH[:MM]; without an offset it is local time.
 * A fraction is cut off.  0 or -EINVAL.  *END, if asked for, is where it ends; else nothing may follow. */
int date_parse(const char *text, struct date *date, const char **end);
void date_fields(const struct date *date, struct date_fields *fields);
/* An instant with the offset that local time has then. */
struct date date_local(int64_t seconds);

enum date_style { DATE_CALENDAR, DATE_ORDINAL, DATE_WEEK };
#define DATE_TEXT_MAX 64
/* "2005-01-20 00:30:00Z", "2005-020 ...", "2005-W03-4 ...", each in the date's own offset, which ends it.
 * BUF, of DATE_TEXT_MAX bytes, is returned. */
const char *date_text(const struct date *date, enum date_style style, char *buf);

struct duration;
/* DATE becomes the one that much later, as calendars count: years and months first, of which the day stays within
 * the month (a month after the 31st of January ends February).  0; -ERANGE before year 1 or after DATE_YEAR_MAX, and
 * DATE is as it was. */
int date_add(struct date *date, const struct duration *duration);

#endif
