#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Serial lines: two nodes with a cable of pseudo-terminals between them (cable.py), ours and 3.0.6."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab.cable import Cable  # noqa: E402
from lab.suite import main, need  # noqa: E402

HA_CF = """logfile /var/log/ha-log
keepalive 500ms
warntime 2
deadtime 3
initdead 6
baud {baud}
serial {port}
{more}auto_failback on
node alpha bravo
"""
ADDRESS = "10.77.0.100"
GROUP = f"alpha IPaddr2::{ADDRESS}/24/eth0\n"
LOCKS = "/run/lock"
SHA1 = "auth 2\n1 crc\n2 sha1 a word\n"


def status(node, of):
    return node.run(["cl_status", "nodestatus", of]).stdout.strip()


def link(node, of, name):
    return node.run(["cl_status", "hblinkstatus", of, name]).stdout.strip()


def links(node, of):
    return node.run(["cl_status", "listhblinks", of]).stdout.split()


def lock_of(node, port):
    return node.read(f"{LOCKS}/LCK..{port.removeprefix('/dev/').replace('/', '_')}", default="")


def pair(lab, kinds=("ours", "ours")):
    nodes = [lab.node(name, kind) for name, kind in zip(("alpha", "bravo"), kinds)]
    for node in nodes:
        node.run(["mkdir", "-p", LOCKS], check=True)
    return nodes


def start(lab, cable, nodes, baud=115200, more="", haresources=""):
    for node in nodes:
        node.configure(HA_CF.format(port=cable.port(node), baud=baud, more=more), haresources, SHA1)
        node.start_heartbeat()
    for node in nodes:
        for of in ("alpha", "bravo"):
            lab.wait(lambda n=node, o=of: status(n, o) == "active", 40, f"{node.kind} {node.name} takes {of} for active")


def mark(nodes):
    return [node.log_mark() for node in nodes]


def since(node, at):
    return node.log().encode()[at:].decode()


def line_alone(lab):
    """A cluster with nothing but a cable: it joins, fails over, and the lock is held meanwhile."""
    nodes = alpha, bravo = pair(lab)
    with Cable(*nodes) as cable:
        start(lab, cable, nodes, 19200, haresources=GROUP)
        port = cable.port(alpha)
        need(links(alpha, "bravo") == [cable.port(alpha)], f"links: {links(alpha, 'bravo')}")
        need(link(alpha, "bravo", port) == "up", "its link")
        lab.wait(lambda: alpha.has_address(ADDRESS), 20, "alpha serves")
        alpha.wait_rscstatus("all" if alpha.rscstatus() == "all" else "local", 20)
        pid = re.match(r" *(\d+)\n$", lock_of(alpha, port))
        need(pid and int(pid[1]) == alpha._inner_pid(alpha.master_pid()), f"the lock: {lock_of(alpha, port)!r}")
        cable.cut = True
        for node, of in ((alpha, "bravo"), (bravo, "alpha")):
            lab.wait(lambda n=node, o=of: status(n, o) == "dead", 20, f"{node.name} misses {of}")
        alpha.power_off()
        lab.wait(lambda: bravo.has_address(ADDRESS), 20, "bravo takes over")
        need("Link alpha:" in bravo.log() and "node alpha: is dead" in bravo.log(), "what the log says of it")
        bravo.stop_heartbeat()
        need(lock_of(bravo, cable.port(bravo)) == "", "the lock is given back")


def reload_keeps_the_line(lab):
    """heartbeat -r with a changed ha.cf: the line and the ping node are there again, and nobody dies."""
    host = lab.host("gate", address="10.77.0.250")
    nodes = alpha, bravo = pair(lab)
    with Cable(*nodes) as cable:
        start(lab, cable, nodes, more="ping 10.77.0.250\n")
        lab.wait(lambda: status(alpha, "10.77.0.250") == "ping", 20, "the ping node answers")
        marks, pid = mark(nodes), alpha.master_pid()
        alpha.write("/etc/ha.d/ha.cf", alpha.read("/etc/ha.d/ha.cf") + "# changed\n")
        alpha.run("heartbeat -r", check=True)
        alpha.wait_log("Configuration validated", 20, since=marks[0])
        for of, word in (("bravo", "active"), ("10.77.0.250", "ping")):
            lab.wait(lambda o=of, w=word: status(alpha, o) == w, 20, f"{of} is {word} again")
        lab.wait(lambda: link(alpha, "bravo", cable.port(alpha)) == "up", 20, "the line is up again")
        need(alpha.master_pid() == pid and lock_of(alpha, cable.port(alpha)).strip() == str(alpha._inner_pid(pid)),
             "the lock is still held")
        need("is dead" not in since(bravo, marks[1]), since(bravo, marks[1]))
        host.close()


def noise_costs_only_itself(lab):
    """Garbage, cut and half lines: messages are asked for again, and nobody dies."""
    noise(lab, "ours")


def noise_beside_the_old_daemon(lab):
    """The same when 3.0.6 is at the other end."""
    noise(lab, "debian")


