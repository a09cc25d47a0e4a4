/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat/helpers/apphb/apphb.h"

#include "lib/array.h"

#include <errno.h>
#include <string.h>

#define TYPE_LEN 8
#define REGISTER_LEN (TYPE_LEN + 3 * APPHB_NAME_MAX + 12)
#define NUMBER_LEN (TYPE_LEN + sizeof(unsigned long))

const char *const apphb_type_names[] = {
	[APPHB_REGISTER] = "reg",
	[APPHB_UNREGISTER] = "unreg",
	[APPHB_BEAT] = "hb",
	[APPHB_INTERVAL] = "setint",
	[APPHB_WARN] = "setwarn",
	[APPHB_BOOT] = "setboot",
};

static size_t
type_len(enum apphb_type type)
{
	switch (type) {
	case APPHB_REGISTER:
		return REGISTER_LEN;
	case APPHB_INTERVAL:
	case APPHB_WARN:
	case APPHB_BOOT:
		return NUMBER_LEN;
	case APPHB_UNREGISTER:
	case APPHB_BEAT:
		break;
	}
	return TYPE_LEN;
}

/* Names go into logs and to a plugin: one line, and an end. */
static void
get_name(char to[APPHB_NAME_MAX], const uint8_t *from)
{
	memcpy(to, from, APPHB_NAME_MAX);
	to[APPHB_NAME_MAX - 1] = '\0';
	for (char *c = to; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
}

int
apphb_decode(struct apphb_request *request, const uint8_t *body, size_t len)
{
	int32_t pid;
	uint32_t id[2];

	memset(request, 0, sizeof(*request));
	for (size_t i = 0; i < ARRAY_LEN(apphb_type_names); i++) {
		if (len < TYPE_LEN ||
		    strncmp((const char *)body, apphb_type_names[i], TYPE_LEN))
			continue;
		request->type = (enum apphb_type)i;
		if (len < type_len(request->type))
			return -EINVAL;
		if (type_len(request->type) == NUMBER_LEN)
			memcpy(&request->value, body + TYPE_LEN, sizeof(request->value));
		if (request->type != APPHB_REGISTER)
			return 0;
		get_name(request->name, body + TYPE_LEN);
		get_name(request->instance, body + TYPE_LEN + APPHB_NAME_MAX);
		get_name(request->directory, body + TYPE_LEN + 2 * APPHB_NAME_MAX);
		memcpy(&pid, body + REGISTER_LEN - 12, sizeof(pid));
		memcpy(id, body + REGISTER_LEN - 8, sizeof(id));
		request->pid = pid;
		request->uid = id[0];
		request->gid = id[1];
		return 0;
	}
	return -EINVAL;
}

size_t
apphb_encode(const struct apphb_request *request, uint8_t *buf)
{
	const int32_t pid = request->pid;
	const uint32_t id[2] = { request->uid, request->gid };
	size_t len = type_len(request->type);

	memset(buf, 0, APPHB_BODY_MAX);
	memcpy(buf, apphb_type_names[request->type],
	    strlen(apphb_type_names[request->type]));
	if (len == NUMBER_LEN)
		memcpy(buf + TYPE_LEN, &request->value, sizeof(request->value));
	if (request->type == APPHB_REGISTER) {
		memcpy(buf + TYPE_LEN, request->name, APPHB_NAME_MAX);
		memcpy(buf + TYPE_LEN + APPHB_NAME_MAX, request->instance,
		    APPHB_NAME_MAX);
		memcpy(buf + TYPE_LEN + 2 * APPHB_NAME_MAX, request->directory,
		    APPHB_NAME_MAX);
		memcpy(buf + REGISTER_LEN - 12, &pid, sizeof(pid));
		memcpy(buf + REGISTER_LEN - 8, id, sizeof(id));
	}
	return len;
}
