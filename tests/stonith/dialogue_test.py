#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorded dialogues of the telnet and serial drivers, played back.

Beyond them, a driver asks afterwards whether an outlet is as it should be; what it leaves out is a second login in one
operation, and ways through menus that lead to where it is."""

import re
import sys
import tempfile
from pathlib import Path

import player
from player import CommandPlayer, Dialogue, Keeper, SerialPlayer, TelnetPlayer, need, places, stonith


class Baytech(Keeper):
    leave_out = (b"admin\r", b"secret\r", b"\r", b"1\r", b"MENU\r")

    def __init__(self, dialogue):
        self.screens, self.state = dialogue.screens, {}

    def sent(self, word):
        if match := re.fullmatch(rb"(on|off) (\d+)\r", word):
            self.state[int(match[2])] = match[1].capitalize()

    def shown(self, text):
        for number, state in self.state.items():
            text = re.sub(rb"(\r\n   %d +\S.*? +)On\r" % number, rb"\g<1>%s\r" % state, text)
        return text

    def answer(self, word):
        if word == b"STATUS\r":
            return self.shown(self.screens["status"])
        # The way out after a host that is not there.
        return {b"\r": self.screens["menu"], b"6\r": b"\r\n"}.get(word)


class Apcmaster(Keeper):
    leave_out = (b"apc\r", b"secret\r", b"\r", b"\x1b", b"1\r")
    states = {b"1\r": b"ON ", b"2\r": b"OFF", b"3\r": b"OFF"}

    def __init__(self, dialogue):
        self.screens, self.words, self.state, self.number = dialogue.screens, [], {}, 0

    def sent(self, word):
        self.words.append(word)

    def shown(self, text):
        if text == self.screens["control"] and self.words[-1] == b"1\r" and self.words[-2] != b"1\r":
            self.number = int(self.words[-2])
        if b"Press <ENTER>" in text or b"'YES'" in text:
            self.state.setdefault(self.number, self.states.get(self.words[-1]) or self.state.get(self.number))
        if text == self.screens["outlets"]:
            for number, state in self.state.items():
                text = re.sub(rb"(     %d- .{23} )ON " % number, rb"\g<1>%s" % state, text.replace(b"ON\r", b"ON \r"))
            if self.words.count(b"3\r"):
                self.state = dict.fromkeys(self.state, b"ON ")
        return text

    def answer(self, word):
        if word == b"\r" and self.words[-2] in (b"\r", b"\x1b") and self.state:
            return self.shown(self.screens["outlets"])
        if word == b"4\r":
            return b"\r\nBye.\r\n"
        return self.screens["console"] if word == b"\x1b" else None


class WtiNps(Keeper):
    leave_out = ()

    def __init__(self, dialogue):
        self.screens, self.state = dialogue.screens, {}

    def same(self, said):
        # "/On 2 4 ,y" is "/On 2+4,y" in the words of the unit's manual.
        return re.sub(rb"^(/\w+) ([\d ]+) ,y", lambda m: m[1] + b" " + m[2].replace(b" ", b"+") + b",y", said)

    def sent(self, word):
        if match := re.fullmatch(rb"/(On|Off) ([\d+]+),y\r", word):
            self.state.update(dict.fromkeys(map(int, match[2].split(b"+")), match[1].upper()))

    def answer(self, word):
        if word == b"/s\r":
            text = self.screens["table"]
            for number, state in self.state.items():
                text = re.sub(rb"(\r\n %d   \|[^|]*\|[^|]*\|)  ON  " % number, rb"\g<1>  %-4s" % state, text)
            return text
        return b"\r\nDisconnected\r\n" if word == b"/x,y\r" else None


KEEPERS = {"baytech": Baytech, "apcmaster": Apcmaster, "wti_nps": WtiNps}
FILES = ("baytech", "baytech-rpc3-confirm", "apcmaster", "wti_nps", "cyclades", "rps10", "apcsmart", "nw_rpc100s")
# What is better than recorded.
CODES = {("wti_nps", "-S (password=bad)"): 2}
# Said once for each login, of which there was more than one.
ONCE = ("Successful login", "Invalid password")


def compared(done, case, code, swap):
    need(done.code == code, f"{case.text}: exit {done.code}, want {code}: {done}")
    need(done.out == case.out, f"{case.text}: {done}, want {case.out}")
    at = 0
    wanted = [swap(line) for line in case.err]
    for line in wanted:
        if any(word in line for word in ONCE):
            need(done.err.count(line) == 1, f"{case.text}: want once {line!r}: {done}")
            continue
        need(line in done.err[at:], f"{case.text}: want {line!r}: {done}")
        at = done.err.index(line, at) + 1
    stray = [line for line in done.err if line not in wanted and not line.startswith("Configuration refused")]
    need(not stray, f"{case.text}: unexpected {stray}")


def telnet(dialogue, case, number):
    address = f"127.0.1.{number}"
    keeper = KEEPERS[dialogue.type](dialogue)
    params = [word.replace("127.0.0.1", address) for word in dialogue.params]
    for name, value in re.findall(r"\((\w+)=(\w+)\)", case.text):
        params = [f"{name}={value}" if word.startswith(name + "=") else word for word in params]
    play = TelnetPlayer(dialogue, case, keeper, address)
    play.start()
    done = stonith(dialogue.type, params, *case.words)
    play.wait()
    compared(done, case, CODES.get((dialogue.type, case.text), case.code), lambda line: line.replace("127.0.0.1", address))


def serial(dialogue, case, number):
    play = SerialPlayer(dialogue, case, Keeper())

    def swap(text):
        return text.replace("/dev/ttyS0", play.path)

    params, words = [swap(word) for word in dialogue.params], case.words
    if case.text.startswith("config"):
        words = [swap(word) for word in player.shlex.split(case.text)[1:]]
        params = []
    play.start()
    done = stonith(dialogue.type, params, *words)
    left = Path("/var/lock", "LCK.." + play.path[5:].replace("/", "")).exists()
    play.wait()
    compared(done, case, case.code, swap)
    need(not left, "the lock is left behind")


def command(dialogue, case, number):
    with tempfile.TemporaryDirectory() as where:
        play = CommandPlayer(dialogue, case, Keeper(), "ssh", Path(where))
        done = stonith(dialogue.type, dialogue.params, *case.words, env={"PATH": f"{where}:/usr/bin:/bin"})
        play.wait()
        compared(done, case, case.code, str)


def calls():
    found, number = {}, 0
    for name in FILES:
        try:
            dialogue = Dialogue(name)
        except player.Skip as reason:
            def skip(reason=reason):
                raise player.Skip(reason)
            found[name] = (skip,)
            continue
        how = telnet if dialogue.type in KEEPERS else command if dialogue.type == "cyclades" else serial
        for case in dialogue.cases.values():
            number += 1
            found[f"{name} {case.text}".replace(":", ",")] = (how, dialogue, case, number)
    return found


if __name__ == "__main__":
    player.alone_with_loopback()
    need(places.BUILD.exists(), "nothing is built")
    sys.exit(player.run("stonith-dialogue", calls(), __doc__, jobs=16))
