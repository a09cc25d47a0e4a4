#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stonithd on three nodes with heartbeat: devices that note what they are asked for, that fail, hang or are slow; helpers, one of
which loses its power while it works; clients of the socket, among them some that may not, and some that speak nonsense."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab.suite import main_in_one_lab, need  # noqa: E402

HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 700ms
deadtime 2s
initdead 3
bcast eth0
auto_failback off
node alpha bravo charlie
respawn root /usr/lib/heartbeat/stonithd
apiauth stonithd uid=root
"""
APITEST = "/usr/lib/heartbeat/stonithdtest/apitest"
# Notes everything in /calls; files /run/TAG.fails, .slow, .sick say how it does.  Parameters that are none of its own would be in
# its environment as well.
DEVICE = """#!/bin/sh
case $1 in
getconfignames) echo "hostlist tag password" ;;
getinfo-devid) echo "Recorder" ;;
getinfo-devname) echo recorder ;;
getinfo-devdescr) echo "notes what it is asked for" ;;
getinfo-devurl) echo http://example.com ;;
getinfo-xml) echo '<parameters><parameter name="hostlist" unique="0" required="1"><content type="string"/></parameter>
<parameter name="tag" unique="0" required="1"><content type="string"/></parameter>
<parameter name="password" unique="0" required="0"><content type="string"/></parameter></parameters>' ;;
gethosts) for host in $hostlist; do echo $host; done ;;
status)
	[ ! -e /run/$tag.sickslow ] || { echo "$tag monitor" >>/calls; exec sleep 1000; }
	[ ! -e /run/$tag.sick ] ;;
reset|off|on)
	echo "$tag $1 $2 ${priority-}${stonith_timeout-}" >>/calls
	echo "the password is $password"
	while [ -e /run/$tag.slow ]; do sleep 0.1; done
	[ ! -e /run/$tag.fails ] ;;
