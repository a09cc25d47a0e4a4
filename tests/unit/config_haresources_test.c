/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * haresources: groups, words and arguments, and what is said about them
 * (spec/resources-v1.md 1.2).
 */
#include "tests/unit/config_help.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct read {
	struct conf_groups groups;
	struct conf_problems problems;
};

static void
groups_read(struct read *r, const char *text)
{
	conf_problems_init(&r->problems);
	conf_haresources_parse(text, strlen(text), "/etc/ha.d/haresources", &r->groups,
	    &r->problems);
}

static void
groups_free(struct read *r)
{
	conf_groups_free(&r->groups);
	conf_problems_free(&r->problems);
}

/* "alpha: IPaddr(10.0.0.5) httpd; bravo: ..." */
static const char *
groups_text(const struct conf_groups *groups)
{
	static char text[4096];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < groups->count; i++) {
		const struct conf_group *g = &groups->group[i];

		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%s:", i ? "; " : "", g->node);
		for (size_t j = 0; j < g->resource_count; j++) {
			const struct conf_resource *rsc = &g->resource[j];

			used += (size_t)snprintf(text + used, sizeof(text) - used, " %s",
			    rsc->script);
			for (size_t k = 0; k < rsc->arg_count; k++)
				used += (size_t)snprintf(text + used, sizeof(text) - used,
				    "%s%s", k ? "," : "(", rsc->arg[k]);
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
			    rsc->arg_count ? ")" : "");
		}
	}
	return text;
}

/* clang-format off */
static const struct {
	const char *text, *want, *why;
} good[] = {
	{ "", "", "empty" },
	{ "# nothing\n\n   \n", "", "comments, empty lines" },
	{ "alpha httpd\n", "alpha: httpd", "one" },
	{ "Alpha httpd", "alpha: httpd", "nodes in lower case; no newline" },
	{ "alpha  HTTPd\tb  \r\n", "alpha: HTTPd b", "the rest as it is; blanks, CR" },
	{ "   alpha httpd\n", "alpha: httpd", "indented" },
	{ "alpha 10.0.0.5 httpd\n", "alpha: IPaddr(10.0.0.5) httpd", "an address alone" },
	{ "alpha 10.0.0.5/24/eth0\n", "alpha: IPaddr(10.0.0.5/24/eth0)", "with its parts" },
	{ "alpha IPaddr::10.0.0.5/24/eth0/10.0.0.255\n", "alpha: IPaddr(10.0.0.5/24/eth0/10.0.0.255)", "the same, named" },
	{ "alpha Filesystem::/dev/sdb1::/srv::ext4::a,b=c\n", "alpha: Filesystem(/dev/sdb1,/srv,ext4,a,b=c)", "arguments" },
	{ "alpha Tr:::a\n", "alpha: Tr(:a)", "a third colon is the argument's" },
	{ "alpha Tr::a::::b::\n", "alpha: Tr(a,b)", "empty arguments vanish" },
	{ "alpha Tr::\n", "alpha: Tr", "also the only one" },
	{ "alpha a \\\n  b \\\n c\nbravo d\n", "alpha: a b c; bravo: d", "continued" },
	{ "alpha a\\\nb\n", "alpha: a b", "better: joined with a blank" },
	{ "alpha a # x\nbravo b#y\n", "alpha: a; bravo: b", "# cuts words" },
	{ "alpha a \\\n b # c2\nbravo d\n", "alpha: a b; bravo: d", "better: comments in continued lines" },
	{ "alpha a \\ # c\n b\n", "alpha: a b", "better: a comment behind the backslash" },
	{ "alpha a \\  \n b\n", "alpha: a b", "better: blanks behind the backslash" },
	{ "alpha a \\\n\nbravo b\n", "alpha: a; bravo: b", "an empty line ends it" },
	{ "alpha a \\\n", "alpha: a", "the end ends it" },
	{ "alpha\nbravo b\n", "bravo: b", "better: a node alone is ignored" },
	{ "alpha MailTo::me+x@example.com::A_B 10.0.0.1\n", "alpha: MailTo(me+x@example.com,A_B) IPaddr(10.0.0.1)", "mail" },
	{ "alpha 1x.2.3 b\n", "alpha: 1x.2.3 b", "three parts are a script" },
};

