# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of fencing share: power that nodes can cut, storage that two nodes see, and who wrote to it.

    power = Power(lab)
    nodes = cluster(lab, power, "stonith_host * external/lab alpha bravo\\n")
    lab.cut(*nodes)
    ...
    power.disk_check()      # never two writers at a time

A node asks for power through a file in a directory that all nodes see; a thread of the test pulls the plug, boots the
machine again and starts heartbeat there, as a power switch and an init system do.
"""

import random
import shutil
import socket
import sys
import threading
import time

from . import places
from .errors import LabError, Skip
from .share import share
from .suite import need
from .switch import socket_in

SHARED = "/shared"
HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 700ms
deadtime 1500ms
initdead 5s
bcast eth0
auto_failback off
after_partition {partition}
node alpha bravo
"""
SOAK_CF = HA_CF.replace("keepalive 200ms", "keepalive 150ms").replace("deadtime 1500ms", "deadtime 1s").replace(
    "warntime 700ms", "warntime 500ms").replace("initdead 5s", "initdead 2s")
# Asks for power, and waits until it was given.
ASK = f"""ask() {{
	request={SHARED}/power/$(hostname).$$.$(date +%s%N) # process numbers come again after each boot
	echo "$*" >"$request.new" && mv "$request.new" "$request.req"
	left=400
	while [ ! -e "$request.done" ]; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.05
	done
	read -r answer <"$request.done"
	rm -f "$request.done"
	[ "$answer" = OK ]
}}
"""
# An external type.  What is in /run/device on its node makes it fail, hang or lie.
EXTERNAL = f"""#!/bin/sh
{ASK}
case $1 in
getconfignames) echo hostlist ;;
getinfo-devid) echo "Lab switch" ;;
getinfo-devname) echo lab ;;
getinfo-devdescr) echo "the power of the laboratory" ;;
getinfo-devurl) echo http://example.com ;;
getinfo-xml) echo '<parameters><parameter name="hostlist" unique="0" required="1"><content type="string"/></parameter></parameters>' ;;
gethosts) echo $hostlist ;;
status) [ ! -e /run/device/dead ] ;;
reset|off|on)
	echo "$1 $2" >>/var/log/device
	[ ! -e /run/device/fails ] || exit 1
	[ ! -e /run/device/hangs ] || exec sleep 1000
	[ ! -e /run/device/lies ] || exit 0
	ask "$1" "$2" ;;
*) exit 1 ;;
esac
"""
# A fence agent as fence-agents has them: options on standard input.
AGENT = f"""#!/bin/sh
{ASK}
action=reboot port=
[ "${{1-}}" != -o ] || action=$2
[ "$action" = metadata ] || while IFS='=' read -r name value; do
	case $name in
	action|option) action=$value ;;
	port|plug|nodename) port=$value ;;
	esac
done
case $action in
metadata)
	cat <<XML
<?xml version="1.0" ?>
<resource-agent name="fence_lab" shortdesc="Fence agent of the laboratory">
<longdesc>It asks the laboratory for power.</longdesc>
<parameters>
<parameter name="action" unique="0" required="1"><content type="string" default="reboot"/><shortdesc lang="en">what to do</shortdesc></parameter>
<parameter name="port" unique="0" required="0"><content type="string"/><shortdesc lang="en">which machine</shortdesc></parameter>
</parameters>
<actions><action name="on"/><action name="off"/><action name="reboot"/><action name="monitor"/><action name="status"/><action name="metadata"/></actions>
</resource-agent>
XML
	;;
monitor|status) exit 0 ;;
reboot) ask reset "$port" ;;
on|off) ask "$action" "$port" ;;
*) exit 1 ;;
esac
"""
# The shared disk: whoever runs it writes its name and a number, again and again.
DISK = f"""#!/bin/sh
pidfile=/run/disk.pid
runs() {{ [ -s $pidfile ] && kill -0 "$(cat $pidfile)" 2>/dev/null; }}
case $1 in
start)
	runs && exit 0
	setsid sh -c 'who=$(hostname).$$.$(date +%s%N); n=0
		while :; do n=$((n + 1)); echo "$who $n" >>{SHARED}/disk/data; sleep 0.03; done' </dev/null >/dev/null 2>&1 &
	echo $! >$pidfile ;;
stop)
	runs || exit 0
	kill "$(cat $pidfile)"
	while runs; do sleep 0.02; done ;;
status) if runs; then echo running; else echo stopped; exit 3; fi ;;
esac
"""


