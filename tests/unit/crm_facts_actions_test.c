/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Actions, what hangs on what, and the graph in profile H (spec/policy-engine.md 6.3, 8, 10, 11). */
#include "tests/unit/crm_facts.h"

#define A_RUNS "n1/a/start/0/0/0 n2/a/monitor/0/0/7 n3/a/monitor/0/0/7"
#define NO_QUORUM "have_quorum='false' dc_uuid='n3'"
#define BEFORE "from='a' to='b' type='before'"

/* 6.3 */
static void
test_orders(void)
{
	static const struct fact table[] = {
		{ .says = "one after the other",
		    .resources = P("b") P("a"),
		    .constraints = ORDER(BEFORE),
		    .graph = "a_start_0@n2 b_start_0@n1",
		    .before = "a_start_0@n2<b_start_0@n1" },
		{ .says = "any other type is 'after'",
		    .resources = P("b") P("a"),
		    .constraints = ORDER("from='b' to='a' type='later'"),
		    .graph = "a_start_0@n2 b_start_0@n1",
		    .before = "a_start_0@n2<b_start_0@n1" },
		{ .says = "what needs it does not start without it",
		    .resources = P_WITH("a", "target_role='Stopped'", "") P("b"),
		    .constraints = ORDER(BEFORE),
		    .graph = "" },
		{ .says = "what only follows it does",
		    .resources = P_WITH("a", "target_role='Stopped'", "") P("b"),
		    .constraints = ORDER(BEFORE " score='0'"),
		    .graph = "b_start_0@n1" },
		{ .says = "what needs it stops first, and is stopped with it",
		    .resources = P_WITH("a", "target_role='Stopped'", "") P("b"),
		    .constraints = ORDER(BEFORE),
		    .history = "n1/a/start/0/0/0 n2/b/start/0/0/0",
		    .graph = "a_stop_0@n1 b_stop_0@n2",
		    .before = "b_stop_0@n2<a_stop_0@n1" },
		{ .says = "what needs it is restarted with it",
		    .resources = P("a") P("b"),
		    .constraints = ORDER(BEFORE),
		    .history = "n1/a/start/0/0/0,op_digest=old n2/b/start/0/0/0",
		    .graph = "a_start_0@n1 a_stop_0@n1 b_start_0@n2 b_stop_0@n2",
		    .before = "b_stop_0@n2<a_stop_0@n1 a_start_0@n1<b_start_0@n2" },
		{ .says = "what only follows it is not",
		    .resources = P("a") P("b"),
		    .constraints = ORDER(BEFORE " score='0'"),
		    .history = "n1/a/start/0/0/0,op_digest=old n2/b/start/0/0/0",
		    .graph = "a_start_0@n1 a_stop_0@n1" },
		{ .says = "unless it says so",
		    .resources = P("a") P_WITH("b", "restart_type='restart'", ""),
		    .constraints = ORDER(BEFORE " score='0'"),
		    .history = "n1/a/start/0/0/0,op_digest=old n2/b/start/0/0/0",
		    .graph = "a_start_0@n1 a_stop_0@n1 b_start_0@n2 b_stop_0@n2" },
		{ .says = "with a negative score the first follows the second",
		    .resources = P("a") P("b"),
		    .constraints = ORDER(BEFORE " score='-1' symmetrical='false'"),
		    .history = "n1/a/start/0/0/0 n2/b/start/0/0/0,op_digest=old",
		    .graph = "a_start_0@n1 a_stop_0@n1 b_start_0@n2 b_stop_0@n2",
		    .before = "a_start_0@n1<b_start_0@n2" },
		{ .says = "one way only",
		    .resources = P_WITH("a", "target_role='Stopped'", "")
		        P_WITH("b", "target_role='Stopped'", ""),
		    .constraints = ORDER(BEFORE " symmetrical='false'"),
		    .history = "n1/a/start/0/0/0 n2/b/start/0/0/0",
		    .graph = "a_stop_0@n1 b_stop_0@n2" },
		{ .says = "other operations",
		    .attributes = "n1.master-p:0=5",
		    .resources = "<master_slave id='m' clone_max='1'>" P(
		        "p") "</master_slave>" P("b"),
		    .constraints = ORDER("from='m' action='promote' to='b' "
		                         "to_action='start' type='before'"),
		    .graph = "b_start_0@n2 m_promote_0 m_promoted_0 m_running_0 "
		             "m_start_0 p:0_promote_0@n1 p:0_start_0@n1",
		    .before = "m_promoted_0<b_start_0@n2 p:0_promote_0@n1<m_promoted_0" },
		{ .says = "a group is there when all of it is",
		    .resources = "<group id='a'>" P("x") P("y") "</group>" P("b"),
		    .constraints = ORDER(BEFORE),
		    .graph =
		        "a_running_0 a_start_0 b_start_0@n2 x_start_0@n1 y_start_0@n1",
		    .before = "y_start_0@n1<a_running_0 a_running_0<b_start_0@n2 "
		              "x_start_0@n1<y_start_0@n1" },
		{ .says = "a group that should tell, but tells nobody",
		    .resources = "<group id='a' notify='true'>" P("x") "</group>" P("b"),
		    .constraints = ORDER(BEFORE),
		    .graph = "a_running_0 a_start_0 b_start_0@n2 x_start_0@n1",
		    .before = "a_start_0<b_start_0@n2" },
		{ .says = "a clone is there when all of it is",
		    .resources = "<clone id='a' clone_max='2'>" P("p") "</clone>" P("b"),
		    .constraints = ORDER(BEFORE),
		    .graph = "a_running_0 a_start_0 b_start_0@n3 p:0_start_0@n1 "
		             "p:1_start_0@n2",
		    .before = "p:1_start_0@n2<a_running_0 a_running_0<b_start_0@n3" },
		{ .says = "a clone that tells is there when all have heard of it",
		    .resources = "<clone id='a' clone_max='1' notify='true'>" P(
		        "p") "</clone>" P("b"),
		    .constraints = ORDER(BEFORE),
		    .graph = "a_confirmed-post_notify_start_0 "
		             "a_confirmed-pre_notify_start_0 a_post_notify_start_0 "
		             "a_pre_notify_start_0 a_running_0 a_start_0 b_start_0@n2 "
		             "p:0_post_notify_start_0@n1 "
		             "p:0_start_0@n1",
		    .before =
		        "a_confirmed-post_notify_start_0<b_start_0@n2 "
		        "p:0_post_notify_start_0@n1<a_confirmed-post_notify_start_0 "
		        "a_running_0<a_post_notify_start_0 "
		        "a_pre_notify_start_0<a_start_0" },
	};

	FACTS_CHECK(table);
}

