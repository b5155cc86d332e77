"""Sound with what the measurements look for in speech: syllables, formants, fricatives, pauses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daemon.ctl.audio_file import read_audio

GOLDEN = Path(__file__).parents[2] / "golden" / "asr"
Pcm = NDArray[np.int16]
Wave = NDArray[np.float64]


def golden(name: str) -> tuple[Pcm, int]:
    """A recording of ``tests/golden/asr``: (T,) int16 and its rate."""
    audio = read_audio(GOLDEN / f"{name}.wav")
    return audio.pcm, audio.rate_hz


def spoken(
    seed: int, seconds: float = 4.0, *, rate_hz: int = 16_000, pitch_hz: float = 120.0
) -> Pcm:
    """Syllables of a voice that nobody has, 45 dB above the noise of its room."""
    rng = np.random.default_rng(seed)
    parts = [np.zeros(int(0.4 * rate_hz))]
    said = 0
    while sum(map(len, parts)) < (seconds - 0.6) * rate_hz:
        parts.append(_syllable(rng, rate_hz, pitch_hz))
        said += 1
        pause_s = 0.35 if said % 5 == 0 else 0.03
        parts.append(np.zeros(int(pause_s * rate_hz)))
    parts.append(np.zeros(int(0.4 * rate_hz)))
    sound = np.concatenate(parts)
    sound *= 0.1 / np.sqrt(np.mean(sound[sound != 0] ** 2))
    return whole(sound + 0.0005 * rng.standard_normal(len(sound)))


def whole(sound: Wave) -> Pcm:
    """-1..1 to int16, limited."""
    return np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)


def _syllable(rng: np.random.Generator, rate_hz: int, pitch_hz: float) -> Wave:
    length = int(rng.uniform(0.14, 0.24) * rate_hz)
    at = np.arange(length) / length
    glide = pitch_hz * (1 + rng.uniform(-0.06, 0.06) + rng.uniform(-0.12, 0.12) * at)
    phase = 2 * np.pi * np.cumsum(glide) / rate_hz
    formants = (rng.uniform(300, 800), rng.uniform(900, 2200), rng.uniform(2400, 3200))
    sound = np.zeros(length)
    for harmonic in range(1, int(min(7000, rate_hz * 0.45) / pitch_hz)):
        hz = harmonic * pitch_hz
        gain = sum(1 / (1 + ((hz - one) / 120) ** 2) for one in formants) + 0.02
        sound += gain / harmonic**0.5 * np.sin(harmonic * phase + harmonic)
    sound *= np.minimum(1, np.minimum(at / 0.2, (1 - at) / 0.15))
    sound *= 10 ** (-rng.uniform(0, 14) / 20) / np.abs(sound).max()
    hiss = rng.standard_normal(int(0.07 * rate_hz))
    hiss = np.diff(np.diff(hiss, prepend=0.0), prepend=0.0) * 0.02
    return np.concatenate([hiss * np.hanning(len(hiss)), sound])
