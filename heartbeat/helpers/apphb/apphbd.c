/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apphbd(8), the daemon: sockets, timers, the watchdog, and what a failure sets off.
 * Who may ask for a reboot is decided by what the kernel says of a client, not by what it
 * says of itself.
 */
#include "heartbeat/helpers/apphb/apphbd.h"

#include "lib/child.h"
#include "lib/daemonize.h"
#include "lib/file.h"
#include "lib/frame_server.h"
#include "lib/lock.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/watchdog.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <unistd.h>

#define PIDFILE "/var/run/apphbd.pid"
#define PLUGIN_DIR HB_LIBEXECDIR "/apphbd-notify"
#define HEAP_KB 1024
#define STACK_KB 64

enum { EXIT_OK = 0, EXIT_GENERIC = 1, EXIT_USAGE = 2, EXIT_STOPPED = 3, EXIT_CONFIG = 6 };

struct apphbd {
	struct apphbd_conf conf;
	struct loop *loop;
	struct frame_server server;
	int watchdog_fd;
	struct loop_timer watchdog;
	uid_t hacluster; /* 0 when there is no such user */
	bool ending;     /* it leaves its clients, not they it */
};

struct client {
	struct apphbd *daemon;
	struct apphb_watch watch;
	struct loop_timer timer;
};

/* Events. */

/* "apphb client 'app' / 'inst' (pid 8)", the way scripts look for it. */
static void
client_say(const struct client *client, int priority, const char *what)
{
	log_line(priority, "apphb client '%s' / '%s' (pid %d) %s", client->watch.name,
	    client->watch.instance, (int)client->watch.pid, what);
}

static void
plugin_run(const struct apphbd *daemon, const struct apphb_watch *watch,
    const char *event)
{
	char pid[16], uid[16];
	char *argv[] = { (char *)daemon->conf.plugin, (char *)event, (char *)watch->name,
		(char *)watch->instance, pid, uid, (char *)watch->directory, NULL };
	static char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	const struct child_spec spec = { .path = daemon->conf.plugin,
		.argv = argv,
		.envp = envp,
		.fd_stdin = -1,
		.fd_stdout = -1,
		.fd_stderr = -1 };
	struct err err;

	if (!daemon->conf.plugin[0])
		return;
	snprintf(pid, sizeof(pid), "%d", (int)watch->pid);
	snprintf(uid, sizeof(uid), "%u", (unsigned)watch->uid);
	if (child_start(&spec, &err) < 0)
		log_line(LOG_ERR, "cannot tell %s: %s", daemon->conf.plugin, err.text);
}

static void
client_failed(struct client *client, const char *event)
{
	plugin_run(client->daemon, &client->watch, event);
	if (!client->watch.boot)
		return;
	client_say(client, LOG_EMERG, "asked for a reboot in this case: rebooting");
	log_close(1000);
	sync();
	reboot(RB_AUTOBOOT);
	log_line(LOG_EMERG, "cannot reboot: %s", strerror(errno));
}

static void
on_timer(void *data, struct instant now)
{
	struct client *client = data;

	if (apphb_watch_judge(&client->watch, now) == APPHB_FAILED) {
		client_say(client, LOG_WARNING, "failed to heartbeat");
		client_failed(client, "failed");
	}
	loop_timer_arm(&client->timer, apphb_watch_due(&client->watch));
}

static void
client_beat(struct client *client)
{
	int64_t late_ms = 0;
	char text[64];

	switch (
	    apphb_watch_beat(&client->watch, loop_now(client->daemon->loop), &late_ms)) {
	case APPHB_RESUMED:
		client_say(client, LOG_INFO, "resumed heartbeats");
		plugin_run(client->daemon, &client->watch, "resumed");
		/* It was late, too. */
		__attribute__((fallthrough));
	case APPHB_LATE:
		snprintf(text, sizeof(text), "late heartbeat: %lld ms",
		    (long long)late_ms);
		client_say(client, LOG_INFO, text);
		break;
	case APPHB_FINE:
	case APPHB_FAILED:
		break;
	}
}

