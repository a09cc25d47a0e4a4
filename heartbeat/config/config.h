/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the three files say: ha.cf, authkeys, haresources -> plain structs (spec/config.md,
 * spec/resources-v1.md 1.2).  Reading collects every problem with file, line and column; nothing here
 * acts on the system except reading those files, looking up users, groups, services and interfaces.
 *
 * All strings and arrays of a struct belong to it and go with conf_free().
 */
#ifndef HEARTBEAT_CONFIG_CONFIG_H
#define HEARTBEAT_CONFIG_CONFIG_H

#include "heartbeat/message/message.h"
#include "lib/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- Problems ----------------------------------------------------------------------------- */

enum conf_severity { CONF_ERROR, CONF_WARNING, CONF_NOTE };

struct conf_problem {
	enum conf_severity severity;
	const char *file; /* path as opened */
	int line, column; /* from 1; 0 = the file as a whole */
	const char *text; /* what, and what would be right: the text of --check */
	const char *
	    legacy; /* the line(s) the old daemon logs for this, '\n' between them; NULL = none.
	                     * The daemon logs these word for word, then the text where it says more. */
	int legacy_priority; /* syslog priority of those lines */
	const char
	    *legacy_info; /* lines that follow those, logged as info; NULL = none */
};

/* Further ones are only counted. */
#define CONF_PROBLEMS_MAX 500

struct conf_problems {
	struct conf_problem *list; /* in the order found, at most CONF_PROBLEMS_MAX */
	size_t count, errors, warnings; /* count: of list; the others: of all */
	const char *
	    closing; /* what the old daemon says after them ("Authentication configuration error."),
	                      * before its last line; NULL = none */
	void *memory;
};

/* How much of this machine is asked. */
struct conf_options {
	/* true: the files are for this machine, as the daemon reads them.  false: they are only looked at
	 * here; what depends on the machine (own node name, interfaces, users, programs, names of hosts,
	 * scripts, owner and mode of authkeys) is a note instead of an error or a warning. */
	bool on_this_machine;
	const char *self; /* node name to assume; NULL = nodeinfo or uname -n */
	bool
	    every_device; /* also the fencing devices that only other nodes use: for who looks at the whole cluster */
};

/* ---- haresources -------------------------------------------------------------------------- */

#define CONF_ARG_MAX 32
struct conf_resource {
	const char *word;   /* verbatim: "IPaddr::10.0.0.5/24", "10.0.0.5", "httpd" */
	const char *script; /* "IPaddr" (also for a bare address) */
	const char *arg[CONF_ARG_MAX];
	size_t arg_count;
	int line, column;
};

struct conf_group {
	const char *node; /* preferred node, lower case */
	const char *key;  /* word of the first resource; unique in the file */
	struct conf_resource *resource;
	size_t resource_count;
	int line, column; /* of the node name */
	const char
	    *comment; /* what stands behind the first '#' of its lines; NULL = none */
};

struct conf_remark {      /* a comment on a line of its own */
	const char *text; /* behind the '#' */
	int line;
};

struct conf;
struct conf_groups {
	struct conf_group *group; /* file order */
	size_t count;
	struct conf_remark *remark; /* file order */
	size_t remark_count;
	void *memory; /* owns all of it */
};

/* Reads FILE.  Problems are appended.  0, or -errno when it cannot be read (a problem then says so).
 * A file with errors yields the groups that are sound. */
int conf_haresources_read(const char *file, struct conf_groups *groups,
    struct conf_problems *problems);
/* The same of a running daemon, checked against its ha.cf: 0 when every group may be used. */
int conf_haresources_reread(const char *file, const struct conf *conf,
    struct conf_groups *groups, struct conf_problems *problems);
void conf_groups_free(struct conf_groups *groups);
/* The same of LEN bytes in memory; FILE is only named in problems.  0. */
int conf_haresources_parse(const char *text, size_t len, const char *file,
    struct conf_groups *groups, struct conf_problems *problems);
/* The group in which WORD occurs (exact match, first), or NULL. */
const struct conf_group *conf_groups_find(const struct conf_groups *groups,
    const char *word);

/* ---- authkeys ----------------------------------------------------------------------------- */

/* 0 with a usable *KEYS; else -errno and *KEYS untouched.  Problems are appended either way. */
int conf_authkeys_read(const char *file, struct msg_keys *keys,
    struct conf_problems *problems);
