/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server of the local API: signing on, leaving, frames, requests, the socket
 * (spec/client-api.md 2 to 6). */
#include "tests/unit/client_peer.h"

#include <sys/stat.h>
#include <sys/un.h>

/* ---- Signing on ---- */

#define OK_REPLY                                                                         \
	"t=hbapi-resp reqtype=signon result=OK deadtime=fa0 keepalive=1f4 node=apia\n"
#define REFUSED(info)                                                                    \
	"t=hbapi-resp reqtype=signon info=" info                                         \
	" result=badreq deadtime=fa0 keepalive=1f4 node=apia\n"
#define LEAVE(id, info, gen)                                                             \
	"t=hbapi-clstat st=leave from_id=" id " to_id=" id " src=apia info=" info        \
	" client_gen=" gen "\n"

static const struct {
	const char *fields; /* %d is this process */
	uid_t uid;
	gid_t gid;
	const char *want;
	bool closed;
	const char *why;
} signon_cases[] = {
	/* clang-format off */
	{ "pid=%d\nfrom_id=%d\nuid=0\ngid=0\n", 0, 0, OK_REPLY, false, "casual, root" },
	{ "pid=%d\nuid=0\ngid=0\n", 0, 0, OK_REPLY, false, "casual without from_id" },
	{ "gid=102\nuid=1000\npid=%d\n", 1000, 102, OK_REPLY, false, "group is enough, any order" },
	{ "uid=0\ngid=0\n", 0, 0, "", false, "nobody to answer: stays" },
	{ "pid=0\nfrom_id=ping\nuid=0\ngid=102\n", 0, 102,
	    REFUSED("bad pid") LEAVE("", "died", "0"), true, "pid 0" },
	{ "pid=-5\nuid=0\ngid=0\n", 0, 0,
	    REFUSED("bad pid") LEAVE("", "died", "0"), true, "negative pid is no process group" },
	{ "pid=999999999\nuid=0\ngid=0\n", 0, 0,
	    REFUSED("bad pid") LEAVE("", "died", "0"), true, "no such process" },
	{ "pid=%d\ngid=0\n", 0, 0, REFUSED("invalid id info"), true, "no uid" },
	{ "pid=%d\nuid=0\ngid=x\n", 0, 0, REFUSED("invalid id info"), true, "gid is no number" },
	{ "pid=%d\nuid=0\ngid=0\n", 1000, 1000,
	    REFUSED("incorrect/false credentials"), true, "claims to be root" },
	{ "pid=%d\nfrom_id=nobody\nuid=0\ngid=0\n", 0, 0,
	    REFUSED("no default client auth") LEAVE("nobody", "no default client auth", "0"),
	    true, "a name without entry" },
	{ "pid=%d\nfrom_id=ping\nuid=0\ngid=0\n", 0, 0,
	    REFUSED("client failed authorization")
	    LEAVE("ping", "client failed authorization", "0"), true, "root is no haclient" },
	{ "pid=%d\nuid=1000\ngid=1000\n", 1000, 1000,
	    REFUSED("client failed authorization"), true, "casual stranger" },
	{ "pid=1\nuid=0\ngid=0\n", 0, 0, REFUSED("pid mismatch"), true, "somebody else's pid" },
	{ "pid=%d\nfrom_id=open\nuid=1000\ngid=1000\n", 1000, 1000,
	    "t=hbapi-clstat st=join from_id=open to_id=open src=apia info=signon client_gen=0\n"
	    OK_REPLY, false, "an entry without lists is open; join comes before the reply" },
	{ "pid=%d\nfrom_id=ipfail\nuid=101\ngid=102\n", 101, 102,
	    "t=hbapi-clstat st=join from_id=ipfail to_id=ipfail src=apia info=signon client_gen=0\n"
	    OK_REPLY, false, "named by uid" },
	/* clang-format on */
};

