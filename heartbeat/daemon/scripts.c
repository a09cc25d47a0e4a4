/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running resource scripts, directly and one at a time (spec/resources-v1.md 2.2, 3.3),
 * and looking after every child of the daemon.  Nobody waits for a child; of a status
 * script's output the first 4 KiB are kept, and its end, not the end of its output, is
 * what counts: a daemon that it left behind may hold the pipe.
 *
 * A name is looked for in resource.d, then in init.d; else a systemd unit of that name is
 * used.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/choice.h"
#include "lib/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Environment. */

static int
env_add(struct hb *hb, const char *format, const char *name, const char *value)
{
	char **more = realloc(hb->env, (hb->env_count + 2) * sizeof(*more)), *text;
	size_t i = 0, len;

	if (!more)
		return -ENOMEM;
	hb->env = more;
	if (asprintf(&text, format, name, value) < 0)
		return -ENOMEM;
	/* The last one wins: of two of a name every shell takes another one. */
	len = strcspn(text, "=") + 1;
	while (i < hb->env_count && strncmp(hb->env[i], text, len) != 0)
		i++;
	if (i < hb->env_count) {
		free(hb->env[i]);
		hb->env[i] = text;
		return 0;
	}
	hb->env[hb->env_count++] = text;
	hb->env[hb->env_count] = NULL;
	return 0;
}

static bool
is_inherited(const char *entry)
{
	static const char *const dropped[] = { "LC_ALL=", "LANGUAGE=", "NOTIFY_SOCKET=",
		HB_EXEC_MARK "=", HB_WATCHDOG_MARK "=", "HA_" };

	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (strncmp(entry, dropped[i], strlen(dropped[i])) == 0)
			return false;
	return true;
}

int
hb_env_make(struct hb *hb)
{
	const struct conf *conf = &hb->all.conf;
	const char *retries = getenv("HA_STOPRETRYMAX");
	char debug[16];
	int rc = 0;

	snprintf(debug, sizeof(debug), "%d", conf->debug + hb->options.debug);
	for (char **e = environ; *e; e++)
		if (is_inherited(*e))
			rc |= env_add(hb, "%s%s", *e, "");
	if (!getenv("PATH"))
		rc |= env_add(hb, "%s=%s", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
	for (size_t i = 0; i < conf->param_count; i++)
		rc |= env_add(hb, "HA_%s=%s", conf->param[i].name, conf->param[i].value);
	for (size_t i = 0; i < conf->env_count; i++)
		rc |= env_add(hb, "HA_%s=%s", conf->env[i].name, conf->env[i].value);
	rc |= env_add(hb, "%s=%s", "HA_CURHOST", conf->self);
	rc |= env_add(hb, "%s=%s", "HA_DIR", HB_HADIR "/");
	rc |= env_add(hb, "%s=%s", "HA_FUNCS", HB_HADIR "/shellfuncs");
	rc |= env_add(hb, "%s=%s", "HA_RSCTMP", HB_RSCTMP);
	rc |= env_add(hb, "%s=%s", "HA_DATEFMT", "%Y/%m/%d_%T\t");
	rc |= env_add(hb, "%s=%s", "HA_LOGD", conf->use_logd ? "yes" : "no");
	if (conf->logfile)
		rc |= env_add(hb, "%s=%s", "HA_LOGFILE", conf->logfile);
	if (conf->debugfile)
		rc |= env_add(hb, "%s=%s", "HA_DEBUGLOG", conf->debugfile);
	if (conf->logfacility >= 0)
		rc |= env_add(hb, "%s=%s", "HA_LOGFACILITY",
		    choice_name(log_facilities, conf->logfacility));
	rc |= env_add(hb, "%s=%s", "HA_debug", debug);
	if (conf->failback != FAILBACK_LEGACY)
		rc |= env_add(hb, "%s=%s", "HA_NICEFAILBACK", "yes");
	if (retries)
		rc |= env_add(hb, "%s=%s", "HA_STOPRETRYMAX", retries);
	rc |= env_add(hb, "%s=%s", "OCF_ROOT", "/usr/lib/ocf");
	if (conf->crm != CRM_OFF)
		rc |= env_add(hb, "%s=%s", "HA_cluster_type", "heartbeat");
	if (conf->crm == CRM_VALGRIND)
		rc |= env_add(hb, "%s=%s", "HA_VALGRIND_ENABLED", "1");
	return rc ? -ENOMEM : 0;
}

void
hb_env_free(struct hb *hb)
{
	for (size_t i = 0; i < hb->env_count; i++)
		free(hb->env[i]);
	free(hb->env);
}

/* Children. */

static struct hb_child *
child_slot(struct hb *hb)
{
	for (size_t i = 0; i < HB_CHILD_MAX; i++)
		if (hb->child[i].pid == 0)
			return &hb->child[i];
	return NULL;
}

/* Where scripts' own words go: the debug file, else the log file. */
static int
words_fd(const struct hb *hb)
{
	const char *path =
	    hb->all.conf.debugfile ? hb->all.conf.debugfile : hb->all.conf.logfile;

	if (!path || hb->all.conf.use_logd)
		return -1;
	return open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);
}

