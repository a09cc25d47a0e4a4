/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_logger(1): lines for ha_logd from scripts.  Nothing is added to a text. */
#include "lib/log_logd.h"

#include "lib/paths.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static void
usage(void)
{
	printf("usage: ha_logger [-t tag] [-D <ha-log/ha-debug>] [message]\n"
	       "-t TAG\tthe word before each line (cluster)\n"
	       "-D FILE\tha-log (default), or ha-debug: only into the debug file\n"
	       "Without a message the lines of standard input are logged.\n"
	       "Exit status: 0; 1 for a wrong call and when ha_logd does not run.\n");
}

static int
say(struct log_logd_line *line, const char *text, size_t len)
{
	line->text = text;
	line->len = len;
	line->when = time(NULL);
	return log_logd_line(line);
}

/* The arguments are one line, as the shell's echo would make it. */
static int
say_words(struct log_logd_line *line, char *const *word)
{
	size_t len = 0;
	char *text;
	int code;

	for (size_t i = 0; word[i]; i++)
		len += strlen(word[i]) + 1;
	text = malloc(len + 1);
	if (!text)
		return -ENOMEM;
	text[0] = '\0';
	for (size_t i = 0; word[i]; i++) {
		strcat(text, word[i]);
		if (word[i + 1])
			strcat(text, " ");
	}
	code = say(line, text, strlen(text));
	free(text);
	return code;
}

static int
say_lines(struct log_logd_line *line)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	int code = 0;

	while (code == 0 && (len = getline(&text, &size, stdin)) >= 0) {
		if (len > 0 && text[len - 1] == '\n')
			len--;
		code = say(line, text, (size_t)len);
	}
	free(text);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'H' },
		{ NULL, 0, NULL, 0 } };
	struct log_logd_line line = { .tag = "cluster",
		.facility = LOG_USER,
		.priority = LOG_INFO,
		.pid = getpid() };
	int c, code;

	while ((c = getopt_long(argc, argv, "+t:D:h", longs, NULL)) != -1) {
		switch (c) {
		case 't':
			line.tag = optarg;
			continue;
		case 'D':
			if (strcmp(optarg, "ha-debug") == 0)
				line.priority = LOG_DEBUG;
			else if (strcmp(optarg, "ha-log") != 0)
				break;
			continue;
		case 'H':
			usage();
			return 0;
		default:
			break;
		}
		usage();
		return 1;
	}
	code = optind < argc ? say_words(&line, argv + optind) : say_lines(&line);
	if (code == 0)
		return 0;
	if (code == -ENOENT || code == -ECONNREFUSED)
		fprintf(stderr, "logd is not running\n");
	else
		fprintf(stderr, "ha_logger: cannot log: %s\n", strerror(-code));
	return 1;
}
