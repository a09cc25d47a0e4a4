/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hbagent: the cluster over SNMP (spec/commands.md 12), as a subagent of the machine's
 * snmpd.  Usually started by the daemon: "respawn root /usr/lib/heartbeat/hbagent".
 */
#include "heartbeat/helpers/hbagent/hbagent.h"
#include "lib/array.h"

#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFRESH_S 5
#define REFRESH_MAX_S 3600

static volatile sig_atomic_t stop;
static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;

void
hbagent_log(int priority, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	pthread_mutex_lock(&log_mutex);
	log_line(priority, "%s", text);
	pthread_mutex_unlock(&log_mutex);
}

static void
on_signal(int signo)
{
	(void)signo;
	stop = 1;
}

static void
signals_catch(void)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action = { .sa_handler =
		                        on_signal }; /* select() is to be interrupted */

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		sigaction(ends[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* The thread of the daemon's side gets no signals: they are to interrupt the other one.
 */
static struct source *
source_start(int refresh_s, struct err *err)
{
	struct source *source;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	source = source_new((int64_t)refresh_s * 1000, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return source;
}

static void
log_start(bool debug)
{
	const struct log_conf conf = { .tag = "hbagent", .facility = LOG_DAEMON };

	log_open_stderr("hbagent");
	if (debug)
		log_set_debug(1);
	else if (log_open(&conf, false) < 0)
		log_line(LOG_WARNING, "no log writer: lines go to standard error");
}

static int
refresh_parse(const char *text)
{
	char *end;
	long seconds = strtol(text, &end, 10);

	if (*end || end == text || seconds < REFRESH_S || seconds > REFRESH_MAX_S ||
	    seconds % REFRESH_S != 0) {
		fprintf(stderr,
		    "hbagent: bad refresh time '%s': a multiple of %d seconds up to %d "
		    "is allowed\n",
		    text, REFRESH_S, REFRESH_MAX_S);
		return -1;
	}
	return (int)seconds;
}

static void
help_print(void)
{
	printf("Usage: hbagent [-dh] [-r SECONDS]\n"
	       "\n"
	       "Serves LINUX-HA-MIB as an AgentX subagent.\n"
	       "\n"
	       "  -d           log to standard error, debug lines too\n"
	       "  -r SECONDS   ask the daemon again after that time, a multiple of %d "
	       "(%d)\n"
	       "  -h, --help   this text\n",
	    REFRESH_S, REFRESH_S);
}

static int
serve(int refresh_s)
{
	struct source *source;
	struct err err;

	if (agent_open() < 0) {
		hbagent_log(LOG_ERR,
		    "no master agent: snmpd must run, with 'master agentx'");
		return HBAGENT_NO_MASTER;
	}
	source = source_start(refresh_s, &err);
	if (!source) {
		hbagent_log(LOG_ERR, "%s", err.text);
		return HBAGENT_FAILED;
	}
	agent_run(source, &stop);
	agent_close();
	source_free(source);
	return HBAGENT_ENDED;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	int refresh_s = REFRESH_S, c, code;
	bool debug = false;

	while ((c = getopt_long(argc, argv, "dhr:", longs, NULL)) != -1) {
		switch (c) {
		case 'd':
			debug = true;
			break;
		case 'r':
			refresh_s = refresh_parse(optarg);
			if (refresh_s < 0)
				return HBAGENT_USAGE;
			break;
		case 'h':
			help_print();
			return HBAGENT_ENDED;
		default:
			return HBAGENT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "hbagent: there are no arguments: '%s'\n", argv[optind]);
		return HBAGENT_USAGE;
	}
	signals_catch();
	log_start(debug);
	code = serve(refresh_s);
	log_close(1000);
	return code;
}
