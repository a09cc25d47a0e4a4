/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serial: a null-modem cable to one other node (spec/wire.md 16.2).
 *
 * A frame is queued and leaves in pieces of PIECE bytes, each when the one before it is
 * through the wire; media_pump() writes what may be written and says when it wants to be
 * called again.  Nothing waits: a line that takes nothing costs its own frames, after
 * STUCK_MS all that wait.  A line that hangs up (an adapter was pulled out) is opened
 * again, once a second.
 */
#include "heartbeat/media/line.h"
#include "heartbeat/media/private.h"
#include "heartbeat/media/tty.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define PIECE 512
#define STUCK_MS 500
#define RETRY_MS 20
#define BREAK_MS 250
#define REOPEN_MS 1000
#define READS_MAX 16 /* in one call: a line that babbles is not alone */
#define QUEUE_S 8    /* what waits is through the line in so many seconds */

struct serial_state {
	struct line_in in;
	struct line_out out;
	bool is_locked;
	bool is_lost; /* it hung up; its descriptor is closed when it is opened again */
	struct instant reopen; /* lost: when to try */
	struct instant next;   /* the piece before is through; never = now */
	struct instant stuck;  /* since when nothing is taken */
	struct instant breaks; /* the break ends */
	struct log_limit limit;
};

/* Lines of ha.cf. */

static int
serial_parse(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	const char *tty = words->word[0];

	if (words->count == 0)
		return spec_refuse(why, -EINVAL, 0,
		    "serial needs a port: serial /dev/ttyS0");
	if (tty[0] != '/') {
		spec_legacy(why,
		    "Serial port not full pathname [%s] in config file\n"
		    "Illegal serial [serial ring] in config file [%s]",
		    tty, tty);
		return spec_refuse(why, -EINVAL, 0,
		    "'%.200s' is not an absolute path, as /dev/ttyS0 is", tty);
	}
	if (strlen(tty) >= sizeof(spec->name))
		return spec_refuse(why, -EINVAL, 0,
		    "the path of a port may have at most %zu bytes",
		    sizeof(spec->name) - 1);
	memcpy(spec->name, tty, strlen(tty) + 1);
	return 0;
}

static int
serial_check(struct media_spec *spec, struct media_refusal *why)
{
	struct stat st;

	if (stat(spec->name, &st) != 0) {
		spec_legacy(why,
		    "Nonexistent serial port [%s] in config file\n"
		    "Illegal serial [serial ring] in config file [%s]",
		    spec->name, spec->name);
		return spec_refuse(why, -ENODEV, 0, "there is no '%s' on this machine",
		    spec->name);
	}
	if (!S_ISCHR(st.st_mode)) {
		spec_legacy(why,
		    "Serial port [%s] not a char device in config file\n"
		    "Illegal serial [serial ring] in config file [%s]",
		    spec->name, spec->name);
		return spec_refuse(why, -ENODEV, 0,
		    "'%s' is not a character device on this machine", spec->name);
	}
	return 0;
}

/* Opening. */

static int
serial_line_open(struct media *m, struct err *err)
{
	struct serial_state *s = m->state;
	int fd = tty_open(m->spec.name, m->spec.baud, err);

	if (fd < 0)
		return fd;
	m->read_fd = m->write_fd = fd;
	tty_break(fd, true);
	s->breaks = instant_add_ms(instant_now(), BREAK_MS);
	s->next = s->stuck = INSTANT_NEVER;
	s->is_lost = false;
	return 0;
}

static int
serial_open(struct media *m, struct err *err)
{
	struct serial_state *s = calloc(1, sizeof(*s));
	struct err why;
	int code;

	if (!s)
		return err_set(err, -ENOMEM, "no memory");
	m->state = s;
	if (!tty_rate_is_known(m->spec.baud))
		return err_set(err, -EINVAL, "a line cannot have %d baud", m->spec.baud);
	s->limit.burst = 3;
	s->out.limit = (size_t)m->spec.baud / 8 * QUEUE_S;
	s->out.bytes = malloc(s->out.limit + LINE_FRAME_MAX);
	s->in.bytes = malloc(LINE_FRAME_MAX);
	if (!s->out.bytes || !s->in.bytes)
		return err_set(err, -ENOMEM, "no memory");
	code = tty_lock(m->spec.name, &why);
	if (code == -EBUSY)
		return err_set(err, code, "%s", why.text);
	if (code < 0)
		log_line(LOG_WARNING, "serial %s: used without a lock: %s", m->spec.name,
		    why.text);
	s->is_locked = code == 0;
	return serial_line_open(m, err);
}

static void
serial_started(const struct media *m)
{
	log_line(LOG_INFO, "glib: Starting serial heartbeat on tty %s (%d baud)",
	    m->spec.name, m->spec.baud);
}

static void
serial_close(struct media *m)
{
	struct serial_state *s = m->state;

	if (!s)
		return;
	if (m->read_fd >= 0)
		tty_close(m->read_fd);
	m->read_fd = m->write_fd = -1;
	if (s->is_locked)
		tty_unlock(m->spec.name);
	free(s->in.bytes);
	free(s->out.bytes);
	free(s);
	m->state = NULL;
}

