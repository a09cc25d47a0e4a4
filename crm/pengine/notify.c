/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instances are told what their clone is about to do, and has done (spec 8.6.4, 10.4). */
#include "crm/pengine/private.h"

#include <stdlib.h>

const char *const notify_tasks[4] = { "start", "stop", "promote", "demote" };

static int
index_of(const char *task)
{
	for (int i = 0; i < 4; i++)
		if (same(task, notify_tasks[i]))
			return i;
	return -1;
}

/* P: whose turn it is, as the key has it. */
static void
key_note(struct pe *pe, struct action *a, const char *type, const char *what)
{
	meta_set(pe, a, "notify_key_type", type);
	meta_set(pe, a, "notify_key_operation", what);
}

static struct action *
notice(struct pe *pe, struct rsc *clone, const char *type, const char *task, bool done,
    const struct action *like)
{
	bool post = strstr(type, "post") != NULL;
	/* P names what is over by its end. */
	const char *what = post && pe->profile == PE_P ? task_completion(task) : task;
	struct action *a = action_make(pe, clone, notify_key(pe, clone->id, type, what),
	    done ? "notified" : "notify", NULL, like->optional);

	a->pseudo = true;
	a->runnable = true;
	meta_set(pe, a, "notify_operation", task);
	if (pe->profile == PE_P) {
		meta_set(pe, a, "notify_type", post ? "post" : "pre");
		key_note(pe, a, type, what);
		return a;
	}
	meta_set(pe, a, "notify_type", done || !post ? "pre" : "post");
	if (!done)
		meta_set(pe, a, "notify_confirm", "yes");
	return a;
}

void
notify_pseudo(struct pe *pe, struct rsc *clone, const char *task, struct action *action,
    struct action *complete)
{
	/* What waits in H until everybody has heard of it; in P its own notice does. */
	static const char *const follows[4] = { "promote", "start", NULL, "stop" };
	int index = index_of(task);
	struct notify_data *n = clone->notice[index];

	if (!n)
		n = clone->notice[index] = ARENA_NEW(&pe->arena, struct notify_data);
	n->pre = notice(pe, clone, "pre", task, false, action);
	n->pre_done = notice(pe, clone, "confirmed-pre", task, true, action);
	n->post = notice(pe, clone, "post", task, false, complete);
	n->post_done = notice(pe, clone, "confirmed-post", task, true, complete);
	n->post->priority = n->post_done->priority = INF;
	n->post->runnable = n->post_done->runnable = complete->runnable;
	/* P tells nobody of what cannot happen. */
	unsigned first = pe->profile == PE_P ? FN : 0U,
	         then = pe->profile == PE_P ? TN | TF : 0U;

	order(pe, end_action(n->pre), end_action(n->pre_done), FF | first | (then & TF));
	order(pe, end_action(n->pre_done), end_action(action), FF | first);
	order(pe, end_action(complete), end_action(n->post), TF | then);
	if (pe->profile == PE_P)
		order(pe, end_action(n->pre_done), end_action(n->post), OO);
	order(pe, end_action(n->post), end_action(n->post_done), FF | then);
	if (follows[index] && pe->profile == PE_H)
		order(pe, end_action(n->post_done), end_task(pe, clone, follows[index]),
		    OO);
}

/* One after the other, with everybody told in between; profile P. */
void
notify_order_p(struct pe *pe, struct rsc *clone)
{
	static const int pairs[][2] = { { 1, 0 }, { 1, 2 }, { 0, 2 }, { 3, 2 }, { 3, 0 },
		{ 3, 1 } };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct notify_data *a = clone->notice[pairs[i][0]],
		                         *b = clone->notice[pairs[i][1]];

		if (a && b)
			order(pe, end_action(a->post_done), end_action(b->pre), OO);
	}
}

