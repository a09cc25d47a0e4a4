/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The forms in which people write a configuration (spec/stonith.md 1). */
#include "stonith/library/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BETWEEN " \t\n\r\f"

/* The next of blank separated NAMES into NAME; false at the end. */
static bool
name_next(const char **names, char *name, size_t size)
{
	const char *begin = *names + strspn(*names, BETWEEN);
	size_t len = strcspn(begin, BETWEEN);

	if (len == 0 || len >= size)
		return false;
	memcpy(name, begin, len);
	name[len] = '\0';
	*names = begin + len;
	return true;
}

int
stn_params_split(const char *names, const char *text, stn_param_take *take, void *data,
    struct err *err)
{
	char name[STN_PARAM_NAME_MAX + 1], next[STN_PARAM_NAME_MAX + 1];
	bool more = name_next(&names, name, sizeof(name));

	while (more) {
		char value[WIRE_TEXT_MAX + 1];
		size_t len;
		int code;

		text += strspn(text, BETWEEN);
		more = name_next(&names, next, sizeof(next));
		/* The last one takes all the rest, blanks included. */
		len = more ? strcspn(text, BETWEEN) : strlen(text);
		if (len == 0)
			return err_set(err, -EINVAL, "no value for parameter '%s'", name);
		if (len > WIRE_TEXT_MAX)
			return err_set(err, -E2BIG,
			    "the value of '%s' is longer than %d characters", name,
			    WIRE_TEXT_MAX);
		memcpy(value, text, len);
		value[len] = '\0';
		code = take(data, name, value, err);
		explicit_bzero(value, len);
		if (code < 0)
			return code;
		text += len;
		memcpy(name, next, sizeof(name));
	}
	return 0;
}

static int
take_param(void *data, const char *name, const char *value, struct err *err)
{
	return stn_param_set(data, name, value, err);
}

int
stn_params_parse(struct stn_device *device, const char *text, struct err *err)
{
	return stn_params_split(stn_device_about(device, ABOUT_NAMES), text, take_param,
	    device, err);
}

/* The line without its end; false when there is none. */
static bool
file_line(FILE *file, char *line, int size)
{
	while (fgets(line, size, file))
		if (line[0] != '#' && line[0] != '\n') {
			line[strcspn(line, "\n")] = '\0';
			return true;
		}
	return false;
}

int
stn_params_line(const char *path, char *line, struct err *err)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	bool found;

	if (!file)
		return err_set(err, -errno, "Cannot open %s", path);
	if (fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode)) {
		fclose(file);
		return err_set(err, -EISDIR, "Cannot open %s", path);
	}
	found = file_line(file, line, STN_LINE_MAX + 1);
	fclose(file);
	return found ? 0 : err_set(err, -EINVAL, "no line with parameters in %s", path);
}

int
stn_params_read(struct stn_device *device, const char *path, struct err *err)
{
	char line[STN_LINE_MAX + 1];
	int code = stn_params_line(path, line, err);

	if (code == 0)
		code = stn_params_parse(device, line, err);
	explicit_bzero(line, sizeof(line));
	return code;
}

int
stn_params_env(const char *names, stn_param_take *take, void *data, struct err *err)
{
	char name[STN_PARAM_NAME_MAX + 1];

	while (name_next(&names, name, sizeof(name))) {
		const char *value = getenv(name);
		int code = value ? take(data, name, value, err) : 0;

		if (code < 0)
			return code;
	}
	return 0;
}

int
stn_params_from_env(struct stn_device *device, struct err *err)
{
	const char *known = stn_device_about(device, ABOUT_KNOWN);

	return stn_params_env(*known ? known : stn_device_about(device, ABOUT_NAMES),
	    take_param, device, err);
}
