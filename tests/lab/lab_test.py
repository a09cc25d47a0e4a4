#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory is right: what it promises to tests that are judged by it.

LAB_KIND=ours or debian (default): whose nodes.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Lab, LabError, failure, places  # noqa: E402
from lab.suite import called, need, run  # noqa: E402

KIND = os.environ.get("LAB_KIND", "debian")


def hears(one, other, network="eth0"):
    done = one.run(["ping", "-n", "-c", "1", "-W", "0.3", other.addresses[network]])
    return done.returncode == 0


def must_hear(one, other, network="eth0"):
    """Sooner or later: ARP asks once a second, and a busy machine answers late."""
    one.lab.wait(lambda: hears(one, other, network), 30, f"{one.name} reaches {other.name} in {network}")


def receives(sender, receiver, patience=2):
    """Whether a broadcast of SENDER gets to RECEIVER, without an answer."""
    listen = receiver.spawn(
        ["/usr/bin/python3", "-c", "import socket\n"
         "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
         "s.bind(('', 7777)); " f"s.settimeout({patience}); print('ready', flush=True)\n"
         "try: print(s.recv(10).decode(), flush=True)\n"
         "except OSError: print('nothing')"], stdout=subprocess.PIPE, text=True)
    with listen:
        listen.stdout.readline()
        sender.run(["/usr/bin/python3", "-c", "import socket\n"
                    "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                    "s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n"
                    "s.sendto(b'hello', ('10.77.0.255', 7777))"], check=True)
        return listen.stdout.readline().strip() == "hello"


def test_nodes_are_machines():
    """Own name, accounts, processes; the host's files below."""
    with Lab("self") as lab:
        alpha = lab.node("alpha", KIND)
        need(alpha.run("hostname").stdout == "alpha\n", "host name")
        need(alpha.run("id -u hacluster && id -gn hacluster").stdout == "190\nhaclient\n",
              "accounts")
        need(alpha.run("echo $$").stdout != "", "shell")
        need(len(alpha.processes()) == 0, "no process but process 1")
        need(alpha.run("true > /etc/only-here").returncode == 0, "writes")
        need(not Path("/etc/only-here").exists(), "the host's root stays as it is")
        need(alpha.run("echo 1 > /proc/sys/kernel/core_uses_pid").returncode != 0,
              "the host's kernel settings are closed")


def test_disk_survives_power_failure():
    """Files stay, /run and /tmp are empty, processes are gone."""
    with Lab("self") as lab:
        alpha = lab.node("alpha", KIND)
        alpha.write("/var/lib/heartbeat/stays", "yes\n")
        alpha.run("echo more >> /etc/ha.d/stays; echo x > /run/goes; echo x > /tmp/goes",
                  check=True)
        sleeper = alpha.spawn(["sleep", "1000"])
        mac = alpha.run("cat /sys/class/net/eth0/address").stdout
        alpha.power_off()
        need(not alpha.is_up, "off")
        need(sleeper.wait(60) != 0, "its processes ended")
        need(alpha.read("/etc/ha.d/stays") == "more\n", "the disk can be read while off")
        alpha.write("/etc/ha.d/while-off", "written\n")
        alpha.power_on()
        need(alpha.read("/var/lib/heartbeat/stays") == "yes\n", "/var/lib stays")
        need(alpha.read("/etc/ha.d/while-off") == "written\n", "written while off")
        need(not alpha.exists("/run/goes") and not alpha.exists("/tmp/goes"), "/run, /tmp go")
        need(alpha.run("cat /sys/class/net/eth0/address").stdout == mac, "same network card")


def test_reboot_from_inside():
    with Lab("self") as lab:
        alpha = lab.node("alpha", KIND)
        alpha.spawn("sleep 0.1; exec /usr/bin/python3 -c "
                    "'import ctypes; ctypes.CDLL(None).reboot(0x1234567)'")
        need(alpha.wait_down(10) == "reboot", "reboot(2) takes the machine down")
        alpha.power_on()
        need(alpha.run("true").returncode == 0, "and it comes back")


