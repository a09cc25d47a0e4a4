#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ha_propagate, hb_report, TestHeartbeatComm, ha_config: on two nodes, with a stand-in for ssh, and with OpenSSH itself.

The stand-in is real in what counts: it runs the line in a shell on the other node and hands over the bytes.
"""

import io
import os
import shutil
import sys
import tarfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import installs  # noqa: E402
from lab.suite import main_in_one_lab, need  # noqa: E402

SHARE = "/usr/share/heartbeat/"
KEY = "Se-cret0fTheCluster"
HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 600ms
deadtime 1500ms
initdead 3
bcast eth0
auto_failback on
node alpha   # the first
node bravo
"""
STONITH = "stonith_host * external/foo user HushHush 10.0.0.1\nstonith_host * rhcs/foo passwd=HushNamed ip=10.0.0.1\n"
AUTHKEYS = f"auth 1\n1 sha1 {KEY}\n"
SSH_LIBRARIES = {"LD_LIBRARY_PATH": f"/opt/openssh/usr/lib/{os.uname().machine}-linux-gnu"}
SERVER = """
import json, socket, subprocess, sys
s = socket.create_server(("0.0.0.0", 7722))
while True:
    c, _ = s.accept()
    with c, c.makefile("rb") as f:
        job = json.loads(f.readline())
        done = subprocess.run(["/bin/sh", "-c", job["line"]], input=f.read(job["len"]), capture_output=True)
        head = {"code": done.returncode, "out": len(done.stdout), "err": len(done.stderr)}
        c.sendall(json.dumps(head).encode() + b"\\n" + done.stdout + done.stderr)
"""
SSH = """#!/usr/bin/python3
import json, socket, sys
host, line = sys.argv[1].split("@")[-1], " ".join(sys.argv[2:])
if sys.argv[1].startswith("nobody"):
    sys.exit(255)
data = sys.stdin.buffer.read()
try:
    c = socket.create_connection((host, 7722), 5)
except OSError:
    sys.exit(255)
c.settimeout(60)
c.sendall(json.dumps({"line": line, "len": len(data)}).encode() + b"\\n" + data)
with c.makefile("rb") as f:
    head = json.loads(f.readline())
    sys.stdout.buffer.write(f.read(head["out"]))
    sys.stderr.buffer.write(f.read(head["err"]))
sys.exit(head["code"])
"""
ENV = {"HA_SSH": "/fake-ssh", "HB_REPORT_SSH": "/fake-ssh"}


def propagate(alpha, bravo):
    bravo.write("/etc/ha.d/authkeys", "old\n", 0o666)
    done = alpha.run([SHARE + "ha_propagate", "-n"], env=ENV)
    need(done.returncode == 0 and done.stdout == "bravo: ha.cf and authkeys are there\n", f"{done}")
    for name, mode in (("ha.cf", 0o644), ("authkeys", 0o600)):
        path = bravo.path("/etc/ha.d/" + name)
        need(path.read_text() == alpha.read("/etc/ha.d/" + name), f"{name} differs")
        need(path.stat().st_mode & 0o777 == mode, f"{name} has mode {path.stat().st_mode & 0o777:o}")
    left = bravo.run("ls /etc/ha.d | grep new").stdout
    need(left == "", f"left behind: {left}")
    # The connection breaks: what has come of the keys is not put in their place.
    alpha.write("/half-ssh", "#!/bin/sh\nhead -c 10 | exec /fake-ssh \"$@\"\n", 0o755)
    done = alpha.run([SHARE + "ha_propagate", "-n"], env={**ENV, "HA_SSH": "/half-ssh"})
    need(done.returncode == 1 and "bravo: not copied" in done.stderr, f"half: {done}")
    need(bravo.read("/etc/ha.d/authkeys") == AUTHKEYS and bravo.read("/etc/ha.d/ha.cf") == HA_CF, "the whole ones stay")
    left = bravo.run("ls /etc/ha.d | grep new").stdout
    need(left == "", f"left behind of the half: {left}")
    alpha.write("/more.d/ha.cf", "node alpha  bravo # x\n node charlie\n")
    alpha.write("/more.d/authkeys", AUTHKEYS, 0o600)
    done = alpha.run([SHARE + "ha_propagate", "-n"], env={**ENV, "HA_DIR": "/more.d"})
    need(done.returncode == 1 and "bravo: ha.cf" in done.stdout and "charlie: not copied" in done.stderr, f"{done}")
    need(bravo.read("/more.d/authkeys") == AUTHKEYS, "all nodes of a line")
    done = alpha.run([SHARE + "ha_propagate", "-n", "a;touch /bad"], env=ENV)
    need(done.returncode == 1 and "is no name of a node" in done.stderr and not bravo.exists("/bad"), f"{done}")
    for words, code in ((["-x"], 1), (["--help"], 0), (["-l"], 1)):
        need(alpha.run([SHARE + "ha_propagate", *words]).returncode == code, f"{words}")
    done = alpha.run([SHARE + "ha_propagate"], env={**ENV, "HA_DIR": "/nosuch"})
    need(done.returncode == 1 and "cannot read '/nosuch/ha.cf'" in done.stderr, f"{done}")


