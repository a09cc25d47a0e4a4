# SPDX-License-Identifier: GPL-2.0-or-later
"""Other keys on the two sides: rolled while the cluster runs, and different by mistake."""

import itertools
import os
import time

from pair import DEBIAN_FIRST, OURS_FIRST

ONE = ("eth0",)
OLD = "auth 1\n1 sha1 old-key\n"
BOTH_OLD = "auth 1\n1 sha1 old-key\n2 sha1 new-key\n"
BOTH_NEW = "auth 2\n1 sha1 old-key\n2 sha1 new-key\n"
NEW = "auth 2\n2 sha1 new-key\n"
# 3.0.6 checks a signature of index 2 with the text of its own current key (wire.md 4.2): while the
# two sides sign with different ones it hears nothing of us.  We hear it all the time.
_seconds = itertools.count(2)
REFUSED = r"^debian .*(authtoken does not match|netstring authentication failed|MSG|string2msg|\[\d*\])"


def _rolling(case, kinds):
    pair = case.make_pair(kinds, authkeys=OLD, deadtime="4", initdead="5")
    case.step("join", pair.join)
    before = pair.spans()
    for name, text in (("known", BOTH_OLD), ("current", BOTH_NEW), ("old-one-removed", NEW)):
        for node in pair.nodes:
            case.step(f"new-key-{name}-at-{node.kind}", _reread, pair, node, text)
    case.step("nobody-noticed", _check_unmoved, pair, before)


def _reread(pair, node, authkeys):
    """The daemon takes the new file without a restart."""
    mark = node.log_mark()
    node.configure(None, None, authkeys)
    _make_newer(node, "/etc/ha.d/authkeys")
    node.run(["/usr/libexec/heartbeat/heartbeat", "-r"], check=True)
    node.wait_log("Rereading authentication file", 10, mark)
    time.sleep(1)  # five heartbeats each way under these keys, a quarter of the deadtime


def _make_newer(node, path):
    """A time of change that differs also in whole seconds, in which the old daemon counts."""
    place = node.path(path)
    later = place.stat().st_mtime + next(_seconds)
    os.utime(place, (later, later))


def _check_unmoved(pair, before):
    pair.wait_each_own(10, "after the keys were changed")
    pair.lab.wait(lambda: all(pair.word(node, name) == "active" for node in pair.nodes
                              for name in ("alpha", "bravo")), 10, "both take both for active")
    if pair.spans() != before:
        raise pair.error(f"resources moved: {before} became {pair.spans()}")
    for node in pair.nodes:
        if "is dead" in node.log():
            raise pair.error(f"{node.kind} took its peer for dead")
    pair.check_quiet(REFUSED)


def _different(case, kinds):
    """Both seem dead to each other.  We must say why, loudly, with the source, and not flood the log."""
    pair = case.make_pair(kinds, authkeys="auth 1\n1 sha1 of-alpha\n")
    pair.may_split = True
    pair.bravo.configure(None, None, "auth 1\n1 sha1 of-bravo\n")
    pair.start()
    case.step("said-loudly", lambda: pair.ours.wait_log(
        rf"CRIT: .*{pair.debian.name}.*{pair.debian.ip}.*authkeys", 15) and None)
    case.step("log-is-bounded", _check_bounded, pair, pair.ours)


def _check_bounded(pair, node):
    begin = len(node.log().splitlines())
    time.sleep(3)
    lines = len(node.log().splitlines()) - begin
    if lines > 12:
        raise pair.error(f"{lines} lines of log in 3 s")


def cases():
    return {
        "keys-rolled-ours-first": (lambda case: _rolling(case, OURS_FIRST), ONE),
        "keys-rolled-debian-first": (lambda case: _rolling(case, DEBIAN_FIRST), ONE),
        "keys-different": (lambda case: _different(case, OURS_FIRST), ONE),
    }
