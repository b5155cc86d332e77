"""Files that whoever was killed while writing has left beside their place."""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from daemon.voices.places import all_names
from daemon.voices.removal import opened
from daemon.voices.said_before import FOLDER

_DRAFT: Final = re.compile(r"\.[a-z0-9-]+(\.[a-z0-9]+)*\.[a-z0-9_]{8}(\.wav)?")
"""As ``tempfile.mkstemp`` names what ``write_bytes`` and the embedding of a consent begin with."""
_LEFT_AFTER_S: Final = 3600.0
"""Nobody writes a file of a voice for an hour."""


def remove_drafts(state: Path) -> None:
    """Delete them, behind no link. What cannot be deleted stays for the next time."""
    for inner in ((), (FOLDER,), *((name,) for name in all_names(state))):
        with suppress(OSError), opened(state, "voices", *inner) as folder:
            if folder is not None:
                _sweep(folder)


def _sweep(folder: int) -> None:
    before = time.time() - _LEFT_AFTER_S
    for name in os.listdir(folder):
        if _DRAFT.fullmatch(name):
            with suppress(OSError):
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISREG(found.st_mode) and found.st_mtime < before:
                    os.unlink(name, dir_fd=folder)
