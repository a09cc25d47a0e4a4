#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Drivers that run commands (ssh, suicide, ibmhmc), and vacm, which can do nothing, with stand-ins that note how they were called: the recorded lines, and
commands that fail, hang, or answer with nonsense."""

import re
import shlex
import sys

from devices import WITH_STAND_INS, Bench, ended, main_in_one_lab, need, recorded

SCRIPT = "/opt/ssh.script"  # what the stand-in of ssh does now
PING = "/opt/ping.code"
SLOW = "/opt/slow"  # stand-ins of the runs that take long
# A console of either version: it knows the states of its partitions, in files.
HMC = r"""
shift 3
case "$*" in
'lshmc -r -F ssh') echo enable ;;
'lshmc -v') printf '*FC ????????\n*RM %s\n' "$(cat /opt/hmc/version)" ;;
'lssyscfg -r sys -F name') printf 'sysA\nsysB\n' ;;
'lssyscfg -r sys -F name:mode --all') printf 'sysA:255\nsysB:0\n' ;;
'lssyscfg -m '*' -r sys -F state') echo Operating ;;
'lssyscfg -m sysA -r lpar -F name'*) cat /opt/hmc/names ;;
'lssyscfg -m sysB -r lpar -F name'*) echo nodec ;;
*'-F default_profile'*) echo prof1 ;;
*'-F state'*) # each look takes the next of the states to come
	head -n 1 /opt/hmc/states
	[ "$(wc -l </opt/hmc/states)" -lt 2 ] || sed -i 1d /opt/hmc/states ;;
chsysstate* | reset_partition*)
	[ ! -e /opt/hmc/refuses ] || { echo 'HSCL0000 no' >&2; exit 1; }
	case "$*" in
	*' -o on '*) cp /opt/hmc/when.on /opt/hmc/states ;;
	*--restart* | *' -o reset '*) cp /opt/hmc/when.reset /opt/hmc/states ;;
	*) cp /opt/hmc/when.off /opt/hmc/states ;;
	esac ;;
