# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorded calls of the CRM's tools: ../shared/vectors/crm-tools/cases (README.md there), played to our programs.

    cases.judge("adm")      a remark like "71 of 71, 3 of them better"; or Wrong, with what differs of the first ones

A call that the original answers badly stands in BETTER, with what is expected instead and why.  Our programs come
first in PATH, and the directories of the originals are not in it: what we do not have is not found.
"""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong  # noqa: E402

VECTORS = ROOT.parent / "shared" / "vectors" / "crm-tools"
BIN = ROOT / os.environ.get("BUILD", "build") / "bin"
LIMIT = 60  # seconds for one call
SHOWN_MAX = 12  # lines of difference that are shown of one case

# Those that build on one another, in the order in which they were recorded; all others stand for themselves.
TOGETHER = {"shadow": ["shadow-noargs", "shadow-c", "shadow-c-exists", "shadow-w", "shadow-F", "shadow-d-same", "shadow-d-diff",
                       "shadow-e", "shadow-p", "shadow-s", "shadow-r", "shadow-C", "shadow-D"]}

# What is never the same twice, and what is our own affair.
UNEQUAL = [(re.compile(pattern, re.MULTILINE), by) for pattern, by in (
    (r"(Last updated: ).*", r"\1DATE"),
    (r'(<last_update time=)"[^"]*"', r'\1"DATE"'),
    (r"(last-granted=)(['\"])[^'\"]*\2", r"\1\2DATE\2"),
    (r"(Migration will take effect until: ).*", r"\1DATE"),
    (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
    (r'( request=)"[^"]*"', r'\1"CALL"'),
    (r"^\(\w+\) ?\t?(error|warning|notice|info|debug): ", r"(step) \1: "),
    (r"^(Current date/time: ).*", r"\1DATE"),
)]
USAGE = "[usage text omitted]\n"
ANY = re.compile(r"(?s:.*)")


@dataclass
class Case:
    name: str
    document: str
    command: str
    rc: int
    out: str
    err: str
    after: str | None  # None: not changed; ANY: it does not matter
    why: str = ""      # the original is not to be followed
    text: str | None = None  # the document, if it is not the recorded one


def better(why, **expected):
    """What is expected instead: rc, out, err, after, or a function of what was recorded; an expression must match all of it."""
    return {"why": why, **expected}


def with_reason(recorded):
    """Behind the numbered lines of what was refused it is said what is wrong in which of them."""
    lines, last = equalized(recorded, Path("/nowhere")).rsplit("\n", 2)[:2]
    return re.compile(re.escape(lines) + r"\n(line \d+: <.*>.*: .+\n)+" + re.escape(last) + "\n")


def counted(recorded):
    """The epoch has counted the change, not num_updates."""
    return re.sub(r'epoch="8" num_updates="20"', 'epoch="9" num_updates="0"', recorded, count=1)


def with_words(recorded):
    """Behind libxml2's lines the same in words: tag, id, what was found, what would be right."""
    lines = equalized(recorded, Path("/nowhere")).splitlines(keepends=True)
    raw = [line for line in lines if " validity error : " in line]
    rest = lines[len(raw):]
    return re.compile(re.escape("".join(raw)) + r"(\$(?:IN|W)/\w+\.xml:\d+: <\w+ id=\"\w+\">: .+\n)+" + re.escape("".join(rest)))


NAMES_THE_FAULT = better("what is wrong in the document is told, with its lines", err=with_reason)
COUNTS_RIGHT = better("every change of the configuration counts the epoch on", after=counted)



