/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line (spec/config.md 15): old letters, old texts; long names are new. */
#include "heartbeat/daemon/daemon.h"
#include "lib/array.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct hb_option {
	char letter;
	const char *long_name, *argument, *help;
} option_table[] = {
	{ 's', "status", NULL,
	    "say whether heartbeat runs on this machine (exit 0, 1 stale, 3 not)" },
	{ 'k', "kill", NULL,
	    "stop it: resources are handed over; waits until it is gone" },
	{ 'r', "reload", NULL,
	    "check the files, then let the running one read them again" },
	{ 'f', "foreground", NULL, "stay in the foreground, for service managers" },
	{ 'd', "debug", NULL, "one debug level more, for each time it is given" },
	{ 'l', "no-realtime", NULL, "neither real-time priority nor locked memory" },
	{ 'M', "no-resources", NULL, "do not manage resources: messaging only" },
	{ 'v', "print-config", NULL, "print the effective configuration at the start" },
	{ 'D', "directives", NULL, "print the directives of ha.cf with their defaults" },
	{ 'W', "wiki", NULL, "the same for a wiki" },
	{ 'V', "version", NULL, "print the version" },
	{ 'R', "restart", NULL, "internal: go on in place after an exec" },
	{ 'C', "hold", "STATE",
	    "internal, with -R: none, local, foreign or all is held" },
	{ 'h', "help", NULL, "print this" },
	{ 0, "check", NULL,
	    "read all files as the daemon would and report every problem;\n"
	    "                         then: [-d DIR] [--elsewhere] [--json]" },
};

void
hb_options_help(void)
{
	puts("usage: heartbeat [-sdDkMrRsvWlVfh] [-C STATE] | heartbeat --check [-d DIR] "
	     "[--elsewhere] [--json]\n"
	     "\n"
	     "Without -s, -k, -r, -D, -W, -V or --check: starts the cluster daemon.\n");
	for (size_t i = 0; i < ARRAY_LEN(option_table); i++) {
		const struct hb_option *o = &option_table[i];
		char letter[4] = "   ";

		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c,", o->letter);
		printf("  %-3s --%-12s %-6s%s\n", letter, o->long_name,
		    o->argument ? o->argument : "", o->help);
	}
}

static int
usage(void)
{
	fputs("\nUsage: heartbeat [-dDkMrRsvWlVf] [-C Current-resource-state]\n"
	      "\t-C only valid with -R\n"
	      "\t-r is mutually exclusive with -R\n",
	    stderr);
	return HB_EXIT_USAGE;
}

static bool
is_hold_word(const char *word)
{
	static const char *const words[] = { "none", "local", "foreign", "all" };

	if (word[0] == '+')
		return true; /* of more than two nodes: names, see rsc_hold_word() */
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static int
apply(struct hb_options *o, int letter)
{
	switch (letter) {
	case 's':
		o->verb = HB_STATUS;
		break;
	case 'k':
		o->verb = HB_KILL;
		break;
	case 'r':
		o->verb = HB_RELOAD;
		break;
	case 'D':
		o->verb = HB_DIRECTIVES;
		break;
	case 'W':
		o->verb = HB_WIKI;
		break;
	case 'V':
		o->verb = HB_VERSION_TEXT;
		break;
	case 'h':
		o->verb = HB_HELP;
		break;
	case 'f':
		o->foreground = true;
		break;
	case 'd':
		o->debug++;
		break;
	case 'l':
		o->no_realtime = true;
		break;
	case 'M':
		o->no_resources = true;
		break;
	case 'v':
		o->print_config = true;
		break;
	case 'R':
		o->continued = true;
		break;
	case 'C':
		o->hold = optarg;
		return is_hold_word(optarg) ? 0 : usage();
	default:
		return usage();
	}
	return 0;
}

int
hb_options_parse(int argc, char *const *argv, struct hb_options *options)
{
	struct option longs[ARRAY_LEN(option_table) + 1] = { 0 };
	int letter, rc;

	*options = (struct hb_options){ .argv = argv };
	if (argc > 1 && strcmp(argv[1], "--check") == 0) {
		options->verb = HB_CHECK;
		options->check_argc = argc - 2;
		options->check_argv = argv + 2;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
		longs[i] = (struct option){ option_table[i].long_name,
			option_table[i].argument ? required_argument : no_argument, NULL,
			option_table[i].letter };
	while ((letter = getopt_long(argc, argv, "skrfdlMvDWVRC:h", longs, NULL)) != -1) {
		rc = apply(options, letter);
		if (rc)
			return rc;
	}
	if ((options->hold && !options->continued) ||
	    (options->continued && options->verb == HB_RELOAD))
		return usage();
	return 0;
}
