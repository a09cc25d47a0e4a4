/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crm/commands/refusal.h"

#include "crm/cib/read.h"
#include "crm/cib/validate.h"
#include "crm/cib/write.h"

#include <stdlib.h>
#include <string.h>

/* With numbers before the lines. */
static void
print_numbered(const char *text)
{
	int number = 1;

	for (const char *line = text; line; number++) {
		size_t len = strcspn(line, "\n");

		fprintf(stderr, "%4d ", number);
		fwrite(line, 1, len, stderr);
		fputc('\n', stderr);
		line = line[len] ? line + len + 1 : NULL;
	}
}

/* What is wrong with it, in the lines that were printed; how much that is. */
static size_t
print_faults(struct kit *kit, const char *text, size_t len)
{
	struct cib_schemas *schemas = cib_schemas_new();
	xmlDoc *doc = schemas ? cib_parse(text, len, NULL, NULL) : NULL;
	struct cib_report report = { 0 };
	size_t count = 0;

	if (doc) {
		cib_validate(schemas, doc, &report);
		count = report.fault_count;
		for (size_t i = 0; i < count; i++)
			kit_error(kit, "%s",
			    cib_fault_text(&report, &report.fault[i], NULL));
		cib_report_clear(&report);
		xmlFreeDoc(doc);
	}
	cib_schemas_free(schemas);
	return count;
}

/* The words that follow are those of the original and tell enough; the reason is for -V.  Where something is
 * wrong with a file they do not. */
static bool
says_enough(int code)
{
	return code != CIB_PERMISSIONS && code != CIB_ALTERED && code != CIB_ID &&
	       code != CIB_INVALID && code != CIB_CORRUPT && code != CIB_NO_MEMORY &&
	       code != CIB_DIFF_FAILED;
}

void
refusal_print(struct kit *kit, const struct cib_answer *answer)
{
	size_t len, told = 0;
	char *text = answer->rejected
	                 ? cib_write(xmlDocGetRootElement(answer->rejected), NULL, &len)
	                 : NULL;

	if (text) {
		fflush(kit->out);
		print_numbered(text);
		told = print_faults(kit, text, len);
	}
	free(text);
	if (!told && answer->err.text[0] && (kit->verbose || !says_enough(answer->code)))
		kit_error(kit, "%s", answer->err.text);
}

bool
schema_is_known(struct kit *kit, const char *name)
{
	for (size_t i = 0; cib_schema_name(i); i++)
		if (strcmp(cib_schema_name(i), name) == 0)
			return true;
	kit_complain(kit, "there is no schema '%s'; the newest is %s", name,
	    cib_schema_newest());
	return false;
}
