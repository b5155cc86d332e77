"""Music, hum and signalling tones: frequencies that stay where they are, as a voice's do not."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.samples.spans import Voice, runs
from engines.samples.spectrum import FRAMES_PER_S, Floats

_WINDOW_S: Final = 0.128
_HOP_S: Final = 0.032
_LOW_HZ: Final = 180.0
_HIGH_HZ: Final = 3400.0
_PROMINENT_DB: Final = 10.0
_AROUND_HZ: Final = 250.0
_HELD: Final = 10
"""Frames of 32 ms: notes are longer, syllables that hold their pitch so exactly are not."""
_TONES: Final = 2


def tonal_share(pcm: NDArray[np.int16], rate_hz: int, voice: Voice) -> float:
    """Share of the pauses in which frequencies are held; of everything where nobody pauses."""
    tonal = tonal_frames(pcm, rate_hz)
    if tonal.size == 0 or voice.pause.size == 0:
        return 0.0
    centres = (np.arange(len(tonal)) * _HOP_S + _WINDOW_S / 2) * FRAMES_PER_S
    pause = voice.pause[np.minimum(centres.astype(int), len(voice.pause) - 1)]
    if np.count_nonzero(pause) < _HELD:
        return float(np.mean(tonal))
    return float(np.mean(tonal[pause]))


def tonal_frames(pcm: NDArray[np.int16], rate_hz: int) -> NDArray[np.bool_]:
    """(F,) bool, one every 32 ms: at least two frequencies are held there for 0.3 s or longer."""
    window_samples, hop = round(_WINDOW_S * rate_hz), round(_HOP_S * rate_hz)
    if len(pcm) < window_samples:
        return np.zeros(0, bool)
    cut = np.lib.stride_tricks.sliding_window_view(pcm, window_samples)[::hop]
    window = np.hanning(window_samples).astype(np.float32)
    step_hz = rate_hz / window_samples
    low, high = round(_LOW_HZ / step_hz), round(_HIGH_HZ / step_hz)
    level = np.empty((len(cut), high - low), np.float32)
    for at in range(0, len(cut), 500):
        found = np.fft.rfft(cut[at : at + 500].astype(np.float32) * window, axis=1)[:, low:high]
        level[at : at + 500] = 10.0 * np.log10(found.real**2 + found.imag**2 + 1.0)
    held = _held(_peaks(level, round(_AROUND_HZ / step_hz)))
    return np.asarray(np.count_nonzero(held, axis=1) >= _TONES)


def _peaks(level: Floats, around: int) -> NDArray[np.bool_]:
    """Local maxima that stand out of their neighbourhood's mean."""
    padded = np.pad(level, ((0, 0), (around, around)), mode="edge")
    sums = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    mean = (sums[:, 2 * around + 1 :] - sums[:, : -(2 * around + 1)]) / (2 * around + 1)
    peaks = level > mean + _PROMINENT_DB
    peaks[:, 1:] &= level[:, 1:] >= level[:, :-1]
    peaks[:, :-1] &= level[:, :-1] > level[:, 1:]
    return peaks


def _held(peaks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Peaks that stay within a bin for ``_HELD`` frames."""
    near = peaks.copy()
    near[:, 1:] |= peaks[:, :-1]
    near[:, :-1] |= peaks[:, 1:]
    held = np.zeros_like(peaks)
    for place in range(peaks.shape[1]):
        for first, past in runs(near[:, place]):
            if past - first >= _HELD:
                held[first:past, place] = peaks[first:past, place]
    return held
