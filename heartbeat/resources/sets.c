/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets and their words (spec 1.1): "local" and "foreign" are always relative to the
 * speaker, so a word is turned into a mask exactly once, here, with the speaker named.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

const char *
rsc_word_of(rsc_set hold, size_t self)
{
	bool local = hold & RSC_SET(self), foreign = hold & ~RSC_SET(self);

	if (local)
		return foreign ? "all" : "local";
	return foreign ? "foreign" : "none";
}

bool
rsc_set_of_word(const struct rsc *rsc, const char *word, size_t speaker, rsc_set *set)
{
	if (strcmp(word, "none") == 0)
		*set = 0;
	else if (strcmp(word, "local") == 0)
		*set = RSC_SET(speaker);
	else if (strcmp(word, "foreign") == 0)
		*set = rsc->all & ~RSC_SET(speaker);
	else if (strcmp(word, "all") == 0)
		*set = rsc->all;
	else
		return false;
	return true;
}

/* "alpha bravo": the sets of these nodes.  Unknown names are passed over. */
void
rsc_set_of_names(const struct rsc *rsc, const char *names, rsc_set *set)
{
	*set = 0;
	while (*names) {
		size_t len = strcspn(names, " ");

		for (size_t i = 0; i < rsc->node_count; i++)
			if (strlen(rsc->peer[i].name) == len &&
			    strncasecmp(rsc->peer[i].name, names, len) == 0)
				*set |= RSC_SET(i);
		names += len;
		names += strspn(names, " ");
	}
}

/* What a resource message says.  With more than two nodes "foreign" is too coarse: new
 * nodes add the names of the nodes whose sets they hold. */
rsc_set
rsc_set_of_message(const struct rsc *rsc, const struct msg *m, size_t speaker)
{
	const char *word = msg_str(m, "rsc_hold"), *names = msg_str(m, "hbhold");
	rsc_set set = 0;

	if (names && rsc->node_count > 2) {
		rsc_set_of_names(rsc, names, &set);
		return set;
	}
	if (!rsc_set_of_word(rsc, word, speaker, &set))
		rsc_logf(rsc, LOG_ERR, "encode_resources: bad resource type [%.32s]",
		    word);
	return set;
}

/* A set as the other of two nodes names it. */
const char *
rsc_word_flip(const char *word)
{
	if (strcmp(word, "local") == 0)
		return "foreign";
	if (strcmp(word, "foreign") == 0)
		return "local";
	return word;
}

/* Every set that another node holds, may still hold, or is about to hand over. */
rsc_set
rsc_claimed_by_others(const struct rsc *rsc)
{
	rsc_set claimed = 0;

	for (size_t i = 0; i < rsc->node_count; i++) {
		const struct rsc_peer *p = &rsc->peer[i];

		if (i == rsc->self || (p->state == RSC_NODE_DEAD && p->resolved))
			continue;
		if (p->state == RSC_NODE_DEAD) {
			/* Not fenced yet: whatever it may have taken since it was heard
			 * last is out of reach. */
			claimed |= rsc->all;
			continue;
		}
		claimed |= p->hold | p->releasing;
		if (p->mute)
			claimed |= RSC_SET(i);
	}
	return claimed;
}

/* .. or that we hold. */
rsc_set
rsc_claimed(const struct rsc *rsc)
{
	return rsc->hold | rsc_claimed_by_others(rsc);
}

/* Who takes the set of HOME: HOME itself while it lives, else the next living node in the
 * order of ha.cf.  Every node that hears the same nodes comes to the same answer. */
size_t
rsc_heir(const struct rsc *rsc, size_t home)
{
	for (size_t step = 0; step < rsc->node_count; step++) {
		size_t i = (home + step) % rsc->node_count;

		if (i == rsc->self)
			return i;
		if (rsc_peer_lives(rsc, i) &&
		    (step == 0 || rsc->peer[i].state == RSC_NODE_ACTIVE))
			return i;
	}
	return rsc->self;
}

/* Of two living nodes, us and OTHER, who has more right to the set of HOME. */
size_t
rsc_nearer(const struct rsc *rsc, size_t home, size_t other)
{
	for (size_t step = 0; step < rsc->node_count; step++) {
		size_t i = (home + step) % rsc->node_count;

		if (i == rsc->self || i == other)
			return i;
	}
	return rsc->self;
}

/* The old daemon's remarks (spec 6.8).  Repair is review.c's. */
void
rsc_audit(struct rsc *rsc)
{
	rsc_set others = 0, orphans;

	if (rsc->mode == RSC_LEGACY || rsc->phase != RSC_PHASE_SETTLED)
		return;
	for (size_t i = 0; i < rsc->node_count; i++)
		if (rsc_peer_lives(rsc, i) && rsc->peer[i].reported)
			others |= rsc->peer[i].hold;
	if (rsc->hold & others & RSC_SET(rsc->self))
		rsc_logf(rsc, LOG_ERR, "Both machines own our resources!");
	if (rsc->hold & others & ~RSC_SET(rsc->self))
		rsc_logf(rsc, LOG_ERR, "Both machines own foreign resources!");
	if (!rsc_is_stable(rsc))
		return;
	orphans = rsc->all & ~rsc_claimed(rsc);
	if (orphans & RSC_SET(rsc->self))
		rsc_logf(rsc, LOG_ERR, "No one owns our local resources!");
	if (orphans & ~RSC_SET(rsc->self))
		rsc_logf(rsc, LOG_ERR, "No one owns foreign resources!");
}
