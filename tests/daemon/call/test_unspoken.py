"""Clauses that could not be synthesised: they count as unheard, and nothing is recorded unsaid."""

from __future__ import annotations

import pytest

from daemon.call.notice import NoticeOfRecording
from daemon.call.phrases import phrase
from engines.dialog.moves import BusinessCall, Clause
from tests.daemon.call.tiny import TinyCall, TinyStages, said
from tests.daemon.call.tiny_dialogue import TinyDialogue, step

SORRY = phrase("failed", "zh").text
NOTICE = "本次通话会被录音。"
REFUND = BusinessCall(name="refund", arguments={}, changes=True)


def desk() -> TinyDialogue:
    return TinyDialogue(
        step("sure", "您好，", NOTICE, "您确定要退款吗？", kind="yes_no", recording=True),
        step("refund", call=REFUND),
        step("refunded", "已经为您退款。"),
        ways={("sure", "好的"): "refund", ("refund", "*"): "refunded"},
    )


def call_without(*texts: str, dialogue: TinyDialogue | str | None = None) -> TinyCall:
    """A call in which the synthesis of ``texts`` fails."""
    stages = TinyStages(said("好的", "affirm"))
    stages.unspeakable = set(texts)
    return TinyCall(stages, dialogue or desk())


async def test_a_clause_that_could_not_be_made_does_not_count_as_heard() -> None:
    call = call_without(NOTICE)
    await call.until_reply_ended(1)
    turn = call.turns()[0]
    assert turn.reply == f"您好，{NOTICE}您确定要退款吗？"
    assert turn.reply_heard == "您好，您确定要退款吗？"
    assert "speech: silence: speech_failed" in turn.reasons
    ended = call.events("reply.ended")[0].data
    assert (ended["cut"], ended["unspoken"]) == (False, 1)


async def test_a_reply_that_was_spoken_tells_of_nothing_unspoken() -> None:
    call = call_without()
    await call.until_reply_ended(1)
    assert "unspoken" not in call.events("reply.ended")[0].data


async def test_a_question_that_could_not_be_made_is_missed() -> None:
    call = call_without("您确定要退款吗？")
    await call.until_reply_ended(1)
    assert call.conversation.parts.question_missed
    assert not call.conversation.parts.standing.delivered, "after HOLD the question is said again"
    await call.voice(800)
    await call.until_reply_ended(2)
    dialogue = call.conversation.parts.dialogue
    assert isinstance(dialogue, TinyDialogue)
    assert dialogue.heard[-1].question_missed, "a yes to it agrees to nothing"


async def test_a_first_clause_that_could_not_be_made_gives_way_to_an_apology() -> None:
    call = call_without("您好，")
    await call.until_reply_ended(1)
    assert call.turns()[0].reply_heard == f"{SORRY}{NOTICE}您确定要退款吗？"
    assert call.events("reply.ended")[0].data["unspoken"] == 1
    assert not call.conversation.parts.question_missed


async def test_where_not_even_the_apology_can_be_said_the_reply_still_ends() -> None:
    call = call_without("您好，", SORRY, NOTICE, "您确定要退款吗？")
    await call.until_reply_ended(1)
    assert call.turns()[0].reply_heard == ""
    assert call.events("reply.ended")[0].data["unspoken"] == 3


@pytest.mark.parametrize("unspeakable", ["您好，", NOTICE, "您确定要退款吗？"])
async def test_nothing_is_recorded_where_the_notice_was_not_all_spoken(unspeakable: str) -> None:
    call = call_without(unspeakable)
    await call.until_reply_ended(1)
    assert not call.events("record.audio"), "no clause is marked: all of the reply is the notice"


async def test_recording_begins_with_the_notice_and_not_before() -> None:
    call = call_without()
    await call.until_reply_ended(1)
    assert [event.data for event in call.events("record.audio")] == [{"on": True}]


def test_of_a_marked_notice_each_clause_counts_and_no_other() -> None:
    hello, notice = (Clause(text=text, language="zh") for text in ("您好，", NOTICE))
    marked = Clause(text=NOTICE, language="zh", notice=True)
    told = NoticeOfRecording((hello, marked, marked, hello), begins=True)
    assert [told.told(place, said=place != 0) for place in range(4)] == [False, False, True, False]
    unsaid = NoticeOfRecording((hello, marked, marked), begins=True)
    assert not any(unsaid.told(place, said=place != 1) for place in range(3))
    nothing = NoticeOfRecording((hello, notice), begins=False)
    assert not any(nothing.told(place, said=True) for place in range(2))
