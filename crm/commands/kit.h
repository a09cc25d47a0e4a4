/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the CRM's programs share (spec/crm-tools.md 2): their options out of one table, --help and --version,
 * the answer as text or as XML in its envelope, errors, exit codes.  The document comes through
 * crm/commands/connection.h.
 *
 *	int main(int argc, char **argv)
 *	{
 *		struct arguments a = { 0 };
 *		struct kit kit;
 *		int code = kit_begin(&kit, &program, argc, argv, &a);
 *
 *		return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
 *	}
 */
#ifndef CRM_COMMANDS_KIT_H
#define CRM_COMMANDS_KIT_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stdio.h>

struct kit;

enum kit_value { KIT_FLAG, KIT_VALUE, KIT_OPTIONAL };

struct kit_option {
	/* 0 = has none. */
	char letter;
	/* NULL ends the table, unless there is a letter or an id. */
	const char *name;
	/* heartbeat 2's long names for it, divided by blanks, or NULL. */
	const char *h_names;
	/* KIT_OPTIONAL: "--name=VALUE", "-nVALUE", or the next word if it is no option. */
	enum kit_value kind;
	/* What the help calls the value: "NODE". */
	const char *value;
	/* NULL = not shown; lines after the first are indented by the kit. */
	const char *help;
	/* What set() is told; 0 = the letter; below 0: a title for the help, in NAME. */
	int id;
	/* What heartbeat 2 calls it by, where that is another letter; '-' = it has none there.  Only who has
	 * CRM_LETTERS=heartbeat in his environment means these. */
	char h_letter;
};

#define KIT_TITLE(text)                                                                  \
	{                                                                                \
		.name = text, .id = -1                                                   \
	}

enum kit_format { KIT_TEXT = 1, KIT_XML = 2, KIT_HTML = 4, KIT_CONSOLE = 8 };

struct kit_program {
	const char *name;
	/* Behind "crm_attribute - "; perhaps more lines. */
	const char *summary;
	/* "COMMAND [OPTION...]" */
	const char *usage;
	const struct kit_option *options;
	/* Takes one option.  0, the exit code with which to end, or KIT_USAGE_SHOWN: the usage
	 * follows, and the end with 64. */
	int (*set)(void *data, struct kit *kit, int id, const char *value);
	/* Of --help: examples, exit codes; or NULL. */
	const char *epilog;
	/* Of enum kit_format: what --output-as takes. */
	unsigned formats;
	/* Errors as getopt_long() words them, with the usage; abbreviations are taken. */
	bool getopt_texts;
	/* With getopt_texts: the usage goes to stdout, behind an empty line, as shell scripts of old do. */
	bool usage_on_stdout;
};

enum { KIT_GO = -1, KIT_USAGE_SHOWN = -2 };

struct kit {
	const struct kit_program *program;
	const char *name; /* of the program */
	int verbose;      /* how many -V */
	bool quiet;       /* where a program's table has KIT_QUIET */
	enum kit_format format;
	FILE *out;       /* for the answer: stdout or --output-to */
	xmlNode *result; /* KIT_XML: the envelope, to which a program adds; else NULL */
	const char **words; /* what is neither an option nor its value */
	int word_count;
	/* Private. */
	char **errors;
	int error_count;
	const char *output_as, *output_to;
	void *data;
};

/* Options with these ids are taken by the kit, not by set(). */
enum {
	KIT_HELP = 0x1000,
	KIT_VERSION,
	KIT_VERBOSE,
	KIT_QUIET,
	KIT_OUTPUT_AS,
	KIT_OUTPUT_TO,
	KIT_FANCY
};

/* What every table begins or ends with. */
/* clang-format off */
#define KIT_COMMON                                                                       \
	{ '?', "help", "help-all", KIT_FLAG, NULL, "this text", KIT_HELP },              \
	{ '$', "version", NULL, KIT_FLAG, NULL, "say which version this is", KIT_VERSION }, \
	{ 'V', "verbose", NULL, KIT_FLAG, NULL, "say more; may be repeated", KIT_VERBOSE }
#define KIT_H_IS_HELP                                                                    \
	{ 'h', NULL, NULL, KIT_FLAG, NULL, NULL, KIT_HELP }
#define KIT_OUTPUT(formats)                                                              \
	{ 0, "output-as", NULL, KIT_VALUE, "FORMAT", "the form of the answer: " formats, KIT_OUTPUT_AS }, \
	{ 0, "output-to", NULL, KIT_VALUE, "FILE", "where it goes instead of stdout; - = stdout", KIT_OUTPUT_TO }, \
	{ 0, "text-fancy", NULL, KIT_FLAG, NULL, "with text: bullets and titles, which are there anyway", KIT_FANCY }
/* clang-format on */

/* Reads the words.  KIT_GO, or the exit code: nothing more is to be done then but kit_end(). */
int kit_begin(struct kit *kit, const struct kit_program *program, int argc, char **argv,
    void *data);
/* Writes what is still to be written (XML: the envelope with status and errors), frees, and returns the code
 * that main() returns: CODE, or 74 when the answer could not be written. */
int kit_end(struct kit *kit, int code);

/* One line for people: on stderr as it stands, or in the envelope as an error. */
void kit_error(struct kit *kit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One more line of the error before it: in the envelope they are one. */
void kit_error_line(struct kit *kit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same as kit_error() with "PROGRAM: " before it. */
void kit_complain(struct kit *kit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* How the program is called. */
void kit_usage(const struct kit *kit, FILE *out);
/* The same as the end of a complaint, where it belongs. */
void kit_usage_wrong(const struct kit *kit);
/* What crm_mon -X and --output-as=html do: the program writes all of the answer itself. */
void kit_no_envelope(struct kit *kit);

#endif
