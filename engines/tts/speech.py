"""What a synthesiser answers."""

from __future__ import annotations

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """One clause as sound."""

    pcm: NDArray[np.int16]
    """(T,) int16, mono, silence trimmed to 20 ms in front and 80 ms behind."""
    rate_hz: int
    phonemes: int
    """Number of phonemes spoken: the position of a word is estimated in proportion to it."""
    cached: bool

    def at(self, rate_hz: int) -> NDArray[np.int16]:
        """(T,) int16 at another rate, by soxr HQ: under 1 ms per second of speech."""
        if rate_hz == self.rate_hz:
            return self.pcm
        resampled: NDArray[np.int16] = soxr.resample(self.pcm, self.rate_hz, rate_hz, quality="HQ")
        return resampled
