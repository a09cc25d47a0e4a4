/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_failcount(8): how often a resource has failed on a node; forgetting it is crm_resource's affair. */
#include "crm/commands/attribute.h"
#include "crm/common/exits.h"
#include "crm/common/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arguments {
	struct attribute_call call;
	const char *resource, *operation, *interval, *value;
};

static const struct kit_option options[] = {
	{ 'G', "query", "get-value", KIT_FLAG, NULL, "print how often" },
	{ 'D', "delete", "delete-attr", KIT_FLAG, NULL,
	    "forget it: crm_resource --cleanup" },
	{ 'v', "update", "attr-value", KIT_VALUE, "0",
	    "0 is -D; nothing else is allowed" },
	{ 'r', "resource", "resource-id", KIT_VALUE, "RESOURCE", "of this resource" },
	ATTRIBUTE_NODE("on this node; default: this one"),
	{ 'n', "operation", NULL, KIT_VALUE, "OPERATION",
	    "of this operation, not of all" },
	{ 'I', "interval", NULL, KIT_VALUE, "TIME", "with this interval (0)" },
	ATTRIBUTE_QUIET("print the number only"),
	KIT_COMMON,
	KIT_H_IS_HELP,
	{ 0 },
};

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	switch (id) {
	case 'v':
		if (value_int(value, -1) == 0)
			a->call.command = 'D';
		else
			kit_error(kit, "warning: ignoring deprecated option '-v' with "
			               "nonzero value");
		break;
	case 'r':
		a->resource = value;
		break;
	case 'n':
		a->operation = value;
		break;
	case 'I':
		a->interval = value;
		break;
	default:
		attribute_call_option(&a->call, id, value);
	}
	return 0;
}

/* "fail-count-R", "fail-count-R:0", "fail-count-R#monitor_10000": what is in NAME behind R. */
static const char *
behind(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) == 0 ? name + len : NULL;
}

static int
count_of(const struct cib_connection *c, const struct attribute *a, const char *prefix,
    bool whole)
{
	struct cib_matches found;
	int count = 0;

	attribute_find(cib_connection_doc(c), a, &found);
	for (size_t i = 0; i < found.count; i++) {
		const char *rest = behind(cib_attr(found.node[i], "name"), prefix);

		if (rest && (*rest == '\0' || (!whole && (*rest == '#' || *rest == ':'))))
			count = score_add(count,
			    score_parse(cib_attr(found.node[i], "value")));
	}
	cib_matches_clear(&found);
	return count;
}

static int
query(struct kit *kit, struct arguments *a)
{
	struct cib_connection *c;
	char *name, text[16];
	int64_t interval_ms = value_interval_ms(a->interval);
	int code = attribute_connect(kit, &c);

	if (code != 0)
		return code;
	a->call.quiet = kit->quiet;
	a->call.a.section = "status";
	code = attribute_call_node(kit, c, &a->call, a->call.node);
	if (asprintf(&name, a->operation ? "fail-count-%s#%s_%lld" : "fail-count-%s",
	        a->resource, a->operation, (long long)interval_ms) < 0)
		abort();
	if (code == 0)
		attribute_print(kit, &a->call, name,
		    score_text(count_of(c, &a->call.a, name, a->operation != NULL),
		        text));
	free(name);
	cib_disconnect(c);
	return code;
}

/* In the place of this program: its answer and exit code are ours. */
static int
cleanup(struct kit *kit, const struct arguments *a)
{
	const char *words[16] = { "crm_resource", "--cleanup", "-r", a->resource };
	size_t count = 4;
	char buf[256];

	words[count++] = "-N";
	words[count++] = attribute_node_name(a->call.node, buf);
	if (a->operation) {
		words[count++] = "-n";
		words[count++] = a->operation;
		words[count++] = "-I";
		words[count++] = a->interval ? a->interval : "0";
	}
	if (kit->quiet)
		words[count++] = "-Q";
	fflush(kit->out);
	execvp(words[0], (char **)(uintptr_t)words);
	kit_complain(kit, "cannot run crm_resource: %s", strerror(errno));
	return CRM_EX_NOT_INSTALLED;
}

static int
wrong(struct kit *kit, const char *what)
{
	kit_error(kit, "error: %s", what);
	kit_usage_wrong(kit);
	return CRM_EX_USAGE;
}

static int
run(struct kit *kit, struct arguments *a)
{
	if (!a->call.command)
		return wrong(kit, "must specify a command");
	if (!a->resource)
		return wrong(kit, "resource name required");
	return a->call.command == 'G' ? query(kit, a) : cleanup(kit, a);
}

int
main(int argc, char **argv)
{
	static const struct kit_program program = { .name = "crm_failcount",
		.summary = "Query or delete resource fail counts",
		.usage = "-G | -D -r RESOURCE [OPTION...]",
		.options = options,
		.set = set,
		.getopt_texts = true,
		.usage_on_stdout = true };
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	if (code == KIT_GO)
		code = run(&kit, &a);
	attribute_call_clear(&a.call);
	return kit_end(&kit, code);
}
