/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_diff(8): what changed between two documents, and applying that (spec/crm-tools.md 8). */
#include "crm/cib/codes.h"
#include "crm/cib/diff.h"
#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/cib/write.h"
#include "crm/commands/kit.h"
#include "crm/common/exits.h"
#include "crm/common/release.h"
#include "crm/common/values.h"

#include <stdlib.h>
#include <string.h>

static const struct kit_option options[] = {
	KIT_TITLE("Original"),
	{ 'o', "original", NULL, KIT_VALUE, "FILE", "the document as it was; - = stdin" },
	{ 'O', "original-string", NULL, KIT_VALUE, "XML", "the same, given here" },
	KIT_TITLE("Operation"),
	{ 'n', "new", NULL, KIT_VALUE, "FILE",
	    "compare it with the document in this file; - = stdin" },
	{ 'N', "new-string", NULL, KIT_VALUE, "XML", "compare it with this document" },
	{ 'p', "patch", NULL, KIT_VALUE, "FILE",
	    "apply the patch in this file; - = stdin" },
	KIT_TITLE("More"),
	{ 'c', "cib", NULL, KIT_FLAG, NULL, "the patch has a digest of its result" },
	{ 'u', "no-version", NULL, KIT_FLAG, NULL,
	    "the patch has no versions, and applies to any document" },
	{ 's', "stdin", NULL, KIT_FLAG, NULL,
	    "what was not given comes from stdin, one document behind the other" },
	KIT_COMMON,
	KIT_H_IS_HELP,
	{ 0 },
};

static const char epilog[] = "Exit status: 0 nothing differs, or the patch was applied; "
                             "1 something differs, and the\n"
                             "patch is on stdout, or the patch could not be applied; 64 "
                             "wrong usage; 65 a document\n"
                             "cannot be read as one; 66 a file cannot be opened.\n";

/* Where a document comes from; both NULL: nowhere. */
struct source {
	const char *file, *text;
};

struct arguments {
	struct source original, new, patch;
	bool digest, no_version, from_stdin;
};

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	(void)kit;
	switch (id) {
	case 'o':
		a->original = (struct source){ .file = value };
		break;
	case 'O':
		a->original = (struct source){ .text = value };
		break;
	case 'n':
		a->new = (struct source){ .file = value };
		break;
	case 'N':
		a->new = (struct source){ .text = value };
		break;
	case 'p':
		a->patch = (struct source){ .file = value };
		break;
	case 'c':
		a->digest = true;
		break;
	case 'u':
		a->no_version = true;
		break;
	case 's':
		a->from_stdin = true;
		break;
	default:
		return KIT_USAGE_SHOWN;
	}
	return 0;
}

static const struct kit_program program = {
	.name = "crm_diff",
	.summary = "compare two documents, or apply what a comparison gave",
	.usage = "-o FILE|-O XML -n FILE|-N XML|-p FILE [OPTION...]",
	.options = options,
	.set = set,
	.epilog = epilog,
};

/* Documents. */

static bool
is_given(const struct source *source)
{
	return source->file || source->text;
}

static int
source_read(struct kit *kit, const struct source *source, const char *which, xmlDoc **doc)
{
	struct err err = { "" };

	if (source->file)
		*doc = cib_read_file(source->file, NULL, &err);
	else if (source->text)
		*doc = cib_parse(source->text, strlen(source->text), NULL, &err);
	if (*doc)
		return CRM_EX_OK;
	if (err.text[0])
		kit_complain(kit, "%s", err.text);
	if (strncmp(err.text, "cannot read", strlen("cannot read")) == 0)
		return CRM_EX_NO_INPUT;
	kit_error(kit, "Could not parse the %s XML fragment", which);
	return CRM_EX_DATA;
}

/* XML declarations may only stand at the beginning: these are blanked out. */
static void
declarations_blank(char *text)
{
	for (char *at = text, *end; (at = strstr(at, "<?xml ")); at = end) {
		end = strstr(at, "?>");
		if (!end)
			return;
		memset(at, ' ', (size_t)(end + 2 - at));
	}
}

/* All of stdin, as the inside of one element; NULL: it cannot be read. */
static xmlDoc *
stdin_wrapped(struct err *err)
{
	static const char begin[] = "<all>", end[] = "</all>";
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	char part[8192];
	size_t got;
	xmlDoc *doc = NULL;

	if (!to)
		return NULL;
	fputs(begin, to);
	while ((got = fread(part, 1, sizeof(part), stdin)) > 0 &&
	       ftell(to) <= (long)CIB_SIZE_MAX)
		fwrite(part, 1, got, to);
	fputs(end, to);
	if (fclose(to) == 0) {
		declarations_blank(text);
		doc = cib_parse(text, size, NULL, err);
	}
	free(text);
	return doc;
}