static void
test_signon(void)
{
	for (size_t i = 0; i < ARRAY_LEN(signon_cases); i++) {
		struct host *host = host_new();
		char text[256] = "reqtype=signon\n";

		peer_open(host, &peer_a, getpid(), signon_cases[i].uid,
		    signon_cases[i].gid);
		snprintf(text + 15, sizeof(text) - 15, signon_cases[i].fields,
		    (int)getpid(), (int)getpid());
		peer_ask(&peer_a, text);
		CHECK_STR(peer_hear(host, &peer_a), signon_cases[i].want, "%s",
		    signon_cases[i].why);
		CHECK_INT(peer_a.eof, signon_cases[i].closed, "%s", signon_cases[i].why);
		CHECK_INT(host->sent, strstr(signon_cases[i].want, "st=join") ? 1 : 0,
		    "%s: told to the cluster", signon_cases[i].why);
		peer_close(&peer_a);
		host_free(host);
	}
}

static void
test_default_entry(void)
{
	struct host *host = host_new();

	host_auth_of_recordings(host);
	CHECK(strstr(peer_signon(host, &peer_a, "foo", 1000, 102), "result=OK"));
	CHECK(strstr(peer_signon(host, &peer_b, "bar", 0, 0),
	    "client failed authorization"));
	peer_close(&peer_a);
	peer_close(&peer_b);
	host_free(host);
}

static void
test_name_taken(void)
{
	struct host *host = host_new();

	peer_signon(host, &peer_a, "mytest", 0, 0);
	CHECK_STR(peer_signon(host, &peer_b, "mytest", 0, 0),
	    REFUSED("duplicate add request") LEAVE("", "duplicate add request", "1"));
	CHECK(peer_b.eof);
	peer_close(&peer_b);
	CHECK_STR(peer_hear(host, &peer_a), "", "the holder hears nothing");
	/* The holder goes and comes back at once: its EOF has not been read yet. */
	peer_close(&peer_a);
	CHECK(strstr(peer_signon(host, &peer_b, "mytest", 0, 0), OK_REPLY));
	peer_close(&peer_b);
	host_free(host);
}

static void
test_first_not_signon(void)
{
	struct host *host = host_new();

	peer_open(host, &peer_a, getpid(), 0, 0);
	peer_ask(&peer_a, "reqtype=nodelist\n");
	CHECK_STR(peer_hear(host, &peer_a), "");
	CHECK(!peer_a.eof, "the connection stays");
	CHECK_INT(clients_count(host->clients), 0, "nobody is registered");
	peer_close(&peer_a);
	host_free(host);
}

/* ---- Leaving ---- */

/* What was the last message to the cluster?  A leave with this reason, and only one. */
static void
check_left(struct host *host, const char *info)
{
	CHECK_STR(msg_type(&host->last), "hbapi-clstat");
	CHECK_STR(msg_str(&host->last, "st"), "leave");
	CHECK_STR(msg_str(&host->last, "info"), info);
	CHECK_INT(host->sent, 2, "join and leave");
	CHECK_INT(clients_count(host->clients), 0, "nobody is left");
}

static void
test_leave(void)
{
	struct host *host = host_new();

	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_ask(&peer_a, "reqtype=signoff\n");
	CHECK_STR(peer_hear(host, &peer_a), LEAVE("mytest", "signoff", "0"));
	CHECK(peer_a.eof);
	check_left(host, "signoff");
	peer_close(&peer_a);
	host_free(host);

	host = host_new();
	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_close(&peer_a);
	host_run(host, 5);
	check_left(host, "EOF");
	host_free(host);

	host = host_new();
	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_write(&peer_a, "\5\0\0\0\xee\xee\0\0hello", 13);
	CHECK_STR(peer_hear(host, &peer_a), LEAVE("mytest", "badclient", "0"));
	check_left(host, "badclient");
	peer_close(&peer_a);
	host_free(host);
}

