#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's fence_apc_snmp as a type of ours, at a real snmpd with the objects of a rack PDU (sim/pdu.py)."""

import shutil
import sys

from agents_test import AGENTS
from devices import Bench, installs, main_in_one_lab, need, unpacked_kind
from snmp_test import SNMPD_CONF, STATE, SUPPORT, TOOLS, Switches

PDU = "sysobjectid .1.3.6.1.4.1.318.1.3.4.5\n"


class Agent(Switches):
    def __init__(self, node):
        super().__init__(node, SNMPD_CONF + PDU)
        agents = installs.unpacked("fence", AGENTS)
        for name in ("usr/sbin/fence_apc_snmp", *(f"usr/share/fence/{module}" for module in ("fencing.py", "fencing_snmp.py"))):
            node.write(f"/{name}", (agents / name).read_bytes(), 0o755)
        shutil.copytree(agents / "usr/lib/python3/dist-packages", node.path("/usr/share/fence"), dirs_exist_ok=True)
        self.agent = Bench(node, "rhcs/apc_snmp", "ip=127.0.0.1", "community=private", "snmp_version=1", "power_wait=1",
                           "pcmk_host_map=NodeA:1;nodeb:2")


def operations(c):
    c.set(off_s=1)
    c.agent.run("-S").want(0)
    for op, commands in (("off", "2"), ("on", "1"), ("reset", "21")):
        c.set(states={"1": 1 if op != "on" else 2})
        c.agent.run("-T", op, "nodea").want(0)
        sent = [line for line in c.talk() if line.startswith("SET")]
        need("".join(line.split()[3] for line in sent) == commands and all(f"{STATE}.1 " in line for line in sent), f"{op}: {sent}")


def lies(c):
    c.set(names=["liar", "nodeb"])
    c.agent.run("-T", "off", "nodea", params=[*c.agent.params, "power_timeout=2"]).want(5)
    c.agent.run("-T", "off", "node").want(4)


if __name__ == "__main__":
    KIND = unpacked_kind("ours+snmp", "snmp", TOOLS, SUPPORT)
    sys.exit(main_in_one_lab("stonith/agent-snmp", (operations, lies), lambda lab: (Agent(lab.node("alpha", kind=KIND)),), __doc__))
