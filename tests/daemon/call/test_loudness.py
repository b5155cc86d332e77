"""Louder and softer speech: exact where there is room, rounded off where there is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.call.loudness import amplify


def pcm(*samples: int) -> np.ndarray:
    return np.array(samples, np.int16)


@pytest.mark.parametrize(("gain_db", "factor"), [(-12.0, 0.2512), (-6.0, 0.5012), (6.0, 1.9953)])
def test_quiet_speech_is_scaled_exactly(gain_db: float, factor: float) -> None:
    quiet = pcm(100, -100, 5000, -5000, 0)
    assert np.abs(amplify(quiet, gain_db) - quiet * factor).max() <= 0.6


@given(
    samples=st.lists(st.integers(-32768, 32767), min_size=1, max_size=40),
    gain_db=st.floats(-12.0, 12.0),
)
def test_no_sample_changes_its_sign_or_overtakes_a_louder_one(
    samples: list[int], gain_db: float
) -> None:
    loud = np.array(sorted(samples), np.int16)
    after = amplify(loud, gain_db).astype(int)
    assert (np.sign(after) * np.sign(loud) >= 0).all(), "wrapped round"
    assert (np.diff(after) >= 0).all(), "peaks keep their order"
    assert np.abs(after).max() <= 32767 + (gain_db <= 0.0)


def test_at_no_gain_full_scale_stays_what_it_is() -> None:
    loud = pcm(32767, -32768)
    assert amplify(loud, 0.0) is loud


def test_nothing_is_amplified_to_nothing() -> None:
    assert amplify(pcm(), 6.0).size == 0
