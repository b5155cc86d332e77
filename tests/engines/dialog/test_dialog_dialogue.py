"""What the worker relies on: expectations, first clauses, languages, reasons, plain states."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import pytest

from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessResult, Expectation, Heard, Move, State
from engines.dialog.playbook import Playbook, load_playbook
from engines.dialog.scenario_file import parse_scenario
from engines.dialog.settings import DialogueSettings
from engines.emotion.feeling import Feeling
from engines.nlu.understanding import Entity, IntentScore, Understanding
from kefu.errors import UnknownScenario

PLAYBOOK = load_playbook(Path(__file__).parents[3] / "examples/scenarios")
DIALOGUE = Dialogue(PLAYBOOK)
SHIPPED = {
    "found": "A1024",
    "state": "shipped",
    "expected_on": "2026-11-26",
    "delivered_on": "",
    "carrier": "sf",
}
REFUNDABLE = {
    "found": "A1024",
    "state": "shipped",
    "refundable": "yes",
    "amount": "299.00 CNY",
    "earlier_refund": "",
}


def say(
    state: State,
    text: str,
    intent: str,
    *,
    order_id: str = "",
    confidence: float = 0.9,
    probability: float = 0.9,
    language: Literal["zh", "en"] = "zh",
    feeling: str = "",
    question_missed: bool = False,
    dialogue: Dialogue = DIALOGUE,
) -> Move:
    start = text.find(order_id)
    entities = (
        Entity(
            type="ORDER_ID", text=order_id, value=order_id, start=start, end=start + len(order_id)
        ),
    )
    return dialogue.hear(
        state,
        Heard(
            text=text,
            language=language,
            confidence=confidence,
            understanding=Understanding(
                intents=(IntentScore(intent=intent, probability=probability),),
                entities=entities if order_id else (),
            ),
            feeling=Feeling(label=feeling, confidence=0.9 if feeling else 0.0),
            question_missed=question_missed,
        ),
    )


def answered(move: Move, values: dict[str, str]) -> Move:
    assert move.call is not None
    result = BusinessResult(name=move.call.name, ok=True, values=values)
    return DIALOGUE.answer(move.state, result)


def test_expectations() -> None:
    opening = DIALOGUE.open("order_status", language="zh")
    assert opening.expects == Expectation(kind="open", keys="menu")
    asking = say(opening.state, "查订单", "order_status")
    assert asking.expects == Expectation(kind="digits", digits=4, keys="digits")
    checking = say(asking.state, "A1024", "inform", order_id="A1024", confidence=0.5)
    assert checking.expects == Expectation(kind="yes_no", keys="menu")
    # Asked again, the expectation stands.
    assert DIALOGUE.silence(asking.state).expects == asking.expects
    assert DIALOGUE.unclear(asking.state).expects == asking.expects
    assert say(asking.state, "再说一遍", "repeat").expects == asking.expects
    told = answered(say(checking.state, "对", "affirm"), SHIPPED)
    assert told.expects == Expectation(kind="yes_no", keys="menu")
    assert say(told.state, "转人工", "speak_to_human").expects == Expectation(kind="open")


def test_an_answer_begins_with_a_phrase_from_the_cache_a_confirmation_live() -> None:
    opening = DIALOGUE.open("order_status", language="zh")
    looking = say(opening.state, "A1024到哪了", "order_status", order_id="A1024")
    told = answered(looking, SHIPPED)
    assert told.reply[0].text == "您的订单已经发货了，"
    assert told.reply[0].cacheable
    assert not told.reply[0].filler
    assert not told.reply[1].cacheable
    checking = say(opening.state, "A1024到哪了", "order_status", order_id="A1024", confidence=0.4)
    assert checking.reply[0].text == "A1024，对吗？"
    assert not checking.reply[0].cacheable
    asking = say(opening.state, "A1024退款", "refund_request", order_id="A1024")
    confirming = answered(asking, REFUNDABLE)
    assert confirming.reply[0].text == "A1024，"
    assert not confirming.reply[0].cacheable


def test_a_yes_to_a_question_that_was_not_heard_is_asked_for_again() -> None:
    opening = DIALOGUE.open("refund", language="zh")
    asking = say(opening.state, "A1024退款", "refund_request", order_id="A1024")
    confirming = answered(asking, REFUNDABLE)
    too_early = say(confirming.state, "好的", "affirm", question_missed=True)
    assert too_early.call is None
    assert too_early.reply == confirming.reply
    assert any("before the question" in reason for reason in too_early.reasons)
    agreed = say(too_early.state, "好的", "affirm")
    assert agreed.call is not None
    assert agreed.call.name == "request_refund"
    # A no stops it whenever it comes.
    declined = say(confirming.state, "不用了", "deny", question_missed=True)
    assert declined.call is None
    assert declined.reply != confirming.reply


def test_empathy_comes_first_as_a_filler_and_not_twice_in_a_row() -> None:
    opening = DIALOGUE.open("order_status", language="en")
    first = say(opening.state, "where is it", "order_status", language="en", feeling="angry")
    assert first.reply[0].text == "I am very sorry about the trouble."
    assert first.reply[0].filler
    assert first.reply[0].cacheable
    assert first.reply[1].text == "What is your order number?"
    second = say(first.state, "where is it", "order_status", language="en", feeling="angry")
    assert not second.reply[0].filler
    third = say(second.state, "where is it", "order_status", language="en", feeling="angry")
    assert third.end == "transferred"
    calm = say(opening.state, "where is it", "order_status", language="en", feeling="happy")
    assert not calm.reply[0].filler


def test_empathy_waits_for_the_answer_of_the_business_system() -> None:
    opening = DIALOGUE.open("order_status", language="zh")
    looking = say(opening.state, "A1024", "order_status", order_id="A1024", feeling="angry")
    assert not looking.reply
    told = answered(looking, SHIPPED)
    assert [clause.filler for clause in told.reply] == [True, False, False, False]
    assert any("angry" in reason for reason in told.reasons)


def test_auto_greets_in_the_first_language_and_invites_the_other() -> None:
    opening = DIALOGUE.open("order_status", language="auto")
    assert [clause.language for clause in opening.reply] == ["zh", "zh", "en"]
    english = Dialogue(PLAYBOOK, DialogueSettings(first_language="en"))
    assert [clause.language for clause in english.open("order_status").reply] == ["en", "en", "zh"]


@pytest.mark.parametrize(
    ("text", "language", "confidence", "answer"),
    [
        ("where is my order", "en", 0.9, "en"),
        ("hello", "en", 0.9, "en"),  # the first utterance: one word tells
        ("where is my order", "en", 0.4, "zh"),  # not heard well enough
        ("A1024", "en", 0.9, "zh"),  # an id belongs to no language
    ],
)
def test_the_language_of_the_caller_is_followed(
    text: str, language: Literal["zh", "en"], confidence: float, answer: str
) -> None:
    opening = DIALOGUE.open("order_status", language="auto")
    order_id = text if text == "A1024" else ""
    move = say(
        opening.state, text, "order_status", order_id=order_id, confidence=confidence,
        language=language,
    )  # fmt: skip
    assert move.state.language == answer


def test_two_less_confident_utterances_that_agree_change_the_language() -> None:
    opening = DIALOGUE.open("order_status", language="auto")
    weak = {"language": "en", "confidence": 0.4}
    first = say(opening.state, "where is my parcel", "order_status", **weak)  # type: ignore[arg-type]
    assert first.state.language == "zh"
    second = say(first.state, "I want my parcel", "order_status", **weak)  # type: ignore[arg-type]
    assert second.state.language == "en"
    # One of the other language between them: they do not agree.
    between = say(first.state, "我想查订单", "order_status", confidence=0.4)
    third = say(between.state, "I want my parcel", "order_status", **weak)  # type: ignore[arg-type]
    assert third.state.language == "zh"


@pytest.mark.parametrize(
    ("text", "order_id"),
    [("A1024", "A1024"), ("one zero two four", ""), ("A1024 please", "A1024"), ("five", "")],
)
def test_digits_and_bare_entities_change_no_language(text: str, order_id: str) -> None:
    opening = DIALOGUE.open("order_status", language="auto")
    asking = say(opening.state, "我想查订单", "order_status")
    for confidence in (0.9, 0.4, 0.4):
        asking = say(
            asking.state, text, "inform", order_id=order_id, language="en", confidence=confidence
        )
        assert asking.state.language == "zh"
        if asking.call is not None:
            break


def test_one_foreign_word_does_not_change_the_language_later() -> None:
    opening = DIALOGUE.open("order_status", language="auto")
    asking = say(opening.state, "我想查订单", "order_status")
    assert say(asking.state, "OK", "affirm", language="en").state.language == "zh"
    assert (
        say(asking.state, "can you speak English", "out_of_scope", language="en").state.language
        == "en"
    )


def test_a_fixed_language_stays() -> None:
    opening = DIALOGUE.open("order_status", language="zh")
    move = say(opening.state, "where is my order please", "order_status", language="en")
    assert move.state.language == "zh"


def test_the_called_number_chooses_and_an_unknown_name_is_refused() -> None:
    assert DIALOGUE.open("", called="4001").state.scenario == "refund"
    assert DIALOGUE.open("", called="").state.scenario == "order_status"
    with pytest.raises(UnknownScenario):
        DIALOGUE.open("no such scenario")
    only = Playbook(
        scenarios={"refund": PLAYBOOK.scenarios["refund"]}, sentences=PLAYBOOK.sentences
    )
    with pytest.raises(UnknownScenario, match="answers the number '999'"):
        Dialogue(only).open("", called="999")


PHONE = """\
scenario: callback
title: Call me back
numbers: ["1"]
starts_on: [book_callback]
greeting: {zh: ["您好。"], en: ["Hello."]}
slots:
  phone_number:
    entity: PHONE
    ask: {zh: ["号码？"], en: ["Number?"]}
    ask_again: {zh: ["号码？"], en: ["Number again?"]}
    check: {zh: ["{phone_number}，对吗？"], en: ["{phone_number}, right?"]}
