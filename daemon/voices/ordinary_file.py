"""Reading a file in a folder that somebody else may write: never a link, never a wait."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from daemon.voices.errors import VoiceError


def read_ordinary(path: Path, most: int) -> bytes:
    """The file's bytes, ``most`` and one at the most: one too many tells that it is too large.

    What it is is asked of the open file, so that nothing can take its place in between.

    Raises:
        FileNotFoundError: there is none.
        VoiceError: it is a folder, a pipe or a device.
        OSError: it is a link, or cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise VoiceError(f"{path} is no ordinary file.")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(descriptor)
