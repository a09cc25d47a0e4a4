/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups of haresources become groups of a CIB that prefer their node; comments that heartbeat 2's converter obeyed
 * are obeyed (spec/crm-tools.md 12).
 *
 * Better than that one: stonith-enabled is set when there is a device; after "auto_failback off" resources stay where
 * they are; ids are unique; what is no address or no known id is an error instead of a CIB that nobody takes.
 */
#include "heartbeat/convert/private.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096 /* joined arguments; longer ones are an error */

void
convert_tell(struct converter *c, bool is_error, const char *file, int line,
    const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	c->errors += is_error;
	c->options->tell(c->options->data, is_error, file, line, text);
}

static bool
in_p(const struct converter *c)
{
	return c->options->dialect == DIALECT_P;
}

/* Parts of every resource. */

void
monitor_add(struct converter *c, xmlNode *operations, const char *owner,
    const char *interval, const char *timeout)
{
	xmlNode *op = element_new(operations, "op", document_id(c->d, "%s_mon", owner));

	element_set(c->d, op, "name", "monitor");
	element_set(c->d, op, "interval", interval);
	element_set(c->d, op, "timeout", timeout);
}

/* It prefers NODE, and may run elsewhere. */
void
location_add(struct converter *c, const char *resource, const char *node)
{
	struct document *d = c->d;
	xmlNode *location = element_new(d->constraints, "rsc_location",
	    document_id(d, "rsc_location_%s", resource));

	element_set(d, location, "rsc", resource);
	xmlNode *rule = element_new(location, "rule",
	    document_id(d, "prefered_location_%s", resource));

	element_set(d, rule, "score", "100");
	xmlNode *expression = element_new(rule, "expression",
	    document_id(d, "prefered_location_%s_expr", resource));

	element_set(d, expression, "attribute", "#uname");
	element_set(d, expression, "operation", "eq");
	element_set(d, expression, "value", node);
}

const char *
clone_id(struct converter *c)
{
	return document_id(c->d, "clone_%u", ++c->clone_count);
}

/* Parameters of a primitive. */

struct params {
	struct converter *c;
	xmlNode *set; /* made when there is a first one */
	xmlNode *primitive;
	const char *owner;
	const struct conf_resource *rsc;
	unsigned count; /* of pairs, for their ids */
};

static void
param_add(struct params *p, const char *name, const char *value)
{
	struct document *d = p->c->d;

	if (!p->set)
		p->set = set_new(d, p->primitive, "instance_attributes",
		    document_id(d, "%s_inst_attr", p->owner));
	pair_add(d, p->set, document_id(d, "%s_attr_%u", p->owner, p->count++), name,
	    value);
}

/* "255.255.255.0" is 24; -1: those are no ones and then zeros. */
static int
mask_bits(const char *text)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
		return -1;
	uint32_t mask = ntohl(addr.s_addr), rest = ~mask;

	return mask == 0 || (rest & (rest + 1))
	           ? -1
	           : 32 - (rest ? 32 - __builtin_clz(rest) : 0);
}

/* One part behind the address: what it is follows from its shape. */
static void
address_part(struct params *p, char *part)
{
	struct in_addr addr;
	char bits[16], *colon = strchr(part, ':');

	if (strspn(part, "0123456789") == strlen(part))
		param_add(p, "cidr_netmask", part);
	else if (mask_bits(part) >= 0) {
		snprintf(bits, sizeof(bits), "%d", mask_bits(part));
		param_add(p, "cidr_netmask", bits);
	} else if (inet_pton(AF_INET, part, &addr) == 1)
		param_add(p, "broadcast", part);
	else {
		/* eth0:1 is a name of old: the interface, and a label of the address. */
		if (colon)
			*colon = '\0';
		param_add(p, "nic", part);
		if (colon && colon[1])
			param_add(p, "iflabel", colon + 1);
	}
}

static void
address_params(struct params *p, const char *text)
{
	char copy[256], *save = NULL, *part;
	struct in_addr addr;

	snprintf(copy, sizeof(copy), "%s", text);
	part = strtok_r(copy, "/", &save);
	if (!part || inet_pton(AF_INET, part, &addr) != 1) {
		convert_tell(p->c, true, p->c->groups_file, p->rsc->line,
		    "'%s' is no IPv4 address", p->rsc->word);
		return;
	}
	param_add(p, "ip", part);
	while ((part = strtok_r(NULL, "/", &save)))
		address_part(p, part);
}

