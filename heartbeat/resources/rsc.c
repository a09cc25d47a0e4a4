/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entrances of the resource core, and what it says to the outside.  Every entrance
 * records a fact and ends in rsc_review(), which draws the conclusions (review.c).
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

const char *const rsc_op_names[] = {
	[RSC_STATUS] = "status",
	[RSC_START] = "start",
	[RSC_STOP] = "stop",
	[RSC_GIVEIP] = "local_giveip",
	[RSC_ANNOUNCE] = "announce",
};

/* Speaking. */

void
rsc_logf(const struct rsc *rsc, int priority, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	rsc->fx.log(rsc->shell, priority, text);
}

void
rsc_tell(struct rsc *rsc, enum rsc_event_type type, const char *key, const char *word,
    const char *why)
{
	const struct rsc_event event = { .type = type,
		.key = key,
		.word = word,
		.why = why };

	assert(why);
	rsc->fx.tell(rsc->shell, &event);
}

static void
send_add(struct rsc_send *send, const char *name, const char *value)
{
	assert(send->count < RSC_SEND_FIELDS);
	send->field[send->count].name = name;
	send->field[send->count++].value = value;
}

/* Nodes whose sets we hold.  Empty when they do not fit. */
static void
hold_names(const struct rsc *rsc, rsc_set hold, char *names, size_t size)
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < rsc->node_count && used < size; i++)
		if (hold & RSC_SET(i))
			used += (size_t)snprintf(names + used, size - used, "%s%s",
			    used ? " " : "", rsc->peer[i].name);
	if (used >= size)
		names[0] = '\0';
}

/* More than two nodes do not fit into the four words; new nodes also read the names. */
static void
send_add_names(const struct rsc *rsc, rsc_set hold, struct rsc_send *send, char *names,
    size_t size)
{
	if (rsc->node_count <= 2)
		return;
	hold_names(rsc, hold, names, size);
	if (hold && !names[0])
		return; /* names that long do not fit: the words have to do */
	send_add(send, "hbhold", names);
}

static void
send_resource(struct rsc *rsc, const char *info, const char *asks)
{
	struct rsc_send send = { .type = "resource" };
	rsc_set hold = rsc->hold;
	char names[2048];

	/* Who asks while we stop something must not start it beside us: the promise to
	 * give it up, made with "shutdown" or "standby", is not kept before the last stop
	 * has ended. */
	if (!info)
		hold |= rsc_still_running(rsc);
	send_add(&send, "rsc_hold", rsc_word_of(hold, rsc->self));
	send_add(&send, "rtype", "full");
	rsc->announced_stable = rsc_is_settled(rsc);
	rsc->repeat_wanted = rsc->announced_stable;
	send_add(&send, "isstable", rsc->announced_stable ? "1" : "0");
	if (info)
		send_add(&send, "info", info);
	send_add_names(rsc, hold, &send, names, sizeof(names));
	send_add(&send, "hbans", asks);
	rsc->fx.send(rsc->shell, &send);
}

void
rsc_send_resource(struct rsc *rsc, const char *info)
{
	send_resource(rsc, info, "-");
}

void
rsc_send_answer(struct rsc *rsc, const char *asks)
{
	send_resource(rsc, NULL, asks[0] ? asks : "-");
}

/* Asks what everybody holds, and waits for the answer of WHO (RSC_NODE_MAX: of all). What
 * a node said before it was asked may have been on its way for long: new nodes repeat the
 * number in their answer (field hbans), old ones know no such field. */
void
rsc_send_starting(struct rsc *rsc, struct instant now, size_t who)
{
	struct rsc_send send = { .type = "starting" };
	char number[24];

	snprintf(number, sizeof(number), "%llx", (unsigned long long)now.ns);
	send_add(&send, "hbask", number);
	for (size_t i = 0; i < rsc->node_count; i++) {
		struct rsc_peer *p = &rsc->peer[i];

		if (who == RSC_NODE_MAX || who == i)
			p->reported = false;
		if (who == RSC_NODE_MAX || who == i || p->ask)
			p->ask = now.ns;
	}
	rsc->fx.send(rsc->shell, &send);
}

void
rsc_send_ask(struct rsc *rsc, const char *info, const char *word, size_t to)
{
	struct rsc_send send = { .type = "ask_resources" };
	char names[2048];

	send_add(&send, "rsc_hold", word);
	send_add(&send, "info", info);
	/* Of more than two nodes several may be giving: whose offer is meant?  And who
	 * offered in time? */
	if (rsc->node_count > 2 && to < rsc->node_count)
		send_add(&send, "hbto", rsc->peer[to].name);
	else if (rsc->node_count > 2 && strcmp(info, "done") == 0) {
		hold_names(rsc, rsc->standby.takers, names, sizeof(names));
		send_add(&send, "hbfor", names);
	}
	rsc->fx.send(rsc->shell, &send);
}

