"""The WAV file of a recording: its header, and one that a crash left without sizes."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Final

from daemon.recording.files import UNFINISHED

HEADER_BYTES: Final = 44
FRAME_BYTES: Final = 4
"""One sample of each side, 16 bits, little-endian; the caller left, the agent right."""
MOST_BYTES: Final = 0xFFFFFFFF - HEADER_BYTES - FRAME_BYTES
"""Of samples: the header counts in 32 bits."""
MODE: Final = 0o640
_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")


def header(rate_hz: int, data_bytes: int) -> bytes:
    """The 44 bytes in front of ``data_bytes`` of stereo samples."""
    return _HEADER.pack(
        b"RIFF",
        HEADER_BYTES - 8 + data_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,  # PCM
        2,
        rate_hz,
        rate_hz * FRAME_BYTES,
        FRAME_BYTES,
        16,
        b"data",
        data_bytes,
    )


def repair(unfinished: Path) -> Path | None:
    """Give a file that was left ``.part`` its sizes and its name.

    Returns the finished file; None where nothing was in it, and it is deleted. Raises OSError.
    """
    finished = unfinished.with_name(unfinished.name.removesuffix(UNFINISHED))
    descriptor = os.open(unfinished, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        length = os.fstat(descriptor).st_size
        start = os.pread(descriptor, HEADER_BYTES, 0)
        data_bytes = min(length - HEADER_BYTES, MOST_BYTES) // FRAME_BYTES * FRAME_BYTES
        rate_hz = _HEADER.unpack(start)[7] if len(start) == HEADER_BYTES else 0
        if data_bytes <= 0 or start[:4] != b"RIFF" or not 8_000 <= rate_hz <= 48_000:
            unfinished.unlink()
            return None
        os.pwrite(descriptor, header(rate_hz, data_bytes), 0)
        os.ftruncate(descriptor, HEADER_BYTES + data_bytes)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.rename(finished)
    return finished