/* The same of LEN bytes in memory: nothing is known of mode and owner.  0 or -EINVAL. */
int conf_authkeys_parse(const char *text, size_t len, const char *file,
    struct msg_keys *keys, struct conf_problems *problems);

/* ---- ha.cf -------------------------------------------------------------------------------- */

enum conf_failback { FAILBACK_LEGACY, FAILBACK_OFF, FAILBACK_ON };
enum conf_autojoin { AUTOJOIN_NONE, AUTOJOIN_OTHER, AUTOJOIN_ANY };
enum conf_crm { CRM_OFF, CRM_ON, CRM_RESPAWN, CRM_MANUAL, CRM_VALGRIND, CRM_CCM_ONLY };

struct conf_node {
	const char *name; /* lower case */
	bool is_ping;     /* a ping node or group: never a member */
	int line;
};

struct conf_medium {
	const char *directive; /* "bcast" */
	const char
	    *args; /* what media_parse() takes: "eth0", "eth0 239.0.0.43 694 1 0" */
	uint16_t udpport; /* in force at that line */
	int baud;
	int line, column;
};

struct conf_client { /* respawn and failfast */
	const char *user;
	const char *
	    command; /* with arguments; the program already redirected to where ours are installed */
	uid_t uid;
	gid_t gid;
	bool failfast;
	int line;
};

struct conf_auth { /* apiauth, with the defaults of the spec filled in */
	const char *client;
	uid_t *uid;
	size_t uid_count;
	gid_t *gid;
	size_t gid_count;
};

struct conf_stonith { /* a fencing device that this node uses */
	const char *type;
	const char *host;   /* the node that uses it, as written; "*" = every node */
	const char *file;   /* with its parameters; NULL = they are .. */
	const char *params; /* .. these: secret */
	bool
	    pairs; /* PARAMS is name=value ..., which goes through the environment (stonith -E) */
	int line, column;
};

struct conf_param { /* 4.9: directive and text as written, or the default */
	const char *name, *value;
};

struct conf {
	const char *dir;  /* "/etc/ha.d" */
	const char *self; /* own node name: nodeinfo or uname -n, lower case */
	const char *cluster;

	struct conf_node *node;
	size_t node_count;
	struct conf_medium *medium;
	size_t medium_count;
	struct conf_client *client;
	size_t client_count;
	struct conf_auth *auth;
	size_t auth_count;
	struct conf_param *param; /* for getparm and HA_<directive> */
	size_t param_count;
	struct conf_param *env; /* env NAME=VALUE; exported as HA_NAME */
	size_t env_count;

	int64_t keepalive_ms, deadtime_ms, warntime_ms, initdead_ms;
	int64_t deadping_ms; /* 0 = as deadtime */
	int64_t max_rexmit_delay_ms;
	int64_t conn_logd_ms;
	int hopfudge;
	enum conf_autojoin autojoin;
	bool uuid_from_name, generation_from_time;

	enum msg_compression compression;
	size_t compression_threshold; /* bytes */
	bool traditional_compression;
	bool netstring; /* msgfmt */

	const char *logfile, *debugfile; /* NULL = none */
	int logfacility;                 /* -1 = none */
	bool use_logd, syslogmsgfmt, log_badpack;
	int debug;

	enum conf_failback failback;
	enum conf_crm crm;
	const char
	    *crm_directive; /* "crm" or "pacemaker", whichever was written; NULL = none */
	bool realtime;
	int rtprio;            /* 0 = lowest */
	int64_t memreserve_kb; /* 0 = not in the file: as much as this program needs */
	bool coredumps;
	const char *coreroot;
	const char *watchdog; /* NULL = none */
	bool use_apphbd;
	struct conf_stonith *stonith; /* file order: tried one after the other */
	size_t stonith_count;
	/* New directives that old nodes refuse, so that they are only used by choice. */
	int64_t
	    script_timeout_ms; /* "script_timeout TIME": a resource script that runs longer is killed and
	                            * counts as failed; 0 = never; default 1 h */
	int64_t stonith_timeout_ms; /* a device gets so long for one reset */
	/* Before another node is reset this one waits so long: "stonith_delay OURS TIME"; and, "stonith_delay * TIME",
	 * when it holds less than the other did. */
	int64_t stonith_delay_ms, stonith_weaker_ms;
	bool
	    merges; /* "after_partition merge": nodes that were apart do not restart, one of them gives way */

