#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands of the script layer in a living cluster of two nodes."""

import sys
import time

from support import expect, expect_match, expect_that, main_in_one_lab

ADDRESS = "10.77.0.100"
HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 500ms
deadtime 1500ms
initdead 3000ms
bcast eth0
auto_failback off
node alpha bravo
"""
HARESOURCES = f"alpha IPaddr2::{ADDRESS}/24/eth0\nbravo IPaddr::10.77.0.101/24/eth0\n"
GREETING = """#!/bin/sh
echo "$1 $HA_src $HA_word on $HA_CURHOST" >/tmp/greeting.new && mv /tmp/greeting.new /tmp/greeting
"""
SHARE = "/usr/share/heartbeat"


def standby_waits_until_it_is_done(lab, alpha, bravo):
    done = alpha.run([f"{SHARE}/hb_standby", "--wait=20", "all"], timeout=30)
    expect((done.returncode, done.stdout), (0, "done: this node holds none resources\n"), done.stderr)
    expect_that(not alpha.has_address(ADDRESS), "given up")
    lab.wait(lambda: bravo.has_address(ADDRESS), 5, "bravo has it")
    bravo.wait_rscstatus("all", 10)


def takeover_waits_until_it_is_done(lab, alpha, bravo):
    done = alpha.run([f"{SHARE}/hb_takeover", "--wait=20", "local"], timeout=30)
    expect((done.returncode, done.stdout), (0, "done: this node holds local resources\n"), done.stderr)
    expect_that(alpha.has_address(ADDRESS), "taken")
    expect_that(not bravo.has_address(ADDRESS), "given up there")
    expect_that(bravo.has_address("10.77.0.101"), "the other group stays")


def resourcemanager_beside_the_daemon(lab, alpha, bravo):
    run = lambda *words: alpha.run([f"{SHARE}/ResourceManager", *words])  # noqa: E731
    key = f"IPaddr2::{ADDRESS}/24/eth0"
    expect(run("status", key).returncode, 0, "held here")
    expect(run("status", "IPaddr::10.77.0.101/24/eth0").returncode, 3, "held there")
    expect(run("statgroup", key).stdout, "ALL\n", "statgroup")
    expect(run("takegroup", key).returncode, 0, "a second start")
    expect(run("givegroup", key).returncode, 0, "taken away behind the daemon's back")
    expect_that(not alpha.has_address(ADDRESS), "gone")
    expect(run("takegroup", key).returncode, 0, "and given back")
    expect_that(alpha.has_address(ADDRESS), "back")


def types_of_an_administrator(lab, alpha, bravo):
    """A message of an own type, sent with ha_clustermsg, runs rc.d/<type> on both nodes."""
    alpha.run(". /etc/ha.d/shellfuncs; printf 't=greeting\\nword=hello\\n' | ha_clustermsg", check=True)
    for node in (alpha, bravo):
        lab.wait(lambda: node.exists("/tmp/greeting"), 5, f"rc.d/greeting on {node.name}")
        expect(node.read("/tmp/greeting"), f"greeting alpha hello on {node.name}\n", node.name)


def init_script_knows_it_runs(lab, alpha, bravo):
    done = alpha.run(["/etc/init.d/heartbeat", "status"])
    expect(done.returncode, 0, done.stdout + done.stderr)
    done = alpha.run(["/etc/init.d/heartbeat", "standby"])
    expect(done.returncode, 0, done.stdout + done.stderr)
    expect_match("^auto_failback: off\nAttempting to enter standby mode\n", done.stdout, "text")
    bravo.wait_rscstatus("all", 20)
    expect(alpha.run([f"{SHARE}/hb_takeover", "--wait=20", "local"], timeout=30).returncode, 0, "back again")


def standby_without_a_peer(lab, alpha, bravo):
    bravo.power_off()
    alpha.wait_log("node bravo: is dead", 15)
    alpha.wait_rscstatus("all", 20)
    begin = time.time()
    done = alpha.run([f"{SHARE}/hb_standby", "--wait=30"], timeout=40)
    expect(done.returncode, 1, f"nobody takes over: {done.stdout}")
    expect_match("not done: this node holds all resources", done.stderr, f"{time.time() - begin:.0f} s")
    expect_that(alpha.has_address(ADDRESS), "nothing was stopped")


def without_a_daemon(lab, alpha, bravo):
    alpha.run(["/etc/init.d/heartbeat", "stop"], timeout=40, check=True)
    expect_that(not alpha.has_address(ADDRESS), "everything is given up")
    expect(alpha.run(["/etc/init.d/heartbeat", "status"]).returncode, 3, "status")
    done = alpha.run([f"{SHARE}/hb_standby"], timeout=5)
    expect((done.returncode, done.stderr), (1, "heartbeat is not running\n"), "hb_standby")


CASES = [standby_waits_until_it_is_done, takeover_waits_until_it_is_done, resourcemanager_beside_the_daemon,
         types_of_an_administrator,
         init_script_knows_it_runs, standby_without_a_peer, without_a_daemon]


def prepare(lab):
    nodes = lab.nodes("alpha", "bravo")
    for node in nodes:
        node.configure(HA_CF, HARESOURCES)
        node.write("/etc/ha.d/rc.d/greeting", GREETING, 0o755)
        node.start_heartbeat()
    for node in nodes:
        node.wait_rscstatus("local", 30)
    return lab, *nodes


if __name__ == "__main__":
    sys.exit(main_in_one_lab("scripts/cluster", CASES, prepare, __doc__))
