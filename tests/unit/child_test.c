/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/child.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *const environment[] = { (char *)"PATH=/usr/bin:/bin", (char *)"HA_X=y",
	NULL };

/* Runs a line of sh with its output in OUT; the wait status, or what child_start() said.
 */
static int
run_sh(struct child_spec spec, const char *line, char *out, size_t size)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)line, NULL };
	int pair[2], status = -1;
	size_t used = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	spec.path = "/bin/sh";
	spec.argv = argv;
	spec.envp = environment;
	spec.fd_stdin = -1;
	spec.fd_stdout = pair[1];
	spec.fd_stderr = pair[1];
	pid = child_start(&spec, NULL);
	close(pair[1]);
	while (pid > 0 && used < size - 1 &&
	       (n = read(pair[0], out + used, size - 1 - used)) > 0)
		used += (size_t)n;
	out[used] = '\0';
	close(pair[0]);
	if (pid < 0)
		return (int)pid;
	waitpid(pid, &status, 0);
	return status;
}

static void
test_runs(void)
{
	char out[512];
	int status;

	status = run_sh((struct child_spec){ 0 }, "echo $HA_X; echo err >&2; exit 3", out,
	    sizeof(out));
	CHECK_STR(out, "y\nerr\n", "environment and both outputs");
	CHECK_INT(WEXITSTATUS(status), 3, "exit");
	run_sh((struct child_spec){ .cwd = "/usr" }, "pwd; cat", out, sizeof(out));
	CHECK_STR(out, "/usr\n", "directory; its input is /dev/null");
}

static void
test_descriptors(void)
{
	char out[512];
	/* Without CLOEXEC, on purpose. */
	int stray = dup(STDERR_FILENO), high = fcntl(STDERR_FILENO, F_DUPFD, 700);

	run_sh((struct child_spec){ 0 }, "ls -1 /proc/self/fd | tr '\\n' ' '", out,
	    sizeof(out));
	/* 3 is what ls itself has opened. */
	CHECK_STR(out, "0 1 2 3 ", "nothing else is inherited");
	close(stray);
	close(high);
}

/* The descriptors for the child may be 0 to 2 of ours, crossed. */
static void
test_descriptors_crossed(void)
{
	char *const argv[] = { (char *)"sh", (char *)"-c",
		(char *)"echo out; echo err >&2", NULL };
	int pair[2], saved[2] = { dup(0), dup(1) };
	char out[64];
	ssize_t len;
	pid_t pid;

	CHECK(pipe2(pair, O_CLOEXEC) == 0);
	fflush(stdout);
	dup2(pair[1], 0);
	pid = child_start(&(struct child_spec){ .path = "/bin/sh",
	                      .argv = argv,
	                      .envp = environment,
	                      .fd_stdin = 1,
	                      .fd_stdout = 0,
	                      .fd_stderr = 0 },
	    NULL);
	dup2(saved[0], 0);
	dup2(saved[1], 1);
	close(pair[1]);
	CHECK(pid > 0);
	waitpid(pid, NULL, 0);
	len = read(pair[0], out, sizeof(out) - 1);
	out[len > 0 ? len : 0] = '\0';
	CHECK_STR(out, "out\nerr\n", "both came through our descriptor 0");
	close(pair[0]);
	close(saved[0]);
	close(saved[1]);
}

static void
test_signals_are_default(void)
{
	char out[512];
	sigset_t block, before;

	/* libc's own signals, too: whoever started us may have ignored them. */
	const unsigned long ignored[16] = { 1 };

	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	syscall(SYS_rt_sigaction, 32, ignored, NULL, (_NSIG - 1) / 8);
	sigfillset(&block);
	sigprocmask(SIG_SETMASK, &block, &before);
	run_sh((struct child_spec){ 0 }, "grep -E '^Sig(Blk|Ign)' /proc/self/status", out,
	    sizeof(out));
	CHECK_STR(out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n",
	    "all of them");
	sigpending(&block);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
}

/* Fields 5 and 41 of stat: process group and policy.  The second line is of a child. */
#define STAT_SH "cut -d' ' -f1,5,41 /proc/$$/stat; sh -c 'cut -d\" \" -f41 /proc/$$/stat'"

