"""The canary turn: sound engines pass it, one that answers nothing or nonsense does not."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from daemon.worker import canary
from daemon.worker.errors import CanaryFailed
from engines.asr.transcript import Transcript
from engines.nlu.understanding import IntentScore, Understanding
from engines.pipeline import Pipeline
from engines.tts.speech import Speech


class Says:
    """Answers every question with the same thing."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def speak(self, *_: Any, **__: Any) -> Any:
        return self._answer

    hear = understand = speak


def heard(text: str, dropped: str = "") -> Transcript:
    return Transcript(
        text=text, language="zh", language_probability=1.0, confidence=0.9, dropped=dropped
    )


def with_one_replaced(sound: Pipeline, stage: str, answer: Any) -> Pipeline:
    pipeline = copy.copy(sound)
    setattr(pipeline, stage, Says(answer))
    return pipeline


def test_the_release_passes_with_nothing_in_the_phrase_cache(lite: Pipeline) -> None:
    assert not canary.SENTENCE.cacheable
    assert canary.sing(lite) > 0


def test_a_slip_of_recognition_does_not_stop_the_service(lite: Pipeline) -> None:
    slip = heard("我想才一下我的定单。")
    assert canary.sing(with_one_replaced(lite, "recogniser", slip)) > 0


SILENCE = Speech(pcm=np.zeros(24_000, np.int16), rate_hz=24_000, phonemes=9, cached=False)
WRONG = Understanding(intents=(IntentScore(intent="goodbye", probability=0.9),))


@pytest.mark.parametrize(
    ("stage", "answer", "named"),
    [
        ("recogniser", heard("", dropped="no_voice"), "asr"),
        ("recogniser", heard("谢谢观看"), "asr"),
        ("synthesiser", SILENCE, "asr"),
        ("understander", WRONG, "nlu"),
    ],
)
def test_a_broken_stage_is_named(lite: Pipeline, stage: str, answer: Any, named: str) -> None:
    with pytest.raises(CanaryFailed, match=named):
        canary.sing(with_one_replaced(lite, stage, answer))
