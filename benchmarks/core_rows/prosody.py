"""Prosody of an utterance, beside the same definition over whole arrays in numpy."""

from __future__ import annotations

import functools
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.core_rows.duel import Budget, Duel
from engines._core import ProsodyMeter, prosody

RATE_HZ: Final = 8000
FIGURES: Final = (
    "pitch_hz",
    "pitch_spread",
    "level_dbfs",
    "level_spread",
    "rate_sps",
    "voiced_ms",
)
_LOWPASS: Final = np.array([1, 6, 15, 20, 15, 6, 1], np.float32) / np.float32(64)
_FRAME_S: Final = 0.04
_HOP_S: Final = 0.02
_PITCH_HZ: Final = (75.0, 500.0)
_VOICED: Final = 0.5
_OCTAVE_COST: Final = 0.03
_TAPS: Final = np.arange(-7, 9)
_SILENCE: Final = 10.0**-9.6


def duels() -> list[Duel | Budget]:
    """At the end of an utterance, and what is left to do there when it was pushed as it came."""
    pcm = spoken(4.0)
    meter = ProsodyMeter(RATE_HZ)
    meter.push(pcm)

    def check() -> None:
        ours = prosody(pcm, RATE_HZ)
        np.testing.assert_allclose(
            [getattr(ours, name) for name in FIGURES], by_numpy(pcm), rtol=2e-3, atol=0.01
        )

    return [
        Duel(
            key="prosody",
            what="prosody of 4 s at 8 kHz, all at its end",
            peer=f"numpy {np.__version__}",
            ours=lambda: prosody(pcm, RATE_HZ),
            theirs=lambda: by_numpy(pcm),
            check=check,
        ),
        Duel(
            key="prosody_pushed",
            what="the same, pushed while it was spoken",
            peer=f"numpy {np.__version__}",
            ours=meter.measure,
            theirs=lambda: by_numpy(pcm),
        ),
        Budget(
            key="prosody_push",
            what="prosody of a call-second, pushed in frames of 20 ms",
            run=lambda: pushed(ProsodyMeter(RATE_HZ), pcm),
            unit="ms a call-second",
            per_run=0.25,
        ),
    ]


def spoken(seconds: float) -> NDArray[np.int16]:
    """(T,) int16 at 8 kHz: a gliding buzz of four syllables a second in noise."""
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    turn = 2 * np.pi * np.cumsum(140.0 * 2.0 ** (0.3 * np.sin(2.0 * at))) / RATE_HZ
    wave = np.array([np.sin(k * turn + k) / k for k in range(1, 20)]).sum(axis=0)
    wave *= 1.02 - np.cos(2 * np.pi * 4.0 * at)
    noise = np.random.default_rng(0).normal(0.0, 0.05, at.size)
    return np.asarray(3000.0 * (wave + noise)).astype(np.int16)


