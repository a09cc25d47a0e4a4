#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ResourceManager, mach_down, req_resource, harc and rc.d with resource scripts that only note
their calls (spec/resources-v1.md 1.2, 3.1 to 3.6)."""

import sys
import time

from support import expect, expect_match, expect_that, run_cases

RM = "/usr/share/heartbeat/ResourceManager"
SHARE = "/usr/share/heartbeat"
LOG = "/tmp/ha-log"
DEBUG = "/tmp/ha-debug"
CALLS = "/tmp/calls"
FIFO = "/var/lib/heartbeat/fifo"
ENVIRONMENT = {"HA_CURHOST": "alpha", "HA_LOGFILE": LOG, "HA_DEBUGLOG": DEBUG}

# Notes its call; status tells what start and stop left; exit codes and status words can be preset.
TRACER = """#!/bin/sh
name=${0##*/}
for op; do :; done
echo "$name [$#] $*" >>/tmp/calls
case $op in
start) [ -e /tmp/$name.rc-start ] && exit $(cat /tmp/$name.rc-start); : >/tmp/$name.held ;;
stop) [ -e /tmp/$name.rc-stop ] && exit $(cat /tmp/$name.rc-stop); rm -f /tmp/$name.held ;;
status)
	if [ -e /tmp/$name.words ]; then cat /tmp/$name.words; exit 1; fi
	if [ -e /tmp/$name.held ]; then echo "$name is running"; else echo "$name is stopped"; fi ;;
esac
"""

HARESOURCES = """# groups
alpha   TrA::x  TrB::a1::a2
BRAVO\tTrC::10.9.0.102 \\
   TrD   # a comment
