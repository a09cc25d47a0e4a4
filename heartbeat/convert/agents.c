/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which agent stands for a script of haresources.  The names are those of heartbeat/scripts/agent-table, which gives
 * the same arguments to the same agents while haresources rules, and of more parameters that could follow.
 */
#include "heartbeat/convert/private.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PARAMS(...)                                                                      \
	(const char *const[])                                                            \
	{                                                                                \
		__VA_ARGS__, NULL                                                        \
	}

/* clang-format off */
static const struct agent agents[] = { /* by name */
	{ "AudibleAlarm", AGENT_PLAIN, PARAMS("nodelist"), "120s", "60s" },
	{ "Delay", AGENT_PLAIN, PARAMS("startdelay", "stopdelay"), "120s", "60s" },
	{ "Filesystem", AGENT_PLAIN, PARAMS("device", "directory", "fstype", "options"), "120s", "60s" },
	{ "ICP", AGENT_PLAIN, PARAMS("driveid", "device"), "120s", "60s" },
	{ "IPaddr", AGENT_ADDRESS, PARAMS("ip"), "5s", "5s" },
	{ "IPaddr2", AGENT_ADDRESS, PARAMS("ip"), "5s", "5s" },
	{ "IPv6addr", AGENT_SCRIPT, NULL, "120s", "60s" },
	{ "IPsrcaddr", AGENT_PLAIN, PARAMS("ipaddress"), "120s", "60s" },
	{ "LVM", AGENT_PLAIN, PARAMS("volgrpname"), "120s", "60s" },
	{ "LVSSyncDaemonSwap", AGENT_SCRIPT, NULL, "120s", "60s" },
	{ "LinuxSCSI", AGENT_PLAIN, PARAMS("scsi"), "120s", "60s" },
	{ "MailTo", AGENT_PLAIN, PARAMS("email", "subject"), "120s", "60s" },
	{ "ManageRAID", AGENT_PLAIN, PARAMS("raidname"), "120s", "60s" },
	{ "ManageVE", AGENT_PLAIN, PARAMS("veid"), "120s", "60s" },
	{ "OCF", AGENT_SCRIPT, NULL, "120s", "60s" },
	{ "Raid1", AGENT_PLAIN, PARAMS("raidconf", "raiddev"), "120s", "60s" },
	{ "SendArp", AGENT_SCRIPT, NULL, "120s", "60s" },
	{ "ServeRAID", AGENT_PLAIN, PARAMS("serveraid", "mergegroup"), "120s", "60s" },
	{ "WAS", AGENT_PLAIN, PARAMS("config"), "120s", "60s" },
	{ "WinPopup", AGENT_PLAIN, PARAMS("hostfile"), "120s", "60s" },
	{ "Xen", AGENT_PLAIN, PARAMS("xmfile"), "120s", "60s" },
	{ "Xinetd", AGENT_PLAIN, PARAMS("service"), "120s", "60s" },
	{ "apache", AGENT_PLAIN, PARAMS("configfile", "httpd", "port", "statusurl"), "120s", "60s" },
	{ "db2", AGENT_PLAIN, PARAMS("instance"), "120s", "60s" },
	{ "drbddisk", AGENT_SCRIPT, NULL, "120s", "60s" },
	{ "ids", AGENT_PLAIN, PARAMS("informixdir", "informixserver", "onconfig"), "120s", "60s" },
	{ "portblock", AGENT_PLAIN, PARAMS("protocol", "portno", "action"), "120s", "60s" },
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

static bool
is_there(const char *dir, const char *name, const char *suffix)
{
	char path[4096];

	return snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix) <
	           (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

struct script_home
script_find(const char *name, const char *hadir, bool systemd, bool has_arguments)
{
	static const char *const units[] = { "/etc/systemd/system", "/run/systemd/system",
		"/usr/lib/systemd/system", "/lib/systemd/system" };
	char own[4096];

	snprintf(own, sizeof(own), "%s/resource.d", hadir);
	if (is_there(own, name, ""))
		return (struct script_home){ "heartbeat", true };
	if (has_arguments)
		return (struct script_home){ "heartbeat", agent_find(name) != NULL };
	if (is_there("/etc/init.d", name, ""))
		return (struct script_home){ "lsb", true };
	for (size_t i = 0; systemd && i < sizeof(units) / sizeof(units[0]); i++)
		if (is_there(units[i], name, ".service"))
			return (struct script_home){ "systemd", true };
	if (agent_find(name))
		return (struct script_home){ "heartbeat", true };
	return (struct script_home){ "lsb", false };
}
