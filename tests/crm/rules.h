/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be true of every plan, whatever the cluster (tests/crm/properties.c). */
#ifndef TESTS_CRM_RULES_H
#define TESTS_CRM_RULES_H

#include "tests/crm/draw.h"

/* The first rule that is broken, in words; empty = none. */
struct verdict {
	char text[400];
};

bool broken(const struct verdict *v);
void breaks(struct verdict *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Of the plan by itself. */
void rules_plan(const struct draw *d, const struct pe *pe, struct verdict *v);

/* Of its steps, one after the other: rules_step() is the listener of the simulation. */
struct walk {
	const struct pe *pe;
	struct verdict *verdict;
	uint32_t *on; /* of each resource: nodes, as bits */
	bool *done;   /* of each action */
	size_t step_count;
};
void walk_begin(struct walk *w, const struct pe *pe, struct verdict *v);
void walk_step(void *walk, const struct pe *pe, size_t action, bool failed, int rc);
void walk_end(struct walk *w);

#endif
