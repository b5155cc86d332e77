"""Reads a scenario from its YAML file; every error has line, column and a mend.

This file turns the tree into structs; ``scenario_check`` looks at what belongs together.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal, cast

from engines.dialog.fields import Fields, did_you_mean, one_of, refuse, scalar, table
from engines.dialog.moves import Expectation
from engines.dialog.scenario import (
    Ask,
    Call,
    Confirm,
    Outcome,
    Scenario,
    Slot,
    Spoken,
    Step,
    ValueKind,
)
from engines.dialog.scenario_check import Places, check
from engines.dialog.yaml_tree import Node, Scalar, Table, read_tree
from engines.errors import ScenarioError
from engines.nlu.labels import ENTITY_TYPES, INTENTS

MAX_SLOTS: Final = 20
MAX_STEPS: Final = 40
ERRORS: Final = ("not_found", "refused", "unavailable", "timeout", "any")

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KEYS: Final = (
    "scenario",
    "title",
    "numbers",
    "starts_on",
    "greeting",
    "slots",
    "steps",
)
_SLOT_KEYS: Final = ("entity", "format", "expects", "ask", "ask_again", "confirm", "check")
_OUTCOME_KEYS: Final = ("when", "error", "say", "then")
_STEPS: Final[dict[str, tuple[str, ...]]] = {
    "ask": ("ask",),
    "confirm": ("confirm", "question", "declined"),
    "call": ("call", "with", "changes", "returns", "outcomes"),
}


def read_scenario(path: Path) -> Scenario:
    """Read one file. Raises ScenarioError."""
    return parse_scenario(read_bytes(path), path.name)


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
        fields = Fields(root, self._source, "a scenario", _KEYS)
        slots = fields.pairs("slots")
        if len(slots) > MAX_SLOTS:
            raise refuse(self._source, slots[MAX_SLOTS][0], f"More than {MAX_SLOTS} slots.")
        steps = fields.listing("steps")
        if not 1 <= len(steps) <= MAX_STEPS:
            where = fields.node_of("steps")
            raise refuse(self._source, where, f"A scenario has 1 to {MAX_STEPS} steps.")
        scenario = Scenario(
            name=self._name(fields.node_of("scenario"), "the name of a scenario"),
            title=fields.text("title"),
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
            slots={self._name(key, "a slot"): self._slot(key, node) for key, node in slots},
            steps=tuple(self._step(node) for node in steps),
        )
        self._places.put("greeting", fields.node_of("greeting"))
        check(scenario, self._places)
        return scenario

    def _name(self, node: Node, what: str) -> str:
        found = scalar(node, self._source, what)
        if not _NAME.fullmatch(found.text):
            raise refuse(
                self._source,
                found,
                f"{found.text[:40]!r} cannot be {what}.",
                "Use small letters, digits and _, beginning with a letter.",
            )
        return found.text

    def _slot(self, key: Scalar, node: Node) -> Slot:
        fields = Fields(node, self._source, f"the slot {key.text!r}", _SLOT_KEYS)
        entity = scalar(fields.node_of("entity"), self._source, "entity")
        slot = Slot(
            name=key.text,
            entity=one_of(entity, ENTITY_TYPES, self._source, "entity"),
            format=self._format(fields),
            expects=self._expects(fields),
            ask=fields.optional_wording("ask"),
            ask_again=fields.optional_wording("ask_again"),
            confirm=cast(
                Literal["when unsure", "always", "never"],
                fields.choice("confirm", ("when unsure", "always", "never"), "when unsure"),
            ),
            check=fields.optional_wording("check"),
        )
        for name in ("ask", "ask_again", "check"):
            if fields.has(name):
                self._places.put(f"slot {slot.name} {name}", fields.node_of(name))
        self._places.put(f"slot {slot.name}", key)
        return slot

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

    def _expects(self, fields: Fields) -> Expectation:
        if not fields.has("expects"):
            digits = self._format(fields).count("0")
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

    def _step(self, node: Node) -> Step:
        entries = table(node, self._source, "a step").entries
        verb = entries[0][0].text if entries else ""
        if verb not in _STEPS:
            raise refuse(
                self._source,
                entries[0][0] if entries else node,
                f"A step cannot begin with {verb!r}.",
                did_you_mean(verb, _STEPS),
            )
        fields = Fields(node, self._source, f"the step {verb!r}", _STEPS[verb])
        name = self._name(fields.node_of(verb), f"the name behind {verb}")
        self._places.put(f"step {verb} {name}", fields.node_of(verb))
        if verb == "ask":
            return Ask(slot=name)
        if verb == "confirm":
            for part in ("question", "declined"):
                self._places.put(f"confirm {name} {part}", fields.node_of(part))
            return Confirm(
                name=name,
                question=fields.wording("question"),
                declined=fields.wording("declined"),
            )
        return self._call(name, fields)

    def _call(self, name: str, fields: Fields) -> Call:
        arguments = {
            self._name(key, "an argument"): self._argument(name, key, node)
            for key, node in fields.pairs("with")
        }
        returns = {
            self._name(key, "a result"): self._value_kind(name, key, node)
            for key, node in fields.pairs("returns")
        }
        outcomes = fields.listing("outcomes")
        if not outcomes:
            raise refuse(
                self._source,
                fields.node,
                f"The call {name!r} needs outcomes.",
                "Say what follows.",
            )
        return Call(
            name=name,
            arguments=arguments,
            changes=fields.flag("changes"),
            returns=returns,
            outcomes=tuple(
                self._outcome(name, number, node) for number, node in enumerate(outcomes)
            ),
        )

    def _argument(self, call: str, key: Scalar, node: Node) -> str:
        self._places.put(f"call {call} with {key.text}", node)
        return self._name(node, "the name of a slot or result")

    def _value_kind(self, call: str, key: Scalar, node: Node) -> ValueKind:
        self._places.put(f"call {call} returns {key.text}", key)
        if isinstance(node, Table):
            words = {value.text: self._said(value, said) for value, said in node.entries}
            return ValueKind(kind="words", words=words)
        kinds = ("text", "date", "money")
        found = scalar(node, self._source, key.text)
        kind = one_of(found, kinds, self._source, f"the kind of {key.text}")
        return ValueKind(kind=cast(Literal["text", "date", "money"], kind))

    def _said(self, value: Scalar, node: Node) -> dict[Spoken, str]:
        fields = Fields(node, self._source, f"the value {value.text!r}", ("zh", "en"))
        return {"zh": fields.text("zh"), "en": fields.text("en")}

    def _outcome(self, call: str, number: int, node: Node) -> Outcome:
        fields = Fields(node, self._source, "an outcome", _OUTCOME_KEYS)
        place = f"call {call} outcome {number}"
        self._places.put(place, node)
        if fields.has("say"):
            self._places.put(f"{place} say", fields.node_of("say"))
        then, slot = self._then(place, fields)
        when: dict[str, str] = {}
        for key, value in fields.pairs("when"):
            self._places.put(f"{place} when {key.text}", key)
            when[key.text] = scalar(value, self._source, key.text).text
        return Outcome(
            when=when,
            error=fields.choice("error", ERRORS, ""),
            say=fields.optional_wording("say"),
            then=then,
            slot=slot,
        )

    def _then(
        self, place: str, fields: Fields
    ) -> tuple[Literal["continue", "finish", "transfer", "ask again"], str]:
        if not fields.has("then"):
            return "finish", ""
        node = fields.node_of("then")
        found = scalar(node, self._source, "then")
        self._places.put(f"{place} then", found)
        again = re.fullmatch(r"ask again (\S+)", found.text)
        if again:
            return "ask again", again[1]
        if found.text in ("continue", "finish", "transfer"):
            return cast(Literal["continue", "finish", "transfer"], found.text), ""
        raise refuse(
            self._source,
            found,
            f"then cannot be {found.text!r}.",
            'Write "continue", "finish", "transfer", or "ask again SLOT".',
        )
