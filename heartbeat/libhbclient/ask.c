/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to the daemon.  There is no deadline: the daemon answers at once, and a
 * program that doubts it has alarm(2). */
#include "heartbeat/libhbclient/private.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

/* ---- Request and answer ---- */

int
hbc_answer(struct hbc *hbc, const struct msg **answer)
{
	int r;

	do {
		r = client_answer(hbc->client, answer, INSTANT_NEVER);
	} while (r == -EINTR);
	if (r < 0) {
		hbc_lost(hbc);
		hbc_error(hbc, "read_api_msg: Cannot read reply from IPC channel");
	}
	return r;
}

/* Sends without waiting for an answer.  HA_OK or HA_FAIL with the error text. */
static int
hbc_tell(struct hbc *hbc, const char *reqtype, const struct client_field *fields)
{
	int r = client_ask(hbc->client, reqtype, fields, INSTANT_NEVER);

	if (r == 0)
		return HA_OK;
	if (r == -EPIPE)
		hbc_broken(hbc);
	return hbc_error(hbc, r == -EMSGSIZE ? "boilerplate: cannot add field"
	                                     : "can't send message to IPC Channel");
}

int
hbc_ask(struct hbc *hbc, const char *reqtype, const struct client_field *fields,
    const struct msg **answer)
{
	for (const struct client_field *f = fields; f && f->name; f++) {
		if (!f->value) {
			hbc_error(hbc, "%s: cannot add field", reqtype);
			return -EINVAL;
		}
	}
	if (hbc_tell(hbc, reqtype, fields) != HA_OK)
		return -EPIPE;
	return hbc_answer(hbc, answer);
}

bool
hbc_is_result(const struct msg *answer, const char *result)
{
	const char *text = msg_str(answer, "result");

	return text && strcmp(text, result) == 0;
}

/* One question about NODE (and LINK), one text: OUT, or NULL. */
static const char *
node_text(struct hbc *hbc, const char *reqtype, const char *node, const char *link,
    const char *field, char out[HBC_TEXT_SIZE])
{
	const struct client_field fields[] = { { "node", node },
		{ link ? "ifname" : NULL, link }, { NULL, NULL } };
	const struct msg *answer;
	const char *text;

	if (hbc_ask(hbc, reqtype, fields, &answer) < 0 || !hbc_is_result(answer, "OK"))
		return NULL;
	text = msg_str(answer, field);
	if (!text)
		return NULL;
	hbc_copy(out, HBC_TEXT_SIZE, text);
	return out;
}

/* ---- Nodes and links ---- */

const char *
hbc_node_status(ll_cluster_t *cluster, const char *node)
{
	struct hbc *hbc = hbc_online(cluster, "get_nodestatus");
	const struct hbc_entry *here;

	if (!hbc)
		return NULL;
	here = hbc_walk_here(&hbc->nodes, node);
	if (here && here->status[0]) {
		hbc_copy(hbc->status, sizeof(hbc->status), here->status);
		return hbc->status;
	}
	return node_text(hbc, "nodestatus", node, NULL, "st", hbc->status);
}

const char *
hbc_node_type(ll_cluster_t *cluster, const char *node)
{
	struct hbc *hbc = hbc_online(cluster, "get_nodetype");
	const struct hbc_entry *here;

	if (!hbc)
		return NULL;
	here = hbc_walk_here(&hbc->nodes, node);
	if (here && here->type[0]) {
		hbc_copy(hbc->type, sizeof(hbc->type), here->type);
		return hbc->type;
	}
	return node_text(hbc, "nodetype", node, NULL, "nodetype", hbc->type);
}

const char *
hbc_node_site(ll_cluster_t *cluster, const char *node)
{
	struct hbc *hbc = hbc_online(cluster, "get_nodesite");

	return hbc ? node_text(hbc, "nodesite", node, NULL, "site", hbc->site) : NULL;
}

static int
number_parse(const char *text)
{
	char *end;
	long value;

	if (!text || !*text)
		return -1;
	value = strtol(text, &end, 10);
	return *end || value < INT_MIN || value > INT_MAX ? -1 : (int)value;
}

int
hbc_node_weight(ll_cluster_t *cluster, const char *node)
{
	struct hbc *hbc = hbc_online(cluster, "get_nodeweight");
	char text[HBC_TEXT_SIZE];

	if (!hbc)
		return -1;
	return number_parse(node_text(hbc, "nodeweight", node, NULL, "weight", text));
}

int
hbc_num_nodes(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "get_num_nodes");
	const struct msg *answer;

	if (!hbc || hbc_ask(hbc, "numnodes", NULL, &answer) < 0 ||
	    !hbc_is_result(answer, "OK"))
		return -1;
	return number_parse(msg_str(answer, "numnodes"));
}

