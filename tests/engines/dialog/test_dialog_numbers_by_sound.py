"""A number that was asked for, and came out of recognition as other words, or badly."""

from __future__ import annotations

import pytest

from engines.dialog.fitting import without_repeat
from tests.engines.dialog.talk import Talk


def asked_for_order() -> Talk:
    talk = Talk("order_status")
    talk("我的快递到哪了", "order_status")
    assert talk.step == "ask order_id"
    return talk


def asked_for_phone() -> Talk:
    talk = Talk("callback")
    talk("明天下午三点", TIME="2026-11-26T15:00")
    assert talk.step == "ask phone_number"
    return talk


@pytest.mark.parametrize("heard", ["飞腰零二四。", "A以零二四", "订单号是黑遥零二四"])
def test_an_order_number_by_its_sound(heard: str) -> None:
    talk = asked_for_order()
    talk(heard, "out_of_scope")
    assert talk.move.call is not None
    assert talk.move.call.arguments == {"order_id": "A1024"}


@pytest.mark.parametrize("heard", ["有三八零零有三八零零零", "要三八，零零要三，八零零零"])
def test_a_telephone_number_by_its_sound(heard: str) -> None:
    talk = asked_for_phone()
    reply = talk(heard)
    assert talk.step == "confirm callback"
    assert "13800138000" in reply


def test_a_digit_that_was_counted_once_too_often() -> None:
    talk = asked_for_phone()
    reply = talk("136555550130")
    assert "13655550130" in reply


@pytest.mark.parametrize(
    ("heard", "shorter"),
    [
        ("136555550130", "13655550130"),
        ("13800138000", "1380013800"),
        ("137000020004", ""),
        ("13812345678", ""),
        ("", ""),
    ],
)
def test_one_repeat_less(heard: str, shorter: str) -> None:
    assert without_repeat(heard) == shorter


def test_sounds_are_no_number_where_none_was_asked_for() -> None:
    talk = Talk("order_status")
    talk("有事吗一二三四", "out_of_scope")
    assert talk.move.call is None
    assert "order_id" not in talk.move.state.slots


def test_a_number_in_its_form_counts_though_it_was_badly_heard() -> None:
    talk = asked_for_order()
    reply = talk("A1024", confidence=0.15, ORDER_ID="A1024")
    assert talk.step == "check order_id"
    assert "A1024" in reply


def test_other_words_that_were_badly_heard_do_not() -> None:
    talk = asked_for_order()
    talk("没有", "deny", confidence=0.15)
    assert talk.move.action == "ask_clarification"
    assert talk.step == "ask order_id"
