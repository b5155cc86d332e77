"""Whether loud syllables were cut off, at full scale or scaled down afterwards."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_TOP: Final = 0.97
_FULL_SCALE: Final = 32700
_ROUND: Final = (99.0, 99.99)


def clipped_share(pcm: NDArray[np.int16]) -> float:
    """Share of (T,) voiced samples within 3 % of the extreme of their sign.

    Speech comes near its extreme a few times in a second; what was clipped stays there.
    """
    if pcm.size == 0:
        return 0.0
    wide = pcm.astype(np.int32)
    tops = (np.mean(side >= _TOP * max(1, side.max())) for side in (wide, -wide))
    return float(max(tops))


def headroom_db(pcm: NDArray[np.int16]) -> float:
    """By how much the loudest of (T,) voiced samples rise above the hundredth loudest.

    4 to 10 dB in speech; near 0 where it was clipped, also where it was filtered after that.
    """
    if pcm.size == 0:
        return 0.0
    loud, loudest = np.percentile(np.abs(pcm.astype(np.int32)), _ROUND)
    return float(20.0 * np.log10(max(loudest, 1.0) / max(loud, 1.0)))


def at_full_scale(pcm: NDArray[np.int16]) -> float:
    """Share of (T,) samples at full scale."""
    return float(np.mean(np.abs(pcm.astype(np.int32)) >= _FULL_SCALE)) if pcm.size else 0.0
