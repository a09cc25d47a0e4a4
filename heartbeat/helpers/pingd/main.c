/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pingd(8): counts the ping nodes that answer and tells attrd, when there is one. Neither
 * the daemon nor attrd must be there: both are looked for again and again, which is said
 * once.
 *
 *	daemon --events--> count --> value --update--> attrd
 *	        (5 s)                                  (5 s)
 */
#include "heartbeat/helpers/member/member.h"
#include "heartbeat/helpers/pingd/pingd.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ATTRD_SOCKET HB_RUNDIR "/crm/attrd"
#define RETRY_MS 5000
#define SEND_MS 1000

enum pingd_exit { EXIT_DONE = 0, EXIT_LOOP = 1, EXIT_USAGE = 2, EXIT_PIDFILE = 3 };

struct shell {
	struct pingd_options options;
	struct member member;
	struct client *attrd; /* NULL = not connected */
	struct loop_timer member_timer, attrd_timer;
	bool member_missed, attrd_missed; /* it was said that there is none */
	bool hosts_checked;
	int64_t active; /* -1 = not counted yet */
};

/* attrd. */

static void
attrd_drop(struct shell *s)
{
	if (!s->attrd)
		return;
	loop_fd_remove(s->member.loop, client_fd(s->attrd));
	client_free(s->attrd);
	s->attrd = NULL;
	loop_timer_arm(&s->attrd_timer,
	    instant_add_ms(loop_now(s->member.loop), RETRY_MS));
}

static void
attrd_update(struct shell *s, int64_t value)
{
	uint8_t store[2048];
	char text[24];
	const struct client_field fields[] = { { "t", "attrd" }, { "src", "pingd" },
		{ "task", "update" }, { "attr_name", s->options.attribute },
		{ "attr_value", text }, { "attr_section", s->options.section },
		{ "attr_set", s->options.set }, { "attr_dampening", s->options.dampen } };
	struct msg m;

	if (!s->attrd)
		return;
	snprintf(text, sizeof(text), "%lld", (long long)value);
	msg_init(&m, store, sizeof(store));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].value)
			msg_add_str(&m, fields[i].name, fields[i].value);
	if (client_send(s->attrd, &m, instant_add_ms(instant_now(), SEND_MS)) == 0)
		return;
	log_line(LOG_WARNING, "attrd takes no update: trying again");
	attrd_drop(s);
}

/* It says nothing that we need; its end is what we hear. */
static void
on_attrd(void *data, int fd, int revents)
{
	struct shell *s = data;
	char rest[4096];
	ssize_t n = recv(fd, rest, sizeof(rest), MSG_DONTWAIT);

	(void)revents;
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	log_line(LOG_INFO, "attrd is gone");
	attrd_drop(s);
}

static void
attrd_connect(void *data, struct instant now)
{
	struct shell *s = data;
	struct err err;
	int r;

	s->attrd = client_new();
	r = s->attrd ? client_connect_plain(s->attrd, ATTRD_SOCKET,
	                   instant_add_ms(now, SEND_MS), &err)
	             : -ENOMEM;
	if (r == 0)
		r = loop_fd_add(s->member.loop, client_fd(s->attrd), POLLIN, false,
		    "attrd", on_attrd, s);
	if (r < 0) {
		if (!s->attrd_missed)
			log_line(LOG_INFO, "there is no attrd to tell: the value is only "
			                   "in this log (said once)");
		s->attrd_missed = true;
		client_free(s->attrd);
		s->attrd = NULL;
		loop_timer_arm(&s->attrd_timer, instant_add_ms(now, RETRY_MS));
		return;
	}
	log_line(LOG_INFO, "connected to attrd");
	s->attrd_missed = false;
	if (s->active >= 0)
		attrd_update(s, pingd_value(&s->options, s->active));
}

/* Counting. */

struct counting {
	struct shell *shell;
	struct pingd_count count;
};

static void
note_node(void *data, const char *name, const char *type, const char *status)
{
	struct counting *c = data;

	pingd_count_node(&c->count, &c->shell->options, name, type, status);
}

static void
check_hosts(struct shell *s, const struct pingd_count *count)
{
	for (size_t i = 0; i < s->options.host_count && !s->hosts_checked; i++)
		if (!count->found[i])
			log_line(LOG_WARNING,
			    "-h: '%s' is no ping node of ha.cf: it never counts",
			    s->options.host[i]);
	s->hosts_checked = true;
}

static void
recount(struct shell *s)
{
	struct counting c = { .shell = s };
	int64_t value;

	if (member_nodes(&s->member, note_node, &c) < 0)
		return; /* the connection's end says the rest */
	check_hosts(s, &c.count);
	if (c.count.active == s->active)
		return;
	s->active = c.count.active;
	value = pingd_value(&s->options, s->active);
	log_line(LOG_INFO, "%lld active ping nodes", (long long)s->active);
	log_line(LOG_INFO, "attribute %s is %lld", s->options.attribute,
	    (long long)value);
	attrd_update(s, value);
}

/* The daemon. */