	const char *crm_daemon_dir; /* NULL = the usual places */

	/* Directives of the file whose machinery is not there yet, each once, in file order: for one log
	 * line.  E.g. "ping", "crm". */
	const char **idle;
	size_t idle_count;

	time_t mtime; /* of ha.cf, for SIGHUP */
	void *memory;
};

/* Reads DIR/ha.cf (and nodeinfo).  Cross-checks of spec 5 included, those that need authkeys or haresources
 * excluded.  0 when it may be used (warnings are possible), -EINVAL when not, -errno when unreadable.
 * *CONF is valid (and must be freed) in the first two cases. */
int conf_read(const char *dir, struct conf *conf, struct conf_problems *problems);
/* The same of LEN bytes in memory.  0 or -EINVAL; *CONF must be freed in either case. */
int conf_parse(const char *text, size_t len, const char *file,
    const struct conf_options *options, struct conf *conf,
    struct conf_problems *problems);
void conf_free(struct conf *conf);

/* Everything the daemon reads at start, in its order and with all checks across files: what
 * heartbeat --check prints.  With "crm" on, haresources is left alone and only mentioned. */
struct conf_all {
	struct conf conf;
	struct msg_keys keys;
	struct conf_groups groups;
	bool has_conf, has_keys, has_groups;
};
/* OPTIONS NULL: on this machine.  0, or -EINVAL, or -errno when a file is unreadable (-EACCES and
 * -EPERM are worth an exit code of their own).  *ALL must be freed in each case. */
int conf_read_all(const char *dir, const struct conf_options *options,
    struct conf_all *all, struct conf_problems *problems);
void conf_all_free(struct conf_all *all);

/* Where stonith(8) is; NULL: nowhere. */
const char *conf_stonith_program(void);
/* What tells stonith(8) the parameters of a device, without showing them to ps(1): up to two ARGUMENTs (the rest is
 * NULL), an environment, BASE and more, to be freed by the caller, and a descriptor for its standard input, to be
 * closed (-1: none is needed).  0 or -errno. */
int conf_device_input(const struct conf_stonith *device, char *const *base,
    const char *argument[2], char ***env, int *fd);
/* The names of a type's parameters in the order in which values are given, blanks between: what stonith(8) says.
 * 0; -ENOENT without stonith(8), -EINVAL when it does not know the type or says more than SIZE holds. */
int conf_device_names(const char *type, char *names, size_t size);
/* Asks stonith(8) whether the devices can be made as they are configured; none of them is called.  Waits for it, so
 * it is nothing for a running daemon.  Problems are appended; 0 or -EINVAL. */
int conf_devices_ask(const struct conf *conf, struct conf_problems *problems);

/* "heartbeat --check [-d DIR] [--elsewhere] [--peer DIR] [--json]": ARGV[0] is the first of its own arguments (after
 * --check).  Prints to stdout; the exit code: 0 no errors, 1 errors, 2 usage. */
int conf_check_main(int argc, char *const *argv);

/* Calls LOG for each line that the daemon logs about the problems: legacy lines word for word, then the
 * text with its place (not that of notes); the closing line last. */
void conf_problems_log(const struct conf_problems *problems,
    void (*log)(void *data, int priority, const char *line), void *data);

void conf_problems_init(struct conf_problems *problems);
void conf_problems_free(struct conf_problems *problems);

/* ---- hostcache, delhostcache: the nodes as they were last known ---- */

#define CONF_HOST_WEIGHT 100 /* of a line that names none */
struct conf_host {
	char name[100];
	uint8_t uuid[16];
	bool has_uuid; /* false: all zeros, the node was never heard */
	int weight;
	char site[64]; /* "" = none */
};
/* Cuts TEXT up.  How many lines there were, those behind MAX left out; -EINVAL: one of them is broken, and none
 * is to be believed. */
ssize_t conf_hosts_parse(char *text, struct conf_host *hosts, size_t max);

/* The value served for a directive (getparm), or NULL when unset or never served. */
const char *conf_param_find(const struct conf *conf, const char *name);

/* "heartbeat -D" and "-W" tables, "heartbeat -v" dump: to FD. */
void conf_print_directives(int fd, bool wiki);
void conf_print_effective(int fd, const struct conf *conf);

#endif
