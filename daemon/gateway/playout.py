"""Our side of a call on its way to the client: one frame a tick, and the last of them once more."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from engines._core import Line
from kefu.protocol import AGENT_FRAME_MS

KEPT_FRAMES: Final = 64
"""More than can be untaken: the line pauses after 500 ms."""


class SentFrame(NamedTuple):
    """20 ms of coded agent audio."""

    first_sample: int
    payload: bytes


class Playout:
    """Takes frames from the line and remembers those that a dropped connection may have lost."""

    def __init__(self, line: Line, rate_hz: int) -> None:
        """``line``: the call's own."""
        self._line = line
        self._samples = rate_hz * AGENT_FRAME_MS // 1000
        self._sent: deque[SentFrame] = deque(maxlen=KEPT_FRAMES)

    def next(self) -> SentFrame | None:
        """The next frame; None while the line is paused: no number is used up."""
        first_sample = self._line.agent_next
        payload = self._line.frame()
        if payload is None:
            return None
        frame = SentFrame(first_sample, payload)
        self._sent.append(frame)
        return frame

    def since(self, sample: int) -> list[SentFrame]:
        """The frames that hold ``sample`` or what follows it, as far back as they are kept."""
        return [frame for frame in self._sent if frame.first_sample + self._samples > sample]
