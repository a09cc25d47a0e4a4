/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of stonith(8): one table for reading them and for --help. */
#include "stonith/commands/stonith.h"
#include "lib/array.h"

#include <getopt.h>
#include <stdio.h>

static const struct {
	int value; /* its letter, or an OPTION_ */
	const char *name, *argument, *help;
} options[] = {
	/* clang-format off */
	{ 'L', "types", NULL, "list the types of devices" },
	{ 't', "type", "TYPE", "the type of the device" },
	{ 'n', "names", NULL, "list the names of its parameters" },
	{ 'm', "metadata", NULL, "print what it is and needs, as XML" },
	{ 'p', "params", "VALUES", "the parameters: values in the order of -n" },
	{ 'F', "params-file", "FILE", "the same, from a file" },
	{ 'E', "params-env", NULL, "the parameters: variables of the environment" },
	{ 'S', "status", NULL, "ask the device whether it works" },
	{ 'l', "hosts", NULL, "list the hosts that it controls" },
	{ 'T', "action", "OP", "what is done to NODE: reset (the default), on, off" },
	{ 'c', "count", "N", "do it all N times (1)" },
	{ OPTION_TIMEOUT, "timeout", "SECONDS", "for each step (the driver's own)" },
	{ OPTION_TRANSCRIPT, "transcript", NULL, "show the talk with the device, without secrets" },
	{ OPTION_CHECK, "check", NULL, "only look at the parameters; the device is not touched" },
	{ OPTION_JSON, "json", NULL, "the answers of -L, -l and -S as JSON, an object a line" },
	{ 's', "silent", NULL, "no line about the result of -S" },
	{ 'd', "debug", NULL, "say more" },
	{ 'v', "verbose", NULL, "nothing, as of old" },
	{ 'V', "version", NULL, "print the version" },
	{ 'h', "help", NULL, "this text; with -t, that of a type" },
	/* clang-format on */
};

int
option_next(int argc, char **argv)
{
	static struct option longs[ARRAY_LEN(options) + 1];
	static char shorts[2 * ARRAY_LEN(options) + 1];

	for (size_t i = 0, n = 0; i < ARRAY_LEN(options); i++) {
		longs[i] = (struct option){ options[i].name,
			options[i].argument ? required_argument : no_argument, NULL,
			options[i].value };
		if (options[i].value >= OPTION_TIMEOUT)
			continue;
		shorts[n++] = (char)options[i].value;
		if (options[i].argument)
			shorts[n++] = ':';
	}
	return getopt_long(argc, argv, shorts, longs, NULL);
}

void
print_options(void)
{
	puts("\nOptions:");
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		char letter[8] = "   ", name[40];

		if (options[i].value < OPTION_TIMEOUT)
			snprintf(letter, sizeof(letter), "-%c,", options[i].value);
		snprintf(name, sizeof(name), "--%s%s%s", options[i].name,
		    options[i].argument ? " " : "",
		    options[i].argument ? options[i].argument : "");
		printf("  %s %-18s %s\n", letter, name, options[i].help);
	}
}
