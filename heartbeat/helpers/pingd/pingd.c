/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pingd's options and its counting; the contract is in pingd.h. */
#include "heartbeat/helpers/pingd/pingd.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PIDFILE_OLD "/tmp/pingd.pid" /* of -D without -p, as ever */
#define MULTIPLIER_MAX 1000000       /* scores are no larger */

static bool
is_time(const char *text)
{
	size_t digits = strspn(text, "0123456789"), unit;

	unit = strspn(text + digits, "abcdefghijklmnopqrstuvwxyz");
	return digits > 0 && digits < 10 && unit <= 4 && text[digits + unit] == '\0';
}

static int
take_multiplier(const char *text, struct pingd_options *options, struct err *err)
{
	char *end;
	long long value = strtoll(text, &end, 10);

	if (end == text || *end || value < 1 || value > MULTIPLIER_MAX)
		return err_set(err, -EINVAL, "-m: '%s' is no number from 1 to %d", text,
		    MULTIPLIER_MAX);
	options->multiplier = value;
	return 0;
}

static int
take(int letter, const char *value, struct pingd_options *options, struct err *err)
{
	switch (letter) {
	case 'a':
		if (*value == '\0')
			return err_set(err, -EINVAL, "-a: an attribute has a name");
		options->attribute = value;
		break;
	case 'm':
		return take_multiplier(value, options, err);
	case 'd':
		if (!is_time(value))
			return err_set(err, -EINVAL,
			    "-d: '%s' is no time, like 5s or 500ms", value);
		options->dampen = value;
		break;
	case 'h':
		if (options->host_count == PINGD_HOST_MAX)
			return err_set(err, -EINVAL, "-h: more than %d hosts",
			    PINGD_HOST_MAX);
		options->host[options->host_count++] = value;
		break;
	case 's':
		options->set = value;
		break;
	case 'S':
		options->section = value;
		break;
	case 'p':
		options->pidfile = value;
		break;
	case 'D':
		options->daemon = true;
		break;
	case 'V':
		options->verbose++;
		break;
	case 'H':
		options->help = true;
		break;
	case 'v':
		options->version = true;
		break;
	default:
		return err_set(err, -EINVAL, "unknown option, or one without its value");
	}
	return 0;
}

int
pingd_options_parse(int argc, char **argv, struct pingd_options *options, struct err *err)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'H' },
		{ "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 } };
	int letter, r;

	*options = (struct pingd_options){ .attribute = "pingd", .multiplier = 1 };
	optind = 0; /* tests parse several lines */
	opterr = 0;
	while (
	    (letter = getopt_long(argc, argv, "a:m:d:h:s:S:p:DV?", longs, NULL)) != -1) {
		bool asked = letter == '?' && strcmp(argv[optind - 1], "-?") == 0;

		r = take(asked ? 'H' : letter, optarg, options, err);
		if (r < 0)
			return r;
	}
	if (optind < argc)
		return err_set(err, -EINVAL, "what is '%s'?", argv[optind]);
	if (options->daemon && !options->pidfile)
		options->pidfile = PIDFILE_OLD;
	return 0;
}

void
pingd_count_node(struct pingd_count *count, const struct pingd_options *options,
    const char *name, const char *type, const char *status)
{
	bool counts = options->host_count == 0;

	if (strcmp(type, "ping") != 0)
		return;
	for (size_t i = 0; i < options->host_count; i++) {
		if (strcasecmp(options->host[i], name) != 0)
			continue;
		count->found[i] = counts = true;
	}
	count->active +=
	    counts && (strcmp(status, "ping") == 0 || strcmp(status, "up") == 0);
}

int64_t
pingd_value(const struct pingd_options *options, int64_t active)
{
	return active * options->multiplier;
}
