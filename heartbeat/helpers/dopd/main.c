/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dopd(8): has the other node outdate its copy of a DRBD resource.  Two halves in one
 * process:
 *
 *	askers   drbd-peer-outdater processes of this node, each with one request
 *	jobs     drbdadm processes of this node, each for a request of the other one
 *
 * Sockets and processes are here; what is decided is in dopd.h.
 */
#include "heartbeat/helpers/dopd/dopd.h"
#include "heartbeat/helpers/member/member.h"
#include "lib/child.h"
#include "lib/log.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ASKER_MAX 32 /* more are closed at once: their peers stay as they are */
#define JOB_MAX 32   /* more fail */
#define READ_MS 1
#define SEND_MS 1000
#define ASKER_OLD_MS (15 * 60 * 1000) /* longer than anybody waits */

enum dopd_exit {
	EXIT_DONE = 0,
	EXIT_USAGE = 1,
	EXIT_LOOP = 2,
	EXIT_SOCKET = 3,
	EXIT_SIGNON = 4,
	EXIT_SETTLE = 5,
	EXIT_LOST = 6,
};

struct shell;
struct asker {
	struct shell *shell;
	struct client *client; /* NULL = free */
	bool asked;            /* the request has come, its answer has not */
	struct dopd_request request;
	struct instant since;
};

struct job {
	struct shell *shell;
	pid_t pid; /* 0 = free */
	char asker[DOPD_NAME_MAX], resource[DOPD_NAME_MAX];
	struct loop_timer limit;
};

struct shell {
	struct member member;
	int listen_fd;
	struct asker asker[ASKER_MAX];
	struct job job[JOB_MAX];
	int code;
};

/* Askers. */

static void
asker_close(struct asker *asker)
{
	if (!asker->client)
		return;
	loop_fd_remove(asker->shell->member.loop, client_fd(asker->client));
	client_free(asker->client);
	*asker = (struct asker){ .shell = asker->shell };
}

static void
asker_answer(struct asker *asker, enum dopd_result result)
{
	uint8_t store[512];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "outdater_rc");
	msg_add_str(&m, "src", member_facts(&asker->shell->member)->node);
	msg_add_dec(&m, "dop_value", result);
	if (client_send(asker->client, &m, instant_add_ms(instant_now(), SEND_MS)) < 0)
		log_line(LOG_WARNING, "who asked for resource %s is gone",
		    asker->request.resource);
	asker_close(asker);
}

static bool
is_running(const struct shell *s, const struct dopd_request *request)
{
	for (size_t i = 0; i < ASKER_MAX; i++)
		if (s->asker[i].client && s->asker[i].asked &&
		    strcmp(s->asker[i].request.resource, request->resource) == 0)
			return true;
	return false;
}

struct search {
	const char *name;
	bool active;
};

static void
find_node(void *data, const char *name, const char *type, const char *status)
{
	struct search *search = data;

	if (strcasecmp(name, search->name) == 0)
		search->active =
		    strcmp(type, "normal") == 0 && strcmp(status, "active") == 0;
}

/* The peer is another node, and alive as far as is known. */
static bool
is_reachable(struct shell *s, const char *peer)
{
	struct search search = { .name = peer };

	return strcasecmp(peer, member_facts(&s->member)->node) != 0 &&
	       member_nodes(&s->member, find_node, &search) == 0 && search.active;
}

static void
asker_begin(struct asker *asker, const struct dopd_request *request)
{
	struct shell *s = asker->shell;
	const char *self = member_facts(&s->member)->node;
	const struct client_field fields[] = { { "t", "start_outdate" }, { "src", self },
		{ "dop_res", request->resource }, { "dest", request->peer },
		{ NULL, NULL } };

	if (is_running(s, request)) {
		log_line(LOG_WARNING, "resource %s: another request is running",
		    request->resource);
		asker_answer(asker, DOPD_BUSY);
		return;
	}
	asker->request = *request;
	if (!is_reachable(s, request->peer)) {
		log_line(LOG_WARNING, "resource %s: peer %s is no active node",
		    request->resource, request->peer);
		asker_answer(asker, DOPD_UNREACHABLE);
		return;
	}
	log_line(LOG_INFO, "sending start_outdate message to the other node %s -> %s",
	    self, request->peer);
	if (member_send(&s->member, fields) < 0)
		asker_answer(asker, DOPD_UNREACHABLE);
	else
		asker->asked = true;
}

