/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simulated cluster: virtual time, machines, and the shell of each membership core.
 */
#include "tests/sim/sim_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const char *const names[SIM_NODE_MAX] = {
	"alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel",
	"india", "juliett", "node11", "node12", "node13", "node14", "node15",
	"node16", "node17", "node18", "node19", "node20", "node21", "node22",
	"node23", "node24", "node25", "node26", "node27", "node28", "node29",
	"node30", "node31", "node32", "node33", "node34", "node35", "node36",
	"node37", "node38", "node39", "node40", "node41", "node42", "node43",
	"node44", "node45", "node46", "node47", "node48", "node49", "node50",
	"node51", "node52", "node53", "node54", "node55", "node56", "node57",
	"node58", "node59", "node60", "node61", "node62", "node63", "node64"
};
/* clang-format on */

void
sim_after(struct sim *sim, int64_t ms,
    void (*call)(struct sim *sim, void *data, uint64_t arg), void *data, uint64_t arg)
{
	sim_push(sim, (struct sim_event){ .when = sim->now + ms * SIM_MS,
	                  .kind = SIM_CALL,
	                  .call = call,
	                  .data = data,
	                  .arg = arg });
}

/* The shell of a membership core. */

struct instant
sim_clock(const struct sim *sim, const struct sim_node *node)
{
	return (struct instant){ sim->now + node->clock_skew_ns };
}

static void
sim_fx_send(void *shell, const uint8_t *frame, size_t len)
{
	struct sim_node *node = shell;
	struct sim *sim = node->sim;
	static uint8_t copy[MEMB_FRAME_MAX], again[MEMB_FRAME_MAX],
	    scratch[MSG_EXPANDED_MAX];
	struct msg_style style = { .form = sim->conf.form, .keys = &sim->keys };
	struct msg_trust trust = { .keys = &sim->keys };
	ssize_t n = -1;
	struct msg m;

	if (node->silent)
		return;
	if (sim->sent)
		sim->sent(sim->conf.data, node, frame, len);
	if (sim->conf.old[node->index]) { /* an old node has no such fields */
		memcpy(copy, frame, len);
		msg_init(&m, NULL, 0);
		if (msg_decode(&m, copy, len, &trust, scratch, sizeof(scratch), NULL) ==
		        MSG_DROP_NONE &&
		    msg_remove(&m, "hbfeat") > 0 && msg_remove(&m, "auth") <= 1 &&
		    msg_remove(&m, MEMB_CALM_FIELD) <= 1)
			n = msg_encode(&m, &style, again, sizeof(again));
	}
	sim_transmit(sim, node, n > 0 ? again : frame, n > 0 ? (size_t)n : len);
}

static void
sim_fx_ping(void *shell, uint64_t ts)
{
	struct sim_node *node = shell;

	sim_ping(node->sim, node, ts);
}

static void
sim_fx_arm(void *shell, struct instant when)
{
	struct sim_node *node = shell;
	int64_t at = when.ns - node->clock_skew_ns;

	node->armed = when;
	if (at < node->sim->now)
		at = node->sim->now;
	node->armed_event = sim_push(node->sim, (struct sim_event){ .when = at,
	                                            .kind = SIM_TIMER,
	                                            .node = (uint32_t)node->index,
	                                            .life = node->life });
}

static void
sim_fx_deliver(void *shell, struct msg *m, const struct memb_from *from)
{
	struct sim_node *node = shell;
	const struct sim_above *above = node->sim->conf.above;

	if (sim_is_traced(node->sim))
		sim_note(node->sim, node, "  delivers %s of %s seq=%s n=%s", msg_type(m),
		    from->node->name, msg_str(m, "seq") ? msg_str(m, "seq") : "-",
		    msg_str(m, "n") ? msg_str(m, "n") : "-");
	if (above && above->deliver)
		above->deliver(node->sim->conf.data, node, m, from);
}

