"""Goes through a scenario: the first step that is not done says what to do next.

Nothing is stored about "where we are" but what is known, agreed and answered. So a correction
needs no way back: what depended on the old value is forgotten, the first step not done is found.
"""

from __future__ import annotations

from typing import Final

from engines.dialog import beliefs
from engines.dialog.draft import Clauses, Draft
from engines.dialog.moves import BusinessResult, Move
from engines.dialog.replies import NotSayable
from engines.dialog.scenario import Ask, Call, Confirm, Outcome, Slot

MAX_RESULT_CHARACTERS: Final = 256
"""Longer results are not kept: no argument and no reply can use them."""

_ACTS: Final = {
    "not_found": "report_not_found",
    "refused": "report_refusal",
    "unavailable": "report_unavailable",
    "timeout": "report_unavailable",
}


def advance(draft: Draft, told: Clauses = ()) -> Move:
    """The move that the first step not done asks for; ``told`` is said in front."""
    for slot in draft.scenario.slots.values():
        _take_in(draft, slot)
    for step in draft.scenario.steps:
        if isinstance(step, Ask):
            move = _ask(draft, draft.scenario.slots[step.slot], told)
            if move is not None:
                return move
        elif isinstance(step, Confirm) and step.name not in draft.memory.agreed:
            draft.because(f"{step.name} needs the caller's consent.")
            return draft.pose(f"confirm {step.name}", "confirm_change", told)
        elif isinstance(step, Call) and step.name not in draft.memory.called:
            draft.memory.lead += told
            return draft.ask_business(step)
    return draft.finish(told, "provide_information")


def _take_in(draft: Draft, slot: Slot) -> None:
    value, certainty = beliefs.best(draft.memory.beliefs.get(slot.name, {}))
    if certainty >= draft.settings.check_from:
        draft.slots[slot.name] = value
    else:
        draft.slots.pop(slot.name, None)


def _ask(draft: Draft, slot: Slot, told: Clauses) -> Move | None:
    if slot.name not in draft.slots:
        draft.because(f"{slot.name} is not known.")
        again = draft.asked.get(f"ask {slot.name}", 0) > 0
        action = "ask_slot_again" if again else "ask_slot"
        return draft.pose(f"ask {slot.name}", action, told)
    if slot.confirm == "never" or slot.name in draft.memory.checked:
        return None
    _, certainty = beliefs.best(draft.memory.beliefs[slot.name])
    if slot.confirm == "when unsure" and certainty >= draft.settings.accept_from:
        return None
    draft.because(f"{slot.name} was heard with certainty {certainty:.2f}.")
    return draft.pose(f"check {slot.name}", "check_slot", told)


def decline(draft: Draft, step: Confirm) -> Move:
    """The caller says no to a change: tell that it was not made."""
    try:
        told = draft.words(step.declined)
    except NotSayable as error:
        draft.because(f"{error}.")
        return draft.transfer(draft.words(draft.sentences.failed), "report_unavailable")
    return draft.finish(told, "abandon_change")


def take_answer(draft: Draft, call: Call, result: BusinessResult) -> Move:
    """Act on the answer of the business system."""
    outcome = _outcome(call, result)
    if not result.ok:
        draft.because(f"{call.name} failed: {result.error or 'no reason given'}.")
    else:
        draft.because(f"{call.name} answered.")
        draft.memory.results.update(
            {
                name: value
                for name, value in result.values.items()
                if name in call.returns and len(value) <= MAX_RESULT_CHARACTERS
            }
        )
        draft.memory.called.append(call.name)
    if outcome is None:
        draft.because("The scenario has no outcome for that.")
        return draft.transfer(draft.words(draft.sentences.failed), "report_unavailable")
    try:
        told = draft.words(outcome.say) if outcome.say is not None else ()
    except NotSayable as error:
        # Rather no report than one that the business system did not give.
        draft.because(f"{error}.")
        return draft.transfer(draft.words(draft.sentences.failed), "report_unavailable")
    if result.ok:
        action = "report_change" if call.changes else "provide_information"
    else:
        action = _ACTS.get(result.error, "report_unavailable")
    if outcome.then == "continue":
        return advance(draft, told)
    if outcome.then == "transfer":
        return draft.transfer(told, action)
    if outcome.then == "ask again":
        return ask_again(draft, outcome.slot, action, told)
    return draft.finish(told, action)


def ask_again(draft: Draft, slot: str, action: str, told: Clauses = ()) -> Move:
    """A slot is unknown again, and so is what was found out with it."""
    step = f"ask {slot}"
    draft.asked[step] = max(draft.asked.get(step, 0), 1)  # the caller has answered it once
    draft.slots.pop(slot, None)
    draft.memory.beliefs.pop(slot, None)
    if slot in draft.memory.checked:
        draft.memory.checked.remove(slot)
    draft.forget_run()
    return draft.pose(step, action, told)


def _outcome(call: Call, result: BusinessResult) -> Outcome | None:
    for outcome in call.outcomes:
        if result.ok and not outcome.error:
            if all(result.values.get(name) == value for name, value in outcome.when.items()):
                return outcome
        elif not result.ok and outcome.error in ("any", result.error) and outcome.error:
            return outcome
    return None
