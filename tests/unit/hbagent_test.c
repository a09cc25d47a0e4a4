/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the SNMP subagent knows: facts from messages, traps, and the list of variables. */
#include "tests/unit/check.h"

#include "heartbeat/helpers/hbagent/view.h"
#include "lib/array.h"

#include <errno.h>
#include <stdlib.h>

static char told[1024]; /* traps, as "1:bravo:4 5:bravo:3 " */

static void
trap_note(void *data, const struct hbagent_trap *trap)
{
	size_t len = strlen(told);

	(void)data;
	snprintf(told + len, sizeof(told) - len, "%d:%s%s%s:%d ", trap->kind, trap->node,
	    trap->link[0] ? "/" : "", trap->link, trap->status);
}

static const struct hbagent_sink sink = { .trap = trap_note };

/* A message out of "name=value;name=value". */
static struct msg *
message(const char *text)
{
	static uint8_t store[8192];
	static struct msg m;
	char copy[2048], *at = copy, *field;

	snprintf(copy, sizeof(copy), "%s", text);
	msg_init(&m, store, sizeof(store));
	while ((field = strsep(&at, ";"))) {
		char *value = strchr(field, '=');

		*value++ = '\0';
		msg_add_str(&m, field, value);
	}
	return &m;
}

static struct hbagent_facts
facts_make(const char *hold)
{
	struct hbagent_facts facts = { .is_connected = true, .self = "alpha" };

	hbagent_facts_node_add(&facts, message("node=alpha;nodetype=normal;st=active"));
	hbagent_facts_node_add(&facts, message("node=bravo;nodetype=normal;st=active"));
	hbagent_facts_node_add(&facts, message("node=10.0.0.1;nodetype=ping;st=ping"));
	hbagent_node_link_add(&facts.node[1], message("ifname=eth0;st=up"));
	hbagent_node_link_add(&facts.node[1], message("ifname=eth1;st=dead"));
	hbagent_facts_hold_take(&facts, hold);
	told[0] = '\0';
	return facts;
}

