/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The library against a daemon that plays a script: what goes to which callback, what is
 * kept while an answer is waited for, ends of connections, main loops. */
#include "heartbeat/libhbclient/include/clplumbing/GSource.h"
#include "lib/array.h"
#include "lib/instant.h"
#include "tests/unit/hbclient_script.h"

#include <malloc.h>

#define END "<<<\n"

static char heard[4096];

static void
hear(const char *format, ...)
{
	size_t len = strlen(heard);
	va_list ap;

	va_start(ap, format);
	vsnprintf(heard + len, sizeof(heard) - len, format, ap);
	va_end(ap);
}

static void
on_message(struct ha_msg *msg, void *data)
{
	hear("%s(%s) ", (const char *)data, cl_get_string(msg, F_TYPE));
}

static void
on_node(const char *node, const char *status, void *data)
{
	hear("%s(%s %s) ", (const char *)data, node, status);
}

static void
on_three(const char *a, const char *b, const char *c, void *data)
{
	hear("%s(%s %s %s) ", (const char *)data, a, b, c);
}

static ll_cluster_t *
signed_on(void)
{
	ll_cluster_t *hb = ll_cluster_new("heartbeat");

	heard[0] = '\0';
	script_start();
	CHECK_INT(hb->llc_ops->signon(hb, "me"), HA_OK, "%s", hb->llc_ops->errmsg(hb));
	return hb;
}

static void
script_signon(void)
{
	script_has("reqtype=signon\ndest=apia\n");
	script_send(">>>\nt=hbapi-clstat\nst=join\nfrom_id=me\nto_id=me\nsrc=apia\n"
	            "info=signon\nclient_gen=2\n" END);
	script_send(SCRIPT_REPLY);
}

/* All that there is, in one line. */
static const char *
read_all(ll_cluster_t *hb)
{
	struct ha_msg *msg;

	while ((msg = hb->llc_ops->readmsg(hb, 1))) {
		hear("%s ", cl_get_string(msg, F_TYPE));
		ha_msg_del(msg);
	}
	return heard;
}

#define STATUS(st) ">>>\nt=status\nst=" st "\nsrc=apib\n" END
#define LINK ">>>\nt=ifstat\nnode=apib\nifname=eth0\nst=dead\n" END
#define CLSTAT ">>>\nt=HBAPI-CLSTAT\nst=leave\nfrom_id=me\nsrc=apib\n" END
#define ANSWER ">>>\nt=respond-cstatus\ncn=you\ncs=online\nsrc=apib\n" END
#define PING ">>>\nt=NS_st\nst=ping\nsrc=10.0.0.1\n" END
#define OTHER ">>>\nt=talk\nn=1\n" END

static void
test_callbacks(void)
{
	ll_cluster_t *hb;

	for (int set = 0; set < 3; set++) {
		static const char *const want[] = {
			/* no callbacks */
			"hbapi-clstat status ifstat HBAPI-CLSTAT respond-cstatus NS_st "
			"talk ",
			/* those of the types */
			"msg(hbapi-clstat) msg(status) msg(ifstat) HBAPI-CLSTAT "
			"msg(respond-cstatus) msg(NS_st) msg(talk) ",
			/* the special ones come first */
			"client(apia me join) node(apib up) link(apib eth0 dead) "
			"client(apib me leave) client(apib you online) node(10.0.0.1 "
			"ping) "
			"msg(talk) ",
		};

		script_signon();
		script_send(STATUS("up"));
		script_send(LINK);
		script_send(CLSTAT);
		script_send(ANSWER);
		script_send(PING);
		script_send(OTHER);
		hb = signed_on();
		if (set >= 1) {
			static const char *const types[] = { T_STATUS, T_IFSTATUS,
				T_APICLISTAT, T_RCSTATUS, T_NS_STATUS, "talk" };

			for (size_t i = 0; i < ARRAY_LEN(types); i++)
				hb->llc_ops->set_msg_callback(hb, types[i], on_message,
				    "msg");
		}
		if (set == 2) {
			hb->llc_ops->set_nstatus_callback(hb, on_node, "node");
			hb->llc_ops->set_ifstatus_callback(hb, on_three, "link");
			hb->llc_ops->set_cstatus_callback(hb, on_three, "client");
		}
		CHECK_STR(read_all(hb), want[set], "set %d", set);
		CHECK_INT(hb->llc_ops->chan_is_connected(hb), FALSE,
		    "the daemon has gone");
		CHECK_INT(hb->llc_ops->inputfd(hb), -1, "no descriptor");
		CHECK_STR(hb->llc_ops->errmsg(hb), "not signed on", "why");
		hb->llc_ops->delete (hb);
		script_end();
	}
}

