/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What profile H reads in histories (spec/policy-engine.md 4.7 to 4.10). */
#include "tests/unit/crm_facts.h"

#define CLONE(attributes)                                                                \
	"<clone id='c' globally_unique='false' " attributes ">" P("p") "</clone>"
#define MASTER(attributes)                                                               \
	"<master_slave id='m' clone_max='1' " attributes ">" P("p") "</master_slave>"

/* 4.7 */
static void
test_owners(void)
{
	static const struct fact table[] = {
		{ .says = "what is not configured is stopped",
		    .history = "n1/a/start/0/0/0",
		    .graph = "a_stop_0@n1" },
		{ .says = "unless orphans are left alone",
		    .options = "stop-orphan-resources=false",
		    .history = "n1/a/start/0/0/0",
		    .graph = "" },
		{ .says = "an entry without operations is none",
		    .history = "",
		    .graph = "" },
		{ .says = "an instance has no identity: two of one number are two "
		          "instances",
		    .resources = CLONE("clone_max='2'"),
		    .history = "n1/p:0/start/0/0/0 n2/p:0/start/0/0/0",
		    .graph = "" },
		{ .says = "instances beyond the number are stopped, though orphans are "
		          "left alone",
		    .options = "stop-orphan-resources=false",
		    .resources = CLONE("clone_max='1'"),
		    .history = "n1/p:0/start/0/0/0 n2/p:0/start/0/0/0",
		    .graph = "p:1_stop_0@n2" },
		{ .says = "unique instances do have one: it is active twice",
		    .resources = "<clone id='c' clone_max='2'>" P("p") "</clone>",
		    .history = "n1/p:0/start/0/0/0 n2/p:0/start/0/0/0",
		    .graph = "c_running_0 c_start_0 c_stop_0 c_stopped_0 p:0_start_0@n1 "
		             "p:0_stop_0@n1 p:0_stop_0@n2 "
		             "p:1_start_0@n2" },
		{ .says = "calls count in their order, not in that of the document",
		    .resources = P("a"),
		    .history = "n1/a/stop/0/0/0,call_id=5 n1/a/start/0/0/0,call_id=4 "
		               "n2/a/monitor/0/0/7",
		    .constraints = AT("a", "n2", "1"),
		    .graph = "a_start_0@n2" },
		{ .says = "of operations under way the transition tells",
		    .resources = P("a"),
		    .history =
		        "n1/a/start/0/-1/-1,call_id=-1,transition_magic=-1:-1;4:2:x "
		        "n1/a/stop/0/0/0,call_id=4,transition_magic=0:0;3:1:x",
		    .graph = "a_start_0@n1" },
		{ .says = "and one that another engine ordered comes last",
		    .resources = P("a"),
		    .history =
		        "n1/a/stop/0/-1/-1,call_id=-1,transition_magic=-1:-1;4:2:y "
		        "n1/a/start/0/0/0,call_id=4,transition_magic=0:0;3:9:x",
		    .graph = "" },
		{ .says = "what monitors already does not begin anew",
		    .resources = P_WITH("a", "", OPS(OP("monitor", "10", ""))),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/0",
		    .graph = "" },
		{ .says = "what monitored before the start does",
		    .resources = P_WITH("a", "", OPS(OP("monitor", "10", ""))),
		    .history = "n1/a/monitor/10000/0/0 n1/a/stop/0/0/0 n1/a/start/0/0/0",
		    .graph = "a_monitor_10000@n1" },
		{ .says = "a probe that found it begins its life",
		    .resources = P_WITH("a", "", OPS(OP("monitor", "10", ""))),
		    .history =
		        "n1/a/stop/0/0/0 n1/a/monitor/0/0/0 n1/a/monitor/10000/0/0",
		    .graph = "" },
		{ .says = "the role that is wished for is wished for again",
		    .resources = P_WITH("a", "target_role='Stopped'", ""),
		    .history = "n1/a/start/0/0/0",
		    .graph = "a_stop_0@n1" },
	};

	FACTS_CHECK(table);
}

