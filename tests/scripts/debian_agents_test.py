#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's resource-agents with our script layer, all of it unchanged: their OCF agents behind our
scripts, and their scripts of /etc/ha.d/resource.d under our ResourceManager, shellfuncs and
environment."""

import re
import shutil
import sys
from pathlib import Path

from support import expect, expect_match, expect_that, main_in_one_lab  # it finds the lab
from lab import installs

D = "/etc/ha.d/resource.d"
RM = "/usr/share/heartbeat/ResourceManager"
ENVIRONMENT = {"HA_CURHOST": "alpha", "HA_LOGFILE": "/tmp/log", "HA_DEBUGLOG": "/tmp/debug",
               "HA_DIR": "/etc/ha.d/", "HA_FUNCS": "/etc/ha.d//shellfuncs", "HA_LOGD": "no",
               "HA_DATEFMT": "%Y/%m/%d_%T\t", "OCF_ROOT": "/usr/lib/ocf"}


def tree():
    return Path(installs.layer("debian"))


def agents_install(node):
    """The OCF agents with what they need, and nothing of Debian's heartbeat.  The daemon does not run: nobody has made
    its directories."""
    node.run("mkdir -p /run/resource-agents /tmp/m")
    if node.exists("/usr/lib/ocf/resource.d/heartbeat/IPaddr2"):
        return
    source, root = tree(), Path(f"/proc/{node.pid}/root")
    shutil.copytree(source / "usr/lib/ocf", root / "usr/lib/ocf", symlinks=True, dirs_exist_ok=True)
    for name in ("gawk",):
        if (source / "usr/bin" / name).exists():
            shutil.copy2(source / "usr/bin" / name, root / "usr/bin" / name)
    for library in (source / "usr/lib/x86_64-linux-gnu").glob("lib*.so*"):
        target = root / "usr/lib/x86_64-linux-gnu" / library.name
        if not target.exists():
            shutil.copy2(library, target, follow_symlinks=False)
    if node.run("command -v modprobe").returncode != 0:  # theirs insists on having it
        node.write("/usr/sbin/modprobe", "#!/bin/sh\n", 0o755)
    node.run("ln -sf gawk /usr/bin/awk")


def legacy_install(node, *names, with_library=True):
    """Their resource.d scripts in place of ours."""
    for name in names + (("hto-mapfuncs",) if with_library else ()):
        node.remove(f"{D}/{name}") if node.exists(f"{D}/{name}") else None
        node.write(f"{D}/{name}", (tree() / "etc/ha.d/resource.d" / name).read_bytes(), 0o755)


def call(node, script, *words):
    return node.run([script, *words], env=ENVIRONMENT, timeout=60)


def life(node, script, *arguments, held):
    """status, start, status, start, stop, status, stop; HELD, if given, tells what is really there."""
    for operation, code, text, is_held in (
            ("status", 7, "INFO:  Resource is stopped", False), ("start", 0, "INFO:  Success", True),
            ("status", 0, "INFO:  Running OK", True), ("start", 0, "INFO:  Success", True),
            ("stop", 0, "INFO:  Success", False), ("status", 7, "INFO:  Resource is stopped", False),
            ("stop", 0, "INFO:  Success", False)):
        done = call(node, script, *arguments, operation)
        what = f"{script} {' '.join(arguments)} {operation}"
        expect(done.returncode, code, f"{what}: {done.stdout} {done.stderr}")
        expect(done.stdout.splitlines()[-1], text, what)
        expect(is_held if held is None else held(), is_held, f"{what}: really there")


def mounted(node):
    return " /tmp/m " in node.run("cat /proc/mounts").stdout


def noted(node, name):
    return bool(node.run(f"find /run/resource-agents /var/run/heartbeat/rsctmp -name '*{name}*'").stdout)


def our_scripts_call_their_agents(node, client):
    agents_install(node)
    node.write("/usr/bin/mail", "#!/bin/sh\ncat >>/tmp/mails\n", 0o755)
    life(node, f"{D}/Filesystem", "none", "/tmp/m", "tmpfs", held=lambda: mounted(node))
    life(node, f"{D}/Delay", "0", "0", held=lambda: noted(node, "Delay"))
    life(node, f"{D}/MailTo", "a@b", "Web", held=lambda: noted(node, "MailTo"))
    node.write("/etc/ha.d/conf/OCF/IPaddr2/web", "ip=10.77.0.60\ncidr_netmask=24\nnic=eth0\n")
    life(node, f"{D}/OCF", "IPaddr2", "web", held=lambda: node.has_address("10.77.0.60"))
    node.write("/etc/ha.d/conf/OCF/Dummy/d", "")
    life(node, f"{D}/OCF", "heartbeat:Dummy", "d", held=lambda: noted(node, "Dummy"))
    done = call(node, f"{D}/Filesystem", "none", "/tmp/m", "meta-data")
    expect_match('<resource-agent name="Filesystem"', done.stdout, "meta-data")


def parameters_of(node, agent):
    text = node.run([f"/usr/lib/ocf/resource.d/heartbeat/{agent}", "meta-data"], env=ENVIRONMENT).stdout
    return set(re.findall(r'<parameter name="(\w+)"', text))


def our_table_fits_their_meta_data(node, client):
    agents_install(node)
    for line in node.read("/usr/share/heartbeat/agent-table").splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, form = line.split(None, 2)
        known = parameters_of(node, name)
        for word in re.findall(r"\w+", form):
            expect_that(word in known, f"{name} has no parameter {word}, only {known}")


STAND_INS = {
    "vgchange": """case "$*" in *version*) echo "  LVM version:     2.03.16(2) (2022-05-18)" ;; *y*) mkdir -p /dev/data; touch /tmp/active /dev/data/v ;; *n*) rm -rf /tmp/active /dev/data ;; esac""",
    "lvm": """case $1 in vgs|lvs|vgchange) exec "$@" ;; esac""",
    "vgscan": "",
    "vgck": "",
    "vgs": "echo data",
    "lvs": "[ ! -e /tmp/active ] || echo '  -wi-a-----'",
    "vgdisplay": """if [ "$*" = "" ]; then echo; fi