/* The first element of ALL, as a document of its own; it is gone from ALL then. */
static xmlDoc *
next_of(xmlDoc *all)
{
	xmlNode *first = all ? cib_child_first(xmlDocGetRootElement(all)) : NULL;
	xmlDoc *doc = first ? xmlNewDoc(BAD_CAST "1.0") : NULL;

	if (!doc)
		return NULL;
	xmlDocSetRootElement(doc, xmlDocCopyNode(first, doc, 1));
	xmlUnlinkNode(first);
	xmlFreeNode(first);
	return doc;
}

static int
documents_read(struct kit *kit, const struct arguments *a, xmlDoc **original,
    xmlDoc **second)
{
	const struct source *other = is_given(&a->patch) ? &a->patch : &a->new;
	struct err err = { "" };
	xmlDoc *all = a->from_stdin ? stdin_wrapped(&err) : NULL;
	int code = CRM_EX_OK;

	if (err.text[0])
		kit_complain(kit, "stdin:%s", err.text);
	if (!is_given(&a->original))
		*original = next_of(all);
	if (!is_given(other))
		*second = next_of(all);
	xmlFreeDoc(all);
	if (!*original)
		code = source_read(kit, &a->original, "first", original);
	if (code == CRM_EX_OK && !*second)
		code = source_read(kit, other, "second", second);
	return code;
}

static int
print(struct kit *kit, const xmlDoc *doc)
{
	int code =
	    cib_write_stream(xmlDocGetRootElement((xmlDoc *)(uintptr_t)doc), kit->out);

	return code == 0 ? CRM_EX_OK : CRM_EX_IO;
}

/* Operations. */

static int
apply(struct kit *kit, xmlDoc **original, const xmlDoc *patch)
{
	struct err err = { "" };
	int code = cib_diff_apply_anyway(original,
	    xmlDocGetRootElement((xmlDoc *)(uintptr_t)patch), &err);

	if (code == CIB_OK)
		return print(kit, *original);
	kit_error(kit, "Could not apply patch: %s", cib_code_text(code, CIB_STYLE_P));
	if (err.text[0])
		kit_complain(kit, "%s", err.text);
	return code == CIB_ARGUMENT ? CRM_EX_DATA : CRM_EX_ERROR;
}

/* Old writers, who say so, know format 1 only. */
static bool
is_old(const xmlDoc *doc)
{
	const xmlNode *root = xmlDocGetRootElement((xmlDoc *)(uintptr_t)doc);
	const char *features = cib_attr(root, "crm_feature_set");

	return cib_style_of(root) == CIB_STYLE_H ||
	       (features && version_compare(features, "3.0.9") < 0);
}

static int
compare(struct kit *kit, const struct arguments *a, const xmlDoc *original,
    const xmlDoc *new)
{
	const xmlNode *root = xmlDocGetRootElement((xmlDoc *)(uintptr_t)original);
	bool is_cib = strcmp((const char *)root->name, "cib") == 0,
	     second = is_cib && !is_old(original) && !is_old(new);
	const struct cib_diff_how how = {
		.format = second ? 2 : 1,
		.no_version = a->no_version,
		.digest = a->digest || !second,
		.style = is_cib ? cib_style_of(root) : CIB_STYLE_P,
		.crm_feature_set = CRM_FEATURE_SET,
	};
	xmlDoc *patch;
	int code = cib_diff_make(original, new, &how, &patch);

	if (code != CIB_OK) {
		kit_complain(kit, "%s",
		    code == CIB_ARGUMENT
		        ? "the documents are of different kinds, or too deep"
		        : cib_code_text(code, CIB_STYLE_P));
		return code == CIB_ARGUMENT ? CRM_EX_DATA : crm_exit_from_cib(code);
	}
	if (!patch)
		return CRM_EX_OK;
	code = print(kit, patch);
	xmlFreeDoc(patch);
	return code == CRM_EX_OK ? CRM_EX_ERROR : code;
}

static int
run(struct kit *kit, const struct arguments *a)
{
	xmlDoc *original = NULL, *second = NULL;
	int code;

	if (kit->word_count > 0) {
		kit_complain(kit, "'%s' is no option", kit->words[0]);
		return CRM_EX_USAGE;
	}
	code = documents_read(kit, a, &original, &second);
	if (code == CRM_EX_OK)
		code = is_given(&a->patch) ? apply(kit, &original, second)
		                           : compare(kit, a, original, second);
	xmlFreeDoc(original);
	xmlFreeDoc(second);
	return code;
}

int
main(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
