/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of the whole computation (spec 7). */
#include "crm/pengine/private.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
pe_say(struct pe *pe, enum pe_level level, bool config, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	ARENA_PUSH(&pe->arena, pe, message,
	    ((struct pe_message){ level, config, arena_strdup(&pe->arena, text) }));
}

void
pe_say_once(struct pe *pe, const char *text)
{
	for (size_t i = 0; i < pe->message_count; i++)
		if (strcmp(pe->message[i].text, text) == 0)
			return;
	pe_say(pe, PE_WARNING, true, "%s", text);
}

static enum pe_profile_name
profile_find(const xmlNode *cib)
{
	const char *schema = xml_get(cib, "validate-with"),
	           *set = xml_get(cib, "crm_feature_set");

	if (schema) /* "pacemaker-3.0", also "none": H has no such attribute */
		return PE_P;
	return set && version_compare(set, "3.0") >= 0 ? PE_P : PE_H;
}

static void
plan_h(struct pe *pe)
{
	options_read(pe);
	nodes_read(pe);
	resources_read(pe);
	status_read(pe);
	constraints_read(pe);
	every_note(pe);
	if (pe->status_only)
		return;
	probes(pe);
	locations_apply(pe);
	for (size_t i = 0; i < pe->rsc_count; i++)
		internal_links(pe, pe->rsc[i]);
	recorded_check(pe);
	for (size_t i = 0; i < pe->rsc_count; i++) {
		assign(pe, pe->rsc[i]);
		create_actions(pe, pe->rsc[i]);
	}
	fence_and_shutdown(pe);
	links_resolve(pe);
	links_propagate(pe);
	migrate_all(pe);
	graph_select(pe);
}

#define WISHES_SPARE (1U << 20) /* less than a second */

static void
plan(struct pe *pe)
{
	broken_look(pe);
	if (pe->profile == PE_P)
		plan_p(pe);
	else
		plan_h(pe);
	broken_tell(pe);
	view_make(pe);
}

/* A stack of its own.  Placing follows colocations from one resource to the next, in whatever chains they come: a level
 * for each resource at the most.  What is not touched of it costs nothing. */
#define LEVELS_PLAIN 500 /* as many fit on any stack */
#define LEVEL_SIZE                                                                       \
	8192 /* of assigning, and of asking for wishes on top of it; with sanitizers */
#define STACK_SIZE_MIN (2UL << 20)

static size_t
resource_count(const xmlNode *cib)
{
	size_t count = 0;

	XML_EACH (xml_child(xml_child(cib, "configuration"), "resources"), NULL, top) {
		count++;
		XML_EACH (top, NULL, child) {
			count++;
			XML_EACH (child, "primitive", member)
				count++;
		}
	}
	return count;
}

static void *
plan_start(void *pe)
{
	plan(pe);
	return NULL;
}

/* -EAGAIN when there is no room for it. */
static int
plan_deep(struct pe *pe, size_t levels)
{
	size_t size = STACK_SIZE_MIN + levels * LEVEL_SIZE;
	pthread_attr_t attr;
	pthread_t thread;
	int rc = pthread_attr_init(&attr);

	if (rc == 0) {
		rc = pthread_attr_setstacksize(&attr, size);
		if (rc == 0)
			rc = pthread_create(&thread, &attr, plan_start, pe);
		pthread_attr_destroy(&attr);
	}
	if (rc == 0)
		rc = pthread_join(thread, NULL);
	return -rc;
}

struct pe *
pe_run(const xmlDoc *doc, const struct pe_options *options, char *err_text,
    size_t err_size)
{
	const xmlNode *root = doc ? xml_first(doc->children, NULL) : NULL;

	if (!root || !xml_is(root, "cib")) {
		snprintf(err_text, err_size,
		    "the document is no CIB: its first element is <%s>",
		    root ? (const char *)root->name : "");
		return NULL;
	}
	struct pe *pe = calloc(1, sizeof(*pe));

	if (!pe)
		return NULL;
	pe->doc = doc;
	pe->cib = root;
	pe->now = options->now;
	pe->want_scores = options->scores;
	pe->want_utilization = options->utilization;
	pe->transition_id = options->transition_id;
	pe->status_only = options->status_only;
	pe->wishes_spare = WISHES_SPARE;
	pe->profile = options->profile != PE_AUTO ? options->profile : profile_find(root);
	if (pe->profile == PE_P) {
		pe->dc_id = xml_get(root, "dc-uuid");
		pe->have_quorum = value_is_true(xml_get(root, "have-quorum"));
		if (!options->now_given && xml_get(root, "execution-date"))
			pe->now = date_local(
			    strtoll(xml_get(root, "execution-date"), NULL, 10));
	} else {
		pe->dc_id = xml_get(root, "dc_uuid");
		pe->have_quorum = value_is_true(xml_get(root, "have_quorum"));
	}
	size_t levels = resource_count(root);

	if (levels <= LEVELS_PLAIN)
		plan(pe);
	else if (plan_deep(pe, levels) < 0) {
		snprintf(err_text, err_size, "no memory to plan for %zu resources",
		    levels);
		pe_free(pe);
		return NULL;
	}
	return pe;
}

void
pe_free(struct pe *pe)
{
	if (!pe)
		return;
	xmlFreeDoc(pe->scratch);
	arena_free(&pe->arena);
	free(pe);
}

enum pe_profile_name
pe_profile_of(const struct pe *pe)
{
	return pe->profile;
}

size_t
pe_message_count(const struct pe *pe)
{
	return pe->message_count;
}

const struct pe_message *
pe_message_at(const struct pe *pe, size_t i)
{
	return &pe->message[i];
}

bool
pe_had(const struct pe *pe, enum pe_level level, bool config)
{
	for (size_t i = 0; i < pe->message_count; i++)
		if (pe->message[i].level == level && pe->message[i].config == config)
			return true;
	return false;
}

void
pe_write_scores(const struct pe *pe, FILE *out)
{
	for (size_t i = 0; i < pe->line_count; i++)
		fprintf(out, "%s\n", pe->line[i]);
}
