# SPDX-License-Identifier: GPL-2.0-or-later
"""Simulated units at serial lines: each at a pseudo terminal, .path, with an account of what was done to it."""

import os
import pty
import re
import select
import termios
import threading
import time


class SerialUnit(threading.Thread):
    """What the other end says goes to take(), a word at a time."""

    ends_word = rb".*?\r"

    def __init__(self, **traits):
        super().__init__(daemon=True)
        self.master, self.slave = pty.openpty()
        self.path, self.ends = os.ttyname(self.slave), (self.master, self.slave)
        self.low, self.events, self.heard = False, [], []
        self.mute = self.flood = self.hangs_up = False
        self.setup()
        self.__dict__.update(traits)
        self.going = True
        self.start()

    def setup(self):
        pass

    def close(self):
        self.going = False
        self.join()
        self.hang_up()

    def hang_up(self):
        for fd in self.ends:
            os.close(fd)
        self.ends = ()

    def say(self, text):
        if self.flood:
            text = b"\x00\x80\x1b?" * 500 + text
        if not self.mute:
            os.write(self.master, text)

    def lines(self):
        """A drop of DTR is speed 0."""
        low = termios.tcgetattr(self.master)[5] == termios.B0
        if low != self.low:
            self.low = low
            self.events.append("low" if low else "high")
            if not low:
                self.raised()

    def raised(self):
        pass

    def run(self):
        pending = b""
        while self.going:
            self.lines()
            if not select.select([self.master], [], [], 0.02)[0]:
                continue
            try:
                pending += os.read(self.master, 4096)
            except OSError:
                return
            while match := re.match(self.ends_word, pending, re.S):
                pending = pending[match.end():]
                self.heard.append(match[0])
                if self.hangs_up:
                    return self.hang_up()
                self.take(match[0])


class Rps10(SerialUnit):
    def setup(self):
        self.plugs = dict.fromkeys(b"0123456789", True)
        self.history, self.ready, self.wrong_plug, self.deaf = [], True, False, False

    def raised(self):
        if self.ready:
            self.say(b"RPS-10 Ready\r\n")

    def take(self, word):
        match = re.search(rb"\x02\x18\x18\x02\x18\x18([0-9*])([01T])\r$", word)
        if not match:
            return
        plugs = list(self.plugs) if match[1] == b"*" else [match[1][0]]
        states = {b"0": (False,), b"1": (True,), b"T": (False, True)}[match[2]]
        for on in states:
            for plug in plugs:
                self.plugs[plug] = on
                self.history.append((chr(plug), on))
            shown = 9 if self.wrong_plug else int(chr(plugs[0]))
            self.say(b"Plug %d %s\r\n" % (shown, b"On" if on or self.deaf else b"Off"))
        self.say(b"Complete\r\n")


class Rpc100s(SerialUnit):
    ends_word = rb"[^;]*;\r\n\r"

    def setup(self):
        self.on, self.history, self.refuses = True, [], False

    def take(self, word):
        match = re.fullmatch(rb"//0,0,(0|\*|10);\r\n\r", word)
        if not match or self.refuses:
            return self.say(b"\r\nInvalid Entry\r\n")
        self.history.append(match[1])
        return self.say(b"\r\nOK\r\n")


class SmartUps(SerialUnit):
    ends_word = rb"@...|."

    def setup(self):
        self.values = {b"p": [b"180", b"020", b"060"], b"r": [b"060", b"180", b"000"]}
        self.on, self.last, self.asked, self.begun, self.alerts, self.deaf = True, b"", b"", None, False, False
        self.refuses_s = self.refuses_at = self.stuck = False

    def answer(self, text):
        self.say((b"!" if self.alerts else b"") + text + b"\r\n")

    def take(self, word):
        last, self.last = self.last, word
        if word == b"Y":
            self.answer(b"SM")
        elif word in self.values:
            self.asked = word
            self.answer(self.values[word][0])
        elif word == b"-":
            values = self.values[self.asked]
            if not self.stuck:
                values.append(values.pop(0))
            self.answer(b"OK")
        elif word == b"Q":
            self.answer(b"08")
        elif word in (b"Z", b"\x0e"):
            if last == word and not self.deaf:
                self.on = word != b"Z"
        elif word == b"~":
            self.answer(b"00" if self.on else b"40")
        elif word == b"S":
            self.reset(self.refuses_s or not self.on, b"OK")
        elif word.startswith(b"@"):
            self.reset(self.refuses_at or not self.on, b"*")
        elif word == b"8":
            down = self.begun and time.monotonic() > self.begun + 1 and not self.deaf
            self.answer(b"08" if down else b"00")

    def reset(self, refused, yes):
        if refused:
            return self.answer(b"NA")
        self.begun = time.monotonic()
        return self.say(yes if yes == b"*" else yes + b"\r\n")
