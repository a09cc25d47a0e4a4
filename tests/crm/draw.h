/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clusters out of a seed: configurations in either dialect with everything that a plan depends on, and what
 * happens to them afterwards.  The same seed draws the same, always.
 *
 * Orders go from resources drawn earlier to later ones and never in rings, as do colocations: what contradicts
 * itself has no plan to be judged.
 *
 * What heartbeat 2.1.3 itself had wrong, so that its plans come to no rest or cannot be carried out, is not drawn
 * in its dialect: cloned groups and more than one instance on a node, colocations other than INFINITY (they
 * change places for ever), failed stops without fencing (what comes after is started again and again), a target_role of Master (it promotes them all), fence devices (one that has to move while it
 * is needed makes a loop).
 * Nor, in neither, clones that shall be apart: they are only kept apart number by number, and change places.
 */
#ifndef TESTS_CRM_DRAW_H
#define TESTS_CRM_DRAW_H

#include "crm/pengine/view.h"

#define DRAW_NODE_MAX 6
#define DRAW_TOP_MAX 9
#define DRAW_LEAF_MAX 40

enum draw_kind { DRAW_PRIMITIVE, DRAW_GROUP, DRAW_CLONE, DRAW_PROMOTABLE };

/* One resource of the top level. */
struct draw_rsc {
	char id[16];
	enum draw_kind kind;
	xmlNode *xml;
	bool group_inside;
};

struct draw {
	uint64_t random;
	bool in_h;
	xmlDoc *doc; /* the cluster; the caller may replace it by a later state of it */
	size_t node_count;
	char node[DRAW_NODE_MAX][16]; /* names; ids are "1", "2" ... */
	struct draw_rsc top[DRAW_TOP_MAX];
	size_t top_count;
	char leaf[DRAW_LEAF_MAX][16]; /* primitives as configured */
	size_t leaf_count;
	unsigned ids; /* drawn so far */
	bool stonith,
	    clones_open; /* some clone has as many instances as there are nodes */
};

uint64_t draw_below(struct draw *d, uint64_t limit);
bool draw_percent(struct draw *d, unsigned chance);
#define DRAW_PICK(d, list) ((list)[draw_below((d), sizeof(list) / sizeof((list)[0]))])

/* A cluster whose nodes are all there and that nobody has asked anything yet. */
void draw_cluster(struct draw *d, uint64_t seed, bool in_h);
/* Something happens to it: nodes come and go, operations fail, people change their minds. */
void draw_event(struct draw *d);
/* A node that is down, and means nothing to anybody. */
void draw_bystander(const struct draw *d, xmlDoc *doc);

/* draw_resources.c */
void draw_resources(struct draw *d, xmlNode *resources);
void draw_constraints(struct draw *d, xmlNode *constraints);
void draw_constraint(struct draw *d, xmlNode *constraints);

/* Elements. */
xmlNode *draw_child(xmlNode *parent, const char *tag);
void draw_attr(struct draw *d, xmlNode *xml, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A set of values, and one value in it; of one dialect the names have "_" for "-". */
xmlNode *draw_set(struct draw *d, xmlNode *parent, const char *tag);
void draw_pair(struct draw *d, xmlNode *set, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void draw_meta(struct draw *d, xmlNode *rsc, const char *name, const char *value);

#endif
