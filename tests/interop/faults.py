# SPDX-License-Identifier: GPL-2.0-or-later
"""What the original gets wrong, in a cluster where ours is the one that can do better."""

import signal
import time

from pair import DEBIAN_FIRST, OURS_FIRST, SLOW

ONE, TWO = ("eth0",), ("eth0", "eth1")


def _slow(node, what, seconds):
    """Scripts of NODE take that long from now on; 0 = at once."""
    if seconds:
        node.write(f"{SLOW}.{what}", f"{seconds}\n")
    else:
        node.remove(f"{SLOW}.{what}")


def _slow_takeover(case, kinds):
    """The dead node is back before its groups have started at ours: 3.0.6 would run them twice."""
    pair = case.make_pair(kinds)
    case.step("join", pair.join)
    case.step("debian-returns-into-the-takeover", _return_early, pair)
    case.step("agree", pair.check_agreement)


def _return_early(pair):
    ours, debian = pair.ours, pair.debian
    time.sleep(4)  # its deadtime is no longer raised
    _slow(ours, "start", 50)
    mark = ours.log_mark()
    pair.power_off(debian)
    ours.wait_log("Resources being acquired from", 10, mark)
    debian.power_on()
    debian.start_heartbeat()
    ours.wait_log(f"Status update for node {debian.name}: status active", 10, mark)
    if debian.name in pair.held(ours):
        raise pair.error("the takeover was over too early: nothing was tested")
    time.sleep(1)
    _slow(ours, "start", 0)
    pair.wait_each_own(40, "after the return into the takeover")


def _broken_standby(case, kinds):
    """A node dies in the middle of a hand-over; the other one ends with everything."""
    pair = case.make_pair(kinds)
    case.step("join", pair.join)
    case.step("taker-dies-while-ours-gives", _die_while_giving, pair)
    case.step("debian-returns", pair.come_back, pair.debian)
    case.step("taker-dies-while-it-starts", _die_while_taking, pair)
    case.step("debian-returns-again", pair.come_back, pair.debian)
    case.step("giver-dies-while-it-stops", _giver_dies, pair)


def _die_while_giving(pair):
    ours, debian = pair.ours, pair.debian
    _slow(ours, "stop", 3)
    pair.command(ours, "hb_standby all")
    ours.wait_log("give up all HA resources", 10)
    pair.power_off(debian)
    pair.wait_all(ours, 30, "after the death of the taker")
    _slow(ours, "stop", 0)


def _die_while_taking(pair):
    ours, debian = pair.ours, pair.debian
    _slow(debian, "start", 30)
    mark = debian.log_mark()
    pair.command(ours, "hb_standby local")
    debian.wait_log("standby: acquire", 10, mark)
    time.sleep(0.5)
    pair.power_off(debian)
    pair.wait_all(ours, 30, "after the death of the taker")


def _giver_dies(pair):
    ours, debian = pair.ours, pair.debian
    _slow(debian, "stop", 30)
    mark = debian.log_mark()
    pair.command(debian, "hb_standby local")
    debian.wait_log("give up local HA resources", 10, mark)
    pair.power_off(debian)
    pair.wait_all(ours, 30, "after the death of the giver")


def _start_into_a_stop(case, kinds):
    """Ours comes up while 3.0.6 is still stopping what ours wants: it says that it holds nothing."""
    pair = case.make_pair(kinds)
    ours, debian = pair.ours, pair.debian
    case.step("join", pair.join)
    ours.stop_heartbeat()
    case.step("debian-has-all", pair.wait_held, debian, ("alpha", "bravo"), 20, "ours has stopped")
    _slow(debian, "stop", 4)
    mark = debian.log_mark()
    debian.signal(signal.SIGTERM, [debian.master_pid()])
    debian.wait_log("Giving up all HA resources", 20, mark)
    ours.start_heartbeat()
    case.step("ours-waits-for-the-stops", pair.wait_held, ours, ("alpha", "bravo"), 60,
              "3.0.6 has stopped everything")  # that nothing ran twice is checked after each step


