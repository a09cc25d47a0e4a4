/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line or more for each change, as "crm_shadow --diff" shows them. */
#include "crm/commands/difftext.h"

#include "crm/cib/diff.h"
#include "crm/cib/path.h"
#include "crm/cib/write.h"

#include <stdlib.h>
#include <string.h>

static const char *
or_nothing(const char *text)
{
	return text ? text : "";
}

static void
print_created(const xmlNode *change, const char *path, FILE *out)
{
	const xmlNode *what = cib_child_first(change);
	char *text = what ? cib_write(what, NULL, NULL) : NULL;
	int width = (int)strlen(path) + 3;

	for (const char *line = text; line && *line;) {
		size_t len = strcspn(line, "\n");

		if (line == text)
			fprintf(out, "++ %s:  ", path);
		else
			fprintf(out, "++ %*s", width, "");
		fwrite(line, 1, len, out);
		fputc('\n', out);
		line += len + (line[len] == '\n');
	}
	free(text);
}

static void
print_attributes(const xmlNode *change, const char *path, const char *operation,
    const char *mark, FILE *out)
{
	const xmlNode *list = cib_child_find(change, "change-list");
	unsigned count = 0;

	for (const xmlNode *a = list ? cib_child_first(list) : NULL; a;
	     a = cib_child_next(a)) {
		const char *what = or_nothing(cib_attr(a, "operation"));

		if (strcmp(what, operation) != 0)
			continue;
		if (count++ == 0)
			fprintf(out, "%s %s:  ", mark, path);
		else
			fputs(", ", out);
		fprintf(out, "@%s", or_nothing(cib_attr(a, "name")));
		if (strcmp(what, "set") == 0)
			fprintf(out, "=%s", or_nothing(cib_attr(a, "value")));
	}
	if (count)
		fputc('\n', out);
}

static void
print_change(const xmlNode *change, FILE *out)
{
	const char *operation = or_nothing(cib_attr(change, "operation"));
	const char *path = or_nothing(cib_attr(change, "path"));

	if (strcmp(operation, "create") == 0)
		print_created(change, path, out);
	else if (strcmp(operation, "delete") == 0)
		fprintf(out, "-- %s\n", path);
	else if (strcmp(operation, "move") == 0)
		fprintf(out, "+~ %s moved to offset %s\n", path,
		    or_nothing(cib_attr(change, "position")));
	else if (strcmp(operation, "modify") == 0) {
		print_attributes(change, path, "set", "+ ", out);
		print_attributes(change, path, "unset", "--", out);
	}
}

void
difftext_print(const xmlNode *patch, FILE *out)
{
	struct cib_version source = { 0 }, target = { 0 };
	const char *format = cib_attr(patch, "format"),
	           *digest = cib_attr(patch, "digest");

	if (cib_diff_versions(patch, &source, &target)) {
		fprintf(out, "Diff: --- %d.%d.%d %s\n", source.admin_epoch, source.epoch,
		    source.num_updates, format ? format : "1");
		fprintf(out, "Diff: +++ %d.%d.%d %s\n", target.admin_epoch, target.epoch,
		    target.num_updates, digest ? digest : "(null)");
	}
	for (const xmlNode *n = cib_child_first(patch); n; n = cib_child_next(n))
		if (strcmp((const char *)n->name, "change") == 0)
			print_change(n, out);
}
