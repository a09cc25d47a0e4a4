#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The log in systemd's journal: a stand-in for its socket takes the datagrams apart."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab.suite import main, need  # noqa: E402

HA_CF = """logfile /var/log/ha-log
logfacility none
keepalive 100ms
deadtime 1500ms
initdead 3
bcast eth0
auto_failback off
node alpha bravo
"""
JOURNAL = """
import json, os, socket
os.makedirs("/run/systemd/journal", exist_ok=True)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/systemd/journal/socket")
out = open("/journal", "w", buffering=1)
while True:
    print(json.dumps(s.recv(65536).decode()), file=out)
"""
# Its stderr is what JOURNAL_STREAM says it is.
START = ("import os, sys\nf = os.open('/stderr', os.O_WRONLY | os.O_CREAT)\nos.dup2(f, 2)\nst = os.fstat(2)\n"
         "os.environ['JOURNAL_STREAM'] = f'{st.st_dev}:{st.st_ino}'\n"
         "os.execv('/usr/libexec/heartbeat/heartbeat', ['heartbeat', '-f'])\n")


def entries(node):
    found = []
    for line in node.read("/journal", default="").splitlines():
        text = json.loads(line)
        need(text.endswith("\n"), f"an entry that does not end: {text!r}")
        fields = {}
        for field in text[:-1].split("\n"):
            need(re.fullmatch(r"[A-Z][A-Z0-9_]*=.*", field), f"no field: {field!r}")
            name, value = field.split("=", 1)
            need(name not in fields, f"twice: {name}")
            fields[name] = value
        found.append(fields)
    return found


def fields(lab):
    alpha, bravo = lab.nodes("alpha", "bravo")
    for node in (alpha, bravo):
        node.configure(HA_CF, "alpha IPaddr2::10.77.0.100/24/eth0\n")
    bravo.spawn(["/usr/bin/python3", "-c", JOURNAL])
    lab.wait(lambda: bravo.exists("/run/systemd/journal/socket"), 10, "the stand-in listens")
    alpha.start_heartbeat()
    bravo.spawn(["/usr/bin/python3", "-c", START])
    lab.wait(lambda: bravo.rscstatus() not in (None, "transition"), 30, "the cluster rests")
    alpha.power_off()
    lab.wait(lambda: {"node-died", "link-down", "group-took"} <= {e.get("HB_EVENT") for e in entries(bravo)}, 30,
             "death, link and takeover in the journal")
    found = entries(bravo)
    for entry in found:
        need({"MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_FACILITY", "SYSLOG_PID"} <= set(entry), f"{entry}")
        need(entry["SYSLOG_IDENTIFIER"] == "heartbeat" and entry["PRIORITY"] in "01234567", f"{entry}")
    events = {entry["HB_EVENT"]: entry for entry in found if "HB_EVENT" in entry}
    need(all(re.fullmatch("[0-9a-f]{32}", e["MESSAGE_ID"]) for e in events.values()), "MESSAGE_ID")
    need(len({e["MESSAGE_ID"] for e in events.values()}) == len(events), "an id for each kind")
    need(events["node-died"]["HB_NODE"] == "alpha", f"{events['node-died']}")
    need((events["link-down"]["HB_NODE"], events["link-down"]["HB_LINK"]) == ("alpha", "eth0"), f"{events['link-down']}")
    took = events["group-took"]
    need(took["HB_GROUP"] == "IPaddr2::10.77.0.100/24/eth0" and "from alpha: alpha silent for" in took["MESSAGE"], f"{took}")
    warning = [e for e in found if e["MESSAGE"] == "node alpha: is dead"]
    need(len(warning) == 1 and warning[0]["PRIORITY"] == "4", "other lines, too, each once")
    need("node alpha: is dead" in bravo.log(), "the file gets them as ever")
    need("node alpha: is dead" not in bravo.read("/stderr"), "and stderr does not: the journal would have them twice")


if __name__ == "__main__":
    sys.exit(main("journal", [fields], __doc__))