const char *
hbc_if_status(ll_cluster_t *cluster, const char *node, const char *link)
{
	struct hbc *hbc = hbc_online(cluster, "get_ifstatus");
	const struct hbc_entry *here;

	if (!hbc)
		return NULL;
	if (!node || !link) {
		hbc_error(hbc, "get_ifstatus: cannot add field");
		return NULL;
	}
	here = hbc_walk_here(&hbc->links, link);
	if (here && here->status[0] && strcmp(hbc->links.node, node) == 0) {
		hbc_copy(hbc->link_status, sizeof(hbc->link_status), here->status);
		return hbc->link_status;
	}
	return node_text(hbc, "ifstatus", node, link, "st", hbc->link_status);
}

/* ---- Clients ---- */

/* The local daemon answers in its reply, the remote one with a message of its own. */
struct wanted {
	const char *node, *client;
};

static bool
is_client_answer(const struct msg *m, void *data)
{
	const struct wanted *wanted = data;
	const char *src = msg_str(m, "src"), *client = msg_str(m, "cn"),
	           *reqtype = msg_str(m, "reqtype");

	if (strcmp(msg_type(m), "hbapi-resp") == 0)
		return !reqtype || strcmp(reqtype, "clientstatus") == 0;
	return strcmp(msg_type(m), "respond-cstatus") == 0 && client &&
	       strcmp(client, wanted->client) == 0 && src &&
	       strcasecmp(src, wanted->node) == 0;
}

/* All nodes are asked; that they do not answer at the same moment is worth a delay. */
static void
clients_ask_all(struct hbc *hbc, const char *client)
{
	int nodes = hbc_num_nodes(&hbc->cluster);
	struct ha_msg *msg;
	long delay_ms = nodes > 0 ? 50L * nodes : 0;

	if (nodes < 0)
		return;
	if (delay_ms > 1000)
		delay_ms = 1000;
	usleep((useconds_t)(g_random_double() * (double)delay_ms * 1000));
	msg = ha_msg_new(0);
	if (msg && ha_msg_add(msg, F_TYPE, T_QCSTATUS) == HA_OK &&
	    ha_msg_add(msg, F_CLIENTNAME, client) == HA_OK &&
	    ha_msg_add(msg, F_FROMID, hbc->name) == HA_OK)
		hbc_send_cluster(&hbc->cluster, msg);
	ha_msg_del(msg);
}

static int
client_answer_wait(struct hbc *hbc, struct wanted *wanted, struct instant deadline,
    const struct msg **answer)
{
	int r;

	do {
		r = client_await(hbc->client, is_client_answer, wanted, answer, deadline);
	} while (r == -EINTR);
	if (r == -ETIMEDOUT) {
		hbc_error(hbc, "No timely response.");
	} else if (r < 0) {
		hbc_lost(hbc);
		hbc_error(hbc, "read_api_msg: Cannot read reply from IPC channel");
	}
	return r;
}

const char *
hbc_client_status(ll_cluster_t *cluster, const char *node, const char *client,
    int timeout_ms)
{
	struct hbc *hbc = hbc_online(cluster, "get_clientstatus");
	struct instant deadline;
	struct wanted wanted;
	const struct msg *answer;
	char own[24];

	if (!hbc)
		return NULL;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	if (!client)
		client = hbc->name[0] ? hbc->name : own;
	if (!node) {
		clients_ask_all(hbc, client);
		return NULL;
	}
	if (!*node) {
		hbc_error(hbc, "client status : bad nodename");
		return NULL;
	}
	deadline =
	    timeout_ms < 0 ? INSTANT_NEVER : instant_add_ms(instant_now(), timeout_ms);
	wanted = (struct wanted){ node, client };
	if (hbc_tell(hbc, "clientstatus",
	        (struct client_field[]){ { "node", node }, { "cn", client },
	            { NULL, NULL } }) != HA_OK)
		return NULL;
	if (client_answer_wait(hbc, &wanted, deadline, &answer) < 0)
		return NULL;
	if (!hbc_is_result(answer, "OK") || !msg_str(answer, "cs")) {
		hbc_error(hbc, "No timely response.");
		return NULL;
	}
	hbc_copy(hbc->client_status, sizeof(hbc->client_status), msg_str(answer, "cs"));
	return hbc->client_status;
}

/* ---- Identities ---- */

int
hbc_uuid_by_name(ll_cluster_t *cluster, const char *name, cl_uuid_t *uuid)
{
	struct hbc *hbc = hbc_online(cluster, "get_uuid_by_name");
	const struct msg *answer;

	if (!hbc)
		return HA_FAIL;
	if (!name || !uuid)
		return hbc_error(hbc, "get_uuid_by_name: uuid or nodename is NULL");
	if (hbc_ask(hbc, "getuuid",
	        (struct client_field[]){ { "queryname", name }, { NULL, NULL } },
	        &answer) < 0)
		return HA_FAIL;
	return hbc_is_result(answer, "OK") &&
	               msg_uuid(answer, "queryuuid", uuid->uuid) == 0
	           ? HA_OK
	           : HA_FAIL;
}

