/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serial lines (contract in serial.h). */
#include "stonith/kit/serial.h"
#include "stonith/kit/dialog.h"
#include "lib/array.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERIAL_LOCK_LEN 11        /* "%10ld\n", as uucp has it */
#define SERIAL_LOCK_TRIES 3       /* removals of dead locks, others doing the same */
#define SERIAL_LOCK_AGAIN_MS 1000 /* for somebody who is just writing one */

/* Locks. */

/* "/dev/pts/3" -> "pts3" */
static void
serial_lock_name(const char *path, char *name, size_t size)
{
	size_t used = 0;

	if (strncmp(path, "/dev/", 5) == 0)
		path += 5;
	for (; *path && used + 1 < size; path++)
		if (isalnum((unsigned char)*path))
			name[used++] = *path;
	name[used] = '\0';
}

/* The pid in LOCK: 0 when there is none, -1 when it is too short to tell. */
static long
serial_lock_read(const char *lock)
{
	char text[32];
	int fd = open(lock, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	ssize_t len;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < SERIAL_LOCK_LEN)
		return -1;
	text[len] = '\0';
	return strtol(text, NULL, 10);
}

/* The process that has LOCK; 0 when it is nobody's. */
static long
serial_lock_owner(const char *lock)
{
	long pid = serial_lock_read(lock);

	if (pid < 0) {
		dialog_pause(SERIAL_LOCK_AGAIN_MS);
		pid = serial_lock_read(lock);
	}
	if (pid <= 1 || pid == (long)getpid())
		return 0;
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH ? pid : 0;
}

/* A whole lock file under a name of its own, to be linked to the right one at once. */
static int
serial_lock_draft(const char *draft)
{
	char text[SERIAL_LOCK_LEN + 16];
	int fd, len = snprintf(text, sizeof(text), "%10ld\n", (long)getpid());
	int code = 0;

	unlink(draft);
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 && errno == ENOENT) { /* early in a boot, or in a container */
		mkdir("/run/lock", 01777);
		mkdir(SERIAL_LOCK_DIR, 01777);
		fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	}
	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)len) != len)
		code = -EIO;
	close(fd);
	if (code < 0)
		unlink(draft);
	return code;
}

int
serial_lock(struct device *device, const char *path, char lock[SERIAL_LOCK_MAX])
{
	char name[64], draft[SERIAL_LOCK_MAX];
	int code, left = SERIAL_LOCK_TRIES;

	serial_lock_name(path, name, sizeof(name));
	snprintf(lock, SERIAL_LOCK_MAX, SERIAL_LOCK_DIR "/LCK..%s", name);
	snprintf(draft, sizeof(draft), SERIAL_LOCK_DIR "/tmp%ld-%s", (long)getpid(),
	    name);
	code = serial_lock_draft(draft);
	while (code == 0 && link(draft, lock) < 0) {
		long owner = 0;

		code = -errno;
		if (code != -EEXIST || left-- == 0)
			break;
		owner = serial_lock_owner(lock);
		if (owner > 0) {
			device_log(device, LOG_CRIT, "%s is in use by process %ld (%s)",
			    path, owner, lock);
			lock[0] = '\0';
			break;
		}
		unlink(lock);
		code = 0;
	}
	unlink(draft);
	if (code == 0)
		return S_OK;
	if (lock[0])
		device_log(device, LOG_CRIT, "cannot lock %s: %s: %s", path, lock,
		    strerror(-code));
	lock[0] = '\0';
	return S_ACCESS;
}

void
serial_unlock(char lock[SERIAL_LOCK_MAX])
{
	if (lock[0])
		unlink(lock);
	lock[0] = '\0';
}

/* Settings. */

static const struct {
	unsigned baud;
	speed_t speed;
} serial_speeds[] = {
	{ 300, B300 },
	{ 600, B600 },
	{ 1200, B1200 },
	{ 2400, B2400 },
	{ 4800, B4800 },
	{ 9600, B9600 },
	{ 19200, B19200 },
	{ 38400, B38400 },
	{ 57600, B57600 },
	{ 115200, B115200 },
};

static speed_t
serial_speed(unsigned baud)
{
	for (size_t i = 0; i < ARRAY_LEN(serial_speeds); i++)
		if (serial_speeds[i].baud == baud)
			return serial_speeds[i].speed;
	return B9600;
}

static int
serial_set(int fd, const struct serial_line *line)
{
	struct termios t;

	memset(&t, 0, sizeof(t));
	t.c_cflag = CS8 | CREAD | CLOCAL;
	t.c_lflag = line->canonical ? ICANON : 0;
	/* No byte of a device is an editing key. */
	memset(t.c_cc, _POSIX_VDISABLE, sizeof(t.c_cc));
	t.c_cc[VMIN] = line->canonical ? _POSIX_VDISABLE : 1;
	t.c_cc[VTIME] = line->canonical ? _POSIX_VDISABLE : 0;
	cfsetispeed(&t, serial_speed(line->baud));
	cfsetospeed(&t, serial_speed(line->baud));
	return tcsetattr(fd, TCSANOW, &t) < 0 || tcflush(fd, TCIOFLUSH) < 0 ? -errno : 0;
}

int
serial_open(struct device *device, const struct serial_line *line, struct termios *saved)
{
	/* Without O_NONBLOCK a line without carrier would be waited for. */
	int fd =
	    open(line->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | line->flags);
	int code = 0;

	if (fd < 0 || tcgetattr(fd, saved) < 0)
		code = -errno;
	else
		code = serial_set(fd, line);
	if (code == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	device_log(device, LOG_CRIT, "cannot open %s: %s", line->path, strerror(-code));
	return -S_ACCESS;
}

int
serial_drop_dtr(struct device *device, int fd, long ms)
{
	struct termios before, low;

	if (tcgetattr(fd, &before) == 0) {
		low = before;
		cfsetispeed(&low, B0);
		cfsetospeed(&low, B0);
		if (tcsetattr(fd, TCSANOW, &low) == 0) {
			dialog_pause(ms);
			if (tcsetattr(fd, TCSANOW, &before) == 0)
				return S_OK;
		}
	}
	device_log(device, LOG_CRIT, "cannot switch DTR: %s", strerror(errno));
	return S_OOPS;
}
