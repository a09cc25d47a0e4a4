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
#include "stonith/plugins/ibmhmc.h"

#include "stonith/kit/hostlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 120    /* for a state after a command */
#define SPARE_MS 5000 /* of a step, to say ourselves what did not happen */
#define ON_TRIES 10   /* of an old console, which needs time after an "off" */

/* Partitions. */

static int
state_get(struct console *console, const struct partition *p, enum hmc_state *state)
{
	char system[HMC_WORD_MAX], name[HMC_WORD_MAX], filter[HMC_NAME_MAX + 16];
	char filter_word[sizeof(filter) + 2];
	struct lines lines;
	int rc = hmc_lines_new(&lines);

	if (rc)
		return rc;
	hmc_word_format(p->system, system);
	hmc_word_format(p->name, name);
	snprintf(filter, sizeof(filter), "lpar_names=%s", p->name);
	snprintf(filter_word, sizeof(filter_word), name[0] == '\'' ? "'%s'" : "%s",
	    filter);
	rc = console->version >= 4 ? hmc_run(console, &lines,
	                                 HMC_WORDS("lssyscfg", "-m", system, "-r", "lpar",
	                                     "-F", "state", "--filter", filter_word))
	                           : hmc_run(console, &lines,
	                                 HMC_WORDS("lssyscfg", "-r", "lpar", "-m", system,
	                                     "-F", "state", "-n", name));
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
	int rc = hmc_lines_new(&lines);

	if (rc)
		return rc;
	hmc_word_format(p->system, system);
	hmc_word_format(p->name, name);
	snprintf(filter_word, sizeof(filter_word),
	    name[0] == '\'' ? "'lpar_names=%s'" : "lpar_names=%s", p->name);
	rc = hmc_run(console, &lines,
	    HMC_WORDS("lssyscfg", "-m", system, "-r", "lpar", "-F", "default_profile",
	        "--filter", filter_word));
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
		return hmc_run(console, NULL,
		    HMC_WORDS("chsysstate", "-r", "sys", "-m", m, "-o", "off", "-n", m,
		        "-c", "full"));
	if (p->full)
		return hmc_run(console, NULL,
		    HMC_WORDS("chsysstate", "-r", "sys", "-m", m, "-o", full[verb], "-n",
		        m, "-c", "full", "-b", "norm"));
	if (console->version < 4 && verb == VERB_OFF)
		return hmc_run(console, NULL,
		    HMC_WORDS("reset_partition", "-m", m, "-p", n, "-t", "hard"));
	if (console->version < 4)
		return hmc_run(console, NULL,
		    HMC_WORDS("chsysstate", "-r", "lpar", "-m", m, "-o", "on", "-n", n));
	if (verb == VERB_ON)
		return hmc_run(console, NULL,
		    HMC_WORDS("chsysstate", "-m", m, "-r", "lpar", "-o", "on", "-n", n,
		        "-f", profile));
	if (verb == VERB_OFF)
		return hmc_run(console, NULL,
		    HMC_WORDS("chsysstate", "-m", m, "-r", "lpar", "-o", "shutdown", "-n",
		        n, "--immed"));
	return hmc_run(console, NULL,
	    HMC_WORDS("chsysstate", "-m", m, "-r", "lpar", "-o", "shutdown", "-n", n,
	        "--immed", "--restart"));
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
	rc = hmc_parameters_take(console);
	if (rc == 0)
		rc = hmc_environment_make(console, device_param(device, "password"));
	if (rc)
		return rc;
	device_set_name(device, console->address);
	if (hmc_console_check(console))
		return S_BADCONFIG;
	rc = hmc_console_identify(console);
	return rc ? rc : hmc_tables_read(console);
}

static int
ibmhmc_status(struct device *device)
{
	return hmc_console_check(device_data(device));
}

static int
ibmhmc_hosts(struct device *device)
{
	struct console *console = device_data(device);
	int rc = hmc_tables_read(console);

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
