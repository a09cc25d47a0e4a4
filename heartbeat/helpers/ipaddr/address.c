/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address as a resource: IPaddr, IPaddr2, IPv6addr (spec/resources-v1.md 14.2).
 *
 * Start adds it and announces it; an address that is there already is left as it is, so
 * that a second start is harmless.  Stop ends the announcer first, so that nothing
 * announces what is no longer here, and succeeds when there is nothing to do.  Whether
 * the address is held is asked of the kernel each time; files only remember what cannot
 * be seen there.
 *
 * IPv6 addresses are added without duplicate address detection: it would keep the address
 * silent for one to two seconds, and the only other holder there could be is the node
 * that was just declared dead, which an answer to a probe would not make a better owner.
 */
#include "heartbeat/helpers/ipaddr/agent.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "heartbeat/helpers/ipaddr/announce.h"
#include "heartbeat/helpers/ipaddr/report.h"
#include "heartbeat/helpers/ipaddr/state.h"

#define LOOPBACK_INDEX 1 /* in every network namespace */
#define NAME_MAX_LEN 80  /* of a state file: a word and an address */

/* What one operation works with. */
struct address {
	const struct agent *agent;
	struct ipaddr_request request;
	struct kernel kernel;
	struct kernel_addrs all;
	const struct kernel_addr *held;  /* in ALL; NULL = not here */
	const struct kernel_addr *on_lo; /* the real server's copy; NULL = none */
};

static enum ipaddr_code
code_of(int rc)
{
	switch (rc) {
	case 0:
		return IPADDR_OK;
	case -EINVAL:
		return IPADDR_ARGUMENT;
	case -EPERM:
		return IPADDR_PRIVILEGE;
	case -ENODEV:
	case -ENETUNREACH:
	case -EACCES: /* IPv6 is switched off on the interface */
		return IPADDR_CONFIGURED;
	default:
		return IPADDR_GENERIC;
	}
}

static enum ipaddr_code
failure(const char *arg, int rc, const struct err *err)
{
	report_line("ERROR", "%s: %s", arg, err->text);
	return code_of(rc);
}

static void
state_name(char out[NAME_MAX_LEN], const char *what, const struct ipaddr *addr)
{
	snprintf(out, NAME_MAX_LEN, "%s-%s", what, addr->text);
}

/* What is there. */

static bool
is_wanted_on_lo(const struct address *a)
{
	return !a->agent->lvs || strcmp(a->request.nic, "lo") == 0 ||
	       ipaddr_is_loopback(&a->request.addr);
}

static int
addrs_read(struct address *a, struct err *err)
{
	const struct ipaddr *want = &a->request.addr;
	int rc;

	a->held = a->on_lo = NULL;
	kernel_addrs_clear(&a->all);
	rc = kernel_addrs_get(&a->kernel, want->family, &a->all, err);
	for (size_t i = 0; rc == 0 && i < a->all.count; i++) {
		const struct kernel_addr *have = &a->all.list[i];

		/* The kernel of before 4.20 sends other families too. */
		if (have->family != want->family ||
		    memcmp(have->bytes, want->bytes, ipaddr_size(want->family)) != 0)
			continue;
		if (have->nic == LOOPBACK_INDEX && !is_wanted_on_lo(a))
			a->on_lo = have;
		else if (!a->held)
			a->held = have;
	}
	return rc;
}

static int
address_open(struct address *a, struct err *err)
{
	int rc = kernel_open(&a->kernel, err);

	return rc < 0 ? rc : addrs_read(a, err);
}

static void
address_close(struct address *a)
{
	kernel_addrs_clear(&a->all);
	kernel_close(&a->kernel);
}

static int
family_check(const struct agent *agent, const struct ipaddr *addr, struct err *err)
{
	if (addr->family == AF_INET ? agent->ipv4 : agent->ipv6)
		return 0;
	return err_set(err, -EINVAL, "%s does not take an %s address", agent->name,
	    addr->family == AF_INET ? "IPv4" : "IPv6");
}

/* Announcing. */

static void
announce_describe(const struct address *a, const struct findif_choice *c,
    struct announce *out)
{
	const struct agent *agent = a->agent;
	char name[NAME_MAX_LEN];

