#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""haresources2cib: haresources and ha.cf of sites become a CIB in either dialect, which is valid and is planned as the
files mean it: by our ptest and, what pacemaker can read, by crm_verify and crm_simulate of Debian.

The sites are those of ../shared/configs; a broken one is refused with the place of what is wrong.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, need, run  # noqa: E402

BIN = ROOT / os.environ.get("BUILD", "build") / "bin"
CONFIGS = ROOT.parent / "shared" / "configs"
TOOL, PTEST = BIN / "haresources2cib", BIN / "ptest"
DEBIAN = {name: shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("crm_verify", "crm_simulate")}
HA_CF = "node alpha bravo\nbcast eth0\nauto_failback on\nautojoin none\n"
QUIET = dict(os.environ, LC_ALL="C", TZ="UTC")


class Files:
    """A folder with ha.cf and haresources."""

    def __init__(self, haresources=None, ha_cf=HA_CF):
        self._folder = tempfile.TemporaryDirectory(prefix="convert-")
        self.path = Path(self._folder.name)
        if haresources is not None:
            (self.path / "haresources").write_bytes(haresources if isinstance(haresources, bytes) else haresources.encode())
        if ha_cf is not None:
            (self.path / "ha.cf").write_text(ha_cf, encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def convert(self, *words, dialect="h"):
        return subprocess.run([str(TOOL), "-d", dialect, "-c", str(self.path / "ha.cf"), *map(str, words),
                               str(self.path / "haresources")], capture_output=True, text=True, check=False, timeout=60)

    def cib(self, dialect, *words):
        done = self.convert("--stdout", *words, dialect=dialect)
        if done.returncode:
            raise Wrong(f"exit {done.returncode}: {done.stderr}")
        return ET.fromstring(done.stdout), done.stderr


def pairs(element):
    return {pair.get("name"): pair.get("value") for pair in element.iter("nvpair")}


def running(cib, dialect, nodes):
    """The document once its nodes are online and nothing runs."""
    in_p = dialect == "p"
    if in_p:
        cib.set("have-quorum", "1")
    else:
        cib.set("have_quorum", "true")
    for number, name in enumerate(nodes, 1):
        ET.SubElement(cib.find("configuration/nodes"), "node", id=str(number), uname=name, type="member" if in_p else "normal")
        state = {"in_ccm": "true", "crmd": "online", "join": "member", "expected": "member", "id": str(number), "uname": name}
        one = ET.SubElement(cib.find("status"), "node_state", {**state, **({} if in_p else {"ha": "active", "shutdown": "0"})})
        ET.SubElement(ET.SubElement(one, "lrm", id=str(number)), "lrm_resources")
    return ET.tostring(cib, encoding="unicode")


def plan(graph):
    """{resource: (node, ids of the resources that are started before)} of a transition graph."""
    actions, needs = {}, {}
    for synapse in graph.iter("synapse"):
        for action in synapse.find("action_set"):
            actions[action.get("id")] = action
            needs[action.get("id")] = [one.get("id") for trigger in synapse.iter("trigger") for one in trigger]
    found = {}
    for number, action in actions.items():
        if action.tag != "rsc_op" or action.get("operation") != "start":
            continue
        seen, left = set(), list(needs[number])
        while left:
            one = left.pop()
            if one not in seen and one in needs:
                seen.add(one)
                left += needs[one]
        before = {actions[one].find("primitive").get("id") for one in seen
                  if actions[one].tag == "rsc_op" and actions[one].get("operation") == "start"}
        found.setdefault(action.find("primitive").get("id").split(":")[0], []).append((action.get("on_node"), before))
    return {name: sorted(done, key=lambda one: one[0]) for name, done in found.items()}


def planned_as_meant(cib, starts, by):
    """Each line on its node, in its order; clones everywhere."""
    prefers = {location.get("rsc"): location.find("rule/expression").get("value") for location in cib.iter("rsc_location")}
    for name, node in prefers.items():
        top = cib.find(f".//resources/*[@id='{name}']")
        members = [top] if top.tag == "primitive" else list(top.iter("primitive"))
        earlier = set()
        for member in members:
            done = starts.get(member.get("id"))
            if not done or [one[0] for one in done] != [node] or not earlier <= done[0][1]:
                raise Wrong(f"{by}: {member.get('id')} is started {done}; {node} and after {earlier} was meant")
            earlier.add(member.get("id"))
    meant = {primitive.get("id") for primitive in cib.iter("primitive")}
    if set(starts) != meant:
        raise Wrong(f"{by}: {set(starts)} are started instead of {meant}")


def nodes_of(cib, ha_cf):
    named = [name.lower() for line in re.findall(r"(?m)^[ \t]*node[ \t]+([^#\n]*)", ha_cf) for name in line.split()]
    prefers = [expression.get("value") for expression in cib.iter("expression")]
    return list(dict.fromkeys(named + prefers)) + ([] if len(set(named + prefers)) > 1 else ["another"])


def ours(document, dialect):
    done = subprocess.run([str(PTEST), "-x", "-G", "-"], input=document, capture_output=True, text=True, check=False, env=QUIET, timeout=60)
    need(done.returncode == 0, f"ptest: {done.returncode}: {done.stderr}")
    # Readers of heartbeat 2's graphs take numbers for names of attributes.
    return plan(ET.fromstring(re.sub(r' (\d+)="', r' n\1="', done.stdout) if dialect == "h" else done.stdout))


def is_valid(document):
    """By our schemas, those of heartbeat 2 among them."""
    with tempfile.TemporaryDirectory(prefix="convert-") as folder:
        path = Path(folder, "cib.xml")
        path.write_text(document, encoding="utf-8")
        done = subprocess.run([str(BIN / "cibadmin"), "-Q"], capture_output=True, text=True, check=False, env=dict(QUIET, CIB_file=str(path)),
                              timeout=60)
        need(done.returncode == 0, f"cibadmin: {done.returncode}: {done.stderr}")


def debians(document):
    """What pacemaker makes of it; None where it is not installed."""
    if not all(DEBIAN.values()):
        return None
    with tempfile.TemporaryDirectory(prefix="convert-") as folder:
        path = Path(folder, "cib.xml")
        path.write_text(document, encoding="utf-8")
        done = subprocess.run([DEBIAN["crm_verify"], "-V", "-x", str(path)], capture_output=True, text=True, check=False, env=QUIET, timeout=60)
        need(done.returncode == 0, f"crm_verify: {done.returncode}: {done.stderr}")
        done = subprocess.run([DEBIAN["crm_simulate"], "-x", str(path), "-S", "-G", f"{folder}/graph"], capture_output=True, text=True,
                              check=False, env=QUIET, timeout=60)
        need(done.returncode == 0, f"crm_simulate: {done.returncode}: {done.stderr}")
        return plan(ET.parse(f"{folder}/graph").getroot())


def good(files, ha_cf):
    """Both dialects, by everybody who can read them.  The warnings."""
    for dialect in "hp":
        cib, told = files.cib(dialect)
        document = running(cib, dialect, nodes_of(cib, ha_cf))
        is_valid(document)
        mine = ours(document, dialect)
        planned_as_meant(cib, mine, f"ptest, {dialect}")
        theirs = debians(document) if dialect == "p" else None
        if theirs is not None:
            planned_as_meant(cib, theirs, "crm_simulate")
            need({name: [one[0] for one in done] for name, done in mine.items()} ==
                 {name: [one[0] for one in done] for name, done in theirs.items()}, f"{mine} and {theirs}")
    return told




def published_sites():
    if not CONFIGS.is_dir():
        raise Skip("no published configurations beside the source")
    count, refused = 0, []
    for folder in sorted(path.parent for path in CONFIGS.glob("*/haresources")):
        if not (folder / "ha.cf").exists():
            ha_cf = HA_CF
        else:
            ha_cf = (folder / "ha.cf").read_text(encoding="utf-8", errors="replace")
        with Files((folder / "haresources").read_bytes(), ha_cf) as files:
            done = files.convert("--stdout")
            if done.returncode:
                refused.append(folder.name)
                need(re.search(r"haresources:\d+: error: ", done.stderr), f"{folder.name}: no place: {done.stderr}")
                continue
            try:
                good(files, ha_cf)
            except (Wrong, ET.ParseError) as reason:
                raise Wrong(f"{folder.name}: {reason}") from reason
            count += 1
    if refused != ["17-words-not-replaced"]:
        raise Wrong(f"refused: {refused}")
    return f"{count} sites, {len(refused)} refused" + ("" if all(DEBIAN.values()) else "; without pacemaker")


CASES_OF_PEOPLE = {
    "httpd": "node1.example.com IPaddr::192.168.1.100/24/eth0 httpd\n",
    "mysql on nfs": "alpha 10.0.0.5 Filesystem::server:/data::/data::nfs mysqld\n",
    "director": "alpha ipvsadm IPaddr2::10.0.0.9/24/eth0\n",
    "active, active": "alpha 10.0.0.1 web\nbravo 10.0.0.2 web\n",
    "upper case": "ALPHA 10.0.0.1\n",
}


def cases_of_people():
    for name, haresources in CASES_OF_PEOPLE.items():
        with Files(haresources) as files:
            try:
                good(files, HA_CF)
            except Wrong as reason:
                raise Wrong(f"{name}: {reason}") from reason


def names_of_old():
    """The ids, properties and monitors that scripts of heartbeat 2 know."""
    with Files("alpha IPaddr::10.0.0.1/24/eth0/10.0.0.255 drbddisk::r0 Filesystem::/dev/drbd0::/srv::ext4::noatime,nodiratime\n"
               "bravo 10.0.0.2\n") as files:
        cib, _ = files.cib("h")
        ids = [element.get("id") for element in cib.find("configuration/resources").iter() if element.get("id")]
        need([one for one in ids if "_attr" not in one] ==
             ["group_1", "IPaddr_10_0_0_1", "IPaddr_10_0_0_1_mon", "drbddisk_2", "drbddisk_2_mon", "Filesystem_3", "Filesystem_3_mon",
              "IPaddr_10_0_0_2", "IPaddr_10_0_0_2_mon"], f"{ids}")
        group = cib.find(".//group")
        need([pairs(one) for one in group.iter("primitive")] == [
            {"ip": "10.0.0.1", "cidr_netmask": "24", "nic": "eth0", "broadcast": "10.0.0.255"}, {"1": "r0"},
            {"device": "/dev/drbd0", "directory": "/srv", "fstype": "ext4", "options": "noatime,nodiratime"}],
            f"{[pairs(one) for one in group.iter('primitive')]}")
        need([one.get("class") for one in group.iter("primitive")] == ["ocf", "heartbeat", "ocf"], "classes")
        op = group.find("primitive/operations/op")
        need((op.get("interval"), op.get("timeout")) == ("5s", "5s"), f"{op.attrib}")
        location = cib.find(".//rsc_location")
        need((location.get("id"), location.find("rule").get("id"), location.find("rule").get("score")) ==
             ("rsc_location_group_1", "prefered_location_group_1", "100"), "the location")
        have = pairs(cib.find("configuration/crm_config"))
        want = {"symmetric-cluster": "true", "no-quorum-policy": "stop", "default-resource-stickiness": "0", "stonith-enabled": "false",
                "default-action-timeout": "15s", "transition-idle-timeout": "5min", "pe-input-series-max": "-1"}
        need(want.items() <= have.items(), f"{have}")
        need(files.cib("h", "--no-monitor")[0].find(".//op") is None, "--no-monitor")
        bare = files.cib("h", "--no-ocf")[0]
        need({one.get("class") for one in bare.iter("primitive")} == {"heartbeat"}, "--no-ocf")
        need([pairs(one) for one in bare.iter("primitive")][0] == {"1": "10.0.0.1/24/eth0/10.0.0.255"}, "--no-ocf")


def shapes_of_arguments():
    table = (("IPaddr::10.0.0.1/255.255.255.0", {"ip": "10.0.0.1", "cidr_netmask": "24"}),
             ("IPaddr::10.0.0.1//8/eth0:10", {"ip": "10.0.0.1", "cidr_netmask": "8", "nic": "eth0", "iflabel": "10"}),
             ("10.0.0.1/24/eth1", {"ip": "10.0.0.1", "cidr_netmask": "24", "nic": "eth1"}),
             ("MailTo::a@b::one::two", {"email": "a@b", "subject": "one two"}),
             ("AudibleAlarm::a::b", {"nodelist": "a b"}),
             ("WAS::8080", {"port": "8080"}), ("WAS::/etc/was", {"config": "/etc/was"}),
             ("apache::/etc/a.conf::/usr/sbin/a", {"configfile": "/etc/a.conf", "httpd": "/usr/sbin/a"}),
             ("OCF::mysql::one", {"1": "mysql", "2": "one"}), ("own::a::b", {"1": "a", "2": "b"}))
    for word, want in table:
        with Files(f"alpha {word}\n") as files:
            got = pairs(files.cib("p")[0].find(".//primitive"))
            need(got == want, f"{word}: {got}")


def comments_that_act():
    text = ("alpha 10.0.0.1 a #web\n" "bravo 10.0.0.2 #address\n" "alpha b #clone:everywhere\n" "bravo c # only a comment\n"
            "#rsc_order web start before address\n" "#rsc_colocation web address -INFINITY\n" "# rsc_order only three\n#\n")
    with Files(text) as files:
        h, p = files.cib("h")[0], files.cib("p")[0]
        for cib in (h, p):
            tops = [(one.tag, one.get("id")) for one in cib.find("configuration/resources")]
            need(tops == [("group", "web"), ("primitive", "address"), ("clone", "everywhere"), ("primitive", "c_5")], f"{tops}")
        need({"from": "web", "action": "start", "type": "before", "to": "address"}.items() <= h.find(".//rsc_order").attrib.items(), "order, h")
        need({"first": "web", "first-action": "start", "then": "address"}.items() <= p.find(".//rsc_order").attrib.items(), "order, p")
        need({"from": "web", "to": "address", "score": "-INFINITY"}.items() <= h.find(".//rsc_colocation").attrib.items(), "colocation, h")
        need({"rsc": "web", "with-rsc": "address"}.items() <= p.find(".//rsc_colocation").attrib.items(), "colocation, p")
        good(files, HA_CF)


def devices():
    """stonith_host: a clone for all, a preference for one; and fencing is switched on."""
    ha_cf = HA_CF + "stonith_host * external/ssh hostlist=alpha,bravo\nstonith_host bravo null alpha bravo\nauto_failback off\n"
    with Files("alpha 10.0.0.1\n", ha_cf) as files:
        for dialect in "hp":
            cib, _ = files.cib(dialect)
            tops = [(one.tag, one.get("id")) for one in cib.find("configuration/resources")]
            need(tops == [("primitive", "IPaddr_10_0_0_1"), ("clone", "clone_1"), ("primitive", "stonith_2")], f"{tops}")
            first = cib.find(".//clone/primitive")
            need((first.get("class"), first.get("type"), pairs(first)) == ("stonith", "external/ssh", {"hostlist": "alpha,bravo"}), "first")
            need(cib.find(".//rsc_location[@rsc='stonith_2']/rule/expression").get("value") == "bravo", "of bravo")
            need(pairs(cib.find("configuration/crm_config"))["stonith-enabled"] == "true", "switched on")
            sticky = pairs(cib).get("resource-stickiness" if dialect == "p" else "default-resource-stickiness")
            need(sticky == "INFINITY", f"auto_failback off: {sticky}")
        good(files, ha_cf)


def refusals():
    """One line each, with its place; and nothing is written."""
    table = (("alpha IPaddr::10.0.0.300\n", r"haresources:1: error: .*10\.0\.0\.300"),
             ("alpha 10.0.0.1 #a\nbravo 10.0.0.2 #a\n", r"haresources:2: error: the id 'a' is used twice"),
             ("alpha 10.0.0.1\n#rsc_order a start before b\n", r"haresources:2: error: no resource has the id 'a'"),
             ("alpha 10.0.0.1 #a\n#rsc_order a fly before a\n", r"haresources:2: error: .*rsc_order"),
             ("alpha 10.0.0.1 #a\n#rsc_colocation a a much\n", r"haresources:2: error: 'much' is no score"),
             ("alpha x #clone:1\n", r"haresources:1: error: '#clone:1'"),
             (b"alpha x::\xff\n", r"haresources: error: 1 words have bytes"),
             ("alpha 10.0.0.1 a\nbravo 10.0.0.1 b\n", r"haresources:2: error: "))
    for text, told in table:
        with Files(text) as files:
            out = files.path / "cib.xml"
            done = files.convert("-o", out)
            need(done.returncode == 1 and re.search(told, done.stderr) and not out.exists(), f"{text!r}: {done.returncode}: {done.stderr}")
            need(done.stderr.endswith("nothing is written\n"), done.stderr)
    with Files("charlie 10.0.0.1\n", HA_CF + "respawn root /usr/lib/heartbeat/ipfail\n") as files:
        _, told = files.cib("h")
        need("no node 'charlie'" in told and "ipfail only moves" in told, told)


def output():
    """It is written once, and only whole."""
    with Files("alpha 10.0.0.1\n") as files:
        out = files.path / "cib.xml"
        need(files.convert("-o", out).returncode == 0 and ET.parse(out).getroot().tag == "cib", "written")
        need(out.stat().st_mode & 0o777 == 0o600, "its mode")
        before = out.read_bytes()
        done = files.convert("-o", out, dialect="p")
        need(done.returncode == 1 and "exists" in done.stderr and out.read_bytes() == before, f"{done}")
        out.rename(files.path / "cib.xml.sig")
        done = files.convert("-o", out)
        need(done.returncode == 1 and "cib.xml.sig" in done.stderr and not out.exists(), f"{done}")
        done = files.convert("-o", files.path / "no/cib.xml")
        need(done.returncode == 1 and "no/cib.xml" in done.stderr, f"{done}")
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([str(TOOL), "--stdout", "-c", str(files.path / "ha.cf"), str(files.path / "haresources")], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        need(done.returncode == 1 and "cannot write" in done.stderr, f"{done}")
    with Files("alpha 10.0.0.1\n", None) as files:
        done = files.convert("--stdout")
        need(done.returncode == 1 and "ha.cf" in done.stderr, f"{done}")
    with Files(None) as files:
        done = files.convert("--stdout")
        need(done.returncode == 1 and "haresources" in done.stderr, f"{done}")
    for words, code in ((["--help"], 0), (["--version"], 0), (["--nonsense"], 2), (["-d", "x"], 2), (["a", "b"], 2)):
        need(subprocess.run([str(TOOL), *words], capture_output=True, check=False).returncode == code, f"{words}")


def same_agents():
    """Arguments are the same parameters as under haresources (agent-table)."""
    table = {}
    for line in (ROOT / "heartbeat/scripts/agent-table").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, arguments = line.split(None, 2)
            table[name] = [word.strip("[]").removesuffix("...").split("|")[0] for word in arguments.split()]
    for name, names in table.items():
        with Files("alpha " + "::".join([name, *(f"/v{number}" for number in range(len(names)))]) + "\n") as files:
            cib, _ = files.cib("h")
            primitive = cib.find(".//primitive")
            need(primitive.get("class") == "ocf" and list(pairs(primitive)) == names, f"{name}: {names}, {pairs(primitive)}")
    return f"{len(table)} agents"


def name_of_old():
    """The installation has it where scripts look for it."""
    stage = BIN.parent / "stage"
    if not stage.is_dir():
        raise Skip("no staged installation (make stage)")
    found = list((stage / "usr").rglob("haresources2cib.p*"))
    need(len(found) == 2 and all(os.readlink(path).endswith("/haresources2cib") for path in found), f"{found}")


CASES = (name_of_old, published_sites, cases_of_people, names_of_old, shapes_of_arguments, comments_that_act, devices, refusals, output,
         same_agents)

if __name__ == "__main__":
    sys.exit(run("convert", {case.__name__.replace("_", "-"): (case,) for case in CASES}, __doc__))
