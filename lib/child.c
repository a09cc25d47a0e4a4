/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starting children (contract in child.h).  clone(CLONE_VM | CLONE_VFORK) on a stack of
 * its own: the child borrows our memory until exec, so nothing is copied however much is
 * locked, and a failure reaches us through that memory.  Between clone and exec only raw
 * system calls are made: glibc's own setuid() would talk to all threads of a process that
 * the child is not.
 */
#include "lib/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_STACK_SIZE 16384
#define CHILD_ARGV_MAX                                                                   \
	256 /* arguments of a script without "#!", which needs a second list */

#define PROCESS_EXITING 0x4 /* of the flags in /proc/PID/stat */

/* The 16-bit calls of old architectures have their modern form under another number. */
#ifndef SYS_setuid32
#define SYS_setuid32 SYS_setuid
#define SYS_setgid32 SYS_setgid
#define SYS_setgroups32 SYS_setgroups
#endif

/* The child leaves its frames by exec and never returns from them: a sanitizer would keep
 * the marks of that stack, which is ours. */
#define CHILD_SIDE __attribute__((no_sanitize("address"), no_sanitize("undefined")))

/* What parent and child share while the child runs in our memory. */
struct child_birth {
	const struct child_spec *spec;
	sigset_t no_signals;
	pid_t parent;
	int policy; /* of our own scheduling, until exec also the child's */
	struct sched_param param;
	char **sh_argv; /* "/bin/sh", path, arguments: for ENOEXEC */
	int code;       /* errno of the step that failed, 0 = exec succeeded */
	const char *step;
};

static int CHILD_SIDE
child_fail(struct child_birth *birth, const char *step)
{
	birth->code = errno ? errno : EIO;
	birth->step = step;
	_exit(127);
}

static void CHILD_SIDE
child_signals_reset(void)
{
	/* The kernel's own form: all zero is the default.  libc would refuse the two that
	 * it keeps for itself, which may be ignored all the same, inherited from whoever
	 * started us. */
	static const unsigned long def[8];

	for (int signo = 1; signo < _NSIG; signo++)
		if (signo != SIGKILL && signo != SIGSTOP)
			syscall(SYS_rt_sigaction, signo, def, NULL, _NSIG / 8);
}

/* 0, 1, 2 become what the spec says; the sources may be 0 to 2 themselves, in any order.
 */
static void CHILD_SIDE
child_fds_place(struct child_birth *birth)
{
	int source[3] = { birth->spec->fd_stdin, birth->spec->fd_stdout,
		birth->spec->fd_stderr };

	for (int i = 0; i < 3; i++) {
		if (source[i] < 0)
			source[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (source[i] >= 0 && source[i] < 3)
			source[i] = fcntl(source[i], F_DUPFD_CLOEXEC, 3);
		if (source[i] < 0)
			child_fail(birth, "cannot open its standard descriptors");
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(source[i], i) < 0)
			child_fail(birth, "cannot place its standard descriptors");
	}
	if (syscall(SYS_close_range, 3U, ~0U, 0U) < 0) {
		/* Before Linux 5.9. */
		for (int fd = 3, last = (int)sysconf(_SC_OPEN_MAX); fd < last; fd++)
			close(fd);
	}
}

static void CHILD_SIDE
child_user_set(struct child_birth *birth)
{
	const struct child_spec *spec = birth->spec;

	if (!spec->set_user)
		return;
	if (syscall(SYS_setgroups32, spec->group_count, spec->groups) < 0)
		child_fail(birth, "cannot set its groups");
	if (syscall(SYS_setgid32, spec->gid) < 0)
		child_fail(birth, "cannot set its group");
	if (syscall(SYS_setuid32, spec->uid) < 0)
		child_fail(birth, "cannot set its user");
}

/* A service that eats all memory is not protected because the daemon is. */
static void CHILD_SIDE
child_oom_normal(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "0", 1) < 0)
		errno = 0; /* it stays as it is */
	close(fd);
}

