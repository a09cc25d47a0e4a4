/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stonith(8): fencing devices from the command line (spec/stonith.md 2).
 *
 * Options, texts, the order in which mistakes are found and exit codes are those of
 * cluster-glue 1.0.12, which pacemaker and scripts of twenty years call.  The long options,
 * --timeout, --transcript, --check and --json are new.
 */
#include "stonith/commands/stonith.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define PAIRS_MAX 50

static int
usage(void)
{
	print_usage(stderr);
	return EXIT_USAGE;
}

/* Options.  Each returns -1 to go on, else the exit code. */

static int
option_count(struct call *call, const char *text)
{
	call->count = atoi(text); /* as of old: "2x" is 2 */
	if (call->count >= 1)
		return -1;
	fprintf(stderr, "bad count [%s]\n", text);
	return usage();
}

static int
option_op(struct call *call, const char *text)
{
	if (strcmp(text, "reset") == 0)
		call->op = ST_GENERIC_RESET;
	else if (strcmp(text, "on") == 0)
		call->op = ST_POWERON;
	else if (strcmp(text, "off") == 0)
		call->op = ST_POWEROFF;
	else {
		fprintf(stderr, "bad reset type [%s]\n", text);
		return usage();
	}
	return -1;
}

static int
option_timeout(struct call *call, const char *text)
{
	char *end;
	long seconds = strtol(text, &end, 10);

	if (*end != '\0' || end == text || seconds < 1 || seconds > 86400) {
		fprintf(stderr, "bad timeout [%s]: seconds, 1 to 86400\n", text);
		return usage();
	}
	call->limit_ms = (int)(1000 * seconds);
	return -1;
}

static int
option_take(struct call *call, int c)
{
	switch (c) {
	case 'L':
		call->list_types = true;
		return -1;
	case 't':
		call->type = optarg;
		return -1;
	case 'n':
		call->names = true;
		return -1;
	case 'm':
		call->metadata = true;
		return -1;
	case 'p':
		call->params = optarg;
		return -1;
	case 'F':
		call->file = optarg;
		return -1;
	case 'E':
		call->from_env = true;
		return -1;
	case 'l':
		call->hosts = true;
		return -1;
	case 'S':
		call->status = true;
		return -1;
	case 'T':
		return option_op(call, optarg);
	case 'c':
		return option_count(call, optarg);
	case 'h':
		call->help = true;
		return -1;
	case 's':
		call->silent = true;
		return -1;
	case 'v':
		return -1;
	case 'd':
		call->debug++;
		return -1;
	case 'V':
		puts("stonith: " HB_VERSION);
		return EXIT_DONE;
	case OPTION_TIMEOUT:
		return option_timeout(call, optarg);
	case OPTION_TRANSCRIPT:
		call->transcript = true;
		return -1;
	case OPTION_CHECK:
		call->check = true;
		return -1;
	case OPTION_JSON:
		call->json = true;
		return -1;
	default:
		return usage(); /* getopt has said why */
	}
}

/* What is left: name=value, then at most one node. */
static int
arguments_take(struct call *call, int argc, char **argv)
{
	bool other = call->params || call->file || call->from_env;
	int forms = (call->params != NULL) + (call->file != NULL) + call->from_env;
	int i = optind;

	if (forms > 1) {
		fputs("Please use just one of -F, -p, and -E options\n", stderr);
		return usage();
	}
	call->pair = argv + i;
	while (i < argc && strchr(argv[i], '='))
		i++;
	call->pair_count = i - optind;
	if (call->pair_count > PAIRS_MAX) {
		fputs("Too many name=value style arguments\n", stderr);
		return EXIT_USAGE;
	}
	if (call->pair_count > 0 && other) {
		fputs("Cannot mix name=value and -p, -F, or -E style arguments\n",
		    stderr);
		return usage();
	}
	if (i < argc)
		call->host = argv[i++];
	if (i < argc)
		return usage();
	if (!call->host && !call->status && !call->hosts && !call->list_types &&
	    !call->names && !call->metadata && !call->check)
		return usage();
	return -1;
}

