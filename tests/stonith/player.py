# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays recorded dialogues (vectors/stonith/dialogue) against a driver, through stonith(8).

The device's part is said word for word; what the driver says must be what was recorded.  It may leave out round trips
that the recording's own notes call superfluous ("leave_out"), and a device that keeps account of its outlets
("keeper") answers what the driver asks beyond the recording: whether they are as they should be.

A program that wants networks of its own calls alone_with_loopback() first."""

import ast
import ctypes
import os
import pty
import re
import select
import shlex
import socket
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import places  # noqa: E402
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, need, run  # noqa: E402,F401

PATIENCE = 60  # seconds for the next word of a driver


def alone_with_loopback():
    """The rest of this program is in a network of its own, of which it is the only user."""
    if os.geteuid() != 0:
        print("skip stonith: needs root for namespaces")
        sys.exit(0)
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
        print("skip stonith: no network namespace to be had")
        sys.exit(0)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Done:
    """How a run of stonith(8) ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out.splitlines(), err.replace("\r\n", "\n").splitlines()

    def __repr__(self):
        return f"exit {self.code}, {self.out}, {self.err}"

    def logged(self, text):
        return any(text in line for line in self.err)

    def want(self, code, *texts):
        need(self.code == code, f"want exit {code}: {self}")
        for text in texts:
            need(not text or self.logged(text), f"want '{text}': {self}")
        return self


def environment(**more):
    return {"PATH": os.environ["PATH"], "STONITH_PLUGIN_DIR": str(places.BUILD / "plugins"),
            "STONITH_DEVICE": str(places.BUILD / "bin/stonith-device"), **more}


def stonith(kind, params, *words, env=None, before=(), timeout=PATIENCE * 3):
    """Runs it as from a terminal: its log comes on stderr."""
    master, slave = pty.openpty()
    try:
        done = subprocess.run([*before, str(places.BUILD / "bin/stonith"), "-t", kind, *params, *words], stdin=slave,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(**(env or {})), timeout=timeout,
                              text=True, errors="replace", check=False)
    finally:
        os.close(master)
        os.close(slave)
    return Done(done.returncode, done.stdout, done.stderr)


# The files.

class Case:
    def __init__(self, text):
        self.text, self.steps, self.out, self.err, self.code = text, [], [], [], 0

    @property
    def words(self):
        """The arguments behind the parameters: "confirm YES: -T off nodeb" has a remark in front."""
        return shlex.split(re.search(r"(?:^|: |\s)(-[SlTp].*)$", re.sub(r"\s*\(.*\)$", "", self.text))[1])


class Dialogue:
    """One file."""

    def __init__(self, name):
        path = places.SHARED / "vectors/stonith/dialogue" / f"{name}.txt"
        if not path.exists():
            raise Skip(f"no {path}")
        self.screens, self.cases, blocks, where = {}, {}, {}, None
        for line in path.read_text().splitlines():
            if line.startswith("#") or not line:
                continue
            word, _, rest = line.partition(" ")
            if word == "type:":
                self.type = rest
            elif word == "params:":
                self.params = shlex.split(rest)
            elif word == "screen:":
                screen, text = rest.split(" ", 1)
                self.screens[screen] = decoded(text)
            elif word == "block:":
                where = blocks.setdefault(rest, [])
            elif word == "case:":
                case = self.cases[rest] = Case(rest)
                where = case.steps
            elif word == "stdout|":
                case.out.append(rest)
            elif word == "stderr|" or line == "stderr|":
                case.err.append(rest)
            elif word == "exit:":
                case.code = int(rest)
            elif word in ("stderr~", "stdout~", "transport:"):
                pass
            elif word.startswith("@"):
                where.extend(blocks[word[1:]])
            elif word == "D" and rest.startswith("@"):
                where.append(("D", rest[1:]))
            elif word in ("D", "P"):
                where.append((word, decoded(rest)))
            elif word in ("open", "line", "exec:"):
                where.append((word, rest))
            elif word in ("GET", "SET"):
                where.append((word, rest))
            else:
                raise Wrong(f"{path.name}: what is '{line}'?")

    def screen(self, what):
        return what if isinstance(what, bytes) else self.screens[what]


def decoded(quoted):
    return ast.literal_eval("b" + quoted)


# The player.

class Keeper:
    """A device's account of its outlets.  SENT sees all that the driver sends; SHOWN may change what is said to it;
    ANSWER is asked for what was not recorded: bytes, or None when the driver must not say that."""

    leave_out = ()  # what need not be said

    def same(self, said):
        return said

    def sent(self, word):
        pass

    def shown(self, text):
        return text

    def answer(self, word):
        return None


