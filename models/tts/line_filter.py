"""What of a 24 kHz voice a speaker network hears: 16 kHz, and only the band of the references.

A polyphase filter (two outputs every three inputs) of Kaiser's windowed sinc, as a convolution, so
that the gradient passes through it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor

_INPUT_HZ: Final = 24_000
_REACH: Final = 72
"""Input samples on each side."""
_KAISER: Final = 8.0
_PASSED: Final = 0.92
"""Of the band, up to the middle of the filter's slope."""


class LineFilter:
    """``line(wave)``: (B, T) at 24 kHz to (B, ⌊2 T ÷ 3⌋) at 16 kHz.

    Args:
        band_hz: what the references have: 4000 is the telephone's, 8000 all that 16 kHz has.
    """

    def __init__(self, band_hz: float) -> None:
        cut = 2 * min(band_hz, 8000.0) * _PASSED / _INPUT_HZ
        offsets = np.arange(-_REACH, _REACH + 3)
        rows = []
        for phase in (0.0, 1.5):
            time = offsets - phase
            window = np.i0(_KAISER * np.sqrt(np.clip(1 - (time / (_REACH + 1)) ** 2, 0, None)))
            row = np.sinc(cut * time) * window
            rows.append(row / row.sum())
        self._kernel = torch.tensor(np.stack(rows)[:, None], dtype=torch.float32)

    def __call__(self, wave: Tensor) -> Tensor:
        """(B, T) float32 to (B, U) float32."""
        padded = F.pad(wave[:, None], (_REACH, _REACH + 2))
        return F.conv1d(padded, self._kernel, stride=3).transpose(1, 2).flatten(1)
