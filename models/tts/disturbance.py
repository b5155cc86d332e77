"""What a speaker network hears of a fit: each time over another line, with another noise.

A style that is fitted to one network learns what pleases that network. Little of that survives a
random channel and noise; what makes a voice does. The person is heard undisturbed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor

_KNOTS: Final = 8
_CHANNEL_DB: Final = 3.0
"""Standard deviation of the gain at each of the knots, which lie equally far apart."""
_NOISE_DB: Final = (15.0, 35.0)
"""Speech above white noise."""


def disturbed(audio: Tensor, rng: np.random.Generator) -> Tensor:
    """(1, T) float32 to (1, T): a random channel, and noise on it; the gradient passes through."""
    size = audio.shape[1]
    knots = torch.from_numpy(rng.normal(0.0, _CHANNEL_DB, (1, 1, _KNOTS)).astype(np.float32))
    spectrum = torch.fft.rfft(audio)
    gains = F.interpolate(knots, size=spectrum.shape[1], mode="linear", align_corners=True)[0]
    heard = torch.fft.irfft(spectrum * 10.0 ** (gains / 20.0), n=size)
    level = heard.detach().square().mean().sqrt() * 10.0 ** (-rng.uniform(*_NOISE_DB) / 20.0)
    return heard + level * torch.from_numpy(rng.standard_normal((1, size)).astype(np.float32))
