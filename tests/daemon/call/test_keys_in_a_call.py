"""The caller's keys in a call: they answer, they interrupt, and they win over the voice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from daemon import slot
from engines.dialog.moves import BusinessCall, BusinessResult
from tests.daemon.call.tiny import TinyCall, TinyStages, said
from tests.daemon.call.tiny_dialogue import TinyDialogue, step

LOOK = BusinessCall(name="look", arguments={}, changes=False)


def dialogue(**expects: Any) -> TinyDialogue:
    return TinyDialogue(
        step("menu", "查询请按一，退款请按二，人工服务请按零。", **expects),
        step("number", "请输入订单号，按井号键结束。", keys="digits"),
        step("look", call=LOOK),
        step("told", "订单已经发货了。"),
        ways={
            ("menu", "1"): "number",
            ("menu", "查询"): "number",
            ("number", "*"): "look",
            ("look", "ok"): "told",
        },
    )


async def asked(*script: str, to: str = "menu", **expects: Any) -> TinyCall:
    """A call whose question, menu or number, has been asked to its end."""
    given = dialogue(**(expects or {"keys": "menu"}))
    call = TinyCall(TinyStages(*(said(text) for text in script)), given)
    call.stages.answers["look"] = BusinessResult(name="look", ok=True)
    await call.until_reply_ended(1)
    if to == "number":
        await call.press("1")
        await call.until_reply_ended(2)
    return call


async def test_a_key_answers_a_menu_at_once() -> None:
    call = await asked()
    await call.press("1")
    await call.until_reply_ended(2)
    turn = call.turns()[1]
    assert turn.keys == "1"
    assert turn.heard == ""
    assert turn.reply == "请输入订单号，按井号键结束。"
    assert turn.ledger.turn_end_ms is not None


async def test_a_string_of_keys_is_one_turn_and_makes_its_business_calls() -> None:
    call = await asked(to="number")
    await call.press("1024#")
    await call.until_reply_ended(3)
    turn = call.turns()[2]
    assert turn.keys == "1024"
    assert turn.business == "look() -> "
    assert turn.reply_heard == "订单已经发货了。"


@pytest.mark.parametrize("gap_ms", [0, 20, 300])
async def test_a_hash_behind_a_string_of_full_length_costs_the_answer_nothing(gap_ms: int) -> None:
    """It comes while the business call is made, or while the answer is said."""
    given = TinyDialogue(
        step("number", "请输入四位订单号，按井号键结束。", keys="digits", digits=4),
        step("look", call=LOOK),
        step("told", "订单已经发货了，要转人工请按零。", keys="menu"),
        ways={("number", "*"): "look", ("look", "ok"): "told"},
    )
    call = TinyCall(TinyStages(), given)
    call.stages.answers["look"] = BusinessResult(name="look", ok=True)
    await call.until_reply_ended(1)
    await call.press("1024#", gap_ms=gap_ms)
    await call.until_reply_ended(2)
    turns = call.turns()
    assert [turn.keys for turn in turns.values()] == ["", "1024"]
    assert turns[1].reply_heard == "订单已经发货了，要转人工请按零。"


async def test_a_key_that_is_told_twice_does_not_cut_its_answer() -> None:
    call = await asked()
    await call.press("11", gap_ms=20)
    await call.until_reply_ended(2)
    assert not call.turns()[1].reply_cut


async def test_a_pause_ends_a_string_and_silence_is_not_asked_about_meanwhile() -> None:
    call = await asked(to="number")
    await call.silence(5000)
    await call.press("1024")
    await call.silence(2500)
    assert sorted(call.turns()) == [0, 1], "neither answered nor asked again"
    await call.silence(600)
    assert call.turns()[2].keys == "1024"


async def test_a_key_over_our_voice_cuts_it() -> None:
    call = TinyCall(TinyStages(), dialogue(keys="menu"))
    await call.until_audible()
    await call.silence(300)
    await call.press("1")
    await call.until_reply_ended(2)
    assert call.line.cuts == [0]
    assert call.turns()[0].reply_cut
    assert call.turns()[1].keys == "1"


async def test_whether_the_question_was_heard_before_the_key_is_told_to_the_dialogue() -> None:
    texts = ("一共二百九十九元，手续费由我们承担，", "同意请按一，不同意请按二。")
    for wait_ms, told in ((40, "press missed"), (300, "press missed"), (1500, "press")):
        given = TinyDialogue(step("sure", *texts, keys="menu"))
        call = TinyCall(TinyStages(), given)
        await call.silence(wait_ms)
        await call.press("1")
        assert given.asked[-1] == (told, "1")


async def test_a_protected_prompt_is_heard_to_its_end_before_its_key_is_answered() -> None:
    call = TinyCall(TinyStages(), dialogue(keys="menu", barge_in="off"))
    await call.until_audible()
    await call.press("1", gap_ms=400)
    assert sorted(call.turns()) == [0]
    await call.until_reply_ended(2)
    assert not call.line.cuts
    assert not call.turns()[0].reply_cut
    assert call.turns()[1].keys == "1"


async def test_a_protected_prompt_that_is_still_being_made_is_heard_too() -> None:
    call = TinyCall(TinyStages(), dialogue(keys="menu", barge_in="off"))
    call.stages.speech_gate.clear()
    await call.silence(40)
    await call.press("1")
    call.stages.speech_gate.set()
    await call.until_reply_ended(2)
    assert call.turns()[0].reply_heard == call.turns()[0].reply
    assert call.turns()[1].keys == "1"


async def test_a_key_that_no_question_lists_does_nothing() -> None:
    call = await asked(keys="")
    before = len(call.sent)
    await call.press("159#")
    assert len(call.sent) == before
    await call.silence(4000)
    assert sorted(call.turns()) == [0]


async def test_keys_win_over_what_is_said_meanwhile() -> None:
    call = await asked("七八九", to="number")
    await call.press("10")
    await call.voice(800)
    await call.silence(1500)
    assert sorted(call.turns()) == [0, 1], "what was said is no answer"
    await call.press("24#")
    await call.until_reply_ended(3)
    assert call.turns()[2].keys == "1024"
    await call.silence(2000)
    assert sorted(call.turns()) == [0, 1, 2], "and is not answered afterwards"


async def test_a_key_withdraws_the_answer_to_what_was_said_before() -> None:
    call = await asked("查询")
    call.stages.hearing_gate.clear()
    await call.voice(800)
    await call.silence(1200)
    await call.press("1")
    call.stages.hearing_gate.set()
    await call.until_reply_ended(2)
    assert call.turns()[1].keys == "1"
    assert call.turns()[1].heard == ""


async def test_after_a_star_the_voice_counts_again() -> None:
    call = await asked("一零二四", to="number")
    await call.press("77*")
    await call.voice(1000)
    await call.until_reply_ended(3)
    assert call.turns()[2].heard == "一零二四"
    assert call.turns()[2].keys == ""


async def test_a_menu_can_be_typed_ahead() -> None:
    call = TinyCall(TinyStages(), dialogue(keys="menu"))
    call.stages.answers["look"] = BusinessResult(name="look", ok=True)
    await call.until_audible()
    await call.press("1")
    await call.press("1024#", gap_ms=100)
    await call.silence(100)
    assert [turn.keys for turn in call.turns().values()] == ["", "1", "1024"]


async def test_a_slow_business_system_is_filled_over_after_keys_too() -> None:
    call = await asked(to="number")
    call.stages.business_gate.clear()
    await call.press("1#")
    await asyncio.sleep(0.9)
    await call.silence(600)
    assert call.conversation.parts.mouth.audible
    call.stages.business_gate.set()
    await call.until_reply_ended(3)
    assert call.turns()[2].reply_filler
    assert call.turns()[2].reply_heard.endswith("订单已经发货了。")


@pytest.mark.parametrize("digits", ["1" * 300, "*#*#*#" * 40, "ABCD" * 50])
async def test_a_flood_of_keys_leaves_the_call_alive(digits: str) -> None:
    call = await asked(to="number")
    for digit in digits:
        call.conversation.on_key(slot.Dtmf(call=call.conversation.call, digit=digit))  # type: ignore[arg-type]
    await call.silence(8000)
    call.stages.script = [said("一零二四")]
    await call.silence(3000)
    await call.voice(1000)
    await call.silence(4000)
    assert any(turn.heard == "一零二四" for turn in call.turns().values())
