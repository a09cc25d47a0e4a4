#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The drivers of serial units, against units that keep account and that misbehave.

Pseudo terminals have no modem lines: what rcd_serial does to them is seen by strace(1), which also lets the calls succeed."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import player
from player import Skip, need, stonith

sys.path.insert(0, str(player.HERE / "sim"))
from serial_units import Rpc100s, Rps10, SmartUps  # noqa: E402


os.makedirs(os.path.realpath("/var/lock"), exist_ok=True)  # of a machine that was not booted it may be missing


def lock_of(path):
    return Path("/var/lock", "LCK.." + path[5:].replace("/", ""))


def is_locked_by_the_dead(path):
    """Where the unit has hung up, its number may be somebody else's already, with a lock of a living process."""
    try:
        owner = int(lock_of(path).read_text(encoding="ascii"))
        os.kill(owner, 0)
    except FileNotFoundError:
        return False
    except (ValueError, ProcessLookupError):
        return True
    return False


class Bench:
    """KIND at a UNIT with TRAITS.  PARAMS: "{}" is its terminal."""

    def __init__(self, kind, unit, *params, **traits):
        self.unit, self.kind = unit(**traits), kind
        self.params = [word.replace("{}", self.unit.path) for word in params]

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        left = is_locked_by_the_dead(self.unit.path)
        self.unit.close()  # only now: its number goes to the next one that asks for a terminal
        need(not left, f"{lock_of(self.unit.path)} is left behind")

    def run(self, *words):
        return stonith(self.kind, self.params, *words)


def together(*checks):
    """All at the same time: they mostly wait."""
    with ThreadPoolExecutor(len(checks)) as pool:
        for result in [pool.submit(check) for check in checks]:
            result.result()


# rps10

def rps10(targets, **traits):
    return Bench("rps10", Rps10, "serial_to_targets={} " + targets, **traits)


def rps10_switches():
    def one():
        with rps10("nodea 3 node10 5") as bench:
            bench.run("-T", "reset", "node10").want(0)
            need(bench.unit.history == [("5", False), ("5", True)], f"{bench.unit.history}")
            need(bench.unit.events == ["low", "high"], f"DTR: {bench.unit.events}")
            bench.run("-T", "off", "NODEA").want(0)
            need(not bench.unit.plugs[ord("3")] and bench.unit.plugs[ord("5")], "the other one")

    def several():
        with rps10("nodea 1 nodea 2 nodeb 7") as bench:
            bench.run("-T", "reset", "nodea").want(0)
            need(bench.unit.history == [("1", False), ("2", False), ("1", True), ("2", True)], f"{bench.unit.history}")

    def all_of_them():
        with rps10("nodea A") as bench:
            bench.run("-T", "off", "nodea").want(0)
            need(not any(bench.unit.plugs.values()), f"{bench.unit.plugs}")

    def unknown():
        with rps10("node1 1 node10 2") as bench:
            bench.run("-T", "off", "node").want(4, "doesn't control host")
            need(not bench.unit.history, "and nothing else")

    together(one, several, all_of_them, unknown)


def rps10_misbehaves():
    def answers(code, text, op="off", **traits):
        def check():
            with rps10("nodea 3", **traits) as bench:
                bench.run("-T", op, "nodea").want(code, text)
        return check

    together(answers(5, "plug 9 says", wrong_plug=True), answers(5, "should be Off", deaf=True),
             answers(6, "Did not find string RPS-10 Ready", ready=False), answers(5, "Did not find", "reset", ready=False),
             answers(8, "Did not find string Plug", hangs_up=True), answers(0, "", flood=True))


