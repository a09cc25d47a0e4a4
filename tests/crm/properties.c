/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties of the policy engine on generated clusters: each seed draws one, and lets things happen to
 * it; after each a plan is made, judged and carried out, until there is nothing left to do.
 *
 *	plan_properties [-n SEEDS] [-s FIRST]      a program of tests/run
 *	plan_properties -r SEED [-h | -p]          one of them again, in words
 *	plan_properties -w FOLDER ...              all documents into a folder, for another engine
 *	plan_properties -d DOCUMENT...             these documents in place of drawn ones
 *
 * A document whose plan breaks a rule is kept, for ptest(8) and crm_simulate(8).
 */
#include "tests/crm/rules.h"

#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/common/values.h"
#include "crm/simulate/simulate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1767225600
#define EVENTS_MAX 4        /* of one seed */
#define ROUNDS_MAX 8        /* plans until there is nothing left to do */
#define SEEDS_DEFAULT 1000  /* of each profile */
#define INSTANCES_ANY 10000 /* of a document whose clones nobody counted */

struct story {
	struct draw d;
	uint64_t seed;
	bool told; /* in words */
	unsigned plan_count, rounds_worst;
	struct verdict verdict;
	char kept[200];     /* where the document is that broke it */
	const char *folder; /* where every document is kept; NULL = only that one */
};

static const struct pe_options *
options(void)
{
	static const struct pe_options o = { .now.seconds = NOW,
		.now_given = true,
		.scores = true };

	return &o;
}

static struct pe *
plan(struct story *s, const xmlDoc *doc)
{
	char why[200];
	struct pe *pe = pe_run(doc, options(), why, sizeof(why));

	s->plan_count++;
	if (!pe)
		breaks(&s->verdict, "no plan: %s", why);
	return pe;
}

/* Everything that a plan says. */
static char *
text_of(const struct pe *pe)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	pe_write_graph(pe, out);
	pe_write_scores(pe, out);
	fclose(out);
	return text;
}

static void
keep(struct story *s, const xmlDoc *doc)
{
	const char *build = getenv("BUILD");

	snprintf(s->kept, sizeof(s->kept), "%s/plan-properties", build ? build : "build");
	if (mkdir(s->kept, 0755) != 0 && errno != EEXIST)
		return;
	snprintf(s->kept, sizeof(s->kept), "%s/plan-properties/%c-%llu.xml",
	    build ? build : "build", s->d.in_h ? 'h' : 'p', (unsigned long long)s->seed);
	xmlSaveFormatFile(s->kept, (xmlDoc *)(uintptr_t)doc, 1);
}

static void
tell(void *data, const struct pe *pe, size_t action, bool failed, int rc)
{
	const struct pe_action *a = pe_action_at(pe, action);
	struct walk *walk = data;

	printf("    %s%s%s%s%s\n", a->pseudo ? "(" : "", a->node_key,
	    a->node == PE_NONE ? "" : " on ",
	    a->node == PE_NONE ? "" : pe_node_at(pe, a->node)->uname,
	    a->pseudo ? ")" : "");
	walk_step(walk, pe, action, failed, rc);
}

static void
left(void *data, const struct pe *pe, size_t action)
{
	struct walk *walk = data;
	const struct pe_action *a = pe_action_at(pe, action);

	breaks(walk->verdict, "the graph is not carried out: %s waits for ever", a->key);
}

/* The document after the plan. */
static xmlDoc *
carry_out(struct story *s, const struct pe *pe)
{
	xmlDoc *after = xmlCopyDoc(s->d.doc, 1);
	struct walk walk;
	struct sim_listener listener = { .done = s->told ? tell : walk_step,
		.left = left,
		.data = &walk };
	struct sim_options sim = { .now = NOW, .nodes_leave = true };

	walk_begin(&walk, pe, &s->verdict);
	sim_run(after, pe, &sim, &listener);
	walk_end(&walk);
	return after;
}

static void
same_twice(struct story *s, const struct pe *pe)
{
	struct pe *again = plan(s, s->d.doc);
	char *one = text_of(pe), *two = text_of(again);

	if (strcmp(one, two) != 0)
		breaks(&s->verdict, "the same document gave two plans");
	free(one);
	free(two);
	pe_free(again);
}

