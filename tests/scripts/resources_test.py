#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Resource scripts whose hardware or service is not here, with stand-ins for the commands that they run; IPsrcaddr
and portblock with the kernel's own routes and rules.  No OCF agents, as on a machine without that package."""

import sys

from support import expect, expect_match, expect_that, run_cases

D = "/etc/ha.d/resource.d"
AGENTS = "/usr/lib/ocf/resource.d"
SHARE = "/usr/share/heartbeat"
STOPPED = (7, "INFO:  Resource is stopped\n")
RUNNING = (0, "INFO:  Running OK\n")
SUCCESS = (0, "INFO:  Success\n")
ENVIRONMENT = {"HA_LOGFILE": "/tmp/log", "HA_CURHOST": "alpha"}
# A stand-in notes its call, fails or hangs when told to, and then does what its own text says.
STAND_IN = """#!/bin/sh
echo "{name}${{*:+ $*}}" >>/tmp/calls
told() {{ echo "{name}${{*:+ $*}}" | grep -Eqxf "$file" 2>/dev/null; }}
file=/tmp/fails && told "$@" && exit 1
file=/tmp/hangs && told "$@" && exec /usr/bin/sleep 100
{text}
"""


def call(node, name, *words):
    done = node.run([f"{D}/{name}", *words], env=ENVIRONMENT, timeout=60)
    return done.returncode, done.stdout


def bare(node, **stand_ins):
    """Empty /tmp, no agents; STAND_INS: name of a command -> what it does.  Waiting is short."""
    node.run(f"rm -rf {AGENTS} /tmp/* /var/run/heartbeat/rsctmp; mkdir -p /tmp /var/run/heartbeat/rsctmp")
    for name, text in stand_ins.items():
        node.write(f"/usr/sbin/{name}", STAND_IN.format(name=name, text=text), 0o755)
    # Behind /usr/sbin in the scripts' PATH.
    node.write("/usr/sbin/timeout", '#!/bin/sh\nshift 3\nexec /usr/bin/timeout -k 1 0.5 "$@"\n', 0o755)
    node.write("/usr/sbin/sleep", "#!/bin/sh\nexec /usr/bin/sleep 0.01\n", 0o755)


def calls(node):
    """What was called since the last question, without what only looks."""
    text = node.read("/tmp/calls", "-")
    node.write("/tmp/calls", "")
    return [line for line in text.splitlines()
            if line.split()[0] not in ("lvs", "vgs") and not line.startswith(
                ("drbdadm role", "drbdadm state", "mdadm --detail", "ipvsadm -L"))]


def fails(node, pattern):
    node.write("/tmp/fails", pattern)


def hangs(node, pattern):
    node.write("/tmp/hangs", pattern)


def life(node, name, *arguments, start, stop, stopped=STOPPED, running=RUNNING, success=SUCCESS):
    """status, start, status, start, stop, status, stop, each twice as it may come; START and STOP are the calls."""
    for operation, want, made in (
            ("status", stopped, []), ("status", stopped, []), ("start", success, start), ("status", running, []),
            ("start", success, None), ("status", running, []), ("stop", success, stop), ("status", stopped, []),
            ("stop", success, None), ("status", stopped, [])):
        what = f"{name} {' '.join(arguments)} {operation}"
        expect(call(node, name, *arguments, operation), want, what)
        got = calls(node)
        if made is not None:
            expect(got, made, what)


# DRBD, LVS.

DRBDADM = """state=$(cat /tmp/role 2>/dev/null || echo Secondary)
case $1 in
role | state) echo "$state" ;;
primary) echo Primary >/tmp/role ;;
secondary) echo Secondary >/tmp/role ;;
esac"""
PLAIN = {"stopped": (3, "stopped\n"), "running": (0, "running\n"), "success": (0, "")}


