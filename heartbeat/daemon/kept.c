/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reload is an exec, and between the check of the files and the moment at which the new
 * program reads them somebody may write into them.  A program that refused to go on then
 * would leave its resources running with nobody to look after them.  So a copy that was
 * found sound waits for it, where only root can write and no disk is slow.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT_MAX (1024 * 1024) /* bytes of a file; a longer one is not kept */

static const char *const kept_names[] = { "ha.cf", "authkeys", "haresources",
	"nodeinfo" };
#define KEPT_COUNT (sizeof(kept_names) / sizeof(kept_names[0]))

static int
keep_file(const char *name, char *text)
{
	char path[256], copy[256];
	ssize_t len;

	snprintf(path, sizeof(path), "%s/%s", HB_HADIR, name);
	snprintf(copy, sizeof(copy), "%s/%s", HB_KEPTDIR, name);
	len = file_read_bounded(path, text, KEPT_MAX, NULL);
	if (len == -ENOENT)
		return unlink(copy) < 0 && errno != ENOENT ? -errno : 0;
	return len < 0 ? (int)len : file_replace(copy, text, (size_t)len, 0600, NULL);
}

static bool
is_sound(const char *dir)
{
	struct conf_problems problems;
	struct conf_all all;
	int rc;

	conf_problems_init(&problems);
	rc = conf_read_all(dir, NULL, &all, &problems);
	conf_problems_free(&problems);
	conf_all_free(&all);
	return rc == 0;
}

bool
hb_kept_write(void)
{
	char *text = malloc(KEPT_MAX);
	int rc = text ? 0 : -ENOMEM;

	if (rc == 0 && mkdir(HB_KEPTDIR, 0700) < 0 && errno != EEXIST)
		rc = -errno;
	for (size_t i = 0; rc == 0 && i < KEPT_COUNT; i++)
		rc = keep_file(kept_names[i], text);
	free(text);
	if (rc == 0 && is_sound(HB_KEPTDIR))
		return true;
	hb_kept_remove();
	return false;
}

void
hb_kept_remove(void)
{
	char copy[256];

	for (size_t i = 0; i < KEPT_COUNT; i++) {
		snprintf(copy, sizeof(copy), "%s/%s", HB_KEPTDIR, kept_names[i]);
		unlink(copy);
	}
	rmdir(HB_KEPTDIR);
}
