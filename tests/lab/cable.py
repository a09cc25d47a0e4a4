# SPDX-License-Identifier: GPL-2.0-or-later
"""A null-modem cable between two nodes: a pseudo-terminal in each, and a thread that carries bytes across.

    with Cable(alpha, bravo) as cable:
        alpha.configure("serial " + cable.port(alpha) ...)
        cable.cut = True            # bytes get lost
        cable.say(bravo, b"noise")  # bytes come from nowhere
        cable.stalled = True        # nobody takes bytes: the ports fill up
        cable.pull(alpha)           # the port of alpha hangs up and is gone
        cable.plug(alpha)           # it is there again
"""

import fcntl
import os
import random
import select
import struct
import termios
import threading
import tty

TIOCGPTN = 0x80045430
TIOCSPTLCK = 0x40045431


class Cable:
    def __init__(self, one, other, seed=1):
        self.nodes = (one, other)
        self.cut = self.stalled = False
        self.garble = 0.0  # part of the pieces that is damaged
        self.carried = 0  # bytes
        self._random = random.Random(seed)
        self._ends = {}
        self._lock = threading.Lock()
        self._wake = os.pipe()
        for node in self.nodes:
            self.plug(node)
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._running = True
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_reason):
        self._running = False
        os.write(self._wake[1], b"x")
        self._thread.join()
        for node in self.nodes:
            self.pull(node)
        for fd in self._wake:
            os.close(fd)

    def port(self, node):
        return f"/dev/pts/{self._ends[node.name][2]}"

    def plug(self, node):
        root = f"/proc/{node.pid}/root"
        master = os.open(f"{root}/dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK)
        number = struct.unpack("i", fcntl.ioctl(master, TIOCGPTN, b"\0" * 4))[0]
        fcntl.ioctl(master, TIOCSPTLCK, struct.pack("i", 0))
        # Held open, so that a daemon that ends does not end the cable; raw, so that it echoes nothing.
        slave = os.open(f"{root}/dev/pts/{number}", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        tty.setraw(slave, termios.TCSANOW)
        with self._lock:
            self._ends[node.name] = (master, slave, number)
        os.write(self._wake[1], b"x")

    def pull(self, node):
        with self._lock:
            end = self._ends.pop(node.name, None)
        if end:
            os.close(end[1])
            os.close(end[0])

    def say(self, node, data):
        """DATA arrives at NODE, out of nowhere."""
        with self._lock:
            if node.name in self._ends:
                os.write(self._ends[node.name][0], data)

    def _carry(self):
        while self._running:
            with self._lock:
                masters = {end[0]: name for name, end in self._ends.items()}
            watched = [] if self.stalled else list(masters)
            ready = select.select([*watched, self._wake[0]], [], [], 0.1)[0]
            for fd in ready:
                if fd == self._wake[0]:
                    os.read(fd, 64)
                    continue
                with self._lock:
                    if masters[fd] in self._ends and self._ends[masters[fd]][0] == fd:
                        self._pass(fd, masters[fd])

    def _pass(self, fd, name):
        try:
            data = os.read(fd, 4096)
        except OSError:
            return
        self.carried += len(data)
        other = next(node.name for node in self.nodes if node.name != name)
        if self.cut or other not in self._ends:
            return
        if self._random.random() < self.garble:
            data = self._damage(data)
        try:
            os.write(self._ends[other][0], data)
        except BlockingIOError:
            pass  # its reader is away: lost

    def _damage(self, data):
        at = self._random.randrange(len(data))
        how = self._random.randrange(4)
        if how == 0:  # lost bytes
            return data[:at] + data[at + 1 + self._random.randrange(100):]
        if how == 1:  # strange ones
            return data[:at] + self._random.randbytes(1 + self._random.randrange(100)) + data[at:]
        if how == 2:  # a flipped bit
            return data[:at] + bytes([data[at] ^ 1 << self._random.randrange(8)]) + data[at + 1:]
        return data[:at]  # half of it
