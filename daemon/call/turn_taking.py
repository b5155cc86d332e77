"""Whose turn it is: a pure function from (state, evidence) to what to do now.

The core and the VAD measure; every decision with a reason in it is taken here. The longest
pause that a caller has made inside this turn is remembered, so that a slow speaker is given
more time than a brisk one; what the dialogue has asked for decides where to begin: a yes needs
little silence behind it, a digit string has pauses in it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from daemon.call.unfinished import digits_in, sounds_unfinished
from engines.dialog.moves import Expectation

Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=60_000)]
Kind = Literal["wait", "decode", "end", "resume", "dismiss", "cut", "prompt"]


class TurnTakingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Silences and limits, in milliseconds. Defaults come from ``benchmarks/endpointing.py``."""

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
    """Voice over our own before we are silent."""
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
    protected: bool = False
    """What we are saying must not be cut."""


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


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do now, and why.

    ``decode``: begin to recognise what was said. ``end``: it is our turn. ``resume``: the caller
    goes on, our answer is withdrawn. ``dismiss``: it was no utterance. ``cut``: be silent.
    ``prompt``: nobody speaks, ask again.
    """

    kind: Kind
    reason: str = ""


WAIT = Decision(kind="wait")


def decide(
    state: State, evidence: Evidence, settings: TurnTakingSettings
) -> tuple[State, Decision]:
    """One step. Call it on every tick; nothing is remembered but the returned state."""
    state = _remember(state, evidence, settings)
    if not evidence.in_utterance:
        if evidence.quiet_ms >= settings.prompt_ms and not evidence.playing:
            return state, Decision(kind="prompt", reason=f"quiet for {evidence.quiet_ms:.0f} ms")
        return state, WAIT
    if evidence.thinking:
        if evidence.voiced:
            return state, Decision(kind="resume", reason="the caller goes on")
        return state, WAIT
    if evidence.playing:
        return state, _over_our_voice(evidence, settings)
    if evidence.utterance_ms >= settings.longest_ms:
        return state, Decision(kind="end", reason=f"longer than {settings.longest_ms:.0f} ms")
    if evidence.voiced:
        return state, WAIT
    return _in_silence(state, evidence, settings)


def end_silence_ms(
    evidence: Evidence, longest_pause_ms: float, settings: TurnTakingSettings
) -> float:
    """How much silence ends the turn."""
    expects = evidence.expects.kind
    if expects == "digits" and 0 < evidence.expects.digits <= digits_in(evidence.heard):
        return settings.end_short_ms
    if expects in ("digits", "address"):
        least = settings.end_digits_ms
    elif expects in ("yes_no", "choice") and evidence.voiced_ms <= settings.short_ms:
        least = settings.end_short_ms
    else:
        least = settings.end_open_ms
    if sounds_unfinished(evidence.heard):
        least = max(least, settings.end_unfinished_ms)
    if longest_pause_ms:
        least = max(least, longest_pause_ms + settings.pause_margin_ms)
    return min(least, settings.end_most_ms)


def _remember(state: State, evidence: Evidence, settings: TurnTakingSettings) -> State:
    if not evidence.in_utterance:
        return State(decoded_ms=state.decoded_ms)
    if not evidence.voiced:
        return msgspec.structs.replace(state, silent_ms=evidence.silence_ms)
    pause_ms = state.silent_ms if state.silent_ms >= settings.pause_ms else 0.0
    return msgspec.structs.replace(
        state,
        silent_ms=0.0,
        longest_pause_ms=max(state.longest_pause_ms, pause_ms),
        decoded=False,
    )


def _over_our_voice(evidence: Evidence, settings: TurnTakingSettings) -> Decision:
    if evidence.voiced_ms >= settings.barge_in_ms and evidence.voiced and not evidence.protected:
        return Decision(kind="cut", reason=f"{evidence.voiced_ms:.0f} ms of voice over ours")
    unheard = evidence.voiced_ms < settings.least_voice_ms or evidence.protected
    if unheard and not evidence.voiced and evidence.silence_ms >= settings.dismiss_ms:
        return Decision(kind="dismiss", reason="too short to be speech, or not listened to")
    return WAIT


def _in_silence(
    state: State, evidence: Evidence, settings: TurnTakingSettings
) -> tuple[State, Decision]:
    silence_ms = evidence.silence_ms
    if evidence.voiced_ms < settings.least_voice_ms:
        if silence_ms < settings.dismiss_ms:
            return state, WAIT
        return state, Decision(kind="dismiss", reason=f"{evidence.voiced_ms:.0f} ms of voice")
    needed_ms = end_silence_ms(evidence, state.longest_pause_ms, settings)
    if silence_ms >= needed_ms and evidence.stirring:
        return state, WAIT
    if silence_ms >= needed_ms:
        reason = f"{silence_ms:.0f} ms of silence after {evidence.expects.kind}"
        return state, Decision(kind="end", reason=reason)
    rested = evidence.now_ms - state.decoded_ms >= settings.decode_every_ms
    if silence_ms >= settings.decode_ms and rested and not state.decoded:
        state = msgspec.structs.replace(state, decoded=True, decoded_ms=evidence.now_ms)
        return state, Decision(kind="decode", reason=f"{silence_ms:.0f} ms of silence")
    return state, WAIT
