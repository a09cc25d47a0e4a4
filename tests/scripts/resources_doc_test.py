#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Resource scripts, what is installed, the agent table and heartbeat-resources(7) name the same scripts with the same
number of arguments."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
PAGE = (ROOT / "man/heartbeat-resources.7").read_text()
LIBRARY = "hto-mapfuncs"
ADDRESSES = {"IPaddr", "IPaddr2", "IPv6addr", "SendArp"}
COUNT_MAX = 7


def table():
    rows = {}
    for line in (ROOT / "heartbeat/scripts/agent-table").read_text().splitlines():
        if line and line[0] != "#":
            name, _, form = line.split(None, 2)
            rows[name] = form
    return rows


def lists_of_makefile():
    text = (ROOT / "resource.d/module.mk").read_text().replace("\\\n", " ")
    scripts = set(re.search(r"RESOURCE_SCRIPTS := .*resource\.d/,(.*)\)", text)[1].split())
    return scripts, set(re.search(r"OCF_RESOURCES := (.*)", text)[1].split())


def counts_of_table(form):
    found, words = set(), form.split()
    for at, word in enumerate(words):
        if word.startswith("["):
            found.add(at)
        if "..." in word:
            found.update(range(at, COUNT_MAX))
    return found | {len(words)}


def items_of_page():
    """Script -> the numbers of arguments that its line in the page allows."""
    section = PAGE.split(".Ss Scripts that come with heartbeat")[1].split(".Ss ")[0]
    items = {}
    for line in re.findall(r"^\.It Sy (.*)", section, re.M):
        if "," in line:
            items.update({name: None for name in line.replace(",", " ").split()})
            continue
        name, *words = [word for word in line.split() if word != "Ns"]
        at, found = 0, set()
        for word, after in zip(words, words[1:] + [""]):
            if word in ("Oo", "Op") and after == "::":
                found.add(at)
            at += word == "::"
            if word == "...":
                found.update(range(at, COUNT_MAX))
        items[name] = found | {at}
    return items


def test_makefile():
    scripts, agents = lists_of_makefile()
    files = {path.name for path in (ROOT / "resource.d").iterdir()} - {"module.mk", LIBRARY}
    assert files == scripts, f"resource.d and module.mk: {sorted(files ^ scripts)}"
    assert agents <= set(table()), f"without a row in the table: {sorted(agents - set(table()))}"
    assert not agents & scripts, f"twice: {sorted(agents & scripts)}"
    assert set(table()) <= agents | scripts, f"not installed: {sorted(set(table()) - agents - scripts)}"


def test_stage():
    stage = BUILD / "stage/etc/ha.d/resource.d"
    scripts, agents = lists_of_makefile()
    there = {path.name for path in stage.iterdir() if not path.name.endswith(".new")}
    assert there == scripts | agents | ADDRESSES | {LIBRARY}, f"installed: {sorted(there)}"
    for name in scripts:
        assert os.access(stage / name, os.X_OK), f"{name} is not executable"
    for name in agents:
        target = os.readlink(stage / name)
        assert os.access(f"{BUILD}/stage{target}", os.X_OK), f"{name} leads to {target}"


def test_page():
    scripts, agents = lists_of_makefile()
    items = items_of_page()
    assert set(items) == scripts | agents | ADDRESSES, f"page: {sorted(set(items) ^ (scripts | agents | ADDRESSES))}"
    for name, form in table().items():
        assert items[name] == counts_of_table(form), f"{name}: {items[name]}, and in the table: {form}"
    for name in scripts | agents:
        example = re.search(rf"^\.Dl {name}(::\S+)*$", PAGE, re.M)
        assert example, f"no example of {name}"
        assert example[0].count("::") in items[name], f"the example of {name}"


def main():
    failed = 0
    for name, test in (("makefile", test_makefile), ("stage", test_stage), ("page", test_page)):
        try:
            test()
            print(f"ok scripts/resources-doc/{name}")
        except (AssertionError, OSError) as reason:
            print(f"not ok scripts/resources-doc/{name}: {reason}")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
