# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine: qemu in software emulation with a kernel of its own, for what namespaces cannot show.

    with Vm("smoke") as vm:                       # boots tests/vm/inside/smoke.py
        vm.wait(r"^vm: end 0", timeout=50)

The serial console is the log.  A program of tests/vm/inside runs in the machine, where the laboratory (tests/lab) is
at hand; what it prints as "ok ...", "not ok ..." or "skip ..." is a result.  Leaving the block ends the machine.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lab import LabError, Skip  # noqa: E402
from lab.lab import catch_signals  # noqa: E402
from vm import image  # noqa: E402

RESULT = re.compile(r"^(ok|not ok|skip|#) \S.*$", re.MULTILINE)  # "#": the story of a failure
MEMORY_MB = 768
CONSOLE_MAX = 4 << 20  # bytes kept; a machine that says more is broken


class Vm:
    def __init__(self, name, script=None):
        """SCRIPT: a program of tests/vm/inside, without ".py"; default NAME."""
        self.name = name
        self.script = f"{image.INSIDE}/tests/vm/inside/{script or name}.py"
        self._console = b""
        self._lock = threading.Lock()
        self._qemu = self._files = None

    def __enter__(self):
        catch_signals()
        kernel, *self._files = image.make(self.name)
        log = image.WORK / f"{self.name}.log"
        append = (f"console=ttyS0 quiet loglevel=4 panic=1 reboot=t mitigations=off tsc=reliable "
                  f"random.trust_cpu=on vm.run={self.script}")
        command = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "max", "-smp", "2",
                   "-m", str(MEMORY_MB), "-nodefaults", "-no-user-config", "-display", "none",
                   "-kernel", str(kernel), "-initrd", str(self._files[0]), "-append", append,
                   "-drive", f"file={self._files[1]},format=raw,if=virtio,cache=unsafe",
                   "-serial", "stdio", "-monitor", "none"]
        try:
            # Without a parent it would run on: PDEATHSIG ends it with us.
            self._qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                          stderr=subprocess.STDOUT, preexec_fn=_die_with_parent)
        except BaseException:
            self.close()
            raise
        threading.Thread(target=self._listen, args=(log,), daemon=True).start()
        return self

    def __exit__(self, *reason):
        self.close()

    def close(self):
        if self._qemu is not None:
            self._qemu.kill()
            self._qemu.wait()
            self._qemu = None
        for path in self._files or ():
            path.unlink(missing_ok=True)
        self._files = None

    def _listen(self, log):
        qemu = self._qemu
        with open(log, "wb", buffering=0) as copy:
            while chunk := os.read(qemu.stdout.fileno(), 65536):
                copy.write(chunk)
                with self._lock:
                    if len(self._console) < CONSOLE_MAX:
                        self._console += chunk

    def console(self):
        """What the machine has said, without carriage returns and colours."""
        with self._lock:
            text = self._console.decode(errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1bc|\r", "", text)

    def wait(self, regex, timeout):
        """Waits for a line of the console; returns the match."""
        pattern = re.compile(regex, re.MULTILINE)
        deadline = time.monotonic() + timeout
        while True:
            ended = self._qemu.poll() is not None
            match = pattern.search(self.console())
            if match:
                return match
            if ended or time.monotonic() > deadline:
                tail = " | ".join(self.console().splitlines()[-25:])
                raise LabError(f"{self.name}: {'it ended' if ended else f'{timeout} s passed'} without "
                               f"'{regex}' on the console: {tail}")
            time.sleep(0.05)

    def results(self):
        return [match[0] for match in RESULT.finditer(self.console())]


def _die_with_parent():
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def run(name, timeout=240, check=None):
    """A whole test: boots NAME, passes its results on; the exit code of the test program.

    CHECK gets the console at the end, and returns what is wrong with it or None."""
    try:
        with Vm(name) as vm:
            begun = time.monotonic()
            code = vm.wait(r"^vm: end (\d+)$", timeout)[1]
            results = vm.results()
            for line in results:
                print(line)
            print(f"# {time.monotonic() - begun:.1f} s in the machine")
            if code != "0" and not any(line.startswith("not ok") for line in results):
                raise LabError(f"ended with {code}: " + " | ".join(vm.console().splitlines()[-25:]))
            if all(line.startswith("#") for line in results):
                raise LabError("it tested nothing: " + " | ".join(vm.console().splitlines()[-25:]))
            wrong = check(vm.console()) if check and code == "0" else None
            if wrong:
                raise LabError(wrong)
            return 1 if code != "0" else 0
    except Skip as skip:
        print(f"skip vm/{name}: {skip}")
        return 0
    except LabError as error:
        print(f"not ok vm/{name}: {error}")
        return 1
