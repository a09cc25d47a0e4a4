# SPDX-License-Identifier: GPL-2.0-or-later
"""A directory that several nodes see: the shared storage of the laboratory.

The directory of the host is cloned as a detached mount (open_tree) and attached inside the node's mount namespace
(move_mount), which a bind mount could not do across namespaces.
"""

import ctypes
import os

from .errors import LabError, Skip

OPEN_TREE, MOVE_MOUNT = 428, 429  # the same numbers on every architecture
AT_FDCWD = -100
OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC = 1, os.O_CLOEXEC
MOVE_MOUNT_F_EMPTY_PATH = 4
CLONE_NEWNS = 0x00020000

_libc = ctypes.CDLL(None, use_errno=True)


def _attach(tree, namespace, root, place):
    """In a child: enters the node, makes PLACE and attaches the tree there."""
    if _libc.setns(namespace, CLONE_NEWNS) != 0:
        return 1
    os.fchdir(root)
    os.chroot(".")
    os.makedirs(place, exist_ok=True)
    target = ctypes.c_char_p(place.encode())
    done = _libc.syscall(MOVE_MOUNT, tree, ctypes.c_char_p(b""), AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH)
    return 0 if done == 0 else ctypes.get_errno() or 1


def share(node, directory, place):
    """Shows DIRECTORY of the host at PLACE in NODE, until its power goes."""
    tree = _libc.syscall(OPEN_TREE, AT_FDCWD, ctypes.c_char_p(os.fsencode(directory)),
                         OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)
    if tree < 0:
        raise Skip(f"the kernel clones no mounts: {os.strerror(ctypes.get_errno())}")
    namespace = os.open(f"/proc/{node.pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    root = os.open(f"/proc/{node.pid}/root", os.O_RDONLY | os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        try:
            code = _attach(tree, namespace, root, place)
        except OSError as error:
            code = error.errno or 1
        os._exit(min(code, 125))
    _, status = os.waitpid(child, 0)
    for fd in (tree, namespace, root):
        os.close(fd)
    if status != 0:
        raise LabError(f"{node.name}: cannot share {directory}: {os.strerror(os.waitstatus_to_exitcode(status))}")
