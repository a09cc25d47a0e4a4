#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""apcmastersnmp and wti_mpc at a real snmpd that has the objects of the switches (sim/pdu.py): the recorded dialogues,
and switches that are late, silent, refuse, lie, or send what is no answer."""

import json
import re
import sys

from devices import HERE, Bench, Simulator, ended, main_in_one_lab, need, recorded, unpacked_kind

SNMPD_CONF = """agentaddress udp:127.0.0.1:161,udp:127.0.0.1:1161,udp6:[::1]:161
rwcommunity private
rwcommunity6 private
sysName mpc-8h
pass_persist .1.3.6.1.4.1.318.1.1.12 /opt/pdu.py
pass_persist .1.3.6.1.4.1.2634.3 /opt/pdu.py
"""
TOOLS = ("snmpd", "snmptrapd", "snmp")
SUPPORT = ("libsnmp40", "libnetsnmptrapd40", "libsnmp-base", "libwrap0", "libsensors5", "libsensors-config", "libpci3")
APC = ["ipaddr=127.0.0.1", "port=161", "community=private"]
WTI = APC + ["mib-version=3"]
STATE = ".1.3.6.1.4.1.318.1.1.12.3.3.1.1.4"
SYSNAME = ".1.3.6.1.2.1.1.5.0"  # answered by snmpd itself: not in the switch's log


class Switches:
    """Both drivers, and the switch that they ask."""

    def __init__(self, node, conf=SNMPD_CONF):
        self.node = node
        self.apc, self.wti = Bench(node, "apcmastersnmp", *APC), Bench(node, "wti_mpc", *WTI)
        node.write("/opt/pdu.py", (HERE / "sim/pdu.py").read_text(), 0o755)
        node.write("/etc/snmp/snmpd.conf", conf)
        self.set()
        node.spawn(["snmpd", "-f", "-Lf", "/var/log/snmpd", "-C", "-c", "/etc/snmp/snmpd.conf", "-p", "/run/snmpd.pid"])
        node.lab.wait(lambda: self.apc.run("-S").code == 0, 30, "snmpd answers")

    def set(self, **how):
        """How the switch is from now on; all its outlets are as they were at first."""
        self.node.write("/opt/pdu.json", json.dumps(how))
        self.node.write("/opt/pdu.log", "")

    def talk(self):
        """What was asked.  snmpd itself reads what it is about to set."""
        lines = self.node.read("/opt/pdu.log").splitlines()
        return [line for line, after in zip(lines, lines[1:] + [""])
                if not (after.startswith("SET") and line.split()[:2] == ["GET", after.split()[1]])]


def polls_once(lines):
    """Without the states that are polled, however often."""
    sent = False
    kept = []
    for line in lines:
        sent = sent or line.startswith("SET")
        if not (sent and line.startswith(f"GET {STATE}.")):
            kept.append(line)
    return kept


def play(switches, bench, case, **how):
    switches.set(off_s=2, duration=3, **how)
    match = re.search(r"\(mib-version=(\d)\)", case.words)
    params = bench.params
    if match:
        switches.set(mib=match[1], **how)
        params = params[:-1] + [f"mib-version={match[1]}"]
    done = bench.run(*re.sub(r" \(.*", "", case.words).split(), params=params)
    texts = [line for line in case.err if not line.startswith(("Valid", "\t", "Invalid"))]
    done.want(case.exit, *texts, out=case.out)
    want = [line for line in case.lines if SYSNAME not in line]
    need(polls_once(switches.talk()) == polls_once(want), f"{case.words}: {switches.talk()}, want {want}")


def apc_dialogues(switches):
    for case in recorded("apcmastersnmp"):
        if "port=" not in case.words and "ipaddr=" not in case.words:
            play(switches, switches.apc, case, names=["NodeA", "nodeb", "nodeb", "spare"])


def wti_dialogues(switches):
    for case in recorded("wti_mpc"):
        play(switches, switches.wti, case, names=["NodeA", "nodeb"])


def addresses(switches):
    """The port is used; names and both families work; what is no address is told so."""
    switches.set(names=["a"])
    for params in (["ipaddr=127.0.0.1", "port=1161"], ["ipaddr=localhost", "port=161"], ["ipaddr=::1", "port=161"]):
        switches.apc.run("-l", params=params + ["community=private"]).want(0, out=["a"])
    for ipaddr, port, text in (("127.0.0.1:1161", "161", "cannot resolve hostname '127.0.0.1:1161'"),
                               ("127.0.0.1", "0", "port '0' is not a number"), ("127.0.0.1", "70000", "port '70000'"),
                               ("127.0.0.1", "snmp", "port 'snmp'"), ("127.0.0.1", "16x", "port '16x'")):
        params = [f"ipaddr={ipaddr}", f"port={port}", "community=private"]
        switches.apc.run("-l", params=params).want(1, text, out=[])


def reset_needs_off_and_on(switches):
    """The outlet still reads "on" at first: not yet done."""
    switches.set(delay=2.5, off_s=3)
    switches.apc.run("-T", "reset", "nodea").want(0)
    states = [line[-1] for line in switches.talk() if line.startswith(f"GET {STATE}.1 ")]
    need(re.fullmatch("11+2+1", "".join(states)), f"on, off, on: {states}")


def two_feeds(switches):
    """A host with two outlets is without power at one moment at least."""
    switches.set(duration=1)
    switches.apc.run("-T", "reset", "NodeB").want(0)
    sent = [line for line in switches.talk() if line.startswith("SET")]
    need([line.split()[3] for line in sent] == ["2", "2", "1", "1"], f"both off, then both on: {sent}")


def liars(switches):
    """What the switch says is not what it does: the driver waits, and then does not believe it."""
    outlets = ["liar-reset", "liar-off", "liar-on", "grave", "liar-half", "liar-half", "mule", "busy"]
    switches.set(names=outlets, states={"3": 2, "5": 2}, pending=[8], duration=1, off_s=1)
    running = [(switches.apc.spawn("-T", op, host), op, host, text) for host, op, text in (
        ("liar-reset", "reset", "0 of 1 read 'off'"), ("liar-off", "off", "0 of 1 read 'off'"),
        ("liar-on", "on", "0 of 1 read 'on'"), ("grave", "reset", "0 of 1 read 'on'"),
        ("liar-half", "off", "1 of 2 read 'off'"), ("liar-half", "reset", "1 of 2 read 'off'"),
        ("mule", "off", "the device answers"), ("busy", "reset", "command pending."))]
    for process, _, _, text in running:
        ended(process).want(5, text)
    need(not any(f"SET {STATE}.8" in line for line in switches.talk()), "nothing is sent to one that has another command")
    switches.set(names=outlets, states={"5": 1}, duration=0)
    switches.apc.run("-T", "on", "liar-half").want(0)


def names(switches):
    """Whole names only; what is no text is no name."""
    switches.set(names=["node10", "node1x", "no\nde1", "N1", "n1", "", "x" * 200])
    switches.apc.run("-T", "off", "node1").want(4, "no active outlet for 'node1'.")
    switches.apc.run("-T", "off", "de1").want(4)
    switches.apc.run("-l").want(0, out=["node10", "node1x", "n1"])
    switches.set(names=["a", "n\1", "c"])
    switches.wti.run("-l").want(0, out=["a", "c"])
    switches.set(names=["a"], ident="AP0000")
    switches.apc.run("-S").want(0, "WARN: apcmastersnmp_status: module not tested with this hardware 'AP0000'.")


def bounds(switches):
    """Numbers of a switch that is out of its mind."""
    for count, code in ((0, 2), (-5, 2), (1 << 30, 0)):
        switches.set(names=["a"], count=count)
        switches.apc.run("-l").want(code)
    switches.set(names=["a"] * 20)
    switches.apc.run("-T", "off", "a").want(8, "more than 16 outlets are named 'a'")


def wti_ends(switches):
    """The end of the groups may be an error; another MIB is not an empty strip."""
    switches.set(names=["a", "b"], ends_by_error=True)
    switches.wti.run("-l").want(0, out=["a", "b"])
    switches.set(names=["a"], mib="1")
    switches.wti.run("-l").want(2, "no plug groups of MIB version 3")
    switches.set(names=["mule"])
    switches.wti.run("-T", "off", "mule").want(5, "the device answers")


def no_answers(switches):
    """A wrong community; datagrams that are no SNMP, answers of other types and for other questions.  No secret is told."""
    kinds = ("garbage", "huge", "empty", "counter", "other", "two")
    with Simulator(switches.node, "snmp_garbage.py", *kinds):
        running = [switches.apc.spawn("-T", "off", "nodea", params=["ipaddr=127.0.0.1", f"port={port}", "community=geheim"])
                   for port in (161, *range(1170, 1170 + len(kinds)))]
        for process in running:
            done = ended(process).want(2, "apcmastersnmp_set_config: cannot read number of outlets.")
            need("geheim" not in done.text, f"the community is told: {done}")


CASES = (apc_dialogues, wti_dialogues, addresses, reset_needs_off_and_on, two_feeds, liars, names, bounds, wti_ends, no_answers)

if __name__ == "__main__":
    KIND = unpacked_kind("ours+snmp", "snmp", TOOLS, SUPPORT)
    sys.exit(main_in_one_lab("stonith/snmp", CASES, lambda lab: (Switches(lab.node("alpha", kind=KIND)),), __doc__))
