/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "heartbeat --check": the three files as the daemon would read them, every problem with
 * its place.
 *
 * Without -d they are this node's.  Files in another directory may belong to other
 * machines, whose interfaces and users are not here: they are looked at as such with
 * --elsewhere, or when none of their nodes is this machine; --here says that they are
 * this node's all the same.
 */
#include "heartbeat/config/reader.h"
#include "lib/file.h"
#include "lib/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum check_exit { CHECK_OK = 0, CHECK_ERRORS = 1, CHECK_USAGE = 2 };
enum check_where { WHERE_GUESS, WHERE_HERE, WHERE_ELSEWHERE };

struct check {
	const char *dir;
	const char *peer; /* directory of another node's files; NULL = none */
	const char *node; /* NULL = this machine's name */
	enum check_where where;
	bool json, help;
	struct conf_problems problems;
};

static const char usage[] =
    "usage: heartbeat --check [-d DIR] [--here | --elsewhere] [--node NAME] [--peer DIR] "
    "[--json]\n"
    "  -d DIR       read ha.cf, authkeys and haresources of DIR (default " HB_HADIR ")\n"
    "  --here       they are this machine's (default without -d, and when it is one of "
    "their nodes)\n"
    "  --elsewhere  they are for other machines: what depends on the machine is only a "
    "note\n"
    "  --node NAME  read them as node NAME\n"
    "  --peer DIR   compare them with another node's files in DIR\n"
    "  --json       print one JSON document\n";

/* ---- Printing. --------------------------------------------------------------- */

static const char *const severity_names[] = { "error", "warning", "note" };

/* By file, then line, then in the order found. */
static int
problem_compare(const void *a, const void *b)
{
	const struct conf_problem *p = *(const struct conf_problem *const *)a;
	const struct conf_problem *q = *(const struct conf_problem *const *)b;
	int order = strcmp(p->file, q->file);

	if (order == 0)
		order = (p->line > q->line) - (p->line < q->line);
	return order ? order : (p > q) - (p < q);
}

static void
print_json(const struct check *check, const struct conf_problem *const *list)
{
	const struct conf_problems *problems = &check->problems;

	printf("{\"directory\":");
	json_string(check->dir, stdout);
	printf(",\"errors\":%zu,\"warnings\":%zu,\"problems\":[", problems->errors,
	    problems->warnings);
	for (size_t i = 0; i < problems->count; i++) {
		printf("%s\n {\"file\":", i ? "," : "");
		json_string(list[i]->file, stdout);
		printf(",\"line\":%d,\"column\":%d,\"severity\":\"%s\",\"text\":",
		    list[i]->line, list[i]->column, severity_names[list[i]->severity]);
		json_string(list[i]->text, stdout);
		putchar('}');
	}
	printf("]}\n");
}

static void
print_text(const struct check *check, const struct conf_problem *const *list)
{
	const struct conf_problems *problems = &check->problems;

	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = list[i];

		/* A problem of the file as a whole is shown at its beginning. */
		printf("%s:%d:%d: %s: %s\n", p->file, p->line ? p->line : 1,
		    p->column ? p->column : 1, severity_names[p->severity], p->text);
	}
	printf("%s: %zu error%s, %zu warning%s: %s\n", check->dir, problems->errors,
	    problems->errors == 1 ? "" : "s", problems->warnings,
	    problems->warnings == 1 ? "" : "s",
	    problems->errors ? "heartbeat would not start" : "heartbeat would start");
}

static void
print_problems(const struct check *check)
{
	const struct conf_problems *problems = &check->problems;
	const struct conf_problem **list = calloc(problems->count + 1, sizeof(*list));

	if (!list)
		abort();
	for (size_t i = 0; i < problems->count; i++)
		list[i] = &problems->list[i];
	qsort(list, problems->count, sizeof(*list), problem_compare);
	if (check->json)
		print_json(check, list);
	else
		print_text(check, list);
	free(list);
}

/* ---- Reading. ---------------------------------------------------------------- */

/* One of the nodes of DIR/ha.cf is this machine. */
static bool
names_this_machine(const struct check *check)
{
	struct conf_options options = { .on_this_machine = false, .self = check->node };
	struct conf_problems ignored;
	struct conf conf;
	bool found = false;
	int result;

	conf_problems_init(&ignored);
	result = conf_read_with(check->dir, &options, &conf, &ignored);
	if (result == 0 || result == -EINVAL) {
		for (size_t i = 0; i < conf.node_count; i++)
			found = found || strcmp(conf.node[i].name, conf.self) == 0;
		conf_free(&conf);
	}
	conf_problems_free(&ignored);
	return found;
}

/* With crm on the daemon leaves haresources alone.  Whoever asks for a check wants to
 * hear of it. */
static void
check_unused_groups(struct check *check, const struct conf_all *all,
    const struct conf_options *options)
{
	struct conf_problems found;
	struct conf_groups groups;
	char file[4096];

	snprintf(file, sizeof(file), "%s/haresources", all->conf.dir);
	if (access(file, F_OK) != 0)
		return;
	conf_problems_init(&found);
	if (haresources_read(file, options, &groups, &found) == 0) {
		groups_check(&groups, &all->conf, file, options, &found);
		conf_groups_free(&groups);
	}
	for (size_t i = 0; i < found.count; i++) {
		const struct conf_problem *p = &found.list[i];

		problem_add(&check->problems,
		    p->severity == CONF_ERROR ? CONF_WARNING : p->severity,
		    (struct place){ p->file, p->line, p->column }, NULL,
		    "(not in use) %s", p->text);
	}
	conf_problems_free(&found);
}

