#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The resource scripts on a machine without OCF agents, where they do the work themselves:
Filesystem, Delay, MailTo, apache, OCF; and the wrapper's words (spec/resources-v1.md 14)."""

import sys
import time

from support import expect, expect_match, expect_that, run_cases
from lab import Skip

D = "/etc/ha.d/resource.d"
AGENTS = "/usr/lib/ocf/resource.d"
STOPPED = (7, "INFO:  Resource is stopped\n")
RUNNING = (0, "INFO:  Running OK\n")
SUCCESS = (0, "INFO:  Success\n")
ENVIRONMENT = {"HA_LOGFILE": "/tmp/log", "HA_CURHOST": "alpha"}


def call(node, name, *words, timeout=40):
    done = node.run([f"{D}/{name}", *words], env=ENVIRONMENT, timeout=timeout)
    return done.returncode, done.stdout


def mounts(node):
    return node.run("cat /proc/mounts", check=True).stdout.splitlines()


def is_mounted(node, directory):
    return any(line.split()[1] == directory.replace(" ", "\\040") for line in mounts(node))


def bare(node):
    """No OCF agents, as on a machine without the package."""
    node.run(f"rm -rf {AGENTS}; mkdir -p /tmp /var/run/heartbeat/rsctmp; rm -rf /tmp/* /var/run/heartbeat/rsctmp/*")


# Filesystem.

def filesystem_life(node, client):
    bare(node)
    for arguments in (("none", "/tmp/m", "tmpfs"), ("none", "/tmp/m/", "tmpfs", "size=1m,mode=700"),
                      ("/tmp/source", "/tmp/a b", "none", "bind")):
        directory = arguments[1].rstrip("/")
        node.run(["mkdir", "-p", "/tmp/source", directory], check=True)
        for operation, want in (("status", STOPPED), ("monitor", STOPPED), ("start", SUCCESS),
                                ("status", RUNNING), ("start", SUCCESS), ("monitor", RUNNING)):
            expect(call(node, "Filesystem", *arguments, operation), want, f"{arguments} {operation}")
        expect_that(is_mounted(node, directory), f"{arguments} is mounted")
        for operation, want in (("stop", SUCCESS), ("status", STOPPED), ("stop", SUCCESS)):
            expect(call(node, "Filesystem", *arguments, operation), want, f"{arguments} {operation}")
        expect_that(not is_mounted(node, directory), f"{arguments} is not mounted")


def filesystem_directory_behind_a_link(node, client):
    bare(node)
    node.run("mkdir /tmp/real; ln -s /tmp/real /tmp/link", check=True)
    for operation, want in (("start", SUCCESS), ("status", RUNNING), ("stop", SUCCESS), ("status", STOPPED)):
        expect(call(node, "Filesystem", "none", "/tmp//link/", "tmpfs", operation), want, operation)
        expect(is_mounted(node, "/tmp/real"), want in (RUNNING, ) or operation == "start", operation)


def filesystem_on_a_block_device(node, client):
    bare(node)
    node.run("mknod /dev/loop-control c 10 237; for n in 0 1 2 3 4 5 6 7; do mknod /dev/loop$n b 7 $n; done")
    setup = ("truncate -s 4M /tmp/image && mkfs.ext2 -q /tmp/image && mkdir /tmp/m && "
             "losetup -f --show /tmp/image")
    done = node.run(setup)
    if done.returncode != 0:
        raise Skip(f"no loop devices here: {done.stderr.strip()}")
    device = done.stdout.strip()
    try:
        expect(call(node, "Filesystem", device, "/tmp/m", "ext2", "start"), SUCCESS, "start, with fsck")
        expect_that(is_mounted(node, "/tmp/m"), "mounted")
        expect(call(node, "Filesystem", device, "/tmp/m", "ext2", "stop"), SUCCESS, "stop")
        node.run(f"dd if=/dev/zero of={device} bs=64k count=1", check=True)
        expect(call(node, "Filesystem", device, "/tmp/m", "ext2", "start")[0], 1, "what fsck refuses")
    finally:
        node.run(f"losetup -d {device}")


def filesystem_submounts_go_first(node, client):
    bare(node)
    node.run("mkdir /tmp/m && " + D + "/Filesystem none /tmp/m tmpfs start && "
             "mkdir -p '/tmp/m/one two' && mount -t tmpfs none '/tmp/m/one two' && "
             "mkdir '/tmp/m/one two/three' && mount -t tmpfs none '/tmp/m/one two/three'", check=True)
    node.run("mkdir /tmp/mm && mount -t tmpfs none /tmp/mm", check=True)
    expect(call(node, "Filesystem", "none", "/tmp/m", "tmpfs", "stop"), SUCCESS, "stop")
    expect_that(not [line for line in mounts(node) if "/tmp/m/" in line], "nothing is left below")
    expect_that(is_mounted(node, "/tmp/mm"), "a directory with the same beginning stays")
    node.run("umount /tmp/mm")


