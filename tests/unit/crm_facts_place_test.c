/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules, dates, constraints and the choice of nodes in profile H (spec/policy-engine.md 5, 6, 9). */
#include "tests/unit/crm_facts.h"

#define NEVER_MIND "symmetric-cluster=false"
#define CHOSEN "a_start_0@n2"
/* Where the rule has it. */
#define RULED(what, rule_attributes, inside, expected)                                   \
	{                                                                                \
		.says = what, .options = NEVER_MIND,                                     \
		.attributes = "n2.x=10 n2.v=1.10 n3.v=1.9", .resources = P("a"),         \
		.constraints = RULE("a", rule_attributes, inside), .graph = expected     \
	}

/* 5.1, 6.1 */
static void
test_expressions(void)
{
	static const struct fact table[] = {
		RULED("eq", "score='1'", IF("#uname", "eq", "N2"), CHOSEN),
		RULED("ne", "score='1'", IF("#uname", "ne", "n1"), CHOSEN),
		RULED("ne of one side that is missing", "score='1'", IF("x", "ne", "10"),
		    "a_start_0@n1"),
		RULED("is the DC", "score='1'", IF("#is_dc", "eq", "true"),
		    "a_start_0@n3"),
		RULED("its id", "score='1'", IF("#id", "eq", "n2"), CHOSEN),
		RULED("defined", "score='1'",
		    "<expression id='e' attribute='x' operation='defined'/>", CHOSEN),
		RULED("not defined", "score='1'",
		    "<expression id='e' attribute='x' operation='not_defined'/>",
		    "a_start_0@n1"),
		RULED("as text 10 is less than 9", "score='1'", IF("x", "lt", "9"),
		    CHOSEN),
		RULED("as numbers it is not", "score='1'",
		    "<expression id='e' attribute='x' operation='gt' value='9' "
		    "type='number'/>",
		    CHOSEN),
		RULED("as versions 1.10 is more than 1.9", "score='1'",
		    "<expression id='e' attribute='v' operation='gt' value='1.9' "
		    "type='version'/>",
		    CHOSEN),
		RULED("gte", "score='1'",
		    "<expression id='e' attribute='v' operation='gte' value='1.10' "
		    "type='version'/>",
		    CHOSEN),
		RULED("lte of one side that is missing", "score='1'", IF("x", "lte", "z"),
		    CHOSEN),
		RULED("both sides are missing: equal", "score='1'",
		    "<expression id='e' attribute='y' operation='eq'/>", "a_start_0@n1"),
		RULED("names of attributes have a case", "score='1'", IF("X", "eq", "10"),
		    ""),
		RULED("no operation: false", "score='1'",
		    "<expression id='e' attribute='x'/>", ""),
		RULED("nobody has a role yet", "score='1'", IF("#role", "eq", "Stopped"),
		    ""),
		RULED("and", "score='1'",
		    IF("#uname", "ne", "n1") IF("#uname", "ne", "n3"), CHOSEN),
		RULED("an empty 'and' is true", "score='1'", "", "a_start_0@n1"),
		RULED("an empty 'or' is not", "score='1' boolean_op='or'", "", ""),
		RULED("or", "score='1' boolean_op='or'",
		    IF("#uname", "eq", "n2") IF("#uname", "eq", "n9"), CHOSEN),
		RULED("a rule in a rule", "score='1'",
		    "<rule id='i' boolean_op='or'>" IF("#uname", "eq", "n2")
		        IF("#uname", "eq", "n9") "</rule>",
		    CHOSEN),
		RULED("what is no expression is false", "score='1'",
		    "<rsc_expression id='i' class='ocf'/>", ""),
		RULED("the score is an attribute of the node", "score_attribute='x'",
		    IF("#uname", "ne", "n1"), CHOSEN),
		RULED("the attribute may be called otherwise",
		    "score_attribute_mangled='x'", IF("#uname", "ne", "n1"), CHOSEN),
		RULED("a rule without a score says 0", "", IF("#uname", "eq", "n2"),
		    CHOSEN),
		RULED("an unknown role: no rule", "score='1' role='King'",
		    IF("#uname", "eq", "n2"), ""),
		RULED("a role that it will not have", "score='1' role='Slave'",
		    IF("#uname", "eq", "n2"), ""),
		{ .says = "an 'or' counts once, however many members hold",
		    .resources = P("a"),
		    .constraints = RULE("a", "score='10' boolean_op='or'",
		        IF("#uname", "eq", "n1") IF("#id", "eq", "n1"))
		        AT("a", "n2", "15"),
		    .graph = CHOSEN },
		{ .says = "an 'or' begins with what the node has itself",
		    .options = NEVER_MIND,
		    .attributes = "n1.standby=on",
		    .resources = P("a"),
		    .constraints = RULE("a", "score='INFINITY' boolean_op='or'",
		        IF("#uname", "eq", "n1")),
		    .graph = "" },
	};

	FACTS_CHECK(table);
}