static void
mention_idle(struct check *check, const struct conf *conf)
{
	char file[4096], list[400] = "";
	size_t used = 0;

	for (size_t i = 0; i < conf->idle_count && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
		    used ? ", " : "", conf->idle[i]);
	snprintf(file, sizeof(file), "%s/ha.cf", conf->dir);
	if (*list)
		problem_add(&check->problems, CONF_NOTE, (struct place){ file, 0, 0 },
		    NULL, "understood, but without effect yet: %s", list);
}

/* Of the peer's files only the differences are told; it may be checked by itself. */
static void
compare_peer(struct check *check, const struct conf_all *ours)
{
	static const struct conf_options elsewhere = { .on_this_machine = false };
	struct conf_problems ignored;
	struct conf_all theirs;

	conf_problems_init(&ignored);
	conf_read_all(check->peer, &elsewhere, &theirs, &ignored);
	if (!theirs.has_conf)
		problem_add(&check->problems, CONF_ERROR,
		    (struct place){ check->peer, 0, 0 }, NULL,
		    "there is no ha.cf to compare with");
	conf_compare(ours, &theirs, &check->problems);
	conf_all_free(&theirs);
	conf_problems_free(&ignored);
}

/* What the daemon also says at its start: the clock, the cables. */

static void
look_at_clock(struct check *check, const char *file)
{
	struct stat program;

	if (stat("/proc/self/exe", &program) == 0 && time(NULL) < program.st_mtim.tv_sec)
		problem_add(&check->problems, CONF_WARNING, (struct place){ file, 0, 0 },
		    NULL,
		    "the clock of this machine shows a time before this program was "
		    "made: set it");
}

static void
look_at_carrier(struct check *check, const char *file, const struct conf_medium *m,
    const char *device)
{
	char path[160], text[16];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", device);
	len = file_read_bounded(path, text, sizeof(text), NULL);
	if (len == -EINVAL || (len > 0 && text[0] == '0'))
		problem_add(&check->problems, CONF_WARNING,
		    (struct place){ file, m->line, m->column }, NULL, "interface %s %s",
		    device,
		    len < 0 ? "is down" : "has no carrier: is the cable plugged in?");
}

static void
look_at_machine(struct check *check, const struct conf *conf)
{
	char file[4096], first[64] = "";
	size_t nodes = 0;
	bool several = false;

	snprintf(file, sizeof(file), "%s/ha.cf", conf->dir);
	look_at_clock(check, file);
	for (size_t i = 0; i < conf->node_count; i++)
		nodes += !conf->node[i].is_ping;
	for (size_t i = 0; i < conf->medium_count; i++) {
		const struct conf_medium *m = &conf->medium[i];
		char device[64];

		if (strstr(m->directive, "ping"))
			continue;
		snprintf(device, sizeof(device), "%.*s", (int)strcspn(m->args, " \t"),
		    m->args);
		look_at_carrier(check, file, m, device);
		several |= first[0] && strcmp(first, device) != 0;
		snprintf(first, sizeof(first), "%s", device);
	}
	if (nodes > 1 && first[0] && !several)
		problem_add(&check->problems, CONF_NOTE, (struct place){ file, 0, 0 },
		    NULL,
		    "all nodes are heard over %s only: a second, independent way is "
		    "advised",
		    first);
}

static void
check_run(struct check *check, bool other_dir)
{
	struct conf_options options = { .on_this_machine = true, .self = check->node };
	struct conf_all all;

	if (check->where == WHERE_GUESS && other_dir)
		check->where = names_this_machine(check) ? WHERE_HERE : WHERE_ELSEWHERE;
	options.on_this_machine = check->where != WHERE_ELSEWHERE;
	conf_read_all(check->dir, &options, &all, &check->problems);
	if (all.has_conf && all.conf.crm != CRM_OFF)
		check_unused_groups(check, &all, &options);
	if (all.has_conf)
		mention_idle(check, &all.conf);
	if (all.has_conf && options.on_this_machine) {
		look_at_machine(check, &all.conf);
		conf_devices_ask(&all.conf, &check->problems);
	}
	if (check->peer)
		compare_peer(check, &all);
	conf_all_free(&all);
}

/* ---- Arguments. -------------------------------------------------------------- */

static bool
parse_arguments(struct check *check, int argc, char *const *argv, bool *other_dir)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "-d") == 0 && i + 1 < argc) {
			check->dir = argv[++i];
			*other_dir = strcmp(check->dir, HB_HADIR) != 0;
		} else if (strcmp(argv[i], "--node") == 0 && i + 1 < argc) {
			check->node = argv[++i];
		} else if (strcmp(argv[i], "--peer") == 0 && i + 1 < argc) {
			check->peer = argv[++i];
		} else if (strcmp(argv[i], "--here") == 0) {
			check->where = WHERE_HERE;
		} else if (strcmp(argv[i], "--elsewhere") == 0) {
			check->where = WHERE_ELSEWHERE;
		} else if (strcmp(argv[i], "--json") == 0) {
			check->json = true;
		} else if (strcmp(argv[i], "--help") == 0) {
			check->help = true;
		} else {
			fprintf(stderr, "heartbeat: --check does not take '%s'\n%s",
			    argv[i], usage);
			return false;
		}
	}
	return true;
}

int
conf_check_main(int argc, char *const *argv)
{
	struct check check = { .dir = HB_HADIR };
	bool other_dir = false;
	int result;

	if (!parse_arguments(&check, argc, argv, &other_dir))
		return CHECK_USAGE;
	if (check.help) {
		fputs(usage, stdout);
		return CHECK_OK;
	}
	conf_problems_init(&check.problems);
	check_run(&check, other_dir);
	print_problems(&check);
	result = check.problems.errors ? CHECK_ERRORS : CHECK_OK;
	conf_problems_free(&check.problems);
	return result;
}
