/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server of the local API: sending, flow control, delivery, events, queues
 * (spec/client-api.md 7, 8, 10). */
#include "tests/unit/client_peer.h"

#include <signal.h>

/* ---- Sending ---- */

static void
test_sending(void)
{
	struct host *host = host_new();

	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_say(&peer_a, "t=hello\nx=1\n");
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=hello x=1 from_id=mytest to_id=mytest client_gen=0 src=apia\n",
	    "own broadcast");
	peer_say(&peer_a,
	    "t=hello\nx=5\nfrom_id=evil\nto_id=ccm\nsrc=other\nseq=1\nclient_gen=77\n");
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=hello x=5 from_id=mytest to_id=mytest src=apia client_gen=0\n",
	    "forced in place");
	peer_say(&peer_a, "t=hello\nx=2\ndest=apib\n");
	CHECK_STR(peer_hear(host, &peer_a), "", "to the other node only");
	CHECK_STR(msg_str(&host->last, "to_id"), "mytest");
	peer_say(&peer_a, "t=query-cstatus\ncn=mytest\nfrom_id=mytest\n");
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=respond-cstatus dest=apia result=OK cn=mytest to_id=mytest cs=online "
	    "src=apia\n"
	    "t=respond-cstatus dest=apia result=OK cn=mytest to_id=mytest cs=offline "
	    "src=apib\n",
	    "every node answers");
	peer_close(&peer_a);

	peer_open(host, &peer_b, getpid(), 0, 0);
	peer_ask(&peer_b, "reqtype=signon\nuid=0\ngid=0\nfrom_id=open\n");
	peer_hear(host, &peer_b);
	peer_close(&peer_b);
	host_free(host);

	host = host_new();
	peer_open(host, &peer_a, getpid(), 0, 0);
	{
		char text[64];

		snprintf(text, sizeof(text), "reqtype=signon\nuid=0\ngid=0\npid=%d\n",
		    getpid());
		peer_ask(&peer_a, text);
	}
	peer_hear(host, &peer_a);
	peer_say(&peer_a, "t=hello\nx=y\n");
	CHECK_STR(peer_hear(host, &peer_a), "", "a casual client may not send");
	CHECK(peer_a.eof);
	CHECK_INT(host->sent, 0, "nothing went out");
	peer_close(&peer_a);
	host_free(host);
}

static void
test_struct_field(void)
{
	struct host *host = host_new();

	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_write_frame(&peer_a,
	    "###\n10:(0)t=strct,32:(2)s=###\n6:(0)a=1,8:(0)b=2\n3,%%%\n,%%%\n", 58);
	host_run(host, 5);
	CHECK_INT(host->sent, 1, "a struct whose length is wrong is no message");
	peer_write_frame(&peer_a,
	    "###\n10:(0)t=strct,33:(2)s=###\n6:(0)a=1,8:(0)b=2\n3,%%%\n,%%%\n", 59);
	host_run(host, 5);
	CHECK_INT(host->sent, 2, "netstring is understood");
	CHECK(recv(peer_a.fd, peer_a.bytes, 100, 0) > 12 &&
	          memcmp(peer_a.bytes + 8, "###\n", 4) == 0,
	    "and given back as netstring");
	peer_close(&peer_a);
	host_free(host);
}

/* ---- Flow control ---- */

static void
test_pause(void)
{
	struct host *host = host_new();

	peer_signon(host, &peer_a, "mytest", 0, 0);
	clients_pause(host->clients);
	peer_ask(&peer_a, "reqtype=numnodes\n");
	peer_say(&peer_a, "t=hello\nx=1\n");
	peer_say(&peer_a, "t=hello\nx=2\n");
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=hbapi-resp reqtype=numnodes numnodes=2 result=OK\n");
	peer_signon(host, &peer_b, "open", 1000, 1000);
	CHECK_INT(host->sent, 2, "a join is the daemon's business: it goes");
	peer_close(&peer_b);
	clients_resume(host->clients);
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=hello x=1 from_id=mytest to_id=mytest client_gen=0 src=apia\n"
	    "t=hello x=2 from_id=mytest to_id=mytest client_gen=0 src=apia\n",
	    "kept, in order");
	peer_close(&peer_a);
	host_free(host);
}