def filesystem_users_are_ended(node, client):
    """The users of a bind mount are not those of the whole file system under it."""
    bare(node)
    node.run("mkdir /tmp/m /tmp/source; touch /tmp/source/file; cp /bin/sleep /tmp/source/program")
    start = ("Filesystem", "/tmp/source", "/tmp/m", "none", "bind")
    users = {
        "directory": "cd /tmp/m; exec sleep 100",
        "open file": "exec sleep 100 <>/tmp/m/file",
        "program": "exec /tmp/m/program 100",
        "deaf": "cd /tmp/m; trap '' TERM; sleep 100; sleep 100",
    }
    bystander = node.spawn("cd /tmp/source; exec sleep 100 <>/tmp/source/file")
    for kind, script in users.items():
        expect(call(node, *start, "start"), SUCCESS, kind)
        user = node.spawn(script)
        time.sleep(0.2)
        expect(call(node, *start, "stop"), SUCCESS, kind)
        expect_that(not is_mounted(node, "/tmp/m"), f"{kind}: not mounted")
        expect_that(user.wait(60) != 0, f"{kind}: the user is gone")
        expect(bystander.poll(), None, f"{kind}: who uses the source directly lives")
    # Nor can a user make a name that reads like another's line.
    expect(call(node, *start, "start"), SUCCESS, "a name of two lines")
    named = node.spawn("echo $$ >/tmp/pid; exec sleep 100")
    node.lab.wait(lambda: node.exists("/tmp/pid") and node.read("/tmp/pid"), 10, "it runs")
    name = f"/tmp/elsewhere/x\n/proc/{node.read('/tmp/pid').strip()}/cwd /tmp/m"
    user = node.spawn(["/bin/sh", "-c", 'exec 3</tmp/m/file; mkdir -p "$1"; cd "$1"; touch /tmp/ready; exec sleep 100',
                       "sh", name])
    node.lab.wait(lambda: node.exists("/tmp/ready"), 10, "the user is there")
    expect(call(node, *start, "stop"), SUCCESS, "a name of two lines")
    expect_that(user.wait(60) != 0, "the user is gone")
    expect(named.poll(), None, "whom the name names lives")
    named.kill()
    bystander.kill()


def filesystem_refusals(node, client):
    bare(node)
    for words, code in ((("none", "/tmp/nowhere", "tmpfs", "start"), 5), (("none", "/", "tmpfs", "start"), 2),
                        (("none", "/", "tmpfs", "stop"), 2),
                        (("/dev/nothing", "/srv", "ext4", "start"), 1), (("x", "start"), 1), ((), 1),
                        (("none", "/tmp", "tmpfs", "frobnicate"), 1), (("a", "b", "c", "d", "e", "start"), 1)):
        expect(call(node, "Filesystem", *words)[0], code, f"{words}")
    expect(call(node, "Filesystem", "none", "/tmp/nowhere", "tmpfs", "stop"), SUCCESS, "stop without directory")


# Delay, MailTo, apache.

def delay(node, client):
    bare(node)

    def slept():
        """Since the last look, the numbers that sleep(1) was called with."""
        words = node.read("/tmp/slept", "").split()
        node.run("rm -f /tmp/slept")
        return words

    begin = time.time()
    expect(call(node, "Delay", "1", "start"), SUCCESS, "start")
    expect_that(time.time() - begin >= 1, "a start takes its time")
    expect(call(node, "Delay", "1", "stop"), SUCCESS, "stop")
    node.write("/usr/local/sbin/sleep", '#!/bin/sh\necho "$*" >>/tmp/slept\n', 0o755)
    for arguments, start_s, stop_s in ((("1",), "1", "1"), (("0", "2"), "0", "2"), (("3", "0"), "3", "0")):
        expect(call(node, "Delay", *arguments, "status"), STOPPED, f"{arguments} status")
        expect(call(node, "Delay", *arguments, "start"), SUCCESS, f"{arguments} start")
        expect(slept(), [start_s], f"{arguments} start")
        expect(call(node, "Delay", *arguments, "status"), RUNNING, f"{arguments} status")
        expect(slept(), [], "status does not wait")
        expect(call(node, "Delay", *arguments, "stop"), SUCCESS, f"{arguments} stop")
        expect(slept(), [stop_s], f"{arguments} stop")
        expect(call(node, "Delay", *arguments, "stop"), SUCCESS, f"{arguments} second stop")
        expect(slept(), [], "a second stop does not wait")
    node.remove("/usr/local/sbin/sleep")
    expect(call(node, "Delay", "status"), STOPPED, "without arguments")
    expect(call(node, "Delay", "soon", "start")[0], 2, "no number")
    expect(call(node, "Delay", "soon", "stop"), SUCCESS, "no number, stop")


