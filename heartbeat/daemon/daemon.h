/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heartbeat daemon: the shell around the cores.  It turns readiness into events and
 * effects into system calls, and decides nothing about the cluster.
 *
 * What a core asks for while it runs (a message to send, a script that cannot be found)
 * is queued and done by hb_flush(), which every handler of the loop calls last: cores are
 * never entered from within.
 */
#ifndef HEARTBEAT_DAEMON_DAEMON_H
#define HEARTBEAT_DAEMON_DAEMON_H

#include "heartbeat/client/server.h"
#include "heartbeat/config/config.h"
#include "heartbeat/daemon/rest_clock.h"
#include "heartbeat/media/media.h"
#include "heartbeat/membership/membership.h"
#include "heartbeat/message/message.h"
#include "heartbeat/resources/resources.h"
#include "heartbeat/status/events.h"
#include "lib/child.h"
#include "lib/loop.h"
#include "lib/paths.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* LSB exit codes of the old program (spec/config.md 15). */
enum hb_exit {
	HB_EXIT_OK = 0,
	HB_EXIT_GENERIC = 1,
	HB_EXIT_USAGE = 2,
	HB_EXIT_STOPPED = 3,
	HB_EXIT_PERMISSION = 4,
	HB_EXIT_CONFIG = 6,
};

enum hb_verb {
	HB_RUN,
	HB_STATUS,
	HB_KILL,
	HB_RELOAD,
	HB_DIRECTIVES,
	HB_WIKI,
	HB_VERSION_TEXT,
	HB_CHECK,
	HB_HELP
};

struct hb_options {
	enum hb_verb verb;
	bool foreground;   /* -f */
	bool continued;    /* -R: exec restart, same pid */
	bool in_place;     /* any exec restart: the pid file is ours */
	const char *hold;  /* -C */
	int debug;         /* -d, once for each */
	bool no_realtime;  /* -l */
	bool no_resources; /* -M */
	bool print_config; /* -v */
	char *const *argv; /* for the exec restart */
	int check_argc;
	char *const *check_argv;
};

/* 0, or the exit code with the text already on stderr. */
int hb_options_parse(int argc, char *const *argv, struct hb_options *options);
void hb_options_help(void);

/* ---- Children
 * -------------------------------------------------------------------------------- */

/* One resource script, one of rc.d, and a fencing of every node. */
#define NOTICE_TYPE_MAX 64 /* with NUL; a longer type has no script in rc.d */
#define HB_CHILD_MAX 96

struct hb;
struct hb_child {
	pid_t pid; /* 0 = free */
	void (*ended)(struct hb *hb, struct hb_child *child, int status);
	uint32_t id;      /* of the core that asked */
	const char *what; /* for logs: "IPaddr2 start" */
	char name[192];
};

/* ---- What waits for hb_flush()
 * --------------------------------------------------------------- */

#define HB_OUT_MAX 256 /* a legacy node asks for each of its groups */
#define HB_OUT_TEXT 2816
struct hb_out {
	size_t count;
	const char *name[RSC_SEND_FIELDS + 1], *value[RSC_SEND_FIELDS + 1];
	char text[HB_OUT_TEXT];
};

/* Environment: this process has just become a new program in place, with this pid. */
#define HB_EXEC_MARK "HEARTBEAT_EXEC_PID"
/* The same, of the open watchdog device: its descriptor. */
#define HB_WATCHDOG_MARK "HEARTBEAT_WATCHDOG_FD"

#define HB_DATAGRAM_MAX 65536

/* Of OnlyForTesting. */
struct hb_faults {
	bool on;
	double receive, transmit;
	char allow[1024];
	unsigned short state[3]; /* of erand48() */
};

/* Of rest.c. */
struct hb_rest {
	struct media_bell bell; /* taken NULL: we never rest */
	bool on;
	bool reading;         /* it cannot end now */
	bool missed;          /* it rang, but nothing was there */
	uint64_t rings, news; /* since the last read; of both sides of the bell */
	struct rest_clock clock;
	struct instant loud_until;
};

enum hb_stop { HB_STOP_NO, HB_STOP_EXIT, HB_STOP_RESTART };

struct hb {
	struct hb_options options;
	struct conf_all all;
	struct conf_problems
	    told; /* what the files have given cause to say, until the log has it */
	struct loop *loop;
	int report_fd; /* to the waiting parent; -1 = none */
	int pid_fd;

	/* Of use_apphbd. */
	struct {
		int fd;           /* -1 = not connected */
		unsigned awaited; /* answers to the registration that have not come */
		size_t used;
		uint8_t answer[12];
		bool complained;
		struct loop_timer timer;
	} apphb;

