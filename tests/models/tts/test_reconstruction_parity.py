"""How far a passage is from how it was recorded."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from engines.tts.equaliser import BANDS, Equaliser
from models.tts.clip import RATE_HZ, Floats
from models.tts.long_term_spectrum import LongTermSpectrum
from models.tts.reconstruction import Recorded

SPECTRUM = LongTermSpectrum(8000)
FLAT = torch.zeros(BANDS)


def syllables(formant_hz: float, rate: float = 4.0) -> Floats:
    """Noise around a formant, louder and quieter."""
    rng = np.random.default_rng(5)
    spectrum = np.fft.rfft(rng.standard_normal(RATE_HZ))
    hertz = np.fft.rfftfreq(RATE_HZ, 1 / RATE_HZ)
    noise = np.fft.irfft(spectrum / (1 + ((hertz - formant_hz) / 300) ** 2), RATE_HZ)
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * rate * np.arange(RATE_HZ) / RATE_HZ)
    return np.asarray(0.05 * noise * swell, dtype=np.float32)


def unlike(recorded: Floats, said: Floats, gains: Tensor = FLAT) -> tuple[float, float]:
    shape, loudness = Recorded(SPECTRUM, recorded).unlike(torch.from_numpy(said)[None], gains)
    return float(shape), float(loudness)


def test_a_recording_is_like_itself_at_any_level() -> None:
    own = syllables(900)
    for level in (1.0, 0.1, 4.0):
        shape, loudness = unlike(own, level * own)
        assert shape < 1e-3
        assert loudness < 1e-3


def test_another_formant_is_further_away_than_a_near_one() -> None:
    own = syllables(900)
    near, far = unlike(own, syllables(1000)), unlike(own, syllables(1800))
    assert 0 < near[0] < far[0]
    assert 0 < near[1] < far[1]


def test_the_harmonics_of_a_high_voice_are_no_part_of_how_it_is_coloured() -> None:
    """A pitch 3 % off is another pitch and the same timbre."""

    def sung(hertz: float) -> Floats:
        time = np.arange(RATE_HZ) / RATE_HZ
        sound = sum(np.sin(2 * np.pi * hertz * k * time + k * k) / k for k in range(1, 28))
        return np.asarray(0.1 * np.asarray(sound), dtype=np.float32)

    shape, _ = unlike(sung(240.0), sung(247.0))
    assert shape < 0.02


def test_loudness_that_comes_and_goes_otherwise_is_heard() -> None:
    own = syllables(900)
    assert unlike(own, syllables(900, rate=7.0))[1] > 0.1


def test_the_line_is_taken_into_account() -> None:
    own = syllables(900)
    gains = np.linspace(-6.0, 6.0, BANDS, dtype=np.float32)
    recorded = Equaliser(gains, RATE_HZ)(own)
    at_bands = torch.from_numpy(gains)
    assert unlike(recorded, own, at_bands)[1] < 0.5 * unlike(recorded, own)[1]


def test_the_slope_reaches_what_is_said_and_the_line() -> None:
    said = torch.from_numpy(syllables(1500))[None].requires_grad_()
    gains = torch.zeros(BANDS, requires_grad=True)
    sum(Recorded(SPECTRUM, syllables(900)).unlike(said, gains)).backward()
    for slope in (said.grad, gains.grad):
        assert slope is not None
        assert torch.isfinite(slope).all()
        assert float(slope.abs().max()) > 0


def test_what_is_shorter_is_compared_as_far_as_it_goes() -> None:
    own = syllables(900)
    shape, _ = unlike(own, own[: RATE_HZ // 2])
    assert shape < 0.05
