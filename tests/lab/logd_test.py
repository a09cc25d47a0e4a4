#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ha_logd and ha_logger: beside Debian's, under load, with hostile clients, full disks and rotation."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import installs  # noqa: E402
from lab.share import share  # noqa: E402
from lab.suite import main_in_one_lab, need  # noqa: E402

LOGD = "/usr/lib/heartbeat/ha_logd"
CONF = "logfile /var/log/L\ndebugfile /var/log/D\nlogfacility none\n"
LOG, DEBUG = "/var/log/L", "/var/log/D"
GLUE = {"LD_LIBRARY_PATH": "/glue/usr/lib:/glue/usr/lib/x86_64-linux-gnu"}
SOCKET = "/var/lib/heartbeat/log_daemon"
STAMP = r"^[A-Z][a-z][a-z] \d\d \d\d:\d\d:\d\d {} "


def frame(text=b"hi\0", priority=6, word=1, entity=b"ent", pid=4, magic=0xabcd, length=None):
    body = struct.pack("6i", 2, 8, priority, len(text), word, pid) + entity.ljust(64, b"\0")
    body += struct.pack("L", 0) + text
    return struct.pack("iI", len(body) if length is None else length, magic) + body


def connect(node):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    # The path in /proc is longer than a socket address may be.
    here = os.open(node.path(os.path.dirname(SOCKET)), os.O_PATH)
    s.connect(f"/proc/self/fd/{here}/{os.path.basename(SOCKET)}")
    os.close(here)
    return s


def start(node, conf=CONF):
    node.write("/etc/logd.cf", conf)
    node.run([LOGD, "-d"], check=True)
    node.lab.wait(lambda: pids(node, "write") and pids(node, "read"), 10, "both processes have their names")


def pids(node, what):
    return [pid for pid, words in node.processes().items() if words and words[0] == f"ha_logd: {what} process"]


def commands(ours, _debian):
    done = ours.run([LOGD, "-s"])
    need((done.returncode, done.stdout) == (3, "logging daemon is stopped.\n"), f"-s stopped: {done}")
    done = ours.run([LOGD, "-k"])
    need((done.returncode, done.stderr) == (0, "ha_logd already stopped.\n"), f"-k stopped: {done}")
    done = ours.run(["ha_logger", "x"])
    need((done.returncode, done.stderr) == (1, "logd is not running\n"), f"ha_logger alone: {done}")
    ours.write("/etc/bad.cf", "logfile /var/log/L\nfoo bar\n")
    done = ours.run([LOGD, "-d", "-c", "/etc/bad.cf"])
    need(done.returncode == 6 and done.stderr ==
         "Illegal directive [foo] in /etc/bad.cf\nConfig file [/etc/bad.cf] is incorrect.\n", f"bad file: {done}")
    start(ours)
    pid = ours.read("/run/logd.pid")
    need(len(pid) == 11 and pid.endswith("\n"), f"pid file {pid!r}")
    done = ours.run([LOGD, "-s"])
    need((done.returncode, done.stdout) == (0, f"logging daemon is running [pid = {pid.strip()}].\n"), f"-s: {done}")
    need(ours.run([LOGD, "-d"]).returncode == 0 and len(pids(ours, "read")) == 1, "started twice")
    ours.run([LOGD, "-k"], check=True)
    need(not ours.exists("/run/logd.pid") and not ours.exists(SOCKET), "files are left behind")
    ours.write("/run/logd.pid", "     99999\n")
    done = ours.run([LOGD, "-s"])
    need((done.returncode, done.stdout) == (1, "logging daemon is stopped: /var/run/logd.pid exists.\n"), f"{done}")


