"""Whole calls as text: replies, acts and the database row are exactly right."""

from __future__ import annotations

import msgspec
import pytest

from tests.daemon.business.scripted import Caller, Turn, text_of

T = Turn


class Script(msgspec.Struct, frozen=True):
    name: str
    turns: tuple[Turn, ...]
    end: str = ""
    refunds: tuple[tuple[str, int, str], ...] = ()
    scenario: str = "order_status"
    language: str = "zh"


WANT_STATUS = T("我想查一下我的订单", "order_status", "ask_slot", ("订单号是多少",))
WANT_STATUS_EN = T("where is my order", "order_status", "ask_slot", ("order number",))
ANY_MORE_NO = T("没有了，谢谢", "deny", "end_conversation", ("再见",))
ANY_MORE_NO_EN = T("no thanks", "deny", "end_conversation", ("goodbye",))
REFUND_A1024 = T(
    "我要退款，订单A1024",
    "refund_request",
    "confirm_change",
    ("A1024", "299元", "确定要退款吗"),
)
REFUND_B2048_EN = T(
    "I want a refund for B2048", "refund_request", "confirm_change", ("B2048", "¥319")
)

SCRIPTS = (
    Script(
        "zh status, number asked for",
        (
            WANT_STATUS,
            T("A1024", "inform", "provide_information", ("已经发货了", "11月26日", "顺丰")),
            ANY_MORE_NO,
        ),
        end="completed",
    ),
    Script(
        "en status, number given at once",
        (
            T(
                "where is order A1025",
                "order_status",
                "provide_information",
                ("is being prepared", "November 28"),
            ),
            ANY_MORE_NO_EN,
        ),
        end="completed",
        language="en",
    ),
    Script(
        "zh delivered and cancelled orders in one call",
        (
            T("查一下B2048", "order_status", "provide_information", ("已经送到了", "11月20日")),
            T("那A1026呢", "inform", "provide_information", ("已经取消了",)),
            T("再见", "goodbye", "end_conversation", ("再见",)),
        ),
        end="completed",
    ),
    Script(
        "zh unknown order, then corrected",
        (
            WANT_STATUS,
            T("A1099", "inform", "report_not_found", ("没有查到", "请再说一遍订单号")),
            T("不对，是A1024", "inform", "provide_information", ("已经发货了",)),
        ),
    ),
    Script(
        "en unknown order three times brings a human",
        (
            T("where is A9991", "order_status", "report_not_found", ("cannot find",)),
            T("A9992", "inform", "report_not_found", ("cannot find",)),
            T("A9993", "inform", "transfer_human", ("putting you through",)),
        ),
        end="transferred",
        language="en",
    ),
    Script(
        "zh refund agreed",
        (
            REFUND_A1024,
            T("确定", "affirm", "report_change", ("已经提交了", "R7002", "299元")),
            ANY_MORE_NO,
        ),
        end="completed",
        refunds=(("A1024", 29900, ""),),
        scenario="refund",
    ),
    Script(
        "en refund agreed, reason listened for",
        (
            T(
                "it is broken, I want a refund for B2048",
                "refund_request",
                "confirm_change",
                ("¥319", "Shall I go ahead"),
            ),
            T("yes please", "affirm", "report_change", ("has been requested", "R7002")),
        ),
        refunds=(("B2048", 31900, "damaged"),),
        language="en",
    ),
    Script(
        "zh refund declined leaves no row",
        (
            REFUND_A1024,
            T("算了，不退了", "deny", "abandon_change", ("没有为您办理退款",)),
            ANY_MORE_NO,
        ),
        end="completed",
    ),
    Script(
        "en refund, order corrected at the confirmation",
        (
            REFUND_B2048_EN,
            T("no, not B2048, B2049", "deny", "confirm_change", ("B2049", "¥129")),
            T("go ahead", "affirm", "report_change", ("R7002", "¥129")),
        ),
        refunds=(("B2049", 12900, ""),),
        language="en",
    ),
    Script(
        "zh refund, only the digits corrected",
        (
            REFUND_A1024,
            T("不是1024，是1030", "inform", "confirm_change", ("A1030", "528元")),
            T("对", "affirm", "report_change", ("R7002", "528元")),
        ),
        refunds=(("A1030", 52800, ""),),
    ),
    Script(
        "zh a confirmed number is corrected in a sentence heard only in part",
        (
            T("我要退款", "refund_request", "ask_slot", ("订单号",)),
            T("A1024", "inform", "check_slot", ("A1024，对吗",), confidence=0.5),
            T("对", "affirm", "confirm_change", ("A1024", "299元")),
            T("部队是A1030", "inform", "confirm_change", ("A1030", "528元"), confidence=0.8),
            T("对", "affirm", "report_change", ("R7002", "528元")),
        ),
        refunds=(("A1030", 52800, ""),),
    ),
    Script(
        "zh refund asked twice keeps its number",
        (
            REFUND_A1024,
            T("好的", "courtesy", "report_change", ("R7002",)),
            T(
                "我要退款A1024",
                "refund_request",
                "provide_information",
                ("申请过", "R7002", "299元"),
            ),
        ),
        refunds=(("A1024", 29900, ""),),
    ),
    Script(
        "en refund requested long ago",
        (
            T(
                "refund C3001",
                "refund_request",
                "provide_information",
                ("requested before", "R7001", "¥89"),
            ),
        ),
        language="en",
    ),
    Script(
        "zh refund of what is not shipped is refused",
        (T("我要退款A1025", "refund_request", "provide_information", ("还没有发货", "不能退款")),),
    ),
    Script(
        "zh interruption and switch keep the order",
        (
            WANT_STATUS,
            T("A1024", "inform", "provide_information", ("已经发货了",)),
            T("等一下，我想退款", "refund_request", "confirm_change", ("A1024", "299元")),
            T("确定", "affirm", "report_change", ("R7002",)),
            T("那我的订单到哪了", "order_status", "provide_information", ("已经发货了",)),
        ),
        refunds=(("A1024", 29900, ""),),
    ),
    Script(
        "en switch away from a refund before it is agreed",
        (
            REFUND_B2048_EN,
            T(
                "wait, where is it now",
                "order_status",
                "provide_information",
                ("has been delivered",),
            ),
            ANY_MORE_NO_EN,
        ),
        end="completed",
        scenario="refund",
        language="en",
    ),
    Script(
        "zh nonsense three times brings a human",
        (
            WANT_STATUS,
            T("啊这个那个", "inform", "ask_clarification", ("没听清楚", "请再说一遍订单号")),
            T("", "", "ask_keypad", ("没听清楚", "请用按键输入")),
            T("哦哦哦", "inform", "transfer_human", ("没能听明白", "转接人工客服")),
        ),
        end="transferred",
    ),
    Script(
        "zh silence: asked again, asked again, human",
        (
            WANT_STATUS,
            T(None, "", "check_presence", ("您还在吗", "请再说一遍订单号")),
            T(None, "", "ask_keypad", ("您还在吗", "请用按键输入", "井号")),
            T(None, "", "transfer_human", ("转接人工客服",)),
        ),
        end="transferred",
    ),
    Script(
        "en silence after the answer ends the call",
        (
            T("where is A1024", "order_status", "provide_information", ("has been shipped",)),
            T(None, "", "check_presence", ("anything else",)),
            T(None, "", "hang_up_silent", ("goodbye",)),
        ),
        end="completed",
        language="en",
    ),
    Script(
        "zh human at any time, even at the confirmation",
        (REFUND_A1024, T("转人工", "speak_to_human", "transfer_human", ("转接人工客服",))),
        end="transferred",
    ),
    Script(
        "en out of scope says what can be done",
        (
            T("what is the weather", "out_of_scope", "list_abilities", ("look up an order",)),
            T("A1024", "inform", "provide_information", ("has been shipped",)),
        ),
        language="en",
    ),
    Script(
        "zh change of address is for people; declined, the call goes on",
        (
            T("帮我改地址", "change_order", "offer_human", ("人工客服来办理", "转接人工客服吗")),
            T("不用了", "deny", "resume", ("我们继续",)),
            T("查A1024", "order_status", "provide_information", ("已经发货了",)),
        ),
    ),
    Script(
        "en cancel an order: offered a human, accepted",
        (
            T("cancel order B2050", "change_order", "offer_human", ("A colleague has to",)),
            T("yes", "affirm", "transfer_human", ("putting you through",)),
        ),
        end="transferred",
        language="en",
    ),
    Script(
        "zh badly heard number is asked back, confirmed",
        (
            WANT_STATUS,
            T("A1024", "inform", "check_slot", ("A1024，对吗",), confidence=0.4),
            T("对", "affirm", "provide_information", ("已经发货了",)),
        ),
    ),
    Script(
        "en badly heard number is asked back, corrected",
        (
            WANT_STATUS_EN,
            T("A1024", "inform", "check_slot", ("A1024, is that right",), confidence=0.4),
            T("no", "deny", "ask_slot_again", ("one letter and four digits",)),
            T("A1025", "inform", "provide_information", ("is being prepared",)),
        ),
        language="en",
    ),
    Script(
        "zh badly heard yes to a refund is asked for again",
        (
            REFUND_A1024,
            T("确定", "affirm", "ask_clarification", ("没听清楚", "确定要退款吗"), confidence=0.3),
            T("确定", "affirm", "report_change", ("R7002",)),
        ),
        refunds=(("A1024", 29900, ""),),
    ),
    Script(
        "zh saying the request again agrees to it, unless negated",
        (
            REFUND_A1024,
            T("我不想退款", "refund_request", "ask_slot_again", ("确定要退款吗",)),
            T("我要退款", "refund_request", "report_change", ("R7002",)),
        ),
        refunds=(("A1024", 29900, ""),),
    ),
    Script(
        "en repeat",
        (
            T("where is A1024", "order_status", "provide_information", ("November 26",)),
            T("say that again", "repeat", "repeat_reply", ("has been shipped", "November 26")),
        ),
        language="en",
    ),
    Script(
        "zh anger is met with empathy and the answer, later with a human",
        (
            T(
                "我的A1024到底在哪",
                "order_status",
                "provide_information",
                ("非常抱歉", "已经发货了"),
                feeling="angry",
            ),
            T(
                "太慢了，A1025呢",
                "order_status",
                "provide_information",
                ("正在备货", "转接人工客服吗"),
                feeling="angry",
            ),
            T("要", "affirm", "transfer_human", ("转接人工客服",)),
        ),
        end="transferred",
    ),
    Script(
        "en an angry caller is not asked a third time",
        (
            T(
                "where is my order",
                "order_status",
                "ask_slot",
                ("very sorry", "order number"),
                feeling="angry",
            ),
            T("", "", "ask_keypad", ("did not catch", "on your keypad")),
            T("", "", "transfer_human", ("Putting you through",)),
        ),
        end="transferred",
        language="en",
    ),
    Script(
        "auto: the caller's language is followed, an order number alone does not change it",
        (
            T("where is my order", "order_status", "ask_slot", ("What is your order number",)),
            T("A1024", "inform", "provide_information", ("has been shipped",), language="zh"),
            T("谢谢，我想退款", "refund_request", "confirm_change", ("A1024",)),
            T("no", "deny", "abandon_change", ("没有为您办理退款",)),
        ),
        language="auto",
    ),
    Script(
        "zh goodbye before anything was done",
        (WANT_STATUS, T("不用了再见", "goodbye", "end_conversation", ("再见",))),
        end="abandoned",
    ),
    Script(
        "zh politeness is answered and the question stands",
        (
            T("你好", "courtesy", "invite_request", ("您请讲",)),
            WANT_STATUS,
            T("等一下", "courtesy", "invite_request", ("您请讲", "订单号")),
            T("A1024", "inform", "provide_information", ("已经发货了",)),
            T("谢谢", "courtesy", "return_thanks", ("不客气", "还有什么")),
            T("没有了", "deny", "end_conversation", ("再见",)),
        ),
        end="completed",
    ),
    Script(
        "zh a complaint in the middle of a request, suggestion",
        (
            WANT_STATUS,
            T("你们服务太差", "complaint", "escalate_complaint", ("非常抱歉", "转接人工客服吗")),
            T("不要", "deny", "resume", ("我们继续",)),
            T("你们应该开夜班", "suggestion", "thank_for_suggestion", ("谢谢您的建议",)),
        ),
    ),
    Script(
        "en half a number is asked for again, nothing is looked up",
        (
            WANT_STATUS_EN,
            T("1024", "inform", "ask_slot_again", ("one letter and four digits",)),
            T("A1024", "inform", "provide_information", ("has been shipped",)),
        ),
        language="en",
    ),
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_call(script: Script, caller: Caller) -> None:
    orders = caller.shop.orders()
    caller.open(script.scenario, script.language)
    for turn in script.turns:
        move = caller.turn(turn)
        said = text_of(move)
        assert move.action == turn.action, (turn.says, said, move.reasons)
        for fragment in turn.contains:
            assert fragment in said, (turn.says, said)
        assert move.reply
        assert move.reasons
        assert all(clause.text for clause in move.reply)
    assert caller.move.end == script.end
    assert caller.shop.refunds() == list(script.refunds)
    assert caller.shop.orders() == orders
    changing = [call for call in caller.shop.calls if call.changes]
    assert len(changing) == len(script.refunds)
