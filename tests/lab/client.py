# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the cluster: somebody outside who notices when the service is silent."""

import json
import subprocess
from dataclasses import dataclass, field

from . import places
from .errors import LabError
from .machine import Machine
from .switch import configure_interfaces


class Client(Machine):
    """Made by Lab.client().  It has the host's files and its own network."""

    def __init__(self, lab, name, interfaces):
        super().__init__(lab, name)
        self.addresses = {net: both[0].split("/")[0] for net, both in interfaces.items()}
        self._probers = []
        self._boot()
        try:
            lab.switch.plug(self, interfaces)
            configure_interfaces(self, interfaces)
        except BaseException:
            self.close()
            raise

    def close(self):
        for prober in self._probers:
            prober.close()
        self._probers.clear()
        if self._init is not None:
            ports = self.lab.switch.unplug(self)
            self._kill()
            self.lab.switch.forget(ports)

    def prober(self, address, interval_ms=1, gap_ms=10):
        """Starts to ask ADDRESS every INTERVAL_MS and to remember silences over GAP_MS."""
        prober = Prober(self, address, interval_ms, gap_ms)
        self._probers.append(prober)
        return prober


@dataclass
class Silence:
    """No answer from START to END (time.monotonic() seconds)."""

    start: float
    end: float

    @property
    def ms(self):
        return (self.end - self.start) * 1000


@dataclass
class Report:
    sent: int
    received: int
    longest: Silence  # also when it has not ended yet; then END is the time of the report
    silences: list = field(default_factory=list)  # those over gap_ms that have ended


class Prober:
    """One running measurement.  Silence counts from reset() or the start on."""

    def __init__(self, client, address, interval_ms, gap_ms):
        command = [str(places.tool("prober")), str(address), str(int(interval_ms * 1000)),
                   str(int(gap_ms * 1000))]
        self.address = address
        self._process = client.spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True)
        self._ask("report")  # it runs from here on

    def _ask(self, command):
        try:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise LabError(f"prober of {self.address}: {self._process.stderr.read().strip()}")
        return json.loads(line)

    def reset(self):
        """Forgets what was measured so far."""
        self._ask("reset")

    def report(self):
        raw = self._ask("report")
        return Report(raw["sent"], raw["received"], Silence(*raw["longest"]),
                      [Silence(*pair) for pair in raw["silences"]])

    def stop(self):
        """The last report; the prober ends."""
        report = self.report()
        self.close()
        return report

    def close(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            self._process.wait(60)
        for pipe in (self._process.stdout, self._process.stderr):
            pipe.close()
