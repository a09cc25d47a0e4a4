#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hbagent under a real snmpd, asked with snmpwalk and snmptable, its traps heard by a real snmptrapd."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Lab, LabError, Skip, failure, installs, places  # noqa: E402

ROOT_OID = ".1.3.6.1.4.1.4682"
HBAGENT = "/usr/lib/heartbeat/hbagent"
MIB = places.ROOT / "heartbeat/helpers/hbagent/LINUX-HA-MIB.txt"
STUBS = places.HERE / "mibs"
PACKAGES = ("snmpd", "snmptrapd", "snmp")
SUPPORT = ("libsnmp40", "libnetsnmptrapd40", "libsnmp-base", "libwrap0", "libsensors5", "libsensors-config",
           "libpci3")
HA_CF = """logfile /var/log/ha-log
keepalive 200ms
warntime 500ms
deadtime 1500ms
initdead 3
bcast eth0 eth1
auto_failback on
cluster tower
node alpha bravo
"""
HARESOURCES = "alpha IPaddr2::10.77.0.100/24/eth0 IPaddr2::10.77.0.101/24/eth0\nbravo 10.77.0.102\n"
SNMPD_CONF = """master agentx
agentaddress udp:127.0.0.1:161
rocommunity public
trap2sink 127.0.0.1 public
"""
NODE_TRAP, LINK_TRAP, MEMBER_TRAP, ONLINE, OFFLINE = 1, 3, 5, 7, 9
UNKNOWN, ACTIVE, DEAD = 0, 3, 4


def make_kind():
    """Ours with Debian's net-snmp beside it."""
    merged = places.scratch() / "merged-snmp"
    shutil.copytree(installs.unpacked("snmp", PACKAGES, SUPPORT), merged, symlinks=True, dirs_exist_ok=True)
    shutil.copytree(installs.MAKERS["ours"](), merged, symlinks=True, dirs_exist_ok=True)
    return merged


installs.MAKERS["ours+snmp"] = make_kind


def must(condition, what):
    if not condition:
        raise LabError(what)


class Station:
    """One node's snmpd and hbagent, and who asks there."""

    def __init__(self, lab, node):
        self.lab, self.node = lab, node
        self.snmpd = self.agent = None
        node.write("/etc/snmp/snmpd.conf", SNMPD_CONF)
        node.write("/etc/snmp/hbagent.conf", "agentXPingInterval 1\n")
        node.write("/etc/snmp/snmptrapd.conf", "disableAuthorization yes\n")
        for stub in STUBS.iterdir():
            node.write(f"/usr/share/snmp/mibs/{stub.name}.txt", stub.read_text())

    def start_master(self):
        self.snmpd = self.node.spawn(["snmpd", "-f", "-Lf", "/var/log/snmpd", "-C", "-c", "/etc/snmp/snmpd.conf",
                                      "-p", "/run/snmpd.pid"])
        self.lab.wait(lambda: self.ask("snmpget", ".1.3.6.1.2.1.1.3.0") and
                      self.node.exists("/var/agentx/master"), 20, "snmpd answers")

    def stop_master(self):
        os.kill(self.host_pid("/run/snmpd.pid"), signal.SIGKILL)
        self.snmpd.wait()

    def host_pid(self, pidfile):
        inner = int(self.node.read(pidfile))
        found = [pid for pid in self.node.processes() if self.node._inner_pid(pid) == inner]
        must(found, f"no process of {pidfile}")
        return found[0]

    def start_traps(self):
        self.node.spawn(["snmptrapd", "-f", "-On", "-OQ", "-Oe", "-C", "-c", "/etc/snmp/snmptrapd.conf",
                         "-Lf", "/var/log/traps", "udp:127.0.0.1:162"])
        self.lab.wait(lambda: "162" in self.node.run("ss -Hlun").stdout or
                      ":00A2" in self.node.read("/proc/net/udp", ""), 20, "snmptrapd listens")

    def start_agent(self):
        self.agent = self.node.spawn(f"exec {HBAGENT} -d 2>>/var/log/hbagent")

    def agent_pid(self):
        return next((pid for pid, words in self.node.processes().items() if words[0].endswith("/hbagent")), None)

    def ask(self, command, what, *options):
        done = self.node.run([command, "-v2c", "-c", "public", "-On", "-OQ", "-Oe", *options, "127.0.0.1", what])
        return done.stdout if done.returncode == 0 else None

    def walk(self):
        """OID below our root -> value, in the order of the walk."""
        text = self.ask("snmpwalk", ROOT_OID) or ""
        return dict(re.findall(rf"^{re.escape(ROOT_OID)}\.([0-9.]+) = \"?(.*?)\"?$", text, re.MULTILINE))

    def traps(self, kind):
        """[values...] of each trap of that kind."""
        found = []
        for line in self.node.log("/var/log/traps").splitlines():
            if f"{ROOT_OID}.900.{kind}\t" in line + "\t":
                found.append([v.strip('"') for v in re.findall(rf"{re.escape(ROOT_OID)}\.[0-9.]+ = ([^\t]*)", line)])
        return found

    def wait_trap(self, kind, values, since=0):
        try:
            self.lab.wait(lambda: values in self.traps(kind)[since:], 30, "")
        except LabError:
            raise LabError(f"no trap {kind} with {values}: {self.traps(kind)}; " +
                           "".join(self.node.log("/var/log/hbagent").splitlines(True)[-8:])) from None

    def wait_walk(self, want, what, timeout=30):
        """Waits until every OID of WANT (or of what it returns now, when it is a function) has its value."""
        seen, now, target = {}, {}, want if callable(want) else lambda: want

        def is_so():
            for known, fresh in ((now, target()), (seen, self.walk())):
                known.clear()
                known.update(fresh)
            return all(seen.get(oid) == value for oid, value in now.items())

        try:
            self.lab.wait(is_so, timeout, what, every=0.2)
        except LabError as error:
            wrong = {oid: (seen.get(oid), value) for oid, value in now.items() if seen.get(oid) != value}
            raise LabError(f"{error}: {wrong} (got, want); " +
                           "".join(self.node.log("/var/log/hbagent").splitlines(True)[-5:])) from None
        return dict(seen)


