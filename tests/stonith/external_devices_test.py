#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The external scripts that speak to a device themselves, at simulated ones; ipmi at ipmi_sim, rackpdu at snmpd.  Never
is a device that is silent, talks nonsense, refuses or breaks off taken for one that did it."""

import functools
import json
import shutil
import sys

from external_support import HERE, Bench, Simulator, Wrong, expect, main, recordings, vectors
from lab.errors import Skip
from sim.ipmi import Ipmi

CERT = "/tmp/cert.pem"
PLAIN = "/usr/sbin:/usr/bin:/sbin:/bin"  # no stand-ins


class Bed:
    """Runs one script at simulated devices."""

    def __init__(self, bench):
        if not shutil.which("openssl"):
            raise Skip("openssl is not installed")
        self.bench = bench
        bench.node.run("ip link set lo up")
        bench.node.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ilo", "-keyout", CERT, "-out",
                        "/tmp/crt.pem", "-days", "2"], check=True)
        bench.node.run(f"cat /tmp/crt.pem >>{CERT}", check=True)

    def at(self, simulator, script, words, params, talk=None, code=0):
        """What the device noted."""
        device = Simulator(self.bench.node, simulator)
        if talk is None:
            with device:
                done = self.bench.run(script, words, params, path=PLAIN)
        else:
            done = device.play(talk, lambda: self.bench.run(script, words, params, path=PLAIN))
        expect(done.code, code, f"{script} {words} {talk or simulator}: {done} {device.events}")
        if code and not done.log:
            raise Wrong(f"{script} {words}: fails without a word")
        return device.events, done


def said(events):
    return [text for kind, text, *_ in (event if len(event) > 1 else (*event, "") for event in events) if kind == "P"]


def telnet_talks_are_the_recorded(bed):
    """Byte for byte; also in packets of one byte, and with telnet's negotiations between."""
    options = "\xff\xfd\x18\xff\xfb\x01\xff\xfe\x03\xff\xfa\x18\x01\xff\xf0\xff\xf1"
    count = 0
    for script, port in (("dracmc-telnet", 7032), ("ibmrsa-telnet", 23)):
        one, = recordings(vectors() / f"dialogue/external_{script}.txt")
        for case in one.cases:
            if case.words[0] == "-l" or "mute" in case.words:
                continue
            want = [text for kind, text in case.talk if kind == "P"]
            for chunk, more in ((0, ""), (1, options)):
                talk = [[kind, more + text if kind == "D" else text] for kind, text in case.talk]
                events, _ = bed.at(("play", port, chunk), script, case.command, one.params, [talk], case.exit)
                expect(said(events), want, f"{script} {case.command}")
                count += 1
    return f"{count} talks"


def telnet_devices_that_misbehave(bed):
    rsa = {"nodename": "nodeb", "ip_address": "127.0.0.1", "username": "u", "password": "p"}
    drac = {"nodename": "nodeb", "cyclades_ip": "127.0.0.1", "cyclades_port": "7032", "servername": "BOOKS", "username": "u",
            "password": "p"}
    ask, word = ["D", "\r\nlogin : "], ["D", "\r\nPassword: "]
    into = [ask, ["P", "u\r"], word, ["P", "p\r"], ["D", "\r\nsystem> "], ["P", "power off\r"]]
    blade = [["D", "\r\nLogin: "], ["P", "u\r"], word, ["P", "p\r"], ["D", "\r\nDRAC/MC: "], ["P", "serveraction -s BOOKS powerdown\r"]]
    # What happens after a beginning; none is a success, all are quick.
    for talk in ([], [["D", "\r\nlog"]], [["flood"]], [ask], [ask, ["P", "u\r"], word, ["P", "p\r"], ["D", "\r\nlogin : "]],
                 [ask, ["P", "u\r"], word, ["P", "p\r"], ["D", "\r\nInvalid login\r\n\r\nPassword: "]], into, into + [["reset"]],
                 into + [["D", "power off\r\nerror: not ok\r\nsystem> "]], into + [["D", "tok"]]):
        bed.at(("play", 23), "ibmrsa-telnet", ["off", "nodeb"], rsa, [talk], 1)
    for talk in ([["flood"]], blade[:4] + [["D", "\r\nLogin: "]], blade,
                 blade + [["D", "serveraction -s BOOKS powerdown\r\nERROR: no such server\r\nDRAC/MC: "]]):
        bed.at(("play", 7032), "dracmc-telnet", ["off", "nodeb"], drac, [talk], 1)
    # A console server that resets the connection is asked again.
    events, _ = bed.at(("play", 7032), "dracmc-telnet", ["off", "nodeb"], drac,
                       [[["reset"]], blade + [["D", "\r\nOK\r\nDRAC/MC: "], ["P", "exit\r"]]])
    expect(said(events)[-2:], ["serveraction -s BOOKS powerdown\r", "exit\r"], "after a reset")
    # One that goes on talking, and reads later, still hears the last word: the session is not left open there.
    events, _ = bed.at(("play", 7032), "dracmc-telnet", ["off", "nodeb"], drac,
                       [blade + [["D", "\r\nOK\r\nDRAC/MC: "], ["late"], ["D", "\r\nnews"], ["P", "exit\r"]]])
    expect(said(events)[-1:], ["exit\r"], "the last word")
    # Nobody listens.
    done = bed.bench.run("ibmrsa-telnet", ["status"], rsa, path=PLAIN)
    expect((done.code, bool(done.log)), (1, True), str(done))


