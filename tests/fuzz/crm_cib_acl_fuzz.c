/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a user may do of a document.  Two texts: the user's name; the document.  Each element has an answer, the same
 * each time, and who is nowhere named may do nothing.
 */
#include "tests/fuzz/crm_cib.h"

#include "crm/cib/acl.h"
#include "crm/cib/codes.h"
#include "crm/cib/path.h"

static unsigned
sum_of(const xmlDoc *doc, enum cib_access most)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	unsigned sum = 0, number = 1;

	for (const xmlNode *n = root; n; n = cib_walk_next(root, n)) {
		enum cib_access access = cib_acl_access(n);

		FUZZ_MUST(access != CIB_ACCESS_NOT_SAID && access <= CIB_ACCESS_DENIED);
		FUZZ_MUST(most == CIB_ACCESS_NOT_SAID || access == most);
		sum += number++ * (unsigned)access;
	}
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *user = part_next(&data, &size);
	xmlDoc *doc = part_parsed(&data, &size);

	if (doc && cib_acl_is_for(user)) {
		int code = cib_acl_mark(doc, user, NULL);

		FUZZ_MUST(
		    code == CIB_OK || code == CIB_ARGUMENT || code == CIB_NO_MEMORY);
		if (code == CIB_OK) {
			unsigned sum = sum_of(doc, CIB_ACCESS_NOT_SAID);

			FUZZ_MUST(cib_acl_mark(doc, user, NULL) == CIB_OK);
			FUZZ_MUST(sum_of(doc, CIB_ACCESS_NOT_SAID) == sum);
		}
		FUZZ_MUST(cib_acl_mark(doc, "nobody is called so", NULL) != CIB_OK ||
		          sum_of(doc, CIB_ACCESS_DENIED) > 0);
	}
	xmlFreeDoc(doc);
	free(user);
	return 0;
}
