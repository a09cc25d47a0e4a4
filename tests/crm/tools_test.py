#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The CRM's tools on a file: what the originals answered to the recorded calls (cases.py), and what is better."""

import re
import shutil
import subprocess
import sys

import cases

sys.path.insert(0, str(cases.ROOT / "tests"))
from lab.suite import Wrong, need, run  # noqa: E402

PROGRAMS = ("cibadmin", "crm_attribute", "crm_standby", "crm_failcount", "crm_master", "crm_ticket", "crm_shadow", "crm_diff",
            "iso8601", "crm_rule", "crm_uuid", "crm_verify")
NO_CLUSTER = {"cibadmin -Q": 102, "crm_attribute -n a -G": 102, "crm_standby -N a": 102, "crm_failcount -G -r a -N b": 102,
              "OCF_RESOURCE_INSTANCE=a crm_master -N b": 102, "crm_ticket -l": 102, "crm_shadow -b -c a": 102}


def call(command, **more):
    """(exit code, stdout, stderr) without any document."""
    environment = {"PATH": f"{cases.BIN}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", **more}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, timeout=60, stdin=subprocess.DEVNULL,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def manuals():
    """Each program's --help and manual page have the same options; its help needs no cluster; a wrong option is told."""
    for program in PROGRAMS:
        code, text, err = call(f"{program} --help")
        need(code == 0 and not err, f"{program} --help: {code}, {err}")
        told = {(letter, name) for letter, name in re.findall(r"^  (?:-(.))?(?:, |    )?(?:--([\w-]+))?", text, re.M) if letter or name}
        page = cases.ROOT / "man" / f"{program}.8"
        shown = {(letter.removeprefix("\\&"), name) for letter, name in
                 re.findall(r"^\.It Fl (?:(\\?&?[^ -]) ?,? ?)?(?:(?:Fl )?-([\w-]+))?", page.read_text(encoding="utf-8"), re.M)}
        need(told == shown, f"{program}: only in one of help and manual: {sorted(told ^ shown)}")
        if shutil.which("mandoc"):
            lint = subprocess.run(["mandoc", "-T", "lint", page], capture_output=True, text=True, check=False)
            wrong = [line for line in lint.stdout.splitlines() if "referenced manual not found" not in line]
            need(not wrong, wrong[:1])
        code, out, err = call(f"{program} --version")
        need((code, out.splitlines()[0], err) == (0, "Pacemaker 2.1.5", ""), f"{program} --version: {code}, {out}")
        for wrong in ("--nonsense", "-~"):
            code, out, err = call(f"{program} {wrong}")
            need(code == 64 and wrong.lstrip("-") in err, f"{program} {wrong}: {code}, {err}")
    return f"{len(PROGRAMS)} programs"


def no_cluster():
    """Said at once and cleanly where none runs."""
    for command, expected in NO_CLUSTER.items():
        code, out, err = call(command)
        if code != expected or out or "Transport endpoint is not connected" not in err:
            raise Wrong(f"{command}: {code}, {out}, {err}")


CASES = {
    "cases-adm": (cases.judge, "adm"),
    "cases-attr": (cases.judge, "attr"),
    "cases-standby": (cases.judge, "standby"),
    "cases-failcount": (cases.judge, "failcount"),
    "cases-master": (cases.judge, "master"),
    "cases-ticket": (cases.judge, "ticket"),
    "cases-shadow": (cases.judge, "shadow"),
    "manuals": (manuals,),
    "no-cluster": (no_cluster,),
}

if __name__ == "__main__":
    sys.exit(run("tools", CASES, __doc__))