def mailto(node, client):
    bare(node)
    node.write("/usr/bin/mail", '#!/bin/sh\n{ echo "[$*]"; cat; } >>/tmp/mails\n', 0o755)
    arguments = ("MailTo", "admin@example.org", "Web")
    expect(call(node, *arguments, "status"), STOPPED, "status")
    expect(call(node, *arguments, "start"), SUCCESS, "start")
    node.lab.wait(lambda: "Takeover" in node.read("/tmp/mails", "-"), 5, "a mail")
    expect_match(r"^\[-s Web Takeover in progress at .* on alpha admin@example\.org\]", node.read("/tmp/mails"),
                 "start")
    expect(call(node, *arguments, "status"), RUNNING, "status")
    expect(call(node, *arguments, "stop"), SUCCESS, "stop")
    node.lab.wait(lambda: "Migrating" in node.read("/tmp/mails"), 5, "a second mail")
    expect_match(r"\[-s Web Migrating resource away at .* from alpha admin@example\.org\]",
                 node.read("/tmp/mails"), "stop")
    expect(call(node, *arguments, "stop"), SUCCESS, "second stop")
    node.write("/usr/bin/mail", "#!/bin/sh\nsleep 50\n", 0o755)
    begin = time.time()
    done = node.run(f"out=$({D}/MailTo a@b start | cat); echo $out", env=ENVIRONMENT)
    expect_match("Success", done.stdout, "a mail system that hangs")
    expect_that(time.time() - begin < 40, "holds up nobody")
    node.remove("/usr/bin/mail")
    expect(call(node, "MailTo", "c@d", "start"), SUCCESS, "without mail")


APACHE = """#!/bin/sh
# stands for apache2: writes its pid, ends at TERM
[ "$1 $2" = "-DSTATUS -f" ] || exit 1
[ -z "$(cat /tmp/fail)" ] || exit 1
cp /bin/sleep /tmp/apache2
/tmp/apache2 100 </dev/null >/dev/null 2>&1 &
echo $! >/run/web.pid
"""


def apache(node, client):
    bare(node)
    node.write("/usr/sbin/apache2", APACHE, 0o755)
    node.write("/tmp/fail", "")
    node.write("/etc/web.conf", "ServerRoot /etc\nPidFile \"/run/web.pid\"\n")
    arguments = ("apache", "/etc/web.conf")
    for operation, want in (("status", STOPPED), ("start", SUCCESS), ("status", RUNNING), ("start", SUCCESS),
                            ("stop", SUCCESS), ("status", STOPPED), ("stop", SUCCESS)):
        expect(call(node, *arguments, operation), want, operation)
    node.write("/tmp/fail", "x")
    expect(call(node, *arguments, "start")[0], 1, "a server that does not start")
    expect(call(node, "apache", "/etc/nothing.conf", "start")[0], 6, "no configuration")
    node.run("sleep 100 >/dev/null 2>&1 & echo $! >/run/web.pid")
    expect(call(node, *arguments, "status"), STOPPED, "a stale pid file")
    expect(call(node, *arguments, "stop"), SUCCESS, "a stale pid file")
    sleepers = [pid for pid, words in node.processes().items() if words == ["sleep", "100"]]
    expect(len(sleepers), 1, "a process with the pid of the stale file lives")
    node.signal(9, sleepers)
    node.remove("/usr/sbin/apache2")
    expect(call(node, *arguments, "start")[0], 5, "no program")


# OCF and the wrapper's words.

AGENT = """#!/bin/sh
env | grep '^OCF' | sort >/tmp/env
echo "agent says $1"
exit $(cat /tmp/rc)
"""


