/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipfail's decisions; the contract is in ipfail.h.  Texts are those of the old one. */
#include "heartbeat/helpers/ipfail/ipfail.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

static const char *const set_words[] = {
	[IPFAIL_NOTHING] = "nothing",
	[IPFAIL_FOREIGN] = "foreign",
	[IPFAIL_ALL] = "all",
};

static void __attribute__((format(printf, 2, 3)))
say_log(const struct ipfail *ipfail, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ipfail->fx->log(ipfail->shell, LOG_INFO, text);
}

void
ipfail_init(struct ipfail *ipfail, const char *peer, int64_t keepalive_ms, bool failback,
    bool stable, const struct ipfail_effects *fx, void *shell)
{
	*ipfail = (struct ipfail){ .fx = fx,
		.shell = shell,
		.failback = failback,
		.delay_ms = 2 * keepalive_ms,
		.stable = stable };
	snprintf(ipfail->peer, sizeof(ipfail->peer), "%s", peer);
}

static bool
is(const char *status, const char *word)
{
	return strcasecmp(status, word) == 0;
}

bool
ipfail_wants_count(const struct ipfail *ipfail, const struct ipfail_event *ev)
{
	(void)ipfail;
	switch (ev->kind) {
	case IPFAIL_NODE:
		return is(ev->status, "dead") || is(ev->status, "ping");
	case IPFAIL_LINK:
		return is(ev->status, "dead");
	case IPFAIL_JOIN:
	case IPFAIL_COUNT:
	case IPFAIL_AGAIN:
		return true;
	case IPFAIL_DEAD:
	case IPFAIL_ABORT:
	case IPFAIL_RESOURCE:
		break;
	}
	return false;
}

/* The delay. */

static void
give_later(struct ipfail *ipfail, struct instant now, enum ipfail_set set,
    int64_t delay_ms)
{
	ipfail->soon = set;
	say_log(ipfail, "Delayed giveup in %lld seconds.", (long long)delay_ms / 1000);
	ipfail->fx->arm_give(ipfail->shell, instant_add_ms(now, delay_ms));
}

/* False when nothing was to come. */
static bool
give_not(struct ipfail *ipfail)
{
	if (ipfail->soon == IPFAIL_NOTHING)
		return false;
	say_log(ipfail, "Aborted delayed giveup (%d)", (int)ipfail->soon);
	ipfail->soon = IPFAIL_NOTHING;
	ipfail->fx->arm_give(ipfail->shell, INSTANT_NEVER);
	return true;
}

/* A ping node that comes and goes would move the resources with it: each failback that
 * follows the one before within minutes waits longer. */
static void
failback_later(struct ipfail *ipfail, struct instant now)
{
	int64_t delay_ms = ipfail->delay_ms;

	if (!instant_is_set(ipfail->failed_back) ||
	    instant_diff_ms(now, ipfail->failed_back) > IPFAIL_CALM_MS)
		ipfail->failbacks = 0;
	for (unsigned i = 0; i < ipfail->failbacks && delay_ms < IPFAIL_DAMP_MAX_MS; i++)
		delay_ms = i == 0 && delay_ms < IPFAIL_DAMP_FIRST_MS
		               ? IPFAIL_DAMP_FIRST_MS
		               : 2 * delay_ms;
	if (delay_ms > IPFAIL_DAMP_MAX_MS)
		delay_ms = IPFAIL_DAMP_MAX_MS;
	say_log(ipfail, "Giving up foreign resources (auto_failback).");
	give_later(ipfail, now, IPFAIL_FOREIGN, delay_ms);
}

void
ipfail_give(struct ipfail *ipfail, struct instant now, const char *held)
{
	enum ipfail_set set = ipfail->soon;

	if (set == IPFAIL_NOTHING)
		return;
	ipfail->soon = IPFAIL_NOTHING;
	say_log(ipfail, "giveup() called (timeout worked)");
	if (is(held, "transition")) {
		ipfail->unrest = true;
		return;
	}
	if (is(held, "none") || (set == IPFAIL_FOREIGN && is(held, "local"))) {
		say_log(ipfail, "Nothing to give up (%s): this node holds %s.",
		    set_words[set], held);
		return;
	}
	if (set == IPFAIL_FOREIGN) {
		ipfail->failed_back = now;
		ipfail->failbacks++;
	}
	ipfail->fx->say(ipfail->shell, IPFAIL_SAY_GIVE, 0, set);
}

