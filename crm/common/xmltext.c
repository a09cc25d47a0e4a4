/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/xmltext.h"

#include <libxml/chvalid.h>
#include <libxml/xmlstring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of the character that TEXT begins with, or 0 when it begins with none.  Up to 4 bytes are looked at, and none
 * behind the NUL: it is no part of a character. */
static int
character_len(const char *text)
{
	int len = (int)strnlen(text, 4),
	    c = xmlGetUTF8Char((const unsigned char *)text, &len);

	return c > 0 && xmlIsCharQ((unsigned)c) ? len : 0;
}

void
xmltext_mend(char *text)
{
	for (int len; *text; text += len ? len : 1)
		if ((len = character_len(text)) == 0)
			*text = '?';
}

char *
text_vprint(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		abort();
	return text;
}

char *
text_print(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = text_vprint(format, args);
	va_end(args);
	return text;
}

void
attribute_put(xmlNode *xml, const char *name, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = text_vprint(format, args);
	va_end(args);
	xmlNewProp(xml, BAD_CAST name, BAD_CAST text);
	free(text);
}
