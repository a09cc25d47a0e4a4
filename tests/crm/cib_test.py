#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The CIB beside pacemaker's own tools on requests that are drawn: the same exit code, the same document, the same digest,
and each takes the other's patches.  What is known to be better than the original stands in better().

CIB_SEEDS=N draws more requests, CIB_SEED=N only one.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import cases

ROOT = cases.ROOT
sys.path.insert(0, str(ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, need, run  # noqa: E402

BIN = ROOT / os.environ.get("BUILD", "build") / "bin"
DRIVER, OUR_DIFF = BIN / "cib_driver", BIN / "crm_diff"
SEEDS = int(os.environ.get("CIB_SEEDS", "1"))
ENVIRONMENT = dict(os.environ, LC_ALL="C", TZ="UTC", PCMK_logfile="/dev/null")
# How the driver ends, and how cibadmin does.
EXITS = {0: 0, 21: 108, 22: 105, 43: 1, 44: 1, 45: 103, 52: 70}
OPERATIONS = {"-Q": "cib_query", "-C": "cib_create", "-M": "cib_modify", "-R": "cib_replace", "-D": "cib_delete", "-B": "cib_bump",
              "-E": "cib_erase", "-P": "cib_apply_patch", "-d": "cib_delete"}
OPTIONS = {"-c": 2, "-n": 4, "-d": 32}
VERSION = ("admin_epoch", "epoch", "num_updates")


def theirs(name):
    """The original's program, never one of ours."""
    path = shutil.which(name, path="/usr/sbin:/usr/bin")
    if not path:
        raise Skip(f"no {name} (pacemaker-cli-utils) here")
    return path


def seeds(count):
    return [int(os.environ["CIB_SEED"])] if "CIB_SEED" in os.environ else range(count * SEEDS)


# Documents and requests that are drawn.

class Draw(random.Random):
    def __init__(self, seed):
        super().__init__(seed)
        self.number = 0
        self.used = []  # (tag, id) of what is in the document

    def attributes(self):
        values = ("1", "2", "", "a b", "x y", "<&>\"'", "ä", "INFINITY", "7")
        return {name: self.choice(values) for name in self.sample(("x", "y", "name", "value", "score"), self.randrange(3))}

    def element(self, depth=0):
        self.number += 1
        element = ET.Element(self.choice("pgqn"), {"id": f"id{self.number}", **self.attributes()})
        self.used.append((element.tag, element.get("id")))
        for _ in range(self.randrange(4) if depth else 0):
            element.append(self.element(depth - 1))
        return element

    def document(self, extra=()):
        cib = ET.Element("cib", dict(extra or {"crm_feature_set": "3.16.1", "validate-with": "none"}, epoch=str(self.randrange(9) + 1),
                                     num_updates=str(self.randrange(9)), admin_epoch=str(self.randrange(3))))
        configuration = ET.SubElement(cib, "configuration")
        for section in ("crm_config", "nodes", "resources", "constraints"):
            around = ET.SubElement(configuration, section)
            for _ in range(self.randrange(5)):
                around.append(self.element(2))
        ET.SubElement(cib, "status").append(self.element(2))
        return cib

    def changed(self, cib):
        """Another document that came of it."""
        cib = ET.fromstring(ET.tostring(cib))
        for _ in range(self.randrange(6) + 1):
            around = self.choice([e for e in cib.iter() if e.tag not in ("cib", "configuration")])
            inside = list(around)
            what = self.randrange(5)
            if what == 0 and inside:
                around.remove(self.choice(inside))
            elif what == 1:
                around.insert(self.randrange(len(inside) + 1), self.element(1))
            elif what == 2 and len(inside) > 1:
                moved = self.choice(inside)
                around.remove(moved)
                around.insert(self.randrange(len(inside)), moved)
            elif around.get("id"):
                around.attrib.update(self.attributes())
        cib.set("epoch", str(int(cib.get("epoch")) + 1))
        cib.find("status").set("change", str(self.randrange(1000)))
        return cib


def text(element):
    return ET.tostring(element, encoding="unicode")


def known(draw, cib):
    """An element of the document below a section."""
    return draw.choice([e for e in cib.iter() if e.get("id")])


def section_of(cib, element):
    return next(section.tag for section in [*cib.find("configuration"), cib.find("status")] if element in section.iter())


def change_for(draw, element):
    """What merges with it, or is to be merged."""
    change = ET.Element(element.tag, {"id": element.get("id"), **draw.attributes()})
    if draw.randrange(3) == 0:
        change.set("x", draw.choice(("x++", "x+=3", "x+=-2", "x+=", "y++", "x--")))
    for child in list(element)[:draw.randrange(3)]:
        change.append(change_for(draw, child))
    if draw.randrange(3) == 0:
        change.append(draw.element(1))
    return change


def request(draw, cib):
    """The words of one call."""
    one = known(draw, cib)
    absent = ET.Element(one.tag, {"id": "nobody"})
    section = draw.choice(("resources", "constraints", "status", "nodes"))
    around = ET.Element(section)
    around.extend([draw.element(1), draw.element()])
    whole = draw.changed(cib)
    whole.set("epoch", str(int(cib.get("epoch")) + draw.randrange(3) - 1))
    pick = ET.Element(one.tag, dict(draw.sample(sorted(one.attrib.items()), draw.randrange(len(one.attrib)) + 1)))
    path = draw.choice((f"//{one.tag}[@id='{one.get('id')}']", f"//{one.tag}", "//nobody", f"//{section}/*[1]", f"//{one.tag}/@id"))
    here = f"//{one.tag}[@id='{one.get('id')}']"
    return draw.choice((
        ["-M", "-X", text(change_for(draw, one))],
        ["-M", "-o", section_of(cib, one), "-X", text(change_for(draw, one))],
        ["-M", "-o", section, "-X", text(around)],
        ["-M", "-X", text(draw.choice((absent, pick, around)))],
        ["-M", "-c", "-o", section, "-X", text(draw.element(1))],
        ["-M", "-c", "-o", "tags", "-X", text(draw.element(1))],
        ["-M", "-A", here, "-X", text(change_for(draw, one))],
        ["-M", "-A", draw.choice((f"//{section}", "//nobody", here)), "-X", text(change_for(draw, one))],
        ["-C", "-o", section, "-X", text(draw.choice((draw.element(2), one, around)))],
        ["-C", "-o", draw.choice(("tags", "configuration")), "-X", text(draw.element(1))],
        ["-C", "-X", text(around)],
        ["-R", "-X", text(draw.choice((change_for(draw, one), absent, around)))],
        ["-R", "-o", section, "-X", text(around)],
        ["-R", "-o", section_of(cib, one), "-X", text(change_for(draw, one))],
        ["-R", "-X", text(whole)],
        ["-R", "-A", draw.choice((path, here)), "-X", text(change_for(draw, one))],
        ["-D", "-X", text(pick)],
        ["-D", "-o", section, "-X", text(pick)],
        ["-D", "-o", section_of(cib, one), "-X", f"<{section_of(cib, one)}>{text(pick)}{text(absent)}</{section_of(cib, one)}>"],
        ["-D", "-A", path],
        ["-d", "-A", path],
        ["-B"], ["-E"],
        ["-Q"], ["-Q", "-n"], ["-Q", "-o", section], ["-Q", "-o", "tags"], ["-Q", "-A", path], ["-Q", "-n", "-A", path],
        ["-Q", "-A", "//p | //g"], ["-Q", "-A", "//p["],
    ))


# Calls.

def ended(words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=dict(ENVIRONMENT, **more), check=False,
                          stdin=subprocess.DEVNULL, timeout=60)
    return done.returncode, done.stdout, done.stderr


def asked_of_them(words, path):
    words = ["--delete-all" if word == "-d" else word for word in words]
    force = ["--force"] if words[0] in ("-E", "--delete-all") else []
    code, out, err = ended([theirs("cibadmin"), *words, *force], CIB_file=str(path))
    if code < 0:
        raise Skip(f"cibadmin {words}: signal {-code}")
    return code, out, err


def asked_of_us(words, path):
    bits = sum(OPTIONS.get(word, 0) for word in words)
    rest = [word for word in words[1:] if word not in OPTIONS]
    code, out, err = ended([DRIVER, "-b", bits, *rest, path, OPERATIONS[words[0]]])
    need(code in EXITS, f"the driver ended with {code}: {err}")
    return EXITS[code], out, err


def document(path):
    """(version, all the rest) of what a call left behind."""
    root = ET.parse(path).getroot()
    version = tuple(int(root.attrib.pop(name)) for name in VERSION)
    for element in root.iter():
        element.text = element.tail = None
    return version, text(root)


def better(words, before, unchanged, original, ours):
    """Whether OURS is the version that should be: epoch counts where the original counts updates, and starts them anew; what is
    replaced by the same is no change."""
    admin, epoch, updates = original
    if words[0] == "-R":
        return unchanged and ours == before
    if words[0] == "-B":
        return ours == (admin, epoch, 0)
    return words[:2] == ["-M", "-c"] and updates > 0 and ours == (admin, epoch + 1, 0)


def compared(seed, folder):
    draw = Draw(seed)
    cib = draw.document()
    words = request(draw, cib)
    paths = [Path(folder) / f"{seed}-{who}.xml" for who in ("theirs", "ours")]
    for path in paths:
        path.write_text(text(cib), encoding="utf-8")
    before, before_text = document(paths[0])
    try:
        their_code, their_out, _ = asked_of_them(words, paths[0])
    except Skip:
        return  # it fell over: nothing to compare with
    our_code, our_out, err = asked_of_us(words, paths[1])
    told = f"seed {seed}, {words}:"
    need(our_code == their_code, f"{told} ends with {our_code} instead of {their_code}: {err}")
    (their_version, their_text), (our_version, our_text) = map(document, paths)
    need(our_text == their_text, f"{told}\n{their_text}\nis\n{our_text}")
    need(our_version == their_version or better(words, before, our_text == before_text, their_version, our_version),
         f"{told} {before} becomes {our_version} instead of {their_version}")
    need(our_out == their_out, f"{told} prints\n{our_out}instead of\n{their_out}")


def test_operations():
    """Each request has the same exit code, document and answer."""
    theirs("cibadmin")
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds(60):
            compared(seed, folder)
    return f"{len(seeds(60))} requests"


# Patches.

def pair(seed, folder, **extra):
    draw = Draw(seed)
    cib = draw.document(extra)
    other = draw.changed(cib)
    paths = [Path(folder) / f"{seed}-{name}.xml" for name in ("a", "b", "patch")]
    for path, one in zip(paths, (cib, other)):
        path.write_text(text(one), encoding="utf-8")
    return paths


def patch_made(program, options, old, new, patch):
    code, out, err = ended([program, *options, "-o", old, "-n", new])
    need(code == 1, f"{program} {old} {new}: {code} {err}")
    patch.write_text(out, encoding="utf-8")


def patch_applied(program, old, patch, told):
    code, out, err = ended([program, "-o", old, "-p", patch])
    need(code == 0, f"{told}: {program} -p ends with {code}: {err}\n{patch.read_text(encoding='utf-8')}")
    return out


def shape(xml):
    root = ET.fromstring(xml)
    for element in root.iter():
        element.text = element.tail = None
    return text(root)


def test_patches():
    """Format 2: each makes patches that the other applies, with the digest of the result in it."""
    their_diff = theirs("crm_diff")
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds(12):
            old, new, patch = pair(seed, folder)
            want = shape(new.read_text(encoding="utf-8"))
            options = (["-c"], [], ["-u"])[seed % 3]
            for maker, user in ((OUR_DIFF, their_diff), (their_diff, OUR_DIFF), (OUR_DIFF, OUR_DIFF)):
                patch_made(maker, options, old, new, patch)
                told = f"seed {seed}, made by {maker} {' '.join(options)}"
                got = shape(patch_applied(user, old, patch, told))
                if options == ["-u"]:
                    got, expected = (re.sub(r' epoch="\d+"', "", one) for one in (got, want))
                else:
                    expected = want
                need(got == expected, f"{told}, applied by {user}:\n{got}\ninstead of\n{expected}\n{patch.read_text(encoding='utf-8')}")


def test_patches_on_the_document():
    """cibadmin -P takes ours, the driver theirs; both leave the same document."""
    their_diff = theirs("crm_diff")
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds(6):
            old, new, patch = pair(seed, folder)
            results = []
            for maker, ask in ((OUR_DIFF, asked_of_them), (their_diff, asked_of_us), (OUR_DIFF, asked_of_us)):
                target = old.with_suffix(".target")
                shutil.copy(old, target)
                patch_made(maker, ["-c"], old, new, patch)
                code, _, err = ask(["-P", "-x", str(patch)], target)
                need(code == 0, f"seed {seed}: {code} {err}\n{patch.read_text(encoding='utf-8')}")
                results.append(document(target))
            need(results[0] == results[1] == results[2], f"seed {seed}: {results}")


def test_cases():
    """What the original's crm_diff answered."""
    return cases.judge("diff")


# Digests.

def test_digests():
    """Those of cibadmin -5 and -6."""
    theirs("cibadmin")
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds(4):
            path = Path(folder) / "cib.xml"
            cib = Draw(seed).document()
            cib.set("update-user", "me")
            cib[1][0].set("crm-debug-origin", "here")
            cib[1][0].set("text", "a\tb\nc\rd\x7fe'\"<>&ä")
            path.write_text(text(cib), encoding="utf-8")
            for option, word in (("-5", "digest-data"), ("-6", "digest-wire")):
                wanted = ended([theirs("cibadmin"), option, "-x", path])[1]
                got = ended([DRIVER, path, word])[1]
                need(got == wanted, f"seed {seed}: {option} is {got} instead of {wanted}")


def test_digest_on_disk():
    """Of a file that the original wrote, beside its signature."""
    folder = cases.VECTORS / "disk"
    if not folder.exists():
        raise Skip("no recorded files beside the source")
    got = ended([DRIVER, folder / "cib.xml", "digest-file"])[1].strip()
    need(got == (folder / "cib.xml.sig").read_text(encoding="utf-8"), f"the digest is {got}")


# A large document.

def large(count):
    """A document with COUNT resources, the same in another order and with changes, and every other one to be deleted."""
    def one(i, timeout):
        return (f'<primitive id="p{i}" class="ocf" provider="heartbeat" type="Dummy"><instance_attributes id="p{i}-ia"><nvpair id="p{i}-ip" '
                f'name="ip" value="10.9.{i // 250}.{i % 250}"/><nvpair id="p{i}-mask" name="mask" value="24"/></instance_attributes><operations>'
                f'<op id="p{i}-mon" name="monitor" interval="10s" timeout="{timeout}s"/></operations></primitive>')

    def around(inside, epoch):
        return (f'<cib validate-with="none" crm_feature_set="3.16.1" admin_epoch="0" epoch="{epoch}" num_updates="0"><configuration><crm_config/>'
                f"<nodes/><resources>{inside}</resources><constraints/></configuration><status/></cib>")

    shuffled = random.Random(1).sample(range(count), count)
    return (around("".join(one(i, 20) for i in range(count)), 1),
            around("".join(one(i, 20 + i % 3) for i in shuffled if i % 10), 2),
            "<resources>" + "".join(f'<primitive id="p{i}"/>' for i in range(0, count, 2)) + "</resources>")


def played(folder, count):
    """(bytes of the document, seconds of processor time of each call)"""
    before, after, gone = (Path(folder) / f"{name}.xml" for name in ("before", "after", "gone"))
    for path, content in zip((before, after, gone), large(count)):
        path.write_text(content, encoding="utf-8")
    target, patch = Path(folder) / "target.xml", Path(folder) / "patch.xml"
    code, out, err = ended([OUR_DIFF, "-c", "-o", before, "-n", after])
    need(code == 1, f"crm_diff: {code} {err}")
    patch.write_text(out, encoding="utf-8")
    used = {}
    for name, words in (("query", ["cib_query"]), ("create", ["-o", "resources", "-X", '<primitive id="new"/>', "cib_create"]),
                        ("modify", ["-o", "resources", "-x", after, "cib_modify"]), ("replace", ["-x", after, "cib_replace"]),
                        ("delete", ["-o", "resources", "-x", gone, "cib_delete"]), ("patch", ["-b", "0x200", "-x", patch, "cib_apply_diff"])):
        shutil.copy(before, target)
        begin = os.times()
        code, _, err = ended([DRIVER, *words[:-1], target, words[-1]])
        end = os.times()
        used[name] = end.children_user + end.children_system - begin.children_user - begin.children_system
        need(code == 0, f"{name}: {code} {err}")
    need(shape(target.read_text(encoding="utf-8")) == shape(after.read_text(encoding="utf-8")), "the patch does not lead there")
    return before.stat().st_size, used


def test_large_document():
    """What 5 MB cost, beside a sixth of it; reading and writing the file are in it."""
    with tempfile.TemporaryDirectory() as folder:
        small, large_size = played(folder, 2500), played(folder, 15000)
    return f"{small[0] / 1e6:.1f} and {large_size[0] / 1e6:.1f} MB: " + ", ".join(
        f"{name} {small[1][name]:.2f} {seconds:.2f} s" for name, seconds in large_size[1].items())


if __name__ == "__main__":
    sys.exit(run("cib", {call.__name__.removeprefix("test_").replace("_", "-"): (call,) for call in
                         (test_operations, test_patches, test_patches_on_the_document, test_cases, test_digests,
                          test_digest_on_disk, test_large_document)}, __doc__))