void
rsc_send_fenced(struct rsc *rsc, size_t node, const char *result)
{
	struct rsc_send send = { .type = "stonith" };

	send_add(&send, "node", rsc->peer[node].name);
	send_add(&send, "result", result);
	rsc->fx.send(rsc->shell, &send);
}

/* Nodes. */

size_t
rsc_node_index(const struct rsc *rsc, const char *name)
{
	for (size_t i = 0; i < rsc->node_count; i++)
		if (strcasecmp(rsc->peer[i].name, name) == 0)
			return i;
	return RSC_NODE_MAX;
}

bool
rsc_peer_lives(const struct rsc *rsc, size_t i)
{
	return i != rsc->self && rsc->peer[i].state != RSC_NODE_DEAD &&
	       !rsc->peer[i].gone;
}

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

static void
peer_begins_anew(struct rsc_peer *p)
{
	p->reported = p->stable = p->mute = p->gone = false;
	p->ask = 0;
}

/* A node that we took for dead did its work somewhere out of our hearing, or has just
 * come up so fast that we did not see how: it is asked. */
static void
peer_was_away(struct rsc *rsc, struct instant now, size_t i)
{
	if ((rsc->phase != RSC_PHASE_STARTING && rsc->phase != RSC_PHASE_SETTLED) ||
	    rsc_is_ending(rsc))
		return;
	if (rsc->mode == RSC_LEGACY) {
		rsc_legacy_returned(rsc, now);
		return;
	}
	rsc_send_starting(rsc, now, i);
	rsc_send_resource(rsc, NULL);
}

void
rsc_node(struct rsc *rsc, struct instant now, const char *name, enum rsc_node_state state,
    bool anything, const char *why)
{
	size_t i = rsc_node_index(rsc, name);
	struct rsc_peer *p;

	assert(why);
	if (i == RSC_NODE_MAX || i == rsc->self)
		return;
	p = &rsc->peer[i];
	p->anything = p->anything || anything;
	if (state == RSC_NODE_DEAD) {
		if (p->state != RSC_NODE_DEAD) {
			p->state = RSC_NODE_DEAD;
			snprintf(p->dead_why, sizeof(p->dead_why), "%s %s", p->name, why);
			rsc_on_death(rsc, now, i);
		}
	} else {
		bool is_abrupt = p->state == RSC_NODE_DEAD &&
		                 (state == RSC_NODE_ACTIVE || rsc->node_count > 2);
		bool is_up = p->state != RSC_NODE_ACTIVE && state == RSC_NODE_ACTIVE;

		if (p->state == RSC_NODE_DEAD) {
			/* Back.  What it holds now it will say; a fencing still going on
			 * is pointless. */
			bool was_fenced = p->fence != RSC_FENCE_NONE;
			rsc_set hold = 0;

			/* It was not reset: it may have kept everything. */
			if (!p->resolved)
				hold = p->reported ? p->hold | p->releasing : rsc->all;
			/* .. or have taken anything, while we did: what we have begun is
			 * not completed, and what we run stays, until it says what it
			 * holds. */
			if (p->merges) {
				hold = rsc->all;
				rsc_exec_forget(rsc, rsc->all, true);
				rsc->paused |= rsc->hold;
			}
			struct rsc_peer back = {
				.name = p->name,
				.anything = anything,
				.hold = hold,
				.was_away = true,
			};

			/* What its death began still names it as the reason. */
			memcpy(back.dead_why, p->dead_why, sizeof(back.dead_why));
			*p = back;
			if (was_fenced)
				rsc_logf(rsc, LOG_INFO,
				    "node %s is back: its fencing is not retried",
				    p->name);
		}
		if (state == RSC_NODE_JOINING && (p->state == RSC_NODE_ACTIVE || p->gone))
			peer_begins_anew(p);
		if (state == RSC_NODE_JOINING)
			p->seen_start = true;
		if (is_up && !p->reported && rsc->mode == RSC_NICE)
			p->mute_due =
			    instant_add_ms(now, RSC_LOCAL_TIMER_MS + rsc->deadtime_ms);
		p->state = state;
		if (is_up && rsc->phase == RSC_PHASE_LEAVING && rsc->mode == RSC_NICE)
			rsc_send_resource(rsc, "shutdown"); /* it may not know yet */
		if (is_up)
			rsc_legacy_active(rsc, now);
		/* It came up while we slept and has everything, and says nothing of it.
		 */
		if (rsc->mode == RSC_LEGACY && instant_is_set(rsc->slept) &&
		    instant_diff_ms(now, rsc->slept) < rsc->deadtime_ms &&
		    rsc->phase == RSC_PHASE_SETTLED && !rsc_is_ending(rsc))
			rsc_come_apart(rsc, now);
		if (rsc->mode == RSC_LEGACY)
			rsc_legacy_yield(rsc, i);
		/* A legacy node tells nothing by itself, however it came back. */
		if (is_abrupt || (is_up && p->was_away && rsc->mode == RSC_LEGACY))
			peer_was_away(rsc, now, i);
		if (is_up)
			p->was_away = false;
	}
	rsc_review(rsc, now);
}