/* Where everything goes; of the plan with a bystander the same. */
static void
same_places(struct story *s, const struct pe *pe, const struct pe *other)
{
	if (pe_resource_count(pe) != pe_resource_count(other) ||
	    pe_written_count(pe) != pe_written_count(other)) {
		breaks(&s->verdict,
		    "a node that nobody needs changes the plan: %zu actions, "
		    "else %zu",
		    pe_written_count(other), pe_written_count(pe));
		return;
	}
	for (size_t i = 0; i < pe_resource_count(pe); i++) {
		const struct pe_resource *a = pe_resource_at(pe, i),
		                         *b = pe_resource_at(other, i);
		const char *x = a->next_node == PE_NONE
		                    ? ""
		                    : pe_node_at(pe, a->next_node)->uname,
		           *y = b->next_node == PE_NONE
		                    ? ""
		                    : pe_node_at(other, b->next_node)->uname;

		if (a->next_role != b->next_role || strcmp(x, y) != 0)
			breaks(&s->verdict,
			    "a node that nobody needs sends %s to '%s', else '%s'", a->id,
			    y, x);
	}
}

static void
bystander(struct story *s, const struct pe *pe)
{
	if (s->d.clones_open)
		return; /* a new node is a place for one more instance */
	xmlDoc *doc = xmlCopyDoc(s->d.doc, 1);

	draw_bystander(&s->d, doc);
	struct pe *other = plan(s, doc);

	same_places(s, pe, other);
	pe_free(other);
	xmlFreeDoc(doc);
}

static bool
runs_there(const struct pe *pe, const struct pe_action *a)
{
	const struct pe_resource *r =
	    a->resource == PE_NONE ? NULL : pe_resource_at(pe, a->resource);

	return r && r->running_count == 1 && r->running[0] == a->node;
}

/* Of H: asks again and again where the answer of a nameless instance fits nobody (spec 4.7), starts what runs beside
 * a member of its group that is blocked. */
static bool
is_idle_h(const struct pe *pe, const struct pe_action *a)
{
	if (same(a->task, "probe_complete"))
		return true;
	if (same(a->task, "monitor") && a->interval_ms == 0)
		return true;
	return (same(a->task, "monitor") || same(a->task, "start")) && runs_there(pe, a);
}

/* Nothing that changes anything: pseudo actions, and notifications of them, are what a group or clone does whose
 * members are blocked; who is not managed is only watched. */
static bool
is_idle(const struct pe *pe, const struct pe_action *a)
{
	if (a->pseudo || same(a->task, "notify"))
		return true;
	if (same(a->task, "monitor") && a->resource != PE_NONE &&
	    !pe_resource_at(pe, a->resource)->managed)
		return true;
	return pe_profile_of(pe) == PE_H && is_idle_h(pe, a);
}

static bool
is_rest(const struct pe *pe)
{
	for (size_t i = 0; i < pe_written_count(pe); i++)
		if (!is_idle(pe, pe_action_at(pe, pe_written_at(pe, i))))
			return false;
	return true;
}

static void
keep_each(const struct story *s)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%c-%llu-%u.xml", s->folder,
	    s->d.in_h ? 'h' : 'p', (unsigned long long)s->seed, s->plan_count);
	xmlSaveFormatFile(path, s->d.doc, 1);
}

/* Plans and carries out until nothing is left to do. */
static void
settle(struct story *s)
{
	for (unsigned round = 0; !broken(&s->verdict); round++) {
		if (s->folder)
			keep_each(s);
		struct pe *pe = plan(s, s->d.doc);

		if (!pe)
			return;
		if (s->told)
			printf("  plan %u: %zu actions\n", round + 1,
			    pe_written_count(pe));
		rules_plan(&s->d, pe, &s->verdict);
		if (round == 0) {
			same_twice(s, pe);
			bystander(s, pe);
		}
		bool rest = is_rest(pe);
		xmlDoc *after = carry_out(s, pe);

		if (round > s->rounds_worst)
			s->rounds_worst = round;
		if (!rest && round == ROUNDS_MAX)
			breaks(&s->verdict,
			    "after %d plans there is still something to do: %s",
			    ROUNDS_MAX, pe_action_at(pe, pe_written_at(pe, 0))->key);
		pe_free(pe);
		if (broken(&s->verdict))
			keep(s, s->d.doc);
		xmlFreeDoc(s->d.doc);
		s->d.doc = after;
		if (rest)
			return;
	}
}

