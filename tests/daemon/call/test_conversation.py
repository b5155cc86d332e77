"""The turn loop: listening, thinking early, speaking, being interrupted, and the record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from daemon import slot
from daemon.call.caller_audio import CallerAudio
from daemon.call.settings import VoiceSettings
from engines.asr.transcript import Transcript
from engines.dialog.moves import BusinessResult, Heard, Move, State
from engines.nlu.understanding import Understanding
from tests.daemon.call.tiny import TinyCall, TinyStages, said

SHIPPED = BusinessResult(
    name="find_order",
    ok=True,
    values={"state": "shipped", "expected_on": "2026-11-26", "delivered_on": "", "carrier": ""},
)
ASK = said("我想查一下订单A1024", "order_status", ORDER_ID="A1024")


def in_loop(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scenario())  # type: ignore[arg-type]


async def greeted(
    *script: tuple[Transcript, Understanding], scenario: str = "order_status"
) -> TinyCall:
    call = TinyCall(TinyStages(*script), scenario)
    await call.until_reply_ended(1)
    return call


async def waiting_for_business() -> TinyCall:
    """A call whose question was heard and whose business system has not answered for 1.8 s."""
    call = await greeted(ASK)
    call.stages.answers["find_order"] = SHIPPED
    call.stages.business_gate.clear()
    await call.voice(1200)
    await call.silence(800)
    await asyncio.sleep(1.8)
    return call


def test_the_greeting_is_turn_zero_and_stands_in_the_record_as_heard() -> None:
    async def scenario() -> None:
        call = await greeted()
        turn = call.turns()[0]
        assert turn.heard == ""
        assert turn.reply
        assert turn.reply_heard == turn.reply
        assert turn.ledger.first_frame_ms is not None

    in_loop(scenario)


def test_a_turn_is_heard_understood_answered_and_written_down() -> None:
    async def scenario() -> None:
        call = await greeted(ASK)
        call.stages.answers["find_order"] = SHIPPED
        await call.voice(1200)
        await call.until_reply_ended(2)
        turn = call.turns()[1]
        assert turn.heard == "我想查一下订单A1024"
        assert turn.intent == "order_status"
        assert [entity.value for entity in turn.entities] == ["A1024"]
        assert turn.reply_heard == turn.reply
        assert turn.reasons
        ledger = turn.ledger
        assert ledger.voice_start_ms is not None
        assert ledger.speech_end_ms is not None
        assert ledger.turn_end_ms is not None
        assert ledger.first_frame_ms is not None
        assert ledger.voice_start_ms < ledger.speech_end_ms < ledger.turn_end_ms
        assert ledger.turn_end_ms <= ledger.first_frame_ms
        assert abs(ledger.speech_end_ms - ledger.voice_start_ms - 1200) <= 64

    in_loop(scenario)


def test_recognition_begins_before_the_turn_has_ended() -> None:
    async def scenario() -> None:
        call = await greeted(ASK)
        await call.voice(1200)
        await call.silence(320)
        assert len(call.stages.heard) == 1, "the speculative attempt"
        assert 1 not in call.turns(), "nothing is said before the turn has ended"
        await call.until_reply_ended(2)
        assert len(call.stages.heard) == 1, "the attempt held: nothing was recognised twice"

    in_loop(scenario)


def test_speech_that_goes_on_makes_the_attempt_void() -> None:
    async def scenario() -> None:
        call = await greeted(ASK)
        await call.voice(1000)
        await call.silence(400)
        await call.voice(1000)
        await call.until_reply_ended(2)
        assert len(call.stages.heard) >= 2
        assert call.stages.heard[-1].voiced_ms >= 1900, "both halves are one utterance"
        assert sorted(call.turns()) == [0, 1]

    in_loop(scenario)


def test_a_caller_who_goes_on_before_we_speak_is_heard_out() -> None:
    async def scenario() -> None:
        call = await greeted(ASK)
        call.stages.speech_gate.clear()
        await call.voice(1000)
        await call.silence(1000)
        assert 1 not in call.turns(), "thinking, nothing on the line"
        await call.voice(800)
        call.stages.speech_gate.set()
        await call.until_reply_ended(2)
        assert call.stages.heard[-1].voiced_ms >= 1700
        assert sorted(call.turns()) == [0, 1]

    in_loop(scenario)


def test_an_interruption_cuts_us_and_the_record_ends_where_the_caller_stopped_listening() -> None:
    async def scenario() -> None:
        call = await greeted(ASK)
        call.stages.answers["find_order"] = SHIPPED
        await call.voice(1200)
        while not call.conversation.mouth.audible:
            await call.silence(20)
        await call.silence(400)
        call.stages.script = [said("等一下，我想退款", "refund_request")]
        await call.voice(200)
        assert [one.utterance for one in call.sent if isinstance(one, slot.Cut)] == [1]
        await call.voice(800)
        await call.until_reply_ended(3)
        first, second = call.turns()[1], call.turns()[2]
        assert first.reply_cut
        assert first.ledger.cut_ms is not None
        assert first.reply_heard != first.reply
        assert first.reply.startswith(first.reply_heard.rstrip("…"))
        assert second.heard == "等一下，我想退款"
        assert call.stages.heard[-1].voiced_ms >= 900, (
            "the first syllable of the interruption is kept"
        )

    in_loop(scenario)


def test_a_yes_over_the_first_words_of_a_question_changes_nothing() -> None:
    async def scenario() -> None:
        call = await greeted(said("订单A1024退款", "refund_request", ORDER_ID="A1024"))
        call.stages.answers["find_refund"] = BusinessResult(
            name="find_refund",
            ok=True,
            values={
                "state": "shipped",
                "refundable": "yes",
                "amount": "299.00 CNY",
                "earlier_refund": "",
            },
        )
        await call.voice(1200)
        while not call.conversation.mouth.audible:
            await call.silence(20)
        await call.silence(200)
        call.stages.script[:] = [said("好的", "affirm")]
        await call.voice(400)
        await call.until_reply_ended(3)
        assert call.turns()[1].reply_cut
        assert [asked.name for asked in call.stages.asked] == ["find_refund"]
        assert call.turns()[2].reply == call.turns()[1].reply

    in_loop(scenario)


def test_a_slow_business_system_gets_a_filler_that_is_counted_as_one() -> None:
    async def scenario() -> None:
        call = await waiting_for_business()
        await call.silence(400)
        assert call.conversation.mouth.audible
        call.stages.business_gate.set()
        await call.until_reply_ended(2)
        assert call.turns()[1].reply_filler

    in_loop(scenario)


def test_a_noise_is_ignored_and_a_lost_sentence_is_asked_for_again() -> None:
    nothing = Transcript(
        text="", language="zh", language_probability=0.0, confidence=0.0, dropped="low_probability"
    )

    async def scenario() -> None:
        call = await greeted((nothing, Understanding(intents=())))
        await call.voice(200)
        await call.silence(1500)
        assert call.turns()[1].action == "ignore"
        assert not call.turns()[1].reply
        await call.voice(1500)
        await call.until_reply_ended(2)
        assert call.turns()[2].reply

    in_loop(scenario)


def test_a_silent_caller_is_asked_again() -> None:
    async def scenario() -> None:
        call = await greeted()
        await call.silence(6500)
        await call.until_reply_ended(2)
        assert call.turns()[1].reply

    in_loop(scenario)


def test_closing_in_the_middle_of_a_reply_leaves_nothing_running() -> None:
    async def scenario() -> None:
        call = await greeted(ASK)
        await call.voice(1200)
        await call.silence(700)
        call.conversation.close()
        before = len(call.sent)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1
        assert len(call.sent) == before

    in_loop(scenario)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000])
def test_wider_lines_are_heard_at_their_own_rate(rate_hz: int) -> None:
    audio = CallerAudio(rate_hz, VoiceSettings())
    tick = rate_hz // 50
    sample = 0
    for number in range(150):
        loud = 50 <= number < 100
        pcm = np.full(tick, 8000 if loud else 0, np.int16)
        audio.push(slot.CallFrame(call=bytes(16), now_ms=0, first_sample=sample, pcm=pcm.tobytes()))
        sample += tick
        while (window := audio.next_window()) is not None:
            audio.voice_probability(0.9 if np.abs(window).max() > 0.05 else 0.0)
    assert audio.in_utterance
    utterance = audio.utterance()
    assert utterance.rate_hz == rate_hz
    assert abs(utterance.voice_start - rate_hz) <= 0.07 * rate_hz
    assert abs(utterance.voice_end - 2 * rate_hz) <= 0.07 * rate_hz
    assert abs(utterance.pcm.size - 1.5 * rate_hz) <= 0.1 * rate_hz


def test_a_mistake_of_ours_is_apologised_for_once_and_the_next_sentence_is_served() -> None:
    async def scenario() -> None:
        call = await greeted(ASK)
        healthy = call.conversation.dialogue
        call.conversation.dialogue = Failing()  # type: ignore[assignment]
        await call.voice(1200)
        await call.until_reply_ended(2)
        assert call.turns()[2].reply == "对不起，系统出了点问题，请您再说一遍。"
        assert call.turns()[2].action == "apologise"
        await call.silence(1000)
        assert len(call.turns()) == 2, "nothing is tried again with the words that failed"
        call.conversation.dialogue = healthy
        call.stages.answers["find_order"] = SHIPPED
        await call.voice(1200)
        await call.until_reply_ended(3)
        assert call.turns()[3].heard == "我想查一下订单A1024"

    in_loop(scenario)


def test_a_caller_who_goes_on_over_a_filler_is_heard_out() -> None:
    async def scenario() -> None:
        call = await waiting_for_business()
        await call.silence(60)
        await call.voice(600)
        call.stages.business_gate.set()
        await call.until_reply_ended(2)
        (turn,) = (turn for number, turn in call.turns().items() if number)
        assert turn.heard == "我想查一下订单A1024"
        assert call.stages.heard[-1].voiced_ms >= 1700, "both halves of the sentence"

    in_loop(scenario)


class Failing:
    """A dialogue with a bug."""

    def hear(self, state: State, heard: Heard) -> Move:
        raise ZeroDivisionError
