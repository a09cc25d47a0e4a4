/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cib_driver [-o SECTION] [-A XPATH] [-X XML | -x FILE] [-b OPTIONS] FILE OPERATION: one operation
 * on the document in FILE, without any validation; FILE is written when it changed.  What a query
 * finds and why something failed is printed, and the exit code is the operation's, without its
 * sign.  The operations "digest-data", "digest-file", "digest-wire" print a digest.  For tests, which
 * compare it with others.
 */
#include "crm/cib/digest.h"
#include "crm/cib/ops.h"
#include "crm/cib/read.h"
#include "crm/cib/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
save(const xmlDoc *doc, const char *path)
{
	FILE *out = fopen(path, "we");
	bool good =
	    out &&
	    cib_write_stream(xmlDocGetRootElement((xmlDoc *)(uintptr_t)doc), out) == 0;

	if (out)
		good &= fclose(out) == 0;
	return good;
}

static int
digest(const char *path, const char *word)
{
	struct err err;
	xmlDoc *doc = cib_read_file(path, NULL, &err);
	char text[CIB_DIGEST_SIZE];

	if (!doc)
		return 99;
	cib_digest(xmlDocGetRootElement(doc),
	    strcmp(word, "digest-wire") == 0 ? CIB_DIGEST_WIRE_P : CIB_DIGEST_DATA_P,
	    text);
	puts(text);
	xmlFreeDoc(doc);
	return 0;
}

static int
run(const char *path, struct cib_request *request)
{
	struct err err;
	struct cib_answer answer;
	xmlDoc *doc = cib_read_file(path, NULL, &err);
	int code;

	if (!doc) {
		fprintf(stderr, "cib_driver: %s\n", err.text);
		return 99;
	}
	code = cib_execute(&doc, request, &answer);
	if (answer.result)
		cib_write_stream(xmlDocGetRootElement(answer.result), stdout);
	if (code != CIB_OK)
		fprintf(stderr, "%s: %s\n", cib_code_text(code, CIB_STYLE_P),
		    answer.err.text);
	if (answer.before && !save(doc, path))
		code = -98;
	cib_answer_clear(&answer);
	xmlFreeDoc(doc);
	return -code;
}

int
main(int argc, char **argv)
{
	struct cib_request request = { 0 };
	struct err err = { "" };
	xmlDoc *input = NULL;
	int option, code;

	while ((option = getopt(argc, argv, "+o:A:X:x:b:")) != -1)
		switch (option) {
		case 'o':
			request.section = optarg;
			break;
		case 'A':
			request.xpath = optarg;
			break;
		case 'X':
			input = cib_parse(optarg, strlen(optarg), NULL, &err);
			break;
		case 'x':
			input = cib_read_file(optarg, NULL, &err);
			break;
		case 'b':
			request.options = (unsigned)strtoul(optarg, NULL, 0);
			break;
		default:
			return 97;
		}
	if (argc - optind != 2 || err.text[0]) {
		fprintf(stderr, "cib_driver: %s\n",
		    err.text[0] ? err.text : "FILE OPERATION");
		return 97;
	}
	if (strncmp(argv[optind + 1], "digest-", 7) == 0)
		return digest(argv[optind], argv[optind + 1]);
	request.input = input ? xmlDocGetRootElement(input) : NULL;
	request.op = cib_op_find(argv[optind + 1]);
	code = run(argv[optind], &request);
	xmlFreeDoc(input);
	return code;
}
