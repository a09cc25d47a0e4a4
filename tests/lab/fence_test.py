#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fencing by a node: a dead one loses its power before anything of it is taken.  The disk that both write to tells."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import places  # noqa: E402
from lab.fencing import HA_CF, Power, cluster, device, runs, whole  # noqa: E402
from lab.suite import main, need  # noqa: E402

LAB = "stonith_host * external/lab alpha bravo\n"


def told(node):
    return json.loads(node.run(["hb_status", "--json"]).stdout or "{}")


def fencing_of(node, name):
    return next((n["fencing"] for n in told(node).get("nodes", []) if n["name"] == name), None)


def one_of_two_survives(lab):
    """A cut: the one that writes resets the other, which comes back; then the other way round, and one way only."""
    with Power(lab) as power:
        alpha, bravo = nodes = cluster(lab, power, LAB + "stonith_delay * 5s\n")
        lab.cut(alpha, bravo)
        lab.wait(lambda: power.resets() == ["bravo"], 20, "bravo is reset")
        alpha.wait_log(r"info: Resetting node bravo with \[Lab switch\]", 10)
        alpha.wait_log("info: node bravo now reset.", 10)
        alpha.wait_log(r"info: Managed STONITH bravo process \d+ exited with return code 0.", 10)
        lab.heal()
        whole(lab, power, nodes)
        need(power.resets() == ["bravo"] and runs(alpha), f"reset: {power.resets()}")
        alpha.wait_log(r"Checking status of STONITH device \[Lab switch\]", 10)
        alpha.wait_log(r"Managed STONITH-stat process \d+ exited with return code 0.", 10)
        need(len(power.writers()) == 1, "alpha went on writing")
        # bravo does not hear alpha any more: it waits, resets it, and takes the disk.
        lab.cut_oneway(alpha, bravo)
        lab.wait(lambda: power.resets() == ["bravo", "alpha"], 25, "alpha is reset")
        lab.heal()
        whole(lab, power, nodes)
        need(runs(bravo) and [w.split(".")[0] for w, _, _ in power.writers()] == ["alpha", "bravo"], "bravo writes")
        power.disk_check()


def devices_in_turn(lab):
    """Three devices: one fails, one hangs, the last works.  None works: nothing is taken, it is tried again."""
    stonith = "stonith_host * external/fails x\nstonith_host other null never\nstonith_host * external/hangs x\n" + LAB + "stonith_timeout 1s\n"
    with Power(lab) as power:
        power.boots = False
        alpha, bravo = nodes = cluster(lab, power, stonith.replace("external/fails x", "null alpha").replace("external/hangs x", "null b"), start=False)
        for node in nodes:
            for name, what in (("fails", "exit 1"), ("hangs", "exec sleep 1000")):
                script = node.read("/usr/lib/stonith/plugins/external/lab").replace("reset|off|on)\n", f"reset|off|on)\n\t{what}\n")
                node.write(f"/usr/lib/stonith/plugins/external/{name}", script, 0o755)
            text = node.read("/etc/ha.d/ha.cf").replace("null alpha", "external/fails x").replace("null b", "external/hangs x")
            node.write("/etc/ha.d/ha.cf", text)
            node.start_heartbeat()
        whole(lab, power, nodes)
        device(bravo, "fails")
        alpha.power_off()
        bravo.wait_log(r"STONITH device Lab switch has not reset alpha within 1 s: it is ended", 20)
        bravo.wait_log(r"STONITH of alpha failed.  Retrying...", 20)
        need(not runs(bravo), "it was taken from a node that may live")
        need(fencing_of(bravo, "alpha") in ("waiting", "running"), "hb_status shows it")
        need(bravo.run(["hb_status", "--check"]).returncode == 2, "hb_status --check is critical")
        need('heartbeat_node_fencing{node="alpha"} 1\n' in bravo.run(["hb_status", "--metrics"]).stdout, "metrics show it")
        device(bravo)
        lab.wait(lambda: runs(bravo), 30, "the third device did it")
        need(power.resets() == ["alpha"], f"{power.resets()}")
        need(fencing_of(bravo, "alpha") is None, "it is over")


