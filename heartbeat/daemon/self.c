/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon does about itself: the files by which it is found, its log's writer,
 * its clock, and what a crash leaves behind.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/disk.h"
#include "lib/file.h"
#include "lib/log.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CARE_MS 10000
#define LOG_RESTART_MS 1000 /* a writer that dies at once is not replaced more often */
#define CRASH_STACK (64 * 1024)
#define CRASH_PATIENCE_S 2

/* Now and then. */

static void
on_care(void *data, struct instant now)
{
	struct hb *hb = data;

	hb_pidfile_keep(hb);
	hb_fifo_keep(hb);
	disk_report();
	hb_sane_times(hb);
	loop_timer_arm(&hb->care_timer, instant_add_ms(now, CARE_MS));
}

static void
on_log_timer(void *data, struct instant now)
{
	struct hb *hb = data;

	hb->log_began = now;
	if (log_writer_ended() == 0)
		log_line(LOG_ERR,
		    "the log writer died: lines may be missing before this one");
	else
		loop_timer_arm(&hb->log_timer, instant_add_ms(now, LOG_RESTART_MS));
}

void
hb_self_watch(struct hb *hb)
{
	struct instant now = loop_now(hb->loop);

	loop_timer_init(hb->loop, &hb->care_timer, "care", on_care, hb);
	loop_timer_init(hb->loop, &hb->log_timer, "log writer", on_log_timer, hb);
	loop_timer_arm(&hb->care_timer, instant_add_ms(now, CARE_MS));
	hb->log_began = now;
	hb->wall = time(NULL);
}

void
hb_self_log_ended(struct hb *hb)
{
	struct instant now = loop_now(hb->loop),
	               due = instant_add_ms(hb->log_began, LOG_RESTART_MS);

	loop_timer_arm(&hb->log_timer, instant_is_reached(due, now) ? now : due);
}

/* Only for the timestamps in messages; nothing is decided by it. */
uint64_t
hb_self_wall(struct hb *hb)
{
	time_t now = time(NULL);

	if (now < hb->wall)
		log_line(LOG_WARNING, "Clock jumped backwards. Compensating.");
	hb->wall = now;
	return (uint64_t)now;
}

/* Cores. */

/* The sanitizer tells more about a crash than we could. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_OWN_REPORT true
#else
#define HAS_OWN_REPORT false
#endif

static bool
reads(const char *path, const char *value)
{
	char text[256];

	if (file_read_bounded(path, text, sizeof(text), NULL) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, value) == 0;
}

/* Every core would get the same name. */
void
hb_self_cores(const struct conf *conf)
{
	if (!conf->coredumps || !reads("/proc/sys/kernel/core_pattern", "core") ||
	    !reads("/proc/sys/kernel/core_uses_pid", "0"))
		return;
	log_line(LOG_WARNING, "Core dumps could be lost if multiple dumps occur.");
	log_line(LOG_WARNING,
	    "Consider setting non-default value in /proc/sys/kernel/core_pattern (or "
	    "equivalent) for maximum supportability");
	log_line(LOG_WARNING,
	    "Consider setting /proc/sys/kernel/core_uses_pid (or equivalent) to 1 for "
	    "maximum supportability");
}

/* The last log lines go beside the core.  None of it is safe in a handler by the book:
 * the alarm ends what hangs. */
static void
on_crash(int signo)
{
	sigset_t alarm_only;

	signal(signo, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	alarm(CRASH_PATIENCE_S);
	log_blackbox_dump("heartbeat.blackbox");
	alarm(0);
	raise(signo);
}

int
hb_self_catch_crashes(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction action = { .sa_handler = on_crash,
		.sa_flags = SA_ONSTACK | (int)SA_RESETHAND };
	static _Alignas(16) char room[CRASH_STACK];
	stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };

	if (HAS_OWN_REPORT)
		return 0;
	if (sigaltstack(&stack, NULL) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (sigaction(fatal[i], &action, NULL) < 0)
			return -1;
	return 0;
}
