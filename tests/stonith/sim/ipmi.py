# SPDX-License-Identifier: GPL-2.0-or-later
"""A management controller: ipmi_sim of the package openipmi on the loopback of a machine of the lab.

    with Ipmi(node, user="admin", password="secret") as bmc:
        ...                     # IPMI 1.5 and 2.0 at 127.0.0.1, port 623
        bmc.power, bmc.events   # "on" or "off"; what was asked for: ["power 0", "reset 1", ...]
"""

import shutil

from lab.errors import LabError, Skip

PLACE = "/tmp/ipmi"
LAN = """name "bmc"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 {port}
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
  chassis_control "{place}/chassis"
  user 1 true "" "" user 10 none md2 md5 straight
  user 2 true "{user}" "{password}" admin 10 none md2 md5 straight
"""
COMMANDS = """mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
"""
# Called with "get" or "set", and names, with values when they are set.
CHASSIS = """#!/bin/sh
operation=$1
shift
while [ $# -gt 0 ]; do
	if [ "$operation" = get ]; then
		case $1 in
		power) echo "power:$(cat {place}/power)" ;;
		*) echo "$1:0" ;;
		esac
		shift
		continue
	fi
	echo "$1 $2" >>{place}/events
	[ "$1" != power ] || [ -f {place}/stuck ] || echo "$2" >{place}/power
	shift 2
done
"""


class Ipmi:
    def __init__(self, machine, user="admin", password="secret", port=623, power="on"):
        if not shutil.which("ipmi_sim"):
            raise Skip("ipmi_sim (package openipmi) is not installed")
        self._machine = machine
        self._names = {"user": user, "password": password, "port": port, "place": PLACE}
        self._power = power

    def __enter__(self):
        machine = self._machine
        machine.run(f"ip link set lo up; rm -rf {PLACE}; mkdir -p {PLACE}/state", check=True)
        machine.write(f"{PLACE}/lan.conf", LAN.format(**self._names))
        machine.write(f"{PLACE}/commands", COMMANDS)
        machine.write(f"{PLACE}/chassis", CHASSIS.replace("{place}", PLACE), 0o755)
        self.set_power(self._power)
        self._process = machine.spawn(["ipmi_sim", "-n", "-c", f"{PLACE}/lan.conf", "-f", f"{PLACE}/commands",
                                       "-s", f"{PLACE}/state"], stdout=-3, stderr=-3)
        # It has its port, or says why not by ending.
        port = f":{self._names['port']:04X} "
        machine.lab.wait(lambda: self._process.poll() is not None or port in machine.run("cat /proc/net/udp").stdout, 20,
                         "ipmi_sim listens")
        if self._process.poll() is not None:
            raise LabError(f"ipmi_sim ends with {self._process.returncode}")
        return self

    def __exit__(self, *reason):
        self._process.kill()
        self._process.wait(60)

    @property
    def power(self):
        return "on" if self._machine.read(f"{PLACE}/power").strip() == "1" else "off"

    def set_power(self, power, stuck=False):
        """STUCK: it stays so, whatever is asked for."""
        self._machine.write(f"{PLACE}/power", "1\n" if power == "on" else "0\n")
        if stuck:
            self._machine.write(f"{PLACE}/stuck", "")

    @property
    def events(self):
        return self._machine.read(f"{PLACE}/events", "").splitlines()

    def forget(self):
        """The events until now, and being stuck."""
        self._machine.run(f"rm -f {PLACE}/events {PLACE}/stuck")
