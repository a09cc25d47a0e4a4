/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where something is in a document (spec/cib.md 12.2, 14; crm-tools.md 3): sections by their
 * names, XPath expressions, and the paths that patches and "cibadmin -Q -e" have.
 */
#ifndef CRM_CIB_PATH_H
#define CRM_CIB_PATH_H

#include "lib/err.h"

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#define CIB_DEPTH_MAX 256U /* elements within elements; deeper documents are refused */
#define CIB_MATCH_MAX (1U << 20) /* results of one XPath expression; more are an error */

/* Sections.  NULL, "", "none", "all" and "cib" mean the whole document. */
bool cib_section_is_whole(const char *name);
/* Whether NAME is a section at all: whole, "configuration", "status", or below those. */
bool cib_section_is_known(const char *name);
/* The element of a known section below ROOT, or NULL when the document has none. */
xmlNode *cib_section_find(const xmlNode *root, const char *name);
/* The element in which that section is, or has to be made: configuration, or the root. */
xmlNode *cib_section_parent(const xmlNode *root, const char *name);

/* Elements that an expression found, in document order, each once: an attribute stands for
 * its element, "/" for the root; texts and comments stand for nothing.  Nodes are lent by the
 * document. */
struct cib_matches {
	xmlNode **node;
	size_t count;
};

/* 0; CIB_ARGUMENT for what is no expression or has no nodes for an answer, or took too many
 * steps; CIB_NO_MEMORY.  MATCHES is set in any case, and freed by cib_matches_clear(). */
int cib_xpath(const xmlDoc *doc, const char *expression, struct cib_matches *matches,
    struct err *err);
void cib_matches_clear(struct cib_matches *matches);

/* "/cib/configuration/resources/group[@id='g1']": free() it; NULL: out of memory.  Of an
 * element that is in no document the path begins with the outermost one. */
char *cib_node_path(const xmlNode *node);
/* The element at such a path, or NULL; steps without an id mean the first of that tag. */
xmlNode *cib_path_find(const xmlDoc *doc, const char *path);

/* Children that are elements; NULL has none.  Those of an element are found by tag and id. */
xmlNode *cib_child_first(const xmlNode *parent);
xmlNode *cib_child_next(const xmlNode *child);
xmlNode *cib_child_find(const xmlNode *parent, const char *tag);
/* The next element of the tree below TOP in document order, without recursion; NULL at the
 * end.  Starts with TOP itself. */
xmlNode *cib_walk_next(const xmlNode *top, const xmlNode *node);
/* The same, but what is below NODE is passed over. */
xmlNode *cib_walk_over(const xmlNode *top, const xmlNode *node);
/* An attribute's value, lent; NULL when it is absent. */
const char *cib_attr(const xmlNode *element, const char *name);

#endif
