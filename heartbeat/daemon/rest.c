/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rest.  While the cluster is calm (memb_is_calm()) the sockets of media are not polled,
 * but a bell is, which rings for everything except calm heartbeats.  Those wait until the
 * bell rings or membership's timer does, and are as old as the kernel says.  So a node in
 * a quiet cluster wakes up once for each heartbeat of its own.
 *
 *   awake --a tick that finds calm--> resting --anything that is not, after a read--> awake
 *
 * What is heard while we are awake arrives when it is read.
 *
 * Who sends us what we cannot read, or more than a cluster does, keeps us awake: so long
 * nobody can fill the sockets by sending seldom.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define READ_MAX 256 /* datagrams of a medium that may wait; more are no calm cluster's */
#define LOUD_MS 60000 /* awake after such */
#define RAW_ANY                                                                          \
	(MEMB_RAW_NOCHANGE | MEMB_RAW_DROPPED | MEMB_RAW_DUPLICATE | MEMB_RAW_PROTOCOL)

/* Reading. */

struct instant
hb_rest_arrival(const struct hb *hb, const struct media_datagram *got)
{
	if (!hb->rest.on)
		return loop_now(hb->loop);
	return rest_clock_arrival(&hb->rest.clock, got->stamp_ns);
}

static bool
can_wait(const struct media_datagram *got)
{
	static const char prefix[] = MEMB_CALM_PREFIX;

	return got->len >= (ssize_t)sizeof(prefix) - 1 &&
	       memcmp(got->bytes, prefix, sizeof(prefix) - 1) == 0;
}

void
hb_rest_heard(struct hb *hb, const struct media_datagram *got)
{
	if (hb->rest.on && !can_wait(got))
		hb->rest.news++;
}

void
hb_rest_loud(struct hb *hb)
{
	hb->rest.loud_until = instant_add_ms(loop_now(hb->loop), LOUD_MS);
}

static void
clock_look(struct hb *hb, bool first)
{
	struct instant now = instant_now();

	rest_clock_read(&hb->rest.clock, now, instant_of_clock(CLOCK_REALTIME).ns, first);
}

void
hb_rest_read(struct hb *hb)
{
	struct hb_rest *rest = &hb->rest;

	if (!rest->on || rest->reading)
		return;
	rest->reading = true;
	clock_look(hb, false);
	for (size_t i = 0; i < hb->media_count; i++)
		if (hb->ear[i].fd >= 0 && media_can_ring(hb->ear[i].media) &&
		    hb_cluster_take(&hb->ear[i], READ_MAX) >= READ_MAX)
			hb_rest_loud(hb);
	/* One that rang and is not there yet: by polling it is not missed. */
	rest->missed |= rest->news < rest->rings;
	rest->news = rest->rings = 0;
	rest->reading = false;
}

/* Awake and back. */

static bool
is_loud(const struct hb *hb)
{
	return instant_is_set(hb->rest.loud_until) &&
	       !instant_is_reached(hb->rest.loud_until, loop_now(hb->loop));
}

static bool
may_rest(const struct hb *hb)
{
	return memb_is_calm(hb->memb) && !hb->rest.missed && !is_loud(hb) &&
	       !clients_want_raw(hb->clients, RAW_ANY);
}

static void
poll_media(struct hb *hb, int events)
{
	for (size_t i = 0; i < hb->media_count; i++)
		if (hb->ear[i].fd >= 0 && media_can_ring(hb->ear[i].media))
			loop_fd_modify(hb->loop, hb->ear[i].fd, events);
}

static int
hang_bell(struct hb *hb, const struct media_bell *bell)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < hb->media_count; i++)
		if (hb->ear[i].fd >= 0 && media_can_ring(hb->ear[i].media))
			rc = media_bell_hang(hb->ear[i].media, bell);
	return rc;
}

void
hb_rest_begin(struct hb *hb)
{
	struct hb_rest *rest = &hb->rest;

	if (rest->on || !rest->bell.taken)
		return;
	rest->missed = false;
	if (!may_rest(hb))
		return;
	if (hang_bell(hb, &rest->bell) < 0) {
		hang_bell(hb, NULL);
		hb_rest_free(hb);
		return;
	}
	poll_media(hb, 0);
	media_bell_hush(&rest->bell);
	rest->on = true;
	rest->rings = rest->news = 0;
	clock_look(hb, true);
	hb_rest_read(hb); /* what came before the bell hung */
}

bool
hb_rest_is_over(const struct hb *hb)
{
	return hb->rest.on && !hb->rest.reading && !may_rest(hb);
}

void
hb_rest_end(struct hb *hb)
{
	if (!hb->rest.on)
		return;
	hang_bell(hb, NULL);
	poll_media(hb, POLLIN);
	hb_rest_read(hb); /* as old as it is */
	hb->rest.on = false;
}

static void
bell_rings(void *data, int fd, int revents)
{
	struct hb *hb = data;

	(void)fd;
	(void)revents;
	hb->rest.rings += media_bell_hush(&hb->rest.bell);
	if (!hb->rest.on)
		return;
	hb_notice_absence(hb, loop_now(hb->loop));
	hb_rest_read(hb);
	hb_flush(hb);
}

/* A line wakes us with its heartbeats anyway. */
void
hb_rest_open(struct hb *hb)
{
	struct hb_rest *rest = &hb->rest;
	bool any = false;
	int rc;

	for (size_t i = 0; i < hb->media_count; i++)
		any |= media_can_ring(hb->ear[i].media);
	if (!any || hb->lines)
		return;
	rc = media_bell_make(&rest->bell, MEMB_CALM_PREFIX);
	if (rc == 0)
		rc = loop_fd_add(hb->loop, rest->bell.fd, POLLIN, true, "bell",
		    bell_rings, hb);
	if (rc == 0)
		return;
	media_bell_free(&rest->bell);
	log_line(LOG_INFO, "every heartbeat wakes this node: %s", strerror(-rc));
}

void
hb_rest_free(struct hb *hb)
{
	if (!hb->rest.bell.taken)
		return;
	loop_fd_remove(hb->loop, hb->rest.bell.fd);
	media_bell_free(&hb->rest.bell);
	hb->rest.on = false;
}