/* Clients. */

static struct client *
client_get(struct apphbd *daemon, struct frame_client *from)
{
	struct client *client = from->data;

	if (client)
		return client;
	client = calloc(1, sizeof(*client));
	if (!client)
		return NULL;
	client->daemon = daemon;
	loop_timer_init(daemon->loop, &client->timer, "promise", on_timer, client);
	from->data = client;
	return client;
}

static bool
on_frame(void *data, struct frame_client *from, const uint8_t *body, size_t len)
{
	struct apphbd *daemon = data;
	struct client *client = client_get(daemon, from);
	struct apphb_request request;
	int32_t code;

	if (!client)
		return false;
	if (apphb_decode(&request, body, len) < 0) {
		/* A later version may know more: it is answered, not closed. */
		code = EINVAL;
		return frame_send(from, &code, sizeof(code)) == 0;
	}
	log_line(LOG_DEBUG, "apphb_process_msg: client: %d type=%s", (int)from->pid,
	    apphb_type_names[request.type]);
	if (request.type == APPHB_BEAT) {
		client_beat(client);
		loop_timer_arm(&client->timer, apphb_watch_due(&client->watch));
		return true;
	}
	if (request.type == APPHB_REGISTER) {
		request.uid = from->uid;
		request.gid = from->gid;
	}
	code = apphb_watch_request(&client->watch, &request,
	    from->uid == 0 || (daemon->hacluster && from->uid == daemon->hacluster),
	    loop_now(daemon->loop));
	if (request.type == APPHB_REGISTER && code == 0)
		log_line(LOG_DEBUG,
		    "apphb_client_register: client: [%s]/[%s] pid %d (uid,gid) = (%u,%u)",
		    request.name, request.instance, (int)request.pid,
		    (unsigned)request.uid, (unsigned)request.gid);
	loop_timer_arm(&client->timer, apphb_watch_due(&client->watch));
	return frame_send(from, &code, sizeof(code)) == 0;
}

static void
on_gone(void *data, struct frame_client *from)
{
	struct client *client = from->data;

	(void)data;
	if (!client)
		return;
	loop_timer_arm(&client->timer, INSTANT_NEVER);
	if (client->watch.registered && !client->daemon->ending) {
		client_say(client, LOG_WARNING, "hangup");
		client_failed(client, "hangup");
	}
	log_line(LOG_INFO, "apphb_client_remove: client: %d", (int)from->pid);
	free(client);
}

/* The watchdog: this daemon's own promise to the kernel. */

static void
on_watchdog(void *data, struct instant now)
{
	struct apphbd *daemon = data;

	if (write(daemon->watchdog_fd, "\n", 1) != 1)
		log_line(LOG_ERR, "cannot write to %s: %s", daemon->conf.watchdog,
		    strerror(errno));
	loop_timer_arm(&daemon->watchdog,
	    instant_add_ms(now, daemon->conf.watchdog_ms / 2));
}

static int
watchdog_open(struct apphbd *daemon)
{
	int seconds = (int)(daemon->conf.watchdog_ms / 1000) + 1;

	daemon->watchdog_fd = -1;
	if (!daemon->conf.watchdog[0])
		return 0;
	daemon->watchdog_fd = open(daemon->conf.watchdog, O_WRONLY | O_CLOEXEC);
	if (daemon->watchdog_fd < 0) {
		log_line(LOG_ERR, "cannot open watchdog %s: %s", daemon->conf.watchdog,
		    strerror(errno));
		return -errno;
	}
	/* Devices differ in what they can; a stand-in can nothing. */
	if (ioctl(daemon->watchdog_fd, WDIOC_SETTIMEOUT, &seconds) < 0)
		log_line(LOG_DEBUG, "%s keeps its own interval", daemon->conf.watchdog);
	loop_timer_init(daemon->loop, &daemon->watchdog, "watchdog", on_watchdog, daemon);
	on_watchdog(daemon, loop_now(daemon->loop));
	return 0;
}

