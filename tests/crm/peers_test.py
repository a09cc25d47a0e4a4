#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our tools beside Debian's, on the same file with the same words, which a seed draws: output, exit code and what became
of the document are the same, or differ in a way that stands in BETTER with its reason.

    peers_test.py [--seed N] [--count N]     another seed, more calls
"""

import argparse
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import cases

sys.path.insert(0, str(cases.ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, run  # noqa: E402

THEIRS = Path("/usr/sbin")
COUNT = 60  # calls: half of them of cibadmin
SECTIONS = "configuration nodes resources constraints crm_config rsc_defaults op_defaults status acls tags".split()
XPATHS = ["//primitive", "//primitive[@id='d1']", "//rsc_order", "//nvpair[@name='target-role']", "//node[@uname='node2']", "//nosuch",
          "/cib/configuration/constraints", "//op[@interval='10s']/@timeout", "//primitive[", "//meta_attributes/nvpair[1]"]
OBJECTS = ['<primitive id="n1" class="ocf" provider="heartbeat" type="Dummy"/>', '<primitive id="d3" description="x"/>',
           '<primitive id="d1" class="ocf" provider="heartbeat" type="Dummy"/>', '<rsc_order id="o2"/>', '<rsc_order id="o1" kind="Optional"/>',
           '<rsc_location id="lo1" rsc="g1" node="node2" score="7"/>', '<rsc_location id="new" rsc="d3" node="node1" score="-INFINITY"/>',
           '<nvpair id="rsc-options-resource-stickiness" name="resource-stickiness" value="value++"/>', '<node id="3" uname="node3"/>',
           '<op id="d1-monitor-10s" timeout="value+=5"/>', '<primitive id="n2" class="bad"/>', '<nonsense/>', '<primitive/>',
           '<constraints><rsc_location id="x1" rsc="d3" node="node1" score="5"/></constraints>', '<constraints/>',
           '<node_state id="2" uname="node2" crmd="offline"/>', '<primitive id="gone"/>', '<rsc_colocation id="co1"/>',
           '<crm_config><cluster_property_set id="second"><nvpair id="second-a" name="a" value="b"/></cluster_property_set></crm_config>',
           '<group id="g1"><meta_attributes id="g1-meta"><nvpair id="g1-meta-p" name="priority" value="3"/></meta_attributes></group>']
NAMES = "stonith-enabled cluster-name batch-limit nosuch standby site fail-count-d1#monitor_10000 master-s1 resource-stickiness".split()
VALUES = ["true", "5", "value++", "value+=3", "", "a b", "x++", "-INFINITY", "value+=x"]
NODES = "node1 node2 nosuch NODE1".split()
ATTRIBUTES = "granted standby last-granted foo".split()


def maybe(rng, words, chance=0.5):
    return words if rng.random() < chance else []


def cibadmin(rng):
    where = rng.choice([[], ["-o", rng.choice(SECTIONS)], ["-o", rng.choice(SECTIONS)], ["--xpath", rng.choice(XPATHS)]])
    data = ["-X", rng.choice(OBJECTS)]
    command = rng.choice("QQCMMRDDdBE56a")
    if command == "Q":
        return ["-Q", *where, *maybe(rng, ["-n"], 0.2), *maybe(rng, ["-e"], 0.2), *maybe(rng, ["-l"], 0.2)]
    if command in "BE":
        return ["-" + command, *maybe(rng, ["--force"])]
    if command == "a":
        return ["-a", *maybe(rng, ["pacemaker-2.5"])]
    if command == "d":
        return ["-d", *maybe(rng, ["--force"], 0.8), *where]
    if command in "56":
        return ["-" + command, *maybe(rng, data, 0.9)]
    return ["-" + command, *where, *maybe(rng, data, 0.95), *maybe(rng, ["-c"], 0.3 if command == "M" else 0), *maybe(rng, ["-s"], 0.1)]


def where_of_attribute(rng):
    return rng.choice([[], [], ["-t", "crm_config"], ["-N", rng.choice(NODES)], ["-N", rng.choice(NODES), "-l", rng.choice(["reboot", "forever"])],
                       ["-N", rng.choice(NODES), "-t", rng.choice(["nodes", "status", "rsc_defaults", "op_defaults"])],
                       ["-N", rng.choice(NODES), "-z"], ["-t", "tickets"]])


def crm_attribute(rng):
    name = rng.choice([["-n", rng.choice(NAMES)]] * 6 + [["-P", rng.choice(["st.*", "fail-count", "zz", "["])], [], ["-i", "cib-bootstrap-options-cluster-name"]])
    command = rng.choice([["-G"], ["-G"], [], ["-D"], ["-v", rng.choice(VALUES)], ["-v", rng.choice(VALUES)]])
    return [*where_of_attribute(rng), *name, *command, *maybe(rng, ["-q"], 0.2), *maybe(rng, ["-d", "7"], 0.2), *maybe(rng, ["-s", "myset"], 0.1),
            *maybe(rng, ["--output-as=" + rng.choice(["xml", "text"])], 0.2)]


def crm_standby(rng):
    return ["-N", rng.choice(NODES), *rng.choice([["-G"], [], ["-D"], ["-v", rng.choice(["on", "off", "true"])]]),
            *maybe(rng, ["-l", rng.choice(["reboot", "forever"])], 0.3), *maybe(rng, ["-q"], 0.2)]


def crm_failcount(rng):
    return [*maybe(rng, ["-G"], 0.9), *maybe(rng, ["-r", rng.choice(["d1", "d2", "c1", "nosuch", "s1"])], 0.95), "-N", rng.choice(NODES[:2]),
            *maybe(rng, ["-n", rng.choice(["monitor", "asyncmon", "start"]), *maybe(rng, ["-I", rng.choice(["10s", "10000ms", "0", "1m"])])], 0.4),
            *maybe(rng, ["-q"], 0.2)]


def crm_master(rng):
    return ["-N", rng.choice(NODES), *rng.choice([["-G"], ["-D"], ["-v", rng.choice(["5", "-INFINITY", "value++"])]]),
            *maybe(rng, ["-l", rng.choice(["reboot", "forever"])]), *maybe(rng, ["-q"], 0.2)]


def crm_ticket(rng):
    command = rng.choice([["-l"], ["-L"], ["-w"], ["-q"], ["-c"], ["-g"], ["-r"], ["-s"], ["-a"], ["-C"], ["-G", rng.choice(ATTRIBUTES)],
                          ["-D", rng.choice(ATTRIBUTES)], ["-S", rng.choice(ATTRIBUTES), *maybe(rng, ["-v", rng.choice(["true", "false", "x"])], 0.9)], []])
    return [*maybe(rng, ["-t", rng.choice(["T1", "T2", "T9", "nosuch"])], 0.8), *command, *maybe(rng, ["--force"], 0.4), *maybe(rng, ["-d", "7"], 0.1)]


TOOLS = {function.__name__: function for function in (cibadmin, crm_attribute, crm_standby, crm_failcount, crm_master, crm_ticket)}
TICKETS = ('<tickets><ticket_state id="T1" granted="true" last-granted="1795193433" standby="true" foo="bar"/><ticket_state id="T2" '
           'granted="false"/></tickets></status>')
CONSTRAINTS = '<rsc_ticket id="t1c" ticket="T1" rsc="d3"/><rsc_ticket id="t9c" ticket="T9" rsc="l1" loss-policy="fence"/></constraints>'


def documents():
    run_xml = cases.text_of(cases.VECTORS / "in" / "run.xml")
    yield "run", run_xml
    yield "standby", cases.text_of(cases.VECTORS / "in" / "standby.xml")
    yield "tickets", run_xml.replace("</status>", TICKETS).replace("</constraints>", CONSTRAINTS)
    double = '<cluster_property_set id="second" score="5"><nvpair id="second-s" name="stonith-enabled" value="true"/></cluster_property_set></crm_config>'
    yield "double", run_xml.replace("</crm_config>", double)


def formatted(text):
    """As the tools write it: what is written without a change is the same then."""
    with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return subprocess.run([THEIRS / "cibadmin", "-Q"], env={"CIB_file": file.name}, capture_output=True, text=True, check=True).stdout


class Result:
    def __init__(self, folder, done, before):
        self.rc = done.returncode
        self.out, self.err = (cases.equalized(text.decode("utf-8", "replace"), folder) for text in (done.stdout, done.stderr))
        text = (folder / "cib.xml").read_text(encoding="utf-8")
        self.document = None if text == before else cases.equalized(text, folder)


def call(folder, path, words, document):
    """With a document of its own."""
    (folder / "cib.xml").write_text(document, encoding="utf-8")
    environment = {"CIB_file": str(folder / "cib.xml"), "PATH": f"{path}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": str(folder),
                   "OCF_RESOURCE_INSTANCE": "s1", "USER": "root", "OCF_RESKEY_CRM_meta_on_node": "node1"}
    done = subprocess.run([str(path / words[0]), *words[1:]], capture_output=True, cwd=folder, env=environment, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)
    return Result(folder, done, document)


# What differs, and why.

VERSION = re.compile(r'(<cib .*?) epoch="\d+" num_updates="\d+"')


def unversioned(text):
    return VERSION.sub(r"\1", text, count=1) if text else text


def without_faults(text):
    """Ours names what is wrong in a document that was refused."""
    return re.sub(r"^line \d+: <.*\n", "", text, flags=re.MULTILINE)


def as_usage(text):
    """The usage is everybody's own."""
    return re.sub(r"(?sm)^(\w+ - |Usage: ).*", "USAGE\n", text)


