#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes that come by themselves, are added and deleted by an administrator, and are remembered.

Without haresources management (crm on): with it the nodes are those of ha.cf.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab.suite import main, need  # noqa: E402

HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 500ms
deadtime 1
initdead {initdead}
bcast eth0
{more}
"""
ANY = HA_CF.format(initdead=2, more="crm on\nautojoin any")
HOSTCACHE = "/var/lib/heartbeat/hostcache"
DELHOSTCACHE = "/var/lib/heartbeat/delhostcache"
# crm wants its programs; what they do is not looked at here.
CRM = ("ccm", "cib", "stonithd", "lrmd", "attrd", "pengine", "crmd")


def configure(node, text):
    node.configure(text, None)
    for program in CRM:
        if node.kind == "ours" and not node.exists(f"/usr/libexec/heartbeat/{program}"):
            node.write(f"/usr/libexec/heartbeat/{program}", "#!/bin/sh\nexec sleep 1000000\n", 0o755)


def listed(node, *options):
    return sorted(node.run(["cl_status", "listnodes", *options]).stdout.split())


def status(node, of):
    return node.run(["cl_status", "nodestatus", of.name]).stdout.strip()


def wait_active(lab, nodes, timeout=20):
    lab.wait(lambda: all(status(node, of) == "active" for node in nodes for of in nodes), timeout,
             f"{', '.join(node.name for node in nodes)} know each other as active")


def cached(node, path=HOSTCACHE):
    """{name: (uuid, weight, site)}"""
    lines = node.read(path, default="").splitlines()
    return {line.split("\t")[0]: tuple(line.split("\t")[1:]) for line in lines}


def came_by_themselves(lab):
    """autojoin any, and nobody is named anywhere; a third one comes later; all are remembered."""
    nodes = alpha, bravo, charlie = lab.nodes("alpha", "bravo", "charlie")
    for node in nodes:
        configure(node, ANY)
    for node in (alpha, bravo):
        node.start_heartbeat()
    wait_active(lab, (alpha, bravo))
    charlie.start_heartbeat()
    wait_active(lab, nodes)
    names = [node.name for node in nodes]
    for node in nodes:
        need(listed(node) == names, f"{node.name} lists {listed(node)}")
        lab.wait(lambda node=node: sorted(cached(node)) == names, 10, f"{node.name} remembers all")
        need(all(uuid.strip("0-") for uuid, _, _ in cached(node).values()), f"uuids: {cached(node)}")
    uuids = cached(alpha)
    for node in nodes:
        node.stop_heartbeat()
    alpha.start_heartbeat()
    lab.wait(lambda: status(alpha, charlie) == "dead", 20, "alpha remembers charlie, and misses it")
    need(listed(alpha) == names and cached(alpha) == uuids, f"alpha remembers {cached(alpha)}")


def own_links(lab):
    """A node hears its own broadcasts: its own link is up like the others', for longer than deadtime."""
    nodes = alpha, bravo = lab.nodes("alpha", "bravo")
    for node in nodes:
        node.configure(HA_CF.format(initdead=2, more="auto_failback off\nnode alpha bravo"), "")
        node.start_heartbeat()
    wait_active(lab, nodes)
    time.sleep(3)
    for node in nodes:
        for of in nodes:
            word = node.run(["cl_status", "hblinkstatus", of.name, "eth0"]).stdout.strip()
            need(word == "up", f"{node.name}: link {of.name}:eth0 is '{word}'")
        need(":eth0 dead" not in node.log(), f"{node.name} took a link for dead")


def broken_cache(lab):
    """A broken cache is removed, and the node starts without it."""
    node = lab.node("alpha")
    configure(node, ANY)
    node.write(HOSTCACHE, "alpha\n")
    node.write(DELHOSTCACHE, b"\0\1\2")
    node.start_heartbeat()
    for path in (HOSTCACHE, DELHOSTCACHE):
        node.wait_log(rf"Invalid host/uuid map file \[{path}\] - removed.", 10)
    lab.wait(lambda: status(node, node) == "active", 20, "it is up")


