# SPDX-License-Identifier: GPL-2.0-or-later
"""What the machines put on the wire, seen at their ports of the switch.

A frame is seen when its sender sends it, whether or not a cut or loss drops it afterwards.
"""

import base64
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass

_ETH_P_ALL = 3
_PACKET_OUTGOING = 4
_ETH_IPV4 = 0x0800
_UDP = 17
_FRAME_MAX = 70000  # longer than any frame of a network without segmentation offload
_BUFFER_BYTES = 8 << 20
_COMMON = ("src", "srcuuid", "seq", "hg", "ts", "ld", "ttl", "auth", "dt", "protocol",
           "from_id", "to_id", "client_gen")


@dataclass
class Frame:
    at: float  # time.monotonic()
    machine: str
    network: str
    data: bytes  # from the Ethernet header on

    def udp(self):
        """(destination port, payload) of an unfragmented IPv4 UDP frame, or None."""
        if len(self.data) < 42 or struct.unpack_from("!H", self.data, 12)[0] != _ETH_IPV4:
            return None
        header = (self.data[14] & 15) * 4
        fragment = struct.unpack_from("!H", self.data, 20)[0] & 0x3fff
        if self.data[23] != _UDP or fragment:
            return None
        port, length = struct.unpack_from("!HH", self.data, 14 + header + 2)
        return port, self.data[14 + header + 8:14 + header + length]


@dataclass
class Message:
    """A cluster message with its string fields (binary ones as bytes)."""

    at: float
    machine: str
    fields: dict

    @property
    def type(self):
        return self.fields.get("t", "")

    @property
    def identity(self):
        """The same for every transmission of one message."""
        return tuple(self.fields.get(name) for name in ("src", "hg", "seq"))

    def __str__(self):
        """Type and own fields, sorted: as in a recording."""
        own = sorted(f"{name}={value}" for name, value in self.fields.items()
                     if name not in _COMMON + ("t",) and isinstance(value, str))
        return " ".join([self.type, *own])


class Capture:
    """Made by Lab.capture(); collects until close()."""

    def __init__(self, switch):
        self._switch = switch
        self._lock = threading.Lock()
        self._frames = []
        self._socket = switch.open_socket(socket.AF_PACKET, socket.SOCK_RAW,
                                          socket.htons(_ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.settimeout(0.1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        self.close()

    def _collect(self):
        while not self._ended.is_set():
            try:
                data, source = self._socket.recvfrom(_FRAME_MAX)
            except TimeoutError:
                continue
            except OSError:
                return
            owner = self._switch.owner_of(source[0])
            if source[2] != _PACKET_OUTGOING and owner:
                with self._lock:
                    self._frames.append(Frame(time.monotonic(), *owner, data))

    def close(self):
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def frames(self):
        """Everything so far, oldest first."""
        with self._lock:
            return list(self._frames)

    def messages(self, port=694):
        """The cluster messages to UDP PORT so far, each once, whatever was sent again."""
        known, found = set(), []
        for frame in self.frames():
            datagram = frame.udp()
            if datagram is None or datagram[0] != port:
                continue
            fields = decode(datagram[1])
            if fields is None:
                continue
            message = Message(frame.at, frame.machine, fields)
            if message.identity not in known or message.fields.get("seq") is None:
                known.add(message.identity)
                found.append(message)
        return found


def decode(payload):
    """The fields of one cluster message in either form, or None.  Text of nested and
    compressed fields is left as bytes."""
    if payload.startswith(b"###\n"):
        return _decode_netstring(payload[4:])
    if payload.startswith(b">>>\n"):
        return _decode_classic(payload[4:])
    return None


def _decode_netstring(rest):
    fields = {}
    while not rest.startswith(b"%%%\n"):
        match = re.match(rb"(\d+):\((\d)\)", rest)
        if match is None:
            return None
        start = match.end(1) + 1
        length = int(match.group(1))
        name, _, value = rest[start + 3:start + length].partition(b"=")
        fields.setdefault(name.decode(errors="replace"), _text(value, match.group(2)))
        rest = rest[start + length + 1:]
    return fields


def _decode_classic(rest):
    fields = {}
    for line in rest.split(b"\n"):
        if line == b"<<<":
            return fields
        match = re.match(rb"(?:\((\d)\))?([^=]*)=(.*)$", line, re.DOTALL)
        if match is None:
            return None
        kind, name, value = match.groups()
        if kind in (b"1", b"4"):
            value = base64.b64decode(value)
        fields.setdefault(name.decode(errors="replace"), _text(value, kind or b"0"))
    return None


def _text(value, kind):
    return value.decode(errors="replace") if kind == b"0" else value
