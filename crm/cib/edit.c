/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Create, modify, replace and delete, on a tree that nobody else sees yet: when one of them
 * fails, the tree is thrown away.
 */
#include "crm/cib/private.h"

#include "crm/cib/path.h"
#include "crm/cib/tree.h"

#include <string.h>

/* Finding. */

/* The part of INPUT that SECTION means, when INPUT is a document or a diff around it; else
 * INPUT.  NULL: a document without that section. */
static const xmlNode *
cib_input_of_section(const xmlNode *input, const char *section)
{
	if (!tree_is(input, "cib") || cib_section_is_whole(section))
		return input;
	return cib_section_find(input, section);
}

/* The elements that an xpath means. */
static int
matches_of(const xmlNode *root, const struct cib_request *request,
    struct cib_matches *matches, struct err *err)
{
	int code = cib_xpath(root->doc, request->xpath, matches, err);

	/* An expression that is wrong means nothing. */
	return code == CIB_ARGUMENT ? CIB_NOT_EXISTS : code;
}

/* Below which element a request means things: the only match of its xpath, or its section. */
static int
place_of(xmlNode *root, const struct cib_request *request, xmlNode **place,
    struct err *err)
{
	struct cib_matches matches;
	int code;

	if (!request->xpath) {
		*place = cib_section_find(root, request->section);
		return *place ? CIB_OK
		              : err_set(err, CIB_NOT_EXISTS, "there is no section %s",
		                    request->section);
	}
	code = matches_of(root, request, &matches, err);
	if (code == CIB_OK && matches.count != 1)
		code = err_set(err, CIB_NOT_EXISTS, "'%.200s' means %zu elements",
		    request->xpath, matches.count);
	if (code == CIB_OK)
		*place = matches.node[0];
	cib_matches_clear(&matches);
	return code;
}

/* The first below TOP, or TOP, with that tag and id; ANY_ID: an absent id means any, else
 * none. */
static xmlNode *
object_find(xmlNode *top, const xmlNode *like, bool any_id)
{
	const char *id = cib_attr(like, "id");

	for (xmlNode *n = top; n; n = cib_walk_next(top, n))
		if (xmlStrEqual(n->name, like->name) &&
		    ((any_id && !id) || tree_same_text(cib_attr(n, "id"), id)))
			return n;
	return NULL;
}

/* Create. */

static void
failure_note(struct cib_answer *answer, const xmlNode *object, int code)
{
	xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *failed, *one;
	const char *id = cib_attr(object, "id");

	if (!doc || answer->result) {
		xmlFreeDoc(doc);
		return;
	}
	failed = xmlNewDocNode(doc, NULL, BAD_CAST "failed", NULL);
	xmlDocSetRootElement(doc, failed);
	one = failed ? tree_append(failed, "failed_update") : NULL;
	if (!one || (id && !tree_set(one, "id", id)) ||
	    !tree_set(one, "object_type", (const char *)object->name) ||
	    !tree_set(one, "operation", "cib_create") ||
	    !tree_set(one, "reason", cib_code_text(code, CIB_STYLE_P)) ||
	    !tree_put_last(one, tree_copy(object, doc))) {
		xmlFreeDoc(doc);
		return;
	}
	answer->result = doc;
}

/* One creation: where, and what is there. */
struct creation {
	xmlNode *root;
	struct tree_index ix; /* of the document, by parent */
	struct cib_answer *answer;
};

static bool
is_there(const struct creation *c, const xmlNode *parent, const xmlNode *object)
{
	const char *id = cib_attr(object, "id");
	const struct tree_entry *e =
	    tree_index_find(&c->ix, parent, (const char *)object->name, id);

	while (e && !id && cib_attr(e->node, "id")) /* found by its tag only */
		e = tree_index_next(&c->ix, e);
	return e != NULL;
}

