/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of respawn and failfast; the contract and the states are in respawn.h. */
#include "heartbeat/daemon/respawn.h"

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <syslog.h>

#define LINE_MAX_LEN 512 /* longer command lines are cut in the log */

/* The words that the old daemon's log has for signals. */
static const char *const signal_words[] = {
	[SIGHUP] = "SIGHUP - Hangup",
	[SIGINT] = "SIGINT - Interrupt",
	[SIGQUIT] = "SIGQUIT - Quit",
	[SIGILL] = "SIGILL - Illegal instruction",
	[SIGTRAP] = "SIGTRAP - Trace",
	[SIGABRT] = "SIGABRT - Abort",
	[SIGBUS] = "SIGBUS - BUS error",
	[SIGFPE] = "SIGFPE - Floating-point exception",
	[SIGKILL] = "SIGKILL - Kill, unblockable",
	[SIGUSR1] = "SIGUSR1 - User-defined signal 1",
	[SIGSEGV] = "SIGSEGV - Segmentation violation",
	[SIGUSR2] = "SIGUSR2 - User-defined signal 2",
	[SIGPIPE] = "SIGPIPE - Broken pipe",
	[SIGALRM] = "SIGALRM - Alarm clock",
	[SIGTERM] = "SIGTERM - Termination",
	[SIGXCPU] = "SIGXCPU - CPU limit exceeded",
	[SIGXFSZ] = "SIGXFSZ - File size limit exceeded",
	[SIGVTALRM] = "SIGVTALRM - Virtual alarm clock",
	[SIGPROF] = "SIGPROF - Profiling alarm clock",
	[SIGIO] = "SIGIO - I/O now possible",
	[SIGPWR] = "SIGPWR - Power failure restart",
	[SIGSYS] = "SIGSYS - Bad system call",
};

