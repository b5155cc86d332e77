"""What the caller said since the worker last heard of it: stretches of PCM, and holes between."""

from __future__ import annotations

from typing import Final

import msgspec

from engines._core import Line

MOST_LOST_MS: Final = 3_000
MOST_AT_ONCE_MS: Final = 200
"""Of one call in one FRAME, however fast its client sends; the rest follows tick by tick."""


class Stretch(msgspec.Struct, frozen=True):
    """Samples without a hole in them."""

    first_sample: int
    pcm: bytes
    """(T,) int16 at the line's rate; empty while the client is mute."""
    lost: int
    """Samples missing just before."""
    echo: float = 0.0
    """Likelihood 0..1 that all of it is our own voice, coming back."""


class Hearing:
    """The caller's half of a call on its way to the worker. One stretch leaves at each tick."""

    def __init__(self, line: Line, rate_hz: int) -> None:
        """``line``: the call's own, on which nothing was received yet."""
        self._line = line
        self._most_lost = MOST_LOST_MS * rate_hz // 1000
        self._most_at_once = MOST_AT_ONCE_MS * rate_hz // 1000
        self._rest = Stretch(0, b"", 0)
        self._undelivered = 0
        self._next = 0

    def take(self) -> Stretch:
        """The next stretch; an empty one while the client is mute."""
        taken = self._rest
        if not taken.pcm:
            fresh = self._line.take()
            if not fresh.pcm:
                return Stretch(self._line.caller_next, b"", 0)
            taken = Stretch(fresh.first_sample, fresh.pcm, fresh.lost, fresh.echo)
        most = self._most_at_once
        self._rest = Stretch(taken.first_sample + most, taken.pcm[2 * most :], 0, taken.echo)
        lost = min(taken.lost + self._undelivered, self._most_lost)
        self._undelivered = 0
        stretch = Stretch(taken.first_sample, taken.pcm[: 2 * most], lost, taken.echo)
        self._next = stretch.first_sample + len(stretch.pcm) // 2
        return stretch

    def give_back(self, samples: int) -> None:
        """The worker did not get what was taken: it counts as lost before the next."""
        self._undelivered += samples

    def begin_anew(self) -> int:
        """Another worker listens from here on; returns the number of its first sample."""
        self._undelivered = 0
        return self._next
