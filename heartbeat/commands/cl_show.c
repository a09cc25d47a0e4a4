/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sub-commands of cl_status: ask, print, exit code.  Texts are an interface of twenty
 * years (spec/commands.md 2), misspellings included.
 */
#include "heartbeat/commands/cl_status.h"
#include "lib/array.h"
#include "lib/json.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_MS 500 /* for a client's status, unless given */
#define CCM_MS 1000   /* ccm may have no membership yet */
#define CCM_SOCKET HB_RUNDIR "/ccm/ccm"

/* ---- Errors ---- */

/* Two lines on stderr, in the form of the log. */
enum cl_exit
cl_fail(enum cl_exit code, const char *what, const char *reason)
{
	log_line(LOG_ERR, "%s", what);
	log_line(LOG_ERR, "REASON: %s", reason);
	return code;
}

enum cl_exit
cl_say_timeout(void)
{
	fprintf(stderr, "cl_status: no answer from heartbeat within %d s\n",
	    CL_ANSWER_MS / 1000);
	return CL_TIMEOUT;
}

/* What is no refusal: the connection itself. */
enum cl_exit
cl_fail_connection(const char *what, int r)
{
	if (r == -ETIMEDOUT)
		return cl_say_timeout();
	return cl_fail(CL_FAILED, what, strerror(-r));
}

/* A question about a node: refused means that there is no such node. */
static enum cl_exit
fail_node(int r, const char *text)
{
	if (r != -EPERM && r != -ENOENT)
		return cl_fail_connection("Cannot ask heartbeat", r);
	fprintf(stderr, "%s\n", text);
	return CL_PARAMETER;
}

/* ---- Nodes and links ---- */

static void
print_links(const struct call *call, const struct cl_link *list, size_t count,
    bool status)
{
	if (call->human)
		puts("\tthis node has the following heartbeat links:");
	for (size_t i = 0; i < count; i++) {
		if (status)
			printf("\t%s\t%s\n", list[i].name, list[i].status);
		else
			printf("\t%s\n", list[i].name);
	}
}

static void
print_nodes(const struct call *call, const struct cl_nodes *nodes)
{
	if (call->human)
		puts("The nodes are as follow:");
	for (size_t i = 0; i < nodes->count; i++) {
		const struct cl_node *node = &nodes->list[i];

		if (!call->verbose) {
			puts(node->name);
			continue;
		}
		printf("\n%s\t%s\t(nodetype: %s)\n", node->name, node->status,
		    node->type);
		print_links(call, node->link, node->link_count, true);
	}
}

/* Both of -n and -p, or none: all. */
static void
nodes_select(const struct call *call, struct cl_nodes *nodes)
{
	size_t kept = 0;

	if (call->normal == call->ping)
		return;
	for (size_t i = 0; i < nodes->count; i++) {
		bool is_ping = strcmp(nodes->list[i].type, "ping") == 0;

		if (is_ping == call->ping)
			nodes->list[kept++] = nodes->list[i];
		else
			free(nodes->list[i].link);
	}
	nodes->count = kept;
}

enum cl_exit
cl_do_listnodes(struct call *call)
{
	struct cl_nodes nodes;
	int r = cl_nodes_ask(call->client, call->verbose, &nodes, call->deadline);

	if (r < 0)
		return cl_fail_connection("Cannot list nodes", r);
	nodes_select(call, &nodes);
	if (call->json) {
		putchar('{');
		cl_json_nodes(&nodes);
		puts("}");
	} else {
		print_nodes(call, &nodes);
	}
	cl_nodes_free(&nodes);
	return CL_YES;
}

/* The value that a node has by REQTYPE. */
static int
node_value(struct call *call, const char *reqtype, const char *name, char *value)
{
	const struct client_field fields[] = { { "node", call->arg[0] }, { NULL, NULL } };

	return cl_value_ask(call->client, reqtype, fields, name, value, call->deadline);
}

