/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a computation knows: nodes, resources, actions, links.  Everything lives in one arena
 * and dies with it.
 */
#ifndef CRM_PENGINE_MODEL_H
#define CRM_PENGINE_MODEL_H

#include "crm/common/table.h"
#include "crm/common/values.h"
#include "crm/pengine/pengine.h"

#define INF SCORE_INFINITY
#define RULE_DEPTH_MAX                                                                   \
	32 /* rules within rules; more are a reference to itself, and false */

enum role { ROLE_UNKNOWN, ROLE_STOPPED, ROLE_STARTED, ROLE_SLAVE, ROLE_MASTER };
enum variant { PRIMITIVE, GROUP, CLONE, MASTER };
enum needs { NEEDS_NOTHING, NEEDS_QUORUM, NEEDS_FENCING, NEEDS_UNFENCING };
enum policy { POLICY_STOP, POLICY_FREEZE, POLICY_IGNORE, POLICY_DEMOTE, POLICY_SUICIDE };
enum placement { PLACE_DEFAULT, PLACE_UTILIZATION, PLACE_MINIMAL, PLACE_BALANCED };
enum multiple {
	MULTIPLE_STOP_START,
	MULTIPLE_STOP_ONLY,
	MULTIPLE_BLOCK,
	MULTIPLE_STOP_UNEXPECTED
};

/* The more severe the later. */
enum on_fail {
	FAIL_IGNORE,
	FAIL_DEMOTE,
	FAIL_RECOVER,
	FAIL_MIGRATION,
	FAIL_MIGRATE,
	FAIL_BLOCK,
	FAIL_STOP,
	FAIL_STANDBY,
	FAIL_FENCE
};

/* How one action hangs on another (spec 6.3). */
enum link_flag {
	OO = 1,       /* only order */
	TF = 2,       /* then follows: first required => then required */
	FF = 4,       /* first follows: then required => first required */
	TN = 8,       /* then needs: first not runnable => then not */
	FN = 16,      /* first needs: then not runnable => first not */
	RS = 32,      /* restart */
	SH = 64,      /* shutdown */
	DM = 128,     /* demote */
	FS = 256,     /* as an input of a pseudo action it is left out of the graph */
	SE = 512,     /* P: never both at once, in whichever order */
	AS = 1024,    /* P: one way: then is blocked while first cannot run */
	AC = 2048,    /* P: counts only on one node */
	HD = 1 << 12, /* P: carries consequences only, and is no trigger */
	AN = 1 << 13, /* P: then needs some of its firsts of this kind */
	CR = 1 << 14, /* P: TF counts only if first can happen */
	SN = 1 << 15, /* P: only between actions on one node */
	LD = 1 << 16, /* P: about what a node can bear */
	MF = 1 << 17, /* P: first is a part of a migration that then must allow */
	PL = 1 << 18, /* P: first not runnable => then is not pseudo */
	WF = 1 << 21, /* P: then follows, but only some of it: see the hidden ones */
	MH = 1 << 20, /* P: then required and no migration => first is none, either */
	AL = 1 << 22, /* P: one of a link's ALONG: it is followed with that */
	VC = 1 << 23, /* P: what an instance does is told as what its clone does */
	TC = 1 << 19  /* P: then required => first is not done any more */
};

struct rsc;
struct action;

struct node {
	size_t index; /* in pe->node */
	const char *id, *uname;
	int score;
	bool online, unclean, standby, shutting_down, expected_up, is_dc;
	bool maintenance, pending, is_ping, standby_on_fail; /* P */
	struct table capacity;   /* P: utilization -> what is left, a long */
	struct table fail_count; /* P: resource name -> struct failures */
	struct table fail_sum;   /* P: the same of all instances together */
	bool unseen;             /* P: no node_state, and fenced for it at startup */
	struct table attrs;
	struct rsc **running; /* primitives */
	size_t running_count, running_room;
	size_t assigned; /* resources that were assigned to it so far */
	const xmlNode *state;
	struct action *fencing, *load_stopped, *unfencing;
	struct action *death; /* P: the fencing that may come of what was found */
	const char *fence_reason;
	struct table configured; /* P: utilization before anything is placed */
};

/* One place of a list of allowed nodes. */
struct weight {
	struct node *node;
	int score;
	int count; /* instances of a clone on it */
	bool unusable;
};

struct weights {
	struct weight *w;
	size_t w_count, w_room;
	int *at; /* by node index: place + 1, 0 = not in it */
};

