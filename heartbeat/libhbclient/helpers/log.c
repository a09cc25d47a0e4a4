/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logging for programs around heartbeat.  Settings are the process's, as syslog's are. */
#include "heartbeat/libhbclient/include/clplumbing/cl_log.h"

#include "heartbeat/libhbclient/include/heartbeat/ha_msg.h"
#include "lib/choice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 4096

int debug_level;

static struct {
	char entity[64];
	int facility; /* 0 or less: no syslog */
	char *logfile, *debugfile;
	bool to_stderr, to_stdout, is_open;
} settings = { .entity = "cluster", .facility = LOG_USER };

static const char *const priority_names[] = { "EMERG", "ALERT", "CRIT", "ERROR", "WARN",
	"notice", "info", "debug" };

/* ---- Settings ---- */

void
cl_log_set_entity(const char *name)
{
	snprintf(settings.entity, sizeof(settings.entity), "%s", name ? name : "");
	settings.is_open = false;
}

void
cl_log_set_facility(int facility)
{
	settings.facility = facility;
	settings.is_open = false;
}

static void
path_set(char **place, const char *path)
{
	free(*place);
	*place = path && *path ? strdup(path) : NULL;
}

void
cl_log_set_logfile(const char *path)
{
	path_set(&settings.logfile, path);
}

void
cl_log_set_debugfile(const char *path)
{
	path_set(&settings.debugfile, path);
}

void
cl_log_enable_stderr(int on)
{
	settings.to_stderr = on;
}

void
cl_log_enable_stdout(int on)
{
	settings.to_stdout = on;
}

void
cl_inherit_logging_environment(int ignored)
{
	const char *text;

	(void)ignored;
	if ((text = getenv("HA_debug")))
		debug_level = atoi(text);
	if ((text = getenv("HA_logfacility")) && *text)
		cl_log_set_facility(log_facility_parse(text));
	if ((text = getenv("HA_logfile")) && *text)
		cl_log_set_logfile(text);
	if ((text = getenv("HA_debugfile")) && *text)
		cl_log_set_debugfile(text);
}

/* ---- Lines ---- */

/* One write for one line: lines of several programs do not mix. */
static void
file_put(const char *path, const char *line, size_t len)
{
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;

	if (fd < 0)
		return;
	if (write(fd, line, len) < 0)
		errno = 0; /* there is nobody to tell */
	close(fd);
}

static void
put(int priority, const char *text)
{
	char line[LINE_SIZE + 512], stamp[32] = "";
	struct utsname uts = { .nodename = "" };
	time_t now = time(NULL);
	struct tm tm;
	int len;

	if (settings.facility > 0) {
		if (!settings.is_open)
			openlog(settings.entity, LOG_CONS | LOG_PID, settings.facility);
		settings.is_open = true;
		syslog(priority | settings.facility, "%s: %s", priority_names[priority],
		    text);
	}
	if (localtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%b %d %H:%M:%S", &tm);
	uname(&uts);
	len = snprintf(line, sizeof(line), "%s %s %s: [%d]: %s: %s\n", stamp,
	    uts.nodename, settings.entity, (int)getpid(), priority_names[priority], text);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(line))
		len = sizeof(line) - 1;
	if (settings.to_stderr)
		fputs(line, stderr);
	if (settings.to_stdout)
		fputs(line, stdout);
	if (priority < LOG_DEBUG)
		file_put(settings.logfile, line, (size_t)len);
	file_put(settings.debugfile, line, (size_t)len);
}

static void
log_text(int priority, const char *format, va_list ap)
{
	char text[LINE_SIZE];
	int saved = errno;

	vsnprintf(text, sizeof(text), format, ap);
	put(priority < LOG_EMERG || priority > LOG_DEBUG ? LOG_DEBUG : priority, text);
	errno = saved;
}

void
cl_log(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_text(priority, format, ap);
	va_end(ap);
}

void
cl_perror(const char *format, ...)
{
	const char *why = strerror(errno);
	char text[LINE_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	cl_log(LOG_ERR, "%s: %s", text, why);
}

void
cl_log_message(int priority, const struct ha_msg *msg)
{
	if (!msg)
		return;
	cl_log(priority, "MSG: Dumping message with %d fields", msg->nfields);
	for (int i = 0; i < msg->nfields; i++) {
		int type = msg->types[i];

		if (type == FT_STRING)
			cl_log(priority, "MSG[%d] : [%s=%s]", i, msg->names[i],
			    (const char *)msg->values[i]);
		else
			cl_log(priority, "MSG[%d] : [(%d)%s=%zu bytes]", i, type,
			    msg->names[i], msg->vlens[i]);
		if (type == FT_STRUCT || type == FT_UNCOMPRESS)
			cl_log_message(priority, msg->values[i]);
	}
}
