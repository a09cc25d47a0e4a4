#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""crm_simulate and ptest -S: recorded calls, the recorded summaries of pacemaker's test suite, what becomes of documents,
pictures."""

import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cases

sys.path.insert(0, str(cases.ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, need, run  # noqa: E402

SUMMARIES = cases.ROOT.parent / "shared" / "pe-tests" / "pcmk215"
BLOCKS = ("Current cluster status", "Transition Summary", "Executing Cluster Transition", "Revised Cluster Status")
# Of the recorded outputs, blocks that are the same to the byte; these may only grow.
LEAST = {"Current cluster status": 403, "Transition Summary": 398, "Executing Cluster Transition": 399, "Revised Cluster Status": 395}
DOCUMENTS = cases.VECTORS / "in"


def call(*words, document="", path="/usr/bin:/bin"):
    command = [cases.BIN / words[0], *words[1:]]
    environment = {"PATH": path, "LC_ALL": "C", "TZ": "UTC"} | ({"CIB_file": str(document)} if document else {})
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr


def given(name):
    if not DOCUMENTS.is_dir():
        raise Skip("no recorded documents beside the source")
    return DOCUMENTS / f"{name}.xml"


def blocks(text):
    """Title -> what stands under it."""
    found = {}
    for title in BLOCKS:
        if f"{title}:\n" in text:
            rest = text.split(f"{title}:\n", 1)[1]
            found[title] = re.split(r"^(?:" + "|".join(BLOCKS) + r"):$|^Using the original", rest, flags=re.MULTILINE)[0].strip("\n")
    return found


def summaries():
    """Each recorded case of pacemaker's suite, carried out: status, summary, steps in their order, status then."""
    if not SUMMARIES.is_dir():
        raise Skip("no recorded cases beside the source")
    paths = sorted(SUMMARIES.glob("*.summary"))
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(lambda path: call("crm_simulate", "-x", path.with_suffix(".xml"), "-S"), paths))
    ended = {path.stem for path, (code, _, _) in zip(paths, outputs) if code}
    same = dict.fromkeys(BLOCKS, 0)
    for path, (_, out, _) in zip(paths, outputs):
        theirs, ours = blocks(path.read_text(encoding="utf-8")), blocks(out)
        for title in BLOCKS:
            same[title] += theirs.get(title) == ours.get(title)
    few = [title for title in BLOCKS if same[title] < LEAST[title]]
    if few or ended:
        raise Wrong(f"{same} of {len(paths)}; too few: {few}; ended badly: {ended}")
    return f"of {len(paths)}: " + ", ".join(f"{title} {count}" for title, count in same.items())


def events():
    """What happens is told, and has happened in the document; what cannot happen is refused and changes nothing."""
    source = given("run")
    with tempfile.TemporaryDirectory() as folder:
        after = Path(folder, "after.xml")
        for words, told, written in (
                (("-u", "node3"), "Bringing node node3 online", r'<node_state id="node3" uname="node3" in_ccm="true" crmd="online"'),
                (("-d", "node2"), "Taking node node2 offline", r'<node_state id="2" uname="node2" in_ccm="false" crmd="offline"[^>]*/>'),
                (("-f", "node2"), "Failing node node2", r'<node_state id="2" uname="node2" in_ccm="false" crmd="online"'),
                (("-q", "0"), "Setting quorum: 0", r'have-quorum="0"'),
                (("-w", "true"), "Setting watchdog: true", r'name="have-watchdog" value="true"'),
                (("-g", "t"), "Granting ticket t", r'<ticket_state id="t" granted="true"'),
                (("-b", "t"), "Making ticket t standby", r'<ticket_state id="t" standby="true"'),
                (("-i", "d1_monitor_10000@node1=7"), "Injecting d1_monitor_10000@node1=7 into the configuration",
                 r'id="d1_last_failure_0"[^>]*rc-code="7"')):
            code, out, err = call("crm_simulate", "-x", source, *words, "-O", after)
            need(code == 0 and told in out and not err, f"{words}: {code}, {err}")
            need(re.search(written, after.read_text(encoding="utf-8")), f"{words}: not in the document")
        for words, expected in ((("-d", "nobody"), 105), (("-i", "nothing_start_0@node1=1"), 105), (("-i", "d1_start_0@nobody=1"), 105),
                                (("-i", "g1_start_0@node1=1"), 64), (("-i", "d1_start_0"), 64), (("-F", "d1_start@node1=1"), 64),
                                (("-q", "perhaps"), 64), (("-t", "soon"), 64), (("more",), 64), (("-D", f"{folder}/no/dot"), 73)):
            code, out, err = call("crm_simulate", "-x", source, *words)
            need(code == expected and err, f"{words}: {code} instead of {expected}, {err}")


