#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""heartbeat.service under a real systemd, which is process 1 of namespaces within a node: readiness, status, reload,
the journal, an orderly stop, a start that is refused."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab.errors import Skip  # noqa: E402
from lab.suite import main_in_one_lab, need  # noqa: E402

HA_CF = """logfile /var/log/ha-log
keepalive 200ms
deadtime 2
initdead 3
bcast eth0
auto_failback on
node alpha
"""
SYSTEMD = "/lib/systemd/systemd"
GROUP = f"hblab-systemd-{os.getpid()}"
# Only the units that are asked for: the host's own are not booted in here.
TARGET = """[Unit]
DefaultDependencies=no
Requires=systemd-journald.service
After=systemd-journald.service
"""
# basic.target and the network are "there": what heartbeat.service waits for is not under test.
EMPTY = "[Unit]\nDefaultDependencies=no\n"
# A control group of its own becomes the root of what systemd sees, and the hierarchy is the unified one.
BOOT = f"""set -e
mkdir -p /tmp/cgroup
mount -t cgroup2 cgroup2 /tmp/cgroup
mkdir /tmp/cgroup/{GROUP}
echo $$ >/tmp/cgroup/{GROUP}/cgroup.procs
exec unshare -pmC --fork sh -ec '
umount /tmp/cgroup
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t proc proc /proc
exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin {SYSTEMD} --unit=lab.target'
"""
FORGET_GROUPS = """mount -t cgroup2 cgroup2 /mnt && cd /mnt && for group in hblab-systemd-*; do
kill -0 "${group##*-}" 2>/dev/null && [ "${group##*-}" != "$1" ] || find "$group" -depth -type d -exec rmdir {} +; done"""


def inside(node, *words):
    """Systemd answers only to those whom its process namespace shows."""
    return node.run(["sh", "-c", 'exec nsenter -t "$(pgrep -o -x systemd)" -m -p -- "$@"', "sh", *words])


def systemctl(node, *words):
    return inside(node, "systemctl", *words)


def state(node, name):
    return systemctl(node, "show", "-P", name, "heartbeat.service").stdout.strip()


def journal(node, *matches):
    out = inside(node, "journalctl", "-o", "json", "--no-pager", "-u", "heartbeat.service", *matches).stdout
    return [json.loads(line) for line in out.splitlines()]


def boot(lab):
    """A node in which systemd runs: what the cases get."""
    if not shutil.which("systemctl") or not os.path.exists(SYSTEMD):
        raise Skip("no systemd here")
    alpha = lab.node("alpha")
    alpha.configure(HA_CF, "alpha IPaddr2::10.77.0.100/24/eth0\n")
    alpha.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    alpha.write("/etc/systemd/system/lab.target", TARGET)
    for name in ("basic.target", "network.target", "network-online.target", "sysinit.target", "time-sync.target"):
        alpha.write(f"/etc/systemd/system/{name}", EMPTY)
    started = alpha.spawn(BOOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lab.wait(lambda: started.poll() is not None or systemctl(alpha, "is-active", "lab.target").returncode == 0, 60, "systemd is up")
    if started.poll() is not None:
        raise Skip(f"systemd cannot be process 1 here: {started.stderr.read().strip()[-200:]}")
    return lab, alpha


def start(lab, alpha):
    """Ready when the resources are held, and says so."""
    done = systemctl(alpha, "start", "heartbeat.service")
    need(done.returncode == 0, f"start: {done.stderr}")
    need(state(alpha, "ActiveState") == "active", "active")
    lab.wait(lambda: state(alpha, "StatusText") == "holds local resources", 30, "the status text")
    need(alpha.has_address("10.77.0.100"), "the address is there")


def fields(lab, alpha):
    """Lines of the journal carry what they are about."""
    lab.wait(lambda: journal(alpha, "HB_EVENT=group-took"), 30, "the takeover in the journal")
    entry = journal(alpha, "HB_EVENT=group-took")[0]
    need(entry["HB_GROUP"] == "IPaddr2::10.77.0.100/24/eth0" and entry["SYSLOG_IDENTIFIER"] == "heartbeat", f"{entry}")


def reload(lab, alpha):
    """Another deadtime without a moment of rest; a broken file is refused and changes nothing."""
    pid = state(alpha, "MainPID")
    alpha.configure(HA_CF.replace("deadtime 2", "deadtime 3"), None, None)
    need(systemctl(alpha, "reload", "heartbeat.service").returncode == 0, "reload")
    lab.wait(lambda: inside(alpha, "cl_status", "hbparameter", "-p", "deadtime").stdout.strip() == "3", 30, "the new deadtime")
    alpha.configure(HA_CF.replace("deadtime 2", "deadtime never"), None, None)
    need(systemctl(alpha, "reload", "heartbeat.service").returncode != 0, "a broken file is refused")
    need(state(alpha, "ActiveState") == "active" and state(alpha, "MainPID") == pid, "the same process goes on")
    need(alpha.has_address("10.77.0.100"), "with its address")


def stop(_lab, alpha):
    """Gives the resources back, then is over; nothing is left in its control group."""
    need(systemctl(alpha, "stop", "heartbeat.service").returncode == 0, "stop")
    need((state(alpha, "ActiveState"), state(alpha, "Result")) == ("inactive", "success"), "ended well")
    need(not alpha.has_address("10.77.0.100"), "the address is gone")
    need(not alpha.daemon_pids() and state(alpha, "ControlGroup") == "", "no process is left")


def refused(_lab, alpha):
    """Told in the journal with file, line and level, and no second time stamp."""
    alpha.configure(HA_CF.replace("deadtime 2", "deadtime never"), None, None)
    need(systemctl(alpha, "start", "heartbeat.service").returncode != 0, "a broken file")
    need((state(alpha, "ActiveState"), state(alpha, "ExecMainStatus")) == ("failed", "6"), "failed, not configured")
    told = [entry for entry in journal(alpha, "PRIORITY=3") if "ha.cf:3:" in entry["MESSAGE"]]
    need(told and told[-1]["MESSAGE"].startswith("/etc/ha.d/ha.cf:3:"), f"{told}")
    alpha.configure(HA_CF, None, None)
    need(systemctl(alpha, "start", "heartbeat.service").returncode == 0, "and the mended one")


if __name__ == "__main__":
    try:
        code = main_in_one_lab("systemd", [start, fields, reload, stop, refused], boot, __doc__)
    finally:
        subprocess.run(["unshare", "-m", "sh", "-c", FORGET_GROUPS, "sh", str(os.getpid())], stderr=subprocess.DEVNULL, check=False)
    sys.exit(code)
