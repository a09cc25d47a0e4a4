#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations that people published, through "heartbeat --check": no error for the good
ones, every known problem of the broken ones with file and line, a remark for the odd ones.

The sets lie beside the repository, in ../shared/configs; without them this test is skipped.
cib.xml files are not looked at here.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SETS = ROOT.parent / "shared" / "configs"
CHECK = ROOT / os.environ.get("BUILD", "build") / "bin" / "config_check"
FILES = ("ha.cf", "authkeys", "haresources")
E, W, N = "error", "warning", "note"

# What must be said: file, line (0: the file as a whole), severity, part of the text.  For
# broken sets no other error is allowed.
EXPECTED = {
    "01-minimal-apache": [
        ("ha.cf", 0, W, "auto_failback is not set"),
        ("authkeys", 0, W, "cannot be read"),
    ],
    "03-nice-failback-leftover": [
        ("ha.cf", 14, W, "nice_failback is obsolete"),
        ("ha.cf", 9, W, "put udpport above"),
        ("haresources", 0, W, "cannot be read"),
    ],
    "05-alias-in-interface": [
        ("ha.cf", 21, W, "nobody watches it"),
        ("haresources", 1, N, "IPaddr finds a free alias"),
    ],
    "07-ucast-mixed-up": [
        ("ha.cf", 2, W, "eth0 has 3 peers"),
        ("authkeys", 0, W, "cannot be read"),
        ("haresources", 0, W, "cannot be read"),
    ],
    "09-haresources-unknown-node": [
        ("haresources", 1, E, "'lisa' is not a node of ha.cf"),
        ("ha.cf", 5, W, "nobody watches it"),
    ],
    "11-underscores-bcast-plus-ucast": [("authkeys", 1, W, "crc protects against damage only")],
    "15-double-slash-address": [
        ("haresources", 1, W, "two slashes in a row"),
        ("haresources", 1, N, "IPaddr finds a free alias"),
        ("ha.cf", 12, W, "at least twice deadtime"),
        ("ha.cf", 21, W, "put udpport above"),
    ],
    "17-words-not-replaced": [
        ("ha.cf", 1, E, "'interface' is a word of a sample"),
        ("ha.cf", 11, E, "'gateway' is a word of a sample"),
        ("ha.cf", 12, W, "ipfail as root"),
        ("haresources", 1, E, "'virtual-ip' is a word of a sample"),
        ("authkeys", 23, W, "crc protects against damage only"),
    ],
    "19-japanese-comments": [
        ("ha.cf", 8, N, "less than twice deadtime"),
        ("authkeys", 0, W, "cannot be read"),
    ],
    "31-watchdog-capital-nodes": [("ha.cf", 14, W, "no ping node")],
    "32-twins-hb_gui": [
        ("haresources", 0, W, "not used because 'crm' is enabled"),
        ("authkeys", 2, W, "only the first word"),
        ("authkeys", 1, W, "crc protects against damage only"),
    ],
    "33-hb2-cib06-group": [
        ("ha.cf", 0, E, "there is no medium"),
        ("ha.cf", 0, N, "neither keepalive nor deadtime"),
        ("authkeys", 24, W, "only the first word"),
    ],
    "38-xen-nodes-typo": [
        ("ha.cf", 6, E, "'node' is"),
        ("ha.cf", 0, E, "there is no node"),
    ],
    "39-lvs-own-address-ucast": [
        ("ha.cf", 2, N, "a line for 1 of 2 nodes"),
        ("ha.cf", 7, W, "no ping node"),
        ("ha.cf", 0, N, "neither keepalive nor deadtime"),
        ("haresources", 4, W, "192.255.255.255"),
        ("authkeys", 0, W, "cannot be read"),
    ],
    "40-cross-mail-monitoring": [("haresources", 1, N, "no group for node 'machinea.local")],
    "41-warntime-over-deadtime": [("ha.cf", 4, W, "warntime 10000 ms is not below deadtime")],
    "42-autojoin-off-crm-and-haresources": [
        ("ha.cf", 9, E, "none, other or any"),
        ("haresources", 0, W, "not used because 'crm' is enabled"),
        ("haresources", 3, W, "'iscsitarget' is also in line 2"),
    ],
    "43-drbd-mysql-continuation": [("ha.cf", 12, W, "no ping node")],
    "44-dif-crm-no": [("ha.cf", 19, W, "nobody watches it")],
    "45-double-hash-comments": [
        ("ha.cf", 12, W, "no ping node"),
        ("ha.cf", 15, W, "use_logd is on"),
    ],
    "46-pacemaker-respawn-empty-cib": [("authkeys", 0, W, "cannot be read")],
}


def check(directory, *options):
    run = subprocess.run(
        [CHECK, "--check", "-d", directory, "--json", *options], capture_output=True, text=True
    )
    if run.returncode not in (0, 1) or run.stderr:
        raise AssertionError(f"exit {run.returncode}: {run.stderr.strip()}")
    answer = json.loads(run.stdout)
    assert (run.returncode == 1) == (answer["errors"] > 0), "exit code and errors disagree"
    return answer["problems"]


