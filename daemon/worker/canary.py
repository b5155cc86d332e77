"""The canary turn: one sentence through every engine before the worker says that it is ready."""

from __future__ import annotations

import datetime
import time

from daemon.call.phrases import phrase
from daemon.worker.errors import CanaryFailed
from engines.dialog.moves import Clause, Heard
from engines.pipeline import Pipeline

SENTENCE = Clause(text="我想查一下我的订单。", language="zh", cacheable=True)
RATE_HZ = 8000


def sing(pipeline: Pipeline) -> float:
    """Speak a sentence, hear it again, understand it, decide, and speak live.

    Returns:
        Seconds that it took.

    Raises:
        CanaryFailed: a stage gave no answer, or not the one that it must give.
    """
    started = time.monotonic()
    pcm = pipeline.synthesiser.speak(SENTENCE).at(RATE_HZ)
    voiced_ms = pcm.size * 1000 // RATE_HZ
    transcript = pipeline.recogniser.hear(pcm, RATE_HZ, voiced_ms=voiced_ms, language="auto")
    if transcript.dropped or not transcript.text:
        raise CanaryFailed(f"asr heard {transcript.text!r} for {SENTENCE.text!r}.")
    understanding = pipeline.understander.understand(
        transcript.text, transcript.language, datetime.date.today()
    )
    if understanding.intent != "order_status":
        raise CanaryFailed(f"nlu took {transcript.text!r} for {understanding.intent!r}.")
    feeling = pipeline.feelings.feel(transcript.text, transcript.language)
    opening = pipeline.dialogue.open("", called="", language="zh", caller="")
    move = pipeline.dialogue.hear(
        opening.state,
        Heard(
            text=transcript.text,
            language="zh",
            confidence=transcript.confidence,
            understanding=understanding,
            feeling=feeling,
        ),
    )
    if not move.reply and move.call is None:
        raise CanaryFailed("dialog had nothing to say.")
    # Not from the cache: the synthesiser itself must answer.
    live = Clause(text=phrase("waiting", "zh").text, language="zh", cacheable=False)
    if pipeline.synthesiser.speak(live).pcm.size == 0:
        raise CanaryFailed("tts gave no sound.")
    return time.monotonic() - started
