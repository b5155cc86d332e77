"""Our own echo as the line tells it, levels, the noise floor; arguments that make no sense."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from engines._core import EchoMeter, Line, NoiseFloor, g711_decode, g711_encode, level

TICK = 160


def murmur(seed: int, samples: int, amplitude: float = 4000.0) -> NDArray[np.int16]:
    """Noise of a voice's colour, louder and softer five times a second."""
    noise = np.random.default_rng(seed).normal(size=samples + 8)
    smooth = np.convolve(noise, np.hanning(10)[1:-1], "valid")[:samples]
    loud = 0.1 + np.abs(np.sin(np.arange(samples) * np.pi * 5 / 8000))
    voice = amplitude * smooth / smooth.std() * loud
    pcm: NDArray[np.int16] = np.clip(voice, -32768, 32767).astype(np.int16)
    return pcm


@pytest.mark.parametrize("codec", ["ulaw", "slin"])
@pytest.mark.parametrize("delay_ms", [20, 140, 380])
def test_the_line_knows_its_own_echo_and_a_caller_over_it(codec: str, delay_ms: int) -> None:
    line = Line(codec, 8000, 20)
    ours, caller = murmur(1, 24_000), murmur(2, 24_000, 2500)
    left = np.zeros(0, np.int16)
    likelihoods = []
    for start in range(0, len(ours), TICK):
        if start == 6400:
            line.set_gain(-15, 60)
        line.say(0, start, ours[start : start + TICK], False)
        frame = line.frame()
        assert frame is not None
        line.set_taken(line.agent_next)
        pcm = frame if codec == "slin" else g711_decode(frame, codec)
        left = np.concatenate([left, np.frombuffer(pcm, np.int16)])
        delayed = np.concatenate([np.zeros(delay_ms * 8, np.int16), left])
        back = (delayed[start : start + TICK] * 0.3).astype(np.int16)
        if start >= 12_800:
            back += caller[start : start + TICK]
        coded = back.tobytes() if codec == "slin" else g711_encode(back, codec)
        line.receive(start, coded)
        likelihoods.append(line.take().echo)
    assert np.mean(np.array(likelihoods[5:80]) == 1.0) > 0.95
    assert np.mean(np.array(likelihoods[85:]) < 0.5) > 0.7
    assert line.agent_dbfs < -25.0
    assert line.peak_dbfs >= line.level_dbfs > line.noise_dbfs


def test_nothing_of_ours_is_no_echo() -> None:
    meter = EchoMeter(8000)
    assert meter.heard(murmur(1, TICK)) == 0.0
    assert meter.heard(b"") == 0.0


def test_what_the_client_keeps_comes_back_later() -> None:
    meter = EchoMeter(8000, longest_delay_ms=100)
    meter.played(murmur(1, TICK))
    quiet = np.full(TICK, 30, np.int16)
    for _ in range(12):
        meter.played(bytes(2 * TICK))
    assert meter.heard(quiet) == 0.0
    assert meter.heard(quiet, 12 * TICK) == 1.0


def test_levels() -> None:
    assert level(np.full(10, -32768, np.int16)) == (0.0, 0.0)
    assert level(b"") == (-96.0, -96.0)
    assert level(np.full(100, 3277, np.int16)) == pytest.approx((-20.0, -20.0), abs=0.01)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000])
def test_the_floor_is_that_of_the_pauses(rate_hz: int) -> None:
    noise = np.random.default_rng(4).normal(0, 60, 3 * rate_hz)
    noise[rate_hz // 2 : rate_hz] *= 50
    floor = NoiseFloor(rate_hz)
    assert floor.dbfs == -96.0
    floor.push(noise.astype(np.int16))
    assert floor.dbfs == pytest.approx(20 * np.log10(60 / 32768), abs=1.0)


BAD: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: EchoMeter(44100), ValueError, "rate_hz: got 44100"),
    (lambda: EchoMeter(8000, -1.0), ValueError, "below_db: got -1"),
    (lambda: EchoMeter(8000, float("nan")), ValueError, "below_db: got nan"),
    (lambda: EchoMeter(8000, 20.0, 2001), ValueError, "longest_delay_ms: got 2001"),
    (lambda: EchoMeter(8000).heard(bytes(3)), ValueError, "pcm: got 3 bytes"),
    (lambda: EchoMeter(8000).heard(b"", -1), ValueError, "untaken: got -1"),
    (lambda: EchoMeter(8000).played(np.zeros(4, np.float32)), ValueError, "pcm: got"),
    (lambda: EchoMeter(8000).played(np.zeros((2, 2), np.int16)), ValueError, "pcm: got 2 axes"),
    (lambda: NoiseFloor(0), ValueError, "rate_hz: got 0"),
    (lambda: NoiseFloor(8000).push(np.zeros(8, np.int16)[::2]), ValueError, "pcm: got"),
    (lambda: level(np.zeros(4)), ValueError, "pcm: got"),
    (lambda: level([1, 2]), TypeError, "pcm: got list"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_arguments(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
