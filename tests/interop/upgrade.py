# SPDX-License-Identifier: GPL-2.0-or-later
"""A running two-node cluster changes its programs node by node, while a client asks all the time."""

import time

from pair import JOIN_S

ONE = ("eth0",)
ADDRESS = "10.77.0.100"
ASK_MS = 2
GAP_MS = 20
SILENCE_MS = 60  # shorter ones are a busy machine, or a hand-over that nobody can blame
HANDOVER_MS_MAX = 20000


def _roll(case, old, new, failback):
    pair = case.make_pair((old, old), failback=failback)
    for node in pair.nodes:
        node.write("/etc/ha.d/haresources", f"alpha IPaddr2::{ADDRESS}/24/eth0\n")
        node.run("mkdir -p /run/resource-agents")
    client = case.lab.client()
    case.step(f"cluster-of-{old}-runs", _start, pair)
    prober = client.prober(ADDRESS, interval_ms=ASK_MS, gap_ms=GAP_MS)
    time.sleep(1)
    prober.reset()
    for node in pair.nodes:
        case.step(f"{node.name}-becomes-{new}", _change, pair, node, new)
    time.sleep(2)
    case.step("client-saw-two-handovers", _check_client, pair, prober.stop())
    # Two of 3.0.6 say the latter to each other around a clean stop (resources-v1.md 8.1).
    case.step("logs", pair.check_quiet, "No one owns (our|foreign)",
              "^debian .*Ignored standby message 'done' from .* in state 0")


def _start(pair):
    pair.start()
    pair.lab.wait(lambda: _owners(pair) == ["alpha"] and _settled(pair), JOIN_S, "alpha has the address")


def _owners(pair):
    return [node.name for node in pair.nodes if node.is_up and node.has_address(ADDRESS)]


def _settled(pair):
    return all(node.rscstatus() in ("local", "foreign", "all", "none") for node in pair.nodes)


def _change(pair, node, kind):
    """Stop, another installation under the same configuration and state, start."""
    generation = int(node.read("/var/lib/heartbeat/hb_generation"))
    uuid = node.path("/var/lib/heartbeat/hb_uuid").read_bytes()
    node.stop_heartbeat()
    other = pair.peer(node)
    pair.lab.wait(lambda: _owners(pair) == [other.name], 10, f"{other.name} has the address")
    node.power_off()
    node.change_kind(kind)
    node.power_on()
    node.run("mkdir -p /run/resource-agents")
    node.start_heartbeat()
    pair.lab.wait(lambda: all(pair.word(one, name.name) == "active" for one in pair.nodes
                              for name in pair.nodes), 20, f"{node.name} is active again")
    home = "alpha" if pair.returns else other.name
    pair.lab.wait(lambda: _settled(pair) and _owners(pair) == [home], 30, f"{home} has the address again")
    if node.path("/var/lib/heartbeat/hb_uuid").read_bytes() != uuid:
        raise pair.error(f"{node.name} has another uuid")
    if int(node.read("/var/lib/heartbeat/hb_generation")) != generation + 1:
        raise pair.error(f"{node.name} counts its lives otherwise")


def _check_client(pair, report):
    silences = [round(one.ms) for one in report.silences]
    text = f"silences of {silences} ms, {report.received} answers"
    if report.received < 500:
        raise pair.error(f"the client got hardly an answer: {text}")
    if len([ms for ms in silences if ms > SILENCE_MS]) > 2 or max(silences, default=0) > HANDOVER_MS_MAX:
        raise pair.error(text)
    return text


def cases():
    made = {}
    for failback in ("on", "off"):
        for name, kinds in (("upgrade", ("debian", "ours")), ("downgrade", ("ours", "debian"))):
            made[f"{name}-{failback}"] = (
                lambda case, kinds=kinds, failback=failback:
                _roll(case, *kinds, f"auto_failback {failback}"), ONE)
    return made
