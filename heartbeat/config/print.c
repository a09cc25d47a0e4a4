/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "heartbeat -D", "-DW" and "-v" (spec/config.md 15): the table of directives, and what
 * is in force.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- -D, -W ------------------------------------------------------------------ */

/* "auto_failback" -> "AutoFailback" */
static void
wiki_word(const char *name, char *word)
{
	bool first = true;

	for (; *name; name++) {
		if (*name == '_') {
			first = true;
			continue;
		}
		*word++ = first ? (char)toupper((unsigned char)*name) : *name;
		first = false;
	}
	*word = '\0';
}

static void
print_head(int fd, bool wiki)
{
	if (!wiki) {
		dprintf(fd, "%-25s%-10s%s\n", "Directive", "Default", "Description");
		dprintf(fd, "----------------------------------------"
		            "----------------------------------------\n");
		return;
	}
	dprintf(fd,
	    "##Put this output in the ha.cf/DefaultValues page\n"
	    "The [wiki:ha.cf ha.cf] directives with default values are shown below - "
	    "along with a brief "
	    "description.\n"
	    "This was produced by {{{heartbeat -DW}}} ''# (version %s)''\n"
	    "\n"
	    "||''Directive''||''Default''||''Description''||\n",
	    HB_VERSION);
}

void
conf_print_directives(int fd, bool wiki)
{
	print_head(fd, wiki);
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct directive *d = &conf_directives[i];
		char word[64];

		if (!d->initial)
			continue;
		wiki_word(d->name, word);
		if (wiki)
			dprintf(fd, "||[wiki:ha.cf/%sDirective %s]||%s||%s||\n", word,
			    d->name, d->initial, d->about);
		else
			dprintf(fd, "%-25s%-10s%s\n", d->name, d->initial, d->about);
	}
}

/* ---- -v ---------------------------------------------------------------------- */

static const char *
medium_description(const char *directive)
{
	/* clang-format off */
	static const struct { const char *directive, *text; } media[] = {
		{ "bcast",      "UDP/IP broadcast" },
		{ "mcast",      "UDP/IP multicast" },
		{ "mcast6",     "UDP/IP multicast" },
		{ "ucast",      "UDP/IP unicast" },
		{ "ucast6",     "UDP/IPv6 unicast" },
		{ "serial",     "serial ring" },
		{ "ping",       "ping membership" },
		{ "ping6",      "ping6 membership" },
		{ "ping_group", "ping group membership" },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(media); i++)
		if (strcmp(media[i].directive, directive) == 0)
			return media[i].text;
	return directive;
}

static void
print_values(int fd, const struct conf *conf)
{
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct directive *d = &conf_directives[i];
		const char *value = d->about ? conf_param_find(conf, d->name) : NULL;

		if (value)
			dprintf(fd, "%s\t%s\t#\t%s\n", d->name, value, d->about);
	}
}

void
conf_print_effective(int fd, const struct conf *conf)
{
	dprintf(fd, "#\n#\tLinux-HA heartbeat configuration (on %s)\n#\n\n", conf->self);
	dprintf(fd, "#---------------------------------------------------\n");
	dprintf(fd, "#\n#\tHA configuration and status\n#\n");
	print_values(fd, conf);
	dprintf(fd, "#\n#\tHA Cluster nodes:\n#\n");
	for (size_t i = 0; i < conf->node_count; i++)
		dprintf(fd, "node %s\t#\t current status: init\n", conf->node[i].name);
	dprintf(fd, "#\n#\tCommunications media:\n");
	for (size_t i = 0; i < conf->medium_count; i++)
		dprintf(fd, "#\n# %s heartbeat channel -------------\n%s %s\n",
		    medium_description(conf->medium[i].directive),
		    conf->medium[i].directive, conf->medium[i].args);
	dprintf(fd, "#---------------------------------------------------\n");
}
