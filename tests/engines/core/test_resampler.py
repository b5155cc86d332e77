"""Resampling: its figures by tones, its lengths, its chunks, and arguments that are none."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations, product
from math import gcd
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines._core import Resampler, resample

RATES_HZ = (8000, 12000, 16000, 24000, 32000, 48000)
PAIRS = tuple(permutations(RATES_HZ, 2))
LIST = "expected one of 8000, 12000, 16000, 24000, 32000, 48000"


def tone(rate_hz: int, tone_hz: float, seconds: float = 0.2) -> NDArray[np.float32]:
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return np.sin(2 * np.pi * tone_hz * at).astype(np.float32)


def decibels(amplitude: float) -> float:
    return 20 * float(np.log10(max(amplitude, 1e-9)))


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
def test_tones_of_the_passband_come_through(from_hz: int, to_hz: int) -> None:
    """Gain within 0.05 dB, late by delay_ms, and beside them images of -80 dB each."""
    images = max(1, to_hz // gcd(from_hz, to_hz) - 1)
    resampler = Resampler(from_hz, to_hz)
    assert resampler.delay_ms <= 3.0
    for share in (0.05, 0.3, 0.6, 0.75, 0.85):
        tone_hz = share * min(from_hz, to_hz) / 2
        out = resampler.push(tone(from_hz, tone_hz)).astype(np.float64)
        resampler.reset()
        settled = np.arange(out.size)[to_hz // 50 :]
        at = settled / to_hz - resampler.delay_ms / 1000
        basis = np.stack([np.sin(2 * np.pi * tone_hz * at), np.cos(2 * np.pi * tone_hz * at)])
        (in_phase, quadrature), *_ = np.linalg.lstsq(basis.T, out[settled], rcond=None)
        assert abs(decibels(in_phase)) < 0.05
        assert abs(quadrature) < 1e-4
        beside = out[settled] - in_phase * basis[0] - quadrature * basis[1]
        assert decibels(np.sqrt(2 * np.mean(beside**2) / images)) < -80


@pytest.mark.parametrize(("from_hz", "to_hz"), [pair for pair in PAIRS if pair[0] > pair[1]])
def test_what_would_alias_is_kept_out(from_hz: int, to_hz: int) -> None:
    """And so are its images, each."""
    tones = to_hz // gcd(from_hz, to_hz)
    resampler = Resampler(from_hz, to_hz)
    for tone_hz in np.linspace(to_hz / 2, from_hz / 2, 12, endpoint=False):
        out = resampler.push(tone(from_hz, tone_hz))[to_hz // 50 :].astype(np.float64)
        resampler.reset()
        assert decibels(np.sqrt(2 * np.mean(out**2) / tones)) < -80


def test_an_hour_of_frames_is_an_hour() -> None:
    resampler = Resampler(8000, 12000)
    frame = np.zeros(160, np.int16)
    assert {resampler.push(frame).size for _ in range(3600 * 50)} == {240}


@pytest.mark.parametrize(("from_hz", "to_hz"), tuple(product(RATES_HZ, RATES_HZ)))
def test_a_frame_of_every_pair_is_a_frame_from_the_first_on(from_hz: int, to_hz: int) -> None:
    resampler = Resampler(from_hz, to_hz)
    frame = np.zeros(from_hz // 50, np.float32)
    assert {resampler.push(frame).size for _ in range(50)} == {to_hz // 50}


@given(
    st.sampled_from(tuple(product(RATES_HZ, RATES_HZ))),
    st.lists(st.integers(0, 700), max_size=12),
    st.sampled_from([np.int16, np.float32]),
    st.integers(0, 2**32 - 1),
)
def test_any_chunks_give_the_bits_of_the_whole(
    pair: tuple[int, int], chunks: list[int], dtype: type, seed: int
) -> None:
    pcm = np.random.default_rng(seed).integers(-32768, 32768, sum(chunks)).astype(np.int16)
    audio: Any = pcm if dtype is np.int16 else pcm.astype(np.float32) / 32768
    whole, parts = Resampler(*pair), Resampler(*pair)
    expected = np.concatenate([whole.push(audio), whole.flush()])
    got = []
    for chunk in np.split(audio, np.cumsum(chunks)[:-1]) if chunks else [audio]:
        promised = parts.output_for(len(chunk))
        got.append(parts.push(chunk))
        assert got[-1].size == promised
    if chunks:
        got.append(parts.flush())
        assert np.concatenate(got).tobytes() == expected.tobytes()
    assert expected.size == -(-audio.size * pair[1] // pair[0]) + whole.delay_samples


@given(st.sampled_from(PAIRS), st.integers(0, 5000))
def test_the_whole_has_the_length_of_its_time_and_no_delay(
    pair: tuple[int, int], samples: int
) -> None:
    pcm = np.random.default_rng(samples).integers(-9000, 9000, samples).astype(np.int16)
    streaming = Resampler(*pair)
    late = np.concatenate([streaming.push(pcm), streaming.flush()])
    out = resample(pcm, *pair)
    assert out.dtype == np.int16
    assert out.size == -(-samples * pair[1] // pair[0])
    assert out.tobytes() == late[streaming.delay_samples :].tobytes()


def test_there_and_back_is_the_same_speech() -> None:
    tones = [tone(8000, tone_hz) for tone_hz in (210, 640, 1730, 2980)]
    voice: NDArray[np.float32] = np.mean(tones, axis=0)
    back = resample(resample(voice, 8000, 48000), 48000, 8000)
    assert np.abs(back - voice)[100:-100].max() < 0.01


def test_int16_saturates() -> None:
    square = np.where(np.arange(4800) % 40 < 20, 32767, -32768).astype(np.int16)
    out = resample(square, 24000, 8000)
    assert out.max() == 32767
    assert out.min() == -32768
    scaled = (square / np.float32(32768)).astype(np.float32)
    exact = resample(scaled, 24000, 8000) * 32768
    assert exact.max() > 32800
    np.testing.assert_array_equal(out, np.clip(np.rint(exact), -32768, 32767).astype(np.int16))


def test_flush_has_the_dtype_of_the_last_push_and_begins_anew() -> None:
    resampler = Resampler(16000, 8000)
    assert resampler.flush().dtype == np.int16
    first = resampler.push(np.ones(64, np.float32))
    tail = resampler.flush()
    assert tail.dtype == np.float32
    assert tail.size == resampler.delay_samples == 23
    assert resampler.push(np.ones(64, np.float32)).tobytes() == first.tobytes()


def test_a_long_push_is_as_many_short_ones() -> None:
    pcm = np.random.default_rng(1).integers(-9000, 9000, 48000).astype(np.int16)
    long, short = Resampler(48000, 16000), Resampler(48000, 16000)
    frames = [short.push(frame) for frame in pcm.reshape(-1, 960)]
    assert long.push(pcm).tobytes() == np.concatenate(frames).tobytes()


def test_threads_do_not_meet() -> None:
    pcm = np.random.default_rng(2).integers(-9000, 9000, 80_000).astype(np.int16)
    expected = [resample(pcm, 8000, to_hz).tobytes() for to_hz in RATES_HZ]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            got = pool.map(lambda to_hz: resample(pcm, 8000, to_hz).tobytes(), RATES_HZ)
            assert list(got) == expected


def test_a_push_of_a_second_thread_is_refused() -> None:
    resampler, long = Resampler(8000, 48000), np.zeros(4_000_000, np.int16)
    said: set[str] = set()
    begun = threading.Event()

    def push() -> None:
        begun.set()
        resampler.push(long)

    thread = threading.Thread(target=push)
    thread.start()
    begun.wait()
    while thread.is_alive():
        for call in (resampler.flush, resampler.reset, lambda: resampler.push(long[:1])):
            try:
                call()
            except ValueError as error:
                said.add(str(error))
    thread.join()
    assert said == {"resampler: got a second thread, expected one at a time"}


@pytest.mark.parametrize(
    ("pcm", "error", "message"),
    [
        (np.zeros(3), ValueError, "pcm: got float64, expected int16 or float32"),
        (np.zeros(3, ">i2"), ValueError, "pcm: got >i2, expected int16 or float32"),
        (np.zeros(3, np.uint8), ValueError, "pcm: got uint8, expected int16 or float32"),
        (np.zeros((2, 2), np.int16), ValueError, "pcm: got 2 axes, expected 1 axis"),
        (np.float32(3), ValueError, "pcm: got 0 axes, expected 1 axis"),
        (np.zeros(8, np.int16)[::2], ValueError, "pcm: got strides, expected"),
        (np.array([0, np.nan], np.float32), ValueError, "pcm: got nan at 1, expected finite"),
        (np.array([-np.inf], np.float32), ValueError, "pcm: got -inf at 0, expected finite"),
        (b"1234", ValueError, "pcm: got bytes, expected int16 or float32"),
        ([0, 1], TypeError, "pcm: got list, expected an array"),
        (None, TypeError, "pcm: got NoneType, expected an array"),
    ],
)
def test_what_is_no_pcm_is_refused_and_changes_nothing(
    pcm: Any, error: type[Exception], message: str
) -> None:
    resampler, other = Resampler(8000, 16000), Resampler(8000, 16000)
    good = np.arange(160, dtype=np.int16)
    resampler.push(good)
    other.push(good)
    for refuses in (resampler.push, lambda pcm: resample(pcm, 8000, 16000)):
        with pytest.raises(error, match=f"^{re.escape(message)}"):
            refuses(pcm)
    assert resampler.push(good).tobytes() == other.push(good).tobytes()


@pytest.mark.parametrize(
    ("rates", "error", "message"),
    [
        ((44100, 8000), ValueError, f"from_hz: got 44100, {LIST}"),
        ((8000, 22050), ValueError, f"to_hz: got 22050, {LIST}"),
        ((0, 8000), ValueError, f"from_hz: got 0, {LIST}"),
        ((-8000, 8000), ValueError, "from_hz: got -8000, expected"),
        ((8000, 2**70), ValueError, "to_hz: got an integer beyond 64 bits, expected"),
        ((8000.0, 8000), TypeError, "from_hz: got 8000.0, expected an integer"),
        ((8000, None), TypeError, "to_hz: got None, expected an integer"),
    ],
)
def test_other_rates_are_refused(rates: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        Resampler(*rates)
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        resample(np.zeros(4, np.int16), *rates)
