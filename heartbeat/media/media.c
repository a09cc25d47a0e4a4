/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open media: their life, sending, receiving, and the watch over their interfaces
 * (contract in media.h).  The kinds are in ip4.c and ip6.c, behind struct media_class.
 *
 * An interface that is removed takes the binding of the sockets with it, though they stay
 * open: they hear nothing any more, and sending fails.  When one of the same name comes
 * back the same sockets are bound to it, so that nobody above has to know.
 */
#include "heartbeat/media/private.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* All that are open: media of one device and port share one reading socket.  A process
 * has one set. */
static struct media *open_media;

/* Sharing. */

static bool
media_can_share(const struct media *a, const struct media *b)
{
	return a->spec.class->shares_ear && b->spec.class->shares_ear &&
	       a->spec.class->family == b->spec.class->family && a->port == b->port &&
	       strcmp(a->spec.device, b->spec.device) == 0;
}

/* Another medium that hears what M would hear. */
static struct media *
media_ear_find(const struct media *m)
{
	for (struct media *other = open_media; other; other = other->next) {
		if (other != m && other->read_fd >= 0 && media_can_share(m, other))
			return other;
	}
	return NULL;
}

/* One that lives on takes over the ear of one that is closed. */
static bool
media_ear_leave(struct media *m)
{
	for (struct media *other = open_media; other; other = other->next) {
		if (other != m && other->read_fd < 0 && media_can_share(m, other)) {
			other->read_fd = m->read_fd;
			return true;
		}
	}
	return false;
}

/* The watch over the interface. */

static long
media_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

static void
media_reattach(struct media *m, int index)
{
	struct err err;
	bool was_gone = m->ifindex == 0;

	m->ifindex = index;
	if (m->spec.class->attach(m, &err) < 0) {
		m->ifindex = 0; /* the next look tries again */
		log_limited(&m->error_limit, LOG_WARNING,
		    "%s %s: the interface is back, but: %s", m->spec.kind->directive,
		    m->name, err.text);
		return;
	}
	m->count.rebinds++;
	log_line(LOG_INFO, "%s %s: the interface is %s, heartbeats go on",
	    m->spec.kind->directive, m->name, was_gone ? "back" : "a new one");
}

static void
media_watch(struct media *m)
{
	long now = media_seconds();
	int index;

	if (m->watched == now || !m->spec.class->attach)
		return;
	m->watched = now;
	index = ip_device_index_by(m->write_fd, m->spec.device);
	if (index == 0) {
		if (m->ifindex != 0)
			log_line(LOG_WARNING, "%s %s: the interface is gone",
			    m->spec.kind->directive, m->name);
		m->ifindex = 0;
		return;
	}
	if (index != m->ifindex)
		media_reattach(m, index);
	if (m->ifindex != 0 && m->spec.class->refresh)
		m->spec.class->refresh(m);
}

/* Sending. */

static void
media_send_failed(struct media *m, int code)
{
	if (code == EAGAIN) {
		m->count.send_full++;
		log_limited(&m->full_limit, LOG_WARNING,
		    "%s %s: the socket buffer is full, a frame was not sent",
		    m->spec.kind->directive, m->name);
		return;
	}
	m->count.send_errors++;
	m->unsent++;
	if (m->last_error == code)
		return;
	m->last_error = code;
	log_limited(&m->error_limit, LOG_WARNING,
	    "%s %s: cannot send: %s (said once until it works again)",
	    m->spec.kind->directive, m->name, strerror(code));
}

static void
media_send_works(struct media *m)
{
	if (m->last_error == 0)
		return;
	log_limited(&m->error_limit, LOG_INFO,
	    "%s %s: sends again, %llu frames were not sent", m->spec.kind->directive,
	    m->name, (unsigned long long)m->unsent);
	m->last_error = 0;
	m->unsent = 0;
}

static int
media_send_udp(struct media *m, const uint8_t *frame, size_t len)
{
	ssize_t sent;

	do
		sent = sendto(m->write_fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		    (struct sockaddr *)&m->to, m->to_len);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return 0;
}

static int
media_send_as(struct media *m, const uint8_t *frame, size_t len, bool beat)
{
	const struct media_class *class = m->spec.class;
	int code;

	assert(m->write_fd >= 0 || class->is_lost);
	media_watch(m);
	if (len > class->frame_max) {
		m->count.send_errors++;
		return -EMSGSIZE;
	}
	code = class->send ? class->send(m, frame, len, beat)
	                   : media_send_udp(m, frame, len);
	if (code < 0) {
		media_send_failed(m, -code);
		return code;
	}
	media_send_works(m);
	m->count.sent++;
	m->count.sent_bytes += len;
	return 0;
}

int
media_send(struct media *m, const uint8_t *frame, size_t len)
{
	return media_send_as(m, frame, len, false);
}

int
media_send_beat(struct media *m, const uint8_t *frame, size_t len)
{
	return media_send_as(m, frame, len, true);
}

struct instant
media_pump(struct media *m, struct instant now)
{
	return m->spec.class->pump ? m->spec.class->pump(m, now) : INSTANT_NEVER;
}

/* Receiving. */

static void
media_recv_count(struct media *m, struct media_datagram *datagram, size_t len,
    size_t size)
{
	if (len > size) {
		m->count.oversized++;
		datagram->len = -EMSGSIZE;
		return;
	}
	m->count.received++;
	m->count.received_bytes += len;
	datagram->len = (ssize_t)len;
}

