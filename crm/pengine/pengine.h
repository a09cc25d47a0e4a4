/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy engine: a document and a time in, a plan out (spec/policy-engine.md).  Pure: no
 * file, no clock, no globals; the same input gives the same output.
 *
 * Two profiles, one engine: H plans as heartbeat 2.1.3 did, P places as pacemaker 2.1.5
 * does.  Where they differ stands in functions whose names end in _h or _p.
 */
#ifndef CRM_PENGINE_H
#define CRM_PENGINE_H

#include "crm/common/dates.h"

#include <libxml/tree.h>
#include <stdbool.h>
#include <stdio.h>

enum pe_profile_name { PE_AUTO, PE_H, PE_P };

struct pe_options {
	enum pe_profile_name profile; /* PE_AUTO: by the document */
	struct date now;
	bool now_given; /* by the user: it counts more than the document's own date (P) */
	bool scores;    /* score lines are kept */
	bool utilization;  /* among them, what each resource takes of its node; P */
	int transition_id; /* written into the graph */
	bool status_only;  /* read the document and plan nothing */
};

enum pe_level { PE_ERROR, PE_WARNING, PE_NOTICE, PE_INFO, PE_DEBUG };

struct pe_message {
	enum pe_level level;
	bool config; /* about the configuration: crm_verify tells */
	const char *text;
};

struct pe; /* one computation: the graph, its actions, messages, scores */

/* Computes.  DOC is lent for the life of the result.  NULL and ERR_TEXT when it is no CIB. */
struct pe *pe_run(const xmlDoc *doc, const struct pe_options *options, char *err_text,
    size_t err_size);
void pe_free(struct pe *pe);

enum pe_profile_name pe_profile_of(const struct pe *pe);
size_t pe_message_count(const struct pe *pe);
const struct pe_message *pe_message_at(const struct pe *pe, size_t i);
bool pe_had(const struct pe *pe, enum pe_level level, bool config);

/* What a date_expression says at a moment (profile P). */
enum pe_moment {
	PE_MOMENT_UNCLEAR, /* it is no expression that says anything: false */
	PE_MOMENT_NOT_YET,
	PE_MOMENT_NOW,
	PE_MOMENT_MATCHES, /* a date_spec does */
	PE_MOMENT_EXPIRED,
};
enum pe_moment pe_moment_of(const xmlNode *expression, const struct date *now);

/* Nodes, resources and actions, to be read: see view.h. */

/* The transition graph as text (spec 11). */
void pe_write_graph(const struct pe *pe, FILE *out);
/* For graphviz (spec 11.5). */
void pe_write_dot(const struct pe *pe, FILE *out, bool all_actions);
/* The score lines, in the order of time. */
void pe_write_scores(const struct pe *pe, FILE *out);

#endif
