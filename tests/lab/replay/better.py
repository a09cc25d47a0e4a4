# SPDX-License-Identifier: GPL-2.0-or-later
"""What an improved implementation must show where the recording shows a defect.

Each entry follows from the %better text of its recording, quoted above it.  Segments that are
not listed are compared with the recording; segment K is what follows stimulus K (from 0).
"""

from .expect import ANY, Want
from .recording import Behaviour

A = "TrA:10.9.0.101,TrB:a1:a2"  # alpha's group, as it is listed when held
B = "TrC:10.9.0.102,TrD"  # bravo's
BOTH = f"{A},{B}"
START_A = ["start TrA 10.9.0.101", "start TrB a1 a2"]
STOP_A = ["stop TrB a1 a2", "stop TrA 10.9.0.101"]
START_B = ["start TrC 10.9.0.102", "start TrD"]
STOP_B = ["stop TrD", "stop TrC 10.9.0.102"]
HOME = {"alpha": (f"local {A}",), "bravo": (f"local {B}",)}

# start-fail: the reference's delay before it gives up, and time to see that it stays quiet.
GIVE_UP_SECONDS = 30


# Rules.

def each_held_once(recording, seen):
    """Every resource of the file runs on exactly one node."""
    words = [word for line in recording.haresources.splitlines() for word in line.split()[1:]]
    found = []
    for key in (word.replace("::", ":") for word in words):
        nodes = [node for node, (_, held) in seen.states.items() if key in held.split(",")]
        if len(nodes) != 1:
            found.append(f"{key} runs on {' and '.join(nodes) or 'no node'}")
    return found


def starts_once(*lines):
    """Each of LINES is seen exactly once in the whole cluster."""
    def rule(_recording, seen):
        everything = [line for node in seen.lines.values() for line in node]
        return [f"'{line}' seen {everything.count(line)} times, expected once"
                for line in lines if everything.count(line) != 1]
    return rule


def sequence(node, first, then_only):
    """NODE shows the lines FIRST, and after them nothing but lines of THEN_ONLY."""
    def rule(_recording, seen):
        lines = seen.lines.get(node, [])
        rest = lines[len(first):]
        if lines[:len(first)] != first or any(line not in then_only for line in rest):
            return [f"{node}: {lines}, expected {first} and then only {then_only}"]
        return []
    return rule


def only_repeats(node, lines, most):
    """NODE shows the whole block LINES, up to MOST times, and nothing else."""
    def rule(_recording, seen):
        got = seen.lines.get(node, [])
        if got not in [lines * count for count in range(most + 1)]:
            return [f"{node}: {got}, expected at most {most} times {lines}"]
        return []
    return rule


def never_logs(node, *texts):
    def rule(_recording, seen):
        return [f"{node} logs '{text}'" for text in texts if text in seen.logs.get(node, "")]
    return rule


def _start_fails(failing, stops, starts_on_bravo, states):
    return Want(lines=ANY, states=states, linger=3, rules=(
        sequence("alpha", failing + stops, stops),
        sequence("bravo", starts_on_bravo, [])))


def _three_nodes(charlie):
    """One survivor takes charlie's group; it is never in two places; CHARLIE when he is back."""
    watch = {"alpha": ANY, "bravo": ANY}
    gone = Want(lines=ANY, states=watch, rules=(each_held_once, starts_once("start TrC x3")))
    back = Want(lines=ANY, states={**watch, "charlie": charlie}, rules=(each_held_once,))
    stopped = Want(lines=ANY, states=watch, exits={"charlie"},
                   rules=(each_held_once, starts_once("start TrC x3")))
    return {3: gone, 4: back, 5: stopped}


# What a %note allows besides the recording, whatever the kind.
ALLOWED = {
    # the last phase races: if the two abort_giveup messages cross, one or two no-op foreign
    # standby exchanges run; final state is the same (either node may be the one that gives up)
    "ipfail-on": {
        4: Want(lines=ANY, states=HOME, rules=(only_repeats("alpha", STOP_B, 2),
                                               only_repeats("bravo", STOP_A, 2))),
    },
}

# Where ours differs by design; the recording's verdict is ok.
DESIGN = {
    # The release script of the reference survives its daemon and goes on stopping.  Ours runs the
    # scripts itself: the one that runs is finished, no further one is called.
    "standby-self-dies-during": {
        3: Want(lines=ANY, states={"bravo": (f"all {BOTH}",)}, rules=(
            sequence("alpha", [], ["stop TrA 10.9.0.101"]), sequence("bravo", START_A, []))),
    },
    # Ours has no start-up phase of ten seconds; a slow script (below) makes one.
    "standby-in-flux": {
        1: Want(lines={"alpha": START_A[:1], "bravo": START_B}, states={}),
        2: Want(lines={"alpha": START_A[1:]}, states=HOME),
    },
}

DESIGN_BEHAVIOURS = {
    "standby-in-flux": [Behaviour("alpha", "TrA", "start", rc=0, sleep=10, after_event=0)],
}

