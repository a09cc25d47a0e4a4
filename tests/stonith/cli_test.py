#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stonith(8): each command line of the vectors gives the recorded output and exit code, and each installed type says
of itself what its record says.  Types that are not installed are told and passed over.  With --debian the same is
asked of Debian's own cluster-glue, from which the records come."""

import os
import re
import shlex
import sys
import tempfile
import xml.etree.ElementTree as tree
from pathlib import Path

from installation import (PLUGINS, VECTORS, Skip, Wrong, check_result, compare, debian, inside, ours, read_cases,
                          run, script, shutil, stonith)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab.suite import verdict  # noqa: E402

DEBIAN = "--debian" in sys.argv
if DEBIAN:
    os.environ["DEBIAN"] = "yes"

# Where this stonith is better than the recorded one, on purpose: exit code, stderr.
BETTER = {
    "cli/bad-type-h": (1, ["Invalid device type: 'bogus'"]),
    # It went on without a configuration.
    "cli/E-missing": (3, ["Invalid config info for null device"]),
    "cli/E-missing-status": (3, ["Invalid config info for baytech device"]),
}
TST = """#!/bin/sh
echo "[$#] $* | hostlist=$hostlist p2=$p2 HA_LOGTAG=$HA_LOGTAG HA_debug=$HA_debug" >>"$CALLS"
[ -n "$DEBIAN" ] || [ "$(readlink /proc/$$/fd/0)" = /dev/null ] || echo "stdin is open" >>"$CALLS"
case $1 in
getconfignames) echo hostlist p2 ;;
gethosts) printf 'NodeA nodeb\\nnodec\\n'; exit ${RC:-0} ;;
status) echo st out; exit ${RC:-0} ;;
on | off | reset)
	echo "doing $1"
	[ "$2" != bad ] || exit 7
	[ "$2" != sig ] || kill -9 $$
	;;
getinfo-devid) echo tst id ;;
getinfo-devname) echo tst name ;;
getinfo-devdescr) echo 'tst descr <x> & y' ;;
getinfo-devurl) echo http://x ;;
getinfo-xml) echo '<parameters/>' ;;
esac
"""
CAP = """#!/bin/sh
echo "argv: $*" >>"$CALLS"
if [ $# -gt 0 ]; then
	cat <<X
<?xml version="1.0"?>
<resource-agent name="fence_cap" shortdesc="cap sd"><longdesc>cap ld</longdesc><shortdesc>top sd</shortdesc><parameters>
<parameter name="action" unique="0"><content type="string" default="reboot"/></parameter>
<parameter name="ipaddr" unique="0" required="1"><content type="string"/></parameter>
<parameter name="port"><content type="string"/></parameter>
<parameter name="verbose"><content type="boolean"/></parameter>
</parameters></resource-agent>
X
	exit 0
fi
sed 's/^/in: /' >>"$CALLS"
echo out
echo err >&2
exit ${CRC:-0}
"""


def fill(usr):
    plugins = usr / PLUGINS.relative_to("/usr")
    script(plugins / "external/tst", TST)
    script(plugins / "external/tstw", TST, 0o775)
    script(plugins / "external/noexec", TST, 0o644)
    (plugins / "external/dir").mkdir()
    (plugins / "external/lnk").symlink_to("tst")
    script(plugins / "rhcs/fence_cap", CAP)
    script(plugins / "rhcs/notfence", CAP)


def installed():
    return stonith("-L").out.split()


def type_of(case):
    match = re.search(r"-t (\S+)", case.command)
    return match[1] if match else None


# Command lines.

def check_list(result, case, types):
    """All recorded types that are installed, in the same order; ours may be more."""
    recorded = [line for line in case.out if line] or RECORDED_LIST
    ours_too = [name for name in result.out.split() if name in recorded]
    if result.code != case.code or ours_too != [name for name in recorded if name in types]:
        raise Wrong(f"exit code {result.code}, list {ours_too}")
    missing = [name for name in recorded if name not in types]
    if missing:
        raise Skip(f"not installed: {' '.join(missing)}")


