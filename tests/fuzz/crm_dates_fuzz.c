/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dates, durations and periods, and the rules that are made of them.  Lines: a time zone, what time it is, then of a
 * date_expression its operation, start and end, then "NAME VALUE" of its date_spec, ";" before each but the first, and
 * of its duration.  Whatever they say, what comes out is a date, can be written and read again, and a rule holds or does
 * not, the same in all places that ask.
 */
#include "tests/fuzz/fuzz.h"

#include "crm/common/durations.h"
#include "crm/pengine/pengine.h"

#include <time.h>

enum { ZONE, NOW, OPERATION, START, END, SPEC, DURATION, LINES };

#define NOW_DEFAULT 1767225600

/* Dates. */

/* Local time before there were zones has seconds in its offset, which no text has. */
static void
again_check(const struct date *date, enum date_style style)
{
	char buf[DATE_TEXT_MAX];
	struct date again;
	const char *text = date_text(date, style, buf);

	FUZZ_MUST(date_parse(text, &again, NULL) == 0);
	FUZZ_MUST(date->offset % 60 ||
	          (again.seconds == date->seconds && again.offset == date->offset));
}

static void
date_check(const struct date *date)
{
	struct date_fields f;

	date_fields(date, &f);
	FUZZ_MUST(f.year >= 1 && f.year <= DATE_YEAR_MAX && f.month >= 1 &&
	          f.month <= 12 && f.yearday >= f.monthday && f.yearday <= 366);
	for (int style = DATE_CALENDAR; style <= DATE_WEEK; style++)
		again_check(date, (enum date_style)style);
	date_local(date->seconds);
}

/* Later by DURATION is later, if it is not negative; and there is no date where there can be none. */
static void
add_check(const struct date *date, const struct duration *d)
{
	struct date sum = *date;
	bool forward = d->years >= 0 && d->months >= 0 && d->days >= 0 && d->seconds >= 0;

	if (date_add(&sum, d) < 0) {
		FUZZ_MUST(sum.seconds == date->seconds && sum.offset == date->offset);
		return;
	}
	FUZZ_MUST(!forward || sum.seconds >= date->seconds);
	FUZZ_MUST(sum.offset == date->offset);
	date_check(&sum);
}

static void
texts_check(char *const *line)
{
	char buf[DURATION_TEXT_MAX];
	struct date date;
	struct duration duration;
	struct period period;

	for (int i = NOW; i < LINES; i++) {
		bool is_date = date_parse(line[i], &date, NULL) == 0;

		if (is_date)
			date_check(&date);
		for (int n = NOW; n < LINES; n++)
			if (duration_parse(line[n], &duration, NULL) == 0) {
				duration_text(&duration, buf);
				FUZZ_MUST(strlen(buf) < sizeof(buf));
				if (is_date)
					add_check(&date, &duration);
			}
		if (period_parse(line[i], &period) == 0) {
			date_check(&period.start);
			date_check(&period.end);
		}
	}
}

/* Rules. */

static void
attributes_set(xmlNode *element, char *text)
{
	char *rest;

	for (char *pair = strtok_r(text, ";", &rest); pair;
	     pair = strtok_r(NULL, ";", &rest)) {
		char *value = strchr(pair, ' ');

		if (!value || value == pair)
			continue;
		*value++ = '\0';
		xmlSetProp(element, BAD_CAST pair, BAD_CAST value);
	}
}

static xmlNode *
expression_make(char *const *line)
{
	static const struct {
		int line;
		const char *name;
	} of[] = { { OPERATION, "operation" }, { START, "start" }, { END, "end" } };
	xmlNode *xml = xmlNewNode(NULL, BAD_CAST "date_expression");

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (*line[of[i].line])
			xmlSetProp(xml, BAD_CAST of[i].name, BAD_CAST line[of[i].line]);
	if (*line[SPEC])
		attributes_set(xmlNewChild(xml, NULL, BAD_CAST "date_spec", NULL),
		    line[SPEC]);
	if (*line[DURATION])
		attributes_set(xmlNewChild(xml, NULL, BAD_CAST "duration", NULL),
		    line[DURATION]);
	return xml;
}

/* A location that counts when EXPRESSION holds. */
static xmlDoc *
document_make(const xmlNode *expression)
{
	static const char text[] =
	    "<cib><configuration><crm_config/><nodes><node id='1' uname='a' "
	    "type='member'/></nodes><resources>"
	    "<primitive id='r' class='ocf' provider='heartbeat' "
	    "type='Dummy'/></resources><constraints>"
	    "<rsc_location id='l' rsc='r'><rule id='u' "
	    "score='5'/></rsc_location></constraints></configuration><status/></cib>";
	xmlDoc *doc = xmlReadMemory(text, sizeof(text) - 1, NULL, NULL, 0);
	xmlNode *rule = xmlDocGetRootElement(doc);

	static const char *const way[] = { "configuration", "constraints", "rsc_location",
		"rule" };
	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++)
		for (rule = rule->children; strcmp((const char *)rule->name, way[i]);)
			rule = rule->next;
	xmlAddChild(rule, xmlDocCopyNode((xmlNode *)(uintptr_t)expression, doc, 1));
	return doc;
}

/* Whether the rule counted. */
static bool
plan(const xmlDoc *doc, enum pe_profile_name profile, const struct date *now)
{
	struct pe_options options = { .profile = profile,
		.now = *now,
		.now_given = true,
		.scores = true };
	char why[200], *text = NULL;
	size_t size;
	struct pe *pe = pe_run(doc, &options, why, sizeof(why));
	FILE *out = open_memstream(&text, &size);

	FUZZ_MUST(pe && out);
	pe_write_scores(pe, out);
	fclose(out);
	bool counted = strstr(text, "r allocation score on a: 5");

	free(text);
	pe_free(pe);
	return counted;
}

static void
rules_check(char *const *line)
{
	struct date now;
	xmlNode *expression = expression_make(line);

	if (date_parse(line[NOW], &now, NULL) != 0)
		now = (struct date){ .seconds = NOW_DEFAULT };
	enum pe_moment moment = pe_moment_of(expression, &now);
	bool holds = moment == PE_MOMENT_NOW || moment == PE_MOMENT_MATCHES;
	xmlDoc *doc = document_make(expression);

	FUZZ_MUST(plan(doc, PE_P, &now) == holds);
	plan(doc, PE_H, &now);
	xmlFreeDoc(doc);
	xmlFreeNode(expression);
}

static void
zone_set(const char *name)
{
	static const char *const zones[] = { "UTC", "Europe/Berlin", "America/St_Johns",
		"Asia/Kathmandu", "Pacific/Apia" };

	setenv("TZ", zones[(unsigned char)*name % (sizeof(zones) / sizeof(zones[0]))], 1);
	tzset();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *line[LINES], *at = text;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	bool is_text = strlen(text) == size && xmlCheckUTF8(BAD_CAST text);

	for (int i = 0; i < LINES; i++) {
		char *end = at + strcspn(at, "\n");

		line[i] = at;
		at = *end ? end + 1 : end;
		*end = '\0';
	}
	zone_set(line[ZONE]);
	texts_check(line);
	if (is_text)
		rules_check(line);
	free(text);
	return 0;
}
