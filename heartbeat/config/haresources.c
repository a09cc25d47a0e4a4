/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of haresources (spec/resources-v1.md 1.2): logical lines into groups.
 *
 * Better than the scripts of old: comments end every physical line, continued lines are
 * joined with a blank, a line with a node only is ignored, keys are unique.  Where an old
 * node would read something else out of the same file, it is said.
 */
#include "heartbeat/config/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#define BLANKS " \t\r\f\v"
#define REMARKS_MAX 10000 /* comments on lines of their own; more are only comments */

struct groups_reader {
	struct conf_groups *groups;
	struct conf_problems *problems;
	struct arena *arena;
	const char *file;
	struct conf_group group; /* being read; node NULL = nothing yet */
	const char *comment;     /* the first one of its lines, or NULL */
	size_t resource_count;   /* of all groups */
	bool broken;             /* it has an error and is left out */
	bool continued;          /* the line before ended in a backslash */
	bool glued;              /* ... and without a blank before it */
};

static void
groups_complain(struct groups_reader *r, enum conf_severity severity, int line,
    int column, const char *format, const char *word)
{
	problem_add(r->problems, severity, (struct place){ r->file, line, column }, NULL,
	    format, word);
	if (severity == CONF_ERROR)
		r->broken = true;
}

/* Four parts that each begin with a digit: "10.0.0.5", "10.0.0.5/24/eth0". */
static bool
is_bare_address(const char *word)
{
	int parts = 1;

	if (!isdigit((unsigned char)*word))
		return false;
	for (const char *c = word; *c && parts < 4; c++)
		if (*c == '.' && isdigit((unsigned char)c[1]))
			parts++;
	return parts == 4;
}

/* ---- Words. ------------------------------------------------------------------ */

/* Parts of "script::a::b"; empty ones vanish, as they do in the scripts. */
static void
split_args(struct groups_reader *r, struct conf_resource *rsc, const char *args)
{
	while (args) {
		const char *next = strstr(args, "::");
		size_t len = next ? (size_t)(next - args) : strlen(args);

		if (len == 0)
			groups_complain(r, CONF_WARNING, rsc->line, rsc->column,
			    "'%s' has an empty argument, which vanishes: those after it "
			    "move up",
			    rsc->word);
		else if (rsc->arg_count < CONF_ARG_MAX)
			rsc->arg[rsc->arg_count++] = arena_strn(r->arena, args, len);
		else
			groups_complain(r, CONF_ERROR, rsc->line, rsc->column,
			    "'%.60s' has too many arguments; 32 are allowed", rsc->word);
		if (r->broken)
			return;
		args = next ? next + 2 : NULL;
	}
}

static void
read_resource(struct groups_reader *r, const char *word, int line, int column)
{
	struct conf_group *group = &r->group;
	const char *colons = strstr(word, "::");
	struct conf_resource rsc = { .word = word, .line = line, .column = column };

	if (is_bare_address(word)) {
		rsc.script = "IPaddr";
		rsc.arg[rsc.arg_count++] = word;
		if (colons)
			groups_complain(r, CONF_ERROR, line, column,
			    "'%s': an address alone takes no '::'; write IPaddr::ADDRESS",
			    word);
	} else if (colons == word) {
		groups_complain(r, CONF_ERROR, line, column,
		    "'%s': the script before '::' is missing", word);
	} else if (colons) {
		rsc.script = arena_strn(r->arena, word, (size_t)(colons - word));
		split_args(r, &rsc, colons + 2);
	} else {
		rsc.script = word;
	}
	if (++r->resource_count > RESOURCES_MAX) {
		groups_complain(r, CONF_ERROR, line, column,
		    "'%s': there are more than 8000 resources", word);
		return;
	}
	group->resource = arena_grow(r->arena, group->resource, group->resource_count,
	    sizeof(*group->resource));
	group->resource[group->resource_count++] = rsc;
}

