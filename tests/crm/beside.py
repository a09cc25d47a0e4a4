# SPDX-License-Identifier: GPL-2.0-or-later
"""Our program and Debian's of the same name, side by side on the documents of ../shared/pe-tests/pcmk215.

Each document is shown with one set of options, drawn with a seed (BESIDE_SEED; BESIDE_ALL=1: with all of them).
A document that is shown otherwise for a reason stands in a table with that reason; one that stands there in vain
is an error as well when all sets are tried.
"""

import difflib
import os
import random
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cases
from lab.errors import Skip
from lab.suite import Wrong
from oracle import answer

DOCUMENTS = cases.ROOT.parent / "shared" / "pe-tests" / "pcmk215"
THEIRS = Path("/usr/sbin")
SEED = int(os.environ.get("BESIDE_SEED", "20260817"))
ALL = os.environ.get("BESIDE_ALL") == "1"


def judge_one(name, document, options, codes, better=()):
    """Lines that say how ours differs, after what is BETTER in it was taken back."""
    with tempfile.TemporaryDirectory(prefix="crm-beside-") as folder:
        expected = answer(THEIRS / name, Path(folder), document, options)
        got = answer(cases.BIN / name, Path(folder), document, options)
    for pattern, by in better:
        got = got[0], re.sub(pattern, by, got[1])
    if codes(got[0]) == codes(expected[0]) and got[1] == expected[1]:
        return []
    return [f"exit codes {expected[0]}, {got[0]}",
            *difflib.unified_diff(expected[1].splitlines(), got[1].splitlines(), "Debian's", "ours", lineterm="", n=0)]


def beside(name, sets, reasons, codes=lambda code: code, better=(), at_most=1 << 30):
    """On AT_MOST documents, drawn as well.  REASONS: document -> why it is shown otherwise.  BETTER: (expression, what the original says instead)."""
    if not DOCUMENTS.is_dir():
        raise Skip("no documents beside the source")
    if not (THEIRS / name).exists():
        raise Skip(f"no {THEIRS / name} here (pacemaker-cli-utils)")
    documents = sorted(DOCUMENTS.glob("*.xml"))
    draw = random.Random(SEED)
    if not ALL and at_most < len(documents):
        documents = draw.sample(documents, at_most)
    calls = [(document, options) for document in documents for options in (sets if ALL else [draw.choice(sets)])]
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda call: judge_one(name, *call, codes, better), calls))
    differing = {document.stem for (document, _), lines in zip(calls, said) if lines}
    for (document, options), lines in zip(calls, said):
        if lines and document.stem not in reasons:
            raise Wrong(f"{document.stem} with {' '.join(options)} (seed {SEED}), one of {len(differing - set(reasons))}: "
                        + " / ".join(lines[:8]))
    if ALL and set(reasons) - differing:
        raise Wrong(f"not different any more: {' '.join(sorted(set(reasons) - differing))}")
    return f"{sum(not lines for lines in said)} of {len(calls)} equal, the others for {len({reasons[one] for one in differing})} known reasons"