RECORDED_LIST = []


def run_case(suite, case, types, directory):
    program = shlex.split(case.command)
    if not shutil.which(program[0]):
        raise Skip(f"no {program[0]} installed")
    wanted = type_of(case)
    if wanted and wanted not in ("bogus", "external", "external/nope", "external/tstw") and wanted not in types:
        raise Skip(f"no type {wanted} installed")
    better = BETTER.get(f"{suite}/{case.name}") if not DEBIAN else None
    if better:
        case.code, case.err = better
    case.command = case.command.replace("/cfg/", f"{directory}/")
    case.err = [line and line.replace("/cfg/", f"{directory}/") for line in case.err]
    calls = directory / "calls"
    calls.unlink(missing_ok=True)
    result = run(shlex.split(case.command), case.tty, dict(case.env, CALLS=str(calls)))
    return result, calls.read_text().splitlines() if calls.exists() else []


def cli_case(case, types, directory):
    if case.name == "list":
        RECORDED_LIST.extend(case.out)
    if case.name == "external-bare" and not DEBIAN:
        case.err[-1:] = [None]  # names of scripts
    result, _ = run_case("cli", case, types, directory)
    if case.name.startswith("list") and "-L" in case.command:
        check_list(result, case, types)
    elif case.name == "version" and not DEBIAN:
        compare("stdout", result.out, ["stonith: 4.0.0"])
    else:
        check_result(result, case)


def external_case(case, types, directory):
    result, calls = run_case("external", case, types, directory)
    if case.name == "listing":
        names = result.out.split()
        if names != types or "external/lnk" not in names or {"external/dir", "external/noexec", "external/tstw"} & set(names):
            raise Wrong(f"{names}")
        compare("stderr", result.err, [f"WARN: Executable file {PLUGINS}/external/tstw ignored (writable by group/others)"])
        return
    if case.name == "debug":
        case.err = [None]
    # The recorded one lets the shell speak, and keeps the end of the line within the text.
    case.err = [line for line in case.err if line is not None or case.name in ("p-string", "missing-parameter", "debug")]
    check_result(result, case, empty_lines=False)
    if "stdin is open" in calls:
        raise Wrong("stdin is open")
    # getconfignames: the record has it where it matters only.
    got = [call for call in calls if "getconfignames" not in call]
    want = [call for call in case.calls if "getconfignames" not in call]
    if want and got != want or case.calls and "getconfignames" in case.calls[0] and calls[0] != case.calls[0]:
        raise Wrong(f"called {calls}, not {case.calls}")


# What is said more than in the record: the reason of a failure, and a plug that is that of two hosts.
def said_more(err):
    kept = [line for line in err.splitlines() if not line.startswith(("WARN: plugin output:", "WARN: rhcs/cap: all hosts of"))]
    return "".join(line.removeprefix("info: plugin output: ") + "\n" if line == "info: plugin output: err" else line + "\n"
                   for line in kept)


def rhcs_case(case, types, directory):
    result, calls = run_case("rhcs", case, types, directory)
    if case.name == "list":
        if "rhcs/cap" not in types or "rhcs/ce" in types:
            raise Wrong(f"{types}")
        return
    result.err = said_more(result.err)
    if case.name == "hosts-twice":  # the second list was cut
        case.out.append("nodeb")
    if case.name == "m":
        case.out = [None]
        if not re.search(r'cap ld\n</longdesc>\n<shortdesc lang="en">RHCS plugin getinfo-devid</shortdesc>\n<parameters>\n'
                         r'  <parameter name="action" unique="0">\n', result.out):
            raise Wrong(result.out)
    if case.name in ("off", "reset"):  # the record leaves that out
        case.err = [None]
    check_result(result, case, empty_lines=False)
    inputs = [call.removeprefix("in: ") for call in calls if call.startswith("in: ")]
    if case.inputs and inputs != case.inputs:
        raise Wrong(f"the agent read {inputs}, not {case.inputs}")


# Types.

