/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What befalls a node: ends of scripts, its daemon's and its machine's ends and
 * beginnings. */
#include "tests/sim/cluster_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EXEC_NS (100 * SIM_MS) /* from the exec of a reload to the first heartbeat */

/* Ends. */

static void
off(struct cluster_node *n, const char *why)
{
	if (n->sim->memb)
		sim_off(n->cluster->sim, n->index, why);
	else
		n->daemon++; /* nor does it start again by itself */
	n->life = CLUSTER_OFF;
	n->restarting = false;
	n->is_kept = false;
}

static void
scripts_end(struct cluster_node *n)
{
	for (size_t i = 0; i < CLUSTER_SCRIPT_MAX; i++) {
		if (n->script[i].used && !n->script[i].over)
			world_abort(&n->cluster->world, &n->script[i].run);
		n->script[i].used = false;
	}
}

void
cluster_crash(struct cluster *c, size_t node, bool wipe)
{
	struct cluster_node *n = &c->node[node];

	off(n, "CRASHES");
	if (wipe) {
		sim_note(c->sim, n->sim, "has lost its disk");
		n->sim->generation = 0;
		memset(n->sim->peer_generation, 0, sizeof(n->sim->peer_generation));
	}
	for (size_t i = 0; i < CLUSTER_SCRIPT_MAX; i++)
		n->script[i].used = false;
	world_reset(&c->world, node);
}

static void
reset(struct cluster_node *n)
{
	struct cluster *c = n->cluster;

	cluster_crash(c, n->index, false);
	if (c->went_down)
		c->went_down(c->data, n);
}

void
cluster_kill(struct cluster *c, size_t node, bool scripts)
{
	struct cluster_node *n = &c->node[node];

	if (!n->sim->memb)
		return;
	off(n, scripts ? "its daemon is KILLED, its scripts go on"
	               : "its daemon is KILLED, with its scripts");
	if (!scripts)
		scripts_end(n);
	for (size_t i = 0; i < CLUSTER_SCRIPT_MAX; i++)
		n->script[i].used = n->script[i].used && !n->script[i].over;
}

/* Lives. */

void
cluster_start(struct cluster *c, size_t node)
{
	struct cluster_node *n = &c->node[node];

	if (n->life != CLUSTER_OFF)
		return;
	n->life = CLUSTER_ON;
	n->restarting = false;
	n->turned = c->sim->now;
	sim_boot(c->sim, node);
	rsc_look(n->rsc, cluster_now(n));
	cluster_flush(n);
}

void
cluster_stop(struct cluster *c, size_t node)
{
	struct cluster_node *n = &c->node[node];

	if (n->life == CLUSTER_PAUSE && !n->is_kept) {
		sim_note(c->sim, n->sim, "does not start again: it is stopped");
		off(n, "");
		return;
	}
	if (!cluster_is_awake(n))
		return;
	sim_note(c->sim, n->sim, "IS STOPPED");
	cluster_leave(n, false, "terminated");
	cluster_flush(n);
}

void
cluster_reload(struct cluster *c, size_t node)
{
	struct cluster_node *n = &c->node[node];

	if (!cluster_is_awake(n) || n->life != CLUSTER_ON)
		return;
	sim_note(c->sim, n->sim, "IS RELOADED");
	n->reload_due = true;
	cluster_flush(n);
}

static void
exec_now(struct cluster_node *n)
{
	struct cluster *c = n->cluster;
	bool nice = rsc_mode(n->rsc) == RSC_NICE;

	if (n->life != CLUSTER_ON || !rsc_may_reload(n->rsc)) {
		n->reload_due = n->life == CLUSTER_ON;
		return;
	}
	snprintf(n->kept, sizeof(n->kept), "%s", nice ? rsc_hold_word(n->rsc) : "");
	off(n, "execs itself");
	n->is_kept = true;
	n->life = CLUSTER_PAUSE;
	cluster_plan(n, CALL_START, c->sim->now + EXEC_NS, 0);
}

