/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/dates.h"

#include "crm/common/durations.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY 86400

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to the first of January. */
static int64_t
year_begin(int year)
{
	int64_t y = year - 1;

	return 365 * y + y / 4 - y / 100 + y / 400 - 719162;
}

/* Monday is 1. */
static int
weekday_of(int64_t day)
{
	int64_t rest = (day + 3) % 7;

	return (int)(rest < 0 ? rest + 7 : rest) + 1;
}

/* The Monday of the week that has the 4th of January. */
static int64_t
weekyear_begin(int year)
{
	int64_t fourth = year_begin(year) + 3;

	return fourth - (weekday_of(fourth) - 1);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static int
year_of(int64_t day)
{
	int year = (int)(1970 + floor_div(day, 366));

	while (year_begin(year + 1) <= day)
		year++;
	while (year_begin(year) > day)
		year--;
	return year;
}

static int
moon_of(int year, int yearday)
{
	int golden = year % 19 + 1;
	int epact = (11 * golden + 18) % 30;

	if ((epact == 25 && golden > 11) || epact == 24)
		epact++;
	return ((((yearday + epact) * 6 + 11) % 177) / 22) & 7;
}

void
date_fields(const struct date *date, struct date_fields *f)
{
	int64_t local = date->seconds + date->offset;
	int64_t day = floor_div(local, DAY);
	int rest = (int)(local - day * DAY);

	f->year = year_of(day);
	f->yearday = (int)(day - year_begin(f->year)) + 1;
	f->month = 1;
	f->monthday = f->yearday;
	while (f->monthday > month_days(f->year, f->month))
		f->monthday -= month_days(f->year, f->month++);
	f->weekday = weekday_of(day);
	f->weekyear = f->year + 1;
	while (weekyear_begin(f->weekyear) > day)
		f->weekyear--;
	f->week = (int)((day - weekyear_begin(f->weekyear)) / 7) + 1;
	f->hours = rest / 3600;
	f->minutes = rest / 60 % 60;
	f->seconds = rest % 60;
	f->moon = moon_of(f->year, f->yearday);
}

struct date
date_local(int64_t seconds)
{
	time_t t = seconds;
	struct tm tm;

	return (struct date){ seconds, localtime_r(&t, &tm) ? (int)tm.tm_gmtoff : 0 };
}

const char *
date_text(const struct date *date, enum date_style style, char *buf)
{
	struct date_fields f;
	int east = date->offset < 0 ? -date->offset : date->offset, n;

	date_fields(date, &f);
	if (style == DATE_WEEK)
		n = snprintf(buf, DATE_TEXT_MAX, "%04d-W%02d-%d", f.weekyear, f.week,
		    f.weekday);
	else if (style == DATE_ORDINAL)
		n = snprintf(buf, DATE_TEXT_MAX, "%04d-%03d", f.year, f.yearday);
	else
		n = snprintf(buf, DATE_TEXT_MAX, "%04d-%02d-%02d", f.year, f.month,
		    f.monthday);
	n += snprintf(buf + n, DATE_TEXT_MAX - (size_t)n, " %02d:%02d:%02d", f.hours,
	    f.minutes, f.seconds);
	if (east)
		snprintf(buf + n, DATE_TEXT_MAX - (size_t)n, " %c%02d:%02d",
		    date->offset < 0 ? '-' : '+', east / 3600, east / 60 % 60);
	else
		snprintf(buf + n, DATE_TEXT_MAX - (size_t)n, "Z");
	return buf;
}

/* A date counted on: first years and months, of which the day stays within the month; then days. */
int
date_add(struct date *date, const struct duration *d)
{
	struct date_fields f;

	date_fields(date, &f);
	int64_t total = ((int64_t)f.year + d->years) * 12 + f.month - 1 + d->months;
	int64_t year = floor_div(total, 12);

	if (year < 1 || year > DATE_YEAR_MAX)
		return -ERANGE;
	int month = (int)(total - year * 12) + 1, last = month_days((int)year, month);
	int64_t day = year_begin((int)year);

	for (int m = 1; m < month; m++)
		day += month_days((int)year, m);
	day += (f.monthday < last ? f.monthday : last) - 1 + d->days;
	int64_t local =
	    day * DAY + f.hours * 3600 + f.minutes * 60 + f.seconds + d->seconds;

	if (local < year_begin(1) * DAY || local >= year_begin(DATE_YEAR_MAX + 1) * DAY)
		return -ERANGE;
	date->seconds = local - date->offset;
	return 0;
}

/* Reading. */

/* Exactly COUNT digits: their value, or -1. */
static int
digits(const char **text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (!isdigit((unsigned char)(*text)[i]))
			return -1;
		value = value * 10 + ((*text)[i] - '0');
	}
	*text += count;
	return value;
}

