/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha.cf: what is refused or remarked on, in the words of the old daemon to the byte
 * (spec/config.md 1, 2, 4 to 9) and in better ones.  NULL where the old one was silent.
 */
#include "tests/unit/config_help.h"

#include <syslog.h>

#define SYNTAX                                                                           \
	"Syntax: apiauth client [uid=uidlist] [gid=gidlist]\n"                           \
	"Where uidlist is a comma-separated list of uids,\n"                             \
	"and gidlist is a comma-separated list of gids\n"                                \
	"One or the other must be specified."
#define LONG32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct refusal {
	const char *lines;
	const char *legacy;
	int line, column; /* line counted from after the base */
	const char *text; /* a part of it */
};

/* clang-format off */
static const struct refusal refusals[] = {
	/* directives */
	{ "foo bar\n", "Illegal directive [foo] in /etc/ha.d/ha.cf", 1, 1, "ha.cf(5)" },
	{ "  Keepalive 1\n", "Illegal directive [Keepalive] in /etc/ha.d/ha.cf", 1, 3, "'keepalive' is" },
	{ "nodes a b\n", "Illegal directive [nodes] in /etc/ha.d/ha.cf", 1, 1, "'node' is" },
	{ "auto-failback on\n", "Illegal directive [auto-failback] in /etc/ha.d/ha.cf", 1, 1, "'auto_failback' is" },
	{ "tipc x\n", "Illegal directive [tipc] in /etc/ha.d/ha.cf", 1, 1, "other builds" },
	{ "rds x\n", "Illegal directive [rds] in /etc/ha.d/ha.cf", 1, 1, "other builds" },
	{ "openais x\n", "Illegal directive [openais] in /etc/ha.d/ha.cf", 1, 1, "other builds" },
	{ "ppp-udp x\n", "Illegal directive [ppp-udp] in /etc/ha.d/ha.cf", 1, 1, "other builds" },
	{ "apphbd x\n", "Illegal directive [apphbd] in /etc/ha.d/ha.cf", 1, 1, "other builds" },
	{ "keepalive=1\n", "Illegal directive [keepalive=1] in /etc/ha.d/ha.cf", 1, 1, "not a directive" },
	{ "keepalive\n", NULL, 1, 1, "no value" },
	{ "keepalive # 2\n", NULL, 1, 1, "no value" },
	{ "cluster , ,\n", NULL, 1, 1, "no value" },
	{ "keepalive 1 \\\n", NULL, 1, 13, "cannot be continued" },
	/* nodes */
	{ "node ALPHA\n", NULL, 1, 6, "in line 2" },
	{ "node c c\n", NULL, 1, 8, "in line 5" },
	{ "hopfudge abc\n", NULL, 1, 10, "0 to 255" },
	{ "hopfudge 256\n", NULL, 1, 10, "0 to 255" },
	{ "hopfudge -1\n", NULL, 1, 10, "0 to 255" },
	{ "autojoin foo\n", "Invalid autojoin directive [foo]", 1, 10, "none, other or any" },
	{ "autojoin off\n", "Invalid autojoin directive [off]", 1, 10, "none, other or any" },
	{ "uuidfrom foo\n", "Invalid uuidfrom directive [foo]", 1, 10, "file or nodename" },
	{ "hbgenmethod foo\n", "Illegal hb generation method [foo]", 1, 13, "file or time" },
	/* times */
	{ "keepalive 0\n", NULL, 1, 11, "1 ms to 1 h" },
	{ "keepalive -1\n", NULL, 1, 11, "not a time" },
	{ "deadtime foo\n", NULL, 1, 10, "not a time" },
	{ "warntime 0\n", "Warn time [0] is invalid.", 1, 10, "out of range" },
	{ "warntime x\n", "Warn time [x] is invalid.", 1, 10, "not a time" },
	{ "initdead x\n", NULL, 1, 10, "not a time" },
	{ "deadping 0\n", NULL, 1, 10, "out of range" },
	{ "conn_logd_time 0\n", NULL, 1, 16, "out of range" },
	{ "max_rexmit_delay 0\n", "Invalid max_rexmit_delay time(0)", 1, 18, "1 to" },
	{ "max_rexmit_delay x\n", "Invalid max_rexmit_delay time(x)", 1, 18, "whole number" },
	{ "max_rexmit_delay -5\n", "Invalid max_rexmit_delay time(-5)", 1, 18, "1 to" },
	{ "script_timeout x\n", NULL, 1, 16, "not a time" },
	{ "after_partition no\n", "Invalid after_partition directive [no]", 1, 17, "restart or merge" },
	/* media parameters */
	{ "udpport 0\n", "invalid port [0] specified.", 1, 9, "1 to 65535" },
	{ "udpport x\n", "invalid port [x] specified.", 1, 9, "1 to 65535" },
	{ "udpport 65536\n", "invalid port [65536] specified.", 1, 9, "1 to 65535" },
	{ "baud 1200\n", "invalid baudrate [1200] specified.", 1, 6, "9600, 19200" },
	{ "baud x\n", "invalid baudrate [x] specified.", 1, 6, "9600, 19200" },
	{ "baud 9600 19200\n", "Baudrate multiply specified.", 1, 11, "in line 5" },
	{ "compression foo\n", "Compression module(foo) not found", 1, 13, "zlib or bz2" },
	{ "compression_threshold 0\n", "set_compression_threshold: compress_threshhold(0) invalid", 1, 23, "kilobytes" },
	{ "compression_threshold x\n", "set_compression_threshold: compress_threshhold(x) invalid", 1, 23, "kilobytes" },
	{ "traditional_compression maybe\n", "set_traditional_compression:Invalid directive value maybe", 1, 25, "yes nor no" },
	{ "msgfmt Classic\n", NULL, 1, 8, "classic or netstring" },
	/* logging */
	{ "logfacility foo\n", "Log facility(foo) not valid", 1, 13, "local7" },
	{ "logfacility LOCAL0\n", "Log facility(LOCAL0) not valid", 1, 13, "local0" },
	{ "use_logd maybe\n", NULL, 1, 10, "yes nor no" },
	{ "debug 256\n", NULL, 1, 7, "0 to 255" },
	{ "debug -1\n", NULL, 1, 7, "0 to 255" },
	{ "debug word\n", NULL, 1, 7, "0 to 255" },
	{ "syslogmsgfmt maybe\n", NULL, 1, 14, "yes nor no" },
	{ "log_badpack maybe\n", NULL, 1, 13, "yes nor no" },
	/* policy */
	{ "auto_failback maybe\n", NULL, 1, 15, "on, off or legacy" },
	{ "nice_failback maybe\n", "nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead.\n"
	  "See documentation for details.", 1, 15, "auto_failback" },
	{ "stonith\n", "No Stonith type given", 1, 8, "type" },
	{ "stonith null\n", "No Stonith config file given", 1, 9, "file" },
	{ "stonith_host\n", "No Stonith hostname argument given", 1, 13, "host" },
	{ "stonith_host *\n", "No Stonith type given", 1, 15, "type" },
	{ "stonith_host * " LONG32 LONG32 " x\n", "Stonith type too long", 1, 16, "63" },
	{ "stonith_host " LONG32 LONG32 " x\n", "Stonith hostname too long", 1, 14, "63" },
	{ "stonith_delay\n", "No Stonith hostname argument given", 1, 14, "host" },
	{ "stonith_delay *\n", NULL, 1, 16, "not a time" },
	{ "stonith_delay * soon\n", NULL, 1, 17, "'soon' is not a time" },
	{ "stonith_delay bravo 2h\n", NULL, 1, 21, "at most an hour" },
	{ "stonith_delay * 5 6\n", NULL, 1, 19, "all that is allowed" },
	/* process */
	{ "realtime maybe\n", NULL, 1, 10, "yes nor no" },
	{ "rtprio 0\n", "Illegal realtime priority [0]", 1, 8, "1 to 99" },
	{ "rtprio 100\n", "Illegal realtime priority [100]", 1, 8, "1 to 99" },
	{ "rtprio x\n", "Illegal realtime priority [x]", 1, 8, "1 to 99" },
	{ "memreserve 0\n", NULL, 1, 12, "1 to" },
	{ "memreserve x\n", NULL, 1, 12, "1 to" },
	{ "watchdog /dev/a\nwatchdog /dev/b\n", "Watchdog device multiply specified.", 2, 10, "in line 5" },
	{ "coredumps maybe\n", NULL, 1, 11, "yes nor no" },
	{ "coreroot foo\n", "Invalid core directory [foo]", 1, 10, "absolute" },
	{ "env =x\n", "set_env: invalid nvpair(=x)", 1, 5, "NAME=VALUE" },
	{ "env X\n", "set_env: invalid nvpair(X)", 1, 5, "NAME=VALUE" },
	{ "use_apphbd maybe\n", NULL, 1, 12, "yes nor no" },
	{ "normalpoll maybe\n", NULL, 1, 12, "yes nor no" },
	/* crm */
	{ "crm maybe\n", NULL, 1, 5, "ccm-only" },
	{ "pacemaker false\ncrm false\n", "pacemaker/crm directive used multiple times!", 2, 1, "in line 5" },
	{ "crm on\ncrm on\n", "pacemaker/crm directive used multiple times!", 2, 1, "in line 5" },
	{ "crm on\ncrmd_spawns_pengine on\n",
	  "If you specify crmd_spawns_pengine, it must come before the crm directive", 2, 1, "above" },
	{ "pacemaker on\ncrm_daemon_dir /x\n",
	  "If you specify crm_daemon_dir, it must come before the pacemaker directive", 2, 1, "above" },
	{ "crm_daemon_dir x\n", NULL, 1, 16, "absolute" },
	{ "crmd_spawns_pengine maybe\n", "ha_config_check_boolean:Invalid directive value maybe", 1, 21, "yes nor no" },
	{ "record_config_changes maybe\n", "ha_config_check_boolean:Invalid directive value maybe", 1, 23, "yes nor no" },
	{ "record_pengine_inputs maybe\n", "ha_config_check_boolean:Invalid directive value maybe", 1, 23, "yes nor no" },
	{ "enable_config_writes maybe\n", "ha_config_check_boolean:Invalid directive value maybe", 1, 22, "yes nor no" },
	/* media */
	{ "bcast\n", NULL, 1, 1, "no value" },
	{ "bcast eth0\n", NULL, 1, 7, "in line 1" },
	{ "bcast interface\n", "glib: Get broadcast for interface interface failed: No such device\n"
	  "glib: IP interface [interface] does not exist\n"
	  "Illegal bcast [UDP/IP broadcast] in config file [interface]", 1, 7, "not replaced" },
	{ "bcast waytoolonginterface\n", NULL, 1, 7, "15 characters" },
	{ "mcast\n", "glib: mcast device [] is invalid or not set up properly", 1, 6, "mcast" },
	{ "mcast lo\n", "glib: mcast [lo] missing mcast address", 1, 9, "mcast" },
	{ "mcast lo 239.0.0.1\n", "glib: mcast [lo] missing port", 1, 19, "mcast" },
	{ "mcast lo 239.0.0.1 694\n", "glib: mcast [lo] missing ttl", 1, 23, "mcast" },
	{ "mcast lo 239.0.0.1 694 1\n", "glib: mcast [lo] missing loop", 1, 25, "mcast" },
	{ "mcast lo 10.0.0.1 694 1 0\n", "glib: mcast [lo] bad addr [10.0.0.1]", 1, 10, "mcast" },
	{ "mcast lo foo 694 1 0\n", "glib: mcast [lo] bad addr [foo]", 1, 10, "mcast" },
	{ "mcast lo 239.0.0.1 0 1 0\n", "glib:  mcast [lo] bad port [0]", 1, 20, "mcast" },
	{ "mcast lo 239.0.0.1 x 1 0\n", "glib:  mcast [lo] bad port [x]", 1, 20, "mcast" },
	{ "mcast lo 239.0.0.1 694 5 0\n", "glib:  mcast [lo] bad ttl [5]", 1, 24, "mcast" },
	{ "mcast lo 239.0.0.1 694 1 2\n", "glib:  mcast [lo] bad loop [2]", 1, 26, "mcast" },
	{ "mcast6\n", "glib: mcast6 device [] is invalid or not set up properly", 1, 7, "mcast6" },
	{ "mcast6 lo\n", "glib: mcast6 [lo] missing mcast6 address", 1, 10, "mcast6" },
	{ "mcast6 lo ff05::1\n", "glib: mcast6 [lo] missing port", 1, 18, "mcast6" },
	{ "mcast6 lo ff05::1 694\n", "glib: mcast6 [lo] missing hops", 1, 22, "mcast6" },
	{ "mcast6 lo ff05::1 694 1\n", "glib: mcast6 [lo] missing loop", 1, 24, "mcast6" },
	{ "mcast6 lo ff0e::1 694 1 0\n", "glib:  mcast6 [lo] bad addr [ff0e::1]", 1, 11, "mcast6" },
	{ "mcast6 lo ff25::1 694 1 0\n", "glib:  mcast6 [lo] bad addr [ff25::1]", 1, 11, "mcast6" },
	{ "mcast6 lo fe80::1 694 1 0\n", "glib:  mcast6 [lo] bad addr [fe80::1]", 1, 11, "mcast6" },
	{ "mcast6 lo ff05::1 694 5 0\n", "glib:  mcast6 [lo] bad hops [5]", 1, 23, "mcast6" },
	{ "mcast6 lo ff05::1 694 1 3\n", "glib:  mcast6 [lo] bad loop [3]", 1, 25, "mcast6" },
	{ "ucast\n", NULL, 1, 6, "ucast" },
	{ "ucast lo\n", "glib: ucast: [lo] missing target IP address/hostname", 1, 9, "ucast" },
	{ "ucast lo 10.0.0\n", "glib: ucast: cannot resolve hostname\nglib: ucast: interface [lo] does not exist",
	  1, 10, "not an address" },
	{ "ucast lo fe80::1\n", "glib: ucast: cannot resolve hostname\nglib: ucast: interface [lo] does not exist",
	  1, 10, "ucast6" },
	{ "ucast6\n", NULL, 1, 7, "ucast6" },
	{ "ucast6 lo\n", "glib: ucast6 [lo] missing ucast6 address", 1, 10, "ucast6" },
	{ "serial ttyS0\n", "glib: Serial port not full pathname [ttyS0] in config file\n"
	  "Illegal serial [serial ring] in config file [ttyS0]", 1, 8, "absolute" },
	{ "ping gateway\n", "glib: unknown host: gateway: Name or service not known\n"
	  "Illegal ping [ping membership] in config file [gateway]", 1, 6, "not replaced" },
	{ "ping 10.0.0.1 10.0.0.1\n", NULL, 1, 15, "in line 5" },
	{ "node 10.0.0.1\nping 10.0.0.1\n", NULL, 2, 6, "as a node, in line 5" },
	{ "ping_group\n", NULL, 1, 1, "name of the group" },
	{ "ping_group g\n", NULL, 1, 1, "list of hosts" },
	{ "hbaping x\n", "Illegal directive [hbaping] in /etc/ha.d/ha.cf", 1, 1, "other builds" },
	{ "ping_group gr\xc3\xbcn 10.0.0.1\n", NULL, 1, 12, "name of a node" },
	/* clients */
	{ "respawn\n", "Invalid uid [] specified for client child", 1, 1, "missing" },
	{ "respawn 0 /bin/sh\n", "Invalid uid [0] specified for client child", 1, 1, "number" },
	{ "respawn " LONG32 LONG32 " /bin/sh\n", "UID specified for client child is too long", 1, 1, "63" },
	{ "respawn root sh\n", "Client child command [sh] is not full pathname", 1, 1, "absolute" },
	{ "respawn root\n", "Client child command [] is not full pathname", 1, 1, "absolute" },
	{ "failfast root sh\n", "Client child command [sh] is not full pathname", 1, 1, "failfast" },
	{ "apiauth\n", "Invalid apiauth directive []", 1, 1, "client is missing" },
	{ "apiauth foo\n", "Invalid apiauth directive [foo]", 1, 1, "neither uid= nor gid=" },
	{ "apiauth foo bar=root\n", "Missing uid or gid in apiauth\nInvalid apiauth directive [foo bar=root]", 1, 1, "bar=root" },
	{ "apiauth foo uid=\n", "Invalid apiauth directive [foo uid=]", 1, 1, "empty" },
	{ "apiauth foo uid=root uid=root\n", "Duplicate uid list in apiauth\n"
	  "Invalid apiauth directive [foo uid=root uid=root]", 1, 1, "two" },
	{ "apiauth foo gid=root gid=root\n", "Duplicate gid list in apiauth\n"
	  "Invalid apiauth directive [foo gid=root gid=root]", 1, 1, "two" },
	{ "apiauth foo uid=root\napiauth foo uid=root\n", "Duplicate apiauth directive for API client foo: [foo uid=root]\n"
	  "Invalid apiauth directive [foo uid=root]", 2, 1, "already" },
	{ "apiauth " LONG32 " uid=root\n", "client name [" LONG32 " uid=root] too long\n"
	  "Invalid apiauth directive [" LONG32 " uid=root]", 1, 1, "31" },
	{ "crm on\napiauth cib uid=root\n", "Duplicate apiauth directive for API client cib: [cib uid=root]\n"
	  "Invalid apiauth directive [cib uid=root]", 2, 1, "crm" },
	{ "apiauth cib uid=root\ncrm on\n", "Duplicate apiauth directive for API client cib: [cib uid=hacluster]\n"
	  "Invalid apiauth directive [cib uid=hacluster]", 2, 1, "remove yours" },
	/* across (spec 5); 0: the file as a whole */
	{ "deadtime 2\n", "Dead time [2000] is too small compared to keeplive [1000]", 1, 1, "twice" },
	{ "deadtime 0\n", "Dead time [0] is too small compared to keeplive [1000]", 1, 1, "twice" },
	{ "keepalive 15\n", "Dead time [30000] is too small compared to keeplive [15000]", 1, 1, "twice" },
	{ "initdead 29999ms\n", "Initial dead time [29999] is smaller than deadtime [30000]", 1, 1, "less than" },
	{ "deadping 2\n", "Ping dead time [2000] is too small compared to keeplive [1000]", 1, 1, "twice" },
	{ "autojoin other\n", "R1 style resource management conflicts with  autojoin set\n"
	  "You need either unset autojoin or enable crm", 1, 1, "needs crm" },
};

