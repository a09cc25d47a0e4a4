/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole nodes: the shell around both cores, as heartbeat/daemon has it (cluster.c,
 * groups.c, stop.c, fence.c).  What happens to a node from outside is in cluster_life.c.
 */
#include "tests/sim/cluster_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SOFT_NS (200 * SIM_MS) /* a script that is asked to end does so */

struct instant
cluster_now(const struct cluster_node *n)
{
	return sim_clock(n->cluster->sim, n->sim);
}

/* What is planned for a daemon: kind, daemon and argument in one word. */

void
cluster_plan(struct cluster_node *n, enum cluster_call call, int64_t at, uint32_t arg)
{
	struct sim *sim = n->cluster->sim;

	assert(n->index < 16 && call < 16);
	sim_push(sim,
	    (struct sim_event){ .when = at > sim->now ? at : sim->now,
	        .kind = SIM_CALL,
	        .call = cluster_called,
	        .data = n->cluster,
	        .arg = (uint64_t)arg << 32 | (uint64_t)(n->daemon & 0xffffff) << 8 |
	               (uint64_t)call << 4 | n->index });
}

/* Out of the cores. */

static void
out_send(struct cluster_node *n, const struct cluster_out *out)
{
	static char store[4096];
	struct msg m;
	int r;

	msg_init(&m, store, sizeof(store));
	for (size_t i = 0; i < out->count; i++)
		msg_add_str(&m, out->name[i], out->text + out->value[i]);
	sim_enter(n->sim);
	r = memb_send(n->sim->memb, cluster_now(n), &m, true);
	sim_leave(n->sim);
	assert(r == 0);
}

static void
leave(struct cluster_node *n)
{
	const char *why = n->leave_why;

	n->leave_why = NULL;
	sim_enter(n->sim);
	memb_announce(n->sim->memb, cluster_now(n), n->restarting ? 30000 : 0);
	sim_leave(n->sim);
	rsc_leave(n->rsc, cluster_now(n), why);
}

/* Called when neither core is running.  Then nothing is left to be done at this moment.
 */
void
cluster_flush(struct cluster_node *n)
{
	if (n->flushing || n->sim->inside || !cluster_is_awake(n))
		return;
	n->flushing = true;
	while (n->leave_why || n->out_count > 0) {
		if (n->leave_why) {
			leave(n);
			continue;
		}
		out_send(n, &n->out[n->out_first]);
		n->out_first = (n->out_first + 1) % CLUSTER_OUT_MAX;
		n->out_count--;
	}
	n->flushing = false;
	rsc_check(n->rsc);
	if (n->reload_due && n->life == CLUSTER_ON && rsc_may_reload(n->rsc)) {
		n->reload_due = false;
		cluster_plan(n, CALL_EXEC, 0, 0);
	}
	if (n->cluster->stepped)
		n->cluster->stepped(n->cluster->data, n);
}

/* Effects of the resource core. */

static void
fx_send(void *shell, const struct rsc_send *send)
{
	struct cluster_node *n = shell;
	struct cluster_out *out;
	size_t used = 0;
	char line[200];
	size_t len = 0;

	assert(n->out_count < CLUSTER_OUT_MAX);
	out = &n->out[(n->out_first + n->out_count++) % CLUSTER_OUT_MAX];
	out->count = 0;
	line[0] = '\0';
	for (size_t i = 0; i <= send->count; i++) {
		const char *value = i == 0 ? send->type : send->field[i - 1].value;

		assert(used + strlen(value) < sizeof(out->text));
		out->name[out->count] = i == 0 ? "t" : send->field[i - 1].name;
		out->value[out->count++] = used;
		strcpy(out->text + used, value);
		used += strlen(value) + 1;
		if (sim_is_traced(n->cluster->sim) && len < sizeof(line))
			len += (size_t)snprintf(line + len, sizeof(line) - len, " %s=%s",
			    out->name[i], value);
	}
	sim_note(n->cluster->sim, n->sim, "sends%s", line);
}

static struct cluster_script *
script_slot(struct cluster_node *n)
{
	for (size_t i = 0; i < CLUSTER_SCRIPT_MAX; i++)
		if (!n->script[i].used)
			return &n->script[i];
	assert(!"too many scripts on one machine");
	return NULL;
}

