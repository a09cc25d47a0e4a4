# SPDX-License-Identifier: GPL-2.0-or-later
"""A cluster node: a machine with its own root directory, power switch and heartbeat.

The root is an overlay: what the node writes, over the installation of its kind, over the
host's files.  What it writes survives power_off and reboot, as on a disk; /run, /tmp, /dev
are empty after each boot, as on a real machine.
"""

import os
import re
import signal
import time
from pathlib import Path

from . import installs, places
from .errors import LabError, Skip
from .machine import Machine
from .switch import configure_interfaces

DAEMON = "/usr/libexec/heartbeat/heartbeat"
HA_D = "/etc/ha.d"
LOG = "/var/log/ha-log"
DEFAULT_AUTHKEYS = "auth 1\n1 crc\n"
_FOLLOW_MAX = 40  # symbolic links in one path; more is a loop


class Node(Machine):
    """Made by Lab.node()."""

    def __init__(self, lab, name, kind, index):
        super().__init__(lab, name)
        self.kind = kind
        self.index = index
        self.powered_off_by = None  # after a power cycle from inside: "reboot" or "halt"
        self._interfaces = lab.addresses_of(index)
        self.addresses = {net: both[0].split("/")[0] for net, both in self._interfaces.items()}
        self._layer = installs.layer(kind)
        self._disk = places.scratch() / "labs" / lab.name / name
        for part in ("upper", "work", "root"):
            (self._disk / part).mkdir(parents=True)
        self._prepare_disk()

    # Power.

    def power_on(self):
        """Boots.  Heartbeat is not started."""
        if self._init is not None and not self.is_up:
            self._ended_by_itself()
        work = self._disk / "work"
        options = (f"lowerdir={self._layer}:/,upperdir={self._disk / 'upper'},"
                   f"workdir={work},volatile,index=off,metacopy=off,xino=off")
        # A mount that ended with its machine leaves this mark, and "volatile" refuses to go on.
        marks = work / "work" / "incompat" / "volatile" / "dirty"
        if marks.exists():
            for path in (marks, marks.parent):
                path.unlink() if path.is_file() else path.rmdir()
        self._boot(str(self._disk / "root"), options)
        try:
            self.lab.switch.plug(self, self._interfaces)
            configure_interfaces(self, self._interfaces)
            self._make_run_directories()
        except BaseException:
            self.power_off()
            raise

    def power_off(self):
        """Pulls the plug: links down and every process gone at once.  Disk contents stay."""
        if self._init is None:
            return
        ports = self.lab.switch.unplug(self)
        self._kill()
        self.lab.switch.forget(ports)

    def change_kind(self, kind):
        """Another installation below what the node has written itself: an upgrade.  Only while off."""
        if self._init is not None:
            raise LabError(f"{self.name} is on")
        self.kind = kind
        self._layer = installs.layer(kind)

    def reboot(self):
        self.power_off()
        self.power_on()

    def wait_down(self, timeout=30):
        """Waits until the machine reset or halted itself with reboot(2); says which."""
        self.lab.wait(lambda: not self.is_up, timeout, f"{self.name} goes down by itself")
        self._ended_by_itself()
        return self.powered_off_by

    def _ended_by_itself(self):
        how = {128 + signal.SIGHUP: "reboot", 128 + signal.SIGINT: "halt"}
        self.powered_off_by = how.get(self._init.returncode, f"exit {self._init.returncode}")
        ports = self.lab.switch.unplug(self)
        self._reap()
        self.lab.switch.forget(ports)

    def clock_jump(self, seconds):
        """Linux has no namespace for the wall clock, and jumping the host's is not done."""
        raise Skip(f"clock_jump({seconds}): the wall clock is not divided by namespaces")

    def link(self, network, up):
        """Plugs (True) or pulls (False) the cable of one interface."""
        self.lab.switch.link(self, network, up)

    # Files.

    def path(self, path, follow=True):
        """The host's path of a file of the node; symbolic links stay inside the node.

        While the node is off only what it wrote itself and its installation are seen."""
        todo = [part for part in str(path).split("/") if part]
        done = []
        for _ in range(_FOLLOW_MAX * 10):
            if not todo:
                return self._at(done)
            part = todo.pop(0)
            if part == "..":
                done = done[:-1]
                continue
            here = self._at(done + [part])
            if here.is_symlink() and (todo or follow):
                target = os.readlink(here)
                done = [] if target.startswith("/") else done
                todo = [piece for piece in target.split("/") if piece not in ("", ".")] + todo
            elif part != ".":
                done = done + [part]
        raise LabError(f"{self.name}: too many links in {path}")

    def _at(self, parts):
        if self.is_up:
            return Path(f"/proc/{self.pid}/root", *parts)
        upper = Path(self._disk / "upper", *parts)
        lower = Path(self._layer, *parts)
        return lower if not os.path.lexists(upper) and os.path.lexists(lower) else upper

    def write(self, path, text, mode=0o644):
        """Writes a whole file (text or bytes) under a new inode; makes its directory."""
        place = self.path(os.path.dirname(path)) / os.path.basename(path)
        if not self.is_up:
            place = Path(self._disk, "upper") / str(path).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_name(place.name + ".lab-new")
        fresh.write_bytes(text if isinstance(text, bytes) else text.encode())
        fresh.chmod(mode)
        fresh.rename(place)

    def read(self, path, default=None):
        """The text of a file; DEFAULT, unless None, when there is none."""
        try:
            return self.path(path).read_text(errors="replace")
        except FileNotFoundError:
            if default is None:
                raise
            return default

    def exists(self, path):
        return self.path(path).exists()

    def remove(self, path):
        if not self.is_up:
            raise LabError(f"{self.name} is off")
        place = self.path(path, follow=False)
        if os.path.lexists(place):
            place.unlink()

    # Logs.

    def log(self, path=LOG):
        return self.read(path, default="")

    def log_mark(self, path=LOG):
        """A place in the log; wait_log(since=...) looks only at what comes after it."""
        try:
            return self.path(path).stat().st_size
        except FileNotFoundError:
            return 0

    def wait_log(self, regex, timeout=30, since=0, path=LOG):
        """Waits for a log line; returns the match.  LabError names the regex and the end of
        the log when it does not come."""
        pattern = re.compile(regex, re.MULTILINE)
        timeout = max(timeout, places.PATIENCE_S)
        deadline = time.monotonic() + timeout
        while True:
            text = self.log(path).encode()[since:].decode(errors="replace")
            match = pattern.search(text)
            if match:
                return match
            if time.monotonic() > deadline:
                tail = "\n".join(text.splitlines()[-15:])
                raise LabError(f"{self.name}: no '{regex}' in {path} after {timeout} s:\n{tail}")
            time.sleep(0.02)

    # Heartbeat.

    def configure(self, ha_cf, haresources="", authkeys=DEFAULT_AUTHKEYS):
        """Writes the three files; None leaves one as it is."""
        for name, text, mode in (("ha.cf", ha_cf, 0o644), ("haresources", haresources, 0o644),
                                 ("authkeys", authkeys, 0o600)):
            if text is not None:
                self.write(f"{HA_D}/{name}", text, mode)

    def start_heartbeat(self, *options, check=True, timeout=30):
        """Starts the daemon; it goes into the background by itself."""
        return self.run([DAEMON, *options], timeout=timeout, check=check)

    def stop_heartbeat(self, timeout=60):
        """Orderly stop: SIGTERM to the master, then waits until every daemon process is gone."""
        master, pids = self.master_pid(), set(self.daemon_pids())
        if master is not None:
            self.signal(signal.SIGTERM, [master])
        self.lab.wait(lambda: not self.daemon_pids() and not pids & set(self.processes()), timeout,
                      f"{self.name}: heartbeat stops")

    def master_pid(self):
        """Host pid of the daemon that the pid file names, or None."""
        text = self.read("/var/run/heartbeat.pid", default="").strip()
        if not text.isdigit():
            return None
        for pid in self.daemon_pids():
            if self._inner_pid(pid) == int(text):
                return pid
        return None

    def daemon_pids(self):
        """Host pids of the processes that run the daemon program (children of it too)."""
        return [pid for pid in self.processes() if self._program(pid) == DAEMON]

    def helper_pids(self):
        """Host pids of the daemon and of every program of its directory (ipfail, ccm, ...)."""
        place = os.path.dirname(DAEMON) + "/"
        return [pid for pid in self.processes() if self._program(pid).startswith(place)]

    def crash_heartbeat(self):
        """SIGKILL to the daemon and its helpers; resources and scripts go on.

        Over when they are reaped: until then 3.0.6 takes a pid file for that of a living daemon.  Its master may start
        a reader or a writer anew, between the death of the first and its own."""
        pids = set(self.helper_pids())
        self.signal(signal.SIGKILL, pids)

        def is_over():
            more = set(self.daemon_pids())
            self.signal(signal.SIGKILL, more)
            pids.update(more)
            return not more and not pids & set(self.processes())
        self.lab.wait(is_over, 30, f"{self.name}: daemon killed")

    def freeze_heartbeat(self):
        """SIGSTOP to the daemon processes only."""
        self.signal(signal.SIGSTOP, self.daemon_pids())

    def thaw_heartbeat(self):
        self.signal(signal.SIGCONT, self.daemon_pids())

    def rscstatus(self):
        """The word of `cl_status rscstatus`, or None while the daemon does not answer."""
        done = self.run(["cl_status", "rscstatus"], timeout=10)
        return done.stdout.strip() or None if done.returncode == 0 else None

    def wait_rscstatus(self, word, timeout=60):
        self.lab.wait(lambda: self.rscstatus() == word, timeout, f"{self.name}: rscstatus {word}",
                      every=0.1)

    def has_address(self, address):
        """Whether the node's kernel has ADDRESS on some interface."""
        done = self.run(["ip", "-o", "addr", "show"], check=True)
        return re.search(rf"inet6? {re.escape(address)}/", done.stdout) is not None

    @staticmethod
    def _program(pid):
        """What PID runs; for memcheck the daemon that it watches."""
        try:
            program = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
            if "/valgrind/" in program and program != installs.VALGRIND_PROGRAM:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                program = DAEMON if installs.VALGRIND_PROGRAM.encode() in words else program
            return program
        except OSError:
            return ""

    @staticmethod
    def _inner_pid(pid):
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return None
        return int(re.search(r"^NSpid:.*\s(\d+)$", status, re.MULTILINE).group(1))

    # First boot, each boot.

    def _prepare_disk(self):
        upper = self._disk / "upper"
        etc = upper / "etc"
        etc.mkdir()
        passwd = (f"hacluster:x:{installs.HACLUSTER_UID}:{installs.HACLIENT_GID}::"
                  "/var/lib/heartbeat/cores/hacluster:/bin/false\n")
        group = f"haclient:x:{installs.HACLIENT_GID}:\n"
        for name, line in (("passwd", passwd), ("group", group)):
            host = Path("/etc", name).read_text()
            kept = [row for row in host.splitlines(True) if not row.startswith("hac")]
            (etc / name).write_text("".join(kept) + line)
        (etc / "hostname").write_text(self.name + "\n")

    def write_hosts(self, lines):
        if self.is_up:
            self.write("/etc/hosts", lines)
        else:
            (self._disk / "upper/etc/hosts").write_text(lines)

    def _make_run_directories(self):
        for name in ("heartbeat", "heartbeat/ccm", "heartbeat/crm", "heartbeat/dopd", "crm"):
            place = Path(f"/proc/{self.pid}/root/run", name)
            place.mkdir()
            place.chmod(0o750)
            os.chown(place, installs.HACLUSTER_UID, installs.HACLIENT_GID)
        agents = Path(f"/proc/{self.pid}/root/run/resource-agents")
        agents.mkdir()
        agents.chmod(0o1755)