/* The same without a base. */
static const struct refusal whole[] = {
	{ "node alpha\nauto_failback on\nlogfile /x\n", "No heartbeat media defined", 0, 0, "bcast" },
	{ "node alpha\nauto_failback on\nlogfile /x\nping 10.0.0.1\n", "No heartbeat media defined", 0, 0, "ping nodes" },
	{ "bcast eth0\nauto_failback on\nlogfile /x\n", "no nodes defined", 0, 0, "uname -n" },
	{ "bcast eth0\nauto_failback on\nlogfile /x\nping 10.0.0.1\n", "no nodes defined", 0, 0, "uname -n" },
	{ "bcast eth0\nnode alpha\nauto_failback on\nuse_logd off\n",
	  "No log entry found in ha.cf and use_logd is set to off", 4, 1, "nothing would be logged" },
};

/* Not refused. */
static const struct {
	const char *lines;
	enum conf_severity severity;
	int priority;
	const char *legacy, *info;
	int line;
	const char *text;
} remarks[] = {
	{ "udp eth1\n", CONF_WARNING, LOG_WARNING, "WARNING: directive 'udp' replaced by 'bcast'", NULL, 1, "bcast" },
	{ "udpport 700\n", CONF_WARNING, LOG_WARNING, "heartbeat: udpport setting must precede media statements",
	  NULL, 1, "keeps port 694" },
	{ "serial /dev/ttyS0\nbaud 9600\n", CONF_WARNING, LOG_WARNING,
	  "heartbeat: baudrate setting must precede media statements", NULL, 2, "keeps 19200" },
	{ "nice_failback on\n", CONF_WARNING, LOG_ERR,
	  "nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead.\n"
	  "'nice_failback on' has been changed to 'auto_failback off'\n"
	  "See documentation for details.", NULL, 1, "auto_failback off" },
	{ "nice_failback off\n", CONF_WARNING, LOG_ERR,
	  "nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead.\n"
	  "'nice_failback off' has been changed to 'auto_failback legacy'\n"
	  "See documentation for details.", NULL, 1, "auto_failback legacy" },
	{ "auto_failback legacy\n", CONF_WARNING, LOG_WARNING,
	  "Deprecated 'legacy' auto_failback option selected.\nPlease convert to 'auto_failback on'.\n"
	  "See documentation for conversion details.", NULL, 1, "auto_failback on" },
	{ "deadtime 4\ninitdead 9\n", CONF_WARNING, LOG_WARNING, "Initial dead time [9000 ms] may be too small!",
	  "Initial dead time accounts for slow network startup time\nIt should be >= deadtime and >= 10 seconds", 2, "10 s" },
	{ "use_logd on\n", CONF_WARNING, LOG_WARNING,
	  "logd is enabled but logfile/debugfile/logfacility is still configured in ha.cf", NULL, 1, "away" },
	{ "logfacility none\nlogfile /x\nuse_logd on\n", CONF_WARNING, LOG_WARNING,
	  "logd is enabled but logfile/debugfile is still configured in ha.cf", NULL, 3, "away" },
	{ "", CONF_NOTE, LOG_WARNING, "Logging daemon is disabled --enabling logging daemon is recommended", NULL, 0, "use_logd" },
	{ "logfacility none\n", CONF_NOTE, LOG_INFO, "No log entry found in ha.cf -- use logd", NULL, 0, "becomes yes" },
	{ "crm on\nautojoin any\n", CONF_NOTE, LOG_NOTICE, "Current node [other] added to configuration.", NULL, 2, "adds it" },
	{ "warntime 30\n", CONF_WARNING, 0, NULL, NULL, 1, "not below deadtime" },
	{ "warntime 1\n", CONF_WARNING, 0, NULL, NULL, 1, "every heartbeat would be late" },
	{ "ping 10.0.0.1\n", CONF_WARNING, 0, NULL, NULL, 1, "nobody watches it" },
	{ "respawn root /usr/lib/heartbeat/ipfail\n", CONF_WARNING, 0, NULL, NULL, 1, "no ping node" },
	{ "respawn root /usr/lib/heartbeat/ipfail\nping 10.0.0.1\nauto_failback legacy\n", CONF_WARNING, 0, NULL, NULL, 1,
	  "ipfail does nothing" },
	{ "node charlie\n", CONF_WARNING, 0, NULL, NULL, 1, "haresources" },
	{ "node n[1-3]\n", CONF_WARNING, 0, NULL, NULL, 1, "no ranges" },
	{ "after_partition merge\n", CONF_WARNING, 0, NULL, NULL, 1, "old daemons refuse" },
	{ "script_timeout 60\n", CONF_WARNING, 0, NULL, NULL, 1, "old daemons refuse" },
	{ "mcast lo 239.0.0.1 694 1 0 x\n", CONF_WARNING, 0, NULL, NULL, 1, "ignored" },
	{ "ucast lo 10.0.0.1\nucast lo 10.0.0.2\nucast lo 10.0.0.3\n", CONF_WARNING, 0, NULL, NULL, 1, "3 peers" },
	{ "ucast lo some-name\n", CONF_NOTE, 0, NULL, NULL, 1, "must be resolved" },
};
/* clang-format on */

