"""What the dialogue remembers between turns, beside the slots: plain data inside ``State``."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from engines.dialog import moments
from engines.dialog.aloud import Reader
from engines.dialog.beliefs import Belief
from engines.dialog.moves import Clause, Expectation, Handover


class Memory(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A working copy, made fresh from ``State.memory`` for each turn and written back."""

    follow: bool = False
    """The call's language is ``auto``: answer in the language of the last confident utterance."""
    language_heard: bool = False
    beliefs: dict[str, Belief] = {}
    checked: list[str] = []
    """Slots whose value the caller has confirmed."""
    agreed: list[str] = []
    """Confirmation steps that the caller said yes to."""
    called: list[str] = []
    """Business calls that are answered, in this run of the scenario."""
    results: dict[str, str] = {}
    lead: list[Clause] = []
    """Clauses that wait in front of the reply while a business call is made."""
    reasons: list[str] = []
    """Why a business call is made: part of the account of the reply that comes of it."""
    said: list[Clause] = []
    """The last reply, for "say that again"."""
    expects: Expectation = Expectation()
    angry_turns: int = 0
    sorry: bool = False
    """The last reply began with empathy: not in the next one again."""
    served: int = 0
    """Requests that were brought to an end in this call."""
    after_offer: str = ""
    """The step to come back to when the caller declines to be put through."""
    question: str = ""
    """The step whose question was asked last."""
    skipped: list[str] = []
    """Optional slots that the caller has no value for, in this run of the scenario."""
    not_found: dict[str, str] = {}
    """Slot to the value that the business system did not know: what a correction is about."""
    keyed: str = ""
    """Digits whose letter is being looked up."""
    caller: str = ""
    """The caller's own number, which he has not said."""
    now: str = ""
    """Local time at which the call began, ISO 8601; empty: no clock was given."""
    half: moments.Half = ""
    """Of the day, named for a time that is still to be said."""
    speed: float = 1.0
    gain_db: float = 0.0
    angry: bool = False
    """The caller's last utterance was an angry one: shorter sentences."""
    leaning: str = ""
    """Another language, heard once without enough confidence."""
    recording: Literal["", "due", "on"] = ""
    """``due``: the notice is part of the next reply, and recording begins with it."""
    ending: Literal["", "completed", "transferred", "abandoned"] = ""
    """How the call ends after the last reply, so that the reply can be said again."""
    handover: Handover | None = None
    """With ``ending`` transferred."""
    done: list[str] = []
    """Scenarios that changed something in this call, for a human who takes over."""
    interrupted: str = ""
    """The step at which the caller was put through."""
    failed_transfers: int = 0
    callback_offers: int = 0
    surveyed: bool = False
    """He was asked how the voice sounds."""
    asked_for_human: bool = False
    """He said so; asked what it is about, he wants nothing else."""
    reader: Reader = msgspec.field(default_factory=Reader)
    """Of a caller who reads aloud."""

    def content(self, action: str) -> bool:
        """He was served, is neither angry nor silent, and was not asked yet how that was."""
        served = self.served > 0 and not self.angry_turns and action != "hang_up_silent"
        return served and not self.surveyed


def recall(data: dict[str, Any]) -> Memory:
    """The memory in a state. Raises msgspec.ValidationError for foreign data."""
    return msgspec.convert(data, Memory)


def store(memory: Memory) -> dict[str, Any]:
    """The memory as plain data."""
    data: dict[str, Any] = msgspec.to_builtins(memory)
    return data