/* 8.1, 8.2 */
static void
test_needs(void)
{
	static const struct fact table[] = {
		{ .says = "without quorum what runs is stopped",
		    .head = NO_QUORUM,
		    .resources = P("a"),
		    .history = A_RUNS,
		    .graph = "a_stop_0@n1" },
		{ .says = "or frozen",
		    .head = NO_QUORUM,
		    .options = "no-quorum-policy=freeze",
		    .resources = P("a") P("b"),
		    .history = A_RUNS,
		    .graph = "" },
		{ .says = "what is frozen may recover where it is",
		    .head = NO_QUORUM,
		    .options = "no-quorum-policy=freeze",
		    .resources = P_WITH("a", "", OPS(OP("monitor", "10", ""))),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/7",
		    .graph = "a_monitor_10000@n1 a_start_0@n1 a_stop_0@n1" },
		{ .says = "a resource that needs nothing, says its operation",
		    .head = NO_QUORUM,
		    .resources =
		        P_WITH("a", "", OPS(OP("start", "0", "prereq='nothing'"))),
		    .graph = "a_start_0@n1" },
		{ .says = "a resource that needs nothing, says itself",
		    .head = NO_QUORUM,
		    .resources = P_WITH("a", "start_prereq='nothing'", ""),
		    .graph = "a_start_0@n1" },
		{ .says = "the operation counts more",
		    .head = NO_QUORUM,
		    .resources = P_WITH("a", "start_prereq='nothing'",
		        OPS(OP("start", "0", "prereq='quorum'"))),
		    .graph = "" },
		{ .says = "fencing devices need nothing",
		    .head = NO_QUORUM,
		    .resources = "<primitive id='a' class='stonith' type='ssh'/>",
		    .graph = "a_start_0@n1" },
		{ .says = "who needs fencing waits for it",
		    .options = "stonith-enabled=true",
		    .state = "n1.crmd=offline",
		    .resources =
		        P_WITH("a", "", OPS(OP("start", "0", "prereq='fencing'"))),
		    .graph = "a_start_0@n2 stonith@n1 stonith_up",
		    .before = "stonith@n1<a_start_0@n2" },
		{ .says = "so does who may run there still",
		    .options = "stonith-enabled=true",
		    .state = "n1.ha=dead",
		    .resources = P("a"),
		    .graph = "a_start_0@n2 stonith@n1 stonith_up",
		    .before = "stonith@n1<a_start_0@n2" },
		{ .says = "fencing waits for its device",
		    .options = "stonith-enabled=true",
		    .state = "n1.crmd=offline",
		    .resources = "<primitive id='a' class='stonith' type='ssh'/>",
		    .graph = "a_start_0@n2 stonith@n1 stonith_up",
		    .before = "a_start_0@n2<stonith_up stonith_up<stonith@n1" },
	};

	FACTS_CHECK(table);
}

