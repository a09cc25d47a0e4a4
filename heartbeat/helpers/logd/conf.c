/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logd.cf (spec/config.md 14.1): "name value" a line, names in any case. */
#include "heartbeat/helpers/logd/logd.h"

#include "lib/array.h"
#include "lib/choice.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#define QUEUE_DEFAULT 128
#define QUEUE_MAX 100000

void
logd_conf_init(struct logd_conf *conf)
{
	*conf = (struct logd_conf){ .entity = "logd",
		.facility = LOG_DAEMON,
		.mode = 0644,
		.syslog_format = true,
		.queue_max = 2 * QUEUE_DEFAULT };
}

/* Each takes VALUE into the field.  NULL, or what is allowed. */

static const char *
take_path(char *field, const char *value)
{
	if (value[0] != '/' || strlen(value) >= LOGD_PATH_MAX)
		return "an absolute file name";
	strcpy(field, value);
	return NULL;
}

static const char *
take_word(char *field, const char *value)
{
	if (strlen(value) >= LOGD_ENTITY_MAX)
		return "a word of at most 63 characters";
	strcpy(field, value);
	return NULL;
}

static const char *
take_facility(int *field, const char *value)
{
	const struct choice *found = choice_find(log_facilities, value);

	if (!found)
		return "a syslog facility or none";
	*field = found->value;
	return NULL;
}

static const char *
take_number(const char *value, int base, unsigned long max, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(value, &end, base);
	if (!isdigit((unsigned char)value[0]) || *end || errno || *number > max)
		return base == 8 ? "an octal mode, such as 0640"
		                 : "a number from 0 to 100000";
	return NULL;
}

static const char *
take_bool(bool *field, const char *value)
{
	static const char *const yes[] = { "yes", "y", "on", "true", "1" },
	                         *const no[] = { "no", "n", "off", "false", "0" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0) {
			*field = strcasecmp(value, yes[i]) == 0;
			return NULL;
		}
	}
	return "yes or no";
}

struct queues {
	unsigned long send, receive;
};

/* NULL; "" for an unknown NAME; else what is allowed. */
static const char *
take(struct logd_conf *conf, struct queues *queues, const char *name, const char *value)
{
	unsigned long number = 0;
	const char *why;

	if (strcasecmp(name, "logfile") == 0)
		return take_path(conf->logfile, value);
	if (strcasecmp(name, "debugfile") == 0)
		return take_path(conf->debugfile, value);
	if (strcasecmp(name, "logfacility") == 0)
		return take_facility(&conf->facility, value);
	if (strcasecmp(name, "entity") == 0)
		return take_word(conf->entity, value);
	if (strcasecmp(name, "syslogprefix") == 0)
		return take_word(conf->prefix, value);
	if (strcasecmp(name, "syslogmsgfmt") == 0)
		return take_bool(&conf->syslog_format, value);
	if (strcasecmp(name, "useapphbd") == 0)
		return take_bool(&conf->apphbd_asked, value);
	if (strcasecmp(name, "sendqlen") == 0)
		return take_number(value, 10, QUEUE_MAX, &queues->send);
	if (strcasecmp(name, "recvqlen") == 0)
		return take_number(value, 10, QUEUE_MAX, &queues->receive);
	if (strcasecmp(name, "logmode") != 0)
		return "";
	why = take_number(value, 8, 0777, &number);
	if (!why)
		conf->mode = (mode_t)number;
	return why;
}

int
logd_conf_parse(struct logd_conf *conf, char *text, const char *file, struct err *err)
{
	struct queues queues = { QUEUE_DEFAULT, QUEUE_DEFAULT };
	char *line, *rest = text;

	for (int number = 1; (line = strsep(&rest, "\n")); number++) {
		char *name, *value;
		const char *why;

		line[strcspn(line, "#\r")] = '\0';
		name = line + strspn(line, " \t");
		value = name + strcspn(name, " \t");
		if (!*name)
			continue;
		if (*value)
			*value++ = '\0';
		value += strspn(value, " \t");
		for (size_t n = strlen(value); n > 0 && strchr(" \t", value[n - 1]); n--)
			value[n - 1] = '\0';
		why = take(conf, &queues, name, value);
		if (why && !*why)
			return err_set(err, -EINVAL, "Illegal directive [%.64s] in %s",
			    name, file);
		if (why)
			return err_set(err, -EINVAL, "%s:%d: %s takes %s, not '%.64s'",
			    file, number, name, why, value);
	}
	conf->queue_max = (unsigned)(queues.send + queues.receive);
	return 0;
}
