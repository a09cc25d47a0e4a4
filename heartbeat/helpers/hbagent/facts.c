/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat/helpers/hbagent/facts.h"

#include "lib/array.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last three hold addresses and passwords of fencing devices, and the daemon keeps
 * them to itself. */
const struct hbagent_param hbagent_params[HBAGENT_PARAM_COUNT] = {
	{ 1, "hbversion" }, { 3, "keepalive" }, { 4, "deadtime" }, { 5, "deadping" },
	{ 6, "warntime" }, { 7, "initdead" }, { 9, "baud" },
	{ HBAGENT_PARAM_FAILBACK, "auto_failback" }, { 13, NULL }, /* stonith */
	{ 14, NULL },                                              /* stonith_host */
	{ 15, NULL },                                              /* respawn */
};

/* Words of the daemon, by the MIB's numbers. */
static const char *const type_words[] = {
	[HBAGENT_TYPE_NORMAL] = "normal",
	[HBAGENT_TYPE_PING] = "ping",
};
static const char *const status_words[] = {
	[HBAGENT_STATUS_INIT] = "init",
	[HBAGENT_STATUS_UP] = "up",
	[HBAGENT_STATUS_ACTIVE] = "active",
	[HBAGENT_STATUS_DEAD] = "dead",
};
static const char *const link_words[] = {
	[HBAGENT_LINK_UP] = "up",
	[HBAGENT_LINK_DOWN] = "dead",
};

static int
word_find(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 1; word && i < count; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return 0;
}

#define WORD_FIND(words, word) word_find(words, ARRAY_LEN(words), word)

void
hbagent_text_copy(char *out, size_t size, const char *text)
{
	size_t len = text ? strnlen(text, size - 1) : 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		out[i] = (char)(c < ' ' || c == 0x7f ? '?' : c);
	}
	out[len] = '\0';
}

void
hbagent_facts_clear(struct hbagent_facts *facts)
{
	for (size_t i = 0; i < facts->node_count; i++)
		free(facts->node[i].link);
	free(facts->node);
	free(facts->group);
	*facts = (struct hbagent_facts){ 0 };
}

/* ---- Finding ---- */

static struct hbagent_node *
node_find(const struct hbagent_facts *facts, const char *name)
{
	for (size_t i = 0; name && i < facts->node_count; i++)
		if (strcmp(facts->node[i].name, name) == 0)
			return &facts->node[i];
	return NULL;
}

static struct hbagent_link *
link_find(const struct hbagent_node *node, const char *name)
{
	for (size_t i = 0; name && i < node->link_count; i++)
		if (strcmp(node->link[i].name, name) == 0)
			return &node->link[i];
	return NULL;
}

size_t
hbagent_facts_self_index(const struct hbagent_facts *facts)
{
	const struct hbagent_node *self = node_find(facts, facts->self);

	return self ? (size_t)(self - facts->node) + 1 : 0;
}

/* ---- Traps ---- */

static void
node_trap(const struct hbagent_facts *facts, const struct hbagent_node *node,
    const struct hbagent_sink *sink, struct hbagent_trap trap)
{
	trap.node_index = (size_t)(node - facts->node) + 1;
	assert(trap.node_index >= 1 && trap.node_index <= facts->node_count);
	memcpy(trap.node, node->name, sizeof(trap.node));
	sink->trap(sink->data, &trap);
}

static void
link_trap(const struct hbagent_facts *facts, const struct hbagent_node *node,
    const struct hbagent_link *link, const struct hbagent_sink *sink)
{
	struct hbagent_trap trap = { .kind = HBAGENT_TRAP_LINK,
		.link_index = (size_t)(link - node->link) + 1,
		.status = link->status };

	assert(trap.link_index >= 1 && trap.link_index <= node->link_count);
	memcpy(trap.link, link->name, sizeof(trap.link));
	node_trap(facts, node, sink, trap);
}

void
hbagent_facts_self_trap(const struct hbagent_facts *facts, enum hbagent_trap_kind kind,
    const struct hbagent_sink *sink)
{
	struct hbagent_trap trap = { .kind = kind,
		.node_index = hbagent_facts_self_index(facts) };

	memcpy(trap.node, facts->self, sizeof(trap.node));
	sink->trap(sink->data, &trap);
}

/* ---- Answers ---- */