def pushed(meter: ProsodyMeter, pcm: NDArray[np.int16]) -> None:
    """In frames of 20 ms, as a line brings them."""
    for start in range(0, pcm.size, RATE_HZ // 50):
        meter.push(pcm[start : start + RATE_HZ // 50])


def by_numpy(pcm: NDArray[np.int16]) -> tuple[float, ...]:
    """``FIGURES`` of (T,) int16 at 8 kHz, of at least 80 ms and with voice in it."""
    samples = pcm.astype(np.float32) / np.float32(32768.0)
    hz, levels = contour_by_numpy(pcm)
    voiced = hz > 0.0
    heights = np.log2(hz[voiced])
    low, high = np.quantile(heights, (0.16, 0.84))
    return (
        float(2.0 ** np.median(heights)),
        float(6.0 * (high - low)),
        float(10.0 * np.log10((10.0 ** (levels[voiced] / 10.0)).mean())),
        float(levels[voiced].std()),
        _syllables_per_second(samples, voiced),
        float(voiced.sum()) * 20.0,
    )


def contour_by_numpy(pcm: NDArray[np.int16]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hz (0: no voice) and dBFS of each 40 ms, every 20 ms: both (frames,)."""
    samples = pcm.astype(np.float32) / np.float32(32768.0)
    frames = _cut(samples, RATE_HZ)
    levels = _dbfs(np.mean(frames * frames, axis=1))
    loud = levels > max(float(np.quantile(levels, 0.95)) - 25.0, -75.0)
    hz = np.zeros(len(frames))
    if loud.any():
        # Half the rate, so that a peak is wider than the samples it is read from.
        halved = np.convolve(samples, _LOWPASS, mode="same")[::2]
        halves = _cut(halved, RATE_HZ // 2)[: len(frames)]
        hz[loud] = _pitch(halves[loud], RATE_HZ // 2)
    return hz, levels


def _cut(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """(frames, samples) without the mean of each."""
    size, hop = int(_FRAME_S * rate_hz), int(_HOP_S * rate_hz)
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    centred: NDArray[np.float32] = frames - frames.mean(axis=1, keepdims=True)
    return centred


def _pitch(frames: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """(frames, samples) → Hz of each frame, 0 where it is not periodic."""
    window, own, length = _window(frames.shape[1])
    spectrum = np.fft.rfft(frames * window, length, axis=1)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, length, axis=1)
    lags = np.arange(int(rate_hz / _PITCH_HZ[1]), math.ceil(rate_hz / _PITCH_HZ[0]) + 1)
    ratio = np.asarray(correlation[:, : lags[-1] + 10], np.float64)
    ratio /= np.maximum(correlation[:, :1], 1e-20) * own[: lags[-1] + 10]
    before, at, behind = (ratio[:, lags + step] for step in (-1, 0, 1))
    rows, columns = np.nonzero((at >= before) & (at > behind))
    before, at, behind = (values[rows, columns] for values in (before, at, behind))
    shift = 0.5 * (behind - before) / (2.0 * at - before - behind)
    places = np.asarray(lags[columns] + np.clip(shift, -0.5, 0.5), np.float64)
    heights = _between(ratio, rows, places)
    hz = np.zeros(len(frames))
    best = np.full(len(frames), -9.0)
    strengths = heights - _OCTAVE_COST * np.log2(lags[columns])
    for row, place, height, strength in zip(rows, places, heights, strengths, strict=True):
        if strength > best[row]:
            best[row] = strength
            hz[row] = rate_hz / place if height > _VOICED else 0.0
    return _sharpened(ratio, hz, rate_hz)


def _sharpened(
    ratio: NDArray[np.float64], hz: NDArray[np.float64], rate_hz: int
) -> NDArray[np.float64]:
    """A parabola through three places near each top."""
    rows = np.flatnonzero(hz)
    places = rate_hz / hz[rows]
    before, at, behind = (_between(ratio, rows, places + step / 8.0) for step in (-1, 0, 1))
    shift = 0.5 * (behind - before) / np.maximum(2.0 * at - before - behind, 1e-9)
    hz[rows] = rate_hz / (places + np.clip(shift, -1.0, 1.0) / 8.0)
    return hz


def _between(
    ratio: NDArray[np.float64], rows: NDArray[np.intp], places: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Height of row ``rows`` at lag ``places``: a sine over its argument, faded out."""
    lags = np.floor(places).astype(np.intp)[:, None] + _TAPS
    away = places[:, None] - lags
    weights = np.sinc(away) * (0.5 + 0.5 * np.cos(np.pi * away / 9.0))
    heights: NDArray[np.float64] = (ratio[rows[:, None], np.abs(lags)] * weights).sum(axis=1)
    return heights


@functools.lru_cache(maxsize=4)
def _window(size: int) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """A Hann window, its autocorrelation from 1 at lag 0, and the length of the transform."""
    window = np.hanning(size + 2)[1:-1]
    length = 1 << (size + size // 3).bit_length()
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * length)) ** 2)[:length]
    own = np.maximum(own / own[0], 1e-6)
    return window.astype(np.float32), own.astype(np.float32), length


def _syllables_per_second(samples: NDArray[np.float32], voiced: NDArray[np.bool_]) -> float:
    hop = RATE_HZ // 100
    powers = np.square(samples[: samples.size // hop * hop]).reshape(-1, hop).mean(axis=1)
    levels = _dbfs(np.convolve(powers, np.full(5, 0.2), mode="same"))
    loud = np.flatnonzero(levels > np.quantile(levels, 0.99) - 25.0)
    gaps = np.diff(loud)
    spoken_s = (1 + gaps[gaps < 30].sum()) / 100.0
    peaks = _peaks(levels.tolist(), float(levels[loud].min()))
    nuclei = [at for at in peaks if voiced[max(0, at // 2 - 2) : at // 2 + 2].any()]
    return float(len(nuclei) / spoken_s)


def _peaks(levels: list[float], floor: float) -> list[int]:
    """Places of the maxima above ``floor`` with a dip of 2 dB before and behind each."""
    found: list[int] = []
    top = bottom = 0
    rising = True
    for place, level in enumerate(levels):
        if rising:
            if level > levels[top]:
                top = place
            elif level < levels[top] - 2.0:
                if levels[top] > floor:
                    found.append(top)
                rising, bottom = False, place
        elif level < levels[bottom]:
            bottom = place
        elif level > levels[bottom] + 2.0:
            rising, top = True, place
    return found


def _dbfs(powers: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(10.0 * np.log10(np.maximum(powers.astype(np.float64), _SILENCE)))
