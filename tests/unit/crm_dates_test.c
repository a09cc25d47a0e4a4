/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dates, durations and periods as people and a CIB write them (spec/policy-engine.md 5.3, spec/crm-tools.md 12). */
#include "crm/common/dates.h"
#include "crm/common/durations.h"
#include "crm/common/values.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

static void
zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static const struct {
	const char *text, *want; /* NULL = refused */
	const char *why;
} dates[] = {
	{ "2005-01-20 00:30Z", "2005-01-20 00:30:00Z", "calendar" },
	{ "20050120T003015Z", "2005-01-20 00:30:15Z", "without marks" },
	{ "2005-011T10:30Z", "2005-01-11 10:30:00Z", "ordinal" },
	{ "2020-366", "2020-12-31 00:00:00Z", "a leap year's last" },
	{ "2021-366", NULL, "no leap year" },
	{ "2005-W02-3 10:30:15Z", "2005-01-12 10:30:15Z", "week" },
	{ "2020-W53-1", "2020-12-28 00:00:00Z", "a long year's last week" },
	{ "2021-W53-1", NULL, "a short year has none" },
	{ "2005-01", "2005-01-01 00:00:00Z", "a month's first" },
	{ "200501", NULL, "that could be anything" },
	{ "2005-01-20 00:30 +00:30", "2005-01-20 00:30:00 +00:30", "its own offset" },
	{ "2005-01-20T10-01:30", "2005-01-20 10:00:00 -01:30", "west" },
	{ "2020-01-01T24:00Z", "2020-01-02 00:00:00Z", "midnight" },
	{ "2020-01-01T24:01Z", NULL, "no such minute" },
	{ "2020-01-01T00:00:60Z", NULL, "leap seconds are not counted" },
	{ "2020-01-01T00:00:00.123Z", "2020-01-01 00:00:00Z", "a fraction" },
	{ "2020-01-01T00:00:00.Z", NULL, "no fraction" },
	{ "2020-02-30", NULL, "no such day" },
	{ "2020-13-01", NULL, "no such month" },
	{ "0000-01-01", NULL, "no such year" },
	{ "2020-01-01x", NULL, "something follows" },
	{ "", NULL, "nothing" },
	{ "rubbish", NULL, "no date" },
};

static void
test_dates(void)
{
	zone("UTC");
	for (size_t i = 0; i < ROWS(dates); i++) {
		struct date date;
		char buf[DATE_TEXT_MAX];
		bool good = date_parse(dates[i].text, &date, NULL) == 0;

		CHECK(good == (dates[i].want != NULL), "%s: %s", dates[i].text,
		    dates[i].why);
		if (good && dates[i].want)
			CHECK_STR(date_text(&date, DATE_CALENDAR, buf), dates[i].want,
			    "%s", dates[i].why);
	}
	zone("Europe/Berlin");
	struct date date;
	char buf[DATE_TEXT_MAX];

	CHECK_INT(date_parse("2020-07-01 12:00", &date, NULL), 0, "local");
	CHECK_STR(date_text(&date, DATE_CALENDAR, buf), "2020-07-01 12:00:00 +02:00",
	    "the offset of that day, not of today");
	CHECK_STR(date_text(&date, DATE_ORDINAL, buf), "2020-183 12:00:00 +02:00",
	    "ordinal");
	CHECK_STR(date_text(&date, DATE_WEEK, buf), "2020-W27-3 12:00:00 +02:00", "week");
	zone("UTC");
}

static const struct {
	const char *text, *want;
	int64_t interval_ms;
} durations[] = {
	{ "P1Y2M3DT4H5M6S",
	    "   1 year  2 months  3 days 14706 seconds (4 hours 5 minutes 6 seconds)",
	    ((365 + 60 + 3) * 86400 + 14706) * 1000LL },
	{ "P1M", " 1 month ", 30 * 86400000LL },
	{ "P2W", "14 days ", 14 * 86400000LL },
	{ "PT5S", "5 seconds", 5000 },
	{ "PT60S", "60 seconds (1 minute)", 60000 },
	{ "P40S", "40 seconds", 40000 },
	{ "P1H", "3600 seconds (1 hour)", 3600000 },
	{ "PT0S", "0 seconds", 0 },
	{ "P-1D", "-1 days ", 0 },
	{ "PT-90S", "-90 seconds (1 minute 30 seconds)", 0 },
	{ "P1M1M", " 2 months ", 60 * 86400000LL },
	{ "PT", NULL, 0 },
	{ "P", NULL, 0 },
	{ "P1", NULL, 0 },
	{ "P1X", NULL, 0 },
	{ "P1DT5", NULL, 0 },
	{ "P1.5D", NULL, 0 },
	{ "P1Dx", NULL, 0 },
	{ "P99999999999D", NULL, 0 },
	{ "PT2147483648S", NULL, 0 },
	{ "P2147483647Y", NULL, 0 },
	{ "P1D1D1D1D1D1D1D1D1D1D1D1D1D1D1D1D1D", NULL, 0 },
	{ "P--1D", NULL, 0 },
	{ "1D", NULL, 0 },
};