def _failed_start(case, kinds):
    """What does not start at home is tried at the other node; 3.0.6 would leave it down."""
    pair = case.make_pair(kinds)
    pair.ours.write(f"{SLOW}.fails", "")
    pair.start()
    case.step("debian-runs-what-fails-at-ours", lambda: pair.wait_held(
        pair.debian, ("alpha", "bravo"), 60, "the failing group moves"))


def _legacy_peer(case, kinds):
    """With auto_failback on here and legacy there: 3.0.6 against itself never starts its own groups."""
    modes = tuple("auto_failback legacy" if kind == "debian" else "auto_failback on" for kind in kinds)
    pair = case.make_pair(kinds, failback=modes)
    pair.has_words = False  # a legacy node has none
    ours, debian = pair.ours, pair.debian
    case.step("join", pair.join)
    for node in (debian, ours):
        case.step(f"{node.kind}-dies", _die, pair, node)
        case.step(f"{node.kind}-returns", _return, pair, node)
        case.step(f"{node.kind}-stops", _stop, pair, node)
        case.step(f"{node.kind}-starts-again", _return, pair, node)


def _die(pair, node):
    pair.power_off(node)
    pair.wait_all(pair.peer(node), 20, f"after the death of {node.kind}")


def _stop(pair, node):
    node.stop_heartbeat()
    pair.wait_all(pair.peer(node), 20, f"after the clean stop of {node.kind}")


def _return(pair, node):
    if not node.is_up:
        node.power_on()
    node.start_heartbeat()
    pair.wait_each_own(30, f"after the return of {node.kind}")


def _one_of_two_media(case, kinds):
    """A cut cable among two is a dead link and no more; another one later is the end."""
    pair = case.make_pair(kinds, media="bcast eth0\nbcast eth1", deadtime="4", initdead="5")
    case.step("join", pair.join)
    for network in TWO:
        case.step(f"{network}-cut", _cut, pair, network)
        case.step(f"{network}-healed", _heal, pair, network)
    case.step("nobody-died", _check_lives, pair)


def _link(node, of, network):
    return node.run(["cl_status", "hblinkstatus", of.name, network]).stdout.strip()


def _cut(pair, network):
    before = pair.spans()
    pair.lab.cut(*pair.nodes, network=network)
    for node in pair.nodes:
        pair.lab.wait(lambda node=node: _link(node, pair.peer(node), network) == "dead", 15,
                      f"{node.kind} takes {network} for dead")
    pair.wait_each_own(2, "after the cut")
    if pair.spans() != before:
        raise pair.error("resources moved")


def _heal(pair, network):
    pair.lab.heal(network=network)
    for node in pair.nodes:
        pair.lab.wait(lambda node=node: _link(node, pair.peer(node), network) == "up", 5,
                      f"{node.kind} takes {network} for up")


def _check_lives(pair):
    for node in pair.nodes:
        if "is dead" in node.log():
            raise pair.error(f"{node.kind} took its peer for dead")
    pair.check_quiet()


def cases():
    return {
        "slow-takeover": (lambda case: _slow_takeover(case, OURS_FIRST), ONE),
        "broken-standby": (lambda case: _broken_standby(case, DEBIAN_FIRST), ONE),
        "start-into-a-stop": (lambda case: _start_into_a_stop(case, OURS_FIRST), ONE),
        "failed-start": (lambda case: _failed_start(case, OURS_FIRST), ONE),
        "legacy-peer-ours-first": (lambda case: _legacy_peer(case, OURS_FIRST), ONE),
        "legacy-peer-debian-first": (lambda case: _legacy_peer(case, DEBIAN_FIRST), ONE),
        "one-of-two-media": (lambda case: _one_of_two_media(case, DEBIAN_FIRST), TWO),
    }
