/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hb_fence(8): stonithd for people. */
#include "stonith/commands/hb_fence.h"

#include "lib/array.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNON_MS 10000
#define GRACE_MS 15000 /* beyond the request's own time: nothing is heard then */
#define RESOURCE_MS (5 * 60000)
#define PARAMS_MAX 100
#define FILE_MAX 65536
/* Who has only the name of a node says so. */
#define NO_UUID "00000000-0000-0000-0000-000000000000"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_LATE = 3,
	EXIT_NO_DAEMON = 5
};

struct command {
	const char *name, *arguments, *about;
	int min, max; /* of words behind the name */
	int (*run)(struct sdc *sdc, const struct command *command,
	    const struct options *options);
	enum sd_op op;
};

/* Errors. */

static int
fail(const struct err *err)
{
	fprintf(stderr, "hb_fence: %s\n", err->text);
	return EXIT_FAILED;
}

/* Fencing. */

static int
await(struct sdc *sdc, int32_t callid, bool resource, int64_t wait_ms,
    struct sdc_result *result, struct err *err)
{
	struct instant end = instant_add_ms(instant_now(), wait_ms);
	int r;

	do
		r = sdc_result(sdc, result, end);
	while (r == 0 && (result->callid != callid || result->resource != resource));
	return r < 0 ? err_set(err, r, "no result from stonithd: %s", strerror(-r)) : 0;
}

static int
do_fence(struct sdc *sdc, const struct command *command, const struct options *options)
{
	struct sdc_result result;
	struct err err;
	int32_t callid;
	int r = sdc_fence(sdc, command->op, options->words[0], NO_UUID,
	    options->timeout_ms, &callid, &err);

	if (r == 0)
		r = await(sdc, callid, false, options->timeout_ms + GRACE_MS, &result,
		    &err);
	if (r == 0 && (result.frc < 0 || result.frc >= SD_RESULT_COUNT))
		r = err_set(&err, -EBADMSG, "stonithd tells a result that is none");
	if (r < 0)
		return fail(&err);
	fence_say_result(&result, options);
	if (result.op == SD_QUERY && !result.nodes[0])
		return EXIT_FAILED;
	return result.frc == SD_SUCCEEDED ? EXIT_DONE
	       : result.frc == SD_TIMEOUT ? EXIT_LATE
	                                  : EXIT_FAILED;
}

/* Lists. */

static int
do_list(struct sdc *sdc, const struct command *command, const struct options *options)
{
	struct list list = { .options = options, .separator = "" };
	struct err err;
	int r;

	if (options->json)
		putchar('[');
	if (strcmp(command->name, "types") == 0)
		r = sdc_types(sdc, fence_take_type, &list, &err);
	else if (strcmp(command->name, "history") == 0)
		r = sdc_list(sdc, SDP_HISTORY, fence_take_history, &list, &err);
	else
		r = sdc_list(sdc, SDP_DEVICES, fence_take_device, &list, &err);
	if (options->json)
		puts("]");
	return r < 0 ? fail(&err) : EXIT_DONE;
}

/* Devices. */

/* "name=value" is cut in its place.  0 or -EINVAL. */
static int
param_add(struct sdc_param *params, size_t *count, char *text, struct err *err)
{
	char *equal = strchr(text, '=');

	if (!equal || equal == text)
		return err_set(err, -EINVAL, "'%.40s' is not name=value", text);
	if (*count == PARAMS_MAX)
		return err_set(err, -EINVAL, "more than %d parameters", PARAMS_MAX);
	*equal = '\0';
	params[(*count)++] = (struct sdc_param){ text, equal + 1 };
	return 0;
}

/* Lines of name=value; secrets are not for the command line, where ps(1) shows them. */
static int
params_read(const char *path, char *text, struct sdc_param *params, size_t *count,
    struct err *err)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	size_t len = 0;
	char *save = NULL;
	int r = 0;

	if (!file)
		return err_set(err, -errno, "cannot read %s: %s", path, strerror(errno));
	len = fread(text, 1, FILE_MAX, file);
	if (file != stdin)
		fclose(file);
	if (len == FILE_MAX)
		return err_set(err, -EINVAL, "%s is too long", path);
	text[len] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save))
		if (*line != '#' && *line != '\0')
			r = param_add(params, count, line, err);
	return r;
}

static int
params_gather(const struct options *options, char *text, struct sdc_param *params,
    struct err *err)
{
	size_t count = 0;
	int r = 0;

	for (int i = 2; r == 0 && i < options->count; i++) {
		char *copy = strdup(options->words[i]); /* until the end of the process */

		r = copy ? param_add(params, &count, copy, err)
		         : err_set(err, -ENOMEM, "no memory");
	}
	return r == 0 && options->file
	           ? params_read(options->file, text, params, &count, err)
	           : r;
}

static const char *
frc_text(int frc)
{
	switch (frc) {
	case 0:
		return "done";
	case 1:
		return "the device does not answer as it should";
	case 6:
		return "the device has no hosts";
	case 7:
		return "not started";
	case 14:
		return "the device does not answer as it should";
	}
	return "failed";
}

