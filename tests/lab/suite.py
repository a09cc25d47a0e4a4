# SPDX-License-Identifier: GPL-2.0-or-later
"""What every test program does with its cases: chooses them, runs them, says how each ended, makes the exit code.

    def takes_over(lab): ...

    if __name__ == "__main__":
        sys.exit(main("absent", [takes_over, ...], __doc__))

A case is a function; it raises when something is wrong, may raise Skip, and may return a remark.  Its name is the
function's, with dashes.  A program's words are [-j JOBS] [NAME...]: parts of names; --help says the rest.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from . import reference
from .errors import LabError, Skip
from .lab import Lab, catch_signals
from .story import failure


class Wrong(LabError):
    """An expectation that was not met."""


def need(true, what):
    if not true:
        raise Wrong(what)


def verdict(name, call, *arguments):
    """Runs one case: the line that says how it ended; of a failure also what the machines have to say."""
    begin = time.monotonic()
    for left in range(reference.RETRIES, -1, -1):
        try:
            remark = call(*arguments)
            break
        except Skip as reason:
            return f"skip {name}: {reason}"
        except Exception as reason:  # also a mistake of the test itself is a failed case
            if not left or not getattr(reason, "proves_nothing", False):
                return failure(name, reason)
    return f"ok {name} ({remark or f'{time.monotonic() - begin:.1f} s'})"


def called(case):
    return case.__name__.removeprefix("test_").replace("_", "-")


def main(suite, cases, doc="", jobs=1, networks=("eth0",), unfit=lambda case: None):
    """Each case alone, in a laboratory of its own, up to JOBS at once: case(lab).  UNFIT(case): why not here, or None."""
    def alone(case):
        if unfit(case):
            raise Skip(unfit(case))
        with Lab(f"{suite}-{called(case)}"[:40], networks) as lab:
            return case(lab)

    return run(suite, {called(case): (alone, case) for case in cases}, doc, jobs)


def main_in_one_lab(suite, cases, prepare, doc="", after=lambda *arguments: None, networks=("eth0",)):
    """One after the other in one laboratory: case(*arguments), with what PREPARE(lab) returns; AFTER(*arguments) each."""
    def together(wanted):
        with Lab(suite.replace("/", "-"), networks) as lab:
            arguments = prepare(lab)
            for name, (case,) in wanted.items():
                yield verdict(name, case, *arguments)
                after(*arguments)

    return run(suite, {called(case): (case,) for case in cases}, doc, together=together)


def run(suite, calls, doc="", jobs=1, together=None):
    """CALLS: name of a case -> (function, *arguments).  Returns the exit code of the program."""
    parser = argparse.ArgumentParser(description=doc or None, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of the name of a case (default: all of them)")
    parser.add_argument("-j", "--jobs", type=int, default=jobs, help="cases at the same time (default %(default)s)")
    options = parser.parse_args()
    wanted = {f"{suite}/{name}": call for name, call in calls.items()
              if not options.names or any(word.replace("_", "-") in name for word in options.names)}
    catch_signals()
    failed = False
    with ThreadPoolExecutor(max(options.jobs, 1)) as pool:
        if together:
            lines = together(wanted)
        else:  # alone in this thread: a signal ends it at once
            lines = (map if options.jobs == 1 else pool.map)(lambda name: verdict(name, *wanted[name]), wanted)
        try:
            for line in lines:
                print(line, flush=True)
                failed |= line.startswith("not ok")
        except Skip as reason:  # of what they share
            print(f"skip {suite}: {reason}", flush=True)
        except LabError as reason:
            print(failure(suite, reason), flush=True)
            failed = True
        except (SystemExit, KeyboardInterrupt):
            if together or options.jobs == 1:
                raise
            os._exit(1)  # cases may wait for their machines, which end with this process; the next one sweeps
    if not wanted:
        print(f"{sys.argv[0]}: no case is called so; there are {' '.join(calls)}", file=sys.stderr)
        return 2
    return int(failed)
