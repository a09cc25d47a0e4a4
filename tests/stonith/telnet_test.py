#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The telnet drivers against units that keep account, and that misbehave in every way that a network knows.

Whatever happens, success is what the unit did: an exit of 0 with an outlet that is not as asked for is the one thing that
must never be.  And whoever has logged in logs out, because the unit has one session."""

import itertools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import player
from player import need, stonith

sys.path.insert(0, str(player.HERE / "sim"))
from switches import (Apcmaster, ApcmasterConfirming, Baytech, BaytechConfirming, BootBar, Faults, WtiNps)  # noqa: E402

KINDS = {"baytech": (Baytech, BaytechConfirming), "apcmaster": (Apcmaster, ApcmasterConfirming), "wti_nps": (WtiNps, BootBar)}
UNITS = [(kind, unit) for kind, units in KINDS.items() for unit in units]
OUTLETS = {1: (b"Node1", True), 2: (b"node10", True), 3: (b"nodeb", True), 4: (b"nodeb", True), 5: (b"node1x", False),
           7: (b"dark", False)}
ADDRESSES = itertools.count(1)
IPV6 = threading.Lock()  # of which there is one address


class Bench:
    """One unit of KIND with FAULTS."""

    def __init__(self, kind, unit, outlets=None, address=None, **faults):
        number = next(ADDRESSES)
        self.kind, self.address = kind, address or f"127.1.{number // 250}.{number % 250 + 1}"
        self.unit = unit(self.address, outlets or OUTLETS, Faults(**faults))
        self.unit.start()

    def run(self, *words, params=None, address=None):
        return stonith(self.kind, (f"ipaddr={address or self.address}", *(params or self.unit.params)), *words)

    def states(self):
        return {number: outlet[1] for number, outlet in self.unit.outlets.items()}

    def is_so(self, op, *numbers):
        """Whether OP was done to these, and nothing to any other."""
        unit = self.unit
        others = all(unit.outlets[n][1] == OUTLETS[n][1] and n not in unit.was_off for n in unit.outlets if n not in numbers)
        if op == "reset":
            return others and all(unit.outlets[n][1] and n in unit.was_off for n in numbers)
        return others and all(unit.outlets[n][1] == (op == "on") for n in numbers)

    def want_done(self, op, host, *numbers):
        done = self.run("-T", op, host)
        need(done.code == 0, f"{op} {host}: {done}")
        need(self.is_so(op, *numbers), f"{op} {host}: {self.states()} {self.unit.switched}")
        self.want_left()
        return done

    def want_left(self):
        """Every session has been left with a word."""
        unit = self.unit
        with unit.lock:
            need(unit.logouts == unit.logins > 0, f"{unit.logins} logins, {unit.logouts} logouts: {unit.heard[-4:]}")


def each_unit(check):
    """CHECK as a case for each unit."""
    return {f"{check.__name__} {unit.__name__}".replace("_", "-"): (check, kind, unit) for kind, unit in UNITS}


def each_kind(check):
    return {f"{check.__name__} {units[0].__name__}".replace("_", "-"): (check, kind, units[0]) for kind, units in KINDS.items()}


# What works.

def switches(kind, unit):
    """Each operation, for one outlet and for several; names nest, and are of any case."""
    for op in ("off", "on", "reset"):
        for host, numbers in (("NODE1", (1,)), ("node10", (2,)), ("nodeb", (3, 4))):
            bench = Bench(kind, unit)
            if op == "on":
                for number in numbers:
                    bench.unit.outlets[number][1] = False
            bench.want_done(op, host, *numbers)
            bench.unit.stop()
    if kind != "wti_nps":
        return
    bench = Bench(kind, unit, {9: (b"far", True)})
    need(bench.run("-T", "off", "far").want(0).logged("outside 1..8"), "no warning about a plug beyond")


def several_supplies_are_off_together(kind, unit):
    bench = Bench(kind, unit)
    bench.want_done("reset", "nodeb", 3, 4)
    off, together = set(), False
    for number, on in bench.unit.switched:
        off = off - {number} if on else off | {number}
        together |= off == {3, 4}
    need(together, f"one of them was always on: {bench.unit.switched}")


def lists_and_status(kind, unit):
    bench = Bench(kind, unit)
    done = bench.run("-c", "2", "-S", "-l").want(0)
    need(done.out == [name.decode().lower() for name, _ in OUTLETS.values()] * 2, f"hosts {done}")
    bench.want_left()


def unknown_hosts(kind, unit):
    for host in ("node", "node100", "ode1", "nodeB2", "node1 "):
        bench = Bench(kind, unit)
        bench.run("-T", "reset", host).want(4, "doesn't control host")
        need(not bench.unit.switched, f"{host}: switched {bench.unit.switched}")
        bench.want_left()


def off_at_reset(kind, unit):
    """The unit decides what becomes of it; baytech's refuses."""
    bench = Bench(kind, unit)
    done = bench.run("-T", "reset", "dark")
    if kind == "baytech":
        done.want(7, "Host is OFF: dark.")
    else:
        done.want(0)
        need(bench.states()[7], "it is on then")
    bench.want_left()


