"""Hand-written sentences with their entities marked: ``我买了[两个](COUNT=2)``."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from engines.nlu.entities.extract import EntityExtractor

TODAY: Final = date(2026, 11, 24)
"""The day that relative dates of the sentences are counted from."""
_PATH: Final = Path(__file__).parent / "corpus" / "test_entities.tsv"
_MARK: Final = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<type>[A-Z_]+)=(?P<value>[^)]*)\)")


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence and its entities: (type, text, value)."""

    language: str
    sentence: str
    entities: frozenset[tuple[str, str, str]]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Entities found right, found at all, and expected."""

    right: int
    found: int
    expected: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / max(1, self.found + self.expected)


def read() -> list[Marked]:
    """All test sentences."""
    rows = [line.split("\t") for line in _PATH.read_text("utf-8").splitlines()[1:]]
    return [
        Marked(
            language=language,
            sentence=_MARK.sub(lambda mark: mark["text"], marked),
            entities=frozenset((m["type"], m["text"], m["value"]) for m in _MARK.finditer(marked)),
        )
        for language, marked in rows
    ]


def count(extractor: EntityExtractor, tests: list[Marked]) -> Counts:
    """An entity is right where its type, text and normalised value are."""
    right = found = expected = 0
    for test in tests:
        entities = extractor.extract(test.sentence, test.language, TODAY)
        got = {(one.type, one.text, one.value) for one in entities}
        right += len(got & test.entities)
        found += len(got)
        expected += len(test.entities)
    return Counts(right=right, found=found, expected=expected)
