"""Which decodes are believed, made again, or dropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.asr.guards import (
    GuardSettings,
    compression_ratio,
    doubts,
    invented,
    most_tokens,
    repeats,
    units,
)
from engines.asr.transcript import SpokenLanguage

SETTINGS = GuardSettings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("What's up, Doc?", ["what's", "up", "doc"]),
        ("我想退货。", ["我", "想", "退", "货"]),
        ("我要 iPhone 15，两台", ["我", "要", "iphone", "15", "两", "台"]),
        ("。…!", []),
    ],
)
def test_units(text: str, said: list[str]) -> None:
    assert units(text) == said


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("我想查一下我的订单", ()),
        ("一三八零零二三六七九一", ()),
        ("一三八零零一三八零零零", ("repetition",)),
        ("no no no, thank you", ()),
        ("What joy there is in living? What joy there is in living.", ("repetition",)),
        ("九井日本料理九井日本料理", ("repetition",)),
        ("有脉子,有脉子,有脉子", ("repetition",)),
        ("", ("empty",)),
    ],
)
def test_text_that_is_decoded_again(text: str, reasons: tuple[str, ...]) -> None:
    assert doubts(text, 10, 40, -0.2, 1.0, SETTINGS) == reasons


def test_other_reasons_to_decode_again() -> None:
    assert doubts("订单号", 40, 40, -0.2, 1.0, SETTINGS) == ("length",)
    assert doubts("订单号", 10, 40, -0.9, 1.0, SETTINGS) == ("log_probability",)
    assert doubts("订单号", 10, 40, -0.2, 0.6, SETTINGS) == ("language",)
    assert doubts("订" * 200, 10, 400, -0.2, 1.0, SETTINGS)[1:] == ("compression",)


def test_noise_is_not_worth_a_second_decode() -> None:
    assert doubts("Thank you.", 40, 40, -2.5, 0.5, SETTINGS) == ()


@pytest.mark.parametrize(
    ("text", "language", "log_probability", "voiced_ms", "reason"),
    [
        ("好的", "zh", -0.3, 200, ""),
        ("Yes.", "en", -0.3, 150, ""),
        ("我想退货因为它坏了", "zh", -0.6, 1400, ""),
        ("对对对对对", "zh", -0.3, 800, ""),
        ("零零零零零", "zh", -0.3, 1200, ""),
        ("", "zh", -0.3, 800, "no_text"),
        ("。", "zh", -0.3, 800, "no_text"),
        ("谢谢观看", "zh", -1.6, 900, "low_probability"),
        ("试试试试试试", "zh", -0.3, 2000, "repetition"),
        ("thank you thank you thank you", "en", -0.3, 2000, "repetition"),
        ("请不吝点赞订阅转发打赏支持明镜与点点栏目", "zh", -0.4, 400, "impossible_rate"),
        ("I don't know what to do about it at all", "en", -0.4, 200, "impossible_rate"),
    ],
)
def test_invented_text_is_dropped(
    text: str, language: str, log_probability: float, voiced_ms: float, reason: str
) -> None:
    told: SpokenLanguage = "zh" if language == "zh" else "en"
    assert invented(text, told, log_probability, voiced_ms, SETTINGS) == reason


@given(st.lists(st.sampled_from("一二三四五六七八九"), min_size=3, max_size=12), st.integers(2, 5))
def test_whatever_is_said_over_and_over_is_found(stretch: list[str], times: int) -> None:
    said = "".join(stretch)
    assert repeats(f"前{said * times}后", times=times, shortest=3)


@given(st.text(max_size=300))
def test_hostile_text_is_judged(text: str) -> None:
    assert compression_ratio(text) > 0
    assert isinstance(invented(text, "zh", -0.1, 500, SETTINGS), str)


def test_the_limit_grows_with_the_audio() -> None:
    assert most_tokens(0.5, SETTINGS) < most_tokens(5.0, SETTINGS) < 60
