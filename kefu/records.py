"""The turn record: what the caller said, what we made of it, what we did, and when.

It explains every decision of a turn; events, console, metrics and evaluation are made from it.
Times are milliseconds on the call's clock, which starts when OPENED is sent and runs with the
gateway's monotonic clock; ``None`` means "did not happen".
"""

from __future__ import annotations

from typing import Annotated

import msgspec


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """Something named in what was heard."""

    type: str
    text: str
    value: str
    """Normalised: digits for numbers, ISO 8601 for dates."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One module's part in a turn."""

    started_ms: float
    took_ms: float
    fallback: str = ""
    """Empty, or which stated fall-back served instead, and why."""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """The latency ledger of a turn, on the call's clock in milliseconds."""

    voice_start_ms: float | None = None
    speech_end_ms: float | None = None
    """Last voiced sample by the VAD."""
    true_end_ms: float | None = None
    """Last syllable where it is known (demo callers, benchmarks)."""
    turn_end_ms: float | None = None
    """When turn taking decided that the caller had finished."""
    asr: Stage | None = None
    nlu: Stage | None = None
    emotion: Stage | None = None
    dialog: Stage | None = None
    business: Stage | None = None
    tts_first: Stage | None = None
    """Until the first clause of the reply was PCM (0 taken when it came from the phrase cache)."""
    first_frame_ms: float | None = None
    """First frame with voice in it out of the gateway."""
    last_frame_ms: float | None = None
    cut_ms: float | None = None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the caller said and our answer to it. Turn 0 is the greeting: nothing was heard."""

    call: str
    """Call id, 32 hexadecimal digits."""
    number: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    release: str = ""
    scenario: str = ""
    step: str = ""
    """Dialogue step after the turn."""
    language: str = ""
    keys: str = ""
    """What the caller pressed instead of speaking; empty in a private step."""
    heard: str = ""
    heard_confidence: float = 0.0
    dropped: str = ""
    """Empty, or why the utterance was not taken as speech (silence guard)."""
    intent: str = ""
    intent_confidence: float = 0.0
    entities: tuple[Entity, ...] = ()
    emotion: str = ""
    emotion_confidence: float = 0.0
    """0 with emotion ``""`` where the classifier abstained."""
    action: str = ""
    reasons: tuple[str, ...] = ()
    """Why this action: the policy's own account, one short sentence each."""
    business: str = ""
    """The business call and its answer, masked."""
    reply: str = ""
    reply_heard: str = ""
    """The reply as far as the caller took it (the cut clause up to the estimated word)."""
    reply_cut: bool = False
    reply_cached: bool = False
    """The first phrase came from the phrase cache."""
    reply_filler: bool = False
    """The first phrase was a filler that does not answer the turn."""
    voice: str = ""
    """Who spoke the reply; more than one where it changed within it: ``anna, zf_xiaoxiao``."""
    voice_troubles: tuple[str, ...] = ()
    """Why another spoke than should have, or what had to be made again: ``revoked``, ``repeats``;
    docs/records.md lists them."""
    voice_score: Annotated[int, msgspec.Meta(ge=0, le=5)] = 0
    """What the caller rated our voice in the survey at the call's end, 1 to 5; 0: nothing."""
    ledger: Ledger = Ledger()


class CallSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A call as a row of the list of calls; while it lives ``cause`` is empty."""

    call: str
    caller: str = ""
    called: str = ""
    scenario: str = ""
    language: str = ""
    release: str = ""
    opened_at: str = ""
    """ISO 8601, UTC."""
    duration_ms: int = 0
    turns: int = 0
    cause: str = ""
    outcome: str = ""
    """What the dialogue reached: ``completed``, ``transferred``, ``abandoned`` or ``""``."""
    transfer_reason: str = ""
    """Why a human was asked for, as ``Handover.reason`` says; empty: nobody was."""
    transfer_result: str = ""
    """What the PBX answered last: ``ok``, ``busy``, ``no_answer``, ``refused`` or ``""``."""
    recording: str = ""
    """File name of the call's audio in the state folder's ``recordings``; empty: none."""
    recorded_from_ms: float = 0.0
    """Where on the call's clock that file begins."""
