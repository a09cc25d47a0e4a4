# SPDX-License-Identifier: GPL-2.0-or-later
"""The measurements.  A session is one cluster of one subject, made, measured and thrown away; it
yields one value for each of its rows that is asked for."""

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Callable

import meter
from lab import Lab
from subjects import ADDRESS, BARE, BARE_ASLEEP, DEBIAN, KEEPALIVED, NAMES, NETWORKS, OURS

# Old nodes ask for 2 s more of patience in the first 5 s of their life.
RAISED_S = 7
ANSWERS = 100  # after a change so many answers must have come before it counts as over


@dataclass
class Options:
    intervals: int  # of one measurement of processor time
    load_s: int  # of the machine under load


@dataclass
class Row:
    name: str
    what: str
    unit: str
    target: str
    is_met: Callable  # (Series of ours, {subject name: Series}) -> bool; None = no target


@dataclass
class Session:
    name: str
    rows: tuple
    subjects: tuple
    measure: Callable  # (subject, names of wanted rows, Options) -> {row name: value}


# The cluster of a session.

class Cluster:
    def __init__(self, subject, count, keepalive_ms, dead_ms):
        self.subject = subject
        self.keepalive_ms = keepalive_ms
        self.lab = Lab("bench", networks=NETWORKS)
        try:
            self.nodes = self.lab.nodes(*NAMES[:count], kind=subject.name)
            self.client = self.lab.client()
            self.prober = self.client.prober(ADDRESS, interval_ms=1)
            subject.configure(self.nodes, keepalive_ms, dead_ms)
        except BaseException:
            self.lab.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        self.lab.close()

    def start(self):
        """Starts all nodes together; milliseconds until the address answers."""
        self.prober.reset()
        began = time.monotonic()
        starting = [self.subject.start(node) for node in self.nodes]
        self.lab.wait(lambda: self.prober.report().received > 0, 60, "the address answers")
        # The longest silence is the one from the reset on, long before the first answer.
        answered = self.prober.report().longest.end
        self.started = time.monotonic()
        for process in starting:
            process.wait(30)
        return (answered - began) * 1000

    def settle(self, seconds=RAISED_S):
        time.sleep(max(0, self.started + seconds - time.monotonic()))

    def owner(self):
        owners = [node for node in self.nodes if node.is_up and node.has_address(ADDRESS)]
        return owners[0] if len(owners) == 1 else None

    def wait_answers(self):
        answered = self.prober.report().received
        self.lab.wait(lambda: self.prober.report().received > answered + ANSWERS, 30,
                      "the address answers again")

    def silence_at(self, change, moved_from):
        """Does CHANGE at a random moment between two heartbeats; the client's longest silence
        until the address has moved and answers steadily, in milliseconds."""
        time.sleep(random.uniform(0.2, 0.2 + self.keepalive_ms / 1000))
        self.prober.reset()
        change()
        self.lab.wait(lambda: self.owner() not in (None, moved_from), 60, "the address moves")
        self.wait_answers()
        return self.prober.report().longest.ms

    def memory_mb(self):
        """(PSS, locked) of the last node, which holds nothing."""
        return [kb / 1024 for kb in meter.memory_kb(self.subject.pids(self.nodes[-1]))]

    def cpu_us(self, intervals):
        """What a node uses in one keepalive interval, on average over all nodes."""
        pids = [pid for node in self.nodes for pid in self.subject.pids(node)]
        return meter.cpu_us_per(pids, self.keepalive_ms, intervals) / len(self.nodes)


# Sessions.

def measure_bare(subject, count, options):
    """No address moves, there is nothing to wait for but that all run."""
    with Cluster(subject, count, 100, 500) as cluster:
        for node in cluster.nodes:
            subject.start(node)
        time.sleep(1)
        return cluster.cpu_us(options.intervals)


