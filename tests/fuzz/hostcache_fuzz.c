/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hostcache: what is accepted are names, weights and sites that may be written back. */
#include "heartbeat/config/config.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS_MAX 16

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_host hosts[HOSTS_MAX];
	char *text = malloc(size + 1);
	ssize_t count;

	memcpy(text, data, size);
	text[size] = '\0';
	count = conf_hosts_parse(text, hosts, HOSTS_MAX);
	FUZZ_MUST(count == -EINVAL || (count >= 0 && count <= HOSTS_MAX));
	for (ssize_t i = 0; i < count; i++) {
		FUZZ_MUST(
		    hosts[i].name[0] && strlen(hosts[i].name) < sizeof(hosts[i].name));
		FUZZ_MUST(!strpbrk(hosts[i].name, " \t\n") && hosts[i].weight >= 0);
		FUZZ_MUST(strlen(hosts[i].site) < sizeof(hosts[i].site) &&
		          !strpbrk(hosts[i].site, "\t\n"));
	}
	free(text);
	return 0;
}
