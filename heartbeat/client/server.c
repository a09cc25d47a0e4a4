/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server as a whole (spec/client-api.md 2, 10): the listening socket, the list of
 * connections, the audit, flow control, and the entries that the daemon calls.
 *
 * Deliberate differences from the old daemon: the socket exists from the start of the
 * daemon, not only from the moment communication is up, so that a client learns "up" and
 * "transition" instead of nothing; it is unlinked at exit; requests are read when they
 * come, not at the next heartbeat.
 */
#include "heartbeat/client/private.h"
#include "lib/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_BACKLOG 128
#define ACCEPT_MAX 16 /* new connections a turn */

/* ---- Nesting ---- */

void
clients_enter(struct clients *clients)
{
	clients->busy++;
}

void
clients_exit(struct clients *clients)
{
	struct clients_conn *conn;

	assert(clients->busy > 0);
	if (--clients->busy > 0)
		return;
	while ((conn = TAILQ_FIRST(&clients->graves))) {
		TAILQ_REMOVE(&clients->graves, conn, link);
		clients_conn_free(conn);
	}
}

void
clients_soon(struct clients *clients)
{
	loop_timer_arm(&clients->soon, loop_now(clients->loop));
}

const struct memb *
clients_memb(const struct clients *clients)
{
	return clients->host->memb(clients->shell);
}

const struct conf *
clients_conf(const struct clients *clients)
{
	return clients->host->conf(clients->shell);
}

struct clients_conn *
clients_find(const struct clients *clients, const char *id)
{
	struct clients_conn *conn;

	TAILQ_FOREACH(conn, &clients->conns, link)
	if (conn->registered && strcmp(conn->id, id) == 0)
		return conn;
	return NULL;
}

void
clients_filters_update(struct clients *clients)
{
	struct clients_conn *conn;

	clients->filters = 0;
	clients->registered_count = 0;
	TAILQ_FOREACH(conn, &clients->conns, link)
	{
		if (!conn->registered)
			continue;
		clients->filters |= conn->filter;
		clients->registered_count++;
	}
}

/* ---- New connections ---- */

/* Descriptors are short: without this the listening socket would wake us for ever. */
static void
accept_and_refuse(struct clients *clients)
{
	int fd;

	if (clients->spare_fd < 0)
		return;
	close(clients->spare_fd);
	fd = accept4(clients->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	clients->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	log_limited(&clients->refused, LOG_ERR,
	    "API client refused: no file descriptors left");
}

static void
conn_accept(struct clients *clients, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct clients_conn *conn;

	if (clients->conn_count >= CLIENTS_CONN_MAX) {
		log_limited(&clients->refused, LOG_WARNING,
		    "API client refused: there are %d connections already",
		    CLIENTS_CONN_MAX);
		close(fd);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0) {
		close(fd);
		return;
	}
	conn = clients_conn_new(clients, fd, &peer);
	if (conn)
		clients_conn_watch(conn);
}

static void
listen_ready(void *data, int fd, int revents)
{
	struct clients *clients = data;

	(void)revents;
	clients_enter(clients);
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int new_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (new_fd >= 0) {
			conn_accept(clients, new_fd);
		} else if (errno == EMFILE || errno == ENFILE) {
			accept_and_refuse(clients);
			break;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			break;
		}
	}
	clients_exit(clients);
}

/* ---- What happens later ---- */

/* Everything that had to wait: first our own messages, then the clients' ones. */
static void
soon_fire(void *data, struct instant now)
{
	struct clients *clients = data;
	struct clients_conn *conn, *next;

	(void)now;
	clients_enter(clients);
	clients_outbox_flush(clients);
	for (conn = TAILQ_FIRST(&clients->conns); conn; conn = next) {
		next = TAILQ_NEXT(conn, link);
		if (conn->held)
			clients_conn_process(conn);
		/* Handling one may have ended its neighbour. */
		if (next && next->dead)
			next = TAILQ_FIRST(&clients->conns);
	}
	clients_exit(clients);
}

/* A descriptor that was inherited outlives its process, and a held connection does not
 * hear its EOF: so the processes are asked now and then. */
static void
audit_fire(void *data, struct instant now)
{
	struct clients *clients = data;
	struct clients_conn *conn, *next;

	clients_enter(clients);
	clients->lent++; /* no sending inside of the walk: it could end the next one */
	for (conn = TAILQ_FIRST(&clients->conns); conn; conn = next) {
		next = TAILQ_NEXT(conn, link);
		if (conn->registered && !conn->held && process_is_gone(conn->peer.pid)) {
			clients_conn_end(conn, "died-audit");
		} else if (!conn->registered &&
		           instant_diff_ms(now, conn->since) > CLIENTS_STRANGER_MS) {
			log_limited(&clients->refused, LOG_WARNING,
			    "API client pid %d never signed on: closed",
			    (int)conn->peer.pid);
			clients_conn_close(conn);
		}
	}
	clients->lent--;
	clients_outbox_flush(clients);
	loop_timer_arm(&clients->audit, instant_add_ms(now, CLIENTS_AUDIT_MS));
	clients_exit(clients);
}

/* ---- Entries ---- */

