#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The CRM's tools on a file: what the originals answered to the recorded calls (cases.py), and what is better."""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cases
import cases_live

sys.path.insert(0, str(cases.ROOT / "tests"))
from lab.errors import Skip  # noqa: E402
from lab.suite import Wrong, need, run  # noqa: E402

PROGRAMS = ("cibadmin", "crm_attribute", "crm_standby", "crm_failcount", "crm_master", "crm_ticket", "crm_shadow", "crm_diff", "crm_mon",
            "crm_resource", "iso8601", "crm_rule", "crm_uuid", "crm_verify", "crm_simulate")
NO_CLUSTER = {"cibadmin -Q": 102, "crm_attribute -n a -G": 102, "crm_standby -N a": 102, "crm_failcount -G -r a -N b": 102,
              "OCF_RESOURCE_INSTANCE=a crm_master -N b": 102, "crm_ticket -l": 102, "crm_shadow -b -c a": 102}


SEED = int(os.environ.get("SEED", random.randrange(10**6)))
ALL = os.environ.get("ALL") == "1"


def call(command, **more):
    """(exit code, stdout, stderr) without any document."""
    environment = {"PATH": f"{cases.BIN}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", **more}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, timeout=60, stdin=subprocess.DEVNULL,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def manuals():
    """Each program's --help and manual page have the same options; its help needs no cluster; a wrong option is told."""
    for program in PROGRAMS:
        code, text, err = call(f"{program} --help")
        need(code == 0 and not err, f"{program} --help: {code}, {err}")
        told = {(letter, name) for letter, name in re.findall(r"^  (?:-(.))?(?:, |    )?(?:--([\w-]+))?", text, re.M) if letter or name}
        page = cases.ROOT / "man" / f"{program}.8"
        shown = {(letter.removeprefix("\\&"), name) for letter, name in
                 re.findall(r"^\.It Fl (?:(\\?&?[^ -]) ?,? ?)?(?:(?:Fl )?-([\w-]+))?", page.read_text(encoding="utf-8"), re.M)}
        need(told == shown, f"{program}: only in one of help and manual: {sorted(told ^ shown)}")
        if shutil.which("mandoc"):
            lint = subprocess.run(["mandoc", "-T", "lint", page], capture_output=True, text=True, check=False)
            wrong = [line for line in lint.stdout.splitlines() if "referenced manual not found" not in line]
            need(not wrong, wrong[:1])
        code, out, err = call(f"{program} --version")
        need((code, out.splitlines()[0], err) == (0, "Pacemaker 2.1.5", ""), f"{program} --version: {code}, {out}")
        for wrong in ("--nonsense", "-~"):
            code, out, err = call(f"{program} {wrong}")
            need(code == 64 and wrong.lstrip("-") in err, f"{program} {wrong}: {code}, {err}")
    return f"{len(PROGRAMS)} programs"


# Of heartbeat 2, where it has a name that pacemaker has not; a value where one is needed.
OLD_NAMES = {
    "cibadmin": "cib_query cib_create cib_modify cib_update cib_replace cib_delete cib_delete_alt cib_erase cib_bump cib_sync cib_slave cib_master "
                "cib_ismaster no-bcast reference=x force-quorum crm_xml=x obj_type=nodes host=a",
    "crm_resource": "get-property=x set-property=x migrate un-migrate reprobe host-uname=x",
    "crm_attribute": "get-value delete-attr node-uname=x node-uuid=x attr-name=x attr-value=x attr-id=x inhibit-policy-engine",
    "crm_mon": "as-console web-cgi", "crm_verify": "dtd-file=x"}
REFUSED = re.compile(r"nknown option|nvalid option|unrecognized|is ambiguous")


