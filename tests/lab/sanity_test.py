#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""BasicSanityCheck on a node of ours, with Debian's cluster-glue for the stonith type null."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import HA_D  # noqa: E402
from lab.suite import main_in_one_lab, need  # noqa: E402

TOOL = "/usr/share/heartbeat/BasicSanityCheck"
NAMES = ("ha.cf", "haresources", "authkeys")


def refusals(node):
    done = node.run([TOOL, "-x"])
    need(done.returncode == 1 and done.stderr.startswith("usage:"), f"{done}")
    need(node.run([TOOL, "--help"]).returncode == 0, "--help")
    node.write(HA_D + "/.cfsave/ha.cf", "mine\n")
    node.configure("also mine\n")
    done = node.run([TOOL])
    need(done.returncode == 1 and done.stdout == f"OOPS! {HA_D}/ha.cf already exists!\n", f"{done}")
    need(node.read(HA_D + "/ha.cf") == "also mine\n" and node.read(HA_D + "/.cfsave/ha.cf") == "mine\n", "files")
    node.remove(HA_D + "/.cfsave/ha.cf")


def whole_run(node):
    node.configure("# a site's\nnode alpha\n", "alpha 10.0.0.1\n")
    node.run("ip route add default dev eth0", check=True)  # as every site has one
    node.write("/syslog.py", "import socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
               "s.bind('/dev/log')\nwhile True:\n    s.recv(9999)\n")
    node.spawn([sys.executable, "/syslog.py"])
    node.lab.wait(lambda: node.exists("/dev/log"), 10, "a syslog")
    before = {name: node.read(f"{HA_D}/{name}") for name in NAMES}
    done = node.run([TOOL, "-i", "eth0"], timeout=150)
    for line in (done.stdout + done.stderr).splitlines():
        if line.startswith("skip: "):
            print(f"skip sanity/step: {line[6:]}")
    log = node.read("/tmp/linux-ha.testlog", default="")
    bad = [line for line in log.splitlines() if re.search("CRIT|ERROR", line)]
    need(done.returncode == 0 and done.stdout.endswith("0 errors. Log file is stored in /tmp/linux-ha.testlog\n"),
         f"exit {done.returncode}: {done.stdout[-300:]} {bad[:6]}")
    need({name: node.read(f"{HA_D}/{name}") for name in NAMES} == before, "the site's files came back")
    need(node.path(f"{HA_D}/authkeys").stat().st_mode & 0o777 == 0o600, "mode of authkeys")
    need(not node.daemon_pids() and not node.has_address("10.253.252.251"), "something is left running")


def errors_are_counted(node):
    """A heartbeat that cannot start: not one step can be good, and the files come back all the same."""
    node.configure("# a site's\nnode alpha\n", "alpha 10.0.0.1\n")
    done = node.run([TOOL, "-i", "nosuch0"], timeout=60)
    need(done.returncode >= 1 and "ERROR: heartbeat does not start" in done.stdout and f"{done.returncode} errors. Log file" in done.stdout, f"{done}")
    need(node.read(HA_D + "/ha.cf").startswith("# a site's"), "the site's files came back")


CASES = (refusals, errors_are_counted, whole_run)

if __name__ == "__main__":
    sys.exit(main_in_one_lab("sanity", CASES, lambda lab: [lab.node("alpha", kind="ours+glue")], __doc__))
