/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the kit. */
#ifndef CRM_COMMANDS_PRIVATE_H
#define CRM_COMMANDS_PRIVATE_H

#include "crm/commands/kit.h"

/* Reads all words of the command line: KIT_GO, or the exit code. */
int kit_options_read(struct kit *kit, int argc, char **argv);

#endif
