/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directives of ha.cf (spec/config.md 4): one table for the parser, "heartbeat -D",
 * "heartbeat -v" and the test that compares it with ha.cf(5).  Where -D and -v print a
 * row the order is theirs; ha.cf(5) groups by subject.
 *
 * The parsers here take one value into one field; those with more to say are in
 * special.c, clients.c and media_check.c.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#define FIELD(name) offsetof(struct conf, name), sizeof(((struct conf *)0)->name)
#define NO_FIELD 0, 0
#define YEAR (365LL * 24 * 3600 * 1000)
#define HOUR (3600LL * 1000)
#define MEDIUM_LIST (CONF_MEDIUM | CONF_LIST)
#define MEDIUM_LINE (CONF_MEDIUM | CONF_LINE)
#define KEPT (CONF_LIST | CONF_KEPT)

static int parse_time(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);
static int parse_choice(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w);

/* Values by name. */

static const struct choice autojoin_choices[] = {
	{ "none", AUTOJOIN_NONE },
	{ "other", AUTOJOIN_OTHER },
	{ "any", AUTOJOIN_ANY },
	{ NULL, 0 },
};
static const struct choice partition_choices[] = { { "restart", false },
	{ "merge", true }, { NULL, 0 } };
static const struct choice uuid_choices[] = { { "file", false }, { "nodename", true },
	{ NULL, 0 } };
static const struct choice generation_choices[] = { { "file", false }, { "time", true },
	{ NULL, 0 } };
static const struct choice format_choices[] = { { "classic", false },
	{ "netstring", true }, { NULL, 0 } };
static const struct choice compression_choices[] = { { "zlib", MSG_COMPRESS_ZLIB },
	{ "bz2", MSG_COMPRESS_BZ2 }, { NULL, 0 } };

#define OLD_BOOL "ha_config_check_boolean:Invalid directive value %s"
#define CIB_ONLY " (valid only with: pacemaker on)"