def rps10_configuration():
    for value, text in (("/dev/x", "Invalid config"), ("/dev/x nodea", "no outlet"), ("/dev/x nodea x", "outlet_id x must be"),
                        ("/dev/x" + " n 1" * 11, "more than 10"), ("/dev/x " + "n" * 300 + " 1", "Invalid config"), ("", "Invalid")):
        stonith("rps10", [f"serial_to_targets={value}"], "-l").want(1, text)
    stonith("rps10", ["serial_to_targets=/dev/no-such 10 * 9"], "-S").want(1, "outlet")
    stonith("rps10", ["serial_to_targets=/dev/no-such a 9"], "-S").want(2, "cannot open /dev/no-such")


def locked_line():
    """A living process has the line; a dead one's lock is taken over."""
    for owner, code in ((os.getppid(), 2), (4194303, 0)):
        with Bench("nw_rpc100s", Rpc100s, "ttydev={}", "hostlist=nodea") as bench:
            lock = lock_of(bench.unit.path)
            lock.write_text(f"{owner:10}\n")
            try:
                bench.run("-S").want(code, "is in use by process" if code else "")
                need(lock.exists() == bool(code), "its lock")
            finally:
                lock.unlink(missing_ok=True)


# nw_rpc100s

def nw_rpc100s():
    def rpc(**traits):
        return Bench("nw_rpc100s", Rpc100s, "ttydev={}", "hostlist=NodeA nodeb", **traits)

    def switches():
        with rpc() as bench:
            for op, word in (("on", b"0"), ("off", b"*"), ("reset", b"10")):
                bench.run("-T", op, "nodea").want(0, "nodeb and what follows in hostlist is not controlled")
                need(bench.unit.history[-1] == word, f"{op}: {bench.unit.history}")
            need(bench.run("-l").want(0).out == ["nodea"], "one outlet, one host")
            bench.run("-T", "off", "nodeb").want(4, "doesn't control host [nodeb]")
            need(len(bench.unit.history) == 3, "and nothing else")

    def refuses():
        with rpc(refuses=True) as bench:
            bench.run("-S").want(0)
            bench.run("-T", "off", "nodea").want(5)

    def mute(op, code):
        def check():
            with rpc(mute=True) as bench:
                bench.run(*op).want(code, "Did not find string Invalid Entry")
        return check

    def hangs_up():
        with rpc(hangs_up=True) as bench:
            bench.run("-T", "off", "nodea").want(8)

    together(switches, refuses, mute(["-S"], 6), mute(["-T", "reset", "nodea"], 5), hangs_up)


# apcsmart

def ups(**traits):
    return Bench("apcsmart", SmartUps, "ttydev={}", "hostlist=node1 node10", **traits)


def apcsmart_switches():
    def operation(op, code=0, text="", on=None, **traits):
        def check():
            with ups(**traits) as bench:
                bench.run("-T", op, "node10").want(code, text)
                values = bench.unit.values
                need((values[b"p"][0], values[b"r"][0]) == (b"180", b"060"), f"{op}: not put back: {values}")
                need(on is None or bench.unit.on == on, f"{op}: on is {bench.unit.on}")
        return check

    def status():
        with ups(alerts=True) as bench:
            bench.run("-S").want(0)
            need(bench.unit.values[b"p"][0] == b"180", "not put back")

    def unknown():
        with ups() as bench:
            bench.run("-T", "reset", "node").want(4, "host 'node' not in hostlist")
            need(not bench.unit.heard, "it was not asked")

    together(operation("off", on=False), operation("on", on=True), operation("reset"), operation("reset", alerts=True),
             operation("reset", refuses_s=True), operation("reset", refuses_s=True, alerts=True),
             operation("reset", 5, "refuses the reset", refuses_s=True, refuses_at=True),
             operation("off", 5, "should be off", deaf=True), status, unknown)


def apcsmart_is_off():
    """A unit that is off answers NA: it is switched on, which ends the reset."""
    with ups() as bench:
        bench.unit.on = False
        bench.run("-T", "reset", "node1").want(0)
        need(bench.unit.on, "it is on")


