/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stonithd's resources, peers and history, and how its facts come in; the contract is in fencer.h. */
#include "stonith/stonithd/private.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

const char *const sd_op_names[SD_OP_COUNT] = { [SD_QUERY] = "QUERY",
	[SD_RESET] = "RESET",
	[SD_ON] = "POWERON",
	[SD_OFF] = "POWEROFF" };
const char *const sd_result_names[SD_RESULT_COUNT] = { [SD_SUCCEEDED] = "SUCCEEDED",
	[SD_CANNOT] = "CANNOT",
	[SD_TIMEOUT] = "TIMEOUT",
	[SD_GENERIC] = "GENERIC" };

void
sd_say(struct sd *sd, int priority, const char *format, ...)
{
	char text[900];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	sd->fx->log(sd->shell, priority, text);
}

/* Resources. */

static void
resource_free(struct sd_resource *resource)
{
	for (size_t i = 0; resource && i < resource->host_count; i++)
		free(resource->host[i]);
	if (resource)
		free(resource->host);
	free(resource);
}

static bool
resource_has(const struct sd_resource *resource, const char *node)
{
	for (size_t i = 0; i < resource->host_count; i++)
		if (strcasecmp(resource->host[i], node) == 0)
			return true;
	return false;
}

/* Whether it ends the node that it runs on. */
static bool
resource_is_own_end(const struct sd_resource *resource)
{
	return strcmp(resource->type, "suicide") == 0;
}

static bool
is_tried(const struct sd_op_state *op, uint32_t serial)
{
	for (size_t i = 0; op && i < op->tried_count; i++)
		if (op->tried_serial[i] == serial)
			return true;
	return false;
}

/* A device that works from outside is not used on our own node: it could end us in the middle
 * of it, with nobody left to tell. */
static bool
is_usable(const struct sd *sd, const struct sd_resource *resource, const char *node,
    const struct sd_op_state *op)
{
	return resource_has(resource, node) && !is_tried(op, resource->serial) &&
	       (strcasecmp(node, sd->self) != 0 || sd->test_mode ||
	           resource_is_own_end(resource));
}

const struct sd_resource *
sd_resource_for(const struct sd *sd, const char *node, const struct sd_op_state *op)
{
	for (size_t i = 0; i < sd->resource_count; i++)
		if (is_usable(sd, sd->resource[i], node, op))
			return sd->resource[i];
	return NULL;
}

size_t
sd_resource_count_for(const struct sd *sd, const char *node, const struct sd_op_state *op)
{
	size_t count = 0;

	for (size_t i = 0; i < sd->resource_count; i++)
		count += is_usable(sd, sd->resource[i], node, op);
	return count;
}

const struct sd_resource *
sd_resource_at(const struct sd *sd, size_t i)
{
	return i < sd->resource_count ? sd->resource[i] : NULL;
}

void
sd_resource_remove(struct sd *sd, const char *id)
{
	for (size_t i = 0; i < sd->resource_count; i++) {
		if (strcmp(sd->resource[i]->id, id) != 0)
			continue;
		resource_free(sd->resource[i]);
		sd->resource_count--;
		memmove(&sd->resource[i], &sd->resource[i + 1],
		    (sd->resource_count - i) * sizeof(struct sd_resource *));
		return;
	}
}

static struct sd_resource *
resource_new(const char *id, const char *type, char *const *hosts)
{
	struct sd_resource *resource = calloc(1, sizeof(*resource));
	size_t count = 0;

	while (hosts[count])
		count++;
	if (resource)
		resource->host = calloc(count + 1, sizeof(char *));
	if (!resource || !resource->host) {
		free(resource);
		return NULL;
	}
	strcpy(resource->id, id);
	strcpy(resource->type, type);
	for (size_t i = 0; i < count; i++) {
		if (strlen(hosts[i]) > SD_NODE_MAX)
			continue; /* no node is called so */
		resource->host[resource->host_count] = strdup(hosts[i]);
		if (!resource->host[resource->host_count]) {
			resource_free(resource);
			return NULL;
		}
		resource->host_count++;
	}
	return resource;
}

int
sd_resource_put(struct sd *sd, const char *id, const char *type, int64_t priority,
    int64_t limit_ms, char *const *hosts)
{
	struct sd_resource *resource;
	size_t at, count = 0;

	while (hosts[count])
		count++;
	if (strlen(id) > SD_ID_MAX || strlen(type) > SD_TYPE_MAX)
		return -EINVAL;
	if (count > SD_HOST_MAX)
		return -E2BIG;
	sd_resource_remove(sd, id);
	if (sd->resource_count >= SD_RESOURCE_MAX)
		return -E2BIG;
	resource = resource_new(id, type, hosts);
	if (!resource)
		return -ENOMEM;
	resource->priority = priority;
	resource->limit_ms = limit_ms;
	resource->serial = ++sd->serial;
	for (at = sd->resource_count; at > 0 && sd->resource[at - 1]->priority > priority;
	     at--)
		sd->resource[at] = sd->resource[at - 1];
	sd->resource[at] = resource;
	sd->resource_count++;
	return 0;
}

/* Peers. */

int
sd_peer_find(const struct sd *sd, const char *name)
{
	for (size_t i = 0; i < sd->peer_count; i++)
		if (strcasecmp(sd->peer[i].name, name) == 0)
			return (int)i;
	return -1;
}

