// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks an address for an answer all the time and remembers when it was silent.
 *
 * It sends ICMP echo requests at a fixed pace through the ordinary routing and neighbour
 * tables of its network namespace, so that it sees what a real neighbour sees: an address
 * that moved without telling (no gratuitous ARP) stays silent here as it does there.
 *
 * Usage: prober ADDRESS INTERVAL-US GAP-US
 * Commands on standard input, one a line: "report" and "reset"; each is answered by one
 * line of JSON with times in seconds of CLOCK_MONOTONIC.  The end of the input ends the
 * program.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SILENCES_MAX 4096 /* more silences than that are counted in "longest" only */

struct prober {
	int sock;
	uint16_t id;
	uint16_t seq;
	int64_t gap_us;
	int64_t last_us; /* last answer, or the start of the measurement */
	int64_t longest_start_us, longest_end_us;
	uint64_t sent, received;
	struct {
		int64_t start_us, end_us;
	} silences[SILENCES_MAX];
	size_t silence_count;
};

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
prober_reset(struct prober *p)
{
	p->last_us = now_us();
	p->longest_start_us = p->longest_end_us = p->last_us;
	p->sent = p->received = 0;
	p->silence_count = 0;
}

/* Measurement. */

static uint16_t
checksum(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < len / 2; i++)
		sum += word[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
prober_send(struct prober *p)
{
	struct icmphdr request = { .type = ICMP_ECHO };

	request.un.echo.id = p->id;
	request.un.echo.sequence = htons(p->seq++);
	request.checksum = checksum(&request, sizeof request);
	/* That it cannot be sent (no such neighbour, link down) is silence too. */
	if (send(p->sock, &request, sizeof request, MSG_DONTWAIT) ==
	    (ssize_t)sizeof request)
		p->sent++;
}

static void
prober_heard(struct prober *p, int64_t at_us)
{
	if (at_us - p->last_us > p->longest_end_us - p->longest_start_us) {
		p->longest_start_us = p->last_us;
		p->longest_end_us = at_us;
	}
	if (at_us - p->last_us > p->gap_us && p->silence_count < SILENCES_MAX) {
		p->silences[p->silence_count].start_us = p->last_us;
		p->silences[p->silence_count++].end_us = at_us;
	}
	p->last_us = at_us;
	p->received++;
}

static void
prober_receive(struct prober *p)
{
	uint8_t buf[512];
	ssize_t len;

	while ((len = recv(p->sock, buf, sizeof buf, MSG_DONTWAIT)) > 0) {
		size_t header = (size_t)(buf[0] & 15) * 4;
		struct icmphdr reply;

		if ((size_t)len < header + sizeof reply)
			continue;
		memcpy(&reply, buf + header, sizeof reply);
		if (reply.type == ICMP_ECHOREPLY && reply.un.echo.id == p->id)
			prober_heard(p, now_us());
	}
}

static void
prober_report(const struct prober *p)
{
	int64_t start = p->longest_start_us, end = p->longest_end_us, now = now_us();

	if (now - p->last_us > end - start) {
		start = p->last_us;
		end = now;
	}
	printf("{\"sent\": %llu, \"received\": %llu, \"longest\": [%.6f, %.6f], "
	       "\"silences\": [",
	    (unsigned long long)p->sent, (unsigned long long)p->received,
	    (double)start / 1e6, (double)end / 1e6);
	for (size_t i = 0; i < p->silence_count; i++)
		printf("%s[%.6f, %.6f]", i > 0 ? ", " : "",
		    (double)p->silences[i].start_us / 1e6,
		    (double)p->silences[i].end_us / 1e6);
	printf("]}\n");
	fflush(stdout);
}

/* Commands.  Returns 0 when the input has ended. */

static int
prober_command(struct prober *p)
{
	char line[64];

	if (fgets(line, sizeof line, stdin) == NULL)
		return 0;
	if (strcmp(line, "reset\n") == 0)
		prober_reset(p);
	prober_report(p);
	return 1;
}

static int
open_socket(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	int size = 1 << 20;

	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		fprintf(stderr, "prober: cannot ask '%s': %s\n", address,
		    strerror(errno));
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	return fd;
}

static int
open_timer(long interval_us)
{
	struct itimerspec every = { 0 };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	every.it_interval.tv_sec = every.it_value.tv_sec = interval_us / 1000000;
	every.it_interval.tv_nsec = every.it_value.tv_nsec = interval_us % 1000000 * 1000;
	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL) != 0) {
		perror("prober: timer");
		exit(1);
	}
	return fd;
}

int
main(int argc, char **argv)
{
	static struct prober p;
	struct sched_param priority = { .sched_priority = 1 };
	struct pollfd fds[3];

	if (argc != 4 || atol(argv[2]) <= 0) {
		fputs("usage: prober ADDRESS INTERVAL-US GAP-US\n", stderr);
		return 2;
	}
	setvbuf(stdin, NULL, _IONBF, 0); /* poll must see every line that is waiting */
	/* On a busy machine the watcher must not be what is late; where it may not, it
	 * tries. */
	sched_setscheduler(0, SCHED_FIFO, &priority);
	p.sock = open_socket(argv[1]);
	p.id = (uint16_t)getpid();
	p.gap_us = atol(argv[3]);
	prober_reset(&p);
	fds[0] = (struct pollfd){ .fd = p.sock, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = open_timer(atol(argv[2])), .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	for (;;) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return 1;
		if (fds[0].revents != 0)
			prober_receive(&p);
		if (fds[1].revents != 0) {
			uint64_t ticks;

			if (read(fds[1].fd, &ticks, sizeof ticks) ==
			    (ssize_t)sizeof ticks)
				prober_send(&p);
		}
		if (fds[2].revents != 0 && !prober_command(&p))
			return 0;
	}
}