# What goes wrong.

def wrong_password(kind, unit):
    bench = Bench(kind, unit)
    params = [word.replace("secret", "guess") for word in unit.params]
    done = bench.run("-S", params=params).want(2, "Invalid password for", "Cannot log into")
    need(bench.unit.wrong_passwords == 1, f"tried {bench.unit.wrong_passwords} times: it locks the account")
    need("guess" not in " ".join(done.err), f"the password is shown: {done}")
    bench.run("-T", "off", "node1", params=params).want(2)
    need(bench.unit.wrong_passwords == 2 and not bench.unit.switched, "once more")
    if kind == "baytech":
        before = bench.unit.connections
        bench.run("-S", params=["login=nobody", "password=secret"]).want(2, "Invalid username for BayTech RPC-5")
        need(bench.unit.connections == before + 1, "a wrong name is not tried again")


def bytes_one_by_one_with_options(kind, unit):
    """Each byte in a packet, telnet's options between them, which are answered with a no."""
    bench = Bench(kind, unit, split=True, negotiate=True)
    bench.want_done("reset", "nodeb", 3, 4)
    need(b"\xff\xfe\x01" in bench.unit.telnet_answers and b"\xff\xfc\x18" in bench.unit.telnet_answers, "no answers")
    need(not set(bench.unit.telnet_answers[1::3]) & {251, 253}, f"it agreed to something: {bench.unit.telnet_answers}")


def slow_unit_that_is_busy_first(kind, unit):
    bench = Bench(kind, unit, busy=2, slow=0.05, delay=2)
    done = bench.run("-T", "off", "node10")
    done.want(0, "Somebody else is logged in")
    need(bench.is_so("off", 2), f"{bench.states()}")


def several_nodes_at_once(kind, unit):
    """Each of them gets in, one after the other, while the unit turns away who comes during a session."""
    bench = Bench(kind, unit, exclusive=True, slow=0.02)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(bench.run, "-S") for _ in range(3)] + [pool.submit(bench.run, "-T", "off", "node10")]
        for run in runs:
            run.result().want(0)
    need(bench.is_so("off", 2), f"{bench.states()}")
    bench.want_left()


def no_secret_is_shown(kind, unit):
    """Neither by a unit that repeats it, in pieces, nor by us."""
    bench = Bench(kind, unit, echo=True, split=True)
    done = bench.run("-d", "--transcript", "-T", "off", "node1").want(0, "nodeb")  # of the table
    need("secret" not in "".join(done.err + done.out), f"the password is shown: {done}")


def nobody_listens_for_a_while(kind, unit):
    bench = Bench(kind, unit, refuse=2.5)
    bench.want_done("off", "node10", 2)


def garbage_before_the_greeting(kind, unit):
    """What fits into a wait is passed over; megabytes are not."""
    bench = Bench(kind, unit, flood=100_000, split=False)
    bench.want_done("on", "dark", 7)
    bench = Bench(kind, unit, flood=3_000_000)
    bench.run("-T", "off", "node1").want(2, "Cannot log into")
    need(not bench.unit.switched, "switched in spite of it")


def says_so_but_does_not(kind, unit):
    def lie(op, host):
        bench = Bench(kind, unit, deaf=True)
        done = bench.run("-T", op, host)
        need(done.code == 5, f"{op} {host}: {done}")
        bench.want_left()

    tries = [("off", "node1"), ("off", "nodeb"), ("on", "dark"), ("reset", "nodeb")]
    if kind == "wti_nps":
        tries.pop()  # it says that it has rebooted, and that it is on
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda t: lie(*t), tries))