static void
lingered(struct cluster_node *n)
{
	struct cluster *c = n->cluster;
	bool restarting = n->restarting;
	int64_t pause_ms = (c->conf.deadtime_ms[n->index] + 999) / 1000 * 1000 + 1000;

	off(n, restarting ? "pauses before it starts again" : "ends");
	if (restarting) {
		n->life = CLUSTER_PAUSE;
		cluster_plan(n, CALL_START, c->sim->now + pause_ms * SIM_MS, 0);
	} else if (c->exited) {
		c->exited(c->data, n);
	}
}

void
cluster_freeze(struct cluster *c, size_t node, int64_t ms)
{
	if (!cluster_is_awake(&c->node[node]))
		return;
	sim_stall(c->sim, node, ms, false);
	c->node[node].woke = c->sim->now + ms * SIM_MS;
}

/* Nothing happens there meanwhile: that its clock stands still is the same as if it were
 * set back at once. */
void
cluster_suspend(struct cluster *c, size_t node, int64_t ms)
{
	if (!cluster_is_awake(&c->node[node]))
		return;
	sim_stall(c->sim, node, ms, true);
	c->node[node].woke = c->sim->now + ms * SIM_MS;
	c->sim->node[node].clock_skew_ns -= ms * SIM_MS;
	if (c->node[node].due != 0)
		c->node[node].due += ms * SIM_MS;
}

int
cluster_standby(struct cluster *c, size_t node, const char *word)
{
	struct cluster_node *n = &c->node[node];
	int r;

	if (!cluster_is_awake(n))
		return -ENOTCONN;
	sim_note(c->sim, n->sim, "hb_standby %s", word);
	r = rsc_ask_standby(n->rsc, cluster_now(n), word);
	cluster_flush(n);
	return r;
}

void
cluster_takeover(struct cluster *c, size_t node, const char *word)
{
	struct cluster_node *n = &c->node[node];
	char text[64];

	if (!cluster_is_awake(n))
		return;
	sim_note(c->sim, n->sim, "hb_takeover %s", word);
	snprintf(text, sizeof(text), "t=hb_takeover;rsc_hold=%s", word);
	sim_send(c->sim, node, text, true);
}

void
cluster_set_keys(struct cluster *c, size_t node, bool usual)
{
	struct cluster_node *n = &c->node[node];
	const struct msg_keys *keys = usual ? &c->sim->keys : &c->other_keys;

	if (n->sim->keys == keys)
		return;
	sim_note(c->sim, n->sim, usual ? "has the right keys again" : "has WRONG KEYS");
	n->sim->keys = keys;
	if (n->sim->memb)
		memb_set_keys(n->sim->memb, keys);
}

/* What was planned. */

static void
script_over(struct cluster_node *n, uint32_t serial)
{
	struct cluster *c = n->cluster;
	struct cluster_script *s = NULL;

	for (size_t i = 0; i < CLUSTER_SCRIPT_MAX; i++)
		if (n->script[i].used && n->script[i].serial == serial)
			s = &n->script[i];
	if (!s || s->ends > c->sim->now)
		return; /* gone with its machine, or it will end later */
	if (n->sim->stalled_until && n->sim->deaf) { /* it sleeps, too */
		s->ends = n->sim->stalled_until + SIM_MS;
		cluster_plan(n, CALL_SCRIPT, s->ends, serial);
		return;
	}
	if (!s->over) {
		s->over = true;
		s->code = -1;
		s->output = "";
		if (s->run.plan.code < 0)
			world_abort(&c->world, &s->run);
		else
			s->code = world_end(&c->world, &s->run, &s->output);
		if (s->run.op != RSC_STATUS)
			sim_note(c->sim, n->sim, "%s %s = %d",
			    c->world.resource[s->run.resource].word,
			    rsc_op_names[s->run.op], s->code);
	}
	if (s->daemon != n->daemon) {
		s->used = false;
	} else if (n->sim->stalled_until) {
		cluster_plan(n, CALL_SCRIPT, n->sim->stalled_until, serial);
	} else {
		s->used = false;
		rsc_ran(n->rsc, cluster_now(n), s->id, s->code, s->output,
		    strlen(s->output));
		cluster_flush(n);
	}
}

