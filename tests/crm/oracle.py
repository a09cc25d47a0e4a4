# SPDX-License-Identifier: GPL-2.0-or-later
"""Plans of a document by our crm_simulate and by Debian's (pacemaker 2.1.5), and how they differ: scores, graphs by meaning
(../shared/tools/graphcmp.py), summaries; and what both crm_mon show of it."""

import difflib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / os.environ.get("BUILD", "build") / "bin"
SHARED = ROOT.parent / "shared"
PEER = shutil.which("crm_simulate", path="/usr/sbin:/usr/bin")
PEER_FOLDER = Path(PEER).parent if PEER else None
ENVIRONMENT = dict(os.environ, TZ="UTC", LC_ALL="C")
BY_MEANING = {"attrs": False, "priority": False, "graph-attrs": False}


# What people see of a document: each set of options of crm_mon.
STATUS_SETS = [options.split() for options in ("-1", "-1 -r", "-1 -n", "-1 -A -f", "-1 --output-as=xml")]
VOLATILE = [(re.compile(pattern), by) for pattern, by in (
    (r"(Last updated: (?:</span><span>)?)[^<\n]*", r"\1DATE"),
    (r'(<last_update time=)"[^"]*"', r'\1"DATE"'),
    (r' request="[^"]*"', ""),
)]


def comparer():
    found = importlib.util.spec_from_file_location("graphcmp", SHARED / "tools" / "graphcmp.py")
    module = importlib.util.module_from_spec(found)
    sys.dont_write_bytecode = True
    found.loader.exec_module(module)
    return module


def output(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=120)
    return done.returncode, done.stdout


def plan_of_peer(path):
    """What Debian's program says with -s, and the path of its graph; None if it does not take the document."""
    graph = path.with_suffix(".theirs")
    code, out = output(PEER, "-x", path, "-s", "-Q", "-G", graph)
    return (out, graph) if code == 0 and graph.exists() else None


def score_lines(text):
    return Counter(line for line in text.splitlines() if " score on " in line)


def scores_differ(path, theirs):
    expected, got = score_lines(theirs[0]), score_lines(output(BIN / "crm_simulate", "-x", path, "-s", "-Q")[1])
    return [f"- {line}" for line in (expected - got)] + [f"+ {line}" for line in (got - expected)]


def graphs_differ(path, theirs, options=None):
    ours = path.with_suffix(".ours")
    code, _ = output(BIN / "crm_simulate", "-x", path, "-Q", "-G", ours)
    if code or not ours.exists():
        return [f"ours ended with {code}"]
    tool = comparer()
    graphs = tool.Graph(str(theirs[1]), []), tool.Graph(str(ours), [])
    return [f"{title}: {lines[:4]}" for title, lines in tool.compare(*graphs, options or BY_MEANING) if lines]


def attributes_differ(path, theirs):
    return graphs_differ(path, theirs, dict.fromkeys(BY_MEANING, True))


def summaries_differ(path, _theirs):
    texts = (output(program, "-x", path, "-S")[1] for program in (PEER, BIN / "crm_simulate"))
    cut = [text.split("Executing Cluster Transition")[0].splitlines() for text in texts]
    return list(difflib.unified_diff(*cut, lineterm="", n=0))[2:]


def answer(program, folder, document, options):
    """Exit code and text of PROGRAM on a copy of DOCUMENT: a program may write into its document."""
    copy = folder / "cib.xml"
    copy.write_bytes(document.read_bytes())
    environment = {"CIB_file": str(copy), "LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin",
                   "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=1:exitcode=99")}
    done = subprocess.run([program, *options], capture_output=True, text=True, env=environment, timeout=60, check=False,
                          stdin=subprocess.DEVNULL)
    text = done.stdout
    for pattern, by in VOLATILE:
        text = pattern.sub(by, text)
    return done.returncode, text


def status_differs(path, _theirs):
    lines = []
    with tempfile.TemporaryDirectory(prefix="crm-status-") as folder:
        for options in STATUS_SETS:
            expected, got = (answer(Path(program) / "crm_mon", Path(folder), path, options) for program in (PEER_FOLDER, BIN))
            if expected != got:
                lines += [" ".join(options), *list(difflib.unified_diff(expected[1].splitlines(), got[1].splitlines(), lineterm="", n=0))[2:]]
    return lines


COMPARISONS = {"scores": scores_differ, "graphs": graphs_differ, "attributes": attributes_differ, "summaries": summaries_differ,
               "status": status_differs}


def differences(path, what):
    """[(comparison, how they differ)] of those in WHAT that differ; None where the original does not take the document."""
    try:
        theirs = plan_of_peer(path)
        if theirs is None:
            return None
        return [(kind, lines) for kind, lines in ((kind, COMPARISONS[kind](path, theirs)) for kind in what) if lines]
    except subprocess.TimeoutExpired as late:
        return [(what[0], [str(late)[:100]])]


def usable(program):
    """Whether there is something to compare with; says so where not."""
    if not PEER or not SHARED.is_dir():
        print(f"{program}: no crm_simulate of pacemaker here (pacemaker-cli-utils), or no {SHARED}", file=sys.stderr)
        return False
    return True


def report(judged, what, shown):
    """JUDGED: (title, differences) of each document.  Counts, then SHOWN of those that differ; how many do."""
    taken = [(title, differ) for title, differ in judged if differ is not None]
    for kind in what:
        bad = sum(any(each == kind for each, _ in differ) for _, differ in taken)
        print(f"{kind}: {len(taken) - bad} of {len(taken)} are the same")
    wrong = [(title, differ) for title, differ in taken if differ]
    for title, differ in wrong[:shown]:
        print(title)
        for kind, lines in differ:
            print(f"    {kind}: " + " / ".join(lines)[:400])
    return len(wrong)
