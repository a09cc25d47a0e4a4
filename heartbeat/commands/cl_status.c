/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cl_status: what the local daemon knows, on the command line (spec/commands.md 2,
 * client-api.md 12).
 *
 * Texts and exit codes are an interface of twenty years, misspellings included; --json
 * and --help are new. Wrong parameters are told before the daemon is asked, with exit
 * code 11, also when it does not run.
 */
#include "heartbeat/commands/cl_status.h"
#include "lib/array.h"
#include "lib/log.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define API_SOCKET HB_RUNDIR "/register"
#define NO_CONNECTION "hb_api_signon: Can't initiate connection to heartbeat"

#define NOT_ENOUGH "Not enough parameters."
#define NO_ENOUGH "No enough parameter." /* sic */

static const struct command {
	const char *name;
	enum cl_exit (*run)(struct call *call);
	const char *options; /* for getopt, besides h, m, --help and --json */
	int arg_min;
	const char *missing; /* said when there are fewer */
	const char *help;    /* NULL = hidden */
} commands[] = {
	/* clang-format off */
	{ "clientstatus", cl_do_clientstatus, "", 2, NO_ENOUGH,
	    "clientstatus <node-name> <client-id> [<timeout>]\n"
	    "\tShow the status of heartbeat clients.  The timeout is in milliseconds (500).\n" },
	{ "hblinkstatus", cl_do_hblinkstatus, "", 2, NO_ENOUGH,
	    "hblinkstatus <node-name> <link-name>\n"
	    "\tShow the status of a heartbeat link\n" },
	{ "hbstatus", cl_do_hbstatus, "v", 0, NULL,
	    "hbstatus\n"
	    "\tIndicate if heartbeat is running on the local system.\n"
	    "\tOptions:\n"
	    "\t\t-v\tverbose: also add \"listnodes -v\" output\n" },
	{ "listnodes", cl_do_listnodes, "npv", 0, NULL,
	    "listnodes [<option>]\n"
	    "\tList the nodes in the cluster.\n"
	    "\tOptions:\n"
	    "\t\t-p\tlist only 'ping' type nodes\n"
	    "\t\t-n\tlist only 'normal' type nodes\n"
	    "\t\t-v\tverbose: also list type and status,\n"
	    "\t\t\tthen add \"listhblinks -v\" output\n" },
	{ "listhblinks", cl_do_listhblinks, "v", 1, NO_ENOUGH,
	    "listhblinks <node-name>\n"
	    "\tList the network interfaces used as heartbeat links.\n"
	    "\tOptions:\n"
	    "\t\t-v\tverbose: list link status as well\n" },
	{ "nodestatus", cl_do_nodestatus, "", 1, NOT_ENOUGH,
	    "nodestatus <node-name>\n"
	    "\tList the node status.\n" },
	{ "nodeweight", cl_do_nodeweight, "", 1, NOT_ENOUGH,
	    "nodeweight <node-name>\n"
	    "\tList the node weight.\n" },
	{ "nodesite", cl_do_nodesite, "", 1, NOT_ENOUGH,
	    "nodesite <node-name>\n"
	    "\tList the node site.\n" },
	{ "nodetype", cl_do_nodetype, "", 1, NO_ENOUGH,
	    "nodetype <node-name>\n"
	    "\tList the nodes of a given type.\n" },
	{ "rscstatus", cl_do_rscstatus, "", 0, NULL,
	    "rscstatus\n"
	    "\tShow the status of cluster resources.\n" },
	{ "hbparameter", cl_do_hbparameter, "p:", 0, NULL,
	    "hbparameter -p <parameter-name>\n"
	    "\tRetrieve the value of a cluster parameter.\n"
	    "\tAs for the valid parameter names, please refer to the man page.\n" },
	{ "test", cl_do_test, "", 0, NULL, NULL },
	/* clang-format on */
};

static void
print_help(void)
{
	puts("Usage: cl_status <sub-command> [<options>] [<parameters>]\n"
	     "\n"
	     "Sub-commands:");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (commands[i].help)
			fputs(commands[i].help, stdout);
	puts("\n"
	     "Options of all:\n"
	     "\t-m\thuman readable: sentences instead of words\n"
	     "\t--json\tone JSON object on one line\n"
	     "\t-h, --help\n"
	     "\t\tthis text");
}

static const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* -1: go on; else the exit code. */
static int
options_read(const struct command *command, struct call *call, int argc, char **argv)
{
	enum { OPTION_JSON = 256 };
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, OPTION_JSON }, { NULL, 0, NULL, 0 } };
	char shorts[16];
	int c;

	snprintf(shorts, sizeof(shorts), "hm%s", command->options);
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		switch (c) {
		case 'h':
			print_help();
			return CL_YES;
		case 'm':
			call->human = true;
			break;
		case 'n':
			call->normal = true;
			break;
		case 'p':
			if (optarg)
				call->parameter = optarg;
			else
				call->ping = true;
			break;
		case 'v':
			call->verbose = true;
			break;
		case OPTION_JSON:
			call->json = true;
			break;
		default:
			return CL_PARAMETER; /* getopt has said it */
		}
	}
	call->arg = argv + optind;
	call->arg_count = argc - optind;
	if (call->arg_count >= command->arg_min)
		return -1;
	fprintf(stderr, "%s\n", command->missing);
	return CL_PARAMETER;
}

static enum cl_exit
signon_failed(const struct command *command, const struct call *call, int r,
    const char *text)
{
	const char *reason = r == -EPERM || r == -ECONNRESET ? text : NO_CONNECTION;

	if (r == -ETIMEDOUT)
		return cl_say_timeout();
	/* To others the daemon looks stopped; that is what they must know. */
	if (r == -EACCES)
		fprintf(stderr, "cl_status: %s (only root and group haclient may ask)\n",
		    text);
	if (command->run == cl_do_hbstatus)
		return cl_hbstatus_without(call, r, reason);
	return cl_fail(CL_NO, "Cannot signon with heartbeat", reason);
}

static enum cl_exit
run(const struct command *command, struct call *call)
{
	struct err err = { "" };
	enum cl_exit code;
	int r;

	if (command->run == cl_do_hbparameter && !call->parameter)
		return cl_do_hbparameter(call);
	call->client = client_new();
	if (!call->client)
		return cl_fail_connection("Cannot signon with heartbeat", -ENOMEM);
	call->deadline = instant_add_ms(instant_now(), CL_ANSWER_MS);
	r = client_signon(call->client, API_SOCKET, NULL, call->deadline, &err);
	if (r < 0) {
		code = signon_failed(command, call, r, err.text);
	} else {
		code = command->run(call);
		client_signoff(call->client);
	}
	client_free(call->client);
	return code;
}

int
main(int argc, char **argv)
{
	const struct command *command;
	struct call call = { .human = false };
	int code;

	log_open_stderr("cl_status");
	if (argc < 2 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		print_help();
		return CL_YES;
	}
	command = command_find(argv[1]);
	if (!command) {
		log_line(LOG_ERR, "%s: invalid sub-command.", argv[1]);
		return CL_PARAMETER;
	}
	code = options_read(command, &call, argc - 1, argv + 1);
	if (code < 0)
		code = (int)run(command, &call);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("cl_status: cannot write the answer\n", stderr);
		return CL_FAILED;
	}
	return code;
}
