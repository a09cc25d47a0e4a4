/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hb_ipaddr: the address resources IPaddr, IPaddr2, IPv6addr and SendArp, and the
 * commands findif and send_arp.  The name it is called by says which; called as
 * hb_ipaddr, the first argument does. It is a program and no script because an address
 * must move in milliseconds.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "heartbeat/helpers/ipaddr/agent.h"

static const char usage[] =
    "usage: hb_ipaddr NAME ARGUMENT OPERATION, or NAME ARGUMENT OPERATION through a "
    "link\n"
    "  IPaddr    ip[/bits[/interface][/broadcast]]         "
    "start|stop|status|monitor|validate-all\n"
    "  IPaddr2   ip[/bits[/interface[:label]][/broadcast]] the same\n"
    "  IPv6addr  ip[/bits[/interface]]                     the same\n"
    "  SendArp   ip/interface                              the same\n"
    "  findif    [-C] [ip[/bits[/interface][/broadcast]]]\n"
    "  send_arp  [-i ms] [-r count] [-p pidfile] device ip mac|auto broadcast netmask\n";

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Descriptors that are opened later must not be 0, 1 or 2. */
static void
standard_descriptors_ensure(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/* ARGV[0] is the name.  -1 = not one of ours. */
static int
run(int argc, char **argv)
{
	const char *name = base_name(argv[0]);
	const struct agent *agent = agent_find(name);

	if (agent)
		return agent_main(agent, argc - 1, argv + 1);
	if (strcmp(name, "findif") == 0)
		return findif_main(argc - 1, argv + 1);
	if (strcmp(name, "send_arp") == 0)
		return send_arp_main(argc, argv);
	return -1;
}

int
main(int argc, char **argv)
{
	int rc = -1;

	standard_descriptors_ensure();
	/* What we did counts, not whether somebody still reads what we say of it. */
	signal(SIGPIPE, SIG_IGN);
	if (argc > 0)
		rc = run(argc, argv);
	if (rc < 0 && argc > 1)
		rc = run(argc - 1, argv + 1);
	if (rc >= 0)
		return rc;
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(usage, stdout);
		return 0;
	}
	fputs(usage, stderr);
	return 1;
}
