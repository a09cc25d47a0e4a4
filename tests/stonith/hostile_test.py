#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts, agents and drivers that misbehave: each gives a clear line and never a "done"; what hangs is ended with
all that it started; nobody sees a secret."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from installation import PLUGINS, Skip, Wrong, main_inside, run, script, shutil, stonith

SECRET = "S3cr3tWord"
PATIENCE_S = 60
HOLD = os.environ.setdefault("HOSTILE_TEST", f"held-by-{os.getpid()}")  # in the arguments of what must be ended
SLEEP = f'python3 -c "import time; time.sleep(600)" {HOLD}'

SCRIPTS = {  # external: commands other than the usual answers
    "flood": "status) yes 0123456789012345678901234567890123456789 ;;",
    "hang": f"status | reset) {SLEEP} ;;",
    "hide": f"status) setsid sh -c 'trap \"\" TERM HUP; {SLEEP}' & wait ;;",
    "fork": f"status) ( ( setsid {SLEEP} & ) & ); {SLEEP} ;;",
    "nul": r"gethosts) printf 'a\0b node\1x c\n' ;; status) printf 'x\0y\n' ;;",
    "nohosts": "gethosts) : ;;",
    "manyhosts": "gethosts) seq -f n%.0f 100000 ;;",
    "longhost": "gethosts) printf '%0300d\\n' 1 ;;",
    "noxml": "getinfo-xml) echo '<parameters><parameter name=' ;;",
    "entities": "getinfo-xml) echo '<!DOCTYPE p [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
                "<!ENTITY f SYSTEM \"file:///etc/passwd\">]><parameters><parameter name=\"x\"><longdesc>&b;&f;</longdesc>"
                "</parameter></parameters>' ;;",
    "names": "getconfignames) exit 3 ;;",
    "tells": 'status) echo "password is $password"; exit 1 ;;',
    "color": r"""status) printf '\033[31mred\033[0m\n' ;;""",
}
USUAL = """getconfignames) echo hostlist password ;; gethosts) echo a ;; status | on | off | reset) : ;;
getinfo-xml) echo '<parameters/>' ;; getinfo-*) echo x ;; *) exit 1 ;;"""

PLUGIN = """
#include "stonith/plugin.h"
static const struct plugin_param params[] = { { .name = NULL } };
static int no(struct device *d) { (void)d; return S_OOPS; }
static int never(struct device *d, enum stonith_op op, const char *host) { (void)d; (void)op; (void)host; return S_OOPS; }
#ifdef CONSTRUCTOR
__attribute__((constructor)) static void begin(void) { CONSTRUCTOR; }
#endif
const struct plugin stonith_plugin = { .abi = ABI, .id = "x", .descr = "x", .params = params, .configure = no,
	.status = no, .hosts = no, REQUEST };
"""
DRIVERS = {  # type: (how it is compiled, what is said)
    "wrongabi": ("-DABI=99 -DREQUEST=.request=never", "is made for interface 99"),
    "partial": ("-DABI=STONITH_PLUGIN_ABI -DREQUEST=.request=0", "is not complete"),
    "crasher": ("-DABI=STONITH_PLUGIN_ABI -DREQUEST=.request=never -DCONSTRUCTOR=__builtin_trap()", "was killed by signal"),
    "quitter": ("-DABI=STONITH_PLUGIN_ABI -DREQUEST=.request=never -include stdlib.h -DCONSTRUCTOR=exit(0)",
                "exited with 0"),
    "writable": ("-DABI=STONITH_PLUGIN_ABI -DREQUEST=.request=never", "others than its owner may write it"),
    "text": (None, "cannot load driver"),
    "stranger": (None, "is not a fencing driver of this version"),
}
ROOT = Path(__file__).resolve().parents[2]


def fill(usr):
    plugins = usr / PLUGINS.relative_to("/usr")
    for name, special in SCRIPTS.items():
        script(plugins / "external" / name, f"#!/bin/sh\ncase $1 in\n{special}\n{USUAL}\nesac\n")
    script(plugins / "rhcs/fence_slow", f"""#!/bin/sh
if [ "${{1-}}" = -o ]; then echo '<resource-agent><parameters><parameter name="passwd"/></parameters></resource-agent>'; exit; fi
cat >/dev/null
{SLEEP}
""")
    script(plugins / "rhcs/fence_nometa", "#!/bin/sh\n[ $# -eq 0 ] || head -c 400000 /dev/zero | tr '\\0' '<'\n")
    (plugins / "stonith2").mkdir(parents=True)
    _make_drivers(plugins / "stonith2")


