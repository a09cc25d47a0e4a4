#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The crm shell of Debian's crmsh with our tools before the original ones in its PATH, and without: it says the same, and the
same becomes of the document."""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cases

sys.path.insert(0, str(cases.ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import need, run  # noqa: E402

CRM = Path("/usr/sbin/crm")
LOGS = Path("/var/log/crmsh")  # without this directory it does not start
CONFIGURE = """configure
primitive p1 ocf:heartbeat:Dummy op monitor interval=10s timeout=20s meta target-role=Stopped
primitive p2 ocf:heartbeat:Dummy params state=/tmp/x
group grp p1 p2
primitive p3 ocf:pacemaker:Stateful op monitor role=Master interval=10s op monitor role=Slave interval=11s
ms m2 p3 meta notify=true
primitive p4 ocf:heartbeat:Dummy
clone c2 p4 meta interleave=true
location l-p1 grp 100: node1
location l-m2 m2 rule $role=Master 50: #uname eq node2
colocation co-1 inf: grp m2:Master
order o-1 Mandatory: m2:promote grp:start
rsc_ticket t-1 T1: c2 loss-policy=stop
tag tg: p1 p2
property batch-limit=7
rsc_defaults resource-stickiness=20
op_defaults timeout=40s
delete o2
commit
show
"""
NODES_AND_SHADOWS = """node attribute node1 set site paris
node attribute node1 show site
node utilization node1 set memory 512
node utilization node1 show memory
node status-attr node2 set foo bar
node status-attr node2 show foo
node attribute node1 delete site
site ticket grant T1
site ticket standby T1
site ticket show T1
site ticket revoke T1
cib new try
cib list
cib use try
configure property no-quorum-policy=ignore
cib diff
cib use
cib commit try
cib delete try
"""
# Debian's crm_shadow commits to a file without writing it.
COMMITTED = '        <nvpair name="no-quorum-policy" value="ignore" id="cib-bootstrap-options-no-quorum-policy"/>\n'


def shell(path, script, document):
    """(what it said, the document afterwards)"""
    with tempfile.TemporaryDirectory(prefix="crm-shell-") as folder:
        here = Path(folder)
        (here / "cib.xml").write_text(document, encoding="utf-8")
        (here / "shadow").mkdir()
        environment = {"PATH": path, "HOME": folder, "CIB_file": str(here / "cib.xml"), "CIB_shadow_dir": str(here / "shadow"), "LC_ALL": "C",
                       "TZ": "UTC", "OCF_RESKEY_CRM_meta_on_node": "node1", "USER": "root", "TERM": "dumb"}
        done = subprocess.run([str(CRM), "-F"], input=script, capture_output=True, text=True, cwd=folder, env=environment, timeout=200,
                              check=False)
        said = re.sub(r"\x1b\[\d*m", "", f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
        said = re.sub(r"\(\w+\) \t", "(step) ", cases.equalized(said, here))
        return said, cases.equalized((here / "cib.xml").read_text(encoding="utf-8"), here)


def unversioned(document):
    return re.sub(r' (epoch|num_updates)="\d+"', "", document.split(">", 1)[0]) + document.split(">", 1)[1]


def compared(script, without=""):
    """What ours said."""
    if not CRM.exists() or not LOGS.is_dir() or not Path("/usr/sbin/cibadmin").exists():
        raise Skip("Debian's crmsh and pacemaker-cli-utils are not installed")
    system = "/usr/sbin:/usr/bin:/sbin:/bin"
    document = (cases.VECTORS / "in" / "run.xml").read_text(encoding="utf-8")
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(shell, path, script, document) for path in (system, f"{cases.BIN}:{system}")]
    (they_said, theirs), (we_said, ours) = (one.result() for one in both)
    need(they_said == we_said, "\n".join(cases.differs("said", they_said, we_said, Path("/nowhere"))))
    need(without in ours, f"not in the document: {without}")
    ours = ours.replace(without, "")
    need(unversioned(theirs) == unversioned(ours), "\n".join(cases.differs("the document", theirs, ours, Path("/nowhere"))))
    return we_said


def configures():
    need("rsc_ticket t-1 T1: c2" in compared(CONFIGURE), "the configuration was not shown")


def nodes_and_shadows():
    said = compared(NODES_AND_SHADOWS, COMMITTED)
    need("committed 'try' shadow CIB" in said and "scope=nodes  name=site value=paris" in said, said)


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(run("crmsh", {"configures": (configures,), "nodes-and-shadows": (nodes_and_shadows,)}, __doc__))
