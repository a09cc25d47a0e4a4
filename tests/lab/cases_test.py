#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What people do with it (doc/cases.md): cases 1, 2, 4, 9 and 13, from end to end with a client watching.

Stand-ins: httpd is Python's http.server behind an LSB script; mysqld a program that holds a lock in the data
directory and refuses to run where another one does; the NFS export a directory that both nodes see.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import LabError  # noqa: E402
from lab.daemon import at_rest  # noqa: E402
from lab.share import share  # noqa: E402
from lab.suite import main  # noqa: E402

TIMES = """keepalive 200ms
warntime 500ms
deadtime 1500ms
initdead 3
"""
HTTPD = """#!/bin/sh
# httpd: an LSB service
pid=/run/httpd.pid
alive() { [ -s $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
case $1 in
start)
	alive && exit 0
	mkdir -p /srv/www && uname -n >/srv/www/index.html
	cd /srv/www || exit 1
	/usr/bin/python3 -m http.server 80 >/dev/null 2>&1 &
	echo $! >$pid
	for i in 1 2 3 4 5 6 7 8 9 10; do
		/usr/bin/python3 -c 'import socket; socket.create_connection(("127.0.0.1", 80), 1)' 2>/dev/null && exit 0
		sleep 0.1
	done
	exit 1
	;;
stop)
	alive && kill "$(cat $pid)"
	rm -f $pid
	;;
status) if alive; then echo "httpd is running"; else echo "httpd is stopped"; exit 3; fi ;;
esac
"""
MYSQLD = """#!/bin/sh
# mysqld: wants its data directory mounted, and nobody else in it
pid=/run/mysqld.pid
alive() { [ -s $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
case $1 in
start)
	alive && exit 0
	[ -f /data/here ] || { echo "no data directory" >&2; exit 1; }
	if [ -e /data/owner ]; then
		echo "two at once: $(cat /data/owner) and $(uname -n)" >>/data/accidents
		exit 1
	fi
	uname -n >/data/owner
	echo "$(uname -n) start mysqld" >>/data/order
	sleep 100000 >/dev/null 2>&1 &
	echo $! >$pid
	;;
stop)
	alive && kill "$(cat $pid)"
	[ -e $pid ] && { rm -f /data/owner; echo "$(uname -n) stop mysqld" >>/data/order; }
	rm -f $pid
	exit 0
	;;
status) if alive; then echo running; else echo stopped; exit 3; fi ;;
esac
"""


def ha_cf(failback, networks=("eth0",)):
    return (f"logfile /var/log/ha-log\ndebugfile /var/log/ha-debug\n{TIMES}bcast {' '.join(networks)}\n"
            f"auto_failback {failback}\nnode alpha bravo\n")


def page(lab, client, address):
    """The page as the client gets it, or None."""
    done = client.run(["/usr/bin/python3", "-c",
                       "import http.client, sys\n"
                       f"c = http.client.HTTPConnection('{address}', 80, timeout=1)\n"
                       "c.request('GET', '/')\nprint(c.getresponse().read().decode().strip())"], timeout=10)
    return done.stdout.strip() if done.returncode == 0 else None


def case_1(lab):
    """Highly available httpd: power failure, failback, hb_standby."""
    address = "10.77.0.100"
    alpha, bravo = lab.nodes("alpha", "bravo")
    for node in (alpha, bravo):
        node.write("/etc/init.d/httpd", HTTPD, 0o755)
        node.configure(ha_cf("on"), f"alpha IPaddr::{address}/24/eth0 httpd\n")
        node.start_heartbeat()
    client = lab.client()

    def served_by(node):
        return lambda: page(lab, client, address) == node.name

    lab.wait(served_by(alpha), 30, "alpha serves the page")
    at_rest(lab, alpha, bravo)
    prober = client.prober(address)
    alpha.power_off()
    lab.wait(served_by(bravo), 30, "bravo serves the page after the power failure")
    silence = prober.report().longest.ms
    alpha.power_on()
    alpha.start_heartbeat()
    lab.wait(served_by(alpha), 30, "alpha gets the page back (auto_failback on)")
    at_rest(lab, alpha, bravo)
    alpha.run("hb_standby all", check=True)
    lab.wait(served_by(bravo), 30, "bravo serves the page after hb_standby")
    if alpha.has_address(address):
        raise LabError("alpha still has the address")
    return f"power failure: {silence:.0f} ms without the address"


