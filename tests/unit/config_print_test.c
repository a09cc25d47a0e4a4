/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "heartbeat -D", "-DW" and "-v" to the byte (spec/config.md 15).
 */
#include "tests/unit/config_help.h"

#include <stdlib.h>
#include <unistd.h>

static char printed[16384];

static int
capture_open(void)
{
	char name[] = "/tmp/config_print_XXXXXX";
	int fd = mkstemp(name);

	if (fd >= 0)
		unlink(name);
	return fd;
}

static const char *
capture_read(int fd)
{
	ssize_t len = pread(fd, printed, sizeof(printed) - 1, 0);

	printed[len > 0 ? len : 0] = '\0';
	close(fd);
	return printed;
}

/* clang-format off */
static const char directives[] =
	"Directive                Default   Description\n"
	"--------------------------------------------------------------------------------\n"
	"cluster                  linux-ha  the name of cluster\n"
	"hopfudge                 1         # of hops above cluster size\n"
	"keepalive                1000ms    keepalive time\n"
	"deadtime                 30000ms   node deadtime\n"
	"baud                     19200     baud rate\n"
	"auto_failback            legacy    auto failback\n"
	"hbgenmethod              file      protocol generation computation method\n"
	"realtime                 true      enable realtime behavior?\n"
	"msgfmt                   classic   message format in the wire\n"
	"conn_logd_time           60        the interval to reconnect to logd\n"
	"log_badpack              true      warn about bad packets\n"
	"syslogmsgfmt             true      log to files in syslog format\n"
	"coredumps                true      enable Linux-HA core dumps\n"
	"pacemaker                false     enable Pacemaker resource management\n"
	"autojoin                 none      set automatic join mode/style\n"
	"uuidfrom                 file      set the source for uuid\n"
	"compression              zlib      set compression module\n"
	"compression_threshold    2         set compression threshold\n"
	"traditional_compression  no        set traditional_compression\n"
	"max_rexmit_delay         250       set the maximum rexmit delay time\n"
	"record_config_changes    on        record changes to the cib (valid only with: pacemaker on)\n"
	"record_pengine_inputs    on        record the input used by the policy engine (valid only with: pacemaker on)\n"
	"enable_config_writes     on        write configuration changes to disk (valid only with: pacemaker on)\n"
	"memreserve               6500      number of kbytes to preallocate in heartbeat\n";

static const char effective_hacf[] =
	"keepalive 500ms\ndeadtime 4\nwarntime 2\ninitdead 10\nudpport 694\nbcast eth0, eth1\n"
	"ping 10.9.0.1\ndeadping 20\nnode node1, Node2\nhopfudge 3\nauto_failback on\n"
	"logfacility local0\nlogfile /var/log/ha-log\ndebugfile /tmp/dbg\ncompression bz2\nrtprio 5\n"
	"env FOO=bar\ncoreroot /var/lib/heartbeat/cores\nrealtime off\nuse_logd no\nmsgfmt netstring\n";