def originals_options(program):
    """-x, --name and --name=VALUE of the original's help."""
    for words in ("--help-all", "--help"):
        told = subprocess.run([f"/usr/sbin/{program}", words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if told.returncode == 0:
            for letter, name, value in re.findall(r"^[ \t]{1,8}(?:(-\S)(?:, |$|\s))?(?:--([\w-]+))?(=?)", told.stdout, re.M):
                if letter and name:
                    yield letter + (" 1" if value else "")
                if name:
                    yield f"--{name}{'=1' if value else ''}"


def options():
    """What the originals take is taken, whatever comes of it without a document."""
    if not Path("/usr/sbin/cibadmin").exists():
        raise Skip("Debian's pacemaker-cli-utils is not installed")
    rng, known, tried = random.Random(SEED), 0, 0
    for program in PROGRAMS:
        if not Path(f"/usr/sbin/{program}").exists():
            continue
        found = sorted({*originals_options(program), *(f"--{name}" for name in OLD_NAMES.get(program, "").split())} - {"-?"})
        known += len(found)
        for words in found if ALL else rng.sample(found, min(12, len(found))):
            _, out, err = call(f"{program} {words}", CIB_file="/nonexistent/cib", CIB_shadow_dir="/nonexistent", SHELL="/bin/true", HOME="/nonexistent")
            need(not REFUSED.search(err + out), f"{program} {words}: {(err + out).splitlines()[:1]}")
            tried += 1
    need(known > 300, f"only {known} options were found")
    return f"{tried} of {known} options (SEED={SEED})"


def no_cluster():
    """Said at once and cleanly where none runs."""
    for command, expected in NO_CLUSTER.items():
        code, out, err = call(command)
        if code != expected or out or "Transport endpoint is not connected" not in err:
            raise Wrong(f"{command}: {code}, {out}, {err}")


class Place:
    """A directory with the recorded document in cib.xml; calls work on that."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.file = self.folder / "cib.xml"
        shutil.copy(cases.VECTORS / "in" / "run.xml", self.file)
        self.file.chmod(0o640)

    def call(self, command, expected=0, **more):
        code, out, err = call(command, CIB_file=str(self.file), **more)
        need(code == expected, f"{command}: {code} instead of {expected}: {out}{err}")
        return out, err


def files(place):
    """What becomes of the file: its mode, its owner, a link to it, its digest; what cannot be written is said before."""
    place.call("crm_attribute -n a -v 1")
    need(place.file.stat().st_mode & 0o777 == 0o640, "the mode was not kept")
    link = place.folder / "link"
    link.symlink_to("cib.xml")
    need(call("crm_attribute -n a -v 2", CIB_file=str(link))[0] == 0 and link.is_symlink(), "the link is a file now")
    need(place.call("crm_attribute -n a -G -q")[0] == "2\n", "not written through the link")
    left = [path.name for path in place.folder.iterdir() if path.name not in ("cib.xml", "link")]
    need(not left, f"left behind: {left}")
    need(call("cibadmin -Q", CIB_file="/dev/null")[0] == 78, "/dev/null is a document")
    need(call("cibadmin -Q", CIB_file=str(place.folder))[0] != 0, "a directory is a document")


def signed_files(place):
    """The cluster's own file: its digest is looked at, and kept right."""
    sign(place)
    signature = place.folder / "cib.xml.sig"
    was = signature.read_text(encoding="utf-8")
    place.call("cibadmin -Q")
    place.call("crm_attribute -n a -v 1")
    need(signature.read_text(encoding="utf-8") != was, "the digest is the old one")
    place.call("crm_attribute -n a -G")
    text = place.file.read_text(encoding="utf-8")
    place.file.write_text(text.replace('name="a" value="1"', 'name="a" value="2"'), encoding="utf-8")
    out, err = place.call("crm_attribute -n a -v 3", 104)
    need("has the digest of" in err and not out, err)
    need('name="a" value="2"' in place.file.read_text(encoding="utf-8"), "what somebody edited was written over")


STEPS = ("fsync", "renameat", "rename", "unlinkat", "linkat", "write")
CHANGE = "cibadmin -M -X '<nvpair id=\"rsc-options-resource-stickiness\" value=\"7\"/>'"


def cut_short(place, command, prefix=""):
    """COMMAND is killed before each of its steps on the disk: there is always the document of before or the one of after, and the
    next tool goes on from it.  How many steps there were."""
    before = {path.name: (path.read_bytes(), path.stat()) for path in place.folder.iterdir() if path.is_file()}
    cuts = 0
    for step in STEPS:
        for number in range(1, 40):
            for path in list(place.folder.iterdir()):
                if path.is_file():
                    path.unlink()
            for name, (data, was) in before.items():
                (place.folder / name).write_bytes(data)
                (place.folder / name).chmod(was.st_mode & 0o777)
                os.chown(place.folder / name, was.st_uid, was.st_gid)
            code, _, err = call(f"{prefix}strace -o /dev/null -e trace={step} -e inject={step}:signal=KILL:when={number} {command}",
                                CIB_file=str(place.at))
            found, out, told = call(f"{prefix}crm_attribute -t rsc_defaults -n resource-stickiness -G -q", CIB_file=str(place.at))
            need(found == 0 and out in ("10\n", "7\n"), f"killed in {step} {number}: {found}, {out}{told}")
            if code == 0:
                need(out == "7\n", "what was acknowledged is not there")
                break
            need(code in (137, 247, -9), f"{step} {number}: {code}, {err}")
            cuts += 1
            found, out, told = call(f"{prefix}crm_attribute -t rsc_defaults -n resource-stickiness -v 8", CIB_file=str(place.at))
            need(found == 0, f"after {step} {number}: {found}, {told}")
            found, out, told = call(f"{prefix}crm_attribute -t rsc_defaults -n resource-stickiness -G -q", CIB_file=str(place.at))
            need((found, out, told) == (0, "8\n", ""), f"after {step} {number}: {found}, {out}{told}")
            left = [path.name for path in place.folder.iterdir() if path.name.endswith((".new", ".tmp"))]
            need(not left, f"after {step} {number}: {left}")
    return cuts


def power_cuts(place):
    """A file alone, and a pair."""
    if not shutil.which("strace"):
        raise Skip("no strace here")
    place.at = place.file
    alone = cut_short(place, CHANGE)
    sign(place)
    pair = cut_short(place, CHANGE)
    need(alone >= 4 and pair >= 8, f"only {alone} and {pair} steps")
    return f"{alone} and {pair} steps"


def sign(place):
    for name in ("cib.xml", "cib.xml.sig"):
        shutil.copy(cases.VECTORS / "disk" / name, place.folder / name)
        (place.folder / name).chmod(0o600)


def cluster_file(place):
    """The cluster's own file is written as its daemon does: without status, with its digest, the older ones kept."""
    folder = Path("/var/lib/heartbeat")
    if os.geteuid() != 0 or not folder.is_dir() or not shutil.which("strace"):
        raise Skip(f"only root can have another {folder}, and with strace")
    place.file.unlink()
    prefix = f"unshare -m --propagation private sh -c 'mkdir -p {place.folder} && mount --bind {place.folder} {folder} && exec \"$@\"' sh "
    place.folder = place.folder / "crm"
    place.folder.mkdir()
    place.at = folder / "crm" / "cib.xml"
    shutil.copy(cases.VECTORS / "in" / "run.xml", place.folder / "cib.xml")
    for name in (place.folder, place.folder / "cib.xml"):
        os.chown(name, 65534, 65534)
    for value in (1, 2):
        code, _, err = call(f"{prefix}crm_attribute -n a -v {value}", CIB_file=str(place.at))
        need(code == 0, err)
    names = sorted(path.name for path in place.folder.iterdir())
    need(names == ["cib-0.raw", "cib-1.raw", "cib-1.raw.sig", "cib.last", "cib.xml", "cib.xml.sig"], names)
    need({path.stat().st_uid for path in place.folder.iterdir()} == {65534}, "files of another owner")
    text = (place.folder / "cib.xml").read_text(encoding="utf-8")
    need("node_state" not in text and 'num_updates="0"' in text and 'name="a" value="2"' in text, text[:200])
    need('name="a" value="1"' in (place.folder / "cib-1.raw").read_text(encoding="utf-8"), "the older one")
    need((place.folder / "cib.last").read_text(encoding="utf-8") == "2", "the counter")
    cuts = cut_short(place, CHANGE, prefix)
    need(cuts >= 10, f"only {cuts} steps")
    return f"{cuts} steps"


def files_of_others(place):
    """What may not be written is told before anything is said to be done."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        raise Skip("only root can be somebody else, with setpriv")
    other = "setpriv --reuid=65534 --regid=65534 --clear-groups "
    place.folder.chmod(0o777)
    place.file.chmod(0o644)
    out, err = place.call(other + "crm_attribute -n stonith-enabled -D", 4)
    need(not out and "cannot be written" in err, f"{out}{err}")
    place.file.chmod(0o666)
    place.call(other + "crm_attribute -n a -v 1")
    need(place.file.stat().st_uid == 0, "the file has another owner")
    os.chown(place.file, 65534, 65534)
    place.call("crm_attribute -n a -v 2")
    need(place.file.stat().st_uid == 65534, "root took the file away")
    place.file.chmod(0o600)
    os.chown(place.file, 0, 0)
    place.call(other + "cibadmin -Q", 4)


def heartbeat_words(place):
    """The long names of heartbeat 2 always, its letters when they are asked for."""
    out, _ = place.call("cibadmin --cib_query --obj_type nodes")
    need(out.startswith("<nodes>"), out)
    place.call("crm_attribute --type nodes --uname node1 --attr-name x --attr-value 1")
    out, _ = place.call("crm_attribute --node-uname node1 --attr-name x --get-value --get-only")
    need(out == "1\n", out)
    letters = {"CRM_LETTERS": "heartbeat"}
    place.call("""cibadmin -U -X '<node id="1" description="y"/>'""", **letters)
    out, _ = place.call("cibadmin -Q -o nodes -h node1 -t 30000", **letters)
    need('description="y"' in out, out)
    need(place.call("crm_attribute -t nodes -u 1 -n x -G -q", **letters)[0] == "1\n", "by the node's id")
    place.call("cibadmin -w", 107, **letters)
    place.call("cibadmin -w", 64)


def old_spellings(place):
    """Options of a heartbeat 2 document by either name; what is new is written as that document has it, and where it counts."""
    shutil.copy(cases.VECTORS / "cib06" / "v06.xml", place.file)
    place.file.chmod(0o640)
    for name, value in (("default-resource-stickiness", "100"), ("default_resource_stickiness", "100"), ("cluster-delay", "90s"),
                        ("stonith_enabled", "false")):
        need(place.call(f"crm_attribute -n {name} -G -q")[0] == f"{value}\n", name)
    place.call("crm_attribute -n no-quorum-policy -v stop")
    out, _ = place.call("crm_attribute -n cluster_delay -D")
    need(out == "Deleted crm_config option: id=opt-delay name=transition_idle_timeout\n", out)
    for command, expected in (
            ("-r IPaddr_1 -m -g is-managed", "true\n"), ("-r IPaddr_1 -m -g target-role", "started\n"),
            ("-r IPaddr_1 -m -p is-managed -v false", "Set 'IPaddr_1' option: name=is_managed value=false\n"),
            ("-r IPaddr_1 -m -d resource-stickiness", "Deleted 'IPaddr_1' option: name=resource_stickiness\n"),
            ("-r ms_1 -m -p master-max -v 2", "Set 'ms_1' option: id=ms_1-meta_attributes-master_max set=ms_1-meta_attributes name=master_max value=2\n"),
            ("-r ms_1 -m -g master-max", "2\n"), ("-r group_1 -m -p target-role -v Stopped", None), ("-r group_1 -p x -v y", None),
            ("-r drbd -s drbd_attrs -p drbdconf -v y", None), ("-r drbd -g drbdconf", "y\n")):
        out, err = place.call(f"crm_resource {command}")
        need(out == expected or expected is None and not err, f"{command}: {out}{err}")
    out, _ = place.call("crm_resource -L")
    need("IPaddr_1\t(ocf:heartbeat:IPaddr):\t Stopped (unmanaged)" in out and "web\t(lsb:apache):\t Stopped (disabled)" in out, out)
    text = place.file.read_text(encoding="utf-8")
    need('name="no_quorum_policy" value="stop"' in text and "no-quorum-policy" not in text and 'is_managed="false"' in text
         and text.index("IPaddr_1") < text.index("group_1"), text)
    place.call("crm_verify -x $CIB_file")


# What somebody did to the document; what is said, wherever it is read; where.
DAMAGES = (
    ("</cib>", "", "Premature end of data in tag cib", 1),
    ('name="cluster-name"', 'name="a<b"', "Unescaped '<'", 8),
    ('name="cluster-name"', 'name="&x;"', "Entity 'x' not defined", 8),
    ('<node id="1"', '<node id="1" id="3"', "Attribute id redefined", 13),
    ('<cib ', '<cib xmlns="urn:x" ', "of the namespace 'urn:x'", 1),
    ("pacemaker-3.9", "pacemaker-9.9", 'there is no schema "pacemaker-9.9"', 1),
    ('epoch="8"', 'epoch="x"', 'epoch="x": right would be: 0 or more', 1),
    ('<primitive id="l1"', '<primitive id="d3"', 'id="d3" is that of <primitive> in line 21, too', 29),
    ('<primitive id="l1"', '<primitive', "it needs id=", 29),
    ('class="lsb"', 'class="nonsense"', 'class="nonsense": right would be: ocf, lsb', 29),
    ('<primitive id="l1"', '<primitive colour="red" id="l1"', "there is no such attribute here; there are: id, class", 29),
    ('rsc="d3"', 'rsc="gone"', "there is no element with this id", None))
READERS = {"cibadmin -Q": (78,), "crm_mon -1": (78,), "crm_resource -L": (78,), "crm_attribute -n a -G": (78,), "crm_verify -x $CIB_file": (78,),
           "crm_simulate -x $CIB_file": (66, 78), "crm_simulate -L": (78,), "crm_ticket -l": (78,)}


def damages(place):
    """Whatever reads a broken document says what is wrong with it, and in which line."""
    good = cases.text_of(cases.VECTORS / "in" / "run.xml")
    rng = random.Random(1)
    for before, after, told, line in DAMAGES:
        if before not in good:
            continue
        place.file.write_text(good.replace(before, after, 1), encoding="utf-8")
        for command in rng.sample(sorted(READERS), 4):
            code, out, err = call(command, CIB_file=str(place.file))
            need(code in READERS[command] and told in err and not out, f"{after}: {command}: {code}, {out}{err}")
            need(line in (None, 1) or f"cib.xml:{line}:" in err, f"{after}: {command}: the line is not told: {err}")


def bad_input(place):
    """One clear line, its exit code, and nothing was changed."""
    was = place.file.read_bytes()
    for command, code, text in (
            ("cibadmin -M -X '<a'", 65, "Couldn't parse input from input string: 1:"),
            ("cibadmin -R -X '<!DOCTYPE a [<!ENTITY e \"x\">]><cib>&e;</cib>'", 65, "entities"),
            ("cibadmin -C -o resources -x /", 65, "Couldn't parse"),
            ("cibadmin -Q -o nonsense", 64, "Invalid CIB section"),
            ("cibadmin -Q -t soon", 64, "'soon' is no number of seconds"),
            ("cibadmin -Q -S", 64, "requires -U user"),
            ("cibadmin -Q --xpath ']['", 105, "Call failed"),
            ("cibadmin -a nonsense", 64, "there is no schema 'nonsense'"),
            ("crm_shadow -b -e x -v nonsense", 64, "there is no schema 'nonsense'"),
            ("cibadmin -a -Q -X", 64, "requires an argument"),
            ("cibadmin --xml", 64, "ambiguous"),
            ("cibadmin -M -c --xpath \"//primitive[@id='d3']\" -X '<group id=\"x\"/>'", 105, "No such device"),
            ("crm_attribute -n x -G --output-as=html", 1, "Unknown output format"),
            ("crm_attribute -n stonith-enabled -G --output-to=/nowhere/x", 73, "No such file"),
            ("crm_attribute -n x -v 1 -N node1 -l sometimes", 76, "No message of desired type"),
            ("crm_standby -N node1 -l sometimes", 64, "neither reboot nor forever"),
            ("crm_shadow -b -c a/b", 64, "no name of a shadow"),
            ("CIB_shadow=../x cibadmin -Q", 64, "no name of a shadow"),
            ("CIB_shadow=nothing CIB_shadow_dir=/nowhere cibadmin -Q", 105, "Could not connect"),
            ("crm_ticket -t T1 -S a", 64, "Must supply value"),
            ("crm_attribute -n a -v \"$(printf '\\001')\"", 78, "could not be read again")):
        out, err = place.call(command, code)
        need(text in err and not out, f"{command}: {out}{err}")
    need(place.file.read_bytes() == was, "the document was changed")
    need(call("cibadmin -Q > /dev/full", CIB_file=str(place.file))[0] == 74, "a full disk was not noticed")


def shells_and_editors(place):
    """crm_shadow without -b is a shell in which the shadow is active; -E edits it and looks at what came of it."""
    here = {"CIB_shadow_dir": str(place.folder), "SHELL": "/bin/sh"}
    out, _ = place.call("echo 'echo it is $CIB_shadow; exit 3' | crm_shadow -c one", 3, **here)
    need("it is one" in out, out)
    out, err = place.call("crm_shadow -s one", 71, **{**here, "SHELL": "/nowhere/sh"})
    need("CIB_shadow=one ; export CIB_shadow" in out and "Cannot start" in err, f"{out}{err}")
    here["CIB_shadow"] = "one"
    place.call("crm_shadow -E", EDITOR="sed -i s/node1/node9/", **here)
    need("node9" in (place.folder / "shadow.one").read_text(encoding="utf-8"), "the editor was not called")
    place.call("crm_shadow -E", 71, EDITOR="false", **here)
    place.call("crm_shadow -E", 6, **here)
    _, err = place.call("crm_shadow -E", 65, EDITOR="cp /etc/hostname", **here)
    need("is no document" in err, err)


def in_a_place(test):
    with tempfile.TemporaryDirectory(prefix="crm-tools-") as folder:
        return test(Place(folder))


CASES = {
    "files": (in_a_place, files),
    "signed-files": (in_a_place, signed_files),
    "power-cuts": (in_a_place, power_cuts),
    "cluster-file": (in_a_place, cluster_file),
    "files-of-others": (in_a_place, files_of_others),
    "heartbeat-words": (in_a_place, heartbeat_words),
    "old-spellings": (in_a_place, old_spellings),
    "damages": (in_a_place, damages),
    "bad-input": (in_a_place, bad_input),
    "shells-and-editors": (in_a_place, shells_and_editors),
    "cases-adm": (cases.judge, "adm"),
    "cases-attr": (cases.judge, "attr"),
    "cases-standby": (cases.judge, "standby"),
    "cases-failcount": (cases.judge, "failcount"),
    "cases-master": (cases.judge, "master"),
    "cases-ticket": (cases.judge, "ticket"),
    "cases-shadow": (cases.judge, "shadow"),
    "cases-live": (cases_live.judge,),
    "manuals": (manuals,),
    "options": (options,),
    "no-cluster": (no_cluster,),
}

if __name__ == "__main__":
    sys.exit(run("tools", CASES, __doc__))
