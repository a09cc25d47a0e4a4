#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""libhbclient and the old one, each with either header set, on either daemon.

Usage: hbclient_test.py

One program (hbclient_session.c) is compiled three ways: "ours" against what this tree installs, "old" against
Debian's packages, "mixed" is the old one run with our libhbclient beside cluster-glue's library.  Three nodes:
alpha and bravo have our daemon, charlie has 3.0.6.  What the calls return must be the same everywhere, and each
program must hear the other one's ordered messages.  Debian's own programs run with our library, too.
"""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import Lab, LabError, Skip, catch_signals, failure  # noqa: E402
from lab import installs, places  # noqa: E402

HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 50ms
warntime 1000ms
deadtime 4
initdead 10
bcast eth0 eth1
auto_failback off
apiauth talker0 uid=root
apiauth talker1 uid=root
apiauth talker2 uid=root
apiauth talker3 uid=root
node alpha bravo charlie
"""
COUNT = 500
STAGE = Path(os.environ.get("LAB_STAGE") or places.BUILD / "stage")
SESSION = HERE / "hbclient_session.c"
WARNINGS = ("-Wall", "-Wextra", "-Werror")
failures = 0


def report(name, problem=None):
    global failures
    if problem:
        failures += 1
        print(failure(f"hbclient/{name}", problem), flush=True)
    else:
        print(f"ok hbclient/{name}", flush=True)


def step(name, function, *args):
    try:
        report(name, function(*args))
    except LabError as error:
        report(name, error)


# ---- Compiling ----

def glib(option):
    done = subprocess.run(["pkg-config", option, "glib-2.0"], capture_output=True, text=True)
    if done.returncode:
        raise Skip("no glib to compile with")
    return done.stdout.split()


def compiled(source, out, *options):
    done = subprocess.run(["cc", "-o", str(out), str(source), *options], capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"{source.name} for {out.name}: {done.stderr[:600]}")
    return out


def our_flags():
    include = STAGE / "usr/include"
    return [*WARNINGS, f"-I{include}", f"-I{include}/heartbeat", *glib("--cflags"), f"-L{STAGE}/usr/lib"]


def build_ours(work):
    return compiled(SESSION, work / "ours", *our_flags(), "-lhbclient", "-lhbplumb", *glib("--libs"))


def build_static(work):
    libs = [f"{STAGE}/usr/lib/libhbclient.a", f"{STAGE}/usr/lib/libhbplumb.a"]
    return compiled(SESSION, work / "static", *our_flags(), *libs, *glib("--libs"), "-lnettle", "-lz", "-lbz2", "-luuid")


def build_old(work, tree):
    dev = installs.unpacked("debian-dev", ("libheartbeat2-dev", "cluster-glue-dev", "libplumb2-dev"))
    include = dev / "usr/include"
    lib = tree / "usr/lib"
    return compiled(SESSION, work / "old", "-w", f"-I{include}", f"-I{include}/heartbeat", *glib("--cflags"),
                    str(lib / "libhbclient.so.1"), str(lib / "libplumb.so.2"),
                    "-Wl,--unresolved-symbols=ignore-in-shared-libs", *glib("--libs"))


def compile_alone(work):
    """Each header by itself, in each form in which programs name it, in C and in C++."""
    for header in ("heartbeat/hb_api.h", "hb_api.h", "heartbeat/ha_msg.h", "ha_msg.h", "clplumbing/cl_log.h",
                   "clplumbing/cl_uuid.h", "clplumbing/ipc.h", "clplumbing/GSource.h", "clplumbing/cl_misc.h",
                   "clplumbing/Gmain_timeout.h", "clplumbing/cl_signal.h", "clplumbing/longclock.h"):
        source = work / "one.c"
        source.write_text(f"#include <{header}>\nint one;\n")
        compiled(source, work / "one.o", "-c", *our_flags())
        if shutil.which("c++"):
            compiled(source, work / "one.o", "-x", "c++", "-c", *our_flags())


def example(work):
    compiled(places.ROOT / "doc/examples/hello.c", work / "hello", *our_flags(), "-lhbclient", "-lhbplumb",
             *glib("--libs"))


LAYOUT = """
#include <heartbeat/hb_api.h>
#include <stddef.h>
#include <stdio.h>
#define AT(type, member) printf(#type "." #member " %zu\\n", offsetof(type, member));
#define SIZE(type) printf(#type " %zu\\n", sizeof(type));
#define VALUE(name) printf(#name " %ld\\n", (long)(name));
#define TEXT(name) printf(#name " %s\\n", name);
int main(void)
{
@
	return 0;
}
"""


