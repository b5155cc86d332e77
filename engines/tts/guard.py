"""What is no believable speech: the ways in which a synthesiser fails, seen in its waveform.

A pure function over one clause, for every voice. The limits are wide: a false alarm costs the
caller a second synthesis, and a clause that is only odd is better than another voice.
"""

from __future__ import annotations

import math
import re
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.tts.voiced import WINDOW_S, levels, voiced_span

TroubleCode = Literal[
    "broken", "silent", "words_missing", "endless", "repeats", "gap", "clipped", "buzz"
]

_LARGEST: Final = 4.0
"""Full scale is 1, stock voices reach 0.7. Beside a spike all speech would be made too soft."""
_FASTEST_S: Final = 0.020
_SLOWEST_S: Final = 0.220
"""Of a phoneme token at speed 1."""
_FASTEST_LETTER_S: Final = 0.020
_SLOWEST_LETTER_S: Final = 0.400
"""Of a letter, or a third of a Chinese character; spelled ones (W) take longest."""
_EDGE_S: Final = 0.35
"""By which a clause may be shorter or longer on the whole."""
_HAN_LETTERS: Final = 3
"""A Chinese character takes as long as three letters."""
_LONGEST_GAP_S: Final = 1.0
_GAP: Final = 10.0 ** (-45.0 / 20.0)
"""Of the loudest window, below which nothing is said."""
_FLAT_TOPS: Final = 5e-4
"""Share of samples that lie on a cut-off top, three or more in a row."""
_ON_TOP: Final = 1.0 - 1e-5

_FRAME_S: Final = 0.020
_BANDS: Final = 16
_BAND_HZ: Final = (120.0, 3800.0)
_FLOOR: Final = 1e-5
"""Of the loudest frame's power: what lies below is one silence."""
_LAGS_S: Final = (0.08, 0.60)
"""Of what is said over and over: a syllable to three."""
_PERIODS: Final = 3
"""So often the same comes again."""
_SAME: Final = 0.9
"""Mean likeness of a stretch of speech to what comes a period later …"""
_CONTRAST: Final = 0.30
"""… and by how much less half a period later: else it is one long sound."""
_STEADY: Final = 0.3
"""Mean change of the bands from one frame to the next, in nepers of power."""
_LONGEST_STEADY_S: Final = 0.5
"""No vowel is held as long."""
_NOISE_FLATNESS: Final = 0.45
_MOST_NOISE: Final = 0.7
"""Share of loud frames without any pitch or formant."""

_SAID: Final = re.compile(r"[^\W_]")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_REPEATED: Final = re.compile(r"(.{1,12}?)\1\1")


class Trouble(msgspec.Struct, frozen=True):
    """One thing that is wrong with a clause."""

    code: TroubleCode
    detail: str
    """Figures, for the log; nothing of the text."""


def troubles(
    samples: NDArray[np.float32], rate_hz: int, *, text: str, tokens: int, speed: float = 1.0
) -> tuple[Trouble, ...]:
    """What is wrong with the waveform of one clause; empty: nothing.

    Args:
        samples: (T,) float32 as synthesised, with its silence around it.
        rate_hz: 8000 or more.
        text: what is said, numbers as words.
        tokens: phonemes that it should say.
        speed: that the waveform was asked for at; 0.5 is twice as long.
    """
    # A NaN is not less than anything, so it is caught too.
    if not samples.size or not np.abs(samples).max() < _LARGEST:
        return (Trouble("broken", "no waveform"),)
    start, end = voiced_span(samples, rate_hz)
    if start == end:
        return (Trouble("silent", "nothing above -50 dBFS"),)
    voice = samples[start:end]
    found = [
        *_of_length((end - start) / rate_hz * speed, text, tokens),
        *_of_gaps(voice, rate_hz, speed),
        *_of_tops(voice),
        *_of_sound(voice, rate_hz, text, speed),
    ]
    return tuple(found)


def _of_length(seconds: float, text: str, tokens: int) -> list[Trouble]:
    """Too short or too long for its phonemes, or for its letters where phonemes were lost."""
    letters = len(_SAID.findall(text)) + (_HAN_LETTERS - 1) * len(_HAN.findall(text))
    told = f"{seconds:.2f} s for {tokens} phonemes, {letters} letters"
    least = max(_FASTEST_S * tokens, _FASTEST_LETTER_S * letters) - _EDGE_S
    most = min(_SLOWEST_S * tokens, _SLOWEST_LETTER_S * letters or math.inf) + _EDGE_S
    if seconds < least:
        return [Trouble("words_missing", told)]
    return [Trouble("endless", told)] if seconds > most else []


