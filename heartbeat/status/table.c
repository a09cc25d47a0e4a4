/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields of each record: what travels over the local API and stands in JSON. */
#include "heartbeat/status/status.h"

#include "lib/array.h"

#include <assert.h>
#include <string.h>

#define FIELD(type, member, kind)                                                        \
	{                                                                                \
#member, kind, offsetof(struct type, member),                            \
		    sizeof(((struct type *)0)->member)                                   \
	}

/* clang-format off */
static const struct status_field cluster_fields[] = {
	FIELD(status_cluster, node, STATUS_TEXT),
	FIELD(status_cluster, version, STATUS_TEXT),
	FIELD(status_cluster, cluster, STATUS_NAME),
	FIELD(status_cluster, managed_by, STATUS_TEXT),
	FIELD(status_cluster, auto_failback, STATUS_NAME),
	FIELD(status_cluster, resources, STATUS_NAME),
	FIELD(status_cluster, now_ms, STATUS_INT),
	FIELD(status_cluster, started_ms, STATUS_INT),
	FIELD(status_cluster, generation, STATUS_INT),
	FIELD(status_cluster, keepalive_ms, STATUS_INT),
	FIELD(status_cluster, warntime_ms, STATUS_INT),
	FIELD(status_cluster, deadtime_ms, STATUS_INT),
	FIELD(status_cluster, initdead_ms, STATUS_INT),
	FIELD(status_cluster, comm_up, STATUS_BOOL),
	FIELD(status_cluster, reduced, STATUS_BOOL),
	FIELD(status_cluster, truncated, STATUS_BOOL),
	FIELD(status_cluster, clients, STATUS_INT),
	FIELD(status_cluster, received, STATUS_INT),
	FIELD(status_cluster, sent, STATUS_INT),
	FIELD(status_cluster, lost, STATUS_INT),
	FIELD(status_cluster, duplicates, STATUS_INT),
	FIELD(status_cluster, resent, STATUS_INT),
	FIELD(status_cluster, bad_frames, STATUS_INT),
	FIELD(status_cluster, stalls, STATUS_INT),
	FIELD(status_cluster, advice_beats, STATUS_INT),
	FIELD(status_cluster, advice_needed, STATUS_INT),
	FIELD(status_cluster, advice_keepalive_ms, STATUS_INT),
	FIELD(status_cluster, advice_warntime_ms, STATUS_INT),
	FIELD(status_cluster, advice_deadtime_ms, STATUS_INT),
	FIELD(status_cluster, fencing_devices, STATUS_INT),
	FIELD(status_cluster, fencing_failed, STATUS_NAME),
};

static const struct status_field node_fields[] = {
	FIELD(status_node, name, STATUS_TEXT),
	FIELD(status_node, type, STATUS_TEXT),
	FIELD(status_node, status, STATUS_TEXT),
	FIELD(status_node, why, STATUS_NAME),
	FIELD(status_node, site, STATUS_NAME),
	FIELD(status_node, self, STATUS_BOOL),
	FIELD(status_node, compatible_only, STATUS_BOOL),
	FIELD(status_node, weight, STATUS_INT),
	FIELD(status_node, generation, STATUS_INT),
	FIELD(status_node, dead_ms, STATUS_INT),
	FIELD(status_node, since_ms, STATUS_INT),
	FIELD(status_node, heard_ago_ms, STATUS_INT),
	FIELD(status_node, fencing, STATUS_NAME),
	FIELD(status_node, fencing_why, STATUS_NAME),
	FIELD(status_node, fencing_since_ms, STATUS_INT),
	FIELD(status_node, fencing_tries, STATUS_INT),
	FIELD(status_node, clock_ms, STATUS_CLOCK),
};

