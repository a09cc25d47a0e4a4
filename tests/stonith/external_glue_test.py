#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""External scripts and libraries of both sides: ours under ours, the scripts of Debian's cluster-glue, unchanged, under our
stonith(8), and ours under cluster-glue's.  What each starts, prints and ends with is what was recorded there."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from external_support import Bench, Wrong, expect, main_in_one_lab, recordings, vectors
from external_test import SAYS, as_before, with_hidden, without_proofs
from lab import installs

AT_ONCE = 8  # cluster-glue's stonith sleeps for a second each time
PLUGINS = "usr/lib/stonith/plugins"


def words_of(params):
    return [f"{name}={value}" for name, value in params.items()]


def install(node, source, target, names=None):
    """The scripts of a tree."""
    node.run(["mkdir", "-p", target], check=True)
    for path in sorted(Path(source).iterdir()):
        if path.is_file() and (names is None or path.name in names):
            node.write(f"{target}/{path.name}", path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644)


def replay(bench, env, theirs):
    """The recorded runs of stonith(8): THEIRS: with the scripts that they were recorded with."""
    bench.node.write("/etc/hetzner.cfg", "user = ws1\npass = pw1\n", 0o600)
    runs = [(kind, says, dict(one.params), case)
            for one, (kind, says) in zip(recordings(vectors() / "dialogue/external-exec.txt"), SAYS) for case in one.cases
            if kind != "drac5" or case.command[0] not in ("on", "off")]  # the functions were missing
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return len(list(pool.map(lambda recorded: replay_one(bench, env, theirs, *recorded), runs)))


def replay_one(bench, env, theirs, kind, says, params, case):
    if kind == "nut":
        params.update(upsc="/opt/stand-in/upsc", upscmd="/opt/stand-in/upscmd")
    done = bench.run("../../../../sbin/stonith", ["-t", f"external/{kind}", *words_of(params), *case.words], env, says)
    calls, wanted = done.calls, case.execs
    if not theirs:
        calls = [as_before(call, done.stdin) for call in without_proofs(calls)]
        wanted = [with_hidden(call) for call in wanted]
    else:
        calls = [as_before(call, "") for call in calls]
    if kind == "vmware" and case.command == ["gethosts"] and wanted[0] == wanted[1] and not theirs:
        wanted = wanted[1:]
    what = f"stonith -t external/{kind} {' '.join(case.words)}: {done}"
    expect(calls, wanted, what)
    expect((done.code, done.out.splitlines()), (case.exit, case.out), what)


def our_scripts_under_cluster_glue(ours, glue):
    stage = installs.layer("ours")
    install(glue.node, stage / PLUGINS / "external", f"/{PLUGINS}/external")
    install(glue.node, stage / PLUGINS, f"/{PLUGINS}")
    install(glue.node, stage / "usr/share/heartbeat", "/usr/share/cluster-glue", ("ha_log.sh",))
    scripts = sorted(path.name for path in (stage / PLUGINS / "external").iterdir() if os.access(path, os.X_OK))
    listed = glue.node.run("stonith -L").stdout.split()
    expect([name for name in listed if name.startswith("external/")], [f"external/{name}" for name in scripts], "stonith -L")
    for name in scripts:
        for option in ("-n", "-m", "-h"):
            done = glue.node.run(["stonith", "-t", f"external/{name}", option])
            if done.returncode != 0 or not done.stdout or "no value" in done.stdout:
                raise Wrong(f"stonith -t external/{name} {option}: {done}")
    return f"{len(scripts)} scripts, {replay(glue, {}, False)} runs"


def cluster_glue_scripts_under_ours(ours, glue):
    debian = installs.layer("debian") / PLUGINS
    install(ours.node, debian / "external", "/opt/plugins/external")
    ours.node.run(f"cp -r /{PLUGINS}/stonith2 /opt/plugins/", check=True)
    ours.node.run("ln -sf /opt/stand-in/ssh /usr/bin/ssh", check=True)  # they name it so
    env = {"STONITH_PLUGIN_DIR": "/opt/plugins"}
    listed = ours.node.run("stonith -L", env=env).stdout.split()
    scripts = sorted(path.name for path in (debian / "external").iterdir())
    expect([name for name in listed if name.startswith("external/")], [f"external/{name}" for name in scripts], "stonith -L")
    for name in scripts:
        facts = dict(line.split(": ", 1) for line in (vectors() / f"types/external_{name}.txt").read_text().splitlines()
                     if ": " in line and not line.startswith("#"))
        done = ours.node.run(["stonith", "-t", f"external/{name}", "-n"], env=env)
        expect((done.returncode, done.stdout.split()), (0, facts["names"].split()), f"{name} -n: {done.stderr}")
        done = ours.node.run(["stonith", "-t", f"external/{name}", "-m"], env=env)
        if done.returncode != 0 or facts["device-id"] not in done.stdout:
            raise Wrong(f"{name} -m: {done}")
    return f"{len(scripts)} scripts, {replay(ours, env, True)} runs"


def our_scripts_under_ours(ours, glue):
    return f"{replay(ours, {}, False)} runs"


CASES = [our_scripts_under_ours, our_scripts_under_cluster_glue, cluster_glue_scripts_under_ours]


def prepare(lab):
    return Bench(lab.node("alpha", kind="ours")), Bench(lab.node("bravo", kind="debian"))


if __name__ == "__main__":
    sys.exit(main_in_one_lab("stonith/external-glue", CASES, prepare, __doc__))
