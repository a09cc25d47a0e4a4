/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the policy engine share.  Everything lives in one arena and dies with
 * the computation.
 *
 * The order of things made is behaviour: actions are numbered, links are resolved and
 * followed in the order in which they were made, and lists keep the order of insertion.
 */
#ifndef CRM_PENGINE_PRIVATE_H
#define CRM_PENGINE_PRIVATE_H

#include "crm/common/table.h"
#include "crm/common/values.h"
#include "crm/pengine/pengine.h"

#include <assert.h>
#include <string.h>

#define INF SCORE_INFINITY

enum role { ROLE_UNKNOWN, ROLE_STOPPED, ROLE_STARTED, ROLE_SLAVE, ROLE_MASTER };
enum variant { PRIMITIVE, GROUP, CLONE, MASTER };
enum needs { NEEDS_NOTHING, NEEDS_QUORUM, NEEDS_FENCING };
enum policy { POLICY_STOP, POLICY_FREEZE, POLICY_IGNORE };
enum multiple { MULTIPLE_STOP_START, MULTIPLE_STOP_ONLY, MULTIPLE_BLOCK };

/* The more severe the later. */
enum on_fail {
	FAIL_IGNORE,
	FAIL_RECOVER,
	FAIL_MIGRATION,
	FAIL_MIGRATE,
	FAIL_BLOCK,
	FAIL_STOP,
	FAIL_FENCE
};

/* How one action hangs on another (spec 6.3). */
enum link_flag {
	OO = 1,   /* only order */
	TF = 2,   /* then follows: first required => then required */
	FF = 4,   /* first follows: then required => first required */
	TN = 8,   /* then needs: first not runnable => then not */
	FN = 16,  /* first needs: then not runnable => first not */
	RS = 32,  /* restart */
	SH = 64,  /* shutdown */
	DM = 128, /* demote */
	FS = 256  /* as an input of a pseudo action it is left out of the graph */
};

struct rsc;
struct action;

struct node {
	size_t index; /* in pe->node */
	const char *id, *uname;
	int score;
	bool online, unclean, standby, shutting_down, expected_up, is_dc;
	struct table attrs;
	struct rsc **running; /* primitives */
	size_t running_count, running_room;
	size_t assigned; /* resources that were assigned to it so far */
	const xmlNode *state;
	struct action *fencing;
};

/* One place of a list of allowed nodes. */
struct weight {
	struct node *node;
	int score;
	int count; /* instances of a clone on it */
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
	struct weight *entry;
	size_t entry_count, entry_room;
	struct rsc *rsc;
};

struct colocation {
	const char *id;
	struct rsc *dependent, *primary;        /* D with Q */
	enum role dependent_role, primary_role; /* ROLE_UNKNOWN = any */
	const char *attribute;
	int score;
};

struct op {
	const xmlNode *xml;
	const char *name;
	int64_t interval_ms;
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
	enum role role, next_role;
	struct node **running;
	size_t running_count, running_room;
	bool *known; /* by node index */
	struct weights allowed;
	struct node *assigned;
	int assigned_score;
	int sort_index, promotion_score;
	bool promotion_done, colocations_copied, scores_added;

	struct location **location;
	size_t location_count, location_room;
	struct colocation **with, **with_me;
	size_t with_count, with_room, with_me_count, with_me_room;
	struct op *op;
	size_t op_count, op_room;
	struct action **action;
	size_t action_count, action_room;
	struct notify_data *notice[4]; /* start, stop, promote, demote */
	bool creating;
};

struct link {
	struct action *other;
	unsigned flags;
};

struct action {
	int id;
	const char *key, *task;
	struct rsc *rsc;
	struct node *node;
	bool optional, runnable, pseudo, dumped, reload, implied_by_fencing, print_always;
	int priority;
	enum needs needs;
	enum on_fail on_fail;
	enum role fail_role;
	const xmlNode *op_xml;
	struct table meta, extra; /* CRM_meta_NAME; parameters of its own */
	struct link *before, *after;
	size_t before_count, before_room, after_count, after_room;
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
};

