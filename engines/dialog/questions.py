"""What the question of a step is: its words, the keys that answer it, and what turn taking expects.

Steps are written "open", "ask SLOT", "check SLOT", "suggest SLOT", "confirm NAME", "correct NAME",
"call NAME", "read consent", "read sentences NUMBER", "offer human", "offer callback",
"anything else", "rate voice" and "ended".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from engines.dialog import aloud, moments
from engines.dialog.moves import Expectation
from engines.dialog.playbook import Playbook
from engines.dialog.scenario import Manner, Scenario, Slot, Spoken, Wording
from engines.dialog.scenario_check import STANDARD_MENU

OPEN: Final = "open"
ANYTHING_ELSE: Final = "anything else"
OFFER_HUMAN: Final = "offer human"
OFFER_CALLBACK: Final = "offer callback"
RATE_VOICE: Final = "rate voice"
ENDED: Final = "ended"
YES_NO: Final = Expectation(kind="yes_no")
READING_SILENCE_MS: Final = 15_000
"""Who is to read looks for the place first."""
PHONE_DIGITS: Final = 11
"""Of a mobile number where Mandarin is spoken."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question."""

    wordings: tuple[Wording, ...]
    expects: Expectation
    keypad: Wording | None = None
    """How its keys are explained; None: no key answers it."""
    keypad_alone: bool = False
    """The explanation says what is wanted: the question need not be said before it."""


def manner_of(scenario: Scenario, step: str) -> Manner:
    """How that step asks."""
    kind, _, name = step.partition(" ")
    if kind == "confirm":
        return scenario.confirm(name).manner
    if kind == "correct":
        return replace(scenario.confirm(name).manner, keys="", menu={})
    asks = scenario.ask(name) if kind in ("ask", "check", "suggest") else None
    return asks.manner if asks is not None else Manner()


def slot_of(scenario: Scenario, step: str) -> Slot | None:
    """The slot that the question of a step is about."""
    kind, _, name = step.partition(" ")
    return scenario.slots.get(name) if kind in ("ask", "check", "suggest") else None


def menu_of(playbook: Playbook, scenario: Scenario, step: str) -> dict[str, str]:
    """Key to meaning, where a single key answers."""
    kind = step.partition(" ")[0]
    if aloud.reads(step):
        return aloud.KEYS
    if step == OPEN:
        return playbook.menu.keys if playbook.menu is not None else {}
    if kind in ("ask", "confirm"):
        return manner_of(scenario, step).menu
    if step == RATE_VOICE:
        return {str(score): str(score) for score in range(1, 6)}
    # What every yes-or-no question answers to; a change is agreed to by listed keys only.
    return STANDARD_MENU if kind in ("check", "suggest", "offer", "anything") else {}


def question_of(
    playbook: Playbook,
    scenario: Scenario,
    step: str,
    *,
    first: bool,
    known: str,
    language: Spoken,
) -> Question:
    """The question of a step.

    Args:
        playbook: the shared sentences.
        scenario: the one under way.
        step: as written above.
        first: it is asked for the first time; else in other words.
        known: what is known of the slot: half of a day and time.
        language: of the answer that is expected.
    """
    kind = step.partition(" ")[0]
    wordings, expects = _words(playbook, scenario, step, first, known)
    manner = manner_of(scenario, step)
    menu = menu_of(playbook, scenario, step)
    slot = slot_of(scenario, step)
    digits = kind == "ask" and manner.keys == "digits"
    if slot is not None and slot.takes == "phone" and kind == "ask" and language == "zh":
        expects = replace(expects, digits=PHONE_DIGITS)
    return Question(
        wordings=wordings,
        expects=replace(
            expects,
            keys="digits" if digits else "menu" if menu else "",
            barge_in=manner.barge_in or scenario.barge_in,
            private=manner.private,
            no_input_ms=manner.no_input_ms,
        ),
        keypad=_keypad(playbook, step, manner, menu, digits=digits),
        keypad_alone=digits or step == OPEN,
    )


def reading_question(
    scenario: Scenario, step: str, reader: aloud.Reader, results: Mapping[str, str], spoken: Spoken
) -> Question:
    """What is to be read at a step."""
    asked = aloud.asked_at(step, spoken, results)
    return Question(
        wordings=aloud.wordings(scenario, step, asked, reader, spoken),
        expects=Expectation(
            kind="reading",
            keys="menu",
            # The consent is heard to its end by who gives it.
            barge_in="off" if step == aloud.CONSENT else scenario.barge_in,
            no_input_ms=READING_SILENCE_MS,
            reads=asked,
        ),
        keypad=scenario.reading.keypad if scenario.reading is not None else None,
    )


def _keypad(
    playbook: Playbook, step: str, manner: Manner, menu: dict[str, str], *, digits: bool
) -> Wording | None:
    if step == OPEN:
        return playbook.menu.prompt if playbook.menu is not None else None
    if step.startswith(("ask ", "confirm ")) and manner.keypad is not None:
        return manner.keypad
    if digits:
        return playbook.sentences.keypad_digits
    return playbook.sentences.keypad_yes_no if menu else None


def _words(
    playbook: Playbook, scenario: Scenario, step: str, first: bool, known: str
) -> tuple[tuple[Wording, ...], Expectation]:
    sentences = playbook.sentences
    kind, _, name = step.partition(" ")
    shared = {
        ANYTHING_ELSE: sentences.anything_else,
        OFFER_HUMAN: sentences.offer_human,
        OFFER_CALLBACK: sentences.offer_callback,
    }
    if step == RATE_VOICE and playbook.survey is not None:
        return (playbook.survey.question,), Expectation(kind="digits", digits=1)
    if step in shared:
        return (shared[step],), YES_NO
    if kind == "confirm":
        return (scenario.confirm(name).question,), YES_NO
    if kind == "correct":
        wording = scenario.confirm(name).correct
        return ((wording,) if wording is not None else ()), Expectation()
    slot = slot_of(scenario, step)
    if slot is not None and kind == "check" and slot.check is not None:
        return (slot.check,), YES_NO
    if slot is not None and kind == "suggest" and slot.offer is not None:
        return (slot.offer,), YES_NO
    if slot is not None and kind == "ask" and slot.ask is not None and slot.ask_again is not None:
        half = moments.missing(known) if slot.takes == "moment" and known else ""
        other = {"day": slot.ask_day, "time": slot.ask_time}.get(half)
        if other is not None:
            return (other,), slot.expects
        return (slot.ask if first else slot.ask_again,), slot.expects
    return (sentences.how_help,), Expectation()
