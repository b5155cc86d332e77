"""How something was said: pitch, level and pace of an utterance, measured.

Pitch is the window-corrected autocorrelation of P. Boersma, "Accurate short-term analysis of the
fundamental frequency and the harmonics-to-noise ratio of a sampled sound", Proceedings of the
Institute of Phonetic Sciences 17, Amsterdam 1993. Syllables are counted as N. H. de Jong and
T. Wempe do, "Praat script to detect syllable nuclei and measure speech rate automatically",
Behavior Research Methods 41, 2009: voiced peaks of the level with a dip before each.
"""

from __future__ import annotations

import functools
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.emotion.baseline import NO_BASELINE, SILENCE_DBFS, Baseline, Prosody, updated
from engines.errors import BadAudio

__all__ = ["NO_BASELINE", "Baseline", "Prosody", "measure", "updated"]

MOST_S: Final = 30
MEASURED_S: Final = 6
"""Of a longer utterance only the end counts: how the caller speaks by now."""

_RATE_HZ: Final = 8000
"""Faster audio is averaged down to about this: all that is measured lies below 4 kHz."""
_HOP_MS: Final = 20
_LEVEL_HOP_MS: Final = 10
_FRAME_MS: Final = 40
"""Three periods of the lowest pitch, as its autocorrelation needs."""
_PITCH_HZ: Final = (75.0, 500.0)
_LOWPASS: Final = np.array([1, 6, 15, 20, 15, 6, 1], np.float32) / np.float32(64)
"""−3 dB at an eighth of the rate, silent at half of it."""
_VOICED: Final = 0.5
_OCTAVE_COST: Final = 0.01
_BELOW_LOUDEST_DB: Final = 25.0
_QUIETEST_DBFS: Final = -75.0
"""Below it is the idle noise of a line."""
_DIP_DB: Final = 2.0
_PAUSE_MS: Final = 300
_SMOOTH: Final = 5


def measure(pcm: NDArray[np.int16], rate_hz: int) -> Prosody:
    """Measure one utterance, of a long one its last 6 s; about 3 ms of CPU for 4 s.

    Args:
        pcm: (T,) int16, at most 30 s; silence and no samples at all have no prosody.
        rate_hz: 8000 to 48 000.

    Raises:
        BadAudio: another type, shape, rate or length.
    """
    if pcm.dtype != np.int16 or pcm.ndim != 1:
        raise BadAudio(f"Prosody is measured on (T,) int16, not {pcm.shape} {pcm.dtype}.")
    if not 8000 <= rate_hz <= 48_000:
        raise BadAudio(f"Prosody is measured at 8000 to 48 000 Hz, not at {rate_hz}.")
    if pcm.size > MOST_S * rate_hz:
        raise BadAudio(f"{pcm.size / rate_hz:.1f} s of audio are more than {MOST_S} s.")
    samples, rate = _narrow(pcm[-MEASURED_S * rate_hz :], rate_hz)
    if samples.size < 2 * _FRAME_MS * rate // 1000:
        return Prosody()
    pitch, levels = _frames(samples, rate)
    voiced = pitch > 0.0
    if not voiced.any():
        return Prosody()
    heights = np.log2(pitch[voiced])
    low, high = np.quantile(heights, (0.16, 0.84))
    powers = 10.0 ** (levels[voiced] / 10.0)
    return Prosody(
        pitch_hz=float(2.0 ** np.median(heights)),
        pitch_spread=float(6.0 * (high - low)),
        level_dbfs=float(10.0 * np.log10(powers.mean())),
        level_spread=float(levels[voiced].std()),
        rate_sps=_syllables_per_second(samples, rate, voiced),
        voiced_ms=float(voiced.sum()) * _HOP_MS,
    )


