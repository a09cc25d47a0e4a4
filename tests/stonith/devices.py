# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of drivers share: a node on which stonith(8) meets a simulated device, and how a run of it ended."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import installs, places  # noqa: E402
from lab.errors import LabError, Skip  # noqa: E402,F401
from lab.machine import within  # noqa: E402,F401
from lab.suite import Wrong, main_in_one_lab, need  # noqa: E402,F401

LINE = re.compile(r"^\w+ +\d+ [\d:]+ \S+ stonith: \[\d+\]: (.*)$")
STAND_INS = "/opt/stand-in"


class Done:
    """How a run of stonith(8) ended: .code, .out (lines), .log (lines without date and process), .text (stderr)."""

    def __init__(self, process):
        self.code, self.out, self.text = process.returncode, process.stdout.splitlines(), process.stderr
        self.log = [match[1] if (match := LINE.match(line)) else line for line in process.stderr.splitlines()]

    def __repr__(self):
        return f"exit {self.code}, {self.out}, {self.log}"

    def logged(self, text):
        return any(text in line for line in self.log)

    def want(self, code, *texts, out=None):
        """That it ended with CODE, logged TEXTS, and printed OUT."""
        need(self.code == code, f"want exit {code}: {self}")
        for text in texts:
            need(self.logged(text), f"want '{text}': {self}")
        need(out is None or self.out == list(out), f"want {out}: {self}")
        return self


def ended(process, timeout=90, already=""):
    """The Done of a run that was spawned, of whose stderr ALREADY was read."""
    out, err = process.communicate(timeout=timeout)
    return Done(subprocess.CompletedProcess([], process.returncode, out, already + err))


class Bench:
    """A node with stonith(8) for one TYPE with PARAMS ("name=value" words)."""

    def __init__(self, node, kind, *params):
        self.node, self.kind, self.params = node, kind, list(params)

    def spawn(self, *words, params=None, env=None, stdin=subprocess.DEVNULL):
        return self.node.spawn(self.command(words, params), env=env, stdin=stdin, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)

    def command(self, words, params=None):
        # -d: the log on stderr, too.  HA_debug: and not more of it than without.
        return ["env", "HA_debug=0", "stonith", "-d", "-t", self.kind, *(self.params if params is None else params), *words]

    def run(self, *words, params=None, env=None, timeout=120):
        return Done(self.node.run(self.command(words, params), env=env, timeout=timeout))

    def stand_in(self, name, script):
        """A command of the node's that notes how it was called, in calls(), and then does what SCRIPT says."""
        self.node.write(f"{STAND_INS}/{name}", "#!/bin/sh\n" + NOTE + script, 0o755)

    def calls(self):
        """The words of each call of a stand-in since the last time."""
        text = self.node.read(f"{STAND_INS}.calls", "")
        self.node.write(f"{STAND_INS}.calls", "")
        return [call.split("\x1f") for call in text.split("\x1e")[:-1]]


NOTE = (f'{{ printf %s "${{0##*/}}"; for word; do printf "\\037%s" "$word"; done; printf "\\036"; }} >>{STAND_INS}.calls\n')
WITH_STAND_INS = {"PATH": f"{STAND_INS}:/usr/sbin:/usr/bin:/sbin:/bin"}


def unpacked_kind(name, tree_name, packages, support=()):
    """A kind of node: ours, and Debian's PACKAGES below it."""
    def make():
        merged = places.scratch() / f"merged-{name}"
        import shutil
        shutil.copytree(installs.unpacked(tree_name, packages, support), merged, symlinks=True, dirs_exist_ok=True)
        shutil.copytree(installs.MAKERS["ours"](), merged, symlinks=True, dirs_exist_ok=True)
        return merged

    installs.MAKERS[name] = make
    return name


class Simulator:
    """A program of sim/ on the node while the block runs."""

    def __init__(self, node, script, *words, log="/var/log/simulator"):
        self._command = f"exec /usr/bin/python3 /opt/{script} {shlex.join(map(str, words))} >>{log} 2>&1"
        self._node, self._log = node, log
        node.write(f"/opt/{script}", (HERE / "sim" / script).read_text(), 0o755)

    def __enter__(self):
        self._node.write(self._log, "")
        self._process = self._node.spawn(self._command)
        self._node.lab.wait(lambda: "ready\n" in self._node.read(self._log, ""), 20, f"the simulator starts: {self._log}")
        return self

    def events(self):
        return [line for line in self._node.read(self._log, "").splitlines() if line != "ready"]

    def __exit__(self, *reason):
        self._process.kill()  # the entering process: the simulator ends with it
        self._process.wait(places.PATIENCE_S)


# The recorded dialogues.

class Case:
    def __init__(self, words):
        self.words, self.lines, self.out, self.err, self.exit = words, [], [], [], None


def recorded(name):
    """The cases of vectors/stonith/dialogue/NAME.txt."""
    path = places.SHARED / f"vectors/stonith/dialogue/{name}.txt"
    if not path.is_file():
        raise Skip(f"no {path}")
    cases = []
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("case: "):
            cases.append(Case(line[6:]))
        elif not cases:
            continue
        elif line.startswith("stdout| "):
            cases[-1].out.append(line[8:])
        elif line.startswith("stderr| "):
            cases[-1].err.append(line[8:].replace("info: ", "") if line.endswith(" device OK.") else line[8:])  # debug without a tty
        elif line.startswith("exit: "):
            cases[-1].exit = int(line[6:])
        else:
            cases[-1].lines.append(line)
    return cases
