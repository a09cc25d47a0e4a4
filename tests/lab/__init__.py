# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory: whole cluster nodes as namespaces on this machine.  See README.md."""

from .client import Client, Prober, Report, Silence
from .errors import LabError, Skip
from .lab import Lab, catch_signals
from .machine import Machine
from .node import DAEMON, HA_D, LOG, Node

__all__ = ["Client", "DAEMON", "HA_D", "LOG", "Lab", "LabError", "Machine", "Node", "Prober",
           "Report", "Silence", "Skip", "catch_signals"]
