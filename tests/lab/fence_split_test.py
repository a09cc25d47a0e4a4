#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Partitions at random with each kind of fencing device: never two writers (case 12).  `make soak` makes 200 of each."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab.fencing import partitions  # noqa: E402
from lab.suite import main  # noqa: E402

COUNT, LONGEST_S = 5, 2.5


def meatware(lab):
    return partitions(lab, "meatware", COUNT, 21, LONGEST_S)


def baytech(lab):
    return partitions(lab, "baytech", COUNT, 22, LONGEST_S)


def rhcs(lab):
    return partitions(lab, "rhcs", COUNT, 23, LONGEST_S)


if __name__ == "__main__":
    sys.exit(main("fence_split", [meatware, baytech, rhcs], __doc__, jobs=3))
