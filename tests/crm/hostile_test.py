#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The CRM's tools in bad company: several writers of one file, files that are none, disks that are full, documents and
words that nobody would write.  Each call ends, says what is wrong, and leaves the document whole.
"""

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from lab.suite import Wrong, need, run  # noqa: E402

BIN = ROOT / os.environ.get("BUILD", "build") / "bin"
LIMIT = 60  # seconds, of any call
EMPTY = ('<cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config/><nodes>'
         '<node id="1" uname="a"/></nodes><resources><primitive id="r" class="ocf" provider="heartbeat" type="Dummy"/></resources>'
         '<constraints/></configuration><status/></cib>\n')
# What reads a document, and what changes it.
READERS = (["cibadmin", "-Q"], ["crm_attribute", "-n", "x", "-G"], ["crm_ticket", "-l"], ["crm_rule", "-c", "-r", "x"], ["crm_mon", "-1"],
           ["crm_resource", "-l"], ["crm_resource", "-r", "r", "-W"], ["crm_verify", "-L"])
WRITERS = (["crm_attribute", "-n", "x", "-v", "1"], ["cibadmin", "-C", "-o", "nodes", "-X", '<node id="2" uname="b"/>'],
           ["crm_standby", "-N", "a", "-v", "on"], ["cibadmin", "-D", "-X", '<primitive id="r"/>'])
CRASHED = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error|Triggered|Traceback")


class Document:
    """A file that is CIB_file."""

    def __init__(self, text=EMPTY):
        self._folder = tempfile.TemporaryDirectory(prefix="hostile-")
        self.folder = Path(self._folder.name)
        self.path = self.folder / "cib.xml"
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def call(self, words, path=None, **more):
        """(exit code, stdout, stderr).  A crash, a call that does not end, and a failure without a word are wrong."""
        environment = {**{key: value for key, value in os.environ.items() if not key.startswith(("CIB_", "OCF_"))}, "LC_ALL": "C", "TZ": "UTC",
                       "CIB_file": str(path or self.path), "CIB_shadow_dir": str(self.folder)}
        if "input" not in more:
            more["stdin"] = subprocess.DEVNULL
        done = subprocess.run([str(BIN / words[0]), *words[1:]], env=environment, stdout=more.pop("stdout", subprocess.PIPE),
                              stderr=subprocess.PIPE, timeout=LIMIT, check=False, **more)
        err = done.stderr.decode(errors="replace")
        shown = " ".join(words)[:100]
        if done.returncode < 0 or done.returncode == 99 or CRASHED.search(err):
            raise Wrong(f"{shown}: ended with {done.returncode}: {err[-300:]}")
        if done.returncode and not err.strip() and not done.stdout:
            raise Wrong(f"{shown}: fails ({done.returncode}) without a word")
        return done.returncode, (done.stdout or b"").decode(errors="replace"), err

    def whole(self):
        """The document; only it is there."""
        left = sorted(path.name for path in self.folder.iterdir())
        need(left == ["cib.xml"], f"left behind: {left}")
        return ET.parse(self.path).getroot()


def writers_at_once():
    """Nobody's change is lost, and a reader always sees a whole document."""
    with Document() as document, ThreadPoolExecutor(12) as pool:
        calls = [["crm_attribute", "-n", f"p{number}", "-v", str(number)] for number in range(12)]
        calls += [["cibadmin", "-C", "-o", "nodes", "-X", f'<node id="n{number}" uname="n{number}"/>'] for number in range(12)]
        for words, (code, _, err) in zip(calls, pool.map(document.call, calls)):
            need(code == 0, f"{words}: {code} {err}")
        reads = [["cibadmin", "-Q"], ["crm_attribute", "-n", "p1", "-v", "new"]] * 8
        for words, (code, out, err) in zip(reads, pool.map(document.call, reads)):
            need(code == 0 and (words[0] != "cibadmin" or out.endswith("</cib>\n")), f"{words}: {code} {err}")
        cib = document.whole()
        names = {pair.get("name") for pair in cib.iter("nvpair")}
        nodes = {node.get("id") for node in cib.iter("node")}
        need({f"p{number}" for number in range(12)} <= names and {f"n{number}" for number in range(12)} <= nodes,
             f"of 12 attributes {len(names)} are there, of 12 nodes {len(nodes) - 1}")
        need(int(cib.get("epoch")) >= 25, f"epoch {cib.get('epoch')} after 25 changes")


