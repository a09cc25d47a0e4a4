#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The meatware driver and meatclient(8), with each other and with what else is written into the FIFO."""

import os
import stat
import sys

from devices import Bench, ended, main_in_one_lab, need, within

FIFO = "/run/meatware.nodeb"


def asked(bench, words="-T reset nodeB"):
    """A driver that waits on the FIFO of nodeb, and what it logged until then."""
    process = bench.spawn(*words.split())
    seen = []

    def read():
        for line in process.stderr:
            seen.append(line)
            if "AFTER power-cycling" in line:
                break

    within(process, read)
    return process, seen


def read_until(stream, last):
    """What comes, to the first character LAST."""
    said = ""
    while not said.endswith(last) and (more := stream.read(1)):
        said += more
    return said


def client(bench, answer, *words):
    return bench.node.run(["meatclient", *words], input=answer)


def confirm(bench):
    process, seen = asked(bench)
    mode = os.lstat(bench.node.path(FIFO)).st_mode
    need(stat.S_ISFIFO(mode) and mode & 0o777 == 0o600, f"a FIFO of mode 0600: {mode:o}")
    told = client(bench, "y\n", "-c", "NODEB")
    lines = told.stdout.splitlines()
    need(told.returncode == 0 and lines[:2] == ["", "WARNING!"], f"{told}")
    need('"nodeb"' in told.stdout and lines[-1] == "PROCEED? [yN] Meatware_client: reset confirmed.", f"{told}")
    ended(process, already="".join(seen)).want(0, "info: parse config info info=nodeA nodeb",
                              "CRIT: OPERATOR INTERVENTION REQUIRED to reset nodeb.",
                              'CRIT: Run "meatclient -c nodeb" AFTER power-cycling the machine.',
                              "info: node Meatware-reset: nodeb", out=[])
    need(not bench.node.exists(FIFO), "the FIFO is gone")


def confirm_with_a_capital(bench):
    process, seen = asked(bench, "-T off NodeB")
    told = client(bench, "Yes\n", "-c", "nodeb")
    need(told.returncode == 0, f"{told}")
    ended(process, already="".join(seen)).want(0)


def refuse(bench):
    for answer in ("n\n", "", "nyes\n"):
        process, seen = asked(bench)
        told = client(bench, answer, "-c", "nodeb")
        need(told.returncode == 3 and told.stdout.endswith("Meatware_client: operation canceled.\n"), f"{told}")
        ended(process, already="".join(seen)).want(5, "CRIT: Format error - failed to Meatware-reset node nodeb")
        need(bench.node.exists(FIFO), "the FIFO stays")
        told = client(bench, "y\n", "-c", "nodeb")
        need(told.returncode == 4 and told.stderr == f"Meatware_IPC failed: {FIFO}: No such device or address\n", f"{told}")


def other_words(bench):
    for text, complaint in (("meatware reply nodez", "failed to Meatware-reset node nodeb"),
                            ("meatware reply no", "failed to Meatware-reset node nodeb"),
                            ("meatware reply nodeb0", "failed to Meatware-reset node nodeb"),
                            ("meatware reply nodeb too", "failed to Meatware-reset node nodeb"),
                            ("meatware repl nodeb", "failed to Meatware-reset node nodeb"),
                            ("meatware reply", "Format error"),
                            ("\\001\\377" * 4000, "Format error")):
        process, seen = asked(bench)
        bench.node.run(f"printf '{text}' >{FIFO}")
        done = ended(process, already="".join(seen)).want(5, complaint)
        need(not done.logged("node Meatware-reset"), f"{text}: {done}")


def unlisted_host(bench):
    bench.run("-T", "off", "nodeZ").want(4, "Meatware STONITH device doesn't control host [nodez]")
    need(not bench.node.exists("/run/meatware.nodez"), "no FIFO")
    bench.run("-T", "off", "node").want(4)


