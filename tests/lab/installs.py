# SPDX-License-Identifier: GPL-2.0-or-later
"""What a node has installed: kinds and the file trees behind them.

"ours" is the staged installation of this source tree, "debian" the heartbeat 3.0.6 of
Debian 12, unpacked from its packages and never installed on the host; "ours+glue" is ours with
Debian's cluster-glue below it.  A tree becomes one
layer of a node's root; it is copied into the scratch space first, so that a rebuild in the
middle of a test does not pull the floor away.
"""

import fcntl
import os
import shutil
import subprocess
import threading
from pathlib import Path

from . import places
from .errors import LabError, Skip

# Numbers of the accounts in every node; the host need not have them.
HACLUSTER_UID = 190
HACLIENT_GID = 190

DEBIAN_PACKAGES = ("heartbeat", "libheartbeat2", "cluster-glue", "liblrm2", "libpils2",
                   "libplumb2", "libplumbgpl2", "libstonith1", "resource-agents")
GLUE_PACKAGES = ("cluster-glue", "liblrm2", "libpils2", "libplumb2", "libplumbgpl2", "libstonith1")
# Taken into the tree only when the host lacks them.
DEBIAN_SUPPORT = ("gawk", "libsigsegv2", "libmpfr6", "libreadline8", "libltdl7", "libnet1",
                  "libglib2.0-0", "libuuid1", "iputils-ping", "psmisc", "bc")

# With LAB_VALGRIND the daemon of ours runs in memcheck.  "-l": real-time priority at that pace would leave
# nothing for the others.  Commands that only look for the daemon stay as they are.
VALGRIND_PROGRAM = "/usr/libexec/heartbeat/valgrind/heartbeat"
VALGRIND_LOG = "/var/log/valgrind"
VALGRIND_WRAPPER = f"""#!/bin/sh
case " $* " in
*" -s "* | *" -k "* | *" -r "* | *" -V "* | *" -D "* | *" --check "*) exec {VALGRIND_PROGRAM} "$@" ;;
esac
exec valgrind -q --log-file={VALGRIND_LOG}.%p --leak-check=full --show-leak-kinds=definite \\
	--errors-for-leak-kinds=definite --num-callers=20 --suppressions={VALGRIND_PROGRAM}.supp {VALGRIND_PROGRAM} -l "$@"
"""

_lock = threading.Lock()
_layers = {}


def layer(kind):
    """The directory of KIND's files in the scratch space, owners set."""
    with _lock:
        if kind not in _layers:
            if kind not in MAKERS:
                raise LabError(f"unknown kind of node: {kind}")
            copy = places.scratch() / "layers" / kind
            copy.parent.mkdir(exist_ok=True)
            shutil.copytree(MAKERS[kind](), copy, symlinks=True)
            _merge_usr(copy)
            if with_valgrind() and kind.startswith("ours"):
                _wrap_daemon(copy)
            _set_owners(copy)
            _layers[kind] = copy
        return _layers[kind]


def with_valgrind():
    """Whether the daemon of ours is watched: programs, paths and times are then different."""
    return bool(os.environ.get("LAB_VALGRIND"))


def _wrap_daemon(tree):
    if shutil.which("valgrind") is None:
        raise Skip("LAB_VALGRIND is set, and there is no valgrind")
    program = tree / VALGRIND_PROGRAM.lstrip("/")
    wrapper = tree / "usr/libexec/heartbeat/heartbeat"
    program.parent.mkdir()
    wrapper.rename(program)
    shutil.copy(places.HERE / "valgrind.supp", f"{program}.supp")
    wrapper.write_text(VALGRIND_WRAPPER)
    wrapper.chmod(0o755)


def _ours():
    stage = Path(os.environ.get("LAB_STAGE") or places.BUILD / "stage")
    if not (stage / "usr/libexec/heartbeat/heartbeat").exists():
        raise Skip(f"no staged installation in {stage} (make stage)")
    return stage