def communication_breaks(alpha, bravo):
    """Faults of one node: the other one is dead for it, and comes back."""
    tool = SHARE + "TestHeartbeatComm"
    for words, code in (([], 1), (["foo"], 0), (["--help"], 0), (["reduce-communication", "1"], 1),
                        (["save-testingfile"], 1)):
        done = alpha.run([tool, *words])
        need(done.returncode == code and done.stdout.startswith("Usage: 'TestHeartbeatComm break"), f"{words}: {done}")
    for words in (["2", "0"], ["x", "0"], ["0", "-1"]):
        need(alpha.run([tool, "reduce-communication", *words]).returncode == 1, f"{words} is no probability")
    for node in (alpha, bravo):
        node.configure(HA_CF, "", AUTHKEYS)
        node.run("rm -f /var/log/ha-*")
        node.start_heartbeat()
    alpha.lab.wait(lambda: all(n.rscstatus() not in (None, "transition") for n in (alpha, bravo)), 30, "rest")
    mark, other = alpha.log_mark(), bravo.log_mark()
    alpha.run([tool, "break-communication"], check=True)
    need(alpha.read("/etc/ha.d/OnlyForTesting") == "rcvloss=1\nxmitloss=1\nallownodes=\n", "the file")
    alpha.wait_log("WARNING: Above Options Now Enabled", 20, since=mark)
    alpha.wait_log("node bravo.*: is dead", 20, since=mark)
    bravo.wait_log("node alpha.*: is dead", 20, since=other)
    alpha.run([tool, "save-testingfile", "/saved"], check=True)
    mark = alpha.log_mark()
    done = alpha.run([tool, "fix-communication"], check=True)
    need(done.stdout.startswith("DeleteTestFileOK"), f"{done}")
    alpha.wait_log("Test Code Now disabled", 20, since=mark)
    alpha.wait_log("(?i)link bravo:eth0 up", 20, since=mark)
    mark = alpha.log_mark()
    alpha.run([tool, "restore-communication", "/saved"], check=True)
    alpha.wait_log("Receive loss probability = 1.000", 20, since=mark)
    alpha.run([tool, "reduce-communication", "0", "0.5", "bravo"], check=True)
    need(alpha.read("/etc/ha.d/OnlyForTesting") == "rcvloss=0.5\nxmitloss=0\nallownodes=bravo;\n", "reduced")
    need(alpha.run([tool, "delete-testingfile"]).stdout == "DeleteTestFileOK\n", "deleted")
    need(not alpha.exists("/etc/ha.d/OnlyForTesting"), "deleted")


def config(alpha, _bravo):
    done = alpha.run(f". {SHARE}ha_config && echo $HA_VARLIBHBDIR $HA_COREDIR $HA_APIGROUP $HA_APIGID $HA_CCMUSER "
                     "$HA_CCMUID $HB_INITSTARTPRI $HB_INITSTOPPRI $HB_RC_DIR $VERSION", check=True)
    version = alpha.run(["/usr/sbin/heartbeat", "-V"]).stdout.strip()
    need(done.stdout == "/var/lib/heartbeat /var/lib/heartbeat/cores haclient 190 hacluster 190 75 05 "
         f"/etc/ha.d/rc.d {version}\n", f"{done}")


def files_of(node, path):
    with tarfile.open(fileobj=io.BytesIO(node.path(path).read_bytes())) as tar:
        return {entry.name.split("/", 1)[1]: tar.extractfile(entry).read().decode()
                for entry in tar if entry.isfile()}