static void
test_child_died(void)
{
	struct host *host = host_new();

	peer_signon(host, &peer_a, "mytest", 0, 0);
	peer_say(&peer_a, "t=lastwords\n");
	clients_child_died(host->clients, getpid());
	CHECK_INT(host->sent, 3, "join, what it had written, leave");
	CHECK_STR(msg_str(&host->last, "info"), "died");
	clients_child_died(host->clients, getpid());
	CHECK_INT(host->sent, 3, "leaves once");
	peer_close(&peer_a);
	/* While the cluster takes nothing, its last words wait, and its leaving behind
	 * them. */
	peer_signon(host, &peer_a, "mytest", 0, 0);
	clients_pause(host->clients);
	peer_say(&peer_a, "t=lastwords\n");
	clients_child_died(host->clients, getpid());
	CHECK_INT(host->sent, 4, "joined, nothing else");
	peer_close(&peer_a);
	clients_resume(host->clients);
	host_run(host, 5);
	CHECK_INT(host->sent, 6, "last words, leave");
	peer_close(&peer_a);
	host_free(host);
}

/* ---- Frames ---- */

static const struct {
	const char *bytes;
	size_t len;
	bool closed;
	const char *why;
} frame_cases[] = {
	/* clang-format off */
	{ "\0\0\0\0\xcd\xab\0\0", 8, false, "empty frame" },
	{ "\x0f\0\0\0\xcd\xab\0\0garbage garbage", 23, false, "no message" },
	{ "\xfb\xff\xff\xff\xcd\xab\0\0", 8, true, "negative length" },
	{ "\0\0\0\x80\xcd\xab\0\0", 8, true, "most negative length" },
	{ "\xe0\x93\x04\0\xcd\xab\0\0", 8, true, "300000 bytes announced" },
	{ "\x01\0\x04\0\xcd\xab\0\0", 8, true, "one byte too long" },
	{ "\x01\0\0\0\xcd\xab\0\x01x", 9, true, "wrong magic" },
	{ "\x0c\0\0\0\xcd\xab\0\0>>>\nx=y\n<<<\n", 20, false, "no type" },
	{ "\x14\0\0\0\xcd\xab\0\0>>>\nt=hbapi-req\n<<<\n", 28, false, "no reqtype" },
	{ "\x04\0\0\0\xcd\xab\0\0###\n", 12, false, "netstring of nothing" },
	/* clang-format on */
};

static void
test_bad_frames(void)
{
	for (size_t i = 0; i < ARRAY_LEN(frame_cases); i++) {
		struct host *host = host_new();

		peer_signon(host, &peer_a, "open", 1000, 1000);
		peer_write(&peer_a, frame_cases[i].bytes, frame_cases[i].len);
		if (!frame_cases[i].closed)
			peer_ask(&peer_a, "reqtype=numnodes\n");
		CHECK_STR(peer_hear(host, &peer_a),
		    frame_cases[i].closed
		        ? LEAVE("open", "badclient", "0")
		        : "t=hbapi-resp reqtype=numnodes numnodes=2 result=OK\n",
		    "%s", frame_cases[i].why);
		CHECK_INT(peer_a.eof, frame_cases[i].closed, "%s", frame_cases[i].why);
		peer_close(&peer_a);
		host_free(host);
	}
}

static void
test_ten_empty(void)
{
	struct host *host = host_new();

	peer_signon(host, &peer_a, "mytest", 0, 0);
	for (int i = 0; i < 9; i++)
		peer_write(&peer_a, "\0\0\0\0\xcd\xab\0\0", 8);
	peer_ask(&peer_a, "reqtype=numnodes\n");
	for (int i = 0; i < 9; i++)
		peer_write(&peer_a, "\0\0\0\0\xcd\xab\0\0", 8);
	peer_hear(host, &peer_a);
	CHECK(!peer_a.eof, "a message in between counts anew");
	peer_write(&peer_a, "\0\0\0\0\xcd\xab\0\0", 8);
	CHECK_STR(peer_hear(host, &peer_a), LEAVE("mytest", "noinput", "0"));
	CHECK(peer_a.eof);
	peer_close(&peer_a);
	host_free(host);
}

