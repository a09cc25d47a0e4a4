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

/* YYYY-MM-DD, YYYYMMDD, YYYY-DDD, YYYYDDD, YYYY-Www[-D], then perhaps "T" or blanks and
 * HH[:MM[:SS]], then perhaps "Z" or +-HH[:MM]; without an offset it is local time.
 * 0 or -EINVAL.  *END, if asked for, is where it ends; else nothing may follow. */
int date_parse(const char *text, struct date *date, const char **end);
void date_fields(const struct date *date, struct date_fields *fields);
/* As if the date's year, month and day were counted on; the day stays within the month. */
void date_add_months(struct date *date, int64_t months);
/* An instant with the offset that local time has then. */
struct date date_local(int64_t seconds);

#endif
