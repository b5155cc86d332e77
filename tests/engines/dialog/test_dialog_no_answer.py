"""No answer, no sense: the prompt again, then keys, then a human; per step in the scenario."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engines.dialog.dialogue import Dialogue
from engines.dialog.playbook import Playbook
from engines.dialog.scenario_file import parse_scenario
from tests.engines.dialog.talk import CLOSED, PLAYBOOK, Talk

TWICE = pytest.mark.parametrize("ask", [Talk.silence, Talk.unclear], ids=["silence", "nonsense"])
Ask = Callable[[Talk], str]


@TWICE
def test_the_prompt_again_reworded_then_keys_then_a_human(ask: Ask) -> None:
    talk = Talk("order_status")
    assert talk("查订单", "order_status") == "请问您的订单号是多少？"
    assert "请再说一遍订单号" in ask(talk)
    by_keys = ask(talk)
    assert "请用按键输入" in by_keys
    assert "井号" in by_keys
    assert talk.move.action == "ask_keypad"
    assert "转接人工客服" in ask(talk)
    assert talk.move.end == "transferred"
    assert talk.move.handover is not None
    expected = "no_input" if ask is Talk.silence else "not_understood"
    assert talk.move.handover.reason == expected


@TWICE
def test_a_question_for_yes_or_no_ends_in_a_menu(ask: Ask) -> None:
    talk = Talk("refund", "en")
    talk("refund A1024", "refund_request", ORDER_ID="A1024")
    talk.answer({"found": "A1024", "refundable": "yes", "amount": "299.00 CNY"})
    assert "Shall I go ahead?" in ask(talk)
    menu = ask(talk)
    assert "Shall I go ahead?" in menu
    assert "press 1" in menu
    ask(talk)
    assert talk.move.end == "transferred"


@TWICE
def test_the_opening_ends_in_the_menu_of_requests(ask: Ask) -> None:
    talk = Talk("order_status")
    ask(talk)
    assert "查订单，请按1" in ask(talk)
    assert talk.move.expects.keys == "menu"
    ask(talk)
    assert talk.move.end == "transferred"


def test_silence_asks_whether_he_is_there_and_nonsense_says_sorry() -> None:
    talk = Talk("order_status")
    talk("查订单", "order_status")
    assert talk.silence().startswith("您还在吗？")
    assert talk.unclear().startswith("不好意思，我没听清楚。")


def test_an_optional_question_is_left_out_in_the_end() -> None:
    talk = Talk("complaint")
    talk("送来的杯子是坏的", "complaint")
    assert talk.step == "ask order_id"
    talk.silence()
    assert talk.step == "ask order_id"
    talk.silence()
    assert talk.step == "ask phone_number"
    assert not talk.move.end


def test_the_reason_for_a_human_is_asked_once() -> None:
    talk = Talk("order_status", "en")
    assert "what is it about" in talk("agent", "speak_to_human")
    assert "putting you through" in talk.silence()


@TWICE
def test_an_angry_caller_is_asked_twice_and_shorter(ask: Ask) -> None:
    talk = Talk("order_status")
    talk("查订单", "order_status", feeling="angry")
    again = ask(talk)
    assert "订单号，一个字母加四位数字？" in again
    assert "请再说一遍" not in again
    ask(talk)
    assert talk.move.end == "transferred"


def test_understanding_something_starts_the_count_anew() -> None:
    talk = Talk("order_status")
    talk("查订单", "order_status")
    talk.silence()
    talk.silence()
    talk("A1024", ORDER_ID="A1024", confidence=0.4)
    assert talk.step == "check order_id"
    talk.silence()
    assert not talk.move.end


@TWICE
def test_outside_of_hours_the_chain_ends_in_a_call_back_then_goodbye(ask: Ask) -> None:
    talk = Talk("order_status", now=CLOSED)
    talk("查订单", "order_status")
    for _ in range(3):
        ask(talk)
    assert talk.step == "offer callback"
    for _ in range(3):
        assert not talk.move.end
        ask(talk)
    assert talk.move.end == "abandoned"


@TWICE
@pytest.mark.parametrize("scenario", sorted(PLAYBOOK.scenarios))
@pytest.mark.parametrize("now", [None, CLOSED])
def test_no_caller_is_asked_for_ever(ask: Ask, scenario: str, now: object) -> None:
    talk = Talk(scenario, now=now)  # type: ignore[arg-type]
    for _ in range(12):
        ask(talk)
        if talk.move.end:
            return
    raise AssertionError("still asking")


OWN = """\
scenario: own
title: Its own manner
numbers: ["1"]
barge_in: firm
greeting: {zh: ["您好。"], en: ["Hello."]}
slots:
  order_id:
    entity: ORDER_ID
    format: "0000"
    ask: {zh: ["号？"], en: ["Number?"]}
    ask_again: {zh: ["号呢？"], en: ["Number again?"]}
    check: {zh: ["{order_id}？"], en: ["{order_id}?"]}
steps:
  - ask: order_id
    keys: digits
    tries: 2
    no_input: {after_ms: 9000, say: {zh: ["喂？"], en: ["Hello there?"]}}
    no_match: {say: {zh: ["啊？"], en: ["Beg your pardon?"]}}
    barge_in: "off"
    private: true
  - confirm: sure
    question: {zh: ["行吗？"], en: ["All right?"]}
    declined: {zh: ["好。"], en: ["Fine."]}
  - transfer: desk
"""


def own() -> Talk:
    scenario = parse_scenario(OWN.encode(), "own.yaml")
    playbook = Playbook(scenarios={"own": scenario}, sentences=PLAYBOOK.sentences)
    return Talk("own", "en", dialogue=Dialogue(playbook))


def test_a_step_says_when_and_with_which_words() -> None:
    talk = own()
    assert talk.move.expects.barge_in == "firm"
    talk("it is 1024", ORDER_ID="1024", confidence=0.4)
    expects = talk.move.expects
    assert (expects.no_input_ms, expects.barge_in, expects.private) == (9000, "off", True)
    said = "Number again? Please enter the number on your keypad, and end with the pound key."
    assert talk("no", "deny") == said  # two tries: the last one explains the keys
    assert talk.move.expects.keys == "digits"
    assert "putting you through" in talk.silence()


def test_own_words_for_nonsense() -> None:
    talk = own()
    talk("it is 1024", ORDER_ID="1024", confidence=0.4)
    assert talk.unclear() == "Beg your pardon? 1024?"
    assert talk.silence().startswith("Hello there? 1024?")


def test_private_values_are_in_no_reason_and_no_handover() -> None:
    talk = own()
    talk("it is 1024", ORDER_ID="1024")
    assert talk.move.expects.private is False  # the next question is not private
    assert not any("1024" in reason for reason in talk.move.reasons)
    talk("yes", "affirm")
    assert talk.move.handover is not None
    assert talk.move.handover.target == "desk"
    assert talk.move.handover.reason == "scenario"
    assert talk.move.handover.slots == {"order_id": "***"}
    assert "1024" not in talk.move.handover.summary
