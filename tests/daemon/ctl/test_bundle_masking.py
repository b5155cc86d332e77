"""Nothing that a caller said or keyed leaves the box in a support bundle, and no secret does."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.ctl.bundle_masking import (
    masked_document,
    masked_log,
    masked_summary,
    masked_turns,
    shape,
    without_secrets,
)
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


def test_log_lines_keep_ids_and_times_and_lose_people() -> None:
    line = f"opened call={CALL} at=2026-11-28T14:46:06 caller=13800138000 mail=a.b@example.com"
    masked = masked_log(line)
    assert f"call={CALL} at=2026-11-28T14:46:06" in masked
    assert "1380013" not in masked
    assert "a.b@" not in masked


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "PASSWORD: hunter2",
        'db_password = "hunter2 x"',
        "api-key 'hunter2'",
        "--auth-token hunter2",
        "postgres://kefu:hunter2@db/shop",
        '{"private_key":"hunter2"}',
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    assert "hunter2" in text
    assert "hunter2" not in without_secrets(text)
    assert "hunter2" not in masked_log(text)


def test_secrets_of_settings_are_hidden_at_any_depth() -> None:
    document = {
        "business": {"database": "shop.sqlite", "Password": "hunter2", "tokens": ["hunter2"]},
        "doors": [{"secret": {"of": "hunter2"}}, "http://me:hunter2@host/"],
        "gateway": {"max_calls": 4, "real_time": True},
    }
    masked = masked_document(document)
    assert "hunter2" not in str(masked)
    assert masked["gateway"] == document["gateway"]
    assert masked["business"]["database"] == "shop.sqlite"
