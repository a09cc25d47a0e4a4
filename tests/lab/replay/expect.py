# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be seen in a segment, and how it is compared with what was seen.

Two lines of one node are ordered when the reference runs them one after the other: those of the
groups of one preferred node, and all stops.  Starts of groups with different preferred nodes
may run side by side there and are not ordered here.
"""

import difflib
from dataclasses import dataclass, field

ANY = None  # in Want.lines and Want.states: not compared here


@dataclass
class Seen:
    """What a segment showed so far."""

    lines: dict  # node -> start/stop lines
    calls: dict  # node -> calls of reset and reboot
    states: dict  # node -> (rscstatus, held); only nodes that were asked for
    running: set  # nodes whose daemon runs
    logs: dict = field(default_factory=dict)  # node -> log so far, on demand


@dataclass
class Want:
    """What a segment must show."""

    lines: dict  # node -> lines; a missing node has none; ANY: not compared
    states: dict  # node -> tuple of allowed "RSCSTATUS HELD"
    calls: dict = field(default_factory=dict)
    exits: set = field(default_factory=set)
    rules: tuple = ()  # functions of (recording, seen) that return problems
    linger: float = 0  # seconds to go on watching after everything fits

    def problems(self, recording, seen):
        found = []
        for node in sorted(recording.nodes):
            if self.lines is not ANY:
                found += _line_problems(recording, node, self.lines.get(node, []),
                                        seen.lines.get(node, []))
            if self.calls.get(node, []) != seen.calls.get(node, []):
                found.append(f"{node}: calls {seen.calls.get(node, [])}, "
                             f"expected {self.calls.get(node, [])}")
        for node in sorted(self.exits & seen.running):
            found.append(f"{node}: daemon still runs")
        return found

    def state_problems(self, recording, seen):
        found = []
        for node, allowed in sorted((self.states or {}).items()):
            if allowed is not ANY and " ".join(seen.states[node]) not in allowed:
                found.append("{}: rscstatus={} held={}".format(node, *seen.states[node]) +
                             ", expected " + " or ".join(
                                 "rscstatus={} held={}".format(*one.split()) for one in allowed))
        for rule in self.rules:
            found += rule(recording, seen)
        return found


def recorded(segment, label):
    """The recording itself as expectation of SEGMENT, states as of checkpoint LABEL."""
    states = {point.node: (f"{point.rscstatus} {point.held}",)
              for point in segment.checkpoints if point.label == label}
    return Want(lines=segment.lines, states=states, calls=segment.calls, exits=segment.exits)


def _line_problems(recording, node, wanted, seen):
    if _same(recording, wanted, seen):
        return []
    diff = difflib.unified_diff(wanted, seen, "expected", "observed", lineterm="", n=20)
    return [f"{node}: sequence differs\n" + "\n".join(f"    {line}" for line in diff)]


def _same(recording, wanted, seen):
    if wanted == seen:
        return True
    if sorted(wanted) != sorted(seen):
        return False
    views = [lambda line: line.startswith("stop ")]
    for owner in {recording.owner_of(line) for line in wanted}:
        views.append(lambda line, owner=owner: recording.owner_of(line) == owner)
    return all([line for line in wanted if view(line)] == [line for line in seen if view(line)]
               for view in views)
