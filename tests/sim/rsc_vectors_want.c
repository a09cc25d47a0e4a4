/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an improved implementation must show where a recording shows a defect.  Each entry
 * follows from the %better text of its recording, which stands above it; what is not
 * listed is compared with the recording.  Segment K is what follows stimulus K, from 0.
 */
#include "tests/sim/rsc_vectors.h"

#include <string.h>

#define A "TrA:10.9.0.101,TrB:a1:a2"
#define B "TrC:10.9.0.102,TrD"
#define START_A "start TrA 10.9.0.101;start TrB a1 a2"
#define STOP_A "stop TrB a1 a2;stop TrA 10.9.0.101"
#define START_B "start TrC 10.9.0.102;start TrD"
#define STOP_B "stop TrD;stop TrC 10.9.0.102"
#define ANY NULL
#define NONE ""

/* alpha, bravo, charlie */
static const struct want wants[] = {
	/* the group of bravo is started by exactly one node; no orphaned set */
	{ "fast-restart-all", 4, { ANY, ANY }, .each_once = true,
	    .starts_once = START_A ";" START_B },

	/* a nice-mode node whose peer is active but never answers "starting" within the
	 * local timer plus deadtime acquires its local groups */
	{ "mixed-on-legacy", 1, { START_A, START_B }, { "local " A, "none " B } },
	{ "mixed-on-legacy", 2, { NONE, START_A }, { ANY, "none " A "," B } },
	{ "mixed-on-legacy", 3, { START_A, STOP_A }, { "local " A, "none " B } },
	{ "mixed-on-legacy", 4, { START_B, NONE }, { "all " A "," B, ANY } },
	{ "mixed-on-legacy", 5, { STOP_B, START_B },
	    { "all " A "|local " A, "none " B } },

	/* as mixed-on-legacy; and an unreported peer counts as possibly holding resources
	 * (fence) */
	{ "mixed-legacy-off", 1, { START_A, START_B }, { "none " A, "local " B } },
	{ "mixed-legacy-off", 2, { NONE, START_A }, { ANY, "all " A "," B },
	    .never_logs = "bravo:Dead node alpha gave up resources" },
	{ "mixed-legacy-off", 3, { START_A, STOP_A },
	    { "none " A, "all " B "|local " B } },
	{ "mixed-legacy-off", 4, { START_B, NONE }, { "none " A "," B, ANY } },
	{ "mixed-legacy-off", 5, { STOP_B, START_B }, { "none " A, "local " B } },

	/* takeover works independently of rc.d/status */
	{ "no-status-rc", 2, { NONE, START_A }, { ANY, "all " A "," B } },

	/* alpha gets stable=1 only after the takeover finished; TrB never runs on two
	 * nodes; final alpha local TrA TrB, bravo local TrC TrD */
	{ "slow-takeover-then-join", 3, { START_A, STOP_A }, { "local " A, "local " B },
	    .each_once = true },

	/* after the release script ended alpha starts its own groups again; final alpha
	 * all with all four resources running */
	{ "standby-peer-dies-during", 3, { ANY, ANY }, { "all " A "," B, ANY } },

	/* after the give-up delay alpha hands its LOCAL set over; bravo starts TrA; final
	 * alpha none, bravo all */
	{ "start-fail-local-single", 1,
	    { "start TrA rc=1;stop TrA;stop TrA", "start TrC;start TrA" },
	    { "none -", "all TrA,TrC" }, .linger_ms = 60000 },

	/* the same with TrA, TrB */
	{ "start-fail-local", 1,
	    { "start TrA 10.9.0.101;start TrB a1 a2 rc=1;" STOP_A ";" STOP_A,
	        START_B ";" START_A },
	    { "none -", "all " A "," B }, .linger_ms = 60000 },

	/* no exchange request when there is no live peer */
	{ "start-fail-takeover", 2,
	    { STOP_A ";" STOP_B, "start TrA 10.9.0.101;start TrB a1 a2 rc=5;" STOP_A },
	    { ANY, "all " B "|local " B },
	    .never_logs = "bravo:wants to go standby|bravo:No reply to standby",
	    .linger_ms = 60000 },

	/* No defect, but ours runs the scripts itself: when its daemon and its resources
	 * are gone, no child goes on with the release. */
	{ "standby-self-dies-during", 3, { NONE, START_A }, { ANY, "all " A "," B } },

	/* the step hb_takeover failback behaves like hb_takeover local (bravo gives up
	 * foreign only; alpha local, bravo local); the steps after it follow from that
	 * state */
	{ "takeover-off", 5, { START_A, STOP_A }, { "local " A, "local " B } },
	{ "takeover-off", 6, { NONE, STOP_A }, { "local " A, "local " B } },
	{ "takeover-off", 7, { START_B, STOP_B }, { "all " A "," B, "none -" } },
	{ "takeover-off", 8, { STOP_B, START_B }, { "local " A, "local " B } },

	/* the step hb_takeover failback behaves like hb_takeover local (final alpha
	 * local, bravo local) */
	{ "takeover-on", 5, { START_A, STOP_A }, { "local " A, "local " B } },

	/* exactly one survivor takes the groups of a dead node */
	{ "three-nodes-legacy", 3, { ANY, ANY, ANY }, .each_once = true,
	    .starts_once = "start TrC x3" },
	{ "three-nodes-legacy", 4, { ANY, ANY, ANY }, { ANY, ANY, "none TrC:x3" },
	    .each_once = true },
	{ "three-nodes-legacy", 5, { ANY, ANY, ANY }, .each_once = true,
	    .starts_once = "start TrC x3" },
	{ "three-nodes-on", 3, { ANY, ANY, ANY }, .each_once = true,
	    .starts_once = "start TrC x3" },
	{ "three-nodes-on", 4, { ANY, ANY, ANY }, { ANY, ANY, "local TrC:x3" },
	    .each_once = true },
	{ "three-nodes-on", 5, { ANY, ANY, ANY }, .each_once = true,
	    .starts_once = "start TrC x3" },
};

const struct want *
want_find(const char *vector, size_t segment)
{
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		if (wants[i].segment == segment && strcmp(wants[i].vector, vector) == 0)
			return &wants[i];
	return NULL;
}
