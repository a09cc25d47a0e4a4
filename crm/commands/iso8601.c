/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iso8601: reads dates, durations and periods as a CIB has them, and shows them (spec/crm-tools.md 12).
 *
 * Better than the original: with --local a date has the offset of its own day, not of today, and also one that was
 * given with another offset; a year later is the same day of the month.
 */
#include "crm/commands/kit.h"
#include "crm/common/dates.h"
#include "crm/common/durations.h"
#include "crm/common/exits.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define YEAR_ONE (-62135596800) /* when year 1 began, in seconds since 1970 */

enum show { SHOW_DATE, SHOW_SECONDS, SHOW_EPOCH };

struct arguments {
	const char *date, *duration, *period, *expected;
	bool now;
	enum show show;
	enum date_style style;
	bool local;
};

/* clang-format off */
static const struct kit_option options[] = {
	KIT_COMMON,
	{ 'h', NULL, NULL, KIT_FLAG, NULL, NULL, KIT_HELP },
	KIT_TITLE("Commands"),
	{ 'n', "now", NULL, KIT_FLAG, NULL, "show the current date and time", 0 },
	{ 'd', "date", NULL, KIT_VALUE, "DATE", "read a date, perhaps with a time, perhaps with an offset: '2019-09-24\n00:30:00 +01:00', '2019-040', '2019-W06-6', '10:30' (today)", 0 },
	{ 'p', "period", NULL, KIT_VALUE, "PERIOD", "read a period: '2005-040/2005-043', '2005-040/P1M', 'P1M/2005-040'", 0 },
	{ 'D', "duration", NULL, KIT_VALUE, "DURATION", "read a duration, 'P1M'; with -n or -d show when it ends, too", 0 },
	{ 'E', "expected", NULL, KIT_VALUE, "TEXT", "exit with 1 if the last date that -n or -d show is not this text", 0 },
	KIT_TITLE("How a date is shown"),
	{ 's', "seconds", NULL, KIT_FLAG, NULL, "as seconds since the year 1", 0 },
	{ 'S', "epoch", NULL, KIT_FLAG, NULL, "as seconds since 1970", 0 },
	{ 'L', "local", NULL, KIT_FLAG, NULL, "in local time instead of UTC", 0 },
	{ 'O', "ordinal", NULL, KIT_FLAG, NULL, "with the day of the year: 2005-020", 0 },
	{ 'W', "week", NULL, KIT_FLAG, NULL, "with the week: 2005-W03-4", 0 },
	{ 0 },
};
/* clang-format on */

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	(void)kit;
	switch (id) {
	case 'n':
		a->now = true;
		break;
	case 'd':
		a->date = value;
		break;
	case 'p':
		a->period = value;
		break;
	case 'D':
		a->duration = value;
		break;
	case 'E':
		a->expected = value;
		break;
	case 's':
		a->show = SHOW_SECONDS;
		break;
	case 'S':
		a->show = SHOW_EPOCH;
		break;
	case 'L':
		a->local = true;
		break;
	case 'O':
		a->style = DATE_ORDINAL;
		break;
	case 'W':
		a->style = DATE_WEEK;
		break;
	}
	return 0;
}

static const struct kit_program program = {
	.name = "iso8601",
	.summary = "reads and shows dates, durations and periods as ISO 8601 has them",
	.usage = "[OPTION...]",
	.options = options,
	.set = set,
	.epilog =
	    "Exit status: 0 fine, 1 not what was expected, 2 unreadable, 64 wrong words.",
};

/* A time alone, of LEN bytes, as one of today; else TEXT as it stands.  False when that is too long. */
static bool
with_day(const char *text, size_t len, char *whole, size_t size)
{
	bool marked = text[0] == 'T';
	size_t digits = strspn(text + marked, "0123456789");
	struct date now = date_local(time(NULL));
	char today[DATE_TEXT_MAX];
	int used;

	date_text(&now, DATE_CALENDAR, today);
	if (marked ? digits > 0 : digits == 2 && text[digits] == ':')
		used = snprintf(whole, size, "%.10sT%.*s", today, (int)(len - marked),
		    text + marked);
	else
		used = snprintf(whole, size, "%.*s", (int)len, text);
	return used >= 0 && (size_t)used < size;
}

