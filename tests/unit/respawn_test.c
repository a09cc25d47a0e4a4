/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of respawn and failfast (spec/config.md 8.2): stories, told as what the rules
 * ask for. */
#include "heartbeat/daemon/respawn.h"
#include "tests/unit/check.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <syslog.h>

#define T0 1000000

static char trace[8192], said[8192];
static struct instant armed;
static struct respawn_child child[3];
static struct respawn rules;

static void __attribute__((format(printf, 1, 2))) note(const char *format, ...)
{
	size_t used = strlen(trace);
	va_list args;

	va_start(args, format);
	vsnprintf(trace + used, sizeof(trace) - used, format, args);
	va_end(args);
}

static void
fx_start(void *shell, size_t i)
{
	(void)shell;
	note("start %s, ", child[i].command);
}

static void
fx_kill(void *shell, size_t i, int signo)
{
	(void)shell;
	note("kill %s %d, ", child[i].command, signo);
}

static void
fx_arm(void *shell, struct instant when)
{
	(void)shell;
	armed = when;
}

static void
fx_reboot(void *shell, size_t i)
{
	(void)shell;
	note("reboot for %s, ", child[i].command);
}

static void
fx_log(void *shell, int priority, const char *text)
{
	size_t used = strlen(said);

	(void)shell;
	snprintf(said + used, sizeof(said) - used, "%d %s\n", priority, text);
}

static const struct respawn_effects effects = { fx_start, fx_kill, fx_arm, fx_reboot,
	fx_log };

static struct instant
at(int64_t ms)
{
	return instant_add_ms((struct instant){ T0 }, ms);
}

static void
begin(size_t count)
{
	static const char *const names[] = { "a", "b", "c" };

	memset(child, 0, sizeof(child));
	for (size_t i = 0; i < count; i++)
		child[i].command = names[i];
	armed = INSTANT_NEVER;
	respawn_init(&rules, child, count, 2000, &effects, NULL);
	trace[0] = said[0] = '\0';
	respawn_begin(&rules, at(0));
}

/* What was asked for since the last look. */
static const char *
asked(void)
{
	static char last[sizeof(trace)];

	strcpy(last, trace);
	trace[0] = '\0';
	return last;
}

static bool
has_said(int priority, const char *text)
{
	char line[600];

	snprintf(line, sizeof(line), "%d %s\n", priority, text);
	return strstr(said, line) != NULL;
}

static const struct {
	int64_t life_ms;
	int status;
	bool failfast;
	const char *asks; /* at once */
	bool waits;       /* for a second */
	int priority;
	const char *says, *why;
} end_cases[] = {
	{ 40000, W_EXITCODE(0, 0), false, "start a, ", false, LOG_INFO,
	    "Managed a process 7 exited with return code 0.",
	    "0 is no reason not to start again" },
	{ 40000, W_EXITCODE(3, 0), false, "start a, ", false, LOG_WARNING,
	    "Managed a process 7 exited with return code 3.", "a failure" },
	{ 40000, W_EXITCODE(1, 0), false, "start a, ", false, LOG_ERR,
	    "Respawning client \"a\":", "it is said" },
	{ 40000, W_EXITCODE(100, 0), false, "", false, LOG_WARNING,
	    "Managed a process 7 exited with return code 100.", "nothing to do for it" },
	{ 40000, SIGKILL, false, "start a, ", false, LOG_WARNING,
	    "Managed a process 7 killed by signal 9 [SIGKILL - Kill, unblockable].",
	    "killed" },
	{ 40000, SIGSEGV | 0x80, false, "start a, ", false, LOG_ERR,
	    "Managed a process 7 dumped core", "crashed" },
	{ 40000, 62, false, "start a, ", false, LOG_WARNING,
	    "Managed a process 7 killed by signal 62 [Unknown signal].",
	    "a signal without a name" },
	{ 29999, W_EXITCODE(0, 0), false, "", true, LOG_ERR,
	    "Respawning client \"a\":", "a short life" },
	{ 30000, W_EXITCODE(0, 0), false, "start a, ", false, LOG_ERR,
	    "Respawning client \"a\":", "no short one" },
	{ 10, W_EXITCODE(100, 0), false, "", false, LOG_WARNING,
	    "Managed a process 7 exited with return code 100.", "short or not" },
	{ 40000, W_EXITCODE(0, 0), true, "start a, ", false, LOG_ERR,
	    "Respawning client \"a\":", "failfast: a good end" },
	{ 40000, W_EXITCODE(1, 0), true, "reboot for a, ", false, LOG_WARNING,
	    "Managed a process 7 exited with return code 1.", "failfast: a bad one" },
	{ 10, W_EXITCODE(100, 0), true, "reboot for a, ", false, LOG_WARNING,
	    "Managed a process 7 exited with return code 100.",
	    "failfast: 100 is a bad one" },
	{ 10, SIGTERM, true, "reboot for a, ", false, LOG_WARNING,
	    "Managed a process 7 killed by signal 15 [SIGTERM - Termination].",
	    "failfast: killed" },
};

static void
test_ends(void)
{
	for (size_t i = 0; i < sizeof(end_cases) / sizeof(end_cases[0]); i++) {
		begin(1);
		child[0].failfast = end_cases[i].failfast;
		CHECK_STR(asked(), "start a, ", "%s", end_cases[i].why);
		respawn_ended(&rules, at(end_cases[i].life_ms), 0, 7,
		    end_cases[i].status);
		CHECK_STR(asked(), end_cases[i].asks, "%s", end_cases[i].why);
		CHECK(has_said(end_cases[i].priority, end_cases[i].says), "%s: %s",
		    end_cases[i].why, said);
		CHECK_INT(armed.ns,
		    end_cases[i].waits ? at(end_cases[i].life_ms + 1000).ns : 0, "%s",
		    end_cases[i].why);
	}
}

