/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * use_apphbd (spec/config.md 4.6): this daemon is watched by apphbd.  Its client.c may
 * wait for an answer, which the loop must not: requests go out in one piece, the answers
 * come as events.
 */
#include "heartbeat/daemon/daemon.h"
#include "heartbeat/helpers/apphb/apphb.h"
#include "lib/frame_server.h"
#include "lib/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RETRY_MAX_MS 60000
#define ANSWERS 3 /* to reg, setint, setwarn */

static void
leave(struct hb *hb)
{
	if (hb->apphb.fd < 0)
		return;
	loop_fd_remove(hb->loop, hb->apphb.fd);
	close(hb->apphb.fd);
	hb->apphb.fd = -1;
}

/* Tells it once, until it works again. */
static void
give_up(struct hb *hb, const char *why)
{
	leave(hb);
	if (!hb->apphb.complained)
		log_line(LOG_WARNING, "Unable to register with apphbd. (%s)", why);
	hb->apphb.complained = true;
}

static int
request_send(struct hb *hb, enum apphb_type type, unsigned long value)
{
	struct apphb_request request = { .type = type,
		.value = value,
		.name = "heartbeat",
		.instance = "master_control_process",
		.directory = "/",
		.pid = getpid(),
		.uid = getuid(),
		.gid = getgid() };
	uint8_t frame[FRAME_HEAD + APPHB_BODY_MAX];
	const uint32_t magic = FRAME_MAGIC;
	size_t len = apphb_encode(&request, frame + FRAME_HEAD);
	const int32_t body_len = (int32_t)len;

	memcpy(frame, &body_len, sizeof(body_len));
	memcpy(frame + sizeof(body_len), &magic, sizeof(magic));
	len += FRAME_HEAD;
	return send(hb->apphb.fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len
	           ? 0
	           : -1;
}

/* 1 = an answer that says no, or no answer; 0 = all that is there was good. */
static int
answers_take(struct hb *hb)
{
	const size_t size = FRAME_HEAD + sizeof(int32_t);
	ssize_t n;
	int32_t code;

	while ((n = recv(hb->apphb.fd, hb->apphb.answer + hb->apphb.used,
	            size - hb->apphb.used, MSG_DONTWAIT)) > 0) {
		hb->apphb.used += (size_t)n;
		if (hb->apphb.used < size)
			continue;
		memcpy(&code, hb->apphb.answer + FRAME_HEAD, sizeof(code));
		hb->apphb.used = 0;
		if (frame_complete(hb->apphb.answer, size, sizeof(code)) !=
		        sizeof(code) ||
		    code != 0 || hb->apphb.awaited == 0)
			return 1;
		if (--hb->apphb.awaited == 0) {
			log_line(LOG_INFO, "registered with apphbd");
			hb->apphb.complained = false;
		}
	}
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

static void
on_answer(void *data, int fd, int revents)
{
	struct hb *hb = data;

	(void)fd;
	(void)revents;
	if (answers_take(hb) == 0)
		return;
	give_up(hb, hb->apphb.awaited ? "it does not answer as it should" : "it is gone");
}

static void
join(struct hb *hb)
{
	static const struct sockaddr_un to = { .sun_family = AF_UNIX,
		.sun_path = APPHB_SOCKET };
	const struct conf *conf = &hb->all.conf;

	hb->apphb.used = 0;
	hb->apphb.awaited = ANSWERS;
	hb->apphb.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (hb->apphb.fd < 0 ||
	    loop_fd_add(hb->loop, hb->apphb.fd, POLLIN, false, "apphbd", on_answer, hb) <
	        0 ||
	    connect(hb->apphb.fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
	    request_send(hb, APPHB_REGISTER, 0) < 0 ||
	    request_send(hb, APPHB_INTERVAL, (unsigned long)conf->deadtime_ms) < 0 ||
	    request_send(hb, APPHB_WARN, (unsigned long)conf->warntime_ms) < 0)
		give_up(hb, strerror(errno));
}

static void
on_beat(void *data, struct instant now)
{
	struct hb *hb = data;
	const struct conf *conf = &hb->all.conf;
	int64_t next_ms = conf->warntime_ms / 2;

	if (hb->apphb.fd < 0)
		join(hb);
	else if (hb->apphb.awaited == 0 && request_send(hb, APPHB_BEAT, 0) < 0)
		give_up(hb, strerror(errno));
	if (hb->apphb.fd < 0)
		next_ms = conf->deadtime_ms * 20 < RETRY_MAX_MS ? conf->deadtime_ms * 20
		                                                : RETRY_MAX_MS;
	loop_timer_arm(&hb->apphb.timer, instant_add_ms(now, next_ms));
}

void
hb_apphb_start(struct hb *hb)
{
	hb->apphb.fd = -1;
	if (!hb->all.conf.use_apphbd)
		return;
	loop_timer_init(hb->loop, &hb->apphb.timer, "apphbd", on_beat, hb);
	on_beat(hb, loop_now(hb->loop));
}

/* An orderly end, or a new program in this process, which will register anew. */
void
hb_apphb_stop(struct hb *hb)
{
	if (!hb->all.conf.use_apphbd || hb->apphb.fd < 0)
		return;
	request_send(hb, APPHB_UNREGISTER, 0);
	leave(hb);
}
