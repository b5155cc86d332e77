"""Who is spoken for first, and what stops, over a voice that speaks as slowly as it is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from msgspec.structs import replace

from daemon.worker import synthesis_queue
from daemon.worker.synthesis_queue import MOST_RESTS, SynthesisQueue, Urgency
from engines.dialog.moves import Clause
from engines.tts.errors import SpeechFailed, SpeechInterrupted
from engines.tts.kokoro import Interrupt
from engines.tts.speech import Speech


def clause(text: str) -> Clause:
    return Clause(text=text, language="zh", cacheable=True)


class SlowVoice:
    """Speaks a clause when ``go`` is set, unless it is stopped before."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.gave_way = threading.Event()
        self.spoken: list[str] = []
        self.stopped: list[str] = []
        self.unspeakable: set[str] = set()
        self.kept: dict[str, Speech] = {}

    def cached(self, clause: Clause) -> Speech | None:
        return self.kept.get(clause.text)

    def kept_as(self, clause: Clause) -> str:
        return f"{clause.voice} {clause.speed} {clause.text}"

    def speak(self, clause: Clause, interrupt: Interrupt | None = None) -> Speech:
        assert interrupt is not None
        self.began.set()
        while not self.go.wait(0.001):
            if interrupt.stopped:
                self.stopped.append(clause.text)
                self.gave_way.set()
                raise SpeechInterrupted(clause.text)
        if clause.text in self.unspeakable:
            raise SpeechFailed(clause.text)
        self.spoken.append(clause.text)
        speech = Speech(pcm=np.ones(8, np.int16), rate_hz=24_000, phonemes=1, cached=False)
        self.kept[clause.text] = speech
        return speech


@pytest.fixture
def voice() -> SlowVoice:
    return SlowVoice()


@pytest_asyncio.fixture
async def queue(voice: SlowVoice) -> AsyncIterator[SynthesisQueue]:
    queue = SynthesisQueue(voice)
    yield queue
    queue.close()


async def begun(voice: SlowVoice) -> None:
    await asyncio.get_running_loop().run_in_executor(None, voice.began.wait, 5)


async def stopped(voice: SlowVoice) -> None:
    await asyncio.get_running_loop().run_in_executor(None, voice.gave_way.wait, 5)


async def test_a_waiting_caller_goes_before_later_clauses_and_those_before_phrases(
    queue: SynthesisQueue, voice: SlowVoice
) -> None:
    tasks = [asyncio.create_task(queue.speak(clause("running"), Urgency.REPLY))]
    await begun(voice)
    for text, urgency in (("c", Urgency.CACHE), ("b", Urgency.REPLY), ("a", Urgency.CALLER)):
        tasks.append(asyncio.create_task(queue.speak(clause(text), urgency)))
        await asyncio.sleep(0)
    voice.go.set()
    await asyncio.gather(*tasks)
    assert voice.spoken == ["running", "a", "b", "c"]
    assert not voice.stopped


async def test_a_phrase_in_the_making_gives_way_and_is_made_afterwards(
    queue: SynthesisQueue, voice: SlowVoice
) -> None:
    phrases = asyncio.create_task(queue.make_phrases({"": [clause("one"), clause("two")]}))
    await begun(voice)
    call = asyncio.create_task(queue.speak(clause("caller"), Urgency.CALLER))
    await stopped(voice)
    voice.go.set()
    await call
    assert voice.spoken[0] == "caller"
    await phrases
    assert voice.spoken == ["caller", "one", "two"]


async def test_phrases_rest_while_a_stage_works_for_a_caller(
    queue: SynthesisQueue, voice: SlowVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesis_queue, "QUIET_S", 0.01)
    phrases = asyncio.create_task(queue.make_phrases({"": [clause("one"), clause("two")]}))
    await begun(voice)
    queue.stages_work()
    await stopped(voice)
    voice.go.set()
    await queue.speak(clause("canary"), Urgency.PROOF)
    await queue.speak(clause("caller"), Urgency.CALLER)
    assert voice.spoken == ["canary", "caller"]
    queue.stages_rest()
    await phrases
    assert voice.spoken == ["canary", "caller", "one", "two"]


async def test_between_two_stages_of_one_turn_phrases_do_not_go_on(
    queue: SynthesisQueue, voice: SlowVoice
) -> None:
    voice.go.set()
    queue.stages_work()
    phrases = asyncio.create_task(queue.make_phrases({"": [clause("one")]}))
    for _ in range(3):
        queue.stages_rest()
        await asyncio.sleep(0.01)
        queue.stages_work()
        assert not voice.spoken
    queue.stages_rest()
    await phrases
    assert voice.spoken == ["one"]


