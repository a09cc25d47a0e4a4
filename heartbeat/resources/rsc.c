/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resource core as a whole: its life, its phases, its entrances but those about nodes
 * (nodes.c), and what it answers.  Every entrance records a fact and ends in
 * rsc_review(), which draws the conclusions (review.c).
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

const char *const rsc_op_names[] = {
	[RSC_STATUS] = "status",
	[RSC_START] = "start",
	[RSC_STOP] = "stop",
	[RSC_GIVEIP] = "local_giveip",
	[RSC_ANNOUNCE] = "announce",
};

/* State. */

static const struct phase_rule {
	const char *name;
	unsigned next;
} phase_rules[] = {
	[RSC_PHASE_INIT] = { "init",
	    BIT(RSC_PHASE_STARTING) | BIT(RSC_PHASE_SETTLED) | BIT(RSC_PHASE_LEAVING) },
	[RSC_PHASE_STARTING] = { "starting",
	    BIT(RSC_PHASE_SETTLED) | BIT(RSC_PHASE_LEAVING) },
	[RSC_PHASE_SETTLED] = { "settled", BIT(RSC_PHASE_LEAVING) },
	[RSC_PHASE_LEAVING] = { "leaving", BIT(RSC_PHASE_LEFT) },
	[RSC_PHASE_LEFT] = { "left", 0 },
};

/* The only writer of rsc->phase. */
void
rsc_set_phase(struct rsc *rsc, enum rsc_phase phase, const char *why)
{
	const struct phase_rule *was = &phase_rules[rsc->phase];

	assert(was->next & BIT(phase));
	assert(why);
	rsc->phase = phase;
	rsc->news++;
	rsc_logf(rsc, LOG_DEBUG, "resources: %s -> %s (%s)", was->name,
	    phase_rules[phase].name, why);
}

/* The only writer of rsc->hold. */
void
rsc_set_hold(struct rsc *rsc, rsc_set hold, const char *why)
{
	assert((hold & ~rsc->all) == 0);
	assert(why);
	if (hold == rsc->hold)
		return;
	rsc_logf(rsc, LOG_DEBUG, "resources: hold %s -> %s (%s)",
	    rsc_word_of(rsc->hold, rsc->self), rsc_word_of(hold, rsc->self), why);
	rsc->hold = hold;
	rsc->news++;
	rsc->failback_due &= hold;
}

struct rsc *
rsc_new(const struct rsc_conf *conf, const struct rsc_effects *fx, void *shell)
{
	struct rsc *rsc = calloc(1, sizeof(*rsc));

	assert(conf->node_count > 0 && conf->node_count <= RSC_NODE_MAX);
	assert(conf->self < conf->node_count);
	if (!rsc)
		return NULL;
	rsc->fx = *fx;
	rsc->shell = shell;
	rsc->mode = conf->failback == FAILBACK_LEGACY ? RSC_LEGACY : RSC_NICE;
	rsc->failback = conf->failback;
	rsc->self = conf->self;
	rsc->node_count = conf->node_count;
	rsc->all = conf->node_count == RSC_NODE_MAX ? ~(rsc_set)0
	                                            : RSC_SET(conf->node_count) - 1;
	rsc->deadtime_ms = conf->deadtime_ms;
	rsc->script_timeout_ms = conf->script_timeout_ms;
	rsc->stop_retries = conf->stop_retries;
	rsc->can_fence = conf->can_fence;
	rsc->fence_delay_ms = conf->fence_delay_ms;
	rsc->fence_weaker_ms = conf->fence_weaker_ms;
	rsc->generation = conf->generation;
	rsc->continued = conf->restarted;
	rsc->reason = "T_RESOURCES(us)";
	for (size_t i = 0; i < conf->node_count; i++) {
		rsc->peer[i].name = strdup(conf->node[i]);
		/* Until membership says otherwise nobody is known to live, and nobody to
		 * be dead: a node that was not heard is joining, which blocks nothing but
		 * the first decision. */
		rsc->peer[i].state = RSC_NODE_JOINING;
		if (!rsc->peer[i].name) {
			rsc_free(rsc);
			return NULL;
		}
	}
	rsc->standby.peer = RSC_NODE_MAX;
	if (conf->restarted && rsc->mode == RSC_NICE) {
		rsc_set hold = RSC_SET(
		    rsc->self); /* the old daemon without -C, too, came from "local" */

		if (conf->hold && conf->hold[0] == '+')
			rsc_set_of_names(rsc, conf->hold + 1, &hold);
		else if (conf->hold)
			rsc_set_of_word(rsc, conf->hold, rsc->self, &hold);
		rsc->hold = hold;
		rsc->initial_told = true;
	}
	return rsc;
}

