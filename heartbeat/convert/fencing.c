/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "stonith" and "stonith_host" of ha.cf become resources of class stonith. */
#include "heartbeat/convert/private.h"
#include "lib/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARAMS_MAX 8192 /* bytes; more are an error */

struct device {
	struct converter *c;
	const struct conf_stonith *conf;
	const char *id;
	xmlNode *set; /* made when there is a first parameter */
	xmlNode *primitive;
	unsigned count;
};

static void
device_param(struct device *d, const char *name, const char *value)
{
	struct document *doc = d->c->d;

	if (!d->set)
		d->set = set_new(doc, d->primitive, "instance_attributes",
		    document_id(doc, "%s_inst_attr", d->id));
	pair_add(doc, d->set, document_id(doc, "%s_attr_%u", d->id, d->count++), name,
	    value);
}

/* "name=value name=value" */
static void
pairs_convert(struct device *d, char *text)
{
	for (char *save, *word = strtok_r(text, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save)) {
		char *value = strchr(word, '=');

		if (!value)
			continue; /* the reader of ha.cf has looked at them */
		*value = '\0';
		device_param(d, word, value + 1);
	}
}

/* "value value": their names are the type's, the last one takes the rest of the line. */
static void
values_convert(struct device *d, char *text)
{
	char names[2048], number[16], *name, *save = NULL;
	unsigned n = 0;
	bool named = conf_device_names(d->conf->type, names, sizeof(names)) == 0;

	if (!named)
		convert_tell(d->c, false, d->c->conf_file, d->conf->line,
		    "stonith(8) does not tell how the parameters of type '%s' are "
		    "called; they are numbered",
		    d->conf->type);
	name = named ? strtok_r(names, " \t\n", &save) : NULL;
	while (*text && (name || !named)) {
		char *next = named ? strtok_r(NULL, " \t\n", &save) : NULL;
		size_t len = named && !next ? strlen(text) : strcspn(text, " \t");
		bool more = text[len] != '\0';

		text[len] = '\0';
		snprintf(number, sizeof(number), "%u", ++n);
		device_param(d, named ? name : number, text);
		text += len + more;
		text += strspn(text, " \t");
		name = next;
	}
}

/* The parameters of a file: its first line that says something. */
static bool
file_params(struct device *d, char *text)
{
	struct err err;
	char whole[PARAMS_MAX], *save = NULL;

	if (file_read_bounded(d->conf->file, whole, sizeof(whole), &err) < 0) {
		convert_tell(d->c, false, d->c->conf_file, d->conf->line,
		    "the parameters of the device are missing: %s", err.text);
		return false;
	}
	for (char *line = strtok_r(whole, "\r\n", &save); line;
	     line = strtok_r(NULL, "\r\n", &save)) {
		line += strspn(line, " \t");
		if (*line && *line != '#') {
			strcpy(text, line);
			return true;
		}
	}
	return false;
}

static void
device_params(struct device *d)
{
	char text[PARAMS_MAX] = "";

	if (d->conf->file && !file_params(d, text))
		return;
	if (!d->conf->file &&
	    snprintf(text, sizeof(text), "%s", d->conf->params) >= (int)sizeof(text)) {
		convert_tell(d->c, true, d->c->conf_file, d->conf->line,
		    "the parameters are too long");
		return;
	}
	for (size_t len = strlen(text); len && strchr(" \t\r", text[len - 1]); len--)
		text[len - 1] = '\0';
	if (d->conf->pairs)
		pairs_convert(d, text);
	else
		values_convert(d, text);
}

static void
operations_add(struct device *d)
{
	struct document *doc = d->c->d;
	xmlNode *operations = element_new(d->primitive, "operations", NULL);
	xmlNode *start =
	    element_new(operations, "op", document_id(doc, "%s_start", d->id));

	element_set(doc, start, "name", "start");
	if (doc->dialect == DIALECT_P)
		element_set(doc, start, "interval", "0");
	element_set(doc, start, "timeout", "20s");
	/* A device must not wait for fencing; in today's schemas it never does. */
	if (doc->dialect == DIALECT_H)
		element_set(doc, start, "prereq", "nothing");
	if (!d->c->options->no_monitor)
		monitor_add(d->c, operations, d->id, "5s", "20s");
}

void
fencing_convert(struct converter *c)
{
	for (size_t i = 0; c->conf && i < c->conf->stonith_count; i++) {
		const struct conf_stonith *conf = &c->conf->stonith[i];
		bool everywhere = strcmp(conf->host, "*") == 0;
		xmlNode *parent = c->d->resources;

		if (everywhere)
			parent = element_new(parent, "clone", clone_id(c));
		struct device d = { .c = c,
			.conf = conf,
			.id = document_id(c->d, "stonith_%zu", i + 1) };

		d.primitive = element_new(parent, "primitive", d.id);
		element_set(c->d, d.primitive, "class", "stonith");
		if (c->d->dialect == DIALECT_H)
			element_set(c->d, d.primitive, "provider", "heartbeat");
		element_set(c->d, d.primitive, "type", conf->type);
		operations_add(&d);
		device_params(&d);
		if (!everywhere)
			location_add(c, d.id, conf->host);
	}
}
