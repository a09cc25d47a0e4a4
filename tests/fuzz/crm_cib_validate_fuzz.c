/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any document: it is judged, and what is refused is explained in words of our own; judging does not change it.  One that
 * conforms to an old schema of pacemaker's conforms to the newest one when it was upgraded; any other that
 * can be upgraded or shown to heartbeat's tools gives a document.
 */
#include "crm/cib/read.h"
#include "crm/cib/upgrade.h"
#include "crm/cib/validate.h"
#include "crm/cib/write.h"
#include "tests/fuzz/fuzz.h"

static struct cib_schemas *schemas;

static void
judge(const xmlDoc *doc, bool must_fit)
{
	struct cib_report report = { 0 };
	enum cib_verdict verdict = cib_validate(schemas, doc, &report);

	FUZZ_MUST(report.fault_count > 0 || verdict == CIB_VERDICT_VALID ||
	          verdict == CIB_VERDICT_UNCHECKED);
	FUZZ_MUST(verdict != CIB_VERDICT_VALID || report.fault_count == 0);
	for (size_t i = 0; i < report.fault_count; i++) {
		const char *text = cib_fault_text(&report, &report.fault[i], "cib.xml");

		/* That would be all that libxml2 knows. */
		FUZZ_MUST(strncmp(report.fault[i].text, "it does not conform", 19) != 0);
		FUZZ_MUST(text);
		FUZZ_MUST(!must_fit);
	}
	for (size_t i = 0; i < report.raw_count; i++)
		cib_raw_text(&report, &report.raw[i], "cib.xml");
	cib_report_clear(&report);
}

/* Whether it conforms to a schema of pacemaker's. */
static bool
fits_p(const xmlDoc *doc)
{
	struct cib_report report = { 0 };
	bool fits = cib_style_of(xmlDocGetRootElement(doc)) == CIB_STYLE_P &&
	            cib_validate(schemas, doc, &report) == CIB_VERDICT_VALID;

	cib_report_clear(&report);
	return fits;
}

static void
convert(const xmlDoc *doc,
    int (*how)(const xmlDoc *doc, xmlDoc **next, struct cib_changes *changes,
        struct err *err),
    bool must_fit)
{
	struct cib_changes changes = { 0 };
	struct err err = { "" };
	xmlDoc *next = NULL;

	if (how(doc, &next, &changes, &err) == 0) {
		for (size_t i = 0; i < changes.note_count; i++)
			cib_change_text(&changes, &changes.note[i]);
		if (next)
			judge(next, must_fit);
	} else
		FUZZ_MUST(err.text[0]);
	cib_changes_clear(&changes);
	xmlFreeDoc(next);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	xmlDoc *doc = cib_parse((const char *)data, size, NULL, NULL);

	if (!doc)
		return 0;
	if (!schemas)
		schemas = cib_schemas_new();
	char *before = cib_write(xmlDocGetRootElement(doc), NULL, NULL);

	judge(doc, false);
	char *after = cib_write(xmlDocGetRootElement(doc), NULL, NULL);

	FUZZ_MUST(before && after && strcmp(before, after) == 0);
	convert(doc, cib_upgrade, fits_p(doc));
	convert(doc, cib_convert_to_h, false);
	free(before);
	free(after);
	xmlFreeDoc(doc);
	return 0;
}
