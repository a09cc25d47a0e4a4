/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status section in the other dialect (spec/cib.md 5, 7): the same under other names, and what was expected of an
 * operation, which only P writes down. */
#include "crm/cib/convert.h"

#include <string.h>

static const char *const names_h[] = { "op_status", "rc_code", "call_id", "op_digest",
	"op_restart_digest", "op_force_restart", "transition_key", "transition_magic" };

static void
rename_all(struct convert *c, xmlNode *op, bool to_p)
{
	for (size_t i = 0; i < sizeof(names_h) / sizeof(names_h[0]); i++) {
		const char *dashed = convert_dashed(c, names_h[i]);
		xmlAttr *a = xmlHasProp(op, BAD_CAST(to_p ? names_h[i] : dashed));

		if (a)
			xmlNodeSetName((xmlNode *)a,
			    BAD_CAST(to_p ? dashed : names_h[i]));
	}
}

/* Heartbeat asked whether something runs in the hope that it does not, of all else that it goes well. */
static const char *
expected_of(const xmlNode *op)
{
	const char *task = cib_attr(op, "operation"), *rc = cib_attr(op, "rc-code");
	const char *interval = cib_attr(op, "interval");

	if (!task || strcmp(task, "monitor") != 0)
		return "0";
	if (!interval || strcmp(interval, "0") == 0)
		return "7";
	return rc && strcmp(rc, "8") == 0 ? "8" : "0";
}

/* "ACTION:TRANSITION:UUID", of old without ACTION, becomes "ACTION:TRANSITION:EXPECTED:UUID"; HEAD is what stands
 * before it in the attribute.  NULL: it is neither. */
static const char *
key_to_p(struct convert *c, const xmlNode *op, const char *text, size_t head)
{
	const char *key = text + head, *first = strchr(key, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;

	if (!first || (second && strchr(second + 1, ':')))
		return NULL;
	return arena_printf(&c->arena, "%.*s%s%.*s:%s%s", (int)head, text,
	    second ? "" : "0:", (int)((second ? second : first) - key), key,
	    expected_of(op), second ? second : first);
}

static const char *
key_to_h(struct convert *c, const char *text, size_t head)
{
	const char *key = text + head, *first = strchr(key, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;
	const char *third = second ? strchr(second + 1, ':') : NULL;

	if (!third)
		return NULL;
	return arena_printf(&c->arena, "%.*s%.*s%s", (int)head, text, (int)(second - key),
	    key, third);
}

static void
keys_convert(struct convert *c, xmlNode *op, bool to_p)
{
	static const char *const of_p[] = { "transition-key", "transition-magic" };
	static const char *const of_h[] = { "transition_key", "transition_magic" };

	for (size_t i = 0; i < 2; i++) {
		const char *name = to_p ? of_p[i] : of_h[i], *text = cib_attr(op, name);
		const char *semicolon = text && i == 1 ? strchr(text, ';') : NULL;
		size_t head = semicolon ? (size_t)(semicolon + 1 - text) : 0;

		if (!text || (i == 1 && !semicolon))
			continue;
		text = to_p ? key_to_p(c, op, text, head) : key_to_h(c, text, head);
		if (text)
			convert_set(c, op, name, text);
	}
}

void
convert_status(struct convert *c, bool to_p)
{
	xmlNode *status = cib_child_find(c->root, "status");

	for (xmlNode *n = status; n; n = cib_walk_next(status, n)) {
		if (!convert_is(n, "lrm_rsc_op"))
			continue;
		rename_all(c, n, to_p);
		keys_convert(c, n, to_p);
	}
}
