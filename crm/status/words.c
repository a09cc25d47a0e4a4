/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts for numbers, and the small change of XML. */
#include "crm/common/agentcodes.h"
#include "crm/status/private.h"

#include "crm/common/dates.h"
#include "lib/array.h"
#include "lib/choice.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang-format off */
static const struct choice op_states[] = {
	{ "pending", -1 },
	{ "complete", 0 },
	{ "Cancelled", 1 },
	{ "Timed Out", 2 },
	{ "NOT SUPPORTED", 3 },
	{ "Error", 4 },
	{ "Hard error", 5 },
	{ "Fatal error", 6 },
	{ "Not installed", 7 },
	{ "Internal communication failure", 8 },
	{ "Cannot execute now", 9 },
	{ "No fence device", 10 },
	{ "CIB secrets unavailable", 11 },
	{ 0 },
};

static const char *const roles[] = {
	[PE_ROLE_UNKNOWN] = "Unknown",
	[PE_ROLE_STOPPED] = "Stopped",
	[PE_ROLE_STARTED] = "Started",
	[PE_ROLE_UNPROMOTED] = "Unpromoted",
	[PE_ROLE_PROMOTED] = "Promoted",
};
/* clang-format on */

const char *
status_rc_text(int rc)
{
	return agent_code_text(rc);
}

const char *
status_op_text(int op_status)
{
	const char *name = choice_name(op_states, op_status);

	return name ? name : "UNKNOWN!";
}

const char *
status_role_text(int role)
{
	return role >= 0 && role <= PE_ROLE_PROMOTED ? roles[role] : roles[0];
}

const char *
status_time_text(int64_t seconds, char text[32])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&when, &tm) ||
	    strftime(text, 32, "%a %b %e %H:%M:%S %Y", &tm) == 0)
		snprintf(text, 32, "%lld", (long long)seconds);
	return text;
}

const char *
span_text(const struct status *s, int64_t ms)
{
	static const struct {
		int64_t ms;
		char unit;
	} units[] = { { 86400000, 'd' }, { 3600000, 'h' }, { 60000, 'm' } };
	struct text t;

	text_begin(&t);
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (ms > units[i].ms) {
			fprintf(t.to, "%lld%c", (long long)(ms / units[i].ms),
			    units[i].unit);
			ms %= units[i].ms;
		}
	if (ms > 1000) {
		fprintf(t.to, "%lld", (long long)(ms / 1000));
		ms %= 1000;
		if (ms)
			fprintf(t.to, ".%03lld", (long long)ms);
		fputc('s', t.to);
	} else if (ms > 0) {
		fprintf(t.to, "%lldms", (long long)ms);
	}
	return text_end(s, &t);
}

const char *
utc_text(const struct status *s, int64_t seconds)
{
	char text[DATE_TEXT_MAX];

	return arena_strdup(s->arena,
	    date_text(&(struct date){ .seconds = seconds }, DATE_CALENDAR, text));
}

const char *
yes_no(bool value)
{
	return value ? "true" : "false";
}

void
text_begin(struct text *t)
{
	*t = (struct text){ 0 };
	t->to = open_memstream(&t->text, &t->len);
	if (!t->to)
		abort();
}

char *
text_end(const struct status *status, struct text *t)
{
	char *text;

	if (fclose(t->to) != 0)
		abort();
	text = arena_strdup(status->arena, t->text);
	free(t->text);
	return text;
}

xmlNode *
element(xmlNode *parent, const char *tag)
{
	xmlNode *xml = xmlNewChild(parent, NULL, XS(tag), NULL);

	if (!xml)
		abort();
	return xml;
}

int64_t
number(const char *text, int64_t otherwise)
{
	char *end;
	long long value;

	if (!text || !*text)
		return otherwise;
	value = strtoll(text, &end, 10);
	return *end ? otherwise : value;
}
