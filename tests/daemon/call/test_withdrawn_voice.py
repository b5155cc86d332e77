"""A personal voice that is withdrawn while its reply is said: the next sentence is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from daemon import slot
from tests.daemon.call.tiny import TinyCall, TinyStages, said
from tests.daemon.call.tiny_dialogue import TinyDialogue, step
from tests.daemon.call.tiny_line import CALL

GREETING = (
    "您好，很高兴为您服务，请问有什么可以帮您？",
    "您可以查订单，也可以问退款或者发票的事。",
    "如果您想找人工客服，请随时告诉我一声。",
)


def call_in(voice: str, *, recording: bool = False) -> TinyCall:
    stages = TinyStages(said("好的", "affirm"))
    stages.speakers = {text: (voice, ()) for text in GREETING}
    return TinyCall(stages, TinyDialogue(step("greeting", *GREETING, recording=recording)))


async def test_the_next_sentence_is_in_the_stock_voice_and_all_is_heard() -> None:
    call = call_in("anna")
    await call.until_audible()
    await call.silence(300)
    call.stages.withdraws.add("anna")
    await call.until_reply_ended(1)
    turn = call.turns()[0]
    assert turn.voice == "anna, stock"
    assert turn.voice_troubles == ("revoked",)
    assert turn.reply_heard == "".join(GREETING)
    (ended,) = call.events("reply.ended")
    assert ended.data["voice"] == "anna, stock"
    assert ended.data["voice_troubles"] == ["revoked"]
    assert not call.line.cuts


async def test_the_sentence_that_is_being_said_is_said_to_its_end() -> None:
    call = call_in("anna")
    await call.until_audible()
    second = len(GREETING[0]) * 60
    await call.silence(second)  # in the second clause
    call.stages.withdraws.add("anna")
    await call.until_reply_ended(1)
    spoken = [clause.text for clause in call.stages.spoken]
    assert spoken == [*GREETING, GREETING[2]]


@pytest.mark.parametrize("voice", ["anna", "stock"])
async def test_a_reply_of_one_voice_is_made_once_and_never_pauses(voice: str) -> None:
    call = call_in(voice)
    await call.until_reply_ended(1)
    assert [clause.text for clause in call.stages.spoken] == list(GREETING)
    assert call.turns()[0].voice == voice
    spoken_ms = sum(map(len, GREETING)) * 60
    assert call.line.now_ms <= spoken_ms + 200


async def test_of_a_reply_that_is_cut_nothing_is_made_again() -> None:
    call = call_in("anna")
    await call.until_audible()
    call.conversation.parts.mouth.cut(call.line.now_ms)
    call.stages.withdraws.add("anna")
    await call.until_reply_ended(1)
    await call.silence(200)
    turn = call.turns()[0]
    assert (turn.reply_cut, turn.voice, turn.voice_troubles) == (True, "anna", ())
    assert [clause.text for clause in call.stages.spoken] == list(GREETING)


async def test_a_reply_that_waited_for_the_pbx_begins_in_the_stock_voice() -> None:
    call = call_in("anna")
    call.conversation.on_play(slot.Play(call=CALL, text="请您注意，线路正在检修。", prompt=""))
    await call.until_audible()
    call.stages.withdraws.add("anna")
    await call.until_reply_ended(2)
    assert [turn.voice for turn in call.turns().values()] == ["stock", "stock"]


async def test_a_notice_of_recording_is_not_held_back() -> None:
    """Who cuts in after it was given to the line is recorded, whoever speaks."""
    call = call_in("anna", recording=True)
    await call.until_audible()
    await call.silence(40)
    call.conversation.parts.mouth.cut(call.line.now_ms)
    await call.until_reply_ended(1)
    assert [event.data for event in call.events("record.audio")] == [{"on": True}]


NOTICE = "请您注意，线路正在检修。"
FIRE = "第二条通知，请您马上离开大楼，请走楼梯。"


def play(call: TinyCall, text: str) -> None:
    call.conversation.on_play(slot.Play(call=CALL, text=text, prompt=""))


async def test_a_reply_that_is_made_again_waits_for_what_the_pbx_says_meanwhile() -> None:
    call = call_in("anna")
    play(call, NOTICE)
    await call.until_audible()
    gate = call.stages.gates[GREETING[0]] = asyncio.Event()
    call.stages.withdraws.add("anna")
    await call.silence(len(NOTICE) * 60 + 200)  # the greeting is being made again
    play(call, FIRE)
    await call.until_audible()
    gate.set()
    await call.until_reply_ended(3)
    assert not call.line.cuts
    heard = {turn.reply_heard: turn.voice for turn in call.turns().values()}
    assert heard == {"".join(GREETING): "stock", NOTICE: "stock", FIRE: "stock"}


async def test_a_reply_that_cannot_be_made_again_begins_with_an_apology() -> None:
    call = call_in("anna")
    play(call, NOTICE)
    await call.until_audible()
    call.stages.withdraws.add("anna")
    call.stages.unspeakable.add(GREETING[0])
    await call.until_reply_ended(2)
    turn = call.turns()[0]
    assert "speech: silence: speech_failed" in turn.reasons
    apology = call.conversation.parts.phrase("failed", "zh").text
    assert [clause.text for clause in call.stages.spoken].count(apology) == 1


async def test_an_apology_that_waited_for_the_pbx_is_in_the_stock_voice() -> None:
    call = call_in("anna")
    apology = call.conversation.parts.phrase("failed", "zh").text
    call.stages.speakers[apology] = ("anna", ())
    call.stages.unspeakable.add(GREETING[0])
    play(call, NOTICE)
    await call.until_audible()
    call.stages.withdraws.add("anna")
    await call.until_reply_ended(2)
    assert [clause.text for clause in call.stages.spoken].count(apology) == 2


async def withdrawn_in_the_making() -> tuple[TinyCall, asyncio.Event]:
    """A voice goes while it makes what the PBX has said; the event lets the sound be ready."""
    call = call_in("stock")
    await call.until_reply_ended(1)
    call.stages.speakers[NOTICE] = ("anna", ())
    gate = call.stages.gates[NOTICE] = asyncio.Event()
    play(call, NOTICE)
    await call.silence(200)
    call.stages.withdraws.add("anna")
    return call, gate


async def test_what_the_pbx_has_said_is_made_again_before_it_begins() -> None:
    call, gate = await withdrawn_in_the_making()
    gate.set()
    await call.until_reply_ended(2)
    assert (call.turns()[1].voice, call.turns()[1].voice_troubles) == ("stock", ("revoked",))


async def test_what_the_pbx_has_said_and_cannot_be_made_again_is_refused() -> None:
    call, gate = await withdrawn_in_the_making()
    call.stages.unspeakable.add(NOTICE)
    gate.set()
    await call.silence(400)
    assert [event.data["reason"] for event in call.events("play.refused")] == ["failed"]


def hold(call: TinyCall) -> None:
    call.conversation.on_hold(slot.Hold(call=CALL))


@pytest.mark.parametrize("interrupts", [hold, lambda call: play(call, FIRE)])
async def test_whatever_interrupts_a_clause_that_waits_leaves_nothing_behind(
    interrupts: Callable[[TinyCall], None],
) -> None:
    """The second clause is made ahead and not yet given to the line."""
    call = call_in("anna")
    await call.until_audible()
    await call.silence(300)
    call.stages.withdraws.add("anna")
    interrupts(call)
    await call.silence(3_000)
    turn = call.turns()[0]
    assert turn.reply_cut
    assert GREETING[1] not in turn.reply_heard
    assert turn.voice == "anna"
