#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ipmilan at OpenIPMI's simulator of a management controller, by ipmitool and by freeipmi: each operation, wrong
passwords, a controller that is silent, and one that lies."""

import sys

from devices import WITH_STAND_INS, Bench, ended, main_in_one_lab, need, unpacked_kind

LAN_CONF = """name "bmc%(port)d"
set_working_mc 0x20
startlan 1
  addr 127.0.0.1 %(port)d
  priv_limit admin
  allowed_auths_callback none md2 md5 straight
  allowed_auths_user none md2 md5 straight
  allowed_auths_operator none md2 md5 straight
  allowed_auths_admin none md2 md5 straight
  guid a123456789abcdefa123456789abcdef
endlan
chassis_control "/opt/chassis %(port)d"
user 1 true "" "test" user 10 none md2 md5 straight
user 2 true "admin" "secret" admin 10 none md2 md5 straight
"""
CONTROLLER = """mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
mc_enable 0x20
"""
# What the simulator asks for the state of the chassis, and tells what to do with it.
CHASSIS = """#!/bin/sh
port=$1 verb=$2
shift 2
while [ $# -gt 0 ]; do
	if [ "$verb" = get ]; then
		case $1 in power) echo "power:$(cat /opt/power.$port)" ;; *) echo "$1:0" ;; esac
		shift
	else
		echo "$1 $2" >>/opt/done.$port
		[ "$1" != power ] || [ $port = 624 ] || echo "$2" >/opt/power.$port
		shift 2
	fi
