#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Case 3 of doc/cases.md: two IPVS directors, two real servers, a client.

The address and its rules are one group of haresources; real servers answer directly (LVS-DR)."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from lab import Lab, LabError, failure  # noqa: E402

ADDRESS = "10.77.0.100"
HA_CF = """logfile /var/log/ha-log
keepalive 500ms
warntime 3
deadtime 5
initdead 10
bcast eth0
auto_failback off
node alpha bravo
"""
DIRECTOR = f"""#!/bin/sh
# director: the rules of the virtual service, as a resource
service={ADDRESS}:80
rules() {{ ipvsadm -Ln | grep -q "^TCP *$service "; }}
case $1 in
start)
	rules && exit 0
	ipvsadm -A -t $service -s rr || exit 1
	for real in REALS; do
		ipvsadm -a -t $service -r $real:80 -g || exit 1
	done
	;;
stop) rules && ipvsadm -D -t $service; ! rules ;;
status) if rules; then echo running; else echo stopped; exit 3; fi ;;
*) echo "usage: $0 start|stop|status" >&2; exit 2 ;;
esac
"""
SERVER = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = sys.argv[1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("", 80), Page).serve_forever()
"""
CLIENT = f"""
import http.client
for _ in range(8):
    c = http.client.HTTPConnection("{ADDRESS}", 80, timeout=5)
    c.request("GET", "/")
    print(c.getresponse().read().decode())
    c.close()
"""


def real_server(lab, name):
    """Answers for the address without answering ARP for it."""
    server = lab.client(name)
    server.run(f"ip link set lo up; ip addr add {ADDRESS}/32 dev lo; "
               "for i in all lo eth0; do echo 1 >/proc/sys/net/ipv4/conf/$i/arp_ignore; "
               "echo 2 >/proc/sys/net/ipv4/conf/$i/arp_announce; done", check=True)
    server.spawn(["/usr/bin/python3", "-c", SERVER, name])
    lab.wait(lambda: ":0050 " in server.run("cat /proc/net/tcp").stdout, 60, f"{name} serves", every=0.5)
    return server


def rules(node):
    """Real servers in NODE's table of the service; [] without a table."""
    told = node.run("ipvsadm -Ln", check=True).stdout
    if f"TCP  {ADDRESS}:80 rr" not in told:
        return []
    return sorted(re.findall(r"-> ([0-9.]+):80 +Route", told))


def answers(client):
    done = client.run(["/usr/bin/python3", "-c", CLIENT], timeout=90)
    return done.stdout.split() if done.returncode == 0 else []


def directors(lab):
    alpha, bravo = nodes = lab.nodes("alpha", "bravo")
    reals = [real_server(lab, name) for name in ("real1", "real2")]
    client = lab.client("client")
    want = sorted(real.ip for real in reals)
    for node in nodes:
        node.write("/etc/ha.d/resource.d/director", DIRECTOR.replace("REALS", " ".join(want)), 0o755)
        node.configure(HA_CF, f"alpha IPaddr2::{ADDRESS}/24/eth0 director\n")
        node.start_heartbeat()

    def directs(one, other):
        lab.wait(lambda: one.has_address(ADDRESS) and rules(one) == want, 60, f"{one.name} has address and rules",
                 every=0.5)
        if other is not None and (other.has_address(ADDRESS) or rules(other)):
            raise LabError(f"{other.name} has something of it, too")
        seen = []
        lab.wait(lambda: seen.clear() or seen.extend(answers(client)) or len(seen) == 8, 60,
                 f"answers through {one.name}")
        if seen.count("real1") != 4 or seen.count("real2") != 4:
            raise LabError(f"not balanced through {one.name}: {seen}")

    directs(alpha, bravo)
    alpha.run("hb_standby all", check=True)
    directs(bravo, alpha)
    bravo.power_off()
    directs(alpha, None)
    return "moved by hb_standby and by a power failure; 4 of 8 connections to each server"


def main():
    try:
        with Lab("ipvs") as lab:
            print(f"ok vm/case-3 ({directors(lab)})")
    except LabError as error:
        print(failure("vm/case-3", error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
