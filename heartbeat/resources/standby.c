/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
/*
 * Handing sets over on request: the standby protocol (spec 7).  G gives, T takes; the word
 * is always G's view.
 *
 *	phase  what may be relied on                         left by
 *	NOT    no hand-over is going on                      G: ask()         T: "me" of a peer
 *	ME     G asked; with a peer: G is stopping           G: its last stop; without: 10 s
 *	OTHER  T answered; G is stopping, T does nothing     T: "done" of G
 *	DONE   G stopped everything, or T is starting it     G: "done" of T   T: its last start
 *
 * A hand-over that breaks off while G stops is taken back as a whole; after that the set is
 * an orphan like any other (review.c).
 *
 * With more than two nodes several may give and several take: offers name the giver
 * (field hbto), the giver names whose offers came in time (hbfor), each taker takes what it
 * is the next node for and says so at once, and what nobody takes becomes an orphan.
 */
/* clang-format on */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

static const unsigned standby_next[] = {
	[RSC_SB_NOT] = BIT(RSC_SB_ME) | BIT(RSC_SB_OTHER),
	[RSC_SB_ME] = BIT(RSC_SB_NOT) | BIT(RSC_SB_DONE),
	[RSC_SB_OTHER] = BIT(RSC_SB_NOT) | BIT(RSC_SB_DONE),
	[RSC_SB_DONE] = BIT(RSC_SB_NOT),
};

/* The only writer of standby.phase. */
static void
set_phase(struct rsc *rsc, enum rsc_standby_phase phase)
{
	assert(standby_next[rsc->standby.phase] & BIT(phase));
	rsc->standby.phase = phase;
	if (phase == RSC_SB_NOT)
		rsc->standby.deadline = INSTANT_NEVER;
	rsc->news++;
}

static rsc_set
moving_set(const struct rsc *rsc)
{
	const struct rsc_standby *sb = &rsc->standby;
	rsc_set set = 0;
	bool known =
	    rsc_set_of_word(rsc, sb->word, sb->we_give ? rsc->self : sb->peer, &set);

	assert(known);
	(void)known;
	return set;
}

/* Which of the others gets the set of HOME from us. */
static size_t
taker_of(const struct rsc *rsc, size_t home)
{
	for (size_t step = 0; step < rsc->node_count && rsc->node_count > 2; step++) {
		size_t i = (home + step) % rsc->node_count;

		if (rsc_peer_lives(rsc, i))
			return i;
	}
	return rsc->standby.peer;
}

/* Two nodes: everything of the set.  More: what falls to us. */
static rsc_set
set_for_taker(const struct rsc *rsc)
{
	rsc_set set = moving_set(rsc), mine = 0;
	size_t giver = rsc->standby.peer;

	if (rsc->node_count <= 2)
		return set;
	set &= rsc->peer[giver].hold | rsc->peer[giver].releasing;
	for (size_t home = 0; home < rsc->node_count; home++) {
		size_t heir = home;

		/* The heir among those who are not the giver. */
		for (size_t step = 0; step < rsc->node_count; step++) {
			heir = (home + step) % rsc->node_count;
			if (heir != giver &&
			    (heir == rsc->self || rsc_peer_lives(rsc, heir)))
				break;
		}
		if (heir == rsc->self)
			mine |= RSC_SET(home);
	}
	return set & mine;
}

static int
refuse(const struct rsc *rsc, const char *info, const char *from, const char *why)
{
	rsc_logf(rsc, LOG_WARNING, "standby message [%s] from %s ignored.  %s", info,
	    from, why);
	return -EBUSY;
}

/* Both sides look at the same things before they enter. */
static int
enter_check(struct rsc *rsc, struct instant now, const char *info, const char *from)
{
	if (rsc->standby.phase != RSC_SB_NOT) {
		rsc_logf(rsc, LOG_WARNING,
		    "Standby in progress- new request from %s ignored "
		    "[%lld seconds left]",
		    from,
		    (long long)(instant_diff_ms(rsc->standby.deadline, now) / 1000));
		return -EBUSY;
	}
	for (size_t i = 0; i < rsc->node_count; i++)
		if (rsc_peer_lives(rsc, i) && rsc->peer[i].state == RSC_NODE_ACTIVE &&
		    !rsc->peer[i].stable)
			return refuse(rsc, info, from, "Other side is in flux.");
	if (!rsc_is_settled(rsc))
		return refuse(rsc, info, from, "local resources in flux.");
	return 0;
}