def _narrow(pcm: NDArray[np.int16], rate_hz: int) -> tuple[NDArray[np.float32], int]:
    """(T,) float32 in −1..1 at 8 to 16 kHz."""
    samples: NDArray[np.float32] = pcm.astype(np.float32) / np.float32(32768.0)
    factor = rate_hz // _RATE_HZ
    if factor > 1:
        samples = samples[: samples.size // factor * factor].reshape(-1, factor).mean(axis=1)
    return samples, rate_hz // factor


def _frames(
    samples: NDArray[np.float32], rate: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pitch in Hz (0: no voice) and level in dBFS of each 40 ms, every 20 ms: both (frames,)."""
    frames = _cut(samples, rate)
    levels = _dbfs(np.mean(frames * frames, axis=1))
    floor = max(float(np.quantile(levels, 0.95)) - _BELOW_LOUDEST_DB, _QUIETEST_DBFS)
    loud = levels > floor
    pitch = np.zeros(len(frames))
    if loud.any():
        # Half the rate, so that a peak is wider than the samples it is read from.
        halved = np.convolve(samples, _LOWPASS, mode="same")[::2]
        pitch[loud] = _pitch(_cut(halved, rate // 2)[: len(frames)][loud], rate // 2)
    return pitch, levels


def _cut(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """(frames, samples) without the mean of each."""
    size, hop = _FRAME_MS * rate // 1000, _HOP_MS * rate // 1000
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    centred: NDArray[np.float32] = frames - frames.mean(axis=1, keepdims=True)
    return centred


def _pitch(frames: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """(frames, samples) → Hz of each frame, 0 where it is not periodic."""
    window, own, length = _window(frames.shape[1])
    spectrum = np.fft.rfft(frames * window, length, axis=1)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, length, axis=1)
    lags = np.arange(int(rate / _PITCH_HZ[1]), math.ceil(rate / _PITCH_HZ[0]) + 1)
    about = slice(int(lags[0]) - 1, int(lags[-1]) + 2)
    ratio = correlation[:, about] / (correlation[:, :1] * own[about])
    middle = ratio[:, 1:-1]
    peaks = (middle >= ratio[:, :-2]) & (middle > ratio[:, 2:])
    # An octave too low fits as well as the true period: of equal peaks the shorter lag wins.
    cost = (_OCTAVE_COST * np.log2(lags)).astype(np.float32)
    strength = np.where(peaks, middle - cost, np.float32(-9.0))
    rows, best = np.arange(len(frames)), strength.argmax(axis=1)
    before, at, behind = (ratio[rows, best + step] for step in range(3))
    periodic = peaks[rows, best] & (at > _VOICED)
    bend = np.where(periodic, before - 2.0 * at + behind, -1.0)
    shift = np.clip(0.5 * (behind - before) / -bend, -0.5, 0.5)
    return np.where(periodic, rate / (lags[best] + shift), 0.0)


@functools.lru_cache(maxsize=4)
def _window(size: int) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """A Hann window, its autocorrelation from 1 at lag 0, and the length of the transform."""
    window = np.hanning(size + 2)[1:-1]
    length = 1 << (size + size // 3).bit_length()
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * length)) ** 2)[:length]
    own = np.maximum(own / own[0], 1e-6)
    return window.astype(np.float32), own.astype(np.float32), length


def _syllables_per_second(
    samples: NDArray[np.float32], rate: int, voiced: NDArray[np.bool_]
) -> float:
    hop = _LEVEL_HOP_MS * rate // 1000
    powers = np.square(samples[: samples.size // hop * hop]).reshape(-1, hop).mean(axis=1)
    levels = _dbfs(np.convolve(powers, np.full(_SMOOTH, 1.0 / _SMOOTH), mode="same"))
    loud = np.flatnonzero(levels > np.quantile(levels, 0.99) - _BELOW_LOUDEST_DB)
    gaps = np.diff(loud)
    spoken_s = (1 + gaps[gaps * _LEVEL_HOP_MS < _PAUSE_MS].sum()) * _LEVEL_HOP_MS / 1000.0
    floor = float(levels[loud].min())
    nuclei = [place for place in _peaks(levels.tolist(), floor) if _voiced_at(place, voiced)]
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
            elif level < levels[top] - _DIP_DB:
                if levels[top] > floor:
                    found.append(top)
                rising, bottom = False, place
        elif level < levels[bottom]:
            bottom = place
        elif level > levels[bottom] + _DIP_DB:
            rising, top = True, place
    return found


def _voiced_at(place: int, voiced: NDArray[np.bool_]) -> bool:
    frame = place * _LEVEL_HOP_MS // _HOP_MS
    return bool(voiced[max(0, frame - 2) : frame + 2].any())


def _dbfs(powers: NDArray[np.floating]) -> NDArray[np.float64]:
    decibels: NDArray[np.float64] = 10.0 * np.log10(
        np.maximum(powers.astype(np.float64), 10.0 ** (SILENCE_DBFS / 10.0))
    )
    return decibels
