# SPDX-License-Identifier: GPL-2.0-or-later
"""A third host throws at our daemon what no cluster sends: nothing changes, and the log stays small."""

import random
import re
import time

from forge import classic, netstring, throw
from pair import DEBIAN_FIRST, OURS_FIRST, places

ONE = ("eth0",)
# The keys of the crafted datagrams of ../shared/vectors/wire (x*).
AUTHKEYS = "auth 1\n1 md5 one\n2 sha1 two\n3 crc\n"
KEY = b"one"
KILLER = b"###\n5:hello,%%%\n"  # 3.0.6 aborts on these 16 bytes
FLOOD = 20000
IMPRESSED = re.compile(r"is dead|Link \S+ dead|Heartbeat restart|after partition|standby|shutdown notice")
LINES_MAX = 60  # of log for one wave of thousands


def _hostile(case, kinds):
    pair = case.make_pair(kinds, authkeys=AUTHKEYS, deadtime="3", initdead="4")
    capture = case.lab.capture()
    host = case.lab.host("stranger")
    case.step("join", pair.join)
    time.sleep(1)
    known = _datagrams(capture, pair)
    waves = {
        "crafted": (_crafted(), 3), "killer-of-3.0.6": ([KILLER], 200), "noise": (_noise(), 1),
        "truncated": (_truncated(known[pair.debian.name][-1]), 1),
        "oversized": (_oversized(), 3), "unsigned": (_unsigned(pair), 5),
        "wrong-life": (_wrong_life(pair), 5), "self-addressed": (known[pair.ours.name], 2),
        "replayed": (known[pair.debian.name], 3), "flood": ([_unsigned(pair)[0], KILLER], FLOOD // 2)}
    for name, (datagrams, times) in waves.items():
        if datagrams:
            case.step(name, _attack, pair, host, datagrams, times)
        else:
            case.lines.append(f"skip {case.name}/{name}: no ../shared/vectors/wire")
    case.step("source-is-named", lambda: pair.ours.wait_log(host.ip.replace(".", r"\."), 1) and None)
    case.step("dead-stays-dead", _replay_the_dead, pair, host, capture)


def _datagrams(capture, pair):
    """node name -> what it has sent, without repetitions."""
    found = {node.name: [] for node in pair.nodes}
    for frame in capture.frames():
        udp = frame.udp()
        if udp and udp[0] == 694 and frame.machine in found and udp[1] not in found[frame.machine][-20:]:
            found[frame.machine].append(udp[1])
    return found


def _attack(pair, host, datagrams, times):
    """One wave, twice the pause that would be needed for its effect, and a look at everything."""
    node = pair.ours
    before = _picture(pair)
    lines = len(node.log().splitlines())
    arrived = -_received(node)
    throw(host, node.ip, datagrams, times)
    time.sleep(1)
    if _picture(pair) != before:
        raise pair.error(f"something changed: {before} became {_picture(pair)}")
    pair.check_agreement()
    arrived += _received(node)
    if arrived < len(datagrams) * times / 2:
        raise pair.error(f"only {arrived} of {len(datagrams) * times} datagrams were read")
    fresh = node.log().splitlines()[lines:]
    if len(fresh) > LINES_MAX:
        raise pair.error(f"{len(fresh)} lines of log for {len(datagrams) * times} datagrams")
    for line in fresh:
        if IMPRESSED.search(line):
            raise pair.error(f"it made an impression: {line}")
    return f"{len(datagrams) * times} datagrams, {len(fresh)} lines of log"


def _received(node):
    """Datagrams that the programs of NODE have read."""
    words = [line.split() for line in node.run(["cat", "/proc/net/snmp"], check=True).stdout.splitlines()
             if line.startswith("Udp:")]
    return int(dict(zip(*words))["InDatagrams"])


def _picture(pair):
    words = [node.rscstatus() for node in pair.nodes]
    seen = [pair.word(pair.ours, node) for node in pair.nodes]
    return pair.ours.master_pid(), words, seen, [pair.held(node) for node in pair.nodes], pair.spans()


def _replay_the_dead(pair, host, capture):
    """Whatever a node said while it lived does not bring it back."""
    debian, ours = pair.debian, pair.ours
    pair.power_off(debian)
    pair.wait_all(ours, 10, f"after the death of {debian.kind}")
    throw(host, ours.ip, _datagrams(capture, pair)[debian.name])
    time.sleep(1)
    if pair.word(ours, debian) != "dead":
        raise pair.error(f"{debian.name} is '{pair.word(ours, debian)}' after a replay")
    pair.wait_all(ours, 2, "after the replay")
    if "returning after partition" in ours.log():
        raise pair.error("a replay looked like a healed partition")


# Waves.

def _crafted():
    place = places.SHARED / "vectors/wire"
    return [path.read_bytes() for path in sorted(place.glob("x*.bin"))] if place.is_dir() else []


def _noise():
    chance = random.Random(2)
    heads = (b"", b"###\n", b">>>\n", b"###\n9999999999:(0)t=", b"###\n4:(2)a=", b"%%%\n")
    return [b""] + [heads[number % len(heads)] + chance.randbytes(chance.randrange(1400))
                    for number in range(600)]


def _truncated(datagram):
    flipped = []
    for place in range(0, len(datagram) - 1, 7):
        one = bytearray(datagram)
        one[place] ^= 0x10
        flipped.append(bytes(one))
    return [datagram[:length] for length in range(0, len(datagram) - 1)] + flipped


def _oversized():
    many = [("t", "status")] + [(f"n{number}", "v") for number in range(4000)]
    deep = b"###\n" + b"30000:(2)s=###\n" * 1000
    return [b"\0" * 65507, b"###\n65000:(0)t=" + b"x" * 65000 + b",%%%\n", netstring(many), classic(many),
            deep, netstring([("t", "status"), ("_compressed_payload", b"x" * 60000),
                             ("_compression_algorithm", "bz2")], KEY)]


def _as(node, **fields):
    """What NODE might have said, in the life that its generation file names."""
    life = int(node.read("/var/lib/heartbeat/hb_generation"))
    base = {"t": "status", "st": "dead", "dt": "1", "protocol": "1", "src": node.name, "seq": "1",
            "hg": f"{life:x}", "ts": f"{int(time.time()):x}", "ld": "0", "ttl": "3"}
    return [(name, value) for name, value in {**base, **fields}.items() if value is not None]


def _unsigned(pair):
    debian = pair.debian
    lies = [_as(debian, seq="fffff"), _as(debian, t="shutdone", st="dead"),
            _as(debian, t="ask_resources", rsc_hold="all", info="me"),
            _as(debian, t="resource", rsc_hold="all", rtype="full", isstable="1"),
            _as(debian, t="NS_rexmit", dest=pair.ours.name, firstseq="1", lastseq="500", seq=None),
            _as(debian, t="delnode", nodelist=pair.ours.name)]
    return [form(lie, key, index) for lie in lies for form in (netstring, classic)
            for key, index in ((None, 1), (b"guess", 1), (KEY, 2), (KEY, 9))]


def _wrong_life(pair):
    """Signed well, as an old recording is, but not of this life, or of nobody we know."""
    debian, ours = pair.debian, pair.ours
    old = f"{int(debian.read('/var/lib/heartbeat/hb_generation')) - 1:x}"
    lies = [_as(debian, hg=old), _as(debian, hg=None), _as(debian, hg="0"),
            _as(debian, hg=old, t="shutdone"), _as(debian, hg=old, t="resource", rsc_hold="all"),
            _as(debian, hg=old, t="NS_nak_rexmit", dest=ours.name, firstseq="5", seq=None),
            _as(debian, hg=old, t="NS_ackmsg", dest=ours.name, ackseq="ffff", seq=None),
            _as(debian, t="NS_ackmsg", dest=ours.name, ackseq="fffff", seq=None),
            _as(debian, t="NS_rexmit", dest=ours.name, firstseq="9999", lastseq="1", seq=None),
            _as(debian, seq=None), _as(debian, seq="zz"), _as(debian, ts=None), _as(debian, src=None),
            _as(debian, src="nobody"), _as(debian, src="nobody", t="shutdone"),
            _as(ours, t="shutdone", st="dead", seq="ffff"), _as(ours, seq="ffff"),
            _as(ours, t="ask_resources", rsc_hold="all", info="me", seq="ffff")]
    return [form(lie, KEY) for lie in lies for form in (netstring, classic)]


def cases():
    return {"hostile": (lambda case: _hostile(case, OURS_FIRST), ONE),
            "hostile-debian-first": (lambda case: _hostile(case, DEBIAN_FIRST), ONE)}
