/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat/helpers/ipaddr/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "lib/paths.h"

#define LOCK_WAIT_MS 1000

/* mkdir -p; existing parts are no errors, a missing result shows at open(). */
static void
dir_make(const char *path)
{
	char part[PATH_MAX];

	if (mkdir(path, 01755) == 0 || errno == EEXIST)
		return;
	for (size_t i = 1; path[i] && i < sizeof(part) - 1; i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		mkdir(part, 0755);
	}
	mkdir(path, 01755);
}

bool
state_path(char out[PATH_MAX], const char *name)
{
	const char *dir = getenv("HA_RSCTMP");
	int n;

	if (!dir || dir[0] != '/')
		dir = HB_RSCTMP;
	dir_make(dir);
	n = snprintf(out, PATH_MAX, "%s/%s", dir, name);
	if (n > 0 && n < PATH_MAX)
		return true;
	out[0] = '\0';
	return false;
}

void
state_dir_make(const char *name)
{
	char path[PATH_MAX];

	if (state_path(path, name))
		dir_make(path);
}

int
state_lock(const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (!state_path(path, name))
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited_ms++) {
		static const struct timespec ms = { .tv_nsec = 1000000 };

		if (errno != EWOULDBLOCK || waited_ms == LOCK_WAIT_MS) {
			close(fd);
			return -1;
		}
		nanosleep(&ms, NULL);
	}
	return fd;
}

bool
state_write(const char *name, const char *text)
{
	char path[PATH_MAX], draft[PATH_MAX];
	size_t len = strlen(text);
	bool done;
	int fd;

	if (!state_path(path, name) || strlen(path) + 5 > sizeof(draft))
		return false;
	memcpy(draft, path, strlen(path));
	memcpy(draft + strlen(path), ".new", 5);
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	done = write(fd, text, len) == (ssize_t)len;
	done = close(fd) == 0 && done;
	if (done && rename(draft, path) == 0)
		return true;
	unlink(draft);
	return false;
}

bool
state_read(const char *name, char *out, size_t size)
{
	char path[PATH_MAX];
	ssize_t len = -1;
	int fd;

	out[0] = '\0';
	if (!state_path(path, name))
		return false;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, out, size - 1);
	close(fd);
	out[len > 0 ? len : 0] = '\0';
	return len > 0;
}

bool
state_exists(const char *name)
{
	char path[PATH_MAX];

	return state_path(path, name) && access(path, F_OK) == 0;
}

void
state_remove(const char *name)
{
	char path[PATH_MAX];

	if (state_path(path, name))
		unlink(path);
}
