#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What ends the rest of a quiet cluster, in which heartbeats wake nobody: deaths, frozen daemons, cables, messages.

Each case begins when both nodes say in their heartbeats that they are calm.
"""

import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import LabError  # noqa: E402
from lab.suite import main, need  # noqa: E402

NETWORKS = ("eth0", "eth1")
ADDRESS = "10.77.0.100"
DEAD_MS = 1500
HA_CF = f"""logfile /var/log/ha-log
keepalive 100ms
warntime 500ms
deadtime {DEAD_MS}ms
initdead 3
%s
auto_failback off
node alpha bravo
"""
BCAST = "bcast eth0\nbcast eth1"
CALM_BEATS = 5


def calm(lab, nodes):
    """Heartbeats of all of them are marked."""
    with lab.capture() as capture:
        lab.wait(lambda: all(sum(m.fields.get("hbcalm") == "1" and m.fields.get("src") == node.name for m in capture.messages())
                             >= CALM_BEATS for node in nodes), 40, "the cluster is calm")


def resting(lab, media=BCAST):
    """alpha holds the address."""
    nodes = lab.nodes("alpha", "bravo")
    for node in nodes:
        node.configure(HA_CF % (media(node) if callable(media) else media), f"alpha IPaddr2::{ADDRESS}/24/eth0\n")
        node.start_heartbeat()
    lab.wait(lambda: nodes[0].has_address(ADDRESS), 20, "alpha holds the address")
    calm(lab, nodes)
    return nodes


def deaths(node):
    return re.findall(r"node (\S+): is dead", node.log())


def silence_ms(node, of):
    """How long it was silent when it was declared dead."""
    found = re.search(rf"node {of.name}.*silent for (\d+) ms", node.log())
    if not found:
        raise LabError(f"{node.name} does not say for how long {of.name} was silent")
    return int(found[1])


def dies(lab, media=BCAST):
    alpha, bravo = resting(lab, media)
    alpha.power_off()
    lab.wait(lambda: bravo.has_address(ADDRESS), 20, "bravo takes over")
    silent_ms = silence_ms(bravo, alpha)
    need(silent_ms >= DEAD_MS, f"declared dead after {silent_ms} ms, deadtime is {DEAD_MS}")
    return f"silent for {silent_ms} ms"


def dies_with_mcast(lab):
    return dies(lab, "mcast eth0 225.0.0.1 694 1 0\nmcast6 eth1 ff15::694 694 1 0")


def dies_with_ucast(lab):
    return dies(lab, lambda node: f"ucast eth0 10.77.0.{3 - node.index}\nucast6 eth0 fd77::{3 - node.index:x}")


def beside_an_old_node(lab):
    """Its heartbeats wake ours as ever, ours mean nothing new to it; who dies is found by the other."""
    alpha, bravo = lab.node("alpha"), lab.node("bravo", kind="debian")
    for node in (alpha, bravo):
        node.configure(HA_CF % BCAST, f"alpha IPaddr2::{ADDRESS}/24/eth0\n")
        node.start_heartbeat()
    lab.wait(lambda: alpha.has_address(ADDRESS), 40, "alpha holds the address")
    calm(lab, [alpha])
    for node in (alpha, bravo):
        need(not deaths(node), f"{node.name} declared {deaths(node)} dead")
    alpha.power_off()
    lab.wait(lambda: bravo.has_address(ADDRESS), 30, "bravo takes over")


def frozen_for_a_while(lab):
    """Longer than warntime, not so long as deadtime: nobody dies, and what waited meanwhile is as old as it is."""
    nodes = alpha, bravo = resting(lab)
    mark = bravo.log_mark()
    alpha.freeze_heartbeat()
    try:
        lab.wait(lambda: bravo.rscstatus() is not None, 5, "bravo answers")
        time.sleep(0.7)
    finally:
        alpha.thaw_heartbeat()
    bravo.wait_log(r"Late heartbeat: Node alpha: interval \d+ ms", 10, since=mark)
    calm(lab, nodes)
    for node in nodes:
        need(not deaths(node), f"{node.name} declared {deaths(node)} dead")
    need(alpha.has_address(ADDRESS) and not bravo.has_address(ADDRESS), "nothing has moved")


def frozen_for_long(lab):
    alpha, bravo = resting(lab)
    alpha.freeze_heartbeat()
    lab.wait(lambda: bravo.has_address(ADDRESS), 20, "bravo takes over")
    alpha.thaw_heartbeat()
    lab.wait(lambda: not alpha.has_address(ADDRESS), 10, "alpha gives it up when it wakes")
    lab.wait(lambda: alpha.rscstatus() not in (None, "transition") and bravo.has_address(ADDRESS) != alpha.has_address(ADDRESS), 30,
             "it is on one node")


def a_cable(lab):
    """One of two: its link dies and comes back, no node does."""
    nodes = alpha, bravo = resting(lab)
    mark = alpha.log_mark()
    bravo.link("eth1", False)
    alpha.wait_log(r"Link bravo:eth1 dead", 20, since=mark)
    bravo.link("eth1", True)
    alpha.wait_log(r"Link bravo:eth1 up", 20, since=mark)
    calm(lab, nodes)
    for node in nodes:
        need(not deaths(node), f"{node.name} declared {deaths(node)} dead")


def one_way(lab):
    """alpha hears nothing any more and is heard: who was calm meanwhile is told when it returns."""
    alpha, bravo = resting(lab)
    mark = alpha.log_mark()
    lab.cut_oneway(bravo, alpha)
    alpha.wait_log(r"node bravo: is dead", 20, since=mark)
    lab.heal()
    alpha.wait_log(r"Cluster node bravo returning after partition", 20, since=mark)


def asked_to_move(lab):
    """A message wakes everybody; then they come to rest again."""
    nodes = alpha, bravo = resting(lab)
    alpha.run(["/usr/share/heartbeat/hb_standby", "all"], check=True)
    lab.wait(lambda: bravo.has_address(ADDRESS) and not alpha.has_address(ADDRESS), 20, "the address moves")
    calm(lab, nodes)
    for node in nodes:
        need(not deaths(node), f"{node.name} declared {deaths(node)} dead")
        need("lost packet" not in node.log(), f"{node.name} took something for lost")


CASES = (dies, dies_with_mcast, dies_with_ucast, beside_an_old_node, frozen_for_a_while, frozen_for_long, a_cable, one_way, asked_to_move)

if __name__ == "__main__":
    sys.exit(main("rest", CASES, __doc__, jobs=8, networks=NETWORKS))
