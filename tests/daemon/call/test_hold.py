"""HOLD and RESUME: nothing is heard or said between them, and the call goes on where it stood."""

from __future__ import annotations

import asyncio

from daemon import slot
from engines.dialog.moves import BusinessCall, BusinessResult
from tests.daemon.call.tiny import TinyCall, TinyStages, said
from tests.daemon.call.tiny_dialogue import TinyDialogue, step
from tests.daemon.call.tiny_line import CALL

WRITE = BusinessCall(name="refund", arguments={}, changes=True)
HOLD, RESUME = slot.Hold(call=CALL), slot.Resume(call=CALL)


def dialogue() -> TinyDialogue:
    return TinyDialogue(
        step("open", "您好，请问有什么可以帮您？"),
        step("told", "您的订单已经发货了，预计明天送到。"),
        step("refund", call=WRITE),
        step("done", "已经为您退款。"),
        step("bye", "感谢您的来电，祝您生活愉快，再见。", end="completed"),
        ways={
            ("open", "查订单"): "told",
            ("open", "退款"): "refund",
            ("refund", "ok"): "done",
            ("open", "再见"): "bye",
        },
    )


async def asked(*script: str) -> TinyCall:
    call = TinyCall(TinyStages(*(said(text) for text in script)), dialogue())
    call.stages.answers["refund"] = BusinessResult(name="refund", ok=True)
    await call.until_reply_ended(1)
    return call


def resumed_as(call: TinyCall) -> list[bool]:
    """How ``Dialogue.resumed`` was told that our last reply had been delivered."""
    asked_of = call.conversation.parts.dialogue.asked  # type: ignore[attr-defined]
    return [given for name, given in asked_of if name.startswith("resumed")]


async def test_after_hold_the_question_comes_again() -> None:
    call = await asked()
    call.conversation.on_hold(HOLD)
    call.conversation.on_resume(RESUME)
    await call.until_reply_ended(2)
    assert resumed_as(call) == [True]
    assert call.turns()[1].action == "resume"


async def test_hold_before_the_greeting_is_ready_puts_it_off() -> None:
    call = TinyCall(TinyStages(), dialogue())
    call.conversation.on_hold(HOLD)
    await asyncio.sleep(0.02)
    assert not call.of(slot.Say)
    call.conversation.on_resume(RESUME)
    await call.until_reply_ended(1)
    assert resumed_as(call) == [False]


async def test_a_reply_that_hold_cut_is_said_again() -> None:
    call = await asked("查订单")
    await call.voice(800)
    await call.until_audible()
    await call.silence(300)
    call.conversation.on_hold(HOLD)
    call.line_cuts()
    await asyncio.sleep(0)
    assert call.turns()[1].reply_cut
    assert call.turns()[1].reply_heard
    call.conversation.on_resume(RESUME)
    await call.until_reply_ended(3)
    assert resumed_as(call) == [False]
    assert not call.line.cuts, "what the gateway has cut is not cut again"


async def test_what_was_said_before_hold_is_not_answered_after_it() -> None:
    call = await asked("查订单")
    await call.voice(800)
    await call.silence(300)
    call.conversation.on_hold(HOLD)
    before = len(call.of(slot.Say))
    await asyncio.sleep(0.05)
    assert len(call.of(slot.Say)) == before
    call.conversation.on_resume(RESUME)
    await call.until_reply_ended(2)
    assert call.turns()[1].action == "resume"
    assert len(asyncio.all_tasks()) == 1


async def test_an_answer_that_was_being_thought_of_is_dropped_by_hold() -> None:
    call = await asked("查订单")
    call.stages.speech_gate.clear()
    await call.voice(800)
    await call.silence(1000)
    call.conversation.on_hold(HOLD)
    call.stages.speech_gate.set()
    await asyncio.sleep(0.05)
    assert len(call.turns()) == 1
    assert len(asyncio.all_tasks()) == 1


async def test_a_write_is_brought_to_its_end_during_hold_and_told_afterwards() -> None:
    call = await asked("退款")
    call.stages.business_gate.clear()
    await call.voice(800)
    await call.silence(1000)
    assert call.stages.asked == [WRITE]
    call.conversation.on_hold(HOLD)
    call.stages.business_gate.set()
    await asyncio.sleep(0.05)
    assert call.turns()[1].reply == "已经为您退款。"
    assert call.turns()[1].reply_heard == ""
    said_before = len(call.of(slot.Say))
    call.conversation.on_resume(RESUME)
    await call.until_reply_ended(2)
    assert resumed_as(call) == [False], "our last reply was not heard"
    assert len(call.of(slot.Say)) > said_before
    assert call.stages.asked == [WRITE]


async def test_a_write_that_outlasts_hold_is_told_when_it_ends() -> None:
    call = await asked("退款")
    call.stages.business_gate.clear()
    await call.voice(800)
    await call.silence(1000)
    await asyncio.sleep(0.9)
    await call.silence(200)
    assert call.conversation.parts.mouth.audible, "the filler"
    call.conversation.on_hold(HOLD)
    call.line_cuts()
    await asyncio.sleep(0)
    call.conversation.on_resume(RESUME)
    call.stages.business_gate.set()
    await call.silence(3000)
    assert call.turns()[1].reply_heard == "已经为您退款。"
    assert resumed_as(call) == []


async def test_a_caller_who_speaks_through_hold_is_heard_from_its_end_on() -> None:
    call = await asked("查订单")
    await call.voice(400)
    call.conversation.on_hold(HOLD)
    assert [event.kind for event in call.of(slot.Event)][-1] == "voice.stopped"
    call.conversation.on_resume(RESUME)
    await call.voice(100)
    await call.voice(1200)
    await call.until_reply_ended(3)
    assert call.turns()[2].heard == "查订单"
    assert 1200 <= call.stages.heard[-1].voiced_ms <= 1400


async def test_keys_prompts_and_silence_do_nothing_during_hold() -> None:
    call = await asked()
    call.conversation.on_hold(HOLD)
    before = len(call.sent)
    call.conversation.on_key(slot.Dtmf(call=CALL, digit="1"))
    await call.silence(8000)
    await call.voice(1000)
    assert len(call.sent) == before
    call.conversation.on_play(slot.Play(call=CALL, text="您好"))
    (refused,) = call.events("play.refused")
    assert refused.data["reason"] == "held"


async def test_a_goodbye_that_hold_cut_is_said_again_and_ends_the_call() -> None:
    call = await asked("再见")
    await call.voice(800)
    await call.until_audible()
    call.conversation.on_hold(HOLD)
    call.line_cuts()
    await asyncio.sleep(0)
    assert not call.of(slot.Close)
    call.conversation.on_resume(RESUME)
    await call.until_reply_ended(3)
    assert [close.cause for close in call.of(slot.Close)] == ["completed"]


async def test_resume_without_hold_means_nothing() -> None:
    call = await asked()
    before = len(call.sent)
    call.conversation.on_resume(RESUME)
    await call.silence(100)
    assert len(call.sent) == before


async def test_a_reply_that_the_hold_prompt_cut_is_said_again() -> None:
    call = await asked("查订单")
    await call.voice(800)
    await call.until_audible()
    await call.silence(300)
    call.line_cuts()
    await call.until_reply_ended(3)
    assert call.turns()[1].reply_cut
    assert resumed_as(call) == [False]
    assert call.turns()[2].action == "resume"
