"""The caller's voice over ours: softer at once, silent once it is clear that he interrupts.

Nothing here ends his turn. What was over before it could interrupt (a backchannel, a noise) is
kept until recognition has said what it was, so that a short "stop" is still obeyed.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from daemon.call.backchannel import is_backchannel, wants_the_floor
from daemon.call.turn_evidence import WAIT, Decision, Evidence, State, TurnTakingSettings
from daemon.call.unfinished import digits_in

_SHORT_ANSWERS: Final = ("yes_no", "choice")


def over_our_voice(
    state: State, evidence: Evidence, settings: TurnTakingSettings
) -> tuple[State, Decision]:
    """One step while we are heard and the caller's voice has been too."""
    if state.cut:
        return state, WAIT
    if evidence.barge_in == "off" or evidence.echo >= settings.echo_share:
        why = "protected" if evidence.barge_in == "off" else "our own echo"
        if state.ducked_ms is not None:
            return _rise(state, evidence, why)
        passed = replace(state, passed_ms=evidence.voiced_ms)
        return _forget(passed, evidence, settings.dismiss_ms, why)
    fresh_ms = evidence.voiced_ms - state.passed_ms
    if evidence.voiced:
        return _voiced(state, evidence, settings, fresh_ms)
    return _silent(state, evidence, settings, fresh_ms)


def answers(evidence: Evidence) -> bool:
    """Whether a short word now would answer our question, and is no backchannel."""
    return evidence.question_begun and evidence.expects.kind in _SHORT_ANSWERS


def _voiced(
    state: State, evidence: Evidence, settings: TurnTakingSettings, fresh_ms: float
) -> tuple[State, Decision]:
    if fresh_ms < settings.barge_in_ms:
        return state, WAIT
    if evidence.barge_in == "eager":
        return _cut(state, f"{fresh_ms:.0f} ms of voice over ours")
    state = _going_on(state, evidence, settings, fresh_ms)
    over_ms = evidence.now_ms - state.over_from_ms
    voiced_ms = evidence.voiced_ms - state.over_voiced_ms
    least_ms = settings.firm_ms if evidence.barge_in == "firm" else settings.cut_ms
    # A word's last window may still be undecided: only voice in the newest one is going on.
    if (
        evidence.silence_ms <= 0
        and over_ms >= least_ms
        and voiced_ms >= least_ms * settings.voiced_share
    ):
        return _cut(state, f"{voiced_ms:.0f} ms of voice in {over_ms:.0f} ms over ours")
    if state.ducked_ms is None:
        state = replace(state, ducked_ms=evidence.now_ms)
        return state, Decision(kind="duck", reason=f"{fresh_ms:.0f} ms of voice over ours")
    return _fade(state, evidence, settings)


def _going_on(
    state: State, evidence: Evidence, settings: TurnTakingSettings, fresh_ms: float
) -> State:
    """Remember since when there has been voice over ours."""
    if evidence.now_ms - state.over_until_ms < settings.again_ms:
        return replace(state, over_until_ms=evidence.now_ms)
    return replace(
        state,
        over_from_ms=evidence.now_ms - fresh_ms,
        over_until_ms=evidence.now_ms,
        over_voiced_ms=evidence.voiced_ms - fresh_ms,
    )


def _silent(
    state: State, evidence: Evidence, settings: TurnTakingSettings, fresh_ms: float
) -> tuple[State, Decision]:
    if evidence.voiced_ms < settings.least_voice_ms:
        if state.ducked_ms is not None:
            return _fade(state, evidence, settings)
        return _forget(state, evidence, settings.dismiss_ms, "too short to be speech")
    if _words_interrupt(evidence, settings):
        return _cut(state, f"words over ours: {evidence.heard}")
    if answers(evidence) and fresh_ms >= settings.least_voice_ms:
        if evidence.silence_ms >= settings.rise_ms:
            return _cut(state, "a short answer to our question")
        return state, WAIT
    if state.ducked_ms is not None:
        faded, decision = _fade(state, evidence, settings)
        if decision.kind != "wait":
            return faded, decision
    elif evidence.heard:
        return _dismiss(state, f"no interruption: {evidence.heard}")
    rested = evidence.now_ms - state.decoded_ms >= settings.decode_every_ms
    if evidence.silence_ms >= settings.decode_ms and rested and not state.decoded:
        state = replace(state, decoded=True, decoded_ms=evidence.now_ms)
        return state, Decision(kind="decode", reason=f"{fresh_ms:.0f} ms of voice over ours")
    if state.ducked_ms is None:
        return _forget(state, evidence, settings.unheard_ms, "short, and nothing recognised")
    return state, WAIT


def _words_interrupt(evidence: Evidence, settings: TurnTakingSettings) -> bool:
    """Whether what was recognised is more than listening aloud.

    The fewer syllables, the less recognition can be believed: of a short sound only words that it
    is known to say count, and digits where digits were asked for.
    """
    if not evidence.heard or is_backchannel(evidence.heard):
        return False
    if evidence.voiced_ms >= settings.cut_ms or wants_the_floor(evidence.heard):
        return True
    asked = evidence.question_begun and evidence.expects.kind == "digits"
    return asked and digits_in(evidence.heard) > 0


def _fade(state: State, evidence: Evidence, settings: TurnTakingSettings) -> tuple[State, Decision]:
    if evidence.silence_ms < settings.rise_ms:
        return state, WAIT
    return _rise(state, evidence, f"over after {evidence.voiced_ms - state.passed_ms:.0f} ms")


def _rise(state: State, evidence: Evidence, why: str) -> tuple[State, Decision]:
    state = replace(state, ducked_ms=None, passed_ms=evidence.voiced_ms)
    return state, Decision(kind="rise", reason=why)


def _cut(state: State, why: str) -> tuple[State, Decision]:
    state = replace(state, ducked_ms=None, passed_ms=0.0, over_until_ms=-1e9, cut=True)
    return state, Decision(kind="cut", reason=why)


def _forget(state: State, evidence: Evidence, after_ms: float, why: str) -> tuple[State, Decision]:
    if evidence.voiced or evidence.silence_ms < after_ms:
        return state, WAIT
    return _dismiss(state, why)


def _dismiss(state: State, why: str) -> tuple[State, Decision]:
    return replace(state, passed_ms=0.0), Decision(kind="dismiss", reason=why)