def drbddisk(node, client):
    bare(node, drbdadm=DRBDADM)
    life(node, "drbddisk", "r0", start=["drbdadm primary r0"], stop=["drbdadm secondary r0"], **PLAIN)
    node.write("/tmp/role", "Primary/Secondary\n")
    expect(call(node, "drbddisk", "r0", "status"), (0, "running\n"), "role of DRBD 8")
    node.write("/tmp/role", "Secondary/Primary\n")
    expect(call(node, "drbddisk", "r0", "status"), (3, "stopped\n"), "the peer is primary")
    fails(node, "drbdadm role.*")
    node.write("/tmp/role", "Primary\n")
    expect(call(node, "drbddisk", "r0", "status"), (0, "running\n"), "a program that calls it state")
    expect(call(node, "drbddisk", "status"), (10, ""), "all cannot be asked")
    calls(node)
    expect(call(node, "drbddisk", "start"), (0, ""), "all")
    expect(calls(node), ["drbdadm primary all"], "all")


def drbddisk_in_trouble(node, client):
    bare(node, drbdadm=DRBDADM)
    fails(node, "drbdadm primary.*")
    expect(call(node, "drbddisk", "r0", "start"), (1, ""), "a peer that is primary")
    expect(calls(node), ["drbdadm primary r0"] * 6, "tried for a while")
    expect_match("drbdadm primary r0 failed 6 times", node.read("/tmp/log"), "in the log")
    fails(node, "drbdadm secondary.*")
    node.write("/tmp/role", "Primary\n")
    calls(node)
    expect(call(node, "drbddisk", "r0", "stop"), (1, ""), "somebody has it open")
    expect(calls(node), ["drbdadm secondary r0"] * 3, "who may let go in a moment")
    node.write("/tmp/role", "Unconfigured\n")
    expect(call(node, "drbddisk", "r0", "stop"), (0, ""), "what is not there is not primary")
    fails(node, "nothing")
    hangs(node, "drbdadm primary.*")
    expect(call(node, "drbddisk", "r0", "start"), (1, ""), "a command that hangs")
    expect_match("did not end within 20 s", node.read("/tmp/log"), "is named")


IPVSADM = """case $1 in
-L) cat /tmp/daemons 2>/dev/null ;;
--start-daemon) echo "$2 sync daemon (mcast=${3#*=}, syncid=0)" >>/tmp/daemons ;;
--stop-daemon) sed -i "/^$2 /d" /tmp/daemons ;;
esac"""


def lvs_sync_daemon(node, client):
    bare(node, ipvsadm=IPVSADM)
    words = {"stopped": (3, "master stopped\n"), "running": (0, "master running\n"), "success": (0, "")}
    life(node, "LVSSyncDaemonSwap", "master", "eth1", start=["ipvsadm --start-daemon master --mcast-interface=eth1"],
         stop=["ipvsadm --stop-daemon master", "ipvsadm --start-daemon backup --mcast-interface=eth1"], **words)
    expect(call(node, "LVSSyncDaemonSwap", "master", "start"), (0, ""), "swap")
    expect(calls(node), ["ipvsadm --stop-daemon backup", "ipvsadm --start-daemon master --mcast-interface=eth0"],
           "swap, by eth0 when nothing is said")
    expect(call(node, "LVSSyncDaemonSwap", "backup", "status"), (3, "backup stopped\n"), "the other role")
    fails(node, "ipvsadm --start.*")
    expect(call(node, "LVSSyncDaemonSwap", "backup", "start")[0], 1, "does not start")
    expect(call(node, "LVSSyncDaemonSwap", "master", "stop"), (0, ""), "given up without counterpart")
    node.write("/tmp/daemons", "master sync daemon (mcast=eth0, syncid=0)\n")
    fails(node, "ipvsadm --stop.*")
    expect(call(node, "LVSSyncDaemonSwap", "master", "stop")[0], 1, "does not stop")
    hangs(node, "ipvsadm -L.*")
    expect(call(node, "LVSSyncDaemonSwap", "master", "status"), (3, "master stopped\n"), "hangs")
    expect_match("ipvsadm did not end within 20 s", node.read("/tmp/log"), "is named")
    for words in (("status",), ("slave", "start"), ("master",), ()):
        expect(call(node, "LVSSyncDaemonSwap", *words)[0], 1, f"{words}")