def by_an_administrator(lab):
    """hb_addnode, hb_setweight, hb_setsite, hb_delnode; every node follows, and remembers."""
    text = HA_CF.format(initdead=2, more="crm on\nautojoin other\nnode alpha bravo")
    nodes = alpha, bravo = lab.nodes("alpha", "bravo")
    for node in nodes:
        configure(node, text)
        node.start_heartbeat()
    wait_active(lab, nodes)
    alpha.run(["/usr/share/heartbeat/hb_addnode", "delta", "echo"], check=True)
    for node in nodes:
        lab.wait(lambda node=node: listed(node) == ["alpha", "bravo", "delta", "echo"], 10,
                 f"{node.name} has two nodes more")
    mark = bravo.log_mark()
    alpha.run(["/usr/share/heartbeat/hb_delnode", "alpha"], check=True)
    bravo.wait_log("deletion failed: node alpha is not dead", 10, mark)
    bravo.run(["/usr/share/heartbeat/hb_setweight", "delta", "55"], check=True)
    bravo.run(["/usr/share/heartbeat/hb_setsite", "delta", "siteA"], check=True)
    for node in nodes:
        lab.wait(lambda node=node: node.run("cl_status nodeweight delta").stdout == "55\n" and
                 node.run("cl_status nodesite delta").stdout == "siteA\n", 10, f"{node.name} knows weight and site")
        lab.wait(lambda node=node: cached(node).get("delta", ())[1:] == ("55", "siteA"), 10,
                 f"{node.name} remembers them")
        lab.wait(lambda node=node: node.run("cl_status nodestatus echo").stdout == "dead\n", 10,
                 f"{node.name}: the new nodes are dead after initdead")
    mark = alpha.log_mark()
    alpha.run(["/usr/share/heartbeat/hb_delnode", "echo"], check=True)
    alpha.wait_log(r"deletion failed. We don't have all required nodes alive \(delta is dead\)", 10, mark)
    alpha.run(["/usr/share/heartbeat/hb_delnode", "echo", "delta"], check=True)
    for node in nodes:
        lab.wait(lambda node=node: listed(node) == ["alpha", "bravo"], 10, f"{node.name} forgets them")
        lab.wait(lambda node=node: sorted(cached(node, DELHOSTCACHE)) == ["delta", "echo"], 10,
                 f"{node.name} remembers that they were deleted")
    alpha.stop_heartbeat()
    alpha.start_heartbeat()
    wait_active(lab, nodes)
    need(listed(alpha) == ["alpha", "bravo"], f"after a restart alpha lists {listed(alpha)}")
    need(sorted(cached(alpha, DELHOSTCACHE)) == ["delta", "echo"], "the deleted ones are still known")


def beside_an_old_node(lab):
    """3.0.6 and ours come to the same list, whoever adds whom."""
    ours, old = lab.node("alpha", "ours"), lab.node("bravo", "debian")
    configure(ours, HA_CF.format(initdead=3, more="crm on\nautojoin other\nnode alpha"))
    configure(old, HA_CF.format(initdead=3, more="crm ccm-only\nautojoin other\nnode bravo"))
    for node in (ours, old):
        node.start_heartbeat()
    wait_active(lab, (ours, old), 40)
    old.run(["/usr/share/heartbeat/hb_addnode", "delta"], check=True)
    for node in (ours, old):
        lab.wait(lambda node=node: listed(node) == ["alpha", "bravo", "delta"], 20, f"{node.kind} has delta")
        lab.wait(lambda node=node: node.run("cl_status nodestatus delta").stdout == "dead\n", 20,
                 f"{node.kind}: delta is dead")
    ours.run(["/usr/share/heartbeat/hb_setweight", "delta", "7"], check=True)
    lab.wait(lambda: old.run("cl_status nodeweight delta").stdout == "7\n", 20, "3.0.6 knows the weight")
    ours.run(["/usr/share/heartbeat/hb_delnode", "delta"], check=True)
    for node in (ours, old):
        lab.wait(lambda node=node: listed(node) == ["alpha", "bravo"], 20, f"{node.kind} forgets delta")


def not_with_haresources(lab):
    """There a node that nobody started would be taken over from by all: it is refused."""
    node = lab.node("alpha")
    node.configure(HA_CF.format(initdead=2, more="auto_failback off\nnode alpha bravo"), "")
    node.start_heartbeat()
    lab.wait(lambda: node.rscstatus() not in (None, "transition"), 20, "it is at rest")
    node.run(["/usr/share/heartbeat/hb_addnode", "charlie"], check=True)
    node.wait_log("Add node charlie failed: with haresources every node stands in ha.cf", 10)
    need(listed(node) == ["alpha", "bravo"], f"it lists {listed(node)}")


TESTS = [came_by_themselves, own_links, broken_cache, by_an_administrator, beside_an_old_node, not_with_haresources]

if __name__ == "__main__":
    sys.exit(main("nodes", TESTS, __doc__, jobs=3))