static void
read_word(struct groups_reader *r, const char *text, size_t len, int line, int column)
{
	char *word = arena_strn(r->arena, text, len);

	if (r->group.node) {
		read_resource(r, word, line, column);
		return;
	}
	for (char *c = word; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	r->group.node = word;
	r->group.line = line;
	r->group.column = column;
}

/* ---- Groups. ----------------------------------------------------------------- */

static bool
key_is_new(struct groups_reader *r)
{
	const struct conf_group *group = &r->group;

	if (r->groups->count >= GROUPS_MAX) {
		groups_complain(r, CONF_ERROR, group->line, group->column,
		    "'%s': there are more than 2000 groups", group->key);
		return false;
	}
	for (size_t i = 0; i < r->groups->count; i++) {
		const struct conf_group *other = &r->groups->group[i];

		if (strcmp(other->key, group->key) != 0)
			continue;
		problem_add(r->problems, CONF_ERROR,
		    (struct place){ r->file, group->resource[0].line,
		        group->resource[0].column },
		    NULL,
		    "'%s' is the first resource of the group in line %d already; it "
		    "names the group and "
		    "must be unique",
		    group->key, other->line);
		return false;
	}
	return true;
}

/* The logical line ends here. */
static void
finish_group(struct groups_reader *r)
{
	struct conf_group *group = &r->group;
	struct conf_groups *groups = r->groups;

	if (group->node && group->resource_count == 0 && !r->broken) {
		groups_complain(r, CONF_WARNING, group->line, group->column,
		    "node '%s' has no resources in this line; it is ignored",
		    group->node);
	} else if (group->node && !r->broken) {
		group->key = group->resource[0].word;
		group->comment = r->comment;
		if (key_is_new(r)) {
			group_words_check(group, r->file, r->problems);
			groups->group = arena_grow(r->arena, groups->group, groups->count,
			    sizeof(*groups->group));
			groups->group[groups->count++] = *group;
		}
	}
	*group = (struct conf_group){ 0 };
	r->comment = NULL;
	r->broken = false;
}

/* What a '#' begins, without trailing blanks: of the group that has begun or begins in this line, or alone. */
static void
comment_keep(struct groups_reader *r, const struct text_line *line, const char *hash)
{
	size_t len = (size_t)(line->text + line->len - hash) - 1, blanks = 0;
	char *text;

	while (len > 0 && hash[len] && strchr(BLANKS, hash[len]))
		len--;
	text = arena_strn(r->arena, hash + 1, len);
	while (line->text + blanks < hash && strchr(BLANKS, line->text[blanks]))
		blanks++;
	if (r->group.node || line->text + blanks < hash) {
		if (!r->comment)
			r->comment = text;
		return;
	}
	if (r->groups->remark_count == REMARKS_MAX)
		return;
	r->groups->remark = arena_grow(r->arena, r->groups->remark,
	    r->groups->remark_count, sizeof(*r->groups->remark));
	r->groups->remark[r->groups->remark_count++] =
	    (struct conf_remark){ text, line->number };
}

/* The length without comment and trailing blanks; *CONTINUED when a backslash was last.
 */
static size_t
line_length(struct groups_reader *r, const struct text_line *line, bool *continued)
{
	const char *hash = memchr(line->text, '#', line->len);
	size_t len = hash ? (size_t)(hash - line->text) : line->len;

	if (hash)
		comment_keep(r, line, hash);
	while (len > 0 && strchr(BLANKS, line->text[len - 1]) && line->text[len - 1])
		len--;
	*continued = len > 0 && line->text[len - 1] == '\\';
	if (hash && r->continued)
		groups_complain(r, CONF_WARNING, line->number,
		    (int)(hash - line->text) + 1, "%s",
		    "old nodes do not know comments in continued lines and take the "
		    "words for "
		    "resources");
	if (!*continued)
		return len;
	if (len < line->len)
		groups_complain(r, CONF_WARNING, line->number, (int)len, "%s",
		    "something follows the '\\'; old nodes do not continue such a line");
	return len - 1;
}

static void
read_line(struct groups_reader *r, const struct text_line *line)
{
	bool continued;
	size_t len = line_length(r, line, &continued), at = 0;

	if (r->glued && len > 0 && !strchr(BLANKS, line->text[0]))
		groups_complain(r, CONF_WARNING, line->number, 1, "%s",
		    "old nodes join this with the last word of the line before, as there "
		    "is no blank");
	while (at < len) {
		size_t start;

		while (at < len && strchr(BLANKS, line->text[at]))
			at++;
		for (start = at; at < len && !strchr(BLANKS, line->text[at]); at++)
			;
		if (at > start)
			read_word(r, line->text + start, at - start, line->number,
			    (int)start + 1);
	}
	r->glued = continued && len > 0 && !strchr(BLANKS, line->text[len - 1]);
	r->continued = continued;
	if (!continued)
		finish_group(r);
}

int
conf_haresources_parse(const char *text, size_t len, const char *file,
    struct conf_groups *groups, struct conf_problems *problems)
{
	struct groups_reader r = { .groups = groups, .problems = problems, .file = file };
	struct text_cursor cursor = { text, text + len, 0 };
	struct text_line line;

	*groups = (struct conf_groups){ .memory = r.arena = arena_new() };
	while (text_next_line(&cursor, &line)) {
		if (memchr(line.text, '\0', line.len)) {
			groups_complain(&r, CONF_ERROR, line.number, 1, "%s",
			    "the line contains a NUL byte");
			continue;
		}
		read_line(&r, &line);
	}
	if (r.continued)
		groups_complain(&r, CONF_WARNING, cursor.line, 1, "%s",
		    "the file ends in a line that is to be continued");
	finish_group(&r);
	return 0;
}

/* ---- The file. --------------------------------------------------------------- */

int
haresources_read(const char *file, const struct conf_options *options,
    struct conf_groups *groups, struct conf_problems *problems)
{
	char *text, legacy[4300], info[9000];
	struct stat st;
	size_t len;
	int result = text_read(file, &text, &len, &st);

	if (result < 0) {
		snprintf(legacy, sizeof(legacy), "Cannot open resources file [%s]", file);
		snprintf(info, sizeof(info),
		    "An annotated sample %s file is provided in the documentation.\n"
		    "Please copy it to %s, read it, customize it, and try again.",
		    file, file);
		problem_add(problems,
		    options->on_this_machine ? CONF_ERROR : CONF_WARNING,
		    (struct place){ file, 0, 0 },
		    &(struct legacy){ LOG_ERR, legacy, info },
		    "it cannot be read: %s; without crm the daemon needs it",
		    strerror(-result));
		return result;
	}
	result = conf_haresources_parse(text, len, file, groups, problems);
	free(text);
	return result;
}

int
conf_haresources_read(const char *file, struct conf_groups *groups,
    struct conf_problems *problems)
{
	static const struct conf_options here = { .on_this_machine = true };

	return haresources_read(file, &here, groups, problems);
}

void
conf_groups_free(struct conf_groups *groups)
{
	arena_free(groups->memory);
	*groups = (struct conf_groups){ 0 };
}

const struct conf_group *
conf_groups_find(const struct conf_groups *groups, const char *word)
{
	for (size_t i = 0; i < groups->count; i++)
		for (size_t j = 0; j < groups->group[i].resource_count; j++)
			if (strcmp(groups->group[i].resource[j].word, word) == 0)
				return &groups->group[i];
	return NULL;
}