# Disks.

LVS = 'cat /tmp/volumes 2>/dev/null || { echo "  -wi-------"; echo "  -wi-------"; }'
VGCHANGE = """case $2 in
y) printf '  -wi-a-----\\n  -wi-ao----\\n' ;;
n) printf '  -wi-------\\n  -wi-------\\n' ;;
esac >/tmp/volumes
echo '  2 logical volume(s) in volume group "data" now active'"""


def lvm(node, client):
    bare(node, lvs=LVS, vgs="echo data", vgscan="", vgchange=VGCHANGE)
    life(node, "LVM", "data", start=["vgscan", "vgchange -a y data"], stop=["vgchange -a n data"])
    node.write("/tmp/volumes", "  -wi-a-----\n  -wi-------\n")
    expect(call(node, "LVM", "data", "status"), STOPPED, "half of it")
    fails(node, "vgchange.*")
    expect(call(node, "LVM", "data", "start")[0], 1, "does not start")
    expect(call(node, "LVM", "data", "stop")[0], 1, "does not stop")
    fails(node, "(lvs|vgs).*")
    expect(call(node, "LVM", "data", "status"), STOPPED, "a group that is not here")
    expect(call(node, "LVM", "data", "stop"), SUCCESS, "a group that is not here")
    fails(node, "nothing")
    hangs(node, "(lvs|vgs).*")
    expect(call(node, "LVM", "data", "status"), (1, "ERROR:  Generic error\n"), "hangs")
    expect(call(node, "LVM", "data", "stop")[0], 1, "a hanging command proves nothing")


def without_program(node, client):
    bare(node)
    node.run("cd /usr/sbin; rm -f vgchange mdadm drbdadm ipvsadm")
    for name, arguments, code in (("LVM", ("data",), 5), ("Raid1", ("/etc/mdadm.conf", "/dev/md0"), 5),
                                  ("drbddisk", ("r0",), 5), ("LVSSyncDaemonSwap", ("master",), 1)):
        expect(call(node, name, *arguments, "start")[0], code, f"{name} start")
        expect_that("running" not in call(node, name, *arguments, "status")[1].lower(), f"{name} status")
        expect(call(node, name, *arguments, "stop")[0], 0, f"{name} stop: nothing was started")


MDADM = """case $1 in
--detail) exit $(cat /tmp/array 2>/dev/null || echo 4) ;;
--assemble) echo 0 >/tmp/array ;;
--stop) echo 4 >/tmp/array ;;
esac"""


def raid1(node, client):
    bare(node, mdadm=MDADM)
    node.write("/etc/mdadm.conf", "")
    arguments = ("Raid1", "/etc/mdadm.conf", "/dev/md0")
    life(node, *arguments, start=["mdadm --assemble /dev/md0 --config=/etc/mdadm.conf"], stop=["mdadm --stop /dev/md0"])
    node.write("/tmp/array", "1\n")
    expect(call(node, *arguments, "status"), RUNNING, "degraded")
    node.run("mkdir '/tmp/a b' && mount -t tmpfs /dev/md0 '/tmp/a b'", check=True)
    expect(call(node, *arguments, "stop"), SUCCESS, "a mounted one")
    expect_that("/dev/md0" not in node.run("cat /proc/mounts").stdout, "is unmounted first")
    fails(node, "mdadm --[as].*")
    expect(call(node, *arguments, "start")[0], 1, "does not start")
    node.write("/tmp/array", "0\n")
    expect(call(node, *arguments, "stop")[0], 1, "does not stop")
    hangs(node, "mdadm --detail.*")
    for operation in ("status", "start", "stop"):
        expect(call(node, *arguments, operation)[0], 1, f"hangs, {operation}")
    hangs(node, "nothing")
    node.write("/tmp/array", "4\n")
    expect(call(node, "Raid1", "/etc/nothing.conf", "/dev/md0", "start")[0], 6, "no configuration")


