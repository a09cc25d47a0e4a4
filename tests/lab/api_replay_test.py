#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Replays recorded sessions of the local API that need more than one node.

Each session was recorded on one of two nodes at a time, with a client of the same name on both.  Two of our daemons
run, both clients are played at once, and each sends its next frame only when everything has come that had come to it
in the recording before that frame.  Compared are answers and what clients and their daemons say to each other; not
heartbeats, link changes, resource messages, nor numbers that differ from run to run.
"""

import base64
import os
import re
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import Lab, LabError, Skip, installs  # noqa: E402
from lab.suite import run  # noqa: E402

VECTORS = HERE.parent.parent.parent / "shared/vectors/api"
WAIT_S = 15

PAIRS = (
    ("named-session", {"apia": "raw-named-session", "apib": "raw-named-session-peer"}),
    ("fieldtypes-classic", {"apia": "raw-fieldtypes-classic", "apib": "raw-fieldtypes-classic-peer"}),
    ("dopd", {"apia": "dopd-node-a", "apib": "dopd-node-b"}),
    ("ipfail", {"apia": "ipfail-node-a", "apib": "ipfail-node-b"}),
)
AT_ONCE = ("ipfail",)  # both signed on at one moment: who hears whose join is chance

PING = "10.77.0.254"
# Those of the recordings: clients ask by them.
UUIDS = {"apia": "104ca61ab70342de957febcdbe0923fa", "apib": "9aa21ec2d31a45ab8c39fb467ffb47b3"}
HARESOURCES = "apia IPaddr2::10.77.0.100/24/eth0\napib IPaddr2::10.77.0.101/24/eth0\n"

HA_CF = """logfile /var/log/ha-log
keepalive 500ms
warntime 2
deadtime 4
initdead 4
udpport 694
bcast eth0 eth1
auto_failback off
node apia apib
ping 10.77.0.254
apiauth mytest uid=root
apiauth dopd gid=haclient uid=hacluster
"""

# Differ from run to run, or from installation to installation.
MASKED = {"seq", "hg", "ts", "ld", "auth", "srcuuid", "destuuid", "queryuuid", "client_gen", "hbversion", "ttl"}
ACCOUNTS = {"101": installs.HACLUSTER_UID, "102": installs.HACLIENT_GID, "0": 0}

# In the node: connects as UID GID, says its pid, then passes bytes on both ways.
RELAY = r"""
import os, select, signal, socket, sys
for number in range(1, 32):
    if number in (signal.SIGUSR1, signal.SIGUSR2): signal.signal(number, lambda *_: None)
uid, gid = int(sys.argv[1]), int(sys.argv[2])
os.setgroups([]); os.setgid(gid); os.setuid(uid)
s = socket.socket(socket.AF_UNIX); s.connect("/run/heartbeat/register")
os.write(1, b"%d\n" % os.getpid())
while True:
    for fd in select.select([0, s], [], [])[0]:
        data = os.read(0, 65536) if fd == 0 else s.recv(65536)
        if not data: sys.exit()
        if fd == 0: s.sendall(data)
        else:
            while data: data = data[os.write(1, data):]