int
hbagent_facts_node_add(struct hbagent_facts *facts, const struct msg *answer)
{
	const char *name = msg_str(answer, "node");
	struct hbagent_node *list, *node;

	if (!name || !*name)
		return -EINVAL;
	if (facts->node_count >= HBAGENT_NODE_MAX)
		return -ENOSPC;
	list = realloc(facts->node, (facts->node_count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	facts->node = list;
	node = &list[facts->node_count++];
	*node = (struct hbagent_node){
		.type =
		    (enum hbagent_type)WORD_FIND(type_words, msg_str(answer, "nodetype")),
		.status =
		    (enum hbagent_status)WORD_FIND(status_words, msg_str(answer, "st")),
		.change = HBAGENT_CHANGE_NONE,
	};
	hbagent_text_copy(node->name, sizeof(node->name), name);
	return 0;
}

int
hbagent_node_link_add(struct hbagent_node *node, const struct msg *answer)
{
	const char *name = msg_str(answer, "ifname");
	struct hbagent_link *list;

	if (!name || !*name)
		return -EINVAL;
	if (node->link_count >= HBAGENT_LINK_MAX)
		return -ENOSPC;
	list = realloc(node->link, (node->link_count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	node->link = list;
	list += node->link_count++;
	hbagent_text_copy(list->name, sizeof(list->name), name);
	list->status =
	    (enum hbagent_link_status)WORD_FIND(link_words, msg_str(answer, "st"));
	return 0;
}

void
hbagent_node_uuid_take(struct hbagent_node *node, const struct msg *answer)
{
	static const uint8_t none[16];
	uint8_t uuid[16];
	char *at = node->uuid;

	node->uuid[0] = '\0';
	if (msg_uuid(answer, "queryuuid", uuid) < 0 ||
	    memcmp(uuid, none, sizeof(none)) == 0)
		return;
	for (size_t i = 0; i < sizeof(uuid); i++)
		at += sprintf(at,
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid[i]);
	assert(at == node->uuid + sizeof(node->uuid) - 1);
}

void
hbagent_facts_param_take(struct hbagent_facts *facts, size_t i, const char *value)
{
	assert(i < HBAGENT_PARAM_COUNT);
	hbagent_text_copy(facts->param[i], sizeof(facts->param[i]), value);
}

int
hbagent_facts_groups_take(struct hbagent_facts *facts, const struct conf_groups *groups)
{
	size_t count =
	    groups->count < HBAGENT_GROUP_MAX ? groups->count : HBAGENT_GROUP_MAX;
	struct hbagent_group *list = calloc(count + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct conf_group *group = &groups->group[i];
		char text[HBAGENT_TEXT_SIZE] = "";
		size_t len = 0;

		hbagent_text_copy(list[i].master, sizeof(list[i].master), group->node);
		for (size_t k = 0; k < group->resource_count && len < sizeof(text) - 1;
		     k++) {
			int n = snprintf(text + len, sizeof(text) - len, "%s%s",
			    k ? " " : "", group->resource[k].word);

			len = n < 0 ? len : len + (size_t)n;
		}
		hbagent_text_copy(list[i].resources, sizeof(list[i].resources), text);
	}
	free(facts->group);
	facts->group = list;
	facts->group_count = count;
	return 0;
}

/* With more than two nodes the word does not say whose sets are held; the daemon's last
 * message did, as long as the word is still the one that came with it. */
void
hbagent_facts_hold_take(struct hbagent_facts *facts, const char *word)
{
	if (!word || strcmp(facts->hold, word) != 0)
		facts->held[0] = '\0';
	hbagent_text_copy(facts->hold, sizeof(facts->hold), word);
}

/* ---- Resources ---- */

static bool
names_have(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = strstr(names, name); at; at = strstr(at + 1, name))
		if ((at == names || strchr(" ,", at[-1])) &&
		    (!at[len] || strchr(" ,", at[len])))
			return true;
	return false;
}

enum hbagent_group_status
hbagent_group_status(const struct hbagent_facts *facts, const struct hbagent_group *group)
{
	bool is_own = strcmp(group->master, facts->self) == 0;
	const char *word = facts->hold;
	size_t normal = 0;

	for (size_t i = 0; i < facts->node_count; i++)
		normal += facts->node[i].type == HBAGENT_TYPE_NORMAL;
	if (strcmp(word, "none") == 0 || strcmp(word, is_own ? "foreign" : "local") == 0)
		return HBAGENT_GROUP_NOT_HERE;
	if (strcmp(word, "all") != 0 && strcmp(word, is_own ? "local" : "foreign") != 0)
		return HBAGENT_GROUP_UNKNOWN; /* nothing yet, or in transition */
	if (is_own || normal <= 2)
		return HBAGENT_GROUP_HERE;
	if (!facts->held[0])
		return HBAGENT_GROUP_UNKNOWN;
	return names_have(facts->held, group->master) ? HBAGENT_GROUP_HERE
	                                              : HBAGENT_GROUP_NOT_HERE;
}

/* ---- Events ---- */

static void
node_change(struct hbagent_node *node, enum hbagent_status status)
{
	if (status == HBAGENT_STATUS_DEAD)
		node->change = HBAGENT_CHANGE_LEFT;
	else if (status == HBAGENT_STATUS_ACTIVE)
		node->change = HBAGENT_CHANGE_JOINED;
	node->status = status;
}

/* Who is heard is a member. */
static void
node_change_tell(const struct hbagent_facts *facts, struct hbagent_node *node,
    enum hbagent_status status, const struct hbagent_sink *sink)
{
	enum hbagent_change was = node->change;

	node_change(node, status);
	node_trap(facts, node, sink,
	    (struct hbagent_trap){ .kind = HBAGENT_TRAP_NODE, .status = (int)status });
	if (node->change != was && node->type != HBAGENT_TYPE_PING)
		node_trap(facts, node, sink,
		    (struct hbagent_trap){ .kind = HBAGENT_TRAP_MEMBER,
		        .status = (int)node->change });
}

static bool
event_status(struct hbagent_facts *facts, const struct msg *m,
    const struct hbagent_sink *sink)
{
	struct hbagent_node *node = node_find(facts, msg_str(m, "src"));
	enum hbagent_status status =
	    (enum hbagent_status)WORD_FIND(status_words, msg_str(m, "st"));

	if (!node)
		return true; /* one that joined by itself */
	if (node->status == status)
		return false; /* "dead" may be told twice */
	node_change_tell(facts, node, status, sink);
	return true;
}

static bool
event_link(struct hbagent_facts *facts, const struct msg *m,
    const struct hbagent_sink *sink)
{
	struct hbagent_node *node = node_find(facts, msg_str(m, "node"));
	struct hbagent_link *link = node ? link_find(node, msg_str(m, "ifname")) : NULL;
	enum hbagent_link_status status =
	    (enum hbagent_link_status)WORD_FIND(link_words, msg_str(m, "st"));

	if (!link)
		return true;
	if (link->status == status)
		return false;
	link->status = status;
	link_trap(facts, node, link, sink);
	return true;
}

/* Agents of other nodes; what we say of ourselves does not depend on an echo. */
static bool
event_agent(struct hbagent_facts *facts, const struct msg *m,
    const struct hbagent_sink *sink)
{
	const char *id = msg_str(m, "from_id"), *src = msg_str(m, "src");
	const char *st = msg_str(m, "st");
	struct hbagent_node *node = node_find(facts, src);
	struct hbagent_trap trap = { 0 };

	if (!id || strcmp(id, HBAGENT_CLIENT) != 0 || !node || !st ||
	    strcmp(src, facts->self) == 0)
		return false;
	if (strcmp(st, "join") == 0)
		trap.kind = HBAGENT_TRAP_ONLINE;
	else if (strcmp(st, "leave") == 0)
		trap.kind = HBAGENT_TRAP_OFFLINE;
	else
		return false;
	node_trap(facts, node, sink, trap);
	return false;
}

static bool
event_resource(struct hbagent_facts *facts, const struct msg *m)
{
	const char *src = msg_str(m, "src"), *names = msg_str(m, "hbhold");

	if (!src || strcmp(src, facts->self) != 0)
		return false;
	hbagent_text_copy(facts->hold, sizeof(facts->hold), msg_str(m, "rsc_hold"));
	hbagent_text_copy(facts->held, sizeof(facts->held), names);
	return true;
}

bool
hbagent_facts_event(struct hbagent_facts *facts, const struct msg *m,
    const struct hbagent_sink *sink)
{
	const char *type = msg_type(m);

	if (strcmp(type, "status") == 0 || strcmp(type, "NS_st") == 0)
		return event_status(facts, m, sink);
	if (strcmp(type, "ifstat") == 0)
		return event_link(facts, m, sink);
	if (strcmp(type, "hbapi-clstat") == 0)
		return event_agent(facts, m, sink);
	if (strcmp(type, "resource") == 0)
		return event_resource(facts, m);
	return strcmp(type, "delnode") == 0 || strcmp(type, "addnode") == 0;
}

/* ---- One after the other ---- */

static void
links_follow(const struct hbagent_facts *fresh, const struct hbagent_node *old,
    struct hbagent_node *node, const struct hbagent_sink *sink)
{
	for (size_t i = 0; i < node->link_count; i++) {
		const struct hbagent_link *was = link_find(old, node->link[i].name);

		if (was && was->status != node->link[i].status)
			link_trap(fresh, node, &node->link[i], sink);
	}
}

void
hbagent_facts_follow(const struct hbagent_facts *facts, struct hbagent_facts *fresh,
    const struct hbagent_sink *sink)
{
	for (size_t i = 0; i < fresh->node_count; i++) {
		struct hbagent_node *node = &fresh->node[i];
		const struct hbagent_node *was = node_find(facts, node->name);
		enum hbagent_status status = node->status;

		if (!was)
			continue;
		if (!node->uuid[0])
			memcpy(node->uuid, was->uuid, sizeof(node->uuid));
		if (!node->address[0])
			memcpy(node->address, was->address, sizeof(node->address));
		node->change = was->change;
		if (status != was->status) {
			node_change_tell(fresh, node, status, sink);
		}
		links_follow(fresh, was, node, sink);
	}
}
