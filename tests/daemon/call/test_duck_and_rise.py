"""The caller's voice over ours: softer at once, as loud as before after a backchannel."""

from __future__ import annotations

from typing import Any

from daemon import slot
from engines.asr.transcript import Transcript
from engines.nlu.understanding import Understanding
from tests.daemon.call.tiny import TinyCall, TinyStages, said, unheard
from tests.daemon.call.tiny_dialogue import TinyDialogue, step

LONG = "您的订单已经从上海的仓库发出，预计明天下午送到您填写的地址，"


async def speaking(
    script: tuple[Transcript, Understanding], private: bool = False, **expects: Any
) -> TinyCall:
    given = TinyDialogue(step("open", LONG, "请您注意查收。", private=private, **expects))
    call = TinyCall(TinyStages(script), given)
    await call.until_audible()
    await call.silence(400)
    return call


async def test_a_backchannel_ducks_us_for_a_moment_and_leaves_no_turn() -> None:
    call = await speaking(said("嗯"))
    await call.voice(240)
    assert call.line.ducked
    await call.silence(400)
    assert not call.line.ducked
    await call.until_reply_ended(1)
    assert not call.line.cuts
    assert sorted(call.turns()) == [0]
    assert call.turns()[0].reply_heard == call.turns()[0].reply, "no word is lost"
    await call.silence(3000)
    assert sorted(call.turns()) == [0]
    (event,) = call.events("record.backchannel")
    assert event.data == {"text": "嗯"}
    assert call.turns()[0].reasons[-1] == "The caller listened aloud: 嗯."


async def test_in_a_private_step_its_words_are_not_kept() -> None:
    call = await speaking(said("嗯"), private=True)
    await call.voice(240)
    await call.silence(1500)
    assert [event.data for event in call.events("record.backchannel")] == [{"text": "…"}]


async def test_a_short_order_to_stop_is_obeyed() -> None:
    call = await speaking(said("停"))
    await call.voice(240)
    await call.silence(1500)
    assert call.line.cuts == [0]
    await call.until_reply_ended(2)
    assert call.turns()[0].reply_cut
    assert call.turns()[1].heard == "停"


async def test_an_interruption_ducks_and_then_cuts() -> None:
    call = await speaking(said("等一下我要退款"))
    await call.voice(160)
    assert call.line.ducked
    assert not call.line.cuts
    await call.voice(800)
    assert call.line.cuts == [0]


async def test_a_protected_prompt_is_neither_softer_nor_cut() -> None:
    call = await speaking(said("等一下我要退款"), barge_in="off")
    await call.voice(1500)
    await call.until_reply_ended(1)
    assert not call.of(slot.Duck)
    assert not call.line.cuts
    assert call.turns()[0].reply_heard == call.turns()[0].reply


async def test_eager_is_cut_at_once() -> None:
    call = await speaking(said("等一下我要退款"), barge_in="eager")
    await call.voice(200)
    assert call.line.cuts == [0]
    assert not call.of(slot.Duck)


async def test_a_noise_over_our_voice_is_no_backchannel() -> None:
    call = await speaking(unheard())
    await call.voice(240)
    await call.silence(4000)
    assert not call.events("record.backchannel")
    assert call.turns()[0].reply_heard == call.turns()[0].reply
