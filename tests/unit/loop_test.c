/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/loop.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <poll.h>
#include <qb/qbloop.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static char trace[512];

static void
note(const char *what)
{
	strncat(trace, what, sizeof(trace) - strlen(trace) - 1);
}

static void
begin(void)
{
	loop = loop_new(0);
	trace[0] = '\0';
	CHECK(loop != NULL);
}

static void
finish(void)
{
	loop_free(loop);
	loop = NULL;
}

static void
stop_fire(void *data, struct instant now)
{
	(void)data;
	(void)now;
	loop_stop(loop);
}

/* Runs the loop for MS, then returns. */
static void
run_ms(int64_t ms)
{
	struct loop_timer stop;

	loop_timer_init(loop, &stop, "stop", stop_fire, NULL);
	loop_timer_arm(&stop, instant_add_ms(instant_now(), ms));
	loop_run(loop);
	loop_timer_arm(&stop, INSTANT_NEVER);
}

static void
name_fire(void *data, struct instant now)
{
	(void)now;
	note(data);
}

static void
event_ready(void *data, int fd, int revents)
{
	uint64_t value;

	CHECK(revents & POLLIN);
	if (read(fd, &value, sizeof(value)) == (ssize_t)sizeof(value))
		note(data);
}

static int
event_new(uint64_t value)
{
	return eventfd((unsigned)value, EFD_NONBLOCK | EFD_CLOEXEC);
}

/* Timers. */

static void
test_timers_fire_in_order(void)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g" };
	static const int order[] = { 3, 6, 0, 5, 1, 4, 2 };
	struct loop_timer timer[7];
	struct instant start;

	begin();
	start = instant_now();
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		int k = order[i];

		loop_timer_init(loop, &timer[k], names[k], name_fire, (void *)names[k]);
		loop_timer_arm(&timer[k],
		    (struct instant){ start.ns + (k + 1) * 100000 });
	}
	loop_timer_arm(&timer[2], INSTANT_NEVER);
	/* Moved behind the others. */
	loop_timer_arm(&timer[0], (struct instant){ start.ns + 9 * 100000 });
	run_ms(5);
	CHECK_STR(trace, "bdefga", "order of firing");
	for (size_t i = 0; i < ARRAY_LEN(timer); i++)
		CHECK(!instant_is_set(timer[i].when));
	finish();
}

static struct {
	struct loop_timer timer;
	struct instant armed;
	int64_t late_ns;
	int count;
} tick;

static void
tick_fire(void *data, struct instant now)
{
	int64_t late_ns = now.ns - tick.armed.ns;

	(void)data;
	CHECK(late_ns >= 0, "fired before its time");
	if (tick.count == 0 || late_ns < tick.late_ns)
		tick.late_ns = late_ns;
	if (++tick.count == 50) {
		loop_stop(loop);
		return;
	}
	tick.armed = (struct instant){ now.ns + 300000 };
	loop_timer_arm(&tick.timer, tick.armed);
}

static void
test_timer_is_finer_than_milliseconds(void)
{
	begin();
	tick.count = 0;
	tick.armed = (struct instant){ instant_now().ns + 300000 };
	loop_timer_init(loop, &tick.timer, "tick", tick_fire, NULL);
	loop_timer_arm(&tick.timer, tick.armed);
	loop_run(loop);
	CHECK_INT(tick.count, 50, "ticks");
	/* The best of 50: a rounding to milliseconds would cost 700 us each time. */
	CHECK(tick.late_ns < 500000, "%lld ns late", (long long)tick.late_ns);
	finish();
}

static struct loop_timer again, other;
static int agains;

static void
again_fire(void *data, struct instant now)
{
	(void)data;
	note("A");
	if (++agains < 3)
		loop_timer_arm(&again, (struct instant){ now.ns - 1000 });
}

static void
test_past_instant_waits_for_the_next_turn(void)
{
	struct instant past;

	begin();
	agains = 0;
	past = (struct instant){ instant_now().ns - 5000 };
	loop_timer_init(loop, &again, "again", again_fire, NULL);
	loop_timer_init(loop, &other, "other", name_fire, (void *)"o");
	loop_timer_arm(&again, past);
	loop_timer_arm(&other, (struct instant){ past.ns + 1 });
	run_ms(5);
	CHECK_STR(trace, "AoAA", "the other one is not starved");
	finish();
}

