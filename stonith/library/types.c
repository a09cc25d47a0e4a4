/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The types there are: files in directories, and what two of them stand for. */
#include "stonith/library/private.h"
#include "lib/array.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Drivers that stand for many types. */
static const char *const families[] = { "external", "rhcs" };

const char *
stn_plugin_dir(void)
{
	const char *other = secure_getenv("STONITH_PLUGIN_DIR");

	return other && *other ? other : HB_STONITHDIR;
}

/* The length of the family's name when TYPE is one of its types, else 0. */
static size_t
type_family(const char *type)
{
	const char *slash = strchr(type, '/');

	for (size_t i = 0; slash && i < ARRAY_LEN(families); i++) {
		size_t len = strlen(families[i]);

		if ((size_t)(slash - type) == len && strncmp(type, families[i], len) == 0)
			return len;
	}
	return 0;
}

bool
stn_type_exists(const char *type)
{
	size_t family = type_family(type);
	size_t len = family ? family : strlen(type);
	const char *sub = type + family + 1;
	char path[1280];
	struct stat st;
	int n;

	if (len == 0 || strlen(type) > STN_TYPE_MAX || type[0] == '.' ||
	    memchr(type, '/', len) ||
	    (family && (*sub == '\0' || *sub == '.' || strchr(sub, '/'))))
		return false;
	n = snprintf(path, sizeof(path), "%s/stonith2/%.*s.so", stn_plugin_dir(),
	    (int)len, type);
	return n > 0 && (size_t)n < sizeof(path) && stat(path, &st) == 0;
}

/* A list of strings with a NULL at its end. */

struct strings {
	char **list;
	size_t count;
	bool failed;
};

static void
strings_add(struct strings *s, const char *text, size_t len)
{
	char **list =
	    s->failed ? NULL : reallocarray(s->list, s->count + 2, sizeof(*list));

	if (list)
		s->list = list;
	if (!list || !(list[s->count] = strndup(text, len))) {
		s->failed = true;
		return;
	}
	list[++s->count] = NULL;
}

void
stn_strings_free(char **strings)
{
	for (size_t i = 0; strings && strings[i]; i++)
		free(strings[i]);
	free(strings);
}

/* Listing. */

static int
driver_is(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 3 &&
	       strcmp(entry->d_name + len - 3, ".so") == 0;
}

/* By bytes, of the name without ".so". */
static int
driver_order(const struct dirent **a, const struct dirent **b)
{
	size_t a_len = strlen((*a)->d_name) - 3, b_len = strlen((*b)->d_name) - 3;
	int order = memcmp((*a)->d_name, (*b)->d_name, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* The driver knows its types; one that fails has none. */
static void
family_add(struct strings *types, const char *family, const struct stn_watcher *watcher,
    void *data)
{
	const struct stn_step list = { .step = STEP_LIST };
	struct stn_device *device = stn_device_new(family, watcher, data, NULL);
	char *const *name;

	if (!device)
		return;
	if (stn_step_run(device, &list) == S_OK)
		for (name = stn_device_hosts(device); *name; name++) {
			char type[STN_TYPE_MAX + 1];
			int n = snprintf(type, sizeof(type), "%s/%s", family, *name);

			if (n > 0 && (size_t)n < sizeof(type))
				strings_add(types, type, (size_t)n);
		}
	stn_device_free(device);
}

static void
driver_add(struct strings *types, const char *name, size_t len,
    const struct stn_watcher *watcher, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (strlen(families[i]) == len && strncmp(families[i], name, len) == 0) {
			family_add(types, families[i], watcher, data);
			return;
		}
	strings_add(types, name, len);
}

char **
stn_types_list(const struct stn_watcher *watcher, void *data)
{
	struct strings types = { calloc(1, sizeof(char *)), 0, false };
	struct dirent **entry = NULL;
	char path[1024];
	int count = -1;

	if (!types.list)
		return NULL;
	if (snprintf(path, sizeof(path), "%s/stonith2", stn_plugin_dir()) <
	    (int)sizeof(path))
		count = scandir(path, &entry, driver_is, driver_order);
	for (int i = 0; i < count; i++) {
		const char *name = entry[i]->d_name;

		driver_add(&types, name, strlen(name) - 3, watcher, data);
		free(entry[i]);
	}
	free(entry);
	if (types.failed) {
		stn_strings_free(types.list);
		return NULL;
	}
	return types.list;
}
