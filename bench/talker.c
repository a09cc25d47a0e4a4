/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of heartbeat for the bench of messages: speaks the local API itself, so that it is the same program beside
 * every daemon.
 *
 *   talker hear             prints "ready", hears, and gives its account as JSON when the sender has ended, or when
 *                           nothing came for 5 s after its input was closed
 *   talker sit              signs on and never reads; ends with 3 when it was disconnected
 *   talker say BYTES SECONDS   sends as fast as the daemon takes, then an end; prints how many
 *
 * Both sign on as "bench" and hear everything, their own messages too, as every named client does.
 */
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BUFFER_SIZE (1 << 20)
#define QUIET_S 5

static int fd;
static char in[BUFFER_SIZE];
static size_t in_len;
static struct account account;
static bool asked; /* and answered */
static uint64_t announced; /* how many the sender says it has sent; 0 = not yet */

static void
fail(const char *what)
{
	fprintf(stderr, "talker: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A whole frame around TEXT, at OUT; its length. */
static size_t
frame_make(char *out, const char *text, size_t len)
{
	memcpy(out, &(int32_t){ (int32_t)len + 1 }, 4);
	memcpy(out + 4, &(uint32_t){ 0x0000abcd }, 4);
	memcpy(out + 8, text, len);
	out[8 + len] = '\0';
	return len + 9;
}

static void
frame_take(char *body, size_t len)
{
	char *number, *type = memmem(body, len, "t=bench", 7);

	asked |= memmem(body, len < 80 ? len : 80, "reqtype=numnodes", 16) != NULL;
	if (!type)
		return;
	number = memmem(type, len - (size_t)(type - body), "\nn=", 3);
	if (!number)
		return;
	if (type[7] == 'e')
		announced = strtoull(number + 3, NULL, 10);
	else
		account_take(&account, strtoull(number + 3, NULL, 10), len);
}

/* False when there is nothing more now. */
static bool
hear(void)
{
	ssize_t n = recv(fd, in + in_len, sizeof(in) - in_len, MSG_DONTWAIT);
	size_t at = 0;
	int32_t len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		account_print(&account, announced);
		fprintf(stderr, "talker: the daemon has closed the connection\n");
		exit(3);
	}
	in_len += (size_t)n;
	for (; in_len - at >= 8; at += 8 + (size_t)len) {
		memcpy(&len, in + at, 4);
		if (in_len - at < 8 + (size_t)len)
			break;
		frame_take(in + at + 8, (size_t)len);
	}
	memmove(in, in + at, in_len - at);
	in_len -= at;
	return true;
}

static void
request(const char *reqtype, const char *more)
{
	char text[256], frame[300];
	int n = snprintf(text, sizeof(text), ">>>\nt=hbapi-req\nreqtype=%s\npid=%d\nfrom_id=bench\n%s<<<\n", reqtype,
	    (int)getpid(), more);

	if (send(fd, frame, frame_make(frame, text, (size_t)n), 0) < 0)
		fail("cannot send");
}

static void
sign_on(bool sits)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/run/heartbeat/register" };
	struct pollfd pfd = { .events = POLLIN };
	char ids[64];
	int bytes = 1 << 20;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		fail("cannot connect");
	snprintf(ids, sizeof(ids), "uid=%d\ngid=%d\n", (int)geteuid(), (int)getegid());
	request("signon", ids);
	pfd.fd = fd;
	poll(&pfd, 1, 20000);
	hear();
	if (sits)
		return;
	request("set_sendqlen", "sendqlen=16384\n");
	/* It has no answer: the answer to another request shows that it is in force. */
	request("numnodes", "");
	while (!asked && poll(&pfd, 1, 20000) > 0)
		hear();
}

static int
run_sit(void)
{
	struct pollfd pfd = { .fd = fd }; /* a hang-up is told without being asked for */

	while (poll(&pfd, 1, -1) >= 0 && !(pfd.revents & (POLLHUP | POLLERR)))
		;
	return 3;
}

static int
run_hear(void)
{
	struct pollfd pfd[2] = { { .fd = fd, .events = POLLIN }, { .fd = 0, .events = POLLIN } };
	bool told = false;
	double quiet = 0;

	while (!announced) {
		if (poll(pfd, told ? 1 : 2, 200) < 0)
			fail("poll");
		told |= pfd[1].revents != 0;
		if (pfd[0].revents) {
			quiet = 0;
			while (hear() && !announced)
				;
		} else if (told) {
			if (quiet == 0)
				quiet = seconds_now();
			if (seconds_now() - quiet > QUIET_S)
				break;
		}
	}
	account_print(&account, announced);
	return 0;
}

/* Writes all of it, hearing meanwhile: a client that does not read is disconnected. */
static void
write_all(const char *frame, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };

	while (len > 0) {
		ssize_t n = send(fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			frame += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			fail("cannot send");
		if (poll(&pfd, 1, 1000) > 0 && (pfd.revents & POLLIN))
			hear();
	}
}

static int
run_say(size_t payload, double seconds)
{
	char *text = malloc(payload + 512), *frame = malloc(payload + 512);
	double until = seconds_now() + seconds;
	uint64_t number = 0;
	int head;

	while ((number & 15) != 0 || seconds_now() < until) {
		number++;
		head = snprintf(text, 256, ">>>\nt=benchmsg\noseq=%" PRIx64 "\nn=%" PRIu64 "\np=", number, number);
		memset(text + head, 'x', payload);
		memcpy(text + head + payload, "\n<<<\n", 5);
		write_all(frame, frame_make(frame, text, (size_t)head + payload + 5));
		if ((number & 15) == 0)
			while (hear())
				;
	}
	head = snprintf(text, 256, ">>>\nt=benchend\nn=%" PRIu64 "\n<<<\n", number);
	write_all(frame, frame_make(frame, text, (size_t)head));
	for (double last = seconds_now(); !announced && seconds_now() - last < QUIET_S;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };

		if (poll(&pfd, 1, 200) > 0 && hear())
			last = seconds_now();
	}
	printf("{\"sent\": %" PRIu64 "}\n", number);
	return 0;
}

int
main(int argc, char **argv)
{
	bool says = argc == 4 && strcmp(argv[1], "say") == 0;
	bool sits = argc == 2 && strcmp(argv[1], "sit") == 0;

	if (!says && !sits && (argc != 2 || strcmp(argv[1], "hear") != 0)) {
		fputs("usage: talker hear | talker sit | talker say BYTES SECONDS\n", stderr);
		return 2;
	}
	sign_on(sits);
	printf("ready\n");
	fflush(stdout);
	if (sits)
		return run_sit();
	return says ? run_say((size_t)atol(argv[2]), atof(argv[3])) : run_hear();
}