*) echo "unknown: $*" >&2; exit 1 ;;
esac
"""


class Stand:
    def __init__(self, node):
        self.node = node
        self.ssh = Bench(node, "ssh", "hostlist=nodeA nodeb")
        self.hmc = Bench(node, "ibmhmc", "ipaddr=10.0.0.20")
        self.suicide = Bench(node, "suicide")
        self.ssh.stand_in("ssh", f". {SCRIPT}\n")
        self.ssh.stand_in("ping", f"exit $(cat {PING})\n")
        for name in ("reboot", "poweroff"):  # of the node: the host's are below
            node.write(f"/usr/sbin/{name}", f'#!/bin/sh\necho "{name} $*" >>/opt/ended\n', 0o755)
        need("exec" not in node.read("/usr/sbin/reboot") and "/opt/ended" in node.read("/sbin/reboot"), "reboot is stood in for")
        node.write(f"{SLOW}/ssh", "#!/bin/sh\n", 0o755)
        node.write(f"{SLOW}/ping", f'#!/bin/sh\necho "$3" >>{SLOW}/calls\n[ "$3" = nodeb ] || exit 2\n', 0o755)
        slow = {"PATH": f"{SLOW}:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.unsure = self.ssh.spawn("-T", "reset", "nodea", env=slow)
        self.alive = self.ssh.spawn("-T", "reset", "nodeb", env=slow)
        self.console()

    def says(self, ssh="exit 0", ping=1):
        self.node.write(SCRIPT, ssh + "\n")
        self.node.write(PING, f"{ping}\n")
        self.ssh.calls()

    def console(self, version="V7R3.5.0.0", names="NodeA\\nnodeb\\n", now="Running", refuses=False, **after):
        """A console; AFTER: "on", "off", "reset" -> the states that it shows after that command."""
        self.says(HMC)
        self.node.run("rm -rf /opt/hmc; mkdir /opt/hmc", check=True)
        files = {"version": version + "\n", "names": names.replace("\\n", "\n"), "states": now + "\n"}
        for op, states in (("on", ["Starting", "Running"]), ("off", ["Running", "Shutting Down", "Not Activated"]),
                           ("reset", ["Running", "Not Activated", "Starting"])):
            files[f"when.{op}"] = "".join(f"{state}\n" for state in after.get(op, states))
        if refuses:
            files["refuses"] = ""
        for name, text in files.items():
            self.node.write(f"/opt/hmc/{name}", text)

    def run(self, bench, *words, **how):
        env = {**WITH_STAND_INS, **how.pop("env", {})}
        return bench.run(*words, env=env, **how)


# ssh.

def ssh_dialogues(stand):
    for case in recorded("ssh"):
        if not case.words.startswith("-t ssh ") or "15 times" in " ".join(case.lines):
            continue
        stand.says("exit 255" if "ssh exits 255" in case.words else "exit 0")
        words = re.sub(r" \(.*", "", case.words).split()[2:]
        if words == ["nodeb"]:
            words = ["-T", "reset", "nodeb"]
        stand.run(stand.ssh, *words).want(case.exit, *case.err, out=case.out)
        want = [shlex.split(line[6:]) for line in case.lines if line.startswith("exec: ")]
        calls = stand.ssh.calls()
        need(calls == want, f"{case.words}: {calls}, want {want}")


def ssh_evidence(stand):
    """A ping that cannot tell is no evidence; nor is one that answers.  (Started with the first case: 15 s.)"""
    done = ended(stand.unsure).want(5, "ping cannot tell whether nodea is down (exit code 2)")
    need(not done.logged("still able"), f"{done}")
    ended(stand.alive).want(5, "still able to ping nodeb after 15 tries, stonith did not work")
    need(stand.node.read(f"{SLOW}/calls").split().count("nodeb") == 15, "15 pings")


def ssh_hosts(stand):
    stand.says()
    stand.run(stand.ssh, "-T", "reset", "node").want(4)
    stand.run(stand.ssh, "-S", params=["hostlist=a -oProxyCommand=x"]).want(1, "'-oproxycommand=x' is no host")
    need(not stand.ssh.calls(), "nothing was run")


def ssh_without_hosts(stand):
    """8, as of old, where every other type says 3."""
    for words in (["-S"], ["-l"], ["-T", "reset", "nodea"]):
        stand.ssh.run(*words, params=["other=1"]).want(8, out=[])
    stand.hmc.run("-S", params=["other=1"]).want(3)
    need(not stand.ssh.calls(), "nothing was run")


# vacm.

def vacm_refuses(stand):
    """It is known with its parameters, and says why it is of no use; a missing one is told first; no secret is."""
    vacm = Bench(stand.node, "vacm", "nexxus=10.0.0.1", "login=admin", "password=geheim")
    done = vacm.run("-n", params=[])
    need(done.code == 0 and done.out == ["nexxus  login  password  "], f"{done}")
    for words in (["-S"], ["-l"], ["-T", "reset", "nodea"], ["-T", "off", "nodea"]):
        done = vacm.run(*words)
        need(done.code == 8 and "geheim" not in done.text and not done.out, f"{words}: {done}")
        need(done.logged("client library") and done.logged("external/ipmi"), f"{words}: {done}")
    vacm.run("-S", params=["nexxus=10.0.0.1", "login=admin"]).want(3)


# suicide.

def suicide_ends_this_machine(stand):
    name = stand.node.run("uname -n").stdout.strip()
    stand.suicide.run("-l").want(0, out=[name.lower()])
    stand.suicide.run("-S").want(0)
    for op, command in (("reset", "reboot -nf"), ("off", "poweroff -nf")):
        stand.node.write("/opt/ended", "")
        stand.suicide.run("-T", op, name.upper()).want(
            0, f"info: Initiating suicide on host {name.lower()}", "info: Suicide stonith succeeded.")
        need(stand.node.read("/opt/ended") == "", "the result comes first")
        stand.node.lab.wait(lambda: stand.node.read("/opt/ended") == command + "\n", 20, f"{command} outlives the driver")


def suicide_of_others(stand):
    stand.node.write("/opt/ended", "")
    stand.suicide.run("-T", "reset", "somebody").want(5, "Suicide STONITH device doesn't control host [somebody]")
    stand.suicide.run("-T", "on", stand.node.run("uname -n").stdout.strip()).want(3)
    stand.node.run("mv /usr/sbin/reboot /usr/sbin/reboot.away", check=True)
    stand.suicide.run("-T", "reset", stand.node.run("uname -n").stdout.strip()).want(
        5, "/sbin/reboot cannot be executed", "Suicide stonith failed.")
    stand.node.run("mv /usr/sbin/reboot.away /usr/sbin/reboot", check=True)
    need(stand.node.read("/opt/ended") == "", "nothing was done")


# ibmhmc.

def blocks(name):
    """The @names of a dialogue file: what they stand for."""
    from devices import places
    found, current = {}, None
    for line in (places.SHARED / f"vectors/stonith/dialogue/{name}.txt").read_text().splitlines():
        if line.startswith("block: "):
            current = found.setdefault(line[7:], [])
        elif line.startswith("case: "):
            break
        elif current is not None and line:
            current.append(line)
    return found


def expanded(lines, known):
    for line in lines:
        yield from expanded(known[line[1:]], known) if line.startswith("@") else [line]


def looks_once(calls):
    """Without the looks at the state after a command."""
    kept, acted = [], False
    for call in calls:
        acted = acted or call[4] in ("chsysstate", "reset_partition")
        if not acted or call[4] in ("chsysstate", "reset_partition"):
            kept.append(call)
    return kept


def hmc_dialogues(stand):
    cases, known = recorded("ibmhmc"), blocks("ibmhmc")
    for case in cases:
        stand.console("R3V2.6" if "=sysA" in case.words else "V7R3.5.0.0")
        words = shlex.split(case.words)
        at = next(i for i, word in enumerate(words) if word in ("-S", "-l", "-T"))
        done = stand.run(stand.hmc, *words[at:], params=words[:at])
        done.want(case.exit, *[line for line in case.err], out=case.out)
        want = [shlex.split(line[6:]) for line in expanded(case.lines, known) if line.startswith("exec: ")]
        calls = looks_once(stand.hmc.calls())
        need(not want or calls == want, f"{case.words}: {calls}, want {want}")
        need("abc123" not in done.text, f"{done}")


def hmc_password(stand):
    """It is in no argument and no environment, and ssh gets it."""
    stand.console()
    stand.node.write(SCRIPT, '"$SSH_ASKPASS" x >>/opt/told; env >>/opt/environment; echo "$DISPLAY" >/opt/display\n' + HMC)
    for password in ("abc123", "it's \"$HOME\" `id`\\"):
        stand.node.write("/opt/told", "")
        stand.run(stand.hmc, "-S", params=["ipaddr=10.0.0.20", f"password={password}"]).want(0)
        told = set(stand.node.read("/opt/told").splitlines())
        need(told == {password}, f"{told}")
        need(password not in stand.node.read("/opt/environment"), "the password is in the environment")
    need(stand.node.read("/opt/display") == "ibmhmc_foo\n", "DISPLAY")
    need(not any("abc123" in word for call in stand.hmc.calls() for word in call), "the password is an argument")


def hmc_evidence(stand):
    """States that say otherwise than the exit code of the command."""
    def run(op, **console):
        stand.console(**console)
        return stand.run(stand.hmc, "-T", op, "nodeb")

    run("reset", reset=["Running", "Starting"]).want(0)
    run("off", off=["Error"]).want(8, "the state of nodeb is 'Error'")
    run("off", now="Not Available").want(8)
    run("off", now="Not Activated").want(0, "host nodeb already off")
    run("reset", now="Not Activated").want(0)
    need(any("on" in call for call in stand.hmc.calls() if "chsysstate" in call), "one that is off is turned on")
    run("off", refuses=True).want(8, "'chsysstate' failed with exit code 1")
    # One that still runs; it would be waited for longer than a test may last.
    stand.console(off=["Running"])
    process = stand.hmc.spawn("-T", "off", "nodeb", env=WITH_STAND_INS)
    stand.node.lab.wait(lambda: stand.node.read("/opt/stand-in.calls").count("state") > 4, 30, "it looks again and again")
    need(process.poll() is None, "it is not done")
    process.kill()
    process.wait(60)


def hmc_names(stand):
    stand.console(names="node10\\nmy node\\n-oops\\nit's\\nx;reboot\\nnode1\\n")
    done = stand.run(stand.hmc, "-l").want(0, "'-oops' is no name of a partition", "'it's' is no name of a partition")
    need(done.out == ["node10", "my node", "x;reboot", "node1", "nodec"], f"{done}")
    stand.hmc.calls()
    stand.run(stand.hmc, "-T", "off", "x;reboot").want(0)
    command = next(call for call in stand.hmc.calls() if "chsysstate" in call)
    need("'x;reboot'" in command, f"in quotes, for the shell over there: {command}")
    stand.run(stand.hmc, "-T", "off", "node").want(8, "10.0.0.20 has no partition 'node'")
    stand.console(names="nodec\\n")
    stand.run(stand.hmc, "-T", "off", "nodec").want(8, "'nodec' is on sysA and on sysB: managedsyspat must choose one")
    stand.run(stand.hmc, "-T", "off", "nodec", params=["ipaddr=10.0.0.20", "managedsyspat=x sysB*"]).want(0)


def hmc_unfit(stand):
    """No console, and consoles that are none."""
    for script, text in (("exit 255", "ssh to 10.0.0.20 failed"), ("echo disable", "does not say that ssh is enabled"),
                         ("yes | head -c 3000000", "does not say that ssh is enabled|too much output"),
                         ("exit 0", "does not say that ssh is enabled")):
        stand.says(script)
        done = stand.run(stand.hmc, "-l").want(1)
        need(re.search(text, "\n".join(done.log)), f"{script}: {done}")
    stand.console(version="unknown")
    stand.run(stand.hmc, "-l").want(1, "does not say its version")
    stand.run(stand.hmc, "-l", params=["ipaddr=-oProxyCommand=x"]).want(1, "is no address")


CASES = (ssh_dialogues, ssh_hosts, ssh_without_hosts, vacm_refuses, suicide_ends_this_machine, suicide_of_others, hmc_dialogues, hmc_password,
         hmc_evidence, hmc_names, hmc_unfit, ssh_evidence)

if __name__ == "__main__":
    sys.exit(main_in_one_lab("stonith/commands", CASES, lambda lab: (Stand(lab.node("alpha")),), __doc__))
