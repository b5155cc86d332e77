"""Fitted calibrations say the share of right words."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engines._core import Calibration
from models.asr.calibration import fit_curve, fit_table, right_tokens


def said(seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidences too sure of themselves: right with the logistic of 0.5 × log-odds − 0.4."""
    random = np.random.default_rng(seed)
    confidences = random.uniform(0.02, 0.98, 20_000)
    odds = np.log(confidences / (1 - confidences))
    return confidences, random.uniform(size=20_000) < 1 / (1 + np.exp(0.4 - 0.5 * odds))


def test_a_token_is_right_where_it_was_said() -> None:
    assert right_tokens("我要茶 order", "我要查 Order。") == [True, True, False, True]
    assert right_tokens("好的好", "好的") == [True, True, False]
    assert right_tokens("", "好") == []


def test_the_curve_is_found_again() -> None:
    curve = fit_curve(*said(1))
    assert curve.slope == pytest.approx(0.5, abs=0.03)
    assert curve.offset == pytest.approx(-0.4, abs=0.05)


def test_the_table_says_the_share_of_right_ones() -> None:
    table = fit_table(*said(2))
    assert list(table.confidences) == sorted(set(table.confidences))
    assert list(table.shares) == sorted(table.shares)
    apply = Calibration.table(table.confidences, table.shares).apply
    for confidence in (0.2, 0.5, 0.8):
        odds = np.log(confidence / (1 - confidence))
        assert apply(confidence) == pytest.approx(1 / (1 + np.exp(0.4 - 0.5 * odds)), abs=0.05)


def test_tokens_that_a_threshold_parts_give_a_finite_curve() -> None:
    curve = fit_curve(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))
    assert 1 < curve.slope <= 100


def test_equal_confidences_are_one_knot() -> None:
    table = fit_table(np.array([0.5, 0.5, 0.5, 0.5]), np.array([True, False, True, True]))
    assert (table.confidences, table.shares) == ((0.5,), (0.75,))


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(ValueError, match="right: got one outcome alone"):
        fit_curve(np.array([0.5, 0.6]), np.array([True, True]))
    for fit in (fit_curve, fit_table):
        with pytest.raises(ValueError, match=r"right: got \(1,\), expected \(2,\)"):
            fit(np.array([0.5, 0.6]), np.array([True]))
        with pytest.raises(ValueError, match=r"right: got \(0,\)"):
            fit(np.array([]), np.array([], bool))
