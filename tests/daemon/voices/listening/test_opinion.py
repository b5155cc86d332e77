"""Scores and shares, and that their intervals are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.voices.listening.opinion import interval, listeners_wanted, opinion, wilson
from daemon.voices.listening.picture import svg
from tests.daemon.voices.listening.made import key_of, planned, results_of

KEY = key_of(planned(voices=2, sentences=4))


def test_means_and_counts_are_those_of_the_answers() -> None:
    given = [
        results_of(KEY, 1, {"fitted": 3}, {"fitted": "yes"}),
        results_of(KEY, 2, {"fitted": 4}, {"fitted": "unsure"}),
        results_of(KEY, 3, {"fitted": 5}, {"fitted": "no"}),
    ]
    found = opinion(given, KEY)
    assert len(found.mos) == len(found.same) == 6
    fitted = next(one for one in found.mos if one.condition == "fitted")
    assert (fitted.mean, fitted.ratings, fitted.listeners, fitted.clips) == (4.0, 12, 3, 4)
    assert fitted.low < 4.0 < fitted.high
    same = next(one for one in found.same if one.condition == "fitted")
    assert (same.yes, same.no, same.unsure, same.certain_yes) == (2, 2, 2, 2)
    assert same.share == pytest.approx(1 / 3, abs=1e-3)
    assert same.low < 1 / 3 < same.high


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=2e-4)


def drawn(rows: int, columns: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Ratings around 3 by listeners and clips that each have a leaning of their own."""
    random = np.random.default_rng(seed)
    leaning = random.normal(0, 0.5, (rows, 1)) + random.normal(0, 0.3, (1, columns))
    return 3.0 + leaning + random.normal(0, 0.7, (rows, columns))


def test_intervals_hold_the_truth_about_as_often_as_they_promise() -> None:
    held = 0
    for seed in range(200):
        low, high = interval(drawn(14, 12, seed), draws=400)
        held += low <= 3.0 <= high
    assert 0.90 <= held / 200 <= 1.0


def test_missing_ratings_are_not_zeros() -> None:
    ratings = drawn(8, 6, 1)
    ratings[::2, 3] = np.nan
    low, high = interval(ratings)
    assert 2.0 < low < float(np.nanmean(ratings)) < high < 4.0


def test_the_number_of_listeners_that_is_asked_for_gives_the_interval() -> None:
    wanted = [listeners_wanted(drawn(20, 40, seed)) for seed in range(20)]
    # sigma² of a listener 0.25, of the rest 0.49/40; of the clips 0.09/40 stays.
    truth = (0.25 + 0.49 / 40) / ((0.2 / 1.96) ** 2 - 0.09 / 40)
    assert 0.6 * truth < float(np.median(wanted)) < 1.6 * truth


def test_with_too_few_sentences_no_number_of_listeners_is_enough() -> None:
    random = np.random.default_rng(0)
    ratings = 3.0 + random.normal(0, 1.0, (1, 3)) + random.normal(0, 0.1, (30, 3))
    assert listeners_wanted(ratings) == 0
    assert listeners_wanted(ratings[:1]) == 0


def test_the_picture_says_every_figure_in_words_too() -> None:
    found = opinion([results_of(KEY, number) for number in range(1, 4)], KEY)
    drawing = svg(found, "two <voices>")
    assert drawing.startswith("<svg")
    assert "two &lt;voices&gt;" in drawing
    for one in found.mos:
        assert f">{one.mean:.2f}<" in drawing
    assert drawing.count("<circle") == 12
