/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Membership's shell: datagrams in and out, its timer, its events.
 *
 * The way of a datagram: media_recv_some() -> msg_decode(), which verifies the signature
 * first -> memb_heard()
 * -> deliver: the resource core, rc.d scripts, clients.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"
#include "lib/notify.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#define OTHER_KEYS_MS                                                                    \
	(10 * 60 * 1000) /* between two warnings of them, unless a node dies */
#define RECV_QUOTA 64    /* datagrams taken from one medium in a turn */

/* Out. */

/* A full buffer or a frame that is too long says nothing about the medium. */
static bool
is_sent(int rc)
{
	return rc == 0 || rc == -EAGAIN || rc == -EMSGSIZE;
}

/* One frame that nobody takes is no news: an address may just be checked for duplicates,
 * or a neighbour looked for.  Silence as long as warntime is. */
static void
note_sent(struct hb *hb, bool sent)
{
	struct instant now = loop_now(hb->loop);

	if (sent) {
		if (hb->mute)
			log_line(LOG_INFO, "A comm channel works again.");
		hb->mute = false;
		hb->unsent_since = INSTANT_NEVER;
	} else if (!instant_is_set(hb->unsent_since)) {
		hb->unsent_since = now;
	} else if (!hb->mute &&
	           instant_diff_ms(now, hb->unsent_since) >= hb->all.conf.warntime_ms) {
		hb->mute = true;
		log_line(LOG_CRIT, "No working comm channels to write to.");
	}
}

static void
fx_send(void *shell, const uint8_t *frame, size_t len)
{
	struct hb *hb = shell;
	bool sent = false;

	if (hb->silent || hb_faults_lose_sent(&hb->faults))
		return;
	for (size_t i = 0; i < hb->media_count; i++) {
		const struct media_kind *kind = hb->media[i].spec.kind;

		if (!kind->is_ping && !kind->is_line)
			sent |= is_sent(media_send(&hb->media[i], frame, len));
	}
	if (hb->lines)
		sent |= hb_lines_send(hb, frame, len);
	if (!hb->lame)
		note_sent(hb, sent);
}

static void
fx_ping(void *shell, uint64_t ts)
{
	struct hb *hb = shell;
	uint8_t frame[1024];

	hb_watchdog_feed(hb);
	if (hb->silent || hb_faults_lose_sent(&hb->faults))
		return;
	for (size_t i = 0; i < hb->media_count; i++) {
		struct media *m = &hb->media[i];
		ssize_t len;

		if (!m->spec.kind->is_ping)
			continue;
		len = memb_ping_frame(m->name, m->spec.kind->directive, ts, &hb->all.keys,
		    frame, sizeof(frame));
		if (len > 0)
			media_send(m, frame, (size_t)len);
	}
}

static void
fx_arm(void *shell, struct instant when)
{
	loop_timer_arm(&((struct hb *)shell)->memb_timer, when);
}

static void
fx_log(void *shell, int priority, const char *text)
{
	(void)shell;
	log_line(priority, "%s", text);
}

static uint64_t
fx_wall(void *shell)
{
	return hb_self_wall(shell);
}

/* /proc/loadavg changes every 5 s: reading it with each heartbeat would be most of its
 * cost. */
static const char *
fx_load(void *shell)
{
	struct hb *hb = shell;
	struct instant now = loop_now(hb->loop);
	ssize_t len;

	if (instant_is_set(hb->load_read) && instant_diff_ms(now, hb->load_read) < 1000)
		return hb->load;
	hb->load_read = now;
	len = hb->loadavg_fd < 0
	          ? -1
	          : pread(hb->loadavg_fd, hb->load, sizeof(hb->load) - 1, 0);
	if (len <= 0) {
		strcpy(hb->load, "n/a");
		return hb->load;
	}
	hb->load[len] = '\0';
	hb->load[strcspn(hb->load, "\n")] = '\0';
	return hb->load;
}

/* Up. */

static void
fx_deliver(void *shell, struct msg *m, const struct memb_from *from)
{
	struct hb *hb = shell;

	if (from->node->type == MEMB_NORMAL && strcmp(msg_type(m), "status") == 0)
		hb_sane_status(hb, m, from->node->name);
	if (hb->rsc && rsc_wants(msg_type(m))) {
		hb_event_message(hb, m, from->node->name);
		hb_groups_refresh(hb);
		rsc_message(hb->rsc, loop_now(hb->loop), from->node->name, m);
	}
	hb_rcd_message(hb, m, from->node->name);
	clients_deliver(hb->clients, m, from);
}

