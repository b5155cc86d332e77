"""Whisper's log-mel spectrogram: 80 bands, frames of 25 ms every 10 ms, 16 kHz."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 16000
BANDS: Final = 80
HOP: Final = 160
"""Samples from frame to frame: 10 ms."""
_WINDOW: Final = 400

Floats = NDArray[np.float32]


def log_mel(audio: Floats) -> Floats:
    """The spectrogram as Whisper was trained on it.

    Power spectrum of Hann windows (centred, edges reflected), 80 Slaney mel bands, base-10
    logarithm floored at 8 below the loudest, then (x + 4) / 4. Source: openai/whisper, audio.py.

    Args:
        audio: (T,) float32, -1..1, 16 kHz, T >= 201.

    Returns:
        (80, T // 160) float32.
    """
    padded = np.pad(audio, _WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP]
    spectrum = np.fft.rfft(frames[: len(audio) // HOP] * _hann(), axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    bands = _filters() @ power.T.astype(np.float32)
    logarithm = np.log10(np.maximum(bands, 1e-10))
    floored = np.maximum(logarithm, logarithm.max() - 8.0)
    scaled: Floats = ((floored + 4.0) / 4.0).astype(np.float32)
    return scaled


@lru_cache(maxsize=1)
def _hann() -> Floats:
    window: Floats = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    return window


@lru_cache(maxsize=1)
def _filters() -> Floats:
    """(80, 201) triangles on Slaney's mel scale (linear to 1 kHz, then logarithmic), unit area."""
    bins_hz = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
    mels = np.linspace(0.0, _hz_to_mel(RATE_HZ / 2), BANDS + 2)
    edges_hz = np.where(mels < 15.0, mels * 200 / 3, 1000 * np.exp((mels - 15.0) * _LOG_STEP))
    width_hz = np.diff(edges_hz)
    slopes = edges_hz[:, None] - bins_hz[None, :]
    rising = -slopes[:-2] / width_hz[:-1, None]
    falling = slopes[2:] / width_hz[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges_hz[2:] - edges_hz[:-2])
    filters: Floats = (triangles * area[:, None]).astype(np.float32)
    return filters


_LOG_STEP: Final = np.log(6.4) / 27.0


def _hz_to_mel(hz: float) -> float:
    return float(15.0 + np.log(hz / 1000.0) / _LOG_STEP)
