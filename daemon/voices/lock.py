"""One at a time: what changes voices or the releases that hold them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon.objects.store import disk_full_as_error
from daemon.voices.files import make_folder


@contextmanager
def voices_locked(state: Path) -> Iterator[None]:
    """Wait for whoever approves, revokes, imports or pulls; then keep the others out.

    Raises:
        DiskFull, OSError: the folder cannot be written.
    """
    folder = state / "voices"
    with disk_full_as_error("the lock of the voices"):
        make_folder(folder)
        descriptor = os.open(
            folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640
        )
    try:
        if os.geteuid() == 0:  # who owns the folder locks it too
            owner = folder.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
