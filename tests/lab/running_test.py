#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon runs: odd scripts, odd haresources, hooks, the scripts of rc.d."""

import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab.daemon import ADDRESS, ALONE, PAIR, alone, at_rest, calls, noted, pair  # noqa: E402
from lab.suite import main, need  # noqa: E402


def environment_of_scripts(lab):
    node = alone(lab, ALONE + "env COLOUR=blue\nenv CURHOST=evil\n", "alpha Noted::a\n", start=False)
    noted(node, start="env >/env; umask >/umask; grep -E '^(SigBlk|SigIgn|NSpgid|NSsid)' /proc/self/status >/status; "
                      "cut -d' ' -f41 /proc/self/stat >/policy")
    node.start_heartbeat()
    lab.wait(lambda: node.exists("/policy") and node.read("/policy").strip(), 20, "the script ran")
    env = dict(line.split("=", 1) for line in node.read("/env").splitlines() if "=" in line)
    for name, value in (("HA_CURHOST", "alpha"), ("HA_DIR", "/etc/ha.d/"), ("HA_FUNCS", "/etc/ha.d/shellfuncs"),
                        ("HA_LOGFILE", "/var/log/ha-log"), ("HA_DEBUGLOG", "/var/log/ha-debug"), ("HA_LOGD", "no"),
                        ("HA_DATEFMT", "%Y/%m/%d_%T\t"), ("HA_keepalive", "200ms"), ("HA_deadtime", "1500ms"),
                        ("HA_auto_failback", "on"), ("HA_NICEFAILBACK", "yes"), ("HA_COLOUR", "blue"),
                        ("HA_debug", "0"), ("OCF_ROOT", "/usr/lib/ocf")):
        need(env.get(name) == value, f"{name} is {env.get(name)!r}, not {value!r}")
    need(node.read("/env").count("HA_CURHOST=") == 1, "one HA_CURHOST")
    need(not {"NOTIFY_SOCKET", "HEARTBEAT_EXEC_PID", "LC_ALL", "LANGUAGE"} & set(env), f"{sorted(env)}")
    status = dict(line.split(":\t") for line in node.read("/status").splitlines())
    need(int(status["SigBlk"], 16) == 0 and int(status["SigIgn"], 16) == 0, f"signals {status}")
    need(status["NSpgid"] != status["NSsid"], "an own process group")
    need(node.read("/policy").strip() == "0", "normal scheduling")


def output_without_end(lab):
    """A status that writes megabytes, has children that never stop writing, and says no newline."""
    node = alone(lab, haresources="alpha Loud\n", start=False)
    node.write("/etc/ha.d/resource.d/Loud", "#!/bin/sh\necho \"$1\" >>/calls\ncase $1 in\nstart) touch /run/loud; yes ;;\n"
               "stop) rm -f /run/loud ;;\nstatus)\n"
               "[ -e /run/loud ] && printf running || printf stopped\nhead -c 3000000 /dev/zero\n"
               "yes never & exit 0 ;;\nesac\n".replace("touch /run/loud; yes", "touch /run/loud; head -c 9000000 /dev/zero"), 0o755)
    node.start_heartbeat()
    at_rest(lab, node)
    need(node.exists("/run/loud"), "it was started")
    need("Late heartbeat" not in node.log(), "heartbeats were late")
    pids = [pid for pid, words in node.processes().items() if words[:1] == ["yes"]]
    node.signal(signal.SIGKILL, pids)
    node.signal(signal.SIGTERM, [node.master_pid()])
    lab.wait(lambda: not node.daemon_pids(), 20, "it ends")


def script_leaves_a_daemon(lab):
    """A start that leaves a process with its stdout and stderr open ends all the same; nor does TERM hurt the script
    that ignores it when it is killed for its time."""
    node = alone(lab, ALONE + "script_timeout 1\n", "alpha Forks\nalpha Stubborn\n", start=False)
    node.write("/etc/ha.d/resource.d/Forks", "#!/bin/sh\ncase $1 in\nstart) sleep 300 & touch /run/f ;;\nstop) rm -f /run/f ;;\n"
               "status) [ -e /run/f ] && echo running; sleep 200 & ;;\nesac\n", 0o755)
    node.write("/etc/ha.d/resource.d/Stubborn", "#!/bin/sh\ntrap '' TERM\ncase $1 in\nstart) while :; do sleep 1; done ;;\n"
               "status) echo stopped ;;\nesac\n", 0o755)
    node.start_heartbeat()
    lab.wait(lambda: node.exists("/run/f"), 10, "the first one runs")
    node.wait_log("Stubborn start runs longer than script_timeout", 10)
    node.wait_log("Giving up resources due to failure of Stubborn", 20)
    at_rest(lab, node)
    need(any(words == ["sleep", "300"] for words in node.processes().values()), "the daemon it left behind lives on")


