"""A personal voice that is withdrawn while its reply is said: the next sentence is another's."""

from __future__ import annotations

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
