/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The console of ibmhmc: commands through ssh as hscroot, and what they tell of systems and partitions. */
#include "stonith/plugins/ibmhmc.h"

#include "stonith/kit/command.h"
#include "stonith/kit/memfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USER "hscroot"
#define SECRET_MAX 256 /* characters of a password */
#define WORDS_MAX 24   /* of a command */
#define LINES_MAX 512  /* of its output that are kept */
#define HOSTS_MAX 1024 /* of a console; those behind are not seen, with a warning */
#define FULL_SYSTEM "FullSystemPartition"
#define MODE_FULL 0
#define MODE_PARTITIONS 255

/* The password.  ssh takes it from the output of a program; ours is a script that has no name in
 * any directory and ends with us. */

static int
askpass_make(const char *password, char path[MEMFILE_PATH])
{
	char script[4 * SECRET_MAX + 64], *at = script;

	if (strlen(password) > SECRET_MAX)
		return -E2BIG;
	at = stpcpy(at, "#!/bin/sh\nprintf '%s\\n' '");
	for (; *password; password++) {
		if (*password == '\'')
			at = stpcpy(at, "'\\'");
		*at++ = *password;
	}
	strcpy(at, "'\n");
	return memfile_make(script, true, path);
}

/* The environment of ssh: it must never ask at a terminal. */
int
hmc_environment_make(struct console *console, const char *password)
{
	char askpass[MEMFILE_PATH] = "/bin/false";
	size_t count = 0, n = 0;

	while (environ[count])
		count++;
	if (password) {
		console->askpass_fd = askpass_make(password, askpass);
		if (console->askpass_fd < 0) {
			device_log(console->device, LOG_CRIT,
			    "cannot keep the password for ssh: %s",
			    strerror(-console->askpass_fd));
			return S_OOPS;
		}
	}
	console->envp = calloc(count + 4, sizeof(char *));
	if (!console->envp)
		return S_OOPS;
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "SSH_ASKPASS", 11) != 0 &&
		    strncmp(environ[i], "DISPLAY=", 8) != 0)
			console->envp[n++] = strdup(environ[i]);
	if (asprintf(&console->envp[n++], "SSH_ASKPASS=%s", askpass) < 0)
		return S_OOPS;
	console->envp[n++] = strdup("SSH_ASKPASS_REQUIRE=force");
	console->envp[n++] = strdup("DISPLAY=ibmhmc_foo"); /* as older ones of ssh want */
	return 0;
}

/* Commands. */

static void
on_line(void *data, const char *line)
{
	struct lines *lines = data;
	size_t len = strcspn(line, "\r");

	if (lines->count == LINES_MAX || len == 0 || len >= HMC_NAME_MAX)
		return; /* longer than any name or state */
	memcpy(lines->line[lines->count], line, len);
	lines->line[lines->count++][len] = '\0';
}

/* Runs the WORDS (ended by NULL) at the console; LINES may be NULL.  0 or a code, logged. */
int
hmc_run(struct console *console, struct lines *lines, const char *const *words)
{
	char *argv[WORDS_MAX + 5] = { "ssh", "-l", USER, console->address };
	struct command command = { .path = "ssh", .argv = argv, .envp = console->envp };
	int status;

	for (size_t i = 0; words[i]; i++) {
		if (i == WORDS_MAX)
			return S_OOPS;
		argv[4 + i] = (char *)words[i];
	}
	if (lines) {
		lines->count = 0;
		command.line = on_line;
		command.data = lines;
	}
	status = command_run(console->device, &command);
	if (status == 0)
		return 0;
	if (status == -S_TIMEOUT)
		return S_TIMEOUT;
	device_log(console->device, LOG_ERR,
	    status == 255 ? "ssh to %s failed (%s)" : "%s: '%s' failed with exit code %d",
	    console->address, words[0], status);
	return status < 0 ? -status : status == 255 ? S_ACCESS : S_OOPS;
}

int
hmc_lines_new(struct lines *lines)
{
	lines->count = 0;
	lines->line = calloc(LINES_MAX, sizeof(*lines->line));
	return lines->line ? 0 : S_OOPS;
}

/* Tables. */

static int
partition_add(struct console *console, const char *system, const char *name, bool full)
{
	struct partition *p;

	if (console->count == HOSTS_MAX) {
		device_log(console->device, LOG_WARNING,
		    "%s has more than %d partitions: '%s' and those behind it are not "
		    "seen",
		    console->address, HOSTS_MAX, name);
		return 0;
	}
	if (console->count == console->room) {
		size_t room = console->room ? 2 * console->room : 32;
		void *larger = realloc(console->partitions, room * sizeof(*p));

		if (!larger)
			return S_OOPS;
		console->partitions = larger;
		console->room = room;
	}
	p = &console->partitions[console->count++];
	snprintf(p->name, sizeof(p->name), "%s", name);
	snprintf(p->system, sizeof(p->system), "%s", system);
	p->full = full;
	return 0;
}

static int
partitions_add(struct console *console, const char *system, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		int rc = 0;

		if (hmc_name_is_good(lines->line[i]))
			rc = partition_add(console, system, lines->line[i], false);
		else
			device_log(console->device, LOG_WARNING,
			    "%s: '%s' is no name of a partition", system, lines->line[i]);
		if (rc)
			return rc;
	}
	return 0;
}