def a_mute_device_is_no_success(bed):
    """It accepts the connection, and says nothing: the old script took that for success after 50 s."""
    rsa = {"nodename": "nodeb", "ip_address": "127.0.0.1", "username": "u", "password": "p"}
    _, done = bed.at(("play", 23), "ibmrsa-telnet", ["reset", "nodeb"], rsa, [[["silence"]]], 1)
    expect([line for line in done.log if "did not find" in line] != [], True, str(done.log))


GET, OFF, ON = "<GET_HOST_POWER_STATUS/>", '<SET_HOST_POWER HOST_POWER="N"/>', '<SET_HOST_POWER HOST_POWER="Y"/>'
HOLD, RESET = "<HOLD_PWR_BTN/>", "<RESET_SERVER/>"


ILO = {"hostlist": "nodeb", "ilo_hostname": "127.0.0.1", "ilo_user": "Admin", "ilo_password": "pw", "ssl_verify": "0"}


def riloe(bed):
    table = (
        # words, parameters, device, exit code, commands
        (["status"], {}, {}, 0, [GET]),
        (["off", "nodeb"], {}, {}, 0, [GET, OFF, GET]),
        (["off", "nodeb"], {}, {"power": "OFF"}, 0, [GET]),
        (["on", "NODEB"], {}, {"power": "OFF"}, 0, [GET, ON]),
        (["on", "nodeb"], {}, {}, 0, [GET]),
        (["reset", "nodeb"], {}, {}, 0, [GET, OFF, GET, ON]),
        (["reset", "nodeb"], {}, {"power": "OFF"}, 0, [GET, ON]),
        (["reset", "nodeb"], {"ilo_can_reset": "1", "ilo_protocol": "2.0"}, {}, 0, [GET, RESET]),
        (["reset", "nodeb"], {"ilo_powerdown_method": "button"}, {}, 0, [GET, HOLD, GET]),
        (["reset", "nodeb"], {"ssl_verify": "1", "ssl_cafile": "/tmp/crt.pem"}, {}, 0, [GET, OFF, GET, ON]),
        (["off", "nodeb"], {"ilo_password": "wrong"}, {}, 1, [GET]),
        (["status"], {"ssl_verify": "1"}, {}, 1, []),
        (["reset", "nodeb"], {"ssl_verify": ""}, {}, 1, []),
    )
    for words, more, device, code, commands in table:
        events, _ = bed.at(("ilo", CERT, json.dumps(device)), "riloe", words, {**ILO, **more}, code=code)
        expect([event[1] for event in events if event[0] != "broken"], commands, f"riloe {words} {more} {device}")
        expect({event[0] for event in events if event[0] != "broken"} <= {more.get("ilo_protocol", "1.2")}, True, "version")
    old = {"RI_HOST": "nodeb", "RI_HOSTRI": "127.0.0.1", "RI_LOGIN": "Admin", "RI_PASSWORD": "pw", "ssl_verify": "0"}
    bed.at(("ilo", CERT), "riloe", ["status"], old)


