/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything that this node knows, gathered into one struct at one moment. */
#include "heartbeat/daemon/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Both clocks of one moment: a point in monotonic time becomes wall time. */
struct moment {
	struct instant now;
	int64_t wall_ms;
};

static int64_t
ago_ms(const struct moment *moment, struct instant when)
{
	return instant_is_set(when) ? instant_diff_ms(moment->now, when) : STATUS_UNKNOWN;
}

static int64_t
wall_of(const struct moment *moment, struct instant when)
{
	return instant_is_set(when) ? moment->wall_ms - ago_ms(moment, when)
	                            : STATUS_UNKNOWN;
}

/* Nodes and links. */

static void
histogram_format(char *out, size_t size, const struct arrival *a)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRIVAL_BUCKETS && used < size; i++) {
		const char *comma = used ? "," : "";

		if (a->bucket[i] == 0)
			continue;
		if (i == ARRIVAL_BUCKETS - 1)
			used += (size_t)snprintf(out + used, size - used, "%sinf:%u",
			    comma, a->bucket[i]);
		else
			used +=
			    (size_t)snprintf(out + used, size - used, "%s%" PRId64 ":%u",
			        comma, arrival_bucket_end_us(i), a->bucket[i]);
	}
}

static void
link_count(struct status_link *l, const struct arrival *a, bool has_numbers)
{
	l->beats = (int64_t)a->beats;
	l->outages = (int64_t)a->outages;
	if (has_numbers) {
		l->received = (int64_t)a->received;
		l->lost = (int64_t)a->lost;
		l->behind = (int64_t)a->behind;
		l->duplicates = (int64_t)a->duplicates;
	}
	if (a->answer_us > 0)
		l->answer_us = a->answer_us;
	if (a->beats == 0)
		return;
	l->interval_min_us = a->min_us;
	l->interval_mean_us = arrival_mean_us(a);
	l->interval_max_us = a->max_us;
	l->late_p50_us = arrival_percentile_us(a, 500);
	l->late_p99_us = arrival_percentile_us(a, 990);
	l->late_p999_us = arrival_percentile_us(a, 999);
	l->late_max_us = a->latest_us;
	l->late_sum_us = a->late_sum_us;
	histogram_format(l->late_histogram, sizeof(l->late_histogram), a);
}

static int
links_fill(struct hb *hb, struct hb_status *status, const struct memb_node *n,
    const struct moment *moment)
{
	bool self = n == memb_self(hb->memb);

	for (size_t i = 0; i < n->link_count; i++) {
		const struct memb_link *from = &n->link[i];
		struct status_link *l = status_link_add(status);

		if (!l)
			return status->cluster.truncated ? 0 : -ENOMEM;
		STATUS_SET(l->node, n->name);
		STATUS_SET(l->name, from->name);
		STATUS_SET(l->status, from->up ? "up" : "dead");
		l->self = self;
		l->since_ms = wall_of(moment, from->since);
		l->heard_ago_ms = ago_ms(moment, from->heard);
		if (!self)
			link_count(l, memb_arrival(n, i), n->type == MEMB_NORMAL);
	}
	return 0;
}

static void
fencing_fill(const struct hb *hb, struct status_node *to, const struct moment *moment)
{
	struct rsc_fencing_info info;

	if (!hb->rsc || !rsc_fencing(hb->rsc, to->name, &info))
		return;
	STATUS_SET(to->fencing, info.state);
	STATUS_SET(to->fencing_why, info.why);
	to->fencing_since_ms = wall_of(moment, info.since);
	to->fencing_tries = info.tries;
}

static int
node_fill(struct hb *hb, struct hb_status *status, const struct memb_node *n,
    const struct moment *moment)
{
	struct status_node *to = status_node_add(status);
	const struct hb_note *note = hb_note_find(hb, n->name);

	if (!to)
		return status->cluster.truncated ? 0 : -ENOMEM;
	STATUS_SET(to->name, n->name);
	STATUS_SET(to->type, n->type == MEMB_PING ? "ping" : "normal");
	STATUS_SET(to->status,
	    n->status == MEMB_OTHER ? n->status_text : memb_status_names[n->status]);
	STATUS_SET(to->site, n->site);
	to->self = n == memb_self(hb->memb);
	to->compatible_only = n->type == MEMB_NORMAL && !to->self && n->anything &&
	                      !(n->features & MEMB_FEAT_PROMPT);
	to->weight = n->weight;
	to->generation = n->generation ? (int64_t)n->generation : STATUS_UNKNOWN;
	to->dead_ms = n->dead_ms;
	to->since_ms = wall_of(moment, n->since);
	to->heard_ago_ms = ago_ms(moment, n->heard);
	fencing_fill(hb, to, moment);
	if (note) {
		STATUS_SET(to->why, note->why);
		to->clock_ms = note->clock_ms;
	}
	return links_fill(hb, status, n, moment);
}

