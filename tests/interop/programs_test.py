#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of Debian's heartbeat 3.0.6, unchanged, as clients of our daemon.
"""

import re
import subprocess
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import Lab, LabError, installs, places  # noqa: E402
from lab.suite import run  # noqa: E402

HA_CF = """logfile /var/log/ha-log
keepalive 200ms
warntime 600ms
deadtime 1500ms
initdead 3000ms
bcast eth0 eth1
auto_failback off
apiauth dopd gid=haclient uid=hacluster
ping 10.77.0.254
node {nodes}
"""
HOME = "/opt/debian"
PROGRAMS = ("api_test", "ccm", "ccm_testclient", "dopd", "drbd-peer-outdater", "ipfail")
ENVIRONMENT = {"LD_LIBRARY_PATH": HOME}
HACLUSTER = ("setpriv", "--reuid", str(installs.HACLUSTER_UID), "--regid", str(installs.HACLIENT_GID), "--clear-groups")
HACLIENT = ("setpriv", "--regid", str(installs.HACLIENT_GID), "--clear-groups")


def install(node):
    """Debian's programs beside ours, with their libraries."""
    installs.layer("debian")
    tree = places.ROOT / "build/debian306"
    node.run(f"mkdir -p {HOME}", check=True)
    for file in [*sorted((tree / "usr/lib").rglob("lib*.so*")),
                 *(tree / "usr/libexec/heartbeat" / name for name in PROGRAMS)]:
        node.write(f"{HOME}/{file.name}", file.read_bytes(), 0o755)
    for plugin in (tree / "usr/lib/heartbeat/plugins").rglob("*.so"):
        node.write("/" + str(plugin.relative_to(tree)), plugin.read_bytes(), 0o755)


