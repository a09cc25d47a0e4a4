/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink through libmnl: one request, then the answers are walked until the kernel says
 * done. One socket for the life of the process; replies carry our sequence number, so
 * nothing stale is taken for an answer.
 */
#include "heartbeat/helpers/ipaddr/kernel.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_MAX                                                                      \
	512 /* our largest request, an address with all attributes, is below 200 */
#define DUMP_ROUNDS_MAX 20   /* of a list that changes all the time */
#define DUMP_ROUNDS_MERGED 4 /* the last of them count together */
#define REPLY_MAX 32768      /* what the kernel puts into one datagram of a dump */

int
kernel_open(struct kernel *k, struct err *err)
{
	k->seq = 0;
	k->nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!k->nl || mnl_socket_bind(k->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		int rc = -errno;

		kernel_close(k);
		return err_set(err, rc, "netlink: %s", strerror(-rc));
	}
	return 0;
}

void
kernel_close(struct kernel *k)
{
	if (k->nl)
		mnl_socket_close(k->nl);
	k->nl = NULL;
}

/* Requests. */

static struct nlmsghdr *
request_begin(struct kernel *k, char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++k->seq;
	return nlh;
}

/* Takes the marks off that would end the walk in the middle: "this list changed while it
 * was told".  Whether there was one. */
static bool
marks_take(char *buf, int len)
{
	bool torn = false;

	for (struct nlmsghdr *nlh = (struct nlmsghdr *)buf; mnl_nlmsg_ok(nlh, len);
	     nlh = mnl_nlmsg_next(nlh, &len)) {
		torn |= (nlh->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		nlh->nlmsg_flags &= (uint16_t)~NLM_F_DUMP_INTR;
	}
	return torn;
}

/* Sends and walks the answers through ON_ITEM.  0 or -errno. */
static int
request_run(struct kernel *k, struct nlmsghdr *nlh, mnl_cb_t on_item, void *arg)
{
	unsigned port = mnl_socket_get_portid(k->nl);
	char reply[REPLY_MAX] __attribute__((aligned(8)));
	int rc = MNL_CB_OK;

	k->torn = false;
	if (mnl_socket_sendto(k->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (rc == MNL_CB_OK) {
		ssize_t len = mnl_socket_recvfrom(k->nl, reply, sizeof(reply));

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		k->torn |= marks_take(reply, (int)len);
		rc = mnl_cb_run(reply, (size_t)len, nlh->nlmsg_seq, port, on_item, arg);
	}
	return rc < 0 ? -errno : 0;
}

/* Asks again for a list that changed meanwhile; what the rounds before told is forgotten,
 * but for the last ones: an entry that stays is in one of them, and one that went is
 * found out when it is used.  Lists of a few hundred entries come in one piece and never
 * change. */
static bool
list_wants_round(struct kernel *k, int rc, int *round, size_t *count)
{
	if (rc < 0 || !k->torn || ++*round == DUMP_ROUNDS_MAX)
		return false;
	if (*round <= DUMP_ROUNDS_MAX - DUMP_ROUNDS_MERGED)
		*count = 0;
	return true;
}

/* Makes room for one more; NULL when there is no memory. */
static void *
list_grow(void *list, size_t count, size_t *size, size_t item)
{
	size_t want = *size ? *size * 2 : 32;
	void *grown = list;

	if (count < *size)
		return list;
	grown = realloc(list, want * item);
	if (grown)
		*size = want;
	return grown;
}

/* Links. */

static int
on_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct kernel_link *link = arg;
	const struct nlattr *attr;

	link->index = info->ifi_index;
	link->flags = info->ifi_flags;
	link->type = info->ifi_type;
	mnl_attr_for_each(attr, nlh, sizeof(*info))
	{
		size_t len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) == IFLA_IFNAME && len && len <= IFNAMSIZ)
			memcpy(link->name, mnl_attr_get_payload(attr), len - 1);
		if (mnl_attr_get_type(attr) == IFLA_ADDRESS && len == sizeof(link->mac)) {
			memcpy(link->mac, mnl_attr_get_payload(attr), len);
			link->has_mac = true;
		}
	}
	return MNL_CB_STOP; /* asked for one: the kernel sends one, without an end mark */
}

