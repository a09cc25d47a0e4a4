/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that talks to the daemon.
 *
 * It signs on, asks for everything, then hears events and asks again: at once after an
 * event that changed something, else every refresh_ms.  Each time the facts become a new
 * view. When the connection ends the view is empty, and signing on is tried every second.
 *
 * Traps come from events, and from what a later answer says differently (events are not
 * told while there is no connection).
 */
#include "heartbeat/helpers/hbagent/hbagent.h"
#include "lib/array.h"
#include "lib/paths.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MS 4000     /* for all questions of a round together */
#define SIGNON_MS 2000     /* also the longest that source_stop() waits */
#define RETRY_MS 1000      /* between two sign-ons */
#define HUSH_MS 200        /* at least between two rounds, however many events come */
#define ADDRESSES_MS 60000 /* between two readings of /etc/hosts */
#define TRAP_MAX 256       /* that wait for the other thread; the oldest are lost */
#define EVENT_MAX 1000     /* read in one go before the tables are looked at */

struct source {
	pthread_t thread;
	int stop_fd, wake_fd;
	int64_t refresh_ms;

	/* Of the thread. */
	struct client *client;
	struct hbagent_facts facts;
	struct hbagent_facts last; /* of the connection before this one */
	struct instant asked, hosts_read;
	struct stat groups_stat;
	int told; /* the last reason why there is no connection */

	pthread_mutex_t lock; /* of what is below */
	struct hbagent_view *view;
	struct hbagent_trap trap[TRAP_MAX];
	size_t trap_first, trap_count;
};

/* ---- Handing over ---- */

static void
source_wake(struct source *source)
{
	uint64_t one = 1;

	if (write(source->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		hbagent_log(LOG_ERR, "cannot wake the other thread: %s", strerror(errno));
}

static void
source_publish(struct source *source)
{
	struct hbagent_view *view = hbagent_view_new(&source->facts), *old;

	if (!view) {
		hbagent_log(LOG_ERR, "out of memory: the tables stay as they were");
		return;
	}
	pthread_mutex_lock(&source->lock);
	old = source->view;
	source->view = view;
	pthread_mutex_unlock(&source->lock);
	hbagent_view_free(old);
	source_wake(source);
}

static void
source_trap_note(void *data, const struct hbagent_trap *trap)
{
	struct source *source = data;
	bool lost;

	pthread_mutex_lock(&source->lock);
	lost = source->trap_count == TRAP_MAX;
	if (lost) {
		source->trap_first = (source->trap_first + 1) % TRAP_MAX;
		source->trap_count--;
	}
	source->trap[(source->trap_first + source->trap_count++) % TRAP_MAX] = *trap;
	pthread_mutex_unlock(&source->lock);
	if (lost)
		hbagent_log(LOG_WARNING,
		    "a trap is lost: %d others wait for the master agent", TRAP_MAX);
	source_wake(source);
}

static struct hbagent_sink
source_sink(struct source *source)
{
	return (struct hbagent_sink){ .trap = source_trap_note, .data = source };
}

/* ---- This machine's files ---- */

/* Of /etc/hosts alone: a name service might not answer. */
static void
source_addresses_read(struct source *source, struct hbagent_facts *facts)
{
	struct hostent *host;
	bool due = !instant_is_set(source->hosts_read) ||
	           instant_diff_ms(instant_now(), source->hosts_read) >= ADDRESSES_MS ||
	           facts->node_count != source->facts.node_count;

	if (!due)
		return;
	source->hosts_read = instant_now();
	sethostent(0);
	while ((host = gethostent()))
		for (size_t i = 0; i < facts->node_count; i++) {
			struct hbagent_node *node = &facts->node[i];

			if (!node->address[0] &&
			    strcasecmp(node->name, host->h_name) == 0)
				inet_ntop(host->h_addrtype, host->h_addr_list[0],
				    node->address, sizeof(node->address));
		}
	endhostent();
}

/* Groups of haresources, read again when the file is another one.  A crm has none. */
static void
source_groups_read(struct source *source, struct hbagent_facts *facts)
{
	const char *manager = client_facts(source->client)->manager;
	struct conf_problems problems;
	struct conf_groups groups = { 0 };
	struct stat st = { 0 };

	if (manager[0] && strcmp(manager, "false") != 0)
		return;
	if (stat(HB_HARESOURCES, &st) == 0 && st.st_ino == source->groups_stat.st_ino &&
	    st.st_size == source->groups_stat.st_size &&
	    st.st_mtim.tv_sec == source->groups_stat.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == source->groups_stat.st_mtim.tv_nsec) {
		facts->group = source->facts.group;
		facts->group_count = source->facts.group_count;
		source->facts.group = NULL;
		source->facts.group_count = 0;
		return;
	}
	source->groups_stat = st;
	conf_problems_init(&problems);
	if (conf_haresources_read(HB_HARESOURCES, &groups, &problems) == 0)
		hbagent_facts_groups_take(facts, &groups);
	conf_groups_free(&groups);
	conf_problems_free(&problems);
}

static int64_t
boot_time(void)
{
	struct timespec now, up;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) != 0)
		return 0;
	return now.tv_sec - up.tv_sec;
}