/* What is said, and whether the group is left out. */
static const struct {
	const char *text;
	enum conf_severity severity;
	size_t groups;
	int line, column;
	const char *part;
} remarks[] = {
	{ "alpha a\nbravo a\n", CONF_ERROR, 1, 2, 7, "line 1 already" },
	{ "alpha\n", CONF_WARNING, 0, 1, 1, "no resources" },
	{ "alpha ::a\n", CONF_ERROR, 0, 1, 7, "script before '::'" },
	{ "alpha 10.0.0.5::x\n", CONF_ERROR, 0, 1, 7, "takes no '::'" },
	{ "alpha Tr::a::\n", CONF_WARNING, 1, 1, 7, "empty argument" },
	{ "alpha a \\ # c\nb\n", CONF_WARNING, 1, 1, 9, "old nodes do not continue" },
	{ "alpha a\\\nb\n", CONF_WARNING, 1, 2, 1, "old nodes join this" },
	{ "alpha a \\\n b # c\n", CONF_WARNING, 1, 2, 4, "old nodes do not know comments" },
	{ "alpha a \\\n", CONF_WARNING, 1, 1, 1, "the file ends" },
	{ "alpha IPaddr\n", CONF_ERROR, 1, 1, 7, "address is missing" },
	{ "alpha IPaddr::virtual-ip\n", CONF_ERROR, 1, 1, 7, "not replaced" },
	{ "alpha IPaddr::10.0.0\n", CONF_ERROR, 1, 1, 7, "not an IPv4 address" },
	{ "alpha IPaddr::10.0.0.256\n", CONF_ERROR, 1, 1, 7, "not an IPv4 address" },
	{ "alpha 10.0.0.1x\n", CONF_ERROR, 1, 1, 7, "not an IPv4 address" },
	{ "alpha IPaddr::10.0.0.5/33\n", CONF_ERROR, 1, 1, 7, "not a netmask" },
	{ "alpha IPaddr::10.0.0.5/0\n", CONF_ERROR, 1, 1, 7, "not a netmask" },
	{ "alpha IPaddr::10.0.0.5/255.0.255.0\n", CONF_ERROR, 1, 1, 7, "not a netmask" },
	{ "alpha IPaddr::10.0.0.5/eth0\n", CONF_ERROR, 1, 1, 7, "'eth0' is not a netmask" },
	{ "alpha IPaddr::10.0.0.5/24/waytoolonginterface\n", CONF_ERROR, 1, 1, 7, "name of an interface" },
	{ "alpha IPaddr::10.0.0.5/24/eth0/x\n", CONF_ERROR, 1, 1, 7, "not a broadcast" },
	{ "alpha IPaddr::10.0.0.5/24/eth0/10.0.0.255/x\n", CONF_ERROR, 1, 1, 7, "too many parts" },
	{ "alpha IPaddr::10.0.0.5::eth0\n", CONF_ERROR, 1, 1, 7, "one argument too many" },
	{ "alpha IPaddr::10.0.0.5//24\n", CONF_WARNING, 1, 1, 7, "two slashes" },
	{ "alpha IPaddr::10.0.0.5/24/\n", CONF_NOTE, 1, 1, 7, "slash at the end" },
	{ "alpha IPaddr::10.0.0.5/24/eth0:0\n", CONF_NOTE, 1, 1, 7, "finds a free alias" },
	{ "alpha IPaddr2::10.0.0.5/8/eth0/10.0.0.255\n", CONF_WARNING, 1, 1, 7, "10.255.255.255" },
	{ "alpha IPaddr2::10.0.0.5/8/10.0.0.255/eth0\n", CONF_WARNING, 1, 1, 7, "10.255.255.255" },
	{ "alpha IPv6addr::10.0.0.5\n", CONF_ERROR, 1, 1, 7, "not an IPv6 address" },
	{ "alpha IPv6addr\n", CONF_ERROR, 1, 1, 7, "not an IPv6 address" },
	{ "alpha IPv6addr::2001:db8::5/129\n", CONF_ERROR, 1, 1, 7, "prefix length" },
	{ "alpha Filesystem::/dev/x\n", CONF_ERROR, 1, 1, 7, "DIRECTORY" },
	{ "alpha Filesystem::/dev/x::srv\n", CONF_ERROR, 1, 1, 7, "absolute" },
	{ "alpha /etc/init.d/httpd\n", CONF_ERROR, 1, 1, 7, "without a directory" },
	{ "alpha Delay:3\n", CONF_WARNING, 1, 1, 7, "two colons" },
	{ "alpha a \\ b\n", CONF_ERROR, 1, 1, 9, "stands last" },
	{ "alpha 'a b'\n", CONF_WARNING, 1, 1, 7, "no quotes" },
	{ "alpha LVM\n", CONF_WARNING, 1, 1, 7, "LVM::VOLUMEGROUP is needed; there are 0 arguments" },
	{ "alpha portblock::tcp\n", CONF_WARNING, 1, 1, 7, "is needed; there is 1 argument" },
	{ "alpha portblock::icmp::1::block\n", CONF_WARNING, 1, 1, 7, "'icmp' must be 'tcp' or 'udp'" },
	{ "alpha portblock::tcp::80::close\n", CONF_WARNING, 1, 1, 7, "'close' must be 'block' or 'unblock'" },
	{ "alpha LVSSyncDaemonSwap::slave\n", CONF_WARNING, 1, 1, 7, "must be 'master' or 'backup'" },
	{ "alpha ids::/opt/informix\n", CONF_WARNING, 1, 1, 7, "ids or ids::" },
	{ "alpha IPsrcaddr::web\n", CONF_WARNING, 1, 1, 7, "not an IPv4 address" },
	{ "alpha Delay::5s\n", CONF_WARNING, 1, 1, 7, "not a number of seconds" },
	{ "alpha Filesystem::/dev/x::/srv::ext4::ro::x\n", CONF_WARNING, 1, 1, 7, "there are 5 arguments" },
};

