/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripts and agents that stand for types: what may be one, and which a directory has. */
#ifndef STONITH_KIT_SCRIPT_H
#define STONITH_KIT_SCRIPT_H

#include "stonith/plugin.h"

enum script_state {
	SCRIPT_GOOD,
	SCRIPT_ABSENT,         /* stat(2) fails: errno */
	SCRIPT_NOT_EXECUTABLE, /* or not a file at all */
	SCRIPT_WRITABLE /* by others than its owner: anybody could have put it there */
};

enum script_state script_look(const char *path);

/* The names of files in DIR that begin with PREFIX, without it, in the order of bytes, NULL at the end;
 * a warning is logged (unless DEVICE is NULL) for those that others may write.  script_names_free() it.  NULL: none. */
char **script_names(struct device *device, const char *dir, const char *prefix);
void script_names_free(char **names);

/* Whether a parameter may be a variable of a script's environment: those that change how programs
 * are found, loaded or run may not. */
bool script_variable_is_safe(const char *name);

#endif