# The tables beside what cl_status says.

def cl_status(node, *words):
    return node.run(["cl_status", *words]).stdout.strip()  # its exit code says "dead", too


def expected(node, others_dead=()):
    """The walk that NODE's cluster state gives; None = any value."""
    names = cl_status(node, "listnodes").split()[::-1]
    status = {"init": 1, "up": 2, "active": 3, "dead": 4}
    held = cl_status(node, "rscstatus")
    want = {"1.1.0": str(len(names)), "1.2.0": str(len(names) - len(others_dead)),
            "1.3.0": str(names.index(node.name) + 1), "1.4.0": "2"}
    for n, name in enumerate(names, 1):
        links = cl_status(node, "listhblinks", name).split()[::-1]
        own = cl_status(node, "nodestatus", name)
        if own not in status:
            return {"1.1.0": "no answer"}  # while the daemon restarts
        want |= {f"2.1.2.{n}": name, f"2.1.3.{n}": "1", f"2.1.4.{n}": str(status[own]),
                 f"2.1.6.{n}": str(len(links)), f"6.1.2.{n}": name, f"6.1.3.{n}": f"10.77.0.{n}",
                 f"6.1.4.{n}": "tower", f"6.1.5.{n}": "1" if own == "active" else "2"}
        for i, link in enumerate(links, 1):
            up = cl_status(node, "hblinkstatus", name, link)
            want |= {f"3.1.2.{n}.{i}": link, f"3.1.3.{n}.{i}": "1" if up == "up" else "2"}
    mine, foreign = held in ("local", "all"), held in ("foreign", "all")
    here = {"alpha": mine, "bravo": foreign} if node.name == "alpha" else {"alpha": foreign, "bravo": mine}
    want |= {"4.1.2.1": "alpha", "4.1.3.1": "IPaddr2::10.77.0.100/24/eth0 IPaddr2::10.77.0.101/24/eth0",
             "4.1.4.1": "1" if here["alpha"] else "2",
             "4.1.2.2": "bravo", "4.1.3.2": "10.77.0.102", "4.1.4.2": "1" if here["bravo"] else "2"}
    for number, name in ((1, "hbversion"), (3, "keepalive"), (4, "deadtime"), (5, "deadping"), (6, "warntime"),
                         (7, "initdead"), (9, "baud")):
        want[f"7.{number}.0"] = cl_status(node, "hbparameter", "-p", name)
    return want | {"7.12.0": "1", "7.13.0": "N/A", "7.14.0": "N/A", "7.15.0": "N/A"}


