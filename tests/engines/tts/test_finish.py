"""Trimming, loudness, and the guard against what is no speech."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.tts.finish import NotSpeech, finish

RATE = 24_000


def spoken(before_s: float, voice_s: float, behind_s: float, level: float) -> NDArray[np.float32]:
    voice = level * np.sin(np.arange(int(voice_s * RATE)) * 2 * np.pi * 200 / RATE)
    return np.concatenate(
        [np.zeros(int(before_s * RATE)), voice, np.zeros(int(behind_s * RATE))]
    ).astype(np.float32)


@pytest.mark.parametrize("edges", [(0.4, 0.8), (0.0, 0.0), (0.01, 0.02)])
def test_20_ms_in_front_and_80_ms_behind_whatever_there_was(edges: tuple[float, float]) -> None:
    pcm = finish(spoken(edges[0], 1.0, edges[1], 0.3), RATE, 20)
    assert abs(pcm.size - int(1.1 * RATE)) <= 240
    assert not pcm[: RATE // 100].any()
    assert not pcm[-RATE // 20 :].any()


@pytest.mark.parametrize("level", [0.02, 0.1, 0.9])
def test_one_loudness_and_no_clipping(level: float) -> None:
    pcm = finish(spoken(0.1, 1.0, 0.1, level), RATE, 20).astype(np.float64)
    voiced = pcm[RATE // 10 : RATE]
    assert 20 * np.log10(np.sqrt(np.mean(voiced**2)) / 32768) == pytest.approx(-20, abs=0.5)
    assert np.abs(pcm).max() < 32768 * 0.9


@pytest.mark.parametrize(
    ("samples", "tokens", "reason"),
    [
        (np.zeros(RATE, np.float32), 10, "silence"),
        (np.zeros(0, np.float32), 10, "no waveform"),
        (np.full(RATE, np.nan, np.float32), 10, "no waveform"),
        (spoken(0.1, 0.2, 0.1, 0.3), 100, "missing"),
        (spoken(0.1, 5.0, 0.1, 0.3), 8, "does not end"),
    ],
)
def test_what_is_no_speech(samples: NDArray[np.float32], tokens: int, reason: str) -> None:
    with pytest.raises(NotSpeech, match=reason):
        finish(samples, RATE, tokens)