*) exit 1 ;;
esac
"""
# Frames by hand: their answers, one line each.
FRAMES = r'''
import socket, struct, sys
def message(*pairs):
    return (">>>\n" + "".join(f"{k}={v}\n" for k, v in pairs) + "<<<\n\0").encode()
def frame(body, magic=0xabcd, size=None):
    return struct.pack("=iI", len(body) if size is None else size, magic) + body
def talk(path, *frames):
    s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect("/run/heartbeat/" + path)
    try:
        for f in frames:
            s.sendall(f)
        s.shutdown(socket.SHUT_WR)
        got = b""
        while part := s.recv(65536):
            got += part
    except OSError as e:
        got = got if "got" in dir() else b""
    print(path, "|".join(line for line in got.decode("latin1").replace("\0", "\n").split("\n") if "apiret" in line or "error" in line))
base = (("stonithd", "apireq"), ("cname", "x"), ("cpid", "1"))
on = frame(message(*base, ("reqest", "signon")))
'''


def cluster(lab):
    nodes = lab.nodes("alpha", "bravo", "charlie")
    for node in nodes:
        node.write("/usr/lib/stonith/plugins/external/recorder", DEVICE, 0o755)
        node.configure(HA_CF)
        node.start_heartbeat()
    for node in nodes:
        there(lab, node, *nodes)
    return lab, nodes


def there(lab, node, *nodes):
    """It is served there, and knows NODES."""
    lab.wait(lambda: node.exists("/run/heartbeat/stonithd_callback"), 30, f"stonithd of {node.name}")
    for other in nodes:
        lab.wait(lambda other=other: node.run(f"cl_status clientstatus {other.name} stonithd 2000").stdout.strip() == "online",
                 30, f"stonithd of {other.name} as {node.name} sees it", every=0.2)


def clean(lab, nodes):
    """After each case: no device, no notes."""
    for node in nodes:
        if not node.is_up or not node.exists("/run/heartbeat/stonithd"):
            continue
        for device in json.loads(node.run("hb_fence --json list").stdout or "[]"):
            node.run(["hb_fence", "stop", device["id"]])
        node.write("/calls", "")
        node.run("rm -f /run/*.fails /run/*.slow /run/*.sick /run/*.sickslow")


def fence(node, *words, code=0):
    done = node.run(["hb_fence", *words], timeout=90)
    need(done.returncode == code, f"hb_fence {' '.join(words)}: {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    return done.stdout


def start(node, tag, *words, hosts="victim other", code=0):
    return fence(node, "start", tag, "external/recorder", f"tag={tag}", f"hostlist={hosts}", "password=geheim", *words, code=code)


def calls(node):
    return [line.rstrip() for line in node.read("/calls", default="").splitlines()]


def alive(node, pid):
    need(pid_of(node) == pid, f"stonithd of {node.name} has not been restarted")


def pid_of(node):
    return re.search(r"pid = (\d+)", node.run("/usr/lib/heartbeat/stonithd -s").stdout)[1]


def local_devices(lab, nodes):
    """In the order of their priorities, the next one when one fails or is late; history, and no secret in it."""
    alpha = nodes[0]
    start(alpha, "one", "priority=5")
    start(alpha, "two", "priority=1")
    start(alpha, "three", "priority=9")
    for tag in ("two", "one"):
        alpha.write(f"/run/{tag}.fails", "")
    need("done by alpha" in fence(alpha, "fence", "VICTIM"), "who did it")
    need(calls(alpha) == ["two reset victim", "one reset victim", "three reset victim"], f"order and environment: {calls(alpha)}")
    history = json.loads(fence(alpha, "--json", "history", "victim"))
    need(history[0]["result"] == "SUCCEEDED" and history[0]["device"] == "three" and history[0]["by"] == ["alpha"], f"{history}")
    need(history[0]["transcript"] and "geheim" not in json.dumps(history), f"a transcript without the secret: {history}")
    alpha.wait_log("Succeeded to STONITH the node VICTIM: optype=RESET. whodoit: alpha", 20)
    need("geheim" not in alpha.log(), "the log keeps it, too")
    need([d["id"] for d in json.loads(fence(alpha, "--json", "list"))] == ["two", "one", "three"], "hb_fence list")
    fence(alpha, "stop", "two")
    fence(alpha, "stop", "one")
    fence(alpha, "unfence", "victim")
    fence(alpha, "off", "other")
    need(calls(alpha)[3:] == ["three on victim", "three off other"], f"{calls(alpha)}")


def resources(lab, nodes):
    """start, monitor, stop and their results; a monitor that hangs does not hold up fencing; an own limit for a device."""
    alpha = nodes[0]
    need("no type" in alpha.run("hb_fence start x nosuch").stderr, "an unknown type")
    need(alpha.run("hb_fence start x external/recorder tag=x").returncode == 1, "a missing parameter")
    need("priority" in alpha.run("hb_fence start x null hostlist=a priority=high").stderr, "a priority that is none")
    fence(alpha, "monitor", "x", code=1)
    alpha.write("/run/x.sick", "")
    need("(1)" in alpha.run("hb_fence start x external/recorder tag=x hostlist=victim").stderr, "status fails")
    alpha.remove("/run/x.sick")
    fence(alpha, "stop", "x")
    start(alpha, "x", "stonith-timeout=1s")
    start(alpha, "y", "priority=1")
    start(alpha, "x")  # again: its status
    alpha.write("/run/y.sick", "")
    need("(14)" in alpha.run("hb_fence monitor y").stderr, "status fails later")
    alpha.write("/run/x.sickslow", "")
    alpha.write("/run/x.slow", "")
    monitor = alpha.spawn(["hb_fence", "monitor", "x"])
    lab.wait(lambda: "x monitor" in calls(alpha), 20, "the monitor hangs")
    need("done by alpha" in fence(alpha, "-t", "60", "fence", "victim"), "the second device, after the first one's own limit")
    need([c for c in calls(alpha) if "monitor" not in c] == ["x reset victim", "y reset victim"], f"{calls(alpha)}")
    fence(alpha, "stop", "x")
    need(monitor.wait(60) == 1, "the monitor of what is stopped")
    alpha.run("rm -f /run/x.slow /run/x.sickslow")
    lab.wait(lambda: not any("recorder" in str(words) for words in alpha.processes().values()), 20, "nothing of the devices is left")


def others_help(lab, nodes):
    """Nobody here can: who can is asked, one does it; when it fails the next one."""
    alpha, bravo, charlie = nodes
    start(bravo, "b", "priority=2")
    start(charlie, "c", "priority=1")
    need(fence(alpha, "who", "victim").split() == ["bravo", "charlie"], "who can")
    need(fence(bravo, "who", "victim").split() == ["bravo", "charlie"], "oneself, too")
    charlie.write("/run/c.fails", "")
    need("done by bravo" in fence(alpha, "fence", "victim"), "bravo does it")
    need(calls(charlie) == ["c reset victim"] and calls(bravo) == ["b reset victim"], "each once")
    bravo.wait_log("Node bravo try to help node alpha to fence node victim.", 20)
    alpha.wait_log("Node bravo fenced node victim: result=SUCCEEDED.", 20)
    # A device here is tried first.
    start(alpha, "a")
    alpha.write("/run/a.fails", "")
    need("done by bravo" in fence(alpha, "fence", "victim"), "after the own one")
    need(calls(alpha) == ["a reset victim"], "the own one was tried")
    bravo.write("/run/b.fails", "")
    fence(alpha, "fence", "victim", code=1)
    fence(alpha, "-t", "3", "fence", "nobody", code=3)
    need(alpha.run("hb_fence who nobody").returncode == 1, "nobody can")


def ourselves(lab, nodes):
    """A node is never fenced by its own device from outside; others do it."""
    alpha, bravo, _ = nodes
    start(alpha, "a", hosts="alpha")
    fence(alpha, "-t", "3", "fence", "alpha", code=3)
    need(calls(alpha) == [], "nothing was done")
    start(bravo, "b", hosts="alpha")
    need("done by bravo" in fence(alpha, "fence", "alpha"), "bravo does it")
    need(calls(alpha) == [], "and alpha nothing")


def at_once(lab, nodes):
    """Requests of two nodes and three clients for one node are one."""
    alpha, bravo, charlie = nodes
    start(bravo, "b", "stonith-timeout=60s")
    bravo.write("/run/b.slow", "")
    first = [node.spawn(["hb_fence", "-t", "90", "fence", "victim"]) for node in (alpha, charlie)]
    lab.wait(lambda: calls(bravo), 20, "it runs")
    second = alpha.spawn(["hb_fence", "-t", "90", "fence", "victim"])
    charlie.wait_log("asking node bravo to fence node victim", 20)
    lab.wait(lambda: len(re.findall("want a STONITH operation RESET to node victim", alpha.log())) >= 2, 20, "all have asked")
    bravo.remove("/run/b.slow")
    codes = [process.wait(90) for process in (*first, second)]
    need(codes == [0, 0, 0] and calls(bravo) == ["b reset victim"], f"one shot for three: {codes} {calls(bravo)}")


def who_is_served(lab, nodes):
    """Root and hacluster; nonsense is answered or hung up on; stonithd lives on."""
    alpha = nodes[0]
    pid = pid_of(alpha)
    alpha.run("chmod 755 /run/heartbeat", check=True)
    nobody = alpha.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "hb_fence", "list"])
    need(nobody.returncode == 5 and "does not serve this user" in nobody.stderr, f"nobody: {nobody.returncode} {nobody.stderr}")
    user = alpha.run(["setpriv", "--reuid=hacluster", "--regid=haclient", "--clear-groups", "hb_fence", "list"])
    need(user.returncode == 0, f"hacluster: {user.stderr}")
    alpha.write("/tmp/frames", FRAMES + r'''
talk("stonithd", b"garbage" * 99)
talk("stonithd", frame(b"", size=-1)); talk("stonithd", frame(b"", size=1 << 30)); talk("stonithd", frame(b"x" * 60000))
talk("stonithd", frame(b"")); talk("stonithd", b"\x40\0\0\0\xcd\xab\0\0>>>\n")
talk("stonithd", frame(message(*base, ("reqest", "dance"))))
talk("stonithd", frame(message(*base, ("reqest", "stonith"), ("optype", "1"), ("node", "victim"), ("timeout", "1000"))))
talk("stonithd", on, frame(message(*base, ("reqest", "stonith"), ("optype", "1"), ("node", "victim"), ("timeout", "-1"))))
talk("stonithd", on, frame(message(*base, ("reqest", "raop"), ("rscid", "x"), ("raname", "../../etc/passwd"), ("raoptype", "start"))))
talk("stonithd", on, on)
talk("stonithd_callback", on)
talk("stonithd_callback", frame(message(*base, ("reqest", "ltypes"))))
talk("stonithd", *[on for _ in range(3000)])
''')
    said = alpha.run("/usr/bin/python3 /tmp/frames", timeout=90, check=True).stdout
    for words in ("error=unknown request 'dance'", "error=not signed on", "apiret=apiok|apiret=badreq|error=field 'timeout' is no number",
                  "apiret=apiok|apiret=apifail|error=there is no type", "error=signed on already",
                  "stonithd_callback apiret=cookieauth|apiret=apifail|error=no such cookie", "error=only a sign-on is read here"):
        need(words in said, f"{words}: {said}")
    start(alpha, "a")
    need(" -> local (a)" not in alpha.log("/var/log/ha-debug"), "no reasons yet")
    alpha.run(f"kill -USR1 {pid}", check=True)
    need("done by alpha" in fence(alpha, "fence", "victim"), "it works as before")
    alpha.wait_log("RESET of node victim: new -> local \\(a\\)", 20, path="/var/log/ha-debug")
    alpha.run(f"kill -USR2 {pid}", check=True)
    alive(alpha, pid)


def helper_loses_its_power(lab, nodes):
    """The helper dies at work: the next one does it, long before the time is over.  It comes back and helps again."""
    alpha, bravo, charlie = nodes
    start(bravo, "b", "priority=1", "stonith-timeout=100s")
    start(charlie, "c", "priority=2")
    bravo.write("/run/b.slow", "")
    asker = alpha.spawn(["hb_fence", "-t", "600", "fence", "victim"])
    lab.wait(lambda: calls(bravo), 30, "bravo is at work")
    bravo.power_off()
    need(asker.wait(100) == 0, "charlie does it")
    need(calls(charlie) == ["c reset victim"], f"{calls(charlie)}")
    need("Node bravo died while it was to fence node victim." in alpha.log(), "why")


def sanity(lab, nodes):
    """What apitest was made for: stonithd -t with a null device for this node."""
    node = nodes[0]
    node.stop_heartbeat()
    need(node.run(f"{APITEST} 0 alpha 4000 0").returncode == 255, "no stonithd")
    need(node.run("/usr/lib/heartbeat/stonithd -s").returncode == 3, "stopped")
    node.configure(HA_CF.replace("heartbeat/stonithd\n", "heartbeat/stonithd -t\n"))
    node.start_heartbeat()
    there(lab, node, node)
    fence(node, "start", "s1", "null", "hostlist=alpha")
    for words, said in (("0 alpha 4000 0", "optype=0, node_name=alpha, result=0, node_list=alpha"),
                        ("1 alpha 4000 0", "optype=1, node_name=alpha, result=0, node_list=alpha"),
                        ("3 notexist 4000 2", "optype=3, node_name=notexist, result=2, node_list=")):
        done = node.run(f"{APITEST} {words}", timeout=60)
        need((done.returncode, done.stdout) == (0, said + "\n"), f"apitest {words}: {done}")
    done = node.run(f"{APITEST} 1 alpha 4000 3")
    need(done.returncode == 255, "another result than expected")
    done = node.run(f"{APITEST} 1 alpha")
    need(done.returncode == 255 and "apitest optype target_node timeout expect_value." in done.stderr + done.stdout, f"{done}")
    done = node.run("/usr/lib/heartbeat/stonithd -a")
    need(done.returncode != 0 and "is already running." in done.stderr, f"a second one: {done}")
    for words in ("-a", "-x", "word"):
        done = node.run(f"/usr/lib/heartbeat/stonithd {words}", env={"HA_CURHOST": "alpha", "HA_LOGFILE": "/tmp/log"})
        need(done.returncode == 100, f"started by heartbeat, and {words} will not do: {done}")
    node.wait_log("start up successfully", 20)
    node.stop_heartbeat()
    need("normally quit." in node.log(), "its end")
    node.write("/etc/apphbd.cf", "logfile /var/log/apphbd\ndebugfile /var/log/apphbd\n")
    node.run("/usr/lib/heartbeat/apphbd -c /etc/apphbd.cf", check=True)
    need(node.run("/usr/lib/heartbeat/stonithd -a -r -i 500").returncode == 0, "by hand, alone, with apphbd")
    fence(node, "start", "s1", "null", "hostlist=victim")
    fence(node, "fence", "victim")
    node.wait_log("stonithd", 20, path="/var/log/apphbd")
    need(node.run("/usr/lib/heartbeat/stonithd -k").returncode == 0 and not node.exists("/run/heartbeat/stonithd"), "ended")


CASES = [local_devices, resources, others_help, ourselves, at_once, who_is_served, helper_loses_its_power, sanity]

if __name__ == "__main__":
    sys.exit(main_in_one_lab("stonithd", CASES, cluster, __doc__, after=clean))
