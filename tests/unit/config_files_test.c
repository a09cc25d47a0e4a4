/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files on disk: what is read from a directory, and what cannot be (spec/config.md
 * 1).
 */
#include "tests/unit/config_help.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HACF                                                                             \
	"mcast lo 239.0.0.9 694 0 1\nnode bravo charlie\nauto_failback on\nlogfile /x\n"

static char directory[] = "/tmp/config_files_XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	FILE *out = fopen(path_of(name), "w");

	CHECK(out, "%s", name);
	if (!out)
		return;
	fputs(text, out);
	fclose(out);
	chmod(path_of(name), 0600);
}

static void
setup(void)
{
	CHECK(mkdtemp(directory), "directory");
	put("ha.cf", HACF);
	put("authkeys", "auth 1\n1 sha1 eiChohmangahj4ai\n");
	put("haresources", "bravo 10.0.0.5\n");
	put("nodeinfo", "Bravo\nsecond line\n");
}

static void
teardown(void)
{
	static const char *const names[] = { "ha.cf", "authkeys", "haresources",
		"nodeinfo" };

	for (size_t i = 0; i < ROWS(names); i++) {
		unlink(path_of(names[i]));
		rmdir(path_of(names[i]));
	}
	rmdir(directory);
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
}

static void
test_all(void)
{
	struct conf_problems problems;
	struct conf_all all;
	char slashes[200];
	struct stat st;

	setup();
	snprintf(slashes, sizeof(slashes), "%s//", directory);
	conf_problems_init(&problems);
	CHECK_INT(conf_read_all(slashes, NULL, &all, &problems), 0, "%s",
	    problems.errors ? problem_first(&problems, CONF_ERROR)->text : "");
	CHECK(all.has_conf && all.has_keys && all.has_groups, "all three");
	CHECK_STR(all.conf.self, "bravo", "nodeinfo's first line is the name");
	CHECK_STR(all.conf.dir, directory, "without slashes");
	CHECK(stat(path_of("ha.cf"), &st) == 0 && st.st_mtime == all.conf.mtime, "mtime");
	CHECK_INT(all.keys.current, 1, "key");
	CHECK_INT(all.groups.count, 1, "group");
	conf_all_free(&all);
	CHECK(!all.has_conf && all.conf.node_count == 0, "nothing is left");
	conf_problems_free(&problems);
	teardown();
}

/* Each in its turn; the others are read all the same. */
static void
test_missing(void)
{
	static const struct {
		const char *name, *legacy, *closing;
	} rows[] = {
		{ "ha.cf", "Cannot open config file [%s]",
		    "Heartbeat not started: configuration error." },
		{ "authkeys", "Cannot open keyfile [%s].  Stop.",
		    "Authentication configuration error." },
		{ "haresources", "Cannot open resources file [%s]", NULL },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct conf_problem *problem;
		struct conf_problems problems;
		struct conf_all all;
		char want[300];

		setup();
		unlink(path_of(rows[i].name));
		snprintf(want, sizeof(want), rows[i].legacy, path_of(rows[i].name));
		conf_problems_init(&problems);
		CHECK_INT(conf_read_all(directory, NULL, &all, &problems), -ENOENT, "%s",
		    rows[i].name);
		problem = problem_first(&problems, CONF_ERROR);
		CHECK_STR(problem ? problem->legacy : NULL, want, "%s", rows[i].name);
		CHECK_STR(problems.closing ? problems.closing : "(none)",
		    rows[i].closing ? rows[i].closing : "(none)", "%s", rows[i].name);
		conf_all_free(&all);
		conf_problems_free(&problems);
		teardown();
	}
}

/* Neither is waited for. */
static void
test_no_files(void)
{
	struct conf_problems problems;
	struct conf_groups groups;
	struct msg_keys keys;
	struct conf conf;

	setup();
	unlink(path_of("ha.cf"));
	unlink(path_of("authkeys"));
	unlink(path_of("haresources"));
	CHECK(mkdir(path_of("ha.cf"), 0755) == 0, "a directory");
	CHECK(mkfifo(path_of("authkeys"), 0600) == 0, "a FIFO");
	CHECK(symlink("/dev/zero", path_of("haresources")) == 0, "a device");
	conf_problems_init(&problems);
	CHECK_INT(conf_read(directory, &conf, &problems), -EISDIR, "a directory");
	CHECK_INT(conf_authkeys_read(path_of("authkeys"), &keys, &problems), -EINVAL,
	    "a FIFO");
	CHECK_INT(conf_haresources_read(path_of("haresources"), &groups, &problems),
	    -EINVAL, "a device");
	CHECK_INT(problems.errors, 3, "said");
	conf_problems_free(&problems);
	teardown();
}

static void
test_huge(void)
{
	struct conf_problems problems;
	struct conf conf;

	setup();
	CHECK(truncate(path_of("ha.cf"), 2 * 1024 * 1024) == 0, "2 MB");
	conf_problems_init(&problems);
	CHECK_INT(conf_read(directory, &conf, &problems), -EFBIG, "too long");
	conf_problems_free(&problems);
	teardown();
}

static void
test_many_problems(void)
{
	static char text[CONF_PROBLEMS_MAX * 8 + 64];
	size_t used = 0;
	struct parsed p;

	for (int i = 0; i < CONF_PROBLEMS_MAX + 50; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "x%d\n", i);
	hacf_parse(&p, "", text);
	CHECK_INT(p.problems.count, CONF_PROBLEMS_MAX, "kept");
	CHECK(p.problems.errors > CONF_PROBLEMS_MAX, "counted");
	hacf_free(&p);
}

static const struct check_case cases[] = {
	{ "all", test_all },
	{ "missing", test_missing },
	{ "no files", test_no_files },
	{ "huge", test_huge },
	{ "many problems", test_many_problems },
};
CHECK_MAIN("config_files", cases)
