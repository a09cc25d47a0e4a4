#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""apphbd, apphbtest and cl_respawn: promises kept and broken, Debian's programs beside ours, hostile clients."""

import os
import re
import signal
import socket
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import installs  # noqa: E402
from lab.share import share  # noqa: E402
from lab.suite import main_in_one_lab, need  # noqa: E402

PLACE = "/usr/libexec/heartbeat/"
APPHBD = PLACE + "apphbd"
SOCKET = "/run/heartbeat/apphb.comm"
LOG, DEBUG = "/var/log/al", "/var/log/ad"
CONF = f"realtime no\ndebug_level 3\nlogfile {LOG}\ndebugfile {DEBUG}\n"
GLUE = {"LD_LIBRARY_PATH": "/glue/usr/lib:/glue/usr/lib/x86_64-linux-gnu"}
LIMIT = """#!/bin/sh
echo "$@" >>/noted
sleep 0.1
exit "$1"
"""


def frame(body, magic=0xabcd, length=None):
    return struct.pack("iI", len(body) if length is None else length, magic) + body


def fixed(text, size):
    return text.encode().ljust(size, b"\0")


def number(kind, value):
    return fixed(kind, 8) + struct.pack("L", value)


def registration(name="app", instance="inst", pid=77):
    return fixed("reg", 8) + fixed(name, 256) + fixed(instance, 256) + fixed("/", 256) + struct.pack("iII", pid, 0, 0)


class Peer:
    def __init__(self, node):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(60)
        here = os.open(node.path(os.path.dirname(SOCKET)), os.O_PATH)
        self.s.connect(f"/proc/self/fd/{here}/{os.path.basename(SOCKET)}")
        os.close(here)

    def ask(self, body):
        self.s.sendall(frame(body))
        answer = self.s.recv(100)
        need(len(answer) == 12 and answer[:8] == struct.pack("iI", 4, 0xabcd), f"answer {answer!r}")
        return struct.unpack("i", answer[8:])[0]

    def beat(self):
        self.s.sendall(frame(fixed("hb", 8)))

    def closed(self):
        try:
            return self.s.recv(1) == b""
        except ConnectionResetError:
            return True


def start(node, conf=CONF):
    node.write("/etc/apphbd.cf", conf)
    done = node.run([APPHBD, "-c", "/etc/apphbd.cf"])
    need(done.returncode == 0, f"apphbd: {done}")


def commands(node):
    for args, code, err in (([APPHBD, "-s"], 3, "apphbd is stopped.\n"), ([APPHBD, "-k"], 0, ""),
                            ([APPHBD, "-c", "/nosuch"], 6, "Cannot open config file:[/nosuch]"),
                            ([APPHBD, "-x"], 2, "usage: apphbd")):
        done = node.run(args)
        need(done.returncode == code and err in done.stderr and bool(err) == bool(done.stderr), f"{done}")
    for line, err in (("bad x", "Illegal directive [bad] in /bad.cf"),
                      ("watchdog_interval_ms 3", "invalid watchdog_interval_ms [3] specified"),
                      ("debug_level 12", "invalid debug_level [12] specified"),
                      ("notify_plugin nosuch", "cannot load plugin nosuch")):
        node.write("/bad.cf", line + "\n")
        done = node.run([APPHBD, "-c", "/bad.cf"])
        need(done.returncode == 6 and done.stderr.endswith(f"ERROR: {err}\n"), f"{line}: {done}")
    node.write("/bad.cf", CONF + "watchdog_device /nosuch\n")
    done = node.run([APPHBD, "-c", "/bad.cf"])
    need(done.returncode == 1 and "cannot open watchdog /nosuch" in done.stderr, f"{done}")
    start(node)
    pid = node.read("/run/apphbd.pid")
    need(len(pid) == 11, f"pid file {pid!r}")
    done = node.run([APPHBD, "-s"])
    need((done.returncode, done.stderr) == (0, f"apphbd is running [pid: {pid.strip()}]\n"), f"{done}")
    done = node.run([APPHBD, "-c", "/etc/apphbd.cf"])
    need(done.returncode == 0 and f"already running: [pid {pid.strip()}]." in done.stderr, f"{done}")
    node.run([APPHBD, "-r", "-c", "/etc/apphbd.cf"], check=True)
    need(node.read("/run/apphbd.pid") != pid, "-r is another process")
    node.run([APPHBD, "-k"], check=True)
    need(not node.exists("/run/apphbd.pid") and not node.exists(SOCKET), "files are left behind")
    node.wait_log(r"info: apphbd stopped$", 5, path=LOG)