def riloe_answers_that_are_none(bed):
    good = '<?xml version="1.0"?><RIBCL VERSION="2.22"><RESPONSE STATUS="0x0000" MESSAGE="No error"/>%s</RIBCL>'
    for answer in ("", "garbage", good % "", good % '<GET_HOST_POWER HOST_POWER="MAYBE"/>', "<?xml version='1.0'?><RIBCL>",
                   good % '<GET_HOST_POWER HOST_POWER="ON"/>' + '<?xml version="1.0"?><RIBCL><RESPONSE STATUS="0x0001" MESSAGE="x"/></RIBCL>',
                   '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>', "x"):
        bed.at(("ilo", CERT, json.dumps({"answer": answer, "times": 300000 if answer == "x" else 1})), "riloe", ["off", "nodeb"], ILO, code=1)


def hmchttp(bed):
    params = {"hostlist": "nodea nodeb", "hmc_ipaddr": "127.0.0.1", "user": "admin", "password": "p w&x"}
    login = {"user": "admin", "password": "p w&x", "lang": "0", "submit": "Log in"}
    on = {"form": "60", "sp": "255", "is": "0", "om": "4", "id": "1", "ip": "2", "plt": "1", "pm": "0", "on": "Save settings and power on"}
    off, look, end = {"form": "30", "submit": "Continue"}, {"form": "60"}, {"submit": "Log out"}
    for words, device, code, posts in (
            (["on", "nodeb"], {}, 0, [login, {"form": "2"}, on, end]),
            (["off", "NodeB"], {"busy": 1}, 0, [login, {"form": "2"}, login, {"form": "2"}, off, look, end]),
            (["reset", "nodeb"], {}, 0, [login, {"form": "2"}, off, look, on, end]),
            (["off", "nodeb"], {"refuse": 1}, 1, [login, {"form": "2"}, off, look, end])):
        events, _ = bed.at(("hmc", CERT, json.dumps(device)), "hmchttp", words, params, code=code)
        expect([event[1] for event in events], posts, f"hmchttp {words} {device}")
    bed.at(("hmc", CERT), "hmchttp", ["off", "nodeb"], {**params, "ssl_verify": "1"}, code=1)
    bed.at(("hmc", CERT), "hmchttp", ["status"], params)
    expect(bed.bench.run("hmchttp", ["status"], {**params, "hmc_ipaddr": "127.99.0.300"}, path=PLAIN).code, 1, "nobody there")
    expect(bed.bench.run("hmchttp", ["off", "nodeb"], params, path=PLAIN).code, 1, "nobody listens")


def ippower9258(bed):
    params = {"deviceip": "127.0.0.1", "password": "pw"}

    def run(words, more=None, device=None, code=0):
        events, done = bed.at(("ippower", json.dumps(device or {})), "ippower9258", words, {**params, **(more or {})}, code=code)
        return [event[1].rpartition("CMD=")[2] for event in events if "CMD=" in event[1]], done, events
    expect(run(["gethosts"])[1].out.split("\n")[:4], ["nodea", "node b", "nodeb", "power4"], "hosts")
    expect(run(["gethosts"], {"hostlist": "NodeB, nodea"})[1].out.split(), ["NodeB", "nodea"], "hosts of the list")
    commands, _, events = run(["status"])
    expect((commands, events[1][2]["Password"]), (["GetPower"], ""), "status; the password itself stays here")
    expect(run(["reset", "NODEB"])[0], ["SetPower+P62=0", "SetPower+P62=1"], "reset")
    expect(run(["off", "nodec"], {"hostlist": "nodec:8"})[0], ["SetPower+P67=0"], "a numbered outlet")
    run(["off", "nodeb"], device={"stuck": 1}, code=1)
    run(["off", "nodeb"], {"password": "wrong"}, code=1)
    run(["status"], {"password": "wrong"}, code=1)
    run(["off", "nodex"], code=1)
    run(["off", "nodea"], {"hostlist": "nodea nodex"}, code=1)
    run(["off", "nodea"], {"hostlist": "nodea:9"}, code=1)


SNMPD = """agentAddress udp:127.0.0.1:161
rwcommunity secret 127.0.0.1
pass_persist .1.3.6.1.4.1.318.1.1.12 /opt/pdu.py
"""