static void
story_run(struct story *s, uint64_t seed, bool in_h)
{
	s->seed = seed;
	draw_cluster(&s->d, seed, in_h);
	if (s->told)
		printf("seed %llu: %zu nodes, %zu resources\n", (unsigned long long)seed,
		    s->d.node_count, s->d.top_count);
	settle(s);
	for (uint64_t events = draw_below(&s->d, EVENTS_MAX + 1); events; events--) {
		if (broken(&s->verdict))
			break;
		draw_event(&s->d);
		if (s->told)
			printf("  something happens\n");
		settle(s);
	}
	xmlFreeDoc(s->d.doc);
}

static bool
seeds_run(const char *name, bool in_h, uint64_t first, uint64_t count,
    const char *program, const char *folder)
{
	unsigned plans = 0, worst = 0, bad = 0;

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct story s = { .seed = seed, .folder = folder };

		story_run(&s, seed, in_h);
		plans += s.plan_count;
		if (s.rounds_worst > worst)
			worst = s.rounds_worst;
		if (!broken(&s.verdict))
			continue;
		if (bad++ < 10)
			printf("not ok %s-%llu: %s; document %s; again with: %s -r %llu "
			       "-%c\n",
			    name, (unsigned long long)seed, s.verdict.text, s.kept,
			    program, (unsigned long long)seed, in_h ? 'h' : 'p');
	}
	if (bad)
		printf("not ok %s: %u of %llu seeds break a rule\n", name, bad,
		    (unsigned long long)count);
	else
		printf("ok %s (%llu clusters, %u plans, at rest after %u at most)\n",
		    name, (unsigned long long)count, plans, worst);
	fflush(stdout);
	return bad == 0;
}

static bool
document_judge(const char *path)
{
	struct story s = { 0 };
	struct err err;

	s.d.doc = cib_read_file(path, NULL, &err);
	if (!s.d.doc) {
		printf("not ok %s: %s\n", path, err.text);
		return false;
	}
	s.d.in_h = !cib_attr(xmlDocGetRootElement(s.d.doc), "validate-with");
	s.d.clones_open = true; /* nobody stands by */
	s.d.node_count = INSTANCES_ANY;
	settle(&s);
	xmlFreeDoc(s.d.doc);
	if (broken(&s.verdict))
		printf("not ok %s: %s; at last %s\n", path, s.verdict.text, s.kept);
	else
		printf("ok %s (%u plans)\n", path, s.plan_count);
	return !broken(&s.verdict);
}

static int
replay(uint64_t seed, bool in_h)
{
	struct story s = { .told = true };

	story_run(&s, seed, in_h);
	if (broken(&s.verdict))
		printf("broken: %s; document %s\n", s.verdict.text, s.kept);
	return broken(&s.verdict);
}

int
main(int argc, char **argv)
{
	uint64_t count = SEEDS_DEFAULT, first = 1, again = 0;
	const char *folder = NULL;
	bool h = true, p = true, good = true;
	int c;

	while ((c = getopt(argc, argv, "n:s:r:w:hpd")) != -1) {
		switch (c) {
		case 'n':
			count = strtoull(optarg, NULL, 10);
			break;
		case 's':
			first = strtoull(optarg, NULL, 10);
			break;
		case 'r':
			again = strtoull(optarg, NULL, 10);
			break;
		case 'w':
			folder = optarg;
			break;
		case 'h':
			p = false;
			break;
		case 'p':
			h = false;
			break;
		case 'd':
			for (; optind < argc; optind++)
				good &= document_judge(argv[optind]);
			return good ? 0 : 1;
		default:
			fprintf(stderr,
			    "usage: %s [-n SEEDS] [-s FIRST] [-w FOLDER] [-r SEED] [-h | "
			    "-p]\n       %s -d DOCUMENT...\n",
			    argv[0], argv[0]);
			return 2;
		}
	}
	if (again)
		return replay(again, h && !p);
	if (h)
		good &= seeds_run("plans-h", true, first, count, argv[0], folder);
	if (p)
		good &= seeds_run("plans-p", false, first, count, argv[0], folder);
	xmlCleanupParser();
	return good ? 0 : 1;
}
