/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Announcing without an address of our own: the resource SendArp and the command send_arp
 * (spec/resources-v1.md 14.2 and 15, spec/commands.md 7.2).
 *
 * SendArp is held from start to stop, which a file tells.  (The original's status said
 * "held" at all times, so that its start was never called.)
 */
#include "heartbeat/helpers/ipaddr/agent.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "heartbeat/helpers/ipaddr/announce.h"
#include "heartbeat/helpers/ipaddr/report.h"
#include "heartbeat/helpers/ipaddr/state.h"

#define INTERVAL_MAX_MS 600000
#define REPEAT_MAX 100000

/* The resource. */

struct target {
	struct ipaddr addr;
	char nic[IFNAMSIZ], label[IFNAMSIZ];
	char state[128]; /* name of the file that says "started" */
	char pidfile[PATH_MAX];
};

/* "ip/if", also "ip/mask/if" as the address resources have it. */
static int
target_parse(const char *arg, struct target *t, struct err *err)
{
	const char *last = strrchr(arg, '/');
	char name[128];
	int rc = ipaddr_request_parse_addr(arg, &t->addr, err);

	if (rc == 0 && !last)
		rc = err_set(err, -EINVAL, "no interface: %s/INTERFACE", arg);
	if (rc == 0)
		rc = ipaddr_nic_parse(last + 1, t->nic, t->label, err);
	if (rc < 0)
		return rc;
	snprintf(t->state, sizeof(t->state), "SendArp-%s-%s", t->addr.text, t->nic);
	/* Not the name that the address resources use: both may announce one address. */
	snprintf(name, sizeof(name), "SendArp-%s-%s.pid", t->addr.text, t->nic);
	state_path(t->pidfile, name);
	return 0;
}

/* Settings of an interface, lines NAME=VALUE in conf/arp_config[:if].  Only the four
 * known names are taken, into the environment, where the defaults are looked up. */
static void
settings_read(const char *nic)
{
	static const char *const names[] = { "ARP_INTERVAL_MS", "ARP_REPEAT",
		"ARP_BACKGROUND", "ARP_NETMASK" };
	char path[PATH_MAX], line[256];
	FILE *f = NULL;

	snprintf(path, sizeof(path), HB_HADIR "/conf/arp_config:%s", nic);
	f = fopen(path, "re");
	if (!f)
		f = fopen(HB_HADIR "/conf/arp_config", "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		value += strspn(value, "\"' ");
		value[strcspn(value, "\"' #;\t\r\n")] = '\0';
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strcmp(line, names[i]) == 0)
				setenv(names[i], value, 1);
	}
	if (f)
		fclose(f);
}

static enum ipaddr_code
failure(const char *arg, int rc, const struct err *err)
{
	report_line("ERROR", "%s: %s", arg, err->text);
	if (rc == -EPERM)
		return IPADDR_PRIVILEGE;
	return rc == -EINVAL   ? IPADDR_ARGUMENT
	       : rc == -ENODEV ? IPADDR_CONFIGURED
	                       : IPADDR_GENERIC;
}

static int
nic_check(const char *nic, int *index, struct err *err)
{
	struct kernel k = { 0 };
	struct kernel_link link;
	int rc = kernel_open(&k, err);

	if (rc == 0)
		rc = kernel_link_get(&k, nic, 0, &link, err);
	kernel_close(&k);
	if (rc == 0)
		*index = link.index;
	return rc;
}

enum ipaddr_code
sendarp_start(const struct agent *agent, const char *arg)
{
	struct announce series = { 0 };
	struct err err = { 0 };
	struct target t;
	int rc = target_parse(arg, &t, &err);

	if (rc == 0)
		rc = nic_check(t.nic, &series.nic_index, &err);
	if (rc < 0)
		return failure(arg, rc, &err);
	settings_read(t.nic);
	series.addr = t.addr;
	memcpy(series.nic, t.nic, sizeof(series.nic));
	memcpy(series.pidfile, t.pidfile, sizeof(series.pidfile));
	series.interval_ms = agent_setting_int("ARP_INTERVAL_MS", 1, INTERVAL_MAX_MS,
	    agent_setting_int(agent->interval_name, 1, INTERVAL_MAX_MS,
	        agent->interval_ms));
	series.repeat_count = agent_setting_int("ARP_REPEAT", 1, REPEAT_MAX,
	    agent_setting_int(agent->count_name, 1, REPEAT_MAX, agent->repeat_count));
	if (agent_setting_is_no("ARP_BACKGROUND") ||
	    agent_setting_is_no(agent->background_name))
		rc = announce_run(&series, &err);
	else
		rc = announce_start(&series, &err);
	if (rc < 0)
		return failure(arg, rc, &err);
	if (!state_write(t.state, "started\n"))
		report_line("WARN", "%s: cannot note the start", arg);
	return IPADDR_OK;
}

