/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes between a program and the process of a device; the forms are in wire.h. */
#include "stonith/library/wire.h"
#include "lib/array.h"
#include "stonith/codes.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#define HEAD_SIZE (1 + 3 * sizeof(int32_t))

static const char *const step_names[STEP_COUNT] = {
	[STEP_DESCRIBE] = "describe",
	[STEP_LIST] = "list",
	[STEP_CHECK] = "check",
	[STEP_CONFIGURE] = "configure",
	[STEP_STATUS] = "status",
	[STEP_HOSTS] = "hosts",
	[STEP_REQUEST] = "request",
};

static const char *const about_keys[ABOUT_COUNT] = {
	[ABOUT_ID] = "id",
	[ABOUT_NAME] = "name",
	[ABOUT_DESCR] = "descr",
	[ABOUT_URL] = "url",
	[ABOUT_NAMES] = "names",
	[ABOUT_KNOWN] = "known",
	[ABOUT_REQUIRED] = "required",
	[ABOUT_SECRET] = "secret",
	[ABOUT_XML] = "xml",
};

const char *
wire_step_name(enum wire_step step)
{
	return step_names[step];
}

const char *
wire_about_key(enum wire_about about)
{
	return about_keys[about];
}

int
wire_about_find(const char *key)
{
	for (int i = 0; i < ABOUT_COUNT; i++)
		if (strcmp(about_keys[i], key) == 0)
			return i;
	return -1;
}

ssize_t
wire_encode(const struct wire_packet *packet, uint8_t *buf, size_t size)
{
	size_t at = 0;

	if (size < HEAD_SIZE)
		return -EMSGSIZE;
	buf[at++] = (uint8_t)packet->kind;
	for (size_t i = 0; i < ARRAY_LEN(packet->number); i++) {
		uint32_t number = htole32((uint32_t)packet->number[i]);

		memcpy(buf + at, &number, sizeof(number));
		at += sizeof(number);
	}
	for (size_t i = 0; i < ARRAY_LEN(packet->text); i++) {
		const char *text = packet->text[i] ? packet->text[i] : "";
		size_t len = strlen(text);

		if (len > WIRE_TEXT_MAX || len + 1 > size - at)
			return -EMSGSIZE;
		memcpy(buf + at, text, len + 1);
		at += len + 1;
	}
	return (ssize_t)at;
}

/* What is wrong with the meaning of the fields, or NULL. */
static const char *
wrong_to_device(const struct wire_packet *p)
{
	switch (p->kind) {
	case WIRE_OPEN:
		return p->text[0][0] == '\0' || p->text[1][0] != '/' ? "opens nothing"
		                                                     : NULL;
	case WIRE_PARAM:
		return p->text[0][0] == '\0' ? "a parameter without a name" : NULL;
	case WIRE_STEP:
		if (p->number[0] < 0 || p->number[0] >= STEP_COUNT)
			return "no such step";
		if (p->number[0] == STEP_REQUEST &&
		    (p->number[1] < ST_GENERIC_RESET || p->number[1] > ST_POWEROFF))
			return "no such operation";
		return p->number[2] < 0 ? "a limit below nothing" : NULL;
	case WIRE_QUIT:
		return NULL;
	default:
		return "no such kind";
	}
}

static const char *
wrong_from_device(const struct wire_packet *p)
{
	switch (p->kind) {
	case WIRE_LOG:
		return p->number[0] < LOG_EMERG || p->number[0] > LOG_DEBUG
		           ? "no such priority"
		           : NULL;
	case WIRE_TRACE:
		return p->number[0] != '<' && p->number[0] != '>' && p->number[0] != '='
		           ? "no such way"
		           : NULL;
	case WIRE_HOST:
		return p->text[0][0] == '\0' ? "a host without a name" : NULL;
	case WIRE_ABOUT:
		return wire_about_find(p->text[0]) < 0 ? "nothing that it has" : NULL;
	case WIRE_BEGUN:
		return p->number[2] <= 0 ? "no time" : NULL;
	case WIRE_ENDED:
		return p->number[0] < 0 || p->number[0] > 255 ? "no such code" : NULL;
	default:
		return "no such kind";
	}
}

int
wire_decode(const uint8_t *buf, size_t len, bool to_device, struct wire_packet *packet,
    struct err *err)
{
	struct wire_packet p;
	const char *wrong;
	size_t at = 1;

	if (len < HEAD_SIZE)
		return err_set(err, -EBADMSG, "a packet of %zu bytes", len);
	p.kind = (enum wire_kind)buf[0];
	for (size_t i = 0; i < ARRAY_LEN(p.number); i++) {
		uint32_t number;

		memcpy(&number, buf + at, sizeof(number));
		p.number[i] = (int32_t)le32toh(number);
		at += sizeof(number);
	}
	for (size_t i = 0; i < ARRAY_LEN(p.text); i++) {
		const uint8_t *end = memchr(buf + at, '\0', len - at);

		if (!end || (size_t)(end - (buf + at)) > WIRE_TEXT_MAX)
			return err_set(err, -EBADMSG, "a packet whose text has no end");
		p.text[i] = (const char *)buf + at;
		at = (size_t)(end - buf) + 1;
	}
	if (at != len)
		return err_set(err, -EBADMSG, "a packet with %zu bytes too many",
		    len - at);
	wrong = to_device ? wrong_to_device(&p) : wrong_from_device(&p);
	if (wrong)
		return err_set(err, -EBADMSG, "a packet with %s", wrong);
	*packet = p;
	return 0;
}

int
wire_send(int fd, const struct wire_packet *packet, int wait_ms)
{
	uint8_t buf[WIRE_PACKET_MAX];
	ssize_t len = wire_encode(packet, buf, sizeof(buf));
	int code = 0;

	if (len < 0)
		return (int)len;
	while (send(fd, buf, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) != len) {
		struct pollfd wait = { .fd = fd, .events = POLLOUT };

		code = errno;
		if (code == EAGAIN && poll(&wait, 1, wait_ms) == 0)
			code = ETIMEDOUT;
		if (code != EAGAIN && code != EINTR)
			break;
		code = 0;
	}
	explicit_bzero(buf, (size_t)len); /* it may have been a password */
	return -code;
}
