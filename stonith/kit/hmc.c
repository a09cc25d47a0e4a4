/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of an HMC: see hmc.h. */
#include "stonith/kit/hmc.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r"

bool
hmc_version_parse(const char *line, int *version, char release[HMC_NAME_MAX])
{
	const char *v;
	size_t len;
	char *end;
	long number;

	if (strncmp(line, "*RM", 3) != 0)
		return false;
	line += 3 + strspn(line + 3, BLANKS);
	len = strlen(line);
	while (len > 0 && strchr(BLANKS, line[len - 1]))
		len--;
	if (len == 0 || len >= HMC_NAME_MAX || (line[0] != 'V' && line[0] != 'R'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)line[i]))
			return false;
	v = memchr(line, 'V', len);
	if (!v)
		v = line; /* only a release */
	if (!isdigit((unsigned char)v[1]))
		return false;
	number = strtol(v + 1, &end, 10);
	if (number > 9999)
		return false;
	*version = (int)number;
	memcpy(release, line, len);
	release[len] = '\0';
	return true;
}

bool
hmc_name_is_good(const char *line)
{
	size_t len = strlen(line);

	if (len == 0 || len >= HMC_NAME_MAX || line[0] == '-' || line[0] == ' ')
		return false;
	if (strcmp(line, "No results were found.") == 0)
		return false;
	for (size_t i = 0; i < len; i++) /* the rest is safe in single quotes */
		if (!isprint((unsigned char)line[i]) || line[i] == '\'' || line[i] == '"')
			return false;
	return true;
}

static bool
is_plain(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._-+@%/", *name))
			return false;
	return true;
}

void
hmc_word_format(const char *name, char word[HMC_WORD_MAX])
{
	assert(hmc_name_is_good(name));
	snprintf(word, HMC_WORD_MAX, is_plain(name) ? "%s" : "'%s'", name);
}

bool
hmc_mode_parse(const char *line, char name[HMC_NAME_MAX], int *mode)
{
	const char *colon = strrchr(line, ':');
	char *end;
	long number;

	if (!colon || colon == line || colon - line >= HMC_NAME_MAX ||
	    !isdigit((unsigned char)colon[1]))
		return false;
	number = strtol(colon + 1, &end, 10);
	if (end[strspn(end, BLANKS)] || number > 9999)
		return false;
	memcpy(name, line, (size_t)(colon - line));
	name[colon - line] = '\0';
	*mode = (int)number;
	return hmc_name_is_good(name);
}

bool
hmc_name_matches(const char *name, const char *patterns)
{
	bool any = false;

	while (patterns) {
		size_t len;

		patterns += strspn(patterns, BLANKS "\n");
		len = strcspn(patterns, BLANKS "\n");
		if (len == 0)
			break;
		any = true;
		if (patterns[len - 1] == '*'
		        ? strncmp(name, patterns, len - 1) == 0
		        : strlen(name) == len && strncmp(name, patterns, len) == 0)
			return true;
		patterns += len;
	}
	return !any;
}

enum hmc_state
hmc_state_parse(const char *line)
{
	static const struct {
		const char *text;
		enum hmc_state state;
	} states[] = {
		{ "Running", HMC_ON },
		{ "Starting", HMC_RISING },
		{ "Open Firmware", HMC_RISING },
		{ "Shutting Down", HMC_FALLING },
		{ "Not Activated", HMC_OFF },
		{ "Ready", HMC_OFF },
	};
	size_t len = strlen(line);

	while (len > 0 && strchr(BLANKS, line[len - 1]))
		len--;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strlen(states[i].text) == len &&
		    strncmp(line, states[i].text, len) == 0)
			return states[i].state;
	return HMC_UNKNOWN;
}
