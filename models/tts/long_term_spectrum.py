"""The long-term spectrum of speech: ECAPA takes each band's mean away and does not hear it.

It is a mean of logarithms, so that a gentle filter on the speech adds its gains to it, but for a
constant, whatever is said.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from engines.tts.equaliser import mel_spaced
from models.tts.clip import Floats

_FFT: Final = 512
_HOP: Final = 160
_RATE_HZ: Final = 16_000
BANDS: Final = 48
_LOWEST_HZ: Final = 100.0
_QUIET_DB: Final = -30.0
"""Frames this far below the loud ones are no speech."""
_LOUD: Final = 0.95
_DEEPEST_DB: Final = -45.0
"""What lies further below a frame's loudest band is noise of the line."""


def triangles(edges_hz: Floats, fft: int, rate_hz: int) -> Tensor:
    """(B, fft ÷ 2 + 1) float32: filters of height 1 between B + 2 edges, on a power spectrum."""
    edges = torch.from_numpy(edges_hz)
    frequencies = torch.linspace(0.0, rate_hz / 2, fft // 2 + 1)
    rising = (frequencies - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - frequencies) / (edges[2:] - edges[1:-1])[:, None]
    return torch.minimum(rising, falling).clamp(min=0.0)


class LongTermSpectrum:
    """``spectrum(audio)``: (1, T) float32 at 16 kHz to (48,) dB, mean 0.

    Args:
        band_hz: up to where the speech goes.
    """

    def __init__(self, band_hz: float) -> None:
        top = min(band_hz, 8000.0) * 0.85
        edges_hz = mel_spaced(_LOWEST_HZ, top, BANDS + 2)
        self._filters = triangles(edges_hz, _FFT, _RATE_HZ)
        self.centres_hz = edges_hz[1:-1]
        """(48,) Hz."""
        self._window = torch.hann_window(_FFT)

    def __call__(self, audio: Tensor) -> Tensor:
        """(48,) float32; the gradient reaches the audio."""
        frames, spoken = self.frames(audio)
        return frames[spoken].mean(dim=0)

    def frames(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """(1, T) float32 at 16 kHz to (F, 48) dB of mean 0, every 10 ms; (F,) bool: speech."""
        return self.shapes(self.bands(audio, self._window, _HOP))

    def bands(self, audio: Tensor, window: Tensor, hop: int) -> Tensor:
        """(1, T) float32 at 16 kHz to (F, 48) power, every ``hop`` samples; the gradient passes.

        Args:
            audio: speech.
            window: of 512 samples at most.
            hop: samples between frames.
        """
        spectrum = torch.stft(audio, _FFT, hop, window.numel(), window=window, return_complex=True)[
            0
        ]
        return (self._filters @ (spectrum.real.square() + spectrum.imag.square())).T

    def shapes(self, bands: Tensor) -> tuple[Tensor, Tensor]:
        """(F, 48) power to (F, 48) dB of mean 0 and (F,) bool: speech."""
        with torch.no_grad():
            level = bands.sum(dim=1)
            spoken = level > level.quantile(_LOUD) * 10 ** (_QUIET_DB / 10)
            least = bands.amax(dim=1, keepdim=True) * 10 ** (_DEEPEST_DB / 10) + 1e-9
        decibel = 10 * torch.log10(torch.maximum(bands, least))
        return decibel - decibel.mean(dim=1, keepdim=True), spoken
