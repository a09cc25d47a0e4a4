#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon under attack: signals, kills, full and missing files, odd commands, odd settings."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Skip  # noqa: E402
from lab.daemon import (ADDRESS, ALONE, DAEMON, GROUP, PAIR, alone, at_rest, calls, crm_stand_ins, edit, hup,  # noqa: E402
                        inner, noted, pair, unfit, writer_pids)
from lab.suite import main, need  # noqa: E402

# Kills.


def log_writer_is_killed(lab):
    """Another one takes over, however often; the daemon does not notice otherwise."""
    node = alone(lab, haresources=GROUP)
    pid = node.master_pid()
    for _ in range(3):
        mark = node.log_mark()
        node.signal(signal.SIGKILL, writer_pids(node))
        node.wait_log("ERROR: the log writer died", 10, since=mark)
    need(node.master_pid() == pid and node.has_address(ADDRESS), "the service did not go on")
    need(len(writer_pids(node)) == 1, "there is one writer")
    node.stop_heartbeat()
    need(node.log().rstrip().endswith("alpha Heartbeat shutdown complete."), "the last line of the log")


def log_writer_hangs(lab):
    """Nobody waits for it: lines are counted, and the end of the daemon is bounded."""
    node = alone(lab)
    stuck = writer_pids(node)
    node.signal(signal.SIGSTOP, stuck)
    node.run("for i in $(seq 3000); do printf '>>>\\nt=ip-request-resp\\ndest=alpha\\nipaddr=x\\nok=OK\\n<<<\\n'; done"
             " >/var/lib/heartbeat/fifo", check=True)
    need(node.rscstatus() == "local", "the daemon answers")
    node.signal(signal.SIGTERM, [node.master_pid()])
    lab.wait(lambda: node.master_pid() is None, 15, "the daemon ends")
    node.signal(signal.SIGKILL, stuck)


def master_is_killed(lab):
    """The log says so, -s says 1, and a start finds what still runs."""
    node = alone(lab, haresources="alpha Noted::a\n", start=False)
    noted(node)
    node.start_heartbeat()
    lab.wait(lambda: calls(node, "a start") == 1, 20, "the resource runs")
    at_rest(lab, node)
    node.signal(signal.SIGKILL, [node.master_pid()])
    node.wait_log("CRIT: Emergency Shutdown: Master Control process died.", 10)
    lab.wait(lambda: not node.daemon_pids(), 10, "the writer ends, too")
    need(node.run("heartbeat -s").returncode == 1, "heartbeat -s with a stale file")
    node.start_heartbeat()
    at_rest(lab, node)
    need(calls(node) == ["a start"], f"it was running already: {calls(node)}")


def script_is_killed(lab):
    node = alone(lab, haresources="alpha Noted::a\n", start=False)
    noted(node, start="kill -9 $$")
    node.start_heartbeat()
    node.wait_log("ERROR: .*Noted a start was killed by signal 9", 15)
    node.wait_log("CRIT: Giving up resources due to failure of Noted::a", 15)
    lab.wait(lambda: calls(node, "a stop") == 1, 10, "the group is released")


def crash_leaves_its_last_lines(lab):
    node = alone(lab)
    node.signal(signal.SIGSEGV, [node.master_pid()])
    lab.wait(lambda: not node.daemon_pids(), 10, "it is dead")
    dump = node.path("/var/lib/heartbeat/cores/root/heartbeat.blackbox")
    need(dump.exists() and b"Comm_now_up" in dump.read_bytes(), "the flight recorder")


# Signals.


def term_again_and_again(lab):
    """One orderly stop, whatever else comes in."""
    node = alone(lab, haresources="alpha Noted::a\n", start=False)
    noted(node, stop="sleep 1")
    node.start_heartbeat()
    lab.wait(lambda: calls(node, "a start") == 1, 20, "the resource runs")
    at_rest(lab, node)
    master = [node.master_pid()]
    edit(node, ALONE + "debug 1\n")
    for signo in (signal.SIGTERM, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP,
                  signal.SIGINT, signal.SIGALRM):
        node.signal(signo, master)
        time.sleep(0.1)
    lab.wait(lambda: not node.daemon_pids(), 15, "it ends")
    need(calls(node) == ["a start", "a stop"], f"{calls(node)}")
    need(node.log().count("Heartbeat shutdown complete") == 1, "one end")
    need(not node.exists("/var/run/heartbeat.pid") and not node.exists("/run/heartbeat/register"), "traces")


