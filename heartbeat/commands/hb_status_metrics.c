/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prometheus' text format (version 0.0.4): all samples of one name behind its HELP and
 * TYPE. */
#include "heartbeat/commands/hb_status.h"

#include "lib/array.h"

#include <inttypes.h>
#include <string.h>

#define BUCKET_FIRST_US 64 /* ends of the buckets that are shown: this, doubled .. */
#define BUCKETS 22         /* .. so often: the last one ends at 134 s */

static void
head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value. */
static void
put_value(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			putc('\\', out);
		putc((unsigned char)*text < ' ' || (unsigned char)*text >= 0x7f ? '?'
		                                                                : *text,
		    out);
	}
	putc('"', out);
}

static void
put_label(FILE *out, const char *separator, const char *name, const char *value)
{
	fprintf(out, "%s%s=", separator, name);
	put_value(out, value);
}

static void
cluster_gauge(FILE *out, const char *name, const char *help, int64_t value, double unit)
{
	if (value < 0)
		return;
	head(out, name, "gauge", help);
	fprintf(out, "%s %.10g\n", name, (double)value * unit);
}

/* Numbers of each node or link; those that are not known are left out. */
struct series {
	const char *name, *type, *help;
	size_t offset;
	double unit;
};

#define OF(type, member) offsetof(struct type, member)
#define MS 1e-3
#define US 1e-6

static const struct series node_series[] = {
	{ "heartbeat_node_heard_seconds", "gauge",
	    "Time since the last heartbeat of the node.", OF(status_node, heard_ago_ms),
	    MS },
	{ "heartbeat_node_since_timestamp_seconds", "gauge",
	    "When the node got its present status.", OF(status_node, since_ms), MS },
};

static const struct series link_series[] = {
	{ "heartbeat_link_received_total", "counter", "Messages received over the link.",
	    OF(status_link, received), 1 },
	{ "heartbeat_link_lost_total", "counter",
	    "Messages that did not come before later ones.", OF(status_link, lost), 1 },
	{ "heartbeat_link_behind_total", "counter",
	    "Messages that came after later ones.", OF(status_link, behind), 1 },
	{ "heartbeat_link_duplicates_total", "counter",
	    "Messages that came more than once over the link.",
	    OF(status_link, duplicates), 1 },
	{ "heartbeat_link_outages_total", "counter", "How often the link died.",
	    OF(status_link, outages), 1 },
	{ "heartbeat_link_answer_seconds", "gauge",
	    "Smoothed time until the node answers a heartbeat.",
	    OF(status_link, answer_us), US },
	{ "heartbeat_link_late_max_seconds", "gauge", "The latest heartbeat.",
	    OF(status_link, late_max_us), US },
};

static int64_t
number_at(const void *item, size_t offset)
{
	int64_t value;

	memcpy(&value, (const char *)item + offset, sizeof(value));
	return value;
}

static void
put_nodes(const struct hb_status *s, FILE *out)
{
	head(out, "heartbeat_node_up", "gauge", "Whether the node is alive.");
	for (size_t i = 0; i < s->node_count; i++) {
		const struct status_node *n = &s->node[i];

		fputs("heartbeat_node_up", out);
		put_label(out, "{", "node", n->name);
		put_label(out, ",", "type", n->type);
		fprintf(out, "} %d\n", strcmp(n->status, "dead") != 0);
	}
	head(out, "heartbeat_node_fencing", "gauge",
	    "Whether the node is dead and has not been reset yet.");
	for (size_t i = 0; i < s->node_count; i++) {
		if (strcmp(s->node[i].type, "normal") != 0)
			continue;
		fputs("heartbeat_node_fencing", out);
		put_label(out, "{", "node", s->node[i].name);
		fprintf(out, "} %d\n", s->node[i].fencing[0] != '\0');
	}
	for (size_t k = 0; k < ARRAY_LEN(node_series); k++) {
		const struct series *series = &node_series[k];

		head(out, series->name, series->type, series->help);
		for (size_t i = 0; i < s->node_count; i++) {
			int64_t value = number_at(&s->node[i], series->offset);

			if (value < 0)
				continue;
			fputs(series->name, out);
			put_label(out, "{", "node", s->node[i].name);
			fprintf(out, "} %.13g\n", (double)value * series->unit);
		}
	}
}

static void
link_labels(FILE *out, const char *name, const struct status_link *l)
{
	fputs(name, out);
	put_label(out, "{", "node", l->node);
	put_label(out, ",", "link", l->name);
}

/* Heartbeats that were not later than END_US. */
static uint64_t
count_to(const char *histogram, int64_t end_us)
{
	uint64_t sum = 0, count;
	int64_t end;
	int used;

	while (sscanf(histogram, "%" SCNd64 ":%" SCNu64 "%n", &end, &count, &used) == 2 &&
	       end <= end_us) {
		sum += count;
		histogram += used;
		histogram += *histogram == ',';
	}
	return sum;
}

static void
put_histogram(const struct status_link *l, FILE *out)
{
	int64_t end_us = BUCKET_FIRST_US;

	for (size_t i = 0; i < BUCKETS; i++, end_us *= 2) {
		link_labels(out, "heartbeat_link_late_seconds_bucket", l);
		fprintf(out, ",le=\"%.9g\"} %" PRIu64 "\n", (double)end_us * US,
		    count_to(l->late_histogram, end_us));
	}
	link_labels(out, "heartbeat_link_late_seconds_bucket", l);
	fprintf(out, ",le=\"+Inf\"} %" PRId64 "\n", l->beats);
	link_labels(out, "heartbeat_link_late_seconds_sum", l);
	fprintf(out, "} %.10g\n", l->late_sum_us > 0 ? (double)l->late_sum_us * US : 0.0);
	link_labels(out, "heartbeat_link_late_seconds_count", l);
	fprintf(out, "} %" PRId64 "\n", l->beats);
}

