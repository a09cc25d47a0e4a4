#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""crm_verify and the schemas: the recorded answers, and the verdicts of the reference's own schemas where they are installed.

Documents are those recorded for the policy engine and of real sites, and random changes of them: SEED=N CHANGES=N in the
environment for others and for more.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import cases

sys.path.insert(0, str(cases.ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, need, run  # noqa: E402

SHARED = cases.ROOT.parent / "shared"
OURS, THEIRS = cases.ROOT / os.environ.get("BUILD", "build") / "schemas", Path("/usr/share/pacemaker")
SIZE_MAX = 40000  # of a document that is changed
NAMED = [path.stem for path in sorted(OURS.glob("pacemaker-*.rng"))]


def verify(*words, text=None, **more):
    environment = {"PATH": f"{cases.BIN}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", **more}
    done = subprocess.run(["crm_verify", *words], input=text, capture_output=True, text=True, env=environment, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def documents():
    found = [*SHARED.glob("pe-tests/pcmk215/*.xml"), *SHARED.glob("configs/*/cib.xml"), *SHARED.glob("vectors/crm-tools/*/*.xml")]
    if not found:
        raise Skip("no recorded documents beside the source")
    return sorted(path for path in found if "validate-with" in path.read_text(encoding="utf-8", errors="replace"))


def judged(schema, paths):
    """{path: whether it conforms}, by xmllint: one process for all."""
    text = subprocess.run(["xmllint", "--noout", "--relaxng", schema, *paths], capture_output=True, text=True, timeout=120, check=False).stderr
    verdicts = dict(re.findall(r"^(\S+) (validates|fails to validate)$", text, re.M))
    return {path: verdicts.get(str(path)) for path in paths}


def compare(name, paths):
    ours, theirs = (judged(folder / f"{name}.rng", paths) for folder in (OURS, THEIRS))
    wrong = [path for path in paths if ours[path] != theirs[path]]
    if wrong:
        raise Wrong(f"{name}: {len(wrong)} of {len(paths)} judged otherwise: {wrong[0]}: {ours[wrong[0]]}, and not: {theirs[wrong[0]]}")
    return sum(verdict == "validates" for verdict in ours.values())


def references():
    need(NAMED, f"no schemas in {OURS}")
    if not (THEIRS / "pacemaker-3.9.rng").exists() or (THEIRS / "heartbeat-0.6.rng").exists():
        raise Skip("the reference's schemas are not installed")
    if not shutil.which("xmllint"):
        raise Skip("no xmllint")


def verdicts_of_documents():
    """Each document by the schema that it names, and by the oldest and the newest."""
    references()
    by_schema = {}
    for path in documents():
        found = re.search(r'validate-with="([^"]*)"', path.read_text(encoding="utf-8", errors="replace"))
        for name in {found[1], "pacemaker-1.0", "pacemaker-3.9"} & set(NAMED):
            by_schema.setdefault(name, []).append(path)
    fit = sum(compare(name, paths) for name, paths in sorted(by_schema.items()))
    return f"{fit} of {sum(map(len, by_schema.values()))} conform"


def change(rng, root, pool):
    """One element of a configuration gets, loses or changes something."""
    elements = list(root.iter())
    element, other = rng.choice(elements), rng.choice(pool)
    what = rng.randrange(6)
    if what == 0 and element.attrib:
        del element.attrib[rng.choice(sorted(element.attrib))]
    elif what in (1, 2) and other.attrib:
        name = rng.choice(sorted(other.attrib))
        element.set(name, other.get(name))
    elif what == 3 and len(element):
        element.remove(element[rng.randrange(len(element))])
    elif what == 4 and len(other) < 20:
        element.insert(rng.randrange(len(element) + 1), ET.fromstring(ET.tostring(other)))
    elif what == 5:
        element.tag = other.tag


def changed_documents(rng, count, folder):
    pool, roots = [], []
    for path in documents():
        if path.stat().st_size < SIZE_MAX:
            try:
                root = ET.parse(path).getroot()
            except ET.ParseError:
                continue
            for status in root.findall("status"):
                status.clear()
            roots.append(ET.tostring(root))
            pool += list(root.iter())
    for number in range(count):
        root = ET.fromstring(rng.choice(roots))
        for _ in range(rng.randrange(1, 4)):
            change(rng, root, pool)
        path = folder / f"{number}.xml"
        ET.ElementTree(root).write(path)
        yield path


def verdicts_of_changed_documents():
    references()
    seed, count = int(os.environ.get("SEED", random.randrange(10**6))), int(os.environ.get("CHANGES", "480"))
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="schemas-") as folder:
        by_schema = {name: [] for name in NAMED}
        for path in changed_documents(rng, count, Path(folder)):
            by_schema[rng.choice(NAMED)].append(path)
        try:
            fit = sum(compare(name, paths) for name, paths in by_schema.items() if paths)
        except Wrong as wrong:
            raise Wrong(f"SEED={seed}: {wrong}") from wrong
    return f"{fit} of {count} conform"


# What the original says and we do not: of actions that the plan cannot carry out, and how it reads what was recorded.
UNSAID = re.compile(r"is unrunnable|Characters left over|might be active on|can be used only as anonymous|Preventing .* from restarting|No further recovery|"
                    r"Pretending failed|Not remapping|malformed node_state|which isn't allowed|configuration has errors")


def told(program, path):
    done = subprocess.run([program, "-x", path, "-VV"], capture_output=True, text=True, timeout=60, check=False,
                          env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"})
    lines = {re.sub(r"^\(\w+\) ?\t?", "", line) for line in done.stderr.splitlines()}
    return done.returncode, {line for line in lines if not UNSAID.search(line)}


def warnings_of_plans():
    """Exit code, warnings and errors of recorded documents with their status, as Debian's program has them."""
    theirs = Path("/usr/sbin/crm_verify")
    paths = sorted(SHARED.glob("pe-tests/pcmk215/*.xml"))
    if not theirs.exists() or not paths:
        raise Skip("no crm_verify of pacemaker here (pacemaker-cli-utils), or no recorded documents")
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    chosen = random.Random(seed).sample(paths, min(int(os.environ.get("CHANGES", "60")), len(paths)))
    for path in chosen:
        expected, got = told(theirs, path), told(cases.BIN / "crm_verify", path)
        if expected != got:
            raise Wrong(f"SEED={seed}: {path.stem}: {expected[0]}, {got[0]}: {sorted(expected[1] ^ got[1])[:4]}")
    return f"{len(chosen)} documents"


def self_contained():
    """The crm shell reads each file by itself."""
    need(len(NAMED) == 25, NAMED)
    for path in OURS.glob("*.rng"):
        text = path.read_text(encoding="utf-8")
        need("externalRef" not in text and "since=" not in text and "until=" not in text, path)


def all_faults_at_once():
    text = "\n".join(('<cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="x" num_updates="0"><configuration><crm_config/><nodes/>',
                      '<resources><primitive id="A" class="ocf" type="t"/>', '<group id="G"/></resources>',
                      '<constraints><rsc_order id="o" first="A" then="B"/>', '<rsc_location id="A" rsc="A"/></constraints>',
                      "</configuration><status/></cib>"))
    code, out, err = verify("-p", text=text)
    told = re.findall(r"^line (\d): <(\w+)", err, re.M)
    need((code, out) == (78, ""), f"{code}: {out}{err}")
    need(told == [("1", "cib"), ("2", "primitive"), ("3", "group"), ("4", "rsc_order"), ("5", "rsc_location"), ("5", "rsc_location")], err)


def codes_of_heartbeat():
    good, bad = SHARED / "vectors/crm-tools/cib06/v06.xml", cases.VECTORS / "in/badschema.xml"
    if not good.exists():
        raise Skip("no recorded documents beside the source")
    for words, expected in ((["-x", good], 0), (["-x", bad], 2), (["-x", "/nonexistent"], 1), ([], 3), (["-L"], 3), (["--nonsense"], 3),
                            (["--xml-file", good, "-D", "crm.dtd"], 0)):
        code, _, err = verify(*map(str, words), CRM_LETTERS="heartbeat")
        need(code == expected, f"{words}: {code}: {err}")
    _, _, err = verify("-x", str(bad), CRM_LETTERS="heartbeat")
    need(err.endswith("Errors found during check: config not valid\n  -V may provide more details\n"), err)


def old_documents_are_read_as_new_ones():
    """An option that 3.0 renamed is not told as unknown; its bad value is."""
    text = ('<cib validate-with="pacemaker-2.0" have-quorum="1" admin_epoch="0" epoch="0" num_updates="0"><configuration><crm_config>'
            '<cluster_property_set id="s"><nvpair id="n" name="stonith_enabled" value="perhaps"/></cluster_property_set></crm_config><nodes/>'
            "<resources/><constraints/></configuration><status/></cib>")
    code, _, err = verify("-VVVV", "-X", text)
    need(code == 78 and "because 'perhaps' is invalid" in err and "is now stonith-enabled" in err, f"{code}: {err}")


def what_was_checked_is_saved():
    good = cases.VECTORS / "in/run.xml"
    if not good.exists():
        raise Skip("no recorded documents beside the source")
    code, out, err = verify("-x", str(good), "-S", "-")
    need((code, err) == (0, "") and out.rstrip("\n") == good.read_text(encoding="utf-8").rstrip("\n"), f"{code}: {err}")
    code, _, err = verify("-x", str(good), "-S", "/nonexistent/file")
    need(code == 73 and "cannot write '/nonexistent/file'" in err, f"{code}: {err}")


if __name__ == "__main__":
    CASES = (verdicts_of_documents, verdicts_of_changed_documents, warnings_of_plans, self_contained, all_faults_at_once, codes_of_heartbeat,
             old_documents_are_read_as_new_ones, what_was_checked_is_saved)
    sys.exit(run("verify", {"cases-ver": (cases.judge, "ver"), **{case.__name__.replace("_", "-"): (case,) for case in CASES}}, __doc__))