def term_before_communication_is_up(lab):
    """It leaves at once, and starts nothing before that."""
    node = lab.node("alpha")
    noted(node)
    node.configure(PAIR.replace("initdead 3", "initdead 60"), "alpha Noted::a\n")
    for _ in range(3):
        node.start_heartbeat()
        node.signal(signal.SIGTERM, [node.master_pid()])
        lab.wait(lambda: not node.daemon_pids(), 8, "it ends")
    need(calls(node, "a start") == 0, f"{calls(node)}")


def frozen_longer_than_deadtime(lab):
    """Whoever slept gives its resources up; at the end exactly one has them."""
    alpha, bravo = pair(lab)
    alpha.freeze_heartbeat()
    lab.wait(lambda: bravo.has_address(ADDRESS), 10, "bravo takes over")
    time.sleep(0.6)  # bravo counted from alpha's last heartbeat, not from here
    alpha.thaw_heartbeat()
    alpha.wait_log("Giving them up|returning after partition", 10)
    at_rest(lab, alpha, bravo, timeout=40)
    need([n.has_address(ADDRESS) for n in (alpha, bravo)].count(True) == 1, "one node has the address")
    need(alpha.run("heartbeat -s").returncode == 0, "alpha came back")


def forced_restart_is_no_stop(lab):
    """While it is silent before its new start, -s finds the daemon and -k ends it for good."""
    alpha, bravo = pair(lab, PAIR.replace("deadtime 1500ms", "deadtime 4").replace("initdead 3", "initdead 4"))
    lab.cut(alpha, bravo)
    for node in (alpha, bravo):
        node.wait_log("node .*: is dead", 10)
    mark = alpha.log_mark()
    lab.heal()
    alpha.wait_log("Heartbeat restart triggered", 20, since=mark)
    time.sleep(2)
    need(alpha.run("heartbeat -s").returncode == 0, "-s in the silent time")
    done = alpha.run("heartbeat")
    need(done.returncode == 0 and "already running" in done.stderr, f"a second start: {done.stderr}")
    need(alpha.run("heartbeat -k", timeout=20).returncode == 0 and not alpha.daemon_pids(), "-k ends it")
    time.sleep(5)
    need(not alpha.daemon_pids(), "it came back after -k")
    bravo.wait_log("Performing heartbeat restart exec", 20)
    at_rest(lab, bravo, timeout=30)


# Files.


def two_starts_at_once(lab):
    node = lab.node("alpha")
    node.configure(ALONE, "")
    done = node.run("for i in 1 2 3 4 5 6 7 8; do heartbeat 2>/dev/null; echo $? >>/codes & done; wait; cat /codes", check=True)
    need(done.stdout.split() == ["0"] * 8, f"exit codes {done.stdout.split()}")
    at_rest(lab, node)
    need(len(node.daemon_pids()) == 2, f"{len(node.daemon_pids())} processes")
    need(node.run("heartbeat -s").returncode == 0, "heartbeat -s")


def locked_by_a_stranger(lab):
    """A lock that any user can take on the readable file is neither a daemon nor an obstacle."""
    node = lab.node("alpha")
    node.configure(ALONE, "")
    node.write("/var/run/heartbeat.pid", "     99999\n")
    lock = ("import fcntl, struct, time\nf = open('/var/run/heartbeat.pid')\n"
            "fcntl.lockf(f, fcntl.LOCK_SH)\nopen('/tmp/locked', 'w').close()\ntime.sleep(100)")
    holder = node.spawn(["setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", lock])
    try:
        lab.wait(lambda: node.exists("/tmp/locked"), 10, "the stranger's lock")
        need(node.run("heartbeat -s").returncode == 1, "stale, not running")
        node.start_heartbeat()
        at_rest(lab, node)
        need(node.run("heartbeat -s").returncode == 0, "running")
    finally:
        holder.kill()
        holder.wait()


def removed_behind_its_back(lab):
    """Pid file and FIFO come back; an address that somebody removed can still be given up."""
    alpha, bravo = pair(lab)
    alpha.run(f"rm /var/run/heartbeat.pid /var/lib/heartbeat/fifo; ip addr del {ADDRESS}/24 dev eth0", check=True)
    alpha.wait_log("heartbeat.pid was removed or replaced", 15)
    alpha.wait_log("fifo was removed or replaced", 15)
    need(alpha.run("heartbeat -s").returncode == 0, "heartbeat -s")
    alpha.run("hb_standby all", check=True)
    lab.wait(lambda: bravo.has_address(ADDRESS), 15, "bravo takes it")
    at_rest(lab, alpha, bravo)


