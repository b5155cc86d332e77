"""Where recordings lie: ``FOLDER/YYYY-MM-DD/CALL.wav``, with ``.part`` behind it while written.

Names are made of the day (UTC) and the call id, so nothing that a client says becomes a path; what
is called otherwise is none of ours and is never touched.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final

UNFINISHED: Final = ".part"
_CALL: Final = re.compile(r"[0-9a-f]{32}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NAME: Final = re.compile(r"([0-9a-f]{32})\.wav(?:\.part)?")


def name_of(call: str, day: date) -> str:
    """``YYYY-MM-DD/CALL.wav``, below the folder of recordings.

    Raises ValueError: ``call`` is not 32 lower-case hexadecimal digits.
    """
    if not _CALL.fullmatch(call):
        raise ValueError(f"{call!r} is no call id")
    return f"{day.isoformat()}/{call}.wav"


def recordings(folder: Path, *, before: date | None = None) -> Iterator[tuple[str, Path]]:
    """(call id, file), the oldest day first; with ``before`` only of earlier days.

    A folder that is not there or may not be read holds none.
    """
    for day in _days(folder):
        if before is not None and day.name >= before.isoformat():
            return
        for entry in _entries(day):
            found = _NAME.fullmatch(entry.name)
            if found and entry.is_file(follow_symlinks=False):
                yield found[1], Path(entry.path)


def find(folder: Path, call: str) -> Path | None:
    """The recording of a call, finished or still being written."""
    if not _CALL.fullmatch(call):
        return None
    for day in _days(folder):
        for name in (f"{call}.wav", f"{call}.wav{UNFINISHED}"):
            path = day / name
            if path.is_file() and not path.is_symlink():
                return path
    return None


def delete(path: Path) -> bool:
    """Delete a recording, and the folder of its day where that is empty now.

    Returns False where it was gone already. Raises OSError.
    """
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    with suppress(OSError):  # the day has others
        path.parent.rmdir()
    return True


def _days(folder: Path) -> list[Path]:
    days = [
        Path(entry.path)
        for entry in _entries(folder)
        if _DAY.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
    ]
    return sorted(days)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