/* The arguments from FIRST on, with blanks between. */
static void
rest_join(struct params *p, size_t first, char *text)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = first; i < p->rsc->arg_count; i++) {
		len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s%s",
		    i > first ? " " : "", p->rsc->arg[i]);
		if (len >= TEXT_MAX) {
			convert_tell(p->c, true, p->c->groups_file, p->rsc->line,
			    "'%.60s': the arguments are too long", p->rsc->word);
			return;
		}
	}
}

static void
named_params(struct params *p, const struct agent *agent)
{
	char rest[TEXT_MAX];

	/* WAS::8080 and WAS::/etc/config are both its first argument. */
	if (strcmp(agent->name, "WAS") == 0 && p->rsc->arg_count &&
	    strspn(p->rsc->arg[0], "0123456789") == strlen(p->rsc->arg[0])) {
		param_add(p, "port", p->rsc->arg[0]);
		return;
	}
	for (size_t i = 0; i < p->rsc->arg_count && agent->param[i]; i++) {
		bool is_last = !agent->param[i + 1];

		if (is_last)
			rest_join(p, i, rest);
		param_add(p, agent->param[i], is_last ? rest : p->rsc->arg[i]);
	}
}

static void
numbered_params(struct params *p)
{
	char name[24];

	p->count = 1; /* as they were called */
	for (size_t i = 0; i < p->rsc->arg_count; i++) {
		snprintf(name, sizeof(name), "%zu", i + 1);
		param_add(p, name, p->rsc->arg[i]);
	}
}

/* Primitives. */

static const char *
primitive_id(struct converter *c, const struct conf_resource *rsc)
{
	char address[64];

	c->resource_count++;
	if (strcmp(rsc->script, "IPaddr") != 0 || !rsc->arg_count)
		return document_id(c->d, "%s_%u", rsc->script, c->resource_count);
	snprintf(address, sizeof(address), "%.*s", (int)strcspn(rsc->arg[0], "/"),
	    rsc->arg[0]);
	for (char *dot = address; (dot = strchr(dot, '.')) != NULL;)
		*dot = '_';
	return document_id(c->d, "IPaddr_%s", address);
}

static void
class_set(struct converter *c, xmlNode *primitive, const struct conf_resource *rsc,
    bool is_ocf)
{
	const char *class = "ocf";

	if (!is_ocf) {
		struct script_home home = script_find(rsc->script, c->options->hadir,
		    in_p(c), rsc->arg_count > 0);

		class = home.class;
		if (!home.is_known)
			convert_tell(c, false, c->groups_file, rsc->line,
			    "%s is an unknown Resource Agent here; taken for one of "
			    "class %s: %s",
			    rsc->script, class,
			    strcmp(class, "lsb") == 0
			        ? "without arguments it is an init script"
			        : "with arguments it is a script of resource.d");
	}
	element_set(c->d, primitive, "class", class);
	if (is_ocf || !in_p(c)) /* the DTD of old liked one everywhere */
		element_set(c->d, primitive, "provider", "heartbeat");
	element_set(c->d, primitive, "type", rsc->script);
}

/* ID NULL: it gets one of its own. */
static const char *
primitive_convert(struct converter *c, xmlNode *parent, const struct conf_resource *rsc,
    const char *id)
{
	const struct agent *agent = agent_find(rsc->script);
	bool is_ocf = agent && agent->shape != AGENT_SCRIPT && !c->options->no_ocf;
	const char *own = primitive_id(c, rsc);

	if (!id)
		id = own;
	xmlNode *primitive = element_new(parent, "primitive", id);
	struct params p = { .c = c, .primitive = primitive, .owner = id, .rsc = rsc };

	class_set(c, primitive, rsc, is_ocf);
	if (!c->options->no_monitor)
		monitor_add(c, element_new(primitive, "operations", NULL), id,
		    agent ? agent->interval : "120s", agent ? agent->timeout : "60s");
	if (!is_ocf)
		numbered_params(&p);
	else if (agent->shape == AGENT_ADDRESS && rsc->arg_count)
		address_params(&p, rsc->arg[0]);
	else if (agent->shape == AGENT_PLAIN)
		named_params(&p, agent);
	return id;
}

/* Groups. */

/* An id that stands in a comment: one word, right behind the '#', in the characters of ids. */
static bool
is_id(const char *text)
{
	if (!isalpha((unsigned char)*text) && *text != '_')
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("_-.", *text))
			return false;
	return true;
}

