/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers are those of spec/commands.md 12 and of LINUX-HA-MIB.txt.  Everything is
 * added in the order of the OIDs: tables go column by column.  What is not known has no
 * variable, except the strings of the configuration, which read "N/A".
 */
#include "heartbeat/helpers/hbagent/view.h"

#include "lib/array.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NOT_KNOWN "N/A"

/* ---- Adding ---- */

/* NULL when memory is short. */
static struct hbagent_var *
var_add(struct hbagent_view *view, enum hbagent_var_type type, const uint32_t *oid,
    size_t len)
{
	struct hbagent_var *var;

	assert(len >= 1 && len <= HBAGENT_OID_MAX);
	if (view->count == view->size) {
		size_t size = view->size ? view->size * 2 : 128;
		struct hbagent_var *list = realloc(view->var, size * sizeof(*list));

		if (!list)
			return NULL;
		view->var = list;
		view->size = size;
	}
	var = &view->var[view->count++];
	*var = (struct hbagent_var){ .oid_len = (uint8_t)len, .type = type };
	memcpy(var->oid, oid, len * sizeof(*oid));
	return var;
}

static bool
number_add(struct hbagent_view *view, enum hbagent_var_type type, int32_t number,
    const uint32_t *oid, size_t len)
{
	struct hbagent_var *var = var_add(view, type, oid, len);

	if (var)
		var->number = number;
	return var;
}

static bool
bytes_add(struct hbagent_view *view, const void *bytes, size_t bytes_len,
    const uint32_t *oid, size_t len)
{
	struct hbagent_var *var;

	if (view->text_size - view->text_len < bytes_len) {
		size_t size = (view->text_size + bytes_len) * 2;
		char *text = realloc(view->text, size);

		if (!text)
			return false;
		view->text = text;
		view->text_size = size;
	}
	var = var_add(view, HBAGENT_VAR_TEXT, oid, len);
	if (!var)
		return false;
	var->text = (uint32_t)view->text_len;
	var->len = (uint32_t)bytes_len;
	if (bytes_len > 0)
		memcpy(view->text + view->text_len, bytes, bytes_len);
	view->text_len += bytes_len;
	return true;
}

