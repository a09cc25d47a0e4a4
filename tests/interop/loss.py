# SPDX-License-Identifier: GPL-2.0-or-later
"""A fifth of all frames is lost, each way for itself: nothing is lost for good, nobody dies."""

import threading
import time

from pair import DEBIAN_FIRST, OURS_FIRST

LOSS_PERCENT = 20
BULK_COUNT = 600  # more than the 500 messages that 3.0.6 keeps: without acks it would complain
BULK_PER_S = 60
COUNT_EVERY = 15  # every so often one that a script of the receiver notes

_SEND = f"""
import os, time
fifo = os.open("/var/lib/heartbeat/fifo", os.O_WRONLY)
for number in range({BULK_COUNT}):
    kind = "count" if number % {COUNT_EVERY} == 0 else "bulk"
    os.write(fifo, f">>>\\nt={{kind}}\\nnumber={{number}}\\n<<<\\n".encode())
    time.sleep(1 / {BULK_PER_S})
"""
_NOTE = """#!/bin/sh
echo "$HA_number" >>/run/counted-$HA_src
"""
WANTED = [str(number) for number in range(0, BULK_COUNT, COUNT_EVERY)]
ALARMS = ("Irretrievably lost", "Message hist queue is filling up", "lost a lot of packets",
          "clients are now paused", "Cannot rexmit", "hbeat restart", ": is dead")


def _loss(case, kinds, media):
    pair = case.make_pair(kinds, media=media, deadtime="4", initdead="6", keepalive="100ms")
    for node in pair.nodes:
        node.write("/etc/ha.d/rc.d/count", _NOTE, 0o755)
    case.step("join", pair.join)
    pair.lab.loss(*pair.nodes, LOSS_PERCENT)
    case.step("messages-both-ways", _exchange, pair)
    for node in pair.nodes:
        case.step(f"standby-of-{node.kind}", _standby, pair, node)
    pair.lab.heal()
    case.step("nothing-lost", _check, pair)
    # 3.0.6 handles messages as they come, gaps or not: its picture may be wrong for a moment.
    case.step("logs", pair.check_quiet, r"^debian .*(No one owns|Both machines own)")


def _exchange(pair):
    """Both send at once; what is lost is asked for again."""
    errors = []

    def send(node):
        try:
            node.run(["/usr/bin/python3", "-c", _SEND], timeout=90, check=True)
        except pair.error as error:
            errors.append(error)
    threads = [threading.Thread(target=send, args=(node,)) for node in pair.nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    for node in pair.nodes:
        source = pair.peer(node)
        try:
            pair.lab.wait(lambda: len(_counted(node, source)) >= len(WANTED), 20,
                          f"{node.kind} has every message of {source.kind}")
        except pair.error as error:
            missing = sorted(set(WANTED) - set(_counted(node, source)), key=int)
            raise pair.error(f"{error}: missing {missing}") from None
        got = _counted(node, source)
        if sorted(got) != sorted(WANTED):
            raise pair.error(f"{node.kind} has more than every message of {source.kind} once: {got}")
        if node.kind == "ours" and got != WANTED:
            raise pair.error(f"ours has the messages of {source.kind} out of order: {got}")
    again = sum(line.count("lost packet(s) for") for node in pair.nodes
                for line in node.log().splitlines())
    return f"gaps noticed: {again}"


def _counted(node, source):
    return node.read(f"/run/counted-{source.name}", "").split()


def _refused(marks):
    return any("in flux" in node.log().encode()[mark:].decode(errors="replace") for node, mark in marks)


def _repeated(pair, node, command, is_done, settle):
    """As a person does it: 3.0.6 refuses a request ("in flux") while the word that the other side is stable is still
    being sent again; such a request is cancelled after 10 s."""
    for _ in range(4):
        marks = [(one, one.log_mark()) for one in pair.nodes]
        pair.command(node, command)
        pair.lab.wait(lambda: is_done() or _refused(marks), 60, f"an answer to {command} on {node.kind}")
        if is_done() or not _refused(marks):
            break
        time.sleep(11)  # until it is cancelled
        if is_done():
            break
    settle()


def _standby(pair, node):
    other = pair.peer(node)
    _repeated(pair, node, "hb_standby", lambda: len(pair.held(other)) == 2 and not pair.held(node),
              lambda: pair.wait_all(other, why="after hb_standby under loss"))
    _repeated(pair, node, "hb_takeover local", lambda: len(pair.held(other)) == len(pair.held(node)) == 1,
              lambda: pair.wait_each_own(why="after hb_takeover local under loss"))


def _check(pair):
    for node in pair.nodes:
        text = node.log()
        for alarm in ALARMS:
            if alarm in text:
                line = next(line for line in text.splitlines() if alarm in line)
                raise pair.error(f"{node.kind} says: {line}")
        if "lost packet(s)" not in text:
            raise pair.error(f"{node.kind} noticed no gap: nothing was tested")
    pair.check_agreement()


def cases():
    return {
        "loss-bcast": (lambda case: _loss(case, OURS_FIRST, "bcast eth0"), ("eth0",)),
        "loss-two-media": (lambda case: _loss(case, DEBIAN_FIRST, "bcast eth0 eth1"), ("eth0", "eth1")),
    }
