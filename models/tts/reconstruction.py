"""How far a passage is from how the person said it: spectrum by spectrum, loudness by loudness."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from models.tts.clip import Floats
from models.tts.long_term_spectrum import LongTermSpectrum

_DECIBEL: Final = 10.0
_COLOUR: Final = 0.3
"""Weight of the mean of the shapes' differences: an equaliser takes most of it away."""
_LOUDNESS: Final = 0.25
"""Power of a band as it is heard: S. S. Stevens, "On the psychophysical law", Psychological Review
64, 1957, has 0.3 for the loudness of tones; 0.25 here."""
_LEVEL: Final = 0.2
"""Weight of the course of the level."""
_LEAST: Final = 1e-9
_WINDOW: Final = 160
"""Samples, 10 ms: so short that the harmonics of a high voice are not told apart, …"""
_HOP: Final = 80
_TOGETHER: Final = 4
"""… and so many such frames behind each other are one that its periods are not either."""


class Recorded:
    """A passage as it was recorded, measured once.

    Args:
        spectrum: the bands.
        audio: (T,) float32 at 16 kHz.
    """

    def __init__(self, spectrum: LongTermSpectrum, audio: Floats) -> None:
        self._spectrum, self._window = spectrum, torch.hann_window(_WINDOW)
        self._bands = self._envelopes(torch.from_numpy(audio)[None])
        self._shapes, self._speech = spectrum.shapes(self._bands)

    def unlike(self, said: Tensor, gains_db: Tensor) -> tuple[Tensor, Tensor]:
        """Distances of the shapes of spectra, in units of (10 dB)², and of loudness.

        Args:
            said: (1, T) float32 at 16 kHz, the same moments in another voice.
            gains_db: (48,) float32, of the line between the two, as far as it is known.

        Returns:
            () float32 each. The second is relative to how much the loudness of bands varies, and
            has a share of how otherwise the level comes and goes, in (10 dB)².
        """
        bands = self._envelopes(said)
        shapes, _ = self._spectrum.shapes(bands)
        count = min(len(bands), len(self._bands))
        speech = self._speech[:count]
        apart = (shapes[:count] - self._shapes[:count])[speech] / _DECIBEL
        colour = apart.mean(dim=0)
        shape = (apart - colour).square().mean() + _COLOUR * colour.square().mean()

        heard, wanted = bands[:count] * 10.0 ** (gains_db / 10.0), self._bands[:count]
        scale = wanted.mean()
        heard = heard * (wanted.sum() / heard.sum().detach())
        loud, louder = (((one + _LEAST) / scale)[speech] ** _LOUDNESS for one in (heard, wanted))
        loudness = (loud - louder).square().mean() / louder.var()
        levels = [10.0 * (one.sum(dim=1)[speech] + 1e-7).log10() for one in (heard, wanted)]
        course = (levels[0] - levels[1]) / _DECIBEL
        return shape, loudness + _LEVEL * (course - course.mean()).square().mean()

    def _envelopes(self, audio: Tensor) -> Tensor:
        """(1, T) float32 at 16 kHz to (F, 48) power of bands, every 10 ms; the gradient passes."""
        bands = self._spectrum.bands(audio, self._window, _HOP)
        return torch.nn.functional.avg_pool1d(bands.T, _TOGETHER, 2).T
