/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crm/commands/refusal.h"

#include "crm/cib/write.h"

#include <stdlib.h>
#include <string.h>

/* With numbers, to which the reasons refer. */
static void
print_numbered(const xmlDoc *doc)
{
	char *text = cib_write(xmlDocGetRootElement(doc), NULL, NULL);
	int number = 1;

	for (const char *line = text; line; number++) {
		size_t len = strcspn(line, "\n");

		fprintf(stderr, "%4d ", number);
		fwrite(line, 1, len, stderr);
		fputc('\n', stderr);
		line = line[len] ? line + len + 1 : NULL;
	}
	free(text);
}

void
refusal_print(struct kit *kit, const struct cib_answer *answer)
{
	if (answer->rejected) {
		fflush(kit->out);
		print_numbered(answer->rejected);
	}
	if (answer->err.text[0])
		kit_error(kit, "%s", answer->err.text);
}