static void
disarm_other_fire(void *data, struct instant now)
{
	(void)now;
	(void)data;
	note("d");
	loop_timer_arm(&other, INSTANT_NEVER);
}

static void
test_disarmed_by_one_that_fires_with_it(void)
{
	struct loop_timer first;
	struct instant past;

	begin();
	past = (struct instant){ instant_now().ns - 5000 };
	loop_timer_init(loop, &first, "first", disarm_other_fire, NULL);
	loop_timer_init(loop, &other, "other", name_fire, (void *)"o");
	loop_timer_arm(&first, past);
	loop_timer_arm(&other, past);
	loop_timer_arm(&other, (struct instant){ past.ns + 1 });
	run_ms(3);
	CHECK_STR(trace, "d", "other was due but is disarmed");
	loop_timer_arm(&other, past);
	run_ms(3);
	CHECK_STR(trace, "do", "and can be armed again");
	finish();
}

/* Random arms, moves and disarms against a plain array; more than the heap has room for
 * at first. */
#define MANY 600
static struct {
	struct loop_timer timer;
	int64_t want_ns; /* 0 = not armed */
	int fired;
} many[MANY];
static int64_t many_last_ns;

static void
many_fire(void *data, struct instant now)
{
	int i = (int)(intptr_t)data;

	CHECK(many[i].want_ns != 0 && many[i].want_ns <= now.ns);
	CHECK(many[i].want_ns >= many_last_ns, "out of order");
	many_last_ns = many[i].want_ns;
	many[i].want_ns = 0;
	many[i].fired++;
}

static void
test_many_timers(void)
{
	struct instant start;
	int left = 0;

	begin();
	srandom(7);
	start = instant_now();
	many_last_ns = 0;
	for (int i = 0; i < MANY; i++) {
		many[i].fired = 0;
		many[i].want_ns = 0;
		loop_timer_init(loop, &many[i].timer, "many", many_fire,
		    (void *)(intptr_t)i);
	}
	for (int step = 0; step < 5000; step++) {
		int i = (int)(random() % MANY);

		many[i].want_ns =
		    random() % 4 ? start.ns + 20 * NS_PER_MS + random() % (20 * NS_PER_MS)
		                 : 0;
		loop_timer_arm(&many[i].timer, (struct instant){ many[i].want_ns });
	}
	for (int i = 0; i < MANY; i++)
		left += many[i].want_ns != 0;
	CHECK(left > 256, "the heap had to grow");
	run_ms(60);
	for (int i = 0; i < MANY; i++) {
		CHECK_INT(many[i].want_ns, 0, "timer %d did not fire", i);
		left -= many[i].fired;
	}
	CHECK_INT(left, 0, "each fired once");
	finish();
}

/* Descriptors. */

static void
test_urgent_before_others_before_timers(void)
{
	int fd[7];
	struct loop_timer timer;

	begin();
	for (int i = 0; i < 7; i++) {
		fd[i] = event_new(1);
		/* libqb alone would hand over four of seven in a turn, in this order. */
		CHECK_INT(loop_fd_add(loop, fd[i], POLLIN, i == 6, "event", event_ready,
		              (void *)(i == 6 ? "U" : "n")),
		    0, "add");
	}
	loop_timer_init(loop, &timer, "timer", name_fire, (void *)"T");
	loop_timer_arm(&timer, (struct instant){ instant_now().ns - 1 });
	run_ms(3);
	CHECK_STR(trace, "UnnnnnnT", "one turn");
	for (int i = 0; i < 7; i++) {
		loop_fd_remove(loop, fd[i]);
		close(fd[i]);
	}
	finish();
}

/* Reads one byte per call, as a medium with a quota does. */
static void
sip_ready(void *data, int fd, int revents)
{
	char c;

	(void)data;
	(void)revents;
	if (read(fd, &c, 1) == 1)
		note("r");
}