/* 8.3 */
static void
test_probes(void)
{
	static const struct fact table[] = {
		{ .says = "everywhere, before it starts",
		    .resources = P("a"),
		    .probes = true,
		    .graph = "a_monitor_0@n1 a_monitor_0@n2 a_monitor_0@n3 a_start_0@n1 "
		             "probe_complete probe_complete@n1 "
		             "probe_complete@n2 probe_complete@n3",
		    .before =
		        "a_monitor_0@n3<probe_complete@n3 "
		        "probe_complete@n3<probe_complete probe_complete<a_start_0@n1" },
		{ .says = "not where it is known",
		    .resources = P("a"),
		    .history = A_RUNS,
		    .transient = "n1.probe_complete=true n2.probe_complete=true "
		                 "n3.probe_complete=true",
		    .probes = true,
		    .graph = "" },
		{ .says = "again, if that is asked for",
		    .resources = P("a"),
		    .history = A_RUNS,
		    .transient = "n1.probe_complete=false n2.probe_complete=true "
		                 "n3.probe_complete=true",
		    .probes = true,
		    .graph = "a_monitor_0@n1 probe_complete probe_complete@n1" },
		{ .says = "also of what is not managed",
		    .resources = P_WITH("a", "is_managed='false'", ""),
		    .state = "n2.in_ccm=false n3.in_ccm=false",
		    .probes = true,
		    .graph = "a_monitor_0@n1 probe_complete probe_complete@n1" },
		{ .says = "one instance on each node is enough",
		    .resources = "<clone id='c' globally_unique='false' clone_max='2'>" P(
		        "p") "</clone>",
		    .state = "n2.in_ccm=false n3.in_ccm=false",
		    .probes = true,
		    .graph = "c_running_0 c_start_0 p:0_monitor_0@n1 p:0_start_0@n1 "
		             "probe_complete probe_complete@n1" },
		{ .says = "of unique instances it is each",
		    .resources = "<clone id='c' clone_max='2'>" P("p") "</clone>",
		    .state = "n2.in_ccm=false n3.in_ccm=false",
		    .probes = true,
		    .graph = "c_running_0 c_start_0 p:0_monitor_0@n1 p:0_start_0@n1 "
		             "p:1_monitor_0@n1 probe_complete "
		             "probe_complete@n1" },
	};

	FACTS_CHECK(table);
}