/* One location constraint, or one rule of it, as applied. */
struct location {
	const char *id;
	enum role role; /* ROLE_UNKNOWN = any */
	int discovery;  /* P: 'n'ever, 'e'xclusive, 0 */
	struct weight *entry;
	size_t entry_count, entry_room;
	bool implied;    /* by the health of nodes; not in the document */
	bool last_first; /* so people see it: of a rule that is an "and" */
	struct rsc *rsc;
};

struct colocation {
	const char *id;
	struct rsc *dependent, *primary;        /* D with Q */
	enum role dependent_role, primary_role; /* ROLE_UNKNOWN = any */
	const char *attribute;
	int score;
	bool influence; /* P: D's scores count for Q, also while Q runs */
};

struct op {
	const xmlNode *xml;
	const char *name;
	int64_t interval_ms;
	const char *part; /* of its key, behind the resource's name: "monitor_10000" */
};

struct rsc {
	const char *id, *long_id;
	const char
	    *history_id; /* in keys sent to the node where it was found; NULL = id */
	enum variant variant;
	const xmlNode *xml;
	struct rsc *parent;
	struct rsc **child;
	size_t child_count, child_room;
	size_t order; /* depth-first, for who is found first */

	struct table meta, params;
	const char *class, *provider, *type;
	bool managed, notify, unique, orphan, fence_device;
	bool restart_type, ordered, collocated, interleave;
	enum multiple multiple;
	int priority, stickiness, failure_stickiness;
	int clone_max, clone_node_max, master_max, master_node_max, number;

	bool failed, start_pending, starting, stopping, provisional_done, assigning,
	    merging;
	bool shutdown; /* of a link SH */
	enum role role, next_role, wanted_role;
	enum role seen_role; /* the role before anything was planned */
	size_t index;        /* in pe->every */
	struct node **running;
	size_t running_count, running_room;
	bool *known; /* by node index */
	bool *asked; /* P: there is an answer of that node, maybe of another instance */

	/* P */
	bool critical, blocked, ignores_failures, exclusive, allow_migrate, promotable;
	bool maintenance, demote_only, not_migratable;
	bool migrates;       /* a migration is planned beside its stop and start */
	bool half_migrated;  /* the rest of a migration is done */
	bool reloads;        /* with new parameters */
	bool keeps_expected; /* only those that run where they should not stop */
	enum needs requires;
	int migration_threshold;
	int64_t failure_timeout_ms;
	struct node *pending_on, *migrate_from, *migrate_to, *lock_node;
	const char *pending_task;
	int64_t lock_time;
	struct node **dangling; /* where a migration left it */
	size_t dangling_count, dangling_room;
	struct table utilization;
	const xmlNode *template;
	bool *discovered; /* by node index: named by an exclusive location */
	struct weights allowed;
	struct node *assigned;
	struct node
	    *placed; /* the same, even if it turns out that it cannot start there */
	int assigned_score;
	int sort_index;
	bool promotion_done, scores_added;

	struct location **location;
	size_t location_count, location_room;
	struct colocation **with, **with_me;
	size_t with_count, with_room, with_me_count, with_me_room;
	struct op *op;
	size_t op_count, op_room;
	struct table op_keyed; /* by the part of the key; made when first asked for */
	struct action **action;
	size_t action_count, action_room;
	struct table keyed;            /* actions by their keys */
	struct notify_data *notice[4]; /* start, stop, promote, demote */
	struct notify_data *obituary;  /* P: of an instance whose node is fenced */
	bool creating;
};

/* P: what a link to all of a group or clone says of each member. */
struct along {
	struct action **action;
	size_t action_count, action_room;
	unsigned flags;
	bool active, again; /* it is looked at; it was to be looked at meanwhile */
};

struct link {
	struct action *other;
	unsigned flags;
	struct along *along; /* of one before a group or clone; else NULL */
};