/* 2007-08-01 is a Wednesday, day 213 of the year, in week 31. */
#define DATED(what, attributes, inside, holds)                                           \
	{                                                                                \
		.says = what, .options = NEVER_MIND, .resources = P("a"),                \
		.constraints = RULE("a", "score='1'",                                    \
		    "<date_expression id='d' " attributes ">" inside                     \
		    "</date_expression>"),                                               \
		.graph = (holds) ? "a_start_0@n1" : ""                                   \
	}
#define SPEC(attributes) "<date_spec id='s' " attributes "/>"
#define LASTS(attributes) "<duration id='t' " attributes "/>"

/* 5.3 */
static void
test_dates(void)
{
	static const struct fact table[] = {
		DATED("within", "start='2007-07-31' end='2007-08-02'", "", true),
		DATED("a range is the default",
		    "operation='in_range' start='2007-07-31' end='2007-08-02'", "", true),
		DATED("before", "start='2007-08-01 12:00:01Z' end='2007-08-02'", "",
		    false),
		DATED("the ends count",
		    "start='2007-08-01T12:00:00Z' end='2007-08-01T12:00:00Z'", "", true),
		DATED("without an end", "start='20070731'", "", true),
		DATED("without a start", "end='2007-213T13Z'", "", true),
		DATED("a week's day", "start='2007-W31-3' end='2007-W31-4'", "", true),
		DATED("another zone",
		    "start='2007-08-01T13:00:00+02:00' end='2007-08-01T14:00:00+02'", "",
		    true),
		DATED("a duration makes the end", "start='2007-08-01T00:00:00Z'",
		    LASTS("hours='11' minutes='59'"), false),
		DATED("long enough", "start='2007-08-01T00:00:00Z'",
		    LASTS("hours='11' minutes='60'"), true),
		DATED("a month", "start='2007-07-01T12:00:00Z'", LASTS("months='1'"),
		    true),
		DATED("gt", "operation='gt' start='2007-08-01T11:59:59Z'", "", true),
		DATED("gt is not equal", "operation='gt' start='2007-08-01T12:00:00Z'",
		    "", false),
		DATED("lt looks at the end", "operation='lt' end='2007-08-01T12:00:01Z'",
		    "", true),
		DATED("also at one that is counted",
		    "operation='lt' start='2007-08-01T12:00:00Z'", LASTS("seconds='1'"),
		    true),
		DATED("lt is not equal", "operation='lt' end='2007-08-01T12:00:00Z'", "",
		    false),
		DATED("eq", "operation='eq' start='2007-08-01T12:00:00Z'", "", true),
		DATED("neq", "operation='neq' start='2007-08-01T12:00:00Z'", "", false),
		DATED("a kind of days", "operation='date_spec'",
		    SPEC("weekdays='1-5' hours='9-16'"), true),
		DATED("another kind", "operation='date_spec'", SPEC("weekdays='6-7'"),
		    false),
		DATED("all fields", "operation='date_spec'",
		    SPEC("years='2007' months='8' monthdays='1' yeardays='213' "
		         "weeks='31' weekyears='2007' weekdays='3' hours='12' "
		         "minutes='0' seconds='0'"),
		    true),
		DATED("a kind of days within a range",
		    "operation='date_spec' start='2007-08-03'", SPEC("hours='12'"),
		    false),
		DATED("an open range is its lower end only", "operation='date_spec'",
		    SPEC("hours='9-'"), false),
		DATED("the moon was full two days ago", "operation='date_spec'",
		    SPEC("moon='5'"), true),
		DATED("it is not new", "operation='date_spec'", SPEC("moon='0'"), false),
	};

	FACTS_CHECK(table);
}