static const char *
shown(const char *text)
{
	return text ? text : "(silent)";
}

static void
check_refusal(const char *base, int base_lines, const struct refusal *row)
{
	const struct conf_problem *problem;
	struct parsed p;

	hacf_parse(&p, base, row->lines);
	CHECK_INT(p.result, -22, "%s", row->lines);
	problem = problem_first(&p.problems, CONF_ERROR);
	CHECK(problem, "%s", row->lines);
	if (problem) {
		CHECK_STR(shown(problem->legacy), shown(row->legacy), "%s", row->lines);
		CHECK(strstr(problem->text, row->text), "'%s' lacks '%s'", problem->text,
		    row->text);
		CHECK_INT(problem->line, row->line ? row->line + base_lines : 0, "%s",
		    row->lines);
		CHECK_INT(problem->column, row->column, "%s", row->lines);
		if (problem->legacy)
			CHECK_INT(problem->legacy_priority, LOG_ERR, "%s", row->lines);
		if (strncmp(row->lines, "apiauth", 7) == 0)
			CHECK_STR(shown(problem->legacy_info), SYNTAX, "%s", row->lines);
	}
	hacf_free(&p);
}

static void
test_refusals(void)
{
	for (size_t i = 0; i < ROWS(refusals); i++)
		check_refusal(BASE_HACF, BASE_HACF_LINES, &refusals[i]);
	for (size_t i = 0; i < ROWS(whole); i++)
		check_refusal("", 0, &whole[i]);
}