static void
fx_run(void *shell, const struct rsc_run *run)
{
	struct cluster_node *n = shell;
	struct cluster *c = n->cluster;
	struct cluster_script *s = script_slot(n);

	for (size_t i = 0; i < CLUSTER_SCRIPT_MAX; i++)
		assert(!n->script[i].used || n->script[i].daemon != n->daemon);
	*s = (struct cluster_script){ .used = true,
		.daemon = n->daemon,
		.id = run->id,
		.serial = ++c->scripts };
	if (run->op != RSC_STATUS)
		sim_note(c->sim, n->sim, "RUNS %s %s", run->resource->word,
		    rsc_op_names[run->op]);
	world_begin(&c->world, n->index, run->resource, run->op, &s->run);
	s->ends = c->sim->now + s->run.plan.ms * SIM_MS + 100000;
	cluster_plan(n, CALL_SCRIPT, s->ends, s->serial);
}

static void
fx_kill(void *shell, uint32_t id, bool hard)
{
	struct cluster_node *n = shell;
	struct cluster *c = n->cluster;

	for (size_t i = 0; i < CLUSTER_SCRIPT_MAX; i++) {
		struct cluster_script *s = &n->script[i];

		if (!s->used || s->id != id || s->daemon != n->daemon || s->over)
			continue;
		assert(hard == s->soft);
		s->soft = true;
		sim_note(c->sim, n->sim, "kills its script%s", hard ? " hard" : "");
		if (!hard && sim_chance(c->sim, 5000))
			return; /* not every script listens to the soft one */
		s->ends = c->sim->now + (hard ? SIM_MS : SOFT_NS);
		s->run.plan.code = -1;
		cluster_plan(n, CALL_SCRIPT, s->ends, s->serial);
	}
}

static size_t
target_of(const struct cluster_node *n, const char *name)
{
	const struct cluster *c = n->cluster;
	size_t target = 0;

	while (strcmp(c->node[target].sim->name, name) != 0)
		target++;
	assert(target < c->conf.node_count && target != n->index && c->conf.can_fence);
	return target;
}

static void
fx_fence(void *shell, const char *name)
{
	struct cluster_node *n = shell;
	struct cluster *c = n->cluster;
	size_t target = target_of(n, name);
	struct cluster_fence plan = c->fence(c->data, n, target);
	uint32_t attempt = ++n->fencing[target] & 0xfff;

	sim_note(c->sim, n->sim, "FENCES %s", name);
	if (c->fenced_by < c->sim->now + plan.ms * SIM_MS)
		c->fenced_by = c->sim->now + plan.ms * SIM_MS;
	if (plan.resets)
		cluster_plan(n, CALL_STRIKE, c->sim->now + plan.reset_ms * SIM_MS,
		    (uint32_t)(target | attempt << 20));
	cluster_plan(n, CALL_FENCE, c->sim->now + plan.ms * SIM_MS,
	    (uint32_t)(target | (size_t)plan.result << 8 | (size_t)plan.resets << 16 |
	               attempt << 20));
}

static void
fx_fence_stop(void *shell, const char *name)
{
	struct cluster_node *n = shell;

	sim_note(n->cluster->sim, n->sim, "does not fence %s any more", name);
	n->fencing[target_of(n, name)]++;
}

static void
fx_fence_lied(void *shell, const char *name)
{
	struct cluster_node *n = shell;

	sim_note(n->cluster->sim, n->sim, "has not fenced %s", name);
}

static void
fx_arm(void *shell, struct instant when)
{
	struct cluster_node *n = shell;

	n->due = instant_is_set(when) ? when.ns - n->sim->clock_skew_ns : 0;
	if (n->due != 0 && (n->due_call == 0 || n->due < n->due_call)) {
		n->due_call =
		    n->due > n->cluster->sim->now ? n->due : n->cluster->sim->now;
		cluster_plan(n, CALL_TIMER, n->due_call, 0);
	}
}

void
cluster_leave(struct cluster_node *n, bool restart, const char *why)
{
	if (n->life == CLUSTER_OFF || n->life == CLUSTER_PAUSE)
		return;
	if (n->life != CLUSTER_ON && (restart || !n->restarting))
		return; /* it does already */
	if (n->life == CLUSTER_ON)
		n->life = CLUSTER_LEAVING;
	n->restarting = restart;
	n->leave_why = why;
}

