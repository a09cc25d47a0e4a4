/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/disk.h"
#include "lib/file.h"
#include "lib/log.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[96], log_path[96], text[4096];

static void
begin(void)
{
	struct log_conf conf = { .tag = "disk",
		.host = "node1",
		.logfile = log_path,
		.facility = -1,
		.syslog_format = true };

	snprintf(dir, sizeof(dir), "/tmp/disk_test.XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	CHECK_INT(log_open(&conf, false), 0, "log");
}

static void
finish(void)
{
	log_close(5000);
	unlink(path);
	unlink(log_path);
	CHECK(rmdir(dir) == 0, "something was left behind");
}

static const char *
contents(const char *name)
{
	if (file_read_bounded(name, text, sizeof(text), NULL) < 0)
		text[0] = '\0';
	return text;
}

static void
test_last_one_wins(void)
{
	struct stat st;

	begin();
	for (int i = 0; i < 100; i++) {
		char line[16];
		int len = snprintf(line, sizeof(line), "%d", i);

		disk_replace(path, line, (size_t)len, 0640);
	}
	disk_flush(5000);
	CHECK(strcmp(contents(path), "99") == 0, "got '%s'", text);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640);
	disk_replace(path, "", 0, 0640);
	disk_flush(5000);
	CHECK(contents(path)[0] == '\0' && access(path, F_OK) == 0, "an empty file");
	finish();
}

static void
test_failure_is_told_once(void)
{
	char missing[128];
	const char *second;

	begin();
	snprintf(missing, sizeof(missing), "%s/missing/file", dir);
	for (int i = 0; i < 3; i++) {
		disk_replace(missing, "x", 1, 0600);
		disk_flush(5000);
	}
	disk_report();
	log_close(5000);
	CHECK(strstr(contents(log_path), "cannot write") != NULL, "got '%s'", text);
	second = strstr(strstr(text, "cannot write") + 1, "cannot write");
	CHECK(second == NULL, "said once: '%s'", text);
	finish();
}

static const struct check_case cases[] = {
	{ "last_one_wins", test_last_one_wins },
	{ "failure_is_told_once", test_failure_is_told_once },
};

CHECK_MAIN("disk", cases)
