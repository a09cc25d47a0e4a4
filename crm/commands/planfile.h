/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a plan goes: graphs, dot files, pictures, and what the engine had to say.  For ptest and crm_simulate. */
#ifndef CRM_COMMANDS_PLANFILE_H
#define CRM_COMMANDS_PLANFILE_H

#include "crm/pengine/pengine.h"
#include "lib/err.h"

/* Writes into the file; "-" is stdout.  0, or -errno with ERR. */
int plan_write(const char *path, const struct pe *pe,
    void (*write)(const struct pe *, FILE *), struct err *err);
int plan_write_dot(const char *path, const struct pe *pe, bool all_actions,
    struct err *err);
/* A picture by graphviz, which is installed or not: the end of the file's name says which kind
 * ("svg", "png", "pdf").  0, or -errno with ERR: -ENOENT when there is no dot(1). */
int plan_picture(const char *path, const struct pe *pe, bool all_actions,
    struct err *err);

/* One line each on stderr: PREFIX, then "warning: TEXT"; those up to LEAST. */
void plan_messages(const struct pe *pe, const char *prefix, enum pe_level least);

#endif
