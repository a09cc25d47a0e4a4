/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What scripts and agents say of their parameters, in XML: a <parameters> block, alone or within the
 * meta-data of a resource agent.  It is a stranger's text: nothing is fetched, no entity is
 * expanded, and everything has a bound.
 */
#ifndef STONITH_KIT_PARAMS_H
#define STONITH_KIT_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#define PARAMS_XML_MAX 262144 /* bytes that are looked at; more is refused */
#define PARAMS_MAX 256        /* parameters; the rest is passed over */
#define PARAMS_NAME_MAX 64    /* bytes; longer names are passed over */

struct params_entry {
	char name[PARAMS_NAME_MAX];
	char old_name[PARAMS_NAME_MAX]; /* by which it is known as well; "" = none */
	bool required;                  /* by this name or the old one */
};

struct params {
	struct params_entry entry[PARAMS_MAX];
	size_t count;
	/* Of a resource agent; NULL where it has none; owned. */
	char *xml;       /* the <parameters> block, indented */
	char *shortdesc; /* of the whole; from its element, or the attribute */
	char *longdesc;
	unsigned actions; /* bits of enum params_action */
};

enum params_action {
	ACTION_ON = 1,
	ACTION_OFF = 2,
	ACTION_REBOOT = 4,
	ACTION_MONITOR = 8,
	ACTION_STATUS = 16
};

/* 0; -EFBIG, -EINVAL (no XML, or not such a document), -ENOMEM; then there is nothing to clear. */
int params_parse(const char *text, struct params *params);
void params_clear(struct params *params);
bool params_has(const struct params *params, const char *name);

#endif
