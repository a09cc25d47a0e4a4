#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's heartbeat 3.0.6 and ours in one cluster."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cases  # noqa: E402
import faults  # noqa: E402
import hostile  # noqa: E402
import keys  # noqa: E402
import life  # noqa: E402
import loss  # noqa: E402
import moves  # noqa: E402
import upgrade  # noqa: E402

# The long ones first: they bound the whole.
GROUPS = (faults, hostile, moves, upgrade, life, loss, keys)

if __name__ == "__main__":
    chosen = {}
    for group in GROUPS:
        chosen.update(group.cases())
    sys.exit(cases.main(chosen, __doc__))
