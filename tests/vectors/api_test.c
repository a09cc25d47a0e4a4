/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays the recorded sessions of vectors/api against our server: what the client sent
 * then is sent again by a process with the same credentials, and what the old daemon
 * answered must come again.
 *
 * The cluster around the server is made of paper (client_host.h) and set up as the
 * recorded answers show it. Masked are numbers that differ from run to run; left out are
 * events that nobody asked for.
 *
 *   api_test            all recordings
 *   api_test FILE...    these
 *   api_test --serve PATH [HELD]   the cluster of the recordings on a socket, until its
 * stdin ends: for programs that are tested as they are
 */
#include "tests/unit/client_host.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define VECTORS "../shared/vectors/api"
#define LINE_MAX_LEN (1 << 20)
#define BODY_MAX 70100
#define STEP_MAX 512
#define WAIT_MS 60000
#define QUIET_MS 30

static const struct {
	const char *prefix, *why;
} skipped[] = {
	{ "ccm-", "ccm itself runs in tests/interop/programs_test.py" },
	{ "dopd-", "two daemons: tests/lab/api_replay_test.py" },
	{ "ipfail-", "two daemons: tests/lab/api_replay_test.py" },
	{ "api_test-", "the program itself runs in tests/interop/programs_test.py" },
	{ "events-", "a live cluster: tests/lab/api_replay_test.py" },
	{ "raw-named-session-peer", "two daemons: tests/lab/api_replay_test.py" },
	{ "raw-fieldtypes-classic-peer", "two daemons: tests/lab/api_replay_test.py" },
};

/* ---- The recording ---- */

enum step_type {
	STEP_SEND,
	STEP_EXPECT,
	STEP_RAW,
	STEP_CONNECT,
	STEP_EOF,
	STEP_SIGNAL,
	STEP_CLOSE
};

struct step {
	enum step_type type;
	uint8_t *bytes; /* SEND, EXPECT: the body; RAW: all */
	size_t len;
	bool fails; /* CONNECT, SEND */
	bool extra; /* EXPECT: not in the recording, see answers_more() */
	int line;
};

struct recording {
	char name[64];
	char title[256];
	struct step step[STEP_MAX];
	size_t count;
	uid_t uid;
	gid_t gid;
	pid_t pid; /* of the recorded client */
};

/* A message of the recording, decoded from a copy. */
struct reading {
	struct msg m;
	uint8_t bytes[BODY_MAX];
};

static bool
reading_open(struct reading *r, const uint8_t *body, size_t len)
{
	struct msg_trust trust = { .keys = NULL };

	if (len > sizeof(r->bytes))
		return false;
	memcpy(r->bytes, body, len);
	msg_init(&r->m, NULL, 0);
	return msg_decode(&r->m, r->bytes, len, &trust, NULL, 0, NULL) == MSG_DROP_NONE;
}

static const char *
field(const struct reading *r, const char *name)
{
	const char *value = msg_str(&r->m, name);

	return value ? value : "";
}

static size_t
hex_decode(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned byte;

	for (; sscanf(text, "%2x", &byte) == 1 && text[0] != '\n' && text[0] != ' ';
	     text += 2)
		out[n++] = (uint8_t)byte;
	return n;
}

static struct step *
step_add(struct recording *rec, enum step_type type, const uint8_t *bytes, size_t len,
    int line)
{
	struct step *step = &rec->step[rec->count++];

	assert(rec->count < STEP_MAX);
	*step = (struct step){ .type = type, .len = len, .line = line };
	step->bytes = malloc(len + 1);
	memcpy(step->bytes, bytes, len);
	return step;
}

/* The old daemon did not answer requests whose ids are missing or another's; ours looks
 * at the connection only (the "better" of the spec), so there is one answer more than in
 * the recording. */
static const char *
answers_more(const struct reading *r)
{
	const char *from = msg_str(&r->m, "from_id");

	if (strcmp(field(r, "reqtype"), "numnodes") != 0 || msg_find(&r->m, "pid"))
		return NULL;
	if (from && strcmp(from, "ccm") != 0)
		return NULL;
	return from ? ">>>\nt=hbapi-resp\nreqtype=numnodes\nnumnodes=3\nresult=OK\n<<<\n"
	            : ">>>\nt=hbapi-resp\nreqtype=numnodes\nnumnodes=2\nresult=OK\n<<<\n";
}

