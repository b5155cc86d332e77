"""What turn taking is told, what it remembers, what it answers, and its settings."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from engines.dialog.moves import BargeIn, Expectation

Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=60_000)]
Kind = Literal["wait", "decode", "end", "resume", "dismiss", "duck", "rise", "cut", "prompt"]


class TurnTakingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Silences and limits, in milliseconds: measured by ``benchmarks/endpointing.py``."""

    decode_ms: Milliseconds = 120
    """Silence after which recognition begins, before the turn is known to have ended."""
    decode_every_ms: Milliseconds = 1000
    """A running decode cannot be cancelled: at most one in this time and call."""
    end_open_ms: Milliseconds = 610
    """Silence that ends an answer to an open question."""
    end_short_ms: Milliseconds = 480
    """The same for a short answer (``short_ms``) to a yes-or-no question or a menu."""
    end_digits_ms: Milliseconds = 900
    """The same while a number or an address is being read out."""
    end_complete_ms: Milliseconds = 320
    """The same once all digits of a number of known length were recognised."""
    end_incomplete_ms: Milliseconds = 1200
    """The same while some of them are missing."""
    end_reading_ms: Milliseconds = 1800
    """The same while a text is being read aloud: a reader takes breath."""
    end_read_ms: Milliseconds = 700
    """The same once as much was recognised as there is to read."""
    end_unfinished_ms: Milliseconds = 1000
    """The same after words that cannot be the last ("and my", 因为)."""
    short_ms: Milliseconds = 900
    """Voice in an answer that counts as short."""
    pause_margin_ms: Milliseconds = 40
    """A caller who has paused inside the turn gets his longest pause and this."""
    end_most_ms: Milliseconds = 1400
    """No silence is waited for longer than this."""
    pause_ms: Milliseconds = 160
    """Silence between two stretches of voice that counts as a pause of the caller."""
    least_voice_ms: Milliseconds = 90
    """Less voice than this is a click or a tap, and no utterance."""
    dismiss_ms: Milliseconds = 400
    """Silence after which such a sound is forgotten."""
    barge_in_ms: Milliseconds = 64
    """Voice over our own before ours is softer; in mode ``eager``, before we are silent."""
    cut_ms: Milliseconds = 500
    """Voice over our own that goes on for longer is no backchannel: we are silent."""
    firm_ms: Milliseconds = 1000
    """The same in mode ``firm``."""
    again_ms: Milliseconds = 400
    """Voice that comes back within this goes on: a gap between two words."""
    voiced_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.6
    """So much of ``cut_ms`` or ``firm_ms`` must be voice, gaps between words left out."""
    rise_ms: Milliseconds = 120
    """Silence after shorter voice over our own before ours is as loud as it was."""
    unheard_ms: Milliseconds = 2500
    """Silence after which such voice is forgotten where recognition has not said what it was."""
    echo_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    """From this likelihood on, voice over our own is our own echo."""
    longest_ms: Milliseconds = 28_000
    """An utterance longer than this is answered as it stands: recognition hears 30 s at once."""
    prompt_ms: Milliseconds = 6000
    """Nobody speaks for so long: the question again."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one call at one moment."""

    now_ms: float
    in_utterance: bool
    """Voice has started and the utterance has not been answered or dismissed."""
    voiced: bool
    """There is voice now."""
    voiced_ms: float
    """Voice in this utterance."""
    silence_ms: float
    """Since the last voiced window; a client that sends nothing is silent."""
    utterance_ms: float
    """Since this utterance began, silences included."""
    playing: bool
    """The caller hears us now."""
    thinking: bool
    """The turn was ended and nothing of the answer is on the line: it can still be withdrawn."""
    quiet_ms: float
    """Since anybody spoke."""
    expects: Expectation = Expectation()
    stirring: bool = False
    """The newest window may be the beginning of voice, and it is too early to say."""
    heard: str = ""
    """What was said, where a decode that covers all of it is ready; empty while it is not."""
    barge_in: BargeIn = "normal"
    """How easily the caller interrupts what is playing. Without meaning while nothing is."""
    question_begun: bool = False
    """The last clause of what is playing is on the line, and it asks what ``expects`` says."""
    echo: float = 0.0
    """How likely the newest voice is our own echo, 0..1: ``slot.CallFrame.echo``."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What turn taking remembers of a call."""

    silent_ms: float = 0.0
    """Longest silence so far of the stretch of silence that is under way."""
    longest_pause_ms: float = 0.0
    """Inside this utterance."""
    decoded_ms: float = -1e9
    """When the last speculative decode began."""
    decoded: bool = False
    """A decode covers everything that was said."""
    ducked_ms: float | None = None
    """When our voice was made softer, on the clock of ``Evidence.now_ms``; None: it is not."""
    cut: bool = False
    """We were told to be silent and are heard still, until the line has obeyed."""
    over_from_ms: float = 0.0
    """When the voice over ours began, gaps below ``again_ms`` included."""
    over_until_ms: float = -1e9
    """When it was last there."""
    over_voiced_ms: float = 0.0
    """``Evidence.voiced_ms`` as it began."""
    passed_ms: float = 0.0
    """Voice in this utterance that was over before it could interrupt: it was let pass."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do now, and why.

    ``decode``: begin to recognise what was said. ``end``: it is our turn. ``resume``: the caller
    goes on, our answer is withdrawn. ``dismiss``: it was no utterance. ``duck``: our voice softer.
    ``rise``: as loud as it was. ``cut``: be silent. ``prompt``: nobody speaks, ask again.
    """

    kind: Kind
    reason: str = ""


WAIT = Decision(kind="wait")
