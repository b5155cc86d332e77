"""The stage of emotion: voice beside text, and either alone where the other fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest_asyncio

from daemon.call.caller_audio import Utterance
from daemon.worker.engine_stages import EngineStages
from engines.emotion.feeling import LABELS, Feeling
from engines.emotion.fusion import FusionSettings
from engines.emotion.prosody import NO_BASELINE, Baseline, measure, updated
from engines.emotion.voice import VoiceEmotionSettings

RATE = 8000


class Text:
    """Leans towards anger, not enough to say so; or fails."""

    fails = False

    def feel(self, text: str, language: str) -> Feeling:
        if self.fails:
            raise RuntimeError("no encoder")
        scores = {"angry": 0.44, "neutral": 0.26}
        return Feeling(
            label="",
            confidence=0.0,
            scores=tuple(scores.get(label, 0.05) for label in LABELS),
        )


def utterance(pitch_hz: float, level: float, *, faster: float = 1.0) -> Utterance:
    at = np.arange(2 * RATE) / RATE
    wave = np.zeros(at.size)
    for k in range(1, 8):
        wave += np.sin(2 * np.pi * k * pitch_hz * at) / k
    wave *= level * (1.02 - np.cos(2 * np.pi * 4.0 * faster * at)) / 2
    pcm = (np.clip(wave, -1, 1) * 32767).astype(np.int16)
    return Utterance(pcm=pcm, rate_hz=RATE, voice_start=0, voice_end=pcm.size, voiced_ms=2000)


USUAL = utterance(140.0, 0.05)
SHOUTED = utterance(210.0, 0.3, faster=1.3)


@pytest_asyncio.fixture
async def stages() -> AsyncIterator[EngineStages]:
    pipeline: Any = SimpleNamespace(
        feelings=Text(),
        synthesiser=None,
        voice_emotion=VoiceEmotionSettings(),
        fusion=FusionSettings(),
    )
    business: Any = None
    made = EngineStages(pipeline, business)
    yield made
    made.close()


async def baseline_of(stages: EngineStages, *said: Utterance) -> Baseline:
    baseline = NO_BASELINE
    for one in said:
        feeling, _ = await stages.feel("你好", "zh", one, baseline)
        assert feeling.prosody is not None
        baseline = updated(baseline, feeling.prosody)
    return baseline


async def test_a_shout_tips_what_the_words_leave_open(stages: EngineStages) -> None:
    baseline = await baseline_of(stages, USUAL, USUAL, USUAL)
    usual, fallback = await stages.feel("我等了两周", "zh", USUAL, baseline)
    assert (usual.label, fallback) == ("", "")
    shouted, fallback = await stages.feel("我等了两周", "zh", SHOUTED, baseline)
    assert (shouted.label, fallback) == ("angry", "")
    assert shouted.prosody == measure(SHOUTED.pcm, RATE)
    [reason] = shouted.reasons
    assert "level +" in reason
    assert reason.endswith(f"text unsure → angry {shouted.confidence:.2f}.")


async def test_the_first_utterances_are_judged_by_their_words(stages: EngineStages) -> None:
    baseline = await baseline_of(stages, USUAL)
    shouted, _ = await stages.feel("我等了两周", "zh", SHOUTED, baseline)
    assert shouted.scores == Text().feel("", "zh").scores


async def test_each_stands_in_for_the_other(stages: EngineStages) -> None:
    baseline = await baseline_of(stages, USUAL, USUAL, USUAL)
    broken = Utterance(
        pcm=np.zeros(31 * RATE, np.int16), rate_hz=RATE, voice_start=0, voice_end=0, voiced_ms=0
    )
    by_text, fallback = await stages.feel("我等了两周", "zh", broken, baseline)
    assert fallback.startswith("voice ")
    assert by_text.scores == Text().feel("", "zh").scores
    assert by_text.prosody is None
    stages.pipeline.feelings.fails = True  # type: ignore[attr-defined]
    by_voice, fallback = await stages.feel("我等了两周", "zh", SHOUTED, baseline)
    assert fallback.startswith("text ")
    assert (by_voice.label, stages.fallbacks) == ("angry", 2)
    nothing, fallback = await stages.feel("我等了两周", "zh", broken, baseline)
    assert (nothing.label, nothing.scores) == ("", ())
    assert fallback.startswith("text ")
    assert "; voice " in fallback
