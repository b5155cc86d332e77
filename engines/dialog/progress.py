"""Goes through a scenario: the first step that is not done says what to do next.

Nothing is stored about "where we are" but what is known, agreed and answered. So a correction
needs no way back: what depended on the old value is forgotten, the first step not done is found.
"""

from __future__ import annotations

from typing import Final

from engines.dialog import aloud, beliefs, moments
from engines.dialog.draft import Clauses, Draft
from engines.dialog.fitting import fit_slot
from engines.dialog.handover import Reason
from engines.dialog.moves import BusinessResult, Move
from engines.dialog.questions import ANYTHING_ELSE, ENDED, RATE_VOICE, manner_of
from engines.dialog.replies import NotSayable, say
from engines.dialog.scenario import (
    LANGUAGES,
    Ask,
    Call,
    Confirm,
    Outcome,
    Read,
    Slot,
    Transfer,
)
from engines.samples.sentences import sentences

MAX_RESULT_CHARACTERS: Final = 256
"""Longer results are not kept: no argument and no reply can use them."""
WRONG_ANSWER: Final = "wrong_answer"
"""The error of a call whose answer cannot be true."""

_ACTS: Final = {
    "not_found": "report_not_found",
    "refused": "report_refusal",
    "unavailable": "report_unavailable",
    "timeout": "report_unavailable",
    WRONG_ANSWER: "report_unavailable",
}


def advance(draft: Draft, told: Clauses = (), action: str = "ask_slot") -> Move:
    """The move that the first step not done asks for; ``told`` is said in front.

    ``action``: of a move that asks for something to be read.
    """
    for slot in draft.scenario.slots.values():
        _take_in(draft, slot)
    for step in draft.scenario.steps:
        if isinstance(step, Ask):
            move = _ask(draft, step, draft.scenario.slots[step.slot], told)
            if move is not None:
                return move
        elif isinstance(step, Confirm) and step.name not in draft.memory.agreed:
            draft.because(f"{step.name} needs the caller's consent.")
            return draft.pose(f"confirm {step.name}", "confirm_change", told)
        elif isinstance(step, Call) and step.name not in draft.memory.called:
            draft.memory.lead += told
            return draft.ask_business(step)
        elif isinstance(step, Read):
            reads = _read(draft, step)
            if reads:
                return draft.pose(reads, action, told)
        elif isinstance(step, Transfer):
            asked = "speak_to_human" in draft.scenario.starts_on
            reason: Reason = "asked" if asked else "scenario"
            return draft.transfer(told, reason=reason, target=step.name)
    if draft.scenario.reading is not None:
        draft.memory.served += 1
        finished = draft.words(draft.scenario.reading.finished)
        return draft.goodbye((*told, *finished), "return_thanks")
    return draft.finish(told, "provide_information")


def ask_further(draft: Draft, step: str, action: str, lead: Clauses = ()) -> Move:
    """The question again after it was asked in vain; an optional one is left in the end."""
    if step == RATE_VOICE:
        return draft.goodbye()
    optional = draft.optional(step)
    if optional is not None and draft.asked.get(step, 0) >= draft.patience(step):
        draft.skip(optional.slot)
        return advance(draft)
    return draft.pose(step, action, lead)


def not_understood(draft: Draft) -> Move:
    """Say so and ask again."""
    step = current_step(draft)
    own = manner_of(draft.scenario, step).no_match
    lead = draft.words(own if own is not None else draft.sentences.not_heard)
    return ask_further(draft, step, "ask_clarification", lead)


def current_step(draft: Draft) -> str:
    """The step whose question stands."""
    if draft.step == ENDED or draft.step.startswith("call "):
        return ANYTHING_ELSE
    return draft.step


def _take_in(draft: Draft, slot: Slot) -> None:
    value, certainty = beliefs.best(draft.memory.beliefs.get(slot.name, {}))
    whole = slot.takes != "moment" or not moments.missing(value)
    if certainty >= draft.settings.check_from and whole and slot.name not in draft.memory.skipped:
        draft.slots[slot.name] = value
    else:
        draft.slots.pop(slot.name, None)


def _ask(draft: Draft, step: Ask, slot: Slot, told: Clauses) -> Move | None:
    if slot.name in draft.memory.skipped:
        return None
    if slot.name not in draft.slots:
        draft.because(f"{slot.name} is not known.")
        again = draft.asked.get(f"ask {slot.name}", 0) > 0
        if again and step.optional:
            return ask_further(draft, f"ask {slot.name}", "ask_slot_again", told)
        return draft.pose(f"ask {slot.name}", "ask_slot_again" if again else "ask_slot", told)
    if slot.takes == "moment":
        move = _suggest(draft, slot, told)
        if move is not None:
            return move
    if slot.confirm == "never" or slot.name in draft.memory.checked:
        return None
    _, certainty = beliefs.best(draft.memory.beliefs[slot.name])
    if slot.confirm == "when unsure" and certainty >= draft.settings.accept_from:
        return None
    draft.because(f"{slot.name} was heard with certainty {certainty:.2f}.")
    return draft.pose(f"check {slot.name}", "check_slot", told)


def _read(draft: Draft, step: Read) -> str:
    """The step at which something is still to be read; empty: all of it was."""
    reader, results = draft.memory.reader, draft.memory.results
    if step.name == "consent":
        given = reader.consented or results.get("consented") == "yes"
        return "" if given else aloud.CONSENT
    reader.done = sorted({*reader.done, *aloud.numbers_in(results.get("done", ""))})
    number = reader.next(step.count, len(sentences(draft.language)))
    return aloud.step_of(number) if number else ""