/* What the comment asks for.  *CLONE: it is to run everywhere.  NULL: no id. */
static const char *
comment_id(struct converter *c, const struct conf_group *group, bool *clone)
{
	const char *id = group->comment;

	*clone = id && strncmp(id, "clone:", 6) == 0;
	if (*clone)
		id += 6;
	if (!id || !is_id(id)) {
		if (*clone)
			convert_tell(c, true, c->groups_file, group->line,
			    "'#clone:%s': behind the colon an id must stand: letters, "
			    "digits, . _ -",
			    id);
		return NULL;
	}
	if (document_has(c->d, id)) {
		convert_tell(c, true, c->groups_file, group->line,
		    "the id '%s' is used twice", id);
		return NULL;
	}
	return document_id(c->d, "%s", id);
}

/* Everything in a line: one resource, or a group of them; or a clone of that. */
static void
group_convert(struct converter *c, const struct conf_group *group)
{
	struct document *d = c->d;
	bool clone;
	const char *wanted = comment_id(c, group, &clone), *id = wanted;
	xmlNode *parent = d->resources;

	c->group_count++;
	if (clone) {
		parent = element_new(parent, "clone", wanted);
		id = NULL;
	}
	if (group->resource_count > 1) {
		if (!id)
			id = document_id(d, "group_%u", c->group_count);
		parent = element_new(parent, "group", id);
		for (size_t i = 0; i < group->resource_count; i++)
			primitive_convert(c, parent, &group->resource[i], NULL);
	} else
		id = primitive_convert(c, parent, &group->resource[0], id);
	if (!clone)
		location_add(c, id, group->node);
}

/* Comments that act. */

#define WORDS_MAX 6

static size_t
words_split(char *text, char *word[WORDS_MAX])
{
	size_t count = 0;

	for (char *save, *one = strtok_r(text, " \t", &save); one && count < WORDS_MAX;
	     one = strtok_r(NULL, " \t", &save))
		word[count++] = one;
	return count;
}

static bool
both_known(struct converter *c, int line, const char *a, const char *b)
{
	const char *missing = !document_has(c->d, a)   ? a
	                      : !document_has(c->d, b) ? b
	                                               : NULL;

	if (missing)
		convert_tell(c, true, c->groups_file, line, "no resource has the id '%s'",
		    missing);
	return !missing;
}

/* "rsc_order A start before B" */
static void
order_convert(struct converter *c, int line, char *const *word)
{
	static const char *const actions[] = { "start", "stop", "promote", "demote",
		NULL };
	const char *const *action = actions;
	struct document *d = c->d;

	while (*action && strcmp(*action, word[2]) != 0)
		action++;
	bool before = strcmp(word[3], "before") == 0;

	if (!*action || (!before && strcmp(word[3], "after") != 0)) {
		convert_tell(c, true, c->groups_file, line,
		    "'#rsc_order A ACTION before|after B' with start, stop, promote or "
		    "demote is allowed");
		return;
	}
	if (!both_known(c, line, word[1], word[4]))
		return;
	xmlNode *order = element_new(d->constraints, "rsc_order",
	    document_id(d, "rsc_order_%s_%s", word[1], word[4]));

	if (in_p(c)) {
		element_set(d, order, "first", before ? word[1] : word[4]);
		element_set(d, order, "first-action", *action);
		element_set(d, order, "then", before ? word[4] : word[1]);
		element_set(d, order, "then-action", *action);
	} else {
		element_set(d, order, "from", word[1]);
		element_set(d, order, "action", *action);
		element_set(d, order, "type", word[3]);
		element_set(d, order, "to", word[4]);
	}
}

static bool
is_score(const char *text)
{
	const char *digits = text + (*text == '-' || *text == '+');

	return strcmp(digits, "INFINITY") == 0 ||
	       (*digits && strspn(digits, "0123456789") == strlen(digits));
}

/* "rsc_colocation A B SCORE" */
static void
colocation_convert(struct converter *c, int line, char *const *word)
{
	struct document *d = c->d;

	if (!is_score(word[3])) {
		convert_tell(c, true, c->groups_file, line,
		    "'%s' is no score: a number, INFINITY or -INFINITY", word[3]);
		return;
	}
	if (!both_known(c, line, word[1], word[2]))
		return;
	xmlNode *colocation = element_new(d->constraints, "rsc_colocation",
	    document_id(d, "rsc_colocation_%s_%s", word[1], word[2]));

	element_set(d, colocation, in_p(c) ? "rsc" : "from", word[1]);
	element_set(d, colocation, in_p(c) ? "with-rsc" : "to", word[2]);
	element_set(d, colocation, "score", word[3]);
}

