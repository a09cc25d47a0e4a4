#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""respawn lines that name programs where older packages had them: taken from where ours are,
left out while ours do not exist, refused when they are nobody's.

Runs in a mount namespace of its own, where /usr/libexec is empty; needs root for that.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = ROOT / os.environ.get("BUILD", "build") / "bin" / "config_check"
HACF = "mcast lo 239.0.0.43 694 1 0\nnode alpha beta\nauto_failback on\nlogfacility daemon\n"
OLD_PLACES = (
    "/usr/lib/heartbeat/ipfail",
    "/usr/lib64/heartbeat/ipfail",
    "/usr/libexec/heartbeat/ipfail",
    "/usr/local/ha/lib/heartbeat/ipfail",
)
NOT_EXECUTABLE = "is not an executable file"
LEFT_OUT = "without effect yet: respawn hbagent"


def check(directory, command, ours):
    (directory / "ha.cf").write_text(HACF + f"respawn root {command}\n")
    script = "mount -t tmpfs none /usr/libexec && mkdir /usr/libexec/heartbeat || exit 99; "
    for name in ours:
        script += f"cp /bin/true /usr/libexec/heartbeat/{name}; "
    script += f'exec "{CHECK}" --check -d "{directory}" --here --node alpha'
    run = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True)
    assert run.returncode in (0, 1), f"exit {run.returncode}: {run.stderr.strip()}"
    return run.stdout


def test_ours_is_taken(directory):
    for command in OLD_PLACES:
        told = check(directory, command + " -x", ["ipfail"])
        assert NOT_EXECUTABLE not in told and LEFT_OUT not in told, told


def test_ours_is_not_there_yet(directory):
    for command in OLD_PLACES:
        told = check(directory, command.replace("ipfail", "hbagent"), [])
        assert NOT_EXECUTABLE not in told and LEFT_OUT in told, told
        told = check(directory, command, [])
        assert NOT_EXECUTABLE in told, told


def test_somebody_elses(directory):
    for command in ("/usr/lib/heartbeat/nosuch", "/opt/bin/ipfail", "/usr/lib/heartbeat/"):
        told = check(directory, command, ["ipfail"])
        assert NOT_EXECUTABLE in told, f"{command}: {told}"


def run(name, test):
    with tempfile.TemporaryDirectory(prefix="programs_") as temp:
        directory = pathlib.Path(temp)
        (directory / "haresources").write_text("alpha 10.0.0.5\n")
        (directory / "authkeys").write_text("auth 1\n1 sha1 wiePhahchoo4aiGh\n")
        os.chmod(directory / "authkeys", 0o600)
        try:
            test(directory)
        except (AssertionError, OSError) as reason:
            print(f"not ok programs/{name}: {str(reason).splitlines()[0]}")
            return 1
    print(f"ok programs/{name}")
    return 0


def main():
    if os.geteuid() != 0:
        print("skip programs: a mount namespace needs root")
        return 0
    failed = run("ours-is-taken", test_ours_is_taken)
    failed += run("ours-is-not-there-yet", test_ours_is_not_there_yet)
    failed += run("somebody-elses", test_somebody_elses)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