/* When the kernel saw it. */
static int64_t
media_stamp_ns(struct msghdr *head)
{
	struct timespec stamp;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		return (int64_t)stamp.tv_sec * 1000000000LL + stamp.tv_nsec;
	}
	return 0;
}

static int
media_recv_udp(struct media *m, struct media_datagram *some, size_t count, size_t size)
{
	_Alignas(struct cmsghdr) char notes[MEDIA_SOME_MAX]
	                                   [CMSG_SPACE(sizeof(struct timespec))];
	struct mmsghdr head[MEDIA_SOME_MAX];
	struct iovec place[MEDIA_SOME_MAX];
	int got;

	for (size_t i = 0; i < count; i++) {
		place[i] = (struct iovec){ some[i].bytes, size };
		head[i].msg_hdr = (struct msghdr){ .msg_name = &some[i].from.address,
			.msg_namelen = sizeof(some[i].from.address),
			.msg_iov = &place[i],
			.msg_iovlen = 1,
			.msg_control = notes[i],
			.msg_controllen = sizeof(notes[i]) };
	}
	do
		got = recvmmsg(m->read_fd, head, (unsigned)count,
		    MSG_DONTWAIT | MSG_TRUNC, NULL);
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (got < 0) {
		m->count.recv_errors++;
		return -errno;
	}
	for (int i = 0; i < got; i++) {
		some[i].from.len = head[i].msg_hdr.msg_namelen;
		some[i].stamp_ns = media_stamp_ns(&head[i].msg_hdr);
		media_recv_count(m, &some[i], head[i].msg_len, size);
	}
	return got;
}

int
media_recv_some(struct media *m, struct media_datagram *some, size_t count, size_t size)
{
	assert(m->read_fd >= 0);
	assert(count > 0 && count <= MEDIA_SOME_MAX);
	if (m->spec.class->recv)
		return m->spec.class->recv(m, some, count, size);
	return media_recv_udp(m, some, count, size);
}

ssize_t
media_recv(struct media *m, uint8_t *buf, size_t size, struct media_from *from)
{
	struct media_datagram one = { .bytes = buf };
	int got = media_recv_some(m, &one, 1, size);

	if (got <= 0)
		return got < 0 ? got : -EAGAIN;
	if (from)
		*from = one.from;
	return one.len;
}

int
media_fd(const struct media *m)
{
	if (m->spec.class->is_lost && m->spec.class->is_lost(m))
		return -1;
	return m->read_fd;
}

const char *
media_from_text(const struct media_from *from, char buf[MEDIA_FROM_MAX])
{
	char host[MEDIA_FROM_MAX - 10], port[8];

	if (from->len == 0) { /* there is only one */
		snprintf(buf, MEDIA_FROM_MAX, "the other end");
		return buf;
	}
	if (getnameinfo((const struct sockaddr *)&from->address, from->len, host,
	        sizeof(host), port, sizeof(port),
	        NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM) != 0)
		snprintf(buf, MEDIA_FROM_MAX, "an unknown address");
	else if (from->address.ss_family == AF_INET6)
		snprintf(buf, MEDIA_FROM_MAX, "[%s]:%s", host, port);
	else
		snprintf(buf, MEDIA_FROM_MAX, "%s:%s", host, port);
	return buf;
}

/* Life. */

static void
media_fds_close(struct media *m)
{
	if (m->spec.class->close)
		m->spec.class->close(m);
	if (m->read_fd >= 0)
		close(m->read_fd);
	if (m->write_fd >= 0 && m->write_fd != m->read_fd)
		close(m->write_fd);
	m->read_fd = m->write_fd = -1;
}

static int
media_set_up(struct media *m, struct err *err)
{
	const struct media_class *class = m->spec.class;
	int code;

	if (!class->attach)
		return class->open(m, err);
	m->ifindex = ip_device_index(m->spec.device);
	if (m->ifindex == 0)
		return err_set(err, -ENODEV, "there is no such interface");
	code = class->open(m, err);
	if (code < 0)
		return code;
	if (media_ear_find(m)) {
		close(m->read_fd);
		m->read_fd = -1;
	}
	code = class->attach(m, err);
	if (code < 0)
		return code;
	return m->read_fd >= 0 ? class->listen(m, err) : 0;
}

int
media_open(struct media *m, const struct media_spec *spec, uint16_t udpport,
    struct err *err)
{
	struct err why = { .text = "" };
	int code;

	*m = (struct media){ .spec = *spec,
		.port = spec->port ? spec->port : udpport,
		.read_fd = -1,
		.write_fd = -1,
		.watched = media_seconds(),
		.full_limit.burst = 1,
		.error_limit.burst = 4 };
	m->name = m->spec.name[0] ? m->spec.name : m->spec.device;
	code = media_set_up(m, &why);
	if (code < 0) {
		media_fds_close(m);
		return err_set(err, code, "%s %s: %s", spec->kind->directive, m->name,
		    why.text);
	}
	m->next = open_media;
	open_media = m;
	spec->class->started(m);
	return 0;
}

void
media_close(struct media *m)
{
	struct media **link = &open_media;

	while (*link && *link != m)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = m->next;
	if (m->read_fd >= 0 && media_ear_leave(m))
		m->read_fd = -1;
	media_fds_close(m);
	if (!m->spec.class->attach) {
		log_line(LOG_INFO, "glib: %s heartbeat closed: %s",
		    m->spec.kind->directive, m->name);
		return;
	}
	log_line(LOG_INFO,
	    "glib: %s heartbeat closed on port %u interface %s - Status: 1",
	    m->spec.class == &media_bcast ? "UDP Broadcast" : m->spec.kind->directive,
	    m->port, m->name);
}
