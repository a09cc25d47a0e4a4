/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stonith(8): what it prints of itself and of types. */
#include "stonith/commands/stonith.h"
#include "lib/array.h"

#include <stdio.h>
#include <string.h>

#define BETWEEN " \t\r\n\f"

void
print_usage(FILE *out)
{
	fputs("usage:\n"
	      "  stonith -L                             list the types of devices\n"
	      "  stonith -t TYPE -n                     names of the parameters of a "
	      "type\n"
	      "  stonith -t TYPE -m                     its meta-data, XML\n"
	      "  stonith [-t TYPE] -h                   help, of one type or of all\n"
	      "  stonith -t TYPE PARAMETERS -S          is the device reachable?\n"
	      "  stonith -t TYPE PARAMETERS -l          which hosts does it control?\n"
	      "  stonith -t TYPE PARAMETERS NODE        reset the node, NOW\n"
	      "  stonith -t TYPE PARAMETERS -T OP NODE  reset, on or off\n"
	      "PARAMETERS: name=value ..., or one of -p 'VALUES', -F FILE, -E "
	      "(environment)\n"
	      "more in stonith(8), and 'stonith -h'\n",
	    out);
}

/* Each blank separated word between BEFORE and AFTER. */
static void
print_words(const char *words, const char *before, const char *after)
{
	for (words += strspn(words, BETWEEN); *words; words += strspn(words, BETWEEN)) {
		int len = (int)strcspn(words, BETWEEN);

		printf("%s%.*s%s", before, len, words, after);
		words += len;
	}
}

static int
described(const char *type, unsigned about, struct stn_device **device)
{
	const struct stn_step describe = { .step = STEP_DESCRIBE, .about = about };
	struct err err;

	*device = stn_device_new(type, &say_watcher, NULL, &err);
	if (!*device) {
		fprintf(stderr, "%s\n", err.text);
		return EXIT_USAGE;
	}
	stn_step_run(*device, &describe);
	return EXIT_DONE;
}

int
print_names(const char *type)
{
	struct stn_device *device;

	if (described(type, BIT(ABOUT_NAMES), &device) != EXIT_DONE)
		return EXIT_NO_TYPE;
	print_words(stn_device_about(device, ABOUT_NAMES), "", "  ");
	putchar('\n');
	stn_device_free(device);
	return EXIT_DONE;
}

/* Scripts end their texts with a newline of their own. */
static void
print_line(const char *text)
{
	size_t len = strlen(text);

	printf("%s%s", text, len > 0 && text[len - 1] == '\n' ? "" : "\n");
}

static int
print_type_help(const char *type)
{
	struct stn_device *device;
	const char *url;

	if (described(type, BIT(ABOUT_DESCR) | BIT(ABOUT_URL) | BIT(ABOUT_NAMES),
	        &device) != EXIT_DONE)
		return EXIT_USAGE;
	printf("\n\nSTONITH Device: %s - ", type);
	print_line(stn_device_about(device, ABOUT_DESCR));
	url = stn_device_about(device, ABOUT_URL);
	if (*url) {
		fputs("For more information see ", stdout);
		print_line(url);
	}
	printf("List of valid parameter names for %s STONITH device:\n", type);
	print_words(stn_device_about(device, ABOUT_NAMES), "\t", "\n");
	fputs("With -p, give the values of these names in this order, blanks between "
	      "them.\n"
	      "The last value is all the rest of the text, with its blanks; quotes mean\n"
	      "nothing.  With -F, the values stand so in the first line of the file that "
	      "does\n"
	      "not begin with '#'; what follows that line is not read.\n",
	    stdout);
	stn_device_free(device);
	return EXIT_DONE;
}

int
print_help(const struct call *call)
{
	char **types;

	if (call->type)
		return print_type_help(call->type);
	print_usage(stdout);
	print_options();
	puts("\nSTONITH -t device types and associated configuration details:");
	types = stn_types_list(&say_watcher, NULL);
	for (size_t i = 0; types && types[i]; i++)
		print_type_help(types[i]);
	stn_strings_free(types);
	return EXIT_DONE;
}

/* Meta-data, the layout of 1.0.12 to the byte. */

static void
print_escaped(const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", stdout);
			break;
		case '>':
			fputs("&gt;", stdout);
			break;
		case '&':
			fputs("&amp;", stdout);
			break;
		default:
			putchar(*text);
		}
}

static void
print_part(const struct stn_device *device, enum wire_about about, const char *what)
{
	const char *text = stn_device_about(device, about);

	if (*text == '\0') {
		fprintf(stderr, "stonithRA plugin: no %s", what);
		fputs("<!-- no value -->", stdout);
	} else if (about == ABOUT_XML) {
		fputs(text, stdout);
	} else {
		print_escaped(text);
	}
}

int
print_metadata(const char *type)
{
	struct stn_device *device;

	if (described(type, BIT(ABOUT_DESCR) | BIT(ABOUT_ID) | BIT(ABOUT_XML), &device) !=
	    EXIT_DONE)
		return EXIT_NO_TYPE;
	printf("<?xml version=\"1.0\"?>\n"
	       "<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n"
	       "<resource-agent name=\"%s\">\n"
	       "<version>1.0</version>\n"
	       "<longdesc lang=\"en\">\n",
	    type);
	print_part(device, ABOUT_DESCR, "long description");
	fputs("\n</longdesc>\n<shortdesc lang=\"en\">", stdout);
	print_part(device, ABOUT_ID, "short description");
	fputs("</shortdesc>\n", stdout);
	print_part(device, ABOUT_XML, "parameters");
	fputs("\n<actions>\n"
	      "<action name=\"start\"   timeout=\"20\" />\n"
	      "<action name=\"stop\"    timeout=\"15\" />\n"
	      "<action name=\"status\"  timeout=\"20\" />\n"
	      "<action name=\"monitor\" timeout=\"20\" interval=\"3600\" />\n"
	      "<action name=\"meta-data\"  timeout=\"15\" />\n"
	      "</actions>\n"
	      "<special tag=\"heartbeat\">\n"
	      "<version>2.0</version>\n"
	      "</special>\n"
	      "</resource-agent>\n",
	    stdout);
	stn_device_free(device);
	return EXIT_DONE;
}

void
json_text(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			putc(*text, out);
	putc('"', out);
}