def apcsmart_misbehaves():
    def mute(words, code):
        def check():
            with ups(mute=True) as bench:
                bench.run(*words).want(code, "does not answer")
        return check

    def stuck():
        with ups() as bench:
            bench.unit.values[b"p"] = [b"%03d" % n for n in range(40)]
            bench.run("-S").want(8, "make no sense")

    def hangs_up():
        with ups(hangs_up=True) as bench:
            bench.run("-S").want(8, "make no sense")

    together(mute(["-S"], 6), mute(["-T", "reset", "node1"], 5), mute(["-T", "off", "node1"], 6), stuck, hangs_up)
    stonith("apcsmart", ["ttydev=/dev/no-such", "hostlist=a"], "-S").want(1, "Cannot access tty [/dev/no-such]")


# rcd_serial

def rcd(path, *more):
    given = {"hostlist": "nodea", "ttydev": path, "dtr_rts": "rts", "msduration": "200", **dict(word.split("=") for word in more)}
    return [f"{name}={value}" for name, value in given.items()]


def rcd_serial_pulses():
    """The line goes high for as long as was asked for, and low at the end."""
    if not shutil.which("strace"):
        raise Skip("no strace")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        raise Skip("strace may not trace here")
    for signal, duration, op in (("rts", 300, "reset"), ("dtr", 50, "off")):
        master, slave = player.pty.openpty()
        path = os.ttyname(slave)
        with tempfile.NamedTemporaryFile("r") as trace:
            watch = ["strace", "-f", "-ttt", "-o", trace.name, "-P", path, "-e", "trace=ioctl", "-e", "inject=ioctl:retval=0"]
            done = stonith("rcd_serial", rcd(path, f"dtr_rts={signal}", f"msduration={duration}"), "-T", op, "NODEA", before=watch,
                           env={"ASAN_OPTIONS": "detect_leaks=0"})  # which cannot be done while somebody traces
            text = trace.read()
        left = lock_of(path).exists()
        os.close(master)
        os.close(slave)
        done.want(0, "Host rcd_serial-reset: nodea")
        events = re.findall(r"(\d+\.\d+) ioctl\(\d+, (TIOCMBI[SC]), \[([A-Z_|]+)\]\)", text)
        line = "TIOCM_" + signal.upper()
        need([(call, set(which.split("|"))) for _, call, which in events] ==
             [("TIOCMBIC", {"TIOCM_DTR", "TIOCM_RTS"}), ("TIOCMBIS", {line}), ("TIOCMBIC", {line})], f"{text}")
        pulse = float(events[2][0]) - float(events[1][0])
        need(pulse >= duration / 1000, f"{signal} was high for {pulse} s, wanted {duration} ms")
        need(not left, "its lock")


def rcd_serial_without_modem_lines():
    """What the kernel refuses is no success."""
    master, slave = player.pty.openpty()
    path = os.ttyname(slave)
    try:
        stonith("rcd_serial", rcd(path), "-T", "reset", "nodea").want(8, "cannot switch the modem lines")
        stonith("rcd_serial", rcd(path), "-S").want(8, "cannot switch the modem lines")
        need(not lock_of(path).exists(), "its lock")
        need(stonith("rcd_serial", rcd(path), "-l").want(0).out == ["nodea"], "its host")
        stonith("rcd_serial", rcd(path), "-T", "reset", "node").want(4)
    finally:
        os.close(master)
        os.close(slave)
    stonith("rcd_serial", rcd("/dev/no-such"), "-S").want(2, "cannot open /dev/no-such")
    need(not lock_of("/dev/no-such").exists() and not Path("/var/lock/LCK..nosuch").exists(), "its lock")


def rcd_serial_configuration():
    for word, text in (("dtr_rts=RTS", "Invalid signal name 'RTS'"), ("dtr_rts=", "Invalid signal name ''"),
                       ("msduration=0", "Invalid msduration '0'"), ("msduration=5s", "Invalid msduration '5s'"),
                       ("msduration=-1", "Invalid msduration"), ("msduration=99999999999999999999", "Invalid msduration")):
        stonith("rcd_serial", rcd("/dev/null", word), "-l").want(1, text)


