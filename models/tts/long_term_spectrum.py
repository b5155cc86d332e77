"""The long-term spectrum of speech: ECAPA takes each band's mean away and does not hear it."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

_FFT: Final = 512
_HOP: Final = 160
_RATE_HZ: Final = 16_000
_BANDS: Final = 48
_LOWEST_HZ: Final = 100.0
_QUIET_DB: Final = -30.0
"""Frames this far below the loudest are no speech."""


class LongTermSpectrum:
    """``spectrum(audio)``: (1, T) float32 at 16 kHz to (48,) dB, mean 0.

    Args:
        band_hz: up to where the speech goes.
    """

    def __init__(self, band_hz: float) -> None:
        top = min(band_hz, 8000.0) * 0.85
        mels = torch.linspace(_mel(_LOWEST_HZ), _mel(top), _BANDS + 2)
        edges = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
        frequencies = torch.linspace(0.0, _RATE_HZ / 2, _FFT // 2 + 1)
        rising = (frequencies - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
        falling = (edges[2:, None] - frequencies) / (edges[2:] - edges[1:-1])[:, None]
        self._filters = torch.minimum(rising, falling).clamp(min=0.0)
        self._window = torch.hann_window(_FFT)

    def __call__(self, audio: Tensor) -> Tensor:
        """(48,) float32; the gradient reaches the audio."""
        spectrum = torch.stft(audio, _FFT, _HOP, window=self._window, return_complex=True)[0]
        bands = self._filters @ (spectrum.real.square() + spectrum.imag.square())
        level = bands.detach().sum(dim=0)
        spoken = level > level.max() * 10 ** (_QUIET_DB / 10)
        decibel = 10 * torch.log10(bands[:, spoken].mean(dim=1) + 1e-9)
        return decibel - decibel.mean()


def _mel(hz: float) -> float:
    return 2595.0 * float(torch.log10(torch.tensor(1.0 + hz / 700.0)))