static int
object_create(struct creation *c, xmlNode *parent, const xmlNode *object)
{
	xmlNode *copy;
	int code = CIB_OK;

	if (object->type == XML_COMMENT_NODE)
		return tree_put_last(parent, tree_copy(object, parent->doc))
		           ? CIB_OK
		           : CIB_NO_MEMORY;
	if (!parent)
		code = err_set(&c->answer->err, CIB_ARGUMENT,
		    "the section for it does not exist");
	else if (is_there(c, parent, object))
		code = err_set(&c->answer->err, CIB_EXISTS,
		    "%s '%.100s' is there already", (const char *)object->name,
		    cib_attr(object, "id") ? cib_attr(object, "id") : "");
	if (code != CIB_OK) {
		failure_note(c->answer, object, code);
		return code;
	}
	copy = tree_copy(object, parent->doc);
	return tree_put_last(parent, copy) && cib_merge_settle(copy) &&
	               tree_index_add(&c->ix, copy)
	           ? CIB_OK
	           : CIB_NO_MEMORY;
}

static int
objects_create(struct creation *c, xmlNode *parent, const xmlNode *around)
{
	int code = CIB_OK;

	for (const xmlNode *n = tree_kept(around->children); n && code == CIB_OK;
	     n = tree_kept(n->next))
		if (parent || n->type == XML_ELEMENT_NODE)
			code = object_create(c, parent, n);
	return code;
}

/* What has the shape of a document: its objects go where they stand in it. */
static int
shape_create(struct creation *c, const xmlNode *shape)
{
	const char *tag = (const char *)shape->name;
	int code = CIB_OK;

	if (!tree_is(shape, "cib") && !tree_is(shape, "configuration")) {
		xmlNode *section = cib_section_find(c->root, tag);

		if (section)
			return objects_create(c, section, shape);
		return object_create(c, cib_section_parent(c->root, tag), shape);
	}
	for (const xmlNode *n = cib_child_first(shape); n && code == CIB_OK;
	     n = cib_child_next(n))
		if (tree_is(n, "configuration") && tree_is(shape, "cib"))
			code = shape_create(c, n); /* once: it is only in a cib */
		else if (cib_section_is_known((const char *)n->name) &&
		         !tree_is(n, "cib") && !tree_is(n, "configuration"))
			code = shape_create(c, n);
		else
			code = err_set(&c->answer->err, CIB_ARGUMENT, "%s is no section",
			    (const char *)n->name);
	return code;
}

static int
create_in(struct creation *c, const struct cib_request *request)
{
	const xmlNode *input = request->input;
	xmlNode *place = NULL;
	int code;

	if (!request->xpath && cib_section_is_whole(request->section))
		return cib_section_is_known((const char *)input->name)
		           ? shape_create(c, input)
		           : err_set(&c->answer->err, CIB_NOT_EXISTS,
		                 "%s does not go anywhere without a section",
		                 (const char *)input->name);
	if (request->xpath) {
		code = place_of(c->root, request, &place, &c->answer->err);
		return code == CIB_OK ? object_create(c, place, input) : code;
	}
	place = cib_section_find(c->root, request->section);
	input = cib_input_of_section(input, request->section);
	if (!input)
		return err_set(&c->answer->err, CIB_ARGUMENT, "nothing for section %s",
		    request->section);
	return tree_is(input, request->section) ? objects_create(c, place, input)
	                                        : object_create(c, place, input);
}

int
cib_op_create(xmlNode *root, const struct cib_request *request, struct cib_answer *answer)
{
	struct creation c = { .root = root, .answer = answer };
	int code =
	    tree_index_init(&c.ix, root, true) ? create_in(&c, request) : CIB_NO_MEMORY;

	tree_index_clear(&c.ix);
	return code;
}

/* Modify. */

/* With CIB_CAN_CREATE a section that is missing is made. */
static int
place_make(xmlNode *root, const struct cib_request *request, xmlNode **place,
    struct err *err)
{
	int code = place_of(root, request, place, err);
	xmlNode *parent;

	if (code != CIB_NOT_EXISTS || request->xpath ||
	    !(request->options & CIB_CAN_CREATE))
		return code;
	parent = cib_section_parent(root, request->section);
	if (!parent)
		return code;
	*place = tree_append(parent, request->section);
	return *place ? CIB_OK : CIB_NO_MEMORY;
}

