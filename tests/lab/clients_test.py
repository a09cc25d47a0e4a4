#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon starts besides resources, and what watches it: respawn, failfast, crm, watchdog.

The watchdog is a file that keeps the pats; it refuses the ioctl that sets a timeout.
"""

import os
import re
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import installs  # noqa: E402
from lab.daemon import ADDRESS, ALONE, GROUP, PAIR, at_rest, crm_stand_ins, edit, hup, inner  # noqa: E402
from lab.suite import main, need  # noqa: E402

DEVICE = "/dev/watchdog"
# Says how it was called, then lives until it is told to end, which it notes.
CHILD = """#!/bin/sh
trap 'echo "$1" >>/var/log/ended; exit 0' TERM
env >/var/log/env.$1
echo "$0 $*" >>/var/log/called
while :; do sleep 0.1; done
"""


def child(node, text=CHILD):
    node.write("/child", text, 0o755)
    for name in ("called", "ended"):
        node.write(f"/var/log/{name}", "", 0o666)
    node.run("chmod 777 /var/log", check=True)


def started(node, ha_cf, haresources="", text=CHILD):
    child(node, text)
    node.configure(ha_cf, haresources)
    node.start_heartbeat()


def children(node, *words):
    """Host pids of what runs /child with those WORDS; not of what it has just forked, which still looks the same."""
    return [pid for pid, line in node.processes().items()
            if "/child" in line and list(words) == line[-len(words):] and leads_its_group(pid)]


def leads_its_group(pid):
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def lines(node, name):
    return node.read(f"/var/log/{name}", default="").splitlines()


def how_it_is_started(lab):
    """User, groups, arguments as a shell takes them, process group, descriptors, directory, environment, priority."""
    node = lab.node("alpha")
    node.run("sed -i 's/^games:.*/games:x:60:hacluster/' /etc/group")
    started(node, ALONE + "env COLOUR=blue\nrespawn hacluster /child one \"a  b\" $HA_COLOUR; echo never >>/var/log/called\n")
    (pid,) = lab.wait(lambda: children(node, "one", "a  b", "blue"), 20, "the child runs")
    lab.wait(lambda: "/child one a  b blue" in lines(node, "called"), 10, "it was called")
    status = Path(f"/proc/{pid}/status").read_text()
    uid = installs.HACLUSTER_UID
    need(re.search(rf"^Uid:\s+{uid}\s+{uid}\s+{uid}\s+{uid}$", status, re.M), "its user")
    need(re.search(rf"^Gid:\s+{installs.HACLIENT_GID}\s", status, re.M), "its group")
    need(re.search(r"^Groups:.*\b60\b.*", status, re.M), "its other groups")
    need(re.search(rf"^NSpgid:.*\s{inner(node, pid)}$", status, re.M), "an own process group")
    need(int(re.search(r"^SigIgn:\s+(\w+)$", status, re.M)[1], 16) == 0, "signals are not ignored")
    fds = {fd.name: str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    need({fd: fds.get(fd) for fd in "012"} == dict.fromkeys("012", "/dev/null"), f"standard descriptors: {fds}")
    need(not [name for name in fds.values() if "socket" in name or "heartbeat" in name], f"descriptors: {fds}")
    need(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[38] == "0", "normal scheduling")
    need(node.run(f"readlink /proc/{inner(node, pid)}/cwd").stdout.strip() == "/var/lib/heartbeat/cores/root",
         "its directory is the daemon's")
    env = dict(line.split("=", 1) for line in lines(node, "env.one") if "=" in line)
    for name, value in (("HA_CURHOST", "alpha"), ("HA_COLOUR", "blue"), ("HA_deadtime", "1500ms"),
                        ("HA_LOGFILE", "/var/log/ha-log"), ("OCF_ROOT", "/usr/lib/ocf")):
        need(env.get(name) == value, f"{name} is {env.get(name)!r}")
    need(not [name for name in env if name.startswith("HEARTBEAT_")], "nothing of the daemon's own")
    command = '/child one "a  b" $HA_COLOUR; echo never >>/var/log/called'
    log = node.log()
    need(f'info: Starting child client "{command}" ({uid},{installs.HACLIENT_GID})\n' in log, "the first line")
    need(f'info: Starting "{command}" as uid {uid}  gid {installs.HACLIENT_GID} (pid {inner(node, pid)})\n' in log,
         "the second line")
    need("never" not in node.read("/var/log/called"), "what stands behind the command is never run")


def not_before_communication_is_up(lab):
    alpha = lab.node("alpha")
    started(alpha, PAIR.replace("initdead 3", "initdead 4") + "respawn root /child one\nfailfast root /child two\n")
    alpha.wait_log("node bravo: is dead", 20)
    lab.wait(lambda: len(lines(alpha, "called")) == 2, 10, "both run")
    log = alpha.log()
    need(log.index("node bravo: is dead") < log.index('Starting child client "/child one"') <
         log.index('Starting child client "/child two"'), "the order")


def ends(lab):
    """Exit codes, a kill, and too many short lives; no program at all."""
    node = lab.node("alpha")
    text = "#!/bin/sh\necho $1 >>/var/log/called\ncase $1 in live) exec sleep 100000 ;; esac\nexit $1\n"
    child(node, text)
    node.write("/gone", "#!/bin/sh\nrm /gone\n", 0o755)
    node.configure(ALONE + "respawn root /child 100\nrespawn root /child 3\nrespawn root /child live\n"
                   "respawn root /gone\n")
    node.start_heartbeat()
    node.wait_log(r"WARN: Managed /child 100 process \d+ exited with return code 100\.", 20)
    lab.wait(lambda: "live" in lines(node, "called"), 10, "the one that lives")
    lab.wait(lambda: [p for p, line in node.processes().items() if line == ["sleep", "100000"]], 10, "it sleeps")
    node.signal(signal.SIGKILL, [p for p, line in node.processes().items() if line == ["sleep", "100000"]])
    node.wait_log(r"WARN: Managed /child live process \d+ killed by signal 9 \[SIGKILL - Kill, unblockable\]\.", 10)
    node.wait_log('ERROR: Respawning client "/child live":', 10)
    lab.wait(lambda: lines(node, "called").count("live") == 2, 10, "it is started again")
    node.wait_log(r"WARN: Managed /child 3 process \d+ exited with return code 3\.", 10)
    node.wait_log('ERROR: Client /child 3 "respawning too fast"', 60)
    node.wait_log('ERROR: Client /gone "respawning too fast"', 60)
    need(lines(node, "called").count("3") == 11, f"{lines(node, 'called').count('3')} starts")
    need(lines(node, "called").count("100") == 1, "one start of what had nothing to do")
    node.stop_heartbeat()
    need("info: client [/child 3] is not running." in node.log(), "said at the stop")


def stopped_in_reverse_order(lab):
    """After the resources, before the last word."""
    node = lab.node("alpha")
    started(node, ALONE + "".join(f"respawn root /child {n}\n" for n in "abc"), GROUP)
    at_rest(lab, node)
    lab.wait(lambda: len(lines(node, "called")) == 3, 10, "all run")
    node.stop_heartbeat()
    need(lines(node, "ended") == ["c", "b", "a"], f"ended: {lines(node, 'ended')}")
    log = node.log()
    places = [log.index(text) for text in ("All HA resources relinquished.", "killing /child c process group",
                                           "killing /child b process group", "killing /child a process group",
                                           "alpha Heartbeat shutdown complete.")]
    need(places == sorted(places), "the order of the log")
    need(not [line for line in node.processes().values() if "/child" in line], "nothing is left")


def gone_with_the_daemon(lab):
    """A daemon that is killed leaves no client behind."""
    node = lab.node("alpha")
    started(node, ALONE + "respawn hacluster /child one\nrespawn root /child two\n")
    lab.wait(lambda: children(node, "one") and children(node, "two") and len(lines(node, "called")) == 2, 20, "both run")
    node.signal(signal.SIGKILL, [node.master_pid()])
    lab.wait(lambda: not children(node, "one") and not children(node, "two"), 15, "both are gone")
    need(sorted(lines(node, "ended")) == ["one", "two"], f"both were asked to end: {lines(node, 'ended')}")
    node.start_heartbeat()
    lab.wait(lambda: len(children(node, "one")) == 1, 20, "the next daemon starts them again")


def reload(lab):
    """Clients end, the new program starts those of the new file; nothing else moves.  Bad files change nothing."""
    node = lab.node("alpha")
    started(node, ALONE + "respawn root /child one\nrespawn root /child two\n", GROUP)
    at_rest(lab, node)
    lab.wait(lambda: len(lines(node, "called")) == 2, 20, "both run")
    pid = node.master_pid()
    before = children(node, "one") + children(node, "two")
    edit(node, ALONE + "respawn root /nowhere\n")
    mark = node.log_mark()
    hup(node)
    node.wait_log("Config errors: Heartbeat NOT restarted", 10, since=mark)
    need(children(node, "one") + children(node, "two") == before, "a bad file moved them")
    edit(node, ALONE + "respawn root /child two\nrespawn root /child three\n")
    mark = node.log_mark()
    hup(node)
    node.wait_log("Performing heartbeat restart exec.", 15, since=mark)
    lab.wait(lambda: children(node, "three") and children(node, "two"), 20, "the clients of the new file run")
    need(lines(node, "ended") == ["two", "one"], f"ended: {lines(node, 'ended')}")
    need(not children(node, "one"), "one is gone")
    need(node.master_pid() == pid and node.has_address(ADDRESS), "the rest stays")
    at_rest(lab, node)
    need(len(children(node, "two")) == 1, "one of each")


def leaves_with_died(lab):
    """Other clients of the name hear how a respawned one ended."""
    alpha, bravo = lab.nodes("alpha", "bravo")
    program = """#!/usr/bin/python3
