# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls of the CRM's tools, drawn for a document: most of what they name is there, some is not.

    calls.draw(tool, rng, calls.Known(path))     ["crm_resource", "-W", "-r", "rsc1"]
"""

import xml.etree.ElementTree as ElementTree

SETS = {"instance_attributes": [], "meta_attributes": ["-m"], "utilization": ["-z"]}
DATES = ["2005-01-20 00:30:00Z", "2024-02-29", "2019-12-31T23:59:59+01:00", "2005-011", "2005-W02-3", "2026-06-15 12:00:00Z", "2000-01-01 00:00:00Z"]
RULE = ('<cib><configuration><constraints><rsc_location id="drawn-l" rsc="r"><rule id="drawn" score="INFINITY" boolean-op="and"><date_expression '
        'id="drawn-date" operation="%s"%s</rule></rsc_location></constraints></configuration></cib>')


class Known:
    """What of a document can be named."""

    def __init__(self, path):
        root = ElementTree.parse(path).getroot()
        configuration = root.find("configuration")
        resources = configuration.find("resources")
        ids = [one.get("id") for one in resources.iter() if one.tag in ("primitive", "group", "clone", "master", "bundle", "template")]
        self.groups = {one.get("id") for one in resources.iter("group")}
        clones = [one.get("id") for clone in resources.iter() if clone.tag in ("clone", "master") for one in clone.iter("primitive")]
        self.resources = [one for one in ids if one] + [f"{one}:{number}" for one in clones for number in (0, 1)] + ["nosuch"]
        # A clone's parts by either name.
        self.instances = {name for clone in resources.iter() if clone.tag in ("clone", "master") for one in clone.iter() if one.tag in ("primitive", "group")
                          for name in [one.get("id"), *(f"{one.get('id')}:{number}" for number in range(8))]}
        self.pairs = [(one.get("id"), tag, pair.get("name")) for one in resources.iter() if one.get("id") for tag in SETS
                      for found in one.findall(tag) for pair in found.iter("nvpair") if pair.get("name")]
        self.nodes = [one.get("uname") for one in root.iter("node") if one.get("uname")] + ["nosuch"]
        self.options = [one.get("name") for one in configuration.find("crm_config").iter("nvpair") if one.get("name")]
        self.node_names = [one.get("name") for one in configuration.find("nodes").iter("nvpair") if one.get("name")]
        self.status_names = sorted({one.get("name") for one in root.iter("nvpair") if one.get("name") and one.get("id", "").startswith("status-")})
        self.rules = [one.get("id") for one in root.iter("rule") if one.get("id")] + ["nosuch"]
        self.tickets = sorted({one.get("ticket") for one in root.iter("rsc_ticket")} | {one.get("id") for one in root.iter("ticket_state")})
        self.operations = sorted({(one.get("operation"), one.get("interval")) for one in root.iter("lrm_rsc_op") if one.get("operation")},
                                 key=str)[:20]


def maybe(rng, words, chance=0.5):
    return words if rng.random() < chance else []


def form(rng):
    return maybe(rng, ["--output-as=" + rng.choice(["xml", "text"])], 0.2)


def crm_resource(rng, known):
    resource = ["-r", rng.choice(known.resources)]
    node = ["-N", rng.choice(known.nodes)]
    command = rng.choice("L l O o W W q w a a A A Y Y g g g p p d d G S M M M B B B U U digests C R D standards lists".split())
    if command in ("L", "l"):
        return [f"-{command}"]
    if command in ("O", "o"):
        return [f"-{command}", *maybe(rng, resource), *maybe(rng, node, 0.3)]
    if command in ("W", "q", "w", "a", "A"):
        return [f"-{command}", *resource, *maybe(rng, ["-Q"], 0.1)]
    if command == "Y":
        return ["-Y", *maybe(rng, resource, 0.7), *maybe(rng, node, 0.3)]
    if command in ("g", "p", "d"):
        owner, tag, name = rng.choice(known.pairs) if known.pairs and rng.random() < 0.7 else (
            resource[1], rng.choice(list(SETS)), rng.choice(["target-role", "priority", "foo", "is-managed"]))
        return [f"-{command}", name, "-r", owner, *SETS[tag], *maybe(rng, ["-v", rng.choice(["true", "5", "", "a b", "Stopped"])], 1 if command == "p" else 0),
                *maybe(rng, ["-s", "myset"], 0.1), *maybe(rng, ["-i", "myid"], 0.05), *maybe(rng, ["--recursive"], 0.1 if command == "p" else 0),
                *maybe(rng, ["--force"], 0.1), *maybe(rng, ["-Q"], 0.1)]
    if command == "G":
        return ["-G", rng.choice(["class", "type", "provider", "description", "id"]), *resource]
    if command == "S":
        return ["-S", "description", "-v", "x", *resource, *maybe(rng, ["-t", rng.choice(["primitive", "group", "clone"])], 0.9)]
    if command in ("M", "B", "U"):
        return [f"-{command}", *resource, *maybe(rng, node, 0.7), *maybe(rng, ["-f"], 0.2), *maybe(rng, ["--promoted"], 0.15), *maybe(rng, ["-Q"], 0.1),
                *maybe(rng, ["-e"], 0.1 if command == "U" else 0), *maybe(rng, ["-u", rng.choice(["PT1H", "P1D", "nonsense"])], 0 if command == "U" else 0.1)]
    if command == "digests":
        return ["--digests", *resource, *maybe(rng, node, 0.95), *maybe(rng, ["foo=bar"], 0.1)]
    if command in ("C", "R"):
        operation = rng.choice(known.operations) if known.operations else ("monitor", "10000")
        return [f"-{command}", *maybe(rng, resource, 0.8), *maybe(rng, node, 0.4), *maybe(rng, ["-f"], 0.2),
                *maybe(rng, ["-n", operation[0], *maybe(rng, ["-I", f"{operation[1]}ms"])], 0.2 if command == "C" else 0)]
    if command == "D":
        return ["-D", *resource, *maybe(rng, ["-t", rng.choice(["primitive", "group", "clone", "nosuch"])], 0.9)]
    if command == "standards":
        return [rng.choice(["--list-ocf-providers", "--list-standards"])]
    return rng.choice([["--list-ocf-alternatives", rng.choice(["Dummy", "nosuch"])], ["--list-agents", rng.choice(["ocf:heartbeat", "ocf:nosuch", "nosuch"])]])


def attribute_place(rng, known):
    node = ["-N", rng.choice(known.nodes)]
    return rng.choice([[], [], ["-t", "crm_config"], node, [*node, "-l", "reboot"], [*node, "-l", "forever"], [*node, "-t", "nodes"],
                       [*node, "-t", "status"], [*node, "-z"], ["-t", "rsc_defaults"], ["-t", "op_defaults"], ["-t", "tickets"]])


def crm_attribute(rng, known):
    names = ["site", "standby", "stonith-enabled", *known.options, *known.node_names, *known.status_names]
    command = rng.choice([["-G"], ["-G"], [], ["-D"], ["-v", rng.choice(["true", "5", "value++", "value+=3", "a b"])]])
    return [*attribute_place(rng, known), *rng.choice([["-n", rng.choice(names)]] * 8 + [["-P", rng.choice(["st.*", "^s", "fail-count"])]]), *command,
            *maybe(rng, ["-q"], 0.2), *maybe(rng, ["-d", "7"], 0.1), *maybe(rng, ["-s", "myset"], 0.1)]


def crm_standby(rng, known):
    return ["-N", rng.choice(known.nodes), *rng.choice([["-G"], ["-D"], ["-v", rng.choice(["on", "off"])]]),
            *maybe(rng, ["-l", rng.choice(["reboot", "forever"])], 0.3)]


def crm_failcount(rng, known):
    operation = rng.choice(known.operations) if known.operations else ("monitor", "10000")
    return ["-G", "-r", rng.choice(known.resources), "-N", rng.choice(known.nodes),
            *maybe(rng, ["-n", operation[0], *maybe(rng, ["-I", f"{operation[1]}ms"])], 0.3)]


def crm_ticket(rng, known):
    command = rng.choice([["-l"], ["-L"], ["-w"], ["-q"], ["-c"], ["-g", "--force"], ["-r", "--force"], ["-s"], ["-a"], ["-C", "--force"],
                          ["-G", rng.choice(["granted", "standby"])], ["-D", "standby"], ["-S", "standby", "-v", "true"]])
    return [*maybe(rng, ["-t", rng.choice([*known.tickets, "nosuch"])], 0.85), *command]


def crm_verify(rng, _known):
    return ["-x", "cib.xml", *maybe(rng, ["-" + "V" * rng.choice([1, 2])]), *maybe(rng, ["-q"], 0.1)]


def date_rule(rng):
    operation = rng.choice(["gt", "lt", "in_range", "date_spec"])
    first, second = rng.choice(DATES), rng.choice(DATES)
    spec = " ".join(f'{name}="{rng.choice(values)}"' for name, values in rng.sample(
        [("hours", ["9-16", "0", "23"]), ("weekdays", ["1-5", "7"]), ("months", ["2", "6-12"]), ("monthdays", ["1", "10-20"]), ("years", ["2005", "2020-2030"]),
         ("yeardays", ["1-100", "365"]), ("weeks", ["1", "20-30"]), ("moon", ["0", "3-7"])], rng.choice([1, 2])))
    attributes = {"gt": f' start="{first}"/>', "lt": f' end="{first}"/>', "in_range": rng.choice(
        [f' start="{first}" end="{second}"/>', f' end="{second}"/>', f' start="{first}"><duration id="drawn-d" days="{rng.randrange(60)}"/></date_expression>']),
                  "date_spec": f'><date_spec id="drawn-s" {spec}/></date_expression>'}[operation]
    return RULE % (operation, attributes)


def crm_rule(rng, known):
    date = maybe(rng, ["-d", rng.choice(DATES)], 0.8)
    if rng.random() < 0.5:
        return ["-c", "-r", "drawn", *date, "-X", date_rule(rng)]
    return ["-c", "-r", rng.choice(known.rules), *date]


def iso8601(rng, _known):
    def number(limit):
        return rng.choice([str(rng.randrange(limit)), f"{rng.randrange(limit):02}"])
    date = rng.choice([*DATES, f"{rng.randrange(1971, 2037)}-{rng.randrange(1, 14):02}-{rng.randrange(1, 33):02}", f"20{rng.randrange(100):02}-{rng.randrange(1, 367):03}",
                       f"20{rng.randrange(100):02}-W{rng.randrange(1, 54):02}-{rng.randrange(1, 8)}", f"{number(25)}:{number(61)}", "20240229T101112Z", "rubbish",
                       f"2025-0{rng.randrange(1, 10)}-1{rng.randrange(10)} {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
                       f"{rng.choice(['Z', '+02:00', '-0530', ''])}"])
    parts = "".join(f"{rng.randrange(40)}{unit}" for unit in "YMWD" if rng.random() < 0.4)
    times = "".join(f"{rng.randrange(80)}{unit}" for unit in "HMS" if rng.random() < 0.4)
    duration = "P" + parts + (f"T{times}" if times else "") if rng.random() < 0.9 else "P1X"
    return [*rng.choice([["-d", date], ["-d", date], ["-d", date, "-D", duration], ["-D", duration], ["-p", f"{rng.choice(DATES)}/{rng.choice([date, duration])}"],
                         ["-d", date, "-E", rng.choice(DATES)]]),
            *maybe(rng, [rng.choice(["-O", "-W", "-S", "-s", "-L"])], 0.4)]


TOOLS = {function.__name__: function for function in (crm_resource, crm_attribute, crm_standby, crm_failcount, crm_ticket, crm_rule, iso8601)}
WEIGHTS = {"crm_resource": 8, "crm_attribute": 3, "crm_rule": 2, "iso8601": 2}


def draw(rng, known, tool=None):
    tool = tool or rng.choices(list(TOOLS), [WEIGHTS.get(name, 1) for name in TOOLS])[0]
    words = TOOLS[tool](rng, known)
    return [tool, *words, *(form(rng) if tool in ("crm_resource", "crm_attribute") else [])]
