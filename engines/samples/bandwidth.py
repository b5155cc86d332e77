"""Up to which frequency there is speech in a recording."""

from __future__ import annotations

from typing import Final

import numpy as np

from engines.samples.spans import Voice
from engines.samples.spectrum import Spectra, decibel

STEP_HZ: Final = 250.0
TELEPHONE_HZ: Final = 4000
WIDE_HZ: Final = 8000
_WIDE_FROM_HZ: Final = 5000.0
_ABOVE_NOISE_DB: Final = 8.0
_RANGE_DB: Final = 55.0
_GAP: Final = 3


def bandwidth_hz(spectra: Spectra, voice: Voice) -> float:
    """The upper edge of the highest 250 Hz in which speech stands above noise; 0 without voice.

    Speech stands there where its loud moments are 8 dB above the quiet ones and at most 55 dB below
    those of the loudest band. Gaps of 750 Hz are crossed.
    """
    if not voice.spoken.any():
        return 0.0
    width = max(1, round(STEP_HZ / spectra.step_hz))
    count = spectra.power.shape[1] // width
    bands = spectra.power[:, : count * width].reshape(len(spectra.power), count, width).sum(axis=2)
    loud = decibel(np.percentile(bands[voice.spoken], 95, axis=0).astype(np.float32))
    quiet = decibel(np.percentile(bands, 10, axis=0).astype(np.float32))
    there = (loud > quiet + _ABOVE_NOISE_DB) & (loud > loud.max() - _RANGE_DB)
    places = np.flatnonzero(there)
    if places.size == 0:
        return 0.0
    gaps = np.flatnonzero(np.diff(places) > _GAP + 1)
    top = places[gaps[0]] if gaps.size else places[-1]
    return float((top + 1) * width * spectra.step_hz)


def nominal_band_hz(measured_hz: float) -> int:
    """4000 for what came over a telephone, else 8000."""
    return WIDE_HZ if measured_hz >= _WIDE_FROM_HZ else TELEPHONE_HZ
