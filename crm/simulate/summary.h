/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plan means for each resource, in one line each: "Move web ( node1 -> node2 )".  What only
 * looks after itself (probes, monitors, notifications, pseudo actions) is not told.
 */
#ifndef CRM_SIMULATE_SUMMARY_H
#define CRM_SIMULATE_SUMMARY_H

#include "crm/pengine/view.h"

enum sim_verb {
	SIM_FENCE,
	SIM_START,
	SIM_STOP,
	SIM_MOVE,
	SIM_MIGRATE,
	SIM_RESTART,
	SIM_RECOVER,
	SIM_RELOAD,
	SIM_PROMOTE,
	SIM_DEMOTE
};

struct sim_change {
	enum sim_verb verb;
	const char *resource;  /* with its number; NULL = a node is fenced */
	const char *from, *to; /* nodes; where both are, the one it is on comes first */
	enum pe_role role, next_role; /* only where they are told */
	const char *fencing;          /* "reboot", "off", "on" */
	const char *reason;           /* or NULL */
	bool blocked;                 /* it should, but cannot */
};

/* "Start", "Move" ... */
const char *sim_verb_text(enum sim_verb verb);
/* "Promoted", "Unpromoted", "Started", "Stopped". */
const char *sim_role_text(enum pe_role role);
/* Tells every change in the order in which people read them: nodes, then resources. */
void sim_summary(const struct pe *pe,
    void (*tell)(void *data, const struct sim_change *change), void *data);

#endif
