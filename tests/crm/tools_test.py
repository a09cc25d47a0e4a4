#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The CRM's tools on a file: what the originals answered to the recorded calls (cases.py), and what is better."""

import sys

import cases

sys.path.insert(0, str(cases.ROOT / "tests"))
from lab.suite import run  # noqa: E402

# Prefixes of the recorded calls whose programs are there.
PREFIXES = ("adm",)

if __name__ == "__main__":
    sys.exit(run("tools", {f"cases-{prefix}": (cases.judge, prefix) for prefix in PREFIXES}, __doc__))
