/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patches, on documents that are drawn: whatever differs, the patch makes the one of the
 * other.  Format 1 does not say in which order siblings are; format 2 leaves nothing out.
 */
#include "tests/unit/check.h"
#include "tests/unit/crm_cib_chaos.h"

#include "crm/cib/codes.h"
#include "crm/cib/diff.h"
#include "crm/cib/read.h"

#define SEEDS 400

/* Texts with everything in an order of its own: attributes, and the lines of siblings. */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
sorted_text(const xmlNode *n)
{
	const struct cib_write_how how = { .form = CIB_FORM_COMPACT,
		.alone = true,
		.sorted = true };
	char *own = n->type == XML_ELEMENT_NODE ? cib_write(n, &how, NULL)
	                                        : strdup((const char *)n->content),
	     *inner[64], *all = NULL;
	size_t count = 0, size;
	FILE *to = open_memstream(&all, &size);

	for (const xmlNode *c = n->type == XML_ELEMENT_NODE ? n->children : NULL;
	     c && count < 64; c = c->next)
		inner[count++] = sorted_text(c);
	if (count > 1)
		qsort(inner, count, sizeof(*inner), by_text);
	fprintf(to, "%s(", own);
	for (size_t i = 0; i < count; i++) {
		fputs(inner[i], to);
		free(inner[i]);
	}
	fputc(')', to);
	fclose(to);
	free(own);
	return all;
}

static bool
equal_but_for_order(const xmlDoc *a, const xmlDoc *b)
{
	char *x = sorted_text(xmlDocGetRootElement((xmlDoc *)(uintptr_t)a)),
	     *y = sorted_text(xmlDocGetRootElement((xmlDoc *)(uintptr_t)b));
	bool equal = strcmp(x, y) == 0;

	free(x);
	free(y);
	return equal;
}

static bool
equal(const xmlDoc *a, const xmlDoc *b)
{
	char *x = chaos_text(a), *y = chaos_text(b);
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

/* Two documents that are related, and what is done with them. */
struct two {
	uint64_t seed;
	xmlDoc *a, *b;
};

static void
two_draw(struct two *two, uint64_t seed)
{
	uint64_t state = seed;
	struct chaos c = { .next = chaos_seeded, .data = &state };

	c.tidy = chaos_below(&c, 2) == 0;
	two->seed = seed;
	two->a = chaos_document(&c, seed % 3 == 0);
	two->b = xmlCopyDoc(two->a, 1);
	for (uint32_t i = 1 + chaos_below(&c, 8); i > 0; i--)
		chaos_change(&c, two->b);
}

static void
two_free(struct two *two)
{
	xmlFreeDoc(two->a);
	xmlFreeDoc(two->b);
}

static xmlDoc *
patched(const struct two *two, const struct cib_diff_how *how, int *code)
{
	xmlDoc *patch, *doc = xmlCopyDoc(two->a, 1);
	struct err err = { "" };

	*code = cib_diff_make(two->a, two->b, how, &patch);
	CHECK_INT(*code, CIB_OK, "seed %" PRIu64, two->seed);
	if (!patch)
		return doc;
	/* As it comes over a wire. */
	char *text = chaos_text(patch);
	xmlDoc *read = cib_parse(text, strlen(text), NULL, &err);

	CHECK(read, "seed %" PRIu64 ": %s", two->seed, err.text);
	free(text);
	xmlFreeDoc(patch);
	*code = cib_diff_apply_anyway(&doc, xmlDocGetRootElement(read), &err);
	xmlFreeDoc(read);
	return doc;
}

static void
test_format_2_says_all(void)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct two two;

		two_draw(&two, seed);
		for (int digest = 0; digest < 2; digest++) {
			const struct cib_diff_how how = { .format = 2, .digest = digest };
			int code;
			xmlDoc *result = patched(&two, &how, &code);

			CHECK_INT(code, CIB_OK, "seed %" PRIu64, seed);
			CHECK(equal(result, two.b), "seed %" PRIu64, seed);
			xmlFreeDoc(result);
		}
		two_free(&two);
	}
}

static void
test_format_1_says_all_but_order(void)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct cib_diff_how how = { .format = 1, .style = seed % 3 == 0 };
		struct two two;
		int code;

		two_draw(&two, seed);
		xmlDoc *result = patched(&two, &how, &code);

		CHECK_INT(code, CIB_OK, "seed %" PRIu64, seed);
		CHECK(equal_but_for_order(result, two.b), "seed %" PRIu64, seed);
		xmlFreeDoc(result);
		two_free(&two);
	}
}

