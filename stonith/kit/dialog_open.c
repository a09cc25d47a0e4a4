/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The beginnings of a dialog: a TCP connection, a tty, a command. */
#include "stonith/kit/command.h"
#include "stonith/kit/dialog.h"
#include "lib/instant.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DIALOG_TELNET_PORT 23 /* where /etc/services does not know it */

/* TCP. */

/* "[::1]:2323", "name:2323", "::1", "name" -> NODE and SERVICE; -EINVAL when it is none. */
static int
dialog_split_host(const char *host, unsigned port, char *node, size_t node_size,
    char *service, size_t service_size)
{
	const char *colon = strrchr(host, ':'), *end = host + strlen(host);

	if (host[0] == '[') {
		const char *close = strchr(host, ']');

		if (!close || (close[1] != '\0' && close[1] != ':'))
			return -EINVAL;
		host++;
		end = close;
		colon = close[1] == ':' ? close + 1 : NULL;
	} else if (colon && strchr(host, ':') == colon) {
		end = colon;
	} else {
		colon = NULL; /* none, or an address of version 6 */
	}
	if ((size_t)(end - host) >= node_size || end == host)
		return -EINVAL;
	memcpy(node, host, (size_t)(end - host));
	node[end - host] = '\0';
	if (colon) {
		char *rest;
		long number = strtol(colon + 1, &rest, 10);

		if (*rest != '\0' || number < 1 || number > 65535)
			return -EINVAL;
		port = (unsigned)number;
	}
	snprintf(service, service_size, "%u", port);
	return 0;
}

static unsigned
dialog_telnet_port(void)
{
	struct servent *entry = getservbyname("telnet", "tcp");

	return entry ? ntohs((uint16_t)entry->s_port) : DIALOG_TELNET_PORT;
}

/* The connected socket, or -errno. */
static int
dialog_connect(const struct addrinfo *a, struct instant end)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int code = 0;
	socklen_t len = sizeof(code);

	if (fd < 0)
		return -errno;
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0)
		code = errno;
	while (code == EINPROGRESS || code == EINTR) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		int64_t left = instant_diff_ms(end, instant_now());
		int n = poll(&p, 1, left > 0 ? (int)left : 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			code = ETIMEDOUT;
		else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0)
			code = errno;
	}
	if (code == 0)
		return fd;
	close(fd);
	return -code;
}

int
dialog_tcp(struct dialog *d, struct device *device, const char *host, unsigned port,
    bool telnet, long timeout_ms)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct instant end = instant_add_ms(instant_now(), timeout_ms);
	struct addrinfo *list = NULL;
	char node[256], service[16];
	const char *why = "no address";
	int fd = -1, code;

	if (dialog_split_host(host, port ? port : dialog_telnet_port(), node,
	        sizeof(node), service, sizeof(service)) < 0) {
		device_log(device, LOG_ERR, "'%s' is no host or host:port", host);
		return S_BADCONFIG;
	}
	code = getaddrinfo(node, service, &hints, &list);
	if (code != 0)
		why = gai_strerror(code);
	for (const struct addrinfo *a = code == 0 ? list : NULL; a && fd < 0;
	     a = a->ai_next) {
		fd = dialog_connect(a, end);
		if (fd < 0)
			why = strerror(-fd);
	}
	if (code == 0)
		freeaddrinfo(list);
	if (fd < 0) {
		device_log(device, LOG_WARNING, "cannot connect to %s port %s: %s", node,
		    service, why);
		return S_ACCESS;
	}
	dialog_fd(d, device, fd, telnet);
	d->socket = true;
	return S_OK;
}

/* Serial lines. */

int
dialog_tty(struct dialog *d, struct device *device, const struct serial_line *line)
{
	int code, fd;

	dialog_fd(d, device, -1, false);
	code = serial_lock(device, line->path, d->lock);
	if (code != S_OK)
		return code;
	fd = serial_open(device, line, &d->saved);
	if (fd < 0) {
		serial_unlock(d->lock);
		return -fd;
	}
	d->fd = fd;
	return S_OK;
}

/* Commands. */

int
dialog_command(struct dialog *d, struct device *device, char *const *argv)
{
	int pair[2];
	pid_t pid;

	dialog_fd(d, device, -1, false);
	if (pipe2(pair, O_CLOEXEC) < 0) {
		device_log(device, LOG_ERR, "no pipe for '%s': %s", argv[0],
		    strerror(errno));
		return S_ACCESS;
	}
	pid = command_start(device, argv[0], argv, NULL, -1, pair[1], -1);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return (int)-pid;
	}
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	d->fd = pair[0];
	d->child = pid;
	return S_OK;
}