/* Frames cut at each byte, and many in one write. */
static void
test_split_and_batch(void)
{
	static const char body[] = ">>>\nt=hbapi-req\nreqtype=numnodes\n<<<\n";
	struct host *host = host_new();
	uint8_t bytes[20 * 64];
	char want[20 * 80] = "";
	size_t len = 0;

	peer_signon(host, &peer_a, "open", 1000, 1000);
	memcpy(bytes, "\x25\0\0\0\xcd\xab\0\0", 8);
	memcpy(bytes + 8, body, 37);
	for (size_t i = 0; i < 45; i++) {
		peer_write(&peer_a, bytes + i, 1);
		host_run(host, 1);
	}
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=hbapi-resp reqtype=numnodes numnodes=2 result=OK\n");
	for (int i = 0; i < 20; i++) {
		memmove(bytes + len, bytes, 45);
		len += 45;
		strcat(want, "t=hbapi-resp reqtype=numnodes numnodes=2 result=OK\n");
	}
	peer_write(&peer_a, bytes, len);
	CHECK_STR(peer_hear(host, &peer_a), want);
	peer_close(&peer_a);
	host_free(host);
}

/* The longest legal body arrives in many pieces. */
static void
test_longest_frame(void)
{
	struct host *host = host_new();
	size_t len = CLIENTS_BODY_MAX, at = 0;
	char *bytes = malloc(8 + len);

	peer_signon(host, &peer_a, "open", 1000, 1000);
	memcpy(bytes, "\0\0\x04\0\xcd\xab\0\0", 8);
	memset(bytes + 8, 'x', len);
	memcpy(bytes + 8, ">>>\nt=hbapi-req\nreqtype=numnodes\nx=", 35);
	memcpy(bytes + 8 + len - 6, "\n<<<\n", 6);
	while (at < 8 + len) {
		ssize_t n = send(peer_a.fd, bytes + at, 8 + len - at, MSG_NOSIGNAL);

		if (n > 0)
			at += (size_t)n;
		host_run(host, 1);
	}
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=hbapi-resp reqtype=numnodes numnodes=2 result=OK\n");
	CHECK(host->clients->scratch_size <= 16384,
	    "one large message costs nothing afterwards");
	free(bytes);
	peer_close(&peer_a);
	host_free(host);
}

/* ---- Requests ---- */

