#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""drac3 at cards that speak HTTPS with a certificate of their own (sim/drac.py): the recorded dialogue, and cards that
refuse, break off, babble or say nothing."""

import re
import shutil
import sys

from devices import Bench, Simulator, Skip, ended, main_in_one_lab, need, recorded

KINDS = ("good", "silent", "garbage", "huge", "cut", "refusing", "broken", "redirecting", "unchallenging", "plain")
CERTIFICATE = "/opt/card.pem"


class Cards:
    def __init__(self, node):
        if not shutil.which("openssl"):
            raise Skip("openssl is not installed")
        self.node = node
        self.bench = Bench(node, "drac3", *self.params())
        node.run(f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=card -keyout {CERTIFICATE} -out /opt/cert"
                 f" && cat /opt/cert >>{CERTIFICATE}", check=True)
        self.simulator = Simulator(node, "drac.py", CERTIFICATE, *KINDS)
        self.simulator.__enter__()
        # Answered by nobody for 30 s: looked at by the last case.
        self.silent = self.bench.spawn("-T", "reset", self.address("silent"), params=self.params("silent"))
        self.closed = self.bench.spawn("-S", params=self.params("closed"))

    @staticmethod
    def address(kind):
        return f"127.0.0.{KINDS.index(kind) + 1}" if kind in KINDS else "127.0.0.200"

    def params(self, kind="good", password="calvin"):
        return [f"host={self.address(kind)}", "login=root", f"password={password}"]

    def talk(self, kind="good"):
        return [line.removeprefix(f"{kind}: ") for line in self.simulator.events() if line.startswith(f"{kind}: ")]


def as_we_ask(line):
    """A recorded request as it is asked without the flaws: GET where there is nothing to post."""
    return re.sub(r"^P POST (\S+ \S+) body=stale", r"P GET \1 body=none", line)


def dialogues(cards):
    for case in recorded("drac3"):
        words = re.sub(r" \(.*", "", case.words).split()
        params = cards.params(password="bad") if "password=bad" in case.words else cards.params()
        before = len(cards.talk())
        done = cards.bench.run(*words, params=params)
        talk = cards.talk()[before:]
        if words[:2] == ["-T", "on"]:  # the original cycles the power
            done.want(3, "not turn it on", out=[])
            need(not talk, f"nothing is asked: {talk}")
            continue
        done.want(case.exit, *case.err, out=case.out)
        want = [as_we_ask(line) for line in case.lines if line.startswith("P ")]
        if len(want) == 1:  # only a logout, of nobody
            want = []
        need(talk == want, f"{case.words}: {talk}, want {want}")
        need("calvin" not in done.text and "kW4C" not in done.text, f"a secret is told: {done}")


def off_is_not_a_cycle(cards):
    before = len(cards.talk())
    cards.bench.run("-T", "off", "127.0.0.1").want(3, "not turn it off")
    need(len(cards.talk()) == before, "nothing is asked")


def never_a_false_done(cards):
    for kind, code, text in (("garbage", 2, "cannot log into"), ("huge", 2, "longer than 65536 bytes"),
                             ("cut", 2, "cannot log into"), ("refusing", 2, "refuses to cycle the power"),
                             ("broken", 2, "HTTP status 500"), ("redirecting", 2, "HTTP status 302"),
                             ("unchallenging", 2, "gives no challenge"), ("plain", 2, "cannot log into")):
        host = cards.address(kind)
        cards.bench.run("-T", "reset", host, params=cards.params(kind)).want(code, text)
        cycled = [line for line in cards.talk(kind) if "@C" in line]
        need(len(cycled) == (kind == "refusing"), f"{kind}: {cycled}")


def secrets(cards):
    """Not even with everything told."""
    done = cards.bench.run("-d", "-d", "-T", "reset", "127.0.0.1", env={"HA_debug": "3"}).want(0)
    for secret in ("calvin", "kW4CkA", "abc123"):
        need(secret not in done.text, f"{secret}: {done}")


def hosts_that_are_none(cards):
    for host in ("127.0.0.1/x", "root@127.0.0.1", "a b", "x" * 300):
        cards.bench.run("-S", params=[f"host={host}", "login=root", "password=calvin"]).want(1, "is no host")


def no_answer(cards):
    ended(cards.closed).want(2, "cannot log into")
    ended(cards.silent).want(2, "cannot log into")


CASES = (dialogues, off_is_not_a_cycle, never_a_false_done, secrets, hosts_that_are_none, no_answer)

if __name__ == "__main__":
    sys.exit(main_in_one_lab("stonith/drac3", CASES, lambda lab: (Cards(lab.node("alpha")),), __doc__))
