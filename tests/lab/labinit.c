// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first process of a laboratory node.
 *
 * It makes the namespaces of one machine (network, mounts, processes, host name, IPC),
 * gives it a root directory of its own when asked to, says on standard output which
 * process of the host is the machine's process 1, and then only reaps.  Commands come in
 * from outside with labenter.
 *
 * The lifeline is a pipe whose other end only the laboratory holds.  When the laboratory
 * dies, in whatever way, the pipe closes, process 1 ends, and the kernel takes everything
 * that ran on the machine with it: no machine can be left behind.
 *
 * Usage: labinit LIFELINE HOSTNAME [ROOT OVERLAY-OPTIONS]
 * Prints "PID\n" when the machine is up.  Ends with 0 after the lifeline closed, 128 +
 * signal when process 1 was killed (reboot(2) inside looks like SIGHUP, halt like
 * SIGINT), 1 when the machine could not be made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	fputs("labinit: ", stderr);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(saved));
	va_end(ap);
	exit(1);
}

static void
must_mount(const char *what, const char *where, const char *type, unsigned long flags,
    const char *options)
{
	if (mount(what, where, type, flags, options) != 0)
		die("mount %s on %s", what, where);
}

/* The text goes into a kernel switch that may be missing: then the default stays. */
static void
try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "labinit: write %s: %s\n", path, strerror(errno));
	close(fd);
}

static void
make_dir(const char *path, mode_t mode)
{
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		die("mkdir %s", path);
	if (chmod(path, mode) != 0)
		die("chmod %s", path);
}

/* Devices. */

static void
make_devices(void)
{
	static const struct {
		const char *path;
		unsigned int major, minor;
	} nodes[] = {
		{ "/dev/null", 1, 3 },
		{ "/dev/zero", 1, 5 },
		{ "/dev/full", 1, 7 },
		{ "/dev/random", 1, 8 },
		{ "/dev/urandom", 1, 9 },
		{ "/dev/tty", 5, 0 },
	};

	must_mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755,size=4m");
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		if (mknod(nodes[i].path, S_IFCHR | 0666,
		        makedev(nodes[i].major, nodes[i].minor)) != 0)
			die("mknod %s", nodes[i].path);
		if (chmod(nodes[i].path, 0666) != 0)
			die("chmod %s", nodes[i].path);
	}
	make_dir("/dev/pts", 0755);
	make_dir("/dev/shm", 01777);
	must_mount("devpts", "/dev/pts", "devpts", MS_NOSUID,
	    "newinstance,ptmxmode=0666,mode=620");
	must_mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	if (symlink("pts/ptmx", "/dev/ptmx") != 0 ||
	    symlink("/proc/self/fd", "/dev/fd") != 0 ||
	    symlink("/proc/self/fd/0", "/dev/stdin") != 0 ||
	    symlink("/proc/self/fd/1", "/dev/stdout") != 0 ||
	    symlink("/proc/self/fd/2", "/dev/stderr") != 0)
		die("symlink in /dev");
}

/* Root directory. */

static void
enter_root(const char *root, const char *overlay)
{
	must_mount("overlay", root, "overlay", 0, overlay);
	if (chdir(root) != 0)
		die("chdir %s", root);
	/* Both places the same: the old root lies on top and is peeled off. */
	if (syscall(SYS_pivot_root, ".", ".") != 0)
		die("pivot_root");
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		die("leave the old root");
}

static void
mount_proc(void)
{
	must_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	/* What is not divided by namespaces belongs to the host: a daemon under test that
	 * tunes the kernel or pulls the emergency brake must not reach it. */
	must_mount("/proc/sys/kernel", "/proc/sys/kernel", NULL, MS_BIND, NULL);
	must_mount(NULL, "/proc/sys/kernel", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY,
	    NULL);
	must_mount("/proc/sys/vm", "/proc/sys/vm", NULL, MS_BIND, NULL);
	must_mount(NULL, "/proc/sys/vm", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
	if (access("/proc/sysrq-trigger", F_OK) == 0)
		must_mount("/dev/null", "/proc/sysrq-trigger", NULL, MS_BIND, NULL);
}

static void
make_machine(const char *hostname, const char *root, const char *overlay)
{
	must_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (sethostname(hostname, strlen(hostname)) != 0)
		die("sethostname %s", hostname);
	if (root != NULL) {
		enter_root(root, overlay);
		make_devices();
	}
	mount_proc();
	must_mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
	    NULL);
	if (root != NULL) {
		must_mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
		must_mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
		make_dir("/run/lock", 01777);
	}
	/* No waiting for duplicate addresses: every millisecond counts in a measurement.
	 */
	try_write("/proc/sys/net/ipv6/conf/all/accept_dad", "0");
	try_write("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
}

/* Process 1. */

static void
on_child(int signo)
{
	(void)signo; /* it only has to interrupt ppoll */
}

static void
reap(int lifeline)
{
	struct pollfd pfd = { .fd = lifeline, .events = POLLIN };
	struct sigaction sa = { .sa_handler = on_child };
	sigset_t blocked, open;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &open);
	sigdelset(&open, SIGCHLD);
	sigaction(SIGCHLD, &sa, NULL);
	for (;;) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (ppoll(&pfd, 1, NULL, &open) > 0)
			return; /* nothing is ever written: it was closed */
	}
}

static void __attribute__((noreturn))
run_machine(int lifeline, int ready, char **argv, int argc)
{
	char byte = 1;

	make_machine(argv[2], argc > 4 ? argv[3] : NULL, argc > 4 ? argv[4] : NULL);
	if (setsid() < 0)
		die("setsid");
	if (write(ready, &byte, 1) != 1)
		die("tell that the machine is up");
	close(ready);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	reap(lifeline);
	_exit(0);
}

int
main(int argc, char **argv)
{
	int ready[2], lifeline, status;
	char byte;
	pid_t pid;

	if (argc != 3 && argc != 5) {
		fputs("usage: labinit LIFELINE HOSTNAME [ROOT OVERLAY-OPTIONS]\n",
		    stderr);
		return 2;
	}
	lifeline = atoi(argv[1]);
	if (fcntl(lifeline, F_SETFD, FD_CLOEXEC) != 0)
		die("lifeline %s", argv[1]);
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS |
	            CLONE_NEWIPC) != 0)
		die("unshare");
	if (pipe2(ready, O_CLOEXEC) != 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		run_machine(lifeline, ready[1], argv, argc);
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1) {
		printf("%d\n", (int)pid);
		fclose(stdout);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