/* clang-format off */
static const struct directive directives[] = {
	{ "cluster", parse_word, FIELD(cluster), 0, 0, KEPT, "linux-ha", "the name of cluster", NULL, NULL },
	{ "node", parse_node, NO_FIELD, 0, 0, CONF_LIST, NULL, NULL, NULL, NULL },
	{ "hopfudge", parse_number, FIELD(hopfudge), 0, 255, KEPT, "1",
	    "# of hops above cluster size", NULL, NULL },
	{ "keepalive", parse_time, FIELD(keepalive_ms), 1, HOUR, KEPT, "1000ms", "keepalive time", NULL, NULL },
	{ "deadtime", parse_time, FIELD(deadtime_ms), 0, YEAR, KEPT, "30000ms", "node deadtime", NULL, NULL },
	{ "deadping", parse_time, FIELD(deadping_ms), 1, YEAR, KEPT, NULL, "ping deadtime", NULL, NULL },
	{ "initdead", parse_time, FIELD(initdead_ms), 0, YEAR, KEPT, NULL, "initial deadtime", NULL, NULL },
	{ "warntime", parse_time, FIELD(warntime_ms), 1, YEAR, KEPT, NULL, "warning time",
	    "Warn time [%s] is invalid.", NULL },
	{ "watchdog", parse_watchdog, FIELD(watchdog), 0, 0, KEPT | CONF_ONCE, NULL,
	    "watchdog device", NULL, NULL },
	{ "baud", parse_baud, NO_FIELD, 9600, 460800, KEPT | CONF_ONCE, "19200", "baud rate",
	    "invalid baudrate [%s] specified.", NULL },
	{ "udpport", parse_udpport, NO_FIELD, 1, 65535, KEPT, NULL, "UDP port number",
	    "invalid port [%s] specified.", NULL },
	{ "bcast", parse_medium, NO_FIELD, 0, 0, MEDIUM_LIST, NULL, NULL, NULL, NULL },
	{ "udp", parse_medium, NO_FIELD, 0, 0, MEDIUM_LIST, NULL, NULL, NULL, NULL },
	{ "mcast", parse_medium, NO_FIELD, 0, 0, MEDIUM_LINE, NULL, NULL, NULL, NULL },
	{ "mcast6", parse_medium, NO_FIELD, 0, 0, MEDIUM_LINE, NULL, NULL, NULL, NULL },
	{ "ucast", parse_medium, NO_FIELD, 0, 0, MEDIUM_LINE, NULL, NULL, NULL, NULL },
	{ "ucast6", parse_medium, NO_FIELD, 0, 0, MEDIUM_LINE, NULL, NULL, NULL, NULL },
	{ "serial", parse_medium, NO_FIELD, 0, 0, MEDIUM_LIST, NULL, NULL, NULL, NULL },
	{ "ping", parse_medium, NO_FIELD, 0, 0, MEDIUM_LIST, NULL, NULL, NULL, NULL },
	{ "ping6", parse_medium, NO_FIELD, 0, 0, MEDIUM_LIST, NULL, NULL, NULL, NULL },
	{ "ping_group", parse_medium, NO_FIELD, 0, 0, MEDIUM_LINE, NULL, NULL, NULL, NULL },
	{ "logfacility", parse_choice, FIELD(logfacility), 0, 0, KEPT, NULL, "syslog log facility",
	    "Log facility(%s) not valid", log_facilities },
	{ "logfile", parse_word, FIELD(logfile), 0, 0, KEPT, NULL, "log file", NULL, NULL },
	{ "debugfile", parse_word, FIELD(debugfile), 0, 0, KEPT, NULL, "debug file", NULL, NULL },
	{ "auto_failback", parse_failback, FIELD(failback), 0, 0, KEPT, "legacy", "auto failback", NULL, NULL },
	{ "nice_failback", parse_nice_failback, FIELD(failback), 0, 0, CONF_LIST, NULL, NULL, NULL, NULL },
	{ "script_timeout", parse_time, FIELD(script_timeout_ms), 0, YEAR, KEPT | CONF_NEW, NULL,
	    "time limit of a resource script", NULL, NULL },
	{ "after_partition", parse_choice, FIELD(merges), 0, 0, KEPT | CONF_NEW, NULL,
	    "what follows a healed partition", "Invalid after_partition directive [%s]", partition_choices },
	{ "stonith", parse_stonith, NO_FIELD, 0, 0, CONF_LINE, NULL, NULL, NULL, NULL },
	{ "stonith_host", parse_stonith_host, NO_FIELD, 0, 0, CONF_LINE, NULL, NULL, NULL, NULL },
	{ "stonith_delay", parse_stonith_delay, NO_FIELD, 0, HOUR, CONF_LINE | CONF_NEW, NULL, NULL, NULL, NULL },
	{ "stonith_timeout", parse_time, FIELD(stonith_timeout_ms), 1000, YEAR, KEPT | CONF_NEW, NULL,
	    "time limit of one fencing device", NULL, NULL },
	{ "respawn", parse_client, NO_FIELD, 0, 0, CONF_LINE, NULL, NULL, NULL, NULL },
	{ "failfast", parse_client, NO_FIELD, 0, 0, CONF_LINE, NULL, NULL, NULL, NULL },
	{ "apiauth", parse_apiauth, NO_FIELD, 0, 0, CONF_LINE, NULL, NULL, NULL, NULL },
	{ "env", parse_env, NO_FIELD, 0, 0, CONF_LIST, NULL, NULL, "set_env: invalid nvpair(%s)", NULL },
	{ "rtprio", parse_number, FIELD(rtprio), 1, 99, KEPT, NULL, "realtime priority",
	    "Illegal realtime priority [%s]", NULL },
	{ "hbgenmethod", parse_choice, FIELD(generation_from_time), 0, 0, KEPT, "file",
	    "protocol generation computation method", "Illegal hb generation method [%s]",
	    generation_choices },
	{ "realtime", parse_bool, FIELD(realtime), 0, 0, KEPT, "true", "enable realtime behavior?", NULL, NULL },
	{ "debug", parse_number, FIELD(debug), 0, 255, KEPT, NULL, "debug level", NULL, NULL },
	{ "msgfmt", parse_choice, FIELD(netstring), 0, 0, KEPT, "classic", "message format in the wire",
	    NULL, format_choices },
	{ "use_logd", parse_bool, FIELD(use_logd), 0, 0, KEPT, NULL, "use logging daemon", NULL, NULL },
	{ "conn_logd_time", parse_time, FIELD(conn_logd_ms), 1, YEAR, KEPT, "60",
	    "the interval to reconnect to logd", NULL, NULL },
	{ "log_badpack", parse_bool, FIELD(log_badpack), 0, 0, KEPT, "true", "warn about bad packets", NULL,
	    NULL },
	{ "syslogmsgfmt", parse_bool, FIELD(syslogmsgfmt), 0, 0, KEPT, "true",
	    "log to files in syslog format", NULL, NULL },
	{ "coredumps", parse_bool, FIELD(coredumps), 0, 0, KEPT, "true", "enable Linux-HA core dumps", NULL,
	    NULL },
	{ "coreroot", parse_coreroot, FIELD(coreroot), 0, 0, KEPT, NULL,
	    "set root directory of core dump area", "Invalid core directory [%s]", NULL },
	{ "crm_daemon_dir", parse_crm_early, FIELD(crm_daemon_dir), 0, 0, KEPT, NULL,
	    "directory of the CRM daemons", NULL, NULL },
	{ "crmd_spawns_pengine", parse_crm_early, NO_FIELD, 0, 0, KEPT, NULL,
	    "should pengine be spawned directly by heartbeat", OLD_BOOL, NULL },
	{ "pacemaker", parse_crm, FIELD(crm), 0, 0, KEPT | CONF_ONCE, "false",
	    "enable Pacemaker resource management", NULL, NULL },
	{ "crm", parse_crm, FIELD(crm), 0, 0, KEPT | CONF_ONCE, NULL, NULL, NULL, NULL },
	{ "autojoin", parse_choice, FIELD(autojoin), 0, 0, KEPT, "none", "set automatic join mode/style",
	    "Invalid autojoin directive [%s]", autojoin_choices },
	{ "uuidfrom", parse_choice, FIELD(uuid_from_name), 0, 0, KEPT, "file", "set the source for uuid",
	    "Invalid uuidfrom directive [%s]", uuid_choices },
	{ "compression", parse_choice, FIELD(compression), 0, 0, KEPT, "zlib", "set compression module",
	    "Compression module(%s) not found", compression_choices },
	{ "compression_threshold", parse_threshold, FIELD(compression_threshold), 1, 2048, KEPT, "2",
	    "set compression threshold", "set_compression_threshold: compress_threshhold(%s) invalid", NULL },
	{ "traditional_compression", parse_bool, FIELD(traditional_compression), 0, 0, KEPT, "no",
	    "set traditional_compression", "set_traditional_compression:Invalid directive value %s", NULL },
	{ "max_rexmit_delay", parse_number, FIELD(max_rexmit_delay_ms), 1, HOUR, KEPT, "250",
	    "set the maximum rexmit delay time", "Invalid max_rexmit_delay time(%s)", NULL },
	{ "record_config_changes", parse_bool, NO_FIELD, 0, 0, KEPT | CONF_IDLE, "on",
	    "record changes to the cib" CIB_ONLY, OLD_BOOL, NULL },
	{ "record_pengine_inputs", parse_bool, NO_FIELD, 0, 0, KEPT | CONF_IDLE, "on",
	    "record the input used by the policy engine" CIB_ONLY, OLD_BOOL, NULL },
	{ "enable_config_writes", parse_bool, NO_FIELD, 0, 0, KEPT | CONF_IDLE, "on",
	    "write configuration changes to disk" CIB_ONLY, OLD_BOOL, NULL },
	{ "memreserve", parse_number, FIELD(memreserve_kb), 1, 64 * 1024 * 1024, KEPT, "6500",
	    "number of kbytes to preallocate in heartbeat", NULL, NULL },
	{ "quorum_server", parse_word, NO_FIELD, 0, 0, KEPT | CONF_IDLE, NULL,
	    "the name or ip of quorum server", NULL, NULL },
	{ "use_apphbd", parse_bool, FIELD(use_apphbd), 0, 0, CONF_LIST, NULL, NULL, NULL, NULL },
	{ "normalpoll", parse_bool, NO_FIELD, 0, 0, CONF_LIST | CONF_IDLE, NULL, NULL, NULL, NULL },
};
/* clang-format on */

