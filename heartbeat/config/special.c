/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directives of ha.cf that do more than put a value into a field (spec/config.md 4, 7,
 * 9).
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define NODE_NAME_MAX 255
#define STONITH_TYPE_MAX 63
#define STONITH_HOST_MAX 63

static int
seen_line(const struct conf_reader *r, const struct directive *d)
{
	return r->seen[d - conf_directives];
}

/* Nodes. */

int
parse_node(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	struct conf *conf = r->conf;
	char *name = arena_str(r->arena, w->text);

	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (strlen(name) > NODE_NAME_MAX)
		return refuse(r, w->column, NULL, "%s: the name is longer than %d bytes",
		    d->name, NODE_NAME_MAX);
	if (conf->node_count >= HACF_NODES_MAX)
		return refuse(r, w->column, NULL, "%s: there are more than %d nodes",
		    d->name, HACF_NODES_MAX);
	for (size_t i = 0; i < conf->node_count; i++)
		if (strcmp(conf->node[i].name, name) == 0)
			return refuse(r, w->column, NULL,
			    "%s: '%s' is there already, in line %d; each node is named "
			    "once (upper and "
			    "lower case are the same)",
			    d->name, w->text, conf->node[i].line);
	if (strpbrk(name, "*?[]{}~"))
		warn(r, w->column, NULL,
		    "%s: '%s' is taken as it is: there are no ranges and no patterns",
		    d->name, w->text);
	conf->node =
	    arena_grow(r->arena, conf->node, conf->node_count, sizeof(*conf->node));
	conf->node[conf->node_count++] =
	    (struct conf_node){ .name = name, .line = r->line };
	if (conf->node_count == HACF_NODES_OLD_MAX + 1)
		warn(r, w->column, NULL,
		    "%s: more than %d nodes; old daemons refuse such a file", d->name,
		    HACF_NODES_OLD_MAX);
	return 0;
}

/* Media parameters. */

int
parse_udpport(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	const struct servent *service = NULL;
	int64_t port;

	if (!value_number_parse(w->text, &port) || port < d->min || port > d->max)
		return refuse(r, w->column,
		    old(r, "invalid port [%s] specified.", w->text),
		    "udpport: '%s' is not a port; 1 to 65535 is allowed", w->text);
	if (r->port_user_line > 0)
		warn(r, r->column,
		    "heartbeat: udpport setting must precede media statements",
		    "udpport: the medium of line %d keeps port %u; put udpport above the "
		    "media",
		    r->port_user_line, r->udpport);
	if (r->options.on_this_machine)
		service = getservbyport(htons((uint16_t)port), "udp");
	if (service && strcmp(service->s_name, "ha-cluster") != 0)
		warn(r, w->column,
		    old(r, "heartbeat: udp port %d reserved for service \"%s\".",
		        (int)port, service->s_name),
		    "udpport: port %d belongs to service '%s' in /etc/services; 694 is "
		    "heartbeat's",
		    (int)port, service->s_name);
	r->udpport = (uint16_t)port;
	return 0;
}

int
parse_baud(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	static const int rates[] = { 9600, 19200, 38400, 57600, 115200, 230400, 460800 };
	int64_t baud;

	if (seen_line(r, d) > 0)
		return refuse(r, w->column, "Baudrate multiply specified.",
		    "baud: it is there already, in line %d; one is allowed",
		    seen_line(r, d));
	if (!value_number_parse(w->text, &baud))
		baud = 0;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		if (rates[i] != baud)
			continue;
		if (r->serial_line > 0)
			warn(r, r->column,
			    "heartbeat: baudrate setting must precede media statements",
			    "baud: the serial line of line %d keeps %d; put baud above "
			    "it",
			    r->serial_line, r->baud);
		r->baud = (int)baud;
		return 0;
	}
	return refuse(r, w->column, old(r, "invalid baudrate [%s] specified.", w->text),
	    "baud: '%s' is not a rate; 9600, 19200, 38400, 57600, 115200, 230400 or "
	    "460800 is allowed",
	    w->text);
}