def comes_back_meanwhile(lab):
    """The device hangs, and the node is heard again: it is not shot any more, and keeps what it has."""
    with Power(lab) as power:
        alpha, bravo = nodes = cluster(lab, power, LAB, partition="merge")
        for node in nodes:
            device(node, "hangs")
        lab.cut(alpha, bravo)
        for node, other in ((alpha, bravo), (bravo, alpha)):
            node.wait_log(f"Resetting node {other.name} with", 15)
        lab.heal()
        bravo.wait_log("node alpha is not reset any more: it is heard again", 15)
        whole(lab, power, nodes)
        lab.wait(lambda: not any("sleep" in w[0] for n in nodes for w in n.processes().values() if w[-1:] == ["1000"]), 10, "the devices were ended")
        need(power.resets() == [] and runs(alpha) and len(power.writers()) == 1, "nothing was touched")


def person_confirms(lab):
    """No device works: a person looks, and says so.  Nobody else may."""
    with Power(lab) as power:
        alpha, bravo = cluster(lab, power, LAB)
        device(bravo, "fails")
        need(bravo.run(["hb_fenced", "-y", "alpha"]).returncode == 1, "alpha lives")
        need(bravo.run(["hb_fenced", "-y", "nobody"]).returncode == 1, "there is no such node")
        need(bravo.run(["hb_fenced"]).returncode == 2, "which node?")
        alpha.power_off()
        bravo.wait_log(r"STONITH of alpha failed.  Retrying...", 20)
        need(bravo.run(["hb_fenced", "alpha"], input="n\n").returncode == 3, "no is no")
        need(not runs(bravo), "not yet")
        bravo.run(["hb_fenced", "alpha"], input="y\n", check=True)
        lab.wait(lambda: runs(bravo), 15, "bravo writes")
        bravo.stop_heartbeat()
        need(bravo.run(["hb_fenced", "-y", "alpha"]).returncode == 4, "heartbeat is not running")


def unknown_to_the_device(lab):
    """A device that does not know the node is a failure of its own; one that shut down in order needs none."""
    with Power(lab) as power:
        alpha, bravo = cluster(lab, power, "stonith_host * ssh charlie\n")
        alpha.stop_heartbeat()
        lab.wait(lambda: runs(bravo), 20, "taken over, nobody was reset")
        bravo.wait_log("info: Dead node alpha gave up resources.", 20)
        need("Resetting node" not in bravo.log(), "alpha was not to be reset")
        power.boot(alpha)
        alpha.wait_log("remote resource transition completed", 30)
        lab.wait(lambda: alpha.rscstatus() == "none", 30, "alpha is back")
        bravo.power_off()
        alpha.wait_log("ERROR: Device SSH STONITH device cannot reset host bravo.", 20)
        alpha.wait_log(r"WARN: Managed STONITH bravo process \d+ exited with return code 100.", 10)
        alpha.wait_log("ERROR: STONITH of bravo failed.  Retrying...", 10)
        need(not runs(alpha), "it was taken from a node that may live")


def device_lies(lab):
    """It says done, and the node lives: it reads that it was declared dead, and goes down before it can do harm for long."""
    with Power(lab) as power:
        alpha, bravo = nodes = cluster(lab, power, LAB)
        device(bravo, "lies")
        lab.cut_oneway(alpha, bravo)  # bravo does not hear alpha, but alpha hears bravo
        need(alpha.wait_down(30) == "reboot", "alpha reboots at once, perhaps before its log says why")
        lab.heal()
        lab.wait(lambda: runs(bravo), 20, "bravo writes")
        device(bravo)
        power.boot(alpha)
        whole(lab, power, nodes)
        # Frozen for a while, declared reset, and awake again: what it hears says that the device lied.
        device(alpha, "lies")
        lab.cut(alpha, bravo)
        alpha.write("/run/device/lies", "")
        bravo.write("/run/device/hangs", "")
        alpha.wait_log("info: node bravo now reset.", 40)
        lab.heal()
        alpha.wait_log("CRIT: node bravo lives, although the STONITH device said that it was reset", 20)


def never_heard(lab):
    """A node that starts alone resets the one that it never heard; what it says goes to hooks of rc.d, and to the wire."""
    with Power(lab) as power:
        power.boots = False
        alpha, bravo = cluster(lab, power, LAB, start=False)
        bravo.power_off()
        alpha.write("/etc/ha.d/rc.d/stonith", '#!/bin/sh\necho "$HA_node $HA_result" >>/stonith\n', 0o755)
        alpha.start_heartbeat()
        lab.wait(lambda: runs(alpha), 25, "alpha writes")
        need(power.resets() == ["bravo"], f"{power.resets()}")
        lab.wait(lambda: alpha.read("/stonith", default="") == "bravo OK\n", 10, "the hook was called")