#define LIFETIME(rule) "<lifetime><rule id='life'>" rule "</rule></lifetime>"

/* 6.1, 9.2 */
static void
test_locations(void)
{
	static const struct fact table[] = {
		{ .says = "equal nodes: the one that has least, then the first",
		    .resources = P("a") P("b") P("c") P("d"),
		    .graph = "a_start_0@n1 b_start_0@n2 c_start_0@n3 d_start_0@n1" },
		{ .says = "an unknown node",
		    .options = NEVER_MIND,
		    .resources = P("a"),
		    .constraints = AT("a", "n9", "5") AT("a", "n3", "0"),
		    .graph = "a_start_0@n3" },
		{ .says = "a negative score forbids",
		    .resources = P("a"),
		    .constraints =
		        AT("a", "n1", "-1") AT("a", "n2", "-1") AT("a", "n3", "-1"),
		    .graph = "" },
		{ .says = "never beats always",
		    .resources = P("a"),
		    .constraints = AT("a", "n1", "-INFINITY") AT("a", "n1", "INFINITY"),
		    .graph = "a_start_0@n2" },
		{ .says = "what is not managed is placed by nobody",
		    .resources = P_WITH("a", "is_managed='false'", ""),
		    .constraints = AT("a", "n2", "INFINITY"),
		    .graph = "" },
		{ .says = "its time is over",
		    .resources = P("a"),
		    .constraints =
		        "<rsc_location id='l' rsc='a' node='n2' score='5'>" LIFETIME(
		            "<date_expression id='d' operation='lt' "
		            "end='2007-01-01'/>") "</rsc_location>",
		    .graph = "a_start_0@n1" },
		{ .says = "the first member of a group counts",
		    .resources = "<group id='g'>" P("a") P("b") "</group>",
		    .constraints = AT("g", "n2", "5"),
		    .graph = "a_start_0@n2 b_start_0@n2 g_running_0 g_start_0" },
		{ .says = "members that may be apart count each",
		    .resources =
		        "<group id='g' collocated='false'>" P("a") P("b") "</group>",
		    .constraints = AT("g", "n2", "5"),
		    .graph = "a_start_0@n2 b_start_0@n2 g_running_0 g_start_0" },
		{ .says = "members that may be apart are",
		    .resources =
		        "<group id='g' collocated='false'>" P("a") P("b") "</group>",
		    .graph = "a_start_0@n1 b_start_0@n2 g_running_0 g_start_0" },
		{ .says = "a clone keeps away",
		    .resources = "<clone id='c'>" P("p") "</clone>",
		    .constraints = AT("c", "n2", "-INFINITY"),
		    .graph = "c_running_0 c_start_0 p:0_start_0@n1 p:1_start_0@n3" },
		{ .says = "a clone's order is that of its list",
		    .resources = "<clone id='c' clone_max='1'>" P("p") "</clone>",
		    .constraints = AT("c", "n3", "5"),
		    .graph = "c_running_0 c_start_0 p:0_start_0@n3" },
		{ .says = "who may be the master",
		    .resources =
		        "<master_slave id='m' clone_max='2'>" P("p") "</master_slave>",
		    .constraints =
		        RULE("m", "role='Master' score='5'", IF("#uname", "eq", "n2")),
		    .graph = "m_promote_0 m_promoted_0 m_running_0 m_start_0 "
		             "p:0_start_0@n1 p:1_promote_0@n2 p:1_start_0@n2" },
		{ .says = "nobody may: no score of its own is -1",
		    .resources =
		        "<master_slave id='m' clone_max='2'>" P("p") "</master_slave>",
		    .graph = "m_running_0 m_start_0 p:0_start_0@n1 p:1_start_0@n2" },
		{ .says = "two masters",
		    .attributes = "n1.master-p:0=5 n2.master-p:1=5",
		    .resources = "<master_slave id='m' clone_max='2' master_max='2'>" P(
		        "p") "</master_slave>",
		    .graph = "m_promote_0 m_promoted_0 m_running_0 m_start_0 "
		             "p:0_promote_0@n1 p:0_start_0@n1 p:1_promote_0@n2 "
		             "p:1_start_0@n2" },
		{ .says = "the master's score draws the instance",
		    .attributes = "n3.master-p:0=5",
		    .resources =
		        "<master_slave id='m' clone_max='1'>" P("p") "</master_slave>",
		    .graph = "m_promote_0 m_promoted_0 m_running_0 m_start_0 "
		             "p:0_promote_0@n3 p:0_start_0@n3" },
		{ .says = "the score may have the long name",
		    .attributes = "n3.master-m:p:0=5",
		    .resources =
		        "<master_slave id='m' clone_max='1'>" P("p") "</master_slave>",
		    .graph = "m_promote_0 m_promoted_0 m_running_0 m_start_0 "
		             "p:0_promote_0@n3 p:0_start_0@n3" },
	};

	FACTS_CHECK(table);
}