class Program:
    """One of them, running; its output is kept."""

    def __init__(self, node, name, *args, who=HACLUSTER):
        self.node, self.name, self.lines = node, name, []
        self.process = node.spawn(["stdbuf", "-oL", *who, f"{HOME}/{name}", *args], env=ENVIRONMENT, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    @property
    def text(self):
        return "\n".join(list(self.lines))

    def stop(self):
        """SIGTERM to the program itself: what was spawned is the way into the node."""
        for pid, words in self.node.processes().items():
            if words and words[0] == f"{HOME}/{self.name}":
                self.node.signal(15, [pid])
        self.process.wait(60)


def cluster(lab, *names, options=()):
    nodes = lab.nodes(*names)
    lab.host("pinged", address="10.77.0.254")
    for node in nodes:
        node.configure(HA_CF.format(nodes=" ".join(names)), f"{names[0]} IPaddr2::10.77.0.100/24/eth0\n")
        install(node)
        node.spawn(["/usr/libexec/heartbeat/heartbeat", *options]).wait(60)
    lab.wait(lambda: all(is_active(node, other) for node in nodes for other in nodes), 40, "all are active")
    return nodes


def is_active(node, other):
    return node.run(["cl_status", "nodestatus", other.name]).stdout == "active\n"


def online(node, client, where):
    """Whether NODE hears that CLIENT is signed on at WHERE."""
    return node.run(["cl_status", "clientstatus", where.name, client, "2000"]).stdout == "online\n"


# ---- api_test ----

def test_api_test():
    with Lab("api-test", networks=("eth0", "eth1")) as lab:
        nodes = cluster(lab, "alpha", "bravo")
        lab.wait(lambda: nodes[0].rscstatus() not in (None, "transition"), 20, "resources rest")
        programs = [Program(node, "api_test", who=HACLIENT) for node in nodes]
        # It asks everything, then the two send each other pings and answer them.
        for program, other in zip(programs, reversed(nodes)):
            lab.wait(lambda p=program: "pingreply" in p.text.lower() or p.process.poll() is not None, 25,
                     f"api_test on {program.node.name} gets a reply")
            if "pingreply" not in program.text.lower():
                raise LabError(f"api_test ended with {program.process.poll()}: {program.text[-600:]}")
            for piece in (f"{other.name}", "eth1", "10.77.0.254"):
                if piece not in program.text:
                    raise LabError(f"api_test on {program.node.name} never said {piece}: {program.text[-600:]}")
        for program in programs:
            program.stop()


# ---- dopd ----

DRBDADM = """#!/bin/sh
echo "$(id -un) $*" >>/tmp/drbdadm.log
case $2 in outdated) exit 0 ;; inconsistent) exit 5 ;; primary) exit 17 ;; *) exit 1 ;; esac
"""


def test_dopd():
    with Lab("dopd", networks=("eth0", "eth1")) as lab:
        nodes = cluster(lab, "alpha", "bravo")
        alpha, bravo = nodes
        for node in nodes:
            node.write("/sbin/drbdadm", DRBDADM, 0o755)
            node.run("touch /tmp/drbdadm.log; chmod 666 /tmp/drbdadm.log", check=True)
        programs = [Program(node, "dopd") for node in nodes]
        for resource, want in (("outdated", 4), ("inconsistent", 3), ("primary", 6), ("broken", 20)):
            # The old program does not survive its answer to the outdater; respawn would start it again.
            if resource != "outdated":
                programs[0].stop()
                lab.wait(lambda: not online(alpha, "dopd", alpha), 10, "the old dopd has left")
                programs[0] = Program(alpha, "dopd")
            lab.wait(lambda: online(alpha, "dopd", bravo) and online(bravo, "dopd", alpha), 20,
                     "both dopd are signed on")
            lab.wait(lambda: alpha.exists("/run/heartbeat/dopd/outdater"), 10, "dopd listens")
            done = alpha.run([*HACLUSTER, f"{HOME}/drbd-peer-outdater", "-r", resource, "-p", "bravo", "-t", "10"],
                             env=ENVIRONMENT)
            if done.returncode != want:
                raise LabError(f"drbd-peer-outdater -r {resource}: exit {done.returncode}, not {want}; bravo ran "
                               f"{bravo.read('/tmp/drbdadm.log')!r}, dopd said {programs[0].text[-300:]}")
        if "outdate outdated" not in bravo.read("/tmp/drbdadm.log"):
            raise LabError(f"drbdadm was called as {bravo.read('/tmp/drbdadm.log')!r}")
        for program in programs:
            program.stop()
        lab.wait(lambda: not online(alpha, "dopd", bravo), 10, "bravo's dopd has left")


# ---- ipfail ----

def test_ipfail():
    with Lab("ipfail", networks=("eth0", "eth1")) as lab:
        alpha, bravo = cluster(lab, "alpha", "bravo")
        lab.wait(lambda: alpha.has_address("10.77.0.100"), 20, "alpha has the address")
        lab.wait(lambda: all(node.run(["cl_status", "nodestatus", "10.77.0.254"]).stdout == "ping\n"
                             for node in (alpha, bravo)), 20, "the ping node answers")
        programs = [Program(node, "ipfail") for node in (alpha, bravo)]
        lab.wait(lambda: online(alpha, "ipfail", bravo) and online(bravo, "ipfail", alpha), 20, "both are signed on")
        lab.cut("pinged", alpha)
        lab.wait(lambda: bravo.has_address("10.77.0.100") and not alpha.has_address("10.77.0.100"), 30,
                 "the address moves to who reaches the ping node")
        lab.heal("pinged", alpha)
        for program in programs:
            program.stop()


# ---- ccm ----

class Ccm:
    """ccm and ccm_testclient on a node."""

    def __init__(self, lab, node):
        self.lab, self.node = lab, node
        node.run("rm -f /run/heartbeat/ccm/ccm", check=True)  # of the one before
        self.daemon = Program(node, "ccm")
        lab.wait(lambda: node.exists("/run/heartbeat/ccm/ccm"), 20, f"ccm of {node.name} listens")
        self.client = Program(node, "ccm_testclient")

    def members(self):
        """Of the last membership that it told of."""
        blocks = re.findall(r"NODES IN THE PRIMARY MEMBERSHIP(.*?)MY NODE IS", self.client.text, re.DOTALL)
        return set(re.findall(r"uname=(\w+)", blocks[-1])) if blocks else set()

    def wait(self, what, *names):
        try:
            self.lab.wait(lambda: self.members() == set(names), 30, what)
        except LabError as error:
            raise LabError(f"{error}: {self.node.name} has {sorted(self.members())}, said {self.client.text[-400:]!r}, "
                           f"ccm {self.daemon.text[-300:]!r}") from None

    def stop(self):
        for program in (self.client, self.daemon):
            if program.process.poll() is None:
                program.stop()


def test_ccm():
    with Lab("ccm", networks=("eth0", "eth1")) as lab:
        alpha, bravo, carol = nodes = cluster(lab, "alpha", "bravo", "carol", options=("-M",))
        ccm = {node: Ccm(lab, node) for node in nodes}
        def all_see(what, *members, on=nodes):
            for node in on:
                ccm[node].wait(what, *(member.name for member in members))

        all_see("all have joined", *nodes)
        ccm[bravo].stop()
        all_see("bravo's ccm left", alpha, carol, on=(alpha, carol))
        ccm[bravo] = Ccm(lab, bravo)
        all_see("bravo's ccm is back", *nodes)
        lab.cut(alpha, bravo)
        lab.cut(alpha, carol)
        all_see("alpha is alone", alpha, on=(alpha,))
        for node, word in ((alpha, "NO QUORUM MEMBERSHIP"), (bravo, "NEW MEMBERSHIP")):
            events = re.findall(r"event=([A-Z ]+):", ccm[node].client.text)
            if events[-1] != word:
                raise LabError(f"{node.name} in its part: {events}, not {word}")
        all_see("two are left", bravo, carol, on=(bravo, carol))
        lab.heal()
        all_see("merged", *nodes)
        carol.stop_heartbeat()
        all_see("carol's daemon has stopped", alpha, bravo, on=(alpha, bravo))
        lab.wait(lambda: ccm[carol].daemon.process.poll() is not None, 10, "its ccm ends with it")
        for one in ccm.values():
            one.stop()


TESTS = {"api_test": test_api_test, "dopd": test_dopd, "ipfail": test_ipfail, "ccm": test_ccm}

if __name__ == "__main__":
    sys.exit(run("programs", {name: (test,) for name, test in TESTS.items()}, __doc__))