def walk_is_whole(station):
    """Everything of the MIB is there, and nothing else; strings have no NUL at their end."""
    seen = station.wait_walk(lambda: expected(station.node), "the walk shows the cluster")
    more = set(seen) - set(expected(station.node))
    must(more == {"2.1.5.1", "2.1.5.2", "6.1.6.1", "6.1.6.2", "6.1.7.1"}, f"other objects than expected: {more}")
    for oid in ("2.1.5.1", "2.1.5.2"):
        must(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", seen[oid]), f"no uuid: {seen[oid]}")
    raw = station.ask("snmpget", f"{ROOT_OID}.2.1.2.1", "-Ox")
    must('"61 6C 70 68 61 "' in raw, f"not the bytes of alpha alone: {raw}")
    return f"{len(seen)} objects"


def single_answers(station):
    """snmpget of what is not there, snmpgetnext over the edges, snmpbulkwalk, and no writing."""
    for oid in ("2.1.2.3", "2.1.1.1", "2.1.2", "1.1", "7.2.0", "2.1.2.1.1", "2.1.2.4294967295", "5.1", "900.1"):
        told = station.ask("snmpget", f"{ROOT_OID}.{oid}") or ""
        must("No Such" in told, f"{oid}: {told}")
    for oid, after in (("2.1.2.1", "2.1.2.2"), ("2.1.2.2", "2.1.3.1"), ("2", "2.1.2.1"), ("2.1.1.99", "2.1.2.1"),
                       ("3.1.3.2.2", "4.1.2.1"), ("4.1.4.4294967295.1.2.3.4", "6.1.2.1")):
        told = station.ask("snmpgetnext", f"{ROOT_OID}.{oid}") or ""
        must(told.startswith(f"{ROOT_OID}.{after} ="), f"after {oid}: {told}")
    told = station.ask("snmpgetnext", f"{ROOT_OID}.7.15.0") or ""
    must(not told.startswith(ROOT_OID + ".7"), f"after the last: {told}")
    bulk = station.node.run(["snmpbulkwalk", "-v2c", "-c", "public", "-On", "-OQ", "-Oe", "-Cr50", "127.0.0.1",
                             ROOT_OID], check=True).stdout
    must(bulk == station.ask("snmpwalk", ROOT_OID), "snmpbulkwalk shows something else than snmpwalk")
    done = station.node.run(["snmpset", "-v2c", "-c", "public", "127.0.0.1", f"{ROOT_OID}.2.1.2.1", "s", "x"])
    must(done.returncode != 0, "snmpset succeeded")


def named_table(station, name):
    text = station.node.run(["snmptable", "-v2c", "-c", "public", "-m", "LINUX-HA-MIB", "-Cf", "|", "127.0.0.1",
                             f"LINUX-HA-MIB::{name}"], check=True).stdout.strip().splitlines()
    head = next(i for i, line in enumerate(text) if "|" in line)
    return [dict(zip(text[head].split("|"), row.split("|"))) for row in text[head + 1:]]


def tables_by_name(station):
    nodes = named_table(station, "LHANodeTable")
    must([(row["LHANodeName"], row["LHANodeType"], row["LHANodeStatus"]) for row in nodes] ==
         [("alpha", "normal", "active"), ("bravo", "normal", "active")], f"nodes: {nodes}")
    links = named_table(station, "LHAIFStatusTable")
    must([row["LHAIFName"] for row in links] == ["eth0", "eth1"] * 2, f"links: {links}")
    must([row["LHAResourceGroupStatus"] for row in named_table(station, "LHAResourceGroupTable")] ==
         ["running", "notRunning"], "groups")
    members = named_table(station, "LHAMembershipTable")
    must([(row["LHAMembershipIsMember"], row["LHAMembershipClusterName"]) for row in members] ==
         [("true", "tower")] * 2, f"members: {members}")


# What happens.

def link_goes(station, peer):
    since = len(station.traps(LINK_TRAP))
    station.lab.cut(station.node, peer, "eth1")
    station.wait_trap(LINK_TRAP, [peer.name, "eth1", "2"], since)
    station.wait_walk({"3.1.3.2.2": "2", "3.1.3.2.1": "1", "2.1.4.2": "3"}, "the link is down in the table")
    station.lab.heal(station.node, peer)
    station.wait_trap(LINK_TRAP, [peer.name, "eth1", "1"], since)
    station.wait_walk({"3.1.3.2.2": "1"}, "the link is up in the table")


def peer_agent_ends(station, other):
    """SIGTERM: exit 0, its own last trap, and ours about it."""
    os.kill(other.agent_pid(), signal.SIGTERM)
    code = other.agent.wait(60)
    must(code == 0, f"hbagent ended with {code}")
    station.wait_trap(OFFLINE, ["bravo"])
    since = len(station.traps(ONLINE))
    other.start_agent()
    station.wait_trap(ONLINE, ["bravo"], since)


def peer_loses_power(station, peer):
    since = len(station.traps(NODE_TRAP))
    peer.power_off()
    station.wait_trap(NODE_TRAP, ["bravo", "4"], since)
    station.wait_trap(MEMBER_TRAP, ["bravo", "3"])
    station.wait_walk({"1.1.0": "2", "1.2.0": "1", "2.1.4.2": "4", "6.1.5.2": "2", "6.1.6.2": "3", "4.1.4.1": "1",
                       "4.1.4.2": "1"}, "bravo is dead and its group here")
    station.wait_walk(lambda: expected(station.node, others_dead=("bravo",)), "the walk shows the rest")
    since = len(station.traps(NODE_TRAP))
    peer.power_on()
    peer.start_heartbeat()
    station.wait_trap(NODE_TRAP, ["bravo", "3"], since)
    station.wait_trap(MEMBER_TRAP, ["bravo", "2"])
    station.wait_walk({"1.2.0": "2", "2.1.4.2": "3", "6.1.5.2": "1", "6.1.6.2": "2", "4.1.4.2": "2"},
                      "bravo is back and has its group")


def daemon_restarts(station):
    """Empty tables meanwhile, then everything again from the same process."""
    pid, offline, online = station.agent_pid(), len(station.traps(OFFLINE)), len(station.traps(ONLINE))
    station.node.stop_heartbeat()
    station.wait_trap(OFFLINE, ["alpha"], offline)
    gone = station.wait_walk({"1.1.0": "0", "1.2.0": "0", "1.3.0": "0", "7.3.0": "N/A"}, "tables without a daemon")
    must(not any(oid.startswith(("2.", "3.", "4.", "6.")) for oid in gone), f"rows of nothing: {gone}")
    station.node.start_heartbeat()
    station.wait_trap(ONLINE, ["alpha"], online)
    station.lab.wait(lambda: station.node.rscstatus() == "local", 30, "alpha has its group again")
    station.wait_walk(lambda: expected(station.node), "the walk shows the cluster again")
    must(station.agent_pid() == pid, "it was another process")


def daemon_hangs(station):
    """A frozen daemon: there are still answers, and when it goes on everything is as before."""
    station.node.freeze_heartbeat()
    try:
        for _ in range(5):
            must(station.walk(), "no answer while the daemon hangs")
    finally:
        station.node.thaw_heartbeat()
    station.lab.wait(lambda: station.node.rscstatus() == "local", 40, "alpha has its group")
    station.wait_walk({"1.2.0": "2", "2.1.2.1": "alpha", "2.1.4.1": "3"}, "the walk shows the cluster again")


def master_restarts(station):
    station.stop_master()
    station.start_master()
    station.wait_walk({"2.1.2.1": "alpha"}, "snmpd has us again", timeout=40)


def respawned(station, other):
    """Started and ended by the daemon."""
    node = other.node
    other.start_master()
    node.stop_heartbeat()
    since = len(station.traps(ONLINE))
    node.configure(HA_CF + f"respawn root {HBAGENT}\n", HARESOURCES)
    node.start_heartbeat()
    station.wait_trap(ONLINE, ["bravo"], since)
    other.wait_walk({"1.3.0": "2", "2.1.4.1": "3", "2.1.4.2": "3"}, "bravo's snmpd shows the cluster")
    node.stop_heartbeat()
    must(other.agent_pid() is None, "hbagent is still there after heartbeat's end")


def no_master(node):
    done = node.run([HBAGENT, "-d"])
    must(done.returncode == 100, f"exit {done.returncode} without a master agent")
    must("no master agent" in done.stderr, done.stderr)


def run(name, test, *args):
    try:
        note = test(*args)
    except LabError as error:
        print(failure(f"lab/hbagent-{name}", error), flush=True)
        return 1
    print(f"ok lab/hbagent-{name}" + (f" ({note})" if note else ""), flush=True)
    return 0


def cluster():
    with Lab("hbagent", networks=("eth0", "eth1")) as lab:
        alpha, bravo = lab.nodes("alpha", "bravo", kind="ours+snmp")
        here, there = Station(lab, alpha), Station(lab, bravo)
        failed = run("no-master", no_master, alpha)
        for node, station in ((alpha, here), (bravo, there)):
            node.configure(HA_CF, HARESOURCES)
            node.start_heartbeat()
            station.start_master()
        here.start_traps()
        for node in (alpha, bravo):
            lab.wait(lambda node=node: node.rscstatus() == "local", 30, f"{node.name} has its group")
        here.start_agent()
        here.wait_trap(ONLINE, ["alpha"])
        there.start_agent()
        here.wait_trap(ONLINE, ["bravo"])
        for name, test, args in (
                ("walk", walk_is_whole, (here,)), ("answers", single_answers, (here,)),
                ("tables", tables_by_name, (here,)), ("link", link_goes, (here, bravo)),
                ("agent-ends", peer_agent_ends, (here, there)), ("power", peer_loses_power, (here, bravo)),
                ("master", master_restarts, (here,)), ("daemon", daemon_restarts, (here,)),
                ("hang", daemon_hangs, (here,)), ("respawn", respawned, (here, there))):
            failed += run(name, test, *args)
        return failed


# The MIB file.

def mib_is_valid():
    """smilint finds nothing but the capital letters that the names have always had; net-snmp takes it as it is."""
    if shutil.which("snmptranslate"):
        for name, oid in (("LHATotalNodeCount", "1.1"), ("LHANodeUUID", "2.1.5"), ("LHAIFStatus", "3.1.3"),
                          ("LHAResourceGroupStatus", "4.1.4"), ("LHAMembershipBootTime", "6.1.7"),
                          ("LHARespawn", "7.15"), ("LHAHBAgentOffline", "900.9")):
            done = subprocess.run(["snmptranslate", "-M", f"{STUBS}:{MIB.parent}", "-m", "LINUX-HA-MIB", "-On",
                                   f"LINUX-HA-MIB::{name}"], capture_output=True, text=True)
            must(done.stdout.strip() == f"{ROOT_OID}.{oid}", f"{name}: {done.stdout}{done.stderr}")
    if shutil.which("smilint") is None:
        raise Skip("needs smilint (smitools)")
    with tempfile.TemporaryDirectory() as scratch:
        lower = Path(scratch, "LINUX-HA-MIB")
        lower.write_text(re.sub(r"\bLHA", "lha", MIB.read_text()))
        done = subprocess.run(["smilint", "-m", "-l", "4", str(lower)], capture_output=True, text=True,
                              env={**os.environ, "SMIPATH": str(STUBS)})
        must(not done.stdout + done.stderr and done.returncode == 0, done.stdout + done.stderr)


def main():
    failed = 0
    for name, test in (("hbagent-mib", lambda: run("mib", mib_is_valid)), ("hbagent", cluster)):
        try:
            failed += test()
        except Skip as skip:
            print(f"skip lab/{name}: {skip}")
        except LabError as error:
            failed += 1
            print(failure(f"lab/{name}", error))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