int
cib_op_modify(xmlNode *root, const struct cib_request *request, struct cib_answer *answer)
{
	enum cib_style style = cib_style_of(root);
	const xmlNode *input =
	    request->xpath ? request->input
	                   : cib_input_of_section(request->input, request->section);
	xmlNode *place = NULL, *target, *copy;
	int code;

	if (!input)
		return err_set(&answer->err, CIB_NOT_EXISTS, "nothing for section %s",
		    request->section);
	code = place_make(root, request, &place, &answer->err);
	if (code != CIB_OK)
		return code;
	target = object_find(place, input, false);
	if (target)
		return cib_merge(target, input, style) ? CIB_OK : CIB_NO_MEMORY;
	/* What an expression finds is changed; what is not in there has no place. */
	if (!(request->options & CIB_CAN_CREATE) || request->xpath)
		return err_set(&answer->err, CIB_NOT_EXISTS, "there is no %s '%.100s'",
		    (const char *)input->name,
		    cib_attr(input, "id") ? cib_attr(input, "id") : "");
	copy = tree_copy(input, place->doc);
	return tree_put_last(place, copy) && cib_merge_settle(copy) ? CIB_OK
	                                                            : CIB_NO_MEMORY;
}

/* Replace. */

/* OLD, which is not the root, becomes a copy of INPUT, at its place or the end. */
static int
swap(xmlNode *old, const xmlNode *input, bool at_end)
{
	xmlNode *copy = tree_copy(input, old->doc), *parent = old->parent;

	if (!copy || !cib_merge_settle(copy)) {
		xmlFreeNode(copy);
		return CIB_NO_MEMORY;
	}
	if (at_end) {
		tree_drop(old);
		tree_put_last(parent, copy);
	} else {
		xmlReplaceNode(old, copy);
		xmlFreeNode(old);
	}
	return CIB_OK;
}

/* The whole document; the caller's root stays the root. */
static int
whole_replace(xmlNode *root, const xmlNode *input, struct cib_answer *answer)
{
	struct cib_version now, next;
	xmlNode *copy, *child;

	cib_version_get(root, &now);
	cib_version_get(input, &next);
	if (cib_version_compare(&next, &now) < 0)
		return err_set(&answer->err, CIB_OLD, "%d.%d.%d is older than %d.%d.%d",
		    next.admin_epoch, next.epoch, next.num_updates, now.admin_epoch,
		    now.epoch, now.num_updates);
	copy = tree_copy(input, root->doc);
	if (!copy || !cib_merge_settle(copy) || !tree_attributes_become(root, copy)) {
		xmlFreeNode(copy);
		return CIB_NO_MEMORY;
	}
	while (root->children)
		tree_drop(root->children);
	while ((child = copy->children)) {
		xmlUnlinkNode(child);
		tree_put_last(root, child);
	}
	xmlFreeNode(copy);
	return CIB_OK;
}

static int
xpath_replace(xmlNode *root, const struct cib_request *request, struct cib_answer *answer)
{
	struct cib_matches matches;
	int code = matches_of(root, request, &matches, &answer->err);

	if (code == CIB_OK && matches.count == 0)
		code = err_set(&answer->err, CIB_NOT_EXISTS, "'%.200s' means nothing",
		    request->xpath);
	if (code == CIB_OK) {
		if (matches.node[0] != root)
			code = swap(matches.node[0], request->input, true);
		else if (tree_is(request->input, "cib"))
			code = whole_replace(root, request->input, answer);
		else
			code = err_set(&answer->err, CIB_ARGUMENT,
			    "only a cib can stand for the whole document");
	}
	cib_matches_clear(&matches);
	return code;
}

int
cib_op_replace(xmlNode *root, const struct cib_request *request,
    struct cib_answer *answer)
{
	const xmlNode *input = request->input;
	xmlNode *place = NULL, *old;
	int code;

	if (request->xpath)
		return xpath_replace(root, request, answer);
	if (tree_is(input, "cib") && cib_section_is_whole(request->section))
		return whole_replace(root, input, answer);
	code = place_of(root, request, &place, &answer->err);
	if (code != CIB_OK)
		return code;
	input = cib_input_of_section(input, request->section);
	old = input ? object_find(place, input, true) : NULL;
	if (!old || old == root)
		return err_set(&answer->err, CIB_NOT_EXISTS, "there is no %s '%.100s'",
		    (const char *)request->input->name,
		    cib_attr(request->input, "id") ? cib_attr(request->input, "id") : "");
	return swap(old, input, false);
}