/* Events. */

static void
ask(struct ipfail *ipfail, int64_t seen)
{
	say_log(ipfail, "Asking other side for ping node count.");
	ipfail->fx->say(ipfail->shell, IPFAIL_SAY_COUNT, seen, IPFAIL_NOTHING);
}

static void
on_node(struct ipfail *ipfail, const struct ipfail_event *ev, int64_t seen)
{
	say_log(ipfail, "Status update: Node %s now has status %s", ev->node, ev->status);
	if (is(ev->status, "dead")) {
		say_log(ipfail,
		    seen > 0 ? "NS: We are still alive!" : "NS: We are dead. :<");
		if (strcasecmp(ev->node, ipfail->peer) == 0) {
			/* Nobody is there to take anything; what it said of itself is
			 * over. */
			give_not(ipfail);
			ipfail->unrest = false;
		}
	} else if (is(ev->status, "ping")) {
		say_log(ipfail, "A ping node just came up.");
		ask(ipfail, seen);
	}
}

static void
on_link(struct ipfail *ipfail, const struct ipfail_event *ev, int64_t seen)
{
	say_log(ipfail, "Link Status update: Link %s/%s now has status %s", ev->node,
	    ev->link, ev->status);
	if (!is(ev->status, "dead"))
		return;
	if (seen == 0)
		say_log(ipfail, "We are dead. :<");
	ask(ipfail, seen);
}

static void
on_count(struct ipfail *ipfail, struct instant now, int64_t theirs, int64_t ours)
{
	if (ours > theirs) {
		say_log(ipfail,
		    "Telling other node that we have more visible ping nodes.");
		if (ipfail->soon == IPFAIL_FOREIGN)
			give_not(ipfail); /* to a node that sees less than we do */
		ipfail->fx->say(ipfail->shell, IPFAIL_SAY_DEAD, 0, IPFAIL_NOTHING);
		return;
	}
	if (ours < theirs) {
		say_log(ipfail, "Giving up because we have less visible ping nodes.");
		give_later(ipfail, now, IPFAIL_ALL, ipfail->delay_ms);
		return;
	}
	say_log(ipfail, "Ping node count is balanced.");
	ipfail->fx->say(ipfail->shell, IPFAIL_SAY_ABORT, 0, IPFAIL_NOTHING);
	if (!give_not(ipfail) && ipfail->failback && ipfail->stable)
		failback_later(ipfail, now);
}

static void
on_resource(struct ipfail *ipfail, struct instant now, bool stable)
{
	ipfail->stable = stable;
	if (!stable || !ipfail->unrest)
		return;
	ipfail->unrest = false;
	ipfail->fx->arm_ask(ipfail->shell, instant_add_ms(now, IPFAIL_STABLE_MS));
}

void
ipfail_event(struct ipfail *ipfail, struct instant now, const struct ipfail_event *ev,
    int64_t seen)
{
	assert(seen >= 0);
	switch (ev->kind) {
	case IPFAIL_NODE:
		on_node(ipfail, ev, seen);
		break;
	case IPFAIL_LINK:
		on_link(ipfail, ev, seen);
		break;
	case IPFAIL_JOIN:
	case IPFAIL_AGAIN:
		ask(ipfail, seen);
		break;
	case IPFAIL_COUNT:
		on_count(ipfail, now, ev->count, seen);
		break;
	case IPFAIL_DEAD:
		say_log(ipfail,
		    "Giving up because we were told that we have less ping nodes.");
		give_later(ipfail, now, IPFAIL_ALL, ipfail->delay_ms);
		break;
	case IPFAIL_ABORT:
		if (!give_not(ipfail))
			say_log(ipfail, "No giveup timer to abort.");
		break;
	case IPFAIL_RESOURCE:
		on_resource(ipfail, now, ev->stable);
		break;
	}
}
