/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries a plan out, without a cluster: on a document, which is changed as the daemons would
 * change it, in the order that the graph allows.  Pure: no file, no clock; the same plan and
 * the same failures give the same document.
 *
 *	pe_run(DOC) -> sim_run(a copy of DOC, the plan) -> pe_run(the copy) ...
 */
#ifndef CRM_SIMULATE_H
#define CRM_SIMULATE_H

#include "crm/pengine/view.h"
#include "lib/err.h"

/* An operation that ends with a result of the user's: "web_start_0@node1=1". */
struct sim_outcome {
	char resource[256], task[64], node[256];
	int64_t interval_ms;
	int rc;
};

/* 0, or -EINVAL with the reason. */
int sim_outcome_parse(const char *text, struct sim_outcome *outcome, struct err *err);

/* What is told while a plan is carried out; each may be NULL. */
struct sim_listener {
	/* The action is done; RC is its result, FAILED says whether that was a bad one. */
	void (*done)(void *data, const struct pe *pe, size_t action, bool failed, int rc);
	/* A failure is counted: a transient attribute of that node was set; VALUE "value++"
	 * counts up. */
	void (*counted)(void *data, const char *name, const char *value,
	    const char *node_id);
	/* It could not run: something before it failed, or never came. */
	void (*left)(void *data, const struct pe *pe, size_t action);
	void *data;
};

struct sim_options {
	int64_t now; /* epoch seconds, for what is recorded */
	const struct sim_outcome
	    *outcome; /* of operations that fail; the first match counts */
	size_t outcome_count;
	bool nodes_leave; /* who is shut down leaves; else it stays, as in crm_simulate */
};

struct sim_result {
	size_t done, failed, left; /* actions; all is well when nothing was left */
};

/* DOC must be a copy of the document of the plan. */
struct sim_result sim_run(xmlDoc *doc, const struct pe *pe,
    const struct sim_options *options, const struct sim_listener *listener);

/* Changes before a plan is made.  Nodes are named as people name them; those that do not exist
 * yet are made. */
enum sim_node_change { SIM_NODE_UP, SIM_NODE_DOWN, SIM_NODE_FAIL };
enum sim_ticket_change {
	SIM_TICKET_GRANT,
	SIM_TICKET_REVOKE,
	SIM_TICKET_STANDBY,
	SIM_TICKET_ACTIVATE
};

/* Each: 0, or -EINVAL or -ENOENT with the reason; the document is unchanged then. */
int sim_node_set(xmlDoc *doc, const char *uname, enum sim_node_change change,
    struct err *err);
int sim_ticket_set(xmlDoc *doc, const char *ticket, enum sim_ticket_change change,
    struct err *err);
int sim_quorum_set(xmlDoc *doc, bool have, struct err *err);
int sim_watchdog_set(xmlDoc *doc, bool have, struct err *err);
/* The result of an operation, as if it had come from the node. */
int sim_inject(xmlDoc *doc, const struct pe *pe, const struct sim_outcome *outcome,
    int64_t now, const struct sim_listener *listener, struct err *err);

#endif