# Routes and rules of the kernel.

def default_route(node):
    return node.run("ip -4 route show default", check=True).stdout.split()


def ipsrcaddr(node, client):
    bare(node)
    arguments = ("IPsrcaddr", "10.77.0.70")
    try:
        expect(call(node, *arguments, "status"), STOPPED, "no route")
        expect(call(node, *arguments, "stop"), SUCCESS, "no route")
        expect(call(node, *arguments, "start")[0], 1, "no address")
        node.run("ip addr add 10.77.0.70/24 dev eth0; ip addr add 10.77.0.71/24 dev eth0", check=True)
        expect(call(node, *arguments, "start")[0], 1, "no route")
        node.run(f"ip route add default via {client.ip} dev eth0 metric 7 mtu 1400", check=True)
        before = default_route(node)
        for operation, want, source in (("status", STOPPED, None), ("start", SUCCESS, "10.77.0.70"),
                                        ("status", RUNNING, "10.77.0.70"), ("start", SUCCESS, "10.77.0.70"),
                                        ("stop", SUCCESS, None), ("status", STOPPED, None), ("stop", SUCCESS, None)):
            expect(call(node, *arguments, operation), want, operation)
            used = node.run("ip route get 192.0.2.1", check=True).stdout.split()
            expect(used[used.index("src") + 1], source or node.addresses["eth0"], f"{operation}: the kernel's choice")
        expect(default_route(node), before, "the route as it was")
        call(node, *arguments, "start")
        expect(call(node, "IPsrcaddr", "10.77.0.71", "stop"), SUCCESS, "somebody else's source")
        expect_that("10.77.0.70" in default_route(node), "stays")
        expect(call(node, "IPsrcaddr", "10.77.0.71", "status"), STOPPED, "somebody else's source")
        call(node, *arguments, "stop")
        node.run("ip route add default dev eth0 metric 9", check=True)
        expect(call(node, *arguments, "start")[0], 1, "two default routes")
        expect(call(node, "IPsrcaddr", "10.77.0", "start")[0], 2, "no address")
    finally:
        node.run("ip route flush exact default; ip addr del 10.77.0.70/24 dev eth0; ip addr del 10.77.0.71/24 dev eth0")


def reaches(node, client, port):
    """Whether a datagram of the client arrives at a port of the node."""
    script = f"""
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", {port})); s.settimeout(0.4)
print("ready", flush=True)
try: print(s.recv(10).decode())
except TimeoutError: print("nothing")
"""
    listener = node.spawn([sys.executable, "-c", script], stdout=-1, text=True)
    expect(listener.stdout.readline(), "ready\n", "listener")
    client.run([sys.executable, "-c", "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
                f".sendto(b'hello', ('{node.addresses['eth0']}', {port}))"], check=True)
    return listener.communicate()[0] == "hello\n"