def test_network_faults():
    with Lab("self", networks=("eth0", "eth1")) as lab:
        alpha, bravo, charlie = lab.nodes("alpha", "bravo", "charlie", kind=KIND)
        must_hear(alpha, bravo)
        must_hear(alpha, bravo, "eth1")
        lab.cut(alpha, bravo, "eth0")
        need(not hears(alpha, bravo), "cut in eth0")
        must_hear(alpha, bravo, "eth1")  # only there
        must_hear(alpha, charlie)
        alpha.reboot()
        need(not hears(alpha, bravo), "a cut outlives a reboot")
        lab.heal(alpha, bravo)
        must_hear(alpha, bravo)
        lab.cut_oneway(alpha, bravo)
        need(not receives(alpha, bravo), "one-way cut holds broadcasts back")
        need(receives(bravo, alpha, 60), "and lets the other way through")
        lab.heal()
        lab.isolate(charlie)
        need(not hears(charlie, alpha) and not hears(bravo, charlie), "isolated")
        lab.heal()
        lab.loss(alpha, bravo, 50)
        done = alpha.run(["ping", "-q", "-n", "-c", "200", "-i", "0.002", "-W", "5", "bravo"])
        lost = float(done.stdout.split("% packet loss")[0].split()[-1])
        need(55 < lost < 92, f"75 % of the round trips should fail, {lost} % did")
        lab.heal()
        alpha.link("eth0", False)
        need(alpha.run("cat /sys/class/net/eth0/carrier").stdout == "0\n", "no carrier")
        alpha.link("eth0", True)
        must_hear(alpha, bravo)


def test_client_measures_silence():
    with Lab("self") as lab:
        alpha = lab.node("alpha", KIND)
        client = lab.client()
        prober = client.prober(alpha.ip, interval_ms=1, gap_ms=100)
        lab.wait(lambda: prober.report().received > 100, 30, "answers come")
        prober.reset()
        before = time.monotonic()
        lab.cut(alpha, client)
        began = time.monotonic()
        time.sleep(1)
        healed = time.monotonic()
        lab.heal()
        # A busy machine may make short silences of its own, and move the ends of this one a little.
        lab.wait(lambda: any(one.ms > 500 for one in prober.report().silences), 30, "a silence that has ended")
        after = time.monotonic()
        report = prober.stop()
        silence = max(report.silences, key=lambda one: one.ms)
        need((silence.start, silence.end) == (report.longest.start, report.longest.end), f"the longest: {report}")
        need(before - 0.2 < silence.start < began + 0.4 and healed <= silence.end <= after,
             f"{silence} between {before} and {after}, cut from {began} to {healed}")


def test_freeze():
    with Lab("self") as lab:
        alpha = lab.node("alpha", KIND)
        with alpha.spawn("while :; do echo x; sleep 0.02; done",
                         stdout=subprocess.PIPE) as ticker:
            ticker.stdout.readline()
            alpha.freeze()

            def states():
                return [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in alpha.processes()]

            # D: it waits for its child between vfork and exec, which is stopped there; Z: ended just before.
            lab.wait(lambda: "T" in states() and set(states()) <= {"T", "D", "Z"}, 30, "all are stopped")
            alpha.thaw()
            ticker.stdout.readline()
            alpha.power_off()


def test_nothing_is_left():
    """Also when the laboratory is killed without a chance to clean up."""
    code = ("import signal, sys, time; sys.path.insert(0, sys.argv[1]); from lab import Lab\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored when this runs in the background\n"
            "lab = Lab('victim'); a = lab.node('a', sys.argv[2])\n"
            "a.spawn(['sleep', '1000']); time.sleep(0.2)\n"
            "print(a.pid, *a.processes(), flush=True); time.sleep(1000)")
    for signo in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        victim = subprocess.Popen(
            [sys.executable, "-c", code, str(places.HERE.parent), KIND],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        with victim:
            pids = victim.stdout.readline().split()
            need(len(pids) >= 2, "the victim did not start")
            directory = Path("/dev/shm/hblab", str(victim.pid))
            need(directory.is_dir(), "its scratch space")
            victim.send_signal(signo)
        Lab.wait(lambda: not any(_alive(pid) for pid in pids), 5,
                 f"its processes end with it after signal {signo}")
        if signo == signal.SIGKILL:
            places._sweep()  # what the next laboratory does first
        need(not directory.exists(), f"its files are removed after signal {signo}")


def test_a_failure_tells():
    """The end of the log and the last commands come with the reason, also when the laboratory has ended."""
    def case(inside):
        with Lab("self") as lab:
            alpha = lab.node("alpha", KIND)
            alpha.write("/var/log/ha-log", "".join(f"line {number}.\n" for number in range(100)))
            for _ in range(3):
                alpha.run("echo said; exit 3")
            if inside:
                return failure("self/case", "why")
            raise LabError("why")

    stories = [case(True)]
    try:
        case(False)
    except LabError as error:
        stories.append(failure("self/case", error))
    for story in stories:
        first, *rest = story.splitlines()
        need(first == "not ok self/case: why", first)
        need(all(line.startswith("# ") for line in rest), story)
        need("# line 99." in rest and "# line 75." in rest and "# line 74." not in rest, f"the end of the log: {story}")
        need("# -- alpha$ echo said; exit 3  [3, 3 times]" in rest and rest.count("# said") == 1, f"commands: {story}")
    need(failure("self/case", "why") == "not ok self/case: why", "without a laboratory")


def _alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


TESTS = [test for name, test in sorted(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(run("lab", {called(test): (test,) for test in TESTS}, __doc__))