def same(theirs, ours, versions=True):
    keep = (lambda text: text) if versions else unversioned
    return (theirs.rc == ours.rc and as_usage(theirs.out) == as_usage(ours.out) and
            keep(as_usage(theirs.err)) == keep(as_usage(without_faults(ours.err))) and keep(theirs.document) == keep(ours.document))


BETTER = {
    "a change of the configuration counts the epoch on, and the new epoch begins with num_updates 0":
        lambda words, theirs, ours: ("-B" in words or "-M" in words) and same(theirs, ours, versions=False),
    "an object is created in the element that --xpath finds":
        lambda words, theirs, ours: "-C" in words and "--xpath" in words,
    "an object is created in a section, which must be named":
        lambda words, theirs, ours: "-C" in words and "-o" not in words and ours.rc == 105,
    "-e shows paths, also without --xpath and with -n":
        lambda words, theirs, ours: "-e" in words and ours.rc == theirs.rc == 0 and re.fullmatch(r"(/cib.*\n)+", ours.out),
    "what is put in place of something is no sum":
        lambda words, theirs, ours: "-R" in words and any("value++" in word for word in words) and ours.rc == theirs.rc,
    "a default is for patterns, too":
        lambda words, theirs, ours: "-P" in words and "-d" in words and ours.rc == 0 and theirs.rc == 105,
    "an object of which an expression finds several is not guessed; without data nothing can be looked for":
        lambda words, theirs, ours: "-M" in words and "--xpath" in words and ours.document is None and (
            ours.rc == 105 or ours.rc == 70 and theirs.rc == 105 and "-X" not in words),
    "an expression that is none is an error":
        lambda words, theirs, ours: "//primitive[" in words and ours.rc == 105,
    "of several attributes one must be chosen, also to delete it":
        lambda words, theirs, ours: "-D" in words and ours.rc == 109 and theirs.document is None,
    "words are looked at before the document":
        lambda words, theirs, ours: ours.rc == 64 and theirs.rc == 105,
    "which attribute: wrong usage, or the one with that id, but no assertion":
        lambda words, theirs, ours: "Triggered fatal assertion" in theirs.err,
    "a pattern that is none finds nothing":
        lambda words, theirs, ours: "[" in words and ours.rc == 105,
    "a node that is not there is an error":
        lambda words, theirs, ours: "nosuch" in words and ours.rc == 105 and theirs.err == ours.err * 2,
    "a document that was refused is shown as it would have been, with its new version":
        lambda words, theirs, ours: theirs.rc == ours.rc == 78 and same(theirs, ours, versions=False),
    "defaults belong to no node":
        lambda words, theirs, ours: "rsc_defaults" in words or "op_defaults" in words,
}


