/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same as talker.c, for a closed process group of corosync: a member of group "bench" that says or hears.
 *
 *   cpgtalker hear | say BYTES SECONDS
 */
#include "talk.h"

#include <corosync/cpg.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/uio.h>
#include <unistd.h>

struct head {
	uint64_t number;
	bool ends;
};

static cpg_handle_t cpg;
static struct account account;
static uint64_t announced;

static void
fail(const char *what, cs_error_t error)
{
	fprintf(stderr, "cpgtalker: %s: %s\n", what, cs_strerror(error));
	exit(1);
}

static void
on_message(cpg_handle_t handle, const struct cpg_name *group, uint32_t node, uint32_t pid, void *bytes, size_t len)
{
	struct head head;

	(void)handle;
	(void)group;
	(void)node;
	(void)pid;
	memcpy(&head, bytes, sizeof(head));
	if (head.ends)
		announced = head.number;
	else
		account_take(&account, head.number, len);
}

static void
on_change(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *members, size_t member_count,
    const struct cpg_address *left, size_t left_count, const struct cpg_address *joined, size_t joined_count)
{
	(void)handle;
	(void)group;
	(void)members;
	(void)member_count;
	(void)left;
	(void)left_count;
	(void)joined;
	(void)joined_count;
}

static void
hear(int timeout_ms)
{
	struct pollfd pfd = { .events = POLLIN };

	cpg_fd_get(cpg, &pfd.fd);
	if (poll(&pfd, 1, timeout_ms) > 0 && cpg_dispatch(cpg, CS_DISPATCH_ALL) != CS_OK)
		exit(3);
}

static void
say(struct head *head, void *payload, size_t len)
{
	struct iovec part[2] = { { head, sizeof(*head) }, { payload, len } };
	cs_error_t error;

	while ((error = cpg_mcast_joined(cpg, CPG_TYPE_AGREED, part, 2)) == CS_ERR_TRY_AGAIN)
		hear(1);
	if (error != CS_OK)
		fail("cannot send", error);
}

int
main(int argc, char **argv)
{
	cpg_model_v1_data_t model = { .cpg_deliver_fn = on_message, .cpg_confchg_fn = on_change };
	struct cpg_name group = { .length = 5, .value = "bench" };
	bool says = argc == 4 && strcmp(argv[1], "say") == 0;
	struct head head = { 0 };
	cs_error_t error;

	error = cpg_model_initialize(&cpg, CPG_MODEL_V1, (cpg_model_data_t *)&model, NULL);
	if (error != CS_OK || (error = cpg_join(cpg, &group)) != CS_OK)
		fail("cannot join", error);
	printf("ready\n");
	fflush(stdout);
	if (says) {
		size_t len = (size_t)atol(argv[2]);
		void *payload = calloc(1, len);
		double until = seconds_now() + atof(argv[3]);

		while ((head.number & 15) != 0 || seconds_now() < until) {
			head.number++;
			say(&head, payload, len);
			if ((head.number & 15) == 0)
				hear(0);
		}
		head.ends = true;
		say(&head, payload, 1);
		printf("{\"sent\": %" PRIu64 "}\n", head.number);
	}
	for (double last = seconds_now(); !announced && (!says || seconds_now() - last < 10);)
		hear(200);
	if (!says)
		account_print(&account, announced);
	cpg_leave(cpg, &group);
	return 0;
}