def portblock(node, client):
    bare(node)
    block, unblock = (("portblock", "udp", "53,8000:8010", action) for action in ("block", "unblock"))
    try:
        expect(call(node, *block, "status"), STOPPED, "block at first")
        expect(call(node, *unblock, "status"), STOPPED, "unblock at first: open, but not by us")
        expect_that(reaches(node, client, 8005), "open at first")
        for _ in (1, 2):
            expect(call(node, *block, "start"), SUCCESS, "block start")
            expect(call(node, *block, "status"), RUNNING, "block")
            expect(call(node, *unblock, "status"), STOPPED, "unblock, blocked")
            expect_that(not reaches(node, client, 53) and not reaches(node, client, 8005), "closed")
        expect_that(reaches(node, client, 8011), "another port")
        for _ in (1, 2):
            expect(call(node, *unblock, "start"), SUCCESS, "unblock start")
            expect(call(node, *unblock, "status"), RUNNING, "unblock")
            expect(call(node, *block, "status"), RUNNING, "block is held all the while")
        expect_that(reaches(node, client, 8005), "open")
        for _ in (1, 2):
            expect(call(node, *unblock, "stop"), SUCCESS, "unblock stop")
            expect(call(node, *unblock, "status"), STOPPED, "unblock")
        expect_that(not reaches(node, client, 53), "closed again")
        call(node, "portblock", "tcp", "53,8000:8010", "block", "start")
        for _ in (1, 2):
            expect(call(node, *block, "stop"), SUCCESS, "block stop")
            expect(call(node, *block, "status"), STOPPED, "block")
        expect_that(reaches(node, client, 53), "open in the end")
        expect(call(node, "portblock", "tcp", "53,8000:8010", "block", "status"), RUNNING, "tcp is another resource")
        for words in (("icmp", "1", "block"), ("tcp", "http", "block"), ("tcp", "80", "close"), ("tcp", ",80", "block")):
            expect(call(node, "portblock", *words, "start")[0], 2, f"{words}")
            expect(call(node, "portblock", *words, "stop"), SUCCESS, f"{words}")
        expect(call(node, "portblock", "tcp", "99999", "block", "start")[0], 1, "what nft refuses")
        node.run("mv /usr/sbin/nft /usr/sbin/nft.away", check=True)
        expect(call(node, *block, "start")[0], 5, "no nft")
        bare(node, nft="exit 1")
        expect(call(node, *block, "start")[0], 1, "nft fails")
    finally:
        node.run("[ ! -e /usr/sbin/nft.away ] || mv /usr/sbin/nft.away /usr/sbin/nft; nft flush ruleset")


# All together.

GROUP = ("10.77.0.70/24/eth0 portblock::udp::53::block IPsrcaddr::10.77.0.70 drbddisk::r0 LVM::data "
         "LVSSyncDaemonSwap::master Raid1::/etc/mdadm.conf::/dev/md0 portblock::udp::53::unblock")


def a_group_under_the_daemon(node, client):
    """The daemon understands their words: each is started once, held, and given up."""
    bare(node, drbdadm=DRBDADM, ipvsadm=IPVSADM, mdadm=MDADM, lvs=LVS, vgs="echo data", vgscan="", vgchange=VGCHANGE)
    node.write("/etc/mdadm.conf", "")
    node.run(f"ip route add default via {client.ip} dev eth0", check=True)
    node.configure("logfile /var/log/ha-log\nkeepalive 200ms\ndeadtime 5\ninitdead 5\nbcast eth0\nauto_failback on\n"
                   "node alpha\n", f"alpha {GROUP}\n")
    try:
        node.start_heartbeat()
        node.lab.wait(lambda: len(started(node)) == 8, 30, "the group is up")
        expect_that("runs here already" not in node.log(), "nothing that rests looks held")
        expect([word for word in calls(node) if "vgscan" not in word],
               ["drbdadm primary r0", "vgchange -a y data", "ipvsadm --start-daemon master --mcast-interface=eth0",
                "mdadm --assemble /dev/md0 --config=/etc/mdadm.conf"], "once each, in order")
        expect_that("src 10.77.0.70" in node.run("ip route get 192.0.2.1").stdout and reaches(node, client, 53), "up")
        node.lab.wait(lambda: node.rscstatus() in ("all", "local"), 30, "rscstatus")
        node.stop_heartbeat()
        expect(calls(node), ["mdadm --stop /dev/md0", "ipvsadm --stop-daemon master",
                             "ipvsadm --start-daemon backup --mcast-interface=eth0", "vgchange -a n data",
                             "drbdadm secondary r0"], "given up, backwards")
        expect_that("src" not in default_route(node) and not node.has_address("10.77.0.70") and reaches(node, client, 53),
                    "as before")
    finally:
        node.stop_heartbeat()
        node.run("nft flush ruleset; ip route flush exact default")


