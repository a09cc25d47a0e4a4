#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many messages between clients: none is lost, none comes out of order, whatever the network and the clients do.

The clients are those of the bench (bench/talker.c); how fast they are is not judged here.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import Lab, LabError, places  # noqa: E402
from lab.suite import called, run  # noqa: E402

TALKER = "/usr/sbin/talker"
HA_CF = """logfile /var/log/ha-log
keepalive 100ms
warntime 3
deadtime 4
initdead 4
bcast eth0
auto_failback off
apiauth bench uid=root
node {nodes}
"""


def cluster(lab, **kinds):
    nodes = [lab.node(name, kind=kind) for name, kind in kinds.items()]
    for node in nodes:
        node.configure(HA_CF.format(nodes=" ".join(kinds)), "", "auth 1\n1 sha1 messages\n")
        node.write(TALKER, places.tool("talker", HERE.parent.parent / "bench").read_bytes(), 0o755)
        node.start_heartbeat()
    lab.wait(lambda: all(node.run(["cl_status", "nodestatus", other.name]).stdout == "active\n"
                         for node in nodes for other in nodes), 60, "all are active")
    return nodes


def hear(node, how="hear"):
    pipe = subprocess.PIPE
    hearer = node.spawn([TALKER, how], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    if hearer.stdout.readline() != "ready\n":
        raise LabError(f"{node.name}: {hearer.stderr.read()}")
    return hearer


def say(node, size, seconds):
    """How many messages NODE's client has sent."""
    done = node.run([TALKER, "say", str(size), str(seconds)], timeout=120, check=True)
    return int(re.search(r'"sent": (\d+)', done.stdout)[1])


def account(hearer, sent, order=True):
    out, error = hearer.communicate(timeout=90)
    if hearer.returncode:
        raise LabError(f"the hearer ended with {hearer.returncode}: {error.strip()}")
    found = json.loads(out)
    if found["lost"] or found["count"] != sent or (order and found["disorder"]):
        raise LabError(f"of {sent} messages: {found}")


def test_sizes():
    """Packed, alone, and in many fragments, with nothing in the way: and no heartbeat is late for it."""
    with Lab("sizes") as lab:
        alpha, bravo = cluster(lab, alpha="ours", bravo="ours")
        # Never more than the hearer's queue holds: on a busy machine it may not get to read before the end.
        for size, seconds in ((1, 0.2), (100, 0.2), (600, 0.2), (4096, 0.1), (60000, 0.05)):
            hearer = hear(bravo)
            account(hearer, say(alpha, size, seconds))
        for node in (alpha, bravo):
            if "Late heartbeat" in node.log():
                raise LabError(f"{node.name} had a late heartbeat")


def test_loss():
    """One frame in five is lost, each way."""
    with Lab("loss") as lab:
        alpha, bravo = cluster(lab, alpha="ours", bravo="ours")
        lab.loss(alpha, bravo, 20)
        hearer = hear(bravo)
        account(hearer, say(alpha, 100, 1.5))
        if "Irretrievably" in bravo.log():
            raise LabError("a message was given up")


def test_long_under_loss():
    """One frame in five is lost, each way, and the messages need several."""
    with Lab("long") as lab:
        alpha, bravo = cluster(lab, alpha="ours", bravo="ours")
        lab.loss(alpha, bravo, 20)
        for size, seconds in ((4096, 1), (60000, 0.1)):
            hearer = hear(bravo)
            account(hearer, say(alpha, size, seconds))
        for node in (alpha, bravo):
            if "Irretrievably" in node.log():
                raise LabError(f"{node.name} gave something up")


def test_without_fragments():
    """Of what needs several packets only the first ever arrives.  The first messages are sent again in pieces, and what
    comes after them leaves in pieces."""
    with Lab("fragments") as lab:
        alpha, bravo = cluster(lab, alpha="ours", bravo="ours")
        hearer = hear(bravo)
        account(hearer, say(alpha, 60000, 0.01))
        if "leave in pieces" in alpha.log():
            raise LabError("alpha turned to pieces where nothing was lost")
        lab.fragments(False)
        for size, seconds in ((60000, 0.01), (4096, 0.1)):
            hearer = hear(bravo)
            account(hearer, say(alpha, size, seconds))
        if alpha.log().count("long messages leave in pieces") != 1:
            raise LabError("alpha does not say once that it turned to pieces")
        if "Irretrievably" in bravo.log():
            raise LabError("a message was given up")


def test_slow_client():
    """A client that does not read is disconnected with a reason; who sends does not wait for it, and everybody else
    gets everything."""
    with Lab("slow") as lab:
        alpha, bravo, carol = cluster(lab, alpha="ours", bravo="ours", carol="ours")
        slow = hear(bravo, "sit")
        for _ in range(30):
            quick = hear(carol)
            account(quick, say(alpha, 4096, 0.1))
            if "does not read: disconnected" in bravo.log():
                break
        lab.wait(lambda: "API client [bench]" in bravo.log() and "does not read: disconnected" in bravo.log(), 10,
                 "the slow one is disconnected, with a line in the log")
        slow.communicate(timeout=60)
        if slow.returncode != 3:
            raise LabError(f"the slow one ended with {slow.returncode}, not by EOF")


def test_mixed():
    """An old node among new ones: every message alone, as it can read them."""
    with Lab("mixed") as lab:
        alpha, bravo, carol = cluster(lab, alpha="ours", bravo="ours", carol="debian")
        for size, seconds in ((100, 1), (4096, 0.2), (60000, 0.05)):
            hearer = hear(bravo)
            account(hearer, say(alpha, size, seconds))
        # Whole they are what it can read; sixteen of them, as it loses what comes too fast.
        hearer = hear(carol)
        account(hearer, say(alpha, 4096, 0), order=False)
        # The old daemon hands over as they come, what was lost on the way later.
        hearer = hear(bravo)
        account(hearer, say(carol, 100, 1))


TESTS = [test_sizes, test_loss, test_long_under_loss, test_without_fragments, test_slow_client, test_mixed]

if __name__ == "__main__":
    sys.exit(run("messages", {called(test): (test,) for test in TESTS}, __doc__, jobs=2))
