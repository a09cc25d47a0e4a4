/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a command line, by a program's table.  Not getopt: an option's value may be optional and stand in
 * the next word, heartbeat 2's names are accepted, and there are two ways of wording a complaint.
 */
#include "crm/commands/private.h"
#include "crm/common/exits.h"
#include "crm/common/release.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct kit *kit;
	char **argv;
	int argc, at; /* the word that is read next */
};

static bool
is_option(const struct kit_option *o)
{
	return o->id >= 0;
}

static bool
is_end(const struct kit_option *o)
{
	return !o->name && !o->letter && !o->id;
}

/* Help. */

static void
help_one(FILE *out, const struct kit_option *o)
{
	char left[80], value[40] = "";
	const char *help = o->help;

	if (o->kind == KIT_VALUE)
		snprintf(value, sizeof(value), "%s%s", o->name ? "=" : " ", o->value);
	else if (o->kind == KIT_OPTIONAL)
		snprintf(value, sizeof(value), "%s%s]", o->name ? "[=" : "[", o->value);
	if (o->letter)
		snprintf(left, sizeof(left), "  -%c%s%s%s", o->letter,
		    o->name ? ", --" : "", o->name ? o->name : "", value);
	else
		snprintf(left, sizeof(left), "      --%s%s", o->name, value);
	fprintf(out, strlen(left) > 30 ? "%s\n%32s" : "%-32s%s", left, "");
	for (size_t len; *help; help += len + (help[len] == '\n')) {
		len = strcspn(help, "\n");
		fprintf(out, "%.*s\n%s", (int)len, help, "");
		if (help[len])
			fprintf(out, "%32s", "");
	}
}

void
kit_usage(const struct kit *kit, FILE *out)
{
	const struct kit_program *p = kit->program;

	fprintf(out, "%s - %s\n\nusage: %s %s\n", p->name, p->summary, p->name, p->usage);
	for (const struct kit_option *o = p->options; !is_end(o); o++)
		if (!is_option(o))
			fprintf(out, "\n%s:\n", o->name);
		else if (o->help)
			help_one(out, o);
	if (p->epilog)
		fprintf(out, "\n%s\n", p->epilog);
}

void
kit_usage_wrong(const struct kit *kit)
{
	FILE *out = kit->program->usage_on_stdout ? stdout : stderr;

	if (out == stdout)
		fputc('\n', out);
	kit_usage(kit, out);
}

static int
version(void)
{
	puts("Pacemaker " CRM_RELEASE);
	puts("heartbeat " HB_VERSION ", in whose place it stands");
	return 0;
}

/* Finding. */

static bool
is_word_of(const char *words, const char *name, size_t len)
{
	for (const char *at = words; at && *at; at += *at == ' ') {
		size_t size = strcspn(at, " ");

		if (size == len && strncmp(at, name, len) == 0)
			return true;
		at += size;
	}
	return false;
}

static const struct kit_option *
find_letter(const struct kit *kit, char letter)
{
	const char *letters = getenv("CRM_LETTERS");
	bool of_h = letters && strcmp(letters, "heartbeat") == 0;
	const struct kit_option *found = NULL;

	for (const struct kit_option *o = kit->program->options; !is_end(o); o++) {
		if (!is_option(o))
			continue;
		if (of_h && o->h_letter == letter)
			return o;
		if (o->letter == letter && !(of_h && o->h_letter) && !found)
			found = o;
	}
	return found;
}

/* *MANY: an abbreviation of several. */
/* "--help-queries" and its like: there is one help, of everything. */
static bool
is_help_of_part(const struct kit *kit, const struct kit_option *o, const char *name,
    size_t len)
{
	static const char prefix[] = "help-";

	return o->id == KIT_HELP && !kit->program->getopt_texts &&
	       len > strlen(prefix) && strncmp(name, prefix, strlen(prefix)) == 0;
}

static const struct kit_option *
find_long(const struct kit *kit, const char *name, size_t len, bool *many)
{
	const struct kit_option *found = NULL;

	*many = false;
	for (const struct kit_option *o = kit->program->options; !is_end(o); o++) {
		if (!is_option(o))
			continue;
		if ((o->name && strlen(o->name) == len &&
		        strncmp(o->name, name, len) == 0) ||
		    is_word_of(o->h_names, name, len) ||
		    is_help_of_part(kit, o, name, len)) {
			*many = false;
			return o;
		}
		if (kit->program->getopt_texts && o->name && o->help && len > 0 &&
		    strncmp(o->name, name, len) == 0) {
			*many =
			    found && (found->id != o->id || found->letter != o->letter);
			found = o;
		}
	}
	return found;
}

