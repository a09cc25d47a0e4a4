# SPDX-License-Identifier: GPL-2.0-or-later
"""The switch of a laboratory: a machine with one bridge per network and one port per interface.

Faults are made here, in the forwarding path from port to port, where no node can see or
undo them: nftables drops by ingress and egress port.  Ports go up and down by netlink, without
starting a program, so that a power failure is as sudden as it should be.
"""

import ctypes
import os
import socket
import struct
import subprocess
import threading

from .errors import LabError
from .machine import Machine

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_RTM_NEWLINK, _RTM_DELLINK = 16, 17
_NLM_F_REQUEST, _NLM_F_ACK = 1, 4
_IFLA_IFNAME = 3
_IFF_UP = 1


class Switch(Machine):
    def __init__(self, lab):
        super().__init__(lab, "switch")
        self._lock = threading.RLock()
        self._bridges = {}  # network name -> bridge
        self._ports = {}  # (machine name, network name) -> port
        self._cuts = {}  # (from, to, network or None) -> percentage lost
        self._no_fragments = set()  # networks
        self._port_count = 0
        self._boot()
        self._netlink = self.open_socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self._bypass_iptables()
        self._rules_apply()

    def _bypass_iptables(self):
        """Frames that a switch carries are not the business of the IP firewall; where the host
        has br_netfilter they would go through it, at the cost of whoever sends."""
        _in_network(self, ["/bin/sh", "-c",
                           "for file in /proc/sys/net/bridge/bridge-nf-call-*; do "
                           '[ ! -e "$file" ] || echo 0 > "$file"; done'], "")

    def open_socket(self, family, kind, protocol):
        """A socket of this process that lives in the network of the switch."""
        return socket_in(self, family, kind, protocol)

    def close(self):
        self._netlink.close()
        self._kill()

    # Networks and ports.

    def add_network(self, network):
        bridge = f"br{len(self._bridges)}"
        self._bridges[network] = bridge
        self._ip(f"link add {bridge} type bridge forward_delay 0 mcast_snooping 0",
                 f"link set {bridge} up")

    def plug(self, machine, networks):
        """Gives MACHINE an interface in each of NETWORKS, named like the network.  The hardware
        address follows from the IP address: a rebooted machine keeps its card."""
        lines = []
        with self._lock:
            for network in networks:
                self._port_count += 1
                port = f"p{self._port_count}"
                self._ports[machine.name, network] = port
                octets = [int(part) for part in machine.addresses[network].split(".")]
                mac = "02:48:" + ":".join(f"{octet:02x}" for octet in octets)
                lines += [
                    f"link add {port} type veth peer name {network} "
                    f"address {mac} netns {machine.pid}",
                    f"link set {port} master {self._bridges[network]} up"]
            self._ip(*lines)
            self._rules_apply()

    def unplug(self, machine):
        """The machine's ports go down at once and are then removed."""
        with self._lock:
            mine = [key for key in self._ports if key[0] == machine.name]
            for key in mine:
                self._set_up(self._ports[key], False)
        return mine

    def forget(self, keys):
        with self._lock:
            for key in keys:
                port = self._ports.pop(key, None)
                if port is not None:
                    self._request(_RTM_DELLINK, port, 0, 0, missing_ok=True)

    def owner_of(self, port):
        """(machine name, network name) that PORT belongs to, or None."""
        with self._lock:
            return next((key for key, mine in self._ports.items() if mine == port), None)

    def link(self, machine, network, up):
        """Plugs or pulls a cable: the interface loses its carrier."""
        with self._lock:
            self._set_up(self._ports[machine.name, network], up)

    # Faults.

    def lose(self, source, target, network, percent):
        """PERCENT (0 to 100) of what SOURCE sends never reaches TARGET."""
        with self._lock:
            key = (source, target, network)
            if percent <= 0:
                self._cuts.pop(key, None)
            else:
                self._cuts[key] = percent
            self._rules_apply()

    def heal(self, names=None, network=None):
        """Forgets the faults between NAMES (all when None) in NETWORK (all when None)."""
        with self._lock:
            for key in list(self._cuts):
                source, target, where = key
                if names is not None and not (source in names and target in names):
                    continue
                if network is not None and where != network:
                    continue
                del self._cuts[key]
            self._rules_apply()

    def carry_fragments(self, networks, carry):
        """Of what needs several IP packets only the first gets through NETWORKS while they do not CARRY them."""
        with self._lock:
            for network in networks:
                (self._no_fragments.discard if carry else self._no_fragments.add)(network)
            self._rules_apply()

    def _rules_apply(self):
        rules = []
        for (_, network), port in self._ports.items():
            if network in self._no_fragments:
                rules += [f"iifname {port} ip frag-off & 0x1fff != 0 drop",
                          f"iifname {port} frag frag-off != 0 drop"]
        for (source, target, where), percent in self._cuts.items():
            for network in self._bridges if where is None else (where,):
                ports = self._ports.get((source, network)), self._ports.get((target, network))
                if None in ports:
                    continue  # off at the moment: the rule comes with the port
                chance = f"numgen random mod 10000 < {int(percent * 100)} " if percent < 100 else ""
                rules.append(f"iifname {ports[0]} oifname {ports[1]} {chance}drop")
        text = "table bridge lab\ndelete table bridge lab\ntable bridge lab {\n"
        text += "chain forward { type filter hook forward priority 0; policy accept;\n"
        text += "\n".join(rules) + "\n}\n}\n"
        _in_network(self, ["nft", "-f", "-"], text)

    # Netlink.

    def _ip(self, *lines):
        _in_network(self, ["ip", "-batch", "-"], "\n".join(lines) + "\n")

    def _set_up(self, port, up):
        self._request(_RTM_NEWLINK, port, _IFF_UP if up else 0, _IFF_UP, missing_ok=True)

    def _request(self, kind, port, flags, change, missing_ok=False):
        name = port.encode() + b"\0"
        attribute = struct.pack("=HH", 4 + len(name), _IFLA_IFNAME) + name
        attribute += b"\0" * (-len(attribute) % 4)
        body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 0, flags, change) + attribute
        header = struct.pack("=IHHII", 16 + len(body), kind, _NLM_F_REQUEST | _NLM_F_ACK, 1, 0)
        self._netlink.send(header + body)
        answer = self._netlink.recv(65536)
        error = struct.unpack_from("=i", answer, 16)[0]
        if error and not (missing_ok and -error in (2, 19)):
            raise LabError(f"port {port}: {os.strerror(-error)}")


def socket_in(machine, family, kind, protocol=0):
    """A socket of this process that lives in the network of MACHINE."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    theirs = os.open(f"/proc/{machine.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _setns(theirs)
        try:
            return socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
        finally:
            _setns(own)
    finally:
        os.close(own)
        os.close(theirs)


def _setns(fd):
    if _libc.setns(fd, _CLONE_NEWNET) != 0:
        raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")


def configure_interfaces(machine, addresses):
    """Brings the interfaces of MACHINE up: ADDRESSES is network -> list of ADDRESS/BITS."""
    lines = ["link set lo up"]
    for network, mine in addresses.items():
        lines += [f"addr add {address} dev {network}" +
                  ("" if ":" in address else " broadcast +") for address in mine]
        lines.append(f"link set {network} up")
    _in_network(machine, ["ip", "-batch", "-"], "\n".join(lines) + "\n")


def _in_network(machine, command, text):
    """Runs COMMAND with TEXT as its input in the network of MACHINE; process numbers in it
    are the host's."""
    done = subprocess.run(["nsenter", "-t", str(machine.pid), "-n", *command],
                          input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise LabError(f"{machine.name}: {' '.join(command)}: {done.stderr.strip()}")
