/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays the recorded scenarios of haresources clusters with our resource cores on a
 * simulated bus, in virtual time, each with several seeds (which draw the delays).
 *
 * Compared are, for each node, the start and stop lines between two stimuli, the calls of
 * reset and reboot, whether a daemon ended, and every checkpoint.  Lines of groups of
 * different preferred nodes may run side by side in the reference, so their order among
 * each other is not compared, except that of stops.  Recordings that show a defect are
 * judged by rsc_vectors_want.c.  With -v the order of the messages is compared too, for
 * information.
 *
 * usage: rsc_vectors [-v] [--seed N --trace] [DIRECTORY | FILE...]
 */
#include "tests/sim/rsc_vectors.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DIRECTORY "../shared/vectors/resources-v1"
#define SEEDS 10
#define FILE_MAX 200
#define ORIGIN_US BUS_SEC

struct options {
	bool verbose, trace;
	uint64_t seed; /* 0: all of them */
};

struct replay {
	struct bus bus;
	const struct vector *v;
	struct ipfail ipfail;
	size_t applied; /* stimuli so far */
	char line[VECTOR_NODE_MAX][VECTOR_LINE_MAX][64];
	size_t line_count[VECTOR_NODE_MAX];
	size_t resets[VECTOR_NODE_MAX];
	bool first_reset_fails;
	const char *never_logs;
	char message[VECTOR_NODE_MAX][VECTOR_MSG_MAX][96];
	size_t message_count[VECTOR_NODE_MAX];
	char problem[1024]; /* the first one */
};

static void __attribute__((format(printf, 2, 3)))
problem(struct replay *r, const char *format, ...)
{
	va_list args;

	if (r->problem[0])
		return;
	va_start(args, format);
	vsnprintf(r->problem, sizeof(r->problem), format, args);
	va_end(args);
}

/* What the scripts do, and what is noted of them. */

static struct world_plan
plan(void *data, size_t node, size_t resource, enum rsc_op op)
{
	const struct replay *r = data;
	struct world_plan plan = { .ms = op == RSC_STATUS ? 5 : 20 };

	for (size_t i = 0; i < r->v->behaviour_count; i++) {
		const struct vector_behaviour *b = &r->v->behaviour[i];

		if (b->after <= r->applied && strcmp(b->node, r->v->node[node]) == 0 &&
		    strcmp(b->script, r->bus.world.resource[resource].script) == 0 &&
		    strcmp(b->op, rsc_op_names[op]) == 0) {
			plan.ms += b->ms;
			plan.code = b->code;
		}
	}
	return plan;
}

static void
seen(void *data, const struct world_run *run, bool ended)
{
	struct replay *r = data;
	size_t n = r->line_count[run->node];
	char line[64];

	memcpy(line, r->bus.world.resource[run->resource].line, sizeof(line));
	if (ended || (run->op != RSC_START && run->op != RSC_STOP))
		return;
	if (n == VECTOR_LINE_MAX) {
		problem(r, "%s: too many script calls", r->v->node[run->node]);
		return;
	}
	if (run->plan.code)
		snprintf(r->line[run->node][n], sizeof(r->line[0][0]), "%.8s %.40s rc=%d",
		    rsc_op_names[run->op], line, run->plan.code);
	else
		snprintf(r->line[run->node][n], sizeof(r->line[0][0]), "%.8s %.40s",
		    rsc_op_names[run->op], line);
	r->line_count[run->node]++;
}

static struct bus_fence
fence(struct bus *bus, void *data, size_t node, size_t target)
{
	struct replay *r = data;
	struct bus_fence plan = { .ms = 100,
		.reset_ms = 100,
		.result = r->first_reset_fails ? RSC_FENCE_FAILED : RSC_FENCE_OK,
		.resets = !r->first_reset_fails };

	(void)bus;
	(void)target;
	r->resets[node]++;
	r->first_reset_fails = false;
	return plan;
}

