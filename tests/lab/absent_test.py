#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Daemons that are killed with their resources left running, or stand still for longer than deadtime.

No address may stay on two nodes once the daemons speak again, and none may be lost.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import LabError  # noqa: E402
from lab.suite import main  # noqa: E402

ADDRESSES = ("10.77.0.100", "10.77.0.101")
HA_CF = """logfile /var/log/ha-log
keepalive 200ms
warntime 1
deadtime 3
initdead 4
bcast eth0
auto_failback off
node alpha bravo
"""
HARESOURCES = f"alpha IPaddr2::{ADDRESSES[0]}/24/eth0\nbravo IPaddr2::{ADDRESSES[1]}/24/eth0\n"


def held(node):
    return [address for address in ADDRESSES if node.has_address(address)]


def is_single(nodes):
    return sorted(a for node in nodes for a in held(node)) == sorted(ADDRESSES)


def owner_of_all(lab):
    """alpha holds both sets, bravo none."""
    nodes = lab.nodes("alpha", "bravo")
    for node in nodes:
        node.configure(HA_CF, HARESOURCES)
    nodes[0].start_heartbeat()
    lab.wait(lambda: len(held(nodes[0])) == 2, 20, "alpha holds both sets")
    nodes[1].start_heartbeat()
    lab.wait(lambda: nodes[1].rscstatus() == "none", 20, "bravo has joined")
    return nodes


def killed_and_started_at_once(lab):
    alpha, bravo = owner_of_all(lab)
    alpha.crash_heartbeat()
    alpha.start_heartbeat()
    for _ in range(30):
        if len(held(alpha)) != 2 or held(bravo):
            raise LabError(f"alpha has {held(alpha)}, bravo {held(bravo)}")
        time.sleep(0.1)
    lab.wait(lambda: (alpha.rscstatus(), bravo.rscstatus()) == ("all", "none"), 10, "both know it")


def killed_and_started_later(lab):
    nodes = alpha, bravo = owner_of_all(lab)
    alpha.crash_heartbeat()
    lab.wait(lambda: len(held(bravo)) == 2, 20, "bravo takes over")
    alpha.start_heartbeat()
    lab.wait(lambda: is_single(nodes), 20, "each address is on one node again")
    lab.wait(lambda: "transition" not in [n.rscstatus() for n in nodes], 20, "both are at rest")
    time.sleep(1.5)
    if not is_single(nodes):
        raise LabError(f"alpha has {held(alpha)}, bravo {held(bravo)}")


def frozen(lab):
    nodes = alpha, bravo = owner_of_all(lab)
    alpha.freeze_heartbeat()
    lab.wait(lambda: len(held(bravo)) == 2, 20, "bravo takes over")
    alpha.thaw_heartbeat()
    lab.wait(lambda: not held(alpha), 5, "alpha gives everything up when it wakes")
    lab.wait(lambda: is_single(nodes) and alpha.rscstatus() not in (None, "transition"), 30,
             "everything runs once")
    if "No local heartbeat" not in alpha.read("/var/log/ha-log") and \
            "stood still" not in alpha.read("/var/log/ha-log"):
        raise LabError("alpha does not say why")


CASES = (killed_and_started_at_once, killed_and_started_later, frozen)

if __name__ == "__main__":
    sys.exit(main("absent", CASES, __doc__, jobs=3))