/* Nothing to say. */
static const char *const silent[] = {
	"alpha IPaddr2::10.0.0.5/24/eth0:web/10.0.0.255\n", /* a label */
	"alpha IPaddr::10.0.0.5/255.255.255.0\n",
	"alpha IPaddr::10.0.0.5/32/eth0\n",
	"alpha IPaddr::10.0.0.5/24/10.0.0.255/eth0\n",
	"alpha Filesystem::-Llabel::/srv\n",
	"alpha IPv6addr::2001:db8::50/64/eth0\n",
	"alpha IPv6addr::fe80::1\n",
	"alpha drbddisk::r0 ids AudibleAlarm::a::b::c::d portblock::udp::53::unblock Delay::1::2\n",
	"alpha LVSSyncDaemonSwap::master::eth1 OCF::heartbeat:Xen::web MailTo::root::subject\n",
};
/* clang-format on */

static void
test_good(void)
{
	for (size_t i = 0; i < ROWS(good); i++) {
		struct read r;

		groups_read(&r, good[i].text);
		CHECK_STR(groups_text(&r.groups), good[i].want, "%s", good[i].why);
		CHECK_INT(r.problems.errors, 0, "%s", good[i].why);
		groups_free(&r);
	}
}

static void
test_remarks(void)
{
	for (size_t i = 0; i < ROWS(remarks); i++) {
		const struct conf_problem *problem;
		struct read r;

		groups_read(&r, remarks[i].text);
		problem = problem_find(&r.problems, remarks[i].part);
		CHECK(problem, "%s: '%s'", remarks[i].text, remarks[i].part);
		CHECK_INT(r.groups.count, remarks[i].groups, "%s", remarks[i].text);
		if (problem) {
			CHECK_INT(problem->severity, remarks[i].severity, "%s",
			    remarks[i].text);
			CHECK_INT(problem->line, remarks[i].line, "%s", remarks[i].text);
			CHECK_INT(problem->column, remarks[i].column, "%s",
			    remarks[i].text);
		}
		groups_free(&r);
	}
}

