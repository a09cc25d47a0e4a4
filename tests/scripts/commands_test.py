#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hb_standby, hb_takeover, hb_addnode, hb_delnode, hb_setweight, hb_setsite: words, messages, the
FIFO that nobody reads, --wait (spec/commands.md 3); and the functions of shellfuncs."""

import sys
import time

from support import expect, expect_match, expect_that, run_cases

SHARE = "/usr/share/heartbeat"
FIFO = "/var/lib/heartbeat/fifo"
LOG = "/tmp/ha-log"
ENVIRONMENT = {"HA_LOGFILE": LOG}
HA_CF = "keepalive 1\nauto_failback on\nnode alpha bravo\n"


def reader_start(node):
    node.run(f"rm -rf {FIFO} /tmp/*; mkfifo -m 600 {FIFO}", check=True)
    reader = node.spawn(f"exec cat <>{FIFO} >/tmp/fifo")
    node.lab.wait(lambda: node.exists("/tmp/fifo"), 5, "a reader")
    return reader


def command(node, name, *words, timeout=30):
    return node.run([f"{SHARE}/{name}", *words], env=ENVIRONMENT, timeout=timeout)


def messages_of(node, client):
    table = (
        (("hb_standby",), "t=ask_resources\nrsc_hold=all\ninfo=me\n"),
        (("hb_standby", "all"), "t=ask_resources\nrsc_hold=all\ninfo=me\n"),
        (("hb_standby", "local"), "t=ask_resources\nrsc_hold=local\ninfo=me\n"),
        (("hb_standby", "foreign"), "t=ask_resources\nrsc_hold=foreign\ninfo=me\n"),
        (("hb_standby", "failback"), "t=ask_resources\nrsc_hold=foreign\ninfo=me\n"),
        (("hb_takeover",), "t=hb_takeover\nrsc_hold=all\n"),
        (("hb_takeover", "local"), "t=hb_takeover\nrsc_hold=local\n"),
        (("hb_takeover", "failback"), "t=hb_takeover\nrsc_hold=failback\n"),
        (("hb_addnode", "n1", "n2.example.org"), "t=addnode\nnodelist=n1 n2.example.org\n"),
        (("hb_delnode", "n1", "n2"), "t=delnode\nnodelist=n1 n2\n"),
        (("hb_setweight", "n1", "0"), "t=setweight\nnode=n1\nweight=0\n"),
        (("hb_setsite", "n1", "siteA"), "t=setsite\nnode=n1\nsite=siteA\n"),
    )
    for words, want in table:
        reader = reader_start(node)
        done = command(node, *words)
        expect((done.returncode, done.stdout, done.stderr), (0, "", ""), " ".join(words))
        node.lab.wait(lambda: node.read("/tmp/fifo").endswith("<<<\n"), 5, "a whole message")
        expect(node.read("/tmp/fifo"), f">>>\n{want}<<<\n", " ".join(words))
        reader.kill()
    reader = reader_start(node)
    command(node, "hb_standby", "local")
    expect_match(r"^hb_standby\[\d+\]:\t\S+ Going standby \[local\]\.\n$", node.read(LOG), "log")
    reader.kill()


def wrong_words(node, client):
    reader = reader_start(node)
    for name in ("hb_standby", "hb_takeover"):
        usage = f"usage:\n{SHARE}/{name} [all|foreign|local|failback]\n"
        expect((command(node, name, "foo").returncode, command(node, name, "foo").stdout),
               (1, f"{SHARE}/{name}: wrong resources(foo).\n{usage}"), name)
        expect((command(node, name, "all", "all").returncode, command(node, name, "all", "all").stdout),
               (1, f"{SHARE}/{name}: too many arguments\n{usage}"), name)
        done = command(node, name, "--help")
        expect(done.returncode, 1, f"{name} --help")
        expect_that(done.stdout.startswith(usage), f"{name} --help")
        expect(command(node, name, "--wait=x").returncode, 1, f"{name} --wait=x")
    for name, words, usage in (
            ("hb_addnode", [], "<node> <node> ..."), ("hb_addnode", ["a b"], "<node> <node> ..."),
            ("hb_addnode", ["a\nt=x"], "<node> <node> ..."), ("hb_delnode", [], "<node> <node> ..."),
            ("hb_delnode", ["-x"], "<node> <node> ..."),
            ("hb_setweight", ["n1"], "<node> <weight>"), ("hb_setweight", ["n1", "-1"], "<node> <weight>"),
            ("hb_setweight", ["n1", "many"], "<node> <weight>"), ("hb_setweight", [], "<node> <weight>"),
            ("hb_setweight", ["n1", "1", "2"], "<node> <weight>"),
            ("hb_setsite", ["n1"], "<node> <site>"), ("hb_setsite", ["n1", ""], "<node> <site>")):
        done = command(node, name, *words)
        expect((done.returncode, done.stdout), (1, f"usage: {name} {usage}\n"), f"{name} {words}")
    expect(node.read("/tmp/fifo"), "", "nothing was sent")
    reader.kill()


def nobody_reads(node, client):
    """No FIFO, a plain file in its place, no reader, a full FIFO: an error at once, and no file."""
    commands = (("hb_standby",), ("hb_takeover", "all"), ("hb_addnode", "x"), ("hb_delnode", "x"),
                ("hb_setweight", "x", "1"), ("hb_setsite", "x", "y"))
    node.run(f"rm -f {FIFO}")
    for words in commands:
        done = command(node, *words, timeout=5)
        expect((done.returncode, done.stderr), (1, "heartbeat is not running\n"), f"no FIFO: {words}")
        expect_that(not node.exists(FIFO), f"{words} made a file")
    node.write(FIFO, "")
    for words in commands:
        expect(command(node, *words, timeout=5).returncode, 1, f"a plain file: {words}")
        expect(node.read(FIFO), "", f"{words} wrote into a plain file")
    node.run(f"rm -f {FIFO}; mkfifo -m 600 {FIFO}", check=True)
    for words in commands:
        begin = time.time()
        done = command(node, *words, timeout=5)
        expect((done.returncode, done.stderr), (1, "heartbeat is not running\n"), f"no reader: {words}")
        expect_that(time.time() - begin < 40, f"{words} took {time.time() - begin:.1f} s")
    stuck = node.spawn(f"exec sleep 600 <>{FIFO}")
    write = f"dd if=/dev/zero of={FIFO} bs=4096 count=1 oflag=nonblock conv=notrunc 2>/dev/null"
    node.lab.wait(lambda: node.run(write).returncode == 0, 30, "the reader has opened it")
    node.run(f"while {write}; do :; done")
    expect(command(node, "hb_standby", timeout=5).returncode, 1, "a reader that does not read")
    stuck.kill()


def without_permission(node, client):
    reader = reader_start(node)
    done = node.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                     f"{SHARE}/hb_standby"], env=ENVIRONMENT)
    expect(done.returncode, 2, "exit code")
    expect_match("Permission denied", done.stderr, "reason")
    reader.kill()


def cl_status_says(node, *words):
    """A cl_status that answers one word a call; the last one stays."""
    node.write("/tmp/words", "".join(word + "\n" for word in words))
    node.write("/usr/bin/cl_status", """#!/bin/sh
