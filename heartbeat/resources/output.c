/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the output of a status script says (spec 3.4).
 */
#include "heartbeat/resources/private.h"

#include <string.h>
#include <strings.h>

static bool
is_running_at(const char *p, size_t left)
{
	return left >= 7 && (*p == 'r' || *p == 'R') && memcmp(p + 1, "unning", 6) == 0;
}

/* Only stdout matters, and the order of the tests: "not ... running" beats "running"
 * (spec 3.4). */
bool
rsc_status_is_held(const char *output, size_t len)
{
	bool running = false, negated = false, ok = false, not_seen = false;
	size_t not_end = 0;

	for (size_t i = 0; i < len; i++) {
		const char *p = output + i;
		size_t left = len - i;

		if (left >= 2 && memcmp(p, "OK", 2) == 0)
			ok = true;
		if (!not_seen && left >= 4 && strncasecmp(p, "not ", 4) == 0) {
			not_seen = true;
			not_end = i + 4;
		}
		if (is_running_at(p, left)) {
			running = true;
			negated = negated || (not_seen && i >= not_end);
		}
	}
	return !negated && (running || ok);
}
