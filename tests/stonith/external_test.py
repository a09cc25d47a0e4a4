#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The external fencing scripts, each alone, with stand-ins for the commands that it starts: the recorded facts and
commands, failures that must not pass for success, and hostile input."""

import re
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

from external_support import SCRIPTS, Bench, Wrong, expect, facts, main_in_one_lab, places, recordings, vectors

ANSWERS = "exit 0"
SILENT = "exit 1"
IPMI_ON = 'case "$*" in *status) echo Chassis Power is $(cat $STANDIN/power 2>/dev/null || echo on);; *off) echo off >$STANDIN/power;; esac'
IPMI_OFF = 'case "$*" in *status) echo Chassis Power is off;; esac'
XEN = 'case "$*" in *grep*) echo "name = \\"domb\\"";; *"xm list"*) printf "Name ID\\nDomain-0 0\\nother 3\\n";; esac'
PDU = """printf '%s\\n' '...= STRING: "NodeA"' '...= STRING: "nodeb"' '...= STRING: "nodec"'"""
PDU_SET = "shift 4; echo $4 >$STANDIN/outlet"
# A reboot is seen as off first, then as on.
PDU_GET = 'case $(cat $STANDIN/outlet) in 3) echo 2; echo 1 >$STANDIN/outlet;; *) cat $STANDIN/outlet;; esac'
PDU_SAYS = {"snmpwalk": PDU, "snmpset": 'for w; do :; done; echo "$w" >$STANDIN/outlet', "snmpget": PDU_GET}
HETZNER = 'cat >"$STANDIN/stdin"; printf '
VMWARE = """case "$*" in *'"-l"'*) echo /var/lib/vmware/nodeb/nodeb.vmx;; *getstate*) echo 'getstate() = on';; esac"""
# What the stand-ins of each recorded section say, in the order of the file.
SAYS = (
    ("ipmi", {"ipmitool": IPMI_ON}), ("ipmi", {"ipmitool": IPMI_OFF}), ("libvirt", {}), ("libvirt", {}), ("rackpdu", PDU_SAYS),
    ("hetzner", {"curl": HETZNER + "200"}), ("hetzner", {"curl": HETZNER + "409"}),
    ("nut", {"upsc": "echo OL", "upscmd": "echo OL"}), ("drac5", {}), ("xen0", {"ssh": XEN, "ping": ANSWERS}), ("xen0-ha", {}),
    ("vmware", {"ssh": VMWARE, "ping": ANSWERS}), ("vmware", {"vmware-cmd": "echo 'getstate() = on'"}),
    ("xen0", {"ssh": XEN, "ping": SILENT}), ("xen0", {"ssh": XEN, "ping": SILENT}))
# Recorded, and not to be copied: the functions were missing.
FLAWS = {("drac5", "on"), ("drac5", "off")}


def as_before(call, stdin):
    """A command of ours as the old scripts started it: there the password was an argument."""
    if call[0] == "curl" and "-K" in call:
        at = call.index("-K")
        return call[:at] + ["-u", stdin.partition('"')[2].rpartition('"')[0]] + call[at + 2:]
    return [re.sub(r"\d{4}-\d{4}-\d{4}\.\d\d", "<STAMP>", word) for word in call]


def with_hidden(call):
    """A recorded command with its password where ours has it: in the environment, in a file, on standard input."""
    for command, option in (("snmp", "-c"), ("upscmd", "-p")):
        if call[0].startswith(command) and option in call:
            at = call.index(option)
            return call[:at] + call[at + 2:]
    if call[0] == "ipmitool" and "-P" in call:
        at = call.index("-P")
        return ["env", f"IPMI_PASSWORD={call[at + 1]}", *call[:at], "-E", *call[at + 2:]]
    return call


def without_proofs(calls):
    """Ours look whether it is done, which the old ones did not."""
    kept = []
    for call in calls:
        looks = call[0] == "snmpget" or call[-1].endswith("xm list") or (
            call[-2:] == ["power", "status"] and kept and kept[-1][-1] == "off")
        if not looks:
            kept.append(call)
    return kept


def facts_are_the_recorded(bench):
    files = [path for path in sorted((vectors() / "types").glob("external_*.txt")) if path.stem != "external_sbd"]
    for path in files:
        script, known = path.stem.removeprefix("external_"), facts(path)
        fact = dict(known)

        def answer(what):
            done = bench.run(script, [what])
            expect((done.code, done.err, done.calls), (0, "", []), f"{script} {what}")
            return done.out

        expect(answer("getconfignames").split(), fact["names"].split(), f"{script}: names")
        expect(answer("getinfo-devid").strip(), fact["device-id"], f"{script}: id")
        if "second line" not in fact["url"]:
            expect(answer("getinfo-devurl").strip(), fact["url"].replace("(empty line)", ""), f"{script}: url")
        if not answer("getinfo-devdescr").strip() or not answer("getinfo-devname").strip():
            raise Wrong(f"{script}: no description or name")
        ours = {node.get("name"): node for node in ElementTree.fromstring(answer("getinfo-xml"))}
        wanted = [value for key, value in known if key == "param"]
        names = []
        for value in wanted:
            want = dict(re.findall(r'(\w+)=("[^"]*"|\S+)', value))
            names.append(want["name"])
            node = ours[want["name"]]
            for key, got in (("unique", node.get("unique")), ("required", node.get("required")),
                             ("content", node.find("content").get("type")), ("default", node.find("content").get("default"))):
                expect("-" if got is None else got, want[key].strip('"'), f"{script}: {want['name']}: {key}")
            expect(node.find("shortdesc").text.strip(), want["label"].strip('"'), f"{script}: {want['name']}: label")
            if not node.find("longdesc").text.strip():
                raise Wrong(f"{script}: {want['name']}: no text")
        expect([name for name in ours if name in names], names, f"{script}: order of parameters")
    return f"{len(files)} scripts"


def manual_has_each_parameter(bench):
    manual = (places.ROOT / "man/stonith-plugins.7").read_text().split("\n.Ss ")
    sections = {part.split("\n", 1)[0]: part for part in manual}
    for script in USED:
        block = ElementTree.fromstring(bench.run(script, ["getinfo-xml"]).out)
        names = {node.get("name") for node in block}
        told = set(re.findall(r"^\.It Ar (\S+)$", sections[f"external/{script}"], re.M))
        expect(told, names, f"parameters of {script} in the manual")


def commands_are_the_recorded(bench):
    bench.node.write("/etc/hetzner.cfg", "user = ws1\npass = pw1\n", 0o600)
    found, count = recordings(vectors() / "dialogue/external-exec.txt"), 0
    expect([one.kind for one in found], [kind for kind, _ in SAYS], "sections")
    for one, (kind, says) in zip(found, SAYS):
        params = dict(one.params)
        if kind == "nut":
            params.update(upsc="/opt/stand-in/upsc", upscmd="/opt/stand-in/upscmd")
        for case in one.cases:
            if (kind, case.command[0]) in FLAWS:
                continue
            done = bench.run(kind, case.command, params, says)
            what = f"{kind} {' '.join(case.command)} {done}"
            wanted = [with_hidden(call) for call in case.execs]
            if kind == "vmware" and case.command == ["gethosts"] and wanted[0] == wanted[1]:
                wanted.pop(0)  # one list is enough
            expect([as_before(call, done.stdin) for call in without_proofs(done.calls)], wanted, what)
            # stonith(8) makes 5 of every failure but that of status.
            expect(done.code, 1 if case.exit == 5 else case.exit, what)
            expect(done.out.split() if case.command == ["gethosts"] else [], case.out, what)
            if kind != "drac5" and case.logs:
                expect(done.log, case.logs, what)
            count += 1
    return f"{count} cases"


def success_has_a_proof(bench):
    """What the old scripts took for success, and is none; and the same with the proof."""
    pdu = {"hostlist": "AUTO", "pduip": "10.0.0.7", "community": "w"}
    xen = {"hostlist": "nodeb", "dom0": "dom0host"}
    virt = {"hostlist": "nodeb:vm", "hypervisor_uri": "test:///d"}
    esx = {"device_host": "esx1"}
    rac = {"hostname": "nodeb", "ipaddr": "10.0.0.9", "userid": "root"}
    bmc = {"hostname": "nodeb", "ipaddr": "10.0.0.5"}
    vm_fails = VMWARE.replace("esac", "*hard*) echo refused >&2; exit 9;; esac")
    rac_off = 'case "$*" in *powerstatus) echo "Server power status: OFF";; esac'
    table = (
        # script, operation, parameters, what stand-ins say, exit code
        ("ssh", "reset", {"hostlist": "nodeb"}, {"ssh": "exit 255", "ping": SILENT}, 1),
        ("ssh", "reset", {"hostlist": "nodeb"}, {"ssh": "exit 0", "ping": ANSWERS}, 1),
        ("ssh", "reset", {"hostlist": "nodeb"}, {"ssh": "exit 0", "ping": "exit 2"}, 1),
        ("ssh", "reset", {"hostlist": "nodea,NodeB"}, {"ssh": "exit 0", "ping": SILENT}, 0),
        ("ssh", "reset", {"hostlist": "nodeb", "livedangerously": "yes"}, {"ssh": "exit 255", "ping": SILENT}, 0),
        ("ssh", "reset", {"hostlist": "nodeb", "livedangerously": "no"}, {"ssh": "exit 255", "ping": SILENT}, 1),
        ("ssh", "status", {"hostlist": "nodeb"}, {"ping": "echo ping: unknown host nodeb; exit 2"}, 1),
        ("ssh", "status", {"hostlist": "nodeb"}, {"ping": SILENT}, 0),
        ("rackpdu", "off", pdu, {**PDU_SAYS, "snmpget": "echo 1"}, 1),
        ("rackpdu", "reset", pdu, {**PDU_SAYS, "snmpget": "echo 1"}, 1),
        ("rackpdu", "reset", {**pdu, "verify": "no"}, {**PDU_SAYS, "snmpget": "echo 1"}, 0),
        ("rackpdu", "reset", pdu, {**PDU_SAYS, "snmpset": "exit 1"}, 1),
        ("rackpdu", "reset", pdu, {**PDU_SAYS, "snmpwalk": "echo Timeout; exit 1"}, 1),
        ("xen0", "off", xen, {"ssh": XEN.replace("other", "domb"), "ping": SILENT}, 1),
        ("xen0", "off", xen, {"ssh": XEN.replace('echo "name', 'exit 255; echo "name'), "ping": SILENT}, 1),
        ("xen0", "off", xen, {"ssh": XEN.replace("Domain-0", "garbage"), "ping": SILENT}, 1),
        ("xen0", "off", xen, {"ssh": XEN, "ping": "exit 2"}, 1),
        ("libvirt", "off", virt, {"virsh": "echo error: failed to get domain vm; exit 1"}, 1),
        ("libvirt", "off", {**virt, "missing_as_off": "yes"}, {"virsh": "echo error: failed to get domain vm; exit 1"}, 0),
        ("libvirt", "off", virt, {"virsh": 'case "$*" in *dominfo*) echo "State:   shut off"; exit 0;; esac; exit 1'}, 0),
        ("libvirt", "off", virt, {"virsh": 'case "$*" in *dominfo*) echo "State:   running"; exit 0;; esac; exit 1'}, 1),
        ("libvirt", "on", virt, {"virsh": 'case "$*" in *dominfo*) echo "State:   running"; exit 0;; esac; exit 1'}, 0),
        ("vmware", "reset", esx, {"ssh": vm_fails}, 1),
        ("vmware", "reset", esx, {"ssh": "exit 255"}, 1),
        ("vmware", "status", esx, {"ping": "echo 1 packets transmitted, 0 received, 100% packet loss; exit 1"}, 7),
        ("vmware", "status", esx, {"ping": "echo 1 packets transmitted, 0 received, 100% packet loss"}, 7),
        ("vmware", "status", esx, {"ping": "echo 1 packets transmitted, 1 received, 0% packet loss"}, 0),
        ("drac5", "off", rac, {"ssh": rac_off}, 0),
        ("drac5", "off", rac, {"ssh": rac_off.replace("OFF", "ON")}, 1),
        ("drac5", "on", rac, {}, 0),
        ("drac5", "reset", rac, {"ssh": "echo ERROR: no such thing"}, 1),
        ("drac5", "reset", rac, {"ssh": "exit 255"}, 1),
        ("ipmi", "off", bmc, {"ipmitool": 'case "$*" in *status) echo Chassis Power is on;; esac'}, 1),
        ("ipmi", "reset", bmc, {"ipmitool": 'case "$*" in *status) echo Chassis Power is;; esac'}, 1),
        ("ipmi", "reset", bmc, {"ipmitool": "echo no session; exit 1"}, 1),
        ("hetzner", "reset", {"hostname": "nodeb", "remote_ip": "1.2.3.4"}, {"curl": HETZNER + "000"}, 1),
        ("hetzner", "reset", {"hostname": "nodeb", "remote_ip": "1.2.3.4"}, {"curl": "exit 6"}, 1),
        ("kdumpcheck", "reset", {"hostlist": "nodeb"}, {"ssh": "exit 0"}, 0),
        ("kdumpcheck", "off", {"hostlist": "nodeb"}, {"ssh": "exit 1"}, 1),
        ("kdumpcheck", "reset", {"hostlist": "nodeb", "retry_time": "3"}, {"ssh": "exit 255"}, 1),
        ("kdumpcheck", "on", {"hostlist": "nodeb"}, {"ssh": "exit 0"}, 1),
        ("nut", "off", {"hostname": "nodeb", "ups": "u", "username": "u", "password": "p", "upsc": "/opt/stand-in/upsc",
                        "upscmd": "/opt/stand-in/upscmd"}, {"upscmd": "exit 1"}, 1),
        ("xen0-ha", "off", {"hostlist": "nodeb", "dom0_cluster_ip": "10.0.0.10"}, {"ssh": "exit 255"}, 1),
    )
    bench.node.write("/etc/hetzner.cfg", "user = ws1\npass = pw1\n", 0o600)
    for script, operation, params, says, code in table:
        done = bench.run(script, [operation] if operation == "status" else [operation, "nodeb"], params, says)
        expect(done.code, code, f"{script} {operation} {params} {says}: {done}")
        if code and not done.log:
            raise Wrong(f"{script} {operation} {params}: fails without a word")
    return f"{len(table)} cases"


def several_outlets_are_off_together(bench):
    """A host with two power supplies has a moment without power."""
    walk = "i=0; for n in nodea node10 nodeb node1 nodea; do i=$((i+1)); echo \"SNMPv2-SMI::enterprises.318.1.$i = STRING: \\\"$n\\\"\"; done"
    state = {"snmpwalk": walk, "snmpset": 'shift 2; echo $3 >$STANDIN/${1##*.}',
             "snmpget": 'for w; do :; done; cat $STANDIN/${w##*.}'}
    params = {"hostlist": "AUTO", "pduip": "10.0.0.7"}
    done = bench.run("rackpdu", ["reset", "NODEA"], params, state)
    sets = [(call[3].rpartition(".")[2], call[5]) for call in done.calls if call[0] == "snmpset"]
    expect((done.code, sets), (0, [("1", "2"), ("5", "2"), ("1", "1"), ("5", "1")]), str(done))
    # Names that begin alike are other names.
    done = bench.run("rackpdu", ["off", "node1"], params, state)
    expect((done.code, [call[3].rpartition(".")[2] for call in done.calls if call[0] == "snmpset"]), (0, ["4"]), str(done))
    bench.node.write("/tmp/outlets", "node10 = 7\nnode1=8\n")
    done = bench.run("rackpdu", ["off", "node1"], {**params, "hostlist": "node1 node10", "outlet_config": "/tmp/outlets"}, state)
    expect((done.code, [call[3].rpartition(".")[2] for call in done.calls if call[0] == "snmpset"]), (0, ["8"]), str(done))


# Parameters with which each script does something.
USED = {
    "ssh": {"hostlist": "nodea nodeb"}, "ipmi": {"hostname": "nodeb", "ipaddr": "10.0.0.5", "userid": "u", "passwd": "p"},
    "drac5": {"hostname": "nodeb", "ipaddr": "10.0.0.9", "userid": "root"},
    "rackpdu": {"hostlist": "nodeb", "pduip": "10.0.0.7", "community": "w"},
    "libvirt": {"hostlist": "nodeb:vm", "hypervisor_uri": "test:///d"},
    "nut": {"hostname": "nodeb", "ups": "u", "username": "u", "password": "p", "upsc": "/opt/stand-in/upsc",
            "upscmd": "/opt/stand-in/upscmd"},
    "hetzner": {"hostname": "nodeb", "remote_ip": "1.2.3.4"},
    "kdumpcheck": {"hostlist": "nodeb"}, "vmware": {"device_host": "esx1", "host_map": "nodeb=/vm/b.vmx"},
    "xen0": {"hostlist": "nodeb", "dom0": "dom0host"}, "xen0-ha": {"hostlist": "nodeb", "dom0_cluster_ip": "10.0.0.10"},
    "dracmc-telnet": {"nodename": "nodeb", "cyclades_ip": "127.0.0.1", "cyclades_port": "7032", "servername": "s", "username": "u",
                      "password": "p"},
    "ibmrsa-telnet": {"nodename": "nodeb", "ip_address": "127.0.0.1", "username": "u", "password": "p"},
    "riloe": {"hostlist": "nodeb", "ilo_hostname": "127.0.0.1", "ilo_password": "p"},
    "hmchttp": {"hostlist": "nodeb", "hmc_ipaddr": "127.0.0.1"},
    "ippower9258": {"deviceip": "127.0.0.1", "password": "p", "hostlist": "nodeb:1"},
    "ibmrsa": {"hostname": "nodeb", "ipaddr": "10.0.0.1", "userid": "u", "passwd": "p"},
    "ec2": {"port": "nodeb"}, "vcenter": {"HOSTLIST": "nodeb", "VI_CREDSTORE": "/etc/passwd"},
}
HOSTILE_HOSTS = ("nodeb;touch /tmp/owned", "$(touch /tmp/owned)", "`touch /tmp/owned`", "-oProxyCommand=touch /tmp/owned", "", "*",
                 "nodeb nodea", "nodeb\nnodea", "node", "nodeb1", "../nodeb", "'", "a" * 300)


def for_each_script(check):
    """CHECK(script, its parameters), some at once."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(check, USED, USED.values()))


