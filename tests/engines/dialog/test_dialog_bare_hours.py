"""A bare hour answers the question for a time, and means nothing anywhere else."""

from __future__ import annotations

import datetime

import pytest

from engines.dialog.moves import Heard
from engines.emotion.feeling import Feeling
from engines.nlu.entities.rules_en import find_en
from engines.nlu.entities.spans import settle
from engines.nlu.understanding import IntentScore, Understanding
from tests.engines.dialog.talk import OPEN, Talk

MONDAY = "2026-11-30"


def say(talk: Talk, text: str, intent: str = "out_of_scope") -> str:
    """With the entities that the rules find; the head is lost with a bare number."""
    heard = Heard(
        text=text,
        language="en",
        confidence=0.9,
        understanding=Understanding(
            intents=(IntentScore(intent=intent, probability=0.9),),
            entities=settle(find_en(text, OPEN.date()), text),
        ),
        feeling=Feeling(label="", confidence=0.0),
    )
    talk.move = talk.dialogue.hear(talk.state, heard)
    return "".join(clause.text for clause in talk.move.reply)


def asked_for_the_time(said: str = "on monday") -> Talk:
    talk = Talk("callback", "en")
    assert "At what time" in say(talk, said)
    return talk


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("ten", "10:00"),
        ("Ten thirty.", "10:30"),
        ("3", "15:00"),
        ("three", "15:00"),
        ("three o clock", "15:00"),
        ("three o'clock please", "15:00"),
        ("10.30", "10:30"),
        ("um, maybe around eleven", "11:00"),
        ("twelve", "12:00"),
        ("two in the afternoon", "14:00"),
        ("nine in the morning, please", "09:00"),
        ("four p.m.", "16:00"),
    ],
)
def test_a_bare_hour_answers_the_question_for_the_time(said: str, time: str) -> None:
    talk = asked_for_the_time()
    say(talk, said)
    assert talk.state.slots["callback_time"] == f"{MONDAY}T{time}"
    assert talk.step == "ask phone_number"


@pytest.mark.parametrize(
    "said", ["monday ten thirty", "Monday, ten thirty", "ten thirty on monday"]
)
def test_day_and_bare_hour_come_together(said: str) -> None:
    talk = Talk("callback", "en")
    say(talk, said)
    assert talk.state.slots["callback_time"] == f"{MONDAY}T10:30"


@pytest.mark.parametrize("said", ["A ten thirty", "two of them", "25", "room three", "ten boxes"])
def test_other_numbers_are_no_times(said: str) -> None:
    talk = asked_for_the_time()
    say(talk, said)
    assert "callback_time" not in talk.state.slots
    assert talk.step != "ask phone_number"


def test_a_bare_hour_is_no_time_at_other_steps() -> None:
    talk = asked_for_the_time()
    say(talk, "ten")
    say(talk, "three")
    assert talk.step == "ask phone_number"
    assert talk.state.slots["callback_time"] == f"{MONDAY}T10:00"
    talk = Talk("order_status", "en")
    say(talk, "three")
    assert not talk.state.slots


def test_half_a_day_is_no_answer_in_vain() -> None:
    talk = asked_for_the_time("monday afternoon")
    assert talk.state.asked["ask callback_time"] == 1
    assert "At what time" in say(talk, "in the afternoon")
    assert "At what time" in say(talk, "hmm what")
    say(talk, "three")
    assert talk.state.slots["callback_time"] == f"{MONDAY}T15:00"


def test_the_half_of_the_day_alone_costs_no_try_but_not_twice() -> None:
    talk = asked_for_the_time()
    tries = talk.state.asked["ask callback_time"]
    say(talk, "in the afternoon")
    assert talk.state.asked["ask callback_time"] == tries
    say(talk, "in the morning")
    assert talk.state.asked["ask callback_time"] == tries + 1


def test_what_half_was_said_first_holds_for_the_hour() -> None:
    talk = Talk("callback", "en", now=None)
    say(talk, "monday evening")
    say(talk, "seven")
    assert f"{MONDAY}T19:00 is closed" in str(talk.move.reasons)
    talk = Talk("callback", "en", now=None)
    say(talk, "monday evening")
    say(talk, "at seven in the morning")
    assert f"{MONDAY}T07:00 is closed" in str(talk.move.reasons)


def test_in_chinese_the_half_of_the_day_holds_too() -> None:
    talk = Talk("callback", now=datetime.datetime(2026, 11, 25, 10))
    assert "几点" in talk("周一下午", TIME=MONDAY)
    assert talk.state.asked["ask callback_time"] == 1
    talk("七点", TIME="T07:00")
    assert talk.step.endswith("callback_time"), "19:00 on a Monday: nobody is there"
    assert "19:00" in str(talk.move.reasons)
