# SPDX-License-Identifier: GPL-2.0-or-later
"""What a virtual machine boots: Debian's kernel, an initramfs with its modules, and a disk with as much of this
machine's programs as the tests need, the staged installation and the laboratory.

The kernel is fetched with apt-get download and unpacked into build/, never installed.
"""

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

from lab import installs, places
from lab.errors import LabError, Skip

HERE = Path(__file__).resolve().parent
ROOT = places.ROOT
WORK = places.BUILD / "vm"
INSIDE = "/hb"  # where the source tree is in the machine

KERNEL_META = "linux-image-cloud-amd64"
# With all that they depend on, in the order in which they are loaded.
MODULES = """virtio_pci virtio_blk overlay veth bridge dummy af_packet softdog sch_netem sch_htb sch_prio act_mirred
nf_tables nft_ct nft_chain_nat nft_numgen nft_reject nft_reject_inet nft_limit nft_log nf_tables_set nft_meta_bridge
nf_conntrack ip_vs ip_vs_rr ip_vs_wrr ip_vs_wlc ip_vs_lc ip_vs_sh macvlan ipvlan 8021q unix_diag inet_diag
tcp_diag udp_diag netlink_diag""".split()
# Packages of this machine whose programs are taken along, where they are installed.
PACKAGES = """dash bash coreutils grep sed mawk gawk findutils hostname util-linux util-linux-extra mount procps psmisc
iproute2 nftables iputils-ping iputils-arping python3-minimal python3.11-minimal""".split()
# Unpacked into the tree when this machine lacks them.
EXTRA = ("ipvsadm", "libpopt0", "libnl-3-200", "libnl-genl-3-200")
ETC = ("passwd", "group", "nsswitch.conf", "protocols", "services", "alternatives", "iproute2")
PYTHON_LEFT_OUT = ("test", "idlelib", "lib2to3", "ensurepip", "pydoc_data", "tkinter", "turtledemo", "config-*",
                   "distutils", "unittest", "_test*", "dist-packages", "site-packages")


def require():
    if os.geteuid() != 0:
        raise Skip("needs root: the laboratory in the machine belongs to root")
    for tool in ("qemu-system-x86_64", "mke2fs", "dpkg-deb", "ldd", "cc"):
        if shutil.which(tool) is None:
            raise Skip(f"needs {tool}")
    if os.uname().machine != "x86_64":
        raise Skip("the programs of this machine do not run on the kernel for amd64")


# ---- The kernel ----


def kernel():
    """The directory with the unpacked kernel."""
    if list((ROOT / "build" / "vmkernel").glob("boot/vmlinuz-*")):
        return ROOT / "build" / "vmkernel"
    shown = subprocess.run(["apt-cache", "show", "--no-all-versions", KERNEL_META], capture_output=True, text=True)
    found = re.search(r"^Depends:.*?(linux-image-\S+-cloud-amd64)", shown.stdout, re.MULTILINE)
    if not found:
        raise Skip(f"cannot fetch a kernel: no {KERNEL_META} in the package lists")
    return installs.unpacked("vmkernel", (found[1],))


def vmlinuz():
    return next(kernel().glob("boot/vmlinuz-*"))


def _module_files():
    """Name -> file of every module; names with '_'."""
    return {path.name.removesuffix(".ko").replace("-", "_"): path for path in kernel().rglob("*.ko")}


def _modules_ordered():
    """Files of MODULES with what they need before them.  What this kernel has built in has no file."""
    files, order = _module_files(), []

    def take(name):
        path = files.get(name.replace("-", "_"))
        if path is None or path in order:
            return
        depends = re.search(rb"\0depends=([^\0]*)\0", path.read_bytes())
        for other in (depends[1].decode().split(",") if depends and depends[1] else ()):
            take(other)
        order.append(path)

    for name in MODULES:
        take(name)
    return order


# ---- The initramfs ----


