#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The policy engine beside the recorded plans of the originals: the same graphs as heartbeat 2.1.3 (hb21), the same
scores as pacemaker 2.1.5 (pcmk215).

The cases lie in ../shared/pe-tests; graphs are compared by ../shared/tools/graphcmp.py, by meaning.
"""

import csv
import os
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, run  # noqa: E402

SHARED = ROOT.parent / "shared"
PTEST = ROOT / os.environ.get("BUILD", "build") / "bin" / "ptest"
ENVIRONMENT = dict(os.environ, TZ="UTC")
# Score dumps that do not agree yet; one that does must be taken out of this list.
SCORES_OPEN = set("bug-1765 bug-1822 colocated-utilization-clone promoted-demote utilization-shuffle".split())


def cases(suite):
    index = SHARED / "pe-tests" / suite / "INDEX.tsv"
    if not index.exists():
        raise Skip("no recorded cases beside the source")
    with open(index, encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["in_scope"].startswith("yes")]
    return index.parent, rows


def plan(folder, row, *options):
    clock = shlex.split(row["args"] or "")
    command = [str(PTEST), "-X", str(folder / (row["name"] + ".xml")), *options, *(["-d", clock[1]] if clock else [])]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=120)


def graph_differs(folder, row):
    with tempfile.NamedTemporaryFile(suffix=".xml") as out:
        done = plan(folder, row, "-P", "h", "-G", out.name)
        if done.returncode:
            return f"ptest ended with {done.returncode}: {done.stderr[-300:]}"
        found = subprocess.run([str(SHARED / "tools" / "graphcmp.py"), str(folder / (row["name"] + ".exp")), out.name],
                               capture_output=True, text=True, check=False, timeout=120)
        return found.stdout[-500:] if found.returncode else None


def scores_differ(folder, row):
    done = plan(folder, row, "-P", "p", "-s")
    if done.returncode:
        return f"ptest ended with {done.returncode}: {done.stderr[-300:]}"
    expected = (folder / (row["name"] + ".scores")).read_text(encoding="utf-8")
    ours, theirs = (sorted(line.strip() for line in text.splitlines() if line.strip()) for text in (done.stdout, expected))
    return None if ours == theirs else "\n".join(sorted(set(ours) ^ set(theirs)))[:500]


def judge(suite, differs, known):
    folder, rows = cases(suite)
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip([row["name"] for row in rows], pool.map(lambda row: differs(folder, row), rows)))
    bad = {name for name, why in found.items() if why}
    if bad - known:
        name = sorted(bad - known)[0]
        raise Wrong(f"{len(bad - known)} of {len(rows)} differ: {' '.join(sorted(bad - known))}; {name}: {found[name]}")
    if known - bad:
        raise Wrong(f"agree now, and stand in the list of those that do not: {' '.join(sorted(known - bad))}")
    return f"{len(rows) - len(bad)} of {len(rows)}"


def graphs_of_heartbeat_2():
    return judge("hb21", graph_differs, set())


def scores_of_pacemaker():
    return judge("pcmk215", scores_differ, SCORES_OPEN)


if __name__ == "__main__":
    sys.exit(run("pe", {case.__name__.replace("_", "-"): (case,) for case in (graphs_of_heartbeat_2, scores_of_pacemaker)},
                 __doc__))
