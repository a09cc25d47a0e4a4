/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's answer as a struct hb_status.  A daemon of the old kind (before 4) does
 * not know the request, and would log an error at it: it is asked what it does know, and
 * the result is marked as reduced.
 */
#include "heartbeat/commands/hb_status.h"

#include "heartbeat/commands/cl_status.h"
#include "lib/paths.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RECORDS_MAX 10000 /* more is no daemon of ours */

static int64_t
wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- A daemon of ours ---- */

static bool
is_result(const struct msg *m, const char *want)
{
	const char *result = msg_str(m, "result");

	return result && strcmp(result, want) == 0;
}

/* -ENOTSUP: it does not know the request. */
static int
records_ask(struct client *client, struct hb_status *status, struct instant deadline)
{
	int r = client_ask(client, "hbstatus", NULL, deadline);

	for (size_t i = 0; r == 0 && i < RECORDS_MAX; i++) {
		const struct msg *m;

		r = client_answer(client, &m, deadline);
		if (r < 0)
			return r;
		if (!is_result(m, "OK") && !is_result(m, "ok/more"))
			return -ENOTSUP;
		/* What is new in a newer daemon, or does not fit, is left out. */
		if (status_decode(status, m) == -ENOMEM)
			return -ENOMEM;
		if (is_result(m, "OK"))
			return 0;
	}
	return r < 0 ? r : -EPROTO;
}

/* ---- An old one ---- */

static void
old_parameter(struct client *client, const char *name, int64_t *value_ms,
    struct instant deadline)
{
	char text[CL_VALUE_SIZE], *end;
	double number;

	if (cl_value_ask(client, "getparm",
	        (struct client_field[]){ { "pname", name }, { NULL, NULL } }, "pvalue",
	        text, deadline) < 0)
		return;
	number = strtod(text, &end);
	if (end == text || number < 0 || number > 1e9)
		return;
	if (strcmp(end, "us") == 0)
		number /= 1000;
	else if (strcmp(end, "ms") != 0)
		number *= 1000;
	*value_ms = (int64_t)number;
}

static int
old_nodes(struct client *client, struct hb_status *status, struct instant deadline)
{
	struct cl_nodes nodes;
	int r = cl_nodes_ask(client, true, &nodes, deadline);

	if (r < 0)
		return r;
	/* They come in the reverse of ha.cf. */
	for (size_t i = nodes.count; i-- > 0;) {
		const struct cl_node *from = &nodes.list[i];
		struct status_node *n = status_node_add(status);

		if (!n)
			break;
		STATUS_SET(n->name, from->name);
		STATUS_SET(n->type, from->type);
		STATUS_SET(n->status, from->status);
		n->self = strcmp(from->name, status->cluster.node) == 0;
		for (size_t k = from->link_count; k-- > 0;) {
			struct status_link *l = status_link_add(status);

			if (!l)
				break;
			STATUS_SET(l->node, from->name);
			STATUS_SET(l->name, from->link[k].name);
			STATUS_SET(l->status, from->link[k].status);
			l->self = n->self;
		}
	}
	cl_nodes_free(&nodes);
	return 0;
}

static int
old_ask(struct client *client, struct hb_status *status, struct instant deadline)
{
	const struct client_facts *facts = client_facts(client);
	struct status_cluster *c = &status->cluster;
	char value[CL_VALUE_SIZE];
	bool crm = facts->manager[0] && strcmp(facts->manager, "false") != 0;
	int r;

	c->reduced = true;
	STATUS_SET(c->node, facts->node);
	STATUS_SET(c->version, facts->version);
	c->now_ms = wall_ms();
	c->keepalive_ms = facts->keepalive_ms;
	c->deadtime_ms = facts->deadtime_ms;
	c->comm_up = true; /* it does not answer before */
	old_parameter(client, "warntime", &c->warntime_ms, deadline);
	old_parameter(client, "initdead", &c->initdead_ms, deadline);
	if (cl_value_ask(client, "getparm",
	        (struct client_field[]){ { "pname", "cluster" }, { NULL, NULL } },
	        "pvalue", value, deadline) == 0)
		STATUS_SET(c->cluster, value);
	if (!c->version[0] &&
	    cl_value_ask(client, "getparm",
	        (struct client_field[]){ { "pname", "hbversion" }, { NULL, NULL } },
	        "pvalue", value, deadline) == 0)
		STATUS_SET(c->version, value);
	r = cl_value_ask(client, "getrsc", NULL, "rsc_hold", value, deadline);
	if (r < 0 && r != -EPERM)
		return r;
	crm |= r == -EPERM;
	STATUS_SET(c->managed_by, crm ? "crm" : "haresources");
	STATUS_SET(c->resources, r == 0 ? value : "");
	return old_nodes(client, status, deadline);
}

/* ---- Either ---- */

/* "4.0.0" and later know the request. */
static bool
is_old(const char *version)
{
	return !isdigit((unsigned char)version[0]) || atoi(version) < 4;
}

static enum hs_answer
answer_of(int r, struct err *err)
{
	switch (r) {
	case 0:
		return HS_ANSWER;
	case -EPERM:
	case -EACCES:
		return HS_REFUSED;
	case -ETIMEDOUT:
		err_set(err, r, "heartbeat does not answer in time");
		return HS_SILENT;
	case -ENOENT:
	case -ECONNREFUSED:
		return HS_STOPPED;
	}
	if (!err->text[0])
		err_set(err, r, "the connection to heartbeat broke: %s", strerror(-r));
	return HS_BROKEN;
}

enum hs_answer
hs_ask(struct hb_status *status, int64_t timeout_ms, struct err *err)
{
	struct instant deadline = instant_add_ms(instant_now(), timeout_ms);
	struct client *client = client_new();
	int r;

	status_init(status);
	err->text[0] = '\0';
	if (!client)
		return answer_of(-ENOMEM, err);
	r = client_signon(client, HB_REGISTER, NULL, deadline, err);
	if (r == 0) {
		r = -ENOTSUP;
		if (!is_old(client_facts(client)->version))
			r = records_ask(client, status, deadline);
		if (r == -ENOTSUP)
			r = old_ask(client, status, deadline);
		client_signoff(client);
	}
	client_free(client);
	return answer_of(r, err);
}
