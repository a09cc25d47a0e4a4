/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of ha.cf (spec/config.md 2): lines into directives and words, each handed to
 * its parser in the table of directives.c; then the defaults that depend on other values,
 * and the checks across.
 *
 * Reading goes on after an error, so that all of them are reported.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <syslog.h>

#define BLANKS " \t\r\n\f"
#define SEPARATORS BLANKS ","
#define UDP_PORT_DEFAULT 694

/* ---- Unknown directives. ----------------------------------------------------- */

/* How many letters differ: inserted, left out or changed. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t row[32], len = strlen(b);

	if (strlen(a) >= ARRAY_LEN(row) || len >= ARRAY_LEN(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			bool same =
			    tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
			size_t best = diagonal + !same;

			diagonal = row[j + 1];
			if (diagonal + 1 < best)
				best = diagonal + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j + 1] = best;
		}
	}
	return row[len];
}

static const char *
directive_like(const char *name)
{
	size_t name_len = strlen(name);
	size_t best = name_len < 5 ? 2 : 3; /* this many is too far */
	const char *found = NULL;

	for (size_t i = 0; i < conf_directive_count; i++) {
		size_t len = strlen(conf_directives[i].name), distance;

		/* As many letters as the lengths differ are missing in any case. */
		if (len >= name_len + best || name_len >= len + best)
			continue;
		distance = edit_distance(name, conf_directives[i].name);
		if (distance < best) {
			best = distance;
			found = conf_directives[i].name;
		}
	}
	return found;
}

static int
refuse_directive(struct conf_reader *r)
{
	static const char *const others[] = { "hbaping", "openais", "ppp-udp", "rds",
		"tipc", "apphbd" };
	const char *legacy =
	    old(r, "Illegal directive [%s] in %s", r->directive, r->file);
	const char *like = directive_like(r->directive);

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (strcmp(others[i], r->directive) == 0)
			return refuse(r, r->column, legacy,
			    "'%s' is a directive of other builds; this heartbeat does "
			    "not have it",
			    r->directive);
	if (like)
		return refuse(r, r->column, legacy, "'%s' is not a directive; '%s' is",
		    r->directive, like);
	return refuse(r, r->column, legacy,
	    "'%s' is not a directive; ha.cf(5) lists them", r->directive);
}

/* ---- One line. --------------------------------------------------------------- */

void
idle_add(struct conf_reader *r, const char *what)
{
	struct conf *conf = r->conf;

	for (size_t i = 0; i < conf->idle_count; i++)
		if (strcmp(conf->idle[i], what) == 0)
			return;
	conf->idle =
	    arena_grow(r->arena, conf->idle, conf->idle_count, sizeof(*conf->idle));
	conf->idle[conf->idle_count++] = what;
}

static void
apply_word(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	size_t place = (size_t)(d - conf_directives);
	bool off = false;

	if (d->parse(r, d, w) < 0)
		return;
	r->seen[place] = r->line;
	if (d->flags & CONF_KEPT)
		r->value[place] = arena_str(r->arena, w->text);
	if (d->flags & CONF_NEW)
		warn(r, r->column, NULL,
		    "%s is new: old daemons refuse a file that has it", d->name);
	/* A switch that is off asks for no machinery. */
	if ((d->flags & CONF_IDLE) &&
	    !(d->parse == parse_bool && value_bool_parse(w->text, &off) && !off))
		idle_add(r, d->name);
}

/* Words end at blanks and commas; each is a value of its own. */
static void
apply_list(struct conf_reader *r, const struct directive *d, const char *rest, int column)
{
	const char *at = rest;
	size_t count = 0;

	for (;;) {
		size_t len;

		at += strspn(at, SEPARATORS);
		len = strcspn(at, SEPARATORS);
		if (len == 0)
			break;
		apply_word(r, d,
		    &(struct conf_word){ arena_strn(r->arena, at, len),
		        column + (int)(at - rest) });
		at += len;
		count++;
	}
	if (count == 0)
		refuse(r, r->column, NULL,
		    "%s: there is no value; the line would have no effect", d->name);
}

static void
apply_line(struct conf_reader *r, const struct directive *d, char *rest, int column)
{
	size_t blanks = strspn(rest, BLANKS), len;

	rest += blanks;
	for (len = strlen(rest); len > 0 && strchr(BLANKS, rest[len - 1]); len--)
		rest[len - 1] = '\0';
	apply_word(r, d, &(struct conf_word){ rest, column + (int)blanks });
}

