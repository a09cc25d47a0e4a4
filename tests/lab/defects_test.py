#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the old daemon got wrong on one machine or two, and bad input of all kinds: one clear line, and the safe thing.

What it got wrong between nodes (standby, takeover, restart) is judged by the recorded scenarios: vectors_test.py.
"""

import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Skip, installs  # noqa: E402
from lab.suite import main, need  # noqa: E402

ADDRESS = "10.77.0.100"
BASE = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 500ms
deadtime 1
initdead 2
bcast eth0
auto_failback on
node alpha bravo
"""
ALONE = BASE.replace("node alpha bravo", "node alpha")
GROUP = f"alpha IPaddr2::{ADDRESS}/24/eth0\n"


def alone(lab, ha_cf=ALONE, haresources="", authkeys=None):
    node = lab.node("alpha")
    if authkeys is None:
        node.configure(ha_cf, haresources)
    else:
        node.configure(ha_cf, haresources, authkeys)
    return node


def pair(lab, ha_cf=BASE, haresources=GROUP, start=True):
    nodes = lab.nodes("alpha", "bravo")
    for node in nodes:
        node.configure(ha_cf, haresources)
        if start:
            node.start_heartbeat()
    if start:
        lab.wait(lambda: [n.rscstatus() for n in nodes] == ["local", "local"], 20, "both are at rest")
    return nodes


def refused(node, text, code=(6,)):
    """heartbeat does not start, says TEXT, and leaves nothing behind."""
    done = node.start_heartbeat(check=False)
    need(done.returncode in code, f"exit {done.returncode}, not {code}: {done.stderr[-300:]}")
    need(text in done.stderr, f"'{text}' is not in: {done.stderr[-600:]}")
    need(node.master_pid() is None, "it runs all the same")


# What was wrong.


def broken_file_at_reload(lab):
    """authkeys, then ha.cf, then haresources are broken at HUP: reported, and nothing changes."""
    alpha, bravo = pair(lab)
    pid = alpha.master_pid()
    for path, text, said in (
        ("/etc/ha.d/authkeys", "auth 7\n", "the old keys stay"),
        ("/etc/ha.d/ha.cf", BASE + "nonsense here\n", "Config errors"),
    ):
        good = alpha.read(path)
        mark = alpha.log_mark()
        time.sleep(1.1)  # the file's time is compared in seconds
        alpha.write(path, text, 0o600)
        alpha.signal(signal.SIGHUP, [pid])
        alpha.wait_log(said, 10, since=mark)
        alpha.write(path, good, 0o600)
        need(alpha.master_pid() == pid, f"the daemon did not survive a broken {path}")
    need(alpha.run("heartbeat -r").returncode == 0, "heartbeat -r with good files")
    alpha.wait_log("restart exec|Configuration unchanged|Rereading", 10)
    lab.wait(lambda: alpha.rscstatus() == "local" and alpha.has_address(ADDRESS), 10, "alpha serves on")
    mark = alpha.log_mark()
    alpha.write("/etc/ha.d/haresources", "nobody TrX\n")
    alpha.run("hb_standby foreign")
    alpha.wait_log("has errors: the groups stay", 10, since=mark)
    need(alpha.has_address(ADDRESS), "the address went away")


def different_keys(lab):
    """Nodes with different keys: both alone, and both say loudly why, whoever is there first."""
    alpha, bravo = pair(lab, start=False)
    bravo.write("/etc/ha.d/authkeys", "auth 1\n1 sha1 another\n", 0o600)
    alpha.write("/etc/ha.d/authkeys", "auth 1\n1 sha1 one\n", 0o600)
    alpha.start_heartbeat()
    alpha.wait_log("node bravo.*: is dead", 20)
    bravo.start_heartbeat()
    for node in (alpha, bravo):
        node.wait_log("CRIT: node .* seems dead, but datagrams with a signature of other keys come from 10.77.0", 20)