/* 8.5, 8.9 */
static void
test_definitions(void)
{
	static const struct fact table[] = {
		{ .says = "other parameters: a restart",
		    .resources = P_WITH("a", "", PARAMS(NV("p", "1"))),
		    .history = A_RUNS,
		    .graph = "a_start_0@n1 a_stop_0@n1" },
		{ .says = "no digest: a restart",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0,op_digest=-",
		    .graph = "a_start_0@n1 a_stop_0@n1" },
		{ .says = "parameters that need no restart",
		    .resources = P_WITH("a", "", PARAMS(NV("p", "1"))),
		    .history = "n1/a/start/0/0/"
		               "0,op_force_restart=-,op_restart_digest="
		               "f2317cad3d54cec5d7d7aa7d0bf35cf8,"
		               "op_force_restart=|q|",
		    .graph = "a_reload_0@n1 a_stop_0" },
		{ .says = "options are no parameters",
		    .resources = P_WITH("a", "",
		        PARAMS(NV("resource_stickiness", "5") NV("notify", "false"))),
		    .history = A_RUNS,
		    .graph = "" },
		{ .says = "another type, written otherwise only",
		    .resources = "<primitive id='a' class='OCF' provider='Heartbeat' "
		                 "type='dummy'/>",
		    .history = A_RUNS,
		    .graph = "" },
		{ .says = "another type: what is there is forgotten",
		    .resources = "<primitive id='a' class='ocf' provider='heartbeat' "
		                 "type='Other'/>",
		    .history = A_RUNS,
		    .graph = "a_delete_0@n1 a_start_0@n1 a_stop_0@n1 lrm_refresh@n1",
		    .before = "a_stop_0@n1<a_delete_0@n1 a_delete_0@n1<a_start_0@n1 "
		              "a_delete_0@n1<lrm_refresh@n1" },
		{ .says = "a recurring operation that is not configured ends",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/0",
		    .graph = "cancel:a_cancel_10000@n1" },
		{ .says = "or does not, if orphans are left alone",
		    .options = "stop_orphan_actions=false",
		    .resources = P("a"),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/0",
		    .graph = "" },
		{ .says = "a recurring operation that was switched off ends",
		    .resources =
		        P_WITH("a", "", OPS(OP("monitor", "10s", "disabled='yes'"))),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/0",
		    .graph = "cancel:a_cancel_10000@n1" },
		{ .says = "another timeout: it begins again",
		    .resources =
		        P_WITH("a", "", OPS(OP("monitor", "10s", "timeout='30s'"))),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/0",
		    .graph = "a_monitor_10000@n1" },
		{ .says = "who may be nowhere begins nothing",
		    .resources = P_WITH("a", "target_role='Stopped'",
		        OPS(OP("monitor", "10s", "timeout='30s'"))),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/0",
		    .graph = "a_stop_0@n1" },
		{ .says = "a new operation begins",
		    .resources = P_WITH("a", "", OPS(OP("monitor", "100ms", ""))),
		    .history = A_RUNS,
		    .graph = "a_monitor_100@n1" },
		{ .says = "an operation of another role does not",
		    .resources =
		        P_WITH("a", "", OPS(OP("monitor", "1min", "role='Slave'"))),
		    .history = A_RUNS,
		    .graph = "" },
		{ .says = "what is removed after it stopped",
		    .options = "remove-after-stop=true",
		    .resources = P_WITH("a", "target_role='Stopped'", ""),
		    .history = A_RUNS,
		    .graph = "a_delete_0@n1 a_stop_0@n1 lrm_refresh@n1" },
	};

	FACTS_CHECK(table);
}

