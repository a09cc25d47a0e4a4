/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a group of haresources says, checked before it is needed at night: addresses and
 * their parts (spec/resources-v1.md 14.2), words of samples, the same thing in two
 * groups, unknown nodes, and scripts that this machine does not have.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static struct place
resource_place(const struct conf_resource *rsc, const char *file)
{
	return (struct place){ file, rsc->line, rsc->column };
}

static bool
is_script(const struct conf_resource *rsc, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(rsc->script, *names) == 0)
			return true;
	return false;
}

/* ---- IP[/MASK][/IF][/BROADCAST] ---------------------------------------------- */

#define ADDRESS_PARTS_MAX 4

struct address {
	const struct conf_resource *rsc;
	const char *file;
	struct conf_problems *problems;
	char text[256];
	char *part[ADDRESS_PARTS_MAX];
	size_t count;
	uint32_t ip, mask; /* host order */
	bool has_mask;
};

static const char *const address_scripts[] = { "IPaddr", "IPaddr2", NULL };

static void
address_complain(struct address *a, enum conf_severity severity, const char *format,
    const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), format, what);
	problem_add(a->problems, severity, resource_place(a->rsc, a->file), NULL,
	    "'%s': %s", a->rsc->word, text);
}

static bool
ipv4_parse(const char *text, uint32_t *ip)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
		return false;
	*ip = ntohl(addr.s_addr);
	return true;
}

/* Cuts at '/'; runs of slashes are one, as for the scripts. */
static bool
address_split(struct address *a, const char *arg)
{
	char *save = NULL, *part;
	size_t len = strlen(arg);

	if (len >= sizeof(a->text)) {
		address_complain(a, CONF_ERROR, "%s", "the address is too long");
		return false;
	}
	snprintf(a->text, sizeof(a->text), "%s", arg);
	for (part = strtok_r(a->text, "/", &save); part;
	     part = strtok_r(NULL, "/", &save)) {
		if (a->count == ADDRESS_PARTS_MAX) {
			address_complain(a, CONF_ERROR, "%s",
			    "there are too many parts; ADDRESS/MASK/INTERFACE/BROADCAST "
			    "is allowed");
			return false;
		}
		a->part[a->count++] = part;
	}
	if (strstr(arg, "//"))
		address_complain(a, CONF_WARNING, "%s",
		    "two slashes in a row count as one: nothing is skipped; write "
		    "ADDRESS/MASK/INTERFACE");
	else if (len > 0 && arg[len - 1] == '/')
		address_complain(a, CONF_NOTE, "%s",
		    "the slash at the end means nothing");
	return true;
}

static void
address_check_mask(struct address *a)
{
	const char *text = a->part[1];
	int64_t bits;

	if (ipv4_parse(text, &a->mask)) {
		if (a->mask == 0 || (~a->mask & (~a->mask + 1)) != 0) {
			address_complain(a, CONF_ERROR, "'%s' is not a netmask", text);
			return;
		}
	} else if (value_number_parse(text, &bits) && bits >= 1 && bits <= 32) {
		a->mask = 0xffffffffu << (32 - bits);
	} else {
		address_complain(a, CONF_ERROR,
		    "'%s' is not a netmask; 1 to 32 or as 255.255.255.0 is allowed",
		    text);
		return;
	}
	a->has_mask = true;
}

static void
address_check_interface(struct address *a, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	if (len == 0 || len >= IF_NAMESIZE)
		address_complain(a, CONF_ERROR, "'%s' is not the name of an interface",
		    text);
	else if (colon && strlen(text) >= IF_NAMESIZE)
		address_complain(a, CONF_ERROR, "the label '%s' is longer than 15 bytes",
		    text);
	else if (colon && strcmp(a->rsc->script, "IPaddr") == 0)
		address_complain(a, CONF_NOTE,
		    "'%s': IPaddr finds a free alias itself and drops the part after ':'",
		    text);
}