def case_2(lab):
    """MySQL on shared storage: the order of start and stop, and never two mounts."""
    address = "10.77.0.100"
    export = tempfile.mkdtemp(prefix="hblab-export-")
    try:
        data = Path(export)
        (data / "here").touch()
        alpha, bravo = lab.nodes("alpha", "bravo")

        def boot(node):
            share(node, export, "/export")
            node.run("mkdir -p /data")
            node.start_heartbeat()

        for node in (alpha, bravo):
            node.write("/etc/init.d/mysqld", MYSQLD, 0o755)
            node.configure(ha_cf("off"), f"alpha IPaddr2::{address}/24/eth0 "
                           "Filesystem::/export::/data::none::bind mysqld\n")
            boot(node)

        def owner_is(node):
            return lambda: (data / "owner").exists() and (data / "owner").read_text().strip() == node.name

        def has_mount(node):
            return " /data " in node.read("/proc/mounts", default="") or \
                node.run("grep -q ' /data ' /proc/mounts").returncode == 0

        lab.wait(owner_is(alpha), 30, "alpha runs mysqld")
        at_rest(lab, alpha, bravo)
        if has_mount(bravo):
            raise LabError("both have the data mounted")
        alpha.run("hb_standby all", check=True)
        lab.wait(owner_is(bravo), 30, "bravo runs mysqld after hb_standby")
        at_rest(lab, alpha, bravo)
        if has_mount(alpha) or not has_mount(bravo):
            raise LabError("the mount did not move with mysqld")
        log = alpha.log()
        places = [log.rindex(f"/{word}") for word in ("mysqld stop", "Filesystem /export /data none bind stop",
                                                       "IPaddr2 10.77.0.100/24/eth0 stop")]
        if places != sorted(places):
            raise LabError("stopped in another order than mysqld, file system, address")
        since = alpha.log_mark()
        bravo.power_off()
        (data / "owner").unlink()  # the lock of a machine without power is a database's own affair
        lab.wait(owner_is(alpha), 30, "alpha runs mysqld after the power failure")
        alpha.wait_log("/mysqld start", since=since)  # the log is written by another process
        log = alpha.log()
        places = [log.rindex(f"/{word}") for word in ("IPaddr2 10.77.0.100/24/eth0 start",
                                                       "Filesystem /export /data none bind start", "mysqld start")]
        if places != sorted(places):
            raise LabError("started in another order than address, file system, mysqld")
        if (data / "accidents").exists():
            raise LabError((data / "accidents").read_text())
    finally:
        lab.close()
        shutil.rmtree(export, ignore_errors=True)
    return "address, file system, mysqld; and back"