/* The partitions of one system of a newer console. */
static int
system_look(struct console *console, const char *system, struct lines *lines)
{
	char word[HMC_WORD_MAX];
	int rc;

	hmc_word_format(system, word);
	rc = hmc_run(console, lines,
	    HMC_WORDS("lssyscfg", "-m", word, "-r", "sys", "-F", "state"));
	if (rc)
		return rc;
	if (lines->count != 1 || strcmp(lines->line[0], "No Connection") == 0)
		return 0;
	rc = hmc_run(console, lines,
	    HMC_WORDS("lssyscfg", "-m", word, "-r", "lpar", "-F", "name"));
	return rc ? rc : partitions_add(console, system, lines);
}

/* The same of an old one, which says the MODE with the name. */
static int
old_system_look(struct console *console, const char *system, int mode,
    struct lines *lines)
{
	char word[HMC_WORD_MAX];
	int rc;

	if (mode == MODE_FULL)
		return partition_add(console, system, FULL_SYSTEM, true);
	if (mode != MODE_PARTITIONS)
		return 0;
	hmc_word_format(system, word);
	rc = hmc_run(console, lines,
	    HMC_WORDS("lssyscfg", "-m", word, "-r", "lpar", "-F", "name", "--all"));
	return rc ? rc : partitions_add(console, system, lines);
}

/* One line of the list of systems. */
static int
system_line(struct console *console, const char *line, struct lines *lines)
{
	char name[HMC_NAME_MAX];
	int mode = 0;

	if (console->version >= 4 ? !hmc_name_is_good(line)
	                          : !hmc_mode_parse(line, name, &mode)) {
		device_log(console->device, LOG_WARNING, "'%s' is no name of a system",
		    line);
		return 0;
	}
	if (console->version >= 4)
		snprintf(name, sizeof(name), "%s", line);
	if (!hmc_name_matches(name, console->patterns))
		return 0;
	return console->version >= 4 ? system_look(console, name, lines)
	                             : old_system_look(console, name, mode, lines);
}

int
hmc_tables_read(struct console *console)
{
	struct lines systems, lines = { NULL, 0 };
	int rc = hmc_lines_new(&systems);

	console->count = 0;
	if (rc == 0)
		rc = hmc_lines_new(&lines);
	if (rc == 0)
		rc = console->version >= 4
		         ? hmc_run(console, &systems,
		               HMC_WORDS("lssyscfg", "-r", "sys", "-F", "name"))
		         : hmc_run(console, &systems,
		               HMC_WORDS("lssyscfg", "-r", "sys", "-F", "name:mode",
		                   "--all"));
	for (size_t i = 0; rc == 0 && i < systems.count; i++)
		rc = system_line(console, systems.line[i], &lines);
	free(systems.line);
	free(lines.line);
	return rc;
}

/* The console. */

int
hmc_console_check(struct console *console)
{
	struct lines lines;
	int rc = hmc_lines_new(&lines);

	if (rc == 0)
		rc = hmc_run(console, &lines, HMC_WORDS("lshmc", "-r", "-F", "ssh"));
	if (rc == 0 && (lines.count == 0 || strncmp(lines.line[0], "enable", 6) != 0)) {
		device_log(console->device, LOG_CRIT,
		    "%s does not say that ssh is enabled there", console->address);
		rc = S_ACCESS;
	}
	free(lines.line);
	return rc;
}

int
hmc_console_identify(struct console *console)
{
	char id[HMC_NAME_MAX + 16], release[HMC_NAME_MAX];
	struct lines lines;
	int rc = hmc_lines_new(&lines);

	if (rc == 0)
		rc = hmc_run(console, &lines, HMC_WORDS("lshmc", "-v"));
	console->version = -1;
	for (size_t i = 0; rc == 0 && i < lines.count && console->version < 0; i++)
		if (!hmc_version_parse(lines.line[i], &console->version, release))
			console->version = -1;
	free(lines.line);
	if (rc == 0 && console->version < 0) {
		device_log(console->device, LOG_CRIT, "%s does not say its version",
		    console->address);
		rc = S_BADCONFIG;
	}
	if (rc)
		return rc;
	snprintf(id, sizeof(id), "IBM HMC %s", release);
	device_set_id(console->device, id);
	return 0;
}

/* "10.0.0.20 sysA sysB*": with -p the patterns come in the same parameter. */
int
hmc_parameters_take(struct console *console)
{
	const char *address = device_param(console->device, "ipaddr");
	const char *patterns = device_param(console->device, "managedsyspat");
	size_t len;

	address += strspn(address, " \t");
	len = strcspn(address, " \t");
	if (len == 0 || len >= sizeof(console->address) || address[0] == '-') {
		device_log(console->device, LOG_CRIT, "'%s' is no address", address);
		return S_BADCONFIG;
	}
	memcpy(console->address, address, len);
	if (!patterns)
		patterns = address + len;
	if (strlen(patterns) >= sizeof(console->patterns)) {
		device_log(console->device, LOG_CRIT, "managedsyspat is too long");
		return S_BADCONFIG;
	}
	strcpy(console->patterns, patterns);
	return 0;
}
