/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the arguments of our resource scripts may be (spec/resources-v1.md 14.2; the
 * scripts themselves have it from heartbeat/scripts/agent-table).  A site may have its
 * own script under one of these names: these are warnings.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#define N(count) (1u << (count))
#define ANY UINT_MAX
#define COUNT_MAX 31 /* more arguments are judged as if they were so many */

enum value { VALUE_FREE, VALUE_IPV4, VALUE_SECONDS, VALUE_WORD };

static const struct script_rule {
	const char *name;
	unsigned counts; /* bit N: there may be N arguments */
	const char *form;
	struct {
		enum value kind;
		const char *words[3]; /* of VALUE_WORD */
	} value[3];
} script_rules[] = {
	/* clang-format off */
	{ "AudibleAlarm", ANY, "AudibleAlarm[::NODE...]", { { 0 } } },
	{ "Delay", N(0) | N(1) | N(2), "Delay[::START[::STOP]]",
	    { { .kind = VALUE_SECONDS }, { .kind = VALUE_SECONDS } } },
	/* Too few are an error, found by group_check.c. */
	{ "Filesystem", N(0) | N(1) | N(2) | N(3) | N(4), "Filesystem::DEVICE::DIRECTORY[::TYPE[::OPTIONS]]", { { 0 } } },
	{ "ICP", N(2), "ICP::DRIVEID::DEVICE", { { 0 } } },
	{ "IPsrcaddr", N(1), "IPsrcaddr::ADDRESS", { { .kind = VALUE_IPV4 } } },
	{ "LVM", N(1), "LVM::VOLUMEGROUP", { { 0 } } },
	{ "LVSSyncDaemonSwap", N(1) | N(2), "LVSSyncDaemonSwap::master|backup[::INTERFACE]",
	    { { VALUE_WORD, { "master", "backup" } } } },
	{ "LinuxSCSI", N(1), "LinuxSCSI::HOST:CHANNEL:TARGET[:LUN]", { { 0 } } },
	{ "MailTo", N(1) | N(2), "MailTo::ADDRESS[::SUBJECT]", { { 0 } } },
	{ "ManageRAID", N(1), "ManageRAID::NAME", { { 0 } } },
	{ "ManageVE", N(1), "ManageVE::ID", { { 0 } } },
	{ "OCF", N(2), "OCF::TYPE::INSTANCE", { { 0 } } },
	{ "Raid1", N(2), "Raid1::CONFIG::DEVICE", { { 0 } } },
	{ "ServeRAID", N(2), "ServeRAID::ADAPTER::MERGEGROUP", { { 0 } } },
	{ "WAS", N(0) | N(1), "WAS[::CONFIG or PORT]", { { 0 } } },
	{ "WinPopup", N(0) | N(1), "WinPopup[::FILE]", { { 0 } } },
	{ "Xen", N(1), "Xen::CONFIG", { { 0 } } },
	{ "Xinetd", N(1), "Xinetd::SERVICE", { { 0 } } },
	{ "apache", N(0) | N(1), "apache[::CONFIG]", { { 0 } } },
	{ "db2", N(1), "db2::INSTANCE", { { 0 } } },
	{ "drbddisk", N(0) | N(1), "drbddisk[::RESOURCE]", { { 0 } } },
	{ "ids", N(0) | N(3), "ids or ids::DIRECTORY::SERVER::ONCONFIG", { { 0 } } },
	{ "portblock", N(3), "portblock::tcp|udp::PORTS::block|unblock",
	    { { VALUE_WORD, { "tcp", "udp" } }, { 0 }, { VALUE_WORD, { "block", "unblock" } } } },
	/* clang-format on */
};

static void
value_check(const struct script_rule *rule, size_t i, const struct conf_resource *rsc,
    const struct place *place, struct conf_problems *problems)
{
	const char *const *words = rule->value[i].words, *text = rsc->arg[i];
	struct in_addr addr;

	switch (rule->value[i].kind) {
	case VALUE_FREE:
		return;
	case VALUE_IPV4:
		if (inet_pton(AF_INET, text, &addr) != 1)
			problem_add(problems, CONF_WARNING, *place, NULL,
			    "'%s': '%s' is not an IPv4 address", rsc->word, text);
		return;
	case VALUE_SECONDS:
		if (text[strspn(text, "0123456789")] != '\0')
			problem_add(problems, CONF_WARNING, *place, NULL,
			    "'%s': '%s' is not a number of seconds", rsc->word, text);
		return;
	case VALUE_WORD:
		if (strcmp(text, words[0]) != 0 && strcmp(text, words[1]) != 0)
			problem_add(problems, CONF_WARNING, *place, NULL,
			    "'%s': '%s' must be '%s' or '%s'", rsc->word, text, words[0],
			    words[1]);
		return;
	}
}

void
script_arguments_check(const struct conf_resource *rsc, const char *file,
    struct conf_problems *problems)
{
	struct place place = { file, rsc->line, rsc->column };
	const struct script_rule *rule = script_rules;
	size_t count = rsc->arg_count < COUNT_MAX ? rsc->arg_count : COUNT_MAX;

	while (rule < script_rules + ARRAY_LEN(script_rules) &&
	       strcmp(rule->name, rsc->script) != 0)
		rule++;
	if (rule == script_rules + ARRAY_LEN(script_rules))
		return;
	if (!(rule->counts & N(count))) {
		problem_add(problems, CONF_WARNING, place, NULL,
		    "'%s': %s is needed; there %s %zu argument%s", rsc->word, rule->form,
		    rsc->arg_count == 1 ? "is" : "are", rsc->arg_count,
		    rsc->arg_count == 1 ? "" : "s");
		return;
	}
	for (size_t i = 0; i < rsc->arg_count && i < ARRAY_LEN(rule->value); i++)
		value_check(rule, i, rsc, &place, problems);
}
