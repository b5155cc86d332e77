"""The gate of a fitted voice."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from models.tts.voice_gate import Figures, GateSettings, refusals, unsure

GOOD = Figures(
    nearest_stock=0.65,
    ceiling=0.88,
    share_of_the_way=0.55,
    first=True,
    error_rate=0.05,
    stock_error_rate=0.04,
    guard_failures=0,
)


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"share_of_the_way": 0.35}, []),
        ({"share_of_the_way": 0.349}, ["unlike_the_person"]),
        ({"share_of_the_way": -3.0}, ["unlike_the_person"]),
        ({"share_of_the_way": math.nan}, ["unlike_the_person"]),
        ({"first": False}, ["like_somebody_else"]),
        ({"error_rate": 0.07}, []),
        ({"error_rate": 0.071}, ["hard_to_understand"]),
        ({"error_rate": math.nan}, ["hard_to_understand"]),
        ({"error_rate": 0.9, "stock_error_rate": 0.9}, []),
        ({"guard_failures": 1}, ["broken_speech"]),
        ({"ceiling": 0.65}, ["recordings_unlike"]),
        ({"ceiling": 0.4, "share_of_the_way": 9.0}, ["recordings_unlike"]),
        ({"ceiling": math.nan}, ["recordings_unlike"]),
        (
            {"share_of_the_way": 0.1, "first": False, "error_rate": 0.5, "guard_failures": 3},
            ["unlike_the_person", "like_somebody_else", "hard_to_understand", "broken_speech"],
        ),
    ],
)
def test_every_reason_is_named(changed: dict[str, Any], codes: list[str]) -> None:
    found = refusals(msgspec.structs.replace(GOOD, **changed), GateSettings())
    assert [one.code for one in found] == codes
    assert all(one.reason and one.mend for one in found)


def test_the_settings_decide() -> None:
    figures = msgspec.structs.replace(GOOD, share_of_the_way=0.5, error_rate=0.13)
    lax = GateSettings(share_of_the_way=0.5, error_rate_margin=0.1)
    assert refusals(figures, lax) == ()
    strict = GateSettings(share_of_the_way=0.51, error_rate_margin=0.0)
    assert len(refusals(figures, strict)) == 2


@pytest.mark.parametrize(
    ("error_rate", "doubt"),
    [(0.0, False), (0.04, False), (0.049, False), (0.051, True), (0.089, True), (0.091, False)],
)
def test_near_the_margin_seven_sentences_leave_a_doubt(error_rate: float, doubt: bool) -> None:
    assert unsure(error_rate, 0.04, GateSettings()) is doubt