/* TEXT ends in NUL and may be changed. */
static void
read_directive(struct conf_reader *r, char *text)
{
	const struct directive *d;
	size_t len = strcspn(text, "#"), blanks;
	char *name, *rest;

	text[len] = '\0';
	blanks = strspn(text, SEPARATORS);
	name = text + blanks;
	if (*name == '\0')
		return;
	r->column = (int)blanks + 1;
	rest = name + strcspn(name, SEPARATORS);
	r->directive = arena_strn(r->arena, name, (size_t)(rest - name));
	d = directive_find(r->directive);
	if (!d) {
		refuse_directive(r);
		return;
	}
	for (len = strlen(text); len > 0 && strchr(BLANKS, text[len - 1]); len--)
		;
	if (text[len - 1] == '\\') {
		refuse(r, (int)len, NULL,
		    "%s: a line of ha.cf cannot be continued with '\\'; write it in one",
		    d->name);
		return;
	}
	if (d->flags & CONF_LINE)
		apply_line(r, d, rest, (int)(rest - text) + 1);
	else
		apply_list(r, d, rest, (int)(rest - text) + 1);
}

static void
read_lines(struct conf_reader *r, const char *text, size_t len)
{
	struct text_cursor cursor = { text, text + len, 0 };
	char copy[HACF_LINE_MAX + 1];
	struct text_line line;

	while (text_next_line(&cursor, &line)) {
		r->line = line.number;
		r->column = 1;
		if (line.len > HACF_LINE_MAX) {
			refuse(r, HACF_LINE_MAX + 1, NULL,
			    "the line is longer than %d bytes: the rest would be another "
			    "directive",
			    HACF_LINE_MAX);
			continue;
		}
		memcpy(copy, line.text, line.len);
		copy[line.len] = '\0';
		if (strlen(copy) != line.len) {
			refuse(r, (int)strlen(copy) + 1, NULL,
			    "the line contains a NUL byte");
			continue;
		}
		read_directive(r, copy);
	}
}

/* ---- Defaults. --------------------------------------------------------------- */

static void
defaults_before(struct conf_reader *r)
{
	const struct servent *service = NULL;
	struct conf *conf = r->conf;

	if (r->options.on_this_machine)
		service = getservbyname("ha-cluster", "udp");
	r->udpport = service ? ntohs((uint16_t)service->s_port) : UDP_PORT_DEFAULT;
	conf->logfacility = -1;
	conf->coreroot = HB_STATEDIR "/cores";
	/* As long as peers wait for any step of a hand-over; then nobody counts on it any
	 * more. */
	conf->script_timeout_ms = 3600 * 1000;
	conf->stonith_timeout_ms = 120 * 1000;
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct directive *d = &conf_directives[i];

		if (d->initial)
			d->parse(r, d, &(struct conf_word){ d->initial, 0 });
	}
	/* That default is what the old program needed. */
	conf->memreserve_kb = 0;
}

static int64_t
initdead_default(int64_t deadtime_ms)
{
	if (deadtime_ms < 6000)
		return 12000;
	return deadtime_ms <= 10000 ? 2 * deadtime_ms : deadtime_ms;
}

static bool
is_seen(const struct conf_reader *r, const char *directive)
{
	return r->seen[directive_find(directive) - conf_directives] > 0;
}

static void
defaults_after(struct conf_reader *r)
{
	struct conf *conf = r->conf;

	if (!is_seen(r, "warntime"))
		conf->warntime_ms = conf->deadtime_ms / 2;
	if (!is_seen(r, "initdead"))
		conf->initdead_ms = initdead_default(conf->deadtime_ms);
	auth_defaults_add(r);
}

/* ---- What others may ask for (spec 4.9). ------------------------------------- */

static const char *
computed_text(struct conf_reader *r, const char *name)
{
	const struct conf *conf = r->conf;

	if (strcmp(name, "deadping") == 0)
		return arena_format(r->arena, "%lldms", (long long)conf->deadtime_ms);
	if (strcmp(name, "initdead") == 0)
		return arena_format(r->arena, "%lldms", (long long)conf->initdead_ms);
	if (strcmp(name, "warntime") == 0)
		return arena_format(r->arena, "%lldms", (long long)conf->warntime_ms);
	if (strcmp(name, "udpport") == 0)
		return arena_format(r->arena, "%u", r->udpport);
	if (strcmp(name, "debug") == 0)
		return "0";
	if (strcmp(name, "use_logd") == 0)
		return conf->use_logd ? "yes" : "no";
	if (strcmp(name, "pacemaker") == 0)
		return r->value[directive_find("crm") - conf_directives];
	return NULL;
}

