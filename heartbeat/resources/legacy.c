/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * auto_failback legacy (spec 9): nothing is negotiated.  A node asks for its groups one
 * by one with ip-request; whoever runs one stops it and answers.  Answers are also given
 * in the other modes, for a legacy peer.
 *
 * Beyond the old daemon: a question is repeated until everybody who may run the group has
 * answered (new nodes repeat its number, fields hbask and hbans), of two who ask for the
 * same group the one with less right to it withdraws, and a node that comes back is asked
 * for what it may have started meanwhile.
 */
#include "heartbeat/resources/private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

/* May node I run G without our knowing?  One that is not active yet seldom does; it is
 * given the time of one question, because it may have been restarted with its resources
 * kept, and answers only when it is up. */
static bool
must_answer(const struct rsc *rsc, const struct rsc_group *g, size_t i)
{
	const struct rsc_peer *p = &rsc->peer[i];

	if (i == rsc->self)
		return false;
	if (p->state == RSC_NODE_DEAD)
		return !p->resolved; /* it is being fenced */
	return !p->gone && (p->state == RSC_NODE_ACTIVE || p->kept || g->asked == 0);
}

static bool
somebody_may_run(const struct rsc *rsc, const struct rsc_group *g)
{
	for (size_t i = 0; i < rsc->node_count; i++)
		if (must_answer(rsc, g, i))
			return true;
	return false;
}

/* Asks whoever may run G to stop it; the answer starts it here. */
void
rsc_legacy_request(struct rsc *rsc, struct instant now, struct rsc_group *g)
{
	char number[24];
	const struct rsc_send send = { .type = "ip-request",
		.count = 2,
		.field = { { "ipaddr", g->conf.key }, { "hbask", number } } };

	/* A repeated question keeps its number and the answers that came: others may be
	 * just late, behind a slow script. */
	if (!instant_is_set(g->requested)) {
		g->ask = now.ns;
		g->answered = 0;
	}
	snprintf(number, sizeof(number), "%llx", (unsigned long long)g->ask);
	g->requested = instant_add_ms(now, RSC_REQUEST_MS);
	rsc->fx.send(rsc->shell, &send);
}

/* A deadtime later the others may have taken us for dead and started it themselves. */
bool
rsc_legacy_is_stale(const struct rsc *rsc, struct instant now, const struct rsc_group *g)
{
	return g->state == RSC_STOPPED &&
	       instant_diff_ms(now, g->cleared) >= rsc->deadtime_ms &&
	       somebody_may_run(rsc, g);
}

static void
take_or_ask(struct rsc *rsc, struct instant now, struct rsc_group *g,
    enum rsc_activity activity, const char *why)
{
	if (somebody_may_run(rsc, g)) {
		rsc_legacy_request(rsc, now, g);
		return;
	}
	g->requested = INSTANT_NEVER;
	g->asked = 0;
	rsc_exec_acquire(rsc, g, activity, why);
}

/* Our own groups: asked for while somebody may run them, else simply taken. */
void
rsc_legacy_acquire(struct rsc *rsc, struct instant now, const char *why)
{
	bool any = false;

	for (size_t i = 0; i < rsc->group_count; i++) {
		struct rsc_group *g = rsc->group[i];

		if (g->home != rsc->self || g->removed)
			continue;
		any = true;
		take_or_ask(rsc, now, g, RSC_ACT_LOCAL, why);
	}
	if (any)
		rsc_exec_mark(rsc, RSC_ACT_LOCAL, rsc->self);
	else
		rsc_logf(rsc, LOG_INFO,
		    "No local resources [" HB_SHAREDIR
		    "/ResourceManager listkeys %s] to acquire.",
		    rsc->peer[rsc->self].name);
}

/* Where sets are negotiated, only theirs: the set may have gone elsewhere meanwhile. */
static bool
is_to_start(const struct rsc *rsc, const struct rsc_group *g)
{
	return rsc->mode == RSC_LEGACY ||
	       (g->home < rsc->node_count && (rsc->hold & RSC_SET(g->home)));
}

static void
ask_again(struct rsc *rsc, struct instant now, struct rsc_group *g)
{
	g->asked++;
	take_or_ask(rsc, now, g, RSC_ACT_LOCAL, "nobody is left to ask");
}

