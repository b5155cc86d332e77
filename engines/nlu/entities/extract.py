"""All entities of an utterance: the rules of its language, and LAC's names in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from engines.nlu.entities.rules_en import find_en
from engines.nlu.entities.rules_zh import find_zh
from engines.nlu.entities.spans import Span, settle
from engines.nlu.lac import Lac, Word
from engines.nlu.script import ScriptFolder
from engines.nlu.understanding import Entity

MAX_CHARACTERS: Final = 1000
"""Only so much of an utterance is searched: rules must not be slow on hostile text."""

_TYPE_OF_TAG: Final = {"PER": "PERSON", "ORG": "ORG", "LOC": "ADDRESS"}
_RANK: Final = {"PERSON": 6, "ORG": 6, "ADDRESS": 6}
_CHINESE: Final = re.compile(r"[一-鿿]")


class EntityExtractor:
    """``extract(text, language, today) -> entities`` in the order of the text."""

    def __init__(self, lac: Lac, script: ScriptFolder) -> None:
        self._lac = lac
        self._script = script

    def extract(self, text: str, language: str, today: date) -> tuple[Entity, ...]:
        """Entities without overlap.

        Args:
            text: as recognised, Simplified or Traditional.
            language: zh or en; Chinese characters count as zh whatever it says.
            today: what 明天 and "tomorrow" are counted from.
        """
        folded = self._script.fold(text[:MAX_CHARACTERS])
        chinese = bool(_CHINESE.search(folded))
        spans: list[Span] = []
        if chinese:
            spans += find_zh(folded, today)
            spans += _named(self._lac.words(folded), folded)
        if not chinese or (language == "en" and re.search(r"[A-Za-z]{3}", folded)):
            spans += find_en(folded, today)
        return settle(spans, text)


def _named(words: list[Word], text: str) -> Iterator[Span]:
    """PERSON, ORG and ADDRESS; places that follow each other are one address."""
    merged: list[Word] = []
    for word in words:
        if merged and word.tag == "LOC" == merged[-1].tag and merged[-1].end == word.start:
            merged[-1] = Word(tag="LOC", start=merged[-1].start, end=word.end)
        else:
            merged.append(word)
    for word in merged:
        kind = _TYPE_OF_TAG.get(word.tag)
        found = text[word.start : word.end]
        if kind and _CHINESE.search(found):
            yield Span(type=kind, value=found, start=word.start, end=word.end, rank=_RANK[kind])
