/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Applies format 2.  Paths mean the document as it was, but for what has been deleted: so all of
 * them are found first, while deletions and settings are done, and only then things come and
 * move.  Those are placed parent by parent by rising position, with a cursor that only goes
 * forth.
 */
#include "crm/cib/codes.h"
#include "crm/cib/diff_private.h"
#include "crm/cib/path.h"

#include <stdlib.h>
#include <string.h>

struct placing {
	xmlNode *parent;
	xmlNode *moved;       /* or NULL: FRESH comes */
	const xmlNode *fresh; /* of the patch */
	long position;
	size_t order; /* in the patch */
};

struct patcher {
	xmlNode *root;
	struct tree_index ix;
	struct placing *placing;
	size_t count, room;
	struct err *err;
};

/* Paths. */

#define STEP_BEGIN "[@id='"
#define STEP_END "']"

/* What of a patch is not quoted in full: it may be long. */
static int
not_there(struct patcher *p, const char *path)
{
	return err_set(p->err, CIB_DIFF_FAILED, "there is no '%.200s'", path);
}

/* The child that the step at *PATH means, with *PATH behind it; NULL when there is none.  As
 * an id may have anything in it, its end is where an element with it is known. */
static xmlNode *
step_find(const struct patcher *p, const xmlNode *parent, const char **path)
{
	size_t len = strcspn(*path, "/["), begin = strlen(STEP_BEGIN);
	char *text = strdup(*path);
	char *id = text ? text + len : NULL, *end;
	const struct tree_entry *found = NULL;

	if (!text)
		return NULL;
	if (*id == '\0' || *id == '/') {
		*id = '\0';
		found = tree_index_find(&p->ix, parent, text, NULL);
		*path += len;
	} else if (strncmp(id, STEP_BEGIN, begin) == 0) {
		*id = '\0';
		id += begin;
		for (end = strstr(id, STEP_END); end && !found;
		     end = strstr(end + 1, STEP_END)) {
			if (end[2] != '\0' && end[2] != '/')
				continue;
			*end = '\0';
			found = tree_index_find(&p->ix, parent, text, id);
			*end = STEP_END[0];
			if (found)
				*path += (size_t)(end + 2 - text);
		}
	}
	free(text);
	return found ? found->node : NULL;
}

static xmlNode *
path_find(const struct patcher *p, const char *path)
{
	const xmlNode *at = p->root->parent;
	xmlNode *found = NULL;

	while (*path == '/') {
		path++;
		found = step_find(p, at, &path);
		if (!found)
			return NULL;
		at = found;
	}
	return *path ? NULL : found;
}

static bool
number_of(const xmlNode *change, long *number)
{
	const char *text = cib_attr(change, "position");
	char *end;

	if (!text || !*text)
		return false;
	*number = strtol(text, &end, 10);
	return *end == '\0' && *number >= 0;
}

/* Deletions. */

static xmlNode *
comment_at(const xmlNode *parent, long position)
{
	xmlNode *n = tree_kept(parent->children);

	for (; n && position > 0; position--)
		n = tree_kept(n->next);
	return n && n->type == XML_COMMENT_NODE ? n : NULL;
}

/* "PARENT/comment" with a position is a comment, unless there are elements called so. */
static xmlNode *
gone_find(const struct patcher *p, const xmlNode *change, const char *path)
{
	static const char step[] = "/comment";
	size_t len = strlen(path), tail = sizeof(step) - 1;
	xmlNode *found = NULL;
	long position;
	char *parent;

	if (len > tail && strcmp(path + len - tail, step) == 0 &&
	    number_of(change, &position) && (parent = strndup(path, len - tail))) {
		xmlNode *in = path_find(p, parent);

		found = in ? comment_at(in, position) : NULL;
		free(parent);
	}
	return found ? found : path_find(p, path);
}

static int
change_delete(struct patcher *p, const xmlNode *change, const char *path)
{
	xmlNode *gone = gone_find(p, change, path);

	if (!gone)
		return CIB_OK; /* that is what was wanted */
	if (gone == p->root)
		return err_set(p->err, CIB_DIFF_FAILED,
		    "the whole document cannot be deleted");
	tree_index_bury(&p->ix, gone);
	return CIB_OK;
}