/* ---- A round ---- */

/* What came meanwhile or just now.  *NEWS: something changed.  0 or as client_read(). */
static int
source_events_read(struct source *source, bool *news)
{
	struct hbagent_sink sink = source_sink(source);

	for (size_t i = 0; i < EVENT_MAX; i++) {
		const struct msg *m;
		int r = client_read(source->client, &m, instant_now());

		if (r == -ETIMEDOUT)
			return 0;
		if (r == -EPROTO && client_fd(source->client) >= 0)
			continue; /* one damaged message; the stream is checked by its
			             frames */
		if (r < 0)
			return r;
		if (hbagent_facts_event(&source->facts, m, &sink))
			*news = true;
	}
	return 0;
}

/* Asks for the tables.  Events that came before the answers are told first; when there
 * were any, the answers may be older than what was told, and the next round compares. */
static int
source_round(struct source *source)
{
	struct hbagent_sink sink = source_sink(source);
	struct hbagent_facts fresh = { .is_connected = true, .boot_s = boot_time() };
	bool news = false;
	int r;

	memcpy(fresh.self, source->facts.self, sizeof(fresh.self));
	memcpy(fresh.hold, source->facts.hold, sizeof(fresh.hold));
	memcpy(fresh.held, source->facts.held, sizeof(fresh.held));
	memcpy(fresh.param, source->facts.param, sizeof(fresh.param));
	memcpy(fresh.cluster, source->facts.cluster, sizeof(fresh.cluster));
	r = hbagent_ask_tables(source->client, &source->facts, &fresh,
	    instant_add_ms(instant_now(), ANSWER_MS));
	source->asked = instant_now();
	if (r == 0)
		r = source_events_read(source, &news);
	if (r < 0 || news) {
		hbagent_facts_clear(&fresh);
		if (r == 0)
			source->asked = INSTANT_NEVER;
		return r;
	}
	source_addresses_read(source, &fresh);
	source_groups_read(source, &fresh);
	hbagent_facts_follow(&source->facts, &fresh, &sink);
	hbagent_facts_clear(&source->facts);
	source->facts = fresh;
	source_publish(source);
	return 0;
}

/* ---- The connection ---- */

/* Waits for the socket; true when the thread is to end. */
static bool
source_wait(struct source *source, int64_t wait_ms)
{
	struct pollfd pfd[] = { { .fd = source->stop_fd, .events = POLLIN },
		{ .fd = client_fd(source->client), .events = POLLIN } };

	poll(pfd, ARRAY_LEN(pfd), (int)(wait_ms < 0 ? 0 : wait_ms));
	return pfd[0].revents != 0;
}

static int
source_signon(struct source *source)
{
	struct hbagent_sink sink = source_sink(source);
	struct instant now = instant_now();
	struct err err = { .text = "" };
	int r = client_signon(source->client, HB_REGISTER, HBAGENT_CLIENT,
	    instant_add_ms(now, SIGNON_MS), &err);

	if (r < 0) {
		if (source->told != r)
			hbagent_log(LOG_INFO, "heartbeat does not take us: %s",
			    err.text[0] ? err.text : strerror(-r));
		source->told = r;
		return r;
	}
	source->told = 0;
	hbagent_facts_clear(&source->facts);
	source->facts =
	    source->last; /* what changed while nobody told us becomes traps */
	source->last = (struct hbagent_facts){ 0 };
	hbagent_text_copy(source->facts.self, sizeof(source->facts.self),
	    client_facts(source->client)->node);
	source->facts.hold[0] = source->facts.held[0] = '\0';
	source->groups_stat = (struct stat){ 0 };
	r = hbagent_ask_params(source->client, &source->facts,
	    instant_add_ms(instant_now(), ANSWER_MS));
	if (r == 0)
		r = source_round(source);
	if (r < 0)
		return r;
	hbagent_log(LOG_INFO, "signed on with heartbeat on %s: %zu nodes",
	    source->facts.self, source->facts.node_count);
	hbagent_facts_self_trap(&source->facts, HBAGENT_TRAP_ONLINE, &sink);
	return 0;
}