static void
test_remarks(void)
{
	static const struct conf_options other = { .on_this_machine = false,
		.self = "other" };

	for (size_t i = 0; i < ROWS(remarks); i++) {
		bool is_other = strstr(remarks[i].lines, "autojoin any") != NULL;
		const struct conf_problem *problem;
		struct parsed p;
		char file[1024];

		hacf_parse(&p, BASE_HACF, remarks[i].lines);
		if (is_other) {
			hacf_free(&p);
			snprintf(file, sizeof(file), BASE_HACF "%s", remarks[i].lines);
			conf_problems_init(&p.problems);
			p.result = conf_parse(file, strlen(file), "/etc/ha.d/ha.cf",
			    &other, &p.conf, &p.problems);
		}
		CHECK_INT(p.result, 0, "%s", remarks[i].lines);
		problem = problem_find(&p.problems, remarks[i].text);
		CHECK(problem, "%s: '%s'", remarks[i].lines, remarks[i].text);
		if (problem) {
			int line =
			    remarks[i].line ? remarks[i].line + BASE_HACF_LINES : 0;

			CHECK_INT(problem->severity, remarks[i].severity, "%s",
			    remarks[i].lines);
			CHECK_STR(shown(problem->legacy), shown(remarks[i].legacy), "%s",
			    remarks[i].lines);
			CHECK_STR(shown(problem->legacy_info), shown(remarks[i].info),
			    "%s", remarks[i].lines);
			CHECK_INT(problem->legacy_priority, remarks[i].priority, "%s",
			    remarks[i].lines);
			if (!strstr(remarks[i].lines, "charlie"))
				CHECK_INT(problem->line, line, "%s", remarks[i].lines);
		}
		hacf_free(&p);
	}
}

