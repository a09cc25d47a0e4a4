#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The sub-commands and options of cl_status are the same in its help, its page and its completion."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / os.environ.get("BUILD", "build") / "bin/cl_status"


def main():
    text = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    page = (ROOT / "man/cl_status.1").read_text()
    completion = (ROOT / "packaging/bash-completion/cl_status").read_text()
    commands = set(re.findall(r"^([a-z]\w+)[ \n]", text.split("Sub-commands:")[1], re.MULTILINE))
    paged = set(re.findall(r"^\.It Cm (\w+)", page, re.MULTILINE))
    completed = set(re.search(r"local commands='([^']*)'", completion)[1].split())
    failed = 0
    for name, other in (("page", paged), ("completion", completed)):
        if other == commands:
            print(f"ok cl_status_doc/{name}")
        else:
            failed = 1
            print(f"not ok cl_status_doc/{name}: differs in {sorted(other ^ commands)}")
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", ROOT / "man/cl_status.1"],
                          capture_output=True, text=True)
    failed |= lint.returncode
    print("not ok cl_status_doc/lint: " + lint.stdout.strip() if lint.returncode else "ok cl_status_doc/lint")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