def lines(ours, debian):
    """The same calls leave the same lines, whoever sends and whoever writes."""
    debian.write("/ours/ha_logger", ours.path("/usr/sbin/ha_logger").read_bytes(), 0o755)
    for node in (ours, debian):
        node.remove(LOG), node.remove(DEBUG)
        start(node)
        # The old one is back from -d before it listens; lines of "logd" are not compared.
        node.lab.wait(lambda node=node: node.run(["ha_logger", "-t", "logd", "?"]).returncode == 0, 10, "logd listens")
        loggers = ("ha_logger", "/glue/usr/sbin/ha_logger" if node is ours else "/ours/ha_logger")
        for logger in loggers:
            env = GLUE if logger == "/glue/usr/sbin/ha_logger" else None
            for args, text in ((["-t", "tag", "hello"], None), (["-t", "ta g", "-D", "ha-debug", "dbg"], None),
                               (["one"], None), (["-t", "in"], "a\nb\n\nc"), (["-t", "y" * 80, "x"], None)):
                node.run([logger, *args], check=True, input=text, env=env)
        node.wait_log(r"(?s)( y+: \[\d+\]: x\n.*){2}", 10, path=LOG)
        node.run([LOGD, "-k"], check=True, timeout=20)
        node.wait_log("Exiting write process", 10, path=LOG)

    def told(node, path):
        own = [line.split(" ", 4)[4] for line in node.read(path).splitlines()]
        return [line.split(": [")[0] + line[line.index("]"):] for line in own
                if not line.startswith("logd:")]
    for path in (LOG, DEBUG):
        need(told(ours, path) == told(debian, path), f"{path}: {told(ours, path)} and {told(debian, path)}")


def arguments_are_one_line(ours, _debian):
    start(ours)
    ours.run(["ha_logger", "-t", "tag", "hello", "-there", "you"], check=True)
    ours.wait_log(STAMP.format("alpha") + r"tag: \[\d+\]: hello -there you$", 10, path=LOG)


def hangup_and_rotation(ours, _debian):
    start(ours)
    ours.run("mv /var/log/L /var/log/L.1")
    ours.signal(signal.SIGHUP, pids(ours, "read"))
    ours.wait_log("info: SIGHUP received, re-opened log files", 10, path=LOG)
    ours.run("mv /var/log/L /var/log/L.2")
    ours.lab.wait(lambda: ours.run(["ha_logger", "later"]) and "later" in ours.log(LOG), 10,
                  "a file moved away is made anew without a signal", every=0.2)


def format_and_mode(ours, _debian):
    start(ours, "LOGFILE /var/log/M # mine\nlogmode 0600\nsyslogmsgfmt no\nlogfacility none\nentity boss\nuseapphbd no\n")
    ours.run(["ha_logger", "-t", "tag", "x"], check=True)
    ours.wait_log(r"^tag\[\d+\]: \d{4}/\d\d/\d\d_\d\d:\d\d:\d\d x$", 10, path="/var/log/M")
    ours.wait_log(r"^boss\[\d+\]: \S+ info: logd started with /etc/logd.cf.$", 1, path="/var/log/M")
    need(ours.path("/var/log/M").stat().st_mode & 0o777 == 0o600, "mode of the file")


def hostile_clients(ours, _debian):
    start(ours)
    good = connect(ours)
    half = connect(ours)
    half.sendall(frame()[:20])
    for bytes_ in (frame(magic=1), frame(length=-1), frame(length=10 ** 9), struct.pack("iI", 3, 0xabcd) + b"abc",
                   b"\0" * 5000):
        bad = connect(ours)
        bad.sendall(bytes_)
        try:
            need(bad.recv(1) == b"", f"{bytes_[:16]!r}: not closed")
        except ConnectionResetError:
            pass
    good.sendall(frame(b"one\ntwo\x1b\0") + frame(b"no end", priority=99) + frame(b"x" * 20000 + b"\0"))
    ours.wait_log(r"ent: \[4\]: info: one\n.* ent: \[4\]: info: two\?\n.* ent: \[4\]: ERROR: no end\n"
                  r".* ent: \[4\]: info: x{8189}\.\.\.$", 10, path=LOG)
    half.sendall(frame()[20:])
    ours.wait_log(r"ent: \[4\]: info: hi$", 10, path=LOG)