def noise(lab, kind):
    nodes = alpha, _ = pair(lab, ("ours", kind))
    with Cable(*nodes) as cable:
        # The old reader takes half a message for the beginning of the next, and loses both.
        start(lab, cable, nodes, more="deadtime 15\ninitdead 15\n" if kind == "debian" else "")
        marks = mark(nodes)
        for _ in range(20):
            for node in nodes:
                cable.say(node, bytes(range(256)) + b">>>\nt=status\nst=act")
                cable.say(node, b"\xff" * 3000)
            alpha.run("sleep 0.1")
        cable.garble = 0.1
        carried = cable.carried
        lab.wait(lambda: cable.carried > carried + 8000, 40, "damaged traffic")
        cable.garble = 0.0
        for node, at in zip(nodes, marks):
            need("is dead" not in since(node, at), since(node, at))
            need(status(node, "alpha") == status(node, "bravo") == "active", "both live")


def dead_line_slows_nothing(lab):
    """A second medium goes on as before while the line takes nothing, hangs up, or is away."""
    nodes = alpha, bravo = pair(lab)
    with Cable(*nodes) as cable:
        start(lab, cable, nodes, 460800, more="bcast eth0\n")
        port = cable.port(alpha)
        lab.wait(lambda: link(alpha, "bravo", port) == "up", 20, "the line is up")
        marks = mark(nodes)
        cable.stalled = True
        lab.wait(lambda: link(alpha, "bravo", port) == "dead", 20, "nothing comes over the line")
        # A pseudo-terminal takes much before it is full.
        alpha.run("for i in $(seq 120); do printf '>>>\\nt=filler\\nx=%04000d\\n<<<\\n' $i; done"
                  " >/var/lib/heartbeat/fifo", check=True)
        alpha.wait_log(r"TTY write timeout on \[" + re.escape(port) + r"\] \(no connection or bad cable", 40)
        cable.stalled = False
        lab.wait(lambda: link(alpha, "bravo", port) == "up", 20, "the line is back")
        cable.pull(alpha)
        alpha.wait_log(f"serial {port}: the line is gone", 20, since=marks[0])
        lab.wait(lambda: link(alpha, "bravo", port) == "dead", 20, "the line is away")
        before = cpu_ticks(alpha)
        alpha.run("sleep 1")
        need(cpu_ticks(alpha) - before < 50, "the daemon spins on a dead line")
        cable.plug(alpha)
        need(cable.port(alpha) == port, "the same name")
        alpha.wait_log(f"serial {port}: the line is back", 20, since=marks[0])
        lab.wait(lambda: link(alpha, "bravo", port) == "up", 20, "it works again")
        for node, at in zip(nodes, marks):
            text = since(node, at)
            need("is dead" not in text and "Late heartbeat" not in text, f"{node.name}:\n{text}")


def cpu_ticks(node):
    fields = Path(f"/proc/{node.master_pid()}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def line_is_taken(lab):
    """A port that another living process has is refused in one line; a dead one's lock is taken over."""
    node, other = pair(lab)
    with Cable(node, other) as cable:
        port = cable.port(node)
        lock = f"{LOCKS}/LCK..{port.removeprefix('/dev/').replace('/', '_')}"
        node.configure(HA_CF.format(port=port, baud=19200, more=""))
        node.write(lock, f"{1:10d}\n")
        done = node.start_heartbeat(check=False)
        need(done.returncode != 0 and f"serial {port}: process 1 has it ({'/var/lock' + lock[len(LOCKS):]})" in done.stderr,
             f"{done.returncode} {done.stderr}")
        node.write(lock, "   3999999\n")
        node.start_heartbeat()
        need(lock_of(node, port).strip() == str(node._inner_pid(node.master_pid())), "a stale lock is taken over")


def beside_the_old_daemon(lab):
    """Ours and 3.0.6 at the two ends of a cable."""
    nodes = alpha, bravo = pair(lab, ("ours", "debian"))
    with Cable(*nodes) as cable:
        start(lab, cable, nodes, haresources=GROUP)
        for node, of in ((alpha, "bravo"), (bravo, "alpha")):
            need(links(node, of) == [cable.port(node)], f"{node.kind}: links {links(node, of)}")
            need(link(node, of, cable.port(node)) == "up", f"{node.kind}: its link")
        lab.wait(lambda: alpha.has_address(ADDRESS), 40, "alpha serves")
        for node in nodes:
            lab.wait(lambda n=node: n.rscstatus() not in (None, "transition"), 40, f"{node.kind} at rest")
        marks = mark(nodes)
        alpha.run("hb_standby all || /usr/share/heartbeat/hb_standby all", check=True)
        lab.wait(lambda: bravo.has_address(ADDRESS) and not alpha.has_address(ADDRESS), 30, "bravo serves")
        for node, at in zip(nodes, marks):
            need("is dead" not in since(node, at), since(node, at))
        bravo.power_off()
        lab.wait(lambda: alpha.has_address(ADDRESS), 30, "alpha takes over")


TESTS = [line_alone, reload_keeps_the_line, noise_costs_only_itself, noise_beside_the_old_daemon, dead_line_slows_nothing, line_is_taken, beside_the_old_daemon]

if __name__ == "__main__":
    sys.exit(main("serial", TESTS, __doc__, jobs=len(TESTS)))
