/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hb_fenced(8): a person made sure that a dead node is down which cannot be reset.  What
 * it held is then taken over, so a wrong word destroys data: at a terminal it is asked
 * for once more.
 */
#include "heartbeat/client/client.h"
#include "lib/array.h"
#include "lib/paths.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MS 10000

enum hb_fenced_exit {
	FENCED_OK = 0,
	FENCED_REFUSED = 1, /* nobody waits for it, or there is no such node */
	FENCED_USAGE = 2,
	FENCED_CANCELLED = 3, /* the person said no */
	FENCED_FAILED = 4,    /* the daemon cannot be asked */
};

static const struct option longs[] = {
	{ "yes", no_argument, NULL, 'y' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: hb_fenced [-y] NODE\n"
    "Says that NODE, which is dead and could not be reset, is surely down: its power is\n"
    "off, or it was started anew.  Its resources are then taken over.  If it lives and\n"
    "uses a disk, the data on it is lost.\n"
    "  -y, --yes      do not ask\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n";

static bool
person_agrees(const char *node)
{
	char answer[16];

	printf("\nWARNING!\n\n"
	       "The resources of node %s will be started on this cluster.  If %s still\n"
	       "runs, two nodes write to the same disks and destroy what is on them.\n"
	       "Is its power off, or was it started anew?\n\n"
	       "PROCEED? [yN] ",
	    node, node);
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

static int
fail(struct client *client, const char *format, const char *what)
{
	fputs("hb_fenced: ", stderr);
	fprintf(stderr, format, what);
	fputc('\n', stderr);
	client_free(client);
	return FENCED_FAILED;
}

static int
told(const char *node, const struct msg *m)
{
	static const struct {
		const char *info, *text;
	} reasons[] = {
		{ "ENOENT", "there is no such node" },
		{ "EALREADY", "nobody waits for its reset: hb_status says what it is" },
		{ "EPERM", "only root may say that" },
	};
	const char *result = msg_str(m, "result"), *info = msg_str(m, "info");

	if (result && strcmp(result, "OK") == 0) {
		printf("%s: its resources are taken over\n", node);
		return FENCED_OK;
	}
	for (size_t i = 0; info && i < ARRAY_LEN(reasons); i++) {
		if (strcmp(reasons[i].info, info) != 0)
			continue;
		fprintf(stderr, "hb_fenced: %s: %s\n", node, reasons[i].text);
		return FENCED_REFUSED;
	}
	fprintf(stderr, "hb_fenced: %s: heartbeat does not know this request\n", node);
	return FENCED_FAILED;
}

static int
say(const char *node)
{
	struct instant deadline = instant_add_ms(instant_now(), ANSWER_MS);
	const struct client_field fields[] = { { "node", node }, { NULL, NULL } };
	struct client *client = client_new();
	const struct msg *answer;
	struct err err = { "" };
	int rc;

	if (!client)
		return fail(client, "%s", strerror(ENOMEM));
	rc = client_signon(client, HB_REGISTER, NULL, deadline, &err);
	if (rc == -ENOENT || rc == -ECONNREFUSED)
		return fail(client, "heartbeat is not running%s", "");
	if (rc)
		return fail(client, "heartbeat cannot be asked: %s",
		    err.text[0] ? err.text : strerror(-rc));
	rc = client_ask(client, "hbfenced", fields, deadline);
	if (rc == 0)
		rc = client_answer(client, &answer, deadline);
	if (rc)
		return fail(client, "heartbeat does not answer: %s", strerror(-rc));
	rc = told(node, answer);
	client_signoff(client);
	client_free(client);
	return rc;
}

int
main(int argc, char **argv)
{
	bool yes = false;
	int c;

	while ((c = getopt_long(argc, argv, "yhV", longs, NULL)) != -1) {
		switch (c) {
		case 'y':
			yes = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return FENCED_OK;
		case 'V':
			puts("hb_fenced " HB_VERSION);
			return FENCED_OK;
		default:
			fputs(usage, stderr);
			return FENCED_USAGE;
		}
	}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		return FENCED_USAGE;
	}
	if (geteuid() != 0) {
		fputs("hb_fenced: only root may say that\n", stderr);
		return FENCED_FAILED;
	}
	if (!yes && !person_agrees(argv[optind])) {
		fputs("hb_fenced: cancelled: nothing was said\n", stderr);
		return FENCED_CANCELLED;
	}
	return say(argv[optind]);
}
