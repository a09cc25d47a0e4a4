/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rsc_bus.c and rsc_bus_node.c share. */
#ifndef TESTS_SIM_RSC_BUS_PRIVATE_H
#define TESTS_SIM_RSC_BUS_PRIVATE_H

#include "tests/sim/rsc_bus.h"

/* rsc_bus.c */
int64_t bus_between(struct bus *bus, int64_t min, int64_t max);
void bus_push(struct bus *bus, const struct bus_event *event);
void bus_line_put(struct bus *bus, size_t from, size_t to,
    const struct bus_packet *packet);
void bus_status_to(struct bus *bus, size_t from, size_t to);
void bus_beat_later(struct bus *bus, size_t from, size_t to, int64_t after_us);
void bus_status_to_all(struct bus *bus, size_t from);
void bus_silence(struct bus *bus, size_t to, size_t from);
void bus_silence_all(struct bus *bus, size_t from);
const char *bus_status_name(enum rsc_node_state state);

/* rsc_bus_node.c */
void bus_heard(struct bus *bus, size_t to, size_t from, const struct bus_packet *packet);
void bus_told(struct bus *bus, size_t to, size_t from, const struct bus_packet *packet);
void bus_declare_dead(struct bus *bus, size_t node, size_t other, const char *why);
void bus_tick(struct bus *bus, size_t node);

#endif
