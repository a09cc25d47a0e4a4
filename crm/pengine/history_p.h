/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts that read a history of profile P share: one entry while it is read. */
#ifndef CRM_PENGINE_HISTORY_P_H
#define CRM_PENGINE_HISTORY_P_H

#include "crm/pengine/private.h"

struct state_p {
	struct rsc *rsc;
	struct node *node;
	const struct recorded *recorded;
	size_t entry; /* in pe->entry */
	enum on_fail on_fail;
	const xmlNode *last_failure, *op;
	/* of the op at hand */
	const char *task, *key;
	int status, rc, expected;
	int64_t interval_ms;
	bool probe;
	struct action policy;
};

/* results_p.c: takes one operation in. */
void op_read_p(struct pe *pe, struct state_p *s, const xmlNode *op);

#endif
