/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When did it arrive?  The kernel notes the wall clock with each datagram; everything
 * here is judged by monotonic time, and a wall clock may be set at any moment.  So its
 * notes are believed between two reads of the sockets only, and not if the clock was set
 * between these: then what is read now arrived now.  Pure.
 */
#ifndef HEARTBEAT_DAEMON_REST_CLOCK_H
#define HEARTBEAT_DAEMON_REST_CLOCK_H

#include "lib/instant.h"

#include <stdbool.h>
#include <stdint.h>

struct rest_clock {
	struct instant began;  /* this read; what it finds .. */
	struct instant before; /* .. is not older than the read before */
	int64_t ahead_ns;      /* wall clock less monotonic, when this read began */
	bool is_set;           /* the wall clock, since the read before */
};

/* A read of all sockets begins at NOW, when the wall clock says WALL_NS.  FIRST: there
 * was none that could tell whether the clock was set, and nothing is older than this. */
void rest_clock_read(struct rest_clock *clock, struct instant now, int64_t wall_ns,
    bool first);
/* Of a datagram that this read has found, with the kernel's note; 0 = there is none. */
struct instant rest_clock_arrival(const struct rest_clock *clock, int64_t stamp_ns);

#endif
