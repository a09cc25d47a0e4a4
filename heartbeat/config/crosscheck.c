/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What values of ha.cf say about each other (spec/config.md 5), in the order and with the
 * words of the old daemon; then what it never said, but people asked about for days.
 */
#include "heartbeat/config/reader.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

static int
line_of(const struct conf_reader *r, const char *directive)
{
	return r->seen[directive_find(directive) - conf_directives];
}

/* At the line of DIRECTIVE when the file has it. */
static struct place
place_of(const struct conf_reader *r, const char *directive)
{
	int line = directive ? line_of(r, directive) : 0;

	return (struct place){ r->file, line, line > 0 ? 1 : 0 };
}

static size_t
member_count(const struct conf *conf)
{
	size_t count = 0;

	for (size_t i = 0; i < conf->node_count; i++)
		count += !conf->node[i].is_ping;
	return count;
}

static bool
has_medium_like(const struct conf *conf, bool ping)
{
	for (size_t i = 0; i < conf->medium_count; i++) {
		const char *name = conf->medium[i].directive;

		if ((strncmp(name, "ping", 4) == 0) == ping)
			return true;
	}
	return false;
}

/* ---- The old daemon's checks. ------------------------------------------------ */

static void
check_media(struct conf_reader *r)
{
	if (has_medium_like(r->conf, false) || r->medium_refused)
		return;
	problem_add(r->problems, CONF_ERROR, place_of(r, NULL),
	    &(struct legacy){ LOG_ERR, "No heartbeat media defined", NULL },
	    "there is no medium%s; at least one line of bcast, mcast, ucast or serial is "
	    "needed, two are "
	    "wise",
	    has_medium_like(r->conf, true) ? " (ping nodes carry no heartbeats)" : "");
}

static void
check_nodes(struct conf_reader *r)
{
	if (member_count(r->conf) > 0 || r->conf->autojoin == AUTOJOIN_ANY)
		return;
	problem_add(r->problems, CONF_ERROR, place_of(r, NULL),
	    &(struct legacy){ LOG_ERR, "no nodes defined", NULL },
	    "there is no node; a line 'node NAME NAME' with the names of all nodes "
	    "(uname -n) is needed");
}

/* "node1" and "node1.example.com" are often meant to be one. */
static const char *
node_like(const struct conf *conf, const char *name)
{
	size_t len = strcspn(name, ".");

	for (size_t i = 0; i < conf->node_count; i++) {
		const char *node = conf->node[i].name;

		if (strcspn(node, ".") == len && strncasecmp(node, name, len) == 0)
			return node;
	}
	return NULL;
}

static void
check_own_name(struct conf_reader *r)
{
	struct conf *conf = r->conf;
	const char *like;

	for (size_t i = 0; i < conf->node_count; i++)
		if (!conf->node[i].is_ping && strcmp(conf->node[i].name, conf->self) == 0)
			return;
	if (conf->autojoin == AUTOJOIN_ANY) {
		problem_add(r->problems, CONF_NOTE, place_of(r, "autojoin"),
		    &(struct legacy){ LOG_NOTICE,
		        old(r, "Current node [%s] added to configuration.", conf->self),
		        NULL },
		    "this node, '%s', is not named; autojoin any adds it", conf->self);
		return;
	}
	if (conf->node_count == 0)
		return; /* said already */
	like = node_like(conf, conf->self);
	problem_add(r->problems, r->options.on_this_machine ? CONF_ERROR : CONF_NOTE,
	    (struct place){ r->file, conf->node[0].line, 1 },
	    &(struct legacy){ LOG_ERR,
	        old(r, "Current node [%s] not in configuration!", conf->self),
	        "By default, cluster nodes are named by `uname -n` and must be declared "
	        "with a 'node' "
	        "directive in the ha.cf file.\n"
	        "See also: http://linux-ha.org/wiki/Ha.cf#node_directive" },
	    "this machine is named '%s' and no node is%s%s%s", conf->self,
	    like ? "; '" : "", like ? like : "",
	    like ? "' must be written exactly as uname -n prints it" : "");
}

