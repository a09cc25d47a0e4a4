/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An operation is carried out on a copy of the document.  Only when all of it was right, and the
 * result has a newer version and may stand, the copy becomes the document: so nothing has to
 * be undone, and the old document is there for a diff.
 */
#include "crm/cib/ops.h"

#include "crm/cib/diff.h"
#include "crm/cib/path.h"
#include "crm/cib/private.h"
#include "crm/cib/tree.h"
#include "lib/array.h"

#include <stdlib.h>
#include <string.h>

/* Operations. */

#define CHANGES (CIB_OP_MODIFIES | CIB_OP_PRIVILEGED | CIB_OP_QUORUM)

static const struct {
	const char *name, *alias;
	unsigned flags;
	bool takes_input;
	int (*edit)(xmlNode *, const struct cib_request *, struct cib_answer *);
} ops[] = {
	/* clang-format off */
	[CIB_OP_NONE]       = { "none", NULL, 0, false, NULL },
	[CIB_OP_QUERY]      = { "cib_query", NULL, 0, false, NULL },
	[CIB_OP_CREATE]     = { "cib_create", NULL, CHANGES, true, cib_op_create },
	[CIB_OP_MODIFY]     = { "cib_modify", "cib_update", CHANGES, true, cib_op_modify },
	[CIB_OP_REPLACE]    = { "cib_replace", NULL, CHANGES, true, cib_op_replace },
	[CIB_OP_DELETE]     = { "cib_delete", NULL, CHANGES, true, cib_op_delete },
	[CIB_OP_DELETE_ALT] = { "cib_delete_alt", NULL, CHANGES, true, cib_op_delete_alt },
	[CIB_OP_BUMP]       = { "cib_bump", NULL, CHANGES, false, NULL },
	[CIB_OP_ERASE]      = { "cib_erase", NULL, CHANGES, false, NULL },
	[CIB_OP_PATCH]      = { "cib_apply_diff", "cib_apply_patch", CHANGES, true, NULL },
	[CIB_OP_UPGRADE]    = { "cib_upgrade", NULL, CHANGES, false, NULL },
	[CIB_OP_SYNC]       = { "cib_sync", NULL, CIB_OP_PRIVILEGED, false, NULL },
	[CIB_OP_SYNC_ONE]   = { "cib_sync_one", NULL, CIB_OP_PRIVILEGED, false, NULL },
	[CIB_OP_SLAVE]      = { "cib_slave", NULL, CIB_OP_PRIVILEGED, false, NULL },
	[CIB_OP_SLAVE_ALL]  = { "cib_slave_all", NULL, CIB_OP_PRIVILEGED, false, NULL },
	[CIB_OP_MASTER]     = { "cib_master", NULL, CIB_OP_PRIVILEGED, false, NULL },
	[CIB_OP_IS_MASTER]  = { "cib_ismaster", NULL, CIB_OP_PRIVILEGED, false, NULL },
	[CIB_OP_PING]       = { "noop", "ping", 0, false, NULL },
	[CIB_OP_SHUTDOWN]   = { "cib_shutdown_req", NULL, CIB_OP_PRIVILEGED, false, NULL },
	/* clang-format on */
};

enum cib_op
cib_op_find(const char *name)
{
	for (size_t i = CIB_OP_NONE + 1; i < ARRAY_LEN(ops); i++)
		if (strcmp(ops[i].name, name) == 0 ||
		    (ops[i].alias && strcmp(ops[i].alias, name) == 0))
			return (enum cib_op)i;
	return CIB_OP_NONE;
}

const char *
cib_op_name(enum cib_op op)
{
	return op < CIB_OP_COUNT ? ops[op].name : ops[CIB_OP_NONE].name;
}

unsigned
cib_op_flags(enum cib_op op)
{
	return op < CIB_OP_COUNT ? ops[op].flags : 0;
}

/* Queries. */

static xmlNode *
result_add(xmlNode *around, const xmlNode *match, unsigned options)
{
	xmlNode *one;
	char *path;

	if (options & CIB_XPATH_ADDRESS) {
		one = tree_append(around, "xpath-query-path");
		path = cib_node_path(match);
		if (one && (!path || !tree_set(one, "id", path)))
			one = NULL;
		free(path);
		return one;
	}
	one = options & CIB_NO_CHILDREN ? tree_copy_alone(match, around->doc)
	                                : tree_copy(match, around->doc);
	tree_put_last(around, one);
	return one;
}