static void
print_node_value(const struct call *call, const char *key, const char *value,
    const char *sentence)
{
	if (call->json)
		cl_json_pairs("node", call->arg[0], key, value, NULL);
	else if (call->human)
		printf(sentence, call->arg[0], value);
	else
		puts(value);
}

enum cl_exit
cl_do_nodestatus(struct call *call)
{
	char value[CL_VALUE_SIZE];
	int r = node_value(call, "nodestatus", "st", value);

	if (r < 0)
		return fail_node(r, "Error. May be due to incorrect node name");
	print_node_value(call, "status", value, "The cluster node %s is %s\n");
	return strcmp(value, "active") == 0 || strcmp(value, "up") == 0 ||
	               strcmp(value, "ping") == 0
	           ? CL_YES
	           : CL_NO;
}

enum cl_exit
cl_do_nodeweight(struct call *call)
{
	char value[CL_VALUE_SIZE];
	int r = node_value(call, "nodeweight", "weight", value);

	if (r < 0)
		return fail_node(r, "Error. Maybe due to incorrect node name.");
	print_node_value(call, "weight", value,
	    "The weight of the cluster node %s is %s\n");
	return CL_YES;
}

enum cl_exit
cl_do_nodesite(struct call *call)
{
	char value[CL_VALUE_SIZE];
	int r = node_value(call, "nodesite", "site", value);

	if (r < 0)
		return fail_node(r, "Error. May be due to incorrect node name");
	print_node_value(call, "site", value, "The site of the cluster node %s is %s\n");
	return CL_YES;
}

enum cl_exit
cl_do_nodetype(struct call *call)
{
	char value[CL_VALUE_SIZE];
	int r = node_value(call, "nodetype", "nodetype", value);

	if (r < 0)
		return fail_node(r, "Error. May be due to incorrect node name");
	print_node_value(call, "type", value, "The node %s's type: %s\n");
	return CL_YES;
}

enum cl_exit
cl_do_listhblinks(struct call *call)
{
	static const char what[] = "Cannot start heartbeat link interface walk.";
	char why[CL_VALUE_SIZE];
	struct cl_links links;
	int r = cl_links_ask(call->client, call->arg[0], call->verbose, &links, why,
	    call->deadline);

	if (r == -EPERM)
		return cl_fail(CL_FAILED, what, why);
	if (r < 0)
		return cl_fail_connection(what, r);
	if (call->json) {
		fputs("{\"node\":", stdout);
		json_string(call->arg[0], stdout);
		fputs(",\"links\":", stdout);
		cl_json_links(links.list, links.count, call->verbose);
		puts("}");
	} else {
		print_links(call, links.list, links.count, call->verbose);
	}
	free(links.list);
	return CL_YES;
}

enum cl_exit
cl_do_hblinkstatus(struct call *call)
{
	static const char what[] = "Cannot get heartbeat link status";
	char value[CL_VALUE_SIZE];
	int r = cl_value_ask(call->client, "ifstatus",
	    (struct client_field[]){ { "node", call->arg[0] }, { "ifname", call->arg[1] },
	        { NULL, NULL } },
	    "st", value, call->deadline);

	if (r == -EPERM || r == -ENOENT)
		return cl_fail(CL_FAILED, what,
		    ""); /* the daemon's word was never shown here */
	if (r < 0)
		return cl_fail_connection(what, r);
	if (call->json)
		cl_json_pairs("node", call->arg[0], "link", call->arg[1], "status", value,
		    NULL);
	else if (call->human)
		printf("The node %s's heartbeat link %s is %s\n", call->arg[0],
		    call->arg[1], value);
	else
		puts(value);
	return strcmp(value, "up") == 0 ? CL_YES : CL_NO;
}

/* ---- Clients, parameters, resources ---- */