static void
test_kept_while_waiting(void)
{
	ll_cluster_t *hb;

	script_signon();
	script_has("reqtype=nodestatus\n");
	script_send(OTHER);
	script_send(
	    ">>>\nt=hbapi-resp\nreqtype=nodetype\nnodetype=stale\nresult=OK\n" END);
	script_send(STATUS("up"));
	script_send(">>>\nt=hbapi-resp\nreqtype=nodestatus\nst=active\nresult=OK\n" END);
	script_send(PING);
	hb = signed_on();
	CHECK_STR(hb->llc_ops->node_status(hb, "apib"), "active", "not the late answer");
	CHECK_INT(hb->llc_ops->msgready(hb), 1, "something was kept");
	CHECK_STR(read_all(hb), "hbapi-clstat talk status NS_st ", "kept ones first");
	hb->llc_ops->delete (hb);
	script_end();
}

static void
test_order_and_death(void)
{
#define ORDERED(seq, oseq)                                                               \
	">>>\nt=o" oseq "\noseq=" oseq "\nsrc=apib\nseq=" seq "\nhg=1\nclient_gen="      \
	"1\n" END
	ll_cluster_t *hb;

	script_signon();
	script_send(ORDERED("1", "1"));
	script_send(ORDERED("3", "3"));
	script_send(ORDERED("2", "2"));
	script_send(ORDERED("5", "5"));
	script_send(STATUS("dead"));
	script_send(ORDERED("9", "9"));
	hb = signed_on();
	CHECK_STR(read_all(hb), "hbapi-clstat o1 o2 o3 status o9 ", "order");
	hb->llc_ops->delete (hb);
	script_end();
}

static ll_cluster_t *gone;

static void
on_message_delete(struct ha_msg *msg, void *data)
{
	(void)msg;
	(void)data;
	hear("deleted");
	gone->llc_ops->delete (gone);
}

static void
test_delete_in_callback(void)
{
	script_signon();
	script_send(OTHER);
	gone = signed_on();
	gone->llc_ops->set_msg_callback(gone, "talk", on_message_delete, NULL);
	gone->llc_ops->rcvmsg(gone, 1); /* the join */
	CHECK_INT(gone->llc_ops->rcvmsg(gone, 1), 0, "no message");
	CHECK_STR(heard, "deleted", "the callback ran");
	script_end();
}

static void
test_refused(void)
{
	ll_cluster_t *hb = ll_cluster_new("heartbeat");

	CHECK(ll_cluster_new("else") == NULL, "of another kind");
	unlink(SCRIPT_SOCKET);
	CHECK_INT(hb->llc_ops->signon(hb, "me"), HA_FAIL, "nobody there");
	CHECK_STR(hb->llc_ops->errmsg(hb),
	    "hb_api_signon: Can't initiate connection to heartbeat", "the text of old");
	script_has("from_id=me\n");
	script_send(">>>\nt=hbapi-resp\nreqtype=signon\ninfo=no default client auth\n"
	            "result=badreq\n" END);
	script_start();
	CHECK_INT(hb->llc_ops->signon(hb, "me"), HA_FAIL, "refused");
	CHECK_STR(hb->llc_ops->errmsg(hb), "no default client auth",
	    "the daemon's words");
	CHECK_INT(hb->llc_ops->signoff(hb, TRUE), HA_OK, "also when not signed on");
	script_end();
	hb->llc_ops->delete (hb);
}

/* A name of more than 35 bytes is cut; a casual client sends nothing. */
static void
test_names(void)
{
	struct ha_msg *msg = ha_msg_new(0);
	ll_cluster_t *hb = ll_cluster_new("heartbeat");

	ha_msg_add(msg, F_TYPE, "talk");
	script_has("from_id=abcdefghijklmnopqrstuvwxyz012345678\n");
	script_send(SCRIPT_REPLY);
	script_start();
	hb->llc_ops->signon(hb, "abcdefghijklmnopqrstuvwxyz0123456789");
	hb->llc_ops->delete (hb);
	script_end();
	hb = ll_cluster_new("heartbeat");
	script_has("reqtype=signon");
	script_send(SCRIPT_REPLY);
	script_start();
	hb->llc_ops->signon(hb, NULL);
	CHECK_INT(hb->llc_ops->sendclustermsg(hb, msg), HA_FAIL, "casual");
	CHECK_STR(hb->llc_ops->errmsg(hb), "sendclustermsg: casual client", "why");
	hb->llc_ops->delete (hb);
	script_end();
	ha_msg_del(msg);
}