def started(node):
    """Resources that the status operation calls running."""
    words = [word.split("::") for word in GROUP.replace("10.77", "IPaddr::10.77", 1).split()]
    return [name for name, *rest in words if "running" in call(node, name, *rest, "status")[1].lower()]


# The agent table.

RECORDER = """#!/bin/sh
env | grep '^OCF_R' | sort >/tmp/env
"""
# script, arguments, parameters, instance
MAPPED = (
    ("AudibleAlarm", (), {}, "AudibleAlarm"),
    ("AudibleAlarm", ("alpha", "bravo"), {"nodelist": "alpha bravo"}, "AudibleAlarm"),
    ("Delay", (), {"startdelay": "30", "stopdelay": "30", "mondelay": "0"}, "Delay_30"),
    ("Filesystem", ("/dev/a", "/b", "ext4", "ro,x=y z"), {"device": "/dev/a", "directory": "/b", "fstype": "ext4",
     "options": "ro,x=y z"}, "Filesystem_/dev/a"),
    ("ICP", ("1", "/dev/sda"), {"driveid": "1", "device": "/dev/sda"}, "ICP_1"),
    ("IPsrcaddr", ("10.0.0.5",), {"ipaddress": "10.0.0.5"}, "IPsrcaddr"),
    ("LVM", ("data",), {"volgrpname": "data"}, "LVM"),
    ("LinuxSCSI", ("0:0:1",), {"scsi": "0:0:1"}, "LinuxSCSI_0:0:1"),
    ("MailTo", ("a@b",), {"email": "a@b", "subject": "Resource Group"}, "MailTo"),
    ("ManageRAID", ("r",), {"raidname": "r"}, "ManageRAID_r"),
    ("ManageVE", ("101",), {"veid": "101"}, "ManageVE_101"),
    ("Raid1", ("/etc/mdadm.conf", "/dev/md0"), {"raidconf": "/etc/mdadm.conf", "raiddev": "/dev/md0"},
     "Raid1_/etc/mdadm.conf"),
    ("ServeRAID", ("1", "2"), {"serveraid": "1", "mergegroup": "2"}, "ServeRAID_1"),
    ("WAS", (), {}, "WAS"),
    ("WAS", ("/opt/was.xml",), {"config": "/opt/was.xml"}, "WAS"),
    ("WAS", ("9080",), {"port": "9080"}, "WAS"),
    ("WinPopup", (), {}, "WinPopup"),
    ("WinPopup", ("/etc/$(x) *",), {"hostfile": "/etc/$(x) *"}, "WinPopup"),
    ("Xen", ("/etc/xen/web",), {"xmfile": "/etc/xen/web"}, "Xen_/etc/xen/web"),
    ("Xinetd", ("ftp",), {"service": "ftp"}, "Xinetd"),
    ("apache", (), {}, "apache_"),
    ("apache", ("/etc/a.conf",), {"configfile": "/etc/a.conf"}, "apache_/etc/a.conf"),
    ("db2", ("db2inst1",), {"instance": "db2inst1"}, "db2_db2inst1"),
    ("ids", (), {}, "ids_"),
    ("ids", ("/opt/i", "s", "onconfig"), {"informixdir": "/opt/i", "informixserver": "s", "onconfig": "onconfig"}, "ids_s"),
    ("portblock", ("tcp", "80", "block"), {"protocol": "tcp", "portno": "80", "action": "block"}, "portblock_tcp_80_block"),
)


def table(node):
    """Script -> the form of its arguments."""
    rows = [line.split(None, 2) for line in node.read(f"{SHARE}/agent-table").splitlines() if line and line[0] != "#"]
    return {name: form for name, _, form in rows}


