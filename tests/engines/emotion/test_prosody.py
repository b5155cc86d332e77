"""Pitch, level and pace of voices that are known, of what is no voice, and a caller's baseline."""

from __future__ import annotations

import time

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines._core import g711_decode, g711_encode
from engines.emotion.baseline import LEAST_UTTERANCES, Baseline, Prosody, features, updated
from engines.emotion.prosody import MEASURED_S, measure
from engines.errors import BadAudio

RATE = 8000
Pcm = NDArray[np.int16]


def voice(
    pitch_hz: float,
    *,
    seconds: float = 2.0,
    level: float = 0.1,
    syllables_hz: float = 0.0,
    rate_hz: int = RATE,
    lowest_hz: float = 0.0,
) -> Pcm:
    """A buzz with harmonics up to the line's band, swelling ``syllables_hz`` times a second."""
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    harmonics = [k for k in range(1, 60) if lowest_hz <= k * pitch_hz < 3400]
    wave = np.zeros(at.size)
    for k in harmonics:
        wave += np.sin(2 * np.pi * k * pitch_hz * at + k) / np.sqrt(k)
    wave *= level / np.sqrt(np.mean(np.square(wave)))
    if syllables_hz:
        wave *= (1.02 - np.cos(2 * np.pi * syllables_hz * at)) / 2
    pcm: Pcm = (np.clip(wave, -1, 1) * 32767).astype(np.int16)
    return pcm


def on_the_line(pcm: Pcm) -> Pcm:
    return np.frombuffer(g711_decode(g711_encode(pcm.tobytes(), "ulaw"), "ulaw"), np.int16)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 24_000, 48_000])
@pytest.mark.parametrize("pitch_hz", [85.0, 120.0, 210.0, 330.0])
def test_the_pitch_of_a_voice(pitch_hz: float, rate_hz: int) -> None:
    prosody = measure(voice(pitch_hz, rate_hz=rate_hz), rate_hz)
    assert prosody.pitch_hz == pytest.approx(pitch_hz, rel=0.02)
    assert prosody.pitch_spread < 0.2
    assert prosody.voiced_ms == pytest.approx(1980, abs=40)


def test_the_line_cuts_the_fundamental_away_and_the_pitch_is_found_all_the_same() -> None:
    prosody = measure(on_the_line(voice(110.0, lowest_hz=300.0)), RATE)
    assert prosody.pitch_hz == pytest.approx(110.0, rel=0.02)


def test_noise_ten_decibels_below_a_voice_and_clipping_leave_its_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.03 * 32767, 2 * RATE)
    noisy = np.clip(voice(150.0) + noise, -32768, 32767).astype(np.int16)
    assert measure(noisy, RATE).pitch_hz == pytest.approx(150.0, rel=0.03)
    clipped = voice(150.0, level=2.0)
    assert np.mean(np.abs(clipped) >= 32767) > 0.2
    assert measure(clipped, RATE).pitch_hz == pytest.approx(150.0, rel=0.03)


def test_twice_the_amplitude_is_six_decibels_and_nothing_else() -> None:
    soft = measure(voice(180.0, level=0.05, syllables_hz=4.0), RATE)
    loud = measure(voice(180.0, level=0.10, syllables_hz=4.0), RATE)
    assert loud.level_dbfs - soft.level_dbfs == pytest.approx(6.02, abs=0.1)
    assert loud.pitch_hz == pytest.approx(soft.pitch_hz, rel=1e-3)
    assert loud.rate_sps == pytest.approx(soft.rate_sps, abs=0.1)
    assert loud.level_spread == pytest.approx(soft.level_spread, abs=0.1)


@pytest.mark.parametrize("syllables_hz", [2.0, 4.0, 6.0])
def test_syllables_are_counted_and_a_pause_is_no_slower_speech(syllables_hz: float) -> None:
    said = voice(180.0, seconds=3.0, syllables_hz=syllables_hz)
    assert measure(said, RATE).rate_sps == pytest.approx(syllables_hz, abs=0.5)
    half = said.size // 2
    paused = np.concatenate([said[:half], np.zeros(RATE, np.int16), said[half:]])
    assert measure(paused, RATE).rate_sps == pytest.approx(syllables_hz, abs=0.6)


