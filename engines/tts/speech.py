"""What a synthesiser answers."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines._core import resample


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """One clause as sound."""

    pcm: NDArray[np.int16]
    """(T,) int16, mono, silence trimmed to 20 ms in front and 80 ms behind."""
    rate_hz: int
    phonemes: int
    """Number of phonemes spoken: the position of a word is estimated in proportion to it."""
    cached: bool
    voice: str = ""
    """Who speaks in it."""
    troubles: tuple[str, ...] = ()
    """What went wrong before it came out: codes of ``guard.TroubleCode``, of the permit, or of
    ``voice_choice``; empty: nothing."""

    def at(self, rate_hz: int) -> NDArray[np.int16]:
        """(T,) int16 at another rate, by ``engines._core.resample``: 0.1 ms a second of speech."""
        if rate_hz == self.rate_hz:
            return self.pcm
        return resample(self.pcm, self.rate_hz, rate_hz)
