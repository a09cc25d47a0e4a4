#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Replays the recorded resource scenarios on real nodes.

Prints one line per scenario, `ok`, `not ok` or `skip`, and under a failure what differed; the
logs of the nodes are then kept in build/lab/failed/NAME/.
"""

import argparse
import concurrent.futures
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Skip, catch_signals, installs, places  # noqa: E402
from lab.replay import recording as recordings  # noqa: E402
from lab.replay.replay import Replay  # noqa: E402

DEFAULT_SPEED = 0.25
# Two ipfails wait for each other's ears as long as two keepalives, which a busy machine must be able to tell apart.
LEAST_SPEED = {"ipfail-on": 0.5, "ipfail-off": 0.5}
RACE_RETRIES = 2  # of runs in which a race of the stimuli or of 3.0.6 itself decided


def parse_kinds(text):
    """`ours`, or `ours,bravo=debian`: the kind of all nodes, and of single ones."""
    kinds = {None: "ours"}
    for word in text.split(","):
        node, _, kind = word.rpartition("=")
        kinds[node or None] = kind
    return kinds


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="SCENARIO",
                        help="which ones; parts of names will do (default: all)")
    parser.add_argument("-k", "--kind", default="ours", type=parse_kinds,
                        help="kind of the nodes: ours, debian, or ours,bravo=debian "
                             "(default ours)")
    parser.add_argument("-s", "--speed", type=float, default=DEFAULT_SPEED,
                        help=f"factor for the times in ha.cf (default {DEFAULT_SPEED})")
    parser.add_argument("-j", "--jobs", type=int, default=8,
                        help="scenarios at the same time (default 8)")
    parser.add_argument("-d", "--directory", type=Path,
                        default=places.SHARED / "vectors/resources-v1")
    parser.add_argument("-m", "--messages", action="store_true",
                        help="remark on differences in the order of cluster messages")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell how long each took")
    options = parser.parse_args()
    if isinstance(options.kind, str):
        options.kind = parse_kinds(options.kind)
    return options


def chosen(options):
    paths = [path for path in sorted(options.directory.glob("*.txt"))
             if path.name != "README.txt"]
    stems = {path.stem for path in paths}

    def fits(stem, name):
        return stem == name if name in stems else name in stem
    return [path for path in paths
            if not options.names or any(fits(path.stem, name) for name in options.names)]


def judge(path, options):
    """(the line for this scenario, details, whether it failed)"""
    recording = recordings.read(path)
    name = f"vectors/{recording.name}"
    speed = max(options.speed, LEAST_SPEED.get(recording.name, 0))
    try:
        for _ in range(1 + RACE_RETRIES):
            result = Replay(recording, options.kind, speed, options.messages).run()
            if not (result.problems and result.race):
                break
    except Skip as skip:
        return f"skip {name}: {skip}", "", False
    time = f" ({result.seconds:.0f} s)" if options.verbose else ""
    details = "\n".join(f"  {line}" for one in result.problems + result.remarks
                        for line in one.splitlines())
    if not result.problems:
        return f"ok {name}{time}", details, False
    first = result.problems[0].splitlines()[0]
    return f"not ok {name}: {first}{time}", "\n".join([details, *result.story]), True


def main():
    options = arguments()
    if not options.directory.is_dir():
        print(f"skip vectors/resources-v1: no {options.directory}")
        return 0
    try:
        places.require()
        for kind in set(options.kind.values()):
            installs.layer(kind)
    except Skip as skip:
        print(f"skip vectors/resources-v1: {skip}")
        return 0
    catch_signals()
    failed = False
    printing = threading.Lock()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for one in concurrent.futures.as_completed(
                [pool.submit(judge, path, options) for path in chosen(options)]):
            line, details, bad = one.result()
            with printing:
                print("\n".join(filter(None, (line, details))), flush=True)
            failed = failed or bad
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