static struct action *
obituary_part(struct pe *pe, struct rsc *rsc, const char *type, const char *task)
{
	struct action *a = action_make(pe, rsc, notify_key(pe, rsc->id, type, "stonith"),
	    task, NULL, false);

	a->pseudo = a->runnable = a->implied_by_fencing = true;
	a->priority = INF;
	meta_set(pe, a, "notify_type", "post");
	meta_set(pe, a, "notify_operation", "stop");
	key_note(pe, a, type, "stonith");
	return a;
}

/* The others are also told, as soon as the node is gone, of RSC that stopped with it. */
void
notify_obituary(struct pe *pe, struct rsc *rsc, struct action *fencing)
{
	const struct rsc *clone = clone_of(rsc);

	if (!clone || !clone->notify || rsc->obituary)
		return;
	struct notify_data *n = rsc->obituary = ARENA_NEW(&pe->arena, struct notify_data);

	n->post = obituary_part(pe, rsc, "post", "notify");
	n->post_done = obituary_part(pe, rsc, "confirmed-post", "notified");
	order(pe, end_action(fencing), end_action(n->post), OO);
	order(pe, end_action(n->post), end_action(n->post_done), OO);
}

/* Lists: who does what. */

enum {
	L_STOP,
	L_START,
	L_PROMOTE,
	L_DEMOTE,
	L_ACTIVE,
	L_SLAVE,
	L_MASTER,
	L_INACTIVE,
	LISTS
};

static const char *const list_names[LISTS] = { "stop", "start", "promote", "demote",
	"active", "slave", "master", "inactive" };

struct entry {
	const struct rsc *rsc;
	const struct node *node;
};

struct list {
	struct entry *entry;
	size_t entry_count, entry_room;
};

struct expansion {
	struct rsc *clone;
	struct list list[LISTS];
	struct action **told; /* gets the lists */
	size_t told_count, told_room;
};

static void
list_add(struct pe *pe, struct list *list, const struct rsc *rsc, const struct node *node)
{
	ARENA_PUSH(&pe->arena, list, entry, ((struct entry){ rsc, node }));
}

static int
entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = strcmp(x->rsc->id, y->rsc->id);

	if (c != 0 || !x->node || !y->node)
		return c ? c : (x->node ? 1 : 0) - (y->node ? 1 : 0);
	return strcmp(x->node->id, y->node->id);
}

/* Words with a blank after each; P has none after the last, and one where there are no words. */
struct words {
	struct pe *pe;
	char *text;
	size_t text_count, text_room;
};

static void
words_add(struct words *w, const char *word)
{
	for (; *word; word++)
		ARENA_PUSH(&w->pe->arena, w, text, *word);
	ARENA_PUSH(&w->pe->arena, w, text, ' ');
}

static const char *
words_text(struct words *w)
{
	if (w->pe->profile == PE_P && w->text_count == 0)
		return " ";
	if (w->pe->profile == PE_P)
		w->text_count--;
	ARENA_PUSH(&w->pe->arena, w, text, '\0');
	return w->text;
}

/* A resource counts once, wherever it is. */
static const char *
list_text(struct pe *pe, struct list *list, bool nodes)
{
	struct words words = { .pe = pe };
	const struct rsc *last = NULL;

	if (list->entry_count)
		qsort(list->entry, list->entry_count, sizeof(*list->entry),
		    entry_compare);
	for (size_t i = 0; i < list->entry_count; i++) {
		const struct entry *e = &list->entry[i];

		if (e->rsc == last)
			continue;
		last = e->rsc;
		if (!nodes)
			words_add(&words, e->rsc->id);
		else if (e->node)
			words_add(&words, e->node->uname);
	}
	return words_text(&words);
}

static void
tell_all(struct pe *pe, struct expansion *x, const char *list, const char *of,
    const char *text)
{
	const char *name = arena_printf(&pe->arena, "notify_%s_%s", list, of);

	for (size_t t = 0; t < x->told_count; t++)
		meta_set(pe, x->told[t], name, text);
}

