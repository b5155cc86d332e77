"""Reads a scenario from its YAML file; every error has line, column and a mend.

This file and ``step_file`` turn the tree into structs; ``scenario_check`` looks at what belongs
together; ``scenario_keys`` lists the keys.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal, cast

from engines.dialog import scenario_keys as keys
from engines.dialog.fields import Fields, name, one_of, refuse, said, scalar, target, wording
from engines.dialog.hours import Hours, parse_hours
from engines.dialog.moves import BargeIn, Expectation
from engines.dialog.scenario import READING_WORDINGS, ReadingWords, Scenario, Slot, Spoken
from engines.dialog.scenario_check import Places, check
from engines.dialog.step_file import BARGE_IN, StepReader
from engines.dialog.yaml_tree import Node, Scalar, read_tree
from engines.errors import ScenarioError
from engines.nlu.labels import ENTITY_TYPES, INTENTS

MAX_SLOTS: Final = 20
MAX_STEPS: Final = 40

_WORDINGS: Final = tuple(
    key.name for key in keys.SLOT if key.value == keys.WORDING
)  # of a slot; the same names as in Slot


def read_bytes(path: Path) -> bytes:
    """The content of a scenario file. Raises ScenarioError."""
    if path.exists() and not path.is_file():
        raise ScenarioError("It is no ordinary file.", source=str(path), mend="Check its path.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ScenarioError(
            f"The file cannot be read: {error.strerror}.",
            source=str(path),
            mend="Check its path.",
        ) from error


def parse_scenario(text: bytes, source: str) -> Scenario:
    """Read a scenario from the bytes of a file named ``source``. Raises ScenarioError."""
    return _Reader(source).scenario(read_tree(text, source))


class _Reader:
    """Turns nodes into structs and remembers where they stood."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._places = Places(source)

    def scenario(self, root: Node) -> Scenario:
        fields = Fields(root, self._source, "a scenario", keys.names(keys.SCENARIO))
        slots = fields.pairs("slots")
        if len(slots) > MAX_SLOTS:
            raise refuse(self._source, slots[MAX_SLOTS][0], f"More than {MAX_SLOTS} slots.")
        steps = fields.listing("steps")
        if not 1 <= len(steps) <= MAX_STEPS:
            where = fields.node_of("steps")
            raise refuse(self._source, where, f"A scenario has 1 to {MAX_STEPS} steps.")
        steps_of = StepReader(self._source, self._places)
        for part in ("greeting", "greeting_asks", "recording", "recording_notice", "gives_up"):
            if fields.has(part):
                self._places.put(part, fields.node_of(part))
        scenario = Scenario(
            name=name(fields.node_of("scenario"), self._source, "the name of a scenario"),
            title=fields.text("title"),
            wish=self._said(fields, "wish"),
            numbers=tuple(
                scalar(node, self._source, "a called number").text
                for node in fields.listing("numbers")
            ),
            starts_on=tuple(
                one_of(
                    scalar(node, self._source, "an intent"),
                    INTENTS,
                    self._source,
                    "an intent",
                )
                for node in fields.listing("starts_on")
            ),
            greeting=fields.wording("greeting"),
            greeting_asks=fields.text("greeting_asks", ""),
            barge_in=cast(BargeIn, fields.choice("barge_in", BARGE_IN, "normal")),
            recording=fields.flag("recording"),
            recording_notice=fields.optional_wording("recording_notice"),
            survey=cast(Literal["", "voice"], fields.choice("survey", ("voice",), "")),
            hours=self._hours(fields),
            target=self._target(fields),
            gives_up=fields.optional_wording("gives_up"),
            reading=self._reading(fields),
            voice=fields.speakers("voice"),
            slots={name(key, self._source, "a slot"): self._slot(key, node) for key, node in slots},
            steps=tuple(steps_of.step(node) for node in steps),
        )
        check(scenario, self._places)
        return scenario

    def _said(self, fields: Fields, key: str) -> dict[Spoken, str]:
        return said(fields.node_of(key), self._source, key) if fields.has(key) else {}

    def _hours(self, fields: Fields) -> Hours | None:
        if not fields.has("hours"):
            return None
        entries = [
            (key.text, scalar(node, self._source, key.text).text)
            for key, node in fields.pairs("hours")
        ]
        try:
            return parse_hours(entries)
        except ValueError as error:
            raise refuse(
                self._source,
                fields.node_of("hours"),
                f"hours cannot be read: {error}.",
                'Write mon-fri: "09:00-18:00" lines.',
            ) from error

    def _target(self, fields: Fields) -> str:
        if not fields.has("transfer"):
            return "operator"
        known = keys.names(keys.TRANSFER)
        inner = Fields(fields.node_of("transfer"), self._source, "transfer", known)
        return target(inner.node_of("target"), self._source)

    def _reading(self, fields: Fields) -> ReadingWords | None:
        if not fields.has("reading"):
            return None
        inner = Fields(fields.node_of("reading"), self._source, "reading", keys.names(keys.READING))
        self._places.put("reading", inner.node)
        for part in READING_WORDINGS:
            self._places.put(f"reading {part}", inner.node_of(part))
        faults = {}
        for key, node in inner.pairs("faults"):
            fault = name(key, self._source, "a fault")
            self._places.put(f"reading faults {fault}", node)
            faults[fault] = wording(node, self._source, fault)
        return ReadingWords(
            faults=faults, **{part: inner.wording(part) for part in READING_WORDINGS}
        )

    def _slot(self, key: Scalar, node: Node) -> Slot:
        fields = Fields(node, self._source, f"the slot {key.text!r}", keys.names(keys.SLOT))
        takes = cast(
            Literal["value", "phone", "moment", "sentence", "keys"],
            fields.choice("takes", ("value", "phone", "moment", "sentence", "keys"), "value"),
        )
        wordings = {part: fields.optional_wording(part) for part in _WORDINGS}
        slot = Slot(
            name=key.text,
            entity=self._entity(fields, takes),
            takes=takes,
            label=self._said(fields, "label"),
            format=self._format(fields),
            expects=self._expects(fields, takes),
            confirm=cast(
                Literal["when unsure", "always", "never"],
                fields.choice(
                    "confirm",
                    ("when unsure", "always", "never"),
                    "never" if takes in ("sentence", "keys") else "when unsure",
                ),
            ),
            complete=name(fields.node_of("complete"), self._source, "a business call")
            if fields.has("complete")
            else "",
            **wordings,
        )
        for part in (*_WORDINGS, "complete"):
            if fields.has(part):
                self._places.put(f"slot {slot.name} {part}", fields.node_of(part))
        self._places.put(f"slot {slot.name}", key)
        return slot

    def _entity(self, fields: Fields, takes: str) -> str:
        if takes in ("sentence", "keys"):
            if fields.has("entity"):
                raise refuse(
                    self._source,
                    fields.node_of("entity"),
                    "A sentence has no entity: all of it is the value."
                    if takes == "sentence"
                    else "What is keyed has no entity: it is never heard.",
                    "Leave entity out, or write takes: value.",
                )
            return ""
        entity = scalar(fields.node_of("entity"), self._source, "entity")
        found = one_of(entity, ENTITY_TYPES, self._source, "entity")
        wanted = {"phone": "PHONE", "moment": "TIME"}.get(takes, found)
        if found != wanted:
            raise refuse(
                self._source, entity, f"takes: {takes} needs another entity.", f"Write {wanted}."
            )
        return found

    def _format(self, fields: Fields) -> str:
        if not fields.has("format"):
            return ""
        found = scalar(fields.node_of("format"), self._source, "format")
        if not re.fullmatch(r"[A0-]{1,40}", found.text):
            raise refuse(
                self._source,
                found,
                f"format cannot be {found.text[:40]!r}.",
                "Write A for a letter and 0 for a digit, such as A0000.",
            )
        return found.text

    def _expects(self, fields: Fields, takes: str) -> Expectation:
        if not fields.has("expects"):
            digits = self._format(fields).count("0")
            if takes == "phone":
                return Expectation(kind="digits")
            return Expectation(kind="digits", digits=digits) if digits else Expectation()
        found = scalar(fields.node_of("expects"), self._source, "expects")
        kind, _, number = found.text.partition(" ")
        kinds = ("open", "digits", "address")
        digits_are_right = not number or (kind == "digits" and re.fullmatch(r"[1-9]\d?", number))
        if kind not in kinds or not digits_are_right:
            raise refuse(
                self._source,
                found,
                f"expects cannot be {found.text!r}.",
                'Write "open", "address", "digits", or "digits 4" where the number is known.',
            )
        return Expectation(
            kind=cast(Literal["open", "digits", "address"], kind),
            digits=int(number or 0),
        )