def hanging_script(lab):
    """script_timeout ends a script that hangs; the group is given up, the node is not stuck."""
    alpha = alone(lab, ALONE + "script_timeout 1\n", "alpha Hang\n")
    alpha.write("/etc/ha.d/resource.d/Hang",
                "#!/bin/sh\ncase $1 in status) echo stopped ;; start) sleep 1000 ;; stop) exit 0 ;; esac\n", 0o755)
    alpha.start_heartbeat()
    alpha.wait_log("Hang start runs longer than script_timeout", 20)
    alpha.wait_log("Giving up resources due to failure of Hang", 20)
    lab.wait(lambda: alpha.rscstatus() == "local", 10, "the node comes to rest")
    need(not any("sleep" in " ".join(words) for words in alpha.processes().values()), "the script still hangs there")


def stale_pid_file(lab):
    """A pid file of a dead or foreign process: stopped, exit 1; and a start works."""
    alpha = alone(lab)
    for pid in ("1", "99999"):
        alpha.write("/var/run/heartbeat.pid", f"{pid:>10}\n")
        done = alpha.run("heartbeat -s")
        need(done.returncode == 1 and "stopped" in done.stdout, f"pid {pid}: {done.returncode} {done.stdout}")
    alpha.start_heartbeat()
    done = alpha.run("heartbeat -s")
    need(done.returncode == 0 and "heartbeat OK [pid" in done.stdout, f"running: {done.returncode} {done.stdout}")
    alpha.stop_heartbeat()
    done = alpha.run("heartbeat -s")
    need(done.returncode == 3 and done.stdout == "heartbeat is stopped. No process\n",
         f"stopped: {done.returncode} {done.stdout}")


def prompt_answers(lab):
    """Clients are answered at once, not at the next heartbeat."""
    alpha = alone(lab, ALONE.replace("keepalive 200ms", "keepalive 5").replace("deadtime 1", "deadtime 20")
                  .replace("initdead 2", "initdead 20"))
    alpha.start_heartbeat()
    lab.wait(lambda: alpha.rscstatus() == "local", 15, "alpha is up")
    begin = time.monotonic()
    for _ in range(10):
        need(alpha.run("cl_status nodestatus alpha").stdout == "active\n", "nodestatus")
    each = (time.monotonic() - begin) / 10
    need(each < 2, f"an answer took {each * 1000:.0f} ms with keepalive 5 s")


def lone_node_stops(lab):
    """One node, auto_failback on: it comes to rest, and stops when told to."""
    alpha = alone(lab, haresources=GROUP)
    alpha.start_heartbeat()
    lab.wait(lambda: alpha.has_address(ADDRESS), 10, "alpha serves")
    need(alpha.run("heartbeat -k", timeout=20).returncode == 0, "heartbeat -k")
    need(not alpha.has_address(ADDRESS), "the address stayed")
    need(alpha.log().rstrip().endswith("alpha Heartbeat shutdown complete."), "the last line of the log")
    need(not alpha.exists("/var/run/heartbeat.pid"), "the pid file stayed")


# Bad input.


def readable_keys(lab):
    alpha = alone(lab)
    alpha.write("/etc/ha.d/authkeys", "auth 1\n1 crc\n", 0o644)
    refused(alpha, "Bad permissions on keyfile")
    need("600 recommended" in alpha.run("heartbeat").stderr, "the advice")


def unknown_node(lab):
    alpha = alone(lab, BASE, "lisa IPaddr2::10.77.0.9/24/eth0\n")
    refused(alpha, "Bad nodename in")
    done = alpha.run("heartbeat --check")
    need(done.returncode == 1 and "/etc/ha.d/haresources:1:1: error:" in done.stdout, done.stdout)


def missing_interface(lab):
    alpha = alone(lab, ALONE.replace("bcast eth0", "bcast eth7"))
    refused(alpha, "eth7")


def not_in_cluster(lab):
    alpha = alone(lab, ALONE.replace("node alpha", "node bravo charlie"))
    refused(alpha, "Current node [alpha] not in configuration!")


