/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drbd-peer-outdater(8): DRBD's handler "fence-peer".  It asks dopd and ends with what
 * DRBD must know. */
#include "heartbeat/client/client.h"
#include "heartbeat/helpers/dopd/dopd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 1 /* nothing that DRBD takes for an answer */

static const char usage[] =
    "usage: drbd-peer-outdater -r <string> -p <string> [-t <int>]\n"
    "\t-p <string>\tdrbd peer\n"
    "\t-r <string>\tdrbd resource\n"
    "\t-t <int>\ttimeout in seconds; default: 60\n"
    "\t-h, --help\tthis text\n"
    "\t-V, --version\tthe version\n"
    "\n"
    "The drbd peer and drbd resource have to be specified either on the\n"
    "commandline using the -p and -r options, or using the $DRBD_PEER and\n"
    "$DRBD_RESOURCE environment variables. $DRBD_RESOURCE and $DRBD_PEER\n"
    "will be ignored, if the command line options are used.\n";

/* No answer, whatever the reason, is an unreachable peer. */
static int
ask(struct client *dopd, const struct dopd_options *options)
{
	struct instant deadline =
	    instant_add_ms(instant_now(), (int64_t)options->patience_s * 1000);
	uint8_t store[1024];
	const struct msg *got;
	struct msg m;
	struct err err;
	int r;

	if (client_connect_plain(dopd, DOPD_SOCKET, deadline, &err) < 0) {
		fprintf(stderr, "drbd-peer-outdater: %s: does dopd run?\n", err.text);
		return DOPD_UNREACHABLE;
	}
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "outdater");
	msg_add_str(&m, "src", "drbd-peer-outdater");
	msg_add_str(&m, "outdater_peer", options->request.peer);
	msg_add_str(&m, "outdater_res", options->request.resource);
	r = client_send(dopd, &m, deadline);
	if (r == 0)
		r = client_read(dopd, &got, deadline);
	if (r == 0)
		return dopd_result_parse(got, "dop_value");
	fprintf(stderr, "drbd-peer-outdater: no answer from dopd: %s\n", strerror(-r));
	return DOPD_UNREACHABLE;
}

int
main(int argc, char **argv)
{
	struct dopd_options options;
	struct client *dopd;
	struct err err;
	int code;

	signal(SIGPIPE, SIG_IGN);
	if (dopd_options_parse(argc, argv, &options, &err) < 0) {
		fprintf(stderr, "drbd-peer-outdater: %s\n%s", err.text, usage);
		return EXIT_USAGE;
	}
	if (options.help || options.version) {
		fputs(options.help ? usage : HB_VERSION "\n", stdout);
		return 0;
	}
	if (!dopd_resource_is_sound(options.request.resource)) {
		fprintf(stderr, "drbd-peer-outdater: '%s' is no name of a resource\n",
		    options.request.resource);
		return DOPD_FAILED;
	}
	dopd = client_new();
	code = dopd ? ask(dopd, &options) : DOPD_FAILED;
	client_free(dopd);
	return code;
}
