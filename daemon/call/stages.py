"""What a conversation asks of the engines: stages, awaited, that never raise.

A stage that fails gives its stated fall-back and says so, so that the call goes on
(docs/architecture.md). The worker implements this over the real engines; tests over tiny ones.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.call.caller_audio import Utterance
from engines.asr.transcript import Transcript
from engines.dialog.moves import BusinessCall, BusinessResult, Clause, Expectation
from engines.emotion.feeling import Feeling
from engines.emotion.prosody import Baseline
from engines.nlu.understanding import Understanding


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """One clause as PCM at the line's rate."""

    pcm: NDArray[np.int16]
    """(T,) int16."""
    cached: bool
    voice: str = ""
    """Who speaks in it."""
    personal: bool = False
    """It is the voice of a person, who may withdraw it."""
    troubles: tuple[str, ...] = ()
    """What went wrong before it came out (``engines.tts.speech.Speech``)."""


class Stages(Protocol):
    """Each returns its answer and the fall-back that served instead (empty: none)."""

    async def hear(
        self, utterance: Utterance, language: str, expects: Expectation
    ) -> tuple[Transcript, str]:
        """Recognise; ``language`` is zh, en or auto, ``expects`` what the question asked for."""

    async def understand(self, text: str, language: str) -> tuple[Understanding, str]:
        """Intent and entities."""

    async def feel(
        self, text: str, language: str, utterance: Utterance, baseline: Baseline
    ) -> tuple[Feeling, str]:
        """Emotion from text and voice; ``baseline`` is how this caller spoke before."""

    async def business(self, call: BusinessCall) -> tuple[BusinessResult, str]:
        """Ask the business system."""

    async def judge(self, utterance: Utterance) -> tuple[tuple[str, ...], str]:
        """What is wrong with the sound of something read aloud: codes of refusals."""

    async def speak(self, clause: Clause, rate_hz: int, *, urgent: bool) -> tuple[Sound, str]:
        """Synthesise; ``urgent`` goes before clauses that have time."""

    def withdrawn(self, clause: Clause, sound: Sound) -> bool:
        """Whether the voice of a sound may not say its clause any more; at once."""
