"""The file of one call while it is written: ``CALL.wav.part`` until it has its sizes."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from daemon.recording.alignment import Alignment
from daemon.recording.files import UNFINISHED
from daemon.recording.wav import FRAME_BYTES, HEADER_BYTES, MODE, MOST_BYTES, header

_FLUSH_BYTES: Final = 64 * 1024
_FOLDER_MODE: Final = 0o750


class CallFile:
    """Used by the writing thread alone. Everything may raise OSError."""

    def __init__(self, path: Path, rate_hz: int) -> None:
        """Make the file. Raises FileExistsError: the call has been recorded already."""
        self._path = path
        self._part = path.with_name(path.name + UNFINISHED)
        self._rate_hz = rate_hz
        self._alignment = Alignment(rate_hz)
        self._waiting = bytearray()
        self._size = HEADER_BYTES
        path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(self._part, flags, MODE)
        try:
            self._write(header(rate_hz, 0), 0)
        except OSError:
            os.close(self._descriptor)
            self._part.unlink()
            raise

    def add(self, at: int, caller: bytes, agent: bytes) -> None:
        """Take a piece of each side that came at sample ``at``."""
        for piece in self._alignment.push(at, caller, agent):
            self._append(piece)
        if len(self._waiting) >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Raises OSError EFBIG where a WAV file can be no longer."""
        if not self._waiting:
            return
        if self._size - HEADER_BYTES + len(self._waiting) > MOST_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(self._part))
        self._write(bytes(self._waiting), self._size)
        self._size += len(self._waiting)
        self._waiting.clear()

    def finish(self, at: int | None = None) -> None:
        """Write the rest, up to sample ``at`` where it is given, and give the file its name."""
        if at is not None:
            for piece in self._alignment.finish(at):
                self._append(piece)
        self.flush()
        self.salvage()

    def salvage(self) -> None:
        """Finish the file with what is on the disk, whatever still waits."""
        self._waiting.clear()
        try:
            length = os.fstat(self._descriptor).st_size
            data_bytes = (max(self._size, length) - HEADER_BYTES) // FRAME_BYTES * FRAME_BYTES
            os.ftruncate(self._descriptor, HEADER_BYTES + data_bytes)
            self._write(header(self._rate_hz, data_bytes), 0)
            with suppress(OSError):
                os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)
            self._descriptor = -1  # a second try must not meet somebody else's file
        self._part.rename(self._path)

    def _append(self, piece: bytes | int) -> None:
        if isinstance(piece, bytes):
            self._waiting += piece
            return
        # Long silence is a hole in the file: it takes no room and no time.
        self.flush()
        size = self._size + piece * FRAME_BYTES
        if size - HEADER_BYTES > MOST_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(self._part))
        os.ftruncate(self._descriptor, size)
        self._size = size

    def _write(self, content: bytes, place: int) -> None:
        view = memoryview(content)
        while view:
            written = os.pwrite(self._descriptor, view, place)
            place += written
            view = view[written:]