def _of_gaps(voice: NDArray[np.float32], rate_hz: int, speed: float) -> list[Trouble]:
    found = levels(voice, rate_hz)
    longest = _longest(found < found.max() * _GAP) * WINDOW_S
    if longest * speed <= _LONGEST_GAP_S:
        return []
    return [Trouble("gap", f"{longest:.2f} s of silence inside")]


def _of_tops(voice: NDArray[np.float32]) -> list[Trouble]:
    cut = 0
    for top in (voice, -voice):
        on_top = top >= top.max() * _ON_TOP
        cut += int((on_top[:-2] & on_top[1:-1] & on_top[2:]).sum()) if top.max() > 0 else 0
    if cut <= _FLAT_TOPS * voice.size:
        return []
    return [Trouble("clipped", f"{cut} of {voice.size} samples")]


def _of_sound(voice: NDArray[np.float32], rate_hz: int, text: str, speed: float) -> list[Trouble]:
    """The same over and over, one long tone, or noise."""
    power = _frame_powers(voice, rate_hz)
    loud = power.sum(axis=1) > power.sum(axis=1).max() * 1e-3
    noisy = float((loud & (_flatness(power) > _NOISE_FLATNESS)).sum() / loud.sum())
    if noisy > _MOST_NOISE and len(loud) * _FRAME_S > _EDGE_S:
        return [Trouble("buzz", f"{noisy:.0%} noise")]
    logs = _band_logs(power)
    steady = _steady_s(logs, loud)
    if steady * speed > _LONGEST_STEADY_S:
        return [Trouble("buzz", f"{steady:.2f} s of one sound")]
    if _REPEATED.search("".join(_SAID.findall(text)).lower()):
        return []  # it is meant to repeat: 幺幺幺幺
    period = _period_s(logs, speed)
    return [Trouble("repeats", f"every {period:.2f} s")] if period else []


def _frame_powers(voice: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """(N, bins) float32: power spectrum of each 20 ms, up to 3.8 kHz."""
    size = int(_FRAME_S * rate_hz)
    count = max(1, voice.size // size)
    frames = np.resize(voice, (count, size)) * np.hanning(size).astype(np.float32)
    spectrum = np.fft.rfft(frames, axis=1)[:, : int(_BAND_HZ[1] * _FRAME_S) + 1]
    power: NDArray[np.float32] = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return power


def _flatness(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) float32: 1 where all frequencies are as strong, nearly 0 in a vowel."""
    inside = power[:, int(_BAND_HZ[0] * _FRAME_S) :] + np.float32(1e-12)
    flatness: NDArray[np.float32] = np.exp(np.log(inside).mean(axis=1)) / inside.mean(axis=1)
    return flatness


def _band_logs(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, bands) float32: natural logarithm of the power in each band."""
    edges = np.geomspace(*_BAND_HZ, _BANDS + 1) * _FRAME_S
    places = np.unique(np.rint(edges).astype(np.intp).clip(1, power.shape[1] - 1))
    bands = np.add.reduceat(power, places, axis=1)
    logs: NDArray[np.float32] = np.log(np.maximum(bands, bands.max() * _FLOOR))
    return logs


def _steady_s(logs: NDArray[np.float32], loud: NDArray[np.bool_]) -> float:
    """The longest time in which nothing changes."""
    same = np.abs(np.diff(logs, axis=0)).mean(axis=1) < _STEADY
    return _longest(same & loud[1:] & loud[:-1]) * _FRAME_S


def _period_s(logs: NDArray[np.float32], speed: float) -> float:
    """After how long the same comes again, four times in a row; 0: nothing does."""
    shapes = logs - logs.mean(axis=0)
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True) + np.float32(1e-6)
    shortest, longest = (round(lag / speed / _FRAME_S) for lag in _LAGS_S)
    for lag in range(shortest, min(longest, len(shapes) // (_PERIODS + 1)) + 1):
        stretch = _PERIODS * lag
        again = _means((shapes[lag:] * shapes[:-lag]).sum(axis=1), stretch)
        between = _means((shapes[lag // 2 :] * shapes[: -(lag // 2)]).sum(axis=1), stretch)
        if ((again > _SAME) & (between[: len(again)] < again - _CONTRAST)).any():
            return lag * _FRAME_S
    return 0.0


def _means(values: NDArray[np.float32], stretch: int) -> NDArray[np.float64]:
    """The mean of each ``stretch`` values that follow each other."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    means: NDArray[np.float64] = (sums[stretch:] - sums[:-stretch]) / stretch
    return means


def _longest(run: NDArray[np.bool_]) -> int:
    """Length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], run, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))
