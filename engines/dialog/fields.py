"""Takes a table of a scenario file apart, key by key, with errors that name place and mend."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Final

from engines.dialog.scenario import Speakers, Spoken, Wording
from engines.dialog.yaml_tree import Listing, Node, Scalar, Table
from engines.errors import ScenarioError

MAX_CLAUSES: Final = 12
MAX_CLAUSE_CHARACTERS: Final = 200
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VOICE: Final = re.compile(r"[a-z][a-z0-9_-]{1,31}", re.ASCII)
_TARGET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", re.ASCII)


def refuse(source: str, node: Node, message: str, mend: str = "") -> ScenarioError:
    """The error at a node."""
    return ScenarioError(message, source=source, line=node.line, column=node.column, mend=mend)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A mend: the nearest known word, or all of them."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Known here: {', '.join(known)}." if known else ""


class Fields:
    """A table whose keys are taken one by one; unknown keys are refused at once.

    Args:
        node: the table.
        source: name of the file.
        what: what the table describes, for messages ("a slot").
        known: the keys that it may have.
    """

    def __init__(self, node: Node, source: str, what: str, known: Sequence[str]) -> None:
        self.node = table(node, source, what)
        self.source = source
        self.what = what
        self._entries = {key.text: value for key, value in self.node.entries}
        for key, _ in self.node.entries:
            if key.text not in known:
                raise refuse(
                    source,
                    key,
                    f"{what} has no key {key.text!r}.",
                    did_you_mean(key.text, known),
                )

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._entries

    def node_of(self, key: str) -> Node:
        """The value of a key that must be there."""
        if key not in self._entries:
            raise refuse(
                self.source,
                self.node,
                f"{self.what} needs {key!r}.",
                f"Add a line {key}: ...",
            )
        return self._entries[key]

    def text(self, key: str, default: str | None = None) -> str:
        """A scalar that is not empty."""
        if default is not None and not self.has(key):
            return default
        return scalar(self.node_of(key), self.source, key).text

    def choice(self, key: str, allowed: Sequence[str], default: str) -> str:
        """One of ``allowed``."""
        if not self.has(key):
            return default
        found = scalar(self.node_of(key), self.source, key)
        return one_of(found, allowed, self.source, key)

    def flag(self, key: str) -> bool:
        """``true`` or ``false``; false where it is missing."""
        return self.choice(key, ("true", "false"), "false") == "true"

    def number(self, key: str, least: int, most: int) -> int:
        """A whole number between two limits; 0 where it is missing."""
        if not self.has(key):
            return 0
        found = scalar(self.node_of(key), self.source, key)
        if not re.fullmatch(r"\d{1,6}", found.text, re.ASCII) or not (
            least <= int(found.text) <= most
        ):
            raise refuse(
                self.source,
                found,
                f"{key} cannot be {found.text[:20]!r}.",
                f"Write a whole number from {least} to {most}.",
            )
        return int(found.text)

    def listing(self, key: str) -> tuple[Node, ...]:
        """The items of a list; none where it is missing."""
        if not self.has(key):
            return ()
        return listing(self.node_of(key), self.source, key)

    def pairs(self, key: str) -> tuple[tuple[Scalar, Node], ...]:
        """The entries of a table; none where it is missing."""
        if not self.has(key):
            return ()
        return table(self.node_of(key), self.source, key).entries

    def wording(self, key: str) -> Wording:
        """Clauses in both languages."""
        return wording(self.node_of(key), self.source, key)

    def speakers(self, key: str) -> Speakers:
        """One voice, or one for each language; nobody where it is missing."""
        return speakers(self.node_of(key), self.source, key) if self.has(key) else Speakers()

    def optional_wording(self, key: str) -> Wording | None:
        """Clauses in both languages, or nothing."""
        return self.wording(key) if self.has(key) else None


def scalar(node: Node, source: str, what: str) -> Scalar:
    """The node as text that is not empty."""
    if not isinstance(node, Scalar):
        raise refuse(source, node, f"{what} must be one value.", "Write it on the same line.")
    if not node.text.strip():
        raise refuse(source, node, f"{what} is empty.", "Write a value behind the colon.")
    return node


def listing(node: Node, source: str, what: str) -> tuple[Node, ...]:
    """The node as a list."""
    if not isinstance(node, Listing):
        raise refuse(source, node, f"{what} must be a list.", 'Write ["...", "..."] or - lines.')
    return node.items


def table(node: Node, source: str, what: str) -> Table:
    """The node as a table of keys."""
    if not isinstance(node, Table):
        raise refuse(source, node, f"{what} must be a table of keys.", "Write key: value lines.")
    return node


def one_of(found: Scalar, allowed: Sequence[str], source: str, what: str) -> str:
    """The text of a scalar that must be one of ``allowed``."""
    if found.text not in allowed:
        raise refuse(
            source,
            found,
            f"{what} cannot be {found.text!r}.",
            did_you_mean(found.text, allowed),
        )
    return found.text


def wording(node: Node, source: str, what: str) -> Wording:
    """A table ``zh: [...]``, ``en: [...]`` of clauses, and ``short:`` where it is given."""
    fields = Fields(node, source, what, ("zh", "en", "short"))
    short = fields.node_of("short") if fields.has("short") else None
    if short is not None:
        brief = Fields(short, source, f"{what}, short", ("zh", "en"))
    return Wording(
        zh=_clauses(fields.node_of("zh"), source, f"{what}, zh"),
        en=_clauses(fields.node_of("en"), source, f"{what}, en"),
        short=None
        if short is None
        else Wording(
            zh=_clauses(brief.node_of("zh"), source, f"{what}, short zh"),
            en=_clauses(brief.node_of("en"), source, f"{what}, short en"),
        ),
    )


def name(node: Node, source: str, what: str) -> str:
    """The node as a name of ours."""
    found = scalar(node, source, what)
    if not _NAME.fullmatch(found.text):
        raise refuse(
            source,
            found,
            f"{found.text[:40]!r} cannot be {what}.",
            "Use small letters, digits and _, beginning with a letter.",
        )
    return found.text


def target(node: Node, source: str) -> str:
    """The node as a queue or extension of the PBX."""
    found = scalar(node, source, "a target")
    if not _TARGET.fullmatch(found.text):
        raise refuse(
            source,
            found,
            f"{found.text[:40]!r} cannot be a target.",
            "Write a queue or extension: letters, digits and . _ + - only, at most 64.",
        )
    return found.text


def speakers(node: Node, source: str, what: str) -> Speakers:
    """The node as the name of a voice, or as a table ``zh: name``, ``en: name``."""
    if not isinstance(node, Table):
        both = _voice(node, source, what)
        return Speakers(zh=both, en=both)
    fields = Fields(node, source, what, ("zh", "en"))
    named = {
        language: _voice(fields.node_of(language), source, f"{what}, {language}")
        for language in ("zh", "en")
        if fields.has(language)
    }
    if not named:
        raise refuse(source, node, f"{what} names nobody.", "Write a name, or {zh: NAME}.")
    return Speakers(**named)


def _voice(node: Node, source: str, what: str) -> str:
    found = scalar(node, source, what)
    if not _VOICE.fullmatch(found.text):
        raise refuse(
            source,
            found,
            f"{what}: {found.text[:40]!r} is no name of a voice.",
            "Names have 2 to 32 of a-z, 0-9, - and _, a letter first: `kefuctl voice list`.",
        )
    return found.text


def said(node: Node, source: str, what: str) -> dict[Spoken, str]:
    """A table ``zh: text``, ``en: text``."""
    fields = Fields(node, source, what, ("zh", "en"))
    return {"zh": fields.text("zh"), "en": fields.text("en")}


def _clauses(node: Node, source: str, what: str) -> tuple[str, ...]:
    items = listing(node, source, what)
    if not 1 <= len(items) <= MAX_CLAUSES:
        raise refuse(source, node, f"{what} must have 1 to {MAX_CLAUSES} clauses.", "")
    clauses = [scalar(item, source, what) for item in items]
    for clause in clauses:
        if len(clause.text) > MAX_CLAUSE_CHARACTERS:
            raise refuse(
                source,
                clause,
                f"A clause of {len(clause.text)} characters; at most {MAX_CLAUSE_CHARACTERS}.",
                "Split it at a comma into two clauses.",
            )
    return tuple(clause.text.strip() for clause in clauses)
