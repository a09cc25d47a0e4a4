# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of a mixed cluster, once for each medium, signature, form, compression and failback mode.

join, agree, standby both ways, each dies and returns, each stops cleanly and returns.
"""

from pair import DEBIAN_FIRST, OURS_FIRST

DEADTIME_S = 2.0
RAISED_S = 2.0  # both versions ask for this much more during their first 5 s
BUSY_S = 20  # a busy machine may need that much more
PROMPT_S = 1.9  # a hand-over at a clean stop comes without waiting for deadtime


def _ucast(lab, node):
    return "\n".join(f"ucast eth0 10.77.0.{number}" for number in (1, 2))


def _ucast6_global(lab, node):
    return f"ucast6 eth0 fd77::{3 - node.index:x}"


def _ucast6_link_local(lab, node):
    """The address that the peer's kernel made from its card."""
    other = 3 - node.index
    return f"ucast6 eth0 fe80::48:{0x0aff:x}:fe4d:{other:x}"


def _compression_at_debian(node):
    """A receiver expands what comes, whatever its own setting."""
    more = "compression bz2\ncompression_threshold 1\n"
    return more + ("traditional_compression yes" if node.kind == "debian" else "")


def _netstring_ours(node):
    """With this on its own side 3.0.6 loses every second message of its scripts: see JOINS."""
    return "msgfmt netstring" if node.kind == "ours" else "msgfmt classic"


def _three_media(lab, node):
    return f"bcast eth0 eth1\nucast eth1 10.78.0.{3 - node.index}\nmcast6 eth0 ff15::694 694 1 0"


KEYS = {
    "crc": "auth 1\n1 crc\n",
    "md5": "auth 2\n1 crc\n2 md5 secretkey\n3 sha1 other\n",
    "sha1": "auth 15\n15 sha1 " + "k" * 70 + "\n",
}
ONE, TWO = ("eth0",), ("eth0", "eth1")
ON, OFF, LEGACY = "auto_failback on", "auto_failback off", "auto_failback legacy"

# name: (kinds, media, networks, authkeys, auto_failback, more of ha.cf)
LIVES = {
    "bcast-crc-on": (OURS_FIRST, "bcast eth0", ONE, "crc", ON, ""),
    "bcast-md5-off": (DEBIAN_FIRST, "bcast eth0", ONE, "md5", OFF, ""),
    "mcast-sha1-off": (OURS_FIRST, "mcast eth0 239.0.0.43 694 1 0", ONE, "sha1", OFF, ""),
    "ucast-md5-on-netstring": (DEBIAN_FIRST, _ucast, ONE, "md5", ON, _netstring_ours),
    "mcast6-crc-on": (DEBIAN_FIRST, "mcast6 eth0 ff15::694 694 1 0", ONE, "crc", ON, ""),
    "ucast6-global-sha1-on": (DEBIAN_FIRST, _ucast6_global, ONE, "sha1", ON, ""),
    "ucast6-local-md5-off": (OURS_FIRST, _ucast6_link_local, ONE, "md5", OFF, ""),
    "three-media-bz2-on": (OURS_FIRST, _three_media, TWO, "sha1", ON,
        "compression bz2\ncompression_threshold 1\ntraditional_compression yes"),
    "bcast-zlib-legacy": (OURS_FIRST, "bcast eth0", ONE, "crc", LEGACY,
        "compression zlib\ncompression_threshold 1\ntraditional_compression yes"),
}


# What is sent to the other node: as long as two messages may be that still go into the FIFO.
LONG = [(f"f{number}", f"{number}" * 400) for number in range(4)]
ECHO = """#!/bin/sh
echo "$HA_src $HA_f0$HA_f1$HA_f2$HA_f3" >/run/long
"""


def _send_long(pair, node):
    """A message longer than the compression threshold arrives whole."""
    text = ">>>\nt=long\n" + "".join(f"{name}={value}\n" for name, value in LONG) + "<<<\n"
    want = f"{node.name} " + "".join(value for _, value in LONG)
    other = pair.peer(node)
    node.run(["dd", "of=/var/lib/heartbeat/fifo", "bs=64k", "conv=notrunc"], input=text, check=True)
    pair.lab.wait(lambda: other.read("/run/long", "").strip() == want, 10,
                  f"a long message of {node.kind} arrives at {other.kind}")


