#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What people see of a document: crm_mon's recorded answers, and Debian's program beside it."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cases

sys.path.insert(0, str(cases.ROOT / "tests"))
from beside import beside  # noqa: E402
from lab.suite import Wrong, need, run  # noqa: E402

MON_SETS = [options.split() for options in (
    "-1", "-1 -r", "-1 -nr", "-1 -b", "-1 -br", "-1 -R", "-s", "--output-as=xml", "-1 -r -f -o -A -c -R -L -m",
    "-1 -r -n -f -o -t -A -c -b -R -L -m", "-1 --include=all --exclude=options", "--output-as=xml -n", "--output-as=html -r")]
ONE_LINE = "operations without operation_key: the original takes them all for the same one, and tells of the first"
BRIEF_TWICE = "by node and brief: what runs on two nodes is counted once on each"
BRIEF_ORPHANS = "brief: orphans that do not run are not among those that could"
MIGRATION = "open: where a migration ended half done"
UNIQUE = "open: a clone of a group with an LSB script cannot be unique"
NOT_STOPPED = "a node where an instance runs is not among those where it is stopped"
MON_REASONS = {
    "994": ONE_LINE, "group9": ONE_LINE, "promoted-demote": ONE_LINE,
    "797": BRIEF_TWICE, "migrate-fail-2": BRIEF_TWICE, "migrate-fail-6": BRIEF_TWICE, "multi1": BRIEF_TWICE,
    "rec-rsc-7": BRIEF_TWICE, "stopped-monitor-07": BRIEF_TWICE,
    "bug-1718": BRIEF_ORPHANS, "bug-lf-2361": BRIEF_ORPHANS, "bug-lf-2493": BRIEF_ORPHANS, "bug-lf-2581": BRIEF_ORPHANS,
    "bug-5069-op-disabled": "open: on-fail of an operation that is switched off",
    "force-anon-clone-max": UNIQUE, "promoted-ordering": UNIQUE,
    "migrate-partial-2": MIGRATION, "not-reschedule-unneeded-monitor": MIGRATION, "partial-live-migration-multiple-active": MIGRATION,
    "probe-target-of-failed-migrate_to-2": MIGRATION,
    "promoted-failed-demote-2": "open: a failed demotion that ended with 'not running'",
    "stop-failure-no-fencing": "what is blocked on a node that is leaving is listed", "stop-failure-no-quorum": NOT_STOPPED,
    "unmanaged-promoted": NOT_STOPPED,
}
# In HTML the original calls nodes that are unclean online or offline, and is silent about maintenance mode.
MON_BETTER = [(r'<span class="warning"> UNCLEAN \(online\)</span>', '<span class="online"> online</span>'),
              (r'<span class="warning"> UNCLEAN \(offline\)</span>', '<span class="offline"> OFFLINE</span>'),
              (r'<span class="warning"> pending</span>', '<span class="online"> online</span><span class="standby"> (in standby)</span>'),
              (r'<p class="bold">.*</p>\n', "")]


RSC_SETS = [options.split() for options in (
    "-L", "-l", "-Y", "-L --output-as=xml", "-o --output-as=xml", "-Y --output-as=xml")]
ORPHANS = "open: orphans that were instances have names of their own"
RSC_REASONS = {
    **{name: why for name, why in MON_REASONS.items() if why in (MIGRATION, UNIQUE, NOT_STOPPED) or why.startswith("open: ")},
    "stop-failure-no-fencing": MON_REASONS["stop-failure-no-fencing"],
    "bug-lf-2361": ORPHANS, "bug-lf-2493": ORPHANS,
    "bug-5143-ms-shuffle": "notifications without a number have no place in the order",
}


