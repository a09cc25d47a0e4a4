#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hb_status on real clusters: reasons of what happened, the same answers as cl_status, the codes of --check, JSON
against its schema, metrics against their grammar, an old daemon.
"""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import LabError, installs  # noqa: E402
from lab.suite import main, need  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "doc" / "hb_status.schema.json").read_text(encoding="utf-8"))
ADDRESS = "10.77.0.100"
GROUP = f"IPaddr2::{ADDRESS}/24/eth0"
HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 100ms
warntime 500ms
deadtime 1500ms
initdead 3
bcast eth0 eth1
auto_failback {failback}
node alpha bravo
"""


def pair(lab, failback="off", kinds=("ours", "ours")):
    nodes = [lab.node(name, kind) for name, kind in zip(("alpha", "bravo"), kinds)]
    for node in nodes:
        node.configure(HA_CF.format(failback=failback), f"alpha {GROUP}\n")
        node.start_heartbeat()
    lab.wait(lambda: all(n.rscstatus() not in (None, "transition") for n in nodes), 60, "the cluster rests")
    return nodes


def status(node, *options):
    done = node.run(["hb_status", "--json", *options])
    need(done.returncode == 0, f"hb_status --json: {done.returncode} {done.stderr}")
    found = json.loads(done.stdout)
    validate(found, SCHEMA, "status")
    return found


def texts(node):
    return [event["text"] for event in status(node)["events"]]


# JSON.

TYPES = {"string": str, "integer": int, "boolean": bool, "null": type(None), "array": list, "object": dict}


def validate(value, schema, where):
    """As much of JSON Schema as ours uses, and no field that it does not describe."""
    if "const" in schema:
        need(value == schema["const"], f"{where}: {value!r} is not {schema['const']!r}")
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names:
        need(any(isinstance(value, TYPES[n]) and (n == "boolean" or not isinstance(value, bool)) for n in names),
             f"{where}: {value!r} is not {names}")
    if isinstance(value, int) and "minimum" in schema:
        need(value >= schema["minimum"], f"{where}: {value} is too small")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        need(set(value) == set(properties), f"{where}: {set(value) ^ set(properties)}")
        for name, inner in properties.items():
            validate(value[name], inner, f"{where}.{name}")
    if isinstance(value, list):
        need(schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)), f"{where}: length")
        for index, item in enumerate(value):
            validate(item, schema.get("items", {}), f"{where}[{index}]")


# Metrics.

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? '
                    r'([0-9.eE+-]+|\+Inf|NaN)$')


def metrics_of(text):
    """Name and labels -> value; every rule of the format is checked."""
    found, kind, described, closed = {}, {}, set(), set()
    current = None
    need(text.endswith("\n"), "the last line is not ended")
    for line in text.splitlines():
        match = re.match(r"^# (HELP|TYPE) (\S+) (.+)$", line)
        if match:
            if match[1] == "HELP":
                need(match[2] not in described, f"{match[2]} is described twice")
                described.add(match[2])
                closed.add(current)
                current = match[2]
            else:
                need(match[2] == current and match[2] not in kind, f"TYPE of {match[2]}")
                kind[match[2]] = match[3]
            continue
        match = SAMPLE.match(line)
        need(match, f"no sample: {line!r}")
        name = match[1]
        base = re.sub("_(bucket|sum|count)$", "", name) if kind.get(current) == "histogram" else name
        need(base == current and base not in closed, f"{name} is not with its kind")
        need(kind[base] != "counter" or name.endswith("_total"), f"counter {name}")
        key = (name, match[2] or "")
        need(key not in found, f"twice: {key}")
        found[key] = float(match[3])
    for name in kind:
        if kind[name] == "histogram":
            check_histogram(found, name)
    return found


def check_histogram(found, name):
    series = {}
    for (sample, labels), value in found.items():
        if sample == name + "_bucket":
            rest, bound = re.match(r'(.*),le="([^"]+)"$', labels).groups()
            series.setdefault(rest, []).append((float(bound.replace("+Inf", "inf")), value))
    for labels, buckets in series.items():
        need(buckets == sorted(buckets) and [v for _, v in buckets] == sorted(v for _, v in buckets),
             f"buckets of {labels}")
        need(buckets[-1][0] == float("inf"), "no +Inf")
        need(found[(name + "_count", labels)] == buckets[-1][1], "count")
        need((name + "_sum", labels) in found, "sum")