def from_now(recorded):
    """A document with a date that depends on when it was made."""
    text = re.escape(re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", recorded))
    return re.compile(text.replace(re.escape("2026-11-20 17:45:02Z"), r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"))


def once(recorded):
    return "".join(dict.fromkeys(recorded.splitlines(keepends=True)))


DRY_RUN = better("a dry run ends well", rc=0, err=lambda recorded: "".join(
    line for line in recorded.splitlines(keepends=True) if "Segmentation fault" not in line))
OWN_ROLE = better("each instance has its own role", out=lambda recorded: re.sub(r"Promoted(: s1_\w+ \(node=node2)", r"Unpromoted\1", recorded))

# Name of a case -> what is better.
BETTER = {
    "adm-B": better("a new epoch begins with num_updates 0", after=lambda recorded: recorded.replace('num_updates="20"', 'num_updates="0"', 1)),
    "adm-C-dupid": NAMES_THE_FAULT,
    "adm-C-exists": NAMES_THE_FAULT,
    "adm-C-invalid": NAMES_THE_FAULT,
    "adm-C-xp": better("an object is created in the element that the expression finds", rc=0, err="", after=lambda _: counted_and_added()),
    "adm-M-c": COUNTS_RIGHT,
    "adm-M-cib": COUNTS_RIGHT,
    "adm-M-newsec": COUNTS_RIGHT,
    "adm-M-pp": COUNTS_RIGHT,
    "adm-Q-bad": better("there is no such section", rc=64, out="", err="Call failed: Invalid CIB section specified\n"),
    "adm-badschema": better("what is wrong in the document is told, with its lines",
                            err=lambda recorded: re.compile(r"(\$W/cib.xml:\d+: <.*>.*: .+\n)+" + re.escape(recorded))),
    "adm-badxml": better("what is no XML is not guessed at", rc=65, err=re.compile(r"Couldn't parse input from input string: 1:\d+: .+\n")),
    "adm-bang": better("our features, not the original's", out=re.compile(r"Pacemaker 2\.1\.5 \(Build: heartbeat-[0-9.]+\): .*\blha\b.*\n")),
    "attr-noname": better("no name: wrong usage, not an assertion", rc=64,
                          err="crm_attribute: Error: must specify attribute name, id or pattern to update\n"),
    "master-noenv": better("the usage is our own", out=re.compile(r"\n(?s:.+)usage: crm_master (?s:.+)")),
    "rule-list": better("a rule alone is a document, too", out="rc=105\nRule r is still in effect\nrc=0\n",
                        err="Could not determine whether rule nosuch is in effect: Rule not found\n"),
    "sim-VV": better("an empty document: said in one line", rc=66, out=re.compile(r"crm_simulate: .*empty.*\n")),
    "sim-nofile": better("the same of a file that is not there", rc=66, err="crm_simulate: cannot read '/nonexistent.xml': No such file or directory\n"),
    "sim-op": better("a date that is now", out=lambda recorded: re.compile(re.escape(recorded).replace("1795193434", r"\d+"))),
    "sim-standby1-VVVV": better("what is going to be done is told on stderr", rc=0,
                                out=re.compile(r"\(step\) notice: Move l1 \(node1 -> node2\)\n(\(step\) notice: .+\n){5}")),
    "sim-stdin": better("each thing is told once", err=once),
    "sim-stdin-scores": better("each thing is told once", err=once),
    "sim-bad": better("the same in words", err=with_words),
    "ver-bad": better("the same in words", err=with_words),
    "ver-bad0": better("the same in words", err=with_words),
    "ver-notxml": better("what is no XML is not guessed at",
                         err="$IN/notxml.xml:2:1: Couldn't find end of Start Tag cib line 1\ncrm_verify: Errors found during check: config not valid\n"),
    "ver-ref": better("the same in words", err=with_words),
    "mon-down-s": better("offline nodes are a warning", rc=1, err=""),
    "mon-nofile": better("no file is no success", rc=66),
    "mon-rsc": better("what fails of a group's members fails of the group",
                      out=lambda recorded: recorded + "\nFailed Resource Actions:\n  * d1 10s-interval monitor on node1 returned 'not running'"
                      " (No process state file found) at Fri Nov 20 16:42:31 2026\n"),
    "rsc-C": DRY_RUN, "rsc-R": DRY_RUN,
    "rsc-O": OWN_ROLE, "rsc-o": OWN_ROLE,
    "rsc-agents-lsb": better("what this machine has", out=re.compile(r"(?:[\w.@-]+\n)+")),
    "rsc-agents-st": better("our types, and the agents of this machine", out=re.compile(r"(?:[\w./@-]+\n)+")),
    "rsc-meta": better("the agent's own texts", out=re.compile(r'(?s:.*<resource-agent name="Dummy".*<action name="validate-all".*</resource-agent>\n)')),
    "rsc-meta-lsb": better("scripts of this machine", rc=105, out="",
                           err="crm_resource: Metadata query for lsb:nginx failed: No such device or address\n"
                           "Error performing operation: No such object\n") if not Path("/etc/init.d/nginx").exists() else
    better("the script's own texts", out=re.compile(r"(?s:.*<resource-agent name='nginx'.*</resource-agent>\n)")),
    "rsc-meta-st": better("our own texts", out=re.compile(
        r'(?s:<\?xml.*<resource-agent name="external/ssh">.*<parameter name="hostlist".*<special tag="heartbeat">.*</resource-agent>\n)')),
    "rsc-move-life": better("an hour from now", after=from_now),
    "rsc-version": better("we say who we are", out=re.compile(r"Pacemaker 2\.1\.5\n.+\n")),
    "shadow-C": better("what is committed is in the document", after=lambda _: emptied()),
}


def counted_and_added():
    before = text_of(VECTORS / "in" / "run.xml").replace('epoch="8" num_updates="19"', 'epoch="9" num_updates="0"', 1)
    return before.replace("    </constraints>", '      <rsc_location id="x1" rsc="d3" node="node1" score="5"/>\n    </constraints>', 1)


def emptied():
    before = text_of(VECTORS / "in" / "run.xml").replace('epoch="8" num_updates="19"', 'epoch="9" num_updates="0"', 1)
    empty = "".join(f"    <{tag}/>\n" for tag in ("crm_config", "nodes", "resources", "constraints"))
    return re.sub(r"(<configuration>\n).*?(  </configuration>)", lambda found: found[1] + empty + found[2], before, flags=re.DOTALL)


def text_of(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def patched(before, diff):
    """BEFORE with a unified diff applied: the diff is exact, nothing is searched."""
    lines, result, at = before.splitlines(keepends=True), [], 0
    for line in diff.splitlines(keepends=True)[2:]:
        if line.startswith("@@"):
            begin = int(re.match(r"@@ -(\d+)", line)[1]) - 1
            result += lines[at:begin]
            at = begin
        elif line.startswith("+"):
            result.append(line[1:])
        elif not line.startswith("\\"):
            if line[0] == " ":
                result.append(lines[at])
            at += 1
    return "".join(result + lines[at:])


def load(name):
    base = VECTORS / "cases" / name
    document, rc, command = text_of(base.with_name(name + ".cmd")).split("\n", 2)
    document = document.removeprefix("cib=")
    diff = base.with_name(name + ".after.diff")
    after = patched(text_of(VECTORS / "in" / f"{document}.xml"), text_of(diff)) if diff.exists() else None
    case = Case(name, document, command.strip(), int(rc.removeprefix("rc=")), text_of(base.with_name(name + ".out")),
                text_of(base.with_name(name + ".err")), after)
    changes = {key: value(getattr(case, key)) if callable(value) else value for key, value in BETTER.get(name, {}).items()}
    return replace(case, **changes)


def names(prefix):
    folder = VECTORS / "cases"
    if not folder.is_dir():
        raise Skip("no recorded cases beside the source")
    found = sorted(path.stem for path in folder.glob(f"{prefix}-*.cmd"))
    order = TOGETHER.get(prefix, [])
    return [name for name in order if name in found] + [name for name in found if name not in order]


def equalized(text, folder):
    text = text.replace(str(folder), "$W").replace(str(VECTORS / "in"), "$IN").replace(str(VECTORS), "$OUT")
    for pattern, by in UNEQUAL:
        text = pattern.sub(by, text)
    return text


def differs(title, expected, got, folder):
    """Lines that say how; none when it does not."""
    got = equalized(got, folder)
    if isinstance(expected, re.Pattern):
        return [] if expected.fullmatch(got) else [f"{title} is not as {expected.pattern[-300:]!r}; it ends so:", *got.splitlines()[-6:]]
    expected = equalized(expected, folder)
    if USAGE in expected:  # it is our own, but it must be there, between what stands before and behind it
        begin, end = expected.split(USAGE, 1)
        if got.startswith(begin) and got.endswith(end) and "sage: " in got and len(got) > len(begin) + len(end):
            return []
    elif expected == got:
        return []
    return list(difflib.unified_diff(expected.splitlines(), got.splitlines(), f"{title}, expected", f"{title}, is", lineterm="", n=1))


def prepare(folder):
    """What the cases find in their scratch directory."""
    run = text_of(VECTORS / "in" / "run.xml")
    (folder / "shadow").mkdir(exist_ok=True)
    (folder / "old.xml").write_text(run.replace('epoch="8"', 'epoch="3"', 1), encoding="utf-8")
    new = re.sub(r'(<rsc_location id="lo1"[^>]*score=")100"', r'\g<1>200"', run)
    (folder / "new.xml").write_text(re.sub(r' *<rsc_order id="o2".*\n', "", new), encoding="utf-8")
    shutil.copy(VECTORS / "cases" / "diff-u.out", folder / "p.xml")
    shutil.copy(VECTORS / "cases" / "diff-v2.out", folder / "v2.xml")


def play(case, folder):
    """Runs it in FOLDER: lines that say what differs."""
    document = folder / "cib.xml"
    before = case.text or text_of(VECTORS / "in" / f"{case.document}.xml")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("CIB_", "OCF_"))}
    environment |= {"W": str(folder), "IN": str(VECTORS / "in"), "OUT": str(VECTORS), "LC_ALL": "C", "TZ": "UTC",
                    "CIB_shadow_dir": str(folder / "shadow"), "PATH": f"{BIN}:/usr/bin:/bin", "SHELL": "/bin/sh",
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=1:exitcode=99"), "USER": "root",
                    "OCF_RESKEY_CRM_meta_on_node": "node1"}  # where they were recorded
    if case.document != "-":
        document.write_text(before, encoding="utf-8")
        environment |= {"CIB_file": str(document), "C": str(document)}
    stdin = VECTORS / "in" / "standby.xml" if case.name.startswith("sim-stdin") else Path("/dev/null")
    with open(stdin, "rb") as given:
        try:
            done = subprocess.run(["bash", "-c", case.command], stdin=given, capture_output=True, cwd=folder, env=environment,
                                  timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return [f"did not end within {LIMIT} s"]
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    lines = [] if done.returncode == case.rc else [f"exit code {done.returncode} instead of {case.rc}"]
    lines += differs("stdout", case.out, out, folder) + differs("stderr", case.err, err, folder)
    if case.document != "-":
        lines += differs("the document", before if case.after is None else case.after, text_of(document), folder)
    return lines


def play_alone(case):
    with tempfile.TemporaryDirectory(prefix="crm-case-") as folder:
        prepare(Path(folder))
        return play(case, Path(folder))


def play_all(prefix, wanted=None):
    """[(case, lines that say what differs)]"""
    found = [load(name) for name in names(prefix) if not wanted or name in wanted]
    if prefix in TOGETHER:
        with tempfile.TemporaryDirectory(prefix="crm-case-") as folder:
            prepare(Path(folder))
            return [(case, play(case, Path(folder))) for case in found]
    with ThreadPoolExecutor(2) as pool:
        return list(zip(found, pool.map(play_alone, found)))


def judge(prefix, without=frozenset(), why=""):
    """WITHOUT: names of cases that cannot be judged here, and WHY."""
    played = blame([(case, lines) for case, lines in play_all(prefix) if case.name not in without])
    improved = sum(bool(case.why) for case, _ in played)
    return (f"{len(played)} of {len(played)}" + (f", {improved} of them better than the original" if improved else "") +
            (f"; {len(without)} not judged: {why}" if without else ""))


def blame(played):
    """Wrong, with the first of what differs; PLAYED when nothing does."""
    bad = [(case, lines) for case, lines in played if lines]
    if bad:
        text = "\n".join(line for case, lines in bad[:5]
                         for line in (f"{case.name}: {case.command}", *lines[:SHOWN_MAX]))
        raise Wrong(f"{len(bad)} of {len(played)} differ: {' '.join(case.name for case, _ in bad)}\n{text}")
    return played


if __name__ == "__main__":  # to look at some: cases.py NAME...
    for one in sys.argv[1:]:
        for case_played, said in play_all(one.split("-")[0], {one} if "-" in one else None):
            print("ok" if not said else "not ok", case_played.name, case_played.command if said else "")
            print("".join(f"    {line}\n" for line in said), end="")