static int CHILD_SIDE
child_main(void *data)
{
	struct child_birth *birth = data;
	const struct child_spec *spec = birth->spec;

	child_signals_reset();
	/* Each is harmless where it does not apply; none can fail for a reason that
	 * matters. */
	syscall(SYS_setpgid, 0, 0);
	if (birth->policy != SCHED_OTHER)
		sched_setscheduler(0, birth->policy | SCHED_RESET_ON_FORK, &birth->param);
	if (spec->oom_normal)
		child_oom_normal();
	child_fds_place(birth);
	child_user_set(birth);
	if (spec->cwd && chdir(spec->cwd) < 0)
		child_fail(birth, "cannot enter its directory");
	if (spec->die_with_parent) {
		/* After the change of user, which would clear it. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (syscall(SYS_getppid) != birth->parent)
			_exit(127);
	}
	sigprocmask(SIG_SETMASK, &birth->no_signals, NULL);
	execve(spec->path, spec->argv, spec->envp);
	if (errno == ENOEXEC && birth->sh_argv)
		execve(birth->sh_argv[0], birth->sh_argv, spec->envp);
	return child_fail(birth, "cannot execute");
}

/* "/bin/sh PATH ARGUMENTS" for a script without "#!", as execvp(3) and every shell do it.
 */
static char **
child_sh_argv(const struct child_spec *spec, char **out)
{
	size_t n = 0;

	out[n++] = (char *)"/bin/sh";
	out[n++] = (char *)spec->path;
	for (size_t i = 1; spec->argv[0] && spec->argv[i]; i++) {
		if (n + 1 >= CHILD_ARGV_MAX)
			return NULL;
		out[n++] = spec->argv[i];
	}
	out[n] = NULL;
	return out;
}

pid_t
child_start(const struct child_spec *spec, struct err *err)
{
	_Alignas(16) char stack[CHILD_STACK_SIZE];
	char *sh_argv[CHILD_ARGV_MAX];
	struct child_birth birth = { .spec = spec,
		.parent = getpid(),
		.policy = sched_getscheduler(0) };
	const struct sched_param normal = { 0 };
	sigset_t all, before;
	pid_t pid;
	int code;

	if (!spec->path || spec->path[0] != '/')
		return err_set(err, -EINVAL, "cannot start '%s': not an absolute path",
		    spec->path ? spec->path : "");
	if (spec->group_count > CHILD_GROUPS_MAX)
		return err_set(err, -EINVAL, "cannot start '%s': more than %d groups",
		    spec->path, CHILD_GROUPS_MAX);
	birth.sh_argv = child_sh_argv(spec, sh_argv);
	sched_getparam(0, &birth.param);
	sigemptyset(&birth.no_signals);
	/* No handler of ours may run in the child, on our data. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = clone(child_main, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD,
	    &birth);
	code = pid < 0 ? errno : birth.code;
	/* We wait for its exec: with normal scheduling it would let us wait for everybody
	 * else on a busy machine.  What it has forked since then is normal already. */
	if (pid > 0 && birth.policy != SCHED_OTHER && !spec->keep_priority)
		sched_setscheduler(pid, SCHED_OTHER, &normal);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return err_set(err, -code, "cannot start '%s': %s", spec->path,
		    strerror(code));
	if (code != 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			; /* it has exited already: this does not wait */
		return err_set(err, -code, "cannot start '%s': %s: %s", spec->path,
		    birth.step, strerror(code));
	}
	return pid;
}

void
child_reap(void (*ended)(void *data, pid_t pid, int status), void *data)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid <= 0)
			return;
		ended(data, pid, status);
	}
}

bool
process_is_gone(pid_t pid)
{
	char path[48], text[512];
	const char *state;
	unsigned flags = 0;
	ssize_t len = 0;
	int fd;

	if (kill(pid, 0) < 0)
		return errno == ESRCH;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && access("/proc/self/stat", F_OK) == 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return len < 0 && errno == ESRCH;
	text[len] = '\0';
	/* "7 (name) S ppid pgrp session tty tpgid flags": the name may hold anything. */
	state = strrchr(text, ')');
	if (!state || sscanf(state, ") %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
		return false;
	return state[2] == 'Z' || state[2] == 'X' || (flags & PROCESS_EXITING);
}

const char *
child_status_text(int status, char *buf, size_t size)
{
	if (WIFEXITED(status)) {
		snprintf(buf, size, "exited with %d", WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		const char *name = sigdescr_np(WTERMSIG(status));

		snprintf(buf, size, "was killed by signal %d (%s)%s", WTERMSIG(status),
		    name ? name : "unknown", WCOREDUMP(status) ? ", core dumped" : "");
	} else {
		snprintf(buf, size, "ended with status 0x%x", (unsigned)status);
	}
	return buf;
}
