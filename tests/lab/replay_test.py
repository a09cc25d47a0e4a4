#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The judge of the replayed scenarios judges right: no nodes needed, only the recordings."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import places  # noqa: E402
from lab.replay import better, recording as recordings, replay  # noqa: E402
from lab.replay.expect import Seen, recorded  # noqa: E402
from lab.replay.tracing import Operation  # noqa: E402

DIRECTORY = places.SHARED / "vectors/resources-v1"


def seen_as_recorded(segment, label):
    states = {point.node: (point.rscstatus, point.held)
              for point in segment.checkpoints if point.label == label}
    return Seen(dict(segment.lines), dict(segment.calls), states, set())


def judged(recording, want, seen):
    return want.problems(recording, seen) + want.state_problems(recording, seen)


def test_every_recording_fits_itself(everything):
    for recording in everything.values():
        for segment in recording.segments:
            for label in {point.label for point in segment.checkpoints} | {None}:
                yield from judged(recording, recorded(segment, label),
                                  seen_as_recorded(segment, label))


def test_every_difference_is_found(everything):
    """A line lost, doubled or changed, a wrong state: each is a problem."""
    for recording in everything.values():
        for number, segment in enumerate(recording.segments):
            for node, lines in segment.lines.items():
                for other in (lines[1:], lines + lines[-1:], ["start TrX"] + lines[1:]):
                    seen = seen_as_recorded(segment, None)
                    seen.lines[node] = other
                    if not recorded(segment, None).problems(recording, seen):
                        yield f"{recording.name} {number}: {other} passes for {lines}"
            for point in segment.checkpoints:
                seen = seen_as_recorded(segment, point.label)
                seen.states[point.node] = (point.rscstatus, "TrX")
                if not recorded(segment, point.label).state_problems(recording, seen):
                    yield f"{recording.name} {number}: a wrong state of {point.node} passes"


def test_order_counts_where_it_is_fixed(everything):
    recording = everything["alone-join-on"]
    segment = recording.segments[0]
    parallel, own = segment.lines["alpha"][:2], segment.lines["alpha"][2:]
    want = recorded(segment, None)
    for lines, fits, why in (
            (own + parallel, True, "groups of different nodes start side by side"),
            ([own[0], parallel[0], own[1], parallel[1]], True, "they may mix"),
            (parallel[::-1] + own, False, "within a group the order is fixed")):
        seen = seen_as_recorded(segment, None)
        seen.lines["alpha"] = lines
        if (want.problems(recording, seen) == []) != fits:
            yield f"{why}: {lines}"


def test_stops_are_ordered(everything):
    recording = everything["stop-both-on"]
    segment = recording.segments[-1]
    seen = seen_as_recorded(segment, None)
    lines = segment.lines["alpha"]
    seen.lines["alpha"] = lines[2:] + lines[:2]
    if not recorded(segment, None).problems(recording, seen):
        yield "groups released in the wrong order pass"


def test_each_defect_has_an_expectation(everything):
    defects = {name for name, one in everything.items() if one.verdict == "defect"}
    if defects != set(better.BETTER):
        yield f"differ: {sorted(defects ^ set(better.BETTER))}"
    for name, wants in (*better.BETTER.items(), *better.ALLOWED.items(), *better.DESIGN.items()):
        for number in wants:
            if number >= len(everything[name].segments):
                yield f"{name} has no segment {number}"


def test_each_defect_would_be_found(everything):
    """A node of ours that behaves like the reference fails."""
    in_logs = {"start-fail-takeover"}  # the defect is a request that only the log shows
    for name, wants in better.BETTER.items():
        recording = everything[name]
        found = []
        for number, want in wants.items():
            segment = recording.segments[number]
            label = segment.checkpoints[-1].label if segment.checkpoints else None
            seen = seen_as_recorded(segment, label)
            if name in in_logs:
                seen.logs["bravo"] = "info: bravo wants to go standby [foreign]\n"
            found += judged(recording, want, seen)
        if not found:
            yield f"{name}: the recorded defect passes"


def test_owners_over_time(_everything):
    """What ran when, from the trace: overlap is counted only while both really ran."""
    run = [Operation(10, "start TrA", 12, 0), Operation(20, "stop TrA", 25, 0),
           Operation(30, "start TrA", 31, 1), Operation(40, "start TrA", 41, 0)]
    got = replay._spans("alpha", run, [(45, "TrB"), (50, None)])
    if got != [("TrA", "alpha", 10, 25), ("TrA", "alpha", 40, 50)]:
        yield f"{got}"


def main():
    if not DIRECTORY.is_dir():
        print(f"skip replay: no {DIRECTORY}")
        return 0
    everything = {}
    for path in sorted(DIRECTORY.glob("*.txt")):
        if path.name != "README.txt":
            everything[path.stem] = recordings.read(path)
    failed = False
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        name = f"replay/{name.removeprefix('test_').replace('_', '-')}"
        problems = list(test(everything))
        print(f"not ok {name}: {problems[0]}" if problems else f"ok {name}")
        failed = failed or bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