	*out = (struct announce){ .addr = a->request.addr,
		.nic_index = c->link.index,
		.only_if_present = true };
	memcpy(out->nic, c->link.name, sizeof(out->nic));
	out->interval_ms =
	    agent_setting_int(agent->interval_name, 1, 60000, agent->interval_ms);
	out->repeat_count =
	    agent_setting_int(agent->count_name, 1, 10000, agent->repeat_count);
	state_name(name, "send_arp", &a->request.addr);
	state_path(out->pidfile, name);
	if (a->request.addr.family == AF_INET6) {
		out->interval_ms = 1000;
		out->repeat_count = 5;
	}
}

/* An address that nobody was told of is late, not lost: a failure is only a warning. */
static void
address_announce(const struct address *a, const struct findif_choice *c)
{
	struct announce series;
	struct err err;
	int rc;

	if (c->link.flags & (IFF_LOOPBACK | IFF_POINTOPOINT))
		return; /* nobody there remembers where an address lives */
	if (c->link.type != ARPHRD_ETHER || !c->link.has_mac) {
		report_line("WARN", "%s is not announced: %s is no Ethernet",
		    a->request.addr.text, c->link.name);
		return;
	}
	announce_describe(a, c, &series);
	if (agent_setting_is_no(a->agent->background_name))
		rc = announce_run(&series, &err);
	else
		rc = announce_start(&series, &err);
	if (rc < 0)
		report_line("WARN", "%s is not announced on %s: %s", a->request.addr.text,
		    c->link.name, err.text);
}

/* The copy on lo, which an LVS real server has of the same address. */

/* Removes it from lo and remembers that.  What cannot be remembered stays: the same
 * address may be on both, and a real server that lost its copy for good would be silent.
 */
static void
lo_take(struct address *a)
{
	char name[NAME_MAX_LEN], text[64];
	struct err err;

	if (!a->on_lo)
		return;
	state_name(name, "IPaddr2-lo", &a->request.addr);
	snprintf(text, sizeof(text), "%d %u %s\n", a->on_lo->bits, a->on_lo->scope,
	    a->on_lo->label[0] ? a->on_lo->label : "lo");
	if (!state_write(name, text)) {
		report_line("WARN", "%s stays on lo: cannot note it for later",
		    a->request.addr.text);
		return;
	}
	if (kernel_addr_del(&a->kernel, a->on_lo, &err) < 0)
		report_line("WARN", "%s stays on lo: %s", a->request.addr.text, err.text);
}

static void
lo_give_back(struct address *a)
{
	struct kernel_addr lo = { .family = a->request.addr.family,
		.nic = LOOPBACK_INDEX };
	char name[NAME_MAX_LEN], text[64];
	struct err err;
	int rc;

	state_name(name, "IPaddr2-lo", &a->request.addr);
	if (!a->agent->lvs || !state_read(name, text, sizeof(text)))
		return;
	if (sscanf(text, "%d %u %15s", &lo.bits, &lo.scope, lo.label) == 3 &&
	    lo.bits > 0 && lo.bits <= (int)ipaddr_size(lo.family) * 8) {
		memcpy(lo.bytes, a->request.addr.bytes, sizeof(lo.bytes));
		rc = kernel_addr_add(&a->kernel, &lo, &err);
		if (rc < 0 && rc != -EEXIST)
			report_line("WARN", "%s is not back on lo: %s",
			    a->request.addr.text, err.text);
	}
	state_remove(name);
}

/* Start. */

static void
alias_label(const struct address *a, const struct kernel_link *link, char out[IFNAMSIZ])
{
	char(*labels)[IFNAMSIZ] = calloc(a->all.count + 1, sizeof(*labels));

	if (!labels)
		return;
	for (size_t i = 0; i < a->all.count; i++)
		memcpy(labels[i], a->all.list[i].label, IFNAMSIZ);
	if (ipaddr_label_choose(link->name, (const char(*)[IFNAMSIZ])labels, a->all.count,
	        out) < 0)
		report_line("WARN", "%s: no room for a label behind the name %s",
		    a->request.addr.text, link->name);
	free(labels);
}

