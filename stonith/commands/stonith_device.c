/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stonith(8): making the device that the command line describes. */
#include "stonith/commands/stonith.h"
#include "lib/array.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define BETWEEN " \t\r\n\f"

/* What the device says of itself, only as much as is needed: each answer of a script costs a
 * run of it. */
static int
device_describe(struct stn_device *device, unsigned about)
{
	const struct stn_step step = { .step = STEP_DESCRIBE, .about = about };

	return stn_step_run(device, &step);
}

struct stn_device *
device_make(const struct call *call, int *code)
{
	bool given = call->params || call->file || call->from_env || call->pair_count > 0;
	const struct stn_watcher *watcher =
	    call->transcript ? &say_watcher_transcript : &say_watcher;
	struct err err;
	struct stn_device *device = stn_device_new(call->type, watcher, NULL, &err);

	if (!device) {
		say(LOG_ERR, "%s", err.text);
		*code = EXIT_NO_TYPE;
		return NULL;
	}
	if (given)
		return device;
	device_describe(device, BIT(ABOUT_NAMES));
	if (stn_device_about(device, ABOUT_NAMES)[0] == '\0')
		return device;
	fputs("Must specify either -p option, -F option, -E option, or name=value style "
	      "arguments\n",
	    stderr);
	print_usage(stderr);
	*code = EXIT_USAGE;
	stn_device_free(device);
	return NULL;
}

static void
print_valid_names(struct stn_device *device)
{
	const char *names;

	if (device_describe(device, BIT(ABOUT_NAMES)) != S_OK)
		return;
	names = stn_device_about(device, ABOUT_NAMES);
	fputs("Valid config names are:\n", stderr);
	for (names += strspn(names, BETWEEN); *names; names += strspn(names, BETWEEN)) {
		int len = (int)strcspn(names, BETWEEN);

		fprintf(stderr, "\t%.*s\n", len, names);
		names += len;
	}
}

static int
pairs_take(const struct call *call, struct stn_device *device)
{
	for (int i = 0; i < call->pair_count; i++) {
		char name[STN_PARAM_NAME_MAX + 2];
		const char *value = strchr(call->pair[i], '=') + 1;
		struct err err;

		snprintf(name, sizeof(name), "%.*s", (int)(value - 1 - call->pair[i]),
		    call->pair[i]);
		if (stn_param_set(device, name, value, &err) < 0) {
			fprintf(stderr, "Invalid config info for %s device\n%s\n",
			    call->type, err.text);
			return EXIT_USAGE;
		}
	}
	return EXIT_DONE;
}

/* Which variables are parameters is only known when the device has described itself; until
 * then its process does not get them. */
static int
env_take(const struct call *call, struct stn_device *device)
{
	struct err err = { "" };
	int code = EXIT_DONE;

	stn_device_env_small(device, true);
	device_describe(device, BIT(ABOUT_NAMES) | BIT(ABOUT_KNOWN));
	if (stn_params_from_env(device, &err) < 0) {
		fprintf(stderr, "Invalid config info for %s device\n%s\n", call->type,
		    err.text);
		code = EXIT_USAGE;
	}
	stn_device_env_small(device, false);
	return code;
}

static int
params_take(const struct call *call, struct stn_device *device)
{
	struct err err = { "" };
	int code;

	if (call->from_env)
		return env_take(call, device);
	if (call->params || call->file)
		device_describe(device, BIT(ABOUT_NAMES));
	if (call->params) {
		if (stn_params_parse(device, call->params, &err) == 0)
			return EXIT_DONE;
		fprintf(stderr, "Invalid STONITH -p parameter [%s]\n", call->params);
		return EXIT_USAGE;
	}
	if (call->file) {
		code = stn_params_read(device, call->file, &err);
		if (code == 0)
			return EXIT_DONE;
		if (code != -EINVAL && code != -E2BIG)
			say(LOG_CRIT, "%s", err.text);
		say(LOG_ERR, "Invalid config file for %s device.", call->type);
		return EXIT_USAGE;
	}
	return pairs_take(call, device);
}