static void
check_times(struct conf_reader *r)
{
	const struct conf *conf = r->conf;
	long long keepalive = conf->keepalive_ms, deadtime = conf->deadtime_ms;
	long long initdead = conf->initdead_ms, deadping = conf->deadping_ms;

	if (deadtime <= 2 * keepalive)
		problem_add(r->problems, CONF_ERROR,
		    place_of(r, line_of(r, "deadtime") ? "deadtime" : "keepalive"),
		    &(struct legacy){ LOG_ERR,
		        old(r,
		            "Dead time [%lld] is too small compared to keeplive [%lld]",
		            deadtime, keepalive),
		        NULL },
		    "deadtime %lld ms is not more than twice keepalive (%lld ms): one "
		    "lost packet would "
		    "kill a node",
		    deadtime, keepalive);
	if (initdead < deadtime)
		problem_add(r->problems, CONF_ERROR, place_of(r, "initdead"),
		    &(struct legacy){ LOG_ERR,
		        old(r, "Initial dead time [%lld] is smaller than deadtime [%lld]",
		            initdead, deadtime),
		        NULL },
		    "initdead %lld ms is less than deadtime (%lld ms)", initdead,
		    deadtime);
	else if (initdead < 10000)
		problem_add(r->problems, CONF_WARNING, place_of(r, "initdead"),
		    &(struct legacy){ LOG_WARNING,
		        old(r, "Initial dead time [%lld ms] may be too small!", initdead),
		        "Initial dead time accounts for slow network startup time\n"
		        "It should be >= deadtime and >= 10 seconds" },
		    "initdead %lld ms may be too short for a network that comes up "
		    "slowly; 10 s or more, "
		    "and at least twice deadtime, is wise",
		    initdead);
	if (deadping > 0 && deadping <= 2 * keepalive)
		problem_add(r->problems, CONF_ERROR, place_of(r, "deadping"),
		    &(struct legacy){ LOG_ERR,
		        old(r,
		            "Ping dead time [%lld] is too small compared to keeplive "
		            "[%lld]",
		            deadping, keepalive),
		        NULL },
		    "deadping %lld ms is not more than twice keepalive (%lld ms)",
		    deadping, keepalive);
}

static void
check_failback(struct conf_reader *r)
{
	if (r->conf->crm != CRM_OFF || r->conf->failback != FAILBACK_LEGACY)
		return;
	problem_add(r->problems, CONF_WARNING, place_of(r, "auto_failback"),
	    &(struct legacy){ LOG_WARNING,
	        "Deprecated 'legacy' auto_failback option selected.\n"
	        "Please convert to 'auto_failback on'.\n"
	        "See documentation for conversion details.",
	        NULL },
	    "auto_failback is %s; write 'auto_failback on' (groups go home) or 'off' "
	    "(they stay)",
	    line_of(r, "auto_failback") ? "legacy: no standby, no ipfail"
	                                : "not set, which means legacy");
}

static void
check_logging(struct conf_reader *r)
{
	struct conf *conf = r->conf;
	bool facility = conf->logfacility >= 0;
	bool entry = conf->logfile || conf->debugfile || facility;

	if (!entry && line_of(r, "use_logd") == 0) {
		problem_add(r->problems, CONF_NOTE, place_of(r, NULL),
		    &(struct legacy){ LOG_INFO, "No log entry found in ha.cf -- use logd",
		        NULL },
		    "there is no logfile, debugfile or logfacility: use_logd becomes "
		    "yes");
		conf->use_logd = true;
	} else if (!entry && !conf->use_logd) {
		problem_add(r->problems, CONF_ERROR, place_of(r, "use_logd"),
		    &(struct legacy){ LOG_ERR,
		        "No log entry found in ha.cf and use_logd is set to off", NULL },
		    "there is no logfile, debugfile or logfacility, and use_logd is off: "
		    "nothing would be "
		    "logged");
	} else if (entry && !conf->use_logd) {
		problem_add(r->problems, CONF_NOTE, place_of(r, "use_logd"),
		    &(struct legacy){ LOG_WARNING,
		        "Logging daemon is disabled --enabling logging daemon is "
		        "recommended",
		        NULL },
		    "use_logd is off: the logging daemon is not used");
	} else if (entry) {
		problem_add(r->problems, CONF_WARNING, place_of(r, "use_logd"),
		    &(struct legacy){ LOG_WARNING,
		        old(r,
		            "logd is enabled but logfile/debugfile%s is still configured "
		            "in ha.cf",
		            facility ? "/logfacility" : ""),
		        NULL },
		    "use_logd is on: logfile, debugfile and logfacility are only used "
		    "while the logging "
		    "daemon is away");
	}
}

