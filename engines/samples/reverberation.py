"""How long sound stays in the room: the time in which it falls by 60 dB, out of speech alone.

Nothing in a room falls faster than the room lets it, so the quickest falls behind syllables tell
its decay; J. Y. C. Wen, E. A. P. Habets and P. A. Naylor, "Blind estimation of reverberation time
based on the distribution of signal decay rates", ICASSP 2008.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engines.samples.spectrum import Floats, Spectra, decibel

LONGEST_S: Final = 3.0
_BANDS_HZ: Final = ((250, 500), (500, 1000), (1000, 1500), (1500, 2200), (2200, 3300))
_FRAME_S: Final = 0.01
_LENGTH: Final = 12
"""Frames of one fall."""
_LEAST_FALL_DB: Final = 7.0
_ABOVE_NOISE_DB: Final = 8.0
_STRAIGHT: Final = 0.85
_QUICK_PERCENT: Final = 20.0
_LEAST_FALLS: Final = 12
"""Stretches, most of them overlapping: about three falls."""


def reverberation_s(spectra: Spectra) -> float:
    """The decay time of the room, seconds; 0 where there are too few falls to tell it."""
    times: list[float] = []
    for low, high in _BANDS_HZ:
        level = decibel(spectra.power[:, spectra.bins(low, high)].sum(axis=1))
        times += _fall_times(level)
    if len(times) < _LEAST_FALLS:
        return 0.0
    return float(min(LONGEST_S, np.percentile(times, _QUICK_PERCENT)))


def _fall_times(level: Floats) -> list[float]:
    """Seconds per 60 dB of each stretch of 120 ms that falls in a straight line above the noise."""
    if len(level) < _LENGTH:
        return []
    cut = np.lib.stride_tricks.sliding_window_view(level, _LENGTH)
    at = np.arange(_LENGTH, dtype=np.float32) - (_LENGTH - 1) / 2
    slope = cut @ at / np.sum(at**2)
    centred = cut - cut.mean(axis=1, keepdims=True)
    spread = np.sum(centred**2, axis=1)
    straight = slope**2 * np.sum(at**2) / np.maximum(spread, 1e-6)
    floor = np.percentile(level, 10) + _ABOVE_NOISE_DB
    good = (slope * _LENGTH < -_LEAST_FALL_DB) & (straight > _STRAIGHT) & (cut.min(axis=1) > floor)
    return [float(-60.0 * _FRAME_S / one) for one in slope[good]]
