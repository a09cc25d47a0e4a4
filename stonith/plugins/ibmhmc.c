/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Partitions of IBM systems behind a Hardware Management Console (spec/stonith.md 10): commands
 * through ssh as hscroot.
 *
 * Its tables (systems, their partitions) are read when the device is configured.  A command has
 * been carried out when the console then shows it: "off" is a state in which a partition has no
 * processor; a reset is such a state, or a starting one, seen after the command, and then one
 * that is on.
 */
#include "stonith/kit/command.h"
#include "stonith/kit/hmc.h"
#include "stonith/kit/hostlist.h"
#include "stonith/kit/memfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USER "hscroot"
#define SECRET_MAX 256 /* characters of a password */
#define WORDS_MAX 24   /* of a command */
#define LINES_MAX 512  /* of its output that are kept */
#define HOSTS_MAX 1024 /* of a console; those behind are not seen, with a warning */
#define WAIT_S 120     /* for a state after a command */
#define SPARE_MS 5000  /* of a step, to say ourselves what did not happen */
#define ON_TRIES 10    /* of an old console, which needs time after an "off" */
#define FULL_SYSTEM "FullSystemPartition"
#define MODE_FULL 0
#define MODE_PARTITIONS 255

struct partition {
	char name[HMC_NAME_MAX], system[HMC_NAME_MAX];
	bool full; /* the whole system is one */
};

struct console {
	struct device *device;
	char address[256];
	char patterns[1024]; /* of systems; "" = all */
	int version;
	struct partition *partitions;
	size_t count, room;
	int askpass_fd; /* a script that prints the password; -1 = none */
	char **envp;
};

/* What a command printed. */
struct lines {
	char (*line)[HMC_NAME_MAX];
	size_t count;
};

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
static int
environment_make(struct console *console, const char *password)
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
static int
console_run(struct console *console, struct lines *lines, const char *const *words)
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

#define RUN(console, lines, ...)                                                         \
	console_run(console, lines, (const char *const[]){ __VA_ARGS__, NULL })

static int
lines_new(struct lines *lines)
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
	rc = RUN(console, lines, "lssyscfg", "-m", word, "-r", "sys", "-F", "state");
	if (rc)
		return rc;
	if (lines->count != 1 || strcmp(lines->line[0], "No Connection") == 0)
		return 0;
	rc = RUN(console, lines, "lssyscfg", "-m", word, "-r", "lpar", "-F", "name");
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
	rc = RUN(console, lines, "lssyscfg", "-m", word, "-r", "lpar", "-F", "name",
	    "--all");
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

static int
tables_read(struct console *console)
{
	struct lines systems, lines = { NULL, 0 };
	int rc = lines_new(&systems);

	console->count = 0;
	if (rc == 0)
		rc = lines_new(&lines);
	if (rc == 0)
		rc = console->version >= 4
		         ? RUN(console, &systems, "lssyscfg", "-r", "sys", "-F", "name")
		         : RUN(console, &systems, "lssyscfg", "-r", "sys", "-F",
		               "name:mode", "--all");
	for (size_t i = 0; rc == 0 && i < systems.count; i++)
		rc = system_line(console, systems.line[i], &lines);
	free(systems.line);
	free(lines.line);
	return rc;
}

/* The console. */

static int
console_check(struct console *console)
{
	struct lines lines;
	int rc = lines_new(&lines);

	if (rc == 0)
		rc = RUN(console, &lines, "lshmc", "-r", "-F", "ssh");
	if (rc == 0 && (lines.count == 0 || strncmp(lines.line[0], "enable", 6) != 0)) {
		device_log(console->device, LOG_CRIT,
		    "%s does not say that ssh is enabled there", console->address);
		rc = S_ACCESS;
	}
	free(lines.line);
	return rc;
}