/* Settings. */

static int
list_apply(struct patcher *p, xmlNode *to, const xmlNode *list)
{
	for (const xmlNode *c = cib_child_first(list); c; c = cib_child_next(c)) {
		const char *name = cib_attr(c, "name"), *value = cib_attr(c, "value"),
		           *operation = cib_attr(c, "operation");

		if (!name || !operation || xmlValidateName(BAD_CAST name, 0) != 0)
			return err_set(p->err, CIB_DIFF_FAILED,
			    "a change-attr needs a name and an operation");
		if (strcmp(operation, "unset") == 0)
			xmlUnsetProp(to, BAD_CAST name);
		else if (strcmp(operation, "set") != 0 || !value)
			return err_set(p->err, CIB_DIFF_FAILED,
			    "an attribute is set to a value, or unset");
		else if (!tree_set(to, name, value))
			return CIB_NO_MEMORY;
	}
	return CIB_OK;
}

/* The result has the attributes in their order; of a patch without versions it may come from
 * another document, and only what is listed is meant. */
static int
result_apply(struct patcher *p, xmlNode *to, const xmlNode *result)
{
	const xmlNode *like = result ? cib_child_first(result) : NULL;

	if (!like ||
	    (to == p->root && !cib_diff_versions(result->parent->parent, NULL, NULL)))
		return CIB_OK;
	if (!xmlStrEqual(like->name, to->name) ||
	    !tree_same_text(cib_attr(like, "id"), cib_attr(to, "id")))
		return err_set(p->err, CIB_DIFF_FAILED, "%s would become another element",
		    (const char *)to->name);
	return tree_attributes_become(to, like) ? CIB_OK : CIB_NO_MEMORY;
}

static int
change_modify(struct patcher *p, const xmlNode *change, const char *path)
{
	xmlNode *to = path_find(p, path);
	const xmlNode *list = cib_child_find(change, "change-list"),
	              *result = cib_child_find(change, "change-result");
	int code;

	if (!to)
		return not_there(p, path);
	code = list ? list_apply(p, to, list) : CIB_OK;
	return code == CIB_OK ? result_apply(p, to, result) : code;
}

/* What comes and moves. */

static int
placing_add(struct patcher *p, const struct placing *placing, const xmlNode *change)
{
	struct placing *to;

	if (p->count == p->room) {
		size_t room = p->room ? p->room * 2 : 64;
		struct placing *grown = realloc(p->placing, room * sizeof(*grown));

		if (!grown)
			return CIB_NO_MEMORY;
		p->placing = grown;
		p->room = room;
	}
	to = &p->placing[p->count];
	*to = *placing;
	to->order = p->count++;
	if (!number_of(change, &to->position))
		to->position = CIB_COUNT_MAX; /* the end */
	return CIB_OK;
}

static int
change_create(struct patcher *p, const xmlNode *change, const char *path)
{
	struct placing placing = { .parent = path_find(p, path),
		.fresh = tree_kept(change->children) };

	if (!placing.parent)
		return not_there(p, path);
	if (!placing.fresh)
		return err_set(p->err, CIB_DIFF_FAILED, "nothing is created in '%.200s'",
		    path);
	return placing_add(p, &placing, change);
}

static int
change_move(struct patcher *p, const xmlNode *change, const char *path)
{
	struct placing placing = { .moved = path_find(p, path) };

	if (!placing.moved)
		return not_there(p, path);
	if (placing.moved == p->root)
		return err_set(p->err, CIB_DIFF_FAILED, "the whole document cannot move");
	placing.parent = placing.moved->parent;
	return placing_add(p, &placing, change);
}

