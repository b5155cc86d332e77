"""The canary turn: one sentence through every engine before the worker says that it is ready."""

from __future__ import annotations

import datetime
import time
from typing import Final

from daemon.worker.errors import CanaryFailed
from engines.dialog.moves import Clause, Heard
from engines.pipeline import Pipeline

SENTENCE: Final = Clause(text="我想查一下我的订单。", language="zh", cacheable=False)
"""Never from the phrase cache: the synthesiser itself must answer."""
RATE_HZ: Final = 8000
LEAST_HEARD: Final = 0.5
"""Share of the sentence's characters that recognition must give back: a broken network gives
none of them, a sound one errs in one or two."""


def sing(pipeline: Pipeline) -> float:
    """Speak a sentence live, hear it again, understand it, and decide.

    Returns:
        Seconds that it took.

    Raises:
        CanaryFailed: a stage gave no answer, or not the one that it must give.
    """
    started = time.monotonic()
    pcm = pipeline.synthesiser.speak(SENTENCE).at(RATE_HZ)
    voiced_ms = pcm.size * 1000 // RATE_HZ
    transcript = pipeline.recogniser.hear(pcm, RATE_HZ, voiced_ms=voiced_ms, language="auto")
    heard = set(SENTENCE.text) & set(transcript.text)
    if transcript.dropped or len(heard) < LEAST_HEARD * len(set(SENTENCE.text)):
        raise CanaryFailed(f"asr heard {transcript.text!r} for {SENTENCE.text!r}.")
    # By the text as it was meant: what recognition errs in is no fault of the stages behind it.
    understanding = pipeline.understander.understand(SENTENCE.text, "zh", datetime.date.today())
    if understanding.intent != "order_status":
        raise CanaryFailed(f"nlu took {SENTENCE.text!r} for {understanding.intent!r}.")
    feeling = pipeline.feelings.feel(SENTENCE.text, "zh")
    opening = pipeline.dialogue.open("", called="", language="zh", caller="")
    move = pipeline.dialogue.hear(
        opening.state,
        Heard(
            text=SENTENCE.text,
            language="zh",
            confidence=transcript.confidence,
            understanding=understanding,
            feeling=feeling,
        ),
    )
    if not move.reply and move.call is None:
        raise CanaryFailed("dialog had nothing to say.")
    return time.monotonic() - started
