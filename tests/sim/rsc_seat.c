/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resource core in a seat of the bus. */
#include "tests/sim/rsc_bus.h"

#include <assert.h>

static void *
ours_make(const struct rsc_conf *conf, const struct rsc_effects *fx, void *shell,
    const struct conf_groups *groups)
{
	struct rsc *rsc = rsc_new(conf, fx, shell);
	int rc;

	assert(rsc);
	rc = rsc_set_groups(rsc, groups);
	assert(rc == 0);
	(void)rc;
	return rsc;
}

static void
ours_free(void *core)
{
	rsc_free(core);
}

static void
ours_node(void *core, struct instant now, const char *name, enum rsc_node_state state,
    bool anything, const char *why)
{
	rsc_node(core, now, name, state, anything, why);
}

static void
ours_restarted(void *core, struct instant now, const char *name)
{
	rsc_restarted(core, now, name);
}

static void
ours_partition(void *core, struct instant now, const char *name, bool merges)
{
	rsc_partition(core, now, name, merges);
}

static void
ours_overslept(void *core, struct instant now, const char *why)
{
	rsc_overslept(core, now, why);
}

static void
ours_comm_up(void *core, struct instant now)
{
	rsc_comm_up(core, now);
}

static void
ours_message(void *core, struct instant now, const char *from, const struct msg *m)
{
	rsc_message(core, now, from, m);
}

static int
ours_ask_standby(void *core, struct instant now, const char *word)
{
	return rsc_ask_standby(core, now, word);
}

static void
ours_ran(void *core, struct instant now, uint32_t id, int code, const char *output,
    size_t len)
{
	rsc_ran(core, now, id, code, output, len);
}

static void
ours_fenced(void *core, struct instant now, const char *node,
    enum rsc_fence_result result)
{
	rsc_fenced(core, now, node, result);
}

static int
ours_confirm(void *core, struct instant now, const char *node)
{
	return rsc_confirm(core, now, node, "somebody");
}

static void
ours_generation(void *core, const char *node, uint64_t generation)
{
	rsc_generation(core, node, generation);
}

static void
ours_tick(void *core, struct instant now)
{
	rsc_tick(core, now);
}

static void
ours_leave(void *core, struct instant now, const char *why)
{
	rsc_leave(core, now, why);
}

static const char *
ours_word(const void *core)
{
	return rsc_word(core);
}

static const char *
ours_hold_word(const void *core)
{
	return rsc_hold_word(core);
}

static bool
ours_is_idle(const void *core)
{
	return rsc_may_reload(core);
}

static void
ours_check(const void *core)
{
	rsc_check(core);
}

const struct bus_seat bus_seat_ours = {
	.name = "ours",
	.make = ours_make,
	.free = ours_free,
	.node = ours_node,
	.restarted = ours_restarted,
	.partition = ours_partition,
	.overslept = ours_overslept,
	.comm_up = ours_comm_up,
	.message = ours_message,
	.ask_standby = ours_ask_standby,
	.ran = ours_ran,
	.fenced = ours_fenced,
	.confirm = ours_confirm,
	.generation = ours_generation,
	.tick = ours_tick,
	.leave = ours_leave,
	.word = ours_word,
	.hold_word = ours_hold_word,
	.is_idle = ours_is_idle,
	.check = ours_check,
};
