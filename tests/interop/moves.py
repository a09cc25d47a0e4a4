# SPDX-License-Identifier: GPL-2.0-or-later
"""hb_standby and hb_takeover with every word, asked for on either side; restarts without a death."""

import time

from pair import DEBIAN_FIRST, OURS_FIRST

ONE = ("eth0",)


def _moves(case, kinds):
    pair = case.make_pair(kinds)
    case.step("join", pair.join)
    for node in pair.nodes:
        for command, asks, expect in (
                ("hb_standby local", "self", "peer"), ("hb_takeover local", "self", "each"),
                ("hb_standby foreign", "self", "each"),
                ("hb_takeover all", "self", "self"), ("hb_standby foreign", "self", "each"),
                ("hb_takeover foreign", "self", "self"), ("hb_takeover local", "peer", "each"),
                ("hb_standby all", "self", "peer"), ("hb_standby all", "self", "peer"),
                ("hb_takeover failback", "self", None), ("hb_standby failback", "owner", "each")):
            case.step(f"{node.kind}-{command.replace(' ', '-')}-by-{asks}", _move, pair, node, command,
                      asks, expect)
    case.step("logs", pair.check_quiet)


def _move(pair, node, command, asks, expect):
    other = pair.peer(node)
    asking = {"self": node, "peer": other}.get(asks)
    if asks == "owner":  # of everything, if there is one
        asking = next((one for one in pair.nodes if len(pair.held(one)) == 2), None)
    if asking:
        pair.command(asking, command)
    if expect is None:
        # Asked of ours only what is the caller's comes back; 3.0.6 gives everything (resources-v1 3.1).
        expect = "each" if other.kind == "ours" else "self"
    if expect == "each":
        time.sleep(0.3)  # what changes nothing must have had its time, too
        pair.wait_each_own(15, f"after {command}")
    else:
        pair.wait_all(node if expect == "self" else other, 15, f"after {command}")


def _restarts(case, kinds):
    """Nobody dies for the others: the deadtime is longer than a boot."""
    pair = case.make_pair(kinds, deadtime="6", initdead="8")
    case.step("join", pair.join)
    for node in pair.nodes:
        case.step(f"{node.kind}-daemon-crashes-and-is-back", _crash, pair, node)
        case.step(f"{node.kind}-reloads", _reload, pair, node, pair.wait_each_own)
    for node in pair.nodes:
        case.step(f"{node.kind}-with-everything-reloads", _reload_with_all, pair, node)
    for node in (pair.debian, pair.ours):
        case.step(f"{node.kind}-boots-fast", _reboot, pair, node)
        case.step(f"{node.kind}-with-everything-boots-fast", _reboot_with_all, pair, node)


def _crash(pair, node):
    """The resources of a daemon that dies go on, and the next life finds them."""
    before = pair.spans()
    node.crash_heartbeat()
    node.start_heartbeat()
    pair.wait_each_own(25, f"after the crash of the daemon of {node.kind}")
    if pair.spans() != before:
        raise pair.error(f"resources moved: {before} became {pair.spans()}")


def _generation(node):
    """Of its life; 0 while the file is being written."""
    return int(node.read("/var/lib/heartbeat/hb_generation", "").strip() or 0)


def _reload(pair, node, wait):
    """A changed ha.cf: a new life of the daemon that keeps what it holds."""
    before, generation, second = pair.spans(), _generation(node), int(time.time())
    # What changes within the second of its start is unchanged for 3.0.6.
    pair.lab.wait(lambda: int(time.time()) > second, 30, "a second after the start")
    node.write("/etc/ha.d/ha.cf", node.read("/etc/ha.d/ha.cf") + "# changed\n")
    pair.lab.wait(lambda: int(time.time()) > int(node.path("/etc/ha.d/ha.cf").stat().st_mtime), 30,
                  "the next second")
    node.run(["/usr/libexec/heartbeat/heartbeat", "-r"], check=True)
    # Longer than 3.0.6 waits for a process of its own that does not end, so that its log says so (lab/reference.py).
    pair.lab.wait(lambda: _generation(node) == generation + 1, 60, f"{node.kind} starts its next life")
    pair.lab.wait(lambda: pair.word(node, node) == "active", 60, f"{node.kind} is active again")
    wait(60, f"after the reload of {node.kind}")
    if pair.spans() != before:
        raise pair.error(f"resources moved: {before} became {pair.spans()}")


def _reload_with_all(pair, node):
    pair.command(node, "hb_takeover all")
    pair.wait_all(node, 15, "after hb_takeover all")
    _reload(pair, node, lambda timeout, why: pair.wait_all(node, timeout, why))
    pair.command(node, "hb_standby foreign")
    pair.wait_each_own(15, "after hb_standby foreign")


def _reboot(pair, node):
    """Back before anybody missed it: its own group starts again on it."""
    pair.power_off(node)
    node.power_on()
    node.start_heartbeat()
    pair.wait_each_own(25, f"after the fast boot of {node.kind}")


def _reboot_with_all(pair, node):
    """The peer's group died with the node, too: whoever is ours sees to it."""
    pair.command(node, "hb_takeover all")
    pair.wait_all(node, 15, "after hb_takeover all")
    _reboot(pair, node)


def cases():
    return {
        "moves-ours-first": (lambda case: _moves(case, OURS_FIRST), ONE),
        "moves-debian-first": (lambda case: _moves(case, DEBIAN_FIRST), ONE),
        "restarts-ours-first": (lambda case: _restarts(case, OURS_FIRST), ONE),
        "restarts-debian-first": (lambda case: _restarts(case, DEBIAN_FIRST), ONE),
    }
