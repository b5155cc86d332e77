"""Rules for what a caller asks of the conversation itself, whatever the question was."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from engines.dialog.draft import Draft
from engines.dialog.moves import Move
from engines.dialog.questions import ENDED, OPEN
from engines.dialog.reading import Reading

SLOWER: Final = 0.8
STEP_DB: Final = 6.0
MOST_DB: Final = 12.0
WAITS_MS: Final = 20_000
"""How long we stay silent for a caller who told us to stop."""


def stops(draft: Draft, reading: Reading) -> Move | None:
    """Stop: be silent and wait; nothing is agreed to and nothing is lost."""
    if reading.command != "stop" or reading.values:
        return None
    draft.because("The caller wants silence.")
    draft.memory.lead = [clause for clause in draft.memory.lead if not clause.filler]
    return draft.be_silent(replace(draft.memory.expects, no_input_ms=WAITS_MS))


def adjusts(draft: Draft, reading: Reading) -> Move | None:
    """Slower, louder, softer, normal: kept for the call, and the last reply said again so."""
    memory = draft.memory
    if reading.command == "slower":
        memory.speed = SLOWER
    elif reading.command == "normal":
        memory.speed, memory.gain_db = 1.0, 0.0
    elif reading.command == "louder":
        memory.gain_db = min(memory.gain_db + STEP_DB, MOST_DB)
    elif reading.command == "softer":
        memory.gain_db = max(memory.gain_db - STEP_DB, -MOST_DB)
    else:
        return None
    draft.because(f"The caller wants our voice {reading.command}.")
    if reading.values:
        return None  # he answered as well: that is acted upon, in the new voice
    action = "repeat_slower" if reading.command == "slower" else "repeat_reply"
    return draft.say_again(draft.words(draft.sentences.okay), action)


def lists_abilities(draft: Draft, reading: Reading) -> Move | None:
    """What can you do: say so; the question stands."""
    if reading.command != "abilities" or reading.values:
        return None
    step = OPEN if draft.step == ENDED or draft.step.startswith("call ") else draft.step
    lead = draft.words(draft.sentences.able_to)
    return draft.pose(step, "list_abilities", lead, counts=False)


def starts_over(draft: Draft, reading: Reading) -> Move | None:
    """Start over: what was said of this request is forgotten; the voice stays as set."""
    if reading.command != "restart" or reading.values:
        return None
    draft.because("The caller starts over.")
    memory = draft.memory
    memory.beliefs, memory.checked, draft.slots = {}, [], {}
    draft.begin(draft.scenario)
    lead = draft.words(draft.sentences.start_over)
    return draft.pose(OPEN, "invite_request", lead, counts=False)


def repeats(draft: Draft, reading: Reading) -> Move | None:
    """Say that again: the last reply once more."""
    sure = reading.probability >= draft.settings.understand_from
    if reading.command != "repeat" and (reading.no_more or reading.bye):
        return None  # the head hears "say that again" in "got it, nothing else"
    if reading.intent != "repeat" or not sure or reading.values or not draft.memory.said:
        return None
    return draft.say_again()
