# SPDX-License-Identifier: GPL-2.0-or-later
"""The tracing programs on a node: resource scripts, a fencing plugin, a reboot that only tells.

Each call leaves lines in one file: "UPTIME begin ID TEXT" and "UPTIME end ID rc=N" for start and
stop, "UPTIME call TEXT" for the others.  Uptime is the host's, the same on all nodes.
"""

import shlex
from dataclasses import dataclass

DIRECTORY = "/var/lib/lab"
TRACE = f"{DIRECTORY}/trace"
FLAGS = f"{DIRECTORY}/flags"
BEHAVIOUR = f"{DIRECTORY}/behaviour"
SCRIPTS = ("TrA", "TrB", "TrC", "TrD")
REBOOT = "/usr/sbin/reboot"
PLUGIN = "/usr/lib/stonith/plugins/external/tr"

_RESOURCE = f"""#!/bin/sh
# A resource that is only a flag, and tells every start and stop.
name=${{0##*/}} key=${{0##*/}} args=
while [ $# -gt 1 ]; do
	key=$key:$1
	args="$args $1"
	shift
done
flag={FLAGS}/$key
case $1 in
status)
	if [ -e "$flag" ]; then echo running; else echo stopped; exit 3; fi
	exit 0 ;;
start|stop) ;;
*) echo "usage: $name [args] start|stop|status" >&2; exit 2 ;;
esac
rc=0 pause=0
if [ -r "{BEHAVIOUR}/$name.$1" ]; then read -r rc pause <"{BEHAVIOUR}/$name.$1"; fi
read -r up rest </proc/uptime
echo "$up begin $$ $1 $name$args" >>{TRACE}
if [ "$pause" != 0 ]; then sleep "$pause"; fi
case $1$rc in
start0) : >"$flag" ;;
stop0) rm -f "$flag" ;;
esac
read -r up rest </proc/uptime
echo "$up end $$ rc=$rc" >>{TRACE}
exit "$rc"
"""

_REBOOT = f"""#!/bin/sh
read -r up rest </proc/uptime
echo "$up call /sbin/reboot $*" >>{TRACE}
"""

# The reset fails while there is a file reset-fails, and takes that file away.
_PLUGIN = f"""#!/bin/sh
read -r up rest </proc/uptime
case $1 in
getconfignames) echo hostlist ;;
gethosts) echo "$hostlist" | tr , ' ' ;;
status) echo reachable ;;
reset)
	echo "$up call stonith-plugin reset $2" >>{TRACE}
	echo "resetting $2"
	if [ -e {DIRECTORY}/reset-fails ]; then
		rm -f {DIRECTORY}/reset-fails
		exit 1
	fi ;;
getinfo-devid|getinfo-devname|getinfo-devdescr) echo tr ;;
getinfo-devurl) echo http://localhost/ ;;
getinfo-xml)
	echo '<parameters><parameter name="hostlist">'
	echo '<content type="string"/></parameter></parameters>' ;;
*) exit 1 ;;
esac
"""


@dataclass
class Operation:
    """One start or stop on a node."""

    begin: float
    text: str  # "start TrB a1 a2"
    end: float = None
    rc: int = None

    def line(self):
        """As in a recording."""
        return self.text if not self.rc else f"{self.text} rc={self.rc}"

    @property
    def key(self):
        """As in the held list: TrB:a1:a2."""
        return ":".join(self.text.split()[1:])


def install(node):
    for script in SCRIPTS:
        node.write(f"/etc/ha.d/resource.d/{script}", _RESOURCE, 0o755)
    node.write(REBOOT, _REBOOT, 0o755)
    node.write(PLUGIN, _PLUGIN, 0o755)
    node.write(TRACE, "")
    node.run(f"mkdir -p {FLAGS} {BEHAVIOUR}", check=True)


def set_behaviour(node, script, op, rc, pause):
    node.write(f"{BEHAVIOUR}/{script}.{op}", f"{rc} {pause:g}\n")


def wipe(node):
    """The resources of a machine that fell over are gone."""
    for flag in node.path(FLAGS).iterdir():
        flag.unlink()


def clear_flag(node, key):
    node.run(f"rm {shlex.quote(f'{FLAGS}/{key}')}", check=True)


def held(node):
    """The resources that run on the node, written as in a recording."""
    return ",".join(sorted(flag.name for flag in node.path(FLAGS).iterdir())) or "-"


def read(node):
    """(operations in the order of their beginning, [(uptime, text) of other calls])."""
    operations, running, calls = [], {}, []
    for line in node.read(TRACE).splitlines():
        up, kind, rest = line.split(" ", 2)
        if kind == "call":
            calls.append((float(up), rest.strip()))
            continue
        number, text = rest.split(" ", 1)
        if kind == "begin":
            running[number] = Operation(float(up), text)
            operations.append(running[number])
        elif number in running:
            done = running.pop(number)
            done.end, done.rc = float(up), int(text.removeprefix("rc="))
    return operations, calls
