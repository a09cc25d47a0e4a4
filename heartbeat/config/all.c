/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that is read at start, in the daemon's order, with the checks across files
 * (spec/config.md 1, 5, 13).  Unlike the old daemon it goes on after the first bad file,
 * so that one run names all problems.
 */
#include "heartbeat/config/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define DIR_MAX 4000

static const char *
crm_directive(const struct conf *conf)
{
	return conf->crm_directive ? conf->crm_directive : "crm";
}

static void
mention_unused(const char *file, const struct conf *conf, struct conf_problems *problems)
{
	char legacy[DIR_MAX + 300];

	if (access(file, F_OK) != 0)
		return;
	snprintf(legacy, sizeof(legacy),
	    "File %s exists.\nThis file is not used because %s is enabled", file,
	    crm_directive(conf));
	problem_add(problems, CONF_WARNING, (struct place){ file, 0, 0 },
	    &(struct legacy){ LOG_WARNING, legacy, NULL },
	    "this file is not used because '%s' is enabled; remove it, or the directive",
	    crm_directive(conf));
}

static int
read_groups(const char *file, const struct conf_options *options, struct conf_all *all,
    struct conf_problems *problems)
{
	const struct conf *conf = all->has_conf ? &all->conf : NULL;
	size_t errors = problems->errors;
	int result;

	if (conf && conf->crm != CRM_OFF) {
		mention_unused(file, conf, problems);
		return 0;
	}
	if (!conf && access(file, F_OK) != 0)
		return 0; /* nobody knows whether it is needed */
	result = haresources_read(file, options, &all->groups, problems);
	if (result < 0)
		return result;
	all->has_groups = true;
	groups_check(&all->groups, conf, file, options, problems);
	return problems->errors > errors ? -EINVAL : 0;
}

int
conf_haresources_reread(const char *file, const struct conf *conf, struct conf_groups *groups,
    struct conf_problems *problems)
{
	const struct conf_options here = { .on_this_machine = true, .self = conf->self };
	int result = haresources_read(file, &here, groups, problems);

	if (result < 0)
		return result;
	groups_check(groups, conf, file, &here, problems);
	return problems->errors > 0 ? -EINVAL : 0;
}

int
conf_read_all(const char *dir, const struct conf_options *options, struct conf_all *all,
    struct conf_problems *problems)
{
	static const struct conf_options here = { .on_this_machine = true };
	char clean[DIR_MAX], file[DIR_MAX + 20];
	int result, keys_result, groups_result;
	size_t len;

	*all = (struct conf_all){ .keys.current = -1 };
	if (!options)
		options = &here;
	snprintf(clean, sizeof(clean), "%s", dir);
	for (len = strlen(clean); len > 1 && clean[len - 1] == '/'; len--)
		clean[len - 1] = '\0'; /* "/etc/ha.d//ha.cf" was nobody's wish */
	result = conf_read_with(clean, options, &all->conf, problems);
	all->has_conf = result == 0 || result == -EINVAL;
	snprintf(file, sizeof(file), "%s/authkeys", clean);
	keys_result = authkeys_read(file, options, &all->keys, problems);
	all->has_keys = keys_result == 0;
	if (keys_result < 0 && options->on_this_machine && !problems->closing)
		problems->closing = "Authentication configuration error.";
	snprintf(file, sizeof(file), "%s/haresources", clean);
	groups_result = read_groups(file, options, all, problems);
	if (result == 0)
		result = keys_result;
	return result == 0 ? groups_result : result;
}

void
conf_all_free(struct conf_all *all)
{
	if (all->has_conf)
		conf_free(&all->conf);
	if (all->has_groups)
		conf_groups_free(&all->groups);
	explicit_bzero(all, sizeof(*all));
}