static struct kernel_addr
addr_describe(const struct address *a, const struct findif_choice *c)
{
	const struct ipaddr_request *r = &a->request;
	struct kernel_addr add = { .family = r->addr.family,
		.bits = c->bits,
		.nic = c->link.index,
		.has_broadcast = c->has_broadcast };

	memcpy(add.bytes, r->addr.bytes, sizeof(add.bytes));
	memcpy(add.broadcast, c->broadcast.bytes, sizeof(add.broadcast));
	if (ipaddr_is_loopback(&r->addr))
		add.scope = RT_SCOPE_HOST;
	if (r->addr.family == AF_INET6)
		add.flags = IFA_F_NODAD;
	else if (a->agent->alias)
		alias_label(a, &c->link, add.label);
	else if (a->agent->keep_label)
		memcpy(add.label, r->label, sizeof(add.label));
	return add;
}

static int
address_add(struct address *a, const struct findif_choice *c, struct err *err)
{
	struct kernel_addr add = addr_describe(a, c);
	int rc;

	if (!(c->link.flags & IFF_UP) &&
	    (rc = kernel_link_up(&a->kernel, c->link.index, err)) < 0)
		return rc;
	lo_take(a);
	rc = kernel_addr_add(&a->kernel, &add, err);
	if (rc == 0)
		address_announce(a, c);
	if (rc < 0 && rc != -EEXIST)
		lo_give_back(a);
	if (rc == -EACCES && add.family == AF_INET6)
		return err_set(err, rc, "IPv6 is disabled on %s", c->link.name);
	return rc == -EEXIST ? 0 : rc; /* another start was faster and announces it */
}

/* There already: fine, unless somebody put it elsewhere than the argument says. */
static int
held_check(struct address *a, struct err *err)
{
	struct kernel_link link;
	int rc;

	if (!a->request.nic[0])
		return 0;
	rc = kernel_link_get(&a->kernel, NULL, a->held->nic, &link, err);
	if (rc < 0 || strcmp(link.name, a->request.nic) == 0)
		return rc;
	return err_set(err, -EEXIST,
	    "the address is on %s, not on %s: take it away there first", link.name,
	    a->request.nic);
}

static int
address_acquire(struct address *a, struct err *err)
{
	struct findif_choice choice;
	int rc = address_open(a, err);

	if (rc < 0)
		return rc;
	if (a->held)
		return held_check(a, err);
	rc = findif_choose(&a->kernel, &a->request, &choice, err);
	return rc < 0 ? rc : address_add(a, &choice, err);
}

enum ipaddr_code
address_start(const struct agent *agent, const char *arg)
{
	struct address a = { .agent = agent };
	struct err err = { 0 };
	int lock = -1, rc = ipaddr_request_parse(arg, &a.request, &err);

	if (rc == 0)
		rc = family_check(agent, &a.request.addr, &err);
	if (rc < 0)
		return failure(arg, rc, &err);
	/* Two starts at once must not choose the same label. */
	if (agent->alias)
		lock = state_lock("IPaddr.lock");
	rc = address_acquire(&a, &err);
	address_close(&a);
	if (lock >= 0)
		close(lock);
	return rc < 0 ? failure(arg, rc, &err) : IPADDR_OK;
}

/* An address that is here and was elsewhere, too: the neighbours may have the other one
 * in mind. */
enum ipaddr_code
address_tell(const struct agent *agent, const char *arg)
{
	struct address a = { .agent = agent };
	struct findif_choice choice = { 0 };
	struct err err = { 0 };
	int rc = ipaddr_request_parse(arg, &a.request, &err);

	if (rc == 0)
		rc = address_open(&a, &err);
	if (rc == 0 && a.held)
		rc = kernel_link_get(&a.kernel, NULL, a.held->nic, &choice.link, &err);
	if (rc == 0 && a.held)
		address_announce(&a, &choice);
	address_close(&a);
	return rc < 0 ? failure(arg, rc, &err) : IPADDR_OK;
}

/* Stop. */

static bool
is_in_net_of(const struct kernel_addr *a, const struct kernel_addr *net)
{
	return a->nic == net->nic && a->bits == net->bits &&
	       ipaddr_bytes_match(a->bytes, net->bytes, net->bits);
}

static bool
addr_is_listed(const struct kernel_addrs *addrs, const struct kernel_addr *a)
{
	for (size_t i = 0; i < addrs->count; i++)
		if (addrs->list[i].nic == a->nic &&
		    memcmp(addrs->list[i].bytes, a->bytes, sizeof(a->bytes)) == 0)
			return true;
	return false;
}

