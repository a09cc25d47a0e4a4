# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the external fencing scripts share: a bench on which one script runs with stand-ins for the
commands that it starts, and the recorded facts."""

import itertools
import json
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import places  # noqa: E402
from lab.errors import Skip  # noqa: E402
from lab.machine import within  # noqa: E402
from lab.suite import Wrong, main, main_in_one_lab  # noqa: E402,F401

SCRIPTS = "/usr/lib/stonith/plugins/external"
TOOLS = ("ssh", "ping", "ipmitool", "virsh", "snmpset", "snmpget", "snmpwalk", "upscmd", "upsc", "curl", "vmware-cmd", "aws",
         "crm_resource", "crmadmin", "sleep")
# Notes how it was called and does what the case says that it does.
STAND_IN = r"""#!/bin/sh
name=${0##*/}
{ [ "$name" != ipmitool ] || [ -z "${IPMI_PASSWORD-}" ] || printf 'env\037IPMI_PASSWORD=%s\037' "$IPMI_PASSWORD"
printf '%s' "$name"; for word; do printf '\037%s' "$word"; done; printf '\036'; } >>"$STANDIN/calls"
[ ! -f "$STANDIN/$name" ] || . "$STANDIN/$name"
exit 0
"""
_serial = itertools.count(1)


def expect(got, want, what):
    if got != want:
        raise Wrong(f"{what}: got {got!r}, want {want!r}")


def vectors():
    """The directory of the recorded facts."""
    found = places.SHARED / "vectors/stonith"
    if not found.is_dir():
        raise Skip(f"no {found}")
    return found


class Done:
    """How a run of a script ended."""

    def __init__(self, process, calls, log, stdin):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr
        self.calls, self.log, self.stdin = calls, log, stdin

    def __repr__(self):
        return f"exit {self.code}, {self.calls}, {self.out!r} {self.err!r} {self.log!r}"


class Bench:
    """A node with our scripts, and stand-ins for commands."""

    def __init__(self, node):
        self.node = node
        node.run("mkdir -p /opt/stand-in")
        for name in TOOLS:
            node.write(f"/opt/stand-in/{name}", STAND_IN, 0o755)
        node.run("rm -f /etc/hetzner.cfg /etc/kdump.conf")

    def run(self, script, words, params=None, says=None, real=(), path="/opt/stand-in:/usr/sbin:/usr/bin:/sbin:/bin", timeout=60):
        """Runs a script with WORDS; SAYS: name of a stand-in -> lines of shell.  Those of REAL are not stood in for:
        a stand-in of that name says what the real one does."""
        place = f"/tmp/{next(_serial)}"
        self.node.write(f"{place}/log", "")
        says = dict(says or {})
        for name in real:
            says[name] = f'exec {self.node.run(["which", name]).stdout.strip()} "$@"'
        for name, text in says.items():
            self.node.write(f"{place}/{name}", text + "\n")
        env = {"STANDIN": place, "PATH": path, "HA_LOGD": "no", "HA_LOGFACILITY": "none", "HA_LOGFILE": f"{place}/log",
               "HA_debug": "1", **(params or {})}
        done = self.node.run([f"{SCRIPTS}/{script}", *words], env=env, timeout=timeout)
        return Done(done, [call.split("\x1f") for call in self._read(f"{place}/calls").split("\x1e")[:-1]
                           if not call.startswith("sleep\x1f")],
                    [line.split(" ", 2)[2] for line in self._read(f"{place}/log").splitlines() if line.count(" ") > 1],
                    self._read(f"{place}/stdin"))

    def _read(self, path):
        return self.node.read(path, "")


class Simulator:
    """A device on the node (sim/external_sim.py) while the block runs; what it noted is in .events then."""

    def __init__(self, node, words):
        self._command = ["/usr/bin/python3", "-c", (HERE / "sim/external_sim.py").read_text(), *map(str, words)]
        self._node = node
        self.events = []

    def play(self, conversations, run):
        """What RUN() returns, while it plays these."""
        self._started(json.dumps(conversations) + "\n")
        try:
            return run()
        finally:
            self._end()

    def __enter__(self):
        return self._started()

    def _started(self, text=""):
        self._process = self._node.spawn(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         text=True)
        try:
            self._process.stdin.write(text)
            self._process.stdin.flush()
            line = within(self._process, self._process.stdout.readline)
        except BrokenPipeError:
            line = ""
        if line != "ready\n":
            self._process.kill()
            out, err = self._process.communicate(timeout=places.PATIENCE_S)
            raise Wrong(f"the simulator does not start: {line + out!r} {err[-1000:]}")
        return self

    def __exit__(self, *reason):
        self._end()

    def _end(self):
        """Also what the device hears after the script has gone is in its account."""
        try:
            out, _ = self._process.communicate("", timeout=2 * places.PATIENCE_S)
        finally:
            self._process.kill()  # of no effect on one that has ended
        self.events = [json.loads(line) for line in out.splitlines()]


# The recorded facts.

def facts(path):
    """The "key: value" lines of a file: (key, value)."""
    return [tuple(line.split(": ", 1)) for line in path.read_text().splitlines() if not line.startswith("#") and ": " in line]


class Case:
    def __init__(self, words):
        self.words, self.execs, self.out, self.logs, self.exit = words, [], [], [], None
        self.talk = []  # ("D" or "P", text)

    @property
    def command(self):
        """The script's words for those of stonith(8)."""
        if self.words[0] == "-S":
            return ["status"]
        return ["gethosts"] if self.words[0] == "-l" else self.words[1:3]


class Recording:
    """A "type:" section of a dialogue file."""

    def __init__(self, kind):
        self.kind, self.params, self.cases = kind, {}, []


def unquoted(text):
    """A quoted string of the files."""
    return text.strip()[1:-1].encode().decode("unicode_escape")


def recordings(path):
    found = []
    for line in path.read_text().splitlines():
        key, _, rest = line.partition(" ")
        if key == "type:":
            found.append(Recording(rest.removeprefix("external/")))
        elif key == "params:":
            found[-1].params = dict(word.split("=", 1) for word in shlex.split(rest))
        elif key == "case:":
            found[-1].cases.append(Case(shlex.split(rest)))
        elif key in ("D", "P"):
            found[-1].cases[-1].talk.append((key, unquoted(rest) if rest.startswith('"') else rest))
        elif key == "exec:":
            found[-1].cases[-1].execs.append(shlex.split(rest))
        elif key == "stdout|":
            found[-1].cases[-1].out.append(rest)
        elif key == "stderr|" and rest.startswith("external/") and "[<pid>]: " in rest:
            found[-1].cases[-1].logs.append(rest.split("[<pid>]: ", 1)[1])
        elif key == "exit:":
            found[-1].cases[-1].exit = int(rest)
    return found
