"""Complaints, call-backs and humans as whole calls: replies, acts and the rows they leave."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from tests.daemon.business.scripted import Caller, Turn, text_of

T = Turn
OPEN = datetime.datetime(2026, 11, 25, 10, 0)
CLOSED = datetime.datetime(2026, 11, 25, 22, 0)
STORY = "你们送来的台灯是坏的，没有人管"
STORY_EN = "the lamp arrived broken and nobody answers"


class Script(msgspec.Struct, frozen=True):
    name: str
    called: str
    turns: tuple[Turn, ...]
    end: str = ""
    complaints: tuple[tuple[str, str, str, str], ...] = ()
    callbacks: tuple[tuple[str, str], ...] = ()
    language: str = "zh"
    now: datetime.datetime = OPEN


NO_MORE = T("没有了", "deny", "end_conversation", ("再见",))
TIME = T("明天下午三点", "inform", "ask_slot", ("电话号码",))
NUMBER = T("13800138000", "inform", "confirm_change", ("11月26日下午3点", "13800138000", "对吗"))

SCRIPTS = (
    Script(
        "zh complaint with order and call-back",
        "4002",
        (
            T(STORY, "complaint", "ask_slot", ("哪一个订单",)),
            T("B2049", "inform", "check_slot", ("是订单B2049吗",)),
            T("是的", "affirm", "ask_slot", ("回电", "不用")),
            T("13800138000", "inform", "check_slot", ("13800138000，对吗",)),
            T("对", "affirm", "confirm_change", ("投诉登记下来",)),
            T("好的", "affirm", "report_change", ("已经登记了", "K5002")),
            NO_MORE,
        ),
        end="completed",
        complaints=(("B2049", "13800138000", "damaged", STORY),),
    ),
    Script(
        "en complaint about nothing that was ordered, no call wanted",
        "4002",
        (
            T(STORY_EN, "complaint", "ask_slot", ("Which order", "say none")),
            T("none", "deny", "ask_slot", ("call back",)),
            T("no thanks", "deny", "confirm_change", ("register your complaint",)),
            T("yes please", "affirm", "report_change", ("has been registered", "K5002")),
            T("no", "deny", "end_conversation", ("goodbye",)),
        ),
        end="completed",
        complaints=(("", "", "damaged", STORY_EN),),
        language="en",
    ),
    Script(
        "zh complaint declined leaves no row",
        "4002",
        (
            T(STORY, "complaint", "ask_slot", ("哪一个订单",)),
            T("没有", "deny", "ask_slot", ("回电",)),
            T("不用", "deny", "confirm_change", ("登记下来",)),
            T("算了", "deny", "abandon_change", ("没有为您登记",)),
        ),
    ),
    Script(
        "zh complaint about an order that is not ours goes to a human",
        "4002",
        (
            T(STORY, "complaint", "ask_slot", ("哪一个订单",)),
            T("Z9999", "inform", "check_slot", ("Z9999",)),
            T("对", "affirm", "ask_slot", ("回电",)),
            T("不用", "deny", "confirm_change", ("登记下来",)),
            T("好", "affirm", "report_refusal", ("没有这个订单", "转接")),
        ),
        end="transferred",
    ),
    Script(
        "zh complaint filed twice in one call keeps its number",
        "4002",
        (
            T(STORY, "complaint", "ask_slot", ("哪一个订单",)),
            T("没有", "deny", "ask_slot", ("回电",)),
            T("不用", "deny", "confirm_change", ("登记下来",)),
            T("好", "affirm", "report_change", ("K5002",)),
            T(STORY, "complaint", "ask_slot", ("哪一个订单",)),
            T("没有", "deny", "ask_slot", ("回电",)),
            T("不用", "deny", "confirm_change", ("登记下来",)),
            T("好", "affirm", "report_change", ("之前已经登记过了", "K5002")),
        ),
        complaints=(("", "", "damaged", STORY),),
    ),
    Script(
        "zh call-back booked",
        "4003",
        (
            TIME,
            NUMBER,
            T("对", "affirm", "report_change", ("预约好了", "11月26日下午3点", "C3002")),
            NO_MORE,
        ),
        end="completed",
        callbacks=(("13800138000", "2026-11-26T15:00"),),
    ),
    Script(
        "zh call-back booked, then moved to another day under its number",
        "4003",
        (
            TIME,
            NUMBER,
            T("对", "affirm", "report_change", ("预约好了", "C3002")),
            T("改成后天", "change_order", "confirm_change", ("11月27日下午3点",)),
            T("对", "affirm", "report_change", ("改好时间了", "11月27日", "C3002")),
        ),
        callbacks=(("13800138000", "2026-11-27T15:00"),),
    ),
    Script(
        "en call-back on a Sunday: another time is offered and taken",
        "4003",
        (
            T("Sunday at ten", "inform", "offer_alternative", ("closed", "November 30 at 9 am")),
            T("yes", "affirm", "ask_slot", ("telephone number",)),
            T("13800138000", "inform", "confirm_change", ("November 30 at 9 am",)),
            T("yes", "affirm", "report_change", ("is booked", "C3002")),
        ),
        callbacks=(("13800138000", "2026-11-30T09:00"),),
        language="en",
    ),
    Script(
        "en call-back, time corrected at the confirmation",
        "4003",
        (
            T("tomorrow at three", "inform", "ask_slot", ("telephone number",)),
            T("13800138000", "inform", "confirm_change", ("at 3 pm",)),
            T("no, at four", "deny", "confirm_change", ("November 26 at 4 pm",)),
            T("yes", "affirm", "report_change", ("is booked",)),
        ),
        callbacks=(("13800138000", "2026-11-26T16:00"),),
        language="en",
    ),
    Script(
        "zh call-back by keypad",
        "4003",
        (TIME, T("#13800138000", "", "confirm_change", ("13800138000",)),
         T("#1", "", "report_change", ("C3002",))),
        callbacks=(("13800138000", "2026-11-26T15:00"),),
    ),
    Script(
        "zh human: the reason is asked once",
        "4004",
        (T("我的退款没有到账", "inform", "transfer_human", ("转接",)),),
        end="transferred",
    ),
    Script(
        "zh human at night: a call-back instead",
        "4004",
        (
            T("我的退款没有到账", "inform", "offer_alternative", ("不上班", "预约回电")),
            T("好", "affirm", "ask_slot", ("什么时候",)),
            TIME,
            NUMBER,
            T("对", "affirm", "report_change", ("C3002",)),
        ),
        callbacks=(("13800138000", "2026-11-26T15:00"),),
        now=CLOSED,
    ),
    Script(
        "zh order keyed by its digits",
        "4000",
        (
            T("查订单", "order_status", "ask_slot", ("订单号",)),
            T("#1024", "", "check_slot", ("A1024，对吗",)),
            T("#1", "", "provide_information", ("已经发货了",)),
        ),
    ),
    Script(
        "zh unknown digits are asked for by voice",
        "4000",
        (
            T("查订单", "order_status", "ask_slot", ("订单号",)),
            T("#7777", "", "ask_slot_again", ("一个字母加四位数字",)),
            T("C3001", "inform", "provide_information", ("已经送到了",)),
        ),
    ),
)  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_call(script: Script, caller: Caller) -> None:
    orders = caller.shop.orders()
    caller.open("", script.language, called=script.called, now=script.now)
    for turn in script.turns:
        move = caller.turn(turn)
        said = text_of(move)
        assert move.action == turn.action, (turn.says, said, move.reasons)
        for fragment in turn.contains:
            assert fragment in said, (turn.says, said)
    assert caller.move.end == script.end
    assert caller.shop.complaints() == list(script.complaints)
    assert caller.shop.callbacks() == list(script.callbacks)
    assert caller.shop.orders() == orders


@pytest.mark.parametrize(
    ("called", "scenario"),
    [
        ("4000", "order_status"),
        ("4001", "refund"),
        ("4002", "complaint"),
        ("4003", "callback"),
        ("4004", "human"),
        ("123", "order_status"),
    ],
)
def test_called_numbers(called: str, scenario: str, caller: Caller) -> None:
    assert caller.open("", called=called).state.scenario == scenario
