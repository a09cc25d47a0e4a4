/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat/helpers/apphb/apphb.h"

#include "lib/frame_server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 2000

static int
fail(struct apphb *apphb, int code)
{
	if (apphb->fd >= 0)
		close(apphb->fd);
	apphb->fd = -1;
	return code;
}

static int
request_send(struct apphb *apphb, const struct apphb_request *request)
{
	uint8_t frame[FRAME_HEAD + APPHB_BODY_MAX];
	const uint32_t magic = FRAME_MAGIC;
	size_t len = apphb_encode(request, frame + FRAME_HEAD);
	const int32_t body_len = (int32_t)len;

	if (apphb->fd < 0)
		return -ENOTCONN;
	memcpy(frame, &body_len, sizeof(body_len));
	memcpy(frame + sizeof(body_len), &magic, sizeof(magic));
	if (send(apphb->fd, frame, FRAME_HEAD + len, MSG_NOSIGNAL) !=
	    (ssize_t)(FRAME_HEAD + len))
		return fail(apphb, errno ? -errno : -EPIPE);
	return 0;
}

static int
answer_wait(struct apphb *apphb)
{
	uint8_t buf[FRAME_HEAD + sizeof(int32_t)];
	struct pollfd p = { .fd = apphb->fd, .events = POLLIN };
	int32_t code;
	ssize_t n;

	if (poll(&p, 1, PATIENCE_MS) != 1)
		return fail(apphb, -ETIMEDOUT);
	n = recv(apphb->fd, buf, sizeof(buf), MSG_WAITALL | MSG_DONTWAIT);
	if (n != sizeof(buf) ||
	    frame_complete(buf, sizeof(buf), sizeof(code)) != sizeof(code))
		return fail(apphb, -EPROTO);
	memcpy(&code, buf + FRAME_HEAD, sizeof(code));
	return code < 0 || code > 4095 ? -EPROTO : -code;
}

static int
request_do(struct apphb *apphb, const struct apphb_request *request)
{
	int code = request_send(apphb, request);

	return code < 0 ? code : answer_wait(apphb);
}

/* setboot and its like, with the answer of apphbd: 0 or -errno. */
static int
apphb_set(struct apphb *apphb, enum apphb_type type, unsigned long value)
{
	const struct apphb_request request = { .type = type, .value = value };

	return request_do(apphb, &request);
}

int
apphb_beat(struct apphb *apphb)
{
	const struct apphb_request request = { .type = APPHB_BEAT };

	return request_send(apphb, &request);
}

int
apphb_open(struct apphb *apphb, const char *name, const char *instance,
    int64_t interval_ms, int64_t warn_ms)
{
	static const struct sockaddr_un to = { .sun_family = AF_UNIX,
		.sun_path = APPHB_SOCKET };
	struct apphb_request request = { .type = APPHB_REGISTER,
		.pid = getpid(),
		.uid = getuid(),
		.gid = getgid() };
	int code;

	snprintf(request.name, sizeof(request.name), "%s", name);
	snprintf(request.instance, sizeof(request.instance), "%s", instance);
	if (!getcwd(request.directory, sizeof(request.directory)))
		strcpy(request.directory, "/");
	apphb->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (apphb->fd < 0)
		return -errno;
	if (connect(apphb->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return fail(apphb, -errno);
	code = request_do(apphb, &request);
	if (code == 0)
		code = apphb_set(apphb, APPHB_INTERVAL, (unsigned long)interval_ms);
	if (code == 0 && warn_ms > 0)
		code = apphb_set(apphb, APPHB_WARN, (unsigned long)warn_ms);
	return code < 0 ? fail(apphb, code) : 0;
}

void
apphb_close(struct apphb *apphb)
{
	const struct apphb_request request = { .type = APPHB_UNREGISTER };

	if (apphb->fd >= 0)
		request_do(apphb, &request);
	fail(apphb, 0);
}
