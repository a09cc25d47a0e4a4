/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See rsc_old.c. */
#ifndef TESTS_SIM_RSC_OLD_H
#define TESTS_SIM_RSC_OLD_H

#include "tests/sim/rsc_bus.h"

extern const struct bus_seat bus_seat_old;

/* It waits for the next step of a hand-over that may never come; for an hour, and whatever
 * becomes of the other side. */
bool rsc_old_waits(const void *core);
/* What it says of itself: that group may run here.  It does not always say so. */
bool rsc_old_admits(const void *core, size_t group);
/* It is stopping everything, and says "none" to whoever asks meanwhile. */
bool rsc_old_leaves(const void *core);

#endif