int
device_configure(const struct call *call, struct stn_device *device)
{
	const struct stn_step step = { .step = STEP_CONFIGURE,
		.limit_ms = call->limit_ms };
	int code = params_take(call, device);

	if (code != EXIT_DONE)
		return code;
	code = stn_step_run(device, &step);
	if (code == S_OK)
		return EXIT_DONE;
	fprintf(stderr, "Invalid config info for %s device\n", call->type);
	if (call->pair_count > 0)
		print_valid_names(device);
	return code;
}

/* Whether WORD is one of the blank separated words of LIST. */
static bool
has_word(const char *list, const char *word, size_t word_len)
{
	for (list += strspn(list, BETWEEN); *list; list += strspn(list, BETWEEN)) {
		size_t len = strcspn(list, BETWEEN);

		if (len == word_len && strncmp(list, word, len) == 0)
			return true;
		list += len;
	}
	return false;
}

/* Whether a parameter has the name WORD, "a", or one of its names, "a|b". */
static bool
has_param(const struct stn_device *device, const char *word, size_t word_len)
{
	const char *name, *value;

	for (size_t at = 0; at < word_len;) {
		size_t len = strcspn(word + at, "|" BETWEEN);

		for (size_t i = 0; stn_param_at(device, i, &name, &value); i++)
			if (strlen(name) == len && strncmp(name, word + at, len) == 0)
				return true;
		at += len + 1;
	}
	return false;
}

/* Names that the type does not know are passed over by it: told, because they may be a
 * mistyped one that it would have needed. */
static void
check_unknown(const struct call *call, const struct stn_device *device)
{
	const char *known = stn_device_about(device, ABOUT_KNOWN), *name, *value;
	const char *names = stn_device_about(device, ABOUT_NAMES);

	if (*known == '\0' && *names == '\0')
		return; /* it cannot tell */
	for (size_t i = 0; stn_param_at(device, i, &name, &value); i++)
		if (!has_word(known, name, strlen(name)) &&
		    !has_word(names, name, strlen(name)))
			fprintf(stderr,
			    "stonith: %s: unknown parameter '%s' is ignored\n",
			    call->type, name);
}

static int
check_missing(const struct call *call, const struct stn_device *device)
{
	const char *at = stn_device_about(device, ABOUT_REQUIRED);
	int code = EXIT_DONE;

	for (at += strspn(at, BETWEEN); *at; at += strspn(at, BETWEEN)) {
		size_t len = strcspn(at, BETWEEN);

		if (!has_param(device, at, len)) {
			fprintf(stderr, "stonith: %s: parameter '%.*s' is missing\n",
			    call->type, (int)len, at);
			code = EXIT_USAGE;
		}
		at += len;
	}
	return code;
}

int
device_check(const struct call *call, struct stn_device *device)
{
	const struct stn_step check = { .step = STEP_CHECK, .limit_ms = call->limit_ms };
	int code;

	if (device_describe(device,
	        BIT(ABOUT_NAMES) | BIT(ABOUT_KNOWN) | BIT(ABOUT_REQUIRED)) != S_OK) {
		fprintf(stderr, "stonith: type '%s' cannot be used\n", call->type);
		return EXIT_NO_TYPE;
	}
	code = params_take(call, device);
	if (code != EXIT_DONE)
		return code;
	check_unknown(call, device);
	code = check_missing(call, device);
	if (code == EXIT_DONE && stn_step_run(device, &check) != S_OK) {
		fprintf(stderr, "stonith: %s: a parameter has a wrong value\n",
		    call->type);
		code = EXIT_USAGE;
	}
	if (code == EXIT_DONE && !call->silent)
		say(LOG_INFO, "%s: the configuration is complete.", call->type);
	return code;
}
