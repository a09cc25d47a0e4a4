#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations that people published, on two nodes each, ours and beside it 3.0.6: the same resource calls; or, where
a file is missing that the set names, that ours says so.

Usage: configs_test.py [-j JOBS] [SET...]      SET: part of a name; default: every good or odd set of v1

The nodes and interfaces of the laboratory are called as in the set.  Changed are: keepalive (200ms, so that 3.0.6
acts soon), the addresses of ucast and ping lines, and for 3.0.6 the directories of respawned programs.
Every script that haresources names is a stand-in that notes its calls.  Both nodes start, the owner of the first group
stops in order, then the other one.  The sets lie beside the repository, in ../shared/configs.
"""

import argparse
import concurrent.futures
import re
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import Lab, LabError, Skip, catch_signals, installs, places, reference  # noqa: E402
from lab.replay import tracing  # noqa: E402

SETS = places.SHARED / "configs"
FILES = ("ha.cf", "authkeys", "haresources")
# Only a part of the files was published.
MADE_HA_CF = "bcast eth0\nnode {nodes}\nauto_failback on\nlogfile /var/log/ha-log\n"
AUTHKEYS = "auth 1\n1 sha1 wiePhahchoo4aiGh\n"
MEDIA = ("bcast", "ucast", "mcast")
OTHER_MEDIA = ("serial", "ping6", "ping_group", "ucast6", "mcast6")
# Sets that name what is not here: what ours says.
NO_HARESOURCES = r"Cannot open resources file \[/etc/ha.d/haresources\]"
NAMED = {
    "03-nice-failback-leftover": (NO_HARESOURCES,),
    "07-ucast-mixed-up": (NO_HARESOURCES,),
    "19-japanese-comments": (r"'/usr/lib64/heartbeat/ifcheckd' is not an executable file",),
    "32-twins-hb_gui": (r"'/usr/lib/heartbeat/mgmtd' is not an executable file", r"haresources: this file is not used"),
    # crm on: its daemons are no part of v1.
    "37-omnios-serial": (r'Failed to add pacemaker client child "ccm"',),
}
# 3.0.6 takes the name of a group for a pattern and does not find one with "+" in it: it gets another letter there.
PATTERN_LETTER, PLAIN_LETTER = "+", "_"
START_SECONDS, STOP_SECONDS = 45, 40

STAND_IN = f"""#!/bin/sh
# A resource that is only a flag, and tells every start and stop.
call="${{0##*/}}"
flag={tracing.FLAGS}/${{0##*/}}
while [ $# -gt 1 ]; do
	call="$call $1"
	flag=$flag:$(echo "$1" | tr /+ __)
	shift
done
case $1 in
status) if [ -e "$flag" ]; then echo running; else echo stopped; exit 3; fi ;;
start | stop)
	echo "$1 $call" >>{tracing.TRACE}
	if [ "$1" = start ]; then : >"$flag"; else rm -f "$flag"; fi
	;;
*) echo "$1 $call" >>{tracing.TRACE} ;;
esac
exit 0
"""


# The set as text.

def logical_lines(text):
    """Lines of ha.cf or haresources, continued ones as one, without comments."""
    text = re.sub(r"#.*", "", text)
    return [words for words in (line.split() for line in re.sub(r"[ \t]*\\\n", " ", text).splitlines()) if words]


def script_of(word):
    """The script and its arguments, as one text."""
    if re.match(r"\d+\.\d+\.\d+\.\d+(/|$)", word):
        word = "IPaddr::" + word
    return word.replace("::", " ")


def flags_of(lines):
    """The names of the flags of all resources in LINES of haresources while they are up."""
    return {re.sub("[/+]", "_", script_of(word).replace(" ", ":")) for words in lines for word in words[1:]}


class ConfigSet:
    """The files of one set; of a second node only where they differ."""

    def __init__(self, name):
        self.name = name
        self.place = SETS / name
        self.groups = [[words[0].lower(), [script_of(word) for word in words[1:]]]
                       for words in logical_lines(self._text("haresources"))]
        owners = list(dict.fromkeys(words[0] for words in logical_lines(self._text("haresources"))))
        made = MADE_HA_CF.format(nodes=" ".join(owners))
        self.ha_cf = self._text("ha.cf") if (self.place / "ha.cf").exists() else made
        self.authkeys = self._text("authkeys") if (self.place / "authkeys").exists() else AUTHKEYS
        self.directives = logical_lines(self.ha_cf)
        self.nodes = [name for words in self.directives if words[0] == "node" for name in words[1:]]
        self.interfaces = list(dict.fromkeys(self._interfaces())) or ["eth0"]
        self.scripts = {script.split()[0] for name in FILES[2:] for second in (False, True)
                        for words in logical_lines(self._text(name, second)) for script in map(script_of, words[1:])}

    def _text(self, file, second=False):
        path = self.place / (file + ".node2")
        path = path if second and path.exists() else self.place / file
        return path.read_text() if path.exists() else ""

    def _interfaces(self):
        for words in self.directives:
            if words[0] == "bcast":
                yield from words[1:]
            elif words[0] in MEDIA:
                yield words[1]

    def pings(self):
        return any(words[0] == "ping" for words in self.directives)

    def needs(self):
        """Media that this test has no lines for."""
        return [words[0] for words in self.directives if words[0] in OTHER_MEDIA]

    def files_for(self, node, peer, ping, kind):
        """(ha.cf, authkeys, haresources) of NODE in a laboratory."""
        second = node.name != self.nodes[0]
        haresources = self._text("haresources", second)
        if kind == "debian":
            haresources = haresources.replace(PATTERN_LETTER, PLAIN_LETTER)
        ha_cf = self._text("ha.cf", second) if (self.place / "ha.cf").exists() else self.ha_cf
        out = []
        for line in ha_cf.splitlines():
            if match := re.match(r"(\s*ucast\s+(\S+)\s+)(\S+)(.*)", line):
                line = match[1] + self._address(match[2], match[3], node, peer) + match[4]
            elif match := re.match(r"(\s*ping\s+)\S+(.*)", line):
                line = match[1] + ping + match[2]
            elif match := re.match(r"(\s*keepalive\s+)\S+(.*)", line):
                line = match[1] + "200ms" + match[2]
            elif kind == "debian":
                line = re.sub(r"^(\s*respawn\s+\S+\s+)/\S*/heartbeat/", r"\1/usr/libexec/heartbeat/", line)
            out.append(line)
        # There is no syslog in here, and what 3.0.6 loses of its own is known by its log only.
        if kind == "debian" and not re.search(r"^\s*(logfile|debugfile|use_logd)\s", ha_cf, re.MULTILINE):
            out.append("logfile /var/log/ha-log")
        return "\n".join(out) + "\n", self.authkeys, haresources or None

    def _address(self, interface, address, node, peer):
        """What stands for ADDRESS of a ucast line: the peer's; of several on one interface the first two are the nodes',
        others nobody's."""
        all_of_it = list(dict.fromkeys(words[2] for words in self.directives if words[:2] == ["ucast", interface]))
        if len(all_of_it) == 1:
            return peer.addresses[interface]
        both = sorted((node, peer), key=lambda one: self.nodes.index(one.name))
        number = all_of_it.index(address)
        return both[number].addresses[interface] if number < 2 else both[0].addresses[interface] + f"{number}"

    def resources_of(self, node):
        """Flags that are up when NODE has its own groups."""
        text = self._text("haresources", node != self.nodes[0])
        return flags_of(words for words in logical_lines(text) if words[0].lower() == node.lower())



