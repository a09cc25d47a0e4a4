/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys, "ID_TASK_INTERVAL": what an operation is called.  A resource's actions and what is configured for it are found
 * by them without looking through all, as there may be thousands.  Their case does not count.
 */
#include "crm/pengine/private.h"

#include <ctype.h>
#include <stdlib.h>

#define SHORT_KEY 256

/* Making and taking apart. */

const char *
key_of(struct pe *pe, const char *id, const char *task, int64_t interval_ms)
{
	size_t id_len = strlen(id), task_len = strlen(task);

	if (interval_ms != 0)
		return arena_printf(&pe->arena, "%s_%s_%lld", id, task,
		    (long long)interval_ms);
	char *key = arena_alloc(&pe->arena, id_len + task_len + sizeof("__0")),
	     *end = key;

	end = (char *)mempcpy(end, id, id_len);
	*end++ = '_';
	end = (char *)mempcpy(end, task, task_len);
	memcpy(end, "_0", sizeof("_0"));
	return key;
}

const char *
notify_key(struct pe *pe, const char *id, const char *type, const char *task)
{
	return arena_printf(&pe->arena, "%s_%s_notify_%s_0", id, type, task);
}

/* Where the task and the interval begin.  False: it is no key. */
static bool
key_split(const char *key, size_t *word, size_t *digits)
{
	size_t end = strlen(key), at = end;

	while (at > 0 && isdigit((unsigned char)key[at - 1]))
		at--;
	if (at == end || at < 2 || key[at - 1] != '_')
		return false;
	*digits = at--;
	while (at > 0 && key[at - 1] != '_')
		at--;
	/* migrate_to and migrate_from are the tasks with a "_". */
	if (at >= 8 && strncmp(key + at - 8, "migrate_", 8) == 0)
		at -= 8;
	*word = at;
	return at >= 2;
}

bool
key_parse(struct pe *pe, const char *key, const char **id, const char **task,
    int64_t *interval_ms)
{
	size_t word, digits;

	if (!key_split(key, &word, &digits))
		return false;
	*interval_ms = strtoll(key + digits, NULL, 10);
	*task = arena_strndup(&pe->arena, key + word, digits - 1 - word);
	*id = arena_strndup(&pe->arena, key, word - 1);
	return true;
}

int64_t
key_interval_ms(const char *key)
{
	size_t word, digits;

	return key_split(key, &word, &digits) ? strtoll(key + digits, NULL, 10) : 0;
}

/* TEXT in small letters, in BUF if it fits. */
static const char *
small(struct arena *arena, const char *text, char buf[static SHORT_KEY])
{
	size_t len = strlen(text);
	char *to = len < SHORT_KEY ? buf : arena_alloc(arena, len + 1);

	for (size_t i = 0; i <= len; i++)
		to[i] =
		    text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
	return to;
}

/* The same, to stay. */
static const char *
small_kept(struct arena *arena, const char *text)
{
	char buf[SHORT_KEY];
	const char *is = small(arena, text, buf);

	if (strcmp(is, text) == 0)
		return text;
	return is == buf ? arena_strdup(arena, is) : is;
}

/* Actions. */

/* Of probes there are as many as nodes. */
#define KEYED_FEW 8

struct keyed {
	struct action *first, *last;
	size_t count, nowhere; /* of them, how many are on no node yet */
	struct action **on; /* by node index, the first there; of more than KEYED_FEW */
};

static struct keyed *
keyed_find(const struct rsc *rsc, const char *key)
{
	char buf[SHORT_KEY];

	return (struct keyed *)(uintptr_t)table_find(&rsc->keyed,
	    small(rsc->keyed.arena, key, buf));
}

static void
on_node(struct keyed *k, struct action *a)
{
	struct action **on = a->node ? &k->on[a->node->index] : NULL;

	if (on && (!*on || (*on)->id > a->id))
		*on = a;
}

