/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From haresources and ha.cf to a CIB (spec/crm-tools.md 12).  What the files say is config's business; this folder
 * knows which agent stands for which script, and how both dialects of a CIB are written.  It knows nothing of the CRM:
 * a CIB is only text for it.
 */
#ifndef HEARTBEAT_CONVERT_PRIVATE_H
#define HEARTBEAT_CONVERT_PRIVATE_H

#include "heartbeat/config/config.h"

#include <libxml/hash.h>
#include <libxml/tree.h>

/* ---- Agents: agents.c ------------------------------------------------------------------ */

enum agent_shape {
	AGENT_PLAIN,   /* arguments are parameters by position */
	AGENT_ADDRESS, /* IP[/MASK][/INTERFACE][/BROADCAST] */
	AGENT_SCRIPT,  /* a script of ours that is no OCF agent's */
};

/* A script of haresources that is known by name. */
struct agent {
	const char *name;
	enum agent_shape shape;
	const char *const
	    *param; /* names by position, ended by NULL; the last one takes the rest */
	const char *interval, *timeout; /* of its monitor */
};

/* NULL: the name is not known. */
const struct agent *agent_find(const char *name);

/* Who runs a script that is no OCF agent. */
struct script_home {
	const char *class;
	bool is_known; /* false: it is not on this machine, and CLASS is a guess */
};
/* HADIR: /etc/ha.d.  SYSTEMD: that class may be the answer.  HAS_ARGUMENTS: then it can be no init script. */
struct script_home script_find(const char *name, const char *hadir, bool systemd,
    bool has_arguments);

/* ---- The document: document.c ---------------------------------------------------------- */

enum dialect { DIALECT_H, DIALECT_P };

struct document {
	enum dialect dialect;
	xmlDoc *doc;
	xmlNode *config, *resources, *constraints;
	xmlNode *defaults; /* P: configuration, for rsc_defaults */
	xmlHashTable *ids;
	unsigned bad; /* texts that cannot stand in XML */
};

/* Out of memory ends the process, here and below. */
void document_init(struct document *d, enum dialect dialect);
void document_clear(struct document *d);
/* An id that nobody has yet, and that both dialects take: WANTED with other characters replaced, with "_2" and so on
 * behind it if need be.  Lent by the document. */
const char *document_id(struct document *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Whether an element has this id. */
bool document_has(const struct document *d, const char *id);
/* An element, the attribute's value checked; NULL leaves the attribute out. */
xmlNode *element_new(xmlNode *parent, const char *tag, const char *id);
void element_set(struct document *d, xmlNode *element, const char *name,
    const char *value);
/* A set of that tag, and a pair in it. */
xmlNode *set_new(struct document *d, xmlNode *parent, const char *tag, const char *id);
void pair_add(struct document *d, xmlNode *set, const char *id, const char *name,
    const char *value);
/* A property of the cluster, in the set that tools expect. */
void property_add(struct document *d, const char *name, const char *value);
/* Formatted text; xmlFree(). */
char *document_text(const struct document *d, int *len);

/* ---- The conversion: convert.c --------------------------------------------------------- */

struct convert_options {
	enum dialect dialect;
	bool no_ocf, no_monitor;
	const char *hadir;
	/* Something that a person should know; AS a problem in LINE of a file (0 = of none). */
	void (*tell)(void *data, bool is_error, const char *file, int line,
	    const char *text);
	void *data;
};

/* CONF NULL: there is no ha.cf.  How many errors there were: D is of no use then. */
unsigned convert(struct document *d, const struct conf *conf, const char *conf_file,
    const struct conf_groups *groups, const char *groups_file,
    const struct convert_options *options);

/* ---- Its devices: fencing.c ------------------------------------------------------------ */

struct converter {
	struct document *d;
	const struct conf *conf;
	const struct convert_options *options;
	const char *conf_file, *groups_file;
	unsigned resource_count, group_count, clone_count, errors;
};
void convert_tell(struct converter *c, bool is_error, const char *file, int line,
    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* An element with a monitor of that name. */
void monitor_add(struct converter *c, xmlNode *operations, const char *owner,
    const char *interval, const char *timeout);
void location_add(struct converter *c, const char *resource, const char *node);
const char *clone_id(struct converter *c);
void fencing_convert(struct converter *c);

#endif