static void
fx_raw(void *shell, struct msg *m, const struct memb_from *from, unsigned bit)
{
	clients_raw(((struct hb *)shell)->clients, m, from, bit);
}

static enum rsc_node_state
node_state(enum memb_status status)
{
	if (status == MEMB_DEAD)
		return RSC_NODE_DEAD;
	return status == MEMB_ACTIVE ? RSC_NODE_ACTIVE : RSC_NODE_JOINING;
}

/* A node that seems dead while somebody sends what we cannot verify most likely has other
 * keys: it is about to own everything, as we are.  The old daemon said nothing of that.
 */
static void
warn_of_other_keys(struct hb *hb, const struct memb_node *n)
{
	char from[MEDIA_FROM_MAX];

	if (!instant_is_set(hb->forged) ||
	    instant_diff_ms(loop_now(hb->loop), hb->forged) > n->dead_ms)
		return;
	hb->forged_told = loop_now(hb->loop);
	log_line(LOG_CRIT,
	    "node %s seems dead, but datagrams with a signature of other keys come from "
	    "%s: "
	    "do authkeys differ?  Both nodes may own everything!",
	    n->name, media_from_text(&hb->forged_from, from));
}

static void
on_node(struct hb *hb, const struct memb_event *ev)
{
	const struct memb_node *n = ev->node;

	if (n->type == MEMB_NORMAL && n->status == MEMB_DEAD && ev->was != MEMB_DEAD)
		warn_of_other_keys(hb, n);

	if (!hb->rsc || n->type != MEMB_NORMAL)
		return;
	if (ev->was == MEMB_DEAD && n->status == MEMB_DEAD)
		return; /* the second word about one death: for clients only */
	hb_groups_refresh(hb);
	rsc_generation(hb->rsc, n->name, n->generation);
	rsc_node(hb->rsc, loop_now(hb->loop), n->name, node_state(n->status), n->anything,
	    ev->why);
}

static void
fx_event(void *shell, const struct memb_event *ev)
{
	struct hb *hb = shell;
	struct instant now = loop_now(hb->loop);

	hb_event_memb(hb, ev);
	switch (ev->type) {
	case MEMB_EV_NODE:
		on_node(hb, ev);
		break;
	case MEMB_EV_COMM_UP:
		notify_send("READY=1\nSTATUS=the cluster is heard");
		if (hb->rsc) {
			hb_groups_refresh(hb);
			rsc_comm_up(hb->rsc, now);
			hb_devices_check(hb);
		}
		hb_respawn_begin(hb);
		break;
	case MEMB_EV_RESTARTED:
		if (hb->rsc) {
			rsc_generation(hb->rsc, ev->node->name, ev->node->generation);
			rsc_restarted(hb->rsc, now, ev->node->name);
		}
		break;
	case MEMB_EV_LOST:
		if (hb->rsc)
			rsc_lost(hb->rsc, now, ev->node->name);
		break;
	case MEMB_EV_PARTITION:
		if (hb->rsc)
			rsc_partition(hb->rsc, now, ev->node->name,
			    memb_may_merge(hb->memb, ev->node));
		break;
	case MEMB_EV_SELF_SILENT:
		hb_stop_begin(hb, HB_STOP_RESTART, "No local heartbeat");
		break;
	case MEMB_EV_NODES:
		hb_hosts_write(hb->memb, !hb->rsc);
		break;
	case MEMB_EV_GENERATION:
		hb_state_known_write(hb->memb);
		break;
	case MEMB_EV_DELETED:
		hb_stop_begin(hb, HB_STOP_EXIT, "removed from the cluster");
		break;
	case MEMB_EV_CLIENTS_PAUSE:
		clients_pause(hb->clients);
		break;
	case MEMB_EV_CLIENTS_RESUME:
		clients_resume(hb->clients);
		break;
	case MEMB_EV_LINK:
		break;
	}
	clients_event(hb->clients, ev);
}

static bool
fx_full(void *shell)
{
	struct hb *hb = shell;

	return hb->clients && clients_are_behind(hb->clients);
}

const struct memb_effects hb_memb_effects = {
	.send = fx_send,
	.ping = fx_ping,
	.arm = fx_arm,
	.deliver = fx_deliver,
	.raw = fx_raw,
	.event = fx_event,
	.wall = fx_wall,
	.load = fx_load,
	.log = fx_log,
	.full = fx_full,
};

/* In. */