static const struct {
	const char *ask, *want, *why;
} request_cases[] = {
	/* clang-format off */
	{ "reqtype=nodelist\n",
	    "t=hbapi-resp reqtype=nodelist node=apia nodetype=normal st=active result=ok/more\n"
	    "t=hbapi-resp reqtype=nodelist node=apib nodetype=normal st=active result=ok/more\n"
	    "t=hbapi-resp reqtype=nodelist node=10.77.0.254 nodetype=ping st=ping result=OK\n",
	    "configuration order, the last one says so" },
	{ "reqtype=nodestatus\nnode=APIB\n",
	    "t=hbapi-resp reqtype=nodestatus st=active result=OK\n", "names have no case" },
	{ "reqtype=nodestatus\nnode=zzz\n",
	    "t=hbapi-resp reqtype=nodestatus result=badreq info=EINVAL\n", "unknown node" },
	{ "reqtype=nodestatus\n",
	    "t=hbapi-resp reqtype=nodestatus result=badreq info=EINVAL\n", "no node" },
	{ "reqtype=nodeweight\nnode=apib\n",
	    "t=hbapi-resp reqtype=nodeweight weight=100 result=OK\n", "default weight" },
	{ "reqtype=nodesite\nnode=apib\n",
	    "t=hbapi-resp reqtype=nodesite site= result=OK\n", "no site is an empty one" },
	{ "reqtype=nodetype\nnode=10.77.0.254\n",
	    "t=hbapi-resp reqtype=nodetype nodetype=ping result=OK\n", "ping node" },
	{ "reqtype=numnodes\n",
	    "t=hbapi-resp reqtype=numnodes numnodes=2 result=OK\n", "ping nodes do not count" },
	{ "reqtype=iflist\nnode=apib\n",
	    "t=hbapi-resp reqtype=iflist ifname=eth0 st=up result=ok/more\n"
	    "t=hbapi-resp reqtype=iflist ifname=eth1 st=up result=OK\n", "two links" },
	{ "reqtype=iflist\nnode=bare\n",
	    "t=hbapi-resp reqtype=iflist result=badreq info=UhOh\n", "a node without links" },
	{ "reqtype=ifstatus\nnode=apib\nifname=eth1\n",
	    "t=hbapi-resp reqtype=ifstatus st=up result=OK\n", "a link" },
	{ "reqtype=ifstatus\nnode=apib\nifname=eth9\n",
	    "t=hbapi-resp reqtype=ifstatus result=badreq info=EINVAL\n", "unknown link" },
	{ "reqtype=ifstatus\nnode=apib\n",
	    "t=hbapi-resp reqtype=ifstatus result=badreq info=EINVAL\n", "no link named" },
	{ "reqtype=clientstatus\nnode=apia\ncn=open\n",
	    "t=hbapi-resp reqtype=clientstatus subt=respond-cstatus cs=online result=OK\n",
	    "local and there" },
	{ "reqtype=clientstatus\nnode=apia\ncn=ccm\n",
	    "t=hbapi-resp reqtype=clientstatus subt=respond-cstatus cs=offline result=OK\n",
	    "local and not there" },
	{ "reqtype=clientstatus\nnode=10.77.0.254\ncn=ccm\n",
	    "t=hbapi-resp reqtype=clientstatus subt=respond-cstatus cs=offline result=OK\n",
	    "a ping node has none" },
	{ "reqtype=clientstatus\nnode=apib\ncn=ccm\n",
	    "t=respond-cstatus dest=apia result=OK cn=ccm to_id=open cs=online src=apib\n",
	    "the other node answers" },
	{ "reqtype=clientstatus\nnode=apib\n",
	    "t=hbapi-resp reqtype=clientstatus result=badreq info=EINVAL\n", "which client?" },
	{ "reqtype=clientstatus\nnode=zzz\ncn=ccm\n",
	    "t=hbapi-resp reqtype=clientstatus result=badreq info=EINVAL\n", "unknown node" },
	{ "reqtype=getparm\npname=keepalive\n",
	    "t=hbapi-resp reqtype=getparm pvalue=500ms result=OK\n", "as typed" },
	{ "reqtype=getparm\npname=stonith\n",
	    "t=hbapi-resp reqtype=getparm result=OK\n", "unset is OK without a value" },
	{ "reqtype=getparm\npname=hbversion\n",
	    "t=hbapi-resp reqtype=getparm pvalue=" HOST_VERSION " result=OK\n", "the version" },
	{ "reqtype=getparm\n",
	    "t=hbapi-resp reqtype=getparm result=badreq info=EINVAL\n", "which one?" },
	{ "reqtype=getrsc\n",
	    "t=hbapi-resp reqtype=getrsc rsc_hold=local result=OK\n", "resources" },
	{ "reqtype=hbfenced\nnode=apib\n",
	    "t=hbapi-resp reqtype=hbfenced result=badreq info=EPERM\n", "only root may say that" },
	{ "reqtype=getuuid\nqueryname=zzz\n",
	    "t=hbapi-resp reqtype=getuuid result=OK\n", "unknown name is OK without uuid" },
	{ "reqtype=getuuid\n",
	    "t=hbapi-resp reqtype=getuuid result=badreq info=no query node name found\n", "whose?" },
	{ "reqtype=getnodename\n(1)queryuuid=AgICAgICAgICAgICAgICAg==\n",
	    "t=hbapi-resp reqtype=getnodename queryname=apib result=OK\n", "uuid of the second" },
	{ "reqtype=getnodename\n(1)queryuuid=eHh4eHh4eHh4eHh4eHh4eA==\n",
	    "t=hbapi-resp reqtype=getnodename result=OK\n", "unknown uuid" },
	{ "reqtype=getnodename\n(1)queryuuid=eHh4\n",
	    "t=hbapi-resp reqtype=getnodename result=badreq info=no query node name found\n",
	    "no uuid at all" },
	{ "reqtype=setfilter\nfmask=1\n",
	    "t=hbapi-resp reqtype=setfilter result=OK\n", "the normal filter" },
	{ "reqtype=setfilter\nfmask=3f\n",
	    "t=hbapi-resp reqtype=setfilter result=badreq info=EPERM\n", "not for users" },
	{ "reqtype=setfilter\nfmask=40\n",
	    "t=hbapi-resp reqtype=setfilter result=badreq info=EINVAL\n", "unknown bits only" },
	{ "reqtype=setfilter\nfmask=zz\n",
	    "t=hbapi-resp reqtype=setfilter result=badreq info=EINVAL\n", "not hex" },
	{ "reqtype=setsignal\n", "t=hbapi-resp reqtype=setsignal result=badreq\n", "which?" },
	{ "reqtype=setsignal\nsignal=x\n",
	    "t=hbapi-resp reqtype=setsignal result=badreq\n", "no number" },
	{ "reqtype=setsignal\nsignal=9\n",
	    "t=hbapi-resp reqtype=setsignal result=badreq info=EINVAL\n", "KILL" },
	{ "reqtype=setsignal\nsignal=32\n",
	    "t=hbapi-resp reqtype=setsignal result=badreq info=EINVAL\n", "real-time" },
	{ "reqtype=setsignal\nsignal=0\n", "t=hbapi-resp reqtype=setsignal result=OK\n", "off" },
	{ "reqtype=set_sendqlen\nsendqlen=100\n", "", "never answered" },
	{ "reqtype=set_sendqlen\nsendqlen=x\n", "", "never answered" },
	{ "reqtype=signon\npid=1\n", "t=hbapi-resp reqtype=signon result=badreq\n", "once is enough" },
	{ "reqtype=nosuchrequest\n",
	    "t=hbapi-resp reqtype=nosuchrequest result=badreq\n", "unknown request" },
	{ "pid=1\nfrom_id=ccm\nreqtype=numnodes\ndest=zzz\n",
	    "t=hbapi-resp reqtype=numnodes numnodes=2 result=OK\n",
	    "a request is the one of its connection" },
	/* clang-format on */
};