static int
by_place(const void *a, const void *b)
{
	const struct placing *x = a, *y = b;

	if (x->parent != y->parent)
		return (uintptr_t)x->parent < (uintptr_t)y->parent ? -1 : 1;
	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* A place among children: behind AT, which has index INDEX; before the first: NULL and -1.
 * Children that were there from the beginning have labels by rising order, in their _private;
 * those up to PASSED are before the cursor. */
struct cursor {
	xmlNode *parent, *at;
	long index;
	uintptr_t passed;
};

static uintptr_t
label(const xmlNode *n)
{
	return (uintptr_t)n->_private;
}

static void
labels_put(xmlNode *parent, bool any)
{
	uintptr_t next = 1;

	for (xmlNode *n = parent->children; n; n = n->next)
		n->_private = any ? (void *)next++ : NULL;
}

static xmlNode *
kept_before(const xmlNode *n)
{
	do
		n = n->prev;
	while (n && n->type != XML_ELEMENT_NODE && n->type != XML_COMMENT_NODE);
	return (xmlNode *)(uintptr_t)n;
}

static void
cursor_back(struct cursor *c)
{
	if (label(c->at) && label(c->at) <= c->passed)
		c->passed = label(c->at) - 1;
	c->at = kept_before(c->at);
	c->index--;
}

static void
cursor_go(struct cursor *c, long index)
{
	while (c->index > index)
		cursor_back(c);
	while (c->index < index) {
		xmlNode *next = tree_kept(c->at ? c->at->next : c->parent->children);

		if (!next)
			return;
		c->at = next;
		c->index++;
		if (label(next) > c->passed)
			c->passed = label(next);
	}
}

/* What has no label any more has been placed already, which is before the cursor, too. */
static void
cursor_take(struct cursor *c, xmlNode *n)
{
	if (n == c->at)
		cursor_back(c);
	else if (label(n) <= c->passed)
		c->index--;
	xmlUnlinkNode(n);
}

static void
cursor_put(struct cursor *c, xmlNode *n)
{
	n->_private = NULL;
	if (c->at)
		xmlAddNextSibling(c->at, n);
	else if (c->parent->children)
		xmlAddPrevSibling(c->parent->children, n);
	else
		tree_put_last(c->parent, n);
	c->at = n;
	c->index++;
}

static int
place(struct patcher *p, struct cursor *c, const struct placing *placing)
{
	xmlNode *n = placing->moved;

	if (!n) {
		n = tree_copy(placing->fresh, p->root->doc);
		if (!n)
			return CIB_NO_MEMORY;
	} else if (n->parent != c->parent)
		return err_set(p->err, CIB_DIFF_FAILED, "what is deleted cannot move");
	else
		cursor_take(c, n);
	cursor_go(c, placing->position - 1);
	cursor_put(c, n);
	return CIB_OK;
}

static int
place_all(struct patcher *p)
{
	int code = CIB_OK;

	if (p->count > 1)
		qsort(p->placing, p->count, sizeof(*p->placing), by_place);
	for (size_t i = 0, next; i < p->count && code == CIB_OK; i = next) {
		struct cursor c = { .parent = p->placing[i].parent, .index = -1 };

		labels_put(c.parent, true);
		for (next = i; next < p->count && p->placing[next].parent == c.parent &&
		               code == CIB_OK;
		     next++)
			code = place(p, &c, &p->placing[next]);
		labels_put(c.parent, false);
	}
	return code;
}

/* The patch. */

static int
change_apply(struct patcher *p, const xmlNode *change)
{
	static const struct {
		const char *operation;
		int (*apply)(struct patcher *, const xmlNode *, const char *);
	} kinds[] = {
		{ "delete", change_delete },
		{ "modify", change_modify },
		{ "create", change_create },
		{ "move", change_move },
	};
	const char *operation = cib_attr(change, "operation"),
	           *path = cib_attr(change, "path");

	for (size_t i = 0; operation && path && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(operation, kinds[i].operation) == 0)
			return kinds[i].apply(p, change, path);
	return err_set(p->err, CIB_DIFF_FAILED,
	    "a change needs a path and an operation: create, modify, move or delete");
}

int
diff2_apply(xmlNode *root, const xmlNode *patch, struct err *err)
{
	struct patcher p = { .root = root, .err = err };
	int code = tree_index_init(&p.ix, root, true) ? CIB_OK : CIB_NO_MEMORY;

	for (const xmlNode *c = cib_child_first(patch); c && code == CIB_OK;
	     c = cib_child_next(c))
		if (tree_is(c, "change"))
			code = change_apply(&p, c);
	if (code == CIB_OK)
		code = place_all(&p);
	tree_index_clear(&p.ix);
	free(p.placing);
	return code;
}