/* 8.4, 8.6 */
static void
test_collectives(void)
{
	static const struct fact table[] = {
		{ .says = "members in their order",
		    .resources = "<group id='g'>" P("a") P("b") "</group>",
		    .graph = "a_start_0@n1 b_start_0@n1 g_running_0 g_start_0",
		    .before = "g_start_0<a_start_0@n1 a_start_0@n1<b_start_0@n1 "
		              "b_start_0@n1<g_running_0" },
		{ .says = "members in any order",
		    .resources = "<group id='g' ordered='false'>" P_WITH("a",
		        "target_role='Stopped'", "") P("b") "</group>",
		    .history = "n1/a/start/0/0/0 n1/b/start/0/0/0",
		    .graph = "a_stop_0@n1 b_stop_0@n1 g_stop_0 g_stopped_0",
		    .before = "g_stop_0<a_stop_0@n1 g_stop_0<b_stop_0@n1 "
		              "b_stop_0@n1<g_stopped_0" },
		{ .says = "what comes after a member that failed is restarted",
		    .resources = "<group id='g'>" P("a") P("b") "</group>",
		    .history = "n1/a/start/0/0/0,op_digest=old n1/b/start/0/0/0",
		    .graph = "a_start_0@n1 a_stop_0@n1 b_start_0@n1 b_stop_0@n1 "
		             "g_running_0 g_start_0 g_stop_0 g_stopped_0",
		    .before = "b_stop_0@n1<a_stop_0@n1 a_start_0@n1<b_start_0@n1" },
		{ .says = "what comes before it is told to start once more",
		    .resources = "<group id='g'>" P("a") P("b") "</group>",
		    .history = "n1/a/start/0/0/0 n1/b/start/0/0/0,op_digest=old",
		    .graph = "a_start_0@n1 b_start_0@n1 b_stop_0@n1 g_running_0 "
		             "g_start_0 g_stop_0 "
		             "g_stopped_0" },
		{ .says = "instances one after the other",
		    .resources =
		        "<clone id='c' clone_max='2' ordered='true'>" P("p") "</clone>",
		    .graph = "c_running_0 c_start_0 p:0_start_0@n1 p:1_start_0@n2",
		    .before = "c_start_0<p:0_start_0@n1 p:0_start_0@n1<p:1_start_0@n2" },
		{ .says = "the master's operations end before it is promoted",
		    .transient = "n1.master-p:0=5",
		    .resources = "<master_slave id='m' clone_max='1'>" P_WITH("p", "",
		        OPS(OP("monitor", "10", "")
		                OP("monitor", "11", "role='Master'"))) "</master_slave>",
		    .history = "n1/p:0/start/0/0/0 n1/p:0/monitor/10000/0/0",
		    .graph = "cancel:p:0_monitor_10000@n1 m_promote_0 m_promoted_0 "
		             "p:0_monitor_11000@n1 p:0_promote_0@n1",
		    .before = "cancel:p:0_monitor_10000@n1<p:0_promote_0@n1 "
		              "p:0_promote_0@n1<p:0_monitor_11000@n1" },
		{ .says = "a master that may be nowhere is demoted first",
		    .transient = "n1.master-p:0=5",
		    .resources =
		        "<master_slave id='m' clone_max='1' target_role='Stopped'>" P(
		            "p") "</master_slave>",
		    .history = "n1/p:0/start/0/0/0 n1/p:0/promote/0/0/0",
		    .graph = "m_demote_0 m_demoted_0 m_stop_0 m_stopped_0 "
		             "p:0_demote_0@n1 p:0_stop_0@n1",
		    .before = "p:0_demote_0@n1<p:0_stop_0@n1 m_demoted_0<m_stop_0" },
		{ .says = "instances are told before and after, and those who stay are, "
		          "too",
		    .resources = "<clone id='c' clone_max='2' notify='true' "
		                 "globally_unique='false'>" P("p") "</clone>",
		    .history = "n1/p:0/start/0/0/0",
		    .graph = "c_confirmed-post_notify_start_0 "
		             "c_confirmed-pre_notify_start_0 c_post_notify_start_0 "
		             "c_pre_notify_start_0 c_running_0 c_start_0 "
		             "p:0_post_notify_start_0@n1 "
		             "p:0_pre_notify_start_0@n1 p:1_post_notify_start_0@n2 "
		             "p:1_start_0@n2",
		    .before = "p:0_pre_notify_start_0@n1<p:1_start_0@n2 "
		              "p:1_start_0@n2<p:0_post_notify_start_0@n1" },
		{ .says = "all of a node's resources stop before it goes",
		    .state = "n1.shutdown=1",
		    .resources = "<group id='g'>" P("a") P("b") "</group>",
		    .history = "n1/a/start/0/0/0 n1/b/start/0/0/0",
		    .graph = "a_start_0@n2 a_stop_0@n1 b_start_0@n2 b_stop_0@n1 "
		             "do_shutdown@n1 g_running_0 g_start_0 g_stop_0 "
		             "g_stopped_0",
		    .before = "a_stop_0@n1<do_shutdown@n1 b_stop_0@n1<do_shutdown@n1" },
		{ .says = "what stopped with its node has stopped, and the group knows",
		    .options = "stonith-enabled=true",
		    .state = "n1.crmd=offline",
		    .resources = "<group id='g'>" P("a") "</group>",
		    .history = "n1/a/start/0/0/0",
		    .graph = "a_start_0@n2 a_stop_0 g_running_0 g_start_0 g_stop_0 "
		             "g_stopped_0 stonith@n1 stonith_up",
		    .before = "stonith@n1<a_stop_0 a_stop_0<a_start_0@n2" },
	};

	FACTS_CHECK(table);
}