int
hbc_name_by_uuid(ll_cluster_t *cluster, cl_uuid_t *uuid, char *name, size_t size)
{
	struct hbc *hbc = hbc_online(cluster, "get_name_by_uuid");
	const struct msg *answer;
	uint8_t store[1024];
	int r;

	if (!hbc)
		return HA_FAIL;
	if (!uuid || !name || size == 0)
		return hbc_error(hbc, "get_name_by_uuid: bad parameter");
	msg_init(hbc->scratch, store, sizeof(store));
	r = client_request_open(hbc->client, hbc->scratch, "getnodename");
	if (r == 0)
		r = msg_add(hbc->scratch, MSG_BINARY, "queryuuid", uuid->uuid, 16);
	if (r == 0)
		r = client_send(hbc->client, hbc->scratch, INSTANT_NEVER);
	if (r == -EPIPE)
		hbc_broken(hbc);
	if (r < 0)
		return hbc_error(hbc, "can't send message to IPC Channel");
	if (hbc_answer(hbc, &answer) < 0 || !hbc_is_result(answer, "OK") ||
	    !msg_str(answer, "queryname"))
		return HA_FAIL;
	hbc_copy(name, size, msg_str(answer, "queryname"));
	return HA_OK;
}

/* ---- Parameters and resources ---- */

char *
hbc_parameter(ll_cluster_t *cluster, const char *name)
{
	struct hbc *hbc = hbc_online(cluster, "get_parameter");
	const struct client_facts *facts;
	const struct msg *answer;

	if (!hbc)
		return NULL;
	facts = client_facts(hbc->client);
	if (name && strcmp(name, KEY_HBVERSION) == 0 && facts->version[0])
		return strdup(facts->version);
	if (name && strcmp(name, KEY_PACEMAKER) == 0 && facts->manager[0])
		return strdup(facts->manager);
	if (hbc_ask(hbc, "getparm",
	        (struct client_field[]){ { "pname", name }, { NULL, NULL } },
	        &answer) < 0 ||
	    !hbc_is_result(answer, "OK") || !msg_str(answer, "pvalue"))
		return NULL;
	return strdup(msg_str(answer, "pvalue"));
}

const char *
hbc_resources(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "get_resources");
	const struct msg *answer;
	const char *text;

	if (!hbc || hbc_ask(hbc, "getrsc", NULL, &answer) < 0)
		return NULL;
	text = msg_str(answer, hbc_is_result(answer, "OK") ? "rsc_hold" : "info");
	if (hbc_is_result(answer, "OK") && text) {
		hbc_copy(hbc->resources, sizeof(hbc->resources), text);
		return hbc->resources;
	}
	hbc_error(hbc, "%s", text ? text : "");
	return NULL;
}

/* ---- Settings ---- */

static int
setting(struct hbc *hbc, const char *reqtype, const char *name, const char *value)
{
	const struct msg *answer;

	if (hbc_ask(hbc, reqtype,
	        (struct client_field[]){ { name, value }, { NULL, NULL } }, &answer) < 0)
		return HA_FAIL;
	return hbc_is_result(answer, "OK") ? HA_OK : HA_FAIL;
}

int
hbc_signal_set(ll_cluster_t *cluster, int signal)
{
	struct hbc *hbc = hbc_online(cluster, "hb_api_setsignal");
	char text[24];

	snprintf(text, sizeof(text), "%d", signal);
	return hbc ? setting(hbc, "setsignal", "signal", text) : HA_FAIL;
}

int
hbc_filter_set(ll_cluster_t *cluster, unsigned mode)
{
	static const char *const masks[] = { "1", "d", "f", "3f" };
	struct hbc *hbc = hbc_online(cluster, "setfmode");

	if (!hbc)
		return HA_FAIL;
	if (mode > LLC_FILTER_RAW)
		return hbc_error(hbc, "setfmode: bad mode %u", mode);
	return setting(hbc, "setfilter", "fmask", masks[mode]);
}

int
hbc_queue_set(ll_cluster_t *cluster, int length)
{
	struct hbc *hbc = hbc_open(cluster, "set_sendq_len");
	char text[24];

	if (!hbc)
		return HA_FAIL;
	if (length <= 0)
		return hbc_error(hbc, "invalid argument, length =%d", length);
	if (!hbc_is_online(hbc))
		return hbc_error(hbc, "set_sendq_len: not signed on");
	snprintf(text, sizeof(text), "%d", length);
	/* The one request that is never answered. */
	return hbc_tell(hbc, "set_sendqlen",
	    (struct client_field[]){ { "sendqlen", text }, { NULL, NULL } });
}