"""


def fresh(node, haresources=HARESOURCES):
    """An empty slate: tracers TrA to TrD, nothing held, empty logs."""
    node.run(f"rm -rf /tmp/* {FIFO}; mkdir -p /etc/ha.d/resource.d", check=True)
    for name in ("TrA", "TrB", "TrC", "TrD"):
        node.write(f"/etc/ha.d/resource.d/{name}", TRACER, 0o755)
    node.write("/etc/ha.d/haresources", haresources)
    for path in (LOG, DEBUG, CALLS):
        node.write(path, "")


def rm(node, *words, **environment):
    return node.run([RM, *words], env={**ENVIRONMENT, **environment}, timeout=60)


def calls(node):
    """The calls since the last look."""
    text = node.read(CALLS)
    node.write(CALLS, "")
    return text.splitlines()


def log_texts(node, path=LOG):
    """Lines of the log without tag and time."""
    return [line.split("\t", 1)[1].split(" ", 1)[1] for line in node.read(path).splitlines()]


def fifo_reader(node):
    """A reader of the FIFO that collects into /tmp/fifo; returns its process."""
    node.run(f"mkfifo -m 600 {FIFO}", check=True)
    reader = node.spawn(f"exec cat <>{FIFO} >/tmp/fifo")
    node.lab.wait(lambda: node.exists("/tmp/fifo"), 5, "a reader")
    return reader


def messages(node):
    node.lab.wait(lambda: node.read("/tmp/fifo", "-").endswith("<<<\n"), 5, "a whole message")
    return node.read("/tmp/fifo")


# Listing.

def lists(node, client):
    fresh(node)
    table = (
        (("listkeys", "alpha"), "TrA::x\n"),
        (("listkeys", "ALPHA"), "TrA::x\n"),
        (("listkeys", "bravo"), "TrC::10.9.0.102\n"),
        (("listkeys", ".*"), "TrA::x\nTrC::10.9.0.102\n"),
        (("listkeys", "alp"), ""),
        (("listkeys", "nobody"), ""),
        (("allkeys",), "TrA::x\nTrC::10.9.0.102\n"),
        (("ourkeys",), "TrA::x TrB::a1::a2 \n"),
        (("otherkeys",), "TrC::10.9.0.102 TrD \n"),
    )
    for words, want in table:
        done = rm(node, *words)
        expect((done.returncode, done.stdout, done.stderr), (0, want, ""), " ".join(words))


def names_are_no_paths(node, client):
    """A key may come from another node: it names a script of resource.d or init.d and nothing else."""
    fresh(node)
    node.write("/tmp/evil", "#!/bin/sh\ntouch /tmp/was-run\necho running\n", 0o755)
    for key in ("../../../tmp/evil", "../../../tmp/evil::x", "/tmp/evil", ".hidden"):
        expect(rm(node, "status", key).returncode, 3, key)
        expect_that(not node.exists("/tmp/was-run"), f"{key} was run")


def usage(node, client):
    fresh(node)
    want = f"usage: {RM} listkeys machine | takegroup key | givegroup key|status resource\n\n"
    for words in ([], ["frobnicate"], ["takegroup"], ["givegroup"], ["listkeys"]):
        done = rm(node, *words)
        expect((done.returncode, done.stderr), (1, want), f"{words}")


def lines_of_haresources(node, client):
    """What the file may look like, and what becomes of it: all keys, all words."""
    table = (
        ("a r1 r2", "r1 r2", "a plain line"),
        ("\ta\tr1   r2  ", "r1 r2", "blanks and tabs"),
        ("a r1 # r2", "r1", "a comment"),
        ("#a r1", "", "a comment line"),
        ("a r1 \\\n r2", "r1 r2", "continued"),
        ("a r1\\\nr2", "r1 r2", "continued without blanks: still two words"),
        ("a r1 \\\n r2 # c2\nb r3", "r1 r2|r3", "a comment on the continuation"),
        ("a r1 \\ # c\n r2", "r1 r2", "a comment behind the backslash"),
        ("a r1 \\", "r1", "continued at the end of the file"),
        ("a", "", "a node alone"),
        ("a \\\n\nb r3", "r3", "a node alone, continued by an empty line"),
        ("a r1\r\nb r2\r", "r1|r2", "line ends of another system"),
        ("", "", "nothing"),
    )
    for text, want, why in table:
        fresh(node, text)
        got = "|".join(line.strip() for line in rm(node, "otherkeys").stdout.splitlines())
        expect(got, want, why)
    node.remove("/etc/ha.d/haresources")
    expect(rm(node, "allkeys").returncode, 0, "no file")
    expect(rm(node, "allkeys").stdout, "", "no file")


def keys_are_exact_words(node, client):
    fresh(node, "alpha 10.9.0.10 TrA\nbravo 10x9.0.10 TrB\nbravo 10.9.0.10 TrC\nbravo 10.9.0.1 TrD\n")
    for name in ("IPaddr", "10x9.0.10"):
        node.write(f"/etc/ha.d/resource.d/{name}", TRACER, 0o755)
    rm(node, "takegroup", "10.9.0.10")
    expect(calls(node), ["IPaddr [2] 10.9.0.10 status", "IPaddr [2] 10.9.0.10 start", "TrA [1] status",
                         "TrA [1] start"], "the first line that has the word, and only that")
    rm(node, "givegroup", "TrD")
    expect(calls(node), ["TrD [1] stop", "IPaddr [2] 10.9.0.1 stop"], "any word of a group finds it")
    done = rm(node, "takegroup", "10.9.0.100")
    expect((done.returncode, calls(node)), (0, []), "an unknown key is no error")
    expect(rm(node, "givegroup", ".*").returncode, 0, "a pattern is not a key")
    expect(calls(node), [], "a pattern is not a key")


# Status.

def status_words(node, client):
    """spec/resources-v1.md 3.4: only the words on stdout matter."""
    fresh(node)
    held = ("running", "is Running fine", "OK", "foo OK bar", "NOT OK", "nothing running", "unrunning",
            "starting\nis running")
    not_held = ("ok", "RUNNING", "not running", "Not  Running", "is not currently running",
                "daemon not running OK", "stopped", "")
    for code, words in [(0, text) for text in held] + [(3, text) for text in not_held]:
        node.write("/tmp/TrA.words", words)
        done = rm(node, "status", "TrA::x")
        expect((done.returncode, done.stdout), (code, ""), repr(words))
    node.write("/etc/ha.d/resource.d/TrA", "#!/bin/sh\necho running >&2\n", 0o755)
    expect(rm(node, "status", "TrA").returncode, 3, "words on stderr")
    expect(rm(node, "status", "NoSuchScript").returncode, 3, "no script")
    expect_match("ERROR: Cannot locate resource script NoSuchScript$", log_texts(node)[-1], "log")


def arguments_and_lookup(node, client):
    fresh(node)
    table = (
        ("TrA", "TrA [1] status"),
        ("TrA::x", "TrA [2] x status"),
        ("TrA::x::y y", "TrA [3] x y y status"),
        ("TrA::", "TrA [1] status"),
        ("TrA::x::::z", "TrA [3] x z status"),
        ("TrA::a:b", "TrA [2] a:b status"),
        ("TrA::*", "TrA [2] * status"),
        ("10.9.0.5/24/eth0", "IPaddr [2] 10.9.0.5/24/eth0 status"),
    )
    node.write("/etc/ha.d/resource.d/IPaddr", TRACER, 0o755)
    for word, want in table:
        rm(node, "status", word)
        expect(calls(node), [want], word)
    node.write("/etc/init.d/TrE", TRACER, 0o755)
    rm(node, "status", "TrE")
    expect(calls(node), ["TrE [1] status"], "init.d comes second")
    node.write("/etc/ha.d/resource.d/TrE", "#!/bin/sh\n", 0o644)
    rm(node, "status", "TrE")
    expect(calls(node), ["TrE [1] status"], "what is not executable is passed over")
    node.run("rm /etc/init.d/TrE /etc/ha.d/resource.d/TrE")


def statgroup(node, client):
    fresh(node)
    for held, want in (((), "NONE"), (("TrA",), "SOME"), (("TrA", "TrB"), "ALL")):
        for name in held:
            node.write(f"/tmp/{name}.held", "")
        done = rm(node, "statgroup", "TrA::x")
        expect((done.returncode, done.stdout), (0, want + "\n"), f"held {held}")
    expect(rm(node, "statgroup", "unknown").stdout, "NONE\n", "unknown key")


def verifyallidle(node, client):
    fresh(node)
    expect(rm(node, "verifyallidle").returncode, 0, "nothing active")
    node.write("/tmp/TrA.held", "")
    node.write("/tmp/TrC.held", "")
    node.write("/tmp/TrD.held", "")
    done = rm(node, "verifyallidle")
    expect(done.returncode, 2, "first resources of two groups")
    expect_match("^CRITICAL: Resource TrA::x is active, and should not be!\n"
                 "CRITICAL: Resource TrC::10.9.0.102 is active, and should not be!\n"
                 "CRITICAL: Non-idle resources can affect data integrity!\n", done.stderr, "stderr")
    expect_that("CRITICAL: Non-idle resources will affect resource takeback!" in log_texts(node), "log")


# Acquire and release.

def take_and_give(node, client):
    fresh(node)
    done = rm(node, "takegroup", "TrA::x")
    expect((done.returncode, done.stdout, done.stderr), (0, "", ""), "takegroup")
    expect(calls(node), ["TrA [2] x status", "TrA [2] x start", "TrB [3] a1 a2 status",
                         "TrB [3] a1 a2 start"], "left to right")
    expect(log_texts(node), ["info: Acquiring resource group: alpha TrA::x TrB::a1::a2",
                             "info: Running /etc/ha.d/resource.d/TrA x start",
                             "info: Running /etc/ha.d/resource.d/TrB a1 a2 start"], "log")
    rm(node, "takegroup", "TrA::x")
    expect(calls(node), ["TrA [2] x status", "TrB [3] a1 a2 status"], "held: not started again")
    node.write(LOG, "")
    done = rm(node, "givegroup", "TrA::x")
    expect(done.returncode, 0, "givegroup")
    expect(calls(node), ["TrB [3] a1 a2 stop", "TrA [2] x stop"], "right to left, without status")
    expect(log_texts(node), ["info: Releasing resource group: alpha TrA::x TrB::a1::a2",
                             "info: Running /etc/ha.d/resource.d/TrB a1 a2 stop",
                             "info: Running /etc/ha.d/resource.d/TrA x stop"], "log")
    rm(node, "givegroup", "TrC::10.9.0.102")
    expect(calls(node), ["TrD [1] stop", "TrC [2] 10.9.0.102 stop"], "stop is never skipped")
    expect_match("Running /etc/ha.d/resource.d/TrD  stop", node.read(LOG), "no arguments: two blanks")


def output_goes_to_the_debug_log(node, client):
    fresh(node)
    node.write("/etc/ha.d/resource.d/TrA", "#!/bin/sh\necho words of $2; echo trouble >&2\n", 0o755)
    done = rm(node, "takegroup", "TrA::x")
    expect((done.stdout, done.stderr), ("", ""), "nothing on the terminal")
    expect_match("words of start\ntrouble\n", node.read(DEBUG), "debug log")


def failing_start(node, client):
    for key, set_word in (("TrA::x", "local"), ("TrC::10.9.0.102", "foreign")):
        fresh(node)
        first, second = ("TrA", "TrB") if set_word == "local" else ("TrC", "TrD")
        node.write(f"/tmp/{second}.rc-start", "5")
        node.write("/usr/share/heartbeat/hb_standby", '#!/bin/sh\necho "hb_standby $*" >>/tmp/calls\n', 0o755)
        node.run(f"sed -i 's/^STANDBY_DELAY=30 /STANDBY_DELAY=1 /' {RM}", check=True)
        node.run("rm -rf /var/run/heartbeat/rsctmp; mkdir -p /var/run/heartbeat/rsctmp", check=True)
        done = rm(node, "takegroup", key)
        expect(done.returncode, 1, "takegroup fails")
        got = [line.split()[0] + " " + line.split()[-1] for line in calls(node)]
        expect(got, [f"{first} status", f"{first} start", f"{second} status", f"{second} start",
                     f"{second} stop", f"{first} stop"], "everything is released")
        resource = "TrB::a1::a2" if second == "TrB" else "TrD"
        texts = log_texts(node)
        expect_that(f"ERROR: Return code 5 from /etc/ha.d/resource.d/{second}" in texts, f"log: {texts}")
        expect_that(f"CRIT: Giving up resources due to failure of {resource}" in texts, f"log: {texts}")
        node.lab.wait(lambda: node.read(CALLS), 30, "a call")
        expect(calls(node), [f"hb_standby {set_word}"], "the set that the group belongs to")
        rm(node, "takegroup", key)
        time.sleep(1.5)
        expect([line for line in calls(node) if "standby" in line], [], "not again at once")


def missing_script_at_start(node, client):
    fresh(node, "alpha TrA NoSuch TrB\n")
    done = rm(node, "takegroup", "TrA", HA_STOPRETRYMAX="1")
    expect(done.returncode, 1, "takegroup")
    expect(calls(node), ["TrA [1] status", "TrA [1] start", "TrB [1] stop", "TrA [1] stop"], "calls")
    expect_that("ERROR: Cannot locate resource script NoSuch" in log_texts(node), "log")


def failing_stop_of_what_is_stopped(node, client):
    fresh(node)
    node.write("/tmp/TrB.rc-stop", "3")
    begin = time.time()
    done = rm(node, "givegroup", "TrA::x", HA_STOPRETRYMAX="2")
    elapsed = time.time() - begin
    expect(done.returncode, 0, "goes on")
    expect(calls(node), ["TrB [3] a1 a2 stop"] * 3 + ["TrB [3] a1 a2 status", "TrA [2] x stop"], "calls")
    expect_that(2 <= elapsed < 60, f"a second between the tries: {elapsed:.1f} s")
    expect(log_texts(node), [
        "info: Releasing resource group: alpha TrA::x TrB::a1::a2",
        "info: Running /etc/ha.d/resource.d/TrB a1 a2 stop",
        "ERROR: Return code 3 from /etc/ha.d/resource.d/TrB",
        "info: Retrying failed stop operation [TrB::a1::a2]",
        "info: Running /etc/ha.d/resource.d/TrB a1 a2 stop",
        "ERROR: Return code 3 from /etc/ha.d/resource.d/TrB",
        "info: Retrying failed stop operation [TrB::a1::a2]",
        "info: Running /etc/ha.d/resource.d/TrB a1 a2 stop",
        "ERROR: Return code 3 from /etc/ha.d/resource.d/TrB",
        "ERROR: Resource script for TrB::a1::a2 probably not LSB-compliant.",
        "WARN: it (TrB::a1::a2) MUST succeed on a stop when already stopped",
        "WARN: Machine reboot narrowly avoided!",
        "info: Running /etc/ha.d/resource.d/TrA x stop"], "log")


def failing_stop_without_end(node, client):
    """HA_STOPRETRYMAX of 0: until it works."""
    fresh(node)
    node.write("/tmp/TrB.rc-stop", "1")
    node.spawn("sleep 2.5; rm /tmp/TrB.rc-stop")
    done = rm(node, "givegroup", "TrA::x", HA_STOPRETRYMAX="0")
    expect(done.returncode, 0, "givegroup")
    expect(len([line for line in calls(node) if line.startswith("TrB")]), 4, "tries")


def failing_stop_of_what_is_held(node, client):
    """The machine goes down; here /sbin/reboot only takes note."""
    fresh(node)
    for name in ("reboot", "init"):
        node.run(f"rm -f /sbin/{name}")
        node.write(f"/usr/sbin/{name}", f'#!/bin/sh\necho "{name} $*" >>/tmp/calls\nexit $(cat /tmp/{name}.rc)\n',
                   0o755)
        node.write(f"/tmp/{name}.rc", "0")
    node.write("/tmp/TrB.rc-stop", "1")
    node.write("/tmp/TrB.words", "still running")
    daemon = node.spawn("sleep 100 & echo $$ >/var/run/heartbeat.pid; wait")
    node.lab.wait(lambda: node.exists("/var/run/heartbeat.pid"), 5, "a daemon")
    done = rm(node, "givegroup", "TrA::x", HA_STOPRETRYMAX="1")
    expect(done.returncode, 1, "givegroup")
    expect(calls(node), ["TrB [3] a1 a2 stop"] * 2 + ["TrB [3] a1 a2 status", "reboot -nf", "TrA [2] x stop"],
           "calls")
    expect_that("CRIT: Resource STOP failure. Reboot required!" in log_texts(node), "log")
    expect_that("CRIT: Killing heartbeat ungracefully!" in log_texts(node), "log")
    expect(daemon.wait(60), 137, "the daemon is killed")
    expect([words for words in node.processes().values() if words == ["sleep", "100"]], [], "its children")
    node.run("rm /var/run/heartbeat.pid")
    for name in ("reboot", "init"):
        node.write(f"/tmp/{name}.rc", "1")
    rm(node, "givegroup", "TrA::x", HA_STOPRETRYMAX="1")
    expect([line for line in calls(node) if line.split()[0] in ("reboot", "init")],
           ["reboot -nf", "init 6"], "one after the other")
    expect_that("CRIT: Unable to force reboot." in log_texts(node), "log")


# The others.

def mach_down(node, client):
    fresh(node)
    for words, environment in (([], {}), (["alpha"], {}), (["ALPHA"], {}), (["bravo"], {"HA_info": "ping"})):
        done = node.run([f"{SHARE}/mach_down", *words], env={**ENVIRONMENT, **environment})
        expect((done.returncode, calls(node)), (0, []), f"{words} {environment}: nothing to do")
    done = node.run([f"{SHARE}/mach_down", "Bravo"], env=ENVIRONMENT)
    expect(done.returncode, 0, done.stderr)
    expect([line.split()[0] + line.split()[-1] for line in calls(node)],
           ["TrCstatus", "TrCstart", "TrDstatus", "TrDstart"], "taken")
    texts = log_texts(node)
    expect(texts[0], "info: Taking over resource group TrC::10.9.0.102", "first line")
    expect(texts[-1], "info: mach_down takeover complete for node bravo.", "last line")
    reader = fifo_reader(node)
    node.run([f"{SHARE}/mach_down", "bravo"], env={**ENVIRONMENT, "HA_NICEFAILBACK": "yes"}, check=True)
    expect(messages(node), ">>>\nt=resource\nrsc_hold=foreign\ninfo=mach_down\n<<<\n", "message")
    expect_that(f"info: {SHARE}/mach_down: nice_failback: foreign resources acquired" in log_texts(node), "log")
    reader.kill()


def req_resource(node, client):
    program = f"{SHARE}/req_resource"
    answer = ">>>\nt=ip-request-resp\ndest=alpha\nipaddr=TrA::x\nweown=yes\nok=OK\n<<<\n"
    question = ">>>\nt=ip-request\nipaddr=TrA::x\n<<<\n"
    for environment, want in (({"HA_NICEFAILBACK": "yes"}, answer), ({"HA_DONTASK": "yes"}, answer),
                              ({}, question)):
        fresh(node)
        reader = fifo_reader(node)
        done = node.run([program, "TrA::x"], env={**ENVIRONMENT, **environment})
        expect((done.returncode, messages(node)), (0, want), f"{environment}")
        reader.kill()
    fresh(node)
    node.write("/tmp/TrA.held", "")
    expect(node.run([program, "TrA::x"], env=ENVIRONMENT).returncode, 0, "held: nothing to do")
    expect(calls(node), ["TrA [2] x status"], "held: nothing to do")
    expect(node.run([program], env=ENVIRONMENT).returncode, 0, "no argument")
    expect(log_texts(node)[-1], "ERROR: Cannot locate resource script ", "no argument")


def harc(node, client):
    fresh(node)
    note = '#!/bin/sh\necho "${0##*/} $* $HA_src" >>/tmp/calls\nexit 9\n'
    node.write("/etc/ha.d/rc.d/mine", note, 0o755)
    node.write("/etc/ha.d/rc.d/plain", note, 0o644)
    done = node.run(["/etc/ha.d/harc", "MINE"], env={**ENVIRONMENT, "HA_src": "bravo"})
    expect((done.returncode, calls(node)), (9, ["mine mine bravo"]), "lower case, exit code")
    expect(log_texts(node)[-1], "info: Running /etc/ha.d/rc.d/mine mine", "log")
    for word in ("plain", "nothing"):
        expect(node.run(["/etc/ha.d/harc", word], env=ENVIRONMENT).returncode, 1, word)
        expect(log_texts(node)[-1], f"ERROR: /etc/ha.d/rc.d/{word} not executable", "log")
    for words in ([], ["../harc"], [".hidden"]):
        expect(node.run(["/etc/ha.d/harc", *words], env=ENVIRONMENT).returncode, 1, f"{words}")


def rc_status(node, client):
    fresh(node)
    run = lambda **fields: node.run(["/etc/ha.d/harc", "status"], env={  # noqa: E731
        **ENVIRONMENT, **{f"HA_{key}": value for key, value in fields.items()}}).returncode
    for state in ("up", "active", "ping", "init"):
        expect((run(st=state, src="bravo"), calls(node)), (0, []), state)
    expect((run(st="dead", src="bravo"), len(calls(node))), (0, 4), "dead: taken over")


def rc_ip_request(node, client):
    def run(**fields):
        return node.run(["/etc/ha.d/rc.d/ip-request", "ip-request"], env={
            **ENVIRONMENT, **{f"HA_{key}": value for key, value in fields.items()}})
    fresh(node)
    done = run(src="bravo")
    expect(done.returncode, 1, "no key")
    expect_match("will give up the specified IP address", done.stdout, "no key")
    expect((run(src="alpha", ipaddr="TrC::10.9.0.102").returncode, calls(node)), (0, []), "from ourselves")
    reader = fifo_reader(node)
    run(src="bravo", ipaddr="TrC::10.9.0.102")
    expect(calls(node), ["TrC [2] 10.9.0.102 status"], "not held: nothing is stopped")
    expect(messages(node), ">>>\nt=ip-request-resp\ndest=bravo\nipaddr=TrC::10.9.0.102\nweown=no\nok=OK\n<<<\n",
           "answer")
    reader.kill()
    fresh(node)
    reader = fifo_reader(node)
    node.write("/tmp/TrC.held", "")
    node.write("/etc/ha.d/rc.d/local_giveip", '#!/bin/sh\necho "local_giveip $*" >>/tmp/calls\n', 0o755)
    run(src="bravo", ipaddr="TrC::10.9.0.102")
    expect(calls(node), ["TrC [2] 10.9.0.102 status", "local_giveip ip-request", "TrD [1] stop",
                         "TrC [2] 10.9.0.102 stop"], "held: given up, the hook first")
    expect_match("weown=yes\nok=OK\n<<<\n$", messages(node), "answer")
    reader.kill()


def rc_ip_request_resp(node, client):
    def run(**fields):
        return node.run(["/etc/ha.d/rc.d/ip-request-resp"], env={
            **ENVIRONMENT, **{f"HA_{key}": value for key, value in fields.items()}}).returncode
    fresh(node)
    expect(run(dest="alpha", ok="OK"), 1, "no key")
    expect((run(dest="bravo", ok="OK", ipaddr="TrA::x"), calls(node)), (0, []), "for another node")
    expect((run(dest="alpha", ok="no", ipaddr="TrA::x"), calls(node)), (0, []), "not OK")
    expect((run(dest="alpha", ok="OK", weown="yes", ipaddr="TrA::x"), len(calls(node))), (0, 4), "taken")
    expect_that("received ip-request-resp TrA::x OK yes" in log_texts(node) or
                "ip-request-resp TrA::x OK yes" in node.read(LOG), "log")


def rc_hb_takeover(node, client):
    table = (("all", "all"), ("local", "foreign"), ("foreign", "local"), ("failback", "foreign"))
    node.write("/usr/share/heartbeat/hb_standby", '#!/bin/sh\necho "hb_standby $*" >>/tmp/calls\n', 0o755)
    fresh(node)
    for word, want in table:
        node.run(["/etc/ha.d/rc.d/hb_takeover"], env={**ENVIRONMENT, "HA_src": "bravo", "HA_rsc_hold": word})
        expect(calls(node), [f"hb_standby {want}"], word)
    for source, word in (("alpha", "all"), ("bravo", "nonsense"), ("bravo", "")):
        done = node.run(["/etc/ha.d/rc.d/hb_takeover"],
                        env={**ENVIRONMENT, "HA_src": source, "HA_rsc_hold": word})
        expect((done.returncode, calls(node)), (0, []), f"{source} {word}")


CASES = [
    lists, names_are_no_paths, usage, lines_of_haresources, keys_are_exact_words, status_words, arguments_and_lookup,
    statgroup, verifyallidle, take_and_give, output_goes_to_the_debug_log,
    missing_script_at_start, failing_stop_of_what_is_stopped, failing_stop_without_end,
    failing_stop_of_what_is_held, mach_down, req_resource, harc, rc_status, rc_ip_request,
    rc_ip_request_resp, rc_hb_takeover, failing_start,
]

if __name__ == "__main__":
    sys.exit(run_cases("scripts/resourcemanager", CASES))