if [ -e /tmp/active ]; then s="available"; else s="NOT available"; fi
printf 'LV Status   %s\\n' "$s" """,
    "iptables": """case $* in
*-n*-L*|*-L*-n*) cat /tmp/rules 2>/dev/null ;;
*-I*) echo 'DROP tcp -- 0.0.0.0/0 0.0.0.0/0 multiport dports 3260' >/tmp/rules ;;
*-D*) rm -f /tmp/rules ;;
esac""",
    "smbclient": "cat >/dev/null",
}


def stand_ins_install(node):
    for name, text in STAND_INS.items():
        node.write(f"/usr/sbin/{name}", f'#!/bin/sh\necho "{name} $*" >>/tmp/calls\n{text}\n', 0o755)
    node.run("rm -f /tmp/calls")


def our_mapped_scripts_call_their_agents(node, client):
    agents_install(node)
    stand_ins_install(node)
    node.run("ip addr add 10.77.0.70/24 dev eth0; ip route add default via " + client.ip, check=True)
    life(node, f"{D}/IPsrcaddr", "10.77.0.70", held=lambda: "src 10.77.0.70" in node.run("ip route get 192.0.2.1").stdout)
    life(node, f"{D}/LVM", "data", held=lambda: node.exists("/tmp/active"))
    life(node, f"{D}/portblock", "tcp", "3260", "block", held=lambda: node.exists("/tmp/rules"))
    node.write("/etc/popup", "bravo 10.77.0.9\n")
    life(node, f"{D}/WinPopup", "/etc/popup", held=None)
    expect_match("smbclient .*-M ", node.read("/tmp/calls"), "a message")
    node.write("/etc/xinetd.d/ftp", "service ftp\n{\n\tdisable = yes\n}\n")
    node.write("/usr/sbin/service", "#!/bin/sh\n", 0o755)
    node.run("cp /bin/sleep /usr/sbin/xinetd", check=True)
    xinetd = node.spawn("trap '' HUP; exec /usr/sbin/xinetd 100")
    life(node, f"{D}/Xinetd", "ftp", held=lambda: not re.search(r"disable\s*=\s*yes", node.read("/etc/xinetd.d/ftp")))
    xinetd.kill()
    node.run("mknod /dev/console c 1 3")  # the null device: nobody is woken
    # Its bell keeps the output of the start open.
    for operation, code in (("status", 7), ("start", 0), ("status", 0), ("stop", 0), ("status", 7), ("stop", 0)):
        done = node.run(f"{D}/AudibleAlarm bravo {operation} >/tmp/out 2>&1", env=ENVIRONMENT)
        expect(done.returncode, code, f"AudibleAlarm {operation}: {node.read('/tmp/out')}")


def their_scripts_under_our_shellfuncs(node, client):
    agents_install(node)
    legacy_install(node, "IPaddr2", "Filesystem", "Delay", "MailTo")
    life(node, f"{D}/IPaddr2", "10.77.0.61/24/eth0", held=lambda: node.has_address("10.77.0.61"))
    life(node, f"{D}/Filesystem", "none", "/tmp/m", "tmpfs", held=lambda: mounted(node))
    life(node, f"{D}/MailTo", "a@b", "Web", held=lambda: noted(node, "MailTo"))


def their_scripts_with_our_hto_mapfuncs(node, client):
    agents_install(node)
    legacy_install(node, "IPaddr2", "Filesystem", with_library=False)
    node.write(f"{D}/hto-mapfuncs", ". /usr/share/heartbeat/ocf-wrapper\n", 0o755)
    life(node, f"{D}/IPaddr2", "10.77.0.61/24/eth0", held=lambda: node.has_address("10.77.0.61"))
    life(node, f"{D}/Filesystem", "none", "/tmp/m", "tmpfs", held=lambda: mounted(node))
    done = call(node, f"{D}/IPaddr2", "10.77.0.61/24/eth0", "frobnicate")
    expect(done.returncode, 1, "unknown operation")
    expect_match("usage: ", done.stdout + done.stderr, "unknown operation")


def their_scripts_under_our_resourcemanager(node, client):
    agents_install(node)
    legacy_install(node, "IPaddr2", "Filesystem", "MailTo", "IPsrcaddr", "AudibleAlarm")
    group = "IPaddr2::10.77.0.62/24/eth0 Filesystem::none::/tmp/m::tmpfs MailTo::a@b"
    node.write("/etc/ha.d/haresources", f"alpha {group}\n")
    done = call(node, RM, "takegroup", "MailTo::a@b")
    expect(done.returncode, 0, node.read("/tmp/debug")[-400:])
    expect_that(node.has_address("10.77.0.62") and mounted(node), "taken")
    for resource in group.split():
        expect(call(node, RM, "status", resource).returncode, 0, f"status {resource}")
    expect(call(node, RM, "statgroup", "MailTo::a@b").stdout, "ALL\n", "statgroup")
    expect(call(node, RM, "givegroup", "MailTo::a@b").returncode, 0, "givegroup")
    expect_that(not node.has_address("10.77.0.62") and not mounted(node), "given")
    expect(call(node, RM, "statgroup", "MailTo::a@b").stdout, "NONE\n", "statgroup")


def their_shellfuncs_and_our_resourcemanager(node, client):
    """Their package brings /etc/ha.d/shellfuncs too; ours does not depend on it."""
    agents_install(node)
    legacy_install(node, "IPaddr2", "Filesystem")
    node.write("/etc/ha.d/shellfuncs", (tree() / "etc/ha.d/shellfuncs").read_bytes())
    node.write("/etc/ha.d/haresources", "alpha 10.77.0.63 IPaddr2::10.77.0.64/24/eth0 Filesystem::none::/tmp/m::tmpfs\n")
    expect(call(node, RM, "takegroup", "10.77.0.63").returncode, 0, node.read("/tmp/debug")[-400:])
    expect_that(node.has_address("10.77.0.63") and node.has_address("10.77.0.64") and mounted(node), "taken")
    expect(call(node, RM, "givegroup", "10.77.0.63").returncode, 0, node.read("/tmp/debug")[-400:])
    expect_that(not node.has_address("10.77.0.63") and not mounted(node), "given")


CASES = [our_scripts_call_their_agents, our_table_fits_their_meta_data, our_mapped_scripts_call_their_agents, their_scripts_under_our_shellfuncs,
         their_scripts_with_our_hto_mapfuncs, their_scripts_under_our_resourcemanager,
         their_shellfuncs_and_our_resourcemanager]


def prepared(lab):
    tree()
    return lab.node("alpha"), lab.client()


if __name__ == "__main__":
    sys.exit(main_in_one_lab("scripts/debian-agents", CASES, prepared, __doc__))