# A laboratory for it.

class NotStarted(LabError):
    """The daemon refuses its configuration."""


class Run:
    """One set with one kind of daemon; calls is what each node called, phase by phase."""

    def __init__(self, config, kind):
        self.config = config
        self.kind = kind
        self.calls = []
        self.proves_nothing = False
        self.said = ""  # by the first node: output of the command, and every log
        self._read = {}

    def go(self):
        config = self.config
        with Lab(f"configs-{config.name}-{self.kind}", networks=config.interfaces) as lab:
            self.lab = lab
            self.nodes = lab.nodes(*config.nodes, kind=self.kind)
            ping = lab.client("gateway").ip if config.pings() else None
            for node, peer in zip(self.nodes, reversed(self.nodes)):
                self._install(node)
                ha_cf, authkeys, haresources = config.files_for(node, peer, ping, self.kind)
                node.configure(ha_cf, haresources, authkeys)
            try:
                self._live()
            except LabError as error:
                raise type(error)(f"{self.kind}: {error}\n{self.logs()}") from None
            finally:
                self.said += self.logs()
                self.proves_nothing = self.kind == "debian" and any(
                    text in node.run("cat /var/log/h* 2>/dev/null").stdout
                    for node in self.nodes if node.is_up for text in reference.OWN_LOSSES)

    def _install(self, node):
        for script in self.config.scripts:
            if node.exists(f"/etc/ha.d/resource.d/{script}"):
                node.remove(f"/etc/ha.d/resource.d/{script}")
            node.write(f"/etc/ha.d/resource.d/{script}", STAND_IN, 0o755)
        node.write(tracing.TRACE, "")
        # A watchdog that nothing is asked of.
        node.run(f"mkdir -p {tracing.FLAGS}; [ -e /dev/watchdog ] || mknod /dev/watchdog c 1 3", check=True)

    def _live(self):
        for node in self.nodes:
            done = node.start_heartbeat(check=False)
            self.said += done.stdout + done.stderr
            if done.returncode != 0:
                raise NotStarted(f"does not start: {done.stdout + done.stderr}")
        if not self.config.groups:
            self._wait(lambda: all(self._sees_both(node) for node in self.nodes), START_SECONDS, "they see each other")
            return
        first = next(node for node in self.nodes if node.name.lower() == self.config.groups[0][0])
        other = next(node for node in self.nodes if node is not first)
        own = {node: self.config.resources_of(node.name) for node in self.nodes}
        self._wait(lambda: all(self._held(node) == own[node] for node in self.nodes), START_SECONDS, "every group runs")
        self._note("start")
        first.stop_heartbeat(STOP_SECONDS)
        # Groups that only the stopped node knows stay where they are.
        known = flags_of(logical_lines(other.read("/etc/ha.d/haresources")))
        self._wait(lambda: self._held(other) == known, STOP_SECONDS, "the other node takes over")
        self._note(f"{first.name} stops")
        other.stop_heartbeat(STOP_SECONDS)
        self._note(f"{other.name} stops")

    def _sees_both(self, node):
        words = [node.run(["cl_status", "nodestatus", one.name.lower()]).stdout.strip() for one in self.nodes]
        return words == ["active", "active"]

    def _held(self, node):
        return {flag.name for flag in node.path(tracing.FLAGS).iterdir()}

    def _wait(self, condition, seconds, what):
        try:
            self.lab.wait(condition, seconds, what, every=0.1)
        except LabError as error:
            held = {node.name: sorted(self._held(node)) for node in self.nodes}
            raise LabError(f"{error}; held: {held}") from None

    def _note(self, phase):
        for node in self.nodes:
            lines = node.read(tracing.TRACE).splitlines()
            self.calls += [f"{phase}: {node.name}: {line}" for line in lines[self._read.get(node, 0):]]
            self._read[node] = len(lines)

    def logs(self):
        script = "cat /var/log/ha-log /var/log/ha.log /var/log/ha-debug /var/log/h* 2>/dev/null | tail -n 60"
        return "".join(node.run(script).stdout for node in self.nodes if node.is_up)