/* ---- This machine. ----------------------------------------------------------- */

/* clang-format off */
static const struct refusal here[] = {
	{ "bcast nosuchif\n", "glib: Get broadcast for interface nosuchif failed: No such device\n"
	  "glib: IP interface [nosuchif] does not exist\n"
	  "Illegal bcast [UDP/IP broadcast] in config file [nosuchif]", 1, 7, "no such interface on this machine" },
	{ "mcast nosuchif 239.0.0.1 694 1 0\n", "glib: mcast device [nosuchif] is invalid or not set up properly",
	  1, 7, "no such interface on this machine" },
	{ "ucast nosuchif 10.0.0.1\n", NULL, 1, 7, "no such interface on this machine" },
	{ "ucast6 nosuchif fe80::1\n", NULL, 1, 8, "no such interface on this machine" },
	{ "serial /dev/nosuch\n", "glib: Nonexistent serial port [/dev/nosuch] in config file\n"
	  "Illegal serial [serial ring] in config file [/dev/nosuch]", 1, 8, "on this machine" },
	{ "serial /etc/passwd\n", "glib: Serial port [/etc/passwd] not a char device in config file\n"
	  "Illegal serial [serial ring] in config file [/etc/passwd]", 1, 8, "character device" },
	{ "respawn nosuchuser /bin/sh\n", "Invalid uid [nosuchuser] specified for client child", 1, 1, "no user" },
	{ "respawn root /bin/nosuch\n", "Client child command [/bin/nosuch] is not executable", 1, 1, "not an executable" },
	{ "respawn root /etc/passwd\n", "Client child command [/etc/passwd] is not executable", 1, 1, "not an executable" },
	{ "apiauth foo uid=nosuch\n", "Invalid user id name [nosuch]\nBad uid list [nosuch]\n"
	  "Invalid apiauth directive [foo uid=nosuch]", 1, 1, "no user" },
	{ "apiauth foo gid=nosuch\n", "Invalid group name [nosuch]\nBad gid list [nosuch]\n"
	  "Invalid apiauth directive [foo gid=nosuch]", 1, 1, "no group" },
	{ "stonith null /nosuch/file\n", "glib: Cannot open /nosuch/file\nInvalid Stonith config file [/nosuch/file]", 1,
	    14, "cannot be read" },
	{ "ping nosuch.invalid\n", "glib: unknown host: nosuch.invalid: Name or service not known\n"
	  "Illegal ping [ping membership] in config file [nosuch.invalid]", 1, 6, "cannot be resolved" },
};
/* clang-format on */

