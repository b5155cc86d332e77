"""What callers tell and want, as they say it: stories, numbers behind words, farewells."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.engines.dialog.talk import REFUNDABLE, SHIPPED, Talk


def confirming() -> Talk:
    talk = Talk("refund")
    talk("我要退款A1024", "refund_request", ORDER_ID="A1024")
    talk.answer({"found": "A1024", "refundable": "yes", "amount": "299.00 CNY"})
    assert talk.step == "confirm refund"
    return talk


@pytest.mark.parametrize(
    "said", ["算了，不退了", "不退了", "取消", "never mind", "forget it", "cancel that"]
)
@pytest.mark.parametrize("intent", ["refund_request", "complaint", "inform"])
def test_never_mind_declines_a_change_whatever_the_intent_head_says(said: str, intent: str) -> None:
    talk = confirming()
    talk(said, intent)
    assert talk.move.action == "abandon_change"
    assert talk.move.call is None


def test_never_mind_ends_a_request_and_not_the_call() -> None:
    talk = Talk("callback", "en")
    talk("tomorrow at three", TIME="2026-11-26T15:00")
    talk("never mind", "deny")
    assert (talk.step, talk.move.end) == ("anything else", "")
    talk("I want a refund", "refund_request")
    assert talk.state.scenario == "refund"


@pytest.mark.parametrize(
    "value", ["USE13800138000", "YES13800138000", "S13800138000", "13800138000"]
)
def test_a_telephone_number_behind_a_word_is_one(value: str) -> None:
    talk = Talk("callback", "en")
    talk("tomorrow at three", TIME="2026-11-26T15:00")
    talk(f"it is {value}", ORDER_ID=value)
    assert talk.state.slots["phone_number"] == "13800138000"


def test_a_short_number_is_no_telephone_number_unless_it_was_asked_for() -> None:
    talk = Talk("complaint", "en")
    talk("the lamp is broken, order 10245", "complaint", ORDER_ID="10245", ISSUE="damaged")
    assert "phone_number" not in talk.state.slots


@pytest.mark.parametrize(
    "said", ["没有了，再见", "没有其他的了", "nothing else", "that's all, thanks"]
)
@pytest.mark.parametrize("intent", ["repeat", "courtesy", "deny"])
def test_nothing_else_ends_the_call(said: str, intent: str) -> None:
    talk = Talk("order_status")
    talk("A1024", ORDER_ID="A1024")
    talk.answer(SHIPPED)
    talk(said, intent)
    assert talk.move.end == "completed"


def test_nothing_else_to_the_offer_of_a_human_ends_the_call() -> None:
    talk = Talk("order_status", "en")
    talk("where is A1024", "order_status", ORDER_ID="A1024", feeling="angry")
    talk.answer(SHIPPED)
    talk("A1024 again", "order_status", ORDER_ID="A1024", feeling="angry")
    talk.answer(SHIPPED)
    assert talk.step == "offer human"
    talk("nothing else", "deny")
    assert talk.move.end == "completed"


def test_goodbye_ends_the_call_but_not_instead_of_an_answer() -> None:
    talk = Talk("human", "en")
    talk("oh sorry, I dialled the wrong number, goodbye", "repeat")
    assert talk.move.end == "abandoned"
    talk = confirming()
    talk("好的，再见", "affirm")
    assert not talk.move.end
    assert talk.move.call is not None


def test_a_goodbye_that_the_head_only_thinks_it_heard_ends_no_request() -> None:
    talk = Talk("callback", "en")
    talk("oh, whenever it suits you", "goodbye", probability=0.7)
    assert not talk.move.end
    talk = Talk("callback", "en")
    talk("I have to go", "goodbye", probability=0.9)
    assert talk.move.end == "abandoned"


@pytest.mark.parametrize("said", ["等一下", "稍等", "hold on", "let me find the number"])
def test_hold_on_is_waited_for(said: str) -> None:
    talk = Talk("order_status")
    talk(said, "book_callback", probability=0.5)
    assert talk.move.action == "invite_request"
    assert talk.state.scenario == "order_status"


def test_an_order_that_was_misread_is_no_complaint() -> None:
    talk = Talk("refund")
    talk("我要退款A1204", "refund_request", ORDER_ID="A1204")
    talk.answer(error="not_found")
    talk("我看错了，A1024", "complaint", ORDER_ID="A1024", probability=0.64)
    assert talk.move.call is not None
    assert talk.move.call.arguments == {"order_id": "A1024"}


def test_a_story_with_a_no_in_it_is_a_story() -> None:
    talk = Talk("complaint")
    talk("你们寄错了，这不是我要的", "deny", ISSUE="wrong_item")
    assert talk.state.slots["other_info"] == "你们寄错了，这不是我要的"


def test_a_bare_number_is_no_story() -> None:
    talk = Talk("complaint")
    talk("订单是B2048", ORDER_ID="B2048")
    assert talk.step == "ask other_info"
    talk("耳机是坏的", "complaint", ISSUE="damaged")
    assert talk.state.slots["other_info"] == "耳机是坏的"
    assert talk.state.slots["order_id"] == "B2048"


def test_the_desk_of_people_serves_a_clear_request_itself() -> None:
    talk = Talk("human")
    talk("订单A1024到哪了", "order_status", ORDER_ID="A1024")
    assert talk.move.call is not None
    assert talk.move.call.name == "find_order"


def test_who_asked_for_a_person_gets_one_whatever_it_is_about() -> None:
    for reason, intent in (("查一下订单", "order_status"), ("我要投诉快递员", "complaint")):
        talk = Talk("order_status")
        talk("转人工", "speak_to_human")
        talk(reason, intent)
        assert talk.move.end == "transferred"
        assert talk.move.handover is not None
        assert talk.move.handover.slots["other_info"] == reason


def test_an_order_after_a_failed_transfer_is_looked_up() -> None:
    talk = Talk("human")
    talk("我要问保修的事", "information")
    talk.transferred("no_answer")
    talk("不用，帮我查一下B2049", "deny", ORDER_ID="B2049", probability=0.4)
    assert talk.move.call is not None
    assert talk.move.call.name == "find_order"


def test_a_time_said_with_the_request_is_not_asked_for_again() -> None:
    talk = Talk("order_status", "en")
    talk("please call me back tomorrow at three", "book_callback", TIME="2026-11-26T15:00")
    assert talk.step == "ask phone_number"
    assert talk.state.slots["callback_time"] == "2026-11-26T15:00"


def test_when_it_was_bought_is_no_time_to_call_back() -> None:
    talk = Talk("order_status")
    talk("我昨天买的", "inform", TIME="2026-11-24")
    talk("给我回电话", "book_callback")
    assert talk.step == "ask callback_time"
    assert "callback_time" not in talk.state.slots
    assert "哪一天" not in talk.move.reply[-1].text
    assert "几点" not in talk.move.reply[-1].text


@pytest.mark.parametrize(
    ("language", "why", "yes"), [("en", "it arrived broken", "yes"), ("zh", "收到就是坏的", "是的")]
)
def test_the_reason_is_no_complaint_instead_of_the_refund(
    language: Literal["zh", "en"], why: str, yes: str
) -> None:
    talk = Talk("refund", language)
    talk("A1024", "refund_request", ORDER_ID="A1024")
    asked = talk.answer(REFUNDABLE)
    assert talk.step == "confirm refund"
    talk(why, "complaint", ISSUE="damaged")
    assert talk.answer(REFUNDABLE) == asked, "the confirmation again, nothing else"
    assert talk.step == "confirm refund"
    talk(yes, "affirm")
    assert talk.move.call is not None
    assert talk.move.call.arguments == {"order_id": "A1024", "reason": "damaged"}


def test_who_wants_to_complain_says_so_in_the_middle_of_a_refund() -> None:
    talk = Talk("refund", "en")
    talk("A1024", "refund_request", ORDER_ID="A1024")
    talk.answer(REFUNDABLE)
    talk("it arrived broken, I want to make a complaint", "complaint", ISSUE="damaged")
    assert talk.move.state.scenario == "complaint"
