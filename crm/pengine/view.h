/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a computation found and decided, to be read: nodes, resources, actions.  Made once at
 * the end of pe_run(); lent until pe_free().
 *
 * Nodes, resources and actions are named by their place in these lists; PE_NONE is none.
 * Of nodes and resources there is the state as the document tells it and, unless only the
 * status was asked for (pe_options.status_only), what they shall be.
 */
#ifndef CRM_PENGINE_VIEW_H
#define CRM_PENGINE_VIEW_H

#include "crm/common/table.h"
#include "crm/pengine/pengine.h"

#include <stdint.h>

#define PE_NONE ((size_t)-1)

struct pe_node {
	const char *id, *uname;
	bool online, unclean, standby, standby_on_fail, maintenance, pending;
	bool shutting_down, expected_up, is_dc, is_ping;
	const char *fence_reason; /* why it is fenced; NULL: it is not, or unknown */
	const struct table
	    *attrs; /* permanent and transient, and "#uname" and its like */
	const struct table *capacity; /* utilization as configured; P */
	const struct table *left;     /* what the plan leaves of it; P */
	const size_t *running;        /* primitives, as the history names them */
	size_t resource_count;        /* how many */
};

enum pe_variant { PE_PRIMITIVE, PE_GROUP, PE_CLONE, PE_PROMOTABLE };
enum pe_role {
	PE_ROLE_UNKNOWN,
	PE_ROLE_STOPPED,
	PE_ROLE_STARTED,
	PE_ROLE_UNPROMOTED,
	PE_ROLE_PROMOTED
};

struct pe_resource {
	const char *id;         /* "web", "web:1" */
	const char *history_id; /* what nodes call it; NULL = ID */
	const char *class, *provider, *type;
	enum pe_variant variant;
	const xmlNode *xml; /* its element, templates expanded; of an orphan its entry */
	size_t parent;
	const size_t *child; /* instances by number, members in order */
	size_t child_count;
	int clone_max; /* of a clone: how many instances it shall have */
	int number;    /* of an instance and its members; -1 = none */
	bool managed, orphan, blocked, failed, failure_ignored, maintenance;
	bool unique, promotable, notify, fence_device;
	int migration_threshold; /* P; SCORE_INFINITY = never */
	int priority;
	enum pe_role role;        /* highest of its children */
	enum pe_role target_role; /* as configured; PE_ROLE_UNKNOWN = nothing */
	const size_t *running;    /* nodes */
	size_t running_count;
	const char *pending_task; /* "start": begun, no result yet; NULL = nothing */
	size_t pending_node;
	size_t lock_node;                      /* P: shutdown-lock */
	size_t migrate_source, migrate_target; /* P: a migration that is half done */
	const struct table *meta, *utilization;
	/* As planned. */
	enum pe_role next_role;
	size_t next_node;   /* of primitives and groups */
	size_t placed_node; /* the same before it was known what cannot start */
};

/* Nodes in the order of the engine: P by name, H as configured. */
size_t pe_node_count(const struct pe *pe);
const struct pe_node *pe_node_at(const struct pe *pe, size_t i);

/* Depth first: each parent before its children; orphans last. */
size_t pe_resource_count(const struct pe *pe);
const struct pe_resource *pe_resource_at(const struct pe *pe, size_t i);
/* Those without a parent in the order in which they were placed, the most urgent first. */
size_t pe_placed_count(const struct pe *pe);
size_t pe_placed_at(const struct pe *pe, size_t n);
/* By id, "web:1" too; PE_NONE: there is none. */
size_t pe_resource_find(const struct pe *pe, const char *id);
/* The same as they are recorded, also when they are too old to count. */
int pe_resource_fail_count(const struct pe *pe, size_t resource, size_t node,
    int64_t *last);
/* Whether RESOURCE may be on NODE as far as the list of its nodes goes; in a cluster where that must be allowed: whether
 * NODE was ever asked about it. */
bool pe_resource_allowed(const struct pe *pe, size_t resource, size_t node);

