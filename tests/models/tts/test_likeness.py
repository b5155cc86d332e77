"""Cosines of a judge, and the share of the way."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.tts.likeness import Likeness, likeness

Floats = NDArray[np.float32]


def at(degrees: float) -> Floats:
    angle = np.deg2rad(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def judged(
    fitted: float, *, again: float = 0.0, stock: tuple[float, ...] = (90.0,), others: Floats
) -> Likeness:
    return likeness(
        persons=at(0)[None],
        again=[at(again)[None]],
        fitted=at(fitted)[None],
        stock=np.stack([at(one) for one in stock]),
        stock_names=[f"voice{place}" for place in range(len(stock))],
        others=others,
    )


NOBODY = np.zeros((0, 2), np.float32)


def test_from_the_nearest_stock_voice_to_the_person() -> None:
    found = judged(60, stock=(120, 90, 170), others=NOBODY)
    assert found.nearest_stock_voice == "voice1"
    assert found.share_of_the_way == pytest.approx(0.5, abs=1e-3)
    assert found.ceiling == 1.0
    assert found.first
    assert found.others == -1.0


def test_a_voice_that_went_away_from_the_person_is_below_zero() -> None:
    assert judged(120, others=NOBODY).share_of_the_way < 0


def test_somebody_else_who_is_nearer_is_seen() -> None:
    assert judged(60, others=np.stack([at(180), at(-20)])).first
    assert not judged(60, others=np.stack([at(180), at(70)])).first


def test_recordings_that_are_like_a_stock_voice_give_a_finite_share() -> None:
    found = judged(10, again=90, stock=(90,), others=NOBODY)
    assert abs(found.share_of_the_way) == 10.0


def test_crossed_halves_are_averaged() -> None:
    found = likeness(
        persons=np.stack([at(0), at(20)]),
        again=[at(20)[None], at(0)[None]],
        fitted=at(10)[None],
        stock=at(90)[None],
        stock_names=["a"],
        others=NOBODY,
    )
    assert found.ceiling == pytest.approx(np.cos(np.deg2rad(20)), abs=1e-3)
    assert found.fitted == pytest.approx(np.cos(np.deg2rad(10)), abs=1e-3)
    assert found.share_of_the_way > 1.0


def test_pieces_are_averaged() -> None:
    found = likeness(
        persons=at(0)[None],
        again=[np.stack([at(10), at(-30), at(30)])],
        fitted=np.stack([at(60), at(-90)]),
        stock=at(90)[None],
        stock_names=["a"],
        others=at(75)[None],
    )
    cosine = np.cos(np.deg2rad([10, 30, 30]))
    assert found.ceiling == pytest.approx(cosine.mean(), abs=1e-3)
    assert found.fitted == pytest.approx(0.25, abs=1e-3)
    assert found.others < found.fitted
