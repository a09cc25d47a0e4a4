#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The local API between old programs and new daemons, and the other way round.

Usage: cl_status_test.py [paper|lab]      default: both

paper  Debian's cl_status and ours ask the same server (tests/vectors/api_test --serve) the same
       questions, in a mount namespace with a /run of its own: answers, errors and exit codes must be the
       same, but for the list of those that are better on purpose.
lab    one node with our daemon, one with Debian's: each cl_status against both daemons, and clients of
       one name on both nodes that join, talk and leave.
"""

import json
import os
import re
import socket
import struct
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import Lab, LabError, Skip, catch_signals, failure  # noqa: E402
from lab import installs, places  # noqa: E402

SOCKET = "/run/heartbeat/register"
failures = 0


def report(name, problem=None):
    global failures
    if problem:
        failures += 1
        print(failure(f"cl_status/{name}", problem), flush=True)
    else:
        print(f"ok cl_status/{name}", flush=True)


# ---- Paper ----

SAME = """
|foo|hbstatus|hbstatus -m|hbstatus -v|hbstatus -v -m|hbstatus extra
|listnodes|listnodes -n|listnodes -p|listnodes -n -p|listnodes -m|listnodes -v|listnodes -v -m
|nodestatus|nodestatus apib|nodestatus APIB -m|nodestatus -m apib|nodestatus apib extra|nodestatus zzz
|nodestatus 10.77.0.254|nodestatus apib -- extra
|nodeweight|nodeweight apib|nodeweight apib -m|nodeweight zzz
|nodesite|nodesite apib|nodesite apib -m|nodesite zzz
|nodetype|nodetype apib|nodetype 10.77.0.254 -m|nodetype zzz
|listhblinks|listhblinks apib|listhblinks -v apib|listhblinks -m apib|listhblinks -m -v apib|listhblinks zzz
|hblinkstatus|hblinkstatus apib|hblinkstatus apib eth0|hblinkstatus apib eth0 -m|hblinkstatus apib eth9
|hblinkstatus zzz eth0
|clientstatus|clientstatus apib|clientstatus apib ccm|clientstatus apib ccm -m|clientstatus apib xx
|clientstatus apia ccm|clientstatus apia xx|clientstatus zzz ccm|clientstatus zzz ccm 100
|rscstatus|rscstatus -m|rscstatus x
|hbparameter|hbparameter -p keepalive|hbparameter -p keepalive -m|hbparameter -p nosuch
|hbparameter -p hbversion|hbparameter keepalive|test
|-m nodestatus apib|-v hbstatus
"""

# What is better on purpose: arguments, exit code, a piece of the output.
BETTER = (
    (["--help"], 0, "Sub-commands:"),
    (["nodestatus", "--help"], 0, "Sub-commands:"),
    (["hbstatus", "-z"], 11, "invalid option -- 'z'"),
    (["hbparameter", "-p"], 11, "requires an argument"),
    (["clientstatus", "apib", "ccm", "x"], 11, "not a number"),
    (["nodestatus", "--nonsense", "apib"], 11, "unrecognized option"),
)

JSON = (
    (["hbstatus", "--json"], {"running": True, "node": "apia", "managed_by": "haresources"}),
    (["listnodes", "--json", "-p"],
     {"nodes": [{"name": "10.77.0.254", "type": "ping", "status": "ping"}]}),
    (["nodestatus", "apib", "--json"], {"node": "apib", "status": "active"}),
    (["nodeweight", "apib", "--json"], {"node": "apib", "weight": "100"}),
    (["nodetype", "apib", "--json"], {"node": "apib", "type": "normal"}),
    (["nodesite", "apib", "--json"], {"node": "apib", "site": ""}),
    (["listhblinks", "--json", "apib"], {"links": [{"name": "eth1"}, {"name": "eth0"}]}),
    (["hblinkstatus", "apib", "eth0", "--json"], {"link": "eth0", "status": "up"}),
    (["clientstatus", "apib", "ccm", "--json"], {"client": "ccm", "status": "online"}),
    (["rscstatus", "--json"], {"resources": "local"}),
    (["hbparameter", "-p", "keepalive", "--json"], {"name": "keepalive", "value": "500ms"}),
)


def debian_tree():
    """Unpacked; where also others than root may read it."""
    installs.layer("debian")
    return places.ROOT / "build/debian306"


def debian_environment(tree):
    return {"LD_LIBRARY_PATH": f"{tree}/usr/lib:{tree}/usr/lib/x86_64-linux-gnu"}


class Programs:
    def __init__(self, everybody=None):
        tree, ours = debian_tree(), places.BUILD / "bin/cl_status"
        if everybody:
            tree, ours = self._copy(tree, ours, Path(everybody))
        self.debian = str(tree / "usr/bin/cl_status")
        self.ours = str(ours)
        self.environment = {**os.environ, **debian_environment(tree)}

    @staticmethod
    def _copy(tree, ours, place):
        """Where others than root may read them, too: the source may lie in root's home."""
        (place / "usr/bin").mkdir(parents=True)
        shutil.copytree(tree / "usr/lib", place / "usr/lib", symlinks=True)
        shutil.copy(tree / "usr/bin/cl_status", place / "usr/bin")
        shutil.copy(ours, place / "cl_status")
        return place, place / "cl_status"

    def ask(self, program, args, user=()):
        done = subprocess.run([*user, program, *args], capture_output=True, text=True, timeout=60,
                              env=self.environment if program == self.debian else None)
        error = re.sub(r"^\w{3} [ \d]\d [\d:]{8} \S+ (cl_status: \[)\d+", r"\1PID", done.stderr,
                       flags=re.MULTILINE)
        return done.returncode, done.stdout, error

    def differ(self, args, user=()):
        old, new = self.ask(self.debian, args, user), self.ask(self.ours, args, user)
        return None if old == new else f"{' '.join(args)}: Debian's {old}, ours {new}"