int
parse_threshold(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w)
{
	int64_t kilobytes;

	if (!value_number_parse(w->text, &kilobytes) || kilobytes < d->min ||
	    kilobytes > d->max)
		return refuse(r, w->column,
		    old(r, "set_compression_threshold: compress_threshhold(%s) invalid",
		        w->text),
		    "%s: '%s' is not a number of kilobytes; %d to %d is allowed", d->name,
		    w->text, (int)d->min, (int)d->max);
	r->conf->compression_threshold = (size_t)kilobytes * 1024;
	return 0;
}

/* Policy. */

int
parse_failback(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w)
{
	bool on;

	if (strcasecmp(w->text, "legacy") == 0)
		r->conf->failback = FAILBACK_LEGACY;
	else if (value_bool_parse(w->text, &on))
		r->conf->failback = on ? FAILBACK_ON : FAILBACK_OFF;
	else
		return refuse(r, w->column, NULL,
		    "%s: '%s' is unknown; on, off or legacy is allowed", d->name,
		    w->text);
	return 0;
}

/* An error by its words, but never a refusal. */
int
parse_nice_failback(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w)
{
	const char *now, *was;
	bool nice;

	if (!value_bool_parse(w->text, &nice))
		return refuse(r, w->column,
		    "nice_failback flag is obsolete.. Use auto_failback {on, off, "
		    "legacy} instead.\n"
		    "See documentation for details.",
		    "%s: '%s' is neither on nor off; write auto_failback on, off or "
		    "legacy instead",
		    d->name, w->text);
	was = nice ? "on" : "off";
	now = nice ? "off" : "legacy";
	r->conf->failback = nice ? FAILBACK_OFF : FAILBACK_LEGACY;
	problem_add(r->problems, CONF_WARNING,
	    (struct place){ r->file, r->line, r->column },
	    &(struct legacy){ LOG_ERR,
	        old(r,
	            "nice_failback flag is obsolete.. Use auto_failback {on, off, "
	            "legacy} instead.\n"
	            "'nice_failback %s' has been changed to 'auto_failback %s'\n"
	            "See documentation for details.",
	            was, now),
	        NULL },
	    "nice_failback is obsolete; 'nice_failback %s' is taken as 'auto_failback "
	    "%s': write that",
	    was, now);
	return 0;
}

static const struct choice crm_words[] = {
	{ "respawn", CRM_RESPAWN },
	{ "manual", CRM_MANUAL },
	{ "minimal", CRM_MANUAL },
	{ "valgrind", CRM_VALGRIND },
	{ "ccm-only", CRM_CCM_ONLY },
	{ NULL, 0 },
};

static bool
crm_value_parse(const char *text, enum conf_crm *crm)
{
	const struct choice *found = choice_find(crm_words, text);
	bool on;

	if (value_bool_parse(text, &on))
		*crm = on ? CRM_ON : CRM_OFF;
	else if (found)
		*crm = (enum conf_crm)found->value;
	else
		return false;
	return true;
}

int
parse_crm(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	static const char *const names[] = { "crm", "pacemaker" };
	enum conf_crm crm;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int line = seen_line(r, directive_find(names[i]));

		if (line > 0)
			return refuse(r, r->column,
			    "pacemaker/crm directive used multiple times!",
			    "%s: there is '%s' already, in line %d; one of them is "
			    "allowed, once",
			    d->name, names[i], line);
	}
	if (!crm_value_parse(w->text, &crm))
		return refuse(r, w->column, NULL,
		    "%s: '%s' is unknown; on, off, respawn, manual, minimal, valgrind or "
		    "ccm-only is "
		    "allowed",
		    d->name, w->text);
	r->conf->crm = crm;
	r->conf->crm_directive = d->name;
	if (crm == CRM_OFF)
		return 0;
	if (crm != CRM_CCM_ONLY && auth_crm_add(r, crm == CRM_MANUAL) < 0)
		return -EINVAL;
	return clients_crm_add(r, d);
}