def _make_drivers(directory):
    source = directory / "driver.c"
    source.write_text(PLUGIN)
    for name, (flags, _) in DRIVERS.items():
        target = directory / f"{name}.so"
        if flags:
            done = subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", f"-I{ROOT}", *flags.split(), "-o", target, source],
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Wrong(done.stderr)
    (directory / "text.so").write_text("not a library\n")
    shutil.copy(next(Path("/lib").glob("*-linux-gnu/libz.so.1")), directory / "stranger.so")
    (directory / "writable.so").chmod(0o666)
    source.unlink()


def holding():
    """The processes that should have been ended."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and HOLD.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def nobody_holds(seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while holding():
        if time.monotonic() > end:
            raise Wrong(f"still there: {holding()}")
        time.sleep(0.05)


def expect(result, code, *parts):
    if result.code != code:
        raise Wrong(f"exit code {result.code}, not {code}: {result.err[:500]!r}")
    for part in parts:
        if part not in result.err:
            raise Wrong(f"{part!r} is not in {result.err[:1000]!r}")


def test_scripts():
    expect(stonith("-t", "external/flood", "hostlist=a", "-S"), 255, "too much output", "device not accessible")
    result = stonith("-t", "external/nul", "hostlist=a", "-l")
    expect(result, 255, "is no host name", "Could not list hosts")
    if result.out:
        raise Wrong(f"hosts all the same: {result.out!r}")
    expect(stonith("-t", "external/nul", "hostlist=a", "-S"), 0, "output: xy")
    expect(stonith("-t", "external/nohosts", "hostlist=a", "-l"), 255, "returned an empty hostlist")
    expect(stonith("-t", "external/manyhosts", "hostlist=a", "-l"), 255, "too many names")
    expect(stonith("-t", "external/longhost", "hostlist=a", "-l"), 255, "is no host name")
    expect(stonith("-t", "external/names", "hostlist=a", "a"), 8, "'names getconfignames' failed with rc 3")
    for name in ("noxml", "entities"):
        result = stonith("-t", f"external/{name}", "-m")
        if result.code != 0 or "root:" in result.out or len(result.out) > 20000:
            raise Wrong(f"{name}: {result.out[:300]!r}")
    if "<!-- no value -->" not in stonith("-t", "external/noxml", "-m").out:
        raise Wrong("what is no XML is passed on")
    if "\033" in stonith("-t", "external/color", "hostlist=a", "-S").err:
        raise Wrong("control characters reach the terminal")
    expect(stonith("-t", "rhcs/nometa", "hostlist=a", "-n"), 0, "gives no meta-data")


def expect_late(result, name, step):
    """The driver noticed, or its process was ended from outside."""
    expect(result, 6, name, step)
    if not re.search(r"has not ended within its limit of 1 s|/external/\w+' was ended after \d+ ms", result.err):
        raise Wrong(result.err)


def test_limit():
    for name in ("hang", "hide", "fork"):
        begin = time.monotonic()
        result = stonith("-t", f"external/{name}", "hostlist=a", "--timeout", "1", "-S")
        expect_late(result, name, "status")
        if time.monotonic() - begin > PATIENCE_S:
            raise Wrong("the limit was not kept")
        nobody_holds()
    expect_late(stonith("-t", "external/hang", "hostlist=a", "--timeout", "1", "a"), "hang", "re")
    nobody_holds()


def start(*arguments, env=None):
    child = subprocess.Popen(["stonith", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=dict(os.environ, **(env or {})))
    end = time.monotonic() + PATIENCE_S
    while not holding():
        if child.poll() is not None or time.monotonic() > end:
            raise Wrong("the device does not get to work")
        time.sleep(0.02)
    return child


def test_killed():
    """Nothing goes on without the one who asked for it."""
    for signo in (signal.SIGTERM, signal.SIGKILL):
        child = start("-t", "external/hang", "hostlist=a", "a")
        child.send_signal(signo)
        child.wait(PATIENCE_S)
        nobody_holds()


def told_by(pid, name):
    """A file of the process; of one that has just ended, nothing."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def tree_of(pid):
    found, more = [], [pid]
    while more:
        found.append(more.pop())
        more += map(int, told_by(found[-1], f"task/{found[-1]}/children").split())
    return found


def look_for_secret(pid, own_environment):
    pids = tree_of(pid)
    if len(pids) < 3:
        raise Wrong(f"only {pids} run")
    for each in pids:
        if SECRET.encode() in told_by(each, "cmdline"):
            raise Wrong(f"in the arguments of {each}")
        if each == pid and own_environment:
            continue
        if SECRET.encode() in told_by(each, "environ"):
            raise Wrong("in the environment of " + told_by(each, "cmdline").replace(b"\0", b" ").decode())