static void
check_autojoin(struct conf_reader *r)
{
	if (r->conf->crm != CRM_OFF || r->conf->autojoin == AUTOJOIN_NONE)
		return;
	problem_add(r->problems, CONF_ERROR, place_of(r, "autojoin"),
	    &(struct legacy){ LOG_ERR,
	        "R1 style resource management conflicts with  autojoin set\n"
	        "You need either unset autojoin or enable crm",
	        NULL },
	    "autojoin needs crm; with haresources only 'autojoin none' is allowed");
}

/* ---- What the old daemon never said. ----------------------------------------- */

static void
check_warntime(struct conf_reader *r)
{
	const struct conf *conf = r->conf;

	if (conf->warntime_ms >= conf->deadtime_ms)
		problem_add(r->problems, CONF_WARNING, place_of(r, "warntime"), NULL,
		    "warntime %lld ms is not below deadtime (%lld ms): a node is dead "
		    "before the warning "
		    "of a late heartbeat could come",
		    (long long)conf->warntime_ms, (long long)conf->deadtime_ms);
	else if (conf->warntime_ms <= conf->keepalive_ms)
		problem_add(r->problems, CONF_WARNING, place_of(r, "warntime"), NULL,
		    "warntime %lld ms is not above keepalive (%lld ms): every heartbeat "
		    "would be late",
		    (long long)conf->warntime_ms, (long long)conf->keepalive_ms);
	if (line_of(r, "initdead") > 0 && conf->initdead_ms < 2 * conf->deadtime_ms &&
	    conf->initdead_ms >= 10000)
		problem_add(r->problems, CONF_NOTE, place_of(r, "initdead"), NULL,
		    "initdead %lld ms is less than twice deadtime (%lld ms): a node that "
		    "boots slowly is "
		    "taken for dead",
		    (long long)conf->initdead_ms, (long long)conf->deadtime_ms);
	if (line_of(r, "keepalive") == 0 && line_of(r, "deadtime") == 0)
		problem_add(r->problems, CONF_NOTE, place_of(r, NULL), NULL,
		    "neither keepalive nor deadtime is given: 1 s and 30 s are used");
}

static void
check_ping(struct conf_reader *r)
{
	static const char *const directives[] = { "ping", "ping6", "ping_group" };
	bool pings = has_medium_like(r->conf, true) || r->ping_refused;

	if (r->conf->crm != CRM_OFF)
		return;
	if (r->ipfail_line > 0 && !pings)
		problem_add(r->problems, CONF_WARNING,
		    (struct place){ r->file, r->ipfail_line, 1 }, NULL,
		    "ipfail is started but there is no ping node for it to watch; a line "
		    "'ping ADDRESS' of "
		    "a router is needed");
	for (size_t i = 0;
	     pings && r->ipfail_line == 0 && i < sizeof(directives) / sizeof(*directives);
	     i++)
		if (line_of(r, directives[i]) > 0) {
			problem_add(r->problems, CONF_WARNING, place_of(r, directives[i]),
			    NULL,
			    "%s: nobody watches it; 'respawn hacluster "
			    "/usr/libexec/heartbeat/ipfail' does",
			    directives[i]);
			return;
		}
	if (r->ipfail_line > 0 && r->conf->failback == FAILBACK_LEGACY)
		problem_add(r->problems, CONF_WARNING,
		    (struct place){ r->file, r->ipfail_line, 1 }, NULL,
		    "ipfail does nothing while auto_failback is legacy; write "
		    "'auto_failback on' or 'off'");
}

