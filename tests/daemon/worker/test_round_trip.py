"""What our voice has said is heard back on a sample; a voice nobody makes out is silenced."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from daemon.call.caller_audio import Utterance
from daemon.worker import round_trip
from daemon.worker.round_trip import RoundTrip, error_rate
from engines.asr.transcript import Transcript
from engines.dialog.moves import Clause, Expectation
from engines.tts.speech import Speech

FIXED = Clause(text="您的订单已经发货了。", language="zh", cacheable=True)
FREE = Clause(text="订单A1024共35.5元。", language="zh")


def speech(voice: str = "anna") -> Speech:
    return Speech(
        pcm=np.ones(24_000, np.int16), rate_hz=24_000, phonemes=9, cached=False, voice=voice
    )


class Stages:
    """Recognition says what it is told; the synthesiser notes what is asked of it."""

    def __init__(self) -> None:
        self.hears = ""
        self.fails = ""
        self.heard: list[Utterance] = []
        self.forgotten: list[Clause] = []
        self.silenced: list[str] = []
        self.synthesis = SimpleNamespace(on_spoken=None)
        self.pipeline = SimpleNamespace(
            synthesiser=SimpleNamespace(forget=self.forgotten.append, silence=self._silence)
        )

    def _silence(self, voice: str) -> bool:
        self.silenced.append(voice)
        return voice == "anna"

    async def hear(
        self, utterance: Utterance, language: str, expects: Expectation
    ) -> tuple[Transcript, str]:
        self.heard.append(utterance)
        text = Transcript(text=self.hears, language="zh", language_probability=1.0, confidence=0.9)
        return text, self.fails


def trip(stages: Stages, every: int = 1, idle: Callable[[], bool] = lambda: True) -> RoundTrip:
    return RoundTrip(stages, every, idle)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("meant", "heard", "language", "rate"),
    [
        ("您的订单已经发货了。", "您的订单已经发货了", "zh", 0.0),
        ("您的订单已经发货了。", "您的定单已经发货了", "zh", 1 / 9),
        ("一共退3个订单。", "一共退三个订单", "zh", 0.0),
        ("您好。", "", "zh", 1.0),
        ("Your order is on its way.", "your order's on its way", "en", 2 / 6),
        ("It is due on the 5th.", "it is due on the fifth", "en", 0.0),
    ],
)
def test_the_error_rate_is_of_what_is_said_and_not_of_how_it_is_written(
    meant: str, heard: str, language: Any, rate: float
) -> None:
    assert error_rate(meant, heard, language) == pytest.approx(rate)


async def run_for(
    trip: RoundTrip, monkeypatch: pytest.MonkeyPatch, done: Callable[[], bool]
) -> None:
    monkeypatch.setattr(round_trip, "LOOKED_S", 0.001)
    running = asyncio.create_task(trip.run())
    for _ in range(200):
        await asyncio.sleep(0.002)
        if done():
            break
    running.cancel()


async def test_every_nth_clause_is_heard_at_the_callers_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stages = Stages()
    stages.hears = FIXED.text
    sample = trip(stages, every=3)
    for _ in range(7):
        stages.synthesis.on_spoken(FIXED, speech())
    await run_for(sample, monkeypatch, lambda: len(stages.heard) == 2)
    assert [(one.rate_hz, one.pcm.size) for one in stages.heard] == [(8000, 8000)] * 2


@pytest.mark.parametrize("every", [0, 1])
async def test_it_is_switched_off_by_0_and_leaves_short_clauses_out(
    monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    stages = Stages()
    sample = trip(stages, every)
    short = Clause(text="好的。", language="zh")
    stages.synthesis.on_spoken(short if every else FIXED, speech())
    await run_for(sample, monkeypatch, lambda: False)
    assert stages.heard == []


async def test_while_a_call_is_open_nothing_is_heard_and_only_the_newest_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stages, idle = Stages(), [False]
    stages.hears = FIXED.text
    sample = trip(stages, 1, lambda: idle[0])
    for _ in range(50):
        stages.synthesis.on_spoken(FIXED, speech())
    await run_for(sample, monkeypatch, lambda: False)
    assert stages.heard == []
    idle[0] = True
    await run_for(sample, monkeypatch, lambda: len(stages.heard) > round_trip.MOST_WAITING)
    assert len(stages.heard) == round_trip.MOST_WAITING


async def test_a_phrase_that_is_not_made_out_leaves_the_cache_once_and_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stages = Stages()
    stages.hears = "谢谢观看"
    sample = trip(stages)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert await sample.hear(FIXED, speech("zf_xiaoxiao")) > round_trip.MOST_ERRORS
    assert stages.forgotten == [FIXED]
    assert sample.failures == {"zf_xiaoxiao": 2}
    assert "tts round trip voice=zf_xiaoxiao error_rate=1.00" in caplog.text
    assert FIXED.text in caplog.text


async def test_what_may_be_private_is_not_written_down(caplog: pytest.LogCaptureFixture) -> None:
    stages = Stages()
    with caplog.at_level(logging.DEBUG):
        await trip(stages).hear(FREE, speech())
    assert "tts round trip" in caplog.text
    assert "1024" not in caplog.text
    assert stages.forgotten == []


async def test_a_voice_that_fails_three_times_of_five_says_nothing_more() -> None:
    stages = Stages()
    sample = trip(stages)
    for hears in ("", FIXED.text, "", FIXED.text):
        stages.hears = hears
        await sample.hear(FIXED, speech())
    assert stages.silenced == []
    stages.hears = ""
    await sample.hear(FIXED, speech())
    assert stages.silenced == ["anna"]


async def test_one_voice_is_not_blamed_for_another() -> None:
    stages = Stages()
    sample = trip(stages)
    for voice in ("anna", "bert", "anna", "bert"):
        await sample.hear(FIXED, speech(voice))
    assert stages.silenced == []


async def test_recognitions_own_trouble_says_nothing_of_the_voice() -> None:
    stages = Stages()
    stages.fails = "timeout"
    sample = trip(stages)
    for _ in range(5):
        assert await sample.hear(FIXED, speech()) == 0.0
    assert sample.failures == {}
    assert not stages.silenced
    assert not stages.forgotten
