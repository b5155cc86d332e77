"""Alignment of words against the textbook's table, and against arguments that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines._core import align, align_positions, edit_distance

WORDS = st.lists(st.sampled_from(["我", "要", "order", "status", "的", ""]), max_size=90)
COSTS = st.fixed_dictionaries(
    {name: st.integers(0, 5) for name in ("insertion", "deletion", "substitution")}
)
Pairs = list[tuple[str | None, str | None]]


def numbers(words: list[str]) -> NDArray[np.int32]:
    """The same symbols as an array."""
    return np.array([hash(word) % 2**31 for word in words], np.int32)


def textbook(a: list[str], b: list[str], insertion: int, deletion: int, substitution: int) -> int:
    """Wagner and Fischer's table."""
    row = [count * insertion for count in range(len(b) + 1)]
    for wanted in a:
        corner, row[0] = row[0], row[0] + deletion
        for place, found in enumerate(b, 1):
            across = corner + (0 if wanted == found else substitution)
            corner = row[place]
            row[place] = min(across, row[place] + deletion, row[place - 1] + insertion)
    return row[-1]


def cost(pairs: Pairs, insertion: int, deletion: int, substitution: int) -> int:
    return sum(
        insertion if a is None else deletion if b is None else substitution * (a != b)
        for a, b in pairs
    )


@given(WORDS, WORDS)
def test_alike_costs_give_the_textbooks_distance(a: list[str], b: list[str]) -> None:
    distance = textbook(a, b, 1, 1, 1)
    assert edit_distance(a, b) == edit_distance(b, a) == distance
    assert edit_distance(numbers(a), numbers(b)) == distance
    assert cost(align(a, b), 1, 1, 1) == distance


@given(WORDS, WORDS, COSTS)
def test_any_costs_give_the_textbooks_distance(
    a: list[str], b: list[str], costs: dict[str, int]
) -> None:
    distance = textbook(a, b, **costs)
    assert edit_distance(a, b, **costs) == distance
    assert cost(align(a, b, None, **costs), **costs) == distance
    turned = costs | {"insertion": costs["deletion"], "deletion": costs["insertion"]}
    assert edit_distance(b, a, **turned) == distance


@given(WORDS, WORDS)
def test_both_sequences_are_in_the_pairs(a: list[str], b: list[str]) -> None:
    pairs = align(a, b)
    assert [word for word, _ in pairs if word is not None] == a
    assert [word for _, word in pairs if word is not None] == b
    assert (None, None) not in pairs


@given(WORDS, WORDS, COSTS)
def test_positions_are_those_of_the_words(
    a: list[str], b: list[str], costs: dict[str, int]
) -> None:
    positions = align_positions(numbers(a), numbers(b), **costs)
    assert positions.dtype == np.int32
    assert positions.shape == (len(positions), 2)
    words: Pairs = [
        (None if row < 0 else a[row], None if column < 0 else b[column])
        for row, column in positions.tolist()
    ]
    assert words == align(a, b, None, **costs)


@given(WORDS, WORDS)
def test_pairs_are_those_of_kaldialign(a: list[str], b: list[str]) -> None:
    kaldialign = pytest.importorskip("kaldialign", reason="the peer is not installed")
    assert align(a, b, "*") == kaldialign.align(a, b, "*")
    weighted = align(a, b, "*", insertion=3, deletion=3, substitution=4)
    assert weighted == kaldialign.align(a, b, "*", sclite_mode=True)


def test_an_insertion_stands_as_late_as_it_can() -> None:
    assert align(["no"], ["no", "no"]) == [("no", "no"), (None, "no")]
    assert align(["a", "b"], ["b", "c"], "-") == [("a", "-"), ("b", "b"), ("-", "c")]


def test_words_are_the_same_objects() -> None:
    word = "".join(["sta", "tus"])
    (pair,) = align([word], ("status",))
    assert pair[0] is word
    assert align(["\ud800"], ["\ud800"]) == [("\ud800", "\ud800")]


def test_nothing_is_remembered() -> None:
    a, b = ["我", "要", "查"], ["我", "查", "单"]
    before = align(a, b)
    for _ in range(1000):
        align(b, a, substitution=3)
        assert align(a, b) == before
    assert (a, b) == (["我", "要", "查"], ["我", "查", "单"])


GOOD = np.zeros(3, np.int32)
BAD: list[tuple[Any, Any, type[Exception], str]] = [
    ("word", ["a"], TypeError, "reference: got str, expected a list of str"),
    (["a"], None, TypeError, "hypothesis: got NoneType, expected a list of str"),
    (["a", 1], ["a"], TypeError, "reference: got int at 1, expected str"),
    (["a"], [b"a"], TypeError, "hypothesis: got bytes at 0, expected str"),
    (["a"] * 10_001, ["a"], ValueError, "reference: got 10001 items, expected at most 10000"),
]
BAD_ARRAYS: list[tuple[Any, Any, type[Exception], str]] = [
    (GOOD.astype(np.int64), GOOD, ValueError, "reference: got int64, expected int32"),
    (GOOD, GOOD.astype(np.float32), ValueError, "hypothesis: got float32, expected int32"),
    (GOOD, GOOD[None], ValueError, "hypothesis: got 2 axes, expected 1 axis"),
    (
        GOOD,
        np.zeros(6, np.int32)[::2],
        ValueError,
        "hypothesis: got strides, expected a contiguous array",
    ),
    (GOOD, ["a"], TypeError, "hypothesis: got list, expected an array"),
    (np.zeros(10_001, np.int32), GOOD, ValueError, "reference: got 10001 symbols"),
]


@pytest.mark.parametrize(("a", "b", "error", "message"), BAD)
def test_words_that_are_none_are_refused(
    a: Any, b: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        align(a, b)
    if not isinstance(a, str):
        with pytest.raises(error, match=message):
            edit_distance(a, b)
    assert align(["a"], ["a"]) == [("a", "a")]


@pytest.mark.parametrize(("a", "b", "error", "message"), BAD_ARRAYS)
def test_arrays_that_are_none_are_refused(
    a: Any, b: Any, error: type[Exception], message: str
) -> None:
    for verb in (align_positions, edit_distance):
        with pytest.raises(error, match=message):
            verb(a, b)
    assert align_positions(GOOD, GOOD).tolist() == [[0, 0], [1, 1], [2, 2]]


@pytest.mark.parametrize("name", ["insertion", "deletion", "substitution"])
@pytest.mark.parametrize(
    ("value", "error"), [(-1, ValueError), (100_001, ValueError), (1.5, TypeError)]
)
def test_costs_that_are_none_are_refused(name: str, value: Any, error: type[Exception]) -> None:
    for verb in (align, edit_distance):
        with pytest.raises(error, match=f"{name}: got {value}, expected"):
            verb(["a"], ["b"], **{name: value})


def test_ten_thousand_words_are_aligned() -> None:
    a = [f"word{i % 997}" for i in range(10_000)]
    b = [word for i, word in enumerate(a) if i % 10]
    assert edit_distance(a, b) == 1000
    assert [word for word, _ in align(a, b)] == a