static int
answer_one(const xmlNode *element, unsigned options, struct cib_answer *answer)
{
	xmlNode *alone;

	if (!(options & CIB_NO_CHILDREN)) {
		answer->result = tree_copy_doc(element);
		return answer->result ? CIB_OK : CIB_NO_MEMORY;
	}
	answer->result = xmlNewDoc(BAD_CAST "1.0");
	alone = answer->result ? tree_copy_alone(element, answer->result) : NULL;
	if (!alone)
		return CIB_NO_MEMORY;
	xmlDocSetRootElement(answer->result, alone);
	return CIB_OK;
}

static int
answer_matches(const struct cib_matches *matches, unsigned options,
    struct cib_answer *answer)
{
	xmlNode *around;

	if (matches->count == 1 && !(options & CIB_XPATH_ADDRESS))
		return answer_one(matches->node[0], options, answer);
	answer->result = xmlNewDoc(BAD_CAST "1.0");
	around = answer->result
	             ? xmlNewDocNode(answer->result, NULL, BAD_CAST "xpath-query", NULL)
	             : NULL;
	if (!around)
		return CIB_NO_MEMORY;
	xmlDocSetRootElement(answer->result, around);
	for (size_t i = 0; i < matches->count; i++)
		if (!result_add(around, matches->node[i], options))
			return CIB_NO_MEMORY;
	return CIB_OK;
}

static int
query(const xmlDoc *doc, const xmlNode *root, const struct cib_request *request,
    struct cib_answer *answer)
{
	struct cib_matches matches;
	const xmlNode *section;
	int code;

	if (!request->xpath) {
		section = cib_section_find(root, request->section);
		return section ? answer_one(section, request->options, answer)
		               : err_set(&answer->err, CIB_NOT_EXISTS,
		                     "there is no section %s", request->section);
	}
	code = cib_xpath(doc, request->xpath, &matches, &answer->err);
	if (code == CIB_OK && matches.count == 0)
		code = err_set(&answer->err, CIB_NOT_EXISTS, "'%.200s' means nothing",
		    request->xpath);
	if (code == CIB_OK)
		code = answer_matches(&matches, request->options, answer);
	cib_matches_clear(&matches);
	return code == CIB_ARGUMENT ? CIB_NOT_EXISTS : code;
}

/* Operations on the document as a whole. */

static int
erase(xmlNode *root)
{
	while (root->children)
		tree_drop(root->children);
	return cib_sections_add(root);
}

static int
upgrade(xmlDoc **next, const struct cib_request *request, struct cib_answer *answer)
{
	const struct cib_host *host = request->host;
	xmlDoc *newer = NULL;
	int code;

	if (!host || !host->upgrade)
		return err_set(&answer->err, CIB_BAD_OPERATION,
		    "nobody here can upgrade");
	code = host->upgrade(*next, &newer, host->data, &answer->err);
	if (code != CIB_OK || !newer)
		return code;
	xmlFreeDoc(*next);
	*next = newer;
	return xmlDocGetRootElement(newer) ? CIB_OK : CIB_CORRUPT;
}

/* Versions. */

static bool
is_silent(const struct cib_request *request)
{
	const unsigned both = CIB_INHIBIT_BCAST | CIB_SCOPE_LOCAL;

	return (request->options & both) == both;
}

/* What the operation counts by itself, before its effect is counted; section 11. */
static bool
count_op(enum cib_op op, enum cib_style style, struct cib_version *version)
{
	if ((op == CIB_OP_ERASE && style == CIB_STYLE_P) || op == CIB_OP_UPGRADE) {
		if (version->admin_epoch == CIB_COUNT_MAX)
			return false;
		version->admin_epoch++;
		if (op == CIB_OP_UPGRADE)
			version->epoch = 1;
		version->num_updates = 0;
	} else if (op == CIB_OP_ERASE || (op == CIB_OP_BUMP && style == CIB_STYLE_H)) {
		if (version->epoch == CIB_COUNT_MAX)
			return false;
		version->epoch++;
	}
	return true;
}