"""


# ---- Messages ----

def decode(body):
    """{name: text} of a message in either form; binary values in base64."""
    if body.startswith(b"###\n"):
        fields, at = {}, 4
        while body[at:at + 4] != b"%%%\n":
            colon = body.index(b":", at)
            end = colon + 1 + int(body[at:colon])
            item = body[colon + 1:end]
            kind, (name, value) = item[1:2], item[3:].split(b"=", 1)
            fields.setdefault(name.decode(), base64.b64encode(value).decode() if kind in b"14" else
                              value.decode("latin-1"))
            at = end + 1
        return fields
    lines = body.decode("latin-1").split("\n")[1:]
    fields = {}
    for line in lines[:lines.index("<<<")]:
        name, value = re.sub(r"^\(\d\)", "", line).split("=", 1)
        fields.setdefault(name, value)
    return fields


def stream_of(message):
    """The answers are one stream, the messages of each node another; None: not compared."""
    kind = message.get("t", "")
    if kind == "hbapi-resp":
        return "answers"
    if kind in ("status", "ifstat", "NS_st", "NS_ackmsg", "query-cstatus") or "to_id" not in message:
        return None
    if kind == "ask_resources":  # ours asks in its own name for the client that may
        return None
    return "messages of " + message.get("src", "?")


def is_join(message, own):
    return message.get("t") == "hbapi-clstat" and message["st"] == "join" and message["src"] != own


def masked(message):
    return {name: value for name, value in message.items() if name not in MASKED}


class Streams:
    """Comparable messages by stream.  What is repeated at once counts once: types with NS_ come once for each link,
    and filters of debugging show copies."""

    def __init__(self, own, joins):
        self.own = own
        self.joins = joins  # of the other node are compared, too
        self.of = {}

    def add(self, message):
        name = stream_of(message)
        if name is None or (not self.joins and is_join(message, self.own)):
            return
        stream = self.of.setdefault(name, [])
        if not stream or name == "answers" or stream[-1] != masked(message):
            stream.append(masked(message))

    def counts(self):
        return {name: len(stream) for name, stream in self.of.items()}


# ---- The recording ----

def read_recording(name):
    """[("send" or "expect", body)]"""
    path = VECTORS / f"{name}.vec"
    if not path.exists():
        raise Skip(f"no recording {path.name}")
    steps = []
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith(("C>S ", "S>C ")):
            steps.append(("send" if line[0] == "C" else "expect", bytes.fromhex(line.split()[2])))
    return steps


class Player(threading.Thread):
    """One client of a recording, on one node."""

    def __init__(self, node, steps, joins, together):
        super().__init__(daemon=True)
        self.together = together  # a barrier to be passed once signed on; None = on one's own
        self.node = node
        self.steps = steps
        self.want = Streams(node.name, joins)
        self.got = Streams(node.name, joins)
        self.ping = "ping"  # what it has heard of the ping node
        self.problem = None
        self.signed_on = threading.Event()
        self.over = threading.Event()
        first = decode(steps[0][1])
        self.name_of_client = first["from_id"]
        uid, gid = (str(ACCOUNTS[first[k]]) for k in ("uid", "gid"))
        node.write("/root/relay.py", RELAY)
        self.relay = node.spawn(["python3", "/root/relay.py", uid, gid], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, bufsize=0)
        self.ids = {"pid": b"", "uid": uid.encode(), "gid": gid.encode()}
        self.data = b""

    def joins_first(self):
        """In the recording the other one joined while this one listened."""
        return any(step == "expect" and is_join(decode(body), self.node.name) for step, body in self.steps)

    def run(self):
        try:
            self.ids["pid"] = self.relay.stdout.readline().strip()
            if not self.ids["pid"]:
                raise LabError("cannot connect")
            for kind, body in self.steps:
                if kind == "expect":
                    message = decode(body)
                    self.want.add(message)
                    self.follow_ping(message)
                    continue
                self.catch_up()
                if self.together and self.signed_on.is_set():
                    self.together.wait(WAIT_S)
                    self.together = None
                self.send(body)
            self.catch_up()
            self.relay.stdin.close()  # the client ends: its namesake may have to hear of it
        except (LabError, OSError, ValueError, threading.BrokenBarrierError) as error:
            self.problem = f"{self.node.name}: {error}"
        finally:
            self.signed_on.set()
            self.over.set()

    def follow_ping(self, message):
        """The ping node went away or came back here: now it does so again.  (The second "dead", just before it is
        back, is one that we leave out.)"""
        if message.get("src") != PING or message["st"] == self.ping:
            return
        if (message["st"] == "dead") == (self.ping == "dead"):
            return
        lab = self.node.lab
        (lab.cut if message["st"] == "dead" else lab.heal)("pinged", self.node)
        deadline = time.monotonic() + WAIT_S
        while self.ping != message["st"]:
            if not self.hear(deadline - time.monotonic()):
                raise LabError(f"the ping node is not seen to be {message['st']}")

    def catch_up(self):
        """Waits for all that had come so far in the recording."""
        deadline = time.monotonic() + WAIT_S
        while any(self.got.counts().get(name, 0) < count for name, count in self.want.counts().items()):
            if not self.hear(deadline - time.monotonic()):
                self.compare()
                raise LabError("something that was recorded does not come")
        self.compare()

    def compare(self):
        for name, want in self.want.of.items():
            for number, message in enumerate(want):
                got = self.got.of.get(name, [])
                have = got[number] if number < len(got) else None
                if have != message:
                    raise LabError(f"{name}, number {number}: recorded {message}, came {have}")

    def hear(self, patience):
        if patience <= 0 or not select.select([self.relay.stdout], [], [], patience)[0]:
            return False
        more = os.read(self.relay.stdout.fileno(), 65536)
        if not more:
            raise LabError("the daemon has closed the connection")
        self.data += more
        while len(self.data) >= 8 and len(self.data) >= 8 + (size := struct.unpack("=i", self.data[:4])[0]):
            message = decode(self.data[8:8 + size])
            self.data = self.data[8 + size:]
            self.got.add(message)
            if message.get("src") == PING and "st" in message:
                self.ping = message["st"]
            if message.get("reqtype") == "signon":
                self.signed_on.set()
        return True

    def send(self, body):
        for field, value in self.ids.items():
            if b"t=hbapi-req\n" in body:
                body = re.sub(rb"(?m)^%s=\d+$" % field.encode(), field.encode() + b"=" + value, body)
        self.relay.stdin.write(struct.pack("=iI", len(body), 0xabcd) + body)

    def close(self):
        if not self.relay.stdin.closed:
            self.relay.stdin.close()
        self.relay.wait(60)
        self.relay.stdout.close()


# ---- A pair ----

def play(_lab, nodes, recordings, joins):
    together = None if joins else threading.Barrier(len(nodes))
    one, other = (Player(node, read_recording(recordings[node.name]), joins, together) for node in nodes)
    players = [one, other] if one.joins_first() else [other, one]
    for player in players:
        player.start()
        if joins:
            player.signed_on.wait(WAIT_S)
    for player in players:
        player.over.wait(4 * WAIT_S)
    for player in players:
        player.close()
    problems = [p.problem for p in players if p.problem]
    if problems:
        raise LabError("; ".join(problems))
    if not any(p.want.of.get("answers") for p in players):
        raise LabError("nothing was compared")


def cluster(lab):
    nodes = lab.nodes("apia", "apib")
    lab.host("pinged", address="10.77.0.254")
    for node in nodes:
        node.configure(HA_CF, HARESOURCES, "auth 1\n1 sha1 apispec\n")
        node.write("/var/lib/heartbeat/hb_uuid", bytes.fromhex(UUIDS[node.name]))
        node.start_heartbeat()
    lab.wait(lambda: all(node.rscstatus() not in (None, "", "transition") for node in nodes), 40, "both are up")
    lab.wait(lambda: all(node.rscstatus() == "local" for node in nodes), 30, "both hold their own")
    for node in nodes:
        stand_in(node, "ccm")
    return nodes


def stand_in(node, name):
    """Somebody of that name is signed on."""
    node.write("/root/relay.py", RELAY)
    relay = node.spawn(["python3", "/root/relay.py", str(installs.HACLUSTER_UID), str(installs.HACLIENT_GID)],
                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    pid = int(relay.stdout.readline())
    body = (f">>>\nt=hbapi-req\nreqtype=signon\npid={pid}\nfrom_id={name}\nuid={installs.HACLUSTER_UID}\n"
            f"gid={installs.HACLIENT_GID}\n<<<\n\0").encode()
    relay.stdin.write(struct.pack("=iI", len(body), 0xabcd) + body)
    heard = b""
    while b"result=OK" not in heard:
        if not select.select([relay.stdout], [], [], WAIT_S)[0] or not (more := os.read(relay.stdout.fileno(), 4096)):
            raise LabError(f"{name} cannot sign on: {heard}")
        heard += more
    return relay


# ---- Events ----

# What a client without a name is told of; resource messages are the business of other tests.
TOLD = ("ifstat", "status", "NS_st", "shutdone", "starting", "stonith", "hb_takeover")


def read_events(name):
    """[(action, {stream: [message]})]"""
    path = VECTORS / f"{name}.vec"
    if not path.exists():
        raise Skip(f"no recording {path.name}")
    found = []
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("# --- action: "):
            found.append((line.split(": ", 1)[1], {}))
        elif line.startswith("S>C ") and found:
            add_event(found[-1][1], decode(bytes.fromhex(line.split()[2])))
    return found


def add_event(streams, message):
    """By type and node.  "dead" before the ping node's return, which was dead already, is one that we leave out."""
    kind, about = message["t"], message.get("node", message.get("src"))
    if kind not in TOLD or (about == PING and kind == "status"):
        return
    if kind == "ifstat":
        about += " " + message["ifname"]
    streams.setdefault(f"{kind} {about}", []).append(
        {name: value for name, value in masked(message).items() if name not in ("hbfeat", "hbask", "hbgen")})  # ours


