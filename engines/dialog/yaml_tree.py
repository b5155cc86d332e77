"""YAML as a tree of scalars, lists and tables that know their line and column.

Only the plain part of YAML is read: every scalar is text; tags, anchors, aliases, merge keys,
several documents and repeated keys are refused, and size, depth and number of nodes are limited.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from engines.errors import ScenarioError

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 12
MAX_NODES: Final = 20_000


class Scalar(msgspec.Struct, frozen=True):
    """A piece of text; ``line`` and ``column`` count from 1."""

    text: str
    line: int
    column: int


class Listing(msgspec.Struct, frozen=True):
    """A list."""

    items: tuple[Node, ...]
    line: int
    column: int


class Table(msgspec.Struct, frozen=True):
    """Keys with their values; no key stands in it twice."""

    entries: tuple[tuple[Scalar, Node], ...]
    line: int
    column: int


Node = Scalar | Listing | Table


def read_tree(text: bytes, source: str) -> Node:
    """The one document of ``text``. Raises ScenarioError naming ``source``, line and column."""
    if len(text) > MAX_BYTES:
        raise ScenarioError(
            f"The file has {len(text)} bytes; at most {MAX_BYTES} are read.",
            source=source,
            mend="Split it into several scenarios.",
        )
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - text.rfind(b"\n", 0, error.start)
        raise ScenarioError(
            "This is not UTF-8.",
            source=source,
            line=line,
            column=column,
            mend="Save the file as UTF-8.",
        ) from error
    try:
        return _Builder(decoded, source).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ScenarioError(
            f"This is not YAML: {error.problem or error.context}.",
            source=source,
            line=mark.line + 1 if mark else 1,
            column=mark.column + 1 if mark else 1,
            mend="Check indentation, quotes, brackets and the colon before this place.",
        ) from error
    except (YAMLError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ScenarioError(
            f"This is not YAML: {first}.", source=source, line=1, column=1
        ) from error


class _Builder:
    """Builds the tree from the parser's events, which come without recursion."""

    def __init__(self, text: str, source: str) -> None:
        self._source = source
        self._events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(text))
        self._nodes = 0

    def document(self) -> Node:
        self._next("StreamStartEvent")
        start = self._next()
        if type(start).__name__ == "StreamEndEvent":
            raise self._refuse(start, "The file is empty.", "Start from examples/scenarios.")
        root = self._node(self._next(), 1)
        self._next("DocumentEndEvent")
        after = self._next()
        if type(after).__name__ != "StreamEndEvent":
            raise self._refuse(after, "A second document begins here.", "One file, one scenario.")
        return root

    def _next(self, kind: str = "") -> Any:
        event = next(self._events)
        if kind and type(event).__name__ != kind:
            raise self._refuse(event, "Something else was expected here.", "")
        return event

    def _node(self, event: Any, depth: int) -> Node:
        self._check(event, depth)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        kind = type(event).__name__
        if kind == "ScalarEvent":
            return Scalar(event.value, line, column)
        if kind == "SequenceStartEvent":
            items: list[Node] = []
            while type(inner := self._next()).__name__ != "SequenceEndEvent":
                items.append(self._node(inner, depth + 1))
            return Listing(tuple(items), line, column)
        entries: dict[str, tuple[Scalar, Node]] = {}
        while type(inner := self._next()).__name__ != "MappingEndEvent":
            key = self._node(inner, depth + 1)
            if not isinstance(key, Scalar):
                raise self._refuse(inner, "A key must be a plain word.", "")
            if key.text in entries:
                first = entries[key.text][0].line
                raise self._refuse(
                    inner,
                    f"The key {key.text!r} stands here again (first in line {first}).",
                    "Keep one of them.",
                )
            value = self._next()
            if (
                type(value).__name__ == "ScalarEvent"
                and value.start_mark.index == value.end_mark.index
            ):
                # The parser puts what is left out to where the next thing begins.
                value.start_mark = inner.end_mark
            entries[key.text] = (key, self._node(value, depth + 1))
        return Table(tuple(entries.values()), line, column)

    def _check(self, event: Any, depth: int) -> None:
        self._nodes += 1
        if type(event).__name__ == "AliasEvent" or getattr(event, "anchor", None):
            raise self._refuse(event, "Anchors and aliases are not allowed.", "Write it out.")
        if getattr(event, "tag", None):
            raise self._refuse(event, "Tags are not allowed.", "Leave the word after ! out.")
        if depth > MAX_DEPTH:
            raise self._refuse(event, f"Deeper than {MAX_DEPTH} levels.", "Nest less.")
        if self._nodes > MAX_NODES:
            raise self._refuse(event, f"More than {MAX_NODES} values.", "Split the file.")

    def _refuse(self, event: Any, message: str, mend: str) -> ScenarioError:
        mark = event.start_mark
        return ScenarioError(
            message,
            source=self._source,
            line=mark.line + 1,
            column=mark.column + 1,
            mend=mend,
        )
