"""How a personal voice is coloured: gains of frequency bands, as a filter of linear phase.

A style moves what a voice is made of; how dark or bright the whole is follows a person's voice and
microphone, and a style that was made for it costs likeness elsewhere. So a voice has both.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BANDS: Final = 48
MOST_DB: Final = 12.0
_LOWEST_HZ: Final = 100.0
_HIGHEST_HZ: Final = 8_000.0
_TAPS: Final = 257
_BINS: Final = 1024


def mel_spaced(lowest_hz: float, highest_hz: float, count: int) -> Floats:
    """(``count``,) float32, Hz, equally far apart on the mel scale: 2595 log10(1 + f ÷ 700)."""
    first, last = (2595.0 * np.log10(1.0 + hz / 700.0) for hz in (lowest_hz, highest_hz))
    mels = np.linspace(first, last, count)
    return np.asarray(700.0 * (10.0 ** (mels / 2595.0) - 1.0), dtype=np.float32)


def band_centres() -> Floats:
    """(48,) float32, Hz: from 100 Hz to 8 kHz."""
    return mel_spaced(_LOWEST_HZ, _HIGHEST_HZ, BANDS)


class Equaliser:
    """``equalise(samples)``: as long as what goes in, and not later.

    Args:
        gains_db: (48,) at ``band_centres``, −12 to 12; beyond the ends the nearest holds.
        rate_hz: of the samples.
    """

    def __init__(self, gains_db: Floats, rate_hz: int) -> None:
        frequencies = np.linspace(0.0, rate_hz / 2, _BINS + 1)
        decibel = np.interp(frequencies, band_centres(), gains_db)
        whole = np.roll(np.fft.irfft(10.0 ** (decibel / 20.0)), _TAPS // 2)[:_TAPS]
        self._kernel = (whole * np.hanning(_TAPS + 2)[1:-1]).astype(np.float32)

    def __call__(self, samples: Floats) -> Floats:
        """(T,) float32 to (T,) float32; silence of 5 ms is heard around it."""
        size = samples.size + _TAPS - 1
        padded = 1 << (size - 1).bit_length()
        spectrum = np.fft.rfft(samples, padded) * np.fft.rfft(self._kernel, padded)
        filtered = np.fft.irfft(spectrum, padded)[_TAPS // 2 : _TAPS // 2 + samples.size]
        return np.asarray(filtered, dtype=np.float32)