def report(alpha, bravo):
    """Both nodes in one archive, the period cut out, and not one secret."""
    now = time.time()
    form = "%b %d %H:%M:%S"
    old = f"{time.strftime(form, time.localtime(now - 7200))} {{0}} heartbeat: [1]: info: long ago\n"
    new = (f"{time.strftime(form, time.localtime(now - 60))} {{0}} heartbeat: [1]: ERROR: {KEY} and HushHush\n"
           "a line without a time\n")
    for node in (alpha, bravo):
        node.write("/var/log/ha-debug", (old + new).format(node.name))
        node.write("/etc/ha.d/ha.cf", HA_CF + STONITH + "# stonith_host * external/bar old OldHush\n")
        node.write("/etc/ha.d/authkeys", AUTHKEYS + "#2 md5 LastYearsKey\n", 0o600)
        node.write("/var/lib/heartbeat/crm/cib.xml", '<cib><nvpair id="x" name="password" value="topsecret"/>'
                   "<nvpair value='alsosecret' id='y' name='passwd'/><nvpair id='z' name='password' value='arrow>secret'/><nvpair name=\"ip\" value=\"10.0.0.5\"/></cib>\n")
    bravo.write("/etc/ha.d/haresources", "bravo 10.77.0.9\n")
    since = time.strftime("%Y/%m/%d %H:%M:%S", time.localtime(now - 600))
    done = alpha.run(["hb_report", "-f", since, "-D", "/tmp/rep"], env=ENV, timeout=90)
    need(done.returncode == 0 and done.stdout == "The report is saved in /tmp/rep.tar.gz\n", f"{done}")
    need(alpha.path("/tmp/rep.tar.gz").stat().st_mode & 0o777 == 0o600, "mode of the archive")
    found = files_of(alpha, "/tmp/rep.tar.gz")
    for secret in (KEY, "HushHush", "topsecret", "alsosecret", "arrow", "OldHush", "LastYearsKey", "HushNamed"):
        need(not [name for name, text in found.items() if secret in text], f"{secret} is in the report")
    for node in (alpha, bravo):
        for name in ("ha.cf", "haresources", "authkeys.blanked", "ha-log.txt", "cib.xml", "sysinfo.txt", "sysstats.txt"):
            need(f"{node.name}/{name}" in found, f"{node.name}/{name} is missing: {sorted(found)}")
        log = found[f"{node.name}/ha-log.txt"]
        need("long ago" not in log and "ERROR: **** and ****" in log and "without a time" in log, f"log: {log}")
        need("stonith_host * external/foo user ****\n" in found[f"{node.name}/ha.cf"], "stonith_host")
        need('"10.0.0.5"' in found[f"{node.name}/cib.xml"], "other values stay")
        need(found[f"{node.name}/authkeys.blanked"] == "auth 1\n1 sha1 ****\n#2 md5 ****\n", "authkeys")
        need(f"{node.name}/RUNNING" in found or f"{node.name}/STOPPED" in found, "RUNNING or STOPPED")
    text = found["analysis.txt"]
    need("ha.cf: the same on all nodes" in text and "+bravo 10.77.0.9" in text and
         "alpha: 1 lines with CRIT: ERROR:" in text, f"analysis: {text}")
    need("description.txt" not in found, "-D")


def report_options(alpha, bravo):
    for words, code, text in (([], 2, "the beginning (-f) is missing"), (["-f", "25:00"], 2, "'25:00' is no time"),
                              (["-f", "foo"], 2, "'foo' is no time"), (["-x"], 2, "not recognized"),
                              (["-f", "1:00", "-t", "2001/1/1"], 2, "not before the end"),
                              (["-f", "cts:99", "-S"], 2, "there is no CTS test 99"),
                              (["-f", "2001/1/1", "-n", "-oProxyCommand=x", "/tmp/x"], 2, "is no name of a node"),
                              (["-f", "2001/1/1", "/nosuch/x"], 2, "there is no directory '/nosuch'"),
                              (["-f", "2001/1/1", "/tmp/rep"], 2, "exists already"),
                              (["-h"], 0, "")):
        done = alpha.run(["hb_report", *words], env=ENV)
        need(done.returncode == code and text in done.stderr, f"{words}: {done}")
    done = alpha.run("cd /tmp && hb_report -f 2001/1/1 -S -Q -d -M -s -C -A -v single", env=ENV)
    need(done.returncode == 0 and alpha.exists("/tmp/single/alpha/ha.cf") and not alpha.exists("/tmp/single/bravo"),
         f"-S -d: {done}")
    need("Please describe" in alpha.read("/tmp/single/description.txt"), "description")
    need(not alpha.exists("/tmp/single/alpha/sysstats.txt"), "-Q")
    done = alpha.run("cd /tmp && hb_report -f 2001/1/1 -S -Q -D -Z single", env=ENV)
    need(done.returncode == 0 and not alpha.exists("/tmp/single"), f"-Z: {done}")
    done = alpha.run("cd /tmp && hb_report -f 2001/1/1 -QD -u nobody -n 'alpha bravo' part", env=ENV)
    need(done.returncode == 1 and "bravo: cannot be reached" in done.stderr, f"a node is missing: {done}")
    found = files_of(alpha, "/tmp/part.tar.gz")
    need("bravo: cannot be reached" in found["analysis.txt"] and "alpha/ha.cf" in found, "the others are in it")
    left = alpha.run("ls -d /tmp/hb_report.*").stdout
    need(left == "", f"left behind: {left}")
    _ = bravo


