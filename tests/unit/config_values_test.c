/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha.cf: what each directive accepts, and where it ends up (spec/config.md 2, 4).
 */
#include "tests/unit/config_help.h"

#include <syslog.h>

/* ---- Times. ------------------------------------------------------------------ */

#define REFUSED INT64_MIN

static const struct {
	const char *text;
	int64_t want_ms;
	const char *why;
} times[] = {
	{ "2", 2000, "a bare number is seconds" },
	{ "1.5", 1500, "fractions" },
	{ ".5", 500, "without the zero" },
	{ "2.", 2000, "without the fraction" },
	{ "500ms", 500, "milliseconds" },
	{ "500MS", 500, "units in any case" },
	{ "500msecs", 500, "units by prefix" },
	{ "250000us", 250, "microseconds" },
	{ "1500us", 2, "half a millisecond rounds up" },
	{ "1499us", 1, "less rounds down" },
	{ "0.0005", 1, "also in seconds" },
	{ "10s", 10000, "new: s" },
	{ "10sec", 10000, "new: sec" },
	{ "2m", 120000, "new: m, not milli" },
	{ "2min", 120000, "new: min" },
	{ "1h", 3600000, "new: h; the longest keepalive" },
	{ "3600001ms", REFUSED, "longer than the longest" },
	{ "0", REFUSED, "zero" },
	{ "499us", REFUSED, "rounds down to zero" },
	{ "-1", REFUSED, "negative" },
	{ "ms", REFUSED, "a unit alone is no time" },
	{ ".", REFUSED, "no digit" },
	{ "1.2.3", REFUSED, "two points" },
	{ "5x", REFUSED, "unknown unit" },
	{ "5minutes", REFUSED, "m, min, no more" },
	{ "foo", REFUSED, "a word" },
	{ "99999999999999999999", REFUSED, "no overflow" },
	{ "0.00000000000000000000000000000000000001", REFUSED,
	    "no overflow behind the point" },
};

static void
test_times(void)
{
	for (size_t i = 0; i < ROWS(times); i++) {
		struct parsed p;
		char line[128];

		snprintf(line, sizeof(line),
		    "keepalive %s\ndeadtime 30000\ninitdead 30000\n", times[i].text);
		hacf_parse(&p, BASE_HACF, line);
		CHECK_INT(p.result, times[i].want_ms == REFUSED ? -22 : 0, "%s",
		    times[i].why);
		CHECK_INT(p.conf.keepalive_ms,
		    times[i].want_ms == REFUSED ? 1000 : times[i].want_ms, "%s",
		    times[i].why);
		hacf_free(&p);
	}
}

static void
test_new_units_warn(void)
{
	static const char *const texts[] = { "10s", "1min", "1h" };

	for (size_t i = 0; i < ROWS(texts); i++) {
		struct parsed p;
		char line[64];

		snprintf(line, sizeof(line), "warntime %s\n", texts[i]);
		hacf_parse(&p, BASE_HACF, line);
		CHECK(problem_find(&p.problems, "old daemons refuse the unit"), "%s",
		    texts[i]);
		hacf_free(&p);
	}
}

/* ---- Fields. ----------------------------------------------------------------- */

#define NUMBER(field)                                                                    \
	offsetof(struct conf, field), sizeof(((struct conf *)0)->field), false
#define TEXT(field) offsetof(struct conf, field), sizeof(((struct conf *)0)->field), true