# cyclades: a command instead of a line.

PM = """Cyclades AlterPath PM\r
Outlet\t\tName\t\tStatus\t\tUsers\t\tInterval (s)\r
2\t\tnode1\t\tUnlocked ON\t\tadmin\t\t0.50\r
12\t\tnode1\t\tUnlocked ON\t\tadmin\t\t0.50\r
3\t\tnode10\t\tUnlocked ON\t\tadmin\t\t0.50\r
"""


def pm(says, *words, params=(), table=PM, then=""):
    """ssh is a stand-in: the table, and SAYS to a command."""
    with tempfile.TemporaryDirectory() as where:
        Path(where, "table").write_text(table)
        Path(where, "says").write_text(says)
        script = Path(where, "ssh")
        script.write_text(f"""#!/bin/sh
echo "$*" >>{where}/calls
case $* in
*' status all') cat {where}/table ;;
*) cat {where}/says; {then or ':'} ;;
esac
""")
        script.chmod(0o755)
        given = {"ipaddr": "10.0.0.9", "login": "root", "serialport": "2", **dict(params)}
        done = stonith("cyclades", [f"{name}={value}" for name, value in given.items()], *words, env={"PATH": f"{where}:/usr/bin:/bin"})
        calls = Path(where, "calls")
        done.calls = calls.read_text().splitlines() if calls.exists() else []
        return done


def cyclades():
    def off(outlets):
        return "".join(f"{n}: Outlet turned off.\r\n" for n in outlets)

    done = pm(off([2, 12]), "-T", "off", "node1").want(0)
    need(done.calls[-1].endswith(" off 2,12"), f"whole names, all outlets: {done.calls}")
    pm(off([12, 12]), "-T", "off", "node1").want(8, "Did not find string 2: Outlet turned off.")
    pm(off([2]), "-T", "off", "node1").want(8, "Did not find string 12: Outlet turned off.")
    pm(off([3]).strip(), "-T", "off", "node10").want(0)
    pm(off([3]), "-T", "reset", "node10").want(5, "Did not find string 3: Outlet turned on.")
    pm("", "-T", "on", "node10").want(8)
    pm("", "-T", "on", "node").want(8, "Unknown host node to Cyclades PM")
    pm("", "-S", table="").want(2, "ssh to root@10.0.0.9 does not get in")
    pm("", "-l", table="Permission denied\r\n").want(255, "does not get in")
    for params in (("login", "-oProxyCommand=x"), ("login", "a b"), ("ipaddr", "x;reboot"), ("serialport", "$(reboot)"), ("ipaddr", "")):
        done = pm("", "-S", params=[params]).want(1, "letters, digits and")
        need(not done.calls, f"{params}: ran {done.calls}")


def cyclades_ends_its_command():
    """ssh that hangs afterwards is not left behind, with what it has started."""
    mark = f"86{os.getpid() % 1000:03}"
    pm("3: Outlet turned off.\r\n", "-T", "off", "node10", then=f"sleep {mark} & sleep {mark}").want(0)
    for _ in range(600):
        left = subprocess.run(["pgrep", "-f", f"^sleep {mark}"], capture_output=True, text=True, check=False).stdout
        if not left:
            return
        time.sleep(0.1)
    need(not left, f"still there: {left}")


CASES = (apcsmart_switches, apcsmart_is_off, apcsmart_misbehaves, nw_rpc100s, rps10_misbehaves, rps10_switches, rps10_configuration,
         locked_line, rcd_serial_pulses, rcd_serial_without_modem_lines, rcd_serial_configuration, cyclades, cyclades_ends_its_command)

if __name__ == "__main__":
    player.alone_with_loopback()
    sys.exit(player.run("stonith-serial", {case.__name__.replace("_", "-"): (case,) for case in CASES}, __doc__, jobs=8))
