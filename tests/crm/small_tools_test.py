#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""iso8601, crm_rule and crm_uuid: the recorded calls (cases.py), and what the originals do badly."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cases

sys.path.insert(0, str(cases.ROOT / "tests"))
from lab.suite import need, run  # noqa: E402


def call(name, *words, zone="UTC", out=subprocess.PIPE, text=""):
    done = subprocess.run([str(cases.BIN / name), *words], stdout=out, input=text, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
                          env=dict(os.environ, LC_ALL="C", TZ=zone))
    return done.returncode, done.stdout, done.stderr


def recorded_dates():
    return cases.judge("iso")


def dates():
    for words, zone, want in (
            (["-d", "2020-07-01 12:00", "-L"], "Europe/Berlin", "Date: 2020-07-01 12:00:00 +02:00\n"),
            (["-d", "2020-07-01 12:00Z", "-L"], "Europe/Berlin", "Date: 2020-07-01 14:00:00 +02:00\n"),
            (["-d", "2020-07-01 12:00"], "Europe/Berlin", "Date: 2020-07-01 10:00:00Z\n"),
            (["-d", "2020-01-31 12:00", "-D", "P1M", "-E", "2020-02-29 12:00:00Z"], "UTC",
             "Date: 2020-01-31 12:00:00Z\nDuration:  1 month \nDuration ends at: 2020-02-29 12:00:00Z\n"),
            (["-p", "P1Y/2020-02-29", "-O"], "UTC", "Period: 2019-059 00:00:00Z to 2020-060 00:00:00Z\n"),
            (["-d", "Epoch", "-S"], "UTC", "Date: 0\n"),
            (["-d", "0001-01-01", "-s"], "UTC", "Date: 0\n")):
        code, out, err = call("iso8601", *words, zone=zone)
        need((code, out, err) == (0, want, ""), f"{words}: {code} {out!r} {err!r}")
    for words, code, told in (
            (["-d", "2020-01-01 x"], 2, "Invalid date/time specified: 2020-01-01 x"), (["-d", ""], 2, "Invalid date/time"),
            (["-d", "T"], 2, "Invalid date/time"), (["-d", "25:00"], 2, "Invalid date/time"), (["-d", "T1" + "0" * 300], 2, "Invalid"),
            (["-D", "P"], 2, "Invalid duration specified: P"), (["-D", "P99999999999D"], 2, "Invalid duration"),
            (["-p", "2020-01-01/P99999Y"], 2, "Invalid interval"), (["-d", "9999-12-31", "-D", "P1D"], 2, "after year 9999"),
            (["-d", "2020-01-01", "-E", "2020-01-02 00:00:00Z"], 1, ""), (["-E", "x"], 64, "--expected requires"),
            (["-D", "P1D", "-E", "x"], 64, "--expected requires"), (["word"], 64, "'word'"), (["--nonsense"], 64, "Unknown option"),
            (["-d"], 64, "-d")):
        got, _, err = call("iso8601", *words)
        need(got == code and told in err and err.count("\n") == bool(told), f"{words}: {got} {err!r}")
    need("ISO 8601" in call("iso8601", "--help")[1], "--help")
    need(call("iso8601", "--version")[1].startswith("Pacemaker 2.1.5"), "--version")
    # A time alone is one of today.
    need(call("iso8601", "-d", "00:00")[1][6:16] in (call("iso8601", "-n")[1][19:29], call("iso8601", "-d", "T00:00")[1][6:16]), "today")


def recorded_rules():
    return cases.judge("rule")


EXPRESSION, DURING = '<date_expression id="e" %s</date_expression>', "2026-11-30 16:00:00Z"
AROUND = "<cib><configuration><constraints><rsc_location>%s</rsc_location></constraints></configuration></cib>"
RULES = (
    ('operation="gt" start="2001-01-01">', 0), ('operation="gt" start="2026-11-30 16:00:00Z">', 111), ('operation="lt" end="2001-01-01">', 110),
    ('operation="in_range" start="2001-01-01" end="2010-01-01">', 110), ('operation="in_range" start="2026-11-30 16:00:00Z">', 0),
    ('operation="in_range" start="2001-01-01"><duration id="d" years="100"/>', 0), ('start="2001-01-01">', 0),
    ('operation="in_range" start="2001-01-01"><duration id="d" years="99999"/>', 0),
    ('operation="date_spec"><date_spec id="d" years="2026" hours="9-15"/>', 110),
    ('operation="date_spec"><date_spec id="d" years="2026" weekdays="5" hours="15"/>', 110),
    ('operation="date_spec"><date_spec id="d" years="2026" weekdays="5"/>', 111), ('operation="date_spec"><date_spec id="d" years="2026-"/>', 0),
    ('operation="date_spec"><date_spec id="d" hours="9-17"/>', 3), ('operation="date_spec"><date_spec id="d" years="2026" moon="1"/>', 3),
    ('operation="date_spec">', 3), ('operation="eq" start="2001-01-01">', 112), ('operation="gt" start="rubbish">', 112), ('operation="in_range">', 112),
)


