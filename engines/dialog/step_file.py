"""Reads the steps of a scenario: ask, confirm, call, read, transfer."""

from __future__ import annotations

import re
from typing import Final, Literal, cast

from engines.dialog import scenario_keys as keys
from engines.dialog.fields import (
    Fields,
    did_you_mean,
    name,
    one_of,
    refuse,
    said,
    scalar,
    table,
    target,
)
from engines.dialog.moves import BargeIn
from engines.dialog.scenario import (
    Ask,
    Call,
    Confirm,
    Manner,
    Outcome,
    Read,
    Step,
    Transfer,
    ValueKind,
)
from engines.dialog.scenario_check import Places
from engines.dialog.yaml_tree import Node, Scalar, Table
from engines.samples.sentences import COUNT

SENTENCES: Final = 20
"""What is read where a step does not say how many."""
ERRORS: Final = ("not_found", "refused", "unavailable", "timeout", "wrong_answer", "any")
READINGS: Final = ("consent", "sentences")
BARGE_IN: Final = ("off", "firm", "normal", "eager")
_KEY: Final = re.compile(r"[0-9*]", re.ASCII)
_KINDS: Final = ("text", "id", "date", "moment", "money")


class StepReader:
    """Turns the nodes of ``steps`` into structs and remembers where they stood.

    Args:
        source: name of the file.
        places: where parts stood.
    """

    def __init__(self, source: str, places: Places) -> None:
        self._source = source
        self._places = places

    def step(self, node: Node) -> Step:
        """One step. Raises ScenarioError."""
        entries = table(node, self._source, "a step").entries
        verb = entries[0][0].text if entries else ""
        if verb not in keys.STEPS:
            raise refuse(
                self._source,
                entries[0][0] if entries else node,
                f"A step cannot begin with {verb!r}.",
                did_you_mean(verb, keys.STEPS),
            )
        known = keys.names(keys.STEPS[verb])
        fields = Fields(node, self._source, f"the step {verb!r}", known)
        if verb == "transfer":
            goal = target(fields.node_of(verb), self._source)
            self._places.put(f"step transfer {goal}", fields.node_of(verb))
            return Transfer(name=goal)
        if verb == "read":
            what = one_of(
                scalar(fields.node_of(verb), self._source, verb), READINGS, self._source, verb
            )
            self._places.put(f"step read {what}", fields.node_of(verb))
            count = fields.number("count", 1, COUNT)
            if what == "consent":
                return Read(name="consent", count=count)
            return Read(name="sentences", count=count or SENTENCES)
        called = name(fields.node_of(verb), self._source, f"the name behind {verb}")
        self._places.put(f"step {verb} {called}", fields.node_of(verb))
        if verb == "ask":
            return Ask(
                slot=called,
                optional=fields.flag("optional"),
                tries=fields.number("tries", 1, 5),
                voice=fields.speakers("voice"),
                manner=self._manner(f"ask {called}", fields),
            )
        if verb == "confirm":
            for part in ("question", "declined"):
                self._places.put(f"confirm {called} {part}", fields.node_of(part))
            if fields.has("correct"):
                self._places.put(f"confirm {called} correct", fields.node_of("correct"))
            return Confirm(
                name=called,
                question=fields.wording("question"),
                declined=fields.wording("declined"),
                correct=fields.optional_wording("correct"),
                voice=fields.speakers("voice"),
                manner=self._manner(f"confirm {called}", fields),
            )
        return self._call(called, fields)

    def _manner(self, place: str, fields: Fields) -> Manner:
        silence = self._table(fields, "no_input", keys.NO_INPUT)
        nonsense = self._table(fields, "no_match", keys.NO_MATCH)
        for part, inner in (("no_input", silence), ("no_match", nonsense)):
            if inner is not None and inner.has("say"):
                self._places.put(f"{place} {part}", inner.node_of("say"))
        for part in ("keypad", "keys"):
            if fields.has(part):
                self._places.put(f"{place} {part}", fields.node_of(part))
        kind, menu = self._keys(fields)
        return Manner(
            no_input_ms=silence.number("after_ms", 1000, 60_000) if silence else 0,
            no_input=silence.optional_wording("say") if silence else None,
            no_match=nonsense.optional_wording("say") if nonsense else None,
            keys=kind,
            menu=menu,
            keypad=fields.optional_wording("keypad"),
            barge_in=cast("BargeIn | None", fields.choice("barge_in", BARGE_IN, "") or None),
            private=fields.flag("private"),
        )

    def _table(self, fields: Fields, key: str, known: tuple[keys.Key, ...]) -> Fields | None:
        if not fields.has(key):
            return None
        return Fields(fields.node_of(key), self._source, key, keys.names(known))

    def _keys(self, fields: Fields) -> tuple[Literal["", "menu", "digits"], dict[str, str]]:
        if not fields.has("keys"):
            return "", {}
        node = fields.node_of("keys")
        if isinstance(node, Table):
            return "menu", key_menu(node, self._source)
        found = scalar(node, self._source, "keys")
        if found.text != "digits":
            raise refuse(
                self._source,
                found,
                f"keys cannot be {found.text[:40]!r}.",
                'Write keys: digits, or a table such as {"1": yes, "2": no, "0": human}.',
            )
        return "digits", {}

    def _call(self, called: str, fields: Fields) -> Call:
        arguments = {
            name(key, self._source, "an argument"): self._argument(called, key, node)
            for key, node in fields.pairs("with")
        }
        returns = {
            name(key, self._source, "a result"): self._value_kind(called, key, node)
            for key, node in fields.pairs("returns")
        }
        outcomes = fields.listing("outcomes")
        if not outcomes:
            raise refuse(
                self._source,
                fields.node,
                f"The call {called!r} needs outcomes.",
                "Say what follows.",
            )
        return Call(
            name=called,
            arguments=arguments,
            changes=fields.flag("changes"),
            voice=fields.speakers("voice"),
            returns=returns,
            outcomes=tuple(
                self._outcome(called, number, node) for number, node in enumerate(outcomes)
            ),
        )

    def _argument(self, call: str, key: Scalar, node: Node) -> str:
        self._places.put(f"call {call} with {key.text}", node)
        return name(node, self._source, "the name of a slot or result")

    def _value_kind(self, call: str, key: Scalar, node: Node) -> ValueKind:
        self._places.put(f"call {call} returns {key.text}", key)
        if isinstance(node, Table):
            words = {
                value.text: said(text, self._source, f"the value {value.text!r}")
                for value, text in node.entries
            }
            return ValueKind(kind="words", words=words)
        found = scalar(node, self._source, key.text)
        same = re.fullmatch(r"same (\S+)", found.text)
        if same:
            return ValueKind(kind="same", of=same[1])
        kind = one_of(found, _KINDS, self._source, f"the kind of {key.text}")
        return ValueKind(kind=cast(Literal["text", "id", "date", "moment", "money"], kind))

    def _outcome(self, call: str, number: int, node: Node) -> Outcome:
        fields = Fields(node, self._source, "an outcome", keys.names(keys.OUTCOME))
        place = f"call {call} outcome {number}"
        self._places.put(place, node)
        if fields.has("say"):
            self._places.put(f"{place} say", fields.node_of("say"))
        then, slot = self._then(place, fields)
        if fields.has("target") and then != "transfer":
            raise refuse(
                self._source,
                fields.node_of("target"),
                "Only a transfer has a target.",
                "Add then: transfer, or leave the target out.",
            )
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
            target=target(fields.node_of("target"), self._source) if fields.has("target") else "",
        )

    def _then(
        self, place: str, fields: Fields
    ) -> tuple[Literal["continue", "finish", "transfer", "ask again", "end"], str]:
        if not fields.has("then"):
            return "finish", ""
        node = fields.node_of("then")
        found = scalar(node, self._source, "then")
        self._places.put(f"{place} then", found)
        again = re.fullmatch(r"ask again (\S+)", found.text)
        if again:
            return "ask again", again[1]
        if found.text in ("continue", "finish", "transfer", "end"):
            return cast(Literal["continue", "finish", "transfer", "end"], found.text), ""
        raise refuse(
            self._source,
            found,
            f"then cannot be {found.text!r}.",
            'Write "continue", "finish", "transfer", "end", or "ask again SLOT".',
        )


def key_menu(node: Node, source: str) -> dict[str, str]:
    """A table from keys to what they mean. Raises ScenarioError."""
    menu: dict[str, str] = {}
    for key, value in table(node, source, "keys").entries:
        if not _KEY.fullmatch(key.text):
            raise refuse(
                source, key, f"{key.text[:20]!r} is no key.", 'Write "0" to "9" or "*", in quotes.'
            )
        menu[key.text] = scalar(value, source, f"key {key.text}").text
    if not menu:
        raise refuse(source, node, "keys lists no key.", 'Write {"1": yes, "2": no}.')
    return menu
