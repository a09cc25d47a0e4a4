/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripts that stand for types (contract in script.h). */
#include "stonith/kit/script.h"
#include "lib/array.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum script_state
script_look(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return SCRIPT_ABSENT;
	if (!S_ISREG(st.st_mode) || !(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		return SCRIPT_NOT_EXECUTABLE;
	return st.st_mode & (S_IWGRP | S_IWOTH) ? SCRIPT_WRITABLE : SCRIPT_GOOD;
}

static int
name_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A copy of NAME when it stands for a type. */
static char *
name_take(struct device *device, const char *dir, const char *prefix, const char *name)
{
	char path[1280];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);
	size_t skip = strlen(prefix);

	if (n < 0 || (size_t)n >= sizeof(path) || name[0] == '.' ||
	    strncmp(name, prefix, skip) != 0 || name[skip] == '\0')
		return NULL;
	switch (script_look(path)) {
	case SCRIPT_GOOD:
		return strdup(name + skip);
	case SCRIPT_WRITABLE:
		if (device)
			device_log(device, LOG_WARNING,
			    "Executable file %s ignored (writable by group/others)",
			    path);
		return NULL;
	default:
		return NULL;
	}
}

char **
script_names(struct device *device, const char *dir, const char *prefix)
{
	DIR *folder = opendir(dir);
	struct dirent *entry;
	char **names = NULL;
	size_t count = 0;

	while (folder && (entry = readdir(folder))) {
		char *name = name_take(device, dir, prefix, entry->d_name);
		char **list = name ? reallocarray(names, count + 2, sizeof(*list)) : NULL;

		if (!list) {
			free(name);
			continue;
		}
		names = list;
		names[count++] = name;
		names[count] = NULL;
	}
	if (folder)
		closedir(folder);
	if (names)
		qsort(names, count, sizeof(*names), name_order);
	return names;
}

void
script_names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

bool
script_variable_is_safe(const char *name)
{
	static const char *const bad[] = { "PATH", "IFS", "ENV", "SHELLOPTS", "PS4",
		"CDPATH" };
	static const char *const bad_begin[] = { "LD_", "BASH", "PERL", "PYTHON",
		"GCONV_", "MALLOC_", "GLIBC_" };

	if (*name == '\0' || (*name >= '0' && *name <= '9') ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                      "0123456789_-.")] != '\0')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (strcmp(name, bad[i]) == 0)
			return false;
	for (size_t i = 0; i < ARRAY_LEN(bad_begin); i++)
		if (strncmp(name, bad_begin[i], strlen(bad_begin[i])) == 0)
			return false;
	return true;
}