enum ipaddr_code
sendarp_stop(const struct agent *agent, const char *arg)
{
	struct err err = { 0 };
	struct target t;

	(void)agent;
	if (target_parse(arg, &t, &err) < 0) {
		report_line("WARN", "%s: %s: nothing to stop", arg, err.text);
		return IPADDR_OK;
	}
	if (t.pidfile[0])
		announce_kill(t.pidfile);
	state_remove(t.state);
	return IPADDR_OK;
}

enum ipaddr_code
sendarp_status(const struct agent *agent, const char *arg)
{
	struct err err = { 0 };
	struct target t;
	int rc = target_parse(arg, &t, &err);

	(void)agent;
	if (rc < 0)
		return failure(arg, rc, &err);
	return state_exists(t.state) ? IPADDR_OK : IPADDR_STOPPED;
}

enum ipaddr_code
sendarp_check(const struct agent *agent, const char *arg)
{
	struct err err = { 0 };
	struct target t;
	int index, rc = target_parse(arg, &t, &err);

	(void)agent;
	if (rc == 0)
		rc = nic_check(t.nic, &index, &err);
	return rc < 0 ? failure(arg, rc, &err) : IPADDR_OK;
}

/* The command. */

static const char send_arp_text[] =
    "usage: send_arp [-i interval-ms] [-r repeats] [-p pidfile] device ip mac|auto "
    "broadcast"
    " netmask\n"
    "Announces the address on the device: each repeat is an ARP request and, half an\n"
    "interval later, an ARP reply.  For an IPv6 address, neighbour advertisements.\n"
    "Broadcast and netmask must be there and are not used.\n";

/* Twelve hexadecimal digits, with or without colons between them. */
static bool
mac_parse(const char *text, uint8_t mac[6])
{
	int digits = 0;

	for (; *text; text++) {
		int c = tolower((unsigned char)*text);

		if (c == ':' && digits % 2 == 0)
			continue;
		if (!isxdigit(c) || digits == 12)
			return false;
		c = isdigit(c) ? c - '0' : c - 'a' + 10;
		mac[digits / 2] = (uint8_t)(digits % 2 ? mac[digits / 2] << 4 | c : c);
		digits++;
	}
	return digits == 12;
}

static bool
number_parse(const char *text, int max, int *out)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 1 || n > max)
		return false;
	*out = (int)n;
	return true;
}

static bool
options_parse(int argc, char **argv, struct announce *a)
{
	bool good = true;
	int c;

	while ((c = getopt(argc, argv, "+i:r:p:h")) != -1) {
		if (c == 'i')
			good &= number_parse(optarg, INTERVAL_MAX_MS, &a->interval_ms);
		else if (c == 'r')
			good &= number_parse(optarg, REPEAT_MAX, &a->repeat_count);
		else if (c == 'p')
			good &= snprintf(a->pidfile, PATH_MAX, "%s", optarg) < PATH_MAX;
		else
			good = false;
	}
	return good && argc - optind == 5;
}

static int
operands_parse(char **argv, struct announce *a, uint8_t mac[6], struct err *err)
{
	char label[IFNAMSIZ], name[128];
	int rc = ipaddr_nic_parse(argv[0], a->nic, label, err);

	if (rc == 0)
		rc = ipaddr_parse(argv[1], &a->addr, err);
	if (rc < 0)
		return rc;
	if (strcmp(argv[2], "auto") != 0) {
		if (!mac_parse(argv[2], mac))
			return err_set(err, -EINVAL,
			    "'%s' is neither 12 hex digits nor auto", argv[2]);
		a->mac = mac;
	}
	snprintf(name, sizeof(name), "send_arp/send_arp-%s", a->addr.text);
	if (!a->pidfile[0]) {
		state_dir_make("send_arp");
		state_path(a->pidfile, name);
	}
	return 0;
}

int
send_arp_main(int argc, char **argv)
{
	struct announce a = { .interval_ms = 1000, .repeat_count = 1 };
	struct err err = { 0 };
	uint8_t mac[6];
	int rc;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(send_arp_text, stdout);
		return 0;
	}
	if (!options_parse(argc, argv, &a)) {
		fputs(send_arp_text, stderr);
		return 1;
	}
	rc = operands_parse(argv + optind, &a, mac, &err);
	if (rc == 0)
		rc = nic_check(a.nic, &a.nic_index, &err);
	if (rc == 0)
		rc = announce_run(&a, &err);
	if (rc < 0)
		fprintf(stderr, "ERROR: %s\n", err.text);
	return rc < 0;
}
