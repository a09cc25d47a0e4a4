/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hostcache and delhostcache, written whenever the list of nodes changes and read where
 * nodes may join by themselves (spec/wire.md 8.2). */
#include "heartbeat/daemon/daemon.h"
#include "lib/disk.h"
#include "lib/file.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uuid/uuid.h>

/* Reading: at start, where a moment's wait harms nobody. */

#define HOSTS_TEXT_MAX (256 * 1024)

static size_t
hosts_read(const char *path, struct conf_host *hosts, size_t max)
{
	char *text = malloc(HOSTS_TEXT_MAX);
	ssize_t len =
	    text ? file_read_bounded(path, text, HOSTS_TEXT_MAX, NULL) : -ENOMEM;
	ssize_t count = len;

	if (len >= 0)
		count = strlen(text) == (size_t)len ? conf_hosts_parse(text, hosts, max)
		                                    : -EINVAL;
	free(text);
	if (count >= 0)
		return (size_t)count;
	if (count != -ENOENT && count != -ENOMEM) {
		log_line(LOG_ERR, "Invalid host/uuid map file [%s] - removed.", path);
		unlink(path);
	}
	return 0;
}

struct hb_hosts *
hb_hosts_read(void)
{
	struct hb_hosts *h = calloc(1, sizeof(*h));
	struct conf_host *gone = calloc(MEMB_NODE_MAX, sizeof(*gone));

	if (h && gone) {
		h->count = hosts_read(HB_HOSTCACHE, h->host, MEMB_NODE_MAX);
		h->gone_count = hosts_read(HB_DELHOSTCACHE, gone, MEMB_NODE_MAX);
		for (size_t i = 0; i < h->gone_count; i++)
			memcpy(h->gone[i], gone[i].name, sizeof(h->gone[i]));
	}
	free(gone);
	return h;
}

/* Writing is left to the disk thread: a slow disk must not hold up a heartbeat. */

static void
cache_line(FILE *f, const char *name, const uint8_t uuid[16], int weight,
    const char *site)
{
	char text[40];

	uuid_unparse_lower(uuid, text);
	fprintf(f, "%s\t%s\t%d\t%s\n", name, text, weight, site);
}

static void
cache_replace(const char *path, const struct memb *memb, bool deleted)
{
	static const uint8_t unknown[16];
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	for (size_t i = 0; !deleted && i < memb_node_count(memb); i++) {
		const struct memb_node *n = memb_node_at(memb, i);

		if (n->type == MEMB_NORMAL)
			cache_line(f, n->name, n->uuid, n->weight, n->site);
	}
	for (size_t i = 0; deleted && i < memb_deleted_count(memb); i++)
		cache_line(f, memb_deleted_at(memb, i), unknown, 100, "");
	if (fclose(f) == 0)
		disk_replace(path, text, size, 0644);
	free(text);
}

void
hb_hosts_write(const struct memb *memb, bool with_nodes)
{
	if (with_nodes)
		cache_replace(HB_HOSTCACHE, memb, false);
	cache_replace(HB_DELHOSTCACHE, memb, true);
}
