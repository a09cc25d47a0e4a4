#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Helpers that the daemon starts: ipfail where it has nothing to do, pingd, dopd with drbd-peer-outdater.

Usage: helpers_test.py [-j JOBS] [NAME...]

Stand-ins: attrd is a socket that keeps what it hears, drbdadm a script.
"""

import re
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab.daemon_test import ALONE, PAIR, at_rest, main, need  # noqa: E402

GATE = "10.77.0.250"
# As people have it, with short times.
CASE_4 = """autojoin none
logfile /var/log/ha-log
keepalive 200ms
deadtime 1500ms
warntime 600ms
initdead 3
udpport 694
baud 19200
bcast eth0
auto_failback on
node node1.example.com
node node2.example.com
ping 10.77.0.237
ping_group group1 10.77.0.120 10.77.0.237
apiauth pingd gid=haclient uid=hacluster
respawn hacluster /usr/local/ha/lib/heartbeat/pingd -m 100 -d 5s
compression bz2
compression_threshold 2
"""
ATTRD = r'''
import os, socket, struct, sys
os.makedirs("/run/heartbeat/crm", exist_ok=True)
server = socket.socket(socket.AF_UNIX)
server.bind("/run/heartbeat/crm/attrd")
os.chmod("/run/heartbeat/crm/attrd", 0o777)
server.listen(5)
while True:
    peer, _ = server.accept()
    data = b""
    while True:
        got = peer.recv(65536)
        if not got:
            break
        data += got
        while len(data) >= 8 and len(data) >= 8 + struct.unpack("=i", data[:4])[0]:
            size, magic = struct.unpack("=iI", data[:8])
            words = data[8:8 + size].rstrip(b"\0").decode().split("\n")
            data = data[8 + size:]
            with open("/var/log/attrd", "a") as out:
                out.write(" ".join(words[1:-2]) + "\n")
'''


def program(node, name):
    """Host pids of a helper."""
    return [pid for pid in node.helper_pids() if node._program(pid).endswith("/" + name)]  # pylint: disable=protected-access


def ipfail_without_work(lab):
    """legacy, and no resources at all: it ends with 100 and is not started again."""
    node = lab.node("alpha")
    for text, option, said in (
            (PAIR.replace("auto_failback on", "auto_failback legacy"), [], "auto_failback set to incompatible legacy option."),
            (PAIR, ["-M"], "No managed resources")):
        node.configure(text + f"ping {GATE}\nrespawn hacluster /usr/lib64/heartbeat/ipfail\n", "")
        mark = node.log_mark()
        node.start_heartbeat(*option)
        node.wait_log(rf"ipfail: \[\d+\]: \w+: {re.escape(said)}", 20, since=mark)
        node.wait_log(r"Managed /usr/libexec/heartbeat/ipfail process \d+ exited with return code 100\.", 10, since=mark)
        node.stop_heartbeat()
    need(node.run("/usr/libexec/heartbeat/ipfail -x").returncode == 10, "a wrong option")
    need(node.run("/usr/lib/heartbeat/ipfail --help").stdout.startswith("usage: ipfail"), "help by the old path")
    done = node.run("/usr/lib/heartbeat/ipfail")
    need(done.returncode == 1 and "cannot sign on with heartbeat" in done.stderr, f"no daemon: {done.stderr}")


def ipfail_is_stopped(lab):
    """With the daemon, at once; and it comes back when it is killed."""
    node = lab.node("alpha")
    node.configure(PAIR + f"ping {GATE}\nrespawn hacluster /usr/libexec/heartbeat/ipfail\n", "")
    node.start_heartbeat()
    (first,) = lab.wait(lambda: program(node, "ipfail")[:1], 20, "ipfail runs")
    lab.wait(lambda: node.run("cl_status clientstatus alpha ipfail").stdout.strip() == "online", 20, "signed on")
    for pid in program(node, "ipfail"):
        node.signal(signal.SIGKILL, [pid])
    lab.wait(lambda: program(node, "ipfail") and first not in program(node, "ipfail"), 20, "another one")
    lab.wait(lambda: node.run("cl_status clientstatus alpha ipfail").stdout.strip() == "online", 20, "signed on again")
    node.stop_heartbeat()
    lab.wait(lambda: not program(node, "ipfail"), 10, "it is gone")
    need("ERROR: ipfail ends" not in node.log(), "no complaint at an orderly stop")


def pingd_as_people_have_it(lab):
    """The ha.cf of the case, on both nodes: the address is served, pingd counts, nothing is hurt."""
    hosts = [lab.host(f"host{n}", address=f"10.77.0.{n}") for n in (120, 237)]
    nodes = lab.nodes("node1.example.com", "node2.example.com")
    for node in nodes:
        node.configure(CASE_4, "node1.example.com IPaddr::10.77.0.100/24/eth0\n")
        node.start_heartbeat()
    at_rest(lab, *nodes)
    for node in nodes:
        node.wait_log(r"pingd: \[\d+\]: info: attribute pingd is 200", 30)
    need(nodes[0].has_address("10.77.0.100"), "the address is served")
    lab.cut(nodes[0], hosts[1])
    nodes[0].wait_log("info: 1 active ping nodes", 30)
    nodes[0].wait_log("info: attribute pingd is 100", 10)
    lab.cut(nodes[0], hosts[0])
    nodes[0].wait_log("info: attribute pingd is 0", 30)
    need(nodes[0].has_address("10.77.0.100"), "it moves nothing by itself")
    need(len(re.findall("there is no attrd to tell", nodes[0].log())) == 1, "said once")
    need("respawning too fast" not in nodes[0].log() and "Respawning client" not in nodes[0].log(), "it lives")
    nodes[0].stop_heartbeat()
    need(not program(nodes[0], "pingd"), "it ends with the daemon")


def pingd_tells_attrd(lab):
    """At the start, at a change, to an attrd that comes later, and 0 at the end; without an apiauth line for it."""
    host = lab.host("gate", address=GATE)
    node = lab.node("alpha")
    node.configure(ALONE + f"deadping 1\nping {GATE}\nping 10.77.0.249\n"
                   f"respawn hacluster /usr/lib/heartbeat/pingd -a gateways -m 10 -d 5s -h {GATE} -h nobody -S status\n")
    node.start_heartbeat()
    node.wait_log("info: attribute gateways is 10", 30)
    node.wait_log("WARN: -h: 'nobody' is no ping node", 5)

    def told():
        return node.read("/var/log/attrd", default="").splitlines()

    update = "t=attrd src=pingd task=update attr_name=gateways attr_value={} attr_section=status attr_dampening=5s"
    node.write("/attrd.py", ATTRD)
    attrd = node.spawn(["/usr/bin/python3", "/attrd.py"])
    try:
        lab.wait(lambda: told() == [update.format(10)], 20, "attrd hears the value")
        lab.cut(node, host)
        lab.wait(lambda: told()[1:] == [update.format(0)], 20, "the gate is lost")
        lab.heal()
        lab.wait(lambda: told()[2:] == [update.format(10)], 20, "the gate is back")
        node.stop_heartbeat()
        need(told()[3:] == [update.format(0)], f"its last word: {told()}")
    finally:
        attrd.kill()
        attrd.wait()


TESTS = [pingd_tells_attrd, pingd_as_people_have_it, ipfail_without_work, ipfail_is_stopped]

if __name__ == "__main__":
    sys.exit(main("helpers", TESTS))
