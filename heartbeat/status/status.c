/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A struct hb_status: made, filled, freed. */
#include "heartbeat/status/status.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
status_init(struct hb_status *status)
{
	*status = (struct hb_status){ 0 };
	status_clear(STATUS_CLUSTER, &status->cluster);
}

void
status_free(struct hb_status *status)
{
	free(status->node);
	free(status->link);
	free(status->group);
	free(status->event);
	status_init(status);
}

/* The list grows by doubling, from nothing. */
static void *
list_add(struct hb_status *status, enum status_record record, void *list, size_t *count,
    size_t max, void **item)
{
	size_t size = status_tables[record].size;

	*item = NULL;
	if (*count == max) {
		status->cluster.truncated = true;
		return list;
	}
	if ((*count & (*count - 1)) == 0) {
		void *more = realloc(list, (*count ? *count * 2 : 1) * size);

		if (!more)
			return list;
		list = more;
	}
	*item = (char *)list + *count * size;
	status_clear(record, *item);
	(*count)++;
	return list;
}

struct status_node *
status_node_add(struct hb_status *s)
{
	void *item;

	s->node =
	    list_add(s, STATUS_NODE, s->node, &s->node_count, STATUS_NODE_MAX, &item);
	return item;
}

struct status_link *
status_link_add(struct hb_status *s)
{
	void *item;

	s->link =
	    list_add(s, STATUS_LINK, s->link, &s->link_count, STATUS_LINK_MAX, &item);
	return item;
}

struct status_group *
status_group_add(struct hb_status *s)
{
	void *item;

	s->group =
	    list_add(s, STATUS_GROUP, s->group, &s->group_count, STATUS_GROUP_MAX, &item);
	return item;
}

struct status_event *
status_event_add(struct hb_status *s)
{
	void *item;

	s->event =
	    list_add(s, STATUS_EVENT, s->event, &s->event_count, STATUS_EVENT_MAX, &item);
	return item;
}

const struct status_node *
status_node_find(const struct hb_status *status, const char *name)
{
	for (size_t i = 0; i < status->node_count; i++)
		if (strcasecmp(status->node[i].name, name) == 0)
			return &status->node[i];
	return NULL;
}

void
status_copy(char *out, size_t size, const char *text)
{
	size_t len = text ? strnlen(text, size - 1) : 0;

	if (len > 0)
		memmove(out, text, len);
	out[len] = '\0';
}
