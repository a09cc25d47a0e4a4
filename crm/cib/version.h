/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which style a document has, its version, and how the version counts (spec/cib.md 2, 5, 11).
 */
#ifndef CRM_CIB_VERSION_H
#define CRM_CIB_VERSION_H

#include <libxml/tree.h>
#include <stdbool.h>

/* The two languages of a CIB: heartbeat 2's ("0.6") and pacemaker's ("1.0" and later). */
enum cib_style { CIB_STYLE_P, CIB_STYLE_H };

/* The root's attributes tell, else the first constraint or set that only one of them has;
 * a document that fits both is P.  NULL is P. */
enum cib_style cib_style_of(const xmlNode *root);

/* Whether both are names of one option, of the cluster or of a resource: in heartbeat's style default-resource-stickiness is
 * also default_resource_stickiness, and transition_idle_timeout is cluster-delay. */
bool cib_option_same(enum cib_style style, const char *a, const char *b);

#define CIB_COUNT_MAX                                                                    \
	2147483647 /* no counter goes beyond it: a change that would, is refused */

/* Documents are ordered by these three, the first that differs decides. */
struct cib_version {
	int admin_epoch; /* counted by people */
	int epoch;       /* counted by each change of the configuration */
	int num_updates; /* counted by each other change */
};

/* What is missing or no number >= 0 counts as 0; how many of the three that were. */
unsigned cib_version_get(const xmlNode *element, struct cib_version *version);
/* Sets the three attributes; false: out of memory. */
bool cib_version_set(xmlNode *element, const struct cib_version *version);
/* <0, 0, >0. */
int cib_version_compare(const struct cib_version *a, const struct cib_version *b);

/* How far a change went.  The order of attributes and comments count, too. */
enum cib_change {
	CIB_CHANGE_NONE,
	CIB_CHANGE_STATUS, /* the status section, or an attribute of the root that only informs */
	CIB_CHANGE_CONFIG, /* configuration; admin_epoch, epoch, ports, validate-with of the root */
};

/* Counts one change on, in the way of STYLE; false when a counter is at its end, and nothing
 * is changed then. */
bool cib_version_count(struct cib_version *version, enum cib_style style,
    enum cib_change change);

#endif
