"""The turn loop: listening, thinking early, speaking, being interrupted, and the record."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from daemon import slot
from daemon.call.answer import FILLERS
from daemon.call.caller_audio import CallerAudio
from daemon.call.settings import VoiceSettings
from daemon.call.voice_detection import VoiceDetection
from engines.asr.transcript import Transcript
from engines.dialog.moves import BusinessCall, BusinessResult
from engines.nlu.understanding import Understanding
from tests.daemon.call.tiny import TinyCall, TinyStages, TinyVad, said, unheard
from tests.daemon.call.tiny_dialogue import TinyDialogue, step
from tests.daemon.call.tiny_line import CALL

ORDER = "我想查一下订单A1024"
ASK = said(ORDER, "order_status", ORDER_ID="A1024")
FIND = BusinessCall(name="find_order", arguments={"order_id": "A1024"}, changes=False)
REFUND = BusinessCall(name="refund", arguments={"order_id": "A1024"}, changes=True)
DONE = BusinessResult(name="refund", ok=True)


def shop() -> TinyDialogue:
    """Says where an order is, and gives the money back."""
    return TinyDialogue(
        step("open", "您好，", "请问有什么可以帮您？"),
        step("look", call=FIND),
        step("told", "您的订单已经发货了，", "还有什么可以帮您？"),
        step("missing", "没有找到这个订单。"),
        step("sure", "一共二百九十九元，手续费由我们承担，", "您确定要退款吗？", kind="yes_no"),
        step("refund", call=REFUND),
        step("refunded", "已经为您退款。"),
        step("bye", "感谢您的来电，祝您生活愉快，再见。", end="completed"),
        ways={
            ("open", ORDER): "look",
            ("look", "ok"): "told",
            ("look", "not_found"): "missing",
            ("open", "退款"): "sure",
            ("sure", "好的"): "refund",
            ("refund", "ok"): "refunded",
            ("open", "再见"): "bye",
            ("bye", "退款"): "sure",
        },
    )


async def greeted(*script: tuple[Transcript, Understanding]) -> TinyCall:
    call = TinyCall(TinyStages(*script), shop())
    call.stages.answers["find_order"] = BusinessResult(name="find_order", ok=True)
    call.stages.answers["refund"] = DONE
    await call.until_reply_ended(1)
    return call


async def waiting_for_business(waited_s: float) -> TinyCall:
    """A call whose question was heard and whose business system does not answer."""
    call = await greeted(ASK)
    call.stages.business_gate.clear()
    await call.voice(1200)
    await call.silence(800)
    await asyncio.sleep(waited_s)
    await call.silence(20)
    return call


async def test_the_greeting_is_turn_zero_and_stands_in_the_record_as_heard() -> None:
    call = await greeted()
    turn = call.turns()[0]
    assert turn.heard == ""
    assert turn.reply == "您好，请问有什么可以帮您？"
    assert turn.reply_heard == turn.reply
    assert turn.ledger.first_frame_ms is not None


async def test_a_turn_is_heard_understood_answered_and_written_down() -> None:
    call = await greeted(ASK)
    await call.voice(1200)
    await call.until_reply_ended(2)
    turn = call.turns()[1]
    assert turn.heard == ORDER
    assert turn.intent == "order_status"
    assert [entity.value for entity in turn.entities] == ["A1024"]
    assert turn.business.startswith("find_order(order_id=A1024)")
    assert turn.reply_heard == turn.reply == "您的订单已经发货了，还有什么可以帮您？"
    assert turn.reasons == (turn.reasons[0], "step told")
    assert "silence" in turn.reasons[0]
    ledger = turn.ledger
    assert ledger.voice_start_ms is not None
    assert ledger.speech_end_ms is not None
    assert ledger.turn_end_ms is not None
    assert ledger.first_frame_ms is not None
    assert ledger.voice_start_ms < ledger.speech_end_ms < ledger.turn_end_ms
    assert ledger.turn_end_ms <= ledger.first_frame_ms
    assert abs(ledger.speech_end_ms - ledger.voice_start_ms - 1200) <= 64


async def test_recognition_begins_before_the_turn_has_ended() -> None:
    call = await greeted(ASK)
    await call.voice(1200)
    await call.silence(320)
    assert len(call.stages.heard) == 1, "the speculative attempt"
    assert 1 not in call.turns(), "nothing is said before the turn has ended"
    await call.until_reply_ended(2)
    assert len(call.stages.heard) == 1, "the attempt held: nothing was recognised twice"


async def test_what_is_recognised_before_the_end_is_told_at_most_once_a_second() -> None:
    call = await greeted(ASK)
    told_at: list[float] = []
    for _ in range(4):
        await call.voice(600)
        for _ in range(20):
            before = len(call.events("heard.partial"))
            await call.silence(20)
            if len(call.events("heard.partial")) > before:
                told_at.append(call.line.now_ms)
    assert call.events("heard.partial")[0].data == {"text": ORDER, "language": "zh"}
    assert 2 <= len(told_at) <= 4
    assert min(np.diff(told_at)) >= 980
    await call.until_reply_ended(2)
    assert len(call.events("heard.partial")) == len(told_at), "after the end it is heard.final"
    assert call.events("heard.final")[0].data["text"] == ORDER


async def test_speech_that_goes_on_makes_the_attempt_void() -> None:
    call = await greeted(ASK)
    await call.voice(1000)
    await call.silence(400)
    await call.voice(1000)
    await call.until_reply_ended(2)
    assert len(call.stages.heard) >= 2
    assert call.stages.heard[-1].voiced_ms >= 1900, "both halves are one utterance"
    assert sorted(call.turns()) == [0, 1]


async def test_a_caller_who_goes_on_before_we_speak_is_heard_out() -> None:
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


async def test_an_interruption_cuts_us_and_the_record_ends_where_the_caller_stopped_listening() -> (
    None
):
    call = await greeted(ASK)
    await call.voice(1200)
    await call.until_audible()
    await call.silence(400)
    call.stages.script = [said("退款", "refund_request")]
    await call.voice(1400)
    assert call.line.cuts == [1]
    await call.until_reply_ended(3)
    first, second = call.turns()[1], call.turns()[2]
    assert first.reply_cut
    assert first.ledger.cut_ms is not None
    assert first.reply_heard != first.reply
    assert first.reasons[-1].startswith("Cut: ")
    assert first.reply.startswith(first.reply_heard.rstrip("…"))
    assert second.heard == "退款"
    assert call.stages.heard[-1].voiced_ms >= 1300, "its first syllable is kept"


async def test_an_answer_over_the_first_words_of_a_question_is_told_to_the_dialogue() -> None:
    call = await greeted(said("退款"))
    await call.voice(800)
    await call.until_audible()
    await call.silence(200)
    call.stages.script[:] = [said("好的", "affirm")]
    await call.voice(1200)
    await call.until_reply_ended(3)
    dialogue = call.conversation.parts.dialogue
    missed = [(heard.text, heard.question_missed) for heard in dialogue.heard]  # type: ignore[attr-defined]
    assert missed == [("退款", False), ("好的", True)]


async def test_who_spoke_stands_in_the_record_and_who_should_have_when_that_changes() -> None:
    call = await greeted(ASK)
    assert (call.turns()[0].voice, call.turns()[0].voice_troubles) == ("stock", ())
    call.stages.speakers = {
        "您的订单已经发货了，": ("anna", ("repeats",)),
        "还有什么可以帮您？": ("stock", ("revoked",)),
    }
    await call.voice(1200)
    await call.until_reply_ended(2)
    turn = call.turns()[1]
    assert turn.voice == "anna, stock"
    assert turn.voice_troubles == ("repeats", "revoked")


async def test_a_slow_business_system_gets_two_fillers_that_are_counted_as_such() -> None:
    call = await waiting_for_business(FILLERS[0][0] - 0.3)
    assert not call.conversation.parts.mouth.audible, "not yet"
    await asyncio.sleep(0.4)
    await call.silence(400)
    assert call.conversation.parts.mouth.audible
    await asyncio.sleep(FILLERS[1][0] - FILLERS[0][0])
    await call.silence(20)
    fillers = [clause.text for clause in call.stages.spoken if clause.filler]
    assert fillers == ["请稍等，我正在查询。", "还在查询，请再稍等一下。"]
    call.stages.business_gate.set()
    await call.until_reply_ended(2)
    turn = call.turns()[1]
    assert turn.reply_filler
    assert turn.reply == "您的订单已经发货了，还有什么可以帮您？"
    assert turn.reply_heard.endswith(turn.reply)
    assert not turn.reply_cut


async def test_a_caller_who_goes_on_over_a_filler_is_heard_out() -> None:
    call = await waiting_for_business(1.0)
    await call.silence(60)
    await call.voice(600)
    call.stages.business_gate.set()
    await call.until_reply_ended(2)
    (turn,) = (turn for number, turn in call.turns().items() if number)
    assert turn.heard == ORDER
    assert call.stages.heard[-1].voiced_ms >= 1700, "both halves of the sentence"


async def test_nothing_interrupts_a_call_that_writes() -> None:
    call = await greeted(said("退款"))
    await call.voice(800)
    await call.until_reply_ended(2)
    call.stages.script = [said("好的", "affirm")]
    call.stages.business_gate.clear()
    await call.voice(400)
    await call.silence(1000)
    assert call.stages.asked == [REFUND]
    await call.voice(1000)
    call.stages.business_gate.set()
    await call.silence(100)
    assert call.turns()[2].business.startswith("refund(")
    assert call.turns()[2].reply == "已经为您退款。"
    assert call.stages.asked == [REFUND], "written once"


async def test_a_noise_is_ignored_and_a_lost_sentence_is_asked_for_again() -> None:
    call = await greeted(unheard())
    await call.voice(200)
    await call.silence(1500)
    assert call.turns()[1].action == "ignore"
    assert not call.turns()[1].reply
    await call.voice(1500)
    await call.until_reply_ended(2)
    assert call.turns()[2].reply


async def test_a_silent_caller_is_asked_again() -> None:
    call = await greeted()
    await call.silence(6500)
    await call.until_reply_ended(2)
    assert call.turns()[1].reply


async def test_the_silence_that_a_step_allows_is_its_own() -> None:
    dialogue = TinyDialogue(step("open", "请按号码。", no_input_ms=2000))
    call = TinyCall(TinyStages(), dialogue)
    await call.until_reply_ended(1)
    await call.silence(1800)
    assert sorted(call.turns()) == [0]
    await call.silence(400)
    await call.until_reply_ended(2)


async def test_a_line_that_stands_still_is_no_silence_of_the_caller() -> None:
    call = await greeted()
    await call.silence(2000)
    call.line.now_ms += 9_000  # the client's connection was broken
    await call.silence(2000)
    assert sorted(call.turns()) == [0]


async def test_the_last_word_is_heard_before_we_hang_up() -> None:
    call = await greeted(said("再见"))
    await call.voice(600)
    await call.until_reply_ended(2)
    assert call.turns()[1].reply_heard == "感谢您的来电，祝您生活愉快，再见。"
    (close,) = call.of(slot.Close)
    assert close.cause == "completed"
    assert call.conversation.ended
    before = len(call.sent)
    await call.silence(8000)
    assert len(call.sent) == before, "a call that has ended asks nothing more"


async def test_a_goodbye_that_is_interrupted_does_not_end_the_call() -> None:
    call = await greeted(said("再见"))
    await call.voice(600)
    await call.until_audible()
    call.stages.script = [said("退款")]
    await call.voice(1200)
    await call.until_reply_ended(3)
    assert not call.of(slot.Close)


async def test_a_caller_who_speaks_over_our_last_word_is_still_answered() -> None:
    call = await greeted(said("再见"))
    await call.voice(600)
    await call.until_audible()
    await call.silence(800)
    call.stages.script = [said("退款")]
    await call.voice(400)
    await call.until_reply_ended(2)
    assert not call.of(slot.Close), "he is still being heard"
    await call.voice(600)
    await call.until_reply_ended(3)
    assert not call.of(slot.Close)
    assert call.turns()[2].heard == "退款"


async def test_closing_in_the_middle_of_a_reply_settles_it_and_leaves_nothing_running() -> None:
    call = await greeted(ASK)
    await call.voice(1200)
    await call.until_audible()
    await call.silence(300)
    call.conversation.close()
    before = len(call.sent)
    turn = call.turns()[1]
    assert turn.reply_cut
    assert turn.reply.startswith(turn.reply_heard.rstrip("…"))
    assert turn.reply_heard
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1
    assert len(call.sent) == before


async def test_a_turn_that_fails_after_it_was_taken_up_is_still_written_down() -> None:
    call = await greeted(said("退款"))
    await call.voice(800)
    await call.until_reply_ended(2)
    call.stages.script = [said("好的", "affirm")]
    dialogue: TinyDialogue = call.conversation.parts.dialogue  # type: ignore[assignment]
    del dialogue.moves["refunded"]
    await call.voice(400)
    await call.until_reply_ended(3)
    assert call.turns()[2].heard == "好的"
    assert call.turns()[3].action == "apologise"


@pytest.mark.parametrize("why", ["withdrawn", "answered"])
async def test_a_filler_that_waited_for_what_the_pbx_says_is_dropped(why: str) -> None:
    """Whose voice may not speak any more, or what has been answered meanwhile."""
    call = await waiting_for_business(FILLERS[0][0] - 0.3)
    for language in ("zh", "en"):
        filler = call.conversation.parts.phrase(FILLERS[0][1], language).text
        call.stages.speakers[filler] = ("anna", ())
    call.conversation.on_play(slot.Play(call=CALL, text="请您注意，线路正在检修。", prompt=""))
    await call.silence(200)
    await asyncio.sleep(0.4)  # the filler is made, and waits
    await call.silence(40)
    if why == "withdrawn":
        call.stages.withdraws.add("anna")
    else:
        call.stages.business_gate.set()
    await call.silence(1_500)
    assert [one.text for one in call.stages.spoken if one.filler]
    call.stages.business_gate.set()
    await call.silence(6_000)
    assert not any(turn.reply_filler for turn in call.turns().values())


async def test_a_filler_that_comes_too_late_is_not_said() -> None:
    call = await waiting_for_business(0.5)
    call.stages.speech_gate.clear()
    await asyncio.sleep(0.5)
    call.stages.business_gate.set()
    await asyncio.sleep(0)
    await call.silence(40)
    call.stages.speech_gate.set()
    await call.until_reply_ended(2)
    assert call.turns()[1].reply_heard == call.turns()[1].reply
    assert not call.turns()[1].reply_filler


async def test_a_mistake_of_ours_is_apologised_for_once_and_the_next_sentence_is_served() -> None:
    call = await greeted(ASK)
    dialogue: TinyDialogue = call.conversation.parts.dialogue  # type: ignore[assignment]
    dialogue.fails = True
    await call.voice(1200)
    await call.until_reply_ended(2)
    assert call.turns()[1].reply == "对不起，系统出了点问题，请您再说一遍。"
    assert call.turns()[1].action == "apologise"
    await call.silence(1000)
    assert len(call.turns()) == 2, "nothing is tried again with the words that failed"
    dialogue.fails = False
    await call.voice(1200)
    await call.until_reply_ended(3)
    assert call.turns()[2].heard == ORDER


async def test_recognition_that_hangs_ends_as_a_sentence_that_was_not_understood() -> None:
    call = await greeted(unheard("timeout"))
    call.stages.hearing_gate.clear()
    await call.voice(1200)
    await call.silence(3000)
    assert sorted(call.turns()) == [0], "the call ticks on"
    call.stages.hearing_gate.set()
    await call.until_reply_ended(2)
    assert call.turns()[1].dropped == "timeout"
    assert call.turns()[1].reply


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000])
@pytest.mark.parametrize("first", [0, 4_800_000])
def test_lines_are_heard_at_their_own_rate_from_any_sample_on(rate_hz: int, first: int) -> None:
    audio, detection = CallerAudio(rate_hz, VoiceSettings(), first), VoiceDetection(TinyVad())
    tick = rate_hz // 50
    sample = first
    for number in range(150):
        loud = 50 <= number < 100
        pcm = np.full(tick, 8000 if loud else 0, np.int16)
        frame = slot.CallFrame(call=bytes(16), now_ms=0, first_sample=sample, pcm=pcm.tobytes())
        detection.hear([(audio, frame)])
        sample += tick
        list(detection.detect())
    assert audio.in_utterance
    utterance = audio.utterance()
    assert utterance.rate_hz == rate_hz
    assert abs(utterance.voice_start - first - rate_hz) <= 0.07 * rate_hz
    assert abs(utterance.voice_end - first - 2 * rate_hz) <= 0.07 * rate_hz
    assert abs(utterance.pcm.size - 1.5 * rate_hz) <= 0.1 * rate_hz
    assert utterance.mel is not None
    assert abs(utterance.mel.shape[1] - 150) <= 13
