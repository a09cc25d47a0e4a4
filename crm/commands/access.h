/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "cibadmin -Q -S -U USER": a document, each element with what the user may do. */
#ifndef CRM_COMMANDS_ACCESS_H
#define CRM_COMMANDS_ACCESS_H

#include "crm/commands/kit.h"

/* FORM: color, text, namespace, auto.  The exit code. */
int access_show(struct kit *kit, const xmlDoc *doc, const char *section, const char *user,
    const char *form);

#endif