def case_4(lab):
    """A ping node and a ping group as the third vote: who sees less gives up; nothing moves when both are blind."""
    address, gate_address, upstream = "10.77.0.100", "10.77.0.250", ("10.77.0.251", "10.77.0.252")
    gate = lab.host("gate", address=gate_address)
    first, second = (lab.host(f"upstream{n}", address=a) for n, a in enumerate(upstream))
    alpha, bravo = nodes = lab.nodes("alpha", "bravo")
    for node in nodes:
        node.configure(ha_cf("off") + f"deadping 1500ms\nping {gate_address}\nping_group upstream {' '.join(upstream)}\n"
                       "respawn hacluster /usr/lib/heartbeat/ipfail\n", f"alpha IPaddr2::{address}/24/eth0\n")
        node.start_heartbeat()

    def sees(node, *words):
        """What the node says of the gate and of the group."""
        return [node.run(["cl_status", "nodestatus", name]).stdout.strip() for name in (gate_address, "upstream")] == \
            list(words)

    def wait_sees(node, *words):
        lab.wait(lambda: sees(node, *words), 30, f"{node.name} sees gate and group {words}")

    def moves():
        return [node.log().count("/IPaddr2 ") for node in nodes]

    def nothing_moves(before, why):
        """Longer than any delay of ipfail."""
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            if moves() != before:
                raise LabError(f"the address moved: {why}")
            time.sleep(0.1)

    def balanced(marks, why):
        lab.wait(lambda: any("Ping node count is balanced." in node.log()[mark:] for node, mark in zip(nodes, marks)),
                 20, f"ipfail finds both equal: {why}")

    def marks():
        return [len(node.log()) for node in nodes]

    lab.wait(lambda: alpha.has_address(address), 30, "alpha serves")
    for node in nodes:
        wait_sees(node, "ping", "ping")
    balanced((0, 0), "at the start")
    at_rest(lab, *nodes)
    prober = lab.client().prober(address)
    lab.cut(alpha, gate)
    lab.wait(lambda: bravo.has_address(address) and not alpha.has_address(address), 30, "bravo takes over")
    at_rest(lab, *nodes)
    for text in ("Asking other side for ping node count.", "Giving up because we were told that we have less ping nodes.",
                 "giveup() called (timeout worked)"):
        if text not in alpha.log():
            raise LabError(f"alpha does not log '{text}'")
    if "Telling other node that we have more visible ping nodes." not in bravo.log():
        raise LabError("bravo told alpha nothing")
    silence = prober.report().longest.ms
    # One host of a group is none too few, and a gate that is lost by both moves nothing.
    before, since = moves(), marks()
    lab.cut(bravo, first)
    lab.cut(bravo, gate)
    wait_sees(bravo, "dead", "ping")
    balanced(since, "both have lost the gate")
    nothing_moves(before, "both have lost the gate")
    since = marks()
    lab.heal()
    for node in nodes:
        wait_sees(node, "ping", "ping")
    balanced(since, "the gate is back")
    nothing_moves(before, "auto_failback is off")
    # The gate dies for both in one moment.
    since = marks()
    gate.freeze()
    lab.isolate(gate)
    for node in nodes:
        wait_sees(node, "dead", "ping")
    balanced(since, "the gate has died")
    nothing_moves(before, "the gate has died")
    # And the whole group for the one that serves.
    lab.cut(bravo, first)
    lab.cut(bravo, second)
    lab.wait(lambda: alpha.has_address(address) and not bravo.has_address(address), 30, "alpha takes over")
    return f"gave up: {silence:.0f} ms without the address"


def case_9(lab):
    """Active/active: two groups with different homes; one node carries both; failback."""
    first, second = "10.77.0.101", "10.77.0.102"
    alpha, bravo = lab.nodes("alpha", "bravo")
    for node in (alpha, bravo):
        node.configure(ha_cf("on"), f"alpha {first}/24/eth0\nbravo IPaddr2::{second}/24/eth0\n")
        node.start_heartbeat()
    client = lab.client()

    def spread(on_alpha, on_bravo):
        return lambda: ([a for a in (first, second) if alpha.is_up and alpha.has_address(a)] == on_alpha and
                        [a for a in (first, second) if bravo.is_up and bravo.has_address(a)] == on_bravo)

    lab.wait(spread([first], [second]), 30, "each carries its own")
    at_rest(lab, alpha, bravo)
    probers = [client.prober(a) for a in (first, second)]
    lab.wait(lambda: all(p.report().received > 50 for p in probers), 10, "both addresses answer")
    bravo.power_off()
    lab.wait(spread([first, second], []), 30, "alpha carries both")
    moved = probers[1].report().longest.ms
    bravo.power_on()
    bravo.start_heartbeat()
    lab.wait(spread([first], [second]), 30, "bravo gets its own back")
    kept = probers[0].stop().longest.ms
    if kept > 300:
        raise LabError(f"the address that did not move was silent for {kept:.0f} ms")
    return f"moved: {moved:.0f} ms, unmoved: {kept:.0f} ms"