static int64_t
parse_week(const char **text, int year)
{
	int week, day = 1;

	++*text;
	week = digits(text, 2);
	if (week < 1 || week > 53)
		return INT64_MIN;
	if (**text == '-')
		++*text;
	if (isdigit((unsigned char)**text))
		day = digits(text, 1);
	if (day < 1 || day > 7)
		return INT64_MIN;
	int64_t monday = weekyear_begin(year) + (week - 1) * 7;

	return monday < weekyear_begin(year + 1) ? monday + day - 1 : INT64_MIN;
}

/* The day number, or INT64_MIN. */
static int64_t
parse_day(const char **text)
{
	int year = digits(text, 4), month, day;

	if (year < 1)
		return INT64_MIN;
	if (**text == '-')
		++*text;
	if (**text == 'W')
		return parse_week(text, year);
	size_t run = strspn(*text, "0123456789");

	if (run == 3) {
		day = digits(text, 3);
		return day < 1 || day > 365 + is_leap(year) ? INT64_MIN
		                                            : year_begin(year) + day - 1;
	}
	bool dashed = (*text)[-1] == '-';

	month = digits(text, 2);
	if (month < 1 || month > 12)
		return INT64_MIN;
	if (dashed && run == 2 && **text != '-')
		day = 1;
	else {
		if (**text == '-')
			++*text;
		day = digits(text, 2);
	}
	if (day < 1 || day > month_days(year, month))
		return INT64_MIN;
	int64_t number = year_begin(year) + day - 1;

	for (int m = 1; m < month; m++)
		number += month_days(year, m);
	return number;
}

/* HH[:MM[:SS]], the colons may be missing: seconds, or -1. */
static int
parse_clock(const char **text)
{
	int part[3] = { 0, 0, 0 };

	for (int i = 0; i < 3; i++) {
		part[i] = digits(text, 2);
		if (part[i] < 0)
			return -1;
		if (**text == ':')
			++*text;
		else if (!isdigit((unsigned char)**text))
			break;
	}
	if (part[0] > 24 || part[1] > 59 || part[2] > 59 ||
	    (part[0] == 24 && part[1] + part[2]))
		return -1;
	return part[0] * 3600 + part[1] * 60 + part[2];
}

static bool
parse_offset(const char **text, int *offset)
{
	if (**text == 'Z') {
		++*text;
		*offset = 0;
		return true;
	}
	int sign = **text == '-' ? -1 : 1;

	++*text;
	int seconds = parse_clock(text);

	*offset = sign * seconds;
	return seconds >= 0;
}

int
date_parse(const char *text, struct date *date, const char **end)
{
	int64_t day;
	int clock = 0, offset;

	if (!text)
		return -EINVAL;
	text += strspn(text, " ");
	day = parse_day(&text);
	if (day == INT64_MIN)
		return -EINVAL;
	size_t gap = *text == 'T' ? 1 : strspn(text, " ");

	if (gap && isdigit((unsigned char)text[gap])) {
		text += gap;
		clock = parse_clock(&text);
		if (clock < 0)
			return -EINVAL;
		if ((*text == '.' || *text == ',') && isdigit((unsigned char)text[1]))
			text += 1 + strspn(text + 1, "0123456789");
		gap = strspn(text, " ");
		if (text[gap] == 'Z' || text[gap] == '+' || text[gap] == '-')
			text += gap;
	}
	int64_t local = day * DAY + clock;

	if (*text == 'Z' || *text == '+' || *text == '-') {
		if (!parse_offset(&text, &offset))
			return -EINVAL;
	} else {
		offset = date_local(local).offset;
		offset = date_local(local - offset).offset;
	}
	if (end)
		*end = text;
	else if (text[strspn(text, " \n")] != '\0')
		return -EINVAL;
	*date = (struct date){ local - offset, offset };
	return 0;
}