int
rsc_standby_ask(struct rsc *rsc, struct instant now, const char *word)
{
	struct rsc_standby *sb = &rsc->standby;
	const char *self = rsc->peer[rsc->self].name;
	bool somebody = false;
	rsc_set set;
	int rc;

	if (!rsc_set_of_word(rsc, word, rsc->self, &set) || set == 0)
		return -EINVAL;
	if (rsc->mode == RSC_LEGACY) {
		rsc_logf(rsc, LOG_ERR,
		    "Standby mode only implemented when nice_failback on");
		return -ENOTSUP;
	}
	if (rsc_is_ending(rsc) || rsc->phase != RSC_PHASE_SETTLED)
		return refuse(rsc, "me", self, "local resources in flux.");
	rc = enter_check(rsc, now, "me", self);
	if (rc)
		return rc;
	for (size_t i = 0; i < rsc->node_count; i++)
		somebody = somebody || (rsc_peer_lives(rsc, i) && rsc->peer[i].stable);
	rsc_logf(rsc, LOG_INFO, "%s wants to go standby [%s]", self, word);
	if (!somebody) {
		rsc_logf(rsc, LOG_WARNING,
		    "No reply to standby request.  Standby request cancelled.");
		return -ENOTCONN;
	}
	*sb = (struct rsc_standby){ .we_give = true, .peer = RSC_NODE_MAX };
	snprintf(sb->word, sizeof(sb->word), "%s", word);
	sb->deadline = instant_add_ms(now, RSC_STANDBY_ASK_MS);
	if (!rsc->announced_stable) {
		/* The end of what went on before must be heard first, or we are refused
		 * as being in flux. */
		rsc_send_resource(rsc, NULL);
	}
	set_phase(rsc, RSC_SB_ME);
	rsc_send_ask(rsc, "me", sb->word, RSC_NODE_MAX);
	return 0;
}

/* The peer wants to give: T. */
static void
on_me(struct rsc *rsc, struct instant now, size_t from, const char *word)
{
	struct rsc_standby *sb = &rsc->standby;
	const char *name = rsc->peer[from].name;

	if (enter_check(rsc, now, "me", name) != 0)
		return;
	*sb = (struct rsc_standby){ .we_give = false, .peer = from };
	snprintf(sb->word, sizeof(sb->word), "%s", word);
	rsc_logf(rsc, LOG_INFO, "%s wants to go standby [%s]", name, word);
	if (set_for_taker(rsc) == 0 && rsc->node_count > 2)
		return; /* another of the survivors is the heir */
	rsc->peer[from].stable = false;
	sb->deadline = instant_add_ms(now, RSC_STANDBY_BEGIN_MS);
	set_phase(rsc, RSC_SB_OTHER);
	rsc_send_ask(rsc, "other", sb->word, sb->peer);
}

static bool
is_given(const struct rsc *rsc, const struct rsc_group *g, rsc_set set)
{
	if (g->home >= rsc->node_count)
		return strcmp(rsc->standby.word, "all") == 0;
	/* Of two nodes the giver stops the whole set of the file, held or not, as it
	 * always did. */
	return (set & RSC_SET(g->home)) != 0;
}

/* T can take: G stops. */
static void
give(struct rsc *rsc, struct instant now, size_t from)
{
	struct rsc_standby *sb = &rsc->standby;
	rsc_set set = moving_set(rsc);

	if (rsc->node_count > 2)
		set &= rsc->hold;
	sb->peer = from;
	sb->takers = RSC_SET(from);
	sb->given = set;
	sb->had = set & rsc->hold;
	sb->deadline = instant_add_ms(now, RSC_STANDBY_STEP_MS);
	rsc_logf(rsc, LOG_INFO, "standby: %s can take our %s resources",
	    rsc->peer[from].name, sb->word);
	rsc_logf(rsc, LOG_INFO, "give up %s HA resources (standby).", sb->word);
	for (size_t i = 0; i < rsc->group_count; i++)
		if (is_given(rsc, rsc->group[i], set))
			rsc_exec_release(rsc, rsc->group[i], RSC_ACT_GIVE, "standby");
	rsc_exec_mark(rsc, RSC_ACT_GIVE, from);
	rsc_set_hold(rsc, rsc->hold & ~set, "standby");
	rsc->peer[from].stable = false;
	rsc_send_resource(rsc, "standby");
}

