# SPDX-License-Identifier: GPL-2.0-or-later
"""What the external fencing scripts in Python have in common; external-lib.sh is the same for those in sh.

A script makes a subclass of Plugin and calls its main().  Parameters are data from the environment; whatever
comes from a device is bounded; each wait has a limit; success is positive evidence.
"""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from html import escape

BYTES_MAX = 1 << 18  # more than this from a device, in one answer, is nonsense
FAREWELL_S = 2  # for a device to hang up after the last word


class Failure(Exception):
    """What could not be done, and why: one line."""


def log(level, text):
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", text)[:1000]
    path = os.environ.get("PATH", "") + os.pathsep + os.defpath + os.pathsep + "@GLUEDIR@"
    program = shutil.which("ha_log.sh", path=path)
    if program:
        subprocess.run([program, level, text], stdout=sys.stderr, check=False,
                       env=dict(os.environ, PATH=path))
    else:
        print(f"{os.environ['HA_LOGTAG']}: {text}", file=sys.stderr)


class Param:
    """A parameter as getinfo-xml shows it; None leaves an attribute out."""

    def __init__(self, name, unique, required, label, text, default=None, content="string"):
        self.name, self.label, self.text, self.content = name, label, text, content
        self.attributes = "".join(f' {key}="{value}"' for key, value in (("unique", unique), ("required", required))
                                  if value is not None)
        self.default = "" if default is None else f' default="{escape(default)}"'

    def xml(self):
        return (f'<parameter name="{self.name}"{self.attributes}>\n<content type="{self.content}"{self.default} />\n'
                f'<shortdesc lang="en">\n{escape(self.label)}\n</shortdesc>\n'
                f'<longdesc lang="en">\n{escape(self.text)}\n</longdesc>\n</parameter>')


SSL_VERIFY = "Whether the device must show a certificate that is trusted: 1 or 0.  0 is for self-signed ones."
SSL_CAFILE = "A file with the certificates that are trusted; a self-signed one of the device itself will do."