struct clients *
clients_new(struct loop *loop, const struct clients_host *host, void *shell)
{
	struct clients *clients = calloc(1, sizeof(*clients));

	if (!clients)
		return NULL;
	clients->loop = loop;
	clients->host = host;
	clients->shell = shell;
	clients->listen_fd = clients->spare_fd = -1;
	TAILQ_INIT(&clients->conns);
	TAILQ_INIT(&clients->graves);
	STAILQ_INIT(&clients->outbox);
	clients->refused.burst = clients->offence.burst = clients->dropped.burst = 10;
	loop_timer_init(loop, &clients->soon, "clients", soon_fire, clients);
	loop_timer_init(loop, &clients->behind, "clients behind", clients_behind_expire,
	    clients);
	loop_timer_init(loop, &clients->breath, "clients breath", clients_breath_take,
	    clients);
	loop_timer_init(loop, &clients->write, "clients write", clients_queues_write,
	    clients);
	loop_timer_init(loop, &clients->audit, "clients audit", audit_fire, clients);
	loop_timer_arm(&clients->audit, instant_add_ms(loop_now(loop), CLIENTS_AUDIT_MS));
	return clients;
}

void
clients_free(struct clients *clients)
{
	struct clients_conn *conn;

	if (!clients)
		return;
	assert(clients->busy == 0);
	clients_enter(clients);
	while ((conn = TAILQ_FIRST(&clients->conns)))
		clients_conn_close(conn);
	clients_exit(clients);
	if (clients->listen_fd >= 0) {
		loop_fd_remove(clients->loop, clients->listen_fd);
		close(clients->listen_fd);
		unlink(clients->path);
	}
	if (clients->spare_fd >= 0)
		close(clients->spare_fd);
	loop_timer_arm(&clients->soon, INSTANT_NEVER);
	loop_timer_arm(&clients->write, INSTANT_NEVER);
	loop_timer_arm(&clients->behind, INSTANT_NEVER);
	loop_timer_arm(&clients->breath, INSTANT_NEVER);
	loop_timer_arm(&clients->audit, INSTANT_NEVER);
	clients_outbox_clear(clients);
	free(clients->source);
	free(clients->scratch);
	free(clients);
}

/* The directory is the real gate: others than hacluster and haclient cannot reach the
 * socket. */
static void
directory_make(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *dir;
	const struct passwd *user;
	const struct group *group;

	strcpy(copy, path); /* its length was checked */
	dir = dirname(copy);
	if (mkdir(dir, 0750) < 0)
		return;
	user = getpwnam("hacluster");
	group = getgrnam("haclient");
	if (!user || !group)
		log_line(LOG_WARNING,
		    "no user hacluster or group haclient: %s is for root only", dir);
	else if (chown(dir, user->pw_uid, group->gr_gid) < 0 || chmod(dir, 0750) < 0)
		log_line(LOG_WARNING, "cannot give %s to hacluster:haclient: %s", dir,
		    strerror(errno));
}

/* The mode comes from the socket and the umask: chmod after bind would follow a link that
 * the owner of the directory puts in its place. */
static int
socket_bind(int fd, const char *path, struct err *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t mask;
	int r;

	strcpy(sun.sun_path, path); /* its length was checked */
	if (unlink(path) < 0 && errno != ENOENT) {
		r = -errno;
		return err_set(err, r, "cannot remove '%s': %s", path, strerror(errno));
	}
	mask = umask(0);
	r = bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ? -errno : 0;
	umask(mask);
	if (r < 0)
		return err_set(err, r, "cannot bind '%s': %s", path, strerror(-r));
	return 0;
}

int
clients_listen(struct clients *clients, const char *path, struct err *err)
{
	int fd, r;

	assert(clients->listen_fd < 0);
	if (strlen(path) >= sizeof(clients->path))
		return err_set(err, -ENAMETOOLONG,
		    "socket path '%s' is longer than %zu bytes", path,
		    sizeof(clients->path) - 1);
	directory_make(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		r = -errno;
		return err_set(err, r, "cannot make the API socket: %s", strerror(errno));
	}
	r = socket_bind(fd, path, err);
	if (r == 0 && listen(fd, LISTEN_BACKLOG) < 0) {
		r = -errno;
		err_set(err, r, "cannot listen on '%s': %s", path, strerror(-r));
	}
	if (r == 0) {
		r = loop_fd_add(clients->loop, fd, POLLIN, false, "clients listen",
		    listen_ready, clients);
		if (r < 0)
			err_set(err, r, "cannot watch '%s': %s", path, strerror(-r));
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	clients->listen_fd = fd;
	clients->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	strcpy(clients->path, path);
	return 0;
}

/* Their requests are still answered; only what they send to the cluster waits. */
void
clients_pause(struct clients *clients)
{
	clients->paused = true;
}

void
clients_resume(struct clients *clients)
{
	clients->paused = false;
	clients_soon(clients); /* also what was pushed back before anybody said "pause" */
}

/* What it wrote before it died is still sent, and before its leaving.  While the cluster
 * takes nothing it stays: it leaves when its last words are out, or when its name is
 * wanted. */
void
clients_child_died(struct clients *clients, pid_t pid)
{
	struct clients_conn *conn, *next;

	clients_enter(clients);
	for (conn = TAILQ_FIRST(&clients->conns); conn; conn = next) {
		if (conn->registered && conn->peer.pid == pid) {
			clients_conn_drain(conn);
			if (!conn->held)
				clients_conn_end(conn, "died");
		}
		/* Its leaving may have ended others; those who are held are met once
		 * more. */
		next = conn->dead ? TAILQ_FIRST(&clients->conns) : TAILQ_NEXT(conn, link);
	}
	clients_exit(clients);
}

size_t
clients_count(const struct clients *clients)
{
	return clients->registered_count;
}