static void
on_asker(void *data, int fd, int revents)
{
	struct asker *asker = data;
	struct dopd_request request;
	const struct msg *got;
	struct err err;
	int r = client_read(asker->client, &got, instant_add_ms(instant_now(), READ_MS));

	(void)fd;
	(void)revents;
	if (r == -ETIMEDOUT)
		return; /* the rest is to come */
	if (r < 0) {
		if (asker->asked)
			log_line(LOG_INFO,
			    "resource %s: drbd-peer-outdater waits no more",
			    asker->request.resource);
		asker_close(asker);
		return;
	}
	if (asker->asked)
		return; /* one request each */
	if (dopd_request_parse(got, &request, &err) < 0) {
		log_line(LOG_ERR, "request refused: %s", err.text);
		asker_answer(asker, DOPD_FAILED);
		return;
	}
	asker_begin(asker, &request);
}

static bool
is_allowed(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	const struct group *group = getgrnam("haclient");

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == 0 || who.uid == geteuid() ||
	           (group && who.gid == group->gr_gid));
}

static struct asker *
asker_slot(struct shell *s, struct instant now)
{
	for (size_t i = 0; i < ASKER_MAX; i++)
		if (s->asker[i].client &&
		    instant_diff_ms(now, s->asker[i].since) > ASKER_OLD_MS)
			asker_close(&s->asker[i]);
	for (size_t i = 0; i < ASKER_MAX; i++)
		if (!s->asker[i].client)
			return &s->asker[i];
	return NULL;
}

static void
on_connection(void *data, int fd, int revents)
{
	static struct log_limit limit = { .burst = 5 };
	struct shell *s = data;
	struct instant now = loop_now(s->member.loop);
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct asker *asker;

	(void)revents;
	if (peer < 0)
		return;
	asker = is_allowed(peer) ? asker_slot(s, now) : NULL;
	if (!asker || !(asker->client = client_new())) {
		log_limited(&limit, LOG_WARNING, "a connection is refused");
		close(peer);
		return;
	}
	asker->since = now;
	client_adopt(asker->client, peer);
	if (loop_fd_add(s->member.loop, peer, POLLIN, false, "outdater", on_asker,
	        asker) < 0) {
		client_free(asker->client);
		asker->client = NULL;
	}
}

static int
listen_here(struct shell *s)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = DOPD_SOCKET };

	if (mkdir(HB_RUNDIR "/dopd", 0750) < 0 && errno != EEXIST)
		return -errno;
	s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listen_fd < 0)
		return -errno;
	unlink(
	    DOPD_SOCKET); /* of one that was killed; the name dopd is ours alone by now */
	if (bind(s->listen_fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    chmod(DOPD_SOCKET, 0777) < 0 || listen(s->listen_fd, ASKER_MAX) < 0 ||
	    loop_fd_add(s->member.loop, s->listen_fd, POLLIN, false, "askers",
	        on_connection, s) < 0)
		return -errno;
	return 0;
}

/* Jobs. */

static void
job_report(struct shell *s, const char *asker, const char *resource,
    enum dopd_result result)
{
	const char *self = member_facts(&s->member)->node;
	char text[16];
	const struct client_field fields[] = { { "t", "outdate_rc" },
		{ "dop_value", text }, { "dop_res", resource }, { "src", self },
		{ "dest", asker }, { NULL, NULL } };

	snprintf(text, sizeof(text), "%d", (int)result);
	log_line(LOG_INFO, "sending return code: %d, %s -> %s", (int)result, self, asker);
	member_send(&s->member, fields);
}

