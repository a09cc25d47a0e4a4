/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial lines on pseudo terminals, with their locks where they belong. */
#include "stonith/kit/dialog.h"
#include "lib/array.h"
#include "tests/unit/check.h"
#include "tests/unit/device.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sys/stat.h>
#include <unistd.h>

static struct device device;
static struct dialog d;
static int master;
static char path[64], lock[SERIAL_LOCK_MAX];

static void
begin(void)
{
	device = (struct device){ .time_left_ms = 60000 };
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	mkdir("/run/lock", 01777); /* of a machine that was not booted it may be missing */
	CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	CHECK(ptsname_r(master, path, sizeof(path)) == 0);
	snprintf(lock, sizeof(lock), SERIAL_LOCK_DIR "/LCK..pts%.20s",
	    strrchr(path, '/') + 1);
	unlink(lock);
}

static void
end(void)
{
	dialog_close(&d);
	close(master);
	unlink(lock);
}

static void
lock_write(const char *text)
{
	int fd = open(lock, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static const char *
lock_text(void)
{
	static char text[64];
	int fd = open(lock, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return fd < 0 ? "none" : text;
}

static int
open_line(bool canonical)
{
	return dialog_tty(&d, &device,
	    &(struct serial_line){ .path = path, .baud = 2400, .canonical = canonical });
}

static void
test_settings(void)
{
	for (int canonical = 0; canonical < 2; canonical++) {
		struct termios t;

		begin();
		CHECK_INT(open_line(canonical), S_OK, "open");
		CHECK(tcgetattr(d.fd, &t) == 0);
		CHECK_INT(cfgetospeed(&t), B2400, "speed");
		CHECK_INT(t.c_cflag & (CSIZE | CREAD | CLOCAL | PARENB | CSTOPB | HUPCL),
		    CS8 | CREAD | CLOCAL, "8N1, no modem lines");
		CHECK_INT(t.c_lflag, canonical ? ICANON : 0,
		    "nothing is edited or echoed");
		CHECK_INT(t.c_iflag, 0, "input as it is");
		CHECK_INT(t.c_oflag, 0, "output as it is");
		CHECK_INT(write(master, "a\4\177\25b\r\n", 7), 7,
		    "bytes that edit elsewhere");
		CHECK_INT(dialog_wait(&d, "a\4\177\25b\r\n", 5000), S_OK,
		    "are just bytes");
		end();
	}
}

static void
test_settings_are_put_back(void)
{
	struct termios before, after;

	begin();
	CHECK(tcgetattr(master, &before) == 0);
	CHECK_INT(open_line(false), S_OK, "open");
	CHECK(tcgetattr(master, &after) == 0);
	CHECK(after.c_lflag != before.c_lflag, "changed");
	d.restore = true;
	dialog_close(&d);
	CHECK(tcgetattr(master, &after) == 0);
	CHECK(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag);
	end();
}

static void
test_lock_lives_as_long_as_the_dialog(void)
{
	char want[32];

	begin();
	snprintf(want, sizeof(want), "%10ld\n", (long)getpid());
	CHECK_INT(open_line(false), S_OK, "open");
	CHECK_STR(lock_text(), want, "the form that uucp has");
	dialog_close(&d);
	CHECK_STR(lock_text(), "none", "gone");
	end();
}

static const struct {
	const char *text;
	bool ours;
	const char *why;
} locks[] = {
	{ "    999999\n", true, "nobody has this pid" },
	{ "         1\n", true, "pid 1 locks nothing" },
	{ "         0\n", true, "no pid" },
	{ "  nonsense\n", true, "no number" },
	{ "", true, "empty, and stays so" },
	{ "%10ld\n", false, "somebody alive" },
	{ "%11ld\n", false, "in the longer form" },
};

static void
test_locks_of_others(void)
{
	pid_t other = fork();

	if (other == 0) {
		pause();
		_exit(0);
	}
	for (size_t i = 0; i < ARRAY_LEN(locks); i++) {
		char text[64];

		begin();
		snprintf(text, sizeof(text), locks[i].text, (long)other);
		lock_write(text);
		CHECK_INT(open_line(false), locks[i].ours ? S_OK : S_ACCESS, "%s",
		    locks[i].why);
		if (!locks[i].ours) {
			CHECK_STR(lock_text(), text, "left alone");
			CHECK(strstr(device.log, "is in use by process") != NULL,
			    "%.300s", device.log);
		}
		dialog_close(&d);
		if (!locks[i].ours)
			CHECK_STR(lock_text(), text, "and still is");
		end();
	}
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

static void
test_no_lock_is_left_behind(void)
{
	device = (struct device){ .time_left_ms = 60000 };
	CHECK_INT(dialog_tty(&d, &device,
	              &(struct serial_line){ .path = "/dev/no-such-tty", .baud = 9600 }),
	    S_ACCESS, "cannot be opened");
	CHECK(strstr(device.log, "cannot open /dev/no-such-tty") != NULL, "%.300s",
	    device.log);
	CHECK(access(SERIAL_LOCK_DIR "/LCK..nosuchtty", F_OK) < 0, "no lock");
	dialog_close(&d);
	device.log[0] = '\0';
	CHECK_INT(dialog_tty(&d, &device,
	              &(struct serial_line){ .path = "/dev/null", .baud = 9600 }),
	    S_ACCESS, "no tty at all");
	CHECK(access(SERIAL_LOCK_DIR "/LCK..null", F_OK) < 0, "no lock");
	dialog_close(&d);
}

static void
test_dtr(void)
{
	struct termios t;

	begin();
	CHECK_INT(open_line(true), S_OK, "open");
	CHECK_INT(serial_drop_dtr(&device, d.fd, 1), S_OK, "dropped");
	CHECK(tcgetattr(master, &t) == 0);
	CHECK_INT(cfgetospeed(&t), B2400, "the speed is back");
	end();
	CHECK_INT(serial_drop_dtr(&device, -1, 1), S_OOPS, "nothing to drop");
}

static void
test_pace_and_hangup(void)
{
	char text[16];

	begin();
	CHECK_INT(open_line(false), S_OK, "open");
	d.pace_ms = 5;
	CHECK_INT(dialog_send(&d, "slow"), S_OK, "byte by byte");
	CHECK_INT(read(master, text, sizeof(text)), 4, "all of it");
	close(master);
	master = -1;
	CHECK_INT(dialog_wait(&d, "x", 10000), S_OOPS, "the line is gone");
	end();
}

static const struct check_case cases[] = {
	{ "settings", test_settings },
	{ "settings_are_put_back", test_settings_are_put_back },
	{ "lock_lives_as_long_as_the_dialog", test_lock_lives_as_long_as_the_dialog },
	{ "locks_of_others", test_locks_of_others },
	{ "no_lock_is_left_behind", test_no_lock_is_left_behind },
	{ "dtr", test_dtr },
	{ "pace_and_hangup", test_pace_and_hangup },
};

CHECK_MAIN("stonith_serial", cases)