/* How far the change goes that is counted. */
static enum cib_change
change_counted(enum cib_op op, enum cib_style style, enum cib_change change)
{
	switch (op) {
	case CIB_OP_ERASE:
		return CIB_CHANGE_CONFIG;
	case CIB_OP_BUMP: /* heartbeat's epoch has been counted, and is an attribute of the root */
		return style == CIB_STYLE_P ? CIB_CHANGE_CONFIG : CIB_CHANGE_STATUS;
	default:
		return change;
	}
}

/* The version of the document that NEXT is to be.  num_updates is ours: no request sets it
 * back. */
static int
version_settle(xmlNode *next, const struct cib_version *was,
    const struct cib_request *request, struct cib_answer *answer)
{
	enum cib_style style = cib_style_of(next);
	struct cib_version version, found;
	bool given = request->op == CIB_OP_PATCH &&
	             request->options & CIB_GLOBAL_UPDATE &&
	             cib_diff_versions(request->input, NULL, NULL);

	if (request->op == CIB_OP_UPGRADE && answer->change == CIB_CHANGE_NONE)
		return CIB_OK; /* it was in the newest schema already */
	cib_version_get(next, &found);
	version = found;
	if (version.admin_epoch == was->admin_epoch && version.epoch == was->epoch &&
	    version.num_updates < was->num_updates)
		version.num_updates = was->num_updates;
	answer->change = change_counted(request->op, style, answer->change);
	if (!given && !is_silent(request) &&
	    (!count_op(request->op, style, &version) ||
	        !cib_version_count(&version, style, answer->change)))
		return err_set(&answer->err, CIB_OLD, "a counter is at its end");
	if (!is_silent(request) && cib_version_compare(&version, was) < 0)
		return err_set(&answer->err, CIB_OLD,
		    "%d.%d.%d would be older than %d.%d.%d", version.admin_epoch,
		    version.epoch, version.num_updates, was->admin_epoch, was->epoch,
		    was->num_updates);
	/* What is no number is left alone until something is counted. */
	return cib_version_compare(&version, &found) == 0 ||
	               cib_version_set(next, &version)
	           ? CIB_OK
	           : CIB_NO_MEMORY;
}

/* Who changed the configuration, and when; a patch brings that with it. */
static int
writer_note(xmlNode *next, const struct cib_request *request,
    const struct cib_answer *answer)
{
	const struct {
		const char *name, *value;
	} notes[] = {
		{ "cib-last-written",
		    request->options & CIB_NO_MTIME ? NULL : request->written },
		{ "update-origin", request->origin },
		{ "update-client", request->client },
		{ "update-user", request->user },
	};

	if (answer->change != CIB_CHANGE_CONFIG || cib_style_of(next) == CIB_STYLE_H)
		return CIB_OK;
	for (size_t i = 0; i < ARRAY_LEN(notes); i++)
		if (notes[i].value && !tree_set(next, notes[i].name, notes[i].value))
			return CIB_NO_MEMORY;
	return CIB_OK;
}

/* A document that is wrong already may be mended step by step. */
static int
ids_settle(const xmlNode *now, const xmlNode *next, struct err *err)
{
	enum cib_style style = cib_style_of(next);
	int code = cib_ids_check(next, style, err);

	if (code == CIB_OK || code == CIB_NO_MEMORY ||
	    cib_ids_check(now, style, NULL) == CIB_OK)
		return code;
	if (err)
		err->text[0] = '\0';
	return CIB_OK;
}

/* Execution. */

static int
edit(xmlDoc **next, const struct cib_request *request, struct cib_answer *answer)
{
	xmlNode *root = xmlDocGetRootElement(*next);

	switch (request->op) {
	case CIB_OP_BUMP:
		return CIB_OK;
	case CIB_OP_ERASE:
		return erase(root);
	case CIB_OP_UPGRADE:
		return upgrade(next, request, answer);
	case CIB_OP_PATCH:
		return cib_diff_apply(next, request->input, &answer->err);
	default:
		return ops[request->op].edit(root, request, answer);
	}
}

