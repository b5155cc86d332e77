"""Where in a recording there is voice, by its level alone: a recording to be judged is near."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.samples.spectrum import Floats

Mask = NDArray[np.bool_]

_RANGE_DB: Final = 30.0
"""Below the loud syllables; softer sounds at their edges are taken in by ``_EDGE``."""
_LEAST_DB: Final = 6.0
_SHARE: Final = 0.4
_SILENT_DB: Final = -75.0
_GAP: Final = 15
"""Frames: closures of stops are no pauses."""
_SHORTEST: Final = 6
_EDGE: Final = 3
_TAIL: Final = 10
"""Frames behind and before voice that are neither voice nor pause."""


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """Frames of a recording, told apart. Both (F,)."""

    spoken: Mask
    pause: Mask
    """Well away from voice."""

    def spans(self) -> list[tuple[int, int]]:
        """First frame of each stretch of voice, and just past its last."""
        return runs(self.spoken)


def voice_in(level_db: Floats) -> Voice:
    """Tell voice from pauses by (F,) levels in dBFS."""
    if level_db.size == 0:
        return Voice(spoken=np.zeros(0, bool), pause=np.zeros(0, bool))
    floor, loud = (float(one) for one in np.percentile(level_db, (10, 95)))
    floor = max(floor, loud - 80.0)
    limit = max(loud - _RANGE_DB, floor + min(_LEAST_DB, _SHARE * (loud - floor)), _SILENT_DB)
    spoken = _closed(level_db > limit, _GAP)
    for first, past in runs(spoken):
        if past - first < _SHORTEST:
            spoken[first:past] = False
    spoken = _widened(spoken, _EDGE)
    return Voice(spoken=spoken, pause=~_widened(spoken, _TAIL))


def runs(mask: Mask) -> list[tuple[int, int]]:
    """First place of each run of True, and just past its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(first), int(past)) for first, past in edges.reshape(-1, 2)]


def _closed(mask: Mask, gap: int) -> Mask:
    """Gaps between voice of at most ``gap`` frames become voice."""
    closed = mask.copy()
    for first, past in runs(~mask):
        if past - first <= gap and first > 0 and past < len(mask):
            closed[first:past] = True
    return closed


def _widened(mask: Mask, by: int) -> Mask:
    return np.convolve(mask, np.ones(2 * by + 1, np.int8), mode="same") > 0 if mask.size else mask
