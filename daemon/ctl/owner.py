"""Root works on the services' records as the services' user."""

from __future__ import annotations

import os
from pathlib import Path


def become_owner(path: Path) -> None:
    """Be the owner of ``path`` from here on, for good, where root has started this process.

    Whoever owns a file may lay a link in its place: root would follow it, its owner cannot go
    further than he could himself. And files that are made beside it belong to him at once.
    Nothing changes for others, for root's own files, or where nothing is there.
    """
    if os.geteuid() != 0:
        return
    try:
        owner = path.lstat()
    except OSError:
        return
    if owner.st_uid == 0:
        return
    os.setgroups([])
    os.setresgid(owner.st_gid, owner.st_gid, owner.st_gid)
    os.setresuid(owner.st_uid, owner.st_uid, owner.st_uid)