# The same, as far as 3.0.6 can go: joined, agreed, and each takes over from the other.
JOINS = {
    "mcast-netstring-off": (OURS_FIRST, "mcast eth0 239.0.0.43 1694 1 0", ONE, "md5", OFF,
        "msgfmt netstring\nudpport 1694"),
    "compression-differs": (DEBIAN_FIRST, "bcast eth0", ONE, "crc", ON, _compression_at_debian),
}


def _live(case, kinds, media, keys, failback, more):
    pair = case.make_pair(kinds, media=media, failback=failback, more=more, authkeys=KEYS[keys])
    for node in pair.nodes:
        node.write("/etc/ha.d/rc.d/long", ECHO, 0o755)
    case.step("join", pair.join)
    case.step("agree", _agree, pair)
    case.step("long-message-of-ours", _send_long, pair, pair.ours)
    if "netstring" not in case.name:
        case.step("long-message-of-debian", _send_long, pair, pair.debian)
    if pair.is_nice:
        for node in (pair.ours, pair.debian):
            case.step(f"standby-and-takeover-by-{node.kind}", _exchange, pair, node)
    for node in (pair.debian, pair.ours):
        case.step(f"{node.kind}-dies", _die, pair, node)
        case.step(f"{node.kind}-returns", pair.come_back, node)
    for node in (pair.debian, pair.ours):
        case.step(f"{node.kind}-stops", _stop, pair, node)
        case.step(f"{node.kind}-starts-again", pair.come_back, node)
    case.step("logs", pair.check_quiet)


def _join(case, kinds, media, keys, failback, more):
    pair = case.make_pair(kinds, media=media, failback=failback, more=more, authkeys=KEYS[keys])
    for node in pair.nodes:
        node.write("/etc/ha.d/rc.d/long", ECHO, 0o755)
    case.step("join", pair.join)
    case.step("agree", _agree, pair)
    case.step("long-message-of-ours", _send_long, pair, pair.ours)
    if "netstring" not in case.name:
        case.step("long-message-of-debian", _send_long, pair, pair.debian)
    for node in (pair.debian, pair.ours):
        case.step(f"{node.kind}-dies", _die, pair, node)
        case.step(f"{node.kind}-joins-again", _join_again, pair, node)
    case.step("logs", pair.check_quiet)


def _join_again(pair, node):
    node.power_on()
    node.start_heartbeat()
    pair.lab.wait(lambda: pair.word(pair.peer(node), node) == pair.word(node, node) == "active", 20,
                  f"{node.kind} is active again")
    pair.check_agreement()


def _agree(pair):
    pair.check_agreement()
    pair.check_quiet()


def _exchange(pair, node):
    """Everything goes to the peer and comes back, both asked for on NODE."""
    pair.command(node, "hb_standby")
    pair.wait_all(pair.peer(node), why="after hb_standby")
    pair.command(node, "hb_takeover local")
    pair.wait_each_own(why="after hb_takeover local")


def _die(pair, node):
    """The peer takes over after its deadtime, not before and not long after."""
    begin = pair.power_off(node)
    other = pair.peer(node)
    pair.wait_all(other, 10, f"after the death of {node.kind}")
    taken = max(since for name, owner, since, _ in pair.spans()
                if owner == other.name and name == node.name)
    silence = taken - begin
    if not DEADTIME_S - 0.5 < silence < DEADTIME_S + RAISED_S + BUSY_S:
        raise pair.error(f"{other.kind} took over after {silence:.2f} s, deadtime {DEADTIME_S} s")
    return f"taken over after {silence:.2f} s"


def _stop(pair, node):
    other = pair.peer(node)
    mark = other.log_mark()
    node.stop_heartbeat()
    pair.wait_all(other, 10, f"after the clean stop of {node.kind}")
    spans = pair.spans()
    released = max(end for name, owner, _, end in spans
                   if (name, owner) == (node.name, node.name) and end < float("inf"))
    taken = max(since for name, owner, since, _ in spans
                if (name, owner) == (node.name, other.name))
    # Later than that it is a busy machine, if the other one had not to wait for the death.
    said = other.log().encode()[mark:].decode(errors="replace")
    if taken - released > PROMPT_S and "Resources being acquired" not in said.partition("is dead")[0]:
        raise pair.error(f"handed over only {taken - released:.2f} s after the release")
    return f"handed over in {taken - released:.2f} s"


def cases():
    def made(function, table):
        return {name: (lambda case, one=one: function(case, one[0], one[1], *one[3:]), one[2])
                for name, one in table.items()}
    return {**made(_live, LIVES), **made(_join, JOINS)}
