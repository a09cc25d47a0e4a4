/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The event loop (contract in loop.h).  Our descriptors sit in an epoll set of our own.
 * So a turn is ours from the wake-up to its end: libqb's loop hands over at most four
 * descriptors of a priority per turn and skips the lower ones in two turns of three,
 * which would let a timer be judged before a socket that was ready with it.  Where
 * somebody has libqb servers (loop_qb()), our set is one descriptor of libqb's loop
 * beside them; where nobody has, we wait in our set ourselves, which saves every wake-up
 * a system call and libqb's bookkeeping.
 *
 * A turn: take the time, hand over what is ready (urgent ones first), and, if a timer is
 * due, ask again until nothing is ready before the first timer fires.  What comes of the
 * timers at once, as our own broadcasts do, is taken in the same turn: it needs no
 * wake-up of its own.  Timers live in a heap (timers.h); one timerfd wakes us for its top.
 */
#include "lib/loop.h"

#include "lib/array.h"
#include "lib/log.h"
#include "lib/timers.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <qb/qbloop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define LOOP_BATCH_MAX                                                                   \
	64 /* ready descriptors taken at once; the rest follows in the same turn */
#define LOOP_ROUNDS_MAX 8     /* how often a turn asks again before its timers fire */
#define LOOP_TIMERS_FIRST 256 /* armed timers that fit before the heap has to grow */
#define LOOP_ALARM_STAYS_NS NS_PER_MS
#define LOOP_RING_MAX 32 /* handlers remembered for the report of a slow turn */

struct loop_source {
	int fd;
	int events;
	bool urgent;
	bool removed; /* waits in loop->gone for the end of the turn */
	const char *name;
	void (*ready)(void *data, int fd, int revents);
	void *data;
	struct loop_source *next; /* in gone or spare */
};

struct loop_trace {
	const char *name;
	int64_t took_ns;
};

struct loop_signal {
	void (*caught)(void *data, int signo);
	void *data;
};

struct loop {
	qb_loop_t *qb; /* NULL until somebody asks for it */
	int epoll_fd, timer_fd, signal_fd;
	struct instant now;
	bool in_turn, stopped;
	int64_t slow_ms;

	struct loop_source **source; /* by descriptor; NULL where there is none */
	size_t source_size;
	struct loop_source *gone, *spare;

	struct timers timers;
	struct instant alarm;     /* what timer_fd is set to */
	struct instant alarm_set; /* in the turn of this instant */
	bool alarm_rang;          /* timer_fd is readable until it is set again */

	struct loop_trace ring[LOOP_RING_MAX];
	unsigned ring_next, ring_turn; /* ring_turn: entries of this turn */

	sigset_t signals;
	struct loop_signal signal[_NSIG];
};

/* Timers. */

/* Sets the timerfd to the top of the heap, when that has changed or the old alarm has
 * rung.  An alarm that is too early costs a wake-up, setting it a system call that asks the
 * hardware: where timers come and go within a millisecond it stays as it is. */
static void
loop_alarm_set(struct loop *loop)
{
	struct instant top = timers_top(&loop->timers);
	struct itimerspec spec = { 0 };

	if (top.ns == loop->alarm.ns && !loop->alarm_rang)
		return;
	if (instant_is_set(loop->alarm) && !loop->alarm_rang && loop->in_turn &&
	    (!instant_is_set(top) || top.ns > loop->alarm.ns) &&
	    loop->now.ns - loop->alarm_set.ns < LOOP_ALARM_STAYS_NS)
		return;
	if (instant_is_set(top)) {
		spec.it_value.tv_sec = top.ns / 1000000000LL;
		spec.it_value.tv_nsec = top.ns % 1000000000LL;
	}
	timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
	loop->alarm = top;
	loop->alarm_set = loop->now;
	loop->alarm_rang = false;
}

/* One turn. */

static struct instant
loop_trace_add(struct loop *loop, const char *name, struct instant before)
{
	struct instant after = instant_now();

	loop->ring[loop->ring_next] = (struct loop_trace){ name, (after.ns - before.ns) };
	loop->ring_next = (loop->ring_next + 1) % LOOP_RING_MAX;
	loop->ring_turn++;
	return after;
}

/* "turn of the loop took 812 ms: client 3.1, timer keepalive 808.7" */
static void
loop_slow_report(struct loop *loop, int64_t took_ms)
{
	unsigned shown =
	    loop->ring_turn < LOOP_RING_MAX ? loop->ring_turn : LOOP_RING_MAX;
	unsigned first = (loop->ring_next + LOOP_RING_MAX - shown) % LOOP_RING_MAX;
	char text[512];
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < shown && len < sizeof(text) - 1; i++) {
		const struct loop_trace *t = &loop->ring[(first + i) % LOOP_RING_MAX];
		int n;

		if (t->took_ns < NS_PER_MS / 10 && shown > 8)
			continue; /* the fast ones are not to blame */
		n = snprintf(text + len, sizeof(text) - len, "%s%s %.1f", len ? ", " : "",
		    t->name, (double)t->took_ns / NS_PER_MS);
		if (n > 0)
			len += (size_t)n;
	}
	log_line(LOG_WARNING, "a turn of the loop took %lld ms (handlers, in ms: %s%s)",
	    (long long)took_ms, text,
	    loop->ring_turn > LOOP_RING_MAX ? ", and more before" : "");
}