static void
test_ears_are_drained_before_a_timer(void)
{
	int pair[2];
	struct loop_timer timer;

	begin();
	CHECK(pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0);
	CHECK(write(pair[1], "12345", 5) == 5);
	loop_fd_add(loop, pair[0], POLLIN, false, "pipe", sip_ready, NULL);
	loop_timer_init(loop, &timer, "timer", name_fire, (void *)"T");
	loop_timer_arm(&timer, (struct instant){ instant_now().ns - 1 });
	run_ms(3);
	CHECK_STR(trace, "rrrrrT", "silence is judged after all ears were asked");
	finish();
	close(pair[0]);
	close(pair[1]);
}

static int victim;

static void
remove_victim_ready(void *data, int fd, int revents)
{
	(void)revents;
	note(data);
	loop_fd_remove(loop, victim);
	loop_fd_remove(loop, fd);
}

static void
test_remove_from_a_handler(void)
{
	int first, reborn;

	begin();
	first = event_new(1);
	victim = event_new(1);
	loop_fd_add(loop, first, POLLIN, true, "first", remove_victim_ready, (void *)"x");
	loop_fd_add(loop, victim, POLLIN, false, "victim", event_ready, (void *)"v");
	CHECK_INT(loop_fd_add(loop, victim, POLLIN, false, "twice", event_ready, NULL),
	    -EEXIST, "a descriptor is added once");
	run_ms(3);
	CHECK_STR(trace, "x", "neither is called again");
	/* The number is used again. */
	close(victim);
	reborn = event_new(1);
	CHECK_INT(reborn, victim, "same number");
	loop_fd_add(loop, reborn, POLLIN, false, "reborn", event_ready, (void *)"b");
	run_ms(3);
	CHECK_STR(trace, "xb", "the new owner of the number is called");
	finish();
	close(first);
	close(reborn);
}

static void
writable_ready(void *data, int fd, int revents)
{
	(void)data;
	CHECK_INT(revents, POLLOUT, "only what was asked for");
	note("w");
	loop_fd_modify(loop, fd, POLLIN);
}

static void
test_modify(void)
{
	int pair[2];

	begin();
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	loop_fd_add(loop, pair[0], 0, false, "socket", writable_ready, NULL);
	run_ms(2);
	CHECK_STR(trace, "", "nothing is asked for");
	CHECK_INT(loop_fd_modify(loop, pair[0], POLLOUT), 0, "modify");
	run_ms(2);
	CHECK_STR(trace, "w", "called once, then changed back");
	CHECK_INT(loop_fd_modify(loop, pair[1], POLLIN), -ENOENT, "an unknown one");
	CHECK_INT(loop_fd_add(loop, -1, POLLIN, false, "none", sip_ready, NULL), -EBADF,
	    "none");
	loop_fd_remove(loop, pair[1]);
	finish();
	close(pair[0]);
	close(pair[1]);
}

/* Signals. */

static void
signal_caught(void *data, int signo)
{
	note(data);
	CHECK(signo == SIGUSR1 || signo == SIGUSR2);
	if (signo == SIGUSR2)
		loop_stop(loop);
}