enum cl_exit
cl_do_clientstatus(struct call *call)
{
	static const char *const words[] = { "online", "offline", "join", "leave" };
	char value[CL_VALUE_SIZE], what[CL_VALUE_SIZE], *end;
	long wait_ms = CLIENT_MS;
	int r;

	if (call->arg_count > 2) {
		wait_ms = strtol(call->arg[2], &end, 10);
		if (end == call->arg[2] || *end || wait_ms < 0) {
			log_line(LOG_ERR, "timeout '%s' is not a number of milliseconds",
			    call->arg[2]);
			return CL_PARAMETER;
		}
	}
	snprintf(what, sizeof(what), "Cannot get heartbeat client %s's status",
	    call->arg[1]);
	r = cl_client_ask(call->client, call->arg[0], call->arg[1], wait_ms, value,
	    call->deadline);
	if (r == -EPERM || r == -ETIME)
		return cl_fail(CL_FAILED, what, "No timely response.");
	if (r < 0)
		return cl_fail_connection(what, r);
	if (call->json)
		cl_json_pairs("node", call->arg[0], "client", call->arg[1], "status",
		    value, NULL);
	else
		puts(value);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(value, words[i]) == 0)
			return (enum cl_exit)i;
	return CL_FAILED;
}

static bool
is_crm(const struct call *call)
{
	const char *manager = client_facts(call->client)->manager;

	return manager[0] && strcmp(manager, "false") != 0;
}

enum cl_exit
cl_do_rscstatus(struct call *call)
{
	char value[CL_VALUE_SIZE];
	int r;

	if (is_crm(call)) {
		log_line(LOG_ERR, "Cannot get cluster resource status of a pacemaker "
		                  "cluster; try crm_mon");
		return CL_FAILED;
	}
	r = cl_value_ask(call->client, "getrsc", NULL, "rsc_hold", value, call->deadline);
	if (r == -EPERM || r == -ENOENT)
		return cl_fail(CL_FAILED, "Cannot get cluster resource status", value);
	if (r < 0)
		return cl_fail_connection("Cannot get cluster resource status", r);
	if (call->json)
		cl_json_pairs("resources", value, NULL);
	else if (call->human)
		printf("This node is holding %s resources.\n", value);
	else
		puts(value);
	return CL_YES;
}

enum cl_exit
cl_do_hbparameter(struct call *call)
{
	char value[CL_VALUE_SIZE], what[CL_VALUE_SIZE];
	int r;

	if (!call->parameter) {
		log_line(LOG_ERR, "parameter name required");
		return CL_PARAMETER;
	}
	snprintf(what, sizeof(what), "Cannot get parameter %s's value", call->parameter);
	r = cl_value_ask(call->client, "getparm",
	    (struct client_field[]){ { "pname", call->parameter }, { NULL, NULL } },
	    "pvalue", value, call->deadline);
	if (r == -ENOENT || r == -EPERM)
		return cl_fail(CL_NO, what, "");
	if (r < 0)
		return cl_fail_connection(what, r);
	if (call->json)
		cl_json_pairs("name", call->parameter, "value", value, NULL);
	else if (call->human)
		printf("Heartbeat parameter %s's value: %s\n", call->parameter, value);
	else
		puts(value);
	return CL_YES;
}

enum cl_exit
cl_do_test(struct call *call)
{
	const struct client_facts *facts = client_facts(call->client);
	char value[CL_VALUE_SIZE];
	int r =
	    cl_value_ask(call->client, "getrsc", NULL, "rsc_hold", value, call->deadline);

	printf("Dead time: %lld\n keeplive time: %lld\n mynodeid: %s\n rsc: %s\n",
	    (long long)facts->deadtime_ms, (long long)facts->keepalive_ms, facts->node,
	    r == 0 ? value : "(null)");
	return CL_YES;
}

/* ---- Is it running? ---- */

