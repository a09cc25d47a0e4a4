/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as they travel over the local API: names and texts.  What comes from the other
 * side is bounded by the size of each field; a number that is none is not known.
 */
#include "heartbeat/status/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Above that, readers of JSON round; below, differences and sums do not overflow. */
#define NUMBER_MAX (INT64_C(1) << 53)

/* Out. */

static void
field_encode(const void *item, const struct status_field *f,
    const struct status_sink *sink, void *data)
{
	const char *at = (const char *)item + f->offset;
	char number[32];
	int64_t value;

	switch (f->kind) {
	case STATUS_TEXT:
	case STATUS_NAME:
	case STATUS_HISTOGRAM:
		if (*at)
			sink->field(data, f->name, at);
		return;
	case STATUS_BOOL:
		if (*(const bool *)at)
			sink->field(data, f->name, "1");
		return;
	case STATUS_INT:
	case STATUS_CLOCK:
		break;
	}
	memcpy(&value, at, sizeof(value));
	if (f->kind == STATUS_INT ? value < 0 : value == STATUS_CLOCK_UNKNOWN)
		return;
	snprintf(number, sizeof(number), "%" PRId64, value);
	sink->field(data, f->name, number);
}

void
status_encode(const struct hb_status *status, const struct status_sink *sink, void *data)
{
	/* The cluster comes last: it is there also when there is nothing else. */
	for (int record = STATUS_RECORDS - 1; record >= 0; record--) {
		const struct status_table *table = &status_tables[record];
		size_t count;
		const char *item =
		    status_items(status, (enum status_record)record, &count);

		for (size_t i = 0; i < count; i++, item += table->size) {
			sink->begin(data);
			sink->field(data, "rec", table->name);
			for (size_t k = 0; k < table->count; k++)
				field_encode(item, &table->field[k], sink, data);
			sink->end(data, record == STATUS_CLUSTER);
		}
	}
}

/* In. */

static void
field_decode(void *item, const struct status_field *f, const char *text)
{
	char *at = (char *)item + f->offset, *end;
	int64_t value;

	switch (f->kind) {
	case STATUS_TEXT:
	case STATUS_NAME:
	case STATUS_HISTOGRAM:
		status_copy(at, f->size, text);
		return;
	case STATUS_BOOL:
		*(bool *)at = strcmp(text, "1") == 0;
		return;
	case STATUS_INT:
	case STATUS_CLOCK:
		break;
	}
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value > NUMBER_MAX || value < -NUMBER_MAX)
		return;
	memcpy(at, &value, sizeof(value));
}

static void *
item_add(struct hb_status *status, enum status_record record)
{
	switch (record) {
	case STATUS_CLUSTER:
		return &status->cluster;
	case STATUS_NODE:
		return status_node_add(status);
	case STATUS_LINK:
		return status_link_add(status);
	case STATUS_GROUP:
		return status_group_add(status);
	case STATUS_EVENT:
		break;
	}
	return status_event_add(status);
}

int
status_decode(struct hb_status *status, const struct msg *m)
{
	const char *name = msg_str(m, "rec");
	bool truncated = status->cluster.truncated;

	for (int record = 0; name && record < STATUS_RECORDS; record++) {
		const struct status_table *table = &status_tables[record];
		void *item;

		if (strcmp(table->name, name) != 0)
			continue;
		item = item_add(status, (enum status_record)record);
		if (!item)
			return status->cluster.truncated && !truncated ? -ENOSPC
			                                               : -ENOMEM;
		for (size_t i = 0; i < table->count; i++) {
			const char *text = msg_str(m, table->field[i].name);

			if (text)
				field_decode(item, &table->field[i], text);
		}
		return 0;
	}
	return -ENOENT;
}