/* want_text for strings, want for the others. */
static const struct {
	const char *lines;
	size_t field, size;
	bool is_text;
	int64_t want;
	const char *want_text;
	const char *why;
} fields[] = {
	/* defaults */
	{ "", TEXT(cluster), 0, "linux-ha", "default" },
	{ "", TEXT(self), 0, "alpha", "lower case" },
	{ "", NUMBER(hopfudge), 1, NULL, "default" },
	{ "", NUMBER(keepalive_ms), 1000, NULL, "default" },
	{ "", NUMBER(deadtime_ms), 30000, NULL, "default" },
	{ "", NUMBER(warntime_ms), 15000, NULL, "half of deadtime" },
	{ "", NUMBER(initdead_ms), 30000, NULL, "as deadtime" },
	{ "", NUMBER(deadping_ms), 0, NULL, "as deadtime" },
	{ "", NUMBER(max_rexmit_delay_ms), 250, NULL, "default" },
	{ "", NUMBER(conn_logd_ms), 60000, NULL, "default" },
	{ "", NUMBER(autojoin), AUTOJOIN_NONE, NULL, "default" },
	{ "", NUMBER(compression), MSG_COMPRESS_ZLIB, NULL, "default" },
	{ "", NUMBER(compression_threshold), 2048, NULL, "2 KB" },
	{ "", NUMBER(traditional_compression), 0, NULL, "default" },
	{ "", NUMBER(netstring), 0, NULL, "classic" },
	{ "", NUMBER(syslogmsgfmt), 1, NULL, "default" },
	{ "", NUMBER(log_badpack), 1, NULL, "default" },
	{ "", NUMBER(realtime), 1, NULL, "default" },
	{ "", NUMBER(rtprio), 0, NULL, "lowest" },
	{ "", NUMBER(memreserve_kb), 0, NULL, "what is needed" },
	{ "", NUMBER(coredumps), 1, NULL, "default" },
	{ "", NUMBER(crm), CRM_OFF, NULL, "default" },
	{ "", NUMBER(debug), 0, NULL, "default" },
	{ "", NUMBER(use_logd), 0, NULL, "there is a log entry" },
	{ "", NUMBER(merges), 0, NULL, "nodes that were apart restart" },
	{ "", NUMBER(script_timeout_ms), 3600000, NULL, "an hour" },
	{ "", NUMBER(uuid_from_name), 0, NULL, "file" },
	{ "", NUMBER(generation_from_time), 0, NULL, "file" },
	/* the three parts of initdead's default */
	{ "deadtime 5\n", NUMBER(initdead_ms), 12000, NULL, "below 6 s" },
	{ "deadtime 5999ms\n", NUMBER(initdead_ms), 12000, NULL, "just below 6 s" },
	{ "deadtime 6\n", NUMBER(initdead_ms), 12000, NULL, "6 s" },
	{ "deadtime 10\n", NUMBER(initdead_ms), 20000, NULL, "10 s" },
	{ "deadtime 10001ms\n", NUMBER(initdead_ms), 10001, NULL, "above 10 s" },
	/* each with its bounds */
	{ "cluster mine\n", TEXT(cluster), 0, "mine", "word" },
	{ "cluster a b\n", TEXT(cluster), 0, "b", "the last of a line wins" },
	{ "hopfudge 0\n", NUMBER(hopfudge), 0, NULL, "smallest" },
	{ "hopfudge 255\n", NUMBER(hopfudge), 255, NULL, "largest" },
	{ "keepalive 1 2\n", NUMBER(keepalive_ms), 2000, NULL,
	    "the last of a line wins" },
	{ "keepalive 3\nkeepalive 2\n", NUMBER(keepalive_ms), 2000, NULL,
	    "the last line wins" },
	{ "keepalive,2\n", NUMBER(keepalive_ms), 2000, NULL, "a comma ends the name" },
	{ "deadtime 10\n", NUMBER(warntime_ms), 5000, NULL, "half of deadtime" },
	{ "warntime 7\n", NUMBER(warntime_ms), 7000, NULL, "set" },
	{ "deadping 9\n", NUMBER(deadping_ms), 9000, NULL, "set" },
	{ "initdead 120\n", NUMBER(initdead_ms), 120000, NULL, "set" },
	{ "conn_logd_time 5\n", NUMBER(conn_logd_ms), 5000, NULL, "set" },
	{ "max_rexmit_delay 1\n", NUMBER(max_rexmit_delay_ms), 1, NULL, "smallest" },
	{ "max_rexmit_delay 10000\n", NUMBER(max_rexmit_delay_ms), 10000, NULL,
	    "milliseconds" },
	{ "uuidfrom nodename\n", NUMBER(uuid_from_name), 1, NULL, "set" },
	{ "hbgenmethod time\n", NUMBER(generation_from_time), 1, NULL, "set" },
	{ "compression bz2\n", NUMBER(compression), MSG_COMPRESS_BZ2, NULL, "set" },
	{ "compression_threshold 5\n", NUMBER(compression_threshold), 5120, NULL, "KB" },
	{ "traditional_compression yes\n", NUMBER(traditional_compression), 1, NULL,
	    "set" },
	{ "msgfmt netstring\n", NUMBER(netstring), 1, NULL, "set" },
	{ "logfile /var/log/x\n", TEXT(logfile), 0, "/var/log/x", "set" },
	{ "debugfile /var/log/y\n", TEXT(debugfile), 0, "/var/log/y", "set" },
	{ "logfacility daemon\n", NUMBER(logfacility), LOG_DAEMON, NULL, "set" },
	{ "logfacility security\n", NUMBER(logfacility), LOG_AUTH, NULL,
	    "an old name of auth" },
	{ "logfacility local7\n", NUMBER(logfacility), LOG_LOCAL7, NULL, "set" },
	{ "logfile /x\nlogfacility none\n", NUMBER(logfacility), -1, NULL, "no syslog" },
	{ "use_logd yes\n", NUMBER(use_logd), 1, NULL, "set" },
	{ "debug 255\n", NUMBER(debug), 255, NULL, "largest" },
	{ "syslogmsgfmt n\n", NUMBER(syslogmsgfmt), 0, NULL, "n is no" },
	{ "log_badpack OFF\n", NUMBER(log_badpack), 0, NULL, "any case" },
	{ "realtime 0\n", NUMBER(realtime), 0, NULL, "0 is no" },
	{ "rtprio 1\n", NUMBER(rtprio), 1, NULL, "smallest" },
	{ "rtprio 99\n", NUMBER(rtprio), 99, NULL, "largest" },
	{ "memreserve 1\n", NUMBER(memreserve_kb), 1, NULL, "smallest" },
	{ "coredumps False\n", NUMBER(coredumps), 0, NULL, "false is no" },
	{ "coreroot /tmp/c\n", TEXT(coreroot), 0, "/tmp/c", "set" },
	{ "watchdog /dev/w\n", TEXT(watchdog), 0, "/dev/w", "set" },
	{ "use_apphbd y\n", NUMBER(use_apphbd), 1, NULL, "y is yes" },
	{ "script_timeout 90\n", NUMBER(script_timeout_ms), 90000, NULL, "set" },
	{ "script_timeout 0\n", NUMBER(script_timeout_ms), 0, NULL, "never" },
	{ "after_partition merge\n", NUMBER(merges), 1, NULL, "set" },
	{ "after_partition restart\n", NUMBER(merges), 0, NULL, "as of old" },
	{ "crm_daemon_dir /opt/crm\n", TEXT(crm_daemon_dir), 0, "/opt/crm", "set" },
	/* auto_failback, with its synonyms and its predecessor */
	{ "", NUMBER(failback), FAILBACK_ON, NULL, "as the base file says" },
	{ "auto_failback yes\n", NUMBER(failback), FAILBACK_ON, NULL, "yes is on" },
	{ "auto_failback no\n", NUMBER(failback), FAILBACK_OFF, NULL, "no is off" },
	{ "auto_failback on off\n", NUMBER(failback), FAILBACK_OFF, NULL,
	    "the last wins" },
	{ "auto_failback LEGACY\n", NUMBER(failback), FAILBACK_LEGACY, NULL, "any case" },
	{ "nice_failback on\n", NUMBER(failback), FAILBACK_OFF, NULL, "on became off" },
	{ "nice_failback off\n", NUMBER(failback), FAILBACK_LEGACY, NULL,
	    "off became legacy" },
	/* crm */
	{ "crm off\n", NUMBER(crm), CRM_OFF, NULL, "off" },
	{ "crm no\n", NUMBER(crm), CRM_OFF, NULL, "no" },
	{ "crm on\n", NUMBER(crm), CRM_ON, NULL, "on" },
	{ "crm Respawn\n", NUMBER(crm), CRM_RESPAWN, NULL, "any case" },
	{ "pacemaker respawn\n", NUMBER(crm), CRM_RESPAWN, NULL, "the other name" },
	{ "pacemaker manual\n", NUMBER(crm), CRM_MANUAL, NULL, "manual" },
	{ "crm minimal\n", NUMBER(crm), CRM_MANUAL, NULL, "minimal is manual" },
	{ "crm valgrind\n", NUMBER(crm), CRM_VALGRIND, NULL, "valgrind" },
	{ "crm ccm-only\n", NUMBER(crm), CRM_CCM_ONLY, NULL, "ccm-only" },
	{ "crm on\nautojoin Other\n", NUMBER(autojoin), AUTOJOIN_OTHER, NULL,
	    "any case" },
	{ "crm on\nautojoin any\n", NUMBER(autojoin), AUTOJOIN_ANY, NULL, "any" },
	/* stonith: how many lines are for this node, how it waits */
	{ "stonith_host * null x y\n", NUMBER(stonith_count), 1, NULL, "for all" },
	{ "stonith_host ALPHA ssh h\n", NUMBER(stonith_count), 1, NULL,
	    "own name in any case" },
	{ "stonith_host * a x\nstonith baytech /etc/passwd\nstonith_host * b y\n",
	    NUMBER(stonith_count), 3, NULL, "all are kept" },
	{ "stonith_host * a x\nstonith_host bravo b y\n", NUMBER(stonith_count), 1, NULL,
	    "those of others are skipped" },
	{ "stonith_delay * 15\n", NUMBER(stonith_weaker_ms), 15000, NULL,
	    "who holds less" },
	{ "stonith_delay * 15\n", NUMBER(stonith_delay_ms), 0, NULL,
	    ".. and nobody else" },
	{ "stonith_delay Alpha 500ms\n", NUMBER(stonith_delay_ms), 500, NULL,
	    "this node" },
	{ "stonith_delay bravo 5\n", NUMBER(stonith_delay_ms), 0, NULL, "another" },
	{ "", NUMBER(stonith_timeout_ms), 120000, NULL, "default" },
	{ "stonith_timeout 10min\n", NUMBER(stonith_timeout_ms), 600000, NULL,
	    "as said" },
	/* the words of a line */
	{ "  \t keepalive \t 2 \r\n", NUMBER(keepalive_ms), 2000, NULL, "blanks, CR" },
	{ "keepalive 2#comment\n", NUMBER(keepalive_ms), 2000, NULL, "# cuts words" },
	{ "#keepalive 2\n", NUMBER(keepalive_ms), 1000, NULL, "a comment" },
	{ "keepalive 2", NUMBER(keepalive_ms), 2000, NULL, "no newline at the end" },
};

