/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptest(8): what the policy engine makes of a document (spec/policy-engine.md 1.2). */
#include "crm/cib/read.h"
#include "crm/cib/write.h"
#include "crm/commands/planfile.h"
#include "crm/simulate/simulate.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 1, EXIT_LIVE = 3, EXIT_PARSE = 4, EXIT_INVALID = 5 };

struct arguments {
	const char *input, *copy, *graph, *dot, *picture;
	bool all_actions, scores, placement, simulate, wait;
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
	    "  -D, --save-dotfile FILE   write it for dot(1); - = stdout\n"
	    "      --save-picture FILE   draw it, with graphviz: FILE.svg, FILE.png\n"
	    "  -I, --save-input FILE     write the CIB as it was read; - = stdout\n"
	    "  -S, --simulate            carry the graph out, as if each action "
	    "succeeded\n"
	    "  -L, --live-check          the CIB of the running cluster\n"
	    "  -a, --all-actions         dot file and picture show what is not done, "
	    "too\n"
	    "  -s, --show-scores         print the scores\n"
	    "      --show-placement      print where each primitive shall be\n"
	    "  -d, --set-date DATE       what time it is: ISO 8601\n"
	    "  -P, --profile h|p         plan as heartbeat 2 (h) or pacemaker (p) does;\n"
	    "                            else the document decides\n"
	    "  -V, --verbose             say more; may be repeated\n"
	    "  -w, --wait                do not end: for who looks at the memory\n"
	    "  -?, --help                this text\n\n"
	    "Exit status: 0 fine, 1 usage, 3 no cluster, 4 unreadable input, 5 invalid "
	    "input,\nor a graph that cannot be carried out.\n",
	    out);
}

/* Whether it was done; if not, that is told. */
static bool
told(int code, const struct err *err)
{
	if (code)
		fprintf(stderr, "ptest: %s\n", err->text);
	return code == 0;
}

static bool
copy_write(const char *path, const xmlDoc *doc)
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	bool good = out && cib_write_stream(xmlDocGetRootElement(doc), out) == 0;

	if (out && out != stdout)
		good &= fclose(out) == 0;
	if (!good)
		fprintf(stderr, "ptest: cannot write '%s': %s\n", path, strerror(errno));
	return good;
}

/* What is done while the graph is carried out. */
static void
step_print(void *data, const struct pe *pe, size_t action, bool failed, int rc)
{
	const struct pe_action *a = pe_action_at(pe, action);

	(void)data;
	(void)failed;
	(void)rc;
	fprintf(stderr, "%s%s%s\n", a->key, a->node == PE_NONE ? "" : " on ",
	    a->node == PE_NONE ? "" : pe_node_at(pe, a->node)->uname);
}

static void
left_print(void *data, const struct pe *pe, size_t action)
{
	(void)data;
	fprintf(stderr, "ptest: %s waits for what does not come\n",
	    pe_action_at(pe, action)->key);
}

/* Where each primitive, instances for themselves, shall be. */
static bool
placement_print(const struct pe *pe)
{
	for (size_t i = 0; i < pe_resource_count(pe); i++) {
		const struct pe_resource *r = pe_resource_at(pe, i);

		if (r->variant == PE_PRIMITIVE)
			printf("%s\t%s\n", r->id,
			    r->placed_node == PE_NONE
			        ? "-"
			        : pe_node_at(pe, r->placed_node)->uname);
	}
	return fflush(stdout) == 0;
}

static bool
simulate(const struct arguments *a, const struct pe *pe, const xmlDoc *doc)
{
	struct sim_options options = { .now = a->options.now.seconds };
	struct sim_listener listener = { .done = a->verbose ? step_print : NULL,
		.left = left_print };
	xmlDoc *after = xmlCopyDoc((xmlDoc *)(uintptr_t)doc, 1);
	struct sim_result result = sim_run(after, pe, &options, &listener);

	xmlFreeDoc(after);
	return result.left == 0;
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
		plan_messages(pe, "", (enum pe_level)a->verbose);
		if (a->copy)
			good &= copy_write(a->copy, doc);
		if (a->scores)
			good &= told(plan_write("-", pe, pe_write_scores, &err), &err);
		if (a->placement)
			good &= placement_print(pe);
		if (a->graph)
			good &=
			    told(plan_write(a->graph, pe, pe_write_graph, &err), &err);
		if (a->dot)
			good &=
			    told(plan_write_dot(a->dot, pe, a->all_actions, &err), &err);
		if (a->picture)
			good &= told(plan_picture(a->picture, pe, a->all_actions, &err),
			    &err);
		if (a->simulate)
			good &= simulate(a, pe, doc);
		while (a->wait)
			pause();
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
		{ "save-picture", 1, NULL, 'p' }, { "save-input", 1, NULL, 'I' },
		{ "simulate", 0, NULL, 'S' }, { "wait", 0, NULL, 'w' },
		{ "all-actions", 0, NULL, 'a' }, { "show-scores", 0, NULL, 's' },
		{ "show-placement", 0, NULL, 'o' }, { "set-date", 1, NULL, 'd' },
		{ "profile", 1, NULL, 'P' }, { "verbose", 0, NULL, 'V' },
		{ "help", 0, NULL, '?' }, { 0 } };
	struct arguments a = { .options.now = date_local(time(NULL)) };
	int c;

	opterr = 0;
	while (
	    (c = getopt_long(argc, argv, "X:xLG:D:I:Sasd:P:Vw?", options, NULL)) != -1) {
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
		case 'p':
			a.picture = optarg;
			break;
		case 'I':
			a.copy = optarg;
			break;
		case 'S':
			a.simulate = true;
			break;
		case 'w':
			a.wait = true;
			break;
		case 'a':
			a.all_actions = true;
			break;
		case 's':
			a.scores = a.options.scores = true;
			break;
		case 'o':
			a.placement = true;
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
				if (fflush(stdout) == 0)
					return 0;
				perror("ptest: cannot write");
				return EXIT_INVALID;
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
