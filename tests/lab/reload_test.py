#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that change while the daemon runs: at odd moments, again and again, with mistakes in them."""

import re
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Skip  # noqa: E402
from lab.daemon import (ADDRESS, ALONE, DAEMON, GROUP, PAIR, alone, at_rest, calls, edit, hup, inner, noted, pair,  # noqa: E402
                        unfit)
from lab.suite import main, need  # noqa: E402


def reload_leaks_nothing(lab):
    """Same pid, same descriptors, resource untouched, real-time priority as the new file says."""
    node = alone(lab, haresources="alpha Noted::a\n", start=False)
    noted(node, start="ls -l /proc/self/fd >/fds")
    node.start_heartbeat()
    lab.wait(lambda: calls(node, "a start") == 1, 20, "the resource runs")
    at_rest(lab, node)
    pid = node.master_pid()

    def descriptors():
        found = []
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            found.append(re.sub(r"\d+", "N", str(fd.readlink())))
        return sorted(found)

    before = descriptors()
    for text in ("debug 1\n", "realtime off\n", ""):
        mark = node.log_mark()
        edit(node, ALONE + text)
        hup(node)
        node.wait_log("Performing heartbeat restart exec", 10, since=mark)
        node.wait_log("Comm_now_up", 10, since=mark)
        at_rest(lab, node)
    need(node.master_pid() == pid, "another pid")
    need(descriptors() == before, f"{before} became {descriptors()}")
    need(calls(node) == ["a start"], f"{calls(node)}")
    fds = [line.split()[-1] for line in node.read("/fds").splitlines()[1:]]
    need(len(fds) == 4, f"descriptors in a script: {fds}")  # 0, 1, 2 and ls's own directory


def realtime_off_by_reload(lab):
    node = alone(lab)

    def policy():
        return int(Path(f"/proc/{node.master_pid()}/stat").read_text().rsplit(")", 1)[1].split()[38])

    if policy() != 2:
        raise Skip("no real-time scheduling here")
    mark = node.log_mark()
    edit(node, ALONE + "realtime off\n")
    hup(node)
    node.wait_log("Comm_now_up", 10, since=mark)
    need(policy() == 0, f"scheduling policy {policy()}")


def edited_while_a_script_runs(lab):
    """The file that was sound at the HUP is broken when the exec is due: nothing happens."""
    node = alone(lab, haresources="alpha Noted::a\n", start=False)
    noted(node, start="sleep 2")
    node.start_heartbeat()
    node.wait_log("Running .*Noted a start", 15)
    edit(node, ALONE + "debug 1\n")
    hup(node)
    node.wait_log("Heartbeat restart triggered", 5)
    edit(node, ALONE + "rubbish\n")
    node.wait_log("Config errors: Heartbeat NOT restarted", 10)
    at_rest(lab, node)
    mark = node.log_mark()
    edit(node, ALONE + "debug 1\n")
    hup(node)
    node.wait_log("Performing heartbeat restart exec", 10, since=mark)
    at_rest(lab, node)
    need(calls(node) == ["a start"], f"{calls(node)}")


def storm_of_reloads(lab):
    """Good and bad files and many signals: the same process, the address never away."""
    alpha, bravo = pair(lab, PAIR.replace("deadtime 1500ms", "deadtime 4").replace("initdead 3", "initdead 4"))
    client = lab.client()
    prober = client.prober(ADDRESS)
    lab.wait(lambda: prober.report().received > 50, 10, "the address answers")
    monitor = alpha.spawn("exec ip -o monitor address >/tmp/addresses")

    def monitor_listens():
        alpha.run("ip addr add 10.9.9.9/32 dev lo; ip addr del 10.9.9.9/32 dev lo", check=True)
        return "10.9.9.9" in alpha.read("/tmp/addresses", default="")

    lab.wait(monitor_listens, 30, "address changes are heard of")
    pid = alpha.master_pid()
    for i in range(40):
        edit(alpha, PAIR + ("rubbish\n" if i % 3 == 1 else f"debug {i % 2}\n"))
        alpha.signal(signal.SIGHUP, [pid])
        time.sleep(0.05)
    edit(alpha, PAIR)
    lab.wait(lambda: alpha.rscstatus() == "local" and bravo.rscstatus() in ("local", "none"), 20, "both at rest")
    hup(alpha)
    time.sleep(1)
    at_rest(lab, alpha, bravo)
    need(alpha.master_pid() == pid, "another process")
    need("is dead" not in bravo.log(), "alpha was taken for dead")
    silence = prober.stop().longest.ms
    monitor.kill()
    monitor.wait()
    changes = [line for line in alpha.read("/tmp/addresses").splitlines() if ADDRESS in line and "Deleted" in line]
    need(not changes, f"the address was taken away: {changes}")
    return f"the longest silence was {silence:.0f} ms"