static void
lists_tell_h(struct pe *pe, struct expansion *x)
{
	for (int i = 0; i < LISTS; i++) {
		if (x->list[i].entry_count == 0)
			continue;
		const char *unames = list_text(pe, &x->list[i], true);

		tell_all(pe, x, list_names[i], "resource",
		    list_text(pe, &x->list[i], false));
		if (*unames)
			tell_all(pe, x, list_names[i], "uname", unames);
	}
}

/* Nodes there are, or only those the clone may use. */
static const char *
nodes_text(struct pe *pe, const struct weights *allowed)
{
	struct words words = { .pe = pe };

	for (size_t i = 0; i < pe->node_count; i++)
		if (!allowed || weights_find(allowed, pe->node[i]))
			words_add(&words, pe->node[i]->uname);
	return words_text(&words);
}

/* P tells all lists, also those without entries, and has roles by their old names and the new. */
static void
lists_tell_p(struct pe *pe, struct expansion *x)
{
	for (int i = 0; i < LISTS; i++) {
		const char *ids = list_text(pe, &x->list[i], false),
		           *unames = list_text(pe, &x->list[i], true);
		const char *alias = i == L_MASTER  ? "promoted"
		                    : i == L_SLAVE ? "unpromoted"
		                                   : NULL;

		tell_all(pe, x, list_names[i], "resource", ids);
		if (i != L_INACTIVE)
			tell_all(pe, x, list_names[i], "uname", unames);
		if (alias) {
			tell_all(pe, x, alias, "resource", ids);
			tell_all(pe, x, alias, "uname", unames);
		}
	}
	tell_all(pe, x, "all", "uname", nodes_text(pe, NULL));
	tell_all(pe, x, "available", "uname", nodes_text(pe, &x->clone->allowed));
}

/* Telling one instance. */

static void
tell(struct pe *pe, struct expansion *x, struct rsc *rsc, struct node *node,
    struct action *pseudo, struct action *done)
{
	if (!node || !node->online || !pseudo->runnable)
		return;
	const char *type = table_get(&pseudo->meta, "notify_type");
	const char *task = table_get(&pseudo->meta, "notify_operation");

	/* Of a stop who runs is told, in P, as far as it comes to that; of others only if it comes to that. */
	if (pe->profile == PE_P &&
	    (node->unclean || (pseudo->optional && !same(task, "stop"))))
		return;
	const char *key = notify_key(pe, rsc->id, type, task);
	struct action *a = action_make(pe, rsc, key, "notify", node, pseudo->optional);

	if (pe->profile == PE_H)
		TABLE_EACH (&pseudo->meta, e)
			table_set(&a->extra,
			    arena_printf(&pe->arena, "CRM_meta_%s", e->name), e->value);
	/* P: a node that is told of a stop twice knows it by what was last. */
	TABLE_EACH (&pseudo->meta, e) {
		if (pe->profile == PE_P && strncmp(e->name, "notify_", 7) == 0)
			table_set(&a->meta, e->name, e->value);
		else
			table_add(&a->meta, e->name, e->value);
	}
	order_now(pe, pseudo, a, FF);
	order_now(pe, a, done, FF);
	ARENA_PUSH(&pe->arena, x, told, a);
	if (type[1] != 'o') /* pre */
		return;
	a->priority = INF;
	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *other = rsc->action[i];
		size_t len = strlen(other->key);

		if (!same(other->task, "cancel") && len > 2 &&
		    strcmp(other->key + len - 2, "_0") != 0)
			order_now(pe, done, other, OO);
	}
}

/* P: what each is now, whatever it will be. */
static void
state_lists_p(struct pe *pe, struct expansion *x, struct rsc *rsc)
{
	const struct node *node = rsc_current_node(rsc);

	if (rsc->role <= ROLE_STOPPED) {
		list_add(pe, &x->list[L_INACTIVE], rsc, NULL);
		return;
	}
	list_add(pe, &x->list[L_ACTIVE], rsc, node);
	if (rsc->role > ROLE_STARTED)
		list_add(pe, &x->list[rsc->role == ROLE_MASTER ? L_MASTER : L_SLAVE], rsc,
		    node);
}