void
rsc_free(struct rsc *rsc)
{
	if (!rsc)
		return;
	rsc_groups_free(rsc);
	for (size_t i = 0; i < rsc->node_count; i++)
		free((void *)(uintptr_t)rsc->peer[i].name);
	free(rsc->exec.queue);
	free(rsc);
}

/* Entrances. */

void
rsc_comm_up(struct rsc *rsc, struct instant now)
{
	if (rsc->phase == RSC_PHASE_LEAVING || rsc->phase == RSC_PHASE_LEFT) {
		/* Asked to end before it came up.  Said once more for those who did not
		 * hear it: something may still run here. */
		if (rsc->phase == RSC_PHASE_LEAVING && rsc->mode == RSC_NICE)
			rsc_send_resource(rsc, "shutdown");
		return;
	}
	rsc->comm_up_waits = rsc->looking;
	if (!rsc->looking)
		rsc_begin(rsc, now);
	rsc_review(rsc, now);
}

void
rsc_begin(struct rsc *rsc, struct instant now)
{
	assert(rsc->phase == RSC_PHASE_INIT);
	if (rsc->mode == RSC_LEGACY) {
		rsc_set_phase(rsc, RSC_PHASE_SETTLED, "communication is up, legacy mode");
	} else {
		rsc_set_phase(rsc, RSC_PHASE_STARTING, "communication is up");
		rsc->settle_due = instant_add_ms(now, RSC_LOCAL_TIMER_MS);
		rsc_send_starting(rsc, now, RSC_NODE_MAX);
		if (rsc->hold)
			rsc_send_resource(rsc, NULL); /* kept over a restart */
	}
	rsc_answer_asked(rsc);
	/* Who was found dead before this moment is taken over now. */
	for (size_t i = 0; i < rsc->node_count; i++)
		if (i != rsc->self && rsc->peer[i].state == RSC_NODE_DEAD &&
		    !rsc->peer[i].resolved)
			rsc_on_death(rsc, now, i);
	if (rsc->mode == RSC_LEGACY && !rsc_is_ending(rsc))
		rsc_legacy_acquire(rsc, now, "communication is up");
}

static const char *const wanted[] = { "starting", "resource", "ask_resources",
	"hb_takeover", "ip-request", "ip-request-resp", "shutdone", "stonith" };

bool
rsc_wants(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (strcmp(type, wanted[i]) == 0)
			return true;
	return false;
}

void
rsc_message(struct rsc *rsc, struct instant now, const char *from, const struct msg *m)
{
	const char *t = msg_type(m);
	size_t i = rsc_node_index(rsc, from);

	if (i == RSC_NODE_MAX)
		return; /* ping nodes and strangers hold nothing */
	if (i != rsc->self && rsc->peer[i].state == RSC_NODE_DEAD) {
		/* It is not: rsc_node() will say so.  It must not start beside us
		 * meanwhile. */
		if (strcmp(t, "starting") == 0)
			rsc_on_starting(rsc, i, m);
		return;
	}
	if (strcmp(t, "starting") == 0)
		rsc_on_starting(rsc, i, m);
	else if (strcmp(t, "resource") == 0)
		rsc_on_resource(rsc, now, i, m);
	else if (strcmp(t, "ask_resources") == 0)
		rsc_on_ask(rsc, now, i, m);
	else if (strcmp(t, "hb_takeover") == 0)
		rsc_on_takeover(rsc, now, i, m);
	else if (strcmp(t, "shutdone") == 0)
		rsc_on_shutdone(rsc, now, i);
	else if (strcmp(t, "stonith") == 0)
		rsc_on_stonith(rsc, now, i, m);
	else if (strcmp(t, "ip-request") == 0)
		rsc_on_ip_request(rsc, i, m);
	else if (strcmp(t, "ip-request-resp") == 0)
		rsc_on_ip_response(rsc, now, i, m);
	rsc_review(rsc, now);
}

int
rsc_ask_standby(struct rsc *rsc, struct instant now, const char *word)
{
	int rc = rsc_standby_ask(rsc, now, word);

	rsc_review(rsc, now);
	return rc;
}

void
rsc_leave(struct rsc *rsc, struct instant now, const char *why)
{
	rsc_leave_begin(rsc, now, why);
	rsc_review(rsc, now);
}

