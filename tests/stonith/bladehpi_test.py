#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bladehpi at OpenHPI's daemon, whose dynamic simulator is a chassis with blades."""

import re
import shutil
import sys
from pathlib import Path

from devices import Bench, Skip, main_in_one_lab, need, unpacked_kind

CONF = """OPENHPI_LOG_ON_SEV = "MINOR"
handler libdyn_simulator {
	entity_root = "{SYSTEM_CHASSIS,2}"
	file = "/opt/chassis.data"
	infos_unassigned = "/opt/unassigned"
	logflags = ""
	name = "simulator"
}
"""
SAMPLE = Path("/etc/openhpi/simulation.data")  # of OpenHPI: its chassis, with all that one needs, is each of our blades
BLADES = (("Blade 1 - NodeA", "{SBC_BLADE,1}"), ("nodeb", "{SBC_BLADE,2}"), ("Blade 3 - node10", "{SBC_BLADE,3}"),
          ("twin", "{SBC_BLADE,4}"), ("Blade 5 - Twin", "{SBC_BLADE,5}"), ("fan", "{FAN,1}"))


class Chassis:
    def __init__(self, node):
        if not shutil.which("openhpid") or not SAMPLE.exists():
            raise Skip("openhpid is not installed")
        self.node, self.bench = node, Bench(node, "bladehpi", "entity_root={SYSTEM_CHASSIS,2}")
        done = self.bench.run("-S")
        if done.logged("built without OpenHPI"):
            raise Skip("built without OpenHPI (libopenhpi-dev)")
        done.want(2, "does openhpid run?")
        head, chassis = SAMPLE.read_text().split("\nRPT {")[:2]
        blades = [re.sub(r'DataLength=9\n( *)Data="Chassis 1"', rf'DataLength={len(tag)}\n\1Data="{tag}"',
                         chassis.replace("{SYSTEM_CHASSIS,1}", "{SYSTEM_CHASSIS,1}" + entity)) for tag, entity in BLADES]
        node.write("/opt/chassis.data", "\nRPT {".join([head, *blades]) + "\n")
        node.write("/etc/openhpi/openhpi.conf", CONF, 0o600)
        node.write("/var/log/hpi", "")
        node.spawn("exec openhpid -n -c /etc/openhpi/openhpi.conf -f /run/openhpid.pid >>/var/log/hpi 2>&1")
        node.lab.wait(lambda: self.bench.run("-l").out, 40, "openhpid answers", every=0.5)


def hosts(c):
    c.bench.run("-S", "-l").want(0, out=["nodea", "nodeb", "node10", "twin", "twin"])
    c.bench.run("-l", params=["entity_root={SYSTEM_CHASSIS,3}"]).want(255)


def operations(c):
    for op in ("off", "on", "reset", "off", "reset"):
        c.bench.run("-T", op, "NODEA").want(0)
    c.bench.run("-T", "reset", "nodeb", params=["entity_root={SYSTEM_CHASSIS,2}", "soft_reset=true"]).want(0)


def other_hosts(c):
    for host, text in (("node1", "0 blades of"), ("fan", "0 blades of"), ("twin", "2 blades of")):
        c.bench.run("-T", "off", host).want(8, text)


def parameters(c):
    for root in ("SYSTEM_CHASSIS,2", "{SYSTEM_CHASSIS,}", "{SYSTEM_CHASSIS,-2}", "{SYSTEM_CHASSIS,2}x", "{SYSTEM_CHASSIS,70000}"):
        c.bench.run("-S", params=[f"entity_root={root}"]).want(1, "entity_root is")
    c.bench.run("-S", params=["entity_root={SYSTEM_CHASSIS,2}", "soft_reset=maybe"]).want(1, "soft_reset is 'maybe'")


CASES = (hosts, operations, other_hosts, parameters)

if __name__ == "__main__":
    KIND = unpacked_kind("ours+hpi", "hpi-sim", ("openhpi-plugin-dynamic-simulator",))
    sys.exit(main_in_one_lab("stonith/bladehpi", CASES, lambda lab: (Chassis(lab.node("alpha", kind=KIND)),), __doc__))