steps:
  - ask: phone_number
"""


def test_the_caller_number_is_asked_back_not_taken() -> None:
    scenario = parse_scenario(PHONE.encode(), "callback.yaml")
    dialogue = Dialogue(Playbook(scenarios={"callback": scenario}, sentences=PLAYBOOK.sentences))
    opening = dialogue.open("callback", language="en", caller="13800138000")
    asking = say(opening.state, "call me", "book_callback", language="en", dialogue=dialogue)
    assert [clause.text for clause in asking.reply] == ["13800138000, right?"]
    hidden = dialogue.open("callback", language="en", caller="")
    asking = say(hidden.state, "call me", "book_callback", language="en", dialogue=dialogue)
    assert [clause.text for clause in asking.reply] == ["Number?"]


def test_states_are_plain_data_and_unknown_ones_are_refused() -> None:
    state = DIALOGUE.open("refund").state
    assert msgspec.json.decode(msgspec.json.encode(state), type=State) == state
    with pytest.raises(UnknownScenario):
        DIALOGUE.silence(msgspec.structs.replace(state, scenario="gone"))
    with pytest.raises(msgspec.ValidationError):
        DIALOGUE.silence(msgspec.structs.replace(state, memory={"beliefs": 3}))


def test_an_unsure_intent_is_not_acted_upon() -> None:
    opening = DIALOGUE.open("order_status", language="zh")
    for intent in ("speak_to_human", "goodbye", "refund_request", "complaint", "repeat"):
        move = say(opening.state, "嗯这个", intent, probability=0.3)
        assert move.action == "ask_clarification", intent
    no_intent = DIALOGUE.hear(
        opening.state,
        Heard(
            text="",
            language="zh",
            confidence=0.9,
            understanding=Understanding(intents=()),
            feeling=Feeling(label="", confidence=0.0),
        ),
    )
    assert no_intent.action == "ask_clarification"


@pytest.mark.parametrize("length", [10_000, 200_000])
def test_very_long_utterances_are_quick(length: int) -> None:
    opening = DIALOGUE.open("order_status", language="zh")
    for text in ("了" * length, "对" * length, "no " * length, " " * length, "ok" * length):
        move = say(opening.state, text + "A1024", "inform", order_id="A1024")
        assert move.call is not None


def test_a_complaint_that_only_says_that_it_is_one_is_asked_for() -> None:
    opening = DIALOGUE.open("complaint", language="zh")
    asked = say(opening.state, "我要投诉", "complaint")
    assert asked.state.step == "ask other_info"
    told = say(asked.state, "快递员很没礼貌", "complaint")
    assert told.state.slots["other_info"] == "快递员很没礼貌"


def test_a_promised_call_back_in_a_complaint_books_none() -> None:
    opening = DIALOGUE.open("order_status", language="en")
    text = "you said you would call me back and nobody did"
    assert say(opening.state, text, "complaint", language="en").state.scenario == "complaint"
    assert say(opening.state, text, "inform", language="en").state.scenario == "callback"


def test_an_answer_about_another_order_is_not_repeated() -> None:
    opening = DIALOGUE.open("order_status", language="zh")
    looking = say(opening.state, "A1024", "inform", order_id="A1024")
    told = answered(looking, {**SHIPPED, "found": "B2048"})
    assert told.end == "transferred"
    assert "已经发货了" not in "".join(clause.text for clause in told.reply)
    assert told.handover is not None
    assert told.handover.reason == "business"
    assert any("about another order_id" in reason for reason in told.reasons)
