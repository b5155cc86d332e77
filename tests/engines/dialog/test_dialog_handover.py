"""Humans: what they are told, when none can be had; calls that are taken up again."""

from __future__ import annotations

import datetime

import pytest

from engines.dialog.acts import ACTS
from engines.dialog.dialogue import Dialogue
from engines.dialog.handover import Reason
from engines.dialog.playbook import Playbook
from tests.engines.dialog.talk import CLOSED, OPEN, PLAYBOOK, REFUNDABLE, Talk


def refunding(language: str = "zh", now: datetime.datetime | None = OPEN) -> Talk:
    talk = Talk("refund", language, now=now)  # type: ignore[arg-type]
    talk(
        "refund A1024" if language == "en" else "我要退款A1024", "refund_request", ORDER_ID="A1024"
    )
    talk.answer(REFUNDABLE)
    return talk


@pytest.mark.parametrize(
    ("language", "summary"),
    [
        ("zh", "来电者的需求：退款。已知：订单号A1024。来电者要求人工服务。"),
        (
            "en",
            "The caller's concern: a refund. Known: order number A1024. "
            "The caller asked for a person.",
        ),
    ],
)
def test_what_a_human_is_told(language: str, summary: str) -> None:
    talk = refunding(language)
    talk("agent" if language == "en" else "转人工", "speak_to_human")
    handover = talk.move.handover
    assert handover is not None
    assert (handover.target, handover.reason) == ("refunds", "asked")
    assert handover.summary == summary
    assert handover.slots == {"order_id": "A1024"}


def test_the_reason_given_to_a_human_is_handed_over() -> None:
    talk = Talk("order_status")
    talk("转人工", "speak_to_human")
    talk("退款一直没有到账。", "refund_request", ISSUE="late")
    handover = talk.move.handover
    assert handover is not None
    assert handover.slots["other_info"] == "退款一直没有到账。"
    assert "事由退款一直没有到账。" in handover.summary
    assert handover.target == "service"


def test_a_failure_of_the_business_system_is_the_reason() -> None:
    talk = Talk("order_status", "en")
    talk("A1024", ORDER_ID="A1024")
    talk.answer(error="timeout")
    assert talk.move.handover is not None
    assert talk.move.handover.reason == "business"
    assert "no usable answer" in talk.move.handover.summary


def test_an_angry_caller_is_not_asked_what_it_is_about() -> None:
    talk = Talk("order_status", "en")
    talk("give me a human", "speak_to_human", feeling="angry")
    assert talk.move.end == "transferred"