static const char *
drbdadm(void)
{
	static const char *const paths[] = { "/usr/sbin/drbdadm", "/sbin/drbdadm" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

static void
on_job_limit(void *data, struct instant now)
{
	struct job *job = data;

	(void)now;
	log_line(LOG_ERR, "drbdadm outdate %s takes longer than %d s: killed",
	    job->resource, DOPD_PATIENCE_S);
	kill(-job->pid, SIGKILL);
}

/* One that runs already answers this request, too. */
static struct job *
job_slot(struct shell *s, const char *asker, const char *resource, bool *runs)
{
	struct job *slot = NULL;

	*runs = false;
	for (size_t i = 0; i < JOB_MAX; i++) {
		struct job *job = &s->job[i];

		if (job->pid && strcmp(job->resource, resource) == 0 &&
		    strcmp(job->asker, asker) == 0)
			*runs = true;
		if (!job->pid && !slot)
			slot = job;
	}
	return slot;
}

static void
job_begin(struct shell *s, const char *asker, const char *resource)
{
	char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
	const char *path = drbdadm();
	char *const argv[] = { "drbdadm", "outdate", (char *)(uintptr_t)resource, NULL };
	const struct child_spec spec = { .path = path,
		.argv = argv,
		.envp = envp,
		.fd_stdin = -1,
		.fd_stdout = -1,
		.fd_stderr = -1,
		.die_with_parent = true };
	struct err err = { "there is no drbdadm" };
	bool runs;
	struct job *job = job_slot(s, asker, resource, &runs);
	pid_t pid;

	if (runs)
		return;
	pid = !job   ? err_set(&err, -EBUSY, "%d of them run", JOB_MAX)
	      : path ? child_start(&spec, &err)
	             : -ENOENT;
	if (pid < 0) {
		log_line(LOG_ERR, "drbdadm outdate %s: %s", resource, err.text);
		job_report(s, asker, resource, DOPD_FAILED);
		return;
	}
	job->pid = pid;
	snprintf(job->asker, sizeof(job->asker), "%s", asker);
	snprintf(job->resource, sizeof(job->resource), "%s", resource);
	loop_timer_arm(&job->limit,
	    instant_add_ms(loop_now(s->member.loop), DOPD_PATIENCE_S * 1000));
}

static void
on_end(void *data, pid_t pid, int status)
{
	struct shell *s = data;
	char text[96];

	for (size_t i = 0; i < JOB_MAX; i++) {
		struct job *job = &s->job[i];

		if (job->pid != pid)
			continue;
		job->pid = 0;
		loop_timer_arm(&job->limit, INSTANT_NEVER);
		log_line(LOG_INFO, "drbdadm outdate %s %s", job->resource,
		    child_status_text(status, text, sizeof(text)));
		job_report(s, job->asker, job->resource, dopd_result_of(status));
	}
	if (pid == log_writer_pid())
		log_writer_ended();
}

/* Messages of the other node. */

static void
on_start_outdate(struct shell *s, const struct msg *m, const char *src)
{
	const char *resource = msg_str(m, "dop_res");
	char asker[DOPD_NAME_MAX], name[DOPD_NAME_MAX];

	snprintf(asker, sizeof(asker), "%s", src);
	if (!resource || !dopd_resource_is_sound(resource)) {
		log_line(LOG_ERR,
		    "%s asks to outdate '%.64s', which is no name of a resource: refused",
		    asker, resource ? resource : "");
		if (resource && strlen(resource) < DOPD_NAME_MAX) {
			strcpy(name, resource);
			job_report(s, asker, name, DOPD_FAILED);
		}
		return;
	}
	strcpy(name, resource); /* as long as a sound name is */
	job_begin(s, asker, name);
}

static void
on_outdate_rc(struct shell *s, const struct msg *m, const char *src)
{
	const char *resource = msg_str(m, "dop_res");
	enum dopd_result result = dopd_result_parse(m, "dop_value");

	for (size_t i = 0; resource && i < ASKER_MAX; i++) {
		struct asker *asker = &s->asker[i];

		if (asker->client && asker->asked &&
		    strcasecmp(asker->request.peer, src) == 0 &&
		    strcmp(asker->request.resource, resource) == 0) {
			log_line(LOG_INFO, "resource %s: %s says %d", resource, src,
			    (int)result);
			asker_answer(asker, result);
			return;
		}
	}
}

static void
on_message(void *data, const struct msg *m)
{
	struct shell *s = data;
	const char *type = msg_type(m), *src = msg_str(m, "src");

	if (!src || *src == '\0' || strlen(src) >= DOPD_NAME_MAX)
		return;
	if (strcmp(type, "start_outdate") == 0)
		on_start_outdate(s, m, src);
	else if (strcmp(type, "outdate_rc") == 0)
		on_outdate_rc(s, m, src);
}

/* Begin and end. */

static void
on_lost(void *data, const char *why)
{
	struct shell *s = data;

	log_line(LOG_ERR, "dopd ends: no connection to the daemon any more (%s)", why);
	s->code = EXIT_LOST;
	loop_stop(s->member.loop);
}

static void
on_signal(void *data, int signo)
{
	struct shell *s = data;

	if (signo == SIGCHLD)
		child_reap(on_end, s);
	else
		loop_stop(s->member.loop);
}

static int
open_loop(struct shell *s)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGCHLD };

	s->member = (struct member){ .name = "dopd",
		.loop = loop_new(0),
		.message = on_message,
		.lost = on_lost,
		.data = s };
	if (!s->member.loop)
		return -1;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (loop_signal_add(s->member.loop, signals[i], on_signal, s) < 0)
			return -1;
	for (size_t i = 0; i < ASKER_MAX; i++)
		s->asker[i].shell = s;
	for (size_t i = 0; i < JOB_MAX; i++) {
		s->job[i].shell = s;
		loop_timer_init(s->member.loop, &s->job[i].limit, "drbdadm", on_job_limit,
		    &s->job[i]);
	}
	return 0;
}