def named(name, title):
    """A set of which ours must say what is missing; nothing is called."""
    run = Run(ConfigSet(name), "ours")
    try:
        run.go()
        return f"not ok {title}: it starts", run.said, True
    except NotStarted:
        pass
    for pattern in NAMED[name]:
        if not re.search(pattern, run.said):
            return f"not ok {title}: nothing is said of {pattern}", run.said, True
    return f"ok {title}", "", False


def compared(config, title):
    """Runs of both; again while 3.0.6 has lost a message of its own in one that would fail."""
    ours = Run(config, "ours")
    ours.go()
    if not config.groups:  # it is the CRM's, which 3.0.6 lacks here
        return f"ok {title}", f"{len(ours.calls)} calls", False
    want = calls_of(ours)
    for left in range(reference.RETRIES, -1, -1):
        old = Run(config, "debian")
        try:
            old.go()
        except LabError:
            if not left or not old.proves_nothing:
                raise
            continue
        if calls_of(old) == want:
            return f"ok {title}", f"{len(want)} calls", False
        if not old.proves_nothing:
            break
    return (f"not ok {title}: other calls than 3.0.6", "\n".join(["ours:", *want, "3.0.6:", *calls_of(old)]), True)


def calls_of(run):
    return [line.replace(PATTERN_LETTER, PLAIN_LETTER) for line in run.calls]


def judge(name):
    """(line of the result, details, whether it failed)"""
    title = f"configs-lab/{name}"
    config = ConfigSet(name)
    if config.needs():
        return f"skip {title}: no {config.needs()[0]} here", "", False
    try:
        return named(name, title) if name in NAMED else compared(config, title)
    except Skip as skip:
        return f"skip {title}: {skip}", "", False
    except (LabError, OSError, ValueError) as error:
        first, _, rest = str(error).partition("\n")
        return f"not ok {title}: {type(error).__name__}: {first}", rest, True


def chosen(wanted):
    rows = [line.split("\t")[:2] for line in (SETS / "INDEX.tsv").read_text().splitlines()[1:]]
    return [name for name, kind in rows if kind in ("good", "odd")
            and any((SETS / name / file).exists() for file in ("ha.cf", "haresources"))
            and (not wanted or any(word in name for word in wanted))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="SET", help="part of a name (default: all)")
    parser.add_argument("-j", "--jobs", type=int, default=20, help="sets at the same time (default 20)")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell more of those that are ok")
    options = parser.parse_args()
    if not SETS.is_dir():
        print(f"skip configs-lab: there is no {SETS}")
        return 0
    try:
        places.require()
        for kind in ("ours", "debian"):
            installs.layer(kind)
    except Skip as skip:
        print(f"skip configs-lab: {skip}")
        return 0
    catch_signals()
    failed = False
    printing = threading.Lock()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for one in concurrent.futures.as_completed([pool.submit(judge, name) for name in chosen(options.names)]):
            line, details, bad = one.result()
            with printing:
                print("\n".join(filter(None, (line, details if bad or options.verbose else ""))), flush=True)
            failed = failed or bad
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
