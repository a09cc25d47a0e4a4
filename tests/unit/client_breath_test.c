/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients that talk without a pause are read in draughts (heartbeat/client/breath.c): nothing is lost,
 * late or out of order by it, and who says one thing at a time is left alone. */
#include "tests/unit/client_peer.h"

#define MESSAGES_MAX 20000 /* a busy machine may break many rows */

static unsigned said; /* by peer_a in this case */

static struct clients_conn *
speaker(struct host *host)
{
	return clients_find(host->clients, "open");
}

static void
say_one(void)
{
	char text[64];

	snprintf(text, sizeof(text), "t=tick\nn=%u\n", ++said);
	peer_say(&peer_a, text);
}

/* One turn of the loop, or a few: no time passes. */
static void
turn(struct host *host)
{
	loop_timer_arm(&host->timer, instant_now());
	loop_run(host->loop);
}

/* Until all is sent; it hears its own words back, and has to read them. */
static void
run_until_sent(struct host *host)
{
	for (int i = 0; host->sent < said && i < 10000; i++) {
		if (i < 10)
			turn(host);
		else
			host_run(host, 1);
		while (recv(peer_a.fd, peer_a.bytes, sizeof(peer_a.bytes), 0) > 0)
			;
	}
}

/* Message by message, each heard alone, until it is read in draughts. */
static struct host *
talk_until_breath(void)
{
	struct host *host = host_new();

	said = 0;
	peer_signon(host, &peer_a, "open", 1000, 1000);
	host->sent = 0; /* its joining */
	while (!speaker(host)->breathes && said < MESSAGES_MAX) {
		say_one();
		run_until_sent(host);
	}
	CHECK(speaker(host)->breathes);
	CHECK(said >= 16);
	return host;
}

static void
check_last(struct host *host)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", said);
	CHECK_INT(host->sent, said, "each is sent once");
	CHECK_STR(msg_str(&host->last, "n"), text);
}

static void
test_draughts(void)
{
	struct host *host = talk_until_breath();

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 100; i++)
			say_one();
		run_until_sent(host);
		check_last(host);
	}
	peer_close(&peer_a);
	host_free(host);
}

/* A draught of one message ends it; what comes then wakes at once. */
static void
test_one_at_a_time(void)
{
	struct host *host = talk_until_breath();

	say_one();
	for (int i = 0; speaker(host)->breathes && i < 1000; i++)
		host_run(host, 1);
	check_last(host);
	CHECK(speaker(host)->events & POLLIN);
	say_one();
	host_run(host, 0);
	check_last(host);
	CHECK(!speaker(host)->breathes);
	peer_close(&peer_a);
	host_free(host);
}

/* Its last words and its end are noticed in a draught, too. */
static void
test_end(void)
{
	struct host *host = talk_until_breath();

	say_one();
	say_one();
	peer_close(&peer_a);
	for (int i = 0; speaker(host) && i < 1000; i++)
		host_run(host, 1);
	CHECK(!speaker(host));
	CHECK(host->sent > said); /* its leaving */
	CHECK_INT(host->clients->breathing_count, 0, "nobody");
	host_free(host);
}

/* The cluster takes nothing: it is asked again when it does. */
static void
test_push_back(void)
{
	struct host *host = talk_until_breath();

	clients_pause(host->clients);
	for (int i = 0; i < 50; i++)
		say_one();
	for (int i = 0; i < 20; i++)
		host_run(host, 1);
	CHECK_INT(host->sent, said - 50, "nothing");
	clients_resume(host->clients);
	run_until_sent(host);
	check_last(host);
	peer_close(&peer_a);
	host_free(host);
}

static const struct check_case cases[] = {
	{ "draughts", test_draughts },
	{ "one_at_a_time", test_one_at_a_time },
	{ "end", test_end },
	{ "push_back", test_push_back },
};

CHECK_MAIN("client_breath", cases)