static void __attribute__((format(printf, 3, 4)))
respawn_log(const struct respawn *r, int priority, const char *format, ...)
{
	char text[LINE_MAX_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	r->fx->log(r->shell, priority, text);
}

static const char *
signal_word(int signo)
{
	const char *word =
	    signo > 0 && (size_t)signo < sizeof(signal_words) / sizeof(signal_words[0])
	        ? signal_words[signo]
	        : NULL;

	return word ? word : "Unknown signal";
}

static void
log_end(const struct respawn *r, const struct respawn_child *child, pid_t pid, int status)
{
	if (WIFSIGNALED(status)) {
		respawn_log(r, LOG_WARNING,
		    "Managed %s process %d killed by signal %d [%s].", child->command,
		    (int)pid, WTERMSIG(status), signal_word(WTERMSIG(status)));
		if (WCOREDUMP(status))
			respawn_log(r, LOG_ERR, "Managed %s process %d dumped core",
			    child->command, (int)pid);
	} else {
		respawn_log(r, WEXITSTATUS(status) ? LOG_WARNING : LOG_INFO,
		    "Managed %s process %d exited with return code %d.", child->command,
		    (int)pid, WEXITSTATUS(status));
	}
}

/* The only timer: the next start of a child that waits, or the end of our patience. */
static void
arm(const struct respawn *r)
{
	struct instant when = r->stop == RESPAWN_STOPS ? r->late : INSTANT_NEVER;

	for (size_t i = 0; i < r->count; i++)
		if (r->child[i].state == RESPAWN_WAITS)
			when = instant_min(when, r->child[i].due);
	r->fx->arm(r->shell, when);
}

static void
start(struct respawn *r, struct instant now, size_t i)
{
	struct respawn_child *child = &r->child[i];

	assert(child->state != RESPAWN_RUNS && r->stop == RESPAWN_GO);
	child->state = RESPAWN_RUNS;
	child->began = now;
	child->due = INSTANT_NEVER;
	r->fx->start(r->shell, i);
}

void
respawn_init(struct respawn *r, struct respawn_child *child, size_t count,
    int64_t patience_ms, const struct respawn_effects *fx, void *shell)
{
	*r = (struct respawn){ .fx = fx,
		.shell = shell,
		.child = child,
		.count = count,
		.patience_ms = patience_ms };
}

void
respawn_begin(struct respawn *r, struct instant now)
{
	assert(r->stop != RESPAWN_STOPS);
	r->stop = RESPAWN_GO;
	for (size_t i = 0; i < r->count; i++)
		if (r->child[i].state == RESPAWN_NEW)
			start(r, now, i);
	arm(r);
}

/* Stopping. */

static void
stop_next(struct respawn *r, struct instant now)
{
	while (r->left > 0) {
		struct respawn_child *child = &r->child[r->left - 1];

		if (child->state == RESPAWN_RUNS) {
			r->hard = false;
			r->late = instant_add_ms(now, r->patience_ms);
			r->fx->kill(r->shell, r->left - 1, SIGTERM);
			return;
		}
		if (child->state == RESPAWN_WAITS)
			child->state = RESPAWN_NEW;
		respawn_log(r, LOG_INFO, "client [%s] is not running.", child->command);
		r->left--;
	}
	r->stop = RESPAWN_STOPPED;
	r->late = INSTANT_NEVER;
}

void
respawn_stop(struct respawn *r, struct instant now)
{
	if (r->stop != RESPAWN_GO)
		return;
	r->stop = RESPAWN_STOPS;
	r->left = r->count;
	stop_next(r, now);
	arm(r);
}

bool
respawn_is_stopped(const struct respawn *r)
{
	return r->stop == RESPAWN_STOPPED;
}

static void
impatient(struct respawn *r, struct instant now)
{
	struct respawn_child *child = &r->child[r->left - 1];

	if (!r->hard) {
		respawn_log(r, LOG_ERR,
		    "client [%s] does not end within %lld s of signal 15: it is killed",
		    child->command, (long long)r->patience_ms / 1000);
		r->hard = true;
		r->late = instant_add_ms(now, RESPAWN_KILL_MS);
		r->fx->kill(r->shell, r->left - 1, SIGKILL);
		return;
	}
	respawn_log(r, LOG_CRIT, "client [%s] cannot be killed: it is left behind",
	    child->command);
	child->state = RESPAWN_OVER;
	r->left--;
	stop_next(r, now);
}

/* Ends. */

static void
again(struct respawn *r, struct instant now, size_t i)
{
	struct respawn_child *child = &r->child[i];
	bool is_short = instant_diff_ms(now, child->began) < RESPAWN_SHORT_MS;

	child->short_count = is_short ? child->short_count + 1 : 0;
	if (child->short_count > RESPAWN_SHORT_MAX) {
		respawn_log(r, LOG_ERR, "Client %s \"respawning too fast\"",
		    child->command);
		child->state = RESPAWN_OVER;
		return;
	}
	respawn_log(r, LOG_ERR, "Respawning client \"%s\":", child->command);
	if (is_short) {
		child->state = RESPAWN_WAITS;
		child->due = instant_add_ms(now, RESPAWN_PAUSE_MS);
		return;
	}
	child->state = RESPAWN_NEW;
	start(r, now, i);
}

void
respawn_ended(struct respawn *r, struct instant now, size_t i, pid_t pid, int status)
{
	struct respawn_child *child = &r->child[i];
	bool bad = WIFSIGNALED(status) || WEXITSTATUS(status) != 0;

	assert(i < r->count);
	if (child->state != RESPAWN_RUNS)
		return; /* one that was left behind has ended after all */
	log_end(r, child, pid, status);
	if (r->stop == RESPAWN_STOPS) {
		/* Those whose turn has not come may end by themselves, too. */
		child->state = RESPAWN_NEW;
		if (i + 1 == r->left) {
			r->left--;
			stop_next(r, now);
		}
	} else if (child->failfast && bad) {
		child->state = RESPAWN_OVER;
		r->fx->reboot(r->shell, i);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == RESPAWN_EXIT_NEVER) {
		child->state = RESPAWN_OVER;
	} else {
		again(r, now, i);
	}
	arm(r);
}

void
respawn_tick(struct respawn *r, struct instant now)
{
	if (r->stop == RESPAWN_STOPS && instant_is_reached(r->late, now))
		impatient(r, now);
	for (size_t i = 0; i < r->count && r->stop == RESPAWN_GO; i++)
		if (r->child[i].state == RESPAWN_WAITS &&
		    instant_is_reached(r->child[i].due, now))
			start(r, now, i);
	arm(r);
}
