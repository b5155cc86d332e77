"""What thinking about an utterance gives: everything a turn is made of before it is answered."""

from __future__ import annotations

import asyncio

import msgspec

from daemon.call.caller_audio import Utterance
from daemon.call.stages import Sound
from engines.asr.transcript import Transcript
from engines.dialog.moves import BusinessCall, BusinessResult, Move
from engines.emotion.feeling import Feeling
from engines.emotion.prosody import Prosody
from engines.nlu.understanding import Understanding
from kefu.records import Stage


class Thought(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance, understood and decided upon, with the time that each module took."""

    utterance: Utterance
    transcript: Transcript
    asr: Stage
    understanding: Understanding = Understanding(intents=())
    feeling: Feeling = Feeling(label="", confidence=0.0)
    prosody: Prosody | None = None
    """How it was said, where that was measured: it updates the caller's baseline."""
    nlu: Stage | None = None
    emotion: Stage | None = None
    dialog: Stage | None = None
    business: Stage | None = None
    business_text: str = ""
    move: Move | None = None
    """None where the utterance was dropped. Its ``call`` is set where a write must be made."""
    first_sound: asyncio.Task[tuple[Sound, Stage]] | None = None
    """The first clause of the reply, being synthesised."""


def describe(call: BusinessCall, result: BusinessResult, *, private: bool = False) -> str:
    """One exchange with the business system, for the turn record; ``private``: not with what."""
    asked = ", ".join(f"{key}={value}" for key, value in call.arguments.items())
    asked = "…" if private else asked
    if not result.ok:
        return f"{call.name}({asked}) -> {result.error}"
    answered = ", ".join(f"{key}={value}" for key, value in result.values.items())
    return f"{call.name}({asked}) -> {answered}"