static int
do_resource(struct sdc *sdc, const struct command *command, const struct options *options)
{
	static char text[FILE_MAX + 1];
	static struct sdc_param params[PARAMS_MAX + 1];
	struct sdc_result result;
	struct err err;
	int32_t callid;
	int r = params_gather(options, text, params, &err);

	if (r < 0) {
		fail(&err);
		return EXIT_USAGE;
	}
	r = sdc_resource(sdc, command->name, options->words[0],
	    options->count > 1 ? options->words[1] : "-", params, &callid, &err);
	if (r == 0)
		r = await(sdc, callid, true, RESOURCE_MS, &result, &err);
	if (r < 0)
		return fail(&err);
	if (options->json) {
		fence_json_pair("{", "id", result.id);
		fence_json_pair(",", "action", result.action);
		printf(",\"result\":%d}\n", result.frc);
	} else if (result.frc) {
		fprintf(stderr, "hb_fence: %s of %s: %s (%d)\n", result.action, result.id,
		    frc_text(result.frc), result.frc);
	}
	return result.frc ? EXIT_FAILED : EXIT_DONE;
}

/* Words. */

static const struct command commands[] = {
	{ "fence", "NODE", "reset it", 1, 1, do_fence, SD_RESET },
	{ "off", "NODE", "switch it off", 1, 1, do_fence, SD_OFF },
	{ "on", "NODE", "switch it on", 1, 1, do_fence, SD_ON },
	{ "unfence", "NODE", "the same as on", 1, 1, do_fence, SD_ON },
	{ "who", "NODE", "which nodes can fence it", 1, 1, do_fence, SD_QUERY },
	{ "list", "", "the devices that are started on this node", 0, 0, do_list,
	    SD_QUERY },
	{ "history", "[NODE]", "what was done, with the last talk with a device", 0, 1,
	    do_list, SD_QUERY },
	{ "types", "", "the types of devices", 0, 0, do_list, SD_QUERY },
	{ "start", "ID TYPE [name=value...]", "start a device on this node", 2,
	    PARAMS_MAX + 2, do_resource, SD_QUERY },
	{ "monitor", "ID", "ask it for its status", 1, 1, do_resource, SD_QUERY },
	{ "stop", "ID", "forget it", 1, 1, do_resource, SD_QUERY },
};

static void
usage(FILE *out)
{
	fputs("usage: hb_fence [options] command\n\n", out);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(out, "  %-8s%-26s%s\n", commands[i].name, commands[i].arguments,
		    commands[i].about);
	fputs("\n"
	      "  -f, --file FILE     of start: lines name=value, - is standard input; "
	      "for secrets\n"
	      "  -t, --timeout SECS  of an action, 60\n"
	      "  -j, --json          for programs\n"
	      "  -h, --help          this text\n"
	      "  -V, --version       the version\n"
	      "\n"
	      "Exit codes: 0 done, 1 failed, 2 wrong words, 3 not done in time, 5 "
	      "stonithd does not\n"
	      "answer.\n",
	    out);
}

static int
complain(const char *what, const char *word)
{
	fprintf(stderr, "hb_fence: %s '%s'; hb_fence --help tells more\n", what, word);
	return EXIT_USAGE;
}

/* -1: go on; else the exit code. */
static int
options_parse(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { "json", no_argument, NULL, 'j' },
		{ "timeout", required_argument, NULL, 't' },
		{ "file", required_argument, NULL, 'f' }, { NULL, 0, NULL, 0 } };
	int c;

	*options = (struct options){ .timeout_ms = 60000 };
	while ((c = getopt_long(argc, argv, "hVjt:f:", longs, NULL)) != -1) {
		if (c == 'h' || c == 'V') {
			if (c == 'h')
				usage(stdout);
			else
				puts(HB_VERSION);
			return EXIT_DONE;
		}
		if (c == '?')
			return EXIT_USAGE;
		if (c == 't' && (options->timeout_ms = sdp_time_parse(optarg)) <= 0)
			return complain("-t needs a time like 60 or 90s, not", optarg);
		if (c == 'f')
			options->file = optarg;
		options->json |= c == 'j';
	}
	return -1;
}

static const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
serve(const struct command *command, const struct options *options)
{
	struct sdc *sdc = sdc_new("hb_fence");
	struct err err = { "no memory" };
	int code = EXIT_NO_DAEMON;

	if (sdc && sdc_signon(sdc, instant_add_ms(instant_now(), SIGNON_MS), &err) == 0) {
		code = command->run(sdc, command, options);
		sdc_signoff(sdc);
	} else {
		fprintf(stderr, "hb_fence: %s: does stonithd run?\n", err.text);
	}
	sdc_free(sdc);
	return code;
}

int
main(int argc, char **argv)
{
	const struct command *command;
	struct options options;
	int code = options_parse(argc, argv, &options);

	if (code >= 0)
		return code;
	if (optind == argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	command = command_find(argv[optind]);
	if (!command)
		return complain("unknown command", argv[optind]);
	options.words = (const char *const *)argv + optind + 1;
	options.count = argc - optind - 1;
	if (options.count < command->min)
		return complain("too few words for command", command->name);
	if (options.count > command->max)
		return complain("too many words for command", command->name);
	signal(SIGPIPE, SIG_IGN);
	return serve(command, &options);
}