class Server:
    """The cluster of the recordings, on paper, behind our real server."""

    def __init__(self, *held):
        program = places.BUILD / "tests/vectors/api_test"
        if not program.exists():
            raise Skip(f"{program} is not built")
        self.process = subprocess.Popen([program, "--serve", SOCKET, *held], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        if self.process.stdout.readline() != "ready\n":
            raise LabError("the server does not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)


def paper_same(programs):
    problems = [programs.differ(words.split()) for words in SAME.replace("\n", "").split("|")[1:]]
    report("paper-same", "; ".join([problem for problem in problems if problem][:3]))


def paper_held(programs):
    for held in ("none", "all", "transition", "refused"):
        with Server(held):
            found = [programs.differ(args.split()) for args in ("rscstatus", "rscstatus -m", "test")]
            report(f"paper-held-{held}", next(filter(None, found), None))


def paper_better(programs):
    for args, code, piece in BETTER:
        got = programs.ask(programs.ours, args)
        good = got[0] == code and piece in got[1] + got[2]
        report("paper-better " + " ".join(args), None if good else f"got {got}")


def paper_json(programs):
    for args, want in JSON:
        code, out, error = programs.ask(programs.ours, args)
        try:
            got = json.loads(out)
            good = code == 0 and out.count("\n") == 1 and want.items() <= got.items()
        except (ValueError, TypeError):
            good = False
        report("paper-json " + " ".join(args), None if good else f"{code} {out} {error}")


def paper_refused(programs):
    """Others than root and haclient, who got as far as the socket."""
    user = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups")
    Path(SOCKET).parent.chmod(0o755)
    found = [programs.differ(args.split(), user)
             for args in ("hbstatus", "hbstatus -v", "listnodes", "rscstatus")]
    report("paper-refused", next(filter(None, found), None))


def paper_stopped(programs):
    found = [programs.differ(args.split()) for args in ("hbstatus", "hbstatus -v", "listnodes", "test")]
    report("paper-stopped", next(filter(None, found), None))
    code, out, _ = programs.ask(programs.ours, ["hbstatus", "--json"])
    report("paper-stopped-json", None if (code, json.loads(out)) == (1, {"running": False}) else out)


def paper_hanging(programs):
    with subprocess.Popen(
            [sys.executable, "-c", "import socket, sys\n"
             f"s = socket.socket(socket.AF_UNIX); s.bind('{SOCKET}'); s.listen(5)\n"
             "print('ready', flush=True); sys.stdin.read()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as silent:
        silent.stdout.readline()
        begin = time.monotonic()
        code = programs.ask(programs.ours, ["listnodes"])[0]
        took = time.monotonic() - begin
        silent.stdin.close()
        good = code == 12 and 4.9 < took < 40
        report("paper-hanging", None if good else f"exit code {code} after {took:.1f} s")


class Listener:
    """A unix socket whose connections HANDLE serves, one at a time."""

    def __init__(self, path, handle):
        Path(path).parent.mkdir(exist_ok=True)
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(5)
        self.handle = handle
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                peer = self.socket.accept()[0]
            except OSError:
                return
            with peer:
                try:
                    self.handle(peer)
                except (OSError, struct.error):
                    pass  # the client has gone

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        os.unlink(self.path)


def old_daemon(peer):
    """Answers as 2.1 did: lists of names only, no version at the sign-on."""
    def say(*fields):
        body = (">>>\n" + "".join(f + "\n" for f in ("t=hbapi-resp", *fields)) + "<<<\n\0").encode()
        peer.sendall(struct.pack("=iI", len(body), 0xabcd) + body)

    nodes = {"apia": ("active", "normal"), "apib": ("dead", "normal"), "10.0.0.1": ("ping", "ping")}
    while True:
        length = struct.unpack("=iI", peer.recv(8, socket.MSG_WAITALL))[0]
        body = peer.recv(length, socket.MSG_WAITALL).decode()
        ask = dict(line.split("=", 1) for line in body.split("\n") if "=" in line)
        kind, node = ask["reqtype"], ask.get("node", "")
        head = f"reqtype={kind}"
        if kind == "signon":
            say(head, "result=OK", "deadtime=fa0", "keepalive=1f4", "node=apia", "logfacility=-1")
        elif kind == "nodelist":
            for i, name in enumerate(nodes):
                say(head, f"node={name}", "result=" + ("OK" if i + 1 == len(nodes) else "ok/more"))
        elif kind == "nodestatus":
            say(head, f"st={nodes[node][0]}", "result=OK")
        elif kind == "nodetype":
            say(head, f"nodetype={nodes[node][1]}", "result=OK")
        elif kind == "iflist":
            say(head, "ifname=eth0", "result=ok/more")
            say(head, "ifname=eth1", "result=OK")
        elif kind == "ifstatus":
            say(head, "st=" + ("up" if ask["ifname"] == "eth0" else "dead"), "result=OK")
        elif kind == "getrsc":
            say(head, "rsc_hold=foreign", "result=OK")
        elif kind == "getparm":
            say(head, "pvalue=2.1.3", "result=OK")
        elif kind == "signoff":
            return
        else:
            say(head, "result=badreq")


def paper_old(programs):
    with Listener(SOCKET, old_daemon):
        found = [programs.differ(args.split())
                 for args in ("hbstatus", "listnodes", "listnodes -n", "listnodes -v", "listhblinks apib",
                              "listhblinks -v apib", "nodestatus apib", "hblinkstatus apib eth1")]
        report("paper-old-daemon", next(filter(None, found), None))
        code, out, _ = programs.ask(programs.ours, ["hbstatus", "-v"])
        word = programs.ask(programs.ours, ["rscstatus"])  # 3.0.6 takes it for a pacemaker cluster
        report("paper-old-resources", None if word == (0, "foreign\n", "") else word)
        report("paper-old-version", None if out.startswith("version:\t2.1.3\n") and not code else out)


def ccm(quorum, members, own=0):
    """Pushes a list of nodes and a membership, as ccm does."""
    names = (b"apia", b"apib", b"apic")
    nodes = struct.pack("=iIi", 4, len(names), own)
    for i, name in enumerate(names):
        nodes += struct.pack("=I255sx", i, name)
    event = struct.pack("=iiii", 2, len(members), 3, quorum)
    for member, born in members:
        event += struct.pack("=ii", member, born)

    def push(peer):
        # In one write: the old program may not wait for the second.
        peer.sendall(b"".join(struct.pack("=iI", len(b), 0xabcd) + b for b in (nodes, event)))
        peer.recv(1)  # until it has read enough
    return push


def paper_ccm(programs):
    for name, push in (("quorum", ccm(1, ((0, 2), (1, 1), (2, 3)))),
                       ("noquorum", ccm(0, ((0, 1),))),
                       ("equal-age", ccm(1, ((2, 1), (0, 1), (1, 1))))):
        with Listener("/run/heartbeat/ccm/ccm", push):
            report(f"paper-ccm-{name}", programs.differ(["hbstatus", "-v"]))
    with Listener("/run/heartbeat/ccm/ccm", lambda peer: peer.sendall(b"\xff" * 64)):
        code, out, _ = programs.ask(programs.ours, ["hbstatus", "-v"])
        report("paper-ccm-garbage", None if code == 0 and "ccm" not in out else out)


def paper_inside():
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    programs = Programs("/run/programs")
    paper_stopped(programs)
    with Server():
        paper_same(programs)
        paper_better(programs)
        paper_json(programs)
        paper_ccm(programs)
        paper_refused(programs)
    paper_old(programs)
    paper_held(programs)
    paper_hanging(programs)
    return 1 if failures else 0


def paper():
    places.require()
    done = subprocess.run(["unshare", "-m", "--propagation", "private", sys.executable, __file__,
                           "paper-inside"])
    return done.returncode


# ---- Lab ----

HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 500ms
deadtime 2000ms
initdead 4000ms
bcast eth0 eth1
auto_failback on
apiauth mytest uid=root
node alpha bravo
"""

# A named client: prints each message it hears as a line, sends each line it is told.
CLIENT = r"""
import os, selectors, socket, struct, sys
s = socket.socket(socket.AF_UNIX); s.connect("/run/heartbeat/register")
def send(*lines):
    body = (">>>\n" + "".join(l + "\n" for l in lines) + "<<<\n\0").encode()
    s.sendall(struct.pack("=iI", len(body), 0xabcd) + body)
send("t=hbapi-req", "reqtype=signon", f"pid={os.getpid()}", "from_id=mytest", "uid=0", "gid=0")
sel = selectors.DefaultSelector()
sel.register(s, selectors.EVENT_READ); sel.register(0, selectors.EVENT_READ)
data = b""
told = b""
while True:
    for key, _ in sel.select():
        if key.fd == 0:
            more = os.read(0, 65536)
            if not more: sys.exit()
            *lines, told = (told + more).split(b"\n")
            for line in lines: send(*line.decode().split())
            continue
        more = s.recv(65536)
        if not more: print("EOF", flush=True); sys.exit()
        data += more
        while len(data) >= 8 and len(data) >= 8 + struct.unpack("=i", data[:4])[0]:
            n = struct.unpack("=i", data[:4])[0]
            body, data = data[8:8 + n], data[8 + n:]
            print(" ".join(body.decode(errors="replace").split("\n")[1:-2]), flush=True)
"""


class Client:
    """One of those on a node."""

    def __init__(self, lab, node):
        self.lab, self.node, self.lines = lab, node, []
        self.process = node.spawn(["python3", "-u", "-c", CLIENT], text=True, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        threading.Thread(target=self._listen, daemon=True).start()
        self.wait("reqtype=signon result=OK")

    def say(self, *fields):
        self.process.stdin.write(" ".join(fields) + "\n")
        self.process.stdin.flush()

    def _listen(self):
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def wait(self, *pieces, timeout=5):
        """Until a message has all PIECES; returns it."""
        def found():
            return next((line for line in list(self.lines) if all(p in line for p in pieces)), None)
        try:
            self.lab.wait(found, timeout, f"{self.node.name} hears {pieces}", every=0.02)
        except LabError as error:
            raise LabError(f"{error}; heard: {self.lines[-5:]}") from None
        return found()

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


def lab_commands(alpha, bravo, tree):
    """Either cl_status against either daemon; the peer's state is the same everywhere."""
    # Machines have a /tmp of their own, and the source tree may lie in the host's: they get copies.
    for node in (alpha, bravo):
        for name in ("debian", "ours"):
            node.run(f"mkdir -p /opt/{name}", check=True)
        for library in sorted((tree / "usr/lib").rglob("lib*.so*")):
            node.path(f"/opt/debian/{library.name}").write_bytes(library.read_bytes())
        for name, program in (("debian", tree / "usr/bin/cl_status"), ("ours", places.BUILD / "bin/cl_status")):
            node.path(f"/opt/{name}/cl_status").write_bytes(Path(program).read_bytes())
            node.run(f"chmod 755 /opt/{name}/cl_status", check=True)
    debian = (["/opt/debian/cl_status"], {"LD_LIBRARY_PATH": "/opt/debian"})
    for node, peer, programs in ((alpha, bravo, ((["cl_status"], None), debian)),
                                 (bravo, alpha, ((["cl_status"], None),
                                                 (["/opt/ours/cl_status"], None)))):
        for program, environment in programs:
            for args, code, out in (
                    (["hbstatus"], 0, "Heartbeat is running on this machine.\n"),
                    (["listnodes"], 0, "bravo\nalpha\n"),
                    (["nodestatus", peer.name], 0, "active\n"),
                    (["listhblinks", "-v", peer.name], 0, "\teth1\tup\n\teth0\tup\n"),
                    (["clientstatus", peer.name, "mytest", "3000"], 0, "online\n"),
                    (["clientstatus", peer.name, "nobody", "3000"], 1, "offline\n"),
                    (["clientstatus", node.name, "mytest"], 0, "online\n"),
                    (["hbparameter", "-p", "keepalive"], 0, "200ms\n")):
                done = node.run(program + args, env=environment)
                if (done.returncode, done.stdout) != (code, out):
                    raise LabError(f"{node.name}: {program[0]} {args}: {done}")


def lab_clients(lab, alpha, bravo):
    """Joining, talking and leaving, seen from both sides."""
    a = Client(lab, alpha)
    b = Client(lab, bravo)
    a.wait("t=hbapi-clstat", "st=join", "src=bravo")
    for i in range(20):
        a.say("t=hello", f"x={i}")
        b.say("t=hello", f"x={i}")
    for client in (a, b):
        for source in ("alpha", "bravo"):
            client.wait("t=hello x=19", f"src={source}")
            order = [re.search(r"x=(\d+)", line)[1] for line in list(client.lines)
                     if "t=hello" in line and f" src={source} " in line]
            if client is a and order != [str(i) for i in range(20)]:
                raise LabError(f"messages of {source} out of order: {order}")
    a.say("t=direct", "dest=bravo")
    if "to_id=mytest" not in b.wait("t=direct", "src=alpha"):
        raise LabError("no to_id")
    b.say("t=direct", "dest=alpha")
    a.wait("t=direct", "src=bravo")
    a.say("t=query-cstatus", "cn=mytest", "from_id=mytest")
    a.wait("t=respond-cstatus", "src=bravo", "cs=online")
    a.wait("t=respond-cstatus", "src=alpha", "cs=online")
    return a, b


def lab_leaving(lab, alpha, bravo, a, b):
    b.end()
    a.wait("t=hbapi-clstat", "st=leave", "src=bravo")
    b = Client(lab, bravo)
    a.end()
    line = b.wait("t=hbapi-clstat", "st=leave", "src=alpha")
    if not re.search(r"info=(EOF|died) ", line):
        raise LabError(f"left for another reason: {line}")
    time.sleep(0.5)
    if sum("st=leave" in line and "src=alpha" in line for line in list(b.lines)) != 1:
        raise LabError("it left more than once")
    a = Client(lab, alpha)
    bravo.power_off()
    a.wait("t=status", "src=bravo", "st=dead", timeout=10)
    a.wait("t=ifstat", "node=bravo", "st=dead", timeout=10)
    alpha.stop_heartbeat()
    a.wait("EOF")
    done = alpha.run(["cl_status", "hbstatus"])
    if (done.returncode, done.stdout) != (1, "Heartbeat is stopped on this machine.\n"):
        raise LabError(f"after the stop: {done}")


def lab():
    with Lab("cl-status", networks=("eth0", "eth1")) as world:
        tree = debian_tree()
        alpha = world.nodes("alpha", kind="ours")[0]
        bravo = world.nodes("bravo", kind="debian")[0]
        for node in (alpha, bravo):
            node.configure(HA_CF, "alpha IPaddr2::10.77.0.100/24/eth0\n")
            node.start_heartbeat()
        world.wait(lambda: bravo.rscstatus() and alpha.rscstatus() == "local", 40, "both are up")
        # A link is up once something was heard over it, which may be a moment later.
        world.wait(lambda: all("dead" not in node.run(["cl_status", "listhblinks", "-v", other]).stdout
                               for node, other in ((alpha, "bravo"), (bravo, "alpha"))), 20, "all links are up")
        a, b = lab_clients(world, alpha, bravo)
        report("lab-clients")
        lab_commands(alpha, bravo, tree)
        report("lab-commands")
        lab_leaving(world, alpha, bravo, a, b)
        report("lab-leaving")
    return 0


def main():
    parts = {"paper": paper, "lab": lab}
    if sys.argv[1:] == ["paper-inside"]:
        return paper_inside()
    code = 0
    for name in sys.argv[1:] or parts:
        try:
            code |= parts[name]()
        except Skip as skip:
            print(f"skip cl_status/{name}: {skip}", flush=True)
        except LabError as error:
            report(name, error)
    return 1 if code or failures else 0


if __name__ == "__main__":
    catch_signals()
    sys.exit(main())