static void
check_here(const struct refusal *row, bool on_this_machine)
{
	struct conf_options options = { .on_this_machine = on_this_machine,
		.self = "alpha" };
	const char *base =
	    "mcast lo 239.0.0.9 694 0 1\nnode alpha\nauto_failback on\nlogfile /x\n";
	const struct conf_problem *problem;
	struct conf_problems problems;
	struct conf conf;
	char file[1024];
	int result;

	snprintf(file, sizeof(file), "%s%s", base, row->lines);
	conf_problems_init(&problems);
	result =
	    conf_parse(file, strlen(file), "/etc/ha.d/ha.cf", &options, &conf, &problems);
	CHECK_INT(result, on_this_machine ? -22 : 0, "%s", row->lines);
	problem = problem_first(&problems, CONF_ERROR);
	CHECK((problem != NULL) == on_this_machine, "%s", row->lines);
	if (problem) {
		CHECK_STR(shown(problem->legacy), shown(row->legacy), "%s", row->lines);
		CHECK(strstr(problem->text, row->text), "'%s' lacks '%s'", problem->text,
		    row->text);
		CHECK_INT(problem->column, row->column, "%s", row->lines);
	}
	conf_free(&conf);
	conf_problems_free(&problems);
}

/* An error for the machine that is meant, none for a look from elsewhere. */
static void
test_this_machine(void)
{
	for (size_t i = 0; i < ROWS(here); i++) {
		check_here(&here[i], true);
		check_here(&here[i], false);
	}
}