static void
print_ccm(const struct cl_ccm *ccm)
{
	putchar('\n');
	if (ccm->evicted)
		puts("ccm membership evicted");
	else
		printf("ccm membership %s quorum\n", ccm->quorum ? "with" : "WITHOUT");
	printf("\tinstance %d\n\tmembers %zu\n", ccm->instance, ccm->count);
	for (size_t i = 0; i < ccm->count; i++)
		printf("\t\t%d %s\t(born: %d)\n", ccm->member[i].id, ccm->member[i].name,
		    ccm->member[i].born);
	puts(ccm->is_member ? "\tmember of partition" : "\tNOT member of partition");
}

/* Old daemons say it only when asked. */
static void
version_ask(struct call *call, char *version)
{
	if (client_facts(call->client)->version[0])
		snprintf(version, CL_VALUE_SIZE, "%s",
		    client_facts(call->client)->version);
	else
		cl_value_ask(call->client, "getparm",
		    (struct client_field[]){ { "pname", "hbversion" }, { NULL, NULL } },
		    "pvalue", version, call->deadline);
}

static void
print_manager(struct call *call)
{
	char version[CL_VALUE_SIZE];

	version_ask(call, version);
	if (call->human) {
		printf("Heartbeat version %s\n", version);
		puts(is_crm(call) ? "Resources controlled by Pacemaker."
		                  : "Resources controlled by \"haresources\"");
	} else {
		printf("version:\t%s\n", version);
		if (is_crm(call))
			printf("managed by:\tpacemaker\t(%s)\n",
			    client_facts(call->client)->manager);
		else
			puts("managed by:\t\"haresources\"");
	}
}

static enum cl_exit
hbstatus_json(struct call *call)
{
	char version[CL_VALUE_SIZE];
	struct cl_nodes nodes;
	struct cl_ccm ccm;
	int r;

	version_ask(call, version);
	fputs("{\"running\":true,\"version\":", stdout);
	json_string(version, stdout);
	fputs(",\"node\":", stdout);
	json_string(client_facts(call->client)->node, stdout);
	fputs(is_crm(call) ? ",\"managed_by\":\"pacemaker\""
	                   : ",\"managed_by\":\"haresources\"",
	    stdout);
	if (call->verbose) {
		r = cl_nodes_ask(call->client, true, &nodes, call->deadline);
		if (r < 0) {
			puts("}");
			return cl_fail_connection("Cannot list nodes", r);
		}
		putchar(',');
		cl_json_nodes(&nodes);
		cl_nodes_free(&nodes);
		if (cl_ccm_ask(CCM_SOCKET, &ccm, instant_add_ms(instant_now(), CCM_MS)) ==
		    0) {
			putchar(',');
			cl_json_ccm(&ccm);
			cl_ccm_free(&ccm);
		}
	}
	puts("}");
	return CL_YES;
}

enum cl_exit
cl_do_hbstatus(struct call *call)
{
	struct cl_ccm ccm;

	if (call->json)
		return hbstatus_json(call);
	if (!call->verbose) {
		puts("Heartbeat is running on this machine.");
		return CL_YES;
	}
	print_manager(call);
	if (cl_ccm_ask(CCM_SOCKET, &ccm, instant_add_ms(instant_now(), CCM_MS)) == 0) {
		print_ccm(&ccm);
		cl_ccm_free(&ccm);
	}
	return cl_do_listnodes(call);
}

/* No sign-on: that is an answer, too. */
enum cl_exit
cl_hbstatus_without(const struct call *call, int r, const char *reason)
{
	bool refused = r == -EPERM;

	if (call->json) {
		puts(refused ? "{\"running\":true,\"refused\":true}"
		             : "{\"running\":false}");
		return refused ? CL_YES : CL_NO;
	}
	puts(refused ? "Heartbeat is apparently running on this machine, but refuses my "
	               "connection"
	             : "Heartbeat is stopped on this machine.");
	if (call->verbose && reason[0])
		printf("(%s)\n", reason);
	return refused ? CL_YES : CL_NO;
}
