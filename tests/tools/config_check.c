/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration as the daemon's options show it, without the daemon: config_check
 * [--check ARGS], config_check -D | -W | -v DIR | --log DIR.
 */
#include "heartbeat/config/config.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

static void
print_line(void *data, int priority, const char *line)
{
	static const char *const words[] = { "EMERG", "ALERT", "CRIT", "ERROR", "WARN",
		"notice", "info", "debug" };

	(void)data;
	printf("%s: %s\n", words[priority & LOG_PRIMASK], line);
}

/* The lines that the daemon logs at start, or the effective configuration. */
static int
read_and_print(const char *dir, bool log)
{
	struct conf_problems problems;
	struct conf_all all;
	int result;

	conf_problems_init(&problems);
	result = conf_read_all(dir, NULL, &all, &problems);
	if (log)
		conf_problems_log(&problems, print_line, NULL);
	else if (all.has_conf)
		conf_print_effective(1, &all.conf);
	conf_all_free(&all);
	conf_problems_free(&problems);
	return result == 0 ? 0 : 6;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "--check";

	if (strcmp(what, "-D") == 0 || strcmp(what, "-W") == 0) {
		conf_print_directives(1, what[1] == 'W');
		return 0;
	}
	if (argc > 2 && (strcmp(what, "-v") == 0 || strcmp(what, "--log") == 0))
		return read_and_print(argv[2], what[1] == '-');
	return strcmp(what, "--check") == 0 ? conf_check_main(argc - 2, argv + 2) : 2;
}
