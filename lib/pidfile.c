/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/pidfile.h"

#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool
is_locked(const char *path)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool locked =
	    fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_WRLCK;

	if (fd >= 0)
		close(fd);
	return locked;
}

/* Before it changes its title, the name is that of the executable; everybody may read it.
 */
static bool
runs(pid_t pid, const char *program)
{
	char path[64], name[256];
	const char *base;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	len = readlink(path, name, sizeof(name) - 1);
	if (len < 0) {
		snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
		len = file_read_bounded(path, name, sizeof(name), NULL);
	}
	if (len < 0)
		return false;
	name[len] = '\0';
	base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	return strncmp(base, program, strlen(program)) == 0;
}

pid_t
pidfile_running(const char *path, const char *program, bool *stale)
{
	char text[64], *end;
	long pid;

	*stale = false;
	if (file_read_bounded(path, text, sizeof(text), NULL) < 0)
		return 0;
	pid = strtol(text, &end, 10);
	if (pid > 1 && end != text && pid <= INT32_MAX &&
	    (kill((pid_t)pid, 0) == 0 || errno == EPERM) &&
	    (is_locked(path) || runs((pid_t)pid, program)))
		return (pid_t)pid;
	*stale = true;
	return 0;
}

int
pidfile_take(const char *path, struct err *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	char text[32];
	int len = snprintf(text, sizeof(text), "%10lu\n", (unsigned long)getpid());
	int code;

	if (fd < 0)
		return err_set(err, -errno, "cannot write '%s': %s", path,
		    strerror(errno));
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		code = errno == EAGAIN || errno == EACCES ? EBUSY : errno;
	else if (ftruncate(fd, 0) < 0 || fchmod(fd, 0644) < 0)
		code = errno;
	else
		code = pwrite(fd, text, (size_t)len, 0) == len ? 0 : ENOSPC;
	if (code == 0)
		return fd;
	close(fd);
	return err_set(err, -code, "cannot write '%s': %s", path,
	    code == EBUSY ? "another process has it" : strerror(code));
}

int
pidfile_stop(pid_t pid, struct err *err)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int code = 0;

	if (fd < 0)
		return errno == ESRCH ? 0 : err_set(err, -errno, "%s", strerror(errno));
	if (kill(pid, SIGTERM) < 0 && errno != ESRCH)
		code = err_set(err, -errno, "%s", strerror(errno));
	while (code == 0 && poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	close(fd);
	return code;
}