/* Delete. */

static int
xpath_delete(xmlNode *root, const struct cib_request *request, struct cib_answer *answer)
{
	struct cib_matches matches;
	int code = matches_of(root, request, &matches, &answer->err);
	size_t count = request->options & CIB_MULTIPLE ? matches.count
	               : matches.count > 0             ? 1
	                                               : 0;

	for (size_t i = 0; i < count && code == CIB_OK; i++)
		if (matches.node[i] == root)
			code = err_set(&answer->err, CIB_ARGUMENT,
			    "the whole document cannot be deleted");
	for (size_t i = count; i-- > 0 && code == CIB_OK;) /* the inner ones first */
		tree_drop(matches.node[i]);
	cib_matches_clear(&matches);
	return code;
}

static bool
has_all_attributes(const xmlNode *element, const xmlNode *wanted)
{
	for (const xmlAttr *a = wanted->properties; a; a = a->next) {
		const char *name = (const char *)a->name;

		if (!tree_same_text(cib_attr(element, name), cib_attr(wanted, name)))
			return false;
	}
	return true;
}

/* The first that is meant goes; none is fine. */
static void
object_delete(struct tree_index *ix, const xmlNode *place, const xmlNode *object)
{
	struct tree_entry *e =
	    tree_index_find(ix, NULL, (const char *)object->name, cib_attr(object, "id"));

	while (e && (e->node == place || !has_all_attributes(e->node, object)))
		e = tree_index_next(ix, e);
	if (e)
		tree_index_bury(ix, e->node);
}

int
cib_op_delete(xmlNode *root, const struct cib_request *request, struct cib_answer *answer)
{
	const xmlNode *input = request->input,
	              *place = cib_section_find(root, request->section);
	struct tree_index ix;
	int code = CIB_NO_MEMORY;

	if (request->xpath)
		return xpath_delete(root, request, answer);
	input = cib_input_of_section(input, request->section);
	if (!place || !input) /* nothing is there, which is what was wanted */
		return CIB_OK;
	if (tree_index_init(&ix, place, false)) {
		code = CIB_OK;
		if (!xmlStrEqual(input->name, place->name))
			object_delete(&ix, place, input);
		else /* the place itself stays: its children are meant */
			for (const xmlNode *n = cib_child_first(input); n;
			     n = cib_child_next(n))
				object_delete(&ix, place, n);
	}
	tree_index_clear(&ix);
	return code;
}

/* At the end of the path that INPUT is: attributes, or the element when it names none. */
static void
leaf_delete(xmlNode *target, const xmlNode *leaf)
{
	bool some = false;

	for (const xmlAttr *a = leaf->properties; a; a = a->next)
		if (strcmp((const char *)a->name, "id") != 0) {
			some = true;
			xmlUnsetProp(target, a->name);
		}
	if (!some)
		tree_drop(target);
}

int
cib_op_delete_alt(xmlNode *root, const struct cib_request *request,
    struct cib_answer *answer)
{
	const xmlNode *input = cib_input_of_section(request->input, request->section);
	xmlNode *at = cib_section_find(root, request->section);

	if (!at || !input)
		return CIB_OK;
	if (!xmlStrEqual(at->name, input->name))
		at = cib_child_first(at);
	for (;;) { /* AT is the first of the siblings among which INPUT is looked for */
		const xmlNode *inner = cib_child_first(input);

		while (at && at != root &&
		       (!xmlStrEqual(at->name, input->name) ||
		           !tree_same_text(cib_attr(at, "id"), cib_attr(input, "id"))))
			at = cib_child_next(at);
		if (!at)
			return CIB_OK;
		if (!inner)
			break;
		input = inner;
		at = cib_child_first(at);
	}
	if (at == root)
		return err_set(&answer->err, CIB_ARGUMENT,
		    "the whole document cannot be deleted");
	leaf_delete(at, input);
	return CIB_OK;
}