static void
remark_convert(struct converter *c, const struct conf_remark *remark)
{
	static const struct {
		const char *word;
		size_t count;
		void (*convert)(struct converter *c, int line, char *const *word);
	} acting[] = { { "rsc_order", 5, order_convert },
		{ "rsc_colocation", 4, colocation_convert } };
	char text[512], *word[WORDS_MAX];

	if (snprintf(text, sizeof(text), "%s", remark->text) >= (int)sizeof(text))
		return;
	size_t count = words_split(text, word);

	for (size_t i = 0; count && i < sizeof(acting) / sizeof(acting[0]); i++) {
		if (strcmp(word[0], acting[i].word) != 0)
			continue;
		if (count == acting[i].count)
			acting[i].convert(c, remark->line, word);
		else
			convert_tell(c, false, c->groups_file, remark->line,
			    "'#%s' has %zu words instead of %zu: only a comment", word[0],
			    count, acting[i].count);
	}
}

/* Properties. */

static void
defaults_add(struct converter *c, const char *section, const char *name,
    const char *value)
{
	struct document *d = c->d;
	xmlNode *defaults = element_new(d->defaults, section, NULL);
	xmlNode *set = element_new(defaults, "meta_attributes",
	    document_id(d, "%s-options", section));

	pair_add(d, set, document_id(d, "%s-options-%s", section, name), name, value);
}

static void
properties_add(struct converter *c)
{
	static const struct {
		const char *name, *value;
		bool p; /* newer schemas have it, too */
	} properties[] = {
		{ "symmetric-cluster", "true", true },
		{ "no-quorum-policy", "stop", true },
		{ "default-resource-failure-stickiness", "0", false },
		{ "stonith-action", "reboot", true },
		{ "startup-fencing", "true", true },
		{ "stop-orphan-resources", "true", true },
		{ "stop-orphan-actions", "true", true },
		{ "remove-after-stop", "false", false },
		{ "short-resource-names", "true", false },
		{ "transition-idle-timeout", "5min", false },
		{ "default-action-timeout", "15s", false },
		{ "is-managed-default", "true", false },
		{ "cluster-delay", "60s", true },
		{ "pe-error-series-max", "-1", true },
		{ "pe-warn-series-max", "-1", true },
		{ "pe-input-series-max", "-1", true },
	};
	const char *sticky =
	    c->conf && c->conf->failback == FAILBACK_OFF ? "INFINITY" : "0";

	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		if (properties[i].p || !in_p(c))
			property_add(c->d, properties[i].name, properties[i].value);
	property_add(c->d, "stonith-enabled",
	    c->conf && c->conf->stonith_count ? "true" : "false");
	if (in_p(c)) {
		defaults_add(c, "rsc_defaults", "resource-stickiness", sticky);
		defaults_add(c, "op_defaults", "timeout", "15s");
	} else
		property_add(c->d, "default-resource-stickiness", sticky);
}

/* All. */

static void
node_check(struct converter *c, const struct conf_group *group)
{
	if (!c->conf || c->conf->autojoin != AUTOJOIN_NONE)
		return;
	for (size_t i = 0; i < c->conf->node_count; i++)
		if (!c->conf->node[i].is_ping &&
		    strcmp(c->conf->node[i].name, group->node) == 0)
			return;
	convert_tell(c, false, c->groups_file, group->line, "%s has no node '%s'",
	    c->conf_file, group->node);
}

/* What runs beside heartbeat and has no place in a CIB. */
static void
clients_mention(struct converter *c)
{
	for (size_t i = 0; c->conf && i < c->conf->client_count; i++)
		if (strstr(c->conf->client[i].command, "/ipfail"))
			convert_tell(c, false, c->conf_file, c->conf->client[i].line,
			    "ipfail only moves groups of haresources: with a CIB, run "
			    "pingd and give a "
			    "location constraint a rule about the attribute pingd");
}

unsigned
convert(struct document *d, const struct conf *conf, const char *conf_file,
    const struct conf_groups *groups, const char *groups_file,
    const struct convert_options *options)
{
	struct converter c = { .d = d,
		.conf = conf,
		.options = options,
		.conf_file = conf_file,
		.groups_file = groups_file };

	document_init(d, options->dialect);
	properties_add(&c);
	for (size_t i = 0; i < groups->count; i++) {
		node_check(&c, &groups->group[i]);
		group_convert(&c, &groups->group[i]);
	}
	for (size_t i = 0; i < groups->remark_count; i++)
		remark_convert(&c, &groups->remark[i]);
	fencing_convert(&c);
	clients_mention(&c);
	if (d->bad)
		convert_tell(&c, true, groups_file, 0,
		    "%u words have bytes that cannot stand in XML: UTF-8 without control "
		    "characters is allowed",
		    d->bad);
	return c.errors;
}
