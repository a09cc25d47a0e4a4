/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resource core's shell: its effects, and haresources, which may be edited at any
 * time. */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"
#include "lib/notify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The message is copied, with its texts, into the ring that hb_flush() empties. */
static void
fx_send(void *shell, const struct rsc_send *send)
{
	struct hb *hb = shell;
	struct hb_out *out;
	size_t used = 0;

	if (hb->out_count == HB_OUT_MAX) {
		log_line(LOG_ERR, "too many messages wait: %s is not sent", send->type);
		return;
	}
	hb_flush_soon(hb);
	out = &hb->out[(hb->out_first + hb->out_count++) % HB_OUT_MAX];
	out->count = 0;
	for (size_t i = 0; i <= send->count; i++) {
		const char *value = i == 0 ? send->type : send->field[i - 1].value;
		size_t len = strnlen(value, sizeof(out->text) - used - 1);

		out->name[i] =
		    i == 0 ? "t" : send->field[i - 1].name; /* names are literals */
		out->value[i] = out->text + used;
		memcpy(out->text + used, value, len);
		out->text[used + len] = '\0';
		used += len + (used + len + 1 < sizeof(out->text) ? 1 : 0);
		out->count++;
	}
}

static void
fx_run(void *shell, const struct rsc_run *run)
{
	hb_script_run(shell, run);
}

static void
fx_kill(void *shell, uint32_t id, bool hard)
{
	hb_script_kill(shell, id, hard);
}

static void
fx_fence(void *shell, const char *node)
{
	hb_fence(shell, node);
}

static void
fx_fence_stop(void *shell, const char *node)
{
	hb_fence_stop(shell, node);
}

static void
fx_fence_lied(void *shell, const char *node)
{
	hb_fence_lied(shell, node);
}

static void
fx_arm(void *shell, struct instant when)
{
	loop_timer_arm(&((struct hb *)shell)->rsc_timer, when);
}

static void
fx_tell(void *shell, const struct rsc_event *ev)
{
	struct hb *hb = shell;
	char text[96];

	hb_event_rsc(hb, ev);
	switch (ev->type) {
	case RSC_EV_GROUP:
		if (hb->silent && strcmp(ev->word, "stuck") == 0)
			hb_stop_left(hb); /* the machine goes down: the rest of the group
			                     is stopped */
		break;
	case RSC_EV_HOLDER:
		break;
	case RSC_EV_STABLE:
		snprintf(text, sizeof(text), "STATUS=holds %s resources", ev->word);
		notify_send(text);
		break;
	case RSC_EV_LEFT:
		hb_stop_left(hb);
		break;
	case RSC_EV_RESTART:
		hb_stop_begin(hb, HB_STOP_RESTART, ev->why);
		break;
	case RSC_EV_REBOOT:
		snprintf(text, sizeof(text), "group %s", ev->key);
		hb_reboot(hb, text);
		break;
	case RSC_EV_FENCED:
		hb_reboot(hb, "declared fenced");
		break;
	}
}

static void
fx_log(void *shell, int priority, const char *text)
{
	(void)shell;
	log_line(priority, "%s", text);
}

static const struct rsc_effects rsc_effects = {
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

static void
on_timer(void *data, struct instant now)
{
	struct hb *hb = data;

	hb_notice_absence(hb, now);
	rsc_tick(hb->rsc, now);
	hb_flush(hb);
}

int
hb_groups_new(struct hb *hb)
{
	const struct conf *conf = &hb->all.conf;
	const char *retries = getenv("HA_STOPRETRYMAX");
	const char *node[RSC_NODE_MAX];
	struct rsc_conf rc = { .node = node };

	for (size_t i = 0; i < conf->node_count; i++) {
		if (conf->node[i].is_ping)
			continue;
		if (rc.node_count == RSC_NODE_MAX) {
			log_line(LOG_ERR, "haresources serves at most %d nodes",
			    RSC_NODE_MAX);
			return -E2BIG;
		}
		if (strcmp(conf->node[i].name, conf->self) == 0)
			rc.self = rc.node_count;
		node[rc.node_count++] = conf->node[i].name;
	}
	rc.failback = conf->failback;
	rc.deadtime_ms = conf->deadtime_ms;
	rc.script_timeout_ms = conf->script_timeout_ms;
	rc.stop_retries = retries ? atoi(retries) : 10;
	rc.can_fence = conf->stonith_count > 0;
	rc.fence_delay_ms = conf->stonith_delay_ms;
	rc.fence_weaker_ms = conf->stonith_weaker_ms;
	rc.generation = hb->generation;
	rc.restarted = hb->options.continued;
	rc.hold = hb->options.hold;
	loop_timer_init(hb->loop, &hb->rsc_timer, "resources", on_timer, hb);
	hb->rsc = rsc_new(&rc, &rsc_effects, hb);
	if (!hb->rsc)
		return -ENOMEM;
	if (stat(HB_HARESOURCES, &hb->haresources) < 0)
		memset(&hb->haresources, 0, sizeof(hb->haresources));
	if (hb_fences_new(hb) < 0)
		return -ENOMEM;
	return rsc_set_groups(hb->rsc, &hb->all.groups);
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_size == b->st_size &&
	       a->st_ino == b->st_ino;
}

/* Before anything is decided: the administrator may have edited the file.  A broken one
 * changes nothing. */
void
hb_groups_refresh(struct hb *hb)
{
	struct conf_problems problems;
	struct conf_groups groups = { 0 };
	struct stat now;

	if (!hb->rsc || stat(HB_HARESOURCES, &now) < 0 ||
	    (is_same_file(&now, &hb->haresources) && !hb->haresources_due))
		return;
	if (!rsc_is_idle(hb->rsc)) {
		hb->haresources_due = true;
		return;
	}
	hb->haresources = now;
	hb->haresources_due = false;
	conf_problems_init(&problems);
	if (conf_haresources_reread(HB_HARESOURCES, &hb->all.conf, &groups, &problems) <
	    0) {
		hb_problems_log(&problems);
		log_line(LOG_ERR,
		    "%s was changed and has errors: the groups stay as they were",
		    HB_HARESOURCES);
	} else {
		log_line(LOG_INFO, "%s was changed: %zu groups", HB_HARESOURCES,
		    groups.count);
		if (rsc_set_groups(hb->rsc, &groups) < 0)
			hb->haresources_due = true;
	}
	conf_groups_free(&groups);
	conf_problems_free(&problems);
}
