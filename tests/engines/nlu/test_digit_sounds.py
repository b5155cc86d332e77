"""Numbers that came out of recognition as words that sound like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.nlu.entities.digit_sounds import digits_by_sound


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A优廉闪廉", "A1030"),
        ("飞腰零二七。", "A1027"),
        ("黑遥零二四", "A1024"),
        ("A.以零三零。", "A1030"),
        ("比2049。", "B2049"),
        ("不对是比2049。", "B2049"),
        ("订单号是A1024", "A1024"),
        ("A1024, 谢谢", "A1024"),
    ],
)
def test_an_order_id(text: str, number: str) -> None:
    assert digits_by_sound(text, letter=True) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A103CIR", "A1030"),
        ("A103 CIR.", "A1030"),
        ("B20 for 9.", "B2049"),
        ("Be 2049.", "B2049"),
        ("No, sorry, B2049", "B2049"),
        ("It's A 1 oh 2 4", "A1024"),
    ],
)
def test_an_english_order_id(text: str, number: str) -> None:
    assert digits_by_sound(text, letter=True) == number


@pytest.mark.parametrize("text", ["To be or not", "I have none", "A 1024 please", "Before", "A"])
def test_english_that_is_no_order_id(text: str) -> None:
    assert digits_by_sound(text, letter=True) == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("有三八零零有三八零零零", "13800138000"),
        ("要3700002048", "13700002048"),
        ("是138, 0013, 8000", "13800138000"),
        ("二零四酒", "2049"),
    ],
)
def test_digits(text: str, number: str) -> None:
    assert digits_by_sound(text, letter=False) == number


@pytest.mark.parametrize(
    "text", ["没有", "不用", "我不知道", "转人工", "明天下午三点", "", "。", "A1024B", "有" * 41]
)
def test_what_is_no_number(text: str) -> None:
    assert digits_by_sound(text, letter=False) == ""


@given(st.text(max_size=100), st.booleans())
def test_any_text_gives_digits_or_nothing(text: str, letter: bool) -> None:
    found = digits_by_sound(text, letter=letter)
    if found:
        assert set(found[letter:]) <= set("0123456789")


@given(st.text("0123456789", min_size=1, max_size=20))
def test_figures_stay_what_they_are(digits: str) -> None:
    assert digits_by_sound(digits, letter=False) == digits