def rackpdu_at_snmpd(bed):
    if not shutil.which("snmpd") or not shutil.which("snmpset"):
        raise Skip("snmpd and the commands of net-snmp are not installed")
    node = bed.bench.node
    node.write("/tmp/snmpd.conf", SNMPD)
    node.write("/opt/pdu.py", (HERE / "sim/pdu.py").read_text(), 0o755)
    node.write("/opt/pdu.json", json.dumps({"names": ["NodeA", "node b", "nodeb", "nodea"], "off_s": 3}))

    def sets():
        words = [line.split() for line in node.read("/opt/pdu.log", "").splitlines()]
        return " ".join(f"{one[1].rpartition('.')[2]}={one[3]}" for one in words if one[0] == "SET")
    daemon = node.spawn(["snmpd", "-f", "-C", "-c", "/tmp/snmpd.conf", "-Lf", "/tmp/snmpd.log", "-p", "/tmp/snmpd.pid"])
    params = {"hostlist": "AUTO", "pduip": "127.0.0.1", "community": "secret"}
    try:
        node.lab.wait(lambda: bed.bench.run("rackpdu", ["gethosts"], params, path=PLAIN).code == 0, 20, "snmpd answers")
        expect(bed.bench.run("rackpdu", ["gethosts"], params, path=PLAIN).out.split(), ["NodeA", "node_b", "nodeb", "nodea"], "hosts")
        for words, want in ((["status"], ""), (["off", "nodeb"], "3=2"), (["on", "nodeb"], "3=1"), (["reset", "NODEB"], "3=3"),
                            (["reset", "nodea"], "1=2 4=2 1=1 4=1")):
            node.write("/opt/pdu.log", "")
            done = bed.bench.run("rackpdu", words, params, path=PLAIN)
            expect((done.code, sets()), (0, want), f"rackpdu {words}: {done}")
        done = bed.bench.run("rackpdu", ["off", "nodeb"], {**params, "community": "wrong", "hostlist": "nodeb"}, path=PLAIN)
        expect((done.code, bool(done.log)), (1, True), "wrong community")
    finally:
        daemon.kill()  # the entering process: the daemon ends with it
        daemon.wait(60)


def ipmi_at_ipmi_sim(bed):
    params = {"hostname": "nodeb", "ipaddr": "127.0.0.1", "userid": "admin", "passwd": "secret"}
    if not shutil.which("ipmitool"):
        raise Skip("ipmitool is not installed")
    with Ipmi(bed.bench.node) as bmc:
        for interface in ("lan", "lanplus"):
            for words, before, after, events in (
                    (["status"], "on", "on", []), (["off", "nodeb"], "on", "off", ["power 0"]), (["on", "NODEB"], "off", "on", ["power 1"]),
                    (["reset", "nodeb"], "on", "on", ["reset 1"]), (["reset", "nodeb"], "off", "on", ["power 1"])):
                bmc.set_power(before)
                bmc.forget()
                done = bed.bench.run("ipmi", words, {**params, "interface": interface, "cipher": "3" if interface == "lanplus" else ""}, path=PLAIN)
                expect((done.code, bmc.power, bmc.events), (0, after, events), f"ipmi {interface} {words}: {done}")
        bed.bench.node.write("/tmp/word", "secret\n")
        for more, code in (({"passwd_method": "file", "passwd": "/tmp/word"}, 0), ({"passwd": "wrong"}, 1), ({"userid": "nobody"}, 1),
                           ({"passwd_method": "env", "priv": "OPERATOR", "ipport": "623"}, 0)):
            done = bed.bench.run("ipmi", ["status"], {**params, **more}, path=PLAIN)
            expect(done.code, code, f"ipmi status {more}: {done}")
        # It says done, and the power stays.
        bmc.set_power("on", stuck=True)
        fast = "/opt/stand-in/fast:" + PLAIN
        bed.bench.node.write("/opt/stand-in/fast/sleep", "#!/bin/sh\n", 0o755)
        done = bed.bench.run("ipmi", ["off", "nodeb"], params, path=fast)
        expect((done.code, done.log), (1, ["ERROR: the power of nodeb is still on"]), str(done))


CASES = [riloe, telnet_devices_that_misbehave, telnet_talks_are_the_recorded, a_mute_device_is_no_success, hmchttp, ippower9258,
         rackpdu_at_snmpd, ipmi_at_ipmi_sim, riloe_answers_that_are_none]


def in_a_lab_of_its_own(case):
    """They have the same ports, and wait most of the time."""
    @functools.wraps(case)
    def alone(lab):
        return case(Bed(Bench(lab.node("alpha"))))
    return alone


if __name__ == "__main__":
    sys.exit(main("stonith/external-devices", [in_a_lab_of_its_own(case) for case in CASES], __doc__, jobs=6))
