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

/* Between which moments an expression holds; open where it has none. */
struct bounds {
	struct date start, end;
	bool has_start, has_end;
	bool ranges; /* the bounds count, too; of "gt" and "lt" they do not */
};

static struct bounds
bounds_of(const xmlNode *xml)
{
	const char *operation = xml_get(xml, "operation");
	const xmlNode *duration = xml_child(xml, "duration");
	struct bounds b = { .ranges = !operation || same(operation, "in_range") };

	if (b.ranges || same(operation, "gt"))
		b.has_start = date_parse(xml_get(xml, "start"), &b.start, NULL) == 0;
	if (b.ranges || same(operation, "lt"))
		b.has_end = date_parse(xml_get(xml, "end"), &b.end, NULL) == 0;
	if (b.ranges && b.has_start && !b.has_end && duration) {
		b.end = b.start;
		b.has_end = duration_add(duration, &b.end);
	}
	return b;
}

enum pe_moment
pe_moment_of(const xmlNode *xml, const struct date *now)
{
	struct bounds b = bounds_of(xml);
	int64_t at = now->seconds;

	if (same(xml_get(xml, "operation"), "date_spec"))
		return spec_moment(xml_child(xml, "date_spec"), now);
	if (!b.has_start && !b.has_end)
		return PE_MOMENT_UNCLEAR;
	if (b.has_start && (at < b.start.seconds || (!b.ranges && at == b.start.seconds)))
		return PE_MOMENT_NOT_YET;
	if (b.has_end && (at > b.end.seconds || (!b.ranges && at == b.end.seconds)))
		return PE_MOMENT_EXPIRED;
	return PE_MOMENT_NOW;
}

/* When the expression's answer changes; 0: never, or that cannot be told. */
static int64_t
change_after(const xmlNode *xml, int64_t at)
{
	struct bounds b = bounds_of(xml);
	/* Ranges have their bounds, "gt" and "lt" do not. */
	int64_t begins = b.start.seconds + !b.ranges, ends = b.end.seconds + b.ranges;

	if (b.has_start && at < begins)
		return begins;
	return b.has_end && at < ends ? ends : 0;
}

void
recheck_note(struct pe *pe, int64_t when)
{
	if (when > pe->now.seconds && (pe->recheck_by == 0 || when < pe->recheck_by))
		pe->recheck_by = when;
}

bool
date_holds_p(struct pe *pe, const xmlNode *xml)
{
	enum pe_moment moment = pe_moment_of(xml, &pe->now);

	recheck_note(pe, change_after(xml, pe->now.seconds));
	return moment == PE_MOMENT_NOW || moment == PE_MOMENT_MATCHES;
}