static void
test_signals(void)
{
	sigset_t set;

	begin();
	CHECK_INT(loop_signal_add(loop, SIGUSR1, signal_caught, (void *)"1"), 0, "first");
	CHECK_INT(loop_signal_add(loop, SIGUSR2, signal_caught, (void *)"2"), 0,
	    "second");
	CHECK_INT(loop_signal_add(loop, 0, signal_caught, NULL), -EINVAL, "no signal");
	raise(SIGUSR1);
	raise(SIGUSR2);
	loop_run(loop);
	CHECK_STR(trace, "12", "both in order");
	finish();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void
test_stop_before_run(void)
{
	begin();
	loop_stop(loop);
	loop_run(loop); /* would hang */
	CHECK(true);
	finish();
}

static int64_t turn_spread_ns;

static void
two_looks_fire(void *data, struct instant now)
{
	struct timespec nap = { .tv_nsec = 2000000 };

	(void)data;
	nanosleep(&nap, NULL);
	turn_spread_ns = loop_now(loop).ns - now.ns;
	loop_stop(loop);
}

static void
test_now_stands_still_in_a_turn(void)
{
	struct loop_timer timer;

	begin();
	loop_timer_init(loop, &timer, "looks", two_looks_fire, NULL);
	turn_spread_ns = -1;
	loop_timer_arm(&timer, instant_now());
	loop_run(loop);
	CHECK_INT(turn_spread_ns, 0, "one time for a whole turn");
	finish();
}

static void
test_slow_turn_is_reported(void)
{
	struct loop_timer timer;
	char text[512];
	int pair[2], saved = dup(STDERR_FILENO);
	ssize_t len;

	CHECK(pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0);
	loop = loop_new(1);
	loop_timer_init(loop, &timer, "dawdler", two_looks_fire, NULL);
	loop_timer_arm(&timer, instant_now());
	fflush(stderr);
	dup2(pair[1], STDERR_FILENO);
	loop_run(loop);
	dup2(saved, STDERR_FILENO);
	len = read(pair[0], text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	CHECK(strstr(text, "a turn of the loop took ") != NULL, "got '%.200s'", text);
	CHECK(strstr(text, "dawdler ") != NULL, "got '%.200s'", text);
	finish();
	close(saved);
	close(pair[0]);
	close(pair[1]);
}

/* What a timer causes. */

static int echo_fd;

static void
echo_fire(void *data, struct instant now)
{
	uint64_t one = 1;

	(void)data;
	(void)now;
	note("t");
	CHECK(write(echo_fd, &one, sizeof(one)) == (ssize_t)sizeof(one));
	loop_stop(loop);
}

static void
test_echo_of_a_timer_is_heard_in_its_turn(void)
{
	struct loop_timer timer;

	begin();
	echo_fd = event_new(0);
	loop_fd_add(loop, echo_fd, POLLIN, true, "echo", event_ready, "e");
	loop_timer_init(loop, &timer, "sends", echo_fire, NULL);
	loop_timer_arm(&timer, instant_now());
	loop_run(loop);
	CHECK_STR(trace, "te", "the turn that was to be the last has heard it");
	finish();
	close(echo_fd);
}

/* libqb's loop below ours. */

static void
job_run(void *data)
{
	note(data);
}

static void
test_qb_serves_both(void)
{
	struct loop_timer timer;
	int fd = event_new(1);

	begin();
	CHECK(loop_qb(loop) != NULL);
	CHECK(loop_qb(loop) == loop_qb(loop), "one for all");
	loop_fd_add(loop, fd, POLLIN, true, "event", event_ready, "e");
	loop_timer_init(loop, &timer, "timer", name_fire, "t");
	loop_timer_arm(&timer, instant_add_ms(instant_now(), 400));
	CHECK_INT(qb_loop_job_add(loop_qb(loop), QB_LOOP_MED, (void *)"j", job_run), 0,
	    "job");
	run_ms(450);
	CHECK_INT(strlen(trace), 3, "each once");
	CHECK(strchr(trace, 'j') && strchr(trace, 'e'), "got '%.100s'", trace);
	CHECK_INT(trace[2], 't', "and then the timer");
	trace[0] = '\0';
	run_ms(5);
	CHECK_STR(trace, "", "a second run ends too");
	finish();
	close(fd);
}

static const struct check_case cases[] = {
	{ "timers_fire_in_order", test_timers_fire_in_order },
	{ "timer_is_finer_than_milliseconds", test_timer_is_finer_than_milliseconds },
	{ "past_instant_waits_for_the_next_turn",
	    test_past_instant_waits_for_the_next_turn },
	{ "disarmed_by_one_that_fires_with_it", test_disarmed_by_one_that_fires_with_it },
	{ "many_timers", test_many_timers },
	{ "urgent_before_others_before_timers", test_urgent_before_others_before_timers },
	{ "ears_are_drained_before_a_timer", test_ears_are_drained_before_a_timer },
	{ "remove_from_a_handler", test_remove_from_a_handler },
	{ "modify", test_modify },
	{ "signals", test_signals },
	{ "stop_before_run", test_stop_before_run },
	{ "now_stands_still_in_a_turn", test_now_stands_still_in_a_turn },
	{ "slow_turn_is_reported", test_slow_turn_is_reported },
	{ "echo_of_a_timer_is_heard_in_its_turn",
	    test_echo_of_a_timer_is_heard_in_its_turn },
	{ "qb_serves_both", test_qb_serves_both },
};

CHECK_MAIN("loop", cases)
