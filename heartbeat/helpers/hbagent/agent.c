/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread of main(): an AgentX subagent that answers from the newest view and sends
 * traps.  net-snmp reconnects by itself when the master agent was away.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/agent_callbacks.h>

#include "heartbeat/helpers/hbagent/hbagent.h"
#include "lib/array.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#define ROOT_LEN 7
static const oid root[ROOT_LEN] = { 1, 3, 6, 1, 4, 1, 4682 };
static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 }; /* snmpTrapOID.0 */
#define TRAPS 900

static struct {
	bool has_master;
	struct hbagent_view *view;
} agent;

/* ---- Questions ---- */

static u_char
asn_type(enum hbagent_var_type type)
{
	return type == HBAGENT_VAR_TEXT      ? ASN_OCTET_STR
	       : type == HBAGENT_VAR_COUNTER ? ASN_COUNTER
	                                     : ASN_INTEGER;
}

static void
var_answer(netsnmp_variable_list *answer, const struct hbagent_var *var)
{
	long number = var->number;

	if (var->type == HBAGENT_VAR_TEXT)
		snmp_set_var_typed_value(answer, asn_type(var->type),
		    agent.view->text + var->text, var->len);
	else
		snmp_set_var_typed_value(answer, asn_type(var->type), &number,
		    sizeof(number));
}

/* The part of a name below our root, as far as it can name something.  False: it lies
 * before (*IS_BEFORE) or behind everything that we have. */
static bool
name_suffix(const oid *name, size_t len, uint32_t *suffix, size_t *suffix_len,
    bool *is_before)
{
	int order = snmp_oid_ncompare(name, len, root, ROOT_LEN, ROOT_LEN);

	*is_before = order < 0;
	if (order != 0)
		return false;
	*suffix_len = 0;
	for (size_t i = ROOT_LEN; i < len && *suffix_len < HBAGENT_OID_MAX + 1; i++)
		suffix[(*suffix_len)++] = (uint32_t)name[i];
	return true;
}

static const struct hbagent_var *
request_find(const netsnmp_request_info *request, bool next)
{
	const netsnmp_variable_list *asked = request->requestvb;
	uint32_t suffix[HBAGENT_OID_MAX + 1];
	size_t len = 0;
	bool is_before;

	if (!agent.view)
		return NULL;
	if (!name_suffix(asked->name, asked->name_length, suffix, &len, &is_before)) {
		if (!next || !is_before)
			return NULL;
		len = 0;
	}
	return next ? hbagent_view_next(agent.view, suffix, len, request->inclusive)
	            : hbagent_view_find(agent.view, suffix, len);
}

static void
name_set(netsnmp_variable_list *answer, const struct hbagent_var *var)
{
	oid name[ROOT_LEN + HBAGENT_OID_MAX];

	memcpy(name, root, sizeof(root));
	for (size_t i = 0; i < var->oid_len; i++)
		name[ROOT_LEN + i] = var->oid[i];
	snmp_set_var_objid(answer, name, ROOT_LEN + var->oid_len);
}

static int
on_request(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	(void)handler;
	(void)registration;
	for (netsnmp_request_info *request = requests; request; request = request->next) {
		bool next = info->mode == MODE_GETNEXT;
		const struct hbagent_var *var;

		if (request->processed)
			continue;
		var = request_find(request, next);
		if (var) {
			if (next)
				name_set(request->requestvb, var);
			var_answer(request->requestvb, var);
		} else if (!next) {
			netsnmp_set_request_error(info, request, SNMP_NOSUCHINSTANCE);
		} /* else it stays unanswered: others come after us */
	}
	return SNMP_ERR_NOERROR;
}

/* ---- Traps ---- */

/* Appends COLUMN of TABLE for the row of TRAP. */
static void
trap_add(netsnmp_variable_list **list, const struct hbagent_trap *trap, uint32_t table,
    uint32_t column, const char *text, int number)
{
	oid name[ROOT_LEN + HBAGENT_OID_MAX];
	size_t len = ROOT_LEN;
	long value = number;

	memcpy(name, root, sizeof(root));
	name[len++] = table;
	name[len++] = 1;
	name[len++] = column;
	name[len++] = trap->node_index;
	if (table == HBAGENT_LINK_TABLE)
		name[len++] = trap->link_index;
	if (text)
		snmp_varlist_add_variable(list, name, len, ASN_OCTET_STR, text,
		    strlen(text));
	else
		snmp_varlist_add_variable(list, name, len, ASN_INTEGER, &value,
		    sizeof(value));
}

