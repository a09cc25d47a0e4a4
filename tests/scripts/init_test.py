#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The init script with a daemon that only notes how it is called (spec/config.md 17)."""

import sys

from support import expect, expect_match, expect_that, run_cases

INIT = "/etc/init.d/heartbeat"
DAEMON = """#!/bin/sh
echo "heartbeat $*" >>/tmp/calls
exit $(cat /tmp/rc$1 2>/dev/null || echo 0)
"""
HOOK = '#!/bin/sh\necho "startstop $*" >>/tmp/calls\n'
HA_CF = "node alpha\nauto_failback on\ndeadtime 500ms\n"


def fresh(node, ha_cf=HA_CF):
    node.run("rm -rf /tmp/* /etc/ha.d/resource.d/startstop /etc/ha.d/ha.cf /var/run/heartbeat")
    node.write("/usr/libexec/heartbeat/heartbeat", DAEMON, 0o755)
    node.write("/usr/share/heartbeat/hb_standby", '#!/bin/sh\necho "hb_standby $*" >>/tmp/calls\n', 0o755)
    node.write("/tmp/calls", "")
    if ha_cf is not None:
        node.write("/etc/ha.d/ha.cf", ha_cf)


def init(node, *words, timeout=30):
    done = node.run([INIT, *words], timeout=timeout)
    return done.returncode, done.stdout


def calls(node):
    return node.read("/tmp/calls").splitlines()


def not_configured(node, client):
    fresh(node, None)
    expect(init(node, "start"), (0, "Heartbeat not configured: /etc/ha.d/ha.cf not found.\n"), "start")
    expect(calls(node), [], "nothing runs")


def start_and_stop(node, client):
    fresh(node)
    node.write("/etc/ha.d/resource.d/startstop", HOOK, 0o755)
    expect(init(node, "start"), (0, "Starting High-Availability services: Done.\n"), "start")
    expect(calls(node), ["startstop pre-start", "heartbeat ", "startstop post-start 0"], "calls")
    expect_that(node.exists("/var/lock/subsys/heartbeat"), "lock file")
    modes = node.run("stat -c '%a %n' /var/run/heartbeat /var/run/heartbeat/*", check=True).stdout
    expect(modes, "".join(f"750 /var/run/heartbeat{d}\n" for d in ("", "/ccm", "/crm", "/dopd")) +
           "755 /var/run/heartbeat/rsctmp\n", "directories")
    node.write("/tmp/calls", "")
    expect(init(node, "stop"), (0, "Stopping High-Availability services: Done.\n"), "stop")
    expect(calls(node), ["startstop pre-stop", "heartbeat -k", "startstop post-stop 0"], "calls")
    expect_that(not node.exists("/var/lock/subsys/heartbeat"), "lock file")


def failing_start(node, client):
    fresh(node)
    node.write("/tmp/rc", "6")
    expect(init(node, "start"), (6, "Starting High-Availability services:  Heartbeat failure [rc=6]. Failed.\n"),
           "start")


def active_resources_are_told(node, client):
    fresh(node)
    node.write("/etc/ha.d/haresources", "alpha Held\n")
    node.write("/etc/ha.d/resource.d/Held", "#!/bin/sh\necho running\n", 0o755)
    done = node.run([INIT, "start"])
    expect(done.returncode, 0, "start goes on")
    expect_match("CRITICAL: Resource Held is active, and should not be!", done.stderr, "told")
    fresh(node, HA_CF + "crm respawn\n")
    expect_that("CRITICAL" not in node.run([INIT, "start"]).stderr, "not with a CRM")
    node.run("rm /etc/ha.d/haresources /etc/ha.d/resource.d/Held")


def status_and_reload(node, client):
    for code in (0, 1, 3):
        fresh(node)
        node.write("/tmp/rc-s", str(code))
        expect(init(node, "status")[0], code, f"status {code}")
    for verb in ("reload", "force-reload"):
        for code, end in ((0, "Done.\n"), (1, "")):
            fresh(node)
            node.write("/tmp/rc-r", str(code))
            expect(init(node, verb), (code, "Reloading High-Availability services: " + end), f"{verb} {code}")
            expect(calls(node), ["heartbeat -r"], verb)


def restart_waits(node, client):
    """deadtime, rounded up to seconds, and ten more; the test counts them instead."""
    for deadtime, want in (("500ms", "11"), ("4", "14"), ("1.5", "12"), ("2min", "130"), ("1000000us", "11"),
                           (None, "40")):
        fresh(node, "node alpha\n" + (f"deadtime {deadtime}\n" if deadtime else ""))
        node.write("/usr/sbin/sleep", '#!/bin/sh\necho "sleep $*" >>/tmp/calls\n', 0o755)
        code, out = init(node, "restart")
        node.remove("/usr/sbin/sleep")
        expect((code, calls(node)), (0, ["heartbeat -k", f"sleep {want}", "heartbeat "]), f"deadtime {deadtime}")
        expect_match("Waiting to allow resource takeover to complete:", out, "text")
    fresh(node, HA_CF + "crm on\n")
    node.write("/usr/sbin/sleep", '#!/bin/sh\necho "sleep $*" >>/tmp/calls\n', 0o755)
    init(node, "restart")
    node.remove("/usr/sbin/sleep")
    expect(calls(node), ["heartbeat -k", "heartbeat "], "no wait with a CRM")


def standby(node, client):
    table = (
        ("auto_failback on\n", 0, "auto_failback: on\nAttempting to enter standby mode\n"),
        ("auto_failback off\n", 0, "auto_failback: off\nAttempting to enter standby mode\n"),
        ("auto_failback legacy\n", 1, "auto_failback is set to legacy.  Cannot enter standby.\n"),
        ("", 1, "auto_failback defaulted to legacy.  Cannot enter standby.\n"),
        ("nice_failback off\n", 1, "nice_failback is disabled.  Cannot enter standby.\n"),
        ("auto_failback on\ncrm yes\n", 1, "use 'crm_stanby -v on' instead\n"),
    )
    for ha_cf, code, out in table:
        fresh(node, ha_cf)
        expect(init(node, "standby"), (code, out), repr(ha_cf))
        expect("hb_standby " in calls(node), code == 0, repr(ha_cf))
    fresh(node)
    node.write("/tmp/rc-s", "3")
    expect(init(node, "standby"), (1, "Heartbeat is not currently running.\n"), "not running")


def usage(node, client):
    fresh(node)
    for words in ((), ("frobnicate",)):
        expect(init(node, *words), (1, f"Usage: {INIT} {{start|stop|status|restart|reload|force-reload}}\n"),
               f"{words}")


CASES = [not_configured, start_and_stop, failing_start, active_resources_are_told, status_and_reload,
         restart_waits, standby, usage]

if __name__ == "__main__":
    sys.exit(run_cases("scripts/init", CASES))
