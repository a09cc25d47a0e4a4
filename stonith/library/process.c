/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process of a device: how it is started, and how it ends. */
#include "stonith/library/private.h"
#include "lib/array.h"
#include "lib/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEVICE_PROGRAM HB_LIBEXECDIR "/stonith-device"

/* What any program may need of the environment. */
static const char *const env_usual[] = { "PATH=", "HOME=", "LANG=", "LC_",
	"TZ=", "TERM=", "TMPDIR=", "LD_LIBRARY_PATH=", "HA_",
	"STONITH_PLUGIN_DIR=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=" };

static bool
env_is_usual(const char *entry)
{
	for (size_t i = 0; i < ARRAY_LEN(env_usual); i++)
		if (strncmp(entry, env_usual[i], strlen(env_usual[i])) == 0)
			return true;
	return false;
}

/* Whether it is the variable of a parameter: the process gets that over its socket. */
static bool
env_is_param(const struct stn_device *device, const char *entry)
{
	for (size_t i = 0; i < device->param_count; i++) {
		size_t len = strlen(device->param[i].name);

		if (strncmp(entry, device->param[i].name, len) == 0 && entry[len] == '=')
			return true;
	}
	return false;
}

/* The strings stay the environment's. */
static char **
env_make(const struct stn_device *device)
{
	size_t count = 0, used = 0;
	char **env;

	while (environ[count])
		count++;
	env = calloc(count + 1, sizeof(*env));
	for (size_t i = 0; env && i < count; i++)
		if (device->env_small ? env_is_usual(environ[i])
		                      : !env_is_param(device, environ[i]))
			env[used++] = environ[i];
	return env;
}

static int
process_exec(struct stn_device *device, int fd, struct err *err)
{
	const char *other = secure_getenv("STONITH_DEVICE");
	char name[STN_TYPE_MAX + 32];
	char *argv[] = { name, NULL };
	struct child_spec spec = { .path = other ? other : DEVICE_PROGRAM,
		.argv = argv,
		.fd_stdin = fd,
		.fd_stdout = -1,
		.fd_stderr = STDERR_FILENO,
		.die_with_parent = true };
	char **env = env_make(device);
	pid_t pid;

	if (!env)
		return err_set(err, -ENOMEM, "no memory for an environment");
	/* For ps; the type is no secret. */
	snprintf(name, sizeof(name), "stonith-device: %s", device->type);
	spec.envp = env;
	pid = child_start(&spec, err);
	free(env);
	return pid;
}

static int
process_open(struct stn_device *device)
{
	char real[PATH_MAX];
	const char *dir = stn_plugin_dir();
	struct wire_packet open = { .kind = WIRE_OPEN,
		.number = { device->watcher && device->watcher->trace } };

	/* One of the environment's may be relative; the built-in one is shown as it is. */
	if (dir[0] != '/' && !(dir = realpath(dir, real)))
		return -errno;
	open.text[0] = device->type;
	open.text[1] = dir;
	return wire_send(device->fd, &open, STN_SEND_MS);
}

int
stn_process_start(struct stn_device *device, struct err *err)
{
	int pair[2], code;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, -errno, "no socket for the device: %s",
		    strerror(errno));
	pid = process_exec(device, pair[1], err);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return pid;
	}
	device->pid = pid;
	device->fd = pair[0];
	device->pid_params = device->pid_configured = false;
	device->reaped = false;
	code = process_open(device);
	if (code < 0)
		return err_set(err, code,
		    "the process of the device does not take its "
		    "type: %s",
		    strerror(-code));
	return 0;
}

int
stn_process_reap(struct stn_device *device, int wait_ms)
{
	const struct timespec turn = { .tv_nsec = 1000000 };
	struct instant end = instant_add_ms(instant_now(), wait_ms);
	bool killed = false;
	int status = 0;

	if (device->reaped)
		return device->status;
	for (;;) {
		pid_t pid = waitpid(device->pid, &status, WNOHANG);

		if (pid == device->pid)
			return status;
		if (pid < 0 && errno != EINTR)
			return 0; /* nobody knows any more */
		if (!killed && instant_is_reached(end, instant_now())) {
			kill(device->pid, SIGKILL);
			killed = true;
		}
		nanosleep(&turn, NULL);
	}
}

bool
stn_device_reaped(struct stn_device *device, pid_t pid, int status)
{
	if (device->pid <= 0 || pid != device->pid)
		return false;
	device->reaped = true;
	device->status = status;
	return true;
}