static void
test_requests(void)
{
	struct host *host = host_new();

	strcpy(host->online[host->online_count++], "ccm");
	peer_signon(host, &peer_a, "open", 1000, 1000);
	for (size_t i = 0; i < ARRAY_LEN(request_cases); i++) {
		if (strstr(request_cases[i].ask, "bare"))
			host_node_add(host, "bare", MEMB_PING);
		peer_ask(&peer_a, request_cases[i].ask);
		CHECK_STR(peer_hear(host, &peer_a), request_cases[i].want, "%s",
		    request_cases[i].why);
	}
	host->held = NULL;
	peer_ask(&peer_a, "reqtype=getrsc\n");
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=hbapi-resp reqtype=getrsc result=badreq "
	    "info=Resource is managed by crm. Use crm tool to query resource\n");
	peer_close(&peer_a);
	host_free(host);
}

/* What root says of a dead node. */
static void
test_confirm(void)
{
	static const struct {
		const char *ask, *want, *why;
	} rows[] = {
		{ "reqtype=hbfenced\nnode=apib\n",
		    "t=hbapi-resp reqtype=hbfenced result=OK\n", "it was waited for" },
		{ "reqtype=hbfenced\nnode=apia\n",
		    "t=hbapi-resp reqtype=hbfenced result=badreq info=EALREADY\n",
		    "nobody waits" },
		{ "reqtype=hbfenced\nnode=zzz\n",
		    "t=hbapi-resp reqtype=hbfenced result=badreq info=ENOENT\n",
		    "unknown node" },
		{ "reqtype=hbfenced\n",
		    "t=hbapi-resp reqtype=hbfenced result=badreq info=EINVAL\n",
		    "which node?" },
	};
	struct host *host = host_new();

	peer_signon(host, &peer_a, "open", 0, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		peer_ask(&peer_a, rows[i].ask);
		CHECK_STR(peer_hear(host, &peer_a), rows[i].want, "%s", rows[i].why);
	}
	peer_close(&peer_a);
	host_free(host);
}

/* Answers that are not read hold up the requests behind them, and nothing else happens.
 */
