"""Checks what belongs together in a scenario: names that are used exist, and no reply can lie."""

from __future__ import annotations

import itertools
import math
from typing import Final

from engines.dialog.fields import did_you_mean
from engines.dialog.fitting import fit
from engines.dialog.scenario import (
    LANGUAGES,
    PLACEHOLDER,
    READING_VALUES,
    READING_WORDINGS,
    Ask,
    Call,
    Confirm,
    Manner,
    Read,
    Scenario,
    Slot,
    Transfer,
    ValueKind,
    Wording,
    kind_of,
)
from engines.dialog.yaml_tree import Node
from engines.errors import ScenarioError

MAX_EXPANSIONS: Final = 64
STANDARD_MENU: Final = {"1": "yes", "2": "no", "0": "human"}
"""The keys that the shared sentences explain."""
_ANSWERS: Final = ("yes", "no", "human", "repeat")


class Places:
    """Where each part of a file stood, for errors that show only when all is read."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._places: dict[str, Node] = {}

    def put(self, part: str, node: Node) -> None:
        """Remember a part's place."""
        self._places[part] = node

    def refuse(self, part: str, message: str, mend: str) -> ScenarioError:
        """The error at a part."""
        node = self._places[part]
        return ScenarioError(
            message, source=self._source, line=node.line, column=node.column, mend=mend
        )


def check(scenario: Scenario, places: Places) -> None:
    """Refuse what would fail, or say something untrue, in a call. Raises ScenarioError."""
    # What can be said at a step: slots asked for and results given before it.
    names: dict[str, ValueKind] = {}
    _check_opening(scenario, places)
    for slot in scenario.slots.values():
        _check_slot(slot, places)
    steps: set[str] = set()
    for step in scenario.steps:
        if isinstance(step, Ask):
            _check_ask(step, scenario, places)
            if not step.optional:
                names = {**names, step.slot: kind_of(scenario.slots[step.slot])}
            place = f"step ask {step.slot}"
        elif isinstance(step, Confirm):
            place = f"step confirm {step.name}"
            _check_wording(step.question, names, f"confirm {step.name} question", places)
            _check_wording(step.declined, names, f"confirm {step.name} declined", places)
            if step.correct is not None:
                _check_wording(step.correct, names, f"confirm {step.name} correct", places)
            _check_manner(step.manner, None, f"confirm {step.name}", places)
        elif isinstance(step, Read):
            place = f"step read {step.name}"
            _check_read(step, scenario, names, place, places)
        elif isinstance(step, Transfer):
            place = f"step transfer {step.name}"
            if step is not scenario.steps[-1]:
                raise places.refuse(place, "Nothing follows a transfer.", "Put it last.")
        else:
            place = f"step call {step.name}"
            _check_call(step, scenario, names, places)
            names = {**names, **step.returns}
            language = step.returns.get("language")
            follows = language is not None and set(language.words) <= set(LANGUAGES)
            if scenario.reading is not None and language is not None and not follows:
                raise places.refuse(
                    f"call {step.name} returns language",
                    "A caller reads in zh or en.",
                    "List zh: and en: with their names.",
                )
        if place in steps:
            raise places.refuse(place, f"This is the second {place}.", "Give it another name.")
        steps.add(place)
    _check_reading(scenario, places)
    _check_changes_are_confirmed(scenario, places)
    _check_every_way_says_something(scenario, places)


def _check_opening(scenario: Scenario, places: Places) -> None:
    _check_wording(scenario.greeting, {}, "greeting", places)
    asks = scenario.greeting_asks
    if asks and scenario.ask(asks) is None:
        raise places.refuse(
            "greeting_asks", f"No step asks for {asks!r}.", did_you_mean(asks, scenario.slots)
        )
    if scenario.recording_notice is not None:
        _check_wording(scenario.recording_notice, {}, "recording_notice", places)
    elif scenario.recording:
        raise places.refuse(
            "recording",
            "Nobody is recorded without being told.",
            "Add recording_notice: with zh and en.",
        )


def _check_read(
    step: Read, scenario: Scenario, known: dict[str, ValueKind], place: str, places: Places
) -> None:
    if scenario.reading is None:
        raise places.refuse(
            place, "Nothing says how it is read.", "Add reading: with its wordings."
        )
    if not scenario.recording:
        raise places.refuse(
            place, "What is read would not be recorded.", "Add recording: true and its notice."
        )
    if step.name == "consent" and not {"who", "purpose"} <= set(known):
        raise places.refuse(
            place,
            "Nobody knows yet who consents, and to what.",
            "Put a call that returns who and purpose before it.",
        )