done
"""
GOOD, LIAR, SILENT = 623, 624, 625
TOOLS = {"ipmitool": "/usr/bin/ipmitool", "freeipmi": "/usr/sbin/ipmipower"}


class Controllers:
    def __init__(self, node):
        self.node = node
        self.bench = Bench(node, "ipmilan", *self.params())
        for tool, path in TOOLS.items():
            node.run(f"mkdir /opt/{tool} && mv {path} /opt/{tool}", check=True)
        node.write("/opt/chassis", CHASSIS, 0o755)
        node.write("/opt/sim.emu", CONTROLLER)
        for port in (GOOD, LIAR):
            node.write(f"/opt/lan.{port}", LAN_CONF % {"port": port})
            node.run(f"mkdir -p /opt/state.{port}", check=True)
            self.power(1, port)
            node.spawn(["ipmi_sim", "-n", "-c", f"/opt/lan.{port}", "-f", "/opt/sim.emu", "-s", f"/opt/state.{port}"])
        node.spawn(["/usr/bin/python3", "-c", "import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
                    f"s.bind(('127.0.0.1', {SILENT})); time.sleep(3600)"])
        for port in (GOOD, LIAR):
            node.lab.wait(lambda port=port: self.run("-S", params=self.params(port=port)).code == 0, 40, "it answers")
        # These wait long before they do not believe it; looked at by the last case.
        self.liars = [(op, self.spawn("-T", op, "nodeA", params=self.params(port=LIAR))) for op in ("off", "reset")]

    @staticmethod
    def params(port=GOOD, **other):
        values = {"hostname": "nodeA", "ipaddr": "127.0.0.1", "port": port, "auth": "md5", "priv": "admin", "login": "admin",
                  "password": "secret", **other}
        return [f"{name}={value}" for name, value in values.items()]

    def power(self, on, port=GOOD):
        self.node.write(f"/opt/power.{port}", f"{on}\n")
        self.node.write(f"/opt/done.{port}", "")

    def done(self, port=GOOD):
        return self.node.read(f"/opt/done.{port}").splitlines()

    def spawn(self, *words, tools=tuple(TOOLS), **how):
        """With no other TOOLS than those."""
        path = ":".join([f"/opt/{tool}" for tool in tools] + ["/usr/sbin", "/usr/bin", "/sbin", "/bin"])
        return self.bench.spawn(*words, env={"PATH": path}, **how)

    def run(self, *words, **how):
        return ended(self.spawn(*words, **how))


def operations(c):
    for tool in TOOLS:
        def run(*words, tools=(tool,), **how):
            return c.run(*words, tools=tools, **how)

        c.power(1)
        run("-S").want(0)
        run("-l").want(0, out=["nodea"])
        run("-T", "off", "nodea").want(0, "info: Host nodea ipmilan-off.")
        need(c.done() == ["power 0"], f"{tool}: {c.done()}")
        run("-T", "on", "NodeA").want(0)
        need(c.done() == ["power 0", "power 1"], f"{tool}: {c.done()}")
        run("-T", "reset", "nodea", params=c.params(reset_method="hard_reset")).want(0)
        need(c.done()[2:] == ["reset 1"], f"{tool}: a hard reset is no cycle: {c.done()}")
        c.power(1)
        run("-T", "reset", "nodea", params=c.params(reset_method="power_cycle")).want(0)
        # Twice when the driver came too late to see it off.
        need(c.done() in (["power 0", "power 1"], ["power 0", "power 1"] * 2), f"{tool}: off, and on again: {c.done()}")
        c.power(0)
        run("-T", "reset", "nodea").want(0)
        need(c.done() == ["power 1"], f"{tool}: one that is off is turned on: {c.done()}")


def authentication(c):
    c.power(1)
    for auth, priv in (("none", "admin"), ("straight", "operator"), ("md2", "admin"), ("MD5", "operator")):
        c.run("-S", params=c.params(auth=auth, priv=priv)).want(0)
    running = [c.spawn("-T", "off", "nodea", tools=[tool], params=c.params(**wrong))
               for wrong in ({"password": "wrong"}, {"login": "nobody"}) for tool in TOOLS if tool == "ipmitool" or "login" in wrong]
    for process in running:
        need("wrong" not in ended(process).want(2).text, "the password is told")
    need(c.done() == [], f"{c.done()}")


def silent(c):
    running = [c.spawn("-T", "off", "nodea", tools=[tool], params=c.params(port=port))
               for tool, port in (("ipmitool", SILENT), ("ipmitool", 6299), ("freeipmi", SILENT))]
    for process in running:
        ended(process).want(6)


def parameters(c):
    for wrong, text in (({"auth": "rot13"}, "unknown auth 'rot13'"), ({"priv": "user"}, "unknown priv 'user'"),
                        ({"port": "x"}, "port 'x'"), ({"ipaddr": "-x"}, "'-x' is no address"),
                        ({"password": "x" * 17}, "16 characters at most"), ({"reset_method": "kick"}, "reset_method is 'kick'")):
        c.run("-S", params=c.params(**wrong)).want(1, text)
    c.run("-T", "off", "node").want(8, "IPMI Over LAN doesn't control host [node]")
    c.run("-S", tools=[]).want(8, "ipmilan needs 'ipmitool' or")


def secret(c):
    """The password is in no argument and in no environment."""
    c.bench.stand_in("ipmitool", 'env >/opt/environment; while [ "$1" != -f ]; do shift; done; cat "$2" >/opt/told\n')
    c.bench.run("-S", env=WITH_STAND_INS).want(0)
    need(c.node.read("/opt/told") == "secret\n", c.node.read("/opt/told"))
    need("secret" not in c.node.read("/opt/environment"), "it is in the environment")
    need(not any("secret" in word for call in c.bench.calls() for word in call), "it is an argument")


def nonsense(c):
    """A tool that says yes to everything, and other states than there are."""
    for says, op, code in (("echo Chassis Power is offended", "off", 8),
                           ("echo", "reset", 8), ("yes | head -c 3000000", "off", 8),
                           ("kill -9 $$", "off", 5)):
        c.bench.stand_in("ipmitool", says + "\n")
        c.bench.run("-T", op, "nodea", env=WITH_STAND_INS).want(code)


def liars(c):
    for op, process in c.liars:
        ended(process).want(5, "took the command, but the chassis was not off after it")
    need(c.done(LIAR)[:2] == ["power 0", "power 0"], f"{c.done(LIAR)}")


CASES = (operations, authentication, silent, parameters, secret, nonsense, liars)

if __name__ == "__main__":
    KIND = unpacked_kind("ours+ipmi", "ipmi", ("openipmi", "ipmitool", "freeipmi-tools", "freeipmi-common", "libfreeipmi17",
                                               "libipmiconsole2", "libipmidetect0"), ("libopenipmi0", "libpopt0", "libreadline8"))
    sys.exit(main_in_one_lab("stonith/ipmilan", CASES, lambda lab: (Controllers(lab.node("alpha", kind=KIND)),), __doc__))
