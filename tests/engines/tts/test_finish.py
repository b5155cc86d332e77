"""Trimming, and one loudness at the caller's ear."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engines._core import g711_decode, g711_encode, resample
from engines.tts.finish import LOUDNESS_LKFS, PEAK, finish
from engines.tts.loudness import TELEPHONE_HZ, loudness
from tests.engines.tts.sounds import RATE, speech


def spoken(
    before_s: float, voice_s: float, behind_s: float, level: float, hz: float = 400.0
) -> NDArray[np.float32]:
    voice = level * np.sin(np.arange(int(voice_s * RATE)) * 2 * np.pi * hz / RATE)
    return np.concatenate(
        [np.zeros(int(before_s * RATE)), voice, np.zeros(int(behind_s * RATE))]
    ).astype(np.float32)


def at_the_callers_ear(pcm: NDArray[np.int16]) -> float:
    """LKFS of int16 at 24 kHz behind the line's rate and codec, in the telephone's band."""
    coded = g711_decode(g711_encode(resample(pcm, RATE, 8000).tobytes(), "alaw"), "alaw")
    samples = np.frombuffer(coded, np.int16).astype(np.float32) / np.float32(32768)
    return loudness(samples, 8000, TELEPHONE_HZ)


@pytest.mark.parametrize("edges", [(0.4, 0.8), (0.0, 0.0), (0.01, 0.02)])
def test_20_ms_in_front_and_80_ms_behind_whatever_there_was(edges: tuple[float, float]) -> None:
    pcm = finish(spoken(edges[0], 1.0, edges[1], 0.3), RATE)
    assert abs(pcm.size - int(1.1 * RATE)) <= 240
    assert not pcm[: RATE // 100].any()
    assert not pcm[-RATE // 20 :].any()


@pytest.mark.parametrize("level", [0.02, 0.1, 0.9])
@pytest.mark.parametrize("seed", range(6))
def test_one_loudness_behind_the_codec_and_no_clipping(seed: int, level: float) -> None:
    pcm = finish(speech(seed, level=level), RATE)
    assert at_the_callers_ear(pcm) == pytest.approx(LOUDNESS_LKFS, abs=0.5)
    assert np.abs(pcm.astype(np.int32)).max() <= PEAK * 32768


@pytest.mark.parametrize("hz", [50.0, 7000.0])
def test_what_no_telephone_carries_is_not_made_louder_than_the_line_takes(hz: float) -> None:
    pcm = finish(spoken(0.1, 1.0, 0.1, 0.1, hz), RATE)
    assert np.abs(pcm.astype(np.int32)).max() <= PEAK * 32768


def test_a_click_costs_loudness_and_no_clipping() -> None:
    samples = speech(1, level=0.05)
    samples[RATE // 2] = 1.0
    pcm = finish(samples, RATE)
    assert np.abs(pcm.astype(np.int32)).max() <= PEAK * 32768


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(RATE, np.float32),
        np.zeros(0, np.float32),
        np.full(RATE, np.nan, np.float32),
        np.full(RATE, 4e33, np.float32),
    ],
)
def test_of_silence_comes_silence(samples: NDArray[np.float32]) -> None:
    assert not finish(samples, RATE).any()