def layout_source():
    """Prints offsets, sizes and constants of all that our headers show."""
    text = (STAGE / "usr/include/heartbeat/hb_api.h").read_text()
    text += (STAGE / "usr/include/heartbeat/ha_msg.h").read_text()
    lines = [f"AT(struct llc_ops, {name})" for name in re.findall(r"\(\s*\*(\w+)\)\(\s*ll_cluster_t \*\s*[,)]", text)]
    if len(lines) != 44:
        raise LabError(f"llc_ops has {len(lines)} members")
    for type_, members in (
            ("ll_cluster_t", "ll_cluster_private llc_ops"),
            ("struct ha_msg", "nfields nalloc names nlens values vlens types"), ("cl_uuid_t", "uuid"),
            ("IPC_Channel", "ch_status refcount farside_pid ch_private ops msgpad bytes_remaining should_send_block "
             "should_block_fail send_queue recv_queue pool high_flow_mark low_flow_mark high_flow_userdata "
             "low_flow_userdata high_flow_callback low_flow_callback conntype failreason farside_uid farside_gid"),
            ("struct IPC_OPS", "destroy initiate_connection verify_auth assert_auth send recv waitin waitout "
             "is_message_pending is_sending_blocked resume_io get_send_select_fd get_recv_select_fd set_send_qlen "
             "set_recv_qlen set_high_flow_callback set_low_flow_callback new_ipcmsg get_chan_status is_sendq_full "
             "is_recvq_full get_conntype disconnect"),
            ("IPC_Message", "msg_len msg_buf msg_body msg_done msg_private msg_ch"),
            ("struct IPC_QUEUE", "current_qlen max_qlen queue last_maxqlen_warn maxqlen_cnt")):
        lines += [f"AT({type_}, {member})" for member in members.split()] + [f"SIZE({type_})"]
    for name, value in re.findall(r"^#define ([A-Z]\w+) (\S.*)$", text, re.M):
        lines.append(f"TEXT({name})" if value.startswith('"') else f"VALUE({name})")
    return LAYOUT.replace("@", "\n".join("\t" + line for line in lines))


def layouts(work):
    source = work / "layout.c"
    source.write_text(layout_source())
    dev = installs.unpacked("debian-dev", ("libheartbeat2-dev", "cluster-glue-dev", "libplumb2-dev"))
    include = dev / "usr/include"
    ours = compiled(source, work / "layout-ours", *our_flags())
    old = compiled(source, work / "layout-old", "-w", f"-I{include}", f"-I{include}/heartbeat", *glib("--cflags"))
    return differ(*(subprocess.run([program], capture_output=True, text=True).stdout for program in (old, ours)))


def differ(old, new):
    if old == new and old:
        return None
    lines = [line for line in difflib.unified_diff(old.splitlines(), new.splitlines(), "old", "new", "", "", 0)]
    return "; ".join(lines[3:12]) or "nothing was said"


# ---- In the lab ----

OURS, OLD, MIXED = "ours", "old", "mixed"
ENVIRONMENT = {OURS: {"LD_LIBRARY_PATH": "/opt/new"}, "static": None,
               OLD: {"LD_LIBRARY_PATH": "/opt/debian"}, MIXED: {"LD_LIBRARY_PATH": "/opt/mixed"}}
PROGRAM = {OURS: "ours", "static": "static", OLD: "old", MIXED: "old"}


def furnish(node, work, tree):
    """Both libraries and all programs, whatever the node's daemon is."""
    node.run("mkdir -p /opt/new /opt/debian /opt/mixed /opt/bin", check=True)

    def put(source, where):
        place = node.path(f"/opt/{where}")
        place.write_bytes(Path(source).read_bytes())
        place.chmod(0o755)

    for library in sorted((tree / "usr/lib").rglob("lib*.so*")):
        put(library, f"debian/{library.name}")
        if not library.name.startswith("libhbclient"):
            put(library, f"mixed/{library.name}")
    for name in ("libhbclient.so.1", "libhbplumb.so.1"):
        put(STAGE / "usr/lib" / name, f"new/{name}")
    put(STAGE / "usr/lib/libhbclient.so.1", "mixed/libhbclient.so.1")
    for name in ("ours", "static", "old"):
        put(work / name, f"bin/{name}")
    for name in ("usr/bin/cl_status", "usr/libexec/heartbeat/ipfail"):
        put(tree / name, f"bin/{Path(name).name}")


def said(node, kind, *args):
    done = node.run([f"/opt/bin/{PROGRAM[kind]}", *args], env=ENVIRONMENT[kind], timeout=220)
    if done.returncode:
        raise LabError(f"{kind} on {node.name}: {args}: {done.returncode} {done.stderr[-300:]}")
    return done.stdout


def same_facts(node, peer):
    kinds = (OLD, OURS, "static", MIXED)
    with ThreadPoolExecutor(len(kinds)) as pool:  # 3.0.6 lets each question wait for its next heartbeat
        want, *others = pool.map(lambda kind: said(node, kind, "facts", peer.name), kinds)
    for kind, facts in zip(kinds[1:], others):
        problem = differ(want, facts)
        if problem:
            return f"{kind} on {node.name}: {problem}"
    return None


def same_refusals(node):
    want = said(node, OLD, "refused")
    return differ(want, said(node, OURS, "refused")) or differ(want, said(node, MIXED, "refused"))


