# SPDX-License-Identifier: GPL-2.0-or-later
"""Simulated power switches with a telnet console, and what may go wrong with them.

A unit is what it knows (outlets, who may log in) and a conversation; Faults says how it misbehaves.  It keeps account: of
sessions that were left without a word, of what was switched, of passwords that were wrong."""

import re
import socket
import threading
import time

IAC = bytes((255,))
NEGOTIATION = b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfa\x18\x01\xff\xff\xff\xf0\xff\xf1"


class Faults:
    def __init__(self, **which):
        self.split = False  # each byte in a packet of its own
        self.negotiate = False  # telnet options, also in the middle of words
        self.flood = 0  # bytes of garbage before each greeting
        self.echo = False  # it says again what it hears, passwords, too
        self.exclusive = False  # who comes during a session hears a message and is closed
        self.busy = 0  # so many first connections hear a message and are closed
        self.refuse = 0  # seconds in which nobody listens
        self.close_at = self.mute_at = self.half_at = None  # which of its answers is the last one; half of it
        self.pause_at = None  # an answer that never comes, while it still listens
        self.every_time = False  # this is so for each connection, not only for the first one
        self.slow = 0.0  # seconds before each answer
        self.deaf = False  # it says that it does what it does not
        self.delay = 0  # tables in which a switched outlet still looks as before
        self.__dict__.update(which)


class Closed(Exception):
    pass


