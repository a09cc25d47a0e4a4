/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs behind the names.  Each takes its arguments without the name and returns
 * the exit code; errors have been printed.
 */
#ifndef IPADDR_AGENT_H
#define IPADDR_AGENT_H

#include "heartbeat/helpers/ipaddr/ipaddr.h"
#include "heartbeat/helpers/ipaddr/kernel.h"

/* How a resource of addresses differs from the others. */
struct agent {
	const char *name;
	const char *usage; /* its argument */
	const char *about; /* one line for meta-data */
	bool ipv4, ipv6;
	bool alias;      /* gets the label "eth0:N", so that ifconfig shows it */
	bool keep_label; /* a label that was asked for is used */
	bool lvs; /* the same address on lo belongs to a real server and is no owner */
	const char *interval_name, *count_name,
	    *background_name;          /* OCF_RESKEY_ settings */
	int interval_ms, repeat_count; /* of the announcements */
	enum ipaddr_code (*start)(const struct agent *agent, const char *arg);
	enum ipaddr_code (*stop)(const struct agent *agent, const char *arg);
	enum ipaddr_code (*status)(const struct agent *agent, const char *arg);
	/* Announces again what is here; NULL when it has nothing to announce. */
	enum ipaddr_code (*tell)(const struct agent *agent, const char *arg);
	enum ipaddr_code (*check)(const struct agent *agent, const char *arg);
};

/* The agent of that name; NULL when there is none. */
const struct agent *agent_find(const char *name);

/* NAME ARGUMENT OPERATION (spec/resources-v1.md 14). */
int agent_main(const struct agent *agent, int argc, char **argv);

/* The commands of spec/commands.md 7. */
int findif_main(int argc, char **argv);
int send_arp_main(int argc, char **argv);

/* The operations of an address, and of SendArp. */
enum ipaddr_code address_start(const struct agent *agent, const char *arg);
enum ipaddr_code address_stop(const struct agent *agent, const char *arg);
enum ipaddr_code address_status(const struct agent *agent, const char *arg);
enum ipaddr_code address_tell(const struct agent *agent, const char *arg);
enum ipaddr_code address_check(const struct agent *agent, const char *arg);
enum ipaddr_code sendarp_start(const struct agent *agent, const char *arg);
enum ipaddr_code sendarp_stop(const struct agent *agent, const char *arg);
enum ipaddr_code sendarp_status(const struct agent *agent, const char *arg);
enum ipaddr_code sendarp_check(const struct agent *agent, const char *arg);

/* Where an address goes. */
struct findif_choice {
	struct kernel_link link;
	int bits;
	bool has_broadcast;
	struct ipaddr broadcast;
};

/* Fills in what the argument left open (spec/resources-v1.md 14.3).  -ENODEV for a
 * missing interface, -ENETUNREACH when no route tells, with the reason in ERR. */
int findif_choose(struct kernel *k, const struct ipaddr_request *request,
    struct findif_choice *out, struct err *err);

/* An integer from the environment, DEFAULT when it is absent or out of range. */
int agent_setting_int(const char *name, int min, int max, int fallback);
/* "no" and its like in the environment. */
bool agent_setting_is_no(const char *name);

#endif