def closed_at_each_step(kind, unit):
    """The connection ends, or ends half-way in an answer, at each of its steps."""
    # The number of answers of an undisturbed run.
    whole = Bench(kind, unit)
    whole.want_done("off", "nodeb", 3, 4)
    steps = whole.unit.answers

    def cut(at, how):
        bench = Bench(kind, unit, **{how: at})
        done = bench.run("-T", "off", "nodeb")
        need(done.code == 0 or bench.states()[3] or bench.states()[4] or done.code in (2, 5, 6, 8), f"{how} {at}: {done}")
        need(done.code != 0 or bench.is_so("off", 3, 4), f"{how} {at}: success, but {bench.states()}")
        need(not bench.unit.was_off - {3, 4}, f"{how} {at}: switched {bench.unit.switched}")
        bench.unit.stop()
        return done.code

    tries = [(at, how) for at in range(1, steps + 1) for how in ("close_at", "half_at")]
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda t: cut(*t), tries))
    need(0 in codes and set(codes) - {0}, f"all the same: {codes}")


def silent_at_each_step(kind, unit):
    """It says nothing more, and keeps the line open.  The one step that may take very long is left out."""
    whole = Bench(kind, unit)
    whole.want_done("off", "node1", 1)
    steps = whole.unit.answers

    def mute(at):
        bench = Bench(kind, unit, mute_at=at)
        done = bench.run("-T", "off", "node1")
        need(done.code != 0 or bench.is_so("off", 1), f"silent at {at}: success, but {bench.states()}")
        need(not bench.unit.was_off - {1}, f"silent at {at}: switched {bench.unit.switched}")
        bench.unit.stop()
        return done.code

    with ThreadPoolExecutor(32) as pool:
        codes = list(pool.map(mute, [at for at in range(1, steps + 1) if at != unit.long_wait]))
    need(set(codes) - {0}, f"all went well: {codes}")


def silent_unit(kind, unit):
    bench = Bench(kind, unit, mute_at=1, every_time=True)
    bench.run("-S").want(6, "Cannot log into")
    need(1 < bench.unit.connections <= 20, f"{bench.unit.connections} attempts")


def end_of_the_time(kind, unit):
    """A step that ends in the middle of a session still says good-bye."""
    bench = Bench(kind, unit)
    steps = {"baytech": 7, "apcmaster": 8, "wti_nps": 9}[kind]
    bench.unit.faults.pause_at = steps
    done = bench.run("--timeout", "6", "-T", "off", "node1")
    need(done.code != 0, f"{done}")
    need(bench.unit.farewell(10), f"the last words were {bench.unit.heard[-3:]}: {done}")


def nobody_there(kind, unit):
    done = stonith(kind, ("ipaddr=127.9.9.9", *unit.params), "-S").want(2, "Connection refused", "Cannot log into")
    need(1 < sum("Connection refused" in line for line in done.err) <= 20, f"{done}")


def address_forms(kind, unit):
    bench = Bench(kind, unit)
    bench.run("-S", address=f"[{bench.address}]:23").want(0)
    bench.run("-S", address=f"{bench.address}:23").want(0)
    bench.run("-S", address=f"{bench.address}:x").want(1, "is no host or host:port")
    with IPV6:
        bench = Bench(kind, unit, address="::1")
        bench.run("-S").want(0)
        bench.run("-S", address="[::1]").want(0)
        bench.run("-T", "off", "node10", address="[::1]:23").want(0)
        bench.unit.stop()
    for params in (("ipaddr=127.0.0.1", *(word + "\rlogout" for word in unit.params)), ("ipaddr=", *unit.params)):
        need(stonith(kind, params, "-S").code == 1, f"took {params}")


if __name__ == "__main__":
    player.alone_with_loopback()
    cases = {}
    for check in (silent_at_each_step, silent_unit, nobody_there, end_of_the_time, closed_at_each_step, nobody_listens_for_a_while,
                  several_nodes_at_once, no_secret_is_shown,
                  slow_unit_that_is_busy_first, garbage_before_the_greeting, says_so_but_does_not, wrong_password, lists_and_status,
                  unknown_hosts, off_at_reset, several_supplies_are_off_together, address_forms):
        cases.update(each_kind(check))
    for check in (switches, bytes_one_by_one_with_options):
        cases.update(each_unit(check))
    sys.exit(player.run("stonith-telnet", cases, __doc__, jobs=24))