/* Eleven starts within ten seconds, and no twelfth. */
static void
test_too_fast(void)
{
	int64_t now = 0;
	int starts = 1;

	begin(1);
	for (int i = 0; i < 30; i++) {
		respawn_ended(&rules, at(now), 0, 7, W_EXITCODE(0, 0));
		respawn_tick(&rules, at(now + 999));
		if (!instant_is_set(armed))
			break;
		now += 1000;
		asked();
		respawn_tick(&rules, at(now));
		starts += strcmp(asked(), "start a, ") == 0;
	}
	CHECK_INT(starts, 11, "starts");
	CHECK_INT(now, 10000, "time");
	CHECK(has_said(LOG_ERR, "Client a \"respawning too fast\""), "%s", said);
	respawn_tick(&rules, at(10 * 60 * 1000));
	CHECK_STR(asked(), "", "never again");
	respawn_stop(&rules, at(10 * 60 * 1000));
	CHECK(has_said(LOG_INFO, "client [a] is not running."), "%s", said);
	CHECK(respawn_is_stopped(&rules), "nothing to wait for");
}

/* Ten short lives, a long one, and all is forgotten. */
static void
test_count_is_of_a_row(void)
{
	int64_t now = 0;

	begin(1);
	for (int i = 0; i < 25; i++) {
		now += i % 10 == 9 ? 30000 : 5;
		respawn_ended(&rules, at(now), 0, 7, W_EXITCODE(1, 0));
		now += 1000;
		respawn_tick(&rules, at(now));
		CHECK_INT(child[0].state, RESPAWN_RUNS, "life %d", i);
	}
}

static void
test_order(void)
{
	begin(3);
	CHECK_STR(asked(), "start a, start b, start c, ", "in the order of the file");
	respawn_stop(&rules, at(100));
	CHECK_STR(asked(), "kill c 15, ", "the last one first");
	CHECK(!respawn_is_stopped(&rules), "it is awaited");
	respawn_stop(&rules, at(110));
	CHECK_STR(asked(), "", "asked twice");
	respawn_ended(&rules, at(150), 0, 7, SIGTERM);
	CHECK_STR(asked(), "", "one whose turn has not come ends by itself");
	respawn_ended(&rules, at(200), 2, 9, W_EXITCODE(0, 0));
	CHECK_STR(asked(), "kill b 15, ", "one after the other");
	respawn_ended(&rules, at(300), 1, 8, SIGTERM);
	CHECK_STR(asked(), "", "the first one has gone already");
	CHECK(has_said(LOG_INFO, "client [a] is not running."), "%s", said);
	CHECK(respawn_is_stopped(&rules), "all are gone");
	CHECK(!instant_is_set(armed), "nothing is due");
	respawn_begin(&rules, at(400));
	CHECK_STR(asked(), "start a, start b, start c, ", "the reload came to nothing");
}

static void
test_patience(void)
{
	begin(2);
	asked();
	respawn_stop(&rules, at(0));
	CHECK_STR(asked(), "kill b 15, ", "asked");
	CHECK_INT(armed.ns, at(2000).ns, "patience");
	respawn_tick(&rules, at(1999));
	CHECK_STR(asked(), "", "not yet");
	respawn_tick(&rules, at(2000));
	CHECK_STR(asked(), "kill b 9, ", "killed");
	CHECK(has_said(LOG_ERR,
	          "client [b] does not end within 2 s of signal 15: it is killed"),
	    "%s", said);
	respawn_tick(&rules, at(2000 + RESPAWN_KILL_MS));
	CHECK_STR(asked(), "kill a 15, ", "not even that helps: the next one");
	respawn_ended(&rules, at(9000), 0, 7, SIGTERM);
	CHECK(respawn_is_stopped(&rules), "all but that one");
	respawn_ended(&rules, at(9100), 1, 8, SIGKILL);
	CHECK_STR(asked(), "", "late, and nobody cares");
}

/* A failfast client that is told to end ends: no reason to reboot. */
static void
test_stop_is_no_failure(void)
{
	begin(2);
	child[0].failfast = child[1].failfast = true;
	respawn_stop(&rules, at(0));
	asked();
	respawn_ended(&rules, at(10), 1, 8, SIGTERM);
	respawn_ended(&rules, at(20), 0, 7, W_EXITCODE(1, 0));
	CHECK_STR(asked(), "kill a 15, ", "no reboot");
	CHECK(respawn_is_stopped(&rules), "stopped");
}

/* One that waits for its second is not started any more, and is again after a reload that
 * fails. */
static void
test_stop_while_it_waits(void)
{
	begin(1);
	respawn_ended(&rules, at(10), 0, 7, W_EXITCODE(1, 0));
	asked();
	respawn_stop(&rules, at(20));
	CHECK(respawn_is_stopped(&rules), "stopped");
	respawn_tick(&rules, at(5000));
	CHECK_STR(asked(), "", "not started");
	respawn_begin(&rules, at(6000));
	CHECK_STR(asked(), "start a, ", "started");
}

static void
test_none(void)
{
	begin(0);
	respawn_stop(&rules, at(0));
	CHECK(respawn_is_stopped(&rules), "stopped at once");
}

static const struct check_case cases[] = {
	{ "ends", test_ends },
	{ "too-fast", test_too_fast },
	{ "count-is-of-a-row", test_count_is_of_a_row },
	{ "order", test_order },
	{ "patience", test_patience },
	{ "stop-is-no-failure", test_stop_is_no_failure },
	{ "stop-while-it-waits", test_stop_while_it_waits },
	{ "none", test_none },
};
CHECK_MAIN("respawn", cases)