int
kernel_link_get(struct kernel *k, const char *name, int index, struct kernel_link *out,
    struct err *err)
{
	char buf[REQUEST_MAX] = { 0 };
	struct nlmsghdr *nlh = request_begin(k, buf, RTM_GETLINK, 0);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	struct kernel_link link = { 0 };
	int rc;

	info->ifi_family = AF_UNSPEC;
	info->ifi_index = index;
	if (name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	/* The statistics of every virtual function are long to make and nothing to us. */
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	rc = request_run(k, nlh, on_link, &link);
	if (rc == -ENODEV && name)
		return err_set(err, rc, "there is no interface %s", name);
	if (rc < 0)
		return err_set(err, rc, "interface %s: %s", name ? name : "",
		    strerror(-rc));
	*out = link;
	return 0;
}

int
kernel_link_up(struct kernel *k, int index, struct err *err)
{
	char buf[REQUEST_MAX] = { 0 };
	struct nlmsghdr *nlh = request_begin(k, buf, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	int rc;

	info->ifi_family = AF_UNSPEC;
	info->ifi_index = index;
	info->ifi_flags = IFF_UP;
	info->ifi_change = IFF_UP;
	rc = request_run(k, nlh, NULL, NULL);
	return rc < 0 ? err_set(err, rc, "cannot set the interface up: %s", strerror(-rc))
	              : 0;
}

/* Addresses. */

static void
addr_take(struct kernel_addr *a, const struct nlattr *attr)
{
	const void *data = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case IFA_ADDRESS:
		/* The peer's address on a point-to-point link; IFA_LOCAL is always ours.
		 */
		if (len == ipaddr_size(a->family) && a->family == AF_INET6)
			memcpy(a->bytes, data, len);
		break;
	case IFA_LOCAL:
		if (len == ipaddr_size(a->family))
			memcpy(a->bytes, data, len);
		break;
	case IFA_BROADCAST:
		if (len == sizeof(a->broadcast)) {
			memcpy(a->broadcast, data, len);
			a->has_broadcast = true;
		}
		break;
	case IFA_LABEL:
		if (len && len <= IFNAMSIZ)
			memcpy(a->label, data, len - 1);
		break;
	case IFA_FLAGS:
		if (len == sizeof(a->flags))
			memcpy(&a->flags, data, len);
		break;
	default:
		break;
	}
}

static int
on_addr(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct kernel_addrs *out = arg;
	struct kernel_addr a = { .family = ifa->ifa_family,
		.bits = ifa->ifa_prefixlen,
		.nic = (int)ifa->ifa_index,
		.scope = ifa->ifa_scope,
		.flags = ifa->ifa_flags };
	const struct nlattr *attr;
	void *list;

	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) addr_take(&a, attr);
	list = list_grow(out->list, out->count, &out->size, sizeof(a));
	if (!list) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	out->list = list;
	out->list[out->count++] = a;
	return MNL_CB_OK;
}

int
kernel_addrs_get(struct kernel *k, int family, struct kernel_addrs *out, struct err *err)
{
	int rc, round = 0;

	*out = (struct kernel_addrs){ 0 };
	do {
		char buf[REQUEST_MAX] = { 0 };
		struct nlmsghdr *nlh = request_begin(k, buf, RTM_GETADDR, NLM_F_DUMP);
		struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

		ifa->ifa_family = (unsigned char)family;
		rc = request_run(k, nlh, on_addr, out);
	} while (list_wants_round(k, rc, &round, &out->count));
	if (rc == 0)
		return 0;
	kernel_addrs_clear(out);
	return err_set(err, rc, "cannot list the addresses: %s", strerror(-rc));
}

void
kernel_addrs_clear(struct kernel_addrs *addrs)
{
	free(addrs->list);
	*addrs = (struct kernel_addrs){ 0 };
}