def rules():
    """Expired, not yet, in effect; of what nothing can be said, why."""
    for text, want in RULES:
        document = f'<rule id="r">{EXPRESSION % text}</rule>'
        code, out, err = call("crm_rule", "-c", "-r", "r", "-d", DURING, "-X", document)
        need(code == want and bool(out) == (code in (0, 110, 111)) and (out + err).count("\n") == 1, f"{text}: {code} {out}{err}")
        debian = "/usr/sbin/crm_rule"
        if os.access(debian, os.X_OK) and not text.startswith("start"):  # without an operation it takes all for a date_spec
            theirs = subprocess.run([debian, "-c", "-r", "r", "-d", DURING, "-X", AROUND % document], capture_output=True, text=True,
                                    check=False, env=dict(os.environ, LC_ALL="C", TZ="UTC"))
            need((theirs.returncode, theirs.stdout) == (code, out), f"{text}: {code} {out}, and Debian's {theirs}")
    two = '<a><rule id="r"/><rule id="s"><rule id="t">' + EXPRESSION % 'operation="gt" start="2001-01-01">' + '</rule></rule><rule id="r"/></a>'
    for words, want in ((["-r", "r"], 109), (["-r", "s"], 0), (["-r", "t"], 0), (["-r", "r", "-r", "s"], 0), (["-r", "x"], 105),
                        (["-r", "'] | //*['"], 105), (["-r", "s", "-d", "rubbish"], 65), ([], 64)):
        need(call("crm_rule", "-c", "-X", "-", *words, text=two)[0] == want, f"{words}")
    code, out, _ = call("crm_rule", "-c", "-X", two, "-r", "x", "--output-as=xml")
    need(code == 105 and '<rule-check rule-id="x" rc="105"/>' in out and "<error>Could not determine whether rule x is" in out, out)
    deep = "<a>" * 100000
    for text in ("", "x", "<a", deep, '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
        code, _, err = call("crm_rule", "-c", "-X", "-", "-r", "x", text=text)
        need(code == 65 and "parse" in err and err.count("\n") == 1, f"{text[:20]}: {code} {err}")
    need(call("crm_rule", "-c", "-r", "x")[0] == 66, "no cluster")


def uuid():
    text = "00112233-4455-6677-8899-aabbccddeeff"
    with tempfile.TemporaryDirectory(prefix="uuid-") as folder:
        file = Path(folder, "hb_uuid")
        need(call("crm_uuid", "-w", text.upper(), "-f", str(file)) == (0, "", ""), "written")
        need(file.read_bytes() == bytes.fromhex(text.replace("-", "")) and file.stat().st_mode & 0o777 == 0o644, "16 bytes")
        need(call("crm_uuid", "-r", "-f", str(file)) == (0, text + "\n", ""), "read")
        for bad in ("x", text[:-1], "0" * 8 + "-0000-0000-0000-" + "0" * 12):
            code, out, err = call("crm_uuid", "-w", bad, "-f", str(file))
            need((code, out) == (65, "") and "is no uuid" in err and file.read_bytes()[0] == 0 and file.read_bytes()[-1] == 255, f"{bad}: {err}")
        for content in (b"", b"x" * 15, b"x" * 17, b"\0" * 16):
            file.write_bytes(content)
            code, out, err = call("crm_uuid", "-r", "-f", str(file))
            need((code, out, err.count("\n")) == (65, "", 1), f"{content}: {code} {err}")
        need(call("crm_uuid", "-r", "-f", folder + "/no")[0] == 66, "no file")
        need(call("crm_uuid", "-w", text, "-f", folder + "/no/file")[0] == 73, "no folder")
        file.write_bytes(b"x" * 16)
        with open("/dev/full", "w", encoding="utf-8") as full:
            need(call("crm_uuid", "-r", "-f", str(file), out=full)[0] == 74, "a full disk")
    for words, code in (([], 2), (["-r", "-w", text], 64), (["-r", "more"], 64), (["-x"], 64), (["--help"], 0)):
        need(call("crm_uuid", *words)[0] == code, f"{words}")


CASES = (recorded_dates, dates, recorded_rules, rules, uuid)

if __name__ == "__main__":
    sys.exit(run("small-tools", {case.__name__.replace("_", "-"): (case,) for case in CASES}, __doc__))