def _cpio_entry(name, mode, data=b"", number=[0]):
    number[0] += 1
    fields = (number[0], mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def initramfs(path):
    modules = _modules_ordered()
    out = [_cpio_entry(name, 0o040755) for name in ("dev", "proc", "modules")]
    out.append(_cpio_entry("init", 0o100755, _static(HERE / "vminit.c").read_bytes()))
    listed = "".join(f"/modules/{module.name}\n" for module in modules)
    out.append(_cpio_entry("modules/list", 0o100644, listed.encode()))
    out += [_cpio_entry(f"modules/{module.name}", 0o100644, module.read_bytes()) for module in modules]
    out.append(_cpio_entry("TRAILER!!!", 0))
    path.write_bytes(b"".join(out))


def _static(source):
    binary = WORK / source.stem
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        done = subprocess.run(["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-static", "-o", str(binary), str(source)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise LabError(f"cannot compile {source}:\n{done.stderr}")
    return binary


# ---- The disk ----


def _package_files(package):
    done = subprocess.run(["dpkg-query", "-L", package], capture_output=True, text=True)
    return [Path(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []


def _is_program(path):
    return re.match(r"/(usr/)?s?bin/", str(path)) and os.path.lexists(path) and not path.is_dir()


def _copy(source, tree, place=None):
    target = tree / str(place or source).lstrip("/")
    if os.path.lexists(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def _merged(path):
    """/bin/x is /usr/bin/x, as on any Debian of today."""
    return Path(re.sub(r"^/(bin|sbin|lib|lib64)/", r"/usr/\1/", str(path)))


def _libraries(programs):
    """The shared libraries of PROGRAMS, where ld.so finds them here."""
    found = set()
    done = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True)
    for line in done.stdout.splitlines():
        match = re.search(r"(?:=> )?(/\S+\.so\S*) \(0x", line)
        if match:
            found.add(match[1])
    return found


def _take_libraries(tree):
    elf = [p for p in tree.rglob("*") if p.is_file() and not p.is_symlink() and p.stat().st_size > 64 and
           p.open("rb").read(4) == b"\x7fELF" and p.name != "vminit"]
    for path in _libraries(elf):
        _copy(Path(path).resolve(), tree, _merged(path))
    for pattern in ("libnss_files.so*", "libnss_dns.so*"):
        for path in Path("/usr/lib").glob(f"*-linux-gnu/{pattern}"):
            _copy(path, tree)


def _take_programs(tree):
    for name in ("bin", "sbin", "lib", "lib64"):
        (tree / "usr" / name).mkdir(parents=True)
        (tree / name).symlink_to(f"usr/{name}")
    for package in PACKAGES:
        for path in filter(_is_program, _package_files(package)):
            _copy(path, tree, _merged(path))
    for name in ("awk", "sh", "arping", "nc", "which"):
        path = shutil.which(name)
        if path:
            _copy(Path(path).resolve(), tree, _merged(path))
    for name in ETC:
        path = Path("/etc", name)
        if path.is_dir():
            shutil.copytree(path, tree / "etc" / name, symlinks=True, dirs_exist_ok=True)
        elif path.exists():
            _copy(path, tree)


def _take_python(tree):
    for path in Path("/usr/bin").glob("python3*"):
        _copy(path, tree)
    done = subprocess.run(["/usr/bin/python3", "-c", "import os; print(os.__file__)"], capture_output=True, text=True)
    library = Path(done.stdout.strip()).parent
    target = tree / str(library).lstrip("/")
    shutil.copytree(library, target, symlinks=True, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(*PYTHON_LEFT_OUT))


def _take_tests(tree):
    here = tree / INSIDE.lstrip("/")
    for name in ("lab", "vm"):
        shutil.copytree(ROOT / "tests" / name, here / "tests" / name,
                        ignore=shutil.ignore_patterns("__pycache__", "*.md"))
    for name in ("labinit", "labenter", "prober"):
        places.tool(name)
    shutil.copytree(places.BUILD / "lab", here / "build" / "lab",
                    ignore=shutil.ignore_patterns("failed", "sanitizer", ".lock"))
    shutil.copytree(installs.MAKERS["ours"](), here / "build" / "stage", symlinks=True)


def disk(path):
    """An ext4 file system; made anew each time, because it holds what was just built."""
    tree = places.scratch() / f"{path.stem}.tree"  # in memory: thousands of small files
    tree.mkdir(parents=True)
    extra = installs.unpacked("vmextra", EXTRA)
    try:
        for name in ("dev", "proc", "sys", "run", "tmp", "root", "var/lib", "var/log", "var/tmp"):
            (tree / name).mkdir(parents=True)
        (tree / "var/run").symlink_to("/run")
        _take_programs(tree)
        for top in extra.iterdir():
            shutil.copytree(top, tree / "usr" / top.name if top.name in ("bin", "sbin", "lib") else tree / top.name,
                            symlinks=True, dirs_exist_ok=True)
        _take_python(tree)
        _take_tests(tree)
        shutil.copy2(_static(HERE / "vminit.c"), tree / "sbin" / "vminit")
        _take_libraries(tree)
        done = subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-E", "root_owner=0:0",
                               "-d", str(tree), str(path), "200M"], capture_output=True, text=True)
        if done.returncode != 0:
            raise LabError(f"mke2fs: {done.stderr.strip()}")
    finally:
        shutil.rmtree(tree, ignore_errors=True)


def make(name):
    """(kernel, initramfs, disk) for one test program; the caller removes the last two."""
    require()
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / ".lock", "w", encoding="utf-8") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        first, second = WORK / f"{name}.cpio", WORK / f"{name}.img"
        initramfs(first)
        disk(second)
    return vmlinuz(), first, second
