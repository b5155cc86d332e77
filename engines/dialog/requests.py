"""Rules for what a caller tells and wants: values, a story, another request."""

from __future__ import annotations

from typing import Final

from engines.dialog.draft import Draft
from engines.dialog.learning import (
    learn_all,
    learn_times,
    names_issue,
    names_only,
    pieces,
    sure,
    take_sentence,
    tells_story,
)
from engines.dialog.moves import Move
from engines.dialog.progress import advance, ask_again, ask_further
from engines.dialog.questions import (
    ANYTHING_ELSE,
    ENDED,
    OFFER_CALLBACK,
    OFFER_HUMAN,
    OPEN,
    slot_of,
)
from engines.dialog.reading import Reading
from engines.dialog.scenario import Scenario, Transfer

NEEDS_HUMAN: Final = frozenset({"change_order", "book_callback"})
"""Intents that people only can serve, unless a scenario starts on them."""
BETWEEN_REQUESTS: Final = (OPEN, ANYTHING_ELSE, ENDED, OFFER_HUMAN, OFFER_CALLBACK)
"""Steps at which no request is under way."""
_SURE_OTHER: Final = 0.85
"""Probability of another request in answer to a question for a sentence."""
_SURE_SWITCH: Final = 0.65
"""Probability of another request in the middle of one, where it is not named."""
_FEW_PIECES: Final = 6


def tells(draft: Draft, reading: Reading) -> Move | None:
    """Whatever he says is the answer to a question for a sentence, unless it is another request."""
    slot = slot_of(draft.scenario, draft.step)
    if slot is None or slot.takes != "sentence" or not draft.step.startswith("ask "):
        return None
    short = pieces(reading) <= _FEW_PIECES and not names_issue(draft, reading)
    polite = reading.intent in ("courtesy", "affirm") and sure(draft, reading)
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
    complains = complains and not reading.topic
    stays = for_human and (draft.memory.asked_for_human or complains)
    if other and not stays and not tells_story(draft, reading):
        return None
    learnt = learn_all(draft, reading)
    if (wanted is draft.scenario and names_only(draft, reading)) or (learnt and short):
        return ask_further(draft, draft.step, "ask_slot_again")
    take_sentence(draft, slot, reading)
    return advance(draft)


def gives_values(draft: Draft, reading: Reading) -> Move | None:
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
    about_this = about_this or _gives_reason(draft, reading, learnt)
    if elsewhere and sure(draft, reading) and not about_this:
        return None
    if draft.step in BETWEEN_REQUESTS:
        for_people = wanted is None and reading.intent in NEEDS_HUMAN | {"complaint"}
        if for_people and sure(draft, reading) and not _puts_right(draft, reading, learnt):
            return None
        draft.begin(_serving(draft, learnt))
        _take_story(draft, reading)
    return advance(draft)


def gives_misfit(draft: Draft, reading: Reading) -> Move | None:
    """A value that cannot be right is asked for again; nothing is looked up with it."""
    kind, _, name = draft.step.partition(" ")
    if kind not in ("ask", "check", "suggest") or name not in reading.misfits:
        return None
    slot = draft.scenario.slots[name]
    heard = draft.shown(name, reading.misfits[name])
    draft.because(f"{name} was heard as {heard}, which is not like {slot.format or slot.takes}.")
    return ask_again(draft, name, "ask_slot_again", draft.words(draft.sentences.not_heard))


def starts_scenario(draft: Draft, reading: Reading) -> Move | None:
    """Another request: its scenario begins; the one under way said again: its question stands."""
    wanted = draft.playbook.started_by(reading.intent)
    if wanted is None or not sure(draft, reading):
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


def _serving(draft: Draft, learnt: set[str]) -> Scenario:
    """What a bare value is for: not for putting through whom we could not put through."""
    default = draft.playbook.default()
    only_transfers = any(isinstance(step, Transfer) for step in draft.scenario.steps)
    if default is None or not only_transfers or not learnt & set(default.slots):
        return draft.scenario
    return default


def _take_story(draft: Draft, reading: Reading) -> None:
    """What happened, told before it was asked for."""
    if not tells_story(draft, reading):
        return
    for slot in draft.scenario.slots.values():
        if slot.takes == "sentence":
            take_sentence(draft, slot, reading)


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


def _gives_reason(draft: Draft, reading: Reading, learnt: set[str]) -> bool:
    """Whether "it arrived broken" says why, in the middle of what it is the reason for."""
    under_way = draft.step.startswith(("ask ", "check ", "confirm "))
    if not under_way or reading.intent != "complaint" or reading.topic:
        return False
    slots = draft.scenario.slots
    return any(name in slots and slots[name].entity == "ISSUE" for name in learnt)


def _is_about_number(draft: Draft, reading: Reading) -> bool:
    """Whether "yes, call me back" is said to the question for a number: no other request."""
    slot = slot_of(draft.scenario, draft.step)
    return slot is not None and slot.takes == "phone" and reading.intent == "book_callback"
