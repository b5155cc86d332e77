"""What an utterance teaches about slots: evidence into beliefs."""

from __future__ import annotations

import re
from typing import Final

from engines.dialog import beliefs, moments
from engines.dialog.draft import Draft
from engines.dialog.questions import ANYTHING_ELSE, ENDED, OPEN
from engines.dialog.reading import Reading
from engines.dialog.scenario import Slot

_PIECES: Final = re.compile(r"[\u4e00-\u9fff]|[A-Za-z0-9']+")
_STORY_PIECES: Final = 6
"""Characters or words from which on a sentence with a problem in it tells what happened."""
_NAME_PIECES: Final = 7
"""So many at most, when all that is said is what it is to be."""


def learn_all(draft: Draft, reading: Reading) -> set[str]:
    """Learn all values that were named; the slots that something was learnt about."""
    return {
        name for name, slot in draft.playbook.slots().items() if learn(draft, reading, name, slot)
    }


def learn(draft: Draft, reading: Reading, name: str, slot: Slot) -> bool:
    """Add what was said about a slot to its belief; whether it tells us something."""
    denied, value = reading.denied.get(name, ()), reading.values.get(name, "")
    if not value and not denied:
        return False
    if slot.takes == "moment" and name not in draft.scenario.slots:
        return False  # when it was bought is not when to call back
    weights = draft.settings.update_weights
    belief = draft.memory.beliefs.get(name, {})
    old, _ = beliefs.best(belief)
    for wrong in denied:
        belief = beliefs.update(belief, "deny", wrong, reading.confidence, weights)
    if value and value == old:
        asked = draft.step in (f"check {name}", f"ask {name}", f"suggest {name}")
        belief = beliefs.update(
            belief, "confirm" if asked else "new", value, reading.confidence, weights
        )
        if draft.step in (f"check {name}", f"suggest {name}") and reading.yes is not False:
            draft.check_off(name)
    elif value:
        if draft.step in (OPEN, ANYTHING_ELSE, ENDED) or slot.takes == "moment":
            belief = {}  # another matter, not a correction; a time has its other half in it
        asked_back = draft.step in (f"check {name}", f"suggest {name}")
        asked_back = asked_back or draft.step.startswith(("confirm ", "correct "))
        corrects = bool(belief) and (reading.corrects or asked_back)
        kind: beliefs.Kind = "correct" if corrects else "new"
        belief = beliefs.update(belief, kind, value, reading.confidence, weights)
        draft.because(f"{name} is {draft.shown(name, value)} ({kind}).")
    draft.memory.beliefs[name] = belief
    if slot.takes == "moment" and value:
        draft.memory.half = (reading.half or draft.memory.half) if moments.missing(value) else ""
    if name in draft.memory.skipped and value:
        draft.memory.skipped.remove(name)
    if beliefs.best(belief)[0] != old:
        if name in draft.memory.checked:
            draft.memory.checked.remove(name)
        draft.forget_run()
        # Something was learnt: what else was asked in vain before does not count against him.
        own = f"ask {name}"
        draft.asked = {step: n if step == own else min(n, 1) for step, n in draft.asked.items()}
        more = not old or (bool(moments.missing(old)) and not moments.missing(value))
        if slot.takes == "moment" and more:
            draft.asked.pop(own, None)  # half of it is an answer, and its question one of its own
    return True


def learn_times(draft: Draft, reading: Reading) -> None:
    """A time that was said when the scenario began: only from there on is it one of its slots."""
    for name, slot in draft.scenario.slots.items():
        if slot.takes == "moment":
            learn(draft, reading, name, slot)


def take_sentence(draft: Draft, slot: Slot, reading: Reading) -> None:
    """All that was said is the value."""
    draft.memory.beliefs[slot.name] = {reading.sentence: 1.0}
    draft.because(f"{slot.name} is what he said.")


def tells_story(draft: Draft, reading: Reading) -> bool:
    """Whether an utterance says what is wrong, and not only that something is."""
    return names_issue(draft, reading) and pieces(reading) >= _STORY_PIECES


def names_only(draft: Draft, reading: Reading) -> bool:
    """Whether "I have a complaint" is all that was said."""
    short = pieces(reading) <= _NAME_PIECES
    return bool(reading.topic) and short and not names_issue(draft, reading)


def pieces(reading: Reading) -> int:
    """Characters or words of what was said."""
    return len(_PIECES.findall(reading.sentence))


def names_issue(draft: Draft, reading: Reading) -> bool:
    """Whether it is said what is wrong."""
    slots = draft.playbook.slots()
    return any(slots[name].entity == "ISSUE" for name in reading.values if name in slots)


def sure(draft: Draft, reading: Reading) -> bool:
    """Whether the intent is likely enough to be acted upon."""
    return reading.probability >= draft.settings.understand_from


def means(draft: Draft, reading: Reading, intent: str) -> bool:
    """Whether that intent is meant, surely enough."""
    return reading.intent == intent and sure(draft, reading)