def unsafe_places(bench):
    """What lies at the FIFO's place is removed, and nothing is done to what it points to."""
    bench.node.write("/tmp/victim", "precious\n")
    bench.node.run(f"rm -f {FIFO}; ln -s /tmp/victim {FIFO}", check=True)
    process, seen = asked(bench)
    need(stat.S_ISFIFO(os.lstat(bench.node.path(FIFO, follow=False)).st_mode), "a FIFO instead of the link")
    client(bench, "y\n", "-c", "nodeb")
    ended(process, already="".join(seen)).want(0)
    need(bench.node.read("/tmp/victim") == "precious\n", "the file is as it was")
    bench.node.run(f"mkdir {FIFO}", check=True)
    bench.run("-T", "reset", "nodeb").want(8, f"cannot remove {FIFO}")
    bench.node.run(f"rmdir {FIFO}; ln -s /tmp/victim {FIFO}", check=True)
    told = client(bench, "y\n", "-c", "nodeb")
    need(told.returncode == 4 and bench.node.read("/tmp/victim") == "precious\n", f"{told}")
    bench.node.run(f"rm {FIFO}; echo x >{FIFO}", check=True)
    told = client(bench, "y\n", "-c", "nodeb")
    need(told.returncode == 4 and bench.node.read(FIFO) == "x\n", f"{told}")
    for host in ("../tmp/x", "a/b"):
        told = client(bench, "y\n", "-c", host)
        need(told.returncode == 3 and "no name of a node" in told.stderr, f"{told}")
        bench.run("-S", params=[f"hostlist={host}"]).want(1, f"'{host}' is no host")


def client_waits(bench):
    bench.node.run(f"rm -f {FIFO}")
    waiting = bench.node.spawn(["meatclient", "-c", "nodeb", "-w"], stdin=-1, stdout=-1, stderr=-1, text=True)
    need(within(waiting, lambda: waiting.stdout.read(2)) == "..", "a dot each second")
    process, seen = asked(bench)
    out, _ = waiting.communicate("y\n", timeout=60)
    need(waiting.returncode == 0 and out.lstrip(".").startswith("\n\nWARNING!\n"), out)
    ended(process, already="".join(seen)).want(0)


def status_and_list(bench):
    bench.run("-S", "-l").want(0, "meatware device OK.", out=["nodea", "nodeb"])
    bench.run("-S", params=["hostlist= ,"]).want(1, "the list of hosts is empty")


def client_alone(bench):
    bench.node.run(f"rm -f {FIFO}")
    usage = "usage: meatclient -c node [-w]\n"
    for words, code, text in (((), 3, usage), (("-x",), 3, f"meatclient: invalid option -- 'x'\n{usage}"), (("-c", "a", "b"), 3, usage),
                              (("-c", "nodeb"), 4, f"Meatware_IPC failed: {FIFO}: No such file or directory\n")):
        told = client(bench, "y\n", *words)
        need((told.returncode, told.stdout, told.stderr) == (code, "", text), f"{words}: {told}")
    told = client(bench, "", "--help")
    need(told.returncode == 0 and told.stdout.startswith("usage: ") and not told.stderr, f"{told}")


def device_goes_away(bench):
    """The driver is ended while the person thinks."""
    process, _ = asked(bench)
    thinking = bench.node.spawn(["meatclient", "-c", "nodeb"], stdin=-1, stdout=-1, stderr=-1, text=True)
    need("PROCEED" in within(thinking, lambda: read_until(thinking.stdout, "?")), "the prompt")
    for pid, words in bench.node.processes().items():
        if words and "stonith-device" in words[0]:
            os.kill(pid, 9)
    process.communicate(timeout=60)
    need(process.returncode == 8, f"{process.returncode}")
    _, err = thinking.communicate("y\n", timeout=60)
    need(thinking.returncode == 8 and "Broken pipe" in err, f"{thinking.returncode} {err}")


CASES = (confirm, confirm_with_a_capital, refuse, other_words, unlisted_host, unsafe_places, client_waits, status_and_list,
         client_alone, device_goes_away)

if __name__ == "__main__":
    sys.exit(main_in_one_lab("stonith/meatware", CASES,
                             lambda lab: (Bench(lab.node("alpha"), "meatware", "hostlist=nodeA nodeb"),), __doc__))