def log_is_rotated_and_removed(lab):
    node = alone(lab)
    node.run("mv /var/log/ha-log /var/log/ha-log.1", check=True)
    time.sleep(1.1)
    node.signal(signal.SIGUSR1, [node.master_pid()])
    node.wait_log("debug now set to 1", 10)
    node.run("rm -rf /var/log", check=True)
    time.sleep(1.1)
    for signo in (signal.SIGUSR2, signal.SIGUSR1):
        node.signal(signo, [node.master_pid()])
    need(node.rscstatus() == "local", "it goes on without a log")
    node.run("mkdir -p /var/log", check=True)
    time.sleep(1.1)
    node.signal(signal.SIGUSR2, [node.master_pid()])
    node.wait_log("works again, [0-9]+ lines are missing|debug now set to 0", 10)


# Network.


def interface_comes_and_goes(lab):
    alpha, bravo = pair(lab)
    alpha.run("ip link set eth0 down", check=True)
    alpha.wait_log("CRIT: No working comm channels to write to.", 10)
    alpha.run("ip link set eth0 up", check=True)
    alpha.wait_log("A comm channel works again", 10)
    at_rest(lab, alpha, bravo, timeout=40)
    mark = alpha.log_mark()
    alpha.run("ip link set eth0 down && ip link set eth0 name other0 && ip link set other0 up", check=True)
    alpha.wait_log("interface is gone", 10, since=mark)
    alpha.run("ip link set other0 down && ip link set other0 name eth0 && ip link set eth0 up", check=True)
    alpha.wait_log("the interface is (back|a new one)", 10, since=mark)
    at_rest(lab, alpha, bravo, timeout=40)
    make = "ip link add x0 type veth peer name x1 && ip addr add 10.99.0.1/24 broadcast + dev x0 && ip link set x0 up && ip link set x1 up"
    alpha.run(make, check=True)
    edit(alpha, PAIR + "bcast x0\n")
    hup(alpha)
    alpha.wait_log("started on port 694 .* interface x0", 10)
    for text in ("the interface is gone", "x0: the interface is (back|a new one)"):
        mark = alpha.log_mark()
        alpha.run("ip link del x0" if "gone" in text else make, check=True)
        alpha.wait_log(text, 10, since=mark)
    lab.wait(lambda: sorted(n.has_address(ADDRESS) for n in (alpha, bravo)) == [False, True], 30, "one has the address")


def losses_for_testing(lab):
    """OnlyForTesting: what it says is lost, and HUP switches it."""
    alpha, bravo = pair(lab, start=False)
    bravo.write("/etc/ha.d/OnlyForTesting", "rcvloss=1\nfoo=1\n")
    for node in (alpha, bravo):
        node.start_heartbeat()
    for text in ("info: WARNING: Enabling Test Code", r"info: Receive loss probability = 1\.000",
                 r"ERROR: Cannot recognize test param \[foo\] in \[/etc/ha.d/OnlyForTesting\]",
                 "info: WARNING: Above Options Now Enabled."):
        bravo.wait_log(text, 10)
    bravo.wait_log("node alpha: is dead", 15)
    bravo.write("/etc/ha.d/OnlyForTesting", "rcvloss=1.0\nallownodes=charlie;alpha;\n")
    hup(bravo)
    bravo.wait_log("Allow nodes = charlie;alpha;", 10)
    bravo.wait_log("Status update for node alpha: status|returning after partition", 10)
    bravo.remove("/etc/ha.d/OnlyForTesting")
    hup(bravo)
    bravo.wait_log("info: Test Code Now disabled.", 10)
    alpha.write("/etc/ha.d/OnlyForTesting", "xmitloss=1\n")
    mark = bravo.log_mark()
    hup(alpha)
    alpha.wait_log(r"Xmit loss probability = 1\.000", 10)
    bravo.wait_log("node alpha: is dead", 30, since=mark)


# Clients and commands.


def hundreds_of_clients(lab):
    node = alone(lab)
    done = node.run("for i in $(seq 200); do cl_status nodestatus alpha >>/answers 2>&1 & done; wait; sort /answers | uniq -c",
                    timeout=60)
    need(done.stdout.split() == ["200", "active"], done.stdout)
    node.run("/usr/bin/python3 -c \"import socket\nc = []\nfor i in range(300):\n s = socket.socket(socket.AF_UNIX)\n"
             " s.setblocking(False)\n try: s.connect('/run/heartbeat/register')\n except OSError: pass\n s.setblocking(True)\n"
             " c.append(s)\n\"")
    need(node.rscstatus() == "local", "it answers after 300 silent connections")


