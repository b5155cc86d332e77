"""Files that whoever was killed while writing has left beside their place."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from daemon.voices.places import VoicePlaces, all_names

_DRAFT: Final = re.compile(r"\.[a-z-]+(\.[a-z]+)*\.[a-z0-9_]{8}(\.wav)?")
"""As ``tempfile.mkstemp`` names what ``write_bytes`` and the embedding of a consent begin with."""
_LEFT_AFTER_S: Final = 3600.0
"""Nobody writes a file of a voice for an hour."""


def remove_drafts(state: Path) -> None:
    """Delete them. What cannot be deleted stays for the next time."""
    folders = [state / "voices", *(VoicePlaces(state, name).folder for name in all_names(state))]
    before = time.time() - _LEFT_AFTER_S
    for folder in folders:
        with suppress(OSError):
            for path in folder.iterdir():
                if _DRAFT.fullmatch(path.name) and _is_old(path, before):
                    path.unlink(missing_ok=True)


def _is_old(path: Path, before: float) -> bool:
    found = path.lstat()
    return found.st_mtime < before and path.is_file() and not path.is_symlink()