def test_secrets():
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "cfg"
        file.write_text(f"{SECRET}\n")
        for arguments, env in ((("-F", str(file)), {}), (("-E",), {"passwd": SECRET, "hostlist": "a"})):
            child = start("-t", "rhcs/slow", *arguments, "-S", env=env)
            try:
                look_for_secret(child.pid, bool(env))
            finally:
                child.terminate()
                child.wait(PATIENCE_S)
            nobody_holds()
    for arguments in (("-S",), ("-S", "--transcript"), ("-S", "-d")):
        result = stonith("-t", "external/tells", "hostlist=a", f"password={SECRET}", *arguments)
        expect(result, 1, "password is ****")
        if SECRET in result.out + result.err:
            raise Wrong(f"told by {arguments}: {result.err!r}")
    result = run(["stonith", "-t", "external/tells", "hostlist=a", f"password={SECRET}", "-S"], tty=False)
    if any(SECRET in line for line in result.syslog) or not any("****" in line for line in result.syslog):
        raise Wrong(f"told to syslog: {result.syslog}")


def test_drivers():
    for name, (_, says) in DRIVERS.items():
        for arguments in (("a=b", "-S"), ("-T", "off", "a=b", "n")):
            result = stonith("-t", name, *arguments)
            if result.code == 0 or says not in result.err:
                raise Wrong(f"{name}: {result.code} {result.err!r}")
        lines = [line for line in result.err.splitlines() if name in line]
        if not 1 <= len(lines) <= 4:
            raise Wrong(f"{name}: {result.err!r}")
    if "crasher" not in stonith("-L").out:
        raise Wrong("the list loads drivers")


def test_parameters():
    expect(stonith("-t", "external/color", "hostlist=a", "LD_PRELOAD=/tmp/x.so", "-S"), 1,
           "'LD_PRELOAD' cannot be the name of a parameter")
    expect(stonith("-t", "rhcs/slow", "hostlist=a", "passwd=a\naction=on", "-S"), 1, "has more than one line")
    expect(stonith("-t", "rhcs/slow", "hostlist=a", "host_map=a", "-S"), 1, "host_map is 'host:plug;host:plug...'")
    expect(stonith("-t", "null", "hostlist=" + "x" * 5000, "-l"), 1, "is longer than 4096 characters")
    expect(stonith("-t", "null", "hostlist=" + "x" * 300, "-l"), 1, "")
    expect(stonith("-t", "null", *(f"p{i}=1" for i in range(51)), "-l"), 1, "Too many name=value style arguments")
    expect(stonith("-t", "external/../../../../bin/true", "a=b", "-S"), 8, "Invalid device type")
    expect(stonith("-t", "null", "hostlist=a", "x" * 300), 3)
    expect(stonith("-t", "null", "hostlist=a", "--timeout", "0", "-S"), 1, "bad timeout [0]")


def test_check():
    for arguments, code, says in (
            (("null", "hostlist=a"), 0, "null: the configuration is complete."),
            (("null", "hostlist=a", "hostlsit=b"), 0, "unknown parameter 'hostlsit' is ignored"),
            (("null", "x=y"), 1, "parameter 'hostlist' is missing"),
            (("null", "-p", ""), 1, "Invalid STONITH -p parameter []"),
            (("null", "-F", "/nonexistent"), 1, "Cannot open /nonexistent"),
            (("null", "hostlist="), 1, "a parameter has a wrong value"),
            (("bogus", "-F", "/nonexistent"), 8, "Invalid device type: 'bogus'"),
            (("external/nope", "a=b"), 8, "type 'external/nope' cannot be used"),
            (("text", "a=b"), 8, "cannot load driver"),
            (("external/hang", "hostlist=a"), 0, "complete")):
        for tty in (True, False):  # the reason is always on stderr
            expect(run(["stonith", "--check", "-t", *arguments], tty=tty), code, says)


def test_json():
    want = {("-L",): r'\{"types":\["', ("-t", "null", "hostlist=a,B", "-l"): r'\{"type":"null","hosts":\["a","b"\]\}\n$',
            ("-t", "null", "hostlist=a", "-S"): r'\{"type":"null","status":"ok","code":0\}\n$'}
    for arguments, form in want.items():
        result = stonith("--json", *arguments)
        if not re.match(form, result.out):
            raise Wrong(f"{arguments}: {result.out!r}")


CASES = (test_scripts, test_limit, test_killed, test_secrets, test_drivers, test_parameters, test_check, test_json)

if __name__ == "__main__":
    sys.exit(main_inside("stonith/hostile", CASES, fill, __doc__))