static struct instant
loop_dispatch(struct loop *loop, const struct epoll_event *batch, int count, bool urgent,
    struct instant before)
{
	for (int i = 0; i < count; i++) {
		struct loop_source *s = batch[i].data.ptr;

		if (!s || s->removed || s->urgent != urgent)
			continue;
		s->ready(s->data, s->fd, (int)batch[i].events);
		before = loop_trace_add(loop, s->name, before);
	}
	return before;
}

/* Hands over what is ready; false when nothing was.  TIMEOUT_MS is as for epoll_wait. */
static bool
loop_listen(struct loop *loop, int timeout_ms)
{
	struct epoll_event batch[LOOP_BATCH_MAX];
	int count = epoll_wait(loop->epoll_fd, batch, LOOP_BATCH_MAX, timeout_ms);
	bool any = false;
	struct instant before;

	if (timeout_ms != 0)
		loop->now = instant_now(); /* this was the wake-up */
	for (int i = 0; i < count; i++) {
		if (batch[i].data.ptr)
			any = true;
		else
			loop->alarm_rang = true;
	}
	if (!any)
		return false;
	before = instant_now();
	before = loop_dispatch(loop, batch, count, true, before);
	loop_dispatch(loop, batch, count, false, before);
	return true;
}

/* What is due is taken out first: a handler that arms a timer in the past gets it in the
 * next turn. */
static void
loop_timers_fire(struct loop *loop)
{
	struct instant before = instant_now();
	struct loop_timer *timer;

	timers_take(&loop->timers, loop->now);
	while ((timer = timers_next(&loop->timers)) != NULL) {
		const char *name = timer->name; /* the handler may free the struct */

		timer->fire(timer->data, loop->now);
		before = loop_trace_add(loop, name, before);
	}
}

static void
loop_gone_recycle(struct loop *loop)
{
	while (loop->gone) {
		struct loop_source *s = loop->gone;

		loop->gone = s->next;
		s->next = loop->spare;
		loop->spare = s;
	}
}

static void
loop_turn(struct loop *loop, int timeout_ms)
{
	int rounds = 0;
	bool heard;

	loop->now = instant_now();
	loop->in_turn = true;
	loop->ring_turn = 0;
	heard = loop_listen(loop, timeout_ms);
	if (instant_is_reached(timers_top(&loop->timers), loop->now)) {
		while (heard && ++rounds < LOOP_ROUNDS_MAX)
			heard = loop_listen(loop, 0);
		loop_timers_fire(loop);
		loop_listen(loop, 0);
	}
	loop_gone_recycle(loop);
	loop_alarm_set(loop);
	loop->in_turn = false;
	if (loop->slow_ms > 0) {
		int64_t took_ms = instant_diff_ms(instant_now(), loop->now);

		if (took_ms > loop->slow_ms)
			loop_slow_report(loop, took_ms);
	}
}

static int32_t
loop_qb_turn(int32_t fd, int32_t revents, void *data)
{
	(void)fd;
	(void)revents;
	loop_turn(data, 0);
	return 0;
}

/* Descriptors. */

static struct loop_source *
loop_source_find(const struct loop *loop, int fd)
{
	return fd >= 0 && (size_t)fd < loop->source_size ? loop->source[fd] : NULL;
}

static bool
loop_sources_reserve(struct loop *loop, int fd)
{
	size_t size = loop->source_size ? loop->source_size : 64;
	struct loop_source **grown;

	if ((size_t)fd < loop->source_size)
		return true;
	while (size <= (size_t)fd)
		size *= 2;
	grown = reallocarray(loop->source, size, sizeof(struct loop_source *));
	if (!grown)
		return false;
	memset(grown + loop->source_size, 0,
	    (size - loop->source_size) * sizeof(struct loop_source *));
	loop->source = grown;
	loop->source_size = size;
	return true;
}

static struct loop_source *
loop_source_new(struct loop *loop)
{
	struct loop_source *s = loop->spare;

	if (!s)
		return malloc(sizeof(struct loop_source));
	loop->spare = s->next;
	return s;
}

int
loop_fd_add(struct loop *loop, int fd, int events, bool urgent, const char *name,
    void (*ready)(void *data, int fd, int revents), void *data)
{
	struct epoll_event event = { .events = (uint32_t)events };
	struct loop_source *s;

	if (fd < 0)
		return -EBADF;
	if (loop_source_find(loop, fd))
		return -EEXIST;
	if (!loop_sources_reserve(loop, fd) || !(s = loop_source_new(loop)))
		return -ENOMEM;
	*s = (struct loop_source){ .fd = fd,
		.events = events,
		.urgent = urgent,
		.name = name,
		.ready = ready,
		.data = data };
	event.data.ptr = s;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		int code = -errno;

		s->next = loop->spare;
		loop->spare = s;
		return code;
	}
	loop->source[fd] = s;
	return 0;
}

