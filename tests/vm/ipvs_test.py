#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Case 3 of doc/cases.md: a pair of IPVS directors."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from vm.vm import run  # noqa: E402

if __name__ == "__main__":
    sys.exit(run("ipvs"))
