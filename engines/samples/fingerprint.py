"""Whether two recordings are one: the course of their bands over time, at any lag and level."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from engines.samples.spans import Voice
from engines.samples.spectrum import Floats, Spectra, decibel

SAME: Final = 0.95
"""Alike so much are copies: coded, louder, shifted. Two readings of a sentence stay below 0.85."""
_EDGES_HZ: Final = (200, 350, 550, 800, 1100, 1500, 2000, 2600, 3400)
_HOP: Final = 2
_RANGE_DB: Final = 45.0
_OVERLAP: Final = 0.8


def fingerprint(spectra: Spectra, voice: Voice) -> Floats:
    """(8, F) float32: dB of each band every 20 ms from the first voice to the last, mean 0."""
    spoken = np.flatnonzero(voice.spoken)
    if spoken.size == 0:
        return np.zeros((len(_EDGES_HZ) - 1, 0), np.float32)
    power = spectra.power[spoken[0] : spoken[-1] + 1]
    power = power[: len(power) // _HOP * _HOP].reshape(-1, _HOP, power.shape[1]).mean(axis=1)
    bands = [
        decibel(power[:, spectra.bins(low, high)].sum(axis=1)) for low, high in pairwise(_EDGES_HZ)
    ]
    level = np.stack(bands)
    if level.shape[1] == 0:
        return level
    level = np.maximum(level, level.max(axis=1, keepdims=True) - _RANGE_DB)
    return np.asarray(level - level.mean(axis=1, keepdims=True), np.float32)


def likeness(one: Floats, other: Floats) -> float:
    """The highest correlation of two fingerprints over all lags that leave 80 % of the shorter."""
    shorter = min(one.shape[1], other.shape[1])
    if shorter == 0:
        return 0.0
    size = 1 << (one.shape[1] + other.shape[1]).bit_length()
    products = _correlated(one, other, size)
    energies = np.sqrt(
        _correlated(one**2, np.ones_like(other), size)
        * _correlated(np.ones_like(one), other**2, size)
    )
    overlap = _correlated(np.ones_like(one[:1]), np.ones_like(other[:1]), size)
    enough = overlap >= _OVERLAP * shorter
    return float(np.max(products[enough] / np.maximum(energies[enough], 1e-6), initial=0.0))


def _correlated(one: Floats, other: Floats, size: int) -> Floats:
    found = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    return np.asarray(np.maximum(np.fft.irfft(found.sum(axis=0), size), 0.0), np.float32)
