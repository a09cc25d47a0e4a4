/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * haresources: groups are sound, keys are unique, and the groups written one to a line
 * are read back as the same.
 */
#include "tests/fuzz/config_fuzz.h"

struct text {
	char *bytes;
	size_t len;
};

static void
text_add(struct text *text, const char *word, const char *after)
{
	size_t len = strlen(word), after_len = strlen(after);

	text->bytes = realloc(text->bytes, text->len + len + after_len + 1);
	if (!text->bytes)
		abort();
	memcpy(text->bytes + text->len, word, len);
	memcpy(text->bytes + text->len + len, after, after_len + 1);
	text->len += len + after_len;
}

static void
check_groups(const struct conf_groups *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		const struct conf_group *g = &groups->group[i];

		FUZZ_MUST(g->node[0] != '\0' && g->resource_count > 0 && g->line > 0);
		FUZZ_MUST(strcmp(g->key, g->resource[0].word) == 0);
		FUZZ_MUST(conf_groups_find(groups, g->key) != NULL);
		for (size_t j = 0; j < i; j++)
			FUZZ_MUST(strcmp(groups->group[j].key, g->key) != 0);
		for (size_t j = 0; j < g->resource_count; j++) {
			FUZZ_MUST(g->resource[j].script[0] != '\0');
			FUZZ_MUST(g->resource[j].arg_count <= CONF_ARG_MAX);
			FUZZ_MUST(strpbrk(g->resource[j].word, " \t\n#") == NULL);
		}
	}
}

/* One line a group, "." last so that no backslash is. */
static struct text
groups_write(const struct conf_groups *groups)
{
	struct text text = { NULL, 0 };

	text_add(&text, "", "");
	for (size_t i = 0; i < groups->count; i++) {
		text_add(&text, groups->group[i].node, "");
		for (size_t j = 0; j < groups->group[i].resource_count; j++) {
			text_add(&text, " ", "");
			text_add(&text, groups->group[i].resource[j].word, "");
		}
		text_add(&text, " ", ".\n");
	}
	return text;
}

static void
check_same(const struct conf_groups *a, const struct conf_groups *b)
{
	FUZZ_MUST(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		FUZZ_MUST(strcmp(a->group[i].node, b->group[i].node) == 0);
		FUZZ_MUST(a->group[i].resource_count + 1 == b->group[i].resource_count);
		for (size_t j = 0; j < a->group[i].resource_count; j++) {
			const struct conf_resource *x = &a->group[i].resource[j],
			                           *y = &b->group[i].resource[j];

			FUZZ_MUST(strcmp(x->word, y->word) == 0);
			FUZZ_MUST(strcmp(x->script, y->script) == 0);
			FUZZ_MUST(x->arg_count == y->arg_count);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct conf_problems problems, ignored;
	struct conf_groups groups, again;
	struct text text;

	conf_problems_init(&problems);
	conf_problems_init(&ignored);
	conf_haresources_parse((char *)copy, size, "haresources", &groups, &problems);
	free(copy);
	check_groups(&groups);
	fuzz_problems_check(&problems);
	text = groups_write(&groups);
	conf_haresources_parse(text.bytes, text.len, "again", &again, &ignored);
	check_same(&groups, &again);
	free(text.bytes);
	conf_groups_free(&groups);
	conf_groups_free(&again);
	conf_problems_free(&problems);
	conf_problems_free(&ignored);
	return 0;
}
