"""Where in a waveform there is a voice: by the levels of windows of 10 ms."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

WINDOW_S: Final = 0.010
SILENT: Final = 10.0 ** (-50.0 / 20.0)
"""RMS of the loudest window below which nothing was said."""
_VOICED: Final = 10.0 ** (-38.0 / 20.0)
"""Of the loudest window."""


def levels(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """(N,) float32: RMS of each window of 10 ms, the last one filled up with silence."""
    window = int(WINDOW_S * rate_hz)
    count = -(-samples.size // window)
    padded = np.pad(samples, (0, count * window - samples.size)).reshape(count, window)
    rms: NDArray[np.float32] = np.sqrt(np.mean(padded * padded, axis=1))
    return rms


def voiced_span(samples: NDArray[np.float32], rate_hz: int) -> tuple[int, int]:
    """First sample with voice in it, and one past the last; (0, 0): none, or no numbers."""
    found = levels(samples, rate_hz)
    loudest = float(found.max(initial=0.0))
    if not SILENT <= loudest < np.inf:
        return 0, 0
    voiced = np.flatnonzero(found > loudest * _VOICED)
    window = int(WINDOW_S * rate_hz)
    return int(voiced[0]) * window, min(samples.size, (int(voiced[-1]) + 1) * window)
