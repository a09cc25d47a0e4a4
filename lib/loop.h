/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The event loop: epoll, alone or within libqb's loop, with what a cluster daemon needs
 * around it.
 *  - timers sit in the struct of their owner and one timerfd serves all of them, so
 * arming one neither allocates (below 256 armed ones) nor rounds to milliseconds;
 *  - after a wake-up every ready descriptor is read before a timer is judged (silence is
 * judged only after all ears were asked);
 *  - a ring of the last handlers with their durations is printed after a turn longer than
 * slow_ms. One loop a process, one thread.
 */
#ifndef LIB_LOOP_H
#define LIB_LOOP_H

#include "lib/instant.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;

struct loop_timer {
	struct instant when; /* INSTANT_NEVER = not armed */
	void (*fire)(void *data, struct instant now);
	void *data;
	const char *name; /* for the report of slow turns */
	size_t place;     /* in the heap; the loop's, as are when and loop after
	                     loop_timer_init() */
	struct loop *loop;
};

/* NULL and errno when the kernel refuses.  SLOW_MS: turns longer than that are logged; 0
 * = never. */
struct loop *loop_new(int64_t slow_ms);
void loop_free(struct loop *loop);

/* Runs until loop_stop(), which takes effect at the end of the turn. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* READY is called with the poll(2) events; it reads at most its fair share and returns,
 * being called again when more is there.  URGENT ones are served before the others in a
 * turn.  0 or -errno. */
int loop_fd_add(struct loop *loop, int fd, int events, bool urgent, const char *name,
    void (*ready)(void *data, int fd, int revents), void *data);
int loop_fd_modify(struct loop *loop, int fd, int events);
/* May be called from any handler, also its own; READY is not called any more. */
void loop_fd_remove(struct loop *loop, int fd);

/* A timer must stay where it is in memory while it is armed. */
void loop_timer_init(struct loop *loop, struct loop_timer *timer, const char *name,
    void (*fire)(void *data, struct instant now), void *data);
/* Arms or moves.  INSTANT_NEVER disarms.  An instant in the past fires in the next turn.
 */
void loop_timer_arm(struct loop_timer *timer, struct instant when);

/* Signals arrive in the loop through a signalfd; they are blocked in the process. */
int loop_signal_add(struct loop *loop, int signo, void (*caught)(void *data, int signo),
    void *data);

/* The time of this turn: taken once after the wake-up.  Outside of a turn: the time. */
struct instant loop_now(const struct loop *loop);

/* libqb's loop, for libqb's own servers; from the first call on, which must come before
 * loop_run(), it runs below ours.  NULL when there is no memory for it. */
struct qb_loop;
struct qb_loop *loop_qb(struct loop *loop);

#endif
