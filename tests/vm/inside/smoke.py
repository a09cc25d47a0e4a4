#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The ground holds: a kernel with the modules that the tests need, and a laboratory in it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from lab import Lab, LabError, failure  # noqa: E402

MODULES = ("softdog", "ip_vs", "sch_netem", "veth", "bridge", "overlay")


def main():
    loaded = {line.split()[0] for line in Path("/proc/modules").read_text().splitlines()}
    missing = [name for name in MODULES if name not in loaded]
    print(f"not ok vm/modules: missing {missing}" if missing else "ok vm/modules")
    try:
        with Lab("smoke") as lab:
            alpha, bravo = lab.nodes("alpha", "bravo")
            lab.wait(lambda: alpha.run(["ping", "-c1", "-W2", bravo.ip]).returncode == 0, 20, "alpha reaches bravo")
            print("ok vm/lab", alpha.run("uname -n -r", check=True).stdout.strip())
    except LabError as error:
        print(failure("vm/lab", error))
        return 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
