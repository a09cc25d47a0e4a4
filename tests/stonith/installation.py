# SPDX-License-Identifier: GPL-2.0-or-later
"""Running commands of an installation that is laid over the machine's own /usr, in a mount namespace of the
test: paths in messages are the real ones, /dev/log is the test's, and nothing is left behind.

A test program calls inside() first: that starts it once more, in the namespace, and there returns.  The
machine is called nodea."""

import os
import pty
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab import installs, places  # noqa: E402
from lab.errors import Skip  # noqa: E402
from lab import suite  # noqa: E402
from lab.suite import Wrong  # noqa: E402

VECTORS = places.SHARED / "vectors/stonith"
PLUGINS = Path("/usr/lib/stonith/plugins")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
INSIDE = "STONITH_TEST_INSIDE"  # the directory of the namespace's own files


def ours():
    return installs.MAKERS["ours"]()


def debian():
    """Debian's cluster-glue, unpacked; for comparison."""
    return installs.unpacked("glue", installs.GLUE_PACKAGES, installs.DEBIAN_SUPPORT)


def inside(tree, fill=None):
    """Runs the rest of this program where TREE/usr is above /usr, and above it what FILL(directory) made.  In
    the program that was started, returns its exit code; in the namespace, returns None."""
    if os.environ.get(INSIDE):
        return None
    with tempfile.TemporaryDirectory(prefix="stonith-test-") as directory:
        top = Path(directory)
        (top / "usr").mkdir()
        (top / "dev").mkdir()
        if fill:
            fill(top / "usr")
        script = (
            'set -e; hostname nodea; mount -t overlay -o "lowerdir=$1/usr:$2/usr:/usr" none /usr; '
            'mount -t tmpfs none "$1/dev"; (cd "$1/dev"; for d in ' + " ".join(DEVICES) +
            '; do touch $d; mount --bind /dev/$d $d; done; mkdir pts shm; mount --rbind /dev/pts pts; '
            'ln -s pts/ptmx ptmx; ln -s /proc/self/fd fd); mount --rbind "$1/dev" /dev; shift 2; exec "$@"')
        child = subprocess.Popen(
            ["unshare", "--mount", "--uts", "--propagation", "private", "sh", "-c", script, "sh", directory, str(tree.resolve()),
             sys.executable, *sys.argv], env=dict(os.environ, **{INSIDE: directory}))
        try:
            return child.wait()
        except BaseException:
            child.send_signal(signal.SIGTERM)
            child.wait()
            raise


class Result:
    def __init__(self, out, err, code, syslog):
        self.out, self.err, self.code, self.syslog = out, err, code, syslog


class Syslog:
    """What is sent to /dev/log while the block runs."""

    def __enter__(self):
        Path("/dev/log").unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("/dev/log")
        self._socket.setblocking(False)
        return self

    def lines(self):
        """Without the date; in order."""
        found = []
        try:
            while True:
                text = self._socket.recv(65536).decode(errors="replace").rstrip("\0\n")
                found.append(re.sub(r"^(<\d+>)\w{3} [ \d]\d \d\d:\d\d:\d\d ", r"\1", text))
        except BlockingIOError:
            return found

    def __exit__(self, *reason):
        self._socket.close()


def main_inside(name, cases, fill, doc):
    """The cases in an installation of ours to which FILL added something; the exit code of the program."""
    try:
        code = inside(ours(), fill)
    except Skip as reason:
        print(f"skip {name}: {reason}")
        return 0
    return suite.run(name, {suite.called(case): (case,) for case in cases}, doc) if code is None else code


def run(argv, tty=True, env=None, timeout=90):
    """Runs it to its end; stdin is a terminal (where nobody types) or /dev/null."""
    master, slave = pty.openpty() if tty else (None, None)
    with Syslog() as log:
        try:
            done = subprocess.run(argv, stdin=slave if tty else subprocess.DEVNULL, capture_output=True, timeout=timeout,
                                  env=dict(os.environ, LC_ALL="C.UTF-8", **(env or {})), check=False)
        finally:
            for end in (master, slave):
                if end is not None:
                    os.close(end)
        return Result(done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), done.returncode,
                      log.lines())


def stonith(*arguments, **how):
    return run(["stonith", *arguments], **how)


def script(path, text, mode=0o755):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


# Case files.

class Case:
    def __init__(self, name):
        self.name, self.command, self.tty, self.env, self.code = name, "", True, {}, None
        self.out, self.err, self.syslog = [], [], []  # lines; None = free text
        self.calls, self.inputs, self.argvs = [], [], []


def unquote(text):
    return (text.replace(r"\n", "\n").replace(r"\t", "\t").replace(r"\"", '"').replace(r"\\", "\\"))


def read_cases(path):
    """([Case], {file: contents}) of a case file."""
    cases, files = [], {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word == "case:":
            cases.append(Case(rest))
            continue
        if word == "file:":
            name, _, text = rest.partition(" ")
            files[name] = unquote(text[1:-1])
            continue
        if not cases or line.startswith("#") or not line:
            continue
        _read_line(cases[-1], word, rest)
    return cases, files


def _read_line(case, word, rest):
    if word == "cmd:":
        case.command = rest
    elif word == "stdin:":
        case.tty = rest == "tty"
    elif word == "env:":
        case.env = dict(part.split("=", 1) for part in shlex.split(rest))
    elif word == "exit:":
        case.code = int(rest)
    elif word in ("stdout|", "stdout~"):
        case.out.append(rest if word[-1] == "|" else None)
    elif word in ("stderr|", "stderr~"):
        case.err.append(rest if word[-1] == "|" else None)
    elif word == "syslog|":
        case.syslog.append(rest)
    elif word == "call:":
        case.calls.append(rest)
    elif word == "in:":
        case.inputs.append(rest)
    elif word == "argv:":
        case.argvs.append(rest)


def pattern_of(lines):
    """What a text must be to have these LINES; where a line is None, any number of lines."""
    parts = []
    for line in lines:
        if line is None:
            parts.append(r"(?:[^\n]*\n)*")
            continue
        text = re.escape(line)
        for name, form in (("<pid>", r"\d+"), ("<date>", r"\w{3} +\d+ \d\d:\d\d:\d\d"), ("<build\\ id>", ".*")):
            text = text.replace(name, form)
        parts.append(text + "\n")
    return re.compile("".join(parts) + r"\Z")


def without_empty(lines):
    return [line for line in lines if line != ""]


def compare(what, text, lines):
    if not pattern_of(lines).match(text):
        raise Wrong(f"{what} is {text!r}, not {lines!r}")


def check_result(result, case, empty_lines=True):
    """RESULT is what CASE says.  Without EMPTY_LINES those of stderr do not count."""
    if result.code != case.code:
        raise Wrong(f"exit code {result.code}, not {case.code}; {result.err!r}")
    compare("stdout", result.out, case.out)
    err, want = result.err, case.err
    if not empty_lines:
        err = "".join(line + "\n" for line in without_empty(err.split("\n")))
        want = without_empty(want)
    compare("stderr", err, want)
    compare("syslog", "".join(line + "\n" for line in result.syslog), case.syslog)