static void
serial_lose(struct media *m, int code)
{
	struct serial_state *s = m->state;

	if (s->is_lost)
		return;
	s->is_lost = true;
	s->reopen = instant_add_ms(instant_now(), REOPEN_MS);
	m->count.send_errors += line_out_clear(&s->out);
	log_limited(&s->limit, LOG_WARNING, "serial %s: the line is gone: %s",
	    m->spec.name, strerror(code));
}

static void
serial_reopen(struct media *m, struct instant now)
{
	struct serial_state *s = m->state;
	struct err err;

	if (m->read_fd >= 0)
		tty_close(m->read_fd);
	m->read_fd = m->write_fd = -1;
	s->reopen = instant_add_ms(now, REOPEN_MS);
	s->in.len = s->in.scanned = s->in.again = 0;
	s->in.inside = false;
	if (serial_line_open(m, &err) < 0)
		return;
	m->count.rebinds++;
	log_limited(&s->limit, LOG_INFO, "serial %s: the line is back", m->spec.name);
}

/* Sending. */

static int
serial_send(struct media *m, const uint8_t *frame, size_t len, bool beat)
{
	struct serial_state *s = m->state;
	int dropped;

	if (s->is_lost)
		return -EIO;
	dropped = line_out_add(&s->out, frame, len, beat);
	if (dropped <= 0)
		return dropped;
	m->count.send_full += (uint64_t)dropped;
	log_limited(&s->limit, LOG_WARNING,
	    "serial %s: too much for %d baud, %d old heartbeats were not sent",
	    m->spec.name, m->spec.baud, dropped);
	return 0;
}

/* Nothing was taken. */
static void
serial_stuck(struct media *m, struct instant now)
{
	struct serial_state *s = m->state;

	if (!instant_is_set(s->stuck))
		s->stuck = now;
	if (instant_diff_ms(now, s->stuck) >= STUCK_MS) {
		m->count.send_errors += line_out_clear(&s->out);
		tcflush(m->write_fd, TCOFLUSH);
		s->stuck = INSTANT_NEVER;
		log_limited(&s->limit, LOG_ERR,
		    "TTY write timeout on [%s] (no connection or bad cable? [see "
		    "documentation])",
		    m->spec.name);
	}
	s->next = instant_add_ms(now, RETRY_MS);
}

static void
serial_write_piece(struct media *m, struct instant now)
{
	struct serial_state *s = m->state;
	const uint8_t *bytes;
	size_t len = line_out_next(&s->out, &bytes, PIECE);
	ssize_t done;

	do
		done = write(m->write_fd, bytes, len);
	while (done < 0 && errno == EINTR);
	if (done > 0) {
		line_out_wrote(&s->out, (size_t)done);
		s->stuck = INSTANT_NEVER;
		s->next = instant_add_ms(now, done * 8000 / m->spec.baud);
	} else if (done == 0 || errno == EAGAIN || errno == EWOULDBLOCK) {
		serial_stuck(m, now);
	} else {
		serial_lose(m, errno);
	}
}

static struct instant
serial_pump(struct media *m, struct instant now)
{
	struct serial_state *s = m->state;

	if (s->is_lost) {
		if (instant_is_reached(s->reopen, now))
			serial_reopen(m, now);
		if (s->is_lost)
			return s->reopen;
	}
	if (instant_is_reached(s->breaks, now)) {
		tty_break(m->write_fd, false);
		s->breaks = INSTANT_NEVER;
	}
	if (instant_is_set(s->breaks))
		return s->breaks;
	if (s->out.count > 0 &&
	    (!instant_is_set(s->next) || instant_is_reached(s->next, now)))
		serial_write_piece(m, now);
	if (s->is_lost)
		return s->reopen;
	return s->out.count > 0 ? s->next : INSTANT_NEVER;
}

/* Receiving. */

/* False when there is no more. */
static bool
serial_read(struct media *m)
{
	struct serial_state *s = m->state;
	size_t room;
	uint8_t *place = line_in_place(&s->in, &room);
	ssize_t len;

	do
		len = read(m->read_fd, place, room);
	while (len < 0 && errno == EINTR);
	if (len > 0) {
		line_in_grow(&s->in, (size_t)len);
		return true;
	}
	if (len == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
		serial_lose(m, len == 0 ? EIO : errno);
	return false;
}

static int
serial_recv(struct media *m, struct media_datagram *some, size_t count, size_t size)
{
	struct serial_state *s = m->state;
	uint64_t overlong = s->in.overlong;
	size_t got = 0, reads = 0;

	while (got < count && !s->is_lost) {
		size_t len = line_in_take(&s->in, some[got].bytes, size);

		if (len == 0) {
			if (reads++ == READS_MAX || !serial_read(m))
				break;
			continue;
		}
		some[got].from.len = 0;
		some[got++].len = (ssize_t)len;
		m->count.received++;
		m->count.received_bytes += len;
	}
	m->count.oversized += s->in.overlong - overlong;
	return got == 0 && s->is_lost ? -EIO : (int)got;
}

static bool
serial_is_lost(const struct media *m)
{
	return ((const struct serial_state *)m->state)->is_lost;
}

const struct media_class media_serial = {
	.kind = { "serial", "serial ring", false, .is_line = true },
	.frame_max = LINE_FRAME_MAX,
	.parse = serial_parse,
	.check = serial_check,
	.open = serial_open,
	.started = serial_started,
	.send = serial_send,
	.pump = serial_pump,
	.is_lost = serial_is_lost,
	.recv = serial_recv,
	.close = serial_close,
};
