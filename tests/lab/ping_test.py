#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ping nodes: hosts that are no members, seen by ours and by 3.0.6."""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab.suite import main, need  # noqa: E402

HA_CF = """logfile /var/log/ha-log
keepalive 200ms
warntime 1
deadtime 2
deadping 1
initdead 3
bcast eth0
auto_failback on
node alpha bravo
"""
GATE, GATE6 = "10.77.0.250", "fd77:0::fa"

# A casual client that prints what it is told, a line each.
WATCHER = r"""
import os, socket, struct
s = socket.socket(socket.AF_UNIX); s.connect("/run/heartbeat/register")
body = f">>>\nt=hbapi-req\nreqtype=signon\npid={os.getpid()}\nuid=0\ngid=0\n<<<\n\0".encode()
s.sendall(struct.pack("=iI", len(body), 0xabcd) + body)
f = s.makefile("rb")
while len(head := f.read(8)) == 8:
    print(" ".join(f.read(struct.unpack("=iI", head)[0]).decode().split("\n")[1:-2]), flush=True)
"""


def status(node, of):
    return node.run(["cl_status", "nodestatus", of]).stdout.strip()


def links(node, of):
    return node.run(["cl_status", "listhblinks", of]).stdout.split()


def link(node, of, name):
    return node.run(["cl_status", "hblinkstatus", of, name]).stdout.strip()


def wait_status(lab, node, of, word, timeout=20):
    lab.wait(lambda: status(node, of) == word, timeout, f"{node.kind} {node.name} takes {of} for {word}")


def gate(lab, name="gate", address=GATE):
    host = lab.host(name, address=address)
    host.run(f"ip addr add {GATE6}/64 dev eth0 nodad", check=name == "gate")
    return host


def pair(lab, more, kinds=("ours", "ours")):
    nodes = [lab.node(name, kind) for name, kind in zip(("alpha", "bravo"), kinds)]
    for node in nodes:
        node.configure(HA_CF + more)
        node.start_heartbeat()
    return nodes


def seen_and_lost(lab):
    """A ping node is seen, dies after deadping, and comes back; so do the events for clients."""
    host = gate(lab)
    nodes = pair(lab, f"ping {GATE}\nping6 {GATE6}\n")
    for node in nodes:
        for of in (GATE, GATE6):
            wait_status(lab, node, of, "ping")
            need(links(node, of) == [of], f"links of {of}: {links(node, of)}")
            need(link(node, of, of) == "up", f"link of {of}")
        need(links(node, "bravo") == ["eth0"], "links of a member")
        need(node.run(["cl_status", "nodetype", GATE]).stdout.strip() == "ping", "nodetype")
        need(node.run(["cl_status", "listnodes", "-n"]).stdout.split() == ["bravo", "alpha"], "members")
        wait_status(lab, node, "bravo", "active")
    alpha, bravo = nodes
    marks = [node.log_mark() for node in nodes]
    lab.cut(alpha, host)
    wait_status(lab, alpha, GATE, "dead")
    wait_status(lab, alpha, GATE6, "dead")
    need(link(alpha, GATE, GATE) == "dead", "its link")
    need(status(bravo, GATE) == "ping" and status(alpha, "bravo") == "active", "the others do not suffer")
    lab.heal()
    for of in (GATE, GATE6):
        wait_status(lab, alpha, of, "ping")
    text = alpha.log().encode()[marks[0]:].decode()
    need(text.count(f"node {GATE}: is dead") == 1, "it dies once")
    for line in (f"Link {GATE}:{GATE} dead.", f"Link {GATE}:{GATE} up.", f"Status update for node {GATE}: status ping"):
        need(line in text, f"no '{line}' in\n{text}")
    need(not re.search("ERROR|CRIT", bravo.log().encode()[marks[1]:].decode()), "bravo is quiet")