def call(arguments, document=None, program="crm_mon"):
    """(exit code, stdout, stderr)"""
    environment = {"PATH": f"{cases.BIN}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    if document:
        environment["CIB_file"] = str(document)
    done = subprocess.run([cases.BIN / program, *arguments], capture_output=True, text=True, env=environment, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr


def mon_beside():
    """Debian's -s never warns, which is known: its exit code is 0 then."""
    return beside("crm_mon", MON_SETS, MON_REASONS, codes=lambda code: code > 1, better=MON_BETTER)


# What they print is what is installed.
OF_AGENTS = {"rsc-agents-pcmk", "rsc-alts", "rsc-meta", "rsc-prov"}


def cases_rsc():
    """With the drivers of this tree."""
    agents = all(Path(f"/usr/lib/ocf/resource.d/{provider}/Dummy").exists() for provider in ("heartbeat", "pacemaker"))
    build = cases.BIN.parent
    with tempfile.TemporaryDirectory(prefix="crm-drivers-") as folder:
        (Path(folder) / "stonith2").symlink_to(build / "plugins" / "stonith2")
        (Path(folder) / "external").symlink_to(cases.ROOT / "stonith" / "external")
        os.environ |= {"STONITH_PLUGIN_DIR": folder, "STONITH_DEVICE": str(build / "bin" / "stonith-device")}
        return cases.judge("rsc", frozenset() if agents else OF_AGENTS, "the OCF agents are not installed")


def rsc_beside():
    return beside("crm_resource", RSC_SETS, RSC_REASONS, at_most=100)


CLASSIC = """

============
Last updated: DATE
Current DC: c001n09 (42)
3 Nodes configured.
2 Resources configured.
============

Node: c001n08 (41): online
Node: c001n09 (42): standby
Node: c001n10 (43): OFFLINE

Full list of resources:

Resource Group: web
    ip\t(heartbeat::ocf:IPaddr):\tStarted c001n08
    httpd\t(lsb:apache):\tStarted c001n08 FAILED
Clone Set: pings
    ping:0\t(heartbeat::ocf:pingd):\tStarted c001n08
    ping:1\t(heartbeat::ocf:pingd):\tStopped

Failed actions:
    httpd_monitor_10000 (node=c001n08, call=7, rc=7): complete
"""


def op(rsc, task, interval, call_id, rc):
    key = f"1:{call_id}:0b7d2ba7-9d67-4ef9-bb9b-1b2c3d4e5f60"
    return (f'<lrm_rsc_op id="{rsc}_{task}_{interval}" operation="{task}" interval="{interval}" call_id="{call_id}" rc_code="{rc}" '
            f'op_status="0" transition_key="{key}" transition_magic="0:{rc};{key}" '
            f'crm_feature_set="2.0"/>')


def classic_document():
    nodes = "".join(f'<node id="{number}" uname="{name}" type="normal">'
                    + ('<instance_attributes id="i"><attributes><nvpair id="s" name="standby" value="on"/></attributes></instance_attributes>'
                       if name == "c001n09" else "") + "</node>"
                    for number, name in ((41, "c001n08"), (42, "c001n09"), (43, "c001n10")))
    history = "".join(f'<lrm_resource id="{rsc}" type="{kind}" class="{standard}">{ops}</lrm_resource>' for rsc, kind, standard, ops in (
        ("ip", "IPaddr", "ocf", op("ip", "start", 0, 5, 0)),
        ("httpd", "apache", "lsb", op("httpd", "start", 0, 6, 0) + op("httpd", "monitor", 10000, 7, 7)),
        ("ping:0", "pingd", "ocf", op("ping:0", "start", 0, 8, 0))))
    states = "".join(f'<node_state id="{number}" uname="{name}" ha="{"active" if up else "dead"}" in_ccm="{str(up).lower()}" '
                     f'crmd="{"online" if up else "offline"}" join="{"member" if up else "down"}" expected="{"member" if up else "down"}">'
                     f'<lrm id="{number}"><lrm_resources>{history if number == 41 else ""}</lrm_resources></lrm></node_state>'
                     for number, name, up in ((41, "c001n08", True), (42, "c001n09", True), (43, "c001n10", False)))
    return (f'<cib admin_epoch="0" epoch="1" num_updates="1" have_quorum="true" dc_uuid="42" crm_feature_set="2.0"><configuration>'
            f'<crm_config/><nodes>{nodes}</nodes><resources><group id="web"><primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr"/>'
            '<primitive id="httpd" class="lsb" type="apache"/></group><clone id="pings"><instance_attributes id="p"><attributes>'
            '<nvpair id="m" name="clone_max" value="2"/></attributes></instance_attributes>'
            '<primitive id="ping" class="ocf" provider="heartbeat" type="pingd"/></clone></resources><constraints/></configuration>'
            f'<status>{states}</status></cib>')


def classic():
    """A document of heartbeat 2 is shown as it showed it, and its -s line is there."""
    with tempfile.TemporaryDirectory(prefix="crm-classic-") as folder:
        document = Path(folder) / "cib.xml"
        document.write_text(classic_document(), encoding="utf-8")
        code, out, err = call(["-1", "-r"], document)
        need(code == 0 and not err, f"{code}, {err}")
        out = re.sub("Last updated: .*", "Last updated: DATE", out)
        need(out == CLASSIC, f"is\n{out}")
        code, out, err = call(["-s"], document)
        need((code, out, err) == (1, "Warning:,offline node: c001n10\n", ""), f"-s: {code}, {out}, {err}")
        code, out, err = call(["-1", "--text-classic"], cases.VECTORS / "in" / "run.xml")
        need(code == 0 and "Node: node1 (1): online\n" in out, f"a newer document: {code}, {out}, {err}")
        code, out, err = call(["-X"], document)
        need(code == 0 and '<node name="c001n08" id="41" online="true"' in out, f"XML: {code}, {out}, {err}")


def refusals():
    """Without a cluster, with a wrong section, level, format, word, file."""
    document = cases.VECTORS / "in" / "run.xml"
    connection = "Connection to cluster failed: Connection refused\n"
    for arguments, given, code, text in (
            (["-1"], None, 102, f"crm_mon: {connection}"),
            (["-s"], None, 2, f"crm_mon: CLUSTER CRIT: {connection}"),
            (["-X"], None, 102, f"crm_mon: {connection}"),
            (["--include=nonsense"], document, 64, "options: all, attributes,"),
            (["-m", "7"], document, 64, "crm_mon: Fence history must be 0-3\n"),
            (["-i", "never"], document, 64, "crm_mon: Invalid value for -i: never\n"),
            (["-d"], document, 64, "crm_mon: --daemonize needs --output-to or --external-agent"),
            (["nonsense"], document, 64, "crm_mon: unexpected word 'nonsense'\n"),
            (["--output-as=png"], document, 1, "Unknown output format"),
            (["--as-html=/nonexistent/x.html"], document, 73, "crm_mon: cannot write '/nonexistent/x.html': No such file or directory\n"),
            (["-1"], cases.VECTORS / "in" / "badschema.xml", 78, "")):
        got, _, err = call(arguments, given)
        if got != code or text not in err:
            raise Wrong(f"{' '.join(arguments)}: {got} instead of {code}, {err}")
    code, out, _ = call(["--output-as=xml"])
    need(code == 102 and '<status code="102" message="Not connected">' in out, f"XML: {code}, {out}")


def resource(arguments, document=None):
    return call(arguments, document, "crm_resource")


def agents():
    """What agents say and do is bounded; names that would leave their directories mean nothing."""
    for spec in ("ocf:heartbeat:../../../bin/ls", "ocf:..:x", "lsb:../passwd", "rubbish", "ocf:Dummy", "stonith:../x", "nosuch:x"):
        code, out, err = resource(["--show-metadata", spec])
        need(code == 105 and not out and err.endswith("Error performing operation: No such object\n"), f"{spec}: {code}, {out}, {err}")
    code, out, _ = resource(["--list-standards"])
    need(code == 0 and {"ocf", "lsb", "stonith"} <= set(out.split()), out)
    with tempfile.TemporaryDirectory(prefix="crm-agents-") as folder:
        document = Path(folder) / "cib.xml"
        document.write_text((cases.VECTORS / "in" / "run.xml").read_text(encoding="utf-8"), encoding="utf-8")
        for arguments, code, text in ((["--force-check", "-r", "g1"], 3, "doesn't support group resources"),
                                      (["--force-check", "-r", "l1"], 5, "there is no such agent"),
                                      (["--validate", "--class", "ocf"], 64, "--validate needs"),
                                      (["--digests", "-r", "g1", "-N", "node1"], 3, "Unimplemented")):
            got, out, err = resource(arguments, document)
            need(got == code and text in out + err, f"{arguments}: {got}, {out}, {err}")


def changes():
    """Parameters, constraints, elements: what is written, and what is refused."""
    run_xml = (cases.VECTORS / "in" / "run.xml").read_text(encoding="utf-8")
    for arguments, code, said, written in (
            ("-r d2 -m -p x -v y", 0, "Performing update of 'x' on 'c1', the parent of 'd2'\nSet 'c1' option: id=c1-meta_attributes-x ",
             '<nvpair id="c1-meta_attributes-x" name="x" value="y"/>'),
            ("-r s1:0 -p a -v b", 0, "Set 's1' option: id=s1-instance_attributes-a ", '<instance_attributes id="s1-instance_attributes">'),
            ("-r ip1 -p ip -v 1.2.3.4", 0, "Set 'ip1' option: id=ip1-instance_attributes-ip name=ip value=1.2.3.4\n", 'value="1.2.3.4"'),
            ("-r ip1 -p x -v y -i bar", 0, "Set 'ip1' option: id=bar set=ip1-instance_attributes name=x value=y\n", '<nvpair id="bar"'),
            ("-r ip1 -S type -v IPaddr -t primitive", 0, "", 'provider="heartbeat" type="IPaddr"'),
            ("-r ip1 -S type -v IPaddr", 105, "Must specify -t with resource type", None),
            ("-D -r g1 -t group", 78, "Error performing operation: Invalid configuration", None),
            ("-D -r d3 -t group", 0, "", None),
            ("-r l1 -B -u PT1H -N node1", 0, "Migration will take effect until: ", '<date_expression id="cli-ban-l1-on-node1-lifetime"'),
            ("-r l1 -M -N node2 -u rubbish", 64, "Invalid duration specified: rubbish\n", None),
            ("-r l1 -M -N node2 --promoted", 0, "Ignoring --promoted option: l1 is not promotable\n", 'id="cli-prefer-l1" rsc="l1" role="Started"'),
            ("-r s1:0 -M -N node2", 2, "Cannot operate on clone resource instance 's1:0'", None),
            ("-r d3 -B", 64, "Resource 'd3' not moved: active in 0 locations.", None),
            ("-F -r d1 -N node1", 102, "Error connecting to the controller: Connection refused", None)):
        with tempfile.TemporaryDirectory(prefix="crm-changes-") as folder:
            document = Path(folder) / "cib.xml"
            document.write_text(run_xml, encoding="utf-8")
            got, out, err = resource(arguments.split(), document)
            after = document.read_text(encoding="utf-8")
        need(got == code and said in out + err, f"{arguments}: {got}, {out}, {err}")
        need(written in after if written else after == run_xml, f"{arguments}: the document is not as it should be")


CASES = {
    "cases-mon": (cases.judge, "mon"),
    "mon-beside": (mon_beside,),
    "cases-rsc": (cases_rsc,),
    "rsc-beside": (rsc_beside,),
    "agents": (agents,),
    "changes": (changes,),
    "classic": (classic,),
    "refusals": (refusals,),
}

if __name__ == "__main__":
    sys.exit(run("status", CASES, __doc__))