	struct media *media;
	size_t media_count;
	struct hb_ear {
		struct hb *hb;
		struct media *media;
		size_t link;             /* of membership: media of one name share it */
		int fd;                  /* in the loop; -1 = none */
		struct loop_timer timer; /* for what waits on it */
	} * ear;
	struct hb_rest rest;
	struct hb_lines *lines; /* NULL: no medium is a serial line */
	struct memb *memb;
	struct loop_timer memb_timer;
	struct instant
	    turned; /* last heartbeat of ours, by the clock that runs during a suspend */
	struct clients *clients;

	struct rsc *rsc; /* NULL: resources are not managed here */
	struct loop_timer rsc_timer;
	struct stat haresources; /* the file as last read */
	bool haresources_due;    /* it changed while scripts ran: to be read later */

	struct hb_out *out; /* ring */
	size_t out_first, out_count;
	bool flushing;
	struct loop_timer flush_timer; /* for what is queued in a handler that does not
	                                  flush */
	struct {
		uint32_t id; /* 0 = none */
		int code;
	} failed; /* a script that was not started: told in hb_flush() */

	/* The running resource script; there is at most one. */
	struct {
		struct hb_child *child;
		uint32_t id;
		enum rsc_op op;
		bool is_unit;
		int out_fd; /* pipe, -1 = none */
		size_t output_len;
		char output[RSC_OUTPUT_MAX];
		char path[256];
		char word[192]; /* as in haresources, cut */
	} script;
	struct hb_child child[HB_CHILD_MAX];
	struct hb_respawn *respawn; /* clients that we start: clients.c */
	int watchdog_fd;            /* -1 = none */
	char **env;                 /* for scripts: NULL-terminated */
	size_t env_count;

	int fifo_fd;
	size_t fifo_len;
	char *fifo_buf;
	int loadavg_fd;
	char load[128];
	struct instant load_read;

	struct stat ha_cf; /* the file as it was read */
	bool is_kept;      /* not it, but the copy that was checked before the reload */
	bool lame; /* after a reload no medium to nodes could be opened: everything is
	              given up */
	bool mute; /* nothing can be sent on any medium, for longer than warntime */
	struct instant unsent_since;
	struct hb_faults faults;
	struct loop_timer care_timer, log_timer;
	struct instant log_began; /* the present writer */
	time_t wall;              /* last time that went into a message */

	enum hb_stop stop;
	const char
	    *leave_why; /* of a stop that hb_flush() has yet to carry out; NULL = none */
	bool silent;    /* not a byte is sent any more: this machine is going down */
	struct hb_fences *fences; /* NULL: resources are not managed here */
	size_t fencing;           /* nodes that are being reset right now */
	bool exec_due;            /* reload: exec as soon as no script runs */
	int stop_step;
	bool
	    stop_waits; /* the stop goes on when the clients that we started have ended */
	struct loop_timer stop_timer;
	int exit_code;

	struct status_events events;
	int64_t started_ms;   /* wall clock */
	struct hb_note *note; /* of each node: what people want to know besides */
	size_t note_count;
	const struct media_from *heard_from; /* of the datagram that is being handled */
	bool advised;                        /* that deadtime is short */
	uint64_t generation;
	uint8_t uuid[16];
	uint64_t bad_frames[MSG_DROP_COUNT];
	struct instant forged_told;    /* that a node may have other keys */
	struct instant forged;         /* last datagram with a wrong signature */
	struct media_from forged_from; /* and its source */
	uint8_t *datagrams;            /* MEDIA_SOME_MAX times HB_DATAGRAM_MAX */
	uint8_t *scratch;

	/* rc.d scripts run one after the other, in the order of their messages. */
	struct hb_notice *notice, **notice_end; /* those that wait */
	size_t notice_count;
	char
	    no_script[NOTICE_TYPE_MAX]; /* the last type that has no script in rc.d, .. */
	struct instant no_script_at;    /* .. and when that was seen */
	struct hb_child *notice_child;  /* the one that runs */
};

/* ---- start.c: from files to a running daemon
 * ------------------------------------------------- */
int hb_start(struct hb *hb);

/* ---- control.c: the pid file; -s -k -r
 * ------------------------------------------------------- */
int hb_control_status(void);
int hb_control_kill(void);
int hb_control_reload(const char *dir);
/* The pid of a running daemon, 0 if none; STALE: a pid file without a daemon is there. */
pid_t hb_control_running(bool *stale);
/* 0; -EBUSY: another daemon has it; -errno. */
int hb_pidfile_write(struct hb *hb);
void hb_pidfile_keep(struct hb *hb);
void hb_pidfile_remove(struct hb *hb);

/* ---- state.c: what is kept on disk
 * ----------------------------------------------------------- */