@pytest.mark.parametrize("reason", ["worker_lost", "no_input"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_handover_can_be_had_at_any_state(reason: Reason, language: str) -> None:
    talk = refunding(language)
    handover = talk.dialogue.handover(talk.state, reason)
    assert handover.reason == reason
    assert handover.slots == {"order_id": "A1024"}
    assert 0 < len(handover.summary) < 300


RESULTS = {
    "busy": "都在忙",
    "no_answer": "没有接听",
    "refused": "没能转接",
    "gibberish": "没能转接",
}


@pytest.mark.parametrize("result", RESULTS)
def test_a_transfer_that_fails_says_so_and_loses_nothing(result: str) -> None:
    talk = refunding()
    talk("转人工", "speak_to_human")
    said = talk.transferred(result)
    assert RESULTS[result] in said
    assert "预约回电" in said
    assert not talk.move.end
    assert talk.state.slots == {"order_id": "A1024"}
    # He would rather go on: the question at which he was put through comes again.
    assert "您确定要退款吗" in talk("不用", "deny")
    talk("确定", "affirm")
    assert talk.move.call is not None
    assert talk.move.call.arguments["order_id"] == "A1024"


def test_after_two_failures_nobody_is_put_through_any_more() -> None:
    talk = refunding()
    talk("转人工", "speak_to_human")
    talk.transferred("busy")
    talk("不用", "deny")
    talk("转人工", "speak_to_human")
    assert talk.move.end == "transferred"
    assert "预约回电" in talk.transferred("busy")
    for _ in range(5):
        talk("转人工", "speak_to_human")
        assert talk.move.end != "transferred"


def test_a_call_back_after_a_failed_transfer_keeps_the_order_for_later() -> None:
    talk = refunding()
    talk("转人工", "speak_to_human")
    talk.transferred("busy")
    talk("好", "affirm")
    assert talk.state.scenario == "callback"
    talk("明天下午三点", TIME="2026-11-26T15:00")
    talk("13800138000", PHONE="13800138000")
    talk("对", "affirm")
    answer = {"callback_id": "C1", "booked_phone": "13800138000", "booking": "booked"}
    assert "C1" in talk.answer({**answer, "booked_at": "2026-11-26T15:00"})
    talk("我要退款", "refund_request")
    assert talk.move.call is not None
    assert talk.move.call.arguments == {"order_id": "A1024"}


def test_a_time_at_once_answers_the_offer_of_a_call_back() -> None:
    talk = refunding(now=CLOSED)
    talk("转人工", "speak_to_human")
    talk("明天下午三点", TIME="2026-11-26T15:00")
    assert talk.step == "ask phone_number"
    assert talk.state.slots["callback_time"] == "2026-11-26T15:00"


def test_without_a_scenario_for_call_backs_the_call_goes_on() -> None:
    only = Playbook(
        scenarios={"refund": PLAYBOOK.scenarios["refund"]}, sentences=PLAYBOOK.sentences
    )
    talk = Talk("refund", dialogue=Dialogue(only))
    talk("我要退款A1024", "refund_request", ORDER_ID="A1024")
    talk.answer(REFUNDABLE)
    talk("转人工", "speak_to_human")
    assert "您确定要退款吗" in talk.transferred("busy")
    talk("转人工", "speak_to_human")
    assert "再打来" in talk.transferred("busy")
    assert talk.move.end == "abandoned"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_outside_of_hours_a_call_back_is_offered_and_nobody_put_through(language: str) -> None:
    talk = refunding(language, CLOSED)
    said = talk("agent" if language == "en" else "转人工", "speak_to_human")
    assert ("不上班" if language == "zh" else "not in at this hour") in said
    assert talk.step == "offer callback"
    assert talk.move.handover is None


def test_without_a_clock_people_are_there() -> None:
    talk = refunding(now=None)
    talk("转人工", "speak_to_human")
    assert talk.move.end == "transferred"


def test_times_that_cannot_be_had_are_answered_with_one_that_can() -> None:
    talk = Talk("callback", "en")
    said = talk("on Sunday at ten", TIME="2026-11-29T10:00")
    assert said == "We are closed at that time. Would November 30 at 9 am suit you?"
    talk("yes", "affirm")
    assert talk.step == "ask phone_number"
    assert talk.state.slots["callback_time"] == "2026-11-30T09:00"
    talk = Talk("callback", "en")
    assert "has passed" in talk("today at nine", TIME="2026-11-25T09:00")
    assert "November 27 at 3 pm" not in talk("no, Friday at three", "deny", TIME="2026-11-27T15:00")
    assert talk.state.slots["callback_time"] == "2026-11-27T15:00"
    talk = Talk("callback", "en")
    talk("on Sunday", TIME="2026-11-29")
    assert talk.move.reply[0].text == "At what time?"
    assert "closed" in talk("at ten", TIME="T10:00")
    assert talk("no", "deny") == (
        "Please tell me the day and the time again, such as tomorrow at three."
    )


def test_a_lost_worker_says_its_reply_again() -> None:
    talk = refunding()
    asked = "".join(clause.text for clause in talk.move.reply)
    said = talk.resumed(delivered=False)
    assert said.replace(" ", "") == "不好意思，刚才中断了。" + asked
    assert talk.move.action == "resume"
    # Lost again: the apology is not said twice.
    assert talk.resumed(delivered=False) == said


def test_a_lost_sentence_is_asked_for_once_and_nothing_else() -> None:
    talk = refunding()
    assert talk.resumed(delivered=True) == "不好意思，请您再说一遍。"
    assert talk.step == "confirm refund"
    talk("确定", "affirm")
    assert talk.move.call is not None


def test_back_from_hold_the_question_comes_again() -> None:
    talk = refunding()
    said = talk.resumed(delivered=True, held=True)
    assert said.startswith("您好，我们继续。")
    assert said.endswith("您确定要退款吗？")
    cut = talk.resumed(delivered=False, held=True)
    assert cut.startswith("您好，我们继续。")
    assert "中断" not in cut


def test_lost_while_something_was_written_it_is_asked_about_again() -> None:
    talk = refunding()
    talk("确定", "affirm")
    assert talk.move.call is not None
    said = talk.resumed(delivered=True)
    assert "您确定要退款吗" in said
    assert talk.step == "confirm refund"
    assert talk.move.call is None


def test_recording_begins_with_its_notice() -> None:
    opening = Talk("complaint", "en")
    assert opening.move.recording is True
    assert ["recorded" in clause.text for clause in opening.move.reply if clause.notice] == [True]
    assert opening.move.reply[-1].text.endswith("?")
    talk = Talk("order_status", "en")
    assert talk.move.recording is None
    said = talk("I want to make a complaint", "complaint")
    assert "recorded" in said
    assert talk.move.recording is True
    assert ["recorded" in clause.text for clause in talk.move.reply if clause.notice] == [True]
    assert "recorded" not in talk("the cup is broken", "complaint")
    assert talk.move.recording is None


def test_a_notice_waits_for_the_answer_of_the_business_system() -> None:
    talk = Talk("order_status", "en")
    talk("A1024 please", ORDER_ID="A1024")
    assert talk.move.action in ACTS
    assert talk.move.recording is None


def test_lost_while_it_is_put_through_or_says_goodbye_the_call_still_ends_so() -> None:
    talk = refunding()
    talk("转人工", "speak_to_human")
    handover = talk.move.handover
    for delivered in (False, True):
        said = talk.resumed(delivered=delivered)
        assert "转接人工客服" in said
        assert talk.move.end == "transferred"
        assert talk.move.handover == handover
    talk = refunding()
    talk("再见", "goodbye")
    talk.resumed(delivered=False)
    assert talk.move.end == "abandoned"


def test_what_was_done_in_the_call_is_told_to_a_human() -> None:
    talk = refunding("en")
    talk("yes", "affirm")
    answer = {"refunded": "A1024", "refund_id": "R7002", "refund_state": "requested"}
    talk.answer({**answer, "refund_amount": "299.00 CNY"})
    talk("agent", "speak_to_human")
    assert talk.move.handover is not None
    assert talk.move.handover.summary == (
        "The caller's concern: a refund. Known: order number A1024. "
        "Done in this call: a refund; the caller asked for a person."
    )