/* 4.8 */
static void
test_results(void)
{
	static const struct fact table[] = {
		{ .says = "not installed: a probe tells only that",
		    .resources = P("a"),
		    .history = "n1/a/monitor/0/0/5",
		    .graph = "a_start_0@n2" },
		{ .says = "not installed: what monitors it failed",
		    .options = "stop-orphan-actions=false",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/5",
		    .graph = "a_start_0@n2 a_stop_0@n1" },
		{ .says = "a monitor that finds nothing failed",
		    .resources = P_WITH("a", "", OPS(OP("monitor", "10", ""))),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/7",
		    .graph = "a_monitor_10000@n1 a_start_0@n1 a_stop_0@n1" },
		{ .says = "a stop that finds nothing is done",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0 n1/a/stop/0/0/7",
		    .graph = "a_start_0@n1" },
		{ .says = "what failed and stopped may start again",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/7 n1/a/stop/0/0/0",
		    .graph = "a_start_0@n1" },
		{ .says = "a start that failed is not tried there again",
		    .resources = P("a"),
		    .history = "n1/a/start/0/4/1",
		    .graph = "a_start_0@n2 a_stop_0@n1" },
		{ .says = "unless that is allowed",
		    .options = "start-failure-is-fatal=false",
		    .resources = P("a"),
		    .history = "n1/a/start/0/4/1",
		    .graph = "a_start_0@n1 a_stop_0@n1" },
		{ .says = "but older nodes do not count failures",
		    .options = "start-failure-is-fatal=false",
		    .resources = P("a"),
		    .history = "n1/a/start/0/4/1,crm_feature_set=1.0.9",
		    .graph = "a_start_0@n2 a_stop_0@n1" },
		{ .says = "a result other than 0 is an error whatever its status",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/1",
		    .graph = "a_start_0@n2 a_stop_0@n1" },
		{ .says = "what the agent cannot do is not tried there again",
		    .options = "start-failure-is-fatal=false",
		    .resources = P("a"),
		    .history = "n1/a/start/0/3/3",
		    .graph = "a_start_0@n2 a_stop_0@n1" },
		{ .says =
		        "a stop that failed, without fencing: nobody touches it any more",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0 n1/a/stop/0/4/1",
		    .graph = "" },
		{ .says = "with fencing: the node dies",
		    .options = "stonith-enabled=true",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0 n1/a/stop/0/4/1",
		    .graph = "a_start_0@n2 a_stop_0 stonith@n1 stonith_up",
		    .before = "stonith@n1<a_start_0@n2" },
		{ .says = "cancelled: nothing",
		    .options = "stop-orphan-actions=false",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/1/0",
		    .graph = "" },
		{ .says = "an old call says nothing",
		    .options = "stop-orphan-actions=false",
		    .resources = P("a"),
		    .history =
		        "n1/a/start/0/0/0,call_id=5 n1/a/monitor/10000/0/7,call_id=5",
		    .graph = "" },
		{ .says = "a call without a number says nothing",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0,call_id=-",
		    .graph = "a_start_0@n1" },
		{ .says = "an unknown status says nothing",
		    .resources = P("a"),
		    .history = "n1/a/start/0/5/0",
		    .graph = "a_start_0@n1" },
		{ .says = "a notification says nothing",
		    .resources = P("a"),
		    .history = "n1/a/notify/0/0/0",
		    .graph = "a_start_0@n1" },
		{ .says = "a start under way is begun again",
		    .resources = P("a"),
		    .history = "n1/a/start/0/-1/-1",
		    .graph = "a_start_0@n1" },
		{ .says = "a probe found a master: it is one",
		    .resources = MASTER(""),
		    .transient = "n1.master-p:0=5",
		    .history = "n1/p:0/monitor/0/0/8",
		    .graph = "" },
		{ .says = "a monitor found a master where a slave was",
		    .options = "stop-orphan-actions=false",
		    .resources = MASTER(""),
		    .transient = "n1.master-p:0=5",
		    .history = "n1/p:0/start/0/0/0 n1/p:0/monitor/10000/0/8",
		    .graph =
		        "m_demote_0 m_demoted_0 m_promote_0 m_promoted_0 m_running_0 "
		        "m_start_0 m_stop_0 m_stopped_0 "
		        "p:0_demote_0@n1 p:0_promote_0@n1 p:0_start_0@n1 p:0_stop_0@n1" },
		{ .says = "a monitor found a slave where a master was",
		    .options = "stop-orphan-actions=false",
		    .resources = MASTER(""),
		    .transient = "n1.master-p:0=5",
		    .history = "n1/p:0/start/0/0/0 n1/p:0/promote/0/0/0 "
		               "n1/p:0/monitor/10000/0/0",
		    .graph =
		        "m_demote_0 m_demoted_0 m_promote_0 m_promoted_0 m_running_0 "
		        "m_start_0 m_stop_0 m_stopped_0 "
		        "p:0_demote_0@n1 p:0_promote_0@n1 p:0_start_0@n1 p:0_stop_0@n1" },
		{ .says = "a master that failed",
		    .options = "stop-orphan-actions=false",
		    .resources = MASTER(""),
		    .history = "n1/p:0/start/0/0/0 n1/p:0/monitor/10000/0/9",
		    .graph = "m_demote_0 m_demoted_0 m_running_0 m_start_0 m_stop_0 "
		             "m_stopped_0 p:0_demote_0@n1 "
		             "p:0_start_0@n1 p:0_stop_0@n1" },
		{ .says = "it was demoted",
		    .resources = MASTER(""),
		    .transient = "n1.master-p:0=5",
		    .history =
		        "n1/p:0/start/0/0/0 n1/p:0/promote/0/0/0 n1/p:0/demote/0/0/0",
		    .graph = "m_promote_0 m_promoted_0 p:0_promote_0@n1" },
	};

	FACTS_CHECK(table);
}