/* What there is to be said of NEXT, which has been edited; *SAME: nothing was changed. */
static int
settle(const xmlNode *now, xmlDoc *next_doc, const struct cib_request *request,
    struct cib_answer *answer, bool *same)
{
	xmlNode *next = xmlDocGetRootElement(next_doc);
	const struct cib_host *host = request->host;
	struct cib_version was;
	int code;

	if (!next || !tree_is(next, "cib"))
		return err_set(&answer->err, CIB_CORRUPT, "the result is no cib");
	if (tree_is_too_deep(next))
		return err_set(&answer->err, CIB_ARGUMENT,
		    "the result has elements deeper than %u", CIB_DEPTH_MAX);
	answer->change =
	    cib_change_between(now, next, request->op == CIB_OP_MODIFY, same);
	cib_version_get(now, &was);
	code = version_settle(next, &was, request, answer);
	if (code == CIB_OK)
		code = writer_note(next, request, answer);
	if (code != CIB_OK)
		return code;
	*same = *same && tree_same_attributes(now, next);
	if (*same)
		return CIB_OK;
	code = ids_settle(now, next, &answer->err);
	if (code == CIB_OK && host && host->validate)
		code = host->validate(next_doc, host->data, &answer->err);
	return code;
}

static int
change(xmlDoc **doc, const xmlNode *root, const struct cib_request *request,
    struct cib_answer *answer)
{
	xmlDoc *next = tree_copy_doc(root);
	bool same = false;
	int code = next ? edit(&next, request, answer) : CIB_NO_MEMORY;

	if (code == CIB_OK)
		code = settle(root, next, request, answer, &same);
	if (code == CIB_OK && !same && !(request->options & CIB_DRYRUN)) {
		answer->before = *doc;
		*doc = next;
		return CIB_OK;
	}
	if (code == CIB_INVALID)
		answer->rejected = next;
	else
		xmlFreeDoc(next);
	if (code != CIB_OK)
		answer->change = CIB_CHANGE_NONE;
	return code;
}

static int
execute(xmlDoc **doc, const struct cib_request *request, struct cib_answer *answer)
{
	const xmlNode *root = *doc ? xmlDocGetRootElement(*doc) : NULL;

	if (request->op != CIB_OP_QUERY && !(cib_op_flags(request->op) & CIB_OP_MODIFIES))
		return err_set(&answer->err, CIB_BAD_OPERATION,
		    "%s is nothing to do here", cib_op_name(request->op));
	if (!root || !tree_is(root, "cib"))
		return err_set(&answer->err, CIB_CORRUPT, "the document is no cib");
	if (!request->xpath && !cib_section_is_known(request->section))
		return err_set(&answer->err, CIB_SECTION,
		    "there is no section called '%.100s'", request->section);
	if (request->op == CIB_OP_QUERY)
		return query(*doc, root, request, answer);
	if (ops[request->op].takes_input && !request->xpath && !request->input)
		return err_set(&answer->err, CIB_ARGUMENT, "%s needs data",
		    cib_op_name(request->op));
	if (ops[request->op].takes_input && request->op != CIB_OP_DELETE &&
	    !request->input)
		return err_set(&answer->err, CIB_ARGUMENT, "%s needs data",
		    cib_op_name(request->op));
	if (request->input && tree_is_too_deep(request->input))
		return err_set(&answer->err, CIB_ARGUMENT,
		    "the data has elements deeper than %u", CIB_DEPTH_MAX);
	return change(doc, root, request, answer);
}

int
cib_execute(xmlDoc **doc, const struct cib_request *request, struct cib_answer *answer)
{
	*answer = (struct cib_answer){ 0 };
	answer->code = execute(doc, request, answer);
	if (answer->code == CIB_NO_MEMORY)
		err_set(&answer->err, CIB_NO_MEMORY, "out of memory");
	return answer->code;
}

void
cib_answer_clear(struct cib_answer *answer)
{
	xmlFreeDoc(answer->result);
	xmlFreeDoc(answer->before);
	xmlFreeDoc(answer->rejected);
	*answer = (struct cib_answer){ 0 };
}
