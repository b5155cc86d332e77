"""How well a voice is understood."""

from __future__ import annotations

import pytest

from engines.text.normalise import Language
from models.tts.heard_back import error_rate


@pytest.mark.parametrize(
    ("said", "heard", "language", "rate"),
    [
        ("您好。", "您好", "zh", 0.0),
        ("退款¥299.00，", "退款二百九十九元", "zh", 0.0),
        ("一共两件", "一共二件", "zh", 0.0),
        ("您好", "您号", "zh", 0.5),
        ("您好", "", "zh", 1.0),
        ("您好", "您好您好您好", "zh", 2.0),
        ("Good morning, Anna!", "good morning anna", "en", 0.0),
        ("It comes to 12 dollars", "It comes to twelve dollars.", "en", 0.0),
        ("Good morning", "Good evening", "en", 0.5),
        ("", "", "en", 1.0),
    ],
)
def test_error_rate(said: str, heard: str, language: Language, rate: float) -> None:
    assert error_rate([(said, heard)], language) == pytest.approx(rate)


def test_long_sentences_weigh_more() -> None:
    pairs = [("一二三四五六七八", "一二三四五六七八"), ("好", "")]
    assert error_rate(pairs, "zh") == pytest.approx(1 / 9)
