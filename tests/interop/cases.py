# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases that run side by side, each in a laboratory of its own, and say ok or not ok step by step."""

import argparse
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Lab, LabError, Skip, catch_signals, failure, installs, places, reference  # noqa: E402
from pair import Pair  # noqa: E402

_printing = threading.Lock()


class _Failed(Exception):
    """A step failed and was told."""


class Case:
    """One run: steps in a row; after the first that fails the rest is left out."""

    def __init__(self, name, lab):
        self.name = name
        self.lab = lab
        self.pair = None
        self.lines = []
        self._begin = time.monotonic()

    def make_pair(self, *args, **how):
        self.pair = Pair(self.lab, *args, **how)
        return self.pair

    def step(self, what, function, *args):
        """Runs one step: whatever it returns is a remark for its line."""
        try:
            remark = function(*args)
            if self.pair:
                self.pair.check_single_owner()
        except LabError as error:
            self.lines.append(failure(f"{self.name}/{what}", error, self.lab))
            raise _Failed from None
        self.lines.append(f"ok {self.name}/{what}" + (f": {remark}" if remark else ""))


def _run(name, function, networks):
    """(lines, whether it failed)"""
    for left in range(reference.RETRIES, -1, -1):
        with Lab(name.split("/")[-1], networks) as lab:
            case = Case(f"interop/{name}", lab)
            try:
                function(case)
                return case.lines, False
            except _Failed:
                pass
            except LabError as error:  # outside of a step
                case.lines.append(failure(case.name, error, lab))
            if case.pair:
                case.pair.keep_logs(name)
                if left and case.pair.has_lost_its_own():
                    continue
            return case.lines, True
    raise AssertionError("not reached")


def _judge(name, function, networks, verbose):
    begin = time.monotonic()
    try:
        lines, failed = _run(name, function, networks)
    except Skip as skip:
        lines, failed = [f"skip interop/{name}: {skip}"], False
    if verbose:
        lines.append(f"# {name}: {time.monotonic() - begin:.0f} s")
    with _printing:
        print("\n".join(lines), flush=True)
    return failed


def main(cases, doc):
    """CASES: name -> (function(case), networks)."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of names of cases (default: all)")
    parser.add_argument("-j", "--jobs", type=int, default=12, help="cases at the same time (default 12)")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell how long each took")
    options = parser.parse_args()
    chosen = {name: case for name, case in cases.items()
              if not options.names or any(part in name for part in options.names)}
    try:
        places.require()
        for kind in ("ours", "debian"):
            installs.layer(kind)
    except Skip as skip:
        print(f"skip interop: {skip}")
        return 0
    catch_signals()
    with ThreadPoolExecutor(options.jobs) as pool:
        results = [pool.submit(_judge, name, *case, options.verbose) for name, case in chosen.items()]
        return int(any([one.result() for one in results]))
