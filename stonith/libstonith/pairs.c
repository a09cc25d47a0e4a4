/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of names and values, in the forms that programs have them in. */
#include "stonith/libstonith/private.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct pairs {
	StonithNVpair *list;
	size_t count;
};

static int
pairs_add(void *data, const char *name, const char *value, struct err *err)
{
	struct pairs *pairs = data;
	StonithNVpair *list = reallocarray(pairs->list, pairs->count + 2, sizeof(*list));
	StonithNVpair pair = { strdup(name), strdup(value) };

	if (list)
		pairs->list = list;
	if (!list || !pair.s_name || !pair.s_value) {
		free(pair.s_name);
		free(pair.s_value);
		return err_set(err, -ENOMEM, "no memory for a parameter");
	}
	list[pairs->count++] = pair;
	list[pairs->count] = (StonithNVpair){ NULL, NULL };
	return 0;
}

/* An empty list is a list. */
static StonithNVpair *
pairs_done(struct pairs *pairs, int code)
{
	if (code == 0)
		return pairs->list ? pairs->list : calloc(1, sizeof(StonithNVpair));
	free_NVpair(pairs->list);
	return NULL;
}

StonithNVpair *
stonith_env_to_NVpair(Stonith *s)
{
	const char *names = s ? handle_describe((struct handle *)s, ABOUT_NAMES) : NULL;
	struct pairs pairs = { NULL, 0 };

	if (!names)
		return NULL;
	return pairs_done(&pairs, stn_params_env(names, pairs_add, &pairs, NULL));
}

StonithNVpair *
stonith1_compat_string_to_NVpair(Stonith *s, const char *text)
{
	const char *names = s ? handle_describe((struct handle *)s, ABOUT_NAMES) : NULL;
	struct pairs pairs = { NULL, 0 };

	if (!names || !text)
		return NULL;
	return pairs_done(&pairs, stn_params_split(names, text, pairs_add, &pairs, NULL));
}

StonithNVpair *
stonith_ghash_to_NVpair(struct _GHashTable *table)
{
	struct pairs pairs = { NULL, 0 };
	GHashTableIter at;
	gpointer name, value;
	int code = 0;

	if (!table)
		return NULL;
	g_hash_table_iter_init(&at, table);
	while (code == 0 && g_hash_table_iter_next(&at, &name, &value))
		if (name && value)
			code = pairs_add(&pairs, name, value, NULL);
	return pairs_done(&pairs, code);
}

void
free_NVpair(StonithNVpair *list)
{
	for (size_t i = 0; list && list[i].s_name; i++) {
		free(list[i].s_name);
		explicit_bzero(list[i].s_value, strlen(list[i].s_value));
		free(list[i].s_value);
	}
	free(list);
}

void
strdown(char *text)
{
	for (; text && *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}