static void
test_group_and_schedule(void)
{
	struct sched_param rt = { .sched_priority = 1 }, normal = { 0 };
	char out[512], kept[512];
	int pid, pgrp, policy = 0, grandchild = 0;
	bool raised = sched_setscheduler(0, SCHED_RR, &rt) == 0;

	run_sh((struct child_spec){ 0 }, STAT_SH, out, sizeof(out));
	run_sh((struct child_spec){ .keep_priority = true }, STAT_SH, kept, sizeof(kept));
	sched_setscheduler(0, SCHED_OTHER, &normal);
	CHECK_INT(sscanf(out, "%d %d %d %d", &pid, &pgrp, &policy, &grandchild), 4, "%s",
	    out);
	CHECK_INT(pgrp, pid, "a process group of its own");
	CHECK_INT(policy, SCHED_OTHER, "normal scheduling");
	CHECK_INT(grandchild, SCHED_OTHER, "all the way down");
	CHECK_INT(sscanf(kept, "%d %d %d %d", &pid, &pgrp, &policy, &grandchild), 4, "%s",
	    kept);
	if (raised)
		CHECK_INT(policy & ~SCHED_RESET_ON_FORK, SCHED_RR, "keeps ours");
	CHECK_INT(grandchild, SCHED_OTHER, "but does not hand it on");
	if (!raised)
		printf("skip child/schedule: no real-time priority to be had\n");
}

static void
test_user(void)
{
	char out[512];
	struct child_spec spec = { .set_user = true,
		.uid = 65534,
		.gid = 65533,
		.groups = { 1001, 1002 },
		.group_count = 2 };

	if (geteuid() != 0) {
		printf("skip child/user: not root\n");
		return;
	}
	run_sh(spec,
	    "id -u; id -g; id -G; grep -c '^CapEff:.*0000000000000000' /proc/self/status",
	    out, sizeof(out));
	CHECK_STR(out, "65534\n65533\n65533 1001 1002\n1\n",
	    "user, group, groups, no capabilities");
	CHECK_INT(geteuid(), 0, "we are still ourselves");
}

static const struct {
	const char *path, *cwd;
	int want;
	const char *text, *why;
} failures[] = {
	{ "/nonexistent/program", NULL, -ENOENT, "cannot execute", "no such program" },
	{ "/etc/passwd", NULL, -EACCES, "cannot execute", "not executable" },
	{ "sh", NULL, -EINVAL, "not an absolute path", "no search in PATH" },
	{ "/bin/sh", "/nonexistent", -ENOENT, "cannot enter its directory",
	    "no such directory" },
};

static void
test_failures_are_known_at_return(void)
{
	char *const argv[] = { (char *)"x", NULL };

	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		struct err err = { "" };
		pid_t pid = child_start(&(struct child_spec){ .path = failures[i].path,
		                            .cwd = failures[i].cwd,
		                            .argv = argv,
		                            .envp = environment,
		                            .fd_stdin = -1,
		                            .fd_stdout = -1,
		                            .fd_stderr = -1 },
		    &err);

		CHECK_INT(pid, failures[i].want, "%s", failures[i].why);
		CHECK(strstr(err.text, failures[i].text) != NULL, "%s: %s",
		    failures[i].why, err.text);
	}
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no zombie is left");
}

static void
test_script_without_interpreter(void)
{
	char path[] = "/tmp/child_test.XXXXXX";
	char *const argv[] = { path, (char *)"4", NULL };
	int fd = mkstemp(path), status = 0;
	pid_t pid;

	CHECK(write(fd, "exit $1\n", 8) == 8);
	fchmod(fd, 0755);
	close(fd);
	pid = child_start(&(struct child_spec){ .path = path,
	                      .argv = argv,
	                      .envp = environment,
	                      .fd_stdin = -1,
	                      .fd_stdout = -1,
	                      .fd_stderr = -1 },
	    NULL);
	CHECK(pid > 0);
	if (pid > 0)
		waitpid(pid, &status, 0);
	CHECK_INT(WEXITSTATUS(status), 4, "sh runs it, as any shell would");
	unlink(path);
}

static void
test_dies_with_parent(void)
{
	char *const argv[] = { (char *)"sleep", (char *)"60", NULL };
	int pair[2];
	pid_t between, child = 0;
	struct pollfd p;

	CHECK(pipe2(pair, O_CLOEXEC) == 0);
	between = fork();
	if (between == 0) {
		child = child_start(&(struct child_spec){ .path = "/bin/sleep",
		                        .argv = argv,
		                        .envp = environment,
		                        .fd_stdin = -1,
		                        .fd_stdout = pair[1],
		                        .fd_stderr = -1,
		                        .die_with_parent = true },
		    NULL);
		_exit(child > 0 ? 0 : 1);
	}
	close(pair[1]);
	waitpid(between, NULL, 0);
	/* The end of file comes when the last holder of the pipe has gone. */
	p = (struct pollfd){ .fd = pair[0], .events = POLLIN };
	CHECK_INT(poll(&p, 1, 60000), 1, "the child ends when its parent does");
	close(pair[0]);
}