/* Our own program that moves addresses: it takes some milliseconds, and the busier the
 * machine, the more a takeover needs it at once. */
static bool
is_address_helper(const char *path)
{
	struct stat script, helper;

	return stat(path, &script) == 0 &&
	       stat(HB_LIBEXECDIR "/hb_ipaddr", &helper) == 0 &&
	       script.st_ino == helper.st_ino && script.st_dev == helper.st_dev;
}

static struct hb_child *
child_run(struct hb *hb, struct child_spec spec, const char *what,
    void (*ended)(struct hb *, struct hb_child *, int))
{
	struct hb_child *child = child_slot(hb);
	struct err err;
	pid_t pid;
	int fd;

	if (!child) {
		log_line(LOG_ERR, "cannot run %s: %d children already run", what,
		    HB_CHILD_MAX);
		return NULL;
	}
	fd = words_fd(hb);
	spec.fd_stderr = fd;
	if (spec.fd_stdout < 0)
		spec.fd_stdout = fd;
	pid = child_start(&spec, &err);
	if (fd >= 0)
		close(fd);
	if (pid < 0) {
		log_line(LOG_ERR, "cannot run %s: %s", what, err.text);
		return NULL;
	}
	*child = (struct hb_child){ .pid = pid, .ended = ended };
	snprintf(child->name, sizeof(child->name), "%s", what);
	child->what = child->name;
	return child;
}

struct hb_child *
hb_child_run(struct hb *hb, const char *path, char *const *argv, char *const *envp,
    int fd_stdout, const char *what, void (*ended)(struct hb *, struct hb_child *, int))
{
	const struct child_spec spec = { .path = path,
		.argv = argv,
		.envp = envp,
		.fd_stdin = -1,
		.fd_stdout = fd_stdout,
		.oom_normal = true,
		.keep_priority = is_address_helper(path) };

	return child_run(hb, spec, what, ended);
}

struct hb_child *
hb_child_run_input(struct hb *hb, char *const *argv, char *const *envp, int fd_stdin,
    int fd_stdout, const char *what, void (*ended)(struct hb *, struct hb_child *, int))
{
	const struct child_spec spec = { .path = argv[0],
		.argv = argv,
		.envp = envp,
		.fd_stdin = fd_stdin,
		.fd_stdout = fd_stdout,
		.die_with_parent = true,
		.oom_normal = true };

	return child_run(hb, spec, what, ended);
}

static void
on_end(void *data, pid_t pid, int status)
{
	struct hb *hb = data;

	if (pid == log_writer_pid()) {
		hb_self_log_ended(hb);
		return;
	}
	clients_child_died(hb->clients, pid);
	if (hb_respawn_ended(hb, pid, status))
		return;
	for (size_t i = 0; i < HB_CHILD_MAX; i++) {
		struct hb_child child = hb->child[i];

		if (child.pid != pid)
			continue;
		/* Its place may be taken by the next one while this end is told. */
		child.what = child.name;
		hb->child[i].pid = 0;
		child.ended(hb, &child, status);
		return;
	}
}

void
hb_children_reap(struct hb *hb)
{
	/* Before the end of a script starts the next one. */
	hb_notice_absence(hb, loop_now(hb->loop));
	child_reap(on_end, hb);
}

/* Looking for a script. */

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool
is_unit(const char *name)
{
	static const char *const dirs[] = { "/etc/systemd/system", "/run/systemd/system",
		"/usr/lib/systemd/system", "/lib/systemd/system" };
	char path[256];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s.service", dirs[i], name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static bool
find_script(struct hb *hb, const char *name)
{
	size_t size = sizeof(hb->script.path);

	hb->script.is_unit = false;
	if (!*name || name[0] == '.' || strchr(name, '/'))
		return false;
	snprintf(hb->script.path, size, "%s/resource.d/%s", HB_HADIR, name);
	if (is_program(hb->script.path))
		return true;
	snprintf(hb->script.path, size, "/etc/init.d/%s", name);
	if (is_program(hb->script.path))
		return true;
	if (!is_unit(name))
		return false;
	hb->script.is_unit = true;
	snprintf(hb->script.path, size, "/usr/bin/systemctl");
	return is_program(hb->script.path);
}

/* "systemctl start httpd", else "PATH arg ... start".  Pointers into the resource, which
 * outlives the call. */
static void
make_argv(struct hb *hb, const struct rsc_run *run, const char *argv[CONF_ARG_MAX + 4])
{
	const struct conf_resource *r = run->resource;
	size_t n = 0;

	argv[n++] = hb->script.path;
	if (hb->script.is_unit) {
		argv[n++] = run->op == RSC_STATUS ? "is-active" : rsc_op_names[run->op];
		argv[n++] = r->script;
	} else {
		for (size_t i = 0; i < r->arg_count; i++)
			argv[n++] = r->arg[i];
		argv[n++] = rsc_op_names[run->op];
	}
	argv[n] = NULL;
}

static void
command_text(const char *const *argv, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; argv[i] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "",
		    argv[i]);
}