static void
check_member_number(struct conf_reader *r)
{
	size_t members = member_count(r->conf);

	if (members > 2 && r->conf->crm == CRM_OFF)
		problem_add(r->problems, CONF_WARNING, place_of(r, "node"), NULL,
		    "%zu nodes share haresources; old daemons can only do two, so all "
		    "must be new ones",
		    members);
	if (members == 1)
		problem_add(r->problems, CONF_NOTE, place_of(r, "node"), NULL,
		    "there is one node only: nobody can take over");
}

/* How many ucast lines leave through the interface of medium I. */
static size_t
ucast_count(const struct conf *conf, size_t i)
{
	const char *args = conf->medium[i].args;
	size_t count = 0, len = strcspn(args, " ") + 1;

	for (size_t j = 0; j < conf->medium_count; j++)
		count += strcmp(conf->medium[j].directive, "ucast") == 0 &&
		         strncmp(conf->medium[j].args, args, len) == 0;
	return count;
}

static void
check_ucast(struct conf_reader *r)
{
	const struct conf *conf = r->conf;
	size_t members = member_count(conf), last = 0;
	bool found = false;

	for (size_t i = 0; i < conf->medium_count; i++) {
		if (strcmp(conf->medium[i].directive, "ucast") != 0)
			continue;
		found = true;
		last = i;
		if (ucast_count(conf, i) > members && members > 0) {
			problem_add(r->problems, CONF_WARNING,
			    (struct place){ r->file, conf->medium[i].line,
			        conf->medium[i].column },
			    NULL,
			    "ucast: interface %.*s has %zu peers, but there are only %zu "
			    "nodes",
			    (int)strcspn(conf->medium[i].args, " "), conf->medium[i].args,
			    ucast_count(conf, i), members);
			return;
		}
	}
	if (found && ucast_count(conf, last) < members && members > 1)
		problem_add(r->problems, CONF_NOTE,
		    (struct place){ r->file, conf->medium[last].line,
		        conf->medium[last].column },
		    NULL,
		    "ucast: there is a line for %zu of %zu nodes; a file that is shared "
		    "by all nodes needs "
		    "one for each (the own one is harmless)",
		    ucast_count(conf, last), members);
}

/* Two nodes that lose each other both reset the other, unless one waits. */
static void
check_stonith(struct conf_reader *r)
{
	const struct conf *conf = r->conf;
	bool waits = conf->stonith_weaker_ms > 0 || conf->stonith_delay_ms > 0;

	if (conf->crm != CRM_OFF && conf->stonith_count > 0)
		problem_add(r->problems, CONF_WARNING,
		    (struct place){ r->file, conf->stonith[0].line, 1 }, NULL,
		    "stonith: not used because '%s' is enabled: its stonithd resets "
		    "nodes",
		    conf->crm_directive ? conf->crm_directive : "crm");
	else if (waits && conf->stonith_count == 0)
		problem_add(r->problems, CONF_NOTE, (struct place){ r->file, 0, 0 }, NULL,
		    "stonith_delay: this node has no device that could wait");
	else if (conf->stonith_count > 0 && !waits && member_count(conf) == 2)
		problem_add(r->problems, CONF_NOTE,
		    (struct place){ r->file, conf->stonith[0].line,
		        conf->stonith[0].column },
		    NULL,
		    "two nodes that lose each other reset both: 'stonith_delay * 15s' "
		    "lets the one that holds more be first");
}

void
crosscheck(struct conf_reader *r)
{
	check_media(r);
	check_nodes(r);
	check_own_name(r);
	check_times(r);
	check_failback(r);
	check_logging(r);
	check_autojoin(r);
	check_warntime(r);
	check_ping(r);
	check_member_number(r);
	check_ucast(r);
	check_stonith(r);
}
