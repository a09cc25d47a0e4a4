/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apphbtest: clients of apphbd, for BasicSanityCheck and people. */
#include "heartbeat/helpers/apphb/apphb.h"

#include "lib/log.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct plan {
	long beats, processes, delay_s, interval_ms;
	bool failures;
};

static void
wait_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* One client's life: its beats, with -F a pause that breaks the promise, and an end. */
static int
client_live(const struct plan *plan)
{
	struct apphb apphb;
	char name[64];
	int code;

	snprintf(name, sizeof(name), "apphb_%s_%ld", plan->failures ? "fail" : "normal",
	    (long)getpid());
	log_line(LOG_INFO, "Client %s registering", name);
	log_line(LOG_INFO, "Client %s setting %ld ms heartbeat interval", name,
	    plan->interval_ms);
	code = apphb_open(&apphb, name, "test", plan->interval_ms, plan->interval_ms / 2);
	if (code < 0) {
		log_line(LOG_ERR, "Client %s cannot register: %s", name, strerror(-code));
		return 1;
	}
	for (long i = 0; i < plan->beats && code == 0; i++) {
		wait_ms(plan->failures && i == plan->beats / 2 ? plan->interval_ms * 2
		                                               : plan->interval_ms / 4);
		code = apphb_beat(&apphb);
	}
	if (code < 0) {
		log_line(LOG_ERR, "Client %s cannot heartbeat: %s", name,
		    strerror(-code));
		return 1;
	}
	if (plan->failures)
		_exit(0); /* without a word: a hangup */
	log_line(LOG_INFO, "Client %s unregistering", name);
	apphb_close(&apphb);
	return 0;
}

static void
usage(FILE *out)
{
	fprintf(out, "usage: apphbtest [-n heartbeats] [-p processes] [-l delay seconds] "
	             "[-i interval ms] [-d] [-F] [-h]\n"
	             "-n 5\theartbeats of each client\n"
	             "-p 1\tclients\n"
	             "-l 0\tseconds before the next one begins\n"
	             "-i 1000\theartbeat interval\n"
	             "-d\tdebug lines\n"
	             "-F\tmiss a heartbeat, and hang up in the end\n");
}

static bool
take_number(const char *text, long min, long max, long *value)
{
	char *end;

	*value = strtol(text, &end, 10);
	if (end != text && !*end && *value >= min && *value <= max)
		return true;
	fprintf(stderr, "apphbtest: '%s' is no number from %ld to %ld\n", text, min, max);
	return false;
}

int
main(int argc, char **argv)
{
	struct plan plan = { .beats = 5, .processes = 1, .interval_ms = 1000 };
	static const struct option longs[] = { { "help", no_argument, NULL, 'H' },
		{ NULL, 0, NULL, 0 } };
	int c, status, failed = 0;
	bool good = true;

	log_open_stderr("apphbtest");
	while (good && (c = getopt_long(argc, argv, "n:p:l:i:dFh", longs, NULL)) != -1) {
		if (c == 'n')
			good = take_number(optarg, 1, 1000000, &plan.beats);
		else if (c == 'p')
			good = take_number(optarg, 1, 1000, &plan.processes);
		else if (c == 'l')
			good = take_number(optarg, 0, 3600, &plan.delay_s);
		else if (c == 'i')
			good = take_number(optarg, 10, 3600000, &plan.interval_ms);
		else if (c == 'd')
			log_set_debug(1);
		else if (c == 'F')
			plan.failures = true;
		else {
			usage(c == 'H' ? stdout : stderr);
			return c == 'H' ? 0 : 1;
		}
	}
	if (!good)
		return 1;
	log_line(LOG_INFO, "----Start %ld client(s) with hb interval %ld ms----",
	    plan.processes, plan.interval_ms);
	for (long i = 0; i < plan.processes; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(client_live(&plan));
		failed += pid < 0;
		wait_ms(plan.delay_s * 1000);
	}
	while (wait(&status) > 0)
		failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	return failed ? 1 : 0;
}
