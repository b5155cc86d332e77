"""The last of what the caller said: sent again where a broken link swallowed it."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

KEPT_S: Final = 3


class CallerFrame(msgspec.Struct, frozen=True):
    """One coded frame of the caller."""

    first_sample: int
    samples: int
    payload: bytes


class CallerRing:
    """Frames in order, at most 3 s of them."""

    def __init__(self, rate_hz: int) -> None:
        """``rate_hz``: of the sample numbers."""
        self._most = KEPT_S * rate_hz
        self._frames: deque[CallerFrame] = deque()
        self._samples = 0

    def add(self, frame: CallerFrame) -> None:
        """Keep a frame that follows the last one; forget what is older than 3 s."""
        self._frames.append(frame)
        self._samples += frame.samples
        while self._samples > self._most:
            self._samples -= self._frames.popleft().samples

    def since(self, sample: int) -> list[CallerFrame]:
        """The frames that reach beyond ``sample``, the oldest first; the first may begin before.

        Where the ring does not reach back to it, all there are: what lies between is lost.
        """
        return [frame for frame in self._frames if frame.first_sample + frame.samples > sample]
