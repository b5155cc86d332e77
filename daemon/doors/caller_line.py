"""The caller's samples as frames of 20 ms, on a line whose time goes on.

Asterisk sends nothing while the other side plays nothing, and frames of any length when it does.
"""

from __future__ import annotations

from typing import Final

from daemon.doors.errors import Flood

FRAMES_A_SECOND: Final = 50
LATE_FRAMES: Final = 3
"""A gap is silence when it is longer than this: until then the frame may only be late."""
AHEAD_FRAMES: Final = 50
"""More than 1 s ahead of time is dropped: it is what came late, where silence stands already."""
FLOOD_FRAMES: Final = 10 * FRAMES_A_SECOND
"""So much dropped is no late audio any more."""
FORGOTTEN_A_TICK: Final = 0.05
"""Being ahead, and what was dropped, are forgotten by this part of a frame at each tick."""


class CallerLine:
    """Counts what came against the time that passed; knows no clock but its ``tick``."""

    def __init__(self, frame_bytes: int) -> None:
        """``frame_bytes``: of 20 ms."""
        self._frame_bytes = frame_bytes
        self._rest = bytearray()
        self._ahead = 0.0
        """Frames handed out less frames of time."""
        self._dropped = 0.0

    def push(self, pcm: bytes) -> list[bytes]:
        """(T,) int16 as they came; returns the frames that are whole. Raises Flood."""
        self._rest += pcm
        frames: list[bytes] = []
        while len(self._rest) >= self._frame_bytes:
            frame = bytes(self._rest[: self._frame_bytes])
            del self._rest[: self._frame_bytes]
            if self._ahead >= AHEAD_FRAMES:
                self._dropped += 1
                continue
            self._ahead += 1
            frames.append(frame)
        if self._dropped > FLOOD_FRAMES:
            raise Flood(f"More than {FLOOD_FRAMES // FRAMES_A_SECOND} s of audio came too early.")
        return frames

    def tick(self) -> bytes | None:
        """20 ms have passed: a frame of silence where nothing came, with what is left in front."""
        self._dropped = max(0.0, self._dropped - FORGOTTEN_A_TICK)
        self._ahead -= 1 + (FORGOTTEN_A_TICK if self._ahead > 1 else 0)
        if self._ahead >= -LATE_FRAMES:
            return None
        self._ahead += 1
        frame = bytes(self._rest).ljust(self._frame_bytes, b"\0")
        self._rest.clear()
        return frame
