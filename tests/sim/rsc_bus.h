/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cluster of resource cores in one process: an ideal bus carries their messages, time
 * is virtual, scripts run in a struct world.  Membership is reduced to what a core is
 * told of it: a node is heard, silent for a deadtime, restarted with a higher generation,
 * or alive after all.  Messages are never lost between nodes that hear each other and
 * stay in the order of their sender; how long each takes is drawn.
 *
 * A node is what a machine and its daemon are together:
 *
 *	off --start--> on --stop--> leaving --left, 2 s--> off
 *	                 \--partition--> leaving --left, deadtime + 1 s--> on
 *	any --crash--> off (the machine too: nothing of it runs)
 *
 * A seat may be taken by a model of the old daemon instead of our core: see struct
 * bus_seat.
 */
#ifndef TESTS_SIM_RSC_BUS_H
#define TESTS_SIM_RSC_BUS_H

#include "heartbeat/resources/resources.h"
#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>

#define BUS_NODE_MAX 5
#define BUS_LINE_MAX 48   /* messages on their way from one node to another */
#define BUS_SEC 1000000LL /* time is counted in microseconds */
#define BUS_MS 1000LL

struct bus;

/* One implementation of the resource logic: ours, or the model of the old daemon.  The
 * calls are those of resources.h. */
struct bus_seat {
	const char *name;
	void *(*make)(const struct rsc_conf *conf, const struct rsc_effects *fx,
	    void *shell, const struct conf_groups *groups);
	void (*free)(void *core);
	void (*node)(void *core, struct instant now, const char *name,
	    enum rsc_node_state state, bool anything, const char *why);
	void (*restarted)(void *core, struct instant now, const char *name);
	void (*partition)(void *core, struct instant now, const char *name, bool merges);
	void (*overslept)(void *core, struct instant now, const char *why);
	void (*comm_up)(void *core, struct instant now);
	void (*message)(void *core, struct instant now, const char *from,
	    const struct msg *m);
	int (*ask_standby)(void *core, struct instant now, const char *word);
	void (*ran)(void *core, struct instant now, uint32_t id, int code,
	    const char *output, size_t len);
	void (*fenced)(void *core, struct instant now, const char *node,
	    enum rsc_fence_result result);
	int (*confirm)(void *core, struct instant now, const char *node);
	void (*generation)(void *core, const char *node, uint64_t generation);
	void (*tick)(void *core, struct instant now);
	void (*leave)(void *core, struct instant now, const char *why);
	const char *(*word)(const void *core);
	const char *(*hold_word)(const void *core);
	bool (*is_idle)(const void *core);
	void (*check)(const void *core);
};

extern const struct bus_seat bus_seat_ours;

/* What a fencing device does: the reset comes before the answer, and need not come. */
struct bus_fence {
	int64_t ms, reset_ms;
	enum rsc_fence_result result;
	bool resets;
};

struct bus_conf {
	size_t node_count;
	const char *name[BUS_NODE_MAX];
	enum conf_failback failback[BUS_NODE_MAX];
	const struct bus_seat *seat[BUS_NODE_MAX]; /* NULL: ours */
	const char *haresources;
	int64_t deadtime_ms, initdead_ms, keepalive_ms, script_timeout_ms;
	int64_t delay_us_min, delay_us_max; /* of a message */
	int64_t boot_ms_min,
	    boot_ms_max; /* from the start of a daemon to its first status */
	int stop_retries;
	bool can_fence, merges;
	int64_t fence_delay_ms[BUS_NODE_MAX], fence_weaker_ms;
	bool reboot_is_stub; /* a requested reboot only ends the daemon */
	uint64_t seed;
};

enum bus_life { BUS_OFF, BUS_ON, BUS_LEAVING, BUS_GONE };

/* What a node knows of another. */
struct bus_view {
	enum rsc_node_state state;
	uint32_t generation; /* 0: never heard in this life */
	uint32_t silence; /* counts up with each sign of life: makes old deadlines void */
};

struct bus_script {
	bool runs;
	uint32_t id;
	struct world_run run;
	int64_t ends;
	bool soft; /* was asked to end */
};

/* What a core is given as its shell. */
struct bus_shell {
	struct bus *bus;
	size_t node;
};

