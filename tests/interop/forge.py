# SPDX-License-Identifier: GPL-2.0-or-later
"""Cluster messages made by hand, signed or not, and a way to throw them from a machine."""

import base64
import hashlib
import hmac
import json

_THROW = """
import base64, json, socket, sys, time
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for host, text, count in json.load(sys.stdin):
    data = base64.b64decode(text)
    for number in range(count):
        out.sendto(data, (host, 694))
        if number % 50 == 49:
            time.sleep(0.002)
    time.sleep(0.001)
"""


def throw(machine, host, datagrams, times=1):
    """Sends each of DATAGRAMS to port 694 of HOST."""

    work = [(host, base64.b64encode(one).decode(), times) for one in datagrams]
    machine.run(["/usr/bin/python3", "-c", _THROW], input=json.dumps(work), timeout=60, check=True)


def _token(covered, key):
    return hmac.new(key, covered, hashlib.md5).hexdigest().encode()


def netstring(fields, key=None, index=1):
    """FIELDS: (name, text or bytes) in order.  Signed with md5 when there is a KEY."""
    data = b"###\n"
    for name, value in fields:
        kind = 1 if isinstance(value, bytes) else 0
        raw = value if kind else value.encode()
        field = f"({kind}){name}=".encode() + raw
        data += b"%d:%s," % (len(field), field)
    data += b"%%%\n"
    if key:
        trailer = b"%d %s" % (index, _token(data, key))
        data += b"%d:%s," % (len(trailer), trailer)
    return data


def classic(fields, key=None, index=1):
    """The old form, for strings only."""
    body = b"".join(f"{name}={value}\n".encode() for name, value in fields)
    auth = b"auth=%d %s\n" % (index, _token(body, key)) if key else b""
    return b">>>\n" + body + auth + b"<<<\n\0"
