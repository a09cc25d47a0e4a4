/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions one after the other: the daemon drops a client that has many answers waiting.
 * A refusal is an answer too, "not known".
 */
#include "heartbeat/helpers/hbagent/hbagent.h"

#include <errno.h>
#include <string.h>

#define LIST_MAX 10000 /* entries: more is no daemon of ours */

static int
ask(struct client *client, const char *reqtype, const char *name, const char *value,
    const struct msg **answer, struct instant deadline)
{
	const struct client_field fields[] = { { name, value }, { NULL, NULL } };
	int r = client_ask(client, reqtype, fields, deadline);

	return r < 0 ? r : client_answer(client, answer, deadline);
}

static bool
is_more(const struct msg *answer)
{
	const char *result = msg_str(answer, "result");

	return result && strcmp(result, "ok/more") == 0;
}

static bool
is_ok(const struct msg *answer)
{
	const char *result = msg_str(answer, "result");

	return result && (strcmp(result, "OK") == 0 || strcmp(result, "ok/more") == 0);
}

/* Hands each entry to TAKE; what that leaves out is left out. */
static int
list_ask(struct client *client, const char *reqtype, const char *name, const char *value,
    int (*take)(void *to, const struct msg *entry), void *to, struct instant deadline)
{
	const struct msg *entry;
	int r = ask(client, reqtype, name, value, &entry, deadline);

	for (size_t i = 0; r == 0 && i < LIST_MAX; i++) {
		bool more = is_more(entry);

		if (is_ok(entry) && take(to, entry) == -ENOMEM)
			return -ENOMEM;
		if (!more)
			return 0;
		r = client_answer(client, &entry, deadline);
	}
	return r < 0 ? r : -EPROTO;
}

static int
node_take(void *facts, const struct msg *entry)
{
	return hbagent_facts_node_add(facts, entry);
}

static int
link_take(void *node, const struct msg *entry)
{
	return hbagent_node_link_add(node, entry);
}

/* ---- Everything of a kind ---- */

static const char *
uuid_known(const struct hbagent_facts *old, const char *name)
{
	for (size_t i = 0; i < old->node_count; i++)
		if (strcmp(old->node[i].name, name) == 0)
			return old->node[i].uuid;
	return "";
}

static int
node_complete(struct client *client, const struct hbagent_facts *old,
    struct hbagent_node *node, struct instant deadline)
{
	const struct msg *answer;
	int r = list_ask(client, "iflist", "node", node->name, link_take, node, deadline);

	if (r < 0 || node->type == HBAGENT_TYPE_PING || uuid_known(old, node->name)[0])
		return r;
	r = ask(client, "getuuid", "queryname", node->name, &answer, deadline);
	if (r == 0)
		hbagent_node_uuid_take(node, answer);
	return r;
}

int
hbagent_ask_tables(struct client *client, const struct hbagent_facts *old,
    struct hbagent_facts *facts, struct instant deadline)
{
	const struct msg *answer;
	int r = list_ask(client, "nodelist", NULL, NULL, node_take, facts, deadline);

	for (size_t i = 0; r == 0 && i < facts->node_count; i++)
		r = node_complete(client, old, &facts->node[i], deadline);
	if (r == 0)
		r = ask(client, "getrsc", NULL, NULL, &answer, deadline);
	if (r == 0)
		hbagent_facts_hold_take(facts,
		    is_ok(answer) ? msg_str(answer, "rsc_hold") : NULL);
	return r;
}

int
hbagent_ask_params(struct client *client, struct hbagent_facts *facts,
    struct instant deadline)
{
	const struct msg *answer;
	int r = ask(client, "getparm", "pname", "cluster", &answer, deadline);

	if (r == 0)
		hbagent_text_copy(facts->cluster, sizeof(facts->cluster),
		    msg_str(answer, "pvalue"));
	for (size_t i = 0; r == 0 && i < HBAGENT_PARAM_COUNT; i++) {
		if (!hbagent_params[i].name)
			continue;
		r = ask(client, "getparm", "pname", hbagent_params[i].name, &answer,
		    deadline);
		if (r == 0)
			hbagent_facts_param_take(facts, i, msg_str(answer, "pvalue"));
	}
	return r;
}