#define ON_FAIL(policy) P_WITH("a", "", OPS(OP("monitor", "10", "on_fail='" policy "'")))
#define FAILED "n1/a/start/0/0/0 n1/a/monitor/10000/0/7"

/* 4.8, 4.9, 8.2 */
static void
test_on_fail(void)
{
	static const struct fact table[] = {
		{ .says = "ignore",
		    .resources = ON_FAIL("ignore"),
		    .history = FAILED,
		    .graph = "" },
		{ .says = "block: nobody touches it any more",
		    .resources = ON_FAIL("block"),
		    .history = FAILED,
		    .graph = "" },
		{ .says = "stop: for good",
		    .resources = ON_FAIL("stop"),
		    .history = FAILED,
		    .graph = "a_stop_0@n1" },
		{ .says = "migrate: elsewhere",
		    .resources = ON_FAIL("migrate"),
		    .history = FAILED,
		    .graph = "a_monitor_10000@n2 a_start_0@n2 a_stop_0@n1" },
		{ .says = "restart",
		    .resources = ON_FAIL("restart"),
		    .history = FAILED,
		    .graph = "a_monitor_10000@n1 a_start_0@n1 a_stop_0@n1" },
		{ .says = "nothing is a restart",
		    .resources = ON_FAIL("nothing"),
		    .history = FAILED,
		    .graph = "a_monitor_10000@n1 a_start_0@n1 a_stop_0@n1" },
		{ .says = "fence",
		    .options = "stonith-enabled=true",
		    .resources = ON_FAIL("fence"),
		    .history = FAILED,
		    .graph = "a_monitor_10000@n2 a_start_0@n2 a_stop_0 stonith@n1 "
		             "stonith_up" },
		{ .says = "fence, where there is no fencing: stop",
		    .resources = ON_FAIL("fence"),
		    .history = FAILED,
		    .graph = "a_stop_0@n1" },
		{ .says = "an operation that is switched off has no policy",
		    .options = "stop-orphan-actions=false",
		    .resources = P_WITH("a", "",
		        OPS(OP("monitor", "10", "on_fail='ignore' disabled='true'"))),
		    .history = FAILED,
		    .graph = "a_start_0@n1 a_stop_0@n1" },
		{ .says = "the policy is found by the entry's id",
		    .resources = ON_FAIL("ignore"),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/7,id=other",
		    .graph = "a_monitor_10000@n1 a_start_0@n1 a_stop_0@n1" },
		{ .says = "a policy among the operation's meta attributes",
		    .resources = P_WITH("a", "",
		        OPS("<op id='o' name='monitor' interval='10s'>" META(
		            NV("on_fail", "stop")) "</op>")),
		    .history = FAILED,
		    .graph = "a_stop_0@n1" },
		{ .says = "the role after a failure",
		    .resources = P_WITH("a", "",
		        OPS(OP("monitor", "10", "role_after_failure='Stopped'"))),
		    .history = FAILED,
		    .graph = "a_stop_0@n1" },
		{ .says = "a promotion that failed leaves a slave",
		    .resources = MASTER(""),
		    .transient = "n1.master-p:0=5",
		    .history = "n1/p:0/start/0/0/0 n1/p:0/promote/0/4/1",
		    .graph = "m_demote_0 m_demoted_0 m_running_0 m_start_0 m_stop_0 "
		             "m_stopped_0 p:0_demote_0@n1 "
		             "p:0_start_0@n1 p:0_stop_0@n1" },
		{ .says = "a migration that failed: both ends are stopped",
		    .resources = P_WITH("a", "allow_migrate='true'", ""),
		    .history =
		        "n1/a/migrate_to/0/0/0 n2/a/migrate_from/0/4/1,migrate_from=n1",
		    .graph = "a_start_0@n1 a_stop_0@n1 a_stop_0@n2" },
		{ .says = "a migration from nowhere",
		    .resources = P("a"),
		    .history = "n2/a/migrate_from/0/4/1,migrate_from=n9",
		    .graph = "a_start_0@n1 a_stop_0@n2" },
	};

	FACTS_CHECK(table);
}