# What an installation must have for a scenario that names it in ha.cf.
NEEDED_PROGRAMS = {"ipfail": "/usr/libexec/heartbeat/ipfail", "stonith_host": "/usr/sbin/stonith"}

BETTER = {
    # the group of bravo is started by exactly one node; no orphaned set
    "fast-restart-all": {
        4: Want(lines=ANY, states={"alpha": ANY, "bravo": ANY}, rules=(
            each_held_once, starts_once(*START_A, *START_B))),
    },
    # a nice-mode node whose peer is active but never answers "starting" within the local timer
    # plus deadtime acquires its local groups
    "mixed-on-legacy": {
        1: Want(lines={"alpha": START_A, "bravo": START_B},
                states={"alpha": (f"local {A}",), "bravo": (f"none {B}",)}),
        2: Want(lines={"bravo": START_A}, states={"bravo": (f"none {BOTH}",)}),
        3: Want(lines={"alpha": START_A, "bravo": STOP_A},
                states={"alpha": (f"local {A}",), "bravo": (f"none {B}",)}),
        4: Want(lines={"alpha": START_B}, states={"alpha": (f"all {BOTH}",)}),
        5: Want(lines={"alpha": STOP_B, "bravo": START_B},
                states={"alpha": (f"all {A}", f"local {A}"), "bravo": (f"none {B}",)}),
    },
    # as mixed-on-legacy; and an unreported peer counts as possibly holding resources (fence)
    "mixed-legacy-off": {
        1: Want(lines={"alpha": START_A, "bravo": START_B},
                states={"alpha": (f"none {A}",), "bravo": (f"local {B}",)}),
        2: Want(lines={"bravo": START_A}, states={"bravo": (f"all {BOTH}",)},
                rules=(never_logs("bravo", "Dead node alpha gave up resources"),)),
        3: Want(lines={"alpha": START_A, "bravo": STOP_A},
                states={"alpha": (f"none {A}",), "bravo": (f"all {B}", f"local {B}")}),
        4: Want(lines={"alpha": START_B}, states={"alpha": (f"none {BOTH}",)}),
        5: Want(lines={"alpha": STOP_B, "bravo": START_B},
                states={"alpha": (f"none {A}",), "bravo": (f"local {B}",)}),
    },
    # takeover works independently of rc.d/status
    "no-status-rc": {
        2: Want(lines={"bravo": START_A}, states={"bravo": (f"all {BOTH}",)}),
    },
    # alpha gets stable=1 only after the takeover finished; TrB never runs on two nodes; final
    # alpha local TrA TrB, bravo local TrC TrD
    "slow-takeover-then-join": {
        3: Want(lines={"alpha": START_A, "bravo": STOP_A}, states=HOME),
    },
    # after the release script ended alpha starts its own groups again; final alpha all with all
    # four resources running
    "standby-peer-dies-during": {
        3: Want(lines=ANY, states={"alpha": (f"all {BOTH}",)}),
    },
    # after the give-up delay alpha hands its LOCAL set over; bravo starts TrA; final alpha none,
    # bravo all
    "start-fail-local-single": {
        1: _start_fails(["start TrA rc=1"], ["stop TrA"], ["start TrC", "start TrA"],
                        {"alpha": ("none -",), "bravo": ("all TrA,TrC",)}),
    },
    # the same with TrA, TrB
    "start-fail-local": {
        1: _start_fails(["start TrA 10.9.0.101", "start TrB a1 a2 rc=1"], STOP_A,
                        START_B + START_A, {"alpha": ("none -",), "bravo": (f"all {BOTH}",)}),
    },
    # no exchange request when there is no live peer
    "start-fail-takeover": {
        2: Want(lines={"alpha": STOP_A + STOP_B,
                       "bravo": ["start TrA 10.9.0.101", "start TrB a1 a2 rc=5"] + STOP_A},
                states={"bravo": (f"all {B}", f"local {B}")}, exits={"alpha"},
                linger=GIVE_UP_SECONDS + 3,
                rules=(never_logs("bravo", "wants to go standby", "No reply to standby"),)),
    },
    # the step hb_takeover failback behaves like hb_takeover local (bravo gives up foreign only;
    # alpha local, bravo local); the steps after it follow from that state
    "takeover-off": {
        5: Want(lines={"alpha": START_A, "bravo": STOP_A}, states=HOME),
        6: Want(lines={"bravo": STOP_A}, states=HOME),
        7: Want(lines={"alpha": START_B, "bravo": STOP_B},
                states={"alpha": (f"all {BOTH}",), "bravo": ("none -",)}),
        8: Want(lines={"alpha": STOP_B, "bravo": START_B}, states=HOME),
    },
    # the step hb_takeover failback behaves like hb_takeover local (final alpha local, bravo local)
    "takeover-on": {
        5: Want(lines={"alpha": START_A, "bravo": STOP_A}, states=HOME),
    },
    # exactly one survivor takes the groups of a dead node
    "three-nodes-legacy": _three_nodes(("none TrC:x3",)),
    "three-nodes-on": _three_nodes(ANY),
}
