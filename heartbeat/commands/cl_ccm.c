/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The consensus membership as ccm pushes it to whoever connects (spec/membership.md 2):
 * first the list of nodes, then the membership.  Binary, host order; read through a
 * cursor that cannot run over its end.
 */
#include "heartbeat/commands/cl_status.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAGIC 0x0000abcdu
#define HEADER 8
#define NODE_SIZE 260
#define NAME_SIZE 255
#define NODES_MAX 512
#define FRAME_MAX (12 + NODES_MAX * NODE_SIZE)

enum { EV_EVICTED = 1, EV_MEMBERSHIP = 2, EV_INFLUX = 3, EV_NODES = 4 };

struct cursor {
	const uint8_t *at;
	size_t left;
	bool short_read;
};

static int32_t
take_int(struct cursor *c)
{
	int32_t value;

	if (c->left < sizeof(value)) {
		c->short_read = true;
		return 0;
	}
	memcpy(&value, c->at, sizeof(value));
	c->at += sizeof(value);
	c->left -= sizeof(value);
	return value;
}

/* Reads exactly LEN bytes. */
static int
read_all(int fd, uint8_t *bytes, size_t len, struct instant deadline)
{
	while (len > 0) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int64_t left_ms = instant_diff_ms(deadline, instant_now()) + 1;
		ssize_t n;

		if (left_ms <= 0 || poll(&pfd, 1, (int)left_ms) == 0)
			return -ETIMEDOUT;
		n = recv(fd, bytes, len, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return -ECONNRESET;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* One frame's body into BODY.  Its length, or -errno. */
static ssize_t
frame_read(int fd, uint8_t *body, struct instant deadline)
{
	uint8_t header[HEADER];
	uint32_t len, magic;
	int r = read_all(fd, header, sizeof(header), deadline);

	if (r < 0)
		return r;
	memcpy(&len, header, 4);
	memcpy(&magic, header + 4, 4);
	if (magic != MAGIC || len > FRAME_MAX)
		return -EPROTO;
	r = read_all(fd, body, len, deadline);
	return r < 0 ? r : (ssize_t)len;
}

/* The list of nodes: names by id. */
struct names {
	char (*name)[NAME_SIZE + 1];
	int count, own;
};

static int
names_read(struct names *names, struct cursor *c)
{
	int count = take_int(c);

	names->own = take_int(c);
	if (c->short_read || count < 0 || c->left < (size_t)count * NODE_SIZE)
		return -EPROTO;
	free(names->name);
	names->name = calloc((size_t)count + 1, sizeof(*names->name));
	if (!names->name)
		return -ENOMEM;
	names->count = count;
	for (int i = 0; i < count; i++)
		memcpy(names->name[i], c->at + (size_t)i * NODE_SIZE + 4, NAME_SIZE);
	return 0;
}

static int
by_birth(const void *left, const void *right)
{
	const struct cl_member *a = left, *b = right;

	return a->born != b->born ? (a->born > b->born) - (a->born < b->born)
	                          : (a->id > b->id) - (a->id < b->id);
}

static int
members_read(struct cl_ccm *ccm, const struct names *names, struct cursor *c)
{
	int count = take_int(c);

	ccm->instance = take_int(c);
	ccm->quorum = take_int(c) != 0;
	if (c->short_read || count < 0 || c->left < (size_t)count * 8)
		return -EPROTO;
	ccm->member = calloc((size_t)count + 1, sizeof(*ccm->member));
	if (!ccm->member)
		return -ENOMEM;
	ccm->count = (size_t)count;
	for (int i = 0; i < count; i++) {
		struct cl_member *member = &ccm->member[i];

		member->id = take_int(c);
		member->born = take_int(c);
		if (member->id < 0 || member->id >= names->count)
			return -EPROTO;
		memcpy(member->name, names->name[member->id], sizeof(member->name));
		ccm->is_member |= member->id == names->own;
	}
	qsort(ccm->member, ccm->count, sizeof(*ccm->member), by_birth);
	return 0;
}

/* Up to the first membership. */
static int
frames_read(int fd, struct cl_ccm *ccm, struct names *names, struct instant deadline)
{
	uint8_t *body = malloc(FRAME_MAX);
	int r = body ? -EAGAIN : -ENOMEM;

	while (r == -EAGAIN) {
		ssize_t len = frame_read(fd, body, deadline);
		struct cursor c = { body, len > 0 ? (size_t)len : 0, false };
		int event;

		if (len < 0) {
			r = (int)len;
			break;
		}
		event = take_int(&c);
		if (event == EV_NODES) {
			r = names_read(names, &c);
			r = r < 0 ? r : -EAGAIN;
		} else if (event == EV_MEMBERSHIP) {
			r = members_read(ccm, names, &c);
		} else if (event == EV_EVICTED) {
			ccm->evicted = true;
			r = 0;
		}
	}
	free(body);
	return r;
}

int
cl_ccm_ask(const char *path, struct cl_ccm *ccm, struct instant deadline)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct names names = { NULL, 0, -1 };
	int fd, r;

	*ccm = (struct cl_ccm){ 0 };
	if (strlen(path) >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ? -errno : 0;
	if (r == 0)
		r = frames_read(fd, ccm, &names, deadline);
	close(fd);
	free(names.name);
	if (r < 0)
		cl_ccm_free(ccm);
	return r;
}

void
cl_ccm_free(struct cl_ccm *ccm)
{
	free(ccm->member);
	*ccm = (struct cl_ccm){ 0 };
}