static void
trap_send(const struct hbagent_trap *trap)
{
	oid kind[ROOT_LEN + 2];
	netsnmp_variable_list *list = NULL;

	memcpy(kind, root, sizeof(root));
	kind[ROOT_LEN] = TRAPS;
	kind[ROOT_LEN + 1] = trap->kind;
	snmp_varlist_add_variable(&list, trap_oid, ARRAY_LEN(trap_oid), ASN_OBJECT_ID,
	    kind, sizeof(kind));
	trap_add(&list, trap, HBAGENT_NODE_TABLE, HBAGENT_NODE_NAME, trap->node, 0);
	if (trap->kind == HBAGENT_TRAP_NODE)
		trap_add(&list, trap, HBAGENT_NODE_TABLE, HBAGENT_NODE_STATUS, NULL,
		    trap->status);
	if (trap->kind == HBAGENT_TRAP_MEMBER)
		trap_add(&list, trap, HBAGENT_MEMBER_TABLE, HBAGENT_MEMBER_CHANGE, NULL,
		    trap->status);
	if (trap->kind == HBAGENT_TRAP_LINK) {
		trap_add(&list, trap, HBAGENT_LINK_TABLE, HBAGENT_LINK_NAME, trap->link,
		    0);
		trap_add(&list, trap, HBAGENT_LINK_TABLE, HBAGENT_LINK_STATUS, NULL,
		    trap->status);
	}
	send_v2trap(list);
	snmp_free_varbind(list);
	hbagent_log(LOG_DEBUG, "trap %d: node %s, link '%s', status %d", trap->kind,
	    trap->node, trap->link, trap->status);
}

/* Without a master agent they wait: it may only be restarted. */
static void
source_news(struct source *source)
{
	struct hbagent_view *view = source_view_take(source);
	struct hbagent_trap trap;

	if (view) {
		hbagent_view_free(agent.view);
		agent.view = view;
	}
	while (agent.has_master && source_trap_take(source, &trap))
		trap_send(&trap);
}

/* ---- The master agent ---- */

static int
on_master(int major, int minor, void *data, void *own)
{
	(void)major;
	(void)data;
	(void)own;
	agent.has_master = minor == SNMPD_CALLBACK_INDEX_START;
	hbagent_log(LOG_INFO, agent.has_master
	                          ? "connected to the master agent"
	                          : "the master agent is gone; trying again");
	return SNMPERR_SUCCESS;
}

static int
on_log(int major, int minor, void *data, void *own)
{
	struct snmp_log_message *line = data;

	(void)major;
	(void)minor;
	(void)own;
	hbagent_log(line->priority <= LOG_DEBUG ? line->priority : LOG_DEBUG,
	    "net-snmp: %.*s", (int)strcspn(line->msg, "\n"), line->msg);
	return SNMPERR_SUCCESS;
}

int
agent_open(void)
{
	netsnmp_handler_registration *registration;

	snmp_disable_log();
	snmp_enable_calllog();
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log,
	    NULL);
	snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START,
	    on_master, NULL);
	snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP,
	    on_master, NULL);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE,
	    1);
	setenv("MIBS", "", 1); /* names are for the other end */
	if (init_agent("hbagent") != 0)
		return -ENOTCONN;
	registration = netsnmp_create_handler_registration("linuxHa", on_request, root,
	    ROOT_LEN, HANDLER_CAN_RONLY);
	if (!registration || netsnmp_register_handler(registration) != MIB_REGISTERED_OK)
		return -ENOTCONN;
	init_snmp("hbagent");
	return agent.has_master ? 0 : -ENOTCONN;
}

/* Like a second with nothing to do. */
#define TURN_S 1

void
agent_run(struct source *source, const volatile sig_atomic_t *stop)
{
	while (!*stop) {
		struct timeval wait = { .tv_sec = TURN_S };
		int fd_max = source_fd(source) + 1, block = 0, ready;
		fd_set fds;

		FD_ZERO(&fds);
		FD_SET(source_fd(source), &fds);
		snmp_select_info(&fd_max, &fds, &wait, &block);
		ready = select(fd_max, &fds, NULL, NULL, &wait);
		if (ready < 0 && errno != EINTR)
			hbagent_log(LOG_ERR, "select: %s", strerror(errno));
		source_news(source);
		if (ready > 0) {
			FD_CLR(source_fd(source), &fds);
			snmp_read(&fds);
		}
		if (ready == 0)
			snmp_timeout();
		run_alarms();
		netsnmp_check_outstanding_agent_requests();
	}
	source_stop(source);
	source_news(source);
}

void
agent_close(void)
{
	snmp_shutdown("hbagent");
	shutdown_agent();
	hbagent_view_free(agent.view);
	agent.view = NULL;
}
