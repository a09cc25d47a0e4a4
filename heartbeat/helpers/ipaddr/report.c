/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log targets come from the environment that the daemon gives to scripts
 * (spec/resources-v1.md 13, 14.1).  With HA_LOGD=yes a detached child hands the line to
 * ha_logger and falls back to the files, so that a log daemon that is slow or gone costs
 * an address nothing.
 */
#include "heartbeat/helpers/ipaddr/report.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "heartbeat/helpers/ipaddr/announce.h"
#include "lib/choice.h"

#define LINE_MAX_LEN 512 /* longer lines are cut; ours have less than 200 characters */
#define HA_LOGGER HB_SBINDIR "/ha_logger"

static const char *report_tag = "hb_ipaddr";

/* clang-format off */
static const char *const results[] = {
	[IPADDR_OK]            = "INFO:  Success",
	[IPADDR_GENERIC]       = "ERROR:  Generic error",
	[IPADDR_ARGUMENT]      = "ERROR:  Illegal argument",
	[IPADDR_UNIMPLEMENTED] = "ERROR:  Function unimplemented",
	[IPADDR_PRIVILEGE]     = "ERROR:  User had insufficient privilege",
	[IPADDR_INSTALLED]     = "ERROR:  Program is not installed",
	[IPADDR_CONFIGURED]    = "ERROR:  Program is not configured",
	[IPADDR_STOPPED]       = "INFO:  Resource is stopped",
};
/* clang-format on */

void
report_open(const char *tag)
{
	report_tag = tag;
}

static const char *
target(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int
priority_of(const char *text)
{
	if (strncmp(text, "ERROR", 5) == 0)
		return LOG_ERR;
	return strncmp(text, "WARN", 4) == 0 ? LOG_WARNING : LOG_NOTICE;
}

static bool
to_syslog(const char *text)
{
	int facility = log_facility_parse(target("HA_LOGFACILITY"));

	if (facility < 0)
		return false;
	openlog(report_tag, LOG_PID, facility);
	syslog(priority_of(text), "%s", text);
	return true;
}

static bool
to_file(const char *path, const char *line)
{
	int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, line, strlen(line)) > 0;
	close(fd);
	return done;
}

static void
line_format(char out[LINE_MAX_LEN], const char *text)
{
	const char *form = target("HA_DATEFMT");
	time_t now = time(NULL);
	char when[64] = "";
	struct tm tm;

	if (!form)
		form = "%Y/%m/%d_%T\t";
	if (localtime_r(&now, &tm))
		strftime(when, sizeof(when), form, &tm);
	when[strcspn(when, "\t\n")] = '\0'; /* the default form ends in a tab */
	snprintf(out, LINE_MAX_LEN - 1, "%s[%d]:\t%s %s", report_tag, (int)getpid(), when,
	    text);
	strcat(out, "\n");
}

static void
to_targets(const char *text, bool also_stderr)
{
	const char *logfile = target("HA_LOGFILE"), *debuglog = target("HA_DEBUGLOG");
	char line[LINE_MAX_LEN];
	bool told = to_syslog(text);

	line_format(line, text);
	if (logfile)
		told |= to_file(logfile, line);
	if (debuglog && (!logfile || strcmp(logfile, debuglog) != 0))
		told |= to_file(debuglog, line);
	if (!told && also_stderr)
		fprintf(stderr, "%s", line);
}

static bool
to_logd(const char *text)
{
	const char *argv[] = { HA_LOGGER, "-t", report_tag, text, NULL };
	int status = -1;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ) != 0)
		return false;
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static void
log_text(const char *text, bool also_stderr)
{
	const char *logd = target("HA_LOGD");

	if (!logd || strcasecmp(logd, "yes") != 0 || access(HA_LOGGER, X_OK) < 0) {
		to_targets(text, also_stderr);
		return;
	}
	if (fork() == 0) {
		announce_detach_self(-1, -1);
		if (!to_logd(text))
			to_targets(text, false);
		_exit(0);
	}
}

int
report_result(enum ipaddr_code code, bool monitor)
{
	const char *text =
	    monitor && code == IPADDR_OK ? "INFO:  Running OK" : results[code];

	printf("%s\n", text);
	fflush(stdout);
	log_text(text, false);
	return code;
}

void
report_line(const char *level, const char *format, ...)
{
	char text[LINE_MAX_LEN - 128];
	int n = snprintf(text, sizeof(text), "%s: ", level);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + n, sizeof(text) - (size_t)n, format, ap);
	va_end(ap);
	fprintf(stderr, "%s\n", text);
	log_text(text, false);
}
