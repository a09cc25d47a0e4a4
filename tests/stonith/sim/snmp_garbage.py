#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers SNMP questions with what is no answer: snmp_garbage.py KIND..., on the ports from 1170 on."""

import os
import selectors
import socket
import sys


def item(tag, body):
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + size + body


def parts(data):
    """The elements in DATA: (tag, body)."""
    while data:
        tag, size, data = data[0], data[1], data[2:]
        if size & 0x80:
            more = size & 0x7f
            size, data = int.from_bytes(data[:more], "big"), data[more:]
        yield tag, data[:size]
        data = data[size:]


def answer(kind, question):
    if kind == "garbage":
        return os.urandom(200)
    if kind == "huge":
        return b"\x30\x84\x7f\xff\xff\xff" + b"\x30" * 60000
    if kind == "empty":
        return b""
    _, message = next(parts(question))
    (_, version), (_, community), (_, pdu) = parts(message)
    (_, request), _, _, (_, binds) = parts(pdu)
    (_, bind), = parts(binds)
    (_, name), _ = parts(bind)
    one = item(0x30, item(6, name) + item(2, b"\x04"))
    if kind == "counter":
        one = item(0x30, item(6, name) + item(0x41, b"\x04"))
    elif kind == "other":
        one = item(0x30, item(6, name[:-1] + b"\x07") + item(2, b"\x04"))
    elif kind == "two":
        one += one
    pdu = item(0xa2, item(2, request) + item(2, b"\0") + item(2, b"\0") + item(0x30, one))
    return item(0x30, item(2, version) + item(4, community) + pdu)


def main():
    waiting = selectors.DefaultSelector()
    for port, kind in enumerate(sys.argv[1:], 1170):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", port))
        waiting.register(sock, selectors.EVENT_READ, kind)
    print("ready", flush=True)
    while True:
        for ready, _ in waiting.select():
            question, peer = ready.fileobj.recvfrom(65536)
            ready.fileobj.sendto(answer(ready.data, question), peer)


main()