/* 6.2, 9.3, 9.4 */
static void
test_colocations(void)
{
	static const struct fact table[] = {
		{ .says = "with it",
		    .resources = P("a") P("b"),
		    .constraints = AT("b", "n2", "5") WITH("a", "b", "INFINITY"),
		    .graph = "a_start_0@n2 b_start_0@n2" },
		{ .says = "apart from it: what it would like counts against itself",
		    .resources = P("a") P("b"),
		    .constraints =
		        AT("a", "n2", "5") AT("b", "n2", "5") WITH("a", "b", "-INFINITY"),
		    .graph = "a_start_0@n2 b_start_0@n1" },
		{ .says = "what it would like counts, too",
		    .resources = P("a") P("b"),
		    .constraints = AT("a", "n2", "5") WITH("a", "b", "INFINITY"),
		    .graph = "a_start_0@n2 b_start_0@n2" },
		{ .says = "but not of those who are only drawn",
		    .resources = P("a") P("b"),
		    .constraints = AT("a", "n2", "5") WITH("a", "b", "999999"),
		    .graph = "a_start_0@n1 b_start_0@n1" },
		{ .says = "it runs nowhere: so does who must be with it",
		    .resources = P("a") P_WITH("b", "target_role='Stopped'", ""),
		    .constraints = WITH("a", "b", "INFINITY"),
		    .graph = "" },
		{ .says = "who is only drawn to it runs all the same",
		    .resources = P("a") P_WITH("b", "target_role='Stopped'", ""),
		    .constraints = WITH("a", "b", "100"),
		    .graph = "a_start_0@n1" },
		{ .says = "a score of 0 lets the other be placed first",
		    .resources = P("a") P("b"),
		    .constraints = WITH("a", "b", "0"),
		    .graph = "a_start_0@n2 b_start_0@n1" },
		{ .says = "no score is 0",
		    .resources = P("a") P("b"),
		    .constraints = "<rsc_colocation id='c' from='a' to='b'/>",
		    .graph = "a_start_0@n2 b_start_0@n1" },
		{ .says = "both ways",
		    .resources = P("b") P_WITH("a", "target_role='Stopped'", ""),
		    .constraints = "<rsc_colocation id='c' from='a' to='b' "
		                   "score='INFINITY' symmetrical='true'/>",
		    .graph = "" },
		{ .says = "with an attribute in common",
		    .attributes = "n2.rack=x n3.rack=x",
		    .resources = P("b") P("a"),
		    .constraints = AT("b", "n2", "5")
		        AT("a", "n3", "1") "<rsc_colocation id='c' from='a' to='b' "
		                           "score='INFINITY' node_attribute='rack'/>",
		    .graph = "a_start_0@n3 b_start_0@n2" },
		{ .says = "without an attribute in common",
		    .attributes = "n1.rack=x",
		    .resources = P("b") P("a"),
		    .constraints = AT("b", "n2", "5")
		        AT("a", "n3", "1") "<rsc_colocation id='c' from='a' to='b' "
		                           "score='INFINITY' node_attribute='rack'/>",
		    .graph = "a_start_0@n3 b_start_0@n2" },
		{ .says = "with the master",
		    .attributes = "n2.master-p:1=5",
		    .resources = "<master_slave id='m' clone_max='2'>" P(
		        "p") "</master_slave>" P("a"),
		    .constraints = "<rsc_colocation id='c' from='a' to='m' "
		                   "to_role='Master' score='INFINITY'/>",
		    .graph = "a_start_0@n2 m_promote_0 m_promoted_0 m_running_0 "
		             "m_start_0 p:0_start_0@n1 p:1_promote_0@n2 "
		             "p:1_start_0@n2" },
		{ .says = "'Started' is any role",
		    .resources = P("a") P("b"),
		    .constraints =
		        AT("b", "n2", "5") "<rsc_colocation id='c' from='a' to='b' "
		                           "to_role='Started' score='INFINITY'/>",
		    .graph = "a_start_0@n2 b_start_0@n2" },
		{ .says = "with a clone: where it is",
		    .resources = "<clone id='c' clone_max='1'>" P("p") "</clone>" P("a"),
		    .constraints = AT("c", "n3", "5") WITH("a", "c", "INFINITY"),
		    .graph = "a_start_0@n3 c_running_0 c_start_0 p:0_start_0@n3" },
		{ .says = "with a group",
		    .resources = "<group id='g'>" P("b") P("d") "</group>" P("a"),
		    .constraints = AT("g", "n3", "5") WITH("a", "g", "INFINITY"),
		    .graph =
		        "a_start_0@n3 b_start_0@n3 d_start_0@n3 g_running_0 g_start_0" },
		{ .says = "members that may be apart: nobody can be with all",
		    .resources = "<group id='g' collocated='false'>" P("b")
		        P("d") "</group>" P("a"),
		    .constraints = AT("g", "n3", "5") WITH("a", "g", "INFINITY"),
		    .graph =
		        "a_start_0@n1 b_start_0@n3 d_start_0@n3 g_running_0 g_start_0" },
		{ .says = "a clone cannot be where one resource is",
		    .resources = "<clone id='c' clone_max='2'>" P("p") "</clone>" P("a"),
		    .constraints = AT("a", "n3", "5") WITH("c", "a", "INFINITY"),
		    .graph = "a_start_0@n3 c_running_0 c_start_0 p:0_start_0@n3" },
		{ .says = "a group that is with a group speaks for itself: it has no "
		          "wishes",
		    .resources = P("a") "<group id='g'>" P(
		        "b") "</group><group id='h'>" P("d") "</group>",
		    .constraints = WITH("g", "a", "INFINITY") WITH("h", "g", "INFINITY")
		        AT("h", "n3", "5"),
		    .graph = "a_start_0@n1 b_start_0@n1 d_start_0@n1 g_running_0 "
		             "g_start_0 h_running_0 h_start_0" },
		{ .says = "a primitive that is with a group has",
		    .resources = P("a") "<group id='g'>" P("b") "</group>" P("d"),
		    .constraints = WITH("g", "a", "INFINITY") WITH("d", "g", "INFINITY")
		        AT("d", "n3", "5"),
		    .graph =
		        "a_start_0@n3 b_start_0@n3 d_start_0@n3 g_running_0 g_start_0" },
		{ .says = "a ring",
		    .resources = P("a") P("b"),
		    .constraints = AT("b", "n3", "5") WITH("a", "b", "INFINITY")
		        WITH("b", "a", "INFINITY"),
		    .graph = "a_start_0@n3 b_start_0@n3" },
	};

	FACTS_CHECK(table);
}

static const struct check_case cases[] = {
	{ "expressions", test_expressions },
	{ "dates", test_dates },
	{ "locations", test_locations },
	{ "colocations", test_colocations },
};

CHECK_MAIN("crm_facts_place", cases)