static void
test_push_back(void)
{
	struct host *host = host_new();

	peer_signon(host, &peer_a, "mytest", 0, 0);
	host->push_back = 1;
	peer_say(&peer_a, "t=hello\nx=1\n");
	peer_say(&peer_a, "t=hello\nx=2\n");
	CHECK_STR(peer_hear(host, &peer_a), "", "the history is full");
	/* A client that is gone meanwhile is heard to its end. */
	close(peer_a.fd);
	host->push_back = 1;
	clients_resume(host->clients);
	host_run(host, 5);
	CHECK_INT(host->sent, 1, "full again");
	clients_resume(host->clients);
	host_run(host, 5);
	CHECK_INT(host->sent, 4, "join, two messages, leave");
	CHECK_STR(msg_str(&host->last, "st"), "leave");
	/* Our own messages wait as well, and everybody behind them. */
	host->push_back = 100;
	peer_signon(host, &peer_b, "mytest", 0, 0);
	peer_say(&peer_b, "t=hello\n");
	host_run(host, 5);
	CHECK_INT(host->sent, 4, "the join waits");
	host->push_back = 0;
	clients_resume(host->clients);
	CHECK_STR(peer_hear(host, &peer_b),
	    "t=hbapi-clstat st=join from_id=mytest to_id=mytest src=apia info=signon "
	    "client_gen=1\n"
	    "t=hello from_id=mytest to_id=mytest client_gen=1 src=apia\n");
	peer_close(&peer_b);
	host_free(host);
}

/* ---- Delivery ---- */

static void
test_events(void)
{
	struct host *host = host_new();
	struct memb_node *apib = host_node(host, "apib"),
	                 *ping = host_node(host, "10.77.0.254");

	peer_signon(host, &peer_a, "open", 1000, 1000);
	apib->link[1].up = false;
	clients_event(host->clients, &(struct memb_event){ .type = MEMB_EV_LINK,
	                                 .node = apib,
	                                 .link = &apib->link[1] });
	CHECK_STR(peer_hear(host, &peer_a), "t=ifstat node=apib ifname=eth1 st=dead\n");

	host_peer_says(host, "apib", 101,
	    (const char *[]){ "t", "status", "st", "active", NULL });
	CHECK_STR(peer_hear(host, &peer_a), "", "no news");
	apib->status = MEMB_DEAD;
	clients_event(host->clients,
	    &(struct memb_event){ .type = MEMB_EV_NODE, .node = apib });
	CHECK_STR(peer_hear(host, &peer_a), "t=status src=apib st=dead\n");
	apib->status = MEMB_ACTIVE;
	clients_event(host->clients,
	    &(struct memb_event){ .type = MEMB_EV_NODE, .node = apib });
	host_peer_says(host, "apib", 102,
	    (const char *[]){ "t", "status", "st", "active", NULL });
	host_peer_says(host, "apib", 103,
	    (const char *[]){ "t", "status", "st", "active", NULL });
	CHECK_STR(peer_hear(host, &peer_a), "t=status st=active src=apib\n", "once");

	for (int i = 0; i < 2; i++) {
		ping->status = MEMB_DEAD;
		clients_event(host->clients,
		    &(struct memb_event){ .type = MEMB_EV_NODE, .node = ping });
	}
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=status src=10.77.0.254 st=dead info=ping\n");
	ping->status = MEMB_PINGED;
	for (int i = 0; i < 2; i++)
		host_peer_says(host, "10.77.0.254", 0,
		    (const char *[]){ "t", "NS_st", "st", "ping", "info", "ping", NULL });
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=NS_st st=ping info=ping src=10.77.0.254\n");

	host_peer_says(host, "apib", 104,
	    (const char *[]){ "t", "reqnodes", "dest", "apia", NULL });
	host_peer_says(host, "apib", 105,
	    (const char *[]){ "t", "setweight", "node", "x", NULL });
	host_peer_says(host, "apib", 106,
	    (const char *[]){ "t", "private", "to_id", "ccm", "from_id", "ccm", NULL });
	CHECK_STR(peer_hear(host, &peer_a), "", "between daemons, or for others");
	host_peer_says(host, "apib", 107, (const char *[]){ "t", "starting", NULL });
	CHECK_STR(peer_hear(host, &peer_a), "t=starting src=apib\n",
	    "resources are visible to all");

	host_node_add(host, "apid", MEMB_NORMAL);
	clients_event(host->clients, &(struct memb_event){ .type = MEMB_EV_NODES,
	                                 .node = host_node(host, "apid"),
	                                 .why = "added" });
	CHECK_STR(peer_hear(host, &peer_a), "", "a new node is no event");
	clients_event(host->clients, &(struct memb_event){ .type = MEMB_EV_NODES,
	                                 .node = host_node(host, "apid"),
	                                 .why = "removed by an administrator" });
	host->memb.count--;
	CHECK_STR(peer_hear(host, &peer_a), "t=delnode node=apid\n");
	peer_close(&peer_a);
	host_free(host);
}