def verdict(words, theirs, ours):
    """None, or the reason why it may differ; Wrong when there is none."""
    if same(theirs, ours):
        return None
    for reason, applies in BETTER.items():
        if applies(words, theirs, ours):
            return reason
    lines = [] if theirs.rc == ours.rc else [f"exit code {ours.rc} instead of {theirs.rc}"]
    for title, expected, is_now in (("stdout", theirs.out, ours.out), ("stderr", theirs.err, ours.err),
                                    ("document", theirs.document or "(unchanged)\n", ours.document or "(unchanged)\n")):
        lines += cases.differs(title, expected, is_now, Path("/nowhere"))[:14]
    raise Wrong("\n".join([shlex.join(words), *lines]))


def is_theirs(program):
    path = THEIRS / program
    if not path.exists():
        return False
    return "Pacemaker project" in subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout


def beside(tool, options):
    if not is_theirs("cibadmin"):
        raise Skip("Debian's pacemaker-cli-utils is not installed")
    rng = random.Random(f"{options.seed}-{tool}")
    reasons, wrong = Counter(), []
    texts = [(name, formatted(text)) for name, text in documents()]
    with tempfile.TemporaryDirectory(prefix="crm-peers-") as folder:
        for _ in range(options.count // len(TOOLS) if tool != "cibadmin" else options.count // 2):
            name, text = rng.choice(texts)
            words = [tool, *TOOLS[tool](rng)]
            theirs = call(Path(folder), THEIRS, words, text)
            ours = call(Path(folder), cases.BIN, words, text)
            try:
                reasons[verdict(words, theirs, ours)] += 1
            except Wrong as reason:
                wrong.append(f"{name}: {reason}")
    if wrong:
        raise Wrong(f"seed {options.seed}: {len(wrong)} of {sum(reasons.values()) + len(wrong)} differ:\n" + "\n".join(wrong[:options.show]))
    better = sum(count for reason, count in reasons.items() if reason)
    return f"seed {options.seed}: {sum(reasons.values())} calls, {better} of them better"


ACLS = """<acls>
      <acl_role id="operator">
        <acl_permission id="p1" kind="read" xpath="/cib"/>
        <acl_permission id="p2" kind="write" xpath="//crm_config//nvpair[@name='stonith-enabled']"/>
        <acl_permission id="p3" kind="deny" xpath="//nodes"/>
        <acl_permission id="p4" kind="write" object-type="nvpair" attribute="value"/>
        <acl_permission id="p5" kind="write" reference="d1"/>
      </acl_role>
      <acl_role id="nothing"><acl_permission id="p6" kind="deny" xpath="//status"/></acl_role>
      <acl_target id="bob"><role id="operator"/></acl_target>
      <acl_target id="eve"><role id="operator"/><role id="nothing"/></acl_target>
      <acl_target id="zoe"/>
    </acls></configuration>"""


def access():
    """What users may do of a document that has rights, in each form."""
    text = cases.text_of(cases.VECTORS / "in" / "run.xml").replace("</configuration>", ACLS)
    text = text.replace("</cluster_property_set>", '<nvpair id="ea" name="enable-acl" value="true"/></cluster_property_set>')
    if not is_theirs("cibadmin"):
        raise Skip("Debian's pacemaker-cli-utils is not installed")
    with tempfile.TemporaryDirectory(prefix="crm-peers-") as folder:
        text = formatted(text)
        for user, form in (("bob", "text"), ("bob", "color"), ("bob", "namespace"), ("eve", "text"), ("zoe", "namespace"), ("nobody", "text")):
            words = ["cibadmin", "-Q", f"--show-access={form}", "-U", user]
            theirs, ours = (call(Path(folder), path, words, text) for path in (THEIRS, cases.BIN))
            theirs.out = theirs.out.rstrip("\n") + "\n"  # it ends without one
            ours.out = ours.out.replace("&apos;", "'")
            if verdict(words, theirs, ours):
                raise Wrong(shlex.join(words))


SHADOWS = """crm_shadow -b -c one
crm_shadow -b -c one
CIB_shadow=one cibadmin -D -X '<rsc_order id="o2"/>'
CIB_shadow=one cibadmin -C -o resources -X '<primitive id="n" class="ocf" provider="heartbeat" type="Dummy"/>'
CIB_shadow=one cibadmin -M -X '<rsc_location id="lo1" score="7"/>'
CIB_shadow=one crm_attribute -N node1 -n site -v paris
CIB_shadow=one crm_shadow -w
CIB_shadow=one crm_shadow -F
CIB_shadow=one crm_shadow -d
CIB_shadow=one crm_shadow -p
CIB_shadow=none crm_shadow -p
crm_shadow -b -s one
crm_shadow -b -s none
crm_shadow -b -e two -v pacemaker-2.5
crm_shadow -b -e two
crm_shadow -b -e two --force
CIB_shadow=two crm_attribute -n batch-limit -v 3
CIB_shadow=two crm_shadow -p
crm_shadow -b -r two
crm_shadow -b -r none
CIB_shadow=two crm_shadow -d
crm_shadow -b -D two
crm_shadow -b -D two --force
crm_shadow -b -C none --force
crm_shadow -b -C one
crm_shadow
crm_shadow -b extra
ls $CIB_shadow_dir"""


def shadows():
    """One call after the other, with the shadows that the ones before have made."""
    if not is_theirs("crm_shadow"):
        raise Skip("Debian's pacemaker-cli-utils is not installed")
    said = []
    for path in (THEIRS, cases.BIN):
        with tempfile.TemporaryDirectory(prefix="crm-peers-") as folder:
            shutil.copy(cases.VECTORS / "in" / "run.xml", f"{folder}/cib.xml")
            os.chmod(f"{folder}/cib.xml", 0o600)
            environment = {"PATH": f"{path}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "CIB_file": f"{folder}/cib.xml",
                           "CIB_shadow_dir": folder, "HOME": folder}
            for line in SHADOWS.splitlines():
                done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=environment, timeout=60, check=False)
                text = re.sub(r"(?s)\n\n?[uU]sage: .*", "\nUSAGE", done.stderr)
                # Theirs closes what has something in it twice.
                done.stdout = re.sub(r"/>(\n\+\+  +<)", r">\1", done.stdout)
                said.append((line, cases.equalized(f"{done.returncode}\n{done.stdout}{text}", Path(folder)).strip()))
    half = len(said) // 2
    for (line, theirs), (_, ours) in zip(said[:half], said[half:]):
        if theirs != ours:
            raise Wrong("\n".join([line, *cases.differs("said", theirs, ours, Path("/nowhere"))]))
    return f"{half} calls"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "1")))
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--show", type=int, default=4)
    chosen, sys.argv[1:] = parser.parse_known_args()
    sys.exit(run("peers", {**{tool: (beside, tool, chosen) for tool in TOOLS}, "access": (access,), "shadows": (shadows,)}, __doc__))
