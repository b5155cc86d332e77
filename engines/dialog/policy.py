"""The policy: rules in the order in which they are tried; the first that applies makes the move.

These are rules, not a learnt network: ``models/dialog/CARD.md`` says what is to come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engines.dialog import beliefs, turns
from engines.dialog.draft import Draft
from engines.dialog.learning import (
    learn_all,
    learn_times,
    names_issue,
    names_only,
    pieces,
    take_sentence,
    tells_story,
)
from engines.dialog.moves import Move
from engines.dialog.progress import advance, ask_again, ask_further, decline
from engines.dialog.questions import (
    ANYTHING_ELSE,
    ENDED,
    OFFER_CALLBACK,
    OFFER_HUMAN,
    OPEN,
    manner_of,
    slot_of,
)
from engines.dialog.reading import Reading
from engines.dialog.scenario import Scenario, Transfer

Rule = Callable[[Draft, Reading], "Move | None"]

NEEDS_HUMAN: Final = frozenset({"change_order", "book_callback"})
"""Intents that people only can serve, unless a scenario starts on them."""
BETWEEN_REQUESTS: Final = (OPEN, ANYTHING_ELSE, ENDED, OFFER_HUMAN, OFFER_CALLBACK)
"""Steps at which no request is under way."""
_SURE_GOODBYE: Final = 0.8
_SURE_OTHER: Final = 0.85
"""Probability of another request in answer to a question for a sentence."""
_SURE_SWITCH: Final = 0.65
"""Probability of another request in the middle of one, where it is not named."""
_FEW_PIECES: Final = 6
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
    step = _current(draft)
    own = manner_of(draft.scenario, step).no_match
    lead = draft.words(own if own is not None else draft.sentences.not_heard)
    return ask_further(draft, step, "ask_clarification", lead)


def _wants_human(draft: Draft, reading: Reading) -> Move | None:
    """At once where the matter is known; else a scenario may ask for it, once."""
    if not _means(draft, reading, "speak_to_human"):
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


def _answers_offer(draft: Draft, reading: Reading) -> Move | None:
    if draft.step != OFFER_HUMAN or reading.yes is None or reading.values:
        return None
    if reading.yes:
        draft.because("The caller wants to be put through.")
        return draft.transfer(reason="angry" if draft.memory.angry_turns > 1 else "asked")
    draft.because("The caller does not want to be put through.")
    back = draft.memory.after_offer or ANYTHING_ELSE
    if back == ANYTHING_ELSE and reading.no_more:
        return draft.goodbye()
    return draft.pose(back, "resume", draft.words(draft.sentences.stay), counts=False)


def _answers_callback_offer(draft: Draft, reading: Reading) -> Move | None:
    """A yes, or at once a time or number; a no goes on where the caller was put through."""
    wanted = draft.callback()
    if draft.step != OFFER_CALLBACK or wanted is None:
        return None
    says_when = set(reading.values) & {
        name for name, slot in wanted.slots.items() if slot.takes != "value"
    }
    if says_when or reading.yes or _means(draft, reading, "book_callback"):
        draft.because("The caller wants to be called back.")
        draft.begin(wanted)
        learn_all(draft, reading)
        return advance(draft)
    if reading.yes is None or reading.values:
        return None
    draft.because("The caller does not want to be called back.")
    return draft.go_on(draft.words(draft.sentences.stay))


def _declines_slot(draft: Draft, reading: Reading) -> Move | None:
    """No order, no number: an optional slot is left out."""
    kind, _, name = draft.step.partition(" ")
    optional = draft.optional(draft.step)
    if kind != "ask" or optional is None or name in reading.values:
        return None
    if not (reading.none or (reading.yes is False and not reading.denied)):
        return None
    learn_all(draft, reading)
    draft.skip(optional.slot)
    return advance(draft)


def _gives_up_request(draft: Draft, reading: Reading) -> Move | None:
    """Never mind, said to a question for a value: no more questions about it."""
    slot = slot_of(draft.scenario, draft.step)
    if slot is None or reading.values:
        return None
    if not reading.given_up and not (reading.cancels and reading.yes is False):
        return None
    draft.because("The caller does not want it any more.")
    draft.begin(draft.scenario)
    return draft.pose(ANYTHING_ELSE, "abandon_change", draft.words(draft.sentences.okay))


def _agrees_to_tell(draft: Draft, reading: Reading) -> Move | None:
    """A yes to a question for a value: the question again, no word of not having heard."""
    kind, _, name = draft.step.partition(" ")
    if kind != "ask" or reading.yes is not True or name in reading.values or reading.misfits:
        return None
    return ask_further(draft, draft.step, "ask_slot_again")


def _tells(draft: Draft, reading: Reading) -> Move | None:
    """Whatever he says is the answer to a question for a sentence, unless it is another request."""
    slot = slot_of(draft.scenario, draft.step)
    if slot is None or slot.takes != "sentence" or not draft.step.startswith("ask "):
        return None
    short = pieces(reading) <= _FEW_PIECES and not names_issue(draft, reading)
    polite = reading.intent in ("courtesy", "affirm") and _sure(draft, reading)
    if not reading.sentence or (short and (polite or reading.yes is not None)):
        return None
    wanted = draft.playbook.started_by(reading.intent)
    for_human = "speak_to_human" in draft.scenario.starts_on
    least = _SURE_SWITCH if for_human else _SURE_OTHER
    other = (
        wanted is not None
        and wanted is not draft.scenario
        and (bool(reading.topic) or reading.probability >= least)
    )
    # Who asked for a human, or says what went wrong, does not want to be served by us.
    complains = names_issue(draft, reading) or reading.intent == "complaint"
    stays = for_human and not reading.topic and (draft.memory.asked_for_human or complains)
    if other and not stays and not tells_story(draft, reading):
        return None
    learnt = learn_all(draft, reading)
    if (wanted is draft.scenario and names_only(draft, reading)) or (learnt and short):
        return ask_further(draft, draft.step, "ask_slot_again")
    take_sentence(draft, slot, reading)
    return advance(draft)


def _answers_check(draft: Draft, reading: Reading) -> Move | None:
    """Yes, no, or another value, to "order A1024, is that right?"."""
    kind, _, name = draft.step.partition(" ")
    if kind not in ("check", "suggest") or name in reading.values or reading.yes is None:
        return None
    if reading.yes and reading.question_missed and kind == "suggest":
        return draft.pose(draft.step, "check_slot", counts=False)
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
    if draft.optional(draft.step) is not None and reading.cancels:
        draft.skip(name)
        return advance(draft)
    return ask_again(draft, name, "ask_slot_again")


def _answers_confirm(draft: Draft, reading: Reading) -> Move | None:
    """Yes or no to a change. A yes that was badly heard is asked for again."""
    kind, _, name = draft.step.partition(" ")
    if kind != "confirm" or _contradicts(draft, reading):
        return None
    # A sentence that only sounds like a complaint does not agree to have one registered.
    plainly = reading.intent != "complaint" or bool(reading.topic)
    says_it_again = (
        reading.intent in draft.scenario.starts_on
        and plainly
        and _sure(draft, reading)
        and not reading.negates
    )
    if reading.yes is None and not says_it_again and not reading.given_up:
        return None
    if reading.yes is False or reading.given_up:
        step = draft.scenario.confirm(name)
        if step.correct is not None and not reading.cancels:
            draft.because("The caller says that something is wrong.")
            return draft.pose(f"correct {name}", "ask_clarification", counts=False)
        draft.because(f"The caller declined {name}.")
        return decline(draft, step)
    if reading.question_missed:
        draft.because(f"A yes to {name} came before the question had been heard.")
        return draft.pose(draft.step, "confirm_change", counts=False)
    if reading.confidence < draft.settings.agree_from:
        draft.because(f"A yes to {name} was heard with confidence {reading.confidence:.2f} only.")
        return not_understood(draft)
    draft.memory.agreed.append(name)
    draft.because(f"The caller agreed to {name}.")
    return advance(draft)


def _answers_correct(draft: Draft, reading: Reading) -> Move | None:
    """Nothing, never mind, or after all a yes, to "what is wrong?"."""
    kind, _, name = draft.step.partition(" ")
    if kind != "correct" or reading.yes is None or reading.values:
        return None
    if reading.yes:
        return draft.pose(f"confirm {name}", "confirm_change", counts=False)
    draft.because(f"The caller declined {name}.")
    return decline(draft, draft.scenario.confirm(name))


def _gives_values(draft: Draft, reading: Reading) -> Move | None:
    """Values fill slots; another value than the known one corrects it."""
    learnt = learn_all(draft, reading)
    if not learnt & set(draft.scenario.slots):
        return None
    wanted = draft.playbook.started_by(reading.intent)
    elsewhere = wanted is not None and wanted is not draft.scenario
    # "I misread it, A1024" sounds like a complaint.
    about_this = reading.intent == "complaint" and not reading.topic
    about_this = about_this and not names_issue(draft, reading)
    about_this = about_this or _gives_number(draft, reading)
    if elsewhere and _sure(draft, reading) and not about_this:
        return None
    if draft.step in BETWEEN_REQUESTS:
        for_people = wanted is None and reading.intent in NEEDS_HUMAN | {"complaint"}
        if for_people and _sure(draft, reading) and not _puts_right(draft, reading, learnt):
            return None
        draft.begin(_serving(draft, learnt))
        _take_story(draft, reading)
    return advance(draft)


def _serving(draft: Draft, learnt: set[str]) -> Scenario:
    """What a bare value is for: not for putting through whom we could not put through."""
    default = draft.playbook.default()
    only_transfers = any(isinstance(step, Transfer) for step in draft.scenario.steps)
    if default is None or not only_transfers or not learnt & set(default.slots):
        return draft.scenario
    return default


def _gives_misfit(draft: Draft, reading: Reading) -> Move | None:
    """A value that cannot be right is asked for again; nothing is looked up with it."""
    kind, _, name = draft.step.partition(" ")
    if kind not in ("ask", "check", "suggest") or name not in reading.misfits:
        return None
    slot = draft.scenario.slots[name]
    heard = draft.shown(name, reading.misfits[name])
    draft.because(f"{name} was heard as {heard}, which is not like {slot.format or slot.takes}.")
    return ask_again(draft, name, "ask_slot_again", draft.words(draft.sentences.not_heard))


def _starts_scenario(draft: Draft, reading: Reading) -> Move | None:
    wanted = draft.playbook.started_by(reading.intent)
    if wanted is None or not _sure(draft, reading):
        return None
    under_way = draft.step.partition(" ")[0] in ("ask", "check", "confirm", "suggest", "correct")
    if under_way and (wanted is draft.scenario or _is_about_number(draft, reading)):
        # Said again what is being done: the open question stands.
        return draft.pose(draft.step, "ask_slot_again")
    doubtful = reading.intent == "complaint" or reading.probability < _SURE_SWITCH
    if under_way and doubtful and not reading.topic:
        return None  # the request under way is not dropped for a sentence that sounds like another
    draft.begin(wanted)
    learn_times(draft, reading)
    if reading.intent == "complaint" and not draft.memory.lead:
        draft.memory.lead += draft.words(draft.sentences.empathy)
    _take_story(draft, reading)
    return advance(draft)


def _take_story(draft: Draft, reading: Reading) -> None:
    """What happened, told before it was asked for."""
    if not tells_story(draft, reading):
        return
    for slot in draft.scenario.slots.values():
        if slot.takes == "sentence":
            take_sentence(draft, slot, reading)


def _answers_anything_else(draft: Draft, reading: Reading) -> Move | None:
    if draft.step in (ANYTHING_ELSE, ENDED) and reading.no_more and reading.yes is not True:
        draft.because("The caller needs nothing else.")
        return draft.goodbye()
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
    turns.stops,
    turns.adjusts,
    _wants_human,
    turns.lists_abilities,
    turns.starts_over,
    _says_goodbye,
    turns.repeats,
    _answers_offer,
    _answers_callback_offer,
    _answers_check,
    _answers_confirm,
    _answers_correct,
    _declines_slot,
    _tells,
    _gives_values,
    _gives_misfit,
    _gives_up_request,
    _agrees_to_tell,
    _starts_scenario,
    _answers_anything_else,
    _is_polite,
    _suggests,
    _complains,
    _asks_for_people_only,
    _asks_beyond,
)


def _puts_right(draft: Draft, reading: Reading, learnt: set[str]) -> bool:
    """Whether "make it tomorrow" means what was booked in this call, and no order."""
    slots = draft.scenario.slots
    return reading.corrects and any(
        name in slots and slots[name].takes != "value" for name in learnt
    )


def _gives_number(draft: Draft, reading: Reading) -> bool:
    """Whether "yes, call me back on 138..." answers the question for a number."""
    slot = slot_of(draft.scenario, draft.step)
    return slot is not None and slot.takes == "phone" and slot.name in reading.values


def _is_about_number(draft: Draft, reading: Reading) -> bool:
    """Whether "yes, call me back" is said to the question for a number: no other request."""
    slot = slot_of(draft.scenario, draft.step)
    return slot is not None and slot.takes == "phone" and reading.intent == "book_callback"


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