def haresources_at_every_moment(lab):
    """Edited while scripts run, before each step: nothing is lost, what is gone from the file is stopped at last."""
    node = alone(lab, haresources="alpha Noted::a Noted::b\nalpha Noted::c\n", start=False)
    noted(node, start="sleep 0.3", stop="sleep 0.1")
    node.start_heartbeat()
    node.wait_log("Running .*Noted a start", 15)
    for i in range(20):
        node.write("/etc/ha.d/haresources", f"alpha Noted::c\nalpha Noted::n{i}\n" if i % 2 else "broken\n")
        node.run("printf '>>>\\nt=starting\\n<<<\\n' >/var/lib/heartbeat/fifo")
        time.sleep(0.05)
    at_rest(lab, node)
    node.write("/etc/ha.d/haresources", "alpha Noted::c\n")
    node.run("hb_standby all")
    node.wait_log("haresources was changed: 1 groups", 10)
    node.stop_heartbeat()
    for name in "abc":
        need(calls(node, f"{name} stop") >= calls(node, f"{name} start") >= 1, f"{name}: {calls(node)}")


def sixty_groups(lab):
    for failback in ("on", "legacy"):
        text = "".join(f"{'alpha' if i % 2 else 'bravo'} Noted::g{i}\n" for i in range(60))
        nodes = pair(lab, PAIR.replace("auto_failback on", f"auto_failback {failback}"), text, start=False,
                     names=("alpha", "bravo") if failback == "on" else ("charlie", "delta"))
        names = [n.name for n in nodes]
        for node in nodes:
            text = text.replace("alpha", names[0]).replace("bravo", names[1])
            node.configure(node.read("/etc/ha.d/ha.cf").replace("node alpha bravo", f"node {' '.join(names)}"), text)
            noted(node)
        for node in nodes:
            node.start_heartbeat()
        for node in nodes:
            lab.wait(lambda n=node: len([c for c in calls(n) if c.endswith(" start")]) >= 30, 40, f"{failback}: 30 groups run")
        at_rest(lab, *nodes)
        nodes[0].power_off()
        lab.wait(lambda: len({c for c in calls(nodes[1]) if c.endswith(" start")}) == 60, 40, f"{failback}: all 60 run")
        need("too many" not in nodes[1].log(), "a queue was too short")
        nodes[1].stop_heartbeat()
        need(len({c for c in calls(nodes[1]) if c.endswith(" stop")}) == 60, "all 60 are stopped")


def hook_before_a_group_goes(lab):
    """rc.d/local_giveip has ended before anything of the group is stopped."""
    alpha, bravo = pair(lab, PAIR.replace("auto_failback on", "auto_failback legacy"), "alpha Noted::web\n", start=False)
    for node in (alpha, bravo):
        noted(node)
        node.write("/etc/ha.d/rc.d/local_giveip",
                   "#!/bin/sh\necho \"hook $1 $HA_ipaddr $HA_src\" >>/calls\nsleep 1\necho hook end >>/calls\n", 0o755)
    bravo.start_heartbeat()
    lab.wait(lambda: "web start" in calls(bravo), 20, "bravo serves alone")
    bravo.remove("/calls")
    alpha.start_heartbeat()
    lab.wait(lambda: "web start" in calls(alpha), 20, "alpha has asked for its group")
    need(calls(bravo) == ["hook ip-request Noted::web alpha", "hook end", "web stop"],
         f"bravo did {calls(bravo)}")


def fifo_writer_dies(lab):
    """Half a message spoils only itself, not the next one."""
    alpha, bravo = pair(lab)
    alpha.run("printf '>>>\\nt=hb_takeover\\nrsc_ho' >/var/lib/heartbeat/fifo", check=True)
    time.sleep(0.1)
    alpha.run("printf '\\n' >/var/lib/heartbeat/fifo; hb_standby all", check=True)
    lab.wait(lambda: bravo.has_address(ADDRESS), 15, "hb_standby is heard")
    need("FIFO: message of" in alpha.log(), "a word about the broken one")


def rc_d_in_order(lab):
    """An administrator's message type: many writers at once, each message one script, one after the other."""
    node = alone(lab)
    node.write("/etc/ha.d/rc.d/note", "#!/bin/sh\n[ ! -e /busy ] || echo overlap >>/notes\ntouch /busy\n"
               "echo \"$HA_who $HA_n $HA_OSTATUS $HA_FUNCS\" >>/notes\nrm /busy\n", 0o755)
    node.run("for w in 1 2 3 4 5 6; do (for n in 1 2 3 4 5; do "
             "printf '>>>\\nt=note\\nwho=%s\\nn=%s\\nFUNCS=/tmp/evil\\n<<<\\n' $w $n >/var/lib/heartbeat/fifo; done) & done; wait",
             check=True)
    lab.wait(lambda: node.read("/notes", default="").count("\n") >= 30, 20, "thirty notes")
    notes = [line.split() for line in node.read("/notes").splitlines()]
    need(["overlap"] not in notes, "two ran at once")
    for who in "123456":
        need([n[1] for n in notes if n[0] == who] == list("12345"), f"writer {who}: {notes}")
    need({tuple(n[2:]) for n in notes} == {("active", "/etc/ha.d/shellfuncs")}, f"{notes[0]}")


TESTS = [sixty_groups, script_leaves_a_daemon, haresources_at_every_moment, environment_of_scripts, output_without_end,
         fifo_writer_dies, hook_before_a_group_goes, rc_d_in_order]

if __name__ == "__main__":
    sys.exit(main("running", TESTS, __doc__, jobs=6))
