"""A recording as short-time spectra, at whatever rate it came."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FRAMES_PER_S: Final = 100
WINDOW_S: Final = 0.032
HIGHEST_HZ: Final = 8000.0
"""Nothing is asked of a voice above."""
SILENT_DB: Final = -120.0
_LEAST_POWER: Final = 1e-12
_BLOCK: Final = 2000


class Spectra(msgspec.Struct, frozen=True, kw_only=True):
    """Power of Hann windows of 32 ms, every 10 ms."""

    power: Floats
    """(F, K) float32: mean square of the samples at each frequency; full scale is 1."""
    step_hz: float
    """From frequency to frequency."""

    def level_db(self, low_hz: float = 150.0, high_hz: float = HIGHEST_HZ) -> Floats:
        """(F,) float32: dBFS of each frame between two frequencies, at least -120."""
        return decibel(self.power[:, self.bins(low_hz, high_hz)].sum(axis=1))

    def bins(self, low_hz: float, high_hz: float) -> slice:
        """Places of the frequencies between two."""
        return slice(round(low_hz / self.step_hz), round(high_hz / self.step_hz))


def spectra(pcm: NDArray[np.int16], rate_hz: int) -> Spectra:
    """The spectra of (T,) int16 up to 8 kHz; a recording shorter than 32 ms has none."""
    window_samples, hop = round(WINDOW_S * rate_hz), rate_hz // FRAMES_PER_S
    window = np.hanning(window_samples + 1)[:-1].astype(np.float32)
    kept = int(min(HIGHEST_HZ, rate_hz / 2) * WINDOW_S) + 1
    count = max(0, 1 + (len(pcm) - window_samples) // hop)
    power = np.empty((count, kept), np.float32)
    if count:
        cut = np.lib.stride_tricks.sliding_window_view(pcm, window_samples)[::hop]
        scale = 2.0 / (window_samples * float(np.sum(window**2)))
        for at in range(0, count, _BLOCK):
            frames = cut[at : at + _BLOCK].astype(np.float32) / 32768.0
            frames -= frames.mean(axis=1, keepdims=True)
            found = np.fft.rfft(frames * window, axis=1)[:, :kept]
            power[at : at + _BLOCK] = (found.real**2 + found.imag**2) * scale
    return Spectra(power=power, step_hz=rate_hz / window_samples)


def decibel(power: Floats) -> Floats:
    """10 log10, floored at -120."""
    return np.asarray(10.0 * np.log10(np.maximum(power, _LEAST_POWER)), np.float32)