static void
watchdog_close(struct apphbd *daemon)
{
	if (daemon->watchdog_fd < 0)
		return;
	/* The word by which an orderly end is known. */
	if (write(daemon->watchdog_fd, "V", 1) != 1)
		log_line(LOG_ERR, "cannot disarm %s: the machine may be reset",
		    daemon->conf.watchdog);
	close(daemon->watchdog_fd);
}

/* Life. */

static void
on_end(void *data, int signo)
{
	struct apphbd *daemon = data;

	(void)signo;
	loop_stop(daemon->loop);
}

static void
on_hangup(void *data, int signo)
{
	(void)data;
	(void)signo;
	log_reopen();
}

static void
child_ended(void *data, pid_t pid, int status)
{
	(void)data;
	(void)status;
	if (pid == log_writer_pid())
		log_writer_ended();
}

static void
on_child(void *data, int signo)
{
	(void)signo;
	child_reap(child_ended, data);
}

static int
daemon_open(struct apphbd *daemon)
{
	static const struct frame_server_class class = { .name = "apphbd",
		.path = APPHB_SOCKET,
		.body_max = APPHB_BODY_MAX,
		.frame = on_frame,
		.gone = on_gone };
	struct passwd *user = getpwnam("hacluster");
	struct err err;

	daemon->hacluster = user ? user->pw_uid : 0;
	daemon->loop = loop_new(0);
	if (!daemon->loop || loop_signal_add(daemon->loop, SIGTERM, on_end, daemon) < 0 ||
	    loop_signal_add(daemon->loop, SIGINT, on_end, daemon) < 0 ||
	    loop_signal_add(daemon->loop, SIGHUP, on_hangup, daemon) < 0 ||
	    loop_signal_add(daemon->loop, SIGCHLD, on_child, daemon) < 0) {
		log_line(LOG_ERR, "cannot make a loop: %s", strerror(errno));
		return EXIT_GENERIC;
	}
	signal(SIGPIPE, SIG_IGN);
	if (frame_server_open(&daemon->server, daemon->loop, &class, daemon, &err) < 0) {
		log_line(LOG_ERR, "%s", err.text);
		return EXIT_GENERIC;
	}
	if (watchdog_open(daemon) < 0) {
		frame_server_close(&daemon->server);
		return EXIT_GENERIC;
	}
	if (daemon->conf.realtime &&
	    (prio_realtime(1, &err) < 0 || mem_lock(STACK_KB, HEAP_KB, &err) < 0))
		log_line(LOG_WARNING, "%s", err.text);
	return EXIT_OK;
}

static int
serve(struct apphbd *daemon, bool foreground)
{
	struct log_conf log = { .tag = "apphbd",
		.logfile = daemon->conf.debug ? daemon->conf.logfile : NULL,
		.debugfile = daemon->conf.debug ? daemon->conf.debugfile : NULL,
		.facility = LOG_DAEMON,
		.syslog_format = true,
		.debug = daemon->conf.debug };
	char host[64] = "";
	struct err err;
	int report_fd = -1, code, pid_fd;

	if (!foreground && (code = daemonize(&report_fd)) >= 0)
		return code;
	pid_fd = pidfile_take(PIDFILE, &err);
	if (pid_fd < 0) {
		log_line(LOG_ERR, "%s", err.text);
		return EXIT_GENERIC;
	}
	gethostname(host, sizeof(host) - 1);
	log.host = host;
	if (log_open(&log, true) < 0)
		log_line(LOG_WARNING, "cannot log to files: standard error is used");
	log_line(LOG_INFO, "Starting apphbd");
	code = daemon_open(daemon);
	if (code == EXIT_OK) {
		notify_send("READY=1");
		if (!foreground) {
			log_stderr_close();
			daemonize_done(report_fd, EXIT_OK);
		}
		loop_run(daemon->loop);
		daemon->ending = true;
		watchdog_close(daemon);
		frame_server_close(&daemon->server);
		log_line(LOG_INFO, "apphbd stopped");
	}
	unlink(PIDFILE);
	log_close(2000);
	loop_free(daemon->loop);
	return code;
}

