# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine: a set of namespaces with a process 1, and how to run commands on it.

The switch, the clients and the ping hosts are machines that share the host's files; a node
(node.py) has a root directory of its own.
"""

import os
import signal
import subprocess
import threading
from collections import deque

from . import places, story
from .errors import LabError

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C",
    "TERM": os.environ.get("TERM", "dumb"),
    # What a sanitized build (make check SAN=1) has to say; Lab.close() looks there.
    "ASAN_OPTIONS": "log_path=/var/log/sanitizer:detect_leaks=0",
    "UBSAN_OPTIONS": "log_path=/var/log/sanitizer:print_stacktrace=1",
}


def within(process, read, seconds=places.PATIENCE_S):
    """What READ() gets from PROCESS.  A read knows no limit: one that says nothing so long is killed, and that ends it."""
    late = threading.Timer(seconds, process.kill)
    late.start()
    try:
        return read()
    finally:
        late.cancel()


class Machine:
    """Namespaces without an own root.  Not made directly: see Lab.client and Lab.host."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.pid = None  # of process 1, as the host counts; None while off
        self.addresses = {}  # network name -> IPv4 address, without the mask
        self.commands = deque(maxlen=story.COMMANDS)  # the last: (command, exit code, output, how often in a row)
        self._noting = threading.Lock()
        self._init = None
        self._lifeline = None

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}>"

    @property
    def is_up(self):
        return self._init is not None and self._init.poll() is None

    @property
    def ip(self):
        """The address in the first network."""
        return next(iter(self.addresses.values()))

    # Life.

    def _boot(self, *root_arguments):
        if self.is_up:
            raise LabError(f"{self.name} is already on")
        inner, outer = os.pipe()
        try:
            self._init = subprocess.Popen(
                [str(places.tool("labinit")), str(inner), self.name, *root_arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                pass_fds=(inner,), start_new_session=True, text=True)
        finally:
            os.close(inner)
        self._lifeline = outer
        line = within(self._init, self._init.stdout.readline)
        if not line:
            reason = self._init.stderr.read()
            self._reap()
            raise LabError(f"{self.name} does not start: {reason.strip()}")
        self.pid = int(line)

    def _reap(self):
        """Closes what belongs to a machine that is gone."""
        self._init.wait()
        self._init.stdout.close()
        self._init.stderr.close()
        os.close(self._lifeline)
        self._init = self._lifeline = self.pid = None

    def _kill(self):
        """Everything on the machine ends at once, without a last word."""
        if self._init is None:
            return
        if self._init.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self._reap()

    # Commands.

    def enter(self, command):
        """The host's argument list that runs COMMAND (a shell line or a list) inside.  It ends
        with the command's exit code, or 128 + signal."""
        if not self.is_up:
            raise LabError(f"{self.name} is off")
        words = ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
        return [str(places.tool("labenter")), str(self.pid), *words]

    def _note(self, command, code, output=""):
        """For the story of a failure; a question that is asked again and again counts once."""
        with self._noting:
            last = self.commands[-1] if self.commands else (None, None, None, 0)
            if last[:3] == (command, code, output):
                self.commands[-1] = (command, code, output, last[3] + 1)
            else:
                self.commands.append((command, code, output, 1))

    @staticmethod
    def _last_words(process):
        """Of one that was killed; what it has started may hold its output open for ever."""
        try:
            return process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.stdout.close()
            process.stderr.close()
            return "", ""

    def spawn(self, command, env=None, **how):
        """Starts COMMAND and returns its Popen (of the entering process)."""
        self._note(command, "started")
        return self._spawn(command, env, **how)

    def _spawn(self, command, env, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        how.setdefault("start_new_session", True)
        return subprocess.Popen(self.enter(command), env={**ENVIRONMENT, **(env or {})}, **how)

    def run(self, command, timeout=30, check=False, input=None, env=None):
        """Runs COMMAND to its end; returns it with .returncode, .stdout, .stderr as text.

        After TIMEOUT seconds (at least places.PATIENCE_S) it is killed with its process group and LabError is raised;
        CHECK raises LabError for an exit code other than 0."""
        timeout = max(timeout, places.PATIENCE_S)
        pipe = subprocess.PIPE
        process = self._spawn(command, env, stdout=pipe, stderr=pipe, text=True,
                             stdin=pipe if input is not None else subprocess.DEVNULL)
        try:
            out, err = process.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = self._last_words(process)
            self._note(command, f"killed after {timeout} s", out + err)
            raise LabError(f"{self.name}: no end after {timeout} s: {command}") from None
        self._note(command, process.returncode, out + err)
        done = subprocess.CompletedProcess(command, process.returncode, out, err)
        if check and done.returncode != 0:
            raise LabError(f"{self.name}: {command}: exit {done.returncode}: {err.strip()}")
        return done

    # Processes.

    def processes(self):
        """Host pid -> command line (list) of every process of the machine but process 1."""
        found = {}
        if not self.is_up:
            return found
        try:
            own = os.readlink(f"/proc/{self.pid}/ns/pid")
        except OSError:
            return found
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == self.pid:
                continue
            try:
                if os.readlink(f"/proc/{entry}/ns/pid") != own:
                    continue
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().rstrip(b"\0").split(b"\0")
            except OSError:
                continue  # ended meanwhile
            found[int(entry)] = [os.fsdecode(word) for word in words]
        return found

    def signal(self, signo, pids):
        """Sends SIGNO to host pids, in one go; those that are gone are passed over."""
        for pid in pids:
            try:
                os.kill(pid, signo)
            except ProcessLookupError:
                pass

    def freeze(self):
        """Stops every process: the machine hangs, its kernel still answers."""
        self.signal(signal.SIGSTOP, self.processes())

    def thaw(self):
        self.signal(signal.SIGCONT, self.processes())