/* What must be known before the CRM line: a boolean and a directory. */
int
parse_crm_early(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w)
{
	if (r->conf->crm != CRM_OFF) {
		const char *crm =
		    seen_line(r, directive_find("crm")) > 0 ? "crm" : "pacemaker";

		return refuse(r, r->column,
		    old(r, "If you specify %s, it must come before the %s directive",
		        d->name, crm),
		    "%s: it must stand above the %s line", d->name, crm);
	}
	if (d->field_size == 0)
		return parse_bool(r, d, w);
	if (w->text[0] != '/')
		return refuse(r, w->column, NULL, "%s: '%s' is not an absolute path",
		    d->name, w->text);
	return parse_word(r, d, w);
}

/* Environment of the process. */

int
parse_env(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	const char *equals = strchr(w->text, '=');
	struct conf *conf = r->conf;
	struct conf_param *env;

	if (!equals || equals == w->text)
		return refuse(r, w->column,
		    old(r, "set_env: invalid nvpair(%s)", w->text),
		    "%s: '%s' is not NAME=VALUE", d->name, w->text);
	conf->env = arena_grow(r->arena, conf->env, conf->env_count, sizeof(*conf->env));
	env = &conf->env[conf->env_count++];
	env->name = arena_strn(r->arena, w->text, (size_t)(equals - w->text));
	env->value = arena_str(r->arena, equals + 1);
	return 0;
}

int
parse_coreroot(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w)
{
	if (w->text[0] != '/')
		return refuse(r, w->column,
		    old(r, "Invalid core directory [%s]", w->text),
		    "%s: '%s' is not an absolute path", d->name, w->text);
	return parse_word(r, d, w);
}

int
parse_watchdog(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w)
{
	if (seen_line(r, d) > 0)
		return refuse(r, w->column, "Watchdog device multiply specified.",
		    "%s: there is a device already, in line %d; one is allowed", d->name,
		    seen_line(r, d));
	if (r->options.on_this_machine && access(w->text, F_OK) != 0)
		warn(r, w->column, NULL,
		    "%s: there is no '%s' on this machine; load the driver, or softdog, "
		    "before",
		    d->name, w->text);
	return parse_word(r, d, w);
}

/* Fencing: every line that is for this node is a device. */

struct words {
	char *text; /* what is left */
	int column; /* of it */
	int at;     /* of the word before it */
};

/* The next word at blanks; "" at the end. */
static char *
words_next(struct words *words)
{
	size_t blanks = strspn(words->text, " \t\r\f");
	char *word = words->text + blanks;
	size_t len = strcspn(word, " \t\r\f");

	words->at = words->column + (int)blanks;
	words->column = words->at + (int)len;
	words->text = word + len;
	if (*words->text) {
		*words->text++ = '\0';
		words->column++;
	}
	return word;
}

static int
stonith_type_check(struct conf_reader *r, const struct directive *d, const char *type,
    int column)
{
	if (*type == '\0')
		return refuse(r, column, "No Stonith type given",
		    "%s: the type of the device is missing, as in 'stonith_host * ibmrsa "
		    "10.0.0.9 ...'",
		    d->name);
	if (strlen(type) > STONITH_TYPE_MAX)
		return refuse(r, column, "Stonith type too long",
		    "%s: the type is longer than %d bytes", d->name, STONITH_TYPE_MAX);
	return 0;
}

static struct conf_stonith *
stonith_add(struct conf_reader *r, const char *type, const char *host, int column)
{
	struct conf *conf = r->conf;
	struct conf_stonith *device;

	conf->stonith = arena_grow(r->arena, conf->stonith, conf->stonith_count,
	    sizeof(*conf->stonith));
	device = &conf->stonith[conf->stonith_count++];
	*device = (struct conf_stonith){ .type = type,
		.host = host,
		.line = r->line,
		.column = column };
	return device;
}

