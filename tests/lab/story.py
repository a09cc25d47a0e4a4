# SPDX-License-Identifier: GPL-2.0-or-later
"""What the machines of a laboratory have to say when a case failed: the ends of their logs, their last commands.

    except LabError as error:
        print(failure("suite/case", error))

gives the line "not ok suite/case: reason" and below it lines that begin with "#".  The laboratory is the one that the
reason left behind when it ended it (Lab.__exit__), or the one that this thread is still in.
"""

import threading

from .errors import LabError
from .reference import has_lost_its_own

LOG_LINES, COMMANDS, OUTPUT_LINES, LINE_MAX = 25, 8, 4, 260
STORY_MAX = 180  # lines
REASON_MAX = 1500  # characters
LOGS = ("/var/log/ha-debug", "/var/log/ha-log")  # the first that there is: each holds the other's lines too

_here = threading.local()


def enter(lab):
    _labs().append(lab)


def leave(lab, reason):
    """The laboratory ends; REASON (an exception or None) takes the story along."""
    if lab in _labs():
        _labs().remove(lab)
    if isinstance(reason, Exception) and not hasattr(reason, "lab_story"):
        reason.lab_story = story(lab)
        reason.proves_nothing = has_lost_its_own(lab.machines.values())


def failure(name, reason, lab=None):
    """The line for a case that failed because of REASON (text or exception), and the story below."""
    kind = "" if isinstance(reason, (str, LabError, AssertionError)) else f"{type(reason).__name__}: "
    text = kind + " | ".join(str(reason).splitlines())[:REASON_MAX]
    lines = getattr(reason, "lab_story", None)
    if lines is None:
        labs = [lab] if lab else list(_labs())
        lines = [line for one in labs for line in story(one)]
    return "\n".join([f"not ok {name}: {text}", *lines])


def story(lab):
    """At most STORY_MAX lines, each beginning with "#"."""
    lines = []
    for machine in list(lab.machines.values()):
        try:
            lines += _machine(machine)
        except Exception as error:  # whatever state it is in: the reason of the failure counts, not this
            lines.append(f"{machine.name}: {type(error).__name__}: {error}")
    if len(lines) > STORY_MAX:
        lines = lines[:STORY_MAX] + [f"({len(lines) - STORY_MAX} lines more)"]
    return ["# " + line[:LINE_MAX] for line in lines]


def _labs():
    if not hasattr(_here, "labs"):
        _here.labs = []
    return _here.labs


def _machine(machine):
    if not hasattr(machine, "log"):  # a client or the switch
        return _commands(machine)
    lines = []
    for path in LOGS:
        text = machine.read(path, default="")
        if text:
            lines = [f"-- {machine.name} ({machine.kind}), the end of {path}:", *text.splitlines()[-LOG_LINES:]]
            break
    else:
        lines = [f"-- {machine.name} ({machine.kind}): no log"]
    running = [" ".join(words)[:60] for words in machine.processes().values()]
    power = f"runs {'; '.join(running) or 'nothing'}" if machine.is_up else "is off"
    return [*lines, f"-- {machine.name} {power}", *_commands(machine)]


def _commands(machine):
    lines = []
    for command, code, output, times in list(machine.commands):
        shown = command if isinstance(command, str) else " ".join(map(str, command))
        again = f", {times} times" if times > 1 else ""
        lines.append(f"-- {machine.name}$ {' '.join(shown.split())[:160]}  [{code}{again}]")
        lines += output.splitlines()[-OUTPUT_LINES:]
    return lines
