/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever a document says, both profiles make a plan of it or say why not, the same one each time; and what the
 * plan says can be carried out on the document, as far as it goes.
 */
#include "tests/fuzz/fuzz.h"

#include "crm/cib/read.h"
#include "crm/simulate/simulate.h"
#include "crm/simulate/summary.h"

static char *
text_of(const struct pe *pe)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	pe_write_graph(pe, out);
	pe_write_dot(pe, out, true);
	pe_write_scores(pe, out);
	fclose(out);
	return text;
}

static void
change_check(void *data, const struct sim_change *change)
{
	(void)data;
	FUZZ_MUST(change->from || change->to);
}

static void
carry_out(const xmlDoc *doc, const struct pe *pe)
{
	struct sim_options options = { .now = 1767225600, .nodes_leave = true };
	xmlDoc *after = xmlCopyDoc((xmlDoc *)(uintptr_t)doc, 1);
	struct sim_result result = sim_run(after, pe, &options, NULL);

	FUZZ_MUST(result.done + result.left == pe_written_count(pe));
	FUZZ_MUST(result.failed == 0);
	xmlFreeDoc(after);
}

static void
plan(const xmlDoc *doc, enum pe_profile_name profile)
{
	struct pe_options options = { .profile = profile,
		.now.seconds = 1767225600,
		.scores = true,
		.utilization = true };
	char why[200];
	struct pe *pe = pe_run(doc, &options, why, sizeof(why)),
	          *again = pe_run(doc, &options, why, sizeof(why));

	FUZZ_MUST(!pe == !again);
	if (!pe)
		return;
	char *one = text_of(pe), *two = text_of(again);

	FUZZ_MUST(strcmp(one, two) == 0);
	sim_summary(pe, change_check, NULL);
	carry_out(doc, pe);
	free(one);
	free(two);
	pe_free(pe);
	pe_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	xmlDoc *doc = cib_parse((const char *)data, size, NULL, NULL);

	if (!doc)
		return 0;
	plan(doc, PE_H);
	plan(doc, PE_P);
	xmlFreeDoc(doc);
	return 0;
}
