/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of nodes and of a node's links. */
#include "heartbeat/libhbclient/private.h"

#include <errno.h>
#include <strings.h>

void
hbc_walk_clear(struct hbc_walk *walk)
{
	free(walk->entry);
	*walk = (struct hbc_walk){ .entry = NULL };
}

static int
walk_add(struct hbc_walk *walk, const struct msg *answer, const char *name)
{
	const char *type = msg_str(answer, "nodetype"), *status = msg_str(answer, "st");
	struct hbc_entry *entry =
	    realloc(walk->entry, (walk->count + 1) * sizeof(*walk->entry));

	if (!entry)
		return -ENOMEM;
	walk->entry = entry;
	entry += walk->count++;
	hbc_copy(entry->name, sizeof(entry->name), name);
	hbc_copy(entry->type, sizeof(entry->type), type ? type : "");
	hbc_copy(entry->status, sizeof(entry->status), status ? status : "");
	return 0;
}

/* Fetches the whole list; FIELD has the name of each. */
static int
walk_fetch(struct hbc *hbc, struct hbc_walk *walk, const char *reqtype,
    const struct client_field *fields, const char *field)
{
	const struct msg *answer;
	int r = hbc_ask(hbc, reqtype, fields, &answer);

	for (size_t i = 0; r == 0 && i < HBC_LIST_MAX; i++) {
		bool more = hbc_is_result(answer, "ok/more");
		const char *name = msg_str(answer, field),
		           *info = msg_str(answer, "info");

		if (!more && !hbc_is_result(answer, "OK"))
			return hbc_error(hbc, "%s", info ? info : "");
		if (!name)
			return hbc_error(hbc, "No %s in API reply", field);
		if (walk_add(walk, answer, name) < 0)
			return hbc_error(hbc, "out of memory");
		if (!more) {
			walk->left = walk->count;
			walk->is_open = true;
			walk->asked = instant_now();
			return HA_OK;
		}
		r = hbc_answer(hbc, &answer);
	}
	return r < 0 ? HA_FAIL : hbc_error(hbc, "a list without an end");
}

static int
walk_open(struct hbc *hbc, struct hbc_walk *walk, const char *reqtype,
    const struct client_field *fields, const char *field)
{
	hbc_walk_clear(walk);
	if (walk_fetch(hbc, walk, reqtype, fields, field) == HA_OK)
		return HA_OK;
	hbc_walk_clear(walk);
	return HA_FAIL;
}

static const char *
walk_next(struct hbc_walk *walk)
{
	if (walk->left > 0)
		return walk->entry[--walk->left].name;
	walk->asked = INSTANT_NEVER; /* none was handed out last */
	return NULL;
}

const struct hbc_entry *
hbc_walk_here(const struct hbc_walk *walk, const char *name)
{
	if (!name || walk->left == walk->count || !instant_is_set(walk->asked) ||
	    instant_diff_ms(instant_now(), walk->asked) > HBC_FRESH_MS ||
	    strcmp(walk->entry[walk->left].name, name) != 0)
		return NULL;
	return &walk->entry[walk->left];
}

/* ---- Nodes ---- */

int
hbc_nodes_open(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "init_nodewalk");

	return hbc ? walk_open(hbc, &hbc->nodes, "nodelist", NULL, "node") : HA_FAIL;
}

const char *
hbc_nodes_next(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "nextnode");

	return hbc ? walk_next(&hbc->nodes) : NULL;
}

int
hbc_nodes_close(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "end_nodewalk");

	if (!hbc)
		return HA_FAIL;
	hbc_walk_clear(&hbc->nodes);
	return HA_OK;
}

/* ---- Links ---- */

int
hbc_links_open(ll_cluster_t *cluster, const char *node)
{
	struct hbc *hbc = hbc_online(cluster, "init_ifwalk");
	char copy[256];
	int r;

	if (!hbc)
		return HA_FAIL;
	hbc_copy(copy, sizeof(copy), node ? node : "");
	r = walk_open(hbc, &hbc->links, "iflist",
	    (struct client_field[]){ { "node", node }, { NULL, NULL } }, "ifname");
	if (r == HA_OK)
		hbc_copy(hbc->links.node, sizeof(hbc->links.node), copy);
	return r;
}

const char *
hbc_links_next(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "nextif");

	return hbc ? walk_next(&hbc->links) : NULL;
}

int
hbc_links_close(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "end_ifwalk");

	if (!hbc)
		return HA_FAIL;
	hbc_walk_clear(&hbc->links);
	return HA_OK;
}
