#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a cluster does in which nothing happens: heartbeats and nothing else, and little for each of them.

No time is measured: system calls are counted for each heartbeat that a node has sent.  Usage: quiet_test.py [NAME...]
"""

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Lab, LabError, Skip, failure, installs  # noqa: E402

NETWORKS = ("eth0", "eth1")
HA_CF = """logfile /var/log/ha-log
keepalive 100ms
warntime 2
deadtime 4
initdead 8
bcast eth0
bcast eth1
auto_failback off
node alpha bravo
"""
HEARTBEATS = 40  # of each node; a measurement
# Two media: two to send, two to receive (the other's and our own at once), the rest is waiting, the timer and, once a
# second, a look at the interfaces and at the load.  About 7.8 are seen where heartbeats wake nobody, else about 10.5: then
# both are read by themselves, and a tracer makes nodes wake up more often.
CALLS_MAX = 12
CALLS_AWAKE_MAX = 16
SENT_MAX = 2.5  # of them sendto: one for each medium, and now and then one that answers
# What costs more than all the rest, or may wait for something.
NEVER = ("execve", "fork", "vfork", "clone", "clone3", "open", "openat", "socket", "mmap", "brk", "fsync", "fdatasync",
         "nanosleep", "clock_nanosleep")


def need(condition, what):
    if not condition:
        raise LabError(what)


def quiet_pair(lab):
    """Two nodes that have been up for long enough not to ask for more patience any more, nor to wake each other."""
    nodes = lab.nodes("alpha", "bravo")
    for node in nodes:
        node.configure(HA_CF)
    for node in nodes:
        node.start_heartbeat()
    with lab.capture() as capture:
        lab.wait(lambda: all(calm_heartbeats(capture, node) > 3 for node in nodes), 30, "both nodes send calm heartbeats")
    return nodes


def heartbeats(messages, node):
    return [m for m in messages if m.type == "status" and m.fields.get("src") == node.name]


def calm_heartbeats(capture, node):
    """Those that need wake nobody."""
    return sum(m.fields.get("hbcalm") == "1" for m in heartbeats(capture.messages(), node))


def wait_heartbeats(lab, capture, nodes, count):
    lab.wait(lambda: all(len(heartbeats(capture.messages(), node)) >= count for node in nodes), 120,
             f"{count} heartbeats of each node")


def link_status(node, of, link):
    return node.run(["cl_status", "hblinkstatus", of.name, link]).stdout.strip()


def heartbeats_alone(lab):
    """On the wire is nothing but statuses, and by what comes back of them a node's own links stay up."""
    nodes = quiet_pair(lab)
    with lab.capture() as capture:
        wait_heartbeats(lab, capture, nodes, HEARTBEATS)
        types = {m.type for m in capture.messages()}
    types -= {"status", "NS_ackmsg"}  # the last of the start may just be acknowledged
    need(not types, f"there were messages of type {', '.join(sorted(types))}")
    for node in nodes:
        down = [f"{of.name}:{link}" for of in nodes for link in NETWORKS if link_status(node, of, link) != "up"]
        need(not down, f"{node.name} takes {', '.join(down)} for dead")
        need("dead." not in node.log(), f"{node.name} saw a link die")


def system_calls(lab):
    """Few for each heartbeat, none that is dear."""
    if installs.with_valgrind():
        raise Skip("in valgrind others are made")
    if shutil.which("strace") is None:
        raise Skip("needs strace")
    nodes = quiet_pair(lab)
    for node in nodes:
        count_calls(lab, nodes, node)


def count_calls(lab, nodes, node):
    tracer = subprocess.Popen(["strace", "-f", "-c", "-p", str(node.master_pid())], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        with lab.capture() as capture:
            wait_heartbeats(lab, capture, nodes, HEARTBEATS)
            tracer.send_signal(signal.SIGINT)
            report = tracer.communicate(timeout=60)[1]
            sent = len(heartbeats(capture.messages(), node))
    finally:
        if tracer.poll() is None:
            tracer.kill()
            tracer.wait()
    calls = {name: int(count) for count, name in re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)$", report, re.M)
             if name != "total"}
    if not calls.get("sendto"):
        raise Skip(f"strace cannot trace here: {report.strip()[-100:]}")
    each = {name: round(count / sent, 2) for name, count in calls.items()}
    need(not set(calls) & set(NEVER), f"{node.name}: among the calls of {sent} heartbeats are "
         f"{', '.join(sorted(set(calls) & set(NEVER)))}")
    calls_max = CALLS_AWAKE_MAX if "every heartbeat wakes this node" in node.log() else CALLS_MAX
    need(each["sendto"] <= SENT_MAX, f"{node.name} sends too much: {each} for each heartbeat")
    need(sum(calls.values()) / sent <= calls_max, f"{node.name} makes too many system calls: {each} for each heartbeat")
    print(f"# {node.name}: {sum(calls.values()) / sent:.1f} system calls for each of {sent} heartbeats: {each}", flush=True)


TESTS = [heartbeats_alone, system_calls]


def main():
    failed = 0
    for test in TESTS:
        name = "quiet/" + test.__name__.replace("_", "-")
        if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
            continue
        try:
            with Lab(name.replace("/", "-"), networks=NETWORKS) as lab:
                test(lab)
            print(f"ok {name}", flush=True)
        except Skip as skip:
            print(f"skip {name}: {skip}", flush=True)
        except LabError as error:
            failed += 1
            print(failure(name, error), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
