"""Calls as text through the real understanding, the dialogue and the shop."""

from __future__ import annotations

import datetime
import re

import pytest

from engines.dialog.moves import Heard
from engines.pipeline import Pipeline
from tests.daemon.business.scripted import Shop, text_of

TODAY = datetime.date(2026, 11, 24)
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
    move = lite.dialogue.open("order_status", language="auto")
    for text, fragment in turns:
        language = "zh" if re.search(r"[\u4e00-\u9fff]", text) else "en"
        heard = Heard(
            text=text,
            language=language,  # type: ignore[arg-type]
            confidence=0.9,
            understanding=lite.understander.understand(text, language, TODAY),
            feeling=lite.feelings.feel(text, language),
        )
        move = lite.dialogue.hear(move.state, heard)
        while move.call is not None:
            move = lite.dialogue.answer(move.state, shop.call(move.call))
        assert fragment in text_of(move), (text, text_of(move), heard.understanding, move.reasons)
    assert shop.refunds() == refunds
