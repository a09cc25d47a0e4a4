/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ping, ping6, ping_group: a host is asked to send back what the caller wants to hear
 * from it (spec/wire.md 16.4).  A frame that is sent leaves as the data of one echo
 * request to each host; a reply that comes in time with the same data is received as that
 * frame.
 *
 * A reply counts when
 *  - its identifier is ours, its number one of the last RECENT_MAX, and sent not longer
 * ago than spec.fresh_ms: nobody keeps a host alive with what he recorded;
 *  - its data is what was sent with that number, so that media do not take each other's
 * replies though they all use one identifier;
 *  - that number was not answered before: one of a group's hosts is enough;
 *  - it comes from a member, if it is a group.
 * Others are not told of: any program of this machine may use ping.
 */
#include "heartbeat/media/private.h"

#include "lib/array.h"
#include "lib/instant.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECENT_MAX 128
#define FOREIGN_MAX 64 /* replies of others that are passed over in one call */

struct ping_request {
	struct instant sent; /* never: none, or answered */
	uint16_t seq;
	uint64_t mark; /* of its data */
};

struct ping_state {
	uint16_t id;
	uint16_t seq;                           /* of the next request */
	struct ping_request recent[RECENT_MAX]; /* by seq modulo RECENT_MAX */
	struct sockaddr_storage host[PING_HOSTS_MAX];
	size_t host_count;
};

/* Hosts. */

/* A numeric address or, unless NUMERIC_ONLY, a name.  0 or an EAI_ code. */
static int
ping_host_resolve(const char *host, int family, bool numeric_only,
    struct sockaddr_storage *to)
{
	struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_RAW };
	struct addrinfo *found = NULL;
	int code;

	if (numeric_only)
		hints.ai_flags = AI_NUMERICHOST;
	code = getaddrinfo(host, NULL, &hints, &found);
	if (code != 0 || !found)
		return code ? code : EAI_NONAME;
	memset(to, 0, sizeof(*to));
	memcpy(to, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

static bool
ping_is_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)a,
	                         *b4 = (const struct sockaddr_in *)b;

	return a->ss_family == AF_INET && b->ss_family == AF_INET &&
	       a4->sin_addr.s_addr == b4->sin_addr.s_addr;
}

/* The hosts of the line, one after the other: *AT begins as spec->hosts.  False at the
 * end. */
static bool
ping_host_next(const char **at, char host[MEDIA_HOST_MAX])
{
	size_t len;

	*at += strspn(*at, " ");
	len = strcspn(*at, " ");
	if (len == 0)
		return false;
	assert(len < MEDIA_HOST_MAX);
	memcpy(host, *at, len);
	host[len] = '\0';
	*at += len;
	return true;
}

static int
ping_hosts_resolve(struct ping_state *state, const struct media_spec *spec,
    struct err *err)
{
	int family = spec->class->family, code;
	const char *at = spec->hosts;
	char host[MEDIA_HOST_MAX];

	while (ping_host_next(&at, host)) {
		assert(state->host_count < PING_HOSTS_MAX);
		code = ping_host_resolve(host, family, false,
		    &state->host[state->host_count]);
		if (code != 0)
			return err_set(err, -ENOENT, "unknown host: %s: %s", host,
			    gai_strerror(code));
		state->host_count++;
	}
	return 0;
}

/* Lines. */

/* The name of a node: it goes into messages and lists. */
static int
ping_name_take(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	const char *name = words->word[0];
	size_t len = strlen(name);
	bool printable = true;

	for (size_t i = 0; i < len; i++)
		printable &= name[i] > ' ' && name[i] <= '~';
	if (len >= sizeof(spec->name) || !printable)
		return spec_refuse(why, -EINVAL, words->offset[0],
		    "'%.120s' cannot be the name of a node (at most %zu printable "
		    "characters)",
		    name, sizeof(spec->name) - 1);
	memcpy(spec->name, name, len + 1);
	return 0;
}

static int
ping_host_add(struct media_spec *spec, const char *host)
{
	size_t used = strlen(spec->hosts);
	int len = snprintf(spec->hosts + used, sizeof(spec->hosts) - used, "%s%s",
	    used ? " " : "", host);

	return len < 0 || (size_t)len >= sizeof(spec->hosts) - used ? -ENOSPC : 0;
}

