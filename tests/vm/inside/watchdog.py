#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The watchdog of ha.cf on a real softdog: an orderly stop disarms it, a frozen daemon and a killed one reset the
machine.  Runs anew after each reset; the number of the boot says how far it has come."""

import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from lab import Lab, LabError, failure  # noqa: E402

HA_CF = """logfile /var/log/ha-log
keepalive 500ms
warntime 2
deadtime 3
initdead 6
bcast eth0
auto_failback on
watchdog /dev/watchdog
node alpha
"""
TIMEOUT_S = 4  # deadtime and 10 ms, rounded up to seconds
STATE = Path("/sys/class/watchdog/watchdog0")


def state():
    return (STATE / "state").read_text().strip()


def armed_node(lab):
    """A node whose daemon feeds the watchdog."""
    alpha = lab.node("alpha")
    alpha.run("mknod /dev/watchdog c 10 130", check=True)  # of the machine: namespaces have none of their own
    alpha.configure(HA_CF)
    alpha.start_heartbeat()
    alpha.wait_log("Using watchdog device: /dev/watchdog", timeout=30)
    lab.wait(lambda: state() == "active", 20, "softdog is active")
    timeout = int((STATE / "timeout").read_text())
    if timeout != TIMEOUT_S:
        raise LabError(f"a timeout of {timeout} s instead of {TIMEOUT_S} s")
    lab.wait(lambda: alpha.rscstatus() is not None, 60, "the daemon answers", every=0.5)
    return alpha


def feeding_lasts(alpha):
    """Longer than the timeout: whoever reads this has not been reset meanwhile."""
    time.sleep(2 * TIMEOUT_S)
    if not alpha.daemon_pids():
        raise LabError("the daemon is gone")


def stop_disarms(alpha):
    alpha.stop_heartbeat()
    if state() != "inactive":
        raise LabError("softdog is still active after an orderly stop")
    time.sleep(2 * TIMEOUT_S)


def reset_comes(alpha, signo):
    alpha.signal(signo, alpha.daemon_pids())
    time.sleep(10 * TIMEOUT_S)
    raise LabError(f"no reset {10 * TIMEOUT_S} s after {signo.name}")


def main():
    boot = int(Path("/boots").read_text())
    before = {2: "ok vm/watchdog-frozen", 3: "ok vm/watchdog-killed"}
    if boot in before:
        print(before[boot])
    name = {1: "frozen", 2: "killed"}.get(boot)
    if name is None:
        return 0
    try:
        with Lab("watchdog") as lab:
            alpha = armed_node(lab)
            if boot == 1:
                feeding_lasts(alpha)
                print("ok vm/watchdog-fed")
                stop_disarms(alpha)
                print("ok vm/watchdog-stop")
                alpha.start_heartbeat()
                lab.wait(lambda: state() == "active", 20, "softdog is active again")
            reset_comes(alpha, signal.SIGSTOP if boot == 1 else signal.SIGKILL)
    except LabError as error:
        print(failure(f"vm/watchdog-{name}", error))
        return 1
    return 1


if __name__ == "__main__":
    sys.exit(main())
