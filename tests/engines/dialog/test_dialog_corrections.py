"""Corrections of single digits, in both languages, at any later step."""

from __future__ import annotations

import time

import pytest

from engines.dialog.corrections import apply, swap_in
from tests.engines.dialog.talk import Talk

ORDER, PHONE = "A1029", "13800138007"


@pytest.mark.parametrize(
    ("said", "known", "corrected"),
    [
        ("不对，是八不是九", ORDER, "A1028"),
        ("是八不是九", ORDER, "A1028"),
        ("不是九，是八", ORDER, "A1028"),
        ("不是九是八", ORDER, "A1028"),
        ("不是1029是1025", ORDER, "A1025"),
        ("不是一零二九，是一零二五", ORDER, "A1025"),
        ("no, eight not nine", ORDER, "A1028"),
        ("eight, not nine", ORDER, "A1028"),
        ("not nine, eight", ORDER, "A1028"),
        ("it's not nine but eight", ORDER, "A1028"),
        ("not two nine, it's two five", ORDER, "A1025"),
        ("the last digit is 5", ORDER, "A1025"),
        ("the last digit should be five", ORDER, "A1025"),
        ("the last two digits are three five", ORDER, "A1035"),
        ("the first digit is 2", ORDER, "A2029"),
        ("最后一位是5", ORDER, "A1025"),
        ("最后两位是三五", ORDER, "A1035"),
        ("后四位是8001", PHONE, "13800138001"),
        ("尾号是8001", PHONE, "13800138001"),
        ("前三位是139", PHONE, "13900138007"),
        ("第一位是2", ORDER, "A2029"),
        ("最后一位应该是幺", PHONE, "13800138001"),
        ("the last four digits are eight oh oh one", PHONE, "13800138001"),
        # Not said where: nothing is put right, the caller is asked.
        ("是九不是八", PHONE, ""),  # two eights
        ("是四不是六", ORDER, ""),  # no six
        ("后四位是801", PHONE, ""),  # three digits for four
        ("不是八十九是九十", ORDER, ""),
        ("最后一位是5", "", ""),
        ("最后一位是5", "cancelled", ""),
    ],
)
def test_digits(said: str, known: str, corrected: str) -> None:
    swap = swap_in(said)
    assert (apply(swap, known) if swap is not None else "") == corrected


@pytest.mark.parametrize(
    "said",
    ["", "好的", "不是这个", "not now", "I have two orders", "是的", "一共三件", "the last order"],
)
def test_no_correction(said: str) -> None:
    assert swap_in(said) is None


@pytest.mark.parametrize("said", ["1 " * 500, "不是1" * 300, "not one " * 120, "八不是" * 300])
def test_long_texts_are_quick(said: str) -> None:
    start = time.monotonic()
    swap_in(said[:1000])
    assert time.monotonic() - start < 0.5


REFUNDABLE = {"refundable": "yes", "amount": "299.00 CNY"}


@pytest.mark.parametrize(
    "said", ["不对，是八不是九", "不對，是八不是九", "no, eight not nine", "the last digit is 8"]
)
def test_at_the_confirmation_the_new_number_is_looked_up_and_confirmed(said: str) -> None:
    talk = Talk("refund")
    talk("我要退款A1029", "refund_request", ORDER_ID="A1029")
    talk.answer({"found": "A1029", **REFUNDABLE})
    talk(said, "deny")
    assert talk.move.call is not None
    assert talk.move.call.name == "find_refund"
    assert talk.move.call.arguments == {"order_id": "A1028"}
    assert "A1028" in talk.answer({"found": "A1028", **REFUNDABLE})
    assert talk.step == "confirm refund"


def test_after_an_order_that_was_not_found() -> None:
    talk = Talk("order_status")
    talk("A1029", ORDER_ID="A1029")
    talk.answer(error="not_found")
    talk("不对，是八不是九", "deny")
    assert talk.move.call is not None
    assert talk.move.call.arguments == {"order_id": "A1028"}


def test_after_the_answer_was_told() -> None:
    talk = Talk("order_status")
    talk("A1029", ORDER_ID="A1029")
    talk.answer({"found": "A1029", "state": "cancelled"})
    assert talk.step == "anything else"
    talk("不对，是八不是九", "deny")
    assert talk.move.call is not None
    assert talk.move.call.arguments == {"order_id": "A1028"}


def test_a_number_that_was_read_back() -> None:
    talk = Talk("order_status", "en")
    talk("A1029", ORDER_ID="A1029", confidence=0.4)
    assert talk.step == "check order_id"
    talk("no, eight not nine", "deny")
    assert talk.move.call is not None
    assert talk.move.call.arguments == {"order_id": "A1028"}


def booking() -> Talk:
    talk = Talk("callback")
    talk("明天下午三点", TIME="2026-11-26T15:00")
    talk("13800138007", PHONE="13800138007")
    assert talk.step == "confirm callback"
    return talk


@pytest.mark.parametrize(
    ("said", "time_said", "slot", "value"),
    [
        ("不对，是六不是七", "", "phone_number", "13800138006"),
        ("the last digit is 5", "", "phone_number", "13800138005"),
        ("尾号是8001", "", "phone_number", "13800138001"),
        ("改成后天", "2026-11-27", "callback_time", "2026-11-27T15:00"),
        ("改成四点", "T16:00", "callback_time", "2026-11-26T16:00"),
        ("no, at four", "T16:00", "callback_time", "2026-11-26T16:00"),
    ],
)
def test_times_and_telephone_numbers(said: str, time_said: str, slot: str, value: str) -> None:
    talk = booking()
    if time_said:
        talk(said, "deny", TIME=time_said)
    else:
        talk(said, "deny")
    assert talk.step == "confirm callback"
    assert talk.state.slots[slot] == value
    other = {"phone_number": "callback_time", "callback_time": "phone_number"}[slot]
    assert talk.state.slots[other] in ("2026-11-26T15:00", "13800138007")


def test_a_bare_no_asks_what_is_wrong_and_a_second_one_gives_up() -> None:
    talk = booking()
    assert "要改的时间或者电话号码" in talk("不对", "deny")
    assert talk("改成后天", TIME="2026-11-27").startswith("11月27日下午3点")
    talk("不对", "deny")
    assert "没有为您预约" in talk("算了", "deny")
    assert talk.move.call is None


def test_a_booking_is_moved_after_it_was_made() -> None:
    talk = booking()
    talk("对", "affirm")
    talk.answer(
        {
            "callback_id": "C1",
            "booked_phone": "13800138007",
            "booked_at": "2026-11-26T15:00",
            "booking": "booked",
        }
    )
    talk("改成后天", "change_order", TIME="2026-11-27")
    assert talk.step == "confirm callback"
    assert talk.state.slots["callback_time"] == "2026-11-27T15:00"


def test_digits_of_the_number_that_was_asked_for_touch_no_other() -> None:
    talk = Talk("complaint")
    talk("送来的杯子是坏的", "complaint")
    talk("A1029", ORDER_ID="A1029")
    talk("对", "affirm")
    assert talk.step == "ask phone_number"
    talk("是1025", ORDER_ID="1025")
    assert talk.state.slots["order_id"] == "A1029"