void
rsc_tick(struct rsc *rsc, struct instant now)
{
	rsc_exec_tick(rsc, now);
	rsc_kept_tick(rsc, now);
	rsc_fence_tick(rsc, now);
	rsc_standby_tick(rsc, now);
	rsc_legacy_tick(rsc, now);
	rsc_mute_try(rsc, now);
	rsc_review(rsc, now);
}

/* Answers. */

const char *
rsc_hold_word(const struct rsc *rsc)
{
	struct rsc *r = (struct rsc *)(uintptr_t)rsc; /* only the buffer is written */

	if (rsc->mode == RSC_LEGACY)
		return "none";
	if (rsc->node_count <= 2 || rsc->hold == 0 || rsc->hold == RSC_SET(rsc->self))
		return rsc_word_of(rsc->hold, rsc->self);
	/* The words say too little: names, with a mark before them. */
	r->hold_words[0] = '+';
	rsc_hold_names(rsc, rsc->hold, r->hold_words + 1, sizeof(r->hold_words) - 1);
	return r->hold_words;
}

const char *
rsc_word(const struct rsc *rsc)
{
	if (!rsc_is_stable(rsc))
		return "transition";
	return rsc->mode == RSC_LEGACY ? "none" : rsc_word_of(rsc->hold, rsc->self);
}

bool
rsc_is_idle(const struct rsc *rsc)
{
	return rsc_exec_is_idle(rsc) && !rsc->apart && !rsc->paused && !rsc->looking &&
	       !rsc->found && rsc->standby.phase == RSC_SB_NOT;
}

bool
rsc_may_reload(const struct rsc *rsc)
{
	/* What was asked for and not answered yet would be taken for running by the next
	 * program.  Who never answers does not hold up a reload for ever. */
	for (size_t i = 0; i < rsc->group_count; i++)
		if (instant_is_set(rsc->group[i]->requested) &&
		    rsc->group[i]->asked < RSC_REQUESTS_IDLE)
			return false;
	return rsc_is_idle(rsc);
}

enum rsc_mode
rsc_mode(const struct rsc *rsc)
{
	return rsc->mode;
}

size_t
rsc_group_count(const struct rsc *rsc)
{
	return rsc->group_count;
}

void
rsc_check(const struct rsc *rsc)
{
	const struct rsc_exec *x = &rsc->exec;

	assert((rsc->hold & ~rsc->all) == 0);
	assert((rsc->failback_due & ~rsc->hold) == 0);
	assert(x->count <= x->queue_max);
	assert(!x->busy || x->job.kind != RSC_JOB_MARK);
	assert(x->id == 0 || x->busy);
	assert(!x->busy || x->id != 0 || instant_is_set(x->due));
	assert(
	    rsc->phase != RSC_PHASE_INIT || rsc->looking || (!x->busy && x->count == 0));
	assert(!rsc->looking || rsc->phase == RSC_PHASE_INIT);
	assert(rsc->phase != RSC_PHASE_LEFT || rsc->hold == 0);
	assert(rsc->standby.phase == RSC_SB_NOT || rsc->mode == RSC_NICE);
	assert(rsc->standby.phase == RSC_SB_NOT || instant_is_set(rsc->standby.deadline));
	for (size_t i = 0; i < rsc->node_count; i++) {
		const struct rsc_peer *p = &rsc->peer[i];

		assert((p->hold & ~rsc->all) == 0);
		assert(p->fence == RSC_FENCE_NONE ||
		       (p->state == RSC_NODE_DEAD && !p->resolved));
		assert(!p->resolved || (p->state == RSC_NODE_DEAD && p->hold == 0));
		assert(!p->fenced || p->resolved);
	}
	/* What we do not hold does not run here, and is not being started, unless it is
	 * just being given up. */
	if (rsc->mode != RSC_NICE || rsc->phase == RSC_PHASE_LEAVING ||
	    rsc->phase == RSC_PHASE_LEFT)
		return;
	for (size_t i = 0; i < rsc->group_count; i++) {
		const struct rsc_group *g = rsc->group[i];

		if (g->state == RSC_STARTING && g->home < rsc->node_count &&
		    !rsc_exec_will_release(rsc, g) &&
		    !(x->busy && x->job.group == g &&
		        (x->giving_up || x->cut_short ||
		            x->job.activity == RSC_ACT_REQUEST)))
			assert(rsc->hold & RSC_SET(g->home));
	}
}
