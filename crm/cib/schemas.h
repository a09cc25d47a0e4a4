/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two halves of validation share: libxml2's verdict and our explanation of it. */
#ifndef CRM_CIB_SCHEMAS_H
#define CRM_CIB_SCHEMAS_H

#include "crm/cib/validate.h"

#include <libxml/relaxng.h>

#define CIB_SCHEMA_H "heartbeat-0.6"

struct cib_schema {
	xmlDoc *text;        /* one version of the grammar */
	xmlRelaxNG *grammar; /* the same, compiled */
};

/* Compiled when it is asked for the first time; NULL: there is none of that name. */
const struct cib_schema *cib_schemas_get(struct cib_schemas *schemas, const char *name);

/* Faults of ELEMENT, which has them from then on. */
void cib_report_add(struct cib_report *report, const xmlNode *element, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
/* Everything that is wrong with DOC by the grammar TEXT, in document order. */
void cib_explain(const xmlDoc *text, const xmlDoc *doc, struct cib_report *report);

#endif
