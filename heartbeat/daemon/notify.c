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

static bool
is_plain(const char *type)
{
	if (!*type || *type == '.')
		return false;
	for (const char *c = type; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			return false;
	return strlen(type) < 64;
}

static void
on_end(struct hb *hb, struct hb_child *child, int status)
{
	char text[96];

	(void)hb;
	if (status)
		log_line(LOG_WARNING, "%s %s", child->what,
		    child_status_text(status, text, sizeof(text)));
}

/* Our environment and the message's string fields.  The caller frees what it gets from
 * free_env(). */
static char **
message_env(const struct hb *hb, const struct msg *m)
{
	char **env = calloc(hb->env_count + m->count + 1, sizeof(*env));
	size_t n = 0;

	for (size_t i = 0; env && i < m->count; i++)
		if (m->field[i].type == MSG_STRING &&
		    asprintf(&env[n], "HA_%s=%s", m->field[i].name,
		        (const char *)m->field[i].value) >= 0)
			n++;
	if (env)
		memcpy(env + n, hb->env, hb->env_count * sizeof(*env));
	return env;
}

static void
free_env(const struct hb *hb, char **env)
{
	size_t n = 0;

	while (env[n])
		n++;
	for (size_t i = 0; i + hb->env_count < n; i++)
		free(env[i]);
	free(env);
}

static void
run_harc(struct hb *hb, const struct msg *m, const char *type)
{
	char *const argv[] = { (char *)(uintptr_t)HB_HADIR "/harc",
		(char *)(uintptr_t)type, NULL };
	char **env = message_env(hb, m);

	if (!env)
		return;
	hb_child_run(hb, argv[0], argv, env, -1, type, on_end);
	free_env(hb, env);
}

void
hb_rcd_message(struct hb *hb, const struct msg *m, const char *from)
{
	char lower[64], path[256];
	const char *type = msg_type(m);

	(void)from;
	if (!hb->rsc || is_ours(type) || !is_plain(type) || rsc_wants(type))
		return;
	for (size_t i = 0; i <= strlen(type); i++)
		lower[i] = (char)tolower((unsigned char)type[i]);
	snprintf(path, sizeof(path), "%s/rc.d/%s", HB_HADIR, lower);
	if (access(path, F_OK) == 0)
		run_harc(hb, m, lower);
}

/* The administrator's hook before a group is given up on request. */
void
hb_giveip(struct hb *hb, const char *key, const char *asker)
{
	static const char path[] = HB_HADIR "/rc.d/local_giveip";
	char *const argv[] = { (char *)(uintptr_t)path, (char *)(uintptr_t) "ip-request",
		NULL };
	char store[512];
	struct msg m;

	if (access(path, X_OK) != 0)
		return;
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "ip-request");
	msg_add_str(&m, "ipaddr", key);
	msg_add_str(&m, "src", asker);
	char **env = message_env(hb, &m);
	if (!env)
		return;
	hb_child_run(hb, path, argv, env, -1, "local_giveip", on_end);
	free_env(hb, env);
}
