/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch (crm/cib/diff.h, format 2) for people. */
#ifndef CRM_COMMANDS_DIFFTEXT_H
#define CRM_COMMANDS_DIFFTEXT_H

#include <libxml/tree.h>
#include <stdio.h>

void difftext_print(const xmlNode *patch, FILE *out);

#endif