static void
fx_tell(void *shell, const struct rsc_event *event)
{
	struct cluster_node *n = shell;
	struct cluster *c = n->cluster;

	if (sim_is_traced(c->sim) && event->type != RSC_EV_STABLE)
		sim_note(c->sim, n->sim, "%s %s (%s)",
		    event->key                      ? event->key
		    : event->type == RSC_EV_LEFT    ? "has left"
		    : event->type == RSC_EV_RESTART ? "must restart"
		    : event->type == RSC_EV_FENCED  ? "was declared fenced by"
		                                    : "must reboot",
		    event->word ? event->word : "", event->why);
	else if (sim_is_traced(c->sim))
		sim_note(c->sim, n->sim, "holds %s (%s)", event->word, event->why);
	if (c->told)
		c->told(c->data, n, event);
	switch (event->type) {
	case RSC_EV_GROUP:
	case RSC_EV_HOLDER:
	case RSC_EV_STABLE:
		break;
	case RSC_EV_LEFT:
		n->life = CLUSTER_LEFT;
		cluster_plan(n, CALL_LINGERED, c->sim->now + 1000 * SIM_MS, 0);
		break;
	case RSC_EV_RESTART:
		cluster_leave(n, true, event->why);
		break;
	case RSC_EV_REBOOT:
	case RSC_EV_FENCED:
		n->sim->silent = true;
		cluster_plan(n, CALL_REBOOT, c->sim->now + 50 * SIM_MS, 0);
		break;
	}
}

static void
fx_log(void *shell, int priority, const char *text)
{
	struct cluster_node *n = shell;

	sim_note(n->cluster->sim, n->sim, "  '%s'", text);
	if (n->cluster->logged)
		n->cluster->logged(n->cluster->data, n, priority, text);
}

static const struct rsc_effects effects = {
	.send = fx_send,
	.run = fx_run,
	.kill = fx_kill,
	.fence = fx_fence,
	.fence_stop = fx_fence_stop,
	.fence_lied = fx_fence_lied,
	.arm = fx_arm,
	.tell = fx_tell,
	.log = fx_log,
};

/* From membership; it is running, so nothing is sent before cluster_flush(). */

static void
on_deliver(void *data, struct sim_node *sim_node, struct msg *m,
    const struct memb_from *from)
{
	struct cluster *c = data;
	struct cluster_node *n = &c->node[sim_node->index];

	if (rsc_wants(msg_type(m)))
		rsc_message(n->rsc, cluster_now(n), from->node->name, m);
	if (c->deliver)
		c->deliver(c->data, n, m, from);
}

static enum rsc_node_state
node_state(enum memb_status status)
{
	if (status == MEMB_DEAD)
		return RSC_NODE_DEAD;
	return status == MEMB_ACTIVE ? RSC_NODE_ACTIVE : RSC_NODE_JOINING;
}

static void
on_event(void *data, struct sim_node *sim_node, const struct memb_event *ev)
{
	struct cluster *c = data;
	struct cluster_node *n = &c->node[sim_node->index];
	struct instant now = cluster_now(n);

	switch (ev->type) {
	case MEMB_EV_NODE:
		rsc_generation(n->rsc, ev->node->name, ev->node->generation);
		if (ev->was != MEMB_DEAD || ev->node->status != MEMB_DEAD)
			rsc_node(n->rsc, now, ev->node->name,
			    node_state(ev->node->status), ev->node->anything, ev->why);
		break;
	case MEMB_EV_COMM_UP:
		rsc_comm_up(n->rsc, now);
		break;
	case MEMB_EV_RESTARTED:
		rsc_generation(n->rsc, ev->node->name, ev->node->generation);
		rsc_restarted(n->rsc, now, ev->node->name);
		break;
	case MEMB_EV_LOST:
		rsc_lost(n->rsc, now, ev->node->name);
		break;
	case MEMB_EV_PARTITION:
		rsc_partition(n->rsc, now, ev->node->name,
		    memb_may_merge(n->sim->memb, ev->node));
		break;
	case MEMB_EV_SELF_SILENT:
		cluster_leave(n, true, "No local heartbeat");
		break;
	default:
		break;
	}
	if (c->event)
		c->event(c->data, n, ev);
}

/* The clock that goes on while the machine sleeps shows our own absence, first of all. */
static void
on_runs(void *data, struct sim_node *sim_node)
{
	struct cluster *c = data;
	struct cluster_node *n = &c->node[sim_node->index];
	int64_t away_ms = (c->sim->now - n->turned) / SIM_MS;

	n->turned = c->sim->now;
	if (away_ms <= c->conf.deadtime_ms[n->index])
		return;
	rsc_overslept(n->rsc, cluster_now(n), "longer than deadtime");
	cluster_flush(n);
}