def promtool(text):
    tool = shutil.which("promtool")
    if tool:
        done = subprocess.run([tool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        need(done.returncode == 0, f"promtool: {done.stderr}")


# Cases.


def power_off_is_explained(lab):
    alpha, bravo = pair(lab)
    started = texts(alpha)
    need(not [e for e in status(alpha)["events"] if e["kind"] == "advice"], f"no false alarms: {started}")
    need(abs([n for n in status(alpha)["nodes"] if not n["self"]][0]["clock_ms"]) < 60000, "bravo's clock")
    need(f"started {GROUP}: nobody holds it" in started, f"alpha's own start: {started}")
    need(f"node alpha holds {GROUP}: it says so" in texts(bravo), f"bravo sees it: {texts(bravo)}")
    before = time.time()
    alpha.power_off()
    lab.wait(lambda: bravo.has_address(ADDRESS) and bravo.rscstatus() == "all", 30, "the takeover")
    told = texts(bravo)
    why = r"silent for \d+ ms on eth0 and eth1 \(deadtime 1500 ms\)"
    need(any(re.fullmatch(f"node alpha died: {why}", t) for t in told), f"the death: {told}")
    took = [t for t in told if t.startswith("took over")]
    need(len(took) == 1 and re.fullmatch(f"took over {re.escape(GROUP)} from alpha: alpha {why}", took[0]),
         f"the reason: {told}")
    need(took[0] in bravo.log(), "the log says the same")
    group = status(bravo)["groups"][0]
    need((group["holder"], group["from"], group["home"], group["state"]) == ("bravo", "alpha", "alpha", "running"),
         f"{group}")
    need(before <= group["since_ms"] / 1000 <= time.time(), "since when")
    need(re.fullmatch(f"alpha {why}", group["why"]), f"{group}")


def moves_are_explained(lab):
    alpha, bravo = pair(lab)
    alpha.run("hb_standby all", check=True)
    lab.wait(lambda: bravo.rscstatus() == "all" and alpha.rscstatus() == "none", 30, "the standby")
    need("node alpha wants to give up its all resources (standby)" in texts(alpha), f"{texts(alpha)}")
    need(any(t.startswith(f"released {GROUP}: ") for t in texts(alpha)), f"{texts(alpha)}")
    need(any(t.startswith(f"took over {GROUP} from alpha: ") for t in texts(bravo)), f"{texts(bravo)}")
    lab.wait(lambda: status(alpha)["groups"][0]["holder"] == "bravo", 10, "alpha knows who has it")
    bravo.stop_heartbeat()
    lab.wait(lambda: alpha.rscstatus() == "all" and alpha.has_address(ADDRESS), 30, "alpha takes it")
    need(f"took over {GROUP} from bravo: bravo shut down" in texts(alpha), f"{texts(alpha)}")


def same_as_cl_status(lab):
    alpha, bravo = pair(lab)
    lab.cut(alpha, bravo, "eth1")
    lab.wait(lambda: alpha.run("cl_status hblinkstatus bravo eth1").stdout == "dead\n", 20, "the cut is seen")
    found = status(alpha)
    need(found["node"] == "alpha" and not found["reduced"], f"{found['node']}")
    need(found["resources"] == alpha.run("cl_status rscstatus").stdout.strip(), "rscstatus")
    nodes = alpha.run("cl_status listnodes").stdout.split()
    need([n["name"] for n in found["nodes"]] == nodes[::-1], f"nodes: {nodes}")
    for node in found["nodes"]:
        for word, field in (("nodestatus", "status"), ("nodetype", "type"), ("nodeweight", "weight")):
            said = alpha.run(f"cl_status {word} {node['name']}").stdout.strip()
            need(said == str(node[field]), f"{word} {node['name']}: {said}, {node[field]}")
    for link in found["links"]:
        said = alpha.run(f"cl_status hblinkstatus {link['node']} {link['name']}").stdout.strip()
        need(said == link["status"], f"{link}: {said}")
    links = {(l["node"], l["name"]): l for l in found["links"]}
    need(links["bravo", "eth1"]["outages"] == 1 and links["bravo", "eth0"]["outages"] == 0, "outages")
    need(links["bravo", "eth0"]["beats"] > 0 and links["bravo", "eth0"]["lost"] == 0, "eth0 is counted")
    need(links["alpha", "eth0"]["self"] and links["alpha", "eth0"]["beats"] is None, "not the own ones")
    for name, key in (("keepalive", "keepalive_ms"), ("deadtime", "deadtime_ms")):
        said = alpha.run(f"cl_status hbparameter -p {name}").stdout.strip()
        need(said == f"{found[key]}ms", f"{name}: {said}")
    told = texts(alpha)
    need(any(re.fullmatch(r"link bravo:eth1 is down: silent for \d+ ms \(deadtime 1500 ms\)", t) for t in told), f"{told}")


def loss_is_seen(lab):
    alpha, bravo = pair(lab)
    lab.loss(alpha, bravo, 30, "eth1")

    def link(name):
        return [l for l in status(alpha)["links"] if (l["node"], l["name"]) == ("bravo", name)][0]

    lab.wait(lambda: link("eth1")["lost"] >= 10, 30, "losses on eth1")
    # A datagram that eth1 lost and that came over eth0 is no loss of eth0.
    need(link("eth0")["lost"] <= link("eth1")["lost"] / 2, f"eth0: {link('eth0')}")
    need(link("eth1")["late_max_us"] > 50000, "a lost heartbeat makes the next one late")
    done = alpha.run("hb_status --check --loss 1")
    need(done.returncode == 1 and "link bravo:eth1 loses" in done.stdout or link("eth1")["received"] < 100,
         f"{done.returncode} {done.stdout}")


def check_codes(lab):
    alpha, bravo = pair(lab)

    def check(*options):
        done = alpha.run(["hb_status", "--check", *options])
        need(done.stdout.count("\n") == 1 and not done.stderr, f"one line: {done.stdout!r} {done.stderr!r}")
        return done.returncode, done.stdout

    code, line = check()
    need(code == 0 and line.startswith("HEARTBEAT OK - 2 nodes, 4 links, 1 group: all is well | nodes=2;;;0 ")
         or code == 0 and line.startswith("HEARTBEAT OK - 2 nodes, 2 links, 1 group: all is well | nodes=2;;;0 "),
         f"{code} {line}")
    for item in line.split(" | ")[1].split():
        need(re.fullmatch(r"[a-z_]+=[0-9.]+(ms|%)?(;[0-9.]*){3,4}", item), f"perfdata: {item}")
    lab.cut(alpha, bravo, "eth1")
    lab.wait(lambda: check()[0] == 1, 20, "a link is down")
    need("HEARTBEAT WARNING - link bravo:eth1 is down |" in check()[1], check()[1])
    need(check("--critical", "link-down")[0] == 2 and check("--ignore", "link-down")[0] == 0, "rules")
    lab.heal()
    lab.wait(lambda: check()[0] == 0, 20, "it is up again")
    bravo.power_off()
    lab.wait(lambda: check()[0] == 2, 20, "bravo is dead")
    need("node bravo is dead: silent for" in check()[1], check()[1])
    need(check("--ignore", "node-dead,link-down")[0] == 0, "ignored")
    alpha.stop_heartbeat()
    need(check() == (2, "HEARTBEAT CRITICAL - heartbeat does not run here\n"), f"{check()}")
    need(check("--warning", "stopped")[0] == 1, "stopped is a warning")
    wrong = alpha.run("hb_status --check --warning moon")
    need(wrong.returncode == 2 and "there is no condition 'moon'" in wrong.stderr, wrong.stderr)
    shown = alpha.run("hb_status")
    need(shown.returncode == 1 and "does not run" in shown.stderr and not shown.stdout, "stopped")


def a_hanging_daemon(lab):
    alpha, _ = pair(lab)
    alpha.freeze_heartbeat()
    done = alpha.run("hb_status --check --timeout 0.5")
    alpha.thaw_heartbeat()
    need(done.returncode == 3 and "HEARTBEAT UNKNOWN - " in done.stdout, f"{done.returncode} {done.stdout}")


def metrics(lab):
    alpha, bravo = pair(lab)
    text = alpha.run("hb_status --metrics", check=True).stdout
    promtool(text)
    found = metrics_of(text)
    need(found["heartbeat_up", ""] == 1, "up")
    need(found["heartbeat_node_up", 'node="bravo",type="normal"'] == 1, "bravo")
    need(found["heartbeat_link_up", 'node="bravo",link="eth1"'] == 1, "eth1")
    need(found["heartbeat_group_holder", f'group="{GROUP}",node="alpha"'] == 1, "alpha holds it")
    need(found["heartbeat_group_holder", f'group="{GROUP}",node="bravo"'] == 0, "bravo does not")
    need(found["heartbeat_deadtime_seconds", ""] == 1.5, "deadtime")
    need(abs(found["heartbeat_start_timestamp_seconds", ""] - time.time()) < 300, "a point in time is exact")
    file = "/var/lib/heartbeat.prom"
    alpha.run(f"hb_status --metrics --output {file}", check=True)
    metrics_of(alpha.read(file))
    need(not alpha.exists(file + ".tmp"), "nothing is left behind")
    bravo.power_off()
    lab.wait(lambda: metrics_of(alpha.run("hb_status -m").stdout)["heartbeat_node_up", 'node="bravo",type="normal"'] == 0,
             20, "bravo is dead")
    alpha.stop_heartbeat()
    alpha.run(f"hb_status --metrics --output {file}", check=True)
    need(metrics_of(alpha.read(file)) == {("heartbeat_up", ""): 0.0}, "stopped")
    done = alpha.run("hb_status --metrics --output /nowhere/x")
    need(done.returncode == 3 and "/nowhere/x" in done.stderr, f"{done.returncode} {done.stderr}")


def screen(lab):
    alpha, bravo = pair(lab)
    text = bravo.run("hb_status", check=True).stdout
    for pattern in (r"^heartbeat \S+ on bravo, cluster linux-ha, up ", r"^alpha +active ", r"^bravo +active .*this node",
                    r"^alpha:eth0 +up ", r"^alpha:eth1 +up ", rf"^{re.escape(GROUP)} +alpha ", r"^LAST EVENTS$"):
        need(re.search(pattern, text, re.M), f"{pattern}: {text}")
    need("\033" not in text, "no colours in a pipe")
    need("\033" in bravo.run("hb_status --color always").stdout, "unless they are wanted")
    need(bravo.run("hb_status --events 0").stdout.count("LAST EVENTS") == 0, "no events")
    for wrong in ("--nonsense", "--json --check", "--watch x", "more", "--events -1", "--json --watch"):
        done = bravo.run(f"hb_status {wrong}")
        need(done.returncode == 2 and done.stderr and not done.stdout, f"{wrong}: {done.returncode} {done.stdout}")
    need(bravo.run("hb_status --help").returncode == 0, "--help")


def on_a_terminal(node, command, env, until, timeout=20):
    """What COMMAND writes on a terminal of 60 columns until the pattern UNTIL."""
    outer, inner = pty.openpty()
    process = node.spawn(["/bin/sh", "-c", f"stty cols 60 rows 40; exec {command}"], env=env, stdin=inner,
                         stdout=inner, stderr=inner)
    os.close(inner)
    text, deadline = b"", time.monotonic() + timeout
    try:
        while not re.search(until, text, re.S):
            if time.monotonic() > deadline:
                raise LabError(f"not on the terminal: {until}: {text[-2000:]!r}")
            if select.select([outer], [], [], 0.2)[0]:
                text += os.read(outer, 65536)
    except OSError:
        need(re.search(until, text, re.S), f"the terminal ended: {text[-2000:]!r}")
    return text.decode(errors="replace"), process, outer


def watching(lab):
    alpha, bravo = pair(lab)
    text, process, terminal = on_a_terminal(alpha, "hb_status --watch 0.2", {"TERM": "xterm"},
                                            rb"\033\[H.*\033\[H.*\033\[J")
    need("\033[2J" not in text, "no blank screen in between")
    need("\033[32m" in text, "colours on a terminal")
    plain = re.sub(r"\033\[[0-9;?]*[a-zA-Z]", "", text)
    need(all(len(line.rstrip("\r")) <= 60 for line in plain.split("\n")), "no line is longer than the terminal")
    hb = [pid for pid, words in alpha.processes().items() if words[0].endswith("hb_status")]
    alpha.signal(signal.SIGTERM, hb)
    rest = b""
    try:
        while select.select([terminal], [], [], 5)[0]:
            more = os.read(terminal, 65536)
            if not more:
                break
            rest += more
    except OSError:
        pass
    need(process.wait(60) == 0 and b"\033[?25h" in rest, f"it leaves the terminal as it was: {rest[-200:]!r}")
    os.close(terminal)
    text, process, terminal = on_a_terminal(alpha, "hb_status", {"TERM": "xterm", "NO_COLOR": "1"}, rb"LAST EVENTS.*\n")
    process.wait(60)
    os.close(terminal)
    need("\033[32m" not in text, "NO_COLOR")


def old_daemon(lab):
    ours, old = pair(lab, kinds=("ours", "debian"))
    found = status(ours)
    need([n["compatible_only"] for n in found["nodes"]] == [False, True], "bravo is an older one")
    # Our command beside the old daemon: what the old requests tell, and no error in its log.
    program = installs.layer("ours") / "usr/bin/hb_status"
    old.write("/usr/local/bin/hb_status", "")
    shutil.copy(program, old.path("/usr/local/bin/hb_status"))
    os.chmod(old.path("/usr/local/bin/hb_status"), 0o755)
    mark = old.log_mark()
    found = status(old)
    need(found["reduced"] and found["node"] == "bravo" and found["version"].startswith("3.0.6"), f"{found}")
    need([(n["name"], n["status"], n["self"]) for n in found["nodes"]] ==
         [("alpha", "active", False), ("bravo", "active", True)], f"{found['nodes']}")
    def said(link):
        return old.run(f"cl_status hblinkstatus {link['node']} {link['name']}").stdout.strip()

    # The old one may find its second link late, also between two questions.
    lab.wait(lambda: all(said(link) == link["status"] for link in status(old)["links"]), 30, "links as cl_status has them")
    need(len(found["links"]) == 4, "two links of each")
    need(found["resources"] == old.rscstatus() and found["deadtime_ms"] == 1500, f"{found}")
    text = old.run("hb_status", check=True).stdout
    need("an older heartbeat" in text, text)
    done = old.run("hb_status --check")
    need(done.returncode in (0, 1) and "less is known" in done.stdout, f"{done.returncode} {done.stdout}")
    metrics_of(old.run("hb_status --metrics").stdout)
    need("ERROR" not in old.log()[mark:], "no error in its log")


def advice(lab):
    """What is not as it should be is said; the other cases, with two networks, hear nothing."""
    alpha = lab.node("alpha")
    alpha.configure(HA_CF.format(failback="off").replace("bcast eth0 eth1", "bcast eth0"), f"alpha {GROUP}\n")
    alpha.start_heartbeat()
    lab.wait(lambda: alpha.rscstatus() == "local" or alpha.rscstatus() == "all", 30, "it serves alone")
    told = [e for e in status(alpha)["events"] if e["kind"] == "advice"]
    need([(e["link"], e["text"]) for e in told] ==
         [("eth0", "all nodes are heard over eth0 only: a second, independent way is advised")], f"{told}")


def check_of_the_machine(lab):
    """heartbeat --check says the same of cables, and nothing of a good machine."""
    alpha = lab.node("alpha")
    alpha.configure(HA_CF.format(failback="off"), f"alpha {GROUP}\n")

    def told():
        return alpha.run("heartbeat --check").stdout

    need("interface" not in told() and "second" not in told() and "clock" not in told(), told())
    alpha.run("ip link set eth1 down", check=True)
    need("warning: interface eth1 is down" in told(), told())
    alpha.run("ip link set eth1 up", check=True)
    lab.wait(lambda: "interface" not in told(), 10, "it is up again")
    alpha.configure(HA_CF.format(failback="off").replace("bcast eth0 eth1", "bcast eth0"), f"alpha {GROUP}\n")
    need("note: all nodes are heard over eth0 only" in told(), told())


CASES = (advice, check_of_the_machine, power_off_is_explained, moves_are_explained, same_as_cl_status, loss_is_seen, check_codes, a_hanging_daemon,
         metrics, screen, watching, old_daemon)

if __name__ == "__main__":
    sys.exit(main("status", CASES, __doc__, jobs=5, networks=("eth0", "eth1")))
