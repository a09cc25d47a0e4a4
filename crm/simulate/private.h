/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the simulation share: the status section, with everything found quickly. */
#ifndef CRM_SIMULATE_PRIVATE_H
#define CRM_SIMULATE_PRIVATE_H

#include "crm/simulate/simulate.h"

/* What one node knows of one resource. */
struct sim_history {
	xmlNode *xml;    /* lrm_resource */
	int call;        /* the highest call id so far */
	struct table op; /* id -> xmlNode of its record */
};

struct sim_node {
	const char *id;
	xmlNode *xml;           /* node_state */
	struct table resources; /* id -> struct sim_history */
	bool read;
};

struct sim_state {
	struct arena arena;
	xmlDoc *doc;
	xmlNode *cib, *status;
	bool in_h; /* the words of heartbeat 2 */
	int64_t now;
	struct table by_id, by_uname; /* -> struct sim_node */
};

/* One operation and its result, as it is recorded. */
struct sim_record {
	const char *resource, *task, *key; /* as the node knows them */
	const char *id;                    /* of the record */
	const char *class, *provider, *type;
	const char *node_name, *migrate_source, *migrate_target;
	const char *digest, *reason;
	int64_t interval_ms;
	int rc, target_rc;
	int call; /* 0 = the next one */
};

/* False, with the reason: it is no CIB.  state_close() when done in either case. */
bool state_open(struct sim_state *state, xmlDoc *doc, bool in_h, int64_t now,
    struct err *err);
void state_close(struct sim_state *state);

struct sim_node *state_node(struct sim_state *state, const char *uname); /* or NULL */
/* Made when there is none. */
struct sim_node *state_node_get(struct sim_state *state, const char *id,
    const char *uname);
/* The values of a node_state, under their names in this dialect, NULL ends them. */
void state_node_put(struct sim_node *node, const char *const values[][2]);
/* Forgets everything that NODE ever did and was told. */
void state_node_forget(struct sim_state *state, struct sim_node *node);

struct sim_history *state_history(struct sim_state *state, struct sim_node *node,
    const char *resource);
void state_history_remove(struct sim_state *state, struct sim_node *node,
    const char *resource);
void state_record(struct sim_state *state, struct sim_node *node,
    const struct sim_record *record);
/* Nobody shall know any more of the operation with that key (or the record of that id), nor of its failure; KEY NULL:
 * of those that recur, when they end. */
void state_record_remove(struct sim_history *history, const char *key);

/* A transient attribute; NAME#... too when PREFIX.  VALUE NULL removes, "value++" counts. */
void state_attribute(struct sim_state *state, struct sim_node *node, const char *name,
    const char *value);
void state_attributes_remove(struct sim_state *state, struct sim_node *node,
    const char *prefix);

/* Notes a failure: the record of the last one, and the counts unless COUNTED_AS is NULL. */
void state_failure(struct sim_state *state, struct sim_node *node,
    const struct sim_record *record, const char *counted_as,
    const struct sim_listener *listener);

/* inject.c */
bool outcome_matches(const struct sim_outcome *outcome, const char *resource,
    const char *task, int64_t interval_ms, const char *node);

#endif
