/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What crm_simulate prints of its own (spec/crm-tools.md 9): blocks of text, or elements. */
#ifndef CRM_COMMANDS_SIMULATE_SHOW_H
#define CRM_COMMANDS_SIMULATE_SHOW_H

#include "crm/commands/kit.h"
#include "crm/simulate/simulate.h"

struct show {
	struct kit *kit;
	bool flat;        /* as scores are shown: neither titles nor bullets */
	xmlNode *section; /* XML: where the lines go now */
	bool any; /* something was printed: an empty line comes before the next block */
};

/* A block begins.  TAG is its element's name. */
void show_block(struct show *show, const char *title, const char *tag);
/* One line of it; nothing in XML. */
void show_line(struct show *show, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* An element of the block with attributes NAME, VALUE ... NULL (a NULL value is left out); NULL, and nothing done, in
 * text. */
xmlNode *show_element(struct show *show, const char *tag, ...);

/* The scores and what is left of utilization, as the engine's lines tell. */
void show_allocations(struct show *show, const struct pe *pe, bool utilization);
void show_summary(struct show *show, const struct pe *pe);
/* The same for logs, as old versions had it: on stderr. */
void show_log_actions(const struct pe *pe);

/* For the simulation: DATA is a struct show. */
void show_done(void *data, const struct pe *pe, size_t action, bool failed, int rc);
void show_counted(void *data, const char *name, const char *value, const char *node_id);
void show_left(void *data, const struct pe *pe, size_t action);

#endif
