/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meatclient(8): the person's side of the meatware device (spec/stonith.md 3).  It takes hold of
 * the FIFO before it asks, so that the device learns of a refusal, too: by the end of a FIFO into
 * which nothing was written.
 */
#include "stonith/kit/meatware.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 3, EXIT_NO_FIFO = 4, EXIT_NOT_WRITTEN = 8 };

static const char usage_line[] = "usage: meatclient -c node [-w]\n";

static void
help(void)
{
	printf("%sConfirms to the meatware STONITH device that you have reset a node.\n\n"
	       "  -c node     the node that you have reset\n"
	       "  -w          wait until the device asks for it (default: it must ask "
	       "already)\n"
	       "  -h, --help  this text\n\n"
	       "Exit: 0 confirmed, 3 canceled or a wrong call, 4 nobody asks for that "
	       "node,\n"
	       "8 the confirmation could not be handed over.\n",
	    usage_line);
}

/* "Node" -> "/run/meatware.node"; NODE becomes lower case.  False when it is no name. */
static bool
fifo_path(char *node, char *path, size_t size)
{
	size_t len = strlen(node);

	for (char *at = node; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	if (len == 0 || len >= MEATWARE_HOST_MAX || strpbrk(node, "/ \t\r\n"))
		return false;
	snprintf(path, size, "%s%s", MEATWARE_FIFO, node);
	return true;
}

/* The FIFO, open for writing; -1, reported. */
static int
fifo_open(const char *path, bool wait)
{
	struct stat is;
	bool waited = false;
	int fd;

	for (;;) {
		fd = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 || !wait || (errno != ENOENT && errno != ENXIO))
			break;
		putchar('.');
		fflush(stdout);
		waited = true;
		sleep(1);
	}
	if (waited)
		putchar('\n');
	if (fd >= 0 && (fstat(fd, &is) < 0 || !S_ISFIFO(is.st_mode))) {
		close(fd);
		fd = -1;
		errno = EINVAL;
	}
	if (fd < 0)
		fprintf(stderr, "Meatware_IPC failed: %s: %s\n", path, strerror(errno));
	return fd;
}

static bool
person_agrees(const char *node)
{
	char answer[64];

	printf("\nWARNING!\n\n"
	       "You are about to tell the cluster that node \"%s\" is down.  It then "
	       "starts the\n"
	       "services of that node elsewhere at once.  If \"%s\" still runs, both "
	       "write to the\n"
	       "shared disks and destroy what is on them.  Say yes only after you have "
	       "cut its\n"
	       "power or reset it yourself, and have looked that it was this machine.\n\n"
	       "PROCEED? [yN] ",
	    node, node);
	fflush(stdout);
	return scanf("%63s", answer) == 1 && (answer[0] == 'y' || answer[0] == 'Y');
}

static int
confirm(int fd, const char *path, const char *node)
{
	char message[MEATWARE_MESSAGE] = { 0 };

	snprintf(message, sizeof(message), "%s%s", MEATWARE_REPLY, node);
	/* Less than PIPE_BUF: all or nothing. */
	if (write(fd, message, sizeof(message)) != sizeof(message)) {
		fprintf(stderr, "Meatware_IPC failed: %s: %s\n", path, strerror(errno));
		return EXIT_NOT_WRITTEN;
	}
	printf("Meatware_client: reset confirmed.\n");
	return EXIT_DONE;
}

int
main(int argc, char **argv)
{
	static const struct option long_options[] = { { "help", no_argument, NULL, 'h' },
		{ 0 } };
	char path[sizeof(MEATWARE_FIFO) + MEATWARE_HOST_MAX];
	char *node = NULL;
	bool wait = false;
	int option, fd, rc;

	while ((option = getopt_long(argc, argv, "c:wh", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			node = optarg;
			break;
		case 'w':
			wait = true;
			break;
		case 'h':
			help();
			return EXIT_DONE;
		default:
			fputs(usage_line, stderr);
			return EXIT_REFUSED;
		}
	}
	if (!node || optind < argc) {
		fputs(usage_line, stderr);
		return EXIT_REFUSED;
	}
	if (!fifo_path(node, path, sizeof(path))) {
		fprintf(stderr, "meatclient: '%s' is no name of a node\n", node);
		return EXIT_REFUSED;
	}
	signal(SIGPIPE, SIG_IGN); /* the device has gone: an error, with its message */
	fd = fifo_open(path, wait);
	if (fd < 0)
		return EXIT_NO_FIFO;
	if (person_agrees(node)) {
		rc = confirm(fd, path, node);
	} else {
		printf("Meatware_client: operation canceled.\n");
		rc = EXIT_REFUSED;
	}
	close(fd);
	return rc;
}
