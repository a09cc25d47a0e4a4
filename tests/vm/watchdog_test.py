#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The watchdog: a frozen or a killed daemon really reboots the machine, an orderly stop does not."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from vm.vm import run  # noqa: E402


def resets(console):
    """Both came from the watchdog, and no other did."""
    barks = console.count("softdog: Initiating system reboot")
    boots = console.count("vm: boot ")
    if (barks, boots) != (2, 3):
        return f"{barks} resets by softdog and {boots} boots instead of 2 and 3"
    return None


if __name__ == "__main__":
    sys.exit(run("watchdog", check=resets))