static int
ping_parse(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	const char *directive = spec->kind->directive;

	if (words->count == 0)
		return spec_refuse(why, -EINVAL, 0, "%s needs a host: %s %s", directive,
		    directive, spec->class->family == AF_INET6 ? "fd00::1" : "192.0.2.1");
	if (words->count > 1)
		spec_refuse(why, 0, words->offset[1],
		    "'%.120s' is ignored: each host is a medium of its own",
		    words->word[1]);
	if (ping_name_take(spec, words, why) < 0)
		return -EINVAL;
	return ping_host_add(spec, words->word[0]);
}

static int
group_parse(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	if (words->count < 2)
		return spec_refuse(why, -EINVAL, words->offset[words->count],
		    "ping_group needs a name and at least one host: ping_group uplinks "
		    "192.0.2.1 192.0.2.2");
	if (ping_name_take(spec, words, why) < 0)
		return -EINVAL;
	for (size_t i = 1; i < words->count; i++) {
		if (i > PING_HOSTS_MAX || ping_host_add(spec, words->word[i]) < 0)
			return spec_refuse(why, -EINVAL, words->offset[i],
			    "ping_group %s has too many hosts: at most %d, in %zu bytes",
			    spec->name, PING_HOSTS_MAX, sizeof(spec->hosts) - 1);
	}
	return 0;
}

static int
ping_check(struct media_spec *spec, struct media_refusal *why)
{
	struct sockaddr_storage to;
	const char *at = spec->hosts;
	char host[MEDIA_HOST_MAX];
	int code;

	while (ping_host_next(&at, host)) {
		code = ping_host_resolve(host, spec->class->family, false, &to);
		if (code == 0)
			continue;
		spec_legacy(why, "unknown host: %s: %s", host, gai_strerror(code));
		return spec_refuse(why, -ENOENT, 0, "unknown host: %s: %s", host,
		    gai_strerror(code));
	}
	return 0;
}

/* Opening. */

/* Only replies wake us, and only those with our identifier. */
static void
ping_filter(int fd, int family, uint16_t id)
{
	static const uint32_t only_reply = ~(1u << ICMP_ECHOREPLY);
	uint8_t bytes[2];
	struct icmp6_filter reply6;

	memcpy(bytes, &id, sizeof(id));
	if (family == AF_INET) {
		struct sock_filter code[] = {
			BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* the IP header */
			BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			    (uint32_t)(bytes[0] << 8 | bytes[1]), 0, 1),
			BPF_STMT(BPF_RET | BPF_K, 0xffff),
			BPF_STMT(BPF_RET | BPF_K, 0),
		};
		struct sock_fprog program = { ARRAY_LEN(code), code };

		setsockopt(fd, SOL_RAW, ICMP_FILTER, &only_reply, sizeof(only_reply));
		setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
	} else {
		struct sock_filter code[] = {
			BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			    (uint32_t)(bytes[0] << 8 | bytes[1]), 0, 1),
			BPF_STMT(BPF_RET | BPF_K, 0xffff),
			BPF_STMT(BPF_RET | BPF_K, 0),
		};
		struct sock_fprog program = { ARRAY_LEN(code), code };

		ICMP6_FILTER_SETBLOCKALL(&reply6);
		ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &reply6);
		setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &reply6, sizeof(reply6));
		setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
	}
	/* What a kernel does not filter, ping_recv() does. */
}

static int
ping_open(struct media *m, struct err *err)
{
	int family = m->spec.class->family, code;
	struct ping_state *state = calloc(1, sizeof(*state));

	if (!state)
		return err_set(err, -ENOMEM, "no memory");
	m->state = state;
	state->id = (uint16_t)getpid();
	code = ping_hosts_resolve(state, &m->spec, err);
	if (code < 0)
		return code;
	m->read_fd = m->write_fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    family == AF_INET6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
	if (m->read_fd < 0)
		return err_set(err, -errno, "cannot make a raw socket: %s",
		    strerror(errno));
	ping_filter(m->read_fd, family, state->id);
	return 0;
}

static void
ping_started(const struct media *m)
{
	log_line(LOG_INFO, "glib: %s heartbeat started: %s (%s)", m->spec.kind->directive,
	    m->spec.name, m->spec.hosts);
}

/* Asking. */

/* FNV-1a: it need only tell apart what we sent ourselves; the caller checks signatures.
 */
static uint64_t
ping_mark(const uint8_t *data, size_t len)
{
	uint64_t mark = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		mark = (mark ^ data[i]) * 0x100000001b3u;
	return mark;
}