int hb_state_generation(const struct conf *conf, uint64_t *generation, struct err *err);
int hb_state_uuid(const struct conf *conf, uint8_t uuid[16], struct err *err);
struct hb_known {
	char name[MEMB_NAME_MAX];
	uint8_t uuid[16];
	bool has_uuid;
	uint64_t generation;
};
size_t hb_state_known(struct hb_known *known, size_t max);
void hb_state_known_write(const struct memb *memb);

/* ---- kept.c: the files that a reload was checked with, for the new program
 * --------------------- */
/* False: they cannot be kept, or have errors now. */
bool hb_kept_write(void);
void hb_kept_remove(void);

/* ---- hostcache.c ---- */
struct hb_hosts {
	struct conf_host host[MEMB_NODE_MAX];
	size_t count;
	char gone[MEMB_NODE_MAX][MEMB_NAME_MAX]; /* deleted by an administrator */
	size_t gone_count;
};
/* Both files, each of which may be missing; a broken one is removed.  NULL when memory is
 * short. */
struct hb_hosts *hb_hosts_read(void);
void hb_hosts_write(const struct memb *memb, bool with_nodes);

/* ---- cluster.c, cluster_open.c: membership and media
 * --------------------------------------------------------- */
int hb_cluster_open(struct hb *hb, struct err *err);
int hb_cluster_new(struct hb *hb, struct err *err);
void hb_cluster_close(struct hb *hb);
void hb_cluster_free(struct hb *hb);
extern const struct memb_effects hb_memb_effects;
void hb_cluster_tick(void *hb, struct instant now);
/* Timer of an ear; and after everything that may have changed its descriptor. */
void hb_cluster_pump(void *ear, struct instant now);
int hb_cluster_listen(struct hb_ear *ear);
void hb_cluster_flush_due(void *hb, struct instant now);
/* A message of ours, from the FIFO: processed like one of the cores. */
void hb_send_message(struct hb *hb, struct msg *m);
void hb_flush(struct hb *hb);
/* Did this process, or the machine, stand still?  Every handler that may begin something
 * asks first. */
void hb_notice_absence(struct hb *hb, struct instant now);
/* In the next turn, whoever calls: for effects of a core. */
void hb_flush_soon(struct hb *hb);

/* At most MAX datagrams that wait: how many there were. */
int hb_cluster_take(struct hb_ear *ear, int max);

/* ---- rest.c: no wake-up for calm heartbeats
 * ----------------------------------------- */
void hb_rest_open(struct hb *hb);
void hb_rest_free(struct hb *hb);
/* After a tick: begins, if it may. */
void hb_rest_begin(struct hb *hb);
/* Something has happened that ends it. */
bool hb_rest_is_over(const struct hb *hb);
void hb_rest_end(struct hb *hb);
/* Handles what waits, if we rest. */
void hb_rest_read(struct hb *hb);
/* This one was read now: when did it arrive? */
struct instant hb_rest_arrival(const struct hb *hb, const struct media_datagram *got);
void hb_rest_heard(struct hb *hb, const struct media_datagram *got);
/* Somebody sends what no calm cluster sends: no rest for a while. */
void hb_rest_loud(struct hb *hb);

/* ---- lines.c: frames for serial lines
 * ----------------------------------------------- */
int hb_lines_open(struct hb *hb, struct err *err);
void hb_lines_free(struct hb *hb);
/* Signed with the present key, in the form of lines.  False when no line took it. */
bool hb_lines_send(struct hb *hb, const uint8_t *frame, size_t len);

/* ---- host.c: the clients' server */
int hb_host_open(struct hb *hb, struct err *err);

/* ---- groups.c: the resource core's effects
 * --------------------------------------------------- */
int hb_groups_new(struct hb *hb);
void hb_groups_refresh(struct hb *hb);

/* ---- scripts.c
 * ------------------------------------------------------------------------------- */
void hb_script_run(struct hb *hb, const struct rsc_run *run);
void hb_script_kill(struct hb *hb, uint32_t id, bool hard);
int hb_env_make(struct hb *hb);
void hb_env_free(struct hb *hb);
/* Starts PATH with our environment, output to the debug file.  NULL when it failed
 * (logged). */
struct hb_child *hb_child_run(struct hb *hb, const char *path, char *const *argv,
    char *const *envp, int fd_stdout, const char *what,
    void (*ended)(struct hb *, struct hb_child *, int));
/* The same of a program that reads FD_STDIN, and ends with us. */
struct hb_child *hb_child_run_input(struct hb *hb, char *const *argv, char *const *envp,
    int fd_stdin, int fd_stdout, const char *what,
    void (*ended)(struct hb *, struct hb_child *, int));
void hb_children_reap(struct hb *hb);

/* ---- clients.c: those that we start (respawn, failfast)
 * ---------------------------------------- */
