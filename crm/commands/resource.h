/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of crm_resource share: the call, and the cluster as it is seen. */
#ifndef CRM_COMMANDS_RESOURCE_H
#define CRM_COMMANDS_RESOURCE_H

#include "crm/commands/connection.h"
#include "crm/commands/kit.h"
#include "crm/pengine/view.h"
#include "crm/status/status.h"

enum resource_command {
	RSC_LIST,
	RSC_LIST_RAW,
	RSC_LOCATE,
	RSC_XML,
	RSC_XML_RAW,
	RSC_OPERATIONS,
	RSC_ALL_OPERATIONS,
	RSC_CONSTRAINTS,
	RSC_WHY,
	RSC_GET,
	RSC_SET,
	RSC_DELETE_PARAMETER,
	RSC_GET_PROPERTY,
	RSC_SET_PROPERTY,
	RSC_MOVE,
	RSC_BAN,
	RSC_CLEAR,
	RSC_CLEANUP,
	RSC_REFRESH,
	RSC_FAIL,
	RSC_DELETE,
	RSC_RESTART,
	RSC_WAIT,
	RSC_DIGESTS,
	RSC_FORCE, /* start, stop, promote, demote, check */
	RSC_VALIDATE,
	RSC_STANDARDS,
	RSC_PROVIDERS, /* also of one agent */
	RSC_ALTERNATIVES,
	RSC_AGENTS,
	RSC_METADATA,
};

struct resource_call {
	enum resource_command command;
	const char *resource, *node_name, *name, *value, *set, *id, *type, *lifetime,
	    *spec;
	const char *operation, *interval, *level;
	const char *action; /* RSC_FORCE: "start" */
	const char *tag;    /* "meta_attributes" and so on */
	const char *class, *provider, *agent;
	const char **option; /* NAME=VALUE of --option */
	size_t option_count;
	bool force, promoted, recursive, expired;
	int64_t timeout_ms;
	/* What it is about, when it is about a document. */
	struct cib_connection *c;
	xmlDoc
	    *seen; /* a copy of the document as it was found: PE and STATUS are of it */
	struct pe *pe;
	struct status *status;
	size_t rsc, node; /* PE_NONE = none was named */
};

/* The document of the call, as it is now. */
const xmlDoc *resource_doc(const struct resource_call *call);
/* "crm_resource: Error performing operation: No such object", and CODE. */
int resource_refuse(struct kit *kit, int code);
/* The same behind a complaint: the name of the program is not said again. */
int resource_refuse_plainly(struct kit *kit, int code);
/* Carries out a change of the document; complains when it is refused.  The exit code. */
int resource_change(struct kit *kit, struct resource_call *call,
    const struct cib_request *request);
/* The path of an element, for a request; free() it. */
char *resource_path(const xmlNode *xml);
/* The id of a resource as it stands in the configuration: without ":N". */
char *resource_id(const struct resource_call *call, size_t resource);
/* The element of the configuration with that id, or NULL. */
xmlNode *resource_element(const struct resource_call *call, const char *id);

/* resource_agents.c: what needs no document. */
int resource_agents(struct kit *kit, struct resource_call *call);
/* resource_show.c: queries of resources. */
int resource_show(struct kit *kit, struct resource_call *call);
/* Why RESOURCE is as it is, as far as somebody has configured that: lines, or an element below PARENT. */
void resource_reasons(struct kit *kit, const struct resource_call *call, size_t resource,
    xmlNode *parent);
/* resource_constraints.c */
int resource_constraints(struct kit *kit, struct resource_call *call);
/* resource_params.c: -g -p -d -G -S -D */
int resource_params(struct kit *kit, struct resource_call *call);
/* resource_set.c: -p -d */
int resource_set(struct kit *kit, struct resource_call *call);
bool resource_is_meta(const struct resource_call *call);
/* resource_move.c: -M -B -U */
int resource_move(struct kit *kit, struct resource_call *call);
/* resource_cluster.c: what the daemons are asked for. */
int resource_cluster(struct kit *kit, struct resource_call *call);
/* resource_run.c: agents on this machine, and digests of their parameters. */
int resource_run(struct kit *kit, struct resource_call *call);
int resource_digests(struct kit *kit, struct resource_call *call);

#endif
