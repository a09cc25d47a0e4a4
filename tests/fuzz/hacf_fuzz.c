/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha.cf: whatever stands in it, the struct is sound, and what is accepted obeys the
 * rules.
 */
#include "tests/fuzz/config_fuzz.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

/* The users and groups of a machine that has few: reading /etc/passwd for each input
 * would be nearly all of the time. */
struct passwd *
getpwnam(const char *name)
{
	static char root[] = "root", hacluster[] = "hacluster", dir[] = "/";
	static struct passwd users[] = {
		{ .pw_name = root, .pw_uid = 0, .pw_dir = dir, .pw_shell = dir },
		{ .pw_name = hacluster, .pw_uid = 90, .pw_dir = dir, .pw_shell = dir },
	};

	for (size_t i = 0; i < 2; i++)
		if (strcmp(users[i].pw_name, name) == 0)
			return &users[i];
	return NULL;
}

struct group *
getgrnam(const char *name)
{
	static char haclient[] = "haclient";
	static struct group group = { .gr_name = haclient, .gr_gid = 91 };

	return strcmp(name, haclient) == 0 ? &group : NULL;
}

static void
check_conf(const struct conf *conf)
{
	FUZZ_MUST(conf->self && conf->cluster && conf->coreroot);
	FUZZ_MUST(conf->medium_count <= 64);
	for (size_t i = 0; i < conf->node_count; i++) {
		FUZZ_MUST(conf->node[i].name[0] != '\0');
		for (size_t j = 0; j < i; j++)
			FUZZ_MUST(strcmp(conf->node[i].name, conf->node[j].name) != 0);
	}
	for (size_t i = 0; i < conf->medium_count; i++)
		FUZZ_MUST(conf->medium[i].args[0] != '\0' && conf->medium[i].line > 0);
	for (size_t i = 0; i < conf->client_count; i++)
		FUZZ_MUST(conf->client[i].command[0] == '/' ||
		          conf->client[i].command[0] == '.');
	for (size_t i = 0; i < conf->param_count; i++)
		FUZZ_MUST(conf_param_find(conf, conf->param[i].name) != NULL);
	for (size_t i = 0; i < conf->env_count; i++)
		FUZZ_MUST(conf->env[i].name[0] != '\0');
}

static void
check_accepted(const struct conf *conf)
{
	FUZZ_MUST(conf->keepalive_ms > 0);
	FUZZ_MUST(conf->deadtime_ms > 2 * conf->keepalive_ms);
	FUZZ_MUST(conf->initdead_ms >= conf->deadtime_ms);
	FUZZ_MUST(conf->deadping_ms == 0 || conf->deadping_ms > 2 * conf->keepalive_ms);
	FUZZ_MUST(conf->warntime_ms > 0 && conf->max_rexmit_delay_ms > 0);
	FUZZ_MUST(conf->medium_count > 0);
	FUZZ_MUST(conf->hopfudge >= 0 && conf->hopfudge <= 255);
	FUZZ_MUST(conf->rtprio >= 0 && conf->rtprio <= 99);
	FUZZ_MUST(conf->debug >= 0 && conf->debug <= 255);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_options options = { .on_this_machine = false,
		.self = "Alpha" };
	uint8_t *copy = fuzz_copy(data, size);
	struct conf_problems problems;
	struct conf conf;
	int result;

	conf_problems_init(&problems);
	result = conf_parse((char *)copy, size, "ha.cf", &options, &conf, &problems);
	FUZZ_MUST(result == (problems.errors ? -EINVAL : 0));
	free(copy);
	check_conf(&conf);
	if (result == 0)
		check_accepted(&conf);
	fuzz_problems_check(&problems);
	conf_free(&conf);
	conf_problems_free(&problems);
	return 0;
}