def exit_codes(lab):
    node = lab.node("alpha")
    node.configure(ALONE, "")
    nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups "
    for words, code, text in (("-C all", 2, "Usage: heartbeat"), ("-x", 2, "Usage: heartbeat"), ("-r -R", 2, "Usage"),
                              ("-R", 6, "ERROR: heartbeat is not running."), ("-s", 3, ""),
                              ("-k", 0, "INFO: Heartbeat already stopped.")):
        done = node.run(f"heartbeat {words}")
        need(done.returncode == code and text in done.stderr, f"heartbeat {words}: {done.returncode} {done.stderr}")
    need(node.run(nobody + "heartbeat").returncode == 4, "start as an ordinary user")
    node.start_heartbeat("-v", "surplus")
    at_rest(lab, node)
    done = node.run("heartbeat -R")
    need(done.returncode == 1 and "ERROR: Heartbeat already running [pid" in done.stderr, f"-R: {done.stderr}")
    done = node.run(nobody + "heartbeat -s")
    need(done.returncode == 0 and "heartbeat OK [pid" in done.stdout, f"-s as nobody: {done.stdout}")
    done = node.run(nobody + "heartbeat -k")
    need(done.returncode == 4 and re.search(r"ERROR: Could not kill pid \d+ : Operation not permitted", done.stderr),
         f"-k as nobody: {done.stderr}")


def kill_of_a_suspended_daemon(lab):
    """heartbeat -k says what it waits for."""
    node = alone(lab)
    node.freeze_heartbeat()
    waiting = node.spawn("heartbeat -k 2>/said; echo $? >/code")
    lab.wait(lambda: "is suspended and needs a SIGCONT" in node.read("/said", default=""), 15, "a word about it")
    node.thaw_heartbeat()
    waiting.wait(60)
    need(node.read("/code") == "0\n", "its exit code")


def notifications_of_a_service(lab):
    """systemd hears READY when communication is up, no STOPPING for a restart, and STOPPING at the end."""
    alpha = lab.node("alpha")
    alpha.configure(PAIR.replace("initdead 3", "initdead 4"), "")
    alpha.write("/listen", "import socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind('/run/notify')\n"
                "while True:\n open('/said', 'a').write(s.recv(4096).decode() + '\\n')\n")
    listener = alpha.spawn(["/usr/bin/python3", "/listen"])
    try:
        lab.wait(lambda: alpha.exists("/run/notify"), 10, "the listener")
        daemon = alpha.spawn([DAEMON, "-f"], env={"NOTIFY_SOCKET": "/run/notify"}, stderr=subprocess.DEVNULL)
        alpha.wait_log("Heartbeat generation", 10)
        lab.wait(lambda: "READY=1" in alpha.read("/said", default="") or daemon.poll() is not None, 15, "READY")
        need(daemon.poll() is None, "it ended")
        # Not by the log, which another process writes: it may be later.
        need(alpha.run("cl_status nodestatus alpha").stdout == "active\n", "ready too early")
        need("STOPPING" not in alpha.read("/said"), "STOPPING too early")
        alpha.signal(signal.SIGTERM, [alpha.master_pid()])
        need(daemon.wait(60) == 0, "its exit code")
        lab.wait(lambda: "STOPPING=1" in alpha.read("/said"), 30, "STOPPING")
    finally:
        listener.kill()
        listener.wait()


# Settings.


def messaging_only(lab):
    """-M and crm on: no resource is touched; hostcache is kept; uuidfrom nodename is the old one."""
    text = PAIR + "crm_daemon_dir /opt/crm\ncrm on\nuuidfrom nodename\nhbgenmethod time\nmsgfmt netstring\ncompression bz2\n"
    alpha, bravo = pair(lab, text, "alpha Noted::a\n", start=False)
    for node in (alpha, bravo):
        noted(node)
        crm_stand_ins(node)
        node.start_heartbeat()
    for node in (alpha, bravo):
        node.wait_log("Pacemaker support: on", 10)
        node.wait_log("Status update for node .*: status active", 15)
    lab.wait(lambda: "alpha\tcc301fda-9190-a843-de51-a987ec340ccc\t100" in
             bravo.read("/var/lib/heartbeat/hostcache", default=""), 10, "the uuid that the old daemon gives alpha")
    need(alpha.run("cl_status rscstatus").returncode != 0, "there is no resource status")
    alpha.stop_heartbeat()
    bravo.wait_log("node alpha: is dead", 15)
    alpha.configure(PAIR, "alpha Noted::a\n")
    alpha.start_heartbeat("-M")
    alpha.wait_log("Pacemaker support: false", 10)
    time.sleep(1)
    alpha.stop_heartbeat()
    need(calls(alpha) == [] and calls(bravo) == [], "a resource was touched")


