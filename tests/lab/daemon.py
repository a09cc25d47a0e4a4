# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of the daemon share: clusters of one node and of two, and what is looked at in them."""

import os
import signal

from . import installs

ADDRESS = "10.77.0.100"
DAEMON = "/usr/libexec/heartbeat/heartbeat"
PAIR = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 600ms
deadtime 1500ms
initdead 3
bcast eth0
auto_failback on
node alpha bravo
"""
ALONE = PAIR.replace("node alpha bravo", "node alpha")
GROUP = f"alpha IPaddr2::{ADDRESS}/24/eth0\n"
# A resource that notes every call in /calls; its first argument is its name.
NOTED = """#!/bin/sh
state=/run/state.$1
echo "$1 $2" >>/calls
case $2 in
start) {start}; touch $state ;;
stop) {stop}; rm -f $state ;;
status) if [ -e $state ]; then echo running; else echo stopped; fi ;;
esac
"""


def noted(node, start=":", stop=":"):
    node.write("/etc/ha.d/resource.d/Noted", NOTED.format(start=start, stop=stop), 0o755)


def calls(node, what=None):
    """How often WHAT, or the whole list of calls but status."""
    lines = [line for line in node.read("/calls", default="").splitlines() if not line.endswith(" status")]
    return lines if what is None else lines.count(what)


def alone(lab, ha_cf=ALONE, haresources="", start=True, networks=None):
    node = lab.node("alpha")
    node.configure(ha_cf, haresources)
    if start:
        node.start_heartbeat()
        at_rest(lab, node)
    return node


CRM_DAEMONS = ("ccm", "cib", "stonithd", "lrmd", "attrd", "pengine", "crmd")


def crm_stand_ins(node, directory="/opt/crm"):
    """Daemons of a CRM that only live."""
    for name in CRM_DAEMONS:
        node.write(f"{directory}/{name}", f'#!/bin/sh\necho "{name}$*" >>/var/log/crm\nexec sleep 100000\n', 0o755)
    node.write("/var/log/crm", "", 0o666)


def at_rest(lab, *nodes, timeout=25):
    lab.wait(lambda: all(n.rscstatus() not in (None, "transition") for n in nodes), timeout,
             f"{', '.join(n.name for n in nodes)} at rest")


def pair(lab, ha_cf=PAIR, haresources=GROUP, start=True, names=("alpha", "bravo")):
    nodes = lab.nodes(*names)
    for node in nodes:
        node.configure(ha_cf, haresources)
    if start:
        for node in nodes:
            node.start_heartbeat()
        at_rest(lab, *nodes)
    return nodes


def edit(node, text, path="/etc/ha.d/ha.cf"):
    node.write(path, text)


def hup(node):
    node.signal(signal.SIGHUP, [node.master_pid()])


def inner(node, pid):
    return node._inner_pid(pid)


def writer_pids(node):
    """The log writer: what runs the daemon's program and is not the daemon."""
    master = node.master_pid()
    return [pid for pid in node.daemon_pids() if pid != master]


def unfit(in_valgrind, sanitized=()):
    """For suite.main(): IN_VALGRIND look at what is valgrind's there, SANITIZED at what is the sanitizer's."""
    def reason(case):
        if os.environ.get("SAN") and case in sanitized:
            return "not with sanitizers"
        return "not in valgrind" if installs.with_valgrind() and case in in_valgrind else None

    return reason
