"""What the caller said since the worker last heard of it: stretches of PCM, and holes between."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from engines._core import Line

MOST_LOST_MS: Final = 3_000
MOST_STRETCHES: Final = 8


class Stretch(msgspec.Struct, kw_only=True):
    """Samples without a hole in them."""

    first_sample: int
    pcm: bytes = b""
    """(T,) int16 at the line's rate; empty while the client is mute."""
    lost: int = 0
    """Samples missing just before."""

    @property
    def samples(self) -> int:
        """All that it stands for, missing ones included."""
        return self.lost + len(self.pcm) // 2


class Hearing:
    """The caller's half of a call on its way to the worker. One stretch leaves at each tick."""

    def __init__(self, line: Line, rate_hz: int) -> None:
        """``line``: the call's own, on which nothing was received yet."""
        self._line = line
        self._most_lost = MOST_LOST_MS * rate_hz // 1000
        self._waiting: deque[Stretch] = deque()
        self._undelivered = 0

    def receive(self, first_sample: int, payload: bytes) -> int:
        """Take one AUDIO payload in; returns the samples accepted.

        Raises ValueError (frame size) and IndexError (a jump of more than 3 s), as ``Line``.
        """
        if first_sample > self._line.caller_next:
            self._gather()
        return self._line.receive(first_sample, payload).accepted

    def take(self) -> Stretch:
        """The next stretch; an empty one while the client is mute."""
        self._gather()
        if not self._waiting:
            return Stretch(first_sample=self._line.caller_next)
        stretch = self._waiting.popleft()
        stretch.lost = min(stretch.lost + self._undelivered, self._most_lost)
        self._undelivered = 0
        return stretch

    def give_back(self, samples: int) -> None:
        """The worker did not get what was taken: it counts as lost before the next."""
        self._undelivered += samples

    def _gather(self) -> None:
        new = self._line.take()
        if not new.pcm:
            return
        if self._waiting and not new.lost:
            self._waiting[-1].pcm += new.pcm
            return
        if len(self._waiting) == MOST_STRETCHES:
            self._undelivered += self._waiting.popleft().samples
        self._waiting.append(
            Stretch(first_sample=new.first_sample, pcm=new.pcm, lost=new.lost)
        )