[ "$1" = rscstatus ] || exit 11
head -n 1 /tmp/words
[ "$(wc -l </tmp/words)" -le 1 ] || sed -i 1d /tmp/words
""", 0o755)


def waiting(node, client):
    """The words that cl_status gives one after the other, the command, what it reports."""
    table = (
        (("all", "transition", "transition", "none"), ("hb_standby", "all"), 0, "holds none"),
        (("local", "transition", "none"), ("hb_standby", "local"), 0, "holds none"),
        (("all", "all", "transition", "foreign"), ("hb_standby", "local"), 0, "holds foreign"),
        (("all", "transition", "local"), ("hb_standby", "foreign"), 0, "holds local"),
        (("all", "transition", "local"), ("hb_standby", "failback"), 0, "holds local"),
        (("none",), ("hb_standby",), 0, "holds none"),
        (("none", "transition", "all"), ("hb_takeover",), 0, "holds all"),
        (("none", "transition", "local"), ("hb_takeover", "local"), 0, "holds local"),
        (("none", "transition", "local"), ("hb_takeover", "failback"), 0, "holds local"),
        (("local", "transition", "all"), ("hb_takeover", "foreign"), 0, "holds all"),
        (("all", "transition", "all"), ("hb_standby",), 1, "not done: this node holds all"),
        (("local", "transition", "local"), ("hb_takeover", "all"), 1, "not done: this node holds local"),
        (("all", "transition", ""), ("hb_standby",), 1, "went away"),
    )
    for words, (name, *rest), code, report in table:
        reader = reader_start(node)
        node.write("/etc/ha.d/ha.cf", HA_CF)
        cl_status_says(node, *words)
        done = command(node, name, "--wait", *rest)
        what = f"{words} {name} {rest}"
        expect(done.returncode, code, f"{what}: {done.stderr}")
        expect_match(report, done.stdout + done.stderr, what)
        reader.kill()


def waiting_for_nothing(node, client):
    reader = reader_start(node)
    node.write("/etc/ha.d/ha.cf", HA_CF)
    cl_status_says(node, "all", "transition")
    done = command(node, "hb_standby", "--wait=1")
    expect(done.returncode, 1, "a transition without end")
    expect_match("not done within 1 seconds: transition", done.stderr, "reason")
    cl_status_says(node, "all")
    begin = time.time()
    done = command(node, "hb_standby", "--wait")
    expect(done.returncode, 1, "refused")
    expect_that(11 < time.time() - begin < 60, f"after {time.time() - begin:.0f} s")
    node.write("/etc/ha.d/ha.cf", "auto_failback legacy\n")
    expect_match("auto_failback is legacy", command(node, "hb_standby", "--wait").stderr, "legacy")
    node.write("/etc/ha.d/ha.cf", HA_CF)
    node.write("/usr/bin/cl_status", "#!/bin/sh\nexit 1\n", 0o755)
    expect_match("is heartbeat running", command(node, "hb_standby", "--wait").stderr, "no daemon")
    reader.kill()


# shellfuncs.

def shell(node, script, **environment):
    return node.run(["/bin/sh", "-c", f". /etc/ha.d/shellfuncs; {script}"],
                    env={"HA_LOGTAG": "me", **environment})


def variables(node, client):
    wanted = {
        "HA_DIR": "/etc/ha.d", "HA_FUNCS": "/etc/ha.d/shellfuncs", "HA_RCDIR": "/etc/ha.d/rc.d",
        "HA_RESOURCEDIR": "/etc/ha.d/resource.d", "HA_DOCDIR": "/usr/share/doc/heartbeat",
        "HA_FIFO": FIFO, "HA_BIN": "/usr/libexec/heartbeat", "HA_NOARCHBIN": "/usr/share/heartbeat",
        "HA_VARRUN": "/var/run", "HA_VARLOCK": "/var/lock/subsys",
        "HA_RSCTMP": "/var/run/heartbeat/rsctmp", "HA_CURHOST": "alpha", "OCF_ROOT": "/usr/lib/ocf",
    }
    for name, want in wanted.items():
        expect(shell(node, f'printf %s "${name}"').stdout, want, name)
    expect(shell(node, "printf %s $HA_DIR", HA_DIR="/etc/ha.d/").stdout, "/etc/ha.d", "the daemon's HA_DIR")
    expect(shell(node, "printf %s $HA_RSCTMP", HA_RSCTMP="/tmp/x").stdout, "/tmp/x", "a given HA_RSCTMP")


def own_name(node, client):
    node.write("/etc/ha.d/nodeinfo", "Echo.Example.ORG\n")
    expect(shell(node, "printf %s $HA_CURHOST").stdout, "echo.example.org", "nodeinfo")
    expect(shell(node, "printf %s $HA_CURHOST", HA_CURHOST="given").stdout, "given", "the daemon's word")
    node.write("/etc/ha.d/nodeinfo", "")
    expect(shell(node, "printf %s $HA_CURHOST").stdout, "alpha", "an empty nodeinfo")
    node.remove("/etc/ha.d/nodeinfo")


def ha_parameter(node, client):
    node.write("/etc/ha.d/ha.cf", "#deadtime 1\ndeadtime 5 # comment\n  keepalive\t500ms\ndeadtime 7\n"
                                  "bcast eth0 eth1\nwarntime\n")
    for name, want in (("deadtime", "7\n"), ("keepalive", "500ms\n"), ("bcast", "eth0 eth1\n"),
                       ("initdead", ""), ("warntime", "\n"), ("dead.ime", "")):
        done = shell(node, f"ha_parameter {name}")
        expect((done.returncode, done.stdout), (0, want), name)
    node.remove("/etc/ha.d/ha.cf")
    expect(shell(node, "ha_parameter deadtime").stdout, "", "no file")


def ha_log(node, client):
    node.run("rm -rf /tmp/*")
    form = r"me\[\d+\]:\t\d{4}/\d\d/\d\d_\d\d:\d\d:\d\d "
    done = shell(node, "ha_log 'info: hello'; ha_debug quiet")
    expect_match(f"^{form}info: hello\n$", done.stderr, "nowhere to log: stderr")
    done = shell(node, "ha_log 'WARN: a  b %s'; ha_debug x", HA_LOGFILE="/tmp/log", HA_DEBUGLOG="/tmp/debug",
                 HA_debug="1")
    expect(done.stderr, "", "stderr")
    for path in ("/tmp/log", "/tmp/debug"):
        expect_match(f"^{form}WARN: a  b %s\n{form}debug: x\n$", node.read(path), path)
    node.write("/etc/ha.d/ha.cf", "logfile /tmp/log2\n")
    shell(node, "ha_log 'info: by hand'")
    expect_match("info: by hand", node.read("/tmp/log2"), "called by hand: as in ha.cf")
    done = shell(node, "ha_log 'info: lost'; echo on", HA_LOGFILE="/proc/nothing")
    expect_that("info: lost" in done.stderr and done.stdout == "on\n", "a log that cannot be written")
    node.remove("/etc/ha.d/ha.cf")


def ha_pseudo_resource(node, client):
    script = "for o in status start status monitor stop stop status; do ha_pseudo_resource x $o; echo $?; done"
    done = shell(node, script, HA_RSCTMP="/tmp/rsc/new")
    expect(done.stdout.split(), ["3", "0", "0", "0", "0", "0", "3"], "exit codes")
    done = shell(node, "ha_pseudo_resource x start; echo $?", HA_RSCTMP="/proc/nothing")
    expect_that(done.stdout.strip() not in ("", "0"), "a start that cannot be noted fails")


def ha_clustermsg(node, client):
    reader = reader_start(node)
    done = shell(node, "printf 't=test\\nx=1\\n' | ha_clustermsg")
    expect(done.returncode, 0, done.stderr)
    node.lab.wait(lambda: node.read("/tmp/fifo").endswith("<<<\n"), 5, "a whole message")
    expect(node.read("/tmp/fifo"), ">>>\nt=test\nx=1\n<<<\n", "framed")
    reader.kill()


CASES = [messages_of, wrong_words, nobody_reads, without_permission, waiting, waiting_for_nothing,
         variables, own_name, ha_parameter, ha_log, ha_pseudo_resource, ha_clustermsg]

if __name__ == "__main__":
    sys.exit(run_cases("scripts/commands", CASES))