void
rsc_restarted(struct rsc *rsc, struct instant now, const char *name)
{
	size_t i = rsc_node_index(rsc, name);
	struct rsc_peer *p;

	if (i == RSC_NODE_MAX || i == rsc->self)
		return;
	p = &rsc->peer[i];
	rsc_standby_lost(rsc, i, "the other side restarted");
	/* Its new life says itself what it kept (reload) or lost (crash); until then it
	 * counts as holding what it did, so that nobody starts the same things beside it.
	 */
	peer_begins_anew(p);
	p->kept = true;
	p->hold |= p->releasing;
	p->releasing = 0;
	rsc_review(rsc, now);
}

void
rsc_lost(struct rsc *rsc, struct instant now, const char *name)
{
	size_t i = rsc_node_index(rsc, name);

	if (i == RSC_NODE_MAX || i == rsc->self || rsc->mode == RSC_LEGACY ||
	    (rsc->phase != RSC_PHASE_STARTING && rsc->phase != RSC_PHASE_SETTLED))
		return;
	if (rsc->peer[i].ask == now.ns)
		return; /* one of many: it was asked in this very moment */
	/* Every node answers "starting" with what it holds, and then waits to hear the
	 * same of us. */
	rsc_send_starting(rsc, now, i);
	rsc_send_resource(rsc, NULL);
	rsc_review(rsc, now);
}

bool
rsc_is_ending(const struct rsc *rsc)
{
	return rsc->leave_wanted || rsc->apart;
}

/* Others have taken what we hold, or we what they do: stop making it worse, restart. */
void
rsc_come_apart(struct rsc *rsc, struct instant restart)
{
	rsc->apart = true;
	rsc->partition_due = restart;
	rsc_standby_cancel(rsc, "this node was apart from the others");
	rsc_exec_cut_short(rsc, BIT(RSC_ACT_LOCAL) | BIT(RSC_ACT_TAKEOVER) |
	                            BIT(RSC_ACT_REQUEST) | BIT(RSC_ACT_TAKE));
}

void
rsc_partition(struct rsc *rsc, struct instant now, const char *name, bool merges)
{
	size_t i = rsc_node_index(rsc, name);

	if (rsc->phase == RSC_PHASE_LEAVING || rsc->phase == RSC_PHASE_LEFT)
		return;
	if (merges && rsc->mode == RSC_NICE && !rsc->apart && i != RSC_NODE_MAX &&
	    i != rsc->self) {
		rsc->peer[i].merges = true;
		rsc_logf(rsc, LOG_INFO,
		    "resources: %s was alive all the time: what runs on both will be "
		    "stopped on one",
		    name);
		return; /* that it is back comes next */
	}
	if (!rsc->apart) {
		rsc_come_apart(rsc, instant_add_ms(now, RSC_PARTITION_MS));
		rsc_logf(rsc, LOG_DEBUG,
		    "resources: %s was alive all the time: restart in %d ms", name,
		    RSC_PARTITION_MS);
	}
	rsc_review(rsc, now);
}

void
rsc_overslept(struct rsc *rsc, struct instant now, const char *why)
{
	bool somebody = false;

	for (size_t i = 0; i < rsc->node_count; i++)
		somebody = somebody || rsc_peer_lives(rsc, i);
	if (!somebody)
		rsc->slept = now;
	if (!somebody || rsc->phase == RSC_PHASE_INIT || rsc->apart)
		return;
	rsc_logf(rsc, LOG_CRIT,
	    "This node stood still (%s): the others have taken its resources over."
	    "  Giving them up.",
	    why);
	rsc_come_apart(rsc, now);
	rsc_review(rsc, now);
}

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
	"hb_takeover", "ip-request", "ip-request-resp", "shutdone" };

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
	else if (strcmp(t, "ip-request") == 0)
		rsc_on_ip_request(rsc, i, m);
	else if (strcmp(t, "ip-request-resp") == 0)
		rsc_on_ip_response(rsc, i, m);
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
	hold_names(rsc, rsc->hold, r->hold_words + 1, sizeof(r->hold_words) - 1);
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