static void
logged(struct bus *bus, void *data, size_t node, int priority, const char *text)
{
	struct replay *r = data;
	const char *p = r->never_logs;

	(void)bus;
	if (priority == 2 && strstr(text, "Reboot required"))
		r->resets[node]++;
	while (p && *p) {
		size_t len = strcspn(p, "|"), name = strcspn(p, ":");
		char phrase[96];

		snprintf(phrase, sizeof(phrase), "%.*s", (int)(len - name - 1),
		    p + name + 1);
		if (strncmp(p, r->v->node[node], name) == 0 && strstr(text, phrase))
			problem(r, "%s logs '%s'", r->v->node[node], phrase);
		p += len;
		p += *p == '|';
	}
}

static void
said(struct bus *bus, void *data, size_t node, const struct bus_packet *p)
{
	struct replay *r = data;
	char *to;
	size_t used;

	(void)bus;
	if (r->message_count[node] == VECTOR_MSG_MAX)
		return;
	to = r->message[node][r->message_count[node]++];
	used = (size_t)snprintf(to, sizeof(r->message[0][0]), "%s", p->type);
	for (size_t i = 0; i < p->count; i++)
		used += (size_t)snprintf(to + used, sizeof(r->message[0][0]) - used,
		    " %s=%s", p->field[i].name, p->field[i].value);
}

/* Stimuli. */

static void
each_link(struct replay *r, bool cut)
{
	for (size_t i = 0; i < r->v->node_count; i++)
		for (size_t k = i + 1; k < r->v->node_count; k++)
			bus_cut(&r->bus, i, k, cut);
}

/* What the notes of the recordings say was done by hand before a stimulus. */
static void
prepare(struct replay *r, size_t segment)
{
	if (strcmp(r->v->name, "stop-fail-notrunning") == 0 && segment == 2) {
		size_t i = world_find(&r->bus.world, "TrB::a1::a2");

		assert(i < r->bus.world.resource_count);
		r->bus.world.place[0][i] = (struct world_place){ 0 };
	}
	if (strcmp(r->v->name, "stonith-fail-once") == 0 && segment == 0)
		r->first_reset_fails = true;
}

static void
run_command(struct replay *r, size_t node, const char *command)
{
	const char *word = strchr(command, ' ');

	if (strncmp(command, "hb_standby", 10) == 0)
		bus_standby(&r->bus, node,
		    !word || strcmp(word, " all") == 0 ? "all"
		    : strcmp(word, " failback") == 0   ? "foreign"
		                                       : word + 1);
	else if (strncmp(command, "hb_takeover", 11) == 0)
		bus_takeover(&r->bus, node, word ? word + 1 : "all");
	else if (strcmp(command, "heartbeat -r") != 0)
		problem(r, "unknown command '%s'", command);
	/* Only a changed ha.cf makes a reload do anything. */
	else if (strcmp(r->v->name, "reload-changed") == 0)
		bus_reload(&r->bus, node);
}

static void
apply(struct replay *r, const struct vector_segment *s)
{
	size_t node = vector_node(r->v, s->node);
	const char *text = s->text;

	if (strncmp(text, "split", 5) == 0)
		each_link(r, true);
	else if (strncmp(text, "merge", 5) == 0)
		each_link(r, false);
	else if (strncmp(text, "ping-node-", 10) == 0)
		ipfail_ping(&r->ipfail, node, strcmp(text, "ping-node-lost") == 0);
	else if (node == VECTOR_NODE_MAX)
		problem(r, "unknown event '%s'", text);
	else if (strcmp(text, "start-daemon") == 0)
		bus_start(&r->bus, node);
	else if (strncmp(text, "stop-daemon", 11) == 0)
		bus_stop(&r->bus, node);
	else if (strncmp(text, "crash", 5) == 0)
		bus_crash(&r->bus, node);
	else if (strncmp(text, "run ", 4) == 0)
		run_command(r, node, text + 4);
	else
		problem(r, "unknown event '%s'", text);
}

/* Comparing. */

/* The preferred node of the group a line is about. */
static const char *
owner_of(const struct replay *r, const char *line)
{
	const struct world *w = &r->bus.world;
	const char *what = strchr(line, ' ') + 1;
	size_t len = strcspn(what, "");
	const char *rc = strstr(what, " rc=");

	if (rc)
		len = (size_t)(rc - what);
	for (size_t i = 0; i < w->resource_count; i++)
		if (strlen(w->resource[i].line) == len &&
		    strncmp(w->resource[i].line, what, len) == 0)
			return w->groups.group[w->resource[i].group].node;
	return "?";
}