def read_type(path):
    facts, params = {}, []
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(": ")
        if key == "param":
            params.append(dict(part.split("=", 1) for part in shlex.split(value)))
        elif not line.startswith("#") and value:
            facts.setdefault(key, value)
        elif line.rstrip() == f"{key}:" or line.endswith(": "):
            facts.setdefault(key.rstrip(":"), "")
    return facts, params


def compare_fact(what, got, want):
    if got != want:
        raise Wrong(f"{what} is {got!r}, not {want!r}")


def compare_params(text, params):
    got = []
    for node in tree.fromstring(text).iter("parameter"):
        content = node.find("content")
        got.append((node.get("name"), node.get("unique", "-"), node.get("required", "-"), content.get("type"),
                    content.get("default", "-")))
    want = [(p["name"], p.get("unique", "-"), p.get("required", "-"), p["content"], p.get("default", "-")) for p in params]
    # Ours may have more of those that may be left out.
    names = {entry[0] for entry in want}
    compare_fact("the parameters", [entry for entry in got if entry[0] in names or entry[2] == "1"], want)


def type_case(path, types):
    facts, params = read_type(path)
    name = facts["type"]
    if name not in types:
        raise Skip("not installed")
    if facts.get("n-stdout"):
        result = stonith("-t", name, "-n")
        compare_fact("-n", result.out, facts["n-stdout"][1:-1].replace(r"\n", "\n"))
    result = stonith("-t", name, "-m")
    compare_fact("exit code of -m", result.code, int(facts.get("m-exit", 0)))
    root = re.search(r'<resource-agent name="(.*?)">', result.out)
    compare_fact("the name in -m", root and root[1], name)
    if facts.get("device-id"):
        got = re.search(r'<shortdesc lang="en">(.*?)</shortdesc>', result.out, re.S)[1]
        compare_fact("the device id", got.removesuffix("\n"), facts["device-id"])
        if "device-id-trailing-newline" in facts:
            compare_fact("a newline in it", got.endswith("\n"), facts["device-id-trailing-newline"] == "yes")
    if params:
        compare_params(result.out, params)
    result = stonith("-t", name, "-h")
    compare_fact("exit code of -h", result.code, int(facts.get("h-exit", 0)))
    if not result.out.startswith("\n\nSTONITH Device: " + name + " - "):
        raise Wrong(f"-h begins with {result.out[:80]!r}")
    if facts.get("h-url-line"):
        compare_fact("a url in -h", "For more information see " in result.out, facts["h-url-line"] == "yes")
    if facts.get("h-name-lines"):
        compare_fact("names in -h", len(re.findall(r"^\t\S+$", result.out, re.M)), int(facts["h-name-lines"]))


def main():
    if not VECTORS.is_dir():
        print(f"skip stonith/cli: no {VECTORS}")
        return 0
    try:
        code = inside(debian() if DEBIAN else ours(), fill)
    except Skip as reason:
        print(f"skip stonith/cli: {reason}")
        return 0
    if code is not None:
        return code
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
    types = installed()
    lines = []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for suite, file, check in (("cli", "cli.txt", cli_case), ("external", "external-contract.txt", external_case),
                                   ("rhcs", "rhcs.txt", rhcs_case)):
            cases, files = read_cases(VECTORS / file)
            for path, text in files.items():
                (directory / Path(path).name).write_text(text)
            # Those of others' programs are in agents_test.py.
            for case in (each for each in cases if each.command.startswith(("stonith", "meatclient")) and
                         "rhcs/dummy" not in each.command):
                lines.append(one(f"stonith/{suite}/{case.name}", wanted, check, case, types, directory))
        for path in sorted((VECTORS / "types").glob("*.txt")):
            lines.append(one(f"stonith/types/{path.stem}", wanted, type_case, path, types))
    return int(any(line.startswith("not ok") for line in lines))


def one(name, wanted, check, *arguments):
    if wanted and not any(word in name for word in wanted):
        return ""
    line = verdict(name, check, *arguments)
    print(line, flush=True)
    return line


if __name__ == "__main__":
    sys.exit(main())