static const struct status_field link_fields[] = {
	FIELD(status_link, node, STATUS_TEXT),
	FIELD(status_link, name, STATUS_TEXT),
	FIELD(status_link, status, STATUS_TEXT),
	FIELD(status_link, self, STATUS_BOOL),
	FIELD(status_link, since_ms, STATUS_INT),
	FIELD(status_link, heard_ago_ms, STATUS_INT),
	FIELD(status_link, beats, STATUS_INT),
	FIELD(status_link, received, STATUS_INT),
	FIELD(status_link, lost, STATUS_INT),
	FIELD(status_link, behind, STATUS_INT),
	FIELD(status_link, duplicates, STATUS_INT),
	FIELD(status_link, outages, STATUS_INT),
	FIELD(status_link, interval_min_us, STATUS_INT),
	FIELD(status_link, interval_mean_us, STATUS_INT),
	FIELD(status_link, interval_max_us, STATUS_INT),
	FIELD(status_link, late_p50_us, STATUS_INT),
	FIELD(status_link, late_p99_us, STATUS_INT),
	FIELD(status_link, late_p999_us, STATUS_INT),
	FIELD(status_link, late_max_us, STATUS_INT),
	FIELD(status_link, late_sum_us, STATUS_INT),
	FIELD(status_link, answer_us, STATUS_INT),
	FIELD(status_link, late_histogram, STATUS_HISTOGRAM),
};

static const struct status_field group_fields[] = {
	FIELD(status_group, name, STATUS_TEXT),
	FIELD(status_group, home, STATUS_TEXT),
	FIELD(status_group, holder, STATUS_NAME),
	FIELD(status_group, from, STATUS_NAME),
	FIELD(status_group, state, STATUS_TEXT),
	FIELD(status_group, why, STATUS_NAME),
	FIELD(status_group, here_why, STATUS_NAME),
	FIELD(status_group, resources, STATUS_TEXT),
	FIELD(status_group, since_ms, STATUS_INT),
};

static const struct status_field event_fields[] = {
	FIELD(status_event, at_ms, STATUS_INT),
	FIELD(status_event, kind, STATUS_TEXT),
	FIELD(status_event, node, STATUS_NAME),
	FIELD(status_event, link, STATUS_NAME),
	FIELD(status_event, group, STATUS_NAME),
	FIELD(status_event, text, STATUS_TEXT),
};

#define TABLE(name, list, fields, type) { name, list, fields, ARRAY_LEN(fields), sizeof(struct type) }

const struct status_table status_tables[STATUS_RECORDS] = {
	[STATUS_CLUSTER] = TABLE("cluster", NULL, cluster_fields, status_cluster),
	[STATUS_NODE] = TABLE("node", "nodes", node_fields, status_node),
	[STATUS_LINK] = TABLE("link", "links", link_fields, status_link),
	[STATUS_GROUP] = TABLE("group", "groups", group_fields, status_group),
	[STATUS_EVENT] = TABLE("event", "events", event_fields, status_event),
};
/* clang-format on */

void
status_clear(enum status_record record, void *item)
{
	const struct status_table *table = &status_tables[record];

	memset(item, 0, table->size);
	for (size_t i = 0; i < table->count; i++) {
		const struct status_field *f = &table->field[i];
		int64_t unknown =
		    f->kind == STATUS_CLOCK ? STATUS_CLOCK_UNKNOWN : STATUS_UNKNOWN;

		if (f->kind != STATUS_INT && f->kind != STATUS_CLOCK)
			continue;
		assert(f->size == sizeof(unknown));
		memcpy((char *)item + f->offset, &unknown, sizeof(unknown));
	}
}

const void *
status_items(const struct hb_status *status, enum status_record record, size_t *count)
{
	switch (record) {
	case STATUS_CLUSTER:
		*count = 1;
		return &status->cluster;
	case STATUS_NODE:
		*count = status->node_count;
		return status->node;
	case STATUS_LINK:
		*count = status->link_count;
		return status->link;
	case STATUS_GROUP:
		*count = status->group_count;
		return status->group;
	case STATUS_EVENT:
		break;
	}
	*count = status->event_count;
	return status->event;
}
