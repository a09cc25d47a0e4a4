# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are: the source tree, the build, the scratch space, the small C programs.

Scratch space is one directory per Python process below /dev/shm, held by a lock that the
kernel drops when the process ends.  Whoever comes next finds directories without a holder
and removes them.  It must be a memory file system: a node's root is an overlay over the
host's root, and an overlay's layers must not lie inside each other.
"""

import atexit
import fcntl
import os
import shutil
import subprocess
import threading
from pathlib import Path

from .errors import LabError, Skip

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = (ROOT / os.environ.get("BUILD", "build")).resolve()
SHARED = ROOT.parent / "shared"

PATIENCE_S = 60  # before a test gives anything up that comes in its time on a quiet machine

_SCRATCH_BASE = Path("/dev/shm/hblab")
_TMPFS_MAGIC = 0x01021994

_lock = threading.Lock()
_scratch = None
_scratch_fd = None
_owner_pid = None


def require():
    """Raises Skip when this machine cannot carry a laboratory."""
    if os.geteuid() != 0:
        raise Skip("needs root for namespaces")
    if os.environ.get("HB_NO_LAB"):
        raise Skip("HB_NO_LAB is set")
    for tool in ("ip", "nft", "nsenter"):
        if shutil.which(tool) is None:
            raise Skip(f"needs {tool}")
    if "overlay" not in Path("/proc/filesystems").read_text():
        raise Skip("the kernel has no overlay file system")
    kind = subprocess.run(["stat", "-f", "-c", "%t", "/dev/shm"], capture_output=True, text=True)
    if kind.returncode != 0 or int(kind.stdout or "0", 16) != _TMPFS_MAGIC:
        raise Skip("/dev/shm is no memory file system")


def scratch():
    """The scratch directory of this process; made at the first call, removed at exit."""
    global _scratch, _scratch_fd, _owner_pid
    with _lock:
        if _scratch is not None and _owner_pid == os.getpid():
            return _scratch
        door = _enter_base()
        try:
            _sweep()
            _scratch = _SCRATCH_BASE / f"{os.getpid()}"
            _scratch.mkdir()
            _scratch_fd = os.open(_scratch / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
            fcntl.flock(_scratch_fd, fcntl.LOCK_EX)
        finally:
            os.close(door)
        _owner_pid = os.getpid()
        atexit.register(_remove_scratch)
        return _scratch


def _enter_base():
    """Makes the base directory and locks it; returns the descriptor that holds the lock."""
    while True:
        _SCRATCH_BASE.mkdir(mode=0o700, exist_ok=True)
        door = os.open(_SCRATCH_BASE, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(door, fcntl.LOCK_EX)
        if os.path.exists(_SCRATCH_BASE) and os.path.samestat(os.fstat(door),
                                                              os.stat(_SCRATCH_BASE)):
            return door
        os.close(door)  # the last one to leave removed it while we waited


def _sweep():
    """Removes what killed runs left.  Their machines died with their lifelines."""
    for old in _SCRATCH_BASE.iterdir():
        if not old.is_dir():
            continue
        try:
            fd = os.open(old / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(old, ignore_errors=True)
        except BlockingIOError:
            pass  # somebody's laboratory, alive
        finally:
            os.close(fd)


def _remove_scratch():
    if _scratch is None or _owner_pid != os.getpid():
        return  # a forked copy of the owner
    shutil.rmtree(_scratch, ignore_errors=True)
    door = _enter_base()
    try:
        _SCRATCH_BASE.rmdir()
    except OSError:
        pass  # others are still there
    finally:
        os.close(door)


def tool(name, place=HERE):
    """The path of the C program NAME of directory PLACE, compiled when it is older."""
    source = place / f"{name}.c"
    directory = BUILD / "lab"
    binary = directory / name
    with _lock:
        directory.mkdir(parents=True, exist_ok=True)
        with open(directory / ".lock", "w", encoding="utf-8") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            if binary.exists() and binary.stat().st_mtime >= source.stat().st_mtime:
                return binary
            fresh = directory / f"{name}.new"
            command = [os.environ.get("CC", "cc"), "-std=gnu11", "-O2", "-g", "-Wall", "-Wextra",
                       "-Werror", "-o", str(fresh), str(source)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise LabError(f"cannot compile {source}:\n{done.stderr}")
            fresh.rename(binary)
    return binary
