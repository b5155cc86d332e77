"""The interval of a difference of error rates, as ``benchmarks/voice.py`` prints it."""

from __future__ import annotations

import pytest

from benchmarks.voice_understood import interval

SAID = ["this is said here"] * 23
HEARD = [(text, text) for text in SAID]


def test_voices_that_are_heard_alike_do_not_differ() -> None:
    wrong = [(text, text.replace("said", "set")) for text in SAID]
    assert interval(HEARD, HEARD, "en") == (0.0, 0.0)
    assert interval(wrong, wrong, "en") == (0.0, 0.0)


def test_what_is_wrong_in_every_sentence_is_sure() -> None:
    wrong = [(text, text.replace("said", "set")) for text in SAID]
    assert interval(wrong, HEARD, "en") == (0.25, 0.25)
    assert interval(HEARD, wrong, "en") == (-0.25, -0.25)


def test_what_is_wrong_in_one_sentence_can_be_chance() -> None:
    one = [(SAID[0], ""), *HEARD[1:]]
    low, high = interval(one, HEARD, "en")
    assert low == 0.0
    assert high == pytest.approx(3 / 23, abs=0.01)