static int
addr_change(struct kernel *k, uint16_t type, uint16_t flags, const struct kernel_addr *a)
{
	char buf[REQUEST_MAX] = { 0 };
	struct nlmsghdr *nlh = request_begin(k, buf, type, NLM_F_ACK | flags);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	size_t size = ipaddr_size(a->family);

	ifa->ifa_family = (unsigned char)a->family;
	ifa->ifa_prefixlen = (unsigned char)a->bits;
	ifa->ifa_flags = (unsigned char)a->flags;
	ifa->ifa_scope = (unsigned char)a->scope;
	ifa->ifa_index = (unsigned)a->nic;
	mnl_attr_put(nlh, IFA_LOCAL, size, a->bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, size, a->bytes);
	if (a->has_broadcast && type == RTM_NEWADDR)
		mnl_attr_put(nlh, IFA_BROADCAST, sizeof(a->broadcast), a->broadcast);
	if (a->label[0] && a->family == AF_INET)
		mnl_attr_put_strz(nlh, IFA_LABEL, a->label);
	return request_run(k, nlh, NULL, NULL);
}

int
kernel_addr_add(struct kernel *k, const struct kernel_addr *addr, struct err *err)
{
	int rc = addr_change(k, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, addr);

	return rc < 0 ? err_set(err, rc, "cannot add the address: %s", strerror(-rc)) : 0;
}

int
kernel_addr_del(struct kernel *k, const struct kernel_addr *addr, struct err *err)
{
	int rc = addr_change(k, RTM_DELADDR, 0, addr);

	return rc < 0 ? err_set(err, rc, "cannot delete the address: %s", strerror(-rc))
	              : 0;
}

/* Routes. */

struct route_walk {
	struct kernel_routes *out;
	int family;
};

/* The interface of a route with several next hops is that of the first. */
static int
first_hop_nic(const struct nlattr *attr)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attr);

	return mnl_attr_get_payload_len(attr) >= sizeof(*hop) ? hop->rtnh_ifindex : 0;
}

static void
route_take(struct ipaddr_route *r, uint32_t *table, const struct nlattr *attr)
{
	size_t len = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case RTA_DST:
		if (len <= sizeof(r->dest))
			memcpy(r->dest, mnl_attr_get_payload(attr), len);
		break;
	case RTA_OIF:
		r->nic = (int)mnl_attr_get_u32(attr);
		break;
	case RTA_MULTIPATH:
		r->nic = first_hop_nic(attr);
		break;
	case RTA_PRIORITY:
		r->metric = mnl_attr_get_u32(attr);
		break;
	case RTA_TABLE:
		*table = mnl_attr_get_u32(attr);
		break;
	default:
		break;
	}
}

static int
on_route(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct route_walk *walk = arg;
	struct kernel_routes *out = walk->out;
	struct ipaddr_route r = { .bits = rtm->rtm_dst_len };
	uint32_t table = rtm->rtm_table;
	const struct nlattr *attr;
	void *list;

	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) route_take(&r, &table, attr);
	if (rtm->rtm_family != walk->family || table != RT_TABLE_MAIN ||
	    rtm->rtm_type != RTN_UNICAST || (rtm->rtm_flags & RTM_F_CLONED) || r.nic == 0)
		return MNL_CB_OK;
	list = list_grow(out->list, out->count, &out->size, sizeof(r));
	if (!list) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	out->list = list;
	out->list[out->count++] = r;
	return MNL_CB_OK;
}

int
kernel_routes_get(struct kernel *k, int family, struct kernel_routes *out,
    struct err *err)
{
	struct route_walk walk = { .out = out, .family = family };
	int rc, round = 0;

	*out = (struct kernel_routes){ 0 };
	do {
		char buf[REQUEST_MAX] = { 0 };
		struct nlmsghdr *nlh = request_begin(k, buf, RTM_GETROUTE, NLM_F_DUMP);
		struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

		rtm->rtm_family = (unsigned char)family;
		rc = request_run(k, nlh, on_route, &walk);
	} while (list_wants_round(k, rc, &round, &out->count));
	if (rc == 0)
		return 0;
	kernel_routes_clear(out);
	return err_set(err, rc, "cannot list the routes: %s", strerror(-rc));
}

void
kernel_routes_clear(struct kernel_routes *routes)
{
	free(routes->list);
	*routes = (struct kernel_routes){ 0 };
}
