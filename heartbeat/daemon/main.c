/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeat(8): the daemon and its control options. */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* So that what a checker of memory calls lost is lost. */
static void
hb_free(struct hb *hb)
{
	hb_respawn_free(hb);
	clients_free(hb->clients);
	hb_fences_free(hb);
	rsc_free(hb->rsc);
	hb_cluster_free(hb);
	hb_fifo_free(hb);
	hb_notices_free(hb);
	free(hb->note);
	hb_env_free(hb);
	conf_all_free(&hb->all);
	loop_free(hb->loop);
	free(hb);
}

static int
daemon_main(const struct hb_options *options)
{
	struct hb *hb = calloc(1, sizeof(*hb));
	int code;

	if (!hb)
		return HB_EXIT_GENERIC;
	hb->options = *options;
	hb->report_fd = hb->pid_fd = hb->fifo_fd = hb->loadavg_fd = hb->script.out_fd =
	    hb->watchdog_fd = -1;
	code = hb_start(hb);
	if (code == HB_EXIT_OK && hb->loop) {
		loop_run(hb->loop);
		hb_stop_end(hb);
		code = hb->exit_code;
	}
	hb_cluster_close(hb); /* of a start that failed */
	log_close(2000);
	hb_free(hb);
	return code;
}

int
main(int argc, char **argv)
{
	struct hb_options options;
	int code;

	log_open_stderr("heartbeat");
	code = hb_options_parse(argc, argv, &options);
	if (code)
		return code;
	switch (options.verb) {
	case HB_HELP:
		hb_options_help();
		return HB_EXIT_OK;
	case HB_VERSION_TEXT:
		puts(HB_VERSION);
		return HB_EXIT_OK;
	case HB_DIRECTIVES:
	case HB_WIKI:
		conf_print_directives(STDOUT_FILENO, options.verb == HB_WIKI);
		return HB_EXIT_OK;
	case HB_CHECK:
		return conf_check_main(options.check_argc, options.check_argv);
	case HB_STATUS:
		return hb_control_status();
	case HB_KILL:
		return hb_control_kill();
	case HB_RELOAD: {
		bool stale;

		if (hb_control_running(&stale))
			return hb_control_reload(HB_HADIR);
		break; /* not running: starts */
	}
	case HB_RUN:
		break;
	}
	return daemon_main(&options);
}
