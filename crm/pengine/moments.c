/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the time of a date_expression has come, and what it says when it has not (spec 5.3, and P). */
#include "crm/common/durations.h"
#include "crm/pengine/private.h"

#include <stdlib.h>

/* The element's duration after DATE; false: none that can be counted. */
bool
duration_add(const xmlNode *xml, struct date *date)
{
	struct duration d = { 0 };
	const struct {
		const char *name;
		int64_t *unit;
		int each;
	} units[] = { { "years", &d.years, 1 }, { "months", &d.months, 1 },
		{ "weeks", &d.days, 7 }, { "days", &d.days, 1 },
		{ "hours", &d.seconds, 3600 }, { "minutes", &d.seconds, 60 },
		{ "seconds", &d.seconds, 1 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		*units[i].unit +=
		    (int64_t)value_int(xml_get(xml, units[i].name), 0) * units[i].each;
	return date_add(date, &d) == 0;
}

/* "N", "LOW-HIGH"; OPEN: also "LOW-" and "-HIGH".  Below 0: VALUE is before it; above: behind. */
static int
range_side(const char *range, int value, bool open)
{
	char *end;
	long low, high;

	if (*range == '-' && open)
		return value > strtol(range + 1, NULL, 10);
	low = strtol(range, &end, 10);
	high = low;
	if (*end == '-' && end[1] == '\0' && open)
		return value < low ? -1 : 0;
	if (*end == '-' && end[1] != '\0')
		high = strtol(end + 1, NULL, 10);
	return value < low ? -1 : value > high;
}

int
date_spec_side(const xmlNode *spec, const struct date *now, bool open)
{
	struct date_fields f;

	date_fields(now, &f);
	/* In the order in which they decide. */
	const struct {
		const char *name;
		int value;
	} parts[] = { { "years", f.year }, { "months", f.month },
		{ "monthdays", f.monthday }, { "hours", f.hours },
		{ "minutes", f.minutes }, { "seconds", f.seconds },
		{ "yeardays", f.yearday }, { "weekyears", f.weekyear },
		{ "weeks", f.week }, { "weekdays", f.weekday }, { "moon", f.moon } };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *range = xml_get(spec, parts[i].name);
		int side = range ? range_side(range, parts[i].value, open) : 0;

		if (side)
			return side;
	}
	return 0;
}

static enum pe_moment
spec_moment(const xmlNode *spec, const struct date *now)
{
	int side = spec ? date_spec_side(spec, now, true) : 0;

	return !spec      ? PE_MOMENT_UNCLEAR
	       : side < 0 ? PE_MOMENT_NOT_YET
	       : side > 0 ? PE_MOMENT_EXPIRED
	                  : PE_MOMENT_MATCHES;
}

enum pe_moment
pe_moment_of(const xmlNode *xml, const struct date *now)
{
	const char *operation = xml_get(xml, "operation");
	const xmlNode *duration = xml_child(xml, "duration");
	struct date start = { 0 }, end = { 0 };
	bool has_start = date_parse(xml_get(xml, "start"), &start, NULL) == 0;
	bool has_end = date_parse(xml_get(xml, "end"), &end, NULL) == 0;

	if (same(operation, "date_spec"))
		return spec_moment(xml_child(xml, "date_spec"), now);
	if (same(operation, "gt"))
		return !has_start                     ? PE_MOMENT_UNCLEAR
		       : now->seconds > start.seconds ? PE_MOMENT_NOW
		                                      : PE_MOMENT_NOT_YET;
	if (same(operation, "lt"))
		return !has_end                     ? PE_MOMENT_UNCLEAR
		       : now->seconds < end.seconds ? PE_MOMENT_NOW
		                                    : PE_MOMENT_EXPIRED;
	if (operation && !same(operation, "in_range"))
		return PE_MOMENT_UNCLEAR;
	if (has_start && !has_end && duration) {
		end = start;
		has_end = duration_add(duration, &end);
	}
	if (!has_start && !has_end)
		return PE_MOMENT_UNCLEAR;
	if (has_start && now->seconds < start.seconds)
		return PE_MOMENT_NOT_YET;
	return has_end && now->seconds > end.seconds ? PE_MOMENT_EXPIRED : PE_MOMENT_NOW;
}
