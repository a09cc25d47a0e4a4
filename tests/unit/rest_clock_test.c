/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a datagram arrived that was read later: what is made of the kernel's notes. */
#include "heartbeat/daemon/rest_clock.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#define WALL 1700000000000000000LL /* when monotonic time was 0 */
#define S 1000000000LL
#define MS 1000000LL

/* A read at 100 s, another one at 101 s; a datagram between them. */
static const struct {
	int64_t set_ns;   /* the clock is set so far before the second */
	int64_t stamp_ns; /* of the datagram, beyond WALL */
	int64_t want_ns;
	const char *why;
} arrivals[] = {
	{ 0, 100 * S + 250 * MS, 100 * S + 250 * MS, "as the kernel says" },
	{ 0, 101 * S + 1, 101 * S, "while it is read: now" },
	{ 0, 200 * S, 101 * S, "nothing comes from the future" },
	{ 0, 100 * S, 100 * S, "just after the last read" },
	{ 0, 99 * S, 100 * S, "nothing is older than the last read" },
	{ 1 * MS, 100 * S + 500 * MS, 100 * S + 499 * MS, "a clock that is steered" },
	{ -1 * MS, 100 * S + 500 * MS, 100 * S + 501 * MS, "and back" },
	{ 3600 * S, 100 * S + 500 * MS, 101 * S, "set forward: it may be from before" },
	{ 3600 * S, 3700 * S + 500 * MS, 101 * S, "or from after" },
	{ -3600 * S, 100 * S + 500 * MS, 101 * S, "set back" },
	{ 20 * MS, 100 * S + 500 * MS, 101 * S, "a little" },
	{ 0, -WALL, 101 * S, "no note" },
};

static void
test_arrival(void)
{
	for (size_t i = 0; i < ARRAY_LEN(arrivals); i++) {
		struct rest_clock clock = { 0 };

		rest_clock_read(&clock, (struct instant){ 99 * S }, WALL + 99 * S, true);
		rest_clock_read(&clock, (struct instant){ 100 * S }, WALL + 100 * S,
		    false);
		rest_clock_read(&clock, (struct instant){ 101 * S },
		    WALL + 101 * S + arrivals[i].set_ns, false);
		CHECK_INT(rest_clock_arrival(&clock, WALL + arrivals[i].stamp_ns).ns,
		    arrivals[i].want_ns, "%s", arrivals[i].why);
	}
}

/* The read after one in which the clock was set believes it again. */
static void
test_set_once(void)
{
	struct rest_clock clock = { 0 };
	int64_t wall = WALL + 3600 * S;

	rest_clock_read(&clock, (struct instant){ 100 * S }, WALL + 100 * S, true);
	CHECK_INT(rest_clock_arrival(&clock, WALL + 1).ns, 100 * S, "the first: now");
	rest_clock_read(&clock, (struct instant){ 101 * S }, wall + 101 * S, false);
	CHECK_INT(rest_clock_arrival(&clock, wall + 100 * S + 1).ns, 101 * S, "set: now");
	rest_clock_read(&clock, (struct instant){ 102 * S }, wall + 102 * S, false);
	CHECK_INT(rest_clock_arrival(&clock, wall + 101 * S + 1).ns, 101 * S + 1,
	    "again");
}

static const struct check_case cases[] = {
	{ "arrival", test_arrival },
	{ "set_once", test_set_once },
};

CHECK_MAIN("rest_clock", cases)