class Plugin:
    devid = devname = devdescr = devurl = ""
    names = ()  # what getconfignames says, in the order of -p
    params = ()  # Param
    required = ()
    lines = ()  # parameters that are typed at a device: no control characters in them

    def param(self, name, default=""):
        return os.environ.get(name) or default

    def flag(self, name, default):
        return self.param(name, default).lower() in ("1", "yes", "y", "true", "on")

    def number(self, name, default, least, most):
        value = self.param(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise Failure(f"parameter {name}: '{value}' is not a number from {least} to {most}")
        return int(value)

    # What a script defines; each raises Failure.

    def check(self):
        """Looks at the parameters."""

    def hosts(self):
        raise NotImplementedError

    def status(self):
        raise NotImplementedError

    reset = on = off = None  # methods with a HOST

    # The one way in.

    def check_parameters(self):
        missing = [name for name in self.required if not self.param(name)]
        if missing:
            raise Failure("parameters are missing: " + " ".join(missing))
        for name in self.lines:
            if re.search(r"[\x00-\x1f\x7f]", self.param(name)):
                raise Failure(f"parameter {name}: a line end or control character cannot be part of it")
        self.check()

    def check_host(self, host):
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", host):
            raise Failure(f"'{host}' is not a host name")
        if host.lower() not in [name.lower() for name in self.hosts()]:
            raise Failure(f"this device does not control host '{host}'")

    def information(self, kind):
        if kind == "xml":
            return "\n".join(["<parameters>", *(param.xml() for param in self.params), "</parameters>"])
        return {"devid": self.devid, "devname": self.devname or self.devid, "devdescr": self.devdescr,
                "devurl": self.devurl}.get(kind)

    def run(self, words):
        operation, *rest = words or [""]
        if operation == "getconfignames":
            print(" ".join(self.names))
        elif operation.startswith("getinfo-") and self.information(operation[8:]) is not None:
            print(self.information(operation[8:]))
        elif operation == "gethosts":
            self.check_parameters()
            print("\n".join(self.hosts()))
        elif operation == "status":
            self.check_parameters()
            self.status()
        elif operation in ("reset", "on", "off") and rest:
            act = getattr(self, operation)
            if act is None:
                raise Failure(f"this device cannot do '{operation}'")
            self.check_parameters()
            self.check_host(rest[0])
            act(rest[0])
        else:
            name = os.path.basename(sys.argv[0])
            asked = operation in ("-h", "--help", "help")
            print(f"usage: {name} {{reset|on|off HOST|status|gethosts|getconfignames|"
                  "getinfo-{devid|devname|devdescr|devurl|xml}}", file=sys.stdout if asked else sys.stderr)
            return 0 if asked else 1
        return 0

    @classmethod
    def main(cls):
        os.environ.setdefault("HA_LOGTAG", "external/" + os.path.basename(sys.argv[0]))
        try:
            code = cls().run(sys.argv[1:])
            sys.stdout.flush()
        except Failure as reason:
            log("err", str(reason))
            code = 1
        except (OSError, ValueError) as reason:
            log("err", f"failed: {reason}")
            code = 1
        sys.exit(code)


def words_of(text):
    """The words of a list: blanks, commas and line ends divide it."""
    return [word for word in re.split(r"[\s,]+", text) if word]


def ping(host):
    """A host that does not answer a ping raises Failure."""
    done = subprocess.run(["ping", "-w1", "-c1", "--", host], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=15, check=False)
    if done.returncode != 0:
        raise Failure(f"{host} does not answer a ping")


class Deadline:
    """When an operation with all its parts must be over."""

    def __init__(self, seconds):
        self._end = time.monotonic() + seconds

    def left(self, most=1e9):
        """Seconds for the next part; raises Failure when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Failure("the device took too long")
        return min(left, most)


def connect(host, port, seconds):
    try:
        return socket.create_connection((host, port), timeout=seconds)
    except ConnectionResetError:
        raise
    except OSError as reason:
        raise Failure(f"cannot connect to {host} port {port}: {reason}") from reason


def tls_context(verify, cafile):
    """Old devices speak old TLS; the protocol of a kind is their matter, verification the caller's."""
    context = ssl.create_default_context(cafile=cafile or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif cafile:
        context.check_hostname = False  # the certificate of this very device, often without its address
    try:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    except (ValueError, ssl.SSLError):
        pass  # a library that has no such thing any more
    return context


class Telnet:
    """A session with a device that asks and is answered.  Its telnet options are refused."""

    IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240

    def __init__(self, host, port, deadline):
        self._deadline = deadline
        self._socket = connect(host, port, deadline.left(20))
        self._name = host
        self._text = b""
        self._options = b""  # the beginning of one that is not whole

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        self._socket.close()

    def send(self, text):
        self._socket.settimeout(self._deadline.left(10))
        self._socket.sendall(text.replace("\xff", "\xff\xff").encode("utf-8"))

    def leave(self, text):
        """Says the last word, TEXT.  To close while the device still talks would reset the connection, and the device
        might never read it.  What was asked for is done by now, so nothing that happens here is a failure."""
        try:
            self.send(text)
            self._socket.shutdown(socket.SHUT_WR)
            end = time.monotonic() + FAREWELL_S
            while (left := end - time.monotonic()) > 0:
                self._socket.settimeout(self._deadline.left(left))
                if not self._socket.recv(4096):
                    break
        except (OSError, Failure):
            pass

    def _take(self, data):
        """What of DATA is text; answers what is options."""
        data = self._options + data
        self._options = b""
        text, at = bytearray(), 0
        while at < len(data):
            if data[at] != self.IAC:
                text.append(data[at])
                at += 1
                continue
            rest = data[at + 1:at + 3]
            if len(rest) >= 1 and rest[0] == self.SB:
                end = data.find(bytes((self.IAC, self.SE)), at)
                if end >= 0:
                    at = end + 2
                    continue
            elif len(rest) == 2 and rest[0] in (self.DO, self.WILL):
                answer = self.WONT if rest[0] == self.DO else self.DONT
                self._socket.sendall(bytes((self.IAC, answer, rest[1])))
                at += 3
                continue
            elif len(rest) == 2 and rest[0] in (self.DONT, self.WONT):
                at += 3
                continue
            elif rest and rest[0] not in (self.DO, self.WILL, self.DONT, self.WONT):
                at += 2
                continue
            self._options = data[at:at + 4096]
            break
        return bytes(text)

    def expect(self, seconds, *tokens):
        """The index of the token that comes first, within SECONDS; Failure when none does.  What is before
        it, and it, is taken away."""
        end = time.monotonic() + seconds
        while True:
            found = [(at, index) for index, token in enumerate(tokens)
                     if (at := self._text.find(token.encode())) >= 0]
            if found:
                at, index = min(found)
                self._text = self._text[at + len(tokens[index].encode()):]
                return index
            if len(self._text) > BYTES_MAX:
                raise Failure(f"{self._name} talks without end; waited for {tokens[0]!r}")
            left = end - time.monotonic()
            if left <= 0:
                raise Failure(f"did not find {tokens[0]!r} from {self._name}; received {self._text[-200:]!r}")
            self._socket.settimeout(self._deadline.left(left))
            try:
                data = self._socket.recv(4096)
            except socket.timeout:
                continue
            if not data:
                raise Failure(f"{self._name} closed the connection; waited for {tokens[0]!r}")
            self._text += self._take(data)