/* Cluster options, and what the document's head says. */
enum pe_no_quorum {
	PE_NO_QUORUM_STOP,
	PE_NO_QUORUM_FREEZE,
	PE_NO_QUORUM_IGNORE,
	PE_NO_QUORUM_DEMOTE,
	PE_NO_QUORUM_SUICIDE
};
struct pe_cluster {
	bool have_quorum, symmetric, stonith, maintenance_mode, stop_all;
	enum pe_no_quorum no_quorum;
	const struct table *options; /* as configured */
};
struct pe_cluster pe_cluster_of(const struct pe *pe);

/* Operations that failed and still count, in the order in which they were found. */
struct pe_failure {
	const xmlNode *op; /* its <lrm_rsc_op> */
	size_t resource, node;
	bool absent; /* a probe that found that the resource cannot be there */
};
size_t pe_failure_count(const struct pe *pe);
struct pe_failure pe_failure_at(const struct pe *pe, size_t i);

/* What nodes remember of resources, in the order of the document. */
struct pe_past {
	const xmlNode *entry;     /* its <lrm_resource> */
	const xmlNode *const *op; /* the operations, oldest first */
	size_t op_count;
	size_t current; /* the first that says how it is now; op_count: none does */
	size_t resource, node;
};
size_t pe_past_count(const struct pe *pe);
struct pe_past pe_past_at(const struct pe *pe, size_t i);

/* The instance attributes of RESOURCE as NODE would get them (PE_NONE: rules about nodes do not
 * hold).  INTO is an empty table in an arena of the caller; values are lent by the document. */
void pe_resource_parameters(const struct pe *pe, size_t resource, size_t node,
    struct table *into);

/* One node in one location constraint, or in one rule of it. */
struct pe_location {
	const char *id;
	enum pe_role role; /* PE_ROLE_UNKNOWN = any */
	size_t resource, node;
	int score;
};
/* Calls EACH for all of them, the last first: so the original shows them. */
void pe_locations(const struct pe *pe,
    void (*each)(const struct pe_location *location, void *data), void *data);

/* DEPENDENT must be where PRIMARY is. */
struct pe_colocation {
	const char *id;
	size_t dependent, primary;
	enum pe_role dependent_role, primary_role; /* PE_ROLE_UNKNOWN = any */
	int score;
};
void pe_colocations(const struct pe *pe, size_t resource, bool as_dependent,
    void (*each)(const struct pe_colocation *colocation, void *data), void *data);

/* One action.  What the graph has is WRITTEN; the others say why not. */
struct pe_action {
	int id; /* as in the graph */
	const char *task,
	    *key;             /* "start", "web_start_0"; after an operation's own name */
	const char *node_key; /* as the node knows it: with the history name */
	size_t resource;      /* PE_NONE: none's */
	const char *resource_id; /* NULL: none's */
	size_t node;             /* PE_NONE: nowhere */
	int64_t interval_ms;
	bool pseudo;  /* nobody does anything */
	bool fencing; /* of NODE */
	bool optional, runnable, written;
	int target_rc;       /* the result that means success */
	int priority;        /* its resource's or its own */
	const char *reason;  /* why it is to be done; NULL = unknown */
	const size_t *input; /* actions of the graph that come before; only if WRITTEN */
	size_t input_count;
	const xmlNode *op_xml; /* its configuration, or NULL */
};

/* In the order in which they were made. */
size_t pe_action_count(const struct pe *pe);
const struct pe_action *pe_action_at(const struct pe *pe, size_t i);
/* The n-th of the graph, in its order: an index for pe_action_at(). */
size_t pe_written_count(const struct pe *pe);
size_t pe_written_at(const struct pe *pe, size_t n);
/* What stands in <attributes> of the action: parameters and CRM_meta_NAME.  INTO is an empty
 * table in an arena of the caller, to which the values are lent. */
void pe_action_attributes(const struct pe *pe, size_t i, struct table *into);

#endif
