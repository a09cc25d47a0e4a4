# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of scripts and resource programs share: cases, comparisons, a captured wire."""

import re
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import LabError  # noqa: E402
from lab.suite import Wrong, main_in_one_lab  # noqa: E402


def expect(got, want, what):
    if got != want:
        raise Wrong(f"{what}: got {got!r}, want {want!r}")


def expect_that(true, what):
    if not true:
        raise Wrong(what)


def expect_match(pattern, text, what):
    if not re.search(pattern, text):
        raise Wrong(f"{what}: {text!r} does not match {pattern!r}")


def run_cases(suite, cases, networks=("eth0",), kind="ours"):
    """Runs each case with a lab of one node, "alpha", and a client; returns the exit code.

    CASES are functions that take (alpha, client); their name is the name of the case."""
    return main_in_one_lab(suite, cases, lambda lab: (lab.node("alpha", kind=kind), lab.client()), networks=networks)


class Wire:
    """What arrives at a machine's interface while the block runs: ARP and ICMPv6 frames."""

    def __init__(self, machine, interface="eth0"):
        self._command = [sys.executable or "/usr/bin/python3", str(HERE / "capture.py"), interface]
        self._machine = machine
        self.frames = []  # (time, bytes), filled at the end

    def __enter__(self):
        self._process = self._machine.spawn(self._command, stdout=subprocess.PIPE,
                                            stdin=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != "ready\n":
            raise LabError("the capture does not start")
        return self

    def __exit__(self, *reason):
        out, _ = self._process.communicate("", timeout=60)
        for line in out.splitlines():
            when, data = line.split()
            self.frames.append((float(when), bytes.fromhex(data)))

    def of(self, address):
        """The frames that announce ADDRESS (packed)."""
        return [(when, data) for when, data in self.frames if announced(data) == address]


def announced(frame):
    """The packed address that an ARP frame or neighbour advertisement is about."""
    kind, = struct.unpack_from("!H", frame, 12)
    if kind == 0x0806:
        return frame[28:32]
    if kind == 0x86dd and frame[20] == 58 and frame[54] == 136:
        return frame[62:78]
    return None
