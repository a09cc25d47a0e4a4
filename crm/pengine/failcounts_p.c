/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often operations failed on nodes, profile P (spec 12.5). */
#include "crm/pengine/private.h"

#include <stdlib.h>

/* Clusters from 3.0.13 on count per operation, "fail-count-NAME#OP_INTERVAL", older ones per resource.
 * What the other kind wrote does not count.  NULL: it is of no resource. */
static const char *
name_counted(struct pe *pe, const char *attribute, size_t prefix)
{
	const char *set = xml_get(pe->cib, "crm_feature_set");
	const char *name = attribute + prefix, *hash = strchr(name, '#');

	if (!set || version_compare(set, "3.0.13") < 0)
		return name;
	const char *interval = hash ? strrchr(hash, '_') : NULL;

	if (!interval || interval < hash + 2 || !interval[1] ||
	    interval[1 + strspn(interval + 1, "0123456789")] != '\0')
		return NULL;
	return arena_printf(&pe->arena, "%.*s", (int)(hash - name), name);
}

static struct failures *
failures_of(struct pe *pe, struct table *of, const char *name)
{
	struct failures *f = (struct failures *)(uintptr_t)table_find(of, name);

	if (!f) {
		f = ARENA_NEW(&pe->arena, struct failures);
		table_set(of, name, f);
	}
	return f;
}

static void
failures_add(struct failures *sum, const struct failures *more)
{
	if (!more)
		return;
	sum->count = score_add(sum->count, more->count);
	if (more->last > sum->last)
		sum->last = more->last;
}

const char *
name_without_number(struct pe *pe, const char *name)
{
	const char *colon = strrchr(name, ':');

	if (!colon || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")] != '\0')
		return name;
	return arena_printf(&pe->arena, "%.*s", (int)(colon - name), name);
}

void
fail_counts_read(struct pe *pe, struct node *node)
{
	TABLE_EACH (&node->attrs, e) {
		bool count = strncmp(e->name, "fail-count-", 11) == 0,
		     last = strncmp(e->name, "last-failure-", 13) == 0;
		const char *name =
		    count || last ? name_counted(pe, e->name, count ? 11 : 13) : NULL;
		struct failures *f =
		    name ? failures_of(pe, &node->fail_count, name) : NULL;
		int64_t when = f && last ? strtoll(e->value, NULL, 10) : 0;

		if (f && count)
			f->count = score_add(f->count, score_parse(e->value));
		else if (f && when > f->last)
			f->last = when;
	}
	TABLE_EACH (&node->fail_count, e)
		failures_add(failures_of(pe, &node->fail_sum,
		                 name_without_number(pe, e->name)),
		    e->value);
}

/* What was recorded says that it failed, and how it is configured that this blocks. */
static bool
blocks(struct pe *pe, const struct rsc *rsc, const xmlNode *recorded)
{
	int rc = value_int(xml_get(recorded, "rc-code"), 0);
	const char *task = xml_get(recorded, "operation");
	struct transition_key key;

	if (!task)
		return false;
	if (!transition_key_read(pe, xml_get(recorded, "transition-key"), &key))
		key.expected = 0;
	/* What is expected is no failure, as long as it says whether it runs. */
	if (rc == key.expected && (rc == 0 || rc == 7 || rc == 8))
		return false;
	struct action policy = { .task = task,
		.key = key_of(pe, rsc->id, task,
		    value_int(xml_get(recorded, "interval"), 0)) };

	if (!op_of_key(pe, rsc, policy.key, true) &&
	    !op_of_key(pe, rsc, policy.key, false))
		return false;
	table_init(&policy.meta, &pe->arena);
	action_policy_p(pe, (struct rsc *)(uintptr_t)rsc, &policy);
	return policy.on_fail == FAIL_BLOCK;
}

static bool
any_blocks(struct pe *pe, const struct rsc *rsc, const char *name,
    const struct node *node)
{
	if (!node->state || rsc->op_count == 0)
		return false;
	XML_EACH (xml_child(xml_child(node->state, "lrm"), "lrm_resources"),
	    "lrm_resource", entry) {
		if (!same(xml_get(entry, "id"), name))
			continue;
		XML_EACH (entry, "lrm_rsc_op", xml)
			if (blocks(pe, rsc, xml))
				return true;
	}
	return false;
}

bool
is_blocked_by_failure(struct pe *pe, const struct rsc *rsc, const struct node *node)
{
	const char *name = rsc->history_id ? rsc->history_id : rsc->id;
	struct block_asked *last = &pe->block_asked;

	/* Each failure of a history asks the same. */
	if (last->rsc != rsc || last->node != node || last->name != name)
		*last = (struct block_asked){ rsc, node, name,
			any_blocks(pe, rsc, name, node) };
	return last->blocks;
}

int
fail_count_recorded(struct pe *pe, const struct rsc *rsc, const struct node *node,
    int64_t *last)
{
	const char *name = rsc->history_id ? rsc->history_id : rsc->id;
	struct failures sum = { 0 };

	*last = 0;
	if (node->fail_count.entry_count == 0)
		return 0;
	if (rsc->unique)
		failures_add(&sum, table_find(&node->fail_count, name));
	else
		failures_add(&sum,
		    table_find(&node->fail_sum, name_without_number(pe, name)));
	*last = sum.last;
	return sum.count;
}

int
fail_count_of(struct pe *pe, const struct rsc *rsc, const struct node *node,
    bool *expired, int64_t *last)
{
	int64_t when;
	int count = fail_count_recorded(pe, rsc, node, &when);

	if (expired)
		*expired = false;
	if (last)
		*last = when;
	if (count <= 0 || rsc->failure_timeout_ms <= 0 || when <= 0 ||
	    when + rsc->failure_timeout_ms / 1000 >= pe->now.seconds)
		return count;
	if (is_blocked_by_failure(pe, rsc, node)) {
		pe_say_once(pe,
		    arena_printf(&pe->arena,
		        "Ignoring failure timeout %s for %s because it conflicts with "
		        "on-fail=block",
		        table_get(&rsc->meta, "failure-timeout"), rsc->id));
		return count;
	}
	if (expired)
		*expired = true;
	return 0;
}
