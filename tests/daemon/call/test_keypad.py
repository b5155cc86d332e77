"""Keys become an answer: one key, a string ended by #, by its length or by a pause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.call.keypad import MOST_KEYS, NO_KEYS, Keys, counts, press, rest
from daemon.call.settings import KeypadSettings
from engines.dialog.moves import Expectation

SETTINGS = KeypadSettings()
MENU = Expectation(keys="menu")
DIGITS = Expectation(kind="digits", keys="digits")
FOUR = Expectation(kind="digits", keys="digits", digits=4)


def typed(text: str, expects: Expectation, gap_ms: float = 300.0) -> tuple[list[str], Keys, float]:
    """What was complete, what is left, and when the last key was pressed."""
    keys, complete, now_ms = NO_KEYS, [], 0.0
    for digit in text:
        now_ms += gap_ms
        keys, rested = rest(keys, now_ms, SETTINGS)
        keys, done = press(keys, digit, now_ms, expects, SETTINGS)
        complete += [string for string in (rested, done) if string]
    return complete, keys, now_ms


@pytest.mark.parametrize(
    ("expects", "text", "complete"),
    [
        (MENU, "1", ["1"]),
        (MENU, "#", ["#"]),
        (MENU, "*", ["*"]),
        (MENU, "12", ["1", "2"]),
        (DIGITS, "138#", ["138"]),
        (DIGITS, "13*77#", ["77"]),
        (DIGITS, "#", []),
        (DIGITS, "1A3B#", ["13"]),
        (DIGITS, "138", []),
        (FOUR, "1024", ["1024"]),
        (FOUR, "102#", ["102"]),
        (FOUR, "10241", ["1024"]),
        (Expectation(), "1#", []),
    ],
)
def test_what_completes_an_answer(expects: Expectation, text: str, complete: list[str]) -> None:
    assert typed(text, expects)[0] == complete


def test_a_pause_after_the_last_key_completes_a_string() -> None:
    _, keys, now_ms = typed("138", DIGITS)
    keys, complete = rest(keys, now_ms + SETTINGS.pause_ms - 1, SETTINGS)
    assert complete == ""
    keys, complete = rest(keys, now_ms + SETTINGS.pause_ms, SETTINGS)
    assert complete == "138"
    assert rest(keys, now_ms + 2 * SETTINGS.pause_ms, SETTINGS)[1] == "", "once"


def test_without_a_key_no_pause_completes_anything() -> None:
    assert rest(NO_KEYS, 1e9, SETTINGS) == (NO_KEYS, "")
    _, keys, now_ms = typed("13*", DIGITS)
    assert rest(keys, now_ms + 1e6, SETTINGS)[1] == ""


def test_a_key_that_is_told_twice_is_one_press() -> None:
    assert typed("55#", DIGITS, gap_ms=SETTINGS.repeat_ms - 1)[0] == ["5"]
    assert typed("55#", DIGITS, gap_ms=SETTINGS.repeat_ms)[0] == ["55"]
    assert typed("##", MENU, gap_ms=20.0)[0] == ["#"]


def test_keys_that_are_sent_as_a_string_are_as_many_presses() -> None:
    assert typed("1002#", DIGITS, gap_ms=0.0)[0] == ["1002"]


def test_other_keys_may_follow_at_once() -> None:
    assert typed("5151#", DIGITS, gap_ms=20.0)[0] == ["5151"]


def test_the_hash_behind_a_string_of_full_length_is_no_key_of_the_next_question() -> None:
    complete, keys, now_ms = typed("1024", FOUR)
    assert complete == ["1024"]
    assert press(keys, "#", now_ms + 300, MENU, SETTINGS) == (keys, "")
    assert not counts(keys, "#", now_ms + 300, SETTINGS)
    assert counts(keys, "#", now_ms + SETTINGS.pause_ms, SETTINGS), "long after it is one"
    assert counts(keys, "1", now_ms + 300, SETTINGS)
    after, _ = press(keys, "1", now_ms + 300, MENU, SETTINGS)
    assert press(after, "#", now_ms + 600, MENU, SETTINGS)[1] == "#", "it ends one string alone"


@given(
    text=st.text("0123456789*#ABCD", max_size=200), expects=st.sampled_from([MENU, DIGITS, FOUR])
)
def test_whatever_is_pressed_the_answer_is_short_and_never_empty(
    text: str, expects: Expectation
) -> None:
    complete, keys, _ = typed(text, expects)
    assert all(0 < len(string) <= MOST_KEYS for string in complete)
    assert len(keys.collected) < MOST_KEYS
    if expects is not MENU:
        assert all(string.isdigit() for string in complete)
