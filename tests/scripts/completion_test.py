#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Completion in bash: every file loads and completes its own command; words, options, node names and links.
cl_status and ResourceManager are stand-ins that know two nodes and two groups."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

FILES = Path(__file__).resolve().parents[2] / "packaging" / "bash-completion"
CL_STATUS = """#!/bin/sh
case "$*" in
listnodes*) printf 'bravo\\nalpha\\n' ;;
"listhblinks bravo") printf '\\teth0\\n\\teth1\\n' ;;
esac
"""
RESOURCE_MANAGER = """#!/bin/sh
[ "$*" = allkeys ] && printf '10.0.0.5/24\\nweb\\n'
"""
STONITH = """#!/bin/sh
case "$*" in
-L) printf 'baytech\\nexternal/ipmi\\nexternal/ssh\\n' ;;
"-t baytech -n") printf 'ipaddr  login  password  \\n' ;;
esac
"""
HOSTS = "10.0.0.1 alpha\n10.0.0.3 charlie\n10.0.0.4 delta\n"
CASES = (
    ("cibadmin -o re", {"resources"}),
    ("cibadmin --show-access na", {"namespace"}),
    ("crm_attribute -t n", {"nodes"}),
    ("crm_attribute -N br", {"bravo"}),
    ("crm_standby -v o", {"on", "off"}),
    ("crm_ticket -G g", {"granted"}),
    ("crm_shadow -c ", set()),
    ("hb_status --w", {"--watch", "--warning"}),
    ("hb_status --color a", {"auto", "always"}),
    ("hb_status --check --warning node", {"node-dead"}),
    ("hb_status --check --ignore loss,link", {"loss,link-down"}),
    ("hb_status --events ", set()),
    ("cl_status node", {"nodesite", "nodestatus", "nodetype", "nodeweight"}),
    ("cl_status nodestatus ", {"alpha", "bravo"}),
    ("cl_status hblinkstatus bravo eth", {"eth0", "eth1"}),
    ("cl_status hbparameter -p keep", {"keepalive"}),
    ("hb_delnode al", {"alpha"}),
    ("hb_fenced -y b", {"bravo"}),
    ("hb_fenced bravo ", set()),
    ("hb_status --check --ignore fen", {"fencing"}),
    ("hb_setweight ", {"alpha", "bravo"}),
    ("hb_setweight alpha ", set()),
    ("hb_setsite b", {"bravo"}),
    ("hb_standby f", {"foreign", "failback"}),
    ("hb_takeover lo", {"local"}),
    ("hb_standby --wait = 30 ", {"all", "foreign", "local", "failback"}),
    ("hb_standby --wait = 3", set()),
    ("hb_takeover local ", set()),
    ("hb_takeover -", {"--wait", "--wait=", "-h", "--help"}),
    ("hb_addnode ", {"charlie", "delta"}),
    ("hb_addnode charlie ", {"delta"}),
    ("heartbeat --dir", {"--directives"}),
    ("heartbeat -C f", {"foreign"}),
    ("heartbeat --check --", {"--here", "--elsewhere", "--node", "--peer", "--json", "--help"}),
    ("heartbeat --check --node b", {"bravo"}),
    ("heartbeat --check --json --peer /us", {"/usr"}),
    ("ResourceManager t", {"takegroup"}),
    ("ResourceManager listkeys ", {"alpha", "bravo"}),
    ("ResourceManager givegroup 10.0.0.", {"10.0.0.5/24"}),
    ("ResourceManager givegroup web ", set()),
    ("req_resource w", {"web"}),
    ("mach_down b", {"bravo"}),
    ("mach_down bravo ", set()),
    ("send_arp -", {"-i", "-r", "-p", "--help"}),
    ("send_arp -i 500 -r ", set()),
    ("send_arp -p /us", {"/usr"}),
    ("send_arp -i 500 l", {"lo"}),
    ("send_arp -r 2 eth0 10.0.0.5 ", {"auto"}),
    ("hb_ipaddr IPv", {"IPv6addr"}),
    ("hb_ipaddr IPaddr2 10.0.0.5 st", {"start", "stop", "status"}),
    ("hb_ipaddr findif -", {"-C", "--help"}),
    ("stonith -t ex", {"external/ipmi", "external/ssh"}),
    ("stonith -t baytech l", {"login="}),
    ("stonith -t baytech login=x -T o", {"on", "off"}),
    ("stonith --ch", {"--check"}),
    ("hb_fence o", {"off", "on"}),
    ("hb_fence -t 5 fence b", {"bravo"}),
    ("hb_fence start x ex", {"external/ipmi", "external/ssh"}),
    ("apitest 1 a", {"alpha"}),
    ("stonith -c ", set()),
)
# Sources the file of the command, and calls what it registered as bash does.
SCRIPT = """
set -u
. "$1" || exit 1
shift
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
spec=$(complete -p "$1") || exit 2
case $spec in *' -F '*) ;; *) exit 0 ;; esac
function=${spec##*-F }
"${function%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]-}"
"""


def complete(directory, words):
    env = dict(os.environ, PATH=f"{directory}:{os.environ['PATH']}", HOSTFILE=f"{directory}/hosts")
    done = subprocess.run(["bash", "--norc", "-c", SCRIPT, "bash", str(FILES / words[0]), *words], env=env,
                          capture_output=True, text=True, timeout=20, check=False)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.strip()}")
    return {line.strip() for line in done.stdout.splitlines() if line.strip()}


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="completion_") as directory:
        (Path(directory) / "hosts").write_text(HOSTS)
        for name, text in (("cl_status", CL_STATUS), ("ResourceManager", RESOURCE_MANAGER), ("stonith", STONITH)):
            (Path(directory) / name).write_text(text)
            (Path(directory) / name).chmod(0o755)
        checks = [([file.name, ""], None) for file in sorted(FILES.iterdir())]
        checks += [(line.split(" "), want) for line, want in CASES]
        for words, want in checks:
            name = "completion/" + ("-".join(word for word in words if word) if want is not None else f"loads-{words[0]}")
            try:
                got = complete(directory, words)
                if want is not None and got != want:
                    raise AssertionError(f"got {sorted(got)}, want {sorted(want)}")
                print(f"ok {name}")
            except (AssertionError, subprocess.TimeoutExpired) as reason:
                failed += 1
                print(f"not ok {name}: {str(reason).splitlines()[0]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
