/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ids of heartbeat as pacemaker wants them (spec/cib.md 6): names in the sense of XML, once in the whole
 * document instead of once with each tag, and none missing.  Resources keep theirs if anybody does:
 * constraints, the status and people refer to them.
 */
#include "crm/cib/convert.h"

#include "lib/array.h"

#include <ctype.h>
#include <string.h>

/* Ids that are free text, and others that only refer. */
static bool
is_free(const xmlNode *n)
{
	return convert_is(n, "node");
}

static bool
needs_id(const xmlNode *n)
{
	static const char *const without[] = { "configuration", "crm_config", "nodes",
		"resources", "constraints", "operations", "lifetime" };

	for (size_t i = 0; i < ARRAY_LEN(without); i++)
		if (convert_is(n, without[i]))
			return false;
	return true;
}

static bool
is_resource(const xmlNode *n)
{
	return convert_is(n, "primitive") || convert_is(n, "group") ||
	       convert_is(n, "clone") || convert_is(n, "master");
}

static const char *
mended(struct convert *c, const char *id)
{
	bool digit = isdigit((unsigned char)*id) || *id == '-' || *id == '.';
	char *name = arena_printf(&c->arena, "%s%s", digit || !*id ? "id-" : "", id);

	/* Bytes of UTF-8 stay: most letters of the world may stand in a name. */
	for (char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("._-", *at) &&
		    (unsigned char)*at < 0x80)
			*at = '-';
	if (!isalpha((unsigned char)*name) && *name != '_' && (unsigned char)*name < 0x80)
		return arena_printf(&c->arena, "id%s", name);
	return xmlValidateNCName(BAD_CAST name, 0) == 0 ? name : "id";
}

/* For an element that has none: "PARENT-name". */
static const char *
proposed(struct convert *c, const xmlNode *n)
{
	const char *name = cib_attr(n, "name")        ? cib_attr(n, "name")
	                   : cib_attr(n, "attribute") ? cib_attr(n, "attribute")
	                                              : (const char *)n->name;
	const char *parent = NULL;

	for (const xmlNode *p = n->parent; p && !parent && p->type == XML_ELEMENT_NODE;
	     p = p->parent)
		parent = cib_attr(p, "id");
	return arena_printf(&c->arena, "%s-%s", parent ? parent : "cib", name);
}

static void
id_settle(struct convert *c, xmlNode *n, struct table *ids, struct table *renamed)
{
	const char *was = cib_attr(n, "id");

	if (!was && !needs_id(n))
		return;
	const char *wanted = mended(c, was ? was : proposed(c, n));
	const char *now = convert_fresh_id(c, ids, wanted);

	if (was && strcmp(was, now) == 0)
		return;
	convert_note_of(c, n, "attribute", "id", was, now, false);
	if (was && is_resource(n))
		table_add(renamed, arena_strdup(&c->arena, was), now);
	convert_set(c, n, "id", now);
}

static void
references_follow(struct convert *c, const struct table *renamed)
{
	static const char *const ends[] = { "rsc", "with-rsc", "first", "then" };
	const xmlNode *section = cib_child_find(c->configuration, "constraints");

	for (xmlNode *l = cib_child_first(section); l; l = cib_child_next(l))
		for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
			const char *was = cib_attr(l, ends[i]);
			const char *now = was ? table_get(renamed, was) : NULL;

			if (now)
				convert_set(c, l, ends[i], now);
		}
}

void
convert_h_ids(struct convert *c)
{
	struct table ids, renamed;

	table_init(&ids, &c->arena);
	table_init(&renamed, &c->arena);
	for (int others = 0; others < 2; others++)
		for (xmlNode *n = c->configuration; n; n = convert_next(c, n))
			if (is_resource(n) != others && !is_free(n))
				id_settle(c, n, &ids, &renamed);
	references_follow(c, &renamed);
}
