"""How far voice stands above what else is heard."""

from __future__ import annotations

from typing import Final

import numpy as np

from engines.samples.spans import Voice
from engines.samples.spectrum import HIGHEST_HZ, Spectra

BEST_DB: Final = 60.0
WORST_DB: Final = -10.0
_LOW_HZ: Final = 150.0
_BANDS: Final = 20
_QUIET_PERCENT: Final = 10.0
_QUIET_BIAS: Final = 1.6
"""The mean of noise over its tenth percentile in a band."""
_LEAST_PAUSE: Final = 15


def signal_to_noise_db(spectra: Spectra, voice: Voice) -> float:
    """Power of the voice over that of the noise, -10 to 60 dB.

    The noise is what is heard in the pauses (a radio, steps), and at least what is left of each
    twentieth of the band when it is quiet: so steady noise is found where nobody pauses.
    """
    power = spectra.power[:, spectra.bins(_LOW_HZ, HIGHEST_HZ)]
    if not voice.spoken.any():
        return WORST_DB
    bands = np.array_split(power, _BANDS, axis=1)
    floor = sum(float(np.percentile(one.sum(axis=1), _QUIET_PERCENT)) for one in bands)
    noise = floor * _QUIET_BIAS
    if np.count_nonzero(voice.pause) >= _LEAST_PAUSE:
        noise = max(noise, float(power[voice.pause].sum(axis=1).mean()))
    heard = float(power[voice.spoken].sum(axis=1).mean())
    ratio = max(heard - noise, 1e-15) / max(noise, 1e-15)
    return float(np.clip(10.0 * np.log10(ratio), WORST_DB, BEST_DB))