class Player(threading.Thread):
    """Plays one case, as the device, on what LINE reads and writes; the complaint of wait() says what went wrong."""

    def __init__(self, dialogue, case, keeper):
        super().__init__(daemon=True)
        self.dialogue, self.case, self.keeper = dialogue, case, keeper
        self.steps, self.at, self.wrong, self.extra = list(case.steps), 0, None, []
        self.stop = False

    def run(self):
        try:
            self.play()
        except (OSError, Wrong) as reason:
            self.wrong = self.wrong or str(reason)

    def wait(self):
        self.stop = True
        self.join(PATIENCE)
        left = [step for step in self.steps[self.at:] if step[0] == "P" and self.keeper.same(step[1]) not in self.keeper.leave_out]
        if not self.wrong and left:
            self.wrong = f"never said {left}"
        if self.wrong:
            raise Wrong(f"{self.case.text}: {self.wrong}")

    def say_all(self):
        """What the device says next."""
        while self.at < len(self.steps) and self.steps[self.at][0] in ("D", "open", "line"):
            kind, what = self.steps[self.at]
            if kind == "D":
                self.say(self.keeper.shown(self.dialogue.screen(what)))
            elif kind == "line" and not self.line_event(what):
                return
            self.at += 1

    def line_event(self, what):
        return True

    def heard(self, word):
        """The driver has said WORD: where are we then?"""
        self.keeper.sent(word)
        at = self.reachable(word)
        # A word that may be left out may as well be said once more, for something else.
        answer = self.keeper.answer(word) if at is None or (at > self.at and word in self.keeper.leave_out) else None
        if answer is not None:
            self.extra.append(word)
            return self.say(answer)
        if at is None:
            raise Wrong(f"said {word!r}, wanted {self.steps[self.at:self.at + 1]}")
        self.at = at + 1
        return self.say_all()

    def reachable(self, word):
        """Where it is said in the recording, with nothing before it that must not be left out; or None."""
        for at in range(self.at, len(self.steps)):
            kind, what = self.steps[at]
            if kind == "P" and self.keeper.same(what) == word:
                return at
            if kind == "P" and self.keeper.same(what) not in self.keeper.leave_out:
                return None
        return None


class TelnetPlayer(Player):
    """At port 23 of ADDRESS."""

    def __init__(self, dialogue, case, keeper, address):
        super().__init__(dialogue, case, keeper)
        self.server = socket.create_server((address, 23))
        self.server.settimeout(0.2)

    def say(self, text):
        self.line.sendall(text)

    def play(self):
        with self.server:
            while True:
                try:
                    self.line, _ = self.server.accept()
                    break
                except TimeoutError:
                    if self.stop:
                        return
            with self.line:
                self.line.settimeout(PATIENCE)
                self.say_all()
                pending = b""
                while data := self.line.recv(4096):
                    pending += data
                    while match := re.match(rb"\x1b|[^\x1b\r]*\r", pending):
                        pending = pending[match.end():]
                        self.heard(match[0])


class SerialPlayer(Player):
    """At a pseudo terminal, .path."""

    def __init__(self, dialogue, case, keeper):
        super().__init__(dialogue, case, keeper)
        self.master, self.slave = pty.openpty()
        self.path = os.ttyname(self.slave)
        self.low = False

    def say(self, text):
        os.write(self.master, text)

    def is_low(self):
        return termios.tcgetattr(self.master)[5] == termios.B0

    def line_event(self, what):
        """A drop of DTR is speed 0."""
        end = time.monotonic() + PATIENCE
        while self.is_low() != ("low" in what):
            if self.stop or time.monotonic() > end:
                raise Wrong(f"line event never came: {what}")
            time.sleep(0.02)
        return True

    def play(self):
        try:
            pending = b""
            # A device speaks when somebody is there: its terminal has been set.
            self.say_all()
            while not self.stop:
                if not select.select([self.master], [], [], 0.1)[0]:
                    continue
                pending += os.read(self.master, 4096)
                pending = self.take(pending)
        finally:
            os.close(self.master)
            os.close(self.slave)

    def take(self, pending):
        while pending:
            if self.at >= len(self.steps):
                raise Wrong(f"said {pending!r} at the end")
            kind, what = self.steps[self.at]
            if kind != "P":
                raise Wrong(f"said {pending!r}, while {what} was due")
            if pending.startswith(what):
                pending = pending[len(what):]
                self.heard(what)
            elif what.startswith(pending):
                return pending
            else:
                raise Wrong(f"said {pending!r}, wanted {what!r}")
        return pending


class CommandPlayer(Player):
    """Commands called NAME, found in .path, say what was recorded."""

    def __init__(self, dialogue, case, keeper, name, where):
        super().__init__(dialogue, case, keeper)
        self.path, self.calls = where, []
        for kind, what in self.steps:
            if kind == "exec:":
                self.calls.append(what)
                (where / f"out{len(self.calls)}").touch()
            elif kind == "D":
                with open(where / f"out{len(self.calls)}", "ab") as out:
                    out.write(dialogue.screen(what))
        script = where / name
        script.write_text(f"""#!/bin/sh
echo "{name} $*" >>{where}/calls
exec cat {where}/out$(($(wc -l <{where}/calls)))
""")
        script.chmod(0o755)

    def play(self):
        pass

    def wait(self):
        called = self.path / "calls"
        got = called.read_text().splitlines() if called.exists() else []
        need(got == self.calls, f"{self.case.text}: ran {got}, wanted {self.calls}")