/* What was said before a client came is not for it, even when it arrives later. */
static void
test_late_joiner(void)
{
	struct host *host = host_new();
	struct memb_node *apib = host_node(host, "apib");

	apib->seq_seen = 200; /* 198 and 199 are missing still */
	peer_signon(host, &peer_a, "open", 1000, 1000);
	host_peer_says(host, "apib", 198, (const char *[]){ "t", "starting", NULL });
	host_peer_says(host, "apib", 200, (const char *[]){ "t", "starting", NULL });
	CHECK_STR(peer_hear(host, &peer_a), "");
	host_peer_says(host, "apib", 201, (const char *[]){ "t", "starting", NULL });
	CHECK_STR(peer_hear(host, &peer_a), "t=starting src=apib\n");
	apib->generation++;
	host_peer_says(host, "apib", 1, (const char *[]){ "t", "starting", NULL });
	CHECK_STR(peer_hear(host, &peer_a), "t=starting src=apib\n",
	    "a new life counts anew");
	peer_close(&peer_a);
	host_free(host);
}

static void
test_raw_filter(void)
{
	struct host *host = host_new();

	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_ask(&peer_a, "reqtype=setfilter\nfmask=3f\n");
	CHECK_STR(peer_hear(host, &peer_a), "t=hbapi-resp reqtype=setfilter result=OK\n");
	host_peer_says(host, "apib", 101,
	    (const char *[]){ "t", "status", "st", "active", NULL });
	host_peer_says(host, "apib", 102, (const char *[]){ "t", "reqnodes", NULL });
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=status st=active src=apib\nt=reqnodes src=apib\n");
	peer_ask(&peer_a, "reqtype=setfilter\nfmask=1\n");
	peer_hear(host, &peer_a);
	host_peer_says(host, "apib", 103,
	    (const char *[]){ "t", "status", "st", "active", NULL });
	CHECK_STR(peer_hear(host, &peer_a), "");
	peer_close(&peer_a);
	host_free(host);
}

/* A client that does not read is dropped with a reason; the others get everything. */
static void
test_slow_client(void)
{
	struct host *host = host_new();
	char payload[1000];
	size_t got = 0;

	memset(payload, 'x', sizeof(payload) - 1);
	payload[sizeof(payload) - 1] = '\0';
	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_signon(host, &peer_b, "open", 1000, 1000);
	for (uint64_t seq = 101; seq < 3000; seq++) {
		host_peer_says(host, "apib", seq,
		    (const char *[]){ "t", "starting", "x", payload, NULL });
		for (const char *at = seq % 20 ? "" : peer_hear(host, &peer_b);
		     (at = strstr(at, "t=starting")); at++)
			got++;
	}
	for (const char *at = peer_hear(host, &peer_b); (at = strstr(at, "t=starting"));
	     at++)
		got++;
	CHECK_INT(got, 2899, "the other one missed nothing");
	CHECK_INT(clients_count(host->clients), 1, "the slow one is gone");
	CHECK_STR(msg_str(&host->last, "st"), "leave");
	CHECK(strstr(msg_str(&host->last, "info"), "send failed,farside_pid=") != NULL);
	CHECK(strstr(msg_str(&host->last, "info"), "(max is 64)") != NULL);
	peer_hear(host, &peer_a);
	CHECK(peer_a.eof, "it reads what fitted, then EOF");
	peer_close(&peer_a);
	peer_close(&peer_b);
	host_free(host);
}

static void
test_long_queue(void)
{
	struct host *host = host_new();
	size_t got = 0;

	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_ask(&peer_a, "reqtype=set_sendqlen\nsendqlen=2000\n");
	host_run(host, 5);
	for (uint64_t seq = 101; seq < 2001; seq++)
		host_peer_says(host, "apib", seq,
		    (const char *[]){ "t", "starting", NULL });
	for (int i = 0; i < 50 && got < 1900; i++)
		for (const char *at = peer_hear(host, &peer_a);
		     (at = strstr(at, "t=starting")); at++)
			got++;
	CHECK_INT(got, 1900, "nothing is lost within the queue");
	peer_close(&peer_a);
	host_free(host);
}

/* apib talks until somebody is behind, or has said 4 MB. */
static void
talk_until_behind(struct host *host)
{
	char payload[1000];

	memset(payload, 'x', sizeof(payload) - 1);
	payload[sizeof(payload) - 1] = '\0';
	for (int i = 0; i < 4000 && !clients_are_behind(host->clients); i++)
		host_peer_says(host, "apib", host_node(host, "apib")->seq_seen + 1,
		    (const char *[]){ "t", "starting", "x", payload, NULL });
}

