/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A document and a patch for it, both from anybody: it is refused and nothing changed, or the
 * result is a document, to which patches of ours lead from the one before.
 */
#include "tests/fuzz/crm_cib.h"

#include "crm/cib/codes.h"
#include "crm/cib/diff.h"

static void
made_again(const xmlDoc *from, const xmlDoc *to)
{
	for (int format = 1; format <= 2; format++) {
		const struct cib_diff_how how = { .format = format,
			.digest = format == 2 };
		xmlDoc *patch, *doc = xmlCopyDoc((xmlDoc *)(uintptr_t)from, 1);
		int code = cib_diff_make(from, to, &how, &patch);

		if (code == CIB_OK && patch) {
			code = cib_diff_apply_anyway(&doc, xmlDocGetRootElement(patch),
			    NULL);
			FUZZ_MUST(code == CIB_OK);
			FUZZ_MUST(
			    format == 1 || texts_equal(chaos_text(doc), chaos_text(to)));
		}
		xmlFreeDoc(patch);
		xmlFreeDoc(doc);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	xmlDoc *doc = part_parsed(&data, &size), *patch = part_parsed(&data, &size),
	       *was = doc, *before;

	if (doc && patch) {
		before = xmlCopyDoc(doc, 1);
		if (cib_diff_apply_anyway(&doc, xmlDocGetRootElement(patch), NULL) ==
		    CIB_OK)
			made_again(before, doc);
		else
			FUZZ_MUST(doc == was &&
			          texts_equal(chaos_text(doc), chaos_text(before)));
		cib_diff_apply(&doc, xmlDocGetRootElement(patch), NULL);
		xmlFreeDoc(before);
	}
	xmlFreeDoc(doc);
	xmlFreeDoc(patch);
	return 0;
}