static void
test_own_name(void)
{
	static const struct conf_options options = { .on_this_machine = true,
		.self = "bravo" };
	static const char text[] = "mcast lo 239.0.0.9 694 0 1\nlogfile /x\n"
	                           "node bravo.example.com\nauto_failback on\n";
	const struct conf_problem *problem;
	struct conf_problems problems;
	struct conf conf;

	conf_problems_init(&problems);
	CHECK_INT(conf_parse(text, strlen(text), "f", &options, &conf, &problems), -22,
	    "refused");
	problem = problem_first(&problems, CONF_ERROR);
	CHECK_STR(problem ? problem->legacy : NULL,
	    "Current node [bravo] not in configuration!", "old");
	CHECK_STR(problem ? problem->legacy_info : NULL,
	    "By default, cluster nodes are named by `uname -n` and must be declared with "
	    "a 'node' "
	    "directive in the ha.cf file.\n"
	    "See also: http://linux-ha.org/wiki/Ha.cf#node_directive",
	    "old, info");
	CHECK(problem && strstr(problem->text, "bravo.example.com"),
	    "never guessed, but pointed at");
	CHECK_INT(problem ? problem->line : 0, 3, "at the node line");
	conf_free(&conf);
	conf_problems_free(&problems);
}

static void
test_all_are_reported(void)
{
	struct parsed p;

	hacf_parse(&p, BASE_HACF, "foo\nkeepalive x\nbaud 1\nrtprio 0\n");
	CHECK_INT(p.problems.errors, 4, "each of them");
	CHECK_STR(p.problems.closing, "Heartbeat not started: configuration error.",
	    "closing line");
	hacf_free(&p);
	hacf_parse(&p, BASE_HACF, "deadtime 1\n");
	CHECK(!p.problems.closing, "not after checks across values");
	hacf_free(&p);
}

