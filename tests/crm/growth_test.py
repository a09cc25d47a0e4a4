#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents with very many of one thing: each is planned, shown and judged in a time that no cube, and no square of more
than a few instructions, would let it have; and chains of any length fit on the stack.  How fast it is is the benches' matter.

    tests/crm/growth_test.py --print SHAPE N     the document of one
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from lab.suite import Wrong, need, run  # noqa: E402

BIN = ROOT / os.environ.get("BUILD", "build") / "bin"
LIMIT = 40  # seconds of processor time of one program; each takes a fraction of one


# Parts.

def nvpair(name, value, prefix="o"):
    return f'<nvpair id="{prefix}-{name}" name="{name}" value="{value}"/>'


def meta(owner, **values):
    pairs = "".join(nvpair(name.replace("_", "-"), value, owner) for name, value in values.items())
    return f'<meta_attributes id="{owner}-meta">{pairs}</meta_attributes>'


def primitive(name, inside=""):
    return f'<primitive id="{name}" class="ocf" provider="heartbeat" type="Dummy">{inside}</primitive>'


def primitives(count, inside=lambda name: ""):
    return "".join(primitive(f"r{i}", inside(f"r{i}")) for i in range(count))


def done(rsc, task="start", rc=0, want=0, interval=0, call=1, suffix=None):
    return (f'<lrm_rsc_op id="{rsc}_{suffix or task}_{interval}" operation_key="{rsc}_{task}_{interval}" operation="{task}" call-id="{call}" '
            f'rc-code="{rc}" op-status="0" interval="{interval}" last-rc-change="1767220000" crm_feature_set="3.16.1" '
            f'transition-key="4:0:{want}:1" transition-magic="0:{rc};4:0:{want}:1"/>')


def entry(rsc, ops=None):
    return f'<lrm_resource id="{rsc}" class="ocf" provider="heartbeat" type="Dummy">{ops or done(rsc)}</lrm_resource>'


def running(count, prefix="r"):
    return "".join(entry(f"{prefix}{i}") for i in range(count))


def state(number, entries="", attributes=""):
    attributes = attributes and (f'<transient_attributes id="{number}"><instance_attributes id="status-{number}">{attributes}'
                                 '</instance_attributes></transient_attributes>')
    return (f'<node_state id="{number}" uname="n{number}" in_ccm="true" crmd="online" join="member" expected="member">{attributes}'
            f'<lrm id="{number}"><lrm_resources>{entries}</lrm_resources></lrm></node_state>')


def document(resources, constraints="", entries="", nodes=2, attributes="", options="", status=""):
    states = state(1, entries, attributes) + "".join(state(i + 2) for i in range(nodes - 1))
    names = "".join(f'<node id="{i + 1}" uname="n{i + 1}"/>' for i in range(nodes))
    return ('<cib validate-with="pacemaker-3.9" crm_feature_set="3.16.1" admin_epoch="0" epoch="1" num_updates="0" have-quorum="1" dc-uuid="1">'
            f'<configuration><crm_config><cluster_property_set id="options">{nvpair("stonith-enabled", "false")}{options}</cluster_property_set>'
            f'</crm_config><nodes>{names}</nodes><resources>{resources}</resources><constraints>{constraints}</constraints></configuration>'
            f'<status>{states}{status}</status></cib>')


def orders(count):
    return "".join(f'<rsc_order id="o{i}" first="r{i}" then="r{i + 1}"/>' for i in range(count - 1))


def colocations(count, score="INFINITY"):
    return "".join(f'<rsc_colocation id="c{i}" rsc="r{i}" with-rsc="r{i + 1}" score="{score}"/>' for i in range(count - 1))


def resource_set(name, members):
    return f'<resource_set id="{name}">' + "".join(f'<resource_ref id="{member}"/>' for member in members) + "</resource_set>"


# Very many of one thing.

def monitors(count, more=""):
    return "<operations>" + "".join(f'<op id="op{i}" name="monitor" interval="{i + 1}s" {more}/>' for i in range(count)) + "</operations>"


def monitored(count, rc=0):
    return entry("r0", done("r0") + "".join(done("r0", "monitor", rc, 0, (i + 1) * 1000, i + 2) for i in range(count)))


def blocked_failures(count):
    """Failures that are old, of operations that block."""
    counts = nvpair("fail-count-r0#monitor_1000", 5, "f") + nvpair("last-failure-r0#monitor_1000", 1000000, "f")
    inside = meta("r0", failure_timeout="60s", migration_threshold=3) + monitors(count, 'on-fail="block"')
    return document(primitive("r0", inside), entries=monitored(count, 1), attributes=counts)


def failed_elsewhere(count):
    counts = "".join(nvpair(f"fail-count-r{i}#monitor_10000", 1, "f") + nvpair(f"last-failure-r{i}#monitor_10000", 1, "f") for i in range(count))
    return document(primitives(count), entries=running(count), attributes=counts)


def locations_with_rules(count):
    rules = "".join(f'<rule id="u{i}" score="{i}"><expression id="e{i}" attribute="x" operation="not_defined"/></rule>' for i in range(count))
    return document(primitives(2), f'<rsc_location id="l" rsc="r0">{rules}</rsc_location>')


def sets_with_rules(count):
    sets = "".join(f'<instance_attributes id="a{i}" score="{i}"><rule id="u{i}" score="0"><expression id="e{i}" attribute="x" '
                   f'operation="not_defined"/></rule>{nvpair(f"p{i}", i, "a")}</instance_attributes>' for i in range(count))
    return document(primitive("r0", sets))