static void
params_build(struct conf_reader *r)
{
	struct conf *conf = r->conf;

	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct directive *d = &conf_directives[i];
		const char *value = r->value[i];

		if (!(d->flags & CONF_KEPT))
			continue;
		if (!value)
			value = computed_text(r, d->name);
		if (!value)
			value = d->initial;
		if (!value)
			continue;
		conf->param = arena_grow(r->arena, conf->param, conf->param_count,
		    sizeof(*conf->param));
		conf->param[conf->param_count++] = (struct conf_param){ d->name, value };
	}
}

const char *
conf_param_find(const struct conf *conf, const char *name)
{
	if (strcmp(name, "hbversion") == 0)
		return HB_VERSION;
	for (size_t i = 0; i < conf->param_count; i++)
		if (strcmp(conf->param[i].name, name) == 0)
			return conf->param[i].value;
	return NULL;
}

/* ---- Entry points. ----------------------------------------------------------- */

static const char *
own_name(struct arena *arena, const struct conf_options *options)
{
	struct utsname uts;
	char *name;

	if (!options->self)
		uname(&uts);
	name = arena_str(arena, options->self ? options->self : uts.nodename);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return name;
}

int
conf_parse(const char *text, size_t len, const char *file,
    const struct conf_options *options, struct conf *conf, struct conf_problems *problems)
{
	static const struct conf_options here = { .on_this_machine = true };
	struct conf_reader r = { .conf = conf, .problems = problems, .file = file };
	size_t errors = problems->errors;

	*conf = (struct conf){ .memory = arena_new(), .dir = HB_HADIR };
	r.options = options ? *options : here;
	r.arena = conf->memory;
	conf->self = own_name(r.arena, &r.options);
	defaults_before(&r);
	read_lines(&r, text, len);
	defaults_after(&r);
	if (problems->errors > errors && !problems->closing)
		problems->closing = "Heartbeat not started: configuration error.";
	crosscheck(&r);
	params_build(&r);
	return problems->errors > errors ? -EINVAL : 0;
}

/* The first line of nodeinfo, or NULL.  The caller frees it. */
static char *
nodeinfo_read(const char *dir)
{
	char path[4096], *text, *name;
	struct stat st;
	size_t len;

	snprintf(path, sizeof(path), "%s/nodeinfo", dir);
	if (text_read(path, &text, &len, &st) < 0)
		return NULL;
	name = text + strspn(text, BLANKS);
	name[strcspn(name, BLANKS)] = '\0';
	if (*name == '\0') {
		free(text);
		return NULL;
	}
	memmove(text, name, strlen(name) + 1);
	return text;
}

static int
unreadable(const char *file, int code, bool here, struct conf_problems *problems)
{
	char legacy[4200], info[9000];

	snprintf(legacy, sizeof(legacy), "Cannot open config file [%s]", file);
	snprintf(info, sizeof(info),
	    "An annotated sample %s file is provided in the documentation.\n"
	    "Please copy it to %s, read it, customize it, and try again.",
	    file, file);
	problem_add(problems, here ? CONF_ERROR : CONF_WARNING,
	    (struct place){ file, 0, 0 }, &(struct legacy){ LOG_ERR, legacy, info },
	    "it cannot be read: %s; the daemon needs it", strerror(-code));
	problems->closing = "Heartbeat not started: configuration error.";
	return code;
}

int
conf_read_with(const char *dir, const struct conf_options *options, struct conf *conf,
    struct conf_problems *problems)
{
	struct conf_options with = *options;
	char path[4096], *text, *nodeinfo = NULL;
	struct stat st;
	size_t len;
	int result;

	snprintf(path, sizeof(path), "%s/ha.cf", dir);
	result = text_read(path, &text, &len, &st);
	if (result < 0)
		return unreadable(path, result, options->on_this_machine, problems);
	if (!with.self)
		with.self = nodeinfo = nodeinfo_read(dir);
	result = conf_parse(text, len, path, &with, conf, problems);
	conf->dir = arena_str(conf->memory, dir);
	conf->mtime = st.st_mtime;
	free(nodeinfo);
	free(text);
	return result;
}

int
conf_read(const char *dir, struct conf *conf, struct conf_problems *problems)
{
	static const struct conf_options here = { .on_this_machine = true };

	return conf_read_with(dir, &here, conf, problems);
}

void
conf_free(struct conf *conf)
{
	arena_free(conf->memory);
	*conf = (struct conf){ 0 };
}
