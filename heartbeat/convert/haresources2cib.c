/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * haresources2cib(8): haresources and ha.cf of a site become the cib.xml with which it starts under the CRM.  It is
 * done once, so nothing is ever overwritten, and with an error nothing is written.
 */
#include "heartbeat/convert/private.h"
#include "lib/err.h"
#include "lib/file.h"
#include "lib/paths.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HACF_MAX (1024 * 1024)

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: haresources2cib [OPTION]... [HARESOURCES]\n"
    "Makes a cib.xml of haresources (" HB_HARESOURCES ") and ha.cf.\n"
    "  -d, --dialect h|p   h: as heartbeat 2 has it (the default); p: as pacemaker has "
    "it\n"
    "  -c, --config FILE   the ha.cf; otherwise " HB_CONFIG "\n"
    "  -o, --output FILE   where it goes; otherwise " HB_STATEDIR "/crm/cib.xml\n"
    "      --stdout        to the standard output\n"
    "      --no-ocf        scripts of resource.d instead of OCF agents\n"
    "      --no-monitor    nothing is monitored\n"
    "  -h, --help          this text\n"
    "  -V, --version       the version\n";

struct arguments {
	struct convert_options options;
	const char *conf, *groups, *output;
	bool to_stdout;
};

/* Files. */

static void
say(void *data, bool is_error, const char *file, int line, const char *text)
{
	(void)data;
	fprintf(stderr, "%s", file);
	if (line)
		fprintf(stderr, ":%d", line);
	fprintf(stderr, ": %s: %s\n", is_error ? "error" : "warning", text);
}

static void
problems_show(const struct conf_problems *problems, enum conf_severity least)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->list[i];

		if (p->severity <= least)
			say(NULL, p->severity == CONF_ERROR, p->file, p->line, p->text);
	}
}

/* Only its nodes, devices and auto_failback matter: what else is wrong with it is told by heartbeat --check.
 * False: it cannot be read. */
static bool
conf_load(const char *file, struct conf *conf)
{
	static const struct conf_options options = { .every_device = true };
	struct conf_problems problems;
	struct err err;
	char *text = malloc(HACF_MAX);
	ssize_t len = text ? file_read_bounded(file, text, HACF_MAX, &err) : -ENOMEM;

	if (len < 0) {
		fprintf(stderr, "haresources2cib: %s\n",
		    text ? err.text : strerror(ENOMEM));
		free(text);
		return false;
	}
	conf_problems_init(&problems);
	conf_parse(text, (size_t)len, file, &options, conf, &problems);
	problems_show(&problems, CONF_ERROR);
	conf_problems_free(&problems);
	free(text);
	return true;
}

static bool
groups_load(const char *file, struct conf_groups *groups)
{
	struct conf_problems problems;

	*groups = (struct conf_groups){ 0 };
	conf_problems_init(&problems);
	bool good =
	    conf_haresources_read(file, groups, &problems) == 0 && problems.errors == 0;

	problems_show(&problems, CONF_WARNING);
	conf_problems_free(&problems);
	return good;
}

/* The answer. */

static int
refuse(const char *path)
{
	fprintf(stderr,
	    "haresources2cib: '%s' exists: the cluster has a configuration already, and "
	    "nothing is written\n",
	    path);
	return EXIT_FAILED;
}

/* The CRM runs as hacluster, and it must be able to change the file. */
static void
owner_give(const char *path)
{
	const struct passwd *user = getpwnam("hacluster");

	if (!user || chown(path, user->pw_uid, user->pw_gid) < 0)
		fprintf(stderr,
		    "haresources2cib: warning: '%s' does not belong to hacluster: %s\n",
		    path, user ? strerror(errno) : "there is no such user");
}

static int
file_write(const char *path, const char *text, size_t len)
{
	char sig[4096];
	struct err err;

	if (snprintf(sig, sizeof(sig), "%s.sig", path) >= (int)sizeof(sig)) {
		fprintf(stderr, "haresources2cib: the name of the file is too long\n");
		return EXIT_FAILED;
	}
	if (access(path, F_OK) == 0)
		return refuse(path);
	if (access(sig, F_OK) == 0)
		return refuse(sig);
	if (file_replace(path, text, len, 0600, &err) < 0) {
		fprintf(stderr, "haresources2cib: %s\n", err.text);
		return EXIT_FAILED;
	}
	owner_give(path);
	return 0;
}

static int
document_write(const struct arguments *a, const struct document *d)
{
	int len;
	char *text = document_text(d, &len);
	int code = 0;

	if (!a->to_stdout)
		code = file_write(a->output, text, (size_t)len);
	else if (fwrite(text, 1, (size_t)len, stdout) != (size_t)len ||
	         fflush(stdout) != 0) {
		fprintf(stderr, "haresources2cib: cannot write: %s\n", strerror(errno));
		code = EXIT_FAILED;
	}
	xmlFree(text);
	return code;
}

static int
run(const struct arguments *a)
{
	struct conf conf;
	struct conf_groups groups;
	struct document d;
	int code = EXIT_FAILED;

	if (!groups_load(a->groups, &groups)) {
		fprintf(stderr, "haresources2cib: nothing is written\n");
		conf_groups_free(&groups);
		return EXIT_FAILED;
	}
	if (conf_load(a->conf, &conf)) {
		if (convert(&d, &conf, a->conf, &groups, a->groups, &a->options) == 0)
			code = document_write(a, &d);
		else
			fprintf(stderr, "haresources2cib: nothing is written\n");
		document_clear(&d);
		conf_free(&conf);
	}
	conf_groups_free(&groups);
	return code;
}

/* Words. */

static const struct option longs[] = {
	{ "dialect", required_argument, NULL, 'd' },
	{ "config", required_argument, NULL, 'c' },
	{ "output", required_argument, NULL, 'o' },
	{ "stdout", no_argument, NULL, 's' },
	{ "no-ocf", no_argument, NULL, 'O' },
	{ "no-monitor", no_argument, NULL, 'M' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* 0: go on; else the exit code + 1. */
static int
option_take(struct arguments *a, int option)
{
	switch (option) {
	case 'd':
		if (strcmp(optarg, "h") == 0 || strcmp(optarg, "p") == 0) {
			a->options.dialect = *optarg == 'p' ? DIALECT_P : DIALECT_H;
			return 0;
		}
		fprintf(stderr, "haresources2cib: '%s' is no dialect: h or p\n", optarg);
		return EXIT_USAGE + 1;
	case 'c':
		a->conf = optarg;
		return 0;
	case 'o':
		a->output = optarg;
		return 0;
	case 's':
		a->to_stdout = true;
		return 0;
	case 'O':
		a->options.no_ocf = true;
		return 0;
	case 'M':
		a->options.no_monitor = true;
		return 0;
	case 'h':
		fputs(usage, stdout);
		return 1;
	case 'V':
		puts("haresources2cib: " HB_VERSION);
		return 1;
	default:
		fputs(usage, stderr);
		return EXIT_USAGE + 1;
	}
}

int
main(int argc, char **argv)
{
	struct arguments a = {
		.options = { .dialect = DIALECT_H, .hadir = HB_HADIR, .tell = say },
		.conf = HB_CONFIG,
		.groups = HB_HARESOURCES,
		.output = HB_STATEDIR "/crm/cib.xml"
	};
	int option, end;

	while ((option = getopt_long(argc, argv, "d:c:o:hV", longs, NULL)) != -1) {
		end = option_take(&a, option);
		if (end)
			return end - 1;
	}
	if (optind + 1 < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (optind < argc)
		a.groups = argv[optind];
	return run(&a);
}