_Static_assert(ARRAY_LEN(directives) <= HACF_DIRECTIVES_MAX,
    "conf_reader has a place for each");

const struct directive *const conf_directives = directives;
const size_t conf_directive_count = ARRAY_LEN(directives);

const struct directive *
directive_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(directives); i++)
		if (strcmp(directives[i].name, name) == 0)
			return &directives[i];
	return NULL;
}

/* Fields. */

static void *
field_of(struct conf_reader *r, const struct directive *d)
{
	return (char *)r->conf + d->field;
}

static void
field_set(struct conf_reader *r, const struct directive *d, int64_t value)
{
	switch (d->field_size) {
	case 0: /* checked and remembered as text only */
		return;
	case sizeof(bool):
		*(bool *)field_of(r, d) = value != 0;
		return;
	case sizeof(int):
		*(int *)field_of(r, d) = (int)value;
		return;
	default:
		*(int64_t *)field_of(r, d) = value;
	}
}

/* The old daemon's words for a refused value, or NULL where it was silent. */
static const char *
old_refusal(struct conf_reader *r, const struct directive *d, const char *value)
{
	const char *hole = d->legacy ? strstr(d->legacy, "%s") : NULL;

	if (!hole)
		return NULL;
	return old(r, "%.*s%s%s", (int)(hole - d->legacy), d->legacy, value, hole + 2);
}