async def test_a_house_that_is_never_idle_has_its_phrases_in_the_end(
    queue: SynthesisQueue, voice: SlowVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesis_queue, "QUIET_S", 0.01)
    phrases = asyncio.create_task(queue.make_phrases({"": [clause("one")]}))
    for _ in range(MOST_RESTS):
        voice.began.clear()
        queue.stages_rest()
        await begun(voice)
        voice.gave_way.clear()
        queue.stages_work()
        await stopped(voice)
    voice.go.set()
    await phrases
    assert voice.spoken == ["one"]
    assert voice.stopped == ["one"] * MOST_RESTS


async def test_what_nobody_waits_for_stops_at_once(queue: SynthesisQueue, voice: SlowVoice) -> None:
    cut = asyncio.create_task(queue.speak(clause("cut"), Urgency.REPLY))
    await begun(voice)
    cut.cancel()
    await stopped(voice)
    assert voice.stopped == ["cut"]
    voice.go.set()
    await queue.speak(clause("next"), Urgency.CALLER)
    assert voice.spoken == ["next"]


async def test_a_clause_that_was_cancelled_while_it_waited_is_never_begun(
    queue: SynthesisQueue, voice: SlowVoice
) -> None:
    running = asyncio.create_task(queue.speak(clause("running"), Urgency.REPLY))
    await begun(voice)
    dropped = asyncio.create_task(queue.speak(clause("dropped"), Urgency.CALLER))
    await asyncio.sleep(0)
    dropped.cancel()
    voice.go.set()
    await running
    await queue.speak(clause("next"), Urgency.CALLER)
    assert voice.spoken == ["running", "next"]


async def test_an_unspeakable_phrase_ends_nothing(queue: SynthesisQueue, voice: SlowVoice) -> None:
    voice.unspeakable.add("one")
    voice.go.set()
    await queue.make_phrases({"": [clause("one"), clause("two")]})
    assert voice.spoken == ["two"]
    with pytest.raises(SpeechFailed):
        await queue.speak(clause("one"), Urgency.CALLER)


async def test_phrases_that_are_cached_are_not_made_again(
    queue: SynthesisQueue, voice: SlowVoice
) -> None:
    voice.go.set()
    await queue.make_phrases({"": [clause("one")]})
    await queue.make_phrases({"": [clause("one")]})
    assert voice.spoken == ["one"]


async def test_only_phrases_at_the_voices_own_speed_are_made_in_advance(
    queue: SynthesisQueue, voice: SlowVoice
) -> None:
    voice.go.set()
    await queue.make_phrases({"": [replace(clause("slow"), speed=0.8), clause("one")]})
    assert voice.spoken == ["one"]
    await queue.speak(replace(clause("slow"), speed=0.8), Urgency.CALLER)
    assert voice.spoken == ["one", "slow"]


async def test_progress_is_one_count_over_all_scenarios(
    queue: SynthesisQueue, voice: SlowVoice, caplog: pytest.LogCaptureFixture
) -> None:
    voice.go.set()
    caplog.set_level("INFO")
    await queue.make_phrases({"": [clause("both")]})
    caplog.clear()
    groups = {
        "": [clause(text) for text in ("both", "a", "b", "a")],
        "refund": [clause(text) for text in ("a", "c", "d", "e", "f")],
        "parcel": [clause("g")],
    }
    await queue.make_phrases(groups)
    assert [record.getMessage() for record in caplog.records] == [
        "phrases made=0 of=7",
        "phrases made=5 of=7",
        "phrases ready scenario=refund",
        "phrases ready scenario=parcel",
        "phrases made=7 of=7",
        "phrases complete",
    ]


async def test_what_two_scenarios_say_in_one_voice_is_made_once_and_in_two_voices_twice(
    queue: SynthesisQueue, voice: SlowVoice
) -> None:
    voice.go.set()
    anna = replace(clause("both"), voice="anna")
    await queue.make_phrases(
        {
            "refund": [replace(clause("both"), scenario="refund")],
            "parcel": [replace(clause("both"), scenario="parcel"), replace(anna, text="both.")],
        }
    )
    assert voice.spoken == ["both", "both."]


async def test_who_wants_to_know_is_told_of_what_was_synthesised_and_not_of_what_was_kept(
    queue: SynthesisQueue, voice: SlowVoice
) -> None:
    voice.go.set()
    told: list[str] = []
    queue.on_spoken = lambda said, _: told.append(said.text)
    await queue.make_phrases({"": [clause("one")]})
    await queue.make_phrases({"": [clause("one")]})
    assert told == ["one"]