static void
on_stepped(void *data, struct sim_node *sim_node)
{
	struct cluster *c = data;

	cluster_flush(&c->node[sim_node->index]);
}

static void
on_configure(void *data, struct sim_node *sim_node, struct memb_conf *conf)
{
	struct cluster *c = data;
	struct cluster_node *n = &c->node[sim_node->index];

	conf->deadtime_ms = c->conf.deadtime_ms[n->index];
	conf->warntime_ms = conf->deadtime_ms / 2;
	conf->quick_restart = n->is_kept;
	conf->merges = c->conf.merges;
}

static void
on_booted(void *data, struct sim_node *sim_node)
{
	struct cluster *c = data;
	struct cluster_node *n = &c->node[sim_node->index];
	const char *name[CLUSTER_NODE_MAX];
	struct rsc_conf conf = { .node = name,
		.node_count = c->conf.node_count,
		.self = n->index,
		.failback = c->conf.failback[n->index],
		.deadtime_ms = c->conf.deadtime_ms[n->index],
		.script_timeout_ms = c->conf.script_timeout_ms,
		.stop_retries = c->conf.stop_retries,
		.can_fence = c->conf.can_fence,
		.fence_delay_ms = c->conf.fence_delay_ms[n->index],
		.fence_weaker_ms = c->conf.fence_weaker_ms,
		.generation = sim_node->generation,
		.restarted = n->is_kept,
		.hold = n->is_kept && n->kept[0] ? n->kept : NULL };
	int r;

	for (size_t i = 0; i < c->conf.node_count; i++)
		name[i] = c->node[i].sim->name;
	n->rsc = rsc_new(&conf, &effects, n);
	assert(n->rsc);
	r = rsc_set_groups(n->rsc, &c->world.groups);
	assert(r == 0);
	n->is_kept = false;
	n->generation = sim_node->generation;
	if (c->booted)
		c->booted(c->data, n);
}

static void
on_stopped(void *data, struct sim_node *sim_node)
{
	struct cluster *c = data;
	struct cluster_node *n = &c->node[sim_node->index];

	rsc_free(n->rsc);
	n->rsc = NULL;
	n->daemon++;
	n->due = n->due_call = 0;
	n->out_count = 0;
	n->leave_why = NULL;
	n->reload_due = false;
	n->life = CLUSTER_OFF;
}

static const struct sim_above above = { .configure = on_configure,
	.booted = on_booted,
	.stopped = on_stopped,
	.deliver = on_deliver,
	.event = on_event,
	.runs = on_runs,
	.stepped = on_stepped };

/* Making. */

void
cluster_init(struct cluster *c, const struct cluster_conf *conf)
{
	struct sim_conf sim = { .node_count = conf->node_count,
		.link_count = conf->link_count,
		.keepalive_ms = conf->keepalive_ms,
		.deadtime_ms = conf->deadtime_ms[0],
		.warntime_ms = conf->deadtime_ms[0] / 2,
		.initdead_ms = conf->initdead_ms,
		.form = conf->form,
		.manages_resources = true,
		.above = &above,
		.data = c,
		.seed = conf->seed,
		.trace = conf->trace };

	assert(conf->node_count >= 1 && conf->node_count <= CLUSTER_NODE_MAX);
	memset(c, 0, sizeof(*c));
	c->conf = *conf;
	memcpy(sim.old, conf->old, sizeof(conf->old));
	c->sim = sim_new(&sim);
	world_init(&c->world, conf->node_count, conf->haresources);
	c->other_keys.current = 2;
	c->other_keys.key[2].auth = MSG_AUTH_CRC;
	for (size_t i = 0; i < conf->node_count; i++) {
		c->node[i].cluster = c;
		c->node[i].sim = &c->sim->node[i];
		c->node[i].index = i;
	}
}

void
cluster_clear(struct cluster *c)
{
	sim_free(c->sim); /* ends every daemon */
	world_clear(&c->world);
}

bool
cluster_is_awake(const struct cluster_node *n)
{
	return n->rsc && n->sim->stalled_until == 0;
}

bool
cluster_has_scripts(const struct cluster_node *n)
{
	for (size_t i = 0; i < CLUSTER_SCRIPT_MAX; i++)
		if (n->script[i].used)
			return true;
	return false;
}

const char *
cluster_word(const struct cluster_node *n)
{
	return n->rsc ? rsc_word(n->rsc) : "-";
}
