/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are clocks, names, cables and times as they should be?  Advice in one line each, at the
 * start and when a node shows itself; nothing is decided by it.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CLOCK_S 60 /* clocks that differ by more are told of */

/* This machine. */

/* A battery is empty: certificates and logs will not make sense. */
static void
look_at_clock(struct hb *hb)
{
	struct stat program;

	if (stat("/proc/self/exe", &program) == 0 && time(NULL) < program.st_mtim.tv_sec)
		hb_event(hb, EVENT_ADVICE, LOG_WARNING, hb->all.conf.self, NULL, NULL,
		    "the clock of this machine shows a time before this program was "
		    "made: set it");
}

static void
look_at_carrier(struct hb *hb, const char *device)
{
	char path[160], text[16];
	ssize_t len;

	/* Where there is no such file it is no interface; reading is refused while it is
	 * down. */
	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", device);
	len = file_read_bounded(path, text, sizeof(text), NULL);
	if (len == -EINVAL || (len > 0 && text[0] == '0'))
		hb_event(hb, EVENT_ADVICE, LOG_WARNING, hb->all.conf.self, device, NULL,
		    "interface %s %s", device,
		    len < 0 ? "is down" : "has no carrier: is the cable plugged in?");
}

static void
look_at_media(struct hb *hb)
{
	const struct conf *conf = &hb->all.conf;
	const char *first = NULL;
	size_t nodes = 0;
	bool several = false;

	for (size_t i = 0; i < conf->node_count; i++)
		nodes += !conf->node[i].is_ping;
	for (size_t i = 0; i < hb->media_count; i++) {
		const char *name = hb->media[i].name;
		bool again = false;

		if (memb_node_find(hb->memb, name)) /* a ping node's */
			continue;
		for (size_t k = 0; k < i; k++)
			again |= strcmp(hb->media[k].name, name) == 0;
		if (!again)
			look_at_carrier(hb, name);
		several |= first && strcmp(first, name) != 0;
		first = name;
	}
	if (nodes > 1 && first && !several)
		hb_event(hb, EVENT_ADVICE, LOG_INFO, conf->self, first, NULL,
		    "all nodes are heard over %s only: a second, independent way is "
		    "advised",
		    first);
}

void
hb_sane_start(struct hb *hb)
{
	look_at_clock(hb);
	look_at_media(hb);
}

/* Others, when they show a new status. */

/* Without the port. */
static void
host_of(const struct media_from *from, char host[MEDIA_FROM_MAX])
{
	char *colon;

	media_from_text(from, host);
	colon = strrchr(host, ':');
	if (colon)
		*colon = '\0';
}

static void
look_at_address(struct hb *hb, struct hb_note *note)
{
	char host[MEDIA_FROM_MAX], other[MEDIA_FROM_MAX];

	if (!hb->heard_from || hb->heard_from->len == 0)
		return;
	note->from = *hb->heard_from;
	note->has_from = true;
	host_of(&note->from, host);
	for (size_t i = 0; i < hb->note_count; i++) {
		const struct hb_note *that = &hb->note[i];

		if (that == note || !that->has_from || note->address_told)
			continue;
		host_of(&that->from, other);
		if (strcmp(host, other) != 0)
			continue;
		note->address_told = true;
		hb_event(hb, EVENT_ADVICE, LOG_WARNING, note->name, NULL, NULL,
		    "nodes %s and %s speak from the same address, %s", note->name,
		    that->name, host);
	}
}

void
hb_sane_status(struct hb *hb, const struct msg *m, const char *node)
{
	struct hb_note *note;
	uint64_t ts;
	int64_t off_s;

	if (strcmp(node, hb->all.conf.self) == 0 || msg_hex(m, "ts", &ts) < 0 ||
	    ts > INT32_MAX * 4LL)
		return;
	note = hb_note_get(hb, node);
	if (!note)
		return;
	look_at_address(hb, note);
	off_s = (int64_t)ts - time(NULL);
	note->clock_ms = off_s * 1000;
	if (off_s >= -CLOCK_S && off_s <= CLOCK_S) {
		note->clock_told = false;
	} else if (!note->clock_told) {
		note->clock_told = true;
		hb_event(hb, EVENT_ADVICE, LOG_WARNING, node, NULL, NULL,
		    "the clock of node %s is %" PRId64
		    " s %s of ours: time synchronisation is advised",
		    node, off_s < 0 ? -off_s : off_s, off_s < 0 ? "behind" : "ahead");
	}
}

/* Now and then: what was seen so far. */
void
hb_sane_times(struct hb *hb)
{
	const struct conf *conf = &hb->all.conf;
	struct arrival_advice advice;

	if (hb->advised)
		return;
	memb_advice(hb->memb, &advice);
	if (advice.deadtime_ms <= conf->deadtime_ms)
		return;
	hb->advised = true;
	hb_event(hb, EVENT_ADVICE, LOG_WARNING, conf->self, NULL, NULL,
	    "deadtime %" PRId64 " ms is short for this network, which bears %" PRId64
	    " ms: heartbeats came up to %" PRId64 " ms late",
	    conf->deadtime_ms, advice.deadtime_ms, advice.latest_us / 1000);
}