def show(problem):
    return "{file}:{line}:{column}: {severity}: {text}".format(**problem)


def matches(problem, expected):
    file, line, severity, text = expected
    return (
        os.path.basename(problem["file"]) == file
        and problem["line"] == line
        and problem["severity"] == severity
        and text in problem["text"]
    )


def judge(name, kind, problems):
    expected = EXPECTED.get(name, [])
    for one in expected:
        if not any(matches(p, one) for p in problems):
            raise AssertionError(f"{one} is not reported")
    for problem in problems:
        if problem["severity"] == E and not any(matches(problem, one) for one in expected):
            raise AssertionError(f"unexpected: {show(problem)}")
    if kind != "good":
        assert expected, "no expectation is written down"


def copy_of(source, target):
    """The set as an administrator has it: keys for root only."""
    for file in FILES:
        if (source / file).exists():
            shutil.copyfile(source / file, target / file)
            os.chmod(target / file, 0o600)


def test_set(name, kind):
    with tempfile.TemporaryDirectory(prefix="configs_") as temp:
        target = pathlib.Path(temp)
        copy_of(SETS / name, target)
        judge(name, kind, check(target, "--elsewhere"))
    # Without being told: none of their nodes is this machine.
    judge(name, kind, check(SETS / name))


def test_on_its_own_node():
    """What is a note for another machine is an error where it is meant."""
    with tempfile.TemporaryDirectory(prefix="configs_") as temp:
        target = pathlib.Path(temp)
        copy_of(SETS / "29-elastix-pbx", target)
        (target / "ha.cf").write_text(
            (target / "ha.cf").read_text().replace("bcast eth1", "bcast nosuchif0")
        )
        answer = check(target, "--node", "elastix")
        wanted = ("ha.cf", 10, E, "no such interface on this machine")
        assert any(matches(p, wanted) for p in answer), "not as its node"
        answer = check(target)
        assert not any(p["severity"] == E for p in answer), "not as elsewhere"
        answer = check(target, "--here")
        wanted = ("ha.cf", 12, E, "this machine is named")
        assert any(matches(p, wanted) for p in answer), "not --here"


def test_peer():
    """Files that differ between the nodes on purpose: a warning for each difference."""
    name = "40-cross-mail-monitoring"
    with tempfile.TemporaryDirectory(prefix="configs_") as temp:
        one, two = pathlib.Path(temp, "one"), pathlib.Path(temp, "two")
        for target, suffix in ((one, ""), (two, ".node2")):
            target.mkdir()
            copy_of(SETS / name, target)
            for file in ("ha.cf", "haresources"):
                shutil.copyfile(SETS / name / (file + suffix), target / file)
        problems = check(one, "--elsewhere", "--peer", two)
        told = [p for p in problems if p["severity"] == W]
        assert not any(p["severity"] == E for p in problems), "refused"
        assert len(told) == 2, [show(p) for p in told]
        assert all("group 'MailTo" in p["text"] and p["line"] == 1 for p in told)
        assert {p["file"] for p in told} == {f"{one}/haresources", f"{two}/haresources"}
        (two / "authkeys").write_text("auth 1\n1 md5 anotherkeyaltogether\n")
        (two / "ha.cf").write_text(
            (two / "ha.cf").read_text().replace("machineA", "machineC").replace("back on", "back off")
        )
        problems = check(one, "--elsewhere", "--peer", two)
        for part in ("key 3, which signs here", "key 1, which signs here", "auto_failback is 'on'",
                     "node 'machinea.", "node 'machinec."):
            assert any(part in p["text"] for p in problems), part
        assert "anotherkey" not in json.dumps(problems), "a key is shown"


def test_recipe():
    """The copied shell line writes a key with a blank today: its first word is the key."""
    with tempfile.TemporaryDirectory(prefix="configs_") as temp:
        target = pathlib.Path(temp)
        copy_of(SETS / "34-linbit-r1", target)
        keys = target / "authkeys"
        keys.write_text("auth 1\n1 sha1 MD5(stdin)= 0123456789abcdef0123456789abcdef\n")
        os.chmod(keys, 0o600)
        problems = check(target, "--elsewhere")
        assert not any(p["severity"] == E for p in problems)
        assert any(matches(p, ("authkeys", 2, W, "only the first word")) for p in problems)
        assert "0123456789" not in json.dumps(problems), "a key is shown"


def run(name, test, *arguments):
    try:
        test(*arguments)
    except (AssertionError, OSError, ValueError) as reason:
        print(f"not ok configs/{name}: {reason}")
        return 1
    print(f"ok configs/{name}")
    return 0


def main():
    if not SETS.is_dir():
        print(f"skip configs: there is no {SETS}")
        return 0
    failed = 0
    for line in (SETS / "INDEX.tsv").read_text().splitlines()[1:]:
        name, kind = line.split("\t")[:2]
        if any((SETS / name / file).exists() for file in ("ha.cf", "haresources")):
            failed += run(name, test_set, name, kind)
    failed += run("on-its-own-node", test_on_its_own_node)
    failed += run("peer", test_peer)
    failed += run("recipe", test_recipe)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
