"""The policy: rules in the order in which they are tried; the first that applies makes the move.

These are rules, not a learnt network: ``models/dialog/CARD.md`` says what is to come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engines.dialog import beliefs
from engines.dialog.draft import ANYTHING_ELSE, ENDED, OFFER_HUMAN, OPEN, Draft
from engines.dialog.moves import Move
from engines.dialog.progress import advance, ask_again, decline
from engines.dialog.reading import Reading

Rule = Callable[[Draft, Reading], "Move | None"]

NEEDS_HUMAN: Final = frozenset({"change_order", "book_callback"})
"""Intents that people only can serve, in this version."""
BETWEEN_REQUESTS: Final = (OPEN, ANYTHING_ELSE, ENDED, OFFER_HUMAN)
"""Steps at which no request is under way."""
BEYOND: Final = frozenset({"information", "out_of_scope"})


def decide(draft: Draft, reading: Reading) -> Move:
    """The answer to an utterance."""
    for rule in RULES:
        move = rule(draft, reading)
        if move is not None:
            return move
    draft.because("Nothing in it answers the question or asks for something known.")
    return not_understood(draft)


def not_understood(draft: Draft) -> Move:
    """Say so and ask again."""
    return draft.pose(_current(draft), "ask_clarification", draft.words(draft.sentences.not_heard))


def _wants_human(draft: Draft, reading: Reading) -> Move | None:
    if not _means(draft, reading, "speak_to_human"):
        return None
    return draft.transfer()


def _says_goodbye(draft: Draft, reading: Reading) -> Move | None:
    if reading.values or not _means(draft, reading, "goodbye"):
        return None
    return draft.goodbye()


def _wants_repeat(draft: Draft, reading: Reading) -> Move | None:
    if reading.values or not draft.memory.said or not _means(draft, reading, "repeat"):
        return None
    return draft.say_again()


def _answers_offer(draft: Draft, reading: Reading) -> Move | None:
    if draft.step != OFFER_HUMAN or reading.yes is None or reading.values:
        return None
    if reading.yes:
        draft.because("The caller wants to be put through.")
        return draft.transfer()
    draft.because("The caller does not want to be put through.")
    back = draft.memory.after_offer or ANYTHING_ELSE
    return draft.pose(back, "resume", draft.words(draft.sentences.stay), counts=False)


def _answers_check(draft: Draft, reading: Reading) -> Move | None:
    """Yes, no, or another value, to "order A1024, is that right?"."""
    kind, _, name = draft.step.partition(" ")
    if kind != "check" or name in reading.values or reading.yes is None:
        return None
    belief = draft.memory.beliefs.get(name, {})
    value, _ = beliefs.best(belief)
    if reading.yes:
        weights = draft.settings.update_weights
        draft.memory.beliefs[name] = beliefs.update(
            belief, "confirm", value, reading.confidence, weights
        )
        draft.check_off(name)
        draft.because(f"The caller confirmed {name}.")
        return advance(draft)
    draft.because(f"The caller denied {name}.")
    return ask_again(draft, name, "ask_slot_again")


def _answers_confirm(draft: Draft, reading: Reading) -> Move | None:
    """Yes or no to a change. A yes that was badly heard is asked for again."""
    kind, _, name = draft.step.partition(" ")
    if kind != "confirm" or _contradicts(draft, reading):
        return None
    says_it_again = (
        reading.intent in draft.scenario.starts_on and _sure(draft, reading) and not reading.negates
    )
    if reading.yes is None and not says_it_again:
        return None
    if reading.yes is False:
        draft.because(f"The caller declined {name}.")
        return decline(draft, draft.scenario.confirm(name))
    if reading.question_missed:
        draft.because(f"A yes to {name} came before the question had been heard.")
        return draft.pose(draft.step, "confirm_change", counts=False)
    if reading.confidence < draft.settings.agree_from:
        draft.because(f"A yes to {name} was heard with confidence {reading.confidence:.2f} only.")
        return not_understood(draft)
    draft.memory.agreed.append(name)
    draft.because(f"The caller agreed to {name}.")
    return advance(draft)


def _gives_values(draft: Draft, reading: Reading) -> Move | None:
    """Values fill slots; another value than the known one corrects it."""
    learnt = [name for name in draft.playbook.slots() if _learn(draft, reading, name)]
    if not set(learnt) & set(draft.scenario.slots):
        return None
    wanted = draft.playbook.started_by(reading.intent)
    if wanted is not None and _sure(draft, reading) and wanted.name != draft.scenario.name:
        return None
    if draft.step in BETWEEN_REQUESTS:
        if reading.intent in NEEDS_HUMAN | {"complaint"} and _sure(draft, reading):
            return None
        draft.begin(draft.scenario)
    return advance(draft)


def _gives_misfit(draft: Draft, reading: Reading) -> Move | None:
    """A value that cannot be right is asked for again; nothing is looked up with it."""
    kind, _, name = draft.step.partition(" ")
    if kind not in ("ask", "check") or name not in reading.misfits:
        return None
    form = draft.scenario.slots[name].format
    draft.because(f"{name} was heard as {reading.misfits[name]}, which is not like {form}.")
    return ask_again(draft, name, "ask_slot_again", draft.words(draft.sentences.not_heard))


def _starts_scenario(draft: Draft, reading: Reading) -> Move | None:
    wanted = draft.playbook.started_by(reading.intent)
    if wanted is None or not _sure(draft, reading):
        return None
    kind = draft.step.partition(" ")[0]
    if wanted.name == draft.scenario.name and kind in ("ask", "check", "confirm"):
        # Said again what is being done: the open question stands.
        return draft.pose(draft.step, "ask_slot_again")
    draft.begin(wanted)
    return advance(draft)


def _answers_anything_else(draft: Draft, reading: Reading) -> Move | None:
    if draft.step not in (OPEN, ANYTHING_ELSE, ENDED) or reading.yes is None or reading.thanks:
        return None
    if reading.yes or draft.step == OPEN:
        return draft.invite(_current(draft), "invite_request")
    draft.because("The caller needs nothing else.")
    return draft.goodbye()


def _is_polite(draft: Draft, reading: Reading) -> Move | None:
    """Hello, thanks, hold on: answer in kind, the question stands."""
    if not _means(draft, reading, "courtesy") and not reading.thanks:
        return None
    if reading.yes is False and draft.step in (ANYTHING_ELSE, ENDED):
        draft.because("The caller needs nothing else.")
        return draft.goodbye()
    if not reading.thanks:
        return draft.invite(_current(draft), "invite_request")
    lead = draft.words(draft.sentences.welcome)
    return draft.pose(_current(draft), "return_thanks", lead, counts=False)


def _suggests(draft: Draft, reading: Reading) -> Move | None:
    if not _means(draft, reading, "suggestion"):
        return None
    lead = draft.words(draft.sentences.suggestion)
    return draft.pose(_current(draft), "thank_for_suggestion", lead, counts=False)


def _complains(draft: Draft, reading: Reading) -> Move | None:
    if not _means(draft, reading, "complaint"):
        return None
    lead = () if draft.memory.lead else draft.words(draft.sentences.empathy)
    draft.memory.after_offer = _current(draft)
    return draft.pose(OFFER_HUMAN, "escalate_complaint", lead)


def _asks_for_people_only(draft: Draft, reading: Reading) -> Move | None:
    if reading.intent not in NEEDS_HUMAN or not _sure(draft, reading):
        return None
    draft.memory.after_offer = _current(draft)
    return draft.pose(OFFER_HUMAN, "offer_human", draft.words(draft.sentences.needs_human))


def _asks_beyond(draft: Draft, reading: Reading) -> Move | None:
    if reading.intent not in BEYOND or not _sure(draft, reading):
        return None
    if reading.intent == "information" and draft.step.startswith(("check ", "confirm ")):
        # "How much?" to a question that says how much: the question is the answer.
        return draft.pose(draft.step, "confirm_change")
    return draft.pose(_current(draft), "list_abilities", draft.words(draft.sentences.abilities))


RULES: Final[tuple[Rule, ...]] = (
    _wants_human,
    _says_goodbye,
    _wants_repeat,
    _answers_offer,
    _answers_check,
    _answers_confirm,
    _gives_values,
    _gives_misfit,
    _starts_scenario,
    _answers_anything_else,
    _is_polite,
    _suggests,
    _complains,
    _asks_for_people_only,
    _asks_beyond,
)


def _learn(draft: Draft, reading: Reading, name: str) -> bool:
    """Add what was said about a slot to its belief; whether it tells us something."""
    denied, value = reading.denied.get(name, ()), reading.values.get(name, "")
    if not value and not denied:
        return False
    weights = draft.settings.update_weights
    belief = draft.memory.beliefs.get(name, {})
    old, _ = beliefs.best(belief)
    for wrong in denied:
        belief = beliefs.update(belief, "deny", wrong, reading.confidence, weights)
    if value and value == old:
        asked = draft.step in (f"check {name}", f"ask {name}")
        belief = beliefs.update(
            belief, "confirm" if asked else "new", value, reading.confidence, weights
        )
        if draft.step == f"check {name}" and reading.yes is not False:
            draft.check_off(name)
    elif value:
        if draft.step in (OPEN, ANYTHING_ELSE, ENDED):
            belief = {}  # another matter, not a correction
        asked_back = draft.step == f"check {name}" or draft.step.startswith("confirm ")
        corrects = bool(belief) and (reading.corrects or asked_back)
        kind: beliefs.Kind = "correct" if corrects else "new"
        belief = beliefs.update(belief, kind, value, reading.confidence, weights)
        draft.because(f"{name} is {value} ({kind}).")
    draft.memory.beliefs[name] = belief
    if beliefs.best(belief)[0] != old:
        if name in draft.memory.checked:
            draft.memory.checked.remove(name)
        draft.forget_run()
    return True


def _current(draft: Draft) -> str:
    """The step whose question stands."""
    if draft.step == ENDED or draft.step.startswith("call "):
        return ANYTHING_ELSE
    return draft.step


def _contradicts(draft: Draft, reading: Reading) -> bool:
    """Whether a value is named that is not the known one, or the known one is denied."""
    return bool(reading.denied) or any(
        draft.slots.get(name, value) != value for name, value in reading.values.items()
    )


def _sure(draft: Draft, reading: Reading) -> bool:
    return reading.probability >= draft.settings.understand_from


def _means(draft: Draft, reading: Reading, intent: str) -> bool:
    return reading.intent == intent and _sure(draft, reading)