/* With a digest the result is right to the byte that is digested, or refused. */
static void
test_digest_of_format_1_is_kept(void)
{
	unsigned kept = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct cib_diff_how how = { .format = 1,
			.digest = true,
			.style = seed % 3 == 0 };
		struct two two;
		int code;

		two_draw(&two, seed);
		xmlDoc *result = patched(&two, &how, &code);

		CHECK(code == CIB_OK || code == CIB_DIFF_FAILED, "seed %" PRIu64, seed);
		kept += code == CIB_OK;
		if (code != CIB_OK)
			CHECK(equal(result, two.a),
			    "seed %" PRIu64 ": refused and changed", seed);
		xmlFreeDoc(result);
		two_free(&two);
	}
	CHECK(kept > SEEDS / 4, "only %u of %u had the order of additions at the end",
	    kept, SEEDS);
}

static void
test_without_version_applies_to_another(void)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct cib_diff_how how = { .format = 2, .no_version = true };
		struct two two;
		xmlDoc *patch;

		two_draw(&two, seed);
		xmlNode *a = xmlDocGetRootElement(two.a),
		        *b = xmlDocGetRootElement(two.b);
		struct cib_version far = { 7, 8, 9 }, v;

		cib_version_set(b, &far);
		CHECK_INT(cib_diff_make(two.a, two.b, &how, &patch), CIB_OK, "made");
		far.admin_epoch = 99;
		cib_version_set(a, &far);
		if (patch) {
			CHECK_INT(cib_diff_apply(&two.a, xmlDocGetRootElement(patch),
			              NULL),
			    CIB_OK, "seed %" PRIu64, seed);
			cib_version_get(xmlDocGetRootElement(two.a), &v);
			CHECK_INT(cib_version_compare(&v, &far), 0,
			    "the version is its own");
		}
		cib_version_set(b, &far);
		CHECK(equal(two.a, two.b), "seed %" PRIu64, seed);
		xmlFreeDoc(patch);
		two_free(&two);
	}
}

/* A document elsewhere. */

#define FRAME(version, inner)                                                            \
	"<cib " version "><configuration><crm_config/><nodes/><resources>" inner         \
	"</resources><constraints/></configuration><status/></cib>"
#define V(a, e, n) "admin_epoch='" #a "' epoch='" #e "' num_updates='" #n "'"

static const char from_text[] = FRAME(V(1, 2, 3), "<p id='a'/>"),
                  to_text[] = FRAME(V(1, 3, 0), "<p id='a' x='1'/><p id='b'/>");

static const struct {
	const char *text;
	int want;
	const char *why;
} elsewhere[] = {
	{ from_text, CIB_OK, "where it starts from" },
	{ FRAME(V(1, 2, 2), "<p id='a'/>"), CIB_DIFF_RESYNC, "one change is missing" },
	{ FRAME(V(0, 9, 9), "<p id='a'/>"), CIB_DIFF_RESYNC, "admin_epoch counts first" },
	{ FRAME(V(1, 2, 4), "<p id='a'/>"), CIB_OLD, "somebody was faster" },
	{ FRAME(V(1, 3, 0), "<p id='a' x='1'/>"), CIB_OLD, "it is there already" },
	{ FRAME(V(1, 2, 3), "<p id='k'/>"), CIB_DIFF_FAILED,
	    "what shall change is not there" },
	{ FRAME(V(1, 2, 3), "<p id='a'/><p id='z'/>"), CIB_DIFF_FAILED,
	    "another digest" },
};

static xmlDoc *
parsed(const char *text)
{
	struct err err;
	xmlDoc *doc = cib_parse(text, strlen(text), NULL, &err);

	CHECK(doc, "%s", err.text);
	return doc;
}

static void
test_document_elsewhere(void)
{
	xmlDoc *from = parsed(from_text), *to = parsed(to_text), *patch[3] = { NULL };

	for (int format = 1; format <= 2; format++) {
		const struct cib_diff_how how = { .format = format, .digest = true };

		CHECK_INT(cib_diff_make(from, to, &how, &patch[format]), CIB_OK, "made");
		CHECK_INT(cib_diff_format(xmlDocGetRootElement(patch[format])), format,
		    "format");
		for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
			xmlDoc *doc = parsed(elsewhere[i].text), *same = doc;
			int code = cib_diff_apply(&doc,
			    xmlDocGetRootElement(patch[format]), NULL);

			CHECK_INT(code, elsewhere[i].want, "format %d: %s", format,
			    elsewhere[i].why);
			CHECK((doc == same) == (code != CIB_OK), "%s", elsewhere[i].why);
			xmlFreeDoc(doc);
		}
		xmlFreeDoc(patch[format]);
	}
	xmlFreeDoc(from);
	xmlFreeDoc(to);
}

