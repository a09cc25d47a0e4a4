/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program for heartbeat's client interface, which hbclient_test.py compiles against our
 * headers and against the old ones, unchanged.
 *
 *   facts PEER                what calls return that ask, a line each
 *   refused                   what they return when nobody listens
 *   talk NAME PEER COUNT      signs on as NAME, waits for its namesake on node PEER,
 * sends COUNT ordered messages to all and COUNT to PEER, and checks that those of both
 * nodes come, in order, and nothing else
 */
#include <heartbeat/hb_api.h>
#include <heartbeat/ha_msg.h>
#include <clplumbing/cl_log.h>
#include <clplumbing/cl_uuid.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ll_cluster_t *hb;

static void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, hb->llc_ops->errmsg(hb));
	exit(1);
}

static void
text(const char *what, const char *got)
{
	printf("%s = %s | %s\n", what, got ? got : "NULL", hb->llc_ops->errmsg(hb));
}

static void
number(const char *what, long got)
{
	printf("%s = %ld | %s\n", what, got, hb->llc_ops->errmsg(hb));
}

#define TEXT(call) text(#call, hb->llc_ops->call)
#define NUMBER(call) number(#call, (long)hb->llc_ops->call)

static void
on_three(const char *a, const char *b, const char *c, void *data)
{
	(void)a;
	(void)b;
	(void)c;
	++*(int *)data;
}

/* ---- Facts ---- */

static void
walk(void)
{
	const char *node, *link;

	NUMBER(init_nodewalk(hb));
	while ((node = hb->llc_ops->nextnode(hb))) {
		printf("node %s\n", node);
		TEXT(node_status(hb, node));
		TEXT(node_type(hb, node));
		NUMBER(node_weight(hb, node));
		TEXT(node_site(hb, node));
		NUMBER(init_ifwalk(hb, node));
		while ((link = hb->llc_ops->nextif(hb))) {
			printf("link %s\n", link);
			TEXT(if_status(hb, node, link));
		}
		NUMBER(end_ifwalk(hb));
	}
	TEXT(nextnode(hb));
	NUMBER(end_nodewalk(hb));
}

static void
facts(const char *peer)
{
	struct ha_msg *msg = ha_msg_new(0);
	char name[64], hex[UU_UNPARSE_SIZEOF], *value;
	int count = 0;
	cl_uuid_t uuid;

	NUMBER(signon(hb, NULL));
	NUMBER(chan_is_connected(hb));
	TEXT(get_mynodeid(hb));
	NUMBER(get_deadtime(hb));
	NUMBER(get_keepalive(hb));
	NUMBER(get_logfacility(hb));
	NUMBER(set_cstatus_callback(hb, on_three, &count));
	walk();
	NUMBER(num_nodes(hb));
	TEXT(node_status(hb, peer));
	TEXT(node_status(hb, "nobody"));
	NUMBER(node_weight(hb, "nobody"));
	NUMBER(init_ifwalk(hb, "nobody"));
	TEXT(if_status(hb, peer, "nolink"));
	TEXT(client_status(hb, peer, "nobody", 5000));
	TEXT(client_status(hb, "", "nobody", 5000));
	TEXT(client_status(hb, "nobody", "nobody", 5000));
	NUMBER(get_uuid_by_name(hb, peer, &uuid));
	cl_uuid_unparse(&uuid, hex);
	printf("uuid %s\n", hex);
	NUMBER(get_name_by_uuid(hb, &uuid, name, sizeof(name)));
	printf("name %s\n", name);
	NUMBER(get_name_by_uuid(hb, &uuid, name, 3));
	printf("name %s\n", name);
	NUMBER(get_uuid_by_name(hb, "nobody", &uuid));
	value = hb->llc_ops->get_parameter(hb, KEY_DEADTIME);
	text("deadtime", value);
	free(value);
	value = hb->llc_ops->get_parameter(hb, "nothing");
	text("nothing", value);
	TEXT(get_resources(hb));
	ha_msg_add(msg, F_TYPE, "hello");
	NUMBER(sendclustermsg(hb, msg));
	NUMBER(sendnodemsg(hb, msg, peer));
	NUMBER(send_ordered_clustermsg(hb, msg));
	NUMBER(sendnodemsg_byuuid(hb, msg, &uuid));
	NUMBER(setfmode(hb, LLC_FILTER_RAW));
	NUMBER(setfmode(hb, LLC_FILTER_DEFAULT));
	NUMBER(setmsgsignal(hb, 9));
	NUMBER(setmsgsignal(hb, 0));
	NUMBER(set_sendq_len(hb, 0));
	NUMBER(set_sendq_len(hb, 100));
	number("ipcchan", hb->llc_ops->ipcchan(hb) != NULL);
	NUMBER(set_send_block_mode(hb, TRUE));
	number("inputfd", hb->llc_ops->inputfd(hb) >= 0);
	NUMBER(signoff(hb, TRUE));
	NUMBER(chan_is_connected(hb));
	TEXT(node_status(hb, peer));
	NUMBER(inputfd(hb));
	ha_msg_del(msg);
}

static void
refused(void)
{
	printf("other %d\n", ll_cluster_new("other") == NULL);
	NUMBER(signon(hb, "me"));
	NUMBER(signoff(hb, TRUE));
	NUMBER(init_nodewalk(hb));
	NUMBER(num_nodes(hb));
	NUMBER(set_cstatus_callback(hb, on_three, NULL));
	NUMBER(set_nstatus_callback(hb, NULL, NULL));
	NUMBER(msgready(hb));
}