static void
test_silent(void)
{
	for (size_t i = 0; i < ROWS(silent); i++) {
		struct read r;

		groups_read(&r, silent[i]);
		CHECK_INT(r.problems.count, 0, "%s", silent[i]);
		groups_free(&r);
	}
}

static void
test_groups(void)
{
	const struct conf_group *g;
	struct read r;

	groups_read(&r,
	    "# c\nalpha 10.0.0.5/24 httpd \\\n   mail\nbravo 10.0.0.50 httpd\n");
	CHECK_INT(r.groups.count, 2, "two");
	g = &r.groups.group[0];
	CHECK_STR(g->key, "10.0.0.5/24", "the first word, as written");
	CHECK_STR(g->resource[0].word, "10.0.0.5/24", "word");
	CHECK_INT(g->line, 2, "line");
	CHECK_INT(g->resource[2].line, 3, "line of a continued word");
	CHECK_INT(g->resource[2].column, 4, "column of a continued word");
	CHECK(conf_groups_find(&r.groups, "10.0.0.5/24") == g, "by key");
	CHECK(conf_groups_find(&r.groups, "mail") == g, "by any word");
	CHECK(conf_groups_find(&r.groups, "httpd") == g, "the first");
	CHECK(conf_groups_find(&r.groups, "10.0.0.50") == g + 1, "the second");
	CHECK(!conf_groups_find(&r.groups, "10.0.0.5"), "no prefixes");
	CHECK(!conf_groups_find(&r.groups, "10a0.0.50"), "no patterns");
	CHECK(!conf_groups_find(&r.groups, "alpha"), "a node is no resource");
	groups_free(&r);
}

static void
test_many_arguments(void)
{
	char text[512] = "alpha Tr";
	struct read r;

	for (int i = 0; i < 32; i++)
		strcat(text, "::x");
	groups_read(&r, text);
	CHECK_INT(r.problems.errors, 0, "32 fit");
	CHECK_INT(r.groups.count, 1, "32 fit");
	groups_free(&r);
	strcat(text, "::x");
	groups_read(&r, text);
	CHECK(problem_find(&r.problems, "too many arguments"), "33 do not");
	CHECK_INT(r.groups.count, 0, "left out");
	groups_free(&r);
}

/* ---- Across files: a directory with all three. ------------------------------- */

static char directory[] = "/tmp/config_haresources_XXXXXX";

static void
put(const char *name, const char *text)
{
	char file[160];
	FILE *out;

	snprintf(file, sizeof(file), "%s/%s", directory, name);
	if (!text) {
		unlink(file);
		return;
	}
	out = fopen(file, "w");
	if (!out)
		return;
	fputs(text, out);
	fclose(out);
	chmod(file, 0600);
}

#define HACF                                                                             \
	"mcast lo 239.0.0.9 694 0 1\nnode alpha bravo\nauto_failback on\nlogfile "       \
	"/x\nping 127.0.0.1\n"

