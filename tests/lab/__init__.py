# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory: whole cluster nodes as namespaces on this machine.  See README.md."""

from .capture import Capture, Frame, Message, decode
from .client import Client, Prober, Report, Silence
from .errors import LabError, Skip
from .lab import Lab, catch_signals
from .machine import Machine
from .node import DAEMON, HA_D, LOG, Node
from .story import failure

__all__ = ["Capture", "Client", "DAEMON", "Frame", "HA_D", "LOG", "Lab", "LabError", "Machine",
           "Message", "Node", "Prober", "Report", "Silence", "Skip", "catch_signals", "decode", "failure"]