def test_a_voice_that_glides_has_a_wider_pitch() -> None:
    at = np.arange(2 * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(150 * 2 ** (0.5 * np.sin(2 * np.pi * at))) / RATE
    gliding = np.array([np.sin(k * phase) / k for k in range(1, 8)]).sum(axis=0) * 3000
    assert measure(gliding.astype(np.int16), RATE).pitch_spread > 3.0


@pytest.mark.parametrize(
    "pcm",
    [
        np.zeros(0, np.int16),
        np.ones(1, np.int16),
        np.zeros(4 * RATE, np.int16),
        np.full(4 * RATE, 32767, np.int16),
        np.full(4 * RATE, -32768, np.int16),
        np.tile(np.array([1, -1], np.int16), RATE),
        np.random.default_rng(1).normal(0, 3000, 4 * RATE).astype(np.int16),
    ],
    ids=["nothing", "one sample", "silence", "top", "bottom", "idle line", "noise"],
)
def test_what_is_no_voice_has_no_prosody(pcm: Pcm) -> None:
    prosody = measure(pcm, RATE)
    assert not prosody.measured
    assert prosody.voiced_ms < 200


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 40_000),
    st.sampled_from([8000, 11_025, 16_000, 44_100, 48_000]),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 300, 32_767]),
)
def test_whatever_comes_in_the_figures_are_numbers_in_their_range(
    size: int, rate_hz: int, seed: int, amplitude: int
) -> None:
    rng = np.random.default_rng(seed)
    pcm = rng.integers(-amplitude, amplitude + 1, size).astype(np.int16)
    pcm[: size // 2] = np.repeat(pcm[: size // 2][::37], 37)[: size // 2]
    prosody = measure(pcm, rate_hz)
    assert np.isfinite(features(prosody)).all()
    assert prosody.pitch_hz == 0.0 or 70 < prosody.pitch_hz < 520
    assert -96.0 <= prosody.level_dbfs <= 0.1
    assert 0.0 <= prosody.rate_sps < 26
    assert 0.0 <= prosody.voiced_ms <= 1000 * size / rate_hz


@pytest.mark.parametrize(
    ("pcm", "rate_hz"),
    [
        (np.zeros(800, np.float32), 8000),
        (np.zeros((800, 2), np.int16), 8000),
        (np.zeros(800, np.int16), 0),
        (np.zeros(800, np.int16), -8000),
        (np.zeros(800, np.int16), 96_000),
        (np.zeros(31 * RATE, np.int16), 8000),
    ],
)
def test_what_is_no_audio_is_refused(pcm: Pcm, rate_hz: int) -> None:
    with pytest.raises(BadAudio):
        measure(pcm, rate_hz)


def test_of_a_long_utterance_the_end_counts_and_it_costs_less_than_10_ms() -> None:
    long = np.concatenate([voice(120.0, seconds=20.0), voice(240.0, seconds=9.0, syllables_hz=4)])
    assert measure(long, RATE) == measure(long[-MEASURED_S * RATE :], RATE)
    took = []
    for _ in range(8):
        began = time.thread_time()
        measure(long, RATE)
        took.append(time.thread_time() - began)
    assert min(took) < 0.010


def spoken(level: float, pitch: float = 150.0) -> Prosody:
    return Prosody(
        pitch_hz=pitch,
        pitch_spread=2.0,
        level_dbfs=level,
        level_spread=6.0,
        rate_sps=4.0,
        voiced_ms=900.0,
    )


@given(st.lists(st.tuples(st.floats(-60, -5), st.floats(75, 500)), min_size=1, max_size=30))
def test_the_baseline_is_the_mean_and_the_squares_of_what_was_heard(
    said: list[tuple[float, float]],
) -> None:
    utterances = [spoken(level, pitch) for level, pitch in said]
    baseline = Baseline()
    for prosody in utterances:
        baseline = updated(baseline, prosody)
    heard = np.array([features(prosody) for prosody in utterances])
    assert baseline.count == len(utterances)
    np.testing.assert_allclose(baseline.mean, heard.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(
        baseline.squares, np.square(heard - heard.mean(axis=0)).sum(axis=0), atol=1e-4
    )


def test_a_cough_is_not_how_the_caller_speaks() -> None:
    baseline = updated(Baseline(), spoken(-20.0))
    assert updated(baseline, msgspec.structs.replace(spoken(0.0), voiced_ms=120.0)) == baseline
    assert updated(baseline, Prosody()) == baseline


def test_a_baseline_judges_from_the_second_utterance_on_and_travels_as_message_pack() -> None:
    baseline = updated(Baseline(), spoken(-20.0))
    assert not baseline.judges
    baseline = updated(baseline, spoken(-22.0))
    assert baseline.judges
    assert baseline.count == LEAST_UTTERANCES
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(baseline), type=Baseline) == baseline


@pytest.mark.parametrize(
    "data", [{"count": -1}, {"count": 2, "mean": [1.0]}, {"count": 2, "mean": ["a"] * 5}]
)
def test_a_baseline_that_is_none_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(data, Baseline)