/* The tables become empty; the facts are kept for a comparison. */
static void
source_disconnect(struct source *source, const char *why)
{
	struct hbagent_sink sink = source_sink(source);

	hbagent_log(LOG_INFO, "no longer signed on: %s", why);
	client_signoff(source->client);
	hbagent_facts_self_trap(&source->facts, HBAGENT_TRAP_OFFLINE, &sink);
	hbagent_facts_clear(&source->last);
	source->last = source->facts;
	source->facts = (struct hbagent_facts){ 0 };
	source_publish(source);
}

/* Until the connection breaks (its -errno) or the thread is to end (0). */
static int
source_serve(struct source *source)
{
	for (;;) {
		struct instant now = instant_now();
		int64_t age_ms = instant_is_set(source->asked)
		                     ? instant_diff_ms(now, source->asked)
		                     : source->refresh_ms;
		bool news = false;
		int r = 0;

		if (age_ms >= source->refresh_ms)
			r = source_round(source);
		else if (source_wait(source, source->refresh_ms - age_ms))
			return 0;
		if (r == 0)
			r = source_events_read(source, &news);
		if (r < 0)
			return r;
		if (!news && instant_is_set(source->asked))
			continue;
		source_publish(source); /* what the event told itself is shown at once */
		source->asked = INSTANT_NEVER;
		if (source_wait(source, 0))
			return 0;
		poll(NULL, 0, HUSH_MS);
	}
}

static void *
source_main(void *data)
{
	struct source *source = data;

	source_publish(source);
	for (;;) {
		int r = source_signon(source);

		if (r == 0) {
			r = source_serve(source);
			source_disconnect(source,
			    r < 0 ? strerror(-r) : "the agent ends");
			if (r == 0)
				return NULL;
		} else {
			/* It may have broken after the sign-on. */
			client_signoff(source->client);
			if (source->facts.node_count > 0) {
				hbagent_facts_clear(&source->last);
				source->last = source->facts;
				source->facts = (struct hbagent_facts){ 0 };
			}
		}
		if (source_wait(source, RETRY_MS))
			return NULL;
	}
}

/* ---- Life ---- */

struct source *
source_new(int64_t refresh_ms, struct err *err)
{
	struct source *source = calloc(1, sizeof(*source));
	int r;

	if (!source) {
		err_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	source->refresh_ms = refresh_ms;
	pthread_mutex_init(&source->lock, NULL);
	source->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	source->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	source->client = client_new();
	r = source->stop_fd < 0 || source->wake_fd < 0 || !source->client ? ENOMEM : 0;
	if (r == 0)
		r = pthread_create(&source->thread, NULL, source_main, source);
	if (r == 0)
		return source;
	err_set(err, -r, "cannot start a thread: %s", strerror(r));
	source_free(source);
	return NULL;
}

void
source_stop(struct source *source)
{
	uint64_t one = 1;

	if (write(source->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(source->thread, NULL);
}

void
source_free(struct source *source)
{
	hbagent_facts_clear(&source->facts);
	hbagent_facts_clear(&source->last);
	hbagent_view_free(source->view);
	client_free(source->client);
	if (source->stop_fd >= 0)
		close(source->stop_fd);
	if (source->wake_fd >= 0)
		close(source->wake_fd);
	pthread_mutex_destroy(&source->lock);
	free(source);
}

int
source_fd(const struct source *source)
{
	return source->wake_fd;
}

struct hbagent_view *
source_view_take(struct source *source)
{
	struct hbagent_view *view;
	uint64_t count;

	if (read(source->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		hbagent_log(LOG_ERR, "cannot read from the other thread: %s",
		    strerror(errno));
	pthread_mutex_lock(&source->lock);
	view = source->view;
	source->view = NULL;
	pthread_mutex_unlock(&source->lock);
	return view;
}

bool
source_trap_take(struct source *source, struct hbagent_trap *trap)
{
	bool found;

	pthread_mutex_lock(&source->lock);
	found = source->trap_count > 0;
	if (found) {
		*trap = source->trap[source->trap_first];
		source->trap_first = (source->trap_first + 1) % TRAP_MAX;
		source->trap_count--;
	}
	pthread_mutex_unlock(&source->lock);
	return found;
}