struct bus_node {
	struct bus_shell shell;
	const char *name;
	enum bus_life life;
	uint32_t incarnation; /* of the daemon: events of an older one are void */
	uint32_t generation;  /* what it tells the others; grows with each start */
	void *core;
	const struct bus_seat *seat;
	int64_t due; /* of the core's timer; 0 = none */
	bool comm_up;
	bool reloaded;              /* this life began with an exec restart */
	bool dying;                 /* it is killed: runs nothing more */
	bool restarting;            /* it starts again after it has left */
	enum rsc_node_state status; /* what it says of itself */
	struct bus_view view[BUS_NODE_MAX];
	struct bus_script script;
	int64_t frozen_until; /* 0: it runs */
	int64_t frozen_from;
	char kept[80];                  /* hold word over an exec restart, or empty */
	uint32_t fencing[BUS_NODE_MAX]; /* counts attempts: makes old answers void */
};

struct bus_packet {
	int64_t at;
	uint32_t incarnation; /* of the daemon it is for */
	bool is_status;
	enum rsc_node_state status;
	uint32_t generation;
	char type[24];
	size_t count;
	struct {
		char name[16], value[64];
	} field[RSC_SEND_FIELDS];
};

struct bus_line {
	struct bus_packet packet[BUS_LINE_MAX]; /* ring */
	size_t first, count;
	bool cut;
	uint32_t epoch; /* of the receiver: deliveries of an older one are void */
	bool scheduled; /* a delivery of the first packet is pending */
};

struct bus_event {
	int64_t at;
	uint64_t order;
	void (*run)(struct bus *bus, const struct bus_event *event);
	size_t a, b;
	uint32_t token;
	void *data;
};

#define BUS_EVENT_MAX 4096

struct bus {
	struct bus_conf conf;
	struct world world;
	int64_t now;
	uint64_t random, order;
	struct bus_node node[BUS_NODE_MAX];
	size_t heap_count;
	FILE *trace; /* NULL: quiet */
	uint64_t steps;

	/* Hooks, each may be NULL. */
	void (*after)(struct bus *bus, void *data); /* each step */
	void (
	    *said)(struct bus *bus, void *data, size_t from, const struct bus_packet *p);
	void (*logged)(struct bus *bus, void *data, size_t node, int priority,
	    const char *text);
	void (*exited)(struct bus *bus, void *data, size_t node);
	/* NODE declares OTHER dead. */
	void (*buried)(struct bus *bus, void *data, size_t node, size_t other);
	/* The machine was reset: a reboot was asked for, or another node fenced it.  It
	 * stays off until bus_start(). */
	void (*rebooted)(struct bus *bus, void *data, size_t node);
	/* NODE resets TARGET: how long it takes, and how it ends. */
	struct bus_fence (
	    *fence)(struct bus *bus, void *data, size_t node, size_t target);
	/* The answer is there: was it the truth? */
	void (*fenced)(struct bus *bus, void *data, size_t node, size_t target,
	    enum rsc_fence_result result, bool was_reset);
	void *data;

	/* Large: not cleared as a whole. */
	struct bus_line line[BUS_NODE_MAX][BUS_NODE_MAX]; /* from, to */
	struct bus_event heap[BUS_EVENT_MAX];
};

void bus_init(struct bus *bus, const struct bus_conf *conf);
void bus_free(struct bus *bus);

/* Uniform in [0, below). */
uint64_t bus_random(struct bus *bus, uint64_t below);
void bus_at(struct bus *bus, int64_t at,
    void (*run)(struct bus *bus, const struct bus_event *event), size_t a, void *data);
void bus_at_token(struct bus *bus, int64_t at,
    void (*run)(struct bus *bus, const struct bus_event *event), size_t a, uint32_t token,
    void *data);

/* What people and fate do. */
void bus_start(struct bus *bus, size_t node);
void bus_stop(struct bus *bus, size_t node);   /* SIGTERM */
void bus_crash(struct bus *bus, size_t node);  /* the machine is gone */
void bus_reload(struct bus *bus, size_t node); /* heartbeat -r with a changed ha.cf */
int bus_standby(struct bus *bus, size_t node, const char *word);
void bus_takeover(struct bus *bus, size_t node, const char *word);
/* Somebody looked at TARGET, which must be off, and says so on NODE. */
int bus_confirm(struct bus *bus, size_t node, size_t target);
void bus_cut(struct bus *bus, size_t a, size_t b, bool cut);
void bus_freeze(struct bus *bus, size_t node, int64_t ms);

/* The next event.  False: nothing will ever happen again. */
bool bus_step(struct bus *bus);
/* Everything up to that time. */
void bus_run_until(struct bus *bus, int64_t at);
/* The time of the next event; INT64_MAX when there is none. */
int64_t bus_next(const struct bus *bus);

const char *bus_word(const struct bus *bus, size_t node);
void bus_note(struct bus *bus, size_t node, const char *kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
