/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptest(8): what the policy engine makes of a document (spec/policy-engine.md 1.2). */
#include "crm/cib/read.h"
#include "crm/pengine/pengine.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_USAGE = 1, EXIT_LIVE = 3, EXIT_PARSE = 4, EXIT_INVALID = 5 };

struct arguments {
	const char *input, *graph, *dot;
	bool all_actions, scores;
	int verbose;
	struct pe_options options;
};

static void
usage(FILE *out)
{
	fputs(
	    "usage: ptest [-X FILE | -x] [options]\n"
	    "What the cluster would do with this CIB, without doing it.\n\n"
	    "  -X, --xml-file FILE       the CIB; with .bz2 in its name it is unpacked\n"
	    "  -x, --xml-stream          the CIB comes from stdin\n"
	    "  -G, --save-graph FILE     write the transition graph; - = stdout\n"
	    "  -D, --save-dotfile FILE   write a picture of it for dot(1); - = stdout\n"
	    "  -a, --all-actions         the picture shows what is not done, too\n"
	    "  -s, --show-scores         print the scores\n"
	    "  -d, --set-date DATE       what time it is: ISO 8601\n"
	    "  -P, --profile h|p         plan as heartbeat 2 (h) or pacemaker (p) does;\n"
	    "                            else the document decides\n"
	    "  -V, --verbose             say more; may be repeated\n"
	    "  -?, --help                this text\n\n"
	    "Exit status: 0 fine, 1 usage, 3 no cluster, 4 unreadable input, 5 invalid "
	    "input.\n",
	    out);
}

/* "-" is stdout; failing is told. */
static bool
write_to(const char *path, const struct pe *pe, void (*write)(const struct pe *, FILE *))
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	bool bad;

	if (!out) {
		fprintf(stderr, "ptest: cannot write '%s': %s\n", path, strerror(errno));
		return false;
	}
	write(pe, out);
	bad = fflush(out) != 0 || ferror(out);
	if (out != stdout)
		bad |= fclose(out) != 0;
	if (bad)
		fprintf(stderr, "ptest: cannot write '%s': %s\n", path, strerror(errno));
	return !bad;
}

static void
dot_all(const struct pe *pe, FILE *out)
{
	pe_write_dot(pe, out, true);
}

static void
dot_some(const struct pe *pe, FILE *out)
{
	pe_write_dot(pe, out, false);
}

static void
messages_print(const struct pe *pe, int verbose)
{
	static const char *const names[] = { "error", "warning", "notice", "info",
		"debug" };

	for (size_t i = 0; i < pe_message_count(pe); i++) {
		const struct pe_message *m = pe_message_at(pe, i);

		if ((int)m->level <= verbose)
			fprintf(stderr, "%s: %s\n", names[m->level], m->text);
	}
}

static int
run(const struct arguments *a)
{
	struct err err;
	char why[200] = "";
	unsigned mended;
	xmlDoc *doc = cib_read_file(a->input, &mended, &err);

	if (!doc) {
		fprintf(stderr, "ptest: %s\n", err.text);
		return EXIT_PARSE;
	}
	if (mended)
		fprintf(stderr,
		    "warning: %u attributes without a proper name were mended\n", mended);
	struct pe *pe = pe_run(doc, &a->options, why, sizeof(why));
	bool good = pe != NULL;

	if (!pe)
		fprintf(stderr, "ptest: %s\n", why);
	else {
		messages_print(pe, a->verbose);
		if (a->scores)
			good &= write_to("-", pe, pe_write_scores);
		if (a->graph)
			good &= write_to(a->graph, pe, pe_write_graph);
		if (a->dot)
			good &= write_to(a->dot, pe, a->all_actions ? dot_all : dot_some);
	}
	pe_free(pe);
	xmlFreeDoc(doc);
	return good ? 0 : EXIT_INVALID;
}

static bool
profile_set(const char *text, struct pe_options *options)
{
	if (strcmp(text, "h") == 0)
		options->profile = PE_H;
	else if (strcmp(text, "p") == 0)
		options->profile = PE_P;
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "xml-file", 1, NULL, 'X' },
		{ "xml-stream", 0, NULL, 'x' }, { "live-check", 0, NULL, 'L' },
		{ "save-graph", 1, NULL, 'G' }, { "save-dotfile", 1, NULL, 'D' },
		{ "all-actions", 0, NULL, 'a' }, { "show-scores", 0, NULL, 's' },
		{ "set-date", 1, NULL, 'd' }, { "profile", 1, NULL, 'P' },
		{ "verbose", 0, NULL, 'V' }, { "help", 0, NULL, '?' }, { 0 } };
	struct arguments a = { .options.now = date_local(time(NULL)) };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "X:xLG:D:asd:P:V?", options, NULL)) != -1) {
		bool good = true;

		switch (c) {
		case 'X':
			a.input = optarg;
			break;
		case 'x':
			a.input = "-";
			break;
		case 'L':
			fputs("ptest: no cluster is running here\n", stderr);
			return EXIT_LIVE;
		case 'G':
			a.graph = optarg;
			break;
		case 'D':
			a.dot = optarg;
			break;
		case 'a':
			a.all_actions = true;
			break;
		case 's':
			a.scores = a.options.scores = true;
			break;
		case 'd':
			good = a.options.now_given =
			    date_parse(optarg, &a.options.now, NULL) == 0;
			break;
		case 'P':
			good = profile_set(optarg, &a.options);
			break;
		case 'V':
			a.verbose++;
			break;
		case '?':
			if (optopt == 0 || optopt == '?') {
				usage(stdout);
				return 0;
			}
			good = false;
		}
		if (!good) {
			fprintf(stderr, "ptest: -%c: %s\n", c == '?' ? optopt : c,
			    c == '?' ? "unknown, or without its value"
			             : "not understood");
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (!a.input || optind != argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return run(&a);
}
