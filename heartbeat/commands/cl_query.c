/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to the daemon.  Lists come in the order of ha.cf and are turned round, as the
 * old library did and scripts expect.  Daemons before 3.0.6 give lists of names only;
 * what is missing is asked for.
 */
#include "heartbeat/commands/cl_status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LIST_MAX 10000 /* entries of a list: more is no daemon of ours */

static void
text_copy(char *out, size_t size, const char *text)
{
	size_t len = text ? strnlen(text, size - 1) : 0;

	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
}

static bool
is_result(const struct msg *m, const char *want)
{
	const char *result = msg_str(m, "result");

	return result && strcmp(result, want) == 0;
}

int
cl_value_ask(struct client *client, const char *reqtype,
    const struct client_field *fields, const char *name, char value[CL_VALUE_SIZE],
    struct instant deadline)
{
	const struct msg *answer;
	int r = client_ask(client, reqtype, fields, deadline);

	value[0] = '\0';
	if (r == 0)
		r = client_answer(client, &answer, deadline);
	if (r < 0)
		return r;
	if (!is_result(answer, "OK")) {
		text_copy(value, CL_VALUE_SIZE, msg_str(answer, "info"));
		return -EPERM;
	}
	if (!msg_str(answer, name))
		return -ENOENT;
	text_copy(value, CL_VALUE_SIZE, msg_str(answer, name));
	return 0;
}

/* Asks for a list and hands each entry to TAKE, which returns 0 or -ENOMEM.  WHY: the
 * refusal. */
static int
list_ask(struct client *client, const char *reqtype, const struct client_field *fields,
    int (*take)(void *list, const struct msg *entry), void *list, char *why,
    struct instant deadline)
{
	int r = client_ask(client, reqtype, fields, deadline);

	for (size_t i = 0; r == 0 && i < LIST_MAX; i++) {
		const struct msg *entry;
		bool more;

		r = client_answer(client, &entry, deadline);
		if (r < 0)
			return r;
		more = is_result(entry, "ok/more");
		if (!more && !is_result(entry, "OK")) {
			text_copy(why, CL_VALUE_SIZE, msg_str(entry, "info"));
			return -EPERM;
		}
		r = take(list, entry);
		if (!more)
			return r;
	}
	return r < 0 ? r : -EPROTO;
}

/* ---- Links ---- */

static int
link_take(void *data, const struct msg *entry)
{
	struct cl_links *links = data;
	struct cl_link *list = realloc(links->list, (links->count + 1) * sizeof(*list));

	if (!list)
		return -ENOMEM;
	links->list = list;
	memmove(list + 1, list, links->count * sizeof(*list));
	links->count++;
	text_copy(list->name, sizeof(list->name), msg_str(entry, "ifname"));
	text_copy(list->status, sizeof(list->status), msg_str(entry, "st"));
	return 0;
}

int
cl_links_ask(struct client *client, const char *node, bool status, struct cl_links *links,
    char why[CL_VALUE_SIZE], struct instant deadline)
{
	int r;

	*links = (struct cl_links){ 0 };
	r = list_ask(client, "iflist",
	    (struct client_field[]){ { "node", node }, { NULL, NULL } }, link_take, links,
	    why, deadline);
	for (size_t i = 0; r == 0 && status && i < links->count; i++) {
		struct cl_link *link = &links->list[i];
		char value[CL_VALUE_SIZE];

		if (link->status[0])
			continue;
		r = cl_value_ask(client, "ifstatus",
		    (struct client_field[]){ { "node", node }, { "ifname", link->name },
		        { NULL, NULL } },
		    "st", value, deadline);
		text_copy(link->status, sizeof(link->status), value);
	}
	if (r < 0) {
		free(links->list);
		*links = (struct cl_links){ 0 };
	}
	return r;
}

/* ---- Nodes ---- */

static int
node_take(void *data, const struct msg *entry)
{
	struct cl_nodes *nodes = data;
	struct cl_node *list = realloc(nodes->list, (nodes->count + 1) * sizeof(*list));

	if (!list)
		return -ENOMEM;
	nodes->list = list;
	memmove(list + 1, list, nodes->count * sizeof(*list));
	nodes->count++;
	*list = (struct cl_node){ .link = NULL };
	text_copy(list->name, sizeof(list->name), msg_str(entry, "node"));
	text_copy(list->status, sizeof(list->status), msg_str(entry, "st"));
	text_copy(list->type, sizeof(list->type), msg_str(entry, "nodetype"));
	return 0;
}

static int
node_complete(struct client *client, struct cl_node *node, bool links,
    struct instant deadline)
{
	const struct client_field fields[] = { { "node", node->name }, { NULL, NULL } };
	char value[CL_VALUE_SIZE];
	struct cl_links found;
	int r = 0;

	if (!node->status[0]) {
		r = cl_value_ask(client, "nodestatus", fields, "st", value, deadline);
		text_copy(node->status, sizeof(node->status), value);
	}
	if (r == 0 && !node->type[0]) {
		r = cl_value_ask(client, "nodetype", fields, "nodetype", value, deadline);
		text_copy(node->type, sizeof(node->type), value);
	}
	if (r < 0 || !links)
		return r;
	r = cl_links_ask(client, node->name, true, &found, value, deadline);
	if (r < 0 && r != -EPERM) /* a node may have none */
		return r;
	node->link = found.list ? found.list : calloc(1, sizeof(*node->link));
	node->link_count = found.count;
	return node->link ? 0 : -ENOMEM;
}

int
cl_nodes_ask(struct client *client, bool links, struct cl_nodes *nodes,
    struct instant deadline)
{
	char why[CL_VALUE_SIZE];
	int r;

	*nodes = (struct cl_nodes){ 0 };
	r = list_ask(client, "nodelist", NULL, node_take, nodes, why, deadline);
	for (size_t i = 0; r == 0 && i < nodes->count; i++)
		r = node_complete(client, &nodes->list[i], links, deadline);
	if (r < 0)
		cl_nodes_free(nodes);
	return r;
}

void
cl_nodes_free(struct cl_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++)
		free(nodes->list[i].link);
	free(nodes->list);
	*nodes = (struct cl_nodes){ 0 };
}

/* ---- Clients ---- */

/* Is M what we wait for?  The node itself answers, or the local daemon for it; while we
 * wait, others may come and go. */
static bool
is_client_answer(const struct msg *m, const char *node, const char *name)
{
	const char *src = msg_str(m, "src"), *client = msg_str(m, "cn");

	if (strcmp(msg_type(m), "hbapi-resp") == 0)
		return true;
	return strcmp(msg_type(m), "respond-cstatus") == 0 && client &&
	       strcmp(client, name) == 0 && src && strcasecmp(src, node) == 0;
}

int
cl_client_ask(struct client *client, const char *node, const char *name, int64_t wait_ms,
    char value[CL_VALUE_SIZE], struct instant deadline)
{
	struct instant patience = instant_add_ms(instant_now(), wait_ms);
	const struct msg *m;
	int r;

	r = client_ask(client, "clientstatus",
	    (struct client_field[]){ { "node", node }, { "cn", name }, { NULL, NULL } },
	    deadline);
	if (r < 0)
		return r;
	do {
		r = client_read(client, &m, instant_min(patience, deadline));
		if (r == -ETIMEDOUT && !instant_is_reached(deadline, instant_now()))
			r = -ETIME;
		if (r < 0)
			return r;
	} while (!is_client_answer(m, node, name));
	if (!is_result(m, "OK") || !msg_str(m, "cs"))
		return -EPERM;
	text_copy(value, CL_VALUE_SIZE, msg_str(m, "cs"));
	return 0;
}