import os, socket, struct, sys, time
def put(text):
    s.sendall(struct.pack("=iI", len(text), 0xabcd) + text)
while True:
    try:
        s = socket.socket(socket.AF_UNIX)
        s.connect("/run/heartbeat/register")
        break
    except OSError:
        time.sleep(0.1)
put(b">>>\\nt=hbapi-req\\nreqtype=signon\\ndest=x\\npid=%d\\nfrom_id=ipfail\\nuid=%d\\ngid=%d\\n<<<\\n\\0" % (os.getpid(), os.getuid(), os.getgid()))
while True:
    got = s.recv(65536)
    if not got:
        sys.exit(0)
    with open("/var/log/heard", "ab") as heard:
        heard.write(got)
"""
    for node in (alpha, bravo):
        started(node, PAIR + "respawn hacluster /child ipfail\n", text=program)
    for node in (alpha, bravo):
        lab.wait(lambda node=node: "result=OK" in node.read("/var/log/heard", default=""), 30,
                 f"{node.name}'s client has signed on")
    alpha.signal(signal.SIGKILL, children(alpha, "ipfail"))
    heard = lab.wait(lambda: re.search(r"st=leave\n(?:[^<]*\n)?info=(\w+)\n",
                                       bravo.read("/var/log/heard", default="")), 15, "bravo's client hears of it")
    need(heard[1] == "died", f"reason {heard[1]}")
    lab.wait(lambda: "st=join" in bravo.read("/var/log/heard").partition("st=leave")[2], 15, "and of the next one")


def failfast_reboots(lab):
    """A bad end of a failfast client takes the machine down; a good one does not."""
    node = lab.node("alpha")
    started(node, ALONE + "failfast root /child one\n",
            text="#!/bin/sh\necho $1 >>/var/log/called\n[ -e /good ] || { touch /good; exit 0; }\nexec sleep 100000\n")
    lab.wait(lambda: len(lines(node, "called")) == 2, 20, "a good end is followed by another start")
    lab.wait(lambda: [p for p, line in node.processes().items() if line == ["sleep", "100000"]], 10, "it sleeps")
    node.signal(signal.SIGTERM, [p for p, line in node.processes().items() if line == ["sleep", "100000"]])
    need(node.wait_down(20) == "reboot", f"went down by {node.powered_off_by}")
    need("EMERG: Rebooting system.  Reason: /child one" in node.log(), "the reason is in the log")


def failfast_at_the_stop(lab):
    node = lab.node("alpha")
    started(node, ALONE + "failfast root /child one\n", text="#!/bin/sh\necho >>/var/log/called\nexec sleep 100000\n")
    lab.wait(lambda: lines(node, "called"), 20, "it runs")
    node.stop_heartbeat()
    need(node.is_up and "Rebooting" not in node.log(), "an orderly stop is no failure")


def crm_starts_its_daemons(lab):
    node = lab.node("alpha")
    node.configure(ALONE + "crm on\n")
    done = node.start_heartbeat(check=False)
    need(done.returncode == 6 and 'ERROR: Failed to add pacemaker client child "ccm"' in done.stderr,
         f"without its daemons: {done.returncode} {done.stderr}")
    crm_stand_ins(node)
    for text, want in (("crm on", "ccm cib stonithd lrmd attrd crmd"),
                       ("crmd_spawns_pengine off\npacemaker respawn", "ccm cib stonithd lrmd attrd pengine crmd"),
                       ("crm manual", "ccm cib lrmd crmd"), ("crm ccm-only", "ccm")):
        node.write("/var/log/crm", "", 0o666)
        mark = node.log_mark()
        node.configure(ALONE + f"crm_daemon_dir /opt/crm\n{text}\n", None)
        node.start_heartbeat()
        lab.wait(lambda: len(lines(node, "crm")) == len(want.split()), 20, f"{text}: {want}")
        log = node.log()[mark:]
        need(re.findall(r'Starting child client "/opt/crm/(\w+)"', log) == want.split(), f"{text}: the order")
        pids = [pid for pid, line in node.processes().items() if line == ["sleep", "100000"]]
        need(all("HA_cluster_type=heartbeat" in Path(f"/proc/{pid}/environ").read_text() for pid in pids),
             "HA_cluster_type")
        node.stop_heartbeat()


# The watchdog.


def pats(node):
    return node.read(DEVICE, default="")


def fed(lab, node):
    before = len(pats(node))
    lab.wait(lambda: len(pats(node)) >= before + 3, 10, "the device is fed")


def watched(lab, ha_cf=ALONE):
    node = lab.node("alpha")
    node.write(DEVICE, "")
    node.configure(ha_cf + f"watchdog {DEVICE}\n", GROUP)
    node.start_heartbeat()
    at_rest(lab, node)
    fed(lab, node)
    return node


def watchdog_is_fed(lab):
    """By a daemon that works and by no other; 'V' is the last byte of an orderly stop, and only there."""
    node = watched(lab)
    log = node.log()
    need(f"notice: Using watchdog device: {DEVICE}" in log, "the notice")
    need(log.count("its timeout cannot be set to 2 s") == 1, "one line about the ioctl")
    node.freeze_heartbeat()
    lab.wait(lambda: all(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T" for pid in node.daemon_pids()), 5,
             "the daemon is stopped")
    size = len(pats(node))
    node.run("sleep 1")
    need(len(pats(node)) == size, "a frozen daemon feeds it")
    node.thaw_heartbeat()
    at_rest(lab, node)
    fed(lab, node)
    need("V" not in pats(node), "V while it runs")
    node.stop_heartbeat()
    need(pats(node).count("V") == 1 and pats(node).endswith("V"), "V at the end")


def watchdog_goes_through_a_reload(lab):
    node = watched(lab)
    edit(node, ALONE + f"watchdog {DEVICE}\ndebug 1\n")
    mark = node.log_mark()
    hup(node)
    node.wait_log("Performing heartbeat restart exec.", 10, since=mark)
    node.wait_log("Using watchdog device", 10, since=mark)
    size = len(pats(node))
    fed(lab, node)
    need("V" not in pats(node) and size > 0, "it is the same file, and was never let go")
    # A file without the directive lets it rest.
    edit(node, ALONE)
    hup(node)
    lab.wait(lambda: pats(node).endswith("V"), 15, "it rests")
    at_rest(lab, node)
    need(node.has_address(ADDRESS), "the address stays")
    fds = [fd for fd in Path(f"/proc/{node.master_pid()}/fd").iterdir() if str(fd.readlink()).endswith(DEVICE)]
    need(not fds, "it is closed")


def watchdog_of_a_killed_daemon(lab):
    node = watched(lab)
    node.crash_heartbeat()
    need("V" not in pats(node), "a killed daemon says nothing")


def watchdog_that_cannot_be_used(lab):
    """A missing device, a pipe that nobody reads and one that is full: the node runs on."""
    node = lab.node("alpha")
    node.configure(ALONE + "watchdog /dev/nothing\n", GROUP)
    node.start_heartbeat()
    at_rest(lab, node)
    need("ERROR: Cannot open watchdog device: /dev/nothing" in node.log(), "said")
    node.stop_heartbeat()
    node.run("mkfifo /dev/pipe", check=True)
    node.configure(ALONE + "watchdog /dev/pipe\n", None)
    mark = node.log_mark()
    node.start_heartbeat()
    at_rest(lab, node)
    node.wait_log("ERROR: Cannot open watchdog device: /dev/pipe", 5, since=mark)
    node.stop_heartbeat()
    reader = node.spawn(["/bin/sh", "-c", "exec sleep 100 </dev/pipe"])
    try:
        lab.wait(lambda: any(line[:2] == ["sleep", "100"] for line in node.processes().values()), 10, "a reader") \
            if node.run("timeout 5 sh -c ': >/dev/pipe'").returncode == 0 else need(False, "no reader")
        mark = node.log_mark()
        node.start_heartbeat()
        at_rest(lab, node)
        node.wait_log("Using watchdog device: /dev/pipe", 5, since=mark)
        node.run("timeout 2 dd if=/dev/zero of=/dev/pipe oflag=nonblock bs=4096 count=100 2>/dev/null")
        at_rest(lab, node)
        need(node.has_address(ADDRESS), "a full pipe holds nothing up")
    finally:
        reader.kill()
        reader.wait()
    node.wait_log("Watchdog write failure: closing /dev/pipe", 10, since=mark)
    at_rest(lab, node)


TESTS = [ends, how_it_is_started, not_before_communication_is_up, stopped_in_reverse_order, gone_with_the_daemon, reload,
         leaves_with_died, failfast_reboots, failfast_at_the_stop, crm_starts_its_daemons, watchdog_is_fed,
         watchdog_goes_through_a_reload, watchdog_of_a_killed_daemon, watchdog_that_cannot_be_used]

if __name__ == "__main__":
    sys.exit(main("clients", TESTS, __doc__, jobs=6))
