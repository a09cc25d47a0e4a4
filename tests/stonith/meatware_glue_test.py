#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""meatware of both sides: our driver with the meatclient of Debian's cluster-glue, and its driver with ours."""

import subprocess
import sys

from devices import main_in_one_lab, need, places

OURS = {"STONITH_PLUGIN_DIR": "/opt/ours", "STONITH_DEVICE": "/opt/ours/stonith-device"}
FIFO = "/run/meatware.nodeb"


class Sides:
    """A node with Debian's heartbeat, and our programs in /opt."""

    def __init__(self, node):
        self.node = node
        for name in ("stonith", "stonith-device", "meatclient"):
            node.write(f"/opt/ours/{name}", (places.BUILD / "bin" / name).read_bytes(), 0o755)
        node.write("/opt/ours/stonith2/meatware.so", (places.BUILD / "plugins/stonith2/meatware.so").read_bytes())

    def meet(self, stonith, client, answer, env=None):
        """The exit codes of both."""
        driver = self.node.spawn([stonith, "-t", "meatware", "hostlist=nodeA nodeb", "-T", "reset", "nodeb"], env=env,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.node.lab.wait(lambda: self.node.exists(FIFO), 30, "the driver makes its FIFO")
        said = self.node.run([client, "-c", "NodeB", "-w"], input=answer)
        need("PROCEED? [yN] " in said.stdout, f"{said}")
        return driver.wait(30), said.returncode


def their_client(sides):
    for answer, want in (("y\n", (0, 0)), ("n\n", (5, 3))):
        got = sides.meet("/opt/ours/stonith", "/usr/sbin/meatclient", answer, OURS)
        need(got == want, f"{answer!r}: {got}")


def their_driver(sides):
    sides.node.run(f"rm -f {FIFO}")
    for answer, want in (("y\n", (0, 0)), ("n\n", (5, 3))):
        got = sides.meet("/usr/sbin/stonith", "/opt/ours/meatclient", answer)
        need(got == want, f"{answer!r}: {got}")


if __name__ == "__main__":
    sys.exit(main_in_one_lab("stonith/meatware-glue", (their_client, their_driver),
                             lambda lab: (Sides(lab.node("bravo", kind="debian")),), __doc__))
