#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two nodes, an address, a power failure: how long does a client wait?

Usage: example_test.py [KIND]      KIND: ours or debian, default debian
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Lab, LabError, Skip  # noqa: E402

ADDRESS = "10.77.0.100"
HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 500ms
deadtime 1000ms
initdead 2000ms
bcast eth0
auto_failback off
node alpha bravo
"""


def address_fails_over(lab, kind):
    nodes = lab.nodes("alpha", "bravo", kind=kind)
    alpha, bravo = nodes
    for node in nodes:
        node.configure(HA_CF, f"alpha IPaddr2::{ADDRESS}/24/eth0\n")
        node.start_heartbeat()
    client = lab.client()
    lab.wait(lambda: alpha.has_address(ADDRESS), 30, "alpha takes the address")
    prober = client.prober(ADDRESS)
    lab.wait(lambda: prober.report().received > 100, 5, "alpha answers")
    prober.reset()
    alpha.power_off()
    lab.wait(lambda: bravo.has_address(ADDRESS), 30, "bravo takes the address")
    answered = prober.report().received
    lab.wait(lambda: prober.report().received > answered + 100, 10, "bravo answers")
    silence = prober.stop().longest
    if not 500 < silence.ms < 6000:
        raise LabError(f"silence of {silence.ms:.0f} ms with a deadtime of 1000 ms")
    return f"client silence {silence.ms:.0f} ms"


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "debian"
    name = f"lab/example-{kind}"
    try:
        with Lab("example") as lab:
            print(f"ok {name} ({address_fails_over(lab, kind)})")
    except Skip as skip:
        print(f"skip {name}: {skip}")
    except LabError as error:
        print(f"not ok {name}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