static const struct {
	const char *hacf, *haresources;
	bool here;
	int result;
	const char *legacy; /* of the problem; NULL = none */
	const char *part;
} across[] = {
	{ HACF, "alpha 10.0.0.5\n", false, 0, NULL, NULL },
	{ HACF, "lisa 10.0.0.5\n", false, -EINVAL,
	    "Bad nodename in %s/haresources [lisa]", "alpha, bravo" },
	{ HACF, "127.0.0.1 a\n", false, 0, NULL, "ping node" },
	{ HACF, "alpha 10.0.0.5 a\nbravo 10.0.0.6 a\n", false, 0, NULL,
	    "'a' is also in line 1" },
	{ HACF, "alpha 10.0.0.5\nbravo IPaddr2::10.0.0.5/24\n", false, 0, NULL,
	    "is also in line 1" },
	{ HACF, "alpha a a\n", false, 0, NULL, "is also in line 1" },
	{ HACF, "alpha x MailTo::a@b\nbravo y MailTo::a@b\n", false, 0, NULL, NULL },
	{ HACF, "alpha nosuchscript\n", true, 0, NULL,
	    "there is no 'nosuchscript' on this machine" },
	{ HACF, "alpha nosuchscript\n", false, 0, NULL, NULL },
	{ HACF, NULL, true, -ENOENT, "Cannot open resources file [%s/haresources]",
	    "cannot be read" },
	{ HACF "crm on\n", "lisa a\n", true, -EINVAL,
	    "File %s/haresources exists.\nThis file is not used because crm is enabled",
	    "this file is not used" },
	{ HACF "pacemaker on\n", "lisa a\n", true, -EINVAL,
	    "File %s/haresources exists.\nThis file is not used because pacemaker is "
	    "enabled",
	    "this file is not used" },
	{ HACF "crm on\n", NULL, true, -EINVAL,
	    "Failed to add pacemaker client child \"ccm\"",
	    "crm: it needs the program 'ccm'" },
	{ HACF "crm_daemon_dir /nowhere\npacemaker respawn\n", NULL, true, -EINVAL,
	    "Failed to add pacemaker client child \"ccm\"",
	    "pacemaker: it needs the program 'ccm'" },
	{ HACF "crm on\n", NULL, false, 0, NULL, NULL },
	{ NULL, "alpha a\n", true, -ENOENT, "Cannot open config file [%s/ha.cf]",
	    "cannot be read" },
};

static void
check_across(size_t row)
{
	struct conf_options options = { .on_this_machine = across[row].here,
		.self = "alpha" };
	const char *text =
	    across[row].haresources ? across[row].haresources : "(no file)";
	struct conf_problems problems;
	struct conf_all all;
	char want[512];

	put("ha.cf", across[row].hacf);
	put("haresources", across[row].haresources);
	conf_problems_init(&problems);
	CHECK_INT(conf_read_all(directory, &options, &all, &problems), across[row].result,
	    "%s", text);
	if (across[row].part) {
		const struct conf_problem *problem =
		    problem_find(&problems, across[row].part);

		CHECK(problem, "%s: '%s'", text, across[row].part);
		snprintf(want, sizeof(want),
		    across[row].legacy ? across[row].legacy : "(none)", directory);
		CHECK_STR(problem && problem->legacy ? problem->legacy : "(none)", want,
		    "%s", text);
	} else {
		CHECK(!problem_first(&problems, CONF_WARNING) ||
		          problem_find(&problems, "nobody watches"),
		    "%s: %s", text, problem_first(&problems, CONF_WARNING)->text);
	}
	conf_all_free(&all);
	conf_problems_free(&problems);
}

static void
test_across(void)
{
	if (!mkdtemp(directory))
		return;
	put("authkeys", "auth 1\n1 sha1 averylongkeyindeed\n");
	for (size_t i = 0; i < ROWS(across); i++)
		check_across(i);
	put("ha.cf", NULL);
	put("authkeys", NULL);
	put("haresources", NULL);
	rmdir(directory);
}

static const struct check_case cases[] = {
	{ "good", test_good },
	{ "remarks", test_remarks },
	{ "silent", test_silent },
	{ "groups", test_groups },
	{ "many arguments", test_many_arguments },
	{ "across", test_across },
};
CHECK_MAIN("config_haresources", cases)
