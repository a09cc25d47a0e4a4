# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured: our heartbeat, Debian's 3.0.6, keepalived, each with the same face.

A subject configures and starts its program on nodes of a laboratory and knows how an address
is handed over on purpose.  Programs of packages run as they are.
"""

import os
import random
import re
import subprocess
import time
from pathlib import Path

from lab import installs, places

HERE = Path(__file__).resolve().parent

ADDRESS = "10.77.0.100"
NETWORKS = ("eth0", "eth1")
NAMES = ("alpha", "bravo", "carol", "delta", "emily", "frank", "grace", "henry")

KEEPALIVED_PACKAGES = ("keepalived",)
KEEPALIVED_SUPPORT = ("libnl-3-200", "libnl-genl-3-200", "libnftnl11", "libsnmp40", "libpci3",
                      "libwrap0", "libsensors5", "libmnl0", "libglib2.0-0")
installs.MAKERS["keepalived"] = lambda: installs.unpacked(
    "keepalived", KEEPALIVED_PACKAGES, KEEPALIVED_SUPPORT)
installs.MAKERS["bare"] = installs.MAKERS["bare-asleep"] = installs.MAKERS["ours"]  # no program of it runs


class Heartbeat:
    """Both heartbeats: same files, same commands."""

    def __init__(self, name, title):
        self.name = name  # also the kind of node
        self.title = title

    def configure(self, nodes, keepalive_ms, dead_ms):
        ha_cf = ("logfile /var/log/ha-log\n"
                 f"keepalive {keepalive_ms}ms\n"
                 f"warntime {dead_ms // 2}ms\n"
                 f"deadtime {dead_ms}ms\n"
                 "initdead 2\n"
                 + "".join(f"bcast {network}\n" for network in NETWORKS)
                 + "auto_failback off\n"
                 f"node {' '.join(node.name for node in nodes)}\n")
        for node in nodes:
            node.configure(ha_cf, f"{nodes[0].name} IPaddr2::{ADDRESS}/24/eth0\n",
                           "auth 1\n1 sha1 bench\n")

    def start(self, node):
        """Starts to start; the daemon may still be on its way when this returns."""
        return spawn_silent(node, "/usr/libexec/heartbeat/heartbeat")

    def hand_over(self, node):
        """NODE, which holds the address, is to give it away."""
        node.run(["/usr/share/heartbeat/hb_standby", "all"], check=True)

    def pids(self, node):
        return node.helper_pids()

    def false_deaths(self, nodes, marks):
        """Declarations of death in the logs since MARKS (of mark())."""
        lines = "".join(self._log_since(node, mark) for node, mark in zip(nodes, marks))
        return len(re.findall(r"node \S+: is dead", lines))

    def mark(self, nodes):
        return [node.log_mark() for node in nodes]

    @staticmethod
    def _log_since(node, mark):
        return node.log().encode()[mark:].decode(errors="replace")


class Keepalived:
    """One VRRP version 3 instance with the package's defaults but for the interval: the backup
    waits for three intervals and a part of one that its priority gives."""

    name = "keepalived"
    title = "keepalived"

    def configure(self, nodes, keepalive_ms, _dead_ms):
        for number, node in enumerate(nodes):
            node.write("/etc/keepalived/keepalived.conf",
                       "global_defs {\n vrrp_version 3\n}\n"
                       "vrrp_instance one {\n"
                       f" state BACKUP\n interface eth0\n virtual_router_id 51\n nopreempt\n"
                       f" priority {101 - number}\n advert_int {keepalive_ms / 1000:g}\n"
                       f" virtual_ipaddress {{\n {ADDRESS}/24 dev eth0\n }}\n}}\n")

    def start(self, node):
        return spawn_silent(node, "/usr/sbin/keepalived")

    def hand_over(self, node):
        """The master ends in an orderly way and says so: the nearest to a standby there is."""
        node.run("kill -TERM $(cat /run/keepalived.pid)", check=True)

    def pids(self, node):
        return [pid for pid in node.processes() if _program(pid) == "/usr/sbin/keepalived"]


class Bare:
    """No cluster at all: what it costs on this machine to send and to hear heartbeats."""

    frame_bytes = 321  # a heartbeat of either heartbeat, signed with sha1

    def configure(self, nodes, keepalive_ms, _dead_ms):
        self.keepalive_ms = keepalive_ms
        for node in nodes:
            node.write("/usr/sbin/bare", places.tool("bare", HERE).read_bytes(), 0o755)

    def __init__(self, name, title, *options):
        self.name = name
        self.title = title
        self.options = options

    def start(self, node):
        time.sleep(random.uniform(0, self.keepalive_ms / 1000))  # nobody is in step
        return spawn_silent(node, "/usr/sbin/bare", *self.options, self.keepalive_ms, self.frame_bytes, *NETWORKS)

    def pids(self, node):
        return [pid for pid in node.processes() if _program(pid) == "/usr/sbin/bare"]


def spawn_silent(node, *words):
    return node.spawn([str(word) for word in words], stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL)


def _program(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


OURS = Heartbeat("ours", "ours")
DEBIAN = Heartbeat("debian", "Debian 3.0.6")
KEEPALIVED = Keepalived()
BARE = Bare("bare", "bare sockets")
BARE_ASLEEP = Bare("bare-asleep", "bare, asleep", "-s")
ALL = (OURS, DEBIAN, KEEPALIVED, BARE, BARE_ASLEEP)
