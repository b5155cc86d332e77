"""What a key press means at a step."""

from __future__ import annotations

import re
from typing import Final

from engines.dialog import aloud, reader, survey
from engines.dialog.draft import Draft
from engines.dialog.fitting import digits_fit, fit_slot
from engines.dialog.moves import Move
from engines.dialog.policy import decide
from engines.dialog.progress import advance, ask_further, not_understood
from engines.dialog.questions import ANYTHING_ELSE, ENDED, RATE_VOICE, manner_of, menu_of, slot_of
from engines.dialog.reading import Reading, keyed

MAX_KEYS: Final = 32
_KEYS: Final = re.compile(rf"[0-9*]{{1,{MAX_KEYS}}}", re.ASCII)
_HUMAN: Final = "0"


def pressed(draft: Draft, keys: str, *, question_missed: bool) -> Move:
    """The move that a key, or a string of them, brings about.

    A key that a menu lists is what the menu says. Digits fill the slot that was asked for. ``0``
    alone calls a human wherever keys answer and it has no other meaning. Anything else is told to
    mean nothing, and the question comes again.
    """
    step = ANYTHING_ELSE if draft.step == ENDED or draft.step.startswith("call ") else draft.step
    draft.step = step
    if keys in aloud.KEYS and aloud.reads(step):
        draft.because(f"The key for {aloud.KEYS[keys]}.")
        return reader.wants(draft, aloud.KEYS[keys])
    menu = menu_of(draft.playbook, draft.scenario, step)
    if step == RATE_VOICE:
        return survey.rated(draft, int(keys) if keys in menu else 0)
    digits = step.startswith("ask ") and manner_of(draft.scenario, step).keys == "digits"
    if not _KEYS.fullmatch(keys) or not (menu or digits):
        draft.because("Keys that mean nothing here.")
        return ask_further(draft, step, "ask_clarification", draft.words(draft.sentences.no_keys))
    if keys in menu:
        return _chosen(draft, menu[keys], question_missed=question_missed)
    if digits:
        move = _entered(draft, keys)
        if move is not None:
            return move
    if keys == _HUMAN and not aloud.reads(step):
        return decide(draft, keyed(intent="speak_to_human", command="human"))
    draft.because("Keys that mean nothing here.")
    if digits:
        return not_understood(draft)
    return ask_further(draft, step, "ask_clarification", draft.words(draft.sentences.no_keys))


def _chosen(draft: Draft, meaning: str, *, question_missed: bool) -> Move:
    draft.because(f"The key for {meaning}.")
    slot = slot_of(draft.scenario, draft.step)
    if meaning in ("yes", "no"):
        return decide(draft, keyed(yes=meaning == "yes", question_missed=question_missed))
    if meaning == "human":
        return draft.transfer()
    if meaning == "repeat":
        return draft.say_again()
    if meaning in draft.playbook.scenarios:
        draft.begin(draft.playbook.scenarios[meaning])
        return advance(draft)
    assert slot is not None  # noqa: S101 - scenario_check lets no other meaning through
    return decide(draft, keyed(values={slot.name: meaning}))


def _entered(draft: Draft, keys: str) -> Move | None:
    """Digits for the slot that was asked for; None where they cannot be its value."""
    slot = slot_of(draft.scenario, draft.step)
    if slot is None:
        return None
    value = fit_slot(slot, keys, draft.belief(slot.name), draft.language)
    if value:
        reading: Reading = keyed(values={slot.name: value})
        return decide(draft, reading)
    if slot.complete and digits_fit(keys, slot.format):
        return draft.look_up(slot, keys)
    return None