static int reaped, reaped_status;

static void
count_ended(void *data, pid_t pid, int status)
{
	(void)data;
	(void)pid;
	reaped++;
	reaped_status |= status;
}

static void
test_reap(void)
{
	char *const argv[] = { (char *)"true", NULL };
	struct child_spec spec = { .path = "/bin/true",
		.argv = argv,
		.envp = environment,
		.fd_stdin = -1,
		.fd_stdout = -1,
		.fd_stderr = -1 };
	siginfo_t info;

	reaped = 0;
	child_reap(count_ended, NULL);
	CHECK_INT(reaped, 0, "nobody yet");
	for (int i = 0; i < 5; i++)
		CHECK(child_start(&spec, NULL) > 0);
	for (int i = 0; reaped < 5 && i < 5; i++) {
		waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
		child_reap(count_ended, NULL);
	}
	CHECK_INT(reaped, 5, "all of them");
	CHECK_INT(reaped_status, 0, "true");
}

static void
test_oom_normal(void)
{
	char *const argv[] = { "/bin/sh", "-c",
		"read -r n </proc/self/oom_score_adj; exit $((n / 100))", NULL };
	struct child_spec spec = { .path = argv[0],
		.argv = argv,
		.envp = argv + 3,
		.fd_stdin = -1,
		.fd_stdout = -1,
		.fd_stderr = -1 };
	static const char *const path = "/proc/self/oom_score_adj";
	int fd = open(path, O_WRONLY), status;

	CHECK(fd >= 0 && write(fd, "500", 3) == 3, "we are no ordinary process");
	waitpid(child_start(&spec, NULL), &status, 0);
	CHECK_INT(WEXITSTATUS(status), 5, "nor is a child");
	spec.oom_normal = true;
	waitpid(child_start(&spec, NULL), &status, 0);
	CHECK_INT(WEXITSTATUS(status), 0, "unless it is to be");
	waitpid(child_start(&(struct child_spec){ .path = argv[0],
	                        .argv = argv,
	                        .envp = argv + 3,
	                        .fd_stdin = -1,
	                        .fd_stdout = -1,
	                        .fd_stderr = -1 },
	            NULL),
	    &status, 0);
	CHECK_INT(WEXITSTATUS(status), 5, "and we still are none");
	CHECK(write(fd, "0", 1) == 1, "back");
	close(fd);
}

static void
test_is_gone(void)
{
	char *const argv[] = { "/bin/true", NULL };
	const struct child_spec spec = { .path = argv[0],
		.argv = argv,
		.envp = argv + 1,
		.fd_stdin = -1,
		.fd_stdout = -1,
		.fd_stderr = -1 };
	siginfo_t info;
	pid_t pid = child_start(&spec, NULL);

	CHECK(!process_is_gone(getpid()), "we live");
	CHECK(!process_is_gone(1), "so does the first one");
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	CHECK(process_is_gone(pid), "ended, and nobody has waited for it");
	waitpid(pid, NULL, 0);
	CHECK(process_is_gone(pid), "waited for");
}

static void
test_status_text(void)
{
	char buf[64];

	CHECK_STR(child_status_text(3 << 8, buf, sizeof(buf)), "exited with 3", "exit");
	CHECK_STR(child_status_text(9, buf, sizeof(buf)),
	    "was killed by signal 9 (Killed)", "kill");
	CHECK_STR(child_status_text(11 | 0x80, buf, sizeof(buf)),
	    "was killed by signal 11 (Segmentation fault), core dumped", "core");
}

static const struct check_case cases[] = {
	{ "runs", test_runs },
	{ "descriptors", test_descriptors },
	{ "descriptors_crossed", test_descriptors_crossed },
	{ "signals_are_default", test_signals_are_default },
	{ "group_and_schedule", test_group_and_schedule },
	{ "user", test_user },
	{ "failures_are_known_at_return", test_failures_are_known_at_return },
	{ "script_without_interpreter", test_script_without_interpreter },
	{ "dies_with_parent", test_dies_with_parent },
	{ "reap", test_reap },
	{ "oom_normal", test_oom_normal },
	{ "is_gone", test_is_gone },
	{ "status_text", test_status_text },
};

CHECK_MAIN("child", cases)