static void
timer(struct cluster_node *n)
{
	struct cluster *c = n->cluster;

	if (c->sim->now != n->due_call)
		return; /* an earlier one was planned after it */
	n->due_call = 0;
	if (n->due == 0)
		return;
	if (n->due > c->sim->now) {
		n->due_call = n->due;
		cluster_plan(n, CALL_TIMER, n->due, 0);
		return;
	}
	rsc_tick(n->rsc, cluster_now(n));
	cluster_flush(n);
}

/* The device works whether or not the daemon that called it is still there.  Called off,
 * it may have done so already. */
static void
fence_strikes(struct cluster_node *n, uint32_t arg)
{
	struct cluster *c = n->cluster;
	size_t target = arg & 0xff;

	if ((n->fencing[target] & 0xfff) != arg >> 20 && sim_chance(c->sim, 5000))
		return;
	sim_note(c->sim, c->node[target].sim, "IS RESET by %s", n->sim->name);
	reset(&c->node[target]);
}

static void
fence_over(struct cluster_node *n, bool is_current, uint32_t arg)
{
	struct cluster *c = n->cluster;
	size_t target = arg & 0xff;
	enum rsc_fence_result result = (enum rsc_fence_result)(arg >> 8 & 0xff);
	bool resets = arg >> 16 & 1;

	if (!is_current || !n->rsc || (n->fencing[target] & 0xfff) != arg >> 20)
		return;
	if (n->sim->stalled_until) {
		cluster_plan(n, CALL_FENCE, n->sim->stalled_until, arg);
		return;
	}
	if (c->fenced)
		c->fenced(c->data, n, target, result, resets);
	rsc_fenced(n->rsc, cluster_now(n), c->node[target].sim->name, result);
	cluster_flush(n);
}

int
cluster_confirm(struct cluster *c, size_t node, size_t target)
{
	struct cluster_node *n = &c->node[node];
	int r;

	assert(c->node[target].life == CLUSTER_OFF);
	if (!cluster_is_awake(n))
		return -ENOTCONN;
	sim_note(c->sim, n->sim, "hb_fenced %s", c->node[target].sim->name);
	r = rsc_confirm(n->rsc, cluster_now(n), c->node[target].sim->name, "somebody");
	cluster_flush(n);
	return r;
}

void
cluster_called(struct sim *sim, void *data, uint64_t word)
{
	struct cluster *c = data;
	struct cluster_node *n = &c->node[word & 15];
	enum cluster_call call = (enum cluster_call)(word >> 4 & 15);
	uint32_t daemon = word >> 8 & 0xffffff, arg = (uint32_t)(word >> 32);
	bool is_current = daemon == (n->daemon & 0xffffff);

	if (call == CALL_SCRIPT) {
		script_over(n, arg);
		return;
	}
	if (call == CALL_FENCE) {
		fence_over(n, is_current, arg);
		return;
	}
	if (call == CALL_STRIKE) {
		fence_strikes(n, arg);
		return;
	}
	if (!is_current)
		return;
	if (call == CALL_START) {
		bool is_kept = n->is_kept;

		n->life = CLUSTER_OFF;
		n->is_kept = is_kept;
		cluster_start(c, n->index);
		return;
	}
	if (n->sim->stalled_until) {
		if (call == CALL_TIMER)
			n->due_call = n->sim->stalled_until;
		cluster_plan(n, call, n->sim->stalled_until, arg);
		return;
	}
	assert(sim->now <= c->sim->now && n->rsc);
	if (call == CALL_TIMER)
		timer(n);
	else if (call == CALL_LINGERED)
		lingered(n);
	else if (call == CALL_EXEC)
		exec_now(n);
	else if (call == CALL_REBOOT)
		reset(n);
}