static void
check_field(size_t row)
{
	struct parsed p;
	const char *at;

	hacf_parse(&p, BASE_HACF, fields[row].lines);
	at = (const char *)&p.conf + fields[row].field;
	CHECK_INT(p.result, 0, "%s: %s", fields[row].lines, fields[row].why);
	if (fields[row].is_text)
		CHECK_STR(*(const char *const *)at, fields[row].want_text, "%s: %s",
		    fields[row].lines, fields[row].why);
	else if (fields[row].size == sizeof(bool))
		CHECK_INT(*(const bool *)at, fields[row].want, "%s: %s",
		    fields[row].lines, fields[row].why);
	else if (fields[row].size == sizeof(int))
		CHECK_INT(*(const int *)at, fields[row].want, "%s: %s", fields[row].lines,
		    fields[row].why);
	else
		CHECK_INT(*(const int64_t *)at, fields[row].want, "%s: %s",
		    fields[row].lines, fields[row].why);
	hacf_free(&p);
}

static void
test_fields(void)
{
	for (size_t i = 0; i < ROWS(fields); i++)
		check_field(i);
}

/* ---- Nodes, media, environment, clients. ------------------------------------- */

static void
test_nodes(void)
{
	struct parsed p;

	hacf_parse(&p, "",
	    "node Alpha, BRAVO charlie\nping 10.0.0.1\nping_group Up 10.0.0.2 10.0.0.3\n"
	    "bcast eth0\nauto_failback on\n");
	CHECK_INT(p.result, 0, "three members, a ping node and a group");
	CHECK_INT(p.conf.node_count, 5, "all are nodes");
	CHECK_STR(p.conf.node[0].name, "alpha", "lower case");
	CHECK_STR(p.conf.node[1].name, "bravo", "a comma parts them");
	CHECK(!p.conf.node[2].is_ping, "a member");
	CHECK(p.conf.node[3].is_ping, "a ping node");
	CHECK_STR(p.conf.node[4].name, "Up", "a group has its name as written");
	CHECK_INT(p.conf.node[4].line, 3, "line");
	CHECK(problem_find(&p.problems, "3 nodes share haresources"),
	    "old ones can do two");
	hacf_free(&p);
}

