"""Whose turn it is: a pure function from (state, evidence) to what to do now.

The core and the VAD measure; every decision with a reason in it is taken here. The longest
pause that a caller has made inside this turn is remembered, so that a slow speaker is given
more time than a brisk one; what the dialogue has asked for decides where to begin: a yes needs
little silence behind it, a digit string has pauses in it.
"""

from __future__ import annotations

from msgspec.structs import replace

from daemon.call.backchannel import is_backchannel
from daemon.call.barge_in import over_our_voice
from daemon.call.turn_evidence import WAIT, Decision, Evidence, State, TurnTakingSettings
from daemon.call.unfinished import digits_in, is_read, sounds_unfinished

__all__ = ["Decision", "Evidence", "State", "TurnTakingSettings", "decide", "end_silence_ms"]


def decide(
    state: State, evidence: Evidence, settings: TurnTakingSettings
) -> tuple[State, Decision]:
    """One step. Call it on every tick; nothing is remembered but the returned state.

    Our voice is soft from ``duck`` until ``rise``, ``cut`` or its own end.
    """
    state = _remember(state, evidence, settings)
    if not evidence.in_utterance:
        return _nobody_speaks(state, evidence, settings)
    if evidence.thinking:
        if evidence.voiced:
            return state, Decision(kind="resume", reason="the caller goes on")
        return state, WAIT
    if evidence.playing:
        return over_our_voice(state, evidence, settings)
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
    if expects == "reading":
        whole = is_read(evidence.heard, evidence.expects.reads)
        return settings.end_read_ms if whole else settings.end_reading_ms
    if expects == "digits" and evidence.expects.digits and evidence.heard:
        read = digits_in(evidence.heard)
        if read >= evidence.expects.digits:
            return settings.end_complete_ms
        return max(settings.end_digits_ms, settings.end_incomplete_ms if read else 0.0)
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
    if not evidence.playing:
        state = replace(state, ducked_ms=None, cut=False)
    if not evidence.in_utterance:
        return State(decoded_ms=state.decoded_ms, ducked_ms=state.ducked_ms, cut=state.cut)
    if not evidence.voiced:
        return replace(state, silent_ms=evidence.silence_ms)
    pause_ms = state.silent_ms if state.silent_ms >= settings.pause_ms else 0.0
    return replace(
        state,
        silent_ms=0.0,
        longest_pause_ms=max(state.longest_pause_ms, pause_ms),
        decoded=False,
    )


def _nobody_speaks(
    state: State, evidence: Evidence, settings: TurnTakingSettings
) -> tuple[State, Decision]:
    if state.ducked_ms is not None:
        return replace(state, ducked_ms=None), Decision(kind="rise", reason="nobody speaks")
    patience_ms = evidence.expects.no_input_ms or settings.prompt_ms
    if evidence.quiet_ms >= patience_ms and not evidence.playing:
        return state, Decision(kind="prompt", reason=f"quiet for {evidence.quiet_ms:.0f} ms")
    return state, WAIT


def _in_silence(
    state: State, evidence: Evidence, settings: TurnTakingSettings
) -> tuple[State, Decision]:
    silence_ms = evidence.silence_ms
    if evidence.voiced_ms < settings.least_voice_ms:
        if silence_ms < settings.dismiss_ms:
            return state, WAIT
        return state, Decision(kind="dismiss", reason=f"{evidence.voiced_ms:.0f} ms of voice")
    needed_ms = end_silence_ms(evidence, state.longest_pause_ms, settings)
    if evidence.voiced_ms - state.passed_ms < settings.least_voice_ms:
        # All he said was said over our voice and let pass: only words make a turn of it.
        if is_backchannel(evidence.heard) or silence_ms >= settings.unheard_ms:
            return state, Decision(kind="dismiss", reason="said over our voice, and no more came")
        needed_ms = needed_ms if evidence.heard else settings.unheard_ms
    if silence_ms >= needed_ms and evidence.stirring:
        return state, WAIT
    if silence_ms >= needed_ms:
        reason = f"{silence_ms:.0f} ms of silence after {evidence.expects.kind}"
        return state, Decision(kind="end", reason=reason)
    rested = evidence.now_ms - state.decoded_ms >= settings.decode_every_ms
    if silence_ms >= settings.decode_ms and rested and not state.decoded:
        state = replace(state, decoded=True, decoded_ms=evidence.now_ms)
        return state, Decision(kind="decode", reason=f"{silence_ms:.0f} ms of silence")
    return state, WAIT
