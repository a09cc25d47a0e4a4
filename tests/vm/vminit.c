// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Process 1 of a virtual machine of the tests, twice.
 *
 * In the initramfs (as /init) it loads the modules that are listed in /modules, mounts the
 * disk and goes over to it.  There (as /sbin/vminit) it mounts what a system needs, counts
 * this boot on the disk, runs the command that the kernel command line has behind "vm.run=",
 * says how it ended, and turns the power off.
 *
 * Everything it says is on the console and begins with "vm: ".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void __attribute__((noreturn)) die(const char *what)
{
	printf("vm: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	sleep(1);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void
must_mount(const char *what, const char *where, const char *type, const char *options)
{
	mkdir(where, 0755);
	if (mount(what, where, type, 0, options) != 0)
		die(where);
}

/* The console, also for everybody who is started from here. */
static void
console_open(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		fd = open("/dev/ttyS0", O_RDWR);
	for (int to = 0; fd >= 0 && to < 3; to++)
		dup2(fd, to);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* ---- In the initramfs ---- */

static void
modules_load(void)
{
	char path[512];
	FILE *list = fopen("/modules/list", "re");

	if (!list)
		die("/modules/list");
	while (fscanf(list, "%511s", path) == 1) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST))
			printf("vm: module %s: %s\n", path, strerror(errno));
		close(fd);
	}
	fclose(list);
}

static void
disk_enter(void)
{
	must_mount("proc", "/proc", "proc", NULL);
	modules_load();
	mkdir("/disk", 0755);
	for (int i = 0; mount("/dev/vda", "/disk", "ext4", MS_NOATIME, NULL) != 0; i++) {
		if (i == 100)
			die("/dev/vda");
		usleep(50000);
	}
	if (chdir("/disk") != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 ||
	    chroot(".") != 0 || chdir("/") != 0)
		die("the disk as root");
	execl("/sbin/vminit", "/sbin/vminit", NULL);
	die("/sbin/vminit");
}

/* ---- On the disk ---- */

static int
boot_count(void)
{
	int count = 0;
	FILE *file = fopen("/boots", "r+e");

	if (!file)
		file = fopen("/boots", "w+e");
	if (!file)
		die("/boots");
	if (fscanf(file, "%d", &count) != 1)
		count = 0;
	rewind(file);
	fprintf(file, "%d\n", ++count);
	fflush(file);
	fsync(fileno(file));
	fclose(file);
	return count;
}

static void
system_mount(void)
{
	must_mount("proc", "/proc", "proc", NULL);
	must_mount("sysfs", "/sys", "sysfs", NULL);
	must_mount("dev", "/dev", "devtmpfs", NULL);
	must_mount("devpts", "/dev/pts", "devpts", "ptmxmode=0666,mode=620");
	must_mount("shm", "/dev/shm", "tmpfs", "mode=1777");
	must_mount("run", "/run", "tmpfs", "mode=755");
	must_mount("tmp", "/tmp", "tmpfs", "mode=1777");
	symlink("/proc/self/fd", "/dev/fd");
}

/* The value of NAME on the kernel's command line, up to the next blank. */
static char *
argument(const char *name)
{
	static char line[4096];
	FILE *file = fopen("/proc/cmdline", "re");
	char *at;

	if (!file || !fgets(line, sizeof(line), file))
		die("/proc/cmdline");
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	at = strstr(line, name);
	if (!at)
		return NULL;
	at += strlen(name);
	at[strcspn(at, " ")] = '\0';
	return at;
}

static int
command_run(const char *command)
{
	pid_t pid = fork(), ended;
	int status = 0;

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		setsid();
		setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
		setenv("HOME", "/root", 1);
		setenv("LC_ALL", "C", 1);
		setenv("PYTHONUNBUFFERED", "1", 1);
		execl(command, command, NULL);
		printf("vm: %s: %s\n", command, strerror(errno));
		_exit(127);
	}
	while ((ended = wait(&status)) != pid)
		if (ended < 0 && errno != EINTR)
			die("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
main(int argc, char **argv)
{
	const char *command;

	(void)argc;
	if (strcmp(argv[0], "/init") == 0) {
		must_mount("dev", "/dev", "devtmpfs", NULL);
		console_open();
		disk_enter();
	}
	system_mount();
	console_open();
	printf("vm: boot %d\n", boot_count());
	command = argument("vm.run=");
	if (!command) {
		errno = EINVAL;
		die("vm.run");
	}
	printf("vm: end %d\n", command_run(command));
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(RB_POWER_OFF);
	die("power off");
}