def edited_during_the_exec(lab):
    """The files are spoilt after the check and before the new program reads them: it goes on with the checked ones."""
    node = alone(lab, haresources=GROUP)
    pid, program = node.master_pid(), "/usr/libexec/heartbeat/heartbeat"
    node.run(["mv", program, f"{program}.real"], check=True)
    node.write(program, f"#!/bin/sh\nmv {program}.real {program}\necho rubbish >>/etc/ha.d/ha.cf\n"
                        f"exec {program} \"$@\"\n", 0o755)
    edit(node, ALONE + "debug 1\n")
    node.signal(signal.SIGHUP, [pid])  # its program has another name now
    node.wait_log("going on with those that were checked", 20)
    at_rest(lab, node)
    need(node.master_pid() == pid and node.rscstatus() == "local" and node.has_address(ADDRESS), "it goes on")
    need(not node.exists("/run/heartbeat.reload"), "nothing is left of the copy")
    edit(node, ALONE)
    mark = node.log_mark()
    hup(node)
    node.wait_log("Performing heartbeat restart exec", 20, mark)
    at_rest(lab, node)
    need(node.master_pid() == pid, "and is reloaded when the file is mended")


def reload_without_program(lab):
    """The program file is gone for a moment, and the pid file for good: an upgrade in progress."""
    node = alone(lab, haresources=GROUP)
    pid = node.master_pid()
    node.run(f"mv {DAEMON} /tmp/heartbeat && rm /var/run/heartbeat.pid", check=True)
    mark = node.log_mark()
    edit(node, ALONE + "debug 1\n")
    node.signal(signal.SIGHUP, [pid])
    node.wait_log("Comm_now_up", 10, since=mark)
    node.run(f"mv /tmp/heartbeat {DAEMON}", check=True)
    need(node.read("/var/run/heartbeat.pid").strip() == str(inner(node, pid)), "the pid file is back")
    need(node.has_address(ADDRESS), "the address")


def reload_to_a_port_in_use(lab):
    """No medium is left: everything is given up in order, and nobody is left with two owners."""
    alpha, bravo = pair(lab)
    holder = alpha.spawn(["/usr/bin/python3", "-c",
                          "import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                          "s.bind(('0.0.0.0', 700))\ntime.sleep(100)"])
    try:
        lab.wait(lambda: ":02BC" in alpha.run("cat /proc/net/udp").stdout, 10, "the port is taken")
        edit(alpha, "udpport 700\n" + PAIR)
        hup(alpha)
        alpha.wait_log("this medium is not used", 10)
        lab.wait(lambda: not alpha.daemon_pids(), 15, "alpha ends")
        need(not alpha.has_address(ADDRESS), "alpha kept the address")
        lab.wait(lambda: bravo.has_address(ADDRESS), 15, "bravo takes over")
    finally:
        alpha.signal(signal.SIGKILL, list(alpha.processes()))
        holder.wait()


TESTS = [storm_of_reloads, edited_during_the_exec, reload_to_a_port_in_use, reload_leaks_nothing, realtime_off_by_reload,
         edited_while_a_script_runs, reload_without_program]

# What they look at is valgrind's there: processes, descriptors, scheduling, the file of the program.
NOT_IN_VALGRIND = {reload_leaks_nothing, realtime_off_by_reload, reload_without_program, storm_of_reloads}

if __name__ == "__main__":
    sys.exit(main("reload", TESTS, __doc__, jobs=6, unfit=unfit(NOT_IN_VALGRIND)))