struct pe {
	struct arena arena;
	const xmlDoc *doc;
	enum pe_profile_name profile;
	struct date now;
	bool want_scores;
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
	struct rsc **renamed;           /* with a history name, now or once */
	size_t renamed_count, renamed_room;
	size_t rsc_made;

	struct location **location;
	size_t location_count, location_room;
	struct action **action;
	size_t action_count, action_room;
	struct order *order;
	size_t order_count, order_room;
	struct action *all_stopped, *stonith_up;
	struct action **written; /* in the order of the graph */
	size_t written_count, written_room;

	struct pe_message *message;
	size_t message_count, message_room;
	const char **line; /* of scores */
	size_t line_count, line_room;
};

/* pengine.c */
void pe_say(struct pe *pe, enum pe_level level, bool config, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* xml.c: reading a document; NAME in either dialect. */
const char *xml_get(const xmlNode *xml, const char *name);
bool xml_is(const xmlNode *xml, const char *tag);
const xmlNode *xml_child(const xmlNode *xml, const char *tag);
/* The first element among XML and its later siblings; with TAG: of that name. */
const xmlNode *xml_first(const xmlNode *xml, const char *tag);
#define XML_EACH(parent, tag, it)                                                        \
	for (const xmlNode *it = (parent) ? xml_first((parent)->children, tag) : NULL;   \
	     it; it = xml_first(it->next, tag))

/* rules.c: NODE NULL = expressions on node attributes are false. */
bool rule_holds(struct pe *pe, const xmlNode *rule, const struct node *node,
    enum role role);
bool expression_holds(struct pe *pe, const xmlNode *xml, const struct node *node,
    enum role role);
/* Whether there are no rules below XML, or any is true. */
bool rules_allow(struct pe *pe, const xmlNode *xml, const struct node *node);
/* Adds what the active sets of that tag below XML have, best first (spec 5.2). */
void sets_read(struct pe *pe, const xmlNode *xml, const char *tag,
    const struct node *node, const char *first_id, struct table *into);

/* options.c */
void options_read(struct pe *pe);

/* nodes.c */
void nodes_read(struct pe *pe);
struct node *node_by_id(const struct pe *pe, const char *id);
struct node *node_by_uname(const struct pe *pe, const char *uname);
bool node_can_run(const struct node *node);
void status_read(struct pe *pe);

/* weights.c */
struct weight *weights_find(const struct weights *list, const struct node *node);
void weights_add(struct pe *pe, struct weights *list, struct node *node, int score);
void weights_add_all(struct pe *pe, struct weights *list, int score);
bool weights_any(const struct weights *list);
void weights_copy(struct pe *pe, struct weights *to, const struct weights *from);
void weights_sort(struct pe *pe, struct weights *list);
/* Keeps what is in OTHER, too; scores are added. */
void weights_intersect(struct pe *pe, struct weights *list, const struct weights *other);

/* resources.c */
void resources_read(struct pe *pe);
struct rsc *rsc_find(const struct pe *pe, const char *id); /* by id or long id */
struct rsc *rsc_find_recorded(const struct pe *pe,
    const char *id); /* history names, too */
struct rsc *rsc_orphan(struct pe *pe, const xmlNode *entry, const char *id);
void rsc_rename(struct pe *pe, struct rsc *rsc, const char *history_id);
void rsc_stickiness(struct pe *pe, struct rsc *rsc, const struct node *node);
struct rsc *rsc_top(struct rsc *rsc);
enum role role_parse(const char *text);
const char *role_text(enum role role);
/* The highest of its children, or its own. */
enum role rsc_role(const struct rsc *rsc);
enum role rsc_next_role(const struct rsc *rsc);
bool rsc_runs_on(const struct rsc *rsc, const struct node *node);

/* history.c */
void history_read(struct pe *pe, struct node *node, const xmlNode *lrm_resource);
struct recorded {
	const xmlNode **op; /* sorted */
	size_t op_count, op_room;
	int start_index, stop_index; /* -1 = none */
};
void recorded_read(struct pe *pe, const xmlNode *lrm_resource, struct recorded *recorded);

/* constraints.c */
void constraints_read(struct pe *pe);
void locations_apply(struct pe *pe);
void colocation_new(struct pe *pe, const char *id, struct rsc *dependent,
    enum role dependent_role, struct rsc *primary, enum role primary_role,
    const char *attribute, int score);

/* actions.c */
const char *key_of(struct pe *pe, const char *id, const char *task, int64_t interval_ms);
const char *notify_key(struct pe *pe, const char *id, const char *type, const char *task);
/* Takes a key apart, from the right.  False: it is none. */
bool key_parse(struct pe *pe, const char *key, const char **id, const char **task,
    int64_t *interval_ms);
struct action *action_make(struct pe *pe, struct rsc *rsc, const char *key,
    const char *task, struct node *node, bool optional);
struct action *action_rsc(struct pe *pe, struct rsc *rsc, const char *task,
    struct node *node, bool optional);
struct action *action_pseudo(struct pe *pe, const char *task);
/* What is configured about an op with that key, as if there were an action. */
void action_policy(struct pe *pe, struct rsc *rsc, struct action *action);
const struct op *op_find(struct pe *pe, const struct rsc *rsc, const char *key);
void meta_set(struct pe *pe, struct action *action, const char *name, const char *value);
/* The first action of RSC with that key; NODE NULL = any.  EXACT: on that node only. */
struct action *action_find(const struct rsc *rsc, const char *key,
    const struct node *node, bool exact);
struct action *action_find_task(const struct rsc *rsc, const char *task,
    const struct node *node);

/* links.c */
struct end end_task(struct pe *pe, struct rsc *rsc, const char *task);
struct end end_key(struct rsc *rsc, const char *key);
struct end end_action(struct action *action);
void order(struct pe *pe, struct end first, struct end then, unsigned flags);
void order_now(struct pe *pe, struct action *first, struct action *then, unsigned flags);
void internal_links(struct pe *pe, struct rsc *rsc);
struct action *all_stopped(struct pe *pe);
struct action *stonith_up(struct pe *pe);
const char *task_completion(const char *task);

/* probes.c */
void probes(struct pe *pe);

/* recorded.c */
void recorded_check(struct pe *pe);
const char *digest_of(struct pe *pe, const struct table *params);

/* assign.c: spec 9 */
struct node *assign(struct pe *pe, struct rsc *rsc);
void merge(struct pe *pe, struct rsc *dependent, struct weights *list, int factor,
    bool rollback);
void colocate(struct pe *pe, struct rsc *dependent, struct rsc *primary,
    const struct colocation *c);
struct node *clone_assign(struct pe *pe, struct rsc *rsc);
struct node *group_assign(struct pe *pe, struct rsc *rsc);

/* create.c: spec 8.6 */
void create_actions(struct pe *pe, struct rsc *rsc);
void stop_on(struct pe *pe, struct rsc *rsc, struct node *node, bool optional);
void delete_on(struct pe *pe, struct rsc *rsc, struct node *node, bool optional);

/* notify.c */
struct notify_data {
	struct action *pre, *pre_done, *post, *post_done;
};
extern const char *const notify_tasks[4];
void notify_pseudo(struct pe *pe, struct rsc *clone, const char *task,
    struct action *action, struct action *complete);
void notify_expand(struct pe *pe, struct rsc *clone);

/* fence.c */
void fence_and_shutdown(struct pe *pe);

/* propagate.c */
void links_resolve(struct pe *pe);
void links_propagate(struct pe *pe);
void migrate_all(struct pe *pe);

/* graph.c */
void graph_select(struct pe *pe);
bool graph_input_counts(const struct action *action, const struct link *input,
    int last_id);

#endif