class Listener:
    """A client without a name on NODE."""

    def __init__(self, node):
        node.write("/root/relay.py", RELAY)
        self.relay = node.spawn(["python3", "/root/relay.py", "0", "0"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, bufsize=0)
        pid = int(self.relay.stdout.readline())
        body = f">>>\nt=hbapi-req\nreqtype=signon\npid={pid}\nuid=0\ngid=0\n<<<\n\0".encode()
        self.relay.stdin.write(struct.pack("=iI", len(body), 0xabcd) + body)
        self.data, self.streams, self.eof = b"", {}, False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while more := os.read(self.relay.stdout.fileno(), 65536):
            self.data += more
            while len(self.data) >= 8 and len(self.data) >= 8 + (size := struct.unpack("=i", self.data[:4])[0]):
                add_event(self.streams, decode(self.data[8:8 + size]))
                self.data = self.data[8 + size:]
        self.eof = True


def act(lab, nodes, action):
    apia, apib = nodes
    if "link eth1 of apib" in action:
        apib.link("eth1", "comes back" in action)
    elif "ping node" in action:
        (lab.heal if "comes back" in action else lab.cut)("pinged", apia)
    elif "hb_standby on apib" in action:
        apib.run("/usr/share/heartbeat/hb_standby all", check=True)
    elif "apib stopped" in action:
        apib.stop_heartbeat()
    elif "apib started" in action:
        apib.start_heartbeat()
    elif "hb_takeover on apia" in action:
        apia.run("/usr/share/heartbeat/hb_takeover all", check=True)


def play_events(lab, nodes):
    """Every action of the recording, and after each what a client is told of it, in the order of each stream."""
    listener = Listener(nodes[0])
    for action, want in read_events("events-casual"):
        listener.streams.clear()
        lab.wait(lambda: all(node.rscstatus() != "transition" for node in nodes if node.daemon_pids()), 30,
                 f"resources rest before: {action}")
        act(lab, nodes, action)
        try:
            lab.wait(lambda w=want: all(listener.streams.get(name, [])[:len(stream)] == stream
                                        for name, stream in w.items()), 30, action)
        except LabError as error:
            wrong = {name: (stream, listener.streams.get(name)) for name, stream in want.items()
                     if listener.streams.get(name, [])[:len(stream)] != stream}
            raise LabError(f"{error}: recorded and told: {wrong}") from None
    nodes[0].stop_heartbeat()
    lab.wait(lambda: listener.eof, 20, "EOF when the daemon stops")


def has_ping(node):
    done = node.run(["cl_status", "nodestatus", "10.77.0.254"])
    return done.stdout == "ping\n"


def alone(test, *arguments):
    """Each on two nodes of its own: what a client leaves behind is seen by the next one."""
    with Lab("api", networks=("eth0", "eth1")) as lab:
        nodes = cluster(lab)
        lab.wait(lambda: all(has_ping(node) for node in nodes), 20, "the ping node answers")
        test(lab, nodes, *arguments)


if __name__ == "__main__":
    CASES = {name: (alone, play, recordings, name not in AT_ONCE) for name, recordings in PAIRS}
    sys.exit(run("api_replay", {"events": (alone, play_events), **CASES}, __doc__, jobs=5))  # mostly they wait
