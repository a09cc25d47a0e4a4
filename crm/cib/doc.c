/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/cib/ops.h"

#include "crm/cib/path.h"
#include "crm/cib/private.h"
#include "crm/cib/tree.h"
#include "lib/array.h"

#include <time.h>

int
cib_sections_add(xmlNode *root)
{
	static const char *const sections[] = { "crm_config", "nodes", "resources",
		"constraints" };
	xmlNode *configuration = tree_append(root, "configuration");

	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (!configuration || !tree_append(configuration, sections[i]))
			return CIB_NO_MEMORY;
	return tree_append(root, "status") ? CIB_OK : CIB_NO_MEMORY;
}

static bool
attributes_fill(xmlNode *root, const char *validate_with, const char *crm_feature_set,
    int epoch)
{
	const struct cib_version version = { .epoch = epoch };
	const struct {
		const char *name, *value;
	} attributes[] = {
		{ "generated", validate_with ? NULL : "true" },
		{ "crm_feature_set", crm_feature_set },
		{ "validate-with", validate_with },
		{ "epoch", "0" }, /* in the order in which pacemaker has them */
		{ "num_updates", "0" },
		{ "admin_epoch", "0" },
	};

	for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
		if (attributes[i].value &&
		    !tree_set(root, attributes[i].name, attributes[i].value))
			return false;
	return cib_version_set(root, &version);
}

xmlDoc *
cib_new_empty(const char *validate_with, const char *crm_feature_set, int epoch)
{
	xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *root = doc ? xmlNewDocNode(doc, NULL, BAD_CAST "cib", NULL) : NULL;

	if (!root) {
		xmlFreeDoc(doc);
		return NULL;
	}
	xmlDocSetRootElement(doc, root);
	if (attributes_fill(root, validate_with, crm_feature_set, epoch) &&
	    cib_sections_add(root) == CIB_OK)
		return doc;
	xmlFreeDoc(doc);
	return NULL;
}

const char *
cib_written_text(int64_t seconds, char text[32])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&when, &tm) ||
	    strftime(text, 32, "%a %b %e %H:%M:%S %Y", &tm) == 0)
		text[0] = '\0';
	return text;
}