void
action_keyed(struct pe *pe, struct action *action)
{
	struct keyed *k = keyed_find(action->rsc, action->key);

	if (!k) {
		k = ARENA_NEW(&pe->arena, struct keyed);
		table_set(&action->rsc->keyed, small_kept(&pe->arena, action->key), k);
		k->first = action;
	} else
		k->last->next_keyed = action;
	k->last = action;
	k->count++;
	k->nowhere += !action->node;
	if (k->on)
		on_node(k, action);
	else if (k->count > KEYED_FEW) {
		k->on = arena_alloc(&pe->arena, (pe->node_count + 1) * sizeof(*k->on));
		for (struct action *a = k->first; a; a = a->next_keyed)
			on_node(k, a);
	}
}

void
action_place(struct action *action, struct node *node)
{
	struct keyed *k = keyed_find(action->rsc, action->key);

	action->node = node;
	if (!k) /* it has another key since */
		return;
	k->nowhere -= node != NULL;
	if (k->on)
		on_node(k, action);
}

struct action *
action_find(const struct rsc *rsc, const char *key, const struct node *node, bool exact)
{
	const struct keyed *k = keyed_find(rsc, key);

	if (k && k->on && node && (exact || k->nowhere == 0))
		return k->on[node->index];
	for (struct action *a = k ? k->first : NULL; a; a = a->next_keyed)
		if (!node || a->node == node || (!exact && !a->node))
			return a;
	return NULL;
}

void
actions_find(struct pe *pe, const struct end *end, struct found *f)
{
	if (end->action) {
		ARENA_PUSH(&pe->arena, f, action, end->action);
		return;
	}
	const struct keyed *k = keyed_find(end->rsc, end->key);

	for (struct action *a = k ? k->first : NULL; a; a = a->next_keyed)
		ARENA_PUSH(&pe->arena, f, action, a);
}

/* What is configured: the part of keys behind "ID_" -> struct op_keyed. */

struct op_keyed {
	const struct op *first[2]; /* of those that are switched off, and on */
	size_t count;
};

static void
ops_index(struct pe *pe, struct rsc *rsc)
{
	table_init(&rsc->op_keyed, &pe->arena);
	for (size_t i = 0; i < rsc->op_count; i++) {
		const struct op *op = &rsc->op[i];
		const char *name = small_kept(&pe->arena, op->part);
		struct op_keyed *k =
		    (struct op_keyed *)(uintptr_t)table_find(&rsc->op_keyed, name);
		bool enabled = op_enabled(pe, op->xml);

		if (!k) {
			k = ARENA_NEW(&pe->arena, struct op_keyed);
			table_set(&rsc->op_keyed, name, k);
		}
		k->count++;
		if (!k->first[enabled])
			k->first[enabled] = op;
	}
}

static const struct op_keyed *
ops_find(struct pe *pe, const struct rsc *rsc, const char *part)
{
	char buf[SHORT_KEY];

	if (rsc->op_count == 0)
		return NULL;
	if (!rsc->op_keyed.arena)
		ops_index(pe, (struct rsc *)(uintptr_t)rsc);
	return table_find(&rsc->op_keyed, small(&pe->arena, part, buf));
}

/* Of a key that begins with ID. */
static const struct op *
op_of_id(struct pe *pe, const struct rsc *rsc, const char *id, const char *key,
    bool enabled)
{
	size_t len = id ? strlen(id) : 0;

	if (!id || strncasecmp(key, id, len) != 0 || key[len] != '_')
		return NULL;
	const struct op_keyed *k = ops_find(pe, rsc, key + len + 1);

	return k ? k->first[enabled] : NULL;
}

const struct op *
op_of_key(struct pe *pe, const struct rsc *rsc, const char *key, bool enabled)
{
	const struct op *op = op_of_id(pe, rsc, rsc->id, key, enabled), *other = NULL;

	if (pe->profile == PE_P)
		other = op_of_id(pe, rsc, rsc->history_id, key, enabled);
	return op && (!other || op < other) ? op : other;
}

bool
op_is_twofold(struct pe *pe, const struct rsc *rsc, const struct op *op)
{
	const struct op_keyed *k = ops_find(pe, rsc, op->part);

	return k && k->count > 1;
}
