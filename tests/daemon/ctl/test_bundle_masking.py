"""Nothing that a caller said or keyed leaves the box in a support bundle."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.ctl.bundle_masking import masked_summary, masked_turns, shape
from kefu.records import CallSummary, Entity, Ledger, Turn

CALL = "1234567890abcdef1234567890abcdef"
TURNS = [
    Turn(
        call=CALL,
        number=1,
        heard="我叫张小明，住在南京路一二三号，订单A1024。",
        entities=(
            Entity(type="PERSON", text="张小明", value="张小明"),
            Entity(type="ADDRESS", text="南京路一二三号", value="南京路123号"),
            Entity(type="ORDER_ID", text="A1024", value="A1024"),
        ),
        reasons=("352 ms of silence after digits", "Intent inform (0.95).", "order_id is A1024."),
        business="find_order(order_id=A1024) -> customer=Ellen Ripley, amount=299.00 CNY",
        reply="张小明先生，A1024的退款金额是299元，对吗？",
        ledger=Ledger(voice_start_ms=350.5),
    ),
    Turn(call=CALL, number=2, keys="8642#", heard="Call me at home."),
    Turn(
        call=CALL,
        number=3,
        reply="Ellen ripley, you said: call me at home. 您的号码是八六四二，南京路123号。",
        reply_heard="Ellen Ripley, you said",
    ),
]


def test_what_callers_said_is_shape_alone() -> None:
    masked = masked_turns(TURNS)
    text = msgspec.json.encode(masked).decode().replace(CALL, "")
    for word in ("张小明", "南京路", "1024", "299", "8642", "八六四二", "home", "123"):
        assert word not in text
    assert "ripley" not in text.lower()
    assert masked[0].heard == "字字字字字，字字字字字字字字字，字字x0000。"


def test_what_helps_stays() -> None:
    masked = masked_turns(TURNS)
    assert masked[0].reply == "字字字先生，x0000的退款金额是000元，对吗？"
    assert masked[0].reasons == (
        "352 ms of silence after digits",
        "Intent inform (0.95).",
        "order_id is x0000.",
    )
    assert (
        masked[0].business
        == "find_order(order_id=x0000) -> customer=xxxxx xxxxxx, amount=000.00 xxx"
    )
    assert [entity.type for entity in masked[0].entities] == ["PERSON", "ADDRESS", "ORDER_ID"]
    assert masked[0].ledger == TURNS[0].ledger
    assert masked[1].keys == "0000#"


def test_numbers_that_nobody_named_are_hidden_too() -> None:
    reply = "A1024 costs 299.50, B7. In 13.5 ms (0.95)."
    (masked,) = masked_turns([Turn(call=CALL, number=1, reply=reply)])
    assert masked.reply == "x0000 costs 000.00, x0. In 13.5 ms (0.95)."
    spoken = Turn(call=CALL, number=1, reply="Is it one three, eight? One moment.")
    assert masked_turns([spoken])[0].reply == "Is it xxx xxxxx, xxxxx? One moment."


def test_a_call_has_no_number_of_the_caller() -> None:
    call = masked_summary(CallSummary(call=CALL, caller="+86 138-0013-8000", called="4000"))
    assert (call.call, call.caller, call.called) == (CALL, "+00 000-0000-0000", "4000")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A1024，张先生", "x0000，字字字"),
        ("１３８", "000"),
        ("Ünïcode é", "xxxxxxx x"),
        ("𠮷野家", "字字字"),
        ("", ""),
    ],
)
def test_shapes(text: str, shown: str) -> None:
    assert shape(text) == shown


@given(st.text())
def test_a_shape_has_as_many_characters_and_no_word(text: str) -> None:
    shown = shape(text)
    assert len(shown) == len(text)
    assert {one for one in shown if one.isalnum()} <= {"0", "x", "字"}


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("王先生您好。", "字先生您好。"),
        ("您姓王，对吗？", "您姓字，对吗？"),
        ("送到和平路八号三楼，对吗？", "送到字字字字字字字，对吗？"),
        ("和平路，是吧？王小明您好。", "字字字，是吧？字字字您好。"),
        ("小明您好，退款要三天。", "字字您好，退款要三天。"),
    ],
)
def test_a_part_of_what_he_said_is_hidden_and_the_rest_stays(reply: str, shown: str) -> None:
    heard = "我叫王小明，地址是和平路八号三楼"
    entities = (Entity(type="PERSON", text="王小明", value="王小明"),)
    (masked,) = masked_turns(
        [Turn(call=CALL, number=1, heard=heard, entities=entities, reply=reply, reply_heard=reply)]
    )
    assert masked.reply == masked.reply_heard == shown


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("Thank you, Mr. Ripley. Your order ships.", "Thank you, Mr. xxxxxx. Your order ships."),
        ("Elm Street, Nostromo: is that right?", "xxx xxxxxx, xxxxxxxx: is that right?"),
        ("Miss Will, your parcel ships today.", "Miss xxxx, your parcel ships today."),
    ],
)
def test_words_of_other_scripts_are_hidden_whole(reply: str, shown: str) -> None:
    (masked,) = masked_turns(
        [
            Turn(
                call=CALL,
                number=1,
                heard="I am ellen ripley, that is your elm street in Nostromo",
                reply=reply,
            )
        ]
    )
    assert masked.reply == shown


def test_what_was_said_is_hidden_in_the_answers_of_later_turns_too() -> None:
    turns = [
        Turn(call=CALL, number=1, heard="送到和平路"),
        Turn(call=CALL, number=2, heard="对", reply="明天送到和平东路。"),
    ]
    assert masked_turns(turns)[1].reply == "明天字字字字东路。"


@pytest.mark.parametrize(
    ("business", "shown"),
    [
        (
            "find(at=12 Elm St, Springfield) -> street=Elm St, Ohio, customer=Li; close() -> ok=no",
            "find(at=00 xxx xx, xxxxxxxxxxx) -> street=xxx xx, xxxx, customer=xx; close() -> ok=xx",
        ),
        ("find_order(order_id=A1024) -> not_found", "find_order(order_id=x0000) -> not_found"),
        ("find_order(…) -> unavailable", "find_order(…) -> unavailable"),
        ("find(name=王(小明)) -> 和平路=八号", "find(name=字(字字)) -> 字字字=字字"),
    ],
)
def test_of_the_company_s_answers_only_values_are_hidden(business: str, shown: str) -> None:
    (masked,) = masked_turns([Turn(call=CALL, number=1, business=business)])
    assert masked.business == shown


PARTS = st.sampled_from(["王小明", "和平路", "安和", "请", "，", "。", " ", "平路", "小", "王小"])
HAN = st.lists(PARTS, max_size=6).map("".join)


@given(st.lists(HAN, min_size=1, max_size=3), HAN, HAN)
def test_no_two_characters_of_his_stand_in_an_answer(
    heard: list[str], reply: str, value: str
) -> None:
    turns = [Turn(call=CALL, number=n, heard=text, reply=reply) for n, text in enumerate(heard)]
    business = f"find(name={value})"
    masked = masked_turns([*turns, Turn(call=CALL, number=9, business=business, reply=reply)])
    his = {text[at : at + 2] for text in (*heard, value) for at in range(len(text) - 1)}
    for turn in masked:
        assert len(turn.reply) == len(reply)
        left = {turn.reply[at : at + 2] for at in range(len(reply) - 1)}
        assert [two for two in left & his if two.isalpha()] == []


@given(st.text("王小明和平路", max_size=12), st.text("订单已经发货谢谢，。", max_size=12))
def test_what_he_did_not_say_stays(heard: str, reply: str) -> None:
    (masked,) = masked_turns([Turn(call=CALL, number=1, heard=heard, reply=reply)])
    assert masked.reply == reply
