/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small things that programs around heartbeat use: signals, words, spans of time. */
#include "heartbeat/libhbclient/include/clplumbing/cl_misc.h"
#include "heartbeat/libhbclient/include/clplumbing/cl_signal.h"
#include "heartbeat/libhbclient/include/clplumbing/longclock.h"

#include "heartbeat/libhbclient/include/heartbeat/ha_msg.h"
#include "lib/array.h"
#include "lib/instant.h"

#include <limits.h>
#include <unistd.h>

/* ---- Signals ---- */

int
cl_signal_set_handler(int signal, void (*handler)(int), sigset_t *mask, int flags,
    struct sigaction *old)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&sa.sa_mask);
	if (mask)
		sa.sa_mask = *mask;
	return sigaction(signal, &sa, old);
}

int
cl_signal_set_simple_handler(int signal, void (*handler)(int), struct sigaction *old)
{
	return cl_signal_set_handler(signal, handler, NULL, 0, old);
}

int
cl_signal_set_interrupt(int signal, int on)
{
	struct sigaction sa;

	if (sigaction(signal, NULL, &sa) < 0)
		return -1;
	if (on)
		sa.sa_flags &= ~SA_RESTART;
	else
		sa.sa_flags |= SA_RESTART;
	return sigaction(signal, &sa, NULL);
}

/* ---- Words ---- */

int
cl_str_to_boolean(const char *text, int *value)
{
	static const char *const words[][2] = { { "false", "true" }, { "off", "on" },
		{ "no", "yes" }, { "n", "y" }, { "0", "1" } };

	for (size_t i = 0; text && i < ARRAY_LEN(words); i++) {
		for (int truth = 0; truth < 2; truth++) {
			if (strcasecmp(text, words[i][truth]) == 0) {
				*value = truth;
				return HA_OK;
			}
		}
	}
	return HA_FAIL;
}

long
cl_get_msec(const char *text)
{
	char *unit;
	double value;

	if (!text)
		return -1;
	value = strtod(text, &unit);
	if (unit == text || value < 0)
		return -1;
	while (*unit == ' ' || *unit == '\t')
		unit++;
	if (strcasecmp(unit, "us") == 0)
		value /= 1000;
	else if (!*unit || strcasecmp(unit, "s") == 0)
		value *= 1000;
	else if (strcasecmp(unit, "ms") != 0)
		return -1;
	return value > (double)(LONG_MAX / 2) ? -1 : (long)(value + 0.5);
}

int
cl_file_exists(const char *path)
{
	return path && access(path, F_OK) == 0;
}

char *
cl_get_env(const char *name)
{
	char prefixed[256];
	char *value;

	if (!name)
		return NULL;
	snprintf(prefixed, sizeof(prefixed), "HA_%s", name);
	value = getenv(prefixed);
	return value ? value : getenv(name);
}

/* ---- Time: a tick is a millisecond ---- */

const longclock_t zero_longclock;

longclock_t
time_longclock(void)
{
	return (longclock_t)(instant_now().ns / NS_PER_MS);
}

unsigned int
hz_longclock(void)
{
	return 1000;
}

longclock_t
secsto_longclock(unsigned long seconds)
{
	return (longclock_t)seconds * 1000;
}

longclock_t
msto_longclock(unsigned long ms)
{
	return ms;
}

unsigned long
longclockto_ms(longclock_t span)
{
	return (unsigned long)span;
}
