/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a document conforms to its schema (spec/cib.md 3, 4, 6), and everything that is wrong
 * when it does not: in libxml2's words, which scripts look for, and in sentences for people.
 */
#ifndef CRM_CIB_VALIDATE_H
#define CRM_CIB_VALIDATE_H

#include "crm/cib/version.h"
#include "crm/common/arena.h"
#include "lib/err.h"

#define CIB_FAULT_MAX                                                                    \
	1000 /* faults and raw lines of one report; further ones are only counted */

/* Schemas that were compiled, each when it was first asked for.  Not for two threads at once. */
struct cib_schemas;

/* NULL: out of memory. */
struct cib_schemas *cib_schemas_new(void);
void cib_schemas_free(struct cib_schemas *schemas);

enum cib_verdict {
	CIB_VERDICT_VALID,
	CIB_VERDICT_INVALID,
	CIB_VERDICT_UNCHECKED, /* validate-with="none", ignore_dtd="true": nobody shall look */
	CIB_VERDICT_NO_SCHEMA, /* validate-with names one that does not exist */
};

/* One thing that is wrong, for people. */
struct cib_fault {
	int line;            /* 0 = of a document that was not read from text */
	const char *element; /* its tag */
	const char *id;      /* or NULL */
	const char *text;    /* what was found, and what would be right */
};

/* The same as libxml2 says it; one fault may give several, or none. */
struct cib_raw {
	int line;
	const char *element;
	const char *kind; /* "Relax-NG validity error", "validity error" */
	const char *text;
};

struct cib_report {
	struct arena arena; /* of all that follows */
	const char *schema; /* by which was judged: "pacemaker-3.9"; NULL = by none */
	struct cib_fault *fault;
	size_t fault_count, fault_room;
	struct cib_raw *raw;
	size_t raw_count, raw_room;
	size_t dropped; /* beyond CIB_FAULT_MAX */
};

/* Judges DOC, which is as before afterwards, by the schema that it names: one of H by
 * "heartbeat-0.6"; one of P without validate-with by the oldest that fits, from 1.0 to the
 * newest.  A document that mixes the two styles is invalid.  REPORT is overwritten;
 * cib_report_clear() in any case. */
enum cib_verdict cib_validate(struct cib_schemas *schemas, const xmlDoc *doc,
    struct cib_report *report);
/* The same by a schema of the caller's choice, whatever the document says. */
enum cib_verdict cib_validate_by(struct cib_schemas *schemas, const xmlDoc *doc,
    const char *schema, struct cib_report *report);
void cib_report_clear(struct cib_report *report);

/* "FILE:12: <rsc_location id="l1">: rsc="gone": there is nothing with this id"; FILE may be
 * NULL.  Lives as long as the report. */
const char *cib_fault_text(struct cib_report *report, const struct cib_fault *fault,
    const char *file);
/* "FILE:12: element rsc_location: Relax-NG validity error : ..." as pacemaker prints it. */
const char *cib_raw_text(struct cib_report *report, const struct cib_raw *raw,
    const char *file);

/* 0, or -EINVAL for a document that speaks both styles, with the first offending element in ERR:
 * "line 12: <rsc_order id="o1"> has the attribute from of heartbeat's 0.6, in a document of ...". */
int cib_style_check(const xmlDoc *doc, struct err *err);

/* Schemas by name, oldest first; NULL beyond the last. */
const char *cib_schema_name(size_t i);
/* The newest of pacemaker's. */
const char *cib_schema_newest(void);
/* Its Relax-NG as a document, owned by the caller; NULL: there is none of that name, or out of
 * memory.  It needs no other file. */
xmlDoc *cib_schema_text(const char *name);

#endif