/* The daemon does not read: sending fails at once, or waits. */
static void
test_send_modes(void)
{
	struct ha_msg *msg = ha_msg_new(0);
	char text[60000];
	ll_cluster_t *hb;
	int sent = 0;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ha_msg_add(msg, F_TYPE, "talk");
	ha_msg_add(msg, "text", text);
	script_signon();
	script_add(SCRIPT_STALL, "", 0);
	hb = signed_on();
	CHECK_INT(hb->llc_ops->set_send_block_mode(hb, FALSE), HA_OK, "set");
	while (sent < 1000 && hb->llc_ops->send_ordered_clustermsg(hb, msg) == HA_OK)
		sent++;
	CHECK(sent > 0 && sent < 1000, "%d went", sent);
	CHECK_INT(hb->llc_ops->chan_is_connected(hb), TRUE, "full is not broken");
	hb->llc_ops->delete (hb);
	script_end();
	ha_msg_del(msg);
}

/* Programs make a message without a body and write it afterwards. */
static void
test_message_has_room(void)
{
	IPC_Channel *channel;
	IPC_Message *msg;
	ll_cluster_t *hb;

	script_signon();
	script_add(SCRIPT_STALL, "", 0);
	hb = signed_on();
	channel = hb->llc_ops->ipcchan(hb);
	msg = channel->ops->new_ipcmsg(channel, NULL, 5000, NULL);
	CHECK(msg != NULL, "a message");
	CHECK_INT(msg->msg_len, 5000, "its length");
	CHECK(malloc_usable_size(msg->msg_buf) >= 5000, "its room");
	memset(msg->msg_body, 'x', 5000);
	msg->msg_done(msg);
	hb->llc_ops->delete (hb);
	script_end();
}

/* ---- Main loops ---- */

static GMainLoop *loop;

static gboolean
loop_read(ll_cluster_t *hb)
{
	struct ha_msg *msg = hb->llc_ops->readmsg(hb, 0);

	if (msg)
		hear("%s ", cl_get_string(msg, F_TYPE));
	ha_msg_del(msg);
	if (hb->llc_ops->chan_is_connected(hb))
		return TRUE;
	g_main_loop_quit(loop);
	return FALSE;
}

static gboolean
loop_dispatch(ll_cluster_t *hb, gpointer data)
{
	(void)data;
	return loop_read(hb);
}

static gboolean
channel_dispatch(IPC_Channel *channel, gpointer data)
{
	(void)channel;
	return loop_read(data);
}

static void
on_end(gpointer data)
{
	(void)data;
	hear("end");
}

static void
test_loops(void)
{
	for (int way = 0; way < 2; way++) {
		ll_cluster_t *hb;

		script_signon();
		script_has("reqtype=numnodes");
		script_send(OTHER);
		script_send(
		    ">>>\nt=hbapi-resp\nreqtype=numnodes\nnumnodes=2\nresult=OK\n" END);
		script_send(PING);
		hb = signed_on();
		loop = g_main_loop_new(NULL, FALSE);
		CHECK_INT(hb->llc_ops->num_nodes(hb), 2, "the rest is kept");
		if (way == 0)
			CHECK(G_main_add_ll_cluster(0, hb, FALSE, loop_dispatch, NULL,
			          on_end) != NULL,
			    "a source");
		else
			CHECK(G_main_add_IPC_Channel(0, hb->llc_ops->ipcchan(hb), FALSE,
			          channel_dispatch, hb, on_end) != NULL,
			    "a source");
		g_main_loop_run(loop);
		g_main_loop_unref(loop);
		CHECK_STR(heard, "hbapi-clstat talk NS_st end", "way %d", way);
		if (way == 1)
			hb->llc_ops->delete (hb); /* the other source has done that */
		script_end();
	}
}

int
main(void)
{
	static const struct check_case cases[] = {
		{ "callbacks", test_callbacks },
		{ "kept while waiting", test_kept_while_waiting },
		{ "order and death", test_order_and_death },
		{ "delete in callback", test_delete_in_callback },
		{ "refused", test_refused },
		{ "names", test_names },
		{ "send modes", test_send_modes },
		{ "message has room", test_message_has_room },
		{ "loops", test_loops },
	};

	if (!script_possible()) {
		printf("skip hbclient_callbacks: no namespaces here\n");
		return 0;
	}
	return check_main("hbclient_callbacks", cases, ARRAY_LEN(cases));
}
