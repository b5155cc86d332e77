"""What callers can ask of the conversation at any time: tables of words, and what follows."""

from __future__ import annotations

from typing import Literal

import pytest

from engines.dialog.moves import Expectation
from tests.engines.dialog.talk import DIALOGUE, SHIPPED, Talk

COMMANDS = {
    "hold_the_line": "停|停一下|别说了|你别说了|不用说了|先别说|打住|安静一下|别讲了|別說了|"
    "stop|Stop it.|be quiet|please stop|stop talking please",
    "repeat_reply": "再说一遍|请再说一遍好吗|没听清楚|你能再说一次吗|麻烦你重复一下|請再說一遍|"
    "say that again|repeat that please|pardon|what did you say",
    "repeat_slower": "慢一点|说慢点|请你说慢一点好吗|慢点说|太快了|你说得太快了|說慢點|"
    "slower|slow down|please speak more slowly|can you speak a bit slower please|too fast|"
    "你说慢一点我年纪大了听不清楚|could you please speak more slowly I am writing this down",
    "list_abilities": "你会做什么|你能帮我做什么|可以办哪些业务|有什么功能|what can you do|help|"
    "what can you help me with",
    "invite_request": "重新开始|我们从头来过|从头开始吧|重來一遍|"
    "start over|let's start again|start over please",
    "transfer_human": "人工|转人工|我要人工客服|请帮我转人工|找真人|轉人工|"
    "agent|a real person please|operator|can I please talk to a human about this|"
    "给我接到人工那边吧谢谢",
}
TABLE = [
    pytest.param(said, action, id=said)
    for action, texts in COMMANDS.items()
    for said in texts.split("|")
]


@pytest.mark.parametrize(("said", "action"), TABLE)
def test_understood_whatever_the_intent_head_says(said: str, action: str) -> None:
    talk = Talk("refund")
    talk("我要退款A1024", "refund_request", ORDER_ID="A1024")
    talk.answer({"found": "A1024", "refundable": "yes", "amount": "299.00 CNY"})
    assert talk.step == "confirm refund"
    talk(said, "affirm")
    assert talk.move.action == action
    assert talk.move.call is None


@pytest.mark.parametrize(
    "said",
    [
        "发货太慢了",
        "能不能快一点发货",
        "我不想转人工",
        "不用转人工",
        "don't transfer me to a person",
        "停电了我没收到短信",
        "the bus stop in front of my house",
        "我从头到尾都没收到货",
        "这个人说话不算数",
        "声音大的那个音箱",
        "what is the price",
        "重新发货",
    ],
)
def test_words_inside_of_other_sentences_are_no_commands(said: str) -> None:
    talk = Talk("order_status")
    talk("查订单", "order_status")
    talk(said, "inform")
    assert talk.move.action == "ask_clarification"


def test_stop_is_silence_and_agrees_to_nothing() -> None:
    talk = Talk("refund")
    talk("我要退款A1024", "refund_request", ORDER_ID="A1024")
    asked = talk.answer({"found": "A1024", "refundable": "yes", "amount": "299.00 CNY"})
    assert talk("停", "affirm", feeling="angry") == ""
    assert talk.move.reply == ()
    assert talk.step == "confirm refund"
    assert talk.move.expects.no_input_ms > 6000
    # The question stands: said again on demand, answered by a later yes.
    assert talk("再说一遍", "repeat") == asked
    talk("确定", "affirm")
    assert talk.move.call is not None


def test_slower_is_kept_for_the_call_and_normal_speed_ends_it() -> None:
    talk = Talk("order_status")
    talk("A1024", ORDER_ID="A1024")
    talk.answer(SHIPPED)
    talk("说慢一点", "repeat")
    assert {clause.speed for clause in talk.move.reply} == {0.8}
    assert "已经发货了" in "".join(clause.text for clause in talk.move.reply)
    talk("谢谢", "courtesy")
    assert {clause.speed for clause in talk.move.reply} == {0.8}
    talk("恢复正常语速")
    assert {clause.speed for clause in talk.move.reply} == {1.0}


def test_slower_with_an_answer_in_it_takes_the_answer() -> None:
    talk = Talk("order_status", "en")
    talk("where is my order", "order_status")
    talk("please speak more slowly, it is A1024", ORDER_ID="A1024")
    assert talk.move.call is not None
    talk.answer(SHIPPED)
    assert {clause.speed for clause in talk.move.reply} == {0.8}


def test_a_little_slower_is_no_time_of_day() -> None:
    # 慢一点 has a 一点 in it, which is one o'clock.
    talk = Talk("callback")
    talk("明天下午三点", TIME="2026-11-26T15:00")
    talk("慢一点", "repeat", TIME="T13:00")
    talk("你说慢一点我听不清", "repeat", TIME="T13:00")
    assert talk.state.slots["callback_time"] == "2026-11-26T15:00"


def test_louder_and_softer_have_limits() -> None:
    talk = Talk("order_status", "en")
    gains = []
    for said in (
        "louder",
        "speak up",
        "I can't hear you",
        "softer",
        "too loud",
        "quieter",
        "softer",
    ):
        talk(said)
        gains.append(talk.move.reply[0].gain_db)
    assert gains == [6.0, 12.0, 12.0, 6.0, 0.0, -6.0, -12.0]
    talk("softer")
    assert talk.move.reply[0].gain_db == -12.0


def test_abilities_leave_the_question_standing() -> None:
    talk = Talk("order_status", "en")
    talk("where is my order", "order_status")
    said = talk("what can you do", "out_of_scope")
    assert "look up an order" in said
    assert said.endswith("What is your order number?")
    assert talk.step == "ask order_id"


def test_start_over_forgets_what_was_said_but_not_the_voice() -> None:
    talk = Talk("refund")
    talk("慢一点")
    talk("我要退款A1024", "refund_request", ORDER_ID="A1024")
    talk.answer({"found": "A1024", "refundable": "yes", "amount": "299.00 CNY"})
    talk("重新开始", "affirm")
    assert talk.step == "open"
    assert talk.state.slots == {}
    assert talk.move.reply[0].speed == 0.8
    talk("我要退款", "refund_request")
    assert talk.step == "ask order_id"


@pytest.mark.parametrize(
    ("said", "language"),
    [("别说了再说一遍慢一点" * 300, "zh"), ("slower louder stop " * 300, "en")],
)
def test_hostile_lengths(said: str, language: Literal["zh", "en"]) -> None:
    talk = Talk("order_status", language)
    talk(said, "inform")
    assert talk.move.reply


def test_a_repeated_reply_expects_what_the_first_did() -> None:
    talk = Talk("callback", "en")
    talk("tomorrow at three", TIME="2026-11-26T15:00")
    first: Expectation = talk.move.expects
    talk("louder")
    assert talk.move.expects == first
    assert DIALOGUE.unclear(talk.state).expects == first
