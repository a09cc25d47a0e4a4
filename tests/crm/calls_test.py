#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our tools beside Debian's on the recorded documents of pacemaker, with words that a seed draws for each (calls.py): exit code, both outputs
and what became of the document are the same, or differ in a way that stands in BETTER with its reason.

    calls_test.py [--seed N] [--count N] [--tool NAME] [--show N]     another seed, more calls, of one tool
"""

import argparse
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import calls
import cases
import peers_test as peers

sys.path.insert(0, str(cases.ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, run  # noqa: E402

DOCUMENTS = cases.ROOT.parent / "shared" / "pe-tests" / "pcmk215"
COUNT = 64


def equalized(text):
    """Without what is never the same twice: dates that depend on now, the order of a hash table."""
    text = re.sub(r"((?:end=|until: )\"?)\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", r"\1DATE", text or "")
    return re.sub(r"<parameters [^>]*/>", lambda found: " ".join(sorted(found[0].split())), text)


def sorted_lines(text):
    return "".join(sorted(text.splitlines(keepends=True)))


class Answer:
    def __init__(self, result):
        self.rc, self.document = result.rc, equalized(result.document)
        self.out, self.err = (peers.as_usage(equalized(text)) for text in (result.out, peers.without_faults(result.err)))

    def parts(self, what=("rc", "out", "err", "document")):
        return [getattr(self, name) for name in what]


def resource_of(words):
    return words[words.index("-r") + 1] if "-r" in words[:-1] else ""


def has(words, *some):
    return any(word in words for word in some)


def instance_of_clone(words, known):
    return resource_of(words) in known.instances


def masked(text):
    """Ids of constraints that the original has lost are any bytes."""
    return re.sub(r"(id=)(?:[^,)\n]|\n(?!  \*))*", r"\1", text)


def relaxed(theirs, ours, *changes):
    """The same after what is better in it was taken back: (expression, by) of their and of our output."""
    def plain(text):
        for pattern, by in changes:
            text = re.sub(pattern, by, text)
        return text
    return (theirs.rc, theirs.document) == (ours.rc, ours.document) and plain(theirs.out) == plain(ours.out) and plain(theirs.err) == plain(ours.err)


BETTER = {
    "a dry run ends well, and says so once for each place":
        lambda words, known, theirs, ours: has(words, "-C", "-R") and theirs.rc == -11 and ours.rc == 0 and (
            has(words, "-n", "--output-as=xml") or instance_of_clone(words, known) or sorted_lines(theirs.err) == sorted_lines(ours.err)),
    "an element is shown as it stands in the document":
        lambda words, known, theirs, ours: relaxed(theirs, ours, (r' clone="\d+"', "")),
    "constraints are called by their ids":
        lambda words, known, theirs, ours: has(words, "-a", "-A") and theirs.rc == ours.rc and masked(theirs.out) == masked(ours.out),
    "an instance is itself, and a clone's child is all of its instances":
        lambda words, known, theirs, ours: has(words, "-W", "-q", "-w", "-g", "-G", "-Y", "--digests") and instance_of_clone(words, known) and ours.rc in (0, 105),
    "each operation has the role of its own instance; operations of a group or clone are those in it":
        lambda words, known, theirs, ours: has(words, "-o", "-O") and ours.rc == 0 and ours.document == theirs.document and (
            not theirs.out.strip() or relaxed(theirs, ours, (r"\):\t [^:\n]*", ")"), (r' role="\w*"', ""), (r' rsc="[^"]*"', ""), (r' failed="\w+"', ""))),
    "what cannot be promoted is not banned from it":
        lambda words, known, theirs, ours: "--promoted" in words and ours.rc in (0, 64) and ours.err.startswith("Ignoring --promoted") or (
            "--promoted" in words and theirs.rc in (0, 78) and ours.rc == 0),
    "an instance has no place of its own, in a group neither":
        lambda words, known, theirs, ours: has(words, "-M", "-B", "-U") and ours.rc == 2 and instance_of_clone(words, known),
    "which instance a clone's child is where it has no place is not for guessing":
        lambda words, known, theirs, ours: has(words, "-M", "-B") and instance_of_clone(words, known) and {theirs.rc, ours.rc} <= {0, 64},
    "an id that was asked for is told":
        lambda words, known, theirs, ours: "-i" in words and "id=(null)" in theirs.out and ours.rc == 0,
    "quiet is quiet":
        lambda words, known, theirs, ours: "-Q" in words and theirs.out.lstrip("\n") == ours.out and theirs.rc == ours.rc,
    "of a group the group's own value is deleted":
        lambda words, known, theirs, ours: "-d" in words and ours.rc == theirs.rc == 0 and resource_of(words) in known.groups,
    "utilization is the primitive's, also of a clone's child":
        lambda words, known, theirs, ours: "-z" in words and theirs.rc == 78 and ours.rc == 0,
    "an attribute that is not there is told":
        lambda words, known, theirs, ours: "-G" in words and words[0] == "crm_resource" and ours.err.startswith("Attribute '") and theirs.rc == ours.rc,
    "defaults belong to no node":
        lambda words, known, theirs, ours: has(words, "rsc_defaults", "op_defaults"),
    "a node that is not there is an error, told once":
        lambda words, known, theirs, ours: "nosuch" in words and ours.rc == 105 and ours.document == theirs.document,
    "both sentences stand in lines of their own":
        lambda words, known, theirs, ours: relaxed(theirs, ours, (r"specify a node\.\n?To", "specify a node.\nTo")),
    "a date is shown in the offset that is told behind it; a year later is the same day of the month":
        lambda words, known, theirs, ours: words[0] == "iso8601" and theirs.rc == ours.rc and (
            any(re.search(r"[+-]\d\d:?\d\d\b", word) for word in words[2:]) or any(re.search(r"P\d+Y", word) for word in words)),
    "of several attributes one must be chosen":
        lambda words, known, theirs, ours: ours.rc == 109 and theirs.document == ours.document,
}


def formatted(path):
    """As the tools write it; None where the original does not take it."""
    done = subprocess.run([peers.THEIRS / "cibadmin", "-Q"], env={"CIB_file": str(path)}, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def judge(call):
    """(reason or None, lines that say how they differ)"""
    path, words, known, text = call
    with tempfile.TemporaryDirectory(prefix="crm-calls-") as folder:
        theirs, ours = (Answer(peers.call(Path(folder), where, words, text)) for where in (peers.THEIRS, cases.BIN))
    if theirs.parts() == ours.parts():
        return None, []
    for reason, applies in BETTER.items():
        if applies(words, known, theirs, ours):
            return reason, []
    lines = [f"{path.stem}: {shlex.join(words)}"] + ([] if theirs.rc == ours.rc else [f"exit code {ours.rc} instead of {theirs.rc}"])
    for title, expected, got in zip(("stdout", "stderr", "document"), theirs.parts(("out", "err", "document")), ours.parts(("out", "err", "document"))):
        lines += cases.differs(title, expected or "(unchanged)\n", got or "(unchanged)\n", Path("/nowhere"))[:12]
    return None, lines


def drawn(options):
    rng = random.Random(options.seed)
    paths = sorted(DOCUMENTS.glob("*.xml"))
    texts = {}
    while True:
        path = rng.choice(paths)
        if path not in texts:
            texts[path] = formatted(path)
        if texts[path]:
            known = calls.Known(path)
            yield path, calls.draw(rng, known, options.tool), known, texts[path]


def beside(options):
    if not DOCUMENTS.is_dir():
        raise Skip("no documents beside the source")
    if not peers.is_theirs("crm_resource"):
        raise Skip("Debian's pacemaker-cli-utils is not installed")
    source = drawn(options)
    chosen = [next(source) for _ in range(options.count)]
    with ThreadPoolExecutor(2) as pool:
        judged = list(pool.map(judge, chosen))
    wrong = [lines for _, lines in judged if lines]
    if wrong:
        raise Wrong(f"seed {options.seed}: {len(wrong)} of {len(judged)} differ:\n" + "\n".join(line for lines in wrong[:options.show] for line in lines))
    reasons = Counter(reason for reason, _ in judged if reason)
    return f"seed {options.seed}: {len(judged)} calls, {sum(reasons.values())} of them better"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "20261130")))
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--tool")
    parser.add_argument("--show", type=int, default=4)
    given, sys.argv[1:] = parser.parse_known_args()
    sys.exit(run("calls", {"beside": (beside, given)}, __doc__))
