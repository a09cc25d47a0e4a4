/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files without a name: see memfile.h. */
#include "stonith/kit/memfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int
write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int
memfile_make(const char *text, bool executable, char path[MEMFILE_PATH])
{
	int fd = memfd_create("secret", MFD_CLOEXEC), fd_read, rc;

	if (fd < 0)
		return -errno;
	rc = write_all(fd, text);
	if (rc == 0 && fchmod(fd, executable ? 0500 : 0400) < 0)
		rc = -errno;
	/* What somebody may write to is not executed: a second descriptor, read-only. */
	snprintf(path, MEMFILE_PATH, "/proc/self/fd/%d", fd);
	fd_read = rc ? rc : open(path, O_RDONLY | O_CLOEXEC);
	if (fd_read < 0 && rc == 0)
		fd_read = -errno;
	close(fd);
	if (fd_read >= 0)
		snprintf(path, MEMFILE_PATH, "/proc/%d/fd/%d", (int)getpid(), fd_read);
	return fd_read;
}
