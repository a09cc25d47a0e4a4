#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What each directive of ha.cf does, where no other test shows it: on the wire, in logs, in processes, to clients.

doc/coverage.md says which test shows which directive.
"""

import hmac
import json
import os
import re
import signal
import statistics
import sys
import termios
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "interop"))
from forge import netstring, throw  # noqa: E402
from lab import installs  # noqa: E402
from lab.cable import Cable  # noqa: E402
from lab.daemon import ADDRESS, ALONE, GROUP, PAIR, at_rest, crm_stand_ins, edit, hup, inner, pair, unfit  # noqa: E402
from lab.suite import main, need  # noqa: E402

DEBUG_LOG = "/var/log/ha-debug"
# Keeps its environment, then lives.
CHILD = "#!/bin/sh\nenv >/var/log/env\nexec sleep 100000\n"


def single(lab, name, ha_cf, *options, haresources=""):
    """One node, and none that it could hear."""
    node = lab.node(name)
    lab.isolate(node)
    node.configure(ha_cf.replace("node alpha bravo", f"node {name}").replace("node alpha\n", f"node {name}\n"), haresources)
    node.start_heartbeat(*options)
    return node


def stat_field(node, number):
    """Field NUMBER of proc(5)'s stat of the daemon."""
    return int(Path(f"/proc/{node.master_pid()}/stat").read_text().rpartition(")")[2].split()[number - 3])


