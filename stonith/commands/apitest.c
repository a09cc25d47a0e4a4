/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apitest(8): one request to stonithd, and whether its result is the expected one. */
#include "stonith/client/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_OTHER 255
#define SIGNON_MS 10000
#define GRACE_MS 10000 /* beyond the request's own time, for a busy machine */
/* The node's uuid is of no use here, and has to be there. */
#define NO_UUID "00000000-0000-0000-0000-000000000000"

static bool
number(const char *text, long min, long max, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	return end != text && *end == '\0' && !errno && *out >= min && *out <= max;
}

static int
test(struct sdc *sdc, enum sd_op op, const char *node, long timeout_ms, long expected)
{
	struct sdc_result result;
	struct err err;
	int32_t callid;
	int r = sdc_signon(sdc, instant_add_ms(instant_now(), SIGNON_MS), &err);

	if (r == 0)
		r = sdc_fence(sdc, op, node, NO_UUID, timeout_ms, &callid, &err);
	if (r < 0) {
		fprintf(stderr, "apitest: %s\n", err.text);
		return EXIT_OTHER;
	}
	/* As a program with a loop does. */
	poll(&(struct pollfd){ .fd = sdc_fd(sdc), .events = POLLIN }, 1,
	    (int)timeout_ms + GRACE_MS);
	do
		r = sdc_result(sdc, &result,
		    instant_add_ms(instant_now(), timeout_ms + GRACE_MS));
	while (r == 0 && result.callid != callid);
	if (r < 0) {
		fprintf(stderr, "apitest: no result: %s\n", strerror(-r));
		return EXIT_OTHER;
	}
	printf("optype=%d, node_name=%s, result=%d, node_list=%s\n", (int)result.op,
	    result.node, result.frc, result.nodes);
	sdc_signoff(sdc);
	return result.frc == expected ? 0 : EXIT_OTHER;
}

int
main(int argc, char **argv)
{
	static const char usage[] = "apitest optype target_node timeout expect_value.\n";
	long op, timeout_ms, expected;
	struct sdc *sdc;
	int code;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts(HB_VERSION);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		printf("usage: %s  optype        0 query, 1 reset, 2 on, 3 off\n"
		       "  timeout       in milliseconds\n"
		       "  expect_value  0 succeeded, 1 cannot, 2 timeout, 3 failed\n",
		    usage);
		return 0;
	}
	if (argc != 5 || !number(argv[1], 0, SD_OP_COUNT - 1, &op) ||
	    !number(argv[3], 1, SD_TIMEOUT_MAX_MS, &timeout_ms) ||
	    !number(argv[4], 0, SD_RESULT_COUNT - 1, &expected)) {
		fputs(usage, stderr);
		return EXIT_OTHER;
	}
	signal(SIGPIPE, SIG_IGN);
	sdc = sdc_new("apitest");
	code =
	    sdc ? test(sdc, (enum sd_op)op, argv[2], timeout_ms, expected) : EXIT_OTHER;
	sdc_free(sdc);
	return code;
}