def hostile_hosts_are_refused(bench):
    def check(script, params):
        for host in HOSTILE_HOSTS if script in ("ssh", "riloe") else HOSTILE_HOSTS[:2] + HOSTILE_HOSTS[8:10]:
            done = bench.run(script, ["reset", host], params, {"ping": SILENT})
            reading = {"ec2": ["aws"]}.get(script, [])
            expect((done.code, [call for call in done.calls if call[0] not in reading]), (1, []), f"{script} reset {host!r}: {done}")
            if not done.log:
                raise Wrong(f"{script} reset {host!r}: refused without a word")
    for_each_script(check)
    expect(bench.node.run("ls /tmp/owned").returncode, 2, "a host name was run")
    expect(sorted(bench.node.run(["ls", SCRIPTS]).stdout.split()), sorted([*USED, "external-lib.sh", "external_lib.py"]), "all scripts")


QUOTES = "a'b\"c $(touch /tmp/owned) `touch /tmp/owned` \\ ; * & <x>\nnewline"


def parameters_are_data(bench):
    """Quotes, blanks, line ends and what else a shell would act on."""
    bench.node.write("/etc/hetzner.cfg", "user = w s\npass = p\"\\x $(touch /tmp/owned)\n", 0o600)
    words = {"ping": SILENT, "ssh": XEN}
    table = (
        # script, parameter, value, a word that a command gets
        ("ipmi", "passwd", QUOTES, f"IPMI_PASSWORD={QUOTES}"),
        ("ipmi", "userid", QUOTES, QUOTES),
        ("libvirt", "hypervisor_uri", QUOTES, QUOTES),
        ("vmware", "host_map", "nodeb=/vm/$(touch /tmp/owned) \"b\".vmx",
         'vmware-cmd "/vm/\\$(touch /tmp/owned) \\"b\\".vmx" reset hard'),
        ("xen0", "hostlist", "nodeb:/etc/$(touch${IFS}/tmp/owned)'.cfg", "grep ^[[:space:]]*name '/etc/$(touch${IFS}/tmp/owned)'\\''.cfg'"),
    )
    for script, name, value, word in table:
        done = bench.run(script, ["reset", "nodeb"], {**USED[script], name: value}, words)
        if not any(word in call for call in done.calls):
            raise Wrong(f"{script} {name}: {word!r} is not in {done}")
    plain = QUOTES.partition("\n")[0]
    done = bench.run("nut", ["reset", "nodeb"], {**USED["nut"], "password": plain}, {"upscmd": "cat >/tmp/told"})
    expect((done.code, bench.node.read("/tmp/told"), [call for call in done.calls if plain in call]), (0, plain + "\n", []), str(done))
    file = {"snmpset": "cat $SNMPCONFPATH/snmp.conf >/tmp/told", "snmpget": "echo 1", "snmpwalk": PDU}
    done = bench.run("rackpdu", ["on", "nodeb"], {**USED["rackpdu"], "community": plain}, file)
    told = bench.node.read("/tmp/told")
    expect((done.code, told, [call for call in done.calls if plain in call]),
           (0, 'defCommunity "' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"\n', []), str(done))
    refused = (
        ("ipmi", "ipaddr", "-x"), ("ipmi", "ipaddr", "a b"), ("drac5", "ipaddr", "$(x)"), ("drac5", "userid", "-oProxyCommand=x"),
        ("nut", "password", QUOTES), ("rackpdu", "community", QUOTES), ("rackpdu", "pduip", "-x"), ("rackpdu", "oid", ".1;x"), ("xen0", "dom0", "-oProxyCommand=x"), ("nut", "ups", "-x"),
        ("xen0-ha", "dom0_cluster_ip", "a;b"), ("xen0-ha", "stop_timeout", "1;touch /tmp/owned"), ("hetzner", "remote_ip", "1/../2"),
        ("vmware", "device_host", "-x"), ("kdumpcheck", "retry_time", "x"), ("dracmc-telnet", "servername", "a b"),
        ("dracmc-telnet", "password", "a\rserveraction"), ("dracmc-telnet", "cyclades_port", "99999"),
        ("ibmrsa-telnet", "username", "a\nb"), ("ec2", "tag", "x'y"), ("hmchttp", "hmc_ipaddr", "a/b"), ("ippower9258", "deviceip", "a b"),
        ("riloe", "ilo_protocol", "x"), ("riloe", "ilo_powerdown_method", "x"), ("libvirt", "reset_method", "x"),
        ("ipmi", "passwd_method", "x"), ("xen0", "xen_tool", "rm"))
    for script, name, value in refused:
        done = bench.run(script, ["reset", "nodeb"], {**USED[script], name: value}, words)
        said = [line for line in done.log if name in line]
        expect((done.code, done.calls, bool(said)), (1, [], True), f"{script} {name}={value!r}: {done}")
    done = bench.run("hetzner", ["reset", "nodeb"], USED["hetzner"], {"curl": HETZNER + "200"})
    expect((done.code, done.stdin), (0, 'user = "w s:p\\"\\\\x $(touch /tmp/owned)"\n'), str(done))
    expect([word for call in done.calls for word in call if "touch" in word], [], "password in the arguments of curl")
    expect(bench.node.run("ls /tmp/owned").returncode, 2, "a parameter was run")


def missing_parameters(bench):
    def check(script, params):
        for operation in (["status"], ["reset", "nodeb"]):
            if script in ("vmware", "ec2"):
                continue  # none is required
            done = bench.run(script, operation)
            expect((done.code, done.calls), (1, []), f"{script} {operation} without parameters: {done}")
            if not any("missing" in line for line in done.log):
                raise Wrong(f"{script} {operation} without parameters: {done}")
        done = bench.run(script, ["reset"], params)
        expect((done.code, done.err.startswith("usage: ")), (1, True), f"{script} reset: {done}")
        done = bench.run(script, ["nonsense"], params)
        expect((done.code, done.out, done.err.startswith("usage: ")), (1, "", True), f"{script} nonsense: {done}")
        done = bench.run(script, ["--help"])
        expect((done.code, done.out.startswith("usage: ")), (0, True), f"{script} --help: {done}")
    for_each_script(check)


def commands_that_hang_are_ended(bench):
    """Every command has a limit, here one of three seconds; it is ended, and that is a failure."""
    bench.node.write("/opt/short/timeout", '#!/bin/sh\n[ "$1 $2" = "--foreground -k" ] && shift 4\nexec /usr/bin/timeout --foreground -k 2 3 "$@"\n', 0o755)
    path = "/opt/short:/opt/stand-in:/usr/sbin:/usr/bin:/sbin:/bin"
    cases = (("ssh", ["status"], "ping"), ("ipmi", ["reset", "nodeb"], "ipmitool"), ("libvirt", ["off", "nodeb"], "virsh"))

    def check(script, operation, command):
        done = bench.run(script, operation, USED[script], {command: "exec /usr/bin/sleep 100"}, path=path)
        expect((done.code, bool(done.calls), bool(done.log)), (1, True, True), f"{script}: {done}")

    with ThreadPoolExecutor(len(cases)) as pool:
        list(pool.map(lambda case: check(*case), cases))


def ended_with_its_process_group(bench):
    """Whoever ends the script ends what it has started, too."""
    bench.node.write("/tmp/group/ping", "touch /tmp/group/there; exec /usr/bin/sleep 100\n")
    done = bench.node.run(f"""setsid {SCRIPTS}/ssh status >/dev/null & p=$!
        for i in $(seq 300); do [ -f /tmp/group/there ] && break; /usr/bin/sleep 0.1; done
        kill -TERM -$p; wait $p
        for i in $(seq 300); do pgrep -g $p >/dev/null || {{ echo gone; break; }}; /usr/bin/sleep 0.1; done""",
                          env={"STANDIN": "/tmp/group", "PATH": "/opt/stand-in:/usr/bin:/bin", "hostlist": "nodeb"}, timeout=120)
    expect((bench.node.exists("/tmp/group/there"), done.stdout), (True, "gone\n"), f"{done}")


def no_path_and_no_stdin(bench):
    """As a daemon starts them: nothing in the environment, stdin closed."""
    done = bench.node.run(f"exec env -i {SCRIPTS}/ssh getconfignames <&- 2>&1")
    expect((done.returncode, done.stdout), (0, "hostlist\n"), "with nothing")
    done = bench.node.run(f"exec env -i hostlist=a {SCRIPTS}/riloe gethosts <&- 2>&1")
    expect(done.returncode, 1, "riloe with nothing")


EC2 = """case "$*" in
*describe*) printf 'i-0a\\t%s\\tNodeB\\ni-0b\\trunning\\tus\\ni-0c\\tterminated\\tNodeB\\ni-0d\\trunning\\tnode\\n' $(cat $STANDIN/state 2>/dev/null || echo running);;
*stop-instances*i-0a) echo stopped >$STANDIN/state;; *start-instances*i-0a) echo pending >$STANDIN/state;; *) exit 1;; esac"""
EC2_SELF = """case "$*" in *-X\\ PUT*) echo TOKEN;; *TOKEN*instance-id) echo i-0b;; *) exit 22;; esac"""


def ec2(bench):
    def run(operation, params=None, aws=EC2, curl=EC2_SELF):
        done = bench.run("ec2", operation, params, {"aws": aws, "curl": curl})
        return done, [call[6:] for call in done.calls if call[0] == "aws" and call[6] != "describe-instances"]

    stop, start = ["stop-instances", "--force", "--instance-ids", "i-0a"], ["start-instances", "--instance-ids", "i-0a"]
    table = (
        (["gethosts"], {}, {}, 0, []),
        (["status"], {}, {}, 0, []),
        (["status"], {}, {"aws": "exit 255"}, 1, []),
        (["reset", "nodeb"], {}, {}, 0, [stop, start]),
        (["reset", "i-0a"], {}, {}, 0, [stop, start]),
        (["off", "nodeb"], {"port": "nodeb"}, {}, 0, [stop]),
        (["off", "nodeb"], {"port": "i-0d"}, {}, 1, []),
        (["on", "nodeb"], {}, {}, 0, [start]),
        (["off", "nodex"], {}, {}, 1, []),
        (["off", "nodex"], {"unknown_are_stopped": "true"}, {}, 0, []),
        (["on", "nodex"], {"unknown_are_stopped": "true"}, {}, 1, []),
        # We are being stopped ourselves; we do not run there at all; it does not stop.
        (["reset", "nodeb"], {}, {"aws": EC2.replace("i-0b\\trunning", "i-0b\\tstopping")}, 1, []),
        (["reset", "nodeb"], {}, {"curl": "exit 7"}, 0, [stop, start]),
        (["off", "nodeb"], {}, {"aws": EC2.replace("echo stopped", "echo stopping")}, 1, [stop]),
        # Two have the name.
        (["off", "nodeb"], {}, {"aws": EC2.replace("terminated", "stopped")}, 1, []),
    )
    for operation, params, says, code, calls in table:
        done, got = run(operation, params, **says)
        expect((done.code, got), (code, calls), f"ec2 {operation} {params} {says}: {done}")
    expect(run(["gethosts"])[0].out.split(), ["NodeB", "us", "node"], "hosts")


MPCLI = """#!/bin/sh
cat >/tmp/mpcli.stdin
file=$(sed -n 's/^outputfile //p' /tmp/mpcli.stdin)
. /tmp/mpcli.says
"""


def ibmrsa(bench):
    bench.node.run("mkdir -p /opt/IBMmpcli/bin")
    bench.node.write("/opt/IBMmpcli/bin/MPCLI.sh", MPCLI, 0o755)
    table = (("reset", "echo SUCCESS", 0, "restart -now"), ("on", "echo SUCCESS", 0, "poweron"), ("off", "echo SUCCESS", 0, "poweroff"),
             ("status", "echo SUCCESS", 0, ""), ("reset", "echo UNSUCCESSFUL", 1, "restart -now"), ("off", "exit 0", 1, "poweroff"),
             ("off", "echo SUCCESS; echo FAILURE >$file", 1, "poweroff"))
    for operation, says, code, command in table:
        bench.node.write("/tmp/mpcli.says", says + "\n")
        words = [operation] if operation == "status" else [operation, "nodeb"]
        done = bench.run("ibmrsa", words, {**USED["ibmrsa"], "passwd": "p w"})
        expect(done.code, code, f"ibmrsa {words} {says}: {done}")
        lines = bench.node.read("/tmp/mpcli.stdin").splitlines()
        expect((lines[0], lines[2:]), ("logonip -h 10.0.0.1 -u u -p p w -t ibm", [command]), "its commands")
        expect(bench.node.run("ls /tmp | grep ^tmp").stdout, "", "files left behind")


SDK = r"""package VMware::VIRuntime;
use strict; use warnings;
sub import { }
package main; our @did = (); our %vm = map { /(.*)=(.*)/ ? ($1 => $2) : () } split /;/, $ENV{vms};
package Opts; sub parse { } sub validate { }
package Util;
sub connect { die "Error: no login\n" if $ENV{no_login}; }
sub disconnect { open my $f, ">>", "/tmp/vms" or die; print $f "$_=$main::vm{$_};" for sort keys %main::vm; print $f join(" ", @main::did), "\n"; }
package Vim;
sub find_entity_views { my %a = @_; my $re = $a{filter}{name};
	return [ map { bless { name => $_ }, "VM" } grep { $_ =~ $re } sort keys %main::vm ]; }
package VM;
sub name { $_[0]{name} } sub update_view_data { } sub runtime { $_[0] } sub powerState { $_[0] } sub val { $main::vm{$_[0]{name}} }
sub ResetVM { push @main::did, "reset"; } sub PowerOnVM { push @main::did, "on"; $main::vm{$_[0]{name}} = "poweredOn"; }
sub PowerOffVM { push @main::did, "off"; $main::vm{$_[0]{name}} = $ENV{stubborn} ? "poweredOn" : "poweredOff"; }
1;
"""


def vcenter(bench):
    bench.node.run("mkdir -p /opt/sdk/VMware")
    bench.node.write("/opt/sdk/VMware/VIRuntime.pm", SDK)
    params = {**USED["vcenter"], "HOSTLIST": "nodea; nodeb=VM of B;node=x.y", "PERL5LIB": "/opt/sdk",
              "vms": "VM of B=poweredOn;nodea=poweredOff;xzy=poweredOn;x.y=suspended"}
    table = (("reset", "NODEB", {}, 0, "reset"), ("off", "nodeb", {}, 0, "off"), ("on", "nodeb", {}, 0, ""), ("on", "nodea", {}, 0, "on"),
             ("off", "nodea", {}, 0, ""), ("reset", "nodea", {}, 0, "on"), ("reset", "nodea", {"RESETPOWERON": "0"}, 0, ""),
             ("reset", "node", {}, 1, ""), ("off", "nodeb", {"stubborn": "1"}, 1, "off"), ("reset", "nodeb", {"vms": ""}, 1, None),
             ("off", "node", {}, 0, "off"), ("reset", "other", {}, 1, None))
    for operation, host, more, code, did in table:
        bench.node.run("rm -f /tmp/vms")
        done = bench.run("vcenter", [operation, host], {**params, **more})
        acted = bench.node.run("cat /tmp/vms").stdout.strip()
        expect((done.code, acted.rpartition(";")[2] if acted else None), (code, did), f"vcenter {operation} {host} {more}: {done} {acted}")
    expect(bench.run("vcenter", ["gethosts"], params).out.split(), ["nodea", "nodeb", "node"], "hosts")
    expect(bench.run("vcenter", ["status"], params).code, 0, "status")
    expect(bench.run("vcenter", ["status"], {**params, "no_login": "1"}).code, 1, "status without a login")
    done = bench.run("vcenter", ["status"], {**params, "PERL5LIB": "/nowhere"})
    expect((done.code, any("VIRuntime" in line for line in done.log)), (1, True), f"without the SDK: {done}")


def xen0_ha_helper(bench):
    """It runs on the other cluster, beside the scripts."""
    stop = """case "$*" in *"-v stopped"*) touch $STANDIN/stopping;; *-W*) [ -f $STANDIN/stopping ] && echo "resource nodeb is NOT running" || echo "resource nodeb is running on: d1";; esac"""
    role = ["crm_resource", "-r", "nodeb", "--meta", "-p", "target_role", "-v"]
    table = ((["on", "nodeb", "60"], {}, 0, [role + ["started"]]), (["off", "nodeb", "5"], {"crm_resource": stop}, 0, [role + ["stopped"]]),
             (["reset", "nodeb"], {"crm_resource": stop}, 0, [role + ["stopped"], role + ["started"]]),
             (["off", "nodeb", "3"], {"crm_resource": "echo resource nodeb is running on: d1"}, 1, [role + ["stopped"]]),
             (["off", "nodeb", "3"], {"crm_resource": "exit 1"}, 1, []), (["off", "a;b"], {}, 1, []), (["off", "nodeb", "x"], {}, 1, []),
             (["status", "60"], {}, 0, []), (["status"], {"crmadmin": "exit 1"}, 1, []))
    for words, says, code, calls in table:
        done = bench.run("../xen0-ha-dom0-stonith-helper", words, {}, says)
        expect((done.code, [call for call in done.calls if "target_role" in call]), (code, calls), f"helper {words} {says}: {done}")


def ha_log(bench):
    """Levels, tags and ways of the log."""
    def run(words, env=None, terminal=False):
        node, command = bench.node, ["/usr/share/cluster-glue/ha_log.sh", *words]
        node.run("rm -f /tmp/lines")
        node.write("/opt/stand-in/ha_logger", '#!/bin/sh\nprintf "%s|" "$@" >>/tmp/lines; exit ${LOGD_RC:-0}\n', 0o755)
        node.write("/opt/stand-in/logger", '#!/bin/sh\nprintf "logger|" >>/tmp/lines; printf "%s|" "$@" >>/tmp/lines\n', 0o755)
        if terminal:
            command = ["script", "-qec", " ".join(f"'{word}'" for word in command) + " 2>/tmp/lines", "/dev/null"]
        done = node.run(command, env={"PATH": "/opt/stand-in:/usr/bin:/bin", "HA_LOGTAG": "tag", **(env or {})})
        return done.returncode, re.sub(r"\[\d+\]", "[P]", node.run("cat /tmp/lines").stdout), done.stderr
    for level, word in zip("crit err error warn warning notice info".split(), "CRIT ERROR ERROR WARN WARN notice info".split()):
        expect(run([level, "a", "b c"]), (0, f"-t|tag[P]|{word}: a b c|", ""), level)
    expect(run(["debug", "x"]), (0, "", ""), "debug")
    expect(run(["debug", "x"], {"HA_debug": "0"}), (0, "", ""), "debug 0")
    expect(run(["debug", "x"], {"HA_debug": "1"}), (0, "-t|tag[P]|debug: x|", ""), "debug 1")
    expect(run(["info", "x"], {"CRM_meta_st_device_id": "d1"}), (0, "-t|tag(d1)[P]|info: x|", ""), "device")
    expect(run(["info", "x"], {"LOGD_RC": "1"})[1], "-t|tag[P]|info: x|logger|-t|tag[P]|-p|daemon.info|--|info: x|", "no ha_logd")
    expect(run(["err", "x"], {"HA_LOGD": "no", "HA_LOGFACILITY": "local7"})[1], "logger|-t|tag[P]|-p|local7.err|--|ERROR: x|", "facility")
    expect(run(["bogus", "x"]), (1, "", "ERROR: ha_log.sh: unrecognized loglevel: bogus\n"), "level")
    expect(run(["err"]), (1, "", "ERROR: ha_log.sh: not enough arguments [1]\n"), "arguments")
    expect(run(["err", "hello"], terminal=True)[1], "tag[P]: ERROR: hello\n", "at a terminal")
    bench.node.run("rm -f /tmp/file /opt/stand-in/ha_logger /opt/stand-in/logger")
    run(["warn", "x"], {"HA_LOGD": "no", "HA_LOGFACILITY": "none", "HA_LOGFILE": "/tmp/file"})
    if not re.fullmatch(r"tag\[\d+\]: \d{4}/\d\d/\d\d_\d\d:\d\d:\d\d WARN: x\n", bench.node.read("/tmp/file")):
        raise Wrong(f"file: {bench.node.read('/tmp/file')!r}")


CASES = [facts_are_the_recorded, manual_has_each_parameter, commands_are_the_recorded, success_has_a_proof, several_outlets_are_off_together,
         hostile_hosts_are_refused, parameters_are_data, missing_parameters, commands_that_hang_are_ended, ended_with_its_process_group, no_path_and_no_stdin, ec2,
         ibmrsa, vcenter, xen0_ha_helper, ha_log]

if __name__ == "__main__":
    sys.exit(main_in_one_lab("stonith/external", CASES, lambda lab: (Bench(lab.node("alpha")),), __doc__))
