/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * make_schemas DIRECTORY: writes each schema as DIRECTORY/NAME.rng, for programs that read
 * them as files: the crm shell learns from them what a configuration may have.
 */
#include "crm/cib/validate.h"

#include <libxml/xmlsave.h>
#include <stdio.h>

static int
schema_write(const char *directory, const char *name)
{
	char path[4096];
	xmlDoc *doc = cib_schema_text(name);
	int len = snprintf(path, sizeof(path), "%s/%s.rng", directory, name);

	if (!doc || len < 0 || (size_t)len >= sizeof(path) ||
	    xmlSaveFormatFileEnc(path, doc, "UTF-8", 0) < 0) {
		fprintf(stderr, "make_schemas: cannot write '%s'\n", path);
		xmlFreeDoc(doc);
		return 1;
	}
	xmlFreeDoc(doc);
	return 0;
}

int
main(int argc, char **argv)
{
	int code = 0;

	if (argc != 2) {
		fputs("usage: make_schemas DIRECTORY\n", stderr);
		return 2;
	}
	for (size_t i = 0; cib_schema_name(i); i++)
		code |= schema_write(argv[1], cib_schema_name(i));
	return code;
}