def refused_at_start(lab):
    """What is wrong in a line is said with its place, by --check and by the exit code 6; no device is called."""
    with Power(lab) as power:
        alpha, bravo = cluster(lab, power, "", start=False)
        base = alpha.read("/etc/ha.d/ha.cf")
        line = base.count("\n") + 1
        for text, column, old, new in (
                ("stonith_host * bogus x\n", 16, "Invalid Stonith type [bogus]", "stonith type 'bogus' cannot be used"),
                ("stonith_host * external/lab\n", 16, "Invalid Stonith configuration parameter []", "not the parameters"),
                ("stonith null /nonexist\n", 14, "Invalid Stonith config file [/nonexist]", "cannot be read")):
            alpha.write("/etc/ha.d/ha.cf", base + text)
            checked = alpha.run(["/usr/libexec/heartbeat/heartbeat", "--check"])
            need(f"ha.cf:{line}:{column}: error: " in checked.stdout and new in checked.stdout, checked.stdout)
            started = alpha.run(["/usr/libexec/heartbeat/heartbeat"])
            need(started.returncode == 6 and f"ERROR: {old}" in started.stderr
                 and "ERROR: Heartbeat not started: configuration error." in started.stderr, f"{started.returncode}: {started.stderr}")
        alpha.write("/etc/ha.d/ha.cf", base + "stonith_host bravo bogus x\n" + LAB)
        device(alpha, "dead")
        alpha.start_heartbeat()
        bravo.start_heartbeat()
        alpha.wait_log("ERROR: STONITH device Lab switch not operational!", 20)
        alpha.wait_log("ERROR: STONITH status operation failed.", 10)
        alpha.wait_log("info: This may mean that the STONITH device has failed!", 10)
        need(told(alpha)["fencing_failed"] == "Lab switch", "hb_status names it")


SECRET = re.compile(r"(Invalid Stonith configuration parameter \[) .*\]")  # ours has no parameters in the log


def recorded_lines(lab):
    """The lines of ha.cf that were tried with 3.0.6: refused with the same words, or accepted."""
    recorded = [line.removeprefix("config: ").split(" | ") for line in
                (places.SHARED / "vectors/stonith/v1.txt").read_text().splitlines() if line.startswith("config: ")]
    need(len(recorded) > 10, "there are none")
    node = lab.node("nodea")
    node.write("/tmp/st.cfg", "nodea nodeb\n")
    node.write("/tmp/x", "x\n")
    base = HA_CF.format(partition="restart").replace("alpha bravo", "nodea nodeb")
    for line, verdict, *texts in recorded:
        node.configure(base + line + "\n", "nodea Disk\n")
        checked = node.run(["/usr/libexec/heartbeat/heartbeat", "--check"])
        if verdict.strip() != "refused":
            need(" 0 errors" in checked.stdout, f"{line}: {checked.stdout}")
            continue
        need(f"/etc/ha.d/ha.cf:{(base + line).count(chr(10)) + 1}:" in checked.stdout, f"{line}: {checked.stdout}")
        started = node.run(["/usr/libexec/heartbeat/heartbeat"])
        need(started.returncode == 6, f"{line}: exit {started.returncode}")
        for text in (*texts, "ERROR: Heartbeat not started: configuration error.", "ERROR: Configuration error, heartbeat not started."):
            text = SECRET.sub(r"\1 ****]", text.strip().removeprefix("ERROR: "))
            # What a driver says stands in the line that explains.
            want = text.removeprefix("glib: ") if "WTI_RPS10" in text else f"ERROR: {text}\n"
            need(want in started.stderr, f"{line}: no '{text}' in {started.stderr}")


TESTS = [one_of_two_survives, devices_in_turn, comes_back_meanwhile, person_confirms, unknown_to_the_device, device_lies, never_heard, refused_at_start, recorded_lines]

if __name__ == "__main__":
    sys.exit(main("fence", TESTS, __doc__, jobs=4))
