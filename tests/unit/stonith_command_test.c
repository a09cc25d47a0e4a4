/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stonith/kit/command.h"
#include "lib/array.h"
#include "tests/unit/check.h"
#include "tests/unit/device.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static struct device device;

/* Runs a line of sh; its output is in OUT. */
static int
run_sh(struct command command, const char *line, char *out, size_t size)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)line, NULL };
	int code;

	device = (struct device){ .time_left_ms = 60000 };
	command.path = "/bin/sh";
	command.argv = argv;
	code = command_output(&device, &command, out, size);
	CHECK_INT(device.children, 0, "%s: all children have been waited for", line);
	return code;
}

static const struct {
	const char *line;
	int want;
	const char *out, *why;
} runs[] = {
	{ "echo a; echo b", 0, "a\nb\n", "output" },
	{ "exit 7", 7, "", "status" },
	{ "kill -9 $$", 137, "", "signal" },
	{ "printf 'no end'", 0, "no end", "a last line without its end" },
	{ "printf 'a\\0b\\n'", 0, "ab\n", "a NUL is no text" },
	{ "cat", 0, "", "no input unless there is one" },
	{ "read x; read y; echo $x-$y", 0, "-\n", "nothing to read" },
	{ "sleep 5 & echo started", 0, "started\n",
	    "what stays in the background is not waited for" },
	{ "exec >&-; sleep 0.1; exit 4", 4, "",
	    "its end counts, not that of its output" },
};

static void
test_runs(void)
{
	char out[512];

	for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
		CHECK_INT(run_sh((struct command){ 0 }, runs[i].line, out, sizeof(out)),
		    runs[i].want, "%s", runs[i].why);
		CHECK_STR(out, runs[i].out, "%s", runs[i].why);
	}
	CHECK_INT(run_sh((struct command){ .with_stderr = true }, "echo o; echo e >&2",
	              out, sizeof(out)),
	    0, "both");
	CHECK_STR(out, "o\ne\n", "both outputs");
	CHECK_INT(run_sh((struct command){ 0 }, "echo 123456789", out, 6), 0, "cut");
	CHECK_STR(out, "12345", "cut");
}

static void
test_input(void)
{
	char out[512];

	CHECK_INT(run_sh((struct command){ .input = "a=1\nb=2\n" },
	              "read x; echo $x; cat; exit 3", out, sizeof(out)),
	    3, "reads it");
	CHECK_STR(out, "a=1\nb=2\n", "all of it");
	CHECK_INT(run_sh((struct command){ .input = "x" }, "exit 0", out, sizeof(out)), 0,
	    "or does not");
}

static void
test_environment(void)
{
	char *const envp[] = { (char *)"A=b", (char *)"PATH=relative:/usr/bin:/bin",
		NULL };
	char *const empty[] = { NULL };
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)"echo $A", NULL };
	char out[64];

	device = (struct device){ .time_left_ms = 60000 };
	CHECK_INT(command_output(&device,
	              &(struct command){ .path = "sh", .argv = argv, .envp = envp }, out,
	              sizeof(out)),
	    0, "found in its own PATH");
	CHECK_STR(out, "b\n", "its own environment");
	CHECK_INT(command_output(&device,
	              &(struct command){ .path = "sh", .argv = argv, .envp = empty }, out,
	              sizeof(out)),
	    0, "found without a PATH");
	CHECK(strstr(device.trace, "= sh -c echo $A\n") != NULL, "%.300s", device.trace);
}

static void
test_not_started(void)
{
	char *const argv[] = { (char *)"x", NULL };
	static const char *const paths[] = { "/nonexistent/x", "no-such-command-anywhere",
		"/etc/passwd", "./relative" };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		device = (struct device){ .time_left_ms = 60000 };
		CHECK_INT(command_run(&device,
		              &(struct command){ .path = paths[i], .argv = argv }),
		    -S_ACCESS, "%s", paths[i]);
		CHECK(strstr(device.log, paths[i]) != NULL, "%s: %.200s", paths[i],
		    device.log);
		CHECK_INT(device.children, 0, "none");
	}
}

/* All that the command has started is gone when the pipe that it inherited has ended. */
static void
check_all_gone(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	CHECK_INT(poll(&p, 1, 10000), 1, "somebody still runs");
	CHECK(!(p.revents & POLLIN), "nobody wrote");
}

static void
test_time(void)
{
	char *const argv[] = { (char *)"sh", (char *)"-c",
		(char *)"trap '' TERM; sleep 600 & echo begun; sleep 600; echo late",
		NULL };
	int pair[2];
	pid_t pid;

	CHECK(pipe2(pair, O_CLOEXEC) == 0);
	for (int i = 0; i < 2; i++) {
		char out[64];

		/* By its own limit, and by that of the step. */
		device = (struct device){ .time_left_ms = i ? 300 : 60000 };
		CHECK_INT(command_output(&device,
		              &(struct command){ .path = "/bin/sh",
		                  .argv = argv,
		                  .timeout_ms = i ? 0 : 300 },
		              out, sizeof(out)),
		    -S_TIMEOUT, "ended");
		CHECK_STR(out, "begun\n", "with what came before");
		CHECK(strstr(device.log, "ended after 300 ms") != NULL, "%.300s", device.log);
		CHECK_INT(device.children, 0, "waited for");
	}
	device = (struct device){ .time_left_ms = 60000 };
	pid = command_start(&device, "/bin/sh", argv, NULL, -1, -1, pair[1]);
	CHECK(pid > 0);
	CHECK_INT(device.children, 1, "told");
	close(pair[1]);
	command_end(&device, pid, 100);
	CHECK_INT(device.children, 0, "told");
	check_all_gone(pair[0]);
	close(pair[0]);
}

static size_t longest, lines;

static void
measure(void *data, const char *line)
{
	(void)data;
	lines++;
	if (strlen(line) > longest)
		longest = strlen(line);
}

static void
test_bounds(void)
{
	char *const flood[] = { (char *)"sh", (char *)"-c", (char *)"yes", NULL };
	char *const wide[] = { (char *)"sh", (char *)"-c",
		(char *)"head -c 100000 /dev/zero | tr '\\0' x; echo; echo end", NULL };
	struct command command = { .path = "/bin/sh", .argv = flood, .line = measure };

	device = (struct device){ .time_left_ms = 60000 };
	lines = 0;
	CHECK_INT(command_run(&device, &command), -S_OOPS, "without end");
	CHECK(lines >= COMMAND_OUTPUT_MAX / 2 && lines < COMMAND_OUTPUT_MAX, "%zu",
	    lines);
	CHECK(strstr(device.log, "too much output") != NULL, "%.300s", device.log);
	command.argv = wide;
	longest = lines = 0;
	CHECK_INT(command_run(&device, &command), 0, "a wide line is no harm");
	CHECK_INT(longest, COMMAND_LINE_MAX, "cut");
	CHECK_INT(lines, 2, "and the next one is one of its own");
}

static const struct check_case cases[] = {
	{ "runs", test_runs },
	{ "input", test_input },
	{ "environment", test_environment },
	{ "not_started", test_not_started },
	{ "time", test_time },
	{ "bounds", test_bounds },
};

CHECK_MAIN("stonith_command", cases)
