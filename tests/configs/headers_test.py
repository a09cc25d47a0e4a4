#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every function that a header offers is used by another file than its own; whom nobody calls is static, or goes.

Headers that programs of others include (libhbclient) are not looked at: what they offer is a contract.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from lab.suite import Wrong, run  # noqa: E402

HEADERS = sorted([*ROOT.glob("lib/*.h"), *ROOT.glob("heartbeat/*/*.h"), *ROOT.glob("heartbeat/helpers/*/*.h"),
                  *ROOT.glob("crm/*/*.h"), *ROOT.glob("stonith/*.h"), *ROOT.glob("stonith/*/*.h")])
SOURCES = [path for folder in ("lib", "heartbeat", "crm", "stonith", "tests", "bench") for path in sorted(ROOT.glob(f"{folder}/**/*.[ch]"))]


def bare(text):
    """Without comments, strings, directives."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.)*", " ", text, flags=re.DOTALL | re.MULTILINE)


def prototypes(text):
    """Names of the functions that a header declares; what stands in braces is no prototype."""
    text = bare(text)
    while "{" in text:
        text, before = re.sub(r"\{[^{}]*\}", ";", text), text
        if text == before:
            raise Wrong("braces that do not match")
    found = (re.match(r"\s*(?:[\w*]+[\s*]+)+(\w+)\s*\(", part) for part in text.split(";"))
    return {match[1] for match in found if match and not match[0].lstrip().startswith(("typedef", "static"))}


def uses():
    """Name -> files that use it: its own file is the one that defines it."""
    found, own = {}, {}
    for path in SOURCES:
        text = bare(path.read_text(encoding="utf-8"))
        declared = prototypes(text) if path.suffix == ".h" else ()
        for name in set(re.findall(r"\b[a-z_]\w+\b", text)):
            if name not in declared or len(re.findall(rf"\b{name}\b", text)) > 1:
                found.setdefault(name, set()).add(path)
        if path.suffix == ".c":  # a definition begins its line
            for name in re.findall(r"^(\w+)\(", text, re.MULTILINE):
                own.setdefault(name, set()).add(path)
    return {name: paths - own.get(name, set()) for name, paths in found.items()}


def looked_at(header, used):
    names = prototypes(header.read_text(encoding="utf-8"))
    lonely = sorted(name for name in names if not used.get(name))
    if lonely:
        raise Wrong(f"only their own file uses {', '.join(lonely)}")
    return f"{len(names)} functions"


if __name__ == "__main__":
    USED = uses()
    sys.exit(run("headers", {str(path.relative_to(ROOT)): (looked_at, path, USED) for path in HEADERS}, __doc__))
