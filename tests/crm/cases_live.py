# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls that were recorded at a live cluster of two nodes (../shared/vectors/crm-tools/live), as far as a file answers them.

    cases_live.judge()      "24 of 24, 37 wait for the daemons"; or Wrong, with what differs

The file is what the cluster was then: in/run.xml, or for live-off-* in/down.xml after what had been done to it.  What only a daemon can say is
cut from the answer that is expected, one expression each; calls that only a daemon can answer stand in WAITING with its name.
"""

import re
from dataclasses import replace

import cases
from lab.errors import Skip
from lab.suite import Wrong

FOLDER = cases.VECTORS / "live"

# Name -> whose daemon it waits for.  A call that is neither here nor in REPLAYED is an error.
WAITING = {
    "crmd": "live-adm-D live-adm-N live-adm-S live-off-D live-adm-K live-crm_resource-F live-off-node-l live-off-node-p live-off-q",
    "attrd": "live-attr-status-inc live-attrd-B live-attrd-D live-attrd-N live-attrd-Q live-attrd-QA live-attrd-Qnone live-attrd-Qx live-attrd-R "
             "live-attrd-U live-attrd-Y live-attrd-noname live-attrd-v",
    "stonithd": "live-stonith-C live-stonith-F live-stonith-H live-stonith-Hall live-stonith-I live-stonith-L live-stonith-Lx live-stonith-l "
                "live-stonith-noargs",
}

MASTER = re.compile(r"Status of pacemakerd: .*\n")
NEW_VERSION = r'epoch="9" num_updates="0"'


def without(*patterns):
    """The recorded answer less what a daemon said."""
    def cut(case):
        out = case.out
        for pattern in patterns:
            out = re.sub(pattern, "", out)
        return replace(case, out=out)
    return cut


def counted(version):
    """The same with another version: other cases had been there before."""
    return lambda case: replace(case, out=re.sub(r'epoch="\d+" num_updates="\d+"(.*? cib-last-written=")[^"]*(" update-origin=")[^"]*(" '
                                                 r'update-client=")[^"]*(" update-user=")[^"]*(".* dc-uuid=")\d"',
                                                 rf'{version}\1Fri Nov 20 16:42:44 2026\2node1\3cibadmin\4root\g<5>2"', case.out))


def bumped(case):
    """A new epoch begins with num_updates 0."""
    case = counted(NEW_VERSION)(case)
    return replace(case, out=re.compile(re.sub(r'cib-last-written="[^"]*"', 'cib-last-written="[^"]*"', case.out)))


def dry(*lines, out=""):
    """What there is to be done is the same; on a file nobody does it."""
    def say(case):
        if out:
            return replace(case, out=f"Dry run: skipping clean-up of {out} due to CIB_file\n")
        cleaned = [f"Dry run: skipping clean-up of {line} due to CIB_file\n" for line in lines or re.findall(r"Cleaned up (.* on .*)", case.out)]
        return replace(case, out="", err="".join(cleaned))
    return say


def nodes_down(case):
    """A node that is offline warns, in one line and with the exit code."""
    return replace(without(MASTER)(case), rc=1, err="")


def same(case):
    return case


def probed(resource, call, then, interval, took):
    """What a clean-up leaves of a resource that runs: it was found active, and its monitor begun again."""
    def op(name, ms, number, exec_ms):
        key = f"1:9:{0 if ms else 7}:553554db-2bda-4a03-b97d-448c7cdd6f88"
        return (f'<lrm_rsc_op id="{resource}_{name}" operation_key="{resource}_monitor_{ms}" operation="monitor" crm_feature_set="3.16.1" '
                f'transition-key="{key}" transition-magic="0:0;{key}" exit-reason="" on_node="node1" call-id="{number}" rc-code="0" '
                f'op-status="0" interval="{ms}" last-rc-change="1795193521" exec-time="{exec_ms}" queue-time="0"/>\n')
    return op("last_failure_0", 0, call, took[0]) + op("last_0", 0, call, took[0]) + op(f"monitor_{interval}", interval, then, took[1])


def after_the_night():
    """in/down.xml, after g1 was cleaned up, and node2 was told to be dead."""
    text = cases.text_of(cases.VECTORS / "in" / "down.xml")
    root = text.splitlines()[0]
    new = re.sub(r'epoch="\d+" num_updates="\d+"', 'epoch="12" num_updates="20"', root).replace("16:42:44", "16:51:59").replace(
        '"cibadmin"', '"crmd"').replace('update-user="root"', 'update-user="hacluster"').replace('dc-uuid="2"', 'dc-uuid="1"')
    text = text.replace(root, new)
    moved = ""
    for resource, history in (("ip1", probed("ip1", 63, 68, 15000, (36, 32))), ("d1", probed("d1", 67, 69, 10000, (5, 5)))):
        found = re.search(rf' *<lrm_resource id="{resource}"(?s:.*?)</lrm_resource>\n', text)[0]
        begin, *_, end = found.splitlines(keepends=True)
        moved += begin + history + end
        text = text.replace(found, "")
    text = re.sub(r' *<nvpair id="status-1-(fail-count|last-failure)-.*\n', "", text)
    return text.replace("        </lrm_resources>\n", moved + "        </lrm_resources>\n", 1)


FENCING = r"\nFailed Fencing Actions:\n(  \* .*\n)+"

# Name -> (what the file is, what of the answer is expected).
REPLAYED = {
    "live-adm-Qh": (None, counted('epoch="8" num_updates="19"')),
    "live-adm-bump": (None, bumped),
    "live-adm-i": (None, same),
    "live-adm-master": (None, same),
    "live-adm-r": (None, same),
    "live-adm-sync": (None, same),
    "live-adm-w": (None, same),
    "live-attr-status-set": (None, same),
    "live-failcount-inc": (None, same),
    "live-mon-1": (None, without(MASTER)),
    "live-mon-1r": (None, without(MASTER)),
    "live-mon-s": (None, without(MASTER)),
    "live-off-mon-1": (after_the_night, without(MASTER, FENCING)),
    "live-off-mon-n": (after_the_night, without(MASTER, FENCING)),
    "live-off-mon-s": (after_the_night, nodes_down),
    "live-off-X": (after_the_night, without(r"  <pacemakerd .*\n", r'      <attribute name="bar".*\n', r"  <fence_history>(?s:.*)</fence_history>\n")),
    "live-rsc-C": (None, dry()),
    "live-rsc-Call": (None, dry(out="all nodes")),
    "live-rsc-R": (None, dry("ip1 on node2", "ip1 on node1", "d1 on node2", "d1 on node1")),
    "live-rsc-wait": (None, same),
}


def load(name):
    document, rc, command = cases.text_of(FOLDER / f"{name}.cmd").split("\n", 2)
    assert document == "cib=LIVE"
    text, expected = REPLAYED[name]
    case = cases.Case(name, "run", command.strip(), int(rc.removeprefix("rc=")), cases.text_of(FOLDER / f"{name}.out"),
                      cases.text_of(FOLDER / f"{name}.err"), after=cases.ANY, text=text() if text else None)
    return expected(case)


def judge():
    if not FOLDER.is_dir():
        raise Skip("no recorded cases beside the source")
    recorded = {path.stem for path in FOLDER.glob("*.cmd")}
    waiting = {name for names in WAITING.values() for name in names.split()}
    listed = waiting | set(REPLAYED)
    if recorded != listed or waiting & set(REPLAYED):
        raise Wrong(f"neither or twice in WAITING and REPLAYED: {sorted(recorded ^ listed | waiting & set(REPLAYED))}")
    cases.blame([(case, cases.play_alone(case)) for case in map(load, sorted(REPLAYED))])
    return f"{len(REPLAYED)} of {len(REPLAYED)}, {len(waiting)} wait for {', '.join(WAITING)}"