#define TWICE(policy) P_WITH("a", "multiple_active='" policy "'", "")
#define ON_BOTH "n1/a/start/0/0/0 n2/a/start/0/0/0"

/* 4.10 */
static void
test_active_twice(void)
{
	static const struct fact table[] = {
		{ .says = "all are stopped, one is started",
		    .resources = P("a"),
		    .history = ON_BOTH,
		    .graph = "a_start_0@n1 a_stop_0@n1 a_stop_0@n2",
		    .before = "a_stop_0@n2<a_start_0@n1" },
		{ .says = "all are stopped",
		    .resources = TWICE("stop_only"),
		    .history = ON_BOTH,
		    .graph = "a_stop_0@n1 a_stop_0@n2" },
		{ .says = "nobody touches it any more",
		    .resources = TWICE("block"),
		    .history = ON_BOTH,
		    .graph = "" },
		{ .says = "what is not managed stays where it is, and others with it",
		    .resources = P_WITH("a", "is_managed='false'", "") P("b"),
		    .constraints = WITH("b", "a", "INFINITY"),
		    .history = "n2/a/start/0/0/0",
		    .graph = "b_start_0@n2" },
	};

	FACTS_CHECK(table);
}

static const struct check_case cases[] = {
	{ "owners", test_owners },
	{ "results", test_results },
	{ "on_fail", test_on_fail },
	{ "active_twice", test_active_twice },
};

CHECK_MAIN("crm_facts_history", cases)
