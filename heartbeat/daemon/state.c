/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What outlives the daemon (spec/config.md 14.3): the own generation, which must grow
 * with every start before the first packet leaves; the own uuid; the last generations of
 * the peers, so that a recording of an earlier life is not believed after our own
 * restart.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/disk.h"
#include "lib/file.h"
#include "lib/log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <uuid/uuid.h>

#define HB_PEERS HB_STATEDIR "/hb_peers"

int
hb_state_generation(const struct conf *conf, uint64_t *generation, struct err *err)
{
	char text[64], *end;
	uint64_t last = 0;
	ssize_t len;
	int rc;

	if (conf->generation_from_time) {
		*generation = (uint64_t)time(NULL);
		return 0;
	}
	len = file_read_bounded(HB_GENERATION, text, sizeof(text), NULL);
	if (len < 0) {
		last = (uint64_t)time(NULL);
		log_line(LOG_WARNING, "No Previous generation - starting at %" PRIu64,
		    last + 1);
	} else {
		errno = 0;
		last = strtoull(text, &end, 10);
		if (end == text || errno || (*end && *end != '\n')) {
			/* Not 1, as the old daemon has it: the peers would take us for a
			 * replay. */
			last = (uint64_t)time(NULL);
			log_line(LOG_WARNING,
			    "BROKEN previous generation in %s - starting at %" PRIu64,
			    HB_GENERATION, last + 1);
		}
	}
	snprintf(text, sizeof(text), "%15" PRIu64 "\n", last + 1);
	rc = file_replace(HB_GENERATION, text, strlen(text), 0644, err);
	if (rc)
		return rc;
	*generation = last + 1;
	return 0;
}

static void
hb_uuid_from_name(const char *name, uint8_t uuid[16])
{
	uint32_t h = 0;

	for (const char *c = name; *c; c++)
		h = 31 * h + (uint8_t)*c;
	srand(h);
	for (size_t i = 0; i < 16; i++) {
		uint8_t high = (uint8_t)(rand() % 16), low = (uint8_t)(rand() % 16);

		uuid[i] = (uint8_t)(high << 4 | low);
	}
}

int
hb_state_uuid(const struct conf *conf, uint8_t uuid[16], struct err *err)
{
	uint8_t bytes[32];

	if (conf->uuid_from_name) {
		hb_uuid_from_name(conf->self, uuid);
		return 0;
	}
	if (file_read_bounded(HB_UUID, bytes, sizeof(bytes), NULL) == 16) {
		memcpy(uuid, bytes, 16);
		return 0;
	}
	log_line(LOG_INFO, "No uuid found for current node - generating a new uuid.");
	uuid_generate(uuid);
	return file_replace(HB_UUID, uuid, 16, 0644, err);
}

/* hb_peers: lines "name generation uuid". */

size_t
hb_state_known(struct hb_known *known, size_t max)
{
	static char text[64 * 1024];
	size_t count = 0;
	char *save = NULL;

	if (file_read_bounded(HB_PEERS, text, sizeof(text), NULL) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line && count < max;
	     line = strtok_r(NULL, "\n", &save)) {
		struct hb_known *k = &known[count];
		char uuid[40] = "";

		if (sscanf(line, "%99s %" SCNu64 " %39s", k->name, &k->generation, uuid) <
		    2)
			continue;
		k->has_uuid = uuid_parse(uuid, k->uuid) == 0;
		count++;
	}
	return count;
}

/* Writing is left to the disk thread: a slow disk must not hold up a heartbeat. */

void
hb_state_known_write(const struct memb *memb)
{
	char *text = NULL, uuid[40];
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	for (size_t i = 0; i < memb_node_count(memb); i++) {
		const struct memb_node *n = memb_node_at(memb, i);

		if (n->type != MEMB_NORMAL || n == memb_self(memb) || n->generation == 0)
			continue;
		uuid_unparse_lower(n->uuid, uuid);
		fprintf(f, "%s %" PRIu64 " %s\n", n->name, n->generation, uuid);
	}
	if (fclose(f) == 0)
		disk_replace(HB_PEERS, text, size, 0600);
	free(text);
}