static void
recording_frame(struct recording *rec, const char *text, int line)
{
	static struct reading r;
	static uint8_t body[BODY_MAX];
	bool send = text[0] == 'C';
	size_t len = hex_decode(strrchr(text, ' ') + 1, body);
	const char *more;

	step_add(rec, send ? STEP_SEND : STEP_EXPECT, body, len, line);
	if (!send || !reading_open(&r, body, len))
		return;
	if (strcmp(field(&r, "reqtype"), "signon") == 0 && rec->pid == 0) {
		rec->pid = atoi(field(&r, "pid"));
		if (strncmp(rec->name, "err-", 4) != 0) {
			rec->uid = (uid_t)atoi(field(&r, "uid"));
			rec->gid = (gid_t)atoi(field(&r, "gid"));
		}
	}
	more = answers_more(&r);
	if (more)
		step_add(rec, STEP_EXPECT, (const uint8_t *)more, strlen(more), line)
		    ->extra = true;
}

static void
recording_event(struct recording *rec, const char *text, int line)
{
	static uint8_t bytes[BODY_MAX];
	const char *raw = strstr(text, "client sends raw ");
	size_t len = 0;

	if (strstr(text, "/ccm/ccm") || strstr(text, "[fd4]"))
		return; /* the second connection is ccm's */
	if (raw) {
		for (raw += 17; raw; raw = strchr(raw, ' ') ? strchr(raw, ' ') + 1 : NULL)
			len += hex_decode(raw, bytes + len);
		step_add(rec, STEP_RAW, bytes, len, line);
	} else if (strstr(text, "header len=300000")) {
		memset(bytes, 'x', 70008);
		memcpy(bytes, "\xe0\x93\x04\0\xcd\xab\0\0", 8);
		step_add(rec, STEP_RAW, bytes, 70008, line);
		step_add(rec, STEP_EOF, bytes, 0, line)->extra =
		    true; /* better: closed at once */
	} else if (strstr(text, "connect ")) {
		step_add(rec, STEP_CONNECT, bytes, 0, line)->fails =
		    strstr(text, "-> -1") || strstr(rec->title, "cannot reach");
	} else if (strstr(text, "EPIPE on client send")) {
		for (size_t i = rec->count; i-- > 0;)
			if (rec->step[i].type == STEP_SEND) {
				rec->step[i].fails = true;
				break;
			}
	} else if (strstr(text, "eof from server")) {
		step_add(rec, STEP_EOF, bytes, 0, line);
	} else if (strstr(text, "signal 10")) {
		step_add(rec, STEP_SIGNAL, bytes, 0, line);
	} else if (strstr(text, "close by client")) {
		step_add(rec, STEP_CLOSE, bytes, 0, line);
	}
}

static bool
recording_read(struct recording *rec, const char *path)
{
	static char line[LINE_MAX_LEN];
	FILE *file = fopen(path, "re");
	const char *who;
	unsigned uid, gid;
	int number = 0;

	if (!file)
		return false;
	memset(rec, 0, sizeof(*rec));
	snprintf(rec->name, sizeof(rec->name), "%s", strrchr(path, '/') + 1);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (number++ == 0)
			snprintf(rec->title, sizeof(rec->title), "%.250s", line + 2);
		else if ((line[0] == 'C' || line[0] == 'S') && !strstr(line, "[fd4]"))
			recording_frame(rec, line, number);
		else if (line[0] == '@')
			recording_event(rec, line, number);
	}
	fclose(file);
	who = strstr(rec->title, "caller euid ");
	if (who && sscanf(who, "caller euid %u%*[^0-9]%u", &uid, &gid) == 2) {
		rec->uid = uid;
		rec->gid = gid;
	}
	return true;
}

static void
recording_free(struct recording *rec)
{
	for (size_t i = 0; i < rec->count; i++)
		free(rec->step[i].bytes);
}

/* ---- The cluster as the recording shows it ---- */

static const uint8_t uuid_apia[16] =
    "\x10\x4c\xa6\x1a\xb7\x03\x42\xde\x95\x7f\xeb\xcd\xbe\x09\x23\xfa";
static const uint8_t uuid_apib[16] =
    "\x9a\xa2\x1e\xc2\xd3\x1a\x45\xab\x8c\x39\xfb\x46\x7f\xfb\x47\xb3";

static struct host *
cluster_new(void)
{
	struct host *host = host_new();

	memcpy(host_node(host, "apia")->uuid, uuid_apia, 16);
	memcpy(host_node(host, "apib")->uuid, uuid_apib, 16);
	return host;
}