/* "epoch" is a date, too. */
static int
moment_parse(const char *text, struct date *date)
{
	char whole[128];

	if (strcasecmp(text, "epoch") == 0) {
		*date = (struct date){ 0 };
		return 0;
	}
	return with_day(text, strlen(text), whole, sizeof(whole))
	           ? date_parse(whole, date, NULL)
	           : -1;
}

/* With times alone on either side, as moments have them. */
static int
interval_parse(const char *text, struct period *period)
{
	const char *slash = strchr(text, '/');
	char whole[256], *end;

	if (!slash || !with_day(text, (size_t)(slash - text), whole, sizeof(whole) / 2))
		return -1;
	end = whole + strlen(whole);
	*end++ = '/';
	return with_day(slash + 1, strlen(slash + 1), end, sizeof(whole) / 2 - 1)
	           ? period_parse(whole, period)
	           : -1;
}

/* BUF, of DATE_TEXT_MAX bytes, is returned. */
static const char *
shown(const struct arguments *a, const struct date *date, char *buf)
{
	struct date seen =
	    a->local ? date_local(date->seconds) : (struct date){ date->seconds, 0 };

	if (a->show == SHOW_DATE)
		return date_text(&seen, a->style, buf);
	snprintf(buf, DATE_TEXT_MAX, "%lld",
	    (long long)(a->show == SHOW_EPOCH ? date->seconds
	                                      : date->seconds - YEAR_ONE));
	return buf;
}

static int
refused(struct kit *kit, const char *what, const char *text)
{
	kit_complain(kit, "Invalid %s specified: %s", what, text);
	return CRM_EX_INVALID_PARAM;
}

static int
run(struct kit *kit, const struct arguments *a)
{
	struct date date;
	bool has_date = a->now || a->date;
	char buf[DATE_TEXT_MAX], end[DATE_TEXT_MAX], text[DURATION_TEXT_MAX];

	if (kit->word_count) {
		kit_complain(kit, "what is '%s'?", kit->words[0]);
		return CRM_EX_USAGE;
	}
	if (a->expected && !has_date) {
		kit_complain(kit, "--expected requires --now or --date");
		return CRM_EX_USAGE;
	}
	if (a->now)
		date = date_local(time(NULL));
	else if (a->date && moment_parse(a->date, &date) != 0)
		return refused(kit, "date/time", a->date);
	if (has_date)
		fprintf(kit->out, "%s: %s\n", a->now ? "Current date/time" : "Date",
		    shown(a, &date, buf));
	struct duration duration;

	if (a->duration) {
		if (duration_parse(a->duration, &duration, NULL) != 0)
			return refused(kit, "duration", a->duration);
		fprintf(kit->out, "Duration: %s\n", duration_text(&duration, text));
	}
	struct period period;

	if (a->period) {
		if (interval_parse(a->period, &period) != 0)
			return refused(kit, "interval", a->period);
		fprintf(kit->out, "Period: %s to %s\n", shown(a, &period.start, buf),
		    shown(a, &period.end, end));
	}
	if (has_date && a->duration) {
		if (date_add(&date, &duration) != 0) {
			kit_complain(kit, "That ends before year 1 or after year %d",
			    DATE_YEAR_MAX);
			return CRM_EX_INVALID_PARAM;
		}
		fprintf(kit->out, "Duration ends at: %s\n", shown(a, &date, buf));
	}
	if (a->expected && strcmp(shown(a, &date, buf), a->expected) != 0)
		return CRM_EX_ERROR;
	return CRM_EX_OK;
}

int
main(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
