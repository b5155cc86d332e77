"""The policy: rules in the order in which they are tried; the first that applies makes the move.

These are rules, not a learnt network: ``models/dialog/CARD.md`` says what is to come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engines.dialog import answers, requests, survey, turns
from engines.dialog.draft import Draft
from engines.dialog.learning import means, sure
from engines.dialog.moves import Move
from engines.dialog.progress import advance, current_step, not_understood
from engines.dialog.questions import ANYTHING_ELSE, ENDED, OFFER_HUMAN, OPEN
from engines.dialog.reading import Reading
from engines.dialog.requests import BETWEEN_REQUESTS, NEEDS_HUMAN

Rule = Callable[[Draft, Reading], "Move | None"]

BEYOND: Final = frozenset({"information", "out_of_scope"})
_SURE_GOODBYE: Final = 0.8


def decide(draft: Draft, reading: Reading) -> Move:
    """The answer to an utterance."""
    for rule in RULES:
        move = rule(draft, reading)
        if move is not None:
            return move
    draft.because("Nothing in it answers the question or asks for something known.")
    return not_understood(draft)


def _wants_human(draft: Draft, reading: Reading) -> Move | None:
    """At once where the matter is known; else a scenario may ask for it, once."""
    if not means(draft, reading, "speak_to_human"):
        return None
    wanted = draft.playbook.started_by("speak_to_human")
    nothing_known = draft.step in (OPEN, ANYTHING_ELSE) and not draft.memory.served
    if wanted is None or not nothing_known or draft.memory.angry or wanted is draft.scenario:
        return draft.transfer()
    if not draft.humans_can_be_had():
        return draft.transfer()
    draft.begin(wanted)
    draft.memory.asked_for_human = True
    return advance(draft)


def _says_goodbye(draft: Draft, reading: Reading) -> Move | None:
    under_way = draft.step not in BETWEEN_REQUESTS
    slots = draft.playbook.slots()
    # "No, I will call again tomorrow, goodbye" gives no time; but "yes, bye" agrees first.
    gives = any(slots[name].format for name in reading.values)
    answers = draft.step.startswith(("confirm ", "check ", "suggest "))
    if reading.farewell and not gives and not answers:
        return draft.goodbye()
    if reading.values:
        return None
    # In the middle of a request the head alone must be sure: it errs on "whenever it suits you".
    least = _SURE_GOODBYE if under_way and not reading.bye else draft.settings.understand_from
    says_so = reading.intent == "goodbye" and reading.probability >= least
    if says_so or (reading.bye and not under_way):
        return draft.goodbye()
    return None


def _is_polite(draft: Draft, reading: Reading) -> Move | None:
    """Hello, thanks, hold on: answer in kind, the question stands."""
    if not means(draft, reading, "courtesy") and not reading.thanks:
        return None
    if reading.yes is False and draft.step in (ANYTHING_ELSE, ENDED):
        draft.because("The caller needs nothing else.")
        return draft.goodbye()
    if not reading.thanks:
        return draft.invite(current_step(draft), "invite_request")
    lead = draft.words(draft.sentences.welcome)
    return draft.pose(current_step(draft), "return_thanks", lead, counts=False)


def _suggests(draft: Draft, reading: Reading) -> Move | None:
    if not means(draft, reading, "suggestion"):
        return None
    lead = draft.words(draft.sentences.suggestion)
    return draft.pose(current_step(draft), "thank_for_suggestion", lead, counts=False)


def _complains(draft: Draft, reading: Reading) -> Move | None:
    if not means(draft, reading, "complaint"):
        return None
    lead = () if draft.memory.lead else draft.words(draft.sentences.empathy)
    draft.memory.after_offer = current_step(draft)
    return draft.pose(OFFER_HUMAN, "escalate_complaint", lead)


def _asks_for_people_only(draft: Draft, reading: Reading) -> Move | None:
    if reading.intent not in NEEDS_HUMAN or not sure(draft, reading):
        return None
    draft.memory.after_offer = current_step(draft)
    return draft.pose(OFFER_HUMAN, "offer_human", draft.words(draft.sentences.needs_human))


def _asks_beyond(draft: Draft, reading: Reading) -> Move | None:
    if reading.intent not in BEYOND or not sure(draft, reading):
        return None
    if reading.intent == "information" and draft.step.startswith(("check ", "confirm ")):
        # "How much?" to a question that says how much: the question is the answer.
        return draft.pose(draft.step, "confirm_change")
    return draft.pose(current_step(draft), "list_abilities", draft.words(draft.sentences.abilities))


RULES: Final[tuple[Rule, ...]] = (
    turns.stops,
    turns.adjusts,
    _wants_human,
    survey.answers_survey,
    turns.lists_abilities,
    turns.starts_over,
    _says_goodbye,
    turns.repeats,
    answers.answers_offer,
    answers.answers_callback_offer,
    answers.answers_check,
    answers.answers_confirm,
    answers.answers_correct,
    answers.declines_slot,
    requests.tells,
    requests.gives_values,
    requests.gives_misfit,
    answers.names_half_of_day,
    answers.gives_up_request,
    answers.agrees_to_tell,
    requests.starts_scenario,
    answers.answers_anything_else,
    _is_polite,
    _suggests,
    _complains,
    _asks_for_people_only,
    _asks_beyond,
)
