#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/coverage.md: everything that the product has is in it, nothing else is, and every test that it names is there and run."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
STAGE = BUILD / "stage"
DOC = ROOT / "doc/coverage.md"
# Where the tests that tests/run starts are, and the parts of its programs.
RUN = (r"tests/(unit|vectors|media)/\w+_test\.c", r"tests/(lab|vm|configs|scripts|stonith|crm)/\w+_test\.(py|sh)", r"tests/interop/\w+\.py")


def sections():
    """{title: [cells of a row]}, without the head of each table."""
    found, rows = {}, []
    for line in DOC.read_text().splitlines():
        if line.startswith("## "):
            rows = found.setdefault(line[3:], [])
        elif line.startswith("| ") and "|---" not in line:
            rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return {title: rows[1:] for title, rows in found.items()}


def names(title):
    """What the rows of a section are about: the words in `...` of their first cells."""
    return [word for row in sections()[title] for word in re.findall(r"`([^`]+)`", row[0])]


def must_be_same(title, product):
    rows = names(title)
    assert product, f"{title}: nothing of the product was found"
    assert len(rows) == len(set(rows)), f"{title}: twice: {sorted(word for word in rows if rows.count(word) > 1)}"
    assert not product - set(rows), f"{title}: no row for {sorted(product - set(rows))}"
    assert not set(rows) - product, f"{title}: a row for what there is not: {sorted(set(rows) - product)}"


def help_of(program, *words):
    return subprocess.run([BUILD / "bin" / program, *words, "--help"], capture_output=True, text=True, check=True).stdout


def test_directives():
    table = set(re.findall(r'^\t\{ "(\w+)", parse_', (ROOT / "heartbeat/config/directives.c").read_text(), re.M))
    printed = subprocess.run([BUILD / "bin/heartbeat", "-D"], capture_output=True, text=True, check=True).stdout
    printed = {line.split()[0] for line in printed.splitlines()[2:]}
    assert printed and printed < table, f"printed, and not in the table: {printed - table}"
    must_be_same("ha.cf", table)


def test_methods_of_authkeys():
    methods = set(re.findall(r'\[MSG_AUTH_\w+\] = "(\w+)"', (ROOT / "heartbeat/message/sign.c").read_text()))
    methods.discard("none")
    assert methods, "no methods were found"
    assert not methods - set(names("authkeys")), f"no row for {methods - set(names('authkeys'))}"


def test_files_of_helpers():
    for title, source in (("logd.cf", "logd"), ("apphbd.cf", "apphb")):
        text = (ROOT / f"heartbeat/helpers/{source}/conf.c").read_text()
        must_be_same(title, set(re.findall(r'strcasecmp\(name, "(\w+)"\)', text)))


def test_options():
    told = re.findall(r"^ +(?:(-\w), )?(?:--[\w-]+ )", help_of("heartbeat"), re.M)
    must_be_same("Options of heartbeat", {letter for letter in told if letter} | {"--check"})


def test_signals():
    text = (ROOT / "heartbeat/daemon/start.c").read_text()
    lists = re.findall(r"static const int (?:caught|ignored)\[\] = \{([^}]*)\}", text)
    assert len(lists) == 2, "the lists of signals were not found"
    must_be_same("Signals to heartbeat", set(re.findall(r"SIG(\w+)", " ".join(lists))))


def test_programs():
    if not STAGE.is_dir():
        return f"there is no {STAGE}: make stage"
    places = ("usr/bin", "usr/sbin", "usr/libexec/heartbeat", "usr/libexec/heartbeat/stonithdtest", "usr/lib/heartbeat", "usr/share/heartbeat")
    there = {path.name for place in places if (STAGE / place).is_dir() for path in (STAGE / place).iterdir()
             if ".so" not in path.suffixes and path.name != "stonithdtest"}
    must_be_same("Programs", there)
    # What can be called completes its arguments.
    library = {"shellfuncs", "node-functions", "move-functions", "agent-table", "ocf-resource", "ocf-wrapper", "ha_config", "ha_log.sh",
               "stonith-device", "haresources2cib.py"}
    complete = {path.name for path in (ROOT / "packaging/bash-completion").iterdir()}
    assert there - library == complete, f"completion: {sorted((there - library) ^ complete)}"
    return None


def test_sub_commands():
    must_be_same("Sub-commands of cl_status", set(re.findall(r"^([a-z]+)\b", help_of("cl_status").split("Sub-commands:")[1], re.M)))


def test_verbs():
    text = (ROOT / "heartbeat/scripts/ResourceManager").read_text()
    must_be_same("Verbs of ResourceManager", set(re.findall(r"^(\w+)\)", text.split("\ncase ${1-} in\n")[1], re.M)))


def has_case(text, suffix, case):
    """A function or a row of a table of cases, which is used besides."""
    word = re.escape(case)
    if suffix == ".c":
        return re.search(rf'\{{ "{word}",', text)
    if re.search(rf'"{word}":', text):
        return True
    function = re.search(rf"^def {word}\(", text, re.M)
    return function and len(re.findall(rf"\b{word}\b", text)) > 1


def test_tests():
    for title, rows in sections().items():
        for row in rows:
            assert len(row) == 3 and all(row), f"{title}: {row}"
            for entry in row[2].split("; "):
                path, _, cases = entry.partition(": ")
                assert any(re.fullmatch(form, path) for form in RUN), f"{title}, {row[0]}: '{path}' is not run by tests/run"
                assert (ROOT / path).is_file(), f"{title}, {row[0]}: there is no {path}"
                text = (ROOT / path).read_text()
                # A case may have a comma in its name.
                left = [case for case in cases.split(", ") if case and not has_case(text, Path(path).suffix, case)]
                assert not left or has_case(text, Path(path).suffix, ", ".join(left)), \
                    f"{title}, {row[0]}: {path} has no case {left}"


TESTS = (test_directives, test_methods_of_authkeys, test_files_of_helpers, test_options, test_signals, test_programs,
         test_sub_commands, test_verbs, test_tests)


def main():
    failed = 0
    for test in TESTS:
        name = "coverage/" + test.__name__.removeprefix("test_").replace("_", "-")
        try:
            skip = test()
            print(f"skip {name}: {skip}" if skip else f"ok {name}")
        except (AssertionError, OSError, LookupError, subprocess.CalledProcessError) as reason:
            failed += 1
            print(f"not ok {name}: {reason}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