/* It may also have come up after we took it for dead.  Anybody can send such datagrams,
 * so that is told seldom. */
static void
warn_of_dead(struct hb *hb)
{
	if (instant_is_set(hb->forged_told) &&
	    instant_diff_ms(hb->forged, hb->forged_told) < OTHER_KEYS_MS)
		return;
	for (size_t i = 0; i < memb_node_count(hb->memb); i++) {
		const struct memb_node *n = memb_node_at(hb->memb, i);

		if (n->type == MEMB_NORMAL && n->status == MEMB_DEAD)
			warn_of_other_keys(hb, n);
	}
}

static void
drop(struct hb *hb, enum msg_drop why, size_t len, const struct media *m,
    const struct media_from *from, const struct err *err)
{
	static struct log_limit limit = { .burst = 5 };
	char text[MEDIA_FROM_MAX];

	hb->bad_frames[why]++;
	hb_rest_loud(hb);
	if (why == MSG_DROP_BAD_SIGNATURE || why == MSG_DROP_UNKNOWN_KEY) {
		hb->forged = loop_now(hb->loop);
		hb->forged_from = *from;
		warn_of_dead(hb);
	}
	if (why == MSG_DROP_ALIEN || !hb->all.conf.log_badpack)
		return;
	log_limited(&limit, why == MSG_DROP_BAD_SIGNATURE ? LOG_ERR : LOG_WARNING,
	    "%s: datagram of %zu bytes from %s dropped (%s): %s", m->name, len,
	    media_from_text(from, text), msg_drop_names[why], err->text);
}

static void
on_datagram(const struct hb_ear *ear, const struct media_datagram *got)
{
	struct hb *hb = ear->hb;
	struct msg_trust trust = { .keys = &hb->all.keys };
	struct instant at = hb_rest_arrival(hb, got);
	struct err err = { "" };
	struct msg m;
	enum msg_drop why;

	if (media_can_ring(ear->media))
		hb_rest_heard(hb, got);
	if (!clients_want_raw(hb->clients, MEMB_RAW_DUPLICATE) &&
	    memb_heard_echo(hb->memb, loop_now(hb->loop), at, ear->link, got->bytes,
	        (size_t)got->len))
		return;
	msg_init(&m, NULL, 0);
	why = msg_decode(&m, got->bytes, (size_t)got->len, &trust, hb->scratch,
	    MSG_EXPANDED_MAX, &err);
	if (why != MSG_DROP_NONE) {
		drop(hb, why, (size_t)got->len, ear->media, &got->from, &err);
		return;
	}
	if (hb_faults_lose_heard(&hb->faults, hb->all.conf.self, msg_str(&m, "src")))
		return;
	hb->heard_from = &got->from;
	memb_heard(hb->memb, loop_now(hb->loop), at, ear->link, &m);
	hb->heard_from = NULL;
	if (hb->leave_why)
		hb_flush(
		    hb); /* before anything else is begun because of what was heard */
}

/* The clock that also runs while the machine sleeps shows our own absence. */
void
hb_notice_absence(struct hb *hb, struct instant now)
{
	struct instant boot = instant_of_clock(CLOCK_BOOTTIME);
	int64_t away_ms =
	    instant_is_set(hb->turned) ? instant_diff_ms(boot, hb->turned) : 0;
	char why[80];

	hb->turned = boot;
	if (away_ms <= hb->all.conf.deadtime_ms || !hb->rsc)
		return;
	hb_event(hb, EVENT_ABSENT, LOG_INFO, hb->all.conf.self, NULL, NULL,
	    "this node stood still for %lld ms (deadtime %lld ms)", (long long)away_ms,
	    (long long)hb->all.conf.deadtime_ms);
	snprintf(why, sizeof(why), "for %lld ms, deadtime %lld ms", (long long)away_ms,
	    (long long)hb->all.conf.deadtime_ms);
	rsc_overslept(hb->rsc, now, why);
}

int
hb_cluster_take(struct hb_ear *ear, int max)
{
	struct media_datagram some[MEDIA_SOME_MAX];
	int count = MEDIA_SOME_MAX, taken = 0;

	for (int i = 0; i < MEDIA_SOME_MAX; i++)
		some[i] = (struct media_datagram){ .bytes = ear->hb->datagrams +
			                                    (size_t)i * HB_DATAGRAM_MAX };
	while (taken < max && count == MEDIA_SOME_MAX) {
		count =
		    media_recv_some(ear->media, some, MEDIA_SOME_MAX, HB_DATAGRAM_MAX);
		for (int i = 0; i < count; i++)
			if (some[i].len >= 0)
				on_datagram(ear, &some[i]);
		taken += count > 0 ? count : 0;
	}
	return taken;
}

