#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A power switch behind snmpd (pass_persist): the outlets of an APC MasterSwitch, the plug groups of a WTI MPC.

What it is and how it behaves is in /opt/pdu.json, read again for each question; a file put there anew is another switch,
whose outlets are as they were at first.  What was asked goes to /opt/pdu.log, in the words of the recorded dialogues."""

import json
import os
import sys
import time

SETTINGS, LOG = "/opt/pdu.json", "/opt/pdu.log"
APC = ".1.3.6.1.4.1.318.1.1.12"
WTI = {"1": ".1.3.6.1.4.1.2634.3.1.3.1", "3": ".1.3.6.1.4.1.2634.3.100.300.1"}
ON, OFF, REBOOT = 1, 2, 3


class Outlet:
    """Its state follows from the last command and the time since."""

    def __init__(self, state):
        self.plan = [(0, state)]  # (from when, state)

    def state(self):
        return [state for since, state in self.plan if since <= time.monotonic()][-1]

    def command(self, value, settings, name):
        now, was, delay = time.monotonic(), self.state(), settings.get("delay", 0)
        if name.startswith("liar"):  # says yes, does nothing
            return
        if value == REBOOT:
            self.plan = [(0, was), (now + delay, OFF), (now + delay + settings.get("off_s", 1), ON)]
            if name.startswith("grave"):  # does not come back
                self.plan.pop()
        else:
            self.plan = [(0, was), (now + delay, value)]


class Pdu:
    def __init__(self):
        self.outlets, self.made = {}, None

    def settings_now(self):
        """Those of the file.  It is never written here: who puts a new one there must find it as it was put."""
        with open(SETTINGS, encoding="utf-8") as file:
            made = os.fstat(file.fileno()).st_ino, os.fstat(file.fileno()).st_mtime_ns
            if made != self.made:
                self.outlets, self.made = {}, made
            return json.load(file)

    def names(self, settings):
        return settings.get("names", ["NodeA", "nodeb", "nodeb", "spare"])

    def outlet(self, number, settings):
        state = settings.get("states", {}).get(str(number), ON)
        return self.outlets.setdefault(number, Outlet(state))

    def apc(self, oid, settings):
        count = len(self.names(settings))
        if oid == f"{APC}.1.5.0":
            return "STRING", settings.get("ident", "AP7920")
        if oid == f"{APC}.1.8.0":
            return "INTEGER", settings.get("count", count)
        column, _, number = oid[len(APC):].rpartition(".")
        if not number.isdigit() or not 1 <= int(number) <= count:
            return None
        number = int(number)
        return {".3.4.1.1.2": ("STRING", self.names(settings)[number - 1]),
                ".3.3.1.1.2": ("STRING", self.names(settings)[number - 1]),
                ".3.3.1.1.4": ("INTEGER", self.outlet(number, settings).state()),
                ".3.5.1.1.2": ("STRING", self.names(settings)[number - 1]),  # a rack PDU has both tables
                ".3.5.1.1.4": ("INTEGER", self.outlet(number, settings).state()),
                ".3.5.1.1.5": ("INTEGER", 1 if number in settings.get("pending", []) else 2),
                ".3.4.1.1.6": ("INTEGER", settings.get("duration", 3))}.get(column)

    def wti(self, oid, base, settings):
        column, _, number = oid[len(base):].rpartition(".")
        names = self.names(settings) + ([] if settings.get("ends_by_error") else [""])
        if not number.isdigit() or not 1 <= int(number) <= len(names):
            return None
        return {".2": ("STRING", names[int(number) - 1]), ".3": ("INTEGER", 0)}.get(column)

    def get(self, oid, settings):
        if oid.startswith(APC + "."):
            return self.apc(oid, settings)
        for version, base in WTI.items():
            if oid.startswith(base + ".") and settings.get("mib", "3") == version:
                return self.wti(oid, base, settings)
        return None

    def set(self, oid, value, settings):
        number = int(oid.rpartition(".")[2])
        name = self.names(settings)[number - 1]
        if name.startswith("mule"):
            return "not-writable"
        if oid.startswith(f"{APC}.3.3.1.1.4."):
            self.outlet(number, settings).command(value, settings, name)
        return "DONE"

    def following(self, oid, settings):
        """The next of the names of outlets, through the tables that have them; None at the end of one."""
        for column in (f"{APC}.3.3.1.1.2", f"{APC}.3.5.1.1.2"):
            names = [f"{column}.{number}" for number in range(1, len(self.names(settings)) + 1)]
            for before, name in zip([column, *names], names):
                if oid in (before, f"{before}.0"):
                    return name
        return None


def note(text):
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(text + "\n")


def shown(kind, value):
    return f'{kind} "{value}"' if kind == "STRING" else f"{kind} {value}"


def answer(pdu, words):
    settings = pdu.settings_now()
    if words[0] == "get":
        found = pdu.get(words[1], settings)
        if found is None:
            return "NONE\n"
        note(f"GET {words[1]} -> {shown(*found)}")
        kind, value = found
        if kind == "STRING" and not value.isprintable():  # as a device sends it, byte by byte
            return f"{words[1]}\noctet\n{value.encode('latin-1').hex(' ')}\n"
        return f"{words[1]}\n{kind.lower()}\n{value}\n"
    if words[0] == "set":
        said = pdu.set(words[1], int(words[2].split()[1]), settings)
        note(f"SET {words[1]} INTEGER {words[2].split()[1]} -> {'ok' if said == 'DONE' else said}")
        return said + "\n"
    name = pdu.following(words[1], settings)
    return f"{name}\nstring\n{pdu.get(name, settings)[1]}\n" if name else "NONE\n"


def main():
    pdu = Pdu()
    # snmpd sends an empty line after the value of a "set": no end, only that of the input is.
    for line in iter(sys.stdin.readline, ""):
        line = line.strip()
        if line == "PING":
            said = "PONG\n"
        elif line in ("get", "getnext"):
            said = answer(pdu, [line, sys.stdin.readline().strip()])
        elif line == "set":
            said = answer(pdu, [line, sys.stdin.readline().strip(), sys.stdin.readline().strip()])
        else:
            said = ""
        sys.stdout.write(said)
        sys.stdout.flush()


main()