def _suggest(draft: Draft, slot: Slot, told: Clauses) -> Move | None:
    """A time at which nobody can be there is answered with the nearest one at which somebody is."""
    value, hours = draft.slots[slot.name], draft.scenario.hours
    problem = moments.problem(value, draft.now, hours)
    why = {"past": slot.past, "closed": slot.closed}.get(problem)
    if why is None:
        return None
    draft.because(f"{slot.name} {value} is {problem}.")
    offered = moments.nearest(value, draft.now, hours)
    # Enough to be asked about, not enough to be taken without a yes.
    doubtful = (draft.settings.check_from + draft.settings.accept_from) / 2
    draft.memory.beliefs[slot.name] = {offered: doubtful}
    draft.slots[slot.name] = offered
    if slot.name in draft.memory.checked:
        draft.memory.checked.remove(slot.name)
    return draft.pose(f"suggest {slot.name}", "offer_alternative", (*told, *draft.words(why)))


def decline(draft: Draft, step: Confirm) -> Move:
    """The caller says no to a change: tell that it was not made."""
    try:
        told = draft.words(step.declined)
    except NotSayable as error:
        return draft.cannot_tell(error)
    return draft.finish(told, "abandon_change")


def take_completion(draft: Draft, slot: Slot, result: BusinessResult) -> Move:
    """The one value that has the keyed digits is asked about; without one, he is to say it."""
    keyed, draft.memory.keyed = draft.memory.keyed, ""
    value = result.values.get(slot.name, "") if result.ok else ""
    if not isinstance(value, str) or not value.endswith(keyed):
        value = ""
    if not fit_slot(slot, value, "", draft.language):
        draft.because(f"{result.name} knows no one value: {result.error or 'none that fits'}.")
        return ask_again(draft, slot.name, "ask_slot_again")
    draft.because(f"{result.name} completed {slot.name}.")
    doubtful = (draft.settings.check_from + draft.settings.accept_from) / 2
    draft.memory.beliefs[slot.name] = {value: doubtful}
    return advance(draft)


def take_answer(draft: Draft, call: Call, result: BusinessResult) -> Move:
    """Act on the answer of the business system."""
    result = _believed(draft, call, result)
    outcome = _outcome(call, result)
    if not result.ok:
        draft.because(f"{call.name} failed: {result.error or 'no reason given'}.")
    else:
        draft.because(f"{call.name} answered.")
        draft.memory.results.update(
            {name: value for name, value in result.values.items() if name in call.returns}
        )
        _speak_language(draft)
        draft.memory.called.append(call.name)
        if call.changes and draft.scenario.name not in draft.memory.done:
            draft.memory.done.append(draft.scenario.name)
    if outcome is None:
        draft.because("The scenario has no outcome for that.")
        failed = draft.words(draft.sentences.failed)
        return draft.transfer(failed, "report_unavailable", "business")
    try:
        told = draft.words(outcome.say) if outcome.say is not None else ()
    except NotSayable as error:
        return draft.cannot_tell(error)
    if result.ok:
        action = "report_change" if call.changes else "provide_information"
    else:
        action = _ACTS.get(result.error, "report_unavailable")
    if outcome.then == "continue":
        return advance(draft, told)
    if outcome.then == "end":
        return draft.goodbye(told, action)
    if outcome.then == "transfer":
        reason: Reason = "scenario" if result.ok else "business"
        return draft.transfer(told, action, reason, outcome.target)
    if outcome.then == "ask again":
        draft.memory.not_found[outcome.slot] = draft.belief(outcome.slot)
        return ask_again(draft, outcome.slot, action, told)
    return draft.finish(told, action)


def _speak_language(draft: Draft) -> None:
    """Who reads aloud is spoken to in the language of what he reads."""
    language = draft.memory.results.get("language", "")
    for spoken in LANGUAGES:
        if draft.scenario.reading is not None and language == spoken:
            draft.language, draft.memory.follow = spoken, False


def _believed(draft: Draft, call: Call, result: BusinessResult) -> BusinessResult:
    """The answer, or a failure where it says what the scenario knows to be impossible."""
    if not result.ok:
        return result
    for name, kind in call.returns.items():
        value = result.values.get(name, "")
        reason = ""
        if not isinstance(value, str):
            reason = f"{name} is no text"
        elif kind.kind == "same" and value != draft.slots.get(kind.of, ""):
            reason = f"{name} is about another {kind.of}"
        elif value and kind.kind != "same":
            if len(value) > MAX_RESULT_CHARACTERS:
                reason = f"{name} is too long"
            else:
                try:
                    say(value, draft.language, kind, name)
                except NotSayable as error:
                    reason = str(error)
        if reason:
            draft.because(f"{call.name} cannot be believed: {reason}.")
            return BusinessResult(name=result.name, ok=False, error=WRONG_ANSWER)
    return result


def ask_again(draft: Draft, slot: str, action: str, told: Clauses = ()) -> Move:
    """A slot is unknown again, and so is what was found out with it."""
    step = f"ask {slot}"
    if draft.belief(slot) != draft.memory.caller:
        draft.asked[step] = max(draft.asked.get(step, 0), 1)  # the caller has answered it once
    draft.slots.pop(slot, None)
    draft.memory.beliefs.pop(slot, None)
    if slot in draft.memory.checked:
        draft.memory.checked.remove(slot)
    draft.forget_run()
    return ask_further(draft, step, action, told)


def _outcome(call: Call, result: BusinessResult) -> Outcome | None:
    for outcome in call.outcomes:
        if result.ok and not outcome.error:
            if all(result.values.get(name) == value for name, value in outcome.when.items()):
                return outcome
        elif not result.ok and outcome.error in ("any", result.error) and outcome.error:
            return outcome
    return None