/* Where sets are negotiated only a node that says nothing is asked, and it has spoken. */
static bool
needs_no_answer(const struct rsc *rsc, const struct rsc_group *g)
{
	if (rsc->mode != RSC_NICE || g->home >= rsc->node_count ||
	    !(rsc->hold & RSC_SET(g->home)))
		return false;
	for (size_t i = 0; i < rsc->node_count; i++)
		if (rsc_peer_lives(rsc, i) && rsc->peer[i].mute)
			return false;
	return true;
}

void
rsc_legacy_tick(struct rsc *rsc, struct instant now)
{
	for (size_t i = 0; i < rsc->group_count; i++) {
		struct rsc_group *g = rsc->group[i];

		if (!instant_is_reached(g->requested, now))
			continue;
		if (rsc_is_ending(rsc) || !is_to_start(rsc, g)) {
			g->requested = INSTANT_NEVER;
		} else if (needs_no_answer(rsc, g)) {
			g->requested = INSTANT_NEVER;
			rsc_exec_acquire(rsc, g, RSC_ACT_LOCAL, "the others speak");
		} else {
			ask_again(rsc, now, g);
		}
	}
}

/* A dead or departed node's groups, and once more our own: it may have run them. */
void
rsc_legacy_takeover(struct rsc *rsc, struct instant now, size_t node)
{
	bool heir = rsc_heir(rsc, node) == rsc->self;

	if (rsc_is_ending(rsc) || rsc->phase != RSC_PHASE_SETTLED)
		return;
	rsc_logf(rsc, LOG_INFO, "Resources being acquired from %s.",
	    rsc->peer[node].name);
	for (size_t i = 0; heir && i < rsc->group_count; i++)
		if (rsc->group[i]->home == node && !rsc->group[i]->removed) {
			rsc_logf(rsc, LOG_INFO, "Taking over resource group %s",
			    rsc->group[i]->conf.key);
			take_or_ask(rsc, now, rsc->group[i], RSC_ACT_TAKEOVER,
			    "owner dead");
		}
	rsc_exec_mark(rsc, RSC_ACT_TAKEOVER, node);
	for (size_t i = 0; i < rsc->group_count; i++)
		if (rsc->group[i]->home == rsc->self && !rsc->group[i]->removed)
			take_or_ask(rsc, now, rsc->group[i], RSC_ACT_LOCAL,
			    "nobody else is alive");
	rsc_exec_mark(rsc, RSC_ACT_LOCAL, rsc->self);
}

/* Its groups are its own affair again: it will ask for what we started. */
void
rsc_legacy_yield(struct rsc *rsc, size_t node)
{
	for (size_t i = 0; i < rsc->group_count; i++)
		if (rsc->group[i]->home == node)
			rsc->group[i]->requested = INSTANT_NEVER;
	rsc_exec_forget(rsc, RSC_SET(node), rsc->peer[node].was_away);
}

/* It could not answer before: those who wait for it ask again at once. */
void
rsc_legacy_active(struct rsc *rsc, struct instant now)
{
	for (size_t i = 0; i < rsc->group_count; i++)
		if (instant_is_set(rsc->group[i]->requested))
			rsc_legacy_request(rsc, now, rsc->group[i]);
}

/* A node that we took for dead may run ours: it is asked to stop it. */
void
rsc_legacy_returned(struct rsc *rsc, struct instant now)
{
	for (size_t i = 0; i < rsc->group_count; i++) {
		struct rsc_group *g = rsc->group[i];

		if (g->home >= rsc->node_count || g->removed)
			continue;
		/* What is being started goes on when the answer is there, or is for
		 * another one to start. */
		rsc_exec_forget(rsc, RSC_SET(g->home), true);
		if (rsc_heir(rsc, g->home) != rsc->self) {
			g->requested = INSTANT_NEVER;
			continue;
		}
		rsc_legacy_request(rsc, now, g);
	}
}

