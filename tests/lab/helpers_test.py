#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Helpers that the daemon starts: ipfail where it has nothing to do, pingd, dopd with drbd-peer-outdater.

Stand-ins: attrd is a socket that keeps what it hears, drbdadm a script.
"""

import re
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab.daemon import ALONE, PAIR, at_rest  # noqa: E402
from lab.suite import main, need  # noqa: E402

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


def pingd_by_hand(lab):
    """-D, -p, -s: in the background, found by its file, and a set of attributes for attrd; TERM says 0 and takes leave."""
    lab.host("gate", address=GATE)
    node = lab.node("alpha")
    node.configure(ALONE + f"deadping 1\nping {GATE}\n")
    node.start_heartbeat()
    node.write("/attrd.py", ATTRD)
    attrd = node.spawn(["/usr/bin/python3", "/attrd.py"])
    try:
        lab.wait(lambda: node.run(["cl_status", "nodestatus", GATE]).stdout == "ping\n", 20, "the gate answers")
        lab.wait(lambda: node.exists("/run/heartbeat/crm/attrd"), 10, "attrd is there")
        done = node.run("/usr/libexec/heartbeat/pingd -D -p /run/pingd.pid -m 7 -s some-set", timeout=20)
        need(done.returncode == 0, f"-D: {done}")
        lab.wait(lambda: node.read("/run/pingd.pid", default="").strip(), 10, "its file")
        (pid,) = program(node, "pingd")
        need(node.read("/run/pingd.pid").strip() == str(node._inner_pid(pid)), "who is in its file")

        def told():
            return node.read("/var/log/attrd", default="").splitlines()

        lab.wait(lambda: any("attr_value=7" in line and "attr_set=some-set" in line for line in told()), 20, "7 for one node")
        node.signal(signal.SIGTERM, [pid])
        lab.wait(lambda: not program(node, "pingd"), 20, "it ends")
        need("attr_value=0" in told()[-1] and not node.exists("/run/pingd.pid"), f"{told()}")
    finally:
        attrd.kill()
        attrd.wait()


OUTDATER = "/usr/libexec/heartbeat/drbd-peer-outdater"
DOPD = """respawn hacluster /usr/lib/heartbeat/dopd
apiauth dopd gid=haclient uid=hacluster
"""
# Notes its arguments, waits while it is told to, and ends as it is told to.
DRBDADM = """#!/bin/sh
echo "$#: $*" >>/tmp/drbdadm
while [ -e /tmp/wait ]; do sleep 0.05; done
exit $(cat /tmp/code)
"""


def drbd_pair(lab, kinds=("ours", "ours")):
    nodes = [lab.node(name, kind) for name, kind in zip(("alpha", "bravo"), kinds)]
    for node in nodes:
        node.write("/usr/sbin/drbdadm", DRBDADM, 0o755)
        node.write("/tmp/drbdadm", "", 0o666)
        node.write("/tmp/code", "0")
        node.configure(PAIR + (DOPD if node.kind == "ours" else DOPD.replace("/lib/", "/libexec/")), "")
        node.start_heartbeat()
    dopd_is_there(lab, *nodes)
    return nodes


def dopd_is_there(lab, *nodes):
    """On every node, and every node knows it."""
    for node in nodes:
        lab.wait(lambda node=node: node.exists("/run/heartbeat/dopd/outdater") and all(
            node.run(f"cl_status clientstatus {other.name} dopd 2000").stdout.strip() == "online" for other in nodes),
            30, f"dopd answers as {node.name} sees it", every=0.2)


def outdate(node, *words, env=None):
    done = node.run([OUTDATER, *words], env=env)
    return done.returncode


def dopd_outdates(lab):
    """What drbdadm says becomes what DRBD reads; names are checked; what cannot be reached is 5."""
    alpha, bravo = drbd_pair(lab)
    for code, want in (("0", 4), ("5", 3), ("17", 6), ("1", 20), ("9", 20)):
        bravo.write("/tmp/code", code)
        got = outdate(alpha, "-r", "r0", "-p", "BRAVO", "-t", "20")
        need(got == want, f"drbdadm {code}: {got}, not {want}")
    need(bravo.read("/tmp/drbdadm") == "2: outdate r0\n" * 5, f"its arguments: {bravo.read('/tmp/drbdadm')}")
    bravo.write("/tmp/code", "0")
    need(outdate(alpha, "-t", "20", env={"DRBD_PEER": "bravo", "DRBD_RESOURCE": "home-1"}) == 4, "from the environment")
    need(bravo.read("/tmp/drbdadm").endswith("2: outdate home-1\n"), "that resource")
    size = len(bravo.read("/tmp/drbdadm"))
    for name in ("all", "a b", "r0;touch /tmp/owned", "$(touch /tmp/owned)", "-h"):
        need(outdate(alpha, "-r", name, "-p", "bravo", "-t", "20") == 20, f"a resource named {name}")
    need(outdate(alpha, "-r", "r0", "-p", "nobody", "-t", "20") == 5, "an unknown peer")
    need(outdate(alpha, "-r", "r0", "-p", "alpha", "-t", "20") == 5, "this node itself")
    need(outdate(alpha, "-r", "r0") == 1 and outdate(alpha, "-x") == 1, "wrong words")
    need(alpha.run([OUTDATER, "--help"]).stdout.startswith("usage: drbd-peer-outdater"), "help")
    need(len(bravo.read("/tmp/drbdadm")) == size and not bravo.exists("/tmp/owned"), "nothing of that was run")
    need(outdate(alpha, "-r", "r0", "-p", "bravo", "-t", "20") == 4, "and it still works")
    bravo.power_off()
    lab.wait(lambda: alpha.run("cl_status nodestatus bravo").stdout.strip() == "dead", 20, "bravo is dead")
    need(outdate(alpha, "-r", "r0", "-p", "bravo", "-t", "20") == 5, "a dead peer")
    alpha.stop_heartbeat()
    need(outdate(alpha, "-r", "r0", "-p", "bravo", "-t", "20") == 5, "no dopd")


def dopd_while_drbdadm_hangs(lab):
    """A second request is 21, a timeout 5; other resources go on; strangers are not heard."""
    alpha, bravo = drbd_pair(lab)
    bravo.write("/tmp/wait", "")
    first = alpha.spawn([OUTDATER, "-r", "r0", "-p", "bravo", "-t", "30"])
    lab.wait(lambda: "outdate r0" in bravo.read("/tmp/drbdadm"), 20, "drbdadm runs")
    need(outdate(alpha, "-r", "r0", "-p", "bravo", "-t", "20") == 21, "the second one")
    need(outdate(alpha, "-r", "r1", "-p", "bravo", "-t", "1") == 5, "nobody answers in time")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", OUTDATER, "-r", "r2", "-p", "bravo", "-t", "2"]
    alpha.run("chmod 755 /run/heartbeat /run/heartbeat/dopd", check=True)
    need(alpha.run(nobody).returncode == 5, "an ordinary user")
    need("outdate r2" not in bravo.read("/tmp/drbdadm"), "is not heard")
    bravo.remove("/tmp/wait")
    need(first.wait(60) == 4, "the first one gets its answer")
    need(outdate(alpha, "-r", "r1", "-p", "bravo", "-t", "20") == 4, "r1, again")
    # What is no message, half a one, one that never ends.
    alpha.run("/usr/bin/python3 -c 'import socket\n"
              "for text in (b\"garbage\" * 99, b\"\\xff\" * 8, b\"\\x40\\0\\0\\0\\xcd\\xab\\0\\0>>>\", b\"\"):\n"
              " s = socket.socket(socket.AF_UNIX); s.connect(\"/run/heartbeat/dopd/outdater\"); s.sendall(text)'", check=True)
    need(outdate(alpha, "-r", "r0", "-p", "bravo", "-t", "20") == 4, "it bears rubbish")
    need("respawning" not in alpha.log().lower(), "it never died")


def dopd_with_the_old_one(lab):
    """Debian's dopd on the other node, in both directions, and Debian's drbd-peer-outdater with our dopd."""
    alpha, bravo = drbd_pair(lab, ("ours", "debian"))
    for code, want in (("0", 4), ("5", 3), ("17", 6), ("1", 20)):
        bravo.write("/tmp/code", code)
        got = outdate(alpha, "-r", "r0", "-p", "bravo", "-t", "20")
        need(got == want, f"ours asks, drbdadm there {code}: {got}, not {want}")
    alpha.write("/tmp/code", "17")
    need(outdate(bravo, "-r", "r0", "-p", "alpha", "-t", "20") == 6, "the old one asks")  # and dies, as it does
    old = bravo.path(OUTDATER).read_bytes()
    alpha.write("/usr/local/sbin/outdater306", old, 0o755)
    libraries = [line.split()[0] for line in bravo.run(["ldd", OUTDATER]).stdout.splitlines() if "=>" in line]
    for name in libraries:
        place = bravo.run(f"find /usr/lib -name '{name}'").stdout.split()
        if not alpha.run(f"find /usr/lib -name '{name}'").stdout.split() and place:
            alpha.write(f"/usr/local/lib/{name}", bravo.path(place[0]).read_bytes(), 0o755)
    bravo.write("/tmp/code", "5")
    dopd_is_there(lab, alpha, bravo)
    done = alpha.run(["/usr/local/sbin/outdater306", "-r", "r0", "-p", "bravo", "-t", "20"],
                     env={"LD_LIBRARY_PATH": "/usr/local/lib"})
    need(done.returncode == 3, f"the old outdater with our dopd: {done.returncode} {done.stderr}")


TESTS = [dopd_with_the_old_one, dopd_outdates, dopd_while_drbdadm_hangs, pingd_tells_attrd, pingd_by_hand, pingd_as_people_have_it, ipfail_without_work, ipfail_is_stopped]

if __name__ == "__main__":
    sys.exit(main("helpers", TESTS, __doc__, jobs=6))