static int
run(struct shell *s)
{
	struct err err = { "" };
	int r;

	if (open_loop(s) < 0)
		return EXIT_LOOP;
	if (member_signon(&s->member, &err) < 0) {
		log_line(LOG_ERR,
		    "cannot sign on with heartbeat: %s (ha.cf needs 'apiauth dopd "
		    "gid=haclient "
		    "uid=hacluster')",
		    err.text);
		return EXIT_SIGNON;
	}
	if (member_settle(&s->member) < 0 || member_watch(&s->member) < 0) {
		log_line(LOG_ERR, "the daemon refuses what every client asks for");
		return EXIT_SETTLE;
	}
	r = listen_here(s);
	if (r < 0) {
		log_line(LOG_ERR, "cannot listen on '%s': %s", DOPD_SOCKET, strerror(-r));
		return EXIT_SOCKET;
	}
	loop_run(s->member.loop);
	unlink(DOPD_SOCKET);
	return s->code;
}

static const char usage[] = "usage: dopd\n"
                            "Has the other node outdate its copy of a DRBD resource, "
                            "when drbd-peer-outdater asks for it.  Started\n"
                            "by heartbeat: respawn hacluster dopd.\n"
                            "  -h, --help     this text\n"
                            "  -V, --version  the version\n";

int
main(int argc, char **argv)
{
	static struct shell s;
	int code = member_arguments(argc, argv, usage, EXIT_USAGE);

	if (code >= 0)
		return code;
	member_log_open("dopd");
	signal(SIGPIPE, SIG_IGN);
	code = run(&s);
	for (size_t i = 0; i < ASKER_MAX; i++)
		asker_close(&s.asker[i]);
	member_signoff(&s.member);
	loop_free(s.member.loop);
	log_close(1000);
	return code;
}
