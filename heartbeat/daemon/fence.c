/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fencing through stonith(8): the command is a child with a group of its own, so that a
 * device which hangs holds up nothing here.  Its exit code 0, and nothing else, is a
 * success.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* rsc_fenced() may not be called from within the core's own effect: a failed start is
 * told by a child that fails at once. */
static const char *
stonith_path(void)
{
	static const char *const paths[] = { HB_SBINDIR "/stonith", "/usr/sbin/stonith" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

static void
on_end(struct hb *hb, struct hb_child *child, int status)
{
	bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	const char *node = strchr(child->what, ' ');

	hb->fencing--;
	if (node)
		hb_event(hb, EVENT_FENCING, ok ? LOG_INFO : LOG_WARNING, node + 1, NULL, NULL,
		    "node %s was %s", node + 1, ok ? "reset" : "not reset: its fencing failed");
	if (hb->rsc && node)
		rsc_fenced(hb->rsc, loop_now(hb->loop), node + 1,
		    ok ? RSC_FENCE_OK : RSC_FENCE_FAILED);
	hb_flush(hb);
}

static bool
run(struct hb *hb, const char *path, char *const *argv, const char *what)
{
	if (!hb_child_run(hb, path, argv, hb->env, -1, what, on_end))
		return false;
	hb->fencing++;
	return true;
}

void
hb_fence(struct hb *hb, const char *node)
{
	const struct conf *conf = &hb->all.conf;
	const char *path = stonith_path();
	char *const no[] = { (char *)(uintptr_t) "/bin/false", NULL };
	char what[160];
	char *argv[16];
	size_t n = 0;

	snprintf(what, sizeof(what), "stonith %s", node);
	if (!path) {
		log_line(LOG_ERR,
		    "STONITH device %s is configured, but there is no stonith(8): node "
		    "%s is not "
		    "reset and nothing of it is taken over",
		    conf->stonith_type, node);
		run(hb, no[0], no, what);
		return;
	}
	log_line(LOG_INFO, "Resetting node %s with [%s]", node, conf->stonith_type);
	argv[n++] = (char *)(uintptr_t)path;
	argv[n++] = (char *)(uintptr_t) "-t";
	argv[n++] = (char *)(uintptr_t)conf->stonith_type;
	argv[n++] = (char *)(uintptr_t)(conf->stonith_config ? "-F" : "-p");
	argv[n++] = (char *)(uintptr_t)(conf->stonith_config   ? conf->stonith_config
	                                : conf->stonith_params ? conf->stonith_params
	                                                       : "");
	argv[n++] = (char *)(uintptr_t) "-T";
	argv[n++] = (char *)(uintptr_t) "reset";
	argv[n++] = (char *)(uintptr_t)node;
	argv[n] = NULL;
	if (!run(hb, path, argv, what))
		run(hb, no[0], no, what);
}