def conversation(name, first, first_kind, second, second_kind):
    talks = []
    for node, kind, peer in ((first, first_kind, second), (second, second_kind, first)):
        talks.append(node.spawn(
            [f"/opt/bin/{PROGRAM[kind]}", "talk", name, peer.name, str(COUNT)], env=ENVIRONMENT[kind], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    problems = []
    for talk, node in zip(talks, (first, second)):
        out, err = talk.communicate(timeout=220)
        want = f"heard {COUNT} and {COUNT} to all, {COUNT} directed, bad 0, joined yes\n"
        if out != want:
            problems.append(f"{node.name}: {out.strip()} {err.strip()[-200:]} ({talk.returncode})")
    return "; ".join(problems) or None


def old_programs(node, peer):
    """What cl_status says is what it said."""
    for args in (["hbstatus"], ["listnodes", "-v"], ["nodestatus", peer.name], ["listhblinks", "-v", peer.name],
                 ["clientstatus", peer.name, "nobody", "3000"], ["hbparameter", "-p", "deadtime"],
                 ["nodeweight", peer.name], ["rscstatus"], ["listhblinks", "nobody"]):
        old, new = (node.run(["/opt/bin/cl_status", *args], env=ENVIRONMENT[kind]) for kind in (OLD, MIXED))
        if (old.returncode, old.stdout) != (new.returncode, new.stdout):
            return f"cl_status {args}: {old.stdout!r} {old.returncode}, {new.stdout!r} {new.returncode}"
    return None


def old_daemon(lab, node, victim):
    """ipfail has our channel in cluster-glue's main loop, and hears there that a node died."""
    log = "/var/log/ipfail.log"
    node.run(f"touch {log}; chmod 666 {log}", check=True)
    user = ["setpriv", f"--reuid={installs.HACLUSTER_UID}", f"--regid={installs.HACLIENT_GID}", "--clear-groups"]
    child = node.spawn([*user, "/opt/bin/ipfail"], env={**ENVIRONMENT[MIXED], "HA_logfile": log, "HA_debug": "1"},
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        lab.wait(lambda: node.run(["cl_status", "clientstatus", node.name, "ipfail"]).stdout == "online\n", 30,
                 "ipfail signs on")
        victim.power_off()
        lab.wait(lambda: re.search(rf"{victim.name} now has status dead", node.read(log)), 30,
                 f"ipfail hears of the death of {victim.name}")
    except LabError as error:
        return f"{error}: {node.read(log)[-600:]}"
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    return None


def lab_steps(work, tree):
    with Lab("hbclient", networks=("eth0", "eth1")) as lab:
        alpha, bravo = lab.nodes("alpha", "bravo", kind="ours")
        charlie = lab.node("charlie", "debian")
        for node in (alpha, bravo, charlie):
            furnish(node, work, tree)
        step("refused", same_refusals, alpha)
        for node in (alpha, bravo, charlie):
            node.configure(HA_CF)
            node.start_heartbeat()
        for node in (alpha, bravo, charlie):
            for peer in (alpha, bravo, charlie):
                lab.wait(lambda: node.run(["cl_status", "nodestatus", peer.name]).stdout == "active\n", 60,
                         f"{peer.name} active for {node.name}")
                lab.wait(lambda: node is peer or
                         node.run(["cl_status", "listhblinks", "-v", peer.name]).stdout.count("up") == 2, 30,
                         f"links of {peer.name} up for {node.name}")
        lab.wait(lambda: len({node.run(["cl_status", "rscstatus"]).stdout for node in (alpha, bravo, charlie)} -
                             {"transition\n"}) > 0 and
                 all("transition" not in node.run(["cl_status", "rscstatus"]).stdout for node in (alpha, charlie)),
                 60, "resources are settled")
        step("facts on ours", same_facts, alpha, bravo)
        step("facts on 3.0.6", same_facts, charlie, alpha)
        step("old programs", old_programs, alpha, bravo)
        talks = {"ours with ours": (alpha, OURS, bravo, "static"), "ours with old": (alpha, OURS, bravo, OLD),
                 "ours with ours, two daemons": (alpha, OURS, charlie, OURS),
                 "mixed with old, two daemons": (alpha, MIXED, charlie, OLD)}
        with ThreadPoolExecutor(len(talks)) as pool:
            started = [(name, pool.submit(conversation, f"talker{i}", *talk))
                       for i, (name, talk) in enumerate(talks.items())]
            for name, result in started:
                step(name, result.result)
        step("old daemon", old_daemon, lab, alpha, charlie)


def main():
    try:
        installs.layer("debian")
        tree = places.ROOT / "build/debian306"
        with tempfile.TemporaryDirectory(prefix="hbclient-") as directory:
            work = Path(directory)
            build_ours(work)
            build_static(work)
            step("headers alone", compile_alone, work)
            step("example", example, work)
            step("layout", layouts, work)
            build_old(work, tree)
            lab_steps(work, tree)
    except Skip as skip:
        print(f"skip hbclient: {skip}", flush=True)
    except LabError as error:
        report("session", error)
    return 1 if failures else 0


if __name__ == "__main__":
    catch_signals()
    sys.exit(main())
