# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel knows of processes: processor time and memory."""

import os
import re
import time
from pathlib import Path


def cpu_ns(pids):
    """Time on a processor, of all threads of PIDS, user and system, in nanoseconds."""
    total = 0
    for pid in pids:
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except OSError:
            continue  # ended meanwhile
        for thread in threads:
            try:
                text = Path(f"/proc/{pid}/task/{thread}/schedstat").read_text()
            except OSError:
                continue
            total += int(text.split()[0])
    return total


def cpu_us_per(pids, interval_ms, intervals):
    """What PIDS use in one interval, in microseconds, on average over INTERVALS."""
    began, before = time.monotonic(), cpu_ns(pids)
    time.sleep(intervals * interval_ms / 1000)
    passed, used = time.monotonic() - began, cpu_ns(pids) - before
    return used / 1000 / (passed * 1000 / interval_ms)


def memory_kb(pids):
    """(PSS, locked part of it) of PIDS together."""
    pss = locked = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        pss += _kb(text, "Pss")
        locked += _kb(text, "Locked")
    return pss, locked


def _kb(text, name):
    return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE).group(1))
