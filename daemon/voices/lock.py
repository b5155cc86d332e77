"""One at a time: what changes voices or the releases that hold them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from daemon.objects.store import disk_full_as_error
from daemon.voices.files import make_folder

FIT_LOCK: Final = ".fit.lock"
"""In ``voices/``: held by the job that makes a voice."""
_LOCKS: Final = Path("/proc/locks")


@contextmanager
def voices_locked(state: Path) -> Iterator[None]:
    """Wait for whoever approves, revokes, imports or pulls; then keep the others out.

    Raises:
        DiskFull, OSError: the folder cannot be written.
    """
    with held(state / "voices" / ".lock"):
        yield


@contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Keep a lock.

    Args:
        path: of its file.
        wait: for whoever has it.

    Raises:
        BlockingIOError: somebody else has it, and it is not waited for.
        DiskFull, OSError: its folder cannot be written.
    """
    descriptor = lock_file(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def lock_file(path: Path) -> int:
    """A descriptor of the file, made with its folder where they are missing; nothing is locked yet.

    Its owner alone may open it: whoever may read a file may lock it, for as long as they like.

    Raises:
        DiskFull, OSError: it cannot be made, or it is a link.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    with disk_full_as_error(f"the lock of {path.parent.name}"):
        make_folder(path.parent)
        descriptor = os.open(path, flags, 0o600)
        with suppress(PermissionError):  # one that earlier software made wider
            os.fchmod(descriptor, 0o600)
        if os.geteuid() == 0:  # who owns the folder locks it too
            owner = path.parent.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def holder(path: Path) -> int | None:
    """Process id of who holds the lock of a file, by ``proc(5)``; None: nobody, or it is not told.

    Nothing is locked for it: to ask never keeps a job out.
    """
    try:
        inode = path.stat().st_ino
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        # "3: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF"; who waits has "->" in second place
        fields = line.split()
        if len(fields) > 5 and fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode):
            return int(fields[4])
    return None