/* The lines that must keep their order: all stops, or all of one owner. */
static bool
is_viewed(const struct replay *r, const char *line, const char *owner)
{
	return owner ? strcmp(owner_of(r, line), owner) == 0
	             : strncmp(line, "stop ", 5) == 0;
}

static bool
is_same_order(const struct replay *r, char (*want)[64], size_t want_count,
    char (*got)[64], size_t got_count, const char *owner)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < want_count && !is_viewed(r, want[i], owner))
			i++;
		while (k < got_count && !is_viewed(r, got[k], owner))
			k++;
		if (i == want_count || k == got_count)
			return i == want_count && k == got_count;
		if (strcmp(want[i++], got[k++]) != 0)
			return false;
	}
}

static void
join(char *to, size_t size, char (*line)[64], size_t count)
{
	size_t used = (size_t)snprintf(to, size, "%s", count ? "" : "nothing");

	for (size_t i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(to + used, size - used, "%s%s", i ? "; " : "",
		    line[i]);
}

static void
compare_lines(struct replay *r, size_t segment, size_t node, char (*want)[64],
    size_t count)
{
	char(*got)[64] = r->line[node];
	bool same = is_same_order(r, want, count, got, r->line_count[node], NULL);
	char wanted[400], seen_text[400];

	for (size_t i = 0; same && i < r->v->node_count; i++)
		same = is_same_order(r, want, count, got, r->line_count[node],
		    r->v->node[i]);
	if (same)
		return;
	join(wanted, sizeof(wanted), want, count);
	join(seen_text, sizeof(seen_text), got, r->line_count[node]);
	problem(r, "segment %zu (%s %s), %s: want [%s], got [%s]", segment,
	    r->v->segment[segment].node, r->v->segment[segment].text, r->v->node[node],
	    wanted, seen_text);
}

/* "a;b" as an array of lines. */
static size_t
split(const char *text, char (*line)[64])
{
	size_t count = 0;

	while (*text) {
		size_t len = strcspn(text, ";");

		snprintf(line[count++], sizeof(line[0]), "%.*s", (int)len, text);
		text += len;
		text += *text == ';';
	}
	return count;
}

static bool
is_state(const struct replay *r, size_t node, const char *allowed, char *got, size_t size)
{
	size_t len, used = (size_t)snprintf(got, size, "%s ", bus_word(&r->bus, node));

	world_held(&r->bus.world, node, got + used, size - used);
	len = strlen(got);
	for (const char *p = allowed; *p;) {
		size_t n = strcspn(p, "|");

		if (n == len && strncmp(p, got, n) == 0)
			return true;
		p += n;
		p += *p == '|';
	}
	return false;
}

static void
compare_each_once(struct replay *r, size_t segment)
{
	const struct world *w = &r->bus.world;

	for (size_t i = 0; i < w->resource_count; i++) {
		size_t count = 0;

		for (size_t n = 0; n < w->node_count; n++)
			count += w->place[n][i].on;
		if (count != 1)
			problem(r, "segment %zu: %s runs on %zu nodes", segment,
			    w->resource[i].name, count);
	}
}

static void
compare_starts_once(struct replay *r, size_t segment, const char *lines)
{
	char line[VECTOR_LINE_MAX][64];
	size_t count = split(lines, line);

	for (size_t i = 0; i < count; i++) {
		size_t times = 0;

		for (size_t n = 0; n < r->v->node_count; n++)
			for (size_t k = 0; k < r->line_count[n]; k++)
				times += strcmp(r->line[n][k], line[i]) == 0;
		if (times != 1)
			problem(r, "segment %zu: '%s' seen %zu times", segment, line[i],
			    times);
	}
}

static void
compare_want(struct replay *r, const struct want *want, size_t segment)
{
	char line[VECTOR_LINE_MAX][64], got[160];

	for (size_t i = 0; i < r->v->node_count && i < WANT_NODE_MAX; i++) {
		if (want->line[i])
			compare_lines(r, segment, i, line, split(want->line[i], line));
		if (want->state[i] && !is_state(r, i, want->state[i], got, sizeof(got)))
			problem(r, "segment %zu: %s is [%s], want [%s]", segment,
			    r->v->node[i], got, want->state[i]);
	}
	if (want->each_once)
		compare_each_once(r, segment);
	if (want->starts_once)
		compare_starts_once(r, segment, want->starts_once);
}

static void
compare_check(struct replay *r, size_t segment, const struct vector_check *c)
{
	size_t node = vector_node(r->v, c->node);
	char want[120], got[160];

	snprintf(want, sizeof(want), "%s %s", c->word, c->held);
	if (node == VECTOR_NODE_MAX || !is_state(r, node, want, got, sizeof(got)))
		problem(r, "segment %zu, at %.1f: %s is [%s], want [%s]", segment,
		    (double)c->ms / 1000, c->node, node == VECTOR_NODE_MAX ? "?" : got,
		    want);
}

static void
compare_ends(struct replay *r, size_t segment)
{
	const struct vector_segment *s = &r->v->segment[segment];

	for (size_t i = 0; i < r->v->node_count; i++) {
		if (s->exits[i] && r->bus.node[i].life != BUS_OFF)
			problem(r, "segment %zu: the daemon of %s still runs", segment,
			    r->v->node[i]);
		/* stonith-alone: its plugin left no trace. */
		if (s->resets[i] != r->resets[i] &&
		    strcmp(r->v->name, "stonith-alone") != 0)
			problem(r, "segment %zu: %s called %zu resets, want %zu", segment,
			    r->v->node[i], r->resets[i], s->resets[i]);
	}
}

/* Replaying. */

/* When a stimulus comes.  standby-in-flux asks a node that waits for the local timer of
 * 10 s; ours is asked while it still waits for the other. */
static int64_t
stimulus_ms(const struct vector *v, size_t segment)
{
	if (strcmp(v->name, "standby-in-flux") == 0 && segment == 2)
		return 50;
	return v->segment[segment].ms;
}

/* Two stimuli at nearly the same moment: what follows shows only after the second. */
static bool
is_with_next(const struct vector *v, size_t segment)
{
	const struct vector_segment *s = &v->segment[segment];

	for (size_t i = 0; i < v->node_count; i++)
		if (s->line_count[i] > 0)
			return false;
	return segment + 1 < v->segment_count && s->check_count == 0 &&
	       v->segment[segment + 1].ms - s->ms < 500;
}

static void
segment_run(struct replay *r, size_t segment)
{
	const struct vector_segment *s = &r->v->segment[segment];
	const struct want *want = want_find(r->v->name, segment);
	int64_t end_ms = stimulus_ms(r->v, segment) + 60000;

	prepare(r, segment);
	if (segment == 0 || !is_with_next(r->v, segment - 1)) {
		memset(r->line_count, 0, sizeof(r->line_count));
		memset(r->resets, 0, sizeof(r->resets));
	}
	r->never_logs = want ? want->never_logs : NULL;
	apply(r, s);
	r->applied++;
	for (size_t i = 0; i < s->check_count && !want; i++) {
		bus_run_until(&r->bus, ORIGIN_US + s->check[i].ms * BUS_MS);
		compare_check(r, segment, &s->check[i]);
	}
	if (s->check_count > 0)
		end_ms = s->check[s->check_count - 1].ms;
	if (segment + 1 < r->v->segment_count)
		end_ms = stimulus_ms(r->v, segment + 1);
	if (want)
		end_ms += want->linger_ms;
	bus_run_until(&r->bus, ORIGIN_US + end_ms * BUS_MS);
	if (is_with_next(r->v, segment))
		return;
	for (size_t i = 0; i < r->v->node_count && !want; i++)
		compare_lines(r, segment, i, (char(*)[64])s->line[i], s->line_count[i]);
	if (want)
		compare_want(r, want, segment);
	compare_ends(r, segment);
}

static void
compare_messages(const struct replay *r)
{
	for (size_t n = 0; n < r->v->node_count; n++) {
		printf("# %s %s: recorded | ours\n", r->v->name, r->v->node[n]);
		for (size_t i = 0; i < r->message_count[n] || i < r->v->message_count[n];
		     i++)
			printf("#  %-64s | %s\n",
			    i < r->v->message_count[n] ? r->v->message[n][i] : "",
			    i < r->message_count[n] ? r->message[n][i] : "");
	}
}

static void
replay_run(struct replay *r, const struct vector *v, uint64_t seed,
    const struct options *options)
{
	struct bus_conf conf = { .node_count = v->node_count,
		.haresources = v->haresources,
		.deadtime_ms = v->deadtime_ms,
		.initdead_ms = v->initdead_ms,
		.keepalive_ms = v->keepalive_ms,
		.delay_us_min = 200,
		.delay_us_max = 5000,
		.boot_ms_min = 100,
		.boot_ms_max = 200,
		.stop_retries = 10,
		.can_fence = v->can_fence,
		.reboot_is_stub = true,
		.seed = seed };

	for (size_t i = 0; i < v->node_count; i++) {
		conf.name[i] = v->node[i];
		conf.failback[i] = v->failback[i];
	}
	memset((char *)r + sizeof(r->bus), 0, sizeof(*r) - sizeof(r->bus));
	r->v = v;
	bus_init(&r->bus, &conf);
	r->bus.trace = options->trace ? stdout : NULL;
	r->bus.data = r->bus.world.data = r;
	r->bus.world.plan = plan;
	r->bus.world.seen = seen;
	r->bus.fence = fence;
	r->bus.logged = logged;
	r->bus.said = said;
	ipfail_init(&r->ipfail, &r->bus, v);
	for (size_t i = 0; i < v->segment_count && !r->problem[0]; i++)
		segment_run(r, i);
	if (options->verbose)
		compare_messages(r);
	bus_free(&r->bus);
}

static bool
file_run(const char *path, const struct options *options)
{
	static struct replay replay; /* large */
	static struct vector v;
	uint64_t first = options->seed ? options->seed : 1;
	uint64_t last = options->seed ? options->seed : SEEDS;
	int bad, rc = vector_read(&v, path, &bad);

	if (rc) {
		printf("not ok rsc_vectors/%s: line %d: %s\n", path, bad, strerror(-rc));
		return false;
	}
	for (uint64_t seed = first; seed <= last; seed++) {
		replay_run(&replay, &v, seed, options);
		if (replay.problem[0]) {
			printf("not ok rsc_vectors/%s: seed %llu: %s\n", v.name,
			    (unsigned long long)seed, replay.problem);
			return false;
		}
	}
	printf("ok rsc_vectors/%s%s\n", v.name, v.is_defect ? " (better)" : "");
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
directory_run(const char *path, const struct options *options)
{
	char *file[FILE_MAX];
	size_t count = 0;
	struct dirent *entry;
	DIR *dir = opendir(path);
	bool ok = true;

	if (!dir) {
		printf("skip rsc_vectors: no recordings in %s\n", path);
		return true;
	}
	while ((entry = readdir(dir)) && count < FILE_MAX) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || strcmp(entry->d_name + len - 4, ".txt") != 0 ||
		    strcmp(entry->d_name, "README.txt") == 0)
			continue;
		if (asprintf(&file[count], "%s/%s", path, entry->d_name) < 0)
			break;
		count++;
	}
	closedir(dir);
	qsort(file, count, sizeof(file[0]), by_name);
	for (size_t i = 0; i < count; i++) {
		ok = file_run(file[i], options) && ok;
		free(file[i]);
	}
	if (count == 0)
		printf("skip rsc_vectors: no recordings in %s\n", path);
	return ok;
}

int
main(int argc, char **argv)
{
	struct options options = { 0 };
	bool ok = true, any = false;
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0) {
			options.verbose = true;
		} else if (strcmp(argv[i], "--trace") == 0) {
			options.trace = true;
		} else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
			options.seed = strtoull(argv[++i], NULL, 10);
		} else if (stat(argv[i], &st) == 0 && S_ISREG(st.st_mode)) {
			ok = file_run(argv[i], &options) && ok;
			any = true;
		} else {
			ok = directory_run(argv[i], &options) && ok;
			any = true;
		}
	}
	if (!any)
		ok = directory_run(DIRECTORY, &options);
	return ok ? 0 : 1;
}
