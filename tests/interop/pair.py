# SPDX-License-Identifier: GPL-2.0-or-later
"""Two nodes of one cluster, one ours and one Debian's 3.0.6, with two groups and what to expect of them.

Each node prefers one group of one traced resource, named like the node.  The trace shows when a
resource ran where; no resource may run on both nodes at once, whatever a case does.
"""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Lab, LabError, places, reference  # noqa: E402

NAMES = ("alpha", "bravo")
OURS_FIRST = ("ours", "debian")
DEBIAN_FIRST = ("debian", "ours")
JOIN_S = 40  # both started until stable: the 10 s timer of 3.0.6, and a machine with other work

HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive {keepalive}
warntime 1500ms
deadtime {deadtime}
initdead {initdead}
{media}
{failback}
{more}
node alpha bravo
"""

TRACE = "/var/log/trace"
FLAGS = "/run/traced"  # gone with the power
SLOW = "/run/slow"
_SCRIPT = f"""#!/bin/sh
# A resource that is only a flag, and tells every change.  SLOW.start and SLOW.stop delay it
# for so many seconds, at most until they are removed; SLOW.fails lets its start fail.
tenths=$(cat "{SLOW}.$2" 2>/dev/null)0
while [ -e "{SLOW}.$2" ] && [ "$tenths" -gt 0 ]; do
	sleep 0.1
	tenths=$((tenths - 1))
done
read -r now rest </proc/uptime
case $2 in
status)
	if [ -e "{FLAGS}/$1" ]; then echo running; else echo stopped; exit 3; fi ;;
start)
	if [ -e "{SLOW}.fails" ]; then exit 1; fi
	mkdir -p {FLAGS}
	if [ ! -e "{FLAGS}/$1" ]; then echo "$now start $1" >>{TRACE}; : >"{FLAGS}/$1"; fi ;;
stop)
	if [ -e "{FLAGS}/$1" ]; then
		rm "{FLAGS}/$1"
		read -r now rest </proc/uptime
		echo "$now stop $1" >>{TRACE}
	fi ;;