int
loop_fd_modify(struct loop *loop, int fd, int events)
{
	struct loop_source *s = loop_source_find(loop, fd);
	struct epoll_event event = { .events = (uint32_t)events, .data.ptr = s };

	if (!s)
		return -ENOENT;
	if (s->events == events)
		return 0;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event) < 0)
		return -errno;
	s->events = events;
	return 0;
}

void
loop_fd_remove(struct loop *loop, int fd)
{
	struct loop_source *s = loop_source_find(loop, fd);

	if (!s)
		return;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	loop->source[fd] = NULL;
	s->removed = true;
	/* The batch of this turn may still point here. */
	s->next = loop->gone;
	loop->gone = s;
	if (!loop->in_turn)
		loop_gone_recycle(loop);
}

/* Timers. */

void
loop_timer_init(struct loop *loop, struct loop_timer *timer, const char *name,
    void (*fire)(void *data, struct instant now), void *data)
{
	*timer = (struct loop_timer){ .fire = fire,
		.data = data,
		.name = name,
		.place = TIMERS_PLACE_NONE,
		.loop = loop };
}

void
loop_timer_arm(struct loop_timer *timer, struct instant when)
{
	struct loop *loop = timer->loop;

	assert(loop);
	timers_arm(&loop->timers, timer, when);
	if (!loop->in_turn)
		loop_alarm_set(loop);
}

/* Signals. */

static void
loop_signal_ready(void *data, int fd, int revents)
{
	struct loop *loop = data;
	struct signalfd_siginfo info;

	(void)revents;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		struct loop_signal *s = &loop->signal[info.ssi_signo % _NSIG];

		if (s->caught)
			s->caught(s->data, (int)info.ssi_signo);
	}
}

int
loop_signal_add(struct loop *loop, int signo, void (*caught)(void *data, int signo),
    void *data)
{
	sigset_t one;
	int fd;

	if (signo <= 0 || signo >= _NSIG)
		return -EINVAL;
	sigemptyset(&one);
	sigaddset(&one, signo);
	sigaddset(&loop->signals, signo);
	if (sigprocmask(SIG_BLOCK, &one, NULL) < 0)
		return -errno;
	fd = signalfd(loop->signal_fd, &loop->signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	loop->signal[signo] = (struct loop_signal){ caught, data };
	if (loop->signal_fd >= 0)
		return 0;
	loop->signal_fd = fd;
	return loop_fd_add(loop, fd, POLLIN, false, "signal", loop_signal_ready, loop);
}

/* Life. */

static int
loop_open(struct loop *loop)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	if (timers_init(&loop->timers, LOOP_TIMERS_FIRST) < 0)
		return -ENOMEM;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->epoll_fd < 0 || loop->timer_fd < 0)
		return -errno;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->timer_fd, &event) < 0)
		return -errno;
	return 0;
}

struct loop *
loop_new(int64_t slow_ms)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int code;

	if (!loop)
		return NULL;
	loop->epoll_fd = loop->timer_fd = loop->signal_fd = -1;
	loop->slow_ms = slow_ms;
	loop->now = instant_now();
	sigemptyset(&loop->signals);
	code = loop_open(loop);
	if (code < 0) {
		loop_free(loop);
		errno = -code;
		return NULL;
	}
	return loop;
}

static void
loop_sources_free(struct loop_source *s)
{
	while (s) {
		struct loop_source *next = s->next;

		free(s);
		s = next;
	}
}

void
loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->qb) {
		qb_loop_poll_del(loop->qb, loop->epoll_fd);
		qb_loop_destroy(loop->qb);
	}
	for (size_t i = 0; i < loop->source_size; i++)
		free(loop->source[i]);
	loop_sources_free(loop->gone);
	loop_sources_free(loop->spare);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	free(loop->source);
	timers_clear(&loop->timers);
	free(loop);
}

void
loop_run(struct loop *loop)
{
	loop->now = instant_now();
	loop_alarm_set(loop);
	/* libqb forgets a stop that came before the start. */
	if (loop->qb && !loop->stopped)
		qb_loop_run(loop->qb);
	while (!loop->stopped)
		loop_turn(loop, -1);
	loop->stopped = false;
}

void
loop_stop(struct loop *loop)
{
	loop->stopped = true;
	if (loop->qb)
		qb_loop_stop(loop->qb);
}

struct instant
loop_now(const struct loop *loop)
{
	return loop->in_turn ? loop->now : instant_now();
}

struct qb_loop *
loop_qb(struct loop *loop)
{
	if (loop->qb)
		return loop->qb;
	loop->qb = qb_loop_create();
	if (loop->qb && qb_loop_poll_add(loop->qb, QB_LOOP_HIGH, loop->epoll_fd, POLLIN,
	                    loop, loop_qb_turn) < 0) {
		qb_loop_destroy(loop->qb);
		loop->qb = NULL;
	}
	return loop->qb;
}