static void
test_many_nodes(void)
{
	static char text[16384];
	size_t used = 0;
	struct parsed p;

	for (int i = 0; i < 101; i++)
		used +=
		    (size_t)snprintf(text + used, sizeof(text) - used, "node n%d\n", i);
	hacf_parse(&p, BASE_HACF, text);
	CHECK_INT(p.result, 0, "a hundred is no limit");
	CHECK_INT(p.conf.node_count, 103, "alpha, bravo and these");
	CHECK(problem_find(&p.problems, "more than 100 nodes"), "said once");
	hacf_free(&p);
}

static void
test_media(void)
{
	const struct conf_medium *m;
	struct parsed p;

	hacf_parse(&p, "node alpha bravo\nauto_failback on\n",
	    "udpport 1694\nbaud 38400\nbcast eth0, eth1\nmcast  eth0\t239.0.0.43 694 1 0 "
	    "# group\n"
	    "ucast eth1 10.0.0.2\nudp eth2\nserial /dev/ttyS0\nmcast6 eth0 ff05::43 694 "
	    "1 0\n"
	    "ucast6 eth0 fe80::1%eth0\nping 10.0.0.1\n");
	m = p.conf.medium;
	CHECK_INT(p.result, 0, "all kinds");
	CHECK_INT(p.conf.medium_count, 9, "one for each interface");
	CHECK_STR(m[0].args, "eth0", "a comma is no part");
	CHECK_INT(m[0].udpport, 1694, "port in force");
	CHECK_INT(m[1].line, 5, "line");
	CHECK_INT(m[1].column, 13, "column");
	CHECK_STR(m[2].directive, "mcast", "kind");
	CHECK_STR(m[2].args, "eth0 239.0.0.43 694 1 0", "single blanks, no comment");
	CHECK_STR(m[4].directive, "bcast", "udp is bcast");
	CHECK_INT(m[5].baud, 38400, "rate in force");
	CHECK_STR(m[5].directive, "serial", "kind");
	CHECK_INT(p.conf.idle_count, 0, "all work");
	hacf_free(&p);
}

