/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The argument of an address resource.  What is accepted is within its bounds, and its
 * parts written as an argument again mean the same.
 */
#include <sys/socket.h>
#include "heartbeat/helpers/ipaddr/ipaddr.h"
#include "tests/fuzz/fuzz.h"

static void
check_request(const struct ipaddr_request *r)
{
	int max = (int)ipaddr_size(r->addr.family) * 8;

	FUZZ_MUST(r->addr.family == AF_INET || r->addr.family == AF_INET6);
	FUZZ_MUST(r->bits == -1 || (r->bits >= 1 && r->bits <= max));
	FUZZ_MUST(memchr(r->nic, '\0', sizeof(r->nic)) && !strpbrk(r->nic, "/:"));
	FUZZ_MUST(memchr(r->label, '\0', sizeof(r->label)));
	FUZZ_MUST(!r->label[0] || strncmp(r->label, r->nic, strlen(r->nic)) == 0);
	FUZZ_MUST(!r->has_broadcast || r->addr.family == AF_INET);
}

/* The same argument in its one form. */
static void
check_again(const struct ipaddr_request *r)
{
	struct ipaddr_request again;
	char text[256];
	int n = snprintf(text, sizeof(text), "%s", r->addr.text);

	if (r->bits > 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "/%d", r->bits);
	if (r->nic[0])
		n += snprintf(text + n, sizeof(text) - (size_t)n, "/%s",
		    r->label[0] ? r->label : r->nic);
	if (r->has_broadcast)
		snprintf(text + n, sizeof(text) - (size_t)n, "/%s", r->broadcast.text);
	FUZZ_MUST(ipaddr_request_parse(text, &again, NULL) == 0);
	FUZZ_MUST(memcmp(&again.addr, &r->addr, sizeof(r->addr)) == 0);
	FUZZ_MUST(again.bits == r->bits && strcmp(again.nic, r->nic) == 0);
	FUZZ_MUST(strcmp(again.label, r->label) == 0);
	FUZZ_MUST(strcmp(again.broadcast.text, r->broadcast.text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipaddr_request r;
	struct ipaddr addr;
	struct err err = { "" };
	char *arg = malloc(size + 1);

	if (!arg)
		abort();
	if (size > 0)
		memcpy(arg, data, size);
	arg[size] = '\0';
	if (ipaddr_request_parse(arg, &r, &err) == 0) {
		check_request(&r);
		check_again(&r);
		FUZZ_MUST(ipaddr_request_parse_addr(arg, &addr, &err) == 0);
	} else {
		FUZZ_MUST(err.text[0] != '\0');
	}
	free(arg);
	return 0;
}