#define OID(...)                                                                         \
	(const uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4
#define INTEGER(view, n, ...)                                                            \
	number_add(view, HBAGENT_VAR_INTEGER, (int32_t)(n), OID(__VA_ARGS__))
#define COUNTER(view, n, ...)                                                            \
	number_add(view, HBAGENT_VAR_COUNTER, (int32_t)(n), OID(__VA_ARGS__))
#define TEXT(view, s, ...) bytes_add(view, s, strlen(s), OID(__VA_ARGS__))

/* ---- Scalars ---- */

static bool
is_live(const struct hbagent_node *node)
{
	return node->status == HBAGENT_STATUS_UP || node->status == HBAGENT_STATUS_ACTIVE;
}

static bool
cluster_add(struct hbagent_view *view, const struct hbagent_facts *facts)
{
	size_t total = 0, live = 0;

	for (size_t i = 0; i < facts->node_count; i++) {
		if (facts->node[i].type == HBAGENT_TYPE_PING)
			continue;
		total++;
		live += is_live(&facts->node[i]);
	}
	return COUNTER(view, total, 1, 1, 0) && COUNTER(view, live, 1, 2, 0) &&
	       INTEGER(view, hbagent_facts_self_index(facts), 1, 3, 0) &&
	       COUNTER(view, facts->group_count, 1, 4, 0);
}

static int32_t
failback_number(const char *word)
{
	static const char *const yes[] = { "on", "true", "yes", "y", "1" };

	if (strcasecmp(word, "legacy") == 0)
		return HBAGENT_FAILBACK_LEGACY;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		if (strcasecmp(word, yes[i]) == 0)
			return HBAGENT_FAILBACK_ON;
	return HBAGENT_FAILBACK_OFF;
}

static bool
config_add(struct hbagent_view *view, const struct hbagent_facts *facts)
{
	for (size_t i = 0; i < HBAGENT_PARAM_COUNT; i++) {
		uint32_t number = hbagent_params[i].number;
		const char *value = facts->param[i];
		bool done;

		if (number == 0)
			continue;
		if (number != HBAGENT_PARAM_FAILBACK)
			done = TEXT(view, value[0] ? value : NOT_KNOWN, 7, number, 0);
		else
			done = !value[0] ||
			       INTEGER(view, failback_number(value), 7, number, 0);
		if (!done)
			return false;
	}
	return true;
}

/* ---- Tables ---- */

static bool
node_add(struct hbagent_view *view, const struct hbagent_node *node, uint32_t column,
    uint32_t n)
{
	switch (column) {
	case HBAGENT_NODE_NAME:
		return TEXT(view, node->name, 2, 1, column, n);
	case 3:
		return INTEGER(view, node->type, 2, 1, column, n);
	case HBAGENT_NODE_STATUS:
		return INTEGER(view, node->status, 2, 1, column, n);
	case 5:
		return TEXT(view, node->uuid[0] ? node->uuid : NOT_KNOWN, 2, 1, column,
		    n);
	default:
		return COUNTER(view, node->link_count, 2, 1, column, n);
	}
}

static bool
links_add(struct hbagent_view *view, const struct hbagent_node *node, uint32_t column,
    uint32_t n)
{
	bool done = true;

	for (uint32_t i = 0; done && i < node->link_count; i++)
		done = column == HBAGENT_LINK_NAME
		           ? TEXT(view, node->link[i].name, 3, 1, column, n, i + 1)
		           : INTEGER(view, node->link[i].status, 3, 1, column, n, i + 1);
	return done;
}

static bool
group_add(struct hbagent_view *view, const struct hbagent_facts *facts, uint32_t column,
    uint32_t n)
{
	const struct hbagent_group *group = &facts->group[n - 1];

	switch (column) {
	case 2:
		return TEXT(view, group->master, 4, 1, column, n);
	case 3:
		return TEXT(view, group->resources, 4, 1, column, n);
	default:
		return INTEGER(view, hbagent_group_status(facts, group), 4, 1, column, n);
	}
}

/* DateAndTime in UTC: year, month, day, hour, minute, second, tenths. */
static bool
date_add(struct hbagent_view *view, int64_t seconds, const uint32_t *oid, size_t len)
{
	time_t when = (time_t)seconds;
	struct tm tm;
	uint8_t date[11] = { 0 };

	if (!gmtime_r(&when, &tm))
		return true;
	date[0] = (uint8_t)((tm.tm_year + 1900) >> 8);
	date[1] = (uint8_t)(tm.tm_year + 1900);
	date[2] = (uint8_t)(tm.tm_mon + 1);
	date[3] = (uint8_t)tm.tm_mday;
	date[4] = (uint8_t)tm.tm_hour;
	date[5] = (uint8_t)tm.tm_min;
	date[6] = (uint8_t)tm.tm_sec;
	date[8] = '+';
	return bytes_add(view, date, sizeof(date), oid, len);
}

/* What heartbeat itself knows: who is heard is a member.  When the others' machines were
 * started nobody tells. */
static bool
member_add(struct hbagent_view *view, const struct hbagent_facts *facts, uint32_t column,
    uint32_t n)
{
	const struct hbagent_node *node = &facts->node[n - 1];

	if (node->type == HBAGENT_TYPE_PING)
		return true;
	switch (column) {
	case 2:
		return TEXT(view, node->name, 6, 1, column, n);
	case 3:
		return !node->address[0] || TEXT(view, node->address, 6, 1, column, n);
	case 4:
		return TEXT(view, facts->cluster[0] ? facts->cluster : NOT_KNOWN, 6, 1,
		    column, n);
	case 5: /* TruthValue */
		return INTEGER(view, node->status == HBAGENT_STATUS_ACTIVE ? 1 : 2, 6, 1,
		    column, n);
	case 6:
		return INTEGER(view, node->change, 6, 1, column, n);
	default:
		return facts->boot_s == 0 || n != hbagent_facts_self_index(facts) ||
		       date_add(view, facts->boot_s, OID(6, 1, column, n));
	}
}

static bool
nodes_add(struct hbagent_view *view, const struct hbagent_facts *facts)
{
	bool done = true;

	for (uint32_t column = 2; column <= 6; column++)
		for (uint32_t i = 0; done && i < facts->node_count; i++)
			done = node_add(view, &facts->node[i], column, i + 1);
	for (uint32_t column = 2; column <= 3; column++)
		for (uint32_t i = 0; done && i < facts->node_count; i++)
			done = links_add(view, &facts->node[i], column, i + 1);
	return done;
}

static bool
groups_add(struct hbagent_view *view, const struct hbagent_facts *facts)
{
	bool done = true;

	for (uint32_t column = 2; column <= 4; column++)
		for (uint32_t i = 0; done && i < facts->group_count; i++)
			done = group_add(view, facts, column, i + 1);
	for (uint32_t column = 2; column <= 7; column++)
		for (uint32_t i = 0; done && i < facts->node_count; i++)
			done = member_add(view, facts, column, i + 1);
	return done;
}

/* ---- Looking up ---- */

static int
oid_compare(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len)
{
	for (size_t i = 0; i < a_len && i < b_len; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return a_len == b_len ? 0 : a_len < b_len ? -1 : 1;
}

/* The number of variables before OID. */
static size_t
view_place(const struct hbagent_view *view, const uint32_t *oid, size_t oid_len)
{
	size_t from = 0, to = view->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct hbagent_var *var = &view->var[middle];

		if (oid_compare(var->oid, var->oid_len, oid, oid_len) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool
var_is(const struct hbagent_var *var, const uint32_t *oid, size_t oid_len)
{
	return oid_compare(var->oid, var->oid_len, oid, oid_len) == 0;
}

const struct hbagent_var *
hbagent_view_find(const struct hbagent_view *view, const uint32_t *oid, size_t oid_len)
{
	size_t i = view_place(view, oid, oid_len);

	return i < view->count && var_is(&view->var[i], oid, oid_len) ? &view->var[i]
	                                                              : NULL;
}

const struct hbagent_var *
hbagent_view_next(const struct hbagent_view *view, const uint32_t *oid, size_t oid_len,
    bool inclusive)
{
	size_t i = view_place(view, oid, oid_len);

	if (!inclusive && i < view->count && var_is(&view->var[i], oid, oid_len))
		i++;
	return i < view->count ? &view->var[i] : NULL;
}

/* ---- Life ---- */

static void
view_check(const struct hbagent_view *view)
{
	for (size_t i = 1; i < view->count; i++)
		assert(oid_compare(view->var[i - 1].oid, view->var[i - 1].oid_len,
		           view->var[i].oid, view->var[i].oid_len) < 0);
}

struct hbagent_view *
hbagent_view_new(const struct hbagent_facts *facts)
{
	struct hbagent_view *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	if (!cluster_add(view, facts) || !nodes_add(view, facts) ||
	    !groups_add(view, facts) || !config_add(view, facts)) {
		hbagent_view_free(view);
		return NULL;
	}
	view_check(view);
	return view;
}

void
hbagent_view_free(struct hbagent_view *view)
{
	if (!view)
		return;
	free(view->var);
	free(view->text);
	free(view);
}