def files_that_are_none():
    """What is no regular file is told, not waited for."""
    with Document() as document:
        fifo = document.folder / "fifo"
        os.mkfifo(fifo)
        (document.folder / "loop").symlink_to("loop")
        (document.folder / "dangling").symlink_to("nothing")
        for path in (fifo, document.folder, "/dev/zero", "/dev/null", document.folder / "loop", document.folder / "dangling",
                     document.folder / "no", "/proc/self/mem", str(document.folder / "x") * 200):
            for words in (*READERS, *WRITERS):
                code, out, err = document.call(words, path)
                need(code != 0 and not out, f"{words} of {path}: {code} {out} {err}")


def full_disk():
    """A document that cannot be written stays as it was; so does the answer's exit code say it."""
    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails with EFBIG then, as with ENOSPC
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    with Document() as document:
        before = document.path.read_bytes()
        for words in WRITERS:
            code, _, _ = document.call(words, preexec_fn=small)
            need(code != 0 and document.path.read_bytes() == before, f"{words}: {code}")
            document.whole()
        for words in (["cibadmin", "-Q"], ["crm_attribute", "--help"], ["iso8601", "-n"], ["cibadmin", "-Q", "-o", "nodes"], ["ptest", "--help"],
                      ["crm_ticket", "-l", "--output-as=xml"], ["crm_diff", "-o", str(document.path), "-n", str(document.path), "-V"]):
            with open("/dev/full", "wb") as full:
                code, _, err = document.call(words, stdout=full)
            need(code != 0 or words[0] == "crm_diff", f"{words} to a full disk: {code} {err}")


