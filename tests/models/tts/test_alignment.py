"""Which moment of one recording is which of another."""

from __future__ import annotations

import numpy as np
import pytest

from models.tts.alignment import aligned
from models.tts.clip import Floats


def words(count: int, seed: int = 1) -> Floats:
    rows = np.random.default_rng(seed).standard_normal((count, 64)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_a_recording_is_beside_itself() -> None:
    rows = words(40)
    places, cost = aligned(rows, rows)
    np.testing.assert_array_equal(places, np.arange(40))
    assert cost == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("times", [2, 3])
def test_slower_speech_is_found_in_faster_and_the_other_way_round(times: int) -> None:
    rows = words(20)
    slow = np.repeat(rows, times, axis=0)
    places, _ = aligned(slow, rows)
    np.testing.assert_array_equal(np.rint(places), np.repeat(np.arange(20), times))
    back, _ = aligned(rows, slow)
    assert (np.abs(back - (np.arange(20) * times + (times - 1) / 2)) <= times / 2).all()


def test_places_never_fall_and_other_words_cost_more() -> None:
    rows, others = words(30), words(25, seed=2)
    places, cost = aligned(rows, others)
    assert (np.diff(places) >= 0).all()
    assert cost > aligned(rows, rows)[1] + 0.2
