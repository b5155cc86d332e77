"""A worker is lost in the middle of a call, and another one goes on with it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from daemon import slot
from daemon.call import snapshot
from engines.dialog.moves import BusinessCall, BusinessResult, Handover
from tests.daemon.call.tiny import TinyCall, TinyStages, said, unheard
from tests.daemon.call.tiny_dialogue import TinyDialogue, step
from tests.daemon.call.tiny_line import CALL, TICK

WRITE = BusinessCall(name="refund", arguments={}, changes=True)
TO_SALES = Handover(target="sales", reason="asked", summary="")


def dialogue() -> TinyDialogue:
    return TinyDialogue(
        step("open", "您好，请问有什么可以帮您？", recording=True),
        step("number", "请问您的订单号是多少？", kind="digits", keys="digits"),
        step("told", "您的订单已经发货了，预计明天送到。"),
        step("refund", call=WRITE),
        step("done", "已经为您退款。"),
        step("human", "好的，我现在为您转接。", end="transferred", handover=TO_SALES),
        step("bye", "感谢您的来电，再见。", end="completed"),
        ways={
            ("open", "查订单"): "number",
            ("number", "1024"): "told",
            ("open", "退款"): "refund",
            ("refund", "ok"): "done",
            ("open", "人工"): "human",
            ("open", "再见"): "bye",
        },
        keeps={"number": "order_id"},
    )


async def asked(*script: str) -> TinyCall:
    call = TinyCall(TinyStages(*(said(text) for text in script)), dialogue())
    call.stages.answers["refund"] = BusinessResult(name="refund", ok=True)
    await call.until_reply_ended(1)
    return call


def newest(call: TinyCall) -> slot.Snapshot:
    found: slot.Snapshot = call.of(slot.Snapshot)[-1]
    return found


def another(lost: TinyCall, *script: str, data: bytes | None = None, **opened: Any) -> TinyCall:
    """The call in the next worker, on the same line."""
    lost.conversation.close()
    lost.line.utterance = None
    return TinyCall(
        TinyStages(*(said(text) for text in script)),
        dialogue(),
        line=lost.line,
        snapshot=newest(lost).data if data is None else data,
        resumed=True,
        next_utterance=opened.pop("next_utterance", 5),
        caller_next=opened.pop("caller_next", 80_000),
        **opened,
    )


def resumed_as(call: TinyCall) -> list[bool]:
    asked_of = call.conversation.parts.dialogue.asked  # type: ignore[attr-defined]
    return [given for name, given in asked_of[1:] if name.startswith("resumed")]


async def test_a_snapshot_follows_each_commit_and_each_delivery() -> None:
    call = await asked("查订单")
    states = [snapshot.unpack(one.data, "tiny") for one in call.of(slot.Snapshot)]
    assert [(one.move.state.step, one.delivered, one.turns) for one in states] == [
        ("open", False, 0),
        ("open", False, 1),
        ("open", False, 1),  # recording has begun
        ("open", True, 1),
    ]
    await call.voice(800)
    await call.until_reply_ended(2)
    states = [snapshot.unpack(one.data, "tiny") for one in call.of(slot.Snapshot)][4:]
    assert [(one.move.state.step, one.delivered, one.turns) for one in states] == [
        ("number", False, 2),
        ("number", True, 2),
    ]
    assert newest(call).handover["reason"] == "worker_lost"
    assert newest(call).handover["target"] == "queue"


async def test_numbers_of_what_the_pbx_said_and_of_noises_are_not_used_again() -> None:
    lost = await asked()
    lost.conversation.on_play(slot.Play(call=CALL, text="请注意。"))
    await lost.until_reply_ended(2)
    lost.stages.script = [unheard()]
    await lost.voice(200)
    await lost.silence(1500)
    assert sorted(lost.turns()) == [0, 1, 2]
    call = another(lost)
    await call.until_reply_ended(1)
    assert sorted(call.turns()) == [3]


async def test_a_caller_who_was_speaking_is_asked_for_his_last_sentence() -> None:
    lost = await asked("查订单")
    await lost.voice(800)
    await lost.until_reply_ended(2)
    await lost.voice(400)
    call = another(lost, "1024")
    await call.until_reply_ended(1)
    assert resumed_as(call) == [True]
    assert not call.events("turn")[0].turn.heard  # type: ignore[union-attr]
    assert call.turns()[2].reply == "您刚才说什么？", "no greeting, and numbers go on"
    await call.voice(800)
    await call.until_reply_ended(2)
    assert call.turns()[3].reply == "您的订单已经发货了，预计明天送到。"


async def test_a_reply_that_was_not_heard_out_is_said_again() -> None:
    lost = await asked("查订单")
    await lost.voice(800)
    await lost.until_audible()
    call = another(lost, data=newest(lost).data)
    await call.until_reply_ended(1)
    assert resumed_as(call) == [False]


async def test_utterances_and_samples_go_on_where_the_lost_worker_was() -> None:
    lost = await asked()
    call = another(lost, "查订单", next_utterance=17, caller_next=123_456)
    await call.until_reply_ended(1)
    assert {say.utterance for say in call.of(slot.Say)} == {17}
    before = call.line.now_ms
    await call.voice(800)
    (started,) = call.events("voice.started")
    assert abs(started.data["sample"] - 123_456 - (before - lost.line.now_ms) * 8) < 100_000
    await call.until_reply_ended(2)
    assert call.turns()[2].heard == "查订单"
    utterance = call.stages.heard[-1]
    assert utterance.voice_start > 123_456
    ledger = call.turns()[2].ledger
    assert ledger.voice_start_ms is not None
    assert abs(ledger.voice_start_ms - before) < 200, "on the call's clock"


async def test_what_was_asked_still_counts() -> None:
    lost = await asked("查订单")
    await lost.voice(800)
    await lost.until_reply_ended(2)
    call = another(lost)
    await call.until_reply_ended(1)
    await call.press("1024#")
    await call.until_reply_ended(2)
    assert call.turns()[3].keys == "1024"
    assert call.turns()[3].reply == "您的订单已经发货了，预计明天送到。"


async def test_a_write_under_way_leaves_the_question_before_it() -> None:
    lost = await asked("退款")
    lost.stages.business_gate.clear()
    await lost.voice(800)
    await lost.silence(1000)
    assert lost.stages.asked == [WRITE]
    assert snapshot.unpack(newest(lost).data, "tiny").move.state.step == "open"


async def test_a_transfer_under_way_is_waited_for() -> None:
    lost = await asked("人工")
    await lost.voice(800)
    await lost.silence(3000)
    assert lost.events("transfer")
    call = another(lost)
    await call.voice(1000)
    await call.silence(7000)
    assert not call.of(slot.Say)
    assert not call.events("transfer"), "it was asked for already"
    call.conversation.on_transferred(slot.Transferred(call=CALL, result="busy"))
    await call.until_reply_ended(1)


@pytest.mark.parametrize(("text", "kind"), [("再见", slot.Close), ("人工", slot.Event)])
async def test_a_last_word_that_was_not_heard_is_said_again_and_still_ends_the_call(
    text: str, kind: type[Any]
) -> None:
    lost = await asked(text)
    await lost.voice(800)
    await lost.until_audible()
    call = another(lost, data=newest(lost).data)
    await call.silence(4000)
    assert call.turns()[2].reply == "对不起，我再说一遍。"
    ends = [one for one in call.of(kind) if getattr(one, "kind", "transfer") == "transfer"]
    assert len(ends) == 1


async def test_a_goodbye_that_was_heard_is_not_answered_by_another_worker() -> None:
    lost = await asked("再见")
    await lost.voice(800)
    await lost.until_reply_ended(2)
    call = another(lost)
    await call.silence(200)
    assert [close.cause for close in call.of(slot.Close)] == ["completed"]
    assert not call.of(slot.Say)


async def test_a_held_call_waits_for_the_caller() -> None:
    lost = await asked()
    call = another(lost, held=True)
    await call.silence(7000)
    assert not call.of(slot.Say)
    call.conversation.on_resume(slot.Resume(call=CALL))
    await call.until_reply_ended(1)
    assert resumed_as(call) == [True]


async def test_recording_goes_on() -> None:
    lost = await asked()
    assert [event.data for event in lost.events("record.audio")] == [{"on": True}]
    call = another(lost)
    assert [event.data for event in call.events("record.audio")] == [{"on": True}]


async def test_without_a_snapshot_the_caller_is_greeted_anew() -> None:
    lost = await asked()
    call = another(lost, data=b"")
    await call.until_reply_ended(1)
    (turn,) = call.turns().values()
    assert turn.action == "greet"
    assert turn.number == 5, "the lost worker's records stay"


def other_state(**fields: Any) -> bytes:
    raw = msgspec.msgpack.decode(
        snapshot.pack(
            snapshot.Snapshot(
                release="tiny", move=step("open", "您好"), turns=3, delivered=True, recording=True
            )
        )
    )
    raw["move"]["state"].update(fields)
    return msgspec.msgpack.encode(raw)


@pytest.mark.parametrize(
    "data",
    [b"\x00garbage", b"\x80", other_state(step="no such step"), np.zeros(70_000, "u1").tobytes()],
    ids=["garbage", "empty", "step", "long"],
)
async def test_a_snapshot_that_cannot_be_used_means_a_new_greeting_and_a_line_in_the_log(
    data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    lost = await asked()
    call = another(lost, "查订单", data=data)
    assert "snapshot refused" in caplog.text
    assert not call.events("record.audio") or call.events("record.audio")[0].data == {"on": True}
    await call.until_reply_ended(1)
    assert next(iter(call.turns().values())).action == "greet"
    await call.voice(800)
    await call.until_reply_ended(2)
    assert call.events("heard.final")


async def test_frames_of_before_are_not_waited_for() -> None:
    lost = await asked()
    call = another(lost)
    await call.tick(np.zeros(TICK, np.int16))
    assert call.conversation.listening.audio.next_sample == 80_000 + TICK


@pytest.mark.parametrize("scenario", ["order_status", "refund", "complaint", "callback"])
async def test_the_real_dialogue_goes_on_from_its_snapshot(scenario: str) -> None:
    words = said("我想查一下订单A1024", "order_status", ORDER_ID="A1024")
    lost = TinyCall(TinyStages(words), scenario)
    await lost.until_reply_ended(1)
    for _ in range(2):
        await lost.voice(900)
        await lost.silence(4000)
    before = lost.conversation.parts.move
    lost.conversation.close()
    lost.line.utterance = None
    call = TinyCall(
        TinyStages(words),
        scenario,
        line=lost.line,
        snapshot=newest(lost).data,
        resumed=True,
        next_utterance=50,
        caller_next=400_000,
    )
    await call.until_reply_ended(1)
    resumed = call.turns()[max(lost.turns()) + 1]
    assert resumed.action == "resume"
    assert call.conversation.parts.move.state.slots == before.state.slots
    await call.voice(900)
    await call.until_reply_ended(2)
    assert call.events("turn")[-1].turn.action != "apologise"  # type: ignore[union-attr]
    assert call.events("turn")[-1].turn.heard  # type: ignore[union-attr]