static void
put_links(const struct hb_status *s, FILE *out)
{
	head(out, "heartbeat_link_up", "gauge",
	    "Whether the node is heard over the link.");
	for (size_t i = 0; i < s->link_count; i++) {
		if (s->link[i].self)
			continue;
		link_labels(out, "heartbeat_link_up", &s->link[i]);
		fprintf(out, "} %d\n", strcmp(s->link[i].status, "up") == 0);
	}
	for (size_t k = 0; k < ARRAY_LEN(link_series); k++) {
		const struct series *series = &link_series[k];

		head(out, series->name, series->type, series->help);
		for (size_t i = 0; i < s->link_count; i++) {
			int64_t value = number_at(&s->link[i], series->offset);

			if (s->link[i].self || value < 0)
				continue;
			link_labels(out, series->name, &s->link[i]);
			fprintf(out, "} %.10g\n", (double)value * series->unit);
		}
	}
	head(out, "heartbeat_link_late_seconds", "histogram",
	    "How much later than keepalive heartbeats came.");
	for (size_t i = 0; i < s->link_count; i++)
		if (!s->link[i].self && s->link[i].beats >= 0)
			put_histogram(&s->link[i], out);
}

static void
put_groups(const struct hb_status *s, FILE *out)
{
	head(out, "heartbeat_group_holder", "gauge",
	    "1 for the node that holds the group, as far as this node knows.");
	for (size_t i = 0; i < s->group_count; i++) {
		for (size_t k = 0; k < s->node_count; k++) {
			if (strcmp(s->node[k].type, "normal") != 0)
				continue;
			fputs("heartbeat_group_holder", out);
			put_label(out, "{", "group", s->group[i].name);
			put_label(out, ",", "node", s->node[k].name);
			fprintf(out, "} %d\n",
			    strcmp(s->group[i].holder, s->node[k].name) == 0);
		}
	}
	head(out, "heartbeat_group_state", "gauge", "1 for the state of the group here.");
	for (size_t i = 0; i < s->group_count; i++) {
		fputs("heartbeat_group_state", out);
		put_label(out, "{", "group", s->group[i].name);
		put_label(out, ",", "state", s->group[i].state);
		fputs("} 1\n", out);
	}
	head(out, "heartbeat_group_since_timestamp_seconds", "gauge",
	    "When the group came to its holder.");
	for (size_t i = 0; i < s->group_count; i++) {
		if (s->group[i].since_ms < 0)
			continue;
		fputs("heartbeat_group_since_timestamp_seconds", out);
		put_label(out, "{", "group", s->group[i].name);
		fprintf(out, "} %.13g\n", (double)s->group[i].since_ms * MS);
	}
}

static void
put_counter(FILE *out, const char *name, const char *help, int64_t value)
{
	if (value < 0)
		return;
	head(out, name, "counter", help);
	fprintf(out, "%s %" PRId64 "\n", name, value);
}

void
hs_metrics(const struct hb_status *s, bool is_up, FILE *out)
{
	const struct status_cluster *c = &s->cluster;

	head(out, "heartbeat_up", "gauge", "Whether heartbeat runs here and answers.");
	fprintf(out, "heartbeat_up %d\n", is_up);
	if (!is_up)
		return;
	head(out, "heartbeat_info", "gauge", "This node.");
	fputs("heartbeat_info", out);
	put_label(out, "{", "node", c->node);
	put_label(out, ",", "version", c->version);
	put_label(out, ",", "cluster", c->cluster);
	put_label(out, ",", "managed_by", c->managed_by);
	fputs("} 1\n", out);
	cluster_gauge(out, "heartbeat_communication_up", "Whether the cluster is heard.",
	    c->comm_up, 1);
	cluster_gauge(out, "heartbeat_start_timestamp_seconds",
	    "When heartbeat was started.", c->started_ms, MS);
	cluster_gauge(out, "heartbeat_keepalive_seconds", "Configured.", c->keepalive_ms,
	    MS);
	cluster_gauge(out, "heartbeat_warntime_seconds", "Configured.", c->warntime_ms,
	    MS);
	cluster_gauge(out, "heartbeat_deadtime_seconds", "Configured.", c->deadtime_ms,
	    MS);
	cluster_gauge(out, "heartbeat_advice_deadtime_seconds",
	    "The deadtime that this network bears.", c->advice_deadtime_ms, MS);
	cluster_gauge(out, "heartbeat_advice_warntime_seconds",
	    "The warntime that this network bears.", c->advice_warntime_ms, MS);
	if (c->fencing_devices > 0)
		cluster_gauge(out, "heartbeat_fencing_devices_up",
		    "Whether all fencing devices answered when they were asked last.",
		    c->fencing_failed[0] == '\0', 1);
	cluster_gauge(out, "heartbeat_clients", "Programs that are signed on.",
	    c->clients, 1);
	put_counter(out, "heartbeat_messages_received_total", "Messages of all nodes.",
	    c->received);
	put_counter(out, "heartbeat_messages_sent_total", "Messages of this node.",
	    c->sent);
	put_counter(out, "heartbeat_messages_resent_total",
	    "Messages that others asked for.", c->resent);
	put_counter(out, "heartbeat_messages_lost_total", "Messages that never came.",
	    c->lost);
	put_counter(out, "heartbeat_frames_bad_total", "Datagrams that were dropped.",
	    c->bad_frames);
	put_counter(out, "heartbeat_stalls_total", "How often this node stood still.",
	    c->stalls);
	put_nodes(s, out);
	put_links(s, out);
	if (s->group_count > 0)
		put_groups(s, out);
}
