/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts in rc.d that an administrator added run for messages of their name, through
 * harc, one after the other, with the fields of the message as HA_<field>
 * (spec/resources-v1.md 2.2, 3.1).  What the scripts that we ship in rc.d do, the daemon
 * does itself; they are there for people and for harc.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Messages that may wait for their script; a further one is dropped with a log line. */
#define NOTICE_MAX 1024

struct hb_notice {
	struct hb_notice *next;
	char **env; /* of the script: NULL-terminated, the first own_count are ours to
	               free */
	size_t own_count;
	char type[64];
};

static bool
is_ours(const char *type)
{
	static const char *const shipped[] = { "status", "ip-request", "ip-request-resp",
		"hb_takeover", "ask_resources", "local_giveip" };

	for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++)
		if (strcmp(type, shipped[i]) == 0)
			return true;
	return false;
}

#define NO_SCRIPT_MS 1000 /* a new script in rc.d is found that much later, at most */

static bool
is_plain(const char *type)
{
	if (!*type || *type == '.')
		return false;
	for (const char *c = type; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			return false;
	return strlen(type) < NOTICE_TYPE_MAX;
}

/* What the daemon itself sets is not replaced by a peer's field: HA_FUNCS names a file
 * that root's scripts read. */
static bool
is_taken(const struct hb *hb, const char *entry)
{
	size_t len = strcspn(entry, "=") + 1;

	for (size_t i = 0; i < hb->env_count; i++)
		if (strncmp(hb->env[i], entry, len) == 0)
			return true;
	return false;
}

/* Our environment, the message's string fields and, as HA_OSTATUS, the STATUS of its
 * sender: *OWN of them, at the front, are to be freed by the caller, with the array. */
static char **
message_env(const struct hb *hb, const struct msg *m, const char *status, size_t *own)
{
	char **env = calloc(hb->env_count + m->count + 2, sizeof(*env));
	size_t n = 0;

	for (size_t i = 0; env && i < m->count; i++) {
		if (m->field[i].type != MSG_STRING ||
		    asprintf(&env[n], "HA_%s=%s", m->field[i].name,
		        (const char *)m->field[i].value) < 0)
			continue;
		if (is_taken(hb, env[n]))
			free(env[n]);
		else
			n++;
	}
	if (env && status && asprintf(&env[n], "HA_OSTATUS=%s", status) >= 0)
		n++;
	if (env)
		memcpy(env + n, hb->env, hb->env_count * sizeof(*env));
	*own = n;
	return env;
}

static void
free_env(char **env, size_t own)
{
	for (size_t i = 0; i < own; i++)
		free(env[i]);
	free(env);
}

static void
log_end(const struct hb_child *child, int status)
{
	char text[96];

	if (status)
		log_line(LOG_WARNING, "%s %s", child->what,
		    child_status_text(status, text, sizeof(text)));
}

/* The queue. */

static void start_next(struct hb *hb);

static void
on_notice_end(struct hb *hb, struct hb_child *child, int status)
{
	log_end(child, status);
	hb->notice_child = NULL;
	start_next(hb);
}

static void
start_next(struct hb *hb)
{
	while (hb->notice && !hb->notice_child) {
		struct hb_notice *notice = hb->notice;
		char *const argv[] = { (char *)(uintptr_t)HB_HADIR "/harc", notice->type,
			NULL };

		hb->notice = notice->next;
		hb->notice_count--;
		hb->notice_child = hb_child_run(hb, argv[0], argv, notice->env, -1,
		    notice->type, on_notice_end);
		free_env(notice->env, notice->own_count);
		free(notice);
	}
}

static void
run_harc(struct hb *hb, const struct msg *m, const char *from, const char *type)
{
	const struct memb_node *node = memb_node_find(hb->memb, from);
	struct hb_notice *notice;

	if (hb->notice_count == NOTICE_MAX) {
		static struct log_limit limit = { .burst = 5 };

		log_limited(&limit, LOG_ERR,
		    "no rc.d script for a message %s: %d already wait", type, NOTICE_MAX);
		return;
	}
	notice = calloc(1, sizeof(*notice));
	if (!notice)
		return;
	notice->env =
	    message_env(hb, m, node ? node->status_text : NULL, &notice->own_count);
	if (!notice->env) {
		free(notice);
		return;
	}
	snprintf(notice->type, sizeof(notice->type), "%s", type);
	if (!hb->notice)
		hb->notice_end = &hb->notice;
	*hb->notice_end = notice;
	hb->notice_end = &notice->next;
	hb->notice_count++;
	start_next(hb);
}

void
hb_rcd_message(struct hb *hb, const struct msg *m, const char *from)
{
	char lower[sizeof(hb->no_script)], path[256];
	const char *type = msg_type(m);
	struct instant now = loop_now(hb->loop);
	bool own_work = rsc_wants(type) && strcmp(type, "stonith") != 0;

	if (!hb->rsc || is_ours(type) || !is_plain(type) || own_work)
		return;
	/* Clients send thousands of one type a second: the disk is not asked for each. */
	if (strcmp(type, hb->no_script) == 0 &&
	    instant_diff_ms(now, hb->no_script_at) < NO_SCRIPT_MS)
		return;
	for (size_t i = 0; i <= strlen(type); i++)
		lower[i] = (char)tolower((unsigned char)type[i]);
	snprintf(path, sizeof(path), "%s/rc.d/%s", HB_HADIR, lower);
	if (access(path, F_OK) == 0) {
		run_harc(hb, m, from, lower);
		return;
	}
	strcpy(hb->no_script, type); /* is_plain() has looked at its length */
	hb->no_script_at = now;
}

void
hb_notices_free(struct hb *hb)
{
	while (hb->notice) {
		struct hb_notice *notice = hb->notice;

		hb->notice = notice->next;
		free_env(notice->env, notice->own_count);
		free(notice);
	}
}

/* The administrator's hook before a group is given up on request: one of the resource
 * scripts. */

static void
on_giveip_end(struct hb *hb, struct hb_child *child, int status)
{
	log_end(child, status);
	hb->script.child = NULL;
	rsc_ran(hb->rsc, loop_now(hb->loop), child->id, status ? 1 : 0, NULL, 0);
	hb_flush(hb);
}

struct hb_child *
hb_giveip_run(struct hb *hb, const struct rsc_run *run)
{
	static const char path[] = HB_HADIR "/rc.d/local_giveip";
	char *const argv[] = { (char *)(uintptr_t)path, (char *)(uintptr_t) "ip-request",
		NULL };
	struct hb_child *child;
	char store[512];
	struct msg m;
	size_t own;
	char **env;

	if (access(path, X_OK) != 0)
		return NULL;
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "ip-request");
	msg_add_str(&m, "ipaddr", run->key);
	msg_add_str(&m, "src", run->asker);
	env = message_env(hb, &m, NULL, &own);
	if (!env)
		return NULL;
	child = hb_child_run(hb, path, argv, env, -1, "local_giveip", on_giveip_end);
	free_env(env, own);
	return child;
}
