/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SNMP subagent: whatever messages a daemon sends, as answers or as events, the facts
 * stay within their bounds, each trap names rows that are there, and a walk over the
 * variables sees each once, in order, with printable text of bearable length.
 */
#include "tests/fuzz/fuzz.h"

#include "heartbeat/helpers/hbagent/view.h"

static const struct hbagent_facts *watched;

static void
trap_check(void *data, const struct hbagent_trap *trap)
{
	const struct hbagent_node *node;

	(void)data;
	FUZZ_MUST(trap->node_index >= 1 && trap->node_index <= watched->node_count);
	node = &watched->node[trap->node_index - 1];
	FUZZ_MUST(strcmp(trap->node, node->name) == 0);
	if (trap->kind == HBAGENT_TRAP_LINK)
		FUZZ_MUST(trap->link_index >= 1 && trap->link_index <= node->link_count);
}

static const struct hbagent_sink sink = { .trap = trap_check };

static void
facts_check(const struct hbagent_facts *facts)
{
	struct hbagent_view *view = hbagent_view_new(facts);
	const struct hbagent_var *var;
	size_t steps = 0;

	if (!view)
		abort();
	for (var = hbagent_view_next(view, NULL, 0, true); var;
	     var = hbagent_view_next(view, var->oid, var->oid_len, false)) {
		FUZZ_MUST(hbagent_view_find(view, var->oid, var->oid_len) == var);
		FUZZ_MUST(var->len < HBAGENT_TEXT_SIZE &&
		          var->text + var->len <= view->text_len);
		for (size_t i = 0; var->type == HBAGENT_VAR_TEXT && i < var->len; i++)
			FUZZ_MUST((uint8_t)view->text[var->text + i] >= ' ');
		steps++;
	}
	FUZZ_MUST(steps == view->count);
	hbagent_view_free(view);
}

/* One message, used in every way that there is. */
static void
message_use(struct hbagent_facts *facts, const struct msg *m)
{
	hbagent_facts_event(facts, m, &sink);
	hbagent_facts_node_add(facts, m);
	if (facts->node_count > 0) {
		hbagent_node_link_add(&facts->node[facts->node_count - 1], m);
		hbagent_node_uuid_take(&facts->node[facts->node_count - 1], m);
	}
	hbagent_facts_param_take(facts, facts->node_count % HBAGENT_PARAM_COUNT,
	    msg_str(m, "pvalue"));
	hbagent_facts_hold_take(facts, msg_str(m, "rsc_hold"));
}

/* The input: messages, each behind its length in two bytes. */
static void
messages_read(struct hbagent_facts *facts, const uint8_t *data, size_t size)
{
	while (size >= 2) {
		size_t len = (size_t)data[0] << 8 | data[1];
		struct msg_trust trust = { .keys = NULL };
		struct msg m;
		uint8_t *copy;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		copy = fuzz_copy(data, len);
		msg_init(&m, NULL, 0);
		if (msg_decode(&m, copy, len, &trust, NULL, 0, NULL) == MSG_DROP_NONE)
			message_use(facts, &m);
		free(copy);
		data += len;
		size -= len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hbagent_facts facts = { .self = "alpha" }, half = { .self = "alpha" };

	watched = &facts;
	messages_read(&facts, data, size);
	facts_check(&facts);
	watched = &half;
	messages_read(&half, data, size / 2);
	facts_check(&half);
	watched = &facts;
	hbagent_facts_follow(&half, &facts, &sink);
	facts_check(&facts);
	hbagent_facts_clear(&facts);
	hbagent_facts_clear(&half);
	return 0;
}
