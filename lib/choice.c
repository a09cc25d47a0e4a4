/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/choice.h"

#include <stddef.h>
#include <strings.h>
#include <syslog.h>

const struct choice log_facilities[] = {
	{ "none", -1 },
	{ "auth", LOG_AUTH },
	{ "authpriv", LOG_AUTHPRIV },
	{ "cron", LOG_CRON },
	{ "daemon", LOG_DAEMON },
	{ "ftp", LOG_FTP },
	{ "kern", LOG_KERN },
	{ "lpr", LOG_LPR },
	{ "mail", LOG_MAIL },
	{ "news", LOG_NEWS },
	{ "security", LOG_AUTH },
	{ "syslog", LOG_SYSLOG },
	{ "user", LOG_USER },
	{ "uucp", LOG_UUCP },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ NULL, 0 },
};

const struct choice *
choice_find(const struct choice *list, const char *name)
{
	for (; list->name; list++)
		if (strcasecmp(list->name, name) == 0)
			return list;
	return NULL;
}

const char *
choice_name(const struct choice *list, int value)
{
	for (; list->name; list++)
		if (list->value == value)
			return list->name;
	return NULL;
}

int
log_facility_parse(const char *name)
{
	const struct choice *found = name ? choice_find(log_facilities, name) : NULL;

	return found ? found->value : -1;
}
