# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants in the dialect of heartbeat 2.1.3: of the documents of ../shared/pe-tests/hb21.  There is no program of its to be
asked, so a plan is judged by the rules that every plan keeps (plan_properties): it can be carried out, sends nothing to the
dead, and comes to rest."""

import os
import subprocess
import xml.etree.ElementTree as ET

import oracle

RECORDED = oracle.SHARED / "pe-tests" / "hb21"
JUDGE = oracle.BIN / "plan_properties"
RULES = ["rules"]
RESOURCES = ("primitive", "group", "clone", "master_slave")
SCORES = ["INFINITY", "-INFINITY", "100", "-100", "0", "1"]
PROPERTIES = {
    "no_quorum_policy": ["stop", "freeze", "ignore"], "symmetric_cluster": ["true", "false"], "stonith_enabled": ["true", "false"],
    "default_resource_stickiness": SCORES, "default_resource_failure_stickiness": ["-10", "-INFINITY", "0"],
    "is_managed_default": ["true", "false"], "stop_orphan_resources": ["true", "false"], "stop_orphan_actions": ["true", "false"],
    "startup_fencing": ["true", "false"], "start-failure-is-fatal": ["true", "false"], "transition_idle_timeout": ["77s"],
    "default_action_timeout": ["30s"], "stonith-action": ["poweroff"],
}
METAS = {
    "target_role": ["Started", "Stopped", "Slave", "default", "#default"], "is_managed": ["true", "false"],
    "resource_stickiness": ["INFINITY", "100", "0", "1"], "resource_failure_stickiness": ["-5", "-INFINITY"], "priority": ["10", "-5"],
    "interleave": ["true", "false"], "ordered": ["true", "false"], "notify": ["true", "false"], "globally_unique": ["true", "false"],
    "clone_max": ["1", "2", "3", "0"], "master_max": ["1", "2"], "multiple_active": ["stop_only", "block", "stop_start"],
    "start_prereq": ["nothing", "quorum", "fencing"], "restart_type": ["restart", "ignore"], "allow_migrate": ["true", "false"],
}
OPERATIONS = {
    "on_fail": ["ignore", "block", "stop", "restart", "fence", "migrate", "nothing"], "timeout": ["21s"], "disabled": ["true"],
    "role": ["Master", "Slave", "Started", "Stopped"], "start_delay": ["5s"], "prereq": ["nothing", "quorum", "fencing"],
    "role_after_failure": ["Stopped", "Slave"],
}
STATES = [
    {"crmd": "offline", "in_ccm": "false", "join": "down", "expected": "down", "ha": "dead"},
    {"crmd": "offline", "in_ccm": "false", "ha": "dead", "expected": "member"},
    {"crmd": "offline", "in_ccm": "true", "expected": "member", "ha": "active"},
    {"crmd": "online", "in_ccm": "true", "join": "member", "expected": "member", "ha": "active", "shutdown": "0"},
    {"expected": "down"}, {"join": "pending"}, {"shutdown": "1234567"},
]
RESULTS = [("rc_code", "0"), ("rc_code", "7"), ("rc_code", "1"), ("rc_code", "5"), ("rc_code", "8"), ("op_status", "0"), ("op_status", "4"),
           ("op_status", "2"), ("op_status", "3"), ("op_digest", "00"), ("crm_feature_set", "2.0"), ("crm_feature_set", "1.0.8")]


def changes(base):
    """The class of mutants in this dialect; BASE is the other's."""

    class Mutant(base):
        def resources(self):
            return self.all(*RESOURCES, under=self.section("resources"))

        def constraint_scored(self):
            one = self.pick([one for one in self.section("constraints").iter() if one.get("score") or one.tag == "rsc_order"])
            if one is None:
                return
            name, value = "score", self.draw.choice(SCORES)
            if one.tag == "rsc_order":
                name, value = self.draw.choice([("score", "0"), ("score", "INFINITY"), ("symmetrical", "false"), ("symmetrical", "true")])
            one.set(name, value)
            self.note(f"{one.tag} {one.get('id')} {name}={value}")

        def constraint_new(self):
            names = [one.get("id") for one in self.resources() if self.parent(one).tag in ("resources", "group")]
            nodes = [one.get("uname") for one in self.section("nodes") if one.get("uname")]
            if not names or not nodes:
                return
            attributes = {"id": self.id("rsc_location"), "rsc": self.draw.choice(names), "node": self.draw.choice(nodes),
                          "score": self.draw.choice(SCORES)}
            ET.SubElement(self.section("constraints"), "rsc_location", attributes)
            self.note(f"rsc_location {attributes}")

        def values_set(self, owner, tag, name, value):
            block = owner.find(tag)
            if block is None:
                block = ET.Element(tag, {"id": self.id("set")})
                owner.insert(0, block)
            wrapper = block.find("attributes")
            if wrapper is None:
                wrapper = ET.SubElement(block, "attributes")
            for pair in wrapper:
                if pair.get("name") == name:
                    pair.set("value", value)
                    return
            ET.SubElement(wrapper, "nvpair", {"id": self.id("pair"), "name": name, "value": value})

        def property(self):
            name = self.draw.choice(sorted(PROPERTIES))
            value = self.draw.choice(PROPERTIES[name])
            self.values_set(self.section("crm_config"), "cluster_property_set", name, value)
            self.note(f"property {name}={value}")

        def meta(self):
            one, name = self.pick(self.resources()), self.draw.choice(sorted(METAS))
            if one is None:
                return
            value, where = self.draw.choice(METAS[name]), self.draw.choice(["", "meta_attributes", "instance_attributes"])
            if where:
                self.values_set(one, where, name, value)
            else:
                one.set(name, value)
            self.note(f"{one.get('id')} {where} {name}={value}")

        def operation(self):
            one, name = self.pick(self.all("op", under=self.section("resources"))), self.draw.choice(sorted(OPERATIONS))
            if one is not None:
                one.set(name, self.draw.choice(OPERATIONS[name]))
                self.note(f"op {one.get('id')} {name}={one.get(name)}")

        def node_attribute(self):
            one = self.pick([one for one in self.section("nodes") if one.get("uname")])
            if one is not None:
                value = self.draw.choice(["on", "off"])
                self.values_set(one, "instance_attributes", "standby", value)
                self.note(f"node {one.get('uname')} standby={value}")

        def node_state(self):
            one, change = self.pick(self.root.findall("status/node_state")), self.draw.choice(STATES)
            if one is not None:
                one.attrib.update(change)
                self.note(f"state of {one.get('uname')} {change}")

        def quorum(self):
            self.root.set("have_quorum", "false" if self.root.get("have_quorum") in ("true", "1") else "true")
            self.note("quorum turned")

        def transient(self):
            one = self.pick(self.root.findall("status/node_state"))
            resource = self.pick([each for each in self.resources() if each.tag == "primitive"])
            if one is None or resource is None:
                return
            name, value = self.draw.choice([(f"fail-count-{resource.get('id')}", "2"), (f"master-{resource.get('id')}:0", "20"),
                                            (f"master-{resource.get('id')}:1", "-INFINITY"), ("pingd", "100")])
            holder = one.find("transient_attributes")
            if holder is None:
                holder = ET.SubElement(one, "transient_attributes", {"id": one.get("id")})
            self.values_set(holder, "instance_attributes", name, value)
            self.note(f"on {one.get('uname')} {name}={value}")

        def history(self):
            one, (name, value) = self.pick(list(self.root.iter("lrm_rsc_op"))), self.draw.choice(RESULTS)
            if one is not None:
                one.set(name, value)
                self.note(f"history {one.get('id')} {name}={value}")

    return Mutant


def verdict(path, folder):
    """What rule the plans of that document break, "" = none; FOLDER takes the state in which it was broken."""
    try:
        done = subprocess.run([JUDGE, "-d", path], capture_output=True, text=True, env=dict(oracle.ENVIRONMENT, BUILD=os.fspath(folder)),
                              check=False, timeout=60)
    except subprocess.TimeoutExpired:
        return "no end"
    if done.returncode == 0:
        return ""
    return done.stdout.partition(".xml: ")[2].partition("; at last")[0].strip() or f"ended with {done.returncode}: {done.stderr[-200:]}"


def documents(folder):
    """Those that can be read here (attributes may begin with a digit), and of which the plans keep the rules as they are."""
    for path in sorted(RECORDED.glob("*.xml")):
        try:
            ET.parse(path)
        except ET.ParseError:
            continue
        if not verdict(path, folder):
            yield path


def differences(path, folder):
    """As of oracle: [("rules", what is broken)]."""
    said = verdict(path, folder)
    return [("rules", [said])] if said else []
