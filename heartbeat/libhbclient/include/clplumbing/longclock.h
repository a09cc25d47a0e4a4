/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock that never goes backwards and never wraps. */
#ifndef CLPLUMBING_LONGCLOCK_H
#define CLPLUMBING_LONGCLOCK_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef unsigned long long longclock_t;

extern const longclock_t zero_longclock;

longclock_t time_longclock(void);
unsigned int hz_longclock(void); /* ticks a second */
longclock_t secsto_longclock(unsigned long seconds);
longclock_t msto_longclock(unsigned long ms);
unsigned long longclockto_ms(longclock_t span);

#define add_longclock(a, b) ((longclock_t)(a) + (longclock_t)(b))
#define sub_longclock(a, b) ((longclock_t)(a) - (longclock_t)(b))
#define cmp_longclock(a, b)                                                              \
	((longclock_t)(a) < (longclock_t)(b) ? -1 : (longclock_t)(a) > (longclock_t)(b))

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