static int
console_identify(struct console *console)
{
	char id[HMC_NAME_MAX + 16], release[HMC_NAME_MAX];
	struct lines lines;
	int rc = lines_new(&lines);

	if (rc == 0)
		rc = RUN(console, &lines, "lshmc", "-v");
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
static int
parameters_take(struct console *console)
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

/* Partitions. */

static int
state_get(struct console *console, const struct partition *p, enum hmc_state *state)
{
	char system[HMC_WORD_MAX], name[HMC_WORD_MAX], filter[HMC_NAME_MAX + 16];
	char filter_word[sizeof(filter) + 2];
	struct lines lines;
	int rc = lines_new(&lines);

	if (rc)
		return rc;
	hmc_word_format(p->system, system);
	hmc_word_format(p->name, name);
	snprintf(filter, sizeof(filter), "lpar_names=%s", p->name);
	snprintf(filter_word, sizeof(filter_word), name[0] == '\'' ? "'%s'" : "%s",
	    filter);
	rc = console->version >= 4 ? RUN(console, &lines, "lssyscfg", "-m", system, "-r",
	                                 "lpar", "-F", "state", "--filter", filter_word)
	                           : RUN(console, &lines, "lssyscfg", "-r", "lpar", "-m",
	                                 system, "-F", "state", "-n", name);
	if (rc == 0) {
		*state = lines.count == 1 ? hmc_state_parse(lines.line[0]) : HMC_UNKNOWN;
		if (*state == HMC_UNKNOWN) {
			device_log(console->device, LOG_ERR,
			    "the state of %s is '%s': nothing can be done with that",
			    p->name, lines.count ? lines.line[0] : "");
			rc = S_OOPS;
		}
	}
	free(lines.line);
	return rc;
}

static int
profile_get(struct console *console, const struct partition *p,
    char profile[HMC_WORD_MAX])
{
	char system[HMC_WORD_MAX], name[HMC_WORD_MAX], filter_word[HMC_NAME_MAX + 20];
	struct lines lines;
	int rc = lines_new(&lines);

	if (rc)
		return rc;
	hmc_word_format(p->system, system);
	hmc_word_format(p->name, name);
	snprintf(filter_word, sizeof(filter_word),
	    name[0] == '\'' ? "'lpar_names=%s'" : "lpar_names=%s", p->name);
	rc = RUN(console, &lines, "lssyscfg", "-m", system, "-r", "lpar", "-F",
	    "default_profile", "--filter", filter_word);
	if (rc == 0 && (lines.count != 1 || !hmc_name_is_good(lines.line[0]))) {
		device_log(console->device, LOG_ERR, "%s has no profile", p->name);
		rc = S_OOPS;
	}
	if (rc == 0)
		hmc_word_format(lines.line[0], profile);
	free(lines.line);
	return rc;
}

enum verb { VERB_ON, VERB_OFF, VERB_RESTART };

/* The one command that does VERB.  PROFILE is for newer consoles. */
static int
partition_command(struct console *console, const struct partition *p, enum verb verb,
    const char *profile)
{
	static const char *const full[] = { "on", "off", "reset" };
	char m[HMC_WORD_MAX], n[HMC_WORD_MAX];

	hmc_word_format(p->system, m);
	hmc_word_format(p->name, n);
	if (p->full && verb == VERB_OFF)
		return RUN(console, NULL, "chsysstate", "-r", "sys", "-m", m, "-o", "off",
		    "-n", m, "-c", "full");
	if (p->full)
		return RUN(console, NULL, "chsysstate", "-r", "sys", "-m", m, "-o",
		    full[verb], "-n", m, "-c", "full", "-b", "norm");
	if (console->version < 4 && verb == VERB_OFF)
		return RUN(console, NULL, "reset_partition", "-m", m, "-p", n, "-t",
		    "hard");
	if (console->version < 4)
		return RUN(console, NULL, "chsysstate", "-r", "lpar", "-m", m, "-o", "on",
		    "-n", n);
	if (verb == VERB_ON)
		return RUN(console, NULL, "chsysstate", "-m", m, "-r", "lpar", "-o", "on",
		    "-n", n, "-f", profile);
	if (verb == VERB_OFF)
		return RUN(console, NULL, "chsysstate", "-m", m, "-r", "lpar", "-o",
		    "shutdown", "-n", n, "--immed");
	return RUN(console, NULL, "chsysstate", "-m", m, "-r", "lpar", "-o", "shutdown",
	    "-n", n, "--immed", "--restart");
}

static void
second_pass(void)
{
	const struct timespec second = { 1, 0 };

	nanosleep(&second, NULL);
}

/* Waits for one of the states WANTED (a mask). */
static int
state_wait(struct console *console, const struct partition *p, unsigned wanted,
    const char *what)
{
	for (int i = 0; i < WAIT_S && device_time_left(console->device) > SPARE_MS; i++) {
		enum hmc_state state;
		int rc = state_get(console, p, &state);

		if (rc)
			return rc;
		if (1u << state & wanted)
			return 0;
		second_pass();
	}
	device_log(console->device, LOG_CRIT,
	    "%s took the command, but %s is not %s afterwards", console->address, p->name,
	    what);
	return S_RESETFAIL;
}

#define IS_ON (1u << HMC_ON | 1u << HMC_RISING)
#define IS_OFF (1u << HMC_OFF)

static int
partition_on(struct console *console, const struct partition *p, const char *profile)
{
	int tries = console->version >= 4 ? 1 : ON_TRIES, rc = S_RESETFAIL;

	for (int i = 0; i < tries && rc; i++) {
		if (i > 0)
			second_pass();
		rc = partition_command(console, p, VERB_ON, profile);
	}
	return rc ? rc : state_wait(console, p, IS_ON, "on");
}

static int
partition_off(struct console *console, const struct partition *p)
{
	int rc = partition_command(console, p, VERB_OFF, NULL);

	return rc ? rc : state_wait(console, p, IS_OFF, "off");
}

/* WAS: the state before. */
static int
partition_reset(struct console *console, const struct partition *p, enum hmc_state was,
    const char *profile)
{
	unsigned evidence = IS_OFF | 1u << HMC_FALLING;
	int rc;

	if (was == HMC_OFF)
		return partition_on(console, p, profile);
	if (console->version < 4 && !p->full) {
		rc = partition_off(console, p);
		return rc ? rc : partition_on(console, p, profile);
	}
	if (was == HMC_ON)
		evidence |=
		    1u << HMC_RISING; /* what runs does not start again by itself */
	rc = partition_command(console, p, VERB_RESTART, profile);
	if (rc == 0)
		rc = state_wait(console, p, evidence, "restarted");
	return rc ? rc : state_wait(console, p, IS_ON, "on again");
}

/* One partition of that name, or none. */
static const struct partition *
partition_find(struct console *console, const char *host)
{
	const struct partition *found = NULL;

	for (size_t i = 0; i < console->count; i++) {
		const struct partition *p = &console->partitions[i];

		if (!host_is(p->name, host))
			continue;
		if (found) {
			device_log(console->device, LOG_CRIT,
			    "'%s' is on %s and on %s: managedsyspat must choose one",
			    host, found->system, p->system);
			return NULL;
		}
		found = p;
	}
	if (!found)
		device_log(console->device, LOG_CRIT, "%s has no partition '%s'",
		    console->address, host);
	return found;
}

/* The driver. */

static void
ibmhmc_close(struct device *device)
{
	struct console *console = device_data(device);

	if (!console)
		return;
	for (char **word = console->envp; word && *word; word++)
		free(*word);
	free(console->envp);
	if (console->askpass_fd >= 0)
		close(console->askpass_fd);
	free(console->partitions);
	free(console);
	device_set_data(device, NULL);
}

static int
ibmhmc_configure(struct device *device)
{
	struct console *console = calloc(1, sizeof(*console));
	int rc;

	if (!console)
		return S_OOPS;
	console->device = device;
	console->askpass_fd = -1;
	device_set_data(device, console);
	rc = parameters_take(console);
	if (rc == 0)
		rc = environment_make(console, device_param(device, "password"));
	if (rc)
		return rc;
	device_set_name(device, console->address);
	if (console_check(console))
		return S_BADCONFIG;
	rc = console_identify(console);
	return rc ? rc : tables_read(console);
}

static int
ibmhmc_status(struct device *device)
{
	return console_check(device_data(device));
}

static int
ibmhmc_hosts(struct device *device)
{
	struct console *console = device_data(device);
	int rc = tables_read(console);

	for (size_t i = 0; rc == 0 && i < console->count; i++)
		host_tell(device, console->partitions[i].name);
	return rc;
}

static int
ibmhmc_request(struct device *device, enum stonith_op op, const char *host)
{
	struct console *console = device_data(device);
	const struct partition *p = partition_find(console, host);
	char profile[HMC_WORD_MAX] = "";
	enum hmc_state state;
	int rc = p ? 0 : S_OOPS;

	if (rc == 0 && console->version >= 4)
		rc = profile_get(console, p, profile);
	if (rc == 0)
		rc = state_get(console, p, &state);
	if (rc)
		return rc;
	if ((op == ST_POWERON && 1u << state & IS_ON) ||
	    (op == ST_POWEROFF && 1u << state & IS_OFF)) {
		device_log(device, LOG_INFO, "host %s already %s", host,
		    op == ST_POWERON ? "on" : "off");
		return 0;
	}
	if (op == ST_POWERON)
		rc = partition_on(console, p, profile);
	else if (op == ST_POWEROFF)
		rc = partition_off(console, p);
	else
		rc = partition_reset(console, p, state, profile);
	if (rc == 0)
		device_log(device, LOG_INFO, "Host %s ibmhmc_reset_req %d.", host,
		    (int)op);
	return rc;
}

static const struct plugin_param params[] = {
	{ .name = "ipaddr",
	    .label = "IP Address",
	    .text = "The address of the console." },
	{ .name = "managedsyspat",
	    .label = "managedsyspat",
	    .text = "Which of the console's systems are looked at: names with blanks "
	            "between; one "
	            "that ends in * stands for all that begin so.  All of them by "
	            "default.  With "
	            "-p they follow the address.",
	    .optional = true,
	    .unlisted = true },
	{ .name = "password",
	    .label = "Password",
	    .text = "The password of hscroot, where ssh does not get in with a key.",
	    .optional = true,
	    .secret = true,
	    .unlisted = true },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "IBM HMC",
	.descr = "Partitions of IBM systems, by their Hardware Management Console "
	         "through ssh.  "
	         "managedsyspat chooses among its systems.  Without a password the "
	         "console must "
	         "take a key of root's.",
	.url =
	    "http://publib-b.boulder.ibm.com/redbooks.nsf/RedbookAbstracts/SG247038.html",
	.params = params,
	.request_limit = 300,
	.configure_asks = true,
	.configure = ibmhmc_configure,
	.status = ibmhmc_status,
	.hosts = ibmhmc_hosts,
	.request = ibmhmc_request,
	.close = ibmhmc_close,
};