def _check_reading(scenario: Scenario, places: Places) -> None:
    if scenario.gives_up is not None:
        _check_wording(scenario.gives_up, {}, "gives_up", places)
    words = scenario.reading
    if words is None:
        return
    if not any(isinstance(step, Read) for step in scenario.steps):
        raise places.refuse("reading", "No step reads.", "Add - read: sentences, or take it out.")
    for part in READING_WORDINGS:
        wording = getattr(words, part)
        _check_wording(wording, READING_VALUES, f"reading {part}", places)
    for fault, wording in words.faults.items():
        _check_wording(wording, READING_VALUES, f"reading faults {fault}", places)


def _check_manner(manner: Manner, slot: Slot | None, place: str, places: Places) -> None:
    """Keys mean something, and what they mean is explained; ``slot`` is None behind confirm."""
    for part in ("no_input", "no_match", "keypad"):
        wording = getattr(manner, part)
        if wording is not None:
            _check_wording(wording, {}, f"{place} {part}", places)
    if manner.keys == "digits":
        _check_digits(slot, place, places)
    for key, value in manner.menu.items():
        if slot is None and value not in _ANSWERS:
            raise places.refuse(
                f"{place} keys",
                f"Key {key} cannot mean {value[:20]!r} here.",
                "A question answers to yes, no, human and repeat.",
            )
    explained = not manner.menu or (slot is None and manner.menu == STANDARD_MENU)
    if not explained and manner.keypad is None:
        raise places.refuse(
            f"{place} keys",
            "Nothing explains these keys.",
            'Add keypad: with zh and en, or keep to {"1": yes, "2": no, "0": human}.',
        )


def _check_digits(slot: Slot | None, place: str, places: Places) -> None:
    if slot is not None and slot.takes == "phone":
        return
    if slot is None or slot.takes not in ("value", "keys") or "0" not in slot.format:
        raise places.refuse(
            f"{place} keys",
            "No digits are an answer here.",
            "keys: digits goes with takes: phone, or with a format such as 0000.",
        )
    if "A" in slot.format and not slot.complete:
        raise places.refuse(
            f"{place} keys",
            "The value has letters, which no key can give.",
            f"Add complete: to the slot {slot.name}, or leave keys out.",
        )


def _check_slot(slot: Slot, places: Places) -> None:
    for part in ("ask", "ask_again", "ask_day", "ask_time", "past", "closed"):
        wording = getattr(slot, part)
        if wording is not None:
            _check_wording(wording, {}, f"slot {slot.name} {part}", places)
    for part in ("check", "offer"):
        wording = getattr(slot, part)
        if wording is None:
            continue
        place = f"slot {slot.name} {part}"
        _check_wording(wording, {slot.name: kind_of(slot)}, place, places)
        for one in filter(None, (wording, wording.short)):
            if any(f"{{{slot.name}}}" not in "".join(one.of(spoken)) for spoken in LANGUAGES):
                raise places.refuse(
                    place,
                    "The question does not say the value that it asks about.",
                    f"Put {{{slot.name}}} into it, in both languages.",
                )


def _check_ask(step: Ask, scenario: Scenario, places: Places) -> None:
    place = f"step ask {step.slot}"
    slot = scenario.slots.get(step.slot)
    if slot is None:
        raise places.refuse(
            place,
            f"There is no slot {step.slot!r}.",
            did_you_mean(step.slot, scenario.slots),
        )
    wanted = {"ask": slot.ask, "ask_again": slot.ask_again}
    if slot.confirm != "never":
        wanted["check"] = slot.check
    if slot.takes == "moment":
        parts = ("ask_day", "ask_time", "past", "closed", "offer")
        wanted |= {part: getattr(slot, part) for part in parts}
    for part, wording in wanted.items():
        if wording is None:
            raise places.refuse(
                f"slot {slot.name}",
                f"A slot that is asked for needs {part!r}.",
                f"Add {part}: with zh and en"
                + (", or write confirm: never." if part == "check" else "."),
            )
    _check_manner(step.manner, slot, f"ask {slot.name}", places)
    for key, value in step.manner.menu.items():
        if value not in _ANSWERS and (slot.takes != "value" or not fit(value, slot.format, "")):
            raise places.refuse(
                f"ask {slot.name} keys",
                f"Key {key} cannot mean {value[:20]!r}: it is no value of {slot.name}.",
                "Write yes, no, human, repeat, or a value.",
            )


