#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stonithd among others: at Debian's heartbeat 3.0.6, and with a stand-in for the stonithd of 2.1, which broadcasts its requests
and answers nothing but success, in the words of that time."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab.suite import main, need  # noqa: E402
from stonithd_test import HA_CF, calls, fence, start, there, DEVICE  # noqa: E402

# As 3.0.6 reads times.
PAIR = HA_CF.replace("alpha bravo charlie", "alpha bravo").replace("deadtime 2s", "deadtime 2").replace("initdead 3", "initdead 5")
PLACE = "/usr/libexec/heartbeat/"
OLD = r'''
import os, re, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect("/run/heartbeat/register")
def put(*fields):
    body = (">>>\n" + "".join(f + "\n" for f in fields) + "<<<\n\0").encode()
    s.sendall(struct.pack("=iI", len(body), 0xabcd) + body)
def exactly(n):
    got = b""
    while len(got) < n:
        part = s.recv(n - len(got))
        if not part:
            sys.exit(0)
        got += part
    return got
def get():
    size, magic = struct.unpack("=iI", exactly(8))
    text = exactly(size).decode("latin1")
    return dict(re.findall(r"^(?:\d+:\(0\))?(\w+)=(.*?),?$", text, re.M))  # either form
put("t=hbapi-req", "reqtype=signon", "dest=x", f"pid={os.getpid()}", "from_id=stonithd", "uid=0", "gid=0")
while (m := get()).get("t") != "hbapi-resp":
    pass
print("signon", m.get("result"), flush=True)
for at, asked in enumerate(sys.argv[1:]):
    put("t=stit", f"node={asked}", "optype=1", "timeout=20000", f"callid={-7 - at}")
while True:
    m = get()
    if m.get("t") in ("whocanst", "stit", "rstit", "icanst", "icantst") and m.get("src") != os.uname().nodename:
        print(m["t"], m.get("node"), m.get("optype"), m.get("callid"), m.get("frc"), flush=True)
        if m["t"] == "whocanst" and m["node"] == "victim":
            put("t=icanst", "callid=" + m["callid"], "dest=" + m["src"])
        if m["t"] == "stit" and m["node"] == "victim":
            put("t=rstit", "frc=0", "callid=" + m["callid"], "dest=" + m["src"])
'''


def started(lab, *nodes):
    for node in nodes:
        node.start_heartbeat()
    for node in nodes:
        lab.wait(lambda node=node: all(node.run(f"cl_status nodestatus {n.name}").stdout.strip() == "active" for n in nodes), 60,
                 f"all live, as {node.name} sees it")


def at_the_old_heartbeat(lab):
    """Ours at 3.0.6 on the other node: it helps, and is helped."""
    alpha, bravo = lab.node("alpha"), lab.node("bravo", "debian")
    for path in (PLACE + "stonithd", PLACE + "stonith-device", "/usr/sbin/hb_fence", "/usr/lib/stonith/plugins/stonith2/null.so"):
        bravo.write(path, alpha.path(path).read_bytes(), 0o755)
    alpha.configure(PAIR)
    bravo.configure(PAIR.replace("/usr/lib/heartbeat/", PLACE))
    started(lab, alpha, bravo)
    for node in (alpha, bravo):
        there(lab, node, alpha, bravo)
    for helper, asker in ((bravo, alpha), (alpha, bravo)):
        fence(helper, "start", "d", "null", "hostlist=victim")
        need(fence(asker, "who", "victim").split() == [helper.name], "who can")
        need(f"done by {helper.name}" in fence(asker, "fence", "victim"), f"{helper.name} helps")
        fence(helper, "stop", "d")


def with_an_old_one(lab):
    """The other one's words are those of 2.1, and its heartbeat is 3.0.6."""
    alpha, bravo = lab.node("alpha"), lab.node("bravo", "debian")
    alpha.write("/usr/lib/stonith/plugins/external/recorder", DEVICE, 0o755)
    alpha.configure(PAIR)
    bravo.configure("".join(line for line in PAIR.splitlines(True) if "respawn" not in line))
    bravo.write("/old.py", OLD)
    started(lab, alpha, bravo)
    there(lab, alpha, alpha)
    helper = bravo.spawn("exec /usr/bin/python3 /old.py >/tmp/helper 2>&1")
    lab.wait(lambda: "signon ok" in bravo.run("cat /tmp/helper").stdout.lower(), 30, "it has signed on")
    need(fence(alpha, "-t", "8", "who", "victim").split() == ["bravo"], "it can")
    need("done by bravo" in fence(alpha, "fence", "victim"), "it does it")
    need(bravo.run("cat /tmp/helper").stdout.count("stit victim 1") == 1, f"once: {bravo.read('/tmp/helper')}")
    # It does not say what it cannot do: the time passes.
    fence(alpha, "-t", "3", "fence", "other", code=3)
    helper.terminate()
    helper.wait(30)
    # It asks: everybody, at once.
    start(alpha, "a")
    asker = bravo.spawn("exec /usr/bin/python3 /old.py VICTIM nobody >/tmp/asker 2>&1")
    lab.wait(lambda: "rstit" in bravo.run("cat /tmp/asker").stdout, 30, "an answer")
    need(calls(alpha) == ["a reset victim"], f"{calls(alpha)}")
    need([line for line in bravo.run("cat /tmp/asker").stdout.splitlines() if "rstit" in line] == ["rstit VICTIM None -7 0"],
         f"success, and nothing of the node that nobody can fence: {bravo.read('/tmp/asker')}")
    asker.terminate()
    asker.wait(30)


if __name__ == "__main__":
    sys.exit(main("stonithd-peers", [at_the_old_heartbeat, with_an_old_one], __doc__, jobs=2))
