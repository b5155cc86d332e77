"""Rules for answers to our questions: yes, no, never mind, none, something in it is wrong."""

from __future__ import annotations

import re
from typing import Final

from engines.dialog import beliefs
from engines.dialog.draft import Draft
from engines.dialog.learning import learn_all, means, pieces, sure
from engines.dialog.moves import Move
from engines.dialog.progress import (
    advance,
    ask_again,
    ask_further,
    current_step,
    decline,
    not_understood,
)
from engines.dialog.questions import (
    ANYTHING_ELSE,
    ENDED,
    OFFER_CALLBACK,
    OFFER_HUMAN,
    OPEN,
    slot_of,
)
from engines.dialog.reading import Reading

_FEW_PIECES: Final = 6
"""Characters or words of what is said of a time alone."""
_ALTERS: Final = re.compile(
    r"再|改|换|晚|早|推迟|提前|另|别的|其他|吗|什么|怎么|几|多久|\?|？"
    r"|\b(?:later|earlier|sooner|another|other|instead|change|different|before|after|when|how|what|"
    r"can|could)\b"
)
"""In what is said again with one of these, something is asked or is to be otherwise: no consent."""


def answers_offer(draft: Draft, reading: Reading) -> Move | None:
    """Yes or no to being put through."""
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


def answers_callback_offer(draft: Draft, reading: Reading) -> Move | None:
    """A yes, or at once a time or number; a no goes on where the caller was put through."""
    wanted = draft.callback()
    if draft.step != OFFER_CALLBACK or wanted is None:
        return None
    says_when = set(reading.values) & {
        name for name, slot in wanted.slots.items() if slot.takes != "value"
    }
    if says_when or reading.yes or means(draft, reading, "book_callback"):
        draft.because("The caller wants to be called back.")
        draft.begin(wanted)
        learn_all(draft, reading)
        return advance(draft)
    if reading.yes is None or reading.values:
        return None
    draft.because("The caller does not want to be called back.")
    return draft.go_on(draft.words(draft.sentences.stay))


def answers_check(draft: Draft, reading: Reading) -> Move | None:
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


def answers_confirm(draft: Draft, reading: Reading) -> Move | None:
    """Yes or no to a change. A yes that was badly heard is asked for again."""
    kind, _, name = draft.step.partition(" ")
    if kind != "confirm" or _contradicts(draft, reading):
        return None
    # A sentence that only sounds like a complaint does not agree to have one registered.
    plainly = reading.intent != "complaint" or bool(reading.topic)
    says_it_again = (
        reading.intent in draft.scenario.starts_on
        and plainly
        and sure(draft, reading)
        and not (reading.negates or reading.corrects or _ALTERS.search(reading.sentence.lower()))
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


def answers_correct(draft: Draft, reading: Reading) -> Move | None:
    """Nothing, never mind, or after all a yes, to "what is wrong?"."""
    kind, _, name = draft.step.partition(" ")
    if kind != "correct" or reading.yes is None or reading.values:
        return None
    if reading.yes:
        return draft.pose(f"confirm {name}", "confirm_change", counts=False)
    draft.because(f"The caller declined {name}.")
    return decline(draft, draft.scenario.confirm(name))


def declines_slot(draft: Draft, reading: Reading) -> Move | None:
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


def names_half_of_day(draft: Draft, reading: Reading) -> Move | None:
    """In the afternoon, to a question for a time: noted, and not yet asked in vain."""
    slot = slot_of(draft.scenario, draft.step)
    if slot is None or slot.takes != "moment" or not reading.half or slot.name in reading.values:
        return None
    if not draft.step.startswith("ask ") or pieces(reading) > _FEW_PIECES or reading.cancels:
        return None
    known, draft.memory.half = draft.memory.half, reading.half
    draft.because(f"The half of the day is {reading.half}.")
    if known:
        return ask_further(draft, draft.step, "ask_slot_again")
    return draft.pose(draft.step, "ask_slot_again", counts=False)


def gives_up_request(draft: Draft, reading: Reading) -> Move | None:
    """Never mind, said to a question for a value: no more questions about it."""
    slot = slot_of(draft.scenario, draft.step)
    if slot is None or reading.values:
        return None
    if not reading.given_up and not (reading.cancels and reading.yes is False):
        return None
    draft.because("The caller does not want it any more.")
    draft.begin(draft.scenario)
    return draft.pose(ANYTHING_ELSE, "abandon_change", draft.words(draft.sentences.okay))


def agrees_to_tell(draft: Draft, reading: Reading) -> Move | None:
    """A yes to a question for a value: the question again, no word of not having heard."""
    kind, _, name = draft.step.partition(" ")
    if kind != "ask" or reading.yes is not True or name in reading.values or reading.misfits:
        return None
    return ask_further(draft, draft.step, "ask_slot_again")


def answers_anything_else(draft: Draft, reading: Reading) -> Move | None:
    """Yes or no to "is there anything else?"; a yes to an open question lets him go on."""
    if draft.step in (ANYTHING_ELSE, ENDED) and reading.no_more and reading.yes is not True:
        draft.because("The caller needs nothing else.")
        return draft.goodbye()
    if draft.step not in (OPEN, ANYTHING_ELSE, ENDED) or reading.yes is None or reading.thanks:
        return None
    if reading.yes or draft.step == OPEN:
        return draft.invite(current_step(draft), "invite_request")
    draft.because("The caller needs nothing else.")
    return draft.goodbye()


def _contradicts(draft: Draft, reading: Reading) -> bool:
    """Whether a value is named that is not the known one, or the known one is denied."""
    return bool(reading.denied) or any(
        draft.slots.get(name, value) != value for name, value in reading.values.items()
    )