/* Groups. */

static void
resources_format(char *out, size_t size, const struct conf_group *conf)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < conf->resource_count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "",
		    conf->resource[i].word);
}

static int
groups_fill(struct hb *hb, struct hb_status *status, const struct moment *moment)
{
	size_t count = hb->rsc ? rsc_group_count(hb->rsc) : 0;

	for (size_t i = 0; i < count; i++) {
		struct status_group *g = status_group_add(status);
		struct rsc_group_info info;

		if (!g)
			return status->cluster.truncated ? 0 : -ENOMEM;
		rsc_group_info(hb->rsc, i, &info);
		STATUS_SET(g->name, info.key);
		STATUS_SET(g->home, info.home);
		STATUS_SET(g->holder, info.holder);
		STATUS_SET(g->from, info.from);
		STATUS_SET(g->state, rsc_group_state_names[info.state]);
		STATUS_SET(g->why, info.holder_why);
		STATUS_SET(g->here_why, info.why);
		g->since_ms = wall_of(moment, info.since);
		resources_format(g->resources, sizeof(g->resources), info.conf);
	}
	return 0;
}

static int
events_fill(const struct hb *hb, struct hb_status *status)
{
	for (size_t i = 0; i < hb->events.count; i++) {
		struct status_event *event = status_event_add(status);

		if (!event)
			return -ENOMEM;
		*event = *events_at(&hb->events, i);
	}
	return 0;
}

/* The whole. */

static void
advice_fill(const struct hb *hb, struct status_cluster *c)
{
	struct arrival_advice advice;

	memb_advice(hb->memb, &advice);
	c->advice_needed = ARRIVAL_ADVICE_BEATS;
	c->advice_beats = (int64_t)advice.beats;
	if (advice.deadtime_ms == 0)
		return;
	c->advice_keepalive_ms = advice.keepalive_ms;
	c->advice_warntime_ms = advice.warntime_ms;
	c->advice_deadtime_ms = advice.deadtime_ms;
}

static const char *const failback_words[] = {
	[FAILBACK_LEGACY] = "legacy",
	[FAILBACK_OFF] = "off",
	[FAILBACK_ON] = "on",
};

static void
cluster_fill(struct hb *hb, struct status_cluster *c, const struct moment *moment)
{
	const struct conf *conf = &hb->all.conf;
	const struct memb_stats *stats = memb_stats(hb->memb);

	STATUS_SET(c->node, conf->self);
	STATUS_SET(c->version, HB_VERSION);
	STATUS_SET(c->cluster, conf->cluster);
	STATUS_SET(c->managed_by, hb->rsc                ? "haresources"
	                          : conf->crm != CRM_OFF ? "crm"
	                                                 : "nobody");
	STATUS_SET(c->auto_failback, failback_words[conf->failback]);
	STATUS_SET(c->resources, hb->rsc ? rsc_word(hb->rsc) : "");
	c->now_ms = moment->wall_ms;
	c->started_ms = hb->started_ms;
	c->generation = (int64_t)hb->generation;
	c->keepalive_ms = conf->keepalive_ms;
	c->warntime_ms = conf->warntime_ms;
	c->deadtime_ms = conf->deadtime_ms;
	c->initdead_ms = conf->initdead_ms;
	c->comm_up = memb_is_up(hb->memb);
	c->clients = (int64_t)clients_count(hb->clients);
	c->received = (int64_t)stats->received;
	c->sent = (int64_t)stats->sent;
	c->lost = (int64_t)stats->lost;
	c->duplicates = (int64_t)stats->duplicates;
	c->resent = (int64_t)stats->resent;
	c->stalls = (int64_t)stats->stalls;
	c->bad_frames = 0;
	for (size_t i = 0; i < MSG_DROP_COUNT; i++)
		c->bad_frames += (int64_t)hb->bad_frames[i];
	advice_fill(hb, c);
	if (hb->rsc)
		c->fencing_devices = (int64_t)conf->stonith_count;
	hb_devices_failed(hb, c->fencing_failed, sizeof(c->fencing_failed));
}

int
hb_status_fill(struct hb *hb, struct hb_status *status)
{
	const struct moment moment = { instant_now(), hb_wall_ms() };
	int rc = 0;

	status_init(status);
	cluster_fill(hb, &status->cluster, &moment);
	for (size_t i = 0; i < memb_node_count(hb->memb) && rc == 0; i++)
		rc = node_fill(hb, status, memb_node_at(hb->memb, i), &moment);
	if (rc == 0)
		rc = groups_fill(hb, status, &moment);
	return rc == 0 ? events_fill(hb, status) : rc;
}