class Unit(threading.Thread):
    """At port 23 of ADDRESS.  OUTLETS: number -> [name, is on]."""

    ends_word = rb"[^\r]*\r"
    long_wait = None  # which of its answers may take more than ten seconds

    def __init__(self, address, outlets, faults=None):
        super().__init__(daemon=True)
        self.address, self.faults = address, faults or Faults()
        self.outlets = {number: list(outlet) for number, outlet in outlets.items()}
        self.shown = {number: outlet[1] for number, outlet in self.outlets.items()}
        self.was_off = set()  # outlets that were without power at some time
        self.connections = self.logins = self.logouts = self.wrong_passwords = 0
        self.heard, self.answers, self.switched = [], 0, []
        self.telnet_answers = b""
        self.stale = 0
        self.lock = threading.Lock()
        if not self.faults.refuse:
            self.listen()

    def listen(self):
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self.server = socket.create_server((self.address, 23), family=family)

    def run(self):
        if self.faults.refuse:
            time.sleep(self.faults.refuse)
            self.listen()
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(line, self.connections), daemon=True).start()

    def stop(self):
        self.server.shutdown(socket.SHUT_RDWR)  # wakes who waits for a connection
        self.server.close()

    def serve(self, line, number):
        if self.faults.exclusive and self.lock.locked():
            with line:
                return line.sendall(b"\r\nSomebody else is logged in. Try again later.\r\n")
        with line, self.lock:  # one session at a time: the next one waits
            self.line, self.number, self.pending = line, number, b""
            self.answers, self.inside = 0, False
            try:
                line.settimeout(60)
                if number <= self.faults.busy:
                    self.say(b"\r\nSomebody else is logged in. Try again later.\r\n")
                    return
                if self.faults.flood:
                    self.line.sendall(b"\x00\x80#garbage\r\n" * (self.faults.flood // 12))
                self.converse()
                self.logouts += self.inside
            except (OSError, Closed):
                pass

    def say(self, text):
        faults = self.faults
        self.answers += 1
        bad = faults.every_time or self.number == faults.busy + 1
        if bad and self.answers == faults.mute_at:
            while self.line.recv(4096):
                pass
            raise Closed
        if self.answers == faults.pause_at:
            while data := self.line.recv(4096):
                self.pending += data
                self.heard.append(data)
            raise Closed
        if bad and self.answers == faults.half_at:
            text = text[:len(text) // 2]
        if faults.slow:
            time.sleep(faults.slow)
        if faults.negotiate:
            middle = len(text) // 2
            text = NEGOTIATION + text[:middle] + NEGOTIATION + text[middle:]
        if faults.split:
            for byte in text:
                self.line.sendall(bytes((byte,)))
        else:
            self.line.sendall(text)
        if bad and self.answers in (faults.close_at, faults.half_at):
            raise Closed

    def word(self):
        """What the other end says next, without telnet's answers."""
        while True:
            while match := re.match(rb"\xff[\xfb-\xfe].", self.pending, re.S):
                self.telnet_answers += match[0]
                self.pending = self.pending[match.end():]
            if match := re.match(self.ends_word, self.pending):
                self.pending = self.pending[match.end():]
                self.heard.append(match[0])
                if self.faults.echo:
                    self.line.sendall(match[0].replace(b"\r", b"\r\n"))
                return match[0].rstrip(b"\r")
            data = self.line.recv(4096)
            if not data:
                raise Closed
            self.pending += data

    def farewell(self, patience):
        """Whether the end of what it has heard is the word that logs out."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if b"".join(self.heard).endswith(self.last_word):
                return True
            time.sleep(0.1)
        return False

    def enter(self):
        self.inside = True
        self.logins += 1

    # Outlets.

    def switch(self, number, on):
        self.switched.append((number, on))
        self.stale = self.faults.delay
        if not self.faults.deaf:
            self.outlets[number][1] = on
            if not on:
                self.was_off.add(number)

    def table(self):
        """Number, name, whether it looks on; a slow unit shows for a while what was."""
        if self.stale:
            self.stale -= 1
        else:
            self.shown = {number: outlet[1] for number, outlet in self.outlets.items()}
        return [(number, self.outlets[number][0], self.shown[number]) for number in sorted(self.outlets)]


class Baytech(Unit):
    last_word = b"6\r"
    params = ("login=admin", "password=secret")
    model, width, header = b"RPC-5", 18, b"Internal Temperature: 34.5 C"
    confirms = False

    def converse(self):
        self.say(b"\r\n\r\n%s Telnet Host\r\nRevision F 4.22, (C) 1999\r\nBay Technical Associates\r\nUnit ID: rack7\r\n\r\n"
                 b"Enter username>" % self.model)
        if self.word() != b"admin":
            return self.say(b"\r\nEnter username>")
        self.say(b"\r\nEnter password>")
        if self.word() != b"secret":
            self.wrong_passwords += 1
            return self.say(b"\r\nInvalid password\r\nEnter username>")
        self.enter()
        self.menu()
        while True:
            word = self.word()
            if word == b"6":
                return None
            if word == b"1":
                self.control()
            self.menu()

    def menu(self):
        self.say(b"\r\n\r\n%s Menu:\r\n\r\n1)...Outlet Control\r\n2)...Manage Users\r\n6)...Logout\r\n\r\nEnter Selection>" % self.model)

    def control(self):
        while True:
            self.say(b"\r\n%s>" % self.model)
            word = self.word()
            if word == b"MENU":
                return
            if word == b"STATUS":
                rows = b"".join(b"   %-11d%-*s%s\r\n" % (number, self.width + 1, name, b"On" if on else b"Off")
                                for number, name, on in self.table())
                self.line_out(b"\r\n\r\nAverage Power:   125 Watts\r\n%s\r\nSelection   Outlet             Power\r\n%s\r\n"
                              % (self.header, rows))
                continue
            match = re.fullmatch(rb"(on|off|REBOOT) (\d+)", word)
            if not match or int(match[2]) not in self.outlets:
                self.line_out(b"\r\nInvalid command\r\n")
                continue
            if self.confirms:
                self.say(b"\r\n%s outlet %s (Y/N)>" % (match[1], match[2]))
                if self.word() != b"Y":
                    continue
            self.command(match[1], int(match[2]))

    def line_out(self, text):
        self.say(text)

    def command(self, verb, number):
        on = self.outlets[number][1]
        if verb != b"REBOOT":
            if on == (verb == b"on"):
                self.line_out(b"\r\nOutlet %d is already %s.\r\n" % (number, verb))
            self.switch(number, verb == b"on")
        elif not on:
            self.line_out(b"\r\nOutlet %d is already off.\r\n" % number)
        else:
            self.line_out(b"\r\nRebooting selected outlet...\r\n")
            self.switch(number, False)
            self.switch(number, True)
            if not self.faults.deaf:
                self.line_out(b"Power applied to outlet %d\r\n" % number)


class BaytechConfirming(Baytech):
    model, width, header, confirms = b"RPC-3A", 10, b" Circuit Breaker Status: Good", True


class Apcmaster(Unit):
    last_word = b"4\r"
    params = ("login=apc", "password=secret")
    ends_word = rb"\x1b|[^\x1b\r]*\r"
    long_wait = 3  # the banner behind the password
    tail = b"\r\n     <ESC>- Back, <ENTER>- Refresh, <CTRL-L>- Event Log\r\n\r\n> "
    confirms = False

    def converse(self):
        self.say(b"\r\nUser Name : ")
        name = self.word()
        self.say(b"\r\nPassword  : ")
        if (name, self.word()) != (b"apc", b"secret"):
            self.wrong_passwords += 1
            return self.say(b"\r\n\r\nUser Name : ")
        self.enter()
        self.say(b"\r\n\r\nAmerican Power Conversion               Web/SNMP Management Card AOS v3.0.3\r\n")
        while True:
            self.show(b"Control Console", b"     1- Device Control\r\n     2- Network\r\n     3- System\r\n     4- Logout\r\n")
            word = self.word()
            if word == b"4":
                return self.say(b"\r\nBye.\r\n")
            if word == b"1":
                self.devices()

    def show(self, title, text):
        self.say(b"\r\n------- %s -----------------------------------------\r\n\r\n%s%s" % (title, text, self.tail))

    def devices(self):
        while True:
            self.show(b"Device Control", b"".join(b"     %d- %-23s %s\r\n" % (number, name, b"ON" if on else b"OFF")
                                                  for number, name, on in self.table()) +
                      b"\r\n     9- Master Control/Configuration\r\n")
            word = self.word()
            if word == b"\x1b":
                return
            if word.isdigit() and int(word) in self.outlets:
                self.outlet(int(word))

    def outlet(self, number):
        while True:
            self.show(self.outlets[number][0], b"     1- Control Outlet\r\n     2- Configure Outlet\r\n")
            word = self.word()
            if word == b"\x1b":
                return
            if word == b"1":
                self.control(number)

    def control(self, number):
        while True:
            self.show(b"Control Outlet", b"     1- Immediate On\r\n     2- Immediate Off\r\n     3- Immediate Reboot\r\n")
            word = self.word()
            if word == b"\x1b":
                return
            if word not in (b"1", b"2", b"3"):
                continue
            if self.confirms:
                self.say(b"\r\n        Enter 'YES' to continue or <ENTER> to cancel : ")
                if self.word() != b"YES":
                    continue
            self.switch(number, word == b"1")
            if word == b"3":
                # It shows "off" once, and is back then.
                self.shown, self.stale = {n: outlet[1] for n, outlet in self.outlets.items()}, 1 + self.faults.delay
                self.switched.append((number, True))
                if not self.faults.deaf:
                    self.outlets[number][1] = True
            self.say(b"\r\n        Command successfully issued.\r\n        Press <ENTER> to continue...")
            self.word()


class ApcmasterConfirming(Apcmaster):
    confirms = True


class WtiNps(Unit):
    last_word = b"/x,y\r"
    params = ("password=secret",)
    confirms = False
    long_wait = 9  # the prompt behind "please wait"
    name, prompt = b"Network Power Switch v3.02", b"\r\nNPS> "

    def converse(self):
        self.say(b"\r\nEnter Password: ")
        if self.word() != b"secret":
            self.wrong_passwords += 1
            return self.say(b"\r\nInvalid password\r\n")
        self.enter()
        self.say(b"\r\n\r\n%s\r\n" % self.name)
        while True:
            self.say(self.prompt)
            word = self.word()
            match = re.fullmatch(rb"/(On|Off|BOOT) ([\d+]+),y", word)
            if word == b"/x,y":
                return self.say(b"\r\nDisconnected\r\n")
            if word == b"/h":
                self.say(b"\r\nHelp text\r\n")
            elif word == b"/s":
                self.say(b"\r\nPlug | Name             | Boot Delay | Status | Default |\r\n"
                         b"-----+------------------+------------+--------+---------+\r\n" +
                         b"".join(b" %-4d| %-16s |  5 Secs    |  %-4s  |   ON    |\r\n" % (number, name, b"ON" if on else b"OFF")
                                  for number, name, on in self.table()) + b"\r\n")
            elif match:
                self.command(match[1], [int(number) for number in match[2].split(b"+")])
        return None

    def command(self, verb, numbers):
        if self.confirms:
            self.say(b"\r\nSure? (Y/N):")
            if self.word() != b"Y":
                return
        self.say(b"\r\nProcessing - please wait ...\r\n")
        for on in {b"On": (True,), b"Off": (False,), b"BOOT": (False, True)}[verb]:
            for number in numbers:
                self.switch(number, on)


class BootBar(WtiNps):
    name, prompt, confirms = b"Boot Bar v1.0", b"\r\nBB> ", True
