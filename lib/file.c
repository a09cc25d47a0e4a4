/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t
file_read_bounded(const char *path, void *buf, size_t size, struct err *err)
{
	/* Non-blocking, so that a fifo in the place of a file is an error and no
	 * standstill. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t used = 0;
	ssize_t n = 0;
	struct stat st;
	int code = 0;

	if (fd < 0)
		return err_set(err, -errno, "cannot read '%s': %s", path,
		    strerror(errno));
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		code = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	while (code == 0 && used < size &&
	       (n = read(fd, (char *)buf + used, size - used)) != 0) {
		if (n > 0)
			used += (size_t)n;
		else if (errno != EINTR)
			code = errno;
	}
	close(fd);
	if (code == EINVAL)
		return err_set(err, -code, "cannot read '%s': not a regular file", path);
	if (code != 0)
		return err_set(err, -code, "cannot read '%s': %s", path, strerror(code));
	if (used >= size)
		return err_set(err, -EFBIG, "cannot read '%s': longer than %zu bytes",
		    path, size ? size - 1 : 0);
	((char *)buf)[used] = '\0';
	return (ssize_t)used;
}

static int
file_write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A new file with these contents, on disk when this returns. */
static int
file_create(const char *path, const void *data, size_t len, mode_t mode,
    const struct stat *owner)
{
	int fd, code;

	/* What an earlier crash has left; with O_EXCL nobody's link is followed. */
	unlink(path);
	fd =
	    open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 0700);
	if (fd < 0)
		return -errno;
	code = file_write_all(fd, data, len);
	if (code == 0 && owner && geteuid() == 0 &&
	    fchown(fd, owner->st_uid, owner->st_gid) < 0)
		code = -errno;
	if (code == 0 && fchmod(fd, mode) < 0)
		code = -errno;
	if (code == 0 && fsync(fd) < 0)
		code = -errno;
	if (close(fd) < 0 && code == 0)
		code = -errno;
	return code;
}

char *
file_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = !slash          ? strdup(".")
	               : slash == path ? strdup("/")
	                               : strndup(path, (size_t)(slash - path));

	if (!folder)
		abort();
	return folder;
}

static int
file_directory_sync(const char *path)
{
	char *folder = file_directory(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), code = 0;

	free(folder);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0 && errno != EINVAL) /* some file systems cannot */
		code = -errno;
	close(fd);
	return code;
}

static int
replace(const char *path, const void *data, size_t len, mode_t mode,
    const struct stat *owner, struct err *err)
{
	char temporary[PATH_MAX];
	int code;

	if (snprintf(temporary, sizeof(temporary), "%s.tmp", path) >=
	    (int)sizeof(temporary))
		return err_set(err, -ENAMETOOLONG,
		    "cannot write '%s': the name is too long", path);
	code = file_create(temporary, data, len, mode, owner);
	if (code == 0 && rename(temporary, path) < 0)
		code = -errno;
	if (code < 0) {
		unlink(temporary);
		return err_set(err, code, "cannot write '%s': %s", path, strerror(-code));
	}
	code = file_directory_sync(path);
	if (code < 0)
		return err_set(err, code, "cannot sync the directory of '%s': %s", path,
		    strerror(-code));
	return 0;
}

int
file_replace(const char *path, const void *data, size_t len, mode_t mode, struct err *err)
{
	return replace(path, data, len, mode, NULL, err);
}

int
file_replace_like(const char *path, const void *data, size_t len, const struct stat *old,
    struct err *err)
{
	return replace(path, data, len, old->st_mode & 07777, old, err);
}
