/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why an operation was refused, or will be. */
#ifndef CRM_COMMANDS_REFUSAL_H
#define CRM_COMMANDS_REFUSAL_H

#include "crm/cib/ops.h"
#include "crm/commands/kit.h"

/* What was not allowed to become the document, with numbers before its lines, and the reasons. */
void refusal_print(struct kit *kit, const struct cib_answer *answer);

/* Whether there is a schema of that name to make a document for; else it is told. */
bool schema_is_known(struct kit *kit, const char *name);

#endif
