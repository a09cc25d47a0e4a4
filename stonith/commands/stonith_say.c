/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of stonith(8): a person at a terminal reads them, "priority: text" on stderr; else
 * they go to the cluster's log, since nobody reads the stderr of a daemon.
 */
#include "stonith/commands/stonith.h"
#include "lib/array.h"
#include "lib/choice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static struct {
	bool terminal;
	int debug;
} way;

static const char *
priority_word(int priority)
{
	static const char *const words[] = {
		[LOG_EMERG] = "EMERG",
		[LOG_ALERT] = "ALERT",
		[LOG_CRIT] = "CRIT",
		[LOG_ERR] = "ERROR",
		[LOG_WARNING] = "WARN",
		[LOG_NOTICE] = "notice",
		[LOG_INFO] = "info",
		[LOG_DEBUG] = "debug",
	};

	return priority >= 0 && priority < (int)ARRAY_LEN(words) ? words[priority]
	                                                         : "debug";
}

void
say_open(const struct call *call)
{
	/* That of the cluster, when it is the cluster that asks. */
	int facility = log_facility_parse(getenv("HA_LOGFACILITY"));

	/* Who checks a configuration wants to read what is wrong with it. */
	way.terminal = isatty(STDIN_FILENO) || call->check;
	way.debug = call->debug;
	if (!way.terminal)
		openlog("stonith", 0, facility < 0 ? LOG_DAEMON : facility);
}

static void
say_stderr(int priority, const char *text)
{
	struct utsname self;
	char date[32] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (way.terminal) {
		fprintf(stderr, "%s: %s\n", priority_word(priority), text);
		return;
	}
	if (localtime_r(&now, &tm))
		strftime(date, sizeof(date), "%b %d %H:%M:%S", &tm);
	uname(&self);
	fprintf(stderr, "%s %s stonith: [%d]: %s: %s\n", date, self.nodename,
	    (int)getpid(), priority_word(priority), text);
}

static void
say_text(void *data, int priority, const char *text)
{
	(void)data;
	if (priority == LOG_DEBUG && way.debug == 0)
		return;
	if (way.terminal || way.debug > 0)
		say_stderr(priority, text);
	if (!way.terminal)
		syslog(priority, "[%d]: %s: %s", (int)getpid(), priority_word(priority),
		    text);
}

void
say(int priority, const char *format, ...)
{
	char text[WIRE_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say_text(NULL, priority, text);
}

static void
say_trace(void *data, char direction, const char *text)
{
	(void)data;
	fprintf(stderr, "%c %s\n", direction, text);
}

const struct stn_watcher say_watcher = { .log = say_text };
const struct stn_watcher say_watcher_transcript = { .log = say_text, .trace = say_trace };