def nothing_is_lost(ours, _debian):
    """The writer stands still: clients wait; it dies: another one goes on."""
    start(ours, CONF + "sendqlen 4\nrecvqlen 4\n")
    writer = pids(ours, "write")
    ours.signal(signal.SIGSTOP, writer)
    s = connect(ours)
    s.settimeout(0.5)
    count = 0
    try:
        while count < 20000:
            s.sendall(frame(b"%06d" % count + b"." * 94 + b"\0"))
            count += 1
    except TimeoutError:
        pass
    need(count < 20000, "the client was never held up")
    s.settimeout(60)
    ours.signal(signal.SIGCONT, writer)
    s2 = connect(ours)
    s2.sendall(frame(b"the other\0"))
    ours.wait_log("the other", 20, path=LOG)
    ours.wait_log(f"{count - 1:06d}", 20, path=LOG)
    numbers = [line.split(": ")[3][:6] for line in ours.read(LOG).splitlines() if " ent: " in line and "...." in line]
    need(numbers == [f"{n:06d}" for n in range(count)], f"{len(numbers)} of {count} lines")
    ours.signal(signal.SIGKILL, writer)
    ours.wait_log("ERROR: the write process died", 20, path=LOG)
    s2.sendall(frame(b"after the death\0"))
    ours.wait_log("after the death", 20, path=LOG)


def end_writes_all(ours, _debian):
    start(ours)
    s = connect(ours)
    s.sendall(b"".join(frame(b"%05d\0" % n) for n in range(3000)))
    ours.signal(signal.SIGTERM, pids(ours, "read"))
    ours.wait_log("info: Exiting write process$", 20, path=LOG)
    text = ours.read(LOG)
    need("info: 02999" in text and "logd_term_write_action: received SIGTERM" in text, "lines are missing")


def full_disk(ours, _debian):
    ours.run("mkdir -p /small && mount -t tmpfs -o size=16k none /small", check=True)
    start(ours, "logfile /small/L\ndebugfile /var/log/D\nlogfacility none\n")
    s = connect(ours)
    for _ in range(200):
        s.sendall(frame(b"z" * 150 + b"\0"))
    ours.wait_log("ERROR: cannot log to /small/L: No space left", 10, path=DEBUG)
    ours.run("rm /small/L", check=True)
    ours.lab.wait(lambda: ours.run(["ha_logger", "again"]) and "works again" in ours.log(DEBUG), 15,
                  "the file is used again", every=0.3)


def daemon_logs_through(ours, debian):
    """use_logd: our daemon by our logd and by Debian's, Debian's daemon by our logd."""
    ha_cf = "use_logd yes\nkeepalive 200ms\ndeadtime 1500ms\ninitdead 2\nbcast eth0\nauto_failback on\nnode {}\n"
    for node in (ours, debian):
        node.configure(ha_cf.format(node.name))
    start(ours)
    ours.start_heartbeat()
    ours.wait_log(r"heartbeat: \[\d+\]: info: .*[Ii]nitial resource acquisition complete", 30, path=LOG)
    ours.stop_heartbeat()
    ours.wait_log(r"heartbeat: \[\d+\]: info: alpha Heartbeat shutdown complete", 10, path=LOG)
    ours.run([LOGD, "-k"], check=True)
    ours.remove(LOG)
    there = ours.spawn(["/glue" + LOGD], env=GLUE)
    ours.lab.wait(lambda: ours.run(["ha_logger", "up"]).returncode == 0, 10, "Debian's logd")
    ours.start_heartbeat()
    ours.wait_log(r"heartbeat: \[\d+\]: info: .*Local status now set to: 'up'", 30, path=LOG)
    ours.stop_heartbeat()
    there.terminate()
    debian.write("/ours/ha_logd", ours.path(LOGD).read_bytes(), 0o755)
    debian.remove(LOG)
    debian.write("/etc/logd.cf", CONF)
    debian.run(["/ours/ha_logd", "-d"], check=True)
    debian.start_heartbeat()
    debian.wait_log(r"heartbeat: \[\d+\]: info: Local status now set to: 'up'", 30, path=LOG)
    debian.crash_heartbeat()  # its orderly stop alone takes longer than all of this


