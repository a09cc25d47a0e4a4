#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""heartbeat(8) and "heartbeat --help" list the same options; the pages of the daemon and its
files are clean mdoc."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / os.environ.get("BUILD", "build") / "bin"
MAN = ROOT / "man"
PAGES = ("ha.cf.5", "authkeys.5", "haresources.5", "heartbeat.8", "hb_status.8", "stonith.8")
# Behind --check, so not in the list of the daemon's own options.
OF_CHECK = {"here", "elsewhere", "node", "peer", "json"}


def options_of_help():
    text = subprocess.run([BIN / "heartbeat", "--help"], capture_output=True, text=True).stdout
    found = re.findall(r"^ +(?:-(\w), +)?--([\w-]+) ", text, re.M)
    return {(letter, name) for letter, name in found}


def options_of_page():
    found = set()
    for line in (MAN / "heartbeat.8").read_text().splitlines():
        match = re.match(r"\.It Fl (?:(\w) , )?-([\w-]+)", line)
        if match and match[2] not in OF_CHECK:
            found.add((match[1] or "", match[2]))
    return found


def test_options():
    help_options, page_options = options_of_help(), options_of_page()
    assert help_options, "--help lists nothing"
    assert help_options == page_options, f"only one has {help_options ^ page_options}"


def test_check_options():
    run = subprocess.run([BIN / "heartbeat", "--check", "--help"], capture_output=True, text=True)
    assert run.returncode == 0 and not run.stderr, "--check --help"
    told = set(re.findall(r"^  --([\w-]+)", run.stdout, re.M))
    page = (MAN / "heartbeat.8").read_text()
    assert told == OF_CHECK, told ^ OF_CHECK
    for name in told:
        assert f".It Fl -{name}" in page, name
    run = subprocess.run([BIN / "heartbeat", "--check", "--nonsense"], capture_output=True)
    assert run.returncode == 2 and not run.stdout and b"--nonsense" in run.stderr, "a wrong option"


def test_lint(page):
    run = subprocess.run(["mandoc", "-T", "lint", MAN / page], capture_output=True, text=True)
    # Whether other pages are installed says nothing about this one.
    told = [l for l in run.stdout.splitlines() if "referenced manual not found" not in l]
    assert not told, told[0]


def run(name, test, *arguments):
    try:
        test(*arguments)
    except (AssertionError, OSError) as reason:
        print(f"not ok man/{name}: {reason}")
        return 1
    print(f"ok man/{name}")
    return 0


def main():
    failed = run("options", test_options) + run("check-options", test_check_options)
    for page in PAGES:
        if shutil.which("mandoc"):
            failed += run(page, test_lint, page)
        else:
            print(f"skip man/{page}: there is no mandoc")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
