# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a recorded scenario.  Grammar: README.txt beside the recordings."""

import re
from dataclasses import dataclass, field

from ..errors import LabError


@dataclass
class Behaviour:
    node: str
    script: str
    op: str
    rc: int
    sleep: float
    after_event: int  # effective after this many stimuli


@dataclass
class Stimulus:
    at: float
    node: str  # or "*"
    text: str


@dataclass
class Checkpoint:
    at: float
    node: str
    rscstatus: str
    held: str
    label: str

    def __str__(self):
        return f"rscstatus={self.rscstatus} held={self.held}"


@dataclass
class Segment:
    """What was seen between two stimuli."""

    stimulus: Stimulus
    checkpoints: list = field(default_factory=list)
    lines: dict = field(default_factory=dict)  # node -> its start/stop lines, in order
    exits: set = field(default_factory=set)  # nodes whose daemon ended
    calls: dict = field(default_factory=dict)  # node -> calls of reset and reboot, in order
    last_line_at: float = None  # of the latest start/stop line
    messages: dict = field(default_factory=dict)  # node -> messages of MESSAGE_TYPES, in order


@dataclass
class Recording:
    name: str = ""
    about: str = ""
    verdict: str = ""
    better: str = ""
    ha_cf: dict = field(default_factory=dict)  # node, or None for all -> text
    haresources: str = ""
    behaviours: list = field(default_factory=list)
    segments: list = field(default_factory=list)

    @property
    def nodes(self):
        """In the order of ha.cf."""
        text = next(iter(self.ha_cf.values()))
        return [name for line in re.findall(r"^node\s+(.*)$", text, re.MULTILINE)
                for name in line.split()]

    def owner_of(self, line):
        """The preferred node of the group that a start/stop line belongs to."""
        word = "::".join(line.split()[1:]).split("::rc=")[0]
        for group in self.haresources.splitlines():
            owner, *words = group.split()
            if word in words:
                return owner
        return None


# The cluster messages whose order should be the same.
MESSAGE_TYPES = ("starting", "resource", "ask_resources", "shutdone", "ip-request",
                 "ip-request-resp", "stonith")

_BEHAVIOUR = re.compile(r"(\S+) (\S+) (\S+) rc=(\d+) sleep=(\S+) after-event=(\d+)")
_STATE = re.compile(r"rscstatus=(\S+) held=(\S+)\s+# (.*)")
_CALL = re.compile(r"stonith-plugin reset |/sbin/reboot")


def read(path):
    recording = Recording()
    block, timeline, sequences = None, [], {}
    for raw in path.read_text().splitlines():
        if raw == "%end":
            block = None
        elif block is not None:
            block.append(raw)
        elif raw.startswith("%"):
            word, _, rest = raw[1:].partition(" ")
            block = _directive(recording, word, rest, timeline, sequences)
    for key, lines in recording.ha_cf.items():
        recording.ha_cf[key] = "\n".join(lines) + "\n"
    recording.haresources = "\n".join(recording.haresources) + "\n"
    _read_timeline(recording, timeline)
    _read_sequences(recording, sequences)
    return recording


def _directive(recording, word, rest, timeline, sequences):
    """Takes one % line; returns the list that the lines of its block go to, if it has one."""
    if word == "ha.cf":
        return recording.ha_cf.setdefault(rest or None, [])
    if word == "haresources":
        recording.haresources = []
        return recording.haresources
    if word == "timeline":
        return timeline
    if word == "sequence":
        return sequences.setdefault(rest, [])
    if word == "behaviour":
        node, script, op, rc, sleep, after = _BEHAVIOUR.fullmatch(rest).groups()
        recording.behaviours.append(
            Behaviour(node, script, op, int(rc), float(sleep), int(after)))
    elif word == "scenario":
        recording.name = rest
    elif word in ("about", "verdict", "better"):
        setattr(recording, word, rest)
    elif word not in ("vector", "note"):
        raise LabError(f"unknown directive %{word}")
    return None


def _read_timeline(recording, timeline):
    for raw in timeline:
        at, node, kind, text = raw.split(None, 3)
        at = float(at)
        segment = recording.segments[-1] if recording.segments else None
        if kind == "event" and text == "daemon-exited":
            segment.exits.add(node)
        elif kind == "event":
            recording.segments.append(Segment(Stimulus(at, node, text)))
        elif kind == "state":
            status, held, label = _STATE.fullmatch(text).groups()
            segment.checkpoints.append(Checkpoint(at, node, status, held, label))
        elif kind in ("start", "stop"):
            segment.last_line_at = at
        elif kind == "msg" and text.split()[0] in MESSAGE_TYPES:
            segment.messages.setdefault(node, []).append(text)
        elif kind == "extern" and _CALL.match(text):
            segment.calls.setdefault(node, []).append(text)


def _read_sequences(recording, sequences):
    for node, lines in sequences.items():
        number = -1
        for line in lines:
            if line.startswith("event "):
                number += 1
            else:
                recording.segments[number].lines.setdefault(node, []).append(line)
        if number + 1 != len(recording.segments):
            raise LabError(f"{recording.name}: events of %sequence {node} and %timeline differ")
