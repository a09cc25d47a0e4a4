/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tool's document, wherever it is: which place is meant, and what a change of it is. */
#include "crm/commands/connection_private.h"

#include "crm/common/exits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The cluster. */

/* Here the client of the cluster's daemon will begin. */
static int
cluster_open(struct cib_connection *c, struct err *err)
{
	(void)c;
	err_set(err, 0, "%s", strerror(ENOTCONN));
	return CRM_EX_NOT_CONNECTED;
}

static const struct cib_place cluster_place = { .open = cluster_open };

/* All. */

char *
cib_shadow_path(const char *name)
{
	const char *folder = getenv("CIB_shadow_dir");
	char *path;

	if (!*name || strchr(name, '/'))
		return NULL;
	if (asprintf(&path, "%s/shadow.%s", folder && *folder ? folder : HB_CIBDIR,
	        name) < 0)
		return NULL;
	return path;
}

static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int
connect_to(struct cib_connection *c, enum cib_where where, struct err *err)
{
	const char *shadow = where == CIB_ENVIRONMENT ? environment("CIB_shadow") : NULL;
	const char *file = environment("CIB_file");
	int code;

	c->place = shadow || file ? &cib_file_place : &cluster_place;
	c->path = shadow ? cib_shadow_path(shadow) : file ? strdup(file) : NULL;
	if (shadow && !c->path) {
		err_set(err, 0, "'%s' is no name of a shadow", shadow);
		return CRM_EX_USAGE;
	}
	code = c->place->open(c, err);
	return code == 0 && c->place->is_file ? cib_connection_judge(c, err) : code;
}

int
kit_connect(struct kit *kit, struct cib_connection **to, enum cib_where where,
    struct err *err)
{
	struct cib_connection *c = calloc(1, sizeof(*c));
	int code;

	*to = NULL;
	if (!c)
		abort();
	c->kit = kit;
	c->lock = -1;
	c->schemas = cib_schemas_new();
	if (!c->schemas)
		abort();
	c->host = (struct cib_host){ .validate = cib_connection_judge_next,
		.upgrade = cib_connection_renew,
		.data = c };
	code = connect_to(c, where, err);
	if (code == 0)
		*to = c;
	else
		cib_disconnect(c);
	return code;
}

xmlDoc *
cib_connection_doc(const struct cib_connection *c)
{
	return c->doc;
}

/* The change cannot be kept: as if it had not been made. */
static void
undo(struct cib_connection *c, struct cib_answer *answer, int code)
{
	xmlFreeDoc(c->doc);
	c->doc = answer->before;
	answer->before = NULL;
	answer->change = CIB_CHANGE_NONE;
	answer->code = code;
}

int
cib_connection_execute(struct cib_connection *c, const struct cib_request *request,
    struct cib_answer *answer)
{
	struct cib_request whole = *request;
	bool modifies = cib_op_flags(request->op) & CIB_OP_MODIFIES;
	xmlDoc *stale = NULL;
	int code = CIB_OK;

	*answer = (struct cib_answer){ 0 };
	if (!whole.host)
		whole.host = &c->host;
	if (modifies)
		code = c->place->hold(c, &stale, &answer->err);
	if (code != CIB_OK) {
		xmlFreeDoc(stale);
		return answer->code = code;
	}
	code = cib_execute(&c->doc, &whole, answer);
	if (code == CIB_OK && answer->before) {
		code = c->place->keep(c, &answer->err);
		if (code != CIB_OK)
			undo(c, answer, code);
	}
	if (modifies)
		c->place->release(c);
	/* The request may have been made of it. */
	xmlFreeDoc(stale);
	return code;
}

void
cib_disconnect(struct cib_connection *c)
{
	if (!c)
		return;
	if (c->place && c->place->close)
		c->place->close(c);
	xmlFreeDoc(c->doc);
	cib_schemas_free(c->schemas);
	free(c->path);
	free(c);
}