def init_script(ours, _debian):
    script = "/etc/init.d/logd"
    ours.write("/etc/logd.cf", CONF)
    for verb, code, text in (("status", 3, "stopped"), ("stop", 0, "Done."), ("reload", 3, ""), ("try-restart", 0, ""),
                             ("start", 0, "Done."), ("start", 0, "Done."), ("status", 0, "running"), ("reload", 0, ""),
                             ("restart", 0, "Done."), ("try-restart", 0, "Done."), ("stop", 0, "Done."),
                             ("status", 3, "stopped"), ("foo", 1, "Usage:"), ("", 1, "Usage:")):
        done = ours.run([script, verb])
        need(done.returncode == code and text in done.stdout, f"{verb}: {done}")
        if verb == "reload" and code == 0:
            ours.wait_log("SIGHUP received", 10, path=LOG)  # before the next signal
    ours.write("/etc/logd.cf", "foo\n")
    done = ours.run([script, "start"])
    need(done.returncode == 6 and "Failed." in done.stdout, f"a bad file: {done}")


def one_user_is_not_all(ours, _debian):
    """What one user opens does not keep the others out; while the disk stands still, nothing spins."""
    start(ours)
    ours.write("/many.py", f"""
import os, socket, sys
os.setuid(65534)
made = []
for _ in range(300):
    s = socket.socket(socket.AF_UNIX); s.connect({SOCKET!r}); made.append(s)
print("ready", flush=True)
sys.stdin.read()
""")
    many = ours.spawn([sys.executable, "/many.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    need(many.stdout.readline() == "ready\n", "300 connections")
    ours.run(["ha_logger", "still heard"], check=True)
    ours.wait_log("still heard", 10, path=LOG)
    many.communicate()


def no_spinning(ours, _debian):
    start(ours, CONF + "sendqlen 1\nrecvqlen 1\n")
    writer, reader = pids(ours, "write"), pids(ours, "read")
    ours.signal(signal.SIGSTOP, writer)
    s = connect(ours)
    s.settimeout(0.5)
    try:
        while True:
            s.sendall(frame(b"." * 1000 + b"\0"))
    except TimeoutError:
        pass
    s.close()

    def used():
        return sum(int(n) for n in Path(f"/proc/{reader[0]}/stat").read_text().rsplit(")", 1)[1].split()[11:13])
    before = used()
    time.sleep(1)
    need(used() - before < 50, "the reading process runs while there is nothing to do")  # hundredths of a second
    ours.signal(signal.SIGCONT, writer)


def silent(node):
    node.signal(signal.SIGKILL, [pid for pid, words in node.processes().items() if "ha_logd" in words[0]])
    node.lab.wait(lambda: not pids(node, "write") and not pids(node, "read"), 10, "ha_logd is gone")
    for path in (LOG, DEBUG, "/run/logd.pid", SOCKET):
        node.remove(path)


CASES = (init_script, one_user_is_not_all, no_spinning, commands, lines, arguments_are_one_line, hangup_and_rotation, format_and_mode, hostile_clients,
         nothing_is_lost, end_writes_all, full_disk, daemon_logs_through)


def prepare(lab):
    ours, debian = lab.node("alpha"), lab.node("bravo", kind="debian")
    share(ours, installs.layer("debian"), "/glue")
    return ours, debian


def clean(*nodes):
    for node in nodes:
        silent(node)


if __name__ == "__main__":
    sys.exit(main_in_one_lab("logd", CASES, prepare, __doc__, after=clean))