static int
ping_send(struct media *m, const uint8_t *frame, size_t len, bool beat)
{
	struct ping_state *state = m->state;
	struct ping_request *request = &state->recent[state->seq % RECENT_MAX];
	uint8_t packet[ECHO_HEADER + ECHO_DATA_MAX];
	size_t size =
	    echo_encode(packet, m->spec.class->family, state->id, state->seq, frame, len);
	socklen_t to_len = m->spec.class->family == AF_INET6 ? sizeof(struct sockaddr_in6)
	                                                     : sizeof(struct sockaddr_in);
	int code = 0;
	size_t asked = 0;

	(void)beat;
	*request = (struct ping_request){ .sent = instant_now(),
		.seq = state->seq++,
		.mark = ping_mark(frame, len) };
	for (size_t i = 0; i < state->host_count; i++) {
		ssize_t sent;

		do
			sent =
			    sendto(m->write_fd, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL,
			        (const struct sockaddr *)&state->host[i], to_len);
		while (sent < 0 && errno == EINTR);
		if (sent < 0)
			code = errno == EWOULDBLOCK ? -EAGAIN : -errno;
		else
			asked++;
	}
	return asked > 0 ? 0 : code;
}

/* Answers. */

static bool
ping_is_answer(struct media *m, const struct echo_reply *reply,
    const struct sockaddr_storage *from)
{
	struct ping_state *state = m->state;
	struct ping_request *request = &state->recent[reply->seq % RECENT_MAX];
	bool member = m->spec.class != &media_ping_group;

	if (reply->id != state->id || request->seq != reply->seq ||
	    !instant_is_set(request->sent) ||
	    instant_diff_ms(instant_now(), request->sent) > m->spec.fresh_ms ||
	    ping_mark(reply->data, reply->len) != request->mark)
		return false;
	for (size_t i = 0; i < state->host_count && !member; i++)
		member = ping_is_same_host(&state->host[i], from);
	if (member)
		request->sent = INSTANT_NEVER;
	return member;
}

/* One packet: 1 when it was an answer, 0 when not, -errno (-EAGAIN: there is none). */
static int
ping_recv_one(struct media *m, struct media_datagram *datagram, size_t size)
{
	/* The longest IP header there is, and one byte to see what is too long. */
	uint8_t packet[60 + ECHO_HEADER + ECHO_DATA_MAX + 1];
	struct echo_reply reply;
	ssize_t len;

	datagram->from.len = sizeof(datagram->from.address);
	do
		len = recvfrom(m->read_fd, packet, sizeof(packet), MSG_DONTWAIT,
		    (struct sockaddr *)&datagram->from.address, &datagram->from.len);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (echo_decode(packet, (size_t)len, m->spec.class->family, &reply) < 0 ||
	    reply.len > size || !ping_is_answer(m, &reply, &datagram->from.address))
		return 0;
	memcpy(datagram->bytes, reply.data, reply.len);
	datagram->len = (ssize_t)reply.len;
	m->count.received++;
	m->count.received_bytes += reply.len;
	return 1;
}

static int
ping_recv(struct media *m, struct media_datagram *some, size_t count, size_t size)
{
	size_t got = 0;

	for (size_t i = 0; got < count && i < FOREIGN_MAX; i++) {
		int code = ping_recv_one(m, &some[got], size);

		if (code == -EAGAIN)
			break;
		if (code < 0) {
			m->count.recv_errors++;
			return got > 0 ? (int)got : code;
		}
		got += (size_t)code;
	}
	return (int)got;
}

static void
ping_close(struct media *m)
{
	free(m->state);
	m->state = NULL;
}

#define PING_CLASS(word, text, line, how, of)                                            \
	const struct media_class media_##word = {                                        \
		.kind = { #word, text, line, false, true },                              \
		.frame_max = ECHO_DATA_MAX,                                              \
		.parse = how,                                                            \
		.check = ping_check,                                                     \
		.open = ping_open,                                                       \
		.started = ping_started,                                                 \
		.send = ping_send,                                                       \
		.recv = ping_recv,                                                       \
		.close = ping_close,                                                     \
		.family = of,                                                            \
	}
PING_CLASS(ping, "ping membership", false, ping_parse, AF_INET);
PING_CLASS(ping6, "ping6 membership", false, ping_parse, AF_INET6);
PING_CLASS(ping_group, "ping group membership", true, group_parse, AF_INET);