def report_of_a_cts_test(alpha, _bravo):
    day = time.strftime("%b %d", time.localtime(time.time() - 86400))
    alpha.write("/var/log/ha-debug", "".join(
        f"{day} 10:{n:02}:00 alpha CTS: Running test Flip (alpha) [{n:3}]\n{day} 10:{n:02}:30 alpha x: in {n}.\n"
        for n in range(5)))
    alpha.run("cd /tmp && hb_report -f cts:3 -S -Q -D -M -Z cts", env=ENV, check=True)
    log = files_of(alpha, "/tmp/cts.tar.gz")["alpha/ha-log.txt"]
    need("in 3." in log and "in 2." not in log and "in 4." not in log, f"log: {log}")


def over_real_ssh(alpha, bravo):
    """OpenSSH's own, in both nodes: files go there, and a report comes back."""
    tree = installs.unpacked("openssh", ("openssh-server", "openssh-client"), ("libwrap0", "libfido2-1", "libcbor0.8", "libedit2",
                                                                               "libnsl2", "libtirpc3"))
    for node in (alpha, bravo):
        shutil.copytree(tree, node.path("/opt/openssh"), symlinks=True, dirs_exist_ok=True)
        node.run("getent passwd sshd >/dev/null || echo 'sshd:x:74:74::/run/sshd:/bin/false' >>/etc/passwd; mkdir -p -m 755 /run/sshd",
                 check=True)
        for name in ("id", "host"):
            node.run(["/opt/openssh/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"/opt/{name}"], check=True,
                     env=SSH_LIBRARIES)
    bravo.write("/opt/authorized", alpha.read("/opt/id.pub"), 0o600)
    server = bravo.spawn(["/opt/openssh/usr/sbin/sshd", "-D", "-h", "/opt/host", "-o", "AuthorizedKeysFile=/opt/authorized", "-o",
                          "StrictModes=no", "-o", "UsePAM=no", "-o", "PidFile=none", "-f", "/dev/null"], env=SSH_LIBRARIES)
    client = "/opt/openssh/usr/bin/ssh -F none -i /opt/id -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    env = {"HA_SSH": client, "HB_REPORT_SSH": client, **SSH_LIBRARIES}
    try:
        alpha.lab.wait(lambda: alpha.run(f"{client} bravo true", env=env).returncode == 0, 20, "sshd serves")
        bravo.write("/etc/ha.d/authkeys", "old\n", 0o600)
        done = alpha.run([SHARE + "ha_propagate", "-n"], env=env)
        need(done.returncode == 0 and bravo.read("/etc/ha.d/authkeys") == alpha.read("/etc/ha.d/authkeys"), f"{done}")
        bravo.write("/var/log/ha-log", time.strftime("%b %d %H:%M:%S bravo heartbeat: [1]: info: over real ssh\n"))
        alpha.run("cd /tmp && hb_report -f 2001/1/1 -Q -D -M -Z real", env=env, check=True)
        found = files_of(alpha, "/tmp/real.tar.gz")
        need("over real ssh" in found.get("bravo/ha-log.txt", ""), f"{sorted(found)}: {found.get('analysis.txt')}")
        # A node that never ends to talk.
        alpha.write("/endless", "#!/bin/sh\ncase $* in *collect*) exec yes ;; esac\n", 0o755)
        alpha.run("cd /tmp && hb_report -f 2001/1/1 -Q -D -M -Z endless", env={**env, "HB_REPORT_SSH": "/endless"}, timeout=120)
        need("MB" in files_of(alpha, "/tmp/endless.tar.gz")["analysis.txt"], "an answer without an end")
    finally:
        server.kill()  # the entering process: the daemon ends with it
        server.wait(60)


CASES = (propagate, config, report, report_options, report_of_a_cts_test, communication_breaks, over_real_ssh)


def prepare(lab):
    nodes = lab.nodes("alpha", "bravo")
    for node in nodes:
        node.configure(HA_CF, "alpha 10.77.0.9\n", AUTHKEYS)
        node.write("/fake-ssh", SSH, 0o755)
        node.write("/server.py", SERVER)
        node.spawn([sys.executable, "/server.py"])
    lab.wait(lambda: nodes[0].run(["/fake-ssh", "bravo", "true"]).returncode == 0, 10, "the stand-in serves")
    return nodes


if __name__ == "__main__":
    sys.exit(main_in_one_lab("support", CASES, prepare, __doc__))
