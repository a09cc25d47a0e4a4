/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of agents and what they have in common: NAME ARGUMENT OPERATION, the words of
 * the results (spec/resources-v1.md 14.1), usage and meta-data.
 */
#include "heartbeat/helpers/ipaddr/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "heartbeat/helpers/ipaddr/report.h"

#define ARGUMENT_MAX                                                                     \
	256 /* of an argument put together; longer ones are refused with the usage */

/* clang-format off */
static const struct agent agents[] = {
	{ "IPaddr", "ip-address[/netmaskbits[/interface[:label]][/broadcast]]",
	  "IPv4 address as an alias eth0:N",
	  .ipv4 = true, .alias = true,
	  .interval_name = "OCF_RESKEY_ARP_INTERVAL_MS", .interval_ms = 500,
	  .count_name = "OCF_RESKEY_ARP_REPEAT", .repeat_count = 10,
	  .background_name = "OCF_RESKEY_ARP_BACKGROUND",
	  .start = address_start, .stop = address_stop, .status = address_status,
	  .tell = address_tell,
	  .check = address_check },
	{ "IPaddr2", "ip-address[/netmaskbits[/interface[:label]][/broadcast]]",
	  "IPv4 or IPv6 address; on an LVS real server it is moved away from lo",
	  .ipv4 = true, .ipv6 = true, .keep_label = true, .lvs = true,
	  .interval_name = "OCF_RESKEY_arp_interval", .interval_ms = 200,
	  .count_name = "OCF_RESKEY_arp_count", .repeat_count = 5,
	  .background_name = "OCF_RESKEY_arp_bg",
	  .start = address_start, .stop = address_stop, .status = address_status,
	  .tell = address_tell,
	  .check = address_check },
	{ "IPv6addr", "ipv6-address[/prefixlength[/interface]]",
	  "IPv6 address",
	  .ipv6 = true,
	  .interval_name = "", .interval_ms = 1000, .count_name = "", .repeat_count = 5,
	  .background_name = "",
	  .start = address_start, .stop = address_stop, .status = address_status,
	  .tell = address_tell,
	  .check = address_check },
	{ "SendArp", "ip-address/interface",
	  "announcement of an address that this node need not have",
	  .ipv4 = true, .ipv6 = true,
	  .interval_name = "OCF_RESKEY_ARP_INTERVAL_MS", .interval_ms = 200,
	  .count_name = "OCF_RESKEY_ARP_REPEAT", .repeat_count = 5,
	  .background_name = "OCF_RESKEY_ARP_BACKGROUND",
	  .start = sendarp_start, .stop = sendarp_stop, .status = sendarp_status,
	  .check = sendarp_check },
};
/* clang-format on */

const struct agent *
agent_find(const char *name)
{
	for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++)
		if (strcmp(agents[i].name, name) == 0)
			return &agents[i];
	return NULL;
}

int
agent_setting_int(const char *name, int min, int max, int fallback)
{
	const char *value = *name ? getenv(name) : NULL;
	char *end;
	long n;

	if (!value || !*value)
		return fallback;
	n = strtol(value, &end, 10);
	if (*end || n < min || n > max) {
		report_line("WARN", "%s=%s is not %d to %d: %d is used", name, value, min,
		    max, fallback);
		return fallback;
	}
	return (int)n;
}

bool
agent_setting_is_no(const char *name)
{
	static const char *const words[] = { "no", "n", "false", "off", "0" };
	const char *value = *name ? getenv(name) : NULL;

	for (size_t i = 0; value && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

static void
usage_print(FILE *out, const struct agent *agent)
{
	fprintf(out, "usage: %s %s (start|stop|status|monitor|usage|meta-data)\n",
	    agent->name, agent->usage);
}

static void
meta_data_print(const struct agent *agent)
{
	static const char *const actions[] = { "start", "stop", "status", "monitor",
		"validate-all", "meta-data" };

	printf(
	    "<?xml version=\"1.0\"?>\n<resource-agent name=\"%s\" version=\"" HB_VERSION
	    "\">\n"
	    "<version>1.0</version>\n<longdesc lang=\"en\">%s.  Argument: %s</longdesc>\n"
	    "<shortdesc lang=\"en\">%s</shortdesc>\n<parameters/>\n<actions>\n",
	    agent->name, agent->about, agent->usage, agent->about);
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		printf("<action name=\"%s\" timeout=\"20s\"/>\n", actions[i]);
	printf("</actions>\n</resource-agent>\n");
}

/* Words that need no argument.  -1 = not one of them. */
static int
word_run(const struct agent *agent, const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
	    strcmp(word, "usage") == 0) {
		usage_print(stdout, agent);
		return 0;
	}
	if (strcmp(word, "meta-data") != 0)
		return -1;
	meta_data_print(agent);
	return 0;
}

/* haresources splits arguments at "::", which IPv6 addresses contain: the pieces belong
 * together again.  WHOLE is used when there is more than one. */
static const char *
argument_join(const struct agent *agent, int count, char **pieces, char *whole,
    size_t size)
{
	size_t len = 0;

	if (count == 1)
		return pieces[0];
	if (count < 1 || !agent->ipv6)
		return NULL;
	for (int i = 0; i < count; i++) {
		int n =
		    snprintf(whole + len, size - len, "%s%s", i ? "::" : "", pieces[i]);

		if (n < 0 || (size_t)n >= size - len)
			return NULL;
		len += (size_t)n;
	}
	return whole;
}

int
agent_main(const struct agent *agent, int argc, char **argv)
{
	const char *op = argc > 0 ? argv[argc - 1] : "";
	char whole[ARGUMENT_MAX];
	const char *arg = argument_join(agent, argc - 1, argv, whole, sizeof(whole));
	int rc = word_run(agent, op);

	report_open(agent->name);
	if (rc >= 0)
		return rc;
	if (!arg) {
		usage_print(stderr, agent);
		return 1;
	}
	if (strcmp(op, "start") == 0)
		return report_result(agent->start(agent, arg), false);
	if (strcmp(op, "announce") == 0 && agent->tell)
		return report_result(agent->tell(agent, arg), false);
	if (strcmp(op, "stop") == 0)
		return report_result(agent->stop(agent, arg), false);
	if (strcmp(op, "status") == 0 || strcmp(op, "monitor") == 0)
		return report_result(agent->status(agent, arg), true);
	if (strcmp(op, "validate-all") == 0)
		return report_result(agent->check(agent, arg), false);
	report_line("ERROR", "Unknown operation: %s", op);
	usage_print(stderr, agent);
	return 1;
}