void
rsc_on_ip_request(struct rsc *rsc, size_t from, const struct msg *m)
{
	const char *key = msg_str(m, "ipaddr");
	struct rsc_group *g;

	if (from == rsc->self || !key)
		return;
	if (rsc->phase != RSC_PHASE_SETTLED && rsc->phase != RSC_PHASE_STARTING)
		return;
	if (rsc->mode == RSC_NICE && !rsc->peer[from].reported &&
	    rsc->peer[from].state == RSC_NODE_ACTIVE)
		rsc->peer[from].mute = true; /* only legacy nodes ask like that */
	g = rsc_group_find(rsc, key);
	if (g) {
		/* Both of us want it, and both would be told "no": one withdraws. */
		if (g->home < rsc->node_count && rsc_nearer(rsc, g->home, from) == from)
			g->requested = INSTANT_NEVER;
		rsc_exec_answer(rsc, g, from, msg_str(m, "hbask"));
	} else {
		struct rsc_group unknown = { .conf = { .key = key } };
		struct rsc_job job = { .node = from };

		rsc_answer(rsc, &unknown, &job, false);
	}
}

void
rsc_answer(struct rsc *rsc, const struct rsc_group *g, const struct rsc_job *job,
    bool owned)
{
	size_t asker = job->node;
	const struct rsc_send send = { .type = "ip-request-resp",
		.count = job->asks[0] ? 5 : 4,
		.field = { { "dest", rsc->peer[asker].name }, { "ipaddr", g->conf.key },
		    { "weown", owned ? "yes" : "no" }, { "ok", "OK" },
		    { "hbans", job->asks } } };

	rsc->fx.send(rsc->shell, &send);
	if (rsc->mode == RSC_LEGACY || !owned || g->home >= rsc->node_count)
		return;
	if (rsc_still_running(rsc) & RSC_SET(g->home))
		return;
	/* The last group of that set is gone: a legacy node has it now, unless it died
	 * while we stopped; then nobody has. */
	if (!rsc->peer[asker].resolved)
		rsc->peer[asker].hold |= RSC_SET(g->home);
	rsc_exec_forget(rsc, RSC_SET(g->home), true);
	rsc_set_hold(rsc, rsc->hold & ~RSC_SET(g->home), "asked for by a legacy node");
}

/* Of several peers any may run it, after a partition even more than one: all are waited
 * for. */
static bool
is_answered(const struct rsc *rsc, const struct rsc_group *g)
{
	for (size_t i = 0; i < rsc->node_count; i++)
		if (must_answer(rsc, g, i) && !(g->answered & RSC_SET(i)))
			return false;
	return true;
}

/* Old daemons do not repeat the number. */
static bool
is_awaited(const struct rsc_group *g, const struct msg *m)
{
	const char *answers = msg_str(m, "hbans");
	char number[24];

	snprintf(number, sizeof(number), "%llx", (unsigned long long)g->ask);
	return instant_is_set(g->requested) && (!answers || strcmp(answers, number) == 0);
}

void
rsc_on_ip_response(struct rsc *rsc, struct instant now, size_t from, const struct msg *m)
{
	const char *dest = msg_str(m, "dest"), *key = msg_str(m, "ipaddr"),
	           *ok = msg_str(m, "ok");
	const char *weown = msg_str(m, "weown");
	struct rsc_group *g;

	if (!dest || !key || strcasecmp(dest, rsc->peer[rsc->self].name) != 0)
		return;
	if (rsc_is_ending(rsc) || rsc->phase != RSC_PHASE_SETTLED)
		return;
	rsc_logf(rsc, LOG_INFO, "received ip-request-resp %s %s %s", key, ok ? ok : "",
	    weown ? weown : "");
	g = rsc_group_find(rsc, key);
	if (!g || !ok || strcmp(ok, "OK") != 0)
		return;
	if (from != rsc->self && !is_awaited(g, m))
		return;
	g->answered |= RSC_SET(from);
	if (from != rsc->self && !is_answered(rsc, g))
		return;
	g->requested = INSTANT_NEVER;
	g->asked = 0;
	g->cleared = now;
	if (!is_to_start(rsc, g)) {
		rsc_logf(rsc, LOG_WARNING,
		    "group %s is not started: this node does not hold the resources of "
		    "%s; hb_takeover moves them",
		    g->conf.key, g->conf.node);
		return;
	}
	rsc->reason = "ip-request-resp";
	rsc_exec_acquire(rsc, g, RSC_ACT_REQUEST, "answered");
}