static void
ear_readable(void *data, int fd, int revents)
{
	struct hb_ear *ear = data;

	(void)fd;
	(void)revents;
	hb_notice_absence(ear->hb, loop_now(ear->hb->loop));
	/* While we rest it is ready only when the socket has an error. */
	if (ear->hb->rest.on && media_can_ring(ear->media))
		hb_rest_read(ear->hb);
	else
		hb_cluster_take(ear, RECV_QUOTA);
	if (media_fd(ear->media) != ear->fd)
		hb_cluster_pump(ear, loop_now(ear->hb->loop));
	hb_flush(ear->hb);
}

/* A line hangs up, and comes back. */
int
hb_cluster_listen(struct hb_ear *ear)
{
	int fd = media_fd(ear->media);

	if (fd == ear->fd)
		return 0;
	if (ear->fd >= 0)
		loop_fd_remove(ear->hb->loop, ear->fd);
	ear->fd = fd;
	if (fd < 0)
		return 0;
	return loop_fd_add(ear->hb->loop, fd, POLLIN, true, ear->media->name,
	    ear_readable, ear);
}

void
hb_cluster_pump(void *data, struct instant now)
{
	struct hb_ear *ear = data;

	loop_timer_arm(&ear->timer, media_pump(ear->media, now));
	if (hb_cluster_listen(ear) < 0)
		log_line(LOG_ERR, "cannot listen on %s: %s", ear->media->name,
		    strerror(errno));
}

void
hb_cluster_tick(void *data, struct instant now)
{
	struct hb *hb = data;

	hb_notice_absence(hb, now);
	hb_rest_read(hb);
	memb_tick(hb->memb, now);
	hb_rest_begin(hb);
	hb_flush(hb);
}

/* What the cores asked for. */

static void
out_send(struct hb *hb, const struct hb_out *out)
{
	char store[HB_OUT_TEXT + 1024];
	struct msg m;
	int rc;

	msg_init(&m, store, sizeof(store));
	for (size_t i = 0; i < out->count; i++)
		msg_add_str(&m, out->name[i], out->value[i]);
	rc = memb_send(hb->memb, loop_now(hb->loop), &m, true);
	if (rc)
		log_line(LOG_ERR, "message %s not sent: %s", out->value[0],
		    strerror(-rc));
}

void
hb_flush(struct hb *hb)
{
	if (hb->flushing)
		return;
	hb->flushing = true;
	while (hb->leave_why || hb->out_count > 0 || hb->failed.id) {
		if (hb->leave_why) {
			hb_stop_leave(hb);
			continue;
		}
		if (hb->failed.id) {
			uint32_t id = hb->failed.id;

			hb->failed.id = 0;
			rsc_ran(hb->rsc, loop_now(hb->loop), id, hb->failed.code, NULL,
			    0);
			continue;
		}
		out_send(hb, &hb->out[hb->out_first]);
		hb->out_first = (hb->out_first + 1) % HB_OUT_MAX;
		hb->out_count--;
	}
	hb->flushing = false;
	if (hb_rest_is_over(hb)) {
		hb_rest_end(hb);
		hb_flush(hb);
		return;
	}
	loop_timer_arm(&hb->flush_timer, INSTANT_NEVER);
	hb_reload_try(hb);
}

void
hb_flush_soon(struct hb *hb)
{
	if (!hb->flushing)
		loop_timer_arm(&hb->flush_timer, loop_now(hb->loop));
}

void
hb_cluster_flush_due(void *data, struct instant now)
{
	(void)now;
	hb_flush(data);
}

void
hb_send_message(struct hb *hb, struct msg *m)
{
	const char *info = msg_str(m, "info"), *word = msg_str(m, "rsc_hold");
	int rc;

	if (hb->rsc && strcmp(msg_type(m), "ask_resources") == 0 && info &&
	    strcmp(info, "me") == 0) {
		hb_groups_refresh(hb);
		rsc_ask_standby(hb->rsc, loop_now(hb->loop), word ? word : "all");
		return;
	}
	rc = memb_send(hb->memb, loop_now(hb->loop), m, true);
	if (rc)
		log_line(LOG_ERR, "message of type '%.32s' from the FIFO not sent: %s",
		    msg_type(m), strerror(-rc));
}