static void
test_pipeline(void)
{
	struct host *host = host_new();
	int asked = 0, heard = 0;

	peer_signon(host, &peer_a, "open", 1000, 1000);
	for (int round = 0; round < 200; round++) {
		static const char body[] = "\x25\0\0\0\xcd\xab\0\0>>>\nt=hbapi-req\n"
		                           "reqtype=nodelist\n<<<\n";

		while (asked < 5000 && send(peer_a.fd, body, 45, MSG_NOSIGNAL) == 45)
			asked++;
		if (asked == 5000 || round > 20) {
			for (const char *at = peer_hear(host, &peer_a);
			     (at = strstr(at, "result=OK")); at++)
				heard++;
		} else {
			host_run(host, 2);
		}
		CHECK(!peer_a.eof, "nobody is disconnected for asking much");
		if (heard == 5000)
			break;
	}
	CHECK_INT(heard, 5000, "every request is answered");
	peer_close(&peer_a);
	host_free(host);
}

/* ---- The socket ---- */

static void
test_listen(void)
{
	char dir[] = "/tmp/client_test.XXXXXX", path[64];
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct host *host = host_new();
	struct err err = { "" };
	struct stat st;
	int fd;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/run/register", dir);
	CHECK_INT(clients_listen(host->clients, path, &err), 0, "%s", err.text);
	CHECK_INT(stat(path, &st), 0, "the socket is there");
	CHECK_INT(st.st_mode, S_IFSOCK | 0777, "for everybody who reaches it");
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0, "connect");
	host_run(host, 5);
	CHECK_INT(host->clients->conn_count, 1, "accepted");
	host_free(host);
	CHECK_INT(recv(fd, path, 1, 0), 0, "EOF, nothing else");
	close(fd);
	CHECK(stat(sun.sun_path, &st) < 0 && errno == ENOENT, "no stale socket");
	*strrchr(sun.sun_path, '/') = '\0';
	CHECK_INT(stat(sun.sun_path, &st), 0, "the directory");
	CHECK_INT(st.st_mode & 07777, 0750, "is the gate");
	rmdir(sun.sun_path);
	rmdir(dir);
}

/* One more than the bound is closed at once; those who are there do not notice. */
static void
test_too_many(void)
{
	char dir[] = "/tmp/client_test.XXXXXX";
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct host *host = host_new();
	struct err err = { "" };
	int fd;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/register", dir);
	CHECK_INT(clients_listen(host->clients, sun.sun_path, &err), 0, "%s", err.text);
	peer_signon(host, &peer_a, "open", 1000, 1000);
	for (int i = 1; i < CLIENTS_CONN_MAX; i++) {
		int pair[2];

		/* Not watched: only counted. */
		assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
		clients_conn_new(host->clients, pair[1], &(struct ucred){ 1, 0, 0 });
		close(pair[0]);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0, "connect");
	peer_ask(&peer_a, "reqtype=numnodes\n");
	CHECK_STR(peer_hear(host, &peer_a),
	    "t=hbapi-resp reqtype=numnodes numnodes=2 result=OK\n");
	CHECK_INT(recv(fd, dir, 1, MSG_DONTWAIT), 0, "refused");
	CHECK_INT(host->clients->conn_count, CLIENTS_CONN_MAX, "full");
	close(fd);
	peer_close(&peer_a);
	host_free(host);
	rmdir(dir);
}

static const struct check_case cases[] = {
	{ "signon", test_signon },
	{ "default_entry", test_default_entry },
	{ "name_taken", test_name_taken },
	{ "first_not_signon", test_first_not_signon },
	{ "leave", test_leave },
	{ "child_died", test_child_died },
	{ "bad_frames", test_bad_frames },
	{ "ten_empty", test_ten_empty },
	{ "split_and_batch", test_split_and_batch },
	{ "longest_frame", test_longest_frame },
	{ "requests", test_requests },
	{ "confirm", test_confirm },
	{ "pipeline", test_pipeline },
	{ "listen", test_listen },
	{ "too_many", test_too_many },
};

CHECK_MAIN("client", cases)