static size_t
sim_index(const char *name)
{
	for (size_t i = 0; i < SIM_NODE_MAX; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return SIM_NODE_MAX;
}

static void
sim_fx_event(void *shell, const struct memb_event *e)
{
	static const char *const words[] = { "node", "link", "comm_up", "restarted",
		"partition", "self_silent", "nodes", "generation", "deleted", "pause",
		"resume", "lost" };
	struct sim_node *node = shell;
	const struct sim_above *above = node->sim->conf.above;
	size_t i = e->node ? sim_index(e->node->name) : SIM_NODE_MAX;

	assert((e->type != MEMB_EV_LINK) == !e->link);
	if (e->type == MEMB_EV_GENERATION && i < SIM_NODE_MAX)
		node->peer_generation[i] = e->node->generation;
	if (sim_is_traced(node->sim))
		sim_note(node->sim, node, "%s %s: %s%s%s (%s)", words[e->type],
		    e->node ? e->node->name : "-",
		    e->link                   ? e->link->name
		    : e->type == MEMB_EV_NODE ? memb_status_names[e->was]
		                              : "",
		    e->link                   ? (e->link->up ? " up" : " dead")
		    : e->type == MEMB_EV_NODE ? " -> "
		                              : "",
		    e->type == MEMB_EV_NODE ? e->node->status_text : "", e->why);
	if (above && above->event)
		above->event(node->sim->conf.data, node, e);
}

static uint64_t
sim_fx_wall(void *shell)
{
	struct sim_node *node = shell;

	return (uint64_t)(0x6b000000 + node->sim->now / 1000000000 + node->wall_skew_s);
}

static const char *
sim_fx_load(void *shell)
{
	(void)shell;
	return "0.00 0.01 0.05 1/100 1";
}

static void
sim_fx_log(void *shell, int priority, const char *text)
{
	struct sim_node *node = shell;

	(void)priority;
	sim_note(node->sim, node, "  \"%s\"", text);
}

static const struct memb_effects sim_effects = {
	.send = sim_fx_send,
	.ping = sim_fx_ping,
	.arm = sim_fx_arm,
	.deliver = sim_fx_deliver,
	.event = sim_fx_event,
	.wall = sim_fx_wall,
	.load = sim_fx_load,
	.log = sim_fx_log,
};

/* What is to be sent by those above. */

struct sim_post {
	struct sim_post *next;
	size_t node;
	unsigned life;
	char text[];
};

static int
sim_send_now(struct sim *sim, struct sim_node *node, const char *text, bool urgent)
{
	static char copy[65536], store[2 * 65536];
	struct msg m;
	int r;

	assert(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	msg_init(&m, store, sizeof(store));
	for (char *next, *word = copy; word && *word; word = next) {
		char *value = strchr(word, '=');

		next = strchr(word, ';');
		if (next)
			*next++ = '\0';
		assert(value);
		*value++ = '\0';
		r = msg_add_str(&m, word, value);
		assert(r == 0);
	}
	sim_enter(node);
	r = memb_send(node->memb, sim_clock(sim, node), &m, urgent);
	sim_leave(node);
	return r;
}

int
sim_send(struct sim *sim, size_t i, const char *text, bool urgent)
{
	struct sim_node *node = &sim->node[i];
	struct sim_post **end = &sim->post, *post;

	if (!node->memb || node->stalled_until)
		return -ENOTCONN;
	if (!node->inside)
		return sim_send_now(sim, node, text, urgent);
	post = malloc(sizeof(*post) + strlen(text) + 1);
	if (!post)
		abort();
	*post = (struct sim_post){ .node = i, .life = node->life };
	strcpy(post->text, text);
	while (*end)
		end = &(*end)->next;
	*end = post;
	return 0;
}

static void
sim_flush_posts(struct sim *sim)
{
	while (sim->post) {
		struct sim_post *post = sim->post;
		struct sim_node *node = &sim->node[post->node];

		sim->post = post->next;
		if (node->memb && node->life == post->life)
			sim_send_now(sim, node, post->text, true);
		free(post);
	}
}

void
sim_enter(struct sim_node *node)
{
	assert(node->memb && !node->inside && node->stalled_until == 0);
	node->inside = true;
}

void
sim_leave(struct sim_node *node)
{
	const struct sim_conf *conf = &node->sim->conf;
	const struct sim_above *above = conf->above;

	assert(node->inside);
	node->inside = false;
	if (conf->check_every == 0 || node->sim->steps % conf->check_every == 0)
		memb_check(node->memb);
	if (above && above->stepped)
		above->stepped(node->sim->conf.data, node);
	/* Who is calm no more has its socket watched again: what is in it wakes it. */
	if (node->rests && !memb_is_calm(node->memb)) {
		node->rests = false;
		sim_push(node->sim, (struct sim_event){ .when = node->sim->now,
		                        .kind = SIM_READ,
		                        .node = (uint32_t)node->index,
		                        .life = node->life });
	}
}

/* Machines. */

static void
sim_make_memb(struct sim *sim, struct sim_node *node)
{
	struct memb_conf_node nodes[SIM_NODE_MAX + SIM_PING_MAX] = { 0 };
	struct memb_conf_link links[SIM_LINK_MAX + SIM_PING_MAX] = { 0 };
	char link_name[SIM_LINK_MAX][32], host[SIM_PING_MAX][32];
	struct memb_conf conf = { .self = node->name,
		.generation = node->generation,
		.node = nodes,
		.node_count = sim->conf.node_count + sim->conf.ping_count,
		.link = links,
		.link_count = sim->conf.link_count + sim->conf.ping_count,
		.keepalive_ms = sim->conf.keepalive_ms,
		.deadtime_ms = sim->conf.deadtime_ms,
		.warntime_ms = sim->conf.warntime_ms,
		.initdead_ms = sim->conf.initdead_ms,
		.deadping_ms = sim->conf.deadping_ms,
		.max_rexmit_delay_ms = 250,
		.hopfudge = 1,
		.autojoin = sim->conf.autojoin,
		.manages_resources = sim->conf.manages_resources,
		.style = { .form = sim->conf.form, .keys = node->keys },
		.seed = sim_random(sim) };
	const struct sim_above *above = sim->conf.above;

	memset(conf.uuid, (int)(node->index + 1), sizeof(conf.uuid));
	for (size_t i = 0; i < sim->conf.node_count; i++)
		nodes[i] = (struct memb_conf_node){ .name = names[i],
			.type = MEMB_NORMAL,
			.generation = i == node->index ? 0 : node->peer_generation[i] };
	for (size_t i = 0; i < sim->conf.link_count; i++) {
		snprintf(link_name[i], sizeof(link_name[i]), "eth%zu", i);
		links[i].name = link_name[i];
	}
	for (size_t i = 0; i < sim->conf.ping_count; i++) {
		snprintf(host[i], sizeof(host[i]), "10.0.0.%zu", 100 + i);
		nodes[sim->conf.node_count + i] =
		    (struct memb_conf_node){ .name = host[i], .type = MEMB_PING };
		links[sim->conf.link_count + i] =
		    (struct memb_conf_link){ .name = host[i], .ping_node = host[i] };
	}
	if (above && above->configure)
		above->configure(sim->conf.data, node, &conf);
	node->memb = memb_new(&conf, &sim_effects, node, sim_clock(sim, node));
	assert(node->memb);
}

void
sim_boot(struct sim *sim, size_t i)
{
	struct sim_node *node = &sim->node[i];
	const struct sim_above *above = sim->conf.above;

	assert(i < sim->conf.node_count && !node->memb);
	node->life++;
	if (node->generation)
		node->generation++;
	else /* from the clock, which is sane: beyond all lives before */
		node->generation = 0x6b000000 + (uint64_t)(sim->now / SIM_MS);
	node->silent = node->rests = false;
	node->clock_skew_ns = (int64_t)sim_below(sim, 1000000) * SIM_MS;
	sim_note(sim, node, "boots, generation %llx",
	    (unsigned long long)node->generation);
	sim_make_memb(sim, node);
	if (above && above->booted)
		above->booted(sim->conf.data, node);
	sim_enter(node);
	memb_start(node->memb, sim_clock(sim, node));
	sim_leave(node);
}

static void
sim_socket_clear(struct sim_node *node)
{
	for (size_t i = 0; i < node->socket_count; i++)
		sim_datagram_unuse(node->socket[i]);
	node->socket_count = 0;
}

void
sim_off(struct sim *sim, size_t i, const char *why)
{
	struct sim_node *node = &sim->node[i];
	const struct sim_above *above = sim->conf.above;

	assert(node->memb && !node->inside);
	sim_note(sim, node, "%s", why);
	if (above && above->stopped)
		above->stopped(sim->conf.data, node);
	memb_free(node->memb);
	node->memb = NULL;
	node->stalled_until = 0;
	sim_socket_clear(node);
}

void
sim_crash(struct sim *sim, size_t i, bool wipe)
{
	struct sim_node *node = &sim->node[i];

	sim_off(sim, i, wipe ? "CRASH and loses its disk" : "CRASH");
	if (!wipe)
		return;
	node->generation = 0;
	memset(node->peer_generation, 0, sizeof(node->peer_generation));
}

void
sim_stall(struct sim *sim, size_t i, int64_t ms, bool deaf)
{
	struct sim_node *node = &sim->node[i];

	assert(ms > 0 && !node->inside);
	if (!node->memb || node->stalled_until)
		return;
	sim_note(sim, node, "%s for %lld ms", deaf ? "IS SUSPENDED" : "STALLS",
	    (long long)ms);
	node->deaf = deaf;
	node->stalled_until = sim->now + ms * SIM_MS;
	sim_push(sim, (struct sim_event){ .when = node->stalled_until,
	                  .kind = SIM_WAKE,
	                  .node = (uint32_t)i,
	                  .life = node->life });
}

void
sim_runs(struct sim *sim, struct sim_node *node)
{
	const struct sim_above *above = sim->conf.above;

	if (above && above->runs)
		above->runs(sim->conf.data, node);
}

/* One socket after the other, as the daemon does: what came over different links is not
 * heard in the order of its arrival.  What wakes the process is as old as that. */
static void
sim_read(struct sim *sim, struct sim_node *node)
{
	bool rests = node->rests;
	size_t count = node->socket_count;

	node->socket_count = 0;
	for (size_t link = 0; count > 0 && link < sim->conf.link_count; link++)
		for (size_t i = 0; i < count; i++) {
			if (node->socket_link[i] != link)
				continue;
			if (node->memb)
				sim_arrive(sim, node,
				    rests ? node->socket_at[i] : sim_clock(sim, node),
				    link, node->socket[i]);
			sim_datagram_unuse(node->socket[i]);
		}
}

void
sim_drain(struct sim *sim, size_t i)
{
	struct sim_node *node = &sim->node[i];

	if (node->memb && !node->stalled_until)
		sim_read(sim, node);
}

static void
sim_tick(struct sim *sim, struct sim_node *node)
{
	sim_runs(sim, node);
	sim_read(sim, node);
	if (!node->memb)
		return;
	sim_enter(node);
	memb_tick(node->memb, sim_clock(sim, node));
	sim_leave(node);
	if (node->memb && !sim->conf.old[node->index])
		node->rests = memb_is_calm(node->memb);
}

/* Everything that the socket holds is read before the timer is looked at. */
static void
sim_wake(struct sim *sim, struct sim_node *node)
{
	node->stalled_until = 0;
	sim_note(sim, node, "runs again, %zu datagrams in its socket",
	    node->socket_count);
	sim_tick(sim, node);
}

void
sim_cut(struct sim *sim, size_t from, size_t to, size_t link, bool cut)
{
	assert(from < sim->conf.node_count && to < sim->conf.node_count);
	assert(link < sim->conf.link_count);
	if (sim->link[link].cut[from][to] == cut)
		return;
	sim_note(sim, NULL, "eth%zu from %s to %s %s", link, names[from], names[to],
	    cut ? "is CUT" : "works again");
	sim->link[link].cut[from][to] = cut;
}

void
sim_heal(struct sim *sim)
{
	sim_note(sim, NULL, "the network is whole again");
	for (size_t l = 0; l < sim->conf.link_count; l++) {
		sim->link[l].loss = sim->link[l].twice = sim->link[l].damage = 0;
		sim->link[l].no_fragments = false;
		memset(sim->link[l].cut, 0, sizeof(sim->link[l].cut));
	}
	for (size_t i = 0; i < sim->conf.ping_count; i++)
		sim->host_up[i] = true;
}

static bool
sim_agrees(struct sim *sim, const struct sim_node *node)
{
	for (size_t i = 0; i < sim->conf.node_count; i++) {
		const struct memb_node *peer = memb_node_find(node->memb, names[i]);
		bool on = sim->node[i].memb;

		if (!peer || peer->status != (on ? MEMB_ACTIVE : MEMB_DEAD))
			return false;
		if (on && peer->generation != sim->node[i].generation)
			return false;
	}
	return true;
}

bool
sim_settled(struct sim *sim)
{
	for (size_t i = 0; i < sim->conf.node_count; i++) {
		const struct sim_node *node = &sim->node[i];

		if (node->memb && (node->stalled_until || !memb_is_up(node->memb) ||
		                      !sim_agrees(sim, node)))
			return false;
	}
	return true;
}

void
sim_inject(struct sim *sim, size_t i, size_t link, const uint8_t *frame, size_t len)
{
	struct sim_datagram *datagram = sim_datagram_new(frame, len);

	if (sim->node[i].memb && !sim->node[i].stalled_until)
		sim_arrive(sim, &sim->node[i], sim_clock(sim, &sim->node[i]), link,
		    datagram);
	sim_datagram_unuse(datagram);
	sim_flush_posts(sim);
}

/* Time. */

/* What the kernel's filter lets wait. */
static bool
sim_may_wait(const struct sim_event *event)
{
	static const char prefix[] = MEMB_CALM_PREFIX;
	const struct sim_datagram *datagram = event->datagram;

	return datagram->len > sizeof(prefix) &&
	       memcmp(datagram->bytes, prefix, sizeof(prefix) - 1) == 0;
}

static void
sim_event_datagram(struct sim *sim, struct sim_node *node, const struct sim_event *event)
{
	size_t max = node->rests ? SIM_REST_MAX : SIM_SOCKET_MAX;
	bool waits = node->stalled_until || (node->rests && sim_may_wait(event));

	if (!node->memb || (node->stalled_until && node->deaf) ||
	    (node->stalled_until && node->socket_count >= max)) {
		sim_datagram_unuse(event->datagram);
		return;
	}
	if (node->socket_count == SIM_REST_MAX)
		sim_read(sim, node);
	/* It is read with what waits. */
	node->socket_link[node->socket_count] = event->link;
	node->socket_at[node->socket_count] = sim_clock(sim, node);
	node->socket[node->socket_count++] = event->datagram;
	if (!waits)
		sim_read(sim, node);
}

static void
sim_handle(struct sim *sim, const struct sim_event *event)
{
	struct sim_node *node = &sim->node[event->node];
	bool runs = node->memb && node->life == event->life && !node->stalled_until;

	switch (event->kind) {
	case SIM_DATAGRAM:
		sim_event_datagram(sim, node, event);
		break;
	case SIM_TIMER:
		if (!runs || node->armed_event != event->number)
			break;
		sim_tick(sim, node);
		break;
	case SIM_READ:
		if (runs)
			sim_read(sim, node);
		break;
	case SIM_WAKE:
		if (node->memb && node->life == event->life)
			sim_wake(sim, node);
		break;
	case SIM_PONG:
		if (runs)
			sim_pong(sim, node, event->link, event->arg);
		break;
	case SIM_CALL:
		event->call(sim, event->data, event->arg);
		break;
	}
}

bool
sim_step(struct sim *sim, int64_t until)
{
	struct sim_event event;

	if (sim->queue->count == 0 || sim->queue->heap[0].when > until) {
		sim->now = until;
		return false;
	}
	event = sim_pop(sim);
	assert(event.when >= sim->now);
	sim->now = event.when;
	sim->steps++;
	sim_handle(sim, &event);
	sim_flush_posts(sim);
	return true;
}

void
sim_run(struct sim *sim, int64_t ms)
{
	int64_t until = sim->now + ms * SIM_MS;

	while (sim_step(sim, until))
		continue;
}

bool
sim_run_until(struct sim *sim, bool (*done)(struct sim *sim), int64_t ms)
{
	int64_t until = sim->now + ms * SIM_MS;

	while (!done(sim))
		if (!sim_step(sim, until))
			return done(sim);
	return true;
}

struct sim *
sim_new(const struct sim_conf *conf)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	assert(conf->node_count >= 1 && conf->node_count <= SIM_NODE_MAX);
	assert(conf->link_count >= 1 && conf->link_count <= SIM_LINK_MAX);
	assert(conf->ping_count <= SIM_PING_MAX);
	if (!sim)
		abort();
	sim->conf = *conf;
	sim->random = conf->seed;
	sim->now = 1000 * SIM_MS;
	sim->keys.current = 1;
	sim->keys.key[1].auth = MSG_AUTH_CRC;
	sim->queue = calloc(1, sizeof(*sim->queue));
	if (!sim->queue)
		abort();
	if (conf->trace)
		sim->trace = sim_trace_new();
	for (size_t l = 0; l < conf->link_count; l++)
		sim->link[l] =
		    (struct sim_link){ .delay_min_us = 50, .delay_max_us = 200 };
	for (size_t i = 0; i < conf->ping_count; i++)
		sim->host_up[i] = true;
	for (size_t i = 0; i < conf->node_count; i++) {
		sim->node[i].sim = sim;
		sim->node[i].index = i;
		sim->node[i].keys = &sim->keys;
		snprintf(sim->node[i].name, sizeof(sim->node[i].name), "%s", names[i]);
	}
	return sim;
}

void
sim_free(struct sim *sim)
{
	for (size_t i = 0; i < sim->conf.node_count; i++)
		if (sim->node[i].memb)
			sim_crash(sim, i, false);
	for (size_t i = 0; i < sim->queue->count; i++)
		if (sim->queue->heap[i].kind == SIM_DATAGRAM)
			sim_datagram_unuse(sim->queue->heap[i].datagram);
	while (sim->post) {
		struct sim_post *post = sim->post;

		sim->post = post->next;
		free(post);
	}
	sim_trace_free(sim->trace);
	free(sim->queue->heap);
	free(sim->queue);
	free(sim);
}
