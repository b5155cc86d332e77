"""What the dialogue is told and what it answers: the vocabulary between worker and dialogue.

The dialogue is a pure state machine: ``open(...)``, ``hear(state, heard)`` and
``answer(state, result)`` each return a ``Move`` with the next state in it. It has no clock, no
socket and no database; a business call is returned, never made.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from engines.emotion.feeling import Feeling
from engines.nlu.understanding import Understanding

ANSWERED: Final = ("yes_no", "digits", "choice")
"""Kinds of expectation that one of a few words may answer."""
BargeIn = Literal["off", "firm", "normal", "eager"]


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the caller."""

    text: str
    language: Literal["zh", "en"]
    confidence: float
    understanding: Understanding
    feeling: Feeling
    question_missed: bool = False
    """He spoke over our question before its last clause had begun: a yes agrees to nothing."""
    faults: tuple[str, ...] = ()
    """What is wrong with the sound of something that was read aloud: codes of
    ``engines.samples.refusal``; empty: nothing, or it was not measured."""


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of reply that is synthesised in one go."""

    text: str
    """As written (digits, money, dates); reading it out is the synthesiser's business."""
    language: Literal["zh", "en"]
    cacheable: bool = False
    """No free variable in it: the same text can be met again, so the phrase cache holds it."""
    filler: bool = False
    """Does not answer the turn."""
    speed: Annotated[float, msgspec.Meta(ge=0.5, le=2.0)] = 1.0
    """Of speech, against the voice's own; 0.8 after "slower, please"."""
    gain_db: Annotated[float, msgspec.Meta(ge=-12.0, le=12.0)] = 0.0
    """Against the voice's own loudness; 6 after "louder, please"."""
    notice: bool = False
    """It tells that the call is recorded: no recording before it could be spoken."""
    voice: str = ""
    """Who says it; empty: whoever speaks the language."""
    scenario: str = ""
    """Where it is said: the speaker of a personal voice may have agreed to some scenarios only."""


class BusinessCall(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the business system, by name and bound arguments."""

    name: str
    arguments: dict[str, str]
    changes: bool
    """True where the call writes: such a call is never made on a speculative transcript."""


class BusinessResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the business system. ``values`` counts only where ``ok`` is true."""

    name: str
    ok: bool
    error: str = ""
    """``not_found``, ``refused``, ``unavailable`` or ``timeout`` where ``ok`` is false."""
    values: dict[str, str] = {}


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What the dialogue expects next, for turn taking and recognition."""

    kind: Literal["open", "yes_no", "digits", "choice", "address", "reading"] = "open"
    digits: int = 0
    """Length of the digit string where it is known, else 0."""
    keys: Literal["", "menu", "digits"] = ""
    """Whether the keypad answers: not at all; with one key; with a string that ``#``, its known
    length or a pause ends."""
    barge_in: BargeIn = "normal"
    """How easily the caller interrupts what asks this. ``off``: the prompt is protected."""
    private: bool = False
    """What is said or pressed here is never stored, and recording pauses."""
    no_input_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0
    """Silence after which the dialogue is told; 0: as set for all steps."""
    reads: str = ""
    """Kind ``reading``: the text that the caller reads aloud, in the language of the state."""


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """What a human who takes the call over is told: the data of EVENT ``transfer``."""

    target: str
    """A queue or extension, as the scenario names it."""
    reason: str
    """Why: ``asked``, ``not_understood``, ``no_input``, ``angry``, ``business``, ``scenario``,
    ``worker_lost``."""
    summary: str
    """One to three sentences in the language of the call."""
    slots: dict[str, str] = {}


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the dialogue remembers of a call: plain data, so that it can be saved."""

    scenario: str
    step: str
    language: Literal["zh", "en"]
    slots: dict[str, str] = {}
    asked: dict[str, int] = {}
    """How often each step has asked in a row."""
    memory: dict[str, Any] = {}


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What the dialogue does. Either ``call`` is set (answer it first) or ``reply`` is spoken."""

    state: State
    action: str
    """Dialogue act, one of ``engines.dialog.acts.ACTS``."""
    reply: tuple[Clause, ...] = ()
    call: BusinessCall | None = None
    expects: Expectation = Expectation()
    reasons: tuple[str, ...] = ()
    end: Literal["", "completed", "transferred", "abandoned"] = ""
    """Not empty: the call ends so after the reply. ``transferred``: the PBX is asked to put the
    caller through, and where that fails ``Dialogue.transferred`` goes on."""
    handover: Handover | None = None
    """With ``end`` ``transferred``."""
    score: int = 0
    """What the caller rates our voice, 1 to 5; 0: nothing."""
    recording: bool | None = None
    """True: the call's audio is recorded once the reply's ``notice`` clauses (all of it, where none
    is marked) have been spoken. None: as before."""
