"""Speech louder or softer: a gain whose peaks are rounded off, never wrapped round."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

KNEE: Final = 0.7
"""Of full scale: below it the gain is exact, above it samples approach full scale."""
_FULL_SCALE: Final = 32767.0


def amplify(pcm: NDArray[np.int16], gain_db: float) -> NDArray[np.int16]:
    """``pcm``, (T,) int16, by ``gain_db``; at 0 dB the samples themselves."""
    if gain_db == 0.0 or pcm.size == 0:
        return pcm
    wanted = pcm.astype(np.float32) * np.float32(10.0 ** (gain_db / 20.0) / _FULL_SCALE)
    if gain_db > 0.0:
        over = np.abs(wanted) - KNEE
        rounded = np.sign(wanted) * (KNEE + (1.0 - KNEE) * np.tanh(over / (1.0 - KNEE)))
        wanted = np.where(over > 0.0, rounded, wanted)
    return np.asarray(np.rint(wanted * _FULL_SCALE), dtype=np.int16)
