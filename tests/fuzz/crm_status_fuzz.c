/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever a document says, people are shown something of it, in text, XML and HTML, as heartbeat 2 had it and in one
 * line; the text is the same one each time.  What is shown is drawn from the document's bytes.
 */
#include "tests/fuzz/fuzz.h"

#include "crm/cib/read.h"
#include "crm/pengine/view.h"
#include "crm/status/status.h"

static unsigned
hash_of(const uint8_t *data, size_t size)
{
	unsigned hash = 2166136261U;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 16777619U;
	return hash;
}

static FILE *
text_open(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	if (!out)
		abort();
	return out;
}

static char *
text_of(const struct status *status, bool flat)
{
	char *text = NULL;
	size_t size;
	struct page page;
	FILE *out = text_open(&text, &size);

	page_text(&page, out, flat);
	page_begin(&page, "Status");
	status_show(status, &page);
	page_end(&page);
	fclose(out);
	return text;
}

static void
others_show(const struct status *status)
{
	char *text = NULL;
	size_t size;
	FILE *out = text_open(&text, &size);
	xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *root = xmlNewDocNode(doc, NULL, BAD_CAST "pacemaker-result", NULL);

	xmlDocSetRootElement(doc, root);
	status_xml(status, root);
	xmlDocFormatDump(out, doc, 1);
	xmlFreeDoc(doc);
	status_html(status, out, "Status", "style.css", 5);
	status_classic(status, out);
	status_line(status, out);
	status_line_classic(status, out);
	fclose(out);
	free(text);
}

static void
show(const xmlDoc *doc, enum pe_profile_name profile, unsigned drawn)
{
	struct pe_options options = { .profile = profile,
		.now.seconds = 1767225600,
		.status_only = true };
	struct status_how how = { .sections = drawn & 0x1ffff,
		.flags = drawn >> 17,
		.now = options.now.seconds };
	char why[200];
	struct pe *pe = pe_run(doc, &options, why, sizeof(why));

	if (!pe)
		return;
	struct status *status = status_new(pe, doc, &how);
	char *one = text_of(status, false), *two = text_of(status, false);

	FUZZ_MUST(strcmp(one, two) == 0);
	free(two);
	two = text_of(status, true);
	others_show(status);
	for (size_t i = 0; i < pe_resource_count(pe); i++)
		FUZZ_MUST(status_resource_name(status, i));
	free(one);
	free(two);
	status_free(status);
	pe_free(pe);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	xmlDoc *doc = cib_parse((const char *)data, size, NULL, NULL);
	unsigned drawn = hash_of(data, size);

	if (!doc)
		return 0;
	show(doc, PE_H, drawn);
	show(doc, PE_P, drawn);
	xmlFreeDoc(doc);
	return 0;
}
