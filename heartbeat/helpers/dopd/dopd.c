/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dopd's decisions and drbd-peer-outdater's command line; the contract is in dopd.h. */
#include "heartbeat/helpers/dopd/dopd.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define PATIENCE_MAX_S 86400

bool
dopd_resource_is_sound(const char *name)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strlen(name);

	/* "all" is drbdadm's word for every resource. */
	return len > 0 && len < DOPD_NAME_MAX && strspn(name, allowed) == len &&
	       name[0] != '-' && name[0] != '.' && strcmp(name, "all") != 0;
}

enum dopd_result
dopd_result_of(int status)
{
	if (!WIFEXITED(status))
		return DOPD_FAILED;
	switch (WEXITSTATUS(status)) {
	case 0:
		return DOPD_OUTDATED;
	case 5:
		return DOPD_INCONSISTENT;
	case 17:
		return DOPD_PRIMARY;
	}
	return DOPD_FAILED;
}

enum dopd_result
dopd_result_parse(const struct msg *m, const char *field)
{
	int64_t value;

	if (msg_dec(m, field, &value) < 0)
		return DOPD_FAILED;
	switch (value) {
	case DOPD_INCONSISTENT:
	case DOPD_OUTDATED:
	case DOPD_UNREACHABLE:
	case DOPD_PRIMARY:
	case DOPD_BUSY:
		return (enum dopd_result)value;
	}
	return DOPD_FAILED;
}

static int
take_name(char out[DOPD_NAME_MAX], const char *text, const char *what, struct err *err)
{
	if (!text || *text == '\0')
		return err_set(err, -EINVAL, "no %s", what);
	if (strlen(text) >= DOPD_NAME_MAX)
		return err_set(err, -EINVAL, "the name of the %s is too long", what);
	strcpy(out, text);
	return 0;
}

int
dopd_request_parse(const struct msg *m, struct dopd_request *request, struct err *err)
{
	int r;

	if (strcmp(msg_type(m), "outdater") != 0)
		return err_set(err, -EINVAL, "a message of type '%.32s'", msg_type(m));
	r = take_name(request->peer, msg_str(m, "outdater_peer"), "peer", err);
	if (r == 0)
		r = take_name(request->resource, msg_str(m, "outdater_res"), "resource",
		    err);
	if (r == 0 && !dopd_resource_is_sound(request->resource))
		r = err_set(err, -EINVAL, "'%s' is no name of a resource",
		    request->resource);
	return r;
}

static int
take_patience(const char *text, int *patience_s, struct err *err)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < 1 || value > PATIENCE_MAX_S)
		return err_set(err, -EINVAL,
		    "-t: '%s' is no number of seconds from 1 to %d", text,
		    PATIENCE_MAX_S);
	*patience_s = (int)value;
	return 0;
}

int
dopd_options_parse(int argc, char **argv, struct dopd_options *options, struct err *err)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	const char *peer = getenv("DRBD_PEER"), *resource = getenv("DRBD_RESOURCE");
	int letter, r = 0;

	*options = (struct dopd_options){ .patience_s = DOPD_PATIENCE_S };
	optind = 0; /* tests parse several lines */
	opterr = 0;
	while (
	    r == 0 && (letter = getopt_long(argc, argv, "r:p:t:hV", longs, NULL)) != -1) {
		if (letter == 'r')
			resource = optarg;
		else if (letter == 'p')
			peer = optarg;
		else if (letter == 't')
			r = take_patience(optarg, &options->patience_s, err);
		else if (letter == 'h')
			options->help = true;
		else if (letter == 'V')
			options->version = true;
		else
			r = err_set(err, -EINVAL,
			    "unknown option, or one without its value");
	}
	if (r < 0 || options->help || options->version)
		return r;
	if (optind < argc)
		return err_set(err, -EINVAL, "what is '%s'?", argv[optind]);
	r = take_name(options->request.resource, resource, "resource", err);
	if (r == 0)
		r = take_name(options->request.peer, peer, "peer", err);
	for (char *c = options->request.peer; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return r;
}