def events_for_clients(lab):
    """What a casual client is told when a ping node goes and comes back."""
    host = gate(lab)
    alpha, _ = pair(lab, f"ping {GATE}\n")
    wait_status(lab, alpha, GATE, "ping")
    wait_status(lab, alpha, "bravo", "active")
    lab.wait(lambda: alpha.rscstatus() not in (None, "transition"), 20, "at rest")
    out = alpha.path("/var/log") / "watched"
    with open(out, "w", encoding="utf-8") as file:
        watcher = alpha.spawn(["python3", "-u", "-c", WATCHER], stdout=file, stderr=subprocess.STDOUT)
    try:
        def told(*wanted):
            lines = [re.sub(r" (seq=1|ts=\w+|auth=\d \w+)", "", line) for line in out.read_text().splitlines()
                     if GATE in line]
            return lines[-len(wanted):] == list(wanted)

        lab.wait(lambda: "result=OK" in out.read_text(), 10, f"signed on: {out.read_text()}")
        lab.cut(alpha, host)
        lab.wait(lambda: told(f"t=status src={GATE} st=dead info=ping", f"t=ifstat node={GATE} ifname={GATE} st=dead"),
                 20, "the two events of its death")
        lab.heal()
        lab.wait(lambda: told(f"t=ifstat node={GATE} ifname={GATE} st=up", f"t=NS_st st=ping info=ping src={GATE}"),
                 20, "the two events of its return")
        need(len([line for line in out.read_text().splitlines() if GATE in line]) == 4, out.read_text())
    finally:
        watcher.kill()
        watcher.wait()


def group_needs_one(lab):
    """A group is up while any of its members answers."""
    first, second = gate(lab), gate(lab, "second", "10.77.0.251")
    alpha, _ = pair(lab, "ping_group uplinks 10.77.0.250 10.77.0.251\n")
    wait_status(lab, alpha, "uplinks", "ping")
    need(links(alpha, "uplinks") == ["uplinks"], "its link")
    mark = alpha.log_mark()
    lab.cut(alpha, first)
    lab.wait(lambda: "10.77.0.250" in alpha.run("ip neigh show nud failed").stdout
             or alpha.run("ping -n -c1 -W1 10.77.0.250").returncode, 10, "the first is away")
    alpha.run("sleep 1.5")
    need(status(alpha, "uplinks") == "ping", "one member is enough")
    lab.cut(alpha, second)
    wait_status(lab, alpha, "uplinks", "dead")
    lab.heal(alpha, second)
    wait_status(lab, alpha, "uplinks", "ping")
    need(alpha.log().encode()[mark:].decode().count("node uplinks: is dead") == 1, "it died once")


def beside_the_old_daemon(lab):
    """Ours and 3.0.6 ask the same hosts and say the same of them."""
    host = gate(lab)
    second = gate(lab, "second", "10.77.0.251")
    nodes = pair(lab, f"ping {GATE}\nping6 {GATE6}\nping_group g {GATE} 10.77.0.251\n", ("ours", "debian"))
    for node in nodes:
        for of in (GATE, GATE6, "g"):
            wait_status(lab, node, of, "ping", 40)
            need(links(node, of) == [of], f"{node.kind}: links of {of}: {links(node, of)}")
        wait_status(lab, node, "alpha", "active", 40)
        wait_status(lab, node, "bravo", "active", 40)
    for node in nodes:
        lab.cut(node, host)
    for node in nodes:
        for of in (GATE, GATE6):
            wait_status(lab, node, of, "dead")
        need(status(node, "g") == "ping", f"{node.kind}: the group lives")
    lab.heal()
    for node in nodes:
        for of in (GATE, GATE6):
            wait_status(lab, node, of, "ping")
    second.close()


def alone_is_refused(lab):
    """A ping node carries no heartbeats: without another medium nothing starts."""
    node = lab.node("alpha")
    node.configure(HA_CF.replace("bcast eth0\n", f"ping {GATE}\n"))
    done = node.start_heartbeat(check=False)
    need(done.returncode == 6, f"exit {done.returncode}")
    need("No heartbeat media defined" in done.stderr + node.log(), done.stderr)
    done = node.run(["heartbeat", "--check"])
    need(done.returncode == 1 and "ping nodes carry no heartbeats" in done.stdout + done.stderr, done.stdout)


def unknown_hosts(lab):
    """A name that nobody knows is one clear line at start."""
    node = lab.node("alpha")
    for line in ("ping nosuch.invalid", "ping_group g nosuch.invalid"):
        node.configure(HA_CF + line + "\n")
        done = node.start_heartbeat(check=False)
        need(done.returncode == 6 and "nosuch.invalid" in done.stderr, f"{line}: {done.returncode} {done.stderr}")


TESTS = [seen_and_lost, events_for_clients, group_needs_one, beside_the_old_daemon, alone_is_refused, unknown_hosts]

if __name__ == "__main__":
    sys.exit(main("ping", TESTS, __doc__, jobs=len(TESTS)))
