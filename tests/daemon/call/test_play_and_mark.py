"""PLAY: what the PBX has said in place of ours. MARK: an instant with a name."""

from __future__ import annotations

import asyncio

import pytest

from daemon import slot
from tests.daemon.call.tiny import TinyCall, TinyStages, said
from tests.daemon.call.tiny_dialogue import TinyDialogue, step
from tests.daemon.call.tiny_line import CALL


def dialogue() -> TinyDialogue:
    return TinyDialogue(
        step("open", "您好，请问有什么可以帮您？"),
        step("told", "您的订单已经发货了，预计明天送到。"),
        ways={("open", "查订单"): "told"},
    )


async def asked(*script: str) -> TinyCall:
    call = TinyCall(TinyStages(*(said(text) for text in script)), dialogue())
    await call.until_reply_ended(1)
    return call


def play(call: TinyCall, text: str = "", prompt: str = "") -> None:
    call.conversation.on_play(slot.Play(call=CALL, text=text, prompt=prompt))


async def test_a_text_is_said_and_written_down_and_the_question_stands() -> None:
    call = await asked("查订单")
    play(call, "您的话费余额不足。请您及时充值。")
    await call.until_reply_ended(2)
    turn = call.turns()[1]
    assert turn.action == "play"
    assert turn.reply_heard == turn.reply == "您的话费余额不足。请您及时充值。"
    (begun,) = call.events("play")
    assert begun.data == {"text": turn.reply, "prompt": ""}
    await call.voice(800)
    await call.until_reply_ended(3)
    assert call.turns()[2].reply == "您的订单已经发货了，预计明天送到。"


async def test_a_text_that_comes_with_the_call_is_said_before_the_greeting() -> None:
    call = TinyCall(TinyStages(), dialogue())
    play(call, "请注意。")
    await call.until_reply_ended(2)
    assert [turn.reply_heard for turn in call.turns().values()] == [
        "请注意。",
        "您好，请问有什么可以帮您？",
    ]


async def test_a_long_text_is_said_in_clauses() -> None:
    call = await asked()
    play(call, "请注意，" * 80 + "谢谢。")
    await call.until_reply_ended(2, most_ms=40_000)
    assert max(len(clause.text) for clause in call.stages.spoken) <= 24
    assert call.turns()[1].reply_heard == "请注意，" * 80 + "谢谢。"


async def test_english_text_is_spoken_in_english() -> None:
    call = await asked()
    play(call, "Your balance is low.")
    await call.until_reply_ended(2)
    assert call.stages.spoken[-1].language == "en"


async def test_a_prompt_is_said_by_its_name() -> None:
    call = await asked()
    play(call, prompt="hold")
    await call.until_reply_ended(2)
    assert call.turns()[1].reply == "请稍等，我马上回来。"
    assert call.events("play")[0].data["prompt"] == "hold"


@pytest.mark.parametrize(
    ("text", "prompt", "reason"),
    [("", "no such", "unknown_prompt"), ("", "", "nothing_to_say"), (" \n", "", "nothing_to_say")],
)
async def test_what_cannot_be_said_is_told(text: str, prompt: str, reason: str) -> None:
    call = await asked()
    play(call, text, prompt)
    await call.silence(200)
    (refused,) = call.events("play.refused")
    assert refused.data == {"prompt": prompt, "reason": reason}
    assert sorted(call.turns()) == [0]


async def test_it_takes_the_place_of_what_is_being_said() -> None:
    call = await asked("查订单")
    await call.voice(800)
    await call.until_audible()
    await call.silence(300)
    play(call, "您的话费余额不足。")
    assert call.line.cuts == [1]
    await call.until_reply_ended(3)
    assert call.turns()[1].reply_cut
    assert call.turns()[2].action == "play"
    assert not call.turns()[2].reply_cut


async def test_an_answer_that_is_not_on_the_line_yet_waits_for_its_end() -> None:
    call = await asked("查订单")
    call.stages.hearing_gate.clear()
    await call.voice(800)
    await call.silence(900)
    play(call, "您的话费余额不足。")
    await call.silence(100)
    call.stages.hearing_gate.set()
    await call.until_reply_ended(3)
    played, answered = call.turns()[1], call.turns()[2]
    assert played.action == "play"
    assert not played.reply_cut
    assert answered.heard == "查订单"
    assert answered.reply_heard == answered.reply
    assert played.ledger.last_frame_ms is not None
    assert answered.ledger.first_frame_ms is not None
    assert answered.ledger.first_frame_ms > played.ledger.last_frame_ms


async def test_the_newest_text_wins() -> None:
    call = await asked()
    for text in ("第一句话。", "第二句话。", "第三句话。"):
        play(call, text)
        if text == "第一句话。":
            await call.silence(100)
    await call.silence(2000)
    assert [turn.reply for turn in call.turns().values()][1:] == ["第一句话。", "第三句话。"]
    assert call.turns()[1].reply_cut
    assert call.turns()[2].reply_heard == "第三句话。"
    assert len(asyncio.all_tasks()) == 1


async def test_the_caller_may_interrupt_it() -> None:
    call = await asked("查订单")
    play(call, "这是一段很长的通知，" * 5)
    await call.until_audible()
    await call.voice(1400)
    await call.until_reply_ended(3)
    assert call.turns()[1].reply_cut
    assert call.turns()[2].heard == "查订单"
    assert call.turns()[2].reply_heard == call.turns()[2].reply


async def test_text_that_cannot_be_synthesised_does_not_silence_the_call() -> None:
    call = await asked("查订单")
    healthy = call.stages.speak

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    call.stages.speak = broken  # type: ignore[assignment, method-assign]
    play(call, "您的话费余额不足。")
    await call.silence(100)
    call.stages.speak = healthy  # type: ignore[method-assign]
    await call.voice(800)
    await call.silence(3000)
    assert any(turn.reply_heard.startswith("您的订单") for turn in call.turns().values())


async def test_a_mark_names_the_instant() -> None:
    call = await asked()
    call.conversation.on_mark(slot.Mark(call=CALL, name="agent joined"))
    (event,) = call.events("mark")
    assert event.data["name"] == "agent joined"
    assert abs(event.data["at_ms"] - call.line.now_ms) < 1000


async def test_a_shared_sentence_is_a_prompt_too() -> None:
    call = await asked()
    play(call, prompt="goodbye")
    await call.until_reply_ended(2)
    assert call.turns()[1].reply_heard == "再见。"


async def test_what_a_newer_text_replaced_before_it_was_heard_is_told() -> None:
    call = await asked()
    call.stages.speech_gate.clear()
    play(call, "第一句。")
    await call.silence(40)
    play(call, "第二句。")
    call.stages.speech_gate.set()
    await call.until_reply_ended(2)
    (refused,) = call.events("play.refused")
    assert refused.data == {"prompt": "", "reason": "superseded"}
    assert [event.data["text"] for event in call.events("play")] == ["第二句。"]
    assert not [turn for turn in call.events("turn") if turn.data["reply"] == "第一句。"]