static void
on_message(void *data, const struct msg *m)
{
	const char *type = msg_type(m);

	if (strcmp(type, "status") == 0 || strcmp(type, "NS_st") == 0 ||
	    strcmp(type, "ifstat") == 0)
		recount(data);
}

static void
on_lost(void *data, const char *why)
{
	struct shell *s = data;

	log_line(LOG_WARNING, "no connection to heartbeat any more (%s)", why);
	member_signoff(&s->member);
	loop_timer_arm(&s->member_timer,
	    instant_add_ms(loop_now(s->member.loop), RETRY_MS));
}

/* As pingd, or without a name when ha.cf has no apiauth line for it: only a listener is
 * needed. */
static int
signon(struct shell *s, struct err *err)
{
	int r;

	s->member.name = "pingd";
	r = member_signon(&s->member, err);
	if (r != -EPERM)
		return r;
	s->member.name = NULL;
	return member_signon(&s->member, err);
}

static void
member_connect(void *data, struct instant now)
{
	struct shell *s = data;
	struct err err = { "" };
	int r = signon(s, &err);

	if (r == 0 && member_settle(&s->member) < 0)
		r = err_set(&err, -EBADMSG, "it refuses what every client asks for");
	if (r == 0 && (r = member_watch(&s->member)) < 0)
		err_set(&err, r, "%s", strerror(-r));
	if (r == 0) {
		s->member_missed = false;
		recount(s);
		return;
	}
	if (!s->member_missed)
		log_line(LOG_WARNING,
		    "cannot sign on with heartbeat: %s: trying on (said once)", err.text);
	s->member_missed = true;
	member_signoff(&s->member);
	loop_timer_arm(&s->member_timer, instant_add_ms(now, RETRY_MS));
}

/* Begin and end. */

static void
on_signal(void *data, int signo)
{
	struct shell *s = data;

	(void)signo;
	attrd_update(s, 0);
	loop_stop(s->member.loop);
}

/* In a directory that others write to: never through a link of theirs. */
static int
write_pidfile(const char *path)
{
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644);
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (fd < 0 || write(fd, text, (size_t)len) != len) {
		log_line(LOG_ERR, "cannot write '%s': %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

static int
run(struct shell *s)
{
	static const int signals[] = { SIGTERM, SIGINT };

	s->active = -1;
	s->member = (struct member){ .loop = loop_new(0),
		.message = on_message,
		.lost = on_lost,
		.data = s };
	if (!s->member.loop)
		return EXIT_LOOP;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (loop_signal_add(s->member.loop, signals[i], on_signal, s) < 0)
			return EXIT_LOOP;
	loop_timer_init(s->member.loop, &s->member_timer, "heartbeat", member_connect, s);
	loop_timer_init(s->member.loop, &s->attrd_timer, "attrd", attrd_connect, s);
	loop_timer_arm(&s->member_timer, loop_now(s->member.loop));
	loop_timer_arm(&s->attrd_timer, loop_now(s->member.loop));
	loop_run(s->member.loop);
	return EXIT_DONE;
}

static const char usage[] =
    "usage: pingd [-D] [-V] [-a NAME] [-m NUMBER] [-d TIME] [-h HOST]... [-s SET] [-S "
    "SECTION] [-p FILE]\n"
    "Counts the ping nodes that answer, and tells attrd.\n"
    "  -a NAME        the attribute (pingd)\n"
    "  -m NUMBER      its value is the count times this (1)\n"
    "  -d TIME        attrd waits so long for more changes (no wait)\n"
    "  -h HOST        count this ping node, and others that are named so (all)\n"
    "  -s SET         the set of attributes (attrd's choice)\n"
    "  -S SECTION     the section of the CIB (status)\n"
    "  -p FILE        write the process id there (none; with -D /tmp/pingd.pid)\n"
    "  -D             go into the background\n"
    "  -V             more log lines; may be repeated\n"
    "  -?, --help     this text\n"
    "  --version      the version\n";

int
main(int argc, char **argv)
{
	static struct shell s;
	struct err err;
	int code;

	if (pingd_options_parse(argc, argv, &s.options, &err) < 0) {
		fprintf(stderr, "pingd: %s\n%s", err.text, usage);
		return EXIT_USAGE;
	}
	if (s.options.help || s.options.version) {
		fputs(s.options.help ? usage : HB_VERSION "\n", stdout);
		return EXIT_DONE;
	}
	if (s.options.daemon && daemon(0, 0) < 0) {
		perror("pingd: cannot go into the background");
		return EXIT_LOOP;
	}
	member_log_open("pingd");
	log_set_debug(log_debug_level() + s.options.verbose);
	signal(SIGPIPE, SIG_IGN);
	if (s.options.pidfile && write_pidfile(s.options.pidfile) < 0)
		return EXIT_PIDFILE;
	code = run(&s);
	member_signoff(&s.member);
	client_free(s.attrd);
	if (s.options.pidfile)
		unlink(s.options.pidfile);
	loop_free(s.member.loop);
	log_close(1000);
	return code;
}