class Power:
    def __init__(self, lab):
        self.lab = lab
        self.directory = places.scratch() / f"shared-{lab.name}"
        for part in ("power", "disk"):
            (self.directory / part).mkdir(parents=True)
        self.data = self.directory / "disk/data"
        self.data.touch()
        self.done = []  # (operation, node), in their order
        self.times = []
        self.boots = True  # a node that was reset comes back
        self.failures = []
        self._kept = []
        self._lock = threading.RLock()
        self._running = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_reason):
        self.close()

    def keep(self, what):
        """WHAT is closed with it."""
        self._kept.append(what)

    def close(self):
        self._running = False
        for what in self._kept:
            what.close()
        self._thread.join()
        shutil.rmtree(self.directory, ignore_errors=True)

    # What people and switches do.

    def boot(self, node):
        with self._lock:
            if not node.is_up:
                node.power_on()
            share(node, self.directory, SHARED)
            node.start_heartbeat(check=False)

    def operate(self, operation, node):
        """Off, on or reset; over when it is done."""
        with self._lock:
            self.done.append((operation, node.name))
            self.times.append((time.time(), operation, node.name))
            if operation in ("off", "reset") and node.is_up:
                node.power_off()
            if operation == "on" or (operation == "reset" and self.boots):
                # Booting takes a while, and the answer comes before it is over.
                threading.Timer(0.3, self._boot_later, (node,)).start()

    def _boot_later(self, node):
        try:
            with self._lock:
                if self._running and not node.is_up:
                    self.boot(node)
        except Exception as reason:  # told at the end of the test
            self.failures.append(f"boot of {node.name}: {reason}")

    def resets(self):
        """Who was switched off, in that order."""
        return [name for operation, name in self.done if operation != "on"]

    def _serve(self):
        place = self.directory / "power"
        while self._running:
            for request in sorted(place.glob("*.req")):
                words = request.read_text().split()
                request.unlink()
                self._answer(request.with_suffix(""), words)
            time.sleep(0.02)

    def _answer(self, request, words):
        try:
            node = self.lab.machines[words[1].lower()]
            if not self.lab.machines[request.name.partition(".")[0]].is_up:
                return  # it lost its power before anybody listened
            self.operate(words[0], node)
            text = "OK"
        except Exception as reason:
            self.failures.append(f"{words}: {reason}")
            text = "failed"
        fresh = request.with_name(request.name + ".fresh")
        fresh.write_text(text + "\n")
        fresh.rename(request.with_name(request.name + ".done"))

    # The disk.

    def writers(self):
        """Those who wrote, in the order of their first line: (name, first line, last line)."""
        spans = {}
        for number, line in enumerate(self.data.read_text(errors="replace").splitlines()):
            who = line.split(" ")[0]
            spans.setdefault(who, [number, number])[1] = number
        return [(who, first, last) for who, (first, last) in spans.items()]

    def disk_check(self):
        """Never two writers at a time: the lines of one are not mixed with those of another."""
        before = None
        for who, first, last in self.writers():
            need(before is None or first > before[2], f"two writers: {before and before[0]} and {who}")
            before = (who, first, last)

    def writes(self):
        return self.data.stat().st_size


# Devices: what stands in ha.cf for each, and what of them is outside of the nodes.

def stonith_line(lab, power, kind):
    """The device of KIND, made and ready."""
    if kind == "external":
        return "stonith_host * external/lab alpha bravo\n"
    if kind == "rhcs":
        return "stonith_host * rhcs/lab hostlist=alpha,bravo\n"
    if kind == "meatware":
        power.keep(Operator(lab, power))
        return "stonith_host * meatware alpha bravo\n"
    if kind == "baytech":
        power.keep(outlets(lab, power))
        return "stonith_host * baytech 10.77.0.200 admin secret\n"
    raise Skip(f"no device of kind {kind}")


class Operator(threading.Thread):
    """The person of meatware: sees that a node asks, pulls the plug of the other, and says so with meatclient."""

    def __init__(self, lab, power):
        super().__init__(daemon=True)
        self.lab, self.power, self.running = lab, power, True
        self.start()

    def close(self):
        self.running = False
        self.join()

    def run(self):
        while self.running:
            time.sleep(0.1)
            for asker, other in (("alpha", "bravo"), ("bravo", "alpha")):
                try:
                    self.look(self.lab.machines[asker], self.lab.machines[other])
                except Exception:  # the asker itself lost its power meanwhile: nobody asks any more
                    pass

    def look(self, asker, other):
        fifo = f"/run/meatware.{other.name}"
        if not asker.is_up or not asker.exists(fifo):
            return
        # One that was called off leaves its FIFO behind.
        if not any("meatware" in words and other.name in words for words in asker.processes().values()):
            return
        self.power.operate("reset", other)
        done = asker.run(["meatclient", "-c", other.name], input="y\n")
        if done.returncode not in (0, 4):  # 4: who asked was heard again, and does not wait any more
            self.power.failures.append(f"meatclient: {done.returncode} {done.stderr}")