int hb_respawn_new(struct hb *hb);
void hb_respawn_free(struct hb *hb);
/* Communication is up, or a reload came to nothing: starts what does not run. */
void hb_respawn_begin(struct hb *hb);
void hb_respawn_stop(struct hb *hb);
bool hb_respawn_is_stopped(const struct hb *hb);
/* Was PID one of them? */
bool hb_respawn_ended(struct hb *hb, pid_t pid, int status);

/* ---- watchdog.c
 * ------------------------------------------------------------------------------ */
void hb_watchdog_open(struct hb *hb);
/* A status of ours has just gone out. */
void hb_watchdog_feed(struct hb *hb);
/* Lets it rest, unless this machine is going down by force. */
void hb_watchdog_close(struct hb *hb);
/* For the program that this process is about to become. */
void hb_watchdog_keep(struct hb *hb);

/* ---- notify.c: rc.d scripts of the administrator, through harc
 * -------------------------------- */
void hb_rcd_message(struct hb *hb, const struct msg *m, const char *from);
void hb_notices_free(struct hb *hb);
/* NULL: there is no hook, or it could not be started. */
struct hb_child *hb_giveip_run(struct hb *hb, const struct rsc_run *run);

/* ---- events.c: what happened, for people */
struct hb_note {
	char name[MEMB_NAME_MAX];
	char why[160];          /* of its last change of status */
	int64_t clock_ms;       /* STATUS_CLOCK_UNKNOWN */
	struct media_from from; /* source of its last change of status */
	bool has_from, clock_told, address_told;
};
int64_t hb_wall_ms(void);
/* NODE, LINK, GROUP: NULL = none. */
void hb_event(struct hb *hb, enum event_kind kind, int priority, const char *node,
    const char *link, const char *group, const char *format, ...)
    __attribute__((format(printf, 7, 8)));
void hb_event_memb(struct hb *hb, const struct memb_event *ev);
void hb_event_rsc(struct hb *hb, const struct rsc_event *ev);
void hb_event_message(struct hb *hb, const struct msg *m, const char *from);
/* NULL when memory is short. */
struct hb_note *hb_note_get(struct hb *hb, const char *node);
const struct hb_note *hb_note_find(const struct hb *hb, const char *node);

/* What is wrong with the files, into the log. */
void hb_problems_log(const struct conf_problems *problems);

/* ---- sane.c: advice about clocks, cables and times */
void hb_sane_start(struct hb *hb);
void hb_sane_status(struct hb *hb, const struct msg *m, const char *node);
void hb_sane_times(struct hb *hb);

/* ---- status.c: everything in one struct.  0 or -ENOMEM; STATUS must be freed in any
 * case. */
int hb_status_fill(struct hb *hb, struct hb_status *status);

/* ---- fence.c
 * --------------------------------------------------------------------------------- */
int hb_fences_new(struct hb *hb);
void hb_fences_free(struct hb *hb); /* what runs is ended */
/* Effects of the resource core. */
void hb_fence(struct hb *hb, const char *node);
void hb_fence_stop(struct hb *hb, const char *node);
void hb_fence_lied(struct hb *hb, const char *node);

/* ---- devices.c: looking after fencing devices */
/* Now, and then every hour. */
void hb_devices_check(struct hb *hb);
/* Those whose last check failed; "" = none. */
void hb_devices_failed(const struct hb *hb, char *names, size_t size);

/* ---- fifo.c
 * ---------------------------------------------------------------------------------- */
int hb_fifo_open(struct hb *hb, struct err *err);

void hb_fifo_keep(struct hb *hb);
void hb_fifo_free(struct hb *hb);

/* ---- self.c: care for the daemon itself */
void hb_self_watch(struct hb *hb);
void hb_self_log_ended(struct hb *hb);
uint64_t hb_self_wall(struct hb *hb);
void hb_self_cores(const struct conf *conf);
int hb_self_catch_crashes(void);

/* ---- apphb.c: use_apphbd */
void hb_apphb_start(struct hb *hb);
void hb_apphb_stop(struct hb *hb);

/* ---- faults.c: OnlyForTesting */
void hb_faults_read(struct hb *hb);
bool hb_faults_lose_sent(struct hb_faults *f);
bool hb_faults_lose_heard(struct hb_faults *f, const char *self, const char *node);

/* ---- stop.c
 * ---------------------------------------------------------------------------------- */
void hb_stop_begin(struct hb *hb, enum hb_stop how, const char *why);
void hb_stop_leave(struct hb *hb); /* by hb_flush(): announces it and releases */
void hb_stop_left(struct hb *hb);  /* resources are released */
void hb_reload(struct hb *hb);
void hb_reload_try(struct hb *hb);
/* Clients have ended: does a stop wait for that? */
void hb_stop_try(struct hb *hb);
/* After the loop: the last traces and the last words. */
void hb_stop_end(struct hb *hb);
void hb_reboot(struct hb *hb, const char *why);

#endif