/* Who reads, but not fast enough, is waited for; who reads nothing for a time is not. */
static void
test_client_behind(void)
{
	struct host *host = host_new();
	size_t sent;

	peer_signon(host, &peer_a, "open", 1000, 1000);
	peer_signon(host, &peer_b, "mytest", 0, 0);
	sent = host->sent;
	CHECK(!clients_are_behind(host->clients));
	talk_until_behind(host);
	CHECK(clients_are_behind(host->clients), "its queue is half full");
	CHECK_INT(clients_count(host->clients), 2, "nobody is disconnected");
	for (int i = 0; i < 5; i++)
		peer_hear(host, &peer_b);
	CHECK(clients_are_behind(host->clients), "the other one has not read");
	peer_say(&peer_b, "t=hello\nx=1\n");
	host_run(host, 5);
	CHECK_INT(host->sent, sent, "nobody sends meanwhile");
	for (int i = 0; i < 5; i++)
		peer_hear(host, &peer_a);
	CHECK(!clients_are_behind(host->clients), "it has read");
	host_run(host, 5);
	CHECK_INT(host->sent, sent + 1, "then they go on");
	talk_until_behind(host);
	for (int i = 0; i < 5; i++)
		peer_hear(host, &peer_b);
	peer_say(&peer_b, "t=hello\nx=2\n");
	host_run(host, 5);
	CHECK_INT(host->sent, sent + 1, "it is behind again");
	clients_behind_expire(host->clients, instant_add_ms(instant_now(), 60000));
	CHECK(!clients_are_behind(host->clients), "it is slow");
	host_run(host, 5);
	CHECK_INT(host->sent, sent + 2, "they do not wait for ever");
	peer_close(&peer_b);
	host_run(host, 5);
	talk_until_behind(host);
	CHECK(!clients_are_behind(host->clients), "nor again");
	CHECK_INT(clients_count(host->clients), 0, "and it loses its connection");
	peer_close(&peer_a);
	host_free(host);
}

static volatile sig_atomic_t signals;

static void
count_signal(int signo)
{
	(void)signo;
	signals++;
}

static void
test_setsignal(void)
{
	struct host *host = host_new();

	if (getuid() != 0)
		return;
	signals = 0;
	signal(SIGUSR1, count_signal);
	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_ask(&peer_a, "reqtype=setsignal\nsignal=10\n");
	peer_hear(host, &peer_a);
	CHECK_INT(signals, 1, "with the answer already");
	host_peer_says(host, "apib", 101, (const char *[]){ "t", "starting", NULL });
	CHECK_INT(signals, 2, "with each message");
	peer_close(&peer_a);
	host_run(host, 5);
	/* A user could not signal this process, which is root's: so the daemon does not,
	 * either. */
	peer_signon(host, &peer_b, "open", 1000, 1000);
	peer_ask(&peer_b, "reqtype=setsignal\nsignal=10\n");
	CHECK(strstr(peer_hear(host, &peer_b), "result=OK"));
	CHECK_INT(signals, 2, "no signal to another user's process");
	peer_close(&peer_b);
	signal(SIGUSR1, SIG_DFL);
	host_free(host);
}

static void
test_netstring_form(void)
{
	static const char want[] = "###\n15:(0)t=hbapi-resp,19:(0)reqtype=numnodes,"
	                           "13:(0)numnodes=2,12:(0)result=OK,%%%\n";
	struct host *host = host_new();

	host->conf.netstring = true;
	peer_signon(host, &peer_a, "open", 1000, 1000);
	peer_ask(&peer_a, "reqtype=numnodes\n");
	host_run(host, 5);
	CHECK_INT(recv(peer_a.fd, peer_a.bytes, 200, 0), 8 + strlen(want), "length");
	CHECK(memcmp(peer_a.bytes + 8, want, strlen(want)) == 0);
	peer_close(&peer_a);
	host_free(host);
}

static const struct check_case cases[] = {
	{ "sending", test_sending },
	{ "struct_field", test_struct_field },
	{ "pause", test_pause },
	{ "push_back", test_push_back },
	{ "events", test_events },
	{ "late_joiner", test_late_joiner },
	{ "raw_filter", test_raw_filter },
	{ "slow_client", test_slow_client },
	{ "long_queue", test_long_queue },
	{ "client_behind", test_client_behind },
	{ "setsignal", test_setsignal },
	{ "netstring_form", test_netstring_form },
};

CHECK_MAIN("client_deliver", cases)
