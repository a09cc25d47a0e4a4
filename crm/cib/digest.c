/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/cib/digest.h"

#include "crm/cib/codes.h"
#include "crm/cib/path.h"
#include "crm/cib/write.h"

#include <nettle/base16.h>
#include <nettle/md5.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Pacemaker's first digests have a blank before the text and a newline behind it. */
static int
digest_of(const xmlNode *element, const struct cib_write_how *how, bool framed,
    char text[CIB_DIGEST_SIZE])
{
	size_t len;
	char *dump = cib_write(element, how, &len);
	struct md5_ctx md5;
	uint8_t sum[MD5_DIGEST_SIZE];

	if (!dump)
		return CIB_NO_MEMORY;
	md5_init(&md5);
	if (framed)
		md5_update(&md5, 1, (const uint8_t *)" ");
	md5_update(&md5, len, (const uint8_t *)dump);
	if (framed)
		md5_update(&md5, 1, (const uint8_t *)"\n");
	md5_digest(&md5, sizeof(sum), sum);
	free(dump);
	base16_encode_update(text, sizeof(sum), sum);
	text[CIB_DIGEST_SIZE - 1] = '\0';
	return CIB_OK;
}

int
cib_digest(const xmlNode *element, enum cib_digest_kind kind, char text[CIB_DIGEST_SIZE])
{
	bool of_file = kind == CIB_DIGEST_FILE_H || kind == CIB_DIGEST_FILE_P;
	bool of_h = kind == CIB_DIGEST_FILE_H || kind == CIB_DIGEST_WIRE_H;
	struct cib_write_how how = {
		.form = of_h ? CIB_FORM_PLAIN_H : CIB_FORM_COMPACT,
		.filtered = kind == CIB_DIGEST_WIRE_H || kind == CIB_DIGEST_WIRE_P,
		.sorted = kind == CIB_DIGEST_WIRE_H,
		.without = of_file ? cib_child_find(element, "status") : NULL,
	};

	return digest_of(element, &how,
	    kind == CIB_DIGEST_FILE_P || kind == CIB_DIGEST_DATA_P, text);
}

static bool
counts(const xmlAttr *a, bool recurring)
{
	const char *name = (const char *)a->name;

	if (strcmp(name, "CRM_meta_timeout") == 0)
		return recurring;
	return strncmp(name, "CRM_meta", strlen("CRM_meta")) != 0 &&
	       strcmp(name, "id") != 0 && strcmp(name, "crm_feature_set") != 0 &&
	       strcmp(name, "op_digest") != 0;
}

int
cib_digest_parameters(const xmlNode *parameters, int64_t interval_ms,
    char text[CIB_DIGEST_SIZE])
{
	const struct cib_write_how how = { .form = CIB_FORM_COMPACT,
		.alone = true,
		.sorted = true };
	xmlNode *kept = xmlNewNode(NULL, BAD_CAST "parameters");
	bool good = kept != NULL;
	int code;

	for (const xmlAttr *a = parameters->properties; good && a; a = a->next)
		if (counts(a, interval_ms > 0))
			good = xmlNewProp(kept, a->name,
			           BAD_CAST cib_attr(parameters,
			               (const char *)a->name)) != NULL;
	code = good ? digest_of(kept, &how, true, text) : CIB_NO_MEMORY;
	xmlFreeNode(kept);
	return code;
}