static void
test_events(void)
{
	static const struct {
		const char *text, *want;
		bool news;
		const char *why;
	} rows[] = {
		{ "t=status;st=dead;src=bravo", "1:bravo:4 5:bravo:3 ", true, "a node dies" },
		{ "t=status;st=active;src=bravo", "", false, "no change" },
		{ "t=status;st=up;src=nosuch", "", true, "somebody new" },
		{ "t=status;st=active", "", true, "nobody" },
		{ "t=NS_st;st=ping;src=10.0.0.1", "", false, "a ping node goes on" },
		{ "t=status;st=dead;src=10.0.0.1;info=ping", "1:10.0.0.1:4 ", true,
		    "a ping node dies" },
		{ "t=ifstat;node=bravo;ifname=eth1;st=up", "3:bravo/eth1:1 ", true,
		    "a link comes" },
		{ "t=ifstat;node=bravo;ifname=eth0;st=up", "", false, "it was up" },
		{ "t=ifstat;node=bravo;ifname=eth9;st=up", "", true, "another link" },
		{ "t=hbapi-clstat;st=join;from_id=lha-snmpagent;src=bravo", "7:bravo:0 ",
		    false, "another agent comes" },
		{ "t=hbapi-clstat;st=leave;from_id=lha-snmpagent;src=bravo", "9:bravo:0 ",
		    false, "and goes" },
		{ "t=hbapi-clstat;st=join;from_id=lha-snmpagent;src=alpha", "", false,
		    "that is us" },
		{ "t=hbapi-clstat;st=join;from_id=ipfail;src=bravo", "", false,
		    "not an agent" },
		{ "t=hbapi-clstat;st=jump;from_id=lha-snmpagent;src=bravo", "", false,
		    "no such word" },
		{ "t=delnode;node=bravo", "", true, "the list is another one" },
		{ "t=whatever", "", false, "not for us" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct hbagent_facts facts = facts_make("local");
		bool news = hbagent_facts_event(&facts, message(rows[i].text), &sink);

		CHECK_STR(told, rows[i].want, "%s", rows[i].why);
		CHECK_INT(news, rows[i].news, "%s", rows[i].why);
		hbagent_facts_clear(&facts);
	}
}

/* What no event told becomes a trap, and what fresh answers do not know stays. */
static void
test_follow(void)
{
	struct hbagent_facts old = facts_make("local"), fresh = facts_make("local");

	strcpy(old.node[0].uuid, "00112233-4455-6677-8899-aabbccddeeff");
	fresh.node[1].status = HBAGENT_STATUS_DEAD;
	fresh.node[1].link[0].status = HBAGENT_LINK_DOWN;
	hbagent_facts_follow(&old, &fresh, &sink);
	CHECK_STR(told, "1:bravo:4 5:bravo:3 3:bravo/eth0:2 ", "both changes");
	CHECK_STR(fresh.node[0].uuid, "00112233-4455-6677-8899-aabbccddeeff", "kept");
	CHECK_INT(fresh.node[1].change, HBAGENT_CHANGE_LEFT, "left");
	CHECK_INT(fresh.node[0].change, HBAGENT_CHANGE_NONE, "nothing happened");
	hbagent_facts_clear(&old);
	hbagent_facts_clear(&fresh);
}

static void
test_groups(void)
{
	static const struct {
		const char *hold, *names;
		size_t nodes;
		int own, others;
		const char *why;
	} rows[] = {
		{ "none", "", 2, 2, 2, "nothing here" },
		{ "local", "", 2, 1, 2, "our own" },
		{ "foreign", "", 2, 2, 1, "the other's" },
		{ "all", "", 2, 1, 1, "both" },
		{ "transition", "", 2, 0, 0, "who knows" },
		{ "", "", 2, 0, 0, "not told" },
		{ "all", "", 3, 1, 0, "of several others it may be any" },
		{ "all", "alpha bravo", 3, 1, 1, "and here it is told" },
		{ "all", "alpha bravo2", 3, 1, 2, "a name is a whole word" },
	};
	struct hbagent_group own = { .master = "alpha" }, other = { .master = "bravo" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct hbagent_facts facts = facts_make(rows[i].hold);

		facts.node[2].type =
		    rows[i].nodes == 3 ? HBAGENT_TYPE_NORMAL : HBAGENT_TYPE_PING;
		strcpy(facts.held, rows[i].names);
		CHECK_INT(hbagent_group_status(&facts, &own), rows[i].own, "%s",
		    rows[i].why);
		CHECK_INT(hbagent_group_status(&facts, &other), rows[i].others, "%s",
		    rows[i].why);
		hbagent_facts_clear(&facts);
	}
}

static void
test_bounds(void)
{
	struct hbagent_facts facts = { 0 };
	struct hbagent_node *node;
	char text[1400];

	CHECK_INT(hbagent_facts_node_add(&facts, message("st=active")), -EINVAL,
	    "no name");
	CHECK_INT(hbagent_facts_node_add(&facts, message("node=")), -EINVAL,
	    "empty name");
	memset(text, 'x', sizeof(text));
	memcpy(text, "node=\001", 6);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < HBAGENT_NODE_MAX; i++)
		hbagent_facts_node_add(&facts, message("node=a;nodetype=odd;st=odd"));
	CHECK_INT(hbagent_facts_node_add(&facts, message("node=b")), -ENOSPC, "too many");
	node = &facts.node[0];
	CHECK_INT(node->type + node->status, 0, "odd words are unknown");
	for (size_t i = 0; i < HBAGENT_LINK_MAX; i++)
		hbagent_node_link_add(node, message("ifname=eth0;st=up"));
	CHECK_INT(hbagent_node_link_add(node, message("ifname=eth0")), -ENOSPC,
	    "too many");
	hbagent_text_copy(node->name, sizeof(node->name), text + 5);
	CHECK_INT(strlen(node->name), sizeof(node->name) - 1, "cut");
	CHECK(node->name[0] == '?', "cleaned");
	hbagent_facts_clear(&facts);
}

static void
test_view(void)
{
	struct hbagent_facts facts = facts_make("local");
	struct hbagent_view *view = hbagent_view_new(&facts);
	const uint32_t total[] = { 1, 1, 0 }, none[] = { 2, 1, 2, 9 },
	               link[] = { 3, 1, 2, 2, 2 };
	const struct hbagent_var *var = hbagent_view_find(view, total, 3);
	size_t steps = 0;

	CHECK(var && var->number == 2 && var->type == HBAGENT_VAR_COUNTER);
	CHECK(!hbagent_view_find(view, none, 4));
	CHECK(!hbagent_view_find(view, total, 2));
	var = hbagent_view_find(view, link, 5);
	CHECK(var && var->len == 4 && memcmp(view->text + var->text, "eth1", 4) == 0,
	    "no NUL at the end");
	CHECK(hbagent_view_next(view, link, 5, true) == var);
	CHECK(hbagent_view_next(view, link, 5, false) == var + 1);
	for (var = hbagent_view_next(view, NULL, 0, false); var;
	     var = hbagent_view_next(view, var->oid, var->oid_len, false))
		steps++;
	CHECK_INT(steps, view->count, "a walk sees each once");
	hbagent_view_free(view);
	hbagent_facts_clear(&facts);
}

static const struct check_case cases[] = {
	{ "events", test_events },
	{ "follow", test_follow },
	{ "groups", test_groups },
	{ "bounds", test_bounds },
	{ "view", test_view },
};

CHECK_MAIN("hbagent", cases)
