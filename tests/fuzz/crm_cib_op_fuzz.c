/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests on a CIB.  Three texts: a line with operation, section, xpath and options, divided
 * by blanks and "-" for none; the document; the data.  Without a document both are drawn from
 * the bytes.  Whatever is asked: a failure changes nothing, a change makes the version grow.
 */
#include "tests/fuzz/crm_cib.h"

#include "crm/cib/ops.h"

struct bytes {
	const uint8_t *data;
	size_t size;
};

static uint32_t
byte_next(void *data)
{
	struct bytes *b = data;

	if (b->size == 0)
		return 0;
	b->size--;
	return *b->data++;
}

static void
request_read(char *line, struct cib_request *request)
{
	char *save, *word = line ? strtok_r(line, " \n", &save) : NULL;
	const char *words[4] = { NULL };

	for (size_t i = 0; word && i < 4; i++, word = strtok_r(NULL, " \n", &save))
		words[i] = strcmp(word, "-") == 0 ? NULL : word;
	*request =
	    (struct cib_request){ .op = words[0] ? cib_op_find(words[0]) : CIB_OP_NONE,
		    .section = words[1],
		    .xpath = words[2],
		    .options = words[3] ? (unsigned)strtoul(words[3], NULL, 0) : 0 };
}

static void
request_check(xmlDoc **doc, const struct cib_request *request)
{
	const unsigned silent = CIB_SCOPE_LOCAL | CIB_INHIBIT_BCAST;
	char *before = chaos_text(*doc);
	struct cib_version old, now;
	struct cib_answer answer;
	xmlDoc *was = *doc;

	cib_execute(doc, request, &answer);
	if (answer.before) {
		FUZZ_MUST(answer.code == CIB_OK && answer.before == was);
		FUZZ_MUST(texts_equal(chaos_text(was), before));
		cib_version_get(xmlDocGetRootElement(was), &old);
		cib_version_get(xmlDocGetRootElement(*doc), &now);
		FUZZ_MUST(cib_version_compare(&now, &old) > 0 ||
		          (request->options & silent) == silent);
	} else
		FUZZ_MUST(*doc == was && texts_equal(chaos_text(was), before));
	cib_answer_clear(&answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = part_next(&data, &size);
	struct bytes bytes = { data, size };
	struct chaos c = { .next = byte_next, .data = &bytes };
	xmlDoc *doc = part_parsed(&data, &size), *input = part_parsed(&data, &size);
	struct cib_request request;

	if (!doc) {
		doc = chaos_document(&c, byte_next(&bytes) & 1);
		xmlFreeDoc(input);
		input = xmlCopyDoc(doc, 1);
		for (uint32_t i = chaos_below(&c, 6); i > 0; i--)
			chaos_change(&c, input);
	}
	request_read(line, &request);
	request.input = input ? xmlDocGetRootElement(input) : NULL;
	request_check(&doc, &request);
	xmlFreeDoc(doc);
	xmlFreeDoc(input);
	free(line);
	return 0;
}
