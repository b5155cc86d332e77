"""What a voice's equaliser has to do: bring what it says to the spectrum of a person saying it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch

from engines.tts.equaliser import band_centres
from models.tts.clip import RATE_HZ, Floats
from models.tts.long_term_spectrum import triangles

_FFT: Final = 512
_HOP: Final = 160
_LEAST: Final = 1e-9
_MOST_DB: Final = 6.0
"""More of it is the noise of a room, …"""
_LEAST_DB: Final = -12.0
"""… less is where a line ends."""


def gains_db(said: Sequence[Floats], recorded: Sequence[Floats], band_hz: int) -> Floats:
    """(48,) float32 at the equaliser's bands, of median 0 within the recordings' band.

    The means are of amplitudes, so that what is loud counts: means of decibel are mostly of what is
    hardly heard, means of power of a few vowels. Above the recordings' band the last gain holds:
    a line falls off below its end, and what it took away is not to come back behind it.

    Args:
        said: (T,) float32 at 16 kHz each, in the recordings' band.
        recorded: the same words, by the person.
        band_hz: of the recordings.
    """
    centres = band_centres()
    filters = triangles(_edges(centres), _FFT, RATE_HZ)
    wanted, own = (_amplitudes(some, filters) for some in (recorded, said))
    known = centres < min(band_hz, RATE_HZ / 2)
    gains = 20.0 * np.log10(wanted / own)
    gains -= np.median(gains[known])
    gains[~known] = gains[known][-1]
    return np.asarray(np.clip(gains, _LEAST_DB, _MOST_DB), dtype=np.float32)


def _edges(centres: Floats) -> Floats:
    """(50,) float32, Hz: each band's neighbours are where it ends."""
    first, last = 2 * centres[0] - centres[1], 2 * centres[-1] - centres[-2]
    return np.asarray([first, *centres, last], dtype=np.float32)


def _amplitudes(clips: Sequence[Floats], filters: torch.Tensor) -> Floats:
    window = torch.hann_window(_FFT)
    total = torch.zeros(len(filters))
    for clip in clips:
        audio = torch.from_numpy(np.ascontiguousarray(clip))
        spectrum = torch.stft(audio, _FFT, _HOP, window=window, return_complex=True)
        power = filters @ (spectrum.real.square() + spectrum.imag.square())
        total += (power + _LEAST).sqrt().sum(dim=1)
    return np.asarray(total.numpy())
