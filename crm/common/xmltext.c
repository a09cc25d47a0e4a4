/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/xmltext.h"

#include <libxml/chvalid.h>
#include <libxml/xmlstring.h>
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