/* G says that it has begun to stop: T waits as long as that takes. */
void
rsc_standby_began(struct rsc *rsc, struct instant now, size_t from)
{
	struct rsc_standby *sb = &rsc->standby;

	if (sb->we_give || sb->peer != from || rsc_is_ending(rsc))
		return;
	if (sb->phase == RSC_SB_NOT && sb->lapsed)
		set_phase(rsc,
		    RSC_SB_OTHER); /* our "other" came late, but in time for it */
	sb->lapsed = false;
	if (sb->phase == RSC_SB_OTHER)
		sb->deadline = instant_add_ms(now, RSC_STANDBY_STEP_MS);
}

/* The last stop of G has ended. */
void
rsc_standby_given(struct rsc *rsc, struct instant now)
{
	struct rsc_standby *sb = &rsc->standby;

	if (sb->phase != RSC_SB_ME || !sb->we_give)
		return; /* cancelled meanwhile */
	rsc_logf(rsc, LOG_INFO, "%s HA resource release completed (standby).", sb->word);
	rsc_logf(rsc, LOG_INFO, "Local standby process completed [%s].", sb->word);
	/* From now on they may run there: should it die, that is no harmless death. */
	for (size_t home = 0; home < rsc->node_count; home++)
		if ((sb->given & RSC_SET(home)) &&
		    (sb->takers & RSC_SET(taker_of(rsc, home))))
			rsc->peer[taker_of(rsc, home)].hold |= RSC_SET(home);
	for (size_t i = 0; i < rsc->node_count; i++)
		if (sb->takers & RSC_SET(i))
			rsc->peer[i].stable = false; /* it hears "done" only now */
	/* One of several takers says at once that it takes, if it still does. */
	sb->deadline = instant_add_ms(now,
	    rsc->node_count > 2 ? RSC_STANDBY_ASK_MS : RSC_STANDBY_STEP_MS);
	set_phase(rsc, RSC_SB_DONE);
	rsc_send_ask(rsc, "done", sb->word, RSC_NODE_MAX);
}

/* G is done: T starts. */
static void
take(struct rsc *rsc, struct instant now)
{
	struct rsc_standby *sb = &rsc->standby;
	struct rsc_peer *giver = &rsc->peer[sb->peer];
	rsc_set set = set_for_taker(rsc);

	sb->deadline = instant_add_ms(now, RSC_STANDBY_STEP_MS);
	rsc_logf(rsc, LOG_INFO, "standby: acquire [%s] resources from %s", sb->word,
	    giver->name);
	rsc_logf(rsc, LOG_INFO, "acquire %s HA resources (standby).",
	    rsc_word_flip(sb->word));
	giver->hold &= ~moving_set(rsc);
	giver->releasing = 0;
	/* Before the first script runs: whoever asks meanwhile must hear that they are
	 * ours. */
	rsc_set_hold(rsc, rsc->hold | set, "standby of the other side");
	rsc->reason = "auto_failback";
	for (size_t i = 0; i < rsc->group_count; i++)
		if (is_given(rsc, rsc->group[i], set))
			rsc_exec_acquire(rsc, rsc->group[i], RSC_ACT_TAKE, "handed over");
	rsc_exec_mark(rsc, RSC_ACT_TAKE, sb->peer);
	set_phase(rsc, RSC_SB_DONE);
	if (rsc->node_count > 2)
		rsc_send_resource(rsc,
		    NULL); /* each of several takers says at once which part is its own */
}

void
rsc_standby_taken(struct rsc *rsc)
{
	struct rsc_standby *sb = &rsc->standby;

	if (sb->phase != RSC_SB_DONE || sb->we_give)
		return;
	rsc_logf(rsc, LOG_INFO, "%s HA resource acquisition completed (standby).",
	    rsc_word_flip(sb->word));
	rsc_logf(rsc, LOG_INFO, "Standby resource acquisition done [%s].", sb->word);
	rsc_send_ask(rsc, "done", sb->word, sb->peer);
	set_phase(rsc, RSC_SB_NOT);
}

/* T says that it runs now: a fact about T, which its next resource message repeats. */
static void
given_is_taken(struct rsc *rsc, struct instant now, size_t from)
{
	struct rsc_standby *sb = &rsc->standby;

	rsc_logf(rsc, LOG_INFO, "Other node completed standby takeover of %s resources.",
	    sb->word);
	sb->taken = true;
	if (rsc->node_count <= 2)
		rsc->peer[from].hold |= moving_set(rsc);
	/* What none of several takers takes does not stay on its way for ever. */
	sb->deadline = instant_min(sb->deadline, instant_add_ms(now, RSC_STANDBY_ASK_MS));
	rsc_standby_review(rsc);
}

