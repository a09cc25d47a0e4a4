/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crm/commands/attribute.h"

#include "crm/commands/refusal.h"
#include "crm/common/exits.h"

#include <stdlib.h>
#include <string.h>

#define OF_CRM "crm_attribute" /* who complains, also when it is called something else */

/* Answers. */

static void
prop(xmlNode *n, const char *name, const char *value)
{
	if (value)
		xmlNewProp(n, BAD_CAST name, BAD_CAST value);
}

/* HOST: whose it would be, of one that is not there. */
static void
print_one(struct kit *kit, const struct attribute_call *call, const char *name,
    const char *value, const char *host)
{
	const char *id = call->a.id;

	if (kit->result) {
		xmlNode *n = xmlNewChild(kit->result, NULL, BAD_CAST "attribute", NULL);

		prop(n, "name", name);
		prop(n, "value", value);
		prop(n, "scope", call->a.section);
		prop(n, "id", id);
		prop(n, "host", host);
	} else if (call->quiet)
		fprintf(kit->out, "%s\n", value);
	else
		fprintf(kit->out, "scope=%s %s%s %s%s value=%s\n", call->a.section,
		    id ? "id=" : "", id ? id : "", name ? "name=" : "", name ? name : "",
		    value);
}

void
attribute_print(struct kit *kit, const struct attribute_call *call, const char *name,
    const char *value)
{
	print_one(kit, call, name, value, NULL);
}

static const char *
or_nothing(const char *text)
{
	return text ? text : "";
}

static int
complain(struct kit *kit, int code, const char *text)
{
	kit_error(kit, OF_CRM ": Error performing operation: %s", text);
	return code;
}

/* Several are called so, and only one can be meant. */
static int
ambiguous(struct kit *kit, const struct attribute_call *call,
    const struct cib_matches *found)
{
	if (!kit->result) {
		fprintf(kit->out, "Multiple attributes match name=%s\n",
		    or_nothing(call->a.name));
		for (size_t i = 0; i < found->count; i++)
			fprintf(kit->out, "  Value: %s \t(id=%s)\n",
			    or_nothing(cib_attr(found->node[i], "value")),
			    or_nothing(cib_attr(found->node[i], "id")));
	}
	kit_error(kit, OF_CRM ": Please choose from one of the matches below and supply "
	                      "the 'id' with --attr-id");
	return CRM_EX_MULTIPLE;
}

/* Commands. */

static int
query(struct kit *kit, const struct attribute_call *call, const struct cib_matches *found)
{
	for (size_t i = 0; i < found->count; i++)
		attribute_print(kit, call, or_nothing(cib_attr(found->node[i], "name")),
		    or_nothing(cib_attr(found->node[i], "value")));
	if (found->count == 0 && call->fallback)
		print_one(kit, call, call->a.name ? call->a.name : call->a.pattern,
		    call->fallback, call->node_name);
	else if (found->count == 0)
		return complain(kit, CRM_EX_NO_SUCH,
		    cib_code_text(CIB_NOT_EXISTS, CIB_STYLE_P));
	return CRM_EX_OK;
}

/* The exit code of a change; a refusal is told. */
static void
say_what_failed(struct kit *kit, const struct attribute_call *call, const char *why)
{
	char *set = attribute_set_id(&call->a);

	kit_error(kit, "Error setting %s=%s (section=%s, set=%s): %s",
	    call->a.name ? call->a.name : call->a.id, call->value, call->a.section, set,
	    why);
	free(set);
}

/* The end of a change.  SET: what should be set, else NULL. */
static int
changed(struct kit *kit, const struct attribute_call *set, struct cib_answer *answer)
{
	int code = answer->code;

	if (code != CIB_OK) {
		refusal_print(kit, answer);
		if (set)
			say_what_failed(kit, set, cib_code_text(code, CIB_STYLE_P));
		complain(kit, 0, cib_code_text(code, CIB_STYLE_P));
	}
	cib_answer_clear(answer);
	return crm_exit_from_cib(code);
}

