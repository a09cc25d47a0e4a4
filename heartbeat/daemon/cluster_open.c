/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Membership and its media are made of the configuration, and end. */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#define OPEN_TRIES 10 /* while the port is in use, a second apart */
#define KNOWN_MAX 512

static int
open_medium(struct media *m, const struct conf *conf, const struct conf_medium *c,
    int tries, struct err *err)
{
	struct media_refusal why;
	struct media_spec spec;
	int rc = media_parse(c->directive, c->args, &spec, &why);

	if (rc)
		return err_set(err, rc, "%s", why.text);
	spec.baud = c->baud;
	spec.fresh_ms = conf->deadping_ms ? conf->deadping_ms : conf->deadtime_ms;
	for (int i = 0; i < tries; i++) {
		rc = media_open(m, &spec, c->udpport, err);
		if (rc != -EADDRINUSE || i + 1 == tries)
			break;
		log_line(LOG_WARNING, "%s", err->text);
		sleep(1); /* nothing runs yet */
	}
	return rc;
}

int
hb_cluster_open(struct hb *hb, struct err *err)
{
	const struct conf *conf = &hb->all.conf;
	int rc;

	loop_timer_init(hb->loop, &hb->flush_timer, "flush", hb_cluster_flush_due, hb);
	hb->media = calloc(conf->medium_count + 1, sizeof(*hb->media));
	hb->ear = calloc(conf->medium_count + 1, sizeof(*hb->ear));
	hb->datagrams = malloc((size_t)MEDIA_SOME_MAX * HB_DATAGRAM_MAX);
	hb->out = calloc(HB_OUT_MAX, sizeof(*hb->out));
	/* A sender may compress whatever our own setting is.  Pages are locked when they
	 * are first touched: until then the 2 MiB cost nothing. */
	hb->scratch = malloc(MSG_EXPANDED_MAX);
	if (!hb->media || !hb->ear || !hb->datagrams || !hb->scratch || !hb->out)
		return err_set(err, -ENOMEM, "no memory for media");
	hb->loadavg_fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	hb->lame = true;
	for (size_t i = 0; i < conf->medium_count; i++) {
		struct media *m = &hb->media[hb->media_count];

		rc = open_medium(m, conf, &conf->medium[i],
		    hb->options.continued ? 1 : OPEN_TRIES, err);
		if (rc == 0) {
			hb->media_count++;
			if (!m->spec.kind->is_ping)
				hb->lame = false;
			continue;
		}
		if (!hb->options.continued)
			return rc;
		/* We run resources: silence or an exit would start them elsewhere, too.
		 */
		log_line(LOG_ERR, "%s: this medium is not used", err->text);
	}
	if (hb->lame && !hb->options.continued)
		return err_set(err, -EINVAL, "No heartbeat media defined");
	for (size_t i = 0; i < hb->media_count; i++) {
		struct media *m = &hb->media[i];

		hb->ear[i].hb = hb;
		hb->ear[i].media = m;
		hb->ear[i].fd = -1;
		loop_timer_init(hb->loop, &hb->ear[i].timer, m->name, hb_cluster_pump,
		    &hb->ear[i]);
		if (hb_cluster_listen(&hb->ear[i]) < 0)
			return err_set(err, -errno, "cannot listen on %s", m->name);
	}
	rc = hb_lines_open(hb, err);
	if (rc == 0)
		hb_rest_open(hb);
	return rc;
}

static const struct hb_known *
find_known(const struct hb_known *known, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(known[i].name, name) == 0)
			return &known[i];
	return NULL;
}

static void
node_recall(struct memb_conf_node *node, const struct hb_known *known, size_t count)
{
	const struct hb_known *k = find_known(known, count, node->name);

	if (!k)
		return;
	node->generation = k->generation;
	node->has_uuid = k->has_uuid;
	memcpy(node->uuid, k->uuid, 16);
}

static struct memb_conf_node *
node_find(struct memb_conf_node *node, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(node[i].name, name) == 0)
			return &node[i];
	return NULL;
}

/* What the caches say more than ha.cf: nodes that joined by themselves, and what
 * administrators set. */
static size_t
hosts_add(const struct hb_hosts *hosts, struct memb_conf_node *node, size_t count,
    const struct hb_known *known, size_t known_count)
{
	for (size_t i = 0; i < hosts->count; i++) {
		const struct conf_host *host = &hosts->host[i];
		struct memb_conf_node *n = node_find(node, count, host->name);

		if (!n && count == MEMB_NODE_MAX)
			continue;
		if (!n) {
			n = &node[count++];
			n->name = host->name;
			n->type = MEMB_NORMAL;
			node_recall(n, known, known_count);
		}
		if (host->has_uuid && !n->has_uuid) {
			n->has_uuid = true;
			memcpy(n->uuid, host->uuid, 16);
		}
		n->has_weight = true;
		n->weight = host->weight;
		n->site = host->site;
	}
	return count;
}

/* Several media of one device are one link, as people see it; one of a ping node is a
 * link of that node alone, whatever its name is. */