int
parse_stonith(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	struct words words = { arena_str(r->arena, w->text), w->column, 0 };
	const char *type = words_next(&words), *file;
	struct stat st;

	if (stonith_type_check(r, d, type, words.at) < 0)
		return -EINVAL;
	file = words_next(&words);
	if (*file == '\0')
		return refuse(r, w->column, "No Stonith config file given",
		    "%s: the file with the parameters of the device is missing", d->name);
	if (stat(file, &st) != 0 &&
	    refuse_here(r, words.at,
	        old(r, "glib: Cannot open %s\nInvalid Stonith config file [%s]", file,
	            file),
	        "%s: '%s' cannot be read on this machine: %s", d->name, file,
	        strerror(errno)) < 0)
		return -EINVAL;
	stonith_add(r, type, "*", w->column)->file = file;
	return 0;
}

/* "HOST ...": its name; is the line for this node?  ANY: it is for all.  -EINVAL: there is none. */
static int
words_host(struct conf_reader *r, const struct directive *d, struct words *words,
    const char **name, bool *any, bool *ours)
{
	const char *host = *name = words_next(words);

	if (*host == '\0')
		return refuse(r, words->at, "No Stonith hostname argument given",
		    "%s: the host that the line is for is missing: a node name, or * for "
		    "all",
		    d->name);
	if (strlen(host) > STONITH_HOST_MAX)
		return refuse(r, words->at, "Stonith hostname too long",
		    "%s: the host is longer than %d bytes", d->name, STONITH_HOST_MAX);
	*any = strcmp(host, "*") == 0;
	*ours = *any || strcasecmp(host, r->conf->self) == 0;
	return 0;
}

/* "hostlist=alpha,bravo login=admin": names are letters, digits and the like. */
static bool
are_pairs(const char *text)
{
	if (*text == '\0')
		return false;
	while (*text) {
		size_t len = strcspn(text, " \t"), name = strcspn(text, "= \t");

		if (name == 0 || name >= len)
			return false;
		for (size_t i = 0; i < name; i++)
			if (!isalnum((unsigned char)text[i]) && text[i] != '_' &&
			    text[i] != '-')
				return false;
		text += len;
		text += strspn(text, " \t");
	}
	return true;
}

int
parse_stonith_host(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w)
{
	struct words words = { arena_str(r->arena, w->text), w->column, 0 };
	struct conf_stonith *device;
	const char *type, *host;
	bool any, ours;

	if (words_host(r, d, &words, &host, &any, &ours) < 0)
		return -EINVAL;
	type = words_next(&words);
	if (stonith_type_check(r, d, type, words.at) < 0)
		return -EINVAL;
	if (!ours && !r->options.every_device)
		return 0;
	device = stonith_add(r, type, host, words.at);
	device->params = words.text + strspn(words.text, " \t");
	device->pairs = are_pairs(device->params);
	return 0;
}

int
parse_stonith_delay(struct conf_reader *r, const struct directive *d,
    const struct conf_word *w)
{
	struct words words = { arena_str(r->arena, w->text), w->column, 0 };
	bool any, ours, new_unit;
	const char *text, *host;
	int64_t ms = 0;

	if (words_host(r, d, &words, &host, &any, &ours) < 0)
		return -EINVAL;
	text = words_next(&words);
	if (!value_time_parse(text, &ms, &new_unit) || ms < d->min || ms > d->max)
		return refuse(r, words.at, NULL,
		    "%s: '%s' is not a time of at most an hour, as in '%s * 15s'",
		    d->name, text, d->name);
	if (*words_next(&words))
		return refuse(r, words.at, NULL,
		    "%s: a host and a time are all that is allowed", d->name);
	if (any)
		r->conf->stonith_weaker_ms = ms;
	else if (ours)
		r->conf->stonith_delay_ms = ms;
	return 0;
}
