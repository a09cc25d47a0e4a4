/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files that make and apply patches offer each other.
 */
#ifndef CRM_CIB_DIFF_PRIVATE_H
#define CRM_CIB_DIFF_PRIVATE_H

#include "crm/cib/diff.h"
#include "crm/cib/digest.h"
#include "crm/cib/tree.h"

struct diff_maker {
	const struct cib_diff_how *how;
	struct tree_index a_index, b_index; /* of both documents, by parent */
};

/* Which children of two elements that are the same one are the same, too.  Indexes are of the
 * arrays; -1 = it has no partner: it went, or came. */
struct diff_pairing {
	xmlNode **a, **b; /* elements and comments */
	int a_count, b_count;
	int *of_a, *of_b; /* the partner's index */
	/* Of children of B with a partner: it has to be taken from its place.  Who does that for
	 * these and puts in those that came, by rising index, each at its index, has B's order.
	 * */
	bool *moves;
};

/* Children are the same by tag and id, or by tag alone when only one has it in either.  Where
 * that is not unique all of that tag go and come, unless nothing changed about the children
 * at all: a path could not tell them apart.  Comments are the same by their texts and do not
 * move. */
bool diff_pairing_init(struct diff_pairing *p, struct diff_maker *m, const xmlNode *a,
    const xmlNode *b);
void diff_pairing_clear(struct diff_pairing *p);

int diff1_make(struct diff_maker *m, const xmlNode *a, const xmlNode *b, xmlDoc **patch);
int diff2_make(struct diff_maker *m, const xmlNode *a, const xmlNode *b, xmlDoc **patch);
int diff_digest_set(xmlNode *diff, const xmlNode *result, enum cib_digest_kind kind);

/* Make ROOT, which is thrown away when they fail, what the patch says. */
int diff1_apply(xmlNode *root, const xmlNode *patch, struct err *err);
int diff2_apply(xmlNode *root, const xmlNode *patch, struct err *err);

#endif