def measure_pair(subject, wanted, options):
    values = {}
    if subject in (BARE, BARE_ASLEEP):
        return {"cpu-2": measure_bare(subject, 2, options)} if "cpu-2" in wanted else {}
    with Cluster(subject, 2, 100, 500) as cluster:
        values["start"] = cluster.start()
        if wanted == {"start"}:
            return values
        cluster.settle()
        if "memory" in wanted or "locked" in wanted:
            values["memory"], values["locked"] = cluster.memory_mb()
        if "cpu-2" in wanted:
            values["cpu-2"] = cluster.cpu_us(options.intervals)
        if "standby" in wanted:
            owner = cluster.owner()
            values["standby"] = cluster.silence_at(lambda: subject.hand_over(owner), owner)
            time.sleep(1)
        if "power-500" in wanted and subject is not KEEPALIVED:
            owner = cluster.owner()
            values["power-500"] = cluster.silence_at(owner.power_off, owner)
    return values


def measure_fast_pair(subject, _wanted, _options):
    with Cluster(subject, 2, 100, 300) as cluster:
        cluster.start()
        cluster.settle(1 if subject is KEEPALIVED else RAISED_S)
        owner = cluster.owner()
        return {"power-300": cluster.silence_at(owner.power_off, owner)}


def measure_eight(subject, _wanted, options):
    if subject in (BARE, BARE_ASLEEP):
        return {"cpu-8": measure_bare(subject, 8, options)}
    with Cluster(subject, 8, 100, 500) as cluster:
        cluster.start()
        cluster.settle()
        return {"cpu-8": cluster.cpu_us(options.intervals)}


def measure_load(subject, _wanted, options):
    with Cluster(subject, 2, 20, 100) as cluster:
        cluster.start()
        cluster.settle()
        marks = subject.mark(cluster.nodes)
        load = load_begin()
        try:
            time.sleep(options.load_s)
        finally:
            load_end(load)
        return {"load": subject.false_deaths(cluster.nodes, marks)}


def load_begin():
    """For each processor: one that computes, one that moves memory, one that starts programs."""
    spin = "while :; do :; done"
    copy = "while :; do dd if=/dev/zero of=/dev/null bs=1M count=1000 2>/dev/null; done"
    fork = "while :; do /bin/true; done"
    return [subprocess.Popen(["/bin/sh", "-c", work], start_new_session=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            for _ in range(os.cpu_count()) for work in (spin, copy, fork)]


def load_end(processes):
    for process in processes:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# Rows, in the order of the table.

def _worst_at_most(limit):
    return lambda ours, _others: ours.worst <= limit


def _median_at_most(limit):
    return lambda ours, _others: ours.median <= limit


def _no_later_than_keepalived(ours, others):
    theirs = others.get("keepalived")
    return theirs is not None and ours.median <= theirs.median and ours.worst <= theirs.worst


ROWS = (
    Row("power-500", "silence, power off, deadtime 500 ms", "ms", "530", _worst_at_most(530)),
    Row("power-300", "silence, power off, deadtime 300 ms", "ms", "keepalived",
        _no_later_than_keepalived),
    Row("standby", "silence, hb_standby all", "ms", "15", _worst_at_most(15)),
    Row("start", "start of both nodes until it answers", "ms", "1000", _worst_at_most(1000)),
    Row("cpu-2", "CPU per 100 ms keepalive, 2 nodes", "us", "60", _median_at_most(60)),
    Row("cpu-8", "CPU per 100 ms keepalive, 8 nodes", "us", "200", _median_at_most(200)),
    Row("memory", "memory of all daemon processes, PSS", "MB", "4", _median_at_most(4)),
    Row("locked", "of it locked", "MB", "", None),
    Row("load", "false deaths under load, deadtime 100 ms", "", "0", _worst_at_most(0)),
)

SESSIONS = (
    Session("pair", ("start", "memory", "locked", "cpu-2", "standby", "power-500"),
            (OURS, DEBIAN, KEEPALIVED, BARE, BARE_ASLEEP), measure_pair),
    Session("fast pair", ("power-300",), (OURS, DEBIAN, KEEPALIVED), measure_fast_pair),
    Session("eight", ("cpu-8",), (OURS, DEBIAN, BARE, BARE_ASLEEP), measure_eight),
    Session("load", ("load",), (OURS, DEBIAN), measure_load),
)
