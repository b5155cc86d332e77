"""Calls as text through the real understanding, the dialogue and the shop."""

from __future__ import annotations

import datetime
import re
import sqlite3
from contextlib import closing

import pytest

from engines.dialog.moves import Heard
from engines.emotion.feeling import NO_FEELING
from engines.pipeline import Pipeline
from tests.daemon.business.scripted import Shop, text_of

NOW = datetime.datetime(2026, 11, 24, 10, 0)
TODAY = NOW.date()
CALLS = {
    "zh status, then a refund": (
        (
            ("我想查一下我的订单", "订单号是多少"),
            ("订单号是A一零二四", "已经发货了"),
            ("等一下，我想退款", "退款金额299元"),
            ("好的", "R7002"),
            ("没有了，谢谢", "再见"),
        ),
        [("A1024", 29900, "")],
    ),
    "en status, then a refund of another order": (
        (
            ("I want to know where my order is", "order number"),
            ("it is A1024", "has been shipped"),
            ("wait, I want a refund", "refund of ¥299"),
            ("no, not A1024, B2048", "refund of ¥319"),
            ("yes please", "R7002"),
            ("no thanks", "goodbye"),
        ),
        [("B2048", 31900, "")],
    ),
    "zh broken goods": (
        (
            ("这东西坏了，我要退货", "哪个订单"),
            ("B二零四九", "129元"),
            ("对，退吧", "R7002"),
            ("再说一遍", "R7002"),
            ("好，谢谢你，再见", "再见"),
        ),
        [("B2049", 12900, "damaged")],
    ),
    "zh thinks better of it": (
        (("我要退款A1030", "528元"), ("算了，不退了", "没有为您办理退款"), ("没有了", "再见")),
        [],
    ),
    "en spelt number, nonsense, human": (
        (
            ("where is my order A 1 0 2 4", "has been shipped"),
            ("what is the weather today", "cannot help with that"),
            ("can I speak to a person", "putting you through"),
        ),
        [],
    ),
    "zh address change, declined": (
        (("帮我改一下地址", "人工客服来办理"), ("不用", "我们继续"), ("查A1025", "正在备货")),
        [],
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_call(name: str, lite: Pipeline, shop: Shop) -> None:
    turns, refunds = CALLS[name]
    play(lite, shop, turns)
    assert shop.refunds() == refunds


def play(lite: Pipeline, shop: Shop, turns: tuple[tuple[str, str], ...]) -> None:
    """Say what a caller says; each answer must have its fragment in it."""
    move = lite.dialogue.open("order_status", language="auto", now=NOW)
    for text, fragment in turns:
        language = "zh" if re.search(r"[\u4e00-\u9fff]", text) else "en"
        heard = Heard(
            text=text,
            language=language,  # type: ignore[arg-type]
            confidence=0.9,
            understanding=lite.understander.understand(text, language, TODAY),
            feeling=NO_FEELING,
        )
        move = lite.dialogue.hear(move.state, heard)
        while move.call is not None:
            move = lite.dialogue.answer(move.state, shop.call(move.call))
        assert fragment in text_of(move), (text, text_of(move), heard.understanding, move.reasons)


ROWS = {
    "zh Traditional script: refund, a digit corrected": (
        (
            ("我要退貨", "哪个订单"),
            ("A一零二四", "299元"),
            ("不對，是三零不是二四", "528元"),
            ("沒錯", "R7002"),
            ("沒有了，謝謝", "再见"),
        ),
        "SELECT order_id FROM refunds WHERE number > 7001",
        [("A1030",)],
    ),
    "zh Traditional script: call-back, the day corrected": (
        (
            ("請給我回電話", "什么时候"),
            ("明天下午三點", "电话号码"),
            ("電話是幺三八零零幺三八零零零", "11月25日下午3点"),
            ("不對，是後天", "11月26日下午3点"),
            ("對的", "C3002"),
        ),
        "SELECT phone, wanted_at FROM callbacks WHERE number > 3001",
        [("13800138000", "2026-11-26T15:00")],
    ),
    "en call-back in two sentences": (
        (
            ("could someone call me back tomorrow afternoon at three", "telephone number"),
            ("it is one three eight double oh one three eight triple oh", "on 13800138000"),
            ("no, the last digit is five", "on 13800138005"),
            ("yes that is right", "C3002"),
        ),
        "SELECT phone, wanted_at FROM callbacks WHERE number > 3001",
        [("13800138005", "2026-11-25T15:00")],
    ),
    "zh complaint told at once": (
        (
            ("我要投诉，你们送来的台灯是坏的", "哪一个订单"),
            ("B2049", "是订单B2049吗"),
            ("对", "回电"),
            ("不用了", "登记下来"),
            ("好的", "K5002"),
        ),
        "SELECT order_id, issue, story FROM complaints WHERE number > 5001",
        [("B2049", "damaged", "我要投诉，你们送来的台灯是坏的")],
    ),
    "en complaint, no order, slower": (
        (
            ("I want to make a complaint", "what happened"),
            ("could you speak more slowly please", "what happened"),
            ("the courier was rude to me and threw the box", "Which order"),
            ("I don't have one", "call back"),
            ("no thanks", "register your complaint"),
            ("yes please", "K5002"),
        ),
        "SELECT order_id, issue FROM complaints WHERE number > 5001",
        [("", "rude_service")],
    ),
    "en never mind": (
        (
            ("please call me back", "When would you like"),
            ("tomorrow at three", "telephone number"),
            ("never mind", "anything else"),
            ("no thanks", "goodbye"),
        ),
        "SELECT * FROM callbacks WHERE number > 3001",
        [],
    ),
    "zh a manager, and why": (
        (("叫你们经理来", "简单说一下是什么事"), ("我要投诉快递员", "转接人工客服")),
        "SELECT * FROM complaints WHERE number > 5001",
        [],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows(name: str, lite: Pipeline, shop: Shop) -> None:
    turns, query, rows = ROWS[name]
    play(lite, shop, turns)
    with closing(sqlite3.connect(shop.database)) as connection:
        assert connection.execute(query).fetchall() == rows