esac
"""

# What 3.0.6 says about itself in every run, and about the short times of a test.
KNOWN_LINES = (
    r"node \S+: is dead",
    r"Late heartbeat: Node \S+: interval",
    r"No STONITH device configured",
    r"Shared disks are not protected",
    r"Gmain_timeout_dispatch",  # a loaded machine
    r"Cannot lock ourselves into memory:  System limits",
    r"Core dumps could be lost if multiple dumps occur",
    r"Consider setting non-default value in /proc/sys/kernel/core_pattern",
    r"Consider setting /proc/sys/kernel/core_uses_pid",
    r"Logging daemon is disabled",
    r"corrupted ackseq current hiseq = \d ",  # of the former life of a node that was fast back
    r"Set to 10000 ms",  # initdead of less than 10 s
)
_ALARM = re.compile(r"\b(ERROR|CRIT|EMERG)\b")


def uptime():
    return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])


class Pair:
    """A laboratory with alpha and bravo.  `ours` and `debian` name them by kind."""

    def __init__(self, lab, kinds, media="bcast eth0", failback="auto_failback on", more="",
                 authkeys="auth 1\n1 crc\n", deadtime="2", initdead="3", keepalive="200ms",
                 resource="Traced"):
        self.lab = lab
        self.nodes = [lab.node(name, kind) for name, kind in zip(NAMES, kinds)]
        self.alpha, self.bravo = self.nodes
        self.is_nice = "legacy" not in failback
        self.has_words = self.is_nice  # rscstatus means something
        self.returns = "off" not in failback  # groups go back by themselves
        self.may_split = False  # both sides may own everything: they cannot hear each other
        self._offs = {name: [] for name in NAMES}  # uptimes of power failures
        self._log_from = {name: 0 for name in NAMES}
        groups = "".join(f"{name} {resource}::{name}\n" for name in NAMES)
        for index, node in enumerate(self.nodes):
            text = media(lab, node) if callable(media) else media
            mode = failback[index] if isinstance(failback, tuple) else failback
            extra = more(node) if callable(more) else more
            if node.kind == "debian" and "msgfmt netstring" in extra:
                self.has_words = False  # it loses messages of its own scripts: transition for ever
            node.configure(HA_CF.format(media=text, failback=mode, more=extra, keepalive=keepalive,
                                        deadtime=deadtime, initdead=initdead), groups, authkeys)
            node.write("/etc/ha.d/resource.d/Traced", _SCRIPT, 0o755)
            node.write(TRACE, "")

    @property
    def ours(self):
        return next((node for node in self.nodes if node.kind == "ours"), None)

    @property
    def debian(self):
        return next((node for node in self.nodes if node.kind == "debian"), None)

    def peer(self, node):
        return self.bravo if node is self.alpha else self.alpha

    # What runs where.

    @staticmethod
    def held(node):
        """The groups that run on NODE now, by their own trace."""
        flags = node.path(FLAGS) if node.is_up else None
        return sorted(flag.name for flag in flags.iterdir()) if flags and flags.is_dir() else []

    def wait_held(self, node, names, timeout, why):
        want = sorted(names)
        try:
            self.lab.wait(lambda: self.held(node) == want, timeout, why)
        except LabError as error:
            raise LabError(f"{error}: {node.kind} {node.name} runs {self.held(node)}, not {want}") from None

    def wait_words(self, alpha, bravo, timeout=20, why=""):
        """Both nodes hold what the two words say, in their view and in deed."""
        for node, word in zip(self.nodes, (alpha, bravo)):
            own, other = node.name, self.peer(node).name
            names = {"local": [own], "foreign": [other], "all": [own, other], "none": []}[word]
            self.wait_held(node, names, timeout, f"{node.name} has {word} {why}")
        if not self.has_words:
            return
        for node, word in zip(self.nodes, (alpha, bravo)):
            try:
                node.wait_rscstatus(word, timeout)
            except LabError:
                raise LabError(f"{node.kind} {node.name} says '{node.rscstatus()}', not '{word}' {why}") \
                    from None

    def wait_all(self, node, timeout=20, why=""):
        """NODE runs both groups and says so."""
        words = ("all", "none") if node is self.alpha else ("none", "all")
        if self.peer(node).master_pid():
            self.wait_words(*words, timeout=timeout, why=why)
            return
        self.wait_held(node, NAMES, timeout, f"{node.kind} takes everything {why}")
        if self.has_words:
            node.wait_rscstatus("all", timeout)

    def wait_each_own(self, timeout=20, why=""):
        self.wait_words("local", "local", timeout, why)

    def spans(self):
        """(resource, node, from, to) by the traces."""
        found = []
        for node in self.nodes:
            events = [(float(line.split()[0]), *line.split()[1:])
                      for line in node.read(TRACE, default="").splitlines()]
            events += [(at, "off", None) for at in self._offs[node.name]]
            since = {}
            for at, what, name in sorted(events, key=lambda event: event[0]):
                if what == "start":
                    since[name] = at
                    continue
                for gone in list(since) if what == "off" else [name]:
                    if gone in since:
                        found.append((gone, node.name, since.pop(gone), at))
            found += [(name, node.name, at, float("inf")) for name, at in since.items()]
        return found

    def check_single_owner(self):
        if self.may_split:
            return
        spans = self.spans()
        for name, node, begin, end in spans:
            for other_name, other, other_begin, other_end in spans:
                if name == other_name and node < other:
                    both = min(end, other_end) - max(begin, other_begin)
                    if both > 0.02:  # the clock of the trace has 10 ms
                        raise LabError(f"{name} ran on both nodes for {both:.2f} s")

    # Power and daemons.

    def start(self):
        """Both at once."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda node: node.start_heartbeat(), self.nodes))

    def join(self):
        self.start()
        self.wait_each_own(JOIN_S, "after the start of both")

    def power_off(self, node):
        at = uptime()
        node.power_off()
        self._offs[node.name].append(at)
        return at

    def come_back(self, node):
        """A node without a daemon, or without power, starts; the groups are where they belong."""
        if not node.is_up:
            node.power_on()
        node.start_heartbeat()
        other = self.peer(node)
        if self.returns:
            self.wait_each_own(20, f"after the return of {node.kind}")
            return
        self.wait_all(other, 20, f"after the return of {node.kind}")
        self.command(other, "hb_standby foreign")
        self.wait_each_own(20, "after hb_standby foreign")

    error = LabError

    @staticmethod
    def command(node, line):
        """hb_standby, hb_takeover: where they are is the packager's choice."""
        node.run(f"PATH=$PATH:/usr/share/heartbeat; {line}", check=True)

    # Agreement.

    @staticmethod
    def word(node, of):
        """How NODE sees the node OF: a Node or a name."""
        return node.run(["cl_status", "nodestatus", getattr(of, "name", of)]).stdout.strip()

    def check_agreement(self):
        """Each knows both as active, over live links."""
        for node in self.nodes:
            for name in NAMES:
                word = self.word(node, name)
                if word != "active":
                    raise LabError(f"{node.kind} {node.name} takes {name} for '{word}'")
            peer = self.peer(node).name
            links = node.run(["cl_status", "listhblinks", peer]).stdout.split()
            if not links:
                raise LabError(f"{node.kind} {node.name} has no link to {peer}")
            for link in links:
                self._wait_link(node, peer, link)

    def _wait_link(self, node, peer, link):
        """3.0.6 has a process for each medium: on a busy machine one of them may be late."""
        def word():
            return node.run(["cl_status", "hblinkstatus", peer, link]).stdout.strip()

        try:
            self.lab.wait(lambda: word() == "up", 10, f"link {peer}:{link} is up")
        except LabError:
            raise LabError(f"{node.kind} {node.name}: link {peer}:{link} is '{word()}'") from None

    def alarms(self, known=()):
        """Lines of both logs that nobody expects, since the last call."""
        found = []
        for node in self.nodes:
            text = node.log()
            fresh = text[self._log_from[node.name]:]
            self._log_from[node.name] = len(text)
            found += [f"{node.kind} {node.name}: {line}" for line in fresh.splitlines()
                      if _ALARM.search(line)]
        return [line for line in found
                if not any(re.search(one, line) for one in (*KNOWN_LINES, *known))]

    def check_quiet(self, *known):
        lines = self.alarms(known)
        if lines:
            raise LabError("unexpected in the logs:\n" + "\n".join(lines[:12]))

    def has_lost_its_own(self):
        """Whether 3.0.6 dropped a message or a signal between its own processes: the case proves nothing then."""
        return reference.has_lost_its_own(self.nodes)

    def keep_logs(self, name):
        place = places.BUILD / "interop" / "failed" / name.replace("/", "-")
        place.mkdir(parents=True, exist_ok=True)
        for node in self.nodes:
            for path in ("/var/log/ha-log", "/var/log/ha-debug", TRACE):
                text = node.read(path, default="")
                (place / f"{node.name}-{node.kind}-{Path(path).name}").write_text(text, encoding="utf-8")


__all__ = ["DEBIAN_FIRST", "JOIN_S", "Lab", "LabError", "NAMES", "OURS_FIRST", "Pair", "uptime"]