def _debian():
    return unpacked("debian306", DEBIAN_PACKAGES, DEBIAN_SUPPORT)


def unpacked(tree_name, packages, support=()):
    """The tree of PACKAGES and of those of SUPPORT that the host lacks, unpacked into build/
    once for all builds; fetches what is missing."""
    build = places.ROOT / "build"
    build.mkdir(exist_ok=True)
    tree = build / tree_name
    with open(build / f".{tree_name}.lock", "w", encoding="utf-8") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        if tree.exists():
            return tree
        cache = Path(os.environ.get("LAB_DEBS") or build / "debs")
        cache.mkdir(parents=True, exist_ok=True)
        fresh = build / f"{tree_name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        missing = tuple(name for name in support if not _host_has(name))
        for name in (*packages, *missing):
            subprocess.run(["dpkg-deb", "-x", str(_deb(cache, name)), str(fresh)], check=True)
        fresh.rename(tree)
    return tree


def _ours_and_glue():
    """Ours on top of Debian's cluster-glue: its stonith(8) is the one that ours drives."""
    merged = places.scratch() / "merged"
    glue = unpacked("glue", GLUE_PACKAGES, DEBIAN_SUPPORT)
    shutil.copytree(glue, merged, symlinks=True, dirs_exist_ok=True)
    subprocess.run(["cp", "-a", "--remove-destination", f"{_ours()}/.", str(merged)], check=True)  # files become links
    return merged


# Kinds of nodes; others may add theirs: a function that returns a directory, or raises Skip.
MAKERS = {"ours": _ours, "debian": _debian, "ours+glue": _ours_and_glue}


def _host_has(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package],
                          capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.endswith(" installed")


def _deb(cache, name):
    found = sorted(cache.glob(f"{name}_*.deb"))
    if not found:
        if shutil.which("apt-get") is None:
            raise Skip(f"no apt-get to fetch the package {name}")
        done = subprocess.run(["apt-get", "download", "-q", name], cwd=cache,
                              capture_output=True, text=True)
        found = sorted(cache.glob(f"{name}_*.deb"))
        if not found:
            raise Skip(f"cannot fetch the package {name}: {' '.join(done.stderr.split())[-200:]}")
    return found[-1]


def _merge_usr(tree):
    """Moves /lib, /bin, /sbin below /usr: a directory in a layer would hide the host's link."""
    for name in ("lib", "bin", "sbin"):
        top = tree / name
        if top.is_dir() and not top.is_symlink():
            shutil.copytree(top, tree / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(top)
    for name in ("run", "tmp", "proc", "sys", "dev"):
        shutil.rmtree(tree / name, ignore_errors=True)
    shutil.rmtree(tree / "var/run", ignore_errors=True)


def _set_owners(tree):
    """The owners and modes that a package's installation gives."""
    for path, directories, files in os.walk(tree):
        for name in directories + files:
            os.chown(os.path.join(path, name), 0, 0, follow_symlinks=False)
    state = tree / "var/lib/heartbeat"
    state.mkdir(parents=True, exist_ok=True)
    for name, uid, gid, mode in (
            ("cores", 0, 0, 0o755), ("cores/root", 0, 0, 0o700),
            ("cores/hacluster", HACLUSTER_UID, HACLIENT_GID, 0o700),
            ("cores/nobody", 65534, 65534, 0o700),
            ("crm", HACLUSTER_UID, HACLIENT_GID, 0o750),
            ("pengine", HACLUSTER_UID, HACLIENT_GID, 0o750)):
        path = state / name
        path.mkdir(exist_ok=True)
        path.chmod(mode)
        os.chown(path, uid, gid)
    for name in ("api", "casual", "ccm", "ckpt"):
        path = state / name
        if path.is_dir():
            os.chown(path, HACLUSTER_UID, HACLIENT_GID)