static size_t
name_links(struct hb *hb, struct memb_conf_link *link)
{
	size_t count = 0;

	for (size_t i = 0; i < hb->media_count; i++) {
		size_t k = 0;

		while (
		    k < count && (hb->media[i].spec.kind->is_ping || link[k].ping_node ||
		                     strcmp(link[k].name, hb->media[i].name) != 0))
			k++;
		if (k == count) {
			link[count].name = hb->media[i].name;
			if (hb->media[i].spec.kind->is_ping)
				link[count].ping_node = hb->media[i].name;
			count++;
		}
		hb->ear[i].link = k;
	}
	return count;
}

int
hb_cluster_new(struct hb *hb, struct err *err)
{
	const struct conf *conf = &hb->all.conf;
	struct memb_conf_node *node =
	    calloc(conf->node_count + MEMB_NODE_MAX, sizeof(*node));
	struct memb_conf_link *link = calloc(hb->media_count + 1, sizeof(*link));
	struct hb_known *known = calloc(KNOWN_MAX, sizeof(*known));
	size_t known_count = known ? hb_state_known(known, KNOWN_MAX) : 0, nodes = 0,
	       links;
	bool by_themselves = conf->autojoin != AUTOJOIN_NONE && !hb->rsc;
	struct hb_hosts *hosts = by_themselves ? hb_hosts_read() : NULL;
	const char *deleted[MEMB_NODE_MAX];
	struct memb_conf mc = { 0 };

	if (!node || !link || !known) {
		free(node);
		free(link);
		free(known);
		free(hosts);
		return err_set(err, -ENOMEM, "no memory for nodes");
	}
	for (size_t i = 0; i < conf->node_count; i++) {
		node[nodes].name = conf->node[i].name;
		node[nodes].type = conf->node[i].is_ping ? MEMB_PING : MEMB_NORMAL;
		node_recall(&node[nodes++], known, known_count);
	}
	if (hosts) {
		nodes = hosts_add(hosts, node, nodes, known, known_count);
		for (size_t i = 0; i < hosts->gone_count; i++)
			deleted[i] = hosts->gone[i];
		mc.deleted = deleted;
		mc.deleted_count = hosts->gone_count;
	}
	links = name_links(hb, link);
	mc.self = conf->self;
	memcpy(mc.uuid, hb->uuid, 16);
	mc.generation = hb->generation;
	mc.node = node;
	mc.node_count = nodes;
	mc.link = link;
	mc.link_count = links;
	mc.keepalive_ms = conf->keepalive_ms;
	mc.deadtime_ms = conf->deadtime_ms;
	mc.warntime_ms = conf->warntime_ms;
	mc.initdead_ms = conf->initdead_ms;
	mc.deadping_ms = conf->deadping_ms ? conf->deadping_ms : conf->deadtime_ms;
	mc.max_rexmit_delay_ms = conf->max_rexmit_delay_ms;
	mc.hopfudge = conf->hopfudge;
	mc.autojoin = conf->autojoin != AUTOJOIN_NONE;
	mc.manages_resources = hb->rsc != NULL;
	mc.merges = conf->merges;
	mc.quick_restart = hb->options.continued;
	mc.style.form = conf->netstring ? MSG_NETSTRING : MSG_NETSTRING_AUTH;
	mc.style.keys = &hb->all.keys;
	mc.style.compression = conf->compression;
	mc.style.whole = conf->traditional_compression;
	mc.style.threshold = conf->compression_threshold;
	if (getrandom(&mc.seed, sizeof(mc.seed), GRND_NONBLOCK) != sizeof(mc.seed))
		mc.seed = (uint64_t)instant_now().ns;
	loop_timer_init(hb->loop, &hb->memb_timer, "membership", hb_cluster_tick, hb);
	hb->memb = memb_new(&mc, &hb_memb_effects, hb, instant_now());
	free(node);
	free(link);
	free(known);
	free(hosts);
	return hb->memb ? 0 : err_set(err, -ENOMEM, "no memory for membership");
}

void
hb_cluster_close(struct hb *hb)
{
	if (hb->memb)
		loop_timer_arm(&hb->memb_timer, INSTANT_NEVER);
	hb_rest_free(hb);
	for (size_t i = 0; i < hb->media_count; i++) {
		if (!hb->ear[i].hb)
			continue; /* the start did not come so far */
		loop_timer_arm(&hb->ear[i].timer, INSTANT_NEVER);
		if (hb->ear[i].fd >= 0)
			loop_fd_remove(hb->loop, hb->ear[i].fd);
		hb->ear[i].fd = -1;
	}
	for (size_t i = 0; i < hb->media_count; i++)
		media_close(&hb->media[i]);
	hb->media_count = 0;
}

void
hb_cluster_free(struct hb *hb)
{
	memb_free(hb->memb);
	if (hb->loadavg_fd >= 0)
		close(hb->loadavg_fd);
	free(hb->media);
	free(hb->ear);
	free(hb->out);
	free(hb->datagrams);
	free(hb->scratch);
	hb_lines_free(hb);
}
