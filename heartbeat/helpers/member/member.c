/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers as clients of the daemon; the contract is in member.h. */
#include "heartbeat/helpers/member/member.h"
#include "lib/choice.h"
#include "lib/log.h"
#include "lib/paths.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define ANSWER_MS 10000 /* a daemon that does not answer for so long is none */
#define READ_MS 1       /* for the rest of a message that has begun */
#define READ_QUOTA 64   /* messages a turn */
#define MESSAGE_MAX 4096

/* Log. */

static bool
says_no(const char *text)
{
	static const char *const words[] = { "no", "off", "false", "0", "n" };

	for (size_t i = 0; text && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

void
member_log_open(const char *tag)
{
	const char *debug = getenv("HA_debug"), *logd = getenv("HA_LOGD");
	const struct log_conf conf = {
		.tag = tag,
		.host = getenv("HA_CURHOST"),
		.logfile = getenv("HA_LOGFILE"),
		.debugfile = getenv("HA_DEBUGLOG"),
		.facility = log_facility_parse(getenv("HA_LOGFACILITY")),
		.syslog_format = !says_no(getenv("HA_syslogmsgfmt")),
		.use_logd = logd && strcmp(logd, "yes") == 0,
		.debug = debug ? atoi(debug) : 0,
	};

	log_open_stderr(tag);
	if (!conf.host)
		return; /* by hand */
	if (log_open(&conf, false) < 0)
		log_line(LOG_WARNING, "no log writer: lines go to stderr");
}

/* Arguments. */

int
member_arguments(int argc, char **argv, const char *usage, int wrong)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const char *slash = strrchr(argv[0], '/');

	if (!word)
		return -1;
	if (argc == 2 && (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc == 2 && (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)) {
		puts(HB_VERSION);
		return 0;
	}
	fprintf(stderr, "%s: unknown argument '%s'\n%s", slash ? slash + 1 : argv[0],
	    word, usage);
	return wrong;
}

/* Sign-on. */

static struct instant
soon(int64_t ms)
{
	return instant_add_ms(instant_now(), ms);
}

int
member_signon(struct member *m, struct err *err)
{
	int r;

	if (!m->client)
		m->client = client_new();
	if (!m->client)
		return err_set(err, -ENOMEM, "no memory");
	r = client_signon(m->client, HB_REGISTER, m->name, soon(ANSWER_MS), err);
	if (r < 0 && err->text[0] == '\0')
		err_set(err, r, "%s", strerror(-r));
	return r;
}

void
member_signoff(struct member *m)
{
	if (!m->client)
		return;
	if (m->watched && client_fd(m->client) >= 0)
		loop_fd_remove(m->loop, client_fd(m->client));
	if (m->watched)
		loop_timer_arm(&m->drain, INSTANT_NEVER);
	m->watched = false;
	client_signoff(m->client);
	client_free(m->client);
	m->client = NULL;
}

static bool
member_is_on(const struct member *m)
{
	return m->client && client_fd(m->client) >= 0;
}

const struct client_facts *
member_facts(const struct member *m)
{
	return client_facts(m->client);
}

/* Events. */

static void
take(struct member *m)
{
	for (int i = 0; i < READ_QUOTA; i++) {
		const struct msg *got;
		int r = client_read(m->client, &got, soon(READ_MS));

		if (r == -EPROTO)
			continue; /* one message that is none */
		if (r == -ETIMEDOUT)
			return;
		if (r < 0) {
			loop_fd_remove(m->loop, client_fd(m->client));
			loop_timer_arm(&m->drain, INSTANT_NEVER);
			m->watched = false;
			m->lost(m->data, strerror(-r));
			return;
		}
		m->message(m->data, got);
		if (!m->watched)
			return; /* it signed off */
	}
	loop_timer_arm(&m->drain, loop_now(m->loop)); /* the rest in the next turn */
}

static void
on_readable(void *data, int fd, int revents)
{
	(void)fd;
	(void)revents;
	take(data);
}

static void
on_drain(void *data, struct instant now)
{
	(void)now;
	take(data);
}

int
member_watch(struct member *m)
{
	loop_timer_init(m->loop, &m->drain, "events", on_drain, m);
	if (loop_fd_add(m->loop, client_fd(m->client), POLLIN, false, "daemon",
	        on_readable, m) < 0)
		return -errno;
	m->watched = true;
	loop_timer_arm(&m->drain, loop_now(m->loop)); /* what came before */
	return 0;
}

/* Questions. */

/* Events that came while an answer was waited for do not make the socket readable. */
static int
answer(struct member *m, const struct msg **got)
{
	int r = client_answer(m->client, got, soon(ANSWER_MS));

	if (m->watched)
		loop_timer_arm(&m->drain, loop_now(m->loop));
	return r;
}

static int
ask(struct member *m, const char *reqtype, const struct client_field *fields,
    const struct msg **got)
{
	const char *result;
	int r;

	if (!member_is_on(m))
		return -ENOTCONN;
	r = client_ask(m->client, reqtype, fields, soon(ANSWER_MS));
	if (r == 0)
		r = answer(m, got);
	if (r < 0)
		return r;
	result = msg_str(*got, "result");
	return result && strncasecmp(result, "ok", 2) == 0 ? 0 : -EBADMSG;
}

/* Questions.  0, or -errno; -EBADMSG when the daemon says no. */
static int
member_request(struct member *m, const char *reqtype, const struct client_field *fields)
{
	const struct msg *got;

	return ask(m, reqtype, fields, &got);
}

static void
copy(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

int
member_param(struct member *m, const char *name, char *value, size_t size)
{
	const struct client_field fields[] = { { "pname", name }, { NULL, NULL } };
	const struct msg *got;
	int r = ask(m, "getparm", fields, &got);

	if (r == 0)
		copy(value, size, msg_str(got, "pvalue"));
	return r;
}

int
member_resources(struct member *m, char *word, size_t size)
{
	const struct msg *got;
	int r = ask(m, "getrsc", NULL, &got);

	if (r == 0)
		copy(word, size, msg_str(got, "rsc_hold"));
	else if (r == -EBADMSG)
		copy(word, size, "");
	return r == -EBADMSG ? 0 : r;
}

int
member_nodes(struct member *m,
    void (*node)(void *data, const char *name, const char *type, const char *status),
    void *data)
{
	const struct msg *got;
	int r = ask(m, "nodelist", NULL, &got);

	while (r == 0) {
		const char *name = msg_str(got, "node"), *type = msg_str(got, "nodetype"),
		           *status = msg_str(got, "st"), *result = msg_str(got, "result");

		if (name && type && status)
			node(data, name, type, status);
		if (!result || strcmp(result, "ok/more") != 0)
			return 0;
		r = answer(m, &got);
	}
	return r;
}

int
member_settle(struct member *m)
{
	static const struct client_field filter[] = { { "fmask", "1" }, { NULL, NULL } };
	static const struct client_field no_signal[] = { { "signal", "0" },
		{ NULL, NULL } };
	const struct passwd *user = getpwuid(geteuid());
	char root[256], dir[400];
	int r = member_param(m, "coreroot", root, sizeof(root));

	if (r < 0)
		return r;
	snprintf(dir, sizeof(dir), "%s/%s", root[0] ? root : HB_COREDIR,
	    user ? user->pw_name : "nobody");
	if (chdir(dir) < 0)
		log_line(LOG_DEBUG, "cannot go to %s: %s", dir, strerror(errno));
	r = member_request(m, "setfilter", filter);
	return r < 0 ? r : member_request(m, "setsignal", no_signal);
}

int
member_send(struct member *m, const struct client_field *fields)
{
	uint8_t store[MESSAGE_MAX];
	struct msg msg;
	int r = 0;

	if (!member_is_on(m))
		return -ENOTCONN;
	msg_init(&msg, store, sizeof(store));
	for (; r == 0 && fields->name; fields++)
		r = msg_add_str(&msg, fields->name, fields->value);
	return r < 0 ? r : client_send(m->client, &msg, soon(ANSWER_MS));
}