/* A third node, before the ping node. */
static struct memb_node *
cluster_node(struct host *host, const char *name)
{
	struct memb_node *node = host_node(host, name), ping;

	if (node)
		return node;
	ping = host->memb.node[--host->memb.count];
	node = host_node_add(host, name, MEMB_NORMAL);
	host->memb.node[host->memb.count++] = ping;
	host_link_set(node, "eth0", true);
	host_link_set(node, "eth1", true);
	return node;
}

static void
cluster_learn_answer(struct host *host, const struct reading *ask,
    const struct reading *answer, bool *links_seen)
{
	const char *reqtype = field(answer, "reqtype");

	if (strcmp(reqtype, "nodelist") == 0) {
		host_status_set(cluster_node(host, field(answer, "node")),
		    field(answer, "st"));
	} else if (strcmp(reqtype, "numnodes") == 0 &&
	           atoi(field(answer, "numnodes")) == 3) {
		cluster_node(host, "apic");
	} else if (strcmp(reqtype, "iflist") == 0 && *field(answer, "ifname")) {
		struct memb_node *node = cluster_node(host, field(ask, "node"));

		if (!*links_seen)
			node->link_count = 0; /* some were recorded with one link only */
		*links_seen = strcmp(field(answer, "result"), "OK") != 0;
		host_link_set(node, field(answer, "ifname"),
		    strcmp(field(answer, "st"), "up") == 0);
	} else if (strcmp(reqtype, "getrsc") == 0 && *field(answer, "info")) {
		host->held = NULL;
	} else if (strcmp(reqtype, "signon") == 0 && *field(answer, "keepalive")) {
		host->conf.keepalive_ms = strtol(field(answer, "keepalive"), NULL, 16);
		host->conf.logfacility = atoi(field(answer, "logfacility"));
		host->conf.netstring = answer->bytes[0] == '#';
	}
}

/* True when a local client "ccm" was signed on. */
static bool
cluster_learn(struct host *host, const struct recording *rec)
{
	static struct reading ask, answer;
	bool ccm = strstr(rec->name, "signon-dup") != NULL, links_seen = false;

	for (size_t i = 0; i < rec->count; i++) {
		const struct step *step = &rec->step[i];

		if (step->type == STEP_SEND)
			reading_open(&ask, step->bytes, step->len);
		if (step->type != STEP_EXPECT ||
		    !reading_open(&answer, step->bytes, step->len))
			continue;
		cluster_learn_answer(host, &ask, &answer, &links_seen);
		if (strcmp(field(&answer, "cs"), "online") == 0) {
			if (strcmp(field(&answer, "src"), "apib") == 0)
				snprintf(host->online[host->online_count++], 32, "%s",
				    field(&answer, "cn"));
			else if (strcmp(field(&ask, "cn"), "ccm") == 0)
				ccm = true;
		}
	}
	return ccm;
}

/* ---- The client ---- */

struct player {
	const struct recording *rec;
	const char *path;
	int fd;
	uint8_t in[300000];
	size_t in_len;
	bool eof;
	char trouble[400];
};

static bool
trouble(struct player *p, const struct step *step, const char *format, ...)
{
	va_list args;
	int n = snprintf(p->trouble, sizeof(p->trouble), "line %d: ", step->line);

	va_start(args, format);
	vsnprintf(p->trouble + n, sizeof(p->trouble) - (size_t)n, format, args);
	va_end(args);
	return false;
}

/* Wants more bytes; false when none came in time. */
static bool
player_fill(struct player *p, int timeout_ms)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
	ssize_t n;

	if (p->eof || poll(&pfd, 1, timeout_ms) <= 0)
		return false;
	n = recv(p->fd, p->in + p->in_len, sizeof(p->in) - p->in_len, 0);
	if (n <= 0)
		p->eof = true;
	else
		p->in_len += (size_t)n;
	return n > 0;
}

/* Heartbeats, link changes and other nodes' business come when they like. */
static bool
is_comparable(const struct reading *r)
{
	const char *type = msg_type(&r->m), *src = field(r, "src");

	if (strcmp(type, "hbapi-resp") == 0 || strcmp(type, "respond-cstatus") == 0)
		return true;
	if (strcmp(type, "status") == 0 || strcmp(type, "ifstat") == 0 ||
	    strcmp(type, "NS_st") == 0 || strcmp(type, "NS_ackmsg") == 0 ||
	    strcmp(type, "query-cstatus") == 0)
		return false;
	return strcmp(src, "apia") == 0;
}