ADDRESS_13 = "10.77.0.113"


def case_13(lab):
    """A node stands still for 20 s.  The other one serves meanwhile; when it wakes it gives way at once, and
    what the client talks to does not change again."""
    alpha, bravo = lab.nodes("alpha", "bravo")
    for node in (alpha, bravo):
        node.configure(ha_cf("on"), f"alpha IPaddr2::{ADDRESS_13}/24/eth0\n")
        node.start_heartbeat()
    client = lab.client()
    lab.wait(lambda: alpha.has_address(ADDRESS_13), 30, "alpha serves")
    at_rest(lab, alpha, bravo)
    prober = client.prober(ADDRESS_13)
    lab.wait(lambda: prober.report().received > 50, 10, "the address answers")
    alpha.freeze_heartbeat()
    began = time.monotonic()
    lab.wait(lambda: bravo.has_address(ADDRESS_13), 20, "bravo takes over")
    bravo.wait_log("node alpha: is dead", 5)
    time.sleep(max(0, 20 - (time.monotonic() - began)))
    alpha.thaw_heartbeat()
    woke = time.monotonic()
    lab.wait(lambda: not alpha.has_address(ADDRESS_13), 10, "alpha gives up when it wakes")
    both = (time.monotonic() - woke) * 1000
    if not bravo.has_address(ADDRESS_13):
        raise LabError("bravo gave up, too")
    lab.wait(lambda: alpha.rscstatus() not in (None, "transition") and
             [node.has_address(ADDRESS_13) for node in (alpha, bravo)].count(True) == 1, 40, "one owner again, at rest")
    silent = prober.stop().longest.ms
    return f"given up {both:.0f} ms after it woke; the client waited {silent:.0f} ms at most"


ADDRESS_SPLIT = "10.77.0.114"


def split_and_merge(lab):
    """after_partition merge: two halves that both serve become one again.  The one at home goes on, the other stops,
    nobody restarts, and the client, which had learnt the other's card, is told of the right one."""
    alpha, bravo = lab.nodes("alpha", "bravo")
    for node in (alpha, bravo):
        node.configure(ha_cf("off") + "after_partition merge\n", f"alpha IPaddr2::{ADDRESS_SPLIT}/24/eth0\n")
        node.start_heartbeat()
    client = lab.client()
    lab.wait(lambda: alpha.has_address(ADDRESS_SPLIT), 30, "alpha serves")
    at_rest(lab, alpha, bravo)
    prober = client.prober(ADDRESS_SPLIT)
    lab.wait(lambda: prober.report().received > 50, 10, "the address answers")
    pids = [node.master_pid() for node in (alpha, bravo)]
    lab.cut(alpha, bravo)
    lab.wait(lambda: bravo.has_address(ADDRESS_SPLIT) and alpha.has_address(ADDRESS_SPLIT), 20, "both serve")
    at_rest(lab, alpha, bravo)
    prober.reset()
    lab.heal()
    bravo.wait_log("runs what runs here, too: stopping it here", 20)
    lab.wait(lambda: not bravo.has_address(ADDRESS_SPLIT), 10, "bravo gives way")
    at_rest(lab, alpha, bravo)
    lab.wait(lambda: alpha.rscstatus() == "local" and bravo.rscstatus() == "local", 20, "both know it")
    received = prober.report().received
    lab.wait(lambda: prober.report().received > received + 200, 10, "the client reaches alpha")
    silent = prober.stop().longest.ms
    if [node.master_pid() for node in (alpha, bravo)] != pids or not alpha.has_address(ADDRESS_SPLIT):
        raise LabError("somebody restarted")
    if silent > 10000:  # what nobody tells it of, it finds out much later
        raise LabError(f"the client waited {silent:.0f} ms")
    return f"the client waited {silent:.0f} ms at most"


CASES = [case_1, case_2, case_4, case_9, case_13, split_and_merge]

if __name__ == "__main__":
    sys.exit(main("cases", CASES, __doc__, jobs=3))
