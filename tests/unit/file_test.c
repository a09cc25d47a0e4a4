/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/file.h"
#include "lib/notify.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[64], path[96];

static void
begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/file_test.XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/f", dir);
}

static void
finish(void)
{
	unlink(path);
	CHECK(rmdir(dir) == 0, "something was left behind");
}

static void
test_read(void)
{
	char buf[8];
	struct err err;

	begin();
	CHECK_INT(file_read_bounded(path, buf, sizeof(buf), &err), -ENOENT, "missing");
	CHECK(strstr(err.text, path) && strstr(err.text, "No such file"), "%s", err.text);
	CHECK_INT(file_replace(path, "1234567", 7, 0644, NULL), 0, "write");
	CHECK_INT(file_read_bounded(path, buf, sizeof(buf), &err), 7,
	    "just fits with its NUL");
	CHECK_STR(buf, "1234567", "contents");
	CHECK_INT(file_replace(path, "12345678", 8, 0644, NULL), 0, "write");
	CHECK_INT(file_read_bounded(path, buf, sizeof(buf), &err), -EFBIG,
	    "one too many");
	CHECK_INT(file_replace(path, "", 0, 0644, NULL), 0, "write");
	CHECK_INT(file_read_bounded(path, buf, sizeof(buf), &err), 0, "empty");
	CHECK_STR(buf, "", "empty");
	CHECK_INT(file_read_bounded(dir, buf, sizeof(buf), &err), -EISDIR, "a directory");
	unlink(path);
	CHECK(mkfifo(path, 0600) == 0);
	CHECK_INT(file_read_bounded(path, buf, sizeof(buf), &err), -EINVAL, "a fifo");
	finish();
}

static void
test_replace(void)
{
	char text[16];
	struct err err;
	struct stat st;
	mode_t mask = umask(077);

	begin();
	CHECK_INT(file_replace(path, "old", 3, 0644, &err), 0, "new");
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0644, "the mode is exact");
	CHECK_INT(file_replace(path, "new\0x", 5, 0600, &err), 0, "replaced");
	CHECK_INT(file_read_bounded(path, text, sizeof(text), &err), 5,
	    "bytes, not a string");
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "and the mode");
	umask(mask);
	finish();
}

static void
test_replace_fails_whole(void)
{
	char text[16], tmp[128];
	struct err err;

	begin();
	CHECK_INT(file_replace(path, "old", 3, 0644, &err), 0, "new");
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	/* A directory in the place of the temporary file: it can be neither removed nor
	 * made. */
	CHECK(mkdir(tmp, 0700) == 0);
	CHECK(file_replace(path, "new", 3, 0644, &err) < 0);
	CHECK(strstr(err.text, path) != NULL, "%s", err.text);
	CHECK_INT(file_read_bounded(path, text, sizeof(text), &err), 3, "still there");
	CHECK_STR(text, "old", "still the old one");
	rmdir(tmp);
	CHECK_INT(file_replace("/dev/full/x", "new", 3, 0644, &err), -ENOTDIR,
	    "no directory");
	/* What an earlier crash has left, even a link, is not followed. */
	CHECK(symlink("/dev/null", tmp) == 0);
	CHECK_INT(file_replace(path, "new", 3, 0644, &err), 0, "over a stale link");
	CHECK_INT(file_read_bounded(path, text, sizeof(text), &err), 3, "read");
	CHECK_STR(text, "new", "written");
	finish();
}

static void
test_full_disk(void)
{
	struct err err;
	char text[16];
	static char much[300 * 1024];

	begin();
	/* In a name space of its own, so that nothing stays mounted. */
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", dir, "tmpfs", 0, "size=64k") < 0) {
		rmdir(dir);
		printf(
		    "skip file/full_disk: no private file system can be mounted here\n");
		return;
	}
	CHECK_INT(file_replace(path, "old", 3, 0644, &err), 0, "fits");
	CHECK_INT(file_replace(path, much, sizeof(much), 0644, &err), -ENOSPC,
	    "does not");
	CHECK(strstr(err.text, "No space left") != NULL, "%s", err.text);
	CHECK_INT(file_read_bounded(path, text, sizeof(text), &err), 3, "still there");
	CHECK_STR(text, "old", "still the old one");
	CHECK(unlink(path) == 0);
	CHECK(umount(dir) == 0);
	finish();
}

static void
test_notify(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char text[64];
	ssize_t len;
	int fd;

	unsetenv("NOTIFY_SOCKET");
	CHECK_INT(notify_send("READY=1"), 0, "nobody asked");
	for (int abstract = 0; abstract < 2; abstract++) {
		begin();
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		snprintf(at.sun_path, sizeof(at.sun_path), "%s%s", abstract ? "@" : "",
		    path);
		setenv("NOTIFY_SOCKET", at.sun_path, 1);
		if (abstract)
			at.sun_path[0] = '\0';
		CHECK(bind(fd, (struct sockaddr *)&at,
		          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract +
		                      strlen(path))) == 0);
		CHECK_INT(notify_send("READY=1\nSTATUS=up"), 1, "sent");
		len = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
		text[len > 0 ? len : 0] = '\0';
		CHECK_STR(text, "READY=1\nSTATUS=up", "abstract %d", abstract);
		close(fd);
		finish();
	}
	setenv("NOTIFY_SOCKET", "vsock:1", 1);
	CHECK_INT(notify_send("READY=1"), -EINVAL, "no path");
	setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
	CHECK(notify_send("READY=1") < 0);
	unsetenv("NOTIFY_SOCKET");
}

static const struct check_case cases[] = {
	{ "read", test_read },
	{ "replace", test_replace },
	{ "replace_fails_whole", test_replace_fails_whole },
	{ "full_disk", test_full_disk },
	{ "notify", test_notify },
};

CHECK_MAIN("file", cases)
