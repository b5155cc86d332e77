"""The stages over the engines of a release, each kind of engine on a thread of its own."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

import numpy as np
from msgspec.structs import replace

from daemon.business.adapter import Business
from daemon.call.caller_audio import Utterance
from daemon.call.stages import Sound
from daemon.journal import OF_CALL, line
from daemon.worker.synthesis_queue import SynthesisQueue, Urgency
from engines.asr.transcript import Transcript
from engines.dialog.moves import ANSWERED, BusinessCall, BusinessResult, Clause, Expectation
from engines.emotion.feeling import NO_FEELING, Feeling
from engines.emotion.fusion import fuse
from engines.emotion.prosody import Baseline, measure
from engines.emotion.voice import voice_feeling
from engines.nlu.understanding import Understanding
from engines.pipeline import Pipeline
from engines.samples.gate import judge
from kefu.errors import KefuError

log = logging.getLogger(__name__)

T = TypeVar("T")
HEAR_LIMIT_S: Final = 8.0
MIND_LIMIT_S: Final = 3.0
"""For understanding and emotion; each takes milliseconds."""
BUSINESS_LIMIT_S: Final = 4.0
SPEAK_LIMIT_S: Final = 10.0


class EngineStages:
    """Implements ``daemon.call.stages.Stages``. One event loop; engines run on three threads.

    A stage that raises is logged with its traceback, and one that hangs is no longer waited for;
    either answers with its fall-back: an utterance that could not be recognised, no intent, no
    emotion, ``unavailable`` or ``timeout``, a clause of silence.
    """

    def __init__(self, pipeline: Pipeline, business: Business) -> None:
        self.pipeline = pipeline
        self._business = business
        self._ears = ThreadPoolExecutor(1, "asr")
        self._mind = ThreadPoolExecutor(1, "nlu")
        self._shop = ThreadPoolExecutor(4, "business")
        self.synthesis = SynthesisQueue(pipeline.synthesiser)
        self.fallbacks = 0
        """Stages that failed since the start."""
        self._working = 0

    @property
    def working(self) -> bool:
        """A stage is at work; what is spoken in advance does not count."""
        return self._working > 0

    async def hear(
        self, utterance: Utterance, language: str, expects: Expectation
    ) -> tuple[Transcript, str]:
        """Recognise an utterance; a failure is an utterance that was not understood."""
        recogniser = self.pipeline.recogniser

        def work() -> Transcript:
            return recogniser.hear(
                utterance.pcm,
                utterance.rate_hz,
                voiced_ms=utterance.voiced_ms,
                language=language,
                answer=expects.kind in ANSWERED,
                mel=utterance.mel,
            )

        nothing = Transcript(
            text="", language="zh", language_probability=0.0, confidence=0.0, dropped="failed"
        )
        late = replace(nothing, dropped="timeout")
        return await self._run(self._ears, "asr", work, nothing, limit_s=HEAR_LIMIT_S, late=late)

    async def understand(self, text: str, language: str) -> tuple[Understanding, str]:
        """Intent and entities; a failure is no intent."""
        today = datetime.date.today()

        def work() -> Understanding:
            return self.pipeline.understander.understand(text, language, today)

        return await self._run(self._mind, "nlu", work, Understanding(intents=()))

    async def feel(
        self, text: str, language: str, utterance: Utterance, baseline: Baseline
    ) -> tuple[Feeling, str]:
        """Emotion of text and voice, fused; where one of them fails, the other alone."""
        pipeline = self.pipeline

        def of_voice() -> Feeling:
            prosody = measure(utterance.pcm, utterance.rate_hz)
            return voice_feeling(prosody, baseline, pipeline.voice_emotion)

        by_text, by_voice = await asyncio.gather(
            self._run(
                self._mind, "emotion", lambda: pipeline.feelings.feel(text, language), NO_FEELING
            ),
            self._run(self._mind, "prosody", of_voice, NO_FEELING),
        )
        fallback = "; ".join(
            f"{name} {failure}"
            for name, failure in (("text", by_text[1]), ("voice", by_voice[1]))
            if failure
        )
        return fuse(by_voice[0], by_text[0], pipeline.fusion), fallback

    async def business(self, call: BusinessCall) -> tuple[BusinessResult, str]:
        """Ask the business system; a failure is ``unavailable``, a long wait ``timeout``."""
        failed = BusinessResult(name=call.name, ok=False, error="unavailable")
        return await self._run(
            self._shop,
            "business",
            lambda: self._business.call(call),
            failed,
            limit_s=BUSINESS_LIMIT_S,
            late=replace(failed, error="timeout"),
        )

    async def judge(self, utterance: Utterance) -> tuple[tuple[str, ...], str]:
        """What is wrong with the sound of something read aloud; a failure finds nothing."""

        def work() -> tuple[str, ...]:
            report = judge(utterance.pcm, utterance.rate_hz)
            return tuple(one.code for one in report.refusals)

        return await self._run(self._mind, "judge", work, ())

    async def speak(self, clause: Clause, rate_hz: int, *, urgent: bool) -> tuple[Sound, str]:
        """Synthesise a clause; a failure is 200 ms of silence, so that the reply goes on."""
        try:
            urgency = Urgency.CALLER if urgent else Urgency.REPLY
            cached = self.pipeline.synthesiser.cached(clause)
            speech = cached
            if speech is None:
                waiting = self.synthesis.speak(clause, urgency)
                with self._at_work():
                    speech = await asyncio.wait_for(waiting, SPEAK_LIMIT_S)
            sound = Sound(
                pcm=speech.at(rate_hz),
                cached=cached is not None,
                voice=speech.voice,
                personal=self.pipeline.synthesiser.is_personal(speech.voice),
                troubles=speech.troubles,
            )
            return sound, ""
        except Exception as error:
            self.fallbacks += 1
            # The error may quote the clause, which may be private: neither its text nor its trace.
            name = error.code if isinstance(error, KefuError) else type(error).__name__
            log.error(
                line(
                    "stage failed", stage="tts", characters=len(clause.text), error=name, **_call()
                )
            )
            silence = np.zeros(rate_hz // 5, np.int16)
            return Sound(pcm=silence, cached=False), f"silence: {name}"

    def withdrawn(self, clause: Clause, sound: Sound) -> bool:
        """Whether the voice of a sound may not say its clause any more; at once."""
        return self.pipeline.synthesiser.withdrawn(clause, sound.voice)

    def close(self) -> None:
        """End the threads; what is queued is dropped."""
        self.synthesis.close()
        for executor in (self._ears, self._mind, self._shop):
            executor.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        if not self._working:
            self.synthesis.stages_work()
        self._working += 1
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self.synthesis.stages_rest()

    async def _run(
        self,
        executor: ThreadPoolExecutor,
        stage: str,
        work: Callable[[], T],
        fallback: T,
        *,
        limit_s: float | None = None,
        late: T | None = None,
    ) -> tuple[T, str]:
        """``work`` on a thread; ``late`` (else ``fallback``) where that takes too long."""
        limit_s = MIND_LIMIT_S if limit_s is None else limit_s
        running = asyncio.get_running_loop().run_in_executor(executor, work)
        try:
            with self._at_work():
                return await asyncio.wait_for(running, limit_s), ""
        except asyncio.TimeoutError:
            self.fallbacks += 1
            log.warning(line("stage late", stage=stage, after_s=limit_s, **_call()))
            return late or fallback, "timeout"
        except Exception as error:
            self.fallbacks += 1
            log.exception(line("stage failed", stage=stage, **_call()))
            return fallback, f"failed: {type(error).__name__}"


def _call() -> dict[str, str]:
    """The call that a stage works for, for its log lines; none where it works for nobody."""
    call = OF_CALL.get()
    return {"call": call} if call else {}