def failures():
    """An operation that fails is counted, and what waits for it is not done."""
    code, out, err = call("crm_simulate", "-x", given("down"), "-S", "-u", "node2", "-F", "d2_start_0@node2=1")
    need(code == 0 and not err, f"{code}, {err}")
    done = blocks(out)["Executing Cluster Transition"]
    for line in (r"Pretending action \d+ failed with rc=1", r"  \* Injecting attribute fail-count-d2#start_0=value\+\+ into /node_state '2'",
                 r"  \* Pseudo action:   c1_running_0"):
        need(re.search(f"^{line}$", done, re.M), f"no line {line!r}")
    need("d2              monitor" not in done.split("Pretending")[1], "d2 is monitored after its start failed")
    need("FAILED node2" in blocks(out)["Revised Cluster Status"], "d2 has not failed")


def in_place():
    """-X: the file, and CIB_file, become what was simulated; then there is nothing more to do."""
    with tempfile.TemporaryDirectory() as folder:
        for by in ("file", "environment"):
            document = Path(folder, by)
            shutil.copy(given("down"), document)
            words = ("-x", document) if by == "file" else ("-L",)
            code, _, err = call("crm_simulate", *words, "-X", "-u", "node2", document="" if by == "file" else document)
            need(code == 0 and not err, f"{by}: {code}, {err}")
            code, out, err = call("crm_simulate", "-x", document, "-S")
            need(code == 0 and blocks(out)["Executing Cluster Transition"] == "", f"{by}: {code}, {err}, {out}")


def pictures():
    """By graphviz where it is installed; a clear line where it is not."""
    with tempfile.TemporaryDirectory() as folder:
        for program, source in (("crm_simulate", "-x"), ("ptest", "-X")):
            code, _, err = call(program, source, given("standby"), "--save-picture", f"{folder}/a.svg", path="/nowhere")
            need(code == 5 and "graphviz" in err, f"{program}: {code}, {err}")
            code, _, err = call(program, source, given("standby"), "--save-picture", f"{folder}/a")
            need(code in (5, 64) and "kind of picture" in err, f"{program}: {code}, {err}")
        if not shutil.which("dot"):
            raise Skip("no graphviz")
        for name, begin in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG")):
            code, _, err = call("crm_simulate", "-x", given("down"), "-u", "node2", "-Q", "--save-picture", f"{folder}/{name}")
            need(code == 0 and Path(folder, name).read_bytes().startswith(begin), f"{name}: {code}, {err}")


def ptest_simulates():
    """-S carries graphs out, -I writes the input; there is no cluster here."""
    code, out, err = call("ptest", "-X", given("down"), "-S", "-I", "-")
    need(code == 0 and not err and out.startswith("<cib "), f"{code}, {err}")
    code, _, err = call("ptest", "-L")
    need(code == 3 and "no cluster" in err, f"{code}, {err}")


CASES = {"cases-sim": (cases.judge, "sim")} | {
    case.__name__.replace("_", "-"): (case,) for case in (summaries, events, failures, in_place, pictures, ptest_simulates)}

if __name__ == "__main__":
    sys.exit(run("simulate", CASES, __doc__))