/* H: what each is and stays, where it shall be. */
static void
state_list_h(struct pe *pe, struct expansion *x, const struct rsc *rsc)
{
	int list = rsc->role == ROLE_STARTED  ? L_ACTIVE
	           : rsc->role == ROLE_SLAVE  ? L_SLAVE
	           : rsc->role == ROLE_MASTER ? L_MASTER
	                                      : -1;

	if (rsc->role != rsc->next_role || list < 0)
		return;
	list_add(pe, &x->list[list], rsc, rsc->assigned);
}

static void
tell_obituaries(struct pe *pe, struct expansion *x, const struct rsc *of, struct rsc *rsc,
    struct node *node)
{
	for (size_t i = 0; i < of->child_count; i++)
		tell_obituaries(pe, x, of->child[i], rsc, node);
	if (of->obituary)
		tell(pe, x, rsc, node, of->obituary->post, of->obituary->post_done);
}

static void
leaf_task(struct pe *pe, struct expansion *x, struct rsc *rsc, int index)
{
	static const int lists[4] = { L_START, L_STOP, L_PROMOTE, L_DEMOTE };
	const char *task = notify_tasks[index];
	const char *key = key_of(pe, rsc->id, task, 0);
	const struct notify_data *n = x->clone->notice[index];
	bool registered = false;

	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *a = rsc->action[i];

		if (!same(a->key, key))
			continue;
		ARENA_PUSH(&pe->arena, x, told, a);
		if (a->optional)
			continue;
		registered = true;
		/* P does not announce what cannot happen; on a lost node it may have. */
		if (pe->profile == PE_H || a->runnable ||
		    (index == 1 && a->node && a->node->unclean))
			list_add(pe, &x->list[lists[index]], rsc, a->node);
	}
	if ((index == 1 || index == 3) && rsc->role != ROLE_STOPPED) {
		for (size_t i = 0; i < rsc->running_count; i++) {
			tell(pe, x, rsc, rsc->running[i], n->pre, n->pre_done);
			if (index == 3 || !registered)
				tell(pe, x, rsc, rsc->running[i], n->post, n->post_done);
			if (index == 1)
				tell_obituaries(pe, x, x->clone, rsc, rsc->running[i]);
		}
	}
	if ((index == 0 || index == 2) && rsc->next_role != ROLE_STOPPED &&
	    rsc->assigned) {
		if (index != 0 || !registered)
			tell(pe, x, rsc, rsc->assigned, n->pre, n->pre_done);
		tell(pe, x, rsc, rsc->assigned, n->post, n->post_done);
	}
}

static void
states_list(struct pe *pe, struct expansion *x, struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->child_count; i++)
		states_list(pe, x, rsc->child[i]);
	if (rsc->variant != PRIMITIVE)
		return;
	if (pe->profile == PE_P)
		state_lists_p(pe, x, rsc);
	else
		state_list_h(pe, x, rsc);
}

static void
tasks_tell(struct pe *pe, struct expansion *x, struct rsc *rsc, int first, int end)
{
	for (size_t i = 0; i < rsc->child_count; i++)
		tasks_tell(pe, x, rsc->child[i], first, end);
	if (rsc->variant != PRIMITIVE)
		return;
	for (int index = first; index < end; index++)
		if (x->clone->notice[index])
			leaf_task(pe, x, rsc, index);
}

void
notify_expand(struct pe *pe, struct rsc *clone)
{
	struct expansion x = { .clone = clone };

	states_list(pe, &x, clone);
	/* H tells each of all that happens, P all of the start first, then all of the stop... */
	for (int index = 0; pe->profile == PE_P && index < 4; index++)
		tasks_tell(pe, &x, clone, index, index + 1);
	if (pe->profile == PE_H)
		tasks_tell(pe, &x, clone, 0, 4);
	if (pe->profile == PE_P)
		lists_tell_p(pe, &x);
	else
		lists_tell_h(pe, &x);
}
