/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's notes of arrivals; see rest_clock.h. */
#include "heartbeat/daemon/rest_clock.h"

#define STEERED_PER_MILLE                                                                \
	2 /* so fast a clock is made to go right; faster ones are set .. */
#define STEERED_NS 2000000 /* .. unless it is as little as that */

void
rest_clock_read(struct rest_clock *clock, struct instant now, int64_t wall_ns, bool first)
{
	int64_t ahead_ns = wall_ns - now.ns, moved_ns = ahead_ns - clock->ahead_ns;
	int64_t may_ns = STEERED_NS;

	clock->before = first ? now : clock->began;
	clock->began = now;
	may_ns += (now.ns - clock->before.ns) / 1000 * STEERED_PER_MILLE;
	clock->is_set = first || moved_ns > may_ns || moved_ns < -may_ns;
	clock->ahead_ns = ahead_ns;
}

struct instant
rest_clock_arrival(const struct rest_clock *clock, int64_t stamp_ns)
{
	struct instant at = { stamp_ns - clock->ahead_ns };

	if (clock->is_set || stamp_ns == 0 || at.ns > clock->began.ns)
		return clock->began;
	return at.ns < clock->before.ns ? clock->before : at;
}
