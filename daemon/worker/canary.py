"""The canary turn: one sentence of ours through every stage, as a caller's goes.

Before the worker says that it is ready, and again whenever no caller's turn has proved it for a
while. The first one speaks what it hears; those after it hear that again, and where they are to
speak they say a short word, since speaking costs ten times as much as all the rest.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from daemon.call.caller_audio import Utterance
from daemon.worker.engine_stages import EngineStages
from daemon.worker.errors import CanaryFailed
from daemon.worker.synthesis_queue import Urgency
from engines.dialog.moves import Clause, Expectation, Heard
from engines.emotion.prosody import Baseline

SENTENCE: Final = Clause(text="我想查订单。", language="zh", cacheable=False)
"""Never from the phrase cache: the synthesiser itself must answer. Short, and long enough for
the short encoder input: a word of half a second is decoded again on the long one."""
WORD: Final = Clause(text="好的。", language="zh", cacheable=False)
INTENT: Final = "order_status"
RATE_HZ: Final = 8000
LEAST_HEARD: Final = 0.5
"""Share of the sentence's characters that recognition must give back: a broken network gives
none of them, a sound one errs in one or two."""
LEAST_VOICE: Final = 0.5
"""Probability of voice in the surest window of the sentence."""
SPEAK_LIMIT_S: Final = 30.0
"""Whatever callers wait for is spoken first."""


class Canary:
    """Sings through the stages of a worker, behind what its callers wait for."""

    def __init__(self, stages: EngineStages) -> None:
        self._stages = stages
        self._clip: NDArray[np.int16] | None = None

    async def sing(self, *, speak: bool) -> float:
        """Hear the sentence, understand it, and decide; where ``speak`` is true, say a word too.

        Returns:
            Seconds that it took.

        Raises:
            CanaryFailed: a stage gave no answer, or not the one that it must give.
        """
        started = time.monotonic()
        if self._clip is None:
            self._clip = await self._speak(SENTENCE)
        elif speak:
            await self._detect_voice(await self._speak(WORD))
        await self._detect_voice(self._clip)
        await self._understand(self._clip)
        return time.monotonic() - started

    async def _speak(self, clause: Clause) -> NDArray[np.int16]:
        """(T,) int16 at 8 kHz, in the stock voice: a personal one that fails ends no worker."""
        stock = self._stages.pipeline.synthesiser.stock(clause.language)
        speaking = self._stages.synthesis.speak(replace(clause, voice=stock), Urgency.PROOF)
        try:
            speech = await asyncio.wait_for(speaking, SPEAK_LIMIT_S)
        except asyncio.TimeoutError:
            raise CanaryFailed(f"tts said nothing for {SPEAK_LIMIT_S:.0f} s.") from None
        return speech.at(RATE_HZ)

    async def _detect_voice(self, clip: NDArray[np.int16]) -> None:
        surest = 0.0
        audio = clip.astype(np.float32) / np.float32(32768)
        for probability in self._stages.pipeline.vad.listen(audio):
            surest = max(surest, probability)
            await asyncio.sleep(0)  # the lines go first
        if surest < LEAST_VOICE:
            raise CanaryFailed(f"vad found no voice in what tts said: {surest:.2f}.")

    async def _understand(self, clip: NDArray[np.int16]) -> None:
        stages, text = self._stages, SENTENCE.text
        utterance = Utterance(
            pcm=clip,
            rate_hz=RATE_HZ,
            voice_start=0,
            voice_end=clip.size,
            voiced_ms=clip.size * 1000 // RATE_HZ,
        )
        transcript, fallback = await stages.hear(utterance, SENTENCE.language, Expectation())
        heard = set(text) & set(transcript.text)
        if transcript.dropped or len(heard) < LEAST_HEARD * len(set(text)):
            reason = fallback or transcript.dropped
            raise CanaryFailed(f"asr heard {transcript.text!r} for {text!r} {reason}".rstrip())
        # By the text as it was meant: what recognition errs in is no fault of what follows it.
        understanding, fallback = await stages.understand(text, SENTENCE.language)
        if understanding.intent != INTENT:
            raise CanaryFailed(
                f"nlu took {text!r} for {understanding.intent!r}. {fallback}".rstrip()
            )
        feeling, fallback = await stages.feel(text, SENTENCE.language, utterance, Baseline())
        if fallback:
            raise CanaryFailed(f"emotion: {fallback}.")
        dialogue = stages.pipeline.dialogue
        opening = dialogue.open("", called="", language=SENTENCE.language, caller="")
        move = dialogue.hear(
            opening.state,
            Heard(
                text=text,
                language=SENTENCE.language,
                confidence=transcript.confidence,
                understanding=understanding,
                feeling=feeling,
            ),
        )
        if not move.reply and move.call is None:
            raise CanaryFailed("dialog had nothing to say.")