static const struct {
	const char *patch, *want, *why;
	int code;
} handmade[] = {
	{ "<diff format='2'><change operation='delete' "
	  "path=\"/cib/configuration/resources/p[@id='b']\"/>"
	  "</diff>",
	    FRAME(V(1, 2, 3), "<p id='a'/><p id='c'/>"), "deleted", CIB_OK },
	{ "<diff format='2'><change operation='delete' "
	  "path=\"/cib/configuration/resources/p[@id='q']\"/>"
	  "</diff>",
	    FRAME(V(1, 2, 3), "<p id='a'/><p id='b'/><p id='c'/>"), "gone already",
	    CIB_OK },
	{ "<diff format='2'><change operation='move' position='0' "
	  "path=\"/cib/configuration/resources/p[@id='c']\"/></diff>",
	    FRAME(V(1, 2, 3), "<p id='c'/><p id='a'/><p id='b'/>"), "to the front",
	    CIB_OK },
	{ "<diff format='2'><change operation='create' "
	  "path='/cib/configuration/resources'>"
	  "<p id='d'/></change></diff>",
	    FRAME(V(1, 2, 3), "<p id='a'/><p id='b'/><p id='c'/><p id='d'/>"),
	    "without a position at the end", CIB_OK },
	{ "<diff format='2'><change operation='create' position='99' "
	  "path='/cib/configuration/resources'><p id='d'/></change></diff>",
	    FRAME(V(1, 2, 3), "<p id='a'/><p id='b'/><p id='c'/><p id='d'/>"),
	    "beyond the end is the end", CIB_OK },
	{ "<diff format='2'><change operation='modify' "
	  "path=\"/cib/configuration/resources/p[@id='b']\"><change-list><change-attr "
	  "name='x' "
	  "operation='set' value='1'/></change-list></change></diff>",
	    FRAME(V(1, 2, 3), "<p id='a'/><p id='b' x='1'/><p id='c'/>"),
	    "a list alone is enough", CIB_OK },
	{ "<diff format='2'><change operation='modify' path='/cib/nowhere'/></diff>",
	    NULL, "no such element", CIB_DIFF_FAILED },
	{ "<diff format='2'><change operation='delete' path='/cib'/></diff>", NULL,
	    "the document itself", CIB_DIFF_FAILED },
	{ "<diff format='2'><change operation='turn' path='/cib'/></diff>", NULL,
	    "no such operation", CIB_DIFF_FAILED },
	{ "<diff format='2'><change operation='create' path='/cib'/></diff>", NULL,
	    "nothing to create", CIB_DIFF_FAILED },
	{ "<diff format='3'/>", NULL, "a format of tomorrow", CIB_ARGUMENT },
	{ "<cib/>", NULL, "no patch", CIB_ARGUMENT },
	{ "<diff><diff-removed/><diff-added/></diff>", NULL, "about nothing",
	    CIB_DIFF_FAILED },
	{ "<diff><diff-removed><cib><configuration><resources><p id='a' "
	  "__crm_diff_marker__='removed:top'/></resources></configuration></cib></"
	  "diff-removed>"
	  "<diff-added><cib><configuration><resources><p id='d' "
	  "__crm_diff_marker__='added:top'/>"
	  "</resources></configuration></cib></diff-added></diff>",
	    FRAME(V(1, 2, 3), "<p id='b'/><p id='c'/><p id='d'/>"), "format 1", CIB_OK },
};

static void
test_handmade_patches(void)
{
	for (size_t i = 0; i < sizeof(handmade) / sizeof(handmade[0]); i++) {
		xmlDoc *doc =
		           parsed(FRAME(V(1, 2, 3), "<p id='a'/><p id='b'/><p id='c'/>")),
		       *patch = parsed(handmade[i].patch);

		CHECK_INT(cib_diff_apply(&doc, xmlDocGetRootElement(patch), NULL),
		    handmade[i].code, "%s", handmade[i].why);
		if (handmade[i].want) {
			xmlDoc *want = parsed(handmade[i].want);

			CHECK(equal(doc, want), "%s", handmade[i].why);
			xmlFreeDoc(want);
		}
		xmlFreeDoc(doc);
		xmlFreeDoc(patch);
	}
}

static const struct check_case cases[] = {
	{ "format_2_says_all", test_format_2_says_all },
	{ "format_1_says_all_but_order", test_format_1_says_all_but_order },
	{ "digest_of_format_1_is_kept", test_digest_of_format_1_is_kept },
	{ "without_version_applies_to_another", test_without_version_applies_to_another },
	{ "document_elsewhere", test_document_elsewhere },
	{ "handmade_patches", test_handmade_patches },
};

CHECK_MAIN("crm_cib_diff", cases)
