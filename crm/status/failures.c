/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations that failed. */
#include "crm/status/private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One failure, its entry read. */
struct failure {
	const struct pe_node *node;
	const char *key, *id, *task, *reason, *call, *exec, *queue;
	int rc, status;
	int64_t interval_ms, when;
	bool timed;    /* it is known when */
	bool reasoned; /* REASON was given, if only as nothing */
	bool keyed;    /* KEY is the operation's, not the entry's */
};

/* "web" of "web_monitor_10000" with its task. */
static const char *
key_id(const struct status *s, const char *key, const char *task, int64_t interval_ms)
{
	const char *tail =
	    arena_printf(s->arena, "_%s_%lld", task, (long long)interval_ms);
	size_t len = strlen(key), tail_len = strlen(tail);

	if (len <= tail_len || strcmp(key + len - tail_len, tail) != 0)
		return key;
	return arena_printf(s->arena, "%.*s", (int)(len - tail_len), key);
}

static struct failure
failure_read(const struct status *s, const struct pe_failure *f)
{
	const char *key = get(f->op, "operation_key"), *task = get(f->op, "operation");
	const char *reason = get(f->op, "exit-reason");
	struct failure x = {
		.node = node_at(s, f->node),
		.key = key                ? key
		       : get(f->op, "id") ? get(f->op, "id")
		                          : "",
		.task = task ? task : "",
		.reason = reason ? reason : "",
		.call = get(f->op, "call-id") ? get(f->op, "call-id") : "0",
		.rc = (int)number(get(f->op, "rc-code"), 0),
		.status = (int)number(get(f->op, "op-status"), 0),
		.interval_ms = number(get(f->op, "interval"), 0),
		.when = number(get(f->op, "last-rc-change"), 0),
		.exec = get(f->op, "exec-time"),
		.queue = get(f->op, "queue-time"),
		.reasoned = reason,
		.timed = get(f->op, "last-rc-change"),
		.keyed = key,
	};

	x.id = key_id(s, x.key, x.task, x.interval_ms);
	return x;
}

/* For people. */
static void
plain_show(const struct status *s, struct page *page, const struct failure *x)
{
	struct text t;
	char when[32];

	text_begin(&t);
	fprintf(t.to, "%s ", x->id);
	if (x->interval_ms > 0)
		fprintf(t.to, "%s-interval ", span_text(s, x->interval_ms));
	fprintf(t.to, "%s on %s ",
	    strcmp(x->task, "monitor") == 0 && x->interval_ms == 0 ? "probe" : x->task,
	    x->node->uname);
	if (x->status == 0) {
		fprintf(t.to, "returned '%s'", status_rc_text(x->rc));
		if (*x->reason)
			fprintf(t.to, " (%s)", x->reason);
	} else {
		fprintf(t.to, "could not be executed (%s%s%s)", status_op_text(x->status),
		    *x->reason ? ": " : "", x->reason);
	}
	if (x->when > 0)
		fprintf(t.to, " at %s", status_time_text(x->when, when));
	if (number(x->exec, 0) > 0)
		fprintf(t.to, " after %s", span_text(s, number(x->exec, 0)));
	page_item(page, NULL, "%s", text_end(s, &t));
}

/* For those who look into it. */
static void
raw_show(const struct status *s, struct page *page, const struct failure *x)
{
	struct text t;
	char when[32];

	text_begin(&t);
	fprintf(t.to, "%s on %s '%s' (%d): call=%s, status='%s'", x->key, x->node->uname,
	    status_rc_text(x->rc), x->rc, x->call, status_op_text(x->status));
	if (*x->reason)
		fprintf(t.to, ", exitreason='%s'", x->reason);
	if (x->timed)
		fprintf(t.to, ", last-rc-change='%s'", status_time_text(x->when, when));
	if (x->timed && x->queue)
		fprintf(t.to, ", queued=%sms", x->queue);
	if (x->timed && x->exec)
		fprintf(t.to, ", exec=%sms", x->exec);
	page_item(page, NULL, "%s", text_end(s, &t));
}

static bool
is_shown(const struct status *s, const struct pe_failure *f)
{
	return !f->absent && s->node_shown[f->node] && s->resource_shown[f->resource];
}

void
failures_show(const struct status *s, struct page *page)
{
	bool raw = shows(s, STATUS_DETAIL | STATUS_RAW_FAILURES);

	page_gap(page);
	page_begin(page, "Failed Resource Actions");
	for (size_t i = 0; i < pe_failure_count(s->pe); i++) {
		struct pe_failure f = pe_failure_at(s->pe, i);
		struct failure x;

		if (!is_shown(s, &f))
			continue;
		x = failure_read(s, &f);
		(raw ? raw_show : plain_show)(s, page, &x);
	}
	page_end(page);
}

static void
failure_xml(const struct status *s, const struct failure *x, xmlNode *parent)
{
	xmlNode *xml = element(parent, "failure");

	attribute_put(xml, x->keyed ? "op_key" : "id", "%s", x->key);
	attribute_put(xml, "node", "%s", x->node->uname);
	attribute_put(xml, "exitstatus", "%s", status_rc_text(x->rc));
	attribute_put(xml, "exitreason", "%s", x->reasoned ? x->reason : "none");
	attribute_put(xml, "exitcode", "%d", x->rc);
	attribute_put(xml, "call", "%s", x->call);
	attribute_put(xml, "status", "%s", status_op_text(x->status));
	if (!x->timed)
		return;
	attribute_put(xml, "last-rc-change", "%s", utc_text(s, x->when));
	if (x->queue)
		attribute_put(xml, "queued", "%s", x->queue);
	if (x->exec)
		attribute_put(xml, "exec", "%s", x->exec);
	attribute_put(xml, "interval", "%lld", (long long)x->interval_ms);
	attribute_put(xml, "task", "%s", x->task);
}

void
failures_xml(const struct status *s, xmlNode *parent)
{
	xmlNode *all = NULL;

	for (size_t i = 0; i < pe_failure_count(s->pe); i++) {
		struct pe_failure f = pe_failure_at(s->pe, i);
		struct failure x;

		if (!is_shown(s, &f))
			continue;
		all = all ? all : element(parent, "failures");
		x = failure_read(s, &f);
		failure_xml(s, &x, all);
	}
}