def outlets(lab, power):
    """A BayTech switch on the network of the nodes, whose outlets are their power."""
    place = str(places.ROOT / "tests/stonith/sim")
    if place not in sys.path:
        sys.path.insert(0, place)
    try:
        import switches
    except ImportError:
        raise Skip("there is no simulator of the switch") from None
    machine = lab.client("outlets", address="10.77.0.200")

    class Outlets(switches.Baytech):
        def listen(self):
            self.server = socket_in(machine, socket.AF_INET, socket.SOCK_STREAM)
            self.server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.server.bind((self.address, 23))
            self.server.listen(8)

        def switch(self, number, on):
            super().switch(number, on)
            power.operate("on" if on else "off", lab.machines[self.outlets[number][0].decode()])

        def close(self):
            self.stop()

    unit = Outlets("10.77.0.200", {1: [b"alpha", True], 4: [b"bravo", True]})
    unit.start()
    return unit


def cluster(lab, power, stonith, start=True, partition="restart", kind="ours", haresources="alpha Disk\n", ha_cf=HA_CF):
    nodes = lab.nodes("alpha", "bravo", kind=kind)
    for node in nodes:
        install(node)
        node.configure(ha_cf.format(partition=partition) + stonith, haresources)
        share(node, power.directory, SHARED)
        if start:
            node.start_heartbeat()
    if start:
        whole(lab, power, nodes)
    return nodes


def install(node):
    node.write("/etc/ha.d/resource.d/Disk", DISK, 0o755)
    node.write("/usr/lib/stonith/plugins/external/lab", EXTERNAL, 0o755)
    node.write("/usr/lib/stonith/plugins/rhcs/fence_lab", AGENT, 0o755)


def device(node, *what):
    """How the external device behaves when this node uses it: fails, hangs, lies, dead; nothing: well."""
    node.run(["sh", "-c", "rm -rf /run/device; mkdir /run/device; cd /run/device; for w; do : >$w; done", "sh", *what], check=True)


def runs(node):
    return node.is_up and node.run(["/etc/ha.d/resource.d/Disk", "status"]).stdout.strip() == "running"


def is_whole(nodes):
    """Both live, see each other, are at rest, and one of them writes."""
    try:
        if not all(node.is_up and node.master_pid() for node in nodes):
            return False
        words = [node.rscstatus() for node in nodes]
        if None in words or "transition" in words:
            return False
        if any(node.run(["cl_status", "nodestatus", other.name]).stdout.strip() != "active" for node in nodes for other in nodes):
            return False
        return sum(runs(node) for node in nodes) == 1
    except Exception:  # a machine lost its power while it was asked
        return False


def whole(lab, power, nodes, timeout=60):
    lab.wait(lambda: is_whole(nodes), timeout, "both nodes live and one of them writes", every=0.2)
    before = power.writes()
    lab.wait(lambda: power.writes() > before, 10, "the disk is written")
    need(not power.failures, power.failures)


# Partitions at random.

def partition(lab, nodes, chance):
    """Makes one and says what it is: cut both ways, one way, or a daemon that stands still while its resources go on."""
    one, other = chance.sample(nodes, 2)
    how = chance.choice(("both ways", "both ways", "one way", "one way", "stands still"))
    if how == "both ways":
        lab.cut(one, other)
    elif how == "one way":
        lab.cut_oneway(one, other)
    else:
        one.freeze_heartbeat()
    return f"{one.name} {how}"


def partitions(lab, kind, count, seed, longest_s, rest_s=90):
    """COUNT of them, each shorter than LONGEST_S; after each both live within REST_S and one writes, and never two did."""
    chance = random.Random(seed)
    with Power(lab) as power:
        line = stonith_line(lab, power, kind)
        nodes = cluster(lab, power, line + "stonith_delay * 2s\n", partition=chance.choice(("restart", "merge")), ha_cf=SOAK_CF)
        for number in range(count):
            what, length = partition(lab, nodes, chance), chance.uniform(0.2, longest_s)
            time.sleep(length)
            lab.heal()
            for node in nodes:
                try:
                    node.thaw_heartbeat()
                except OSError:
                    pass  # it has just lost its power
            try:
                whole(lab, power, nodes, timeout=rest_s)
                power.disk_check()
            except LabError as reason:
                keep_logs(kind, power, nodes)
                raise LabError(f"partition {number} ({what}, {length:.2f} s): {reason}") from None
        return f"{count} partitions, {len(power.resets())} resets, {len(power.writers())} writers"


def keep_logs(kind, power, nodes):
    place = places.BUILD / "test-logs" / f"fence-{kind}"
    place.mkdir(parents=True, exist_ok=True)
    for node in nodes:
        (place / f"{node.name}.log").write_text(node.read("/var/log/ha-debug", default=""))
    (place / "power").write_text("".join(f"{at:.3f} {operation} {name}\n" for at, operation, name in power.times))
    shutil.copy(power.data, place / "data")
