"""The pitch of a recording over time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tts.clip import RATE_HZ, Floats
from models.tts.pitch_contour import HOP, pitch_contour


def buzz(hertz: np.ndarray, first_harmonic: int = 1) -> Floats:
    """Harmonics of a pitch that is given for each sample."""
    turns = 2 * np.pi * np.cumsum(hertz) / RATE_HZ
    sound = sum(np.sin(k * turns) / k for k in range(first_harmonic, 20))
    return np.asarray(0.2 * np.asarray(sound), dtype=np.float32)


@pytest.mark.parametrize("hertz", [75.0, 110.0, 196.0, 320.0, 420.0])
@pytest.mark.parametrize("first_harmonic", [1, 3])
def test_a_tone_has_its_pitch_also_where_a_telephone_took_its_fundamental(
    hertz: float, first_harmonic: int
) -> None:
    found = pitch_contour(buzz(np.full(RATE_HZ, hertz), first_harmonic))
    assert found.shape == (RATE_HZ // HOP,)
    assert np.median(found) == pytest.approx(hertz, rel=0.01)
    assert (np.abs(found[4:-4] / hertz - 1) < 0.03).all()


def test_a_glide_is_followed_without_jumps_of_an_octave() -> None:
    glide = np.geomspace(100.0, 240.0, 2 * RATE_HZ)
    found = pitch_contour(buzz(glide))[4:-4]
    np.testing.assert_allclose(found, glide[::HOP][4:-4], rtol=0.05)


def test_there_is_no_pitch_in_noise_and_in_silence() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, RATE_HZ).astype(np.float32)
    assert (pitch_contour(noise) > 0).mean() < 0.1
    assert not pitch_contour(np.zeros(RATE_HZ, np.float32)).any()
    mixed = pitch_contour(np.concatenate([buzz(np.full(RATE_HZ, 150.0)), 1e-4 * noise]))
    assert mixed[:70].all()
    assert not mixed[-70:].any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3 * HOP), st.floats(0.0, 2.0))
def test_any_length_and_level_is_taken(samples: int, level: float) -> None:
    found = pitch_contour(np.full(samples, level, np.float32))
    assert found.shape == (samples // HOP,)
    assert np.isfinite(found).all()