def tickets(count):
    needed = "".join(f'<rsc_ticket id="t{i}" rsc="r0" ticket="T{i}" loss-policy="stop"/>' for i in range(count))
    return document(primitives(2), needed, status="<tickets>" + "".join(f'<ticket_state id="T{i}" granted="true"/>' for i in range(count)) + "</tickets>")


def clone(count, **values):
    return document(f'<clone id="k">{meta("k", **values)}{primitive("r0")}</clone>', nodes=count)


SHAPES = {  # name -> (how many, document); each takes less than a second when nothing else is done
    "operations": (5000, lambda n: document(primitive("r0", monitors(n)))),
    "history": (5000, lambda n: document(primitive("r0", monitors(n)), entries=monitored(n))),
    "failures-that-block": (1500, blocked_failures),
    "fail-counts": (2000, failed_elsewhere),
    "parameters": (5000, lambda n: document(primitive("r0", '<instance_attributes id="a">' + "".join(nvpair(f"p{i}", i, "a") for i in range(n)) + "</instance_attributes>"))),
    "rules": (5000, locations_with_rules),
    "sets-with-rules": (3000, sets_with_rules),
    "locations": (3000, lambda n: document(primitives(2), "".join(f'<rsc_location id="l{i}" rsc="r0" node="n1" score="{i}"/>' for i in range(n)))),
    "locations-of-a-group": (700, lambda n: document(f'<group id="g">{primitives(n)}</group>', "".join(
        f'<rsc_location id="l{i}" rsc="g" node="n1" score="{i}"/>' for i in range(n)))),
    "all-with-one": (2000, lambda n: document(primitives(n), "".join(f'<rsc_colocation id="c{i}" rsc="r{i}" with-rsc="r0" score="5"/>' for i in range(1, n)))),
    "all-after-one": (2000, lambda n: document(primitives(n), "".join(f'<rsc_order id="c{i}" first="r0" then="r{i}"/>' for i in range(1, n)))),
    "chain-of-colocations": (1500, lambda n: document(primitives(n), colocations(n))),
    "chain-of-orders": (3000, lambda n: document(primitives(n), orders(n))),
    "chain-of-both": (1000, lambda n: document(primitives(n), orders(n) + colocations(n), entries=running(n))),
    "group": (1000, lambda n: document(f'<group id="g">{primitives(n)}</group>')),
    "group-that-runs": (600, lambda n: document(f'<group id="g">{primitives(n)}</group>', entries=running(n))),
    "clone": (200, clone),
    "promotable-clone": (150, lambda n: clone(n, promotable="true")),
    "unique-clone": (500, lambda n: document(f'<clone id="k">{meta("k", globally_unique="true", clone_max=n, clone_node_max=n)}{primitive("r0")}</clone>')),
    "tickets": (3000, tickets),
    "nodes": (3000, lambda n: document(primitives(1), nodes=n)),
    "set-of-orders": (3000, lambda n: document(primitives(n), f'<rsc_order id="o">{resource_set("s", [f"r{i}" for i in range(n)])}</rsc_order>')),
    "set-of-colocations": (1000, lambda n: document(primitives(n), f'<rsc_colocation id="o" score="5">{resource_set("s", [f"r{i}" for i in range(n)])}</rsc_colocation>')),
    "orphans": (5000, lambda n: document(primitives(1), entries=running(n, "x"))),
}


# Judging.

def call(words, text):
    """A program with TEXT as its CIB, at its end."""
    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
        resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, 8 << 20))

    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(text)
        file.flush()
        program = subprocess.run([str(BIN / words[0]), *(file.name if word == "FILE" else word for word in words[1:])], check=False, preexec_fn=limits,
                                 env={**os.environ, "CIB_file": file.name, "TZ": "UTC"}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 text=True, errors="replace")
    if program.returncode < 0:
        raise Wrong(f"{' '.join(words)}: ended with signal {-program.returncode}: {program.stderr[-300:]}")
    return program


def many(count, make):
    text = make(count)
    need(call(["ptest", "-X", "FILE", "-P", "p", "-s", "-G", "/dev/null"], text).returncode == 0, "it is not planned")
    need(call(["crm_verify", "-x", "FILE"], text).returncode in (0, 78), "it is not judged")
    need(call(["crm_mon", "-1"], text).returncode == 0, "it is not shown")
    return f"{count}, {len(text) // 1000} kB"


def deep(make):
    """A level for each resource, on a stack that is no larger than usual; that not all ways were gone is told, once."""
    count = 1000
    done = call(["ptest", "-X", "FILE", "-P", "p", "-V", "-G", "/dev/null"], make(count))
    need(done.returncode == 0, "it is not planned")
    need(done.stderr.count("Too many ways lead over colocations") == 1, f"not told: {done.stderr[-300:]}")
    return f"{count} in a row"


CASES = {name: (many, count, make) for name, (count, make) in SHAPES.items()}
CASES["deep-groups"] = (deep, lambda n: document("".join(f'<group id="r{i}">{primitive(f"m{i}")}</group>' for i in range(n)), colocations(n, 5)))

if __name__ == "__main__":
    if sys.argv[1:2] == ["--print"]:
        print(SHAPES[sys.argv[2]][1](int(sys.argv[3])))
        sys.exit()
    sys.exit(run("growth", CASES, __doc__))
