"""Keys answer where a step lists them, and nothing else."""

from __future__ import annotations

import pytest

from tests.engines.dialog.talk import CLOSED, SHIPPED, Talk


def asking() -> Talk:
    talk = Talk("order_status")
    talk("查订单", "order_status")
    assert talk.move.expects.keys == "digits"
    assert talk.move.expects.digits == 4
    return talk


def refunding() -> Talk:
    talk = Talk("refund")
    talk("我要退款A1024", "refund_request", ORDER_ID="A1024")
    talk.answer({"found": "A1024", "refundable": "yes", "amount": "299.00 CNY"})
    assert talk.move.expects.keys == "menu"
    return talk


def test_the_letter_to_keyed_digits_is_looked_up_and_asked_about() -> None:
    talk = asking()
    talk.press("1024")
    assert talk.move.call is not None
    assert talk.move.call.name == "complete_order_id"
    assert talk.move.call.arguments == {"digits": "1024"}
    assert not talk.move.call.changes
    assert talk.answer({"order_id": "A1024"}) == "A1024，对吗？"
    assert talk.move.expects.keys == "menu"
    talk.press("1")
    assert talk.move.call is not None
    assert talk.move.call.arguments == {"order_id": "A1024"}
    assert "已经发货了" in talk.answer(SHIPPED)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({}, "not_found"),
        ({}, "timeout"),
        ({"order_id": ""}, ""),
        ({"order_id": "A1025"}, ""),  # other digits than were keyed
        ({"order_id": "XX1024"}, ""),
        ({"order_id": "1024"}, ""),
        ({"order": "A1024"}, ""),
        ({"order_id": "A" * 5000 + "1024"}, ""),
        ({"order_id": 1024}, ""),
    ],
)
def test_no_letter_is_guessed(values: dict[str, str], error: str) -> None:
    talk = asking()
    talk.press("1024")
    assert "请再说一遍订单号" in talk.answer(values, error)
    assert talk.step == "ask order_id"
    assert talk.state.slots == {}


def test_the_letter_that_is_known_completes_keyed_digits() -> None:
    talk = Talk("order_status")
    talk("A1024", ORDER_ID="A1024", confidence=0.4)
    talk.press("2")
    assert talk.step == "ask order_id"


def test_a_telephone_number_is_keyed() -> None:
    talk = Talk("callback")
    talk("明天下午三点", TIME="2026-11-26T15:00")
    assert (talk.move.expects.keys, talk.move.expects.digits) == ("digits", 11)
    assert "没听清楚" in talk.press("138")
    talk.press("13800138000")
    assert talk.step == "confirm callback"
    assert talk.state.slots["phone_number"] == "13800138000"
    talk.press("1")
    assert talk.move.call is not None
    assert talk.move.call.changes


def test_an_english_call_takes_numbers_of_other_lengths() -> None:
    talk = Talk("callback", "en")
    talk("tomorrow at three", TIME="2026-11-26T15:00")
    assert talk.move.expects.digits == 0
    talk.press("5551234")
    assert talk.state.slots["phone_number"] == "5551234"


def test_one_is_yes_two_is_no_zero_is_a_human() -> None:
    talk = refunding()
    talk.press("1")
    assert talk.move.call is not None
    assert talk.move.call.name == "request_refund"
    talk = refunding()
    assert "没有为您办理退款" in talk.press("2")
    talk = refunding()
    talk.press("0")
    assert talk.move.end == "transferred"


def test_a_key_pressed_before_the_question_was_heard_agrees_to_nothing() -> None:
    talk = refunding()
    talk.press("1", question_missed=True)
    assert talk.move.call is None
    assert talk.step == "confirm refund"


@pytest.mark.parametrize(
    ("key", "scenario"),
    [("1", "order_status"), ("2", "refund"), ("3", "complaint"), ("4", "callback")],
)
def test_the_menu_of_requests(key: str, scenario: str) -> None:
    talk = Talk("order_status")
    talk.press(key)
    assert talk.state.scenario == scenario
    assert talk.step.startswith("ask ")


def test_zero_in_the_menu_of_requests_puts_through() -> None:
    talk = Talk("order_status")
    talk.press("0")
    assert talk.move.end == "transferred"


def test_zero_alone_calls_a_human_where_digits_are_asked_for() -> None:
    talk = asking()
    talk.press("0")
    assert talk.move.end == "transferred"
    talk = Talk("order_status", now=CLOSED)
    talk("查订单", "order_status")
    talk.press("0")
    assert talk.step == "offer callback"


HOSTILE = [
    "",
    "#",
    "7",
    "12",
    "99999",
    "1024#",
    "A1024",
    "１０２４",
    "1" * 10_000,
    "\x00",
    "1\n",
    "💥",
]


@pytest.mark.parametrize("keys", HOSTILE)
def test_other_keys_mean_nothing_and_lead_to_a_human_in_the_end(keys: str) -> None:
    for talk in (asking(), refunding()):
        for _ in range(4):
            talk.press(keys)
            assert talk.move.call is None
            if talk.move.end:
                break
        assert talk.move.end == "transferred"


def test_where_no_key_answers_it_says_so() -> None:
    talk = Talk("callback")
    assert talk.move.expects.keys == ""
    said = talk.press("1")
    assert said.startswith("这个按键在这里没有用。")
    assert talk.step == "ask callback_time"
    assert talk.state.slots == {}


def test_after_the_end_keys_do_no_harm() -> None:
    talk = refunding()
    talk("再见", "goodbye")
    talk.press("1")
    assert talk.move.call is None
