/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking encoded bytes of either form without changing them, and checking them all the
 * way down.
 */
#include "heartbeat/message/message_private.h"

#include <errno.h>

/* Spec 2.1.  Index: how many structs are around the line. */
static const uint8_t marks[MSG_DEPTH_MAX + 1] = { '\n', 20, 21, 22, 23, 24, 25, 26, 27,
	28, 29, 30, 31, 15, 16, 17, 18 };

uint8_t
msg_mark(unsigned level)
{
	return marks[level];
}

static bool
msg_is_mark(uint8_t byte)
{
	return memchr(marks, byte, sizeof(marks)) != NULL;
}

int
msg_scan_init(struct msg_scan *scan, const uint8_t *p, size_t len)
{
	if (len < 4)
		return -EINVAL;
	*scan = (struct msg_scan){ .pos = p + 4, .end = p + len };
	if (memcmp(p, "###\n", 4) == 0)
		return 0;
	if (memcmp(p, ">>>", 3) != 0 || !msg_is_mark(p[3]))
		return -EINVAL;
	scan->mark = p[3];
	return 0;
}

int
msg_scan_next(struct msg_scan *scan, struct msg_item *item)
{
	return scan->mark ? msg_classic_next(scan, item) : msg_netstring_next(scan, item);
}

int
msg_struct_check(const uint8_t *p, size_t len, unsigned level)
{
	struct msg_scan scan;
	struct msg_item item;
	size_t count = 0;
	int rc;

	if (msg_scan_init(&scan, p, len) < 0)
		return -EINVAL;
	while ((rc = msg_scan_next(&scan, &item)) > 0) {
		if (++count > MSG_FIELD_MAX)
			return -E2BIG;
		rc = msg_item_check(&item, level);
		if (rc < 0)
			return rc;
	}
	return rc < 0 ? rc : scan.pos == scan.end ? 0 : -EINVAL;
}

int
msg_item_check(const struct msg_item *item, unsigned level)
{
	if (item->len > UINT32_MAX)
		return -EINVAL;
	switch (item->type) {
	case MSG_STRING:
		return memchr(item->value, 0, item->len) ? -EINVAL : 0;
	case MSG_LIST:
		return msg_list_is_valid(item->value, item->len) ? 0 : -EINVAL;
	case MSG_BINARY:
	case MSG_COMPRESSED:
		return item->is_classic &&
		               msg_base64_decode(item->value, item->len, NULL) < 0
		           ? -EINVAL
		           : 0;
	case MSG_STRUCT:
	case MSG_TO_COMPRESS:
		if (level >= MSG_DEPTH_MAX)
			return -E2BIG;
		return msg_struct_check(item->value, item->len, level + 1);
	default:
		return -EINVAL;
	}
}
