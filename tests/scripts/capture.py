#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""capture.py INTERFACE: prints "ready", then every ARP and ICMPv6 frame that comes in, as its time
and its bytes in hexadecimal, until stdin ends."""

import select
import socket
import struct
import sys

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SO_TIMESTAMPNS = 35


def main():
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    wire.bind((sys.argv[1], ETH_P_ALL))
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([wire, sys.stdin], [], [])
        if wire in ready:
            data, notes, _, source = wire.recvmsg(2048, 256)
            kind, = struct.unpack_from("!H", data, 12)
            if source[2] == PACKET_OUTGOING or kind not in (0x0806, 0x86dd):
                continue
            seconds, nanoseconds = struct.unpack("qq", notes[0][2][:16])
            print(f"{seconds + nanoseconds / 1e9:.6f} {data.hex()}")
        elif not sys.stdin.read(1):
            return


main()