static void
address_check_broadcast(struct address *a, const char *text)
{
	char want[INET_ADDRSTRLEN];
	struct in_addr addr;
	uint32_t broadcast;

	if (!ipv4_parse(text, &broadcast)) {
		address_complain(a, CONF_ERROR, "'%s' is not a broadcast address", text);
		return;
	}
	if (!a->has_mask || broadcast == (a->ip | ~a->mask))
		return;
	addr.s_addr = htonl(a->ip | ~a->mask);
	inet_ntop(AF_INET, &addr, want, sizeof(want));
	address_complain(a, CONF_WARNING,
	    "the broadcast address does not fit the netmask, for which it would be %s",
	    want);
}

static void
address_check(struct address *a)
{
	const struct conf_resource *rsc = a->rsc;

	if (rsc->arg_count == 0) {
		address_complain(a, CONF_ERROR,
		    "the address is missing; write %s::ADDRESS/MASK/INTERFACE",
		    rsc->script);
		return;
	}
	if (rsc->arg_count > 1)
		address_complain(a, CONF_ERROR,
		    "'%s' is one argument too many; the parts of an address are parted "
		    "by '/'",
		    rsc->arg[1]);
	if (!address_split(a, rsc->arg[0]) || a->count == 0)
		return;
	if (!ipv4_parse(a->part[0], &a->ip)) {
		address_complain(a, CONF_ERROR,
		    value_is_placeholder(a->part[0])
		        ? "'%s' is a word of a sample that was not replaced; an IPv4 "
		          "address is needed"
		        : "'%s' is not an IPv4 address",
		    a->part[0]);
		return;
	}
	if (a->count > 1)
		address_check_mask(a);
	if (a->count > 2 && isdigit((unsigned char)a->part[2][0])) {
		address_check_broadcast(a, a->part[2]);
		if (a->count > 3)
			address_check_interface(a, a->part[3]);
	} else if (a->count > 2) {
		address_check_interface(a, a->part[2]);
		if (a->count > 3)
			address_check_broadcast(a, a->part[3]);
	}
}

/* IPv6addr::ADDRESS[/PREFIX[/IF]]: the address may contain the separator, so the word is
 * looked at as it stands. */
static void
address6_check(const struct conf_resource *rsc, const char *file,
    struct conf_problems *problems)
{
	const char *arg = strstr(rsc->word, "::"), *prefix;
	char text[INET6_ADDRSTRLEN + 1];
	struct in6_addr addr;
	int64_t bits = 0;

	arg = arg ? arg + 2 : "";
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(arg, "/"), arg);
	if (inet_pton(AF_INET6, text, &addr) != 1) {
		problem_add(problems, CONF_ERROR, resource_place(rsc, file), NULL,
		    "'%s': '%s' is not an IPv6 address; "
		    "IPv6addr::ADDRESS[/PREFIX[/INTERFACE]] is "
		    "needed",
		    rsc->word, text);
		return;
	}
	prefix = strchr(arg, '/');
	if (!prefix)
		return;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(prefix + 1, "/"), prefix + 1);
	if (!value_number_parse(text, &bits) || bits < 1 || bits > 128)
		problem_add(problems, CONF_ERROR, resource_place(rsc, file), NULL,
		    "'%s': '%s' is not a prefix length; 1 to 128 is allowed", rsc->word,
		    text);
}

/* ---- One group by itself. ---------------------------------------------------- */

static void
filesystem_check(const struct conf_resource *rsc, const char *file,
    struct conf_problems *problems)
{
	if (rsc->arg_count < 2)
		problem_add(problems, CONF_ERROR, resource_place(rsc, file), NULL,
		    "'%s': Filesystem::DEVICE::DIRECTORY[::TYPE[::OPTIONS]] is needed",
		    rsc->word);
	else if (rsc->arg[1][0] != '/')
		problem_add(problems, CONF_ERROR, resource_place(rsc, file), NULL,
		    "'%s': the directory '%s' is not an absolute path", rsc->word,
		    rsc->arg[1]);
}