struct action {
	int id;
	const char *key, *task;
	struct rsc *rsc;
	struct node *node;
	bool optional, runnable, pseudo, dumped, reload, implied_by_fencing, print_always;
	bool dangles;       /* P: what a migration left: nothing follows from it */
	int walk;           /* P: mark of who came here last, as an action's id */
	bool reschedule;    /* P: it runs with old parameters */
	bool migratable;    /* P: a migration may take its place */
	bool inhibited;     /* P: it has no partner in another clone */
	bool leads_to_stop; /* P: some restart follows from it */
	int needed; /* P: how many before it must be runnable, of those linked by AN */
	int priority;
	enum needs needs;
	enum on_fail on_fail;
	enum role fail_role;
	const xmlNode *op_xml;
	struct table meta, extra; /* CRM_meta_NAME; parameters of its own */
	struct link *before, *after;
	size_t before_count, before_room, after_count, after_room;
	struct action **input; /* those of BEFORE that stand in the graph as triggers */
	size_t input_count, input_room;
	struct action *next_keyed; /* of the same resource, with the same key */
	const char *reason;
};

/* One side of a link that is not resolved yet. */
struct end {
	struct rsc *rsc;
	const char *key; /* without an action */
	struct action *action;
};

struct order {
	struct end first, then;
	unsigned flags;
};

/* Values of cluster options. */
struct options {
	enum policy no_quorum;
	bool symmetric, stonith, stop_orphans, stop_orphan_actions, remove_after_stop;
	bool startup_fencing, start_failure_fatal, managed_default;
	int stickiness, failure_stickiness;
	const char *stonith_action, *cluster_delay, *batch_limit;
	int64_t action_timeout_ms;
	/* P */
	bool maintenance_mode, stop_all, shutdown_lock, watchdog, concurrent_fencing;
	int64_t shutdown_lock_limit_ms;
	enum placement placement;
	const char *health_strategy, *stonith_timeout, *migration_limit;
	bool startup_probes;
};

/* An operation that failed. */
struct failure {
	const xmlNode *op;
	const struct rsc *rsc;
	const struct node *node;
	bool absent;
};

/* An <lrm_resource>, and whose it is. */
struct past {
	const xmlNode *entry;
	const xmlNode **op; /* sorted */
	size_t op_count, current;
	struct rsc *rsc;
	struct node *node;
};

/* P: an lrm_resource, and whose it is. */
struct entry_seen {
	struct node *node;
	struct rsc *rsc;
	const xmlNode *xml;
	const xmlNode **again; /* recurring ops to be begun again */
	size_t again_count, again_room;
};

/* P: whether a failure of a resource on a node blocks it, as it was asked last. */
struct block_asked {
	const struct rsc *rsc;
	const struct node *node;
	const char *name; /* in the history */
	bool blocks;
};

struct pe {
	struct arena arena;
	const xmlDoc *doc;
	enum pe_profile_name profile;
	struct date now;
	int64_t recheck_by; /* P: when time alone will change the plan; 0 = never */
	bool want_scores, want_utilization, status_only;
	bool is_broken; /* reading the document found errors */
	int transition_id;
	const xmlNode *cib;
	const char *dc_id;
	bool have_quorum;
	struct options opt;
	struct table options; /* as configured */

	struct node **node;
	size_t node_count, node_room;
	struct rsc **rsc; /* top level */
	size_t rsc_count, rsc_room;
	struct table by_id, by_long_id; /* -> struct rsc */
	struct table ids;               /* -> element of the configuration; P */
	struct rsc **renamed;           /* with a history name, now or once */
	size_t renamed_count, renamed_room;
	size_t rsc_made;
	struct rsc **every; /* all resources, depth first, as they were read */
	size_t every_count, every_room;
	struct view *view;
	struct entry_seen *entry; /* P, in the order of the status section */
	size_t entry_count, entry_room;

	struct location **location;
	size_t location_count, location_room;
	struct action **action;
	size_t action_count, action_room;
	struct order *order;
	size_t order_count, order_room;
	struct action *all_stopped, *stonith_up;
	bool has_fencing, wants_unfencing;
	unsigned rule_depth;
	xmlDoc *scratch;         /* resources made from templates */
	struct action **written; /* in the order of the graph */
	size_t written_count, written_room;

	struct pe_message *message;
	size_t message_count, message_room;
	struct failure *failure; /* in the order in which they were found */
	size_t failure_count, failure_room;
	struct table failure_keys; /* "NODE KEY" -> something */
	struct past *past;         /* in the order in which it was read */
	size_t past_count, past_room;
	struct block_asked block_asked;
	/* P: how often others may be asked for their wishes: now; beyond twice for each resource, in all */
	size_t wishes_left, wishes_spare;
	bool wishes_were_cut; /* and that was told */
	struct weight **spare; /* memory of saved scores */
	size_t spare_count, spare_room;
	const char **line; /* of scores */
	size_t line_count, line_room;
};

#endif
