#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A slow and untidy network: delay, reordering, duplicates.  Nobody is dead in it, and resources move as they should."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from lab import Lab, LabError, failure  # noqa: E402

ADDRESS = "10.77.0.100"
HA_CF = """logfile /var/log/ha-log
keepalive 250ms
warntime 4
deadtime 7
initdead 14
bcast eth0
auto_failback off
node alpha bravo
"""
DELAY_MS = 50
NETEM = f"netem delay {DELAY_MS}ms 20ms reorder 25% 50% duplicate 10%"
HEARTBEATS = 40  # of each node, under these conditions


def frames(node):
    """Datagrams that NODE has sent: heartbeats, and little else."""
    text = node.run("cat /proc/net/snmp", check=True).stdout
    head, values = [line.split() for line in text.splitlines() if line.startswith("Udp:")]
    return int(dict(zip(head, values))["OutDatagrams"])


def nobody_died(nodes):
    for node in nodes:
        found = re.search("^.*(is dead|late heartbeat|Late heartbeat|ERROR|CRIT).*$", node.log(), re.MULTILINE)
        if found:
            raise LabError(f"{node.name}: {found[0]}")


def untidy(lab):
    alpha, bravo = nodes = lab.nodes("alpha", "bravo")
    for node in nodes:
        node.run(f"tc qdisc add dev eth0 root {NETEM}", check=True)
        node.configure(HA_CF, f"alpha IPaddr2::{ADDRESS}/24/eth0\n")
    told = alpha.run(["ping", "-c", "8", "-i", "0.3", bravo.ip], check=True).stdout
    times = [float(value) for value in re.findall(r"time=([0-9.]+)", told)]
    if max(times) < DELAY_MS:
        raise LabError(f"this network has no delay: {times} ms")
    for node in nodes:
        node.start_heartbeat()
    lab.wait(lambda: alpha.has_address(ADDRESS), 60, "alpha takes the address", every=0.5)
    begun = {node: frames(node) for node in nodes}
    lab.wait(lambda: all(frames(node) - begun[node] >= HEARTBEATS for node in nodes), 90,
             f"{HEARTBEATS} heartbeats of each", every=1)
    nobody_died(nodes)
    alpha.run("hb_standby all", check=True)
    lab.wait(lambda: bravo.has_address(ADDRESS), 60, "bravo takes the address after hb_standby", every=0.5)
    if alpha.has_address(ADDRESS):
        raise LabError("both have the address")
    nobody_died(nodes)
    bravo.power_off()
    lab.wait(lambda: alpha.has_address(ADDRESS), 60, "alpha takes the address when bravo is really dead", every=0.5)
    return f"round trips of {min(times):.0f} to {max(times):.0f} ms"


def main():
    try:
        with Lab("netem") as lab:
            print(f"ok vm/netem ({untidy(lab)})")
    except LabError as error:
        print(failure("vm/netem", error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
