/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_rule: whether a rule with one date is in effect, not yet, or no longer (spec/crm-tools.md 12). */
#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/commands/connection.h"
#include "crm/commands/kit.h"
#include "crm/common/exits.h"
#include "crm/pengine/pengine.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RULES_MAX 1000 /* -r; more are refused */

struct arguments {
	bool check;
	const char *text; /* -X */
	const char *date;
	const char *rule[RULES_MAX];
	size_t rule_count;
};

/* clang-format off */
static const struct kit_option options[] = {
	KIT_COMMON,
	KIT_OUTPUT("text, xml"),
	{ 'h', NULL, NULL, KIT_FLAG, NULL, NULL, KIT_HELP },
	KIT_TITLE("What is done"),
	{ 'c', "check", NULL, KIT_FLAG, NULL, "say whether rules are in effect", 0 },
	KIT_TITLE("With what"),
	{ 'r', "rule", NULL, KIT_VALUE, "ID", "the rule; may be repeated: the last one makes the exit status", 0 },
	{ 'd', "date", NULL, KIT_VALUE, "DATE", "at that time, ISO 8601, instead of now", 0 },
	{ 'X', "xml-text", NULL, KIT_VALUE, "XML", "in this text, - = in the standard input, instead of the cluster's CIB", 0 },
	{ 0 },
};
/* clang-format on */

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	switch (id) {
	case 'c':
		a->check = true;
		break;
	case 'd':
		a->date = value;
		break;
	case 'X':
		a->text = value;
		break;
	case 'r':
		if (a->rule_count == RULES_MAX) {
			kit_complain(kit, "more than %d rules", RULES_MAX);
			return CRM_EX_USAGE;
		}
		a->rule[a->rule_count++] = value;
		break;
	}
	return 0;
}

static const struct kit_program program = {
	.name = "crm_rule",
	.summary = "says whether rules with a date are in effect",
	.usage = "-c -r ID [OPTION...]",
	.options = options,
	.set = set,
	.formats = KIT_TEXT | KIT_XML,
	.epilog = "Exit status: 0 in effect, 110 expired, 111 not yet, 105 no such rule, "
	          "109 several of that\n"
	          "id, 3 no rule of which that can be said, 112 it is broken, 64 wrong "
	          "words, 65 unreadable,\n"
	          "66 no CIB.",
};

/* Finding. */

/* How many rules have that id; *RULE is the first. */
static size_t
rules_find(const xmlNode *root, const char *id, const xmlNode **rule)
{
	size_t count = 0;

	for (const xmlNode *it = root; it; it = cib_walk_next(root, it)) {
		const char *has = strcmp((const char *)it->name, "rule") == 0
		                      ? cib_attr(it, "id")
		                      : NULL;

		if (!has || strcmp(has, id) != 0)
			continue;
		if (count++ == 0)
			*rule = it;
	}
	return count;
}

/* The same of the date expressions within a rule. */
static size_t
dates_find(const xmlNode *rule, const xmlNode **date)
{
	size_t count = 0;

	for (const xmlNode *it = rule; it; it = cib_walk_next(rule, it))
		if (strcmp((const char *)it->name, "date_expression") == 0 &&
		    count++ == 0)
			*date = it;
	return count;
}

/* Years come once; a day of the week or the moon come again. */
static bool
is_once(const xmlNode *date)
{
	const char *operation = cib_attr(date, "operation");
	const xmlNode *spec = cib_child_find(date, "date_spec");

	return !operation || strcasecmp(operation, "date_spec") != 0 ||
	       (spec && cib_attr(spec, "years") && !cib_attr(spec, "moon"));
}

/* Telling. */

static int
undetermined(struct kit *kit, const char *id, int code, const char *why)
{
	kit_error(kit, "Could not determine whether rule %s is in effect: %s", id, why);
	return code;
}