static void
test_port_after_medium(void)
{
	struct parsed p;

	hacf_parse(&p, "",
	    "node alpha bravo\nbcast eth0\nudpport 1694\nucast eth0 10.0.0.2\n");
	CHECK_INT(p.conf.medium[0].udpport, 694, "keeps the default");
	CHECK_INT(p.conf.medium[1].udpport, 1694, "takes the new one");
	CHECK(problem_find(&p.problems, "the medium of line 2 keeps port 694"), "said");
	hacf_free(&p);
	hacf_parse(&p, "",
	    "node alpha bravo\nmcast eth0 239.0.0.1 694 1 0\nudpport 1694\n");
	CHECK(!problem_find(&p.problems, "keeps port"), "mcast has its own port");
	hacf_free(&p);
}

static void
test_env(void)
{
	struct parsed p;

	hacf_parse(&p, BASE_HACF, "env A=b, C=d=e F=\n");
	CHECK_INT(p.result, 0, "three");
	CHECK_INT(p.conf.env_count, 3, "three");
	CHECK_STR(p.conf.env[1].name, "C", "up to the first =");
	CHECK_STR(p.conf.env[1].value, "d=e", "the rest");
	CHECK_STR(p.conf.env[2].value, "", "may be empty");
	hacf_free(&p);
}