def status_kb(node, name):
    return int(re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{node.master_pid()}/status").read_text(), re.M)[1])


def environment(node):
    return dict(line.split("=", 1) for line in node.read("/var/log/env", default="").splitlines() if "=" in line)


def told(node):
    """What hb_status says of the node it runs on."""
    return json.loads(node.run(["hb_status", "--json"]).stdout or "{}")


def parameter(node, name):
    return node.run(["cl_status", "hbparameter", "-p", name]).stdout.rstrip("\n")


# On the wire.


def on_the_wire(lab):
    """hopfudge, udpport, keepalive, hbgenmethod, uuidfrom; udp is an old name of bcast."""
    text = ("udpport 700\nhopfudge 7\nhbgenmethod time\nuuidfrom nodename\n" +
            PAIR.replace("keepalive 200ms", "keepalive 400ms").replace("bcast eth0", "udp eth0"))
    before = int(time.time())
    with lab.capture() as capture:
        alpha, bravo = pair(lab, text, start=False)
        done = alpha.start_heartbeat()

        def heartbeats():
            return [m for m in capture.messages(700) if m.machine == "alpha" and m.type == "status"]

        lab.wait(lambda: len(heartbeats()) >= 8, 30, "eight heartbeats to port 700")
        found = heartbeats()
        need({m.fields["ttl"] for m in found} == {"9"}, f"ttl: {found[0].fields}")
        need(before <= int(found[0].fields["hg"], 16) <= time.time(), f"generation {found[0].fields['hg']}")
        need(not alpha.exists("/var/lib/heartbeat/hb_generation"), "no file is needed for it")
        need(found[0].fields["srcuuid"].hex() == "cc301fda9190a843de51a987ec340ccc", "the uuid made of the name")
        gaps = [b.at - a.at for a, b in zip(found, found[1:])]
        need(statistics.median(gaps) > 0.3, f"keepalive 400ms, and the gaps are {gaps}")
        bravo.start_heartbeat()
        at_rest(lab, alpha, bravo)
        need(not capture.messages(694), "nothing to the usual port")
    need("WARNING: directive 'udp' replaced by 'bcast'" in done.stderr, "the remark about udp")
    need("directive 'udp' replaced by 'bcast'" in alpha.log(), "and in the log")
    need("started on port 700" in alpha.log() and parameter(alpha, "udpport") == "700", "the port")


def keys_on_the_wire(lab):
    """authkeys: the key that signs, its method, and # inside a key; whoever has the key among others understands it."""
    alpha, bravo = lab.nodes("alpha", "bravo")
    for node, keys in ((alpha, "# rolled by us\nauth 2\n1 md5 old\n2 sha256 new#key and a remark\n"),
                       (bravo, "2 sha256 new#key\n7 crc\n1 md5 old\nauth 1\n")):
        node.configure(PAIR, "", keys)
        node.start_heartbeat()
    with lab.capture() as capture:
        at_rest(lab, alpha, bravo)

        def signed(node, form):
            found = [f.udp()[1] for f in capture.frames() if f.machine == node.name and f.udp() and f.udp()[0] == 694]
            return [match for match in (re.search(form, data, re.S) for data in found) if match]

        for node, method, key, number in ((alpha, "sha256", b"new#key", 2), (bravo, "md5", b"old", 1)):
            # The signature covers what stands before it.
            form = rb"^(###\n.*?)\d+:(?:\(0\)auth=)?" + str(number).encode() + rb" ([0-9a-f]{32,64}),(?:%%%\n)?$"
            lab.wait(lambda n=node, f=form: signed(n, f), 10, f"{node.name} signs with key {number}")
            for match in signed(node, form):
                right = hmac.new(key, match[1], method).hexdigest()
                need(match[2].decode() == right, f"{node.name}: {match[2]} is not {right}")
    for node in (alpha, bravo):
        need(node.rscstatus() == "local" and "dropped" not in node.log(), f"{node.name} believes the other")


LONG = ">>>\nt=long\n" + "".join(f"f{n}={str(n) * 400}\n" for n in range(4)) + "<<<\n"
ECHO = '#!/bin/sh\necho "$HA_src $HA_f0$HA_f1$HA_f2$HA_f3" >>/run/long\n'


def compressed_messages(lab):
    """compression, compression_threshold, traditional_compression: what a message of 1.6 KB looks like on its way."""
    more = "traditional_compression yes\ncompression_threshold 1\ncompression {}\n"
    alpha, bravo = pair(lab, start=False)
    for node, module in ((alpha, "bz2"), (bravo, "zlib")):
        node.configure(more.format(module) + PAIR, "")
        node.write("/etc/ha.d/rc.d/long", ECHO, 0o755)
        node.start_heartbeat()
    at_rest(lab, alpha, bravo)
    want = "".join(str(n) * 400 for n in range(4))

    def sent(node, other, looks, what):
        """A long message of NODE goes to OTHER, who gets it whole, in a frame that LOOKS as it should."""
        with lab.capture() as capture:
            count = other.read("/run/long", default="").count(want)
            node.run(["dd", "of=/var/lib/heartbeat/fifo", "bs=64k", "conv=notrunc"], input=LONG, check=True)
            lab.wait(lambda: other.read("/run/long", default="").count(want) > count, 15, f"{other.name} gets it")
            # Also the first part of a long one is a frame.
            lab.wait(lambda: any(f.machine == node.name and looks(f.data) for f in capture.frames()), 10, what)
            need(looks(b"0" * 400) or not any(b"0" * 400 in f.data for f in capture.frames()), f"{what}, and another one")

    sent(alpha, bravo, lambda data: b"BZh" in data, "alpha's is bzip2's")
    sent(bravo, alpha, lambda data: b"x\x9c" in data, "bravo's is zlib's")
    for text in (more.format("zlib").replace("threshold 1", "threshold 4"),
                 more.format("zlib").replace("compression yes", "compression no")):
        mark = bravo.log_mark()
        edit(bravo, text + PAIR)
        hup(bravo)
        bravo.wait_log("Performing heartbeat restart exec", 15, since=mark)
        bravo.wait_log("Comm_now_up", 15, since=mark)
        at_rest(lab, alpha, bravo)
        sent(bravo, alpha, lambda data: b"0" * 400 in data, f"readable with {text.split()}")


def bad_packets(lab):
    """log_badpack: told or not, but always counted and never believed."""
    loud, quiet = single(lab, "alpha", ALONE), single(lab, "bravo", ALONE + "log_badpack no\n")
    client = lab.client()
    at_rest(lab, loud, quiet)
    forged = netstring([("t", "status"), ("st", "dead"), ("src", "alpha"), ("seq", "1"), ("hg", "1"), ("ts", "1"), ("ttl", "3")])
    for node in (loud, quiet):
        before = told(node)["bad_frames"]
        throw(client, node.addresses["eth0"], [forged, b"###\n99999:garbage", forged[:-5]])
        lab.wait(lambda n=node, b=before: told(n)["bad_frames"] >= b + 3, 10, f"{node.name} counts them")
    source = client.addresses["eth0"]
    need(re.search(rf"(WARN|ERROR): \S+: datagram of \d+ bytes from {source}:\d+ dropped", loud.log()), "told")
    need("dropped" not in quiet.log(), "not told")
    need(loud.rscstatus() == quiet.rscstatus() == "local", "nothing has changed")


def silences(lab):
    """warntime: a late heartbeat is told, no later than it must; deadping: a ping node has a time of its own."""
    gate = lab.host("gate", address="10.77.0.250")
    text = (PAIR.replace("deadtime 1500ms", "deadtime 60").replace("initdead 3", "initdead 60") +
            "deadping 1\nping 10.77.0.250\n")
    alpha, bravo = pair(lab, text, "", start=False)
    bravo.configure(text.replace("warntime 600ms", "warntime 30"), None)
    for node in (alpha, bravo):
        node.start_heartbeat()
    lab.wait(lambda: alpha.run("cl_status nodestatus 10.77.0.250").stdout == "ping\n", 20, "the gate answers")
    at_rest(lab, alpha, bravo)
    for frozen, other in ((bravo, alpha), (alpha, bravo)):
        mark = other.log_mark()
        frozen.freeze_heartbeat()
        time.sleep(1.5)
        frozen.thaw_heartbeat()
        if other is alpha:
            late = alpha.wait_log(r"Late heartbeat: Node bravo: interval (\d+) ms", 10, since=mark)
            need(int(late[1]) >= 1400, f"{late[0]}")
        else:
            lab.wait(lambda: bravo.run("cl_status nodestatus alpha").stdout == "active\n", 10, "alpha is back")
            need("Late heartbeat: Node alpha" not in bravo.log(), "not late before warntime")
    lab.cut(alpha, gate)
    alpha.wait_log("node 10.77.0.250: is dead", 20)
    need("node bravo: is dead" not in alpha.log(), "deadtime is another time")


# Logs.


def levels(lab):
    """debug, -d, USR1, USR2; what goes to logfile and what to debugfile; signals that do nothing."""
    node = lab.node("alpha")
    node.write("/child", CHILD, 0o755)
    node.configure(ALONE + "debug 1\nrespawn root /child\n", "")
    node.start_heartbeat()
    at_rest(lab, node)
    node.wait_log(r"heartbeat: \[\d+\]: debug: ", 10, path=DEBUG_LOG)
    need(" debug: " not in node.log(), "no debugging in logfile")
    need(" info: " in node.log() and " info: " in node.log(DEBUG_LOG), "the rest in both")
    lab.wait(lambda: environment(node).get("HA_debug") == "1", 20, "the child runs")
    node.stop_heartbeat()
    node.remove("/var/log/env")
    node.start_heartbeat("-d")
    lab.wait(lambda: "HA_debug" in environment(node), 20, "the child runs again")
    need(environment(node)["HA_debug"] == "2", f"HA_debug {environment(node)['HA_debug']}")
    pid = inner(node, node.master_pid())
    mark = node.log_mark()
    for signo, level in ((signal.SIGUSR1, 3), (signal.SIGUSR2, 2), (signal.SIGUSR2, 1), (signal.SIGUSR2, 0),
                         (signal.SIGUSR2, 0)):
        node.signal(signo, [node.master_pid()])
        node.wait_log(rf"info: debug now set to {level} \[pid {pid}\]$", 10, since=mark)
        mark = node.log_mark()
    at = node.log_mark(DEBUG_LOG)
    node.run("hb_standby all")
    node.wait_log("wants to go standby|No reply to standby request|in flux", 15)
    need(" debug: " not in node.log(DEBUG_LOG).encode()[at:].decode(), "debug lines at level 0")
    for signo in (signal.SIGINT, signal.SIGPIPE, signal.SIGTTIN, signal.SIGTTOU, signal.SIGALRM):
        node.signal(signo, [node.master_pid()])
    node.wait_log(rf"Unexpected alarm in process {pid}", 10)
    at_rest(lab, node)
    need(inner(node, node.master_pid()) == pid, "another process")


SYSLOG = """
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
os.chmod("/dev/log", 0o666)
with open("/syslog", "ab", buffering=0) as out:
    while True:
        out.write(s.recv(65536) + b"\\n")
"""


def forms_and_targets(lab):
    """syslogmsgfmt, logfacility; one after the other on two nodes."""
    nodes = lab.node("alpha"), lab.node("bravo")
    listeners = []
    try:
        lab.isolate(nodes[0])
        for node, facility in zip(nodes, ("local3", "none")):
            listeners.append(node.spawn(["/usr/bin/python3", "-c", SYSLOG]))
            lab.wait(lambda n=node: n.exists("/dev/log"), 10, "a syslog daemon")
            node.configure(ALONE.replace("node alpha", f"node {node.name}") +
                           f"syslogmsgfmt off\nlogfacility {facility}\n", "")
            node.start_heartbeat()
            at_rest(lab, node)
        alpha, bravo = nodes
        lab.wait(lambda: "Comm_now_up" in alpha.read("/syslog", default=""), 10, "lines for syslog")
        need(re.search(r"^<158>\w{3} [ \d]\d [\d:]{8} heartbeat: \[\d+\]: info: Comm_now_up", alpha.read("/syslog"), re.M),
             f"local3, info: {alpha.read('/syslog')[:300]}")
        need(bravo.read("/syslog", default="") == "", "and none for nobody")
        for node in nodes:
            need(re.search(r"^heartbeat\[\d+\]: \d{4}/\d\d/\d\d_\d\d:\d\d:\d\d info: Comm_now_up", node.log(), re.M),
                 "the other form of lines")
        need(environment_of(alpha)["HA_LOGFACILITY"] == "local3", "scripts know it")
        mark = alpha.log_mark()
        edit(alpha, ALONE + "syslogmsgfmt on\n")
        hup(alpha)
        alpha.wait_log(r"^\w{3} \d\d [\d:]{8} alpha heartbeat: \[\d+\]: info: Comm_now_up", 15, since=mark)
    finally:
        for listener in listeners:
            listener.kill()
            listener.wait()


def refusals_in_syslog(lab):
    """Why it does not start is told on stderr and to syslog: nobody reads the console of a machine that boots."""
    node = lab.node("alpha")
    listener = node.spawn(["/usr/bin/python3", "-c", SYSLOG])
    try:
        lab.wait(lambda: node.exists("/syslog"), 10, "a syslog daemon")
        for facility, number in (("logfacility none", None), ("logfacility local2", 18), ("", 3)):
            before = node.read("/syslog")
            node.configure(ALONE + f"{facility}\nnonsense here\n", "")
            done = node.start_heartbeat(check=False)
            need(done.returncode == 6, f"exit {done.returncode}")
            if number is not None:
                lab.wait(lambda at=len(before): "heartbeat not started." in node.read("/syslog")[at:], 10, "the last line in syslog")
            for line in ("Illegal directive [nonsense]", "Configuration error, heartbeat not started."):
                need(done.stderr.count(line) == 1, f"{line} on stderr: {done.stderr}")
                said = [text for text in node.read("/syslog")[len(before):].splitlines() if line in text]
                want = [] if number is None else [f"<{number * 8 + 3}>"]
                need([text[:len(f"<{number}00>") + 1].partition(">")[0] + ">" for text in said] == want, f"{facility}, {line}: {said} in {node.read('/syslog')}")
            need(not node.daemon_pids(), "something runs")
    finally:
        listener.kill()
        listener.wait()


def environment_of(node):
    """The environment that the daemon gives to scripts: one of an administrator's message type keeps it."""
    node.write("/etc/ha.d/rc.d/env", "#!/bin/sh\nenv >/run/env.new && mv /run/env.new /run/env\n", 0o755)
    node.run("printf '>>>\\nt=env\\n<<<\\n' >/var/lib/heartbeat/fifo", check=True)
    node.lab.wait(lambda: node.exists("/run/env"), 15, "a script of rc.d runs")
    return dict(line.split("=", 1) for line in node.read("/run/env").splitlines() if "=" in line)


def logd_again(lab):
    """conn_logd_time: how soon the logging daemon is tried again."""
    soon, late = [single(lab, name, ALONE + f"use_logd yes\nconn_logd_time {every}\n")
                  for name, every in (("alpha", "100ms"), ("bravo", "1000"))]
    for node in (soon, late):
        node.wait_log("WARN: Initializing connection to logging daemon failed. Logging daemon may not be running", 15)
        at_rest(lab, node)
        node.write("/etc/logd.cf", "logfile /var/log/L\nlogfacility none\n")
        node.run(["/usr/lib/heartbeat/ha_logd", "-d"], check=True)

    def say(node):
        node.signal(signal.SIGUSR1, [node.master_pid()])
        node.signal(signal.SIGUSR2, [node.master_pid()])
        return True

    lab.wait(lambda: say(soon) and "debug now set to" in soon.log("/var/log/L"), 15, "the line is in logd's file", every=0.2)
    mark = late.log_mark()
    say(late)
    late.wait_log("debug now set to", 10, since=mark)
    need("debug now set to" not in late.log("/var/log/L"), "tried again before its time")


# Processes.


def process(lab):
    """rtprio, memreserve, coreroot, and -l; all of them beside the defaults."""
    alpha = lab.node("alpha")
    alpha.run("mkdir -p /srv/cores/root", check=True)
    alpha.configure(ALONE + "rtprio 7\nmemreserve 30000\ncoreroot /srv/cores\n", "")
    alpha.start_heartbeat()
    plain, loose = single(lab, "bravo", ALONE), single(lab, "charlie", ALONE, "-l")
    at_rest(lab, alpha, plain, loose)
    got = [(stat_field(n, 41), stat_field(n, 40)) for n in (alpha, plain, loose)]
    need(got == [(2, 7), (2, 1), (0, 0)], f"scheduling policy and priority: {got}")
    need(status_kb(loose, "VmLck") == 0 < status_kb(plain, "VmLck"), "locked, but not with -l")
    need(status_kb(alpha, "VmRSS") >= 30000 > status_kb(plain, "VmRSS"), "memory that is present")
    where = [n.run(f"readlink /proc/{inner(n, n.master_pid())}/cwd").stdout.strip() for n in (alpha, plain)]
    need(where == ["/srv/cores/root", "/var/lib/heartbeat/cores/root"], f"where cores go: {where}")


def told_to_children_and_clients(lab):
    """cluster, quorum_server, nice_failback, debugfile, the CRM's switches, baud, normalpoll: the environment of children,
    cl_status hbparameter, hb_status."""
    text = ALONE.replace("auto_failback on", "nice_failback on") + (
        "cluster north\nquorum_server witness\nrecord_config_changes off\nrecord_pengine_inputs off\n"
        "enable_config_writes off\nbaud 38400\nnormalpoll true\nrespawn hacluster /child\n")
    node = lab.node("alpha")
    node.run("chmod 777 /var/log", check=True)
    node.write("/child", CHILD, 0o755)
    node.configure(text, "")
    done = node.start_heartbeat("-v")
    at_rest(lab, node)
    lab.wait(lambda: "HA_CURHOST" in node.read("/var/log/env", default=""), 20, "the child runs")
    env = environment(node)
    for name, value in (("cluster", "north"), ("quorum_server", "witness"), ("record_config_changes", "off"),
                        ("record_pengine_inputs", "off"), ("enable_config_writes", "off"), ("baud", "38400"),
                        ("hopfudge", "1"), ("memreserve", "6500"), ("msgfmt", "classic")):
        need(env.get(f"HA_{name}") == value, f"HA_{name} is {env.get(f'HA_{name}')}")
        need(parameter(node, name) == value, f"cl_status says {name} is {parameter(node, name)}")
    need("HA_normalpoll" not in env and "HA_nice_failback" not in env and "HA_node" not in env, "what is not kept")
    need(told(node)["cluster"] == "north", "the quorum server is no name of the cluster")
    need(told(node)["auto_failback"] == "off" and env["HA_NICEFAILBACK"] == "yes", "nice_failback on")
    log = done.stderr + node.log()
    need("ERROR: nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead." in log, "the old line")
    need(re.search("directives without effect in this version:.*quorum_server", node.log()), "the idle ones are named")
    for line in ("cluster\tnorth\t#\tthe name of cluster", "node alpha\t#\t current status: init", "bcast eth0"):
        need(line in done.stdout.splitlines(), f"-v does not print '{line}'")


def speed_of_a_line(lab):
    """baud: the terminal is set to it."""
    alpha, bravo = lab.nodes("alpha", "bravo")
    with Cable(alpha, bravo) as cable:
        alpha.configure(ALONE.replace("bcast eth0", f"baud 38400\nserial {cable.port(alpha)}\nbcast eth0"), "")
        alpha.run("mkdir -p /run/lock /var/lock")
        alpha.start_heartbeat()
        at_rest(lab, alpha)
        line = os.open(f"/proc/{alpha.pid}/root{cable.port(alpha)}", os.O_RDWR | os.O_NOCTTY)
        try:
            speeds = termios.tcgetattr(line)[4:6]
        finally:
            os.close(line)
        need(speeds == [termios.B38400, termios.B38400], f"speeds {speeds}")


def crm_in_valgrind(lab):
    """crm valgrind: which of its daemons run in valgrind, and what they are told."""
    node = lab.node("alpha")
    crm_stand_ins(node)
    node.run("mkdir -p /usr/local/sbin && rm -f /usr/bin/valgrind", check=True)
    node.write("/usr/bin/valgrind", '#!/bin/sh\necho "valgrind $HA_VALGRIND_ENABLED $*" >>/var/log/crm\nexec "$@"\n', 0o755)
    node.configure(ALONE + "crm_daemon_dir /opt/crm\ncrm valgrind\n", None)
    node.start_heartbeat()
    names = ("ccm", "cib", "stonithd", "lrmd", "attrd", "crmd")

    def said():
        return node.read("/var/log/crm").splitlines()

    lab.wait(lambda: all(any(line.startswith(name) for line in said()) for name in names), 20, "all run")
    for name in names:
        need(any(re.fullmatch(rf"valgrind 1 /opt/crm/{name}( .*)?", line) for line in said()), f"{name}: {said()}")


# Clients.

SIGNON = r"""
import os, socket, struct, sys
name, ask = sys.argv[1], sys.argv[2:]
s = socket.socket(socket.AF_UNIX)
s.settimeout(60)
s.connect("/run/heartbeat/register")
def put(text):
    body = b">>>\n" + text.encode() + b"<<<\n\0"
    s.sendall(struct.pack("=iI", len(body), 0xabcd) + body)
who = f"from_id={name}\n" if name != "-" else ""
put(f"t=hbapi-req\nreqtype=signon\ndest=x\npid={os.getpid()}\n{who}uid={os.getuid()}\ngid={os.getgid()}\n")
for request in [None, *ask]:
    if request:
        put(f"t=hbapi-req\nreqtype={request}\npid={os.getpid()}\n{who}")
    text = ""
    while "result=" not in text:  # events may come before the answer
        head = s.recv(8, socket.MSG_WAITALL)
        text = s.recv(struct.unpack("=iI", head)[0], socket.MSG_WAITALL).decode(errors="replace") if len(head) == 8 else "result=closed"
    sys.stdout.write(text)
"""


def sign_on(node, name, user, *ask):
    """The last answer.  Nobody is in the group haclient, but by its second group only: it can reach the socket."""
    node.write("/signon.py", SIGNON)
    ids = {"root": ("0", "0"), "hacluster": (str(installs.HACLUSTER_UID), str(installs.HACLIENT_GID)),
           "nobody": ("65534", "65534"), "haclient": ("65534", str(installs.HACLIENT_GID))}[user]
    return node.run(["setpriv", f"--reuid={ids[0]}", f"--regid={ids[1]}", f"--groups={installs.HACLIENT_GID}",
                     "/usr/bin/python3", "/signon.py", name, *ask], timeout=30).stdout


def who_may_sign_on(lab):
    """apiauth: by user, by group, by the entry of all others, and by what is built in."""
    node = single(lab, "alpha", ALONE + "apiauth web uid=hacluster\napiauth shop gid=haclient uid=root\n")
    open_ = single(lab, "bravo", ALONE + "apiauth default uid=nobody\napiauth ping uid=nobody\n")
    at_rest(lab, node, open_)
    # node, name ("-": none), user, may it, why not
    for where, name, user, may, why in (
            (node, "web", "hacluster", True, ""), (node, "web", "haclient", False, "client failed authorization"),
            (node, "web", "root", False, "client failed authorization"), (node, "shop", "haclient", True, ""),
            (node, "shop", "root", True, ""), (node, "shop", "nobody", False, "client failed authorization"),
            (node, "other", "root", False, "no default client auth"), (node, "ipfail", "hacluster", True, ""),
            (node, "ccm", "root", False, "client failed authorization"), (node, "ping", "haclient", True, ""),
            (node, "-", "haclient", True, ""), (node, "-", "nobody", False, "client failed authorization"),
            (open_, "other", "nobody", True, ""), (open_, "other", "hacluster", False, "client failed authorization"),
            (open_, "ping", "hacluster", False, "client failed authorization"), (open_, "ping", "nobody", True, "")):
        mark = where.log_mark()
        answer = sign_on(where, name, user)
        need(("result=OK" in answer) == may, f"{user} as '{name}': {answer}")
        if not may:
            who = name if name != "-" else r"\d+"
            where.wait_log(rf"WARN: Client \[{who}\] pid \d+ failed authorization \[{why}\]", 10, since=mark)


def form_of_answers(lab):
    """msgfmt: what local clients get."""
    classic, other = single(lab, "alpha", ALONE), single(lab, "bravo", ALONE + "msgfmt netstring\n")
    at_rest(lab, classic, other)
    for node, begin, wrong in ((classic, ">>>\n", "###\n"), (other, "###\n", ">>>\n")):
        answer = sign_on(node, "-", "root", "numnodes")
        need(begin in answer and wrong not in answer and "numnodes=1" in answer, f"{node.name}: {answer}")
        need(node.run("cl_status nodestatus " + node.name).stdout == "active\n", "cl_status understands it")


# What is not in ha.cf.


def unit_in_haresources(lab):
    """A word that is no script but names a unit of systemd is run through systemctl."""
    node = lab.node("alpha")
    node.write("/usr/lib/systemd/system/web.service", "[Service]\nExecStart=/bin/true\n")
    node.run("rm -f /usr/bin/systemctl; mkdir -p /usr/bin")
    node.write("/usr/bin/systemctl", '#!/bin/sh\necho "$*" >>/calls\ncase $1 in\nstart) touch /run/web ;;\nstop) rm -f /run/web ;;\n'
               'is-active) if [ -e /run/web ]; then echo active; else echo inactive; exit 3; fi ;;\nesac\n', 0o755)
    node.configure(ALONE, f"alpha {ADDRESS}/24/eth0 web\n")
    node.start_heartbeat()
    lab.wait(lambda: node.exists("/run/web"), 20, "the unit is started")
    at_rest(lab, node)
    need(node.has_address(ADDRESS), "an address without a script")
    node.stop_heartbeat()
    need(not node.exists("/run/web") and node.read("/calls").splitlines()[-1] == "stop web", node.read("/calls"))


# The size of the queue that process PID has to its other process: argument 1.
QUEUE = r"""
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
there = libc.syscall(434, pid, 0)  # pidfd_open
sizes = []
for fd in os.listdir(f"/proc/{pid}/fd"):
    if os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
        mine = libc.syscall(438, there, int(fd), 0)  # pidfd_getfd
        s = socket.socket(fileno=mine)
        if s.type == socket.SOCK_SEQPACKET:
            sizes.append(s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
print(max(sizes))
"""


def lines_of_logd(lab):
    """logd.cf: logfacility, syslogprefix, sendqlen and recvqlen, debugfile."""
    node = lab.node("alpha")
    listener = node.spawn(["/usr/bin/python3", "-c", SYSLOG])
    sizes = []
    try:
        lab.wait(lambda: node.exists("/dev/log"), 10, "a syslog daemon")
        for queue in (16, 1024):
            node.write("/etc/logd.cf", f"logfacility local5\nsyslogprefix PRE\ndebugfile /var/log/D\nsendqlen {queue}\nrecvqlen {queue}\n")
            node.run(["/usr/lib/heartbeat/ha_logd", "-d"], check=True)
            node.run(["ha_logger", "-t", "tag", "-D", "ha-log", f"with {queue}"], check=True)
            lab.wait(lambda q=queue: re.search(rf"^<17\d>.* PRE: tag\[\d+\]: with {q}$", node.read("/syslog", default=""), re.M), 10,
                     "the line with facility and prefix")
            node.wait_log(f"tag: .*: with {queue}$", 10, path="/var/log/D")
            reader = next(pid for pid, words in node.processes().items() if words[0] == "ha_logd: read process")
            sizes.append(int(node.run(["/usr/bin/python3", "-c", QUEUE, str(inner(node, reader))], check=True).stdout))
            node.run(["/usr/lib/heartbeat/ha_logd", "-k"], check=True)
    finally:
        listener.kill()
        listener.wait()
    need(sizes[1] >= 8 * sizes[0], f"queues of {sizes} bytes")


# Fencing.

# Only resets count; what it reads on its standard input is shown behind its words.
STONITH = """#!/bin/sh
case " $* " in *" -T reset "*) ;; *) exit 0 ;; esac
for word; do printf "[%s]" "$word"; done >>/stonith
if [ "$4" = /dev/stdin ]; then tr '\\n' ';' >>/stonith; fi
echo >>/stonith
[ ! -e /broken ]
"""


def dead_nodes_are_reset(lab):
    """stonith_host and stonith: the device is used before anything is taken, again and again until it works."""
    alpha, bravo = pair(lab, start=False, haresources=GROUP.replace("alpha", "bravo"))
    alpha.write("/usr/sbin/stonith", STONITH, 0o755)
    alpha.write("/broken", "")
    alpha.write("/etc/ha.d/device", "bravo\n")
    alpha.configure(PAIR + "stonith_host other null never\nstonith_host * null  alpha bravo\n", None)
    for node in (alpha, bravo):
        node.start_heartbeat()
    at_rest(lab, alpha, bravo)
    bravo.power_off()
    alpha.wait_log(r"info: Resetting node bravo with \[null\]", 15)
    alpha.wait_log("ERROR: Host bravo not reset!", 15)
    lab.wait(lambda: alpha.read("/stonith").count("\n") >= 2, 20, "it is tried again")
    need(not alpha.has_address(ADDRESS), "taken from a node that may live")
    alpha.remove("/broken")
    alpha.wait_log("info: node bravo now reset.", 20)
    lab.wait(lambda: alpha.has_address(ADDRESS), 15, "alpha serves")
    need(set(alpha.read("/stonith").splitlines()) == {"[-t][null][-F][/dev/stdin][-T][reset][bravo]alpha bravo;"}, alpha.read("/stonith"))
    alpha.remove("/stonith")
    bravo.power_on()
    bravo.start_heartbeat()
    at_rest(lab, alpha, bravo, timeout=40)
    mark = alpha.log_mark()
    edit(alpha, PAIR + "stonith null /etc/ha.d/device\n")
    hup(alpha)
    alpha.wait_log("Comm_now_up", 15, since=mark)
    at_rest(lab, alpha, bravo, timeout=40)
    bravo.power_off()
    alpha.wait_log("info: node bravo now reset.", 20, since=mark)
    need(alpha.read("/stonith").splitlines() == ["[-t][null][-F][/etc/ha.d/device][-T][reset][bravo]"], alpha.read("/stonith"))


TESTS = [dead_nodes_are_reset, silences, compressed_messages, on_the_wire, logd_again, levels, who_may_sign_on, bad_packets,
         forms_and_targets, process, told_to_children_and_clients, form_of_answers, speed_of_a_line, crm_in_valgrind, keys_on_the_wire, unit_in_haresources,
         lines_of_logd, refusals_in_syslog]

# What they look at is valgrind's there: scheduling, memory, a file of its own name.
NOT_IN_VALGRIND = {process, crm_in_valgrind}
# A sanitizer does not let its program lock memory.
NOT_SANITIZED = {process}

if __name__ == "__main__":
    sys.exit(main("directives", TESTS, __doc__, jobs=6, unfit=unfit(NOT_IN_VALGRIND, NOT_SANITIZED)))