def arguments_become_parameters(node, client):
    bare(node, iptables="")
    expect({row[0] for row in MAPPED}, set(table(node)), "every row is tested")
    for name, arguments, parameters, instance in MAPPED:
        node.write(f"{AGENTS}/heartbeat/{name}", RECORDER, 0o755)
        expect(call(node, name, *arguments, "start"), SUCCESS, name)
        got = dict(line.split("=", 1) for line in node.read("/tmp/env").splitlines())
        want = {"OCF_RESOURCE_INSTANCE": instance, "OCF_RA_VERSION_MAJOR": "1", "OCF_RA_VERSION_MINOR": "0",
                "OCF_ROOT": "/usr/lib/ocf", **{f"OCF_RESKEY_{key}": value for key, value in parameters.items()}}
        expect(got, want, f"{name} {arguments}")
    node.remove("/usr/sbin/iptables")


def allowed(form):
    """The numbers of arguments, to 6, that a form allows: [a b c] all or none, [a...] any."""
    words, counts = form.split(), set()
    for at, word in enumerate(words):
        if word.startswith("["):
            counts.add(at)
        if "..." in word:
            counts.update(range(at, 7))
    return counts | {len(words)}


def other_forms():
    return {"OCF": "type instance", "drbddisk": "[resource]", "LVSSyncDaemonSwap": "role [interface]"}


def usage_and_counts(node, client):
    """Of every script: usage text on request and when called wrongly; what it takes and what --check says agree."""
    bare(node)
    forms = {**table(node), **other_forms()}
    installed = set(node.run(f"ls {D}", check=True).stdout.split())
    expect(installed - {"hto-mapfuncs", "IPaddr", "IPaddr2", "IPv6addr", "SendArp", "startstop"}, set(forms), "scripts")
    node.write("/etc/ha.d/ha.cf", "bcast eth0\nnode alpha\nauto_failback on\nlogfile /var/log/ha-log\n")
    node.write("/etc/ha.d/authkeys", "auth 1\n1 sha1 wiePhahchoo4aiGh\n", 0o600)
    values = {"LVSSyncDaemonSwap": ["master"], "portblock": ["tcp", "80", "block"], "Filesystem": ["/dev/a", "/b"]}
    lines, script = {}, ""
    for name, form in sorted(forms.items()):
        done = call(node, name, "--help")
        expect(done[0], 0, f"{name} --help")
        expect_match(r"^usage: \S+/" + name + r".*\(start\|stop\|status", done[1], f"{name} --help")
        for count in range(7):
            words = (values.get(name, []) + ["1"] * 7)[:count]
            if name != "OCF" or count != 2:  # which would look for an agent
                script += f"echo {name} {count} $({D}/{name} {' '.join(words)} nonsense 2>&1 | grep -c 'Unknown operation')\n"
            lines[len(lines) + 1] = (name, count, "::".join([name, *words]))
    known = {tuple(line.split()[:2]) for line in node.run(script, env=ENVIRONMENT).stdout.splitlines() if line.endswith(" 1")}
    for name in table(node):
        expect({int(count) for other, count in known if other == name}, allowed(forms[name]) - {7}, f"{name} takes")
    # The first resource of a group is its key: each in a line of its own.
    node.write("/etc/ha.d/haresources", "".join(f"alpha {word}\n" for _, _, word in lines.values()))
    told = node.run("/usr/sbin/heartbeat --check -d /etc/ha.d --here --node alpha").stdout
    wrong = {int(line.split(":")[1]) for line in told.splitlines() if "haresources:" in line and "is needed" in line}
    for number, (name, count, word) in lines.items():
        expect(number not in wrong, count in allowed(forms[name]), f"--check of {word}")


def without_agent(node, client):
    bare(node)
    for name in ("ICP", "db2", "Xen"):
        words = ["1"] * len(table(node)[name].split())
        expect(call(node, name, *words, "start"), (1, f"ERROR: {AGENTS}/heartbeat/{name} is not an executable file \n"), name)


CASES = [drbddisk, drbddisk_in_trouble, lvs_sync_daemon, lvm, raid1, ipsrcaddr, portblock, a_group_under_the_daemon, arguments_become_parameters,
         usage_and_counts, without_agent, without_program]

if __name__ == "__main__":
    sys.exit(run_cases("scripts/resources", CASES))