static void
test_clients(void)
{
	struct parsed p;

	hacf_parse(&p, BASE_HACF,
	    "respawn root /bin/sh -c 'sleep  9; true' # c\nfailfast\troot   /bin/sh x\n");
	CHECK_INT(p.result, 0, "two clients");
	CHECK_INT(p.conf.client_count, 2, "two clients");
	CHECK_STR(p.conf.client[0].user, "root", "user");
	CHECK_INT(p.conf.client[0].uid, 0, "uid");
	CHECK_STR(p.conf.client[0].command, "/bin/sh -c 'sleep  9; true'",
	    "for the shell, as written");
	CHECK(!p.conf.client[0].failfast, "respawn");
	CHECK(p.conf.client[1].failfast, "failfast");
	CHECK_STR(p.conf.client[1].command, "/bin/sh x", "blanks before it are no part");
	hacf_free(&p);
}

static const struct conf_auth *
auth_find(const struct conf *conf, const char *client)
{
	for (size_t i = 0; i < conf->auth_count; i++)
		if (strcmp(conf->auth[i].client, client) == 0)
			return &conf->auth[i];
	return NULL;
}

static void
test_apiauth(void)
{
	const struct conf_auth *auth;
	struct parsed p;

	hacf_parse(&p, BASE_HACF, "apiauth mine uid=root,5 gid=0\napiauth ping uid=7\n");
	CHECK_INT(p.result, 0, "two lines");
	auth = auth_find(&p.conf, "mine");
	CHECK(auth && auth->uid_count == 2 && auth->gid_count == 1, "lists");
	CHECK(auth && auth->uid[1] == 5, "numbers");
	auth = auth_find(&p.conf, "ping");
	CHECK(auth && auth->uid_count == 1 && auth->gid_count == 0,
	    "a line replaces the default");
	auth = auth_find(&p.conf, "anon");
	CHECK(auth && auth->uid_count == 1 && auth->uid[0] == 0, "a default");
	CHECK(auth_find(&p.conf, "ipfail") && auth_find(&p.conf, "ccm"), "more defaults");
	CHECK(auth_find(&p.conf, "lha-snmpagent") != NULL, "more defaults");
	CHECK(!auth_find(&p.conf, "crmd"), "not without crm");
	hacf_free(&p);
	hacf_parse(&p, BASE_HACF, "crm on\n");
	CHECK(auth_find(&p.conf, "crmd") && auth_find(&p.conf, "stonith-ng"), "with crm");
	hacf_free(&p);
}