BOMB = "<!DOCTYPE cib [" + '<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + number)} "{f"&{chr(97 + number)};" * 10}">' for number in range(9)) + "]>"
DOCUMENTS = {
    "nothing": b"", "blanks": b"  \n", "text": b"hello", "zero bytes": b"\0" * 1000, "another root": b"<bic/>", "half": EMPTY[:200].encode(),
    "twice": (EMPTY * 2).encode(), "no UTF-8": EMPTY.replace('uname="a"', 'uname="\udcff"').encode(errors="surrogateescape"),
    "an entity": ("<!DOCTYPE cib [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + EMPTY.replace('uname="a"', 'uname="&x;"')).encode(),
    "a bomb": (BOMB + EMPTY.replace('uname="a"', 'uname="&j;"')).encode(), "deep": (b"<cib>" + b"<a>" * 200000),
    "deep and whole": EMPTY.replace("<constraints/>", "<constraints>" + "<rule>" * 3000 + "</rule>" * 3000 + "</constraints>").encode(),
    "a long name": EMPTY.replace('uname="a"', 'uname="' + "a" * 3000000 + '"').encode(),
    "many attributes": EMPTY.replace('uname="a"', " ".join(f'a{number}="1"' for number in range(30000))).encode(),
    "the same id": EMPTY.replace("<constraints/>", "<constraints>" + '<rsc_location id="r" rsc="r" node="a" score="1"/>' * 20 + "</constraints>").encode(),
    "numbers": EMPTY.replace('epoch="1"', 'epoch="99999999999999999999"').encode(), "a negative epoch": EMPTY.replace('epoch="1"', 'epoch="-5"').encode(),
    "processing": EMPTY.replace("<constraints/>", "<?xml-stylesheet href='x'?><!-- --><constraints/>").encode(),
}


def documents_that_nobody_writes():
    """Refused with a reason, or used; never more than that."""
    used = 0
    for name, text in DOCUMENTS.items():
        with Document(text) as document:
            for words in (*READERS, *WRITERS):
                try:
                    code, _, _ = document.call(words)
                except (Wrong, subprocess.TimeoutExpired) as reason:
                    raise Wrong(f"{name}: {reason}") from reason
                used += code == 0
            left = document.path.read_bytes()
            need(left == text or ET.fromstring(left).tag == "cib", f"{name}: the document is spoilt")
    return f"{len(DOCUMENTS)} documents, {used} calls took one"


LONG = "x" * 100000
WORDS = (
    ["crm_attribute", "-n", "a'\"<&>\u00e4", "-v", "]]>'\"<"], ["crm_attribute", "-n", "", "-v", "1"], ["crm_attribute", "-n", LONG, "-v", LONG],
    ["crm_attribute", "-n", "a", "-v", "x\ny\tz"], ["crm_attribute", "-n", "a", "-v", "\x01"], ["crm_attribute", "-n", "a", "-v", "\udcff"],
    ["crm_attribute", "-N", "'] | //*[@id='", "-n", "a", "-G"], ["crm_attribute", "-N", "a", "-n", "b", "-v", "1", "-s", "'] | //*['"],
    ["crm_attribute", "-P", "(((((", "-G"], ["crm_attribute", "-P", "(a*)*b" * 20, "-G"], ["crm_attribute", "-P", "((((a{200}){200}){200}){200})", "-G"], ["crm_attribute", "-t", "nonsense", "-n", "a", "-G"],
    ["crm_standby", "-N", LONG, "-v", "on"], ["crm_standby", "-N", "a", "-v", "\u00e4\u00f6"], ["crm_failcount", "-r", "'\"", "-N", "a", "-G"],
    ["crm_failcount", "-r", LONG, "-N", "a", "-v", "99999999999999999999999"], ["crm_ticket", "-t", "<>&'\"", "-g", "--force"],
    ["crm_ticket", "-t", LONG, "-g", "--force"], ["crm_ticket", "-t", "", "-g", "--force"], ["crm_ticket", "-t", "t", "-S", "\udcff", "-v", "1"],
    ["crm_shadow", "-b", "-c", "../../escape"], ["crm_shadow", "-b", "-c", LONG], ["crm_shadow", "-b", "-c", ""], ["crm_shadow", "-b", "-c", "a\nb"],
    ["cibadmin", "-Q", "-A", "//*" * 3000], ["cibadmin", "-Q", "-A", "//*[//*[//*[//*[//*[//*]]]]]"], ["cibadmin", "-Q", "-A", "("],
    ["cibadmin", "-Q", "-A", "count(//*)"], ["cibadmin", "-Q", "-A", "document('/etc/passwd')"], ["cibadmin", "-Q", "-o", LONG], ["cibadmin", "-Q", "-A", ""],
    ["cibadmin", "-D", "-A", "/"], ["cibadmin", "-D", "-A", "/cib"], ["cibadmin", "-D", "-A", "//@id"], ["cibadmin", "-D", "-A", "//node/text()"],
    ["cibadmin", "-C", "-o", "nodes", "-X", "<a>" * 40000], ["cibadmin", "-C", "-o", "nodes", "-X", ""], ["cibadmin", "-C", "-o", "nodes", "-X", "<node/>"],
    ["cibadmin", "-R", "-X", "<cib/>"], ["cibadmin", "-R", "-X", EMPTY.replace('epoch="1"', 'epoch="x"')], ["cibadmin", "-P", "-X", "<diff format='2'/>"],
    ["cibadmin", "-P", "-X", "<diff/>"], ["cibadmin", "-P", "-X", "<diff format='99999999999'><version/></diff>"], ["cibadmin", "-M", "-o", "status", "-X", "<a/>"],
    ["cibadmin", "-M", "-c", "-X", '<node id="1" uname="++"/>'], ["cibadmin", "-E"], ["cibadmin", "--md5-sum", "-X", "<a>"],
    ["cibadmin", "-Q", "--scope", "'"], ["cibadmin", "-Q", "--output-as=nonsense"], ["cibadmin"] + ["-Q"] * 5000, ["cibadmin", "-t", "-1", "-Q"],
    ["crm_diff", "-o", "-", "-n", "-"], ["crm_diff", "-O", "<a/>", "-N", "<b/>"], ["crm_diff", "-O", "<a>" * 40000, "-N", "<b/>"],
    ["crm_diff", "-O", EMPTY, "-p", "/dev/null"], ["crm_diff", "-O", EMPTY, "-N", ""], ["ptest", "-X", "/etc/passwd"], ["ptest", "-x", "-d", LONG],
    ["crm_mon", "-1", "--output-as=nonsense"], ["crm_mon", "-1", "-i", "\udcff"], ["crm_mon", "-1", "--node", "'] | //*['"], ["crm_mon", "-1", "--resource", LONG],
    ["crm_mon", "-1", "--include", ",,,"], ["crm_mon", "-1", "--include", LONG], ["crm_mon", "-1", "--exclude", "all,none,\u00e4"], ["crm_mon", "-s", "-1"],
    ["crm_mon", "-1", "-X", "--node", "\x01"], ["crm_mon", "-1", "--output-as=html", "--html-title", "<script>'\"&"],
    ["crm_mon", "-1", "--output-as=xml", "--output-to", "/nowhere/x"], ["crm_resource", "-r", "'] | //*['", "-W"], ["crm_resource", "-r", LONG, "-W"],
    ["crm_resource", "-r", "r", "-p", "\x01", "-v", "\x02"], ["crm_resource", "-r", "r", "-p", "a'\"<", "-v", "]]>", "-m"], ["crm_resource", "-r", "r", "-M", "-N", LONG],
    ["crm_resource", "-r", "r", "-M", "-N", "a", "-u", "P99999999999Y"], ["crm_resource", "-r", "r", "-M", "-N", "a", "-u", "PT1H"], ["crm_resource", "-r", "r", "-B"],
    ["crm_resource", "-r", "r", "-U"], ["crm_resource", "-r", "", "-W"], ["crm_resource", "-r", "r", "-C"], ["crm_resource", "-r", "r", "--force-start"],
    ["crm_resource", "-D", "-r", "r", "-t", "'"], ["crm_resource", "--move"], ["crm_resource", "-r", "r", "-d", "x", "-s", "'] | //*['"],
    ["crm_verify", "-X", "<cib/>"], ["crm_verify", "-X", "<a>" * 40000], ["crm_verify", "-x", "/etc/passwd"], ["crm_verify", "-p"], ["crm_verify", "-L", "-V", "-V"],
    ["crm_rule", "-c", "-r", LONG, "-X", EMPTY], ["iso8601", "-d", LONG], ["iso8601", "-D", "P" + "1D" * 50000], ["iso8601", "-p", "/" * 1000],
)


def words_that_nobody_says():
    """An answer or an error; the document stays well-formed, and what was said is what stands there."""
    for words in WORDS:
        words = [word.encode(errors="surrogateescape") if "\udcff" in word else word for word in words]
        words[0] = words[0] if isinstance(words[0], str) else words[0].decode()
        shown = " ".join(str(word) for word in words)[:90]
        with Document() as document:
            try:
                document.call([words[0], *words[1:]] if all(isinstance(word, str) for word in words) else words_of_bytes(words))
            except (Wrong, subprocess.TimeoutExpired) as reason:
                raise Wrong(f"{shown}: {str(reason)[-400:]}") from reason
            try:
                root = ET.parse(document.path).getroot()
            except ET.ParseError as reason:
                raise Wrong(f"{shown}: the document is spoilt: {reason}") from reason
            need(root.tag == "cib", shown)
            left = {path.name for path in document.folder.iterdir()}
            need(not [name for name in left if name.endswith(".tmp")] and not (document.folder.parent / "escape").exists(), f"{shown}: {left}")
    with Document() as document:
        for value in ("\x01", "\udcff", "a\udcc3", "\ufffe"):
            code, out, _ = document.call(["crm_attribute", "-n", "a", "-v", value, "--output-as=xml"])
            need(code == 78 and ET.fromstring(out).find("status").get("code") == "78", f"{value!r}: {code} {out}")
            need(document.whole().find(".//nvpair") is None, "nothing was written")
        value = "]]>'\"<&\u00e4 x\ty"
        need(document.call(["crm_attribute", "-n", "a", "-v", value])[0] == 0, "a value with marks")
        need(document.whole().find(".//nvpair").get("value") == value, "the value is what was said")
    return f"{len(WORDS)} calls"


def words_of_bytes(words):
    """subprocess takes both, but not the join of what is shown."""
    return [os.fsdecode(word) if isinstance(word, bytes) else word for word in words]


RULES = "".join(f'<rule id="q{number}">' for number in range(200)) + "</rule>" * 200
SET = '<resource_set id="%s"><resource_ref id="r"/><resource_ref id="s"/></resource_set>'
PLANS = {  # name -> (resources, constraints)
    "a group in a group": ('<group id="g"><group id="h"><primitive id="x" class="ocf" type="D"/></group></group>', ""),
    "nothing in them": ('<group id="g"/><clone id="c"/><master id="m"/><bundle id="b"/>', ""),
    "a clone of a clone": ('<clone id="c"><clone id="d"><primitive id="x" class="ocf" type="D"/></clone></clone>', ""),
    "templates of themselves": ('<template id="t" class="ocf" type="D" template="t"/><primitive id="x" template="t"/><primitive id="y" template="y"/>', ""),
    "a ring of orders": ("", '<rsc_order id="a" first="r" then="s"/><rsc_order id="b" first="s" then="r"/><rsc_order id="c" first="r" then="r"/>'),
    "a ring of colocations": ("", '<rsc_colocation id="a" rsc="r" with-rsc="s" score="INFINITY"/><rsc_colocation id="b" rsc="s" with-rsc="r" score="-INFINITY"/>'),
    "a set against itself": ("", f'<rsc_order id="o">{SET % "a"}{SET % "b"}</rsc_order><rsc_colocation id="p" score="1">{SET % "c"}{SET % "d"}</rsc_colocation>'),
    "many rules in one another": ("", f'<rsc_location id="l" rsc="r"><rule id="q" score="1">{RULES}</rule></rsc_location>'),
    "a pattern that grows": ("", '<rsc_location id="l" rsc-pattern="((((r{200}){200}){200}){200})" node="a" score="5"/>'),
    "a pattern that is none": ("", '<rsc_location id="l" rsc-pattern="(((((" node="a" score="5"/>'),
    "ids that are not there": ('<primitive class="ocf" type="x"/><group/><clone/>', '<rsc_location/><rsc_order/><rsc_colocation/><rsc_ticket/>'),
    "times and scores": ('<primitive id="x" class="ocf" type="D"><operations><op id="o" name="monitor" interval="99999999999999999999" timeout="9e99"/>'
                         '<op id="p" name="monitor" interval="-5"/><op id="q" name="start" interval="P99999999Y"/></operations></primitive>',
                         "".join(f'<rsc_location id="l{number}" rsc="r" node="a" score="{score}"/>'
                                 for number, score in enumerate(("99999999999", "-99999999999", "nonsense", "", "0x10")))),
}


def plans_of_what_nobody_writes():
    """The engine ends, with a plan or an error, in both profiles."""
    two = '<primitive id="r" class="ocf" provider="heartbeat" type="Dummy"/><primitive id="s" class="ocf" provider="heartbeat" type="Dummy"/>'
    state = '<node_state id="1" uname="a" in_ccm="true" crmd="online" join="member" expected="member" ha="active"/>'
    for name, (resources, constraints) in PLANS.items():
        text = re.sub("<resources>.*</constraints>|<resources>.*<constraints/>",
                      lambda _, r=resources, c=constraints: f"<resources>{two}{r}</resources><constraints>{c}</constraints>", EMPTY)
        text = text.replace("<status/>", f"<status>{state}</status>")
        with Document() as document:
            for profile in "hp":
                try:
                    code, _, _ = document.call(["ptest", "-x", "-s", "-P", profile, "-G", "-"], input=text.encode())
                except (Wrong, subprocess.TimeoutExpired) as reason:
                    raise Wrong(f"{name}, {profile}: {reason}") from reason
                need(code in (0, 5), f"{name}, {profile}: {code}")
    return f"{len(PLANS)} documents"


def large_document():
    """Also in a large document everything is found and changed; how fast is the benches' matter."""
    nodes = "".join(f'<node id="{number}" uname="n{number}"><instance_attributes id="nodes-{number}">'
                    f'<nvpair id="nodes-{number}-x" name="x" value="{"v" * 40}"/></instance_attributes></node>' for number in range(8000))
    with Document(EMPTY.replace('<node id="1" uname="a"/>', nodes)) as document:
        for words in (["cibadmin", "-Q", "-o", "crm_config"], ["crm_attribute", "-n", "x", "-v", "1"], ["crm_attribute", "-N", "n7999", "-n", "x", "-v", "2"],
                      ["cibadmin", "-C", "-o", "nodes", "-X", '<node id="new" uname="new"/>'], ["cibadmin", "-D", "-X", '<node id="5" uname="n5"/>'],
                      ["cibadmin", "-Q", "-A", "//nvpair[@id='nodes-77-x']"]):
            code, _, err = document.call(words)
            need(code == 0, f"{words}: {code} {err}")
        other = document.folder / "other"
        other.write_bytes(document.path.read_bytes().replace(b'value="2"', b'value="3"'))
        code, out, err = document.call(["crm_diff", "-o", str(document.path), "-n", str(other)])
        need(code == 1 and 'value="3"' in out, f"crm_diff: {code} {err}")


CASES = (writers_at_once, files_that_are_none, full_disk, documents_that_nobody_writes, words_that_nobody_says,
         plans_of_what_nobody_writes, large_document)

if __name__ == "__main__":
    sys.exit(run("hostile", {case.__name__.replace("_", "-"): (case,) for case in CASES}, __doc__))
