/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the policy engine do for one another; their data are in model.h.
 *
 * The order of things made is behaviour: actions are numbered, links are resolved and
 * followed in the order in which they were made, and lists keep the order of insertion.
 */
#ifndef CRM_PENGINE_PRIVATE_H
#define CRM_PENGINE_PRIVATE_H

#include "crm/pengine/model.h"

#include <assert.h>
#include <regex.h>
#include <string.h>

/* pengine.c */
void pe_say(struct pe *pe, enum pe_level level, bool config, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A warning about the configuration, which is not said again. */
void pe_say_once(struct pe *pe, const char *text);

/* xml.c: reading a document; NAME in either dialect. */
/* Dates: moments.c. */
/* The element's duration after DATE; false: none that can be counted, and DATE is as it was. */
bool duration_add(const xmlNode *xml, struct date *date);
/* 0 when every range of a date_spec has the moment; else on which side of the first that has not it is: below 0
 * before.  OPEN: "5-" and "-5" are ranges, too. */
int date_spec_side(const xmlNode *spec, const struct date *now, bool open);
/* Profile P: whether a date_expression holds now. */
bool date_holds_p(struct pe *pe, const xmlNode *xml);
/* Something is other than now from WHEN on: by then at the latest a new plan is due. */
void recheck_note(struct pe *pe, int64_t when);

const char *xml_get(const xmlNode *xml, const char *name);
bool xml_is(const xmlNode *xml, const char *tag);
const xmlNode *xml_child(const xmlNode *xml, const char *tag);
/* The first element among XML and its later siblings; with TAG: of that name. */
const xmlNode *xml_first(const xmlNode *xml, const char *tag);
/* Whom an id-ref means; XML itself when it has none, or a wrong one. */
const xmlNode *xml_deref(struct pe *pe, const xmlNode *xml);
#define XML_EACH(parent, tag, it)                                                        \
	for (const xmlNode *it = (parent) ? xml_first((parent)->children, tag) : NULL;   \
	     it; it = xml_first(it->next, tag))

/* rules.c: what a rule is asked about; what is not there is not known. */
struct rule_input {
	const struct node *node; /* NULL = expressions on node attributes are false */
	enum role role;
	const struct rsc *rsc;
	const char *op_name;
	int64_t op_interval_ms;
	const regmatch_t *match; /* of the pattern that found RSC */
	size_t match_count;
	const char *first_id; /* of sets: this one leads */
	bool overwrite;       /* of sets: the last that has a name wins */
};
bool rule_holds(struct pe *pe, const xmlNode *rule, const struct rule_input *in);
/* A name in which %0 to %9 stand for what the pattern found. */
const char *rule_name(struct pe *pe, const char *name, const struct rule_input *in);
bool expression_holds(struct pe *pe, const xmlNode *xml, const struct rule_input *in);
/* Whether there are no rules below XML, or any is true. */
bool rules_allow(struct pe *pe, const xmlNode *xml, const struct rule_input *in);
/* Adds what the active sets of that tag below XML have, best first (spec 5.2). */
void sets_read(struct pe *pe, const xmlNode *xml, const char *tag,
    const struct rule_input *in, struct table *into);

/* options.c */
void options_read(struct pe *pe);
/* advice_p.c */
void options_advise_p(struct pe *pe);
/* As it is configured; OTHERWISE when it is not, or means nothing. */
const char *option_usable_p(struct pe *pe, const char *name, const char *otherwise);
void fencing_advise_p(struct pe *pe);
void quorum_advise_p(struct pe *pe);
void orphans_advise_p(struct pe *pe);
/* What is odd about a resource that is taken all the same. */
void resource_advise_p(struct pe *pe, const struct rsc *rsc);
void condemned_say_p(struct pe *pe, const struct node *node);
void unclean_say_p(struct pe *pe, const struct node *node);
void constraint_say_p(struct pe *pe, const xmlNode *xml, const char *id);
void active_say_p(struct pe *pe, const struct rsc *rsc, size_t active);
void failure_say_p(struct pe *pe, const struct rsc *rsc, const struct node *node,
    const xmlNode *op, int rc);

/* nodes.c */
void nodes_read(struct pe *pe);
struct node *node_by_id(const struct pe *pe, const char *id);
struct node *node_by_uname(const struct pe *pe, const char *uname);
bool node_can_run(const struct node *node);
/* P: it must be fenced; the first reason is told. */
void node_condemn(struct pe *pe, struct node *node, const char *reason);
void status_read(struct pe *pe);
void status_read_p(struct pe *pe);

/* weights.c */
struct weight *weights_find(const struct weights *list, const struct node *node);
void weights_add(struct pe *pe, struct weights *list, struct node *node, int score);
/* As it is, where the node is not in the list yet. */
void weights_put(struct pe *pe, struct weights *list, struct node *node, int score);
void weights_add_all(struct pe *pe, struct weights *list, int score);
bool weights_any(const struct weights *list);
/* Whether two nodes are one to a colocation by that attribute; nodes that do not have it are. */
bool nodes_alike(const struct node *a, const struct node *b, const char *attribute);
void weights_copy(struct pe *pe, struct weights *to, const struct weights *from);
/* Scores as they are, until weights_restore(), which REALLY goes back to them, or only forgets them.  Meanwhile the list
 * has the same nodes in the same order.  Forgotten memory is used again: chains of colocations save very often. */
struct weight *weights_save(struct pe *pe, const struct weights *list);
void weights_restore(struct pe *pe, struct weights *list, struct weight *saved,
    bool really);
void weights_sort(struct pe *pe, struct weights *list);
/* Keeps what is in OTHER, too; scores are added. */
void weights_intersect(struct pe *pe, struct weights *list, const struct weights *other);

/* resources.c */
void resources_read(struct pe *pe);
/* FN for each primitive, depth first. */
void leaves_each(struct pe *pe, struct node *node,
    void (*fn)(struct pe *pe, struct rsc *rsc, struct node *node));
struct rsc *rsc_find(const struct pe *pe, const char *id); /* by id or long id */
struct rsc *rsc_find_recorded(const struct pe *pe,
    const char *id); /* history names, too */
struct rsc *rsc_orphan(struct pe *pe, const xmlNode *entry, const char *id);
void rsc_rename(struct pe *pe, struct rsc *rsc, const char *history_id);
void rsc_stickiness(struct pe *pe, struct rsc *rsc, const struct node *node);
struct rsc *rsc_top(struct rsc *rsc);
struct rsc *clone_of(const struct rsc *rsc); /* or NULL */
struct rsc *clone_instance_add(struct pe *pe, struct rsc *clone);
void rsc_make_orphan(struct rsc *rsc);
void meta_attributes_add(const xmlNode *xml, struct table *meta);
/* NAME with dashes; H has it with underscores. */
const char *meta_get(const struct pe *pe, const struct table *meta, const char *name);

/* resources_p.c */
const xmlNode *template_expand(struct pe *pe, const xmlNode *xml);
void meta_read_p(struct pe *pe, struct rsc *rsc);
/* Parameters of RSC on NODE; what it has not, its parents or the defaults have. */
void params_read_p(struct pe *pe, const struct rsc *rsc, const struct node *node,
    struct table *into);
void meta_use_p(struct pe *pe, struct rsc *rsc);
bool clone_use_p(struct pe *pe, struct rsc *rsc); /* false: it cannot be one */
enum role role_parse(const char *text);
/* The highest of its children, or its own. */
enum role rsc_role(const struct rsc *rsc);
enum role rsc_next_role(const struct rsc *rsc);
bool rsc_runs_on(const struct rsc *rsc, const struct node *node);

/* history.c, entries.c */
void history_read(struct pe *pe, struct node *node, const xmlNode *lrm_resource);
struct recorded {
	const xmlNode **op; /* sorted */
	size_t op_count, op_room;
	int start_index, stop_index; /* -1 = none */
};
/* The first op that is not overtaken by a later start; none, after a stop. */
size_t recorded_current(const struct recorded *recorded);
void recorded_read(struct pe *pe, const xmlNode *lrm_resource, struct recorded *recorded);
/* Recurring ones of the present life are there: optional actions stand for them. */
void recurring_note(struct pe *pe, struct rsc *rsc, struct node *node,
    const struct recorded *recorded);
/* Of "ACTION:TRANSITION:EXPECTED:UUID"; H and old ones have less. */
struct transition_key {
	int transition, expected; /* -1 = unknown */
	const char *uuid;
};
bool transition_key_read(const struct pe *pe, const char *text,
    struct transition_key *key);

/* history_p.c, failcounts_p.c, owner_p.c */
struct failures {
	int count;
	int64_t last; /* epoch seconds; 0 = unknown */
};
/* NAME without ":N". */
const char *name_without_number(struct pe *pe, const char *name);
/* An op with on-fail=block that failed keeps the count alive. */
bool is_blocked_by_failure(struct pe *pe, const struct rsc *rsc, const struct node *node);
struct rsc *owner_find_p(struct pe *pe, const xmlNode *entry, const char *id,
    const struct node *node);
void history_read_p(struct pe *pe, struct node *node, const xmlNode *lrm_resource);
void mark_running_p(struct pe *pe, struct rsc *rsc, struct node *node);
/* Adds to RSC and all that it has. */
void rsc_add(struct pe *pe, struct rsc *rsc, struct node *node, int score);
void rsc_add_all(struct pe *pe, struct rsc *rsc, int score);
void fail_counts_read(struct pe *pe, struct node *node);
/* As recorded, whether it counts or not. */
int fail_count_recorded(struct pe *pe, const struct rsc *rsc, const struct node *node,
    int64_t *last);
/* Of RSC on a node; if asked for, EXPIRED is set when it does not count any more, LAST is when
 * the last failure was. */
int fail_count_of(struct pe *pe, const struct rsc *rsc, const struct node *node,
    bool *expired, int64_t *last);

/* constraints.c */
void constraints_read(struct pe *pe);
void locations_apply(struct pe *pe);
struct colocation *colocation_new(struct pe *pe, const char *id, struct rsc *dependent,
    enum role dependent_role, struct rsc *primary, enum role primary_role,
    const char *attribute, int score);

/* Into the lists, where they belong by priority and name. */
void colocation_with_add(struct pe *pe, struct rsc *dependent, struct colocation *c);
void colocation_with_me_add(struct pe *pe, struct rsc *primary, struct colocation *c);
struct location *location_new(struct pe *pe, const char *id, struct rsc *rsc);
void location_entry_add(struct pe *pe, struct location *location, struct node *node,
    int score);

/* constraints_p.c, orders_p.c */
struct members {
	struct rsc **rsc;
	size_t rsc_count, rsc_room;
};
/* Whom the id in an attribute means: a resource, all of a tag, or of a template. */
struct members members_of(struct pe *pe, const xmlNode *xml, const char *name);
/* A resource set, with what an id stands for put in. */
struct rsc_set {
	const xmlNode *xml;
	struct members m;
	bool sequential, sequential_given;
	enum role role;
	const char *action;
};
struct rsc_set set_read(struct pe *pe, const xmlNode *ref);
void constraints_read_p(struct pe *pe);
void order_read_p(struct pe *pe, const xmlNode *xml);
void anti_colocation_order(struct pe *pe, struct rsc *dependent, struct rsc *primary,
    enum role dependent_role, enum role primary_role);

/* constraints.c: what undoes a task, or NULL. */
const char *task_invert(const char *task);

/* actions_p.c */
void action_policy_p(struct pe *pe, struct rsc *rsc, struct action *action);
const struct op *op_find_p(struct pe *pe, const struct rsc *rsc, const char *key,
    const char *task);

/* view_status.c: OP of RSC on NODE is a failure that people want to hear of; ABSENT: it only says
 * that the resource cannot be there. */
void failure_note(struct pe *pe, const struct rsc *rsc, const struct node *node,
    const xmlNode *op, bool absent);

/* migration.c */
void migrated_p(struct pe *pe, struct rsc *rsc, struct node *source, const xmlNode *op);
void migration_failed_p(struct pe *pe, struct rsc *rsc, struct node *node,
    const xmlNode *op);

/* keys.c */
const char *key_of(struct pe *pe, const char *id, const char *task, int64_t interval_ms);
const char *notify_key(struct pe *pe, const char *id, const char *type, const char *task);
/* Takes a key apart, from the right.  False: it is none. */
bool key_parse(struct pe *pe, const char *key, const char **id, const char **task,
    int64_t *interval_ms);
int64_t key_interval_ms(const char *key); /* 0 also of what is no key */
/* ACTION is found by its key from now on. */
void action_keyed(struct pe *pe, struct action *action);
/* ACTION of a resource, on no node until now, is on NODE. */
void action_place(struct action *action, struct node *node);
/* The first action of RSC with that key on NODE (NULL = any), or, unless EXACT, on none. */
struct action *action_find(const struct rsc *rsc, const char *key,
    const struct node *node, bool exact);
/* Adds those that END means. */
struct found {
	struct action **action;
	size_t action_count, action_room;
};
void actions_find(struct pe *pe, const struct end *end, struct found *f);
/* The first that is configured under that key and switched on, or off. */
const struct op *op_of_key(struct pe *pe, const struct rsc *rsc, const char *key,
    bool enabled);
/* There is another one of its name and interval. */
bool op_is_twofold(struct pe *pe, const struct rsc *rsc, const struct op *op);

/* actions.c */
struct action *action_make(struct pe *pe, struct rsc *rsc, const char *key,
    const char *task, struct node *node, bool optional);
struct action *action_rsc(struct pe *pe, struct rsc *rsc, const char *task,
    struct node *node, bool optional);
struct action *action_pseudo(struct pe *pe, const char *task);
/* What is configured about an op with that key, as if there were an action. */
void action_policy(struct pe *pe, struct rsc *rsc, struct action *action);
const struct op *op_find(struct pe *pe, const struct rsc *rsc, const char *key);
void meta_set(struct pe *pe, struct action *action, const char *name, const char *value);
/* NODE NULL = any. */
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

/* Whether an op is not switched off. */
bool op_enabled(const struct pe *pe, const xmlNode *op);

/* probes.c, probes_p.c */
void probes_p(struct pe *pe);
void probe_links_p(struct pe *pe);
void probe_restarts_p(struct pe *pe); /* once links are resolved */
bool is_probe(const struct action *action);
void probes(struct pe *pe);

/* recorded.c, recorded_p.c */
void recorded_check(struct pe *pe);
void recorded_check_p(struct pe *pe);

/* block_p.c */
struct blocked {
	struct action **action;
	size_t action_count, action_room;
};
/* ACTION cannot happen: adds to BLOCKED what cannot, either, and is blocked by that. */
void colocations_block_p(struct pe *pe, const struct action *action,
    struct blocked *blocked);
/* What counts of an action's parameters; XML is its entry in the history. */
void digest_params(struct pe *pe, struct rsc *rsc, const struct action *action,
    const struct node *node, const xmlNode *xml, struct table *into);
const char *digest_of(struct pe *pe, const struct table *params);
/* Whether " a b " has NAME as a word. */
bool list_has(const char *list, const char *name);
/* Of those named in LIST (NULL: all). */
const char *digest_restart(struct pe *pe, const struct table *params, const char *list);
/* Whether its class, provider or type are others than in the history. */
bool is_redefined(struct pe *pe, struct rsc *rsc, struct node *node,
    const xmlNode *entry);
void clear_failcount(struct pe *pe, struct rsc *rsc, struct node *node);
/* Whether the parameters of a recorded op are others now. */
bool params_changed_p(struct pe *pe, struct rsc *rsc, struct node *node,
    const xmlNode *xml);

/* assign.c: spec 9 */
struct node *assign(struct pe *pe, struct rsc *rsc);
void merge(struct pe *pe, struct rsc *dependent, struct weights *list, int factor,
    bool rollback);
void colocate(struct pe *pe, struct rsc *dependent, struct rsc *primary,
    const struct colocation *c);
struct node *clone_assign(struct pe *pe, struct rsc *rsc);

/* assign_p.c, colocate_p.c, clones_p.c, utilization.c: the same of profile P */
struct node *assign_p(struct pe *pe, struct rsc *rsc, const struct node *prefer);
void unassign(struct pe *pe, struct rsc *rsc);
void clone_assign_p(struct pe *pe, struct rsc *rsc);
/* Below 0: A goes first. */
int instance_compare_p(struct pe *pe, const struct rsc *a, const struct rsc *b);
void instances_sort_p(struct pe *pe, struct rsc *clone,
    int (*compare)(struct pe *, const struct rsc *, const struct rsc *));

/* promote_p.c */
void promotion_scores_add_p(struct pe *pe, struct rsc *clone);
void promote_p(struct pe *pe, struct rsc *clone);

void colocate_p(struct pe *pe, struct rsc *dependent, struct rsc *primary,
    const struct colocation *c);
enum {
	ADD_ACTIVE = 1,
	ADD_NONNEGATIVE = 2,
	ADD_WITH = 4 /* go on to those it is with, not to those with it */
};
/* Adds what DEPENDENT would like to LIST (spec 12.10.2). */
void scores_add(struct pe *pe, struct rsc *dependent, struct weights *list,
    const char *attribute, float factor, unsigned flags);
/* Whether what D would like counts for Q, which may run already. */
bool colocation_counts(const struct colocation *c, const struct rsc *q);
struct node *rsc_current_node(const struct rsc *rsc);
void weights_sort_p(const struct pe *pe, struct weights *list,
    const struct node *current);
void scores_say(struct pe *pe, const char *who, const struct rsc *rsc);
void utilization_take(struct pe *pe, const struct rsc *rsc, struct node *node);
void utilization_give(struct pe *pe, const struct rsc *rsc, struct node *node);
/* Below 0: A has more left. */
int capacity_compare(const struct node *a, const struct node *b);
/* Forbids nodes that have not enough left; the node that has most, if none has enough for all. */
struct node *utilization_ban(struct pe *pe, struct rsc *rsc);
void resources_sort_p(struct pe *pe);

/* broken.c: errors of the configuration that hide resources; after the plan, what they would stop. */
void broken_look(struct pe *pe);
void broken_tell(struct pe *pe);

/* plan_p.c */
void plan_p(struct pe *pe);

/* clones.c: what both profiles ask of instances */
bool any_failed(const struct rsc *rsc);
void counts_clear(struct rsc *clone);
/* Of RSC and all that it has; NEXT: the role that it shall have. */
void role_set(struct rsc *rsc, enum role role, bool next);
/* Location rules of role Master say who should become one. */
void master_locations(struct rsc *child, const struct rsc *of);

/* create_p.c, recurring_p.c, migrate_p.c, links_p.c, resolve_p.c, follow_p.c: spec 12.13 */
void create_actions_p(struct pe *pe, struct rsc *rsc);
void recurring_p(struct pe *pe, struct rsc *rsc);
bool may_migrate_p(const struct rsc *rsc, const struct node *now);
void migration_create_p(struct pe *pe, struct rsc *rsc, struct node *now);
void migration_links_p(struct pe *pe);
void internal_links_p(struct pe *pe, struct rsc *rsc);
void links_resolve_p(struct pe *pe);
void follow_p(struct pe *pe, struct action *a, struct action *b, unsigned flags,
    bool *a_changed, bool *b_changed);
bool has_enough(const struct action *b);
void notify_order_p(struct pe *pe, struct rsc *clone);
void notify_obituary(struct pe *pe, struct rsc *rsc, struct action *fencing);
void unfencing_links(struct pe *pe, struct rsc *rsc);
/* Nodes that what weighs something may have to leave, or to come to. */
void load_expect(struct pe *pe);
void load_links(struct pe *pe, struct rsc *rsc);
/* rings_p.c: those who wait for each other's room */
void rings_break_p(struct pe *pe);
void delete_p(struct pe *pe, struct rsc *rsc, struct node *node, bool optional);
bool is_recurring(const struct action *action);
bool needs_fencing(const struct rsc *rsc);

/* reasons_p.c */
void reason_set(struct action *action, const char *reason); /* the first one stays */
/* ACTION became "required" or "unrunnable" BECAUSE of another; OF_CLONE: all of its clone is named. */
void reason_follow(struct pe *pe, struct action *action, const char *how,
    const struct action *because, bool of_clone);
void children_by_number(struct rsc *clone);

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

/* fence.c, fence_p.c */
void fence_and_shutdown(struct pe *pe);
void fence_and_shutdown_p(struct pe *pe);
/* NODE may have to be fenced. */
void fencing_expect(struct pe *pe, struct node *node);
/* All nodes may have to be let in, if there is anything to be let in to. */
void unfencing_expect(struct pe *pe);
/* Whether NODE can be had by fencing. */
bool can_fence(const struct pe *pe, const struct node *node);
/* Unfencing of NODE is needed, for that reason. */
void unfence_again(struct pe *pe, struct node *node, const char *reason);
/* BEFORE, of RSC, needs the node to be let in, unless that was done already. */
void unfence_for(struct pe *pe, struct node *node, const struct rsc *rsc,
    struct action *before);

/* propagate.c */
void links_resolve(struct pe *pe);
void links_propagate(struct pe *pe);
void migrate_all(struct pe *pe);

/* graph.c */
void graph_select(struct pe *pe);
/* Not an operation on a resource: the cluster's own business. */
bool graph_is_event(const struct action *action);

/* graph_text.c, attributes_p.c */
/* What stands in <attributes>. */
void graph_attributes(const struct pe *pe, const struct action *action,
    struct table *into);
void attributes_p(struct pe *pe, const struct action *action, struct table *into);
/* Its node is gone after it. */
bool is_end_of_node(const struct action *action);
/* The key under which the node knows it. */
const char *graph_node_key(struct arena *arena, const struct action *action);

/* view.c */
void every_note(struct pe *pe); /* once everything is read */
void view_make(struct pe *pe);

#endif