/* A status's words. */

#define READ_QUOTA 16 /* reads a turn: a script may write faster than we read */

static void
read_output(struct hb *hb)
{
	char rest[4096];

	for (int i = 0; i < READ_QUOTA; i++) {
		size_t room = sizeof(hb->script.output) - hb->script.output_len;
		ssize_t got = room ? read(hb->script.out_fd,
		                         hb->script.output + hb->script.output_len, room)
		                   : read(hb->script.out_fd, rest, sizeof(rest));

		if (got <= 0)
			return;
		if (room)
			hb->script.output_len += (size_t)got;
	}
}

static void
on_output(void *data, int fd, int revents)
{
	struct hb *hb = data;

	(void)fd;
	read_output(hb);
	if (revents & (POLLHUP | POLLERR))
		loop_fd_remove(hb->loop,
		    hb->script.out_fd); /* the end of the script says the rest */
}

static void
close_output(struct hb *hb)
{
	if (hb->script.out_fd < 0)
		return;
	loop_fd_remove(hb->loop, hb->script.out_fd);
	close(hb->script.out_fd);
	hb->script.out_fd = -1;
}

/* The end. */

static void
on_script_end(struct hb *hb, struct hb_child *child, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	char text[96];

	assert(hb->script.id == child->id);
	hb->script.child = NULL;
	if (hb->script.out_fd >= 0)
		read_output(hb);
	close_output(hb);
	if (hb->script.op != RSC_STATUS && code != 0) {
		if (code > 0)
			log_line(LOG_ERR, "Return code %d from %s", code,
			    hb->script.path);
		else
			log_line(LOG_ERR, "%s %s", child->what,
			    child_status_text(status, text, sizeof(text)));
	}
	if (hb->script.is_unit && hb->script.op == RSC_STATUS)
		hb->script.output_len = (size_t)snprintf(hb->script.output,
		    sizeof(hb->script.output), "%s", code == 0 ? "running" : "stopped");
	log_line(LOG_DEBUG, "%s of resource %s ended with %d",
	    rsc_op_names[hb->script.op], hb->script.word, code);
	rsc_ran(hb->rsc, loop_now(hb->loop), child->id, code, hb->script.output,
	    hb->script.output_len);
	hb_flush(hb);
}

static void
end_later(struct hb *hb, uint32_t id, int code)
{
	assert(hb->failed.id == 0);
	hb->failed.id = id;
	hb->failed.code = code;
	hb_flush_soon(hb);
}

/* The core waits for the end of this one. */
static void
script_started(struct hb *hb, const struct rsc_run *run, struct hb_child *child)
{
	child->id = run->id;
	hb->script.child = child;
	snprintf(hb->script.word, sizeof(hb->script.word), "%s", run->resource->word);
	hb->script.id = run->id;
	hb->script.op = run->op;
}

void
hb_script_run(struct hb *hb, const struct rsc_run *run)
{
	const char *argv[CONF_ARG_MAX + 4];
	int pipe_fd[2] = { -1, -1 };
	struct hb_child *child;
	char text[192];

	assert(!hb->script.child);
	if (hb->silent && hb->stop_step > 0)
		return; /* this machine is going down: nothing more is begun */
	if (run->op == RSC_GIVEIP) {
		child = hb_giveip_run(hb, run);
		if (child)
			script_started(hb, run, child);
		else
			end_later(hb, run->id, 0);
		return;
	}
	if (!find_script(hb, run->resource->script)) {
		log_line(LOG_ERR, "Cannot locate resource script %s",
		    run->resource->script);
		end_later(hb, run->id, 1);
		return;
	}
	if (run->op == RSC_ANNOUNCE && !is_address_helper(hb->script.path)) {
		end_later(hb, run->id, 0);
		return;
	}
	make_argv(hb, run, argv);
	command_text(argv, text, sizeof(text));
	if (run->op != RSC_STATUS)
		log_line(LOG_INFO, "Running %s", text);
	hb->script.output_len = 0;
	if (run->op == RSC_STATUS && pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK) == 0) {
		/* The script's end of it must block, like any output. */
		fcntl(pipe_fd[1], F_SETFL, 0);
		hb->script.out_fd = pipe_fd[0];
		loop_fd_add(hb->loop, pipe_fd[0], POLLIN, false, "status output",
		    on_output, hb);
	}
	child = hb_child_run(hb, hb->script.path, (char *const *)(uintptr_t)argv, hb->env,
	    pipe_fd[1], text, on_script_end);
	if (pipe_fd[1] >= 0)
		close(pipe_fd[1]);
	if (!child) {
		close_output(hb);
		end_later(hb, run->id, 1);
		return;
	}
	script_started(hb, run, child);
}

void
hb_script_kill(struct hb *hb, uint32_t id, bool hard)
{
	if (hb->script.child && hb->script.id == id)
		kill(-hb->script.child->pid, hard ? SIGKILL : SIGTERM);
}