/* ---- Talk ---- */

/* The stages before the numbers.  The first ordered message that comes of a client is the
 * beginning, whatever its number; 3.0.6 hands over what comes, also when what was sent before
 * it is still missing.  So each one greets until the other one has heard it. */
enum { HELLO, READY, STAGES };

struct side {
	const char *node;
	long all, directed;     /* the last numbers that came */
	int greeted[STAGES][2]; /* to all, directed */
	int bad;
};

static void
heard(struct side *side, const struct ha_msg *msg)
{
	const char *to = cl_get_string(msg, F_TO);
	long *last = to ? &side->directed : &side->all;
	int n = 0;

	if (ha_msg_value_int(msg, "n", &n) != HA_OK || n != *last + 1 ||
	    !cl_get_string(msg, F_ORDERSEQ)) {
		fprintf(stderr, "%s: %s message %d after %ld\n", side->node,
		    to ? "directed" : "common", n, *last);
		side->bad++;
	}
	*last = n;
}

static void
greeted(struct side *side, const struct ha_msg *msg)
{
	int stage;

	if (ha_msg_value_int(msg, "stage", &stage) != HA_OK || stage >= STAGES)
		return;
	/* If the second one was the beginning, the first one is dropped when it comes. */
	for (; stage >= 0; stage--)
		side->greeted[stage][cl_get_string(msg, F_TO) != NULL] = 1;
}

/* Whether the loop that called may go on waiting. */
static int
receive(struct side sides[2], int blocking)
{
	struct ha_msg *msg = hb->llc_ops->readmsg(hb, blocking);
	const char *type, *src;
	int i;

	if (!msg) {
		if (!hb->llc_ops->chan_is_connected(hb))
			die("the daemon has gone");
		return 0;
	}
	type = cl_get_string(msg, F_TYPE);
	src = cl_get_string(msg, F_ORIG);
	for (i = 0; i < 2; i++) {
		if (!type || !src || strcmp(src, sides[i].node) != 0)
			continue;
		if (strcmp(type, "talk") == 0)
			heard(&sides[i], msg);
		else if (strcmp(type, "greet") == 0)
			greeted(&sides[i], msg);
	}
	ha_msg_del(msg);
	return 1;
}

/* To all and to PEER, both in order. */
static void
say(const char *type, const char *field, int value, const char *peer)
{
	struct ha_msg *msg = ha_msg_new(0);

	ha_msg_add(msg, F_TYPE, type);
	ha_msg_add_int(msg, field, value);
	if (hb->llc_ops->send_ordered_clustermsg(hb, msg) != HA_OK)
		die("send to all");
	if (hb->llc_ops->send_ordered_nodemsg(hb, msg, peer) != HA_OK)
		die("send to peer");
	ha_msg_del(msg);
}

/* Says STAGE, again every second until the other one has said it too. */
static void
greet(struct side sides[2], int stage)
{
	int turn = 0;

	do {
		if (turn++ % 200 == 0)
			say("greet", "stage", stage, sides[1].node);
		while (hb->llc_ops->msgready(hb) && receive(sides, 0))
			;
		usleep(5000);
	} while (!sides[1].greeted[stage][0] || !sides[1].greeted[stage][1]);
}

static void
talk(const char *name, const char *peer, int count)
{
	struct side sides[2] = { { NULL, 0, 0, { { 0, 0 }, { 0, 0 } }, 0 },
		{ peer, 0, 0, { { 0, 0 }, { 0, 0 } }, 0 } };
	const char *status;
	int i, changes = 0;

	if (hb->llc_ops->signon(hb, name) != HA_OK)
		die("signon");
	sides[0].node = hb->llc_ops->get_mynodeid(hb);
	hb->llc_ops->set_cstatus_callback(hb, on_three, &changes);
	hb->llc_ops->set_sendq_len(hb, 4000);
	do {
		usleep(50000);
		status = hb->llc_ops->client_status(hb, peer, name, 1000);
	} while (!status || strcmp(status, "online") != 0);
	/* It must see us, too, before it is sent to: both ask in the same way. */
	hb->llc_ops->client_status(hb, NULL, NULL, -1);
	for (i = HELLO; i < STAGES; i++)
		greet(sides, i);
	for (i = 1; i <= count; i++) {
		say("talk", "n", i, peer);
		while (hb->llc_ops->msgready(hb) && receive(sides, 0))
			;
	}
	while (sides[0].all < count || sides[1].all < count || sides[1].directed < count)
		receive(sides, 1);
	printf("heard %ld and %ld to all, %ld directed, bad %d, joined %s\n",
	    sides[0].all, sides[1].all, sides[1].directed, sides[0].bad + sides[1].bad,
	    changes > 0 ? "yes" : "no");
	sleep(1); /* the other one's last questions */
	hb->llc_ops->signoff(hb, TRUE);
}

int
main(int argc, char **argv)
{
	hb = ll_cluster_new("heartbeat");
	if (!hb)
		return 1;
	alarm(200);
	if (argc == 3 && strcmp(argv[1], "facts") == 0)
		facts(argv[2]);
	else if (argc == 2 && strcmp(argv[1], "refused") == 0)
		refused();
	else if (argc == 5 && strcmp(argv[1], "talk") == 0)
		talk(argv[2], argv[3], atoi(argv[4]));
	else
		return 2;
	hb->llc_ops->delete (hb);
	return 0;
}