def words_of_results(node, client):
    bare(node)
    node.write(f"{AGENTS}/heartbeat/Delay", AGENT, 0o755)
    words = {0: "INFO:  Success", 1: "ERROR:  Generic error", 2: "ERROR:  Illegal argument",
             3: "ERROR:  Function unimplemented", 4: "ERROR:  User had insufficient privilege",
             5: "ERROR:  Program is not installed", 6: "ERROR:  Program is not configured",
             7: "INFO:  Resource is stopped", 9: "ERROR:  Unknown error: 9"}
    for code, text in words.items():
        node.write("/tmp/rc", str(code))
        expect(call(node, "Delay", "1", "start"), (min(code, 7) if code < 8 else 1,
               f"agent says start\n{text}\n"), f"code {code}")
    node.write("/tmp/rc", "0")
    expect(call(node, "Delay", "1", "status"), (0, "agent says monitor\nINFO:  Running OK\n"), "status")
    expect_match("Delay.*INFO:  Running OK", node.read("/tmp/log"), "in the log too")
    done = call(node, "Delay", "1", "frobnicate")
    expect(done[0], 1, "unknown operation")
    expect_match(r"^ERROR: Unknown operation: frobnicate\nusage: .*\(start\|stop\|status\|usage\|meta-data\)\n$",
                 done[1], "unknown operation")
    expect(call(node, "Delay", "1", "usage")[0], 0, "usage")
    expect(call(node, "Delay", "1", "meta-data"), (0, "agent says meta-data\n"), "meta-data")


def ocf_wraps_any_agent(node, client):
    bare(node)
    node.write("/tmp/rc", "0")
    node.write(f"{AGENTS}/zeta/Thing", AGENT.replace("agent", "zeta"), 0o755)
    node.write(f"{AGENTS}/acme/Thing", AGENT.replace("agent", "acme"), 0o755)
    expect(call(node, "OCF", "Thing", "web", "start"), (0, "acme says start\nINFO:  Success\n"), "any provider")
    expect(call(node, "OCF", "zeta:Thing", "web", "status"), (0, "zeta says monitor\nINFO:  Running OK\n"),
           "a named provider")
    node.write(f"{AGENTS}/heartbeat/Thing", AGENT.replace("agent", "heartbeat"), 0o755)
    expect(call(node, "OCF", "Thing", "web", "stop"), (0, "heartbeat says stop\nINFO:  Success\n"),
           "heartbeat's own comes first")
    node.write("/etc/ha.d/conf/OCF/Thing/web",
               "# parameters\nip=10.0.0.5\nexport name='two words'\nOCF_RESKEY_port=80\ncopy=$ip\n")
    call(node, "OCF", "zeta:Thing", "web", "start")
    got = node.read("/tmp/env").splitlines()
    for line in ("OCF_RESKEY_ip=10.0.0.5", "OCF_RESKEY_name=two words", "OCF_RESKEY_port=80",
                 "OCF_RESKEY_copy=10.0.0.5", "OCF_RESOURCE_INSTANCE=web", "OCF_TYPE=Thing",
                 "OCF_RA_VERSION_MAJOR=1", "OCF_ROOT=/usr/lib/ocf", "OCF_RESOURCE_PROVIDER=zeta"):
        expect_that(line in got, f"{line} not in {got}")
    done = call(node, "OCF", "Nothing", "web", "start")
    expect(done, (1, f"ERROR: {AGENTS}/heartbeat/Nothing is not an executable file \n"), "no agent")
    for words in (("Thing", "start"), ("Thing", "../../etc/x", "start"), ()):
        expect(call(node, "OCF", *words)[0], 1, f"{words}")


def legacy_script_sources_hto_mapfuncs(node, client):
    """A script of the field, in the way they are written."""
    bare(node)
    node.write("/tmp/rc", "7")
    node.write(f"{AGENTS}/heartbeat/Gadget", AGENT, 0o755)
    node.write(f"{D}/Gadget", """#!/bin/sh
. /etc/ha.d/resource.d//hto-mapfuncs
usage() { echo "usage: $0 size $LEGAL_ACTIONS"; }
OCF_TYPE=Gadget
OCF_RESKEY_size=$1
OCF_RESOURCE_INSTANCE=Gadget_$1
export OCF_TYPE OCF_RESKEY_size OCF_RESOURCE_INSTANCE
ra_execocf $2
""", 0o755)
    expect(call(node, "Gadget", "5", "status"), (7, "agent says monitor\nINFO:  Resource is stopped\n"), "status")
    expect_that("OCF_RESKEY_size=5" in node.read("/tmp/env"), "parameter")


CASES = [filesystem_life, filesystem_directory_behind_a_link, filesystem_on_a_block_device, filesystem_submounts_go_first,
         filesystem_users_are_ended, filesystem_refusals, delay, mailto, apache, words_of_results,
         ocf_wraps_any_agent, legacy_script_sources_hto_mapfuncs]

if __name__ == "__main__":
    sys.exit(run_cases("scripts/agents", CASES))
