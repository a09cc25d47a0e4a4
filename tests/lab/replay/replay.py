# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays one recording on a laboratory of its own and tells what differs.

A stimulus is applied when the cluster has come to rest where the recording has a checkpoint;
where it has none (two stimuli close together) the distance in time is kept, counted from the
last line that the recording shows between them.
"""

import difflib
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from .. import installs, places
from ..errors import LabError, Skip
from ..lab import Lab
from ..node import DAEMON
from ..reference import has_lost_its_own
from ..story import story
from . import tracing
from .better import ALLOWED, BETTER, DESIGN, DESIGN_BEHAVIOURS, NEEDED_PROGRAMS
from .expect import Seen, recorded
from .recording import MESSAGE_TYPES

TIME_DIRECTIVES = ("keepalive", "warntime", "deadtime", "initdead", "deadping")
KEEPALIVE_MIN_MS = 100
QUIET_SECONDS = 1.0  # so long nothing may happen before a state counts as final
QUIET_PATIENCE = 10.0  # so long we wait for that, then the state must do as it is
SLOWEST_DEATH_SECONDS = 6.0  # at speed 1: after this a silent node or ping node is dead
POLL_SECONDS = 0.2

# Scenarios about the daemon's fixed timers: their distances are not scaled.
FIXED_DISTANCE = ("standby-in-flux",)

# Which ping host a ping-node event is about, and for whom.
PING_HOSTS = ("10.77.0.254", "10.77.0.253")
PING_EVENTS = {"alpha": "10.77.0.254", "*": "10.77.0.253"}


def _forget_flag(replay):
    tracing.clear_flag(replay.nodes["alpha"], "TrB:a1:a2")
    replay.wiped.append((_uptime(), "alpha", "TrB:a1:a2"))


def _change(name):
    def change(replay):
        alpha = replay.nodes["alpha"]
        path = f"/etc/ha.d/{name}"
        alpha.write(path, alpha.read(path) + "# changed\n")
    return change


def _no_status_script(replay):
    for node in replay.nodes.values():
        node.remove("/etc/ha.d/rc.d/status")


def _first_reset_fails(replay):
    for node in replay.nodes.values():
        node.write(f"{tracing.DIRECTORY}/reset-fails", "")


# What the notes of the recordings say was done by hand: (scenario, stimulus) -> before it.
PREPARATIONS = {
    ("no-status-rc", 0): _no_status_script,
    ("stonith-fail-once", 0): _first_reset_fails,
    ("stop-fail-notrunning", 2): _forget_flag,
    ("reload-changed", 2): _change("ha.cf"),
    ("reload-changed-haresources", 2): _change("haresources"),
}


# 3.0.6 may lose what scripts write into its FIFO: two at the same moment mix, one that comes in
# pieces is cut.  A recording cannot show that; such a run says nothing.
# With three nodes its standby exchanges compete, and who comes first differs from run to run.
# In a mixed cluster ours may be through with its stop before 3.0.6 looks at its signal.
RACING_SCENARIOS = ("three-nodes-on", "stop-both-legacy", "stop-both-off", "stop-both-on")


@dataclass
class Result:
    problems: list = field(default_factory=list)
    seconds: float = 0
    race: bool = False  # the reference lost messages of its own
    remarks: list = field(default_factory=list)  # what should be the same and is not
    story: list = field(default_factory=list)  # of a failure


class Replay:
    def __init__(self, recording, kinds, speed, compare_messages=False):
        """KINDS: node name -> kind, with None for the rest.  SPEED: factor for all times.
        COMPARE_MESSAGES: remarks about the order of cluster messages are made too."""
        self.recording = recording
        self.kinds = kinds
        self.speed = speed
        self.nodes = {}
        self.lab = None
        self._compare_messages = compare_messages
        self._capture = None
        self._applied = []  # time.monotonic() of each stimulus
        self._marks = []  # per stimulus: node -> (operations, calls) before it
        self.wiped = []  # (uptime, node, key or None for all): resources gone without a stop
        self._applied_at = 0

    def _kind(self, name):
        kind = self.kinds.get(name, self.kinds[None])
        text = self.recording.ha_cf.get(name) or self.recording.ha_cf[None]
        stonith = NEEDED_PROGRAMS["stonith_host"][1:]
        if kind == "ours" and "stonith_host" in text and not (installs.layer("ours") / stonith).exists():
            return "ours+glue"
        return kind

    @property
    def _scale(self):
        """Of distances and of what scripts take."""
        return 1 if self.recording.name in FIXED_DISTANCE else self.speed

    @property
    def improved(self):
        """Whether the improved behaviour is expected."""
        return all(self._kind(name) == "ours" for name in self.recording.nodes)

    @property
    def _by_design(self):
        """Whether a different design shows: in the scenarios that have one, alpha is the node."""
        return self._kind("alpha") == "ours"

    def run(self):
        self.require()
        result = Result()
        began = time.monotonic()
        with Lab(f"vector-{self.recording.name}") as self.lab:
            try:
                self._set_up()
                for number in range(len(self.recording.segments)):
                    result.problems += self._segment(number)
                result.problems += self._double_owners()
                result.remarks += self._message_remarks()
            except (LabError, OSError, ValueError) as error:
                result.problems.append(str(error))
            if result.problems:
                self._keep_logs()
                result.story = story(self.lab)
                result.race = self._reference_raced()
        result.seconds = time.monotonic() - began
        return result

    # Preparation.

    def require(self):
        """Raises Skip when the cluster cannot show what the scenario is about."""
        kinds = {self._kind(name) for name in self.recording.nodes}
        if len(kinds) > 1 and self.recording.verdict == "defect":
            raise Skip("a defect of one kind, no expectation for a mixed cluster")
        if len(kinds) > 1 and self.recording.name in DESIGN_BEHAVIOURS:
            raise Skip("the kinds start up differently, no expectation for a mixed cluster")
        for name in self.recording.nodes:
            text = self.recording.ha_cf.get(name) or self.recording.ha_cf[None]
            for word, program in NEEDED_PROGRAMS.items():
                if word in text and not (installs.layer(self._kind(name)) / program[1:]).exists():
                    raise Skip(f"the installation has no {program}")

    def _set_up(self):
        if self._compare_messages:
            self._capture = self.lab.capture()
        for name in self.recording.nodes:
            self.nodes[name] = self.lab.node(name, self._kind(name))
        for name, node in self.nodes.items():
            text = self.recording.ha_cf.get(name) or self.recording.ha_cf[None]
            node.configure(self._scaled(text), self.recording.haresources)
            tracing.install(node)
        if "ping " in text:
            for address in PING_HOSTS:
                self.lab.host(f"host-{address}", address=address)
        self._set_behaviours(0)

    def _scaled(self, text):
        def scale(match):
            directive, number, unit = match.groups()
            value = float(number) * (1 if unit == "ms" else 1000) * self.speed
            if directive == "keepalive":
                value = max(value, KEEPALIVE_MIN_MS)
            return f"{directive} {value:.0f}ms"
        names = "|".join(TIME_DIRECTIVES)
        return re.sub(rf"^({names}) ([0-9.]+)(ms)?$", scale, text, flags=re.MULTILINE)

    def _set_behaviours(self, applied):
        ours = DESIGN_BEHAVIOURS.get(self.recording.name, []) if self._by_design else []
        for one in self.recording.behaviours + ours:
            if one.after_event == applied:
                tracing.set_behaviour(self.nodes[one.node], one.script, one.op, one.rc,
                                      one.sleep * self._scale)

    # Stimuli.

    def _segment(self, number):
        segments = self.recording.segments
        prepare = PREPARATIONS.get((self.recording.name, number))
        if prepare:
            prepare(self)
        self._marks.append(self._marks[-1] if self._is_simultaneous(number) else
                           {name: self._lengths(node) for name, node in self.nodes.items()})
        self._applied_at = time.monotonic()
        self._applied.append(self._applied_at)
        self._apply(segments[number].stimulus)
        self._set_behaviours(number + 1)
        if number + 1 < len(segments) and self._is_simultaneous(number + 1):
            return []
        if number + 1 < len(segments) and not segments[number].checkpoints:
            return self._keep_distance(number)
        return self._settle(number)

    def _is_simultaneous(self, number):
        """With the stimulus before it: what both bring about counts as brought by this one."""
        segments = self.recording.segments
        return number > 0 and segments[number].stimulus.at == segments[number - 1].stimulus.at

    def _apply(self, stimulus):
        text = stimulus.text
        if text.startswith("split"):
            self.lab.cut(*self.nodes)
        elif text.startswith("merge"):
            self.lab.heal()
        elif text.startswith("ping-node-"):
            self._ping_node(stimulus)
        else:
            self._apply_to(self.nodes[stimulus.node], text)

    def _apply_to(self, node, text):
        if text == "start-daemon":
            node.start_heartbeat()
        elif text.startswith("stop-daemon"):
            node.run(["kill", "-TERM", node.read("/var/run/heartbeat.pid").strip()], check=True)
        elif text.startswith("crash"):
            node.crash_heartbeat()
            tracing.wipe(node)
            self.wiped.append((_uptime(), node.name, None))
        elif text.startswith("run heartbeat "):
            node.run([DAEMON, *text.split()[2:]], timeout=20, check=True)
        elif text.startswith("run "):
            node.run(f"/usr/share/heartbeat/{text.removeprefix('run ')}", timeout=20, check=True)
        else:
            raise LabError(f"unknown event: {text}")

    def _ping_node(self, stimulus):
        host = f"host-{PING_EVENTS[stimulus.node]}"
        for name in self.nodes if stimulus.node == "*" else (stimulus.node,):
            if stimulus.text == "ping-node-lost":
                self.lab.cut(name, host)
            else:
                self.lab.heal(name, host)

    # Waiting and comparing.

    def _lengths(self, node):
        operations, calls = tracing.read(node)
        return len(operations), len(calls)

    def _seen(self, number, states=()):
        """What segment NUMBER shows until now, with the states of the nodes in STATES."""
        seen = Seen({}, {}, {}, set())
        for name, node in self.nodes.items():
            operations, calls = tracing.read(node)
            first, first_call = self._marks[number][name]
            seen.lines[name] = [one.line() for one in operations[first:]]
            seen.calls[name] = [text for _, text in calls[first_call:]]
            if node.daemon_pids():
                seen.running.add(name)
            if name in states:
                seen.states[name] = (node.rscstatus() or "-", tracing.held(node))
            seen.logs[name] = node.log()
        return seen

    def _special(self, number):
        """What is expected instead of the recording, or None."""
        name = self.recording.name
        tables = (BETTER,) if self.improved else ()
        tables += (DESIGN, ALLOWED) if self._by_design else (ALLOWED,)
        return next((table[name][number] for table in tables if number in table.get(name, {})),
                    None)

    def _want(self, number, label):
        return self._special(number) or recorded(self.recording.segments[number], label)

    def _settle(self, number):
        """Waits for each checkpoint of a segment and for what it shows in all."""
        segment = self.recording.segments[number]
        labels = list(dict.fromkeys(point.label for point in segment.checkpoints)) or [None]
        if self._special(number):
            labels = labels[-1:]
        end = segment.checkpoints[-1].at if segment.checkpoints else segment.stimulus.at + 60
        deadline = self._applied_at + max(20, end - segment.stimulus.at) + 40
        problems = []
        for label in labels:
            problems += self._settle_at(number, self._want(number, label), deadline,
                                        is_last=label == labels[-1])
        return [f"after event {number + 1} ({segment.stimulus.node} {segment.stimulus.text}): "
                + one for one in problems]

    def _settle_at(self, number, want, deadline, is_last):
        not_before = self._applied_at + SLOWEST_DEATH_SECONDS * self.speed
        fits_since = None
        while True:
            problems = self._problems(number, want, is_last)
            now = time.monotonic()
            if not is_last and not problems:
                return []
            if problems:
                fits_since = None
                if now > deadline:
                    return problems
            elif fits_since is None:
                fits_since, activity = now, self._activity()
                quiet_since = now
            else:
                latest = self._activity()
                if latest != activity:
                    activity, quiet_since = latest, now
                rest = now - quiet_since >= QUIET_SECONDS or now - fits_since > QUIET_PATIENCE
                if rest and now >= not_before and now - fits_since >= want.linger:
                    return []
            time.sleep(POLL_SECONDS)

    def _problems(self, number, want, is_last):
        if is_last:
            problems = want.problems(self.recording, self._seen(number))
            if problems:
                return problems
        seen = self._seen(number, states=want.states or ())
        return want.state_problems(self.recording, seen)

    def _activity(self):
        return [(node.log_mark(), node.log_mark(tracing.TRACE)) for node in self.nodes.values()]

    def _keep_distance(self, number):
        """Until the next stimulus, at the recorded distance.  What the recording shows before
        it must have been seen by then."""
        segment, following = self.recording.segments[number:number + 2]
        start, origin = self._applied_at, segment.stimulus.at
        want = self._want(number, None)
        if any((want.lines or {}).values()) or segment.exits:
            self._wait_for_lines(number, want, following.stimulus.at - origin)
            if segment.last_line_at is not None:
                start, origin = time.monotonic(), segment.last_line_at
        pause = start + (following.stimulus.at - origin) * self._scale - time.monotonic()
        time.sleep(max(0, pause))
        return [f"between events {number + 1} and {number + 2}: {one}"
                for one in want.problems(self.recording, self._seen(number))]

    def _wait_for_lines(self, number, want, distance):
        deadline = time.monotonic() + distance + 45
        while want.problems(self.recording, self._seen(number)):
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)

    # Afterwards.

    def _late_signal(self):
        """Two stops are recorded at one moment; on a busy machine the first node may be through with
        its own, and tell so, before the second one gets its signal.  That is another scenario."""
        if not self.recording.name.startswith("stop-both-"):
            return False
        for node in self.nodes.values():
            log = node.log()
            told, begun = log.find("Received shutdown notice from"), log.find("Shutting down: terminated")
            if 0 <= told < begun:
                return True
        return False

    def _reference_raced(self):
        return self._late_signal() or any(node.kind == "debian" and (
            self.recording.name in RACING_SCENARIOS or
            has_lost_its_own([node])) for node in self.nodes.values())

    def _double_owners(self):
        """With the improved behaviour nothing may ever run on two nodes that hear each other."""
        if not self.improved or self.recording.name.startswith("split"):
            return []
        spans = []  # (key, node, from, to)
        for name, node in self.nodes.items():
            operations, calls = tracing.read(node)
            gone = [(at, key) for at, where, key in self.wiped if where == name]
            gone += [(at, None) for at, text in calls if text.startswith("/sbin/reboot")]
            spans += _spans(name, operations, gone)
        found = []
        for key, node, begin, end in spans:
            for other_key, other, other_begin, other_end in spans:
                if key == other_key and node < other and begin < other_end and other_begin < end:
                    both = min(end, other_end) - max(begin, other_begin)
                    found.append(f"{key} ran on {node} and {other} at once for {both:.2f} s")
        return found

    def _message_remarks(self):
        """Each node's messages between two stimuli, repeated ones left out."""
        if self._capture is None:
            return []
        messages = [one for one in self._capture.messages() if one.type in MESSAGE_TYPES]
        ends = self._applied[1:] + [float("inf")]
        remarks = []
        for number, segment in enumerate(self.recording.segments):
            for name in self.nodes:
                seen = _without_repeats(
                    str(one) for one in messages if one.machine == name
                    and self._applied[number] <= one.at < ends[number])
                wanted = _without_repeats(segment.messages.get(name, []))
                if seen != wanted:
                    diff = difflib.unified_diff(wanted, seen, "expected", "observed",
                                                lineterm="", n=20)
                    remarks.append(f"event {number + 1}: {name}: messages differ\n" +
                                   "\n".join(f"    {line}" for line in diff))
        return remarks

    def _keep_logs(self):
        place = Path(places.BUILD, "lab", "failed", self.recording.name)
        place.mkdir(parents=True, exist_ok=True)
        for name, node in self.nodes.items():
            for path in ("/var/log/ha-log", "/var/log/ha-debug", tracing.TRACE):
                text = node.read(path, default="")
                (place / f"{name}-{Path(path).name}").write_text(text)


def _without_repeats(messages):
    return list(dict.fromkeys(messages))


def _uptime():
    return float(Path("/proc/uptime").read_text().split()[0])


def _spans(name, operations, wiped):
    """The times during which each resource ran on a node: from the begin of a successful start
    to the end of a successful stop, or until one of WIPED (uptime, key or None for all)."""
    spans, since = [], {}
    events = [(one.begin, 1, one.key, "start") for one in operations
              if one.text.startswith("start ") and one.rc == 0]
    events += [(one.end, 0, one.key, "stop") for one in operations
               if one.text.startswith("stop ") and one.rc == 0]
    events += [(at, 2, key, "wipe") for at, key in wiped]
    for at, _, key, what in sorted(events, key=lambda event: event[:2]):
        if what == "start":
            since.setdefault(key, at)
            continue
        for gone in list(since) if key is None else [key]:
            if gone in since:
                spans.append((gone, name, since.pop(gone), at))
    return spans + [(key, name, at, float("inf")) for key, at in since.items()]