/* Complaints. */

/* SHORT_TEXT and LONG_TEXT are getopt's, OTHER the one of the rest, all with one %s. */
static int
wrong(struct reader *r, const char *getopt_text, const char *other, const char *word)
{
	struct kit *kit = r->kit;

	kit_complain(kit, kit->program->getopt_texts ? getopt_text : other, word);
	if (kit->program->getopt_texts)
		kit_usage_wrong(kit);
	return CRM_EX_USAGE;
}

/* Taking. */

static int
take_common(struct kit *kit, int id, const char *value)
{
	switch (id) {
	case KIT_HELP:
		kit_usage(kit, stdout);
		return 0;
	case KIT_VERSION:
		return version();
	case KIT_VERBOSE:
		kit->verbose++;
		return KIT_GO;
	case KIT_QUIET:
		kit->quiet = true;
		return KIT_GO;
	case KIT_OUTPUT_AS:
		kit->output_as = value;
		return KIT_GO;
	case KIT_FANCY:
		return KIT_GO;
	default:
		kit->output_to = value;
		return KIT_GO;
	}
}

static int
take(struct reader *r, const struct kit_option *o, const char *value)
{
	int id = o->id ? o->id : (unsigned char)o->letter, code;

	if (id >= KIT_HELP)
		return take_common(r->kit, id, value);
	code = r->kit->program->set(r->kit->data, r->kit, id, value);
	if (code == KIT_USAGE_SHOWN) {
		kit_usage_wrong(r->kit);
		return CRM_EX_USAGE;
	}
	return code == 0 ? KIT_GO : code;
}

/* The word behind an option, when it is its value. */
static const char *
next_value(struct reader *r, const struct kit_option *o)
{
	const char *next = r->at < r->argc ? r->argv[r->at] : NULL;

	if (!next || o->kind == KIT_FLAG)
		return NULL;
	if (o->kind == KIT_OPTIONAL && next[0] == '-' && next[1] != '\0')
		return NULL;
	r->at++;
	return next;
}

static int
read_letters(struct reader *r, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		const struct kit_option *o = find_letter(r->kit, *c);
		char letter[] = { *c, '\0' }, dashed[] = { '-', *c, '\0' };
		const char *name = r->kit->program->getopt_texts ? letter : dashed,
		           *value;
		int code;

		if (!o)
			return wrong(r, "invalid option -- '%s'", "Unknown option %s",
			    name);
		value = o->kind != KIT_FLAG && c[1] ? c + 1 : next_value(r, o);
		if (o->kind == KIT_VALUE && !value)
			return wrong(r, "option requires an argument -- '%s'",
			    "Missing argument for %s", name);
		code = take(r, o, value);
		if (code != KIT_GO || o->kind != KIT_FLAG) {
			/* A value in the next word ends the letters, too. */
			if (code != KIT_GO || value)
				return code;
		}
	}
	return KIT_GO;
}

static int
read_long(struct reader *r, const char *word)
{
	const char *name = word + 2, *value = strchr(name, '=');
	size_t len = value ? (size_t)(value++ - name) : strlen(name);
	bool many;
	const struct kit_option *o = find_long(r->kit, name, len, &many);

	if (many)
		return wrong(r, "option '%s' is ambiguous", "Unknown option %s", word);
	if (!o)
		return wrong(r, "unrecognized option '%s'", "Unknown option %s", word);
	if (o->kind == KIT_FLAG && value)
		return wrong(r, "option '%s' doesn't allow an argument",
		    "Unknown option %s", word);
	if (!value)
		value = next_value(r, o);
	if (o->kind == KIT_VALUE && !value)
		return wrong(r, "option '%s' requires an argument",
		    "Missing argument for %s", word);
	return take(r, o, value);
}

int
kit_options_read(struct kit *kit, int argc, char **argv)
{
	struct reader r = { .kit = kit, .argv = argv, .argc = argc, .at = 1 };
	int code = KIT_GO;

	while (code == KIT_GO && r.at < argc) {
		const char *word = argv[r.at++];

		if (strcmp(word, "--") == 0) {
			while (r.at < argc)
				kit->words[kit->word_count++] = argv[r.at++];
		} else if (strncmp(word, "--", 2) == 0)
			code = read_long(&r, word);
		else if (word[0] == '-' && word[1])
			code = read_letters(&r, word);
		else
			kit->words[kit->word_count++] = word;
	}
	return code;
}