/* A taker has said what it holds now. */
void
rsc_standby_takes(struct rsc *rsc, struct instant now, size_t from)
{
	struct rsc_standby *sb = &rsc->standby;

	if (rsc->node_count > 2 && sb->phase == RSC_SB_DONE && sb->we_give &&
	    !sb->taken && (sb->takers & RSC_SET(from)) &&
	    (rsc->peer[from].hold & sb->given))
		sb->deadline = instant_add_ms(now, RSC_STANDBY_STEP_MS);
}

/* Every taker has been at rest since we said "done": whatever became of it there, it is
 * over. */
static bool
takers_are_at_rest(const struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->node_count; i++) {
		const struct rsc_peer *p = &rsc->peer[i];

		if ((rsc->standby.takers & RSC_SET(i)) &&
		    (!rsc_peer_lives(rsc, i) || !p->reported || !p->stable || p->is_old))
			return false;
	}
	return true;
}

/* The hand-over is over for the giver when everything it gave has a new owner.  One that
 * took us for dead meanwhile has done with it what it wanted, and without a word. */
void
rsc_standby_review(struct rsc *rsc)
{
	const struct rsc_standby *sb = &rsc->standby;

	if (sb->phase != RSC_SB_DONE || !sb->we_give)
		return;
	if ((sb->taken && (sb->given & ~rsc_claimed(rsc)) == 0) ||
	    (sb->given && takers_are_at_rest(rsc)))
		set_phase(rsc, RSC_SB_NOT);
}

/* Sets that are on their way: nobody else's business meanwhile. */
rsc_set
rsc_standby_moving(const struct rsc *rsc)
{
	return rsc->standby.phase == RSC_SB_NOT ||
	               (rsc->standby.we_give && !rsc->standby.given)
	           ? 0
	           : moving_set(rsc);
}

void
rsc_on_ask(struct rsc *rsc, struct instant now, size_t from, const struct msg *m)
{
	struct rsc_standby *sb = &rsc->standby;
	const char *info = msg_str(m, "info"), *word = msg_str(m, "rsc_hold");
	const char *to = msg_str(m, "hbto"), *whom = msg_str(m, "hbfor");
	rsc_set set;

	if (from == rsc->self)
		return; /* what we say is done when we say it */
	if (to && strcasecmp(to, rsc->peer[rsc->self].name) != 0)
		return; /* about another hand-over */
	if (rsc->mode == RSC_LEGACY) {
		rsc_logf(rsc, LOG_ERR,
		    "Standby mode only implemented when nice_failback on");
		return;
	}
	if (rsc->phase != RSC_PHASE_SETTLED && rsc->phase != RSC_PHASE_STARTING)
		return;
	if (!info) {
		rsc_logf(rsc, LOG_ERR, "Received standby message without info/from");
		return;
	}
	if (!word)
		word = "all";
	if (!rsc_set_of_word(rsc, word, from, &set) || set == 0) {
		rsc_logf(rsc, LOG_ERR,
		    "standby message of %s with bad resources [%.32s] ignored",
		    rsc->peer[from].name, word);
		return;
	}
	if (whom && sb->phase == RSC_SB_OTHER && sb->peer == from) {
		/* Our offer came too late: others take it. */
		rsc_set_of_names(rsc, whom, &set);
		if (!(set & RSC_SET(rsc->self))) {
			rsc_standby_cancel(rsc, "others take it");
			return;
		}
	}
	if (strcmp(info, "me") == 0)
		on_me(rsc, now, from, word);
	else if (strcmp(info, "other") == 0 && sb->phase == RSC_SB_ME &&
	         sb->peer == RSC_NODE_MAX)
		give(rsc, now, from);
	else if (strcmp(info, "other") == 0 && sb->phase == RSC_SB_ME &&
	         rsc->node_count > 2)
		sb->takers |= RSC_SET(from); /* one more */
	else if (strcmp(info, "done") == 0 && sb->phase == RSC_SB_OTHER &&
	         sb->peer == from) {
		/* An old giver may have taken back one request and followed another. */
		snprintf(sb->word, sizeof(sb->word), "%s", word);
		take(rsc, now);
	} else if (strcmp(info, "done") == 0 && sb->phase == RSC_SB_DONE && sb->we_give)
		given_is_taken(rsc, now, from);
	else if (strcmp(info, "other") == 0 && sb->phase == RSC_SB_NOT &&
	         (rsc->node_count <= 2 || to))
		rsc_send_resource(rsc,
		    NULL); /* too late: we hold it still, which ends its waiting */
	else if (strcmp(info, "done") == 0 && sb->phase == RSC_SB_NOT) {
		/* An old daemon says it once more around a shutdown; with several takers
		 * each says it. */
		rsc_logf(rsc, LOG_DEBUG,
		    "standby message 'done' from %s while nothing is handed over",
		    rsc->peer[from].name);
		/* .. and one that waits for us must not wait for ever. */
		if (!rsc->peer[from].is_old)
			rsc_send_resource(rsc, NULL);
	} else
		rsc_logf(rsc, rsc->node_count > 2 ? LOG_DEBUG : LOG_ERR,
		    "Ignored standby message '%.16s' from %s in state %d", info,
		    rsc->peer[from].name, (int)sb->phase);
}

