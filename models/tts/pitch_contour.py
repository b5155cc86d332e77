"""The pitch of a recording over time, as Kokoro's decoder takes it: a value every 12.5 ms.

Candidates are peaks of the window-corrected autocorrelation, and the path through them costs jumps
and changes of voicing: P. Boersma, "Accurate short-term analysis of the fundamental frequency and
the harmonics-to-noise ratio of a sampled sound", Proceedings of the Institute of Phonetic Sciences
17, Amsterdam 1993.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.tts.clip import RATE_HZ, Floats

HOP: Final = RATE_HZ // 80
"""Samples of a value."""
_WINDOW: Final = RATE_HZ // 20
_TRANSFORM: Final = 2048
_LOWEST_HZ: Final = 60.0
_HIGHEST_HZ: Final = 450.0
_CANDIDATES: Final = 5
_VOICED: Final = 0.45
"""What a peak must reach, …"""
_SILENCE: Final = 0.03
"""… and the more, the nearer a frame is to this share of a loud one."""
_OCTAVE_COST: Final = 0.01
_JUMP_COST: Final = 0.35
"""Of an octave between two frames."""
_CHANGE_COST: Final = 0.14
"""Of becoming voiced or unvoiced."""


def pitch_contour(audio: Floats) -> Floats:
    """(T,) float32 at 16 kHz → (T // 200,) float32, Hz; 0 where there is no voice."""
    count = audio.size // HOP
    if count == 0:
        return np.zeros(0, np.float32)
    padded = np.pad(audio.astype(np.float64), (_WINDOW // 2, _WINDOW))
    starts = np.arange(count)[:, None] * HOP
    frames = padded[starts + np.arange(_WINDOW)]
    frames -= frames.mean(axis=1, keepdims=True)
    levels = np.sqrt((frames**2).mean(axis=1))
    loud = levels / max(float(np.percentile(levels, 95)), 1e-9)
    strengths, hertz = _peaks(_autocorrelation(frames))
    gain = strengths - _OCTAVE_COST * np.log2(_HIGHEST_HZ / hertz)
    unvoiced = np.minimum(_VOICED + np.maximum(0.0, 2.0 - loud / _SILENCE), 2.0)
    return _path(
        np.concatenate([-gain, -unvoiced[:, None]], axis=1),
        np.concatenate([hertz, np.zeros((count, 1))], axis=1),
    )


def _autocorrelation(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """(F, W), 1 at lag 0, that of the window divided out."""
    window = np.hanning(_WINDOW)

    def of(signal: NDArray[np.float64]) -> NDArray[np.float64]:
        power = np.abs(np.fft.rfft(signal, _TRANSFORM)) ** 2
        return np.asarray(np.fft.irfft(power, _TRANSFORM)[:, :_WINDOW])

    own, windows = of(frames * window), of(window[None])[0]
    return np.asarray(own / np.maximum(own[:, :1], 1e-12) / np.maximum(windows / windows[0], 1e-3))


def _peaks(correlation: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(F, C) strengths, −1 where there are fewer peaks, and (F, C) Hz."""
    first, last = int(RATE_HZ / _HIGHEST_HZ), int(RATE_HZ / _LOWEST_HZ)
    left, middle, right = (correlation[:, first + shift : last + shift] for shift in (-1, 0, 1))
    strengths = np.where((middle > left) & (middle >= right), middle, -1.0)
    places = np.argsort(-strengths, axis=1)[:, :_CANDIDATES]
    below, at, above = (np.take_along_axis(side, places, axis=1) for side in (left, middle, right))
    bend = below - 2 * at + above
    shift = np.where(bend < -1e-9, 0.5 * (below - above) / np.minimum(bend, -1e-9), 0.0)
    lags = first + places + np.clip(shift, -0.5, 0.5)
    return np.take_along_axis(strengths, places, axis=1), RATE_HZ / lags


def _path(costs: NDArray[np.float64], hertz: NDArray[np.float64]) -> Floats:
    """The cheapest way through (F, C) candidates; the last one is: no voice."""
    voiced = hertz > 0
    octaves = np.log2(np.where(voiced, hertz, 1.0))
    total, came_from = costs[0], []
    for place in range(1, len(costs)):
        both = voiced[place - 1][:, None] & voiced[place]
        change = voiced[place - 1][:, None] != voiced[place]
        jump = np.abs(octaves[place - 1][:, None] - octaves[place])
        step = total[:, None] + np.where(both, _JUMP_COST * jump, _CHANGE_COST * change)
        came_from.append(step.argmin(axis=0))
        total = step.min(axis=0) + costs[place]
    chosen = [int(total.argmin())]
    for back in reversed(came_from):
        chosen.append(int(back[chosen[-1]]))
    return hertz[np.arange(len(costs)), chosen[::-1]].astype(np.float32)