void
sd_peer(struct sd *sd, const char *name, bool alive, struct instant now)
{
	int at = sd_peer_find(sd, name);

	if (strcasecmp(name, sd->self) == 0 || strlen(name) > SD_NODE_MAX)
		return;
	if (at < 0) {
		if (sd->peer_count >= SD_PEER_MAX)
			return;
		at = (int)sd->peer_count++;
		snprintf(sd->peer[at].name, sizeof(sd->peer[at].name), "%s", name);
	}
	sd->peer[at].alive = alive;
	for (struct sd_op_state *op = sd->ops; op; op = op->next) {
		if (alive) {
			if (op->helper[at].says == SAYS_NO)
				op->helper[at].says = SAYS_NOTHING; /* it is a new life */
		} else if (op->state == SD_REMOTE && op->at == at) {
			op->failed++;
			op->helper[at].says = SAYS_FAILED;
			op->at = -1;
			sd_say(sd, LOG_WARNING,
			    "Node %s died while it was to fence node %s.", name,
			    op->node);
			sd_op_next(sd, op, now);
		} else if (op->state == SD_ASKING) {
			sd_op_next(sd, op, now);
		}
	}
	sd_settle(sd);
}

/* History. */

struct sd_history *
sd_history_find(struct sd *sd, uint32_t number)
{
	struct sd_history *entry = &sd->history[number % SD_HISTORY_MAX];

	return number && entry->number == number ? entry : NULL;
}

struct sd_history *
sd_history_begin(struct sd *sd, struct sd_op_state *op, const char *asker,
    struct instant now)
{
	uint32_t number = ++sd->history_number;
	struct sd_history *entry = &sd->history[number % SD_HISTORY_MAX];

	free(entry->transcript);
	*entry = (struct sd_history){ .number = number,
		.op = op->op,
		.result = SD_GENERIC,
		.begun = now };
	snprintf(entry->node, sizeof(entry->node), "%s", op->node);
	snprintf(entry->asker, sizeof(entry->asker), "%s", asker);
	op->history = number;
	return entry;
}

const struct sd_history *
sd_history_at(const struct sd *sd, size_t i)
{
	uint32_t number = sd->history_number;
	const struct sd_history *entry;

	if (i >= SD_HISTORY_MAX || i >= number)
		return NULL;
	entry = &sd->history[(number - i) % SD_HISTORY_MAX];
	return entry->number == number - i ? entry : NULL;
}

void
sd_transcript(struct sd *sd, uint32_t run, char way, const char *text)
{
	struct sd_op_state *op = sd->ops;
	struct sd_history *entry;
	int n;

	while (op && op->run != run)
		op = op->next;
	entry = op ? sd_history_find(sd, op->history) : NULL;
	if (!entry)
		return;
	if (!entry->transcript)
		entry->transcript = calloc(1, SD_TRANSCRIPT_MAX + 1);
	if (!entry->transcript)
		return;
	n = snprintf(entry->transcript + entry->transcript_len,
	    SD_TRANSCRIPT_MAX + 1 - entry->transcript_len, "%c %s\n", way, text);
	if (n > 0 && entry->transcript_len + (size_t)n <= SD_TRANSCRIPT_MAX)
		entry->transcript_len += (size_t)n;
	else
		entry->transcript[entry->transcript_len] = '\0';
}

size_t
sd_op_count(const struct sd *sd)
{
	size_t count = 0;

	for (const struct sd_op_state *op = sd->ops; op; op = op->next)
		count++;
	return count;
}

/* Life. */

struct sd *
sd_new(const char *self, bool test_mode, uint32_t seed, const struct sd_effects *fx,
    void *shell)
{
	struct sd *sd = calloc(1, sizeof(*sd));

	if (!sd)
		return NULL;
	snprintf(sd->self, sizeof(sd->self), "%s", self);
	sd->test_mode = test_mode;
	sd->callid = (int32_t)(seed % 1000000000U);
	sd->fx = fx;
	sd->shell = shell;
	return sd;
}

static void
op_free(struct sd_op_state *op)
{
	while (op->waiters) {
		struct sd_waiter *next = op->waiters->next;

		free(op->waiters);
		op->waiters = next;
	}
	free(op);
}

void
sd_free(struct sd *sd)
{
	if (!sd)
		return;
	while (sd->ops) {
		struct sd_op_state *next = sd->ops->next;

		op_free(sd->ops);
		sd->ops = next;
	}
	for (size_t i = 0; i < sd->resource_count; i++)
		resource_free(sd->resource[i]);
	for (size_t i = 0; i < SD_HISTORY_MAX; i++)
		free(sd->history[i].transcript);
	free(sd);
}

void
sd_settle(struct sd *sd)
{
	struct instant when = INSTANT_NEVER;
	struct sd_op_state **at = &sd->ops;

	while (*at) {
		struct sd_op_state *op = *at;

		if (op->state == SD_ENDED) {
			*at = op->next;
			op_free(op);
			continue;
		}
		for (const struct sd_waiter *w = op->waiters; w; w = w->next)
			when = instant_min(when, w->end);
		when = instant_min(when, instant_min(op->again, op->step_end));
		at = &op->next;
	}
	sd->fx->arm(sd->shell, when);
}