/* The next message worth comparing. */
static bool
player_next(struct player *p, struct reading *r, int timeout_ms)
{
	for (;;) {
		int32_t len;
		bool good;

		while (p->in_len < 8 ||
		       (memcpy(&len, p->in, 4), p->in_len < 8 + (size_t)len))
			if (!player_fill(p, timeout_ms))
				return false;
		good = reading_open(r, p->in + 8, (size_t)len);
		p->in_len -= 8 + (size_t)len;
		memmove(p->in, p->in + 8 + len, p->in_len);
		if (good && is_comparable(r))
			return true;
	}
}

static bool
player_write(struct player *p, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		ssize_t n = send(p->fd, at, len, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* The sign-on names this process instead of the recorded one.  Text: all of them are
 * classic. */
static size_t
body_adapt(const struct player *p, const struct step *step, char *out, size_t size)
{
	char was[32], is[32];
	size_t n = 0;
	const char *at = (const char *)step->bytes, *end = at + step->len;

	memcpy(out, at, step->len);
	if (!memmem(at, step->len, "reqtype=signon\n", 15) ||
	    strstr(p->rec->name, "signon-pid") || strstr(p->rec->name, "deadpid"))
		return step->len;
	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t len = eol ? (size_t)(eol - at) + 1 : (size_t)(end - at);

		snprintf(was, sizeof(was), "=%d\n", (int)p->rec->pid);
		snprintf(is, sizeof(is), "=%d\n", (int)getpid());
		if ((len == strlen(was) + 3 && memcmp(at, "pid", 3) == 0 &&
		        memcmp(at + 3, was, strlen(was)) == 0) ||
		    (len == strlen(was) + 7 && memcmp(at, "from_id", 7) == 0 &&
		        memcmp(at + 7, was, strlen(was)) == 0))
			n += (size_t)snprintf(out + n, size - n, "%.*s%s",
			    (int)(len - strlen(was)), at, is);
		else {
			memcpy(out + n, at, len);
			n += len;
		}
		at += len;
	}
	return n;
}

static bool
play_send(struct player *p, const struct step *step)
{
	static char frame[BODY_MAX + 64];
	size_t len = body_adapt(p, step, frame + 8, sizeof(frame) - 8);

	memcpy(frame, &(int32_t){ (int32_t)len }, 4);
	memcpy(frame + 4, &(uint32_t){ CLIENTS_MAGIC }, 4);
	return player_write(p, frame, 8 + len) || step->fails ||
	       trouble(p, step, "cannot send");
}

static bool
is_number_of_the_day(const char *name)
{
	static const char *const names[] = { "seq", "hg", "ts", "ld", "ttl", "srcuuid",
		"destuuid", "client_gen", "hbversion" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool
is_value_equal(const struct player *p, const struct msg_field *want,
    const struct msg_field *got)
{
	char was[16], is[16];

	snprintf(was, sizeof(was), "%d", (int)p->rec->pid);
	snprintf(is, sizeof(is), "%d", (int)getpid());
	if (is_number_of_the_day(want->name))
		return true;
	if (strstr(want->name, "_id") && strcmp((const char *)want->value, was) == 0)
		return strcmp((const char *)got->value, is) == 0;
	return want->len == got->len && memcmp(want->value, got->value, want->len) == 0;
}

static bool
play_compare(struct player *p, const struct step *step, struct reading *want,
    struct reading *got)
{
	size_t i = 0, j = 0;

	if (want->bytes[0] != got->bytes[0])
		return trouble(p, step, "other form");
	for (;; i++, j++) {
		/* The daemon's signature is of no use to clients; ours gives what it
		 * received. */
		while (i < want->m.count && strcmp(want->m.field[i].name, "auth") == 0)
			i++;
		while (j < got->m.count && strcmp(got->m.field[j].name, "auth") == 0)
			j++;
		if (i == want->m.count || j == got->m.count)
			break;
		if (strcmp(want->m.field[i].name, got->m.field[j].name) != 0 ||
		    want->m.field[i].type != got->m.field[j].type ||
		    !is_value_equal(p, &want->m.field[i], &got->m.field[j]))
			return trouble(p, step, "want %s=%.80s, got %s=%.80s",
			    want->m.field[i].name, want->m.field[i].value,
			    got->m.field[j].name, got->m.field[j].value);
	}
	if (i < want->m.count || j < got->m.count)
		return trouble(p, step, "%s field %s",
		    i < want->m.count ? "missing" : "superfluous",
		    i < want->m.count ? want->m.field[i].name : got->m.field[j].name);
	return true;
}

static bool
play_expect(struct player *p, const struct step *step)
{
	static struct reading want, got;

	if (!reading_open(&want, step->bytes, step->len) || !is_comparable(&want))
		return true;
	/* Compressing is the business of the wire, which is not here. */
	if (msg_find(&want.m, "_compression_algorithm")) {
		return player_next(p, &got, WAIT_MS) &&
		       strcmp(msg_type(&got.m), "compr") == 0;
	}
	if (!player_next(p, &got, WAIT_MS))
		return trouble(p, step, "no answer");
	return play_compare(p, step, &want, &got);
}

static bool
play_connect(struct player *p, const struct step *step)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int r;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", p->path);
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	r = connect(p->fd, (struct sockaddr *)&sun, sizeof(sun));
	if (step->fails)
		return r < 0 || trouble(p, step, "connect should fail");
	return r == 0 || trouble(p, step, "connect: %s", strerror(errno));
}

static bool
play_quiet(struct player *p, const struct step *step)
{
	static struct reading more;

	if (p->fd < 0 || !player_next(p, &more, QUIET_MS))
		return true;
	/* A client that closes at once has not read that it left. */
	if (step->type == STEP_CLOSE && strcmp(msg_type(&more.m), "hbapi-clstat") == 0)
		return true;
	return trouble(p, step, "superfluous t=%s", msg_type(&more.m));
}

static bool
play_step(struct player *p, const struct step *step)
{
	sigset_t usr1;

	switch (step->type) {
	case STEP_CONNECT:
		return play_connect(p, step);
	case STEP_SEND:
		return play_send(p, step);
	case STEP_EXPECT:
		return play_expect(p, step);
	case STEP_RAW:
		player_write(p, step->bytes,
		    step->len); /* it may be cut off in the middle */
		return true;
	case STEP_SIGNAL:
		sigemptyset(&usr1);
		sigaddset(&usr1, SIGUSR1);
		return sigtimedwait(&usr1, NULL, &(struct timespec){ .tv_sec = WAIT_MS / 1000 }) ==
		           SIGUSR1 ||
		       trouble(p, step, "no signal");
	case STEP_EOF:
		if (!play_quiet(p, step))
			return false;
		while (!p->eof && player_fill(p, WAIT_MS))
			continue;
		return p->eof || trouble(p, step, "no EOF");
	case STEP_CLOSE:
		return step->fails || play_quiet(p, step);
	}
	return true;
}

/* The recorded client: its credentials, its words.  Writes what went wrong into OUT. */
static void
player_main(const struct recording *rec, const char *path, int out)
{
	static struct player p;
	gid_t suppl = 102;
	sigset_t usr1;

	p.rec = rec;
	p.path = path;
	p.fd = -1;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	if (setgroups(strstr(rec->name, "-suppl-") ? 1 : 0, &suppl) < 0 ||
	    setresgid(rec->gid, rec->gid, rec->gid) < 0 ||
	    setresuid(rec->uid, rec->uid, rec->uid) < 0)
		snprintf(p.trouble, sizeof(p.trouble), "cannot become uid %u gid %u",
		    rec->uid, rec->gid);
	for (size_t i = 0; !p.trouble[0] && i < rec->count; i++)
		play_step(&p, &rec->step[i]);
	if (p.trouble[0] && write(out, p.trouble, strlen(p.trouble)) < 0)
		_exit(2);
	_exit(p.trouble[0] ? 1 : 0);
}

/* ---- One recording ---- */

static void
player_ended(void *data, int fd, int revents)
{
	(void)fd;
	(void)revents;
	loop_stop(((struct host *)data)->loop);
}

/* A client of this name that the recording needs to be there. */
static int
local_client(struct host *host, const char *name)
{
	struct ucred cred = { .pid = getpid(), .uid = 101, .gid = 102 };
	char bytes[256];
	int pair[2], len;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	clients_conn_watch(clients_conn_new(host->clients, pair[1], &cred));
	len = snprintf(bytes + 8, sizeof(bytes) - 8,
	    ">>>\nt=hbapi-req\nreqtype=signon\npid=%d\nfrom_id=%s\nuid=101\ngid=102\n<<<"
	    "\n",
	    (int)getpid(), name);
	memcpy(bytes, &len, 4);
	memcpy(bytes + 4, &(uint32_t){ CLIENTS_MAGIC }, 4);
	if (send(pair[0], bytes, 8 + (size_t)len, MSG_NOSIGNAL) < 0)
		return -1;
	host_run(host, 2);
	return pair[0];
}

static bool
recording_play(const struct recording *rec, const char *path, char *text, size_t size)
{
	struct host *host = cluster_new();
	struct err err = { "" };
	int pipe_fd[2], client = -1, status;
	bool stopped = strstr(rec->name, "hbstatus-stopped") != NULL;
	ssize_t n;
	pid_t pid;

	text[0] = '\0';
	if (!stopped && clients_listen(host->clients, path, &err) < 0)
		snprintf(text, size, "%s", err.text);
	if (strncmp(rec->name, "auth-", 5) == 0)
		host_auth_of_recordings(host);
	if (cluster_learn(host, rec))
		client = local_client(host, "ccm");
	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		return false;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		player_main(rec, path, pipe_fd[1]);
	close(pipe_fd[1]);
	loop_fd_add(host->loop, pipe_fd[0], POLLIN, false, "player", player_ended, host);
	loop_run(host->loop);
	n = read(pipe_fd[0], text, size - 1);
	if (n >= 0)
		text[n] = '\0';
	waitpid(pid, &status, 0);
	if (!text[0] && status != 0)
		snprintf(text, size, "the client ended with status %d", status);
	loop_fd_remove(host->loop, pipe_fd[0]);
	close(pipe_fd[0]);
	if (client >= 0)
		close(client);
	host_free(host);
	return text[0] == '\0';
}

static const char *
why_skipped(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(skipped); i++)
		if (strncmp(name, skipped[i].prefix, strlen(skipped[i].prefix)) == 0)
			return skipped[i].why;
	return NULL;
}

static bool
recording_test(const char *file, const char *socket_path)
{
	static struct recording rec;
	char text[512];
	const char *name = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	const char *why = why_skipped(name);
	bool ok;

	if (why) {
		printf("skip api/%s: %s\n", name, why);
		return true;
	}
	if (!recording_read(&rec, file)) {
		printf("not ok api/%s: cannot read it\n", name);
		return false;
	}
	ok = recording_play(&rec, socket_path, text, sizeof(text));
	printf(ok ? "ok api/%s\n" : "not ok api/%s: %s\n", name, text);
	recording_free(&rec);
	return ok;
}

/* ---- All ---- */

static int
is_recording(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".vec") == 0;
}

