/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The document that a tool works on: a file (CIB_file), a shadow of the administrator's (CIB_shadow), or the one of
 * the running cluster.  A kind is a struct of functions in connection.c; where there is no cluster, the last one
 * answers as a socket that nobody listens at.
 */
#ifndef CRM_COMMANDS_CONNECTION_H
#define CRM_COMMANDS_CONNECTION_H

#include "crm/cib/ops.h"
#include "crm/commands/kit.h"
#include "lib/err.h"

#include <libxml/tree.h>
#include <stdbool.h>

struct cib_connection;

enum cib_where {
	CIB_ENVIRONMENT, /* CIB_shadow, else CIB_file, else the cluster */
	CIB_ACTIVE,      /* the same without CIB_shadow: what a shadow is a copy of */
};

/* Opens it; the document is read and conforms to its schema: everything that is wrong with one that does not goes to
 * kit_error().  0, or the exit code (crm/common/exits.h) with the reason in ERR, worded as behind "Could not connect to
 * the CIB: "; then *C is NULL. */
int kit_connect(struct kit *kit, struct cib_connection **c, enum cib_where where,
    struct err *err);
/* The document as it is now, whole; lent until the next change. */
xmlDoc *cib_connection_doc(const struct cib_connection *c);
/* cib_execute() on it.  What was changed is on disk, or in the cluster, when this returns CIB_OK. */
int cib_connection_execute(struct cib_connection *c, const struct cib_request *request,
    struct cib_answer *answer);
/* NULL is nothing. */
void cib_disconnect(struct cib_connection *c);

/* The file of a shadow: DIR/shadow.NAME, DIR = CIB_shadow_dir or the CIB's own; free() it.  NULL when NAME
 * is empty or would leave that directory. */
char *cib_shadow_path(const char *name);

#endif
