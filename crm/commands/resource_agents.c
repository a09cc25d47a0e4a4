/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_resource --list-standards and so on: what kinds of agents there are on this machine, which needs no document. */
#include "crm/commands/agents.h"
#include "crm/commands/resource.h"
#include "crm/common/exits.h"

#include <stdlib.h>
#include <string.h>

static int
names_print(struct kit *kit, const struct agent_names *names, const char *tag,
    const char *item)
{
	xmlNode *list =
	    kit->result ? xmlNewChild(kit->result, NULL, BAD_CAST tag, NULL) : NULL;

	for (size_t i = 0; i < names->count; i++)
		if (list)
			xmlNewTextChild(list, NULL, BAD_CAST item,
			    BAD_CAST names->name[i]);
		else
			fprintf(kit->out, "%s\n", names->name[i]);
	return 0;
}

static void
list_attribute(struct kit *kit, const char *name, const char *value)
{
	if (kit->result && value)
		xmlNewProp(xmlGetLastChild(kit->result), BAD_CAST name, BAD_CAST value);
}

static int
standards(struct kit *kit)
{
	struct agent_names names;
	char count[16];

	agents_standards(&names);
	names_print(kit, &names, "list", "item");
	snprintf(count, sizeof(count), "%zu", names.count);
	list_attribute(kit, "name", "standards");
	list_attribute(kit, "count", count);
	agents_free(&names);
	return 0;
}

static int
providers(struct kit *kit, const struct resource_call *call)
{
	struct agent_names names;
	int code = 0;

	agents_providers(call->spec, &names);
	if (names.count) {
		names_print(kit, &names, "providers", "provider");
		list_attribute(kit, call->spec ? "for" : "standard",
		    call->spec ? call->spec : "ocf");
	} else {
		kit_complain(kit, "No OCF providers found%s%s", call->spec ? " for " : "",
		    call->spec ? call->spec : "");
		code = resource_refuse_plainly(kit, CRM_EX_NO_SUCH);
	}
	agents_free(&names);
	return code;
}

static int
agents(struct kit *kit, const struct resource_call *call)
{
	const char *colon = strchr(call->spec, ':');
	const char *provider = colon && colon[1] ? colon + 1 : NULL;
	char *standard = strndup(call->spec, strcspn(call->spec, ":"));
	struct agent_names names = { 0 };
	int code = 0;

	if (!standard)
		abort();
	agents_list(standard, provider, &names);
	if (names.count) {
		names_print(kit, &names, "agents", "agent");
		list_attribute(kit, "standard", standard);
		list_attribute(kit, "provider", provider);
	} else {
		if (provider)
			kit_complain(kit,
			    "No agents found for standard '%s' and provider '%s'",
			    standard, provider);
		else
			kit_complain(kit, "No agents found for standard '%s'", standard);
		code = resource_refuse_plainly(kit, CRM_EX_ERROR);
	}
	agents_free(&names);
	free(standard);
	return code;
}

/* "ocf:heartbeat:Dummy", "lsb:nginx" */
static bool
spec_read(char *spec, struct agent *agent)
{
	char *colon = strchr(spec, ':'), *second;

	if (!colon || !colon[1])
		return false;
	*colon = '\0';
	*agent = (struct agent){ .standard = spec, .type = colon + 1 };
	if (strcmp(spec, "ocf") != 0)
		return true;
	second = strchr(colon + 1, ':');
	if (!second || !second[1])
		return false;
	*second = '\0';
	agent->provider = colon + 1;
	agent->type = second + 1;
	return true;
}

static int
metadata(struct kit *kit, const struct resource_call *call)
{
	char *spec = strdup(call->spec), *text;
	struct agent agent;
	struct err err = { 0 };

	if (!spec)
		abort();
	if (!spec_read(spec, &agent)) {
		kit_complain(kit, "'%s' is not a valid agent specification", call->spec);
		free(spec);
		return resource_refuse_plainly(kit, CRM_EX_NO_SUCH);
	}
	text = agent_metadata(&agent, &err);
	free(spec);
	if (!text) {
		kit_complain(kit, "Metadata query for %s failed: %s", call->spec,
		    err.text);
		return resource_refuse_plainly(kit, CRM_EX_NO_SUCH);
	}
	if (kit->result) {
		xmlNode *xml = xmlNewChild(kit->result, NULL, BAD_CAST "metadata", NULL);

		xmlAddChild(xml,
		    xmlNewCDataBlock(xml->doc, BAD_CAST text, (int)strlen(text)));
	} else
		fprintf(kit->out, "%s%s", text,
		    *text && text[strlen(text) - 1] == '\n' ? "" : "\n");
	free(text);
	return 0;
}

int
resource_agents(struct kit *kit, struct resource_call *call)
{
	switch (call->command) {
	case RSC_STANDARDS:
		return standards(kit);
	case RSC_AGENTS:
		return agents(kit, call);
	case RSC_METADATA:
		return metadata(kit, call);
	default:
		return providers(kit, call);
	}
}