static int
rule_judge(struct kit *kit, const xmlNode *root, const char *id, const struct date *now)
{
	static const struct {
		int code;
		const char *text;
	} told[] = {
		[PE_MOMENT_UNCLEAR] = { CRM_EX_UNKNOWN, NULL },
		[PE_MOMENT_NOT_YET] = { CRM_EX_NOT_YET, "has not yet taken effect" },
		[PE_MOMENT_NOW] = { CRM_EX_OK, "is still in effect" },
		[PE_MOMENT_MATCHES] = { CRM_EX_OK, "satisfies conditions" },
		[PE_MOMENT_EXPIRED] = { CRM_EX_EXPIRED, "is expired" },
	};
	const xmlNode *rule = NULL, *date = NULL;
	size_t count = rules_find(root, id, &rule);

	if (count == 0)
		return undetermined(kit, id, CRM_EX_NO_SUCH, "Rule not found");
	if (count > 1)
		return undetermined(kit, id, CRM_EX_MULTIPLE,
		    "Found more than one rule with matching ID");
	count = dates_find(rule, &date);
	if (count != 1)
		return undetermined(kit, id, CRM_EX_UNIMPLEMENTED,
		    count ? "Rule has more than one date expression"
		          : "Rule does not have a date expression");
	if (!is_once(date))
		return undetermined(kit, id, CRM_EX_UNIMPLEMENTED,
		    "Rule must either not use date_spec, or use date_spec with years= "
		    "but not moon=");
	enum pe_moment moment = pe_moment_of(date, now);

	if (!told[moment].text)
		return undetermined(kit, id, told[moment].code, "Error parsing rule");
	if (!kit->result)
		fprintf(kit->out, "Rule %s %s\n", id, told[moment].text);
	return told[moment].code;
}

/* The last rule makes the code. */
static int
rules_judge(struct kit *kit, const struct arguments *a, const xmlDoc *doc,
    const struct date *now)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	int code = CRM_EX_OK;

	for (size_t i = 0; i < a->rule_count; i++) {
		code = rule_judge(kit, root, a->rule[i], now);
		if (kit->result) {
			char number[16];
			xmlNode *check =
			    xmlNewChild(kit->result, NULL, BAD_CAST "rule-check", NULL);

			snprintf(number, sizeof(number), "%d", code);
			xmlNewProp(check, BAD_CAST "rule-id", BAD_CAST a->rule[i]);
			xmlNewProp(check, BAD_CAST "rc", BAD_CAST number);
		}
	}
	return code;
}

/* The document. */

static int
text_judge(struct kit *kit, const struct arguments *a, const struct date *now)
{
	struct err err;
	bool from_stdin = strcmp(a->text, "-") == 0;
	xmlDoc *doc = from_stdin ? cib_read_file("-", NULL, &err)
	                         : cib_parse(a->text, strlen(a->text), NULL, &err);

	if (!doc) {
		kit_complain(kit, "Couldn't parse input %s: %s",
		    from_stdin ? "from STDIN" : "string", err.text);
		return CRM_EX_DATA;
	}
	int code = rules_judge(kit, a, doc, now);

	xmlFreeDoc(doc);
	return code;
}

static int
cib_judge(struct kit *kit, const struct arguments *a, const struct date *now)
{
	struct cib_connection *c;
	struct err err = { "" };

	if (kit_connect(kit, &c, CIB_ENVIRONMENT, &err) != 0) {
		kit_error(kit, "CIB query failed: %s", err.text);
		return CRM_EX_NO_INPUT;
	}
	int code = rules_judge(kit, a, cib_connection_doc(c), now);

	cib_disconnect(c);
	return code;
}

static int
run(struct kit *kit, const struct arguments *a)
{
	struct date now = date_local(time(NULL));
	const char *wrong = kit->word_count  ? "no further words are taken"
	                    : !a->check      ? "No mode operation given"
	                    : !a->rule_count ? "--check requires use of --rule="
	                                     : NULL;

	if (wrong) {
		kit_complain(kit, "%s", wrong);
		return CRM_EX_USAGE;
	}
	if (a->date && date_parse(a->date, &now, NULL) != 0) {
		kit_complain(kit, "Invalid date specified: '%s'", a->date);
		return CRM_EX_DATA;
	}
	return a->text ? text_judge(kit, a, &now) : cib_judge(kit, a, &now);
}

int
main(int argc, char **argv)
{
	static struct arguments a;
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