/* All devices of this node, in the order of the file, with their places. */
static void
test_devices(void)
{
	static const struct {
		const char *type, *file, *params;
		int line, column;
	} want[] = {
		{ "null", NULL, "x  y", 1, 16 },
		{ "baytech", "/etc/passwd", NULL, 2, 9 },
		{ "ssh", NULL, "", 4, 20 },
		{ "rhcs/x", NULL, "hostlist=a,b ip=1", 5, 16 },
	};
	struct parsed p;

	hacf_parse(&p,
	    "stonith_host * null x  y \nstonith baytech /etc/passwd\n"
	    "stonith_host bravo a b\nstonith_host alpha ssh\n"
	    "stonith_host * rhcs/x hostlist=a,b ip=1\n",
	    BASE_HACF);
	CHECK_INT(p.conf.stonith_count, ROWS(want), "those of this node");
	for (size_t i = 0; i < ROWS(want) && i < p.conf.stonith_count; i++) {
		const struct conf_stonith *d = &p.conf.stonith[i];

		CHECK_STR(d->type, want[i].type, "type");
		CHECK(!d->file == !want[i].file &&
		          (!d->file || strcmp(d->file, want[i].file) == 0),
		    "%s: file", d->type);
		CHECK(!d->params == !want[i].params &&
		          (!d->params || strcmp(d->params, want[i].params) == 0),
		    "%s: parameters", d->type);
		CHECK_INT(d->pairs, i == 3, "%s: names and values", d->type);
		CHECK_INT(d->line, want[i].line, "%s: line", d->type);
		CHECK_INT(d->column, want[i].column, "%s: column", d->type);
	}
	hacf_free(&p);
}

/* ---- What others may ask for. ------------------------------------------------ */

static const struct {
	const char *lines, *name, *want;
} params[] = {
	{ "", "keepalive", "1000ms" },
	{ "", "deadtime", "30000ms" },
	{ "", "deadping", "30000ms" },
	{ "", "warntime", "15000ms" },
	{ "", "initdead", "30000ms" },
	{ "", "udpport", "694" },
	{ "", "debug", "0" },
	{ "", "auto_failback", "on" },
	{ "", "pacemaker", "false" },
	{ "crm respawn\n", "pacemaker", "respawn" },
	{ "crm respawn\n", "crm", "respawn" },
	{ "keepalive 500MS\n", "keepalive", "500MS" },
	{ "keepalive 1 2\n", "keepalive", "2" },
	{ "deadtime 4\n", "warntime", "2000ms" },
	{ "", "crm", NULL },
	{ "", "logfile", NULL },
	{ "", "node", NULL },
	{ "", "bcast", NULL },
	{ "env A=b\n", "env", NULL },
	{ "use_apphbd yes\n", "use_apphbd", NULL },
	{ "", "nonsense", NULL },
	{ "", "hbversion", HB_VERSION },
};

static void
test_params(void)
{
	for (size_t i = 0; i < ROWS(params); i++) {
		const char *got;
		struct parsed p;

		hacf_parse(&p, BASE_HACF, params[i].lines);
		got = conf_param_find(&p.conf, params[i].name);
		if (params[i].want)
			CHECK_STR(got, params[i].want, "%s after %s", params[i].name,
			    params[i].lines);
		else
			CHECK(!got, "%s after %s", params[i].name, params[i].lines);
		hacf_free(&p);
	}
}

static void
test_logging_defaults_to_logd(void)
{
	struct parsed p;

	hacf_parse(&p, "", "bcast eth0\nnode alpha bravo\nauto_failback on\n");
	CHECK(p.conf.use_logd, "nothing configured");
	CHECK_STR(conf_param_find(&p.conf, "use_logd"), "yes", "served so");
	hacf_free(&p);
}

static const struct check_case cases[] = {
	{ "times", test_times },
	{ "new units warn", test_new_units_warn },
	{ "fields", test_fields },
	{ "nodes", test_nodes },
	{ "many nodes", test_many_nodes },
	{ "media", test_media },
	{ "port after medium", test_port_after_medium },
	{ "env", test_env },
	{ "clients", test_clients },
	{ "apiauth", test_apiauth },
	{ "devices", test_devices },
	{ "params", test_params },
	{ "logging defaults to logd", test_logging_defaults_to_logd },
};
CHECK_MAIN("config_values", cases)
