/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory of the real disk, for the store. */
#include "crm/cib/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct disk {
	int fd; /* of the directory */
	uid_t uid;
	gid_t gid;
};

void *
store_disk_open(const char *path, uid_t uid, gid_t gid, struct err *err)
{
	struct disk *disk = malloc(sizeof(*disk));

	if (!disk) {
		err_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	disk->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (disk->fd < 0) {
		err_set(err, -errno, "cannot open '%s': %s", path, strerror(errno));
		free(disk);
		return NULL;
	}
	disk->uid = uid;
	disk->gid = gid;
	return disk;
}

void
store_disk_close(void *where)
{
	struct disk *disk = where;

	if (!disk)
		return;
	close(disk->fd);
	free(disk);
}

/* A file, not what somebody put in its place: a FIFO would hold us up, a link lead away. */
static int
open_regular(const struct disk *disk, const char *name)
{
	struct stat s;
	int fd = openat(disk->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &s) < 0 || !S_ISREG(s.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

static ssize_t
disk_read(void *where, const char *name, size_t max, char **data)
{
	size_t used = 0, room = 0;
	char *text = NULL;
	ssize_t got;
	int fd = open_regular(where, name);

	if (fd < 0)
		return fd == -EINVAL ? -EISDIR : fd;
	do {
		if (room - used < 2) {
			room = room ? room * 2 : 16384;
			char *more = realloc(text, room);

			if (!more) {
				got = -ENOMEM;
				break;
			}
			text = more;
		}
		got = read(fd, text + used, room - used - 1);
		if (got < 0)
			got = errno == EINTR ? 1 : -errno;
		else
			used += (size_t)got;
		if (used > max)
			got = -EFBIG;
	} while (got > 0);
	close(fd);
	if (got < 0) {
		free(text);
		return got;
	}
	text[used] = '\0';
	*data = text;
	return (ssize_t)used;
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		data += put;
		len -= (size_t)put;
	}
	return 0;
}

static int
disk_create(void *where, const char *name, const void *data, size_t len, mode_t mode)
{
	const struct disk *disk = where;
	int fd = openat(disk->fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int code;

	if (fd < 0)
		return -errno;
	code = write_all(fd, data, len);
	if (code == 0 && geteuid() == 0 && fchown(fd, disk->uid, disk->gid) < 0)
		code = -errno;
	if (code == 0 && fchmod(fd, mode) < 0)
		code = -errno;
	if (close(fd) < 0 && code == 0)
		code = -errno;
	return code;
}

static int
disk_sync(void *where, const char *name)
{
	const struct disk *disk = where;
	bool itself = strcmp(name, ".") == 0;
	int fd = itself ? disk->fd : open_regular(disk, name);
	int code;

	if (fd < 0)
		return fd;
	code = fsync(fd) < 0 ? -errno : 0;
	if (!itself)
		close(fd);
	return code;
}

static int
disk_link(void *where, const char *from, const char *to)
{
	const struct disk *disk = where;

	return linkat(disk->fd, from, disk->fd, to, 0) < 0 ? -errno : 0;
}

static int
disk_rename(void *where, const char *from, const char *to)
{
	const struct disk *disk = where;

	return renameat(disk->fd, from, disk->fd, to) < 0 ? -errno : 0;
}

static int
disk_unlink(void *where, const char *name)
{
	const struct disk *disk = where;

	return unlinkat(disk->fd, name, 0) < 0 ? -errno : 0;
}

static int
disk_stat(void *where, const char *name, struct store_stat *found)
{
	const struct disk *disk = where;
	struct stat s;

	if (fstatat(disk->fd, name, &s, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*found = (struct store_stat){ S_ISREG(s.st_mode), S_ISDIR(s.st_mode), s.st_uid,
		s.st_gid, s.st_mode & 07777 };
	return 0;
}

const struct store_files store_disk = {
	.read = disk_read,
	.create = disk_create,
	.sync = disk_sync,
	.link = disk_link,
	.rename = disk_rename,
	.unlink = disk_unlink,
	.stat = disk_stat,
};