static void
script_name_check(const struct conf_resource *rsc, const char *file,
    struct conf_problems *problems)
{
	if (strchr(rsc->script, '/'))
		problem_add(problems, CONF_ERROR, resource_place(rsc, file), NULL,
		    "'%s': a script is named without a directory; resource.d and init.d "
		    "are searched",
		    rsc->script);
	else if (strchr(rsc->script, ':'))
		problem_add(problems, CONF_WARNING, resource_place(rsc, file), NULL,
		    "'%s': arguments are parted by two colons, '::', not by one",
		    rsc->word);
	else if (strcmp(rsc->script, "\\") == 0)
		problem_add(problems, CONF_ERROR, resource_place(rsc, file), NULL,
		    "a '\\' continues a line only where it stands last");
	if (strpbrk(rsc->word, "'\"`$*?"))
		problem_add(problems, CONF_WARNING, resource_place(rsc, file), NULL,
		    "'%s': there are no quotes, variables or patterns here; the "
		    "characters are taken as they "
		    "are",
		    rsc->word);
}

void
group_words_check(const struct conf_group *group, const char *file,
    struct conf_problems *problems)
{
	static const char *const filesystem[] = { "Filesystem", NULL };
	static const char *const address6[] = { "IPv6addr", NULL };

	for (size_t i = 0; i < group->resource_count; i++) {
		const struct conf_resource *rsc = &group->resource[i];
		struct address address = { .rsc = rsc,
			.file = file,
			.problems = problems };

		script_name_check(rsc, file, problems);
		script_arguments_check(rsc, file, problems);
		if (is_script(rsc, address_scripts))
			address_check(&address);
		else if (is_script(rsc, address6))
			address6_check(rsc, file, problems);
		else if (is_script(rsc, filesystem))
			filesystem_check(rsc, file, problems);
	}
}

/* ---- Across groups and files. ------------------------------------------------ */

static const struct conf_node *
node_find(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->node_count; i++)
		if (strcasecmp(conf->node[i].name, name) == 0)
			return &conf->node[i];
	return NULL;
}

static void
check_node(const struct conf_group *group, const struct conf *conf, const char *file,
    struct conf_problems *problems)
{
	const struct conf_node *node = node_find(conf, group->node);
	struct place place = { file, group->line, group->column };
	char legacy[4400], names[200] = "";
	size_t used = 0;

	if (node && !node->is_ping)
		return;
	if (node) {
		problem_add(problems, CONF_WARNING, place, NULL,
		    "'%s' is a ping node: it can never own a group; a survivor takes it",
		    group->node);
		return;
	}
	for (size_t i = 0; i < conf->node_count && used < sizeof(names); i++)
		if (!conf->node[i].is_ping)
			used += (size_t)snprintf(names + used, sizeof(names) - used,
			    "%s%s", used ? ", " : "", conf->node[i].name);
	snprintf(legacy, sizeof(legacy), "Bad nodename in %s [%s]", file, group->node);
	problem_add(problems, CONF_ERROR, place,
	    &(struct legacy){ LOG_ERR, legacy, NULL },
	    "'%s' is not a node of ha.cf; the first word of a line is one of: %s",
	    group->node, *names ? names : "(none)");
}

/* The address that RSC brings up, "" when it is of another kind. */
static void
address_of(const struct conf_resource *rsc, char *buf, size_t size)
{
	buf[0] = '\0';
	if (is_script(rsc, address_scripts) && rsc->arg_count > 0)
		snprintf(buf, size, "%.*s", (int)strcspn(rsc->arg[0], "/"), rsc->arg[0]);
}

static bool
is_same_thing(const struct conf_resource *a, const struct conf_resource *b)
{
	char ip[INET_ADDRSTRLEN], other[INET_ADDRSTRLEN];

	if (strcmp(a->word, b->word) == 0)
		return true;
	address_of(a, ip, sizeof(ip));
	address_of(b, other, sizeof(other));
	return *ip && strcmp(ip, other) == 0;
}

/* The place of the same thing before resource J of group I, or NULL. */
static const struct conf_resource *
find_before(const struct conf_groups *groups, size_t i, size_t j)
{
	const struct conf_resource *rsc = &groups->group[i].resource[j];

	for (size_t g = 0; g <= i; g++)
		for (size_t k = 0; k < (g == i ? j : groups->group[g].resource_count);
		     k++)
			if (is_same_thing(&groups->group[g].resource[k], rsc))
				return &groups->group[g].resource[k];
	return NULL;
}