def port_in_use(lab):
    """The daemon waits for the port for a while, then says so and ends."""
    alpha = alone(lab)
    holder = alpha.spawn(["/usr/bin/python3", "-c",
                          "import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                          "s.bind(('0.0.0.0', 694))\ntime.sleep(100)"])
    try:
        lab.wait(lambda: ":02B6" in alpha.run("cat /proc/net/udp").stdout, 10, "the port is taken")
        refused(alpha, "694", code=(1,))
    finally:
        alpha.signal(signal.SIGKILL, list(alpha.processes()))
        holder.wait()


def full_disk_under_the_log(lab):
    """The log's file system is full: said once, and the service is not touched."""
    alpha = alone(lab, ALONE.replace("/var/log/ha-log", "/full/ha-log").replace("/var/log/ha-debug", "/full/ha-debug"),
                  GROUP)
    alpha.run("mkdir -p /full && mount -t tmpfs -o size=4k tmpfs /full && head -c 4096 /dev/zero >/full/fill", check=True)
    alpha.start_heartbeat()
    lab.wait(lambda: alpha.has_address(ADDRESS), 10, "alpha serves with a full disk under its log")
    alpha.run("rm /full/fill")
    alpha.run("cl_status nodestatus bravo")
    need(alpha.run("heartbeat -k", timeout=20).returncode == 0, "heartbeat -k")


def full_disk_under_the_generation(lab):
    """A generation that cannot be kept would lock this node out after its next start: it does not start."""
    alpha = alone(lab)
    alpha.run("mount -t tmpfs -o size=4k tmpfs /var/lib/heartbeat && head -c 4096 /dev/zero >/var/lib/heartbeat/fill",
              check=True)
    refused(alpha, "hb_generation", code=(1,))


def script_not_executable(lab):
    alpha = alone(lab, haresources="alpha Broken\n")
    alpha.write("/etc/ha.d/resource.d/Broken", "#!/bin/sh\necho running\n", 0o644)
    alpha.start_heartbeat()
    alpha.wait_log("ERROR: Cannot locate resource script Broken", 15)
    lab.wait(lambda: alpha.rscstatus() == "local", 20, "the node comes to rest")


def script_with_bad_interpreter(lab):
    if installs.with_valgrind():
        raise Skip("valgrind does not show us the memory of a child before its exec")
    alpha = alone(lab, haresources="alpha Broken\n")
    alpha.write("/etc/ha.d/resource.d/Broken", "#!/no/such/shell\n", 0o755)
    alpha.start_heartbeat()
    alpha.wait_log("cannot run .*Broken", 15)
    lab.wait(lambda: alpha.rscstatus() == "local", 20, "the node comes to rest")


def fifo_garbage(lab):
    """Root writes nonsense into the FIFO: one line, and it goes on."""
    alpha = alone(lab)
    alpha.start_heartbeat()
    lab.wait(lambda: alpha.rscstatus() == "local", 15, "alpha is up")
    alpha.run("printf '>>>\\nnot a field\\n<<<\\nrubbish\\n###\\n9:garbage' >/var/lib/heartbeat/fifo")
    alpha.run("head -c 70000 /dev/urandom >/var/lib/heartbeat/fifo")
    alpha.run("head -c 70000 /dev/zero >/var/lib/heartbeat/fifo")
    need(alpha.run("hb_standby local").returncode == 0, "hb_standby after garbage")
    alpha.wait_log("wants to go standby|No reply to standby request|in flux", 10)
    need(alpha.rscstatus() == "local", "the daemon answers")


TESTS = [broken_file_at_reload, different_keys, hanging_script, stale_pid_file, prompt_answers, lone_node_stops,
         readable_keys, unknown_node, missing_interface, not_in_cluster, port_in_use, full_disk_under_the_log,
         full_disk_under_the_generation, script_not_executable, script_with_bad_interpreter, fifo_garbage]

if __name__ == "__main__":
    sys.exit(main("defects", TESTS, __doc__, jobs=5))