/* The release broke off: some of it still runs here, so it is ours as a whole. */
static void
take_back(struct rsc *rsc)
{
	rsc_set set = rsc->standby.had;

	rsc_set_hold(rsc, rsc->hold | set, "the hand-over broke off");
	for (size_t i = 0; i < rsc->group_count; i++)
		if (rsc->group[i]->home < rsc->node_count &&
		    (set & RSC_SET(rsc->group[i]->home)) && !rsc->group[i]->removed)
			rsc_exec_acquire(rsc, rsc->group[i], RSC_ACT_TAKEOVER,
			    "the hand-over broke off");
	rsc_send_resource(rsc, NULL);
}

void
rsc_standby_cancel(struct rsc *rsc, const char *why)
{
	struct rsc_standby *sb = &rsc->standby;

	if (sb->phase == RSC_SB_NOT)
		return;
	rsc_logf(rsc, LOG_INFO, "Cancelling pending standby operation (%s)", why);
	set_phase(rsc, RSC_SB_NOT);
	/* Stops that have not begun are not begun, unless we end and stop everything
	 * anyway; what T has begun to start it goes on with. */
	if (!rsc_exec_has(rsc, RSC_ACT_GIVE) || rsc_is_ending(rsc))
		return;
	rsc_exec_drop(rsc, BIT(RSC_ACT_GIVE));
	take_back(rsc);
}

/* NODE takes part no more.  Of several takers the others go on. */
void
rsc_standby_lost(struct rsc *rsc, size_t node, const char *why)
{
	struct rsc_standby *sb = &rsc->standby;

	if (sb->phase == RSC_SB_NOT || (sb->peer != node && sb->peer != RSC_NODE_MAX &&
	                                   !(sb->takers & RSC_SET(node))))
		return;
	sb->takers &= ~RSC_SET(node);
	if (!sb->we_give || sb->takers == 0) {
		rsc_standby_cancel(rsc, why);
		return;
	}
	for (sb->peer = 0; !(sb->takers & RSC_SET(sb->peer));)
		sb->peer++;
}

void
rsc_standby_tick(struct rsc *rsc, struct instant now)
{
	struct rsc_standby *sb = &rsc->standby;
	bool lapses = sb->phase == RSC_SB_OTHER;

	if (sb->phase == RSC_SB_NOT || !instant_is_reached(sb->deadline, now))
		return;
	rsc_logf(rsc, LOG_WARNING,
	    "No reply to standby request.  Standby request cancelled.");
	rsc_standby_cancel(rsc, "no reply in time");
	if (!lapses)
		return;
	/* An old node may have refused its own request, which it tells nobody: it goes on
	 * as before. */
	sb->lapsed = true;
	rsc->peer[sb->peer].stable = true;
}

/* hb_takeover on the other side: it wants what we have (spec 3.1). */
void
rsc_on_takeover(struct rsc *rsc, struct instant now, size_t from, const struct msg *m)
{
	const char *word = msg_str(m, "rsc_hold");

	if (from == rsc->self || rsc->phase != RSC_PHASE_SETTLED)
		return;
	if (!word || strcmp(word, "failback") == 0)
		word = word ? "local" : "all"; /* "failback" gives the asker what is its
		                                  own, not everything */
	word = rsc_word_flip(word);
	rsc_logf(rsc, LOG_INFO, "%s wants to take over: going standby [%.16s]",
	    rsc->peer[from].name, word);
	if (rsc_standby_ask(rsc, now, word) == -EINVAL)
		rsc_logf(rsc, LOG_ERR,
		    "hb_takeover of %s with bad resources [%.32s] ignored",
		    rsc->peer[from].name, word);
}
