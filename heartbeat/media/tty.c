/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A serial port, and its lock file (contract in tty.h). */
#include "heartbeat/media/tty.h"

#include "lib/array.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define LOCK_DIR "/var/lock"

static const struct {
	int baud;
	speed_t speed;
} rates[] = { { 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 },
	{ 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 } };

/* The line. */

static speed_t
tty_speed(int baud)
{
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		if (rates[i].baud == baud)
			return rates[i].speed;
	return 0;
}

bool
tty_rate_is_known(int baud)
{
	return tty_speed(baud) != 0;
}

static int
tty_set_up(int fd, int baud, struct err *err)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return err_set(err, -errno, "no terminal: %s", strerror(errno));
	t.c_iflag = IGNBRK; /* the other end says hello with one */
	t.c_oflag = 0;
	t.c_cflag = CS8 | CREAD | CLOCAL | CRTSCTS;
	t.c_lflag = 0;
	t.c_cc[VMIN] = 1; /* else a read of nothing and a hangup look the same */
	t.c_cc[VTIME] = 0;
	cfsetispeed(&t, tty_speed(baud));
	cfsetospeed(&t, tty_speed(baud));
	if (tcsetattr(fd, TCSANOW, &t) < 0)
		return err_set(err, -errno, "cannot set it up: %s", strerror(errno));
	tcflush(fd, TCIOFLUSH);
	return 0;
}

int
tty_open(const char *path, int baud, struct err *err)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), code;

	if (fd < 0)
		return err_set(err, -errno, "cannot open it: %s", strerror(errno));
	code = tty_set_up(fd, baud, err);
	if (code < 0) {
		close(fd);
		return code;
	}
	return fd;
}

void
tty_close(int fd)
{
	/* The last close waits up to 30 s for an other end that takes nothing. */
	tcflush(fd, TCIOFLUSH);
	close(fd);
}

void
tty_break(int fd, bool on)
{
	ioctl(fd, on ? TIOCSBRK : TIOCCBRK); /* not every kind of line has one */
}

/* The lock file. */

static void
tty_lock_name(const char *path, char name[PATH_MAX])
{
	const char *tail = strncmp(path, "/dev/", 5) == 0 ? path + 5 : path + 1;
	size_t len = strlen(LOCK_DIR "/LCK..");

	snprintf(name, PATH_MAX, LOCK_DIR "/LCK..%s", tail);
	for (char *c = name + len; *c; c++)
		if (*c == '/')
			*c = '_';
}

/* 0 = nobody whose process lives. */
static pid_t
tty_lock_holder(const char *name)
{
	char text[32] = "";
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	ssize_t len;
	long pid;

	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	pid = strtol(text, NULL, 10);
	if (pid <= 0 || pid > INT_MAX)
		return 0;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM ? (pid_t)pid : 0;
}

int
tty_lock(const char *path, struct err *err)
{
	char name[PATH_MAX], text[16];
	pid_t holder;
	int fd, len;

	tty_lock_name(path, name);
	holder = tty_lock_holder(name);
	if (holder != 0 && holder != getpid())
		return err_set(err, -EBUSY, "process %d has it (%s)", (int)holder, name);
	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_set(err, errno == EEXIST ? -EBUSY : -errno,
		    "cannot make %s: %s", name, strerror(errno));
	len = snprintf(text, sizeof(text), "%10d\n", (int)getpid());
	if (write(fd, text, (size_t)len) != len) {
		int code = errno ? errno : EIO;

		close(fd);
		unlink(name);
		return err_set(err, -code, "cannot write %s: %s", name, strerror(code));
	}
	close(fd);
	return 0;
}

void
tty_unlock(const char *path)
{
	char name[PATH_MAX];

	tty_lock_name(path, name);
	if (tty_lock_holder(name) == getpid())
		unlink(name);
}