/* -1: go on; else the exit code. */
static int
call_read(struct call *call, int argc, char **argv)
{
	int c, code;

	while ((c = option_next(argc, argv)) != -1) {
		code = option_take(call, c);
		if (code >= 0)
			return code;
	}
	if (call->debug > 0)
		setenv("HA_debug", "2", 0);
	say_open(call);
	if (call->help)
		return print_help(call);
	return arguments_take(call, argc, argv);
}

/* Doing it. */

static int
do_list_types(const struct call *call)
{
	char **types = stn_types_list(&say_watcher, NULL);

	if (!types) {
		say(LOG_ERR, "no memory for a list of types");
		return S_OOPS;
	}
	if (call->json)
		fputs("{\"types\":[", stdout);
	for (size_t i = 0; types[i]; i++) {
		if (!call->json) {
			puts(types[i]);
			continue;
		}
		if (i > 0)
			putchar(',');
		json_text(stdout, types[i]);
	}
	if (call->json)
		puts("]}");
	stn_strings_free(types);
	return EXIT_DONE;
}

static int
do_status(const struct call *call, struct stn_device *device)
{
	const struct stn_step step = { .step = STEP_STATUS, .limit_ms = call->limit_ms };
	int code = stn_step_run(device, &step);

	if (call->json) {
		fputs("{\"type\":", stdout);
		json_text(stdout, call->type);
		printf(",\"status\":\"%s\",\"code\":%d}\n",
		    code == S_OK ? "ok" : "failed", code);
	}
	if (call->silent)
		return code;
	if (code == S_OK)
		say(isatty(STDIN_FILENO) ? LOG_INFO : LOG_DEBUG, "%s device OK.",
		    call->type); /* a log is not filled with good news */
	else
		say(LOG_ERR, "%s device not accessible.", call->type);
	return code;
}

static int
do_hosts(const struct call *call, struct stn_device *device)
{
	const struct stn_step step = { .step = STEP_HOSTS, .limit_ms = call->limit_ms };
	int code = stn_step_run(device, &step);
	char *const *host = stn_device_hosts(device);

	if (code != S_OK || !*host) {
		say(LOG_ERR, "Could not list hosts for %s.", call->type);
		return EXIT_NO_HOSTS;
	}
	if (call->json) {
		fputs("{\"type\":", stdout);
		json_text(stdout, call->type);
		fputs(",\"hosts\":[", stdout);
	}
	for (size_t i = 0; host[i]; i++) {
		if (!call->json) {
			puts(host[i]);
			continue;
		}
		if (i > 0)
			putchar(',');
		json_text(stdout, host[i]);
	}
	if (call->json)
		puts("]}");
	return EXIT_DONE;
}

static int
do_request(const struct call *call, struct stn_device *device)
{
	const struct stn_step step = { .step = STEP_REQUEST,
		.op = call->op,
		.host = call->host,
		.limit_ms = call->limit_ms };

	return stn_step_run(device, &step);
}

/* The code of the last thing done. */
static int
do_rounds(const struct call *call, struct stn_device *device)
{
	int code = EXIT_DONE;

	for (int i = 0; i < call->count; i++) {
		if (call->status)
			code = do_status(call, device);
		if (call->hosts)
			code = do_hosts(call, device);
		if (call->host)
			code = do_request(call, device);
		fflush(stdout);
	}
	return code;
}

static int
do_device(const struct call *call)
{
	int code = EXIT_DONE;
	struct stn_device *device = device_make(call, &code);

	if (!device)
		return code;
	code = call->check ? device_check(call, device) : device_configure(call, device);
	if (code == EXIT_DONE && !call->check)
		code = do_rounds(call, device);
	stn_device_free(device);
	return code;
}

int
main(int argc, char **argv)
{
	struct call call = { .op = ST_GENERIC_RESET, .count = 1 };
	int code = call_read(&call, argc, argv);

	if (code >= 0)
		return code;
	if (call.list_types)
		return do_list_types(&call);
	if (!call.type) {
		say(LOG_ERR, "Must specify device type (-t option)");
		return usage();
	}
	if (!stn_type_exists(call.type)) {
		say(LOG_ERR, "Invalid device type: '%s'", call.type);
		return EXIT_NO_TYPE;
	}
	if (call.names)
		return print_names(call.type);
	if (call.metadata)
		return print_metadata(call.type);
	return do_device(&call);
}