static void
test_text_is_harmless(void)
{
	static char text[8192] = "keepalive ";
	struct parsed p;

	memset(text + 10, 'x', 5200);
	text[5210] = '\n';
	hacf_parse(&p, "", text);
	CHECK(problem_find(&p.problems, "longer than 5119"), "a long line");
	hacf_free(&p);
	hacf_parse(&p, BASE_HACF, "foo\033[2J bar\n");
	CHECK(problem_find(&p.problems, "'foo?[2J'"), "no control characters");
	hacf_free(&p);
	conf_problems_init(&p.problems);
	conf_parse("node a\0b\n", 9, "f", NULL, &p.conf, &p.problems);
	CHECK(problem_find(&p.problems, "NUL byte"), "NUL");
	hacf_free(&p);
}

struct lines {
	char text[8192];
};

static void
collect(void *data, int priority, const char *line)
{
	struct lines *lines = data;
	size_t used = strlen(lines->text);

	snprintf(lines->text + used, sizeof(lines->text) - used, "%d %s\n", priority,
	    line);
}

static void
test_log(void)
{
	struct lines lines = { "" };
	struct parsed p;

	hacf_parse(&p, BASE_HACF, "foo bar\nkeepalive 10x\n");
	conf_problems_log(&p.problems, collect, &lines);
	CHECK_STR(lines.text,
	    "3 Illegal directive [foo] in /etc/ha.d/ha.cf\n"
	    "3 /etc/ha.d/ha.cf:5:1: 'foo' is not a directive; ha.cf(5) lists them\n"
	    "3 /etc/ha.d/ha.cf:6:11: keepalive: '10x' is not a time; allowed is a number "
	    "of seconds, "
	    "or a number with a unit: 2, 1.5, 500ms, 250000us, 10s, 5min\n"
	    "4 Logging daemon is disabled --enabling logging daemon is recommended\n"
	    "3 Heartbeat not started: configuration error.\n",
	    "the daemon's lines, in order");
	hacf_free(&p);
}

static const struct check_case cases[] = {
	{ "refusals", test_refusals },
	{ "remarks", test_remarks },
	{ "this machine", test_this_machine },
	{ "own name", test_own_name },
	{ "all are reported", test_all_are_reported },
	{ "text is harmless", test_text_is_harmless },
	{ "log", test_log },
};
CHECK_MAIN("config_refusal", cases)
