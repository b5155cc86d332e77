"""Prosody of the core: as numpy has it, in any pieces, and what it refuses."""

from __future__ import annotations

import threading
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks.core_rows.prosody import FIGURES, by_numpy, contour_by_numpy, spoken
from engines._core import Prosody, ProsodyMeter, g711_decode, g711_encode, prosody

RATE: Final = 8000


def figures(said: Prosody) -> tuple[float, ...]:
    return tuple(getattr(said, name) for name in FIGURES)


def over_the_line(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.frombuffer(g711_decode(g711_encode(pcm, "ulaw"), "ulaw"), np.int16)


def test_six_figures_are_those_of_numpy() -> None:
    for seconds in (0.5, 2.0, 6.0):
        pcm = over_the_line(spoken(seconds))
        ours = dict(zip(FIGURES, figures(prosody(pcm, RATE)), strict=True))
        theirs = dict(zip(FIGURES, by_numpy(pcm), strict=True))
        assert ours["pitch_hz"] == pytest.approx(theirs["pitch_hz"], rel=1e-3)
        assert ours["pitch_spread"] == pytest.approx(theirs["pitch_spread"], abs=0.01)
        for name in FIGURES[2:]:
            assert ours[name] == pytest.approx(theirs[name], abs=1e-3), name


def test_the_contour_is_numpys_but_for_ties() -> None:
    pcm = over_the_line(spoken(6.0))
    meter = ProsodyMeter(RATE)
    meter.push(pcm)
    hz, dbfs = meter.contour()
    expected_hz, expected_dbfs = contour_by_numpy(pcm)
    np.testing.assert_allclose(dbfs, expected_dbfs, atol=1e-3)
    np.testing.assert_array_equal(hz > 0, expected_hz > 0)
    np.testing.assert_allclose(hz, expected_hz, rtol=5e-3)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([8000, 11_025, 16_000, 24_000, 44_100, 48_000]),
    st.lists(st.integers(0, 3000), max_size=20),
)
def test_any_pieces_are_one_utterance(rate_hz: int, pieces: list[int]) -> None:
    pcm = np.repeat(spoken(1.0), -(-rate_hz // RATE))[:rate_hz]
    meter = ProsodyMeter(rate_hz)
    at = 0
    for piece in pieces:
        meter.push(pcm[at : at + piece])
        meter.measure()
        at = min(at + piece, pcm.size)
    meter.push(pcm[at:].tobytes())
    assert figures(meter.measure()) == figures(prosody(pcm, rate_hz))
    meter.reset()
    assert figures(meter.measure()) == (0.0, 0.0, -96.0, 0.0, 0.0, 0.0)


def test_what_is_no_voice() -> None:
    for pcm in (np.zeros(0, np.int16), np.zeros(RATE, np.int16), np.full(RATE, 32767, np.int16)):
        assert figures(prosody(pcm, RATE)) == (0.0, 0.0, -96.0, 0.0, 0.0, 0.0)
        meter = ProsodyMeter(RATE)
        meter.push(pcm)
        hz, dbfs = meter.contour()
        assert hz.shape == dbfs.shape == (0 if pcm.size == 0 else 49,)
        assert not hz.any()


def test_of_an_hour_the_last_six_seconds_count() -> None:
    meter = ProsodyMeter(RATE)
    noise = np.random.default_rng(1).integers(-9000, 9000, 60 * RATE).astype(np.int16)
    for _ in range(60):
        meter.push(noise)
    meter.push(spoken(6.0))
    assert figures(meter.measure()) == pytest.approx(figures(prosody(spoken(6.0), RATE)), abs=0.05)


def test_meters_of_two_threads_do_not_meet() -> None:
    pcm = spoken(2.0)
    expected = figures(prosody(pcm, RATE))
    wrong: list[tuple[float, ...]] = []

    def work() -> None:
        for _ in range(20):
            found = figures(prosody(pcm, RATE))
            if found != expected:
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_meter_of_two_threads_keeps_its_memory() -> None:
    meter, pcm = ProsodyMeter(RATE), spoken(6.0)
    stop = threading.Event()

    def feed() -> None:
        while not stop.is_set():
            meter.reset()
            meter.push(pcm[:4000])
            meter.push(pcm)

    threads = [threading.Thread(target=feed) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(100):
            hz, dbfs = meter.contour()
            assert hz.shape == dbfs.shape
            assert np.isfinite(dbfs).all()
            meter.measure()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize(
    ("pcm", "rate_hz", "error", "message"),
    [
        (np.zeros(800, np.float32), RATE, ValueError, r"pcm: got dtype 'f', expected int16"),
        (np.zeros(800, np.int32), RATE, ValueError, r"pcm: got dtype 'i', expected int16"),
        (np.full(800, np.nan), RATE, ValueError, r"pcm: got dtype 'd', expected int16"),
        (np.zeros((8, 100), np.int16), RATE, ValueError, r"pcm: got 2 axes, expected 1 axis"),
        (np.zeros(800, np.int16)[::2], RATE, ValueError, r"pcm: got strides, expected contiguous"),
        (b"123", RATE, ValueError, r"pcm: got 3 bytes, expected an even number"),
        ("speech", RATE, TypeError, r"pcm: got str, expected a buffer"),
        (None, RATE, TypeError, r"pcm: got NoneType, expected a buffer"),
        (b"", 0, ValueError, r"rate_hz: got 0, expected 8000 to 48000"),
        (b"", -8000, ValueError, r"rate_hz: got -8000, expected 8000 to 48000"),
        (b"", 7999, ValueError, r"rate_hz: got 7999, expected 8000 to 48000"),
        (b"", 48_001, ValueError, r"rate_hz: got 48001, expected 8000 to 48000"),
        (b"", 2**70, ValueError, r"rate_hz: got an integer beyond 64 bits"),
        (b"", 8000.5, TypeError, r"rate_hz: got 8000.5, expected an integer"),
    ],
)
def test_what_is_refused_by_name(
    pcm: Any, rate_hz: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        prosody(pcm, rate_hz)
    if rate_hz != RATE:
        with pytest.raises(error, match=message):
            ProsodyMeter(rate_hz)
        return
    meter = ProsodyMeter(rate_hz)
    with pytest.raises(error, match=message):
        meter.push(pcm)
    meter.push(spoken(1.0))
    assert figures(meter.measure()) == figures(prosody(spoken(1.0), RATE))
