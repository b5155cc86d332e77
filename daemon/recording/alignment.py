"""Two mono streams that come in uneven pieces become one stereo stream, aligned by time."""

from __future__ import annotations

import sys
from array import array
from typing import Final

SLACK_S: Final = 0.200
"""So much jitter is borne; a gap that is longer becomes silence."""
LONG_S: Final = 1.000
"""Silence of both sides above this is counted, not made."""
_BIG_ENDIAN: Final = sys.byteorder == "big"


class Alignment:
    """Places what comes by the time at which it came.

    Time and lengths are samples at the line's rate since the beginning. A piece that comes at
    ``at`` ends there. A side that comes faster than time (what a client held back while its
    connection was broken) stretches time: the other side is silent meanwhile.
    """

    def __init__(self, rate_hz: int) -> None:
        self._slack = int(SLACK_S * rate_hz)
        self._long = int(LONG_S * rate_hz)
        self._stretch = 0
        self._caller = _Side()
        self._agent = _Side()

    def push(self, at: int, caller: bytes, agent: bytes) -> list[bytes | int]:
        """Take a piece of each side, (T,) int16 native; either may be empty.

        Returns what is complete now: interleaved samples, or a number of silent frames.
        """
        at += self._stretch
        out: list[bytes | int] = []
        newest = max(len(caller), len(agent)) // 2
        both_silent = at - newest - max(self._caller.total, self._agent.total)
        if both_silent > self._long:
            out += self._level()
            out.append(both_silent)
            self._caller.total += both_silent
            self._agent.total += both_silent
        for side, pcm in ((self._caller, caller), (self._agent, agent)):
            behind = at - len(pcm) // 2 - side.total
            if behind > (self._slack if pcm else self._long):
                side.silence(behind - (0 if pcm else self._slack))
            side.add(pcm)
        ahead = max(self._caller.total, self._agent.total) - at
        if ahead > self._slack:
            self._stretch += ahead
        return out + self._interleaved()

    def finish(self, at: int) -> list[bytes | int]:
        """The rest, up to ``at``."""
        out = self.push(at, b"", b"")
        at += self._stretch
        for side in (self._caller, self._agent):
            side.silence(max(0, at - side.total))
        return out + self._level()

    def _level(self) -> list[bytes | int]:
        """All that is there; the shorter side gets silence."""
        longest = max(self._caller.total, self._agent.total)
        for side in (self._caller, self._agent):
            side.silence(longest - side.total)
        return self._interleaved()

    def _interleaved(self) -> list[bytes | int]:
        samples = min(len(self._caller.pcm), len(self._agent.pcm)) // 2
        if not samples:
            return []
        frames = array("h", bytes(4 * samples))
        frames[0::2] = self._caller.take(samples)
        frames[1::2] = self._agent.take(samples)
        if _BIG_ENDIAN:
            frames.byteswap()
        return [frames.tobytes()]


class _Side:
    """One side's samples that wait for the other side's."""

    def __init__(self) -> None:
        self.pcm = bytearray()
        self.total = 0
        """Samples so far, those included that were taken."""

    def add(self, pcm: bytes) -> None:
        whole = len(pcm) // 2 * 2
        self.pcm += pcm[:whole]
        self.total += whole // 2

    def silence(self, samples: int) -> None:
        self.pcm += bytes(2 * samples)
        self.total += samples

    def take(self, samples: int) -> array[int]:
        taken = array("h")
        taken.frombytes(self.pcm[: 2 * samples])
        del self.pcm[: 2 * samples]
        return taken