def _check_call(
    step: Call, scenario: Scenario, known: dict[str, ValueKind], places: Places
) -> None:
    sources = {**dict.fromkeys(scenario.slots), **known}
    for argument, name in step.arguments.items():
        if name not in sources:
            raise places.refuse(
                f"call {step.name} with {argument}",
                f"Nothing before this step is named {name!r}.",
                did_you_mean(name, sources),
            )
    for name, kind in step.returns.items():
        place = f"call {step.name} returns {name}"
        if name in sources:
            raise places.refuse(place, f"The name {name!r} is taken.", "Choose another name.")
        if kind.kind == "words" and not kind.words:
            raise places.refuse(place, f"{name} has no values.", "List each value with zh and en.")
        if kind.kind == "same" and kind.of not in step.arguments.values():
            raise places.refuse(
                place,
                f"The call is not given {kind.of!r}, so its answer cannot be about it.",
                did_you_mean(kind.of, step.arguments.values()),
            )
    for number, outcome in enumerate(step.outcomes):
        place = f"call {step.name} outcome {number}"
        for name, value in outcome.when.items():
            _check_condition(step, name, value, f"{place} when {name}", places)
        if outcome.error and outcome.when:
            raise places.refuse(
                place,
                "A failed call has no results to compare.",
                "Remove when: or error:.",
            )
        if outcome.slot and scenario.ask(outcome.slot) is None:
            raise places.refuse(
                f"{place} then",
                f"No step asks for {outcome.slot!r}.",
                did_you_mean(outcome.slot, scenario.slots),
            )
        # A failed call has answered nothing that could be quoted.
        names = known if outcome.error else {**known, **step.returns}
        if outcome.say is not None:
            _check_wording(outcome.say, names, f"{place} say", places)
        if step.changes and not outcome.error:
            _check_report(step, outcome.say, place, places)


def _check_condition(step: Call, name: str, value: str, place: str, places: Places) -> None:
    kind = step.returns.get(name)
    if kind is None:
        raise places.refuse(
            place,
            f"The call does not return {name!r}.",
            did_you_mean(name, step.returns),
        )
    if kind.kind == "words" and value not in kind.words:
        raise places.refuse(place, f"{name} is never {value!r}.", did_you_mean(value, kind.words))


def _check_report(step: Call, say: Wording | None, place: str, places: Places) -> None:
    """What reports a change quotes the business system's own answer, in every language."""
    brief = say.short if say is not None else None
    for one, language in itertools.product((say, brief or say), LANGUAGES):
        said = "".join(one.of(language)) if one is not None else ""
        if not set(PLACEHOLDER.findall(said)) & set(step.returns):
            raise places.refuse(
                f"{place} say" if say is not None else place,
                f"This reports a change without quoting the answer ({language}).",
                "Say one of its results: " + ", ".join(f"{{{name}}}" for name in step.returns),
            )


def _check_changes_are_confirmed(scenario: Scenario, places: Places) -> None:
    confirmed = False
    for step in scenario.steps:
        confirmed = confirmed or isinstance(step, Confirm)
        if isinstance(step, Call) and step.changes and not confirmed:
            raise places.refuse(
                f"step call {step.name}",
                "A call that changes something comes after a confirmation.",
                "Put a step confirm: before it.",
            )


def _check_every_way_says_something(scenario: Scenario, places: Places) -> None:
    for step in scenario.steps:
        if not isinstance(step, Call):
            continue
        for number, outcome in enumerate(step.outcomes):
            ends = outcome.then == "finish" or (
                outcome.then == "continue" and step is scenario.steps[-1]
            )
            if ends and outcome.say is None:
                raise places.refuse(
                    f"call {step.name} outcome {number}",
                    "The request ends here and the caller is told nothing.",
                    "Add say:, or then: transfer.",
                )


def _check_wording(
    wording: Wording, known: dict[str, ValueKind], place: str, places: Places
) -> None:
    if wording.short is not None:
        _check_wording(wording.short, known, place, places)
    for language in LANGUAGES:
        for template in wording.of(language):
            for name in PLACEHOLDER.findall(template):
                if name not in known:
                    raise places.refuse(
                        place,
                        f"{{{name}}} is not known here.",
                        did_you_mean(name, known) or "Only constant text can stand here.",
                    )
            if "{" in PLACEHOLDER.sub("", template) or "}" in PLACEHOLDER.sub("", template):
                raise places.refuse(place, "A brace is not closed.", "Write {name}.")
            words = [len(known[name].words) or 1 for name in set(PLACEHOLDER.findall(template))]
            if math.prod(words) > MAX_EXPANSIONS:
                raise places.refuse(
                    place,
                    f"A clause can become more than {MAX_EXPANSIONS} texts.",
                    "Split it into clauses with one value each.",
                )