def in_real_time(node):
    """realtime, which is the default: a priority, and memory that stays."""
    for conf, policy in ((CONF, 0), (CONF.replace("realtime no\n", ""), 2), (CONF.replace("realtime no", "realtime yes"), 2)):
        start(node, conf)
        own = int(node.read("/run/apphbd.pid"))
        (pid,) = [pid for pid in node.processes() if node._inner_pid(pid) == own]
        got = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[38])
        locked = int(re.search(r"VmLck:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) > 0
        if os.environ.get("SAN"):  # which does not let its program lock memory
            locked = policy == 2
        need((got, locked) == (policy, policy == 2), f"{conf.split()[:2]}: policy {got}, locked: {locked}")
        node.run([APPHBD, "-k"], check=True)


def answers(node):
    start(node)
    peer = Peer(node)
    for body, want, why in ((number("setint", 300), 3, "before reg"), (registration(), 0, "reg"),
                            (registration(), 17, "twice"), (number("setint", 300), 0, "setint"),
                            (number("setwarn", 100), 0, "setwarn"), (number("setint", 0), 0, "no interval"),
                            (number("setint", 2 ** 63), 22, "too long"), (number("setboot", 0), 0, "setboot"),
                            (fixed("foo", 8), 22, "unknown"), (b"hb", 22, "short"), (b"", 22, "empty"),
                            (number("setint", 5)[:10], 22, "cut"), (fixed("unreg", 8), 0, "unreg"),
                            (fixed("unreg", 8), 3, "unreg twice"), (registration("", ""), 22, "no name"),
                            (registration(pid=-1), 22, "no pid"), (registration()[:700], 22, "cut reg"),
                            (registration("a" * 256, "\x1b"), 0, "a name without an end")):
        got = peer.ask(body)
        need(got == want, f"{why}: {got}, want {want}")
    node.wait_log(r"debug: apphb_client_register: client: \[app\]/\[inst\] pid 77 \(uid,gid\) = \(0,0\)", 5, path=DEBUG)
    node.wait_log(r"debug: apphb_process_msg: client: .* type=setint", 5, path=DEBUG)
    for junk in (b"\0" * 4000, frame(b"x", magic=1), frame(b"x", length=-1), frame(b"x", length=1 << 20)):
        other = Peer(node)
        other.s.sendall(junk)
        need(other.closed(), f"{junk[:12]!r} is not closed")
    need(peer.ask(number("setint", 1000)) == 0, "the others are served on")


def promises(node):
    """Late, failed, resumed, hangup, and what the notified program is told."""
    node.write("/notify", LIMIT.replace("exit", "#"), 0o755)
    start(node, CONF + "notify_plugin /notify\n")
    peer = Peer(node)
    peer.ask(registration())
    peer.ask(number("setwarn", 1))
    who = r"apphb client 'app' / 'inst' \(pid 77\) "
    node.lab.wait(lambda: peer.beat() or "late heartbeat" in node.log(LOG), 10, "a late heartbeat", every=0.02)
    node.wait_log(rf"info: {who}late heartbeat: \d+ ms$", 1, path=LOG)
    need("failed to" not in node.log(LOG), "failed without an interval")
    peer.ask(number("setint", 100))
    node.wait_log(f"WARN: {who}failed to heartbeat$", 10, path=LOG)
    peer.ask(number("setint", 60000))
    peer.beat()
    node.wait_log(f"info: {who}resumed heartbeats$", 10, path=LOG)
    peer.s.close()
    node.wait_log(f"WARN: {who}hangup$", 10, path=LOG)
    node.wait_log(r"info: apphb_client_remove: client: \d+$", 10, path=LOG)
    node.lab.wait(lambda: len(node.read("/noted", default="").splitlines()) >= 3, 10, "the program was told")
    need(sorted(node.read("/noted").splitlines()) ==
         [f"{event} app inst 77 0 /" for event in ("failed", "hangup", "resumed")], node.read("/noted"))
    need(node.log(LOG).count("failed to heartbeat") == 1, "one failure is told once")


def both_sides(node):
    """Debian's test client at our daemon, ours at Debian's."""
    start(node)
    done = node.run(["/glue" + PLACE + "apphbtest", "-n", "3", "-i", "400"], env=GLUE)
    need(done.returncode == 0 and "unregistering" in done.stderr, f"Debian's client: {done}")
    done = node.run([PLACE + "apphbtest", "-n", "4", "-i", "200", "-p", "2"])
    need(done.returncode == 0 and done.stderr.count("unregistering") == 2, f"our client: {done}")
    need("hangup" not in node.log(LOG), "who takes leave has not hung up")
    node.run([PLACE + "apphbtest", "-F", "-n", "4", "-i", "100"], check=True)
    for text in ("WARN: .* failed to heartbeat", "resumed heartbeats", "WARN: .* hangup"):
        node.wait_log(text, 10, path=LOG)
    node.run([APPHBD, "-k"], check=True)
    node.run(f"exec /glue{APPHBD} -c /etc/apphbd.cf >/dev/null 2>&1", env=GLUE)
    node.lab.wait(lambda: node.exists(SOCKET), 10, "Debian's apphbd")
    done = node.run([PLACE + "apphbtest", "-n", "3", "-i", "400"])
    need(done.returncode == 0 and "unregistering" in done.stderr, f"our client at Debian's: {done}")


def watchdog(node):
    """A stand-in for the device: patted while it runs, told of an orderly end, not of a kill."""
    conf = CONF + "watchdog_device /dog\nwatchdog_interval_ms 50\n"
    node.write("/dog", "")
    start(node, conf)
    # Each pat is written at the place of the last one's end.
    node.lab.wait(lambda: len(node.read("/dog")) > 3, 10, "pats")
    need(set(node.read("/dog")) == {"\n"}, "pats only")
    node.run([APPHBD, "-k"], check=True)
    need(node.read("/dog").endswith("\nV"), "the orderly end is told")
    node.write("/dog", "")
    start(node, conf)
    node.lab.wait(lambda: node.read("/dog"), 10, "pats")
    node.signal(signal.SIGKILL, [p for p in node.helper_pids()])
    need("V" not in node.read("/dog"), "a kill is no orderly end")


def setboot_needs_rights(node):
    start(node)
    node.write("/ask.py", f"""
import os, socket, struct
os.setuid(65534)
s = socket.socket(socket.AF_UNIX); s.connect({SOCKET!r})
for body in ({registration()!r}, {number("setboot", 1)!r}):
    s.sendall(struct.pack("iI", len(body), 0xabcd) + body)
    print(struct.unpack("i", s.recv(100)[8:])[0])
""")
    node.run("chmod 755 /run/heartbeat", check=True)
    done = node.run([sys.executable, "/ask.py"])
    need(done.stdout == "0\n1\n", f"nobody asks for a reboot: {done}")


def setboot_reboots(node):
    """The machine goes down when such a client hangs up.  The last case: the node is off afterwards."""
    start(node)
    peer = Peer(node)
    peer.ask(registration())
    need(peer.ask(number("setboot", 1)) == 0, "setboot as root")
    node.run([APPHBD, "-k"], check=True)
    node.wait_log("info: apphbd stopped", 10, path=LOG)
    need(peer.closed() and node.is_up, "the end of apphbd is no failure of its clients")
    start(node)
    peer = Peer(node)
    peer.ask(registration())
    peer.ask(number("setboot", 1))
    peer.s.close()
    node.lab.wait(lambda: not node.is_up, 20, "the machine goes down")


def respawn_ends(node):
    node.write("/prog", LIMIT, 0o755)
    for args, code, runs in ((["-m", "5", "/prog", "5"], 0, 1), (["/prog", "100"], 0, 1),
                             (["-p", "/p", "-m", "7", "/prog", "7", "-x"], 0, 1)):
        node.write("/noted", "")
        done = node.run(["cl_respawn", *args])
        need(done.returncode == code, f"{args}: {done}")
        need(len(node.read("/noted").splitlines()) == runs, f"{args}: {node.read('/noted')}")
    need(not node.exists("/p"), "the pid file is left behind")
    for args in ([], ["-x"], ["/nosuch"], ["/etc"], ["/etc/passwd"], ["-m", "300", "/prog"], ["-i", "0", "/prog"]):
        need(node.run(["cl_respawn", *args]).returncode == 2, f"{args}: exit code")
    need(node.run("cl_respawn").stderr.count("Please give the program name") == 1, "no program")
    for args in (["-h"], ["--help"], ["-l"]):
        need(node.run(["cl_respawn", *args]).returncode == 0, f"{args}: exit code")
    node.write("/q", "1\n")
    need("cannot get monitored PID" in node.run(["cl_respawn", "-r"]).stderr, "-r without a pid")


def respawn_respawns(node):
    start(node)
    node.write("/prog", LIMIT, 0o755)
    node.write("/noted", "")
    with open(os.devnull, "w", encoding="utf-8") as null:
        process = node.spawn(["cl_respawn", "-i", "100", "-p", "/p", "/prog", "3"], stdout=null, stderr=null)
    node.lab.wait(lambda: len(node.read("/noted").splitlines()) >= 3, 20, "it is started again and again")
    node.wait_log(r"apphb_client_register: client: \[cl_respawn\]", 10, path=DEBUG)
    done = node.run(["cl_respawn", "-p", "/p", "/prog", "3"])
    need(done.returncode == 0 and re.search(r"pidfile \[/p\] says we're already running as pid \[\d+\]", done.stderr),
         f"second one: {done}")
    keeper = [pid for pid, words in node.processes().items() if words[0] == "cl_respawn"]
    node.signal(signal.SIGINT, keeper)
    node.signal(signal.SIGHUP, keeper)
    count = len(node.read("/noted").splitlines())
    node.lab.wait(lambda: len(node.read("/noted").splitlines()) > count, 20, "INT and HUP change nothing")
    node.signal(signal.SIGTERM, keeper)
    process.wait(60)
    need(process.returncode == 0, f"TERM: {process.returncode}")
    need("hangup" not in node.log(LOG), "it took leave of apphbd")


def respawn_recovers(node):
    node.write("/prog", LIMIT, 0o755)
    node.write("/noted", "")
    node.run("sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >/sleeper", check=True)
    pid = node.read("/sleeper").strip()
    process = node.spawn(["cl_respawn", "-m", "9", "-r"], env={"RSP_PID": pid, "RSP_CMD": "/prog 9"})
    node.run(f"sleep 0.3; kill {pid}", check=True)
    need(process.wait(60) == 0 and node.read("/noted") == "9\n", f"recovered: {node.read('/noted')!r}")


def heartbeat_is_watched(node):
    """use_apphbd: registers, beats, fails when it stands still, comes back, registers anew, takes leave."""
    start(node)
    node.configure("logfile /var/log/ha-log\nkeepalive 100ms\nwarntime 400ms\ndeadtime 1\ninitdead 1\nbcast eth0\n"
                   "auto_failback on\nuse_apphbd yes\nnode alpha\n")
    node.start_heartbeat()
    node.wait_log(r"info: registered with apphbd", 20)
    who = r"apphb client 'heartbeat' / 'master_control_process' \(pid \d+\) "
    need("without effect" not in node.log(), "use_apphbd is said to be without effect")
    node.freeze_heartbeat()
    node.wait_log(f"WARN: {who}failed to heartbeat$", 20, path=LOG)
    node.thaw_heartbeat()
    node.wait_log(f"info: {who}resumed heartbeats$", 20, path=LOG)
    mark = node.log_mark()
    node.run([APPHBD, "-k"], check=True)
    node.wait_log("WARN: Unable to register with apphbd. .it is gone", 20, since=mark)
    start(node)
    node.wait_log("info: registered with apphbd", 40, since=mark)
    node.stop_heartbeat()
    node.run([APPHBD, "-k"], check=True)
    need("hangup" not in node.log(LOG), "an orderly end is no hangup")


CASES = (heartbeat_is_watched, commands, in_real_time, answers, promises, both_sides, watchdog, setboot_needs_rights, respawn_ends, respawn_respawns,
         respawn_recovers, setboot_reboots)


def clean(node):
    if not node.is_up:
        return
    node.signal(signal.SIGKILL, [pid for pid, words in node.processes().items()
                                 if "apphbd" in words[0] or "cl_respawn" in words[0]])
    node.lab.wait(lambda: not [1 for words in node.processes().values() if "apphbd" in words[0]], 10, "apphbd is gone")
    for path in (LOG, DEBUG, "/run/apphbd.pid", SOCKET, "/noted", "/p"):
        node.remove(path)


def prepare(lab):
    node = lab.node("alpha")
    share(node, installs.layer("debian"), "/glue")
    return (node,)


if __name__ == "__main__":
    sys.exit(main_in_one_lab("apphb", CASES, prepare, __doc__, after=clean))