/* Parsers of one value. */

int
parse_word(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	if (d->field_size > 0)
		*(const char **)field_of(r, d) = arena_str(r->arena, w->text);
	return 0;
}

int
parse_number(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	int64_t value;

	if (!value_number_parse(w->text, &value))
		return refuse(r, w->column, old_refusal(r, d, w->text),
		    "%s: '%s' is not a whole number; %lld to %lld is allowed", d->name,
		    w->text, (long long)d->min, (long long)d->max);
	if (value < d->min || value > d->max)
		return refuse(r, w->column, old_refusal(r, d, w->text),
		    "%s: %s is out of range; %lld to %lld is allowed", d->name, w->text,
		    (long long)d->min, (long long)d->max);
	field_set(r, d, value);
	return 0;
}

static int
parse_time(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	char low[32], high[32];
	bool new_unit;
	int64_t ms;

	if (!value_time_parse(w->text, &ms, &new_unit))
		return refuse(r, w->column, old_refusal(r, d, w->text),
		    "%s: '%s' is not a time; allowed is a number of seconds, or a number "
		    "with a unit: "
		    "2, 1.5, 500ms, 250000us, 10s, 5min",
		    d->name, w->text);
	if (ms < d->min || ms > d->max)
		return refuse(r, w->column, old_refusal(r, d, w->text),
		    "%s: %s is out of range; %s to %s is allowed", d->name, w->text,
		    value_time_format(d->min, low, sizeof(low)),
		    value_time_format(d->max, high, sizeof(high)));
	if (new_unit)
		warn(r, w->column, NULL,
		    "%s: old daemons refuse the unit of '%s'; '%lldms' is understood by "
		    "all",
		    d->name, w->text, (long long)ms);
	field_set(r, d, ms);
	return 0;
}

int
parse_bool(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	bool value;

	if (!value_bool_parse(w->text, &value))
		return refuse(r, w->column, old_refusal(r, d, w->text),
		    "%s: '%s' is neither yes nor no; allowed are true on yes y 1 and "
		    "false off no n 0",
		    d->name, w->text);
	field_set(r, d, value);
	return 0;
}

static const char *
choices_format(const struct choice *choices, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (; choices->name && used < size; choices++) {
		const char *glue = used == 0 ? "" : choices[1].name ? ", " : " or ";
		int n = snprintf(buf + used, size - used, "%s%s", glue, choices->name);

		used += n > 0 ? (size_t)n : 0;
	}
	return buf;
}

static int
parse_choice(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	/* autojoin alone took any case. */
	bool any_case = d->choices == autojoin_choices;
	char allowed[256];

	for (const struct choice *c = d->choices; c->name; c++) {
		if ((any_case ? strcasecmp(c->name, w->text)
		              : strcmp(c->name, w->text)) == 0) {
			field_set(r, d, c->value);
			return 0;
		}
	}
	return refuse(r, w->column, old_refusal(r, d, w->text),
	    "%s: '%s' is unknown; %s is allowed", d->name, w->text,
	    choices_format(d->choices, allowed, sizeof(allowed)));
}
