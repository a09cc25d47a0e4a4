#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The policy engine beside the recorded plans of the originals: the same graphs as heartbeat 2.1.3 (hb21) with all
that stands in them, the same scores as pacemaker 2.1.5 (pcmk215); of pacemaker's graphs as many as say so here.

The cases lie in ../shared/pe-tests; graphs are compared by ../shared/tools/graphcmp.py, by meaning.
"""

import csv
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, run  # noqa: E402

import oracle  # noqa: E402

PTEST = oracle.BIN / "ptest"
ENVIRONMENT = dict(os.environ, TZ="UTC")
# Graphs of pacemaker: the same actions; in the same order; with all that stands in them; the same text.  All may only grow.
LEAST = {"actions": 407, "equal": 407, "with attributes": 407, "to the byte": 400}
# The records are without these.
NOT_RECORDED = re.compile(r'(crm_feature_set|batch-limit)="[^"]*"')


def cases(suite):
    index = oracle.SHARED / "pe-tests" / suite / "INDEX.tsv"
    if not index.exists():
        raise Skip("no recorded cases beside the source")
    with open(index, encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["in_scope"].startswith("yes")]
    return index.parent, rows


def plan(folder, row, *options):
    clock = shlex.split(row["args"] or "")
    command = [str(PTEST), "-X", str(folder / (row["name"] + ".xml")), *options, *(["-d", clock[1]] if clock else [])]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)


def graph_differences(work):
    """None, or titles of what differs."""
    folder, row, profile = work
    tool = oracle.comparer()
    with tempfile.NamedTemporaryFile(suffix=".xml") as out:
        done = plan(folder, row, "-P", profile, "-G", out.name)
        if done.returncode:
            return [f"ptest ended with {done.returncode}: {done.stderr[-300:]}"]
        graphs = [tool.Graph(path, []) for path in (str(folder / (row["name"] + ".exp")), out.name)]
    options = dict.fromkeys(oracle.BY_MEANING, True) if profile == "h" else oracle.BY_MEANING
    return [f"{title}: {lines[:5]}" for title, lines in tool.compare(*graphs, options) if lines] or None


def placement_differences(work):
    """The column of assigned nodes; instances of a clone count without their numbers.  What is nowhere and has nothing
    done to it is not always in the record."""
    folder, row, profile = work
    done = plan(folder, row, "-P", profile, "--show-placement")
    if done.returncode:
        return [f"ptest ended with {done.returncode}: {done.stderr[-300:]}"]
    rows = [line.split("\t") for line in (folder / (row["name"] + ".placement")).read_text(encoding="utf-8").splitlines()]
    theirs = {(name.partition(":")[0], at) for name, verb, _, _, at in rows if verb != "Fence" and at != "-"}
    ours = {(name.partition(":")[0], at) for name, at in (line.split("\t") for line in done.stdout.splitlines()) if at != "-"}
    return None if ours == theirs else sorted(map(" ".join, ours ^ theirs))[:5]


def score_differences(work):
    folder, row, profile = work
    done = plan(folder, row, "-P", profile, "-s")
    if done.returncode:
        return [f"ptest ended with {done.returncode}: {done.stderr[-300:]}"]
    expected = (folder / (row["name"] + ".scores")).read_text(encoding="utf-8")
    ours, theirs = (sorted(line.strip() for line in text.splitlines() if line.strip()) for text in (done.stdout, expected))
    return None if ours == theirs else sorted(set(ours) ^ set(theirs))[:5]


def differences(suite, profile, of):
    """Name of a case -> None, or what differs."""
    folder, rows = cases(suite)
    with ProcessPoolExecutor(2) as pool:
        found = pool.map(of, [(folder, row, profile) for row in rows], chunksize=16)
        return dict(zip([row["name"] for row in rows], found))


def judge(found):
    bad = sorted(name for name, why in found.items() if why)
    if bad:
        raise Wrong(f"{len(bad)} of {len(found)} differ: {' '.join(bad)}; {bad[0]}: {found[bad[0]]}")
    return f"{len(found)} of {len(found)}"


def graphs_of_heartbeat_2():
    return judge(differences("hb21", "h", graph_differences))


def scores_of_pacemaker():
    return judge(differences("pcmk215", "p", score_differences))


def placement_of_pacemaker():
    return judge(differences("pcmk215", "p", placement_differences))


def likeness(work):
    """Which of LEAST holds of a graph of pacemaker; None: there is no graph."""
    folder, row, profile = work
    tool = oracle.comparer()
    recorded = folder / (row["name"] + ".exp")
    with tempfile.NamedTemporaryFile(suffix=".xml", mode="r+", encoding="utf-8") as out:
        if plan(folder, row, "-P", profile, "-G", out.name).returncode:
            return None
        text = NOT_RECORDED.sub("", out.read())
        out.seek(0)
        out.truncate()
        out.write(text)
        out.flush()
        graphs = [tool.Graph(path, []) for path in (str(recorded), out.name)]
    wrong = [{title for title, lines in tool.compare(*graphs, dict.fromkeys(oracle.BY_MEANING, strictly)) if lines}
             for strictly in (False, True)]
    return {"actions": not any("actions" in title for title in wrong[0]), "equal": not wrong[0], "with attributes": not wrong[1],
            "to the byte": text == recorded.read_text(encoding="utf-8")}


def graphs_of_pacemaker():
    found = differences("pcmk215", "p", likeness)
    ended = sorted(name for name, like in found.items() if like is None)
    counts = {name: sum(like[name] for like in found.values() if like) for name in LEAST}
    told = ", ".join(f"{name}: {count}" for name, count in counts.items()) + f", of {len(found)}"
    if ended or any(counts[name] < least for name, least in LEAST.items()):
        raise Wrong(f"{told}; ended badly: {' '.join(ended)}")
    return told


def hostile_documents():
    """Rules that refer to themselves, instance numbers beyond any integer: a plan, or an error, but an end."""
    loop = ('<cib validate-with="pacemaker-3.0" have-quorum="1"><configuration><crm_config><cluster_property_set id="s">'
            '<rule id="r" score="1"><rule id-ref="r"/></rule><nvpair id="n" name="stonith-enabled" value="false"/>'
            '</cluster_property_set></crm_config><nodes/><resources/><constraints/></configuration><status/></cib>')
    number = ('<cib have_quorum="true"><configuration><crm_config/><nodes><node id="a" uname="a" type="normal"/></nodes><resources/>'
              '<constraints/></configuration><status><node_state id="a" uname="a" ha="active" in_ccm="true" crmd="online" join="member">'
              '<lrm><lrm_resources><lrm_resource id="x:99999999999999999999" class="ocf" type="x"><lrm_rsc_op id="o" operation="start" '
              'interval="0" op_status="0" rc_code="0" call_id="1"/></lrm_resource></lrm_resources></lrm></node_state></status></cib>')
    for text, told in ((loop, "refers to itself"), (number, "")):
        done = subprocess.run([str(PTEST), "-x", "-V", "-G", "-"], input=text, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0 or told not in done.stderr:
            raise Wrong(f"{done.returncode}: {done.stderr[-300:]}")


if __name__ == "__main__":
    CASES = (hostile_documents, graphs_of_heartbeat_2, scores_of_pacemaker, placement_of_pacemaker,
             graphs_of_pacemaker)
    sys.exit(run("pe", {case.__name__.replace("_", "-"): (case,) for case in CASES}, __doc__))