static const char effective[] =
	"#\n#\tLinux-HA heartbeat configuration (on node1)\n#\n\n"
	"#---------------------------------------------------\n"
	"#\n#\tHA configuration and status\n#\n"
	"cluster\tlinux-ha\t#\tthe name of cluster\n"
	"hopfudge\t3\t#\t# of hops above cluster size\n"
	"keepalive\t500ms\t#\tkeepalive time\n"
	"deadtime\t4\t#\tnode deadtime\n"
	"deadping\t20\t#\tping deadtime\n"
	"initdead\t10\t#\tinitial deadtime\n"
	"warntime\t2\t#\twarning time\n"
	"baud\t19200\t#\tbaud rate\n"
	"udpport\t694\t#\tUDP port number\n"
	"logfacility\tlocal0\t#\tsyslog log facility\n"
	"logfile\t/var/log/ha-log\t#\tlog file\n"
	"debugfile\t/tmp/dbg\t#\tdebug file\n"
	"auto_failback\ton\t#\tauto failback\n"
	"rtprio\t5\t#\trealtime priority\n"
	"hbgenmethod\tfile\t#\tprotocol generation computation method\n"
	"realtime\toff\t#\tenable realtime behavior?\n"
	"debug\t0\t#\tdebug level\n"
	"msgfmt\tnetstring\t#\tmessage format in the wire\n"
	"use_logd\tno\t#\tuse logging daemon\n"
	"conn_logd_time\t60\t#\tthe interval to reconnect to logd\n"
	"log_badpack\ttrue\t#\twarn about bad packets\n"
	"syslogmsgfmt\ttrue\t#\tlog to files in syslog format\n"
	"coredumps\ttrue\t#\tenable Linux-HA core dumps\n"
	"coreroot\t/var/lib/heartbeat/cores\t#\tset root directory of core dump area\n"
	"pacemaker\tfalse\t#\tenable Pacemaker resource management\n"
	"autojoin\tnone\t#\tset automatic join mode/style\n"
	"uuidfrom\tfile\t#\tset the source for uuid\n"
	"compression\tbz2\t#\tset compression module\n"
	"compression_threshold\t2\t#\tset compression threshold\n"
	"traditional_compression\tno\t#\tset traditional_compression\n"
	"max_rexmit_delay\t250\t#\tset the maximum rexmit delay time\n"
	"record_config_changes\ton\t#\trecord changes to the cib (valid only with: pacemaker on)\n"
	"record_pengine_inputs\ton\t#\trecord the input used by the policy engine (valid only with: pacemaker on)\n"
	"enable_config_writes\ton\t#\twrite configuration changes to disk (valid only with: pacemaker on)\n"
	"memreserve\t6500\t#\tnumber of kbytes to preallocate in heartbeat\n"
	"#\n#\tHA Cluster nodes:\n#\n"
	"node 10.9.0.1\t#\t current status: init\n"
	"node node1\t#\t current status: init\n"
	"node node2\t#\t current status: init\n"
	"#\n#\tCommunications media:\n"
	"#\n# UDP/IP broadcast heartbeat channel -------------\nbcast eth0\n"
	"#\n# UDP/IP broadcast heartbeat channel -------------\nbcast eth1\n"
	"#\n# ping membership heartbeat channel -------------\nping 10.9.0.1\n"
	"#---------------------------------------------------\n";
/* clang-format on */

static void
test_directives(void)
{
	int fd = capture_open();

	conf_print_directives(fd, false);
	CHECK_STR(capture_read(fd), directives, "-D");
}

static void
test_wiki(void)
{
	int fd = capture_open();
	const char *text;

	conf_print_directives(fd, true);
	text = capture_read(fd);
	CHECK(strncmp(text, "##Put this output in the ha.cf/DefaultValues page\n", 50) ==
	          0,
	    "head");
	CHECK(strstr(text, "\n||''Directive''||''Default''||''Description''||\n"),
	    "titles");
	CHECK(strstr(text,
	          "\n||[wiki:ha.cf/AutoFailbackDirective auto_failback]||legacy||auto "
	          "failback||\n"),
	    "a row");
}

static void
test_effective(void)
{
	static const struct conf_options options = { .on_this_machine = false,
		.self = "node1" };
	struct conf_problems problems;
	int fd = capture_open();
	struct conf conf;

	conf_problems_init(&problems);
	conf_parse(effective_hacf, strlen(effective_hacf), "ha.cf", &options, &conf,
	    &problems);
	CHECK_INT(problems.errors, 0, "accepted");
	conf_print_effective(fd, &conf);
	CHECK_STR(capture_read(fd), effective, "-v");
	conf_free(&conf);
	conf_problems_free(&problems);
}

static const struct check_case cases[] = {
	{ "directives", test_directives },
	{ "wiki", test_wiki },
	{ "effective", test_effective },
};
CHECK_MAIN("config_print", cases)