static int
update(struct kit *kit, struct cib_connection *c, const struct attribute_call *call,
    const struct cib_matches *found)
{
	size_t count = found->count;
	struct cib_answer answer;
	int code;

	if (count > 1 && !call->a.pattern)
		return ambiguous(kit, call, found);
	if (count == 0 && call->a.pattern) {
		if (attribute_has_place(cib_connection_doc(c), &call->a))
			return CRM_EX_OK;
		complain(kit, 0, cib_code_text(CIB_NOT_EXISTS, CIB_STYLE_P));
		return CRM_EX_NO_SUCH;
	}
	code = attribute_set(c, &call->a, count ? found->node[0] : NULL, call->value,
	    &answer);
	code = changed(kit, call, &answer);
	/* The others of a pattern: what changes is only a value, so they stay in their order. */
	for (size_t i = 1; i < count && code == CRM_EX_OK; i++) {
		struct cib_matches again;

		attribute_find(cib_connection_doc(c), &call->a, &again);
		if (i < again.count) {
			attribute_set(c, &call->a, again.node[i], call->value, &answer);
			code = changed(kit, call, &answer);
		}
		cib_matches_clear(&again);
	}
	return code;
}

static int delete (struct kit *kit, struct cib_connection *c,
    const struct attribute_call *call, const struct cib_matches *found)
{
	bool is_option = strcmp(call->a.section, "crm_config") == 0 ||
	                 strcmp(call->a.section, "tickets") == 0;
	int code = CRM_EX_OK;

	if (found->count > 1 && !call->a.pattern)
		return ambiguous(kit, call, found);
	for (size_t i = 0; i < found->count && code == CRM_EX_OK; i++) {
		struct cib_matches left;
		struct cib_answer answer;

		attribute_find(cib_connection_doc(c), &call->a, &left);
		if (left.count) {
			/* Lent by the document, which the change replaces: said before, shown after. */
			char *id = strdup(or_nothing(cib_attr(left.node[0], "id")));
			char *name = strdup(or_nothing(cib_attr(left.node[0], "name")));

			attribute_delete(c, call->a.section, left.node[0], &answer);
			code = changed(kit, NULL, &answer);
			if (code == CRM_EX_OK && !kit->result && !call->quiet)
				fprintf(kit->out, "Deleted %s %s: id=%s name=%s\n",
				    call->a.section, is_option ? "option" : "attribute",
				    id, name);
			free(id);
			free(name);
		}
		cib_matches_clear(&left);
	}
	return code;
}

/* All. */

int
attribute_connect(struct kit *kit, struct cib_connection **c)
{
	struct err err;
	int code = kit_connect(kit, c, CIB_ENVIRONMENT, &err);

	if (code != 0)
		kit_error(kit, OF_CRM ": Could not connect to the CIB: %s", err.text);
	return code;
}

int
attribute_call_node(struct kit *kit, const struct cib_connection *c,
    struct attribute_call *call, const char *name)
{
	char buf[256];
	const char *id;

	call->node_name = name;
	name = attribute_node_name(name, buf);
	id = attribute_node_id(cib_connection_doc(c), name);
	if (!id) {
		kit_error(kit, OF_CRM ": Could not map name=%s to a UUID", name);
		return CRM_EX_NO_SUCH;
	}
	/* Of its own: the document may be replaced. */
	free(call->node_id);
	call->node_id = strdup(id);
	if (!call->node_id)
		abort();
	call->a.node_id = call->node_id;
	return CRM_EX_OK;
}

int
attribute_call_run(struct kit *kit, struct cib_connection *c,
    const struct attribute_call *call)
{
	struct cib_matches found;
	int code;

	attribute_find(cib_connection_doc(c), &call->a, &found);
	code = call->command == 'v'   ? update(kit, c, call, &found)
	       : call->command == 'D' ? delete (kit, c, call, &found)
	                              : query(kit, call, &found);
	cib_matches_clear(&found);
	return code;
}

void
attribute_call_clear(struct attribute_call *call)
{
	free(call->node_id);
	call->node_id = NULL;
}

bool
attribute_call_option(struct attribute_call *call, int id, const char *value)
{
	switch (id) {
	case 'v':
		call->value = value;
		/* fall through */
	case 'G':
	case 'D':
		call->command = (char)id;
		return true;
	case 'i':
		call->a.id = value;
		return true;
	case 'N':
		call->node = value;
		return true;
	case 'l':
		call->lifetime = value;
		return true;
	}
	return false;
}

int
attribute_lifetime_check(struct kit *kit, const struct attribute_call *call)
{
	const char *lifetime = call->lifetime;

	if (!lifetime || strcmp(lifetime, "reboot") == 0 ||
	    strcmp(lifetime, "forever") == 0)
		return 0;
	kit_complain(kit, "'%s' is neither reboot nor forever", lifetime);
	return CRM_EX_USAGE;
}
