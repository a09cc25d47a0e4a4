#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of others around stonith: Debian's fence agents as types, and pacemaker's tools on our library and
command.  All of them are unpacked, none is installed."""

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree
from pathlib import Path

from installation import PLUGINS, Skip, Wrong, installs, main_inside, run, script, shutil, stonith

AGENTS = ("fence-agents", "python3-pexpect", "python3-ptyprocess", "python3-pycurl", "python3-requests", "python3-urllib3",
          "python3-idna", "python3-chardet", "python3-certifi", "python3-six")
PACEMAKER = ("pacemaker", "pacemaker-cli-utils", "libstonithd26", "libcrmcommon34", "libcrmservice28", "libcib27",
             "libpe-rules26", "libpe-status28", "liblrmd28", "libpacemaker1", "libcrmcluster29", "libcfg7", "libcmap4",
             "libcorosync-common4", "libcpg4", "libquorum5")
SUPPORT = ("libqb100", "libxslt1.1", "libdbus-1-3", "libgnutls30", "libltdl7", "libxml2", "libglib2.0-0")
SOME_AGENTS = ("apc", "apc_snmp", "dummy", "ipmilan", "virsh")

# An agent of a switch with plugs, which notes what it reads; it cannot reboot, and NODE2's plug stays off.
FABRIC = """#!/bin/sh
if [ $# -gt 0 ]; then
	cat <<X
<resource-agent name="fence_fabric"><parameters><parameter name="plug" required="1"/><parameter name="ip" required="1"
 obsoletes="ipaddr"/><parameter name="ipaddr" required="1" deprecated="1"/></parameters>
<actions><action name="on"/><action name="off"/><action name="monitor"/></actions></resource-agent>
X
	exit
fi
input=$(cat | grep -v '^agent=' | tr '\\n' ' ')
echo "$input" >>"$CALLS"
case $input in action=on*plug=2*) echo 'cannot switch on'; exit 1 ;; esac
"""


def fill(usr):
    for name in ("sbin", "share/fence", "lib/python3"):
        source = installs.unpacked("fence", AGENTS) / "usr" / name
        shutil.copytree(source, usr / name, symlinks=True)
    script(usr / PLUGINS.relative_to("/usr") / "rhcs/fence_fabric", FABRIC)
    script(usr / "sbin/fence_legacy", "#!/bin/sh\n")


def expect(result, code, *parts):
    if result.code != code:
        raise Wrong(f"exit code {result.code}, not {code}: {result.err[:500]!r}")
    for part in parts:
        if part not in result.err:
            raise Wrong(f"{part!r} is not in {result.err[:1000]!r}")


def test_list():
    types = stonith("-L").out.split()
    if not {f"rhcs/{name}" for name in SOME_AGENTS} <= set(types) or "rhcs/legacy" in types:
        raise Wrong(f"{types}")
    agents = [name for name in types if name.startswith("rhcs/")]
    if agents != sorted(agents):
        raise Wrong("they are not in order")


def test_metadata():
    for name in SOME_AGENTS:
        result = stonith("-t", f"rhcs/{name}", "-m")
        expect(result, 0)
        root = tree.fromstring(re.sub(r"<!DOCTYPE.*?>", "", result.out))
        told = {each.get("name") for each in root.iter("parameter")}
        names = stonith("-t", f"rhcs/{name}", "-n").out.split()
        if not names or not set(names) <= told or {"action", "help", "debug"} & set(names):
            raise Wrong(f"{name}: {names}")


def test_dummy():
    with tempfile.TemporaryDirectory() as name:
        for op, says in (("off", "Already OFF"), ("on", "Powered ON"), ("reset", "Rebooted"), ("off", "Powered OFF")):
            expect(stonith("-t", "rhcs/dummy", "hostlist=nodeb", f"status_file={name}/state", "-T", op, "nodeb"), 0,
                   f"info: plugin output: Success: {says}\n")
    expect(stonith("-t", "rhcs/dummy", "hostlist=nodeB", "-S"), 0, "info: rhcs/dummy device OK.")
    expect(stonith("-t", "rhcs/dummy", "hostlist=nodeb", "nodebb"), 4, "doesn't control host [nodebb]")
    expect(stonith("-t", "rhcs/dummy", "delay=0", "nodeb"), 4)


def test_wrong_device():
    """A real agent that cannot reach anything has not fenced."""
    expect(stonith("-t", "rhcs/wti", "ip=127.0.0.1", "ipport=9", "password=x", "hostlist=a", "login_timeout=1", "a"), 5,
           "WARN: plugin output:", "rhcs_reset_req: 'wti reboot' for host a failed")


def fabric(*arguments):
    with tempfile.TemporaryDirectory() as name:
        calls = Path(name) / "calls"
        calls.touch()
        result = run(["stonith", "-t", "rhcs/fabric", "ipaddr=1", *arguments], env={"CALLS": str(calls)})
        return result, [line.strip() for line in calls.read_text().splitlines()]


def test_plugs():
    def same(got, want):
        if got != want:
            raise Wrong(f"{got}, not {want}")

    hosts = ("hostlist=n1", "host_map=N2:2;n10:10")
    result, calls = fabric(*hosts, "-l")
    expect(result, 0)
    same(result.out, "n1\nN2\nn10\n")
    same(calls, [])
    result, calls = fabric(*hosts, "-T", "off", "N10")
    expect(result, 0)
    same(calls, ["action=off nodename=n10 plug=10 ipaddr=1"])
    result, calls = fabric(*hosts, "n1")
    expect(result, 0)
    same(calls, [f"action={op} nodename=n1 plug=n1 ipaddr=1" for op in ("off", "on")])
    result, calls = fabric(*hosts, "n2")
    expect(result, 0, "cannot switch on", "host n2 is off, and stays off")
    expect(fabric(*hosts, "-T", "on", "n2")[0], 5)
    for stranger in ("n", "n100", "n1n", "*"):
        result, calls = fabric(*hosts, stranger)
        expect(result, 4)
        same(calls, [])
    expect(fabric("hostlist=n1", "--check")[0], 0)


# Pacemaker.

def pacemaker():
    pcmk = installs.unpacked("pacemaker", PACEMAKER, SUPPORT)
    glue = installs.unpacked("glue", installs.GLUE_PACKAGES, installs.DEBIAN_SUPPORT)
    libraries = [*pcmk.glob("usr/lib/*-linux-gnu"), *pcmk.glob("lib/*-linux-gnu"), Path("/usr/lib"), glue / "usr/lib",
                 *glue.glob("usr/lib/*-linux-gnu")]
    return pcmk, dict(os.environ, LD_LIBRARY_PATH=":".join(map(str, libraries)))


def test_stonith_admin():
    if os.environ.get("SAN"):
        raise Skip("a program of Debian cannot load a library that has a sanitizer")
    pcmk, env = pacemaker()

    def admin(*arguments):
        done = subprocess.run([pcmk / "usr/sbin/stonith_admin", *arguments], env=env, capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode != 0:
            raise Wrong(f"{arguments}: {done.returncode} {done.stderr[-300:]}")
        return done.stdout

    listed = admin("--list-installed")
    if not {"null", "baytech", "meatware"} <= set(listed.split()):
        raise Wrong(f"{listed!r}")
    if "BayTech power switch" not in admin("--metadata", "-a", "baytech"):
        raise Wrong("no meta-data")


def test_fence_legacy():
    pcmk, _ = pacemaker()

    def legacy(lines):
        return subprocess.run([pcmk / "usr/sbin/fence_legacy"], input=lines, capture_output=True, text=True, timeout=60, check=False)

    done = legacy("plugin=null\naction=off\nnodename=nodeb\nhostlist=nodeb nodec\n")
    if done.returncode != 0 or "Performing: stonith -t null -E -T off nodeb" not in done.stdout:
        raise Wrong(f"{done.returncode} {done.stdout!r} {done.stderr!r}")
    done = legacy("plugin=rhcs/fabric\naction=off\nnodename=bad\nhostlist=nodeb\nipaddr=1\n")
    if done.returncode != 1 or "failed: bad 4" not in done.stdout:
        raise Wrong(f"{done.returncode} {done.stdout!r} {done.stderr!r}")


CASES = (test_list, test_metadata, test_dummy, test_wrong_device, test_plugs, test_stonith_admin, test_fence_legacy)

if __name__ == "__main__":
    sys.exit(main_inside("stonith/agents", CASES, fill, __doc__))
