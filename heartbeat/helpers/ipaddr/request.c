/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The argument of an address resource (spec/resources-v1.md 14.2).  Fields are cut at
 * "/"; a run of slashes counts as one, because "10.0.0.5//24" stands in files of the
 * field.
 */
#include "heartbeat/helpers/ipaddr/ipaddr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_MAX 4       /* address, mask, interface, broadcast */
#define FIELD_TEXT_MAX 64 /* no field of an address or an interface name is that long */

struct fields {
	int count;
	char text[FIELD_MAX][FIELD_TEXT_MAX];
};

/* Leaves. */

size_t
ipaddr_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

static bool
is_usable_ipv4(const uint8_t *b)
{
	return b[0] != 0 && b[0] < 224;
}

static bool
is_usable_ipv6(const uint8_t *b)
{
	static const uint8_t none[16];

	return b[0] != 0xff && memcmp(b, none, sizeof(none)) != 0;
}

int
ipaddr_parse(const char *text, struct ipaddr *out, struct err *err)
{
	struct ipaddr a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(a.family, text, a.bytes) != 1)
		return err_set(err, -EINVAL, "'%s' is not an IP address", text);
	inet_ntop(a.family, a.bytes, a.text, sizeof(a.text));
	if (a.family == AF_INET ? !is_usable_ipv4(a.bytes) : !is_usable_ipv6(a.bytes))
		return err_set(err, -EINVAL,
		    "%s is not an address that an interface can have", a.text);
	*out = a;
	return 0;
}

static int
dotted_mask_parse(const char *text, int *bits, struct err *err)
{
	uint32_t mask, inverse;

	if (inet_pton(AF_INET, text, &mask) != 1)
		return err_set(err, -EINVAL,
		    "netmask '%s' is neither bits nor a dotted quad", text);
	inverse = ~ntohl(mask);
	if ((inverse & (inverse + 1)) != 0)
		return err_set(err, -EINVAL, "netmask %s has a hole", text);
	if (mask == 0)
		return err_set(err, -EINVAL, "netmask %s is empty: 1 to 32 bits", text);
	*bits = __builtin_popcount(mask);
	return 0;
}

int
ipaddr_mask_parse(const char *text, int family, int *bits, struct err *err)
{
	int max = (int)ipaddr_size(family) * 8;
	char *end;
	long n;

	if (family == AF_INET && strchr(text, '.'))
		return dotted_mask_parse(text, bits, err);
	if (!isdigit((unsigned char)text[0]))
		return err_set(err, -EINVAL,
		    "netmask '%s' is neither bits nor a dotted quad", text);
	errno = 0;
	n = strtol(text, &end, 10);
	if (*end || errno || n < 1 || n > max)
		return err_set(err, -EINVAL, "netmask '%s' is not 1 to %d bits", text,
		    max);
	*bits = (int)n;
	return 0;
}

static bool
is_nic_name(const char *name, size_t len)
{
	if (len == 0 || (len == 1 && name[0] == '.') ||
	    (len == 2 && !strncmp(name, "..", 2)))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isgraph((unsigned char)name[i]) || name[i] == '/')
			return false;
	return true;
}

int
ipaddr_nic_parse(const char *text, char nic[IFNAMSIZ], char label[IFNAMSIZ],
    struct err *err)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	if (!is_nic_name(text, len))
		return err_set(err, -EINVAL, "'%s' is not an interface name", text);
	if (strlen(text) >= IFNAMSIZ)
		return err_set(err, -EINVAL,
		    "'%s' is longer than the %d characters of an interface"
		    " name",
		    text, IFNAMSIZ - 1);
	memset(nic, 0, IFNAMSIZ);
	memset(label, 0, IFNAMSIZ);
	memcpy(nic, text, len);
	if (colon && colon[1])
		memcpy(label, text, strlen(text));
	return 0;
}

/* The argument. */

/* Cuts at runs of slashes; one at the end is forgiven. */
static int
fields_split(const char *arg, struct fields *f, struct err *err)
{
	*f = (struct fields){ 0 };
	if (*arg == '\0' || *arg == '/')
		return err_set(err, -EINVAL, "'%s' does not begin with an address", arg);
	while (*arg) {
		size_t len = strcspn(arg, "/");

		if (f->count == FIELD_MAX)
			return err_set(err, -EINVAL, "too many parts: '%s' is left over",
			    arg);
		if (len >= FIELD_TEXT_MAX)
			return err_set(err, -EINVAL, "part %d is too long", f->count + 1);
		memcpy(f->text[f->count++], arg, len);
		arg += len;
		arg += strspn(arg, "/");
	}
	return 0;
}

/* A field after the mask is a broadcast address when it starts with a digit and is one;
 * else an interface.  Both orders are accepted, each only once. */
static int
field_place(struct ipaddr_request *r, const char *text, struct err *err)
{
	if (r->addr.family == AF_INET && isdigit((unsigned char)text[0])) {
		if (r->has_broadcast)
			return err_set(err, -EINVAL, "'%s' is a second broadcast address",
			    text);
		r->broadcast = (struct ipaddr){ .family = AF_INET };
		if (inet_pton(AF_INET, text, r->broadcast.bytes) != 1)
			return err_set(err, -EINVAL,
			    "broadcast '%s' is not an IPv4 address", text);
		inet_ntop(AF_INET, r->broadcast.bytes, r->broadcast.text,
		    sizeof(r->broadcast.text));
		r->has_broadcast = true;
		return 0;
	}
	if (r->nic[0])
		return err_set(err, -EINVAL, "'%s' is a second interface", text);
	return ipaddr_nic_parse(text, r->nic, r->label, err);
}

int
ipaddr_request_parse_addr(const char *arg, struct ipaddr *out, struct err *err)
{
	size_t len = strcspn(arg, "/");
	char text[FIELD_TEXT_MAX];

	if (len >= sizeof(text))
		return err_set(err, -EINVAL, "'%.40s...' is not an IP address", arg);
	memcpy(text, arg, len);
	text[len] = '\0';
	return ipaddr_parse(text, out, err);
}

int
ipaddr_request_parse(const char *arg, struct ipaddr_request *out, struct err *err)
{
	struct ipaddr_request r = { .bits = -1 };
	struct fields f;
	int rc = fields_split(arg, &f, err);

	if (rc == 0)
		rc = ipaddr_parse(f.text[0], &r.addr, err);
	if (rc == 0 && f.count > 1)
		rc = ipaddr_mask_parse(f.text[1], r.addr.family, &r.bits, err);
	for (int i = 2; rc == 0 && i < f.count; i++)
		rc = field_place(&r, f.text[i], err);
	if (rc == 0)
		*out = r;
	return rc;
}