static void
check_twice(const struct conf_groups *groups, size_t i, size_t j, const char *file,
    struct conf_problems *problems)
{
	static const char *const harmless[] = { "MailTo", "WinPopup", "AudibleAlarm",
		"Delay", NULL };
	const struct conf_resource *rsc = &groups->group[i].resource[j], *other;

	if (is_script(rsc, harmless))
		return;
	other = find_before(groups, i, j);
	if (other)
		problem_add(problems, CONF_WARNING, resource_place(rsc, file), NULL,
		    "'%s' is also in line %d: when one group stops, the other loses it",
		    rsc->word, other->line);
}

enum script_state { SCRIPT_MISSING, SCRIPT_NOT_EXECUTABLE, SCRIPT_FOUND };

static enum script_state
script_look(const char *dir, const char *name, const char *suffix, bool must_run)
{
	char path[4400];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return SCRIPT_MISSING;
	return !must_run || (st.st_mode & 0111) ? SCRIPT_FOUND : SCRIPT_NOT_EXECUTABLE;
}

static enum script_state
script_find(const char *name, const char *conf_dir)
{
	static const char *const unit_dirs[] = { "/etc/systemd/system",
		"/run/systemd/system", "/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system", "/lib/systemd/system" };
	const char *const script_dirs[] = { HB_HADIR "/resource.d", "/etc/init.d" };
	enum script_state best = SCRIPT_MISSING, state;
	char dir[4200];

	snprintf(dir, sizeof(dir), "%s/resource.d", conf_dir);
	best = script_look(dir, name, "", true);
	for (size_t i = 0; i < ARRAY_LEN(script_dirs); i++) {
		state = script_look(script_dirs[i], name, "", true);
		best = state > best ? state : best;
	}
	for (size_t i = 0; i < ARRAY_LEN(unit_dirs); i++)
		if (script_look(unit_dirs[i], name, ".service", false) == SCRIPT_FOUND)
			return SCRIPT_FOUND;
	return best;
}

static void
check_script(const struct conf_resource *rsc, const char *conf_dir, const char *file,
    struct conf_problems *problems)
{
	enum script_state state = SCRIPT_FOUND;

	if (!strchr(rsc->script, '/'))
		state = script_find(rsc->script, conf_dir);
	if (state == SCRIPT_MISSING)
		problem_add(problems, CONF_WARNING, resource_place(rsc, file), NULL,
		    "there is no '%s' on this machine: not in resource.d, not in init.d, "
		    "and no systemd unit",
		    rsc->script);
	else if (state == SCRIPT_NOT_EXECUTABLE)
		problem_add(problems, CONF_WARNING, resource_place(rsc, file), NULL,
		    "the script '%s' is not executable on this machine", rsc->script);
}

/* Not wrong, but worth knowing: such a node only takes over. */
static void
check_idle_nodes(const struct conf_groups *groups, const struct conf *conf,
    const char *file, struct conf_problems *problems)
{
	for (size_t i = 0; i < conf->node_count; i++) {
		const struct conf_node *node = &conf->node[i];
		bool found = node->is_ping;

		for (size_t j = 0; j < groups->count; j++)
			found =
			    found || strcasecmp(groups->group[j].node, node->name) == 0;
		if (!found && groups->count > 0)
			problem_add(problems, CONF_NOTE,
			    (struct place){ file, groups->group[0].line, 1 }, NULL,
			    "there is no group for node '%s': it only takes over (the "
			    "file must be "
			    "the same on all nodes)",
			    node->name);
	}
}

void
groups_check(const struct conf_groups *groups, const struct conf *conf, const char *file,
    const struct conf_options *options, struct conf_problems *problems)
{
	for (size_t i = 0; i < groups->count; i++) {
		const struct conf_group *group = &groups->group[i];

		if (conf)
			check_node(group, conf, file, problems);
		for (size_t j = 0; j < group->resource_count; j++) {
			check_twice(groups, i, j, file, problems);
			if (options->on_this_machine)
				check_script(&group->resource[j],
				    conf ? conf->dir : HB_HADIR, file, problems);
		}
	}
	if (conf)
		check_idle_nodes(groups, conf, file, problems);
}
