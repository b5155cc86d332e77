"""Listeners who did not listen are left out, with the reason; careful ones are not."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from daemon.voices.listening.results import Answer, Results
from daemon.voices.listening.screening import screened
from daemon.voices.listening.trials import Trial
from tests.daemon.voices.listening.made import key_of, planned, results_of

KEY = key_of(planned(sentences=8))
TRIALS = {trial.id: trial for trial in KEY.trials}


def changed(edit: Callable[[Trial, Answer], Answer]) -> Results:
    whole = results_of(KEY)
    answers = tuple(edit(TRIALS[one.trial], one) for one in whole.answers)
    return msgspec.structs.replace(whole, answers=answers)


def test_a_careful_listener_counts() -> None:
    assert screened(results_of(KEY), "a.json", KEY) is None


def test_practice_is_not_screened() -> None:
    careless = changed(
        lambda trial, one: (
            msgspec.structs.replace(one, plays=(0,) * len(one.plays), took_ms=1)
            if trial.training
            else one
        )
    )
    assert screened(careless, "a.json", KEY) is None


def _unheard(trial: Trial, one: Answer) -> Answer:
    return msgspec.structs.replace(one, plays=(0,) * len(one.plays))


def _hasty(trial: Trial, one: Answer) -> Answer:
    return msgspec.structs.replace(one, took_ms=100)


def _alike(trial: Trial, one: Answer) -> Answer:
    return one if one.rating is None else msgspec.structs.replace(one, rating=3)


def _erratic(trial: Trial, one: Answer) -> Answer:
    return (
        msgspec.structs.replace(one, rating=5 if one.rating == 2 else 1) if trial.repeats else one
    )


@pytest.mark.parametrize(
    ("edit", "code", "words"),
    [
        (_unheard, "not_heard", "without having heard"),
        (_hasty, "not_heard", "without having heard"),
        (_alike, "all_alike", "the same rating, 3"),
        (_erratic, "repeats_differ", "apart on average"),
    ],
)
def test_who_is_left_out(edit: Callable[[Trial, Answer], Answer], code: str, words: str) -> None:
    found = screened(changed(edit), "a.json", KEY)
    assert found is not None
    assert (found.code, found.file) == (code, "a.json")
    assert words in found.reason


def test_who_stopped_early_is_left_out() -> None:
    whole = results_of(KEY)
    found = screened(msgspec.structs.replace(whole, answers=whole.answers[:9]), "a.json", KEY)
    assert found is not None
    assert found.code == "incomplete"


def test_one_repeat_rated_one_apart_is_human() -> None:
    human = changed(
        lambda trial, one: (
            msgspec.structs.replace(one, rating=(one.rating or 0) + 1) if trial.repeats else one
        )
    )
    assert screened(human, "a.json", KEY) is None
