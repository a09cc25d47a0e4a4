/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configurations of fencing devices as people write them: the names that a script prints, the values, in a
 * string, in a file, in the environment.  The input is names, a NUL, and the rest.
 */
#include "stonith/library/library.h"
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static int
take(void *data, const char *name, const char *value, struct err *err)
{
	(void)err;
	FUZZ_MUST(*name != '\0' && strlen(name) <= STN_PARAM_NAME_MAX);
	FUZZ_MUST(strlen(value) <= WIRE_TEXT_MAX);
	FUZZ_MUST(name[strcspn(name, " \t\r\n\f")] == '\0');
	++*(int *)data;
	return 0;
}

static void
from_file(const char *names, const char *text, size_t len)
{
	char path[64], line[STN_LINE_MAX + 1];
	int fd = memfd_create("cfg", MFD_CLOEXEC), count = 0;
	struct err err;

	FUZZ_MUST(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (stn_params_line(path, line, &err) == 0) {
		FUZZ_MUST(strlen(line) <= STN_LINE_MAX && !strchr(line, '\n') &&
		          line[0] != '#');
		stn_params_split(names, line, take, &count, &err);
	}
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *names = malloc(size + 2);
	size_t names_len;
	const char *text;
	struct err err = { "" };
	int count = 0, code;

	if (!names)
		abort();
	memcpy(names, data, size);
	names[size] = names[size + 1] = '\0';
	names_len = strlen(names);
	text = names_len < size ? names + names_len + 1 : "";
	code = stn_params_split(names, text, take, &count, &err);
	FUZZ_MUST(code == 0 || err.text[0] != '\0');
	from_file(names, text, strlen(text));
	stn_params_env(names, take, &count, &err);
	free(names);
	return 0;
}
