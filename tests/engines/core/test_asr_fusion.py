"""The fusion kernels from Python: tokens, weights, calibration, evidence, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines._core import (
    Calibration,
    FusedText,
    agreement,
    fuse_readings,
    fusion_weights,
    longest_repeat,
    tokenize,
    voiced_share,
)

READING = ("我要查 order 的 status", 1.0, 0.9)
LETTERS = st.lists(st.sampled_from("ab"), max_size=24)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("我要查 Order 的 status。", ["我", "要", "查", "order", "的", "status"]),
        ("What's up, Doc?", ["what's", "up", "doc"]),
        ("ＡＢＣ１２", ["abc12"]),
        ("訂單 订单", ["訂", "單", "订", "单"]),
        ("", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_has_tokens_that_stay_as_they_are(text: str) -> None:
    tokens = tokenize(text)
    assert tokenize(" ".join(tokens)) == tokens
    assert [token for each in tokens for token in tokenize(each)] == tokens


@given(LETTERS, st.integers(2, 6))
def test_the_longest_repeat_is_that_of_the_definition(words: list[str], times: int) -> None:
    longest = max(
        (
            size
            for size in range(1, len(words) // times + 1)
            for at in range(len(words) - size * times + 1)
            if words[at : at + size] * times == words[at : at + size * times]
        ),
        default=0,
    )
    assert longest_repeat(words, times) == longest


def test_agreement() -> None:
    assert agreement(["a", "b"], ["a", "c"]) == 0.5
    assert agreement([], []) == 1.0
    assert agreement(["a"], []) == 0.0


def test_voiced_share() -> None:
    assert voiced_share([(0, 100), (100, 300)], [(50, 200)]) == 0.5
    assert voiced_share([], [(0, 1)]) == 0.0


def test_weights_sum_to_one() -> None:
    weights = fusion_weights((0.8, 0.2), (0.6, 0.4), (0.6, 0.4), (0.5, 0.9))
    assert weights == pytest.approx([0.8 / 1.04, 0.24 / 1.04])


def test_what_is_fused() -> None:
    fused = fuse_readings([(0.6, None, [READING]), (0.4, Calibration.curve(1, 0), [READING])])
    assert isinstance(fused, FusedText)
    assert fused.text == READING[0]
    assert fused.tokens == ("我", "要", "查", "order", "的", "status")
    assert fused.confidences == pytest.approx((0.9,) * 6)
    assert fused.engines == (0,) * 6
    assert (fused.slots, fused.contested, fused.agreement, fused.characters) == (6, 0, 1.0, 15)
    assert (fused.repeated_twice, fused.repeated_thrice) == (0, 0)
    assert fused.confidence == pytest.approx(0.9)


BAD_ENGINES: list[tuple[Any, type[Exception], str]] = [
    (None, TypeError, "engines: got NoneType, expected a list"),
    ([1], TypeError, "engines: got int, expected .weight, calibration, readings"),
    ([(1.0, None)], ValueError, "engines: got 2 parts, expected .weight, calibration, readings"),
    ([("a", None, [])], TypeError, "weight: got 'a', expected a number"),
    ([(math.nan, None, [])], ValueError, "weight: got nan"),
    ([(1.0, 2, [])], TypeError, "calibration: got int, expected a Calibration"),
    ([(1.0, None, "text")], TypeError, "readings: got str, expected a list"),
    ([(1.0, None, ["text"])], TypeError, "readings: got str, expected .text, posterior"),
    ([(1.0, None, [("a", 1.0)])], ValueError, "readings: got 2 parts"),
    ([(1.0, None, [(b"a", 1.0, 0.5)])], TypeError, "text: got bytes, expected str"),
    ([(1.0, None, [("a", None, 0.5)])], TypeError, "posterior: got None"),
    ([(1.0, None, [("a", 1.0, [0.5, "x"])])], TypeError, "confidences: got 'x'"),
    ([(1.0, None, [("a", 1.0, [])])], ValueError, "confidences: got 0 values, expected 1 or 1"),
    ([(0.0, None, [READING])], ValueError, "weights: got a sum of 0"),
    ([(1.0, None, [])] * 17, ValueError, "engines: got 17 items, expected at most 16"),
    ([(1.0, None, [READING] * 501)] * 2, ValueError, "hypotheses: got 1002, expected"),
]


@pytest.mark.parametrize(("engines", "error", "message"), BAD_ENGINES)
def test_engines_that_are_none_are_refused(
    engines: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fuse_readings(engines)
    assert fuse_readings([(1.0, None, [READING])]).text == READING[0]


def test_other_arguments_that_are_none_are_refused() -> None:
    for bad in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="alpha: got"):
            fuse_readings([], alpha=bad)
        with pytest.raises(ValueError, match="null_confidence: got"):
            fuse_readings([], null_confidence=bad)
    with pytest.raises(TypeError, match="calibration: got int, expected a Calibration"):
        fuse_readings([], calibration=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="text: got int, expected str"):
        tokenize(1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="text: got a lone surrogate"):
        tokenize("a\udfff")
    with pytest.raises(ValueError, match="times: got 1, expected 2 to 1000"):
        longest_repeat(["a"], 1)
    with pytest.raises(ValueError, match="spoken: got 1 times"):
        voiced_share([(1.0,)], [])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"voiced: got 1.0+ to 2.0+, expected ordered"):
        voiced_share([], [(0, 3), (1, 2)])
    with pytest.raises(ValueError, match="slope: got nan"):
        Calibration.curve(math.nan, 0)
    with pytest.raises(ValueError, match=r"shares: got 0\.1"):
        Calibration.table([0.1, 0.2], [0.2, 0.1])
    with pytest.raises(ValueError, match=r"confidence: got 1\.5"):
        fusion_weights([1], [1], [1], [1.5])
    with pytest.raises(ValueError, match="base: got 1 values, expected 2"):
        fusion_weights([1, 1], [1], [1, 1], [0.5, 0.5])


def test_ten_thousand_tokens_are_fused() -> None:
    text = "".join(chr(0x4E00 + i % 5000) for i in range(10_000))
    fused = fuse_readings([(0.5, None, [(text, 1.0, 0.9)]), (0.5, None, [(text[1:], 1.0, 0.9)])])
    assert fused.text == text
    assert fused.agreement == 1 - 1 / 10_000