#define MOVES(id, more)                                                                  \
	P_WITH(id, "allow_migrate='true' resource_stickiness='0' " more, "")

/* 10.3 */
static void
test_migrations(void)
{
	static const struct fact table[] = {
		{ .says = "it moves without a stop",
		    .resources = MOVES("a", ""),
		    .constraints = AT("a", "n2", "5"),
		    .history = A_RUNS,
		    .graph = "a_migrate_from_0@n2 a_migrate_to_0@n1",
		    .before = "a_migrate_to_0@n1<a_migrate_from_0@n2" },
		{ .says = "not when it failed",
		    .options = "stop-orphan-actions=false",
		    .resources = MOVES("a", ""),
		    .constraints = AT("a", "n2", "5"),
		    .history = "n1/a/start/0/0/0 n1/a/monitor/10000/0/7",
		    .graph = "a_start_0@n2 a_stop_0@n1" },
		{ .says = "not when what it waits for is planned, too",
		    .resources = MOVES("a", "") P("b"),
		    .constraints =
		        AT("a", "n2", "5") ORDER("from='b' to='a' type='before'"),
		    .history = A_RUNS,
		    .graph = "a_start_0@n2 a_stop_0@n1 b_start_0@n1" },
		{ .says = "unless that is a clone of which nothing stops",
		    .resources =
		        MOVES("a", "") "<clone id='c' clone_max='1'>" P("p") "</clone>",
		    .constraints = AT("a", "n2", "5") AT("c", "n3", "5")
		        ORDER("from='c' to='a' type='before'"),
		    .history = A_RUNS,
		    .graph = "a_migrate_from_0@n2 a_migrate_to_0@n1 c_running_0 "
		             "c_start_0 p:0_start_0@n3",
		    .before = "c_running_0<a_migrate_to_0@n1" },
	};

	FACTS_CHECK(table);
}

/* 11.5 */
static void
test_picture(void)
{
	static const char *const lines[] = {
		"\"a_start_0 n1\" [ style=bold color=\"green\" fontcolor=\"black\"  ]\n",
		"\"probe_complete\" -> \"a_start_0 n1\" [ style = bold]\n",
		/* What cannot be done is shown, and what it would wait for. */
		"\"b_start_0 n2\" [ style=dashed color=\"red\" fontcolor=\"black\"  ]\n",
		"\"a_start_0 n1\" -> \"b_start_0 n2\" [ style = dashed]\n",
	};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fact_plan(&(struct fact){ .says = "a picture",
	    .head = NO_QUORUM,
	    .resources = P_WITH("a", "start_prereq='nothing'", "") P("b"),
	    .constraints = ORDER(BEFORE) });
	pe_write_dot(fact_pe, out, false);
	fclose(out);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CHECK(strstr(text, lines[i]), "%s is not in %s", lines[i], text);
	free(text);
	fact_done();
}

static const struct check_case cases[] = {
	{ "orders", test_orders },
	{ "needs", test_needs },
	{ "probes", test_probes },
	{ "definitions", test_definitions },
	{ "collectives", test_collectives },
	{ "migrations", test_migrations },
	{ "picture", test_picture },
};

CHECK_MAIN("crm_facts_actions", cases)
