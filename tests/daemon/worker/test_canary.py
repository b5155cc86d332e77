"""The canary turn: sound engines pass it, one that answers nothing or nonsense does not."""

from __future__ import annotations

import copy
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from daemon.worker.canary import SENTENCE, Canary
from daemon.worker.engine_stages import EngineStages
from daemon.worker.errors import CanaryFailed
from daemon.worker.synthesis_queue import SynthesisQueue
from engines.asr.transcript import Transcript
from engines.nlu.understanding import IntentScore, Understanding
from engines.pipeline import Pipeline
from engines.tts.speech import Speech

MOST_CPU_S = 0.3
"""Of a canary that does not speak."""


class Says:
    """Answers every question with the same thing."""

    def stock(self, _: str) -> str:
        return "zf_xiaoxiao"

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def speak(self, *_: Any, **__: Any) -> Any:
        return self._answer

    hear = understand = speak


class Deaf:
    """A detector that finds no voice."""

    def listen(self, audio: Any) -> Any:
        return [0.02] * (len(audio) // 256)


def heard(text: str, dropped: str = "") -> Transcript:
    return Transcript(
        text=text, language="zh", language_probability=1.0, confidence=0.9, dropped=dropped
    )


def with_one_replaced(sound: Pipeline, stage: str, answer: Any) -> Pipeline:
    pipeline = copy.copy(sound)
    setattr(pipeline, stage, answer)
    return pipeline


Made = Callable[[Pipeline], Canary]


@pytest_asyncio.fixture
async def canary_of() -> AsyncIterator[Made]:
    made: list[EngineStages] = []

    def make(pipeline: Pipeline) -> Canary:
        made.append(EngineStages(pipeline, SimpleNamespace()))
        return Canary(made[-1])

    yield make
    for stages in made:
        stages.close()


async def test_the_release_passes_with_nothing_in_the_phrase_cache(
    lite: Pipeline, canary_of: Made
) -> None:
    assert not SENTENCE.cacheable
    assert await canary_of(lite).sing(speak=False) > 0


async def test_without_speaking_it_costs_little(lite: Pipeline, canary_of: Made) -> None:
    canary = canary_of(lite)
    await canary.sing(speak=False)
    costs = []
    for _ in range(3):
        began = time.process_time()
        await canary.sing(speak=False)
        costs.append(time.process_time() - began)
    print(f"a canary costs {min(costs):.3f} CPU seconds")
    assert min(costs) <= MOST_CPU_S


async def test_a_voice_that_falls_silent_later_is_noticed_when_a_canary_speaks(
    lite: Pipeline, canary_of: Made
) -> None:
    pipeline = copy.copy(lite)
    canary = canary_of(pipeline)
    await canary.sing(speak=False)
    await canary.sing(speak=True)
    pipeline.synthesiser = Says(SILENCE)  # type: ignore[assignment]
    canary._stages.synthesis = SynthesisQueue(pipeline.synthesiser)
    await canary.sing(speak=False)
    with pytest.raises(CanaryFailed, match="vad found no voice"):
        await canary.sing(speak=True)


async def test_a_slip_of_recognition_does_not_stop_the_service(
    lite: Pipeline, canary_of: Made
) -> None:
    slip = Says(heard("我想才定单。"))
    assert await canary_of(with_one_replaced(lite, "recogniser", slip)).sing(speak=False) > 0


SILENCE = Speech(pcm=np.zeros(24_000, np.int16), rate_hz=24_000, phonemes=9, cached=False)
WRONG = Understanding(intents=(IntentScore(intent="goodbye", probability=0.9),))


@pytest.mark.parametrize(
    ("stage", "answer", "named"),
    [
        ("recogniser", Says(heard("", dropped="no_voice")), "asr.*no_voice"),
        ("recogniser", Says(heard("谢谢观看")), "asr"),
        ("synthesiser", Says(SILENCE), "vad"),
        ("vad", Deaf(), "vad"),
        ("understander", Says(WRONG), "nlu"),
    ],
)
async def test_a_broken_stage_is_named(
    lite: Pipeline, canary_of: Made, stage: str, answer: Any, named: str
) -> None:
    with pytest.raises(CanaryFailed, match=named):
        await canary_of(with_one_replaced(lite, stage, answer)).sing(speak=False)