/* A bare name is that of a program in our own directory. */
static int
plugin_find(struct apphbd_conf *conf)
{
	char path[APPHBD_PATH_MAX + sizeof(PLUGIN_DIR) + 1];

	if (!conf->plugin[0])
		return 0;
	snprintf(path, sizeof(path), "%s%s%s", conf->plugin[0] == '/' ? "" : PLUGIN_DIR,
	    conf->plugin[0] == '/' ? "" : "/", conf->plugin);
	if (strlen(path) >= sizeof(conf->plugin) || access(path, X_OK) < 0) {
		log_line(LOG_ERR, "cannot load plugin %s", conf->plugin);
		return -ENOENT;
	}
	strcpy(conf->plugin, path);
	return 0;
}

static int
start(const char *file, bool foreground, int debug)
{
	static struct apphbd daemon;
	static char text[65536];
	struct err err;
	bool stale;
	pid_t pid = pidfile_running(PIDFILE, "apphbd", &stale);

	if (pid) {
		log_line(LOG_CRIT, "already running: [pid %d].", (int)pid);
		return EXIT_OK;
	}
	apphbd_conf_init(&daemon.conf);
	if (file_read_bounded(file, text, sizeof(text), NULL) < 0) {
		log_line(LOG_ERR, "Cannot open config file:[%s]", file);
		return EXIT_CONFIG;
	}
	if (apphbd_conf_parse(&daemon.conf, text, file, &err) < 0) {
		log_line(LOG_ERR, "%s", err.text);
		return EXIT_CONFIG;
	}
	if (plugin_find(&daemon.conf) < 0)
		return EXIT_CONFIG;
	if (debug > daemon.conf.debug)
		daemon.conf.debug = debug;
	return serve(&daemon, foreground);
}

static int
status(void)
{
	bool stale;
	pid_t pid = pidfile_running(PIDFILE, "apphbd", &stale);

	if (pid)
		fprintf(stderr, "apphbd is running [pid: %d]\n", (int)pid);
	else if (stale)
		fprintf(stderr, "apphbd is stopped: %s exists.\n", PIDFILE);
	else
		fprintf(stderr, "apphbd is stopped.\n");
	return pid ? EXIT_OK : stale ? EXIT_GENERIC : EXIT_STOPPED;
}

static int
stop(void)
{
	struct err err;
	bool stale;
	pid_t pid = pidfile_running(PIDFILE, "apphbd", &stale);

	if (!pid || pidfile_stop(pid, &err) == 0)
		return EXIT_OK;
	fprintf(stderr, "Cannot kill pid %d: %s\n", (int)pid, err.text);
	return geteuid() ? 4 : EXIT_GENERIC;
}

static void
usage(FILE *out)
{
	fprintf(out, "usage: apphbd [-srkdfh][-c configure file]\n"
	             "\t-d\tsets debug level: once more for each\n"
	             "\t-s\tgets daemon status\n"
	             "\t-r\trestarts daemon\n"
	             "\t-k\tstops daemon\n"
	             "\t-f\tstays in the foreground\n"
	             "\t-c FILE\tconfiguration (./apphbd.cf)\n"
	             "\t-h\thelp message\n");
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	const char *file = "./apphbd.cf";
	bool foreground = false;
	int c, debug = 0, verb = 0;

	log_open_stderr("apphbd");
	while ((c = getopt_long(argc, argv, "srkdfhc:", longs, NULL)) != -1) {
		switch (c) {
		case 's':
		case 'r':
		case 'k':
			verb = c;
			break;
		case 'd':
			debug++;
			break;
		case 'f':
			foreground = true;
			break;
		case 'c':
			file = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (verb == 's')
		return status();
	if (verb && (c = stop()) != EXIT_OK)
		return c;
	return verb == 'k' ? EXIT_OK : start(file, foreground, debug);
}