static int
all_recordings(const char *socket_path)
{
	struct dirent **list;
	int count = scandir(VECTORS, &list, is_recording, alphasort), failed = 0;

	if (count <= 0) {
		printf("skip api: no recordings in " VECTORS "\n");
		return 0;
	}
	for (int i = 0; i < count; i++) {
		char file[512];

		snprintf(file, sizeof(file), VECTORS "/%s", list[i]->d_name);
		failed += !recording_test(file, socket_path);
		free(list[i]);
	}
	free(list);
	return failed ? 1 : 0;
}

static int
serve(const char *path, const char *held)
{
	struct host *host = cluster_new();
	struct err err = { "" };
	int client;

	strcpy(host->online[host->online_count++], "ccm");
	if (held)
		host->held = strcmp(held, "refused") == 0 ? NULL : held;
	if (clients_listen(host->clients, path, &err) < 0) {
		fprintf(stderr, "api_test: %s\n", err.text);
		return 1;
	}
	client = local_client(host, "ccm");
	loop_fd_add(host->loop, 0, POLLIN, false, "stdin", player_ended, host);
	printf("ready\n");
	fflush(stdout);
	loop_run(host->loop);
	loop_fd_remove(host->loop, 0);
	host_free(host);
	close(client);
	return 0;
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/api_test.XXXXXX", run[64], path[96];
	int r = 0;

	if (argc >= 3 && strcmp(argv[1], "--serve") == 0)
		return serve(argv[2], argv[3]);
	if (getuid() != 0) {
		printf("skip api: needs root for the credentials of the recordings\n");
		return 0;
	}
	if (!mkdtemp(dir))
		return 1;
	/* As in the recordings: the directory is hacluster's and haclient's. */
	snprintf(run, sizeof(run), "%s/run", dir);
	snprintf(path, sizeof(path), "%s/register", run);
	if (chmod(dir, 0755) < 0 || mkdir(run, 0750) < 0 || chown(run, 101, 102) < 0)
		return 1;
	if (argc > 1)
		for (int i = 1; i < argc; i++)
			r |= !recording_test(argv[i], path);
	else
		r = all_recordings(path);
	rmdir(run);
	rmdir(dir);
	return r;
}
