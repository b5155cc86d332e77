"""Sounds like a voice's, made of a few lines: syllables of changing pitch and formants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 24_000


def syllable(
    seed: int, seconds: float = 0.2, level: float = 0.2, rate_hz: int = RATE
) -> NDArray[np.float32]:
    """(T,) float32: noise at its beginning, then harmonics under two moving formants."""
    random = np.random.default_rng(seed)
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    pitch = random.uniform(110, 240) * (1 + random.uniform(-0.2, 0.2) * at / seconds)
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    formants = random.uniform((300, 1000), (900, 2600))
    drift = random.uniform(-0.4, 0.4, 2)
    voice = np.zeros(at.size)
    for harmonic in range(1, 30):
        hz = harmonic * pitch
        weight = sum(
            np.exp(-(((hz - formant * (1 + move * at / seconds)) / 220) ** 2))
            for formant, move in zip(formants, drift, strict=True)
        )
        voice += (weight + 0.03 / harmonic) * np.sin(harmonic * phase) * (hz < rate_hz / 2)
    voice *= np.sin(np.pi * np.minimum(1, at / seconds)) ** 0.5
    onset = min(at.size, round(0.04 * rate_hz))
    voice[:onset] += 0.5 * random.standard_normal(onset) * np.hanning(onset)
    scaled: NDArray[np.float32] = (level * voice / np.abs(voice).max()).astype(np.float32)
    return scaled


def speech(
    seed: int, syllables: int = 8, seconds: float = 0.2, level: float = 0.2, rate_hz: int = RATE
) -> NDArray[np.float32]:
    """(T,) float32: so many different syllables, with silence around them."""
    spoken = [syllable(1000 * seed + n, seconds, level, rate_hz) for n in range(syllables)]
    edge = np.zeros(rate_hz // 5, np.float32)
    return np.concatenate([edge, *spoken, edge])
