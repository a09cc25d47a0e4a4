# SPDX-License-Identifier: GPL-2.0-or-later
"""A laboratory: some networks, some nodes on them, clients that watch.

    with Lab("failover") as lab:
        alpha, bravo = lab.nodes("alpha", "bravo", kind="ours")
        client = lab.client("client")

Leaving the block, an exception, SIGINT, SIGTERM or even SIGKILL end everything in it.
"""

import atexit
import faulthandler
import itertools
import os
import re
import shutil
import signal
import sys
import threading
import time
import weakref
from pathlib import Path

from . import places, story
from .capture import Capture
from .client import Client
from .errors import LabError
from .node import Node
from .switch import Switch

_serial = itertools.count(1)
_alive = weakref.WeakSet()


class Lab:
    """Several may exist at once, in one process or in many; they share nothing."""

    def __init__(self, name="lab", networks=("eth0",)):
        """NETWORKS are named as their interface in every machine; the first is the main one.

        Network number K has the addresses 10.(77+K).0.0/24: nodes 10.77.0.1, .2, ...,
        clients and ping hosts from .200 on unless they say otherwise."""
        places.require()
        catch_signals()
        self.name = f"{name}-{next(_serial)}"
        self.machines = {}
        self._networks = list(networks)
        self._directory = places.scratch() / "labs" / self.name
        self._directory.mkdir(parents=True)
        self._captures = []
        self.reports = []  # of sanitizers; filled by close()
        self._counts = {"node": 0, "client": 0}
        self._lock = threading.Lock()
        self.switch = Switch(self)
        _alive.add(self)
        try:
            for network in self._networks:
                self.switch.add_network(network)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        story.enter(self)
        return self

    def __exit__(self, kind, reason, _trace):
        story.leave(self, reason)
        self.close()
        if self.reports and kind is None:
            raise LabError("sanitizer: " + self.reports[0])  # or valgrind

    def close(self):
        """Ends every machine and removes every trace; harmless when repeated."""
        for capture in self._captures:
            capture.close()
        self._captures.clear()
        for machine in list(self.machines.values()):
            if isinstance(machine, Node):
                machine.power_off()
            else:
                machine.close()
        self.machines.clear()
        if self.switch is not None:
            self.switch.close()
            self.switch = None
        self._collect_reports()
        shutil.rmtree(self._directory, ignore_errors=True)
        _alive.discard(self)

    def _collect_reports(self):
        """What the sanitizers and valgrind wrote in any machine: kept, and an error of the test (see __exit__)."""
        found = [path for name in ("sanitizer", "valgrind")
                 for path in sorted(Path(self._directory).glob(f"*/upper/var/log/{name}*"))]
        for report in found:
            text = report.read_text(errors="replace")
            if report.name.startswith("valgrind") and not re.search("^==", text, re.MULTILINE):
                continue  # at most a warning about what it cannot watch
            kept = places.BUILD / "lab" / "sanitizer"
            kept.mkdir(parents=True, exist_ok=True)
            machine = report.parents[3].name
            (kept / f"{Path(self._directory).name}-{machine}-{report.name}").write_text(text)
            lines = [line for line in text.splitlines() if re.search("ERROR|runtime error|^==", line)]
            self.reports.append((lines or text.splitlines() or ["empty report"])[0])

    # Machines.

    def node(self, name, kind="ours", power=True):
        """A node with an interface in every network, booted unless POWER is False."""
        with self._lock:
            self._counts["node"] += 1
            node = Node(self, name, kind, self._counts["node"])
            self._add(node)
        self._write_hosts()
        if power:
            node.power_on()
        return node

    def nodes(self, *names, kind="ours", power=True):
        return [self.node(name, kind, power) for name in names]

    def client(self, name="client", networks=None, address=None):
        """A machine without own files that watches (see Client.prober) or answers pings.

        ADDRESS (without mask) is its address in the first of NETWORKS; default: the next
        free one from .200 on."""
        with self._lock:
            networks = list(networks or self._networks)
            self._counts["client"] += 1
            mine = self.addresses_of(199 + self._counts["client"], networks)
            if address is not None:
                mine[networks[0]][0] = f"{address}/24"
            client = Client(self, name, mine)
            self._add(client)
        self._write_hosts()
        return client

    host = client  # a ping host is a client that nobody asks to probe

    def _add(self, machine):
        if machine.name in self.machines:
            raise LabError(f"two machines named {machine.name}")
        self.machines[machine.name] = machine

    def addresses_of(self, number, networks=None):
        """Network -> [IPv4/24, IPv6/64] of machine NUMBER."""
        return {network: [f"10.{77 + self._networks.index(network)}.0.{number}/24",
                          f"fd77:{self._networks.index(network)}::{number:x}/64"]
                for network in networks or self._networks}

    def _write_hosts(self):
        lines = "127.0.0.1 localhost\n::1 localhost\n"
        for machine in self.machines.values():
            lines += "".join(f"{address} {machine.name}{'' if first else '-' + network}\n"
                             for first, (network, address) in _numbered(machine.addresses))
        for machine in self.machines.values():
            if isinstance(machine, Node):
                machine.write_hosts(lines)

    # Faults of the network.  Machines may be given as objects or names.

    def cut(self, one, other, network=None):
        """Nothing gets from ONE to OTHER nor back (in NETWORK, default all)."""
        self.cut_oneway(one, other, network)
        self.cut_oneway(other, one, network)

    def cut_oneway(self, source, target, network=None):
        """Nothing that SOURCE sends reaches TARGET; the way back is open."""
        self.switch.lose(_name(source), _name(target), network, 100)

    def loss(self, one, other, percent, network=None):
        """PERCENT of the frames between the two are lost, each way for itself; 0 heals."""
        self.switch.lose(_name(one), _name(other), network, percent)
        self.switch.lose(_name(other), _name(one), network, percent)

    def fragments(self, carried, *networks):
        """Whether NETWORKS (default all) carry fragments of IP."""
        self.switch.carry_fragments(networks or self._networks, carried)

    def isolate(self, one, network=None):
        """Cuts ONE off from every other machine."""
        for other in self.machines:
            if other != _name(one):
                self.cut(one, other, network)

    def heal(self, *machines, network=None):
        """Ends all cuts and losses between MACHINES (without any: everywhere)."""
        self.switch.heal({_name(one) for one in machines} or None, network)

    # Watching.

    def capture(self):
        """Starts to collect what every machine sends (see Capture)."""
        capture = Capture(self.switch)
        self._captures.append(capture)
        return capture

    # Waiting.

    @staticmethod
    def wait(condition, timeout, what, every=0.02):
        """Waits until CONDITION() is true and returns its value; LabError names WHAT.

        TIMEOUT seconds are what a quiet machine never needs; a busy one gets places.PATIENCE_S in any case: how
        soon something happens is no matter of a wait."""
        timeout = max(timeout, places.PATIENCE_S)
        deadline = time.monotonic() + timeout
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise LabError(f"not within {timeout} s: {what}")
            time.sleep(every)


def _name(machine):
    return machine if isinstance(machine, str) else machine.name


def _numbered(addresses):
    return ((number == 0, item) for number, item in enumerate(addresses.items()))


# The end of the process.  The machines would die by their lifelines anyway; this also
# removes their files.

def close_all():
    for lab in list(_alive):
        lab.close()


def _on_signal(signo, _frame):
    """Also the end of a test that hangs: where its threads are."""
    faulthandler.dump_traceback(sys.stderr, all_threads=True)
    sys.exit(128 + signo)


_signals_caught = False


def catch_signals():
    """SIGTERM ends the process like an exception, so that everything is cleaned up."""
    global _signals_caught
    if _signals_caught or threading.current_thread() is not threading.main_thread():
        return
    _signals_caught = True
    atexit.register(close_all)
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _on_signal)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _on_signal)
    os.environ.setdefault("LC_ALL", "C")
