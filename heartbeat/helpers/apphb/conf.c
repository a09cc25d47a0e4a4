/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat/helpers/apphb/apphbd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
apphbd_conf_init(struct apphbd_conf *conf)
{
	*conf = (struct apphbd_conf){ .debug = 3, .watchdog_ms = 1000, .realtime = true };
}

static bool
take_number(const char *value, long min, long max, long *number)
{
	char *end;

	errno = 0;
	*number = strtol(value, &end, 10);
	return end != value && !*end && errno == 0 && *number >= min && *number <= max;
}

static bool
take_text(char field[APPHBD_PATH_MAX], const char *value)
{
	if (!*value || strlen(value) >= APPHBD_PATH_MAX)
		return false;
	strcpy(field, value);
	return true;
}

static int
take(struct apphbd_conf *conf, const char *name, const char *value, const char *file,
    struct err *err)
{
	long number = 0;
	bool good = true;

	if (strcasecmp(name, "debug_level") == 0) {
		good = take_number(value, 0, 9, &number);
		conf->debug = (int)number;
	} else if (strcasecmp(name, "watchdog_interval_ms") == 0) {
		good = take_number(value, 10, 3600000, &number);
		conf->watchdog_ms = number;
	} else if (strcasecmp(name, "debugfile") == 0) {
		good = take_text(conf->debugfile, value);
	} else if (strcasecmp(name, "logfile") == 0) {
		good = take_text(conf->logfile, value);
	} else if (strcasecmp(name, "watchdog_device") == 0) {
		good = take_text(conf->watchdog, value);
	} else if (strcasecmp(name, "notify_plugin") == 0) {
		good = take_text(conf->plugin, value);
	} else if (strcasecmp(name, "realtime") == 0) {
		conf->realtime = strcasecmp(value, "yes") == 0;
		good = conf->realtime || strcasecmp(value, "no") == 0;
	} else {
		return err_set(err, -EINVAL, "Illegal directive [%.64s] in %s", name,
		    file);
	}
	return good ? 0
	            : err_set(err, -EINVAL, "invalid %s [%.64s] specified", name, value);
}

int
apphbd_conf_parse(struct apphbd_conf *conf, char *text, const char *file, struct err *err)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		char *save = NULL, *name, *value;
		int code;

		line[strcspn(line, "#\r")] = '\0';
		name = strtok_r(line, " \t", &save);
		if (!name)
			continue;
		value = strtok_r(NULL, " \t", &save);
		code = take(conf, name, value ? value : "", file, err);
		if (code < 0)
			return code;
	}
	return 0;
}
