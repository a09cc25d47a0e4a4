/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the CRM's programs share: begin, complain, answer, end. */
#include "crm/commands/kit.h"

#include "crm/commands/private.h"
#include "crm/common/exits.h"
#include "crm/common/release.h"
#include "crm/common/xmltext.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Errors. */

static void
error_add(struct kit *kit, char *text)
{
	char **errors =
	    realloc(kit->errors, ((size_t)kit->error_count + 1) * sizeof(*errors));

	if (!errors)
		abort();
	kit->errors = errors;
	kit->errors[kit->error_count++] = text;
}

static void
error_say(struct kit *kit, const char *who, const char *format, va_list arguments)
{
	char *text = text_vprint(format, arguments),
	     *whole = text_print("%s%s%s", who, *who ? ": " : "", text);

	free(text);
	if (kit->result) {
		xmltext_mend(whole);
		error_add(kit, whole);
	} else {
		fflush(kit->out ? kit->out : stdout);
		fprintf(stderr, "%s\n", whole);
		free(whole);
	}
}

void
kit_error(struct kit *kit, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_say(kit, "", format, arguments);
	va_end(arguments);
}

void
kit_error_line(struct kit *kit, const char *format, ...)
{
	va_list arguments;
	char *last, *line;

	va_start(arguments, format);
	error_say(kit, "", format, arguments);
	va_end(arguments);
	if (!kit->result || kit->error_count < 2)
		return;
	line = kit->errors[--kit->error_count];
	last = kit->errors[--kit->error_count];
	if (asprintf(&kit->errors[kit->error_count++], "%s\n%s", last, line) < 0)
		abort();
	free(last);
	free(line);
}

void
kit_complain(struct kit *kit, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_say(kit, kit->name, format, arguments);
	va_end(arguments);
}

/* The answer. */

static char *
command_line(const char *name, int argc, char **argv)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	fputs(name, out);
	for (int i = 1; i < argc; i++)
		fprintf(out, " %s", argv[i]);
	fclose(out);
	xmltext_mend(text);
	return text;
}

static int
answer_open(struct kit *kit, int argc, char **argv)
{
	if (kit->output_to && strcmp(kit->output_to, "-") != 0) {
		kit->out = fopen(kit->output_to, "we");
		if (!kit->out) {
			kit_complain(kit, "Error creating output format %s: %s",
			    kit->output_as ? kit->output_as : "(null)", strerror(errno));
			return CRM_EX_CANNOT_CREATE;
		}
	} else
		kit->out = stdout;
	if (kit->format == KIT_XML) {
		xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
		char *request = command_line(kit->name, argc, argv);

		kit->result = xmlNewDocNode(doc, NULL, BAD_CAST "pacemaker-result", NULL);
		xmlDocSetRootElement(doc, kit->result);
		xmlNewProp(kit->result, BAD_CAST "api-version", BAD_CAST CRM_XML_API);
		xmlNewProp(kit->result, BAD_CAST "request", BAD_CAST request);
		free(request);
	}
	return KIT_GO;
}

static int
format_choose(struct kit *kit)
{
	static const struct {
		const char *name;
		enum kit_format format;
	} names[] = { { "text", KIT_TEXT }, { "xml", KIT_XML }, { "html", KIT_HTML },
		{ "console", KIT_CONSOLE } };

	for (size_t i = 0; kit->output_as && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(kit->output_as, names[i].name) == 0 &&
		    kit->program->formats & names[i].format) {
			kit->format = names[i].format;
			return KIT_GO;
		}
	if (!kit->output_as)
		return KIT_GO;
	kit_complain(kit, "Error creating output format %s: Unknown output format",
	    kit->output_as);
	return CRM_EX_ERROR;
}

void
kit_no_envelope(struct kit *kit)
{
	if (kit->result)
		xmlFreeDoc(kit->result->doc);
	kit->result = NULL;
}

/* XML escapes nothing that a reader would miss; carried by libxml2. */
static void
envelope_write(struct kit *kit, int code)
{
	char number[16];
	xmlNode *status, *errors = NULL;
	xmlBuffer *text = xmlBufferCreate();

	snprintf(number, sizeof(number), "%d", code);
	status = xmlNewChild(kit->result, NULL, BAD_CAST "status", NULL);
	xmlNewProp(status, BAD_CAST "code", BAD_CAST number);
	xmlNewProp(status, BAD_CAST "message", BAD_CAST crm_exit_text(code));
	if (kit->error_count)
		errors = xmlNewChild(status, NULL, BAD_CAST "errors", NULL);
	for (int i = 0; i < kit->error_count; i++)
		xmlNewTextChild(errors, NULL, BAD_CAST "error", BAD_CAST kit->errors[i]);
	xmlNodeDump(text, kit->result->doc, kit->result, 0, 1);
	fprintf(kit->out, "%s\n", (const char *)xmlBufferContent(text));
	xmlBufferFree(text);
}

/* Beginning and end. */

int
kit_begin(struct kit *kit, const struct kit_program *program, int argc, char **argv,
    void *data)
{
	int code;

	*kit = (struct kit){ .program = program,
		.name = program->name,
		.data = data,
		.format = KIT_TEXT,
		.out = stdout };
	/* A reader that goes away (| head) is an error of writing, not a death. */
	signal(SIGPIPE, SIG_IGN);
	LIBXML_TEST_VERSION
	kit->words = calloc((size_t)argc + 1, sizeof(*kit->words));
	if (!kit->words)
		abort();
	code = kit_options_read(kit, argc, argv);
	if (code == KIT_GO)
		code = format_choose(kit);
	if (code == KIT_GO)
		code = answer_open(kit, argc, argv);
	return code;
}

/* "| head" has what it wanted, and nobody is to be told. */
static bool
reader_is_gone(FILE *out)
{
	struct pollfd end = { .fd = fileno(out), .events = POLLOUT };

	return poll(&end, 1, 0) == 1 && (end.revents & POLLERR);
}

int
kit_end(struct kit *kit, int code)
{
	if (kit->result) {
		envelope_write(kit, code);
		xmlFreeDoc(kit->result->doc);
	}
	if (kit->out) {
		bool bad = fflush(kit->out) != 0 || ferror(kit->out);
		bool is_told = !bad || reader_is_gone(kit->out);

		if (kit->out != stdout)
			bad |= fclose(kit->out) != 0;
		if (bad && !is_told)
			fprintf(stderr, "%s: cannot write the answer: %s\n", kit->name,
			    strerror(errno));
		if (bad && code == 0)
			code = CRM_EX_IO;
	}
	for (int i = 0; i < kit->error_count; i++)
		free(kit->errors[i]);
	free(kit->errors);
	free(kit->words);
	xmlCleanupParser();
	return code;
}