def odd_names(lab):
    """Capitals, underscores, dots: lower case everywhere, and the commands take any case."""
    names = ("Alpha_1.Example.org", "BRAVO-2")
    alpha, bravo = pair(lab, PAIR.replace("node alpha bravo", f"node {names[0]} {names[1].lower()}"),
                        f"ALPHA_1.example.org IPaddr2::{ADDRESS}/24/eth0\n", names=names)
    need(alpha.has_address(ADDRESS), "the address is on its home node")
    need(f"on {names[0]} [{names[0].lower()}]..." in alpha.run("heartbeat -s").stdout, "heartbeat -s")
    need(bravo.run(f"cl_status nodestatus {names[0].upper()}").stdout == "active\n", "nodestatus")
    alpha.power_off()
    lab.wait(lambda: bravo.has_address(ADDRESS), 15, "bravo takes over")


def core_settings(lab):
    node = alone(lab, ALONE + "coredumps true\n")
    text = "WARN: Core dumps could be lost if multiple dumps occur."
    plain = node.run("cat /proc/sys/kernel/core_pattern /proc/sys/kernel/core_uses_pid").stdout == "core\n0\n"
    need((text in node.log()) == plain, "the warning about core names")
    limits = Path(f"/proc/{node.master_pid()}/limits").read_text()
    need(re.search(r"Max core file size +unlimited +unlimited", limits), "the limit")
    need(node.run(f"readlink /proc/{inner(node, node.master_pid())}/cwd").stdout.strip() ==
         "/var/lib/heartbeat/cores/root", "where cores go")
    node.stop_heartbeat()
    node.remove("/var/log/ha-log")
    node.configure(ALONE + "coredumps false\n", None)
    node.start_heartbeat()
    at_rest(lab, node)
    need(text not in node.log(), "warned without need")


def clock_goes_backwards(lab):
    """Only the program's view of it: the clock of the machine is everybody's."""
    node = alone(lab, start=False)
    node.write("/jump.c", "#include <time.h>\n#include <unistd.h>\n#include <sys/syscall.h>\n"
               "time_t time(time_t *t) { struct timespec s; syscall(SYS_clock_gettime, CLOCK_REALTIME, &s);\n"
               "if (access(\"/jump\", F_OK) == 0) s.tv_sec -= 3600; if (t) *t = s.tv_sec; return s.tv_sec; }\n")
    if node.run("cc -shared -fPIC -o /jump.so /jump.c").returncode != 0:
        raise Skip("no compiler in the node")
    node.run([DAEMON], env={"LD_PRELOAD": "/jump.so"}, check=True)
    at_rest(lab, node)
    node.write("/jump", "")
    node.wait_log("WARN: Clock jumped backwards. Compensating.", 10)
    need(node.rscstatus() == "local", "nothing else happens")


TESTS = [forced_restart_is_no_stop, frozen_longer_than_deadtime, interface_comes_and_goes, losses_for_testing,
         removed_behind_its_back, messaging_only, kill_of_a_suspended_daemon, log_writer_is_killed, log_writer_hangs,
         master_is_killed, script_is_killed, crash_leaves_its_last_lines, term_again_and_again,
         term_before_communication_is_up, two_starts_at_once, locked_by_a_stranger, log_is_rotated_and_removed,
         hundreds_of_clients, exit_codes, notifications_of_a_service, odd_names, core_settings, clock_goes_backwards]

# What they look at is valgrind's there: processes, descriptors, scheduling, the file of the program.
NOT_IN_VALGRIND = {log_writer_is_killed, log_writer_hangs, two_starts_at_once, exit_codes, core_settings,
                   crash_leaves_its_last_lines, clock_goes_backwards}
# A crash is the sanitizer's there, and so is what is loaded first.
NOT_SANITIZED = {crash_leaves_its_last_lines, clock_goes_backwards}

if __name__ == "__main__":
    sys.exit(main("daemon", TESTS, __doc__, jobs=6, unfit=unfit(NOT_IN_VALGRIND, NOT_SANITIZED)))
