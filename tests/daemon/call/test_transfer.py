"""A transfer: announced, asked for, and gone on from where the PBX could not put him through."""

from __future__ import annotations

import pytest

from daemon import slot
from engines.dialog.moves import Handover
from tests.daemon.call.tiny import TinyCall, TinyStages, said
from tests.daemon.call.tiny_dialogue import TinyDialogue, step
from tests.daemon.call.tiny_line import CALL

TO_SALES = Handover(
    target="sales", reason="asked", summary="他想和人说话。", slots={"order_id": "A1024"}
)


def dialogue() -> TinyDialogue:
    return TinyDialogue(
        step("open", "您好，请问有什么可以帮您？"),
        step(
            "human",
            "好的，我现在为您转接人工客服，请您不要挂断。",
            end="transferred",
            handover=TO_SALES,
        ),
        step("silent", end="transferred", handover=TO_SALES),
        step("told", "您的订单已经发货了。"),
        ways={
            ("open", "人工"): "human",
            ("open", "转接"): "silent",
            ("human", "查订单"): "told",
        },
    )


async def transferring(text: str = "人工") -> TinyCall:
    call = TinyCall(TinyStages(said(text)), dialogue())
    await call.until_reply_ended(1)
    await call.voice(800)
    await call.silence(5000)
    return call


def failed(call: TinyCall, result: str = "busy") -> None:
    call.conversation.on_transferred(slot.Transferred(call=CALL, result=result))  # type: ignore[arg-type]


async def test_the_pbx_is_asked_once_the_announcement_was_heard() -> None:
    call = await transferring()
    (event,) = call.events("transfer")
    assert event.data == {
        "target": "sales",
        "reason": "asked",
        "summary": "他想和人说话。",
        "slots": {"order_id": "A1024"},
    }
    assert event.turn is not None
    assert (
        event.turn.reply_heard == event.turn.reply == "好的，我现在为您转接人工客服，请您不要挂断。"
    )
    ended = call.sent.index(call.events("reply.ended")[-1])
    assert call.sent.index(event) > ended
    assert not call.of(slot.Close)


async def test_without_an_announcement_it_is_asked_at_once() -> None:
    call = await transferring("转接")
    assert len(call.events("transfer")) == 1


async def test_meanwhile_nothing_is_heard_or_said() -> None:
    call = await transferring()
    before = len(call.sent)
    await call.voice(2000)
    await call.silence(10_000)
    call.conversation.on_key(slot.Dtmf(call=CALL, digit="1"))
    assert len(call.sent) == before
    call.conversation.on_play(slot.Play(call=CALL, text="您好"))
    assert call.events("play.refused")[0].data["reason"] == "transferring"


@pytest.mark.parametrize("result", ["busy", "no_answer", "refused"])
async def test_the_dialogue_goes_on_after_a_failure(result: str) -> None:
    call = await transferring()
    await call.voice(2000)
    failed(call, result)
    await call.until_reply_ended(3)
    given = call.conversation.parts.dialogue
    assert ("transferred", result) in given.asked  # type: ignore[attr-defined]
    assert call.turns()[2].reply == "转接没有成功。"
    call.stages.script = [said("查订单")]
    await call.voice(800)
    await call.until_reply_ended(4)
    assert call.turns()[3].heard == "查订单", "what was said meanwhile is not part of it"
    assert call.stages.heard[-1].voiced_ms <= 900


async def test_an_answer_that_nobody_waits_for_means_nothing() -> None:
    call = TinyCall(TinyStages(said("人工")), dialogue())
    await call.until_reply_ended(1)
    before = len(call.sent)
    failed(call)
    await call.silence(200)
    assert len(call.sent) == before


async def test_a_caller_who_interrupts_the_announcement_is_not_put_through() -> None:
    call = TinyCall(TinyStages(said("人工")), dialogue())
    await call.until_reply_ended(1)
    await call.voice(800)
    await call.until_audible()
    call.stages.script = [said("查订单")]
    await call.voice(1200)
    await call.until_reply_ended(3)
    assert not call.events("transfer")
    assert call.turns()[2].reply == "您的订单已经发货了。"


async def test_hold_during_a_transfer_changes_nothing() -> None:
    call = await transferring()
    call.conversation.on_hold(slot.Hold(call=CALL))
    call.conversation.on_resume(slot.Resume(call=CALL))
    before = len(call.sent)
    await call.silence(7000)
    assert len(call.sent) == before
    failed(call)
    await call.until_reply_ended(3)


async def test_a_failure_during_hold_is_told_after_it() -> None:
    call = await transferring()
    call.conversation.on_hold(slot.Hold(call=CALL))
    failed(call)
    await call.silence(20)
    assert len(call.events("reply.ended")) == 2
    call.conversation.on_resume(slot.Resume(call=CALL))
    await call.until_reply_ended(3)