static void
test_durations(void)
{
	for (size_t i = 0; i < ROWS(durations); i++) {
		struct duration d;
		char buf[DURATION_TEXT_MAX];
		bool good = duration_parse(durations[i].text, &d, NULL) == 0;

		CHECK(good == (durations[i].want != NULL), "%s", durations[i].text);
		if (good && durations[i].want)
			CHECK_STR(duration_text(&d, buf), durations[i].want, "%s",
			    durations[i].text);
		if (durations[i].text[0] == 'P')
			CHECK_INT(value_interval_ms(durations[i].text),
			    durations[i].interval_ms, "%s", durations[i].text);
	}
}

static const struct {
	const char *date, *duration, *want; /* NULL = out of range */
} sums[] = {
	{ "2009-01-31 12:00Z", "P1M", "2009-02-28 12:00:00Z" },
	{ "2020-01-31", "P1M1D", "2020-03-01 00:00:00Z" },
	{ "2020-03-31", "P-1M", "2020-02-29 00:00:00Z" },
	{ "2020-02-29", "P1Y", "2021-02-28 00:00:00Z" },
	{ "2020-03-01", "P1Y", "2021-03-01 00:00:00Z" },
	{ "2020-12-31", "P1M", "2021-01-31 00:00:00Z" },
	{ "2020-01-01", "PT-1S", "2019-12-31 23:59:59Z" },
	{ "2020-01-31T23:00+05:00", "P1MT2H", "2020-03-01 01:00:00 +05:00" },
	{ "9999-12-31T23:59:59Z", "PT0S", "9999-12-31 23:59:59Z" },
	{ "9999-12-31T23:59:59Z", "PT1S", NULL },
	{ "9999-12-31", "P1M", NULL },
	{ "0001-01-01", "PT-1S", NULL },
	{ "0001-01-01", "P-1Y", NULL },
	{ "2020-01-01", "P30000Y", NULL },
	{ "2020-01-01", "PT2147483647H", NULL },
};

static void
test_sums(void)
{
	zone("UTC");
	for (size_t i = 0; i < ROWS(sums); i++) {
		struct date date, was;
		struct duration d;
		char buf[DATE_TEXT_MAX];

		CHECK(date_parse(sums[i].date, &date, NULL) == 0, "%s", sums[i].date);
		if (duration_parse(sums[i].duration, &d, NULL) != 0)
			d = (struct duration){ .seconds = 2147483647LL * 3600 };
		was = date;
		CHECK_INT(date_add(&date, &d), sums[i].want ? 0 : -ERANGE, "%s + %s",
		    sums[i].date, sums[i].duration);
		if (sums[i].want)
			CHECK_STR(date_text(&date, DATE_CALENDAR, buf), sums[i].want,
			    "%s + %s", sums[i].date, sums[i].duration);
		else
			CHECK_INT(date.seconds, was.seconds, "as it was");
	}
}

static const struct {
	const char *text;
	int result;
	const char *start, *end;
} periods[] = {
	{ "2005-01-20T00:00:00Z/2005-02-20T00:00:00Z", 0, "2005-01-20 00:00:00Z",
	    "2005-02-20 00:00:00Z" },
	{ "2005-01-20T00:00:00Z/P2M", 0, "2005-01-20 00:00:00Z", "2005-03-20 00:00:00Z" },
	{ "P1M1D/2020-03-31", 0, "2020-02-28 00:00:00Z", "2020-03-31 00:00:00Z" },
	{ "P1D/P1D", -EINVAL, NULL, NULL },
	{ "2005-01-20", -EINVAL, NULL, NULL },
	{ "2005-01-20/", -EINVAL, NULL, NULL },
	{ "/2005-01-20", -EINVAL, NULL, NULL },
	{ "2005-01-20/P1D/x", -EINVAL, NULL, NULL },
	{ "2005-01-20/P9000Y", -ERANGE, NULL, NULL },
	{ "P3000Y/2005-01-20", -ERANGE, NULL, NULL },
	{ "x", -EINVAL, NULL, NULL },
};

static void
test_periods(void)
{
	zone("UTC");
	for (size_t i = 0; i < ROWS(periods); i++) {
		struct period p;
		char buf[DATE_TEXT_MAX];

		CHECK_INT(period_parse(periods[i].text, &p), periods[i].result, "%s",
		    periods[i].text);
		if (periods[i].result)
			continue;
		CHECK_STR(date_text(&p.start, DATE_CALENDAR, buf), periods[i].start, "%s",
		    periods[i].text);
		CHECK_STR(date_text(&p.end, DATE_CALENDAR, buf), periods[i].end, "%s",
		    periods[i].text);
	}
}

static const struct check_case cases[] = {
	{ "dates", test_dates },
	{ "durations", test_durations },
	{ "sums", test_sums },
	{ "periods", test_periods },
};
CHECK_MAIN("crm_dates", cases)