/* When the first address of a net goes, the kernel takes the others of that net along,
 * unless promote_secondaries is set.  They are not ours to remove: whatever vanished is
 * added again. */
static void
neighbours_restore(struct address *a, const struct kernel_addr *gone)
{
	struct kernel_addrs now = { 0 };
	bool any = false;
	struct err err;

	if (gone->family != AF_INET || (gone->flags & IFA_F_SECONDARY))
		return;
	for (size_t i = 0; i < a->all.count && !any; i++)
		any = &a->all.list[i] != gone && is_in_net_of(&a->all.list[i], gone);
	if (!any || kernel_addrs_get(&a->kernel, AF_INET, &now, &err) < 0)
		return;
	for (size_t i = 0; i < a->all.count; i++) {
		struct kernel_addr *other = &a->all.list[i];
		int rc;

		if (other == gone || !is_in_net_of(other, gone) ||
		    addr_is_listed(&now, other))
			continue;
		other->flags &= ~(uint32_t)IFA_F_SECONDARY;
		rc = kernel_addr_add(&a->kernel, other, &err);
		if (rc < 0 && rc != -EEXIST)
			report_line("ERROR",
			    "another address of the net was lost with %s: %s",
			    a->request.addr.text, err.text);
	}
	kernel_addrs_clear(&now);
}

/* Away from every interface where it counts as held. */
static int
address_release(struct address *a, struct err *err)
{
	int rc = address_open(a, err);

	for (int round = 0; rc == 0 && a->held && round < 64; round++) {
		struct kernel_addr *held = (struct kernel_addr *)a->held;

		rc = kernel_addr_del(&a->kernel, held, err);
		if (rc == -EADDRNOTAVAIL || rc == -ENODEV)
			rc = 0; /* somebody else was faster */
		if (rc == 0)
			neighbours_restore(a, held);
		if (rc == 0)
			rc = addrs_read(a, err);
	}
	if (rc == 0)
		lo_give_back(a);
	return rc;
}

enum ipaddr_code
address_stop(const struct agent *agent, const char *arg)
{
	struct address a = { .agent = agent };
	char name[NAME_MAX_LEN], pidfile[PATH_MAX];
	struct err err = { 0 };
	int rc;

	if (ipaddr_request_parse(arg, &a.request, NULL) < 0 &&
	    ipaddr_request_parse_addr(arg, &a.request.addr, &err) < 0) {
		/* It was never started: a failing stop would only hold up the others. */
		report_line("WARN", "%s: %s: nothing to stop", arg, err.text);
		return IPADDR_OK;
	}
	state_name(name, "send_arp", &a.request.addr);
	if (state_path(pidfile, name))
		announce_kill(pidfile);
	rc = address_release(&a, &err);
	address_close(&a);
	return rc < 0 ? failure(arg, rc, &err) : IPADDR_OK;
}

/* Status. */

enum ipaddr_code
address_status(const struct agent *agent, const char *arg)
{
	struct address a = { .agent = agent };
	struct err err = { 0 };
	bool held;
	int rc;

	if (ipaddr_request_parse(arg, &a.request, NULL) < 0 &&
	    (rc = ipaddr_request_parse_addr(arg, &a.request.addr, &err)) < 0)
		return failure(arg, rc, &err);
	rc = address_open(&a, &err);
	held = a.held != NULL;
	address_close(&a);
	if (rc < 0)
		return failure(arg, rc, &err);
	return held ? IPADDR_OK : IPADDR_STOPPED;
}

enum ipaddr_code
address_check(const struct agent *agent, const char *arg)
{
	struct findif_choice choice;
	struct ipaddr_request r;
	struct kernel k = { 0 };
	struct err err = { 0 };
	int rc = ipaddr_request_parse(arg, &r, &err);

	if (rc == 0)
		rc = family_check(agent, &r.addr, &err);
	if (rc == 0)
		rc = kernel_open(&k, &err);
	if (rc == 0)
		rc = findif_choose(&k, &r, &choice, &err);
	kernel_close(&k);
	return rc < 0 ? failure(arg, rc, &err) : IPADDR_OK;
}
